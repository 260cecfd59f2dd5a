//! The steps of a stateful set: make what is missing in order, take away what is too much in reverse, then update
//! (upstream's `stateful_set_control.go`).

use super::super::runner::{Error, Work};
use super::revisions::{self, Revisions};
use super::status::{self, Status};
use super::{identity, pods};
use crate::apimachinery::Value;
use crate::client::EventRecorder;
use crate::collections::Arrange;

struct Control<'r, 'a, 'b> {
    set: &'r Value,
    revisions: &'r Revisions,
    recorder: &'r mut EventRecorder,
    work: &'r mut Work<'a, 'b>,
    monotonic: bool,
    /// The name of the unhealthy pod of the lowest ordinal.
    first_unhealthy: String,
}

/// What a step says of the steps after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoOn,
    Wait,
}

/// Does the next steps and gives back the status that results, and the first failure.
pub fn update(
    set: &Value,
    revisions: &Revisions,
    pods: &[Value],
    recorder: &mut EventRecorder,
    work: &mut Work<'_, '_>,
) -> (Status, Result<(), Error>) {
    let mut status = status::count(set, revisions, pods, work.cx.now);
    if set.is_terminating() {
        return (status, Ok(()));
    }
    let (replicas, condemned) = sort_out(set, revisions, pods);
    let first_unhealthy = replicas
        .iter()
        .chain(condemned.iter().rev())
        .filter(|p| !status::is_healthy(p))
        .min_by_key(|p| identity::ordinal(p))
        .map_or(String::new(), |p| p.name().to_owned());
    let mut control = Control {
        set,
        revisions,
        recorder,
        work,
        monotonic: !identity::allows_burst(set),
        first_unhealthy,
    };
    let result = control.run(&replicas, &condemned, &mut status);
    (status, result.map(|_| ()))
}

/// The pods that should be, by ordinal, planned ones among them; and those that should not, the highest ordinal first.
fn sort_out(set: &Value, revisions: &Revisions, pods: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let (start, count) = (identity::start(set), identity::replicas(set));
    let wanted = start..start + count;
    let replicas = wanted
        .clone()
        .map(|ordinal| {
            let there = pods.iter().find(|p| identity::ordinal(p) == ordinal);
            there
                .cloned()
                .unwrap_or_else(|| planned(set, revisions, ordinal))
        })
        .collect();
    let mut condemned: Vec<Value> = pods
        .iter()
        .filter(|p| identity::ordinal(p) >= 0 && !wanted.contains(&identity::ordinal(p)))
        .cloned()
        .collect();
    condemned.arrange_by_key(|p| std::cmp::Reverse(identity::ordinal(p)));
    (replicas, condemned)
}

/// A pod to be made: of the current revision below the partition, of the new one above.
fn planned(set: &Value, revisions: &Revisions, ordinal: i64) -> Value {
    let strategy = set.at(&["spec", "updateStrategy"]);
    let boundary = match strategy.get("rollingUpdate") {
        Value::Null => set.at(&["status", "currentReplicas"]).as_i64().unwrap_or(0),
        rolling => rolling.get("partition").as_i64().unwrap_or(0),
    };
    let is_current =
        strategy.get("type") == &"RollingUpdate" && ordinal < identity::start(set) + boundary;
    let revision = if is_current {
        &revisions.current
    } else {
        &revisions.update
    };
    identity::new_pod(&revisions::apply(set, revision), ordinal, revision.name())
}

