//! Simulated time as it follows the wall clock.

use crate::apimachinery::Timestamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Simulated time that may be owed before the debt is dropped: a machine that cannot keep up runs slower.
const LONGEST_DEBT: Duration = Duration::from_secs(5);

/// Turns real time into the simulated time to reach.
#[derive(Clone, Debug)]
pub struct Clock {
    real: Instant,
    simulated: Timestamp,
    speed: f64,
}

/// The time of day.
pub fn wall_time() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl Clock {
    /// A clock that stands at `simulated` now and runs `speed` times as fast as real time.
    pub fn new(simulated: Timestamp, speed: f64) -> Self {
        Self {
            real: Instant::now(),
            simulated,
            speed,
        }
    }

    /// How many times as fast as real time it runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The simulated time to reach.
    pub fn now(&self) -> Timestamp {
        self.simulated + self.real.elapsed().mul_f64(self.speed)
    }

    /// Tells where the cluster got to; too great a debt is forgotten.
    pub fn reached(&mut self, at: Timestamp) {
        if self.now().since(at) > LONGEST_DEBT.mul_f64(self.speed.max(1.0)) {
            *self = Self::new(at, self.speed);
        }
    }

    /// How much real time passes until `at`.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.now()).div_f64(self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_at_its_speed_and_debts_are_dropped() {
        let start = Timestamp::from_secs(1_000);
        let mut clock = Clock::new(start, 1_000_000.0);
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() >= Timestamp::from_secs(3_000));
        let ahead = Timestamp(clock.now().0 + 10_000_000_000_000);
        assert!(clock.until(ahead) > Duration::from_secs(1));
        clock.reached(clock.now());
        assert!(clock.now() > start, "no debt, nothing dropped");
        let mut slow = Clock::new(Timestamp::from_secs(100), 1.0);
        slow.reached(Timestamp::from_secs(10));
        assert!(slow.now() < Timestamp::from_secs(11));
    }
}
