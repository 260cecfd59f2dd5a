//! The functions of expressions: the standard ones, and Kubernetes' for lists, sets, optional values, quantities and versions.

use super::Val;
use super::eval::{Outcome, no_overload};
use super::{net, strings};
use crate::api::custom;
use crate::apimachinery::jsonpath;
use crate::apimachinery::{Quantity, Text, Timestamp, Value, duration, names};
use std::cmp::Ordering;
use std::sync::Arc;

/// The error of numbers that are too large.
pub fn overflow() -> String {
    "integer overflow".to_owned()
}

/// How two values of a kind are ordered; numbers are of one kind.
pub fn order(a: &Val, b: &Val) -> Option<Ordering> {
    let float = |v: &Val| match v {
        Val::Json(v @ (Value::Int(_) | Value::Float(_))) => v.as_f64(),
        Val::Uint(n) => Some(*n as f64),
        _ => None,
    };
    match (a, b) {
        // Times and durations of objects are texts.
        (Val::Time(_) | Val::Duration(_), Val::Json(Value::Str(s))) => order(a, &read_as(a, s)?),
        (Val::Json(Value::Str(s)), Val::Time(_) | Val::Duration(_)) => order(&read_as(b, s)?, b),
        (Val::Json(Value::Int(x)), Val::Json(Value::Int(y))) => Some(x.cmp(y)),
        (Val::Uint(x), Val::Uint(y)) => Some(x.cmp(y)),
        (Val::Uint(x), Val::Json(Value::Int(y))) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (Val::Json(Value::Int(x)), Val::Uint(y)) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (Val::Json(Value::Str(x)), Val::Json(Value::Str(y))) => Some(x.as_str().cmp(y.as_str())),
        (Val::Json(Value::Bool(x)), Val::Json(Value::Bool(y))) => Some(x.cmp(y)),
        (Val::Bytes(x), Val::Bytes(y)) => Some(x.cmp(y)),
        (Val::Duration(x), Val::Duration(y)) => Some(x.cmp(y)),
        (Val::Time(x), Val::Time(y)) => Some(x.cmp(y)),
        (Val::Quantity(x), Val::Quantity(y)) => Some(x.cmp(y)),
        (Val::Semver(x), Val::Semver(y)) => Some(versions(x, y)),
        _ => float(a)?.partial_cmp(&float(b)?),
    }
}

/// A text as a time or a duration, whichever another value is.
fn read_as(like: &Val, s: &str) -> Option<Val> {
    match like {
        Val::Time(_) => Timestamp::parse(s).map(Val::Time),
        _ => duration::parse_nanos(s).ok().map(Val::Duration),
    }
}

/// Whether two values are equal; numbers are by their amount.
pub fn equal(a: &Val, b: &Val) -> bool {
    if let Some(o) = order(a, b) {
        return o == Ordering::Equal;
    }
    match (a, b) {
        (Val::Json(Value::Str(_)), _) | (_, Val::Json(Value::Str(_))) => false,
        (Val::Optional(Some(x)), Val::Optional(Some(y))) => equal(x, y),
        (Val::Json(x), Val::Json(y)) if x.ptr_eq(y) => true,
        _ => match (a.items(), b.items(), a.entries(), b.entries()) {
            (Some(x), Some(y), ..) => {
                x.len() == y.len() && x.iter().zip(&y).all(|(a, b)| equal(a, b))
            }
            (_, _, Some(x), Some(y)) => {
                let same = |(k, v): &(Val, Val)| {
                    let found = y.iter().find(|(other, _)| equal(other, k));
                    found.is_some_and(|(_, w)| equal(v, w))
                };
                x.len() == y.len() && x.iter().all(same)
            }
            _ => a == b,
        },
    }
}

