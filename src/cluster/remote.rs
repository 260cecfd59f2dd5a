//! Nodes whose machines are not the cluster's: their kubelets are turned from outside, and what clients ask of them is left there.

use super::Cluster;
use crate::apimachinery::http::StreamId;
use crate::apimachinery::schema;
use crate::apiserver::metrics::Usage;
use crate::apiserver::{Answered, Look, NodeCall, NodeRequest, Sight, WebhookCall};
use crate::collections::{SortedMap, SortedSet};

/// The nodes, and what was asked of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Remote {
    nodes: SortedSet<String>,
    requests: Vec<NodeRequest>,
    /// What clients have sent on streams that are served from outside.
    inputs: SortedMap<StreamId, Vec<Vec<u8>>>,
    /// By node.
    usage: SortedMap<String, Usage>,
}

impl Remote {
    /// Keeps a request to one of the nodes, or to a server elsewhere; gives back any other.
    pub(super) fn keep(&mut self, request: NodeRequest) -> Option<NodeRequest> {
        if request.call != NodeCall::Elsewhere && !self.nodes.contains(&request.node) {
            return Some(request);
        }
        self.requests.push(request);
        None
    }

    /// Takes a message of a client, where its stream is served from outside.
    pub(super) fn input(&mut self, stream: StreamId, message: &[u8]) {
        if let Some(input) = self.inputs.get_mut(&stream) {
            input.push(message.to_vec());
        }
    }

