//! MutatingAdmissionPolicies (`policy/mutating/dispatcher.go`, `policy/mutating/patch`).

use super::around::BUDGET;
use super::{Invocation, is_whole};
use crate::api::cel::Val;
use crate::apimachinery::Value;
use crate::apimachinery::managed_fields;
use crate::apimachinery::patch::{PatchError, json_patch};
use crate::apimachinery::status::{Status, StatusCause};
use crate::apiserver::admission::webhook::Reinvocation;
use crate::apiserver::admission::{Attributes, Operation};
use crate::apiserver::call::Call;
use crate::apiserver::registry::Resource;
use crate::apiserver::{ApiServer, checks};

/// What one round of policies did.
#[derive(Default)]
pub struct Round {
    /// The policies, bindings and parameters that may be asked again (`reinvocationPolicy: IfNeeded`), and the object they left.
    again: Vec<[String; 3]>,
    /// Whether the object was changed.
    pub changed: bool,
    /// The webhooks that may be asked again.
    pub(in crate::apiserver::admission) webhooks: Reinvocation,
}

/// Why a mutation did not come about.
enum Failure {
    /// The policy's failure policy says what is to be done.
    Policy(String),
    /// The request is refused whatever that says.
    Refused(Status),
}

impl ApiServer {
    /// The plugins `MutatingAdmissionPolicy` and `MutatingAdmissionWebhook`, for requests that pass no other mutating plugin.
    pub(in crate::apiserver) fn mutate_dynamically(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        let mut round = Round::default();
        let policies = a.operation != Operation::Connect;
        if policies {
            self.mutate_round(call, a, &mut round)?;
        }
        self.mutate_by_webhooks(call, a, &mut round, false)?;
        if !round.changed {
            return Ok(());
        }
        if policies {
            self.mutate_again(call, a, &mut round)?;
        }
        self.mutate_by_webhooks(call, a, &mut round, true)
    }

    /// Lets all policies that match change the object, in the order of their names; notes who may be asked again.
    pub(in crate::apiserver) fn mutate_round(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut Round,
    ) -> Result<(), Status> {
        self.mutate(call, a, round, false)
    }

    /// Lets the policies of an earlier round that may be asked again change what became of the object since.
    pub(in crate::apiserver) fn mutate_again(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut Round,
    ) -> Result<(), Status> {
        match round.again.is_empty() {
            true => Ok(()),
            false => self.mutate(call, a, round, true),
        }
    }

    fn mutate(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut Round,
        again: bool,
    ) -> Result<(), Status> {
        let Some(hooks) = self.hooks_for(call, false) else {
            return Ok(());
        };
        let (invocations, wrong) = self.invocations(call, a, &hooks);
        let mut errors: Vec<(String, bool)> = Vec::new();
        for error in wrong.iter().filter(|w| !w.hook.ignores_failures()) {
            let text = match error.binding {
                Some(binding) => format!(
                    "policy '{}' with binding '{}' denied request: {}",
                    error.hook.name,
                    binding.name(),
                    error.message
                ),
                None => format!(
                    "policy {:?} denied request: {}",
                    error.hook.name, error.message
                ),
            };
            errors.push((text, false));
        }
        for invocation in &invocations {
            let key = key_of(invocation);
            if again && !round.again.contains(&key) {
                continue;
            }
            let before = a.object.clone();
            for failure in self.mutated(call, a, invocation)? {
                if !invocation.hook.ignores_failures() {
                    let text = format!(
                        "policy '{}' with binding '{}' denied request: {failure}",
                        invocation.hook.name,
                        invocation.binding.name()
                    );
                    errors.push((text, true));
                }
            }
            round.changed |= *a.object != before;
            let may = invocation.hook.spec.get("reinvocationPolicy") == "IfNeeded";
            if may && !round.again.contains(&key) {
                round.again.push(key);
            }
        }
        let Some((first, invalid)) = errors.first() else {
            return Ok(());
        };
        let causes: Vec<StatusCause> = errors
            .iter()
            .map(|(text, _)| StatusCause::new("", text.as_str(), ""))
            .collect();
        let status = a.forbidden(call, "").with_message(first);
        let reason = if *invalid { "Invalid" } else { "Forbidden" };
        Err(status.with_reason(403, reason).with_causes(&causes))
    }

