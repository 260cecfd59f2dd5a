//! Gathers the rules of aggregated ClusterRoles (upstream's `pkg/controller/clusterroleaggregation`).

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::{Selector, Value};
use crate::client::Delta;

/// The controller of `aggregationRule`.
#[derive(Clone, Default)]
pub struct ClusterRoleAggregationController {}

impl Reconciler for ClusterRoleAggregationController {
    const NAME: &'static str = "clusterrole-aggregation-controller";
    const SERVICE_ACCOUNT: &'static str = "clusterrole-aggregation-controller";
    const WATCHES: &'static [Kind] = &[Kind::ClusterRoles];

    /// Any role may be part of any aggregated one.
    fn observe(&mut self, _kind: Kind, _delta: &Delta, watching: &mut Watching<'_>) {
        let stores = watching.stores;
        for role in stores[Kind::ClusterRoles].iter() {
            if !role.get("aggregationRule").is_null() {
                watching.add(role.name());
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let roles = &work.stores[Kind::ClusterRoles];
        let Some(role) = roles
            .get(key)
            .filter(|r| !r.get("aggregationRule").is_null())
        else {
            return Ok(Action::AwaitChange);
        };
        let mut rules: Vec<Value> = Vec::new();
        let selectors = role.at(&["aggregationRule", "clusterRoleSelectors"]);
        for selector in selectors.items() {
            let Ok(selector) = Selector::from_label_selector(selector) else {
                continue;
            };
            let others = roles.iter().filter(|r| r.name() != role.name());
            for other in others.filter(|r| selector.matches_object(r)) {
                for rule in other.get("rules").items() {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
        }
        if role.get("rules").items() == rules {
            return Ok(Action::AwaitChange);
        }
        let mut role = role.clone();
        role.set("rules", rules);
        work.cx.update(Kind::ClusterRoles.def(), role)?;
        Ok(Action::AwaitChange)
    }
}
