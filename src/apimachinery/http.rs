//! How the API is spoken: plain `http` messages whose bodies are bytes at the edges and trees in process.

pub mod relayed;

pub use relayed::Relayed;

use super::schema::ResourceDef;
use super::text::Text;
use super::value::Value;
use std::sync::Arc;

/// A request's or an answer's body.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// Bytes as they came over a wire; their meaning is in `Content-Type`.
    Bytes(Vec<u8>),
    /// An already decoded object, in process.
    Tree(Value),
    /// An answer that goes on: a watch whose events are polled by this id.
    Watch(WatchId),
    /// An answer that goes on: bytes (logs) that are polled by this id.
    Stream(StreamId),
}

/// A request to the API server.
pub type Request = http::Request<Body>;
/// The API server's answer.
pub type Response = http::Response<Body>;

/// Names a watch that is open on the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchId(pub u64);

/// Names a stream of bytes that is open on the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchType {
    /// It came into being, or into the selection.
    Added,
    /// It changed.
    Modified,
    /// It went, or left the selection; the event carries its last state.
    Deleted,
    /// A revision up to which everything was sent.
    Bookmark,
    /// The watch failed; the event carries a `Status`.
    Error,
}

impl WatchType {
    /// As written on the wire: `ADDED` …
    pub fn as_str(self) -> &'static str {
        match self {
            WatchType::Added => "ADDED",
            WatchType::Modified => "MODIFIED",
            WatchType::Deleted => "DELETED",
            WatchType::Bookmark => "BOOKMARK",
            WatchType::Error => "ERROR",
        }
    }
}

/// One event of a watch.
#[derive(Clone, Debug)]
pub struct WatchEvent {
    /// What happened.
    pub kind: WatchType,
    /// The object (a `Table` where one was asked for, a `Status` for errors).
    pub object: Value,
}

/// Who sends a request; travels in the request's extensions in process, is made by authentication at the edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInfo {
    /// User name, such as `system:kube-scheduler`.
    pub name: String,
    /// What tells the user from others of that name, or "".
    pub uid: String,
    /// Groups, such as `system:masters`.
    pub groups: Vec<String>,
    /// What else authentication knows, by key.
    pub extra: Vec<(String, Vec<String>)>,
}

impl UserInfo {
    /// A user of that name in these groups.
    pub fn new(name: impl Into<String>, groups: &[&str]) -> Self {
        UserInfo {
            name: name.into(),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            ..UserInfo::default()
        }
    }
}

/// The write that made a component send this request: the resource version it reacted to. Travels in the extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause(pub u64);

/// Who reads a watch (asked for in the extensions of the watch request), so that the driver knows whom an event wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderId(pub u32);

/// The sender has no use for `metadata.managedFields`; travels in the extensions. Components in process say so, for which the
/// fields' managers are never worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithoutManagers;

/// The sender's connection can carry messages both ways (in HTTP: it asks for an upgrade); travels in the extensions. `exec`,
/// `attach` and `portforward` need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upgraded;

/// Whether a request passes admission, and may have to be sent again when it waits for something there: a write, or a connection.
pub fn is_admitted(request: &Request) -> bool {
    let connects = || request.uri().path().contains("/proxy");
    request.method() != http::Method::GET
        || request.extensions().get::<Upgraded>().is_some()
        || connects()
}

/// The address that a request came from; travels in the extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub std::net::IpAddr);

/// A request about a resource by a part of the same process: told in parts, so that no path, headers and extensions have to be
/// written and read again. The server treats it as any other request.
pub struct ResourceRequest<'a> {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: &'static str,
    /// The resource.
    pub resource: &'static ResourceDef,
    /// Namespace, or "".
    pub namespace: Text,
    /// Name, or "".
    pub name: Text,
    /// Subresource, or "".
    pub subresource: &'static str,
    /// Parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The body's media type, "" where it needs none.
    pub content_type: &'static str,
    /// The body.
    pub body: Body,
    /// Who asks.
    pub user: &'a Arc<UserInfo>,
    /// Its `User-Agent`.
    pub agent: &'static str,
    /// Whom a watch wakes.
    pub reader: ReaderId,
    /// How long a watch's events take.
    pub latency: std::time::Duration,
    /// The write that made it ask.
    pub cause: Cause,
}

/// The API server as components in the same process see it: synchronous, and answered at once.
pub trait ApiClient {
    /// Asks about a resource; gives the object, list or watch, or the `Status` that refuses it.
    fn ask(&mut self, request: ResourceRequest<'_>) -> Result<Body, Value>;
    /// Sends a request; the answer is complete, or names a watch or stream.
    fn send(&mut self, request: Request) -> Response;
    /// The watches of a reader that have something to read: the others need not be polled.
    fn news(&self, reader: ReaderId) -> Vec<WatchId>;
    /// The next event of a watch that has reached this client by now.
    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent>;
    /// The next bytes of a stream that have reached this client by now: `Ok(None)` is "nothing now", `Err` its end (with the failure's text, if any).
    fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>>;
    /// Ends a watch or a stream.
    fn close_watch(&mut self, id: WatchId);
    /// The custom kinds that are served now, as discovery tells every client; best versions first.
    fn custom_kinds(&self) -> Vec<&'static ResourceDef> {
        Vec::new()
    }
}

/// How long the events of a watch take to reach its reader; travels in the extensions of the watch request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchLatency(pub std::time::Duration);
