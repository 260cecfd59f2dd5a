//! Strategic merge as kustomize does it: like the API server's, but what a patch adds to lists, and names in them, comes first.

use super::Result;
use crate::apimachinery::schema::{FieldDef, Shape, type_def};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::{Value, yaml};

const DIRECTIVE: &str = "$patch";

/// Merges a patch into a value of a shape (none where the schema does not know it); none where the patch deletes it.
pub fn merge(old: Value, patch: &Value, shape: Option<Shape>) -> Result<Option<Value>> {
    merge_field(old, patch, shape, None)
}

fn merge_field(
    old: Value,
    patch: &Value,
    shape: Option<Shape>,
    field: Option<&'static FieldDef>,
) -> Result<Option<Value>> {
    match (old, patch) {
        (_, Value::Null) => Ok(None),
        (Value::Null, patch) => Ok(cleaned(patch)),
        (Value::Map(mut old), Value::Map(fields)) => {
            match patch.get(DIRECTIVE).str() {
                "delete" => return Ok(None),
                "replace" => return Ok(cleaned(&without_directive(patch))),
                "" | "merge" => {}
                other => return Err(format!("unknown patch strategy '{other}'")),
            }
            for (key, new) in fields.iter().filter(|(k, _)| *k != DIRECTIVE) {
                let field = field_of(shape, key);
                let inner = match shape {
                    Some(Shape::Map(inner)) => Some(*inner),
                    _ => field.map(|f| f.shape),
                };
                let had = old.remove(key).unwrap_or_default();
                if let Some(merged) = merge_field(had, new, inner, field)? {
                    old.insert(key, merged);
                }
            }
            Ok(Some(Value::Map(old)))
        }
        (Value::List(old), Value::List(new)) => {
            let merges = field.filter(|f| f.patch_strategy.split(',').any(|s| s == "merge"));
            let Some(field) = merges else {
                return Ok(Some(patch.clone()));
            };
            let strategy = new.iter().find_map(|v| {
                let only = v.as_map().is_some_and(|m| m.len() == 1);
                v.get(DIRECTIVE).as_str().filter(|_| only)
            });
            match strategy {
                Some("delete") => Ok(None),
                Some("replace") => {
                    let rest = new.iter().filter(|v| !v.has(DIRECTIVE));
                    Ok(Some(rest.cloned().collect::<Vec<_>>().into()))
                }
                _ => merge_lists(&old, &new[..], field).map(|l| Some(l.into())),
            }
        }
        (old, new) if kind(&old) == kind(new) => Ok(Some(new.clone())),
        (old, new) => Err(format!(
            "wrong node kind: expected {} but got {}: node contents:\n{}",
            kind(&old),
            kind(new),
            yaml::to_yaml(new)
        )),
    }
}

fn kind(v: &Value) -> &'static str {
    match v {
        Value::Map(_) => "MappingNode",
        Value::List(_) => "SequenceNode",
        _ => "ScalarNode",
    }
}

fn field_of(shape: Option<Shape>, key: &str) -> Option<&'static FieldDef> {
    match shape {
        Some(Shape::Ref(id)) => type_def(id).field(key),
        _ => None,
    }
}

fn without_directive(v: &Value) -> Value {
    let mut v = v.clone();
    v.remove(DIRECTIVE);
    v
}

/// A value of a patch that meets nothing: without nulls in maps and without what it was to delete.
fn cleaned(v: &Value) -> Option<Value> {
    match v {
        Value::Null => None,
        Value::Map(map) => {
            if *v.get(DIRECTIVE) == "delete" {
                return None;
            }
            let mut out = Value::object();
            for (key, v) in map.iter().filter(|(k, _)| *k != DIRECTIVE) {
                if let Some(v) = cleaned(v) {
                    out.set(key, v);
                }
            }
            Some(out)
        }
        Value::List(list) => Some(list.iter().filter_map(cleaned).collect::<Vec<_>>().into()),
        v => Some(v.clone()),
    }
}

/// What tells items of a list apart; "" where an item lacks the field.
fn keys(item: &Value, names: &[&str]) -> Vec<String> {
    if names.is_empty() {
        return vec![sprint(item)];
    }
    let text = |name: &&str| match item.get(name) {
        Value::Null => String::new(),
        v => sprint(v),
    };
    names.iter().map(text).collect()
}

/// Whether two items are the same: nothing differs and something agrees.
fn same(a: &[String], b: &[String]) -> bool {
    let mut pairs = a.iter().zip(b);
    pairs.clone().any(|(a, b)| a == b && !a.is_empty())
        && pairs.all(|(a, b)| a == b || a.is_empty() || b.is_empty())
}

fn merge_lists(old: &[Value], new: &[Value], field: &'static FieldDef) -> Result<Vec<Value>> {
    let inner = match field.shape {
        Shape::List(inner) => Some(*inner),
        _ => None,
    };
    let names: Vec<&str> = if !field.list_map_keys.is_empty() {
        field.list_map_keys.to_vec()
    } else if field.patch_merge_key.is_empty() {
        Vec::new()
    } else {
        vec![field.patch_merge_key]
    };
    let mut rest: Vec<Option<Value>> = old.iter().cloned().map(Some).collect();
    let mut out = Vec::new();
    for item in new {
        let wanted = keys(item, &names);
        let place = rest
            .iter()
            .position(|o| o.as_ref().is_some_and(|o| same(&keys(o, &names), &wanted)));
        let had = place.and_then(|i| rest[i].take()).unwrap_or_default();
        if let Some(merged) = merge_field(had, item, inner, None)? {
            let again = keys(&merged, &names);
            match out.iter().position(|o| keys(o, &names) == again) {
                Some(i) => out[i] = merged,
                None => out.push(merged),
            }
        }
    }
    out.extend(rest.into_iter().flatten());
    Ok(out)
}
