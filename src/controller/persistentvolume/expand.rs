//! Growth of claims: upstream's controller, which leaves volumes to others (`pkg/controller/volume/expand`), and the one of those others
//! that the provisioner of the class `standard` has here, which works as `kubernetes-csi/external-resizer`.

use super::super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::super::stores::Kind;
use super::local_path::PROVISIONER;
use crate::api::core::volumes::{PROVISIONED_BY, storage};
use crate::apimachinery::{Quantity, Timestamp, Value};
use crate::client::{Delta, EventRecorder};
use crate::collections::SortedMap;
use crate::tree;
use std::time::Duration;

/// How long it takes to make a folder larger.
const TIME: Duration = Duration::from_secs(1);
/// Annotation: what a volume had before its file system was to grow.
const BEFORE: &str = "volume.alpha.kubernetes.io/pre-resize-capacity";
/// Annotation: kubelets have nothing to do.
const NO_NODE: &str = "volume.kubernetes.io/node-expansion-not-required";
/// The conditions of a claim that are about its growth.
const CONDITIONS: [&str; 4] = [
    "Resizing",
    "FileSystemResizePending",
    "ControllerResizeError",
    "NodeResizeError",
];

fn asked(claim: &Value) -> Quantity {
    storage(claim.at(&["spec", "resources", "requests"]))
}

fn has(claim: &Value) -> Quantity {
    storage(claim.at(&["status", "capacity"]))
}

fn is_bound(claim: &Value) -> bool {
    claim.at(&["status", "phase"]) == &"Bound" && !claim.at(&["spec", "volumeName"]).is_empty()
}

/// The volume that a claim is bound to, where that knows of it.
fn volume_of(claim: &Value, work: &Work<'_, '_>) -> Result<Value, Error> {
    let name = claim.at(&["spec", "volumeName"]).str();
    let volume = work.stores[Kind::PersistentVolumes].get(name);
    let volume = volume.filter(|v| v.at(&["spec", "claimRef", "uid"]).str() == claim.uid());
    let volume = volume.cloned();
    volume.ok_or_else(|| Error::other("persistent volume is not bound to the claim"))
}

/// Tells that somebody else has to enlarge volumes: none of their kinds is enlarged by the cluster itself.
#[derive(Clone)]
pub struct ExpandController {
    recorder: EventRecorder,
}

impl Default for ExpandController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("volume_expand", ""),
        }
    }
}

impl Reconciler for ExpandController {
    const NAME: &'static str = "persistentvolume-expander-controller";
    const SERVICE_ACCOUNT: &'static str = "expand-controller";
    const WATCHES: &'static [Kind] = &[Kind::PersistentVolumeClaims, Kind::PersistentVolumes];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let grown = match delta {
            Delta::Added(claim) => asked(claim) > has(claim),
            Delta::Updated(old, new) => asked(new) > asked(old) || has(new) > has(old),
            Delta::Deleted(_) => false,
        };
        if kind == Kind::PersistentVolumeClaims && grown && is_bound(delta.object()) {
            watching.add(delta.object().key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(claim) = work.stores[Kind::PersistentVolumeClaims].get(key).cloned() else {
            return Ok(Action::AwaitChange);
        };
        let volume = volume_of(&claim, work)?;
        if asked(&claim) > has(&claim) || volume.annotation(BEFORE).is_some() {
            let text = "waiting for an external controller to expand this PVC";
            self.recorder
                .event(work.cx, &claim, "Normal", "ExternalExpanding", text);
        }
        Ok(Action::AwaitChange)
    }
}

/// Enlarges volumes that the provisioner of the class `standard` has made: folders need no more than that it is said.
#[derive(Clone)]
pub struct LocalPathResizer {
    recorder: EventRecorder,
    /// When volumes will be larger, by the UIDs of their claims.
    begun: SortedMap<String, Timestamp>,
}

impl Default for LocalPathResizer {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("external-resizer rancher.io/local-path", ""),
            begun: SortedMap::new(),
        }
    }
}

fn wants_more(claim: &Value) -> bool {
    is_bound(claim) && asked(claim) > has(claim)
}

/// How large a volume is to become, none where there is nothing to do but wait (`expandAndRecover`): what was begun ends before anything
/// else begins.
fn new_size(claim: &Value, volume: &Value) -> Option<Value> {
    let wanted = claim.at(&["spec", "resources", "requests", "storage"]);
    let allocated = claim.at(&["status", "allocatedResources", "storage"]);
    let status = claim.at(&["status", "allocatedResourceStatuses", "storage"]);
    let or_wanted = || {
        if allocated.is_null() {
            wanted
        } else {
            allocated
        }
    };
    let size = storage(volume.at(&["spec", "capacity"]));
    let is_smaller = size < asked(claim);
    let found = match status.str() {
        "NodeResizePending" | "NodeResizeInProgress"
            if !is_smaller || size >= Quantity::of(or_wanted()) =>
        {
            return None;
        }
        "" | "ControllerResizeInfeasible" if is_smaller => wanted,
        _ => or_wanted(),
    };
    Some(found.clone())
}

/// The conditions of a claim without those about its growth.
fn other_conditions(claim: &Value) -> Vec<Value> {
    let all = claim.at(&["status", "conditions"]).items().iter();
    let other = |c: &&Value| !CONDITIONS.contains(&c.get("type").str());
    all.filter(other).cloned().collect()
}

