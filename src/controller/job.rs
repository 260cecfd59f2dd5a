//! Runs pods until enough of them succeeded (upstream's `pkg/controller/job`).
//!
//! Every pod carries a finalizer until its end is counted in the status, so that none is counted twice or not at all.

mod finish;
mod indexes;
mod pods;

use super::expectations::Expectations;
use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, orphans_of};
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Selector, Timestamp, Value};
use crate::client::{Delta, EventRecorder, PatchType};
use crate::tree;
use std::time::Duration;

/// Finalizer of pods whose end is not yet counted.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
const SYNC_PERIOD: Duration = Duration::from_secs(1);

/// The job controller.
#[derive(Clone)]
pub struct JobController {
    expectations: Expectations,
    recorder: EventRecorder,
}

impl Default for JobController {
    fn default() -> Self {
        Self {
            expectations: Expectations::default(),
            recorder: EventRecorder::new("job-controller", ""),
        }
    }
}

/// A job with its pods, in the middle of a sync.
struct Context {
    job: Value,
    pods: Vec<Value>,
    status: Value,
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

fn phase(pod: &Value) -> &str {
    pod.at(&["status", "phase"]).str()
}

fn is_active(pod: &Value) -> bool {
    !matches!(phase(pod), "Succeeded" | "Failed") && !pod.is_terminating()
}

fn is_tracked(pod: &Value) -> bool {
    pod.finalizers().any(|f| f == TRACKING)
}

impl Context {
    fn count(&self, field: &str) -> i64 {
        self.status.get(field).as_i64().unwrap_or(0)
    }
    fn active(&self) -> Vec<Value> {
        self.pods.iter().filter(|p| is_active(p)).cloned().collect()
    }
}

impl JobController {
    fn sync(&mut self, key: &str, job: Value, work: &mut Work<'_, '_>) -> Outcome {
        if is_finished(&job) {
            return Ok(Action::AwaitChange);
        }
        let satisfied = self.expectations.satisfied(key, work.cx.now);
        let pods = claim_pods(&job, work)?;
        work.looked_at(pods.len());
        let status = job.get("status").clone();
        let mut cx = Context { job, pods, status };
        self.count_live(&mut cx, work.cx.now);
        self.track_finished(&mut cx, work)?;
        let verdict = finish::judge(&cx, work.cx.now);
        let mut failure = None;
        if let Some(verdict) = &verdict {
            self.wind_down(key, &mut cx, verdict, work)?;
        } else if satisfied && !cx.job.is_terminating() {
            failure = self.manage(key, &mut cx, work).err();
            self.note_suspension(&mut cx, work);
        }
        self.store(&mut cx, work)?;
        if let Some(e) = failure {
            return Err(e);
        }
        Ok(pods::next_look(&cx, work.cx.now))
    }

    /// Counts pods that have not come to an end.
    fn count_live(&self, cx: &mut Context, now: Timestamp) {
        if cx.status.get("startTime").is_null() && !is_suspended(&cx.job) {
            cx.status.set("startTime", now);
        }
        let active = cx.active();
        let ready = active.iter().filter(|p| is_pod_ready(Pod::of(p))).count();
        let going = cx
            .pods
            .iter()
            .filter(|p| p.is_terminating() && !matches!(phase(p), "Succeeded" | "Failed"));
        let terminating = going.count();
        set_or_remove(&mut cx.status, "active", active.len() as i64);
        cx.status.set("ready", ready);
        cx.status.set("terminating", terminating);
        if cx.status.get("uncountedTerminatedPods").is_null() {
            cx.status.set("uncountedTerminatedPods", Value::object());
        }
    }

    /// Counts pods that came to an end and lets go of them.
    fn track_finished(&mut self, cx: &mut Context, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let ended: Vec<Value> = cx
            .pods
            .iter()
            .filter(|p| is_tracked(p) && (!is_active(p) || cx.job.is_terminating()))
            .cloned()
            .collect();
        let mut uncounted = cx.status.get("uncountedTerminatedPods").clone();
        let known = |list: &Value, uid: &str| list.items().iter().any(|u| u == uid);
        let mut news = false;
        for pod in ended.iter().filter(|p| !is_active(p)) {
            let field = if phase(pod) == "Succeeded" {
                "succeeded"
            } else {
                "failed"
            };
            let seen = ["succeeded", "failed"]
                .iter()
                .any(|f| known(uncounted.get(f), pod.uid()));
            if !seen {
                uncounted.entry(field).push(pod.uid());
                news = true;
            }
        }
        if news {
            cx.status.set("uncountedTerminatedPods", uncounted.clone());
            self.store(cx, work)?;
        }
        for pod in &ended {
            let patch = tree!({"metadata": {"uid": pod.uid(), "$deleteFromPrimitiveList/finalizers": [TRACKING]}});
            let def = Kind::Pods.def();
            match work.cx.patch(
                def,
                pod.namespace(),
                pod.name(),
                "",
                PatchType::Strategic,
                patch,
            ) {
                Err(e) if !e.is_not_found() && e.reason() != "Invalid" => return Err(e.into()),
                _ => {}
            }
        }
        for field in ["succeeded", "failed"] {
            let n = uncounted.get(field).items().len() as i64;
            let total = cx.count(field) + n;
            set_or_remove(&mut cx.status, field, total);
        }
        indexes::note(cx, &uncounted);
        cx.status.set("uncountedTerminatedPods", Value::object());
        Ok(())
    }

