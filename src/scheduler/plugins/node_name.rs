//! NodeName: a pod that names a node fits only there.

use crate::scheduler::framework::{ClusterEvent, Code, Facts, Plugin, Refusal};
use crate::scheduler::node_info::{NodeInfo, PodInfo};

pub struct NodeName;

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let wanted = pod.pod.spec().node_name();
        if wanted.is_empty() || wanted == node.name.as_str() {
            return Ok(());
        }
        Err(Refusal::new(
            self.name(),
            Code::UnschedulableAndUnresolvable,
            "node(s) didn't match the requested node name",
        ))
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        event == ClusterEvent::NodeAdd
    }
}
