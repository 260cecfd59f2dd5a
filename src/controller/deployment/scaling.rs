//! Scaling without a rollout, and a paused Deployment's sync (upstream's `sync.go`).

use super::super::runner::{Action, Error, Outcome};
use super::{Rollout, Sets, util};
use crate::apimachinery::Value;
use crate::collections::Arrange;
use std::cmp::Reverse;

impl Rollout<'_, '_, '_> {
    /// Whether the Deployment's size is not the one its ReplicaSets were last sized for.
    pub(super) fn is_scaling_event(&mut self, list: &[Value]) -> Result<bool, Error> {
        let sets = self.sets(list, false)?;
        let wanted = util::replicas(&self.d);
        Ok(util::active(&sets.all())
            .iter()
            .filter_map(|rs| util::int_annotation(rs, util::DESIRED_REPLICAS))
            .any(|desired| desired != wanted))
    }

    /// Scales what is there, without going on with a rollout.
    pub(super) fn sync(&mut self, list: &[Value]) -> Outcome {
        let sets = self.sets(list, false)?;
        self.scale(&sets)?;
        if util::is_paused(&self.d) {
            self.cleanup(&sets.old)?;
        }
        self.sync_deployment_status(&sets)
    }

    /// Only brings the status up to date.
    pub(super) fn sync_status_only(&mut self, list: &[Value]) -> Outcome {
        let sets = self.sets(list, false)?;
        self.sync_deployment_status(&sets)
    }

    fn sync_deployment_status(&mut self, sets: &Sets) -> Outcome {
        let status = self.calculate_status(sets);
        if &status != self.d.get("status") {
            self.d.set("status", status);
            self.update_status()?;
        }
        Ok(Action::AwaitChange)
    }

    fn scale(&mut self, sets: &Sets) -> Result<(), Error> {
        let wanted = util::replicas(&self.d);
        if let Some(rs) = active_or_latest(sets) {
            if util::replicas(&rs) != wanted {
                self.scale_replica_set(&rs, wanted)?;
            }
            return Ok(());
        }
        if self.is_saturated(sets.new.as_ref()) {
            for rs in util::active(&sets.old) {
                self.scale_replica_set(&rs, 0)?;
            }
            return Ok(());
        }
        if util::is_rolling_update(&self.d) {
            self.scale_in_proportion(util::active(&sets.all()))?;
        }
        Ok(())
    }

    fn is_saturated(&self, new: Option<&Value>) -> bool {
        let wanted = util::replicas(&self.d);
        new.is_some_and(|rs| {
            util::replicas(rs) == wanted
                && util::int_annotation(rs, util::DESIRED_REPLICAS) == Some(wanted)
                && util::int(rs, &["status", "availableReplicas"]) == wanted
        })
    }

    /// Spreads a change in size over the ReplicaSets in the middle of a rollout, each by its share.
    fn scale_in_proportion(&mut self, mut sets: Vec<Value>) -> Result<(), Error> {
        let wanted = util::replicas(&self.d);
        let allowed = if wanted > 0 {
            wanted + util::max_surge(&self.d)
        } else {
            0
        };
        let to_add = allowed - util::replica_count(&sets);
        util::sort_by_creation(&mut sets);
        if to_add > 0 {
            sets.reverse();
        }
        // The sort is stable: where sizes are equal the newest comes first when growing, the oldest when shrinking.
        sets.arrange_by_key(|rs| Reverse(util::replicas(rs)));
        let mut added = 0;
        let mut sizes = Vec::with_capacity(sets.len());
        for rs in &sets {
            let share = util::proportion(rs, &self.d, to_add, added);
            added += share;
            sizes.push(util::replicas(rs) + share);
        }
        if let Some(first) = sizes.first_mut().filter(|_| to_add != 0) {
            *first = (*first + to_add - added).max(0);
        }
        for (rs, size) in sets.iter().zip(sizes) {
            self.scale_replica_set(rs, size)?;
        }
        Ok(())
    }
}

/// The only ReplicaSet with pods, or the newest one where none has any (`FindActiveOrLatest`).
fn active_or_latest(sets: &Sets) -> Option<Value> {
    let active = util::active(&sets.all());
    match active.len() {
        0 => sets.new.clone().or_else(|| {
            sets.old
                .iter()
                .max_by(|a, b| util::creation_key(a).cmp(&util::creation_key(b)))
                .cloned()
        }),
        1 => active.into_iter().next(),
        _ => None,
    }
}
