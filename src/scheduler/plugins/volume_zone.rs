//! VolumeZone: a pod goes to the zones that its volumes are in (pkg/scheduler/framework/plugins/volumezone).

use crate::scheduler::framework::{ClusterEvent, Code, Facts, Plugin, Refusal};
use crate::scheduler::node_info::{NodeInfo, PodInfo};

pub struct VolumeZone;

const LABELS: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// What a node calls a topology that a volume names by its old or new label.
fn label_of<'a>(node: &'a NodeInfo, key: &str) -> Option<&'a str> {
    let end = key.rsplit('/').next().unwrap_or(key);
    let named = |k: &&&str| k.ends_with(end);
    let known = |k: &str| node.node.label(k);
    known(key).or_else(|| LABELS.iter().filter(named).find_map(|k| known(k)))
}

impl Plugin for VolumeZone {
    fn name(&self) -> &'static str {
        "VolumeZone"
    }

    fn filter(&self, facts: &Facts, _pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let mut volumes = facts.volumes.iter().flat_map(|v| v.bound.iter()).peekable();
        // A cluster without zones has none to heed.
        if volumes.peek().is_none() || !LABELS.iter().any(|k| node.node.label(k).is_some()) {
            return Ok(());
        }
        for volume in volumes {
            for key in LABELS {
                let Some(zones) = volume.label(key) else {
                    continue;
                };
                let here = label_of(node, key);
                if !zones.split("__").any(|z| Some(z) == here) {
                    let code = Code::UnschedulableAndUnresolvable;
                    let reason = "node(s) had no available volume zone";
                    return Err(Refusal::new(self.name(), code, reason));
                }
            }
        }
        Ok(())
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::Storage | ClusterEvent::NodeAdd | ClusterEvent::NodeLabel
        )
    }
}
