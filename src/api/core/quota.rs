//! What objects cost under a ResourceQuota, and which objects its scopes take in (`pkg/quota/v1/evaluator/core`).

use crate::api::core::resources::{Basis, ResourceList, limits_by, requests_by, resource_list};
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::schema::ResourceDef;
use crate::collections::{SortedMap, SortedSet};

/// What a creation or change, a pod's `resize` among them, costs in addition; none where quotas do not count it.
pub fn delta(
    def: &ResourceDef,
    resizes: bool,
    object: &Value,
    old: Option<&Value>,
) -> Option<ResourceList> {
    let counted_on_update = matches!(
        (def.group, def.resource),
        ("", "services" | "persistentvolumeclaims")
    );
    if old.is_some() && !counted_on_update && !resizes {
        return None;
    }
    let mut list = usage(def, object);
    if let Some(old) = old {
        let before = usage(def, old);
        for (k, q) in &before {
            let zero = Quantity::default();
            list.entry(k.clone()).or_insert(zero).sub(q);
        }
        list.retain(|_, q| q.sign() > 0);
    }
    Some(list)
}

fn one() -> Quantity {
    number(1)
}

fn number(n: i64) -> Quantity {
    Quantity::of(&Value::Int(n))
}

/// What an object costs.
pub fn usage(def: &ResourceDef, object: &Value) -> ResourceList {
    let mut list = ResourceList::new();
    let counted = if def.group.is_empty() {
        format!("count/{}", def.resource)
    } else {
        format!("count/{}.{}", def.resource, def.group)
    };
    list.insert(counted.into(), one());
    match (def.group, def.resource) {
        ("", "pods") => pod_usage(object, &mut list),
        ("", "services") => service_usage(object, &mut list),
        ("", "persistentvolumeclaims") => claim_usage(object, &mut list),
        ("", "configmaps" | "secrets" | "replicationcontrollers" | "resourcequotas") => {
            list.insert(def.resource.into(), one());
        }
        _ => {}
    }
    list
}

fn pod_usage(pod: &Value, list: &mut ResourceList) {
    if matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed") {
        return;
    }
    list.insert("pods".into(), one());
    let pod = Pod::of(pod);
    compute(
        &requests_by(pod, Basis::Containers),
        &limits_by(pod, Basis::Containers),
        list,
    );
}

fn is_native(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
}

fn compute(requests: &ResourceList, limits: &ResourceList, list: &mut ResourceList) {
    for (name, q) in requests {
        if is_native(name) {
            list.insert(name.clone(), *q);
        }
        list.insert(format!("requests.{name}").into(), *q);
    }
    for (name, q) in limits.iter().filter(|(n, _)| is_native(n)) {
        list.insert(format!("limits.{name}").into(), *q);
    }
}

fn service_usage(service: &Value, list: &mut ResourceList) {
    let spec = service.get("spec");
    let ports = i64::try_from(spec.get("ports").items().len()).unwrap_or(0);
    list.insert("services".into(), one());
    let (mut node_ports, mut balancers) = (0, 0);
    match spec.get("type").str() {
        "NodePort" => node_ports = ports,
        "LoadBalancer" => {
            balancers = 1;
            if spec.get("allocateLoadBalancerNodePorts").as_bool() != Some(false) {
                node_ports = ports;
            }
        }
        _ => {}
    }
    list.insert("services.nodeports".into(), number(node_ports));
    list.insert("services.loadbalancers".into(), number(balancers));
}

fn claim_usage(claim: &Value, list: &mut ResourceList) {
    let spec = claim.get("spec");
    let requests = resource_list(spec.at(&["resources", "requests"]));
    list.insert("persistentvolumeclaims".into(), one());
    let class = spec.get("storageClassName").str();
    let suffix = format!("{class}.storageclass.storage.k8s.io");
    if !class.is_empty() {
        list.insert(format!("{suffix}/persistentvolumeclaims").into(), one());
    }
    if let Some(storage) = requests.get("storage") {
        list.insert("requests.storage".into(), *storage);
        if !class.is_empty() {
            list.insert(format!("{suffix}/requests.storage").into(), *storage);
        }
    }
}

