//! Keeps as many pods as a ReplicaSet or ReplicationController asks for (upstream's `pkg/controller/replicaset`, of which
//! the ReplicationController's is an adapter; here both are flavours of one core).

pub mod ranking;
mod status;

use super::expectations::Expectations;
use super::pod_control;
use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, Stores, facts, orphans_of};
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Selector, Value};
use crate::client::informer::Entry;
use crate::client::{Delta, EventRecorder};
use std::time::Duration;

const BURST_REPLICAS: usize = 500;

/// What differs between ReplicaSets and ReplicationControllers.
pub trait Flavour: Clone {
    /// The resource.
    const KIND: Kind;
    /// The controller's name.
    const NAME: &'static str;
    /// Its service account.
    const SERVICE_ACCOUNT: &'static str;
    /// The component that its events name.
    const COMPONENT: &'static str;
    /// What it watches: its resource first, pods second.
    const WATCHES: &'static [Kind];
    /// The selector of an object.
    fn selector(object: &Value) -> Result<Selector, String>;
}

/// ReplicaSets.
#[derive(Clone)]
pub struct ReplicaSets;

impl Flavour for ReplicaSets {
    const KIND: Kind = Kind::ReplicaSets;
    const NAME: &'static str = "replicaset-controller";
    const SERVICE_ACCOUNT: &'static str = "replicaset-controller";
    const COMPONENT: &'static str = "replicaset-controller";
    const WATCHES: &'static [Kind] = &[Kind::ReplicaSets, Kind::Pods];
    fn selector(object: &Value) -> Result<Selector, String> {
        Selector::from_label_selector(object.at(&["spec", "selector"]))
    }
}

/// ReplicationControllers.
#[derive(Clone)]
pub struct ReplicationControllers;

impl Flavour for ReplicationControllers {
    const KIND: Kind = Kind::ReplicationControllers;
    const NAME: &'static str = "replicationcontroller-controller";
    const SERVICE_ACCOUNT: &'static str = "replication-controller";
    const COMPONENT: &'static str = "replication-controller";
    const WATCHES: &'static [Kind] = &[Kind::ReplicationControllers, Kind::Pods];
    fn selector(object: &Value) -> Result<Selector, String> {
        Ok(Selector::from_set(object.at(&["spec", "selector"])))
    }
}

/// The controller of one flavour.
#[derive(Clone)]
pub struct ReplicaSetController<F: Flavour> {
    expectations: Expectations,
    recorder: EventRecorder,
    flavour: std::marker::PhantomData<F>,
}

impl<F: Flavour> Default for ReplicaSetController<F> {
    fn default() -> Self {
        Self {
            expectations: Expectations::default(),
            recorder: EventRecorder::new(F::COMPONENT, ""),
            flavour: std::marker::PhantomData,
        }
    }
}

