//! Attaching to a debugging container once it runs.

use crate::apimachinery::Value;
use crate::apimachinery::http::WatchType;
use crate::kubectl::cmd::exec::{self, Streams};
use crate::kubectl::cmd::{attach, exec::target};
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::rest::Call;
use http::Method;
use std::time::Duration;

/// Waits until the container runs or has ended, and joins its streams or shows its log.
pub async fn attach(cx: &Cx, pod: &Value, container: &str) -> Outcome {
    let pod = started(cx, pod, container).await?;
    if !status(&pod, container)
        .at(&["state", "terminated"])
        .is_null()
    {
        return show_log(cx, &pod, container).await;
    }
    let streams = Streams::of(cx);
    attach::greet(cx);
    let call = exec::call(&pod, "attach", container, streams);
    match exec::stream(cx, call, streams).await {
        Ok(()) => {
            attach::part(cx, &pod, container, streams);
            Ok(())
        }
        Err(Error::Exit(code)) => Err(Error::Exit(code)),
        Err(why) => {
            cx.warn(format!(
                "warning: couldn't attach to pod/{}, falling back to streaming logs: {}",
                pod.name(),
                why.text()
            ));
            show_log(cx, &pod, container).await
        }
    }
}

fn status<'a>(pod: &'a Value, container: &str) -> &'a Value {
    let lists = [
        "initContainerStatuses",
        "containerStatuses",
        "ephemeralContainerStatuses",
    ];
    let mut all = lists
        .into_iter()
        .flat_map(|list| pod.at(&["status", list]).items());
    all.find(|s| s.get("name") == container)
        .unwrap_or(&Value::Null)
}

/// The pod once its container runs or has ended; says meanwhile why it waits.
async fn started(cx: &Cx, pod: &Value, container: &str) -> Result<Value, Error> {
    let reached = |pod: &Value| {
        let state = status(pod, container).get("state");
        let waits = state.at(&["waiting", "message"]).str();
        if !waits.is_empty() && !cx.flags.bool("quiet") {
            cx.warn(format!("Warning: container {container}: {waits}"));
        }
        !state.get("running").is_null() || !state.get("terminated").is_null()
    };
    let mapping = Mapping::built_in("v1", "Pod");
    loop {
        let now = target::named(cx, pod.namespace(), pod.name()).await?;
        if reached(&now) {
            return Ok(now);
        }
        let call = Call::on(Method::GET, &mapping, pod.namespace(), "", "")
            .query("fieldSelector", format!("metadata.name={}", pod.name()))
            .query("resourceVersion", now.resource_version());
        let mut watch = cx.rest.watch(call).await?;
        while let Some(event) = watch.next().await {
            match event.kind {
                WatchType::Deleted => {
                    return Err(Error::status(404, "NotFound", "pods \"\" not found"));
                }
                WatchType::Error => break,
                _ if reached(&event.object) => return Ok(event.object),
                _ => {}
            }
        }
        cx.io.sleep(Duration::from_millis(100)).await;
    }
}

async fn show_log(cx: &Cx, pod: &Value, container: &str) -> Outcome {
    let mapping = Mapping::built_in("v1", "Pod");
    let call = Call::on(Method::GET, &mapping, pod.namespace(), pod.name(), "log")
        .query("container", container);
    let mut stream = cx.rest.stream(call).await?;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        cx.io.stdout_bytes(&bytes);
    }
    Ok(())
}
