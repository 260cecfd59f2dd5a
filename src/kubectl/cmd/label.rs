//! `kubectl label`

use super::common::{DryRun, RECORD};
use super::pairs::{self, Changes};
use super::{ALL_NAMESPACES, DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::names::is_valid_label_value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::Info;

/// The command.
pub static LABEL: Command = Command {
    name: "label",
    args: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short: "Update the labels on a resource",
    flags: &[FLAGS, PAIR_FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] =
    &[Flag::string("field-manager", "Who is to own the fields.").default("kubectl-label")];

/// Flags of `label` and `annotate`.
pub const PAIR_FLAGS: &[Flag] = &[
    Flag::bool("all", "All objects of the type."),
    ALL_NAMESPACES,
    DRY_RUN,
    Flag::string("field-selector", "Field selector; supports =, ==, !=."),
    Flag::bool("list", "List what the objects have."),
    Flag::bool("local", "Work on files only, without the server."),
    Flag::bool("overwrite", "Allow values to be changed."),
    RECORD,
    Flag::string(
        "resource-version",
        "Change the object only if it has this version.",
    ),
    SELECTOR,
];

async fn run(cx: &Cx) -> Outcome {
    let (resources, words) = pairs::split(&cx.args, "label")?;
    let changes = parse(words)?;
    pairs::check(cx, resources, words, "label")?;
    let dry_run = DryRun::of(cx)?;
    let found = pairs::find(cx, resources).await?;
    let mut errors = found.errors;
    let several = found.infos.len() > 1;
    for info in &found.infos {
        match label_one(cx, info, &changes, dry_run).await {
            Ok((object, deed)) if cx.flags.bool("list") => {
                let _ = deed;
                let info = Info {
                    object,
                    ..info.clone()
                };
                pairs::list(cx, &info, "labels", several);
            }
            Ok((object, deed)) => {
                // Upstream makes a printer for each object, so that YAML documents are not parted.
                let mut printer = Printer::for_operation(cx, &dry_run.operation(deed))?;
                cx.out(printer.print(&object)?);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}

fn parse(words: &[String]) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    for word in words {
        if let Some((key, value)) = word.split_once('=') {
            if value.contains('=') {
                return Err(Error::msg(format!("invalid label spec: {word}")));
            }
            let problems = is_valid_label_value(value);
            if !problems.is_empty() {
                return Err(Error::msg(format!(
                    "invalid label value: \"{word}\": {}",
                    problems.join(";")
                )));
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = word.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        }
    }
    if changes
        .set
        .iter()
        .any(|(key, _)| changes.remove.contains(key))
    {
        return Err(Error::msg(
            "can not both modify and remove a label in the same command",
        ));
    }
    Ok(changes)
}

async fn label_one(
    cx: &Cx,
    info: &Info,
    changes: &Changes,
    dry_run: DryRun,
) -> Result<(Value, &'static str), Error> {
    let labels = info.object.meta().get("labels");
    let overwrite = cx.flags.bool("overwrite");
    if !overwrite {
        let mut errors = Vec::new();
        for (key, value) in &changes.set {
            match labels.get(key).as_str() {
                Some(old) if old != value => errors.push(Error::msg(format!(
                    "'{key}' already has a value ({old}), and --overwrite is false"
                ))),
                _ => {}
            }
        }
        Error::all(errors)?;
    }
    let mut changed = info.object.clone();
    pairs::apply(cx, &mut changed, "labels", changes);
    let added = |(key, value): &(String, String)| labels.get(key).as_str() != Some(value);
    let deed = match (
        changes.set.iter().any(added),
        changes.remove.iter().any(|key| labels.has(key)),
    ) {
        (true, true) => "modified",
        (true, false) => "labeled",
        (false, true) => "unlabeled",
        (false, false) => "not labeled",
    };
    if dry_run.is_client() || cx.flags.bool("local") || cx.flags.bool("list") {
        return Ok((changed, deed));
    }
    for key in changes.remove.iter().filter(|k| !labels.has(k)) {
        cx.line(format!("label \"{key}\" not found."));
    }
    let object = pairs::write(cx, info, "labels", changes).await?;
    Ok((object, deed))
}
