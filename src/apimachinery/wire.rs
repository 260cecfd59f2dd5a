//! What Go's types add to the schema: the order of fields, which of them may be nil and which are left out when empty, the names
//! of types in decoding errors, and the internal types that some messages print.

use super::field_errors::escape_html;
use super::schema::{FieldDef, Form, Shape, TYPES, TypeId, type_def, type_named};
use super::value::Value;
use crate::collections::Arrange;
use std::fmt::Write;
use std::sync::LazyLock;

// `WIRE` and `INTERNAL`, which `build.rs` makes of `api/data/wire.txt`. There, one line per type: its OpenAPI name, its fields
// in Go's order, then, after `|`, the fields of the internal type. A field is its JSON name; `*` marks a pointer, `!` one
// that is written even when empty, `z` one that is left out when zero, `:T` the Go type where the schema does not tell. An
// internal field is its Go name, `=json` where the JSON name is not the same in camel case, `~k` where its zero value
// differs: n(ull), s(tring), b(oolean), i(nteger), o(bject).
include!(concat!(env!("OUT_DIR"), "/wire_tables.rs"));

/// How Go holds a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireField {
    /// Its place among the fields of the Go type.
    pub order: u8,
    /// Whether it is a pointer: absent and zero differ.
    pub pointer: bool,
    /// Whether it is written even when empty (no `omitempty`).
    pub always: bool,
    /// Whether it stands in the normal form of every object: one that is always written, or a struct that `omitempty` does not
    /// leave out.
    pub kept: bool,
    /// Whether it is left out when zero even though it is a struct (`omitzero`).
    pub omit_zero: bool,
    /// The Go type where it is not what the schema's shape suggests, else "".
    pub go_type: &'static str,
}

struct InternalField {
    go_name: &'static str,
    /// Position in the schema's fields; `None` where the external type has no such field.
    field: Option<usize>,
    zero: u8,
}

/// Parallel to the schema's types and their fields.
static TABLE: LazyLock<Vec<Vec<WireField>>> =
    LazyLock::new(|| TYPES.iter().zip(WIRE.lines()).map(read_line).collect());

/// How many fields of each of the schema's types are kept.
static KEPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let kept = |fields: &Vec<WireField>| fields.iter().filter(|f| f.kept).count() as u8;
    TABLE.iter().map(kept).collect()
});

