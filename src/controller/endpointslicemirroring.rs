//! Mirrors Endpoints that somebody wrote by hand into EndpointSlices (upstream's `pkg/controller/endpointslicemirroring`).

use super::endpoint_util::{LAST_CHANGE_TRIGGER_TIME, in_slice_order};
use super::endpointslice::plan::{self, Plan, port_map_key};
use super::endpointslice::tracker::SliceTracker;
use super::endpointslice::{MANAGED_BY, SERVICE_NAME};
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::{Value, meta};
use crate::client::{DeleteOptions, Delta, EventRecorder};
use crate::collections::SortedMap;
use crate::tree;

const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const MAX_PER_SLICE: usize = 1000;

/// The endpointslice mirroring controller.
#[derive(Clone)]
pub struct EndpointSliceMirroringController {
    recorder: EventRecorder,
    tracker: SliceTracker,
}

impl Default for EndpointSliceMirroringController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("endpoint-slice-mirroring-controller", ""),
            tracker: SliceTracker::default(),
        }
    }
}

/// Endpoints of one address family with one set of ports, and the slices that hold them.
struct Group {
    family: &'static str,
    ports: Value,
    desired: SortedMap<String, Value>,
    existing: Vec<Value>,
}

impl Group {
    fn new(family: &'static str, ports: Value) -> Self {
        Self {
            family,
            ports,
            desired: SortedMap::new(),
            existing: Vec::new(),
        }
    }
}

fn should_mirror(endpoints: &Value, service: &Value) -> bool {
    endpoints.label(SKIP) != Some("true")
        && endpoints.annotation(LEADER).is_none()
        && service.at(&["spec", "selector"]).is_null()
}

impl EndpointSliceMirroringController {
    fn sync(&mut self, key: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let slices: Vec<Value> = work.stores[Kind::EndpointSlices]
            .by_index("service", key)
            .filter(|s| s.label(MANAGED_BY) == Some(CONTROLLER))
            .cloned()
            .collect();
        if self.tracker.is_stale(key, &slices) {
            return Err(Error::other("EndpointSlice informer cache is out of date"));
        }
        let endpoints = work.stores[Kind::Endpoints].get(key).cloned();
        let service = work.stores[Kind::Services].get(key);
        let mirrored = endpoints.filter(|e| service.is_some_and(|s| should_mirror(e, s)));
        let plan = match &mirrored {
            Some(endpoints) => plan_of(endpoints, slices),
            None => Plan {
                delete: slices,
                ..Plan::default()
            },
        };
        self.write(key, plan, work)
    }

    fn write(&mut self, key: &str, plan: Plan, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let def = Kind::EndpointSlices.def();
        let (namespace, _) = meta::split_key(key);
        for slice in plan.create {
            match work.cx.create(def, namespace, slice) {
                Ok(made) => self.tracker.update(key, &made),
                Err(e) if e.has_cause("NamespaceTerminating") => return Ok(()),
                Err(e) => return Err(e.into()),
            }
        }
        for slice in plan.update {
            let made = work.cx.update(def, slice)?;
            self.tracker.update(key, &made);
        }
        for slice in plan.delete {
            match work
                .cx
                .delete(def, namespace, slice.name(), &DeleteOptions::default())
            {
                Err(e) if !e.is_not_found() => return Err(e.into()),
                _ => self.tracker.expect_deletion(key, &slice),
            }
        }
        Ok(())
    }
}

fn plan_of(endpoints: &Value, slices: Vec<Value>) -> Plan {
    let mut groups: SortedMap<String, Group> = SortedMap::new();
    let family = |v6: bool| if v6 { "IPv6" } else { "IPv4" };
    let key_of = |family: &str, ports: &Value| format!("{family}|{}", port_map_key(ports));
    for slice in slices {
        let (family, ports) = (
            family(slice.get("addressType") == &"IPv6"),
            slice.get("ports").clone(),
        );
        let group = groups
            .entry(key_of(family, &ports))
            .or_insert_with(|| Group::new(family, ports));
        group.existing.push(slice);
    }
    for subset in endpoints.get("subsets").items() {
        let ports = ports_of(subset);
        for (address, ready) in addresses(subset) {
            let family = family(address.get("ip").str().contains(':'));
            let new = || Group::new(family, ports.clone());
            let group = groups.entry(key_of(family, &ports)).or_insert_with(new);
            let endpoint = endpoint(address, ready);
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
            |_| labels(endpoints),
            || new_slice(endpoints, group.family, &group.ports),
            MAX_PER_SLICE,
        );
        plan.create.extend(part.create);
        plan.update.extend(part.update);
        plan.delete.extend(part.delete);
    }
    plan::recycle(&mut plan, endpoints.uid());
    plan
}

