//! Finds a node for one pod (pkg/scheduler/schedule_one.go). Pure: looks at a snapshot, writes nothing.

use super::framework::{Code, CycleState, Facts, Plugin, PreFilterResult, Refusal};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins::Weighted;
use super::trace::{NodeVerdict, PluginScore};
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

/// Seeks a node. `start` is where the search begins, so that all nodes get their turn in large clusters.
pub fn schedule_pod(
    plugins: &[Weighted],
    state: &CycleState<'_>,
    nominated: &Nominated,
    start: usize,
    rng: &mut Rng,
) -> Found {
    let mut found = Found {
        node: None,
        refusals: SortedMap::new(),
        whole: None,
        verdicts: Vec::new(),
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
    let feasible = find_nodes_that_fit_pod(plugins, state, nominated, start, &only, &mut found);
    if feasible.is_empty() {
        return found;
    }
    found.node = prioritize_nodes(plugins, state, &feasible, &mut found, rng);
    found
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

fn find_nodes_that_fit_pod(
    plugins: &[Weighted],
    state: &CycleState<'_>,
    nominated: &Nominated,
    start: usize,
    only: &PreFilterResult,
    found: &mut Found,
) -> Vec<Arc<NodeInfo>> {
    let enough = num_feasible_nodes_to_find(state.nodes.len());
    let mut feasible = Vec::new();
    let n = state.nodes.len();
    for i in 0..n {
        let node = &state.nodes[(start + i) % n];
        found.looked_at += 1;
        let names = only.nodes.as_ref();
        let outside = names.is_some_and(|names| !names.contains(node.name.as_str()));
        let verdict = if outside {
            let mut by = only.by.clone();
            by.arrange();
            Err(Refusal::new(
                by.first().copied().unwrap_or_default(),
                Code::UnschedulableAndUnresolvable,
                format!("node(s) didn't satisfy plugin(s) [{}]", by.join(" ")),
            ))
        } else {
            run_filters(plugins, &found.facts, state.pod, node, nominated)
        };
        match verdict {
            Ok(()) => {
                feasible.push(node.clone());
                if feasible.len() >= enough {
                    break;
                }
            }
            Err(refusal) => {
                found.verdicts.push(NodeVerdict {
                    node: node.name.clone(),
                    refused: Some((refusal.plugin, refusal.reasons.clone())),
                    scores: Vec::new(),
                    total: 0,
                });
                found.refusals.insert(node.name.clone(), refusal);
            }
        }
    }
    feasible
}

/// How many fitting nodes are enough: all up to 100, then a share that falls from 50 % to 5 % as clusters grow.
fn num_feasible_nodes_to_find(all: usize) -> usize {
    if all < MIN_FEASIBLE_NODES {
        return all;
    }
    let percentage = 50usize.saturating_sub(all / 125).max(5);
    (all * percentage / 100).max(MIN_FEASIBLE_NODES)
}

fn prioritize_nodes(
    plugins: &[Weighted],
    state: &CycleState<'_>,
    feasible: &[Arc<NodeInfo>],
    found: &mut Found,
    rng: &mut Rng,
) -> Option<Text> {
    let mut verdicts: Vec<NodeVerdict> = feasible
        .iter()
        .map(|n| NodeVerdict {
            node: n.name.clone(),
            refused: None,
            scores: Vec::new(),
            total: 0,
        })
        .collect();
    if feasible.len() > 1 {
        for verdict in &mut verdicts {
            verdict.scores.reserve_exact(plugins.len());
        }
        for (plugin, weight) in plugins.iter().filter(|(_, w)| *w > 0) {
            score_by(*plugin, *weight, state, feasible, &mut verdicts);
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
    plugin: &dyn Plugin,
    weight: i64,
    state: &CycleState<'_>,
    feasible: &[Arc<NodeInfo>],
    verdicts: &mut [NodeVerdict],
) {
    if !plugin.pre_score(state, feasible) {
        return;
    }
    let raw: Vec<i64> = feasible.iter().map(|n| plugin.score(state, n)).collect();
    let mut normalized = raw.clone();
    plugin.normalize(state, feasible, &mut normalized);
    for ((verdict, raw), normalized) in verdicts.iter_mut().zip(raw).zip(normalized) {
        let weighted = normalized * weight;
        verdict.total += weighted;
        verdict.scores.push(PluginScore {
            plugin: plugin.name(),
            raw,
            normalized,
            weighted,
        });
    }
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
