//! What the Endpoints and EndpointSlice controllers share (upstream's `pkg/controller/util/endpoint` and
//! `staging/…/endpointslice/util`).

use super::pod_control::has_labels;
use super::runner::Watching;
use super::stores::Kind;
use crate::api::core::pod_util::{get_pod_condition, is_pod_ready, is_pod_terminal};
use crate::api::core_v1::{Pod, Service, ServicePort};
use crate::apimachinery::{Timestamp, Value};
use crate::client::Delta;
use crate::collections::{Arrange, SortedMap};

/// Annotation: when the change happened that this write of Endpoints or of a slice answers to.
pub const LAST_CHANGE_TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// Label of what stands for a service without an address of its own.
pub const HEADLESS: &str = "service.kubernetes.io/headless";

/// Whether a pod is listed among the endpoints of a service at all.
pub fn should_be_in_endpoints(pod: &Pod, include_terminating: bool) -> bool {
    if is_pod_terminal(pod)
        || (pod.status().pod_ip().is_empty() && pod.status().pod_ips().is_empty())
    {
        return false;
    }
    include_terminating || !pod.is_terminating()
}

/// Whether a pod is known by its hostname within a service (`ShouldSetHostname`).
pub fn should_set_hostname(pod: &Pod, service: &Value) -> bool {
    !pod.spec().hostname().is_empty()
        && pod.spec().subdomain() == service.name()
        && pod.namespace() == service.namespace()
}

/// The number of a service's port on a pod: as given, or that of the container port of the name (`FindPort`).
pub fn find_port(pod: &Pod, port: &ServicePort) -> Option<i64> {
    let name = match port.target_port() {
        Value::Str(name) => name.as_str(),
        other => return other.as_i64(),
    };
    let sidecars = pod
        .spec()
        .init_containers()
        .iter()
        .filter(|c| c.restart_policy() == "Always");
    pod.spec()
        .containers()
        .iter()
        .chain(sidecars)
        .flat_map(|c| c.ports())
        .find(|p| p.name() == name && protocol(p.protocol()) == protocol(port.protocol()))
        .and_then(|p| p.container_port())
}

fn protocol(s: &str) -> &str {
    if s.is_empty() { "TCP" } else { s }
}

/// Whether a service has no address of its own.
pub fn is_headless(service: &Value) -> bool {
    service.at(&["spec", "clusterIP"]) == &"None"
}

/// Whether a controller fills in the endpoints of a service: it selects pods and is no `ExternalName`.
pub fn is_selecting(service: &Service) -> bool {
    service.spec().type_() != "ExternalName" && !service.spec().get("selector").is_null()
}

/// The pods that a service selects.
pub fn selected_pods(service: &Value, stores: &super::stores::Stores) -> Vec<Value> {
    let selector = service.at(&["spec", "selector"]);
    stores[Kind::Pods]
        .in_namespace(service.namespace())
        .filter(|p| has_labels(p.labels(), selector))
        .cloned()
        .collect()
}

/// Queues the services whose endpoints a pod's change concerns.
pub fn queue_services_of_pod(delta: &Delta, watching: &mut Watching<'_>) {
    let (old, new) = match delta {
        Delta::Added(pod) | Delta::Deleted(pod) => (None, pod),
        Delta::Updated(old, new) => (Some(old), new),
    };
    let labels_changed =
        old.is_some_and(|old| old.meta().get("labels") != new.meta().get("labels"));
    if old.is_some_and(|old| !labels_changed && !endpoint_changed(Pod::of(old), Pod::of(new))) {
        return;
    }
    let stores = watching.stores;
    for service in stores[Kind::Services].in_namespace(new.namespace()) {
        let selector = service.at(&["spec", "selector"]);
        if selector.is_null() {
            continue;
        }
        let before = old.is_some_and(|old| labels_changed && has_labels(old.labels(), selector));
        if before || has_labels(new.labels(), selector) {
            watching.add(service.key());
        }
    }
}

