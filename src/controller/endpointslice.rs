//! Keeps the EndpointSlices of services that select pods (upstream's `pkg/controller/endpointslice`).

pub mod plan;
pub mod tracker;

use super::endpoint_util as util;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::{Pod, Service};
use crate::apimachinery::{Timestamp, Value, meta};
use crate::client::{DeleteOptions, Delta, EventRecorder};
use crate::collections::SortedMap;
use crate::tree;
use plan::{Plan, port_map_key};
use tracker::SliceTracker;

/// The value of [`MANAGED_BY`] on slices of this controller.
pub const CONTROLLER: &str = "endpointslice-controller.k8s.io";
/// Label: who keeps a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// Label: the service a slice belongs to.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MAX_ENDPOINTS_PER_SLICE: usize = 100;
const ZONE: &str = "topology.kubernetes.io/zone";

/// The endpointslice controller.
#[derive(Clone)]
pub struct EndpointSliceController {
    recorder: EventRecorder,
    trigger_times: util::TriggerTimeTracker,
    tracker: SliceTracker,
}

impl Default for EndpointSliceController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("endpoint-slice-controller", ""),
            trigger_times: util::TriggerTimeTracker::default(),
            tracker: SliceTracker::default(),
        }
    }
}

/// The endpoints of one set of ports.
struct Group {
    ports: Value,
    desired: SortedMap<String, Value>,
    existing: Vec<Value>,
}

impl EndpointSliceController {
    fn sync(&mut self, service: &Service, work: &mut Work<'_, '_>) -> Outcome {
        let pods = util::selected_pods(service, work.stores);
        work.looked_at(pods.len());
        let trigger = self.trigger_times.compute(service, &pods);
        let slices: Vec<Value> = work.stores[Kind::EndpointSlices]
            .by_index("service", &service.key())
            .filter(|s| s.label(MANAGED_BY) == Some(CONTROLLER) && !s.is_terminating())
            .cloned()
            .collect();
        if self.tracker.is_stale(&service.key(), &slices) {
            return Err(Error::other("EndpointSlice informer cache is out of date"));
        }
        let families = address_types(service);
        let mut result = Ok(());
        for family in &families {
            let (of_family, _): (Vec<_>, Vec<_>) = slices
                .iter()
                .cloned()
                .partition(|s| s.get("addressType") == family);
            let plan = plan_family(service, &pods, of_family, family, work, &mut result);
            self.write(service, plan, trigger, work)?;
        }
        for slice in slices
            .iter()
            .filter(|s| !families.iter().any(|f| s.get("addressType") == f))
        {
            self.delete(slice, service, work)?;
        }
        result.map(|()| Action::AwaitChange)
    }

    fn write(
        &mut self,
        service: &Service,
        plan: Plan,
        trigger: Option<Timestamp>,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let (def, key) = (Kind::EndpointSlices.def(), service.key());
        if !service.is_terminating() {
            for mut slice in plan.create {
                util::annotate_trigger_time(&mut slice, trigger);
                match work.cx.create(def, service.namespace(), slice) {
                    Ok(made) => self.tracker.update(&key, &made),
                    Err(e) if e.has_cause("NamespaceTerminating") => return Ok(()),
                    Err(e) => return Err(e.into()),
                }
            }
        }
        for mut slice in plan.update {
            util::annotate_trigger_time(&mut slice, trigger);
            let made = work.cx.update(def, slice)?;
            self.tracker.update(&key, &made);
        }
        for slice in plan.delete {
            self.delete(&slice, service, work)?;
        }
        Ok(())
    }

    fn delete(
        &mut self,
        slice: &Value,
        service: &Value,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let (def, options) = (Kind::EndpointSlices.def(), DeleteOptions::default());
        match work
            .cx
            .delete(def, slice.namespace(), slice.name(), &options)
        {
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => {
                self.tracker.expect_deletion(&service.key(), slice);
                Ok(())
            }
        }
    }

