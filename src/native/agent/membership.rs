//! How a machine becomes a node, and what it learns of its cluster then (`cmd/kubeadm/app/cmd/join.go`, `preflight`): credentials, its Node
//! object, the range of its pods, and where pods find the API server.

use super::connection::{Asked, Connection, Failure};
use super::credentials::{self, Credentials};
use super::discovery;
use crate::apimachinery::Value;
use crate::kubelet::KubeletConfig;
use crate::kubelet::node_status::initial_node;
use crate::native::bootstrap::Token;
use crate::native::cli::Join;
use crate::native::node::folders::Folders;
use crate::native::node::machine::Machine;
use crate::native::node::{LABEL, image};
use anyhow::{Context as _, bail};
use http::HeaderValue;
use std::net::Ipv4Addr;
use std::time::Duration;
use tracing::{info, warn};

const AGENT: &str = "kubelet/v1.36.2 (linux/amd64)";
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
    let Some(join) = join else {
        return kept.with_context(|| {
            format!(
                "this machine was joined to no cluster under the name {:?} (kubarium node join does that)",
                folders.cluster
            )
        });
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
        info!("the credentials from before are used");
        return Ok(kept);
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
    /// Registers the node, where it is not, and waits until it has a range for its pods. A server that does not answer is waited for.
    ///
    /// # Errors
    /// What the server refuses, or does not tell.
    pub async fn take_up(connection: &Connection, name: &str) -> anyhow::Result<Self> {
        let path = format!("/api/v1/nodes/{name}");
        let begin = tokio::time::Instant::now();
        let pods = loop {
            let node = match patiently(connection, &Asked::get(&path, AGENT)).await {
                Err(e) if e.is_not_found() => {
                    register(connection, name).await?;
                    continue;
                }
                other => other.map_err(|e| anyhow::anyhow!("the node {name:?}: {e}"))?,
            };
            let range = node.at(&["spec", "podCIDR"]).str();
            if !range.is_empty() {
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
            Err(Failure::Refused(error)) if error.code() < 500 && error.code() != 429 => {
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
