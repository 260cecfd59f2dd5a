//! How a machine becomes a node, and what it learns of its cluster then (`cmd/kubeadm/app/cmd/join.go`, `preflight`): credentials, its Node
//! object, the range of its pods, and where pods find the API server.

use super::connection::{Asked, Connection, Failure};
use super::credentials::{self, AGENT, Credentials};
use super::discovery;
use crate::apimachinery::Value;
use crate::kubelet::KubeletConfig;
use crate::kubelet::node_status::initial_node;
use crate::native::bootstrap::{Token, pin};
use crate::native::cli::Join;
use crate::native::node::folders::Folders;
use crate::native::node::machine::Machine;
use crate::native::node::{FOREIGN_NETWORK, LABEL, image, overlay};
use anyhow::{Context as _, bail};
use http::{HeaderValue, Method};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};
use tracing::{info, warn};

/// How long controllers may take to give the node a range for its pods.
const RANGE_TIME: Duration = Duration::from_secs(60);
/// How often is asked again.
const AGAIN: Duration = Duration::from_millis(300);
const AGAIN_AWAY: Duration = Duration::from_secs(1);

/// The credentials of this machine: those that were kept, or new ones, where a token is there.
///
/// # Errors
/// Why there are none.
pub async fn credentials(folders: &Folders, join: Option<&Join>) -> anyhow::Result<Credentials> {
    let kept = Credentials::kept(folders)?;
    let expired = match &kept {
        Some(kept) => kept.expired(SystemTime::now())?,
        None => None,
    };
    let Some(join) = join else {
        let kept = kept.with_context(|| {
            format!(
                "this machine was joined to no cluster under the name {:?} (kubarium node join does that)",
                folders.cluster
            )
        })?;
        return match expired {
            Some(since) => bail!(kept.join_anew(since)),
            None => Ok(kept),
        };
    };
    let name = match &join.node_name {
        Some(name) => name.clone(),
        None => Machine::this().name,
    };
    if let Some(kept) = kept {
        if kept.server != join.server || kept.node != name {
            bail!(
                "this machine is the node {} of https://{} already (`kubarium down {}` makes an end of that; --name has a second one \
                 beside it)",
                kept.node,
                kept.server.authority(),
                folders.cluster
            );
        }
        let known = pin(&CertificateDer::from_pem_slice(kept.ca.as_bytes())?)?;
        if !join.discovery_token_ca_cert_hash.contains(&known) {
            bail!(
                "this machine is the node {} of another cluster that was at https://{}, whose authority has {known} (`kubarium down {}` \
                 makes an end of that)",
                kept.node,
                kept.server.authority(),
                folders.cluster
            );
        }
        let Some(since) = expired else {
            info!("the credentials from before are used");
            return Ok(kept);
        };
        info!(
            "the certificate from before has expired ({}): another one is asked for",
            since.to_rfc3339()
        );
    }
    let token = Token::parse(&join.token)
        .context("the token is none: it looks like abcdef.0123456789abcdef")?;
    let pins = &join.discovery_token_ca_cert_hash;
    let ca = discovery::discover(&join.server, &token, pins).await?;
    let authorization = HeaderValue::from_str(&format!("Bearer {token}"))?;
    let tls = discovery::trusting_authority(&ca, None)?;
    let connection = Connection::new(join.server.clone(), tls, Some(authorization));
    check_name(&connection, &name).await?;
    let made = Credentials {
        server: join.server.clone(),
        own: credentials::request(&connection, &name).await?,
        node: name,
        ca,
    };
    made.keep(folders)?;
    Ok(made)
}

/// Refuses the name of a node that is alive (`GetNodeRef` and the check behind it in kubeadm).
async fn check_name(connection: &Connection, name: &str) -> anyhow::Result<()> {
    let asked = Asked::get(&format!("/api/v1/nodes/{name}"), AGENT);
    match connection.ask(&asked).await {
        Err(Failure::Refused(e)) if e.is_not_found() => Ok(()),
        Err(Failure::Refused(e)) if e.code() == 401 => bail!(
            "the API server does not take the token: it has expired, or was removed (`kubarium token create` makes another one)"
        ),
        Err(why) => bail!("cannot look whether there is a node {name:?} already: {why}"),
        Ok(node) if is_ready(&node) => bail!(
            "a Node with name {name:?} and status \"Ready\" already exists in the cluster: delete it, or join under another name \
             (--node-name)"
        ),
        // A simulated machine that is off would share it.
        Ok(node) if node.label(LABEL.0).is_none() => bail!(
            "there is a Node {name:?} without the label {} already: a simulated machine's, or one that somebody made by hand. Delete it, \
             or join under another name (--node-name)",
            LABEL.0
        ),
        Ok(_) => Ok(()),
    }
}

