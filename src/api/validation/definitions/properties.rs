//! The rules about schemas of custom resources (`ValidateCustomResourceDefinitionOpenAPISchema`).

use super::{internal, structural};
use crate::api::custom::rules;
use crate::api::validation::common::strings;
use crate::apimachinery::field_errors::{Bad, escape_html};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
const ALLOWED_AT_ROOT: &[&str] = &[
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

/// What a schema stands in.
#[derive(Clone, Copy)]
struct Around {
    /// Why default values may not stand here, where they may not.
    no_defaults: Option<&'static str>,
    in_metadata: bool,
    root: bool,
    /// Whether the whole schema is structural: only then expressions are compiled.
    structural: bool,
}

/// The schema of one version, or of all.
pub fn validation(e: &mut ErrorList, at: &Path, v: &Value, has_status: bool) {
    let schema = v.get("openAPIV3Schema");
    if schema.is_null() {
        return;
    }
    let path = at.child("openAPIV3Schema");
    if has_status {
        root_with_status(e, &path, schema);
    }
    if flag(schema, "nullable") {
        let text = "nullable cannot be true at the root";
        e.push(FieldError::forbidden(&path.child("nullable"), text));
    }
    let found = e.len();
    e.extend(structural::validate(&path, schema));
    let around = Around {
        no_defaults: None,
        in_metadata: false,
        root: true,
        structural: e.len() == found,
    };
    one(e, &path, schema, around);
}

fn flag(v: &Value, field: &str) -> bool {
    v.get(field).as_bool() == Some(true)
}

fn root_with_status(e: &mut ErrorList, at: &Path, schema: &Value) {
    let kind = schema.get("type").str();
    for (name, field, _) in internal::FIELDS {
        let value = schema.get(field);
        if value.is_empty() || value.as_bool() == Some(false) {
            continue;
        }
        if *name == "Type" && kind != "object" {
            let text = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            e.push(FieldError::invalid(&at.child("type"), kind, text));
            return;
        }
        if !ALLOWED_AT_ROOT.contains(name) {
            let shown = Bad::raw(escape_html(&internal::schema(schema)));
            let text = format!(
                "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
                ALLOWED_AT_ROOT.join(" ")
            );
            e.push(FieldError::invalid(at, shown, text));
            return;
        }
    }
}

fn one(e: &mut ErrorList, at: &Path, v: &Value, around: Around) {
    if v.as_map().is_none() {
        return;
    }
    standard(e, at, v, around);
    if flag(v, "uniqueItems") {
        let text =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        e.push(FieldError::forbidden(&at.child("uniqueItems"), text));
    }
    let inner = Around {
        root: false,
        ..around
    };
    let (additional, properties) = (v.get("additionalProperties"), v.get("properties"));
    if !additional.is_null() {
        let path = at.child("additionalProperties");
        if !properties.is_empty() && additional.as_bool() != Some(true) {
            let text = "additionalProperties and properties are mutual exclusive";
            e.push(FieldError::forbidden(&path, text));
        }
        let in_metadata = "inside additionalProperties applying to object metadata";
        let around = Around {
            no_defaults: around
                .in_metadata
                .then_some(in_metadata)
                .or(around.no_defaults),
            ..inner
        };
        one(e, &path, additional, around);
    }
    for (name, schema) in properties.as_map().into_iter().flat_map(|m| m.iter()) {
        let mut within = inner;
        let top = match name {
            "metadata" => Some("in top-level metadata"),
            "kind" => Some("in top-level kind"),
            "apiVersion" => Some("in top-level apiVersion"),
            _ => None,
        };
        if top.is_some() && (around.root || flag(v, "x-kubernetes-embedded-resource")) {
            within.in_metadata = true;
            if around.root {
                within.no_defaults = top;
            }
        }
        one(e, &at.child("properties").key(name), schema, within);
    }
    one(e, &at.child("not"), v.get("not"), inner);
    for field in ["allOf", "oneOf", "anyOf"] {
        for (i, schema) in v.get(field).items().iter().enumerate() {
            one(e, &at.item(field, i), schema, inner);
        }
    }
    for (name, schema) in v
        .get("definitions")
        .as_map()
        .into_iter()
        .flat_map(|m| m.iter())
    {
        one(e, &at.child("definitions").key(name), schema, inner);
    }
    one(e, &at.child("items"), v.get("items"), inner);
    for (i, schema) in v.get("items").items().iter().enumerate() {
        one(e, &at.item("items", i), schema, inner);
    }
    if v.get("x-kubernetes-preserve-unknown-fields").as_bool() == Some(false) {
        let path = at.child("x-kubernetes-preserve-unknown-fields");
        let text = "must be true or undefined";
        e.push(FieldError::invalid(&path, false, text));
    }
    collections(e, at, v);
    for (i, rule) in v.get("x-kubernetes-validations").items().iter().enumerate() {
        rule_texts(
            e,
            &at.item("x-kubernetes-validations", i),
            rule,
            v,
            around.structural,
        );
    }
}

/// What no schema may hold.
fn standard(e: &mut ErrorList, at: &Path, v: &Value, around: Around) {
    let kind = v.get("type").str();
    if !kind.is_empty() && !TYPES.contains(&kind) {
        e.push(FieldError::not_supported(&at.child("type"), kind, TYPES));
    }
    if let Some(reason) = around.no_defaults.filter(|_| v.has("default")) {
        let text = format!("must not be set {reason}");
        e.push(FieldError::forbidden(&at.child("default"), text));
    }
    let mut forbidden = |field: &str, text: &str| {
        e.push(FieldError::forbidden(&at.child(field), text));
    };
    for field in [
        "id",
        "additionalItems",
        "patternProperties",
        "definitions",
        "dependencies",
        "$ref",
    ] {
        let value = v.get(field);
        let list_like = ["id", "patternProperties", "definitions"].contains(&field);
        if !value.is_null() && !(list_like && value.is_empty()) {
            forbidden(field, &format!("{field} is not supported"));
        }
    }
    if kind == "null" {
        forbidden(
            "type",
            "type cannot be set to null, use nullable as an alternative",
        );
    }
    if !v.get("items").items().is_empty() {
        forbidden("items", "items must be a schema object and not an array");
    }
    if around.in_metadata && flag(v, "x-kubernetes-embedded-resource") {
        forbidden(
            "x-kubernetes-embedded-resource",
            "must not be used inside of resource meta",
        );
    }
}

/// What kind of list or map a schema is of.
fn collections(e: &mut ErrorList, at: &Path, v: &Value) {
    let kind = v.get("type").str();
    let (map_type, list_type) = (
        v.get("x-kubernetes-map-type"),
        v.get("x-kubernetes-list-type"),
    );
    let of_type = |wanted: &str, by: &str| {
        let path = at.child("type");
        let text = format!("must be {wanted} if {by} is specified");
        match kind.is_empty() {
            true => FieldError::required(&path, text),
            false => FieldError::invalid(&path, kind, text),
        }
    };
    if !map_type.is_null() && kind != "object" {
        e.push(of_type("object", "x-kubernetes-map-type"));
    }
    if !map_type.is_null() && !["atomic", "granular"].contains(&map_type.str()) {
        let path = at.child("x-kubernetes-map-type");
        e.push(FieldError::not_supported(
            &path,
            map_type.str(),
            &["atomic", "granular"],
        ));
    }
    let items = v.get("items");
    let path = at.child("x-kubernetes-list-type");
    if !list_type.is_null() && kind != "array" {
        e.push(of_type("array", "x-kubernetes-list-type"));
    } else if list_type.str() == "set" && items.as_map().is_some() {
        set_items(e, &at.child("items"), items);
    }
    if !list_type.is_null() && !["atomic", "set", "map"].contains(&list_type.str()) {
        e.push(FieldError::not_supported(
            &path,
            list_type.str(),
            &["atomic", "set", "map"],
        ));
    }
    let keys = v.get("x-kubernetes-list-map-keys");
    if !keys.is_empty() {
        let text = "must be map if x-kubernetes-list-map-keys is non-empty";
        if list_type.is_null() {
            e.push(FieldError::required(&path, text));
        } else if list_type.str() != "map" {
            e.push(FieldError::invalid(&path, list_type.str(), text));
        }
    }
    if list_type.str() == "map" {
        keyed_list(e, at, items, keys);
    }
    if ["set", "map"].contains(&list_type.str()) {
        keys_are_there(e, at, items, keys, list_type.str());
    }
}

fn set_items(e: &mut ErrorList, at: &Path, items: &Value) {
    let list_type = items.get("x-kubernetes-list-type");
    let text = "must be atomic as item of a list with x-kubernetes-list-type=set";
    match items.get("type").str() {
        "array" if !list_type.is_null() && list_type.str() != "atomic" => {
            let path = at.child("x-kubernetes-list-type");
            e.push(FieldError::invalid(&path, list_type, text));
        }
        "object" if items.get("x-kubernetes-map-type").str() != "atomic" => {
            let path = at.child("x-kubernetes-map-type");
            e.push(FieldError::invalid(&path, list_type, text));
        }
        _ => {}
    }
}

fn keyed_list(e: &mut ErrorList, at: &Path, items: &Value, keys: &Value) {
    let path = at.child("x-kubernetes-list-map-keys");
    if keys.is_empty() {
        let text = "must not be empty if x-kubernetes-list-type is map";
        e.push(FieldError::required(&path, text));
    }
    if items.is_null() {
        let text = "must have a schema if x-kubernetes-list-type is map";
        e.push(FieldError::required(&at.child("items"), text));
    }
    if items.as_map().is_none() {
        return;
    }
    let kind = items.get("type").str();
    if kind != "object" {
        let text = "must be object if parent array's x-kubernetes-list-type is map";
        e.push(FieldError::invalid(&at.child("items.type"), kind, text));
        return;
    }
    for (i, key) in strings(keys).enumerate() {
        let property = items.at(&["properties", key]);
        if property.is_null() {
            let text = "entries must all be names of item properties";
            e.push(FieldError::invalid(&path, keys, text));
        } else if ["array", "object"].contains(&property.get("type").str()) {
            let properties = at.child("items.properties");
            let property = properties.key(key);
            let text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            e.push(FieldError::invalid(&property.child("type"), kind, text));
        }
        if strings(keys).take(i).any(|k| k == key) {
            let text = "must not contain duplicate entries";
            e.push(FieldError::invalid(&path, keys, text));
        }
    }
}

fn keys_are_there(e: &mut ErrorList, at: &Path, items: &Value, keys: &Value, list_type: &str) {
    if flag(items, "nullable") {
        let text = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
        e.push(FieldError::forbidden(&at.child("items.nullable"), text));
    }
    if list_type != "map" {
        return;
    }
    let properties = at.child("items.properties");
    for key in strings(keys) {
        let property = items.at(&["properties", key]);
        if property.is_null() {
            continue;
        }
        let path = properties.key(key);
        let is_required = strings(items.get("required")).any(|r| r == key);
        if !is_required && !property.has("default") {
            let text = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            e.push(FieldError::required(&path.child("default"), text));
        }
        if flag(property, "nullable") {
            let text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            e.push(FieldError::forbidden(&path.child("nullable"), text));
        }
    }
}

/// What stands around an expression.
fn rule_texts(e: &mut ErrorList, at: &Path, v: &Value, schema: &Value, structural: bool) {
    let text = |f: &str| v.get(f).str();
    let lines = |s: &str| s.contains(['\n', '\r']);
    let (rule, message) = (text("rule").trim(), text("message").trim());
    let path = at.child("message");
    if rule.is_empty() {
        e.push(FieldError::required(
            &at.child("rule"),
            "rule is not specified",
        ));
    } else if !text("message").is_empty() && message.is_empty() {
        let problem = "must be non-empty if specified";
        e.push(FieldError::invalid(&path, text("message"), problem));
    } else if lines(message) {
        let problem = "must not contain line breaks";
        e.push(FieldError::invalid(&path, text("message"), problem));
    } else if lines(rule) && message.is_empty() {
        let problem = "message must be specified if rule contains line breaks";
        e.push(FieldError::required(&path, problem));
    }
    let expression = text("messageExpression");
    if !expression.is_empty() && expression.trim().is_empty() {
        let problem = "messageExpression must be non-empty if specified";
        e.push(FieldError::required(
            &at.child("messageExpression"),
            problem,
        ));
    }
    const REASONS: &[&str] = &[
        "FieldValueDuplicate",
        "FieldValueForbidden",
        "FieldValueInvalid",
        "FieldValueRequired",
    ];
    if v.has("reason") && !REASONS.contains(&text("reason")) {
        e.push(FieldError::not_supported(
            &at.child("reason"),
            text("reason"),
            REASONS,
        ));
    }
    let (path, field) = (at.child("fieldPath"), text("fieldPath"));
    if !field.is_empty() && field.trim().is_empty() {
        let problem = "must be non-empty if specified";
        e.push(FieldError::invalid(&path, field, problem));
    }
    if lines(field) {
        let problem = "must not contain line breaks";
        e.push(FieldError::invalid(&path, field, problem));
    }
    if !field.is_empty() && !field.starts_with(['.', '[']) {
        e.push(FieldError::invalid(&path, field, "must be a valid path"));
    }
    if !structural {
        return;
    }
    let whole = || Bad::raw(escape_html(&internal::rule(v)));
    if !rule.is_empty()
        && let Some(problem) = rules::rule_error(v, schema)
    {
        e.push(FieldError::invalid(&at.child("rule"), whole(), problem));
    }
    if let Some(problem) = rules::message_error(v, schema) {
        let path = at.child("messageExpression");
        e.push(FieldError::invalid(&path, whole(), problem));
    }
}
