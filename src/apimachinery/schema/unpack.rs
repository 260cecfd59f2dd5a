//! Reads the schema's tables from the text that `build.rs` writes: a third of what they weigh as static data.

use super::{FieldDef, Form, Shape, TypeDef, TypeId};
use crate::collections::Arrange;

/// All types of the packed text (its form: `packed_schema` in `build.rs`). They live as long as the program.
pub fn types(packed: &'static str) -> Vec<TypeDef> {
    packed.lines().map(type_def).collect()
}

/// Every name that a field has, and those that objects have outside the schema; sorted.
pub fn field_names(types: &'static [TypeDef]) -> Vec<&'static str> {
    let fields = types.iter().flat_map(|t| t.fields).map(|f| f.name);
    let mut names: Vec<&str> = fields
        .chain(["apiVersion", "kind", "metadata", "items", "app"])
        .collect();
    names.arrange();
    names.dedup();
    names
}

fn type_def(line: &'static str) -> TypeDef {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let form = words.next().unwrap_or_default();
    let mut required = Vec::new();
    let fields: Vec<FieldDef> = words.map(|word| field(word, &mut required)).collect();
    TypeDef {
        name,
        form: match form.trim_end_matches('~') {
            "Object" => Form::Object,
            "Time" => Form::Time,
            "MicroTime" => Form::MicroTime,
            "Quantity" => Form::Quantity,
            "IntOrString" => Form::IntOrString,
            _ => Form::Any,
        },
        fields: fields.leak(),
        required: required.leak(),
        atomic: form.ends_with('~'),
    }
}

fn field(word: &'static str, required: &mut Vec<&'static str>) -> FieldDef {
    let mut parts = word.split(';');
    let head = parts.next().unwrap_or_default();
    let (name, code) = head.split_once(':').unwrap_or((head, "*"));
    if code.ends_with('!') {
        required.push(name);
    }
    let mut field = FieldDef {
        name,
        shape: shape(code.trim_end_matches('!')),
        default: None,
        patch_strategy: "",
        patch_merge_key: "",
        list_type: "",
        list_map_keys: &[],
        atomic_map: false,
    };
    let mut keys = Vec::new();
    for part in parts {
        let (mark, rest) = part.split_at(1);
        match mark {
            "=" => field.default = Some(rest),
            "p" => field.patch_strategy = rest,
            "k" => field.patch_merge_key = rest,
            "t" => field.list_type = rest,
            "m" => keys.push(rest),
            _ => field.atomic_map = true,
        }
    }
    field.list_map_keys = keys.leak();
    field
}

fn shape(code: &str) -> Shape {
    let (first, rest) = code.split_at(1);
    let inner = || -> &'static Shape { Box::leak(Box::new(shape(rest))) };
    match first {
        "s" => Shape::String,
        "y" => Shape::Bytes,
        "i" => Shape::Int32,
        "l" => Shape::Int64,
        "n" => Shape::Number,
        "b" => Shape::Boolean,
        "[" => Shape::List(inner()),
        "{" => Shape::Map(inner()),
        _ => code.parse::<TypeId>().map_or(Shape::Any, Shape::Ref),
    }
}
