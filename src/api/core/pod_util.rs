//! What a pod's state amounts to (`pkg/api/v1/pod`): conditions, readiness, availability, phases.

use crate::api::core_v1::{Container, ContainerStatus, Pod, PodCondition};
use crate::apimachinery::{Timestamp, Value};
use std::time::Duration;

/// The pod condition of a type.
pub fn get_pod_condition<'a>(pod: &'a Pod, kind: &str) -> Option<&'a PodCondition> {
    pod.status().conditions().iter().find(|c| c.type_() == kind)
}

/// Whether the pod condition of a type is `True`.
pub fn is_condition_true(pod: &Pod, kind: &str) -> bool {
    get_pod_condition(pod, kind).is_some_and(|c| c.status() == "True")
}

/// Whether the pod is ready.
pub fn is_pod_ready(pod: &Pod) -> bool {
    is_condition_true(pod, "Ready")
}

/// Whether the pod has been ready for `min_ready_seconds` at `now` (`IsPodAvailable`).
pub fn is_pod_available(pod: &Pod, min_ready_seconds: i64, now: Timestamp) -> bool {
    available_at(pod, min_ready_seconds).is_some_and(|t| t <= now)
}

/// When a ready pod is or becomes available; `None` where it is not ready.
pub fn available_at(pod: &Pod, min_ready_seconds: i64) -> Option<Timestamp> {
    let ready = get_pod_condition(pod, "Ready").filter(|c| c.status() == "True")?;
    if min_ready_seconds <= 0 {
        return Some(Timestamp(i64::MIN));
    }
    let seconds = Duration::from_secs(min_ready_seconds.unsigned_abs());
    Some(ready.last_transition_time()? + seconds)
}

/// Whether the pod has come to an end (`IsPodTerminal`).
pub fn is_pod_terminal(pod: &Pod) -> bool {
    matches!(pod.status().phase(), "Succeeded" | "Failed")
}

/// Whether the pod counts for a controller: neither ended nor being deleted (`IsPodActive`).
pub fn is_pod_active(pod: &Pod) -> bool {
    !is_pod_terminal(pod) && !pod.is_terminating()
}

/// Whether a container that ended with `exit_code` is started again in a pod of `pod_policy`: its own rules and policy come first
/// (`ContainerShouldRestart`). A rule whose action is `RestartAllContainers` counts as one that restarts the container.
pub fn container_should_restart(container: &Container, pod_policy: &str, exit_code: i32) -> bool {
    let own = container.restart_policy();
    if !own.is_empty() {
        let rules = container.get("restartPolicyRules").items().iter();
        let mut codes = rules.map(|rule| rule.get("exitCodes"));
        let matches = |codes: &Value| {
            let mut values = codes.get("values").items().iter();
            let named = values.any(|v| v.as_i64() == Some(i64::from(exit_code)));
            match codes.get("operator").str() {
                "In" => named,
                "NotIn" => !named,
                _ => false,
            }
        };
        if codes.any(matches) {
            return true;
        }
    }
    match if own.is_empty() { pod_policy } else { own } {
        "Never" => false,
        "OnFailure" => exit_code != 0,
        _ => true,
    }
}

/// Whether an init container keeps running beside the others (`restartPolicy: Always`).
pub fn is_restartable_init_container(container: &Container) -> bool {
    container.restart_policy() == "Always"
}

/// The most often that any container of the pod was restarted.
pub fn max_container_restarts(pod: &Pod) -> i64 {
    let status = pod.status();
    status
        .init_container_statuses()
        .iter()
        .chain(status.container_statuses())
        .map(|c| c.restart_count().unwrap_or(0))
        .max()
        .unwrap_or(0)
}

/// The status of the container called `name`, init and ephemeral containers included.
pub fn container_status<'a>(pod: &'a Pod, name: &str) -> Option<&'a ContainerStatus> {
    let status = pod.status();
    status
        .init_container_statuses()
        .iter()
        .chain(status.container_statuses())
        .chain(status.ephemeral_container_statuses())
        .find(|c| c.name() == name)
}

/// All containers of a pod in upstream's order of visit: init, plain, ephemeral.
pub fn all_containers(pod: &Pod) -> impl Iterator<Item = &Value> {
    let spec = pod.spec();
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(move |list| spec.get(list).items())
}

/// Adds or replaces a condition in a list of conditions (`status.conditions` of any kind) and says whether anything
/// changed. `lastTransitionTime` stays that of the old one where the status is the same, and is `now` otherwise
/// (`UpdatePodCondition`; for pods `lastProbeTime` is kept as given).
pub fn update_condition(conditions: &mut Value, mut condition: Value, now: Timestamp) -> bool {
    let kind = condition.get("type").str().to_owned();
    let at = conditions
        .items()
        .iter()
        .position(|c| c.get("type").str() == kind);
    let old = at.map(|i| conditions.items()[i].clone());
    match &old {
        Some(old) if old.get("status") == condition.get("status") => {
            let since = old.get("lastTransitionTime").clone();
            condition.set("lastTransitionTime", since);
        }
        _ => condition.set("lastTransitionTime", now),
    }
    match at {
        Some(_) if old.as_ref() == Some(&condition) => return false,
        Some(i) => conditions.items_mut()[i] = condition,
        None => conditions.push(condition),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_ready_pod_becomes_available_after_min_ready_seconds() {
        let pod = Pod(
            tree!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:10Z"}]}}),
        );
        let at = |s: &str| Timestamp::parse(s).expect("a time");
        assert!(is_pod_available(&pod, 0, at("2026-01-01T00:00:00Z")));
        assert!(!is_pod_available(&pod, 5, at("2026-01-01T00:00:14Z")));
        assert!(is_pod_available(&pod, 5, at("2026-01-01T00:00:15Z")));
    }

    #[test]
    fn a_condition_keeps_its_time_while_its_status_stays() {
        let (now, later) = (Timestamp::from_secs(1), Timestamp::from_secs(2));
        let mut list = Value::Null;
        assert!(update_condition(
            &mut list,
            tree!({"type": "Ready", "status": "False"}),
            now
        ));
        assert!(!update_condition(
            &mut list,
            tree!({"type": "Ready", "status": "False"}),
            later
        ));
        assert!(update_condition(
            &mut list,
            tree!({"type": "Ready", "status": "False", "reason": "X"}),
            later
        ));
        assert_eq!(
            list.items()[0].get("lastTransitionTime"),
            &"1970-01-01T00:00:01Z"
        );
        assert!(update_condition(
            &mut list,
            tree!({"type": "Ready", "status": "True"}),
            later
        ));
        assert_eq!(
            list.items()[0].get("lastTransitionTime"),
            &"1970-01-01T00:00:02Z"
        );
    }
}
