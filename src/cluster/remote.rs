//! Nodes whose machines are not the cluster's: their kubelets are turned from outside, and what clients ask of them is left there.

use super::Cluster;
use crate::apiserver::NodeRequest;
use crate::apiserver::metrics::Usage;
use crate::collections::SortedSet;

/// The nodes, and what was asked of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Remote {
    nodes: SortedSet<String>,
    requests: Vec<NodeRequest>,
    usage: Usage,
}

impl Remote {
    /// Keeps a request to one of the nodes; gives back any other.
    pub(super) fn keep(&mut self, request: NodeRequest) -> Option<NodeRequest> {
        if !self.nodes.contains(&request.node) {
            return Some(request);
        }
        self.requests.push(request);
        None
    }

    /// Adds what the nodes use.
    pub(super) fn add_usage(&self, all: &mut Usage) {
        all.nodes.extend(self.usage.nodes.iter().cloned());
        all.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        all.pods.extend(self.usage.pods.iter().cloned());
    }
}

impl Cluster {
    /// Says that a node's kubelet is turned from outside: requests to it are handed out by [`Cluster::take_remote_requests`].
    pub fn add_remote_node(&mut self, name: &str) {
        self.remote.nodes.insert(name.to_owned());
    }

    /// Ends such a request's stream with what stands in its way.
    pub fn refuse_remote_request(&mut self, request: &NodeRequest, why: String) {
        self.api.end_stream(request.stream, Err(why));
    }

    /// Says what such nodes and their pods use.
    pub fn set_remote_usage(&mut self, usage: Usage) {
        self.remote.usage = usage;
    }

    /// What clients asked of such nodes since the last call.
    pub fn take_remote_requests(&mut self) -> Vec<NodeRequest> {
        std::mem::take(&mut self.remote.requests)
    }
}
