//! What a pod is doing, told from its object (models the STATUS column of `pkg/printers/internalversion/printers.go`).

use super::amount::pod_requests;
use super::frame::{PodCell, PodState};
use super::nodes::is_system;
use crate::apimachinery::{Timestamp, Value};
use std::time::Duration;

/// What events and nodes add to a pod's own object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// The last event about its images was `Pulling`.
    pub pulling: bool,
    /// Its node does not answer.
    pub node_lost: bool,
}

/// Makes the cell of a pod.
pub fn pod_cell(pod: &Value, around: Around) -> PodCell {
    let status = pod.get("status");
    let spec = pod.get("spec");
    let (state, until, message) = state(pod, around);
    let containers = status.get("containerStatuses").items();
    let inits = status.get("initContainerStatuses").items();
    let sidecar = |name: &str| {
        let mut of = spec.get("initContainers").items().iter();
        of.any(|c| c.name_field() == name && c.get("restartPolicy") == "Always")
    };
    let sidecars = || inits.iter().filter(|s| sidecar(s.name_field()));
    let ready = containers
        .iter()
        .chain(sidecars())
        .filter(|s| s.get("ready").as_bool() == Some(true))
        .count();
    let all = spec.get("containers").items().len()
        + spec
            .get("initContainers")
            .items()
            .iter()
            .filter(|c| c.get("restartPolicy") == "Always")
            .count();
    let restarts: i64 = containers
        .iter()
        .chain(sidecars())
        .filter_map(|s| s.get("restartCount").as_i64())
        .sum();
    PodCell {
        namespace: pod.namespace().to_owned(),
        name: pod.name().to_owned(),
        node: spec.get("nodeName").str().to_owned(),
        state,
        status: status_column(pod),
        message,
        created_ms: millis(pod.creation_timestamp()),
        until_ms: until.map(|t| t.0 / 1000),
        ready: (ready as u32, all as u32),
        restarts: restarts as u32,
        owner: pod
            .controller_of()
            .map(|r| (r.kind().to_owned(), r.get("name").str().to_owned())),
        requests: pod_requests(pod),
        ip: status.get("podIP").str().to_owned(),
        system: is_system(pod.namespace()),
    }
}

/// Milliseconds of a time, 0 for none.
pub fn millis(t: Option<Timestamp>) -> i64 {
    t.map_or(0, |t| t.0 / 1000)
}

trait Named {
    fn name_field(&self) -> &str;
}
impl Named for Value {
    fn name_field(&self) -> &str {
        self.get("name").str()
    }
}

/// A condition's object by its type.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object.at(&["status", "conditions"]).items();
    conditions.iter().find(|c| c.get("type") == kind)
}

/// Whether a condition is `True`.
pub fn is_true(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|c| c.get("status") == "True")
}

fn state(pod: &Value, around: Around) -> (PodState, Option<Timestamp>, String) {
    let status = pod.get("status");
    let plain = |s| (s, None, String::new());
    if around.node_lost && !pod.is_terminating() && status.get("phase") == "Running" {
        let message = status.get("message").str().to_owned();
        return (PodState::Unknown, None, message);
    }
    if pod.is_terminating() {
        return (
            PodState::Terminating,
            pod.deletion_timestamp(),
            String::new(),
        );
    }
    match status.get("phase").str() {
        "Succeeded" => return plain(PodState::Completed),
        "Failed" => return (PodState::Failed, None, failure(status)),
        _ => {}
    }
    if pod.at(&["spec", "nodeName"]).str().is_empty() {
        let message = condition(pod, "PodScheduled").map_or("", |c| c.get("message").str());
        let state = match message {
            "" => PodState::Pending,
            _ => PodState::Unschedulable,
        };
        return (state, None, message.to_owned());
    }
    if let Some(found) = waiting(status) {
        return found;
    }
    if is_true(pod, "Ready") {
        return plain(PodState::Ready);
    }
    if status.get("phase") == "Running" {
        let message = condition(pod, "ContainersReady").map_or("", |c| c.get("message").str());
        return (PodState::NotReady, None, message.to_owned());
    }
    if around.pulling {
        return plain(PodState::Pulling);
    }
    let inits = status.get("initContainerStatuses").items();
    if inits.iter().any(|s| s.get("state").has("running")) {
        return plain(PodState::Init);
    }
    if status.get("containerStatuses").items().is_empty() && inits.is_empty() {
        return plain(PodState::Assigned);
    }
    plain(PodState::Creating)
}

