//! The summary of an object: its weightiest fields, in words of Kubernetes.

use super::{Condition, ContainerFact, EventRow, Fact, FactLabel as L, Role};
use crate::apimachinery::{Timestamp, Value, yaml::to_yaml};
use crate::view::amount;
use crate::view::pods::{millis, status_column};
use crate::view::protocol::ObjectRef;
use crate::view::services::service_door;
use crate::view::viewer::Viewer;

struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, label: L, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push(Fact {
                label,
                value,
                link: None,
            });
        }
    }
    fn link(&mut self, label: L, object: ObjectRef) {
        if !object.name.is_empty() {
            self.0.push(Fact {
                label,
                value: object.name.clone(),
                link: Some(object),
            });
        }
    }
}

/// The lines of the summary.
pub fn facts(viewer: &Viewer, kind: &str, object: &Value) -> Vec<Fact> {
    let mut f = Facts(Vec::new());
    match kind {
        "Pod" => pod(&mut f, object),
        "Node" => node(&mut f, viewer, object),
        "Service" => service(&mut f, viewer, object),
        "ConfigMap" => f.add(L::Data, keys(object.get("data"))),
        _ => workload(&mut f, object),
    }
    if let Some(owner) = object.controller_of() {
        f.link(
            L::Owner,
            ObjectRef {
                api_version: owner.api_version().to_owned(),
                kind: owner.kind().to_owned(),
                namespace: object.namespace().to_owned(),
                name: owner.get("name").str().to_owned(),
            },
        );
    }
    f.add(
        L::Finalizers,
        object.finalizers().collect::<Vec<_>>().join(", "),
    );
    f.add(
        L::Created,
        object.meta().get("creationTimestamp").str().to_owned(),
    );
    f.add(
        L::Deleting,
        object.meta().get("deletionTimestamp").str().to_owned(),
    );
    f.0
}

fn keys(v: &Value) -> String {
    v.fields().map(|(k, _)| k).collect::<Vec<_>>().join(", ")
}

fn pod(f: &mut Facts, pod: &Value) {
    f.add(L::Status, status_column(pod));
    let (spec, status) = (pod.get("spec"), pod.get("status"));
    f.link(
        L::Node,
        ObjectRef::new("v1", "Node", "", spec.get("nodeName").str()),
    );
    f.add(L::Ip, status.get("podIP").str());
    f.add(L::Qos, status.get("qosClass").str());
    f.add(L::RestartPolicy, spec.get("restartPolicy").str());
    f.add(L::ServiceAccount, spec.get("serviceAccountName").str());
    let (cpu, memory) = amount::pod_requests(pod);
    if cpu > 0 || memory > 0 {
        f.add(
            L::Requested,
            format!("{} CPU · {}", amount::cpu(cpu), amount::bytes(memory)),
        );
    }
}

fn node(f: &mut Facts, viewer: &Viewer, node: &Value) {
    let card = crate::view::nodes::node_card(node, &viewer.objects, viewer.machine(node.name()));
    f.add(L::Roles, card.roles.join(", "));
    f.add(L::Ip, card.ip);
    let (cpu, memory, pods) = card.allocatable;
    f.add(
        L::Capacity,
        format!("{} CPU · {}", amount::cpu(cpu), amount::bytes(memory)),
    );
    f.add(
        L::Requested,
        format!(
            "{} CPU · {}",
            amount::cpu(card.requested.0),
            amount::bytes(card.requested.1)
        ),
    );
    let on = viewer.objects.pods_on(node.name()).count();
    f.add(L::Pods, format!("{on} / {pods}"));
    f.add(L::Taints, card.taints.join(", "));
    f.add(L::Version, card.version);
}

fn service(f: &mut Facts, viewer: &Viewer, service: &Value) {
    let door = service_door(service, &viewer.objects, Default::default());
    f.add(L::Type, door.kind);
    f.add(L::ClusterIp, door.address);
    f.add(L::Ports, door.ports.join(", "));
    f.add(L::Selector, selector(service.at(&["spec", "selector"])));
    f.add(
        L::Endpoints,
        format!("{} / {}", door.counts.0, door.counts.0 + door.counts.1),
    );
}

fn workload(f: &mut Facts, object: &Value) {
    let spec = object.get("spec");
    if let Some(wanted) = spec.get("replicas").as_i64() {
        let ready = object
            .at(&["status", "readyReplicas"])
            .as_i64()
            .unwrap_or(0);
        f.add(L::Replicas, format!("{ready} / {wanted}"));
    }
    f.add(L::Strategy, spec.at(&["strategy", "type"]).str());
    f.add(L::Strategy, spec.at(&["updateStrategy", "type"]).str());
    let s = spec.get("selector");
    f.add(
        L::Selector,
        selector(if s.has("matchLabels") {
            s.get("matchLabels")
        } else {
            s
        }),
    );
    let containers = spec.at(&["template", "spec", "containers"]).items();
    let images: Vec<_> = containers.iter().map(|c| c.get("image").str()).collect();
    f.add(L::Image, images.join(", "));
}

/// A map of labels as kubectl writes selectors.
pub fn selector(labels: &Value) -> String {
    let pairs: Vec<_> = labels
        .fields()
        .filter_map(|(k, v)| Some(format!("{k}={}", v.as_str()?)))
        .collect();
    pairs.join(",")
}