/// What a call costs beside the call itself: a tenth of a text's length, a list's items (`library/cost.go`).
pub fn cost(target: Option<&Val>, name: &str, args: &[Val]) -> usize {
    let text = |v: Option<&Val>| v.and_then(Val::str).map_or(0, str::len);
    let size = |v: Option<&Val>| v.and_then(Val::size).unwrap_or(0);
    let tenth = |n: usize| n.div_ceil(10);
    match name {
        "matches" | "find" | "findAll" => (tenth(text(target)) + 1) * (text(args.first()) / 4 + 1),
        "contains" => tenth(text(target)) * tenth(text(args.first())).max(1),
        "in" => size(args.first()).min(10_000),
        "+" => (tenth(text(target) + text(args.first())))
            .max(target.and_then(Val::items).map_or(0, |l| l.len()) / 10),
        "==" | "!=" | "<" | "<=" | ">" | ">=" => tenth(text(target).min(text(args.first()))),
        "startsWith" | "endsWith" => tenth(text(args.first())),
        "replace" | "split" | "lowerAscii" | "upperAscii" | "trim" | "substring" | "indexOf"
        | "lastIndexOf" | "format" | "charAt" => tenth(text(target)) + size(target) / 10,
        "join" | "isSorted" | "sum" | "min" | "max" => size(target),
        "sets.contains" | "sets.equivalent" | "sets.intersects" => {
            size(args.first()).saturating_mul(size(args.get(1)))
        }
        "url" | "isURL" | "ip" | "isIP" | "cidr" | "isCIDR" | "quantity" | "isQuantity"
        | "string" | "int" | "bytes" | "timestamp" | "duration" | "validate" => {
            tenth(text(args.first()))
        }
        _ => 0,
    }
}

/// Calls a function.
pub fn call(target: Option<&Val>, name: &str, args: &[Val]) -> Outcome {
    let Some(of) = target else {
        return match (name, args) {
            (_, [_]) if !name.contains('.') => global(name, &args[0]),
            ("matches", [Val::Json(Value::Str(s)), _]) => strings::method(s, name, &args[1..]),
            ("semver" | "isSemver", [v, lenient]) => version(
                name,
                v.str().unwrap_or_default(),
                lenient.truth() == Some(true),
            ),
            _ => spaced(name, args),
        };
    };
    match (of, args) {
        (Val::Optional(inner), args) => optional(inner.as_deref(), name, args),
        (Val::Json(Value::Str(s)), args) if name.starts_with("get") => match Timestamp::parse(s) {
            Some(t) => strings::of_time(t, name, args.first().and_then(Val::str)),
            None => no_overload(),
        },
        (Val::Json(Value::Str(s)), args) => strings::method(s, name, args),
        (Val::Json(Value::List(_)) | Val::List(_), args) => {
            list(&of.items().unwrap_or_default(), name, args)
        }
        (Val::Json(Value::Map(_)) | Val::Map(_) | Val::Bytes(_), []) if name == "size" => {
            global("size", of)
        }
        (Val::Duration(d), []) => Ok(Val::from(match name {
            "getHours" => d / 3_600_000_000_000,
            "getMinutes" => d / 60_000_000_000,
            "getSeconds" => d / 1_000_000_000,
            "getMilliseconds" => d / 1_000_000,
            _ => return no_overload(),
        })),
        (Val::Time(t), args) => strings::of_time(*t, name, args.first().and_then(Val::str)),
        (Val::Quantity(q), args) => quantity(q, name, args),
        (Val::Ip(a), []) => net::of_ip(*a, name),
        (Val::Cidr(b), args) => net::of_block(*b, name, args),
        (Val::Url(u), []) => net::of_url(u, name),
        (Val::Semver(v), args) => match (name, args) {
            ("major", []) => Ok(Val::from(v.0 as i64)),
            ("minor", []) => Ok(Val::from(v.1 as i64)),
            ("patch", []) => Ok(Val::from(v.2 as i64)),
            ("compareTo", [Val::Semver(o)]) => Ok(Val::from(versions(v, o) as i64)),
            ("isLessThan", [Val::Semver(o)]) => Ok(versions(v, o).is_lt().into()),
            ("isGreaterThan", [Val::Semver(o)]) => Ok(versions(v, o).is_gt().into()),
            _ => no_overload(),
        },
        (Val::Format(format), [v]) if name == "validate" => {
            validate(format, v.str().unwrap_or_default())
        }
        _ => no_overload(),
    }
}

