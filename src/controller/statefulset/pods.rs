//! Makes and deletes a stateful set's pods and claims (upstream's `stateful_pod_control.go`).

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::identity;
use crate::apimachinery::{Value, meta};
use crate::client::{ApiError, DeleteOptions, EventRecorder};

fn record(
    set: &Value,
    verb: &str,
    what: &str,
    result: Result<(), &ApiError>,
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) {
    let title = match verb {
        "create" => "Create",
        "update" => "Update",
        _ => "Delete",
    };
    match result {
        Ok(()) => {
            let reason = format!("Successful{title}");
            recorder.event(
                work.cx,
                set,
                "Normal",
                &reason,
                &format!("{what} successful"),
            );
        }
        Err(e) => {
            let reason = format!("Failed{title}");
            recorder.event(
                work.cx,
                set,
                "Warning",
                &reason,
                &format!("{what} failed error: {e}"),
            );
        }
    }
}

/// Makes a pod, its claims first.
pub fn create(
    set: &Value,
    pod: &Value,
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    create_claims(set, pod, recorder, work)?;
    let result = work
        .cx
        .create(Kind::Pods.def(), set.namespace(), pod.clone());
    let what = format!("Create Pod {} in StatefulSet {}", pod.name(), set.name());
    match result {
        Ok(_) => {
            record(set, "create", &what, Ok(()), recorder, work);
            Ok(())
        }
        Err(e) if e.is_already_exists() || e.has_cause("NamespaceTerminating") => Err(e.into()),
        Err(e) => {
            record(set, "create", &what, Err(&e), recorder, work);
            Err(e.into())
        }
    }
}

/// Makes the claims of a pod that are missing.
pub fn create_claims(
    set: &Value,
    pod: &Value,
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    for claim in identity::claims(set, pod) {
        if work.stores[Kind::PersistentVolumeClaims]
            .get(&claim.key())
            .is_some()
        {
            continue;
        }
        let name = claim.name().to_owned();
        let def = Kind::PersistentVolumeClaims.def();
        match work.cx.create(def, set.namespace(), claim) {
            Err(e) if e.is_already_exists() => {}
            Ok(_) => {
                let text = format!(
                    "Create Claim {name} Pod {} in StatefulSet {} success",
                    pod.name(),
                    set.name()
                );
                recorder.event(work.cx, set, "Normal", "SuccessfulCreate", &text);
            }
            Err(e) => {
                let text = format!(
                    "Create Claim {name} for Pod {} in StatefulSet {} failed error: {e}",
                    pod.name(),
                    set.name()
                );
                recorder.event(work.cx, set, "Warning", "FailedCreate", &text);
                return Err(e.into());
            }
        }
    }
    Ok(())
}

/// Has a pod's claims go with the set, with the pod that is taken away (`condemned`), or with nobody, as the set's retention
/// policy says (`updateClaimOwnerRefForSetAndPod`).
pub fn keep_or_let_go(
    set: &Value,
    pod: &Value,
    condemned: bool,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let policy = set.at(&["spec", "persistentVolumeClaimRetentionPolicy"]);
    let deletes = |field: &str| policy.get(field) == &"Delete";
    let with_pod = deletes("whenScaled") && condemned;
    let with_set = deletes("whenDeleted") && !with_pod;
    for template in set.at(&["spec", "volumeClaimTemplates"]).items() {
        let name = identity::claim_name(set, template, identity::ordinal(pod));
        let claims = &work.stores[Kind::PersistentVolumeClaims];
        let Some(claim) = claims.get_in(set.namespace(), &name) else {
            continue;
        };
        let before = claim.at(&["metadata", "ownerReferences"]);
        let mut owners: Vec<Value> = before.items().to_vec();
        for (owner, wanted, version, kind) in [
            (set, with_set, "apps/v1", "StatefulSet"),
            (pod, with_pod, "v1", "Pod"),
        ] {
            let is_there = |o: &Value| o.get("uid").str() == owner.uid();
            if !wanted {
                owners.retain(|o| !is_there(o));
            } else if !owners.iter().any(is_there) {
                owners.push(meta::new_controller_ref(owner, version, kind));
            }
        }
        if before.items() == owners.as_slice() {
            continue;
        }
        let mut claim = claim.clone();
        claim.set_at(&["metadata", "ownerReferences"], owners);
        work.cx.update(Kind::PersistentVolumeClaims.def(), claim)?;
    }
    Ok(())
}

/// Sets a pod's identity and claims right.
pub fn update(
    set: &Value,
    pod: &Value,
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let mut fixed = pod.clone();
    identity::update_identity(set, &mut fixed);
    identity::update_storage(set, &mut fixed);
    create_claims(set, &fixed, recorder, work)?;
    let result = work.cx.update(Kind::Pods.def(), fixed);
    let what = format!("Update Pod {} in StatefulSet {}", pod.name(), set.name());
    record(
        set,
        "update",
        &what,
        result.as_ref().map(|_| ()),
        recorder,
        work,
    );
    result.map(|_| ()).map_err(Error::from)
}

/// Deletes a pod.
pub fn delete(
    set: &Value,
    pod: &Value,
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let options = DeleteOptions::default();
    let result = work
        .cx
        .delete(Kind::Pods.def(), pod.namespace(), pod.name(), &options);
    let what = format!("Delete Pod {} in StatefulSet {}", pod.name(), set.name());
    record(
        set,
        "delete",
        &what,
        result.as_ref().map(|_| ()),
        recorder,
        work,
    );
    match result {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}
