//! What a policy's expressions see and may ask (`plugin/cel/activation.go`, `plugin/cel/composition.go`).

use super::{Hook, Said};
use crate::api::cel::{self, Check, Host, MATCH_BUDGET, OVER_BUDGET, Scope, Val};
use crate::apimachinery::Value;
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::status::aggregate;
use crate::apiserver::authz::{Attributes, Authorizer, Decision};
use crate::apiserver::call::Call;
use crate::apiserver::storage::Mvcc;
use std::sync::Arc;

/// What is seen of a request.
pub struct Seen {
    /// The object as it is to be, null where it is deleted.
    pub object: Value,
    /// The object as it is, null where it is new.
    pub old: Value,
    /// The request.
    pub request: Value,
    /// The parameters, null where there are none.
    pub params: Value,
    /// The namespace, null where it is in none.
    pub namespace: Value,
    /// The subresource.
    pub subresource: String,
    /// The name.
    pub name: String,
}

/// The surroundings of a policy's expressions.
pub struct Around<'a> {
    authz: &'a mut Authorizer,
    storage: &'a Mvcc,
    user: &'a UserInfo,
    /// What the request itself would be asked about.
    own: Check,
    seen: Seen,
    variables: &'a [(String, Said)],
    done: Vec<(usize, Result<Val, String>)>,
    /// How many variables may be spoken of: those before the one that is evaluated.
    visible: usize,
    /// What variables have cost since that was asked last.
    spent: u64,
}

/// What came of an expression.
pub type Evaluated = Result<Val, String>;

impl<'a> Around<'a> {
    /// For a request and what is seen of it.
    pub fn new(
        authz: &'a mut Authorizer,
        storage: &'a Mvcc,
        call: &'a Call,
        variables: &'a [(String, Said)],
        seen: Seen,
    ) -> Self {
        let def = call.resource.def;
        let own = Check {
            kind: "Authorizer",
            group: def.group.to_owned(),
            resource: def.resource.to_owned(),
            subresource: seen.subresource.clone(),
            namespace: match def.namespaced {
                true => seen.request.get("namespace").str().to_owned(),
                false => String::new(),
            },
            name: seen.name.clone(),
            ..Check::default()
        };
        Around {
            authz,
            storage,
            user: &call.user,
            own,
            seen,
            visible: variables.len(),
            variables,
            done: Vec::new(),
            spent: 0,
        }
    }

    /// Evaluates one expression and takes what it costs from the budget.
    ///
    /// # Errors
    /// The outer one where the budget is used up: nothing more is to be evaluated.
    pub fn evaluate(&mut self, said: &Said, budget: &mut u64) -> Result<Evaluated, String> {
        let expr = match &said.expr {
            Ok(expr) => expr,
            Err(why) => return Ok(Err(format!("compilation error: {why}"))),
        };
        let (outcome, cost) = Scope::run(expr, self);
        let cost = cost.saturating_add(std::mem::take(&mut self.spent));
        *budget = budget
            .checked_sub(cost)
            .ok_or_else(|| OVER_BUDGET.to_owned())?;
        Ok(outcome.map_err(|why| format!("expression '{}' resulted in error: {why}", said.text)))
    }

    /// Whether a policy's match conditions hold (`matchconditions/matcher.go`).
    ///
    /// # Errors
    /// Where one could not be evaluated and none is false.
    pub fn meets(&mut self, hook: &Hook) -> Result<bool, String> {
        let mut budget = MATCH_BUDGET;
        let mut errors = Vec::new();
        // All are evaluated before any is looked at.
        let mut all = Vec::new();
        for said in &hook.conditions {
            all.push(self.evaluate(said, &mut budget)?);
        }
        for found in all {
            match found {
                Ok(v) if v.truth() == Some(false) => return Ok(false),
                Ok(_) => {}
                Err(why) => errors.push(why),
            }
        }
        match errors.is_empty() {
            true => Ok(true),
            false if hook.ignores_failures() => Ok(false),
            false => Err(aggregate(errors)),
        }
    }
}

impl Host for Around<'_> {
    fn variable(&mut self, name: &str) -> Option<Val> {
        let seen = &self.seen;
        let found = match name {
            "object" => &seen.object,
            "oldObject" => &seen.old,
            "request" => &seen.request,
            "params" => &seen.params,
            "namespaceObject" => &seen.namespace,
            "authorizer" => return Some(Val::Check(Arc::new(self.own.clone()))),
            _ => return None,
        };
        Some(Val::Json(found.clone()))
    }

    fn composed(&mut self, name: &str) -> Option<Result<Val, String>> {
        let before = &self.variables[..self.visible];
        let at = before.iter().rposition(|(n, _)| n == name)?;
        if let Some((_, known)) = self.done.iter().find(|(i, _)| *i == at) {
            return Some(known.clone());
        }
        let (variables, visible) = (self.variables, self.visible);
        self.visible = at;
        let (outcome, cost) = match &variables[at].1.expr {
            Ok(expr) => Scope::run(expr, self),
            Err(why) => (Err(why.clone()), 0),
        };
        self.visible = visible;
        self.spent = self.spent.saturating_add(cost);
        let outcome =
            outcome.map_err(|why| format!("composited variable {name:?} fails to evaluate: {why}"));
        self.done.push((at, outcome.clone()));
        Some(outcome)
    }

    fn authorize(&mut self, check: &Check) -> (bool, String) {
        let attributes = Attributes {
            is_resource: check.path.is_empty(),
            verb: &check.verb,
            group: &check.group,
            resource: &check.resource,
            subresource: &check.subresource,
            namespace: &check.namespace,
            name: &check.name,
            path: &check.path,
            field_selector: &check.selectors.0,
        };
        let account = check.account.as_ref().map(|(namespace, name)| {
            let groups = [
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated".to_owned(),
            ];
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            UserInfo::new(format!("system:serviceaccount:{namespace}:{name}"), &groups)
        });
        let user = account.as_ref().unwrap_or(self.user);
        match self.authz.authorize(self.storage, user, &attributes) {
            Decision::Allow(reason) => (true, reason.to_string()),
            Decision::NoOpinion(reason) => (false, reason),
        }
    }
}

/// What all expressions about one request may cost.
pub const BUDGET: u64 = cel::BUDGET;
