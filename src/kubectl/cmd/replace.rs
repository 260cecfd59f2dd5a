//! `kubectl replace`

use super::common::{
    DryRun, RECORD, SAVE_CONFIG, VALIDATE, record, update_last_applied, validation,
};
use super::delete::{self, until_gone};
use super::{DRY_RUN, FILENAME_FLAGS, raw};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Found, Helper, Info, files};
use http::Method;
use std::time::Duration;

/// The command.
pub static REPLACE: Command = Command {
    name: "replace",
    args: "-f FILENAME",
    short: "Replace a resource by file name or stdin",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    delete::CASCADE,
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-replace"),
    Flag::bool("force", "Delete the object and create it again."),
    Flag::int(
        "grace-period",
        "-1",
        "With --force: seconds for a graceful end.",
    ),
    Flag::string("raw", "Path to put the file to, as it is."),
    RECORD,
    SAVE_CONFIG,
    Flag::string("subresource", "Replace this subresource."),
    Flag::duration(
        "timeout",
        "0s",
        "With --force: how long to wait for the end.",
    ),
    VALIDATE,
    Flag::bool("wait", "With --force: wait until the object is gone."),
];

async fn run(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    files::require(cx)?;
    let force = cx.flags.bool("force");
    if cx.flags.int("grace-period") >= 0 && !force {
        return Err(Error::msg("--grace-period must have --force specified"));
    }
    if !cx.flags.duration("timeout").is_zero() && !force {
        return Err(Error::msg("--timeout must have --force specified"));
    }
    if force && dry_run != DryRun::None {
        return Err(Error::msg("--dry-run can not be used when --force is set"));
    }
    if !cx.flags.str("raw").is_empty() {
        raw::check(cx)?;
        return raw::send(cx, Method::PUT).await;
    }
    let found = Builder::new(cx)?
        .filenames(cx)
        .validate(validation(cx)? != "Ignore")
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    if force {
        return by_force(cx, found).await;
    }
    let mut errors = Vec::new();
    let mut printer = Printer::for_operation(cx, &dry_run.operation("replaced"))?;
    for item in found.in_order() {
        let mut info = match item {
            Ok(info) => info,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        prepare(cx, &mut info);
        if !dry_run.is_client() {
            match helper(cx, &info, dry_run)?
                .replace(&info.name, true, &info.object)
                .await
            {
                Ok(object) => info.object = object,
                Err(e) => {
                    errors.push(e.with_source("replacing", &info.source));
                    continue;
                }
            }
        }
        cx.out(printer.print(&info.object)?);
    }
    Error::all(errors)
}

fn prepare(cx: &Cx, info: &mut Info) {
    update_last_applied(cx.flags.bool("save-config"), &mut info.object);
    record(cx, &mut info.object);
}

fn helper<'a>(cx: &'a Cx, info: &'a Info, dry_run: DryRun) -> Result<Helper<'a>, Error> {
    Ok(Helper::of(cx, info)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .field_validation(validation(cx)?)
        .subresource(cx.flags.str("subresource")))
}

async fn by_force(cx: &Cx, found: Found) -> Outcome {
    let mut errors = found.errors;
    let options = delete::Options {
        // Upstream waits rather than lose data: 0 counts as 1.
        grace_period: match cx.flags.int("grace-period") {
            0 => 1,
            seconds => seconds,
        },
        propagation: delete::cascade(cx)?,
        dry_run: DryRun::None,
        ignore_not_found: true,
        wait: true,
        timeout: cx.flags.duration("timeout"),
        names_only: cx.flags.str("output") == "name",
        quiet: false,
    };
    let timeout = match options.timeout {
        Duration::ZERO => Duration::from_secs(300),
        time => time,
    };
    let mut printer = Printer::for_operation(cx, "replaced")?;
    for info in &found.infos {
        match delete::delete_one(cx, info, &options).await {
            Ok(uid) => until_gone(cx, info, &uid, timeout).await?,
            Err(e) if e.is_not_found() => {}
            Err(e) => return Err(e),
        }
    }
    for mut info in found.infos {
        prepare(cx, &mut info);
        match helper(cx, &info, DryRun::None)?.create(&info.object).await {
            Ok(object) => cx.out(printer.print(&object)?),
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}
