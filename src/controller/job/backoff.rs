//! How long a job waits before it replaces failed pods (upstream's `backoff_utils.go`).

use crate::apimachinery::{Timestamp, Value};
use crate::collections::SortedMap;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_secs(600);

/// A job's failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    failures: u32,
    last: Timestamp,
}

/// The failures in a row of each job, by its key.
#[derive(Clone, Debug, Default)]
pub struct Backoffs(SortedMap<String, Record>);

impl Backoffs {
    /// The record with the pods that ended since.
    pub fn next(&self, key: &str, succeeded: &[&Value], failed: &[&Value]) -> Record {
        let mut record = self.0.get(key).copied().unwrap_or_default();
        let success = succeeded.iter().map(|p| finished_at(p)).max();
        if success.is_some() {
            record = Record::default();
        }
        for at in failed.iter().map(|p| finished_at(p)) {
            if success.is_none_or(|s| at > s) {
                record.failures += 1;
                record.last = record.last.max(at);
            }
        }
        record
    }

    /// Keeps a record, once the failures in it are stored.
    pub fn keep(&mut self, key: &str, record: Record) {
        self.0.insert(key.to_owned(), record);
    }

    /// Forgets a job.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

impl Record {
    /// A record of so many failures in a row.
    pub fn of(failures: u32, last: Timestamp) -> Self {
        Self { failures, last }
    }

    /// When the next pod may be made: 10 s after the last failure, doubling with each in a row up to 10 minutes.
    pub fn until(&self) -> Option<Timestamp> {
        let doublings = self.failures.checked_sub(1)?.min(10);
        Some(self.last + (FIRST * 2u32.pow(doublings)).min(MOST))
    }
}

/// When a pod ended: by its containers, its condition Ready, its deletion, and by its creation where nothing is known.
pub fn finished_at(pod: &Value) -> Timestamp {
    by_containers(pod)
        .or_else(|| by_ready_condition(pod))
        .or_else(|| {
            let grace = pod.meta().get("deletionGracePeriodSeconds").as_i64();
            let grace = Duration::from_secs(grace.unwrap_or(0).unsigned_abs());
            pod.deletion_timestamp().map(|t| t - grace)
        })
        .or_else(|| pod.creation_timestamp())
        .unwrap_or_default()
}

fn by_containers(pod: &Value) -> Option<Timestamp> {
    let init = pod.at(&["spec", "initContainers"]).items();
    let is_sidecar = |name: &Value| {
        let mut sidecars = init.iter().filter(|c| c.get("restartPolicy") == &"Always");
        sidecars.any(|c| c.get("name") == name)
    };
    let main = pod.at(&["status", "containerStatuses"]).items().iter();
    let sidecars = pod.at(&["status", "initContainerStatuses"]).items().iter();
    let mut latest = None;
    for status in main.chain(sidecars.filter(|s| is_sidecar(s.get("name")))) {
        let at = Timestamp::parse(status.at(&["state", "terminated", "finishedAt"]).str())?;
        latest = latest.max(Some(at));
    }
    latest
}

fn by_ready_condition(pod: &Value) -> Option<Timestamp> {
    let conditions = pod.at(&["status", "conditions"]).items();
    let ready = conditions.iter().find(|c| c.get("type") == &"Ready")?;
    if ready.get("status") != &"False" {
        return None;
    }
    Timestamp::parse(ready.get("lastTransitionTime").str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn ended(at: i64) -> Value {
        let at = Timestamp::from_secs(at).to_rfc3339();
        tree!({"status": {"containerStatuses": [{"name": "c", "state": {"terminated": {"finishedAt": at}}}]}})
    }

    #[test]
    fn a_job_waits_longer_with_each_failure_in_a_row() {
        let mut backoffs = Backoffs::default();
        for (succeeded, failed, until) in [
            (&[][..], &[][..], None),
            (&[], &[100], Some(110)),
            (&[], &[110, 120], Some(160)),
            (&[150], &[140, 155], Some(165)),
            (&[170], &[], None),
            (
                &[],
                &[200, 201, 202, 203, 204, 205, 206, 207, 208],
                Some(808),
            ),
        ] {
            let succeeded: Vec<Value> = succeeded.iter().map(|t| ended(*t)).collect();
            let failed: Vec<Value> = failed.iter().map(|t| ended(*t)).collect();
            let (s, f): (Vec<&Value>, Vec<&Value>) =
                (succeeded.iter().collect(), failed.iter().collect());
            let record = backoffs.next("j", &s, &f);
            assert_eq!(record.until().map(Timestamp::secs), until);
            backoffs.keep("j", record);
        }
    }

    #[test]
    fn a_pod_ended_with_its_last_container_or_when_it_was_no_longer_ready() {
        let not_ready = tree!({"status": {
            "containerStatuses": [{"name": "c", "state": {"running": {}}}],
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "1970-01-01T00:00:07Z"}],
        }});
        let deleted = tree!({"metadata": {
            "deletionTimestamp": "1970-01-01T00:00:40Z", "deletionGracePeriodSeconds": 30,
        }});
        let sidecar = tree!({
            "spec": {"initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]},
            "status": {
                "containerStatuses": [{"name": "c", "state": {"terminated": {"finishedAt": "1970-01-01T00:00:05Z"}}}],
                "initContainerStatuses": [
                    {"name": "s", "state": {"terminated": {"finishedAt": "1970-01-01T00:00:09Z"}}},
                    {"name": "i", "state": {"terminated": {"finishedAt": "1970-01-01T00:00:20Z"}}}],
            },
        });
        for (pod, at) in [(ended(3), 3), (not_ready, 7), (deleted, 10), (sidecar, 9)] {
            assert_eq!(finished_at(&pod).secs(), at);
        }
    }
}
