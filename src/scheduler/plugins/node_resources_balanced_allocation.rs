//! NodeResourcesBalancedAllocation: prefers nodes whose CPU and memory would be used in like measure.

use crate::scheduler::framework::{CycleState, MAX_NODE_SCORE, Plugin};
use crate::scheduler::node_info::NodeInfo;
use std::sync::Arc;

pub struct NodeResourcesBalancedAllocation;

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    /// Pods that ask for nothing are not scored: every node would be as good as the next.
    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        state.pod.requests.milli_cpu > 0 || state.pod.requests.memory > 0
    }

    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        true
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let want = &state.pod.requests;
        let parts = [
            (
                node.requested.milli_cpu + want.milli_cpu,
                node.allocatable.milli_cpu,
            ),
            (node.requested.memory + want.memory, node.allocatable.memory),
        ];
        let fractions: Vec<f64> = parts
            .iter()
            .filter(|(_, all)| *all > 0)
            .map(|(used, all)| (*used as f64 / *all as f64).min(1.0))
            .collect();
        let deviation = match fractions.as_slice() {
            [a, b] => ((a - b) / 2.0).abs(),
            _ => 0.0,
        };
        ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
    }
}
