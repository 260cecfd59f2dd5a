//! What was found of nodes for pods that are alike, kept until a node changes: pods of one template differ in nothing that
//! filters and scores of a single node look at, and each placement changes one node (upstream's pod signatures).

use super::framework::{CycleState, Facts, Refusal};
use super::node_info::{HostPort, NodeInfo, PodInfo, Resource};
use super::plugins::{pod_topology_spread, volume_restrictions};
use crate::apimachinery::{Text, Value};

/// How many plugins are remembered; those beyond are asked anew.
const PLUGINS: usize = 16;

/// What of a pod decides where only one node is looked at.
#[derive(Clone, Debug, PartialEq)]
struct Class {
    namespace: Text,
    /// The node named, tolerations, node selector and affinity.
    spec: [Value; 4],
    requests: Resource,
    non_zero: (i64, i64),
    host_ports: Vec<HostPort>,
    images: Vec<Value>,
}

impl Class {
    /// None for a pod that is looked at by itself: its disks are compared with those of other pods.
    fn of(pod: &PodInfo) -> Option<Class> {
        let spec = pod.pod.spec();
        let containers = spec.init_containers().iter().chain(spec.containers());
        (!volume_restrictions::has_disks(&pod.pod)).then(|| Class {
            namespace: pod.pod.namespace().into(),
            spec: ["nodeName", "tolerations", "nodeSelector", "affinity"]
                .map(|field| spec.get(field).clone()),
            requests: pod.requests.clone(),
            non_zero: pod.non_zero,
            host_ports: pod.host_ports.clone(),
            images: containers.map(|c| c.get("image").clone()).collect(),
        })
    }
}

/// What is known of one node in one of its states.
#[derive(Clone, Debug, Default)]
struct Place {
    generation: u64,
    verdict: Option<Result<(), Refusal>>,
    /// Raw scores by the plugins' places in the profile.
    scores: [Option<i64>; PLUGINS],
}

/// What is known for the class of the pod that was placed last.
#[derive(Clone, Debug, Default)]
pub struct Equivalence {
    class: Option<Class>,
    /// The state of all nodes as objects, without the pods on them.
    nodes: u64,
    image_spread: Option<Vec<(String, usize)>>,
    spread: Option<pod_topology_spread::Scores>,
    places: Vec<Place>,
}

impl Equivalence {
    /// Begins a cycle: forgets everything where the pod is of another class than the last, or where nodes changed by more than
    /// their pods (`nodes` counts such changes).
    pub fn begin(&mut self, state: &CycleState<'_>, nodes: u64) {
        let class = Class::of(state.pod);
        if class.is_none() || self.class != class || self.nodes != nodes {
            *self = Self {
                class,
                nodes,
                ..Self::default()
            };
        }
        if let Some(known) = &self.image_spread {
            // A cycle has just begun: nobody has worked it out.
            let _ = state.image_spread.set(known.clone());
        }
    }

    fn place(&mut self, at: usize, node: &NodeInfo) -> Option<&mut Place> {
        self.class.as_ref()?;
        if at >= self.places.len() {
            self.places.resize_with(at + 1, Place::default);
        }
        let place = &mut self.places[at];
        if place.generation != node.generation {
            *place = Place {
                generation: node.generation,
                ..Place::default()
            };
        }
        Some(place)
    }

    /// Whether the pod fits on the node at a place, by `ask` where that is not known. What other nodes have a say in (`facts`) is
    /// not remembered.
    pub fn verdict(
        &mut self,
        at: usize,
        node: &NodeInfo,
        facts: &Facts,
        ask: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match self.place(at, node).filter(|_| facts.are_none()) {
            Some(place) => place.verdict.get_or_insert_with(ask).clone(),
            None => ask(),
        }
    }

    /// The raw score that a plugin gives the node at a place, by `ask` where that is not known.
    pub fn score(
        &mut self,
        plugin: usize,
        at: usize,
        node: &NodeInfo,
        ask: impl FnOnce() -> i64,
    ) -> i64 {
        let place = self.place(at, node);
        match place.and_then(|p| p.scores.get_mut(plugin)) {
            Some(score) => *score.get_or_insert_with(ask),
            None => ask(),
        }
    }

    /// Takes note of what PodTopologySpread, which stands at a place in the profile, has prepared: under other constraints or
    /// weights its scores are others.
    pub fn note_spread(&mut self, plugin: usize, state: &CycleState<'_>) {
        if self.spread.as_ref() != state.spread_scores.get() {
            self.spread = state.spread_scores.get().cloned();
            for place in &mut self.places {
                if let Some(score) = place.scores.get_mut(plugin) {
                    *score = None;
                }
            }
        }
    }

    /// Ends a cycle: keeps what was worked out of all nodes.
    pub fn end(&mut self, state: &CycleState<'_>) {
        if self.image_spread.is_none() {
            self.image_spread = state.image_spread.get().cloned();
        }
    }
}
