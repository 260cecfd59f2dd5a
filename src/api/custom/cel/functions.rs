//! The functions of expressions: the standard ones, and Kubernetes' for strings, lists, patterns and quantities.

use super::eval::{Outcome, Val, no_overload, order, overflow};
use crate::apimachinery::jsonpath;
use crate::apimachinery::{Quantity, Timestamp, Value, duration};
use std::cmp::Ordering;

/// Functions of their own: name, and how many arguments.
const GLOBAL: &[(&str, usize)] = &[
    ("size", 1),
    ("int", 1),
    ("uint", 1),
    ("double", 1),
    ("string", 1),
    ("bool", 1),
    ("dyn", 1),
    ("type", 1),
    ("duration", 1),
    ("timestamp", 1),
    ("quantity", 1),
    ("isQuantity", 1),
];

/// Functions of a value: name, and the fewest and most arguments.
const METHODS: &[(&str, usize, usize)] = &[
    ("size", 0, 0),
    ("contains", 1, 1),
    ("startsWith", 1, 1),
    ("endsWith", 1, 1),
    ("matches", 1, 1),
    ("find", 1, 1),
    ("findAll", 1, 1),
    ("lowerAscii", 0, 0),
    ("upperAscii", 0, 0),
    ("trim", 0, 0),
    ("split", 1, 2),
    ("join", 0, 1),
    ("replace", 2, 2),
    ("substring", 1, 2),
    ("charAt", 1, 1),
    ("indexOf", 1, 1),
    ("lastIndexOf", 1, 1),
    ("isSorted", 0, 0),
    ("sum", 0, 0),
    ("min", 0, 0),
    ("max", 0, 0),
    ("hasValue", 0, 0),
    ("value", 0, 0),
    ("orValue", 1, 1),
    ("getSeconds", 0, 0),
    ("compareTo", 1, 1),
    ("isGreaterThan", 1, 1),
    ("isLessThan", 1, 1),
    ("isInteger", 0, 0),
    ("asInteger", 0, 0),
    ("asApproximateFloat", 0, 0),
    ("sign", 0, 0),
];

/// Whether there is such a function.
pub fn is_known(name: &str, method: bool, args: usize) -> bool {
    match method {
        true => METHODS
            .iter()
            .any(|(n, min, max)| *n == name && (*min..=*max).contains(&args)),
        false => GLOBAL.iter().any(|(n, count)| *n == name && *count == args),
    }
}

/// Calls a function.
pub fn call(target: Option<&Val>, name: &str, args: &[Val]) -> Outcome {
    match (target, args) {
        (None, [v]) => global(name, v),
        (Some(Val::Optional(inner)), args) => optional(inner.as_deref(), name, args),
        (Some(Val::Json(Value::Str(s))), args) => string(s, name, args),
        (Some(Val::Json(Value::List(l))), args) => list(l, name, args),
        (Some(v @ Val::Json(Value::Map(_))), []) if name == "size" => global("size", v),
        (Some(Val::Duration(d)), []) if name == "getSeconds" => Ok((d / 1_000_000_000).into()),
        (Some(Val::Quantity(q)), args) => quantity(q, name, args),
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
        Val::Duration(d) => format!("{}s", *d as f64 / 1e9),
        Val::Time(t) => t.to_rfc3339(),
        Val::Quantity(q) => q.to_string(),
        _ => return no_overload(),
    })
}

fn global(name: &str, v: &Val) -> Outcome {
    let Val::Json(json) = v else {
        return match name {
            "string" => Ok(text(v)?.into()),
            "dyn" | "duration" | "timestamp" => Ok(v.clone()),
            _ => no_overload(),
        };
    };
    match (name, json) {
        ("size", Value::Str(s)) => Ok((s.chars().count() as i64).into()),
        ("size", Value::List(l)) => Ok((l.len() as i64).into()),
        ("size", Value::Map(m)) => Ok((m.len() as i64).into()),
        ("int" | "uint", Value::Int(_)) => Ok(v.clone()),
        ("int" | "uint", Value::Float(f)) => Ok((*f as i64).into()),
        ("int" | "uint", Value::Str(s)) => {
            s.parse::<i64>().map(Val::from).map_err(|e| e.to_string())
        }
        ("double", Value::Int(_) | Value::Float(_)) => {
            Ok(Value::Float(json.as_f64().unwrap_or_default()).into())
        }
        ("double", Value::Str(s)) => s
            .parse()
            .map(|f| Value::Float(f).into())
            .map_err(|_| "type conversion error".to_owned()),
        ("string", _) => Ok(text(v)?.into()),
        ("bool", Value::Bool(_)) | ("dyn", _) => Ok(v.clone()),
        ("bool", Value::Str(s)) => s.parse::<bool>().map(Val::from).map_err(|e| e.to_string()),
        ("type", _) => Ok(type_name(json).into()),
        ("duration", Value::Str(s)) => duration::parse_nanos(s).map(Val::Duration),
        ("timestamp", Value::Str(s)) => Timestamp::parse(s)
            .map(Val::Time)
            .ok_or_else(|| format!("{s:?} is no time")),
        ("quantity", Value::Str(_)) => Quantity::try_of(json)
            .map(Val::Quantity)
            .map_err(|e| e.to_string()),
        ("isQuantity", Value::Str(_)) => Ok(Quantity::try_of(json).is_ok().into()),
        _ => no_overload(),
    }
}

