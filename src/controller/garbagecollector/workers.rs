//! What is done about an object whose owners changed (upstream's `garbagecollector.go`).

use super::super::rest_mapper::resource_of;
use super::super::runner::{Error, Work};
use super::graph::Node;
use super::{FOREGROUND, GarbageCollector, ORPHAN, delete_key, waits_on};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Text, Value};
use crate::client::{ApiError, DeleteOptions, PatchType};
use crate::tree;

/// An object's owner references, by what became of the owners.
#[derive(Default)]
struct Classified {
    solid: usize,
    dangling: Vec<Value>,
    waiting: Vec<Value>,
}

impl GarbageCollector {
    /// Deletes an object that has no owner left, or goes on with its foreground deletion.
    pub(super) fn attempt_to_delete(
        &mut self,
        uid: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let Some(node) = self.graph.get(uid).cloned() else {
            return Ok(());
        };
        if node.being_deleted && !node.deleting_dependents {
            return Ok(());
        }
        let Some(def) = node.def else {
            return Ok(());
        };
        let latest = match work.cx.get(def, &node.namespace, &node.name) {
            Ok(object) if object.uid() == uid => object,
            Err(e) if !e.is_not_found() => return Err(e.into()),
            // Gone, or another one of that name: as if its deletion had been seen.
            _ => return self.vanished(uid, work),
        };
        if node.deleting_dependents {
            return self.process_deleting_dependents(uid, &node, work);
        }
        if latest.owner_references().is_empty() {
            return Ok(());
        }
        let owners = self.classify(&latest, work)?;
        if owners.solid > 0 {
            if owners.dangling.is_empty() && owners.waiting.is_empty() {
                return Ok(());
            }
            let gone = owners.dangling.iter().chain(&owners.waiting);
            return drop_owners(def, &latest, gone, work);
        }
        if !owners.waiting.is_empty() && !node.dependents.is_empty() {
            self.break_circle(def, &latest, &node, work)?;
            return delete(def, &latest, "Foreground", work);
        }
        let policy = if latest.finalizers().any(|f| f == ORPHAN) {
            "Orphan"
        } else if latest.finalizers().any(|f| f == FOREGROUND) {
            "Foreground"
        } else {
            "Background"
        };
        delete(def, &latest, policy, work)
    }

    fn vanished(&mut self, uid: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let mut keys = Vec::new();
        self.removed(&Text::from(uid), &mut keys);
        for key in keys {
            work.add(key);
        }
        Ok(())
    }

    fn process_deleting_dependents(
        &mut self,
        uid: &str,
        node: &Node,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        work.looked_at(node.dependents.len());
        let blocking = self.graph.blocking_dependents(uid);
        if blocking.is_empty() {
            return remove_finalizer(node, uid, FOREGROUND, work);
        }
        for dependent in blocking {
            if self
                .graph
                .get(&dependent)
                .is_some_and(|d| !d.deleting_dependents && !d.being_deleted)
            {
                work.add(delete_key(&dependent));
            }
        }
        Ok(())
    }

    /// Where a dependent already waits for its own dependents, the object might wait for itself in the end: it stops blocking.
    fn break_circle(
        &mut self,
        def: &'static ResourceDef,
        latest: &Value,
        node: &Node,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let circle = node
            .dependents
            .iter()
            .any(|d| self.graph.get(d).is_some_and(|d| d.deleting_dependents));
        if !circle {
            return Ok(());
        }
        let unblocked = |r: &Value| match is_merged_by_uid(def) {
            true => tree!({"uid": r.get("uid").str(), "blockOwnerDeletion": false}),
            false => {
                let mut whole = r.clone();
                whole.set("blockOwnerDeletion", false);
                whole
            }
        };
        let references: Vec<Value> = latest.owner_references().iter().map(unblocked).collect();
        patch_owners(def, latest, references, work)
    }

    fn classify(&mut self, latest: &Value, work: &mut Work<'_, '_>) -> Result<Classified, Error> {
        let mut out = Classified::default();
        for reference in latest.owner_references() {
            match self.owner(latest, reference, work)? {
                None => out.dangling.push(reference.clone()),
                Some(owner) if waits_on(&owner, FOREGROUND) => out.waiting.push(reference.clone()),
                Some(_) => out.solid += 1,
            }
        }
        Ok(out)
    }

    /// The owner that a reference names as the server has it, `None` where it is gone.
    fn owner(
        &mut self,
        object: &Value,
        reference: &Value,
        work: &mut Work<'_, '_>,
    ) -> Result<Option<Value>, Error> {
        let uid = reference.get("uid").str();
        if self.absent.contains(uid) {
            return Ok(None);
        }
        let Some(def) = resource_of(reference.api_version(), reference.kind(), &self.kinds) else {
            // Nothing is deleted on the word of a reference that cannot be followed.
            return Err(Error::other(format!(
                "no matches for kind \"{}\" in version \"{}\"",
                reference.kind(),
                reference.api_version()
            )));
        };
        let namespace = if def.namespaced {
            object.namespace()
        } else {
            ""
        };
        if def.namespaced && namespace.is_empty() {
            self.complain(object, reference, work);
            return Ok(Some(Value::object()));
        }
        match work.cx.get(def, namespace, reference.get("name").str()) {
            Ok(owner) if owner.uid() == uid => Ok(Some(owner)),
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => {
                self.note_absent(Text::from(uid));
                Ok(None)
            }
        }
    }

