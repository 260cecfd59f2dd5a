//! The scheduler (pkg/scheduler): takes waiting pods one by one, finds a node for each, and binds it there.

pub mod cache;
mod equivalence;
pub mod framework;
pub mod listers;
pub mod node_info;
pub mod plugins;
pub mod pod_affinity;
pub mod preemption;
pub mod queue;
pub mod schedule_one;
pub mod trace;
mod volumes;

use crate::api::core::resources::{Basis, is_resizing, requests_by};
use crate::api::core_v1::Pod;
use crate::apimachinery::http::Cause;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::client::{
    Component, Cx, DeleteOptions, Delta, EventRecorder, Informer, PatchType, Turn,
};
use crate::collections::{Arrange, SortedMap};
use crate::tree;
use cache::Cache;
use equivalence::Equivalence;
use framework::{ClusterEvent, CycleState};
use listers::{Lister, Listers};
use node_info::PodInfo;
use plugins::volume_binding::Plan;
use plugins::{DEFAULT_PLUGINS, Weighted};
use queue::{QueuedPodInfo, SchedulingQueue};
use schedule_one::{Found, Nominated, fit_error, schedule_pod};
use std::sync::Arc;
use std::time::Duration;
use trace::{Attempt, Outcome, Trace};

/// What a scheduler is told when it starts.
#[derive(Clone, Debug)]
pub struct SchedulerConfig {
    /// Pods name it in `spec.schedulerName`.
    pub name: String,
    /// How long deciding for one pod takes.
    pub cycle_time: Duration,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            name: "default-scheduler".into(),
            cycle_time: Duration::from_millis(20),
        }
    }
}

#[derive(Clone, Debug)]
struct Binding {
    at: Timestamp,
    info: QueuedPodInfo,
    node: Text,
    /// Claims that are to be bound before the pod is.
    volumes: Plan,
    /// Until when that may take, once it has begun.
    deadline: Option<Timestamp>,
}

/// The scheduler.
#[derive(Clone)]
pub struct Scheduler {
    config: SchedulerConfig,
    pods: Informer,
    nodes: Informer,
    listers: Listers,
    cache: Cache,
    queue: SchedulingQueue,
    bindings: Vec<Binding>,
    recorder: EventRecorder,
    trace: Trace,
    busy_until: Timestamp,
    next_start_node_index: usize,
    /// What is known of nodes for pods like the last.
    equivalence: Equivalence,
}

fn pods() -> &'static ResourceDef {
    schema::resource("", "v1", "pods").expect("a built-in resource")
}

fn plugins() -> &'static [Weighted] {
    DEFAULT_PLUGINS
}

fn is_over(pod: &Value) -> bool {
    matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed")
}

/// Whether a pod counts for less of something than before (`extractPodScaleDown`).
fn counts_for_less(old: &Value, new: &Value) -> bool {
    let now = requests_by(Pod::of(new), Basis::Whole);
    let less = |name: &str, before| now.get(name).is_none_or(|n| *n < before);
    let before = requests_by(Pod::of(old), Basis::Whole);
    before.into_iter().any(|(name, q)| less(&name, q))
}

impl Scheduler {
    /// A scheduler with the default profile.
    pub fn new(config: SchedulerConfig) -> Self {
        Self {
            config,
            pods: Informer::new(pods()),
            nodes: Informer::new(schema::resource("", "v1", "nodes").expect("a built-in resource")),
            listers: Listers::default(),
            cache: Cache::default(),
            queue: SchedulingQueue::default(),
            bindings: Vec::new(),
            recorder: EventRecorder::new("default-scheduler", ""),
            trace: Trace::default(),
            busy_until: Timestamp::default(),
            next_start_node_index: 0,
            equivalence: Equivalence::default(),
        }
    }

    /// Why pods were placed where they were.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Pods that wait for a node.
    pub fn waiting(&self) -> impl Iterator<Item = &QueuedPodInfo> {
        self.queue.iter()
    }

