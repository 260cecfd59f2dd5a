//! Fields of features that are off by default in 1.36 (`DropDisabledFields` and its relatives in `pkg/api` and `pkg/registry`): a
//! request that brings one is served without it, unless the object had it before.

use super::super::config::FeatureGate;
use crate::apimachinery::Value;

/// Fields of an object that go as a whole: group, resource, path, and the gate that keeps them.
const FIELDS: [(&str, &str, &[&str], Option<FeatureGate>); 7] = [
    ("", "nodes", &["spec", "configSource"], None),
    ("", "nodes", &["status", "config"], None),
    (
        "apps",
        "statefulsets",
        &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"],
        Some(FeatureGate::MaxUnavailableStatefulSet),
    ),
    ("coordination.k8s.io", "leases", &["spec", "strategy"], None),
    (
        "coordination.k8s.io",
        "leases",
        &["spec", "preferredHolder"],
        None,
    ),
    (
        "storage.k8s.io",
        "csidrivers",
        &["spec", "preventPodSchedulingIfMissing"],
        None,
    ),
    (
        "scheduling.k8s.io",
        "podgroups",
        &["spec", "schedulingConstraints"],
        None,
    ),
];

/// Takes out of `new` what belongs to features that are neither on nor in use in `old`, which is null for a new object.
pub fn drop_disabled(
    group: &str,
    resource: &str,
    gates: &[FeatureGate],
    new: &mut Value,
    old: &Value,
) {
    for (_, _, path, gate) in FIELDS
        .iter()
        .filter(|(g, r, ..)| (*g, *r) == (group, resource))
    {
        let on = gate.is_some_and(|gate| gates.contains(&gate));
        if !on && old.at(path).is_null() && !new.at(path).is_null() {
            new.remove_at(path);
        }
    }
    if let Some(path) = pod_spec_path(group, resource) {
        drop_from_pod_spec(new, old, path);
    }
}

/// Where the spec of pods stands in objects of a resource that have one.
fn pod_spec_path(group: &str, resource: &str) -> Option<&'static [&'static str]> {
    Some(match (group, resource) {
        ("", "pods") => &["spec"],
        ("", "podtemplates") => &["template", "spec"],
        ("", "replicationcontrollers")
        | ("apps", "deployments" | "replicasets" | "daemonsets" | "statefulsets")
        | ("batch", "jobs") => &["spec", "template", "spec"],
        ("batch", "cronjobs") => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => return None,
    })
}

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

fn drop_from_pod_spec(new: &mut Value, old: &Value, path: &[&str]) {
    let (is, was) = (new.at(path), old.at(path));
    let group = !is.get("schedulingGroup").is_null() && was.get("schedulingGroup").is_null();
    let projections: Vec<&str> = ["clusterTrustBundle", "podCertificate"]
        .into_iter()
        .filter(|kind| projects(is, kind) && !projects(was, kind))
        .collect();
    let signals = stop_signals(is) && !stop_signals(was);
    if !group && projections.is_empty() && !signals {
        return;
    }
    let spec = new.at_mut(path);
    if group {
        spec.remove("schedulingGroup");
    }
    if !projections.is_empty() {
        for volume in spec.entry("volumes").items_mut() {
            if volume.get("projected").is_null() {
                continue;
            }
            for source in volume.at_mut(&["projected", "sources"]).items_mut() {
                for kind in &projections {
                    source.remove(kind);
                }
            }
        }
    }
    if signals {
        for field in CONTAINERS
            .into_iter()
            .filter(|f| !is_missing(spec, f))
            .collect::<Vec<_>>()
        {
            for container in spec.entry(field).items_mut() {
                if container.at(&["lifecycle", "stopSignal"]).is_null() {
                    continue;
                }
                container.entry("lifecycle").remove("stopSignal");
                if container.get("lifecycle").is_empty() {
                    container.remove("lifecycle");
                }
            }
        }
    }
}

fn is_missing(spec: &Value, field: &str) -> bool {
    spec.get(field).is_null()
}

fn projects(spec: &Value, kind: &str) -> bool {
    let volumes = spec.get("volumes").items().iter();
    let mut sources = volumes.flat_map(|v| v.at(&["projected", "sources"]).items());
    sources.any(|s| !s.get(kind).is_null())
}

fn stop_signals(spec: &Value) -> bool {
    let mut all = CONTAINERS.iter().flat_map(|f| spec.get(f).items());
    all.any(|c| !c.at(&["lifecycle", "stopSignal"]).is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn what_is_off_goes_unless_it_is_in_use_or_switched_on() {
        let set = tree!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2, "partition": 1}}}});
        let dropped = |gates: &[FeatureGate], old: &Value| {
            let mut new = set.clone();
            drop_disabled("apps", "statefulsets", gates, &mut new, old);
            new.at(&["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"])
                .is_null()
        };
        assert!(dropped(&[], &Value::Null));
        assert!(!dropped(&[], &set));
        assert!(!dropped(
            &[FeatureGate::MaxUnavailableStatefulSet],
            &Value::Null
        ));

        let mut pod = tree!({"spec": {
            "schedulingGroup": {"podGroupName": "g"},
            "containers": [
                {"name": "a", "lifecycle": {"stopSignal": "SIGINT"}},
                {"name": "b", "lifecycle": {"stopSignal": "SIGINT", "preStop": {"sleep": {"seconds": 1}}}}],
            "volumes": [{"name": "v", "projected": {"sources": [
                {"podCertificate": {"keyType": "ED25519"}}, {"secret": {"name": "s"}}]}}]}});
        drop_disabled("", "pods", &[], &mut pod, &Value::Null);
        let expected = tree!({"spec": {
            "containers": [
                {"name": "a"}, {"name": "b", "lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}],
            "volumes": [{"name": "v", "projected": {"sources": [{}, {"secret": {"name": "s"}}]}}]}});
        assert_eq!(pod, expected);
    }
}
