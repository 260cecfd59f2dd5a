//! Keeps the Endpoints of services that select pods (upstream's `pkg/controller/endpoint`).

use super::endpoint_util as util;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::{Pod, Service};
use crate::apimachinery::meta::split_key;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{ApiError, DeleteOptions, Delta, EventRecorder};
use crate::collections::{Arrange, SortedMap};
use crate::tree;

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
const MAX_CAPACITY: usize = 1000;

/// The endpoints controller.
#[derive(Clone)]
pub struct EndpointsController {
    recorder: EventRecorder,
    trigger_times: util::TriggerTimeTracker,
    /// The versions that own writes have replaced: an informer that still has one is behind (upstream's
    /// `staleEndpointsTracker`).
    outdated: SortedMap<String, String>,
}

impl Default for EndpointsController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("endpoint-controller", ""),
            trigger_times: util::TriggerTimeTracker::default(),
            outdated: SortedMap::new(),
        }
    }
}

impl EndpointsController {
    fn service_gone(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        self.trigger_times.delete(key);
        self.outdated.remove(key);
        if work.stores[Kind::Endpoints].get(key).is_none() {
            return Ok(Action::AwaitChange);
        }
        let (namespace, name) = split_key(key);
        let options = DeleteOptions::default();
        match work
            .cx
            .delete(Kind::Endpoints.def(), namespace, name, &options)
        {
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => Ok(Action::AwaitChange),
        }
    }

    fn sync(&mut self, service: &Service, work: &mut Work<'_, '_>) -> Outcome {
        let pods = util::selected_pods(service, work.stores);
        work.looked_at(pods.len());
        let trigger = self.trigger_times.compute(service, &pods);
        let (subsets, truncated) = subsets(service, &pods);
        let current = work.stores[Kind::Endpoints].get(&service.key()).cloned();
        let version = current.as_ref().map(|c| c.resource_version().to_owned());
        if version.is_some() && self.outdated.get(&service.key()) == version.as_ref() {
            let why = format!(
                "endpoints informer cache is out of date, resource version {} already processed for endpoints {}",
                version.unwrap_or_default(),
                service.key()
            );
            return Err(Error::other(why));
        }
        let labels = labels(service);
        let over_capacity = truncated.then_some("truncated");
        let correct = current.as_ref().is_some_and(|c| {
            same_subsets(c.get("subsets"), &subsets)
                && c.at(&["metadata", "labels"]) == &labels
                && c.annotation(OVER_CAPACITY) == over_capacity
        });
        if correct {
            return Ok(Action::AwaitChange);
        }
        let existed = current.is_some();
        let endpoints = endpoints(service, current, subsets, labels, over_capacity, trigger);
        let result = if existed {
            work.cx.update(Kind::Endpoints.def(), endpoints)
        } else {
            work.cx
                .create(Kind::Endpoints.def(), service.namespace(), endpoints)
        };
        match result {
            Ok(stored) => {
                if let Some(version) = version.filter(|v| v != stored.resource_version()) {
                    self.outdated.insert(service.key(), version);
                }
                Ok(Action::AwaitChange)
            }
            Err(e) if !existed && e.has_cause("NamespaceTerminating") => Ok(Action::AwaitChange),
            Err(e) => Err(self.failed(service, existed, e, work)),
        }
    }

    fn failed(
        &mut self,
        service: &Value,
        existed: bool,
        e: ApiError,
        work: &mut Work<'_, '_>,
    ) -> Error {
        let (reason, verb) = if existed {
            ("FailedToUpdateEndpoint", "update")
        } else {
            ("FailedToCreateEndpoint", "create")
        };
        let (namespace, name) = (service.namespace(), service.name());
        let message = format!("Failed to {verb} endpoint {namespace}/{name}: {e}");
        if !e.is_conflict() {
            self.recorder
                .event(work.cx, service, "Warning", reason, &message);
        }
        e.into()
    }
}

fn labels(service: &Value) -> Value {
    let mut labels = service.at(&["metadata", "labels"]).clone();
    labels.set(MANAGED_BY, "endpoint-controller");
    if util::is_headless(service) {
        labels.set(util::HEADLESS, "");
    } else {
        labels.remove(util::HEADLESS);
    }
    labels
}

fn endpoints(
    service: &Value,
    current: Option<Value>,
    subsets: Value,
    labels: Value,
    over_capacity: Option<&str>,
    trigger: Option<Timestamp>,
) -> Value {
    let mut endpoints = current.unwrap_or_else(|| {
        tree!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {
            "name": service.name(), "namespace": service.namespace(),
        }})
    });
    if subsets.is_empty() {
        endpoints.remove("subsets");
    } else {
        endpoints.set("subsets", subsets);
    }
    endpoints.set_at(&["metadata", "labels"], labels);
    util::annotate_trigger_time(&mut endpoints, trigger);
    match over_capacity {
        Some(how) => endpoints.set_annotation(OVER_CAPACITY, how),
        None => {
            endpoints.remove_at(&["metadata", "annotations", OVER_CAPACITY]);
        }
    }
    if endpoints.at(&["metadata", "annotations"]).is_empty() {
        endpoints.remove_at(&["metadata", "annotations"]);
    }
    endpoints
}

