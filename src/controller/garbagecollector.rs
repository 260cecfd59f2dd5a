//! Deletes what has lost its owners (upstream's `pkg/controller/garbagecollector`): a graph of all objects and their owner
//! references, kept from watches; background, foreground and orphaning deletion.

mod graph;
mod workers;

use super::apiextensions::definitions;
use super::runner::{Action, Outcome, Reconciler, Watching, Work, cause_of};
use super::stores::Kind;
use crate::api::custom::{is_condition_true, kinds_of};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::client::{Delta, EventRecorder, Informer};
use crate::collections::SortedSet;
use graph::{Change, Graph};

/// Finalizer: the object waits until the dependents that block it are gone.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Finalizer: the object waits until its dependents no longer name it.
pub const ORPHAN: &str = "orphan";
const ABSENT_OWNERS: usize = 500;

/// The garbage collector.
#[derive(Clone)]
pub struct GarbageCollector {
    graph: Graph,
    /// Resources that no other controller watches.
    informers: Vec<Informer>,
    /// The same for custom resources, one for each kind that is established.
    customs: Vec<Informer>,
    kinds: Vec<&'static ResourceDef>,
    absent: SortedSet<Text>,
    recorder: EventRecorder,
}

impl Default for GarbageCollector {
    fn default() -> Self {
        let informers = collected()
            .into_iter()
            .filter(|def| !Kind::ALL.iter().any(|k| is_same(k.def(), def)))
            .map(Informer::new)
            .collect();
        Self {
            graph: Graph::default(),
            informers,
            customs: Vec::new(),
            kinds: Vec::new(),
            absent: SortedSet::new(),
            recorder: EventRecorder::new("garbage-collector-controller", ""),
        }
    }
}

fn is_same(a: &ResourceDef, b: &ResourceDef) -> bool {
    (a.group, a.resource) == (b.group, b.resource)
}

/// Every resource whose objects can be listed, watched and deleted, one version of each; events are left out, as upstream
/// leaves them out.
fn collected() -> Vec<&'static ResourceDef> {
    let mut all: Vec<&'static ResourceDef> = Vec::new();
    for (group, versions) in schema::GROUPS {
        for version in *versions {
            let of_version = schema::RESOURCES
                .iter()
                .filter(|r| r.group == *group && r.version == *version && r.resource != "events")
                .filter(|r| {
                    ["delete", "list", "watch"]
                        .iter()
                        .all(|v| r.verbs.contains(v))
                });
            for r in of_version {
                if !all.iter().any(|other| is_same(other, r)) {
                    all.push(r);
                }
            }
        }
    }
    all
}

fn uid_of(object: &Value) -> Text {
    match object.meta().get("uid") {
        Value::Str(uid) => uid.clone(),
        _ => Text::EMPTY,
    }
}

/// Whether deletion was asked for and waits on a finalizer.
fn waits_on(object: &Value, finalizer: &str) -> bool {
    object.is_terminating() && object.finalizers().any(|f| f == finalizer)
}

impl GarbageCollector {
    /// Takes a change into the graph; gives back the keys that are to be looked at.
    fn take_in(&mut self, def: &'static ResourceDef, delta: &Delta) -> Vec<String> {
        let mut keys = Vec::new();
        match delta {
            Delta::Added(object) => self.upsert(def, None, object, &mut keys),
            Delta::Updated(old, new) if old.uid() != new.uid() => {
                self.removed(&uid_of(old), &mut keys);
                self.upsert(def, None, new, &mut keys);
            }
            Delta::Updated(old, new) => {
                let unchanged = ["ownerReferences", "deletionTimestamp", "finalizers"]
                    .iter()
                    .all(|f| old.meta().get(f) == new.meta().get(f));
                if !unchanged {
                    self.upsert(def, Some(old), new, &mut keys);
                }
            }
            Delta::Deleted(object) => self.removed(&uid_of(object), &mut keys),
        }
        keys
    }

    fn take_in_all(
        &mut self,
        def: &'static ResourceDef,
        deltas: &[Delta],
        work: &mut Work<'_, '_>,
    ) {
        for delta in deltas {
            let cause = cause_of(delta.object());
            for key in self.take_in(def, delta) {
                work.queue.add(key, work.cx.now, cause);
            }
        }
    }

