//! Whether a group of the project's own domains was approved (`pkg/controller/apiapproval`).

use super::{condition, with_condition};
use crate::apimachinery::{Timestamp, Value};

const APPROVED: &str = "api-approved.kubernetes.io";
const CONDITION: &str = "KubernetesAPIApprovalPolicyConformant";

/// The definition with the condition that says so; none where it says so already, or the group is anybody's.
pub fn sync(definition: &Value, now: Timestamp) -> Option<Value> {
    let group = definition.at(&["spec", "group"]).str();
    let mut domains = ["k8s.io", "kubernetes.io"].into_iter();
    domains.find(|d| group == *d || group.ends_with(&format!(".{d}")))?;
    let given = definition.annotation(APPROVED).unwrap_or_default();
    let (status, reason, text) = if given.is_empty() {
        let text = format!(
            "protected groups must have approval annotation {APPROVED:?}, see https://github.com/kubernetes/enhancements/pull/1111"
        );
        (false, "MissingAnnotation", text)
    } else if given.starts_with("unapproved") {
        (
            false,
            "UnapprovedAnnotation",
            format!("not approved: {given:?}"),
        )
    } else if given.contains("://") {
        (true, "ApprovedAnnotation", format!("approved in {given}"))
    } else {
        let text = format!(
            "protected groups must have approval annotation {APPROVED:?} with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"
        );
        (false, "InvalidAnnotation", text)
    };
    let new = condition(CONDITION, status, reason, &text);
    let mut all = definition.at(&["status", "conditions"]).items().iter();
    let same = |c: &Value| {
        ["type", "status", "reason", "message"]
            .iter()
            .all(|f| c.get(f) == new.get(f))
    };
    if all.any(same) {
        return None;
    }
    Some(with_condition(definition.clone(), new, now))
}
