//! Says what types find wrong with ValidatingAdmissionPolicies (upstream's `pkg/controller/validatingadmissionpolicystatus`). Kinds of
//! definitions are not looked at: their schemas are not the controller's to read.

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::cel::{Env, Type};
use crate::api::validation::expressions::checking;
use crate::apimachinery::Value;
use crate::apimachinery::schema::{self, RESOURCES};
use crate::client::Delta;
use crate::collections::Arrange;

/// How many kinds a policy's expressions are held to, at most (`maxTypesToCheck`).
const MOST_KINDS: usize = 10;

/// The controller of `status.typeChecking`.
#[derive(Clone, Default)]
pub struct PolicyStatusController {}

impl Reconciler for PolicyStatusController {
    const NAME: &'static str = "validatingadmissionpolicy-status-controller";
    const SERVICE_ACCOUNT: &'static str = "validatingadmissionpolicy-status-controller";
    const WATCHES: &'static [Kind] = &[Kind::ValidatingAdmissionPolicies];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if !matches!(delta, Delta::Deleted(_)) {
            watching.add(delta.object().key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(policy) = work.stores[Kind::ValidatingAdmissionPolicies].get(key) else {
            return Ok(Action::AwaitChange);
        };
        let seen = policy.at(&["status", "observedGeneration"]).as_i64();
        if seen.is_some_and(|seen| policy.generation() <= seen) {
            return Ok(Action::AwaitChange);
        }
        let param = policy.at(&["spec", "paramKind"]);
        let params = type_of(param.get("apiVersion").str(), param.get("kind").str());
        let warnings = checking::warnings(policy, &kinds(policy), params.as_ref());
        let mut checked = Value::object();
        if !warnings.is_empty() {
            checked.set("expressionWarnings", warnings);
        }
        let mut policy = policy.clone();
        let generation = policy.generation();
        policy.set_at(&["status", "observedGeneration"], generation);
        policy.set_at(&["status", "typeChecking"], checked);
        work.cx
            .update_status(Kind::ValidatingAdmissionPolicies.def(), policy)?;
        Ok(Action::AwaitChange)
    }
}

fn type_of(api_version: &str, kind: &str) -> Option<Type> {
    schema::kind_type(api_version, kind).map(|id| Env::table_type(id, kind))
}

/// The kinds that a policy's rules name one by one, with their types, in order.
fn kinds(policy: &Value) -> Vec<(String, Type)> {
    let mut found: Vec<[&str; 3]> = Vec::new();
    for rule in policy
        .at(&["spec", "matchConstraints", "resourceRules"])
        .items()
    {
        let texts =
            |field: &str| -> Vec<&str> { rule.get(field).items().iter().map(Value::str).collect() };
        let (groups, versions) = (texts("apiGroups"), texts("apiVersions"));
        if groups.iter().chain(&versions).any(|t| t.contains('*')) {
            continue;
        }
        for resource in texts("resources") {
            let same = RESOURCES.iter().filter(|d| {
                d.resource == resource && groups.contains(&d.group) && versions.contains(&d.version)
            });
            found.extend(same.map(|d| [d.group, d.version, d.kind]));
        }
    }
    found.arrange();
    found.dedup();
    found.truncate(MOST_KINDS);
    let typed = |[group, version, kind]: [&str; 3]| {
        let api_version = match group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        let is = type_of(&api_version, kind)?;
        Some((format!("{group}/{version}, Kind={kind}"), is))
    };
    found.into_iter().filter_map(typed).collect()
}
