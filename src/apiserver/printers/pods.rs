//! Pods.

use super::{Cells, Row, human};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

struct Summary {
    ready: usize,
    total: usize,
    restarts: i64,
    last_restart: Option<Timestamp>,
    reason: String,
}

/// The row of a pod (`printPod`).
pub fn cells(row: &Row<'_>) -> Cells {
    let pod = row.o;
    let s = summarize(pod);
    let restarts = match s.last_restart {
        Some(at) if s.restarts != 0 => {
            let ago = human((row.now.0 - at.0).div_euclid(1_000_000));
            format!("{} ({ago} ago)", s.restarts)
        }
        _ => s.restarts.to_string(),
    };
    let or_none = |text: &str| Value::from(if text.is_empty() { "<none>" } else { text });
    let ip = row.status("podIPs").items().first();
    vec![
        row.name(),
        format!("{}/{}", s.ready, s.total).into(),
        s.reason.into(),
        restarts.into(),
        row.age(),
        or_none(ip.map(|i| i.get("ip").str()).unwrap_or_default()),
        or_none(row.spec("nodeName").str()),
        or_none(row.status("nominatedNodeName").str()),
        readiness_gates(pod).into(),
    ]
}

/// What a pod is doing, in the one word of the column STATUS.
pub fn status_word(pod: &Value) -> String {
    summarize(pod).reason
}

fn is_sidecar(container: &Value) -> bool {
    container.get("restartPolicy") == &"Always"
}

fn later(a: Option<Timestamp>, status: &Value) -> Option<Timestamp> {
    let finished = status.at(&["lastState", "terminated", "finishedAt"]).str();
    a.max(Timestamp::parse(finished))
}