/// A value as a string.
///
/// # Errors
/// Values that have none.
pub fn text(v: &Val) -> Result<String, String> {
    Ok(match v {
        Val::Json(v @ (Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_))) => {
            jsonpath::text(v)
        }
        Val::Uint(n) => n.to_string(),
        Val::Bytes(b) => String::from_utf8(b.to_vec())
            .map_err(|_| "invalid UTF-8 in bytes, cannot convert to string".to_owned())?,
        Val::Duration(d) => format!("{}s", *d as f64 / 1e9),
        Val::Time(t) => t.to_rfc3339(),
        Val::Quantity(q) => q.to_string(),
        Val::Ip(a) => a.to_string(),
        Val::Cidr(b) => format!("{}/{}", b.address, b.bits),
        Val::Type(name) => name.to_string(),
        _ => return no_overload(),
    })
}

fn global(name: &str, v: &Val) -> Outcome {
    let range = || "range error".to_owned();
    Ok(match (name, v) {
        ("size", v) => {
            return v
                .size()
                .map_or_else(no_overload, |n| Ok(Val::from(n as i64)));
        }
        ("dyn", v) => v.clone(),
        ("type", Val::Type(_)) => Val::Type("type".into()),
        ("type", v) => Val::Type(v.type_name().into()),
        ("string", v) => text(v)?.into(),
        ("int", Val::Json(Value::Int(_))) | ("uint", Val::Uint(_)) => v.clone(),
        ("int", Val::Uint(n)) => i64::try_from(*n).map_err(|_| overflow())?.into(),
        ("int", Val::Json(Value::Float(f))) if f.abs() < 9.3e18 => Val::from(*f as i64),
        ("int" | "uint", Val::Json(Value::Float(_))) if name == "int" => return Err(overflow()),
        ("int", Val::Json(Value::Str(s))) => {
            let parsed = s.parse::<i64>();
            parsed
                .map_err(|_| format!("strconv.ParseInt: parsing {:?}: invalid syntax", s.as_str()))?
                .into()
        }
        ("int", Val::Time(t)) => Val::from(t.0.div_euclid(1_000_000)),
        ("uint", Val::Json(Value::Int(i))) => Val::Uint(u64::try_from(*i).map_err(|_| range())?),
        ("uint", Val::Json(Value::Float(f))) if *f >= 0.0 && *f < 1.85e19 => Val::Uint(*f as u64),
        ("uint", Val::Json(Value::Str(s))) => Val::Uint(s.parse().map_err(|_| {
            format!(
                "strconv.ParseUint: parsing {:?}: invalid syntax",
                s.as_str()
            )
        })?),
        ("double", Val::Json(json @ (Value::Int(_) | Value::Float(_)))) => {
            Value::Float(json.as_f64().unwrap_or_default()).into()
        }
        ("double", Val::Uint(n)) => Value::Float(*n as f64).into(),
        ("double", Val::Json(Value::Str(s))) => {
            let parsed = s.parse::<f64>();
            let bad = |_| {
                format!(
                    "strconv.ParseFloat: parsing {:?}: invalid syntax",
                    s.as_str()
                )
            };
            Value::Float(parsed.map_err(bad)?).into()
        }
        ("bool", Val::Json(Value::Bool(_))) => v.clone(),
        ("bool", Val::Json(Value::Str(s))) => match s.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => true.into(),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => false.into(),
            s => return Err(format!("strconv.ParseBool: parsing {s:?}: invalid syntax")),
        },
        ("bytes", Val::Bytes(_)) => v.clone(),
        ("bytes", Val::Json(Value::Str(s))) => Val::Bytes(Arc::from(s.as_str().as_bytes())),
        ("duration", Val::Duration(_)) | ("timestamp", Val::Time(_)) => v.clone(),
        ("duration", Val::Json(Value::Int(i))) => Val::Duration(*i),
        ("duration", Val::Json(Value::Str(s))) => Val::Duration(duration::parse_nanos(s)?),
        ("timestamp", Val::Json(Value::Int(i))) => Val::Time(Timestamp::from_secs(*i)),
        ("timestamp", Val::Json(Value::Str(s))) => {
            let found = Timestamp::parse(s);
            Val::Time(found.ok_or_else(|| {
                format!("parsing time {s:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {s:?} as \"2006\"")
            })?)
        }
        ("quantity", Val::Json(json @ Value::Str(_))) => {
            Val::Quantity(Quantity::try_of(json).map_err(|e| e.to_string())?)
        }
        ("isQuantity", Val::Json(json @ Value::Str(_))) => Quantity::try_of(json).is_ok().into(),
        (_, Val::Json(Value::Str(s))) => match name {
            "ip" => Val::Ip(net::ip(s)?),
            "isIP" => net::ip(s).is_ok().into(),
            "cidr" => Val::Cidr(net::block(s)?),
            "isCIDR" => net::block(s).is_ok().into(),
            "url" => Val::Url(Arc::new(net::url(s)?)),
            "isURL" => net::url(s).is_ok().into(),
            "semver" | "isSemver" => return version(name, s, false),
            _ => return no_overload(),
        },
        _ => return no_overload(),
    })
}

