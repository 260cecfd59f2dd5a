//! The description of a node.

use super::Subject;
use super::writer::{Writer, join, or_none, rfc1123};
use crate::api::core::resources::{Basis, ResourceList, add, limits_by, requests_by};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Quantity, Value};
use crate::collections::Arrange;
use crate::kubectl::error::Error;

/// A `Node`.
pub async fn node(s: &Subject<'_>, node: &Value) -> Result<String, Error> {
    let lease = s
        .get(
            "coordination.k8s.io/v1",
            "Lease",
            "kube-node-lease",
            node.name(),
        )
        .await;
    let fields = format!(
        "spec.nodeName={},status.phase!=Failed,status.phase!=Succeeded",
        node.name()
    );
    let pods = s.list_fields("v1", "Pod", "", "", &fields).await;
    let events = events(s, node).await;
    let status = node.get("status");
    let mut w = s.writer();
    w.field(0, "Name", node.name());
    w.field(0, "Roles", or_none(&roles(node).join(",")));
    w.labels("Labels", node.meta().get("labels"));
    w.annotations("Annotations", node.meta().get("annotations"));
    w.field(
        0,
        "CreationTimestamp",
        rfc1123(node.meta().get("creationTimestamp")),
    );
    w.multiline("Taints", &taints(node));
    w.field(
        0,
        "Unschedulable",
        (node.at(&["spec", "unschedulable"]).as_bool() == Some(true)).to_string(),
    );
    match lease {
        Err(e) => w.field(0, "Lease", format!("Failed to get lease: {}", e.text())),
        Ok(lease) => describe_lease(&mut w, lease.get("spec")),
    }
    conditions(&mut w, status.get("conditions").items());
    w.line(0, "Addresses:");
    for a in status.get("addresses").items() {
        w.field(1, a.get("type").str(), a.get("address").str());
    }
    for (title, key) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if !status.get(key).is_empty() {
            w.line(0, format!("{title}:"));
        }
        for (name, amount) in status.get(key).fields() {
            w.field(1, name, Quantity::of(amount).to_string());
        }
    }
    system_info(&mut w, node);
    match pods {
        Ok(pods) => resources(&mut w, node, &pods),
        Err(e) if e.reason() == "Forbidden" => w.field(0, "Pods", "not authorized"),
        Err(e) => return Err(e),
    }
    w.events(events);
    Ok(w.finish())
}

/// Events of a node are found by its UID and, for those the kubelet wrote, by its name.
async fn events(s: &Subject<'_>, node: &Value) -> Option<Vec<Value>> {
    let mut all = s.events_of("Node", node.name(), "", node.uid()).await?;
    if node.uid() != node.name() {
        all.extend(
            s.events_of("Node", node.name(), "", node.name())
                .await
                .unwrap_or_default(),
        );
    }
    Some(all)
}

fn roles(node: &Value) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for (k, v) in node.meta().get("labels").fields() {
        match k.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => roles.push(role.to_owned()),
            None if k == "kubernetes.io/role" && !v.is_empty() => roles.push(v.str().to_owned()),
            _ => {}
        }
    }
    roles.arrange();
    roles.dedup();
    roles
}

fn taints(node: &Value) -> Vec<String> {
    let mut list = node.at(&["spec", "taints"]).items().to_vec();
    list.arrange_by_key(|t| format!("{},{}", t.get("effect").str(), t.get("key").str()));
    let one = |t: &Value| match (
        t.get("key").str(),
        t.get("value").str(),
        t.get("effect").str(),
    ) {
        (key, "", "") => key.to_owned(),
        (key, "", effect) => format!("{key}:{effect}"),
        (key, value, "") => format!("{key}={value}:"),
        (key, value, effect) => format!("{key}={value}:{effect}"),
    };
    list.iter().map(one).collect()
}

fn describe_lease(w: &mut Writer, spec: &Value) {
    w.line(0, "Lease:");
    let holder = spec.get("holderIdentity");
    w.field(
        1,
        "HolderIdentity",
        if holder.is_null() {
            "<unset>"
        } else {
            holder.str()
        },
    );
    for (title, key) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
        let time = if spec.get(key).is_null() {
            "<unset>".to_owned()
        } else {
            rfc1123(spec.get(key))
        };
        w.field(1, title, time);
    }
}

