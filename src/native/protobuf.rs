//! Bodies in the protobuf form of the API, which Go clients send for built-in kinds (`runtime/serializer/protobuf`): read into
//! the same trees that JSON gives. Answers are JSON, which the same clients take.
//!
//! Go writes plain scalars even where they are empty and pointers only where they are set, and the wire does not tell one from
//! the other: an empty value is left out here unless its field is one of the pointers in [`is_pointer`].

use crate::apimachinery::schema::{self, FieldDef, Form, Shape, TypeDef, TypeId};
use crate::apimachinery::{Timestamp, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
const MAGIC: &[u8] = b"k8s\0";
/// Types may be within each other this deep.
const DEEPEST: usize = 100;

/// The number of each field of a type: all numbers on the way to it, and the field.
type Numbers = Vec<(Vec<u32>, &'static FieldDef)>;

fn numbers(id: TypeId) -> Option<&'static Numbers> {
    static READ: OnceLock<BTreeMap<TypeId, Numbers>> = OnceLock::new();
    let all = READ.get_or_init(|| {
        let lines = include_str!("data/protobuf.txt").lines();
        lines.filter_map(line_numbers).collect()
    });
    all.get(&id)
}

fn line_numbers(line: &'static str) -> Option<(TypeId, Numbers)> {
    let mut words = line.split(' ');
    let id = schema::type_named(words.next()?)?;
    let numbers = words.filter_map(|word| {
        let (name, path) = word.rsplit_once('=')?;
        let path = path.split('.').map(|n| n.parse().ok());
        Some((
            path.collect::<Option<_>>()?,
            schema::type_def(id).field(name)?,
        ))
    });
    Some((id, numbers.collect()))
}

/// One value on the wire.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Double(f64),
}

impl<'a> Wire<'a> {
    fn bytes(&self) -> Result<&'a [u8], String> {
        match self {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err("a number stands where bytes belong".to_owned()),
        }
    }
    fn text(&self) -> Result<&'a str, String> {
        std::str::from_utf8(self.bytes()?).map_err(|e| e.to_string())
    }
    fn number(&self) -> Result<i64, String> {
        match self {
            // Negative numbers are written as two's complement.
            Wire::Number(n) => Ok(i64::from_le_bytes(n.to_le_bytes())),
            _ => Err("bytes stand where a number belongs".to_owned()),
        }
    }
}

/// The fields of a message in order.
fn fields<'a>(mut buf: &'a [u8]) -> Result<Vec<(u32, Wire<'a>)>, String> {
    let mut out = Vec::new();
    let wrong = |e: prost::DecodeError| e.to_string();
    while !buf.is_empty() {
        let (number, wire_type) = decode_key(&mut buf).map_err(wrong)?;
        let take = |buf: &mut &'a [u8], n: usize| -> Result<&'a [u8], String> {
            let (head, rest) = buf.split_at_checked(n).ok_or("it ends too early")?;
            *buf = rest;
            Ok(head)
        };
        let value = match wire_type {
            WireType::Varint => Wire::Number(decode_varint(&mut buf).map_err(wrong)?),
            WireType::LengthDelimited => {
                let length = decode_varint(&mut buf).map_err(wrong)?;
                let length = usize::try_from(length).map_err(|e| e.to_string())?;
                Wire::Bytes(take(&mut buf, length)?)
            }
            WireType::SixtyFourBit => {
                let bytes = take(&mut buf, 8)?.try_into().unwrap_or_default();
                Wire::Double(f64::from_le_bytes(bytes))
            }
            other => {
                let context = DecodeContext::default();
                skip_field(other, number, &mut buf, context).map_err(wrong)?;
                continue;
            }
        };
        out.push((number, value));
    }
    Ok(out)
}

/// Reads a body: an envelope that names the type, around the object. None where the body is empty.
///
/// # Errors
/// In words, where it is malformed, or speaks of a type or field whose number is not known.
pub fn decode(body: &[u8]) -> Result<Option<Value>, String> {
    if body.is_empty() {
        return Ok(None);
    }
    let body = body.strip_prefix(MAGIC).ok_or(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    )?;
    let (mut api_version, mut kind, mut raw) = ("", "", &[][..]);
    for (number, value) in fields(body)? {
        match number {
            1 => {
                for (number, value) in fields(value.bytes()?)? {
                    match number {
                        1 => api_version = value.text()?,
                        2 => kind = value.text()?,
                        _ => {}
                    }
                }
            }
            2 => raw = value.bytes()?,
            _ => {}
        }
    }
    let id = schema::kind_type(api_version, kind)
        .ok_or_else(|| format!("no kind {kind:?} is registered for version {api_version:?}"))?;
    let mut object = message(id, raw, 0)?;
    object.set("apiVersion", api_version);
    object.set("kind", kind);
    Ok(Some(object))
}

