//! NodePorts: a port of the node is taken by one pod at a time.

use crate::scheduler::framework::{ClusterEvent, Code, Facts, Plugin, Refusal};
use crate::scheduler::node_info::{HostPort, NodeInfo, PodInfo};

pub struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let taken = pod
            .host_ports
            .iter()
            .any(|wanted| node.used_ports.iter().any(|used| conflict(wanted, used)));
        if taken {
            Err(Refusal::new(
                self.name(),
                Code::Unschedulable,
                "node(s) didn't have free ports for the requested pod ports",
            ))
        } else {
            Ok(())
        }
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::NodeAdd | ClusterEvent::AssignedPodDelete
        )
    }
}

fn conflict(a: &HostPort, b: &HostPort) -> bool {
    a.1 == b.1 && a.2 == b.2 && (a.0 == b.0 || a.0 == "0.0.0.0" || b.0 == "0.0.0.0")
}
