//! What simulation tests do to a cluster that no user can: another order of turns, broken watches, a clock that jumps.

use super::traffic::PROXY;
use super::{API_EXTENSIONS, CONTROLLER_MANAGER, Cluster, SCHEDULER};
use crate::apimachinery::http::ReaderId;
use crate::apimachinery::{Rng, Timestamp};
use std::time::Duration;

/// One turn in so many comes late.
const LATE: usize = 16;
/// How late at most, in microseconds.
const LATEST: usize = 80_000;

impl Cluster {
    /// Lets chance decide who is turned first among those that are due, and lets some turns come late. In the app the order
    /// is fixed; here it explores races. The same seed gives the same order.
    pub fn shuffle_turns(&mut self, seed: u64) {
        self.disorder = Some(Rng::new(seed));
    }

    /// Breaks the watches of the cluster's own parts for which `pick` says so, as a lost connection does: what they had not
    /// read is gone, and they have to list anew.
    pub fn break_watches(&mut self, mut pick: impl FnMut(ReaderId) -> bool) {
        let own = |r: &ReaderId| {
            matches!(*r, CONTROLLER_MANAGER | SCHEDULER | API_EXTENSIONS | PROXY)
                || self.readers.contains_key(r)
        };
        self.api
            .break_watches(&mut |r| own(&r) && pick(r), self.now);
    }

    /// Moves the clock without letting anything happen in between, as a machine that slept does. Everything that fell due
    /// is late.
    pub fn jump_to(&mut self, target: Timestamp) {
        self.now = self.now.max(target);
        self.turns_at_now = 0;
    }

    /// Takes the reader whose turn it is off the agenda; none where nobody is due.
    pub(super) fn take_due(&mut self) -> Option<ReaderId> {
        let entry = match &mut self.disorder {
            None => *self.agenda.first().filter(|(at, _)| *at <= self.now)?,
            Some(rng) => {
                let last = (self.now, ReaderId(u32::MAX));
                let due: Vec<_> = self.agenda.range(..=last).copied().collect();
                *due.get(rng.below(due.len()))?
            }
        };
        self.agenda.remove(&entry);
        self.deadlines.remove(&entry.1);
        if let Some(rng) = &mut self.disorder
            && rng.below(LATE) == 0
        {
            let late = Duration::from_micros(1 + rng.below(LATEST) as u64);
            self.wake(entry.1, self.now + late);
            return None;
        }
        Some(entry.1)
    }
}
