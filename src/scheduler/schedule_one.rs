//! Finds a node for one pod (pkg/scheduler/schedule_one.go). Pure: looks at a snapshot, writes nothing.

use super::equivalence::Equivalence;
use super::framework::{Code, CycleState, Facts, Plugin, PreFilterResult, Refusal};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins::Weighted;
use super::plugins::pod_topology_spread::PodTopologySpread;
use super::trace::{NodeVerdict, PluginScores};
use crate::apimachinery::{Rng, Text};
use crate::collections::{Arrange, SortedMap, SortedSet};
use std::sync::Arc;

const MIN_FEASIBLE_NODES: usize = 100;

/// What came of seeking a node.
pub struct Found {
    /// The node chosen.
    pub node: Option<Text>,
    /// Why each refused node was refused.
    pub refusals: SortedMap<Text, Refusal>,
    /// A refusal of the pod as a whole, before any node was looked at.
    pub whole: Option<Refusal>,
    /// Per node, for the trace.
    pub verdicts: Vec<NodeVerdict>,
    /// What plugins gave the nodes that fit, for the trace.
    pub scores: Vec<PluginScores>,
    /// How many nodes were looked at.
    pub looked_at: usize,
    /// What PreFilter counted.
    pub facts: Facts,
}

/// Pods that were promised room on a node.
pub type Nominated = SortedMap<Text, Vec<Arc<PodInfo>>>;

/// Whether a pod fits on a node by all filters; counts in the pods that were promised room there and matter as much or more.
pub fn run_filters(
    plugins: &[Weighted],
    facts: &Facts,
    pod: &PodInfo,
    node: &NodeInfo,
    nominated: &Nominated,
) -> Result<(), Refusal> {
    let promised: Vec<&Arc<PodInfo>> = nominated
        .get(&node.name)
        .into_iter()
        .flatten()
        .filter(|p| p.priority >= pod.priority && p.pod.uid() != pod.pod.uid())
        .collect();
    if !promised.is_empty() {
        let mut fuller = node.clone();
        let mut facts = facts.clone();
        for p in promised {
            update(plugins, &mut facts, pod, p, node, 1);
            fuller.add_pod(p.clone());
        }
        plugins
            .iter()
            .try_for_each(|(p, _)| p.filter(&facts, pod, &fuller))?;
    }
    plugins
        .iter()
        .try_for_each(|(p, _)| p.filter(facts, pod, node))
}

/// Keeps the facts for `pod` in step with another pod that comes to a node (`by` 1) or leaves it (-1).
pub fn update(
    plugins: &[Weighted],
    facts: &mut Facts,
    pod: &PodInfo,
    other: &PodInfo,
    node: &NodeInfo,
    by: i64,
) {
    for (plugin, _) in plugins {
        plugin.update(facts, pod, other, node, by);
    }
}

/// Seeks a node; what is `known` for pods like this one is not worked out again. `start` is where the search begins, so that all nodes get their turn in large clusters.
pub fn schedule_pod(
    plugins: &[Weighted],
    state: &CycleState<'_>,
    known: &mut Equivalence,
    nominated: &Nominated,
    start: usize,
    rng: &mut Rng,
) -> Found {
    let mut found = Found {
        node: None,
        refusals: SortedMap::new(),
        whole: None,
        verdicts: Vec::new(),
        scores: Vec::new(),
        looked_at: 0,
        facts: Facts::default(),
    };
    let mut only = PreFilterResult::default();
    for (plugin, _) in plugins {
        match plugin.pre_filter(state, &mut found.facts) {
            Ok(result) => only.merge(result),
            Err(refusal) => {
                found.whole = Some(refusal);
                return found;
            }
        }
    }
    if only.nodes.as_ref().is_some_and(SortedSet::is_empty) {
        found.whole = Some(no_node_left(&only));
        return found;
    }
    let search = Search {
        plugins,
        state,
        nominated,
        start,
        only: &only,
    };
    let feasible = search.find_nodes_that_fit_pod(known, &mut found);
    if feasible.nodes.is_empty() {
        return found;
    }
    found.node = search.prioritize_nodes(known, &feasible, &mut found, rng);
    found
}

/// What a search for a node goes by.
struct Search<'a> {
    plugins: &'a [Weighted],
    state: &'a CycleState<'a>,
    nominated: &'a Nominated,
    start: usize,
    only: &'a PreFilterResult,
}

/// Nodes that fit, with their places among all nodes.
struct Feasible {
    nodes: Vec<Arc<NodeInfo>>,
    places: Vec<usize>,
}

