//! What the scheduler looks up beside pods and nodes (upstream's shared informers).

use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::client::{Cx, Delta, Informer};

/// A resource that is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lister {
    /// Disruption budgets, for preemption.
    Budgets,
    /// Namespaces, for selectors of namespaces.
    Namespaces,
    /// Claims.
    Claims,
    /// Volumes.
    Volumes,
    /// Storage classes.
    Classes,
    /// How many volumes of each driver nodes can have.
    CsiNodes,
    /// Volumes that are being attached to nodes.
    Attachments,
    /// Services, and the three kinds that follow: what pods belong together where they do not say so themselves.
    Services,
    /// Replication controllers.
    ReplicationControllers,
    /// Replica sets.
    ReplicaSets,
    /// Stateful sets.
    StatefulSets,
}

const ALL: &[(Lister, &str, &str)] = &[
    (Lister::Budgets, "policy", "poddisruptionbudgets"),
    (Lister::Namespaces, "", "namespaces"),
    (Lister::Claims, "", "persistentvolumeclaims"),
    (Lister::Volumes, "", "persistentvolumes"),
    (Lister::Classes, "storage.k8s.io", "storageclasses"),
    (Lister::CsiNodes, "storage.k8s.io", "csinodes"),
    (Lister::Attachments, "storage.k8s.io", "volumeattachments"),
    (Lister::Services, "", "services"),
    (Lister::ReplicationControllers, "", "replicationcontrollers"),
    (Lister::ReplicaSets, "apps", "replicasets"),
    (Lister::StatefulSets, "apps", "statefulsets"),
];

impl Lister {
    /// Whether a change of it may let a pod be placed that waits for its volumes.
    pub fn is_storage(self) -> bool {
        use Lister::{Attachments, Claims, Classes, CsiNodes, Volumes};
        matches!(self, Claims | Volumes | Classes | CsiNodes | Attachments)
    }
}

/// The resource of claims.
pub fn claims() -> &'static ResourceDef {
    core("persistentvolumeclaims")
}

/// The resource of volumes.
pub fn volumes() -> &'static ResourceDef {
    core("persistentvolumes")
}

fn core(resource: &str) -> &'static ResourceDef {
    schema::resource("", "v1", resource).expect("a built-in resource")
}

/// The informers.
#[derive(Clone)]
pub struct Listers {
    informers: Vec<Informer>,
    /// Volumes that were chosen for pods whose binding is under way.
    pub assumed: Vec<Text>,
}

impl Default for Listers {
    fn default() -> Self {
        let informer = |(_, group, resource): &(Lister, &str, &str)| {
            Informer::new(schema::resource(group, "v1", resource).expect("a built-in resource"))
        };
        Self {
            informers: ALL.iter().map(informer).collect(),
            assumed: Vec::new(),
        }
    }
}

impl std::ops::Index<Lister> for Listers {
    type Output = Informer;
    fn index(&self, lister: Lister) -> &Informer {
        &self.informers[lister as usize]
    }
}

impl Listers {
    /// Takes in what arrived; what of it changed, with the object.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Vec<(Lister, Delta)> {
        let mut all = Vec::new();
        let news = cx.api.news(cx.identity.reader);
        for ((lister, ..), informer) in ALL.iter().zip(&mut self.informers) {
            let deltas = informer.poll_news(cx, &news);
            all.extend(deltas.into_iter().map(|d| (*lister, d)));
        }
        all
    }

    /// Whether the first lists were taken in.
    pub fn have_synced(&self) -> bool {
        self.informers.iter().all(Informer::has_synced)
    }

    /// When a failed list is to be tried again.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let all = self.informers.iter();
        all.filter_map(Informer::next_deadline).min()
    }

    /// Ends all watches.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        for informer in &mut self.informers {
            informer.stop(cx);
        }
    }

    /// Puts objects in place of informers that watch nothing, for tests of plugins.
    #[cfg(test)]
    pub fn put(&mut self, lister: Lister, object: Value) {
        self.informers[lister as usize].put(object);
    }

    /// A claim.
    pub fn claim(&self, namespace: &str, name: &str) -> Option<&Value> {
        self[Lister::Claims].get_in(namespace, name)
    }

    /// The class of a claim.
    pub fn class_of(&self, claim: &Value) -> Option<&Value> {
        self[Lister::Classes].get(crate::api::core::volumes::class_of(claim))
    }
}
