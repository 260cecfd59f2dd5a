//! The generic registry: every built-in resource behind the same verbs, with a strategy for what is special about each
//! (`registry/generic/registry/store.go`).

mod apiregistration;
mod apply;
mod apps;
mod batch;
mod binding;
mod certificates;
mod component;
mod conversion;
mod core;
mod create;
pub mod custom;
mod definitions;
mod delete;
mod discovery;
mod eviction;
mod features;
mod label_keys;
mod list;
mod log;
mod meta;
mod patch;
mod policy;
pub(super) mod proxy;
mod read;
mod review;
mod scale;
mod scheduling;
mod services;
mod status;
mod storage;
mod strategies;
mod tokens;
mod update;
mod watch;

use super::storage::TableId;
use crate::apimachinery::managed_fields::Ty;
use crate::apimachinery::schema::{self, RESOURCES, ResourceDef};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Rng, Text, Timestamp, Value};
use crate::collections::Arrange;
use std::sync::LazyLock;

pub(super) use strategies::strategy;

/// One resource in one version, and where its objects are stored.
pub struct Resource {
    /// The row of discovery.
    pub def: &'static ResourceDef,
    /// The table of its objects, shared with the other versions of the same kind.
    pub table: TableId,
    /// `apps/v1`.
    pub api_version: Text,
    /// `DeploymentList`.
    pub list_kind: Text,
    /// `apiVersion` and kind under which objects are stored.
    pub storage_version: Text,
    /// What is special about it.
    pub strategy: &'static dyn Strategy,
    /// What its definition says, for a custom resource.
    pub custom: Option<custom::Custom>,
}

/// What a strategy may ask for while it prepares an object.
pub struct Prepare<'a> {
    /// The time of the request.
    pub now: Timestamp,
    /// Chance.
    pub rng: &'a mut Rng,
    /// The sender's user name.
    pub user: &'a crate::apimachinery::http::UserInfo,
}

/// What is special about a resource (`rest.RESTCreateStrategy` and its relatives).
pub trait Strategy: Sync {
    /// Whether a PUT may create (`AllowCreateOnUpdate`).
    fn allow_create_on_update(&self) -> bool {
        false
    }
    /// Whether a PUT may leave out the resource version (`AllowUnconditionalUpdate`).
    fn allow_unconditional_update(&self) -> bool {
        true
    }
    /// Whether a deletion answers with the object and not with a Status (`ReturnDeletedObject`).
    fn returns_deleted_object(&self) -> bool {
        false
    }
    /// Whether objects count the generations of their spec.
    fn has_generation(&self) -> bool {
        false
    }
    /// Whether dependents are orphaned where the client does not say (`DefaultGarbageCollectionPolicy`).
    fn orphans_by_default(&self) -> bool {
        false
    }
    /// Fields that only the status subresource may write.
    fn status_fields(&self) -> &'static [&'static str] {
        &["status"]
    }
    /// Clears and sets what clients cannot, before a new object is checked.
    fn prepare_for_create(&self, _object: &mut Value, _cx: &mut Prepare<'_>) {}
    /// The same for a new state of an object.
    fn prepare_for_update(&self, _new: &mut Value, _old: &Value) {}
    /// The same for a new status.
    fn prepare_for_status_update(&self, _new: &mut Value, _old: &Value, _now: Timestamp) {}
    /// Texts of `Warning` headers for an object that is created or updated.
    fn warnings(&self, object: &Value, old: Option<&Value>) -> Vec<String> {
        crate::api::validation::warnings::of(object, old)
    }
}

static INDEX: LazyLock<Vec<Resource>> = LazyLock::new(build);

fn storage_identity(def: &ResourceDef) -> (&'static str, &'static str) {
    match (def.group, def.resource) {
        ("events.k8s.io", "events") => ("", "events"),
        _ => (def.group, def.resource),
    }
}

fn build() -> Vec<Resource> {
    let mut tables: Vec<(&str, &str)> = Vec::new();
    let mut all: Vec<Resource> = RESOURCES
        .iter()
        .map(|def| {
            let identity = storage_identity(def);
            let table = tables
                .iter()
                .position(|t| *t == identity)
                .unwrap_or_else(|| {
                    tables.push(identity);
                    tables.len() - 1
                });
            Resource {
                def,
                table: TableId::try_from(table).expect("there are fewer than 65,536 kinds"),
                api_version: def.api_version().into(),
                list_kind: format!("{}List", def.kind).into(),
                storage_version: stored_as(identity).into(),
                strategy: strategy(def.group, def.resource),
                custom: None,
            }
        })
        .collect();
    all.arrange_by_key(|r| (r.def.group, r.def.version, r.def.resource));
    all
}

