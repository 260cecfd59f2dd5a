//! NodeResourcesFit: what the pod asks for must be free; nodes with more left are preferred (LeastAllocated).

use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, MAX_NODE_SCORE, Plugin, Refusal,
};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct NodeResourcesFit;

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let mut refusal = Refusal {
            code: Code::Unschedulable,
            reasons: Vec::new(),
            plugin: self.name(),
        };
        if node.pods.len() as i64 + 1 > node.allowed_pods {
            refusal.reasons.push("Too many pods".into());
        }
        let (want, all, used) = (&pod.requests, &node.allocatable, &node.requested);
        let mut check = |name: &str, want: i64, all: i64, used: i64| {
            if want > 0 && want > all - used {
                refusal.reasons.push(format!("Insufficient {name}").into());
                // More than the whole node has: taking pods away would not help.
                if want > all {
                    refusal.code = Code::UnschedulableAndUnresolvable;
                }
            }
        };
        check("cpu", want.milli_cpu, all.milli_cpu, used.milli_cpu);
        check("memory", want.memory, all.memory, used.memory);
        check(
            "ephemeral-storage",
            want.ephemeral_storage,
            all.ephemeral_storage,
            used.ephemeral_storage,
        );
        for (name, n) in &want.scalar {
            let of = |r: &crate::scheduler::node_info::Resource| {
                r.scalar.get(name).copied().unwrap_or(0)
            };
            check(name, *n, of(all), of(used));
        }
        if refusal.reasons.is_empty() {
            Ok(())
        } else {
            Err(refusal)
        }
    }

    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        !state.nodes.is_empty()
    }

    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        true
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let pod = state.pod;
        let parts = [
            (node.allocatable.milli_cpu, node.non_zero.0 + pod.non_zero.0),
            (node.allocatable.memory, node.non_zero.1 + pod.non_zero.1),
        ];
        let counted: Vec<i64> = parts
            .iter()
            .filter(|(all, _)| *all > 0)
            .map(|(all, used)| {
                if used > all {
                    0
                } else {
                    (all - used) * MAX_NODE_SCORE / all
                }
            })
            .collect();
        if counted.is_empty() {
            0
        } else {
            counted.iter().sum::<i64>() / counted.len() as i64
        }
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::NodeAdd
                | ClusterEvent::NodeAllocatable
                | ClusterEvent::AssignedPodDelete
                | ClusterEvent::AssignedPodScaleDown
                | ClusterEvent::PodUpdate
        )
    }
}
