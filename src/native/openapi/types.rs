//! Types as OpenAPI schemas.

use crate::apimachinery::descriptions::{Descriptions, possible_values};
use crate::apimachinery::schema::{self, FieldDef, Form, KINDS, Shape, TypeDef, TypeId};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Which version of OpenAPI is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V3,
}

impl Flavour {
    /// What refers to a type.
    pub fn reference(self, id: TypeId) -> Value {
        self.named(schema::type_def(id).name)
    }
    /// What refers to a type by its name.
    pub fn named(self, name: &str) -> Value {
        let root = match self {
            Flavour::V2 => "definitions",
            Flavour::V3 => "components/schemas",
        };
        json!({"$ref": format!("#/{root}/{name}")})
    }
}

const TEXT: &str = include_str!("../../../www/descriptions.txt");

/// What types and fields are for.
pub fn descriptions() -> Descriptions {
    Descriptions::new(TEXT)
}

/// What a type and its fields are for. The whole text is too long to be searched for each of thousands of fields.
fn descriptions_of(name: &str) -> Descriptions {
    static BLOCKS: OnceLock<BTreeMap<&str, &str>> = OnceLock::new();
    let blocks = BLOCKS.get_or_init(|| {
        // A block begins with a type's name at the start of a line; its fields' lines begin with a tab.
        let begins = TEXT.match_indices('\n').map(|(at, _)| at);
        let begins: Vec<usize> = begins
            .filter(|at| !TEXT[at + 1..].starts_with(['\t', '#', '\n']))
            .collect();
        let ends = begins.iter().skip(1).copied().chain([TEXT.len()]);
        let blocks = begins
            .iter()
            .zip(ends)
            .map(|(begin, end)| &TEXT[*begin..end]);
        blocks
            .filter_map(|block| Some((block[1..].split_once('\t')?.0, block)))
            .collect()
    });
    blocks
        .get(name)
        .copied()
        .map(Descriptions::new)
        .unwrap_or_default()
}

/// These types and all that they refer to.
pub fn reachable(roots: Vec<TypeId>, flavour: Flavour) -> Map<String, Value> {
    let mut seen = BTreeSet::new();
    let mut next = roots;
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            let fields = schema::type_def(id).fields.iter();
            next.extend(fields.filter_map(|f| referred(&f.shape)));
        }
    }
    seen.into_iter()
        .map(|id| {
            let def = schema::type_def(id);
            (def.name.to_owned(), of_type(def, id, flavour))
        })
        .collect()
}

fn referred(shape: &Shape) -> Option<TypeId> {
    match shape {
        Shape::Ref(id) => Some(*id),
        Shape::List(inner) | Shape::Map(inner) => referred(inner),
        _ => None,
    }
}

fn of_type(def: &TypeDef, id: TypeId, flavour: Flavour) -> Value {
    let v3 = flavour == Flavour::V3;
    let mut out = match def.form {
        Form::Object => json!({"type": "object"}),
        // Any JSON but an object has no type.
        Form::Any if def.name.ends_with(".JSON") || def.name.contains(".JSONSchemaPropsOr") => {
            json!({})
        }
        Form::Any => json!({"type": "object"}),
        Form::Time | Form::MicroTime => json!({"type": "string", "format": "date-time"}),
        Form::Quantity if v3 => json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
        Form::Quantity => json!({"type": "string"}),
        Form::IntOrString if v3 => {
            json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]})
        }
        Form::IntOrString => json!({"type": "string", "format": "int-or-string"}),
    };
    let descriptions = descriptions_of(def.name);
    if let Some(text) = descriptions.of_type(def.name) {
        out["description"] = text.into();
    }
    if !def.fields.is_empty() {
        let fields = def.fields.iter();
        let properties: Map<String, Value> = fields
            .map(|f| (f.name.to_owned(), of_field(def, f, &descriptions, flavour)))
            .collect();
        out["properties"] = properties.into();
    }
    if !def.required.is_empty() {
        out["required"] = def.required.into();
    }
    if def.atomic {
        out["x-kubernetes-map-type"] = "atomic".into();
    }
    let kinds: Vec<Value> = KINDS
        .iter()
        .filter(|(_, _, of)| *of == id)
        .map(|(version, kind, _)| {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            json!({"group": group, "version": version, "kind": kind})
        })
        .collect();
    if !kinds.is_empty() {
        out["x-kubernetes-group-version-kind"] = kinds.into();
    }
    out
}

fn of_field(
    owner: &TypeDef,
    field: &FieldDef,
    descriptions: &Descriptions,
    flavour: Flavour,
) -> Value {
    let default = field.default.and_then(|d| serde_json::from_str(d).ok());
    let mut out = of_shape(&field.shape, flavour, default);
    if let Some(text) = descriptions.of_field(owner.name, field.name) {
        let values = possible_values(&text);
        if !values.is_empty() {
            out["enum"] = values.into();
        }
        out["description"] = text.into();
    }
    let mut note = |key: &str, value: &str| {
        if !value.is_empty() {
            out[key] = value.into();
        }
    };
    note("x-kubernetes-patch-strategy", field.patch_strategy);
    note("x-kubernetes-patch-merge-key", field.patch_merge_key);
    note("x-kubernetes-list-type", field.list_type);
    note(
        "x-kubernetes-map-type",
        if field.atomic_map { "atomic" } else { "" },
    );
    if !field.list_map_keys.is_empty() {
        out["x-kubernetes-list-map-keys"] = field.list_map_keys.into();
    }
    out
}

fn of_shape(shape: &Shape, flavour: Flavour, default: Option<Value>) -> Value {
    let mut out = match shape {
        Shape::String => json!({"type": "string"}),
        Shape::Bytes => json!({"type": "string", "format": "byte"}),
        Shape::Int32 => json!({"type": "integer", "format": "int32"}),
        Shape::Int64 => json!({"type": "integer", "format": "int64"}),
        Shape::Number => json!({"type": "number", "format": "double"}),
        Shape::Boolean => json!({"type": "boolean"}),
        // Beside a reference nothing else may stand in version 3.
        Shape::Ref(id) if flavour == Flavour::V3 => json!({"allOf": [flavour.reference(*id)]}),
        Shape::Ref(id) => return flavour.reference(*id),
        Shape::List(inner) => {
            json!({"type": "array", "items": inner_shape(inner, flavour)})
        }
        Shape::Map(inner) => {
            json!({"type": "object", "additionalProperties": inner_shape(inner, flavour)})
        }
        Shape::Any => json!({"type": "object"}),
    };
    if let Some(default) = default.filter(|_| flavour == Flavour::V3) {
        out["default"] = default;
    }
    out
}

fn inner_shape(shape: &Shape, flavour: Flavour) -> Value {
    let default = match shape {
        Shape::Ref(id) if schema::type_def(*id).form == Form::Object => Some(json!({})),
        Shape::String => Some(json!("")),
        Shape::Int32 | Shape::Int64 => Some(json!(0)),
        _ => None,
    };
    of_shape(shape, flavour, default)
}
