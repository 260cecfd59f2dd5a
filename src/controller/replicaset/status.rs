//! The status of ReplicaSets and ReplicationControllers (upstream's `replica_set_utils.go`).

use super::super::pod_control::has_labels;
use super::super::runner::{Action, Error, Work};
use super::super::stores::{Kind, facts};
use super::{Flavour, replicas_of};
use crate::api::core::pod_util::{available_at, is_pod_available};
use crate::api::core_v1::Pod;
use crate::apimachinery::status::AWAITS_WEBHOOKS;
use crate::apimachinery::{Timestamp, Value};
use crate::client::informer::Entry;
use crate::tree;
use std::time::Duration;

const STATUS_UPDATE_RETRIES: usize = 1;

/// The status that follows from the active pods of a set and from what went wrong with making or deleting some.
pub fn calculate<F: Flavour>(
    set: &Value,
    active: &[&Entry],
    terminating: usize,
    failure: Option<&Error>,
    now: Timestamp,
) -> Value {
    let template_labels = set.at(&["spec", "template", "metadata", "labels"]);
    let min_ready = set.at(&["spec", "minReadySeconds"]).as_i64().unwrap_or(0);
    let (mut labelled, mut ready, mut available) = (0usize, 0usize, 0usize);
    let mut last: Option<(&Value, bool)> = None;
    for pod in active {
        let full = match last {
            Some((labels, full)) if labels.ptr_eq(&pod.labels) => full,
            _ => has_labels(pod.labels.as_map(), template_labels),
        };
        last = Some((&pod.labels, full));
        labelled += usize::from(full);
        if pod.facts & facts::READY != 0 {
            ready += 1;
            available += usize::from(
                min_ready <= 0 || is_pod_available(Pod::of(&pod.object), min_ready, now),
            );
        }
    }
    let mut status = tree!({"replicas": active.len(), "observedGeneration": set.generation()});
    for (field, n) in [
        ("fullyLabeledReplicas", labelled),
        ("readyReplicas", ready),
        ("availableReplicas", available),
    ] {
        if n > 0 {
            status.set(field, n);
        }
    }
    if F::KIND == Kind::ReplicaSets {
        status.set("terminatingReplicas", terminating);
    }
    let conditions = failure_condition(set, active.len(), failure, now);
    if !conditions.is_empty() {
        status.set("conditions", conditions);
    }
    status
}

fn failure_condition(set: &Value, active: usize, failure: Option<&Error>, now: Timestamp) -> Value {
    let mut conditions = set.at(&["status", "conditions"]).clone();
    let is_failure = |c: &Value| c.get("type") == &"ReplicaFailure";
    let present = conditions.items().iter().any(is_failure);
    match failure {
        // Those that are missing come once the webhooks have answered.
        Some(e) if e.to_string().contains(AWAITS_WEBHOOKS) => {}
        Some(e) if !present => conditions.push(tree!({
            "type": "ReplicaFailure", "status": "True",
            "reason": if active < replicas_of(set) { "FailedCreate" } else { "FailedDelete" },
            "message": e.to_string(), "lastTransitionTime": now.to_rfc3339(),
        })),
        None if present => conditions.items_mut().retain(|c| !is_failure(c)),
        _ => {}
    }
    conditions
}

/// Writes a status where it differs; after a conflict once more on the fresh object. Gives back the object as it stands.
pub fn update<F: Flavour>(
    set: &Value,
    status: Value,
    work: &mut Work<'_, '_>,
) -> Result<Value, Error> {
    if set.get("status") == &status {
        return Ok(set.clone());
    }
    let mut target = set.clone();
    let mut tries = 0;
    loop {
        target.set("status", status.clone());
        match work.cx.update_status(F::KIND.def(), target) {
            Ok(updated) => return Ok(updated),
            Err(e) if tries == STATUS_UPDATE_RETRIES => return Err(e.into()),
            Err(_) => tries += 1,
        }
        target = work.cx.get(F::KIND.def(), set.namespace(), set.name())?;
    }
}

/// When the next ready pod has been ready for long enough.
pub fn next_availability(active: &[&Entry], min_ready: i64, now: Timestamp) -> Action {
    let next = active
        .iter()
        .filter_map(|p| available_at(Pod::of(&p.object), min_ready))
        .filter(|t| *t > now)
        .min();
    match next {
        Some(at) => Action::RequeueAfter(at.since(now)),
        None => Action::RequeueAfter(Duration::from_secs(min_ready.unsigned_abs())),
    }
}