impl Control<'_, '_, '_> {
    fn run(
        &mut self,
        replicas: &[Value],
        condemned: &[Value],
        status: &mut Status,
    ) -> Result<Then, Error> {
        for pod in condemned {
            pods::keep_or_let_go(self.set, pod, true, self.work)?;
        }
        if self.for_all(replicas, Self::process_replica)? == Then::Wait
            || self.for_all(condemned, Self::process_condemned)? == Then::Wait
        {
            return Ok(Then::Wait);
        }
        if self.set.at(&["spec", "updateStrategy", "type"]) == &"OnDelete" {
            return Ok(Then::GoOn);
        }
        self.rolling_update(replicas, status)
    }

    /// In order and stopping at the first that has to be waited for; or, where bursts are allowed, all of them.
    fn for_all(
        &mut self,
        pods: &[Value],
        step: fn(&mut Self, &Value) -> Result<Then, Error>,
    ) -> Result<Then, Error> {
        let (mut then, mut error) = (Then::GoOn, None);
        for pod in pods {
            match step(self, pod) {
                Ok(Then::GoOn) => continue,
                Ok(Then::Wait) => then = Then::Wait,
                Err(e) => error = error.or(Some(e)),
            }
            if self.monotonic {
                break;
            }
        }
        error.map_or(Ok(then), Err)
    }

    fn wait_if_monotonic(&self) -> Then {
        if self.monotonic {
            Then::Wait
        } else {
            Then::GoOn
        }
    }

    fn process_replica(&mut self, pod: &Value) -> Result<Then, Error> {
        let phase = pod.at(&["status", "phase"]).str();
        if matches!(phase, "Failed" | "Succeeded") {
            if !pod.is_terminating() {
                self.recreate(pod, phase == "Failed")?;
            }
            return Ok(Then::Wait);
        }
        if !status::is_created(pod) {
            if pod.uid().is_empty() {
                pods::create(self.set, pod, self.recorder, self.work)?;
            }
            return Ok(self.wait_if_monotonic());
        }
        if phase == "Pending" {
            pods::create_claims(self.set, pod, self.recorder, self.work)?;
        }
        let (min_ready, now) = (identity::min_ready(self.set), self.work.cx.now);
        let waits = pod.is_terminating() || !status::is_running_and_available(pod, min_ready, now);
        if waits && self.monotonic {
            return Ok(Then::Wait);
        }
        if !identity::identity_matches(self.set, pod) || !identity::storage_matches(self.set, pod) {
            pods::update(self.set, pod, self.recorder, self.work)?;
        }
        pods::keep_or_let_go(self.set, pod, false, self.work)?;
        Ok(Then::GoOn)
    }

    fn recreate(&mut self, pod: &Value, failed: bool) -> Result<(), Error> {
        let (kind, reason, what) = if failed {
            ("Warning", "RecreatingFailedPod", "failed")
        } else {
            ("Normal", "RecreatingTerminatedPod", "terminated")
        };
        let text = format!(
            "StatefulSet {} is recreating {what} Pod {}",
            self.set.key(),
            pod.name()
        );
        self.recorder
            .event(self.work.cx, self.set, kind, reason, &text);
        pods::delete(self.set, pod, self.recorder, self.work)
    }

    fn process_condemned(&mut self, pod: &Value) -> Result<Then, Error> {
        if pod.is_terminating() {
            return Ok(self.wait_if_monotonic());
        }
        let (min_ready, now) = (identity::min_ready(self.set), self.work.cx.now);
        let serves = status::is_running_and_available(pod, min_ready, now);
        if !serves && self.monotonic && pod.name() != self.first_unhealthy {
            return Ok(Then::Wait);
        }
        pods::delete(self.set, pod, self.recorder, self.work)?;
        Ok(self.wait_if_monotonic())
    }

    /// Deletes pods of an old revision from the highest ordinal down to the partition, as many at a time as may be missing.
    fn rolling_update(&mut self, replicas: &[Value], status: &mut Status) -> Result<Then, Error> {
        let rolling = self.set.at(&["spec", "updateStrategy", "rollingUpdate"]);
        let partition =
            usize::try_from(rolling.get("partition").as_i64().unwrap_or(0)).unwrap_or(0);
        let allowed = match rolling.get("maxUnavailable") {
            Value::Null => 1,
            v => {
                let scaled =
                    crate::apimachinery::intstr::scaled_value(v, replicas.len() as i64, false);
                usize::try_from(scaled.unwrap_or(1)).unwrap_or(1).max(1)
            }
        };
        let mut unavailable = replicas
            .iter()
            .skip(partition)
            .filter(|p| !status::is_healthy(p))
            .count();
        for pod in replicas.iter().skip(partition).rev() {
            let is_old = identity::revision_of(pod) != self.revisions.update.name();
            let counted = !status::is_healthy(pod);
            if is_old && !pod.is_terminating() && (counted || unavailable < allowed) {
                pods::delete(self.set, pod, self.recorder, self.work)?;
                if identity::revision_of(pod) == self.revisions.current.name() {
                    status.current -= 1;
                }
                unavailable += usize::from(!counted);
            }
            if unavailable >= allowed {
                return Ok(Then::Wait);
            }
        }
        Ok(Then::GoOn)
    }
}
