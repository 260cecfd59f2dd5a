//! Making patches from two or three states of an object, as `kubectl apply` and `kubectl edit` do.

use super::PatchError;
use super::order::normalize;
use super::strategic::{
    DELETE_PREFIX, DIRECTIVE, FieldMeta, ORDER_PREFIX, Options, RETAIN_KEYS, field_meta, merge_map,
};
use crate::apimachinery::schema::{Shape, TypeId};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::value::{Map, Value};
use crate::apimachinery::yaml::to_yaml;
use crate::collections::Arrange;
use std::cmp::Ordering;

#[derive(Clone, Copy, Default)]
struct DiffOptions {
    set_element_order: bool,
    ignore_changes_and_additions: bool,
    ignore_deletions: bool,
    retain_keys: bool,
}

fn map_of(v: &Value) -> Map {
    v.as_map().cloned().unwrap_or_default()
}

/// The strategic merge patch that turns `original` into `modified` (`CreateTwoWayMergePatch`).
pub fn create_two_way_merge_patch(
    original: &Value,
    modified: &Value,
    type_id: TypeId,
) -> Result<Value, PatchError> {
    let options = DiffOptions {
        set_element_order: true,
        ..DiffOptions::default()
    };
    diff_maps(
        &map_of(original),
        &map_of(modified),
        Some(Shape::Ref(type_id)),
        options,
    )
    .map(Value::Map)
    .map_err(PatchError::Failed)
}

/// The strategic merge patch of `kubectl apply`: changes from `current` to `modified`, deletions from `original` (what was
/// applied last) to `modified`. Without `overwrite`, fields that were changed otherwise in between are a conflict.
pub fn create_three_way_merge_patch(
    original: &Value,
    modified: &Value,
    current: &Value,
    type_id: TypeId,
    overwrite: bool,
) -> Result<Value, PatchError> {
    let shape = Some(Shape::Ref(type_id));
    let (original, modified, current) = (map_of(original), map_of(modified), map_of(current));
    let delta = DiffOptions {
        ignore_deletions: true,
        set_element_order: true,
        ..DiffOptions::default()
    };
    let deletions = DiffOptions {
        ignore_changes_and_additions: true,
        set_element_order: true,
        ..DiffOptions::default()
    };
    let merge = Options {
        merge_parallel_list: false,
        ignore_unmatched_nulls: false,
    };
    let make = || {
        let delta = diff_maps(&current, &modified, shape, delta)?;
        let deletions = diff_maps(&original, &modified, shape, deletions)?;
        let patch = merge_map(deletions, delta, shape, merge)?;
        if !overwrite {
            let changed = diff_maps(&original, &current, shape, DiffOptions::default())?;
            conflict(&Value::Map(patch.clone()), &Value::Map(changed))?;
        }
        Ok(Value::Map(patch))
    };
    make().map_err(PatchError::Failed)
}

/// The JSON merge patch that turns `original` into `modified`.
pub fn create_two_way_json_merge_patch(original: &Value, modified: &Value) -> Value {
    json_diff(original, modified, true, true)
}

/// The JSON merge patch of `kubectl apply` (`jsonmergepatch.CreateThreeWayJSONMergePatch`).
pub fn create_three_way_json_merge_patch(
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Value {
    let mut patch = json_diff(original, modified, false, true);
    overlay(&mut patch, &json_diff(current, modified, true, false));
    patch
}

/// Puts one merge patch over another; its nulls stay.
fn overlay(target: &mut Value, patch: &Value) {
    match (&mut *target, patch) {
        (Value::Map(_), Value::Map(p)) => {
            for (k, v) in p.iter() {
                overlay(target.entry(k), v);
            }
        }
        _ => *target = patch.clone(),
    }
}

fn json_diff(a: &Value, b: &Value, changes: bool, deletions: bool) -> Value {
    let mut out = Value::object();
    for (k, new) in b.fields() {
        let old = a.get(k);
        match (old, new) {
            (Value::Map(_), Value::Map(_)) => {
                let inner = json_diff(old, new, changes, deletions);
                if !inner.is_empty() {
                    out.set(k, inner);
                }
            }
            _ if changes && (old != new || !a.has(k)) => out.set(k, new.clone()),
            _ => {}
        }
    }
    if deletions {
        for (k, _) in a.fields().filter(|(k, _)| !b.has(k)) {
            out.set(k, Value::Null);
        }
    }
    out
}

fn diff_maps(
    original: &Map,
    modified: &Map,
    shape: Option<Shape>,
    options: DiffOptions,
) -> Result<Map, String> {
    let mut patch = Map::new();
    if original.ptr_eq(modified) {
        return Ok(patch);
    }
    for (key, new) in modified.iter() {
        let Some(old) = original.get(key) else {
            if !options.ignore_changes_and_additions {
                patch.insert(key, new.clone());
            }
            continue;
        };
        if key == DIRECTIVE {
            if old != new {
                patch.insert(key, new.clone());
            }
            continue;
        }
        let meta = field_meta(shape, key);
        let inner = DiffOptions {
            retain_keys: meta.retain_keys,
            ..options
        };
        match (old, new) {
            (Value::Map(o), Value::Map(n)) if !meta.replace => {
                let diff = diff_maps(o, n, meta.shape, inner)?;
                if !diff.is_empty() {
                    patch.insert(key, diff);
                }
            }
            (Value::List(o), Value::List(n)) if meta.merge => {
                diff_field(&mut patch, key, o, n, meta, inner)?
            }
            _ if !options.ignore_changes_and_additions && old != new => {
                patch.insert(key, new.clone());
            }
            _ => {}
        }
    }
    if !options.ignore_deletions {
        for key in original.keys().filter(|k| !modified.contains_key(k)) {
            patch.insert(key, Value::Null);
        }
    }
    if options.retain_keys {
        let keys: Vec<Value> = modified
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, _)| k.into())
            .collect();
        let extra = original.keys().any(|k| !modified.contains_key(k));
        if !keys.is_empty() && (!patch.is_empty() || extra) {
            patch.insert(RETAIN_KEYS, keys);
        }
    }
    Ok(patch)
}

