//! Which pods go first when a set shrinks (upstream's `ActivePodsWithRanks`).

use crate::api::core::pod_util::{
    get_pod_condition, is_pod_active, is_pod_ready, max_container_restarts,
};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::{Arrange, SortedMap};
use std::cmp::{Ordering, Reverse};

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The `count` pods of `pods` that are to be deleted, worst first. `related` are all pods whose crowding on a node counts.
pub fn pods_to_delete(
    pods: &[Value],
    related: &[&Value],
    count: usize,
    now: Timestamp,
) -> Vec<Value> {
    if count >= pods.len() {
        return pods.to_vec();
    }
    let mut on_node: SortedMap<&str, usize> = SortedMap::new();
    for pod in related
        .iter()
        .map(|p| Pod::of(p))
        .filter(|p| is_pod_active(p))
    {
        *on_node.entry(pod.spec().node_name()).or_default() += 1;
    }
    let mut ranked: Vec<Ranked<'_>> = pods.iter().map(|p| Ranked::of(p, &on_node, now)).collect();
    ranked.arrange_by(Ranked::order);
    ranked
        .into_iter()
        .take(count)
        .map(|r| r.pod.clone())
        .collect()
}

struct Ranked<'a> {
    pod: &'a Value,
    assigned: bool,
    phase: u8,
    ready: bool,
    cost: i64,
    crowd: usize,
    ready_age: i32,
    restarts: i64,
    age: i32,
}

impl<'a> Ranked<'a> {
    fn of(value: &'a Value, on_node: &SortedMap<&str, usize>, now: Timestamp) -> Self {
        let pod = Pod::of(value);
        let ready = is_pod_ready(pod);
        let since = get_pod_condition(pod, "Ready").and_then(|c| c.last_transition_time());
        Self {
            pod: value,
            assigned: !pod.spec().node_name().is_empty(),
            phase: match pod.status().phase() {
                "Pending" => 0,
                "Unknown" => 1,
                _ => 2,
            },
            ready,
            cost: value
                .annotation(DELETION_COST)
                .and_then(|c| c.parse().ok())
                .unwrap_or(0),
            crowd: on_node.get(pod.spec().node_name()).copied().unwrap_or(0),
            ready_age: if ready {
                logarithmic_age(since, now)
            } else {
                0
            },
            restarts: max_container_restarts(pod),
            age: logarithmic_age(value.creation_timestamp(), now),
        }
    }

    fn order(a: &Self, b: &Self) -> Ordering {
        a.assigned
            .cmp(&b.assigned)
            .then(a.phase.cmp(&b.phase))
            .then(a.ready.cmp(&b.ready))
            .then(a.cost.cmp(&b.cost))
            .then(Reverse(a.crowd).cmp(&Reverse(b.crowd)))
            .then(a.ready_age.cmp(&b.ready_age))
            .then(Reverse(a.restarts).cmp(&Reverse(b.restarts)))
            .then(a.age.cmp(&b.age))
            .then_with(|| a.pod.uid().cmp(b.pod.uid()))
    }
}

/// The binary logarithm of an age in nanoseconds: pods of about the same age count as equally old.
fn logarithmic_age(since: Option<Timestamp>, now: Timestamp) -> i32 {
    let nanos = since.map_or(0, |t| now.since(t).as_nanos());
    if nanos == 0 { -1 } else { nanos.ilog2() as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn pod(name: &str, node: &str, phase: &str, ready_since: &str) -> Value {
        let mut pod = tree!({
            "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": node}, "status": {"phase": phase},
        });
        if !ready_since.is_empty() {
            let ready =
                tree!({"type": "Ready", "status": "True", "lastTransitionTime": ready_since});
            pod.at_mut(&["status", "conditions"]).push(ready);
        }
        pod
    }

    #[test]
    fn the_least_useful_pods_go_first() {
        let old = "2026-01-01T00:00:00Z";
        let plain = pod("b", "n1", "Running", old);
        let mut cheap = pod("a", "n1", "Running", old);
        cheap.set_annotation(DELETION_COST, "-5");
        let mut restarted = pod("r", "n1", "Running", old);
        restarted
            .at_mut(&["status", "containerStatuses"])
            .push(tree!({"restartCount": 3}));
        let cases = [
            (
                "unassigned",
                pod("z", "", "Pending", ""),
                pod("a", "n1", "Pending", ""),
            ),
            (
                "pending",
                pod("z", "n1", "Pending", ""),
                pod("a", "n1", "Running", ""),
            ),
            ("not ready", pod("z", "n1", "Running", ""), plain.clone()),
            ("cheap", cheap, pod("0", "n1", "Running", old)),
            (
                "younger by far",
                pod("z", "n1", "Running", "2026-01-01T01:59:00Z"),
                plain.clone(),
            ),
            (
                "about as old: by uid",
                plain.clone(),
                pod("z", "n1", "Running", "2026-01-01T00:10:00Z"),
            ),
            ("restarted", restarted, plain.clone()),
        ];
        let now = Timestamp::parse("2026-01-01T02:00:00Z").expect("a time");
        for (why, first, second) in cases {
            let pods = [second.clone(), first.clone()];
            let victims = pods_to_delete(&pods, &[], 1, now);
            assert_eq!(victims[0].name(), first.name(), "{why}");
        }
        let crowd = [
            pod("a", "n1", "Running", old),
            pod("x", "n2", "Running", old),
            pod("y", "n2", "Running", old),
        ];
        let related: Vec<&Value> = crowd.iter().collect();
        assert_eq!(pods_to_delete(&crowd, &related, 1, now)[0].name(), "x");
    }
}
