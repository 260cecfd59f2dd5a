//! Asks the cloud for balancers of services of type `LoadBalancer` (upstream's `cloud-provider/controllers/service`). The cloud is
//! a sandbox: it takes a while to make a balancer, which has an address of a small pool; what is sent there from outside reaches any
//! node that is up, and from there the service.

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{Delta, EventRecorder};
use crate::collections::{SortedMap, SortedSet};
use crate::tree;
use std::time::Duration;

/// How long the cloud takes to make a balancer.
const MAKING: Duration = Duration::from_secs(5);
/// Keeps a service until its balancer is gone.
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// The addresses of balancers: this and a number from 1 to 250. They stand in the network of the nodes.
const POOL: &str = "192.168.80.";

/// The service controller.
#[derive(Clone)]
pub struct ServiceController {
    recorder: EventRecorder,
    /// Balancers that are being made, and when they are there.
    making: SortedMap<String, Timestamp>,
}

impl Default for ServiceController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("service-controller", ""),
            making: SortedMap::new(),
        }
    }
}

/// Whether the cloud is to balance the service (`wantsLoadBalancer`).
fn wants(service: &Value) -> bool {
    let spec = service.get("spec");
    spec.get("type") == &"LoadBalancer" && spec.get("loadBalancerClass").is_null()
}

fn ingress(service: &Value) -> &[Value] {
    service.at(&["status", "loadBalancer", "ingress"]).items()
}

fn has_finalizer(service: &Value) -> bool {
    service.finalizers().any(|f| f == FINALIZER)
}

impl ServiceController {
    fn sync(&mut self, key: &str, service: Value, work: &mut Work<'_, '_>) -> Outcome {
        if service.is_terminating() || !wants(&service) {
            self.making.remove(key);
            if has_finalizer(&service) {
                self.take_away(service, work)?;
            }
            return Ok(Action::AwaitChange);
        }
        if !ingress(&service).is_empty() {
            return Ok(Action::AwaitChange);
        }
        let now = work.cx.now;
        let Some(&ready) = self.making.get(key) else {
            let text = "Ensuring load balancer";
            self.event(&service, "EnsuringLoadBalancer", text, work);
            if !has_finalizer(&service) {
                let mut service = service;
                service.at_mut(&["metadata", "finalizers"]).push(FINALIZER);
                work.cx.update_status(Kind::Services.def(), service)?;
            }
            self.making.insert(key.to_owned(), now + MAKING);
            return Ok(Action::RequeueAfter(MAKING));
        };
        if now < ready {
            return Ok(Action::RequeueAfter(ready.since(now)));
        }
        let address = free_address(&service, work)
            .ok_or_else(|| Error::other("no address is left in the pool of load balancers"));
        let address = match address {
            Ok(address) => address,
            Err(e) => {
                let text =
                    format!("Error syncing load balancer: failed to ensure load balancer: {e}");
                let recorder = &mut self.recorder;
                recorder.event(
                    work.cx,
                    &service,
                    "Warning",
                    "SyncLoadBalancerFailed",
                    &text,
                );
                return Err(e);
            }
        };
        let mut made = service.clone();
        made.set_at(
            &["status", "loadBalancer", "ingress"],
            tree!([{"ip": address, "ipMode": "VIP"}]),
        );
        work.cx.update_status(Kind::Services.def(), made)?;
        self.making.remove(key);
        self.event(
            &service,
            "EnsuredLoadBalancer",
            "Ensured load balancer",
            work,
        );
        Ok(Action::AwaitChange)
    }

    fn event(&mut self, service: &Value, reason: &str, text: &str, work: &mut Work<'_, '_>) {
        self.recorder
            .event(work.cx, service, "Normal", reason, text);
    }

    fn take_away(&mut self, service: Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
        self.event(
            &service,
            "DeletingLoadBalancer",
            "Deleting load balancer",
            work,
        );
        let mut bare = service.clone();
        if !ingress(&service).is_empty() {
            bare.set_at(&["status", "loadBalancer"], Value::object());
            bare = work.cx.update_status(Kind::Services.def(), bare)?;
        }
        let finalizers = bare.at_mut(&["metadata", "finalizers"]).items_mut();
        finalizers.retain(|f| f != &FINALIZER);
        work.cx.update_status(Kind::Services.def(), bare)?;
        self.event(
            &service,
            "DeletedLoadBalancer",
            "Deleted load balancer",
            work,
        );
        Ok(())
    }
}

/// The address that the service asks for if it is free, else the lowest free one.
fn free_address(service: &Value, work: &Work<'_, '_>) -> Option<String> {
    let all = work.stores[Kind::Services].iter().flat_map(ingress);
    let taken: SortedSet<&str> = all.map(|i| i.get("ip").str()).collect();
    let own = service.at(&["spec", "loadBalancerIP"]).str();
    let named = own
        .strip_prefix(POOL)
        .and_then(|n| n.parse::<u8>().ok())
        .filter(|n| (1..=250).contains(n));
    let mut all = named.into_iter().chain(1..=250);
    all.find_map(|n| {
        let address = format!("{POOL}{n}");
        (!taken.contains(address.as_str())).then_some(address)
    })
}

impl Reconciler for ServiceController {
    const NAME: &'static str = "service-lb-controller";
    const SERVICE_ACCOUNT: &'static str = "service-controller";
    const WATCHES: &'static [Kind] = &[Kind::Services];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let service = delta.object();
        if wants(service) || has_finalizer(service) {
            watching.add(service.key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::Services].get(key).cloned() {
            Some(service) => self.sync(key, service, work),
            None => {
                self.making.remove(key);
                Ok(Action::AwaitChange)
            }
        }
    }
}
