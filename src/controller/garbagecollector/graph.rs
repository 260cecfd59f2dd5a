//! The graph of objects and owner references (upstream's `graph_builder.go`).

use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Text, Value};
use crate::controller::rest_mapper::resource_of;
use std::collections::{BTreeMap, BTreeSet};

/// One owner reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// Its UID.
    pub uid: Text,
    /// Whether the owner's foreground deletion waits for the dependent.
    pub blocks: bool,
    /// The reference as it stands in the object.
    pub reference: Value,
}

/// One object.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its resource; unknown for an owner of a kind the server does not serve.
    pub def: Option<&'static ResourceDef>,
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// Its owner references.
    pub owners: Vec<Owner>,
    /// UIDs of the objects that name it as owner.
    pub dependents: BTreeSet<Text>,
    /// Whether its deletion was asked for.
    pub being_deleted: bool,
    /// Whether it waits for its dependents to go.
    pub deleting_dependents: bool,
    /// Whether it is only known from owner references so far.
    pub is_virtual: bool,
}

/// An object that was seen.
pub struct Change<'a> {
    /// Its resource.
    pub def: &'static ResourceDef,
    /// The object.
    pub object: &'a Value,
    /// Whether its foreground deletion has just begun.
    pub foreground: bool,
    /// The kinds that are not built in.
    pub customs: &'a [&'static ResourceDef],
}

/// All objects by UID.
#[derive(Clone, Debug, Default)]
pub struct Graph(BTreeMap<Text, Node>);

fn text(v: &Value) -> Text {
    match v {
        Value::Str(t) => t.clone(),
        _ => Text::EMPTY,
    }
}

fn owners_of(object: &Value) -> Vec<Owner> {
    object
        .owner_references()
        .iter()
        .map(|r| Owner {
            uid: text(r.get("uid")),
            blocks: r.get("blockOwnerDeletion").as_bool() == Some(true),
            reference: r.clone(),
        })
        .collect()
}

impl Graph {
    /// The object of a UID.
    pub fn get(&self, uid: &str) -> Option<&Node> {
        self.0.get(uid)
    }

    /// Takes in an object; gives back the UIDs of those that may have to be deleted now.
    pub fn upsert(&mut self, change: &Change<'_>) -> Vec<Text> {
        let object = change.object;
        let (uid, owners) = (text(object.meta().get("uid")), owners_of(object));
        let mut queue = Vec::new();
        let before = match self.0.get_mut(&uid) {
            Some(node) => std::mem::replace(&mut node.owners, owners.clone()),
            None => {
                self.0
                    .insert(uid.clone(), Node::new(change, owners.clone()));
                Vec::new()
            }
        };
        self.relink(&uid, change, &before, &owners, &mut queue);
        let Some(node) = self.0.get_mut(&uid) else {
            return queue;
        };
        node.def = Some(change.def);
        if std::mem::take(&mut node.is_virtual) {
            node.namespace = text(object.meta().get("namespace"));
            node.name = text(object.meta().get("name"));
        }
        node.being_deleted |= object.is_terminating();
        if change.foreground {
            node.deleting_dependents = true;
            queue.extend(node.dependents.iter().cloned());
            queue.push(uid);
        }
        queue
    }

    /// Tells owners which dependents came and went. Owners not known yet are looked up; those no longer blocked are looked at.
    fn relink(
        &mut self,
        uid: &Text,
        change: &Change<'_>,
        before: &[Owner],
        after: &[Owner],
        queue: &mut Vec<Text>,
    ) {
        for old in before {
            let new = after.iter().find(|o| o.uid == old.uid);
            if old.blocks && !new.is_some_and(|o| o.blocks) && self.0.contains_key(&old.uid) {
                queue.push(old.uid.clone());
            }
            if new.is_none()
                && let Some(owner) = self.0.get_mut(&old.uid)
            {
                owner.dependents.remove(uid);
            }
        }
        for new in after {
            if before.iter().any(|o| o.uid == new.uid) {
                continue;
            }
            let owner = self.0.entry(new.uid.clone()).or_insert_with(|| {
                queue.push(new.uid.clone());
                Node::known_by_reference(&new.reference, change)
            });
            owner.dependents.insert(uid.clone());
        }
    }

    /// Takes an object out, and out of its owners' dependents.
    pub fn remove(&mut self, uid: &str) -> Option<Node> {
        let node = self.0.remove(uid)?;
        for owner in &node.owners {
            if let Some(o) = self.0.get_mut(&owner.uid) {
                o.dependents.remove(uid);
                if o.is_virtual && o.dependents.is_empty() {
                    self.0.remove(&owner.uid);
                }
            }
        }
        Some(node)
    }

    /// The dependents of an object that its foreground deletion waits for.
    pub fn blocking_dependents(&self, uid: &str) -> Vec<Text> {
        let Some(node) = self.get(uid) else {
            return Vec::new();
        };
        let blocks = |d: &Node| d.owners.iter().any(|o| o.uid == *uid && o.blocks);
        node.dependents
            .iter()
            .filter(|d| self.get(d).is_some_and(blocks))
            .cloned()
            .collect()
    }
}

impl Node {
    fn new(change: &Change<'_>, owners: Vec<Owner>) -> Self {
        Self {
            def: Some(change.def),
            namespace: text(change.object.meta().get("namespace")),
            name: text(change.object.meta().get("name")),
            owners,
            dependents: BTreeSet::new(),
            being_deleted: false,
            deleting_dependents: false,
            is_virtual: false,
        }
    }

    fn known_by_reference(reference: &Value, change: &Change<'_>) -> Self {
        let (dependent, customs) = (change.object, change.customs);
        let def = resource_of(reference.api_version(), reference.kind(), customs);
        let namespace = if def.is_some_and(|d| d.namespaced) {
            text(dependent.meta().get("namespace"))
        } else {
            Text::EMPTY
        };
        Self {
            def,
            namespace,
            name: text(reference.get("name")),
            owners: Vec::new(),
            dependents: BTreeSet::new(),
            being_deleted: false,
            deleting_dependents: false,
            is_virtual: true,
        }
    }
}
