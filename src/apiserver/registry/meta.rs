//! Object metadata across updates (`rest/update.go`, `ValidateObjectMetaAccessorUpdate`).

use super::super::call::Call;
use crate::apimachinery::Value;
use std::collections::BTreeSet;

/// Fields of the metadata that an update keeps where the client leaves them out.
const KEPT: [&str; 4] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// Brings the metadata of a new state in line with the old one before it is checked.
pub fn carry_over(new: &mut Value, old: &Value) {
    let generation = old.meta().get("generation").clone();
    let before = old.meta().clone();
    let meta = new.meta_mut();
    for field in KEPT {
        let kept = before.get(field);
        // What a client says of the time of creation is not heard.
        let heard = field != "creationTimestamp" && !meta.get(field).is_null();
        if !heard && !kept.is_null() {
            meta.set(field, kept.clone());
        }
    }
    set_or_remove(meta, "generation", generation);
    meta.remove("selfLink");
}

/// Takes out owner references that say the same as an earlier one, with a warning (`dedupOwnerReferencesAndAddWarning`).
pub fn dedup_owners(call: &mut Call, object: &mut Value, admitted: bool) {
    let refs = object.meta().get("ownerReferences").items();
    if refs.len() < 2 {
        return;
    }
    let mut seen = BTreeSet::new();
    let (kept, again): (Vec<&Value>, Vec<&Value>) = refs.iter().partition(|r| {
        seen.insert((
            ["uid", "name", "kind", "apiVersion"].map(|f| r.get(f).str()),
            ["controller", "blockOwnerDeletion"].map(|f| r.get(f).as_bool()),
        ))
    });
    if again.is_empty() {
        return;
    }
    let uids: Vec<&str> = again.iter().map(|r| r.get("uid").str()).collect();
    let when = if admitted {
        " after mutating admission happens"
    } else {
        ""
    };
    let warning = format!(
        ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
        uids.join(", ")
    );
    let kept: Vec<Value> = kept.into_iter().cloned().collect();
    object.meta_mut().set("ownerReferences", kept);
    call.warn(warning);
}

/// Sets a field, or removes it where the value is null.
pub fn set_or_remove(object: &mut Value, field: &str, value: Value) {
    if value.is_null() {
        object.remove(field);
    } else {
        object.set(field, value);
    }
}

/// Copies a field from one object to another, or removes it there where the first has none.
pub fn copy_field(to: &mut Value, from: &Value, field: &str) {
    let value = from.get(field);
    if to.get(field).ptr_eq(value) {
        return;
    }
    set_or_remove(to, field, value.clone());
}

/// Whether anything but the metadata, the version it is stored in and the named fields differs.
pub fn differs_besides(new: &Value, old: &Value, ignored: &[&str]) -> bool {
    let skip = |k: &str| matches!(k, "metadata" | "apiVersion") || ignored.contains(&k);
    let count = |v: &Value| v.fields().filter(|(k, _)| !skip(k)).count();
    count(new) != count(old)
        || new
            .fields()
            .filter(|(k, _)| !skip(k))
            .any(|(k, v)| v != old.get(k))
}
