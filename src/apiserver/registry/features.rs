//! Fields of features that are off by default in 1.36 (`DropDisabledFields` and its relatives in `pkg/api` and `pkg/registry`): a
//! request that brings one is served without it, unless the object had it before.

use super::super::config::FeatureGate;
use crate::apimachinery::Value;

/// A way to fields: names, and `*` for every item of a list or every value of a map.
type Way = &'static [&'static str];

/// What belongs to one feature.
struct Feature {
    /// Group and resource, none for whatever has the spec of pods.
    of: Option<(&'static str, &'static str)>,
    /// Where its fields are, from the object or from the spec of the pods.
    fields: &'static [Way],
    /// What switches it on.
    gate: Option<FeatureGate>,
    /// Whether what held a field goes with it where nothing else is in it.
    prune: bool,
}

const fn off(group: &'static str, resource: &'static str, fields: &'static [Way]) -> Feature {
    Feature {
        of: Some((group, resource)),
        fields,
        gate: None,
        prune: false,
    }
}

const fn off_in_pods(fields: &'static [Way]) -> Feature {
    Feature {
        of: None,
        fields,
        gate: None,
        prune: false,
    }
}

static FEATURES: [Feature; 13] = [
    off("", "nodes", &[&["spec", "configSource"]]),
    off("", "nodes", &[&["status", "config"]]),
    off(
        "",
        "pods",
        &[&["status", "nodeAllocatableResourceClaimStatuses"]],
    ),
    off(
        "",
        "pods",
        &[
            &[
                "status",
                "containerStatuses",
                "*",
                "volumeMounts",
                "*",
                "volumeStatus",
            ],
            &[
                "status",
                "initContainerStatuses",
                "*",
                "volumeMounts",
                "*",
                "volumeStatus",
            ],
            &[
                "status",
                "ephemeralContainerStatuses",
                "*",
                "volumeMounts",
                "*",
                "volumeStatus",
            ],
        ],
    ),
    Feature {
        gate: Some(FeatureGate::MaxUnavailableStatefulSet),
        ..off(
            "apps",
            "statefulsets",
            &[&["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]],
        )
    },
    off(
        "coordination.k8s.io",
        "leases",
        &[&["spec", "strategy"], &["spec", "preferredHolder"]],
    ),
    off(
        "storage.k8s.io",
        "csidrivers",
        &[&["spec", "preventPodSchedulingIfMissing"]],
    ),
    off(
        "resource.k8s.io",
        "resourceslices",
        &[&["spec", "devices", "*", "nodeAllocatableResourceMappings"]],
    ),
    off(
        "resource.k8s.io",
        "resourceslices",
        &[
            &["spec", "devices", "*", "attributes", "*", "bools"],
            &["spec", "devices", "*", "attributes", "*", "ints"],
            &["spec", "devices", "*", "attributes", "*", "strings"],
            &["spec", "devices", "*", "attributes", "*", "versions"],
        ],
    ),
    off_in_pods(&[&["schedulingGroup"]]),
    off_in_pods(&[&[
        "volumes",
        "*",
        "projected",
        "sources",
        "*",
        "clusterTrustBundle",
    ]]),
    off_in_pods(&[&[
        "volumes",
        "*",
        "projected",
        "sources",
        "*",
        "podCertificate",
    ]]),
    Feature {
        prune: true,
        ..off_in_pods(&[
            &["containers", "*", "lifecycle", "stopSignal"],
            &["initContainers", "*", "lifecycle", "stopSignal"],
            &["ephemeralContainers", "*", "lifecycle", "stopSignal"],
        ])
    },
];

/// Takes out of `new` what belongs to features that are neither on nor in use in `old`, which is null for a new object.
pub fn drop_disabled(
    group: &str,
    resource: &str,
    gates: &[FeatureGate],
    new: &mut Value,
    old: &Value,
) {
    let pod_spec = pod_spec_path(group, resource)
        .filter(|path| old.is_null() || !new.at(path).ptr_eq(old.at(path)));
    for feature in &FEATURES {
        let path = match feature.of {
            Some(of) if of == (group, resource) => &[],
            None if pod_spec.is_some() => pod_spec.unwrap_or_default(),
            _ => continue,
        };
        if feature.gate.is_some_and(|gate| gates.contains(&gate)) {
            continue;
        }
        let uses = |v: &Value| feature.fields.iter().any(|way| has(v.at(path), way));
        if !uses(new) || uses(old) {
            continue;
        }
        for way in feature.fields {
            if has(new.at(path), way) {
                take(new.at_mut(path), way, feature.prune);
            }
        }
    }
}

/// Where the spec of pods stands in objects of a resource that have one.
fn pod_spec_path(group: &str, resource: &str) -> Option<Way> {
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

/// Whether there is anything at the end of a way.
fn has(value: &Value, way: &[&str]) -> bool {
    match way {
        [] => !value.is_null(),
        ["*", rest @ ..] => {
            value.items().iter().any(|v| has(v, rest)) || value.fields().any(|(_, v)| has(v, rest))
        }
        [field, rest @ ..] => has(value.get(field), rest),
    }
}

/// Takes away what is at the end of a way.
fn take(value: &mut Value, way: &[&str], prune: bool) {
    match way {
        [] => {}
        ["*", rest @ ..] => match value {
            Value::List(_) => {
                let items = value.items_mut().iter_mut();
                items
                    .filter(|v| has(v, rest))
                    .for_each(|v| take(v, rest, prune));
            }
            _ => {
                let values = value.map_mut().iter_mut().map(|(_, v)| v);
                values
                    .filter(|v| has(v, rest))
                    .for_each(|v| take(v, rest, prune));
            }
        },
        [field] => {
            value.remove(field);
        }
        [field, rest @ ..] => {
            take(value.entry(field), rest, prune);
            if prune && value.get(field).is_empty() {
                value.remove(field);
            }
        }
    }
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

        let mut pod = tree!({"status": {"initContainerStatuses": [
            {"name": "a"}, {"name": "b", "volumeMounts": [{"name": "v", "volumeStatus": {"image": {}}}]}]}});
        drop_disabled("", "pods", &[], &mut pod, &tree!({}));
        let expected = tree!({"status": {"initContainerStatuses": [
            {"name": "a"}, {"name": "b", "volumeMounts": [{"name": "v"}]}]}});
        assert_eq!(pod, expected);

        let slice = tree!({"spec": {"devices": [{"name": "d", "attributes": {
            "a": {"ints": [1]}, "b": {"string": "x"}}}]}});
        let mut new = slice.clone();
        drop_disabled(
            "resource.k8s.io",
            "resourceslices",
            &[],
            &mut new,
            &Value::Null,
        );
        let expected = tree!({"spec": {"devices": [{"name": "d", "attributes": {
            "a": {}, "b": {"string": "x"}}}]}});
        assert_eq!(new, expected);
        let mut new = slice.clone();
        drop_disabled("resource.k8s.io", "resourceslices", &[], &mut new, &slice);
        assert_eq!(new, slice);
    }
}
