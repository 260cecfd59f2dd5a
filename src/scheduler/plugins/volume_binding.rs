//! VolumeBinding: a pod goes where its volumes are, and claims that wait for their first pod get theirs where it goes
//! (pkg/scheduler/framework/plugins/volumebinding).

use crate::api::core::volumes::{
    BIND_COMPLETED, NO_PROVISIONER, SELECTED_NODE, claims_of, find_matching_volume, fits_node,
    storage,
};
use crate::apimachinery::{Quantity, Text, Value};
use crate::collections::SortedSet;
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, Plugin, PreFilterResult, Refusal,
};
use crate::scheduler::listers::{Lister, Listers};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct VolumeBinding;

const NAME: &str = "VolumeBinding";
const NODE_CONFLICT: &str = "node(s) had volume node affinity conflict";
const NOT_FOUND: &str = "node(s) didn't find available persistent volumes to bind";
const NO_VOLUME: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/// The claims of a pod in one cycle.
#[derive(Clone, Debug, Default)]
pub struct PodVolumes {
    /// Volumes of the claims that are bound.
    pub bound: Vec<Value>,
    /// Whether a claim is bound to a volume that is not there.
    missing: bool,
    /// Claims that wait for a node, the smallest first, each with its class.
    waiting: Vec<(Value, Value)>,
    /// Volumes that are free.
    free: Vec<Value>,
}

/// What is to be bound where a pod goes to a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Claims with the volumes chosen for them.
    pub bindings: Vec<(Value, Value)>,
    /// Claims whose volumes are to be provisioned.
    pub provision: Vec<Value>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.provision.is_empty()
    }

    /// The claims that must be bound before the pod is.
    pub fn claims(&self) -> impl Iterator<Item = &Value> {
        let bound = self.bindings.iter().map(|(claim, _)| claim);
        bound.chain(&self.provision)
    }
}

/// Whether a claim is bound on both sides (`isPVCFullyBound`).
pub fn is_fully_bound(claim: &Value) -> bool {
    !claim.at(&["spec", "volumeName"]).is_empty() && claim.annotation(BIND_COMPLETED).is_some()
}

fn size(claim: &Value) -> Quantity {
    storage(claim.at(&["spec", "resources", "requests"]))
}

fn hopeless(reason: impl Into<Text>) -> Refusal {
    Refusal::new(NAME, Code::UnschedulableAndUnresolvable, reason)
}

/// Sorts a pod's claims into those that are bound and those that wait for a node (`GetPodVolumeClaims`).
fn claims(pod: &Value, listers: &Listers) -> Result<Option<PodVolumes>, Refusal> {
    let names = claims_of(pod);
    if names.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for (_, name, own) in &names {
        let Some(claim) = listers.claim(pod.namespace(), name) else {
            return Err(hopeless(match own {
                true => format!(
                    "waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\""
                ),
                false => format!("persistentvolumeclaim \"{name}\" not found"),
            }));
        };
        if claim.at(&["status", "phase"]) == &"Lost" {
            let volume = claim.at(&["spec", "volumeName"]).str();
            return Err(hopeless(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
            )));
        }
        if claim.is_terminating() {
            let text = format!("persistentvolumeclaim \"{name}\" is being deleted");
            return Err(hopeless(text));
        }
        all.push(claim);
    }
    let mut found = PodVolumes::default();
    let mut unbound = false;
    for claim in all {
        let volume = claim.at(&["spec", "volumeName"]).str();
        if is_fully_bound(claim) {
            match listers[Lister::Volumes].get(volume) {
                Some(volume) => found.bound.push(volume.clone()),
                None => found.missing = true,
            }
            continue;
        }
        let class = listers.class_of(claim);
        let waits = class.filter(|c| c.get("volumeBindingMode") == &"WaitForFirstConsumer");
        match waits.filter(|_| volume.is_empty()) {
            Some(class) => {
                let larger = |(c, _): &(Value, Value)| size(c) > size(claim);
                let at = found.waiting.iter().position(larger);
                let at = at.unwrap_or(found.waiting.len());
                found.waiting.insert(at, (claim.clone(), class.clone()));
            }
            None => unbound = true,
        }
    }
    if unbound {
        return Err(hopeless("pod has unbound immediate PersistentVolumeClaims"));
    }
    Ok(Some(found))
}

