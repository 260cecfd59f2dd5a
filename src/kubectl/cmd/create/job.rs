//! `kubectl create job`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::{name_argument, new_object, trailing_command};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::kubectl::resource::Builder;
use crate::tree;

/// The command.
pub static JOB: Command = Command {
    name: "job",
    args: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    short: "Create a job with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("from", "The cron job to make a job of."),
    Flag::string("image", "The image to run."),
];

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (image, from) = (cx.flags.str("image"), cx.flags.str("from"));
    if image.is_empty() == from.is_empty() {
        return Err(Error::msg("either --image or --from must be specified"));
    }
    let command = trailing_command(cx);
    if !command.is_empty() && !from.is_empty() {
        return Err(Error::msg("cannot specify --from and command"));
    }
    let object = if from.is_empty() {
        from_image(name, image, command)
    } else {
        from_cron_job(cx, name, from).await?
    };
    submit(cx, object, "failed to create job:").await
}

fn from_image(name: &str, image: &str, command: &[String]) -> Value {
    let mut container = tree!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        container.set("command", tree!(command));
    }
    let mut object = new_object("batch/v1", "Job", name);
    object.set(
        "spec",
        tree!({"template": {"metadata": {}, "spec": {"restartPolicy": "Never"}}}),
    );
    object.set_at(&["spec", "template", "spec", "containers"], vec![container]);
    object.entry("status").map_mut();
    object
}

async fn from_cron_job(cx: &Cx, name: &str, from: &str) -> Result<Value, Error> {
    let infos = Builder::new(cx)?
        .args(&[from.to_owned()], false)
        .flatten()
        .latest()
        .find(cx)
        .await?
        .all()?;
    let [info] = &infos[..] else {
        return Err(Error::msg("from must be an existing cronjob"));
    };
    let cron = &info.object;
    if cron.kind() != "CronJob" {
        let group_version: Vec<&str> = cron.api_version().rsplit('/').collect();
        return Err(Error::msg(format!(
            "unknown object type *{}.{}",
            group_version[0],
            cron.kind()
        )));
    }
    let template = cron.at(&["spec", "jobTemplate"]);
    let mut object = new_object("batch/v1", "Job", name);
    if let labels @ Value::Map(_) = template.at(&["metadata", "labels"]) {
        object.set_at(&["metadata", "labels"], labels);
    }
    let annotations = template.at(&["metadata", "annotations"]);
    if let Value::Map(_) = annotations {
        object.set_at(&["metadata", "annotations"], annotations);
    }
    object.set_annotation("cronjob.kubernetes.io/instantiate", "manual");
    object.set_at(
        &["metadata", "ownerReferences"],
        tree!([{"apiVersion": "batch/v1", "kind": "CronJob", "name": cron.name(), "uid": cron.uid(), "controller": true}]),
    );
    object.set("spec", template.get("spec"));
    object.entry("status").map_mut();
    Ok(object)
}
