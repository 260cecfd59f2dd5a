//! Strategic merge patch (`k8s.io/apimachinery/pkg/util/strategicpatch`), driven by the schema table.

use super::PatchError;
use super::json::json_kind;
use super::order::{arrange, deduplicate, index, no_merge_key};
use crate::apimachinery::schema::{Shape, TypeId, type_def};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::value::{Map, Value};

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const DELETE_PREFIX: &str = "$deleteFromPrimitiveList/";
pub(super) const ORDER_PREFIX: &str = "$setElementOrder/";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";

/// What the schema says on merging a field.
#[derive(Clone, Copy, Default)]
pub(super) struct FieldMeta {
    /// What stands in the field (for lists, in its items); unknown where the schema has no such field.
    pub(super) shape: Option<Shape>,
    pub(super) merge: bool,
    pub(super) replace: bool,
    pub(super) retain_keys: bool,
    pub(super) merge_key: &'static str,
}

/// Looks a field up in what stands around it.
pub(super) fn field_meta(around: Option<Shape>, key: &str) -> FieldMeta {
    let mut meta = FieldMeta::default();
    match around {
        Some(Shape::Ref(id)) => {
            if let Some(field) = type_def(id).field(key) {
                let strategies = || field.patch_strategy.split(',');
                meta.shape = Some(field.shape);
                meta.merge = strategies().any(|s| s == "merge");
                meta.replace = strategies().any(|s| s == "replace");
                meta.retain_keys = strategies().any(|s| s == "retainKeys");
                meta.merge_key = field.patch_merge_key;
            }
        }
        Some(Shape::Map(inner)) => meta.shape = Some(*inner),
        _ => {}
    }
    if let Some(Shape::List(inner)) = meta.shape {
        meta.shape = Some(*inner);
    }
    meta
}

/// How to merge.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Carry out directives on lists; otherwise they are kept (two patches are being merged).
    pub(super) merge_parallel_list: bool,
    /// Drop nulls that delete nothing.
    pub(super) ignore_unmatched_nulls: bool,
}

/// Applies a strategic merge patch to an object of a type of the schema.
pub fn strategic_merge_patch(
    original: &Value,
    patch: &Value,
    type_id: TypeId,
) -> Result<Value, PatchError> {
    let Value::Map(patch) = patch else {
        return Err(PatchError::Malformed(format!(
            "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            json_kind(patch)
        )));
    };
    let options = Options {
        merge_parallel_list: true,
        ignore_unmatched_nulls: true,
    };
    let original = original.as_map().cloned().unwrap_or_default();
    merge_map(original, patch.clone(), Some(Shape::Ref(type_id)), options)
        .map(Value::Map)
        .map_err(PatchError::Failed)
}

pub(super) fn merge_map(
    mut original: Map,
    mut patch: Map,
    shape: Option<Shape>,
    options: Options,
) -> Result<Map, String> {
    if let Some(directive) = patch.get(DIRECTIVE).cloned() {
        return match directive.str() {
            "replace" => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            "delete" => Ok(Map::new()),
            _ => Err(bad_type(&directive, &Value::Map(patch))),
        };
    }
    retain_keys(&mut original, &mut patch, options)?;
    apply_orders(&mut original, &mut patch, shape, options)?;
    for (key, value) in patch.iter() {
        let deleted = key.strip_prefix(DELETE_PREFIX);
        if deleted.is_some() && !options.merge_parallel_list {
            original.insert(key, value.clone());
            continue;
        }
        let (key, is_delete_list) = (deleted.unwrap_or(key), deleted.is_some());
        if value.is_null() {
            original.remove(key);
            if options.ignore_unmatched_nulls {
                continue;
            }
        }
        merge_field(&mut original, key, value, is_delete_list, shape, options)?;
    }
    Ok(original)
}