/// Functions whose names have a dot.
fn spaced(name: &str, args: &[Val]) -> Outcome {
    if let Some(format) = name.strip_prefix("format.") {
        return match (format, args) {
            ("named", [v]) => Ok(Val::Optional(
                format_named(v.str().unwrap_or_default()).map(|f| Arc::new(Val::Format(f))),
            )),
            (format, []) => format_named(format).map_or_else(no_overload, |f| Ok(Val::Format(f))),
            _ => no_overload(),
        };
    }
    match (name, args) {
        ("optional.none", []) => Ok(Val::Optional(None)),
        ("optional.of", [v]) => Ok(Val::some(v.clone())),
        ("optional.ofNonZeroValue", [v]) => {
            let zero = match v {
                Val::Json(Value::Null | Value::Bool(false)) | Val::Json(Value::Int(0)) => true,
                Val::Json(Value::Float(f)) => *f == 0.0,
                Val::Uint(0) | Val::Duration(0) => true,
                v => v.size() == Some(0),
            };
            Ok(if zero {
                Val::Optional(None)
            } else {
                Val::some(v.clone())
            })
        }
        ("strings.quote", [v]) => {
            Ok(crate::apimachinery::strconv::quote(v.str().unwrap_or_default()).into())
        }
        ("jsonpatch.escapeKey", [v]) => {
            let s = v.str().unwrap_or_default();
            Ok(s.replace('~', "~0").replace('/', "~1").into())
        }
        ("ip.isCanonical", [v]) => {
            let s = v.str().unwrap_or_default();
            Ok((net::ip(s)?.to_string() == s).into())
        }
        ("sets.contains" | "sets.equivalent" | "sets.intersects", [a, b]) => {
            let (Some(a), Some(b)) = (a.items(), b.items()) else {
                return no_overload();
            };
            let among = |x: &Val, l: &[Val]| l.iter().any(|y| equal(x, y));
            let within = |l: &[Val], m: &[Val]| l.iter().all(|x| among(x, m));
            Ok(match name {
                "sets.contains" => within(&b, &a).into(),
                "sets.equivalent" => (within(&a, &b) && within(&b, &a)).into(),
                _ => a.iter().any(|x| among(x, &b)).into(),
            })
        }
        _ => no_overload(),
    }
}

fn optional(inner: Option<&Val>, name: &str, args: &[Val]) -> Outcome {
    let of = |v: &Val| Val::some(v.clone());
    match (name, args, inner) {
        ("hasValue", [], inner) => Ok(inner.is_some().into()),
        ("value" | "orValue", _, Some(v)) => Ok(v.clone()),
        ("orValue", [otherwise], None) => Ok(otherwise.clone()),
        ("or", _, Some(v)) => Ok(of(v)),
        ("or", [otherwise], None) => Ok(otherwise.clone()),
        ("value", ..) => Err("optional.none() dereference".to_owned()),
        _ => no_overload(),
    }
}

