//! Resources of containers and of pods as a whole, and resource claims.

use crate::api::core::resources::{
    is_supported_pod_level_resource, pod_limits, pod_requests_without_overhead,
};
use crate::api::core_v1::Pod;
use crate::api::validation::common::{dns_label, dns_subdomain, quantity, required};
use crate::apimachinery::names::is_qualified_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Quantity, Value};
use crate::collections::Arrange;

const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Whether a resource is one of huge pages.
pub fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_quota_huge_page(name: &str) -> bool {
    is_huge_page(name) || name.starts_with("requests.hugepages-")
}

/// Whether a resource belongs to Kubernetes itself.
pub fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether a resource is named as those of device plugins are.
pub fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && is_qualified_name(&format!("requests.{name}")).is_empty()
}

/// Whether pods may together ask for more of a resource than there is.
pub fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// The name of a resource.
pub fn resource_name(e: &mut ErrorList, path: &Path, name: &str) -> bool {
    let messages = is_qualified_name(name);
    let mut good = messages.is_empty();
    crate::api::validation::common::invalid_each(e, path, name, messages);
    if good && !name.contains('/') && !STANDARD.contains(&name) && !is_quota_huge_page(name) {
        let text = "must be a standard resource type or fully qualified";
        e.push(FieldError::invalid(path, name, text));
        good = false;
    }
    good
}

/// The name of a resource that a container may ask for.
pub fn container_resource_name(e: &mut ErrorList, path: &Path, name: &str) {
    resource_name(e, path, name);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(name) {
            e.push(FieldError::invalid(
                path,
                name,
                "must be a standard resource for containers",
            ));
        }
    } else if !is_native(name) && !is_extended(name) {
        e.push(FieldError::invalid(
            path,
            name,
            "doesn't follow extended resource name standard",
        ));
    }
}

fn pod_resource_name(e: &mut ErrorList, path: &Path, name: &str) {
    if resource_name(e, path, name) && !is_supported_pod_level_resource(name) {
        let supported = ["cpu", "hugepages-", "memory"];
        e.push(FieldError::not_supported(path, name, &supported));
    }
}

/// The amount of a resource: not negative, and whole where the resource is counted.
pub fn resource_value(e: &mut ErrorList, path: &Path, name: &str, q: &Quantity) {
    if q.sign() < 0 {
        e.push(FieldError::invalid(
            path,
            q,
            "must be greater than or equal to 0",
        ));
    }
    if (COUNTED.contains(&name) || is_extended(name)) && q.milli_value() % 1000 != 0 {
        e.push(FieldError::invalid(path, q, "must be an integer"));
    }
}

/// Requests and limits of a container. `claims`: names of the pod's resource claims.
pub fn container(e: &mut ErrorList, path: &Path, v: &Value, claims: &[&str]) {
    requirements(e, path, v, claims, container_resource_name);
}

fn requirements(
    e: &mut ErrorList,
    path: &Path,
    v: &Value,
    claims: &[&str],
    name_fn: fn(&mut ErrorList, &Path, &str),
) {
    let (limits, requests) = (v.get("limits"), v.get("requests"));
    let (limits_path, requests_path) = (path.child("limits"), path.child("requests"));
    let (mut compute, mut huge) = (false, false);
    let mut each = |e: &mut ErrorList, list: &Path, name: &str, q: &Quantity| {
        let at = list.key(name);
        name_fn(e, &at, name);
        resource_value(e, &at, name, q);
        compute |= matches!(name, "cpu" | "memory");
        huge |= is_huge_page(name);
    };
    for (name, v) in limits.fields() {
        let q = quantity(v);
        each(e, &limits_path, name, &q);
        huge_page_value(e, &limits_path.key(name), name, &q);
    }
    for (name, v) in requests.fields() {
        let q = quantity(v);
        each(e, &requests_path, name, &q);
        if let Some(limit) = limits.get(name).as_str() {
            let limit = Quantity::parse(limit).unwrap_or_default();
            if q != limit && !is_overcommit_allowed(name) {
                let text = format!("must be equal to {name} limit of {limit}");
                e.push(FieldError::invalid(&requests_path, &q, text));
            } else if q > limit {
                let text = format!("must be less than or equal to {name} limit of {limit}");
                e.push(FieldError::invalid(&requests_path, &q, text));
            }
        } else if !is_overcommit_allowed(name) {
            let text = "Limit must be set for non overcommitable resources";
            e.push(FieldError::required(&limits_path, text));
        }
        huge_page_value(e, &requests_path.key(name), name, &q);
    }
    if huge && !compute {
        e.push(FieldError::forbidden(
            path,
            "HugePages require cpu or memory",
        ));
    }
    claim_names(e, &path.child("claims"), v.get("claims"), claims);
}

fn huge_page_value(e: &mut ErrorList, path: &Path, name: &str, q: &Quantity) {
    let Some(size) = name.strip_prefix("hugepages-") else {
        return;
    };
    let page = Quantity::parse(size).unwrap_or_default();
    let whole = page.sign() > 0 && page.milli_value() % 1000 == 0 && q.value() % page.value() == 0;
    if !whole {
        let text = format!("{q} is not positive integer multiple of {name}");
        e.push(FieldError::invalid(path, q, text));
    }
}

