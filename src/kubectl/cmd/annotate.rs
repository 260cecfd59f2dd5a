//! `kubectl annotate`

use super::FILENAME_FLAGS;
use super::common::DryRun;
use super::label::PAIR_FLAGS;
use super::pairs::{self, Changes};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::Info;

/// The command.
pub static ANNOTATE: Command = Command {
    name: "annotate",
    args: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short: "Update the annotations on a resource",
    flags: &[FLAGS, PAIR_FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] =
    &[Flag::string("field-manager", "Who is to own the fields.").default("kubectl-annotate")];

async fn run(cx: &Cx) -> Outcome {
    let (resources, words) = pairs::split(&cx.args, "annotation")?;
    pairs::check(cx, resources, words, "annotation")?;
    let changes = parse(words)?;
    let dry_run = DryRun::of(cx)?;
    let found = pairs::find(cx, resources).await?;
    let mut errors = found.errors;
    let several = found.infos.len() > 1;
    let mut printer = Printer::for_operation(cx, &dry_run.operation("annotated"))?;
    for info in &found.infos {
        match annotate_one(cx, info, &changes, dry_run).await {
            Ok(object) if cx.flags.bool("list") => {
                let info = Info {
                    object,
                    ..info.clone()
                };
                pairs::list(cx, &info, "annotations", several);
            }
            Ok(object) => cx.out(printer.print(&object)?),
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}

fn parse(words: &[String]) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    for word in words {
        match word.split_once('=') {
            Some(("", _)) => {
                return Err(Error::msg(format!("invalid annotation format: {word}")));
            }
            Some((key, value)) => changes.set.push((key.to_owned(), value.to_owned())),
            None => changes
                .remove
                .push(word.strip_suffix('-').unwrap_or(word).to_owned()),
        }
    }
    let both: Vec<&str> = changes
        .remove
        .iter()
        .filter(|key| changes.set.iter().any(|(k, _)| k == *key))
        .map(String::as_str)
        .collect();
    if !both.is_empty() {
        return Err(Error::msg(format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            both.join(", ")
        )));
    }
    Ok(changes)
}

async fn annotate_one(
    cx: &Cx,
    info: &Info,
    changes: &Changes,
    dry_run: DryRun,
) -> Result<Value, Error> {
    let annotations = info.object.meta().get("annotations");
    if !cx.flags.bool("overwrite") {
        let taken: Vec<String> = changes
            .set
            .iter()
            .filter_map(|(key, value)| match annotations.get(key).as_str() {
                Some(old) if old != value => Some(format!("'{key}' already has a value ({old})")),
                _ => None,
            })
            .collect();
        if !taken.is_empty() {
            return Err(Error::msg(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                taken.join("; ")
            )));
        }
    }
    if dry_run.is_client() || cx.flags.bool("local") || cx.flags.bool("list") {
        let mut changed = info.object.clone();
        pairs::apply(cx, &mut changed, "annotations", changes);
        return Ok(changed);
    }
    pairs::write(cx, info, "annotations", changes).await
}