    fn slice_changed(&mut self, delta: &Delta, watching: &mut Watching<'_>) {
        let slice = delta.object();
        let ours = slice.label(MANAGED_BY) == Some(CONTROLLER);
        let was_ours =
            matches!(delta, Delta::Updated(old, _) if old.label(MANAGED_BY) == Some(CONTROLLER));
        let Some(service) = slice.label(SERVICE_NAME).filter(|_| ours || was_ours) else {
            return;
        };
        let key = format!("{}/{service}", slice.namespace());
        let unexpected = match delta {
            Delta::Deleted(slice) => self.tracker.deleted(&key, slice),
            _ => self.tracker.is_newer(&key, slice) || ours != was_ours,
        };
        if unexpected {
            watching.add(key);
        }
    }
}

/// The slices of one address family as they should be.
fn plan_family(
    service: &Service,
    pods: &[Value],
    existing: Vec<Value>,
    family: &str,
    work: &Work<'_, '_>,
    result: &mut Result<(), Error>,
) -> Plan {
    let mut groups: SortedMap<String, Group> = SortedMap::new();
    let existing_count = existing.len();
    for slice in existing {
        let ports = slice.get("ports").clone();
        let group = groups
            .entry(port_map_key(&ports))
            .or_insert_with(|| Group::new(ports));
        group.existing.push(slice);
    }
    for pod in pods
        .iter()
        .map(Pod::of)
        .filter(|p| util::should_be_in_endpoints(p, true))
    {
        let node = work.stores[Kind::Nodes].get(pod.spec().node_name());
        let publish = service.spec().publish_not_ready_addresses() == Some(true);
        if node.is_none() && !publish {
            let missing = format!("node \"{}\" not found", pod.spec().node_name());
            *result = Err(Error::other(format!(
                "skipping Pod {} for Service {}/{}: {missing}",
                pod.name(),
                service.namespace(),
                service.name()
            )));
            continue;
        }
        if let Some(endpoint) = endpoint(pod, node, service, family) {
            let ports = endpoint_ports(service, pod);
            let group = groups
                .entry(port_map_key(&ports))
                .or_insert_with(|| Group::new(ports));
            group.desired.insert(plan::identity(&endpoint), endpoint);
        }
    }
    let mut plan = Plan::default();
    for group in groups.into_values() {
        if group.desired.is_empty() {
            plan.delete.extend(group.existing);
            continue;
        }
        let part = plan::reconcile_by_port_mapping(
            group.existing,
            group.desired,
            |_| slice_labels(service),
            || new_slice(service, family, &group.ports),
            MAX_ENDPOINTS_PER_SLICE,
        );
        plan.create.extend(part.create);
        plan.update.extend(part.update);
        plan.delete.extend(part.delete);
    }
    add_placeholder(service, family, existing_count, &mut plan);
    plan::recycle(&mut plan, service.uid());
    plan
}

/// A service without any endpoint has one empty slice, so that a reader can tell "none" from "not yet known".
fn add_placeholder(service: &Service, family: &str, existing: usize, plan: &mut Plan) {
    if existing != plan.delete.len() || !plan.create.is_empty() {
        return;
    }
    let placeholder = new_slice(service, family, &Value::list());
    let same = |slice: &Value| {
        slice.get("endpoints").is_empty()
            && slice.get("ports").is_empty()
            && slice.at(&["metadata", "labels"]) == placeholder.at(&["metadata", "labels"])
            && slice.owner_references() == placeholder.owner_references()
    };
    if plan.delete.len() == 1 && same(&plan.delete[0]) {
        plan.delete.clear();
    } else {
        plan.create.push(placeholder);
    }
}

impl Group {
    fn new(ports: Value) -> Self {
        Self {
            ports,
            desired: SortedMap::new(),
            existing: Vec::new(),
        }
    }
}

/// `IPv4` and `IPv6` as the service asks for them.
fn address_types(service: &Service) -> Vec<&'static str> {
    let families: Vec<&'static str> = service
        .spec()
        .ip_families()
        .iter()
        .map(|f| if f == "IPv6" { "IPv6" } else { "IPv4" })
        .collect();
    if families.is_empty() {
        vec!["IPv4"]
    } else {
        families
    }
}