/// The worst thing that a container of the pod waits with.
fn waiting(status: &Value) -> Option<(PodState, Option<Timestamp>, String)> {
    let all = status.get("initContainerStatuses").items().iter();
    for container in all.chain(status.get("containerStatuses").items()) {
        let waiting = container.at(&["state", "waiting"]);
        let message = waiting.get("message").str().to_owned();
        let state = match waiting.get("reason").str() {
            "CrashLoopBackOff" => {
                let ended = container.at(&["lastState", "terminated", "finishedAt"]);
                let next = Timestamp::parse(ended.str())
                    .zip(back_off(&message))
                    .map(|(t, d)| t + d);
                return Some((PodState::CrashLoop, next, message));
            }
            "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "ErrImageInspect"
            | "RegistryUnavailable" => PodState::ImageTrouble,
            "CreateContainerConfigError"
            | "CreateContainerError"
            | "RunContainerError"
            | "PostStartHookError"
            | "PreCreateHookError"
            | "PreStartHookError" => PodState::ConfigTrouble,
            _ => {
                if let Some(found) = just_ended(container) {
                    return Some(found);
                }
                continue;
            }
        };
        return Some((state, None, message));
    }
    None
}

/// A container that ended badly and has not been started again yet.
fn just_ended(container: &Value) -> Option<(PodState, Option<Timestamp>, String)> {
    let ended = container.at(&["state", "terminated"]);
    let code = ended.get("exitCode").as_i64()?;
    if code == 0 {
        return None;
    }
    let message = format!("{} (exit code {code})", ended.get("reason").str());
    Some((PodState::Failed, None, message))
}

/// The wait in `back-off 1m20s restarting failed container=…`.
fn back_off(message: &str) -> Option<Duration> {
    let text = message.strip_prefix("back-off ")?.split(' ').next()?;
    let (mut total, mut number) = (0u64, 0u64);
    for c in text.chars() {
        match c {
            '0'..='9' => number = number * 10 + u64::from(c as u8 - b'0'),
            'h' => total += std::mem::take(&mut number) * 3600,
            'm' => total += std::mem::take(&mut number) * 60,
            's' => total += std::mem::take(&mut number),
            _ => return None,
        }
    }
    Some(Duration::from_secs(total))
}

fn failure(status: &Value) -> String {
    let told = status.get("message").str();
    if !told.is_empty() {
        return told.to_owned();
    }
    let containers = status.get("containerStatuses").items();
    let ended = containers
        .iter()
        .map(|c| c.at(&["state", "terminated"]))
        .find(|t| t.get("exitCode").as_i64().is_some_and(|c| c != 0));
    ended.map_or_else(String::new, |t| {
        format!(
            "{} (exit code {})",
            t.get("reason").str(),
            t.get("exitCode").as_i64().unwrap_or(0)
        )
    })
}

/// What `kubectl get pods` prints under STATUS.
pub fn status_column(pod: &Value) -> String {
    let status = pod.get("status");
    let mut reason = match status.get("reason").str() {
        "" => status.get("phase").str().to_owned(),
        r => r.to_owned(),
    };
    let gated = condition(pod, "PodScheduled").map(|c| c.get("reason").str());
    if gated == Some("SchedulingGated") {
        reason = "SchedulingGated".into();
    }
    let mut initialising = false;
    let inits = pod.at(&["spec", "initContainers"]).items();
    let init_statuses = status.get("initContainerStatuses").items();
    for (i, container) in init_statuses.iter().enumerate() {
        let always = inits
            .iter()
            .find(|c| c.name_field() == container.name_field())
            .is_some_and(|c| c.get("restartPolicy") == "Always");
        let state = container.get("state");
        let ended = state.get("terminated");
        if ended.get("exitCode").as_i64() == Some(0)
            || (always && container.get("started").as_bool() == Some(true))
        {
            continue;
        }
        let waiting = state.at(&["waiting", "reason"]).str();
        reason = if !ended.is_null() {
            format!("Init:{}", ended_reason(ended))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{i}/{}", inits.len())
        };
        initialising = true;
        break;
    }
    if !initialising || is_true(pod, "Initialized") {
        reason = container_reason(pod, reason);
    }
    if pod.is_terminating() {
        return match status.get("reason").str() {
            "NodeLost" => "Unknown".into(),
            _ if matches!(status.get("phase").str(), "Failed" | "Succeeded") => reason,
            _ => "Terminating".into(),
        };
    }
    reason
}