    fn store(&mut self, cx: &mut Context, work: &mut Work<'_, '_>) -> Result<(), Error> {
        if cx.job.get("status") == &cx.status {
            return Ok(());
        }
        let mut job = cx.job.clone();
        job.set("status", cx.status.clone());
        cx.job = work.cx.update_status(Kind::Jobs.def(), job)?;
        cx.status = cx.job.get("status").clone();
        Ok(())
    }

    /// Says in a condition and an event that the job was suspended or resumed.
    fn note_suspension(&mut self, cx: &mut Context, work: &mut Work<'_, '_>) {
        let (was, is) = (
            has_condition(&cx.status, "Suspended"),
            is_suspended(&cx.job),
        );
        if was == is {
            return;
        }
        let (status, reason, text) = if is {
            ("True", "JobSuspended", "Job suspended")
        } else {
            ("False", "JobResumed", "Job resumed")
        };
        finish::set_condition(
            &mut cx.status,
            "Suspended",
            status,
            reason,
            text,
            work.cx.now,
        );
        if is {
            cx.status.remove("startTime");
        } else {
            cx.status.set("startTime", work.cx.now);
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

/// Takes the finalizer off a pod whose job is gone, so that it can be deleted.
fn release_orphan(key: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let Some(pod) = work.stores[Kind::Pods].get(key).cloned() else {
        return Ok(());
    };
    let owned = pod.controller_of().is_some_and(|r| {
        work.stores
            .resolve(Kind::Jobs, pod.namespace(), r)
            .is_some()
    });
    if owned || !is_tracked(&pod) {
        return Ok(());
    }
    let patch =
        tree!({"metadata": {"uid": pod.uid(), "$deleteFromPrimitiveList/finalizers": [TRACKING]}});
    let (def, namespace, name) = (Kind::Pods.def(), pod.namespace(), pod.name());
    match work
        .cx
        .patch(def, namespace, name, "", PatchType::Strategic, patch)
    {
        Err(e) if !e.is_not_found() && e.reason() != "Invalid" => Err(e.into()),
        _ => Ok(()),
    }
}

impl Reconciler for JobController {
    const NAME: &'static str = "job-controller";
    const SERVICE_ACCOUNT: &'static str = "job-controller";
    const WATCHES: &'static [Kind] = &[Kind::Jobs, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::Jobs {
            let key = object.key();
            if matches!(delta, Delta::Deleted(_)) {
                self.expectations.delete(&key);
                let stores = watching.stores;
                for pod in stores[Kind::Pods].by_index("owner", object.uid()) {
                    watching.add(format!("orphan/{}", pod.key()));
                }
            }
            return watching.add(key);
        }
        let Some(reference) = object.controller_of().filter(|r| r.kind() == "Job") else {
            if is_tracked(object) && !matches!(delta, Delta::Deleted(_)) {
                watching.add(format!("orphan/{}", object.key()));
            }
            return;
        };
        let Some(job) = watching
            .stores
            .resolve(Kind::Jobs, object.namespace(), reference)
        else {
            if is_tracked(object) && !matches!(delta, Delta::Deleted(_)) {
                watching.add(format!("orphan/{}", object.key()));
            }
            return;
        };
        let key = job.key();
        match delta {
            Delta::Added(pod) if !pod.is_terminating() => self.expectations.creation_observed(&key),
            _ if object.is_terminating() || matches!(delta, Delta::Deleted(_)) => {
                self.expectations.deletion_observed(&key, object.uid())
            }
            _ => {}
        }
        let immediate = !matches!(delta, Delta::Updated(..)) || !is_active(object);
        if immediate {
            watching.add(key);
        } else {
            // Changes of running pods are taken together, as upstream batches them.
            watching.add_after(key, SYNC_PERIOD);
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
