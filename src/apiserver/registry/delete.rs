//! `delete` and `deletecollection`: grace, preconditions, finalizers, propagation (`rest/delete.go`, `Store.Delete`).

use super::super::admission::{Attributes, Operation, awaits};
use super::super::allocators::Taken;
use super::super::call::{Answer, Call};
use super::super::query::{ListOptions, Query, dry_run_causes};
use super::super::selection::Selection;
use super::super::storage::Storage;
use super::super::{ApiServer, Write, decode, negotiate};
use super::{Resource, custom, definitions, meta};
use crate::apimachinery::http::Body;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// `metav1.DeleteOptions`.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct DeleteOptions {
    pub grace: Option<i64>,
    pub policy: Option<String>,
    pub orphan: Option<bool>,
    pub uid: Option<String>,
    pub resource_version: Option<String>,
    pub dry_run: bool,
}

impl DeleteOptions {
    /// Reads them from the body where there is one, else from the query.
    fn parse(query: &Query, body: &Value) -> Result<Self, Status> {
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let mut options = DeleteOptions::default();
        let mut dry: Vec<&str> = query.all("dryRun").filter(|v| !v.is_empty()).collect();
        if body.is_null() {
            options.grace = query.int("gracePeriodSeconds")?;
            options.policy = Some(query.get("propagationPolicy"))
                .filter(|p| !p.is_empty())
                .map(str::to_owned);
            options.orphan = query
                .has("orphanDependents")
                .then(|| query.flag("orphanDependents"));
        } else {
            let preconditions = body.get("preconditions");
            options.grace = body.get("gracePeriodSeconds").as_i64();
            options.policy = text(body.get("propagationPolicy"));
            options.orphan = body.get("orphanDependents").as_bool();
            options.uid = text(preconditions.get("uid"));
            options.resource_version = text(preconditions.get("resourceVersion"));
            dry = body.get("dryRun").items().iter().map(Value::str).collect();
        }
        options.dry_run = !dry.is_empty();
        let mut causes = Vec::new();
        if options.policy.is_some() && options.orphan.is_some() {
            let given = options.policy.as_deref().unwrap_or_default();
            causes.push(StatusCause::new(
                "FieldValueInvalid",
                format!("Invalid value: {given:?}: orphanDependents and deletionPropagation cannot be both set"),
                "propagationPolicy",
            ));
        }
        if let Some(policy) = &options.policy
            && !matches!(policy.as_str(), "Foreground" | "Background" | "Orphan")
        {
            causes.push(StatusCause::new(
                "FieldValueNotSupported",
                format!("Unsupported value: {policy:?}: supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""),
                "propagationPolicy",
            ));
        }
        causes.extend(dry_run_causes(&dry));
        if causes.is_empty() {
            Ok(options)
        } else {
            Err(Status::invalid("meta.k8s.io", "DeleteOptions", "", causes))
        }
    }
}

/// The options as admission sees them: those of the body where there is one, else those of the query.
fn given_options(query: &Query, body: &Value) -> Value {
    if let Value::Map(_) = body {
        return body.clone();
    }
    let mut options = Value::object();
    if let Ok(Some(seconds)) = query.int("gracePeriodSeconds") {
        options.set("gracePeriodSeconds", seconds);
    }
    if query.has("propagationPolicy") {
        options.set("propagationPolicy", query.get("propagationPolicy"));
    }
    options
}

/// What came of one deletion.
pub(in super::super) struct Deletion {
    /// The object's last, or terminating, state.
    pub object: Value,
    /// Whether it is gone.
    pub gone: bool,
    /// Whether it had been terminating before, and nothing changed.
    pub pending: bool,
}

impl ApiServer {
    pub(in super::super) fn delete_object(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        let body = decode::tree(&call.content_type, body)?;
        let options = DeleteOptions::parse(&call.query, &body)?;
        call.dry_run = options.dry_run;
        call.delete_options = given_options(&call.query, &body);
        let old = self.stored(call)?.clone();
        let resource = call.resource;
        let deletion = self.delete_stored(call, &old, &options)?;
        if resource.is("batch", "jobs") && options.policy.is_none() && options.orphan.is_none() {
            call.warn("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning");
        }
        let as_object =
            resource.strategy.returns_deleted_object() || !(deletion.gone || deletion.pending);
        if as_object {
            return self.shown(call, 200, deletion.object);
        }
        let def = resource.def;
        let status = tree!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {"name": old.name(), "kind": def.resource, "uid": old.uid()},
        });
        let mut status: Value = status;
        if !def.group.is_empty() {
            status.set_at(&["details", "group"], def.group);
        }
        Ok(Answer::Object(200, status))
    }

    pub(in super::super) fn delete_collection(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        let body = decode::tree(&call.content_type, body)?;
        let options = DeleteOptions::parse(&call.query, &body)?;
        call.dry_run = options.dry_run;
        call.delete_options = given_options(&call.query, &body);
        let list = ListOptions::parse(&call.query, false)?;
        let resource = call.resource;
        let selection = Selection::parse(
            resource,
            &call.info.namespace,
            &list.label_selector,
            &list.field_selector,
        )?;
        let prefix = resource.prefix(&call.info.namespace);
        let selected: Vec<Value> = self
            .storage
            .list(resource.table, &prefix, "")
            .filter(|(_, v)| selection.matches(v))
            .map(|(_, v)| v.clone())
            .collect();
        // What webhooks say of all of them is asked first: once some are gone, nothing may have to be asked again.
        if self.has_webhooks() {
            for object in &selected {
                let _ = self.admit_deletion(call, object, &options);
            }
            if !call.awaited.is_empty() {
                return Err(awaits());
            }
        }
        for object in &selected {
            match self.delete_stored(call, object, &options) {
                Ok(_) => {}
                Err(status) if status.is_not_found() => {}
                Err(status) => return Err(status),
            }
        }
        let meta = tree!({"resourceVersion": self.storage.revision().to_string()});
        let items = selected
            .into_iter()
            .map(|o| resource.from_storage(o))
            .collect();
        Ok(Answer::Object(200, negotiate::list(call, items, meta)?))
    }

    /// Asks admission about the deletion of one object.
    fn admit_deletion(
        &mut self,
        call: &mut Call,
        old: &Value,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let mut seen = old.clone();
        let mut a = Attributes::new(Operation::Delete, "", &mut seen, Some(old));
        self.admit(call, &mut a)?;
        check_preconditions(call.resource, old, options)?;
        // An eviction was asked about as what it is.
        if call.info.subresource.is_empty() {
            self.validate_by_policies(call, &a)?;
            self.validate_by_webhooks(call, &a)?;
        }
        Ok(())
    }

    /// Deletes one stored object, or begins to.
    pub(in super::super) fn delete_stored(
        &mut self,
        call: &mut Call,
        old: &Value,
        options: &DeleteOptions,
    ) -> Result<Deletion, Status> {
        let resource = call.resource;
        self.admit_deletion(call, old, options)?;
        let key = resource.key(old.namespace(), old.name());
        if resource.is("", "namespaces") {
            return self.delete_namespace(call, &key, old, options);
        }
        if resource.is(custom::GROUP, custom::DEFINITIONS) && !old.is_terminating() {
            return self.delete_definition(call, &key, old);
        }
        let mut new = old.clone();
        let graceful = match self.graceful(call, &mut new, options) {
            Grace::Pending => {
                return Ok(Deletion {
                    object: old.clone(),
                    gone: false,
                    pending: true,
                });
            }
            Grace::Period(seconds) => Some(seconds),
            Grace::None => None,
        };
        set_collection_finalizers(resource, &mut new, options);
        let finalizers = new.finalizers().next().is_some();
        if finalizers && graceful.is_none() {
            mark_deleting(&mut new, call.now);
        }
        let stays = finalizers || graceful.is_some_and(|s| s > 0);
        if call.dry_run {
            return Ok(Deletion {
                object: new,
                gone: !stays,
                pending: false,
            });
        }
        let mut object = new.clone();
        if new != *old {
            object = self.commit(call, resource, &key, Write::Update(new))?;
        }
        if !stays {
            object = self.finish_deletion(call, resource, &key, None)?;
        }
        Ok(Deletion {
            object,
            gone: !stays,
            pending: false,
        })
    }

    /// Takes an object out of the store and gives back what was allocated for it. `shown` is what the client sees.
    pub(in super::super) fn finish_deletion(
        &mut self,
        call: &Call,
        resource: &Resource,
        key: &str,
        shown: Option<Value>,
    ) -> Result<Value, Status> {
        let last = self.commit(call, resource, key, Write::Delete(None))?;
        if resource.is("", "services") {
            let mut held = Taken::of_service(&last);
            self.publish_addresses(&[], &held.ips, &last);
            self.allocators.release(&mut held);
        }
        Ok(shown.unwrap_or(last))
    }

    /// Begins to delete a definition: first its objects go.
    fn delete_definition(
        &mut self,
        call: &Call,
        key: &str,
        old: &Value,
    ) -> Result<Deletion, Status> {
        let mut object = old.clone();
        definitions::begin_deletion(&mut object, call.now);
        if !call.dry_run {
            object = self.commit(call, call.resource, key, Write::Update(object))?;
        }
        Ok(Deletion {
            object,
            gone: false,
            pending: false,
        })
    }

    fn graceful(&self, call: &Call, object: &mut Value, options: &DeleteOptions) -> Grace {
        if !call.resource.is("", "pods") {
            return Grace::None;
        }
        if let Some(at) = object.deletion_timestamp() {
            let Some(given) = object.meta().get("deletionGracePeriodSeconds").as_i64() else {
                return Grace::None;
            };
            let Some(period) = options.grace.filter(|p| *p < given) else {
                return Grace::Pending;
            };
            let period = period.max(0);
            let asked = at - seconds(given);
            object
                .meta_mut()
                .set("deletionTimestamp", asked + seconds(period));
            object.meta_mut().set("deletionGracePeriodSeconds", period);
            return Grace::Period(period);
        }
        let own = object
            .at(&["spec", "terminationGracePeriodSeconds"])
            .as_i64()
            .unwrap_or(0);
        let mut period = options.grace.unwrap_or(own);
        let phase = object.at(&["status", "phase"]).str();
        let unbound = object.at(&["spec", "nodeName"]).str().is_empty();
        if unbound || matches!(phase, "Failed" | "Succeeded") {
            period = 0;
        }
        if period < 0 {
            period = 1;
        }
        bump_generation(object);
        object
            .meta_mut()
            .set("deletionTimestamp", call.now + seconds(period));
        object.meta_mut().set("deletionGracePeriodSeconds", period);
        Grace::Period(period)
    }

    fn delete_namespace(
        &mut self,
        call: &Call,
        key: &str,
        old: &Value,
        options: &DeleteOptions,
    ) -> Result<Deletion, Status> {
        let resource = call.resource;
        let mut new = old.clone();
        if !old.is_terminating() {
            mark_deleting(&mut new, call.now);
            new.meta_mut().remove("deletionGracePeriodSeconds");
            new.set_at(&["status", "phase"], "Terminating");
        }
        set_collection_finalizers(resource, &mut new, options);
        if call.dry_run {
            return Ok(Deletion {
                object: new,
                gone: false,
                pending: false,
            });
        }
        if is_finished(resource, &new) {
            let object = self.finish_deletion(call, resource, key, None)?;
            return Ok(Deletion {
                object,
                gone: true,
                pending: false,
            });
        }
        let object = if new == *old {
            new
        } else {
            self.commit(call, resource, key, Write::Update(new))?
        };
        Ok(Deletion {
            object,
            gone: false,
            pending: false,
        })
    }
}

