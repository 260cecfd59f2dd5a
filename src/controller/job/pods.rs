//! Makes and deletes the pods of a job (`manageJob`).

use super::super::pod_control;
use super::super::runner::{Action, Error, Work};
use super::super::stores::Kind;
use super::{Context, JobController, TRACKING, finish, indexes, is_suspended, phase};
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::tree;
use std::time::Duration;

const MAX_CREATE_AT_ONCE: usize = 500;
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const MAX_BACK_OFF: Duration = Duration::from_secs(600);

/// How many pods may run now.
fn wanted_active(cx: &Context) -> usize {
    let spec = cx.job.get("spec");
    let parallelism = spec.get("parallelism").as_i64().unwrap_or(1);
    let succeeded = cx.count("succeeded");
    let wanted = match spec.get("completions").as_i64() {
        Some(completions) => parallelism.min(completions - succeeded),
        // A first success means that no more pods are to be started.
        None if succeeded > 0 => (cx.active().len() as i64).min(parallelism),
        None => parallelism,
    };
    usize::try_from(wanted).unwrap_or(0)
}

/// When the next pod may be made after failures: 10 s after the last one, doubling with each in a row.
fn may_create_at(cx: &Context) -> Option<Timestamp> {
    let finished_at = |p: &Value| {
        p.at(&["status", "containerStatuses"])
            .items()
            .iter()
            .filter_map(|c| Timestamp::parse(c.at(&["state", "terminated", "finishedAt"]).str()))
            .max()
            .or_else(|| p.deletion_timestamp())
            .or_else(|| p.creation_timestamp())
    };
    let last_success = cx
        .pods
        .iter()
        .filter(|p| phase(p) == "Succeeded")
        .filter_map(finished_at)
        .max();
    let failures: Vec<Timestamp> = cx
        .pods
        .iter()
        .filter(|p| phase(p) == "Failed")
        .filter_map(finished_at)
        .filter(|t| last_success.is_none_or(|s| *t > s))
        .collect();
    let last = *failures.iter().max()?;
    let doublings = u32::try_from(failures.len() - 1).unwrap_or(0).min(10);
    Some(last + (FIRST_BACK_OFF * 2u32.pow(doublings)).min(MAX_BACK_OFF))
}

/// When the job is to be looked at though nothing changes.
pub fn next_look(cx: &Context, now: Timestamp) -> Action {
    let back_off = may_create_at(cx).filter(|_| cx.active().len() < wanted_active(cx));
    [finish::deadline(&cx.job, &cx.status), back_off]
        .into_iter()
        .flatten()
        .filter(|t| *t > now)
        .min()
        .map_or(Action::AwaitChange, |t| Action::RequeueAfter(t.since(now)))
}

impl JobController {
    pub(super) fn manage(
        &mut self,
        key: &str,
        cx: &mut Context,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let active = cx.active();
        let wanted = if is_suspended(&cx.job) {
            0
        } else {
            wanted_active(cx)
        };
        if active.len() > wanted {
            return self.delete_surplus(key, cx, active, wanted, work);
        }
        let only_failed = cx.job.at(&["spec", "podReplacementPolicy"]) == &"Failed";
        let going = if only_failed {
            usize::try_from(cx.count("terminating")).unwrap_or(0)
        } else {
            0
        };
        let count = wanted
            .saturating_sub(active.len() + going)
            .min(MAX_CREATE_AT_ONCE);
        if count == 0 || may_create_at(cx).is_some_and(|t| t > work.cx.now) {
            return Ok(());
        }
        self.create(key, cx, count, work)
    }

    fn create(
        &mut self,
        key: &str,
        cx: &mut Context,
        mut count: usize,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let job = cx.job.clone();
        let numbers = if indexes::is_indexed(&job) {
            let numbers = indexes::missing(cx, count);
            count = numbers.len();
            numbers
        } else {
            Vec::new()
        };
        self.expectations.expect_creations(key, count, work.cx.now);
        let mut pod =
            pod_control::pod_from_template(job.at(&["spec", "template"]), &job, Kind::Jobs);
        pod.at_mut(&["metadata", "finalizers"]).push(TRACKING);
        let recorder = &mut self.recorder;
        let (made, error) = pod_control::slow_start_batch(count, |i| {
            let mut pod = pod.clone();
            if let Some(index) = numbers.get(i) {
                set_index(&mut pod, &job, *index);
            }
            match pod_control::create_pod(work, recorder, &job, pod) {
                Err(e) if e.has_cause("NamespaceTerminating") => Ok(()),
                other => other.map(|_| ()),
            }
        });
        for _ in made..count {
            self.expectations.creation_observed(key);
        }
        let active = cx.active().len() + made;
        super::set_or_remove(&mut cx.status, "active", active as i64);
        error.map_or(Ok(()), |e| Err(e.into()))
    }

    /// Deletes pods beyond the wanted number: those that serve least first.
    fn delete_surplus(
        &mut self,
        key: &str,
        cx: &mut Context,
        mut active: Vec<Value>,
        wanted: usize,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        active.arrange_by_key(|p| {
            let created = std::cmp::Reverse(p.meta().get("creationTimestamp").str().to_owned());
            (
                phase(p) == "Running",
                is_pod_ready(Pod::of(p)),
                created,
                p.name().to_owned(),
            )
        });
        active.truncate(active.len() - wanted);
        let uids = active.iter().map(|p| p.uid().to_owned());
        self.expectations.expect_deletions(key, uids, work.cx.now);
        let job = cx.job.clone();
        let mut deleted = 0;
        for pod in &active {
            match pod_control::delete_pod(
                work,
                &mut self.recorder,
                &job,
                pod.namespace(),
                pod.name(),
            ) {
                Ok(()) => deleted += 1,
                Err(e) => {
                    self.expectations.deletion_observed(key, pod.uid());
                    if !e.is_not_found() {
                        return Err(e.into());
                    }
                }
            }
        }
        let ready = active.iter().filter(|p| is_pod_ready(Pod::of(p))).count() as i64;
        let (was, was_ready, going) = (
            cx.count("active"),
            cx.count("ready"),
            cx.count("terminating"),
        );
        super::set_or_remove(&mut cx.status, "active", was - deleted);
        cx.status.set("ready", (was_ready - ready).max(0));
        cx.status.set("terminating", going + deleted);
        Ok(())
    }
}

/// Gives a pod its completion index: annotation, label, host name and environment.
fn set_index(pod: &mut Value, job: &Value, index: i64) {
    let text = index.to_string();
    pod.set_annotation(indexes::INDEX, &text);
    pod.set_at(&["metadata", "labels", indexes::INDEX], &text);
    pod.set_at(
        &["metadata", "generateName"],
        format!("{}-{index}-", job.name()),
    );
    pod.set_at(&["spec", "hostname"], format!("{}-{index}", job.name()));
    let path = format!("metadata.labels['{}']", indexes::INDEX);
    let variable =
        tree!({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": path}}});
    for list in ["initContainers", "containers"] {
        if pod.at(&["spec", list]).is_null() {
            continue;
        }
        for container in pod.at_mut(&["spec", list]).items_mut() {
            let env = container.entry("env").items_mut();
            if !env.iter().any(|e| e.get("name") == &"JOB_COMPLETION_INDEX") {
                env.push(variable.clone());
            }
        }
    }
}