/// The version that a kind is stored in: the one discovery prefers.
fn stored_as((group, resource): (&str, &str)) -> String {
    RESOURCES
        .iter()
        .find(|d| (d.group, d.resource) == (group, resource))
        .map(ResourceDef::api_version)
        .unwrap_or_default()
}

/// The resource of a group, version and plural name.
pub fn lookup(group: &str, version: &str, resource: &str) -> Option<&'static Resource> {
    static AT: LazyLock<Vec<usize>> = LazyLock::new(|| {
        let at = |d: &ResourceDef| INDEX.iter().position(|r| std::ptr::eq(r.def, d));
        RESOURCES.iter().filter_map(at).collect()
    });
    let all: &'static [Resource] = &INDEX;
    schema::position(group, version, resource).map(|p| &all[AT[p]])
}

/// The preferred version of a group's resource.
pub fn preferred(group: &str, resource: &str) -> Option<&'static Resource> {
    RESOURCES
        .iter()
        .find(|d| d.group == group && d.resource == resource)
        .and_then(|d| lookup(d.group, d.version, d.resource))
}

/// All resources, sorted by group, version and name.
pub fn all() -> &'static [Resource] {
    &INDEX
}

/// How many tables the store needs.
pub fn table_count() -> usize {
    INDEX
        .iter()
        .map(|r| usize::from(r.table) + 1)
        .max()
        .unwrap_or(0)
}

impl Resource {
    /// The key of an object in its table.
    pub fn key(&self, namespace: &str, name: &str) -> String {
        if self.def.namespaced {
            [namespace, "/", name].concat()
        } else {
            name.to_owned()
        }
    }
    /// The prefix of all keys in a namespace ("" for all).
    pub fn prefix(&self, namespace: &str) -> String {
        if self.def.namespaced && !namespace.is_empty() {
            [namespace, "/"].concat()
        } else {
            String::new()
        }
    }
    /// 404 for an object of that name.
    pub fn not_found(&self, name: &str) -> Status {
        Status::not_found(self.def.group, self.def.resource, name)
    }
    /// 403 for an object of that name.
    pub fn forbidden(&self, name: &str, why: impl std::fmt::Display) -> Status {
        Status::forbidden(self.def.group, self.def.resource, name, why)
    }
    /// Whether a status that a new object brings along is dropped.
    pub fn clears_status(&self) -> bool {
        self.def.subresource("status").is_some()
            && !strategies::keeps_status(self.def.group, self.def.resource)
    }
    /// Whether it is this resource in whatever version.
    pub fn is(&self, group: &str, resource: &str) -> bool {
        self.def.group == group && self.def.resource == resource
    }
    /// How server-side apply sees objects in a version of the kind.
    pub fn ty(&'static self, api_version: &str) -> Option<Ty> {
        match &self.custom {
            Some(custom) => custom.ty(self.def, api_version),
            None => Ty::of_kind(api_version, self.def.kind),
        }
    }
    /// A stored object as this version shows it.
    pub fn from_storage(&self, object: Value) -> Value {
        conversion::from_storage(self, object)
    }
    /// An object of this version as it is stored.
    pub fn to_storage(&self, object: Value) -> Value {
        conversion::to_storage(self, object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_kind_share_a_table() {
        let v = |g, v, r| lookup(g, v, r).expect("built in");
        let (a, b) = (v("", "v1", "events"), v("events.k8s.io", "v1", "events"));
        assert_eq!(a.table, b.table);
        assert_eq!(b.storage_version, "v1");
        let (a, b) = (
            v("autoscaling", "v1", "horizontalpodautoscalers"),
            v("autoscaling", "v2", "horizontalpodautoscalers"),
        );
        assert_eq!(a.table, b.table);
        assert_eq!(a.storage_version, "autoscaling/v2");
        assert!(lookup("apps", "v1beta1", "deployments").is_none());
    }
}