impl Search<'_> {
    fn find_nodes_that_fit_pod(&self, known: &mut Equivalence, found: &mut Found) -> Feasible {
        let enough = num_feasible_nodes_to_find(self.state.nodes.len());
        let n = self.state.nodes.len();
        let mut feasible = Feasible {
            nodes: Vec::with_capacity(n.min(enough)),
            places: Vec::with_capacity(n.min(enough)),
        };
        for i in 0..n {
            let at = (self.start + i) % n;
            let node = &self.state.nodes[at];
            found.looked_at += 1;
            match self.verdict(known, &found.facts, at, node) {
                Ok(()) => {
                    feasible.nodes.push(node.clone());
                    feasible.places.push(at);
                    if feasible.nodes.len() >= enough {
                        break;
                    }
                }
                Err(refusal) => {
                    found.verdicts.push(NodeVerdict {
                        node: node.name.clone(),
                        refused: Some((refusal.plugin, refusal.reasons.clone())),
                        place: 0,
                        total: 0,
                    });
                    found.refusals.insert(node.name.clone(), refusal);
                }
            }
        }
        feasible
    }

    fn verdict(
        &self,
        known: &mut Equivalence,
        facts: &Facts,
        at: usize,
        node: &NodeInfo,
    ) -> Result<(), Refusal> {
        let names = self.only.nodes.as_ref();
        if names.is_some_and(|names| !names.contains(node.name.as_str())) {
            let mut by = self.only.by.clone();
            by.arrange();
            return Err(Refusal::new(
                by.first().copied().unwrap_or_default(),
                Code::UnschedulableAndUnresolvable,
                format!("node(s) didn't satisfy plugin(s) [{}]", by.join(" ")),
            ));
        }
        let ask = || run_filters(self.plugins, facts, self.state.pod, node, self.nominated);
        if self.nominated.is_empty() {
            known.verdict(at, node, facts, ask)
        } else {
            ask()
        }
    }

    fn prioritize_nodes(
        &self,
        known: &mut Equivalence,
        feasible: &Feasible,
        found: &mut Found,
        rng: &mut Rng,
    ) -> Option<Text> {
        let mut verdicts: Vec<NodeVerdict> = Vec::with_capacity(feasible.nodes.len());
        verdicts.extend(
            feasible
                .nodes
                .iter()
                .enumerate()
                .map(|(place, n)| NodeVerdict {
                    node: n.name.clone(),
                    refused: None,
                    place,
                    total: 0,
                }),
        );
        if feasible.nodes.len() > 1 {
            for (at, (plugin, weight)) in self.plugins.iter().enumerate() {
                if *weight > 0
                    && let Some(scores) = self.score_by(known, at, *plugin, *weight, feasible)
                {
                    for (verdict, normalized) in verdicts.iter_mut().zip(&scores.normalized) {
                        verdict.total += normalized * weight;
                    }
                    found.scores.push(scores);
                }
            }
        }
        let best = verdicts.iter().map(|v| v.total).max()?;
        let ties: Vec<&NodeVerdict> = verdicts.iter().filter(|v| v.total == best).collect();
        let chosen = ties[rng.below(ties.len())].node.clone();
        found.verdicts.extend(verdicts);
        found.verdicts.arrange_by(|a, b| a.node.cmp(&b.node));
        Some(chosen)
    }

    fn score_by(
        &self,
        known: &mut Equivalence,
        at: usize,
        plugin: &dyn Plugin,
        weight: i64,
        feasible: &Feasible,
    ) -> Option<PluginScores> {
        if !plugin.pre_score(self.state, &feasible.nodes) {
            return None;
        }
        let alone = plugin.scores_alone(self.state);
        if alone && plugin.name() == PodTopologySpread.name() {
            known.note_spread(at, self.state);
        }
        let nodes = feasible.nodes.iter().zip(&feasible.places);
        let score = |(node, place): (&Arc<NodeInfo>, &usize)| {
            let ask = || plugin.score(self.state, node);
            match alone {
                true => known.score(at, *place, node, ask),
                false => ask(),
            }
        };
        let raw: Vec<i64> = nodes.map(score).collect();
        let mut normalized = raw.clone();
        plugin.normalize(self.state, &feasible.nodes, &mut normalized);
        Some(PluginScores {
            plugin: plugin.name(),
            weight,
            raw,
            normalized,
        })
    }
}

/// Plugins that each leave some nodes, but together none.
fn no_node_left(only: &PreFilterResult) -> Refusal {
    let why = match only.by.as_slice() {
        [one] => format!("node(s) didn't satisfy plugin {one}"),
        all => format!(
            "node(s) didn't satisfy plugin(s) [{}] simultaneously",
            all.join(" ")
        ),
    };
    let first = only.by.first().copied().unwrap_or_default();
    Refusal::new(first, Code::UnschedulableAndUnresolvable, why)
}

/// How many fitting nodes are enough: all up to 100, then a share that falls from 50 % to 5 % as clusters grow.
fn num_feasible_nodes_to_find(all: usize) -> usize {
    if all < MIN_FEASIBLE_NODES {
        return all;
    }
    let percentage = 50usize.saturating_sub(all / 125).max(5);
    (all * percentage / 100).max(MIN_FEASIBLE_NODES)
}

/// `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.`
pub fn fit_error(
    all: usize,
    refusals: &SortedMap<Text, Refusal>,
    whole: Option<&Refusal>,
    absent: Option<(usize, &str)>,
) -> String {
    let mut counts: SortedMap<String, usize> = SortedMap::new();
    for reason in refusals.values().flat_map(|r| r.reasons.iter()) {
        *counts.entry(reason.to_string()).or_insert(0) += 1;
    }
    if let Some((n, reason)) = absent.filter(|(n, _)| *n > 0) {
        *counts.entry(reason.to_owned()).or_insert(0) += n;
    }
    let mut parts: Vec<String> = counts
        .into_iter()
        .map(|(reason, n)| format!("{n} {reason}"))
        .collect();
    parts.arrange();
    if let Some(w) = whole {
        parts = w.reasons.iter().map(Text::to_string).collect();
    }
    if parts.is_empty() {
        format!("0/{all} nodes are available")
    } else {
        format!("0/{all} nodes are available: {}", parts.join(", "))
    }
}