fn endpoint(pod: &Pod, node: Option<&Value>, service: &Service, family: &str) -> Option<Value> {
    let addresses: Vec<Value> = pod
        .status()
        .pod_ips()
        .iter()
        .map(|a| a.ip())
        .filter(|ip| ip.contains(':') == (family == "IPv6"))
        .map(Value::from)
        .collect();
    if addresses.is_empty() {
        return None;
    }
    let (serving, terminating) = (is_pod_ready(pod), pod.is_terminating());
    let publish = service.spec().publish_not_ready_addresses() == Some(true);
    let mut endpoint = tree!({
        "conditions": {
            "ready": publish || (serving && !terminating), "serving": serving, "terminating": terminating,
        },
        "targetRef": {
            "kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid(),
        },
    });
    endpoint.set("addresses", addresses);
    if !pod.spec().node_name().is_empty() {
        endpoint.set("nodeName", pod.spec().node_name());
    }
    if let Some(zone) = node.and_then(|n| n.label(ZONE)) {
        endpoint.set("zone", zone);
    }
    if util::should_set_hostname(pod, service) {
        endpoint.set("hostname", pod.spec().hostname());
    }
    Some(endpoint)
}

fn endpoint_ports(service: &Service, pod: &Pod) -> Value {
    let mut ports = Value::list();
    for port in service.spec().ports() {
        let Some(number) = util::find_port(pod, port) else {
            continue;
        };
        let mut out = tree!({"name": port.name(), "port": number, "protocol": port.protocol()});
        if !port.app_protocol().is_empty() {
            out.set("appProtocol", port.app_protocol());
        }
        ports.push(out);
    }
    util::in_slice_order(ports)
}

fn new_slice(service: &Value, family: &str, ports: &Value) -> Value {
    let mut slice = tree!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"generateName": format!("{}-", service.name()), "namespace": service.namespace()},
        "addressType": family, "endpoints": [],
    });
    let labels = slice_labels(service);
    slice.set_at(&["metadata", "labels"], labels);
    let reference = meta::new_controller_ref(service, "v1", "Service");
    slice.set_at(&["metadata", "ownerReferences"], vec![reference]);
    slice.set("ports", ports);
    slice
}

/// The service's labels and those that this controller keeps.
fn slice_labels(service: &Value) -> Value {
    let mut labels = service.at(&["metadata", "labels"]).clone();
    labels
        .map_mut()
        .retain(|key, _| ![SERVICE_NAME, MANAGED_BY, util::HEADLESS].contains(&key));
    labels.set(SERVICE_NAME, service.name());
    labels.set(MANAGED_BY, CONTROLLER);
    if util::is_headless(service) {
        labels.set(util::HEADLESS, "");
    }
    labels
}

impl Reconciler for EndpointSliceController {
    const NAME: &'static str = "endpointslice-controller";
    const SERVICE_ACCOUNT: &'static str = "endpointslice-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::Services,
        Kind::Pods,
        Kind::Nodes,
        Kind::EndpointSlices,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        match kind {
            Kind::Services => watching.add(delta.object().key()),
            Kind::Pods => util::queue_services_of_pod(delta, watching),
            Kind::EndpointSlices => self.slice_changed(delta, watching),
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(service) = work.stores[Kind::Services].get(key).cloned() else {
            self.trigger_times.delete(key);
            self.tracker.delete(key);
            return Ok(Action::AwaitChange);
        };
        let service = Service::of(&service);
        if !util::is_selecting(service) {
            return Ok(Action::AwaitChange);
        }
        let outcome = self.sync(service, work);
        if let Err(e) = &outcome
            && !matches!(e, Error::Other(text) if text.contains("out of date"))
        {
            let message = format!(
                "Error updating Endpoint Slices for Service {}/{}: {e}",
                service.namespace(),
                service.name()
            );
            let reason = "FailedToUpdateEndpointSlices";
            self.recorder
                .event(work.cx, service, "Warning", reason, &message);
        }
        outcome
    }
}
