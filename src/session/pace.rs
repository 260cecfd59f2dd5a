//! How simulated time follows real time: speed, pause, step, and what happens when the machine
//! cannot keep up or sleeps.

use crate::view::protocol::{ClockCommand, ClockState};

/// Real time that one call may account for: a tab that slept goes on where it stopped.
const LONGEST_STRIDE_MS: f64 = 1_000.0;
/// A gap beyond this counts as sleep and is worth telling.
const SLEEP_MS: f64 = 30_000.0;
/// Simulated time that may be owed before the debt is dropped.
const LONGEST_DEBT_MS: f64 = 2_000.0;

/// The speeds that can be asked for.
const SLOWEST: f64 = 0.1;
const FASTEST: f64 = 10_000.0;

/// Turns real time into the simulated time to reach.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Simulated, milliseconds since the Unix epoch; fractions matter at slow speeds.
    target_ms: f64,
    last_real_ms: Option<f64>,
    speed: f64,
    full_speed: bool,
    paused: bool,
    step: bool,
    behind: bool,
    slept: bool,
}

impl Pace {
    /// A clock at `now_ms` that runs at the speed of real time.
    pub fn new(now_ms: i64) -> Self {
        Self {
            target_ms: now_ms as f64,
            last_real_ms: None,
            speed: 1.0,
            full_speed: false,
            paused: false,
            step: false,
            behind: false,
            slept: false,
        }
    }

    /// Applies a control.
    pub fn command(&mut self, command: ClockCommand) {
        match command {
            ClockCommand::Pause => self.paused = true,
            ClockCommand::Resume => self.paused = false,
            ClockCommand::Step => (self.paused, self.step) = (true, true),
            ClockCommand::Speed(speed) if speed.is_finite() => {
                self.speed = speed.clamp(SLOWEST, FASTEST);
                self.full_speed = false;
            }
            ClockCommand::Speed(_) => {}
            ClockCommand::FullSpeed => self.full_speed = true,
        }
    }

    /// Goes on from this simulated time at this real time.
    pub fn start_at(&mut self, now_ms: i64, real_ms: f64) {
        self.target_ms = now_ms as f64;
        self.last_real_ms = Some(real_ms);
        self.behind = false;
    }

    /// Accounts for the real time up to `real_ms` (monotonic) and returns the simulated time to
    /// reach, in milliseconds since the Unix epoch.
    pub fn follow(&mut self, real_ms: f64) -> i64 {
        let gone = self
            .last_real_ms
            .map_or(0.0, |last| real_ms - last)
            .max(0.0);
        self.last_real_ms = Some(real_ms);
        self.slept |= gone > SLEEP_MS;
        if !self.paused && !self.full_speed {
            self.target_ms += gone.min(LONGEST_STRIDE_MS) * self.speed;
        }
        self.target_ms as i64
    }

    /// Tells where the cluster got to: a debt beyond two seconds is dropped, so that a slow
    /// machine runs slower instead of ever further behind.
    pub fn reached(&mut self, now_ms: i64) {
        let debt = self.target_ms - now_ms as f64;
        self.behind = debt > LONGEST_STRIDE_MS * self.speed.max(1.0) / 4.0;
        if debt < 0.0 || debt > LONGEST_DEBT_MS * self.speed.max(1.0) {
            self.target_ms = now_ms as f64;
        }
    }

    /// Whether to jump from deadline to deadline.
    pub fn runs_free(&self) -> bool {
        self.full_speed && !self.paused
    }

    /// Whether one step was asked for; asking takes it.
    pub fn take_step(&mut self) -> bool {
        std::mem::take(&mut self.step)
    }

    /// Whether the machine slept since the last call.
    pub fn take_slept(&mut self) -> bool {
        std::mem::take(&mut self.slept)
    }

    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Real milliseconds until simulated time is `ms` further on, if it moves at all.
    pub fn real_ms_for(&self, ms: i64) -> Option<f64> {
        match (self.paused, self.full_speed) {
            (true, _) => None,
            (false, true) => Some(0.0),
            (false, false) => Some(ms.max(0) as f64 / self.speed),
        }
    }

    /// The clock as shown.
    pub fn state(&self) -> ClockState {
        ClockState {
            now_ms: self.target_ms as i64,
            paused: self.paused,
            speed: if self.full_speed { 0.0 } else { self.speed },
            behind: self.behind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Pace {
        let mut pace = Pace::new(1_000);
        pace.follow(0.0);
        pace
    }

    #[test]
    fn time_follows_the_speed() {
        let mut pace = running();
        assert_eq!(pace.follow(16.0), 1_016);
        pace.command(ClockCommand::Speed(10.0));
        assert_eq!(pace.follow(26.0), 1_116);
        pace.command(ClockCommand::Speed(f64::NAN));
        pace.command(ClockCommand::Speed(-4.0));
        assert_eq!(pace.follow(126.0), 1_126);
        pace.command(ClockCommand::Pause);
        assert_eq!(pace.follow(900.0), 1_126);
        pace.command(ClockCommand::Resume);
        assert_eq!(pace.follow(1_000.0), 1_136);
    }

    #[test]
    fn a_day_asleep_is_not_caught_up_with() {
        let mut pace = running();
        assert_eq!(pace.follow(86_400_000.0), 2_000);
        assert!(pace.take_slept());
        assert!(!pace.take_slept());
    }

    #[test]
    fn a_debt_is_shown_and_then_dropped() {
        let mut pace = running();
        pace.follow(900.0);
        pace.reached(1_100);
        assert!(pace.state().behind);
        for real in 1..10 {
            pace.follow(900.0 + 900.0 * f64::from(real));
            pace.reached(1_100);
        }
        assert!(pace.state().now_ms < 1_100 + 3_000);
    }

    #[test]
    fn a_step_pauses() {
        let mut pace = running();
        pace.command(ClockCommand::Step);
        assert!(pace.is_paused() && pace.take_step() && !pace.take_step());
        assert_eq!(pace.real_ms_for(10), None);
    }
}