fn list(l: &[Val], name: &str, args: &[Val]) -> Outcome {
    match (name, args) {
        ("size", []) => Ok(Val::from(l.len() as i64)),
        ("join", args) => {
            let separator = args.first().map_or(Ok(String::new()), text)?;
            let parts: Vec<String> = l.iter().map(text).collect::<Result<_, _>>()?;
            Ok(parts.join(&separator).into())
        }
        ("isSorted", []) => Ok(l
            .windows(2)
            .all(|w| order(&w[0], &w[1]).is_some_and(Ordering::is_le))
            .into()),
        ("sum", []) => sum(l),
        ("min" | "max", []) => {
            let wanted = if name == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let better = |a, b| if order(b, a) == Some(wanted) { b } else { a };
            let found = l.iter().reduce(better).cloned();
            found.ok_or_else(|| format!("{name} called on empty list"))
        }
        ("indexOf", [x]) => {
            let found = l.iter().position(|v| equal(v, x));
            Ok(Val::from(found.map_or(-1, |i| i as i64)))
        }
        ("lastIndexOf", [x]) => {
            let found = l.iter().rposition(|v| equal(v, x));
            Ok(Val::from(found.map_or(-1, |i| i as i64)))
        }
        _ => no_overload(),
    }
}

fn sum(l: &[Val]) -> Outcome {
    if l.iter().all(|v| matches!(v, Val::Duration(_))) && !l.is_empty() {
        let nanos = l
            .iter()
            .map(|v| if let Val::Duration(d) = v { *d } else { 0 });
        let mut nanos = nanos;
        let total = nanos.try_fold(0_i64, i64::checked_add);
        return total
            .map(Val::Duration)
            .ok_or_else(|| "duration overflow".to_owned());
    }
    let Some(numbers) = Val::list(l.to_vec()).items() else {
        return no_overload();
    };
    let json: Vec<Value> = numbers.iter().filter_map(|v| v.to_json().ok()).collect();
    match json.iter().all(|v| matches!(v, Value::Int(_))) {
        true => {
            let mut numbers = json.iter().filter_map(Value::as_i64);
            let sum = numbers.try_fold(0_i64, i64::checked_add);
            sum.map(Val::from).ok_or_else(overflow)
        }
        false => Ok(Value::Float(json.iter().filter_map(Value::as_f64).sum()).into()),
    }
}

fn quantity(q: &Quantity, name: &str, args: &[Val]) -> Outcome {
    let whole = || {
        let n = q.value();
        (Quantity::new(n, q.format()) == *q).then_some(n)
    };
    let operand = match args {
        [Val::Quantity(o)] => Some(*o),
        [Val::Json(Value::Int(i))] => Some(Quantity::new(*i, q.format())),
        _ => None,
    };
    match (name, args, operand) {
        ("compareTo", [Val::Quantity(o)], _) => Ok(Val::from(q.cmp(o) as i64)),
        ("isGreaterThan", [Val::Quantity(o)], _) => Ok((q > o).into()),
        ("isLessThan", [Val::Quantity(o)], _) => Ok((q < o).into()),
        ("add" | "sub", _, Some(o)) => {
            let mut sum = *q;
            match name {
                "add" => sum.add(&o),
                _ => sum.sub(&o),
            }
            Ok(Val::Quantity(sum))
        }
        ("isInteger", [], _) => Ok(whole().is_some().into()),
        ("asInteger", [], _) => whole()
            .map(Val::from)
            .ok_or_else(|| "cannot convert value to integer".to_owned()),
        ("asApproximateFloat", [], _) => Ok(Value::Float(q.as_f64()).into()),
        ("sign", [], _) => Ok(Val::from(i64::from(q.sign()))),
        _ => no_overload(),
    }
}

type Version = (u64, u64, u64, String, String);

fn versions(a: &Version, b: &Version) -> Ordering {
    let numbers = (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2));
    let before = || match (a.3.as_str(), b.3.as_str()) {
        ("", "") => Ordering::Equal,
        ("", _) => Ordering::Greater,
        (_, "") => Ordering::Less,
        (x, y) => {
            let (x, y): (Vec<&str>, Vec<&str>) = (x.split('.').collect(), y.split('.').collect());
            let pairs = x
                .iter()
                .zip(&y)
                .map(|(x, y)| match (x.parse::<u64>(), y.parse::<u64>()) {
                    (Ok(x), Ok(y)) => x.cmp(&y),
                    (Ok(_), Err(_)) => Ordering::Less,
                    (Err(_), Ok(_)) => Ordering::Greater,
                    _ => x.cmp(y),
                });
            let mut unlike = pairs.filter(|o| o.is_ne());
            unlike.next().unwrap_or_else(|| x.len().cmp(&y.len()))
        }
    };
    numbers.then_with(before)
}