fn claim_names(e: &mut ErrorList, path: &Path, v: &Value, known: &[&str]) {
    let mut seen: Vec<String> = Vec::new();
    for (i, claim) in v.items().iter().enumerate() {
        let at = path.index(i);
        let (name, request) = (claim.get("name").str(), claim.get("request").str());
        if name.is_empty() {
            e.push(FieldError::required(&at, ""));
            continue;
        }
        if seen.iter().any(|s| s == name) {
            e.push(FieldError::duplicate(&at, name));
        } else {
            let mut key = name.to_owned();
            if !request.is_empty() {
                dns_label(e, &at.child("request"), request);
                key = format!("{name}/{request}");
            }
            let clash = seen.contains(&key)
                || (request.is_empty() && seen.iter().any(|s| s.split('/').next() == Some(name)));
            if clash {
                e.push(FieldError::duplicate(&at, &key));
            }
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut sorted = known.to_vec();
            sorted.arrange();
            let mut error = FieldError::not_found(&at, name);
            error.detail = match sorted.is_empty() {
                true => "must be one of the names in pod.spec.resourceClaims which is empty".into(),
                false => format!(
                    "must be one of the names in pod.spec.resourceClaims: {}",
                    sorted.join(", ")
                ),
            };
            e.push(error);
        }
    }
}

/// The resource claims of a pod; gives their names.
pub fn pod_claims<'a>(
    e: &mut ErrorList,
    path: &Path,
    v: &'a Value,
    meta: Option<&Value>,
) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (i, claim) in v.items().iter().enumerate() {
        let mirror = meta.is_some_and(|m| m.get("annotations").has("kubernetes.io/config.mirror"));
        if mirror {
            e.push(FieldError::forbidden(
                &Path::new("[]"),
                "static pods do not support resource claims",
            ));
            continue;
        }
        let at = path.index(i);
        let name = claim.get("name").str();
        if required(e, &at.child("name"), claim.get("name")) {
            if names.contains(&name) {
                e.push(FieldError::duplicate(&at.child("name"), name));
            } else {
                dns_label(e, &at.child("name"), name);
                names.push(name);
            }
        }
        let (direct, template) = (
            claim.get("resourceClaimName"),
            claim.get("resourceClaimTemplateName"),
        );
        let bad = || super::containers::internal(claim, "PodResourceClaim");
        match (direct.is_null(), template.is_null()) {
            (false, false) => e.push(FieldError::invalid(
                &at,
                bad(),
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            )),
            (true, true) => e.push(FieldError::invalid(
                &at,
                bad(),
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            )),
            _ => {}
        }
        for field in ["resourceClaimName", "resourceClaimTemplateName"] {
            if let Some(name) = claim.get(field).as_str() {
                dns_subdomain(e, &at.child(field), name);
            }
        }
    }
    names
}

/// Resources of the pod as a whole.
pub fn pod_level(e: &mut ErrorList, path: &Path, spec: &Value, claims: &[&str]) {
    let v = spec.get("resources");
    if v.is_null() {
        return;
    }
    let path = path.child("resources");
    if spec.at(&["os", "name"]).str() == "windows" {
        return e.push(FieldError::forbidden(
            &path,
            "may not be set for a windows pod",
        ));
    }
    if !v.get("claims").is_null() {
        e.push(FieldError::forbidden(
            &path.child("claims"),
            "claims may not be set for Resources at pod-level",
        ));
    }
    requirements(e, &path, v, claims, pod_resource_name);
    consistency(e, &path, spec);
}

fn consistency(e: &mut ErrorList, path: &Path, spec: &Value) {
    let mut without = Value::object();
    without.set("spec", spec);
    without.remove_at(&["spec", "resources"]);
    without.remove_at(&["spec", "overhead"]);
    let pod = Pod(without);
    let (requests, limits) = (pod_requests_without_overhead(&pod), pod_limits(&pod));
    let set = spec.get("resources");
    for (what, list, sums) in [
        ("requests", "requests", &requests),
        ("limits", "limits", &limits),
    ] {
        for (name, sum) in sums {
            let own = set.get(list).get(name);
            if own.is_null() || (what == "limits" && !is_huge_page(name)) {
                continue;
            }
            let own = quantity(own);
            if *sum > own {
                let list_path = path.child(list);
                e.push(FieldError::invalid(
                    &list_path.key(name),
                    &own,
                    format!("must be greater than or equal to aggregate container {what} of {sum}"),
                ));
            }
        }
    }
    for (i, c) in spec.get("containers").items().iter().enumerate() {
        for (name, v) in c.at(&["resources", "limits"]).fields() {
            let (limit, pod) = (quantity(v), set.at(&["limits", name]));
            if !pod.is_null() && limit > quantity(pod) {
                let (at, pod) = (path.item("containers", i), quantity(pod));
                let text = format!("must be less than or equal to pod limits of {pod}");
                e.push(FieldError::invalid(
                    &at.key(name).child("limits"),
                    &limit,
                    text,
                ));
            }
        }
    }
}