fn ended_reason(ended: &Value) -> String {
    let signal = ended.get("signal").as_i64().unwrap_or(0);
    match ended.get("reason").str() {
        "" if signal != 0 => format!("Signal:{signal}"),
        "" => format!("ExitCode:{}", ended.get("exitCode").as_i64().unwrap_or(0)),
        r => r.to_owned(),
    }
}

fn container_reason(pod: &Value, mut reason: String) -> String {
    let mut running = false;
    for container in pod
        .at(&["status", "containerStatuses"])
        .items()
        .iter()
        .rev()
    {
        let state = container.get("state");
        let waiting = state.at(&["waiting", "reason"]).str();
        if !waiting.is_empty() {
            reason = waiting.to_owned();
        } else if state.has("terminated") {
            reason = ended_reason(state.get("terminated"));
        } else if container.get("ready").as_bool() == Some(true) && state.has("running") {
            running = true;
        }
    }
    if reason == "Completed" && running {
        reason = match is_true(pod, "Ready") {
            true => "Running".into(),
            false => "NotReady".into(),
        };
    }
    reason
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tree;

    fn pod(status: Value) -> Value {
        tree!({
            "metadata": {"name": "p", "namespace": "default", "creationTimestamp": "2026-11-21T00:00:00Z"},
            "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "nginx"}]},
            "status": status
        })
    }

    #[test]
    fn states_follow_the_status() {
        let container = |state: Value| tree!({"phase": "Pending", "containerStatuses": [{"name": "c", "ready": false, "state": state}]});
        for (status, pulling, expected, column) in [
            (
                tree!({"phase": "Pending"}),
                false,
                PodState::Assigned,
                "Pending",
            ),
            (
                tree!({"phase": "Succeeded"}),
                false,
                PodState::Completed,
                "Succeeded",
            ),
            (
                container(tree!({"waiting": {"reason": "ContainerCreating"}})),
                true,
                PodState::Pulling,
                "ContainerCreating",
            ),
            (
                container(tree!({"waiting": {"reason": "ContainerCreating"}})),
                false,
                PodState::Creating,
                "ContainerCreating",
            ),
            (
                container(tree!({"waiting": {"reason": "ImagePullBackOff", "message": "x"}})),
                true,
                PodState::ImageTrouble,
                "ImagePullBackOff",
            ),
            (
                tree!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
                false,
                PodState::Ready,
                "Running",
            ),
        ] {
            let around = Around {
                pulling,
                node_lost: false,
            };
            let cell = pod_cell(&pod(status.clone()), around);
            assert_eq!(
                (cell.state, &*cell.status),
                (expected, column),
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_crash_loop_tells_when_it_tries_again() {
        let cell = pod_cell(
            &pod(tree!({"phase": "Running", "containerStatuses": [{
                "name": "c", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff",
                    "message": "back-off 1m20s restarting failed container=c pod=p_default(1)"}},
                "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-21T00:00:10Z"}}
            }]})),
            Around::default(),
        );
        assert_eq!(cell.state, PodState::CrashLoop);
        let expected = Timestamp::parse("2026-11-21T00:01:30Z").unwrap();
        assert_eq!(cell.until_ms, Some(expected.0 / 1000));
        assert_eq!(
            (cell.status.as_str(), cell.restarts),
            ("CrashLoopBackOff", 3)
        );
    }
}
