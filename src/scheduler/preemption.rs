//! DefaultPreemption: makes room for a pod by asking less important ones to leave (pkg/scheduler/framework/preemption).

use super::framework::{Code, Facts, Refusal};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins::Weighted;
use super::schedule_one::{Found, Nominated, fit_error, run_filters, update};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::{Arrange, SortedMap};
use std::sync::Arc;

const PLUGIN: &str = "DefaultPreemption";

/// Pods that would have to leave a node.
pub struct Candidate {
    /// The node.
    pub node: Text,
    /// Who leaves, the most important first.
    pub victims: Vec<Arc<PodInfo>>,
    violations: usize,
}

/// Seeks the node on which the least is lost. `Err` holds the words for the pod's condition.
pub fn preempt(
    plugins: &[Weighted],
    pod: &PodInfo,
    nodes: &[Arc<NodeInfo>],
    found: &Found,
    nominated: &Nominated,
    budgets: &[Value],
) -> Result<Candidate, String> {
    if pod.pod.spec().preemption_policy() == "Never" {
        return Err("preemption: not eligible due to preemptionPolicy=Never.".into());
    }
    let nominee = pod.pod.status().nominated_node_name();
    let waits = nodes
        .iter()
        .find(|n| n.name.as_str() == nominee)
        .is_some_and(|n| {
            n.pods
                .values()
                .any(|p| p.priority < pod.priority && p.pod.is_terminating())
        });
    if waits {
        return Err(
            "preemption: not eligible due to a terminating pod on the nominated node..".into(),
        );
    }
    let mut candidates = Vec::new();
    let mut refusals: SortedMap<Text, Refusal> = SortedMap::new();
    for node in nodes.iter().filter(|n| {
        found
            .refusals
            .get(&n.name)
            .is_some_and(|r| r.code == Code::Unschedulable)
    }) {
        match select_victims_on_node(plugins, &found.facts, pod, node, nominated, budgets) {
            Ok(candidate) => candidates.push(candidate),
            Err(refusal) => {
                refusals.insert(node.name.clone(), refusal);
            }
        }
    }
    match candidates.into_iter().min_by_key(cost) {
        Some(best) => Ok(best),
        None => {
            let absent = nodes.len() - refusals.len();
            Err(format!(
                "preemption: {}.",
                fit_error(
                    nodes.len(),
                    &refusals,
                    None,
                    Some((absent, "Preemption is not helpful for scheduling"))
                )
            ))
        }
    }
}

/// What losing these pods costs: budgets violated, the highest priority, the sum of priorities, their number, how late the earliest began, and the name.
fn cost(c: &Candidate) -> (usize, i64, i64, usize, std::cmp::Reverse<Timestamp>, Text) {
    let highest = c.victims.first().map_or(i64::MIN, |v| v.priority);
    let sum = c
        .victims
        .iter()
        .map(|v| v.priority + i64::from(i32::MAX) + 1)
        .sum();
    let top = c.victims.iter().filter(|v| v.priority == highest);
    let earliest = top.map(|v| started(v)).min().unwrap_or_default();
    (
        c.violations,
        highest,
        sum,
        c.victims.len(),
        std::cmp::Reverse(earliest),
        c.node.clone(),
    )
}

fn started(p: &PodInfo) -> Timestamp {
    p.pod
        .status()
        .start_time()
        .or(p.pod.creation_timestamp())
        .unwrap_or(Timestamp::MAX)
}

fn select_victims_on_node(
    plugins: &[Weighted],
    facts: &Facts,
    pod: &PodInfo,
    node: &NodeInfo,
    nominated: &Nominated,
    budgets: &[Value],
) -> Result<Candidate, Refusal> {
    let mut lighter = node.clone();
    let mut potential: Vec<Arc<PodInfo>> = node
        .pods
        .values()
        .filter(|p| p.priority < pod.priority)
        .cloned()
        .collect();
    if potential.is_empty() {
        return Err(Refusal::new(
            PLUGIN,
            Code::UnschedulableAndUnresolvable,
            "No preemption victims found for incoming pod",
        ));
    }
    let mut facts = facts.clone();
    for victim in &potential {
        update(plugins, &mut facts, pod, victim, node, -1);
        lighter.remove_pod(victim.pod.uid());
    }
    run_filters(plugins, &facts, pod, &lighter, nominated)?;
    potential.arrange_by_key(|p| {
        (
            std::cmp::Reverse(p.priority),
            started(p),
            Text::from(p.pod.name()),
        )
    });
    let (violating, rest) = filter_pods_with_pdb_violation(&potential, budgets);
    let mut victims = Vec::new();
    let mut violations = 0;
    for (victim, violates) in violating
        .into_iter()
        .map(|p| (p, true))
        .chain(rest.into_iter().map(|p| (p, false)))
    {
        lighter.add_pod(victim.clone());
        update(plugins, &mut facts, pod, &victim, node, 1);
        if run_filters(plugins, &facts, pod, &lighter, nominated).is_err() {
            lighter.remove_pod(victim.pod.uid());
            update(plugins, &mut facts, pod, &victim, node, -1);
            victims.push(victim);
            violations += usize::from(violates);
        }
    }
    victims.arrange_by_key(|p| {
        (
            std::cmp::Reverse(p.priority),
            started(p),
            Text::from(p.pod.name()),
        )
    });
    Ok(Candidate {
        node: node.name.clone(),
        victims,
        violations,
    })
}

/// Splits pods into those whose loss a disruption budget does not allow any more, and the others.
fn filter_pods_with_pdb_violation(
    pods: &[Arc<PodInfo>],
    budgets: &[Value],
) -> (Vec<Arc<PodInfo>>, Vec<Arc<PodInfo>>) {
    let mut left: Vec<i64> = budgets
        .iter()
        .map(|b| {
            b.at(&["status", "disruptionsAllowed"])
                .as_i64()
                .unwrap_or(0)
        })
        .collect();
    let mut split = (Vec::new(), Vec::new());
    for p in pods {
        let mut violates = false;
        for (i, budget) in budgets.iter().enumerate() {
            let same = budget.namespace() == p.pod.namespace();
            let selector = crate::apimachinery::labels::Selector::from_label_selector(
                budget.at(&["spec", "selector"]),
            );
            let matches = selector.is_ok_and(|s| !s.is_nothing() && s.matches(p.pod.labels()));
            if same && matches {
                left[i] -= 1;
                violates |= left[i] < 0;
            }
        }
        if violates {
            split.0.push(p.clone())
        } else {
            split.1.push(p.clone())
        }
    }
    split
}
