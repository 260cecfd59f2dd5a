//! NodeVolumeLimits: a node takes only so many volumes of a driver (pkg/scheduler/framework/plugins/nodevolumelimits).

use crate::api::core::volumes::claims_of;
use crate::apimachinery::Value;
use crate::collections::{SortedMap, SortedSet};
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, Plugin, PreFilterResult, Refusal,
};
use crate::scheduler::listers::{Lister, Listers};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct NodeVolumeLimits;

const EXCEEDED: &str = "node(s) exceed max volume count";

/// A driver, and what it knows a volume by.
type Id = (String, String);

/// What is counted for one pod.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The pod's volumes.
    wanted: SortedSet<Id>,
    /// How many volumes of these drivers each node can have.
    nodes: SortedMap<String, SortedMap<String, i64>>,
    /// The volumes of these drivers behind claims, by the claims' keys.
    behind: SortedMap<String, Id>,
    /// Those that are attached to nodes, or are about to be.
    attached: SortedMap<String, SortedSet<Id>>,
}

/// What a driver knows a volume by.
fn id_of(volume: &Value) -> Option<Id> {
    let csi = volume.at(&["spec", "csi"]);
    let (driver, handle) = (csi.get("driver").str(), csi.get("volumeHandle").str());
    (!driver.is_empty() && !handle.is_empty()).then(|| (driver.to_owned(), handle.to_owned()))
}

/// What stands behind a claim; one that has no volume as yet will get one of its own from its class's driver (`getCSIDriverInfo`).
fn behind(claim: &Value, listers: &Listers) -> Option<Id> {
    let volume = claim.at(&["spec", "volumeName"]).str();
    if let Some(volume) = listers[Lister::Volumes]
        .get(volume)
        .filter(|_| !volume.is_empty())
    {
        return id_of(volume);
    }
    let driver = listers.class_of(claim)?.get("provisioner").str().to_owned();
    // No driver gives a volume such a name.
    let mut handle = String::from("\0");
    handle.push_str(&claim.key());
    Some((driver, handle))
}

fn limits(csi_node: &Value) -> SortedMap<String, i64> {
    let drivers = csi_node.at(&["spec", "drivers"]).items().iter();
    let limit = |driver: &Value| {
        let count = driver.at(&["allocatable", "count"]).as_i64()?;
        Some((driver.get("name").str().to_owned(), count))
    };
    drivers.filter_map(limit).collect()
}

/// What is to be counted for a pod, if there is anything.
fn count(pod: &Value, listers: &Listers) -> Option<Limits> {
    let claim = |name: &str| listers.claim(pod.namespace(), name);
    let mine = claims_of(pod);
    let wanted = mine
        .iter()
        .filter_map(|(_, name, _)| behind(claim(name)?, listers));
    let mut found = Limits {
        wanted: wanted.collect(),
        ..Limits::default()
    };
    let drivers: SortedSet<String> = found.wanted.iter().map(|(d, _)| d.clone()).collect();
    for node in listers[Lister::CsiNodes].iter() {
        let mut limits = limits(node);
        limits.retain(|driver, _| drivers.contains(driver));
        if !limits.is_empty() {
            found.nodes.insert(node.name().to_owned(), limits);
        }
    }
    if found.nodes.is_empty() {
        return None;
    }
    let of_drivers = |id: &Id| drivers.contains(&id.0);
    for claim in listers[Lister::Claims].iter() {
        if let Some(id) = behind(claim, listers).filter(of_drivers) {
            found.behind.insert(claim.key(), id);
        }
    }
    for attachment in listers[Lister::Attachments].iter() {
        let spec = attachment.get("spec");
        let volume = spec.at(&["source", "persistentVolumeName"]).str();
        let volume = listers[Lister::Volumes].get(volume).and_then(id_of);
        if let Some((_, handle)) = volume {
            let id = (spec.get("attacher").str().to_owned(), handle);
            let node = spec.get("nodeName").str().to_owned();
            found.attached.entry(node).or_default().insert(id);
        }
    }
    Some(found)
}

