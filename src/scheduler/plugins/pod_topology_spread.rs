//! PodTopologySpread: keeps the numbers of like pods in topologies near each other
//! (pkg/scheduler/framework/plugins/podtopologyspread).

use super::node_affinity::matches_required;
use crate::api::core::taints::find_untolerated_scheduling_taint;
use crate::apimachinery::labels::{Operator, Requirement, Selector};
use crate::apimachinery::{Text, Value};
use crate::collections::{SortedMap, SortedSet};
use crate::scheduler::framework::{
    ClusterEvent, Code, CycleState, Facts, MAX_NODE_SCORE, Plugin, PreFilterResult, Refusal,
};
use crate::scheduler::listers::{Lister, Listers};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

pub struct PodTopologySpread;

const HOSTNAME: &str = "kubernetes.io/hostname";
const SKEWED: &str = "node(s) didn't match pod topology spread constraints";
const UNLABELLED: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

#[derive(Clone, Debug, PartialEq)]
struct Constraint {
    max_skew: i64,
    key: Text,
    selector: Selector,
    min_domains: usize,
    honor_affinity: bool,
    honor_taints: bool,
}

/// How many like pods each topology has.
#[derive(Clone, Debug, Default)]
struct Domains {
    counts: SortedMap<Text, i64>,
    /// How many topologies have each number, so that the least is found at once.
    numbers: SortedMap<i64, usize>,
}

impl Domains {
    fn add(&mut self, value: &str, by: i64) {
        let before = self.counts.get(value).copied();
        let after = before.unwrap_or(0) + by;
        if let Some(n) = before.and_then(|b| self.numbers.get_mut(&b)) {
            *n -= 1;
        }
        if let Some(b) = before
            && self.numbers.get(&b) == Some(&0)
        {
            self.numbers.remove(&b);
        }
        *self.numbers.entry(after).or_insert(0) += 1;
        self.counts.insert(value.into(), after);
    }

    fn least(&self) -> i64 {
        let first = self.numbers.first_key_value();
        first.map_or(i64::from(i32::MAX), |(n, _)| *n)
    }
}

/// What the filter knows of one cycle.
#[derive(Clone, Debug)]
pub struct Counts {
    constraints: Arc<Vec<Constraint>>,
    domains: Vec<Domains>,
}

/// What scores are made of in one cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    constraints: Vec<Constraint>,
    ignored: SortedSet<Text>,
    counts: Vec<SortedMap<Text, i64>>,
    weights: Vec<f64>,
}

fn constraints(pod: &Value, action: &str) -> Vec<Constraint> {
    let all = pod.at(&["spec", "topologySpreadConstraints"]).items();
    let wanted = all.iter().filter(|c| c.get("whenUnsatisfiable") == &action);
    let read = |c: &Value| {
        let selector = Selector::from_label_selector(c.get("labelSelector"));
        let mut selector = selector.unwrap_or_else(|_| Selector::nothing());
        for key in c.get("matchLabelKeys").items() {
            let values = pod.label(key.str()).map(|v| vec![v.to_owned()]);
            let same = values.and_then(|v| Requirement::new(key.str(), Operator::In, v).ok());
            same.into_iter().for_each(|r| selector.add(r));
        }
        Constraint {
            max_skew: c.get("maxSkew").as_i64().unwrap_or(1),
            key: c.get("topologyKey").str().into(),
            selector,
            min_domains: c.get("minDomains").as_i64().unwrap_or(1).max(0) as usize,
            honor_affinity: c.get("nodeAffinityPolicy") != &"Ignore" && chooses_nodes(pod),
            honor_taints: c.get("nodeTaintsPolicy") == &"Honor",
        }
    };
    wanted.map(read).collect()
}

/// The constraints of pods that have none: spread over hosts and zones what belongs together by its services and its
/// controller (`systemDefaultConstraints`).
fn default_constraints(state: &CycleState<'_>) -> Vec<Constraint> {
    let selector = state.listers.map(|l| default_selector(&state.pod.pod, l));
    let selector = selector.and_then(|s| Selector::from_label_selector(&s).ok());
    let Some(selector) = selector.filter(|s| !s.is_everything()) else {
        return Vec::new();
    };
    [(3, HOSTNAME), (5, "topology.kubernetes.io/zone")]
        .into_iter()
        .map(|(max_skew, key)| Constraint {
            max_skew,
            key: key.into(),
            selector: selector.clone(),
            min_domains: 1,
            honor_affinity: chooses_nodes(&state.pod.pod),
            honor_taints: false,
        })
        .collect()
}