/// The nodes named by the affinity of volumes that stand on certain machines (`GetEligibleNodes`).
fn eligible_nodes(bound: &[Value]) -> Option<SortedSet<String>> {
    let mut eligible: Option<SortedSet<String>> = None;
    for volume in bound {
        let path = ["spec", "nodeAffinity", "required", "nodeSelectorTerms"];
        let mut names = SortedSet::new();
        for term in volume.at(&path).items() {
            for e in term.get("matchExpressions").items() {
                if e.get("key") == &"kubernetes.io/hostname" && e.get("operator") == &"In" {
                    names.extend(e.get("values").items().iter().map(|v| v.str().to_owned()));
                }
            }
        }
        if !names.is_empty() {
            eligible = Some(match eligible {
                None => names,
                Some(before) => before.intersection(&names).cloned().collect(),
            });
        }
    }
    eligible
}

impl PodVolumes {
    /// What is to be bound on a node, or why the volumes cannot be had there (`FindPodVolumes`).
    pub fn plan(&self, node: &Value) -> Result<Plan, Refusal> {
        let mut refusal = hopeless("");
        refusal.reasons.clear();
        if self.missing {
            refusal.reasons.push(NO_VOLUME.into());
        }
        if !self.bound.iter().all(|v| fits_node(v, node)) {
            refusal.reasons.push(NODE_CONFLICT.into());
        }
        let mut plan = Plan::default();
        if !self.plan_waiting(node, &mut plan) {
            refusal.reasons.push(NOT_FOUND.into());
        }
        if refusal.reasons.is_empty() {
            Ok(plan)
        } else {
            Err(refusal)
        }
    }

    fn plan_waiting(&self, node: &Value, plan: &mut Plan) -> bool {
        for (claim, class) in &self.waiting {
            if let Some(selected) = claim.annotation(SELECTED_NODE) {
                // It was decided before where this one is made.
                if selected != node.name() {
                    return false;
                }
                plan.provision.push(claim.clone());
                continue;
            }
            let chosen = |v: &Value| plan.bindings.iter().any(|(_, b)| b.name() == v.name());
            let mut free = self.free.iter().filter(|v| !chosen(v));
            match find_matching_volume(claim, &mut free, Some(node)).cloned() {
                Some(volume) => plan.bindings.push((claim.clone(), volume)),
                None if can_provision(claim, class, node) => plan.provision.push(claim.clone()),
                None => return false,
            }
        }
        true
    }
}

