//! The core group without pods (`pkg/apis/core/v1/defaults.go`).

use super::{Defaulter, Edit};
use crate::api::strict::base64_encode;
use crate::apimachinery::Value;

pub(super) fn defaulter(name: &str) -> Option<Defaulter> {
    Some(match name.strip_prefix("api.core.v1.")? {
        "Service" => service,
        "Secret" => secret,
        "Namespace" => namespace,
        "NamespaceStatus" => |e| e.default_empty("phase", "Active"),
        "NodeStatus" => node_status,
        "NodeSpec" => |e| plural(e, "podCIDR", "podCIDRs", None),
        "PodStatus" => |e| plural(e, "podIP", "podIPs", Some("ip")),
        "PersistentVolume" => persistent_volume,
        "PersistentVolumeClaim" => |e| e.default_at(&["status", "phase"], "Pending"),
        "PersistentVolumeClaimSpec" => |e| e.default("volumeMode", "Filesystem"),
        "EndpointPort" => |e| e.default_empty("protocol", "TCP"),
        "LimitRangeItem" => limit_range_item,
        "ReplicationController" => replication_controller,
        _ => return None,
    })
}

/// Whether a service is reached from outside of the cluster.
pub fn externally_accessible(spec: &Value) -> bool {
    match spec.get("type").str() {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !spec.get("externalIPs").is_empty(),
        _ => false,
    }
}

fn service(e: &mut Edit) {
    let mut spec = Edit::of(e.get("spec"));
    service_spec(&mut spec);
    if let Some(new) = spec.done() {
        e.set("spec", new);
    }
    let ingress = e.at(&["status", "loadBalancer", "ingress"]);
    let bare = |i: &Value| !i.get("ip").is_empty() && i.get("ipMode").is_null();
    if e.at(&["spec", "type"]).str() == "LoadBalancer" && ingress.items().iter().any(bare) {
        for i in e
            .to_mut()
            .at_mut(&["status", "loadBalancer", "ingress"])
            .items_mut()
        {
            if bare(i) {
                i.set("ipMode", "VIP");
            }
        }
    }
}

fn service_spec(e: &mut Edit) {
    e.default_empty("sessionAffinity", "None");
    match e.get("sessionAffinity").str() {
        "None" => e.remove("sessionAffinityConfig"),
        "ClientIP" => e.default_at(
            &["sessionAffinityConfig", "clientIP", "timeoutSeconds"],
            10800,
        ),
        _ => {}
    }
    e.default_empty("type", "ClusterIP");
    for i in 0..e.get("ports").items().len() {
        let port = &e.get("ports").items()[i];
        let target = port.get("targetPort");
        let default_target = target.is_empty().then(|| port.get("port").clone());
        let default_protocol = port.get("protocol").is_empty();
        if default_target.is_none() && !default_protocol {
            continue;
        }
        let port = &mut e.to_mut().entry("ports").items_mut()[i];
        if let Some(target) = default_target {
            port.set(
                "targetPort",
                if target.is_null() {
                    Value::Int(0)
                } else {
                    target
                },
            );
        }
        if default_protocol {
            port.set("protocol", "TCP");
        }
    }
    if externally_accessible(e.value()) {
        e.default_empty("externalTrafficPolicy", "Cluster");
    }
    let kind = e.get("type").str().to_owned();
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        e.default("internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        e.default("allocateLoadBalancerNodePorts", true);
    }
}

/// `stringData` is written into `data` and does not stay.
fn secret(e: &mut Edit) {
    e.default_empty("type", "Opaque");
    if let Value::Map(strings) = e.get("stringData").clone() {
        e.remove("stringData");
        for (key, v) in strings.iter() {
            e.set_at(&["data", key], base64_encode(v.str().as_bytes()));
        }
    }
}

fn namespace(e: &mut Edit) {
    let name = e.at(&["metadata", "name"]).str().to_owned();
    let label = ["metadata", "labels", "kubernetes.io/metadata.name"];
    if !name.is_empty() && e.at(&label).str() != name {
        e.set_at(&label, name);
    }
}

fn node_status(e: &mut Edit) {
    if !e.get("capacity").is_null() {
        let capacity = e.get("capacity").clone();
        e.default("allocatable", capacity);
    }
}

/// The old single field and the first of the new list are kept equal (conversion).
fn plural(e: &mut Edit, single: &'static str, list: &'static str, key: Option<&'static str>) {
    let wrap = |v: &Value| match key {
        Some(k) => {
            let mut o = Value::object();
            o.set(k, v);
            o
        }
        None => v.clone(),
    };
    let one = e.get(single).clone();
    let first = e.get(list).items().first();
    let first = first.map(|v| key.map_or(v, |k| v.get(k)).clone());
    match (one.is_empty(), first) {
        (true, Some(first)) => e.set(single, first),
        (false, None) => e.set(list, vec![wrap(&one)]),
        (false, Some(first)) if first != one => e.set(list, vec![wrap(&one)]),
        _ => {}
    }
}

fn persistent_volume(e: &mut Edit) {
    if e.at(&["status", "phase"]).is_empty() {
        e.set_at(&["status", "phase"], "Pending");
    }
    if e.at(&["spec", "persistentVolumeReclaimPolicy"]).is_empty() {
        e.set_at(&["spec", "persistentVolumeReclaimPolicy"], "Retain");
    }
    e.default_at(&["spec", "volumeMode"], "Filesystem");
}

fn limit_range_item(e: &mut Edit) {
    if e.get("type").str() != "Container" {
        return;
    }
    for (from, to) in [
        ("max", "default"),
        ("default", "defaultRequest"),
        ("min", "defaultRequest"),
    ] {
        let source = e.get(from).clone();
        for (resource, amount) in source.fields() {
            e.default_at(&[to, resource], amount);
        }
    }
}

fn replication_controller(e: &mut Edit) {
    let labels = e.at(&["spec", "template", "metadata", "labels"]).clone();
    if labels.is_empty() {
        return;
    }
    if e.at(&["spec", "selector"]).is_empty() {
        e.set_at(&["spec", "selector"], &labels);
    }
    if e.at(&["metadata", "labels"]).is_empty() {
        e.set_at(&["metadata", "labels"], labels);
    }
}
