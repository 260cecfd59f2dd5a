//! Which schemas are structural (`apiextensions-apiserver/pkg/apiserver/schema/validation.go` and `complete.go`).

use crate::api::custom::pattern_error;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};
use crate::collections::Arrange;
use crate::tree;

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What keeps a schema from being structural, sorted by its words.
pub fn validate(at: &Path, v: &Value) -> ErrorList {
    let mut e = ErrorList::new();
    invariants(&mut e, at, v, Level::Root);
    completeness(&mut e, at, v);
    e.arrange_by_key(|x| format!("{}: {}", x.field, x.body()));
    e
}

fn flag(v: &Value, field: &str) -> bool {
    v.get(field).as_bool() == Some(true)
}

fn entries<'a>(v: &'a Value, field: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = v.get(field).as_map().into_iter();
    map.flat_map(|m| m.iter())
}

fn invariants(e: &mut ErrorList, at: &Path, v: &Value, level: Level) {
    let kind = v.get("type").str();
    let items = v.get("items");
    if kind == "array" && items.is_null() {
        let text = "must be specified";
        e.push(FieldError::required(&at.child("items"), text));
    }
    if items.as_map().is_some() {
        invariants(e, &at.child("items"), items, Level::Item);
    }
    for (name, schema) in entries(v, "properties") {
        invariants(e, &at.child("properties").key(name), schema, Level::Field);
    }
    let additional = v.get("additionalProperties");
    if !additional.is_null() {
        let path = at.child("additionalProperties");
        if level == Level::Root {
            e.push(FieldError::forbidden(&path, "must not be used at the root"));
        }
        if additional.as_map().is_some() {
            invariants(e, &path, additional, Level::Field);
        }
    }
    extensions(e, at, v);
    let int_or_string = tree!([{"type": "integer"}, {"type": "string"}]);
    let skip_any = *v.get("anyOf") == int_or_string;
    let first_all = v.get("allOf").items().first();
    let skip_first = first_all.is_some_and(|f| *f.get("anyOf") == int_or_string);
    values(e, at, v, skip_any, skip_first);
    types(e, at, v, level);
}

fn extensions(e: &mut ErrorList, at: &Path, v: &Value) {
    if !flag(v, "x-kubernetes-int-or-string") {
        return;
    }
    for field in [
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
    ] {
        if flag(v, field) {
            let text = "must be false if x-kubernetes-int-or-string is true";
            e.push(FieldError::invalid(&at.child(field), true, text));
        }
    }
}

fn types(e: &mut ErrorList, at: &Path, v: &Value, level: Level) {
    let kind = v.get("type").str();
    let embedded = flag(v, "x-kubernetes-embedded-resource");
    let preserves = flag(v, "x-kubernetes-preserve-unknown-fields");
    let path = at.child("type");
    if embedded && kind != "object" {
        let text = "must be object if x-kubernetes-embedded-resource is true";
        e.push(match kind.is_empty() {
            true => FieldError::required(&path, text),
            false => FieldError::invalid(&path, kind, text),
        });
    } else if kind.is_empty() && !flag(v, "x-kubernetes-int-or-string") && !preserves {
        let text = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        e.push(FieldError::required(&path, text));
    }
    if embedded && !v.get("additionalProperties").is_null() {
        let text = "must not be used if x-kubernetes-embedded-resource is set";
        e.push(FieldError::forbidden(
            &at.child("additionalProperties"),
            text,
        ));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        let text = "must be object at the root";
        e.push(FieldError::invalid(&path, kind, text));
    }
    let properties = at.child("properties");
    if level == Level::Root || embedded {
        for (field, wanted) in [
            ("kind", "string"),
            ("apiVersion", "string"),
            ("metadata", "object"),
        ] {
            let property = v.at(&["properties", field]);
            let found = property.get("type").str();
            if !property.is_null() && found != wanted {
                let property = properties.key(field);
                let text = format!("must be {wanted}");
                e.push(FieldError::invalid(&property.child("type"), found, text));
            }
        }
    }
    let metadata = v.at(&["properties", "metadata"]);
    if level == Level::Root && !metadata.is_null() && !only_names(metadata) {
        let text = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        e.push(FieldError::forbidden(&properties.key("metadata"), text));
    }
    if embedded && !preserves && v.get("properties").is_empty() {
        let text = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        e.push(FieldError::required(&properties, text));
    }
}

/// Whether a schema of metadata speaks of the name only.
fn only_names(v: &Value) -> bool {
    let named = |k: &str| k == "name" || k == "generateName";
    let rest = |k: &str| !["type", "properties", "default"].contains(&k);
    entries(v, "properties").all(|(k, _)| named(k))
        && !v.as_map().is_some_and(|m| m.iter().any(|(k, _)| rest(k)))
}