fn ended(terminated: &Value) -> String {
    let number = |f: &str| terminated.get(f).as_i64().unwrap_or(0);
    match (terminated.get("reason").str(), number("signal")) {
        ("", 0) => format!("ExitCode:{}", number("exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn summarize(pod: &Value) -> Summary {
    let status = pod.get("status");
    let init = pod.at(&["spec", "initContainers"]).items();
    let mut s = Summary {
        ready: 0,
        total: pod.at(&["spec", "containers"]).items().len()
            + init.iter().filter(|c| is_sidecar(c)).count(),
        restarts: 0,
        last_restart: None,
        reason: match status.get("reason").str() {
            "" => status.get("phase").str().to_owned(),
            reason => reason.to_owned(),
        },
    };
    let gated = status
        .get("conditions")
        .items()
        .iter()
        .any(|c| c.get("type") == &"PodScheduled" && c.get("reason") == &"SchedulingGated");
    if gated {
        s.reason = "SchedulingGated".into();
    }
    let sidecars = initializing(pod, init, &mut s);
    let initialized = condition_is_true(status, "Initialized");
    if sidecars.done || initialized {
        s.restarts = sidecars.restarts;
        s.last_restart = sidecars.last_restart;
        running(status, &mut s);
    }
    let terminal = matches!(status.get("phase").str(), "Succeeded" | "Failed");
    if pod.is_terminating() {
        if status.get("reason") == &"NodeLost" {
            s.reason = "Unknown".into();
        } else if !terminal {
            s.reason = "Terminating".into();
        }
    }
    s
}

struct Sidecars {
    /// Whether nothing is initializing any more.
    done: bool,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

/// Goes through the init containers until one is not done.
fn initializing(pod: &Value, init: &[Value], s: &mut Summary) -> Sidecars {
    let mut sidecars = Sidecars {
        done: true,
        restarts: 0,
        last_restart: None,
    };
    let statuses = pod.at(&["status", "initContainerStatuses"]).items();
    for (i, status) in statuses.iter().enumerate() {
        let restarts = status.get("restartCount").as_i64().unwrap_or(0);
        s.restarts += restarts;
        s.last_restart = later(s.last_restart, status);
        let sidecar = init
            .iter()
            .any(|c| c.get("name") == status.get("name") && is_sidecar(c));
        if sidecar {
            sidecars.restarts += restarts;
            sidecars.last_restart = later(sidecars.last_restart, status);
        }
        let terminated = status.at(&["state", "terminated"]);
        let waiting = status.at(&["state", "waiting", "reason"]).str();
        if !terminated.is_null() && terminated.get("exitCode").as_i64().unwrap_or(0) == 0 {
            continue;
        }
        if sidecar && status.get("started").as_bool() == Some(true) {
            s.ready += usize::from(status.get("ready").as_bool() == Some(true));
            continue;
        }
        s.reason = if !terminated.is_null() {
            format!("Init:{}", ended(terminated))
        } else if !matches!(waiting, "" | "PodInitializing") {
            format!("Init:{waiting}")
        } else {
            format!("Init:{i}/{}", init.len())
        };
        sidecars.done = false;
        break;
    }
    sidecars
}

fn running(status: &Value, s: &mut Summary) {
    let mut has_running = false;
    for container in status.get("containerStatuses").items().iter().rev() {
        s.restarts += container.get("restartCount").as_i64().unwrap_or(0);
        s.last_restart = later(s.last_restart, container);
        let state = container.get("state");
        let waiting = state.at(&["waiting", "reason"]).str();
        if !waiting.is_empty() {
            s.reason = waiting.to_owned();
        } else if !state.get("terminated").is_null() {
            s.reason = ended(state.get("terminated"));
        } else if container.get("ready").as_bool() == Some(true) && !state.get("running").is_null()
        {
            has_running = true;
            s.ready += 1;
        }
    }
    if s.reason == "Completed" && has_running {
        let ready = condition_is_true(status, "Ready");
        s.reason = if ready { "Running" } else { "NotReady" }.into();
    }
}

fn condition_is_true(status: &Value, kind: &str) -> bool {
    status
        .get("conditions")
        .items()
        .iter()
        .any(|c| c.get("type") == &kind && c.get("status") == &"True")
}

fn readiness_gates(pod: &Value) -> String {
    let gates = pod.at(&["spec", "readinessGates"]).items();
    if gates.is_empty() {
        return "<none>".into();
    }
    let met = gates
        .iter()
        .filter(|g| condition_is_true(pod.get("status"), g.get("conditionType").str()))
        .count();
    format!("{met}/{}", gates.len())
}

/// Pods that are over are marked, so that clients can leave them out.
pub fn row_condition(pod: &Value) -> Option<Value> {
    let (reason, message) = match pod.at(&["status", "phase"]).str() {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(tree!({"type": "Completed", "status": "True", "reason": reason, "message": message}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_column_says_what_the_pod_is_doing() {
        let state = |state: serde_json::Value| {
            tree!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": {"phase": "Running", "containerStatuses": [
                {"name": "a", "ready": true, "state": {"running": {}}}, {"name": "b", "state": state}]}})
        };
        let word = |s| status_word(&state(s));
        assert_eq!(
            word(serde_json::json!({"terminated": {"reason": "Completed"}})),
            "NotReady"
        );
        assert_eq!(
            word(serde_json::json!({"terminated": {"exitCode": 3}})),
            "ExitCode:3"
        );
        assert_eq!(
            word(serde_json::json!({"terminated": {"signal": 9}})),
            "Signal:9"
        );
        assert_eq!(
            word(serde_json::json!({"waiting": {"reason": "ErrImagePull"}})),
            "ErrImagePull"
        );
        let mut going = state(serde_json::json!({"running": {}}));
        going.set_at(&["metadata", "deletionTimestamp"], "2026-11-21T00:00:00Z");
        assert_eq!(status_word(&going), "Terminating");
        going.set_at(&["status", "reason"], "NodeLost");
        assert_eq!(status_word(&going), "Unknown");
    }
}
