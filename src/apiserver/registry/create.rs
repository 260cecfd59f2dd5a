//! `create` (`registry/generic/registry/store.go`, `rest/create.go`).

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::{ApiServer, Write, authz, checks, decode};
use super::{Prepare, features, meta};
use crate::api::strict;
use crate::apimachinery::http::Body;
use crate::apimachinery::status::Status;
use crate::apimachinery::{Text, Value};

/// How many specs are remembered as clean.
const MAX_CLEAN: usize = 8;
/// How often another name is drawn where a generated one is taken (`maxNameGenerationCreateAttempts`).
const MAX_GENERATE_ATTEMPTS: usize = 8;
/// The longest prefix that a generated name keeps (`maxGeneratedNameLength`).
const MAX_GENERATED_PREFIX: usize = 58;

impl ApiServer {
    pub(in super::super) fn create_object(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        if let Some(answer) = self.create_special(call, &body) {
            return answer;
        }
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        self.check_definition_stays(call)?;
        call.known = self.clean.iter().cloned().collect();
        let mut object = decode::object(call, body)?;
        self.note_clean(call);
        meta::dedup_owners(call, &mut object, false);
        let stored = self.create_decoded(call, object)?;
        self.shown(call, 201, stored)
    }

    /// Creates from a decoded object of the call's version; gives what was stored.
    pub(in super::super) fn create_decoded(
        &mut self,
        call: &mut Call,
        mut object: Value,
    ) -> Result<Value, Status> {
        let resource = call.resource;
        wipe_system_fields(&mut object);
        decode::place(resource, &call.info.namespace, &mut object)?;
        self.track(call, "", &mut object, None)?;
        let mut object = resource.to_storage(object);
        self.admit(
            call,
            &mut Attributes::new(Operation::Create, "", &mut object, None),
        )?;
        meta::dedup_owners(call, &mut object, true);
        if resource.def.group == authz::rbac::GROUP {
            self.check_escalation(call, &object, None)?;
        }
        if !object.resource_version().is_empty() {
            return Err(Status::unknown(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        let generated = object.name().is_empty()
            && object
                .meta()
                .get("generateName")
                .as_str()
                .is_some_and(|s| !s.is_empty());
        let attempts = if generated { MAX_GENERATE_ATTEMPTS } else { 1 };
        for attempt in 1..=attempts {
            let mut object = if attempt == attempts {
                std::mem::take(&mut object)
            } else {
                object.clone()
            };
            if generated {
                let name = self.generate_name(object.meta().get("generateName").str());
                object.meta_mut().set("name", name);
            }
            match self.create_named(call, object) {
                Err(status) if generated && status.is_already_exists() => {
                    if attempt == attempts {
                        let name = status.details().get("name").str();
                        return Err(Status::generate_name_conflict(
                            resource.def.group,
                            resource.def.resource,
                            name,
                        ));
                    }
                }
                done => return done,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Remembers a spec that came clean: the next object of the same template brings the very same.
    fn note_clean(&mut self, call: &mut Call) {
        let Some(spec) = call.clean_spec.take() else {
            return;
        };
        let def = call.resource.def;
        let Some(id) = checks::field_type(&call.resource.api_version, def.kind, "spec") else {
            return;
        };
        if !strict::is_known(&call.known, id, &spec) {
            self.clean.push_back((id, spec, false));
            if self.clean.len() > MAX_CLEAN {
                self.clean.pop_front();
            }
        }
    }

    fn generate_name(&mut self, prefix: &str) -> String {
        let end = prefix
            .char_indices()
            .map(|(i, c)| i + c.len_utf8())
            .take_while(|end| *end <= MAX_GENERATED_PREFIX)
            .last()
            .unwrap_or(0);
        format!("{}{}", &prefix[..end], self.rng.suffix(5))
    }

    fn create_named(&mut self, call: &mut Call, mut object: Value) -> Result<Value, Status> {
        let resource = call.resource;
        // What admission made of it stands where the URL says as well.
        decode::place(resource, &call.info.namespace, &mut object)?;
        fill_system_fields(&mut object, call, self.rng.uuid());
        let mut cx = Prepare {
            now: call.now,
            rng: &mut self.rng,
            user: &call.user,
        };
        if resource.strategy.has_generation() {
            object.meta_mut().set("generation", 1);
        }
        features::drop_disabled(
            resource.def.group,
            resource.def.resource,
            &self.config.feature_gates,
            &mut object,
            &Value::Null,
        );
        resource.strategy.prepare_for_create(&mut object, &mut cx);
        let mut undo = match self.allocate_for_create(call, &mut object) {
            Ok(undo) => undo,
            // Upstream allocates once nothing else is wrong.
            Err(status) => {
                checks::validate_create(resource, &object)?;
                return Err(status);
            }
        };
        let result = self.check_and_store(call, object);
        match &result {
            Ok(stored) if !call.dry_run => {
                if !undo.ips.is_empty() {
                    self.publish_addresses(&undo.ips, &[], stored);
                }
            }
            _ => self.allocators.release(&mut undo),
        }
        result
    }

    fn check_and_store(&mut self, call: &mut Call, mut object: Value) -> Result<Value, Status> {
        let resource = call.resource;
        checks::validate_create(resource, &object)?;
        for warning in resource.strategy.warnings(&object, None) {
            call.warn(warning);
        }
        let key = resource.key(object.namespace(), object.name());
        self.validate_admission(
            call,
            &mut Attributes::new(Operation::Create, "", &mut object, None),
        )?;
        if call.dry_run {
            if super::super::Storage::get(&self.storage, resource.table, &key).is_some() {
                let def = resource.def;
                return Err(Status::already_exists(
                    def.group,
                    def.resource,
                    object.name(),
                ));
            }
            return Ok(object);
        }
        self.commit(call, resource, &key, Write::Create(object))
    }
}

/// Clears what only the server may set (`WipeObjectMetaSystemFields`).
fn wipe_system_fields(object: &mut Value) {
    let meta = object.meta_mut();
    for field in [
        "creationTimestamp",
        "uid",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        meta.remove(field);
    }
}

fn fill_system_fields(object: &mut Value, call: &Call, uid: Text) {
    let meta = object.meta_mut();
    // These and `resourceVersion`; many have a `generation` too.
    let generation = usize::from(call.resource.strategy.has_generation());
    meta.reserve(3 + generation);
    meta.set("creationTimestamp", call.now);
    meta.set("uid", uid);
}
