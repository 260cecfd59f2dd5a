//! Functions of texts (`cel-go/ext/strings.go`, `library/regex.go`), and the fields of times.

use super::Val;
use super::eval::{Outcome, no_overload};
use super::functions::text;
use crate::api::time_zones::Zone;
use crate::apimachinery::{Timestamp, Value, strconv};

fn regex(pattern: &str) -> Result<regex_lite::Regex, String> {
    regex_lite::Regex::new(pattern).map_err(|e| e.to_string())
}

/// A function of a text.
pub fn method(s: &str, name: &str, args: &[Val]) -> Outcome {
    let words: Vec<&str> = args.iter().filter_map(Val::str).collect();
    let numbers: Vec<i64> = args
        .iter()
        .filter_map(|a| match a {
            Val::Json(Value::Int(i)) => Some(*i),
            _ => None,
        })
        .collect();
    Ok(match (name, words.as_slice(), numbers.as_slice()) {
        ("size", ..) => Val::from(s.chars().count() as i64),
        ("contains", [x], _) => s.contains(x).into(),
        ("startsWith", [x], _) => s.starts_with(x).into(),
        ("endsWith", [x], _) => s.ends_with(x).into(),
        ("matches", [x], _) => regex(x)?.is_match(s).into(),
        ("find", [x], _) => regex(x)?.find(s).map_or("", |m| m.as_str()).into(),
        ("findAll", [x], limit) => {
            let most = most(limit);
            let all = regex(x)?;
            let all: Vec<Value> = all
                .find_iter(s)
                .take(most)
                .map(|m| m.as_str().into())
                .collect();
            all.into()
        }
        ("lowerAscii", ..) => s.to_ascii_lowercase().into(),
        ("upperAscii", ..) => s.to_ascii_uppercase().into(),
        ("trim", ..) => s.trim().into(),
        ("split", [x], limit) => {
            let most = most(limit);
            let parts: Vec<Value> = match (most, x.is_empty()) {
                (0, _) => Vec::new(),
                (_, true) => s.chars().map(|c| c.to_string().into()).collect(),
                _ => s.splitn(most, x).map(Value::from).collect(),
            };
            parts.into()
        }
        ("replace", [from, to], limit) => s.replacen(from, to, most(limit)).into(),
        ("indexOf", [x], from) => {
            let chars: Vec<char> = s.chars().collect();
            let start = from.first().copied().unwrap_or(0);
            let start = usize::try_from(start).ok().filter(|i| *i <= chars.len());
            let start = start.ok_or_else(|| format!("index out of range: {}", from[0]))?;
            let rest: String = chars[start..].iter().collect();
            let found = rest.find(x).map(|b| start + rest[..b].chars().count());
            Val::from(found.map_or(-1, |i| i as i64))
        }
        ("lastIndexOf", [x], to) => {
            let chars: Vec<char> = s.chars().collect();
            let last = to.first().copied().unwrap_or(chars.len() as i64);
            let last = usize::try_from(last).ok().filter(|i| *i <= chars.len());
            let last = last.ok_or_else(|| format!("index out of range: {}", to[0]))?;
            let end = (last + x.chars().count()).min(chars.len());
            let part: String = chars[..end].iter().collect();
            let found = part.rfind(x).map(|b| part[..b].chars().count());
            Val::from(found.map_or(-1, |i| i as i64))
        }
        ("charAt" | "substring", [], [start, rest @ ..]) => {
            let chars: Vec<char> = s.chars().collect();
            let end = match name {
                "charAt" => start.saturating_add(1).min(chars.len() as i64),
                _ => rest.first().copied().unwrap_or(chars.len() as i64),
            };
            let range = usize::try_from(*start).ok().zip(usize::try_from(end).ok());
            let part = range.and_then(|(a, b)| chars.get(a..b));
            let part = part.ok_or_else(|| format!("index out of range: {start}"))?;
            part.iter().collect::<String>().into()
        }
        ("format", ..) => match args {
            [l] => formatted(s, &l.items().unwrap_or_default())?.into(),
            _ => return no_overload(),
        },
        _ => return no_overload(),
    })
}

/// A limit: all where it is below zero.
fn most(limit: &[i64]) -> usize {
    let given = limit.first().and_then(|l| usize::try_from(*l).ok());
    given.unwrap_or(usize::MAX)
}

