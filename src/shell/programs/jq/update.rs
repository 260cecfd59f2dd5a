//! Paths: getting, setting, deleting, and the assignments that use them.

use crate::collections::Arrange;
use std::sync::Arc;

use super::access::{add, binary, bounds, index, place};
use super::eval::{Env, Flow, Item, Jq, Out, Stop, error};
use super::json::{Json, put};
use super::parser::Filter;

/// Items that setting a far place of an array may make.
const MAX_ITEMS: usize = 1 << 20;

/// The paths that a filter leads to.
pub fn paths(
    jq: &mut Jq,
    filter: &Filter,
    env: &Env,
    value: &Json,
) -> Result<Vec<Vec<Json>>, Stop> {
    let mut found = Vec::new();
    let start = Item {
        value: value.clone(),
        path: Some(Vec::new()),
    };
    jq.eval(filter, env, start, &mut |_, item| {
        found.extend(item.path);
        Ok(())
    })?;
    Ok(found)
}

pub fn get(value: &Json, path: &[Json]) -> Result<Json, Stop> {
    let mut at = value.clone();
    for key in path {
        if matches!(at, Json::Null) {
            return Ok(Json::Null);
        }
        at = index(&at, key)?;
    }
    Ok(at)
}

/// The value with what is at a path replaced by what `new` makes of it.
pub fn set(
    value: &Json,
    path: &[Json],
    new: &mut dyn FnMut(Json) -> Result<Json, Stop>,
) -> Result<Json, Stop> {
    let Some((key, rest)) = path.split_first() else {
        return new(value.clone());
    };
    match (value, key) {
        (Json::Object(object), Json::Text(name)) => {
            let old = value.get(name).cloned().unwrap_or_default();
            let new = set(&old, rest, new)?;
            let mut object = (**object).clone();
            put(&mut object, name, new);
            Ok(Json::from(object))
        }
        (Json::Null, Json::Text(_)) => set(&Json::from(super::json::Object::new()), path, new),
        (Json::Array(items), Json::Number(n)) => {
            let Some(at) = place(*n, items.len()) else {
                return error("Out of bounds negative array index");
            };
            if at > MAX_ITEMS {
                return error("Array index too large");
            }
            let old = items.get(at).cloned().unwrap_or_default();
            let new = set(&old, rest, new)?;
            let mut items = (**items).clone();
            if items.len() <= at {
                items.resize(at + 1, Json::Null);
            }
            items[at] = new;
            Ok(Json::from(items))
        }
        (Json::Null, Json::Number(_)) => set(&Json::Array(Arc::default()), path, new),
        (Json::Array(items), Json::Object(_)) => {
            let (from, to) = bounds(key, items.len())?;
            let old = Json::from(items[from..to].to_vec());
            let Json::Array(put) = set(&old, rest, new)? else {
                return error("A slice of an array can only be assigned another array");
            };
            let mut items = (**items).clone();
            items.splice(from..to, put.iter().cloned());
            Ok(Json::from(items))
        }
        (Json::Null, Json::Object(_)) => set(&Json::Array(Arc::default()), path, new),
        (value, key) => index(value, key),
    }
}

/// The value without what is at the paths.
pub fn delete(value: &Json, paths: &[Vec<Json>]) -> Result<Json, Stop> {
    let mut paths = paths.to_vec();
    paths.arrange_by(|a, b| Json::from(b.clone()).order(&Json::from(a.clone())));
    let mut value = value.clone();
    for path in &paths {
        value = delete_one(&value, path)?;
    }
    Ok(value)
}

fn delete_one(value: &Json, path: &[Json]) -> Result<Json, Stop> {
    let Some((key, rest)) = path.split_first() else {
        return Ok(Json::Null);
    };
    if !rest.is_empty() {
        return match index(value, key)? {
            Json::Null => Ok(value.clone()),
            inner => {
                let smaller = delete_one(&inner, rest)?;
                set(value, &path[..1], &mut |_| Ok(smaller.clone()))
            }
        };
    }
    Ok(match (value, key) {
        (Json::Null, _) => Json::Null,
        (Json::Object(object), Json::Text(name)) => {
            let left = object.iter().filter(|(k, _)| k != name);
            Json::from(left.cloned().collect::<Vec<_>>())
        }
        (Json::Array(items), Json::Number(n)) => {
            let mut items = (**items).clone();
            if let Some(at) = place(*n, items.len()).filter(|at| *at < items.len()) {
                items.remove(at);
            }
            Json::from(items)
        }
        (Json::Array(items), Json::Object(_)) => {
            let (from, to) = bounds(key, items.len())?;
            let mut items = (**items).clone();
            items.drain(from..to);
            Json::from(items)
        }
        (value, key) => {
            let what = match key {
                Json::Text(_) => "field at object index of",
                _ => "field at array index of",
            };
            return error(format!("Cannot delete {what} {}", value.kind()));
        }
    })
}

/// `path OP value`.
pub fn update(
    jq: &mut Jq,
    op: &str,
    path: &Filter,
    value: &Filter,
    env: &Env,
    item: &Item,
    out: Out,
) -> Flow {
    let places = paths(jq, path, env, &item.value)?;
    if op == "|=" {
        let mut result = item.value.clone();
        let mut gone = Vec::new();
        for place in &places {
            let mut kept = true;
            result = set(&result, place, &mut |old| {
                let label = jq.new_label();
                let mut first = None;
                let flow = jq.eval(value, env, Item::plain(old.clone()), &mut |_, new| {
                    first = Some(new.value);
                    Err(Stop::Break(label))
                });
                match flow {
                    Err(Stop::Break(to)) if to == label => {}
                    other => other?,
                }
                kept = first.is_some();
                Ok(first.unwrap_or(old))
            })?;
            if !kept {
                gone.push(place.clone());
            }
        }
        let result = delete(&result, &gone)?;
        return jq.constant(result, item, out);
    }
    let input = item.value.clone();
    jq.each(value, env, &input, &mut |jq, right| {
        let mut result = input.clone();
        for place in &places {
            result = set(&result, place, &mut |old| match op {
                "=" => Ok(right.clone()),
                "+=" => add(&old, &right),
                "//=" if old.truth() => Ok(old),
                "//=" => Ok(right.clone()),
                op => binary(&op[..1], &old, &right),
            })?;
        }
        jq.constant(result, item, out)
    })
}