impl Plugin for NodeVolumeLimits {
    fn name(&self) -> &'static str {
        "NodeVolumeLimits"
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let pod = &state.pod.pod;
        // Most pods have none, and nodes are many.
        facts.limits = match claims_of(pod).is_empty() {
            true => None,
            false => state
                .listers
                .and_then(|listers| count(pod, listers))
                .map(Arc::new),
        };
        Ok(PreFilterResult::default())
    }

    fn filter(&self, facts: &Facts, _pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let Some(counted) = &facts.limits else {
            return Ok(());
        };
        let name = node.node.name();
        let Some(limits) = counted.nodes.get(name) else {
            return Ok(());
        };
        let mut there: SortedSet<&Id> = counted.attached.get(name).into_iter().flatten().collect();
        for pod in node.pods.values() {
            for (_, claim, _) in claims_of(&pod.pod) {
                let mut key = pod.pod.namespace().to_owned();
                key.push('/');
                key.push_str(&claim);
                there.extend(counted.behind.get(&key));
            }
        }
        let fits = limits.iter().all(|(driver, limit)| {
            let fresh = |id: &&Id| id.0 == *driver && !there.contains(id);
            let more = counted.wanted.iter().filter(fresh).count();
            let now = there.iter().filter(|id| id.0 == *driver).count();
            more == 0 || i64::try_from(now + more).is_ok_and(|n| n <= *limit)
        });
        match fits {
            true => Ok(()),
            false => Err(Refusal::new(self.name(), Code::Unschedulable, EXCEEDED)),
        }
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::Storage | ClusterEvent::AssignedPodDelete
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    const DRIVER: &str = "disks.example.com";

    fn listers(limit: i64) -> Listers {
        let mut listers = Listers::default();
        let csi_node = |name: &str, drivers: Value| tree!({"metadata": {"name": name}, "spec": {"drivers": drivers}});
        let driver = tree!([{"name": DRIVER, "nodeID": "a", "allocatable": {"count": limit}},
            {"name": "unlimited.example.com", "nodeID": "a"}]);
        listers.put(Lister::CsiNodes, csi_node("a", driver));
        listers.put(Lister::CsiNodes, csi_node("b", Value::Null));
        listers.put(
            Lister::Classes,
            tree!({"metadata": {"name": "disks"}, "provisioner": DRIVER}),
        );
        for name in ["one", "two", "three", "same"] {
            let handle = if name == "same" { "one" } else { name };
            let spec = tree!({"csi": {"driver": DRIVER, "volumeHandle": handle}});
            listers.put(
                Lister::Volumes,
                tree!({"metadata": {"name": name}, "spec": spec}),
            );
        }
        let far = tree!({"csi": {"driver": "unlimited.example.com", "volumeHandle": "x"}});
        listers.put(
            Lister::Volumes,
            tree!({"metadata": {"name": "far"}, "spec": far}),
        );
        for name in ["one", "two", "three", "same", "far", "new"] {
            let volume = if name == "new" { "" } else { name };
            listers.put(
                Lister::Claims,
                tree!({"metadata": {"name": name, "namespace": "d"},
                "spec": {"volumeName": volume, "storageClassName": "disks"}}),
            );
        }
        listers
    }

    fn pod(claims: &[&str]) -> Arc<PodInfo> {
        let volumes = claims
            .iter()
            .map(|c| tree!({"name": *c, "persistentVolumeClaim": {"claimName": *c}}));
        let volumes: Vec<Value> = volumes.collect();
        Arc::new(PodInfo::new(
            &tree!({"metadata": {"name": "p", "namespace": "d", "uid": claims.concat()},
            "spec": {"volumes": volumes, "containers": []}}),
        ))
    }

    #[test]
    fn nodes_take_no_more_volumes_than_they_can_have() {
        let attachment = tree!({"metadata": {"name": "x"}, "spec": {"attacher": DRIVER, "nodeName": "a",
            "source": {"persistentVolumeName": "three"}}});
        for (node, limit, there, attached, wanted, fits) in [
            ("a", 1, &[][..], false, &["one"][..], true),
            ("a", 1, &[], false, &["one", "two"], false),
            ("a", 1, &["one"], false, &["two"], false),
            ("a", 2, &["one"], false, &["two"], true),
            ("b", 1, &["one"], false, &["two"], true),
            // Two claims of one volume, and one that is there already.
            ("a", 1, &["one"], false, &["same"], true),
            ("a", 1, &["one", "two"], false, &["same"], true),
            ("a", 1, &["one"], false, &["far"], true),
            ("a", 1, &["far"], false, &["one"], true),
            // One that is yet to be made, and one that is being attached for nobody that is known.
            ("a", 1, &["one"], false, &["new"], false),
            ("a", 1, &[], true, &["one"], false),
            ("a", 1, &[], true, &["three"], true),
            ("a", 1, &["three"], true, &["one"], false),
            ("a", 2, &["three"], true, &["one"], true),
            ("a", 0, &[], false, &["one"], false),
        ] {
            let mut listers = listers(limit);
            if attached {
                listers.put(Lister::Attachments, attachment.clone());
            }
            let mut info = NodeInfo::new(&tree!({"metadata": {"name": node}}));
            for claim in there {
                info.add_pod(pod(&[claim]));
            }
            let pod = pod(wanted);
            let mut state = CycleState::new(&pod, &[], false);
            state.listers = Some(&listers);
            let mut facts = Facts::default();
            NodeVolumeLimits
                .pre_filter(&state, &mut facts)
                .expect("counted");
            let said = NodeVolumeLimits.filter(&facts, &pod, &info);
            let wanted_said = match fits {
                true => Ok(()),
                false => Err(Refusal::new(
                    "NodeVolumeLimits",
                    Code::Unschedulable,
                    EXCEEDED,
                )),
            };
            assert_eq!(
                said, wanted_said,
                "{node} {limit} {there:?} {attached} {wanted:?}"
            );
        }
    }
}
