//! Whether a job has come to its end, and what is said of it.

use super::super::pod_control;
use super::super::runner::{Error, Work};
use super::{Context, JobController, indexes, phase};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

/// How a job ends.
pub struct Verdict {
    pub failed: bool,
    pub reason: &'static str,
    pub message: String,
}

/// How the job ends, where it does (`finishedCondition` and the checks before it).
pub fn judge(cx: &Context, now: Timestamp) -> Option<Verdict> {
    let spec = cx.job.get("spec");
    let fail = |reason, message: &str| {
        Some(Verdict {
            failed: true,
            reason,
            message: message.to_owned(),
        })
    };
    for (kind, failed) in [("FailureTarget", true), ("SuccessCriteriaMet", false)] {
        let found = cx
            .status
            .get("conditions")
            .items()
            .iter()
            .find(|c| c.get("type") == &kind);
        if let Some(c) = found {
            return Some(Verdict {
                failed,
                reason: known_reason(c.get("reason").str()),
                message: c.get("message").str().to_owned(),
            });
        }
    }
    let limit = spec.get("backoffLimit").as_i64().unwrap_or(6);
    if cx.count("failed") > limit || restarts_exceed(cx, limit) {
        return fail(
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        );
    }
    if deadline(&cx.job, &cx.status).is_some_and(|at| at <= now) {
        return fail(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        );
    }
    let succeeded = cx.count("succeeded");
    let complete = match spec.get("completions").as_i64() {
        Some(wanted) if indexes::is_indexed(&cx.job) => {
            indexes::completed(&cx.status).len() as i64 >= wanted
        }
        Some(wanted) => succeeded >= wanted,
        // Without a number of completions the first success ends the job once no pod is left.
        None => succeeded > 0 && cx.active().is_empty(),
    };
    complete.then(|| Verdict {
        failed: false,
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods".to_owned(),
    })
}

fn known_reason(reason: &str) -> &'static str {
    match reason {
        "BackoffLimitExceeded" => "BackoffLimitExceeded",
        "DeadlineExceeded" => "DeadlineExceeded",
        _ => "CompletionsReached",
    }
}

/// Under `restartPolicy: OnFailure` restarts of containers count as failures.
fn restarts_exceed(cx: &Context, limit: i64) -> bool {
    if cx.job.at(&["spec", "template", "spec", "restartPolicy"]) != &"OnFailure" {
        return false;
    }
    let restarts: i64 = cx
        .pods
        .iter()
        .filter(|p| matches!(phase(p), "Running" | "Pending"))
        .flat_map(|p| {
            let of = |field: &str| p.at(&["status", field]).items().iter();
            of("initContainerStatuses").chain(of("containerStatuses"))
        })
        .map(|c| c.get("restartCount").as_i64().unwrap_or(0))
        .sum();
    if limit == 0 {
        restarts > 0
    } else {
        restarts >= limit
    }
}

/// When the job has been active for too long.
pub fn deadline(job: &Value, status: &Value) -> Option<Timestamp> {
    let seconds = job.at(&["spec", "activeDeadlineSeconds"]).as_i64()?;
    let start = Timestamp::parse(status.get("startTime").str())?;
    let suspended = job.at(&["spec", "suspend"]).as_bool() == Some(true);
    (!suspended).then(|| start + Duration::from_secs(seconds.unsigned_abs()))
}

/// Sets a condition of a job.
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
    match list.iter_mut().find(|c| c.get("type").str() == kind) {
        Some(old) if old.get("status") == &value => {}
        Some(old) => *old = condition,
        None => list.push(condition),
    }
}

impl JobController {
    /// Deletes what still runs, and says that the job ended once nothing does.
    pub(super) fn wind_down(
        &mut self,
        key: &str,
        cx: &mut Context,
        verdict: &Verdict,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let (interim, last) = if verdict.failed {
            ("FailureTarget", "Failed")
        } else {
            ("SuccessCriteriaMet", "Complete")
        };
        let now = work.cx.now;
        let (reason, message) = (verdict.reason, verdict.message.as_str());
        set_condition(&mut cx.status, interim, "True", reason, message, now);
        let active = cx.active();
        let uids = active.iter().map(|p| p.uid().to_owned());
        if !active.is_empty() {
            self.expectations.expect_deletions(key, uids, now);
        }
        for pod in &active {
            let (namespace, name) = (pod.namespace(), pod.name());
            if let Err(e) =
                pod_control::delete_pod(work, &mut self.recorder, &cx.job, namespace, name)
            {
                self.expectations.deletion_observed(key, pod.uid());
                if !e.is_not_found() {
                    return Err(e.into());
                }
            }
        }
        let going = cx.count("terminating");
        cx.status.remove("active");
        cx.status.set("ready", 0);
        cx.status.set("terminating", going + active.len() as i64);
        if cx.count("terminating") > 0 {
            return Ok(());
        }
        set_condition(&mut cx.status, last, "True", reason, message, now);
        if !verdict.failed {
            cx.status.set("completionTime", now);
        }
        self.store(cx, work)?;
        if verdict.failed {
            self.recorder
                .event(work.cx, &cx.job, "Warning", reason, message);
        } else {
            self.recorder
                .event(work.cx, &cx.job, "Normal", "Completed", "Job completed");
        }
        Ok(())
    }
}
