//! `kubectl create`

pub mod binding;
pub mod configmap;
pub mod cronjob;
pub mod deployment;
pub mod ingress;
pub mod job;
pub mod keys;
pub mod namespace;
pub mod pdb;
pub mod priorityclass;
pub mod quota;
pub mod role;
pub mod secret;
pub mod service;
pub mod serviceaccount;
pub mod token;

use super::common::{
    DryRun, RECORD, SAVE_CONFIG, VALIDATE, record, set_typed_last_applied, update_last_applied,
    validation,
};
use super::edit::{self, Mode};
use super::{DRY_RUN, FILENAME_FLAGS, SELECTOR, raw};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::FileError;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, files};
use http::Method;

/// The command.
pub static CREATE: Command = Command {
    name: "create",
    args: "-f FILENAME",
    short: "Create a resource from a file or from stdin",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    commands: &[
        &namespace::NAMESPACE,
        &quota::QUOTA,
        &secret::SECRET,
        &configmap::CONFIGMAP,
        &serviceaccount::SERVICEACCOUNT,
        &service::SERVICE,
        &deployment::DEPLOYMENT,
        &role::CLUSTERROLE,
        &binding::CLUSTERROLEBINDING,
        &role::ROLE,
        &binding::ROLEBINDING,
        &pdb::PDB,
        &priorityclass::PRIORITYCLASS,
        &job::JOB,
        &cronjob::CRONJOB,
        &ingress::INGRESS,
        &token::TOKEN,
    ],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    DRY_RUN,
    Flag::bool("edit", "Edit the object before it is created."),
    MANAGER,
    Flag::string("raw", "Path to post the file to, as it is."),
    RECORD,
    SAVE_CONFIG,
    SELECTOR,
    VALIDATE,
    Flag::bool(
        "windows-line-endings",
        "Only with --edit: use Windows line ends.",
    ),
];

const MANAGER: Flag =
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-create");

/// Flags of every `create KIND`.
pub const KIND_FLAGS: &[Flag] = &[DRY_RUN, MANAGER, SAVE_CONFIG, VALIDATE];

async fn run(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(cx.usage(format!("Unexpected args: [{}]", cx.args.join(" "))));
    }
    files::require(cx)?;
    if !cx.flags.str("raw").is_empty() {
        raw::check(cx)?;
        return raw::send(cx, Method::POST).await;
    }
    if cx.flags.bool("edit") {
        return edit_first(cx).await;
    }
    let (dry_run, directive) = (DryRun::of(cx)?, validation(cx)?);
    let mut printer = Printer::for_operation(cx, &dry_run.operation("created"))?;
    let found = Builder::new(cx)?
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .validate(directive != "Ignore")
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = Vec::new();
    let mut count = 0;
    for item in found.in_order() {
        let mut info = match item {
            Ok(info) => info,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        update_last_applied(cx.flags.bool("save-config"), &mut info.object);
        record(cx, &mut info.object);
        if !dry_run.is_client() {
            let made = Helper::of(cx, &info)
                .dry_run(dry_run.is_server())
                .field_manager(cx.flags.str("field-manager"))
                .field_validation(directive)
                .create(&info.object)
                .await;
            match made {
                Ok(object) => info.object = object,
                Err(e) => {
                    errors.push(e.with_source("creating", &info.source));
                    continue;
                }
            }
        }
        count += 1;
        cx.out(printer.print(&info.object)?);
    }
    if errors.is_empty() && count == 0 {
        return Err(Error::msg("no objects passed to create"));
    }
    Error::all(errors)
}

/// `--edit`: each object is edited before it is created.
async fn edit_first(cx: &Cx) -> Outcome {
    let directive = validation(cx)?;
    let found = Builder::new(cx)?
        .filenames(cx)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    for info in found.infos {
        let edited = edit::session(cx, Mode::Create, &[info], directive).await;
        errors.extend(edited.err());
    }
    Error::all(errors)
}

/// Creates what a `create KIND` command made up and shows it. `failure` is what an error begins with, "" for nothing.
pub async fn submit(cx: &Cx, mut object: Value, failure: &str) -> Outcome {
    let (dry_run, directive) = (DryRun::of(cx)?, validation(cx)?);
    let (namespace, explicit) = cx.namespace()?;
    let mapping = Mapping::built_in(object.api_version(), object.kind());
    if mapping.namespaced && explicit {
        object.set_at(&["metadata", "namespace"], &namespace);
    }
    let mut printer = Printer::for_operation(cx, &dry_run.operation("created"))?.typed();
    if cx.flags.bool("save-config") {
        set_typed_last_applied(&mut object);
    }
    if !dry_run.is_client() {
        object = Helper::new(cx, &mapping, &namespace)
            .dry_run(dry_run.is_server())
            .field_manager(cx.flags.str("field-manager"))
            .field_validation(directive)
            .create(&object)
            .await
            .map_err(|e| {
                if failure.is_empty() || matches!(e, Error::Connection(_)) {
                    e
                } else {
                    Error::msg(format!("{failure} {}", e.text()))
                }
            })?;
    }
    cx.out(printer.print(&object)?);
    Ok(())
}

/// Reads a file as Go's `os.ReadFile` words its errors.
pub fn read_file(cx: &Cx, path: &str) -> Result<Vec<u8>, Error> {
    cx.io.read(path).map_err(|e| {
        let op = if e == FileError::IsADirectory {
            "read"
        } else {
            "open"
        };
        Error::msg(format!("{op} {path}: {e}"))
    })
}
