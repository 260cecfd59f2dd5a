//! InterPodAffinity: pods that want to be near others, or away from them
//! (pkg/scheduler/framework/plugins/interpodaffinity).

use crate::apimachinery::{Text, Value};
use crate::collections::SortedMap;
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, MAX_NODE_SCORE, Plugin, PreFilterResult, Refusal,
};
use crate::scheduler::listers::Lister;
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use crate::scheduler::pod_affinity::AffinityTerm;
use std::sync::Arc;

pub struct InterPodAffinity;

const AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ANTI: &str = "node(s) didn't match pod anti-affinity rules";
const EXISTING: &str = "node(s) didn't satisfy existing pods anti-affinity rules";
/// What a required affinity of a pod that is there counts in the scores of one it wants near.
const HARD_POD_AFFINITY_WEIGHT: i64 = 1;

/// A number per value of each topology label.
pub type Topology = SortedMap<Text, SortedMap<Text, i64>>;

/// What the filter knows of one cycle.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Pods that want the pod away.
    existing: Topology,
    /// Pods the pod wants near: all its terms fit them.
    near: Topology,
    /// Pods the pod wants away.
    away: Topology,
    /// The labels of namespaces pods may come from or go to while victims are sought.
    namespaces: SortedMap<Text, Value>,
}

fn bump(topology: &mut Topology, term: &AffinityTerm, node: &NodeInfo, by: i64) {
    if let Some(value) = node.node.label(term.topology_key.as_str()) {
        let values = topology.entry(term.topology_key.clone()).or_default();
        *values.entry(value.into()).or_insert(0) += by;
    }
}

fn at(topology: &Topology, key: &str, value: &str) -> i64 {
    let found = topology.get(key).and_then(|values| values.get(value));
    found.copied().unwrap_or(0)
}

fn required(pod: &PodInfo) -> (&[AffinityTerm], &[AffinityTerm]) {
    let terms = pod.affinity.as_deref();
    terms.map_or((&[], &[]), |a| (&a.required, &a.required_anti))
}

impl Counts {
    fn matches(&self, term: &AffinityTerm, pod: &PodInfo) -> bool {
        let labels = || self.namespaces.get(pod.pod.namespace()).cloned();
        term.matches_in(pod, || labels().unwrap_or_default())
    }

    /// Counts another pod in (`by` 1) or out (-1).
    fn count(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, by: i64) {
        for term in required(other).1 {
            if self.matches(term, pod) {
                bump(&mut self.existing, term, node, by);
            }
        }
        let (near, away) = required(pod);
        if !near.is_empty() && near.iter().all(|t| self.matches(t, other)) {
            for term in near {
                bump(&mut self.near, term, node, by);
            }
        }
        for term in away {
            if self.matches(term, other) {
                bump(&mut self.away, term, node, by);
            }
        }
    }

