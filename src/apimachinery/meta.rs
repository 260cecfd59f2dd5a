//! What every object has: type and object metadata, read straight from the tree.

use super::time::Timestamp;
use super::value::{Map, Value};

impl Value {
    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.get("apiVersion").str()
    }
    /// `kind`.
    pub fn kind(&self) -> &str {
        self.get("kind").str()
    }
    /// `metadata`.
    pub fn meta(&self) -> &Value {
        // Its place in nearly every object: behind `apiVersion` and `kind`.
        match self.as_map().and_then(|map| map.nth(2)) {
            Some((key, meta)) if key.as_str() == "metadata" => meta,
            _ => self.get("metadata"),
        }
    }
    /// `metadata` for change.
    pub fn meta_mut(&mut self) -> &mut Value {
        self.entry("metadata")
    }
    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.meta().get("name").str()
    }
    /// `metadata.namespace`, "" for what stands in no namespace.
    pub fn namespace(&self) -> &str {
        self.meta().get("namespace").str()
    }
    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.meta().get("uid").str()
    }
    /// `metadata.resourceVersion`.
    pub fn resource_version(&self) -> &str {
        self.meta().get("resourceVersion").str()
    }
    /// `metadata.generation`, 0 where unset.
    pub fn generation(&self) -> i64 {
        self.meta().get("generation").as_i64().unwrap_or(0)
    }
    /// The label `key`.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.meta().get("labels").get(key).as_str()
    }
    /// All labels.
    pub fn labels(&self) -> Option<&Map> {
        self.meta().get("labels").as_map()
    }
    /// The annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.meta().get("annotations").get(key).as_str()
    }
    /// Sets an annotation.
    pub fn set_annotation(&mut self, key: &str, value: &str) {
        self.set_at(&["metadata", "annotations", key], value);
    }
    /// `metadata.creationTimestamp`.
    pub fn creation_timestamp(&self) -> Option<Timestamp> {
        Timestamp::parse(self.meta().get("creationTimestamp").str())
    }
    /// `metadata.deletionTimestamp`: set once deletion was asked for.
    pub fn deletion_timestamp(&self) -> Option<Timestamp> {
        Timestamp::parse(self.meta().get("deletionTimestamp").str())
    }
    /// Whether deletion was asked for.
    pub fn is_terminating(&self) -> bool {
        !self.meta().get("deletionTimestamp").is_null()
    }
    /// `metadata.ownerReferences`.
    pub fn owner_references(&self) -> &[Value] {
        self.meta().get("ownerReferences").items()
    }
    /// The owner reference whose `controller` is true (`metav1.GetControllerOf`).
    pub fn controller_of(&self) -> Option<&Value> {
        self.owner_references()
            .iter()
            .find(|r| r.get("controller").as_bool() == Some(true))
    }
    /// Whether `owner` controls this object, by UID.
    pub fn is_controlled_by(&self, owner: &Value) -> bool {
        self.controller_of()
            .is_some_and(|r| r.get("uid").str() == owner.uid())
    }
    /// `metadata.finalizers`.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        self.meta().get("finalizers").items().iter().map(Value::str)
    }
    /// `namespace/name`, or the name alone where there is no namespace (`cache.MetaNamespaceKeyFunc`).
    pub fn key(&self) -> String {
        match self.namespace() {
            "" => self.name().to_owned(),
            ns => [ns, "/", self.name()].concat(),
        }
    }
}

/// Splits a key of [`Value::key`] into namespace ("" for none) and name.
pub fn split_key(key: &str) -> (&str, &str) {
    key.split_once('/').unwrap_or(("", key))
}

/// Group and version of an `apiVersion`: `apps/v1` → (`apps`, `v1`), `v1` → (``, `v1`).
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Makes a controller owner reference to `owner` (`metav1.NewControllerRef`).
pub fn new_controller_ref(owner: &Value, api_version: &str, kind: &str) -> Value {
    crate::tree!({
        "apiVersion": api_version, "kind": kind, "name": owner.name(), "uid": owner.uid(),
        "controller": true, "blockOwnerDeletion": true,
    })
}
