//! The three-way patch of client-side apply (models `pkg/cmd/apply/patcher.go`).

use super::{Options, describe, helper, last_applied};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::{
    PatchError, create_three_way_json_merge_patch, create_three_way_merge_patch, merge_patch,
    strategic_merge_patch,
};
use crate::apimachinery::schema::kind_type;
use crate::kubectl::cmd::delete::{self, until_gone};
use crate::kubectl::context::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::resource::Info;
use std::time::Duration;

const RETRIES: u32 = 5;

/// Brings the live object in `info` to `modified`; gives whether anything had to change. `info` then holds the new state.
pub async fn patch(
    cx: &Cx,
    info: &mut Info,
    modified: &Value,
    options: &Options,
) -> Result<bool, Error> {
    let mut attempt = 0;
    loop {
        let (content_type, patch) = make(cx, info, modified)?;
        if patch.as_map().is_some_and(|m| m.is_empty()) {
            return Ok(false);
        }
        if options.dry_run.is_client() {
            info.object = locally(info, &patch).map_err(|e| Error::msg(e.to_string()))?;
            return Ok(true);
        }
        let sent = helper(cx, info, options)
            .patch(&info.name, content_type, Body::Tree(patch.clone()), None)
            .await;
        match sent {
            Ok(object) => {
                info.object = object;
                return Ok(true);
            }
            Err(e) if e.is_conflict() && attempt < RETRIES => {
                attempt += 1;
                if attempt > 1 {
                    cx.io.sleep(Duration::from_secs(1)).await;
                }
                info.get(cx).await?;
            }
            Err(e) if cx.flags.bool("force") && matches!(e.reason(), "Conflict" | "Invalid") => {
                info.object = replace(cx, info, modified, options).await?;
                return Ok(true);
            }
            Err(e) => {
                let doing = format!(
                    "applying patch:\n{}\nto:\n{}\nfor:",
                    crate::kubectl::printers::json::escape_html(&patch.to_json()),
                    describe(info)
                );
                return Err(e.with_source(&doing, &info.source));
            }
        }
    }
}

/// What the patch would make of the object.
fn locally(info: &Info, patch: &Value) -> Result<Value, PatchError> {
    match kind_type(&info.mapping.api_version(), &info.mapping.kind) {
        Some(id) => strategic_merge_patch(&info.object, patch, id),
        None => merge_patch(&info.object, patch),
    }
}

/// The patch and its content type: strategic for built-in kinds, a JSON merge patch for all others.
fn make(cx: &Cx, info: &Info, modified: &Value) -> Result<(&'static str, Value), Error> {
    let original = last_applied(&info.object)?;
    let current = &info.object;
    match kind_type(&info.mapping.api_version(), &info.mapping.kind) {
        Some(id) => {
            let patch = create_three_way_merge_patch(
                &original,
                modified,
                current,
                id,
                cx.flags.bool("overwrite"),
            )
            .map_err(|e| {
                Error::msg(format!(
                    "creating patch with:\noriginal:\n{}\nmodified:\n{}\ncurrent:\n{}\nfor:: {e}",
                    original.to_json(),
                    modified.to_json(),
                    current.to_json()
                ))
            })?;
            Ok(("application/strategic-merge-patch+json", patch))
        }
        None => Ok((
            "application/merge-patch+json",
            create_three_way_json_merge_patch(&original, modified, current),
        )),
    }
}

/// Deletes the object and creates it anew, for `--force`.
async fn replace(
    cx: &Cx,
    info: &Info,
    modified: &Value,
    options: &Options,
) -> Result<Value, Error> {
    let mut body = crate::tree!({"propagationPolicy": delete::cascade(cx)?});
    let grace = cx.flags.int("grace-period");
    body.set("gracePeriodSeconds", if grace < 0 { 0 } else { grace });
    helper(cx, info, options).delete(&info.name, body).await?;
    let timeout = match cx.flags.duration("timeout") {
        Duration::ZERO => Duration::from_secs(300),
        time => time,
    };
    until_gone(cx, info, info.object.uid(), timeout).await?;
    helper(cx, info, options).create(modified).await
}
