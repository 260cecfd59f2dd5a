//! The strategy of CustomResourceDefinitions (`pkg/registry/customresourcedefinition`).

use super::{Prepare, Strategy};
use crate::api::custom;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

/// Finalizer: the definition waits until its objects are gone.
pub const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// CustomResourceDefinitions.
pub struct Definitions;

impl Strategy for Definitions {
    fn has_generation(&self) -> bool {
        true
    }
    fn allow_unconditional_update(&self) -> bool {
        false
    }
    fn prepare_for_create(&self, object: &mut Value, _cx: &mut Prepare<'_>) {
        note_stored_version(object);
    }
    fn prepare_for_update(&self, new: &mut Value, _old: &Value) {
        note_stored_version(new);
    }
    fn warnings(&self, object: &Value, old: Option<&Value>) -> Vec<String> {
        let formats = |v: &Value| {
            let mut found = Vec::new();
            for version in v.at(&["spec", "versions"]).items() {
                unknown_formats(version.at(&["schema", "openAPIV3Schema"]), &mut found);
            }
            found
        };
        let before = old.map(formats).unwrap_or_default();
        let new = formats(object).into_iter().filter(|f| !before.contains(f));
        new.map(|f| format!("unrecognized format {f:?}")).collect()
    }
}

/// Adds the storage version to those in which objects may be stored.
fn note_stored_version(definition: &mut Value) {
    let version = Value::from(custom::storage_version(definition));
    let stored = definition.at(&["status", "storedVersions"]);
    if !version.is_empty() && !stored.items().contains(&version) {
        definition
            .at_mut(&["status", "storedVersions"])
            .push(version);
    }
}

/// Formats that no string is checked against, in a schema and all below it.
fn unknown_formats(schema: &Value, found: &mut Vec<String>) {
    let format = schema.get("format").str();
    if !format.is_empty() && !custom::is_known_format(format) {
        found.push(format.to_owned());
    }
    for field in ["items", "additionalProperties", "not"] {
        if schema.get(field).as_map().is_some() {
            unknown_formats(schema.get(field), found);
        }
    }
    for field in ["allOf", "oneOf", "anyOf"] {
        for s in schema.get(field).items() {
            unknown_formats(s, found);
        }
    }
    for (_, s) in schema.get("properties").fields() {
        unknown_formats(s, found);
    }
}

/// Marks a definition as one that is to go: its objects go first.
pub fn begin_deletion(definition: &mut Value, now: Timestamp) {
    let meta = definition.meta_mut();
    meta.set("deletionTimestamp", now);
    let finalizers = meta.entry("finalizers").items_mut();
    if !finalizers.iter().any(|f| *f == CLEANUP) {
        finalizers.push(CLEANUP.into());
    }
    let mut condition = tree!({
        "type": "Terminating", "status": "True", "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
    condition.set("lastTransitionTime", now);
    let conditions = definition.at_mut(&["status", "conditions"]).items_mut();
    conditions.retain(|c| c.get("type") != &"Terminating");
    conditions.push(condition);
}
