//! A definition as the internal Go types print it in messages.

use crate::apimachinery::Value;
use crate::apimachinery::field_errors::escape_html;

/// How a field of the internal schema prints: its Go name, its name on the wire, and what it is.
pub const FIELDS: &[(&str, &str, Shape)] = &[
    ("ID", "id", Shape::Text),
    ("Schema", "$schema", Shape::Text),
    ("Ref", "$ref", Shape::Any),
    ("Description", "description", Shape::Text),
    ("Type", "type", Shape::Text),
    ("Nullable", "nullable", Shape::Flag),
    ("Format", "format", Shape::Text),
    ("Title", "title", Shape::Text),
    ("Default", "default", Shape::Any),
    ("Maximum", "maximum", Shape::Any),
    ("ExclusiveMaximum", "exclusiveMaximum", Shape::Flag),
    ("Minimum", "minimum", Shape::Any),
    ("ExclusiveMinimum", "exclusiveMinimum", Shape::Flag),
    ("MaxLength", "maxLength", Shape::Any),
    ("MinLength", "minLength", Shape::Any),
    ("Pattern", "pattern", Shape::Text),
    ("MaxItems", "maxItems", Shape::Any),
    ("MinItems", "minItems", Shape::Any),
    ("UniqueItems", "uniqueItems", Shape::Flag),
    ("MultipleOf", "multipleOf", Shape::Any),
    ("Enum", "enum", Shape::Any),
    ("MaxProperties", "maxProperties", Shape::Any),
    ("MinProperties", "minProperties", Shape::Any),
    ("Required", "required", Shape::Any),
    ("Items", "items", Shape::Items),
    ("AllOf", "allOf", Shape::Schemas),
    ("OneOf", "oneOf", Shape::Schemas),
    ("AnyOf", "anyOf", Shape::Schemas),
    ("Not", "not", Shape::Schema),
    ("Properties", "properties", Shape::Map),
    (
        "AdditionalProperties",
        "additionalProperties",
        Shape::OrBool,
    ),
    ("PatternProperties", "patternProperties", Shape::Map),
    ("Dependencies", "dependencies", Shape::Any),
    ("AdditionalItems", "additionalItems", Shape::OrBool),
    ("Definitions", "definitions", Shape::Map),
    ("ExternalDocs", "externalDocs", Shape::Any),
    ("Example", "example", Shape::Any),
    (
        "XPreserveUnknownFields",
        "x-kubernetes-preserve-unknown-fields",
        Shape::Any,
    ),
    (
        "XEmbeddedResource",
        "x-kubernetes-embedded-resource",
        Shape::Flag,
    ),
    ("XIntOrString", "x-kubernetes-int-or-string", Shape::Flag),
    ("XListMapKeys", "x-kubernetes-list-map-keys", Shape::Any),
    ("XListType", "x-kubernetes-list-type", Shape::Any),
    ("XMapType", "x-kubernetes-map-type", Shape::Any),
    ("XValidations", "x-kubernetes-validations", Shape::Rules),
];

/// What a field of the schema is.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A string; "" when missing.
    Text,
    /// A flag; false when missing.
    Flag,
    /// A pointer, list or number printed as it is; null when missing.
    Any,
    Schema,
    Schemas,
    Map,
    Items,
    OrBool,
    Rules,
}

/// JSON of the versions of a definition.
pub fn versions(v: &[Value]) -> String {
    let all: Vec<String> = v.iter().map(version).collect();
    escape_html(&format!("[{}]", all.join(",")))
}

