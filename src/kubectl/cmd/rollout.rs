//! `kubectl rollout`

mod status;

use super::common::DryRun;
use super::{DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::create_two_way_merge_patch;
use crate::apimachinery::schema::kind_type;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::history;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Found, Helper, Info, files};

/// The group of commands.
pub static ROLLOUT: Command = Command {
    name: "rollout",
    args: "SUBCOMMAND",
    short: "Manage the rollout of a resource",
    commands: &[&HISTORY, &PAUSE, &RESTART, &RESUME, &STATUS, &UNDO],
    ..Command::NEW
};

const MANAGER: &[Flag] = &[
    SELECTOR,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-rollout"),
];

static HISTORY: Command = Command {
    name: "history",
    args: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "View rollout history",
    flags: &[
        &[
            SELECTOR,
            Flag::int("revision", "0", "Show this revision's pod template."),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(show_history(cx))),
    ..Command::NEW
};

static PAUSE: Command = Command {
    name: "pause",
    args: "RESOURCE",
    short: "Mark the provided resource as paused",
    flags: &[MANAGER, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(change(cx, "paused", pause))),
    ..Command::NEW
};

static RESUME: Command = Command {
    name: "resume",
    args: "RESOURCE",
    short: "Resume a paused resource",
    flags: &[MANAGER, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(change(cx, "resumed", resume))),
    ..Command::NEW
};

static RESTART: Command = Command {
    name: "restart",
    args: "RESOURCE",
    short: "Restart a resource",
    flags: &[MANAGER, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(change(cx, "restarted", restart))),
    ..Command::NEW
};

static STATUS: Command = Command {
    name: "status",
    args: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "Show the status of the rollout",
    flags: &[
        &[
            SELECTOR,
            Flag::int("revision", "0", "Wait for this revision; 0 for the latest."),
            Flag::duration("timeout", "0s", "How long to wait; 0 is for ever."),
            Flag::bool("watch", "Watch the rollout until it is done.")
                .short('w')
                .default("true"),
        ],
        FILENAME_FLAGS,
    ],
    run: Some(|cx| Box::pin(status::run(cx))),
    ..Command::NEW
};

static UNDO: Command = Command {
    name: "undo",
    args: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "Undo a previous rollout",
    flags: &[
        &[
            DRY_RUN,
            SELECTOR,
            Flag::int(
                "to-revision",
                "0",
                "The revision to go back to; 0 for the one before.",
            ),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(undo(cx))),
    ..Command::NEW
};

async fn find(cx: &Cx) -> Result<Found, Error> {
    if cx.args.is_empty() && files::none_given(cx) {
        return Err(Error::msg("required resource not specified"));
    }
    Builder::new(cx)?
        .label_selector(cx.flags.str("selector"))
        .filenames(cx)
        .args(&cx.args, true)
        .continue_on_error()
        .latest()
        .flatten()
        .find(cx)
        .await
}

fn check_revision(cx: &Cx) -> Outcome {
    match cx.flags.int("revision") {
        n if n < 0 => Err(Error::msg(format!(
            "revision must be a positive integer: {n}"
        ))),
        _ => Ok(()),
    }
}

async fn show_history(cx: &Cx) -> Outcome {
    check_revision(cx)?;
    let found = find(cx).await?;
    let mut errors = found.errors;
    let revision = cx.flags.int("revision");
    let mut printer = Printer::from_flags(cx)?;
    for info in &found.infos {
        if let Some(p) = &mut printer {
            match history::revisions(cx, &info.object).await? {
                None => errors.push(
                    history::view(cx, &info.object, 0)
                        .await
                        .err()
                        .unwrap_or(Error::Exit(1)),
                ),
                Some(all) if revision > 0 => match all.iter().find(|r| r.number == revision) {
                    Some(r) => cx.out(p.print(&r.object)?),
                    None => errors.push(Error::msg("unable to find the specified revision")),
                },
                Some(all) => {
                    for r in &all {
                        cx.out(p.print(&r.object)?);
                    }
                }
            }
            continue;
        }
        match history::view(cx, &info.object, revision).await {
            Err(e) => errors.push(e),
            Ok(text) => {
                let with = if revision > 0 {
                    format!("with revision #{revision}")
                } else {
                    String::new()
                };
                let mut printer = Printer::Name(format!("{with}\n{text}"));
                cx.out(printer.print(&info.object)?);
            }
        }
    }
    Error::all(errors)
}

fn pause(_cx: &Cx, object: &mut Value) -> Result<(), String> {
    if object.kind() != "Deployment" {
        return Err("pausing is not supported".to_owned());
    }
    if object.at(&["spec", "paused"]).as_bool() == Some(true) {
        return Err("is already paused".to_owned());
    }
    object.set_at(&["spec", "paused"], true);
    Ok(())
}

fn resume(_cx: &Cx, object: &mut Value) -> Result<(), String> {
    if object.kind() != "Deployment" {
        return Err("resuming is not supported".to_owned());
    }
    if object.at(&["spec", "paused"]).as_bool() != Some(true) {
        return Err("is not paused".to_owned());
    }
    object.entry("spec").remove("paused");
    Ok(())
}

fn restart(cx: &Cx, object: &mut Value) -> Result<(), String> {
    if !matches!(object.kind(), "Deployment" | "DaemonSet" | "StatefulSet") {
        return Err("restarting is not supported".to_owned());
    }
    if object.kind() == "Deployment" && object.at(&["spec", "paused"]).as_bool() == Some(true) {
        return Err("can't restart paused deployment (run rollout resume first)".to_owned());
    }
    let now = cx.io.now().to_rfc3339();
    object.set_at(
        &[
            "spec",
            "template",
            "metadata",
            "annotations",
            "kubectl.kubernetes.io/restartedAt",
        ],
        now,
    );
    Ok(())
}

async fn change(cx: &Cx, deed: &str, mutate: fn(&Cx, &mut Value) -> Result<(), String>) -> Outcome {
    let found = find(cx).await?;
    let mut errors = found.errors;
    if found.infos.is_empty() && errors.is_empty() {
        let (namespace, _) = cx.namespace()?;
        cx.warn(format!("No resources found in {namespace} namespace."));
        return Ok(());
    }
    for info in &found.infos {
        match change_one(cx, info, deed, mutate).await {
            Ok(object) => {
                let mut printer = Printer::for_operation(cx, deed)?.typed();
                cx.out(printer.print(&object)?);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}

async fn change_one(
    cx: &Cx,
    info: &Info,
    deed: &str,
    mutate: fn(&Cx, &mut Value) -> Result<(), String>,
) -> Result<Value, Error> {
    let mut changed = info.object.clone();
    mutate(cx, &mut changed).map_err(|e| {
        Error::msg(format!(
            "error: {} \"{}\" {e}",
            info.mapping.group_resource(),
            info.name
        ))
    })?;
    let type_id = kind_type(info.object.api_version(), info.object.kind()).unwrap_or_default();
    let patch = create_two_way_merge_patch(&info.object, &changed, type_id)
        .map_err(|e| Error::msg(e.to_string()))?;
    if patch.is_empty() && deed == "restarted" {
        return Err(Error::msg(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
            info.name
        )));
    }
    Helper::of(cx, info)
        .field_manager(cx.flags.str("field-manager"))
        .patch(
            &info.name,
            "application/strategic-merge-patch+json",
            Body::Tree(patch),
            None,
        )
        .await
        .map_err(|e| Error::msg(format!("failed to patch: {}", e.text())))
}

async fn undo(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let found = find(cx).await?;
    let mut errors = found.errors;
    for info in &found.infos {
        if info
            .object
            .annotation(super::common::LAST_APPLIED)
            .is_some()
        {
            cx.warn(format!("Warning: resource {} was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.", info.object_name()));
        }
        let to = cx.flags.int("to-revision");
        match history::undo(
            cx,
            &info.object,
            to,
            dry_run.is_client(),
            dry_run.is_server(),
        )
        .await
        {
            Ok(deed) => {
                let mut printer = Printer::for_operation(cx, &dry_run.operation(&deed))?.typed();
                cx.out(printer.print(&info.object)?);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}
