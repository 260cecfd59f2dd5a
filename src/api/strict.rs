//! Decoding: the walk over the schema that turns what a client sent into what Go's types would hold and write again
//! (`sigs.k8s.io/json`, then `encoding/json`). Unknown fields are pruned and reported, types checked, quantities and times made
//! canonical, empty fields dropped or made as `omitempty` has it. A tree that is clean comes back as it is, without a copy.

use crate::apimachinery::schema::{FieldDef, Form, Shape, TypeId, type_def};
use crate::apimachinery::strconv::{format_float, quote};
use crate::apimachinery::wire::{self, WireField};
use crate::apimachinery::{Map, Quantity, Text, Value};

mod base64;
mod embedded;
mod times;

pub use base64::{decode as base64_decode, encode as base64_encode};
pub use times::parse_error as time_parse_error;

/// What to do about unknown and duplicate fields (`fieldValidation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are an error.
    Strict,
    /// They are dropped with a warning.
    Warn,
    /// They are dropped silently.
    Ignore,
}

/// Why an object could not be decoded. Its text goes behind `Pod in version "v1" cannot be handled as a Pod: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A value of the wrong type or form, in Go's words.
    #[error("{0}")]
    Type(String),
    /// Unknown or duplicate fields in strict mode.
    #[error("strict decoding error: {}", .0.join(", "))]
    Strict(Vec<String>),
}

/// Maps that are in normal form already, each with its type. They are recognised by identity and not walked again; `true` where
/// they have all defaults too.
pub type Known<'a> = &'a [(TypeId, Map, bool)];

/// [`decode_beside`] nothing that is known.
pub fn decode(
    value: Value,
    type_id: TypeId,
    mode: Mode,
    duplicates: &[String],
) -> Result<(Value, Vec<String>), DecodeError> {
    decode_beside(value, type_id, mode, duplicates, &[])
}

/// Decodes a tree of a type, parts of which may be known to be clean. `duplicates` are the `duplicate field "…"` that the parser met.
/// Gives the normal form and the warnings (in [`Mode::Warn`]).
pub fn decode_beside(
    value: Value,
    type_id: TypeId,
    mode: Mode,
    duplicates: &[String],
    known: Known<'_>,
) -> Result<(Value, Vec<String>), DecodeError> {
    let mut walk = Walk {
        stack: Vec::new(),
        unknown: duplicates.to_vec(),
        report: mode != Mode::Ignore,
        strukt: type_id,
        element: "",
        known,
    };
    let changed = match &value {
        Value::Map(m) => walk.object(m, type_id)?.map(Value::Map),
        Value::Null => Some(Value::object()),
        other => {
            let (found, name) = (found(other), wire::type_name(type_id));
            return Err(DecodeError::Type(format!(
                "json: cannot unmarshal {found} into Go value of type {name}"
            )));
        }
    };
    let unknown = walk.unknown;
    let value = changed.unwrap_or(value);
    match mode {
        Mode::Strict if !unknown.is_empty() => Err(DecodeError::Strict(unknown)),
        Mode::Warn => Ok((value, unknown)),
        _ => Ok((value, Vec::new())),
    }
}

/// The name of a type without its package.
fn short_name(id: TypeId) -> &'static str {
    type_def(id).name.rsplit('.').next().unwrap_or("")
}