    /// Adds what the nodes use.
    pub(super) fn add_usage(&self, all: &mut Usage) {
        for usage in self.usage.values() {
            all.nodes.extend(usage.nodes.iter().cloned());
            all.pods.extend(usage.pods.iter().cloned());
        }
        all.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Cluster {
    /// Calls of webhooks that requests of the cluster's own parts wait for, with numbers.
    pub fn take_webhook_calls(&mut self) -> Vec<(u64, WebhookCall)> {
        self.api.take_webhook_calls()
    }

    /// What came of such a call.
    pub fn answer_webhook(&mut self, id: u64, answer: Answered) {
        self.api.answer_webhook(id, answer);
    }

    /// Servers of other APIs that are to be looked at.
    pub fn take_looks(&mut self) -> Vec<Look> {
        self.api.take_looks()
    }

    /// What came of a look.
    pub fn sighted(&mut self, look: &Look, sight: Sight) {
        self.api.sighted(look, sight, self.now);
    }

    /// Says that webhooks are called from here on, by whoever takes the calls ([`Cluster::take_webhook_calls`]) and sends requests
    /// again.
    pub fn call_webhooks(&mut self) {
        self.api.call_webhooks();
    }

    /// Says that a node's kubelet is turned from outside: requests to it are handed out by [`Cluster::take_remote_requests`].
    pub fn add_remote_node(&mut self, name: &str) {
        self.remote.nodes.insert(name.to_owned());
        self.api.add_real_node(name);
    }

    /// Ends such a request's stream with what stands in its way.
    pub fn refuse_remote_request(&mut self, request: &NodeRequest, why: String) {
        self.api.end_stream(request.stream, Err(why));
    }

    /// Says that such a request's stream is served from outside, for a client that is in the cluster.
    pub fn serve_remote_request(&mut self, request: &NodeRequest) {
        self.remote.inputs.insert(request.stream, Vec::new());
    }

    /// What the client has sent on such a stream since the last call; none once it reads no more.
    pub fn take_remote_input(&mut self, stream: StreamId) -> Option<Vec<Vec<u8>>> {
        if !self.api.has_stream(stream) {
            self.remote.inputs.remove(&stream);
            return None;
        }
        self.remote.inputs.get_mut(&stream).map(std::mem::take)
    }

    /// Gives the client what came on such a stream.
    pub fn push_remote(&mut self, stream: StreamId, bytes: Vec<u8>) {
        self.api.push_stream(stream, bytes);
    }

    /// Ends such a stream.
    pub fn end_remote(&mut self, stream: StreamId, result: Result<(), String>) {
        self.remote.inputs.remove(&stream);
        self.api.end_stream(stream, result);
    }

    /// Says what such a node and its pods use. What is told of other nodes and their pods is not heard: a kubelet answers for its own.
    pub fn set_remote_usage(&mut self, node: &str, mut usage: Usage) {
        if !self.is_remote_node(node) {
            return;
        }
        let pods = schema::resource("", "v1", "pods").expect("a built-in resource");
        usage.nodes.retain(|told| *told.name == *node);
        usage.pods.retain(|told| {
            let pod = self.api.peek(pods, &told.namespace, &told.name);
            pod.is_some_and(|pod| pod.at(&["spec", "nodeName"]) == &node)
        });
        self.remote.usage.insert(node.to_owned(), usage);
    }

    /// Forgets what such a node and its pods use, of which nobody knows any more.
    pub fn forget_remote_usage(&mut self, node: &str) {
        self.remote.usage.remove(node);
    }

    /// Says that a node's kubelet is not turned from outside any more: there is none of that name.
    pub fn remove_remote_node(&mut self, name: &str) {
        self.remote.nodes.remove(name);
        self.remote.usage.remove(name);
        self.api.remove_real_node(name);
    }

    /// The nodes whose kubelets are turned from outside.
    pub fn remote_nodes(&self) -> impl Iterator<Item = &str> {
        self.remote.nodes.iter().map(String::as_str)
    }

    /// Whether a node's kubelet is turned from outside.
    pub fn is_remote_node(&self, name: &str) -> bool {
        self.remote.nodes.contains(name)
    }

    /// What clients asked of such nodes since the last call.
    pub fn take_remote_requests(&mut self) -> Vec<NodeRequest> {
        std::mem::take(&mut self.remote.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Timestamp;
    use crate::apimachinery::http::Body;
    use crate::apiserver::metrics::{NodeUsage, PodUsage};
    use crate::cluster::ClusterConfig;
    use crate::tree;
    use std::time::Duration;

    #[test]
    fn a_kubelet_tells_of_its_own_node_and_pods_only_and_is_forgotten_with_its_node() {
        let mut cluster = Cluster::boot(ClusterConfig {
            control_plane_pods: false,
            ..ClusterConfig::default()
        });
        for (name, node) in [("own", "far"), ("others", "worker-1")] {
            let pod = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"nodeName": node, "containers": [{"name": "c", "image": "busybox"}]}});
            let request = http::Request::post("/api/v1/namespaces/default/pods");
            let made = cluster.request_as_admin(request.body(Body::Tree(pod)).expect("a request"));
            assert_eq!(made.expect("an answer").status(), 201);
        }
        let told = || {
            let (time, window) = (Timestamp::default(), Duration::from_secs(1));
            let node = |name: &str| NodeUsage {
                name: name.into(),
                time,
                window,
                cpu: 1,
                memory: 1,
            };
            let pod = |name: &str| PodUsage {
                namespace: "default".into(),
                name: name.into(),
                time,
                window,
                containers: Vec::new(),
            };
            Usage {
                nodes: ["far", "worker-1"].map(node).into(),
                pods: ["own", "others", "none"].map(pod).into(),
            }
        };
        let heard = |cluster: &Cluster| {
            let mut usage = Usage::default();
            cluster.remote.add_usage(&mut usage);
            let nodes = usage.nodes.iter().map(|n| n.name.to_string());
            let pods = usage.pods.iter().map(|p| p.name.to_string());
            nodes.chain(pods).collect::<Vec<_>>()
        };
        // Told by one that has gone meanwhile.
        cluster.set_remote_usage("far", told());
        assert!(heard(&cluster).is_empty());
        cluster.add_remote_node("far");
        cluster.set_remote_usage("far", told());
        assert_eq!(heard(&cluster), ["far", "own"]);
        cluster.remove_remote_node("far");
        assert!(heard(&cluster).is_empty());
        assert_eq!(cluster.remote_nodes().count(), 0);
    }
}
