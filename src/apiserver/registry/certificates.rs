//! Strategies of the group `certificates.k8s.io`.

use super::{Prepare, Strategy, meta};
use crate::apimachinery::{Timestamp, Value};

/// Certificate signing requests: they say who asked.
pub struct SigningRequests;

impl Strategy for SigningRequests {
    fn prepare_for_create(&self, request: &mut Value, cx: &mut Prepare<'_>) {
        request.set_at(&["spec", "username"], cx.user.name.as_str());
        let groups: Vec<Value> = cx.user.groups.iter().map(Value::from).collect();
        request.set_at(&["spec", "groups"], groups);
        let spec = request.entry("spec");
        spec.remove("extra");
        for (key, values) in &cx.user.extra {
            let values: Vec<Value> = values.iter().map(Value::from).collect();
            spec.entry("extra").set(key, values);
        }
        match cx.user.uid.is_empty() {
            true => {
                spec.remove("uid");
            }
            false => spec.set("uid", cx.user.uid.as_str()),
        }
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        meta::copy_field(new, old, "spec");
    }
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value, now: Timestamp) {
        date_conditions(new, old, now);
    }
}

/// Gives new conditions their times, as upstream's `populateConditionTimestamps` does.
fn date_conditions(new: &mut Value, old: &Value, now: Timestamp) {
    let Some(mut conditions) = new.at(&["status", "conditions"]).as_list().cloned() else {
        return;
    };
    for condition in conditions.to_mut() {
        if condition.get("lastUpdateTime").is_null() {
            condition.set("lastUpdateTime", now);
        }
        if !condition.get("lastTransitionTime").is_null() {
            continue;
        }
        let before = old.at(&["status", "conditions"]).items().iter().find(|c| {
            c.get("type") == condition.get("type")
                && c.get("status") == condition.get("status")
                && !c.get("lastTransitionTime").is_null()
        });
        match before {
            Some(before) => condition.set("lastTransitionTime", before.get("lastTransitionTime")),
            None => condition.set("lastTransitionTime", now),
        }
    }
    new.set_at(&["status", "conditions"], conditions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn conditions_of_signing_requests_have_times() {
        let old = tree!({"status": {"conditions": [
            {"type": "Approved", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
        let mut new = tree!({"status": {"conditions": [
            {"type": "Approved", "status": "True"},
            {"type": "Failed", "status": "True", "lastUpdateTime": "2026-02-02T00:00:00Z"}]}});
        date_conditions(&mut new, &old, Timestamp(0));
        let times: Vec<(&str, &str)> = new
            .at(&["status", "conditions"])
            .items()
            .iter()
            .map(|c| {
                (
                    c.get("lastUpdateTime").str(),
                    c.get("lastTransitionTime").str(),
                )
            })
            .collect();
        assert_eq!(
            times,
            [
                ("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                ("2026-02-02T00:00:00Z", "1970-01-01T00:00:00Z"),
            ]
        );
    }
}