fn is_ready(node: &Value) -> bool {
    let mut conditions = node.at(&["status", "conditions"]).items().iter();
    conditions.any(|c| c.get("type") == &"Ready" && c.get("status") == &"True")
}

/// What a node knows of its cluster.
pub struct Membership {
    /// The range of its pods.
    pub pods: String,
    /// First address and prefix length of services' addresses.
    pub services: (Ipv4Addr, u8),
    /// Where pods look for the API server.
    pub api: (Ipv4Addr, u16),
}

impl Membership {
    /// Registers the node, where it is not, and waits until it has a range for its pods, which are elsewhere where their network is
    /// `foreign`. A server that does not answer is waited for.
    ///
    /// # Errors
    /// What the server refuses, or does not tell.
    pub async fn take_up(
        connection: &Connection,
        name: &str,
        foreign: bool,
    ) -> anyhow::Result<Self> {
        let path = format!("/api/v1/nodes/{name}");
        let begin = tokio::time::Instant::now();
        let pods = loop {
            let node = match patiently(connection, &Asked::get(&path, AGENT)).await {
                Err(e) if e.is_not_found() => {
                    register(connection, name).await?;
                    continue;
                }
                Err(e) if e.code() == 401 => bail!(
                    "the API server does not take the certificate of the node {name:?}: it has expired there, or the cluster is another \
                     one by now (kubarium down, and kubarium node join with a new token, make another node of this machine)"
                ),
                other => other.map_err(|e| anyhow::anyhow!("the node {name:?}: {e}"))?,
            };
            if node.label(FOREIGN_NETWORK.0).is_some() != foreign {
                say_foreign(connection, &path, foreign).await?;
            }
            let range = node.at(&["spec", "podCIDR"]).str();
            if !range.is_empty() {
                if !foreign {
                    let checked = overlay::range(range);
                    checked.map_err(|why| anyhow::anyhow!("the node {name:?}: {why}"))?;
                }
                break range.to_owned();
            }
            if begin.elapsed() > RANGE_TIME {
                bail!(
                    "the node {name:?} is given no range of addresses for its pods (spec.podCIDR): the controller manager's \
                     node-ipam-controller does that"
                );
            }
            tokio::time::sleep(AGAIN).await;
        };
        Ok(Self {
            pods,
            services: services(connection).await?,
            api: api(connection).await?,
        })
    }
}

/// Asks until the server answers.
async fn patiently(
    connection: &Connection,
    asked: &Asked,
) -> Result<Value, crate::client::ApiError> {
    let mut told = false;
    loop {
        match connection.ask(asked).await {
            Ok(object) => return Ok(object),
            Err(Failure::Refused(error)) if !Failure::Refused(error.clone()).may_pass() => {
                return Err(error);
            }
            Err(why) => {
                if !std::mem::replace(&mut told, true) {
                    warn!("waiting for the API server: {why}");
                }
                tokio::time::sleep(AGAIN_AWAY).await;
            }
        }
    }
}

async fn register(connection: &Connection, name: &str) -> anyhow::Result<()> {
    let config = KubeletConfig {
        node_name: name.to_owned(),
        labels: vec![(LABEL.0.to_owned(), LABEL.1.to_owned())],
        architecture: image::architecture(),
        ..KubeletConfig::default()
    };
    let asked = Asked::post("/api/v1/nodes", &initial_node(&config), AGENT);
    match patiently(connection, &asked).await {
        Err(e) if !e.is_already_exists() => bail!("the node {name:?} cannot be registered: {e}"),
        _ => Ok(()),
    }
}

/// Says whether other machines have a way to the node's pods: it may have had another runtime before.
async fn say_foreign(connection: &Connection, path: &str, foreign: bool) -> anyhow::Result<()> {
    let (label, value) = FOREIGN_NETWORK;
    let value = if foreign {
        Value::from(value)
    } else {
        Value::Null
    };
    let mut patch = Value::default();
    patch.set_at(&["metadata", "labels", label], value);
    let asked = Asked {
        method: Method::PATCH,
        content_type: "application/merge-patch+json",
        ..Asked::post(path, &patch, AGENT)
    };
    let patched = patiently(connection, &asked).await;
    patched.map_err(|e| anyhow::anyhow!("the label {label} of the node: {e}"))?;
    Ok(())
}

const HINT: &str =
    "`kubarium token create` on the control plane lets nodes read what their networks need";