enum Grace {
    /// The resource knows no grace.
    None,
    /// It is terminating already, and no shorter grace was asked for.
    Pending,
    /// It terminates within so many seconds.
    Period(i64),
}

fn seconds(n: i64) -> Duration {
    Duration::from_secs(u64::try_from(n).unwrap_or(0))
}

fn bump_generation(object: &mut Value) {
    let generation = object.generation();
    if generation > 0 {
        object.meta_mut().set("generation", generation + 1);
    }
}

fn mark_deleting(object: &mut Value, now: Timestamp) {
    if !object.is_terminating() {
        bump_generation(object);
        object.meta_mut().set("deletionTimestamp", now);
    }
    object.meta_mut().set("deletionGracePeriodSeconds", 0);
}

fn check_preconditions(
    resource: &Resource,
    object: &Value,
    options: &DeleteOptions,
) -> Result<(), Status> {
    let refuse = |what: &str, given: &str, present: &str, verb: &str| {
        Err(Status::conflict(
            resource.def.group,
            resource.def.kind,
            object.name(),
            format!(
                "the {what} in the precondition ({given}) does not match the {what} in record ({present}). The object might have been {verb}"
            ),
        ))
    };
    if let Some(uid) = options.uid.as_deref().filter(|u| *u != object.uid()) {
        return refuse("UID", uid, object.uid(), "deleted and then recreated");
    }
    let version = options.resource_version.as_deref();
    if let Some(version) = version.filter(|v| *v != object.resource_version()) {
        return refuse(
            "ResourceVersion",
            version,
            object.resource_version(),
            "modified",
        );
    }
    Ok(())
}

