//! Binds claims to volumes, and keeps both while they are in use (upstream's `pkg/controller/volume/persistentvolume`,
//! `pvcprotection` and `pvprotection`).

pub mod protection;

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::{Quantity, Selector, Value};
use crate::client::{Delta, EventRecorder};
use crate::tree;
use std::time::Duration;

const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const PROVISIONERS: [&str; 2] = [
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
];
/// `--pvclaimbinder-sync-period`: how often a claim that waits is looked at.
const RESYNC: Duration = Duration::from_secs(15);

/// The binder of claims and volumes.
#[derive(Clone)]
pub struct PersistentVolumeController {
    recorder: EventRecorder,
}

impl Default for PersistentVolumeController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("persistentvolume-controller", ""),
        }
    }
}

fn storage(list: &Value) -> Quantity {
    Quantity::of(list.get("storage"))
}

fn class_of(object: &Value) -> &str {
    object.at(&["spec", "storageClassName"]).str()
}

/// Whether a volume is bound or pre-bound to a claim.
fn is_bound_to(volume: &Value, claim: &Value) -> bool {
    let reference = volume.at(&["spec", "claimRef"]);
    let uid = reference.get("uid").str();
    reference.get("name").str() == claim.name()
        && reference.get("namespace").str() == claim.namespace()
        && (uid.is_empty() || uid == claim.uid())
}

/// Whether a volume can serve a claim.
fn satisfies(volume: &Value, claim: &Value, selector: &Selector) -> bool {
    let modes = volume.at(&["spec", "accessModes"]).items();
    let mode = |o: &Value| match o.at(&["spec", "volumeMode"]).str() {
        "" => "Filesystem".to_owned(),
        other => other.to_owned(),
    };
    storage(volume.at(&["spec", "capacity"]))
        >= storage(claim.at(&["spec", "resources", "requests"]))
        && claim
            .at(&["spec", "accessModes"])
            .items()
            .iter()
            .all(|m| modes.contains(m))
        && class_of(volume) == class_of(claim)
        && mode(volume) == mode(claim)
        && selector.matches_object(volume)
}

/// The smallest volume that can serve a claim, one reserved for it before all others (`findBestMatchForClaim`).
fn best_match(claim: &Value, work: &Work<'_, '_>) -> Option<Value> {
    let selector = match claim.at(&["spec", "selector"]) {
        Value::Null => Selector::everything(),
        selector => Selector::from_label_selector(selector).ok()?,
    };
    let volumes = &work.stores[Kind::PersistentVolumes];
    let free = |v: &&Value| !v.is_terminating();
    if let Some(reserved) = volumes.iter().filter(free).find(|v| is_bound_to(v, claim)) {
        return Some(reserved.clone());
    }
    volumes
        .iter()
        .filter(free)
        .filter(|v| {
            v.at(&["spec", "claimRef"]).is_null() && v.at(&["status", "phase"]) == &"Available"
        })
        .filter(|v| satisfies(v, claim, &selector))
        .min_by(|a, b| {
            let size = |v: &Value| storage(v.at(&["spec", "capacity"]));
            size(a)
                .partial_cmp(&size(b))
                .unwrap_or(std::cmp::Ordering::Equal)
        })
        .cloned()
}

impl PersistentVolumeController {
    fn sync_claim(&mut self, claim: Value, work: &mut Work<'_, '_>) -> Outcome {
        if claim.annotation(BIND_COMPLETED).is_some() {
            return self.sync_bound_claim(claim, work);
        }
        let asked = claim.at(&["spec", "volumeName"]).str().to_owned();
        let waits = self.binding_mode(&claim, work) == "WaitForFirstConsumer"
            && claim.annotation(SELECTED_NODE).is_none();
        let volume = if asked.is_empty() {
            best_match(&claim, work).filter(|v| !waits || is_bound_to(v, &claim))
        } else {
            let volume = work.stores[Kind::PersistentVolumes].get(&asked).cloned();
            volume.filter(|v| v.at(&["spec", "claimRef"]).is_null() || is_bound_to(v, &claim))
        };
        if let Some(volume) = volume {
            return self.bind(volume, claim, work);
        }
        if asked.is_empty() {
            self.say_why_unbound(&claim, waits, work)?;
        }
        set_claim_phase(&claim, "Pending", work)?;
        Ok(Action::RequeueAfter(RESYNC))
    }

