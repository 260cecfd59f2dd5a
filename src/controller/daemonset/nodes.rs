//! Which nodes a daemon pod belongs on, and how it is bound to one.

use super::super::history::REVISION_LABEL;
use super::{TEMPLATE_GENERATION, match_fields};
use crate::api::core::node_affinity;
use crate::api::core::taints::{
    NO_EXECUTE, NO_SCHEDULE, find_matching_untolerated_taint, find_untolerated_scheduling_taint,
};
use crate::api::core_v1::{Node, Pod, Toleration};
use crate::apimachinery::Value;
use crate::tree;

const REQUIRED: [&str; 4] = [
    "spec",
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
];

/// Taints that every daemon pod tolerates: key and effect.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", NO_EXECUTE),
    ("node.kubernetes.io/unreachable", NO_EXECUTE),
    ("node.kubernetes.io/disk-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/memory-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/pid-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/unschedulable", NO_SCHEDULE),
];

/// A pod of the set as it would be, held against nodes.
pub struct Probe(Value);

impl Probe {
    /// A pod of the set.
    pub fn new(ds: &Value) -> Self {
        Self(template(ds, ""))
    }

    /// Whether a pod should be started on a node, and whether one that is there may stay.
    pub fn judge(&self, node: &Value) -> (bool, bool) {
        let spec = Pod::of(&self.0).spec();
        let fits_name = spec.node_name().is_empty() || spec.node_name() == node.name();
        if !fits_name || !node_affinity::matches_required(&self.0, node) {
            return (false, false);
        }
        let taints = Node::of(node).spec().taints();
        if find_untolerated_scheduling_taint(taints, spec.tolerations()).is_some() {
            let expelled = find_matching_untolerated_taint(taints, spec.tolerations(), |t| {
                t.effect() == NO_EXECUTE
            });
            return (false, expelled.is_none());
        }
        (true, true)
    }
}

/// The set's pod template with the labels of its revision and the tolerations of daemon pods.
pub fn template(ds: &Value, hash: &str) -> Value {
    let mut template = ds.at(&["spec", "template"]).clone();
    if let Some(generation) = ds.annotation(TEMPLATE_GENERATION) {
        template.set_at(
            &["metadata", "labels", "pod-template-generation"],
            generation,
        );
    }
    if !hash.is_empty() {
        template.set_at(&["metadata", "labels", REVISION_LABEL], hash);
    }
    let on_host = template.at(&["spec", "hostNetwork"]).as_bool() == Some(true);
    let host = on_host.then_some(("node.kubernetes.io/network-unavailable", NO_SCHEDULE));
    for (key, effect) in TOLERATED.into_iter().chain(host) {
        let wanted = tree!({"key": key, "operator": "Exists", "effect": effect});
        let list = template.at_mut(&["spec", "tolerations"]).items_mut();
        // A toleration of the template that says the same of that taint is replaced.
        list.retain(|t| {
            let t = Toleration::of(t);
            (t.key(), t.effect(), t.operator()) != (key, effect, "Exists")
                || t.toleration_seconds().is_none()
        });
        if !list.contains(&wanted) {
            list.push(wanted);
        }
    }
    template
}

/// Binds a pod to a node through its affinity, so that the scheduler places it.
pub fn pin(pod: &mut Value, node: &str) {
    let mut path = REQUIRED.to_vec();
    path.push("nodeSelectorTerms");
    pod.set_at(&path, match_fields(node));
}

/// The node that a daemon pod is on or meant for.
pub fn target_node(pod: &Value) -> Option<String> {
    let on = pod.at(&["spec", "nodeName"]).str();
    if !on.is_empty() {
        return Some(on.to_owned());
    }
    pod.at(&REQUIRED)
        .get("nodeSelectorTerms")
        .items()
        .iter()
        .flat_map(|t| t.get("matchFields").items())
        .find(|r| r.get("key") == &"metadata.name" && r.get("operator") == &"In")
        .and_then(|r| r.get("values").items().first())
        .map(|v| v.str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_decide_who_may_start_and_who_may_stay() {
        let ds = tree!({"spec": {"template": {"spec": {}}}});
        let probe = Probe::new(&ds);
        let node = |key: &str, effect: &str| tree!({"metadata": {"name": "n"}, "spec": {"taints": [{"key": key, "effect": effect}]}});
        for (key, effect, wanted) in [
            ("x", "NoSchedule", (false, true)),
            ("x", "NoExecute", (false, false)),
            ("x", "PreferNoSchedule", (true, true)),
            (
                "node.kubernetes.io/unschedulable",
                "NoSchedule",
                (true, true),
            ),
        ] {
            assert_eq!(probe.judge(&node(key, effect)), wanted, "{key} {effect}");
        }
        let mut pod = tree!({"spec": {}});
        pin(&mut pod, "n");
        assert_eq!(target_node(&pod).as_deref(), Some("n"));
    }
}