fn message(id: TypeId, raw: &[u8], depth: usize) -> Result<Value, String> {
    let def = schema::type_def(id);
    if depth > DEEPEST {
        return Err("it is nested too deeply".to_owned());
    }
    match def.form {
        Form::Object => {
            let mut out = Value::object();
            match numbers(id) {
                Some(numbers) => read_fields(def, numbers, &[], raw, &mut out, depth)?,
                None if raw.is_empty() => {}
                None => return Err(format!("the fields of {} have no known numbers", def.name)),
            }
            Ok(out)
        }
        Form::Any => any(def, raw, depth),
        Form::Time | Form::MicroTime => time(def.form, raw),
        Form::Quantity => {
            let text = fields(raw)?.first().map_or(Ok("0"), |(_, v)| v.text())?;
            Ok(text.into())
        }
        Form::IntOrString => {
            let (mut is_text, mut number, mut text) = (false, 0, "");
            for (n, value) in fields(raw)? {
                match n {
                    1 => is_text = value.number()? == 1,
                    2 => number = value.number()?,
                    3 => text = value.text()?,
                    _ => {}
                }
            }
            Ok(if is_text { text.into() } else { number.into() })
        }
    }
}

/// Reads the fields below a message whose own number is `path` (several where messages without a JSON level are nested).
fn read_fields(
    def: &TypeDef,
    numbers: &Numbers,
    path: &[u32],
    raw: &[u8],
    out: &mut Value,
    depth: usize,
) -> Result<(), String> {
    for (number, value) in fields(raw)? {
        let mut here = path.to_vec();
        here.push(number);
        if let Some((_, field)) = numbers.iter().find(|(n, _)| *n == here) {
            add(def, field, &value, out, depth)?;
        } else if numbers.iter().any(|(n, _)| n.starts_with(&here)) {
            read_fields(def, numbers, &here, value.bytes()?, out, depth)?;
        } else {
            return Err(format!(
                "{} has no known field of number {number}",
                def.name
            ));
        }
    }
    Ok(())
}

/// Adds what stands in a field; repeated ones come one by one.
fn add(
    def: &TypeDef,
    field: &'static FieldDef,
    value: &Wire<'_>,
    out: &mut Value,
    depth: usize,
) -> Result<(), String> {
    match field.shape {
        Shape::List(item) => {
            let mut items = out.get(field.name).items().to_vec();
            match (item, value) {
                // Numbers may come packed.
                (Shape::Int32 | Shape::Int64, Wire::Bytes(packed)) => {
                    let mut packed = *packed;
                    while !packed.is_empty() {
                        let n = decode_varint(&mut packed).map_err(|e| e.to_string())?;
                        items.push(Wire::Number(n).number()?.into());
                    }
                }
                _ => items.push(scalar_or_message(item, value, depth)?),
            }
            out.set(field.name, items);
        }
        Shape::Map(item) => {
            let (mut key, mut content) = ("", None);
            for (number, value) in fields(value.bytes()?)? {
                match number {
                    1 => key = value.text()?,
                    _ => content = Some(map_value(item, &value, depth)?),
                }
            }
            let content = content.unwrap_or_else(|| empty(item));
            out.entry(field.name).set(key, content);
        }
        shape => {
            let read = scalar_or_message(&shape, value, depth)?;
            let bare = match &read {
                Value::Bool(b) => !b,
                Value::Int(n) => *n == 0,
                Value::Str(s) => s.as_str().is_empty(),
                Value::Null => true,
                _ => false,
            };
            let scalar = !matches!(shape, Shape::Ref(_)) || read.is_null();
            if !(bare && scalar) || is_pointer(def, field.name, &read) {
                out.set(field.name, read);
            }
        }
    }
    Ok(())
}

