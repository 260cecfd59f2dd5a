//! `kubectl top`: there is no metrics API to read from, and this says so as kubectl does.

use super::{ALL_NAMESPACES, SELECTOR};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;

/// The group of commands.
pub static TOP: Command = Command {
    name: "top",
    short: "Display resource (CPU/memory) usage",
    commands: &[&NODE, &POD],
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("no-headers", "No line of titles."),
    SELECTOR,
    Flag::string("sort-by", "cpu or memory."),
    Flag::bool("use-protocol-buffers", "How to talk to the metrics API.").default("true"),
];

static NODE: Command = Command {
    name: "node",
    aliases: &["nodes", "no"],
    args: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of nodes",
    flags: &[
        FLAGS,
        &[Flag::bool(
            "show-capacity",
            "Shares of the capacity instead of what is allocatable.",
        )],
    ],
    run: Some(|cx| Box::pin(unavailable(cx))),
    ..Command::NEW
};

static POD: Command = Command {
    name: "pod",
    aliases: &["pods", "po"],
    args: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of pods",
    flags: &[
        FLAGS,
        &[
            ALL_NAMESPACES,
            Flag::bool("containers", "Show containers, too."),
            Flag::string("field-selector", "Field selector; supports =, ==, !=."),
            Flag::bool("sum", "Show a last line with the sums."),
        ],
    ],
    run: Some(|cx| Box::pin(unavailable(cx))),
    ..Command::NEW
};

async fn unavailable(cx: &Cx) -> Outcome {
    let sort = cx.flags.str("sort-by");
    if !matches!(sort, "" | "cpu" | "memory") {
        return Err(Error::msg("--sort-by accepts only cpu or memory"));
    }
    if cx.args.len() > 1 {
        return Err(cx.usage(format!("unexpected arguments: {}", cx.args.join(" "))));
    }
    // The server is asked, so that a cluster that does have the API is told from one that has not.
    let known = cx
        .discovery()
        .await?
        .groups
        .iter()
        .any(|(g, _)| g == "metrics.k8s.io");
    if known {
        return Err(Error::msg(
            "reading the metrics API is not supported by this kubectl",
        ));
    }
    Err(Error::msg("Metrics API not available"))
}
