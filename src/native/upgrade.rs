//! Connections that carry streams both ways: `exec`, `attach` and `portforward` over WebSocket and SPDY/3.1, as kubectls of all
//! ages ask for them (`pkg/kubelet/cri/streaming`, `staging/src/k8s.io/apiserver/pkg/util/proxy`).
//!
//! All of them end in sessions of the cluster ([`Session`]), whose messages are those of `v5.channel.k8s.io`.

mod connection;
mod port_forward;
mod remote_command;
pub mod spdy;
mod tty;
mod websocket;

use super::driver::{Answer, Handle, Piece, Session};
use crate::apimachinery::http as api;
use crate::apimachinery::http::{Upgraded, UserInfo};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Value, http::Body};
use crate::apiserver::query::Query;
use crate::apiserver::request_info::RequestInfo;
use crate::tree;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::debug;
use tty::{Tty, Typed};
pub use websocket::Socket;

/// What SPDY's clients and servers agree on the protocol of streams by.
const STREAM_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
const ACCEPTED_PROTOCOLS: HeaderName =
    HeaderName::from_static("x-accepted-stream-protocol-versions");
/// The channels of a session's messages.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// How often a silent client is asked whether it is still there, and how many times in a row it may say nothing.
const PING_EVERY: Duration = Duration::from_secs(30);
const MAX_SILENCE: u32 = 3;
/// How long a client may take to open the streams that it asked for (`DefaultStreamCreationTimeout`), and to end.
const OPENING_TIME: Duration = Duration::from_secs(30);
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// Whether a request is for streams both ways.
pub fn is_wanted(info: &RequestInfo) -> bool {
    info.is_resource
        && info.group.is_empty()
        && info.resource == "pods"
        && matches!(info.subresource.as_str(), "exec" | "attach" | "portforward")
}

/// How streams are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    WebSocket,
    Spdy,
}

/// What client and server agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreed {
    carrier: Carrier,
    protocol: &'static str,
}

const V5: &str = "v5.channel.k8s.io";
const V4: &str = "v4.channel.k8s.io";
const PORT_FORWARD: &str = "portforward.k8s.io";
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";

/// The protocols of a subresource on a carrier, best first.
fn protocols(subresource: &str, carrier: Carrier) -> &'static [&'static str] {
    match (subresource, carrier) {
        ("portforward", Carrier::WebSocket) => &[TUNNEL, V4],
        ("portforward", Carrier::Spdy) => &[PORT_FORWARD],
        (_, Carrier::WebSocket) => &[V5, V4],
        (_, Carrier::Spdy) => &[V4],
    }
}

/// Finds what both sides speak.
fn agree(headers: &HeaderMap, subresource: &str) -> Result<Agreed, Status> {
    let upgrade = headers.get(UPGRADE).and_then(|v| v.to_str().ok());
    let upgrade = upgrade.unwrap_or_default().to_ascii_lowercase();
    let (carrier, header) = match upgrade.as_str() {
        "websocket" => (Carrier::WebSocket, SEC_WEBSOCKET_PROTOCOL),
        "spdy/3.1" => (Carrier::Spdy, STREAM_PROTOCOL),
        _ => return Err(Status::bad_request("Upgrade request required")),
    };
    let values = headers.get_all(header).iter();
    let asked: Vec<&str> = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .filter(|v| !v.is_empty())
        .collect();
    let known = protocols(subresource, carrier);
    let found = known.iter().find(|known| asked.contains(*known));
    // Who asks for none gets the only one there is.
    let alone = || {
        known
            .first()
            .filter(|_| asked.is_empty() && known.len() == 1)
    };
    match found.or_else(alone) {
        Some(protocol) => Ok(Agreed { carrier, protocol }),
        None => Err(Status::failure(
            403,
            "Forbidden",
            format!(
                "unable to upgrade: unable to negotiate protocol: client supports [{}], server accepts [{}]",
                asked.join(" "),
                known.join(" ")
            ),
        )),
    }
}

/// A request for streams, whose body is read by nobody.
pub struct Upgrade {
    head: Head,
    subresource: String,
    streams: Streams,
    agreed: Result<Agreed, Status>,
    key: Option<HeaderValue>,
    connection: OnUpgrade,
}

/// What is asked of the cluster, so that it can be asked again for each forwarded connection.
#[derive(Clone)]
struct Head {
    method: http::Method,
    path: String,
    query: String,
    headers: HeaderMap,
    user: Option<UserInfo>,
    token: Option<String>,
    cluster: Handle,
    /// Whether a real node serves the streams.
    real: bool,
}

