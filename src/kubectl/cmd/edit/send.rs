//! What becomes of edited objects: they are patched, created, or kept as what was last applied.

use super::{Mode, Results};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::{create_two_way_json_merge_patch, create_two_way_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::kubectl::cmd::common::{LAST_APPLIED, record, set_last_applied};
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::json::escape_html;
use crate::kubectl::printers::{Printer, visible};
use crate::kubectl::resource::{Helper, Info};
use crate::tree;

/// Sends the edited objects. What the server says of invalid or missing ones is in the results, everything else is the error.
pub(super) async fn all(
    cx: &Cx,
    mode: Mode,
    infos: &[Info],
    mut updated: Vec<Info>,
    directive: &'static str,
) -> Result<Results, Error> {
    for info in &mut updated {
        require_namespace(cx, info)?;
    }
    match mode {
        Mode::Patch => patch_all(cx, infos, updated, directive).await,
        Mode::Create => {
            for info in updated {
                create(cx, info, directive).await?;
            }
            Ok(Results::default())
        }
        Mode::LastApplied => {
            for info in updated {
                keep(cx, infos, info, directive).await?;
            }
            Ok(Results::default())
        }
    }
}

/// Refuses an object of another namespace than the command's (`resource.RequireNamespace`).
fn require_namespace(cx: &Cx, info: &mut Info) -> Outcome {
    if !info.mapping.namespaced {
        return Ok(());
    }
    let (wanted, _) = cx.namespace()?;
    if info.namespace.is_empty() {
        info.object.set_at(&["metadata", "namespace"], &wanted);
        info.namespace = wanted;
    } else if info.namespace != wanted {
        let provided = &info.namespace;
        return Err(Error::msg(format!(
            "the namespace from the provided object \"{provided}\" does not match the namespace \"{wanted}\". You must pass '--namespace={provided}' to perform this operation."
        )));
    }
    Ok(())
}

/// Notes what `--save-config` and `--record` want noted; without them an annotation stays as it was edited.
fn annotate(cx: &Cx, object: &mut Value) {
    if cx.flags.bool("save-config") {
        set_last_applied(object);
    }
    record(cx, object);
}

fn original_of<'a>(infos: &'a [Info], object: &Value) -> Result<&'a Info, Error> {
    infos
        .iter()
        .find(|i| i.object.uid() == object.uid())
        .ok_or_else(|| Error::msg(format!("no original object found for {}", object.to_json())))
}

async fn create(cx: &Cx, mut info: Info, directive: &'static str) -> Outcome {
    annotate(cx, &mut info.object);
    let made = Helper::of(cx, &info)
        .field_manager("kubectl-create")
        .field_validation(directive)
        .create(&info.object)
        .await?;
    show(cx, "created", &made)
}

/// Keeps the object in the annotation of the live one.
async fn keep(cx: &Cx, infos: &[Info], info: Info, directive: &'static str) -> Outcome {
    if original_of(infos, &info.object)?.object == info.object {
        return show(cx, "skipped", &info.object);
    }
    let mut patch = tree!({});
    let text = format!("{}\n", escape_html(&info.object.to_json()));
    patch.set_at(&["metadata", "annotations", LAST_APPLIED], text);
    Helper::of(cx, &info)
        .field_manager(cx.flags.str("field-manager"))
        .field_validation(directive)
        .patch(
            &info.name,
            "application/merge-patch+json",
            Body::Tree(patch),
            None,
        )
        .await?;
    show(cx, "edited", &info.object)
}

fn show(cx: &Cx, deed: &str, object: &Value) -> Outcome {
    cx.out(Printer::for_operation(cx, deed)?.print(object)?);
    Ok(())
}

async fn patch_all(
    cx: &Cx,
    infos: &[Info],
    updated: Vec<Info>,
    directive: &'static str,
) -> Result<Results, Error> {
    let mut results = Results::default();
    for Info { mut object, .. } in updated {
        let info = original_of(infos, &object)?;
        let original = visible(&info.object, false);
        annotate(cx, &mut object);
        if original == object {
            show(cx, "skipped", &object)?;
            continue;
        }
        let unchanged = original.api_version() == object.api_version()
            && original.kind() == object.kind()
            && original.name() == object.name();
        if !unchanged {
            return Err(Error::msg(
                "At least one of apiVersion, kind and name was changed",
            ));
        }
        match send(cx, info, &original, &object, directive).await {
            Ok(patched) => show(cx, "edited", &patched)?,
            Err(e) => cx.warn(results.add(&e, info)),
        }
    }
    Ok(results)
}

async fn send(
    cx: &Cx,
    info: &Info,
    original: &Value,
    object: &Value,
    directive: &'static str,
) -> Result<Value, Error> {
    let (content_type, patch) = match kind_type(object.api_version(), object.kind()) {
        Some(id) => {
            let patch = create_two_way_merge_patch(original, object, id)
                .map_err(|e| Error::msg(e.to_string()))?;
            ("application/strategic-merge-patch+json", patch)
        }
        None => (
            "application/merge-patch+json",
            create_two_way_json_merge_patch(original, object),
        ),
    };
    if cx.flags.bool("output-patch") {
        cx.line(format!("Patch: {}", patch.to_json()));
    }
    Helper::of(cx, info)
        .field_manager(cx.flags.str("field-manager"))
        .field_validation(directive)
        .subresource(cx.flags.str("subresource"))
        .patch(&info.name, content_type, Body::Tree(patch), None)
        .await
}
