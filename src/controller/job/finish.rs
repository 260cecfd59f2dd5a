//! Whether a job has come to its end, and what is said of it.

use super::super::pod_control;
use super::super::runner::{Error, Work};
use super::{Context, JobController, indexes, is_failed, is_suspended, phase, policies};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

/// How a job ends: the condition that is to come next.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// `FailureTarget` or `SuccessCriteriaMet` while pods are left, then `Failed` or `Complete`.
    pub kind: &'static str,
    /// The condition's reason.
    pub reason: String,
    /// The condition's message.
    pub message: String,
}

impl End {
    fn new(kind: &'static str, reason: &str, message: &str) -> Self {
        Self {
            kind,
            reason: reason.to_owned(),
            message: message.to_owned(),
        }
    }

    fn failure(reason: &str, message: &str) -> Self {
        Self::new("FailureTarget", reason, message)
    }

    /// Enough pods succeeded.
    pub fn success() -> Self {
        Self::new(
            "SuccessCriteriaMet",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        )
    }

    /// Whether it is a success.
    pub fn is_success(&self) -> bool {
        matches!(self.kind, "SuccessCriteriaMet" | "Complete")
    }
}

/// How the job ends, where the status, its pods or the clock say so; when its deadline comes otherwise.
pub fn judge(cx: &mut Context) {
    cx.end = stored(&cx.status)
        .or_else(|| failed_by_policy(cx))
        .or_else(|| limit_exceeded(cx))
        .or_else(|| deadline_exceeded(cx))
        .or_else(|| failed_by_indexes(cx))
        .or_else(|| {
            let message = policies::met_success(&cx.job, &cx.succeeded_indexes)?;
            Some(End::new("SuccessCriteriaMet", "SuccessPolicy", &message))
        });
    if cx.end.is_none()
        && let Some(at) = deadline(cx)
    {
        cx.look_at(at);
    }
}

/// An end that an earlier sync began.
fn stored(status: &Value) -> Option<End> {
    [
        ("SuccessCriteriaMet", "SuccessCriteriaMet"),
        ("FailureTarget", "Failed"),
    ]
    .into_iter()
    .find_map(|(kind, next)| {
        let mut all = status.get("conditions").items().iter();
        let c = all.find(|c| c.get("type") == &kind && c.get("status") == &"True")?;
        Some(End::new(
            next,
            c.get("reason").str(),
            c.get("message").str(),
        ))
    })
}

fn failed_by_policy(cx: &Context) -> Option<End> {
    let policy = cx.spec("podFailurePolicy");
    if policy.is_null() {
        return None;
    }
    let failed = cx.pods.iter().filter(|p| is_failed(p, &cx.job));
    let message = failed
        .into_iter()
        .find_map(|p| policies::of_failure(policy, p).fail_job)?;
    Some(End::failure("PodFailurePolicy", &message))
}

fn limit_exceeded(cx: &Context) -> Option<End> {
    let limit = cx.spec("backoffLimit").as_i64().unwrap_or(6);
    (cx.failed > limit || restarts_exceed(cx, limit)).then(|| {
        let message = "Job has reached the specified backoff limit";
        End::failure("BackoffLimitExceeded", message)
    })
}

/// Under `restartPolicy: OnFailure` restarts of containers count as failures.
fn restarts_exceed(cx: &Context, limit: i64) -> bool {
    if cx.job.at(&["spec", "template", "spec", "restartPolicy"]) != &"OnFailure" {
        return false;
    }
    let mut restarts: i64 = 0;
    for pod in &cx.pods {
        if !matches!(phase(pod), "Running" | "Pending") {
            continue;
        }
        for field in ["initContainerStatuses", "containerStatuses"] {
            for status in pod.at(&["status", field]).items() {
                restarts += status.get("restartCount").as_i64().unwrap_or(0);
            }
        }
    }
    restarts >= limit.max(1)
}

fn deadline_exceeded(cx: &Context) -> Option<End> {
    let message = "Job was active longer than specified deadline";
    (deadline(cx)? <= cx.now).then(|| End::failure("DeadlineExceeded", message))
}