/// What each container has to specify under a quota on CPU or memory: `requests.cpu for: a,b`.
pub fn missing(pod: &Value, hard: &ResourceList) -> Vec<String> {
    const DEMANDED: [&str; 6] = [
        "cpu",
        "memory",
        "requests.cpu",
        "requests.memory",
        "limits.cpu",
        "limits.memory",
    ];
    let demanded: Vec<&str> = DEMANDED
        .into_iter()
        .filter(|name| hard.contains_key(*name))
        .collect();
    let mut found: SortedMap<&str, SortedSet<&str>> = SortedMap::new();
    let spec = pod.get("spec");
    let own = |field: &str| resource_list(spec.at(&["resources", field]));
    let mut shared = ResourceList::new();
    compute(&own("requests"), &own("limits"), &mut shared);
    let containers = spec.get("containers").items().iter();
    for c in containers.chain(spec.get("initContainers").items()) {
        let mut list = ResourceList::new();
        let part = |field: &str| resource_list(c.at(&["resources", field]));
        compute(&part("requests"), &part("limits"), &mut list);
        for name in &demanded {
            if !list.contains_key(*name) && !shared.contains_key(*name) {
                found.entry(name).or_default().insert(c.get("name").str());
            }
        }
    }
    found
        .into_iter()
        .map(|(name, containers)| {
            let containers: Vec<&str> = containers.into_iter().collect();
            format!("{name} for: {}", containers.join(","))
        })
        .collect()
}

/// Whether a quota's scopes take an object in.
pub fn in_scope(def: &ResourceDef, quota: &Value, object: &Value) -> bool {
    let spec = quota.get("spec");
    let scopes = spec.get("scopes").items();
    let expressions = spec.at(&["scopeSelector", "matchExpressions"]).items();
    if scopes.is_empty() && expressions.is_empty() {
        return true;
    }
    if (def.group, def.resource) != ("", "pods") {
        return false;
    }
    scopes.iter().all(|s| scope_holds(s.str(), object))
        && expressions.iter().all(|e| expression_holds(e, object))
}

fn scope_holds(scope: &str, pod: &Value) -> bool {
    let best_effort = || crate::api::core::qos::compute_pod_qos(Pod::of(pod)) == "BestEffort";
    let deadline = || !pod.at(&["spec", "activeDeadlineSeconds"]).is_null();
    match scope {
        "Terminating" => deadline(),
        "NotTerminating" => !deadline(),
        "BestEffort" => best_effort(),
        "NotBestEffort" => !best_effort(),
        "PriorityClass" => !pod.at(&["spec", "priorityClassName"]).str().is_empty(),
        "CrossNamespacePodAffinity" => crosses_namespaces(pod),
        _ => false,
    }
}

fn expression_holds(expression: &Value, pod: &Value) -> bool {
    let scope = expression.get("scopeName").str();
    let holds = scope_holds(scope, pod);
    if scope != "PriorityClass" {
        return holds == (expression.get("operator") != &"DoesNotExist");
    }
    let class = pod.at(&["spec", "priorityClassName"]).str();
    let listed = expression.get("values").items().iter().any(|v| v == &class);
    match expression.get("operator").str() {
        "In" => listed,
        "NotIn" => !listed,
        "DoesNotExist" => !holds,
        _ => holds,
    }
}

fn crosses_namespaces(pod: &Value) -> bool {
    let affinity = pod.at(&["spec", "affinity"]);
    let crosses = |term: &Value| {
        !term.get("namespaces").items().is_empty() || !term.get("namespaceSelector").is_null()
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let rules = affinity.get(kind);
        let required = rules
            .get("requiredDuringSchedulingIgnoredDuringExecution")
            .items()
            .iter();
        let preferred = rules
            .get("preferredDuringSchedulingIgnoredDuringExecution")
            .items()
            .iter()
            .map(|p| p.get("podAffinityTerm"));
        required.chain(preferred).any(crosses)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Text;
    use crate::tree;

    #[test]
    fn containers_are_named_that_leave_out_what_a_quota_demands() {
        let pod = tree!({"spec": {"containers": [
            {"name": "b", "resources": {"requests": {"cpu": "1"}}}, {"name": "a"}]}});
        let hard: ResourceList = ["requests.cpu", "limits.memory", "pods"]
            .into_iter()
            .map(|n| (Text::from(n), number(1)))
            .collect();
        assert_eq!(
            missing(&pod, &hard),
            ["limits.memory for: a,b", "requests.cpu for: a"]
        );
    }
}
