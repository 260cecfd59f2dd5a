//! VolumeRestrictions: disks that only one machine or pod can use at a time
//! (pkg/scheduler/framework/plugins/volumerestrictions).

use crate::api::core::volumes::claims_of;
use crate::apimachinery::Value;
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, Plugin, PreFilterResult, Refusal,
};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct VolumeRestrictions;

const DISK_CONFLICT: &str = "node(s) had no available disk";
const CLAIM_CONFLICT: &str =
    "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";

/// Kinds of disks: the field, what tells one from another, and whether several may read.
const DISKS: &[(&str, &[&str], bool)] = &[
    ("gcePersistentDisk", &["pdName"], true),
    ("awsElasticBlockStore", &["volumeID"], false),
    ("iscsi", &["iqn"], true),
    ("rbd", &["pool", "image"], true),
];

/// Whether two volumes are one disk that cannot be shared (`isVolumeConflict`).
fn conflict(a: &Value, b: &Value) -> bool {
    DISKS.iter().any(|(field, keys, shared)| {
        let (a, b) = (a.get(field), b.get(field));
        let reads = |v: &Value| v.get("readOnly").as_bool() == Some(true);
        !a.is_null()
            && !b.is_null()
            && keys.iter().all(|k| a.get(k) == b.get(k))
            && !(*shared && reads(a) && reads(b))
    })
}

/// Whether a pod has volumes of which two pods may not hold the same on a node.
pub fn has_disks(pod: &Value) -> bool {
    let volumes = pod.at(&["spec", "volumes"]).items();
    volumes
        .iter()
        .any(|v| DISKS.iter().any(|(field, ..)| !v.get(field).is_null()))
}

impl Plugin for VolumeRestrictions {
    fn name(&self) -> &'static str {
        "VolumeRestrictions"
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let pod = &state.pod.pod;
        let Some(listers) = state.listers else {
            return Ok(PreFilterResult::default());
        };
        let mut exclusive = Vec::new();
        for (_, name, _) in claims_of(pod).into_iter().filter(|(.., own)| !own) {
            let Some(claim) = listers.claim(pod.namespace(), &name) else {
                let code = Code::UnschedulableAndUnresolvable;
                let text = format!("persistentvolumeclaim \"{name}\" not found");
                return Err(Refusal::new(self.name(), code, text));
            };
            let modes = claim.at(&["spec", "accessModes"]).items();
            if modes.iter().any(|m| m == &"ReadWriteOncePod") {
                exclusive.push(name);
            }
        }
        if !exclusive.is_empty() {
            facts.exclusive_claims = Some(Arc::new(exclusive));
        }
        Ok(PreFilterResult::default())
    }

    fn filter(&self, facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let refuse = |reason| Err(Refusal::new(self.name(), Code::Unschedulable, reason));
        if has_disks(&pod.pod) {
            for other in node.pods.values().filter(|p| has_disks(&p.pod)) {
                let theirs = other.pod.at(&["spec", "volumes"]).items();
                let mine = pod.pod.at(&["spec", "volumes"]).items();
                if mine.iter().any(|a| theirs.iter().any(|b| conflict(a, b))) {
                    return refuse(DISK_CONFLICT);
                }
            }
        }
        let Some(exclusive) = &facts.exclusive_claims else {
            return Ok(());
        };
        let taken = node.pods.values().any(|other| {
            other.pod.namespace() == pod.pod.namespace()
                && claims_of(&other.pod)
                    .iter()
                    .any(|(_, n, _)| exclusive.contains(n))
        });
        if taken {
            return refuse(CLAIM_CONFLICT);
        }
        Ok(())
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::Storage | ClusterEvent::NodeAdd | ClusterEvent::AssignedPodDelete
        )
    }
}
