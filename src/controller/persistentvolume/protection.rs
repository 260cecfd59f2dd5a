//! Lets claims, volumes and classes of volume attributes go only once nothing uses them.

use super::super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::super::stores::Kind;
use crate::apimachinery::Value;
use crate::client::Delta;

const CLAIM_FINALIZER: &str = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER: &str = "kubernetes.io/pv-protection";
const CLASS_FINALIZER: &str = "kubernetes.io/vac-protection";

/// Keeps claims that pods use.
#[derive(Clone, Default)]
pub struct ClaimProtection {}

/// Keeps volumes that are bound.
#[derive(Clone, Default)]
pub struct VolumeProtection {}

/// Keeps classes of attributes that claims or volumes name.
#[derive(Clone, Default)]
pub struct AttributesClassProtection {}

/// The classes of attributes that a claim or a volume names.
fn classes_of(object: &Value) -> impl Iterator<Item = &str> {
    let paths: [&[&str]; 3] = [
        &["spec", "volumeAttributesClassName"],
        &["status", "currentVolumeAttributesClassName"],
        &[
            "status",
            "modifyVolumeStatus",
            "targetVolumeAttributesClassName",
        ],
    ];
    let names = paths.into_iter().map(|path| object.at(path).str());
    names.filter(|name| !name.is_empty())
}

fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    pod.at(&["spec", "volumes"])
        .items()
        .iter()
        .map(|v| v.at(&["persistentVolumeClaim", "claimName"]).str())
        .filter(|name| !name.is_empty())
}

/// Brings an object's finalizer in line: there while the object stays, gone once it is deleted and not used.
fn reconcile(
    kind: Kind,
    key: &str,
    finalizer: &str,
    used: impl Fn(&Value) -> bool,
    work: &mut Work<'_, '_>,
) -> Outcome {
    let Some(mut object) = work.stores[kind].get(key).cloned() else {
        return Ok(Action::AwaitChange);
    };
    let has = object.finalizers().any(|f| f == finalizer);
    if object.is_terminating() && has && !used(&object) {
        let list = object.at_mut(&["metadata", "finalizers"]).items_mut();
        list.retain(|f| f != &finalizer);
    } else if !object.is_terminating() && !has {
        object.at_mut(&["metadata", "finalizers"]).push(finalizer);
    } else {
        return Ok(Action::AwaitChange);
    }
    match work.cx.update(kind.def(), object) {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(Action::AwaitChange),
    }
}

impl Reconciler for ClaimProtection {
    const NAME: &'static str = "persistentvolumeclaim-protection-controller";
    const SERVICE_ACCOUNT: &'static str = "pvc-protection-controller";
    const WATCHES: &'static [Kind] = &[Kind::PersistentVolumeClaims, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::PersistentVolumeClaims {
            return watching.add(object.key());
        }
        let ended = matches!(
            object.at(&["status", "phase"]).str(),
            "Succeeded" | "Failed"
        );
        if matches!(delta, Delta::Deleted(_)) || ended {
            for name in claims_of(object) {
                watching.add(format!("{}/{name}", object.namespace()));
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let stores = work.stores;
        let used = |claim: &Value| {
            stores[Kind::Pods]
                .in_namespace(claim.namespace())
                .any(|pod| {
                    let bound = !pod.at(&["spec", "nodeName"]).is_empty();
                    let ended =
                        matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
                    bound && !ended && claims_of(pod).any(|name| name == claim.name())
                })
        };
        reconcile(
            Kind::PersistentVolumeClaims,
            key,
            CLAIM_FINALIZER,
            used,
            work,
        )
    }
}

impl Reconciler for VolumeProtection {
    const NAME: &'static str = "persistentvolume-protection-controller";
    const SERVICE_ACCOUNT: &'static str = "pv-protection-controller";
    const WATCHES: &'static [Kind] = &[Kind::PersistentVolumes];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        watching.add(delta.object().key());
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let used = |volume: &Value| volume.at(&["status", "phase"]) == &"Bound";
        reconcile(Kind::PersistentVolumes, key, VOLUME_FINALIZER, used, work)
    }
}

impl Reconciler for AttributesClassProtection {
    const NAME: &'static str = "volumeattributesclass-protection-controller";
    const SERVICE_ACCOUNT: &'static str = "volumeattributesclass-protection-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::VolumeAttributesClasses,
        Kind::PersistentVolumeClaims,
        Kind::PersistentVolumes,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::VolumeAttributesClasses {
            return watching.add(delta.object().key());
        }
        // What it named before may be free now.
        let before = match delta {
            Delta::Deleted(object) => object,
            Delta::Updated(old, _) => old,
            _ => return,
        };
        for name in classes_of(before) {
            watching.add(name);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let stores = work.stores;
        let used = |class: &Value| {
            [Kind::PersistentVolumes, Kind::PersistentVolumeClaims]
                .into_iter()
                .flat_map(|kind| stores[kind].iter())
                .any(|object| classes_of(object).any(|name| name == class.name()))
        };
        let kind = Kind::VolumeAttributesClasses;
        reconcile(kind, key, CLASS_FINALIZER, used, work)
    }
}