fn read_line((def, line): (&super::schema::TypeDef, &'static str)) -> Vec<WireField> {
    let plain = |(i, f): (usize, &FieldDef)| WireField {
        order: i as u8,
        // What holds where nothing is known: required fields are always written.
        always: def.required.contains(&f.name),
        ..WireField::default()
    };
    let mut fields: Vec<WireField> = def.fields.iter().enumerate().map(plain).collect();
    let mut rest = line.trim_start_matches('=');
    let mut order = 0;
    while let Some(letter) = rest.bytes().next() {
        let marks = rest[1..].len() - rest[1..].trim_start_matches(['*', '!', '-']).len();
        let (head, after) = rest.split_at(1 + marks);
        let (go_type, after) = match after.strip_prefix(':') {
            Some(named) => named.split_once(' ').unwrap_or((named, "")),
            None => ("", after),
        };
        rest = after;
        fields[usize::from(letter - b'@')] = WireField {
            order,
            pointer: head.contains('*'),
            always: head.contains('!'),
            omit_zero: head.contains('-'),
            go_type,
            kept: false,
        };
        order += 1;
    }
    for (field, def) in fields.iter_mut().zip(def.fields) {
        field.kept = field.always
            || match def.shape {
                Shape::Ref(id) if !field.pointer && !field.omit_zero => {
                    type_def(id).form != Form::Any
                }
                _ => false,
            };
    }
    fields
}

/// Parallel to the schema's types; empty where there is no internal type.
static INTERNALS: LazyLock<Vec<Vec<InternalField>>> = LazyLock::new(|| {
    let mut table: Vec<Vec<InternalField>> = TYPES.iter().map(|_| Vec::new()).collect();
    for line in INTERNAL.lines() {
        let (id, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Ok(id) = id.parse::<TypeId>() {
            table[usize::from(id)] = rest.split_whitespace().map(|t| internal(id, t)).collect();
        }
    }
    table
});

fn internal(id: TypeId, token: &'static str) -> InternalField {
    let def = type_def(id);
    let (token, zero) = token.split_once('~').unwrap_or((token, ""));
    let (go_name, json) = match token.split_once('=') {
        Some((g, j)) => (g, j.to_owned()),
        None => (token, token[..1].to_ascii_lowercase() + &token[1..]),
    };
    let field = def.fields.binary_search_by(|f| f.name.cmp(&json)).ok();
    let zero = match (zero.as_bytes().first(), field) {
        (Some(&z), _) => z,
        (None, Some(i)) => zero_of(&def.fields[i], fields(id)[i]),
        (None, None) => b'n',
    };
    InternalField {
        go_name,
        field,
        zero,
    }
}

fn zero_of(f: &FieldDef, wire: WireField) -> u8 {
    match f.shape {
        _ if wire.pointer => b'n',
        Shape::String => b's',
        Shape::Boolean => b'b',
        Shape::Int32 | Shape::Int64 | Shape::Number => b'i',
        Shape::Ref(id) => match type_def(id).form {
            Form::Object => b'o',
            Form::Quantity => b'q',
            Form::IntOrString => b'i',
            _ => b'n',
        },
        _ => b'n',
    }
}

/// How Go holds the fields of a type, parallel to the schema's fields.
pub fn fields(id: TypeId) -> &'static [WireField] {
    &TABLE[usize::from(id)]
}

/// How many of [`fields`] are kept in every object.
pub fn kept(id: TypeId) -> usize {
    usize::from(KEPT[usize::from(id)])
}

/// The Go type of a field, as decoding errors name it: `int32`, `v1.Protocol`, `[]v1.Container`.
pub fn go_type(field: &FieldDef, wire: WireField) -> String {
    match wire.go_type {
        "" => shape_type(&field.shape),
        t => t.to_owned(),
    }
}

/// The Go type of a shape that has no name of its own.
pub fn shape_type(shape: &Shape) -> String {
    match shape {
        Shape::String => "string".into(),
        Shape::Bytes => "[]uint8".into(),
        Shape::Int32 => "int32".into(),
        Shape::Int64 => "int64".into(),
        Shape::Number => "float64".into(),
        Shape::Boolean => "bool".into(),
        Shape::Ref(id) => type_name(*id),
        Shape::List(item) => format!("[]{}", shape_type(item)),
        Shape::Map(value) => format!("map[string]{}", shape_type(value)),
        Shape::Any => "interface {}".into(),
    }
}

/// Package and name of a type in Go: `v1.PodSpec`.
pub fn type_name(id: TypeId) -> String {
    let name = type_def(id).name;
    let mut parts = name.rsplit('.');
    let (t, package) = (parts.next().unwrap_or(name), parts.next().unwrap_or(""));
    format!("{package}.{t}")
}

/// JSON in Go's order of fields with `omitempty`, as `json.Marshal` writes a value of an API type.
pub fn external_json(v: &Value, type_name: &str) -> String {
    let mut out = String::new();
    match type_named(type_name) {
        Some(id) => write_external(&mut out, v, id),
        None => out.push_str(&v.to_json()),
    }
    escape_html(&out)
}

/// A list of values of an API type as [`external_json`] writes them; `null` for none.
pub fn external_json_list(v: &Value, type_name: &str) -> String {
    if v.is_null() {
        return "null".into();
    }
    let items: Vec<String> = v
        .items()
        .iter()
        .map(|i| external_json(i, type_name))
        .collect();
    format!("[{}]", items.join(","))
}

fn write_external(out: &mut String, v: &Value, id: TypeId) {
    let def = type_def(id);
    let Value::Map(m) = v else {
        return out.push_str(
            if v.is_null() {
                "null".into()
            } else {
                v.to_json()
            }
            .as_str(),
        );
    };
    if def.form != Form::Object || def.fields.is_empty() {
        return out.push_str(&v.to_json());
    }
    let wire = fields(id);
    let mut order: Vec<usize> = (0..def.fields.len()).collect();
    order.arrange_by_key(|&i| wire[i].order);
    out.push('{');
    let mut first = true;
    for i in order {
        let f = &def.fields[i];
        let Some(value) = m.get(f.name).filter(|v| !v.is_null()) else {
            continue;
        };
        if !first {
            out.push(',');
        }
        first = false;
        let _ = write!(out, "\"{}\":", f.name);
        write_shape(out, value, &f.shape, write_external);
    }
    out.push('}');
}

fn write_shape(
    out: &mut String,
    v: &Value,
    shape: &Shape,
    object: fn(&mut String, &Value, TypeId),
) {
    match (shape, v) {
        (Shape::Ref(id), Value::Map(_)) => object(out, v, *id),
        (Shape::List(item), Value::List(l)) => {
            out.push('[');
            for (i, x) in l.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_shape(out, x, item, object);
            }
            out.push(']');
        }
        (Shape::Map(value), Value::Map(m)) => {
            out.push('{');
            for (i, (k, x)) in m.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{}:", Value::from(k).to_json());
                write_shape(out, x, value, object);
            }
            out.push('}');
        }
        _ => out.push_str(&v.to_json()),
    }
}

