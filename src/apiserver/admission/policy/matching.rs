//! Which requests a policy or binding matches (`policy/matching/matching.go`, `webhook/predicates`).

use super::{is_whole, name_of, namespace_of};
use crate::apimachinery::Value;
use crate::apimachinery::labels::Selector;
use crate::apiserver::ApiServer;
use crate::apiserver::admission::{Attributes, Operation};
use crate::apiserver::call::Call;
use crate::apiserver::registry::{self, Resource};
use crate::apiserver::storage::Storage;

impl ApiServer {
    /// The resource in the version in which match constraints (`MatchResources`) match a request; none where they do not.
    pub(in crate::apiserver::admission) fn matched(
        &self,
        call: &Call,
        a: &Attributes<'_>,
        constraints: &Value,
    ) -> Option<&'static Resource> {
        let exact = constraints.get("matchPolicy") == "Exact";
        let excluded = constraints.get("excludeResourceRules");
        if !excluded.is_empty() && self.by_rules(call, a, excluded, exact).is_some() {
            return None;
        }
        let rules = constraints.get("resourceRules");
        let found = match rules.is_empty() {
            true => call.resource,
            false => self.by_rules(call, a, rules, exact)?,
        };
        let fits = self.in_namespace(call, a, constraints.get("namespaceSelector"))
            && selects(a, constraints.get("objectSelector"));
        fits.then_some(found)
    }

    fn by_rules(
        &self,
        call: &Call,
        a: &Attributes<'_>,
        rules: &Value,
        exact: bool,
    ) -> Option<&'static Resource> {
        let fits = |rule: &Value, resource: &Resource| {
            let names = rule.get("resourceNames");
            matches(rule, a, resource) && (names.is_empty() || has(names, name_of(call, a)))
        };
        if rules.items().iter().any(|r| fits(r, call.resource)) {
            return Some(call.resource);
        }
        if exact || !is_whole(call, a.subresource) {
            return None;
        }
        let same = |r: &&'static Resource| {
            r.table == call.resource.table && !std::ptr::eq(*r, call.resource)
        };
        let all = registry::all().iter().chain(self.customs.defined());
        let equivalent: Vec<&'static Resource> = all.filter(same).collect();
        let of_rule = |rule: &Value| equivalent.iter().copied().find(|r| fits(rule, r));
        rules.items().iter().find_map(of_rule)
    }

    /// Whether a request's namespace has the labels that are asked for; what is in none always has.
    fn in_namespace(&self, call: &Call, a: &Attributes<'_>, selector: &Value) -> bool {
        let Ok(selector) = Selector::from_label_selector(selector) else {
            return false;
        };
        if selector.is_everything() {
            return true;
        }
        let name = namespace_of(call, a);
        if name.is_empty() {
            return true;
        }
        if call.resource.is("", "namespaces") && a.operation != Operation::Delete {
            return selector.matches_object(a.object);
        }
        let namespaces = registry::lookup("", "v1", "namespaces");
        namespaces
            .and_then(|r| self.storage.get(r.table, &name))
            .is_some_and(|n| selector.matches_object(n))
    }
}

/// Whether the object that is written or the one that was there has the labels that are asked for.
fn selects(a: &Attributes<'_>, selector: &Value) -> bool {
    let Ok(selector) = Selector::from_label_selector(selector) else {
        return false;
    };
    selector.is_everything()
        || a.operation != Operation::Delete && selector.matches_object(a.object)
        || a.old.is_some_and(|o| selector.matches_object(o))
}

fn has(list: &Value, text: &str) -> bool {
    list.items().iter().any(|v| v.str() == text)
}

/// Whether a rule's scope, operation, group, version and resource are those of a request.
fn matches(rule: &Value, a: &Attributes<'_>, resource: &Resource) -> bool {
    let among = |field: &str, text: &str| {
        let list = rule.get(field);
        has(list, "*") || has(list, text)
    };
    let def = resource.def;
    // A Namespace itself is of the cluster.
    let scope = match rule.get("scope").str() {
        "Namespaced" => def.namespaced,
        "Cluster" => !def.namespaced,
        _ => true,
    };
    let resources = || {
        rule.get("resources").items().iter().any(|r| {
            let (name, sub) = r.str().split_once('/').unwrap_or((r.str(), ""));
            (name == "*" || name == def.resource) && (sub == "*" || sub == a.subresource)
        })
    };
    scope
        && among("operations", a.operation.name())
        && among("apiGroups", def.group)
        && among("apiVersions", def.version)
        && resources()
}