fn merge_field(
    original: &mut Map,
    key: &str,
    value: &Value,
    is_delete_list: bool,
    shape: Option<Shape>,
    options: Options,
) -> Result<(), String> {
    let meta = field_meta(shape, key);
    let merged = match (original.get(key), value) {
        (Some(Value::Map(o)), Value::Map(p)) => {
            if meta.replace {
                value.clone()
            } else {
                Value::Map(merge_map(o.clone(), p.clone(), meta.shape, options)?)
            }
        }
        (Some(Value::List(o)), Value::List(p)) => {
            if meta.merge || is_delete_list {
                Value::from(merge_list(o, p, meta, options, is_delete_list)?)
            } else {
                value.clone()
            }
        }
        (Some(o), p) if json_kind(o) == json_kind(p) => p.clone(),
        _ if is_delete_list => return Ok(()),
        _ => without_directives(value, options.ignore_unmatched_nulls),
    };
    original.insert(key, merged);
    Ok(())
}

fn bad_type(directive: &Value, item: &Value) -> String {
    format!(
        "unknown patch type: {} in map: {}",
        sprint(directive),
        sprint(item)
    )
}

/// A value of a patch that meets nothing: taken over without its directives (and nulls, if asked).
fn without_directives(v: &Value, drop_nulls: bool) -> Value {
    match v {
        Value::Map(m) => Value::Map(
            m.entries()
                .filter(|(k, v)| !is_directive(k) && !(drop_nulls && v.is_null()))
                .map(|(k, v)| (k.clone(), without_directives(v, drop_nulls)))
                .collect(),
        ),
        Value::List(l) => l
            .iter()
            .filter(|v| !matches!(v.get(DIRECTIVE).str(), "delete" | "replace" | "merge"))
            .map(|v| without_directives(v, drop_nulls))
            .collect::<Vec<Value>>()
            .into(),
        other => other.clone(),
    }
}

fn is_directive(key: &str) -> bool {
    key == DIRECTIVE
        || key == RETAIN_KEYS
        || key.starts_with(DELETE_PREFIX)
        || key.starts_with(ORDER_PREFIX)
}

fn retain_keys(original: &mut Map, patch: &mut Map, options: Options) -> Result<(), String> {
    let Some(keep) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if !options.merge_parallel_list {
        if !original.contains_key(RETAIN_KEYS) {
            original.insert(RETAIN_KEYS, keep);
        }
        return Ok(());
    }
    let Value::List(keep) = keep else {
        return Err("invalid patch format of retainKeys".to_owned());
    };
    let kept = |k: &str| keep.iter().any(|v| v == &k);
    let stray = patch
        .iter()
        .any(|(k, v)| !v.is_null() && !is_directive(k) && !kept(k));
    if stray {
        return Err("invalid patch format of retainKeys".to_owned());
    }
    original.retain(|k, _| kept(k));
    Ok(())
}

/// Carries out `$setElementOrder/…`: merges the list and puts it in the order that is asked for.
fn apply_orders(
    original: &mut Map,
    patch: &mut Map,
    shape: Option<Shape>,
    options: Options,
) -> Result<(), String> {
    let keys: Vec<String> = patch
        .keys()
        .filter(|k| k.starts_with(ORDER_PREFIX))
        .map(str::to_owned)
        .collect();
    for directive in keys {
        let order = patch.remove(&directive).unwrap_or_default();
        let key = &directive[ORDER_PREFIX.len()..];
        let Value::List(order) = order else {
            return Err(format!(
                "expected a []interface {{}}, but received a {}",
                json_kind(&order)
            ));
        };
        if !options.merge_parallel_list {
            original.insert(directive.as_str(), order.clone());
        }
        let meta = field_meta(shape, key);
        let list = patch.get(key).and_then(Value::as_list).cloned();
        let had = original.get(key).and_then(Value::as_list).cloned();
        if let Some(list) = &list {
            check_order(list, &order, meta.merge_key)?;
        }
        let merged = match (&had, &list) {
            (None, None) => continue,
            (Some(had), None) => had.to_vec(),
            (None, Some(list)) if options.merge_parallel_list => {
                let clean = without_directives(&Value::List(list.clone()), false);
                clean.items().to_vec()
            }
            (None, Some(list)) => list.to_vec(),
            (Some(had), Some(list)) if meta.merge => merge_list(had, list, meta, options, false)?,
            (Some(_), Some(list)) => list.to_vec(),
        };
        let server_order = had.unwrap_or_default();
        let arranged = arrange(merged, &order, &server_order, meta.merge_key)?;
        original.insert(key, arranged);
        patch.remove(key);
    }
    Ok(())
}

