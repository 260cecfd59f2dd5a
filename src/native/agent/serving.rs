//! The kubelet's own server (`pkg/kubelet/server`), for the API server alone: it proves who it is by its certificate for kubelets, and
//! asks for logs, commands, connections to pods, and what `nodes/NAME/proxy` asks.

use crate::apimachinery::http::{Body, Relayed, StreamId};
use crate::apiserver::query::Query;
use crate::apiserver::{NodeCall, NodeRequest, Relay};
use crate::native::authn::{AnyCertificate, Authenticator};
use crate::native::driver::Piece;
use crate::native::joined;
use crate::native::pki::KUBELET_CLIENT;
use crate::native::relay::Input;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::debug;

/// How long a client may take for its handshake and its request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Pieces that wait.
const PIECES_AHEAD: usize = 8;
const TEXT: &str = "text/plain; charset=utf-8";

/// A request for the node, with where its answer goes.
pub struct Question {
    /// What is asked.
    pub request: NodeRequest,
    /// Where what is said goes.
    pub pieces: mpsc::Sender<Piece>,
    /// What the client says.
    pub input: Input,
    /// Whether it is answered, or why not.
    pub begun: oneshot::Sender<Result<(), String>>,
}

/// Hands a question to the node.
pub type Asks = Arc<dyn Fn(Question) + Send + Sync>;

/// How TLS is spoken: with a certificate that the node has signed itself, as upstream's kubelets without `serverTLSBootstrap`.
///
/// # Errors
/// Where the authority's certificate is none.
pub fn tls(ca: &str, node: &str, address: &str) -> anyhow::Result<TlsAcceptor> {
    let names = vec![node.to_owned(), address.to_owned()];
    let own = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::from_pem_slice(own.signing_key.serialize_pem().as_bytes())?;
    let ca = CertificateDer::from_pem_slice(ca.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(AnyCertificate::new(ca)?))
        .with_single_cert(vec![own.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until the task is dropped. `ca` has signed the API server's certificate.
///
/// # Errors
/// Where the authority's certificate is none.
pub async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    ca: String,
    asks: Asks,
) -> anyhow::Result<()> {
    let ca = CertificateDer::from_pem_slice(ca.as_bytes())?;
    let authenticator = Arc::new(Authenticator::new(ca, BTreeMap::new(), false)?);
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Too many open files, most likely.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, asks, authenticator) = (tls.clone(), asks.clone(), authenticator.clone());
        tokio::spawn(async move {
            if let Err(why) = connection(stream, tls, &authenticator, asks).await {
                debug!("connection of {peer}: {why:#}");
            }
        });
    }
}

async fn connection(
    stream: TcpStream,
    tls: TlsAcceptor,
    authenticator: &Authenticator,
    asks: Asks,
) -> anyhow::Result<()> {
    super::connection::keep_alive(&stream);
    let stream = tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await??;
    let chain = stream.get_ref().1.peer_certificates();
    let user = chain.and_then(|chain| authenticator.certificate_user(chain));
    let refused = match &user {
        None => Some((StatusCode::UNAUTHORIZED, "Unauthorized".to_owned())),
        Some(user)
            if user.name == KUBELET_CLIENT.0
                && user.groups.iter().any(|g| g == KUBELET_CLIENT.1) =>
        {
            None
        }
        Some(user) => Some((
            StatusCode::FORBIDDEN,
            format!(
                "Forbidden (user={}): only the API server is served, with its certificate for kubelets",
                user.name
            ),
        )),
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let (asks, refused) = (asks.clone(), refused.clone());
        async move {
            let answer = match refused {
                Some((status, why)) => plain(status, why),
                None => answer(request, &asks).await,
            };
            Ok::<_, Infallible>(answer)
        }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await?;
    Ok(())
}

/// A body that goes on.
pub struct Out {
    first: Option<Bytes>,
    pieces: Option<mpsc::Receiver<Piece>>,
}

impl hyper::body::Body for Out {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        match pieces.poll_recv(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Piece::Bytes(bytes))) => {
                Poll::Ready(Some(Ok(Frame::data(bytes.into()))))
            }
            Poll::Ready(Some(Piece::Failed(why))) => {
                Poll::Ready(Some(Err(std::io::Error::other(why))))
            }
            Poll::Ready(Some(Piece::Events(..)) | None) => Poll::Ready(None),
        }
    }
}

fn plain(status: StatusCode, text: impl Into<String>) -> Response<Out> {
    let mut response = Response::new(Out {
        first: Some(text.into().into()),
        pieces: None,
    });
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    response
}

/// What a path asks for; none where it is for the kubelet itself.
fn question(method: &Method, path: &str, query: &str) -> Option<NodeRequest> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (call, namespace, pod, container) = match parts.as_slice() {
        ["containerLogs", namespace, pod, container] if *method == Method::GET => {
            (NodeCall::Log, namespace, pod, *container)
        }
        ["exec", namespace, pod, container] => (NodeCall::Exec, namespace, pod, *container),
        ["attach", namespace, pod, container] => (NodeCall::Attach, namespace, pod, *container),
        ["portForward", namespace, pod] => (NodeCall::PortForward, namespace, pod, ""),
        _ => return None,
    };
    Some(NodeRequest {
        stream: StreamId(0),
        call,
        node: String::new(),
        namespace: (*namespace).to_owned(),
        pod: (*pod).to_owned(),
        uid: String::new(),
        container: container.to_owned(),
        query: Query::parse(query).pairs().to_vec(),
        relay: None,
    })
}