fn can_provision(claim: &Value, class: &Value, node: &Value) -> bool {
    let provisioner = class.get("provisioner");
    let topologies = class.get("allowedTopologies").items();
    let allowed = |term: &Value| {
        term.get("matchLabelExpressions").items().iter().all(|e| {
            let have = node.label(e.get("key").str());
            have.is_some_and(|h| e.get("values").items().iter().any(|v| v == h))
        })
    };
    !provisioner.is_empty()
        && provisioner != &NO_PROVISIONER
        && claim.at(&["spec", "selector"]).is_null()
        && (topologies.is_empty() || topologies.iter().any(allowed))
}

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let Some(listers) = state.listers else {
            return Ok(PreFilterResult::default());
        };
        let Some(mut found) = claims(&state.pod.pod, listers)? else {
            return Ok(PreFilterResult::default());
        };
        if !found.waiting.is_empty() {
            let all = listers[Lister::Volumes].iter();
            let free = all.filter(|v| {
                v.at(&["status", "phase"]) == &"Available"
                    && !listers.assumed.iter().any(|n| n.as_str() == v.name())
            });
            found.free = free.cloned().collect();
        }
        let nodes = eligible_nodes(&found.bound);
        facts.volumes = Some(Arc::new(found));
        Ok(PreFilterResult::only(nodes, NAME))
    }

    fn filter(&self, facts: &Facts, _pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let Some(volumes) = &facts.volumes else {
            return Ok(());
        };
        volumes.plan(&node.node).map(|_| ())
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::Storage | ClusterEvent::NodeAdd | ClusterEvent::NodeLabel
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn claim(name: &str, class: &str, volume: &str) -> Value {
        let mut claim = tree!({
            "metadata": {"namespace": "n", "name": name}, "status": {"phase": "Pending"},
            "spec": {"storageClassName": class, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        });
        if !volume.is_empty() {
            claim.set_at(&["spec", "volumeName"], volume);
            claim.set_annotation(BIND_COMPLETED, "yes");
        }
        claim
    }

    fn volume(name: &str, class: &str, node: &str) -> Value {
        tree!({"metadata": {"name": name}, "status": {"phase": "Available"}, "spec": {
            "storageClassName": class, "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}},
        }})
    }

    fn class(name: &str, provisioner: &str, mode: &str) -> Value {
        tree!({"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode})
    }

    fn node(name: &str) -> Value {
        tree!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}})
    }

    fn pod(claims: &[&str]) -> Value {
        let volumes: Vec<Value> = claims
            .iter()
            .map(|c| tree!({"name": c, "persistentVolumeClaim": {"claimName": c}}))
            .collect();
        tree!({"metadata": {"namespace": "n", "name": "p"}, "spec": {"volumes": volumes}})
    }

    fn world() -> Listers {
        let mut listers = Listers::default();
        for c in [
            class("now", "x/y", "Immediate"),
            class("later", "x/y", "WaitForFirstConsumer"),
            class("byhand", NO_PROVISIONER, "WaitForFirstConsumer"),
        ] {
            listers.put(Lister::Classes, c);
        }
        listers.put(Lister::Volumes, volume("local-a", "byhand", "a"));
        listers.put(Lister::Volumes, volume("bound-b", "now", "b"));
        listers
    }

    #[test]
    fn pods_wait_for_claims_that_nobody_binds() {
        let mut listers = world();
        listers.put(Lister::Claims, claim("plain", "now", ""));
        let mut lost = claim("lost", "now", "gone");
        lost.set_at(&["status", "phase"], "Lost");
        listers.put(Lister::Claims, lost);
        for (name, wanted) in [
            ("none", "persistentvolumeclaim \"none\" not found"),
            ("plain", "pod has unbound immediate PersistentVolumeClaims"),
            (
                "lost",
                "persistentvolumeclaim \"lost\" bound to non-existent persistentvolume \"gone\"",
            ),
        ] {
            let refusal = claims(&pod(&[name]), &listers).expect_err("it waits");
            assert_eq!(refusal.reasons, [Text::from(wanted)]);
        }
    }

    #[test]
    fn the_smallest_claim_chooses_first() {
        let mut listers = world();
        for (name, size) in [("a", "3Gi"), ("b", "1Gi"), ("c", "2Gi")] {
            let mut claim = claim(name, "later", "");
            claim.set_at(&["spec", "resources", "requests", "storage"], size);
            listers.put(Lister::Claims, claim);
        }
        let found = claims(&pod(&["a", "b", "c"]), &listers).expect("known");
        let waiting = found.expect("has claims").waiting;
        let names: Vec<&str> = waiting.iter().map(|(c, _)| c.name()).collect();
        assert_eq!(names, ["b", "c", "a"]);
    }

    #[test]
    fn a_node_is_chosen_by_its_volumes() {
        let mut listers = world();
        listers.put(Lister::Claims, claim("there", "now", "bound-b"));
        listers.put(Lister::Claims, claim("ghost", "now", "gone"));
        listers.put(Lister::Claims, claim("local", "byhand", ""));
        listers.put(Lister::Claims, claim("made", "later", ""));
        let mut made = claim("decided", "later", "");
        made.set_annotation(SELECTED_NODE, "b");
        listers.put(Lister::Claims, made);
        let plan = |claims_: &[&str], on: &str| -> Result<(usize, usize), Vec<Text>> {
            let mut found = claims(&pod(claims_), &listers)
                .expect("known")
                .expect("has claims");
            found.free = listers[Lister::Volumes].iter().cloned().collect();
            let plan = found.plan(&node(on)).map_err(|r| r.reasons)?;
            Ok((plan.bindings.len(), plan.provision.len()))
        };
        let no = |reason: &str| Err(vec![Text::from(reason)]);
        for (names, on, wanted) in [
            (&["there"][..], "b", Ok((0, 0))),
            (&["there"], "a", no(NODE_CONFLICT)),
            (&["ghost"], "a", no(NO_VOLUME)),
            (&["local"], "a", Ok((1, 0))),
            (&["local"], "b", no(NOT_FOUND)),
            (&["made"], "b", Ok((0, 1))),
            (&["made", "local"], "a", Ok((1, 1))),
            (&["decided"], "a", no(NOT_FOUND)),
            (&["decided"], "b", Ok((0, 1))),
        ] {
            assert_eq!(plan(names, on), wanted, "{names:?} on {on}");
        }
    }
}