/// Whether a field is a pointer in Go, so that an empty value means something.
fn is_pointer(def: &TypeDef, field: &str, value: &Value) -> bool {
    let owner = def.name.rsplit('.').next().unwrap_or_default();
    match value {
        Value::Bool(_) => {
            matches!(
                field,
                "allocateLoadBalancerNodePorts"
                    | "allowPrivilegeEscalation"
                    | "allowVolumeExpansion"
                    | "attachRequired"
                    | "automountServiceAccountToken"
                    | "blockOwnerDeletion"
                    | "controller"
                    | "enableServiceLinks"
                    | "hostUsers"
                    | "immutable"
                    | "manualSelector"
                    | "optional"
                    | "orphanDependents"
                    | "podInfoOnMount"
                    | "privileged"
                    | "readOnlyRootFilesystem"
                    | "ready"
                    | "requiresRepublish"
                    | "runAsNonRoot"
                    | "seLinuxMount"
                    | "serving"
                    | "setHostnameAsFQDN"
                    | "shareProcessNamespace"
                    | "storageCapacity"
                    | "suspend"
                    | "terminating"
                    | "hostProcess"
            ) || (field == "readOnly" && owner == "CSIVolumeSource")
        }
        Value::Int(_) => matches!(
            field,
            "activeDeadlineSeconds"
                | "backoffLimit"
                | "backoffLimitPerIndex"
                | "completions"
                | "defaultMode"
                | "deletionGracePeriodSeconds"
                | "expirationSeconds"
                | "failedJobsHistoryLimit"
                | "fsGroup"
                | "gracePeriodSeconds"
                | "leaseDurationSeconds"
                | "leaseTransitions"
                | "maxFailedIndexes"
                | "minReplicas"
                | "mode"
                | "parallelism"
                | "partition"
                | "priority"
                | "progressDeadlineSeconds"
                | "replicas"
                | "revisionHistoryLimit"
                | "runAsGroup"
                | "runAsUser"
                | "stabilizationWindowSeconds"
                | "startingDeadlineSeconds"
                | "successfulJobsHistoryLimit"
                | "terminationGracePeriodSeconds"
                | "tolerationSeconds"
                | "ttlSecondsAfterFinished"
                | "value"
        ),
        Value::Str(_) => matches!(
            (owner, field),
            ("PersistentVolumeClaimSpec", "storageClassName")
        ),
        _ => false,
    }
}

fn empty(shape: &Shape) -> Value {
    match shape {
        Shape::Int32 | Shape::Int64 => 0.into(),
        Shape::Boolean => false.into(),
        Shape::List(_) => Vec::<Value>::new().into(),
        _ => "".into(),
    }
}

fn map_value(shape: &Shape, value: &Wire<'_>, depth: usize) -> Result<Value, String> {
    // A list of strings is a message of its own (`ExtraValue`).
    let Shape::List(item) = shape else {
        return scalar_or_message(shape, value, depth);
    };
    let items = fields(value.bytes()?)?;
    let items = items.iter().map(|(_, v)| scalar_or_message(item, v, depth));
    Ok(items.collect::<Result<Vec<_>, _>>()?.into())
}

fn scalar_or_message(shape: &Shape, value: &Wire<'_>, depth: usize) -> Result<Value, String> {
    Ok(match shape {
        Shape::String => value.text()?.into(),
        Shape::Bytes => STANDARD.encode(value.bytes()?).into(),
        Shape::Int32 | Shape::Int64 => value.number()?.into(),
        Shape::Boolean => (value.number()? != 0).into(),
        Shape::Number => match value {
            Wire::Double(n) => Value::Float(*n),
            other => other.number()?.into(),
        },
        Shape::Ref(id) => message(*id, value.bytes()?, depth + 1)?,
        Shape::List(_) | Shape::Map(_) | Shape::Any => {
            return Err("a field of this form has no known numbers".to_owned());
        }
    })
}

/// Values that are JSON inside: raw extensions, managed fields, the odd types of JSON schemas.
fn any(def: &TypeDef, raw: &[u8], depth: usize) -> Result<Value, String> {
    let parts = fields(raw)?;
    let schema_props = || {
        schema::type_named(
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
        )
        .ok_or_else(|| "no such type".to_owned())
    };
    if def.name.ends_with("JSONSchemaPropsOrBool") {
        if let Some((_, schema)) = parts.iter().find(|(n, _)| *n == 2) {
            return message(schema_props()?, schema.bytes()?, depth + 1);
        }
        let allows = parts.iter().find(|(n, _)| *n == 1);
        return Ok(allows.map_or(Ok(0), |(_, v)| v.number())?.ne(&0).into());
    }
    if def.name.ends_with("JSONSchemaPropsOrArray")
        || def.name.ends_with("JSONSchemaPropsOrStringArray")
    {
        if let Some((_, schema)) = parts.iter().find(|(n, _)| *n == 1) {
            return message(schema_props()?, schema.bytes()?, depth + 1);
        }
        let strings = def.name.ends_with("OrStringArray");
        let items = parts.iter().map(|(_, v)| match strings {
            true => v.text().map(Value::from),
            false => message(schema_props()?, v.bytes()?, depth + 1),
        });
        return Ok(items.collect::<Result<Vec<_>, _>>()?.into());
    }
    match parts.first() {
        None => Ok(Value::Null),
        Some((_, json)) => Value::from_json(json.bytes()?).map_err(|e| e.to_string()),
    }
}

