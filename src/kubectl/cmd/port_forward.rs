//! `kubectl port-forward`

use super::exec::target;
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::{LocalFuture, Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::rest::Call;
use http::Method;
use std::future::poll_fn;
use std::task::Poll;

/// The command.
pub static PORT_FORWARD: Command = Command {
    name: "port-forward",
    args: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short: "Forward one or more local ports to a pod",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::strings("address", "Addresses to listen at: localhost only."),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "How long to wait for a pod that runs.",
    ),
];

async fn run(cx: &Cx) -> Outcome {
    if cx.args.len() < 2 {
        return Err(cx.usage("TYPE/NAME and list of ports are required for port-forward"));
    }
    let addresses = cx.flags.strings("address");
    if addresses
        .iter()
        .any(|a| !matches!(a.as_str(), "localhost" | "127.0.0.1" | "::1"))
    {
        return Err(Error::msg(format!(
            "unable to listen at {}: this workstation has no address but localhost",
            addresses.join(",")
        )));
    }
    let object = target::object(cx, &cx.args[..1]).await?;
    let pod = target::of_object(cx, &object).await?;
    let phase = pod.at(&["status", "phase"]).str();
    let mut ports = Vec::new();
    for text in &cx.args[1..] {
        let (local, remote) = text.split_once(':').unwrap_or((text, text));
        let remote = remote_port(&object, &pod, remote)?;
        let local = match local {
            "" => 0,
            local => match local.parse() {
                Ok(port) => port,
                Err(_) if !text.contains(':') => remote,
                Err(_) => return Err(invalid("local", local)),
            },
        };
        ports.push((local, remote));
    }
    if phase != "Running" {
        return Err(Error::msg(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let mut running: Vec<LocalFuture<'_, ()>> = Vec::new();
    for (local, remote) in ports {
        let port = cx.io.listen(local).map_err(|why| {
            cx.warn(format!(
                "Unable to listen on port {local}: Listeners failed to create with the following errors: [unable to create listener: Error {why}]"
            ));
            Error::msg("unable to listen on any of the requested ports: ".to_owned() + &format!("[{{{local} {remote}}}]"))
        })?;
        cx.line(format!("Forwarding from 127.0.0.1:{port} -> {remote}"));
        cx.line(format!("Forwarding from [::1]:{port} -> {remote}"));
        running.push(Box::pin(serve(cx, &pod, port, remote)));
    }
    let limit = broken(cx, &pod);
    let mut limit = std::pin::pin!(limit);
    poll_fn(|waker| {
        for one in &mut running {
            let _ = one.as_mut().poll(waker);
        }
        limit.as_mut().poll(waker)
    })
    .await
}

/// Waits until the pod is no more, which ends the connection to it.
async fn broken(cx: &Cx, pod: &Value) -> Outcome {
    loop {
        cx.io.sleep(std::time::Duration::from_secs(1)).await;
        let mapping = Mapping::built_in("v1", "Pod");
        let call = Call::on(Method::GET, &mapping, pod.namespace(), pod.name(), "");
        let gone = match cx.rest.send(call).await {
            Ok(now) => now.uid() != pod.uid() || now.at(&["status", "phase"]) != "Running",
            Err(error) => error.is_not_found(),
        };
        if gone {
            return Err(Error::msg("lost connection to pod"));
        }
    }
}

fn invalid(which: &str, text: &str) -> Error {
    Error::msg(format!(
        "error parsing {which} port '{text}': strconv.ParseUint: parsing \"{text}\": invalid syntax"
    ))
}

/// The pod's port that is meant: a number, a port's name, or what a service's port leads to.
fn remote_port(object: &Value, pod: &Value, text: &str) -> Result<u16, Error> {
    let number: Option<i64> = text.parse().ok();
    if object.kind() == "Service" {
        let ports = object.at(&["spec", "ports"]).items();
        let found = ports.iter().find(|p| {
            number.map_or_else(
                || p.get("name") == text,
                |n| p.get("port").as_i64() == Some(n),
            )
        });
        let Some(port) = found else {
            return Err(Error::msg(format!(
                "Service {} does not have a service port {text}",
                object.name()
            )));
        };
        let target = port.get("targetPort");
        let target = match target.as_str() {
            Some(name) => return named(pod, name),
            None => target.as_i64().or_else(|| port.get("port").as_i64()),
        };
        return Ok(target.and_then(|t| u16::try_from(t).ok()).unwrap_or(0));
    }
    match number {
        Some(n) => u16::try_from(n).map_err(|_| invalid("remote", text)),
        None => named(pod, text),
    }
}

fn named(pod: &Value, name: &str) -> Result<u16, Error> {
    let containers = pod.at(&["spec", "containers"]).items();
    let mut ports = containers.iter().flat_map(|c| c.get("ports").items());
    let found = ports.find(|p| p.get("name") == name);
    let number = found.and_then(|p| p.get("containerPort").as_i64());
    number.and_then(|n| u16::try_from(n).ok()).ok_or_else(|| {
        Error::msg(format!(
            "Pod '{}' does not have a named port '{name}'",
            pod.name()
        ))
    })
}

/// Carries each connection to the pod and its answers back.
async fn serve(cx: &Cx, pod: &Value, local: u16, remote: u16) {
    let mut open: Vec<LocalFuture<'_, ()>> = Vec::new();
    loop {
        let next = poll_fn(|waker| {
            open.retain_mut(|one| one.as_mut().poll(waker).is_pending());
            Poll::Pending
        });
        let accepted = match race(cx.io.accept(local), next).await {
            Raced::First(accepted) => accepted,
            Raced::Second(()) => return,
        };
        cx.line(format!("Handling connection for {local}"));
        open.push(Box::pin(forward(cx, pod, (local, remote), accepted)));
    }
}

async fn forward(cx: &Cx, pod: &Value, ports: (u16, u16), (connection, data): (u64, Vec<u8>)) {
    if let Err(why) = carry(cx, pod, ports.1, connection, &data).await {
        let (local, remote, uid) = (ports.0, ports.1, pod.uid());
        let mut text = format!("an error occurred forwarding {local} -> {remote}: ");
        if !why.starts_with("error forwarding port") {
            text.push_str(&format!(
                "error forwarding port {remote} to pod {uid}, uid : "
            ));
        }
        text.push_str(&why);
        cx.warn(text);
    }
    cx.io.answer(connection, Vec::new(), false);
}

async fn carry(
    cx: &Cx,
    pod: &Value,
    port: u16,
    connection: u64,
    data: &[u8],
) -> Result<(), String> {
    let mapping = Mapping::built_in("v1", "Pod");
    let call = Call::on(
        Method::POST,
        &mapping,
        pod.namespace(),
        pod.name(),
        "portforward",
    )
    .query("ports", port.to_string())
    .upgrade();
    let mut stream = cx.rest.stream(call).await.map_err(|e| e.text())?;
    stream.write(0, data);
    loop {
        let message = match race(stream.next(), cx.io.receive(connection)).await {
            Raced::First(message) => message?,
            Raced::Second(Some(more)) => {
                stream.write(0, &more);
                continue;
            }
            Raced::Second(None) => return Ok(()),
        };
        match message.as_deref().map(|m| m.split_first()) {
            None => return Ok(()),
            Some(Some((0, data))) => cx.io.answer(connection, data.to_vec(), true),
            Some(Some((_, why))) => return Err(String::from_utf8_lossy(why).into_owned()),
            Some(None) => {}
        }
    }
}
