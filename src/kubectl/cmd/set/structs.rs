//! Objects as upstream shows those that it decoded into its Go structs: structs that are part of another one are always there,
//! and so are the numbers of some statuses.

use crate::apimachinery::Value;
use crate::tree;

/// The object with what is never left out of it.
pub(super) fn filled(object: &Value) -> Value {
    let mut o = object.clone();
    match o.kind() {
        "Pod" => pod_spec(o.entry("spec")),
        "Deployment" => {
            empty(o.entry("spec"), "strategy");
            template(o.entry("spec"));
        }
        "DaemonSet" | "StatefulSet" => {
            empty(o.entry("spec"), "updateStrategy");
            template(o.entry("spec"));
        }
        "ReplicaSet" | "ReplicationController" | "Job" => template(o.entry("spec")),
        "CronJob" => {
            empty(o.entry("spec"), "jobTemplate");
            let job = o.entry("spec").entry("jobTemplate");
            empty(job, "metadata");
            template(job.entry("spec"));
        }
        "Service" => {}
        _ => return o,
    }
    empty(&mut o, "status");
    let numbers: &[&str] = match o.kind() {
        "ReplicaSet" | "ReplicationController" => &["replicas"],
        "StatefulSet" => &["availableReplicas", "replicas"],
        "DaemonSet" => &[
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberMisscheduled",
            "numberReady",
        ],
        _ => &[],
    };
    if o.kind() == "Service" {
        empty(o.entry("status"), "loadBalancer");
    }
    for field in numbers {
        if !o.get("status").has(field) {
            o.entry("status").set(field, 0);
        }
    }
    o
}

fn empty(object: &mut Value, field: &str) {
    if object.get(field).is_null() {
        object.set(field, tree!({}));
    }
}

fn template(spec: &mut Value) {
    empty(spec, "template");
    let template = spec.entry("template");
    empty(template, "metadata");
    pod_spec(template.entry("spec"));
}

fn pod_spec(spec: &mut Value) {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        if spec.get(list).items().is_empty() {
            continue;
        }
        for container in spec.entry(list).items_mut() {
            empty(container, "resources");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_within_structs_are_never_left_out() {
        for (given, want) in [
            (
                tree!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}),
                r#"{"kind":"Deployment","spec":{"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"name":"a","resources":{}}]}}},"status":{}}"#,
            ),
            (
                tree!({"kind": "Service", "spec": {}}),
                r#"{"kind":"Service","spec":{},"status":{"loadBalancer":{}}}"#,
            ),
            (
                tree!({"kind": "RoleBinding", "subjects": []}),
                r#"{"kind":"RoleBinding","subjects":[]}"#,
            ),
        ] {
            assert_eq!(filled(&given).to_json(), want);
        }
        let set = filled(&tree!({"kind": "DaemonSet", "spec": {}}));
        assert_eq!(set.at(&["status", "numberReady"]).as_i64(), Some(0));
    }
}
