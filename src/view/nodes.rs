//! Nodes and the control plane, told from their objects.

use super::amount::{milli, units};
use super::frame::{Component, Machine, Namespace, NodeCard, NodeHealth, pod_key};
use super::pods::{condition, is_true, millis, status_column};
use super::store::{Objects, POD};
use crate::apimachinery::Value;

/// Whether a namespace is the cluster's own.
pub fn is_system(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// Makes the card of a node.
pub fn node_card(node: &Value, objects: &Objects, machine: Machine) -> NodeCard {
    let status = node.get("status");
    let allocatable = status.get("allocatable");
    let address = |kind: &str| {
        let mut all = status.get("addresses").items().iter();
        all.find(|a| a.get("type") == kind)
            .map_or("", |a| a.get("address").str())
    };
    NodeCard {
        name: node.name().to_owned(),
        health: health(node),
        cordoned: node.at(&["spec", "unschedulable"]).as_bool() == Some(true),
        roles: roles(node),
        taints: taints(node),
        pressures: ["MemoryPressure", "DiskPressure", "PIDPressure"]
            .into_iter()
            .filter(|p| is_true(node, p))
            .map(str::to_owned)
            .collect(),
        allocatable: (
            milli(allocatable.get("cpu")),
            units(allocatable.get("memory")),
            units(allocatable.get("pods")),
        ),
        requested: objects.requested_on(node.name()),
        machine,
        ip: address("InternalIP").to_owned(),
        version: status.at(&["nodeInfo", "kubeletVersion"]).str().to_owned(),
        created_ms: millis(node.creation_timestamp()),
    }
}

/// Whether a node can be used, by its condition `Ready`.
pub fn health(node: &Value) -> NodeHealth {
    match condition(node, "Ready").map(|c| c.get("status").str()) {
        Some("True") => NodeHealth::Ready,
        Some("False") => NodeHealth::NotReady,
        _ => NodeHealth::Unknown,
    }
}

fn roles(node: &Value) -> Vec<String> {
    let labels = node.meta().get("labels");
    let mut roles = Vec::new();
    for (k, v) in labels.fields() {
        if let Some(role) = k.strip_prefix("node-role.kubernetes.io/") {
            roles.push(role.to_owned());
        } else if k == "kubernetes.io/role" {
            roles.push(v.str().to_owned());
        }
    }
    roles
}

fn taints(node: &Value) -> Vec<String> {
    let own = |t: &&Value| !t.get("key").str().starts_with("node.kubernetes.io/");
    let taints = node.at(&["spec", "taints"]).items().iter().filter(own);
    taints
        .map(|t| {
            let value = t.get("value").str();
            let equals = if value.is_empty() { "" } else { "=" };
            format!(
                "{}{equals}{value}:{}",
                t.get("key").str(),
                t.get("effect").str()
            )
        })
        .collect()
}

/// The parts of the control plane, in the order the map shows them.
pub const COMPONENTS: [&str; 4] = [
    "kube-apiserver",
    "etcd",
    "kube-scheduler",
    "kube-controller-manager",
];

/// Tells how a part of the control plane is, from its pods in kube-system.
pub fn component(name: &str, objects: &Objects) -> Component {
    let mut found = Component {
        name: name.to_owned(),
        ..Component::default()
    };
    for (_, pod) in objects.in_namespace(POD, "kube-system") {
        if pod.label("component") != Some(name) {
            continue;
        }
        let running = is_true(pod, "Ready") && !pod.is_terminating();
        if found.pod.is_empty() || running {
            found.pod = pod_key(pod.namespace(), pod.name());
            found.status = status_column(pod);
            found.running |= running;
        }
    }
    found
}

/// Makes the item of a namespace.
pub fn namespace(object: &Value) -> Namespace {
    Namespace {
        name: object.name().to_owned(),
        terminating: object.is_terminating(),
    }
}
