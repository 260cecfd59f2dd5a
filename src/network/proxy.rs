//! kube-proxy: keeps the rules of all services up to date from watches (`pkg/proxy`).

use super::rules::{self, RuleSet};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Timestamp, Value};
use crate::client::informer::IndexFn;
use crate::client::{Component, Cx, Informer, Turn};
use crate::collections::SortedSet;
use std::sync::Arc;
use std::time::Duration;

const BY_SERVICE: (&str, IndexFn) = ("service", |slice| {
    slice
        .label("kubernetes.io/service-name")
        .map(|name| format!("{}/{name}", slice.namespace()))
        .into_iter()
        .collect()
});

/// The least time between two syncs (`iptables.minSyncPeriod`).
const MIN_SYNC_PERIOD: Duration = Duration::from_secs(1);

/// The rules of all services, kept by watching Services and EndpointSlices. The rules are the same for every node (policies
/// that keep traffic on a node are applied when a packet is routed), so one proxy can serve all nodes of a simulated cluster.
#[derive(Clone)]
pub struct Proxy {
    services: Informer,
    slices: Informer,
    rules: Arc<RuleSet>,
    version: u64,
    /// Services whose rules are to be compiled anew.
    changed: SortedSet<String>,
    synced_at: Option<Timestamp>,
}

fn def(group: &str, resource: &str) -> &'static ResourceDef {
    schema::resource(group, "v1", resource).expect("services and their slices are built in")
}

impl Default for Proxy {
    fn default() -> Self {
        Self {
            services: Informer::new(def("", "services")),
            slices: Informer::new(def("discovery.k8s.io", "endpointslices")).with_index(BY_SERVICE),
            rules: Arc::default(),
            version: 0,
            changed: SortedSet::new(),
            synced_at: None,
        }
    }
}

impl Proxy {
    /// The rules as of the last turn.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// A number that grows whenever the rules change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether both lists were taken in: before that, rules are incomplete and not to be applied.
    pub fn has_synced(&self) -> bool {
        self.services.has_synced() && self.slices.has_synced()
    }

    /// Ends its watches.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        self.services.stop(cx);
        self.slices.stop(cx);
    }

    /// The services as they are known now.
    pub fn services(&self) -> &Informer {
        &self.services
    }

    /// The EndpointSlices of a service (`namespace/name`) as they are known now.
    pub fn slices_of(&self, service: &str) -> impl Iterator<Item = &Value> {
        self.slices.by_index("service", service)
    }

    /// All EndpointSlices as they are known now.
    pub fn slices(&self) -> &Informer {
        &self.slices
    }

    fn next_sync(&self) -> Option<Timestamp> {
        let wanted = !self.changed.is_empty() && self.has_synced();
        wanted.then(|| {
            self.synced_at
                .map_or(Timestamp::default(), |t| t + MIN_SYNC_PERIOD)
        })
    }

    fn compile(&self, key: &str) -> Vec<rules::PortRule> {
        let service = self.services.get(key).filter(|s| is_ours(s));
        let slices: Vec<&Value> = self.slices.by_index("service", key).collect();
        service.map_or(Vec::new(), |s| rules::compile(s, slices.iter().copied()))
    }
}

/// Whether no other proxy was asked to see to the service.
fn is_ours(service: &Value) -> bool {
    service
        .label("service.kubernetes.io/service-proxy-name")
        .is_none()
}

impl Component for Proxy {
    fn name(&self) -> &str {
        "kube-proxy"
    }

    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn {
        let services = self.services.poll(cx);
        self.changed
            .extend(services.iter().map(|d| d.object().key()));
        for delta in self.slices.poll(cx) {
            self.changed.extend((BY_SERVICE.1)(delta.object()));
        }
        if self.next_sync().is_none_or(|at| at > cx.now) {
            return Turn::Idle;
        }
        self.synced_at = Some(cx.now);
        for key in std::mem::take(&mut self.changed) {
            let compiled = self.compile(&key);
            if self.rules.would_change(&key, &compiled) {
                Arc::make_mut(&mut self.rules).set(&key, compiled);
                self.version += 1;
            }
        }
        Turn::Idle
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let own = [
            self.services.next_deadline(),
            self.slices.next_deadline(),
            self.next_sync(),
        ];
        own.into_iter().flatten().min()
    }
}