impl Head {
    async fn ask(&self, query: &str) -> Answer {
        let mut request = api::Request::new(Body::Empty);
        *request.method_mut() = self.method.clone();
        let target = format!("{}?{query}", self.path);
        let Ok(uri) = target.parse() else {
            return Answer::Whole(Status::bad_request("invalid query").into_response());
        };
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        let extensions = request.extensions_mut();
        extensions.insert(Upgraded);
        if let Some(user) = &self.user {
            extensions.insert(user.clone());
        }
        self.cluster.send(request, self.token.clone()).await
    }
}

/// Which streams are wanted.
#[derive(Clone, Debug)]
struct Streams {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
    ports: Vec<u16>,
}

impl Streams {
    fn of(query: &Query) -> Self {
        let ports = query.pairs().iter().filter(|(k, _)| k == "ports");
        let ports = ports.flat_map(|(_, v)| v.split(','));
        let tty = query.flag("tty");
        Self {
            stdin: query.flag("stdin"),
            stdout: query.flag("stdout"),
            // A terminal has one output.
            stderr: query.flag("stderr") && !tty,
            tty,
            ports: ports.filter_map(|p| p.parse().ok()).collect(),
        }
    }
}

impl Upgrade {
    /// Takes a request over; `user` or `token` says who sent it.
    pub fn new(
        mut request: Request<hyper::body::Incoming>,
        info: &RequestInfo,
        user: Option<UserInfo>,
        token: Option<String>,
        cluster: &Handle,
    ) -> Self {
        let connection = hyper::upgrade::on(&mut request);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let mut headers = request.headers().clone();
        headers.remove(http::header::AUTHORIZATION);
        Self {
            subresource: info.subresource.to_string(),
            streams: Streams::of(&Query::parse(&query)),
            agreed: agree(&headers, &info.subresource),
            key: headers.get(SEC_WEBSOCKET_KEY).cloned(),
            connection,
            head: Head {
                method: request.method().clone(),
                path: request.uri().path().to_owned(),
                query,
                headers,
                user,
                token,
                cluster: cluster.clone(),
                real: false,
            },
        }
    }

    /// Asks the cluster, and answers the request: with a switch of protocols, after which the streams are carried, or with what
    /// speaks against it.
    pub async fn answer(mut self) -> Answer {
        let live = match self.head.ask(&self.head.query).await {
            Answer::Live(_, live) => live,
            other => return other,
        };
        let session = Session::new(live, self.head.cluster.clone());
        self.head.real = session.is_real();
        match self.agreed.clone().and_then(|agreed| self.switch(agreed)) {
            Ok(response) => {
                tokio::spawn(self.carry(session));
                Answer::Whole(response)
            }
            Err(status) => Answer::Whole(self.refusal(status)),
        }
    }

    fn refusal(&self, status: Status) -> api::Response {
        let mut response = status.into_response();
        let spdy = protocols(&self.subresource, Carrier::Spdy);
        if response.status() == StatusCode::FORBIDDEN
            && let Ok(value) = HeaderValue::from_str(&spdy.join(","))
        {
            response.headers_mut().insert(ACCEPTED_PROTOCOLS, value);
        }
        response
    }

    fn switch(&self, agreed: Agreed) -> Result<api::Response, Status> {
        let mut response = api::Response::new(Body::Empty);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        let protocol = HeaderValue::from_static(agreed.protocol);
        match agreed.carrier {
            Carrier::Spdy => {
                headers.insert(UPGRADE, HeaderValue::from_static("SPDY/3.1"));
                headers.insert(STREAM_PROTOCOL, protocol);
            }
            Carrier::WebSocket => {
                let key = self.key.as_ref().map(|k| derive_accept_key(k.as_bytes()));
                let accept = key.and_then(|k| HeaderValue::from_str(&k).ok());
                let accept =
                    accept.ok_or_else(|| Status::bad_request("Sec-WebSocket-Key is missing"))?;
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
                headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
            }
        }
        Ok(response)
    }

