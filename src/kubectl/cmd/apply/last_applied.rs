//! `kubectl apply view-last-applied`, `set-last-applied`, `edit-last-applied`

use super::last_applied;
use crate::apimachinery::http::Body;
use crate::apimachinery::{Value, yaml};
use crate::kubectl::cmd::common::{DryRun, LAST_APPLIED, RECORD, VALIDATE, validation};
use crate::kubectl::cmd::edit::{self, Mode};
use crate::kubectl::cmd::{DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer, json};
use crate::kubectl::resource::{Builder, Helper};
use crate::tree;

/// The command.
pub static VIEW: Command = Command {
    name: "view-last-applied",
    args: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    flags: &[
        &[
            Flag::bool("all", "All objects of the type."),
            Flag::string("output", "Output format: json or yaml.")
                .short('o')
                .default("yaml"),
            SELECTOR,
        ],
        FILENAME_FLAGS,
    ],
    run: Some(|cx| Box::pin(view(cx))),
    ..Command::NEW
};

/// The command.
pub static SET: Command = Command {
    name: "set-last-applied",
    args: "-f FILENAME",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    flags: &[
        &[
            Flag::bool(
                "create-annotation",
                "Make the annotation where there is none.",
            ),
            DRY_RUN,
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(set(cx))),
    ..Command::NEW
};

/// The command.
pub static EDIT: Command = Command {
    name: "edit-last-applied",
    args: "(RESOURCE/NAME | -f FILENAME)",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    flags: &[
        &[
            Flag::string("field-manager", "Who is to own the fields.")
                .default("kubectl-client-side-apply"),
            RECORD,
            VALIDATE,
            Flag::bool("windows-line-endings", "End lines as Windows does."),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(edit(cx))),
    ..Command::NEW
};

async fn edit(cx: &Cx) -> Outcome {
    let directive = validation(cx)?;
    let infos = Builder::new(cx)?
        .args(&cx.args, true)
        .latest()
        .filenames(cx)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?
        .all()?;
    let mut configurations = Vec::new();
    for info in &infos {
        if let Some(text) = info.object.annotation(LAST_APPLIED) {
            configurations.extend(edit::configured(cx, text).await?);
        }
    }
    if configurations.is_empty() {
        return Err(Error::msg(
            "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
        ));
    }
    edit::session(cx, Mode::LastApplied, &configurations, directive).await
}

async fn view(cx: &Cx) -> Outcome {
    let output = cx.flags.str("output");
    if !matches!(output, "" | "yaml" | "json") {
        return Err(cx.usage(format!(
            "Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json"
        )));
    }
    let infos = Builder::new(cx)?
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .select_all(cx.flags.bool("all"))
        .args(&cx.args, cx.flags.bool("all"))
        .latest()
        .flatten()
        .find(cx)
        .await?
        .all()?;
    for info in &infos {
        let kept = last_applied(&info.object)?;
        if kept.is_null() {
            continue;
        }
        cx.out(if output == "json" {
            json::print(&kept, false).replace("    ", "  ")
        } else {
            yaml::to_yaml(&kept)
        });
    }
    Ok(())
}

async fn set(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let mut infos = Builder::new(cx)?
        .filenames(cx)
        .flatten()
        .find(cx)
        .await?
        .all()?;
    let mut printer = Printer::for_operation(cx, &dry_run.operation("configured"))?;
    for info in &mut infos {
        // The object as the file has it, unlike what `apply` keeps (`editor.GetApplyPatch`).
        let wanted = format!("{}\n", json::escape_html(&info.object.to_json()));
        info.get(cx)
            .await
            .map_err(|e| e.with_source("getting live object", &info.source))?;
        let found = info.object.annotation(LAST_APPLIED).map(str::to_owned);
        if found.is_none() && !cx.flags.bool("create-annotation") {
            return Err(Error::msg(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                info.name
            )));
        }
        if found.as_deref() == Some(&wanted) {
            cx.line(format!(
                "set-last-applied {}: no changes required.",
                info.name
            ));
            continue;
        }
        if !dry_run.is_client() {
            let mut patch: Value = tree!({});
            patch.set_at(&["metadata", "annotations", LAST_APPLIED], wanted);
            info.object = Helper::of(cx, info)
                .dry_run(dry_run.is_server())
                .patch(
                    &info.name,
                    "application/merge-patch+json",
                    Body::Tree(patch),
                    None,
                )
                .await?;
        }
        cx.out(printer.print(&info.object)?);
    }
    Ok(())
}
