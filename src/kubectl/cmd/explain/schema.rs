//! What is explained: the schema table of built-in kinds, or the OpenAPI schema inside a CustomResourceDefinition.

use crate::apimachinery::Value;
use crate::apimachinery::descriptions::{Descriptions, possible_values};
use crate::apimachinery::schema::{Form, Shape, TypeId, kind_type, type_def};
use crate::apimachinery::strconv::sprint;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::Error;
use crate::kubectl::rest::Call;
use http::Method;

/// Everything that explaining one resource needs.
pub(super) struct Schemas {
    descriptions: Descriptions,
    /// `openAPIV3Schema` of a custom resource.
    custom: Option<Value>,
}

/// One schema.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// A type of the table, or a field's shape, with the field's own words.
    Table { shape: Shape, words: String },
    /// A part of a JSON schema.
    Json(&'a Value),
}

impl Schemas {
    pub(super) async fn load(cx: &Cx, mapping: &Mapping) -> Result<Schemas, Error> {
        let descriptions = cx.io.descriptions().await;
        if kind_type(&mapping.api_version(), &mapping.kind).is_some() {
            return Ok(Schemas {
                descriptions,
                custom: None,
            });
        }
        let crds = Mapping::built_in("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let call = Call::on(Method::GET, &crds, "", &mapping.group_resource(), "");
        let crd = cx.rest.send(call).await?;
        let versions = crd.at(&["spec", "versions"]).items();
        let version = versions
            .iter()
            .find(|v| v.get("name") == mapping.version.as_str());
        let custom = version.map(|v| with_standard_fields(v.at(&["schema", "openAPIV3Schema"])));
        Ok(Schemas {
            descriptions,
            custom,
        })
    }

    pub(super) fn root(&self, mapping: &Mapping) -> Option<Node<'_>> {
        match &self.custom {
            Some(schema) => Some(Node::Json(schema)),
            None => {
                let id = kind_type(&mapping.api_version(), &mapping.kind)?;
                Some(Node::Table {
                    shape: Shape::Ref(id),
                    words: String::new(),
                })
            }
        }
    }

    /// A field by name, inside lists and maps, too.
    pub(super) fn field<'a>(&'a self, node: &Node<'a>, name: &str) -> Option<Node<'a>> {
        self.fields(node)
            .into_iter()
            .find(|(n, _, _)| n == name)
            .map(|(_, child, _)| child)
    }

    /// The fields with their names, and whether they must be there.
    pub(super) fn fields<'a>(&'a self, node: &Node<'a>) -> Vec<(String, Node<'a>, bool)> {
        match node {
            Node::Table { shape, .. } => self.table_fields(*shape),
            Node::Json(v) => json_fields(v),
        }
    }

    fn table_fields(&self, shape: Shape) -> Vec<(String, Node<'_>, bool)> {
        let Some(id) = object_of(shape) else {
            return Vec::new();
        };
        let def = type_def(id);
        let one = |f: &crate::apimachinery::schema::FieldDef| {
            let words = self
                .descriptions
                .of_field(def.name, f.name)
                .unwrap_or_default();
            let node = Node::Table {
                shape: f.shape,
                words,
            };
            (f.name.to_owned(), node, def.required.contains(&f.name))
        };
        def.fields.iter().map(one).collect()
    }

    /// A name that tells a type from others, to stop where types contain themselves.
    pub(super) fn identity(&self, node: &Node<'_>) -> Option<String> {
        match node {
            Node::Table { shape, .. } => object_of(*shape).map(|id| type_def(id).name.to_owned()),
            Node::Json(_) => None,
        }
    }

    /// The node's own words.
    pub(super) fn own_description(&self, node: &Node<'_>) -> String {
        match node {
            Node::Table { shape, words } => match shape {
                Shape::Ref(id) if words.is_empty() => self
                    .descriptions
                    .of_type(type_def(*id).name)
                    .unwrap_or_default(),
                _ => words.clone(),
            },
            Node::Json(v) => v.get("description").str().to_owned(),
        }
    }

    /// The node's words, and those of what stands in it.
    pub(super) fn description(&self, node: &Node<'_>) -> String {
        match node {
            Node::Table { shape, words } => {
                let mut out = line(words);
                let inner = match innermost(*shape) {
                    Shape::Ref(id) => self
                        .descriptions
                        .of_type(type_def(id).name)
                        .unwrap_or_default(),
                    _ => String::new(),
                };
                out.push_str(&line(&inner));
                out
            }
            Node::Json(v) => json_description(v),
        }
    }

    /// What the type is called: `string`, `[]Container`, `map[string]string`.
    pub(super) fn type_name(&self, node: &Node<'_>) -> String {
        match node {
            Node::Table { shape, .. } => shape_name(*shape),
            Node::Json(v) => json_name(v),
        }
    }

    /// The values that are allowed, where they are listed.
    pub(super) fn values(&self, node: &Node<'_>) -> Vec<String> {
        match node {
            Node::Table { words, .. } => possible_values(words)
                .into_iter()
                .map(|v| if v.is_empty() { "\"\"" } else { v }.to_owned())
                .collect(),
            Node::Json(v) => {
                let shown = |v: &Value| {
                    if v.is_empty() {
                        "\"\"".to_owned()
                    } else {
                        sprint(v)
                    }
                };
                v.get("enum").items().iter().map(shown).collect()
            }
        }
    }
}

