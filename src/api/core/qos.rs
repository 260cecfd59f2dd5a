//! Quality of service (`pkg/apis/core/v1/helper/qos`).

use super::resources::{ResourceList, add, resource_list};
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::collections::SortedSet;

/// The class by name: `Guaranteed`, `Burstable` or `BestEffort`.
pub type PodQosClass = &'static str;

/// The class the API server once wrote into the status, or else the one computed from the spec.
pub fn get_pod_qos(pod: &Pod) -> PodQosClass {
    match pod.status().qos_class() {
        "Guaranteed" => "Guaranteed",
        "Burstable" => "Burstable",
        "BestEffort" => "BestEffort",
        _ => compute_pod_qos(pod),
    }
}

/// The class of a pod: `Guaranteed` where every container limits CPU and memory and requests as much, `BestEffort` where none
/// asks for either, else `Burstable`. Requests and limits of the pod as a whole stand in place of the containers'.
pub fn compute_pod_qos(pod: &Pod) -> PodQosClass {
    let (mut requests, mut limits, mut guaranteed) =
        (ResourceList::new(), ResourceList::new(), true);
    let pod_level = pod.spec().get("resources");
    if !pod_level.is_null() {
        count(pod_level, &mut requests, &mut limits, &mut guaranteed);
    } else {
        let spec = pod.spec();
        for c in spec.containers().iter().chain(spec.init_containers()) {
            count(
                c.get("resources"),
                &mut requests,
                &mut limits,
                &mut guaranteed,
            );
        }
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    guaranteed = guaranteed && requests.iter().all(|(k, q)| limits.get(k) == Some(q));
    if guaranteed && requests.len() == limits.len() {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

fn count(
    resources: &Value,
    requests: &mut ResourceList,
    limits: &mut ResourceList,
    guaranteed: &mut bool,
) {
    let compute = |field: &str| -> ResourceList {
        let mut list = resource_list(resources.get(field));
        list.retain(|k, q| matches!(k.as_str(), "cpu" | "memory") && q.sign() > 0);
        list
    };
    let limited = compute("limits");
    let names: SortedSet<&str> = limited.keys().map(|k| k.as_str()).collect();
    *guaranteed &= names.len() == 2;
    add(requests, &compute("requests"));
    add(limits, &limited);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn classes_follow_requests_and_limits() {
        for (resources, wanted) in [
            (tree!({}), "BestEffort"),
            (tree!({"requests": {"cpu": "1"}}), "Burstable"),
            (
                tree!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}),
                "Guaranteed",
            ),
            (
                tree!({"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}),
                "Burstable",
            ),
        ] {
            let pod = Pod(tree!({"spec": {"containers": [{"name": "c"}]}}));
            let mut pod = pod;
            pod.spec_mut().containers_mut()[0].set("resources", resources);
            assert_eq!(compute_pod_qos(&pod), wanted);
        }
    }
}
