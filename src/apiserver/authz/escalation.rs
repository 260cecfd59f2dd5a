//! Nobody may hand out what they do not hold (`pkg/registry/rbac/*/policybased`, `pkg/registry/rbac/validation`).

use super::rbac::{self, GROUP};
use super::{Attributes, Decision, MASTERS};
use crate::api::core::rbac::{Rule, compact, missing};
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apimachinery::strconv::quote;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::collections::Arrange;

impl ApiServer {
    /// Checks a role or binding that is about to be created, or to replace `old`.
    ///
    /// # Errors
    /// 403 with the rules that the sender does not hold; 404 where a binding refers to a role that is missing.
    pub(in super::super) fn check_escalation(
        &mut self,
        call: &Call,
        new: &Value,
        old: Option<&Value>,
    ) -> Result<(), Status> {
        if call.user.groups.iter().any(|g| g == MASTERS)
            || old.is_some_and(|old| only_collects(new, old))
        {
            return Ok(());
        }
        match call.resource.def.resource {
            "clusterroles" | "roles" => self.check_role(call, new, old),
            _ => self.check_binding(call, new),
        }
    }

    fn is_allowed(&mut self, call: &Call, attributes: &Attributes<'_>) -> bool {
        let decision = self.authz.authorize(&self.storage, &call.user, attributes);
        matches!(decision, Decision::Allow(_))
    }

    fn check_role(&mut self, call: &Call, new: &Value, old: Option<&Value>) -> Result<(), Status> {
        let def = call.resource.def;
        let escalate = Attributes {
            is_resource: true,
            verb: "escalate",
            group: GROUP,
            resource: def.resource,
            namespace: &call.info.namespace,
            name: &call.info.name,
            ..Attributes::default()
        };
        if self.is_allowed(call, &escalate) {
            return Ok(());
        }
        let aggregates = |role: &Value| !role.get("aggregationRule").is_null();
        if (aggregates(new) || old.is_some_and(aggregates))
            && self.confirm(call, &Rule::everything()).is_err()
        {
            let text = "must have cluster-admin privileges to use the aggregationRule";
            return Err(call.resource.forbidden(new.name(), text));
        }
        self.confirm(call, &Rule::of_role(new))
            .map_err(|e| call.resource.forbidden(new.name(), e))
    }

    fn check_binding(&mut self, call: &Call, binding: &Value) -> Result<(), Status> {
        let reference = binding.get("roleRef");
        let name = reference.get("name").str();
        let namespace = call.info.namespace.as_str();
        let bind = Attributes {
            is_resource: true,
            verb: "bind",
            group: GROUP,
            resource: match reference.kind() {
                "ClusterRole" => "clusterroles",
                "Role" => "roles",
                _ => "",
            },
            namespace,
            name,
            ..Attributes::default()
        };
        if !bind.resource.is_empty() && self.is_allowed(call, &bind) {
            return Ok(());
        }
        let rules = rbac::role_rules(&self.storage, reference, namespace).map_err(|error| {
            match bind.resource {
                "" => Status::unknown(error),
                resource => Status::not_found(GROUP, resource, name),
            }
        })?;
        self.confirm(call, &rules)
            .map_err(|e| call.resource.forbidden(binding.name(), e))
    }

    /// Whether the sender holds all of these rules where they are to hold (`ConfirmNoEscalation`).
    fn confirm(&mut self, call: &Call, rules: &[Rule]) -> Result<(), String> {
        let user = &call.user;
        let namespace = &call.info.namespace;
        let (held, errors) = self.authz.rules_for(&self.storage, user, namespace);
        let missing = compact(missing(&held, rules));
        if missing.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<String> = missing.iter().map(describe).collect();
        lines.arrange();
        lines.dedup();
        let mut text = format!(
            "user {} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
            quote(&user.name),
            quoted(&user.groups),
            lines.join("\n")
        );
        if !errors.is_empty() {
            text.push_str(&format!("; resolution errors: [{}]", errors.join(" ")));
        }
        Err(text)
    }
}

/// Whether a change only helps the garbage collector (`IsOnlyMutatingGCFields`).
fn only_collects(new: &Value, old: &Value) -> bool {
    let without = |v: &Value| {
        let mut v = v.clone();
        for field in ["ownerReferences", "finalizers", "managedFields"] {
            v.meta_mut().remove(field);
        }
        v
    };
    without(new) == without(old)
}

fn quoted<T: AsRef<str>>(list: &[T]) -> String {
    let words: Vec<String> = list.iter().map(|w| quote(w.as_ref())).collect();
    format!("[{}]", words.join(" "))
}

/// A rule as upstream shows it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` (`CompactString`).
fn describe(rule: &Rule) -> String {
    let parts: Vec<String> = [
        ("APIGroups", &rule.groups),
        ("Resources", &rule.resources),
        ("NonResourceURLs", &rule.urls),
        ("ResourceNames", &rule.names),
        ("Verbs", &rule.verbs),
    ]
    .iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(title, list)| format!("{title}:{}", quoted(list)))
    .collect();
    format!("{{{}}}", parts.join(", "))
}