    fn near_fits(&self, pod: &PodInfo, node: &NodeInfo) -> bool {
        let terms = required(pod).0;
        let mut exist = true;
        for term in terms {
            let key = term.topology_key.as_str();
            match node.node.label(key) {
                Some(value) => exist &= at(&self.near, key, value) > 0,
                None => return false,
            }
        }
        // The first of a group that wants its own kind near may go anywhere.
        let nowhere = || self.near.values().all(|v| v.values().all(|n| *n == 0));
        exist || nowhere() && terms.iter().all(|t| self.matches(t, pod))
    }
}

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let pod = state.pod;
        let (near, away) = required(pod);
        let own = !near.is_empty() || !away.is_empty();
        if !own && !state.any_affinity {
            return Ok(PreFilterResult::default());
        }
        let mut counts = Counts::default();
        for namespace in state
            .listers
            .iter()
            .flat_map(|l| l[Lister::Namespaces].iter())
        {
            let labels = namespace.meta().get("labels").clone();
            counts.namespaces.insert(namespace.name().into(), labels);
        }
        for node in state.nodes.iter().filter(|n| own || n.with_affinity > 0) {
            let all = node.pods.values();
            for other in all.filter(|p| own || p.affinity.is_some()) {
                counts.count(pod, other, node, 1);
            }
        }
        if own || !counts.existing.is_empty() {
            facts.affinity = Some(counts);
        }
        Ok(PreFilterResult::default())
    }

    fn filter(&self, facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let Some(counts) = &facts.affinity else {
            return Ok(());
        };
        if !counts.near_fits(pod, node) {
            let code = Code::UnschedulableAndUnresolvable;
            return Err(Refusal::new(self.name(), code, AFFINITY));
        }
        let taken = |topology: &Topology, key: &str| {
            let value = node.node.label(key);
            value.is_some_and(|v| at(topology, key, v) > 0)
        };
        let away = required(pod).1;
        if away
            .iter()
            .any(|t| taken(&counts.away, t.topology_key.as_str()))
        {
            return Err(Refusal::new(self.name(), Code::Unschedulable, ANTI));
        }
        if counts
            .existing
            .keys()
            .any(|key| taken(&counts.existing, key.as_str()))
        {
            return Err(Refusal::new(self.name(), Code::Unschedulable, EXISTING));
        }
        Ok(())
    }

    fn update(&self, facts: &mut Facts, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, by: i64) {
        if let Some(counts) = &mut facts.affinity {
            counts.count(pod, other, node, by);
        }
    }

    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        let affinity = state.pod.affinity.as_deref();
        let own = affinity.is_some_and(|a| !a.preferred.is_empty() || !a.preferred_anti.is_empty());
        if !own && !state.any_affinity {
            return false;
        }
        let mut topology = Topology::new();
        for node in state.nodes.iter().filter(|n| own || n.with_affinity > 0) {
            let all = node.pods.values();
            for other in all.filter(|p| own || p.affinity.is_some()) {
                weigh(&mut topology, state, other, node);
            }
        }
        !topology.is_empty() && state.affinity_scores.set(topology).is_ok()
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let topology = state.affinity_scores.get().into_iter().flatten();
        let value = |key: &Text| node.node.label(key.as_str());
        let score =
            |(key, values): (&Text, &SortedMap<Text, i64>)| values.get(value(key)?).copied();
        topology.filter_map(score).sum()
    }

    fn normalize(&self, _state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>], scores: &mut [i64]) {
        let min = scores.iter().copied().min().unwrap_or(0);
        let width = scores.iter().copied().max().unwrap_or(0) - min;
        for s in scores {
            *s = match width {
                0 => 0,
                _ => (MAX_NODE_SCORE as f64 * ((*s - min) as f64 / width as f64)) as i64,
            };
        }
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        use ClusterEvent::{AssignedPodAdd, AssignedPodDelete, NodeAdd, NodeLabel, PodUpdate};
        matches!(
            event,
            NodeAdd | NodeLabel | AssignedPodAdd | AssignedPodDelete | PodUpdate
        )
    }
}

/// Counts what a pod that is there says for and against its topologies.
fn weigh(topology: &mut Topology, state: &CycleState<'_>, other: &PodInfo, node: &NodeInfo) {
    let mut terms = |terms: &[AffinityTerm], meant: &PodInfo, times: i64| {
        for term in terms {
            // Required terms weigh what `times` says.
            let weight = if term.weight == 0 { 1 } else { term.weight };
            if term.matches(meant, state) {
                bump(topology, term, node, weight * times);
            }
        }
    };
    if let Some(own) = state.pod.affinity.as_deref() {
        terms(&own.preferred, other, 1);
        terms(&own.preferred_anti, other, -1);
    }
    if let Some(theirs) = other.affinity.as_deref() {
        terms(&theirs.required, state.pod, HARD_POD_AFFINITY_WEIGHT);
        terms(&theirs.preferred, state.pod, 1);
        terms(&theirs.preferred_anti, state.pod, -1);
    }
}
