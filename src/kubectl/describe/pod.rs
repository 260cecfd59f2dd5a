//! The description of a pod.

use super::Subject;
use super::containers::{containers, resources, seccomp, tolerations, topology_spread};
use super::volumes::volumes;
use super::writer::{Writer, controlled_by, number, or_none, rfc1123};
use crate::apimachinery::Value;
use crate::kubectl::error::Error;

/// A `Pod`.
pub async fn pod(s: &Subject<'_>, pod: &Value) -> Result<String, Error> {
    let uid = pod
        .annotation("kubernetes.io/config.mirror")
        .unwrap_or(pod.uid());
    let events = s.events_of("", pod.name(), pod.namespace(), uid).await;
    let (spec, status) = (pod.get("spec"), pod.get("status"));
    let mut w = s.writer();
    head(&mut w, pod);
    if !spec.get("resources").is_null() {
        w.line(0, "Resources:");
        resources(&mut w, spec.get("resources"), 1);
    }
    for (title, key, statuses, always) in [
        (
            "Init Containers",
            "initContainers",
            "initContainerStatuses",
            false,
        ),
        ("Containers", "containers", "containerStatuses", true),
        (
            "Ephemeral Containers",
            "ephemeralContainers",
            "ephemeralContainerStatuses",
            false,
        ),
    ] {
        if always || !spec.get(key).items().is_empty() {
            containers(
                &mut w,
                title,
                spec.get(key),
                status.get(statuses),
                Some(pod),
                "",
            );
        }
    }
    conditions(&mut w, pod);
    volumes(&mut w, spec.get("volumes"), "");
    w.field(0, "QoS Class", status.get("qosClass").str());
    w.labels("Node-Selectors", spec.get("nodeSelector"));
    tolerations(&mut w, "Tolerations", spec.get("tolerations"));
    topology_spread(&mut w, spec.get("topologySpreadConstraints"), "");
    w.events(events);
    Ok(w.finish())
}

fn head(w: &mut Writer, pod: &Value) {
    let (spec, status) = (pod.get("spec"), pod.get("status"));
    w.field(0, "Name", pod.name());
    w.field(0, "Namespace", pod.namespace());
    if !spec.get("priority").is_null() {
        w.field(0, "Priority", number(spec.get("priority")).to_string());
    }
    for (title, key) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !spec.get(key).is_empty() {
            w.field(0, title, spec.get(key).str());
        }
    }
    match spec.get("nodeName").str() {
        "" => w.field(0, "Node", "<none>"),
        node => w.field(0, "Node", format!("{node}/{}", status.get("hostIP").str())),
    }
    if !status.get("startTime").is_null() {
        w.field(0, "Start Time", rfc1123(status.get("startTime")));
    }
    w.labels("Labels", pod.meta().get("labels"));
    w.annotations("Annotations", pod.meta().get("annotations"));
    let phase = status.get("phase").str();
    if pod.is_terminating() && !matches!(phase, "Failed" | "Succeeded") {
        let since = w.age(pod.meta().get("deletionTimestamp"));
        w.field(0, "Status", format!("Terminating (lasts {since})"));
        let grace = number(pod.meta().get("deletionGracePeriodSeconds"));
        w.field(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        w.field(0, "Status", phase);
    }
    for (title, key) in [("Reason", "reason"), ("Message", "message")] {
        if !status.get(key).is_empty() {
            w.field(0, title, status.get(key).str());
        }
    }
    seccomp(w, spec.at(&["securityContext", "seccompProfile"]), 0, 0);
    w.field(0, "IP", status.get("podIP").str());
    let ips = status.get("podIPs").items();
    if ips.is_empty() {
        w.field(0, "IPs", "<none>");
    } else {
        w.line(0, "IPs:");
    }
    for ip in ips {
        w.field(1, "IP", ip.get("ip").str());
    }
    if let Some(owner) = controlled_by(pod) {
        w.field(0, "Controlled By", owner);
    }
    if !status.get("nominatedNodeName").is_empty() {
        w.field(
            0,
            "NominatedNodeName",
            status.get("nominatedNodeName").str(),
        );
    }
}

fn conditions(w: &mut Writer, pod: &Value) {
    let conditions = pod.at(&["status", "conditions"]).items();
    let gates = pod.at(&["spec", "readinessGates"]).items();
    if !gates.is_empty() {
        w.line(0, "Readiness Gates:\n  Type\tStatus");
        for g in gates {
            let kind = g.get("conditionType");
            let found = conditions.iter().find(|c| c.get("type") == kind);
            let status = found.map_or("", |c| c.get("status").str());
            w.line(1, format!("{} \t{} ", kind.str(), or_none(status)));
        }
    }
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus");
        for c in conditions {
            w.line(
                1,
                format!("{} \t{} ", c.get("type").str(), c.get("status").str()),
            );
        }
    }
}
