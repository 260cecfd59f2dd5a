//! The API server as the parts of a node reach it from another machine: requests that are waited for, as upstream's goroutines wait, and
//! watches whose events come meanwhile (client-go's `rest` and the watching half of its reflector).
//!
//! Once a request finds nobody, all others fail at once until the server answers again, so that a kubelet goes on with what it can do by
//! itself.

use super::connection::{Asked, Connection, Failure, whole};
use crate::apimachinery::Value;
use crate::apimachinery::http::{
    ApiClient, Body, ReaderId, Request, ResourceRequest, Response, StreamId, WatchEvent, WatchId,
    WatchType,
};
use crate::apimachinery::schema::ResourceDef;
use crate::client::request::encode_query;
use crate::native::node::runtime::Waker;
use http::Method;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tracing::{debug, info, warn};

/// How often a server that cannot be reached is looked for, and a watch that ended is opened again.
const AGAIN: Duration = Duration::from_secs(1);
/// A line of a watch has no more bytes.
const LONGEST_LINE: usize = 16 << 20;

type Events = Arc<Mutex<VecDeque<WatchEvent>>>;

struct Watch {
    reader: ReaderId,
    events: Events,
    task: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The way to the API server. It is used on a thread of its own, which it lets wait.
pub struct Remote {
    connection: Arc<Connection>,
    tasks: Handle,
    wake: Waker,
    watches: BTreeMap<WatchId, Watch>,
    last: u64,
    /// Why the server was not reached when it was last asked.
    away: Arc<Mutex<Option<String>>>,
}

impl Remote {
    /// A client on a connection; `wake` is called where something has come.
    pub fn new(connection: Arc<Connection>, tasks: Handle, wake: Waker) -> Self {
        Self {
            connection,
            tasks,
            wake,
            watches: BTreeMap::new(),
            last: 0,
            away: Arc::default(),
        }
    }

    fn check(&self) -> Result<(), Value> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        match &*away {
            None => Ok(()),
            Some(why) => Err(Failure::Unreachable(why.clone()).into_status()),
        }
    }

    /// Notes that nobody was reached, and looks for the server from now on.
    fn lost(&self, why: &str) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.replace(why.to_owned()).is_some() {
            return;
        }
        warn!("the API server cannot be reached: {why}");
        let (connection, away) = (self.connection.clone(), self.away.clone());
        let wake = self.wake.clone();
        self.tasks.spawn(async move {
            loop {
                tokio::time::sleep(AGAIN).await;
                let asked = Asked::get("/livez", "kubarium-node");
                if connection.begin(&asked).await.is_ok() {
                    break;
                }
            }
            info!("the API server answers again");
            *away.lock().unwrap_or_else(PoisonError::into_inner) = None;
            wake();
        });
    }

    fn exchange(&self, asked: &Asked) -> Result<Value, Value> {
        self.check()?;
        let answered = self.tasks.block_on(self.connection.ask(asked));
        answered.map_err(|failure| {
            if let Failure::Unreachable(why) = &failure {
                self.lost(why);
            }
            failure.into_status()
        })
    }

    fn open(
        &mut self,
        reader: ReaderId,
        def: &'static ResourceDef,
        mut follower: Follower,
    ) -> Result<Body, Value> {
        self.check()?;
        let body = match self.tasks.block_on(follower.open()) {
            Ok(body) => body,
            Err(failure) => {
                if let Failure::Unreachable(why) = &failure {
                    self.lost(why);
                }
                return Err(failure.into_status());
            }
        };
        debug!("watching {}", def.resource);
        self.last += 1;
        let id = WatchId(self.last);
        let events = follower.events.clone();
        let task = self.tasks.spawn(follower.follow(body)).abort_handle();
        let watch = Watch {
            reader,
            events,
            task,
        };
        self.watches.insert(id, watch);
        Ok(Body::Watch(id))
    }
}

