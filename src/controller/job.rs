//! Runs pods until enough of them succeeded (upstream's `pkg/controller/job`).
//!
//! Every pod carries a finalizer until its end is counted in the status, so that none is counted twice or not at all.

mod backoff;
mod finish;
mod indexes;
mod pods;
mod policies;
mod tracking;

use super::expectations::Expectations;
use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, orphans_of};
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Selector, Timestamp, Value};
use crate::client::{Delta, EventRecorder};
use crate::collections::SortedSet;
use backoff::{Backoffs, Record};
use indexes::Indexes;
use std::time::Duration;

/// Finalizer of pods whose end is not yet counted.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// What `spec.managedBy` says of jobs that are this controller's.
const CONTROLLER_NAME: &str = "kubernetes.io/job-controller";
/// Changes of pods and of a job's status are taken together that long (`syncJobBatchPeriod`).
const BATCH_PERIOD: Duration = Duration::from_secs(1);

/// The job controller.
#[derive(Clone)]
pub struct JobController {
    expectations: Expectations,
    /// Pods whose finalizer was taken off, until the informer shows it (`finalizerExpectations`).
    released: SortedSet<String>,
    backoffs: Backoffs,
    recorder: EventRecorder,
}

impl Default for JobController {
    fn default() -> Self {
        Self {
            expectations: Expectations::default(),
            released: SortedSet::new(),
            backoffs: Backoffs::default(),
            recorder: EventRecorder::new("job-controller", ""),
        }
    }
}

/// A job with its pods, in the middle of a sync (`syncJobCtx`).
struct Context {
    now: Timestamp,
    job: Value,
    pods: Vec<Value>,
    /// The pods that neither ended nor are being deleted, as the sync found them.
    active: Vec<Value>,
    /// UIDs of pods whose end is yet to be counted: their finalizer is there.
    tracked: SortedSet<String>,
    /// The status as it is to be stored.
    status: Value,
    succeeded: i64,
    failed: i64,
    ready: i64,
    terminating: i64,
    /// The indexes that succeeded, those in no status yet among them.
    succeeded_indexes: Indexes,
    /// The indexes that failed, where each has a limit of its own.
    failed_indexes: Option<Indexes>,
    /// Per index the failed pod that stays until its successor has taken over its count.
    delayed: Vec<(i64, Value)>,
    record: Record,
    end: Option<finish::End>,
    /// When the job is to be looked at though nothing changes.
    again: Option<Timestamp>,
}

/// Whether a job has the condition of a type with status True.
pub fn has_condition(status: &Value, kind: &str) -> bool {
    status
        .get("conditions")
        .items()
        .iter()
        .any(|c| c.get("type").str() == kind && c.get("status") == &"True")
}

/// Whether a job has come to its end.
pub fn is_finished(job: &Value) -> bool {
    ["Complete", "Failed"]
        .iter()
        .any(|kind| has_condition(job.get("status"), kind))
}

fn is_suspended(job: &Value) -> bool {
    job.at(&["spec", "suspend"]).as_bool() == Some(true)
}

/// Whether somebody else looks after a job.
fn is_external(job: &Value) -> bool {
    let manager = job.at(&["spec", "managedBy"]);
    !manager.is_null() && manager != &CONTROLLER_NAME
}

/// Whether a pod is replaced only once it has ended, not while it is being deleted.
fn replaces_only_failed(job: &Value) -> bool {
    job.at(&["spec", "podReplacementPolicy"]) == &"Failed"
}

fn phase(pod: &Value) -> &str {
    pod.at(&["status", "phase"]).str()
}

fn is_over(pod: &Value) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

fn is_active(pod: &Value) -> bool {
    !is_over(pod) && !pod.is_terminating()
}

/// Whether a pod counts as failed; one that is being deleted does, unless only failed ones are replaced.
fn is_failed(pod: &Value, job: &Value) -> bool {
    let going = pod.is_terminating() && phase(pod) != "Succeeded";
    phase(pod) == "Failed" || !replaces_only_failed(job) && going
}

fn is_tracked(pod: &Value) -> bool {
    pod.finalizers().any(|f| f == TRACKING)
}

fn ready_among(pods: &[Value]) -> i64 {
    pods.iter().filter(|p| is_pod_ready(Pod::of(p))).count() as i64
}

impl Context {
    fn new(job: Value, pods: Vec<Value>, released: &SortedSet<String>, now: Timestamp) -> Self {
        let active: Vec<Value> = pods.iter().filter(|p| is_active(p)).cloned().collect();
        let tracked = pods.iter().filter(|p| is_tracked(p)).map(|p| p.uid());
        let tracked = tracked.filter(|uid| !released.contains(*uid));
        let going = |p: &&Value| p.is_terminating() && !is_over(p);
        let mut status = job.get("status").clone();
        if status.get("uncountedTerminatedPods").is_null() {
            status.set("uncountedTerminatedPods", Value::object());
        }
        Self {
            now,
            tracked: tracked.map(str::to_owned).collect(),
            ready: ready_among(&active),
            terminating: pods.iter().filter(going).count() as i64,
            active,
            status,
            succeeded: 0,
            failed: 0,
            succeeded_indexes: Indexes::default(),
            failed_indexes: None,
            delayed: Vec::new(),
            record: Record::default(),
            end: None,
            again: None,
            job,
            pods,
        }
    }

