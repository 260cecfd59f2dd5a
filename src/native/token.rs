//! `kubarium token`: bootstrap tokens, and what a control plane needs so that machines can join by them
//! (`cmd/kubeadm/app/cmd/token.go`, `phases/bootstraptoken`).

use super::add_ons;
use super::agent::connection::{Asked, Connection, Failure, Server};
use super::agent::discovery::{CLUSTER_INFO, trusting_authority};
use super::bootstrap::{NAMESPACE, NODE_GROUP, TYPE, Token, pin};
use super::cli::{CreateToken, TokenCommand};
use super::clock::wall_time;
use super::kubectl;
use super::kubectl::target::Target;
use super::node::prepare;
use crate::apimachinery::{Timestamp, Value, duration};
use crate::tree;
use anyhow::{Context as _, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::io::Write;
use std::net::IpAddr;

const AGENT: &str = "kubarium-token";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const PUBLIC: &str = "kube-public";
/// How often somebody else may change the ConfigMap meanwhile.
const ATTEMPTS: usize = 5;

/// Runs the command.
///
/// # Errors
/// What is wrong with the options, or what the API server refuses.
pub fn run(command: &TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::Create(args) = command;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(create(args))
}

async fn create(args: &CreateToken) -> anyhow::Result<()> {
    let token = match &args.token {
        Some(text) => Token::parse(text).with_context(|| {
            format!(
                "the bootstrap token {text:?} was not of the form \"[a-z0-9]{{6}}.[a-z0-9]{{16}}\""
            )
        })?,
        None => draw()?,
    };
    if args.ttl.starts_with('-') {
        bail!(
            "--ttl {:?}: a token does not expire before it is made",
            args.ttl
        );
    }
    let lasts = duration::parse(&args.ttl).map_err(|why| anyhow::anyhow!("--ttl: {why}"))?;
    let (target, ca) = kubectl::administrator(args.kubeconfig.as_deref(), args.context.as_deref())?;
    let connection = connect(&target)?;
    let ca = ca.context("the kubeconfig names no certificate authority")?;
    let server = match &args.server {
        Some(server) => server.clone(),
        None => reached(&target, &ca).await,
    };
    for (path, object) in grants() {
        ensure(&connection, &path, &object).await?;
    }
    keep_add_ons_simulated(&connection).await?;
    let expires = (!lasts.is_zero()).then(|| wall_time() + lasts);
    let secret = secret(&token, expires, &args.description);
    let path = format!("/api/v1/namespaces/{NAMESPACE}/secrets");
    let made = connection.ask(&Asked::post(&path, &secret, AGENT)).await;
    made.map_err(|failure| match failure {
        Failure::Refused(e) if e.is_already_exists() => {
            anyhow::anyhow!("a token with id {:?} already exists", token.id)
        }
        other => anyhow::anyhow!("the token cannot be made: {other}"),
    })?;
    publish(&connection, &server, &ca, &token).await?;
    let mut out = std::io::stdout().lock();
    match args.print_join_command {
        false => writeln!(out, "{token}")?,
        true => {
            let der = CertificateDer::from_pem_slice(ca.as_bytes())?;
            writeln!(
                out,
                "kubarium node join https://{} --token {token} --discovery-token-ca-cert-hash {}",
                server.authority(),
                pin(&der)?
            )?;
        }
    }
    Ok(())
}

/// Draws a token.
fn draw() -> anyhow::Result<Token> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = SystemRandom::new();
    let mut text = String::new();
    while text.len() < 22 {
        let mut byte = [0_u8];
        let drawn = random.fill(&mut byte);
        drawn.map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        // Each letter as often as any other.
        if byte[0] < 252 {
            text.push(char::from(LETTERS[usize::from(byte[0] % 36)]));
        }
    }
    text.insert(6, '.');
    Token::parse(&text).context("a token was drawn that is none")
}

