//! `kubectl create serviceaccount`

use super::{KIND_FLAGS, submit};
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Outcome;
use crate::kubectl::printers::OUTPUT_FLAGS;

/// The command.
pub static SERVICEACCOUNT: Command = Command {
    name: "serviceaccount",
    aliases: &["sa"],
    args: "NAME [--dry-run=server|client|none]",
    short: "Create a service account with the specified name",
    flags: &[KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let object = new_object("v1", "ServiceAccount", name_argument(cx)?);
    submit(cx, object, "failed to create serviceaccount:").await
}