fn chooses_nodes(pod: &Value) -> bool {
    let spec = pod.get("spec");
    !spec.get("nodeSelector").is_null() || !spec.get("affinity").is_null()
}

/// What a pod's services and its controller select, as a label selector (`helper.DefaultSelector`).
fn default_selector(pod: &Value, listers: &Listers) -> Value {
    let mut labels = Value::object();
    let mut add = |selector: &Value| {
        for (key, value) in selector.fields() {
            labels.set(key, value);
        }
    };
    let services = listers[Lister::Services].in_namespace(pod.namespace());
    for service in services {
        let selector = service.at(&["spec", "selector"]);
        let mut all = selector.fields();
        if !selector.is_null() && all.all(|(k, v)| pod.label(k) == v.as_str()) {
            add(selector);
        }
    }
    let mut found = Value::object();
    if let Some(owner) = pod.controller_of() {
        let lister = match (owner.api_version(), owner.kind()) {
            ("v1", "ReplicationController") => Some(Lister::ReplicationControllers),
            ("apps/v1", "ReplicaSet") => Some(Lister::ReplicaSets),
            ("apps/v1", "StatefulSet") => Some(Lister::StatefulSets),
            _ => None,
        };
        let name = owner.get("name").str();
        let controller = lister.and_then(|l| listers[l].get_in(pod.namespace(), name));
        if let Some(controller) = controller {
            let selector = controller.at(&["spec", "selector"]);
            if lister == Some(Lister::ReplicationControllers) {
                add(selector);
            } else {
                add(selector.get("matchLabels"));
                found.set("matchExpressions", selector.get("matchExpressions"));
            }
        }
    }
    found.set("matchLabels", labels);
    found
}

impl Constraint {
    /// Whether a node counts, by the policies for nodes the pod could not be on anyway.
    fn includes(&self, pod: &PodInfo, node: &NodeInfo) -> bool {
        let taints = node.node.spec().taints();
        (!self.honor_affinity || matches_required(&pod.pod, node))
            && (!self.honor_taints
                || find_untolerated_scheduling_taint(taints, pod.pod.spec().tolerations())
                    .is_none())
    }

    /// How many pods of the namespace are selected on a node. A selector of everything counts none, as upstream.
    fn count(&self, node: &NodeInfo, namespace: &str) -> i64 {
        if self.selector.is_everything() {
            return 0;
        }
        node.count_selected(namespace, &self.selector)
    }
}

fn has_all_labels(node: &NodeInfo, constraints: &[Constraint]) -> bool {
    let mut all = constraints.iter();
    all.all(|c| node.node.label(c.key.as_str()).is_some())
}

