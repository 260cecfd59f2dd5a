//! The way from the API server to kubelets on other machines (`pkg/kubelet/client`): logs, commands, connections to pods and what else
//! their servers tell, over HTTPS. A kubelet knows the API server by its certificate; the kubelet's own, which it has signed itself, is not
//! looked at, as where kubeadm set a cluster up.

pub mod usage;

use super::agent::connection::keep_alive;
use super::driver::Piece;
use super::pki::Pair;
use super::relay::{Input, relay_as};
use super::trusting::trusting_as;
use super::verified::{Identity, connect, in_words};
use crate::apimachinery::{Value, schema};
use crate::apiserver::{NodeCall, NodeRequest, internal_ip, is_global_unicast, kubelet_port};
use crate::client::request::encode_query;
use crate::cluster::Cluster;
use anyhow::Context as _;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    CONNECTION, HOST, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// How long a kubelet may take to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// The longest text of a refusal that is read.
const LONGEST_WHY: usize = 64 << 10;
/// The longest message of a stream.
pub const LONGEST_MESSAGE: usize = 16 << 20;
/// The messages of streams are those of commands.
pub const PROTOCOL: &str = "v5.channel.k8s.io";

static IDENTITY: OnceLock<Identity> = OnceLock::new();

/// Takes the certificate that kubelets know this process by.
///
/// # Errors
/// Where it is none.
pub fn set_up(pair: &Pair) -> anyhow::Result<()> {
    let identity = Identity {
        chain: vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes())?],
        key: PrivateKeyDer::from_pem_slice(pair.key.as_bytes())?,
    };
    // A second cluster of the process, as tests have them, has no kubelets on other machines.
    let _ = IDENTITY.set(identity);
    Ok(())
}

/// Has a node's kubelet serve what it is asked.
///
/// # Errors
/// Where the node says of no address.
pub fn begin(
    cluster: &Cluster,
    request: &NodeRequest,
    tasks: &Handle,
    pieces: mpsc::Sender<Piece>,
    input: Input,
) -> Result<(), String> {
    let request = request.clone();
    // What listens in pods is asked from here, as upstream's API server does.
    if let (NodeCall::Proxy, Some(asked)) = (request.call, &request.relay) {
        tasks.spawn(relay_as((**asked).clone(), None, pieces, input));
        return Ok(());
    }
    let nodes = schema::resource("", "v1", "nodes").ok_or("nodes are not served")?;
    let node = cluster.api().peek(nodes, "", &request.node);
    let node = node.ok_or_else(|| format!("nodes \"{}\" not found", request.node))?;
    let kubelet = address_of(node).ok_or_else(|| match internal_ip(node) {
        Some(_) => "address not allowed".to_owned(),
        None => format!(
            "no preferred addresses found; known addresses: {}",
            node.at(&["status", "addresses"]).to_json()
        ),
    })?;
    tasks.spawn(async move {
        let asked = serve(&request, kubelet, pieces.clone(), input);
        let asked = async {
            if let Err(why) = asked.await {
                let _ = pieces.send(Piece::Failed(why)).await;
            }
        };
        tokio::select! {
            () = asked => {}
            () = pieces.closed() => {}
        }
    });
    Ok(())
}

/// Where a node's kubelet listens; none where the node names no address, or one that is every machine's own.
pub fn address_of(node: &Value) -> Option<(IpAddr, u16)> {
    let ip = internal_ip(node)?.parse().ok();
    Some((ip.filter(|ip| is_global_unicast(*ip))?, kubelet_port(node)))
}