/// What changed in a list that merges: additions, deletions and order.
fn diff_field(
    patch: &mut Map,
    key: &str,
    original: &[Value],
    modified: &[Value],
    meta: FieldMeta,
    options: DiffOptions,
) -> Result<(), String> {
    if original.is_empty() {
        if !modified.is_empty() && !options.ignore_changes_and_additions {
            patch.insert(key, modified.to_vec());
        }
        return Ok(());
    }
    let changes = !options.ignore_changes_and_additions;
    let of_maps = original
        .iter()
        .chain(modified)
        .all(|v| v.as_map().is_some());
    let (adds, deletes, order) = if of_maps {
        let (adds, deletes) = diff_list_of_maps(original, modified, meta, options)?;
        let mut adds = normalize(adds, modified, meta.merge_key)?;
        adds.extend(deletes);
        let same_order = original.len() == modified.len()
            && original
                .iter()
                .zip(modified)
                .all(|(a, b)| a.get(meta.merge_key) == b.get(meta.merge_key));
        let ordered = changes && (!adds.is_empty() || !same_order)
            || !options.ignore_deletions && !adds.is_empty();
        let only_key = |v: &Value| {
            let mut item = Value::object();
            item.set(meta.merge_key, v.get(meta.merge_key).clone());
            item
        };
        let order = ordered.then(|| modified.iter().map(only_key).collect::<Vec<_>>());
        (adds, Vec::new(), order)
    } else {
        let (adds, deletes) = diff_list_of_scalars(original, modified, options);
        let adds = normalize(adds, modified, "")?;
        let ordered =
            !options.ignore_deletions && !deletes.is_empty() || changes && original != modified;
        (adds, deletes, ordered.then(|| modified.to_vec()))
    };
    if !adds.is_empty() {
        patch.insert(key, adds);
    }
    if !deletes.is_empty() {
        patch.insert(format!("{DELETE_PREFIX}{key}"), deletes);
    }
    if let Some(order) = order.filter(|o| options.set_element_order && !o.is_empty()) {
        patch.insert(format!("{ORDER_PREFIX}{key}"), order);
    }
    Ok(())
}

fn diff_list_of_scalars(
    original: &[Value],
    modified: &[Value],
    options: DiffOptions,
) -> (Vec<Value>, Vec<Value>) {
    let added = modified
        .iter()
        .filter(|v| !original.contains(v) && !options.ignore_changes_and_additions);
    let deleted = original
        .iter()
        .filter(|v| !modified.contains(v) && !options.ignore_deletions);
    (
        added.cloned().collect(),
        super::order::deduplicate(deleted.cloned()),
    )
}

fn diff_list_of_maps(
    original: &[Value],
    modified: &[Value],
    meta: FieldMeta,
    options: DiffOptions,
) -> Result<(Vec<Value>, Vec<Value>), String> {
    let key = meta.merge_key;
    super::order::require_key(key, &[original, modified])?;
    let sorted = |list: &[Value]| {
        let mut all: Vec<(String, Value)> = list
            .iter()
            .map(|v| (sprint(v.get(key)), v.clone()))
            .collect();
        all.arrange_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let (old, new) = (sorted(original), sorted(modified));
    let (mut i, mut j) = (0, 0);
    let (mut adds, mut deletes) = (Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        let order = match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) => a.0.cmp(&b.0),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        match order {
            Ordering::Equal => {
                let mut diff =
                    diff_maps(&map_of(&old[i].1), &map_of(&new[j].1), meta.shape, options)?;
                if !diff.is_empty() {
                    diff.insert(key, new[j].1.get(key).clone());
                    adds.push(Value::Map(diff));
                }
                (i, j) = (i + 1, j + 1);
            }
            Ordering::Greater => {
                if !options.ignore_changes_and_additions {
                    adds.push(new[j].1.clone());
                }
                j += 1;
            }
            Ordering::Less => {
                if !options.ignore_deletions {
                    let mut item = Value::object();
                    item.set(key, old[i].1.get(key).clone());
                    item.set(DIRECTIVE, "delete");
                    deletes.push(item);
                }
                i += 1;
            }
        }
    }
    Ok((adds, deletes))
}

/// Whether both patches set the same field to different values.
fn conflict(patch: &Value, changed: &Value) -> Result<(), String> {
    if !differs(patch, changed) {
        return Ok(());
    }
    Err(format!(
        "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
        to_yaml(patch),
        to_yaml(changed)
    ))
}

fn differs(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Map(x), Value::Map(_)) => x
            .iter()
            .filter(|(k, _)| !k.starts_with('$') && b.has(k))
            .any(|(k, v)| differs(v, b.get(k))),
        (Value::List(x), Value::List(y))
            if x.iter().chain(y.iter()).all(|v| v.as_map().is_some()) =>
        {
            false
        }
        _ => a != b,
    }
}
