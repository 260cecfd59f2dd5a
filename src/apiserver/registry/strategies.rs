//! Which strategy each resource has.

use super::{Prepare, Strategy, apiregistration, apps, batch, certificates, core, definitions};
use super::{discovery, policy, scheduling, services, storage};
use crate::apimachinery::Value;

/// A strategy that is nothing but switches.
pub struct Plain {
    /// See [`Strategy::has_generation`].
    pub generation: bool,
    /// See [`Strategy::allow_create_on_update`].
    pub create_on_update: bool,
    /// See [`Strategy::allow_unconditional_update`].
    pub unconditional: bool,
    /// See [`Strategy::returns_deleted_object`].
    pub returns_deleted: bool,
}

const PLAIN: Plain = Plain {
    generation: false,
    create_on_update: false,
    unconditional: true,
    returns_deleted: false,
};

impl Strategy for Plain {
    fn has_generation(&self) -> bool {
        self.generation
    }
    fn allow_create_on_update(&self) -> bool {
        self.create_on_update
    }
    fn allow_unconditional_update(&self) -> bool {
        self.unconditional
    }
    fn returns_deleted_object(&self) -> bool {
        self.returns_deleted
    }
}

static ORDINARY: Plain = PLAIN;
static GENERATION: Plain = Plain {
    generation: true,
    ..PLAIN
};
static CREATE_ON_UPDATE: Plain = Plain {
    create_on_update: true,
    ..PLAIN
};
static CONDITIONAL: Plain = Plain {
    unconditional: false,
    ..PLAIN
};
static CONDITIONAL_GENERATION: Plain = Plain {
    generation: true,
    unconditional: false,
    ..PLAIN
};
static LEASE: Plain = Plain {
    create_on_update: true,
    unconditional: false,
    ..PLAIN
};
static RETURNS_DELETED: Plain = Plain {
    returns_deleted: true,
    ..PLAIN
};
static RETURNS_DELETED_GENERATION: Plain = Plain {
    returns_deleted: true,
    generation: true,
    ..PLAIN
};
static STORAGE: Plain = Plain {
    returns_deleted: true,
    unconditional: false,
    ..PLAIN
};

/// The strategy of a resource.
pub fn strategy(group: &str, resource: &str) -> &'static dyn Strategy {
    match (group, resource) {
        ("", "pods") => &core::Pods,
        ("", "nodes") => &core::Nodes,
        ("", "namespaces") => &core::Namespaces,
        ("", "services") => &services::Services,
        ("", "persistentvolumes") => &core::PersistentVolumes,
        ("", "persistentvolumeclaims") => &core::PersistentVolumeClaims,
        ("", "replicationcontrollers") => &core::ReplicationControllers,
        ("", "podtemplates") => &RETURNS_DELETED_GENERATION,
        ("", "resourcequotas") => &RETURNS_DELETED,
        ("", "serviceaccounts") => &core::ServiceAccounts,
        ("", "limitranges") => &core::LimitRanges,
        ("", "endpoints") | ("" | "events.k8s.io", "events") => &CREATE_ON_UPDATE,
        ("apps", "deployments") => &apps::Deployments,
        ("apps", "daemonsets") => &apps::DaemonSets,
        ("apps", "replicasets" | "statefulsets") => &GENERATION,
        ("batch", "jobs") => &batch::Jobs,
        ("batch", "cronjobs") => &GENERATION,
        ("policy", "poddisruptionbudgets") => &policy::Budgets,
        ("networking.k8s.io", "networkpolicies" | "ingresses" | "ingressclasses") => &GENERATION,
        ("discovery.k8s.io", "endpointslices") => &discovery::EndpointSlices,
        ("scheduling.k8s.io", "priorityclasses") => &scheduling::PriorityClasses,
        ("admissionregistration.k8s.io", _) | ("flowcontrol.apiserver.k8s.io", _) => {
            &CONDITIONAL_GENERATION
        }
        ("apiextensions.k8s.io", _) => &definitions::Definitions,
        ("apiregistration.k8s.io", _) => &apiregistration::ApiServices,
        ("node.k8s.io", _) => &CONDITIONAL,
        ("coordination.k8s.io", _) => &LEASE,
        ("rbac.authorization.k8s.io", _) => &CREATE_ON_UPDATE,
        ("storage.k8s.io", "csidrivers") => &storage::CsiDrivers,
        ("storage.k8s.io", "storageclasses") => &RETURNS_DELETED,
        ("storage.k8s.io", _) => &STORAGE,
        ("resource.k8s.io", "deviceclasses" | "resourceslices" | "devicetaintrules") => &GENERATION,
        ("certificates.k8s.io", _) => &certificates::SigningRequests,
        _ => &ORDINARY,
    }
}

/// Whether objects keep the status they are created with.
pub fn keeps_status(group: &str, resource: &str) -> bool {
    matches!((group, resource), ("", "nodes" | "events"))
}

/// Sets a phase on an object that has no status yet.
pub fn begin_phase(object: &mut Value, phase: &str, _cx: &Prepare<'_>) {
    object.set("status", crate::tree!({"phase": phase}));
}
