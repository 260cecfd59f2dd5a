//! Forgets old ReplicaSets beyond `revisionHistoryLimit`.

use super::super::runner::Error;
use super::super::stores::Kind;
use super::{Rollout, util};
use crate::apimachinery::Value;
use crate::client::DeleteOptions;
use crate::collections::Arrange;

impl Rollout<'_, '_, '_> {
    /// Deletes the oldest revisions that have no pods and that the controller of ReplicaSets has caught up with.
    pub(super) fn cleanup(&mut self, old: &[Value]) -> Result<(), Error> {
        let limit = self
            .d
            .at(&["spec", "revisionHistoryLimit"])
            .as_i64()
            .filter(|n| *n != i64::from(i32::MAX));
        let Some(limit) = limit.and_then(|n| usize::try_from(n).ok()) else {
            return Ok(());
        };
        let mut cleanable: Vec<&Value> = old.iter().filter(|rs| !rs.is_terminating()).collect();
        let Some(surplus) = cleanable.len().checked_sub(limit) else {
            return Ok(());
        };
        cleanable.arrange_by(|a, b| {
            let key = |rs| (util::revision(rs), util::creation_key(rs));
            key(*a).cmp(&key(*b))
        });
        for rs in cleanable.into_iter().take(surplus) {
            let in_use = util::int(rs, &["status", "replicas"]) != 0 || util::replicas(rs) != 0;
            if in_use || rs.generation() > util::int(rs, &["status", "observedGeneration"]) {
                continue;
            }
            let (def, options) = (Kind::ReplicaSets.def(), DeleteOptions::default());
            match self
                .work
                .cx
                .delete(def, rs.namespace(), rs.name(), &options)
            {
                Err(e) if !e.is_not_found() => return Err(e.into()),
                _ => {}
            }
        }
        Ok(())
    }
}