impl ApiClient for Remote {
    fn ask(&mut self, request: ResourceRequest<'_>) -> Result<Body, Value> {
        let (def, reader) = (request.resource, request.reader);
        if request.verb == "watch" {
            let revision = request
                .query
                .iter()
                .find(|(key, _)| key == "resourceVersion");
            let revision = revision.map(|(_, v)| v.clone()).unwrap_or_default();
            let mut request = request;
            request.query.retain(|(key, _)| key != "resourceVersion");
            let follower = Follower {
                connection: self.connection.clone(),
                path: path(&request),
                agent: request.agent,
                revision,
                events: Events::default(),
                wake: self.wake.clone(),
            };
            return self.open(reader, def, follower);
        }
        let asked = Asked {
            method: match request.verb {
                "create" => Method::POST,
                "update" => Method::PUT,
                "patch" => Method::PATCH,
                "delete" | "deletecollection" => Method::DELETE,
                _ => Method::GET,
            },
            path: path(&request),
            content_type: match (&request.body, request.content_type) {
                (Body::Empty, _) => "",
                (_, "") => "application/json",
                (_, given) => given,
            },
            body: match request.body {
                Body::Tree(object) => object.to_json().into_bytes(),
                Body::Bytes(bytes) => bytes,
                _ => Vec::new(),
            },
            agent: request.agent,
        };
        let mut object = self.exchange(&asked)?;
        if request.verb == "list" {
            type_items(&mut object, def);
        }
        Ok(Body::Tree(object))
    }

    fn send(&mut self, request: Request) -> Response {
        let asked = Asked {
            method: request.method().clone(),
            path: request.uri().to_string(),
            content_type: "application/json",
            body: match request.into_body() {
                Body::Tree(object) => object.to_json().into_bytes(),
                Body::Bytes(bytes) => bytes,
                _ => Vec::new(),
            },
            agent: "kubarium-node",
        };
        let (object, code) = match self.exchange(&asked) {
            Ok(object) => (object, 200),
            Err(status) => {
                let code = status.get("code").as_i64().unwrap_or(500);
                (status, u16::try_from(code).unwrap_or(500))
            }
        };
        let mut response = Response::new(Body::Tree(object));
        *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
        response
    }

    fn news(&self, reader: ReaderId) -> Vec<WatchId> {
        let with_news = self.watches.iter().filter(|(_, watch)| {
            let events = watch.events.lock().unwrap_or_else(PoisonError::into_inner);
            watch.reader == reader && !events.is_empty()
        });
        with_news.map(|(id, _)| *id).collect()
    }

    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent> {
        let watch = self.watches.get(&id)?;
        let mut events = watch.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.pop_front()
    }

    fn poll_stream(&mut self, _: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        Err(Some("streams are not read from another machine".to_owned()))
    }

    fn close_watch(&mut self, id: WatchId) {
        self.watches.remove(&id);
    }
}

/// Where a resource is asked for, with its parameters.
fn path(request: &ResourceRequest<'_>) -> String {
    let def = request.resource;
    let mut path = match def.group {
        "" => format!("/api/{}", def.version),
        group => format!("/apis/{group}/{}", def.version),
    };
    if def.namespaced && !request.namespace.is_empty() {
        let _ = write!(path, "/namespaces/{}", request.namespace.as_str());
    }
    for part in [def.resource, request.name.as_str(), request.subresource] {
        if !part.is_empty() {
            path.push('/');
            path.push_str(part);
        }
    }
    for (n, (key, value)) in request.query.iter().enumerate() {
        let before = if n == 0 { '?' } else { '&' };
        let _ = write!(path, "{before}{key}={}", encode_query(value));
    }
    path
}

/// Gives the items of a list the kind that they do not say on the wire.
fn type_items(list: &mut Value, def: &ResourceDef) {
    if list.get("items").as_list().is_none() {
        return;
    }
    let version = list.api_version().to_owned();
    for item in list.entry("items").items_mut() {
        if item.kind().is_empty() {
            item.set("kind", def.kind);
            item.set("apiVersion", version.as_str());
        }
    }
}

/// Reads a watch, and opens it again where it ended, from where it had come.
struct Follower {
    connection: Arc<Connection>,
    path: String,
    agent: &'static str,
    /// Up to where everything has been seen.
    revision: String,
    events: Events,
    wake: Waker,
}

impl Follower {
    async fn open(&mut self) -> Result<Incoming, Failure> {
        let mut path = self.path.clone();
        if !self.revision.is_empty() {
            let _ = write!(path, "&resourceVersion={}", encode_query(&self.revision));
        }
        let asked = Asked::get(&path, self.agent);
        let answer = self.connection.begin(&asked).await;
        let answer = answer.map_err(Failure::Unreachable)?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        match whole(answer).await {
            Err(failure) => Err(failure),
            Ok(_) => Err(Failure::Unreachable("the answer is no watch".to_owned())),
        }
    }