async fn serve(
    request: &NodeRequest,
    kubelet: (IpAddr, u16),
    pieces: mpsc::Sender<Piece>,
    input: Input,
) -> Result<(), String> {
    let own = IDENTITY.get();
    if let Some(asked) = &request.relay {
        let mut asked = (**asked).clone();
        (asked.ip, asked.port) = (kubelet.0.to_string(), kubelet.1);
        relay_as(asked, own, pieces, input).await;
        return Ok(());
    }
    let path = path_of(request);
    let is_log = request.call == NodeCall::Log;
    let (response, url) = exchange(kubelet, own, &path, !is_log).await?;
    let wanted = match is_log {
        true => StatusCode::OK,
        false => StatusCode::SWITCHING_PROTOCOLS,
    };
    if response.status() != wanted {
        let status = response.status();
        let body = Limited::new(response.into_body(), LONGEST_WHY).collect();
        let text = body.await.map(|b| b.to_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        return Err(match text.is_empty() {
            true => format!("Get \"{url}\": the kubelet answers {status}"),
            false => text,
        });
    }
    match is_log {
        true => pass_on(response, &pieces).await,
        false => carry(response, &pieces, input).await,
    }
}

/// A kubelet's own path for what a client asked (`pkg/kubelet/server/server.go`).
fn path_of(request: &NodeRequest) -> String {
    let (namespace, pod, container) = (&request.namespace, &request.pod, &request.container);
    let mut path = match request.call {
        NodeCall::Log => format!("/containerLogs/{namespace}/{pod}/{container}"),
        NodeCall::Attach => format!("/attach/{namespace}/{pod}/{container}"),
        NodeCall::PortForward => format!("/portForward/{namespace}/{pod}"),
        _ => format!("/exec/{namespace}/{pod}/{container}"),
    };
    for (n, (key, value)) in request.query.iter().enumerate() {
        let before = if n == 0 { '?' } else { '&' };
        let _ = write!(
            path,
            "{before}{}={}",
            encode_query(key),
            encode_query(value)
        );
    }
    path
}

async fn exchange(
    kubelet: (IpAddr, u16),
    own: Option<&Identity>,
    path: &str,
    upgrades: bool,
) -> Result<(Response<Incoming>, String), String> {
    let address = std::net::SocketAddr::from(kubelet).to_string();
    let url = format!("https://{address}{path}");
    let failed = |why: String| format!("Get \"{url}\": {why}");
    let host = kubelet.0.to_string();
    let connected = tokio::time::timeout(CONNECT_TIME, connect(&address, &host, false)).await;
    let stream = connected.map_err(|_| failed(format!("dial tcp {address}: i/o timeout")))?;
    let stream = stream.map_err(failed)?;
    keep_alive(&stream);
    let own = own.ok_or_else(|| failed("this server has no certificate for kubelets".into()))?;
    let config = trusting_as(own).map_err(|e| failed(e.to_string()))?;
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config));
    let shaken = tls.connect(ServerName::IpAddress(kubelet.0.into()), stream);
    let shaken = tokio::time::timeout(CONNECT_TIME, shaken).await;
    let stream = shaken.map_err(|_| failed("net/http: TLS handshake timeout".into()))?;
    let stream = stream.map_err(|e| failed(in_words(&e, &host)))?;
    let made = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(|e| failed(e.to_string()))?;
    tokio::spawn(connection.with_upgrades());
    let mut request = Request::get(path).header(HOST, &address);
    let key = tokio_tungstenite::tungstenite::handshake::client::generate_key();
    if upgrades {
        request = request
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
            .header(SEC_WEBSOCKET_KEY, &key);
    }
    let request = request.body(Empty::<Bytes>::new());
    let request = request.map_err(|e| failed(e.to_string()))?;
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|e| failed(e.to_string()))?;
    let accepted = answer.headers().get(SEC_WEBSOCKET_ACCEPT);
    let expected = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok();
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS && accepted != expected.as_ref() {
        return Err(failed("websocket: bad handshake".into()));
    }
    Ok((answer, url))
}

/// Passes an answer's body on as it comes.
async fn pass_on(
    mut response: Response<Incoming>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    while let Some(frame) = response.frame().await {
        let frame = frame.map_err(|e| e.to_string())?;
        if let Ok(data) = frame.into_data()
            && pieces.send(Piece::Bytes(data.into())).await.is_err()
        {
            break;
        }
    }
    Ok(())
}