fn time(form: Form, raw: &[u8]) -> Result<Value, String> {
    if raw.is_empty() {
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanos) = (0, 0);
    for (number, value) in fields(raw)? {
        match number {
            1 => seconds = value.number()?,
            _ => nanos = value.number()?,
        }
    }
    let at = seconds
        .checked_mul(1_000_000)
        .and_then(|s| s.checked_add(nanos / 1_000));
    let at = Timestamp(at.ok_or("a time is out of range")?);
    Ok(match form {
        Form::MicroTime => at.to_rfc3339_micros().into(),
        _ => at.to_rfc3339().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::encoding::{encode_key, encode_varint};

    fn bytes(number: u32, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode_key(number, WireType::LengthDelimited, &mut out);
        encode_varint(content.len() as u64, &mut out);
        out.extend(content);
        out
    }

    fn number(field: u32, n: u64) -> Vec<u8> {
        let mut out = Vec::new();
        encode_key(field, WireType::Varint, &mut out);
        encode_varint(n, &mut out);
        out
    }

    fn envelope(version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let of = [bytes(1, version.as_bytes()), bytes(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), bytes(1, &of), bytes(2, raw)].concat()
    }

    #[test]
    fn a_deployment_as_go_writes_it() {
        let label = [bytes(1, b"app"), bytes(2, b"web")].concat();
        let meta = [
            bytes(1, b"web"),
            bytes(3, b""),
            bytes(8, b""),
            bytes(11, &label),
        ]
        .concat();
        let port = [bytes(1, b""), number(2, 0), number(3, 80), bytes(4, b"TCP")].concat();
        let probe = [
            bytes(
                1,
                &bytes(
                    2,
                    &[
                        bytes(1, b"/"),
                        bytes(2, &[number(1, 0), number(2, 80), bytes(3, b"")].concat()),
                    ]
                    .concat(),
                ),
            ),
            number(2, 5),
        ]
        .concat();
        let container = [
            bytes(1, b"c"),
            bytes(2, b"nginx"),
            bytes(6, &port),
            bytes(10, &probe),
        ]
        .concat();
        let pod = [bytes(2, &container), number(11, 0), number(21, 0)].concat();
        let template = [bytes(1, b""), bytes(2, &pod)].concat();
        let spec = [number(1, 0), bytes(3, &template), number(7, 0)].concat();
        let raw = [bytes(1, &meta), bytes(2, &spec), bytes(3, b"")].concat();
        let got = decode(&envelope("apps/v1", "Deployment", &raw))
            .expect("fine")
            .expect("there");
        let want = crate::tree!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"replicas": 0, "template": {"metadata": {}, "spec": {
                "automountServiceAccountToken": false,
                "containers": [{
                    "name": "c", "image": "nginx", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "livenessProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 5},
                }],
            }}},
            "status": {},
        });
        assert!(got == want, "{got:?}\n{want:?}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(
            decode(b"{}")
                .expect_err("no")
                .contains("does not appear to be a protobuf message")
        );
        assert_eq!(decode(b""), Ok(None));
        let pod = |raw: &[u8]| decode(&envelope("v1", "Pod", raw)).expect_err("no");
        assert!(pod(&bytes(99, b"x")).contains("no known field of number 99"));
        assert!(pod(&bytes(1, b"x")[..2]).contains("too early"));
        assert!(pod(&number(1, 7)).contains("where bytes belong"));
        assert!(
            decode(&envelope("v1", "Nope", b""))
                .expect_err("no")
                .contains("no kind")
        );
        // Whatever comes, it is read or refused.
        let mut rng = crate::apimachinery::Rng::new(1);
        for _ in 0..2_000 {
            let noise: Vec<u8> = (0..rng.u64() % 40)
                .map(|_| rng.u64().to_le_bytes()[0])
                .collect();
            let _ = decode(&envelope("v1", "Pod", &noise));
        }
    }

    #[test]
    fn nearly_every_type_has_numbers() {
        let bare: Vec<&str> = (0u16..)
            .take(schema::TYPES.len())
            .filter(|id| !schema::type_def(*id).fields.is_empty() && numbers(*id).is_none())
            .map(|id| schema::type_def(id).name)
            .collect();
        assert!(bare.len() < 50, "{bare:?}");
        let pod = numbers(schema::kind_type("v1", "Pod").expect("there")).expect("known");
        assert_eq!(pod.len(), 3);
    }
}
