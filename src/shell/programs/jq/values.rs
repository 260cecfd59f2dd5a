//! Functions of values alone.

use crate::collections::Arrange;
use std::sync::Arc;

use super::access::{add, iterate};
use super::builtins::from_json;
use super::eval::{Stop, error, told};
use super::json::{Json, Object, put, sorted};
use crate::shell::programs::attributes::utc;
use crate::shell::programs::date;

fn items<'a>(value: &'a Json, what: &str) -> Result<&'a Vec<Json>, Stop> {
    match value {
        Json::Array(items) => Ok(items),
        other => error(format!(
            "{} cannot be {what}, as it is not an array",
            told(other)
        )),
    }
}

pub fn simple(name: &str, value: &Json) -> Result<Json, Stop> {
    Ok(match name {
        "length" => match value {
            Json::Null => Json::Number(0.0),
            Json::Bool(_) => return error(format!("{} has no length", told(value))),
            Json::Number(n) => Json::Number(n.abs()),
            Json::Text(text) => Json::Number(text.chars().count() as f64),
            Json::Array(items) => Json::Number(items.len() as f64),
            Json::Object(object) => Json::Number(object.len() as f64),
        },
        "utf8bytelength" => match value {
            Json::Text(text) => Json::Number(text.len() as f64),
            other => {
                return error(format!(
                    "{} only strings have UTF-8 byte length",
                    told(other)
                ));
            }
        },
        "keys" | "keys_unsorted" => match value {
            Json::Object(object) if name == "keys" => {
                let keys = sorted(object)
                    .into_iter()
                    .map(|(k, _)| Json::Text(k.clone()));
                Json::from(keys.collect::<Vec<_>>())
            }
            Json::Object(object) => Json::from(
                object
                    .iter()
                    .map(|(k, _)| Json::Text(k.clone()))
                    .collect::<Vec<_>>(),
            ),
            Json::Array(items) => Json::from(
                (0..items.len())
                    .map(|i| Json::Number(i as f64))
                    .collect::<Vec<_>>(),
            ),
            other => return error(format!("{} has no keys", told(other))),
        },
        "add" => {
            let mut sum = Json::Null;
            for (_, part) in iterate(value)? {
                sum = add(&sum, &part)?;
            }
            sum
        }
        "any" => Json::Bool(iterate(value)?.iter().any(|(_, v)| v.truth())),
        "all" => Json::Bool(iterate(value)?.iter().all(|(_, v)| v.truth())),
        "flatten" => flatten(value, usize::MAX)?,
        "reverse" => match value {
            Json::Null => Json::Array(Arc::default()),
            Json::Text(text) => Json::from(text.chars().rev().collect::<String>()),
            other => {
                let mut all = items(other, "reversed")?.clone();
                all.reverse();
                Json::from(all)
            }
        },
        "sort" | "unique" | "min" | "max" => {
            let keyed = items(value, "sorted")?;
            let keyed = keyed.iter().map(|v| (v.clone(), v.clone())).collect();
            by_key(&format!("{name}_by"), keyed)
        }
        "to_entries" => {
            let Json::Object(object) = value else {
                return error(format!("{} has no keys", told(value)));
            };
            let entries = object.iter().map(|(k, v)| {
                let entry: Object = vec![
                    ("key".into(), Json::Text(k.clone())),
                    ("value".into(), v.clone()),
                ];
                Json::from(entry)
            });
            Json::from(entries.collect::<Vec<_>>())
        }
        "from_entries" => from_entries(value)?,
        "tonumber" => match value {
            Json::Number(_) => value.clone(),
            Json::Text(text) => match from_json(text)? {
                number @ Json::Number(_) => number,
                _ => return error(format!("Cannot be parsed as a number: {}", told(value))),
            },
            other => return error(format!("{} cannot be parsed as a number", told(other))),
        },
        "fromjson" => match value {
            Json::Text(text) => from_json(text)?,
            other => return error(format!("{} cannot be parsed as JSON", told(other))),
        },
        "toarray" => match value {
            Json::Array(_) => value.clone(),
            other => Json::from(vec![other.clone()]),
        },
        "transpose" => transpose(value)?,
        "isnan" | "isinfinite" | "isnormal" => match value {
            Json::Number(n) => Json::Bool(match name {
                "isnan" => n.is_nan(),
                "isinfinite" => n.is_infinite(),
                _ => n.is_normal(),
            }),
            other => return error(format!("{} number required", told(other))),
        },
        "todate" | "todateiso8601" => {
            return strftime(value, &Json::from("%Y-%m-%dT%H:%M:%SZ"));
        }
        "fromdate" | "fromdateiso8601" | "date" => match value {
            Json::Text(text) => match date::parse(text, 0) {
                Some(at) => Json::Number((at / 1_000_000) as f64),
                None => {
                    return error(format!(
                        "date \"{text}\" does not match format \"%Y-%m-%dT%H:%M:%SZ\""
                    ));
                }
            },
            number @ Json::Number(_) => {
                return strftime(number, &Json::from("%Y-%m-%dT%H:%M:%SZ"));
            }
            other => {
                return error(format!(
                    "strptime/1 requires string inputs and arguments, not {}",
                    told(other)
                ));
            }
        },
        name => return of_text(name, value),
    })
}