/// Carries messages both ways until the kubelet ends.
async fn carry(
    response: Response<Incoming>,
    pieces: &mpsc::Sender<Piece>,
    mut input: Input,
) -> Result<(), String> {
    let upgraded = hyper::upgrade::on(response)
        .await
        .map_err(|e| e.to_string())?;
    let socket = open(TokioIo::new(upgraded), Role::Client).await;
    let (mut sink, mut messages) = socket.split();
    let reading = async {
        loop {
            match messages.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    if pieces.send(Piece::Bytes(bytes.into())).await.is_err() {
                        return Ok(());
                    }
                }
                Some(Ok(Message::Close(_))) => return Ok(()),
                Some(Ok(_)) => {}
                None => return Err("the connection to the kubelet ended".to_owned()),
                Some(Err(e)) => return Err(format!("the connection to the kubelet broke: {e}")),
            }
        }
    };
    let writing = async {
        while let Some((message, taken)) = input.recv().await {
            if sink.send(Message::Binary(message.into())).await.is_err() {
                break;
            }
            let _ = taken.send(());
        }
        // The client has gone, or what is read tells why this ends.
        let _ = sink.close().await;
        std::future::pending::<()>().await;
    };
    // Each goes on though the other one waits: a process may read nothing before it is rid of what it says.
    tokio::select! {
        done = reading => done,
        () = writing => Ok(()),
    }
}

/// A socket on a connection that was upgraded.
pub async fn open<S>(stream: S, role: Role) -> WebSocketStream<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .max_message_size(Some(LONGEST_MESSAGE))
        .max_frame_size(Some(LONGEST_MESSAGE));
    WebSocketStream::from_raw_socket(stream, role, Some(config)).await
}

/// What a kubelet tells of what its node and pods use.
///
/// # Errors
/// Why it does not.
pub async fn summary(kubelet: (IpAddr, u16)) -> anyhow::Result<Value> {
    let own = IDENTITY.get();
    let (response, url) = exchange(kubelet, own, "/stats/summary", false)
        .await
        .map_err(anyhow::Error::msg)?;
    let body = Limited::new(response.into_body(), LONGEST_MESSAGE).collect();
    let body = body.await.map_err(|e| anyhow::anyhow!("{url}: {e}"))?;
    Value::from_json(&body.to_bytes()).context(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::http::StreamId;
    use crate::tree;

    #[test]
    fn kubelets_are_asked_as_upstreams_are() {
        let mut request = NodeRequest {
            stream: StreamId(1),
            call: NodeCall::Exec,
            node: "n".into(),
            namespace: "a".into(),
            pod: "p".into(),
            uid: String::new(),
            container: "c".into(),
            query: vec![
                ("command".into(), "echo".into()),
                ("command".into(), "a b&c".into()),
            ],
            relay: None,
        };
        assert_eq!(
            path_of(&request),
            "/exec/a/p/c?command=echo&command=a%20b%26c"
        );
        (request.call, request.query) = (NodeCall::Log, Vec::new());
        assert_eq!(path_of(&request), "/containerLogs/a/p/c");
    }

    #[test]
    fn a_kubelets_address_is_what_its_node_says() {
        let node = tree!({"status": {"addresses": [{"type": "Hostname", "address": "b"}, {"type": "InternalIP", "address": "192.0.2.7"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10251}}}});
        assert_eq!(address_of(&node), Some(([192, 0, 2, 7].into(), 10251)));
        assert_eq!(address_of(&tree!({"status": {}})), None);
        for own in [
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "169.254.169.254",
            "::ffff:127.0.0.1",
        ] {
            let node = tree!({"status": {"addresses": [{"type": "InternalIP", "address": own}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}}}});
            assert_eq!(address_of(&node), None, "{own}");
        }
    }
}
