//! NodeAffinity: `nodeSelector` and required node affinity decide, preferred node affinity is counted.

use crate::apimachinery::Value;
use crate::collections::SortedSet;
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, Plugin, PreFilterResult, Refusal, default_normalize,
};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct NodeAffinity;

const WHY: &str = "node(s) didn't match Pod's node affinity/selector";

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        _facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let required = state.pod.pod.spec().get("affinity").at(&[
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
        ]);
        let terms = required.get("nodeSelectorTerms").items();
        let mut names = SortedSet::new();
        for term in terms {
            let by_name = term
                .get("matchFields")
                .items()
                .iter()
                .find(|f| f.get("key") == &"metadata.name" && f.get("operator") == &"In");
            match by_name {
                Some(f) => names.extend(f.get("values").items().iter().map(|v| v.str().to_owned())),
                None => return Ok(PreFilterResult::default()),
            }
        }
        let names = (!terms.is_empty()).then_some(names);
        Ok(PreFilterResult::only(names, self.name()))
    }

    fn filter(&self, _facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        if matches_required(&pod.pod, node) {
            Ok(())
        } else {
            Err(Refusal::new(
                self.name(),
                Code::UnschedulableAndUnresolvable,
                WHY,
            ))
        }
    }

    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        !preferred(state.pod).is_empty()
    }

    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        true
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let terms = preferred(state.pod)
            .iter()
            .filter(|t| matches_term(t.get("preference"), node, true));
        terms.map(|t| t.get("weight").as_i64().unwrap_or(0)).sum()
    }

    fn normalize(&self, _state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>], scores: &mut [i64]) {
        default_normalize(scores, false);
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        matches!(
            event,
            ClusterEvent::NodeAdd | ClusterEvent::NodeLabel | ClusterEvent::PodUpdate
        )
    }
}

fn preferred(pod: &PodInfo) -> &[Value] {
    pod.pod
        .spec()
        .get("affinity")
        .at(&[
            "nodeAffinity",
            "preferredDuringSchedulingIgnoredDuringExecution",
        ])
        .items()
}

/// Whether a pod's node selector and required node affinity let it onto a node (`GetRequiredNodeAffinity(pod).Match`).
pub fn matches_required(pod: &Value, node: &NodeInfo) -> bool {
    let labels = node.node.labels();
    let selector = pod.at(&["spec", "nodeSelector"]);
    if !selector
        .fields()
        .all(|(k, v)| labels.and_then(|l| l.get(k)) == Some(v))
    {
        return false;
    }
    let required = pod.at(&[
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ]);
    required.is_null()
        || required
            .get("nodeSelectorTerms")
            .items()
            .iter()
            .any(|t| matches_term(t, node, false))
}

/// Whether a node fits a term: all expressions and fields hold. An empty term fits nothing, but as a preference everything.
fn matches_term(term: &Value, node: &NodeInfo, empty_matches: bool) -> bool {
    let (expressions, fields) = (
        term.get("matchExpressions").items(),
        term.get("matchFields").items(),
    );
    if expressions.is_empty() && fields.is_empty() {
        return empty_matches;
    }
    let label = |e: &Value| requirement(e, node.node.label(e.get("key").str()));
    let field =
        |e: &Value| e.get("key") == &"metadata.name" && requirement(e, Some(node.name.as_str()));
    expressions.iter().all(label) && fields.iter().all(field)
}

fn requirement(e: &Value, have: Option<&str>) -> bool {
    let values = e.get("values").items();
    let among = |v: &str| values.iter().any(|x| x.str() == v);
    let number = |s: &str| s.parse::<i64>().ok();
    let bound = || values.first().and_then(|v| number(v.str()));
    match e.get("operator").str() {
        "In" => have.is_some_and(among),
        "NotIn" => !have.is_some_and(among),
        "Exists" => have.is_some(),
        "DoesNotExist" => have.is_none(),
        "Gt" => have
            .and_then(number)
            .zip(bound())
            .is_some_and(|(a, b)| a > b),
        "Lt" => have
            .and_then(number)
            .zip(bound())
            .is_some_and(|(a, b)| a < b),
        _ => false,
    }
}