/// All addresses of a subset, each with whether it is ready.
fn addresses(subset: &Value) -> impl Iterator<Item = (&Value, bool)> {
    let list = |field: &str, ready: bool| subset.get(field).items().iter().map(move |a| (a, ready));
    list("notReadyAddresses", false).chain(list("addresses", true))
}

fn ports_of(subset: &Value) -> Value {
    let mut ports = Value::list();
    for port in subset.get("ports").items() {
        let mut out = tree!({"name": port.get("name").str()});
        for field in ["port", "protocol", "appProtocol"] {
            if !port.get(field).is_null() {
                out.set(field, port.get(field));
            }
        }
        ports.push(out);
    }
    in_slice_order(ports)
}

fn endpoint(address: &Value, ready: bool) -> Value {
    let mut endpoint =
        tree!({"addresses": [address.get("ip").str()], "conditions": {"ready": ready}});
    for field in ["targetRef", "nodeName", "hostname"] {
        if !address.get(field).is_empty() {
            endpoint.set(field, address.get(field));
        }
    }
    endpoint
}

fn labels(endpoints: &Value) -> Value {
    let mut labels = endpoints.at(&["metadata", "labels"]).clone();
    labels.set(SERVICE_NAME, endpoints.name());
    labels.set(MANAGED_BY, CONTROLLER);
    labels
}

fn new_slice(endpoints: &Value, family: &str, ports: &Value) -> Value {
    let mut slice = tree!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"generateName": format!("{}-", endpoints.name()), "namespace": endpoints.namespace()},
        "addressType": family, "endpoints": [],
    });
    slice.set_at(&["metadata", "labels"], labels(endpoints));
    let mut annotations = endpoints.at(&["metadata", "annotations"]).clone();
    for key in [LAST_CHANGE_TRIGGER_TIME, LAST_APPLIED] {
        annotations.remove(key);
    }
    if !annotations.is_empty() {
        slice.set_at(&["metadata", "annotations"], annotations);
    }
    let reference = meta::new_controller_ref(endpoints, "v1", "Endpoints");
    slice.set_at(&["metadata", "ownerReferences"], vec![reference]);
    slice.set("ports", ports);
    slice
}

impl Reconciler for EndpointSliceMirroringController {
    const NAME: &'static str = "endpointslice-mirroring-controller";
    const SERVICE_ACCOUNT: &'static str = "endpointslicemirroring-controller";
    const WATCHES: &'static [Kind] = &[Kind::Endpoints, Kind::Services, Kind::EndpointSlices];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        let key = object.key();
        match kind {
            Kind::Services => {
                let unchanged = matches!(delta, Delta::Updated(old, new)
                    if old.at(&["spec", "selector"]) == new.at(&["spec", "selector"]));
                let selects = !object.at(&["spec", "selector"]).is_null();
                if !unchanged && (!selects || matches!(delta, Delta::Updated(..))) {
                    watching.add(key);
                }
            }
            Kind::Endpoints => {
                let selects = watching.stores[Kind::Services]
                    .get(&key)
                    .is_some_and(|s| !s.at(&["spec", "selector"]).is_null());
                if !selects {
                    watching.add(key);
                }
            }
            _ => {
                let Some(service) = object.label(SERVICE_NAME) else {
                    return;
                };
                if object.label(MANAGED_BY) != Some(CONTROLLER) {
                    return;
                }
                let key = format!("{}/{service}", object.namespace());
                let unexpected = match delta {
                    Delta::Deleted(slice) => self.tracker.deleted(&key, slice),
                    _ => self.tracker.is_newer(&key, object),
                };
                if unexpected {
                    watching.add(key);
                }
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let result = self.sync(key, work);
        if let Err(e @ Error::Api(_)) = &result
            && let Some(endpoints) = work.stores[Kind::Endpoints].get(key).cloned()
        {
            let message = format!("Error mirroring Endpoints {key} to EndpointSlices: {e}");
            let reason = "FailedToUpdateEndpointSlices";
            self.recorder
                .event(work.cx, &endpoints, "Warning", reason, &message);
        }
        result.map(|()| Action::AwaitChange)
    }
}