fn of_text(name: &str, value: &Json) -> Result<Json, Stop> {
    if let ("implode", Json::Array(codes)) = (name, value) {
        let chars = codes.iter().filter_map(|c| match c {
            Json::Number(n) => char::from_u32(*n as u32),
            _ => None,
        });
        return Ok(Json::from(chars.collect::<String>()));
    }
    let Json::Text(text) = value else {
        return match name {
            "explode" | "implode" => error(format!("{} cannot be {name}d", told(value))),
            "trim" | "ltrim" | "rtrim" => error(format!("{} cannot be trimmed", told(value))),
            name => error(format!("{name} input must be a string")),
        };
    };
    Ok(match name {
        "ascii_downcase" => Json::from(text.to_ascii_lowercase()),
        "ascii_upcase" => Json::from(text.to_ascii_uppercase()),
        "trim" => Json::from(text.trim()),
        "ltrim" => Json::from(text.trim_start()),
        "rtrim" => Json::from(text.trim_end()),
        "explode" => Json::from(
            text.chars()
                .map(|c| Json::Number(f64::from(c as u32)))
                .collect::<Vec<_>>(),
        ),
        other => return error(format!("{other}/0 is not defined")),
    })
}

pub fn strftime(value: &Json, format: &Json) -> Result<Json, Stop> {
    match (value, format) {
        (Json::Number(n), Json::Text(format)) => Ok(Json::from(date::format(
            utc((n.max(0.0) * 1e6) as u64),
            format,
        ))),
        (_, Json::Text(_)) => error("strftime/1 requires parsed datetime inputs"),
        _ => error("strftime/1 requires a string format"),
    }
}

fn from_entries(value: &Json) -> Result<Json, Stop> {
    let mut object = Object::new();
    for (_, entry) in iterate(value)? {
        let find = |names: &[&str]| {
            let values = names.iter().filter_map(|n| entry.get(n));
            values
                .into_iter()
                .find(|v| !matches!(v, Json::Null | Json::Bool(false)))
                .cloned()
        };
        let key = find(&["key", "k", "name", "Name", "K", "Key"]);
        let key = match key.or_else(|| entry.get("key").cloned()) {
            Some(Json::Text(key)) => key.to_string(),
            Some(key @ (Json::Number(_) | Json::Bool(_))) => super::formats::text(&key),
            Some(Json::Null) | None => "null".to_string(),
            Some(other) => {
                return error(format!("Cannot use {} as object key", told(&other)));
            }
        };
        let value = ["value", "v", "Value", "V"]
            .iter()
            .find_map(|n| entry.get(n));
        put(&mut object, &key, value.cloned().unwrap_or_default());
    }
    Ok(Json::from(object))
}