    fn binding_mode(&self, claim: &Value, work: &Work<'_, '_>) -> String {
        let class = work.stores[Kind::StorageClasses].get(class_of(claim));
        class.map_or(String::new(), |c| {
            c.get("volumeBindingMode").str().to_owned()
        })
    }

    /// Records why a claim waits.
    fn say_why_unbound(
        &mut self,
        claim: &Value,
        waits: bool,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let name = class_of(claim).to_owned();
        if name.is_empty() {
            let text = "no persistent volumes available for this claim and no storage class is set";
            self.recorder
                .event(work.cx, claim, "Normal", "FailedBinding", text);
            return Ok(());
        }
        let Some(class) = work.stores[Kind::StorageClasses].get(&name).cloned() else {
            let text = format!("storageclass.storage.k8s.io \"{name}\" not found");
            self.recorder
                .event(work.cx, claim, "Warning", "ProvisioningFailed", &text);
            return Ok(());
        };
        if waits {
            let text = "waiting for first consumer to be created before binding";
            self.recorder
                .event(work.cx, claim, "Normal", "WaitForFirstConsumer", text);
            return Ok(());
        }
        let provisioner = class.get("provisioner").str().to_owned();
        if provisioner == "kubernetes.io/no-provisioner" {
            return Ok(());
        }
        let mut claim = claim.clone();
        if PROVISIONERS
            .iter()
            .any(|key| claim.annotation(key) != Some(&provisioner))
        {
            for key in PROVISIONERS {
                claim.set_annotation(key, &provisioner);
            }
            claim = work.cx.update(Kind::PersistentVolumeClaims.def(), claim)?;
        }
        let text = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
        );
        self.recorder
            .event(work.cx, &claim, "Normal", "ExternalProvisioning", &text);
        Ok(())
    }

    fn bind(&mut self, volume: Value, claim: Value, work: &mut Work<'_, '_>) -> Outcome {
        let mut volume = volume;
        let reference = volume.at(&["spec", "claimRef"]);
        if reference.get("uid").str() != claim.uid() {
            if reference.is_null() {
                volume.set_annotation(BOUND_BY_CONTROLLER, "yes");
            }
            volume.set_at(
                &["spec", "claimRef"],
                tree!({
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace(),
                    "name": claim.name(), "uid": claim.uid(), "resourceVersion": claim.resource_version(),
                }),
            );
            volume = work.cx.update(Kind::PersistentVolumes.def(), volume)?;
        }
        volume = set_volume_phase(volume, "Bound", work)?;
        let mut claim = claim;
        if claim.at(&["spec", "volumeName"]).str() != volume.name() {
            claim.set_at(&["spec", "volumeName"], volume.name());
            claim.set_annotation(BOUND_BY_CONTROLLER, "yes");
        }
        claim.set_annotation(BIND_COMPLETED, "yes");
        let claim = work.cx.update(Kind::PersistentVolumeClaims.def(), claim)?;
        complete_claim(claim, &volume, work)?;
        Ok(Action::AwaitChange)
    }

    fn sync_bound_claim(&mut self, claim: Value, work: &mut Work<'_, '_>) -> Outcome {
        let name = claim.at(&["spec", "volumeName"]).str();
        let volume = work.stores[Kind::PersistentVolumes].get(name).cloned();
        match volume {
            Some(volume) if is_bound_to(&volume, &claim) => {
                complete_claim(claim, &volume, work)?;
            }
            Some(_) | None if claim.at(&["status", "phase"]) != &"Lost" => {
                let text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
                self.recorder
                    .event(work.cx, &claim, "Warning", "ClaimLost", text);
                set_claim_phase(&claim, "Lost", work)?;
            }
            _ => {}
        }
        Ok(Action::AwaitChange)
    }

    fn sync_volume(&mut self, volume: Value, work: &mut Work<'_, '_>) -> Outcome {
        let reference = volume.at(&["spec", "claimRef"]);
        let (namespace, name) = (
            reference.get("namespace").str(),
            reference.get("name").str(),
        );
        let phase = if reference.is_null() || reference.get("uid").is_empty() {
            "Available"
        } else {
            match work.stores[Kind::PersistentVolumeClaims].get_in(namespace, name) {
                Some(claim) if claim.uid() == reference.get("uid").str() => "Bound",
                _ => "Released",
            }
        };
        let waiting = phase == "Available";
        set_volume_phase(volume, phase, work)?;
        if waiting {
            // A volume that has become free may be what a claim waits for.
            let claims = work.stores[Kind::PersistentVolumeClaims].iter();
            let keys: Vec<String> = claims
                .filter(|c| c.annotation(BIND_COMPLETED).is_none())
                .map(|c| format!("claim/{}", c.key()))
                .collect();
            keys.into_iter()
                .for_each(|key| work.add_after(key, Duration::from_millis(50)));
        }
        Ok(Action::AwaitChange)
    }
}

