//! A local copy of a resource, kept by list and watch (client-go's reflector, store and indexer in one).

use super::{Cx, ListOptions};
use crate::apimachinery::http::{WatchId, WatchType};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Key;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What changed in the copy.
#[derive(Clone, Debug)]
pub enum Delta {
    /// A new object.
    Added(Value),
    /// An object changed: before and after.
    Updated(Value, Value),
    /// An object went: its last known state.
    Deleted(Value),
}

impl Delta {
    /// The object after the change, or its last state.
    pub fn object(&self) -> &Value {
        match self {
            Delta::Added(v) | Delta::Updated(_, v) | Delta::Deleted(v) => v,
        }
    }
}

/// Finds the values under which an object is indexed.
pub type IndexFn = fn(&Value) -> Vec<String>;

/// What is asked of an object so often that it is kept beside it, as bits.
pub type FactsFn = fn(&Value) -> u8;

/// Indexes by the UID of the controlling owner.
pub const BY_CONTROLLER: (&str, IndexFn) = ("controller", |o| {
    o.controller_of()
        .map(|r| r.get("uid").str().to_owned())
        .into_iter()
        .collect()
});
/// Indexes by namespace.
pub const BY_NAMESPACE: (&str, IndexFn) = ("namespace", |o| vec![o.namespace().to_owned()]);
/// Indexes pods by node.
pub const BY_NODE: (&str, IndexFn) = ("node", |o| {
    o.at(&["spec", "nodeName"])
        .as_str()
        .map(str::to_owned)
        .into_iter()
        .collect()
});

#[derive(Clone)]
struct Index {
    name: &'static str,
    of: IndexFn,
    keys: BTreeMap<String, BTreeMap<Key, Entry>>,
}

/// An object in an index, with what loops over large sets ask of each: kept here so that they need not go through the object.
#[derive(Clone)]
pub struct Entry {
    /// The object.
    pub object: Value,
    /// Its labels.
    pub labels: Value,
    /// Its facts.
    pub facts: u8,
}

impl Entry {
    /// An object with its facts.
    pub fn new(object: &Value, facts: FactsFn) -> Self {
        Self {
            object: object.clone(),
            labels: object.meta().get("labels").clone(),
            facts: facts(object),
        }
    }
}

/// A local copy of a resource.
#[derive(Clone)]
pub struct Informer {
    resource: &'static ResourceDef,
    options: ListOptions,
    store: BTreeMap<Key, Value>,
    indexes: Vec<Index>,
    facts: FactsFn,
    watch: Option<WatchId>,
    synced: bool,
    retry_at: Option<Timestamp>,
}

impl Informer {
    /// A copy of all objects of a resource.
    pub fn new(resource: &'static ResourceDef) -> Self {
        Self {
            resource,
            options: ListOptions::default(),
            store: BTreeMap::new(),
            indexes: Vec::new(),
            facts: |_| 0,
            watch: None,
            synced: false,
            retry_at: None,
        }
    }

    /// Restricts the copy by a field selector.
    pub fn with_field_selector(mut self, selector: String) -> Self {
        self.options.field_selector = selector;
        self
    }

    /// Adds an index.
    pub fn with_index(mut self, (name, of): (&'static str, IndexFn)) -> Self {
        self.indexes.push(Index {
            name,
            of,
            keys: BTreeMap::new(),
        });
        self
    }

    /// Has facts kept beside the objects in its indexes.
    pub fn with_facts(mut self, facts: FactsFn) -> Self {
        self.facts = facts;
        self
    }

    /// The resource it copies.
    pub fn resource(&self) -> &'static ResourceDef {
        self.resource
    }

    /// Whether the first list was taken in.
    pub fn has_synced(&self) -> bool {
        self.synced
    }

