//! The scheduling framework: extension points, their results, and what a cycle carries along
//! (staging/src/k8s.io/kube-scheduler/framework).

use super::listers::{Lister, Listers};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins::{inter_pod_affinity, node_volume_limits, pod_topology_spread, volume_binding};
use crate::apimachinery::{Text, Value};
use crate::collections::SortedSet;
use std::sync::Arc;

/// The highest normalised score.
pub const MAX_NODE_SCORE: i64 = 100;

/// What a plugin found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Not now, but it may help if other pods go.
    Unschedulable,
    /// Not now, and taking pods away would not help.
    UnschedulableAndUnresolvable,
}

/// A plugin's refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What kind.
    pub code: Code,
    /// Why, each reason counted by itself.
    pub reasons: Vec<Text>,
    /// Which plugin.
    pub plugin: &'static str,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn new(plugin: &'static str, code: Code, reason: impl Into<Text>) -> Self {
        Self {
            code,
            reasons: vec![reason.into()],
            plugin,
        }
    }
}

/// What preparing a cycle gave.
#[derive(Clone, Debug, Default)]
pub struct PreFilterResult {
    /// The only nodes that can come into question, where that is known.
    pub nodes: Option<SortedSet<String>>,
    /// The plugins that know it.
    pub by: Vec<&'static str>,
}

impl PreFilterResult {
    /// Only these nodes come into question, says a plugin.
    pub fn only(nodes: Option<SortedSet<String>>, plugin: &'static str) -> Self {
        let by = nodes.iter().map(|_| plugin).collect();
        Self { nodes, by }
    }

    /// Takes in what another plugin says.
    pub fn merge(&mut self, other: Self) {
        self.by.extend(other.by);
        self.nodes = match (self.nodes.take(), other.nodes) {
            (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
            (a, b) => a.or(b),
        };
    }
}

/// What PreFilter counted for the filters of one cycle; kept in step where filters are asked about pods coming or going.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How pods are spread, where the pod has hard constraints.
    pub spread: Option<pod_topology_spread::Counts>,
    /// Which topologies have pods that attract or repel, where any matter.
    pub affinity: Option<inter_pod_affinity::Counts>,
    /// The pod's claims, where it has any.
    pub volumes: Option<Arc<volume_binding::PodVolumes>>,
    /// Which of them only one pod may use.
    pub exclusive_claims: Option<Arc<Vec<String>>>,
    /// What is counted of the drivers of its volumes, where a node has a limit.
    pub limits: Option<Arc<node_volume_limits::Limits>>,
}

impl Facts {
    /// Whether nothing was counted: then filters look at the pod and at one node only.
    pub fn are_none(&self) -> bool {
        self.spread.is_none()
            && self.affinity.is_none()
            && self.volumes.is_none()
            && self.exclusive_claims.is_none()
            && self.limits.is_none()
    }
}

/// What happened in the cluster, for queueing hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterEvent {
    /// A node came.
    NodeAdd,
    /// A node went.
    NodeDelete,
    /// What a node has to give changed.
    NodeAllocatable,
    /// A node's labels changed.
    NodeLabel,
    /// A node's taints, or whether it is cordoned, changed.
    NodeTaint,
    /// A pod left its node or ended.
    AssignedPodDelete,
    /// A pod came to a node or changed there.
    AssignedPodAdd,
    /// A pod on a node counts for less than before, since it is resized.
    AssignedPodScaleDown,
    /// A claim, a volume, a storage class, a node's drivers or an attachment changed.
    Storage,
    /// The waiting pod itself changed.
    PodUpdate,
}

/// Everything a plugin may look at in one cycle.
pub struct CycleState<'a> {
    /// The pod to be placed.
    pub pod: &'a Arc<PodInfo>,
    /// All nodes.
    pub nodes: &'a [Arc<NodeInfo>],
    /// Of each container: the full name of its image, and how many nodes have that.
    pub image_spread: std::cell::OnceCell<Vec<(String, usize)>>,
    /// Whether any pod in the cluster has affinity or anti-affinity to pods.
    pub any_affinity: bool,
    /// What else of the cluster is looked up.
    pub listers: Option<&'a Listers>,
    /// What the scores of PodTopologySpread are made of.
    pub spread_scores: std::cell::OnceCell<pod_topology_spread::Scores>,
    /// What the scores of InterPodAffinity are made of.
    pub affinity_scores: std::cell::OnceCell<inter_pod_affinity::Topology>,
}

impl<'a> CycleState<'a> {
    /// A cycle for a pod among these nodes; `any_affinity` where pods may have affinity to pods.
    pub fn new(pod: &'a Arc<PodInfo>, nodes: &'a [Arc<NodeInfo>], any_affinity: bool) -> Self {
        Self {
            pod,
            nodes,
            image_spread: Default::default(),
            any_affinity,
            listers: None,
            spread_scores: Default::default(),
            affinity_scores: Default::default(),
        }
    }

    /// The labels of a namespace.
    pub fn namespace_labels(&self, name: &str) -> Value {
        let found = self.listers.and_then(|l| l[Lister::Namespaces].get(name));
        found.map_or(Value::Null, |n| n.meta().get("labels").clone())
    }
}

/// One scheduling plugin. A plugin takes part in the extension points whose functions it gives; it holds no state of its own.
pub trait Plugin: Sync {
    /// Its name: `NodeResourcesFit`.
    fn name(&self) -> &'static str;
    /// PreEnqueue: may the pod enter the queue at all?
    fn pre_enqueue(&self, _pod: &Value) -> Result<(), Refusal> {
        Ok(())
    }
    /// PreFilter: which nodes come into question at all?
    fn pre_filter(
        &self,
        _state: &CycleState<'_>,
        _facts: &mut Facts,
    ) -> Result<PreFilterResult, Refusal> {
        Ok(PreFilterResult::default())
    }
    /// Filter: does the pod fit on this node?
    fn filter(&self, _facts: &Facts, _pod: &PodInfo, _node: &NodeInfo) -> Result<(), Refusal> {
        Ok(())
    }
    /// AddPod, RemovePod: keeps the facts for `pod` in step with another pod that comes to a node (`by` 1) or leaves it (-1).
    fn update(
        &self,
        _facts: &mut Facts,
        _pod: &PodInfo,
        _other: &PodInfo,
        _node: &NodeInfo,
        _by: i64,
    ) {
    }
    /// PreScore: whether scores of this plugin tell anything for this pod.
    fn pre_score(&self, _state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        false
    }
    /// Score: how well does it fit?
    fn score(&self, _state: &CycleState<'_>, _node: &NodeInfo) -> i64 {
        0
    }
    /// Whether scores of this plugin look at the pod and at one node only (and at which nodes have which images).
    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        false
    }
    /// NormalizeScore: brings raw scores to 0..=100.
    fn normalize(&self, _state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>], _scores: &mut [i64]) {
    }
    /// QueueingHint: may this event make a pod schedulable that this plugin refused?
    fn may_help(&self, event: ClusterEvent) -> bool {
        let _ = event;
        false
    }
}

/// Scales scores so that the highest becomes 100; `reverse` turns them round.
pub fn default_normalize(scores: &mut [i64], reverse: bool) {
    let max = scores.iter().copied().max().unwrap_or(0);
    for s in scores {
        *s = match max {
            0 if reverse => MAX_NODE_SCORE,
            0 => *s,
            _ if reverse => MAX_NODE_SCORE - *s * MAX_NODE_SCORE / max,
            _ => *s * MAX_NODE_SCORE / max,
        };
    }
}