    fn spec(&self, field: &str) -> &Value {
        self.job.get("spec").get(field)
    }

    fn count(&self, field: &str) -> i64 {
        self.status.get(field).as_i64().unwrap_or(0)
    }

    fn uncounted(&self, field: &str) -> &[Value] {
        self.status.at(&["uncountedTerminatedPods", field]).items()
    }

    fn is_tracked(&self, pod: &Value) -> bool {
        self.tracked.contains(pod.uid())
    }

    /// Whether a pod counts: in an indexed job only with an index that is in range.
    fn has_valid_index(&self, pod: &Value) -> bool {
        !indexes::is_indexed(&self.job) || indexes::valid(&self.job, pod).is_some()
    }

    /// Pods that ended and are not in the status yet, not even as yet to be counted (`getNewFinishedPods`).
    fn newly_ended(&self, field: &str) -> Vec<&Value> {
        let known = self.uncounted(field);
        let fits = |p: &Value| match field {
            "succeeded" => phase(p) == "Succeeded",
            _ => is_failed(p, &self.job),
        };
        self.pods
            .iter()
            .filter(|p| self.is_tracked(p) && !known.iter().any(|u| u == p.uid()))
            .filter(|p| self.has_valid_index(p) && fits(p))
            .collect()
    }

    fn look_at(&mut self, when: Timestamp) {
        self.again = Some(self.again.map_or(when, |t| t.min(when)));
    }
}

impl JobController {
    fn sync(&mut self, key: &str, job: Value, work: &mut Work<'_, '_>) -> Outcome {
        if is_finished(&job) {
            self.backoffs.remove(key);
            return Ok(Action::AwaitChange);
        }
        if is_external(&job) {
            return Ok(Action::AwaitChange);
        }
        let now = work.cx.now;
        let satisfied = self.expectations.satisfied(key, now);
        let pods = claim_pods(&job, work)?;
        work.looked_at(pods.len());
        let mut cx = Context::new(job, pods, &self.released, now);
        self.count(key, &mut cx);
        finish::judge(&mut cx);
        let mut failure = None;
        let mut active = cx.active.len() as i64;
        if cx.end.is_some() {
            let deleted = match self.delete_active(&mut cx, work) {
                Ok(()) => active,
                Err((deleted, e)) => {
                    failure = Some(e);
                    deleted
                }
            };
            if deleted != active || !satisfied {
                // There may be pods left, or pods that the informer has yet to show.
                cx.end = None;
            }
            active -= deleted;
        } else {
            let managed = satisfied && !cx.job.is_terminating();
            if managed {
                failure = self.manage(key, &mut cx, &mut active, work).err();
            }
            if finish::is_complete(&cx, active) {
                cx.end = Some(finish::End::success());
            } else if managed {
                self.note_suspension(&mut cx, work);
            }
        }
        set_or_remove(&mut cx.status, "active", active);
        cx.status.set("ready", cx.ready);
        cx.status.set("terminating", cx.terminating);
        self.track(key, &mut cx, work)?;
        match (failure, cx.again) {
            (Some(e), _) => Err(e),
            (None, Some(at)) => Ok(Action::RequeueAfter(at.since(now).max(BATCH_PERIOD))),
            (None, None) => Ok(Action::AwaitChange),
        }
    }

    /// How many pods succeeded and failed, with those that are in no status yet.
    fn count(&mut self, key: &str, cx: &mut Context) {
        let succeeded = cx.newly_ended("succeeded");
        let failed = cx.newly_ended("failed");
        let policy = cx.spec("podFailurePolicy");
        let counting = |p: &&&Value| policies::of_failure(policy, p).counts;
        let n = failed.iter().filter(counting).count() + cx.uncounted("failed").len();
        let (n_failed, n_succeeded) = (n as i64, succeeded.len() + cx.uncounted("succeeded").len());
        let record = self.backoffs.next(key, &succeeded, &failed);
        cx.record = record;
        cx.failed = cx.count("failed") + n_failed;
        cx.succeeded = cx.count("succeeded") + n_succeeded as i64;
        if cx.status.get("startTime").is_null() && !is_suspended(&cx.job) {
            cx.status.set("startTime", cx.now);
        }
        if indexes::is_indexed(&cx.job) {
            indexes::calculate(cx);
        }
    }

