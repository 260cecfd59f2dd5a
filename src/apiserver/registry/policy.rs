//! Strategies of the group `policy`.

use super::Strategy;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

/// Pod disruption budgets.
pub struct Budgets;

impl Strategy for Budgets {
    fn has_generation(&self) -> bool {
        true
    }
    fn allow_unconditional_update(&self) -> bool {
        false
    }
}

/// Sets a budget's condition `DisruptionAllowed` from its status (`pdb.UpdateDisruptionAllowedCondition`).
pub fn set_disruption_condition(budget: &mut Value, now: Timestamp) {
    let allowed = budget
        .at(&["status", "disruptionsAllowed"])
        .as_i64()
        .unwrap_or(0)
        > 0;
    let (status, reason) = if allowed {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    let mut condition = tree!({
        "type": "DisruptionAllowed", "status": status, "reason": reason, "message": "",
        "observedGeneration": budget.at(&["status", "observedGeneration"]).as_i64().unwrap_or(0),
    });
    condition.set("lastTransitionTime", now);
    let conditions = budget.at_mut(&["status", "conditions"]).items_mut();
    match conditions
        .iter_mut()
        .find(|c| c.get("type") == &"DisruptionAllowed")
    {
        Some(present) => {
            if present.get("status") == condition.get("status") {
                let since = present.get("lastTransitionTime").clone();
                condition.set("lastTransitionTime", since);
            }
            *present = condition;
        }
        None => conditions.push(condition),
    }
}