fn line(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("{words}\n")
    }
}

fn innermost(shape: Shape) -> Shape {
    match shape {
        Shape::List(inner) | Shape::Map(inner) => innermost(*inner),
        other => other,
    }
}

fn object_of(shape: Shape) -> Option<TypeId> {
    match innermost(shape) {
        Shape::Ref(id) if type_def(id).form == Form::Object => Some(id),
        _ => None,
    }
}

fn shape_name(shape: Shape) -> String {
    match shape {
        Shape::String | Shape::Bytes => "string".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Any => "Object".to_owned(),
        Shape::List(inner) => format!("[]{}", shape_name(*inner)),
        Shape::Map(inner) => format!("map[string]{}", shape_name(*inner)),
        Shape::Ref(id) => match type_def(id).form {
            Form::Time | Form::MicroTime => "string".to_owned(),
            _ => type_def(id)
                .name
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
        },
    }
}

fn is_schema(v: &Value) -> bool {
    v.as_map().is_some()
}

fn json_fields(v: &Value) -> Vec<(String, Node<'_>, bool)> {
    let mut out: Vec<(String, Node<'_>, bool)> = Vec::new();
    for (name, child) in v.get("properties").fields() {
        let required = v.get("required").items().iter().any(|r| r == name);
        out.push((name.to_owned(), Node::Json(child), required));
    }
    for inner in [v.get("items"), v.get("additionalProperties")] {
        if is_schema(inner) {
            out.extend(json_fields(inner));
        }
    }
    out
}

fn json_description(v: &Value) -> String {
    let mut out = line(v.get("description").str());
    for inner in [v.get("items"), v.get("additionalProperties")] {
        if is_schema(inner) {
            out.push_str(&json_description(inner));
        }
    }
    out
}

fn json_name(v: &Value) -> String {
    if is_schema(v.get("items")) {
        return format!("[]{}", json_name(v.get("items")));
    }
    if is_schema(v.get("additionalProperties")) {
        return format!("map[string]{}", json_name(v.get("additionalProperties")));
    }
    match v.get("type").str() {
        "object" | "" => v
            .get("x-kubernetes-type-name")
            .as_str()
            .unwrap_or("Object")
            .to_owned(),
        other => other.to_owned(),
    }
}

/// The schema as the server publishes it: with version, kind and metadata.
fn with_standard_fields(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let id =
        crate::apimachinery::schema::type_named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    for (name, kind) in [
        ("apiVersion", "string"),
        ("kind", "string"),
        ("metadata", "object"),
    ] {
        let field = schema.at_mut(&["properties", name]);
        field.set("type", kind);
        if name == "metadata" && id.is_some() {
            field.set("x-kubernetes-type-name", "ObjectMeta");
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn types_are_named_as_upstream_names_them() {
        let s = Schemas {
            descriptions: Descriptions::default(),
            custom: None,
        };
        let pod = Node::Table {
            shape: Shape::Ref(kind_type("v1", "Pod").unwrap_or_default()),
            words: String::new(),
        };
        let name = |path: &[&str]| {
            let node = path
                .iter()
                .fold(pod.clone(), |n, f| s.field(&n, f).unwrap_or(n));
            s.type_name(&node)
        };
        assert_eq!(name(&["spec"]), "PodSpec");
        assert_eq!(name(&["spec", "containers"]), "[]Container");
        assert_eq!(
            name(&["spec", "containers", "resources", "limits"]),
            "map[string]Quantity"
        );
        assert_eq!(name(&["metadata", "creationTimestamp"]), "string");
        assert_eq!(name(&["spec", "nodeSelector"]), "map[string]string");
        let v = tree!({"type": "array", "items": {"type": "object"}});
        assert_eq!(json_name(&v), "[]Object");
    }
}
