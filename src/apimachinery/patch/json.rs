//! JSON patch and JSON merge patch, with the error texts of the Go library that upstream uses.

use super::{MAX_OPERATIONS, PatchError};
use crate::apimachinery::value::Value;

/// Applies a JSON merge patch: maps merge, nulls delete, all else replaces.
pub fn merge_patch(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    if patch.is_null() {
        return Err(PatchError::Malformed("Invalid JSON Patch".to_owned()));
    }
    if patch.as_map().is_none() {
        return Err(PatchError::Malformed(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            json_kind(patch)
        )));
    }
    let mut out = original.clone();
    merge(&mut out, patch);
    Ok(out)
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Map(fields) = patch else {
        *target = patch.clone();
        return;
    };
    let map = target.map_mut();
    for (k, v) in fields.iter() {
        match v {
            Value::Null => {
                map.remove(k);
            }
            Value::Map(_) => merge(map.entry(k), v),
            _ => {
                map.insert(k, v.clone());
            }
        }
    }
}

/// What JSON calls a value, as Go's decoder words it.
pub(crate) fn json_kind(v: &Value) -> &'static str {
    match v {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// Applies a JSON patch (RFC 6902): all of its operations, or none.
pub fn json_patch(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let Value::List(operations) = patch else {
        return Err(PatchError::Malformed(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
            json_kind(patch)
        )));
    };
    if let Some(bad) = operations.iter().find(|o| o.as_map().is_none()) {
        return Err(PatchError::Malformed(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type handlers.jsonPatchOp",
            json_kind(bad)
        )));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooLarge(format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        )));
    }
    let mut doc = original.clone();
    for operation in operations.iter() {
        apply(&mut doc, operation).map_err(PatchError::Rejected)?;
    }
    Ok(doc)
}

fn apply(doc: &mut Value, operation: &Value) -> Result<(), String> {
    let op = operation.get("op").str();
    let Some(path) = operation.get("path").as_str() else {
        return Err(format!("{op} operation does not apply: missing path"));
    };
    if !path.is_empty() && !path.contains('/') {
        return Err(format!(
            "{op} operation does not apply: doc is missing path: {path}: missing value"
        ));
    }
    let missing =
        |p: &str| format!("{op} operation does not apply: doc is missing path: {p}: missing value");
    let from = || {
        operation
            .get("from")
            .as_str()
            .ok_or_else(|| format!("{op} operation does not apply: missing from"))
    };
    match op {
        "add" => insert(doc, path, operation.get("value").clone()).map_err(|e| format!("add operation does not apply: {e}")),
        "remove" => take(doc, path).map(|_| ()).map_err(|e| match e {
            Missing::Key(key) => format!("remove operation does not apply: doc is missing key: {path}: {key}"),
            Missing::Path => missing(path),
            Missing::Index(i) => format!("remove operation does not apply: Unable to access invalid index: {i}: invalid index referenced"),
        }),
        "replace" => match find(doc, path) {
            Some(_) if path.is_empty() => {
                *doc = operation.get("value").clone();
                Ok(())
            }
            Some(_) => {
                let target = find_mut(doc, path).ok_or_else(|| missing(path))?;
                *target = operation.get("value").clone();
                Ok(())
            }
            // A key that is missing in a map is put there: the library only asks whether the map is there.
            None => match find_mut(doc, split_last(path).0) {
                Some(Value::Map(m)) => {
                    m.insert(split_last(path).1.as_str(), operation.get("value").clone());
                    Ok(())
                }
                _ => Err(format!("replace operation does not apply: doc is missing key: {path}: missing value")),
            },
        },
        "move" => {
            let value = take(doc, from()?).map_err(|_| missing(path))?;
            insert(doc, path, value).map_err(|e| format!("move operation does not apply: {e}"))
        }
        "copy" => {
            let value = find(doc, from()?).cloned().ok_or_else(|| missing(path))?;
            insert(doc, path, value).map_err(|e| format!("copy operation does not apply: {e}"))
        }
        "test" => {
            let found = find(doc, path).unwrap_or(&Value::Null);
            if found == operation.get("value") {
                Ok(())
            } else {
                Err(format!("testing value {path} failed: test failed"))
            }
        }
        other => Err(format!("unexpected kind: {other}: unknown operation")),
    }
}

enum Missing {
    Path,
    Key(String),
    Index(String),
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(unescape).collect()
}

/// The place of an existing item; negative ones count from the end, as upstream's library allows.
fn index(part: &str, len: usize) -> Option<usize> {
    let i: i64 = part.parse().ok()?;
    let i = if i < 0 { i + len as i64 } else { i };
    usize::try_from(i).ok().filter(|i| *i < len)
}

fn step<'a>(v: &'a Value, part: &str) -> Option<&'a Value> {
    match v {
        Value::Map(m) => m.get(part),
        Value::List(l) => l.get(index(part, l.len())?),
        _ => None,
    }
}

fn find<'a>(doc: &'a Value, path: &str) -> Option<&'a Value> {
    parts(path).iter().try_fold(doc, |v, p| step(v, p))
}

fn find_mut<'a>(doc: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    parts(path).iter().try_fold(doc, |v, p| match v {
        Value::Map(m) => m.get_mut(p),
        Value::List(l) => {
            let i = index(p, l.len())?;
            l.to_mut().get_mut(i)
        }
        _ => None,
    })
}

fn split_last(path: &str) -> (&str, String) {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    (parent, unescape(last))
}

fn insert(doc: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *doc = value;
        return Ok(());
    }
    let (parent, last) = split_last(path);
    match find_mut(doc, parent) {
        Some(Value::Map(m)) => {
            m.insert(last.as_str(), value);
            Ok(())
        }
        Some(Value::List(l)) => {
            let len = l.len();
            let at = match last.as_str() {
                "-" => Some(len),
                n => n
                    .parse::<i64>()
                    .ok()
                    .map(|i| if i < 0 { i + len as i64 + 1 } else { i })
                    .and_then(|i| usize::try_from(i).ok())
                    .filter(|i| *i <= len),
            };
            let at = at.ok_or_else(|| {
                format!("Unable to access invalid index: {last}: invalid index referenced")
            })?;
            l.to_mut().insert(at, value);
            Ok(())
        }
        _ => Err(format!("doc is missing path: \"{path}\": missing value")),
    }
}

fn take(doc: &mut Value, path: &str) -> Result<Value, Missing> {
    let (parent, last) = split_last(path);
    match find_mut(doc, parent) {
        Some(Value::Map(m)) => m.remove(&last).ok_or(Missing::Key(format!(
            "Unable to remove nonexistent key: {last}: missing value"
        ))),
        Some(Value::List(l)) => {
            let i = index(&last, l.len()).ok_or(Missing::Index(last))?;
            Ok(l.to_mut().remove(i))
        }
        _ => Err(Missing::Path),
    }
}
