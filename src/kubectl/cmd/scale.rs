//! `kubectl scale`

use super::common::{DryRun, RECORD, change_cause};
use super::{DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;
use std::time::Duration;

/// The command.
pub static SCALE: Command = Command {
    name: "scale",
    args: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    short: "Set a new size for a deployment, replica set, or replication controller",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("all", "All objects of the type."),
    Flag::int(
        "current-replicas",
        "-1",
        "Scale only if this is the present size.",
    ),
    DRY_RUN,
    RECORD,
    Flag::int("replicas", "0", "The new size.").required(),
    Flag::string(
        "resource-version",
        "Scale only if the object has this version.",
    ),
    SELECTOR,
    Flag::duration(
        "timeout",
        "0s",
        "How long to wait until the size is reached; 0 does not wait.",
    ),
];

async fn run(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let replicas = cx.flags.int("replicas");
    if replicas < 0 {
        return Err(Error::msg(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    if cx.flags.int("current-replicas") < -1 {
        return Err(Error::msg(
            "The --current-replicas must specify an integer of -1 or greater",
        ));
    }
    let found = Builder::new(cx)?
        .filenames(cx)
        .args(&cx.args, cx.flags.bool("all"))
        .label_selector(cx.flags.str("selector"))
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    if !cx.flags.str("resource-version").is_empty() && found.infos.len() > 1 {
        return Err(Error::msg(
            "cannot use --resource-version with multiple resources",
        ));
    }
    let errors = Error::all(found.errors);
    if found.infos.is_empty() {
        errors?;
        return Err(Error::msg("no objects passed to scale"));
    }
    let mut printer = Printer::for_operation(cx, &dry_run.operation("scaled"))?;
    for info in &found.infos {
        if !dry_run.is_client() {
            scale(cx, info, replicas, dry_run.is_server()).await?;
            if let Some(cause) = change_cause(cx) {
                let patch =
                    tree!({"metadata": {"annotations": {"kubernetes.io/change-cause": cause}}});
                let helper = Helper::of(cx, info);
                // Upstream, too, goes on where the cause cannot be noted.
                let _ = helper
                    .patch(
                        &info.name,
                        "application/merge-patch+json",
                        Body::Tree(patch),
                        None,
                    )
                    .await;
            }
        }
        let mut object = info.object.clone();
        if object.at(&["spec", "replicas"]).as_i64().is_some() {
            object.set_at(&["spec", "replicas"], replicas);
        }
        cx.out(printer.print(&object)?);
    }
    errors
}

fn call(method: Method, info: &Info, dry_run: bool) -> Call {
    Call::new(
        method,
        info.mapping.path(&info.namespace, &info.name, "scale"),
    )
    .query("dryRun", if dry_run { "All" } else { "" })
}

async fn scale(cx: &Cx, info: &Info, replicas: i64, dry_run: bool) -> Outcome {
    let (size, version) = (
        cx.flags.int("current-replicas"),
        cx.flags.str("resource-version"),
    );
    loop {
        let done = if size != -1 || !version.is_empty() {
            let mut now = cx.rest.send(call(Method::GET, info, false)).await?;
            check(&now, size, version)?;
            now.set_at(&["spec", "replicas"], replicas);
            cx.rest
                .send(call(Method::PUT, info, dry_run).body(now))
                .await
        } else {
            let patch = Body::Tree(tree!({"spec": {"replicas": replicas}}));
            cx.rest
                .send(
                    call(Method::PATCH, info, dry_run).patch("application/merge-patch+json", patch),
                )
                .await
        };
        match done {
            Err(e) if e.is_conflict() => cx.io.sleep(Duration::from_secs(1)).await,
            other => {
                other?;
                break;
            }
        }
    }
    let timeout = cx.flags.duration("timeout");
    if timeout.is_zero() || dry_run {
        return Ok(());
    }
    let deadline = cx.io.now() + timeout;
    loop {
        let now = cx.rest.send(call(Method::GET, info, false)).await?;
        if now.at(&["status", "replicas"]).as_i64().unwrap_or(0) == replicas {
            return Ok(());
        }
        if cx.io.now() >= deadline {
            return Err(Error::msg(format!(
                "timed out waiting for \"{}\" to be synced",
                info.name
            )));
        }
        cx.io.sleep(Duration::from_secs(1)).await;
    }
}

fn check(now: &Value, size: i64, version: &str) -> Outcome {
    let replicas = now.at(&["spec", "replicas"]).as_i64().unwrap_or(0);
    let expected = |what: &str, want: &str, have: &str| {
        Err(Error::msg(format!(
            "Expected {what} to be {want}, was {have}"
        )))
    };
    if size != -1 && replicas != size {
        return expected("replicas", &size.to_string(), &replicas.to_string());
    }
    if !version.is_empty() && now.resource_version() != version {
        return expected("resource version", version, now.resource_version());
    }
    Ok(())
}
