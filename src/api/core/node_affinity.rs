//! Whether a pod may be on a node by its node selector and required node affinity (`component-helpers/scheduling/corev1/nodeaffinity`).

use crate::apimachinery::Value;

/// Whether a pod's node selector and required node affinity let it onto a node.
pub fn matches_required(pod: &Value, node: &Value) -> bool {
    let mut selector = pod.at(&["spec", "nodeSelector"]).fields();
    let required = pod.at(&[
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ]);
    selector.all(|(k, v)| node.label(k) == v.as_str())
        && (required.is_null() || matches_node_selector(required, node))
}

/// Whether a node fits one of the terms of a `NodeSelector`; an empty term fits none.
pub fn matches_node_selector(selector: &Value, node: &Value) -> bool {
    selector
        .get("nodeSelectorTerms")
        .items()
        .iter()
        .any(|term| {
            let (labels, fields) = (
                term.get("matchExpressions").items(),
                term.get("matchFields").items(),
            );
            let empty = labels.is_empty() && fields.is_empty();
            !empty
                && labels
                    .iter()
                    .all(|r| matches_requirement(r, node.label(r.get("key").str())))
                && fields.iter().all(|r| {
                    r.get("key") == &"metadata.name" && matches_requirement(r, Some(node.name()))
                })
        })
}

/// Whether a value (`None` for no such label) meets a `NodeSelectorRequirement`.
pub fn matches_requirement(requirement: &Value, have: Option<&str>) -> bool {
    let values = requirement.get("values").items();
    let listed = have.is_some_and(|h| values.iter().any(|v| v == h));
    let compare = |holds: fn(i64, i64) -> bool| {
        let bound = values.first().and_then(|v| v.str().parse().ok());
        let have = have.and_then(|h| h.parse().ok());
        have.zip(bound).is_some_and(|(h, b)| holds(h, b))
    };
    match requirement.get("operator").str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => have.is_some(),
        "DoesNotExist" => have.is_none(),
        "Gt" => compare(|h, b| h > b),
        "Lt" => compare(|h, b| h < b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_node_fits_one_term_of_the_affinity_and_the_whole_selector() {
        let node = tree!({"metadata": {"name": "n1", "labels": {"disk": "ssd", "cpus": "8"}}});
        let term = |list: &str, key: &str, operator: &str, value: &str| tree!({"nodeSelectorTerms": [{list: [{"key": key, "operator": operator, "values": [value]}]}]});
        for (selector, wanted) in [
            (term("matchFields", "metadata.name", "In", "n1"), true),
            (term("matchFields", "metadata.name", "In", "n2"), false),
            (term("matchExpressions", "disk", "NotIn", "ssd"), false),
            (term("matchExpressions", "cpus", "Gt", "4"), true),
            (term("matchExpressions", "none", "Gt", "4"), false),
            (tree!({"nodeSelectorTerms": [{}]}), false),
        ] {
            assert_eq!(
                matches_node_selector(&selector, &node),
                wanted,
                "{selector:?}"
            );
        }
        let pod = tree!({"spec": {"nodeSelector": {"disk": "hdd"}}});
        assert!(!matches_required(&pod, &node));
    }
}