fn connect(target: &Target) -> anyhow::Result<Connection> {
    let tls = target
        .tls
        .as_ref()
        .context("the kubeconfig's server does not speak TLS")?;
    let server = Server {
        host: target.host.clone(),
        port: target.port,
    };
    let authorization = target.authorization.as_deref().map(HeaderValue::from_str);
    Ok(Connection::new(
        server,
        (**tls).clone(),
        authorization.transpose()?,
    ))
}

/// By which address other machines reach the API server: the kubeconfig's, or, where that is this machine's alone, the machine's own where
/// the API server answers there.
async fn reached(target: &Target, ca: &str) -> Server {
    let server = Server {
        host: target.host.clone(),
        port: target.port,
    };
    let own = server.host == "localhost"
        || server
            .host
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if !own {
        return server;
    }
    if let Some(ip) = prepare::address_towards("192.0.2.1:9") {
        let other = Server {
            host: ip.to_string(),
            port: server.port,
        };
        let tls = trusting_authority(ca, None);
        if let Ok(tls) = tls {
            let connection = Connection::new(other.clone(), tls, None);
            if connection.begin(&Asked::get("/livez", AGENT)).await.is_ok() {
                return other;
            }
        }
    }
    // Told where it does not mix with the token.
    let _ = writeln!(
        std::io::stderr(),
        "Warning: other machines do not reach {}: `kubarium up --listen ADDRESS:PORT` serves at an address that they reach (0.0.0.0 for \
         all of this machine's)",
        server.authority()
    );
    server
}

/// What kubeadm lets machines that join and nodes do (`AllowBootstrapTokensToPostCSRs` and those beside it), and what the networks of nodes
/// have to read.
fn grants() -> Vec<(String, Value)> {
    let group = |name: &str| tree!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name});
    let bind = |name: &str, role: &str, who: &str| {
        let binding = tree!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [group(who)],
        });
        (format!("{RBAC}/clusterrolebindings"), binding)
    };
    let role = |name: &str, rules: Value| {
        let role = tree!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules,
        });
        (format!("{RBAC}/clusterroles"), role)
    };
    let read = ["get", "list", "watch"];
    let info = "kubeadm:bootstrap-signer-clusterinfo";
    let in_public = |kind: &str| format!("{RBAC}/namespaces/{PUBLIC}/{kind}");
    vec![
        role(
            "kubeadm:get-nodes",
            tree!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]),
        ),
        bind("kubeadm:get-nodes", "kubeadm:get-nodes", NODE_GROUP),
        bind(
            "kubeadm:kubelet-bootstrap",
            "system:node-bootstrapper",
            NODE_GROUP,
        ),
        bind(
            "kubeadm:node-autoapprove-bootstrap",
            "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
            NODE_GROUP,
        ),
        bind(
            "kubeadm:node-autoapprove-certificate-rotation",
            "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
            "system:nodes",
        ),
        role(
            "kubarium:node-network",
            tree!([
                {"apiGroups": [""], "resources": ["nodes", "services", "pods", "namespaces"], "verbs": read.as_slice()},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read.as_slice()},
                {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies", "servicecidrs"], "verbs": read.as_slice()},
            ]),
        ),
        bind(
            "kubarium:node-network",
            "kubarium:node-network",
            "system:nodes",
        ),
        (
            in_public("roles"),
            tree!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": info, "namespace": PUBLIC},
                "rules": [{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"]}],
            }),
        ),
        (
            in_public("rolebindings"),
            tree!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": info, "namespace": PUBLIC},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": info},
                "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "system:anonymous"}],
            }),
        ),
    ]
}