impl Plugin for PodTopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn pre_filter(
        &self,
        state: &CycleState<'_>,
        facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        let constraints = constraints(&state.pod.pod, "DoNotSchedule");
        if constraints.is_empty() {
            return Ok(PreFilterResult::default());
        }
        let mut domains = vec![Domains::default(); constraints.len()];
        let namespace = state.pod.pod.namespace();
        for node in state
            .nodes
            .iter()
            .filter(|n| has_all_labels(n, &constraints))
        {
            for (c, d) in constraints.iter().zip(&mut domains) {
                if let Some(value) = node.node.label(c.key.as_str())
                    && c.includes(state.pod, node)
                {
                    d.add(value, c.count(node, namespace));
                }
            }
        }
        let constraints = Arc::new(constraints);
        facts.spread = Some(Counts {
            constraints,
            domains,
        });
        Ok(PreFilterResult::default())
    }

    fn filter(&self, facts: &Facts, pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
        let Some(counts) = &facts.spread else {
            return Ok(());
        };
        for (c, d) in counts.constraints.iter().zip(&counts.domains) {
            let Some(value) = node.node.label(c.key.as_str()) else {
                let code = Code::UnschedulableAndUnresolvable;
                return Err(Refusal::new(self.name(), code, UNLABELLED));
            };
            let few = d.counts.len() < c.min_domains;
            let least = if few { 0 } else { d.least() };
            let own = i64::from(c.selector.matches(pod.pod.labels()));
            let here = d.counts.get(value).copied().unwrap_or(0);
            if here + own - least > c.max_skew {
                return Err(Refusal::new(self.name(), Code::Unschedulable, SKEWED));
            }
        }
        Ok(())
    }

    fn update(&self, facts: &mut Facts, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, by: i64) {
        let Some(counts) = &mut facts.spread else {
            return;
        };
        if other.pod.namespace() != pod.pod.namespace()
            || !has_all_labels(node, &counts.constraints)
        {
            return;
        }
        for (c, d) in counts.constraints.iter().zip(&mut counts.domains) {
            if let Some(value) = node.node.label(c.key.as_str())
                && c.selector.matches(other.pod.labels())
                && c.includes(pod, node)
            {
                d.add(value, by);
            }
        }
    }

    fn pre_score(&self, state: &CycleState<'_>, feasible: &[Arc<NodeInfo>]) -> bool {
        let pod = &state.pod.pod;
        let own = !pod.at(&["spec", "topologySpreadConstraints"]).is_empty();
        let constraints = if own {
            constraints(pod, "ScheduleAnyway")
        } else {
            default_constraints(state)
        };
        !constraints.is_empty()
            && state
                .spread_scores
                .set(scores(constraints, own, state, feasible))
                .is_ok()
    }

    /// Where it is counted per host only, a node's own pods are all there is to count.
    fn scores_alone(&self, state: &CycleState<'_>) -> bool {
        let scores = state.spread_scores.get();
        scores.is_some_and(|s| s.counts.iter().all(SortedMap::is_empty))
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let Some(s) = state
            .spread_scores
            .get()
            .filter(|s| !s.ignored.contains(&node.name))
        else {
            return 0;
        };
        let mut sum = 0.0;
        for ((c, counts), weight) in s.constraints.iter().zip(&s.counts).zip(&s.weights) {
            if let Some(value) = node.node.label(c.key.as_str()) {
                let n = if c.key.as_str() == HOSTNAME {
                    c.count(node, state.pod.pod.namespace())
                } else {
                    counts.get(value).copied().unwrap_or(0)
                };
                sum += n as f64 * weight + (c.max_skew - 1) as f64;
            }
        }
        sum.round() as i64
    }

    fn normalize(&self, state: &CycleState<'_>, feasible: &[Arc<NodeInfo>], scores: &mut [i64]) {
        let Some(s) = state.spread_scores.get() else {
            return;
        };
        let ignored: Vec<bool> = feasible
            .iter()
            .map(|n| s.ignored.contains(&n.name))
            .collect();
        let counted = || {
            scores
                .iter()
                .zip(&ignored)
                .filter(|(_, i)| !**i)
                .map(|(s, _)| *s)
        };
        let (min, max) = (counted().min().unwrap_or(0), counted().max().unwrap_or(0));
        for (score, ignored) in scores.iter_mut().zip(&ignored) {
            *score = match max {
                _ if *ignored => 0,
                0 => MAX_NODE_SCORE,
                _ => MAX_NODE_SCORE * (max + min - *score) / max,
            };
        }
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        event != ClusterEvent::NodeAllocatable
    }
}

/// What scores are made of; `requires_all` where nodes without all the labels do not count, as under a pod's own constraints.
fn scores(
    constraints: Vec<Constraint>,
    requires_all: bool,
    state: &CycleState<'_>,
    feasible: &[Arc<NodeInfo>],
) -> Scores {
    let counts_in = |n: &&Arc<NodeInfo>| !requires_all || has_all_labels(n, &constraints);
    let lacking = feasible.iter().filter(|n| !counts_in(n));
    let ignored: SortedSet<Text> = lacking.map(|n| n.name.clone()).collect();
    let mut counts = vec![SortedMap::new(); constraints.len()];
    for node in feasible.iter().filter(|n| !ignored.contains(&n.name)) {
        for (c, counts) in constraints
            .iter()
            .zip(&mut counts)
            .filter(|(c, _)| c.key.as_str() != HOSTNAME)
        {
            if let Some(value) = node.node.label(c.key.as_str()) {
                counts.insert(Text::from(value), 0);
            }
        }
    }
    let size = |(c, counts): (&Constraint, &SortedMap<Text, i64>)| {
        let hosts = c.key.as_str() == HOSTNAME;
        let n = if hosts {
            feasible.len() - ignored.len()
        } else {
            counts.len()
        };
        libm::log((n + 2) as f64)
    };
    let weights = constraints.iter().zip(&counts).map(size).collect();
    // What is counted per host is counted when the host is scored.
    let counted = counts.iter().any(|c: &SortedMap<Text, i64>| !c.is_empty());
    for node in state.nodes.iter().filter(|n| counted && counts_in(n)) {
        for (c, counts) in constraints.iter().zip(&mut counts) {
            let value = node.node.label(c.key.as_str()).unwrap_or_default();
            if let Some(n) = counts.get_mut(value)
                && c.includes(state.pod, node)
            {
                *n += c.count(node, state.pod.pod.namespace());
            }
        }
    }
    Scores {
        constraints,
        ignored,
        counts,
        weights,
    }
}
