//! Binds claims to volumes, and keeps both while they are in use (upstream's `pkg/controller/volume/persistentvolume`,
//! `pvcprotection` and `pvprotection`).

pub mod expand;
pub mod local_path;
pub mod protection;

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::volumes::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, PROVISIONED_BY, SELECTED_NODE, claims_of, class_of,
    find_matching_volume, has_access_modes, is_bound_to, mode_of, storage,
};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{DeleteOptions, Delta, EventRecorder};
use crate::collections::Arrange;
use crate::tree;
use std::time::Duration;

const PROVISIONERS: [&str; 2] = [
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
];
/// `--pvclaimbinder-sync-period`, in seconds: how often all claims that wait are looked at, at the same time.
const RESYNC: i64 = 15;

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

/// Why a claim cannot have the volume that it asks for by name (`checkVolumeSatisfyClaim`).
fn mismatch(volume: &Value, claim: &Value) -> Option<&'static str> {
    let size = storage(volume.at(&["spec", "capacity"]));
    if size < storage(claim.at(&["spec", "resources", "requests"])) {
        Some("requested PV is too small")
    } else if class_of(volume) != class_of(claim) {
        Some("storageClassName does not match")
    } else if mode_of(volume) != mode_of(claim) {
        Some("incompatible volumeMode")
    } else if !has_access_modes(volume, claim) {
        Some("incompatible accessMode")
    } else {
        None
    }
}

impl PersistentVolumeController {
    fn sync_claim(&mut self, claim: Value, work: &mut Work<'_, '_>) -> Outcome {
        if claim.annotation(BIND_COMPLETED).is_some() {
            return self.sync_bound_claim(claim, work);
        }
        let asked = claim.at(&["spec", "volumeName"]).str().to_owned();
        let volume = if asked.is_empty() {
            self.choose(&claim, work)?
        } else {
            self.asked_for(&claim, &asked, work)
        };
        if let Some(volume) = volume {
            return self.bind(volume, claim, work);
        }
        set_claim_phase(&claim, "Pending", work)?;
        let now = work.cx.now;
        let next = Timestamp::from_secs((now.secs() / RESYNC + 1) * RESYNC);
        Ok(Action::RequeueAfter(next.since(now)))
    }

    /// The volume that a claim without a name gets, if there is one.
    fn choose(&mut self, claim: &Value, work: &mut Work<'_, '_>) -> Result<Option<Value>, Error> {
        let waits = self.binding_mode(claim, work) == "WaitForFirstConsumer"
            && claim.annotation(SELECTED_NODE).is_none();
        let volumes = &work.stores[Kind::PersistentVolumes];
        let found = find_matching_volume(claim, &mut volumes.iter(), None)
            .filter(|v| !waits || is_bound_to(v, claim))
            .cloned();
        if found.is_none() {
            self.say_why_unbound(claim, waits, work)?;
        }
        Ok(found)
    }

    /// The volume that a claim asks for by name, where it may have it.
    fn asked_for(&mut self, claim: &Value, name: &str, work: &mut Work<'_, '_>) -> Option<Value> {
        let volume = work.stores[Kind::PersistentVolumes].get(name).cloned()?;
        if volume.at(&["spec", "claimRef"]).is_null() {
            let Some(why) = mismatch(&volume, claim) else {
                return Some(volume);
            };
            let text = format!("Cannot bind to requested volume \"{name}\": {why}");
            self.warn(claim, "VolumeMismatch", &text, work);
            return None;
        }
        if is_bound_to(&volume, claim) {
            return Some(volume);
        }
        if claim.annotation(BOUND_BY_CONTROLLER).is_none() {
            let text = format!("volume \"{name}\" already bound to a different claim.");
            self.warn(claim, "FailedBinding", &text, work);
        }
        None
    }

