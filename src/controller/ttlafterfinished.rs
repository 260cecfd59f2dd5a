//! Deletes Jobs some time after they finished (upstream's `pkg/controller/ttlafterfinished`).

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{DeleteOptions, Delta};
use std::time::Duration;

/// The controller of `ttlSecondsAfterFinished`.
#[derive(Clone, Default)]
pub struct TtlAfterFinishedController {}

/// When a finished job's time is up.
fn expires_at(job: &Value) -> Option<Timestamp> {
    let ttl = job.at(&["spec", "ttlSecondsAfterFinished"]).as_i64()?;
    let finished = job.at(&["status", "conditions"]).items().iter().find(|c| {
        matches!(c.get("type").str(), "Complete" | "Failed") && c.get("status") == &"True"
    })?;
    let at = Timestamp::parse(finished.get("lastTransitionTime").str())?;
    Some(at + Duration::from_secs(u64::try_from(ttl).unwrap_or(0)))
}

impl Reconciler for TtlAfterFinishedController {
    const NAME: &'static str = "ttl-after-finished-controller";
    const SERVICE_ACCOUNT: &'static str = "ttl-after-finished-controller";
    const WATCHES: &'static [Kind] = &[Kind::Jobs];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let job = delta.object();
        if !matches!(delta, Delta::Deleted(_)) && !job.is_terminating() && expires_at(job).is_some()
        {
            watching.add(job.key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let job = work.stores[Kind::Jobs]
            .get(key)
            .filter(|j| !j.is_terminating());
        let Some((at, job)) = job.and_then(|j| Some((expires_at(j)?, j.clone()))) else {
            return Ok(Action::AwaitChange);
        };
        if at > work.cx.now {
            return Ok(Action::RequeueAfter(at.since(work.cx.now)));
        }
        let options = DeleteOptions {
            propagation_policy: Some("Foreground"),
            uid: Some(job.uid().to_owned()),
            ..Default::default()
        };
        match work
            .cx
            .delete(Kind::Jobs.def(), job.namespace(), job.name(), &options)
        {
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => Ok(Action::AwaitChange),
        }
    }
}
