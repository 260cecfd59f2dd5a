//! The Recreate strategy (upstream's `recreate.go`).

use super::super::runner::{Error, Outcome};
use super::super::stores::Kind;
use super::{Rollout, Sets, util};
use crate::apimachinery::Value;

impl Rollout<'_, '_, '_> {
    pub(super) fn recreate(&mut self, list: &[Value]) -> Outcome {
        let mut sets = self.sets(list, false)?;
        if self.scale_down_all(&util::active(&sets.old))? || self.old_pods_running(&sets, list) {
            return self.sync_rollout_status(&sets);
        }
        if sets.new.is_none() {
            sets = self.sets(list, true)?;
        }
        if let Some(new) = &sets.new {
            self.scale_replica_set(new, util::replicas(&self.d))?;
        }
        if self.is_complete(self.d.get("status")) {
            self.cleanup(&sets.old)?;
        }
        self.sync_rollout_status(&sets)
    }

    fn scale_down_all(&mut self, old: &[Value]) -> Result<bool, Error> {
        let mut scaled = false;
        for rs in old {
            scaled |= self.scale_replica_set(rs, 0)?.0;
        }
        Ok(scaled)
    }

    /// Whether pods of old ReplicaSets have not yet come to an end.
    fn old_pods_running(&mut self, sets: &Sets, list: &[Value]) -> bool {
        if util::status_count(&sets.old, "replicas") > 0 {
            return true;
        }
        let new = sets.new.as_ref().map_or("", |rs| rs.uid());
        let pods = &self.work.stores[Kind::Pods];
        list.iter().filter(|rs| rs.uid() != new).any(|rs| {
            pods.by_index("owner", rs.uid())
                .any(|p| !matches!(p.at(&["status", "phase"]).str(), "Failed" | "Succeeded"))
        })
    }
}