impl LocalPathResizer {
    fn begin(&mut self, claim: Value, volume: &Value, work: &mut Work<'_, '_>) -> Outcome {
        let Some(size) = new_size(&claim, volume) else {
            return Ok(Action::AwaitChange);
        };
        let now = work.cx.now;
        let mut claim = claim;
        if claim.at(&["status", "allocatedResources", "storage"]) != &size {
            let mut conditions = other_conditions(&claim);
            conditions.push(tree!({
                "lastProbeTime": Value::Null, "lastTransitionTime": now, "status": "True", "type": "Resizing",
            }));
            claim.set_at(&["status", "conditions"], conditions);
            claim.set_at(
                &["status", "allocatedResourceStatuses", "storage"],
                "ControllerResizeInProgress",
            );
            claim.set_at(&["status", "allocatedResources", "storage"], size);
            remove_annotation(&mut claim);
            let def = Kind::PersistentVolumeClaims.def();
            claim = work.cx.update_status(def, claim)?;
        }
        let text = format!("External resizer is resizing volume {}", volume.name());
        self.recorder
            .event(work.cx, &claim, "Normal", "Resizing", &text);
        self.begun.insert(claim.uid().to_owned(), now + TIME);
        Ok(Action::RequeueAfter(TIME))
    }

    fn finish(&mut self, claim: Value, volume: Value, work: &mut Work<'_, '_>) -> Outcome {
        let size = claim
            .at(&["status", "allocatedResources", "storage"])
            .clone();
        if storage(volume.at(&["spec", "capacity"])) < Quantity::of(&size) {
            let mut volume = volume;
            volume.set_at(&["spec", "capacity", "storage"], size.clone());
            work.cx.update(Kind::PersistentVolumes.def(), volume)?;
        }
        let mut claim = claim;
        claim.set_at(&["status", "capacity", "storage"], size);
        let conditions = other_conditions(&claim);
        let status = claim.entry("status");
        status.remove("conditions");
        if !conditions.is_empty() {
            status.set("conditions", conditions);
        }
        status.entry("allocatedResourceStatuses").remove("storage");
        if status.get("allocatedResourceStatuses").is_empty() {
            status.remove("allocatedResourceStatuses");
        }
        claim.set_annotation(NO_NODE, "true");
        let def = Kind::PersistentVolumeClaims.def();
        let claim = work.cx.update_status(def, claim)?;
        self.begun.remove(claim.uid());
        let text = "Resize volume succeeded";
        self.recorder
            .event(work.cx, &claim, "Normal", "VolumeResizeSuccessful", text);
        Ok(Action::AwaitChange)
    }
}

fn remove_annotation(claim: &mut Value) {
    if claim.annotation(NO_NODE).is_some() {
        claim.at_mut(&["metadata", "annotations"]).remove(NO_NODE);
    }
}

impl Reconciler for LocalPathResizer {
    const NAME: &'static str = "local-path-resizer";
    const SERVICE_ACCOUNT: &'static str = "local-path-provisioner";
    const WATCHES: &'static [Kind] = &[Kind::PersistentVolumeClaims, Kind::PersistentVolumes];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let claim = delta.object();
        match delta {
            Delta::Deleted(_) => {
                self.begun.remove(claim.uid());
            }
            _ if kind == Kind::PersistentVolumeClaims && wants_more(claim) => {
                watching.add(claim.key());
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let claim = work.stores[Kind::PersistentVolumeClaims].get(key).cloned();
        let Some(claim) = claim.filter(wants_more) else {
            return Ok(Action::AwaitChange);
        };
        let volume = volume_of(&claim, work)?;
        if volume.annotation(PROVISIONED_BY) != Some(PROVISIONER) {
            return Ok(Action::AwaitChange);
        }
        let now = work.cx.now;
        match self.begun.get(claim.uid()) {
            None => self.begin(claim, &volume, work),
            Some(due) if now < *due => Ok(Action::RequeueAfter(due.since(now))),
            Some(_) => self.finish(claim, volume, work),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_ends_first() {
        let sizes = |wanted: &str, status: &str, allocated: &str, volume: &str| {
            let mut claim = tree!({"spec": {"resources": {"requests": {"storage": wanted}}}});
            if !status.is_empty() {
                let path = ["status", "allocatedResourceStatuses", "storage"];
                claim.set_at(&path, status);
            }
            if !allocated.is_empty() {
                claim.set_at(&["status", "allocatedResources", "storage"], allocated);
            }
            let volume = tree!({"spec": {"capacity": {"storage": volume}}});
            new_size(&claim, &volume).map(|v| v.str().to_owned())
        };
        let (going, node) = ("ControllerResizeInProgress", "NodeResizePending");
        for (wanted, status, allocated, volume, size) in [
            ("2Gi", "", "", "1Gi", Some("2Gi")),
            // What it grew to before.
            ("3Gi", "", "2Gi", "2Gi", Some("3Gi")),
            ("3Gi", going, "2Gi", "1Gi", Some("2Gi")),
            ("2Gi", going, "3Gi", "1Gi", Some("3Gi")),
            (
                "2Gi",
                "ControllerResizeInfeasible",
                "3Gi",
                "1Gi",
                Some("2Gi"),
            ),
            ("2Gi", going, "2Gi", "2Gi", Some("2Gi")),
            ("2Gi", node, "2Gi", "2Gi", None),
            ("3Gi", node, "2Gi", "2Gi", None),
            ("3Gi", "NodeResizeInfeasible", "2Gi", "2Gi", Some("2Gi")),
        ] {
            let found = sizes(wanted, status, allocated, volume);
            assert_eq!(
                found.as_deref(),
                size,
                "{wanted} {status} {allocated} {volume}"
            );
        }
    }
}