    /// Ends its watches: the process is being stopped.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        self.listers.stop(cx);
        for informer in [&mut self.pods, &mut self.nodes] {
            informer.stop(cx);
        }
    }

    fn take_deltas(&mut self, cx: &mut Cx<'_>) {
        let changed = self.listers.poll(cx);
        if changed.iter().any(|(lister, _)| lister.is_storage()) {
            self.hurry_bindings(cx.now);
            self.moved(ClusterEvent::Storage);
        }
        for delta in self.nodes.poll(cx) {
            self.node_changed(delta);
        }
        for delta in self.pods.poll(cx) {
            match delta {
                Delta::Added(pod) => self.pod_changed(None, &pod, cx.now),
                Delta::Updated(old, pod) => self.pod_changed(Some(&old), &pod, cx.now),
                Delta::Deleted(pod) => self.pod_gone(&pod),
            }
        }
    }

    fn node_changed(&mut self, delta: Delta) {
        match delta {
            Delta::Added(node) => {
                self.cache.set_node(&node);
                self.moved(ClusterEvent::NodeAdd);
            }
            Delta::Updated(old, node) => {
                self.cache.set_node(&node);
                let differs = |path: &[&str]| old.at(path) != node.at(path);
                if differs(&["status", "allocatable"]) {
                    self.moved(ClusterEvent::NodeAllocatable);
                }
                if differs(&["metadata", "labels"]) {
                    self.moved(ClusterEvent::NodeLabel);
                }
                if differs(&["spec", "taints"]) || differs(&["spec", "unschedulable"]) {
                    self.moved(ClusterEvent::NodeTaint);
                }
            }
            Delta::Deleted(node) => {
                self.cache.remove_node(node.name());
                self.moved(ClusterEvent::NodeDelete);
            }
        }
    }

    fn moved(&mut self, event: ClusterEvent) {
        self.queue.move_on_event(event, |name, event| {
            plugins()
                .iter()
                .any(|(p, _)| p.name() == name && p.may_help(event))
        });
    }

    fn pod_changed(&mut self, old: Option<&Value>, pod: &Value, now: Timestamp) {
        if !pod.at(&["spec", "nodeName"]).str().is_empty() {
            self.queue.remove(pod.uid());
            if is_over(pod) {
                if self.cache.remove_pod(pod.uid()) {
                    self.moved(ClusterEvent::AssignedPodDelete);
                }
            } else {
                let spec_same = old.is_some_and(|o| {
                    o.get("spec") == pod.get("spec")
                        && o.is_terminating() == pod.is_terminating()
                        && o.labels() == pod.labels()
                });
                // What a pod counts for while it is resized follows from its status too.
                let resizing = old.filter(|o| is_resizing(o) || is_resizing(pod));
                if !spec_same || self.cache.is_assumed(pod.uid()) {
                    self.cache.set_pod(pod);
                    self.moved(ClusterEvent::AssignedPodAdd);
                } else if resizing.is_some() {
                    self.cache.set_pod(pod);
                }
                let before = old.filter(|_| !spec_same || resizing.is_some());
                if before.is_some_and(|old| counts_for_less(old, pod)) {
                    self.moved(ClusterEvent::AssignedPodScaleDown);
                }
            }
            return;
        }
        let mine = pod.at(&["spec", "schedulerName"]).str() == self.config.name;
        if !mine || pod.is_terminating() || is_over(pod) || self.cache.is_assumed(pod.uid()) {
            if pod.is_terminating() {
                self.queue.remove(pod.uid());
            }
            return;
        }
        let info = Arc::new(PodInfo::new(pod));
        let same =
            old.is_some_and(|o| o.get("spec") == pod.get("spec") && o.labels() == pod.labels());
        if same && self.queue.get(pod.uid()).is_some() {
            return self.queue.update(info);
        }
        let gated = plugins()
            .iter()
            .find_map(|(p, _)| p.pre_enqueue(pod).err())
            .and_then(|r| r.reasons.first().cloned());
        self.queue.add(info, gated, now);
    }

    fn pod_gone(&mut self, pod: &Value) {
        self.queue.remove(pod.uid());
        self.bindings.retain(|b| b.info.pod.pod.uid() != pod.uid());
        self.note_assumed();
        if self.cache.remove_pod(pod.uid()) {
            self.moved(ClusterEvent::AssignedPodDelete);
        }
    }

    fn nominated(&self) -> Nominated {
        let mut out: Nominated = SortedMap::new();
        for p in self.queue.nominated() {
            out.entry(p.pod.status().nominated_node_name().into())
                .or_default()
                .push(p.clone());
        }
        out
    }

    fn schedule_one(&mut self, cx: &mut Cx<'_>, info: QueuedPodInfo) {
        cx.cause = Cause(info.pod.pod.resource_version().parse().unwrap_or(0));
        let nodes = self.cache.snapshot();
        let nominated = self.nominated();
        let mut state = CycleState::new(&info.pod, &nodes, self.cache.any_affinity());
        state.listers = Some(&self.listers);
        let start = self.next_start_node_index % nodes.len().max(1);
        self.equivalence.begin(&state, self.cache.node_changes());
        let known = &mut self.equivalence;
        let found = schedule_pod(plugins(), &state, known, &nominated, start, cx.rng);
        known.end(&state);
        self.next_start_node_index = start + found.looked_at;
        match found.node.clone() {
            Some(node) => {
                // Let go of, or the node would be copied for the change.
                let on = nodes.iter().find(|n| n.name == node);
                let plan = found.facts.volumes.as_ref().zip(on);
                let volumes = plan.and_then(|(v, n)| v.plan(&n.node).ok());
                drop(nodes);
                self.cache.assume(info.pod.clone(), &node);
                self.record(cx.now, &info, found, Outcome::Assigned(node.clone()));
                self.bindings.push(Binding {
                    at: cx.now + self.config.cycle_time,
                    info,
                    node,
                    volumes: volumes.unwrap_or_default(),
                    deadline: None,
                });
                self.note_assumed();
            }
            None => self.failed(cx, info, found, &nodes, &nominated),
        }
    }

    fn record(&mut self, now: Timestamp, info: &QueuedPodInfo, found: Found, outcome: Outcome) {
        let mut nodes = found.verdicts;
        if found.node.is_none() {
            nodes.arrange_by(|a, b| a.node.cmp(&b.node));
        }
        self.trace.record(Attempt {
            time: now,
            pod: info.pod.pod.key(),
            uid: info.pod.pod.uid().into(),
            number: info.attempts,
            nodes,
            scores: found.scores,
            outcome,
        });
    }

    fn failed(
        &mut self,
        cx: &mut Cx<'_>,
        mut info: QueuedPodInfo,
        found: Found,
        nodes: &[Arc<node_info::NodeInfo>],
        nominated: &Nominated,
    ) {
        info.unschedulable_plugins = found
            .refusals
            .values()
            .map(|r| r.plugin)
            .chain(found.whole.as_ref().map(|w| w.plugin))
            .collect();
        if nodes.is_empty() {
            let message = "no nodes available to schedule pods".to_owned();
            info.unschedulable_plugins = plugins().iter().map(|(p, _)| p.name()).collect();
            return self.give_up(cx, info, found, message, None);
        }
        let message = fit_error(nodes.len(), &found.refusals, found.whole.as_ref(), None);
        if found.whole.is_some() {
            // Upstream's PostFilter looks for what a PreFilter that did not come to run would have left.
            return self.give_up(cx, info, found, message + ". not found", None);
        }
        let message = message + ". no new claims to deallocate, ";
        let budgets: Vec<Value> = self.listers[Lister::Budgets].iter().cloned().collect();
        match preemption::preempt(plugins(), &info.pod, nodes, &found, nominated, &budgets) {
            Ok(candidate) => {
                self.evict(cx, &info, &candidate);
                let message = message
                    .trim_end_matches(" no new claims to deallocate, ")
                    .to_owned();
                let node = candidate.node.clone();
                self.give_up(cx, info, found, message, Some(node));
            }
            Err(why) => self.give_up(cx, info, found, message + &why, None),
        }
    }

    fn evict(&mut self, cx: &mut Cx<'_>, info: &QueuedPodInfo, candidate: &preemption::Candidate) {
        for victim in &candidate.victims {
            let pod = &victim.pod;
            let message = format!(
                "{}: preempting to accommodate a higher priority pod",
                self.config.name
            );
            let condition = tree!({
                "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": message,
                "lastTransitionTime": cx.now.to_rfc3339(), "lastProbeTime": null,
            });
            let patch = tree!({"status": {"conditions": [condition]}});
            // The victim may be gone already: then there is nothing to mark or delete.
            let _ = cx.patch(
                pods(),
                pod.namespace(),
                pod.name(),
                "status",
                PatchType::Strategic,
                patch,
            );
            if cx
                .delete(
                    pods(),
                    pod.namespace(),
                    pod.name(),
                    &DeleteOptions::default(),
                )
                .is_ok()
            {
                let message = format!(
                    "Preempted by pod {} on node {}",
                    info.pod.pod.uid(),
                    candidate.node
                );
                let about = about(pod);
                self.recorder
                    .event(cx, &about, "Normal", "Preempted", &message);
            }
        }
    }

    fn give_up(
        &mut self,
        cx: &mut Cx<'_>,
        info: QueuedPodInfo,
        found: Found,
        message: String,
        nominated: Option<Text>,
    ) {
        self.record(
            cx.now,
            &info,
            found,
            Outcome::Unschedulable(message.clone(), nominated.clone()),
        );
        let pod = info.pod.pod.clone();
        self.queue.add_unschedulable(info, cx.now);
        self.recorder
            .event(cx, &about(&pod), "Warning", "FailedScheduling", &message);
        self.write_condition(cx, &pod, &message, nominated);
    }

    fn write_condition(
        &mut self,
        cx: &mut Cx<'_>,
        pod: &Value,
        message: &str,
        nominated: Option<Text>,
    ) {
        let before = pod
            .at(&["status", "conditions"])
            .items()
            .iter()
            .find(|c| c.get("type") == &"PodScheduled");
        let had = pod.at(&["status", "nominatedNodeName"]).str();
        let same = before
            .is_some_and(|c| c.get("message").str() == message && c.get("status") == &"False");
        if same && nominated.as_ref().is_none_or(|n| n.as_str() == had) {
            return;
        }
        let since = match before {
            Some(c) if c.get("status") == &"False" => c.get("lastTransitionTime").clone(),
            _ => cx.now.into(),
        };
        let mut condition = tree!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message, "lastProbeTime": null});
        condition.set("lastTransitionTime", since);
        if pod.generation() > 0 {
            condition.set("observedGeneration", pod.generation());
        }
        let mut patch = Value::object();
        patch.set_at(&["status", "conditions"], vec![condition]);
        if let Some(node) = nominated {
            patch.set_at(&["status", "nominatedNodeName"], node);
        }
        // A pod that is gone by now needs no condition.
        let _ = cx.patch(
            pods(),
            pod.namespace(),
            pod.name(),
            "status",
            PatchType::Strategic,
            patch,
        );
    }

    fn bind_due(&mut self, cx: &mut Cx<'_>) {
        while let Some(at) = self.bindings.iter().position(|b| b.at <= cx.now) {
            let mut binding = self.bindings.remove(at);
            if !self.bind_volumes(cx, &mut binding) {
                continue;
            }
            self.note_assumed();
            let Binding { info, node, .. } = binding;
            let pod = &info.pod.pod;
            cx.cause = Cause(pod.resource_version().parse().unwrap_or(0));
            let binding = tree!({
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod.name(), "namespace": pod.namespace(), "uid": pod.uid()},
                "target": {"kind": "Node", "name": node.as_str()},
            });
            match cx.create_sub(pods(), pod.namespace(), pod.name(), "binding", binding) {
                Ok(_) => {
                    let message = format!("Successfully assigned {} to {node}", pod.key());
                    self.recorder
                        .event(cx, &about(pod), "Normal", "Scheduled", &message);
                }
                Err(e) => {
                    self.cache.forget(pod.uid());
                    if !e.is_not_found() {
                        self.queue.add_backoff(info, cx.now);
                    }
                }
            }
        }
    }
}

fn about(pod: &Value) -> Value {
    let mut about = pod.clone();
    about.set("apiVersion", "v1");
    about.set("kind", "Pod");
    about
}

impl Component for Scheduler {
    fn name(&self) -> &str {
        "kube-scheduler"
    }

    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn {
        self.take_deltas(cx);
        if !self.pods.has_synced() || !self.nodes.has_synced() || !self.listers.have_synced() {
            return Turn::Idle;
        }
        for _ in 0..64 {
            self.bind_due(cx);
            if cx.now < self.busy_until {
                return Turn::Idle;
            }
            let Some(info) = self.queue.pop(cx.now) else {
                return Turn::Idle;
            };
            self.schedule_one(cx, info);
            self.busy_until = cx.now + self.config.cycle_time;
        }
        Turn::Busy
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let bind = self.bindings.iter().map(|b| b.at).min();
        let queue = self.queue.next_deadline().map(|t| t.max(self.busy_until));
        let retry = [
            self.pods.next_deadline(),
            self.nodes.next_deadline(),
            self.listers.next_deadline(),
        ];
        let retry = retry.into_iter().flatten().min();
        [bind, queue, retry].into_iter().flatten().min()
    }
}