    /// Says in a condition and an event that the job was suspended or resumed.
    fn note_suspension(&mut self, cx: &mut Context, work: &mut Work<'_, '_>) {
        let is = is_suspended(&cx.job);
        if has_condition(&cx.status, "Suspended") == is {
            return;
        }
        let (status, reason, text) = if is {
            ("True", "JobSuspended", "Job suspended")
        } else {
            ("False", "JobResumed", "Job resumed")
        };
        finish::set_condition(&mut cx.status, "Suspended", status, reason, text, cx.now);
        if is {
            cx.status.remove("startTime");
        } else {
            cx.status.set("startTime", cx.now);
        }
        let reason = if is { "Suspended" } else { "Resumed" };
        self.recorder
            .event(work.cx, &cx.job, "Normal", reason, text);
    }
}

fn set_or_remove(status: &mut Value, field: &str, n: i64) {
    if n == 0 {
        status.remove(field);
    } else {
        status.set(field, n);
    }
}

fn claim_pods(job: &Value, work: &mut Work<'_, '_>) -> Result<Vec<Value>, Error> {
    let selector =
        Selector::from_label_selector(job.at(&["spec", "selector"])).map_err(Error::other)?;
    let pods = &work.stores[Kind::Pods];
    let candidates = pods
        .by_index("owner", job.uid())
        .chain(pods.by_index("owner", &orphans_of(job.namespace())))
        .cloned()
        .collect();
    let mut manager = RefManager::new(job, Kind::Jobs, &selector, Kind::Pods);
    manager.finalizers = &[TRACKING];
    manager.claim(work, candidates, |_| true)
}

/// Takes the finalizer off a pod whose job is gone or has ended, so that it can be deleted.
fn release_orphan(key: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let Some(pod) = work.stores[Kind::Pods].get(key).cloned() else {
        return Ok(());
    };
    let stays = pod.controller_of().is_some_and(|r| {
        let job = work.stores.resolve(Kind::Jobs, pod.namespace(), r);
        r.kind() != "Job" || job.is_some_and(|j| is_external(j) || !is_finished(j))
    });
    if stays || !is_tracked(&pod) {
        return Ok(());
    }
    Ok(tracking::release(&pod, work)?)
}

/// The key under which a pod waits to be let go.
fn orphan_key(pod: &Value) -> String {
    let mut key = String::from("orphan/");
    key.push_str(&pod.key());
    key
}

impl JobController {
    fn job_changed(&mut self, delta: &Delta, watching: &mut Watching<'_>) {
        let job = delta.object();
        let key = job.key();
        let gone = matches!(delta, Delta::Deleted(_));
        if gone {
            self.expectations.delete(&key);
            self.backoffs.remove(&key);
        }
        if (gone || is_finished(job)) && !is_external(job) {
            let stores = watching.stores;
            let pods = stores[Kind::Pods].by_index("owner", job.uid());
            for pod in pods.filter(|p| is_tracked(p)) {
                watching.add(orphan_key(pod));
            }
        }
        match delta {
            Delta::Updated(old, new) if old.generation() == new.generation() => {
                watching.add_after(key, BATCH_PERIOD);
            }
            _ => watching.add(key),
        }
    }

    fn pod_changed(&mut self, delta: &Delta, watching: &mut Watching<'_>) {
        let pod = delta.object();
        let gone = matches!(delta, Delta::Deleted(_));
        if gone || !is_tracked(pod) {
            self.released.remove(pod.uid());
        }
        let job = pod
            .controller_of()
            .filter(|r| r.kind() == "Job")
            .and_then(|r| watching.stores.resolve(Kind::Jobs, pod.namespace(), r));
        let Some(job) = job else {
            if is_tracked(pod) && !gone {
                watching.add(orphan_key(pod));
            }
            return;
        };
        if is_external(job) {
            return;
        }
        if is_finished(job) && is_tracked(pod) && !gone {
            return watching.add(orphan_key(pod));
        }
        let key = job.key();
        match delta {
            Delta::Added(pod) if !pod.is_terminating() => self.expectations.creation_observed(&key),
            _ if gone || pod.is_terminating() => {
                self.expectations.deletion_observed(&key, pod.uid());
            }
            _ => {}
        }
        watching.add_after(key, BATCH_PERIOD);
    }
}

impl Reconciler for JobController {
    const NAME: &'static str = "job-controller";
    const SERVICE_ACCOUNT: &'static str = "job-controller";
    const WATCHES: &'static [Kind] = &[Kind::Jobs, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::Jobs {
            self.job_changed(delta, watching);
        } else {
            self.pod_changed(delta, watching);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        if let Some(pod) = key.strip_prefix("orphan/") {
            return release_orphan(pod, work).map(|()| Action::AwaitChange);
        }
        match work.stores[Kind::Jobs].get(key).cloned() {
            Some(job) => self.sync(key, job, work),
            None => {
                self.expectations.delete(key);
                Ok(Action::AwaitChange)
            }
        }
    }
}