/// Keeps the add-ons, which only look like what they are, off machines that join, where the cluster has them.
async fn keep_add_ons_simulated(connection: &Connection) -> anyhow::Result<()> {
    for workload in add_ons::ADD_ONS {
        let path = format!("/apis/apps/v1/namespaces/kube-system/{workload}");
        let asked = Asked {
            method: Method::PATCH,
            content_type: "application/merge-patch+json",
            ..Asked::post(&path, &add_ons::only_simulated(), AGENT)
        };
        match connection.ask(&asked).await {
            Err(Failure::Refused(e)) if e.is_not_found() => {}
            Err(why) => bail!("{workload} cannot be kept off machines that join: {why}"),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Makes an object; one of that name may be there already.
async fn ensure(connection: &Connection, path: &str, object: &Value) -> anyhow::Result<()> {
    match connection.ask(&Asked::post(path, object, AGENT)).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(e)) if e.is_already_exists() => Ok(()),
        Err(why) => bail!(
            "{} {:?} cannot be made: {why}",
            object.kind(),
            object.name()
        ),
    }
}

fn secret(token: &Token, expires: Option<Timestamp>, description: &str) -> Value {
    let mut data = tree!({
        "token-id": token.id, "token-secret": token.secret, "auth-extra-groups": NODE_GROUP,
        "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
    });
    if let Some(expires) = expires {
        data.set("expiration", expires.to_rfc3339());
    }
    if !description.is_empty() {
        data.set("description", description);
    }
    tree!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": token.secret_name(), "namespace": NAMESPACE},
        "type": TYPE, "stringData": data,
    })
}

/// Says in public where the cluster is and whom to trust, signed with the token (what upstream's bootstrapsigner controller does).
async fn publish(
    connection: &Connection,
    server: &Server,
    ca: &str,
    token: &Token,
) -> anyhow::Result<()> {
    let kubeconfig = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://{}\n  name: \"\"\ncontexts: null\n\
         current-context: \"\"\nkind: Config\npreferences: {{}}\nusers: null\n",
        STANDARD.encode(ca),
        server.authority()
    );
    let key = format!("jws-kubeconfig-{}", token.id);
    let all = format!("/api/v1/namespaces/{PUBLIC}/configmaps");
    for _ in 0..ATTEMPTS {
        let found = connection.ask(&Asked::get(CLUSTER_INFO, AGENT)).await;
        let asked = match found {
            Ok(mut info) => {
                // What others signed holds for what is there; it is only replaced by those who know their secrets.
                let kept = info.at(&["data", "kubeconfig"]).str().to_owned();
                let text = match authority_of(&kept) == Some(STANDARD.encode(ca)) {
                    true => kept,
                    false => {
                        info.set("data", tree!({}));
                        kubeconfig.clone()
                    }
                };
                info.set_at(&["data", "kubeconfig"], text.as_str());
                info.set_at(&["data", &key], token.sign(&text));
                Asked {
                    method: Method::PUT,
                    ..Asked::post(CLUSTER_INFO, &info, AGENT)
                }
            }
            Err(Failure::Refused(e)) if e.is_not_found() => {
                let mut info = tree!({
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cluster-info", "namespace": PUBLIC},
                });
                info.set_at(&["data", "kubeconfig"], kubeconfig.as_str());
                info.set_at(&["data", &key], token.sign(&kubeconfig));
                Asked::post(&all, &info, AGENT)
            }
            Err(why) => bail!("the ConfigMap cluster-info cannot be read: {why}"),
        };
        match connection.ask(&asked).await {
            Ok(_) => return Ok(()),
            Err(Failure::Refused(e)) if e.is_conflict() || e.is_already_exists() => {}
            Err(why) => bail!("the ConfigMap cluster-info cannot be written: {why}"),
        }
    }
    bail!("the ConfigMap cluster-info is being changed by others all the time")
}

fn authority_of(kubeconfig: &str) -> Option<String> {
    let read: serde_yaml::Value = serde_yaml::from_str(kubeconfig).ok()?;
    let data = &read["clusters"][0]["cluster"]["certificate-authority-data"];
    data.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_drawn_and_kept_as_upstreams() {
        let token = draw().expect("drawn");
        assert!(token != draw().expect("drawn"));
        let secret = secret(&token, Some(Timestamp::from_secs(0)), "");
        assert_eq!(secret.name(), format!("bootstrap-token-{}", token.id));
        assert_eq!(
            secret.at(&["stringData", "expiration"]),
            &"1970-01-01T00:00:00Z"
        );
        assert!(secret.at(&["stringData", "description"]).is_null());
    }
}
