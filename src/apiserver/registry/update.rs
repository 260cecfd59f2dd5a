//! `update`, and what every change of an object passes (`rest/update.go`, `Store.Update`).

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::storage::Storage;
use super::super::{ApiServer, Write, authz, checks, decode, negotiate};
use super::{features, meta};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::strconv::quote;

/// Checks that what a client sends is the object that is stored, not one that had its name (`Preconditions.Check`); where nothing is
/// stored, as much is asked of kinds that may be created so.
pub(super) fn check_uid(call: &Call, new: &Value, old: Option<&Value>) -> Result<(), Status> {
    let (uid, stored) = (new.uid(), old.map_or("", Value::uid));
    let creates = call.resource.strategy.allow_create_on_update();
    if uid.is_empty() || uid == stored || (old.is_none() && !creates) {
        return Ok(());
    }
    let def = call.resource.def;
    let key = storage_key(call);
    Err(Status::conflict(
        def.group,
        def.resource,
        &call.info.name,
        format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {stored}"
        ),
    ))
}

/// The key under which upstream keeps an object (`DefaultStorageFactory`, with the prefix that etcd's client adds).
fn storage_key(call: &Call) -> String {
    let def = call.resource.def;
    let place = match (def.group, def.resource) {
        ("", "nodes") => "minions",
        ("", "services") => "services/specs",
        ("", "endpoints") => "services/endpoints",
        ("", "replicationcontrollers") => "controllers",
        ("networking.k8s.io", "ingresses") => "ingress",
        (_, other) => other,
    };
    let apart = call.resource.custom.is_some()
        || matches!(def.group, "apiextensions.k8s.io" | "apiregistration.k8s.io");
    let group = if apart { def.group } else { "" };
    let slash = if apart { "/" } else { "" };
    let key = call.resource.key(&call.info.namespace, &call.info.name);
    // A dry run ends before etcd's client sees the key.
    let root = if call.dry_run { "" } else { "/registry" };
    format!("{root}/{group}{slash}{place}/{key}")
}

