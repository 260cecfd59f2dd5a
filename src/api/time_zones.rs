//! The time of the IANA time zones by the rules that hold from 2026 on: the zone's standard time, and when summer time begins and ends.
//! What governments set year by year (Ramadan in Morocco) is not among them.

use crate::apimachinery::Timestamp;
use chrono::{Datelike, Duration, NaiveDate};

/// A zone a line: its name, minutes east of UTC, and where there is summer time, the minutes then, its beginning and its end
/// (month, week of it with 5 for the last, day of the week, minute of the day).
static TIME_ZONES: &str = include_str!("data/time_zones.txt");

/// When summer time begins or ends: month, week, day of the week, minute in the time that holds before.
type Change = [i64; 4];

/// A time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    standard: i64,
    summer: Option<(i64, Change, Change)>,
}

fn rule(name: &str) -> Option<&'static str> {
    TIME_ZONES
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

/// Whether a name is one of the IANA time zones.
pub fn is_time_zone(name: &str) -> bool {
    rule(name).is_some()
}

fn change(text: &str) -> Change {
    let mut parts = text.split('.').map(|n| n.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// The instant of a change in a year, in seconds, where the time before is `minutes` east of UTC.
fn instant(year: i32, [month, week, weekday, minute]: Change, minutes: i64) -> Option<i64> {
    let month = u32::try_from(month).ok()?;
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let to_weekday = (weekday - i64::from(first.weekday().num_days_from_sunday())).rem_euclid(7);
    let mut day = first + Duration::days(to_weekday + (week - 1) * 7);
    if day.month() != month {
        // There are only four of this day in the month: the last is meant.
        day -= Duration::days(7);
    }
    let midnight = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some(midnight + (minute - minutes) * 60)
}

impl Zone {
    /// The zone of that name; UTC for "".
    pub fn find(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::default());
        }
        let mut parts = rule(name)?.split(' ');
        let mut minutes = || parts.next()?.parse().ok();
        let (standard, summer) = (minutes()?, minutes());
        let summer = summer.and_then(|m| Some((m, change(parts.next()?), change(parts.next()?))));
        Some(Self { standard, summer })
    }

    /// The minutes east of UTC that occur in it.
    pub fn offsets(&self) -> impl Iterator<Item = i64> {
        let summer = self.summer.map(|(minutes, ..)| minutes);
        [Some(self.standard), summer].into_iter().flatten()
    }

    /// How many minutes east of UTC its time is.
    pub fn offset(&self, at: Timestamp) -> i64 {
        let Some((summer, begin, end)) = self.summer else {
            return self.standard;
        };
        let local = at.secs() + self.standard * 60;
        let year = Timestamp::from_secs(local).utc().year();
        let begins = instant(year, begin, self.standard).unwrap_or(i64::MAX);
        let ends = instant(year, end, summer).unwrap_or(i64::MIN);
        let now = at.secs();
        // South of the equator summer spans the turn of the year.
        let is_summer = if begins < ends {
            (begins..ends).contains(&now)
        } else {
            !(ends..begins).contains(&now)
        };
        if is_summer { summer } else { self.standard }
    }

    /// A time as RFC 3339 in this zone: `2026-11-21T09:00:00+01:00`.
    pub fn format(&self, at: Timestamp) -> String {
        let minutes = self.offset(at);
        let mut text = Timestamp::from_secs(at.secs() + minutes * 60).to_rfc3339();
        if minutes != 0 {
            text.pop();
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_know_when_summer_is() {
        for (zone, at, wanted) in [
            ("", "2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            (
                "Europe/Paris",
                "2026-03-29T00:59:59Z",
                "2026-03-29T01:59:59+01:00",
            ),
            (
                "Europe/Paris",
                "2026-03-29T01:00:00Z",
                "2026-03-29T03:00:00+02:00",
            ),
            (
                "Europe/Paris",
                "2026-10-25T01:00:00Z",
                "2026-10-25T02:00:00+01:00",
            ),
            (
                "America/New_York",
                "2026-11-01T05:59:59Z",
                "2026-11-01T01:59:59-04:00",
            ),
            (
                "America/New_York",
                "2026-11-01T06:00:00Z",
                "2026-11-01T01:00:00-05:00",
            ),
            (
                "Australia/Sydney",
                "2027-01-01T00:00:00Z",
                "2027-01-01T11:00:00+11:00",
            ),
            (
                "Australia/Sydney",
                "2027-07-01T00:00:00Z",
                "2027-07-01T10:00:00+10:00",
            ),
            (
                "Europe/Dublin",
                "2026-12-01T00:00:00Z",
                "2026-12-01T00:00:00Z",
            ),
            (
                "Europe/Dublin",
                "2026-07-01T00:00:00Z",
                "2026-07-01T01:00:00+01:00",
            ),
            (
                "Asia/Kolkata",
                "2026-07-01T00:00:00Z",
                "2026-07-01T05:30:00+05:30",
            ),
            (
                "America/Nuuk",
                "2026-10-25T00:59:59Z",
                "2026-10-24T23:59:59-01:00",
            ),
            (
                "America/Nuuk",
                "2026-10-25T01:00:00Z",
                "2026-10-24T23:00:00-02:00",
            ),
        ] {
            let found = Zone::find(zone).expect(zone);
            let at = Timestamp::parse(at).expect("a time");
            assert_eq!(found.format(at), wanted, "{zone}");
        }
        assert_eq!(Zone::find("Mars/Base"), None);
        assert!(is_time_zone("Europe/Berlin") && !is_time_zone("Europe"));
    }
}