    async fn carry(self, session: Session) {
        let Ok(agreed) = self.agreed else { return };
        let stream = match self.connection.await {
            Ok(upgraded) => TokioIo::new(upgraded),
            Err(error) => return debug!("a connection was not upgraded: {error}"),
        };
        let forwards = self.subresource == "portforward";
        let result = match (agreed.carrier, forwards) {
            (Carrier::WebSocket, false) => {
                websocket::remote_command(stream, session, &self.streams, agreed.protocol == V5)
                    .await
            }
            (Carrier::Spdy, false) => remote_command::serve(stream, session, &self.streams).await,
            // Each forwarded connection gets a session of its own.
            (Carrier::WebSocket, true) if agreed.protocol == V4 => {
                drop(session);
                websocket::port_forward(stream, self.head, &self.streams.ports).await
            }
            (Carrier::WebSocket, true) => {
                drop(session);
                port_forward::serve(websocket::tunnel(stream), self.head).await
            }
            (Carrier::Spdy, true) => {
                drop(session);
                port_forward::serve(stream, self.head).await
            }
        };
        if let Err(error) = result {
            debug!("{} ended: {error}", self.subresource);
        }
    }
}

/// A command's session with the terminal between it and its client, if there is one.
struct Remote {
    session: Session,
    tty: Option<Tty>,
}

impl Remote {
    fn new(session: Session, streams: &Streams) -> Self {
        // The terminals of real containers are real.
        let tty = (streams.tty && !session.is_real()).then(Tty::default);
        Self { session, tty }
    }

    /// The next message for the client; none at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let message = message_of(self.session.next().await?);
        Some(match message.split_first() {
            Some((&STDOUT, text)) if self.tty.is_some() => {
                [&[STDOUT], Tty::output(text).as_slice()].concat()
            }
            _ => message,
        })
    }

    /// Gives the command input; what a terminal shows of it.
    async fn input(&mut self, bytes: &[u8]) -> Vec<u8> {
        let typed = match &mut self.tty {
            Some(tty) => tty.keys(bytes),
            None => Typed {
                input: bytes.to_vec(),
                echo: Vec::new(),
            },
        };
        if !typed.input.is_empty() {
            let message = [&[STDIN], typed.input.as_slice()].concat();
            self.session.write(message).await;
        }
        typed.echo
    }

    /// Says that no more input comes.
    async fn end_input(&mut self) {
        self.session.write(vec![CLOSE, STDIN]).await;
    }

    /// Tells the size of the client's terminal.
    async fn resize(&mut self, size: &[u8]) {
        self.session.write([&[RESIZE], size].concat()).await;
    }
}

/// A message that the cluster sent, or the `Status` that tells why it sends none any more.
pub fn message_of(piece: Piece) -> Vec<u8> {
    match piece {
        Piece::Bytes(bytes) => bytes,
        Piece::Failed(why) => {
            const BEGINNING: &str = "Internal error occurred: ";
            let why = why.strip_prefix(BEGINNING).unwrap_or(&why);
            let status: Value = tree!({
                "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
                "message": format!("{BEGINNING}{why}")
            });
            [&[ERROR], status.to_json().as_bytes()].concat()
        }
        Piece::Events(..) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_other_groups_are_no_pods() {
        let wanted = |path: &str| {
            is_wanted(&RequestInfo::new(
                &http::Method::GET,
                path,
                &Query::default(),
            ))
        };
        assert!(wanted("/api/v1/namespaces/a/pods/p/exec"));
        assert!(!wanted(
            "/apis/wardle.example.com/v1/namespaces/a/pods/p/exec"
        ));
    }

    #[test]
    fn both_sides_agree_on_a_protocol() {
        let with = |upgrade: &str, protocols: &str, subresource: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(UPGRADE, upgrade.parse().expect("a header"));
            for protocol in protocols.split(';').filter(|p| !p.is_empty()) {
                let name = match upgrade {
                    "websocket" => SEC_WEBSOCKET_PROTOCOL,
                    _ => STREAM_PROTOCOL,
                };
                headers.append(name, protocol.parse().expect("a header"));
            }
            agree(&headers, subresource)
                .map(|a| a.protocol)
                .map_err(|s| s.code())
        };
        assert_eq!(with("websocket", "v5.channel.k8s.io", "exec"), Ok(V5));
        assert_eq!(
            with(
                "websocket",
                "v4.channel.k8s.io, v5.channel.k8s.io",
                "attach"
            ),
            Ok(V5)
        );
        assert_eq!(
            with("SPDY/3.1", "v4.channel.k8s.io;v3.channel.k8s.io", "exec"),
            Ok(V4)
        );
        assert_eq!(with("websocket", TUNNEL, "portforward"), Ok(TUNNEL));
        assert_eq!(with("SPDY/3.1", "", "portforward"), Ok(PORT_FORWARD));
        assert_eq!(with("SPDY/3.1", "v3.channel.k8s.io", "exec"), Err(403));
        assert_eq!(with("websocket", "base64.channel.k8s.io", "exec"), Err(403));
        assert_eq!(with("h2c", "", "exec"), Err(400));
    }
}
