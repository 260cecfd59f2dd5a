//! New nodes are tainted until they are ready; bound pods get the topology labels of their node.

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::tree;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The labels that are copied (`PodTopologyLabels`).
const TOPOLOGY: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// `TaintNodesByCondition`.
pub fn taint_new_node(call: &Call, a: &mut Attributes<'_>) {
    if !a.creates(call, "", "nodes") {
        return;
    }
    let taints = a.object.at_mut(&["spec", "taints"]).items_mut();
    let tainted = taints
        .iter()
        .any(|t| t.get("key") == &NOT_READY && t.get("effect") == &"NoSchedule");
    if !tainted {
        taints.push(tree!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
}

impl ApiServer {
    pub(super) fn admit_topology(&self, call: &Call, a: &mut Attributes<'_>) {
        if a.operation == Operation::Create && a.creates(call, "", "pods") {
            self.label_with_topology(a.object);
        }
    }

    /// Copies the topology labels of a pod's node, where the pod has none of its own.
    pub(in crate::apiserver) fn label_with_topology(&self, pod: &mut Value) {
        let node = pod.at(&["spec", "nodeName"]).str();
        let node = registry::lookup("", "v1", "nodes")
            .filter(|_| !node.is_empty())
            .and_then(|r| self.storage.get(r.table, node));
        let Some(node) = node else {
            return;
        };
        for key in TOPOLOGY {
            if let Some(value) = node.label(key)
                && pod.label(key).is_none()
            {
                pod.set_at(&["metadata", "labels", key], value);
            }
        }
    }
}
