//! When a cron schedule fires (the library that upstream uses, robfig/cron).

use crate::api::time_zones::Zone;
use crate::apimachinery::Timestamp;
use crate::apimachinery::duration::parse_nanos;
use chrono::{Datelike, Days, NaiveDate};
use std::time::Duration;

/// How many days ahead a schedule is searched: 29 February comes at least every eight years.
const SEARCH_DAYS: u32 = 366 * 9;
const NAMES: [&[&str]; 5] = [
    &[],
    &[],
    &[],
    &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
    &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
];
const BOUNDS: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Minutes, hours, days of the month, months, days of the week, as bits; and whether either kind of days is `*`.
    Fields([u64; 5], bool),
    /// `@every`.
    Every(Duration),
}

impl Schedule {
    /// Reads five fields or a descriptor; none where it makes no sense.
    pub fn parse(spec: &str) -> Option<Self> {
        let spec = match spec {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(every) = spec.strip_prefix("@every ") {
            return duration(every).map(Schedule::Every);
        }
        let fields: Vec<&str> = spec.split_whitespace().collect();
        if fields.len() != 5 {
            return None;
        }
        let mut bits = [0; 5];
        for (i, field) in fields.iter().enumerate() {
            for part in field.split(',') {
                bits[i] |= range(part, i)?;
            }
        }
        let is_star = |f: &str| f.starts_with('*') || f.starts_with('?');
        Some(Schedule::Fields(
            bits,
            is_star(fields[2]) || is_star(fields[4]),
        ))
    }

    /// The first time after `after` by a zone's clocks; none where there is none within nine years. What clocks skip in
    /// spring does not happen, what they show twice in autumn happens twice.
    pub fn next(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let (bits, any_day) = match self {
            Schedule::Every(d) => return Some((after + (*d).max(Duration::from_secs(1))).trunc()),
            Schedule::Fields(bits, any_day) => (bits, *any_day),
        };
        let has = |field: usize, n: u32| bits[field] >> n & 1 == 1;
        let first = Timestamp::from_secs((after.secs().div_euclid(60) + 1) * 60);
        let here = Timestamp::from_secs(first.secs() + zone.offset(first) * 60);
        let today = here.utc().date_naive();
        (0..SEARCH_DAYS).find_map(|ahead| {
            let day = today.checked_add_days(Days::new(u64::from(ahead)))?;
            let (in_month, in_week) = (
                has(2, day.day()),
                has(4, day.weekday().num_days_from_sunday()),
            );
            // Where both kinds of days are given, either will do.
            let fits = if any_day {
                in_month && in_week
            } else {
                in_month || in_week
            };
            if !fits || !has(3, day.month()) {
                return None;
            }
            let minutes = (0..24 * 60).filter(|m| has(1, m / 60) && has(0, m % 60));
            let times = minutes.flat_map(|m| at(day, m, zone));
            times.filter(|t| *t >= first).min()
        })
    }
}

/// The instants at which a zone's clocks show a minute of a day.
fn at(day: NaiveDate, minute: u32, zone: &Zone) -> impl Iterator<Item = Timestamp> {
    let midnight = day
        .and_hms_opt(0, 0, 0)
        .map_or(0, |t| t.and_utc().timestamp());
    let local = midnight + i64::from(minute) * 60;
    zone.offsets()
        .map(move |offset| (Timestamp::from_secs(local - offset * 60), offset))
        .filter(|(t, offset)| zone.offset(*t) == *offset)
        .map(|(t, _)| t)
}

fn number(s: &str, field: usize) -> Option<u32> {
    let lower = s.to_ascii_lowercase();
    let named = NAMES[field].iter().position(|n| *n == lower);
    match named {
        // Months count from 1, days of the week from 0.
        Some(i) => Some(i as u32 + BOUNDS[field].0),
        None => s.parse().ok(),
    }
}

fn range(part: &str, field: usize) -> Option<u64> {
    let (low, high) = BOUNDS[field];
    let (span, step) = part
        .split_once('/')
        .map_or((part, None), |(a, b)| (a, Some(b)));
    let (from, mut to) = match span {
        "*" | "?" => (low, high),
        _ => match span.split_once('-') {
            Some((a, b)) => (number(a, field)?, number(b, field)?),
            None => {
                let n = number(span, field)?;
                (n, n)
            }
        },
    };
    let step: u64 = step.map_or(Some(1), |s| s.parse().ok())?;
    if part.contains('/') && !span.contains('-') {
        to = high;
    }
    if step == 0 || from < low || to > high || from > to {
        return None;
    }
    Some(
        (from..=to)
            .step_by(step.min(1000) as usize)
            .fold(0, |bits, n| bits | 1 << n),
    )
}

/// Whole seconds, at least one, as upstream's parser rounds them.
fn duration(s: &str) -> Option<Duration> {
    let seconds = parse_nanos(s).ok()? / 1_000_000_000;
    Some(Duration::from_secs(
        u64::try_from(seconds).unwrap_or(0).max(1),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_fire_when_they_say() {
        for (spec, after, next) in [
            (
                "@every 1500ms",
                "2026-11-21T00:47:41Z",
                "2026-11-21T00:47:42Z",
            ),
            (
                "*/5000000000 * * * *",
                "2026-11-21T00:47:41Z",
                "2026-11-21T01:00:00Z",
            ),
            (
                "*/5 * * * *",
                "2026-11-21T00:47:41Z",
                "2026-11-21T00:50:00Z",
            ),
            ("0 0 1 1 *", "2026-11-21T00:47:41Z", "2027-01-01T00:00:00Z"),
            ("@hourly", "2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z"),
            (
                "30 8-10/2 * * mon-fri",
                "2026-11-21T00:00:00Z",
                "2026-11-23T08:30:00Z",
            ),
            (
                "0 12 13 * 5",
                "2026-11-21T00:00:00Z",
                "2026-11-27T12:00:00Z",
            ),
            ("0 0 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
            (
                "@every 1h30m",
                "2026-11-21T00:00:00Z",
                "2026-11-21T01:30:00Z",
            ),
        ] {
            let schedule = Schedule::parse(spec).expect(spec);
            let found = schedule
                .next(Timestamp::parse(after).expect("a time"), &Zone::default())
                .expect("a time");
            assert_eq!(found.to_rfc3339(), next, "{spec}");
        }
        for bad in [
            "every day",
            "60 * * * *",
            "* * 0 * *",
            "*/0 * * * *",
            "5-1 * * * *",
        ] {
            assert_eq!(Schedule::parse(bad), None, "{bad}");
        }
        assert_eq!(
            Schedule::parse("0 0 30 2 *")
                .expect("reads")
                .next(Timestamp::default(), &Zone::default()),
            None
        );
    }

    #[test]
    fn clocks_that_are_changed_skip_and_repeat() {
        let paris = Zone::find("Europe/Paris").expect("known");
        for (spec, after, times) in [
            (
                "30 2 * * *",
                "2026-03-28T12:00:00Z",
                &["2026-03-30T00:30:00Z"][..],
            ),
            (
                "30 2 * * *",
                "2026-10-24T12:00:00Z",
                &[
                    "2026-10-25T00:30:00Z",
                    "2026-10-25T01:30:00Z",
                    "2026-10-26T01:30:00Z",
                ],
            ),
            (
                "0 9 * * mon",
                "2026-07-01T00:00:00Z",
                &["2026-07-06T07:00:00Z"],
            ),
        ] {
            let schedule = Schedule::parse(spec).expect(spec);
            let mut t = Timestamp::parse(after).expect("a time");
            for wanted in times {
                t = schedule.next(t, &paris).expect("a time");
                assert_eq!(t.to_rfc3339(), *wanted, "{spec}");
            }
        }
    }
}
