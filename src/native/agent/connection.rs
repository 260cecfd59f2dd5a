//! One connection of HTTP/2 to the API server, made when it is first needed, and again after it has ended. A peer that has fallen silent is
//! noticed by pings, as client-go's transport does it (`HTTP2_READ_IDLE_TIMEOUT`).

use crate::apimachinery::Value;
use crate::client::ApiError;
use crate::tree;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

/// How long the server may take to accept a connection, and to answer a request.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// How long a connection may be silent before it is asked whether it still is one, and how long that may take.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_TIME: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const LONGEST: usize = 256 << 20;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The host's name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Server {
    /// Reads `https://HOST:PORT` or `HOST:PORT`.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let whole = match text.contains("://") {
            true => text.to_owned(),
            false => format!("https://{text}"),
        };
        let wrong = || anyhow::anyhow!("{text:?} is no API server: https://HOST:PORT is");
        let uri: http::Uri = whole.parse().map_err(|_| wrong())?;
        let path = uri.path();
        if uri.scheme_str() != Some("https") || !(path.is_empty() || path == "/") {
            return Err(wrong());
        }
        let host = uri.host().filter(|h| !h.is_empty()).ok_or_else(wrong)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(6443),
        })
    }

    /// `HOST:PORT`.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// A request.
pub struct Asked {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The body's media type, "" where it has none.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Who asks, as `User-Agent`.
    pub agent: &'static str,
}

impl Asked {
    /// One that reads.
    pub fn get(path: &str, agent: &'static str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            content_type: "",
            body: Vec::new(),
            agent,
        }
    }

    /// One that makes an object.
    pub fn post(path: &str, object: &Value, agent: &'static str) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            content_type: "application/json",
            body: object.to_json().into_bytes(),
            agent,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The server cannot be reached, or does not answer in time.
    Unreachable(String),
    /// It refused.
    Refused(ApiError),
}

impl Failure {
    /// Whether it may go well when it is tried again.
    pub fn may_pass(&self) -> bool {
        match self {
            Failure::Unreachable(_) => true,
            Failure::Refused(error) => error.code() >= 500 || error.code() == 429,
        }
    }

    /// The same as a `Status`, as a client in process would have got it.
    pub fn into_status(self) -> Value {
        match self {
            Failure::Refused(error) => error.0,
            Failure::Unreachable(why) => tree!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "reason": "ServiceUnavailable", "code": 503, "message": why,
            }),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Unreachable(why) => f.write_str(why),
            Failure::Refused(error) => write!(f, "{error}"),
        }
    }
}

type Sender = SendRequest<Full<Bytes>>;

/// The connection.
pub struct Connection {
    /// Where it leads.
    pub server: Server,
    tls: RwLock<Arc<ClientConfig>>,
    authorization: Option<HeaderValue>,
    sender: Mutex<Option<Sender>>,
}

impl Connection {
    /// One that proves who asks by what `tls` shows, or by a header.
    pub fn new(server: Server, tls: ClientConfig, authorization: Option<HeaderValue>) -> Self {
        Self {
            server,
            tls: RwLock::new(over_http2(tls)),
            authorization,
            sender: Mutex::default(),
        }
    }

    /// Lets requests from now on be made with another certificate.
    pub async fn replace(&self, tls: ClientConfig) {
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = over_http2(tls);
        *self.sender.lock().await = None;
    }

    fn tls(&self) -> Arc<ClientConfig> {
        let tls = self.tls.read().unwrap_or_else(PoisonError::into_inner);
        tls.clone()
    }

    async fn sender(&self) -> Result<Sender, String> {
        let mut known = self.sender.lock().await;
        if let Some(sender) = known.as_ref().filter(|s| !s.is_closed()) {
            return Ok(sender.clone());
        }
        *known = None;
        let made = tokio::time::timeout(CONNECT_TIME, self.dial()).await;
        let authority = self.server.authority();
        let sender = made.map_err(|_| format!("dial tcp {authority}: i/o timeout"))??;
        *known = Some(sender.clone());
        Ok(sender)
    }

