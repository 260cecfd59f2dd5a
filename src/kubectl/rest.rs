//! Requests to the API server and what comes back (models client-go's `rest`).

pub mod trace;

use super::discovery::Mapping;
use super::env::{Gateway, Io, Raced, Transport, TransportError, race};
use super::error::Error;
use crate::apimachinery::http::{
    Body, Relayed, Request, Response, StreamId, Upgraded, WatchEvent, WatchId,
};
use crate::apimachinery::{Timestamp, Value};
use http::{HeaderName, HeaderValue, Method};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use trace::Trace;

const JSON: &str = "application/json";
/// Asks for a Table where the server can make one.
pub const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
/// The longest answer of somebody else's that is read, in bytes.
const LONGEST: usize = 16 << 20;
const USER_AGENT: &str = "kubectl/v1.36.2 (linux/amd64) kubernetes/kubarium";

/// One request before it is sent.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    accept: &'static str,
    content_type: &'static str,
    body: Body,
    subject: String,
    name: String,
    upgraded: bool,
}

impl Call {
    /// A request to a path.
    pub fn new(method: Method, path: impl Into<String>) -> Call {
        Call {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: JSON,
            content_type: JSON,
            body: Body::Empty,
            subject: String::new(),
            name: String::new(),
            upgraded: false,
        }
    }
    /// A request to objects of a resource: all (`name` empty) or one, or one's subresource.
    pub fn on(
        method: Method,
        mapping: &Mapping,
        namespace: &str,
        name: &str,
        subresource: &str,
    ) -> Call {
        let mut call = Call::new(method, mapping.path(namespace, name, subresource));
        call.subject = mapping.group_resource();
        call.name = name.to_owned();
        call
    }
    /// With a query parameter; empty values are left out.
    pub fn query(mut self, key: &str, value: impl Into<String>) -> Call {
        let value = value.into();
        if !value.is_empty() {
            self.query.push((key.to_owned(), value));
        }
        self
    }
    /// With a query parameter, though its value be empty.
    pub fn query_always(mut self, key: &str, value: &str) -> Call {
        self.query.push((key.to_owned(), value.to_owned()));
        self
    }
    /// Over a connection that carries messages both ways.
    pub fn upgrade(mut self) -> Call {
        self.upgraded = true;
        self
    }
    /// Asking for a certain form of answer.
    pub fn accept(mut self, accept: &'static str) -> Call {
        self.accept = accept;
        self
    }
    /// With a body and its content type.
    pub fn patch(mut self, content_type: &'static str, body: Body) -> Call {
        self.content_type = content_type;
        self.body = body;
        self
    }
    /// With an object as its body.
    pub fn body(mut self, body: Value) -> Call {
        self.body = Body::Tree(body);
        self
    }
    /// Whether it asks for a watch.
    fn is_watch(&self) -> bool {
        let target = self.target();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        query
            .split('&')
            .any(|q| matches!(q, "watch=true" | "watch=1"))
            || path.split('/').nth(4) == Some("watch")
    }
    /// The path with its query.
    fn target(&self) -> String {
        let mut target = self.path.clone();
        for (i, (k, v)) in self.query.iter().enumerate() {
            target.push(if i == 0 && !self.path.contains('?') {
                '?'
            } else {
                '&'
            });
            target.push_str(k);
            target.push('=');
            target.push_str(&escape(v));
        }
        target
    }
}

/// Percent-encodes a query value or a path segment.
pub fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(b))
            }
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// The client of one command.
pub struct Rest {
    transport: Rc<dyn Transport>,
    io: Rc<dyn Io>,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Option<Duration>,
    warned: RefCell<Vec<String>>,
    trace: Option<Trace>,
}

impl Rest {
    /// A client that sends the given headers with every request and gives up after `timeout`.
    pub fn new(
        transport: Rc<dyn Transport>,
        io: Rc<dyn Io>,
        headers: Vec<(HeaderName, HeaderValue)>,
        timeout: Option<Duration>,
    ) -> Rest {
        Rest {
            transport,
            io,
            headers,
            timeout,
            warned: RefCell::default(),
            trace: None,
        }
    }

    /// Tells of each request on standard error.
    pub fn traced(mut self, trace: Option<Trace>) -> Rest {
        self.trace = trace;
        self
    }