    /// Applies one policy's mutations in order; gives what failed.
    fn mutated(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        invocation: &Invocation<'_>,
    ) -> Result<Vec<String>, Status> {
        match self.around(call, a, invocation).meets(invocation.hook) {
            Ok(true) => {}
            Ok(false) => return Ok(Vec::new()),
            Err(why) => return Ok(vec![why]),
        }
        let mut failures = Vec::new();
        if a.operation == Operation::Delete {
            return Ok(failures);
        }
        for (i, (said, _)) in invocation.hook.rules.iter().enumerate() {
            let mut budget = BUDGET;
            let found = self.around(call, a, invocation).evaluate(said, &mut budget);
            let found = found.and_then(|f| f);
            let mutation = &invocation.hook.spec.get("mutations").items()[i];
            let patches = mutation.get("patchType") == "JSONPatch";
            let done = match found {
                Ok(v) => patched(call, a, invocation.resource, &v, patches),
                Err(why) => Err(Failure::Policy(why)),
            };
            match done {
                Ok(object) => *a.object = object,
                Err(Failure::Policy(why)) => failures.push(why),
                Err(Failure::Refused(status)) => return Err(status),
            }
        }
        Ok(failures)
    }
}

fn key_of(invocation: &Invocation<'_>) -> [String; 3] {
    let param = invocation.param.as_ref();
    let param = param.map_or_else(String::new, |p| format!("{}/{}", p.namespace(), p.name()));
    [
        invocation.hook.name.clone(),
        invocation.binding.name().to_owned(),
        param,
    ]
}

/// The object as a mutation's value makes it, with defaults, as it is stored.
fn patched(
    call: &mut Call,
    a: &Attributes<'_>,
    resource: &'static Resource,
    v: &Val,
    patches: bool,
) -> Result<Value, Failure> {
    let whole = is_whole(call, a.subresource);
    let live = match whole {
        true => resource.from_storage(a.object.clone()),
        false => a.object.clone(),
    };
    let object = match patches {
        true => by_operations(&live, v)?,
        false => by_configuration(resource, &live, v)?,
    };
    if object.ptr_eq(&live) {
        return Ok(a.object.clone());
    }
    adopted(call, a, resource, &live, object)
        .map_err(|e| Failure::Refused(Status::internal_error(e)))
}

/// What was made of an object `live`, with defaults, as it is stored.
///
/// # Errors
/// Where it is none of that kind any more.
pub(in crate::apiserver::admission) fn adopted(
    call: &mut Call,
    a: &Attributes<'_>,
    resource: &'static Resource,
    live: &Value,
    object: Value,
) -> Result<Value, String> {
    let (version, kind) = (live.api_version(), live.kind());
    let decoded = checks::decoded_leniently(call, object, version, kind);
    let mut object = decoded.map_err(|why| why.to_string())?;
    checks::defaults(call, &mut object, version, kind);
    Ok(match is_whole(call, a.subresource) {
        true => resource.to_storage(object),
        false => object,
    })
}

/// JSON patch operations; where a test among them fails, the object stays as it is.
fn by_operations(live: &Value, v: &Val) -> Result<Value, Failure> {
    let mut operations = Vec::new();
    for item in v.items().unwrap_or_default() {
        let operation = item.to_json().map_err(|why| match why.starts_with("type mismatch") {
            true => Failure::Policy(why),
            false => Failure::Policy(format!(
                "JSONPath valueExpression evaluated to a type that could not marshal to JSON: {why}"
            )),
        })?;
        operations.push(operation);
    }
    match json_patch(live, &operations.into()) {
        Ok(object) => Ok(object),
        Err(PatchError::Rejected(why)) if why.ends_with(": test failed") => Ok(live.clone()),
        Err(why) => Err(Failure::Policy(format!("JSONPath: {why}"))),
    }
}

/// A configuration that is merged as server-side apply merges.
fn by_configuration(resource: &'static Resource, live: &Value, v: &Val) -> Result<Value, Failure> {
    let fail = |why: String| Err(Failure::Policy(why));
    let mut config = match v.to_json() {
        Ok(config) => config,
        Err(why) => return fail(why),
    };
    config.set("apiVersion", live.api_version());
    config.set("kind", live.kind());
    let Some(ty) = resource.ty(live.api_version()) else {
        let text = format!(
            "Resource kind {}, Kind={} not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.",
            live.api_version(),
            live.kind()
        );
        return Err(Failure::Refused(Status::service_unavailable(text)));
    };
    let mut errors = Vec::new();
    managed_fields::validate(ty, &config, "", &mut errors);
    let told = match errors.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        several => format!("errors:\n  {}", several.join("\n  ")),
    };
    if !told.is_empty() {
        return fail(format!(
            "error applying patch: failed to convert patch object to typed object: {told}"
        ));
    }
    let mut atomics = Vec::new();
    managed_fields::atomics(ty, &config, "", &mut atomics);
    if !atomics.is_empty() {
        return fail(format!(
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {}",
            atomics.join(", ")
        ));
    }
    Ok(managed_fields::merge(ty, live, &config))
}
