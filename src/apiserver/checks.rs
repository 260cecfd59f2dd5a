//! Where the server meets what `api` knows of each kind: strict decoding, defaults, validation.

use super::call::Call;
use super::decode;
use super::registry::{Resource, custom};
use crate::api::defaults;
use crate::api::strict::{self, DecodeError, Mode};
use crate::api::validation;
use crate::apimachinery::schema::{Shape, TypeId, kind_type, type_def};
use crate::apimachinery::status::Status;
use crate::apimachinery::{ErrorList, Value, yaml};

/// Reads YAML as a tree.
///
/// # Errors
/// 400 for what cannot be parsed.
pub fn yaml(bytes: &[u8]) -> Result<Value, Status> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Status::bad_request("yaml: invalid leading UTF-8 octet"))?;
    yaml::parse(text).map_err(|e| Status::bad_request(e.to_string()))
}

/// Brings an object into its normal form: unknown fields are pruned and, as `fieldValidation` says, refused or warned of;
/// wrong types are refused.
///
/// # Errors
/// 400 as upstream's decoder words it.
pub fn strict(
    call: &mut Call,
    value: Value,
    api_version: &str,
    kind: &str,
) -> Result<Value, Status> {
    decoded(call, value, api_version, kind)
        .map_err(|e| decode::cannot_handle(api_version, kind, &e.to_string()))
}

/// The same, with the decoder's own error.
pub fn decoded(
    call: &mut Call,
    value: Value,
    api_version: &str,
    kind: &str,
) -> Result<Value, DecodeError> {
    let mode = match call.query.get("fieldValidation") {
        "Strict" => Mode::Strict,
        "Ignore" => Mode::Ignore,
        _ => Mode::Warn,
    };
    decoded_as(call, value, api_version, kind, mode)
}

/// The same for what admission made of an object: what the schema does not know is left out without a word, however the client
/// wants its own fields to be treated.
pub fn decoded_leniently(
    call: &mut Call,
    value: Value,
    api_version: &str,
    kind: &str,
) -> Result<Value, DecodeError> {
    decoded_as(call, value, api_version, kind, Mode::Ignore)
}

fn decoded_as(
    call: &mut Call,
    value: Value,
    api_version: &str,
    kind: &str,
    mode: Mode,
) -> Result<Value, DecodeError> {
    let Some(type_id) = kind_type(api_version, kind) else {
        return custom::decoded(call, value, mode);
    };
    let spec = value.get("spec").as_map().cloned();
    let (value, warnings) = strict::decode_beside(value, type_id, mode, &[], &call.known)?;
    let now = value.get("spec").as_map();
    call.clean_spec = spec.filter(|spec| now.is_some_and(|now| now.ptr_eq(spec)));
    for warning in warnings {
        call.warn(warning);
    }
    Ok(value)
}

/// Fills in defaults.
pub fn defaults(call: &Call, value: &mut Value, api_version: &str, kind: &str) {
    match &call.resource.custom {
        Some(custom) if kind == call.resource.def.kind => custom.default(value),
        _ => defaults::apply(api_version, kind, value, &call.known),
    }
}

/// The type of a field of a kind, where that is a type of its own.
pub fn field_type(api_version: &str, kind: &str, field: &str) -> Option<TypeId> {
    let def = type_def(kind_type(api_version, kind)?);
    let at = def.fields.binary_search_by(|f| f.name.cmp(field)).ok()?;
    match def.fields[at].shape {
        Shape::Ref(id) => Some(id),
        _ => None,
    }
}

/// Checks a new object (as it is to be stored).
///
/// # Errors
/// 422 with every field that is wrong.
pub fn validate_create(resource: &Resource, object: &Value) -> Result<(), Status> {
    let def = resource.def;
    let errors = match &resource.custom {
        Some(custom) => custom.validate_create(def, object),
        None => validation::validate_create(def.group, def.kind, object),
    };
    let errors = match errors.is_empty() {
        true => validation::validate_metadata(object, def.namespaced),
        false => errors,
    };
    refused(resource, object, errors)
}

/// Checks a new state of an object, written through subresource `sub`.
///
/// # Errors
/// 422 with every field that is wrong.
pub fn validate_update(
    resource: &Resource,
    sub: &str,
    new: &Value,
    old: &Value,
) -> Result<(), Status> {
    let def = resource.def;
    let errors = match &resource.custom {
        Some(custom) => custom.validate_update(def, sub, new, old),
        None => validation::validate_update(def.group, def.kind, sub, new, old),
    };
    refused(resource, new, errors)
}

fn refused(resource: &Resource, object: &Value, errors: ErrorList) -> Result<(), Status> {
    if errors.is_empty() {
        return Ok(());
    }
    let def = resource.def;
    Err(Status::invalid(def.group, def.kind, object.name(), errors))
}