    fn request(&self, call: &Call) -> Result<Request, Error> {
        let mut request = Request::new(call.body.clone());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call
            .target()
            .parse()
            .map_err(|_| Error::msg(format!("invalid request path {:?}", call.path)))?;
        if call.upgraded {
            request.extensions_mut().insert(Upgraded);
        }
        let headers = request.headers_mut();
        headers.insert(http::header::ACCEPT, HeaderValue::from_static(call.accept));
        headers.insert(
            http::header::USER_AGENT,
            HeaderValue::from_static(USER_AGENT),
        );
        if !matches!(call.body, Body::Empty) {
            headers.insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static(call.content_type),
            );
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        Ok(request)
    }

    /// Sends a request and gives the answer as it came, warnings shown, failures as errors.
    pub async fn send_raw(&self, call: Call) -> Result<Response, Error> {
        let request = self.request(&call)?;
        let told = (self.trace.as_ref()).map(|trace| trace.request(&*self.io, &request));
        let sent = self.transport.send(request);
        let answer = match self.timeout {
            None => sent.await,
            Some(time) => match race(sent, self.io.sleep(time)).await {
                Raced::First(answer) => answer,
                Raced::Second(()) => Err(TransportError::Other(
                    "net/http: request canceled (Client.Timeout exceeded while awaiting headers)"
                        .to_owned(),
                )),
            },
        };
        if let (Some(trace), Some(told), Err(_)) = (&self.trace, &told, &answer) {
            trace.failure(&*self.io, told);
        }
        let response = answer.map_err(|e| {
            Error::Connection(match e {
                TransportError::Refused(host) => format!(
                    "The connection to the server {host} was refused - did you specify the right host or port?"
                ),
                TransportError::Other(words) => format!("Unable to connect to the server: {words}"),
            })
        })?;
        if let (Some(trace), Some(told)) = (&self.trace, told) {
            trace.response(&*self.io, &told, &response);
        }
        self.show_warnings(&response);
        let response = self.whole(response, &call).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let kind = response.headers().get(http::header::CONTENT_TYPE);
        let is_text = kind.is_some_and(|k| k.as_bytes().starts_with(b"text/"));
        let mut said = "unknown".to_owned();
        let status = match response.into_body() {
            Body::Tree(v) => v,
            Body::Bytes(b) => {
                if is_text {
                    said = String::from_utf8_lossy(&b).trim().to_owned();
                }
                Value::from_json(&b).unwrap_or_default()
            }
            _ => Value::Null,
        };
        if status.kind() == "Status" {
            return Err(Error::Status(status));
        }
        Err(generic_error(code, &said, &call))
    }

    /// An answer that is somebody else's, as it came over its stream, to its end; any other one as it is.
    async fn whole(&self, response: Response, call: &Call) -> Result<Response, Error> {
        let relayed = response.extensions().get::<Relayed>().cloned();
        let (Some(relayed), Body::Stream(id)) = (relayed, response.body()) else {
            return Ok(response);
        };
        let mut stream = Stream {
            transport: self.transport.clone(),
            id: Some(*id),
            first: None,
        };
        // It would come to no end.
        if relayed.plain && call.is_watch() {
            let why = "watching what another server serves is not supported by this client";
            return Err(Error::status(501, "NotImplemented", why));
        }
        let mut bytes = Vec::new();
        let read = loop {
            match stream.next().await {
                Ok(Some(more)) => bytes.extend(more),
                Ok(None) => break relayed.whole(&bytes),
                Err(why) => break Err(why),
            }
            if bytes.len() > LONGEST {
                break Err(format!("the answer is longer than {LONGEST} bytes"));
            }
        };
        read.map_err(|why| {
            if relayed.plain {
                return generic_error(503, "", call);
            }
            let why = format!("error trying to reach service: {why}");
            Error::status(503, "ServiceUnavailable", why)
        })
    }

    /// Sends a request and gives the object it answers with.
    pub async fn send(&self, call: Call) -> Result<Value, Error> {
        match self.send_raw(call).await?.into_body() {
            Body::Tree(v) => Ok(v),
            Body::Bytes(b) => Value::from_json(&b)
                .map_err(|e| Error::msg(format!("unable to decode an answer of the server: {e}"))),
            _ => Ok(Value::Null),
        }
    }

    /// Opens a watch.
    pub async fn watch(&self, call: Call) -> Result<Watch, Error> {
        let call = call.query("watch", "true");
        match self.send_raw(call).await?.into_body() {
            Body::Watch(id) => Ok(Watch {
                transport: self.transport.clone(),
                io: self.io.clone(),
                id,
                deadline: self.timeout.map(|t| self.io.now() + t),
            }),
            _ => Err(Error::msg("the server did not open a watch")),
        }
    }

