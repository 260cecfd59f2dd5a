//! `kubectl apply`

pub mod applyset;
pub mod last_applied;
mod migrate;
pub mod patcher;
pub mod prune;

use super::common::{
    DryRun, LAST_APPLIED, RECORD, VALIDATE, configuration, record, set_last_applied, validation,
};
use super::{DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info, files};
use crate::tree;
use applyset::ApplySet;

/// The command.
pub static APPLY: Command = Command {
    name: "apply",
    args: "(-f FILENAME | -k DIRECTORY)",
    short: "Apply a configuration to a resource by file name or stdin",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    commands: &[&last_applied::VIEW, &last_applied::SET, &last_applied::EDIT],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("all", "With --prune: look at all resources."),
    // There only where KUBECTL_APPLYSET=true.
    Flag::string(
        "applyset",
        "With --prune: the object that tells what belongs together, [RESOURCE][.GROUP]/NAME.",
    )
    .hidden(),
    super::delete::CASCADE,
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-client-side-apply"),
    Flag::bool("force", "Delete and create again what cannot be changed."),
    Flag::bool(
        "force-conflicts",
        "With --server-side: take over fields that others own.",
    ),
    Flag::int(
        "grace-period",
        "-1",
        "With --force: seconds for a graceful end.",
    ),
    Flag::bool("openapi-patch", "Use the server's schema for the patch.").default("true"),
    Flag::bool("overwrite", "Undo changes that were made by other means.").default("true"),
    Flag::bool(
        "prune",
        "Delete what was applied before and is not among the objects now.",
    ),
    Flag::array(
        "prune-allowlist",
        "With --prune: resources to look at, <group>/<version>/<kind>.",
    ),
    RECORD,
    SELECTOR,
    Flag::bool("server-side", "Have the server merge."),
    Flag::string(
        "subresource",
        "With --server-side: apply to this subresource.",
    ),
    Flag::duration(
        "timeout",
        "0s",
        "With --force: how long to wait for the end.",
    ),
    VALIDATE,
    Flag::bool("wait", "With --force: wait until deleted objects are gone."),
];

const CONFLICT_HELP: &str =
    "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// What one run of `apply` was told.
pub struct Options {
    /// What is pretended.
    pub dry_run: DryRun,
    /// `fieldValidation`
    pub validation: &'static str,
    /// Whether the server merges.
    pub server_side: bool,
    /// Who is to own the fields.
    pub manager: String,
    /// What of the object it is applied to, "" for the object itself.
    pub subresource: String,
}

