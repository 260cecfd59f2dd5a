//! The status of a stateful set.

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::identity;
use super::revisions::Revisions;
use crate::api::core::pod_util::{is_pod_available, is_pod_ready};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

const STATUS_UPDATE_RETRIES: usize = 5;

/// What is counted.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub replicas: i64,
    pub ready: i64,
    pub available: i64,
    pub current: i64,
    pub updated: i64,
    pub current_revision: String,
    pub update_revision: String,
    pub collisions: i64,
}

/// Whether a pod was made (and not only planned).
pub fn is_created(pod: &Value) -> bool {
    !pod.at(&["status", "phase"]).is_empty()
}

/// Whether a pod runs and is ready.
pub fn is_running_and_ready(pod: &Value) -> bool {
    pod.at(&["status", "phase"]) == &"Running" && is_pod_ready(Pod::of(pod))
}

/// Whether a pod has been ready for long enough.
pub fn is_running_and_available(pod: &Value, min_ready: i64, now: Timestamp) -> bool {
    is_running_and_ready(pod) && is_pod_available(Pod::of(pod), min_ready, now)
}

/// Whether a pod serves and is to stay.
pub fn is_healthy(pod: &Value) -> bool {
    is_running_and_ready(pod) && !pod.is_terminating()
}

/// Counts pods.
pub fn count<'a>(
    set: &Value,
    revisions: &Revisions,
    pods: impl IntoIterator<Item = &'a Value>,
    now: Timestamp,
) -> Status {
    let mut status = Status {
        current_revision: revisions.current.name().to_owned(),
        update_revision: revisions.update.name().to_owned(),
        collisions: revisions.collisions,
        ..Status::default()
    };
    let min_ready = identity::min_ready(set);
    for pod in pods.into_iter().filter(|p| is_created(p)) {
        status.replicas += 1;
        status.ready += i64::from(is_running_and_ready(pod));
        status.available += i64::from(is_running_and_available(pod, min_ready, now));
        if !pod.is_terminating() {
            let revision = identity::revision_of(pod);
            status.current += i64::from(revision == revisions.current.name());
            status.updated += i64::from(revision == revisions.update.name());
        }
    }
    status
}

/// Once every pod is of the new revision and ready, that revision is the current one.
pub fn complete_rolling_update(set: &Value, status: &mut Status) {
    let wanted = identity::replicas(set);
    if set.at(&["spec", "updateStrategy", "type"]) == &"RollingUpdate"
        && [status.updated, status.ready, status.replicas] == [wanted; 3]
    {
        status.current = status.updated;
        status.current_revision = status.update_revision.clone();
    }
}

/// Writes a status where it differs.
pub fn store(set: &Value, status: Status, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let mut value = tree!({
        "replicas": status.replicas, "availableReplicas": status.available,
        "collisionCount": status.collisions, "observedGeneration": set.generation(),
        "currentRevision": status.current_revision, "updateRevision": status.update_revision,
    });
    for (field, n) in [
        ("readyReplicas", status.ready),
        ("currentReplicas", status.current),
        ("updatedReplicas", status.updated),
    ] {
        if n > 0 {
            value.set(field, n);
        }
    }
    let mut target = set.clone();
    let mut tries = 0;
    loop {
        if !target.at(&["status", "conditions"]).is_null() {
            value.set("conditions", target.at(&["status", "conditions"]));
        }
        if target.get("status") == &value {
            return Ok(());
        }
        target.set("status", value.clone());
        match work.cx.update_status(Kind::StatefulSets.def(), target) {
            Ok(_) => return Ok(()),
            Err(e) if tries == STATUS_UPDATE_RETRIES => return Err(e.into()),
            Err(_) => tries += 1,
        }
        target = work
            .cx
            .get(Kind::StatefulSets.def(), set.namespace(), set.name())?;
    }
}
