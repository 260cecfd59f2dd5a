//! TaintToleration: NoSchedule and NoExecute taints keep pods off, PreferNoSchedule ones are counted against a node.

use crate::api::core::taints::{find_untolerated_scheduling_taint, tolerates};
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, Plugin, Refusal, default_normalize,
};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct TaintToleration;

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        match find_untolerated_scheduling_taint(
            node.node.spec().taints(),
            pod.pod.spec().tolerations(),
        ) {
            None => Ok(()),
            Some(_) => Err(Refusal::new(
                self.name(),
                Code::UnschedulableAndUnresolvable,
                "node(s) had untolerated taint(s)",
            )),
        }
    }

    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        !state.nodes.is_empty()
    }

    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        true
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let tolerations = state.pod.pod.spec().tolerations();
        let soft = node
            .node
            .spec()
            .taints()
            .iter()
            .filter(|t| t.effect() == "PreferNoSchedule");
        let untolerated = soft.filter(|t| {
            !tolerations
                .iter()
                .any(|x| matches!(x.effect(), "" | "PreferNoSchedule") && tolerates(x, t))
        });
        untolerated.count() as i64
    }

    fn normalize(&self, _state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>], scores: &mut [i64]) {
        default_normalize(scores, true);
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::NodeAdd | ClusterEvent::NodeTaint | ClusterEvent::PodUpdate
        )
    }
}
