//! `kubectl attach`

use super::exec::{Streams, call, stream, target};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};

/// The command.
pub static ATTACH: Command = Command {
    name: "attach",
    args: "(POD | TYPE/NAME) -c CONTAINER",
    short: "Attach to a running container",
    flags: &[target::STREAM_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let count = cx.args.len();
    if count == 0 && cx.flags.strings("filename").is_empty() {
        return Err(Error::msg("at least 1 argument is required for attach"));
    }
    if count > 2 {
        return Err(Error::msg(format!(
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {count}: [{}]",
            cx.args.join(" ")
        )));
    }
    if cx.flags.duration("pod-running-timeout").is_zero() {
        return Err(cx.usage("--pod-running-timeout must be higher than zero"));
    }
    let pod = target::pod(cx, &cx.args).await?;
    target::is_running(&pod, "attach")?;
    let container = target::container(cx, &pod)
        .map_err(|e| Error::msg(format!("cannot attach to the container: {}", e.text())))?;
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

/// What is said when a terminal's session has ended.
pub fn part(cx: &Cx, pod: &Value, container: &str, streams: Streams) {
    if !streams.tty || cx.flags.bool("quiet") {
        return;
    }
    let ephemeral = pod.at(&["spec", "ephemeralContainers"]).items();
    let ephemeral = ephemeral.iter().any(|c| c.get("name") == container);
    let again = format!(
        "'kubectl attach {} -c {container} -n {} -i -t'",
        pod.name(),
        pod.namespace()
    );
    cx.line(match ephemeral {
        true => format!(
            "Session ended, the ephemeral container will not be restarted but may be reattached using {again} if it is still running"
        ),
        false => format!("Session ended, resume using {again} command"),
    });
}

/// What is said before the streams are joined.
pub fn greet(cx: &Cx) {
    if !cx.flags.bool("quiet") {
        cx.warn("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.");
        cx.warn("If you don't see a command prompt, try pressing enter.");
    }
}