    async fn dial(&self) -> Result<Sender, String> {
        let authority = self.server.authority();
        let stream = super::super::verified::connect(&authority, &self.server.host, false).await?;
        keep_alive(&stream);
        let name = ServerName::try_from(self.server.host.clone()).map_err(|e| e.to_string())?;
        let tls = self.tls();
        let stream = TlsConnector::from(tls).connect(name, stream).await;
        let stream = stream.map_err(|e| super::super::verified::in_words(&e, &self.server.host))?;
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(format!("{authority} does not speak HTTP/2"));
        }
        let shaken = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIME)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await;
        let (sender, connection) = shaken.map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends a request; the answer's body is still to be read.
    ///
    /// # Errors
    /// Where the server cannot be reached, or takes too long to begin its answer.
    pub async fn begin(&self, asked: &Asked) -> Result<Response<Incoming>, String> {
        let url = format!("https://{}{}", self.server.authority(), asked.path);
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(&url)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, asked.agent);
        if !asked.content_type.is_empty() {
            request = request.header(CONTENT_TYPE, asked.content_type);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let body = Full::new(Bytes::from(asked.body.clone()));
        let request = request.body(body).map_err(|e| e.to_string())?;
        let why = |why: String| format!("{} \"{url}\": {why}", title(&asked.method));
        let mut sender = self.sender().await.map_err(why)?;
        let answer = tokio::time::timeout(ANSWER_TIME, sender.send_request(request)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                self.forget().await;
                Err(why(error.to_string()))
            }
            Err(_) => {
                // Whoever is silent for so long may not be there any more.
                self.forget().await;
                Err(why(
                    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                        .into(),
                ))
            }
        }
    }

    async fn forget(&self) {
        *self.sender.lock().await = None;
    }

    /// Sends a request; the object that the server answers.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&self, asked: &Asked) -> Result<Value, Failure> {
        let answer = self.begin(asked).await.map_err(Failure::Unreachable)?;
        whole(answer).await
    }
}

/// Reads an answer to its end: an object, or the `Status` of a refusal.
///
/// # Errors
/// Why there is no object.
pub async fn whole(answer: Response<Incoming>) -> Result<Value, Failure> {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LONGEST).collect();
    let read = tokio::time::timeout(ANSWER_TIME, body).await;
    let unreachable = |why: String| Failure::Unreachable(why);
    let read = read.map_err(|_| unreachable("the answer does not come to its end".into()))?;
    let bytes = read.map_err(|e| unreachable(e.to_string()))?.to_bytes();
    let object = Value::from_json(&bytes);
    if status.is_success() {
        return object.map_err(|e| unreachable(format!("the answer is no JSON: {e}")));
    }
    let code = i64::from(status.as_u16());
    match object {
        Ok(object) if object.kind() == "Status" => Err(Failure::Refused(ApiError(object))),
        _ => {
            let text = String::from_utf8_lossy(&bytes);
            let message = format!("the server answers {status}: {}", text.trim());
            Err(Failure::Refused(ApiError(tree!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "code": code, "message": message,
            }))))
        }
    }
}

fn over_http2(mut tls: ClientConfig) -> Arc<ClientConfig> {
    tls.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(tls)
}

/// `Get`, as Go's errors say it.
fn title(method: &Method) -> String {
    let text = method.as_str();
    let (first, rest) = text.split_at(1);
    [first, &rest.to_ascii_lowercase()].concat()
}

/// Lets a peer that is not there any more be noticed soon, so that the connection is given up.
pub fn keep_alive(stream: &TcpStream) {
    use rustix::net::sockopt;
    let probe = Duration::from_secs(5);
    // A connection without these is a connection all the same.
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_tcp_user_timeout(stream, 15_000);
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_keepidle(stream, probe);
    let _ = sockopt::set_tcp_keepintvl(stream, probe);
    let _ = sockopt::set_tcp_keepcnt(stream, 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read() {
        for (text, read) in [
            ("https://10.0.0.1:6443", "10.0.0.1:6443"),
            ("10.0.0.1:7443", "10.0.0.1:7443"),
            ("https://[fd00::1]:6443/", "[fd00::1]:6443"),
            ("api.example.org", "api.example.org:6443"),
        ] {
            assert_eq!(Server::parse(text).expect("a server").authority(), read);
        }
        for text in ["http://10.0.0.1:6443", "https://h:1/path", "", "https://"] {
            assert!(Server::parse(text).is_err(), "{text}");
        }
    }
}
