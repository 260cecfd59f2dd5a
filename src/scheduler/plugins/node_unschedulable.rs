//! NodeUnschedulable: cordoned nodes take no new pods, but for those that tolerate it.

use crate::api::core::taints::tolerations_tolerate_taint;
use crate::api::core_v1::Taint;
use crate::scheduler::framework::{ClusterEvent, Code, Facts, Plugin, Refusal};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use crate::tree;

pub struct NodeUnschedulable;

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        if node.node.spec().unschedulable() != Some(true) {
            return Ok(());
        }
        let taint =
            Taint::from(tree!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
        if tolerations_tolerate_taint(pod.pod.spec().tolerations(), &taint) {
            return Ok(());
        }
        Err(Refusal::new(
            self.name(),
            Code::UnschedulableAndUnresolvable,
            "node(s) were unschedulable",
        ))
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::NodeAdd | ClusterEvent::NodeTaint | ClusterEvent::PodUpdate
        )
    }
}