/// All labels in order.
pub fn labels(object: &Value) -> Vec<(String, String)> {
    let labels = object.meta().get("labels");
    labels
        .fields()
        .map(|(k, v)| (k.to_owned(), v.str().to_owned()))
        .collect()
}

/// The containers of a pod, init containers first, those for debugging last.
pub fn containers(pod: &Value) -> Vec<ContainerFact> {
    if pod.kind() != "Pod" && !pod.get("spec").has("containers") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (list, statuses, role) in [
        ("initContainers", "initContainerStatuses", Role::Init),
        ("containers", "containerStatuses", Role::Main),
        (
            "ephemeralContainers",
            "ephemeralContainerStatuses",
            Role::Ephemeral,
        ),
    ] {
        let statuses = pod.get("status").get(statuses).items();
        for c in pod.get("spec").get(list).items() {
            let name = c.get("name").str();
            let status = statuses.iter().find(|s| s.get("name") == name);
            let status = status.unwrap_or(&crate::apimachinery::NULL);
            found.push(ContainerFact {
                name: name.to_owned(),
                image: c.get("image").str().to_owned(),
                role,
                ready: status.get("ready").as_bool() == Some(true),
                restarts: status.get("restartCount").as_i64().unwrap_or(0),
                state: container_state(status.get("state")),
                last: container_state(status.get("lastState")),
            });
        }
    }
    found
}

fn container_state(state: &Value) -> String {
    let (name, inner) = match state.fields().next() {
        Some(("running", _)) => return "Running".into(),
        Some(("waiting", v)) => ("Waiting", v),
        Some(("terminated", v)) => ("Terminated", v),
        _ => return String::new(),
    };
    let reason = inner.get("reason").str();
    match inner.get("exitCode").as_i64() {
        Some(code) => format!("{name}: {reason} ({code})"),
        None if reason.is_empty() => name.into(),
        None => format!("{name}: {reason}"),
    }
}

/// The conditions of an object's status.
pub fn conditions(object: &Value) -> Vec<Condition> {
    let conditions = object.at(&["status", "conditions"]).items().iter();
    conditions
        .map(|c| Condition {
            kind: c.get("type").str().to_owned(),
            status: c.get("status").str().to_owned(),
            reason: c.get("reason").str().to_owned(),
            message: c.get("message").str().to_owned(),
            since_ms: millis(Timestamp::parse(c.get("lastTransitionTime").str())),
        })
        .collect()
}

/// A row of the events tab, for the old and the new form of events.
pub fn event_row(event: &Value) -> EventRow {
    let time = |path: &[&str]| Timestamp::parse(event.at(path).str());
    let first = time(&["firstTimestamp"]).or(time(&["eventTime"]));
    let last = time(&["series", "lastObservedTime"])
        .or(time(&["lastTimestamp"]))
        .or(first);
    let count = event
        .at(&["series", "count"])
        .as_i64()
        .or(event.get("count").as_i64());
    let from = match event.at(&["source", "component"]).str() {
        "" => event.get("reportingComponent").str(),
        c => c,
    };
    EventRow {
        warning: event.get("type") == "Warning",
        reason: event.get("reason").str().to_owned(),
        message: event.get("message").str().to_owned(),
        from: from.to_owned(),
        count: count.unwrap_or(1),
        first_ms: millis(first),
        last_ms: millis(last),
    }
}

/// What a pod names and needs.
pub fn uses(pod: &Value) -> Vec<ObjectRef> {
    let mut found = Vec::new();
    let mut add = |kind: &str, name: &Value| {
        let of = ObjectRef::new("v1", kind, pod.namespace(), name.str());
        if !of.name.is_empty() && !found.contains(&of) {
            found.push(of);
        }
    };
    let spec = pod.get("spec");
    for volume in spec.get("volumes").items() {
        add("ConfigMap", volume.at(&["configMap", "name"]));
        add("Secret", volume.at(&["secret", "secretName"]));
        add(
            "PersistentVolumeClaim",
            volume.at(&["persistentVolumeClaim", "claimName"]),
        );
    }
    let init = spec.get("initContainers").items().iter();
    for container in init.chain(spec.get("containers").items()) {
        for from in container.get("envFrom").items() {
            add("ConfigMap", from.at(&["configMapRef", "name"]));
            add("Secret", from.at(&["secretRef", "name"]));
        }
        for env in container.get("env").items() {
            add(
                "ConfigMap",
                env.at(&["valueFrom", "configMapKeyRef", "name"]),
            );
            add("Secret", env.at(&["valueFrom", "secretKeyRef", "name"]));
        }
    }
    add("ServiceAccount", spec.get("serviceAccountName"));
    found
}

/// The object as the YAML tab shows it: with kind first known, without managed fields.
pub fn yaml(object: &Value, subject: &ObjectRef) -> String {
    let mut shown = object.clone();
    if shown.kind().is_empty() {
        shown.set("apiVersion", subject.api_version.as_str());
        shown.set("kind", subject.kind.as_str());
    }
    shown.remove_at(&["metadata", "managedFields"]);
    to_yaml(&shown)
}
