//! Makes and deletes the pods of a job (`manageJob`).

use super::super::pod_control;
use super::super::replicaset::ranking;
use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::backoff::{Record, finished_at};
use super::{
    Context, JobController, TRACKING, indexes, is_suspended, is_tracked, ready_among,
    replaces_only_failed, tracking,
};
use crate::apimachinery::{Timestamp, Value};

/// `MaxPodCreateDeletePerSync`.
const MAX_AT_ONCE: usize = 500;

/// How many pods may run now.
fn wanted_active(cx: &Context) -> usize {
    let parallelism = cx.spec("parallelism").as_i64().unwrap_or(1);
    let wanted = match cx.spec("completions").as_i64() {
        Some(completions) => parallelism.min(completions - cx.succeeded),
        // A first success means that no more pods are to be started.
        None if cx.succeeded > 0 => cx.active.len() as i64,
        None => parallelism,
    };
    usize::try_from(wanted).unwrap_or(0)
}

/// The pods that are to go, at least `n` (`activePodsForRemoval`).
fn surplus(cx: &Context, n: usize) -> Vec<Value> {
    if n == cx.active.len() {
        return cx.active.clone();
    }
    let (mut going, staying) = if indexes::is_indexed(&cx.job) {
        indexes::surplus(&cx.job, &cx.active)
    } else {
        (Vec::new(), cx.active.clone())
    };
    if going.len() < n {
        let more = n - going.len();
        going.extend(ranking::pods_to_delete(&staying, &[], more, cx.now));
    }
    going.truncate(MAX_AT_ONCE);
    going
}

/// Which of these indexes can be tried now; where none can, when the first of them can.
fn ready_indexes(cx: &Context, wanted: Vec<i64>) -> (Vec<i64>, Option<Timestamp>) {
    let mut first: Option<Timestamp> = None;
    let mut now = Vec::new();
    for index in wanted {
        let failed = cx.delayed.iter().find(|(i, _)| *i == index);
        let until = failed.and_then(|(_, p)| {
            let before = u32::try_from(indexes::all_failures(p)).unwrap_or(u32::MAX);
            Record::of(before.saturating_add(1), finished_at(p)).until()
        });
        match until.filter(|t| *t > cx.now) {
            Some(t) => first = Some(first.map_or(t, |f| f.min(t))),
            None => now.push(index),
        }
    }
    let first = first.filter(|_| now.is_empty());
    (now, first)
}

impl JobController {
    /// Brings the number of running pods in line; `active` is kept up to date.
    pub(super) fn manage(
        &mut self,
        key: &str,
        cx: &mut Context,
        active: &mut i64,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let running = cx.active.len();
        let wanted = if is_suspended(&cx.job) {
            0
        } else {
            wanted_active(cx)
        };
        let going = surplus(cx, running.saturating_sub(wanted));
        if !going.is_empty() {
            return self.delete(key, cx, active, &going, work);
        }
        let mut taken = running;
        if replaces_only_failed(&cx.job) {
            taken += usize::try_from(cx.terminating).unwrap_or(0);
        }
        let mut count = wanted.saturating_sub(taken);
        if count == 0 {
            return Ok(());
        }
        let own_limit = indexes::has_own_limit(&cx.job);
        let until = cx.record.until().filter(|t| *t > cx.now && !own_limit);
        if let Some(until) = until {
            cx.look_at(until);
            *active = 0;
            return Ok(());
        }
        count = count.min(MAX_AT_ONCE);
        let mut numbers = None;
        if indexes::is_indexed(&cx.job) {
            let (ready, until) = ready_indexes(cx, indexes::missing(cx, count));
            if let Some(until) = until {
                cx.look_at(until);
                return Ok(());
            }
            count = ready.len();
            numbers = Some(ready);
        }
        self.create(key, cx, active, (count, numbers), work)
    }

    fn create(
        &mut self,
        key: &str,
        cx: &mut Context,
        active: &mut i64,
        (count, numbers): (usize, Option<Vec<i64>>),
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let job = cx.job.clone();
        self.expectations.expect_creations(key, count, cx.now);
        let mut pod =
            pod_control::pod_from_template(job.at(&["spec", "template"]), &job, Kind::Jobs);
        if !is_tracked(&pod) {
            pod.at_mut(&["metadata", "finalizers"]).push(TRACKING);
        }
        let recorder = &mut self.recorder;
        let cx = &*cx;
        let (made, error) = pod_control::slow_start_batch(count, |i| {
            let mut pod = pod.clone();
            if let Some(index) = numbers.as_ref().and_then(|n| n.get(i)) {
                indexes::put(&mut pod, cx, *index);
            }
            match pod_control::create_pod(work, recorder, &job, pod) {
                Err(e) if e.has_cause("NamespaceTerminating") => Ok(()),
                other => other.map(|_| ()),
            }
        });
        for _ in made..count {
            self.expectations.creation_observed(key);
        }
        *active += made as i64;
        error.map_or(Ok(()), |e| Err(e.into()))
    }

    /// Deletes pods that are too many; they do not count as failed, so they go without their finalizer.
    fn delete(
        &mut self,
        key: &str,
        cx: &mut Context,
        active: &mut i64,
        going: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let uids = going.iter().map(|p| p.uid().to_owned());
        self.expectations.expect_deletions(key, uids, cx.now);
        let mut first = None;
        let mut deleted = 0;
        for pod in going {
            let (namespace, name) = (pod.namespace(), pod.name());
            let released = match is_tracked(pod) {
                true => tracking::release(pod, work),
                false => Ok(()),
            };
            let result = released.and_then(|()| {
                cx.tracked.remove(pod.uid());
                pod_control::delete_pod(work, &mut self.recorder, &cx.job, namespace, name)
            });
            if let Err(e) = result {
                self.expectations.deletion_observed(key, pod.uid());
                if !e.is_not_found() {
                    first = first.or(Some(e));
                    continue;
                }
            }
            deleted += 1;
        }
        *active -= deleted;
        cx.terminating += deleted;
        cx.ready = (cx.ready - ready_among(going)).max(0);
        first.map_or(Ok(()), |e| Err(e.into()))
    }
}
