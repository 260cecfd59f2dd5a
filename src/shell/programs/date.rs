//! `date`, and times as people write them.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, Utc};

use super::super::process::{Cx, Start};
use super::super::system::Micros;
use super::attributes::utc;
use super::options;

/// Reads `@1700000000`, `2023-11-14 22:13:20`, `2023-11-14T22:13:20Z`, `now`, `yesterday`, `2 hours ago`, `+3 days` …
pub fn parse(text: &str, now: Micros) -> Option<Micros> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        let seconds: f64 = seconds.parse().ok()?;
        return (seconds >= 0.0).then_some((seconds * 1e6) as u64);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return micros(at.with_timezone(&Utc));
    }
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return micros(at.with_timezone(&Utc));
    }
    for zone in ["", " UTC", "Z", " Z", " +0000", "+00:00"] {
        let Some(plain) = text.strip_suffix(zone) else {
            continue;
        };
        for format in [
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M",
            "%d %b %Y %H:%M:%S",
            "%b %d %H:%M:%S %Y",
            "%a %b %d %H:%M:%S UTC %Y",
        ] {
            if let Ok(at) = NaiveDateTime::parse_from_str(plain, format) {
                return micros(at.and_utc());
            }
        }
        for format in ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d %b %Y", "%b %d %Y"] {
            if let Ok(day) = NaiveDate::parse_from_str(plain, format) {
                return micros(day.and_hms_opt(0, 0, 0)?.and_utc());
            }
        }
    }
    relative(text, utc(now)).and_then(micros)
}

fn micros(at: DateTime<Utc>) -> Option<Micros> {
    u64::try_from(at.timestamp_micros()).ok()
}

fn relative(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let sign = if words.last() == Some(&"ago") { -1 } else { 1 };
    let mut at = now;
    let mut i = 0;
    while let Some(word) = words.get(i) {
        i += 1;
        let (count, unit) = match *word {
            "now" | "ago" => continue,
            "today" => (0, "day"),
            "yesterday" => (-1, "day"),
            "tomorrow" => (1, "day"),
            "next" => (1, *words.get(i)?),
            "last" => (-1, *words.get(i)?),
            word => {
                let digits = word.trim_start_matches('+');
                let end = digits
                    .char_indices()
                    .find(|(at, c)| !c.is_ascii_digit() && !(*at == 0 && *c == '-'))
                    .map_or(digits.len(), |(at, _)| at);
                let unit = match &digits[end..] {
                    "" => *words.get(i)?,
                    unit => unit,
                };
                let count: i64 = match &digits[..end] {
                    "" => 1,
                    digits => digits.parse().ok()?,
                };
                i += usize::from(end == digits.len());
                (count, unit)
            }
        };
        i += usize::from(matches!(*word, "next" | "last"));
        let count = count * sign;
        let months = |n: i64| -> Option<DateTime<Utc>> {
            let span = Months::new(u32::try_from(n.unsigned_abs()).ok()?);
            if n < 0 {
                at.checked_sub_months(span)
            } else {
                at.checked_add_months(span)
            }
        };
        let seconds = match unit.trim_end_matches('s') {
            "sec" | "second" => 1,
            "min" | "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 7 * 86_400,
            "fortnight" => 14 * 86_400,
            "month" => {
                at = months(count)?;
                continue;
            }
            "year" => {
                at = months(count.checked_mul(12)?)?;
                continue;
            }
            _ => return None,
        };
        let span = Duration::try_seconds(count.checked_mul(seconds)?)?;
        at = at.checked_add_signed(span)?;
    }
    (!words.is_empty()).then_some(at)
}

/// `touch -t`'s `[[CC]YY]MMDDhhmm[.ss]`.
pub fn stamp(text: &str, now: Micros) -> Option<Micros> {
    let (digits, seconds) = text.split_once('.').unwrap_or((text, "00"));
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = utc(now).year();
    let full = match digits.len() {
        12 => digits.to_string(),
        10 => format!("{}{digits}", year / 100),
        8 => format!("{year}{digits}"),
        _ => return None,
    };
    let at = NaiveDateTime::parse_from_str(&format!("{full}{seconds}"), "%Y%m%d%H%M%S");
    micros(at.ok()?.and_utc())
}

/// A time in `strftime`'s words, as GNU extends them.
pub fn format(at: DateTime<Utc>, format: &str) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.peek().copied().filter(|c| "-_0^#:".contains(*c)) {
            flags.push(flag);
            chars.next();
        }
        let mut width = String::new();
        while let Some(digit) = chars.peek().copied().filter(char::is_ascii_digit) {
            width.push(digit);
            chars.next();
        }
        let Some(letter) = chars.next() else {
            out.push('%');
            out.push_str(&flags);
            break;
        };
        out.push_str(&field(at, letter, &flags, width.parse().unwrap_or(0)));
    }
    out
}

