//! Attaching to a pod that `kubectl run -i` or `--attach` started: its streams, and its exit code as one's own.

use crate::apimachinery::Value;
use crate::apimachinery::http::WatchType;
use crate::kubectl::cmd::attach;
use crate::kubectl::cmd::exec::{self, Streams};
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::{Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::rest::Call;
use http::Method;
use std::time::Duration;

/// Waits until the pod runs, carries its streams to the end, and fails as its container did. Where the container has ended
/// before it could be attached to, its log is shown.
pub async fn follow(cx: &Cx, pod: &Value, restart: &str) -> Outcome {
    let running = |p: &Value| {
        let phase = p.at(&["status", "phase"]).str();
        let ready = p
            .at(&["status", "conditions"])
            .items()
            .iter()
            .any(|c| c.get("type") == "Ready" && c.get("status") == "True");
        matches!(phase, "Succeeded" | "Failed") || phase == "Running" && ready
    };
    let limit = cx.flags.duration("pod-running-timeout");
    let now = until(cx, pod, Some(limit), &deleted, running).await?;
    let containers = pod.at(&["spec", "containers"]).items();
    let container = containers.first().map_or("", |c| c.get("name").str());
    if now.at(&["status", "phase"]) == "Running" {
        let streams = Streams::of(cx);
        attach::greet(cx);
        let call = exec::call(pod, "attach", container, streams);
        match exec::stream(cx, call, streams).await {
            Ok(()) => attach::part(cx, pod, container, streams),
            Err(Error::Exit(_)) => {}
            Err(why) => {
                cx.warn(format!(
                    "warning: couldn't attach to pod/{}, falling back to streaming logs: {}",
                    pod.name(),
                    why.text()
                ));
                show_log(cx, pod, container, true).await?;
            }
        }
    } else {
        show_log(cx, pod, container, true).await?;
    }
    if restart == "Always" || cx.flags.bool("leave-stdin-open") {
        return Ok(());
    }
    let ended = |p: &Value| match p.at(&["status", "phase"]).str() {
        "Succeeded" => true,
        "Failed" => restart == "Never",
        _ => false,
    };
    let pod = until(cx, pod, None, &deleted, ended).await?;
    if pod.at(&["status", "phase"]) == "Succeeded" {
        return Ok(());
    }
    failure(cx, &pod)
}

fn deleted(pod: &Value) -> Error {
    Error::msg(format!("pods \"{}\" was deleted", pod.name()))
}

/// Prints a container's log, to its end where it is to be followed.
pub async fn show_log(cx: &Cx, pod: &Value, container: &str, follow: bool) -> Outcome {
    let mapping = Mapping::built_in("v1", "Pod");
    let mut call = Call::on(Method::GET, &mapping, pod.namespace(), pod.name(), "log")
        .query("container", container);
    if follow {
        call = call.query("follow", "true");
    }
    let mut stream = cx.rest.stream(call).await?;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        cx.io.stdout_bytes(&bytes);
    }
    Ok(())
}

fn failure(cx: &Cx, pod: &Value) -> Outcome {
    let state = pod
        .at(&["status", "containerStatuses"])
        .items()
        .first()
        .map_or(&Value::Null, |s| s.at(&["state", "terminated"]));
    let code = state.get("exitCode").as_i64().unwrap_or(0);
    if code == 0 {
        return Err(Error::msg(format!(
            "pod {}/{} failed with unknown exit code",
            pod.namespace(),
            pod.name()
        )));
    }
    cx.warn(format!(
        "pod {}/{} terminated ({})\n{}",
        pod.namespace(),
        pod.name(),
        state.get("reason").str(),
        state.get("message").str()
    ));
    Err(Error::Exit(i32::try_from(code).unwrap_or(1)))
}

/// The pod once it is as it should be; `gone` is said where it is deleted before.
pub async fn until(
    cx: &Cx,
    pod: &Value,
    limit: Option<Duration>,
    gone: &dyn Fn(&Value) -> Error,
    reached: impl Fn(&Value) -> bool,
) -> Result<Value, Error> {
    let mapping = Mapping::built_in("v1", "Pod");
    let wait = async {
        loop {
            let call = Call::on(Method::GET, &mapping, pod.namespace(), pod.name(), "");
            let now = cx.rest.send(call).await?;
            if reached(&now) {
                return Ok(now);
            }
            let call = Call::on(Method::GET, &mapping, pod.namespace(), "", "")
                .query("fieldSelector", format!("metadata.name={}", pod.name()))
                .query("resourceVersion", now.resource_version());
            let mut watch = cx.rest.watch(call).await?;
            while let Some(event) = watch.next().await {
                match event.kind {
                    WatchType::Deleted => return Err(gone(pod)),
                    WatchType::Error => break,
                    _ if reached(&event.object) => return Ok(event.object),
                    _ => {}
                }
            }
            cx.io.sleep(Duration::from_millis(100)).await;
        }
    };
    match limit {
        None => wait.await,
        Some(limit) => match race(wait, cx.io.sleep(limit)).await {
            Raced::First(done) => done,
            Raced::Second(()) => Err(Error::msg("timed out waiting for the condition")),
        },
    }
}
