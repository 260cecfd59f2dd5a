//! `patch`: JSON, merge and strategic merge patches (`handlers/patch.go`).

use super::super::call::{Answer, Call};
use super::super::query::patch_options;
use super::super::{ApiServer, checks, decode};
use crate::api::strict::DecodeError;
use crate::apimachinery::http::Body;
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Value, patch, strconv};

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
pub(super) const APPLY: &str = "application/apply-patch+yaml";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// Media types of patches, in the order in which upstream names them.
const ACCEPTED: [&str; 4] = [JSON, MERGE, APPLY, STRATEGIC];

impl ApiServer {
    pub(in super::super) fn patch_object(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        if !ACCEPTED.contains(&call.content_type.as_str()) {
            return Err(Status::unsupported_media_type(&ACCEPTED));
        }
        call.dry_run = patch_options(&call.query, call.content_type == APPLY)?;
        if call.content_type == APPLY {
            return self.apply_object(call, body);
        }
        let sub = call.info.subresource.clone();
        let old = self.stored(call)?.clone();
        call.know(&old);
        let document = read_patch(&call.content_type, &body)?;
        let mut shown = old.clone();
        if !call.plain && (call.content_type == JSON || document.meta().has("managedFields")) {
            let list = self.managers_of(call.resource, &old);
            if !list.is_null() {
                shown.meta_mut().set("managedFields", list);
            }
        }
        let shown = call.resource.from_storage(shown);
        let def = call.resource.def;
        let object = patched(call, &shown, &document, &def.api_version(), def.kind)?;
        let object = self.place_update(call, object)?;
        let stored = self.change_through(call, &sub, &old, object)?;
        self.shown(call, 200, stored)
    }
}

/// The patch's document: bytes as JSON, or a tree.
pub(super) fn read_patch(content_type: &str, body: &Body) -> Result<Value, Status> {
    let bytes: &[u8] = match body {
        Body::Tree(v) => return Ok(v.clone()),
        Body::Bytes(bytes) => bytes,
        _ => &[],
    };
    Value::from_json(bytes).map_err(|e| {
        let why = decode::parse_error(bytes, &e.to_string());
        Status::bad_request(if content_type == MERGE {
            format!("error decoding patch: {why}")
        } else {
            why
        })
    })
}

/// An object with a patch applied, decoded and defaulted as an object of that type.
pub(super) fn patched(
    call: &mut Call,
    object: &Value,
    document: &Value,
    api_version: &str,
    kind: &str,
) -> Result<Value, Status> {
    let strategic = call.content_type == STRATEGIC;
    check_form(&call.content_type, document)?;
    let result = match (call.content_type.as_str(), kind_type(api_version, kind)) {
        (JSON, _) => patch::json_patch(object, document),
        (STRATEGIC, Some(id)) => patch::strategic_merge_patch(object, document, id),
        (STRATEGIC, None) => return Err(Status::unsupported_media_type(&ACCEPTED[..3])),
        _ => patch::merge_patch(object, document),
    };
    let merged = result.map_err(|e| e.status())?;
    if merged.api_version() != api_version || merged.kind() != kind {
        decode::check_type(&merged, api_version, kind)?;
    }
    let mut value = checks::decoded(call, merged.clone(), api_version, kind).map_err(|e| {
        let (bad, why) = if strategic {
            (strconv::sprint(document), from_unstructured(&e))
        } else {
            (merged.to_json(), e.to_string())
        };
        let cause = StatusCause::new(
            "FieldValueInvalid",
            format!("Invalid value: {}: {why}", strconv::quote(&bad)),
            "patch",
        );
        Status::invalid("", "", "", [cause])
    })?;
    checks::defaults(call, &mut value, api_version, kind);
    Ok(value)
}

/// Refuses a document that is no patch at all, in the words of Go's decoder.
fn check_form(content_type: &str, document: &Value) -> Result<(), Status> {
    let found = match document {
        Value::Null => return Ok(()),
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    };
    let (wanted, target) = if content_type == JSON {
        ("array", "[]handlers.jsonPatchOp")
    } else {
        ("object", "map[string]interface {}")
    };
    if found == wanted {
        return Ok(());
    }
    let prefix = match content_type {
        STRATEGIC => "",
        _ => "error decoding patch: ",
    };
    Err(Status::bad_request(format!(
        "{prefix}json: cannot unmarshal {found} into Go value of type {target}"
    )))
}

/// A strategic merge is converted by reflection, whose errors are terser than the decoder's.
fn from_unstructured(error: &DecodeError) -> String {
    let text = error.to_string();
    let Some(rest) = text.strip_prefix("json: cannot unmarshal ") else {
        return text;
    };
    let mut words = rest.split(' ');
    let found = words.next().unwrap_or_default();
    let is_whole = words
        .next()
        .is_none_or(|number| !number.contains(['.', 'e', 'E']));
    let wanted = rest.rsplit(" of type ").next().unwrap_or_default();
    let source = match found {
        "object" => "map",
        "array" => "slice",
        "number" if is_whole => "int64",
        "number" => "float64",
        other => other,
    };
    let converts = match source {
        "int64" => wanted == "string",
        "float64" => wanted.trim_start_matches('u').starts_with("int"),
        _ => false,
    };
    if converts {
        format!("cannot convert {source} to {wanted}")
    } else if wanted.starts_with("[]") {
        format!("cannot restore slice from {source}")
    } else if wanted.starts_with("map[") {
        format!("cannot restore map from {source}")
    } else if wanted.contains('.') && wanted.chars().any(char::is_uppercase) {
        format!("cannot restore struct from: {source}")
    } else {
        format!("unrecognized type: {wanted}")
    }
}
