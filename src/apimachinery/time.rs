//! Points in time. The core never asks a clock: `now` is passed in.

use super::Text;
use chrono::{DateTime, SecondsFormat, Utc};
use std::cell::RefCell;
use std::ops::{Add, Sub};
use std::time::Duration;

/// Microseconds since the Unix epoch.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The latest point in time.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From seconds since the Unix epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Timestamp(secs * 1_000_000)
    }
    /// Whole seconds since the Unix epoch, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// Reads RFC 3339, with or without a fraction.
    pub fn parse(s: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(s)
            .ok()
            .map(|t| Timestamp(t.timestamp_micros()))
    }
    /// The date and time in UTC, for formats of one's own.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
    /// `2026-11-21T00:47:41Z`, as `metav1.Time` is written.
    pub fn to_rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }
    /// The same, in one place in memory for all that happens within one second.
    pub fn to_text(self) -> Text {
        thread_local! {
            static LAST: RefCell<(i64, Text)> = const { RefCell::new((i64::MIN, Text::EMPTY)) };
        }
        LAST.with_borrow_mut(|(secs, text)| {
            if *secs != self.secs() {
                (*secs, *text) = (self.secs(), self.to_rfc3339().into());
            }
            text.clone()
        })
    }
    /// `2026-11-21T00:47:41.000000Z`, as `metav1.MicroTime` is written.
    pub fn to_rfc3339_micros(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
    /// `0123 00:47:41.000000`, as klog writes it.
    pub fn to_klog(self) -> String {
        let s = self.to_rfc3339_micros();
        [&s[5..7], &s[8..10], " ", &s[11..26]].concat()
    }
    /// The time since `earlier`; zero where that lies ahead.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
    /// Cut to whole seconds, as a time reads back after it was stored.
    pub fn trunc(self) -> Self {
        Timestamp::from_secs(self.secs())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, d: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_add(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, d: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_sub(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_upstream_writes_them() {
        let t = Timestamp::parse("2026-11-21T00:47:41.25+00:00").expect("valid");
        assert_eq!(t.to_rfc3339(), "2026-11-21T00:47:41Z");
        assert_eq!(t.to_rfc3339_micros(), "2026-11-21T00:47:41.250000Z");
        assert_eq!(t.to_klog(), "1121 00:47:41.250000");
        assert_eq!((t + Duration::from_secs(60)).since(t).as_secs(), 60);
        assert_eq!(t.since(t + Duration::from_secs(1)), Duration::ZERO);
    }
}
