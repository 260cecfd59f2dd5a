//! `kubectl exec`

pub mod target;

use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::{Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::rest::{Call, Stream};
use http::Method;

/// The command.
pub static EXEC: Command = Command {
    name: "exec",
    args: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    short: "Execute a command in a container",
    flags: &[target::STREAM_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

/// The channels of `v5.channel.k8s.io`.
pub const STDIN: u8 = 0;
/// See [`STDIN`].
pub const STDOUT: u8 = 1;
/// See [`STDIN`].
pub const STDERR: u8 = 2;
/// See [`STDIN`].
pub const ERROR: u8 = 3;
/// See [`STDIN`].
pub const CLOSE: u8 = 255;

async fn run(cx: &Cx) -> Outcome {
    let dash = cx.dash_at.unwrap_or(cx.args.len());
    if (cx.args.is_empty() || dash == 0) && cx.flags.strings("filename").is_empty() {
        return Err(Error::msg("pod, type/name or --filename must be specified"));
    }
    if cx.dash_at.is_none() && cx.args.len() > 1 {
        return Err(cx.usage(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
        ));
    }
    let command = cx.args.get(dash..).unwrap_or_default();
    if command.is_empty() {
        return Err(Error::msg(
            "you must specify at least one command for the container",
        ));
    }
    if cx.flags.duration("pod-running-timeout").is_zero() {
        return Err(cx.usage("--pod-running-timeout must be higher than zero"));
    }
    let pod = target::pod(cx, cx.args.get(..dash).unwrap_or_default()).await?;
    target::is_running(&pod, "exec into")?;
    let container = target::container(cx, &pod)?;
    let streams = Streams::of(cx);
    let mut call = call(&pod, "exec", &container, streams);
    for word in command {
        call = call.query_always("command", word);
    }
    stream(cx, call, streams).await
}

/// What is to be carried.
#[derive(Clone, Copy)]
pub struct Streams {
    /// Standard input.
    pub stdin: bool,
    /// All as one terminal.
    pub tty: bool,
}

impl Streams {
    /// As the flags ask for, and the user's own terminal allows.
    pub fn of(cx: &Cx) -> Streams {
        let stdin = cx.flags.bool("stdin");
        let mut tty = cx.flags.bool("tty");
        if tty && (!stdin || !cx.io.stdin_is_tty()) {
            tty = false;
            if !cx.flags.bool("quiet") {
                cx.warn("Unable to use a TTY - input is not a terminal or the right kind of file");
            }
        }
        Streams { stdin, tty }
    }
}

/// A request for `exec` or `attach`.
pub fn call(pod: &Value, subresource: &str, container: &str, streams: Streams) -> Call {
    let on = |yes: bool| if yes { "true" } else { "" };
    Call::on(
        Method::GET,
        &Mapping::built_in("v1", "Pod"),
        pod.namespace(),
        pod.name(),
        subresource,
    )
    .query("container", container)
    .query("stdin", on(streams.stdin))
    .query("stdout", "true")
    .query("stderr", on(!streams.tty))
    .query("tty", on(streams.tty))
    .upgrade()
}

/// Carries the streams until the server ends them; fails as the command did.
pub async fn stream(cx: &Cx, call: Call, streams: Streams) -> Outcome {
    let mut stream = cx.rest.stream(call).await?;
    if streams.tty {
        cx.io.set_raw(true);
    }
    let result = carry(cx, &mut stream, streams).await;
    if streams.tty {
        cx.io.set_raw(false);
    }
    result
}

async fn carry(cx: &Cx, stream: &mut Stream, streams: Streams) -> Outcome {
    let mut reading = streams.stdin;
    loop {
        let chunk = if reading {
            match race(stream.next(), cx.io.read_some()).await {
                Raced::First(chunk) => chunk,
                Raced::Second(Some(data)) => {
                    stream.write(STDIN, &data);
                    continue;
                }
                Raced::Second(None) => {
                    stream.write(CLOSE, &[STDIN]);
                    reading = false;
                    continue;
                }
            }
        } else {
            stream.next().await
        };
        let Some(message) = chunk.map_err(Error::msg)? else {
            return Ok(());
        };
        match message.split_first() {
            Some((&STDOUT, data)) => cx.io.stdout_bytes(data),
            Some((&STDERR, data)) => cx.io.stderr(&String::from_utf8_lossy(data)),
            Some((&ERROR, data)) => return ended(cx, data),
            _ => {}
        }
    }
}

/// How a command ended, as its caller is to end.
pub fn ended(cx: &Cx, data: &[u8]) -> Outcome {
    match exit_code(data)? {
        0 => Ok(()),
        code => {
            cx.warn(format!("command terminated with exit code {code}"));
            Err(Error::Exit(code))
        }
    }
}

/// What the `Status` at the end says: a command's exit code, or why there is none.
pub fn exit_code(data: &[u8]) -> Result<i32, Error> {
    let status = Value::from_json(data).unwrap_or_default();
    if status.get("status") == "Success" {
        return Ok(0);
    }
    match status.get("reason").str() {
        "NonZeroExitCode" => {
            let causes = status.at(&["details", "causes"]).items();
            let code = causes.iter().find(|c| c.get("reason") == "ExitCode");
            let code = code.and_then(|c| c.get("message").str().parse().ok());
            Ok(code.unwrap_or(1))
        }
        "InternalError" => Err(Error::msg(status.get("message").str())),
        _ => Err(Error::Status(status)),
    }
}