fn transpose(value: &Json) -> Result<Json, Stop> {
    let rows = items(value, "transposed")?;
    let mut width = 0;
    for row in rows {
        width = width.max(items(row, "transposed")?.len());
    }
    let mut columns = Vec::new();
    for i in 0..width {
        let mut column = Vec::new();
        for row in rows {
            column.push(
                items(row, "transposed")?
                    .get(i)
                    .cloned()
                    .unwrap_or_default(),
            );
        }
        columns.push(Json::from(column));
    }
    Ok(Json::from(columns))
}

pub fn flatten(value: &Json, depth: usize) -> Result<Json, Stop> {
    let mut flat = Vec::new();
    for (_, part) in iterate(value)? {
        match part {
            Json::Array(inner) if depth > 0 => {
                let inner = flatten(&Json::Array(inner), depth - 1)?;
                flat.extend(iterate(&inner)?.into_iter().map(|p| p.1));
            }
            other => flat.push(other),
        }
    }
    Ok(Json::from(flat))
}

/// `sort_by` and its kin, on values with their keys.
pub fn by_key(name: &str, keyed: Vec<(Json, Json)>) -> Json {
    let mut keyed = keyed;
    match name {
        "min_by" => {
            let best = keyed
                .into_iter()
                .reduce(|a, b| if b.0.order(&a.0).is_lt() { b } else { a });
            return best.map(|p| p.1).unwrap_or_default();
        }
        "max_by" => {
            let best = keyed
                .into_iter()
                .reduce(|a, b| if b.0.order(&a.0).is_ge() { b } else { a });
            return best.map(|p| p.1).unwrap_or_default();
        }
        _ => {}
    }
    keyed.arrange_by(|a, b| a.0.order(&b.0));
    match name {
        "unique_by" => {
            keyed.dedup_by(|b, a| a.0.same(&b.0));
            Json::from(keyed.into_iter().map(|p| p.1).collect::<Vec<_>>())
        }
        "group_by" => {
            let mut groups: Vec<(Json, Vec<Json>)> = Vec::new();
            for (key, value) in keyed {
                match groups.last_mut() {
                    Some((last, group)) if last.same(&key) => group.push(value),
                    _ => groups.push((key, vec![value])),
                }
            }
            Json::from(
                groups
                    .into_iter()
                    .map(|g| Json::from(g.1))
                    .collect::<Vec<_>>(),
            )
        }
        _ => Json::from(keyed.into_iter().map(|p| p.1).collect::<Vec<_>>()),
    }
}

pub fn has(value: &Json, key: &Json) -> Result<Json, Stop> {
    Ok(Json::Bool(match (value, key) {
        (Json::Object(_), Json::Text(key)) => value.get(key).is_some(),
        (Json::Array(items), Json::Number(n)) => *n >= 0.0 && (*n as usize) < items.len(),
        _ => {
            return error(format!(
                "Cannot check whether {} has a {} key",
                value.kind(),
                key.kind()
            ));
        }
    }))
}

pub fn contains(a: &Json, b: &Json) -> Result<bool, Stop> {
    Ok(match (a, b) {
        (Json::Object(_), Json::Object(wanted)) => {
            for (key, part) in wanted.iter() {
                match a.get(key) {
                    Some(own) if own.kind() == part.kind() && contains(own, part)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Json::Array(own), Json::Array(wanted)) => wanted.iter().all(|part| {
            own.iter()
                .any(|o| o.kind() == part.kind() && contains(o, part).unwrap_or(false))
        }),
        (Json::Text(own), Json::Text(part)) => own.contains(&**part),
        (a, b) if a.kind() == b.kind() => a.same(b),
        _ => {
            return error(format!(
                "{} and {} cannot have their containment checked",
                told(a),
                told(b)
            ));
        }
    })
}