impl<F: Flavour> ReplicaSetController<F> {
    fn owner<'a>(stores: &'a Stores, pod: &Value) -> Option<&'a Value> {
        stores.resolve(F::KIND, pod.namespace(), pod.controller_of()?)
    }

    fn pod_added(&mut self, pod: &Value, watching: &mut Watching<'_>) {
        if pod.is_terminating() {
            // A pod may show up for the first time when it is already being deleted, after a restart of this controller.
            return self.pod_deleted(pod, watching);
        }
        if pod.controller_of().is_some() {
            if let Some(owner) = Self::owner(watching.stores, pod) {
                self.expectations.creation_observed(&owner.key());
                watching.add(owner.key());
            }
            return;
        }
        self.queue_matching(pod, watching);
    }

    fn pod_updated(&mut self, old: &Value, new: &Value, watching: &mut Watching<'_>) {
        let labels_changed = old.meta().get("labels") != new.meta().get("labels");
        if new.is_terminating() {
            // Deletion counts from the moment it was asked for: the pod is not to be replaced only once it is gone.
            self.pod_deleted(new, watching);
            if labels_changed {
                self.pod_deleted(old, watching);
            }
            return;
        }
        let owner_changed = old.controller_of() != new.controller_of();
        if owner_changed && let Some(owner) = Self::owner(watching.stores, old) {
            watching.add(owner.key());
        }
        if new.controller_of().is_some() {
            if let Some(owner) = Self::owner(watching.stores, new)
                && (owner_changed || labels_changed || matters(old, new))
            {
                let key = owner.key();
                let min_ready = owner.at(&["spec", "minReadySeconds"]).as_i64().unwrap_or(0);
                if min_ready > 0 && !is_pod_ready(Pod::of(old)) && is_pod_ready(Pod::of(new)) {
                    let delay = Duration::from_secs(min_ready.unsigned_abs() + 1);
                    watching.add_after(key.clone(), delay);
                }
                watching.add(key);
            }
            return;
        }
        if labels_changed || owner_changed {
            self.queue_matching(new, watching);
        }
    }

    fn pod_deleted(&mut self, pod: &Value, watching: &mut Watching<'_>) {
        if let Some(owner) = Self::owner(watching.stores, pod) {
            self.expectations.deletion_observed(&owner.key(), pod.uid());
            watching.add(owner.key());
        }
    }

    fn queue_matching(&self, pod: &Value, watching: &mut Watching<'_>) {
        if pod.labels().is_none_or(|l| l.is_empty()) {
            return;
        }
        let stores = watching.stores;
        for object in stores[F::KIND].in_namespace(pod.namespace()) {
            if F::selector(object).is_ok_and(|s| s.matches_object(pod)) {
                watching.add(object.key());
            }
        }
    }

    fn sync(&mut self, key: &str, set: &Value, work: &mut Work<'_, '_>) -> Outcome {
        let satisfied = self.expectations.satisfied(key, work.cx.now);
        let selector = F::selector(set).map_err(Error::other)?;
        let stores = work.stores;
        let orphans = orphans_of(set.namespace());
        let (mut looked_at, mut terminating) = (0, 0);
        let mut active: Vec<&Entry> = Vec::new();
        let mut others: Vec<Value> = Vec::new();
        // Pods of one template share their labels: they are compared with the selector once.
        let mut last: Option<(&Value, bool)> = None;
        for pod in stores[Kind::Pods].entries_by_index("owner", set.uid()) {
            looked_at += 1;
            terminating += usize::from(pod.facts & facts::TERMINATING != 0);
            if pod.facts & facts::ACTIVE == 0 {
                continue;
            }
            let selected = match last {
                Some((labels, selected)) if labels.ptr_eq(&pod.labels) => selected,
                _ => selector.matches(pod.labels.as_map()),
            };
            last = Some((&pod.labels, selected));
            if selected {
                active.push(pod);
            } else {
                others.push(pod.object.clone());
            }
        }
        for pod in stores[Kind::Pods].entries_by_index("owner", &orphans) {
            looked_at += 1;
            if pod.facts & facts::ACTIVE != 0 {
                others.push(pod.object.clone());
            }
        }
        work.looked_at(looked_at);
        let adopted =
            RefManager::new(set, F::KIND, &selector, Kind::Pods).claim(work, others, |_| true)?;
        let adopted: Vec<Entry> = adopted.iter().map(|p| Entry::new(p, facts::of)).collect();
        active.extend(&adopted);
        let mut failure = None;
        if satisfied && !set.is_terminating() {
            failure = self.manage_replicas(key, set, &active, work).err();
        }
        let new_status =
            status::calculate::<F>(set, &active, terminating, failure.as_ref(), work.cx.now);
        let updated = status::update::<F>(set, new_status, work)?;
        if let Some(e) = failure {
            return Err(e);
        }
        let status = updated.get("status");
        let min_ready = updated
            .at(&["spec", "minReadySeconds"])
            .as_i64()
            .unwrap_or(0);
        if min_ready > 0 && status.get("readyReplicas") != status.get("availableReplicas") {
            return Ok(status::next_availability(&active, min_ready, work.cx.now));
        }
        Ok(Action::AwaitChange)
    }

    /// Creates or deletes pods, at most 500 at once.
    fn manage_replicas(
        &mut self,
        key: &str,
        set: &Value,
        active: &[&Entry],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let wanted = replicas_of(set);
        if active.len() < wanted {
            self.create_pods(key, set, (wanted - active.len()).min(BURST_REPLICAS), work)
        } else if active.len() > wanted {
            let count = (active.len() - wanted).min(BURST_REPLICAS);
            let active: Vec<Value> = active.iter().map(|e| e.object.clone()).collect();
            self.delete_pods(key, set, &active, count, work)
        } else {
            Ok(())
        }
    }

    fn create_pods(
        &mut self,
        key: &str,
        set: &Value,
        count: usize,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        self.expectations.expect_creations(key, count, work.cx.now);
        let pod = pod_control::pod_from_template(set.at(&["spec", "template"]), set, F::KIND);
        let recorder = &mut self.recorder;
        let (successes, error) = pod_control::slow_start_batch(count, |_| {
            match pod_control::create_pod(work, recorder, set, pod.clone()) {
                // Nothing can be made in a namespace that is going; trying again would change nothing.
                Err(e) if e.has_cause("NamespaceTerminating") => Ok(()),
                other => other.map(|_| ()),
            }
        });
        for _ in successes..count {
            self.expectations.creation_observed(key);
        }
        error.map_or(Ok(()), |e| Err(e.into()))
    }

    fn delete_pods(
        &mut self,
        key: &str,
        set: &Value,
        active: &[Value],
        count: usize,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let related = related_pods::<F>(set, work.stores);
        let victims = ranking::pods_to_delete(active, &related, count, work.cx.now);
        let uids = victims.iter().map(|p| p.uid().to_owned());
        self.expectations.expect_deletions(key, uids, work.cx.now);
        let mut first_error = None;
        for pod in &victims {
            let (namespace, name) = (pod.namespace(), pod.name());
            if let Err(e) = pod_control::delete_pod(work, &mut self.recorder, set, namespace, name)
            {
                self.expectations.deletion_observed(key, pod.uid());
                if !e.is_not_found() {
                    first_error = first_error.or(Some(e));
                }
            }
        }
        first_error.map_or(Ok(()), |e| Err(e.into()))
    }
}

