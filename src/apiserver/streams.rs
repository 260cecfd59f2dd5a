//! Streams of bytes that a kubelet fills and a client reads: the server parks the request, the driver carries it over.

use crate::apimachinery::http::{ReaderId, StreamId};
use crate::collections::{SortedMap, SortedSet};
use http::{HeaderMap, Method};
use std::collections::VecDeque;

/// What a kubelet is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeCall {
    /// A container's log.
    Log,
    /// A command in a container.
    Exec,
    /// A container's own process.
    Attach,
    /// A connection to a pod.
    PortForward,
    /// A request to what listens in a pod.
    Proxy,
    /// A request to the kubelet's own server.
    Kubelet,
    /// A request to a server that serves an API behind this one; it concerns no node.
    Elsewhere,
}

/// A request that has to be carried to a kubelet; its answer comes back through the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequest {
    /// Where the answer goes.
    pub stream: StreamId,
    /// What is asked for.
    pub call: NodeCall,
    /// The node.
    pub node: String,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The pod's UID.
    pub uid: String,
    /// The container.
    pub container: String,
    /// All parameters: `follow`, `tailLines`, `previous` …
    pub query: Vec<(String, String)>,
    /// What is handed on, for [`NodeCall::Proxy`], [`NodeCall::Kubelet`] and [`NodeCall::Elsewhere`].
    pub relay: Option<Box<Relay>>,
}

/// An HTTP request that is handed on to a server in a pod, or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// The server's address.
    pub ip: String,
    /// The port there.
    pub port: u16,
    /// Whether the server speaks TLS.
    pub tls: bool,
    /// Whom it has to prove to be, in which case it is shown this server's own certificate; none where nobody looks at certificates.
    pub proof: Option<Proof>,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers, with `Host` and, where there is a body, its length.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Whom a server has to prove to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The name for which its certificate has to be.
    pub name: String,
    /// Who has to have signed it, in PEM; whom the machine trusts where it is empty.
    pub ca: Vec<u8>,
    /// Whether its certificate is not looked at.
    pub insecure: bool,
}

impl Relay {
    /// The request as it is written on a connection.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

impl NodeRequest {
    /// A parameter's value, "" where it is missing.
    pub fn param(&self, key: &str) -> &str {
        self.query
            .iter()
            .find(|(k, _)| k == key)
            .map_or("", |(_, v)| v.as_str())
    }
}

#[derive(Clone, Debug, Default)]
struct Stream {
    reader: Option<ReaderId>,
    chunks: VecDeque<Vec<u8>>,
    end: Option<Result<(), String>>,
}

/// All open streams.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    next: u64,
    open: SortedMap<StreamId, Stream>,
    requests: Vec<NodeRequest>,
    woken: SortedSet<ReaderId>,
}

impl Streams {
    /// Opens a stream.
    pub fn open(&mut self, reader: Option<ReaderId>) -> StreamId {
        self.next += 1;
        let id = StreamId(self.next);
        self.open.insert(
            id,
            Stream {
                reader,
                ..Stream::default()
            },
        );
        id
    }
    /// Parks a request for the driver.
    pub fn park(&mut self, request: NodeRequest) {
        self.requests.push(request);
    }
    /// The parked requests.
    pub fn take_requests(&mut self) -> Vec<NodeRequest> {
        std::mem::take(&mut self.requests)
    }
    /// Whether somebody still reads a stream.
    pub fn is_open(&self, id: StreamId) -> bool {
        self.open.contains_key(&id)
    }
    /// How many pieces of a stream are not read yet.
    pub fn unread(&self, id: StreamId) -> usize {
        self.open.get(&id).map_or(0, |s| s.chunks.len())
    }
    /// Appends bytes; nothing where nobody reads any more.
    pub fn push(&mut self, id: StreamId, bytes: Vec<u8>) {
        if let Some(s) = self.open.get_mut(&id)
            && !bytes.is_empty()
        {
            s.chunks.push_back(bytes);
            self.woken.extend(s.reader);
        }
    }
    /// Marks the end.
    pub fn end(&mut self, id: StreamId, result: Result<(), String>) {
        if let Some(s) = self.open.get_mut(&id) {
            s.end = Some(result);
            self.woken.extend(s.reader);
        }
    }
    /// The next bytes; the end is told once, and closes the stream.
    pub fn poll(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        let Some(s) = self.open.get_mut(&id) else {
            return Err(None);
        };
        if let Some(bytes) = s.chunks.pop_front() {
            return Ok(Some(bytes));
        }
        match s.end.take() {
            None => Ok(None),
            Some(result) => {
                self.open.remove(&id);
                Err(result.err())
            }
        }
    }
    /// Ends a stream from the reader's side.
    pub fn close(&mut self, id: StreamId) {
        self.open.remove(&id);
        self.requests.retain(|r| r.stream != id);
    }
    /// Readers that have something to read.
    pub fn take_woken(&mut self) -> SortedSet<ReaderId> {
        std::mem::take(&mut self.woken)
    }
}