fn conditions(w: &mut Writer, conditions: &[Value]) {
    if conditions.is_empty() {
        return;
    }
    w.line(
        0,
        "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage",
    );
    w.line(
        1,
        "----\t------\t-----------------\t------------------\t------\t-------",
    );
    for c in conditions {
        let get = |k: &str| c.get(k).str();
        let (beat, transition) = (
            rfc1123(c.get("lastHeartbeatTime")),
            rfc1123(c.get("lastTransitionTime")),
        );
        w.line(
            1,
            format!(
                "{} \t{} \t{beat} \t{transition} \t{} \t{}",
                get("type"),
                get("status"),
                get("reason"),
                get("message")
            ),
        );
    }
}

fn system_info(w: &mut Writer, node: &Value) {
    let (info, spec) = (node.at(&["status", "nodeInfo"]), node.get("spec"));
    w.line(0, "System Info:");
    for (title, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        w.field(1, title, info.get(key).str());
    }
    if !spec.get("podCIDR").is_empty() {
        w.field(0, "PodCIDR", spec.get("podCIDR").str());
    }
    if !spec.get("podCIDRs").items().is_empty() {
        w.field(0, "PodCIDRs", join(spec.get("podCIDRs"), ","));
    }
    if !spec.get("providerID").is_empty() {
        w.field(0, "ProviderID", spec.get("providerID").str());
    }
}

fn of(list: &ResourceList, name: &str) -> Quantity {
    list.iter()
        .find(|(k, _)| k.as_ref() == name)
        .map(|(_, q)| *q)
        .unwrap_or_default()
}

/// `100m (5%)`
fn share(part: Quantity, whole: &Quantity, milli: bool) -> String {
    let amount = |q: &Quantity| if milli { q.milli_value() } else { q.value() } as f64;
    let percent = match amount(whole) {
        0.0 => 0,
        all => (amount(&part) / all * 100.0) as i64,
    };
    format!("{part} ({percent}%)")
}

fn resources(w: &mut Writer, node: &Value, pods: &[Value]) {
    w.line(
        0,
        format!("Non-terminated Pods:\t({} in total)", pods.len()),
    );
    w.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    w.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    let status = node.get("status");
    let allocatable = match status.get("allocatable") {
        v if v.is_empty() => status.get("capacity"),
        v => v,
    };
    let (cpu, memory) = (
        Quantity::of(allocatable.get("cpu")),
        Quantity::of(allocatable.get("memory")),
    );
    let (mut requests, mut limits) = (ResourceList::default(), ResourceList::default());
    for pod in pods {
        let own = Pod::of(pod);
        let (r, l) = (
            requests_by(own, Basis::Containers),
            limits_by(own, Basis::Containers),
        );
        let columns = [
            share(of(&r, "cpu"), &cpu, true),
            share(of(&l, "cpu"), &cpu, true),
            share(of(&r, "memory"), &memory, false),
            share(of(&l, "memory"), &memory, false),
        ];
        let age = w.age(pod.meta().get("creationTimestamp"));
        w.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{age}",
                pod.namespace(),
                pod.name(),
                columns.join("\t")
            ),
        );
        add(&mut requests, &r);
        add(&mut limits, &l);
    }
    w.line(
        0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)",
    );
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    let huge = |name: &&str| name.starts_with("hugepages-");
    let names: Vec<&str> = allocatable.fields().map(|(k, _)| k).collect();
    let mut shared = vec!["cpu", "memory", "ephemeral-storage"];
    shared.extend(names.iter().copied().filter(huge));
    for name in &shared {
        let whole = Quantity::of(allocatable.get(name));
        let milli = *name == "cpu";
        let (r, l) = (
            share(of(&requests, name), &whole, milli),
            share(of(&limits, name), &whole, milli),
        );
        w.line(1, format!("{name}\t{r}\t{l}"));
    }
    for name in names
        .into_iter()
        .filter(|n| !shared.contains(n) && *n != "pods")
    {
        w.line(
            1,
            format!("{name}\t{}\t{}", of(&requests, name), of(&limits, name)),
        );
    }
}