impl ApiServer {
    pub(in super::super) fn update_object(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "UpdateOptions")?;
        let key = call.resource.key(&call.info.namespace, &call.info.name);
        let old = self.storage.get(call.resource.table, &key).cloned();
        if let Some(old) = &old {
            call.know(old);
        }
        let mut object = decode::object(call, body)?;
        meta::dedup_owners(call, &mut object, false);
        let object = self.place_update(call, object)?;
        check_uid(call, &object, old.as_ref())?;
        match old {
            Some(old) => {
                let (code, stored) = (200, self.change_object(call, "", &old, object)?);
                self.shown(call, code, stored)
            }
            None if call.resource.strategy.allow_create_on_update()
                && object.resource_version().is_empty() =>
            {
                let stored = self.create_decoded(call, object)?;
                self.shown(call, 201, stored)
            }
            None => Err(call.resource.not_found(&call.info.name)),
        }
    }

    pub(super) fn shown(&self, call: &Call, code: u16, stored: Value) -> Result<Answer, Status> {
        let shown = call.resource.from_storage(self.with_managers(call, stored));
        Ok(Answer::Object(code, negotiate::one(call, shown)?))
    }

    /// Checks that an object stands where the URL says.
    pub(super) fn place_update(&self, call: &Call, mut object: Value) -> Result<Value, Status> {
        let name = object.name();
        if name.is_empty() {
            return Err(Status::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                call.info.name
            )));
        }
        if name != call.info.name {
            return Err(Status::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                call.info.name
            )));
        }
        decode::place(call.resource, &call.info.namespace, &mut object)?;
        Ok(object)
    }

    /// Brings an object from `old` (as stored) to `new` (in the call's version) through subresource `sub`; gives what is stored
    /// then, which is `old` itself where nothing changed.
    pub(in super::super) fn change_object(
        &mut self,
        call: &mut Call,
        sub: &str,
        old: &Value,
        mut new: Value,
    ) -> Result<Value, Status> {
        let resource = call.resource;
        self.track(call, sub, &mut new, Some(old))?;
        let mut new = resource.to_storage(new);
        self.check_version(call, &new, old)?;
        if sub.is_empty() {
            self.admit(
                call,
                &mut Attributes::new(Operation::Update, sub, &mut new, Some(old)),
            )?;
        } else if sub != "scale" {
            let mut a = Attributes::new(Operation::Update, sub, &mut new, Some(old));
            self.restrict_node(call, &a)?;
            self.check_signing(call, &a)?;
            self.mutate_dynamically(call, &mut a)?;
        }
        meta::dedup_owners(call, &mut new, true);
        if resource.def.group == authz::rbac::GROUP {
            self.check_escalation(call, &new, Some(old))?;
        }
        new.meta_mut()
            .set("resourceVersion", old.meta().get("resourceVersion").clone());
        meta::carry_over(&mut new, old);
        let strategy = resource.strategy;
        let of_status = matches!(sub, "status" | "approval");
        if of_status {
            self.keep_spec(call, &mut new, old);
        } else {
            self.keep_status(call, &mut new, old);
        }
        features::drop_disabled(
            resource.def.group,
            resource.def.resource,
            &self.config.feature_gates,
            &mut new,
            old,
        );
        if of_status {
            strategy.prepare_for_status_update(&mut new, old, call.now);
        } else {
            strategy.prepare_for_update(&mut new, old);
            let counted = strategy.has_generation()
                && meta::differs_besides(&new, old, strategy.status_fields());
            if counted {
                new.meta_mut().set("generation", old.generation() + 1);
            }
        }
        let mut undo = self.allocate_for_update(call, &mut new, old)?;
        let result = self.check_and_change(call, sub, new, old);
        match &result {
            Ok(stored) if !call.dry_run => {
                if undo.taken.ips.len() + undo.dropped.ips.len() > 0 {
                    self.publish_addresses(&undo.taken.ips, &undo.dropped.ips, stored);
                }
                self.allocators.release(&mut undo.dropped);
            }
            _ => self.allocators.release(&mut undo.taken),
        }
        result
    }

    fn check_and_change(
        &mut self,
        call: &mut Call,
        sub: &str,
        mut new: Value,
        old: &Value,
    ) -> Result<Value, Status> {
        let resource = call.resource;
        checks::validate_update(resource, sub, &new, old)?;
        if sub.is_empty() {
            for warning in resource.strategy.warnings(&new, Some(old)) {
                call.warn(warning);
            }
        }
        self.validate_admission(
            call,
            &mut Attributes::new(Operation::Update, sub, &mut new, Some(old)),
        )?;
        self.store_change(call, new, old)
    }

    /// Stores a checked state: nothing where it is the same, a deletion where the last finalizer went.
    pub(super) fn store_change(
        &mut self,
        call: &Call,
        new: Value,
        old: &Value,
    ) -> Result<Value, Status> {
        let resource = call.resource;
        if new == *old && !self.managers_change(call, old) {
            return Ok(old.clone());
        }
        if call.dry_run {
            return Ok(new);
        }
        let key = resource.key(old.namespace(), old.name());
        if super::delete::is_finished(resource, &new) {
            return self.finish_deletion(call, resource, &key, Some(new));
        }
        self.commit(call, resource, &key, Write::Update(new))
    }

    fn check_version(&self, call: &Call, new: &Value, old: &Value) -> Result<(), Status> {
        let resource = call.resource;
        let (given, present) = (new.resource_version(), old.resource_version());
        if given.is_empty() || given == "0" {
            if resource.strategy.allow_unconditional_update() {
                return Ok(());
            }
            let cause = StatusCause::new(
                "FieldValueInvalid",
                "Invalid value: 0: must be specified for an update",
                "metadata.resourceVersion",
            );
            // Upstream names the resource here where it names the kind elsewhere.
            return Err(Status::invalid(
                resource.def.group,
                resource.def.resource,
                old.name(),
                [cause],
            ));
        }
        let is_number = given.bytes().all(|b| b.is_ascii_digit());
        if !is_number || given.parse::<u64>().is_err() {
            let why = match is_number {
                true => "value out of range",
                false => "invalid syntax",
            };
            let given = quote(given);
            return Err(Status::unknown(format!(
                "strconv.ParseUint: parsing {given}: {why}"
            )));
        }
        if given != present {
            return Err(Status::modified(
                resource.def.group,
                resource.def.resource,
                old.name(),
            ));
        }
        Ok(())
    }

    /// Takes back what an ordinary update may not write.
    fn keep_status(&self, call: &Call, new: &mut Value, old: &Value) {
        if call.resource.def.subresource("status").is_some() {
            for field in call.resource.strategy.status_fields() {
                meta::copy_field(new, old, field);
            }
        }
    }

    /// Takes back what an update of the status may not write.
    fn keep_spec(&self, call: &Call, new: &mut Value, old: &Value) {
        let status = call.resource.strategy.status_fields();
        let other: Vec<String> = new
            .fields()
            .chain(old.fields())
            .map(|(k, _)| k)
            .filter(|k| !status.contains(k) && !matches!(*k, "metadata" | "apiVersion" | "kind"))
            .map(str::to_owned)
            .collect();
        for field in other {
            meta::copy_field(new, old, &field);
        }
    }
}
