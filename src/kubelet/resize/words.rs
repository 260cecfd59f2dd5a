//! What events say of a resize (pkg/kubelet/events/resize.go).

use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::tree;

/// `Pod resize started: {"containers":[…],"generation":2}`, with what the pod's containers ask for.
pub fn summary(what: &str, pod: &Pod, generation: i64, error: &str) -> String {
    let mut parts = Vec::new();
    for list in ["initContainers", "containers"] {
        let all = pod.get("spec").get(list).items();
        if !all.is_empty() {
            let all = all.iter().map(container).collect::<Vec<_>>().join(",");
            parts.push(format!("\"{list}\":[{all}]"));
        }
    }
    parts.push(format!("\"generation\":{generation}"));
    if !error.is_empty() {
        let error = Value::from(error).to_json();
        parts.push(format!("\"error\":{error}"));
    }
    format!("Pod resize {what}: {{{}}}", parts.join(","))
}

fn container(c: &Value) -> String {
    let mut resources = Value::object();
    for kind in ["limits", "requests"] {
        let list = c.at(&["resources", kind]);
        if !list.is_empty() {
            resources.set(kind, list);
        }
    }
    tree!({"name": c.get("name"), "resources": resources}).to_json()
}
