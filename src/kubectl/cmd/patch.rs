//! `kubectl patch`

use super::common::{DryRun, RECORD, change_cause};
use super::{DRY_RUN, FILENAME_FLAGS};
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::{json_patch, merge_patch, strategic_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::{Value, yaml};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::tree;

/// The command.
pub static PATCH: Command = Command {
    name: "patch",
    args: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    short: "Update fields of a resource",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-patch"),
    Flag::bool("local", "Work on files only, without the server."),
    Flag::string("patch", "The patch, in JSON or YAML.").short('p'),
    Flag::string("patch-file", "File with the patch."),
    RECORD,
    Flag::string("subresource", "Patch this subresource."),
    Flag::string(
        "type",
        "The type of the patch; one of [json merge strategic].",
    )
    .default("strategic"),
];

/// The content type of a `--type`.
pub fn content_type(kind: &str) -> Result<&'static str, Error> {
    match kind.to_lowercase().as_str() {
        "json" => Ok("application/json-patch+json"),
        "merge" => Ok("application/merge-patch+json"),
        "strategic" => Ok("application/strategic-merge-patch+json"),
        _ => Err(Error::msg(format!(
            "--type must be one of [json merge strategic], not \"{kind}\""
        ))),
    }
}

async fn run(cx: &Cx) -> Outcome {
    let (text, file) = (cx.flags.str("patch"), cx.flags.str("patch-file"));
    if !text.is_empty() && !file.is_empty() {
        return Err(Error::msg(
            "cannot specify --patch and --patch-file together",
        ));
    }
    if text.is_empty() && file.is_empty() {
        return Err(Error::msg(
            "must specify --patch or --patch-file containing the contents of the patch",
        ));
    }
    let local = cx.flags.bool("local");
    if local && !cx.args.is_empty() {
        return Err(Error::msg("cannot specify --local and server resources"));
    }
    let content_type = content_type(cx.flags.str("type"))?;
    let dry_run = DryRun::of(cx)?;
    let text = if file.is_empty() {
        text.to_owned()
    } else {
        let bytes = cx
            .io
            .read(file)
            .map_err(|e| Error::msg(format!("unable to read patch file: open {file}: {e}")))?;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let patch = parse(&text)?;
    let found = Builder::new(cx)?
        .filenames(cx)
        .args(&cx.args, false)
        .subresource(cx.flags.str("subresource"))
        .local(local)
        .latest()
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    let count = found.infos.len();
    for info in &found.infos {
        let done = match &patch {
            _ if !local && !dry_run.is_client() => {
                on_server(cx, info, &patch, content_type, dry_run).await
            }
            Body::Tree(patch) => locally(info, patch, content_type),
            _ => Err(Error::msg("invalid JSON document")),
        };
        match done {
            Ok(object) => {
                let deed = if object == info.object {
                    "patched (no change)"
                } else {
                    "patched"
                };
                // As upstream: nothing tells of a dry run here.
                cx.out(Printer::for_operation(cx, deed)?.print(&object)?);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)?;
    if count == 0 {
        return Err(Error::msg("no objects passed to patch"));
    }
    Ok(())
}

/// A patch as it is sent. What begins as JSON does is not read as YAML: the server says what is wrong with it.
fn parse(text: &str) -> Result<Body, Error> {
    if text.trim_start().starts_with('{') && Value::from_json(text.as_bytes()).is_err() {
        return Ok(Body::Bytes(text.as_bytes().to_vec()));
    }
    yaml::parse(text)
        .map(Body::Tree)
        .map_err(|e| Error::msg(format!("unable to parse {text:?}: {e}")))
}

async fn on_server(
    cx: &Cx,
    info: &Info,
    patch: &Body,
    content_type: &'static str,
    dry_run: DryRun,
) -> Result<Value, Error> {
    let helper = Helper::of(cx, info)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .subresource(cx.flags.str("subresource"));
    let patched = helper
        .patch(&info.name, content_type, patch.clone(), None)
        .await
        .map_err(|e| match e.reason() {
            "UnsupportedMediaType" => {
                let m = &info.mapping;
                Error::msg(format!(
                    "{content_type} is not supported by {}/{}, Kind={}: {}",
                    m.group,
                    m.version,
                    m.kind,
                    e.text()
                ))
            }
            _ => e,
        })?;
    if let Some(cause) = change_cause(cx) {
        let mut note = tree!({});
        note.set_at(
            &["metadata", "annotations", super::common::CHANGE_CAUSE],
            cause,
        );
        return helper
            .patch(
                &info.name,
                "application/merge-patch+json",
                Body::Tree(note),
                None,
            )
            .await;
    }
    Ok(patched)
}

/// Applies a patch without the server.
pub fn locally(info: &Info, patch: &Value, content_type: &str) -> Result<Value, Error> {
    let object = &info.object;
    let patched = match content_type {
        "application/json-patch+json" => json_patch(object, patch),
        "application/merge-patch+json" => merge_patch(object, patch),
        _ => {
            let Some(id) = kind_type(object.api_version(), object.kind()) else {
                return Err(Error::msg(format!(
                    "strategic merge patch is not supported for {}, Kind={} locally, try --type merge",
                    object.api_version(),
                    object.kind()
                )));
            };
            strategic_merge_patch(object, patch, id)
        }
    };
    // The library that kubectl decodes JSON patches with names its own type.
    patched.map_err(|e| {
        let words = e.to_string().replace("error decoding patch: ", "");
        Error::msg(words.replace("[]handlers.jsonPatchOp", "jsonpatch.Patch"))
    })
}