/// What Go calls a JSON value in its errors.
fn found(v: &Value) -> &'static str {
    match v {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn number(v: &Value) -> String {
    match v {
        Value::Float(f) => format_float(*f),
        v => v.as_i64().unwrap_or_default().to_string(),
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    /// A field, and the type that has it.
    Field(&'static str, TypeId),
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    stack: Vec<Step<'a>>,
    unknown: Vec<String>,
    report: bool,
    /// The Go struct whose field is being read.
    strukt: TypeId,
    /// What Go calls the type of the elements that are read next, where the schema does not tell.
    element: &'static str,
    known: Known<'a>,
}

/// Whether a map is among the known ones of its type.
pub fn is_known(known: Known<'_>, id: TypeId, map: &Map) -> bool {
    known.iter().any(|(t, m, _)| *t == id && m.ptr_eq(map))
}

/// The value to put in place, or `None` where the one there is right already.
type Changed = Result<Option<Value>, DecodeError>;

impl<'a> Walk<'a> {
    fn path(&self, last: &str) -> String {
        let mut out = String::new();
        for step in &self.stack {
            match step {
                Step::Index(i) => out.push_str(&format!("[{i}]")),
                Step::Field(name, _) | Step::Key(name) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(name);
                }
            }
        }
        if !out.is_empty() {
            out.push('.');
        }
        out + last
    }

    fn wrong(&self, found: &str, go_type: &str) -> DecodeError {
        let mut fields: Vec<&str> = Vec::new();
        for step in &self.stack {
            if let Step::Field(name, id) = step {
                fields.extend(embedded::structs(short_name(*id), name));
                fields.push(name);
            }
        }
        DecodeError::Type(format!(
            "json: cannot unmarshal {found} into Go struct field {}.{} of type {go_type}",
            short_name(self.strukt),
            fields.join(".")
        ))
    }

    fn object(&mut self, m: &'a Map, id: TypeId) -> Result<Option<Map>, DecodeError> {
        let def = type_def(id);
        let wires = wire::fields(id);
        let outer = std::mem::replace(&mut self.strukt, id);
        let mut changed: Option<Map> = None;
        let (mut seen, mut next) = (0, 0);
        for (key, value) in m.entries() {
            // Entries and fields are both sorted by name.
            let Some(i) = def.field_from(next, key) else {
                if self.report {
                    let path = self.path(key);
                    self.unknown.push(format!("unknown field {}", quote(&path)));
                }
                changed.get_or_insert_with(|| m.clone()).remove(key);
                continue;
            };
            next = i + 1;
            let (field, wire) = (&def.fields[i], wires[i]);
            self.stack.push(Step::Field(field.name, id));
            let mut new = self.field(value, field, wire)?;
            self.stack.pop();
            if wire.kept && is_lost_in_storage(new.as_ref().unwrap_or(value), field, wire) {
                new = Some(Value::Null);
            }
            let result = new.as_ref().unwrap_or(value);
            if result.is_null() && !kept_as_null(field, wire) || is_omitted(result, field, wire) {
                changed.get_or_insert_with(|| m.clone()).remove(key);
                continue;
            }
            seen += usize::from(wire.kept);
            if let Some(new) = new {
                changed
                    .get_or_insert_with(|| m.clone())
                    .insert(field.name, new);
            }
        }
        if seen < wire::kept(id) {
            let out = changed.get_or_insert_with(|| m.clone());
            for (field, wire) in def.fields.iter().zip(wires) {
                if wire.kept && !out.contains_key(field.name) {
                    out.insert(Text::from_static(field.name), zero_of(field, *wire));
                }
            }
        }
        self.strukt = outer;
        Ok(changed)
    }

    fn field(&mut self, v: &'a Value, field: &'static FieldDef, wire: WireField) -> Changed {
        if v.is_null() {
            return Ok(None);
        }
        if !wire.go_type.is_empty() && !fits(v, &field.shape) {
            return Err(self.wrong(&describe(v, &field.shape), wire.go_type));
        }
        let element = ["[]", "map[string]"]
            .iter()
            .find_map(|prefix| wire.go_type.strip_prefix(prefix));
        self.element = element.unwrap_or_default();
        self.shape(v, &field.shape)
    }

    fn shape(&mut self, v: &'a Value, shape: &'static Shape) -> Changed {
        let named = std::mem::take(&mut self.element);
        if !fits(v, shape) {
            return Err(self.wrong(&describe(v, shape), &wire::shape_type(shape)));
        }
        match (shape, v) {
            (Shape::Ref(id), _) => self.reference(v, *id),
            (Shape::Bytes, Value::Str(s)) => base64::canonical(s).map_err(DecodeError::Type),
            (Shape::List(item), Value::List(l)) => {
                let mut changed: Option<Vec<Value>> = None;
                for (i, x) in l.iter().enumerate() {
                    self.stack.push(Step::Index(i));
                    let new = match x {
                        Value::Null => Some(element(item)),
                        x if !named.is_empty() && !fits(x, item) => {
                            return Err(self.wrong(&describe(x, item), named));
                        }
                        x => self.shape(x, item)?,
                    };
                    self.stack.pop();
                    if let Some(new) = new {
                        changed.get_or_insert_with(|| l.to_vec())[i] = new;
                    }
                }
                Ok(changed.map(Value::from))
            }
            (Shape::Map(item), Value::Map(m)) => {
                let mut changed: Option<Map> = None;
                for (k, x) in m.entries() {
                    self.stack.push(Step::Key(k));
                    let new = match x {
                        Value::Null => Some(element(item)),
                        x if !named.is_empty() && !fits(x, item) => {
                            return Err(self.wrong(&describe(x, item), named));
                        }
                        x => self.shape(x, item)?,
                    };
                    self.stack.pop();
                    if let Some(new) = new {
                        changed.get_or_insert_with(|| m.clone()).insert(k, new);
                    }
                }
                Ok(changed.map(Value::Map))
            }
            _ => Ok(None),
        }
    }

    fn reference(&mut self, v: &'a Value, id: TypeId) -> Changed {
        match (type_def(id).form, v) {
            (Form::Object, Value::Map(m)) if is_known(self.known, id, m) => Ok(None),
            (Form::Object, Value::Map(m)) => Ok(self.object(m, id)?.map(Value::Map)),
            (Form::Quantity, v) => quantity(v),
            (Form::IntOrString, v) => int_or_string(v),
            (Form::Time, v) => times::canonical(v, false).map_err(DecodeError::Type),
            (Form::MicroTime, v) => times::canonical(v, true).map_err(DecodeError::Type),
            _ => Ok(None),
        }
    }
}

fn quantity(v: &Value) -> Changed {
    let q = Quantity::try_of(v).map_err(|e| DecodeError::Type(e.to_string()))?;
    let text = q.to_string();
    Ok((v.as_str() != Some(&text)).then(|| Value::from(text)))
}

fn int_or_string(v: &Value) -> Changed {
    match v {
        Value::Str(_) => Ok(None),
        Value::Int(i) if i32::try_from(*i).is_ok() => Ok(None),
        v => {
            let found = match v {
                Value::Int(_) | Value::Float(_) => format!("number {}", number(v)),
                v => found(v).to_owned(),
            };
            Err(DecodeError::Type(format!(
                "json: cannot unmarshal {found} into Go value of type int32"
            )))
        }
    }
}

/// Whether a value may stand where the schema has this shape, before looking inside.
fn fits(v: &Value, shape: &Shape) -> bool {
    match (shape, v) {
        (Shape::String | Shape::Bytes, Value::Str(_))
        | (Shape::Boolean, Value::Bool(_))
        | (Shape::Int64, Value::Int(_))
        | (Shape::Number, Value::Int(_) | Value::Float(_))
        | (Shape::List(_), Value::List(_))
        | (Shape::Map(_), Value::Map(_))
        | (Shape::Any, _) => true,
        (Shape::Int32, Value::Int(i)) => i32::try_from(*i).is_ok(),
        (Shape::Ref(id), v) => type_def(*id).form != Form::Object || matches!(v, Value::Map(_)),
        _ => false,
    }
}

/// What Go says it found: numbers that do not fit an integer are named.
fn describe(v: &Value, shape: &Shape) -> String {
    match (shape, v) {
        (Shape::Int32 | Shape::Int64, Value::Int(_) | Value::Float(_)) => {
            format!("number {}", number(v))
        }
        _ => found(v).to_owned(),
    }
}

/// Whether null is what Go writes for the empty field.
fn kept_as_null(field: &FieldDef, wire: WireField) -> bool {
    wire.kept && zero_of(field, wire).is_null()
}

fn zero_of(field: &FieldDef, wire: WireField) -> Value {
    if wire.pointer {
        Value::Null
    } else {
        zero(&field.shape)
    }
}

/// Whether an empty list or map is a null once it was stored: upstream's storage format knows no empty ones.
fn is_lost_in_storage(v: &Value, field: &FieldDef, wire: WireField) -> bool {
    let collection = matches!(field.shape, Shape::List(_) | Shape::Map(_));
    collection && !wire.pointer && !v.is_null() && v.is_empty()
}

/// Whether `omitempty` drops the value.
fn is_omitted(v: &Value, field: &FieldDef, wire: WireField) -> bool {
    if wire.pointer || wire.kept {
        return false;
    }
    match field.shape {
        Shape::Ref(id) => match type_def(id).form {
            Form::Object => wire.omit_zero && v.is_empty(),
            _ => false,
        },
        Shape::Any => false,
        _ => v.is_empty(),
    }
}

/// What Go writes for a field that holds nothing.
fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::String => Value::from(""),
        Shape::Int32 | Shape::Int64 | Shape::Number => Value::Int(0),
        Shape::Boolean => Value::Bool(false),
        Shape::Ref(id) => match type_def(*id).form {
            Form::Object => empty_object(*id),
            Form::Quantity => Value::from("0"),
            Form::IntOrString => Value::Int(0),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// A struct that holds nothing, as Go writes it.
pub fn empty_object(id: TypeId) -> Value {
    let def = type_def(id);
    let fields = def.fields.iter().zip(wire::fields(id));
    Value::Map(
        fields
            .filter(|(_, w)| w.kept)
            .map(|(f, w)| (Text::from_static(f.name), zero_of(f, *w)))
            .collect(),
    )
}

/// What a null inside of a list or map becomes.
fn element(shape: &Shape) -> Value {
    zero(shape)
}

#[cfg(test)]
mod tests;
