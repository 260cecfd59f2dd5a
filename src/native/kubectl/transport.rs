//! kubectl's way to an API server: HTTP/1.1 over TLS.

use super::gateway;
use super::sockets::{Socket, Wanted};
use super::target::Target;
use crate::apimachinery::Value;
use crate::apimachinery::http::{
    Body, Request, Response, StreamId, WatchEvent, WatchId, WatchType,
};
use crate::apiserver::query::Query;
use crate::kubectl::{Gateway, LocalFuture, Transport, TransportError};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a server may take to answer a connection (client-go's dialer).
const CONNECT_TIME: Duration = Duration::from_secs(30);

/// Sends requests on one connection.
pub type Sender = SendRequest<Full<Bytes>>;

/// A body that is still being read.
struct Open {
    body: Incoming,
    /// Read and not yet handed on: the beginning of a line.
    rest: Vec<u8>,
}

/// The transport.
pub struct Https {
    /// None where the command line could not be read.
    target: Option<Result<Target, String>>,
    idle: RefCell<Option<Sender>>,
    open: RefCell<BTreeMap<u64, Open>>,
    sockets: RefCell<BTreeMap<u64, Socket>>,
    last: Cell<u64>,
}

impl Https {
    /// A transport to a server, or to none for the reason given.
    pub fn new(target: Option<Result<Target, String>>) -> Self {
        Self {
            target,
            idle: RefCell::default(),
            open: RefCell::default(),
            sockets: RefCell::default(),
            last: Cell::default(),
        }
    }

    async fn connection(&self, target: &Target) -> Result<Sender, TransportError> {
        let idle = self.idle.borrow_mut().take();
        if let Some(mut sender) = idle
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        dial(target).await
    }

    fn target(&self) -> Result<&Target, TransportError> {
        match &self.target {
            Some(Ok(target)) => Ok(target),
            Some(Err(why)) => Err(TransportError::Other(why.clone())),
            None => Err(other("the command line cannot be read")),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let target = self.target()?;
        let goes_on = goes_on(&request);
        let wanted = Wanted::of(&request);
        let mut request = on_wire(request, target)?;
        if let Some(wanted) = &wanted {
            wanted.ask(&mut request);
        }
        let mut sender = self.connection(target).await?;
        let answer = sender.send_request(request).await.map_err(other)?;
        if let Some(wanted) = wanted
            && answer.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            let id = self.number();
            let socket = Socket::open(wanted, answer).await.map_err(other)?;
            self.sockets.borrow_mut().insert(id, socket);
            return Ok(Response::new(Body::Stream(StreamId(id))));
        }
        let (parts, body) = answer.into_parts();
        if let (Some(kind), true) = (goes_on, parts.status.is_success()) {
            let (id, rest) = (self.number(), Vec::new());
            self.open.borrow_mut().insert(id, Open { body, rest });
            return Ok(Response::from_parts(parts, kind(id)));
        }
        let bytes = body.collect().await.map_err(other)?.to_bytes();
        *self.idle.borrow_mut() = Some(sender);
        let json = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.starts_with("application/json"));
        let body = match json.then(|| Value::from_json(&bytes)) {
            Some(Ok(value)) if value.kind().ends_with("List") => Body::Tree(typed_items(value)),
            // As it came, so that `--raw` can show it so.
            _ => Body::Bytes(bytes.into()),
        };
        Ok(Response::from_parts(parts, body))
    }

    fn number(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// More bytes of an open body; none at its end.
    async fn read(&self, id: u64) -> Result<Option<Bytes>, String> {
        // Taken out while it is waited for, so that it may be closed meanwhile.
        let Some(mut open) = self.open.borrow_mut().remove(&id) else {
            return Ok(None);
        };
        loop {
            match open.body.frame().await {
                None => return Ok(None),
                Some(Err(e)) => return Err(e.to_string()),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.open.borrow_mut().insert(id, open);
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    async fn event(&self, id: u64) -> Option<WatchEvent> {
        loop {
            let line = self.open.borrow_mut().get_mut(&id).and_then(|open| {
                let end = open.rest.iter().position(|b| *b == b'\n')?;
                Some(open.rest.drain(..=end).collect::<Vec<u8>>())
            });
            if let Some(line) = line {
                return event(&line);
            }
            // A watch that broke is over; kubectl begins another one.
            let more = self.read(id).await.ok().flatten()?;
            if let Some(open) = self.open.borrow_mut().get_mut(&id) {
                open.rest.extend(more);
            }
        }
    }
}

/// Opens a connection.
///
/// # Errors
/// Where nothing listens there, or it does not prove who it is.
pub async fn dial(target: &Target) -> Result<Sender, TransportError> {
    let address = (target.host.as_str(), target.port);
    let connecting = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(address)).await;
    let host = format!("{}:{}", target.host, target.port);
    let stream = match connecting {
        Ok(Ok(stream)) => stream,
        Ok(Err(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Err(TransportError::Refused(host));
        }
        Ok(Err(e)) => return Err(other(format!("dial tcp {host}: {e}"))),
        Err(_) => return Err(other(format!("dial tcp {host}: i/o timeout"))),
    };
    stream.set_nodelay(true).map_err(other)?;
    match &target.tls {
        None => speak(stream).await,
        Some(config) => {
            let name = ServerName::try_from(target.server_name.clone()).map_err(other)?;
            let tls = TlsConnector::from(config.clone()).connect(name, stream);
            let tls = tokio::time::timeout(CONNECT_TIME, tls).await;
            let tls = tls.map_err(|_| other("net/http: TLS handshake timeout"))?;
            speak(tls.map_err(|e| other(format!("tls: {e}")))?).await
        }
    }
}

fn other(why: impl std::fmt::Display) -> TransportError {
    TransportError::Other(why.to_string())
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Sender, TransportError> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(other)?;
    tokio::task::spawn_local(async move {
        // Its failure is seen by whoever waits for an answer.
        let _ = connection.with_upgrades().await;
    });
    Ok(sender)
}

/// Whether the answer to a request goes on, and as what.
fn goes_on(request: &Request) -> Option<fn(u64) -> Body> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    if query.flag("watch") {
        return Some(|id| Body::Watch(WatchId(id)));
    }
    let log = request.uri().path().ends_with("/log");
    log.then_some(|id| Body::Stream(StreamId(id)))
}

fn on_wire(
    request: Request,
    target: &Target,
) -> Result<http::Request<Full<Bytes>>, TransportError> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    parts.uri = format!("{}{path}", target.prefix)
        .parse::<Uri>()
        .map_err(other)?;
    let host = format!("{}:{}", target.host, target.port);
    let header = |text: &str| HeaderValue::from_str(text).map_err(other);
    parts.headers.insert(HOST, header(&host)?);
    if let Some(authorization) = &target.authorization {
        parts.headers.insert(AUTHORIZATION, header(authorization)?);
    }
    let body = match body {
        Body::Tree(value) => value.to_json().into_bytes(),
        Body::Bytes(bytes) => bytes,
        _ => Vec::new(),
    };
    Ok(http::Request::from_parts(parts, Full::new(body.into())))
}

/// Gives the items of a list the type that lists leave out on the wire.
fn typed_items(mut list: Value) -> Value {
    if let Some(kind) = list.kind().strip_suffix("List").map(str::to_owned)
        && list.get("items").as_list().is_some()
    {
        let version = list.api_version().to_owned();
        for item in list.entry("items").items_mut() {
            if item.kind().is_empty() && item.get("metadata").as_map().is_some() {
                item.set("kind", kind.as_str());
                item.set("apiVersion", version.as_str());
            }
        }
    }
    list
}

fn event(line: &[u8]) -> Option<WatchEvent> {
    let event = Value::from_json(line).ok()?;
    let kinds = [
        WatchType::Added,
        WatchType::Modified,
        WatchType::Deleted,
        WatchType::Bookmark,
        WatchType::Error,
    ];
    let kind = kinds
        .into_iter()
        .find(|k| event.get("type") == &k.as_str())?;
    Some(WatchEvent {
        kind,
        object: event.get("object").clone(),
    })
}

impl Transport for Https {
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
    fn next_event(&self, id: WatchId) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(self.event(id.0))
    }
    fn next_chunk(&self, id: StreamId) -> LocalFuture<'_, Result<Option<Vec<u8>>, String>> {
        if !self.sockets.borrow().contains_key(&id.0) {
            return Box::pin(async move { Ok(self.read(id.0).await?.map(Vec::from)) });
        }
        Box::pin(poll_fn(move |cx| {
            match self.sockets.borrow_mut().get_mut(&id.0) {
                Some(socket) => socket.poll_next(cx),
                None => Poll::Ready(Ok(None)),
            }
        }))
    }
    fn write_stream(&self, id: StreamId, message: Vec<u8>) {
        if let Some(socket) = self.sockets.borrow().get(&id.0) {
            socket.write(message);
        }
    }
    fn serve<'a>(
        &'a self,
        wanted: &'a Gateway,
        ready: &'a dyn Fn(&str),
    ) -> LocalFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let target = self.target().map_err(|e| match e {
                TransportError::Refused(why) | TransportError::Other(why) => why,
            })?;
            gateway::serve(target.clone(), wanted, ready).await
        })
    }
    fn close_watch(&self, id: WatchId) {
        self.open.borrow_mut().remove(&id.0);
    }
    fn close_stream(&self, id: StreamId) {
        self.sockets.borrow_mut().remove(&id.0);
        self.open.borrow_mut().remove(&id.0);
    }
}
