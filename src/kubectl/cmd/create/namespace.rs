//! `kubectl create namespace`

use super::{KIND_FLAGS, submit};
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Outcome;
use crate::kubectl::printers::OUTPUT_FLAGS;

/// The command.
pub static NAMESPACE: Command = Command {
    name: "namespace",
    aliases: &["ns"],
    args: "NAME [--dry-run=server|client|none]",
    short: "Create a namespace with the specified name",
    flags: &[KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let mut object = new_object("v1", "Namespace", name_argument(cx)?);
    object.entry("spec").map_mut();
    object.entry("status").map_mut();
    submit(cx, object, "").await
}