/// `%s`, `%d` and their like (`ext/formatting.go`).
fn formatted(s: &str, args: &[Val]) -> Result<String, String> {
    let mut out = String::new();
    let given = args.len();
    let mut args = args.iter().enumerate();
    let mut chars = s.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        let mut precision = None;
        if chars.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                digits.push(d);
            }
            precision = digits.parse::<usize>().ok();
        }
        let clause = chars.next().ok_or("unexpected end of string")?;
        let Some((_, v)) = args.next() else {
            return Err(format!("index {given} out of range"));
        };
        let whole = match v {
            Val::Json(Value::Int(n)) => Some(i128::from(*n)),
            Val::Json(Value::Bool(b)) => Some(i128::from(*b)),
            Val::Uint(n) => Some(i128::from(*n)),
            _ => None,
        };
        let float = match v {
            Val::Json(v) => v.as_f64(),
            Val::Uint(n) => Some(*n as f64),
            _ => None,
        };
        let signed = |n: i128, digits: String| match n < 0 {
            true => format!("-{digits}"),
            false => digits,
        };
        let said = match (clause, whole, float) {
            ('s', ..) => shown(v)?,
            ('d', Some(n), _) => n.to_string(),
            ('d', None, Some(f)) => strconv::format_float(f),
            ('b', Some(n), _) => signed(n, format!("{:b}", n.unsigned_abs())),
            ('o', Some(n), _) => signed(n, format!("{:o}", n.unsigned_abs())),
            ('x', Some(n), _) => signed(n, format!("{:x}", n.unsigned_abs())),
            ('X', Some(n), _) => signed(n, format!("{:X}", n.unsigned_abs())),
            ('x', None, None) => hex(v).to_ascii_lowercase(),
            ('X', None, None) => hex(v),
            ('f', _, Some(f)) => format!("{f:.*}", precision.unwrap_or(6)),
            ('e', _, Some(f)) => {
                let s = format!("{f:.*e}", precision.unwrap_or(6));
                let (digits, exponent) = s.split_once('e').unwrap_or((&s, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                let sign = if exponent < 0 { '-' } else { '+' };
                format!("{digits}e{sign}{:02}", exponent.abs())
            }
            ('d' | 'b' | 'o' | 'x' | 'X' | 'f' | 'e', ..) => {
                return Err(format!(
                    "error during formatting: {} clause was given {}",
                    clause,
                    v.type_name()
                ));
            }
            _ => {
                return Err(format!(
                    "could not parse formatting clause: unrecognized formatting clause \"{clause}\""
                ));
            }
        };
        out.push_str(&said);
    }
    Ok(out)
}

fn hex(v: &Val) -> String {
    let bytes = match v {
        Val::Bytes(b) => b.to_vec(),
        v => v.str().unwrap_or_default().as_bytes().to_vec(),
    };
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

/// A value as `%s` shows it.
fn shown(v: &Val) -> Result<String, String> {
    if let Some(items) = v.items() {
        let all: Vec<String> = items.iter().map(shown).collect::<Result<_, _>>()?;
        return Ok(format!("[{}]", all.join(", ")));
    }
    if let Some(entries) = v.entries() {
        let mut all = Vec::new();
        for (k, v) in &entries {
            all.push(format!("{}: {}", shown(k)?, shown(v)?));
        }
        return Ok(format!("{{{}}}", all.join(", ")));
    }
    match v {
        Val::Json(Value::Null) => Ok("null".to_owned()),
        v => text(v),
    }
}

/// A field of a time, in a time zone: its name, or hours and minutes from UTC.
pub fn of_time(t: Timestamp, name: &str, zone: Option<&str>) -> Outcome {
    use chrono::{Datelike, Timelike};
    let local = match zone {
        None | Some("" | "UTC") => t,
        Some(zone) => {
            let bad = || format!("unknown time zone {zone}");
            let seconds = match zone.rsplit_once(':') {
                Some((hours, minutes)) => {
                    let hours: i64 = hours.trim_start_matches('+').parse().map_err(|_| bad())?;
                    let minutes: i64 = minutes.parse().map_err(|_| bad())?;
                    let minutes = if zone.starts_with('-') {
                        -minutes
                    } else {
                        minutes
                    };
                    hours * 3600 + minutes * 60
                }
                None => Zone::find(zone).ok_or_else(bad)?.offset(t) * 60,
            };
            Timestamp(t.0.saturating_add(seconds.saturating_mul(1_000_000)))
        }
    };
    let d = local.utc();
    Ok(Val::from(match name {
        "getFullYear" => i64::from(d.year()),
        "getMonth" => i64::from(d.month0()),
        "getDayOfYear" => i64::from(d.ordinal0()),
        "getDayOfMonth" => i64::from(d.day0()),
        "getDate" => i64::from(d.day()),
        "getDayOfWeek" => i64::from(d.weekday().num_days_from_sunday()),
        "getHours" => i64::from(d.hour()),
        "getMinutes" => i64::from(d.minute()),
        "getSeconds" => i64::from(d.second()),
        "getMilliseconds" => local.0.rem_euclid(1_000_000) / 1000,
        _ => return no_overload(),
    }))
}