    async fn follow(mut self, mut body: Incoming) {
        loop {
            if self.read(body).await {
                return;
            }
            body = loop {
                match self.open().await {
                    Ok(body) => break body,
                    // Whoever has too much to do, or is not there, is asked again.
                    Err(Failure::Unreachable(why)) => debug!("{why}"),
                    Err(Failure::Refused(error)) if error.code() >= 500 || error.code() == 429 => {
                        debug!("{error}");
                    }
                    Err(Failure::Refused(error)) => {
                        return self.tell(WatchType::Error, error.0);
                    }
                }
                tokio::time::sleep(AGAIN).await;
            };
        }
    }

    /// Reads to the end of one answer; whether that is the end of the watch.
    async fn read(&mut self, mut body: Incoming) -> bool {
        let mut rest: Vec<u8> = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else {
                continue;
            };
            rest.extend_from_slice(&data);
            let mut begin = 0;
            while let Some(length) = rest[begin..].iter().position(|b| *b == b'\n') {
                let line = &rest[begin..begin + length];
                begin += length + 1;
                match self.take(line) {
                    Ok(true) => return true,
                    Ok(false) => {}
                    Err(why) => {
                        debug!("an event cannot be read: {why}");
                        return false;
                    }
                }
            }
            rest.drain(..begin);
            if rest.len() > LONGEST_LINE {
                return false;
            }
        }
        false
    }

    /// Takes an event in; whether it is the last one.
    fn take(&mut self, line: &[u8]) -> Result<bool, String> {
        let event = Value::from_json(line).map_err(|e| e.to_string())?;
        let object = event.get("object").clone();
        let kind = match event.get("type").str() {
            "ADDED" => WatchType::Added,
            "MODIFIED" => WatchType::Modified,
            "DELETED" => WatchType::Deleted,
            "BOOKMARK" => WatchType::Bookmark,
            "ERROR" => WatchType::Error,
            other => return Err(format!("it is of the type {other:?}")),
        };
        if kind != WatchType::Error {
            object.resource_version().clone_into(&mut self.revision);
        }
        if kind != WatchType::Bookmark {
            self.tell(kind, object);
        }
        Ok(kind == WatchType::Error)
    }

    fn tell(&self, kind: WatchType, object: Value) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(WatchEvent { kind, object });
        drop(events);
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::http::{Cause, UserInfo};
    use crate::apimachinery::schema;
    use crate::tree;

    #[test]
    fn requests_have_upstreams_paths() {
        let user = Arc::new(UserInfo::default());
        let asked = |(group, resource), namespace: &str, name: &str, subresource| {
            let request = ResourceRequest {
                verb: "get",
                resource: schema::resource(group, "v1", resource).expect("built in"),
                namespace: namespace.into(),
                name: name.into(),
                subresource,
                query: vec![("fieldSelector".into(), "spec.nodeName=a".into())],
                content_type: "",
                body: Body::Empty,
                user: &user,
                agent: "",
                reader: ReaderId(0),
                latency: Duration::ZERO,
                cause: Cause(0),
            };
            path(&request)
        };
        assert_eq!(
            asked(("", "pods"), "a", "p", "status"),
            "/api/v1/namespaces/a/pods/p/status?fieldSelector=spec.nodeName%3Da"
        );
        assert_eq!(
            asked(("coordination.k8s.io", "leases"), "", "", ""),
            "/apis/coordination.k8s.io/v1/leases?fieldSelector=spec.nodeName%3Da"
        );
        assert_eq!(
            asked(("", "nodes"), "", "n", ""),
            "/api/v1/nodes/n?fieldSelector=spec.nodeName%3Da"
        );
    }

    #[test]
    fn items_get_their_kind_back() {
        let def = schema::resource("", "v1", "pods").expect("built in");
        let mut list =
            tree!({"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]});
        type_items(&mut list, def);
        assert_eq!(list.get("items").items()[0].kind(), "Pod");
        assert_eq!(list.get("items").items()[0].api_version(), "v1");
    }
}
