//! `kubectl cordon`, `kubectl uncordon`, `kubectl drain`

mod evict;

use super::common::DryRun;
use super::{CHUNK_SIZE, DRY_RUN, SELECTOR};
use crate::apimachinery::http::Body;
use crate::apimachinery::labels::Selector;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::Printer;
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::tree;

/// `kubectl cordon`
pub static CORDON: Command = Command {
    name: "cordon",
    args: "NODE",
    short: "Mark node as unschedulable",
    flags: &[&[DRY_RUN, SELECTOR]],
    run: Some(|cx| Box::pin(cordon(cx, true))),
    ..Command::NEW
};

/// `kubectl uncordon`
pub static UNCORDON: Command = Command {
    name: "uncordon",
    args: "NODE",
    short: "Mark node as schedulable",
    flags: &[&[DRY_RUN, SELECTOR]],
    run: Some(|cx| Box::pin(cordon(cx, false))),
    ..Command::NEW
};

/// `kubectl drain`
pub static DRAIN: Command = Command {
    name: "drain",
    args: "NODE",
    short: "Drain node in preparation for maintenance",
    flags: &[&[
        CHUNK_SIZE,
        Flag::bool(
            "delete-emptydir-data",
            "Go on even if pods use emptyDir, whose data goes with them.",
        ),
        Flag::bool("disable-eviction", "Delete pods instead of evicting them."),
        DRY_RUN,
        Flag::bool(
            "force",
            "Go on even if there are pods without a controller.",
        ),
        Flag::int(
            "grace-period",
            "-1",
            "Seconds for each pod to end in; negative for its own.",
        ),
        Flag::bool("ignore-daemonsets", "Leave pods of daemon sets alone."),
        Flag::string("pod-selector", "Label selector of the pods on the node."),
        SELECTOR,
        Flag::int(
            "skip-wait-for-delete-timeout",
            "0",
            "Do not wait for pods that were deleted longer ago than this many seconds.",
        ),
        Flag::duration("timeout", "0s", "How long to wait; 0 is for ever."),
    ]],
    run: Some(|cx| Box::pin(drain(cx))),
    ..Command::NEW
};

async fn nodes(cx: &Cx) -> Result<Vec<Info>, Error> {
    let selector = cx.flags.str("selector");
    if cx.args.is_empty() && !cx.flags.changed("selector") {
        return Err(cx.usage(format!("USAGE: {} NODE [flags]", cx.found.command().name)));
    }
    if !cx.args.is_empty() && !selector.is_empty() {
        return Err(cx.usage("error: cannot specify both a node name and a --selector option"));
    }
    let builder = Builder::new(cx)?
        .named("nodes", &cx.args)
        .single_type()
        .flatten();
    let builder = if selector.is_empty() {
        builder
    } else {
        builder.label_selector(selector).types("nodes")
    };
    let infos = builder.find(cx).await?.all()?;
    match infos
        .iter()
        .find(|i| i.mapping.kind != "Node" || !i.mapping.group.is_empty())
    {
        Some(i) => Err(Error::msg(format!(
            "error: expected resource of type node, got \"{}\"",
            i.mapping.gvr()
        ))),
        None => Ok(infos),
    }
}

async fn cordon(cx: &Cx, desired: bool) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let nodes = nodes(cx).await?;
    mark(cx, &nodes, desired, dry_run).await
}

/// Marks nodes as (un)schedulable; failures are told, and do not stop the others.
async fn mark(cx: &Cx, nodes: &[Info], desired: bool, dry_run: DryRun) -> Outcome {
    let word = if desired { "cordon" } else { "uncordon" };
    for info in nodes {
        let deed =
            if (info.object.at(&["spec", "unschedulable"]).as_bool() == Some(true)) == desired {
                format!("already {word}ed")
            } else {
                if !dry_run.is_client() {
                    let value = if desired { tree!(true) } else { tree!(null) };
                    let mut patch = tree!({});
                    patch.set_at(&["spec", "unschedulable"], value);
                    let helper = Helper::of(cx, info).dry_run(dry_run.is_server());
                    let sent = helper
                        .patch(
                            &info.name,
                            "application/strategic-merge-patch+json",
                            Body::Tree(patch),
                            None,
                        )
                        .await;
                    if let Err(e) = sent {
                        cx.warn(format!(
                            "error: unable to {word} node \"{}\": {}",
                            info.name,
                            e.text()
                        ));
                        continue;
                    }
                }
                format!("{word}ed")
            };
        let mut printer = Printer::for_operation(cx, &dry_run.operation(&deed))?;
        cx.out(printer.print(&info.object)?);
    }
    Ok(())
}

async fn drain(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let pods = cx.flags.str("pod-selector");
    if !pods.is_empty() && Selector::parse(pods).is_err() {
        return Err(Error::msg(
            "--pod-selector=<pod_selector> must be a valid label selector",
        ));
    }
    let nodes = nodes(cx).await?;
    mark(cx, &nodes, true, dry_run).await?;
    let (mut fatal, mut remaining) = (Vec::new(), Vec::new());
    for info in &nodes {
        match evict::pods_of(cx, &info.name, dry_run).await {
            Ok(()) => {
                let mut printer = Printer::for_operation(cx, &dry_run.operation("drained"))?;
                cx.out(printer.print(&info.object)?);
            }
            Err(e) => {
                cx.warn(format!(
                    "error: unable to drain node \"{}\" due to error: {}, continuing command...",
                    info.name,
                    e.text()
                ));
                // Upstream wraps a node's errors once more, and therefore shows them without "error: ".
                fatal.push(Error::Aggregate(vec![e]));
                remaining.push(&info.name);
            }
        }
    }
    if !remaining.is_empty() {
        cx.warn("There are pending nodes to be drained:");
        for name in remaining {
            cx.warn(format!(" {name}"));
        }
    }
    if fatal.is_empty() {
        Ok(())
    } else {
        Err(Error::Aggregate(fatal))
    }
}