/// Pods of all sets that the same object controls, as those of one Deployment (`getIndirectlyRelatedPods`).
fn related_pods<'a, F: Flavour>(set: &Value, stores: &'a Stores) -> Vec<&'a Value> {
    let pods = |uid: &str| stores[Kind::Pods].by_index("owner", uid);
    match set.controller_of() {
        Some(owner) if F::KIND == Kind::ReplicaSets => stores[Kind::ReplicaSets]
            .by_index("owner", owner.get("uid").str())
            .flat_map(|sibling| pods(sibling.uid()))
            .collect(),
        _ => pods(set.uid()).collect(),
    }
}

/// `spec.replicas`, 1 where unset.
pub fn replicas_of(set: &Value) -> usize {
    set.at(&["spec", "replicas"])
        .as_i64()
        .map_or(1, |n| usize::try_from(n).unwrap_or(0))
}

/// Whether a pod's change can matter to the object that controls it.
pub fn matters(old: &Value, new: &Value) -> bool {
    let (before, after) = (old.get("status"), new.get("status"));
    before.get("phase") != after.get("phase")
        || before.get("conditions") != after.get("conditions")
        || old.at(&["metadata", "ownerReferences"]) != new.at(&["metadata", "ownerReferences"])
}

impl<F: Flavour> Reconciler for ReplicaSetController<F> {
    const NAME: &'static str = F::NAME;
    const SERVICE_ACCOUNT: &'static str = F::SERVICE_ACCOUNT;
    const WATCHES: &'static [Kind] = F::WATCHES;

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == F::KIND {
            let key = delta.object().key();
            match delta {
                Delta::Deleted(_) => self.expectations.delete(&key),
                Delta::Updated(old, new) if old.uid() != new.uid() => {
                    self.expectations.delete(&key)
                }
                _ => {}
            }
            return watching.add(key);
        }
        match delta {
            Delta::Added(pod) => self.pod_added(pod, watching),
            Delta::Updated(old, new) if old.uid() != new.uid() => {
                self.pod_deleted(old, watching);
                self.pod_added(new, watching);
            }
            Delta::Updated(old, new) => self.pod_updated(old, new, watching),
            Delta::Deleted(pod) => self.pod_deleted(pod, watching),
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[F::KIND].get(key).cloned() {
            Some(set) => self.sync(key, &set, work),
            None => {
                self.expectations.delete(key);
                Ok(Action::AwaitChange)
            }
        }
    }
}