async fn run(cx: &Cx) -> Outcome {
    let (options, mut set) = options(cx).await?;
    super::delete::cascade(cx)?;
    let mut found = Builder::new(cx)?
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .validate(options.validation != "Ignore")
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    if let Some(Err(e)) = set.as_ref().map(|set| set.label(&mut found.infos)) {
        found.infos.clear();
        errors = vec![e];
    }
    if found.infos.is_empty() && errors.is_empty() {
        return Err(Error::msg("no objects passed to apply"));
    }
    if let Some(set) = &mut set {
        set.begin(cx, &found.infos, &options).await?;
    }
    if set.is_none() && cx.flags.bool("prune") {
        prune::check(cx).await?;
    }
    let whole = Printer::from_flags(cx)?.filter(|p| !matches!(p, Printer::Name(_)));
    let mut done: Vec<Info> = Vec::new();
    for mut info in found.infos {
        match apply_one(cx, &mut info, &options).await {
            Ok(deed) => {
                if whole.is_none() {
                    let operation = options.dry_run.operation(deed);
                    cx.out(Printer::for_operation(cx, &operation)?.print(&info.object)?);
                }
                done.push(info);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)?;
    if let Some(mut printer) = whole {
        cx.out(printer.print(&together(&done))?);
    }
    match set {
        Some(set) => set.prune(cx, &done, &options).await,
        None if cx.flags.bool("prune") => prune::run(cx, &done, &options).await,
        None => Ok(()),
    }
}

async fn options(cx: &Cx) -> Result<(Options, Option<ApplySet>), Error> {
    let (dry_run, server_side) = (DryRun::of(cx)?, cx.flags.bool("server-side"));
    let manager = if cx.flags.changed("field-manager") || !server_side {
        cx.flags.str("field-manager").to_owned()
    } else {
        "kubectl".to_owned()
    };
    if !cx.args.is_empty() {
        return Err(cx.usage(format!("Unexpected args: [{}]", cx.args.join(" "))));
    }
    files::require(cx)?;
    let set = ApplySet::of(cx).await?;
    let conflicting = [
        (
            cx.flags.bool("force-conflicts") && !server_side,
            "--force-conflicts only works with --server-side",
        ),
        (
            dry_run.is_client() && server_side,
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ),
        (
            dry_run.is_server() && cx.flags.bool("force"),
            "--dry-run=server cannot be used with --force",
        ),
        (
            cx.flags.bool("force") && server_side,
            "--force cannot be used with --server-side",
        ),
    ];
    refuse(&conflicting)?;
    let prune = cx.flags.bool("prune");
    if let Some(set) = &set {
        refuse(&[(!prune, "--applyset requires --prune")])?;
        set.validate(cx).await?;
    }
    let (all, selector) = (cx.flags.bool("all"), !cx.flags.str("selector").is_empty());
    let allowlist = !cx.flags.strings("prune-allowlist").is_empty();
    let (in_set, alone) = (set.is_some(), prune && set.is_none());
    refuse(&[
        (
            prune && cx.flags.bool("force"),
            "--force cannot be used with --prune",
        ),
        (
            all && selector,
            "cannot set --all and --selector at the same time",
        ),
        (in_set && all, "--all is incompatible with --applyset"),
        (
            in_set && selector,
            "--selector is incompatible with --applyset",
        ),
        (
            in_set && allowlist,
            "--prune-allowlist is incompatible with --applyset",
        ),
        (
            alone && !all && !selector,
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ),
        (
            alone && server_side,
            "--prune is in alpha and doesn't currently work on objects created by server-side apply",
        ),
    ])?;
    let subresource = cx.flags.str("subresource").to_owned();
    refuse(&[(
        !subresource.is_empty() && !server_side,
        "--subresource can only be specified for --server-side",
    )])?;
    let options = Options {
        dry_run,
        validation: validation(cx)?,
        server_side,
        manager,
        subresource,
    };
    Ok((options, set))
}

/// Fails with the words of the first thing that is wrong.
fn refuse(conflicting: &[(bool, &str)]) -> Outcome {
    match conflicting.iter().find(|(wrong, _)| *wrong) {
        Some((_, text)) => Err(Error::msg(*text)),
        None => Ok(()),
    }
}

/// One object alone, several as a list.
fn together(infos: &[Info]) -> Value {
    match infos {
        [one] => one.object.clone(),
        several => {
            let items: Vec<Value> = several.iter().map(|i| i.object.clone()).collect();
            let mut list = tree!({"apiVersion": "v1", "kind": "List", "metadata": {}});
            list.set("items", items);
            list
        }
    }
}

/// Applies one object; gives what was done.
pub async fn apply_one(cx: &Cx, info: &mut Info, options: &Options) -> Result<&'static str, Error> {
    record(cx, &mut info.object);
    let generated = info.object.meta().get("generateName").str();
    if info.name.is_empty() && !generated.is_empty() {
        return Err(Error::msg(format!(
            "from {generated}: cannot use generate name with apply"
        )));
    }
    if options.server_side {
        server_side(cx, info, options).await?;
        warn_if_deleting(cx, &info.object);
        return Ok("serverside-applied");
    }
    let mut modified = info.object.clone();
    set_last_applied(&mut modified);
    let mut live = info.clone();
    match live.get(cx).await {
        Ok(()) => {}
        Err(e) if e.is_not_found() => {
            info.object = modified;
            if !options.dry_run.is_client() {
                info.object = helper(cx, info, options)
                    .create(&info.object)
                    .await
                    .map_err(|e| e.with_source("creating", &info.source))?;
            }
            return Ok("created");
        }
        Err(e) => {
            let doing = format!(
                "retrieving current configuration of:\n{}\nfrom server for:",
                describe(info)
            );
            return Err(e.with_source(&doing, &info.source));
        }
    }
    info.object = live.object;
    if info.object.annotation(LAST_APPLIED).is_none() {
        cx.warn(format!("Warning: resource {} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.", info.object_name()));
    }
    let changed = patcher::patch(cx, info, &modified, options).await?;
    warn_if_deleting(cx, &info.object);
    Ok(if changed { "configured" } else { "unchanged" })
}

/// The helper that writes an applied object.
pub fn helper<'a>(cx: &'a Cx, info: &'a Info, options: &'a Options) -> Helper<'a> {
    Helper::of(cx, info)
        .dry_run(options.dry_run.is_server())
        .field_manager(&options.manager)
        .field_validation(options.validation)
        .subresource(&options.subresource)
}

