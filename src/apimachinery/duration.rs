//! Durations as Go reads and prints them (`1m30s`), and ages as kubectl prints them (`5m10s`, `3d`).

use super::strconv::quote;
use super::time::Timestamp;
use std::time::Duration;

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a Go duration into nanoseconds (`time.ParseDuration`); the error is Go's text.
pub fn parse_nanos(s: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(s));
    let (negative, mut rest) = match s.as_bytes().first() {
        Some(b'-') => (true, &s[1..]),
        Some(b'+') => (false, &s[1..]),
        _ => (false, s),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(a) => a.split_at(digits(a)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(s)));
        }
        let Some((_, scale)) = UNITS.iter().find(|(u, _)| *u == unit) else {
            return Err(format!(
                "time: unknown unit {} in duration {}",
                quote(unit),
                quote(s)
            ));
        };
        if whole.len() > 19 {
            return Err(invalid());
        }
        total += whole.parse::<i128>().unwrap_or(0) * scale;
        let fraction = &fraction[..fraction.len().min(15)];
        let part = fraction.parse::<i128>().unwrap_or(0) * scale;
        total += part / 10i128.pow(fraction.len() as u32);
        rest = next;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| invalid())
}

/// Reads a Go duration that is not negative; negative ones read as zero.
pub fn parse(s: &str) -> Result<Duration, String> {
    parse_nanos(s).map(|n| Duration::from_nanos(u64::try_from(n).unwrap_or(0)))
}

/// Prints nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `250ms`, `0s`.
pub fn format_nanos(nanos: i64) -> String {
    let n = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let fraction = |n: u64, unit: u64| {
        let mut s = (n / unit).to_string();
        if !n.is_multiple_of(unit) {
            let width = unit.ilog10() as usize;
            let f = format!("{:0width$}", n % unit);
            s.push('.');
            s.push_str(f.trim_end_matches('0'));
        }
        s
    };
    match n {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{n}ns"),
        1_000..1_000_000 => format!("{sign}{}\u{b5}s", fraction(n, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(n, 1_000_000)),
        _ => {
            let secs = n / 1_000_000_000;
            let rest = fraction(n % 60_000_000_000, 1_000_000_000);
            match (secs / 3600, secs / 60 % 60) {
                (0, 0) => format!("{sign}{rest}s"),
                (0, m) => format!("{sign}{m}m{rest}s"),
                (h, m) => format!("{sign}{h}h{m}m{rest}s"),
            }
        }
    }
}

/// Prints a duration as Go does.
pub fn format(d: Duration) -> String {
    format_nanos(i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}

/// An age of `secs` seconds with up to two units, as kubectl's tables print it (`duration.HumanDuration`).
pub fn human(secs: i64) -> String {
    let two = |a: i64, u: &str, b: i64, v: &str| {
        if b == 0 {
            format!("{a}{u}")
        } else {
            format!("{a}{u}{b}{v}")
        }
    };
    let (minutes, hours) = (secs / 60, secs / 3600);
    match secs {
        i64::MIN..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if secs < 120 => format!("{secs}s"),
        _ if minutes < 10 => two(minutes, "m", secs % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 24 * 8 => two(hours / 24, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        _ if hours < 24 * 365 * 8 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// An age with one unit (`duration.ShortHumanDuration`).
pub fn short_human(secs: i64) -> String {
    match secs {
        i64::MIN..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..60 => format!("{secs}s"),
        60..3600 => format!("{}m", secs / 60),
        3600..86_400 => format!("{}h", secs / 3600),
        86_400..31_536_000 => format!("{}d", secs / 86_400),
        _ => format!("{}y", secs / 31_536_000),
    }
}

/// How long ago `then` was, as tables print it; `<unknown>` where there is no such time (`translateTimestampSince`).
pub fn age(then: Option<Timestamp>, now: Timestamp) -> String {
    match then {
        None => "<unknown>".to_owned(),
        Some(t) => human((now.0 - t.0).div_euclid(1_000_000)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read_and_printed() {
        for (text, printed) in [
            ("0", "0s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1.5s", "1.5s"),
            ("-2m", "-2m0s"),
            ("1h0.25s", "1h0m0.25s"),
            ("250ms", "250ms"),
            ("1500us", "1.5ms"),
            (".5m", "30s"),
            ("7ns", "7ns"),
        ] {
            assert_eq!(format_nanos(parse_nanos(text).unwrap()), printed);
        }
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            ("3", "time: missing unit in duration \"3\""),
            ("3d", "time: unknown unit \"d\" in duration \"3d\""),
        ] {
            assert_eq!(parse_nanos(text).unwrap_err(), error);
        }
    }

    #[test]
    fn ages_are_rounded_as_kubectl_rounds_them() {
        for (secs, want) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (28_800, "8h"),
            (172_800, "2d"),
            (176_400, "2d1h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (63_158_400, "2y1d"),
            (252_288_000, "8y"),
        ] {
            assert_eq!(human(secs), want);
        }
        assert_eq!(short_human(3700), "1h");
        assert_eq!(
            age(Some(Timestamp::from_secs(5)), Timestamp::from_secs(12)),
            "7s"
        );
    }
}
