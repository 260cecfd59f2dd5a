//! Who manages the fields of a stored object. Writes are only noted, with the states before and after, which the store
//! shares; what they mean to `metadata.managedFields` is worked out when somebody reads that, and kept then.

use super::call::Call;
use super::registry::{self, Resource};
use super::storage::Storage;
use super::{ApiServer, Status};
use crate::api::validation::meta;
use crate::apimachinery::managed_fields::{self, Change, Filter, Managed, Set, Writer, is_reset};
use crate::apimachinery::{ErrorList, Text, Timestamp, Value};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// How many writes are noted before they are worked out unasked.
const MAX_NOTED: u8 = 8;

/// The managers of one state of an object: a list, or the writes that made it. Immutable, so that history and watches hold it too.
#[derive(Clone)]
pub enum Owners {
    /// One write made the object as it is, which most objects stay with: when that was stands in the object.
    Created(Arc<Creator>),
    /// Anything else.
    Noted(Arc<Node>),
}

/// Who made an object.
pub struct Creator {
    manager: Text,
    resource: &'static Resource,
}

/// The managers of a state that more than its creation has led to.
pub struct Node {
    /// Who managed the fields before the write.
    before: Before,
    /// The write; none where the list is all there is.
    write: Option<Noted>,
    /// The object before the write, null where that created it.
    old: Value,
    depth: u8,
    folded: OnceLock<Value>,
}

#[derive(Clone)]
enum Before {
    List(Value),
    Owners(Owners),
}

/// A write, as far as the managers of fields are concerned.
#[derive(Clone)]
pub struct Noted {
    manager: Text,
    resource: &'static Resource,
    subresource: Text,
    time: Timestamp,
    /// The object as the request had it; null where that is the state that was stored.
    new: Value,
}

/// What the write of a call means to the managers.
#[derive(Clone)]
pub enum Tracked {
    /// An ordinary write.
    Write(Noted),
    /// It has said who manages what.
    Exact(Value),
}

impl fmt::Debug for Owners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owners")
            .field("created", &matches!(self, Owners::Created(_)))
            .finish()
    }
}

impl Owners {
    fn new(before: Before, write: Option<Noted>, old: Value, depth: u8) -> Owners {
        let folded = OnceLock::new();
        Owners::Noted(Arc::new(Node {
            before,
            write,
            old,
            depth,
            folded,
        }))
    }
    /// The managers of an object that a write has created as it is stored.
    fn created(write: Noted, stored: &Value) -> Owners {
        let at = stored.meta().get("creationTimestamp");
        let plain = write.new.is_null() && write.subresource.is_empty();
        if plain && at.str() == write.time.to_rfc3339() {
            let Noted {
                manager, resource, ..
            } = write;
            return Owners::Created(Arc::new(Creator { manager, resource }));
        }
        Owners::new(Before::List(Value::Null), Some(write), Value::Null, 1)
    }
    /// What is noted of a state, which is `object`.
    fn node(&self, object: &Value) -> Arc<Node> {
        match self {
            Owners::Noted(node) => node.clone(),
            Owners::Created(by) => {
                let at = object.meta().get("creationTimestamp").str();
                Arc::new(Node {
                    before: Before::List(Value::Null),
                    write: Some(Noted {
                        manager: by.manager.clone(),
                        resource: by.resource,
                        subresource: Text::EMPTY,
                        time: Timestamp::parse(at).unwrap_or_default(),
                        new: Value::Null,
                    }),
                    old: Value::Null,
                    depth: 1,
                    folded: OnceLock::new(),
                })
            }
        }
    }
    /// Managers that are known; none where the list is empty: then nothing is tracked any more.
    pub fn known(list: Value) -> Option<Owners> {
        (!list.is_empty()).then(|| Owners::new(Before::List(list), None, Value::Null, 0))
    }
    /// The managers after a write that made `stored` of `old` (null where it was created). An object that nobody managed stays so.
    fn after(
        prev: Option<&Owners>,
        mut write: Noted,
        old: &Value,
        stored: &Value,
    ) -> Option<Owners> {
        if alike(&write.new, stored) {
            write.new = Value::Null;
        }
        let Some(prev) = prev else {
            let created = old.is_null();
            return created.then(|| Owners::created(write, stored));
        };
        let node = prev.node(old);
        if let Some(list) = node.folded.get() {
            return Some(Owners::new(
                Before::List(list.clone()),
                Some(write),
                old.clone(),
                1,
            ));
        }
        if let Some(last) = &node.write
            && !node.old.is_null()
            && (&last.manager, &last.subresource) == (&write.manager, &write.subresource)
            && std::ptr::eq(last.resource, write.resource)
        {
            let (before, first) = (node.before.clone(), node.old.clone());
            return Some(Owners::new(before, Some(write), first, node.depth));
        }
        let before = if node.depth >= MAX_NOTED {
            Before::List(prev.list(old))
        } else {
            Before::Owners(prev.clone())
        };
        let depth = if node.depth >= MAX_NOTED {
            1
        } else {
            node.depth + 1
        };
        Some(Owners::new(before, Some(write), old.clone(), depth))
    }
    /// The managers after a write to `old` that is not tracked.
    fn kept(&self, old: &Value) -> Owners {
        let node = self.node(old);
        match &node.write {
            Some(write) if write.new.is_null() && node.folded.get().is_none() => {
                let mut write = write.clone();
                write.new = old.clone();
                let (before, first) = (node.before.clone(), node.old.clone());
                Owners::new(before, Some(write), first, node.depth)
            }
            _ => self.clone(),
        }
    }
    /// The managers of a state, which is `object`.
    fn managed(&self, object: &Value) -> Managed {
        let read = |list: &Value| Managed::decode(list).unwrap_or_default();
        let node = self.node(object);
        if let Some(list) = node.folded.get() {
            return read(list);
        }
        let mut managed = match &node.before {
            Before::List(list) => read(list),
            Before::Owners(before) => before.managed(&node.old),
        };
        if let Some(write) = &node.write {
            let new = if write.new.is_null() {
                object
            } else {
                &write.new
            };
            write.track(&node.old, new, &mut managed);
        }
        managed
    }
    /// `metadata.managedFields` of a state, which is `object`; null where there are none.
    pub fn list(&self, object: &Value) -> Value {
        let found = || self.managed(object).encode();
        match self {
            Owners::Noted(node) => node.folded.get_or_init(found).clone(),
            // There are many of them, and hardly one is asked for again.
            Owners::Created(_) => found(),
        }
    }
    /// The object with its `metadata.managedFields`.
    pub fn dress(&self, object: &mut Value) {
        let list = self.list(object);
        if !list.is_null() {
            object.meta_mut().set("managedFields", list);
        }
    }
}