    fn complain(&mut self, object: &Value, reference: &Value, work: &mut Work<'_, '_>) {
        let message = format!(
            "ownerRef [{}/{}, namespace: {}, name: {}, uid: {}] does not exist in namespace \"{}\"",
            reference.api_version(),
            reference.kind(),
            object.namespace(),
            reference.get("name").str(),
            reference.get("uid").str(),
            object.namespace()
        );
        let reason = "OwnerRefInvalidNamespace";
        self.recorder
            .event(work.cx, object, "Warning", reason, &message);
    }

    /// Takes an owner out of its dependents' references, then lets it go.
    pub(super) fn attempt_to_orphan(
        &mut self,
        uid: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let Some(node) = self.graph.get(uid).cloned() else {
            return Ok(());
        };
        for dependent in &node.dependents {
            let Some((def, d)) = self.graph.get(dependent).and_then(|d| Some((d.def?, d))) else {
                continue;
            };
            if !is_merged_by_uid(def) {
                match work.cx.get(def, &d.namespace, &d.name) {
                    Ok(object) if object.uid() == dependent.as_str() => {
                        let gone = [tree!({"uid": uid})];
                        drop_owners(def, &object, gone.iter(), work)?;
                    }
                    Err(e) if !e.is_not_found() => return Err(e.into()),
                    _ => {}
                }
                continue;
            }
            let patch = tree!({"metadata": {
                "uid": dependent.as_str(), "ownerReferences": [{"$patch": "delete", "uid": uid}],
            }});
            match work
                .cx
                .patch(def, &d.namespace, &d.name, "", PatchType::Strategic, patch)
            {
                Err(e) if !is_gone(&e) => return Err(e.into()),
                _ => {}
            }
        }
        remove_finalizer(&node, uid, ORPHAN, work)
    }
}

/// Whether the object is no longer there, or no longer the one of that UID.
fn is_gone(e: &ApiError) -> bool {
    e.is_not_found() || matches!(e.reason(), "Invalid" | "Conflict")
}

fn drop_owners<'a>(
    def: &'static ResourceDef,
    object: &Value,
    gone: impl Iterator<Item = &'a Value>,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let gone: Vec<&str> = gone.map(|r| r.get("uid").str()).collect();
    let references: Vec<Value> = match is_merged_by_uid(def) {
        true => gone
            .iter()
            .map(|uid| tree!({"$patch": "delete", "uid": *uid}))
            .collect(),
        false => {
            let stays = |r: &&Value| !gone.contains(&r.get("uid").str());
            object
                .owner_references()
                .iter()
                .filter(stays)
                .cloned()
                .collect()
        }
    };
    patch_owners(def, object, references, work)
}

/// Whether a strategic merge patch tells the owner references of objects apart; those of custom resources are written as a whole.
fn is_merged_by_uid(def: &ResourceDef) -> bool {
    def.type_id.is_some()
}

fn patch_owners(
    def: &'static ResourceDef,
    object: &Value,
    references: Vec<Value>,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let (namespace, name) = (object.namespace(), object.name());
    let mut patch = tree!({"metadata": {"uid": object.uid()}});
    patch.set_at(&["metadata", "ownerReferences"], references);
    let kind = match is_merged_by_uid(def) {
        true => PatchType::Strategic,
        false => {
            let version = object.resource_version();
            patch.set_at(&["metadata", "resourceVersion"], version);
            PatchType::Merge
        }
    };
    work.cx.patch(def, namespace, name, "", kind, patch)?;
    Ok(())
}

fn delete(
    def: &'static ResourceDef,
    object: &Value,
    policy: &'static str,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let options = DeleteOptions {
        propagation_policy: Some(policy),
        uid: Some(object.uid().to_owned()),
        ..Default::default()
    };
    match work
        .cx
        .delete(def, object.namespace(), object.name(), &options)
    {
        Err(e) if !e.is_not_found() && !e.is_conflict() => Err(e.into()),
        _ => Ok(()),
    }
}

fn remove_finalizer(
    node: &Node,
    uid: &str,
    finalizer: &str,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let Some(def) = node.def else {
        return Ok(());
    };
    let object = match work.cx.get(def, &node.namespace, &node.name) {
        Ok(object) if object.uid() == uid => object,
        Err(e) if !e.is_not_found() => return Err(e.into()),
        _ => return Ok(()),
    };
    if !object.finalizers().any(|f| f == finalizer) {
        return Ok(());
    }
    let left: Vec<Value> = object
        .finalizers()
        .filter(|f| *f != finalizer)
        .map(Value::from)
        .collect();
    let mut patch = tree!({"metadata": {"resourceVersion": object.resource_version()}});
    patch.set_at(&["metadata", "finalizers"], left);
    match work.cx.patch(
        def,
        &node.namespace,
        &node.name,
        "",
        PatchType::Merge,
        patch,
    ) {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}
