//! `kubectl attach`

use super::exec::{Streams, call, stream, target};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;

/// The command.
pub static ATTACH: Command = Command {
    name: "attach",
    args: "(POD | TYPE/NAME) -c CONTAINER",
    short: "Attach to a running container",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("container", "The container.").short('c'),
    Flag::strings("filename", "File with the object.").short('f'),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "How long to wait for a pod that runs.",
    ),
    Flag::bool("quiet", "Only what the container prints.").short('q'),
    Flag::bool("stdin", "Pass standard input on.").short('i'),
    Flag::bool("tty", "Standard input is a terminal.").short('t'),
];

async fn run(cx: &Cx) -> Outcome {
    match cx.args.len() {
        0 => return Err(cx.usage("at least 1 argument is required for attach")),
        1 => {}
        _ => return Err(cx.usage("expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw extra arguments")),
    }
    let pod = target::pod(cx, &cx.args[0]).await?;
    let phase = pod.at(&["status", "phase"]).str();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Error::msg(format!(
            "cannot attach a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = target::container(cx, &pod)?;
    let mut streams = Streams::of(cx);
    let containers = pod.at(&["spec", "containers"]).items();
    let own = containers.iter().find(|c| c.get("name") == container.as_str());
    if streams.tty && own.is_some_and(|c| c.get("tty").as_bool() != Some(true)) {
        streams.tty = false;
        if !cx.flags.bool("quiet") {
            cx.warn(format!(
                "error: Unable to use a TTY - container {container} did not allocate one"
            ));
        }
    }
    if streams.stdin && streams.tty && !cx.flags.bool("quiet") {
        cx.warn("If you don't see a command prompt, try pressing enter.");
    }
    stream(cx, call(&pod, "attach", &container, streams), streams).await
}
