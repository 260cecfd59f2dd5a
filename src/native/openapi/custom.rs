//! Custom resources as OpenAPI: the schema of their definition, with the type and metadata that every object has
//! (`apiextensions-apiserver/pkg/controller/openapi/builder`).

use super::types::Flavour;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apiserver::registry::Resource;
use serde_json::{Map, Value, json};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const METADATA: &str = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA: &str = "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

/// What a kind's type is called: `test.sky.v1.Kite`.
pub fn type_name(def: &ResourceDef) -> String {
    let mut parts: Vec<&str> = def.group.split('.').rev().collect();
    parts.extend([def.version, def.kind]);
    parts.join(".")
}

/// The types of a custom resource: its own and its list's.
pub fn types(resource: &Resource, flavour: Flavour) -> Map<String, Value> {
    let (def, name) = (resource.def, type_name(resource.def));
    let gvk = |kind: &str| json!([{"group": def.group, "version": def.version, "kind": kind}]);
    let described = |text: &str| json!({"type": "string", "description": text});
    let mut own = match resource.custom.as_ref().map(|c| c.schema()) {
        Some(schema) if !schema.is_null() => written(&serde_json::Value::from(schema), flavour),
        _ => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
    };
    if own.get("x-kubernetes-preserve-unknown-fields").is_none() || own.get("properties").is_some()
    {
        own["properties"]["apiVersion"] = described(API_VERSION);
        own["properties"]["kind"] = described(KIND);
        own["properties"]["metadata"] = metadata("ObjectMeta", METADATA, flavour);
    }
    own["x-kubernetes-group-version-kind"] = gvk(def.kind);
    let list_kind = resource.list_kind.as_str();
    let list = json!({
        "description": format!("{} is a list of {}", list_kind, def.kind),
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": described(API_VERSION),
            "items": {
                "description": format!("List of {}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md", def.resource),
                "type": "array", "items": flavour.named(&name),
            },
            "kind": described(KIND),
            "metadata": metadata("ListMeta", LIST_METADATA, flavour),
        },
        "x-kubernetes-group-version-kind": gvk(list_kind),
    });
    let list_name = format!("{name}List");
    [(name, own), (list_name, list)].into_iter().collect()
}

fn metadata(kind: &str, text: &str, flavour: Flavour) -> Value {
    let id = schema::type_named(&format!("{META}.{kind}")).unwrap_or_default();
    match flavour {
        Flavour::V3 => json!({"allOf": [flavour.reference(id)], "description": text}),
        Flavour::V2 => {
            let mut out = flavour.reference(id);
            out["description"] = text.into();
            out
        }
    }
}

/// A schema as the flavour has it: the older one knows no alternatives, nulls or values of two types.
fn written(schema: &Value, flavour: Flavour) -> Value {
    let mut out = schema.clone();
    let Some(map) = out.as_object_mut() else {
        return out;
    };
    if flavour == Flavour::V2 {
        let is = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
        for field in ["oneOf", "anyOf", "allOf", "not", "default", "nullable"] {
            map.remove(field);
        }
        if is("nullable") || is("x-kubernetes-preserve-unknown-fields") {
            for field in [
                "type",
                "items",
                "properties",
                "additionalProperties",
                "required",
            ] {
                map.remove(field);
            }
        }
        if is("x-kubernetes-int-or-string") {
            map.remove("type");
        }
    }
    for field in ["items", "additionalProperties", "not"] {
        if let Some(inner) = map.get_mut(field).filter(|v| v.is_object()) {
            *inner = written(inner, flavour);
        }
    }
    for field in ["oneOf", "anyOf", "allOf"] {
        for inner in map
            .get_mut(field)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            *inner = written(inner, flavour);
        }
    }
    let properties = map.get_mut("properties").and_then(Value::as_object_mut);
    for (_, inner) in properties.into_iter().flatten() {
        *inner = written(inner, flavour);
    }
    out
}