async fn answer(request: Request<Incoming>, asks: &Asks) -> Response<Out> {
    let (path, query) = (request.uri().path(), request.uri().query());
    let asked = question(request.method(), path, query.unwrap_or_default());
    let (sender, mut pieces) = mpsc::channel(PIECES_AHEAD);
    let (input, inputs) = mpsc::unbounded_channel();
    let (begun, is_begun) = oneshot::channel();
    let is_log = asked.as_ref().is_some_and(|a| a.call == NodeCall::Log);
    let is_stream = asked.is_some() && !is_log;
    let wants = request.headers().get(UPGRADE);
    let key = request.headers().get(SEC_WEBSOCKET_KEY).cloned();
    if is_stream
        && (wants.is_none_or(|w| !w.as_bytes().eq_ignore_ascii_case(b"websocket")) || key.is_none())
    {
        return plain(
            StatusCode::BAD_REQUEST,
            "streams are carried by WebSocket here",
        );
    }
    let node_request = asked.unwrap_or_else(|| own_question(&request));
    asks(Question {
        request: node_request,
        pieces: sender,
        input: inputs,
        begun,
    });
    match is_begun.await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return plain(StatusCode::NOT_FOUND, why),
        Err(_) => return plain(StatusCode::SERVICE_UNAVAILABLE, "the kubelet is stopping"),
    }
    if let (true, Some(key)) = (is_stream, key) {
        return switch(request, &key, pieces, input);
    }
    // Nobody says anything to a log; it goes on for as long as somebody could.
    let first = pieces.recv().await;
    match first {
        Some(Piece::Failed(why)) => plain(StatusCode::INTERNAL_SERVER_ERROR, why),
        Some(Piece::Bytes(bytes)) if !is_log => relayed(&bytes),
        first => {
            let first = match first {
                Some(Piece::Bytes(bytes)) => Some(Bytes::from(bytes)),
                _ => None,
            };
            let pieces = first.is_some().then_some(pieces);
            let mut response = Response::new(Out { first, pieces });
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
            response
        }
    }
}

/// A question to the kubelet itself.
fn own_question(request: &Request<Incoming>) -> NodeRequest {
    let path = request.uri().path_and_query().map(ToString::to_string);
    NodeRequest {
        stream: StreamId(0),
        call: NodeCall::Kubelet,
        node: String::new(),
        namespace: String::new(),
        pod: String::new(),
        uid: String::new(),
        container: String::new(),
        query: Vec::new(),
        relay: Some(Box::new(Relay {
            ip: String::new(),
            port: 0,
            tls: false,
            proof: None,
            method: request.method().clone(),
            path: path.unwrap_or_default(),
            headers: http::HeaderMap::new(),
            body: Vec::new(),
        })),
    }
}

/// What the kubelet has answered.
fn relayed(bytes: &[u8]) -> Response<Out> {
    match Relayed::default().whole(bytes) {
        Ok(response) => response.map(|body| {
            let first = match body {
                Body::Bytes(bytes) => Some(bytes.into()),
                _ => None,
            };
            Out {
                first,
                pieces: None,
            }
        }),
        Err(why) => plain(StatusCode::INTERNAL_SERVER_ERROR, why),
    }
}

fn switch(
    mut request: Request<Incoming>,
    key: &HeaderValue,
    pieces: mpsc::Receiver<Piece>,
    input: mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>,
) -> Response<Out> {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgraded.await {
            carry(TokioIo::new(upgraded), pieces, input).await;
        }
    });
    let mut response = Response::new(Out {
        first: None,
        pieces: None,
    });
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    let protocol = HeaderValue::from_static(joined::PROTOCOL);
    headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Carries messages both ways until the node ends, or the client goes.
async fn carry<S>(
    stream: S,
    mut pieces: mpsc::Receiver<Piece>,
    input: mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let socket = joined::open(stream, Role::Server).await;
    let (mut sink, mut messages) = socket.split();
    let writing = async {
        while let Some(piece) = pieces.recv().await {
            let message = crate::native::upgrade::message_of(piece);
            if sink.send(Message::Binary(message.into())).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    };
    let reading = async {
        while let Some(Ok(message)) = messages.next().await {
            if let Message::Close(_) = message {
                return;
            }
            if !message.is_binary() {
                continue;
            }
            let (taken, is_taken) = oneshot::channel();
            if input.send((message.into_data().into(), taken)).is_err() {
                break;
            }
            let _ = is_taken.await;
        }
        // Where the node takes nothing more it may still have something to say.
        if input.is_closed() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_upstreams() {
        let get = |path: &str| question(&Method::GET, path, "command=a&command=b");
        let exec = get("/exec/ns/pod/c").expect("a question");
        assert_eq!((exec.call, exec.container.as_str()), (NodeCall::Exec, "c"));
        assert_eq!(exec.query.len(), 2);
        let log = get("/containerLogs/ns/pod/c").map(|q| q.call);
        assert_eq!(log, Some(NodeCall::Log));
        let forward = get("/portForward/ns/pod").map(|q| q.call);
        assert_eq!(forward, Some(NodeCall::PortForward));
        assert_eq!(get("/healthz"), None);
        assert_eq!(question(&Method::POST, "/containerLogs/a/b/c", ""), None);
    }
}
