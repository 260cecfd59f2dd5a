//! Replaces pods of an old template, a few at a time (upstream's `update.go`).

use super::super::history::REVISION_LABEL;
use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::{DaemonSetController, NodePods, TEMPLATE_GENERATION, nodes};
use crate::api::core::pod_util::is_pod_available;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value, intstr};

/// Whether a pod is of the present template.
pub fn is_updated(ds: &Value, pod: &Value, hash: &str) -> bool {
    let generation = ds.annotation(TEMPLATE_GENERATION);
    let by_generation = generation.is_some() && pod.label("pod-template-generation") == generation;
    by_generation || (!hash.is_empty() && pod.label(REVISION_LABEL) == Some(hash))
}

fn min_ready(ds: &Value) -> i64 {
    ds.at(&["spec", "minReadySeconds"]).as_i64().unwrap_or(0)
}

/// `maxSurge` and `maxUnavailable` for that many nodes, both rounded up; where both are 0, one may be unavailable.
pub fn limits(ds: &Value, desired: i64) -> (i64, i64) {
    let rolling = ds.at(&["spec", "updateStrategy", "rollingUpdate"]);
    let scaled = |field: &str| match rolling.get(field) {
        Value::Null => 0,
        v => intstr::scaled_value(v, desired, true).unwrap_or(0),
    };
    match (scaled("maxSurge"), scaled("maxUnavailable")) {
        (0, 0) => (0, 1),
        both => both,
    }
}

fn allows_surge(ds: &Value) -> bool {
    ds.at(&["spec", "updateStrategy", "type"]) == &"RollingUpdate" && limits(ds, 1).0 > 0
}

/// Of several pods on one node, those that are too many.
pub fn surplus_of(ds: &Value, hash: &str, mut running: Vec<Value>, now: Timestamp) -> Vec<Value> {
    if running.len() <= 1 {
        return Vec::new();
    }
    if !allows_surge(ds) {
        running.remove(0);
        return running;
    }
    // While surging one old and one new pod may be there; the old one goes once the new one is available.
    let new = running.iter().find(|p| is_updated(ds, p, hash)).cloned();
    let old = running.iter().find(|p| !is_updated(ds, p, hash)).cloned();
    let available = new
        .as_ref()
        .is_some_and(|p| is_pod_available(Pod::of(p), min_ready(ds), now));
    let keep: Vec<&str> = [
        new.as_ref().map(Value::uid),
        old.as_ref().filter(|_| !available).map(Value::uid),
    ]
    .into_iter()
    .flatten()
    .collect();
    running.retain(|p| !keep.contains(&p.uid()));
    running
}

/// The new and the old pod of a node; `None` where there are several of a kind.
fn new_and_old(ds: &Value, pods: &[Value], hash: &str) -> Option<(Option<Value>, Option<Value>)> {
    let (mut new, mut old) = (None, None);
    for pod in pods.iter().filter(|p| !p.is_terminating()) {
        let slot = if is_updated(ds, pod, hash) {
            &mut new
        } else {
            &mut old
        };
        if slot.replace(pod.clone()).is_some() {
            return None;
        }
    }
    Some((new, old))
}

impl DaemonSetController {
    pub(super) fn rolling_update(
        &mut self,
        key: &str,
        ds: &Value,
        hash: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let mut by_node = self.node_pods(ds, work)?;
        let probe = nodes::Probe::new(ds);
        let mut desired = 0;
        for node in work.stores[Kind::Nodes].iter().filter(|n| probe.judge(n).0) {
            desired += 1;
            by_node.entry(node.name().to_owned()).or_default();
        }
        let (max_surge, max_unavailable) = limits(ds, desired);
        let now = work.cx.now;
        let (surplus, needing) = if max_surge == 0 {
            (
                old_pods_to_delete(ds, &by_node, hash, max_unavailable, now),
                Vec::new(),
            )
        } else {
            surge(ds, &by_node, hash, max_surge, now)
        };
        if surplus.is_empty() && needing.is_empty() {
            return Ok(());
        }
        self.sync_nodes(key, ds, surplus, needing, hash, work)
    }
}

/// Old pods that can go: those that do not serve, and as many others as may be unavailable.
fn old_pods_to_delete(
    ds: &Value,
    by_node: &NodePods,
    hash: &str,
    max_unavailable: i64,
    now: Timestamp,
) -> Vec<Value> {
    let available = |p: &Value| is_pod_available(Pod::of(p), min_ready(ds), now);
    let mut unavailable = 0;
    let (mut broken, mut candidates) = (Vec::new(), Vec::new());
    for pods in by_node.values() {
        match new_and_old(ds, pods, hash) {
            Some((None, Some(old))) if !available(&old) => {
                unavailable += 1;
                broken.push(old);
            }
            Some((None, Some(old))) => candidates.push(old),
            Some((Some(new), None)) if available(&new) => {}
            _ => unavailable += 1,
        }
    }
    let left = usize::try_from(max_unavailable - unavailable).unwrap_or(0);
    broken.extend(candidates.into_iter().take(left));
    broken
}

/// Nodes on which a new pod may be started beside the old one, and old pods that have been relieved.
fn surge(
    ds: &Value,
    by_node: &NodePods,
    hash: &str,
    max_surge: i64,
    now: Timestamp,
) -> (Vec<Value>, Vec<String>) {
    let available = |p: &Value| is_pod_available(Pod::of(p), min_ready(ds), now);
    let mut surging = 0;
    let (mut relieved, mut broken, mut candidates) = (Vec::new(), Vec::new(), Vec::new());
    for (node, pods) in by_node {
        match new_and_old(ds, pods, hash) {
            None => surging += 1,
            Some((_, None)) => {}
            Some((None, Some(old))) if !available(&old) => broken.push(node.clone()),
            Some((None, Some(_))) => candidates.push(node.clone()),
            Some((Some(new), Some(_))) if !available(&new) => surging += 1,
            Some((Some(_), Some(old))) => relieved.push(old),
        }
    }
    let left = usize::try_from(max_surge - surging).unwrap_or(0);
    broken.extend(candidates.into_iter().take(left));
    (relieved, broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn only_as_many_old_pods_go_as_may_be_unavailable() {
        let ds = tree!({"spec": {"updateStrategy": {"type": "RollingUpdate"}}});
        let pod = |name: &str, hash: &str, ready: &str| {
            vec![tree!({
                "metadata": {"name": name, "uid": name, "labels": {"controller-revision-hash": hash}},
                "status": {"conditions": [{"type": "Ready", "status": ready}]},
            })]
        };
        let by_node = |list: &[(&str, &str, &str)]| -> NodePods {
            list.iter()
                .map(|(n, h, r)| ((*n).to_owned(), pod(n, h, r)))
                .collect()
        };
        let names = |pods: Vec<Value>| pods.iter().map(|p| p.name().to_owned()).collect::<Vec<_>>();
        let now = Timestamp::from_secs(1);
        for (pods, max, wanted) in [
            (
                &[("a", "old", "True"), ("b", "old", "True")][..],
                1,
                &["a"][..],
            ),
            (&[("a", "new", "False"), ("b", "old", "True")], 1, &[]),
            (&[("a", "new", "True"), ("b", "old", "True")], 1, &["b"]),
            (
                &[
                    ("a", "old", "False"),
                    ("b", "old", "True"),
                    ("c", "old", "True"),
                ],
                2,
                &["a", "b"],
            ),
        ] {
            let gone = old_pods_to_delete(&ds, &by_node(pods), "new", max, now);
            assert_eq!(names(gone), wanted, "{pods:?}");
        }
    }
}
