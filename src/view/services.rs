//! Services as doors: their address, and the pods that stand ready behind them.

use super::frame::{ServiceDoor, key};
use super::store::{ENDPOINT_SLICE, Objects};
use super::traffic::Counts;
use crate::apimachinery::Value;

/// The label that ties an EndpointSlice to its service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
const SHOWN: usize = 200;

/// Makes the door of a service.
pub fn service_door(service: &Value, objects: &Objects, requests: Counts) -> ServiceDoor {
    let spec = service.get("spec");
    let mut door = ServiceDoor {
        namespace: service.namespace().to_owned(),
        name: service.name().to_owned(),
        kind: spec.get("type").str().to_owned(),
        address: match spec.get("type").str() {
            "ExternalName" => spec.get("externalName").str().to_owned(),
            _ => spec.get("clusterIP").str().to_owned(),
        },
        ports: spec.get("ports").items().iter().map(port).collect(),
        requests,
        has_selector: !spec.get("selector").is_empty(),
        ..ServiceDoor::default()
    };
    for (_, slice) in objects.in_namespace(ENDPOINT_SLICE, service.namespace()) {
        if slice.label(SERVICE_NAME) == Some(service.name()) {
            for endpoint in slice.get("endpoints").items() {
                add_endpoint(&mut door, slice.namespace(), endpoint);
            }
        }
    }
    door
}

fn add_endpoint(door: &mut ServiceDoor, namespace: &str, endpoint: &Value) {
    let ready = endpoint.at(&["conditions", "ready"]).as_bool() != Some(false);
    let target = endpoint.get("targetRef");
    let pod = match target.kind() {
        "Pod" => key("pod", namespace, target.get("name").str()),
        _ => String::new(),
    };
    let (list, count) = match ready {
        true => (&mut door.ready, &mut door.counts.0),
        false => (&mut door.waiting, &mut door.counts.1),
    };
    *count += 1;
    if list.len() < SHOWN && !pod.is_empty() && !list.contains(&pod) {
        list.push(pod);
    }
}

/// A port as kubectl prints it.
fn port(port: &Value) -> String {
    let number = port.get("port").as_i64().unwrap_or(0);
    let protocol = match port.get("protocol").str() {
        "" => "TCP",
        p => p,
    };
    match port.get("nodePort").as_i64() {
        Some(node_port) if node_port > 0 => format!("{number}:{node_port}/{protocol}"),
        _ => format!("{number}/{protocol}"),
    }
}
