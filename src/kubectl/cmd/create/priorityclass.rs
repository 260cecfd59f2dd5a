//! `kubectl create priorityclass`

use super::{KIND_FLAGS, submit};
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Outcome;
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;

/// The command.
pub static PRIORITYCLASS: Command = Command {
    name: "priorityclass",
    aliases: &["pc"],
    args: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    short: "Create a priority class with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("description", "When to use the class."),
    Flag::bool(
        "global-default",
        "Whether pods without a class get this one.",
    ),
    Flag::string(
        "preemption-policy",
        "Whether pods of the class may push others out.",
    )
    .default("PreemptLowerPriority"),
    Flag::int("value", "0", "The priority of the class."),
];

async fn run(cx: &Cx) -> Outcome {
    let mut object = new_object("scheduling.k8s.io/v1", "PriorityClass", name_argument(cx)?);
    object.set("value", cx.flags.int("value"));
    object.set("preemptionPolicy", cx.flags.str("preemption-policy"));
    if cx.flags.bool("global-default") {
        object.set("globalDefault", true);
    }
    if !cx.flags.str("description").is_empty() {
        object.set("description", cx.flags.str("description"));
    }
    submit(cx, object, "failed to create priorityclass:").await
}