/// `semver(…)` and `isSemver(…)`; a lenient reading takes a `v` before it and fewer numbers.
fn version(name: &str, given: &str, lenient: bool) -> Outcome {
    let read = || -> Option<Version> {
        let mut s = given;
        if lenient {
            s = s.strip_prefix('v').unwrap_or(s);
        }
        let (s, build) = s.split_once('+').unwrap_or((s, ""));
        let (core, before) = s.split_once('-').unwrap_or((s, ""));
        let mut numbers: Vec<&str> = core.split('.').collect();
        while lenient && numbers.len() < 3 {
            numbers.push("0");
        }
        let number = |n: &&str| {
            let plain = lenient || *n == "0" || !n.starts_with('0');
            n.parse::<u64>()
                .ok()
                .filter(|_| plain && n.bytes().all(|b| b.is_ascii_digit()))
        };
        let [a, b, c] = &numbers[..] else {
            return None;
        };
        let word = |s: &str| {
            s.split('.')
                .all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        };
        let tails = [(before, s.contains('-')), (build, given.contains('+'))];
        tails
            .iter()
            .all(|(t, there)| !there || word(t))
            .then_some(())?;
        Some((
            number(a)?,
            number(b)?,
            number(c)?,
            before.to_owned(),
            build.to_owned(),
        ))
    };
    match (name, read()) {
        ("isSemver", found) => Ok(found.is_some().into()),
        (_, Some(found)) => Ok(Val::Semver(Arc::new(found))),
        (_, None) => Err(format!("invalid semantic version {given:?}")),
    }
}

/// A format of the library (`library/format.go`).
fn format_named(name: &str) -> Option<&'static str> {
    const FORMATS: [&str; 13] = [
        "dns1123Label",
        "dns1123Subdomain",
        "dns1035Label",
        "qualifiedName",
        "dns1123LabelPrefix",
        "dns1123SubdomainPrefix",
        "dns1035LabelPrefix",
        "labelValue",
        "uri",
        "uuid",
        "byte",
        "date",
        "datetime",
    ];
    FORMATS.into_iter().find(|f| *f == name)
}

/// What is wrong with a text of a format, if anything is.
fn validate(format: &str, s: &str) -> Outcome {
    // A prefix may end where more is to come.
    let masked = || match s.strip_suffix('-') {
        Some(start) => format!("{start}a"),
        None => s.to_owned(),
    };
    let errors = match format {
        "dns1123Label" => names::is_dns1123_label(s),
        "dns1123Subdomain" => names::is_dns1123_subdomain(s),
        "dns1035Label" => names::is_dns1035_label(s),
        "qualifiedName" => names::is_qualified_name(s),
        "dns1123LabelPrefix" => names::is_dns1123_label(&masked()),
        "dns1123SubdomainPrefix" => names::is_dns1123_subdomain(&masked()),
        "dns1035LabelPrefix" => names::is_dns1035_label(&masked()),
        "labelValue" => names::is_valid_label_value(s),
        "uri" => net::url(s).err().into_iter().collect(),
        other => {
            let (known, said) = match other {
                "uuid" => ("uuid", "does not match the UUID format"),
                "byte" => ("byte", "invalid base64"),
                "date" => ("date", "invalid date"),
                _ => ("date-time", "invalid datetime"),
            };
            match custom::holds_format(known, s) {
                true => Vec::new(),
                false => vec![said.to_owned()],
            }
        }
    };
    Ok(match errors.is_empty() {
        true => Val::Optional(None),
        false => {
            let all: Vec<Value> = errors.into_iter().map(|e| Text::from(e).into()).collect();
            Val::some(all.into())
        }
    })
}