    fn upsert(
        &mut self,
        def: &'static ResourceDef,
        old: Option<&Value>,
        new: &Value,
        keys: &mut Vec<String>,
    ) {
        let starts = |finalizer: &str| {
            waits_on(new, finalizer) && !old.is_some_and(|old| waits_on(old, finalizer))
        };
        let change = Change {
            def,
            object: new,
            foreground: starts(FOREGROUND),
            customs: &self.kinds,
        };
        keys.extend(
            self.graph
                .upsert(&change)
                .into_iter()
                .map(|uid| delete_key(&uid)),
        );
        if starts(ORPHAN) {
            keys.push(format!("o/{}", new.uid()));
        }
    }

    /// An object went: its dependents, and the owners that waited for it, are to be looked at.
    fn removed(&mut self, uid: &Text, keys: &mut Vec<String>) {
        let Some(node) = self.graph.remove(uid) else {
            return;
        };
        if !node.dependents.is_empty() {
            self.note_absent(uid.clone());
        }
        keys.extend(node.dependents.iter().map(|uid| delete_key(uid)));
        for owner in &node.owners {
            if self
                .graph
                .get(&owner.uid)
                .is_some_and(|o| o.deleting_dependents)
            {
                keys.push(delete_key(&owner.uid));
            }
        }
    }

    /// Watches the kinds that definitions establish, and no others.
    fn follow_definitions(&mut self, work: &mut Work<'_, '_>) {
        let is_definition = |i: &&Informer| is_same(i.resource(), definitions());
        let Some(all) = self.informers.iter().find(is_definition) else {
            return;
        };
        let established = all.iter().filter(|d| is_condition_true(d, "Established"));
        let wanted: Vec<_> = established
            .filter_map(|d| kinds_of(d).first().copied())
            .collect();
        for mut informer in std::mem::take(&mut self.customs) {
            if wanted.iter().any(|w| std::ptr::eq(*w, informer.resource())) {
                self.customs.push(informer);
                continue;
            }
            informer.stop(work.cx);
            let gone = !wanted.iter().any(|w| is_same(w, informer.resource()));
            for object in informer.iter().filter(|_| gone) {
                let mut keys = Vec::new();
                self.removed(&uid_of(object), &mut keys);
                for key in keys {
                    work.add(key);
                }
            }
        }
        self.kinds.clone_from(&wanted);
        for def in wanted {
            if !self.customs.iter().any(|i| std::ptr::eq(i.resource(), def)) {
                self.customs.push(Informer::new(def));
            }
        }
    }

    fn note_absent(&mut self, uid: Text) {
        if self.absent.len() >= ABSENT_OWNERS {
            self.absent.pop_first();
        }
        self.absent.insert(uid);
    }
}

fn delete_key(uid: &str) -> String {
    format!("d/{uid}")
}

impl Reconciler for GarbageCollector {
    const NAME: &'static str = "garbage-collector-controller";
    const SERVICE_ACCOUNT: &'static str = "generic-garbage-collector";
    const WATCHES: &'static [Kind] = Kind::ALL;

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        for key in self.take_in(kind.def(), delta) {
            watching.add(key);
        }
    }

    fn poll(&mut self, work: &mut Work<'_, '_>) {
        let news = work.cx.api.news(work.cx.identity.reader);
        let mut redefined = false;
        for i in 0..self.informers.len() {
            let def = self.informers[i].resource();
            let deltas = self.informers[i].poll_news(work.cx, &news);
            redefined |= !deltas.is_empty() && is_same(def, definitions());
            self.take_in_all(def, &deltas, work);
        }
        if redefined {
            self.follow_definitions(work);
        }
        for i in 0..self.customs.len() {
            let def = self.customs[i].resource();
            let deltas = self.customs[i].poll_news(work.cx, &news);
            self.take_in_all(def, &deltas, work);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.informers
            .iter()
            .chain(&self.customs)
            .filter_map(Informer::next_deadline)
            .min()
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match key.split_once('/') {
            Some(("o", uid)) => self.attempt_to_orphan(uid, work)?,
            Some((_, uid)) => self.attempt_to_delete(uid, work)?,
            None => {}
        }
        Ok(Action::AwaitChange)
    }
}
