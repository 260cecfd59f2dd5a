//! `-o name` and what a command says when it has done something.

use crate::apimachinery::Value;
use crate::apimachinery::meta::split_api_version;

/// `pod/x`, `deployment.apps/x`: how messages name an object.
pub fn of(object: &Value) -> String {
    let (group, _) = split_api_version(object.api_version());
    named(object.kind(), group, object.name())
}

/// The same from kind, group and name.
pub fn named(kind: &str, group: &str, name: &str) -> String {
    let name = if name.is_empty() { "<unknown>" } else { name };
    let kind = if kind.is_empty() {
        "<unknown>".to_owned()
    } else {
        kind.to_lowercase()
    };
    if group.is_empty() {
        format!("{kind}/{name}")
    } else {
        format!("{kind}.{group}/{name}")
    }
}

/// A line for an object, or one for each item of a list.
pub fn print(object: &Value, operation: &str) -> String {
    if object.kind().ends_with("List") && object.has("items") {
        return object
            .get("items")
            .items()
            .iter()
            .map(|item| print(item, operation))
            .collect();
    }
    if operation.is_empty() {
        format!("{}\n", of(object))
    } else {
        format!("{} {operation}\n", of(object))
    }
}
