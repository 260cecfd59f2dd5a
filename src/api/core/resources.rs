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

/// By what a pod is counted (`PodResourcesOptions`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What its spec asks for.
    Spec,
    /// For each container that is told of as well: the most of what its spec asks for, what its node has set aside and what it has;
    /// of a resize that the node never does, what it asked for does not count.
    Containers,
    /// The same, and for the pod as a whole too.
    Whole,
}

/// What the pod's spec requests: its containers and sidecars together, or more where an init container needs more, pod-level
/// requests in their place, and the overhead on top (`PodRequests`).
pub fn pod_requests(pod: &Pod) -> ResourceList {
    requests_by(pod, Basis::Spec)
}

/// What the pod counts for.
pub fn requests_by(pod: &Pod, basis: Basis) -> ResourceList {
    let mut total = total_by(pod, "requests", basis);
    add(&mut total, &resource_list(pod.spec().get("overhead")));
    total
}

/// What its spec requests, without the overhead.
pub fn pod_requests_without_overhead(pod: &Pod) -> ResourceList {
    total_by(pod, "requests", Basis::Spec)
}

/// The limits of the pod's spec by the same rules; the overhead counts only for resources that have a limit (`PodLimits`).
pub fn pod_limits(pod: &Pod) -> ResourceList {
    limits_by(pod, Basis::Spec)
}

/// The limits that the pod counts for.
pub fn limits_by(pod: &Pod, basis: Basis) -> ResourceList {
    let mut total = total_by(pod, "limits", basis);
    for (k, q) in resource_list(pod.spec().get("overhead")) {
        if let Some(have) = total.get_mut(&k).filter(|q| !q.is_zero()) {
            have.add(&q);
        }
    }
    total
}

fn total_by(pod: &Pod, kind: &str, basis: Basis) -> ResourceList {
    let infeasible = basis != Basis::Spec && is_resize_infeasible(pod);
    let mut total = aggregate(pod, |c, resizable| {
        let spec = c.at(&["resources", kind]);
        if basis == Basis::Spec || !resizable {
            return resource_list(spec);
        }
        match status_of(pod, c.name()) {
            Some(status) if status.has("resources") => effective(spec, status, kind, infeasible),
            _ => resource_list(spec),
        }
    });
    let pod_level = pod.spec().at(&["resources", kind]);
    if pod_level.is_empty() {
        return total;
    }
    let status = pod.get("status");
    let whole = match basis {
        Basis::Whole if status.has("resources") => effective(pod_level, status, kind, infeasible),
        _ => resource_list(pod_level),
    };
    for (k, _) in pod_level.fields() {
        if is_supported_pod_level_resource(k) {
            total.insert(k.into(), whole.get(k).copied().unwrap_or_default());
        }
    }
    total
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a Value> {
    let lists = ["containerStatuses", "initContainerStatuses"];
    let mut all = lists.iter().flat_map(|f| pod.status().get(f).items());
    all.find(|s| s.get("name").str() == container)
}

/// The most of what is asked for, what there is and, of requests, what is set aside.
fn effective(spec: &Value, status: &Value, kind: &str, infeasible: bool) -> ResourceList {
    let mut list = resource_list(status.at(&["resources", kind]));
    if kind == "requests" {
        max(&mut list, &resource_list(status.get("allocatedResources")));
    }
    if !infeasible {
        max(&mut list, &resource_list(spec));
    }
    list
}

/// Whether the pod's node said that it never resizes it as asked.
fn is_resize_infeasible(pod: &Pod) -> bool {
    let conditions = pod.get("status").get("conditions").items();
    let pending = conditions.iter().find(|c| c.get("type") == RESIZE_PENDING);
    pending.is_some_and(|c| c.get("reason") == "Infeasible")
}

/// The condition of a pod whose node has not taken a resize on (yet).
pub const RESIZE_PENDING: &str = "PodResizePending";
/// The condition of a pod whose resize its node has taken on, and not done yet.
pub const RESIZE_IN_PROGRESS: &str = "PodResizeInProgress";

/// Whether the pod's node tells of a resize.
pub fn is_resizing(pod: &Value) -> bool {
    let conditions = pod.get("status").get("conditions").items();
    let told = |c: &Value| matches!(c.get("type").str(), RESIZE_PENDING | RESIZE_IN_PROGRESS);
    conditions.iter().any(told)
}

/// `of` is asked for each container, and told whether its node resizes it while it runs beside others.
fn aggregate(pod: &Pod, of: impl Fn(&Container, bool) -> ResourceList) -> ResourceList {
    let mut total = ResourceList::new();
    for c in pod.spec().containers() {
        add(&mut total, &of(c, true));
    }
    let (mut sidecars, mut init) = (ResourceList::new(), ResourceList::new());
    for c in pod.spec().init_containers() {
        let mut needs = of(c, is_restartable_init_container(c));
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

    #[test]
    fn a_pod_that_is_resized_counts_for_the_most_it_may_have() {
        let mut pod = Pod(tree!({
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"cpu": "300m"}}}]},
            "status": {"containerStatuses": [{
                "name": "c", "allocatedResources": {"cpu": "500m", "memory": "1Gi"},
                "resources": {"requests": {"cpu": "400m", "memory": "2Gi"}, "limits": {"cpu": "1"}},
            }]},
        }));
        let cpu = |list: ResourceList| list["cpu"].milli_value();
        assert_eq!(cpu(pod_requests(&pod)), 200);
        let list = requests_by(&pod, Basis::Containers);
        assert_eq!(
            (list["cpu"].milli_value(), list["memory"].value()),
            (500, 2 << 30)
        );
        assert_eq!(cpu(limits_by(&pod, Basis::Whole)), 1000);
        pod.set_at(
            &["spec", "containers"],
            tree!([{"name": "c", "resources": {"requests": {"cpu": "4"}}}]),
        );
        assert_eq!(cpu(requests_by(&pod, Basis::Containers)), 4000);
        pod.set_at(
            &["status", "conditions"],
            tree!([{"type": "PodResizePending", "status": "True", "reason": "Deferred"}]),
        );
        assert_eq!(cpu(requests_by(&pod, Basis::Containers)), 4000);
        assert!(is_resizing(&pod));
        pod.set_at(
            &["status", "conditions"],
            tree!([{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]),
        );
        assert_eq!(cpu(requests_by(&pod, Basis::Containers)), 500);
        pod.set_at(&["spec", "resources", "requests", "cpu"], "3");
        assert_eq!(cpu(requests_by(&pod, Basis::Whole)), 3000);
        pod.set_at(&["status", "resources", "requests", "cpu"], "2");
        assert_eq!(cpu(requests_by(&pod, Basis::Whole)), 2000);
        assert_eq!(cpu(requests_by(&pod, Basis::Containers)), 3000);
    }
}
