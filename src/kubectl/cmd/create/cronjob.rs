//! `kubectl create cronjob`

use super::{KIND_FLAGS, submit};
use crate::kubectl::cmd::common::{name_argument, new_object, trailing_command};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Outcome;
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static CRONJOB: Command = Command {
    name: "cronjob",
    aliases: &["cj"],
    args: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    short: "Create a cron job with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("image", "The image to run.").required(),
    Flag::string("restart", "The job's restart policy: OnFailure or Never."),
    Flag::string("schedule", "When to run, in the format of cron.").required(),
];

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let mut container = tree!({"name": name, "image": cx.flags.str("image"), "resources": {}});
    let command = trailing_command(cx);
    if !command.is_empty() {
        container.set("command", tree!(command));
    }
    let restart = match cx.flags.str("restart") {
        "" => "OnFailure",
        policy => policy,
    };
    let mut object = new_object("batch/v1", "CronJob", name);
    object.set(
        "spec",
        tree!({
            "schedule": cx.flags.str("schedule"),
            "jobTemplate": {
                "metadata": {"name": name},
                "spec": {"template": {"metadata": {}, "spec": {"restartPolicy": restart}}},
            },
        }),
    );
    object.set_at(
        &[
            "spec",
            "jobTemplate",
            "spec",
            "template",
            "spec",
            "containers",
        ],
        vec![container],
    );
    object.entry("status").map_mut();
    submit(cx, object, "failed to create cronjob:").await
}
