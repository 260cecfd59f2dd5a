//! Makes and deletes pods for controllers, with the events that upstream's `RealPodControl` records.

use super::runner::Work;
use super::stores::Kind;
use crate::apimachinery::{Map, Value, meta};
use crate::client::{ApiError, DeleteOptions, EventRecorder};
use crate::tree;

/// A pod from a template, named after `owner` by the server (`GetPodFromTemplate`).
pub fn pod_from_template(template: &Value, owner: &Value, owner_kind: Kind) -> Value {
    let def = owner_kind.def();
    let mut pod = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {}});
    let from = template.get("metadata");
    for field in ["labels", "annotations", "finalizers"] {
        if !from.get(field).is_empty() {
            pod.set_at(&["metadata", field], from.get(field));
        }
    }
    pod.set_at(&["metadata", "generateName"], format!("{}-", owner.name()));
    pod.set_at(&["metadata", "namespace"], owner.namespace());
    pod.set_at(
        &["metadata", "ownerReferences"],
        vec![meta::new_controller_ref(
            owner,
            &def.api_version(),
            def.kind,
        )],
    );
    pod.set("spec", template.get("spec"));
    pod
}

/// Creates a pod and records `SuccessfulCreate` or `FailedCreate` on its owner.
pub fn create_pod(
    work: &mut Work<'_, '_>,
    recorder: &mut EventRecorder,
    owner: &Value,
    pod: Value,
) -> Result<Value, ApiError> {
    let result = work.cx.create(Kind::Pods.def(), owner.namespace(), pod);
    match &result {
        Ok(pod) => {
            let message = format!("Created pod: {}", pod.name());
            recorder.event(work.cx, owner, "Normal", "SuccessfulCreate", &message);
        }
        // Where the namespace is going, an event could not be stored either.
        Err(e) if e.has_cause("NamespaceTerminating") => {}
        Err(e) => {
            let message = format!("Error creating: {e}");
            recorder.event(work.cx, owner, "Warning", "FailedCreate", &message);
        }
    }
    result
}

/// Deletes a pod and records `SuccessfulDelete` or `FailedDelete` on its owner.
pub fn delete_pod(
    work: &mut Work<'_, '_>,
    recorder: &mut EventRecorder,
    owner: &Value,
    namespace: &str,
    name: &str,
) -> Result<(), ApiError> {
    let options = DeleteOptions::default();
    match work.cx.delete(Kind::Pods.def(), namespace, name, &options) {
        Ok(_) => {
            let message = format!("Deleted pod: {name}");
            recorder.event(work.cx, owner, "Normal", "SuccessfulDelete", &message);
            Ok(())
        }
        Err(e) => {
            if !e.is_not_found() {
                let message = format!("Error deleting: {e}");
                recorder.event(work.cx, owner, "Warning", "FailedDelete", &message);
            }
            Err(e)
        }
    }
}

/// Calls `make` `count` times in batches of 1, 2, 4 …; stops after the batch in which one failed. Gives back how many
/// succeeded and the first error (`slowStartBatch`).
pub fn slow_start_batch<E>(
    count: usize,
    mut make: impl FnMut(usize) -> Result<(), E>,
) -> (usize, Option<E>) {
    let (mut done, mut successes, mut size) = (0, 0, 1);
    while done < count {
        let batch = size.min(count - done);
        let mut error = None;
        for i in done..done + batch {
            match make(i) {
                Ok(()) => successes += 1,
                Err(e) => error = error.or(Some(e)),
            }
        }
        if error.is_some() {
            return (successes, error);
        }
        done += batch;
        size *= 2;
    }
    (successes, None)
}

/// Whether `labels` has every one of `wanted`.
pub fn has_labels(labels: Option<&Map>, wanted: &Value) -> bool {
    wanted
        .fields()
        .all(|(k, v)| labels.and_then(|l| l.get(k)) == Some(v))
}

#[cfg(test)]
mod tests {
    use super::slow_start_batch;

    #[test]
    fn a_slow_start_ends_with_the_batch_that_failed() {
        for (count, fails_at, calls, successes) in [
            (10, 99, 10, 10),
            (10, 0, 1, 0),
            (10, 1, 3, 2),
            (10, 3, 7, 6),
            (0, 0, 0, 0),
        ] {
            let mut made = 0;
            let (ok, error) = slow_start_batch(count, |i| {
                made += 1;
                if i == fails_at { Err(()) } else { Ok(()) }
            });
            assert_eq!(
                (made, ok, error.is_some()),
                (calls, successes, calls != successes),
                "{count} {fails_at}"
            );
        }
    }
}
