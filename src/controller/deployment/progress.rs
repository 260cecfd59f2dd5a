//! The status of a Deployment and how its rollout gets on (upstream's `progress.go`).

use super::super::runner::{Action, Error, Outcome};
use super::{Rollout, Sets, util};
use crate::apimachinery::{Timestamp, Value};
use std::time::Duration;

const AVAILABLE: &str = "NewReplicaSetAvailable";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";

impl Rollout<'_, '_, '_> {
    /// The status that follows from the ReplicaSets.
    pub(super) fn calculate_status(&self, sets: &Sets) -> Value {
        let all = sets.all();
        let available = util::status_count(&all, "availableReplicas");
        let updated = sets
            .new
            .as_ref()
            .map_or(0, |rs| util::int(rs, &["status", "replicas"]));
        let mut status = Value::object();
        for (field, n) in [
            ("observedGeneration", self.d.generation()),
            ("replicas", util::status_count(&all, "replicas")),
            ("updatedReplicas", updated),
            ("readyReplicas", util::status_count(&all, "readyReplicas")),
            ("availableReplicas", available),
            (
                "unavailableReplicas",
                (util::replica_count(&all) - available).max(0),
            ),
        ] {
            if n > 0 {
                status.set(field, n);
            }
        }
        if all
            .iter()
            .all(|rs| rs.get("status").has("terminatingReplicas"))
        {
            status.set(
                "terminatingReplicas",
                util::status_count(&all, "terminatingReplicas"),
            );
        }
        for field in ["collisionCount", "conditions"] {
            let old = self.d.at(&["status", field]);
            if !old.is_null() {
                status.set(field, old);
            }
        }
        let enough = available >= util::replicas(&self.d) - util::max_unavailable(&self.d);
        let (value, reason, message) = if enough {
            (
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
            )
        } else {
            (
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            )
        };
        let now = self.work.cx.now.to_rfc3339();
        util::set_condition(
            &mut status,
            util::new_condition("Available", value, reason, message, &now),
        );
        status
    }

    /// Whether every wanted pod is of the present template and available.
    pub(super) fn is_complete(&self, status: &Value) -> bool {
        let wanted = util::replicas(&self.d);
        ["updatedReplicas", "replicas", "availableReplicas"]
            .iter()
            .all(|field| util::int(status, &[field]) == wanted)
            && util::int(status, &["observedGeneration"]) >= self.d.generation()
    }

    fn is_progressing(&self, new: &Value) -> bool {
        let old = self.d.get("status");
        let n = |status: &Value, field: &str| util::int(status, &[field]);
        let outdated = |status: &Value| n(status, "replicas") - n(status, "updatedReplicas");
        outdated(new) < outdated(old)
            || ["updatedReplicas", "readyReplicas", "availableReplicas"]
                .iter()
                .any(|field| n(new, field) > n(old, field))
    }

    fn has_timed_out(&self, status: &Value) -> bool {
        let Some(deadline) = util::progress_deadline(&self.d) else {
            return false;
        };
        let Some(condition) = util::condition(status, "Progressing") else {
            return false;
        };
        match condition.get("reason").str() {
            AVAILABLE => false,
            TIMED_OUT => true,
            _ => last_update(condition) + seconds(deadline) < self.work.cx.now,
        }
    }

    /// Writes the status with what is to be said of the rollout's progress.
    pub(super) fn sync_rollout_status(&mut self, sets: &Sets) -> Outcome {
        let mut status = self.calculate_status(sets);
        if util::progress_deadline(&self.d).is_none() {
            util::remove_condition(&mut status, "Progressing");
        } else {
            self.judge_progress(&mut status, sets.new.as_ref());
        }
        match replica_failure(sets) {
            Some(condition) => util::set_condition(&mut status, condition),
            None => util::remove_condition(&mut status, "ReplicaFailure"),
        }
        if &status == self.d.get("status") {
            return Ok(self.requeue_stuck(&status));
        }
        self.d.set("status", status);
        self.update_status()?;
        Ok(Action::AwaitChange)
    }

    fn judge_progress(&self, status: &mut Value, new: Option<&Value>) {
        let current = util::condition(self.d.get("status"), "Progressing").cloned();
        let settled = util::int(status, &["replicas"]) == util::int(status, &["updatedReplicas"])
            && current
                .as_ref()
                .is_some_and(|c| c.get("reason") == &AVAILABLE);
        if settled {
            return;
        }
        let what = match new {
            Some(rs) => format!("ReplicaSet \"{}\"", rs.name()),
            None => format!("Deployment \"{}\"", self.d.name()),
        };
        let now = self.work.cx.now.to_rfc3339();
        let condition = |value: &str, reason: &str, how: &str| {
            util::new_condition("Progressing", value, reason, &format!("{what} {how}"), &now)
        };
        if self.is_complete(status) {
            let c = condition("True", AVAILABLE, "has successfully progressed.");
            util::set_condition(status, c);
        } else if self.is_progressing(status) {
            let mut c = condition("True", "ReplicaSetUpdated", "is progressing.");
            if let Some(old) = current {
                if old.get("status") == &"True" {
                    c.set("lastTransitionTime", old.get("lastTransitionTime"));
                }
                util::remove_condition(status, "Progressing");
            }
            util::set_condition(status, c);
        } else if self.has_timed_out(status) {
            let c = condition("False", TIMED_OUT, "has timed out progressing.");
            util::set_condition(status, c);
        }
    }

    /// A rollout that is stuck changes nothing: look again when its deadline has passed.
    fn requeue_stuck(&self, status: &Value) -> Action {
        let (Some(deadline), Some(condition)) = (
            util::progress_deadline(&self.d),
            util::condition(status, "Progressing"),
        ) else {
            return Action::AwaitChange;
        };
        let reason = condition.get("reason").str();
        if self.is_complete(status) || reason == TIMED_OUT || reason == AVAILABLE {
            return Action::AwaitChange;
        }
        let due = last_update(condition) + seconds(deadline);
        Action::RequeueAfter(due.since(self.work.cx.now) + Duration::from_secs(1))
    }

    /// Notes that the Deployment was paused or resumed, so that its deadline does not run meanwhile.
    pub(super) fn check_paused_conditions(&mut self) -> Result<(), Error> {
        if util::progress_deadline(&self.d).is_none() {
            return Ok(());
        }
        let condition = util::condition(self.d.get("status"), "Progressing");
        let reason = condition.map_or("", |c| c.get("reason").str());
        let noted = reason == "DeploymentPaused";
        if reason == TIMED_OUT || noted == util::is_paused(&self.d) {
            return Ok(());
        }
        if noted {
            self.set_progressing("Unknown", "DeploymentResumed", "Deployment is resumed");
        } else {
            self.set_progressing("Unknown", "DeploymentPaused", "Deployment is paused");
        }
        self.update_status()
    }
}

fn last_update(condition: &Value) -> Timestamp {
    Timestamp::parse(condition.get("lastUpdateTime").str()).unwrap_or_default()
}

fn seconds(n: i64) -> Duration {
    Duration::from_secs(n.unsigned_abs())
}

/// Why pods could not be made: what the new ReplicaSet says, or else any other.
fn replica_failure(sets: &Sets) -> Option<Value> {
    let failure = sets
        .new
        .iter()
        .chain(&sets.old)
        .find_map(|rs| util::condition(rs.get("status"), "ReplicaFailure"))?;
    let mut condition = failure.clone();
    let since = failure.get("lastTransitionTime").clone();
    condition.set("lastUpdateTime", since);
    Some(condition)
}
