//! Simulated times in words that every language shares.

use crate::apimachinery::Timestamp;

/// The time of day in UTC: `09:41:07`.
pub fn time_of_day(ms: i64) -> String {
    Timestamp(ms.saturating_mul(1000))
        .utc()
        .format("%H:%M:%S")
        .to_string()
}

/// The date in UTC: `2026-11-21`.
pub fn date(ms: i64) -> String {
    Timestamp(ms.saturating_mul(1000))
        .utc()
        .format("%Y-%m-%d")
        .to_string()
}

/// Seconds since the Unix epoch of a time as objects carry it; 0 where it is none.
pub fn seconds(rfc3339: &str) -> i64 {
    Timestamp::parse(rfc3339).map_or(0, Timestamp::secs)
}