/// The items of the patch must stand in the order that the patch asks for.
fn check_order(list: &[Value], order: &[Value], key: &str) -> Result<(), String> {
    if list.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut places = order.iter();
    for item in list.iter().filter(|v| !v.has(DIRECTIVE)) {
        if !key.is_empty() && !item.has(key) {
            return Err(no_merge_key(item, key));
        }
        if !places.any(|o| index(std::slice::from_ref(o), item, key).is_some()) {
            return Err(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                sprint(&Value::from(list.to_vec())),
                sprint(&Value::from(order.to_vec()))
            ));
        }
    }
    Ok(())
}

/// Merges a list of a patch into a list.
fn merge_list(
    original: &[Value],
    patch: &[Value],
    meta: FieldMeta,
    options: Options,
    is_delete_list: bool,
) -> Result<Vec<Value>, String> {
    if original.is_empty() && patch.is_empty() {
        return Ok(Vec::new());
    }
    let of_maps = original.iter().chain(patch).all(|v| v.as_map().is_some());
    if !of_maps {
        if let Some(stray) = original.iter().chain(patch).find(|v| v.as_map().is_some()) {
            return Err(format!(
                "list element types are not identical: {}",
                sprint(stray)
            ));
        }
        let merged = if is_delete_list {
            original
                .iter()
                .filter(|v| !patch.contains(v))
                .cloned()
                .collect()
        } else {
            deduplicate(original.iter().chain(patch).cloned())
        };
        return arrange(merged, patch, original, "");
    }
    let key = meta.merge_key;
    if key.is_empty() {
        return Err("cannot merge lists without merge key for struct".to_owned());
    }
    let (mut merged, rest) = apply_item_directives(original, patch, key)?;
    let server_order = merged.clone();
    for item in &rest {
        if !item.has(key) {
            return Err(no_merge_key(item, key));
        }
        match index(&merged, item, key) {
            Some(i) => {
                let old = merged[i].as_map().cloned().unwrap_or_default();
                let new = item.as_map().cloned().unwrap_or_default();
                merged[i] = Value::Map(merge_map(old, new, meta.shape, options)?);
            }
            None if options.merge_parallel_list => {
                merged.push(without_directives(item, options.ignore_unmatched_nulls))
            }
            None => merged.push(item.clone()),
        }
    }
    arrange(merged, &rest, &server_order, key)
}

/// Carries out `$patch: delete` and `$patch: replace` items; gives what is left of both lists.
fn apply_item_directives(
    original: &[Value],
    patch: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), String> {
    let (mut left, mut rest, mut replace) = (original.to_vec(), Vec::new(), false);
    for item in patch {
        if !item.has(DIRECTIVE) {
            rest.push(item.clone());
            continue;
        }
        match item.get(DIRECTIVE).str() {
            "delete" if !item.has(key) => return Err(no_merge_key(item, key)),
            "delete" => left.retain(|v| v.get(key) != item.get(key)),
            "replace" => replace = true,
            "merge" => return Err("merging lists cannot yet be specified in the patch".to_owned()),
            _ => return Err(bad_type(item.get(DIRECTIVE), item)),
        }
    }
    if replace {
        return Ok((rest, Vec::new()));
    }
    Ok((left, rest))
}
