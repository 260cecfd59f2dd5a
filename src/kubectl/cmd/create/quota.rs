//! `kubectl create quota`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::quantity::Quantity;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static QUOTA: Command = Command {
    name: "quota",
    aliases: &["resourcequota"],
    args: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    short: "Create a quota with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("hard", "Resources and their limits: cpu=1,pods=3."),
    Flag::string("scopes", "What the quota counts."),
];

async fn run(cx: &Cx) -> Outcome {
    let mut object = new_object("v1", "ResourceQuota", name_argument(cx)?);
    object.entry("spec").map_mut();
    for pair in cx.flags.str("hard").split(',').filter(|p| !p.is_empty()) {
        let parts: Vec<&str> = pair.split('=').collect();
        let [key, value] = parts[..] else {
            return Err(Error::msg(format!(
                "Invalid argument syntax {pair}, expected <resource>=<value>"
            )));
        };
        let quantity = Quantity::parse(value).map_err(|e| Error::msg(e.to_string()))?;
        object.set_at(&["spec", "hard", key], quantity.to_string());
    }
    let mut scopes: Vec<&str> = Vec::new();
    let given = cx.flags.str("scopes");
    for scope in given.split(',').filter(|_| !given.is_empty()) {
        if scope.is_empty() {
            return Err(Error::msg("invalid resource quota scope \"\""));
        }
        if scopes.contains(&scope) {
            return Err(Error::msg(format!("duplicate scopes: \"{scope}\"")));
        }
        scopes.push(scope);
    }
    if !scopes.is_empty() {
        object.set_at(&["spec", "scopes"], tree!(scopes));
    }
    object.entry("status").map_mut();
    submit(cx, object, "failed to create quota:").await
}