fn field(at: DateTime<Utc>, letter: char, flags: &str, width: usize) -> String {
    let mut text = match letter {
        '%' => "%".to_string(),
        'n' => "\n".to_string(),
        't' => "\t".to_string(),
        'N' => {
            let nanos = format!("{:09}", at.timestamp_subsec_nanos());
            let digits = if width == 0 { 9 } else { width.min(9) };
            return nanos[..digits].to_string();
        }
        'z' if flags.contains("::") => "+00:00:00".to_string(),
        'z' if flags.contains(':') => "+00:00".to_string(),
        'z' => "+0000".to_string(),
        'Z' => "UTC".to_string(),
        'c' => at.format("%a %b %e %H:%M:%S %Y").to_string(),
        'x' => at.format("%m/%d/%y").to_string(),
        'X' => at.format("%H:%M:%S").to_string(),
        'r' => at.format("%I:%M:%S %p").to_string(),
        'q' => at.month().div_ceil(3).to_string(),
        'a' | 'A' | 'b' | 'B' | 'C' | 'd' | 'D' | 'e' | 'F' | 'g' | 'G' | 'h' | 'H' | 'I' | 'j'
        | 'k' | 'l' | 'm' | 'M' | 'p' | 'P' | 'R' | 's' | 'S' | 'T' | 'u' | 'U' | 'V' | 'w'
        | 'W' | 'y' | 'Y' => at.format(&format!("%{letter}")).to_string(),
        other => return format!("%{flags}{other}"),
    };
    if flags.contains('^') || flags.contains('#') && letter != 'p' {
        text = text.to_uppercase();
    } else if flags.contains('#') {
        text = text.to_lowercase();
    }
    let numeric = text.trim().parse::<u64>().is_ok();
    if flags.contains('-') && numeric {
        let short = text.trim_start_matches(['0', ' ']);
        text = if short.is_empty() { "0" } else { short }.to_string();
    } else if flags.contains('_') && numeric {
        let short = text.trim_start_matches('0');
        let shown = if short.is_empty() { "0" } else { short };
        text = format!("{shown:>0$}", text.len().max(width));
    }
    match numeric && !flags.contains('_') {
        true => format!("{text:0>width$}"),
        false => format!("{text:>width$}"),
    }
}

pub fn date(cx: &mut Cx) -> Start {
    let long = [
        ("date", 'd'),
        ("utc", 'u'),
        ("universal", 'u'),
        ("iso-8601", 'I'),
        ("rfc-email", 'R'),
        ("rfc-3339", 'T'),
        ("reference", 'r'),
        ("set", 's'),
    ];
    // `-I` has its value attached, if any; `T` takes one.
    let mut iso = None;
    cx.proc.argv.retain(|arg| {
        let value = arg.strip_prefix("-I").or(arg.strip_prefix("--iso-8601="));
        if let Some(value) = value {
            iso = Some(value.to_string());
        }
        value.is_none()
    });
    let options = match options::parse(cx, "d:uRr:s:IT:D:", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let now = cx.sys.now();
    if options.has('s') {
        return cx.fail(1, "cannot set date: Operation not permitted");
    }
    let at = match (options.value('d'), options.value('r')) {
        (Some(text), _) => match parse(text, now) {
            Some(at) => at,
            None if cx.busybox() => return cx.fail(1, format!("invalid date '{text}'")),
            None => return cx.fail(1, format!("invalid date ‘{text}’")),
        },
        (None, Some(file)) => match cx.stat(file, true) {
            Ok(meta) => meta.mtime,
            Err(error) => return cx.fail(1, format!("{file}: {error}")),
        },
        (None, None) => now,
    };
    let wanted = options.operands.first();
    let text = match wanted {
        Some(text) if text.starts_with('+') => text[1..].to_string(),
        Some(text) => return cx.fail(1, format!("invalid date ‘{text}’")),
        None if options.has('R') => "%a, %d %b %Y %H:%M:%S %z".to_string(),
        None if options.has('I') || iso.is_some() => {
            match iso.as_deref().or(options.value('I')).unwrap_or("") {
                "s" | "seconds" => "%Y-%m-%dT%H:%M:%S%:z",
                "m" | "minutes" => "%Y-%m-%dT%H:%M%:z",
                "h" | "hours" => "%Y-%m-%dT%H%:z",
                "ns" => "%Y-%m-%dT%H:%M:%S,%N%:z",
                _ => "%Y-%m-%d",
            }
            .to_string()
        }
        None if options.has('T') => match options.value('T') {
            Some("date") => "%Y-%m-%d",
            Some("ns") => "%Y-%m-%d %H:%M:%S.%N%:z",
            _ => "%Y-%m-%d %H:%M:%S%:z",
        }
        .to_string(),
        None => "%a %b %e %H:%M:%S %Z %Y".to_string(),
    };
    cx.out(format(utc(at), &text) + "\n");
    Start::Done(0)
}