/// When the job has been active for too long.
fn deadline(cx: &Context) -> Option<Timestamp> {
    let seconds = cx.spec("activeDeadlineSeconds").as_i64()?;
    let start = Timestamp::parse(cx.status.get("startTime").str())?;
    (!is_suspended(&cx.job)).then(|| start + Duration::from_secs(seconds.unsigned_abs()))
}

fn failed_by_indexes(cx: &Context) -> Option<End> {
    let failed = cx.failed_indexes.as_ref()?.len();
    let completions = cx.spec("completions").as_i64().unwrap_or(0);
    if cx
        .spec("maxFailedIndexes")
        .as_i64()
        .is_some_and(|n| failed > n)
    {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return Some(End::failure("MaxFailedIndexesExceeded", message));
    }
    let all = failed > 0 && failed + cx.succeeded >= completions;
    all.then(|| End::failure("FailedIndexes", "Job has failed indexes"))
}

/// Whether enough pods succeeded. Without a number of completions the first success ends the job once no pod is left.
pub fn is_complete(cx: &Context, active: i64) -> bool {
    let enough = match cx.spec("completions").as_i64() {
        Some(wanted) => cx.succeeded >= wanted,
        None => cx.succeeded > 0,
    };
    enough && active == 0
}

/// Sets a condition of a job; one that is not there is not made to be false.
pub fn set_condition(
    status: &mut Value,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
    now: Timestamp,
) {
    let condition = tree!({
        "type": kind, "status": value, "reason": reason, "message": message,
        "lastProbeTime": now.to_rfc3339(), "lastTransitionTime": now.to_rfc3339(),
    });
    let list = status.entry("conditions").items_mut();
    let same = |old: &Value| {
        ["status", "reason", "message"]
            .iter()
            .all(|f| old.get(f) == condition.get(f))
    };
    match list.iter_mut().find(|c| c.get("type").str() == kind) {
        Some(old) if same(old) => {}
        Some(old) => *old = condition,
        None => list.push(condition),
    }
}

impl JobController {
    /// Deletes what still runs, with its finalizers, so that it is counted. How many were deleted, with the first error
    /// where not all were.
    pub(super) fn delete_active(
        &mut self,
        cx: &mut Context,
        work: &mut Work<'_, '_>,
    ) -> Result<(), (i64, Error)> {
        let mut deleted = 0;
        let mut first = None;
        for pod in &cx.active {
            let (namespace, name) = (pod.namespace(), pod.name());
            match pod_control::delete_pod(work, &mut self.recorder, &cx.job, namespace, name) {
                Err(e) if !e.is_not_found() => first = first.or(Some(e)),
                _ => deleted += 1,
            }
        }
        cx.terminating += deleted;
        cx.ready = 0;
        first.map_or(Ok(()), |e| Err((deleted, e.into())))
    }

    /// Says that the job ended, once every pod is counted and none is left. Whether it did.
    pub(super) fn finish(&mut self, cx: &mut Context) -> bool {
        let Some(end) = &cx.end else {
            return false;
        };
        let uncounted = cx.uncounted("succeeded").len() + cx.uncounted("failed").len();
        if uncounted > 0 || cx.terminating > 0 {
            return false;
        }
        let (kind, reason, message) = (end.kind, &end.reason, &end.message);
        set_condition(&mut cx.status, kind, "True", reason, message, cx.now);
        if kind == "Complete" {
            cx.status.set("completionTime", cx.now);
        }
        true
    }

    /// Records the events of a job's end.
    pub(super) fn record_end(&mut self, cx: &Context, work: &mut Work<'_, '_>) {
        let Some(end) = &cx.end else {
            return;
        };
        let job = &cx.job;
        if !end.is_success() {
            return self
                .recorder
                .event(work.cx, job, "Warning", &end.reason, &end.message);
        }
        let completions = cx.spec("completions").as_i64();
        if completions.is_some_and(|n| cx.count("succeeded") > n) && !indexes::is_indexed(job) {
            let text = "Too many succeeded pods running after completion count reached";
            self.recorder
                .event(work.cx, job, "Warning", "TooManySucceededPods", text);
        }
        self.recorder
            .event(work.cx, job, "Normal", "Completed", "Job completed");
    }
}