fn set_claim_phase(claim: &Value, phase: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
    if claim.at(&["status", "phase"]) == &phase {
        return Ok(());
    }
    let mut claim = claim.clone();
    claim.set_at(&["status", "phase"], phase);
    work.cx
        .update_status(Kind::PersistentVolumeClaims.def(), claim)?;
    Ok(())
}

fn complete_claim(claim: Value, volume: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let mut status = claim.get("status").clone();
    status.set("phase", "Bound");
    status.set("accessModes", volume.at(&["spec", "accessModes"]));
    if status.get("capacity").is_empty() {
        status.set("capacity", volume.at(&["spec", "capacity"]));
    }
    if claim.get("status") != &status {
        let mut claim = claim;
        claim.set("status", status);
        work.cx
            .update_status(Kind::PersistentVolumeClaims.def(), claim)?;
    }
    Ok(())
}

fn set_volume_phase(volume: Value, phase: &str, work: &mut Work<'_, '_>) -> Result<Value, Error> {
    if volume.at(&["status", "phase"]) == &phase {
        return Ok(volume);
    }
    let mut volume = volume;
    volume.set_at(&["status", "phase"], phase);
    volume.set_at(&["status", "lastPhaseTransitionTime"], work.cx.now);
    Ok(work
        .cx
        .update_status(Kind::PersistentVolumes.def(), volume)?)
}

impl Reconciler for PersistentVolumeController {
    const NAME: &'static str = "persistentvolume-binder-controller";
    const SERVICE_ACCOUNT: &'static str = "persistent-volume-binder";
    const WATCHES: &'static [Kind] = &[
        Kind::PersistentVolumeClaims,
        Kind::PersistentVolumes,
        Kind::StorageClasses,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        let gone = matches!(delta, Delta::Deleted(_));
        match kind {
            Kind::PersistentVolumes => {
                watching.add(format!("volume/{}", object.key()));
                let claim = object.at(&["spec", "claimRef"]);
                if !claim.is_null() {
                    let (namespace, name) = (claim.get("namespace").str(), claim.get("name").str());
                    watching.add(format!("claim/{namespace}/{name}"));
                }
            }
            Kind::PersistentVolumeClaims => {
                if !gone {
                    watching.add(format!("claim/{}", object.key()));
                }
                let volume = object.at(&["spec", "volumeName"]).str();
                if !volume.is_empty() {
                    watching.add(format!("volume/{volume}"));
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        if let Some(name) = key.strip_prefix("volume/") {
            return match work.stores[Kind::PersistentVolumes].get(name).cloned() {
                Some(volume) => self.sync_volume(volume, work),
                None => Ok(Action::AwaitChange),
            };
        }
        let key = key.trim_start_matches("claim/");
        match work.stores[Kind::PersistentVolumeClaims].get(key).cloned() {
            Some(claim) if !claim.is_terminating() => self.sync_claim(claim, work),
            _ => Ok(Action::AwaitChange),
        }
    }
}
