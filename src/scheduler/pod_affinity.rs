//! Terms of affinity and anti-affinity between pods, read once per pod (pkg/scheduler/framework/types.go).

use super::framework::CycleState;
use super::node_info::PodInfo;
use crate::apimachinery::labels::{Operator, Requirement, Selector};
use crate::apimachinery::{Text, Value};
use crate::collections::SortedSet;

/// One term.
#[derive(Clone, Debug)]
pub struct AffinityTerm {
    /// Pods meant, with `matchLabelKeys` and `mismatchLabelKeys` counted in.
    pub selector: Selector,
    /// Namespaces meant by name.
    pub namespaces: SortedSet<Text>,
    /// Namespaces meant by labels.
    pub namespace_selector: Selector,
    /// Nodes with the same value of this label are one topology.
    pub topology_key: Text,
    /// How much a preferred term counts; 0 for required ones.
    pub weight: i64,
}

/// All terms of a pod.
#[derive(Clone, Debug, Default)]
pub struct PodAffinity {
    /// Pods it must stand near.
    pub required: Vec<AffinityTerm>,
    /// Pods it must not stand near.
    pub required_anti: Vec<AffinityTerm>,
    /// Pods it likes to stand near.
    pub preferred: Vec<AffinityTerm>,
    /// Pods it likes to stand away from.
    pub preferred_anti: Vec<AffinityTerm>,
}

impl PodAffinity {
    /// Reads a pod; `None` where it has no terms at all.
    pub fn of(pod: &Value) -> Option<Self> {
        let affinity = pod.at(&["spec", "affinity"]);
        if affinity.is_null() {
            return None;
        }
        let required = |kind: &str| {
            let field = "requiredDuringSchedulingIgnoredDuringExecution";
            let terms = affinity.get(kind).get(field).items();
            terms.iter().map(|t| AffinityTerm::of(pod, t, 0)).collect()
        };
        let preferred = |kind: &str| {
            let field = "preferredDuringSchedulingIgnoredDuringExecution";
            let terms = affinity.get(kind).get(field).items().iter();
            let weight = |t: &Value| t.get("weight").as_i64().unwrap_or(0);
            let read = |t: &Value| AffinityTerm::of(pod, t.get("podAffinityTerm"), weight(t));
            terms.map(read).collect()
        };
        let all = Self {
            required: required("podAffinity"),
            required_anti: required("podAntiAffinity"),
            preferred: preferred("podAffinity"),
            preferred_anti: preferred("podAntiAffinity"),
        };
        let none = all.required.is_empty() && all.required_anti.is_empty();
        (!none || !all.preferred.is_empty() || !all.preferred_anti.is_empty()).then_some(all)
    }
}

impl AffinityTerm {
    fn of(pod: &Value, term: &Value, weight: i64) -> Self {
        let read =
            |v: &Value| Selector::from_label_selector(v).unwrap_or_else(|_| Selector::nothing());
        let mut selector = read(term.get("labelSelector"));
        let own_too = [
            ("matchLabelKeys", Operator::In),
            ("mismatchLabelKeys", Operator::NotIn),
        ];
        for (field, operator) in own_too {
            for key in term.get(field).items() {
                let values = pod.label(key.str()).map(|v| vec![v.to_owned()]);
                if let Some(r) = values.and_then(|v| Requirement::new(key.str(), operator, v).ok())
                {
                    selector.add(r);
                }
            }
        }
        let named = term.get("namespaces").items();
        let mut namespaces: SortedSet<Text> = named.iter().map(|n| n.str().into()).collect();
        if namespaces.is_empty() && term.get("namespaceSelector").is_null() {
            namespaces.insert(pod.namespace().into());
        }
        Self {
            selector,
            namespaces,
            namespace_selector: read(term.get("namespaceSelector")),
            topology_key: term.get("topologyKey").str().into(),
            weight,
        }
    }

    /// Whether a pod is meant.
    pub fn matches(&self, pod: &PodInfo, state: &CycleState<'_>) -> bool {
        self.matches_in(pod, || state.namespace_labels(pod.pod.namespace()))
    }

    /// Whether a pod is meant; the labels of its namespace are asked for where they matter.
    pub fn matches_in(&self, pod: &PodInfo, namespace_labels: impl FnOnce() -> Value) -> bool {
        if !self.selector.matches(pod.pod.labels()) {
            return false;
        }
        self.namespaces.contains(pod.pod.namespace())
            || self.namespace_selector.is_everything()
            || !self.namespace_selector.is_nothing()
                && self
                    .namespace_selector
                    .matches_object(&crate::tree!({"metadata": {"labels": namespace_labels()}}))
    }
}