/// JSON of a value as the API server's internal type of it prints: Go's names, every field, null for what is nil.
pub fn internal_json(v: &Value, type_name: &str) -> String {
    let mut out = String::new();
    match type_named(type_name) {
        Some(id) => write_internal(&mut out, v, id),
        None => out.push_str(&v.to_json()),
    }
    escape_html(&out)
}

/// [`internal_json`] of some of a type's fields, which Go keeps in a struct of their own.
pub fn internal_json_of_fields(
    v: &Value,
    type_name: &str,
    fields: impl Fn(&str) -> bool,
) -> String {
    let mut out = String::new();
    if let Some(id) = type_named(type_name) {
        write_internal_fields(&mut out, v, id, &fields);
    }
    escape_html(&out)
}

fn write_internal(out: &mut String, v: &Value, id: TypeId) {
    write_internal_fields(out, v, id, &|_| true);
}

fn write_internal_fields(out: &mut String, v: &Value, id: TypeId, wanted: &dyn Fn(&str) -> bool) {
    let (def, internals) = (type_def(id), &INTERNALS[usize::from(id)]);
    if internals.is_empty() {
        return write_external(out, if v.is_null() { &EMPTY } else { v }, id);
    }
    let joined;
    let v = match def.name {
        POD_SPEC => {
            joined = with_host_fields(v);
            &joined
        }
        _ => v,
    };
    out.push('{');
    let mut first = true;
    for f in internals {
        if f.go_name == "ObjectMeta" {
            // An embedded struct: its fields stand among the others.
            let mut meta = String::new();
            write_external(&mut meta, v.get("metadata"), metadata_id());
            let inner = meta.trim_start_matches('{').trim_end_matches('}');
            if v.get("metadata").as_map().is_some_and(|m| !m.is_empty()) && !inner.is_empty() {
                out.push_str(meta[1..].strip_suffix('}').unwrap_or(inner));
                first = false;
            }
            continue;
        }
        let def_field = f.field.map(|i| &def.fields[i]);
        if !wanted(def_field.map_or(f.go_name, |d| d.name)) {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        let _ = write!(out, "\"{}\":", f.go_name);
        let value = match def_field {
            Some(d) => v.get(d.name),
            None => v.get(&(f.go_name[..1].to_ascii_lowercase() + &f.go_name[1..])),
        };
        match (def_field, value, f.zero) {
            (Some(d), Value::Null, b'o') => match d.shape {
                Shape::Ref(inner) => write_internal(out, &EMPTY, inner),
                _ => out.push_str("null"),
            },
            (_, Value::Null, b's') => out.push_str("\"\""),
            (_, Value::Null, b'b') => out.push_str("false"),
            (_, Value::Null, b'i') => out.push('0'),
            (_, Value::Null, b'q') => out.push_str("\"0\""),
            (_, Value::Null, _) => out.push_str("null"),
            (Some(d), value, _) => write_shape(out, value, &d.shape, write_internal),
            (None, value, _) => out.push_str(&value.to_json()),
        }
    }
    out.push('}');
}

const POD_SPEC: &str = "io.k8s.api.core.v1.PodSpec";

/// The internal pod spec keeps what is shared with the host in its security context.
fn with_host_fields(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for f in [
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "shareProcessNamespace",
        "hostUsers",
    ] {
        if let Some(v) = spec.remove(f) {
            spec.entry("securityContext").set(f, v);
        }
    }
    spec
}

static EMPTY: LazyLock<Value> = LazyLock::new(Value::object);

fn metadata_id() -> TypeId {
    type_named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
        .expect("every schema has ObjectMeta")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn structures_print_as_go_prints_them() {
        let context = tree!({"privileged": true, "allowPrivilegeEscalation": false});
        assert_eq!(
            internal_json(&context, "io.k8s.api.core.v1.SecurityContext"),
            r#"{"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}"#
        );
        let refs = tree!([{"uid": "a", "name": "x", "kind": "Pod", "apiVersion": "v1", "controller": true}]);
        assert_eq!(
            external_json_list(&refs, "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference"),
            r#"[{"apiVersion":"v1","kind":"Pod","name":"x","uid":"a","controller":true}]"#
        );
    }
}
