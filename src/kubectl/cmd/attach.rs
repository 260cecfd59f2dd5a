//! `kubectl attach`

use super::exec::{Streams, call, stream, target};
use crate::apimachinery::Value;
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
        _ => {
            return Err(cx.usage(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw extra arguments",
            ));
        }
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
    let own = containers
        .iter()
        .find(|c| c.get("name") == container.as_str());
    if streams.tty && own.is_some_and(|c| c.get("tty").as_bool() != Some(true)) {
        streams.tty = false;
        if !cx.flags.bool("quiet") {
            cx.warn(format!(
                "error: Unable to use a TTY - container {container} did not allocate one"
            ));
        }
    }
    greet(cx);
    stream(cx, call(&pod, "attach", &container, streams), streams).await?;
    part(cx, &pod, &container, streams);
    Ok(())
}

/// What is said when a terminal's session has ended and the container will run again.
pub fn part(cx: &Cx, pod: &Value, container: &str, streams: Streams) {
    let again = pod.at(&["spec", "restartPolicy"]) == "Always";
    if streams.tty && again && !cx.flags.bool("quiet") {
        cx.line(format!(
            "Session ended, resume using 'kubectl attach {} -c {container} -i -t' command when the pod is running",
            pod.name()
        ));
    }
}

/// What is said before the streams are joined.
pub fn greet(cx: &Cx) {
    if !cx.flags.bool("quiet") {
        cx.warn("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.");
        cx.warn("If you don't see a command prompt, try pressing enter.");
    }
}
