//! Totals of resources (`k8s.io/component-helpers/resource`): what a pod asks for as a whole.

use crate::api::core::pod_util::is_restartable_init_container;
use crate::api::core_v1::{Container, Pod};
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::{Text, Value};
use crate::collections::SortedMap;

/// Amounts by resource name.
pub type ResourceList = SortedMap<Text, Quantity>;

/// Reads a `ResourceList` of the tree; what is no quantity counts as zero.
pub fn resource_list(v: &Value) -> ResourceList {
    v.as_map()
        .into_iter()
        .flat_map(|m| m.entries())
        .map(|(k, v)| (k.clone(), Quantity::of(v)))
        .collect()
}

/// Writes a `ResourceList` as a tree.
pub fn to_value(list: &ResourceList) -> Value {
    Value::Map(list.iter().map(|(k, q)| (k.clone(), q.into())).collect())
}

/// Adds `other` to `list`.
pub fn add(list: &mut ResourceList, other: &ResourceList) {
    for (k, q) in other {
        match list.get_mut(k) {
            Some(have) => have.add(q),
            None => {
                list.insert(k.clone(), *q);
            }
        }
    }
}

/// Raises each amount of `list` to that of `other`.
pub fn max(list: &mut ResourceList, other: &ResourceList) {
    for (k, q) in other {
        match list.get_mut(k) {
            Some(have) if *have >= *q => {}
            Some(have) => *have = *q,
            None => {
                list.insert(k.clone(), *q);
            }
        }
    }
}

/// What the pod requests: its containers and sidecars together, or more where an init container needs more, pod-level
/// requests in their place, and the overhead on top (`PodRequests`).
pub fn pod_requests(pod: &Pod) -> ResourceList {
    let mut total = pod_requests_without_overhead(pod);
    add(&mut total, &resource_list(pod.spec().get("overhead")));
    total
}

/// The same without the overhead.
pub fn pod_requests_without_overhead(pod: &Pod) -> ResourceList {
    let mut total = aggregate(pod, |c| effective_requests(pod, c));
    override_by_pod_level(&mut total, pod.spec().at(&["resources", "requests"]));
    total
}

/// The limits of the pod by the same rules; the overhead counts only for resources that have a limit (`PodLimits`).
pub fn pod_limits(pod: &Pod) -> ResourceList {
    let mut total = aggregate(pod, |c| resource_list(c.at(&["resources", "limits"])));
    override_by_pod_level(&mut total, pod.spec().at(&["resources", "limits"]));
    for (k, q) in resource_list(pod.spec().get("overhead")) {
        if let Some(have) = total.get_mut(&k).filter(|q| !q.is_zero()) {
            have.add(&q);
        }
    }
    total
}

/// A container's requests; after a resize in place what the node has set aside for it, if that is more.
fn effective_requests(pod: &Pod, container: &Container) -> ResourceList {
    let mut list = resource_list(container.at(&["resources", "requests"]));
    let statuses = ["containerStatuses", "initContainerStatuses"];
    let status = statuses
        .iter()
        .flat_map(|f| pod.status().get(f).items())
        .find(|s| s.get("name").str() == container.name());
    if let Some(allocated) = status
        .map(|s| s.get("allocatedResources"))
        .filter(|v| !v.is_null())
    {
        max(&mut list, &resource_list(allocated));
    }
    list
}

fn aggregate(pod: &Pod, of: impl Fn(&Container) -> ResourceList) -> ResourceList {
    let mut total = ResourceList::new();
    for c in pod.spec().containers() {
        add(&mut total, &of(c));
    }
    let (mut sidecars, mut init) = (ResourceList::new(), ResourceList::new());
    for c in pod.spec().init_containers() {
        let mut needs = of(c);
        if is_restartable_init_container(c) {
            add(&mut total, &needs);
            add(&mut sidecars, &needs);
            needs = sidecars.clone();
        } else {
            add(&mut needs, &sidecars);
        }
        max(&mut init, &needs);
    }
    max(&mut total, &init);
    total
}

/// Whether a resource may be asked for at the level of the pod.
pub fn is_supported_pod_level_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

fn override_by_pod_level(total: &mut ResourceList, pod_level: &Value) {
    for (k, q) in resource_list(pod_level) {
        if is_supported_pod_level_resource(&k) {
            total.insert(k, q);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn sidecars_add_up_and_init_containers_overlap() {
        let c = |cpu: &str, policy: Option<&str>| {
            let mut v = tree!({"resources": {"requests": {"cpu": cpu}}});
            v.set("restartPolicy", policy);
            v
        };
        let mut pod = Pod(tree!({"spec": {"overhead": {"cpu": "10m"}}}));
        pod.set_at(
            &["spec", "containers"],
            vec![c("100m", None), c("200m", None)],
        );
        pod.set_at(
            &["spec", "initContainers"],
            vec![c("50m", Some("Always")), c("1", None)],
        );
        assert_eq!(pod_requests(&pod)["cpu"].milli_value(), 1060);
        pod.set_at(&["spec", "resources", "requests", "cpu"], "2");
        assert_eq!(pod_requests(&pod)["cpu"].milli_value(), 2010);
    }
}
