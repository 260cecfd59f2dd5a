//! What the editor knows of a manifest: completion and hover from the schema of the built-in kinds.
//!
//! The text is usually unfinished, so nothing here parses YAML: indentation tells where the cursor
//! stands, as it tells a person.

mod check;
mod complete;
mod hover;
mod place;

pub use check::check;
pub use complete::complete;
pub use hover::hover;

use crate::apimachinery::schema::{self, FieldDef, Form, Shape, TypeDef};

/// How a shape is written: `string`, `[]Container`, `map[string]Quantity`.
fn shape_name(shape: &Shape) -> String {
    match shape {
        Shape::String => "string".to_owned(),
        Shape::Bytes => "base64".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Ref(id) => type_name(schema::type_def(*id)),
        Shape::List(of) => format!("[]{}", shape_name(of)),
        Shape::Map(of) => format!("map[string]{}", shape_name(of)),
        Shape::Any => "Object".to_owned(),
    }
}

fn type_name(def: &TypeDef) -> String {
    match def.form {
        Form::Time | Form::MicroTime => "time".to_owned(),
        Form::IntOrString => "integer or string".to_owned(),
        _ => def.name.rsplit('.').next().unwrap_or(def.name).to_owned(),
    }
}

/// What stands at the end of a path of field names, lists and maps passed through.
fn shape_at(root: &'static TypeDef, path: &[place::Step]) -> Option<Shape> {
    let mut shape = None;
    let mut def = Some(root);
    for step in path {
        let next = match (step, def, shape) {
            (place::Step::Item, _, Some(Shape::List(of))) => *of,
            (place::Step::Key(_), None, Some(Shape::Map(of))) => *of,
            (place::Step::Key(name), Some(def), _) => def.field(name)?.shape,
            _ => return None,
        };
        def = match next {
            Shape::Ref(id) => Some(schema::type_def(id)),
            _ => None,
        };
        shape = Some(next);
    }
    shape
}

/// The object type at the end of a path.
fn object_at(root: &'static TypeDef, path: &[place::Step]) -> Option<&'static TypeDef> {
    if path.is_empty() {
        return Some(root);
    }
    match shape_at(root, path)? {
        Shape::Ref(id) => Some(schema::type_def(id)),
        _ => None,
    }
}

/// The field that a path ends in, with the type that has it.
fn field_at(
    root: &'static TypeDef,
    path: &[place::Step],
) -> Option<(&'static TypeDef, &'static FieldDef)> {
    let (last, parents) = path.split_last()?;
    let place::Step::Key(name) = last else {
        return None;
    };
    let def = object_at(root, parents)?;
    Some((def, def.field(name)?))
}

fn is_required(def: &TypeDef, field: &FieldDef) -> bool {
    def.required.contains(&field.name)
}
