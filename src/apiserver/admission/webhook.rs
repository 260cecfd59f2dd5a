//! Admission webhooks (`apiserver/pkg/admission/plugin/webhook`): which are to be asked about a request, in order, and what their answers
//! mean. The core calls nobody: a request that needs an answer which it was not given ends as one that awaits calls ([`Awaits`]), and
//! whoever carries it makes them and sends the request again, with the answers ([`Replay`]).

mod reach;
mod replay;
mod review;

use super::policy::{Hook, Round, is_whole};
use super::{Attributes, Operation};
use crate::apimachinery::patch::json_patch;
use crate::apimachinery::status::{AWAITS_WEBHOOKS, Status, StatusCause};
use crate::apimachinery::{Value, json_error};
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::config::Plugin;
use crate::apiserver::registry::{self, Resource};
use crate::apiserver::storage::Storage;
use crate::collections::SortedSet;
use replay::Deferred;
pub use replay::{Answered, Awaits, Replay, WebhookCall, awaits_webhooks};
use review::Reviewed;
use std::sync::Arc;

/// The reason of the Status of a request that awaits calls; nobody outside sees it.
pub const AWAITS: &str = "AwaitsWebhook";

/// The webhooks that are stored, and how they are reached.
#[derive(Clone, Default)]
pub struct Webhooks {
    validating: Option<Arc<Vec<Webhook>>>,
    mutating: Option<Arc<Vec<Webhook>>>,
    /// Nodes whose pods can be called.
    real_nodes: SortedSet<String>,
    deferred: Deferred,
}

impl Webhooks {
    /// Forgets what was read: something of the group has changed.
    pub fn invalidate(&mut self) {
        self.validating = None;
        self.mutating = None;
    }
}

/// One webhook of a configuration.
struct Webhook {
    /// Its configuration's name.
    configuration: String,
    name: String,
    /// What tells it from all others.
    id: String,
    v: Value,
    /// What it matches and its conditions, as policies have them.
    matching: Hook,
}

impl Webhook {
    fn ignores_failures(&self) -> bool {
        self.v.get("failurePolicy") == "Ignore"
    }
}

/// Which webhooks may be asked again (`reinvocationcontext.go`).
#[derive(Default)]
pub struct Reinvocation {
    /// Those that were asked and may be asked again.
    invoked: Vec<String>,
    /// Those that are to be.
    again: Vec<String>,
    /// The object as the webhooks left it.
    left: Option<Value>,
}

impl Reinvocation {
    fn require(&mut self) {
        self.again.append(&mut self.invoked);
    }
}

/// Why a webhook did not let a request go on.
enum Failed {
    /// It could not be asked; its failure policy says what is to be done.
    Calling(String),
    /// The request is refused.
    Refused(Status),
    /// A call has to be made first.
    Awaits,
}

impl ApiServer {
    /// Says that whoever carries requests calls webhooks, and servers of other APIs, from here on.
    pub fn call_webhooks(&mut self) {
        self.config.webhooks = true;
        self.aggregation.invalidate();
    }

    /// Says that pods of a node have addresses that can be called.
    pub fn add_real_node(&mut self, name: &str) {
        self.webhooks.real_nodes.insert(name.to_owned());
    }

    /// Says that a node is none of those any more.
    pub fn remove_real_node(&mut self, name: &str) {
        self.webhooks.real_nodes.remove(name);
    }

    /// Whether pods of a node have addresses that can be called.
    pub(in crate::apiserver) fn is_real_node(&self, name: &str) -> bool {
        self.webhooks.real_nodes.contains(name)
    }

    /// The webhooks of one kind, in the order of their configurations' names.
    fn webhooks_of(&mut self, mutating: bool) -> Arc<Vec<Webhook>> {
        let kept = match mutating {
            true => &self.webhooks.mutating,
            false => &self.webhooks.validating,
        };
        if let Some(all) = kept {
            return all.clone();
        }
        let plural = match mutating {
            true => "mutatingwebhookconfigurations",
            false => "validatingwebhookconfigurations",
        };
        let mut all = Vec::new();
        if let Some(resource) = registry::lookup(super::POLICY_GROUP, "v1", plural) {
            for (_, configuration) in self.storage.list(resource.table, "", "") {
                let name = configuration.name();
                for (i, v) in configuration.get("webhooks").items().iter().enumerate() {
                    let own = v.get("name").str();
                    all.push(Webhook {
                        configuration: name.to_owned(),
                        name: own.to_owned(),
                        id: format!("{plural}/{name}/{own}/{i}"),
                        v: v.clone(),
                        matching: Hook::of_webhook(v),
                    });
                }
            }
        }
        let all = Arc::new(all);
        match mutating {
            true => self.webhooks.mutating = Some(all.clone()),
            false => self.webhooks.validating = Some(all.clone()),
        }
        all
    }

