//! The RollingUpdate strategy (upstream's `rolling.go`).

use super::super::runner::{Error, Outcome};
use super::{Rollout, Sets, util};
use crate::apimachinery::Value;

impl Rollout<'_, '_, '_> {
    pub(super) fn rolling_update(&mut self, list: &[Value]) -> Outcome {
        let mut sets = self.sets(list, true)?;
        if self.reconcile_new(&sets)? || self.reconcile_old(&mut sets)? {
            return self.sync_rollout_status(&sets);
        }
        if self.is_complete(self.d.get("status")) {
            self.cleanup(&sets.old)?;
        }
        self.sync_rollout_status(&sets)
    }

    fn reconcile_new(&mut self, sets: &Sets) -> Result<bool, Error> {
        let Some(new) = &sets.new else {
            return Ok(false);
        };
        let (wanted, size) = (util::replicas(&self.d), util::replicas(new));
        if size == wanted {
            return Ok(false);
        }
        let target = if size > wanted {
            wanted
        } else {
            util::new_replicas(&self.d, &sets.all(), size)
        };
        Ok(self.scale_replica_set(new, target)?.0)
    }

    fn reconcile_old(&mut self, sets: &mut Sets) -> Result<bool, Error> {
        let mut old = util::active(&sets.old);
        let Some(new) = sets.new.clone().filter(|_| !old.is_empty()) else {
            return Ok(false);
        };
        let min_available = util::replicas(&self.d) - util::max_unavailable(&self.d);
        let new_unavailable =
            util::replicas(&new) - util::int(&new, &["status", "availableReplicas"]);
        // Every pod that the new ReplicaSet still waits for, and the smallest number that must serve, hold old pods back.
        let max_scaled_down = util::replica_count(&sets.all()) - min_available - new_unavailable;
        if max_scaled_down <= 0 {
            return Ok(false);
        }
        let cleaned = self.cleanup_unhealthy(&mut old, max_scaled_down)?;
        let mut all = old.clone();
        all.push(new);
        let scaled = self.scale_down_old(&all, &mut old, min_available)?;
        Ok(cleaned + scaled > 0)
    }

    /// Scales old ReplicaSets down by pods that do not serve anyway, so that a broken rollout cannot block the next one.
    fn cleanup_unhealthy(&mut self, old: &mut [Value], max: i64) -> Result<i64, Error> {
        util::sort_by_creation(old);
        let mut total = 0;
        for rs in old {
            let (size, available) = (
                util::replicas(rs),
                util::int(rs, &["status", "availableReplicas"]),
            );
            if total >= max {
                break;
            }
            if size == 0 || size == available {
                continue;
            }
            let down = (max - total).min(size - available);
            if down < 0 {
                return Err(Error::other(format!(
                    "when cleaning up unhealthy replicas, got invalid request to scale down {}/{} {size} -> {}",
                    rs.namespace(),
                    rs.name(),
                    size - down
                )));
            }
            *rs = self.scale_replica_set(rs, size - down)?.1;
            total += down;
        }
        Ok(total)
    }

    /// Scales old ReplicaSets down as far as enough pods are available.
    fn scale_down_old(
        &mut self,
        all: &[Value],
        old: &mut [Value],
        min_available: i64,
    ) -> Result<i64, Error> {
        let available = util::status_count(all, "availableReplicas");
        let mut left = available - min_available;
        if left <= 0 {
            return Ok(0);
        }
        util::sort_by_creation(old);
        let mut total = 0;
        for rs in old {
            let size = util::replicas(rs);
            if left <= 0 {
                break;
            }
            let down = size.min(left);
            if down > 0 {
                *rs = self.scale_replica_set(rs, size - down)?.1;
            }
            left -= down;
            total += down;
        }
        Ok(total)
    }
}
