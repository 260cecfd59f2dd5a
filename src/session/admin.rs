//! The cluster as its administrator's terminal reaches it.

use crate::apimachinery::Timestamp;
use crate::apimachinery::http::{Request, Response, StreamId, WatchEvent, WatchId};
use crate::cluster::Cluster;
use crate::kubectl::TransportError;
use crate::terminal::Backend;

/// A connection of the cluster's administrator.
pub struct Admin<'a>(pub &'a mut Cluster);

impl Backend for Admin<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn send(&mut self, request: Request) -> Result<Response, TransportError> {
        let refused = || TransportError::Refused("127.0.0.1:6443".to_owned());
        self.0.request_as_admin(request).map_err(|_| refused())
    }
    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent> {
        self.0.poll_watch(id)
    }
    fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        self.0.poll_stream(id)
    }
    fn close_watch(&mut self, id: WatchId) {
        self.0.close_watch(id);
    }
    fn close_stream(&mut self, id: StreamId) {
        self.0.close_stream(id);
    }
}
