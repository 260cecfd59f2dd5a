//! Counts pods that came to an end, and lets go of them (`trackJobStatusAndRemoveFinalizers`).

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::{Context, JobController, TRACKING, indexes, is_failed, phase, policies, set_or_remove};
use crate::apimachinery::Value;
use crate::client::{ApiError, PatchType};
use crate::tree;

/// How many pods are counted at once.
const MAX_UNCOUNTED: usize = 500;

/// Takes the finalizer off a pod; one that is gone, or whose name another pod has now, needs nothing.
pub fn release(pod: &Value, work: &mut Work<'_, '_>) -> Result<(), ApiError> {
    let patch =
        tree!({"metadata": {"uid": pod.uid(), "$deleteFromPrimitiveList/finalizers": [TRACKING]}});
    let (def, namespace, name) = (Kind::Pods.def(), pod.namespace(), pod.name());
    match work
        .cx
        .patch(def, namespace, name, "", PatchType::Strategic, patch)
    {
        Err(e) if !e.is_not_found() && e.reason() != "Invalid" => Err(e),
        _ => Ok(()),
    }
}

/// Moves the pods that were let go from the list of the uncounted into the counters.
fn settle(cx: &mut Context) {
    for field in ["succeeded", "failed"] {
        let list = cx.uncounted(field);
        let left: Vec<Value> = list
            .iter()
            .filter(|u| cx.tracked.contains(u.str()))
            .cloned()
            .collect();
        let counted = (list.len() - left.len()) as i64;
        if counted == 0 {
            continue;
        }
        let total = cx.count(field) + counted;
        set_or_remove(&mut cx.status, field, total);
        let path = ["uncountedTerminatedPods", field];
        if left.is_empty() {
            cx.status.remove_at(&path);
        } else {
            cx.status.set_at(&path, left);
        }
    }
}

impl JobController {
    /// Counts pods that ended: first their UIDs are stored, then their finalizers taken off, then the counters raised.
    pub(super) fn track(
        &mut self,
        key: &str,
        cx: &mut Context,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        settle(cx);
        let (ended, all) = collect(cx);
        if indexes::is_indexed(&cx.job) {
            note_indexes(cx);
        }
        note_interim(cx);
        self.store(cx, work)?;
        self.backoffs.keep(key, cx.record);
        let mut failure = None;
        for pod in &ended {
            match release(pod, work) {
                Ok(()) => {
                    self.released.insert(pod.uid().to_owned());
                    cx.tracked.remove(pod.uid());
                }
                Err(e) => failure = failure.or(Some(e)),
            }
        }
        settle(cx);
        if let Some(e) = failure {
            self.store(cx, work)?;
            return Err(e.into());
        }
        let finished = all && self.finish(cx);
        self.store(cx, work)?;
        if finished {
            self.record_end(cx, work);
        }
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
}

/// Puts the pods that ended into the list of the uncounted. The pods to let go, and whether they are all.
fn collect(cx: &mut Context) -> (Vec<Value>, bool) {
    let mut ended = Vec::new();
    let indexed = indexes::is_indexed(&cx.job);
    let policy = cx.spec("podFailurePolicy").clone();
    // When the job has failed, every pod that did not succeed has failed with it.
    let fails_all = cx.end.as_ref().is_some_and(|e| !e.is_success());
    let pods = std::mem::take(&mut cx.pods);
    let mut all = true;
    let mut news = 0;
    for pod in pods.iter().filter(|p| cx.tracked.contains(p.uid())) {
        if !may_release(cx, pod) {
            continue;
        }
        ended.push(pod.clone());
        let known = |field: &str| cx.uncounted(field).iter().any(|u| u == pod.uid());
        let field = if phase(pod) == "Succeeded" && !known("failed") {
            // The index says enough of a pod that succeeded.
            (!indexed && !known("succeeded")).then_some("succeeded")
        } else if fails_all || is_failed(pod, &cx.job) {
            let counts = policies::of_failure(&policy, pod).counts;
            (counts && !known("failed") && cx.has_valid_index(pod)).then_some("failed")
        } else {
            None
        };
        if let Some(field) = field {
            let list = cx.status.entry("uncountedTerminatedPods").entry(field);
            list.push(pod.uid());
        }
        news += 1;
        if news >= MAX_UNCOUNTED {
            all = false;
            break;
        }
    }
    cx.pods = pods;
    (ended, all)
}

/// Whether a pod can be let go (`canRemoveFinalizer`).
fn may_release(cx: &Context, pod: &Value) -> bool {
    if cx.job.is_terminating() || cx.end.is_some() || phase(pod) == "Succeeded" {
        return true;
    }
    let waits = cx.delayed.iter().any(|(_, p)| p.uid() == pod.uid());
    is_failed(pod, &cx.job) && !waits
}

fn note_indexes(cx: &mut Context) {
    let done = &cx.succeeded_indexes;
    let text = done.to_string();
    set_or_remove(&mut cx.status, "succeeded", done.len());
    if text.is_empty() {
        cx.status.remove("completedIndexes");
    } else {
        cx.status.set("completedIndexes", text);
    }
    if let Some(failed) = &cx.failed_indexes {
        cx.status.set("failedIndexes", failed.to_string());
    }
}

/// Says that the job is about to end, before its pods are let go.
fn note_interim(cx: &mut Context) {
    let Some(end) = &mut cx.end else {
        return;
    };
    let last = match end.kind {
        "FailureTarget" => "Failed",
        "SuccessCriteriaMet" => "Complete",
        _ => return,
    };
    super::finish::set_condition(
        &mut cx.status,
        end.kind,
        "True",
        &end.reason,
        &end.message,
        cx.now,
    );
    end.kind = last;
}
