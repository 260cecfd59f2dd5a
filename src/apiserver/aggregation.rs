//! APIs that other servers serve behind this one (`kube-aggregator`): an APIService says who serves a version of a group. Where that is
//! a service, requests for it are handed on ([`routing`]), as far as it is available ([`availability`]); what it says of itself is listed
//! with what is served here ([`listing`]). The core asks nobody beyond the cluster: whoever carries requests takes the looks at such
//! servers ([`ApiServer::take_looks`]) and tells what came of them.

mod availability;
pub mod listing;
mod registration;
mod routing;

pub use registration::built_in;
pub use routing::{AsSent, Target, name_user};

use super::ApiServer;
use super::registry::{self, Resource};
use super::storage::{Storage, TableId};
use crate::api::custom::compare_versions;
use crate::apimachinery::{Rng, Timestamp, Value};
use crate::collections::{Arrange, SortedMap};
use std::cmp::Reverse;
use std::sync::Arc;

/// The group of APIServices.
pub const GROUP: &str = "apiregistration.k8s.io";
/// Draws names and UIDs apart from all else, so that objects that users make get the same ones as without these.
const SALT: u64 = 0x6170_6973_6572_7669;

/// What is known of APIServices.
#[derive(Clone)]
pub struct Aggregation {
    rng: Rng,
    /// What is stored; none after a change.
    services: Option<Arc<Vec<Service>>>,
    /// What was seen of servers elsewhere, by the name of the APIService.
    seen: SortedMap<String, Seen>,
    looks: Vec<Look>,
    /// Whether something changed that APIServices follow.
    dirty: bool,
    /// Whether definitions of custom resources may lack their APIServices.
    unregistered: bool,
}

/// What an APIService says.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name: `v1beta1.metrics.k8s.io`.
    pub name: String,
    /// The group.
    pub group: String,
    /// The version.
    pub version: String,
    group_priority: i64,
    version_priority: i64,
    /// Who serves it, where that is not this server.
    pub remote: Option<Remote>,
}

/// A server elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Remote {
    /// `spec.service`, with its port.
    reference: Value,
    /// Whom its certificate has to be signed by, in PEM.
    ca: Vec<u8>,
    /// Whether its certificate is not looked at.
    insecure: bool,
    /// Whether the condition `Available` is true.
    pub available: bool,
}

/// What came of looking at a server.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Why it does not answer, in the words of the condition's message; none where it does.
    pub failed: Option<String>,
    /// The version as aggregated discovery tells of it; none where the server did not say.
    pub discovery: Option<Value>,
    /// The path of its OpenAPI document, with what changes when that does; none where it has none.
    pub openapi: Option<String>,
}

#[derive(Clone, Default)]
struct Seen {
    /// Who was looked at, and where.
    at: Option<Target>,
    sight: Option<Sight>,
    /// Looks that failed one after the other.
    failures: u32,
    /// Whether a look is under way.
    pending: bool,
    next: Timestamp,
}

/// A server that is to be looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// The APIService.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Where it is.
    pub target: Target,
}

impl Aggregation {
    /// Nothing yet. Chance follows from a generator's state, which stays as it is.
    pub fn new(rng: &Rng) -> Self {
        Self {
            rng: Rng::new(rng.seed() ^ SALT),
            services: None,
            seen: SortedMap::new(),
            looks: Vec::new(),
            dirty: true,
            unregistered: true,
        }
    }

    /// Takes note of a write.
    pub fn follow(&mut self, resource: &Resource) {
        match (resource.def.group, resource.def.resource) {
            (GROUP, _) => {
                self.services = None;
                self.dirty = true;
                self.unregistered = true;
            }
            (registry::custom::GROUP, _) => {
                self.dirty = true;
                self.unregistered = true;
            }
            ("", "services") | ("discovery.k8s.io", "endpointslices") => {
                self.dirty |= !self.seen.is_empty();
            }
            _ => {}
        }
    }

    /// Forgets what was read: all objects are others.
    pub fn invalidate(&mut self) {
        self.services = None;
        self.dirty = true;
        self.unregistered = true;
    }
}

impl ApiServer {
    /// All APIServices in the order of discovery: groups by priority and name, in them versions, best first
    /// (`SortedByGroupAndVersion`).
    pub(super) fn api_services(&mut self) -> Arc<Vec<Service>> {
        if let Some(known) = &self.aggregation.services {
            return known.clone();
        }
        let mut all: Vec<Service> = Vec::new();
        if let Some(table) = table() {
            all.extend(
                self.storage
                    .list(table, "", "")
                    .map(|(_, v)| Service::of(v)),
            );
        }
        let priority = |group: &str| {
            let of_group = all.iter().filter(|s| s.group == group);
            of_group.map(|s| s.group_priority).max().unwrap_or(0)
        };
        let mut keyed: Vec<(i64, Service)> = all
            .iter()
            .map(|s| (priority(&s.group), s.clone()))
            .collect();
        keyed.arrange_by(|(a_priority, a), (b_priority, b)| {
            (Reverse(a_priority), &a.group, Reverse(a.version_priority))
                .cmp(&(Reverse(b_priority), &b.group, Reverse(b.version_priority)))
                .then_with(|| compare_versions(&b.version, &a.version))
        });
        let all: Arc<Vec<Service>> = Arc::new(keyed.into_iter().map(|(_, s)| s).collect());
        self.aggregation.services = Some(all.clone());
        all
    }
}

impl ApiServer {
    /// Draws from the generator of APIServices from here on; the other one is given back to [`ApiServer::swap_rng_back`].
    pub(super) fn swap_rng(&mut self) -> Rng {
        std::mem::replace(&mut self.rng, self.aggregation.rng.clone())
    }

    pub(super) fn swap_rng_back(&mut self, own: Rng) {
        self.aggregation.rng = std::mem::replace(&mut self.rng, own);
    }
}

fn table() -> Option<TableId> {
    Some(registry::lookup(GROUP, "v1", "apiservices")?.table)
}

impl Service {
    fn of(v: &Value) -> Self {
        let spec = v.get("spec");
        let text = |field: &str| spec.get(field).str().to_owned();
        Service {
            name: v.name().to_owned(),
            group: text("group"),
            version: text("version"),
            group_priority: spec.get("groupPriorityMinimum").as_i64().unwrap_or(0),
            version_priority: spec.get("versionPriority").as_i64().unwrap_or(0),
            remote: (!spec.get("service").is_null()).then(|| Remote::of(v)),
        }
    }
}
