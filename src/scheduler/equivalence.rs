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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Rng;
    use crate::scheduler::cache::Cache;
    use crate::scheduler::framework::Plugin;
    use crate::scheduler::plugins::{DEFAULT_PLUGINS, Weighted};
    use crate::scheduler::schedule_one::{Found, Nominated, schedule_pod};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    fn object(json: &str) -> Value {
        Value::from_json(json.as_bytes()).expect("JSON")
    }

    fn node(name: usize, rng: &mut Rng) -> Value {
        let pick = |rng: &mut Rng, all: &[&str]| all[rng.below(all.len())].to_owned();
        let disk = pick(rng, &["", r#", "disk": "ssd""#]);
        let taints = pick(
            rng,
            &["", r#""taints": [{"key": "a", "effect": "NoSchedule"}]"#],
        );
        let images = pick(rng, &["nginx:1.27", "redis:8"]);
        object(&format!(
            r#"{{"metadata": {{"name": "n{name}", "labels": {{"kubernetes.io/hostname": "n{name}"{disk}}}}}, "spec": {{{taints}}},
                "status": {{"allocatable": {{"cpu": "2", "memory": "4Gi", "pods": "7"}},
                            "images": [{{"names": ["docker.io/library/{images}"], "sizeBytes": 524288000}}]}}}}"#
        ))
    }

    /// Pods of a few templates.
    fn pod(uid: usize, template: usize) -> Arc<PodInfo> {
        let spec = [
            r#""containers": [{"name": "c", "image": "nginx:1.27"}]"#,
            r#""containers": [{"name": "c", "image": "redis:8"}]"#,
            r#""containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "300m"}}}]"#,
            r#""tolerations": [{"operator": "Exists"}], "containers": [{"name": "c", "image": "x"}]"#,
            r#""nodeSelector": {"disk": "ssd"}, "containers": [{"name": "c", "image": "x"}]"#,
            r#""containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 80, "hostPort": 80}]}]"#,
            r#""topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": "a"}}}], "containers": [{"name": "c", "image": "x"}]"#,
            r#""topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "a"}}}], "containers": [{"name": "c", "image": "x"}]"#,
        ][template];
        Arc::new(PodInfo::new(&object(&format!(
            r#"{{"metadata": {{"name": "p{uid}", "namespace": "d", "uid": "u{uid}", "labels": {{"app": "a"}}}}, "spec": {{{spec}}}}}"#
        ))))
    }

    fn seek(
        plugins: &[Weighted],
        pod: &Arc<PodInfo>,
        cache: &Cache,
        known: &mut Equivalence,
    ) -> Found {
        let nodes = cache.snapshot();
        let state = CycleState::new(pod, &nodes, cache.any_affinity());
        known.begin(&state, cache.node_changes());
        let found = schedule_pod(
            plugins,
            &state,
            known,
            &Nominated::new(),
            0,
            &mut Rng::new(1),
        );
        known.end(&state);
        found
    }

    #[test]
    fn what_is_kept_is_what_would_be_found_anew() {
        let mut rng = Rng::new(7);
        let (mut cache, mut known) = (Cache::default(), Equivalence::default());
        for i in 0..6 {
            cache.set_node(&node(i, &mut rng));
        }
        let (mut template, mut gone) = (0, 0);
        for uid in 0..600 {
            match rng.below(24) {
                0 => cache.set_node(&node(rng.below(8), &mut rng)),
                1 => cache.remove_node(&format!("n{}", rng.below(8))),
                2..=8 => template = rng.below(8),
                _ => {}
            }
            let pod = pod(uid, template);
            let kept = seek(DEFAULT_PLUGINS, &pod, &cache, &mut known);
            let anew = seek(DEFAULT_PLUGINS, &pod, &cache, &mut Equivalence::default());
            let seen = |f: &Found| {
                format!(
                    "{:?} {:?} {:?} {:?}",
                    f.node, f.refusals, f.verdicts, f.scores
                )
            };
            assert_eq!(seen(&kept), seen(&anew), "pod {uid} of template {template}");
            if let Some(node) = kept.node {
                cache.assume(pod, &node);
            }
            while uid - gone > 24 {
                cache.remove_pod(&format!("u{gone}"));
                gone += 1;
            }
        }
    }

    struct Counting;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    impl Plugin for Counting {
        fn name(&self) -> &'static str {
            "Counting"
        }
        fn filter(&self, _: &Facts, _: &PodInfo, _: &NodeInfo) -> Result<(), Refusal> {
            ASKED.fetch_add(1, Relaxed);
            Ok(())
        }
    }

    #[test]
    fn only_nodes_that_changed_are_asked_again() {
        let (mut cache, mut known) = (Cache::default(), Equivalence::default());
        for i in 0..5 {
            cache.set_node(&node(i, &mut Rng::new(1)));
        }
        let mut asked = |pod: Arc<PodInfo>, cache: &mut Cache| {
            let before = ASKED.load(Relaxed);
            let found = seek(&[(&Counting, 0)], &pod, cache, &mut known);
            cache.assume(pod, &found.node.expect("all fit"));
            ASKED.load(Relaxed) - before
        };
        assert_eq!(asked(pod(0, 0), &mut cache), 5);
        assert_eq!(asked(pod(1, 0), &mut cache), 1);
        assert_eq!(asked(pod(2, 2), &mut cache), 5);
    }
}