fn endpoint_changed(old: &Pod, new: &Pod) -> bool {
    let told = |pod: &Pod| {
        let (spec, status) = (pod.get("spec"), pod.get("status"));
        [
            spec.get("nodeName").clone(),
            spec.get("hostname").clone(),
            spec.get("subdomain").clone(),
            status.get("podIPs").clone(),
            status.get("podIP").clone(),
        ]
    };
    old.is_terminating() != new.is_terminating()
        || is_pod_ready(old) != is_pod_ready(new)
        || is_pod_terminal(old) != is_pod_terminal(new)
        || told(old) != told(new)
}

/// Remembers when pods and services last changed, so that a write can say how old the change is that it makes known.
#[derive(Clone, Debug, Default)]
pub struct TriggerTimeTracker(SortedMap<String, (SortedMap<String, Timestamp>, Option<Timestamp>)>);

impl TriggerTimeTracker {
    /// The earliest change to the service or its pods since the last call (`ComputeEndpointLastChangeTriggerTime`).
    pub fn compute(&mut self, service: &Value, pods: &[Value]) -> Option<Timestamp> {
        let known = self.0.get(&service.key());
        let (mut earliest, mut times) = (None, SortedMap::new());
        let mut consider = |at: Option<Timestamp>, before: Option<Timestamp>| {
            if at > before {
                earliest = earliest.min(at).or(at);
            }
        };
        for pod in pods {
            let ready = get_pod_condition(Pod::of(pod), "Ready");
            if let Some(at) = ready.and_then(|c| c.last_transition_time()) {
                let before = known.and_then(|(times, _)| times.get(pod.name()).copied());
                consider(Some(at), before);
                times.insert(pod.name().to_owned(), at);
            }
        }
        let created = service.creation_timestamp();
        consider(created, known.and_then(|(_, created)| *created));
        let is_new = known.is_none();
        self.0.insert(service.key(), (times, created));
        if is_new { created } else { earliest }
    }

    /// Forgets a service.
    pub fn delete(&mut self, key: &str) {
        self.0.remove(key);
    }
}

/// Sets or takes out the annotation of the trigger time.
pub fn annotate_trigger_time(object: &mut Value, time: Option<Timestamp>) {
    match time {
        Some(t) => object.set_annotation(LAST_CHANGE_TRIGGER_TIME, &t.to_rfc3339()),
        None => {
            object.remove_at(&["metadata", "annotations", LAST_CHANGE_TRIGGER_TIME]);
        }
    }
}

/// The ports of a slice in the order upstream gives them: by the hash of how Go dumps each (`NewPortMapKey`).
pub fn in_slice_order(ports: Value) -> Value {
    let mut all = ports.items().to_vec();
    if all.len() < 2 {
        return ports;
    }
    all.arrange_by_key(|port| {
        let text = |field: &str| port.get(field).str();
        let dump = format!(
            "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){} AppProtocol:(*string){}}}",
            text("name"),
            text("protocol"),
            port.get("port").as_i64().unwrap_or(0),
            match text("appProtocol") {
                "" => "<nil>",
                protocol => protocol,
            }
        );
        fnv_128a(dump.as_bytes())
    });
    Value::from(all)
}

fn fnv_128a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stand_in_slices_by_their_hashes() {
        let port = |name: &str, number: i64, protocol: &str| crate::tree!({"name": name, "port": number, "protocol": protocol});
        let mut with_protocol = port("e", 5, "TCP");
        with_protocol.set("appProtocol", "http");
        let ports = Value::from(vec![
            port("a", 1, "TCP"),
            port("b", 2, "TCP"),
            port("c", 3, "TCP"),
            port("d", 4, "UDP"),
            with_protocol,
            port("f", 6, "TCP"),
        ]);
        let ordered = in_slice_order(ports);
        let names: Vec<&str> = ordered
            .items()
            .iter()
            .map(|p| p.get("name").str())
            .collect();
        assert_eq!(names, ["d", "e", "f", "b", "c", "a"]);
    }
}
