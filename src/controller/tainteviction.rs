//! Deletes pods from nodes whose `NoExecute` taints they do not, or no longer, tolerate (upstream's
//! `pkg/controller/tainteviction`).

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::update_condition;
use crate::api::core::taints::{NO_EXECUTE, tolerates};
use crate::api::core_v1::{Node, Pod, Taint, Toleration};
use crate::apimachinery::meta::split_key;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{DeleteOptions, Delta, EventRecorder, PatchType};
use crate::collections::SortedMap;
use crate::tree;
use std::time::Duration;

/// When a pod is to be deleted, and since when.
#[derive(Clone, Copy, Debug)]
struct Eviction {
    since: Timestamp,
    at: Timestamp,
}

/// The taint eviction controller.
#[derive(Clone)]
pub struct TaintEvictionController {
    recorder: EventRecorder,
    tainted: SortedMap<String, Vec<Taint>>,
    scheduled: SortedMap<String, Eviction>,
}

impl Default for TaintEvictionController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("taint-eviction-controller", ""),
            tainted: SortedMap::new(),
            scheduled: SortedMap::new(),
        }
    }
}

/// How long a pod tolerates all of these taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tolerance {
    None,
    For(Duration),
    Forever,
}

fn tolerance(taints: &[Taint], tolerations: &[Toleration]) -> Tolerance {
    let mut least: Option<i64> = None;
    for taint in taints {
        let mut used = tolerations
            .iter()
            .filter(|t| tolerates(t, taint))
            .peekable();
        if used.peek().is_none() {
            return Tolerance::None;
        }
        // Upstream takes the first toleration that matches each taint.
        if let Some(seconds) = used.next().and_then(|t| t.toleration_seconds()) {
            least = Some(least.map_or(seconds, |l| l.min(seconds)));
        }
    }
    match least {
        None => Tolerance::Forever,
        Some(seconds) => Tolerance::For(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))),
    }
}

impl TaintEvictionController {
    fn node_changed(&mut self, name: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let node = work.stores[Kind::Nodes].get(name);
        let taints: Vec<Taint> = node.map_or(Vec::new(), |n| {
            let taints = Node::of(n).spec().taints().iter();
            taints
                .filter(|t| t.effect() == NO_EXECUTE)
                .cloned()
                .collect()
        });
        if node.is_none() {
            self.tainted.remove(name);
            return Ok(());
        }
        let pods: Vec<Value> = work.stores[Kind::Pods]
            .by_index("node", name)
            .cloned()
            .collect();
        if taints.is_empty() {
            if self.tainted.remove(name).is_some() {
                for pod in pods {
                    self.cancel(&pod.key(), work);
                }
            }
            return Ok(());
        }
        self.tainted.insert(name.to_owned(), taints);
        for pod in &pods {
            self.process_pod(pod, work)?;
        }
        Ok(())
    }

    fn process_pod(&mut self, pod: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let spec = Pod::of(pod).spec();
        let Some(taints) = self.tainted.get(spec.node_name()) else {
            return Ok(());
        };
        if pod.is_terminating() {
            return Ok(());
        }
        let (key, now) = (pod.key(), work.cx.now);
        match tolerance(taints, spec.tolerations()) {
            Tolerance::None => {
                self.cancel(&key, work);
                self.evict(&key, work)
            }
            Tolerance::Forever => {
                self.cancel(&key, work);
                Ok(())
            }
            Tolerance::For(time) => {
                let since = match self.scheduled.get(&key) {
                    // A second taint does not make the pod's time begin anew.
                    Some(e) if e.since + time < now + time => return Ok(()),
                    Some(e) => e.since,
                    None => now,
                };
                self.scheduled.insert(
                    key.clone(),
                    Eviction {
                        since,
                        at: now + time,
                    },
                );
                work.add_after(format!("evict/{key}"), time);
                Ok(())
            }
        }
    }

    fn cancel(&mut self, key: &str, work: &mut Work<'_, '_>) {
        if self.scheduled.remove(key).is_some() {
            let message = format!("Cancelling deletion of Pod {key}");
            self.record(key, &message, work);
        }
    }

