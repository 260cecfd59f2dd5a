//! The API server as the parts of the same cluster reach it.

use crate::apimachinery::http::{
    ApiClient, Body, ReaderId, Request, ResourceRequest, Response, StreamId, WatchEvent, WatchId,
};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::ApiServer;
use crate::tree;

/// A connection to the API server at one point in time.
pub struct InProcess<'a> {
    /// The server.
    pub server: &'a mut ApiServer,
    /// The time of requests.
    pub now: Timestamp,
    /// Whether the server can be reached: it runs, and the network is whole.
    pub reachable: bool,
}

/// What a client makes of a server that does not answer.
pub fn unreachable_status() -> Value {
    tree!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "ServiceUnavailable", "code": 503,
        "message": "dial tcp 10.0.0.10:6443: connect: connection refused",
    })
}

impl ApiClient for InProcess<'_> {
    fn ask(&mut self, request: ResourceRequest<'_>) -> Result<Body, Value> {
        if self.reachable {
            self.server.ask(request, self.now)
        } else {
            Err(unreachable_status())
        }
    }

    fn send(&mut self, request: Request) -> Response {
        if self.reachable {
            return self.server.handle(request, self.now);
        }
        let mut response = Response::new(Body::Tree(unreachable_status()));
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        response
    }

    fn news(&self, reader: ReaderId) -> Vec<WatchId> {
        if self.reachable {
            self.server.news(reader).to_vec()
        } else {
            Vec::new()
        }
    }

    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent> {
        if self.reachable {
            self.server.poll_watch(id, self.now)
        } else {
            None
        }
    }

    fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        if self.reachable {
            self.server.poll_stream(id)
        } else {
            Ok(None)
        }
    }

    fn custom_kinds(&self) -> Vec<&'static ResourceDef> {
        if self.reachable {
            self.server.custom_kinds().collect()
        } else {
            Vec::new()
        }
    }

    fn close_watch(&mut self, id: WatchId) {
        self.server.close_watch(id);
    }
}