async fn server_side(cx: &Cx, info: &mut Info, options: &Options) -> Outcome {
    let configured = info.clone();
    let sent = send_configuration(cx, &configured, options).await;
    info.object = sent.map_err(|e| {
        if e.is_conflict() {
            Error::msg(format!("{}\n{CONFLICT_HELP}", e.text()))
        } else {
            e
        }
    })?;
    if options.dry_run.is_server() {
        return Ok(());
    }
    // What follows repairs ownership; the object itself was applied, whatever comes of it.
    if let Err(e) = migrate::keep_annotation(cx, info, options).await {
        cx.warn(format!(
            "Warning: error saving the last-applied annotation: {}",
            e.text()
        ));
        return Ok(());
    }
    match migrate::migrate(cx, info, options).await {
        Err(e) => cx.warn(format!(
            "Warning: error giving the fields of client-side apply to server-side apply: {}",
            e.text()
        )),
        Ok(false) => {}
        Ok(true) => match send_configuration(cx, &configured, options).await {
            Ok(object) => info.object = object,
            Err(e) => cx.warn(format!(
                "Warning: error applying again after the change to server-side apply: {}",
                e.text()
            )),
        },
    }
    Ok(())
}

/// Has the server apply a configuration; gives the object that comes of it.
pub async fn send_configuration(cx: &Cx, info: &Info, options: &Options) -> Result<Value, Error> {
    helper(cx, info, options)
        .patch(
            &info.name,
            "application/apply-patch+yaml",
            Body::Bytes(configuration_bytes(info)),
            Some(cx.flags.bool("force-conflicts")),
        )
        .await
}

fn configuration_bytes(info: &Info) -> Vec<u8> {
    info.object.to_json().into_bytes()
}

/// How messages about a patch describe its object.
pub fn describe(info: &Info) -> String {
    let m = &info.mapping;
    format!(
        "Resource: \"{}\", GroupVersionKind: \"{}/{}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"",
        m.gvr(),
        m.group,
        m.version,
        m.kind,
        info.name,
        info.namespace
    )
}

fn warn_if_deleting(cx: &Cx, object: &Value) {
    if object.is_terminating() {
        cx.warn(format!(
            "Warning: Detected changes to resource {} which is currently being deleted.",
            object.name()
        ));
    }
}

/// The last applied configuration of an object as it was written; `Null` where it has none.
pub fn last_applied(object: &Value) -> Result<Value, Error> {
    match object.annotation(LAST_APPLIED) {
        None => Ok(Value::Null),
        Some(text) => Value::from_json(text.as_bytes()).map_err(|e| Error::msg(e.to_string())),
    }
}

/// The object's own configuration, as it would be kept.
pub fn kept(object: &Value) -> String {
    configuration(object)
}
