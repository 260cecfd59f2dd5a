//! Watches over nodes (upstream's `pkg/controller/nodelifecycle`): a silent node's conditions become Unknown, nodes are
//! tainted by their conditions, and pods of a silent node are no longer ready.

mod eviction;
mod health;
mod taints;

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::update_condition;
use crate::apimachinery::Value;
use crate::client::{Delta, EventRecorder};
use crate::collections::{SortedMap, SortedSet};
use crate::tree;
use eviction::Zones;
use health::NodeHealth;
use std::time::Duration;

const MONITOR: &str = "monitor";
const EVICT: &str = "evict";

/// The node lifecycle controller.
#[derive(Clone)]
pub struct NodeLifecycleController {
    period: Duration,
    grace_period: Duration,
    recorder: EventRecorder,
    health: SortedMap<String, NodeHealth>,
    known: SortedMap<String, Value>,
    to_retry: SortedSet<String>,
    zones: Zones,
}

impl NodeLifecycleController {
    /// A controller that looks at all nodes every `period` and calls one silent after `grace_period`.
    pub fn new(period: Duration, grace_period: Duration) -> Self {
        Self {
            period,
            grace_period,
            recorder: EventRecorder::new("node-controller", ""),
            health: SortedMap::new(),
            known: SortedMap::new(),
            to_retry: SortedSet::new(),
            zones: Zones::default(),
        }
    }

    fn monitor(&mut self, work: &mut Work<'_, '_>) -> Outcome {
        self.register(work);
        let nodes: Vec<Value> = work.stores[Kind::Nodes].iter().cloned().collect();
        for node in &nodes {
            let Ok((observed, current)) = self.update_health(node, work) else {
                // Somebody else wrote the node meanwhile; the next round sees it.
                continue;
            };
            self.zones.note(node, &current);
            self.process_taint_based_eviction(node, &observed, work)?;
            if current != "True" && observed == "True" {
                self.record(
                    node,
                    work,
                    "NodeNotReady",
                    &format!("Node {} status is now: NodeNotReady", node.name()),
                );
            }
            let newly = current != "True" && observed == "True";
            let again = observed != "True" && self.to_retry.contains(node.name());
            if newly || again {
                self.mark_pods_not_ready(node, work);
            }
        }
        self.handle_disruption(&nodes, work)?;
        if self.zones.has_work() {
            work.add(EVICT);
        }
        Ok(Action::RequeueAfter(self.period))
    }

    /// Greets new nodes and takes leave of those that went.
    fn register(&mut self, work: &mut Work<'_, '_>) {
        let stores = work.stores;
        let nodes = &stores[Kind::Nodes];
        let gone: Vec<Value> = self
            .known
            .values()
            .filter(|n| nodes.get(n.name()).is_none_or(|now| now.uid() != n.uid()))
            .cloned()
            .collect();
        for node in gone {
            self.known.remove(node.name());
            self.health.remove(node.name());
            self.zones.forget(node.name());
            let message = format!(
                "Node {0} event: Removing Node {0} from Controller",
                node.name()
            );
            self.record(&node, work, "RemovingNode", &message);
        }
        for node in nodes.iter() {
            if self.known.contains_key(node.name()) {
                continue;
            }
            self.known.insert(node.name().to_owned(), reference(node));
            let message = format!(
                "Node {0} event: Registered Node {0} in Controller",
                node.name()
            );
            self.record(node, work, "RegisteredNode", &message);
        }
    }

    fn record(&mut self, node: &Value, work: &mut Work<'_, '_>, reason: &str, message: &str) {
        let about = reference(node);
        self.recorder
            .event(work.cx, &about, "Normal", reason, message);
    }

    /// Says of all ready pods of a silent node that they are not ready.
    fn mark_pods_not_ready(&mut self, node: &Value, work: &mut Work<'_, '_>) {
        self.to_retry.remove(node.name());
        let pods: Vec<Value> = work.stores[Kind::Pods]
            .by_index("node", node.name())
            .cloned()
            .collect();
        for mut pod in pods {
            let ready = pod
                .at(&["status", "conditions"])
                .items()
                .iter()
                .find(|c| c.get("type") == &"Ready" && c.get("status") != &"False");
            let Some(mut condition) = ready.cloned() else {
                continue;
            };
            condition.set("status", "False");
            let now = work.cx.now;
            update_condition(pod.at_mut(&["status", "conditions"]), condition, now);
            match work.cx.update_status(Kind::Pods.def(), pod.clone()) {
                Ok(_) => {
                    let text = "Node is not ready";
                    self.recorder
                        .event(work.cx, &pod, "Warning", "NodeNotReady", text);
                }
                Err(e) if e.is_not_found() => {}
                Err(_) => {
                    self.to_retry.insert(node.name().to_owned());
                }
            }
        }
    }
}

fn reference(node: &Value) -> Value {
    tree!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name(), "uid": node.uid()}})
}

/// The `Ready` condition's status: `True`, `False`, `Unknown`; "" where there is none.
fn ready_status(node: &Value) -> &str {
    node.at(&["status", "conditions"])
        .items()
        .iter()
        .find(|c| c.get("type") == &"Ready")
        .map_or("", |c| c.get("status").str())
}

impl Reconciler for NodeLifecycleController {
    const NAME: &'static str = "node-lifecycle-controller";
    const SERVICE_ACCOUNT: &'static str = "node-controller";
    const WATCHES: &'static [Kind] = &[Kind::Nodes, Kind::Leases, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind != Kind::Nodes {
            return;
        }
        match delta {
            Delta::Updated(old, new)
                if old.get("spec") == new.get("spec")
                    && old.at(&["status", "conditions"]) == new.at(&["status", "conditions"]) => {}
            Delta::Added(node) | Delta::Updated(_, node) => {
                watching.add(format!("node/{}", node.name()))
            }
            Delta::Deleted(_) => {}
        }
    }

    fn start(&mut self, watching: &mut Watching<'_>) {
        watching.add(MONITOR);
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match key.strip_prefix("node/") {
            Some(name) => {
                if let Some(node) = work.stores[Kind::Nodes].get(name).cloned() {
                    taints::no_schedule_pass(&node, work)?;
                }
                Ok(Action::AwaitChange)
            }
            None if key == MONITOR => match self.monitor(work) {
                // The next round sets right what this one could not.
                Err(Error::Api(_)) => Ok(Action::RequeueAfter(self.period)),
                other => other,
            },
            None => self.no_execute_pass(work),
        }
    }
}
