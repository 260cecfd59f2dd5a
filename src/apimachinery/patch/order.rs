//! Keeping lists in order while they are merged (`strategicpatch`, element order).

use crate::apimachinery::strconv::sprint;
use crate::apimachinery::value::Value;

/// What two items are compared by: the merge key of maps, the value of anything else.
fn identity<'a>(v: &'a Value, key: &str) -> &'a Value {
    if key.is_empty() { v } else { v.get(key) }
}

/// Where an item equal to `v` stands.
pub(super) fn index(list: &[Value], v: &Value, key: &str) -> Option<usize> {
    let wanted = identity(v, key);
    list.iter().position(|x| identity(x, key) == wanted)
}

/// The error for an item of a list of maps that lacks the merge key.
pub(super) fn no_merge_key(item: &Value, key: &str) -> String {
    format!(
        "map: {} does not contain declared merge key: {key}",
        sprint(item)
    )
}

pub(super) fn require_key(key: &str, lists: &[&[Value]]) -> Result<(), String> {
    match lists.iter().flat_map(|l| l.iter()).find(|v| !v.has(key)) {
        Some(item) => Err(no_merge_key(item, key)),
        None => Ok(()),
    }
}

pub(super) fn is_delete(v: &Value) -> bool {
    v.get("$patch") == "delete"
}

/// Sorts by the order of another list; items to be deleted go last.
pub(super) fn normalize(
    list: Vec<Value>,
    order: &[Value],
    key: &str,
) -> Result<Vec<Value>, String> {
    if !key.is_empty() {
        require_key(key, &[&list, order])?;
    }
    let (deletes, mut keep): (Vec<Value>, Vec<Value>) = list
        .into_iter()
        .partition(|v| !key.is_empty() && is_delete(v));
    for i in 1..keep.len() {
        let mut j = i;
        while j > 0 {
            let before = match (index(order, &keep[j], key), index(order, &keep[j - 1], key)) {
                (Some(a), Some(b)) => a < b,
                _ => true,
            };
            if !before {
                break;
            }
            keep.swap(j, j - 1);
            j -= 1;
        }
    }
    keep.extend(deletes);
    Ok(keep)
}

/// Puts items of the patch in the patch's order and the server's own items among them where the server had them.
pub(super) fn arrange(
    merged: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    key: &str,
) -> Result<Vec<Value>, String> {
    if !key.is_empty() {
        require_key(key, &[&merged, patch_order])?;
    }
    let (patch, server): (Vec<Value>, Vec<Value>) = merged
        .into_iter()
        .partition(|v| index(patch_order, v, key).is_some());
    let patch = normalize(patch, patch_order, key)?;
    let server = normalize(server, server_order, key)?;
    let mut out = Vec::with_capacity(patch.len() + server.len());
    let (mut p, mut s) = (patch.into_iter().peekable(), server.into_iter().peekable());
    loop {
        let from_server = match (s.peek(), p.peek()) {
            (None, None) => return Ok(out),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => {
                matches!((index(server_order, a, key), index(server_order, b, key)), (Some(i), Some(j)) if i < j)
            }
        };
        out.extend(if from_server { s.next() } else { p.next() });
    }
}

/// Without repeated values.
pub(super) fn deduplicate(list: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for v in list {
        if !out.contains(&v) {
            out.push(v);
        }
    }
    out
}
