//! Attaching to a debugging container once it runs.

use crate::apimachinery::Value;
use crate::kubectl::cmd::attach;
use crate::kubectl::cmd::exec::{self, Streams};
use crate::kubectl::cmd::run::attach::{show_log, until};
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};

/// Waits until the container runs or has ended, and joins its streams or shows its log.
pub async fn attach(cx: &Cx, pod: &Value, container: &str) -> Outcome {
    let pod = started(cx, pod, container).await?;
    if !status(&pod, container)
        .at(&["state", "terminated"])
        .is_null()
    {
        return show_log(cx, &pod, container, false).await;
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
            show_log(cx, &pod, container, false).await
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
    let gone = |_: &Value| Error::status(404, "NotFound", "pods \"\" not found");
    until(cx, pod, None, &gone, reached).await
}