    fn warn(&mut self, about: &Value, reason: &str, text: &str, work: &mut Work<'_, '_>) {
        self.recorder.event(work.cx, about, "Warning", reason, text);
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
        if waits {
            self.say_whom_it_waits_for(claim, work);
            return Ok(());
        }
        let name = class_of(claim).to_owned();
        if name.is_empty() {
            let text = "no persistent volumes available for this claim and no storage class is set";
            self.recorder
                .event(work.cx, claim, "Normal", "FailedBinding", text);
            return Ok(());
        }
        let Some(class) = work.stores[Kind::StorageClasses].get(&name).cloned() else {
            let text = format!("storageclass.storage.k8s.io \"{name}\" not found");
            self.warn(claim, "ProvisioningFailed", &text, work);
            return Ok(());
        };
        let provisioner = class.get("provisioner").str().to_owned();
        if provisioner.starts_with("kubernetes.io/") {
            let text = format!("no volume plugin matched name: {provisioner}");
            self.warn(claim, "ProvisioningFailed", &text, work);
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

    fn say_whom_it_waits_for(&mut self, claim: &Value, work: &mut Work<'_, '_>) {
        let pods = work.stores[Kind::Pods].in_namespace(claim.namespace());
        let mut names: Vec<&str> = pods
            .filter(|p| p.at(&["spec", "nodeName"]).is_empty())
            .filter(|p| claims_of(p).iter().any(|(_, c, _)| c == claim.name()))
            .map(Value::name)
            .collect();
        names.arrange();
        let (reason, text) = match names.as_slice() {
            [] => (
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding".to_owned(),
            ),
            [one] => (
                "WaitForPodScheduled",
                format!("waiting for pod {one} to be scheduled"),
            ),
            all => (
                "WaitForPodScheduled",
                format!("waiting for pods {} to be scheduled", all.join(",")),
            ),
        };
        self.recorder.event(work.cx, claim, "Normal", reason, &text);
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
        volume = set_volume_phase(volume, "Bound", "", work)?;
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
        let (reason, text) = match work.stores[Kind::PersistentVolumes].get(name).cloned() {
            Some(volume) if is_bound_to(&volume, &claim) => {
                complete_claim(claim, &volume, work)?;
                return Ok(Action::AwaitChange);
            }
            Some(volume) if volume.at(&["spec", "claimRef"]).is_null() => {
                return self.bind(volume, claim, work);
            }
            Some(_) => (
                "ClaimMisbound",
                "Two claims are bound to the same volume, this one is bound incorrectly",
            ),
            None if name.is_empty() => (
                "ClaimLost",
                "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
            ),
            None => (
                "ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
            ),
        };
        if claim.at(&["status", "phase"]) != &"Lost" {
            self.warn(&claim, reason, text, work);
            set_claim_phase(&claim, "Lost", work)?;
        }
        Ok(Action::AwaitChange)
    }

    fn sync_volume(&mut self, volume: Value, work: &mut Work<'_, '_>) -> Outcome {
        let reference = volume.at(&["spec", "claimRef"]);
        if reference.is_null() || reference.get("uid").is_empty() {
            set_volume_phase(volume, "Available", "", work)?;
            offer(work);
            return Ok(Action::AwaitChange);
        }
        let (namespace, name) = (
            reference.get("namespace").str(),
            reference.get("name").str(),
        );
        let claim = work.stores[Kind::PersistentVolumeClaims].get_in(namespace, name);
        let claim = claim.filter(|c| c.uid() == reference.get("uid").str());
        let Some(claim) = claim.cloned() else {
            // The list may lag behind: only the server knows whether the claim is gone.
            let def = Kind::PersistentVolumeClaims.def();
            return match work.cx.get(def, namespace, name) {
                Ok(c) if c.uid() == reference.get("uid").str() => Ok(Action::AwaitChange),
                Err(e) if !e.is_not_found() => Err(e.into()),
                _ => self.release(volume, work),
            };
        };
        if claim.at(&["spec", "volumeName"]).is_empty() {
            if mode_of(&volume) != mode_of(&claim) {
                let text = format!(
                    "Cannot bind PersistentVolume to requested PersistentVolumeClaim \"{}\" due to incompatible volumeMode.",
                    claim.name()
                );
                self.warn(&volume, "VolumeMismatch", &text, work);
            }
            work.add(claim_key(&claim));
        } else if claim.at(&["spec", "volumeName"]) == &volume.name() {
            set_volume_phase(volume, "Bound", "", work)?;
        } else {
            return self.part(volume, work);
        }
        Ok(Action::AwaitChange)
    }

    /// A volume whose claim is gone: it is kept, or goes too (`reclaimVolume`).
    fn release(&mut self, volume: Value, work: &mut Work<'_, '_>) -> Outcome {
        let phase = volume.at(&["status", "phase"]).str();
        let volume = match phase {
            "Released" | "Failed" => volume,
            _ => set_volume_phase(volume, "Released", "", work)?,
        };
        if volume.at(&["spec", "persistentVolumeReclaimPolicy"]) == &"Delete" {
            self.delete(volume, work)?;
        }
        Ok(Action::AwaitChange)
    }

    /// Deletes what nobody else is asked to delete: folders below `/tmp`, as upstream's tests have them.
    fn delete(&mut self, volume: Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
        if volume.annotation(PROVISIONED_BY).is_some() || volume.is_terminating() {
            return Ok(());
        }
        let path = volume.at(&["spec", "hostPath", "path"]).str();
        if path.len() > "/tmp/".len() && path.starts_with("/tmp/") {
            let options = DeleteOptions::default();
            let def = Kind::PersistentVolumes.def();
            return match work.cx.delete(def, "", volume.name(), &options) {
                Err(e) if !e.is_not_found() => Err(e.into()),
                _ => Ok(()),
            };
        }
        let why = match path {
            // NFS is the one other kind of volume that the controller knows.
            "" if volume.at(&["spec", "nfs"]).is_null() => format!(
                "error getting deleter volume plugin for volume \"{}\": no volume plugin matched",
                volume.name()
            ),
            "" => format!(
                "error getting deleter volume plugin for volume \"{}\": no deletable volume plugin matched",
                volume.name()
            ),
            _ => format!("host_path deleter only supports /tmp/.+ but received provided {path}"),
        };
        if volume.at(&["status", "phase"]) != &"Failed" {
            let volume = set_volume_phase(volume, "Failed", &why, work)?;
            self.warn(&volume, "VolumeFailedDelete", &why, work);
        }
        Ok(())
    }

    /// A volume whose claim got another one: made for the claim it goes, chosen for it it is free again (`unbindVolume`).
    fn part(&mut self, mut volume: Value, work: &mut Work<'_, '_>) -> Outcome {
        let made = volume.annotation(PROVISIONED_BY).is_some()
            && volume.at(&["spec", "persistentVolumeReclaimPolicy"]) == &"Delete";
        if made {
            return self.release(volume, work);
        }
        if volume.annotation(BOUND_BY_CONTROLLER).is_some() {
            volume.entry("spec").remove("claimRef");
            volume
                .at_mut(&["metadata", "annotations"])
                .remove(BOUND_BY_CONTROLLER);
        } else {
            volume.at_mut(&["spec", "claimRef"]).remove("uid");
        }
        let volume = work.cx.update(Kind::PersistentVolumes.def(), volume)?;
        set_volume_phase(volume, "Available", "", work)?;
        Ok(Action::AwaitChange)
    }
}

fn claim_key(claim: &Value) -> String {
    let mut key = String::from("claim/");
    key.push_str(&claim.key());
    key
}

/// A volume that has become free may be what a claim waits for.
fn offer(work: &mut Work<'_, '_>) {
    let claims = work.stores[Kind::PersistentVolumeClaims].iter();
    let keys: Vec<String> = claims
        .filter(|c| c.annotation(BIND_COMPLETED).is_none())
        .map(claim_key)
        .collect();
    keys.into_iter()
        .for_each(|key| work.add_after(key, Duration::from_millis(50)));
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

fn set_volume_phase(
    volume: Value,
    phase: &str,
    message: &str,
    work: &mut Work<'_, '_>,
) -> Result<Value, Error> {
    if volume.at(&["status", "phase"]) == &phase {
        return Ok(volume);
    }
    let mut volume = volume;
    let status = volume.entry("status");
    status.set("phase", phase);
    status.set("lastPhaseTransitionTime", work.cx.now);
    if message.is_empty() {
        status.remove("message");
    } else {
        status.set("message", message);
    }
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
        Kind::Pods,
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
                    watching.add(claim_key(object));
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