fn values(e: &mut ErrorList, at: &Path, v: &Value, skip_any: bool, skip_first: bool) {
    for (i, schema) in v.get("anyOf").items().iter().enumerate() {
        if !skip_any {
            nested(e, &at.item("anyOf", i), schema, false);
        }
    }
    for (i, schema) in v.get("allOf").items().iter().enumerate() {
        nested(e, &at.item("allOf", i), schema, skip_first && i == 0);
    }
    for (i, schema) in v.get("oneOf").items().iter().enumerate() {
        nested(e, &at.item("oneOf", i), schema, false);
    }
    if !v.get("not").is_null() {
        nested(e, &at.child("not"), v.get("not"), false);
    }
    let pattern = v.get("pattern").str();
    if let Some(why) = pattern_error(pattern) {
        let text = format!("must be a valid regular expression, but isn't: {why}");
        e.push(FieldError::invalid(&at.child("pattern"), pattern, text));
    }
}

/// A schema under a junctor: it says about values what the structure around it holds already.
fn nested(e: &mut ErrorList, at: &Path, v: &Value, skip_any: bool) {
    values(e, at, v, skip_any, false);
    if v.get("items").as_map().is_some() {
        nested(e, &at.child("items"), v.get("items"), false);
    }
    for (name, schema) in entries(v, "properties") {
        nested(e, &at.child("properties").key(name), schema, false);
    }
    for (field, must) in [
        ("type", "empty"),
        ("additionalProperties", "undefined"),
        ("default", "undefined"),
        ("title", "empty"),
        ("description", "empty"),
        ("nullable", "false"),
        ("x-kubernetes-preserve-unknown-fields", "false"),
        ("x-kubernetes-embedded-resource", "false"),
        ("x-kubernetes-int-or-string", "false"),
        ("x-kubernetes-list-map-keys", "empty"),
        ("x-kubernetes-list-type", "undefined"),
        ("x-kubernetes-map-type", "undefined"),
        ("x-kubernetes-validations", "empty"),
    ] {
        let value = v.get(field);
        let is_set = match must {
            "empty" => !value.is_empty(),
            "false" => value.as_bool() == Some(true),
            _ => !value.is_null(),
        };
        if is_set {
            let text = format!("must be {must} to be structural");
            e.push(FieldError::forbidden(&at.child(field), text));
        }
    }
    if v.get("properties").has("metadata") {
        let text = "must not be specified in a nested context";
        let properties = at.child("properties");
        e.push(FieldError::forbidden(&properties.key("metadata"), text));
    }
}

/// What junctors speak of has to stand in the structure too.
fn completeness(e: &mut ErrorList, at: &Path, v: &Value) {
    complete_values(e, v, v, at, at);
    if v.get("items").as_map().is_some() {
        completeness(e, &at.child("items"), v.get("items"));
    }
    for (name, schema) in entries(v, "properties") {
        completeness(e, &at.child("properties").key(name), schema);
    }
    if v.get("additionalProperties").as_map().is_some() {
        completeness(
            e,
            &at.child("additionalProperties"),
            v.get("additionalProperties"),
        );
    }
}

fn complete_values(e: &mut ErrorList, v: &Value, s: &Value, structure: &Path, at: &Path) {
    if !v.get("not").is_null() {
        complete_nested(e, v.get("not"), s, structure, &at.child("not"));
    }
    for field in ["allOf", "anyOf", "oneOf"] {
        for (i, schema) in v.get(field).items().iter().enumerate() {
            complete_nested(e, schema, s, structure, &at.item(field, i));
        }
    }
}

fn complete_nested(e: &mut ErrorList, v: &Value, s: &Value, structure: &Path, at: &Path) {
    complete_values(e, v, s, structure, at);
    let mut inner = |v: &Value, s: &Value, structure: &Path, at: &Path| match s.is_null() {
        true => {
            let text = format!("because it is defined in {at}");
            e.push(FieldError::required(structure, text));
        }
        false => complete_nested(e, v, s, structure, at),
    };
    if v.get("items").as_map().is_some() {
        inner(
            v.get("items"),
            s.get("items"),
            &structure.child("items"),
            &at.child("items"),
        );
    }
    for (name, schema) in entries(v, "properties") {
        inner(
            schema,
            s.at(&["properties", name]),
            &structure.child("properties").key(name),
            &at.child("properties").key(name),
        );
    }
}