/// Sets the garbage collector's finalizers as options, object and resource say (`deletionFinalizersForGarbageCollection`).
fn set_collection_finalizers(resource: &Resource, object: &mut Value, options: &DeleteOptions) {
    if resource.is("", "events") {
        return;
    }
    let has = |f: &str| object.finalizers().any(|x| x == f);
    let (orphan, foreground) = match (options.policy.as_deref(), options.orphan) {
        (_, Some(orphan)) => (orphan, false),
        (Some(policy), _) => (policy == "Orphan", policy == "Foreground"),
        _ if has(ORPHAN) => (true, false),
        _ if has(FOREGROUND) => (false, true),
        _ => (resource.strategy.orphans_by_default(), false),
    };
    let mut wanted: Vec<Value> = object
        .finalizers()
        .filter(|f| *f != ORPHAN && *f != FOREGROUND)
        .map(Value::from)
        .collect();
    if orphan {
        wanted.push(ORPHAN.into());
    }
    if foreground {
        wanted.push(FOREGROUND.into());
    }
    let unchanged =
        wanted.len() == object.finalizers().count() && wanted.iter().all(|f| has(f.str()));
    if !unchanged {
        let list = if wanted.is_empty() {
            Value::Null
        } else {
            wanted.into()
        };
        meta::set_or_remove(object.meta_mut(), "finalizers", list);
    }
}

/// Whether an object that was asked to go has nothing left to wait for (`ShouldDeleteDuringUpdate`).
pub(super) fn is_finished(resource: &Resource, object: &Value) -> bool {
    object.is_terminating()
        && object.finalizers().next().is_none()
        && object
            .meta()
            .get("deletionGracePeriodSeconds")
            .as_i64()
            .unwrap_or(0)
            == 0
        && !(resource.is("", "namespaces") && !object.at(&["spec", "finalizers"]).is_empty())
}
