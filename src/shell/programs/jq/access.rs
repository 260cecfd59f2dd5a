//! Reading parts of values, and arithmetic.

use super::eval::{Stop, error, told};
use super::json::{Json, Object, put};

/// Bytes of a text made by repeating.
const MAX_TEXT: usize = 16 << 20;

/// `value[key]`.
pub fn index(value: &Json, key: &Json) -> Result<Json, Stop> {
    Ok(match (value, key) {
        (Json::Object(_), Json::Text(key)) => value.get(key).cloned().unwrap_or_default(),
        (Json::Array(items), Json::Number(n)) => {
            let at = place(*n, items.len());
            at.and_then(|at| items.get(at)).cloned().unwrap_or_default()
        }
        (Json::Null, Json::Text(_) | Json::Number(_) | Json::Null) => Json::Null,
        (Json::Null, Json::Object(_)) => Json::Null,
        (Json::Array(items), Json::Object(_)) => {
            let (from, to) = bounds(key, items.len())?;
            Json::from(items[from..to].to_vec())
        }
        (Json::Text(text), Json::Object(_)) => {
            let chars: Vec<char> = text.chars().collect();
            let (from, to) = bounds(key, chars.len())?;
            Json::from(chars[from..to].iter().collect::<String>())
        }
        (Json::Array(items), Json::Array(part)) => indices(items, part),
        (_, Json::Text(key)) => {
            return error(format!(
                "Cannot index {} with string \"{key}\"",
                value.kind()
            ));
        }
        (_, key) => {
            return error(format!("Cannot index {} with {}", value.kind(), key.kind()));
        }
    })
}

/// A place counted from the end if negative.
pub fn place(n: f64, len: usize) -> Option<usize> {
    let n = n.floor();
    let n = if n < 0.0 { n + len as f64 } else { n };
    (n >= 0.0).then_some(n as usize)
}

/// From and to of a slice's key.
pub fn bounds(key: &Json, len: usize) -> Result<(usize, usize), Stop> {
    let edge = |name: &str, default: usize, up: bool| match key.get(name) {
        None | Some(Json::Null) => Ok(default),
        Some(Json::Number(n)) => {
            let n = if *n < 0.0 { n + len as f64 } else { *n };
            let n = if up { n.ceil() } else { n.floor() };
            Ok((n.max(0.0) as usize).min(len))
        }
        Some(_) => error("Start and end indices of an array slice must be numbers"),
    };
    let (from, to) = (edge("start", 0, false)?, edge("end", len, true)?);
    Ok((from, to.max(from)))
}

/// Where an array holds another.
pub fn indices(items: &[Json], part: &[Json]) -> Json {
    if part.is_empty() {
        return Json::Null;
    }
    let found = items
        .windows(part.len())
        .enumerate()
        .filter(|(_, window)| window.iter().zip(part).all(|(a, b)| a.same(b)));
    Json::from(
        found
            .map(|(i, _)| Json::Number(i as f64))
            .collect::<Vec<_>>(),
    )
}

/// Keys and values of what `.[]` goes through.
pub fn iterate(value: &Json) -> Result<Vec<(Json, Json)>, Stop> {
    Ok(match value {
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (Json::Number(i as f64), v.clone()))
            .collect(),
        Json::Object(object) => object
            .iter()
            .map(|(k, v)| (Json::Text(k.clone()), v.clone()))
            .collect(),
        Json::Null => return error("Cannot iterate over null"),
        other => return error(format!("Cannot iterate over {}", told(other))),
    })
}

pub fn binary(op: &str, a: &Json, b: &Json) -> Result<Json, Stop> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = || a.order(b);
    Ok(match op {
        "==" => Json::Bool(order() == Equal),
        "!=" => Json::Bool(order() != Equal),
        "<" => Json::Bool(order() == Less),
        "<=" => Json::Bool(order() != Greater),
        ">" => Json::Bool(order() == Greater),
        ">=" => Json::Bool(order() != Less),
        "+" => return add(a, b),
        "-" => return subtract(a, b),
        "*" => return multiply(a, b),
        "/" => return divide(a, b),
        _ => return remainder(a, b),
    })
}

fn refuse(a: &Json, b: &Json, done: &str) -> Result<Json, Stop> {
    error(format!("{} and {} cannot be {done}", told(a), told(b)))
}

pub fn add(a: &Json, b: &Json) -> Result<Json, Stop> {
    Ok(match (a, b) {
        (Json::Null, other) | (other, Json::Null) => other.clone(),
        (Json::Number(x), Json::Number(y)) => Json::Number(x + y),
        (Json::Text(x), Json::Text(y)) => {
            if x.len() + y.len() > MAX_TEXT {
                return error("the string is too long");
            }
            Json::from(format!("{x}{y}"))
        }
        (Json::Array(x), Json::Array(y)) => Json::from([&x[..], &y[..]].concat()),
        (Json::Object(x), Json::Object(y)) => {
            let mut sum: Object = (**x).clone();
            y.iter().for_each(|(k, v)| put(&mut sum, k, v.clone()));
            Json::from(sum)
        }
        _ => return refuse(a, b, "added"),
    })
}

fn subtract(a: &Json, b: &Json) -> Result<Json, Stop> {
    Ok(match (a, b) {
        (Json::Number(x), Json::Number(y)) => Json::Number(x - y),
        (Json::Array(x), Json::Array(y)) => {
            let left = x.iter().filter(|v| !y.iter().any(|w| w.same(v)));
            Json::from(left.cloned().collect::<Vec<_>>())
        }
        _ => return refuse(a, b, "subtracted"),
    })
}

fn multiply(a: &Json, b: &Json) -> Result<Json, Stop> {
    Ok(match (a, b) {
        (Json::Number(x), Json::Number(y)) => Json::Number(x * y),
        (Json::Text(text), Json::Number(n)) | (Json::Number(n), Json::Text(text)) => {
            if *n <= 0.0 {
                return Ok(Json::Null);
            }
            let times = n.ceil().max(1.0) as usize;
            if text.len().saturating_mul(times) > MAX_TEXT {
                return error("Repeat string result too long");
            }
            Json::from(text.repeat(times))
        }
        (Json::Object(x), Json::Object(y)) => merge(x, y),
        _ => return refuse(a, b, "multiplied"),
    })
}

fn merge(a: &Object, b: &Object) -> Json {
    let mut merged = a.clone();
    for (key, value) in b {
        let old = merged
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.clone());
        let new = match (old, value) {
            (Some(Json::Object(x)), Json::Object(y)) => merge(&x, y),
            _ => value.clone(),
        };
        put(&mut merged, key, new);
    }
    Json::from(merged)
}

fn divide(a: &Json, b: &Json) -> Result<Json, Stop> {
    Ok(match (a, b) {
        (Json::Number(_), Json::Number(0.0)) => {
            return refuse(a, b, "divided because the divisor is zero");
        }
        (Json::Number(x), Json::Number(y)) => Json::Number(x / y),
        (Json::Text(x), Json::Text(y)) => super::strings::split(x, y),
        _ => return refuse(a, b, "divided"),
    })
}

fn remainder(a: &Json, b: &Json) -> Result<Json, Stop> {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => {
            let (x, y) = (*x as i64, *y as i64);
            if y == 0 {
                return refuse(a, b, "divided (remainder) because the divisor is zero");
            }
            Ok(Json::Number(x.wrapping_rem(y.wrapping_abs()) as f64))
        }
        _ => refuse(a, b, "divided (remainder)"),
    }
}
