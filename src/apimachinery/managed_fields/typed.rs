//! How server-side apply sees a type: which maps and lists are one value, and what tells the items of a list apart.

use super::element::Element;
use crate::apimachinery::schema::{FieldDef, Form, Shape, TypeDef, kind_type, type_def};
use crate::apimachinery::{Map, Text, Value};

/// A type as merging sees it.
#[derive(Clone, Copy)]
pub struct Ty {
    pub(super) kind: Kind,
    /// Whether its value is one whole.
    pub(super) atomic: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    /// Any scalar.
    Scalar,
    /// Anything.
    Any,
    Object(&'static TypeDef),
    Map(&'static Shape),
    /// Items and the keys that tell them apart; none for a set.
    List(&'static Shape, &'static [&'static str]),
    /// An object or map by the schema of a custom resource, and whether it is an object with a type and metadata.
    Custom(&'static Value, bool),
    /// A list by the schema of a custom resource.
    Items(&'static Value),
}

/// Fields that are structs and no pointers in Go: they are there in an empty object.
const EMBEDDED: [&str; 19] = [
    "daemonEndpoints",
    "deprecatedSource",
    "involvedObject",
    "jobTemplate",
    "kubeletEndpoint",
    "loadBalancer",
    "metadata",
    "names",
    "nodeInfo",
    "regarding",
    "resources",
    "roleRef",
    "scaleTargetRef",
    "source",
    "spec",
    "status",
    "strategy",
    "template",
    "updateStrategy",
];

impl Ty {
    /// The type of a kind.
    pub fn of_kind(api_version: &str, kind: &str) -> Option<Ty> {
        kind_type(api_version, kind).map(|id| Ty::object(type_def(id)))
    }
    /// The type that the schema of a custom resource describes; its type and metadata are those of every object.
    pub fn of_custom(schema: &'static Value) -> Ty {
        Ty {
            kind: Kind::Custom(schema, true),
            atomic: false,
        }
    }
    /// The type of a value below the root of a custom resource's schema. Of what no type is said, maps are merged and all else is one
    /// value.
    fn of_schema(schema: &'static Value) -> Ty {
        let (kind, atomic) = match schema.get("type").str() {
            _ if schema.get("x-kubernetes-int-or-string").as_bool() == Some(true) => {
                (Kind::Scalar, true)
            }
            "string" => (Kind::String, true),
            "integer" | "number" => (Kind::Number, true),
            "boolean" => (Kind::Boolean, true),
            "array" => {
                let list_type = schema.get("x-kubernetes-list-type").str();
                (Kind::Items(schema), !matches!(list_type, "map" | "set"))
            }
            _ => {
                let map_type = schema.get("x-kubernetes-map-type").str();
                let embedded = schema.get("x-kubernetes-embedded-resource");
                let kind = Kind::Custom(schema, embedded.as_bool() == Some(true));
                (kind, map_type == "atomic")
            }
        };
        Ty { kind, atomic }
    }
    /// Whether a value is looked into by its entries.
    pub(super) fn has_entries(self) -> bool {
        matches!(self.kind, Kind::Object(_) | Kind::Map(_) | Kind::Custom(..))
    }
    /// Whether a value is looked into by its items.
    pub(super) fn has_items(self) -> bool {
        matches!(self.kind, Kind::List(..) | Kind::Items(_))
    }
    /// Whether a value of any form may stand here.
    pub(super) fn is_untyped(self) -> bool {
        matches!(self.kind, Kind::Custom(schema, _) if schema.get("type").is_null())
    }
    fn object(def: &'static TypeDef) -> Ty {
        let (kind, atomic) = match def.form {
            Form::Object => (Kind::Object(def), def.atomic),
            Form::Any => (Kind::Any, true),
            _ => (Kind::Scalar, true),
        };
        Ty { kind, atomic }
    }
    fn shape(shape: &'static Shape) -> Ty {
        let (kind, atomic) = match shape {
            Shape::Ref(id) => return Ty::object(type_def(*id)),
            Shape::String | Shape::Bytes => (Kind::String, true),
            Shape::Int32 | Shape::Int64 | Shape::Number => (Kind::Number, true),
            Shape::Boolean => (Kind::Boolean, true),
            Shape::List(item) => (Kind::List(item, &[]), true),
            Shape::Map(value) => (Kind::Map(value), false),
            Shape::Any => (Kind::Any, true),
        };
        Ty { kind, atomic }
    }
    fn of_field(def: &'static FieldDef) -> Ty {
        let mut ty = Ty::shape(&def.shape);
        if let Kind::List(item, _) = ty.kind {
            ty.kind = Kind::List(item, def.list_map_keys);
            ty.atomic = !matches!(def.list_type, "map" | "set");
        }
        ty.atomic |= def.atomic_map;
        ty
    }
    /// The type of an entry, and whether it is a field by name; none where the type has no such field.
    pub fn field(self, name: &str) -> (Option<Ty>, bool) {
        match self.kind {
            Kind::Object(def) => match def.field(name) {
                Some(f) => (Some(Ty::of_field(f)), true),
                None => (None, false),
            },
            Kind::Map(value) => (Some(Ty::shape(value)), false),
            Kind::Any => (Some(self), false),
            Kind::Custom(schema, root) => custom_field(schema, root, name),
            _ => (None, false),
        }
    }
    /// The type of a list's items.
    pub fn item(self) -> Option<Ty> {
        match self.kind {
            Kind::List(item, _) => Some(Ty::shape(item)),
            Kind::Any => Some(self),
            Kind::Items(schema) => Some(Ty::of_schema(schema.get("items"))),
            _ => None,
        }
    }
    /// What an object of this type is in Go before anything is set: its structs are there, empty.
    pub fn empty(self) -> Value {
        let mut out = Value::object();
        let Kind::Object(def) = self.kind else {
            return out;
        };
        for f in def.fields {
            let ty = Ty::of_field(f);
            let pointer = match f.name {
                "template" => def.name.ends_with(".ReplicationControllerSpec"),
                "resources" => def.name.ends_with(".PodSpec"),
                _ => false,
            };
            let is_struct =
                matches!(ty.kind, Kind::Object(_)) && EMBEDDED.contains(&f.name) && !pointer;
            if is_struct {
                out.set(f.name, ty.empty());
            } else if def.required.contains(&f.name) && matches!(ty.kind, Kind::List(..)) {
                out.set(f.name, Value::Null);
            }
        }
        out
    }
    /// What tells a list's item from the others.
    ///
    /// # Errors
    /// Why the item cannot be told.
    pub(super) fn element_of(self, item: &Value) -> Result<Element, String> {
        let keys: Vec<&str> = match self.kind {
            Kind::List(_, keys) => keys.to_vec(),
            Kind::Items(schema) => {
                let keys = schema.get("x-kubernetes-list-map-keys").items();
                keys.iter().map(Value::str).collect()
            }
            _ => return Err("invalid indexing of non-associative list".into()),
        };
        if keys.is_empty() {
            return match item {
                Value::Map(_) => {
                    Err("associative list without keys has an element that's a map type".into())
                }
                Value::List(_) => {
                    Err("not supported: associative list with lists as elements".into())
                }
                Value::Null => Err(
                    "associative list without keys has an element that's an explicit null".into(),
                ),
                scalar => Ok(Element::Value(scalar.to_json().into())),
            };
        }
        match item {
            Value::Map(_) => {}
            Value::Null => {
                return Err("associative list with keys may not have a null element".into());
            }
            _ => return Err("associative list with keys may not have non-map elements".into()),
        }
        let mut found: Vec<(Text, Value)> = Vec::new();
        for key in &keys {
            let default = || match self.kind {
                Kind::List(Shape::Ref(id), _) => {
                    let default = type_def(*id).field(key)?.default?;
                    Value::from_json(default.as_bytes()).ok()
                }
                Kind::Items(schema) => {
                    let default = schema.at(&["items", "properties", key, "default"]);
                    Some(default.clone()).filter(|d| !d.is_null())
                }
                _ => None,
            };
            if item.has(key) {
                found.push((Text::key(key), item.get(key).clone()));
            } else if let Some(v) = default() {
                found.push((Text::key(key), v));
            }
        }
        if found.is_empty() {
            let named: Vec<String> = keys.iter().map(|k| format!("{k:?}")).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
                named.join(" ")
            ));
        }
        let map: Map = found.into_iter().collect();
        Ok(Element::Key(Value::Map(map).to_json().into()))
    }
}

/// A field of an object that a schema describes, or an entry of a map.
fn custom_field(schema: &'static Value, root: bool, name: &str) -> (Option<Ty>, bool) {
    let flag = |name: &str| schema.get(name).as_bool() == Some(true);
    let untyped = || Ty::of_schema(&crate::apimachinery::value::NULL);
    let text = Ty {
        kind: Kind::String,
        atomic: true,
    };
    let property = schema.get("properties").as_map().and_then(|p| p.get(name));
    match (name, property) {
        ("apiVersion" | "kind", None) if root => (Some(text), true),
        ("metadata", _) if root => (metadata(), true),
        (_, Some(schema)) => (Some(Ty::of_schema(schema)), true),
        _ => match schema.get("additionalProperties") {
            map @ Value::Map(_) => (Some(Ty::of_schema(map)), false),
            Value::Bool(true) => (Some(untyped()), false),
            _ if schema.is_null() || flag("x-kubernetes-preserve-unknown-fields") => {
                (Some(untyped()), false)
            }
            _ => (None, false),
        },
    }
}

fn metadata() -> Option<Ty> {
    Ty::of_kind("v1", "Namespace")?.field("metadata").0
}