    /// Opens a stream of bytes, such as a log; an answer that is complete reads as a stream of one piece.
    pub async fn stream(&self, call: Call) -> Result<Stream, Error> {
        let (id, first) = match self.send_raw(call.accept("*/*")).await?.into_body() {
            Body::Stream(id) => (Some(id), None),
            Body::Bytes(b) => (None, Some(b)),
            Body::Tree(v) => (None, Some(v.to_json().into_bytes())),
            _ => (None, None),
        };
        Ok(Stream {
            transport: self.transport.clone(),
            id,
            first,
        })
    }

    /// Serves the API on this machine.
    pub async fn serve(&self, gateway: &Gateway, ready: &dyn Fn(&str)) -> Result<(), Error> {
        self.transport
            .serve(gateway, ready)
            .await
            .map_err(Error::msg)
    }

    fn show_warnings(&self, response: &Response) {
        for value in response.headers().get_all(http::header::WARNING) {
            let Some(text) = String::from_utf8(value.as_bytes().to_vec())
                .ok()
                .as_deref()
                .and_then(parse_warning)
            else {
                continue;
            };
            let mut warned = self.warned.borrow_mut();
            if !warned.contains(&text) {
                self.io.stderr(&format!("Warning: {text}\n"));
                warned.push(text);
            }
        }
    }

    /// For `--warnings-as-errors`: an error where the server warned of anything.
    pub fn warnings_as_error(&self) -> Result<(), Error> {
        match self.warned.borrow().len() {
            0 => Ok(()),
            1 => Err(Error::msg("1 warning received")),
            n => Err(Error::msg(format!("{n} warnings received"))),
        }
    }
}

/// The text of a `Warning` header: `299 - "text"` with backslash escapes.
fn parse_warning(header: &str) -> Option<String> {
    let rest = header.strip_prefix("299 ")?;
    let start = rest.find('"')? + 1;
    let mut text = String::new();
    let mut chars = rest[start..].chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?),
            '"' => return Some(text),
            c => text.push(c),
        }
    }
    None
}

/// What an answer without a Status is taken for; `said` is its text (`NewGenericServerResponse`).
fn generic_error(code: u16, said: &str, call: &Call) -> Error {
    let unknown = format!(
        "the server responded with the status code {code} but did not return more information"
    );
    let failed =
        format!("an error on the server ({said:?}) has prevented the request from succeeding");
    let (reason, message) = match code {
        404 => (
            "NotFound",
            "the server could not find the requested resource",
        ),
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials",
        ),
        403 => ("Forbidden", "forbidden"),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ),
        409 => ("Conflict", "the server reported a conflict"),
        410 => (
            "Gone",
            "the server reported that the requested resource is gone",
        ),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        ),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request",
        ),
        500.. => ("InternalError", failed.as_str()),
        _ => ("", unknown.as_str()),
    };
    let verb = match call.method {
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE => {
            call.method.as_str().to_lowercase()
        }
        _ => "get".to_owned(),
    };
    let about = match (call.subject.as_str(), call.name.as_str()) {
        ("", _) => String::new(),
        (subject, "") => format!(" ({verb} {subject})"),
        (subject, name) => format!(" ({verb} {subject} {name})"),
    };
    Error::status(code, reason, format!("{message}{about}"))
}

/// An open watch; dropping it closes it.
pub struct Watch {
    transport: Rc<dyn Transport>,
    io: Rc<dyn Io>,
    id: WatchId,
    deadline: Option<Timestamp>,
}

impl Watch {
    /// The next event; `None` once the server or `--request-timeout` ended the watch.
    pub async fn next(&mut self) -> Option<WatchEvent> {
        let event = self.transport.next_event(self.id);
        match self.deadline {
            None => event.await,
            Some(end) => {
                let left = end.since(self.io.now());
                match race(event, self.io.sleep(left)).await {
                    Raced::First(event) => event,
                    Raced::Second(()) => None,
                }
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.transport.close_watch(self.id);
    }
}

/// An open stream of bytes; dropping it closes it.
pub struct Stream {
    transport: Rc<dyn Transport>,
    id: Option<StreamId>,
    first: Option<Vec<u8>>,
}

impl Stream {
    /// Sends a message the other way.
    pub fn write(&self, channel: u8, data: &[u8]) {
        if let Some(id) = self.id {
            let message = [&[channel], data].concat();
            self.transport.write_stream(id, message);
        }
    }

    /// The next bytes; `Ok(None)` at the end, `Err` with the server's words where it broke.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        if let Some(bytes) = self.first.take() {
            return Ok(Some(bytes));
        }
        match self.id {
            Some(id) => self.transport.next_chunk(id).await,
            None => Ok(None),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.transport.close_stream(id);
        }
    }
}