async fn services(connection: &Connection) -> anyhow::Result<(Ipv4Addr, u8)> {
    let path = "/apis/networking.k8s.io/v1/servicecidrs/kubernetes";
    let found = patiently(connection, &Asked::get(path, AGENT)).await;
    let found = found.map_err(|e| anyhow::anyhow!("the range of services' addresses: {e}"));
    let found = found.context(HINT)?;
    let ranges = found.at(&["spec", "cidrs"]).items().iter();
    let mut parsed = ranges.filter_map(|range| {
        let (ip, bits) = range.str().split_once('/')?;
        Some((ip.parse().ok()?, bits.parse().ok()?))
    });
    let range = parsed.next();
    range.context("the cluster has no IPv4 range for services' addresses (ServiceCIDR kubernetes)")
}

async fn api(connection: &Connection) -> anyhow::Result<(Ipv4Addr, u16)> {
    let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
    let found = patiently(connection, &Asked::get(path, AGENT)).await;
    let found = found.map_err(|e| anyhow::anyhow!("where pods find the API server: {e}"));
    let found = found.context(HINT)?;
    let first = |list: &str| found.get(list).items().first().cloned();
    let address = || {
        let endpoint = first("endpoints")?;
        let ip = endpoint.get("addresses").items().first()?.str().parse();
        let port = first("ports")?.get("port").as_i64()?;
        Some((ip.ok()?, u16::try_from(port).ok()?))
    };
    address().context("the service kubernetes has no endpoint with an IPv4 address")
}

/// The pods that the API has for a node.
///
/// # Errors
/// What the server refuses.
pub async fn pods_of(connection: &Connection, node: &str) -> anyhow::Result<Vec<Value>> {
    let path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{node}");
    let list = patiently(connection, &Asked::get(&path, AGENT)).await;
    let list = list.map_err(|e| anyhow::anyhow!("the pods of the node {node:?}: {e}"))?;
    let pods = list.get("items").items().iter().cloned();
    let typed = pods.map(|mut pod| {
        pod.set("kind", "Pod");
        pod.set("apiVersion", "v1");
        pod
    });
    Ok(typed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::cli::{Cli, Command, NodeCommand};
    use clap::Parser;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    /// What a certificate that ends with a year says, with its key.
    fn until(year: i32) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let made = params.self_signed(&key).expect("signed");
        (made.pem(), key.serialize_pem())
    }

    fn join(server: &str, node: &str, pin: &str) -> Join {
        let words = ["kubarium", "node", "join", server, "--node-name", node];
        let more = ["--token", "none", "--discovery-token-ca-cert-hash", pin];
        match Cli::try_parse_from(words.into_iter().chain(more)).map(|cli| cli.command) {
            Ok(Command::Node(NodeCommand::Join(join))) => *join,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn kept_credentials_are_of_use_for_their_node_their_cluster_and_their_time() {
        let data = std::env::temp_dir().join(format!("kubarium-member-{}", std::process::id()));
        let folders = Folders {
            data: data.clone(),
            ..Folders::new("test")
        };
        let (ca, _) = until(2090);
        let der = CertificateDer::from_pem_slice(ca.as_bytes()).expect("a certificate");
        let own = pin(&der).expect("a certificate");
        let other = format!("sha256:{}", "0".repeat(64));
        let keep = |year: i32| {
            let (certificate, key) = until(year);
            let kept = Credentials {
                server: crate::native::agent::connection::Server::parse("192.0.2.1:6443")
                    .expect("a server"),
                node: "b".into(),
                ca: ca.clone(),
                own: certificate + &key,
            };
            kept.keep(&folders).expect("kept");
        };
        let why = async |join: Option<&Join>| match credentials(&folders, join).await {
            Ok(_) => String::new(),
            Err(why) => why.to_string(),
        };
        assert!(why(None).await.contains("was joined to no cluster"));
        keep(2090);
        let same = join("192.0.2.1:6443", "B", &own);
        assert_eq!([why(None).await, why(Some(&same)).await], ["", ""]);
        for wrong in [
            join("192.0.2.1:6443", "c", &own),
            join("192.0.2.2:6443", "b", &own),
        ] {
            let said = why(Some(&wrong)).await;
            assert!(
                said.contains("the node b of https://192.0.2.1:6443 already"),
                "{said}"
            );
        }
        let said = why(Some(&join("192.0.2.1:6443", "b", &other))).await;
        assert!(
            said.contains("of another cluster") && said.contains(&own),
            "{said}"
        );
        keep(2021);
        let said = why(None).await;
        assert!(
            said.contains("expired (2021-01-01T00:00:00Z)") && said.contains("Join anew"),
            "{said}"
        );
        // The token is looked at now.
        let said = why(Some(&same)).await;
        assert!(said.contains("the token is none"), "{said}");
        std::fs::remove_dir_all(data).expect("removed");
    }
}
