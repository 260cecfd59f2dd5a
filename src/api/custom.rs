//! Custom resources: what a CustomResourceDefinition says about the objects of its kind, applied to trees
//! (`apiextensions-apiserver/pkg/apiserver/schema` and `validation`). Schemas are read as they stand in the definition. Pure.

pub mod defaulting;
mod definition;
mod formats;
mod listtype;
pub mod objectmeta;
mod patterns;
pub mod pruning;
pub mod rules;
pub mod validation;
mod walk;

pub use definition::{
    compare_versions, is_condition_true, kinds_of, storage_version, version_names,
};
pub use formats::{holds as holds_format, is_known as is_known_format};
pub use patterns::pattern_error;

use crate::apimachinery::Value;

/// Whether a schema sets a flag such as `x-kubernetes-preserve-unknown-fields`.
pub(crate) fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).as_bool() == Some(true)
}

/// The schema of an entry of the map or object that a schema describes, where it has one: null stands for a map of anything.
pub(crate) fn entry_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let properties = schema.get("properties").as_map();
    if let Some(property) = properties.and_then(|p| p.get(name)) {
        return Some(property);
    }
    match schema.get("additionalProperties") {
        map @ Value::Map(_) => Some(map),
        Value::Bool(true) => Some(&crate::apimachinery::value::NULL),
        _ => None,
    }
}

/// Fields that every object has beside those of its schema.
pub(crate) const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];