fn type_name(v: &Value) -> &'static str {
    match v {
        Value::Null => "null_type",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "double",
        Value::Str(_) => "string",
        Value::List(_) => "list",
        Value::Map(_) => "map",
    }
}

fn optional(inner: Option<&Val>, name: &str, args: &[Val]) -> Outcome {
    match (name, args, inner) {
        ("hasValue", [], inner) => Ok(inner.is_some().into()),
        ("value" | "orValue", _, Some(v)) => Ok(v.clone()),
        ("orValue", [otherwise], None) => Ok(otherwise.clone()),
        ("value", ..) => Err("optional.none() dereference".to_owned()),
        _ => no_overload(),
    }
}

fn regex(pattern: &str) -> Result<regex_lite::Regex, String> {
    regex_lite::Regex::new(pattern).map_err(|e| e.to_string())
}

fn string(s: &str, name: &str, args: &[Val]) -> Outcome {
    let words: Vec<&str> = args
        .iter()
        .filter_map(|a| match a {
            Val::Json(Value::Str(s)) => Some(s.as_str()),
            _ => None,
        })
        .collect();
    let numbers: Vec<i64> = args
        .iter()
        .filter_map(|a| match a {
            Val::Json(Value::Int(i)) => Some(*i),
            _ => None,
        })
        .collect();
    let index = |byte: Option<usize>| byte.map_or(-1, |b| s[..b].chars().count() as i64);
    Ok(match (name, words.as_slice(), numbers.as_slice()) {
        ("size", ..) => (s.chars().count() as i64).into(),
        ("contains", [x], _) => s.contains(x).into(),
        ("startsWith", [x], _) => s.starts_with(x).into(),
        ("endsWith", [x], _) => s.ends_with(x).into(),
        ("matches", [x], _) => regex(x)?.is_match(s).into(),
        ("find", [x], _) => regex(x)?.find(s).map_or("", |m| m.as_str()).into(),
        ("findAll", [x], _) => {
            let all: Vec<Value> = regex(x)?.find_iter(s).map(|m| m.as_str().into()).collect();
            all.into()
        }
        ("lowerAscii", ..) => s.to_ascii_lowercase().into(),
        ("upperAscii", ..) => s.to_ascii_uppercase().into(),
        ("trim", ..) => s.trim().into(),
        ("split", [x], limit) => {
            let most = limit
                .first()
                .and_then(|l| usize::try_from(*l).ok())
                .unwrap_or(usize::MAX);
            let parts: Vec<Value> = match x.is_empty() {
                true => s.chars().map(|c| c.to_string().into()).collect(),
                false => s.splitn(most, x).map(Value::from).collect(),
            };
            parts.into()
        }
        ("replace", [from, to], _) => s.replace(from, to).into(),
        ("indexOf", [x], _) => index(s.find(x)).into(),
        ("lastIndexOf", [x], _) => index(s.rfind(x)).into(),
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
        _ => return no_overload(),
    })
}

fn list(l: &[Value], name: &str, args: &[Val]) -> Outcome {
    let vals = || l.iter().map(|v| Val::Json(v.clone()));
    let ordered = |i: usize| order(&Val::Json(l[i - 1].clone()), &Val::Json(l[i].clone()));
    match (name, args) {
        ("size", []) => Ok((l.len() as i64).into()),
        ("join", args) => {
            let separator = args.first().map_or(Ok(String::new()), text)?;
            let parts: Vec<String> = vals().map(|v| text(&v)).collect::<Result<_, _>>()?;
            Ok(parts.join(&separator).into())
        }
        ("isSorted", []) => Ok((1..l.len())
            .all(|i| ordered(i).is_some_and(Ordering::is_le))
            .into()),
        ("sum", []) => match l.iter().all(|v| matches!(v, Value::Int(_))) {
            true => {
                let mut numbers = l.iter().filter_map(Value::as_i64);
                let sum = numbers.try_fold(0_i64, i64::checked_add);
                sum.map(Val::from).ok_or_else(overflow)
            }
            false => Ok(Value::Float(l.iter().filter_map(Value::as_f64).sum()).into()),
        },
        ("min" | "max", []) => {
            let wanted = if name == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let better = |a: Val, b: Val| if order(&b, &a) == Some(wanted) { b } else { a };
            vals()
                .reduce(better)
                .ok_or_else(|| format!("{name} called on empty list"))
        }
        ("indexOf", [x]) => Ok(vals().position(|v| v == *x).map_or(-1, |i| i as i64).into()),
        ("lastIndexOf", [x]) => {
            let at = l.iter().rposition(|v| Val::Json(v.clone()) == *x);
            Ok(at.map_or(-1, |i| i as i64).into())
        }
        _ => no_overload(),
    }
}

fn quantity(q: &Quantity, name: &str, args: &[Val]) -> Outcome {
    let milli = q.milli_value();
    match (name, args) {
        ("compareTo", [Val::Quantity(o)]) => Ok((q.cmp(o) as i64).into()),
        ("isGreaterThan", [Val::Quantity(o)]) => Ok((q > o).into()),
        ("isLessThan", [Val::Quantity(o)]) => Ok((q < o).into()),
        ("isInteger", []) => Ok((milli % 1000 == 0).into()),
        ("asInteger", []) if milli % 1000 == 0 => Ok((milli / 1000).into()),
        ("asInteger", []) => Err("cannot convert value to integer".to_owned()),
        ("asApproximateFloat", []) => Ok(Value::Float(milli as f64 / 1000.0).into()),
        ("sign", []) => Ok(milli.signum().into()),
        _ => no_overload(),
    }
}
