//! `patch`: JSON, merge and strategic merge patches (`handlers/patch.go`).

use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::{ApiServer, checks, decode};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::schema::{self, TypeId};
use crate::apimachinery::status::Status;

/// Media types of patches, in the order in which upstream names them.
const ACCEPTED: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
    "application/strategic-merge-patch+json",
];

impl ApiServer {
    pub(in super::super) fn patch_object(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        if !ACCEPTED.contains(&call.content_type.as_str()) {
            return Err(Status::unsupported_media_type(&ACCEPTED));
        }
        call.dry_run = write_options(&call.query, "PatchOptions")?;
        if call.content_type == "application/apply-patch+yaml" {
            return self.apply_object(call, body);
        }
        let sub = call.info.subresource.clone();
        let old = self.stored(call)?.clone();
        let shown = call.resource.from_storage(old.clone());
        let document = read_patch(&body)?;
        let patched = apply(
            &call.content_type,
            &shown,
            &document,
            call.resource.def.type_id,
        )?;
        let def = call.resource.def;
        let object = decode::object_as(call, patched, &def.api_version(), def.kind)
            .map_err(|s| patch_status(call, s))?;
        let object = self.place_update(call, object)?;
        let stored = self.change_through(call, &sub, &old, object)?;
        self.shown(call, 200, stored)
    }

    /// Server-side apply. The place where managed fields would be merged: everything behind it is an ordinary update.
    fn apply_object(&mut self, call: &mut Call, _body: Body) -> Result<Answer, Status> {
        if call.query.get("fieldManager").is_empty() {
            return Err(Status::invalid(
                "meta.k8s.io",
                "PatchOptions",
                "",
                [crate::apimachinery::status::StatusCause::new(
                    "FieldValueRequired",
                    "Required value: is required for apply patch",
                    "fieldManager",
                )],
            ));
        }
        Err(Status::unsupported_media_type(&[
            ACCEPTED[0],
            ACCEPTED[1],
            ACCEPTED[3],
        ]))
    }
}

/// The patch's document: bytes as JSON, or a tree.
pub(super) fn read_patch(body: &Body) -> Result<Value, Status> {
    match body {
        Body::Tree(v) => Ok(v.clone()),
        Body::Bytes(bytes) => {
            Value::from_json(bytes).map_err(|e| Status::bad_request(e.to_string()))
        }
        _ => Err(Status::bad_request("unexpected end of JSON input")),
    }
}

/// Applies a patch of a media type to an object.
pub(super) fn apply(
    content_type: &str,
    object: &Value,
    document: &Value,
    type_id: Option<TypeId>,
) -> Result<Value, Status> {
    match content_type {
        "application/json-patch+json" => checks::json_patch(object, document),
        "application/strategic-merge-patch+json" => {
            let type_id =
                type_id.or_else(|| schema::kind_type(object.api_version(), object.kind()));
            match type_id {
                Some(id) => checks::strategic_merge_patch(object, document, id),
                None => Err(Status::unsupported_media_type(&ACCEPTED[..3])),
            }
        }
        _ => checks::merge_patch(object, document),
    }
}

/// What the decoder finds in a patched object is the patch's fault.
fn patch_status(_call: &Call, status: Status) -> Status {
    status
}