fn version(v: &Value) -> String {
    let flag = |f: &str| v.get(f).as_bool() == Some(true);
    let schema = match v.get("schema") {
        Value::Null => "null".to_owned(),
        s => format!(
            "{{\"OpenAPIV3Schema\":{}}}",
            schema(s.get("openAPIV3Schema"))
        ),
    };
    let subresources = match v.get("subresources") {
        Value::Null => "null".to_owned(),
        s => format!(
            "{{\"Status\":{},\"Scale\":{}}}",
            s.get("status").to_json(),
            renamed(
                s.get("scale"),
                &[
                    ("SpecReplicasPath", "specReplicasPath"),
                    ("StatusReplicasPath", "statusReplicasPath"),
                    ("LabelSelectorPath", "labelSelectorPath"),
                ],
            ),
        ),
    };
    let columns = list(v.get("additionalPrinterColumns"), |c| {
        let mut c = c.clone();
        for (field, zero) in [
            ("format", Value::from("")),
            ("description", Value::from("")),
            ("priority", Value::from(0)),
        ] {
            if c.get(field).is_null() {
                c.set(field, zero);
            }
        }
        renamed(
            &c,
            &[
                ("Name", "name"),
                ("Type", "type"),
                ("Format", "format"),
                ("Description", "description"),
                ("Priority", "priority"),
                ("JSONPath", "jsonPath"),
            ],
        )
    });
    let selectable = list(v.get("selectableFields"), |f| {
        renamed(f, &[("JSONPath", "jsonPath")])
    });
    format!(
        "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\"Schema\":{schema},\"Subresources\":{subresources},\"AdditionalPrinterColumns\":{columns},\"SelectableFields\":{selectable}}}",
        Value::from(v.get("name").str()).to_json(),
        flag("served"),
        flag("storage"),
        flag("deprecated"),
        v.get("deprecationWarning").to_json(),
    )
}

fn renamed(v: &Value, fields: &[(&str, &str)]) -> String {
    if v.is_null() {
        return "null".to_owned();
    }
    let field = |(go, wire): &(&str, &str)| format!("\"{go}\":{}", v.get(wire).to_json());
    let all: Vec<String> = fields.iter().map(field).collect();
    format!("{{{}}}", all.join(","))
}

fn list(v: &Value, item: impl Fn(&Value) -> String) -> String {
    if v.is_null() {
        return "null".to_owned();
    }
    let all: Vec<String> = v.items().iter().map(item).collect();
    format!("[{}]", all.join(","))
}

/// JSON of a schema.
pub fn schema(v: &Value) -> String {
    if v.is_null() {
        return "null".to_owned();
    }
    let all: Vec<String> = FIELDS
        .iter()
        .map(|(go, wire, shape)| format!("\"{go}\":{}", shaped(v.get(wire), *shape)))
        .collect();
    format!("{{{}}}", all.join(","))
}

fn shaped(v: &Value, shape: Shape) -> String {
    match (shape, v) {
        (Shape::Text, v) => Value::from(v.str()).to_json(),
        (Shape::Flag, v) => (v.as_bool() == Some(true)).to_string(),
        (_, Value::Null) => "null".to_owned(),
        (Shape::Any, v) => v.to_json(),
        (Shape::Schema, v) => schema(v),
        (Shape::Schemas, v) => list(v, schema),
        (Shape::Map, v) => {
            let entries = v.as_map().into_iter().flat_map(|m| m.iter());
            let all: Vec<String> = entries
                .map(|(k, v)| format!("{}:{}", Value::from(k.to_string()).to_json(), schema(v)))
                .collect();
            format!("{{{}}}", all.join(","))
        }
        (Shape::Items, Value::List(_)) => {
            format!("{{\"Schema\":null,\"JSONSchemas\":{}}}", list(v, schema))
        }
        (Shape::Items, v) => format!("{{\"Schema\":{},\"JSONSchemas\":null}}", schema(v)),
        (Shape::OrBool, Value::Bool(b)) => format!("{{\"Allows\":{b},\"Schema\":null}}"),
        (Shape::OrBool, v) => format!("{{\"Allows\":true,\"Schema\":{}}}", schema(v)),
        (Shape::Rules, v) => list(v, rule),
    }
}

/// JSON of a rule in CEL.
pub fn rule(v: &Value) -> String {
    let text = |f: &str| Value::from(v.get(f).str()).to_json();
    format!(
        "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\"OptionalOldSelf\":{}}}",
        text("rule"),
        text("message"),
        text("messageExpression"),
        v.get("reason").to_json(),
        text("fieldPath"),
        v.get("optionalOldSelf").to_json(),
    )
}