    fn record(&mut self, key: &str, message: &str, work: &mut Work<'_, '_>) {
        let (namespace, name) = split_key(key);
        let pod = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": name, "namespace": namespace,
        }});
        self.recorder
            .event(work.cx, &pod, "Normal", "TaintManagerEviction", message);
    }

    fn evict(&mut self, key: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
        self.scheduled.remove(key);
        let Some(pod) = work.stores[Kind::Pods].get(key).cloned() else {
            return Ok(());
        };
        let message = format!("Marking for deletion Pod {key}");
        self.record(key, &message, work);
        let mut conditions = pod.at(&["status", "conditions"]).clone();
        let condition = tree!({
            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "observedGeneration": pod.generation(),
        });
        let (namespace, name) = split_key(key);
        if update_condition(&mut conditions, condition, work.cx.now) {
            let added = conditions
                .items()
                .iter()
                .find(|c| c.get("type") == &"DisruptionTarget");
            let mut patch = tree!({"metadata": {"uid": pod.uid()}});
            patch
                .at_mut(&["status", "conditions"])
                .push(added.cloned().unwrap_or_default());
            let def = Kind::Pods.def();
            match work
                .cx
                .patch(def, namespace, name, "status", PatchType::Strategic, patch)
            {
                Err(e) if e.is_not_found() => return Ok(()),
                Err(e) => return Err(e.into()),
                Ok(_) => {}
            }
        }
        let options = DeleteOptions::default();
        match work.cx.delete(Kind::Pods.def(), namespace, name, &options) {
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => Ok(()),
        }
    }
}

impl Reconciler for TaintEvictionController {
    const NAME: &'static str = "taint-eviction-controller";
    const SERVICE_ACCOUNT: &'static str = "node-controller";
    const WATCHES: &'static [Kind] = &[Kind::Nodes, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::Nodes {
            let unchanged = matches!(delta, Delta::Updated(old, new)
                if old.at(&["spec", "taints"]) == new.at(&["spec", "taints"]));
            if !unchanged {
                watching.add(format!("node/{}", object.name()));
            }
            return;
        }
        let node = object.at(&["spec", "nodeName"]).str();
        let key = object.key();
        if matches!(delta, Delta::Deleted(_)) {
            if self.scheduled.contains_key(&key) {
                watching.add(format!("gone/{key}"));
            }
            return;
        }
        let moved = match delta {
            Delta::Updated(old, new) => {
                old.at(&["spec", "nodeName"]) != new.at(&["spec", "nodeName"])
                    || old.at(&["spec", "tolerations"]) != new.at(&["spec", "tolerations"])
            }
            _ => true,
        };
        if moved && !node.is_empty() && self.tainted.contains_key(node) {
            watching.add(format!("pod/{key}"));
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match key.split_once('/') {
            Some(("node", name)) => self.node_changed(name, work)?,
            Some(("pod", key)) => {
                if let Some(pod) = work.stores[Kind::Pods].get(key).cloned() {
                    self.process_pod(&pod, work)?;
                }
            }
            Some(("gone", key)) => self.cancel(key, work),
            Some((_, key)) => {
                if self.scheduled.get(key).is_some_and(|e| e.at <= work.cx.now) {
                    self.evict(key, work)?;
                }
            }
            None => {}
        }
        Ok(Action::AwaitChange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_toleration_counts() {
        let taint = |key: &str| Taint(tree!({"key": key, "effect": "NoExecute"}));
        let toleration = |key: &str, seconds: Option<i64>| {
            let mut t = Toleration(tree!({"key": key, "operator": "Exists"}));
            if let Some(s) = seconds {
                t.set_toleration_seconds(s);
            }
            t
        };
        let both = [taint("a"), taint("b")];
        for (tolerations, wanted) in [
            (vec![toleration("a", None)], Tolerance::None),
            (
                vec![toleration("a", None), toleration("b", None)],
                Tolerance::Forever,
            ),
            (
                vec![toleration("a", Some(9)), toleration("b", Some(5))],
                Tolerance::For(Duration::from_secs(5)),
            ),
            (
                vec![toleration("a", Some(-1)), toleration("b", None)],
                Tolerance::For(Duration::ZERO),
            ),
        ] {
            assert_eq!(tolerance(&both, &tolerations), wanted);
        }
    }
}
