//! Simulated times in words that every language shares.

use crate::apimachinery::Timestamp;

/// The time of day in UTC: `09:41:07`.
pub fn time_of_day(ms: i64) -> String {
    at(ms)[11..19].to_owned()
}

/// The date in UTC: `2026-11-21`.
pub fn date(ms: i64) -> String {
    at(ms)[..10].to_owned()
}

/// A time that cannot be written with four digits of the year is the epoch.
fn at(ms: i64) -> String {
    let text = Timestamp(ms.saturating_mul(1000)).to_rfc3339();
    match text.len() {
        20 => text,
        _ => Timestamp::default().to_rfc3339(),
    }
}

/// Seconds since the Unix epoch of a time as objects carry it; 0 where it is none.
pub fn seconds(rfc3339: &str) -> i64 {
    Timestamp::parse(rfc3339).map_or(0, Timestamp::secs)
}
