//! Reading bodies: JSON and YAML at the edges, trees in process; strict checks and defaults.

use super::call::Call;
use super::checks;
use super::registry::Resource;
use crate::apimachinery::http::Body;
use crate::apimachinery::schema::KINDS;
use crate::apimachinery::status::Status;
use crate::apimachinery::{FieldError, Path, Value};

/// Media types of bodies.
const ACCEPTED: [&str; 3] = [
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
];

/// The tree of a body, undecoded; null where it is empty.
///
/// # Errors
/// 415 for media types other than JSON and YAML, 400 for what cannot be parsed.
pub fn tree(content_type: &str, body: Body) -> Result<Value, Status> {
    match body {
        Body::Tree(v) => Ok(v),
        Body::Bytes(bytes) if bytes.is_empty() => Ok(Value::Null),
        Body::Bytes(bytes) => match content_type {
            "" | "application/json" => json(&bytes),
            "application/yaml" => checks::yaml(&bytes),
            _ => Err(Status::unsupported_media_type(&ACCEPTED)),
        },
        _ => Ok(Value::Null),
    }
}

fn json(bytes: &[u8]) -> Result<Value, Status> {
    Value::from_json(bytes).map_err(|e| Status::bad_request(parse_error(bytes, &e.to_string())))
}

/// Reads an object of the call's resource: type, unknown fields, wrong types, defaults. Gives it in the call's version.
///
/// # Errors
/// 400 as upstream's decoder words it.
pub fn object(call: &mut Call, body: Body) -> Result<Value, Status> {
    let value = tree(&call.content_type, body)?;
    let resource = call.resource;
    object_as(call, value, &resource.api_version, resource.def.kind)
}

/// Reads an object of a given type out of a tree.
///
/// # Errors
/// See [`object`].
pub fn object_as(
    call: &mut Call,
    mut value: Value,
    api_version: &str,
    kind: &str,
) -> Result<Value, Status> {
    if !matches!(value, Value::Map(_) | Value::Null) {
        return Err(cannot_handle(
            api_version,
            kind,
            &format!(
                "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
                go_type(&value)
            ),
        ));
    }
    match call.resource.custom.is_some() && call.resource.def.kind == kind {
        true => check_custom_type(call.resource, &value)?,
        false => check_type(&value, api_version, kind)?,
    }
    if value.kind() != kind {
        value.set("kind", kind);
    }
    if value.api_version() != api_version {
        value.set("apiVersion", api_version);
    }
    let creates = call.verb() == "create" && call.resource.def.kind == kind;
    if creates && call.resource.clears_status() {
        value.remove("status");
    }
    let mut value = checks::strict(call, value, api_version, kind)?;
    checks::defaults(call, &mut value, api_version, kind);
    Ok(value)
}

/// What Go says about a text that is no JSON.
pub fn parse_error(bytes: &[u8], otherwise: &str) -> String {
    crate::apimachinery::json_error::syntax_error(bytes).unwrap_or_else(|| otherwise.to_owned())
}

fn go_type(v: &Value) -> &'static str {
    match v {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        _ => "object",
    }
}

/// `Pod in version "v1" cannot be handled as a Pod: …`.
pub fn cannot_handle(api_version: &str, kind: &str, why: &str) -> Status {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    Status::bad_request(format!(
        "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
    ))
}

/// Refuses an object of another type.
///
/// # Errors
/// 400.
pub fn check_type(value: &Value, api_version: &str, kind: &str) -> Result<(), Status> {
    let (got_version, got_kind) = (value.api_version(), value.kind());
    if (got_kind.is_empty() || got_kind == kind)
        && (got_version.is_empty() || got_version == api_version)
    {
        return Ok(());
    }
    let (group, _) = split(api_version);
    let (got_group, version) = split(if got_version.is_empty() {
        api_version
    } else {
        got_version
    });
    if got_kind == kind && got_group == group {
        return Err(Status::bad_request(format!(
            "the API version in the data ({got_version}) does not match the expected API version ({api_version})"
        )));
    }
    let known = KINDS
        .iter()
        .any(|(v, k, _)| *v == got_version && *k == got_kind);
    if known {
        return Err(Status::bad_request(format!(
            "{got_kind} in version {version:?} cannot be handled as a {kind}: converting ({version}.{got_kind}) to ({}.{kind}): unknown conversion",
            internal_package(group)
        )));
    }
    let missing = if got_kind.is_empty() { kind } else { got_kind };
    Err(Status::bad_request(format!(
        "{missing} in version {version:?} cannot be handled as a {kind}: no kind {missing:?} is registered for version {:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        if got_version.is_empty() {
            api_version
        } else {
            got_version
        }
    )))
}

/// Refuses an object of another type than that of a custom resource.
fn check_custom_type(resource: &Resource, value: &Value) -> Result<(), Status> {
    let (version, kind) = (value.api_version(), value.kind());
    let wanted = resource.api_version.as_str();
    if !version.is_empty() && version != wanted {
        return Err(Status::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({wanted})"
        )));
    }
    let def = resource.def;
    if kind.is_empty() || kind == def.kind {
        return Ok(());
    }
    let text = format!("must be {}", def.kind);
    let error = FieldError::invalid(&Path::new("kind"), kind, text);
    Err(Status::invalid(def.group, def.kind, value.name(), [error]))
}

fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The Go package of a group's internal types.
fn internal_package(group: &str) -> &str {
    match group {
        "" => "core",
        g => g.split('.').next().unwrap_or(g),
    }
}

/// Refuses an object that does not stand where the URL says (`EnsureObjectNamespaceMatchesRequestNamespace`), and sets its
/// namespace where it has none.
///
/// # Errors
/// 400.
pub fn place(resource: &Resource, namespace: &str, object: &mut Value) -> Result<(), Status> {
    let given = object.namespace();
    if !resource.def.namespaced {
        if !given.is_empty() {
            object.meta_mut().remove("namespace");
        }
        return Ok(());
    }
    if given.is_empty() {
        object.meta_mut().set("namespace", namespace);
        return Ok(());
    }
    if given != namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}