/// Addresses that are ready and not, each with what sorts it.
type Addresses = (SortedMap<String, Value>, SortedMap<String, Value>);

/// The subsets of a service's endpoints: one for each set of ports, packed as `RepackSubsets` packs them; and whether some
/// addresses had to be left out.
fn subsets(service: &Service, pods: &[Value]) -> (Value, bool) {
    let tolerate_unready = service.spec().publish_not_ready_addresses() == Some(true);
    let mut groups: SortedMap<String, (Value, Addresses)> = SortedMap::new();
    for pod in pods.iter().map(Pod::of) {
        if !util::should_be_in_endpoints(pod, tolerate_unready) {
            continue;
        }
        let Some(ports) = ports_of(service, pod) else {
            continue;
        };
        let group = groups
            .entry(ports.to_json())
            .or_insert_with(|| (ports, Addresses::default()));
        let (address, is_ready) = (address(service, pod), tolerate_unready || is_pod_ready(pod));
        let addresses = if is_ready {
            &mut group.1.0
        } else {
            &mut group.1.1
        };
        addresses.insert(
            format!("{}|{}", address.get("ip").str(), pod.uid()),
            address,
        );
    }
    let mut room = MAX_CAPACITY;
    let total: usize = groups.values().map(|(_, (a, b))| a.len() + b.len()).sum();
    let mut out = Value::list();
    for (ports, (ready, not_ready)) in groups.into_values() {
        let mut subset = Value::object();
        for (field, addresses) in [("addresses", ready), ("notReadyAddresses", not_ready)] {
            let list: Vec<Value> = addresses.into_values().take(room).collect();
            room -= list.len();
            if !list.is_empty() {
                subset.set(field, list);
            }
        }
        if !ports.is_empty() {
            subset.set("ports", ports);
        }
        out.push(subset);
    }
    (out, total > MAX_CAPACITY)
}

/// The ports of a service on a pod; `None` where it has some and the pod none of them.
fn ports_of(service: &Service, pod: &Pod) -> Option<Value> {
    let spec = service.spec();
    if spec.ports().is_empty() {
        return util::is_headless(service).then(Value::list);
    }
    let mut ports: Vec<Value> = Vec::new();
    for port in spec.ports() {
        let Some(number) = util::find_port(pod, port) else {
            continue;
        };
        let mut out = tree!({"port": number, "protocol": port.protocol()});
        for (field, value) in [("name", port.name()), ("appProtocol", port.app_protocol())] {
            if !value.is_empty() {
                out.set(field, value);
            }
        }
        ports.push(out);
    }
    ports.arrange_by_key(|p| p.to_json());
    (!ports.is_empty()).then(|| ports.into())
}

fn address(service: &Value, pod: &Pod) -> Value {
    let mut address = tree!({"ip": pod.status().pod_ip(), "targetRef": {
        "kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid(),
    }});
    if !pod.spec().node_name().is_empty() {
        address.set("nodeName", pod.spec().node_name());
    }
    if util::should_set_hostname(pod, service) {
        address.set("hostname", pod.spec().hostname());
    }
    address
}

fn same_subsets(a: &Value, b: &Value) -> bool {
    a == b || (a.is_empty() && b.is_empty())
}

impl Reconciler for EndpointsController {
    const NAME: &'static str = "endpoints-controller";
    const SERVICE_ACCOUNT: &'static str = "endpoint-controller";
    const WATCHES: &'static [Kind] = &[Kind::Services, Kind::Pods, Kind::Endpoints];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        match (kind, delta) {
            (Kind::Services, Delta::Updated(old, new))
                if old.get("spec") == new.get("spec")
                    && old.meta().get("labels") == new.meta().get("labels") => {}
            (Kind::Services, _) => watching.add(delta.object().key()),
            (Kind::Pods, _) => util::queue_services_of_pod(delta, watching),
            (Kind::Endpoints, Delta::Deleted(endpoints)) => watching.add(endpoints.key()),
            // After a restart, Endpoints whose service went meanwhile are to be found.
            (Kind::Endpoints, Delta::Added(endpoints))
                if endpoints.label(MANAGED_BY).is_some()
                    && watching.stores[Kind::Services]
                        .get(&endpoints.key())
                        .is_none() =>
            {
                watching.add(endpoints.key())
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::Services].get(key).cloned() {
            None => self.service_gone(key, work),
            Some(service) if util::is_selecting(Service::of(&service)) => {
                self.sync(Service::of(&service), work)
            }
            Some(_) => Ok(Action::AwaitChange),
        }
    }
}