impl Noted {
    fn track(&self, old: &Value, new: &Value, managed: &mut Managed) {
        if managed.0.is_empty() && !old.is_null() {
            return;
        }
        let change = Change { live: old, new };
        with_writer(
            self.resource,
            &self.manager,
            &self.subresource,
            self.time,
            |w| managed_fields::update(w, &change, managed),
        );
    }
}

/// Calls `f` with the writer of objects of a resource.
pub fn with_writer<T>(
    resource: &'static Resource,
    manager: &str,
    subresource: &str,
    time: Timestamp,
    f: impl FnOnce(&Writer<'_>) -> T,
) -> T {
    let types = |version: &str| resource.ty(version);
    let convert = |object: &Value, version: &str| convert(resource, object, version);
    f(&Writer {
        manager,
        version: &resource.api_version,
        kind: resource.def.kind,
        subresource,
        time: &time.to_rfc3339(),
        filter: &filter(resource, subresource),
        types: &types,
        convert: &convert,
    })
}

/// Brings an object into another version of its kind.
fn convert(resource: &Resource, object: &Value, version: &str) -> Option<Value> {
    if let Some(custom) = &resource.custom {
        let mut object = object.clone();
        object.set("apiVersion", version);
        return custom.has_version(resource.def, version).then_some(object);
    }
    let named = |v: &str| {
        let same = |r: &&Resource| r.table == resource.table && r.api_version.as_str() == v;
        registry::all().iter().find(same)
    };
    let stored = named(object.api_version())?.to_storage(object.clone());
    Some(named(version)?.from_storage(stored))
}

/// What a write through a resource or subresource cannot set (`GetResetFields` of upstream's strategies).
fn filter(resource: &Resource, subresource: &str) -> Filter {
    let except = |paths: &[&[&str]]| Filter::Except(Set::of_fields(paths));
    if resource.custom.is_some() && subresource == "status" {
        return except(&[&["spec"], &["metadata"]]);
    }
    match (subresource, resource.def.resource) {
        ("ephemeralcontainers", _) => Filter::Only(&["spec", "ephemeralContainers"]),
        ("resize", _) => Filter::Only(&["spec"]),
        ("status", "deployments") => except(&[&["spec"], &["metadata", "labels"]]),
        ("status", "pods") => except(&[
            &["spec"],
            &["metadata", "deletionTimestamp"],
            &["metadata", "ownerReferences"],
        ]),
        ("status" | "approval", _) => except(&[&["spec"]]),
        ("", _) if resource.def.subresource("status").is_some() => except(&[&["status"]]),
        _ => except(&[]),
    }
}

/// Whether two states differ only in what nobody manages.
fn alike(a: &Value, b: &Value) -> bool {
    let own = |k: &str| {
        !matches!(
            k,
            "name" | "namespace" | "uid" | "resourceVersion" | "creationTimestamp" | "generation"
        )
    };
    let (Some(x), Some(y)) = (a.as_map(), b.as_map()) else {
        return false;
    };
    x.len() == y.len()
        && x.iter()
            .zip(y.iter())
            .all(|((k, v), (l, w))| k == l && (k == "metadata" || v == w))
        && a.meta()
            .fields()
            .filter(|(k, _)| own(k))
            .eq(b.meta().fields().filter(|(k, _)| own(k)))
}

/// The manager in whose name a call writes: as it says, or the first part of its user agent.
pub fn manager(call: &Call) -> &str {
    let named = call.query.get("fieldManager");
    if !named.is_empty() {
        return named;
    }
    let agent = call.agent.split('/').next().unwrap_or_default();
    let mut end = agent.len().min(128);
    while !agent.is_char_boundary(end) {
        end -= 1;
    }
    &agent[..end]
}

impl ApiServer {
    /// Takes `managedFields` out of an object that a call writes (in the call's version), and notes what the write means to the
    /// managers. `old` is the stored object.
    ///
    /// # Errors
    /// 422 for managers that the client sets and that are no such.
    pub(super) fn track(
        &mut self,
        call: &mut Call,
        subresource: &str,
        new: &mut Value,
        old: Option<&Value>,
    ) -> Result<(), Status> {
        let given = match new.meta().has("managedFields") {
            true => new.meta_mut().remove("managedFields").unwrap_or_default(),
            false => Value::Null,
        };
        if call.tracked.is_some() {
            return Ok(());
        }
        let write = Noted {
            manager: self.intern(manager(call)),
            resource: call.resource,
            subresource: self.intern(subresource),
            time: call.now,
            new: call.resource.to_storage(new.clone()),
        };
        call.tracked = Some(match self.given(call, &write, given, old)? {
            Some(list) => Tracked::Exact(list),
            None => Tracked::Write(write),
        });
        Ok(())
    }

    /// The managers after a write that sets them itself; none where it sends them back as they are.
    fn given(
        &self,
        call: &Call,
        write: &Noted,
        given: Value,
        old: Option<&Value>,
    ) -> Result<Option<Value>, Status> {
        if !write.subresource.is_empty() || given.is_null() {
            return Ok(None);
        }
        if is_reset(&given) {
            return Ok(old.is_some().then_some(Value::Null));
        }
        let present = old.map_or(Value::Null, |old| self.managers_of(call.resource, old));
        let Ok(mut managed) = Managed::decode(&given) else {
            return Ok(None);
        };
        if given == present || managed.0.is_empty() {
            return Ok(None);
        }
        let mut errors = ErrorList::default();
        meta::managed_fields(&mut errors, &given);
        if !errors.is_empty() {
            let def = call.resource.def;
            return Err(Status::invalid(
                def.group,
                def.kind,
                write.new.name(),
                errors,
            ));
        }
        write.track(old.unwrap_or(&Value::Null), &write.new, &mut managed);
        Ok(Some(managed.encode()))
    }

    /// `managedFields` of a stored object.
    pub(super) fn managers_of(&self, resource: &Resource, object: &Value) -> Value {
        let key = resource.key(object.namespace(), object.name());
        let owners = self.storage.owners(resource.table, &key);
        owners.map_or(Value::Null, |o| o.list(object))
    }

    /// Whether a call that changes nothing of an object yet changes who manages it; times do not count.
    pub(super) fn managers_change(&self, call: &Call, old: &Value) -> bool {
        let timeless = |mut list: Value| {
            if !list.is_null() {
                for entry in list.items_mut() {
                    entry.remove("time");
                }
            }
            list
        };
        match &call.tracked {
            Some(Tracked::Exact(list)) => {
                timeless(list.clone()) != timeless(self.managers_of(call.resource, old))
            }
            _ => false,
        }
    }

    /// The managers after a call's write, which makes `stored` of `old` (null where it is created).
    pub(super) fn owners_after(
        &self,
        call: &Call,
        resource: &Resource,
        key: &str,
        old: &Value,
        stored: &Value,
    ) -> Option<Owners> {
        let present = self.storage.owners(resource.table, key);
        let tracked = call.tracked.as_ref();
        match tracked.filter(|_| resource.table == call.resource.table) {
            Some(Tracked::Exact(list)) => Owners::known(list.clone()),
            Some(Tracked::Write(write)) => Owners::after(present, write.clone(), old, stored),
            None => present.map(|o| o.kept(old)),
        }
    }

    /// An object that was read or written, with its managers where the sender has a use for them.
    pub(super) fn with_managers(&self, call: &Call, mut object: Value) -> Value {
        if call.plain {
            return object;
        }
        let resource = call.resource;
        let key = resource.key(object.namespace(), object.name());
        let stored = self.storage.get(resource.table, &key);
        let owners = if call.dry_run {
            let old = stored.unwrap_or(&Value::Null);
            self.owners_after(call, resource, &key, old, &object)
        } else if stored.is_some() {
            self.storage.owners(resource.table, &key).cloned()
        } else {
            self.storage.last_owners(resource.table, &key)
        };
        if let Some(owners) = owners {
            owners.dress(&mut object);
        }
        object
    }
}