    /// The webhooks that may have something to say about a request: none where there are none, where it is about their configurations
    /// or policies (`IsExemptAdmissionConfigurationResource`), and where the plugin is off.
    fn webhooks_for(&mut self, call: &Call, mutating: bool) -> Option<Arc<Vec<Webhook>>> {
        let all = self.webhooks_of(mutating);
        let plugin = match mutating {
            true => Plugin::MutatingAdmissionWebhook,
            false => Plugin::ValidatingAdmissionWebhook,
        };
        let exempt = call.resource.def.group == super::POLICY_GROUP || call.passes_webhooks;
        let on = || self.config.admission.contains(&plugin);
        (!all.is_empty() && !exempt && on()).then_some(all)
    }

    /// Whether there is any webhook.
    pub(in crate::apiserver) fn has_webhooks(&mut self) -> bool {
        !self.webhooks_of(true).is_empty() || !self.webhooks_of(false).is_empty()
    }

    /// The resource in the version in which a webhook is to be asked; none where it is not to be (`ShouldCallHook`).
    fn should_call(
        &mut self,
        call: &Call,
        a: &Attributes<'_>,
        webhook: &Webhook,
    ) -> Result<Option<&'static Resource>, Status> {
        if webhook.v.get("rules").is_empty() {
            return Ok(None);
        }
        let Some(resource) = self.matched(call, a, webhook.matching.constraints()) else {
            return Ok(None);
        };
        match self.meets_conditions(call, a, &webhook.matching, resource) {
            Ok(true) => Ok(Some(resource)),
            Ok(false) => Ok(None),
            Err(why) => Err(a.forbidden(call, why)),
        }
    }

    /// The plugin `MutatingAdmissionWebhook` (`mutating/dispatcher.go`): one webhook after the other, each of which sees what those
    /// before it made of the object.
    pub(super) fn mutate_by_webhooks(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut Round,
        again: bool,
    ) -> Result<(), Status> {
        let Some(all) = self.webhooks_for(call, true) else {
            return Ok(());
        };
        let changed = round.webhooks.left.as_ref() != Some(&*a.object);
        if again && changed {
            round.webhooks.require();
        }
        let result = self.mutate_in_order(call, a, round, again, &all);
        round.webhooks.left = Some(a.object.clone());
        result
    }

    fn mutate_in_order(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut Round,
        again: bool,
        all: &[Webhook],
    ) -> Result<(), Status> {
        for (index, webhook) in all.iter().enumerate() {
            let Some(resource) = self.should_call(call, a, webhook)? else {
                continue;
            };
            if again && !round.webhooks.again.contains(&webhook.id) {
                continue;
            }
            let place = format!("round_{}_index_{index}", i32::from(again));
            let result = self.mutated_by(call, a, webhook, resource);
            if matches!(result, Err(Failed::Awaits)) {
                return Err(awaits());
            }
            let changed = matches!(result, Ok(true));
            let told = crate::tree!({
                "configuration": webhook.configuration.as_str(), "webhook": webhook.name.as_str(), "mutated": changed,
            });
            let key = format!("mutation.webhook.admission.k8s.io/{place}");
            call.annotate(&key, &told.to_json(), ", ");
            if changed {
                round.webhooks.require();
                round.changed = true;
            }
            if webhook.v.get("reinvocationPolicy") == "IfNeeded" {
                round.webhooks.invoked.push(webhook.id.clone());
            }
            match result {
                Ok(_) | Err(Failed::Awaits) => {}
                Err(Failed::Calling(_)) if webhook.ignores_failures() => {
                    let key = format!("failed-open.mutation.webhook.admission.k8s.io/{place}");
                    call.annotate(&key, &webhook.name, ", ");
                }
                Err(Failed::Calling(why)) => return Err(failed_calling(webhook, &why)),
                Err(Failed::Refused(status)) => return Err(status),
            }
        }
        Ok(())
    }

    /// Asks one webhook and applies its patch; whether that changed the object.
    fn mutated_by(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        webhook: &Webhook,
        resource: &'static Resource,
    ) -> Result<bool, Failed> {
        let reviewed = self.reviewed(call, a, webhook, resource, true)?;
        if reviewed.patch.is_empty() {
            return Ok(false);
        }
        let internal = |why: &dyn std::fmt::Display| Failed::Refused(Status::internal_error(why));
        let patch = match Value::from_json(&reviewed.patch) {
            Ok(patch @ Value::List(_)) => patch,
            Ok(_) => {
                return Err(Failed::Calling("received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch".to_owned()));
            }
            Err(why) => {
                let why =
                    json_error::syntax_error(&reviewed.patch).unwrap_or_else(|| why.to_string());
                let text = format!("received undecodable patch in webhook response: {why}");
                return Err(Failed::Calling(text));
            }
        };
        if patch.is_empty() {
            return Ok(false);
        }
        if a.operation == Operation::Delete {
            let text = format!(
                "admission webhook {:?} attempted to modify the object, which is not supported for this operation",
                webhook.name
            );
            return Err(internal(&text));
        }
        if reviewed.patch_type != "JSONPatch" {
            let text = format!("unsupported patch type {:?}", reviewed.patch_type);
            return Err(Failed::Calling(text));
        }
        let live = match is_whole(call, a.subresource) {
            true => resource.from_storage(a.object.clone()),
            false => a.object.clone(),
        };
        let object = json_patch(&live, &patch).map_err(|why| internal(&why))?;
        let object = super::policy::adopted(call, a, resource, &live, object)
            .map_err(|why| internal(&why))?;
        let changed = object != *a.object;
        *a.object = object;
        Ok(changed)
    }

    /// The plugin `ValidatingAdmissionWebhook` (`validating/dispatcher.go`): all are asked at once, and the first refusal is told.
    pub(in crate::apiserver) fn validate_by_webhooks(
        &mut self,
        call: &mut Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        let Some(all) = self.webhooks_for(call, false) else {
            return Ok(());
        };
        let mut asked = Vec::new();
        for (index, webhook) in all.iter().enumerate() {
            if let Some(resource) = self.should_call(call, a, webhook)? {
                asked.push((index, webhook, resource));
            }
        }
        let (mut first, mut waits) = (None, false);
        for (index, webhook, resource) in asked {
            let refusal = match self.reviewed(call, a, webhook, resource, false) {
                Ok(_) => continue,
                Err(Failed::Awaits) => {
                    waits = true;
                    continue;
                }
                Err(Failed::Calling(_)) if webhook.ignores_failures() => {
                    let key = format!(
                        "failed-open.validating.webhook.admission.k8s.io/round_0_index_{index}"
                    );
                    call.annotate(&key, &webhook.name, ", ");
                    continue;
                }
                Err(Failed::Calling(why)) => failed_calling(webhook, &why),
                Err(Failed::Refused(status)) => status,
            };
            first.get_or_insert(refusal);
        }
        match (waits, first) {
            (true, _) => Err(awaits()),
            (false, Some(status)) => Err(status),
            (false, None) => Ok(()),
        }
    }

    /// Asks one webhook: what it answered where it lets the request go on. Its warnings and annotations are taken note of.
    fn reviewed(
        &mut self,
        call: &mut Call,
        a: &Attributes<'_>,
        webhook: &Webhook,
        resource: &'static Resource,
        mutating: bool,
    ) -> Result<Reviewed, Failed> {
        let effects = webhook.v.get("sideEffects").str();
        if call.dry_run && !matches!(effects, "None" | "NoneOnDryRun") {
            let text = format!(
                "admission webhook {:?} does not support dry run",
                webhook.name
            );
            return Err(Failed::Refused(Status::bad_request(text)));
        }
        let review = review::made(call, a, resource, webhook.v.get("admissionReviewVersions"))
            .map_err(|why| Failed::Calling(format!("could not create admission objects: {why}")))?;
        let failed = |why: String| Failed::Calling(format!("failed to call webhook: {why}"));
        let asked = self.call_of(webhook, review).map_err(failed)?;
        // Calls come in the order in which they were made before, so that the next answer is most likely the one.
        let count = call.answers.len();
        let mut order = (0..count).map(|i| (call.answered + i) % count);
        let Some(at) = order.find(|i| call.answers[*i].call.is(&asked)) else {
            call.awaited.push(asked);
            return Err(Failed::Awaits);
        };
        call.answered = at + 1;
        let answer = call.answers[at].clone();
        let said = answer.result.map_err(failed)?;
        let version = asked.review.api_version();
        let reviewed =
            review::read(&said, version, &answer.uid, mutating).map_err(|why| match why {
                review::Unread::Form(why) => failed(why),
                review::Unread::Content(why) => {
                    Failed::Calling(format!("received invalid webhook response: {why}"))
                }
            })?;
        for (key, value) in &reviewed.annotations {
            call.annotate(&format!("{}/{key}", webhook.name), value, ", ");
        }
        for warning in &reviewed.warnings {
            call.warn(warning.as_str());
        }
        match reviewed.allowed {
            true => Ok(reviewed),
            false => Err(Failed::Refused(review::denial(
                &webhook.name,
                &reviewed.status,
            ))),
        }
    }
}

fn failed_calling(webhook: &Webhook, why: &str) -> Status {
    Status::internal_error(format!("failed calling webhook {:?}: {why}", webhook.name))
}

/// What a request that awaits calls is refused with, until they were made.
pub(in crate::apiserver) fn awaits() -> Status {
    let cause = StatusCause::new(AWAITS, "", "");
    Status::service_unavailable(AWAITS_WEBHOOKS).with_causes(&[cause])
}