    /// When a failed list is to be tried again.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.retry_at
    }

    /// Takes in what has arrived, if its watch is among those with `news` or it has none yet.
    pub fn poll_news(&mut self, cx: &mut Cx<'_>, news: &[WatchId]) -> Vec<Delta> {
        match self.watch {
            Some(id) if !news.contains(&id) => Vec::new(),
            _ => self.poll(cx),
        }
    }

    /// Takes in what has arrived; lists first where there is no watch.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Vec<Delta> {
        let mut deltas = Vec::new();
        if self.watch.is_none() {
            self.list_and_watch(cx, &mut deltas);
        }
        while let Some(id) = self.watch {
            let Some(event) = cx.api.poll_watch(id) else {
                break;
            };
            match event.kind {
                WatchType::Added | WatchType::Modified => self.upsert(event.object, &mut deltas),
                WatchType::Deleted => {
                    self.delete(&key_of(&event.object), Some(event.object), &mut deltas)
                }
                WatchType::Bookmark => {}
                WatchType::Error => {
                    cx.api.close_watch(id);
                    self.watch = None;
                    self.list_and_watch(cx, &mut deltas);
                }
            }
        }
        deltas
    }

    fn list_and_watch(&mut self, cx: &mut Cx<'_>, deltas: &mut Vec<Delta>) {
        if self.retry_at.is_some_and(|t| cx.now < t) {
            return;
        }
        self.retry_at = None;
        let Ok(list) = cx.list(self.resource, "", &self.options) else {
            self.retry_at = Some(cx.now + Duration::from_secs(1));
            return;
        };
        let mut gone: BTreeSet<Key> = self.store.keys().cloned().collect();
        for item in list.get("items").items() {
            gone.remove(&key_of(item));
            self.upsert(item.clone(), deltas);
        }
        for key in gone {
            self.delete(&key, None, deltas);
        }
        let options = ListOptions {
            resource_version: list.resource_version().to_owned(),
            ..self.options.clone()
        };
        match cx.watch(self.resource, "", &options) {
            Ok(id) => {
                self.watch = Some(id);
                self.synced = true;
            }
            Err(_) => self.retry_at = Some(cx.now + Duration::from_secs(1)),
        }
    }

    /// Takes in an object that nobody sent, for tests of what reads the copy.
    #[cfg(test)]
    pub fn put(&mut self, object: Value) {
        self.upsert(object, &mut Vec::new());
    }

    fn upsert(&mut self, object: Value, deltas: &mut Vec<Delta>) {
        let key = key_of(&object);
        let old = self.store.insert(key.clone(), object.clone());
        if !self.indexes.is_empty() {
            self.index(&key, old.as_ref(), &object);
        }
        match old {
            None => deltas.push(Delta::Added(object)),
            Some(old) if old.resource_version() == object.resource_version() => {}
            Some(old) => deltas.push(Delta::Updated(old, object)),
        }
    }

    fn index(&mut self, key: &Key, old: Option<&Value>, object: &Value) {
        let entry = Entry::new(object, self.facts);
        for index in &mut self.indexes {
            let after = (index.of)(object);
            if let Some(old) = old {
                let before = (index.of)(old);
                if before != after {
                    index.forget(key, &before);
                }
            }
            for value in after {
                let under = index.keys.entry(value).or_default();
                match under.get_mut(key) {
                    Some(present) => *present = entry.clone(),
                    None => {
                        under.insert(key.clone(), entry.clone());
                    }
                }
            }
        }
    }

    fn delete(&mut self, key: &Key, last: Option<Value>, deltas: &mut Vec<Delta>) {
        let Some(old) = self.store.remove(key) else {
            return;
        };
        for index in &mut self.indexes {
            let before = (index.of)(&old);
            index.forget(key, &before);
        }
        deltas.push(Delta::Deleted(last.unwrap_or(old)));
    }

    /// The object of that key (`namespace/name`).
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.store.get(key.as_bytes())
    }

    /// The object of that namespace and name.
    pub fn get_in(&self, namespace: &str, name: &str) -> Option<&Value> {
        if namespace.is_empty() {
            self.store.get(name.as_bytes())
        } else {
            self.store.get(&Key::joined(&[namespace, "/", name]))
        }
    }

    /// All objects in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.store.values()
    }

    /// The objects of a namespace in order of their names.
    pub fn in_namespace<'a>(
        &'a self,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        let from = Key::joined(&[namespace, "/"]);
        // '0' is the character after '/'.
        let to = Key::joined(&[namespace, "0"]);
        self.store.range(from..to).map(|(_, v)| v)
    }

    /// The objects under a value of an index, in order of their keys.
    pub fn by_index<'a>(
        &'a self,
        name: &str,
        value: &str,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.entries_by_index(name, value).map(|e| &e.object)
    }

    /// The same, each object with its facts.
    pub fn entries_by_index<'a>(
        &'a self,
        name: &str,
        value: &str,
    ) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let under = self
            .indexes
            .iter()
            .find(|i| i.name == name)
            .and_then(|i| i.keys.get(value));
        under.into_iter().flat_map(|m| m.values())
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// Ends the watch; the next poll lists anew.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        if let Some(id) = self.watch.take() {
            cx.api.close_watch(id);
        }
    }
}

/// The key of an object: namespace and name.
fn key_of(object: &Value) -> Key {
    match object.namespace() {
        "" => Key::from(object.name()),
        namespace => Key::joined(&[namespace, "/", object.name()]),
    }
}

impl Index {
    fn forget(&mut self, key: &Key, values: &[String]) {
        for value in values {
            if let Some(set) = self.keys.get_mut(value) {
                set.remove(key);
                if set.is_empty() {
                    self.keys.remove(value);
                }
            }
        }
    }
}
