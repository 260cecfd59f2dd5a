//! Deletes pods that nobody will finish: ended ones beyond a threshold, those of nodes that went, and terminating ones that
//! were never scheduled (upstream's `pkg/controller/podgc`).

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::{is_pod_terminal, update_condition};
use crate::api::core_v1::{Node, Pod};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{DeleteOptions, Delta, PatchType};
use crate::collections::{Arrange, SortedMap};
use crate::tree;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(20);
const QUARANTINE: Duration = Duration::from_secs(40);
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The pod garbage collector.
#[derive(Clone)]
pub struct PodGarbageCollector {
    threshold: usize,
    /// Nodes that pods name and that are not there, since when.
    missing: SortedMap<String, Timestamp>,
}

/// The pods that concern the collectors.
#[derive(Default)]
struct Found {
    ended: Vec<Value>,
    terminating: Vec<Value>,
    orphaned: Vec<Value>,
}

impl PodGarbageCollector {
    /// Keeps at most `threshold` ended pods; 0 keeps all.
    pub fn new(threshold: usize) -> Self {
        Self {
            threshold,
            missing: SortedMap::new(),
        }
    }

    /// Looks at all pods once: what concerns none of the collectors is passed by.
    fn find(&self, work: &Work<'_, '_>) -> Found {
        let mut found = Found::default();
        for pod in work.stores[Kind::Pods].iter() {
            let node = pod.at(&["spec", "nodeName"]).str();
            if self.threshold > 0 && is_pod_terminal(Pod::of(pod)) {
                found.ended.push(pod.clone());
            }
            if pod.is_terminating() {
                found.terminating.push(pod.clone());
            }
            if !node.is_empty() && work.stores[Kind::Nodes].get(node).is_none() {
                found.orphaned.push(pod.clone());
            }
        }
        found
    }

    fn collect_terminated(&self, ended: &[Value], work: &mut Work<'_, '_>) -> Result<(), Error> {
        let mut ended: Vec<&Value> = ended.iter().collect();
        if self.threshold == 0 || ended.len() <= self.threshold {
            return Ok(());
        }
        // Evicted pods go first, then the oldest.
        ended.arrange_by(|a, b| {
            let key = |p: &'_ Value| {
                let evicted = p.at(&["status", "reason"]) == &"Evicted";
                (
                    !evicted,
                    p.meta().get("creationTimestamp").str().to_owned(),
                    p.name().to_owned(),
                )
            };
            key(a).cmp(&key(b))
        });
        for pod in &ended[..ended.len() - self.threshold] {
            mark_failed_and_delete(pod, None, work)?;
        }
        Ok(())
    }

    fn collect_orphaned(
        &mut self,
        orphaned: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let now = work.cx.now;
        let node_of = |pod: &Value| pod.at(&["spec", "nodeName"]).str().to_owned();
        self.missing
            .retain(|node, _| orphaned.iter().any(|p| &node_of(p) == node));
        for pod in orphaned {
            let since = *self.missing.entry(node_of(pod)).or_insert(now);
            if now.since(since) < QUARANTINE {
                continue;
            }
            let condition = tree!({
                "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
                "message": "PodGC: node no longer exists", "observedGeneration": pod.generation(),
            });
            mark_failed_and_delete(pod, Some(condition), work)?;
        }
        Ok(())
    }

    fn collect_unscheduled(
        &self,
        terminating: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        for pod in terminating {
            if pod.at(&["spec", "nodeName"]).is_empty() {
                mark_failed_and_delete(pod, None, work)?;
            }
        }
        Ok(())
    }

    /// Pods that are being deleted on a node that was taken out of service.
    fn collect_terminating(
        &self,
        terminating: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        for pod in terminating {
            let node = work.stores[Kind::Nodes].get(pod.at(&["spec", "nodeName"]).str());
            let out = node.map(Node::of).is_some_and(|n| {
                let ready = n
                    .status()
                    .conditions()
                    .iter()
                    .any(|c| c.type_() == "Ready" && c.status() == "True");
                !ready && n.spec().taints().iter().any(|t| t.key() == OUT_OF_SERVICE)
            });
            if out {
                mark_failed_and_delete(pod, None, work)?;
            }
        }
        Ok(())
    }
}

fn mark_failed_and_delete(
    pod: &Value,
    condition: Option<Value>,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let (def, namespace, name) = (Kind::Pods.def(), pod.namespace(), pod.name());
    if !is_pod_terminal(Pod::of(pod)) {
        let mut patch = tree!({"metadata": {"uid": pod.uid()}, "status": {"phase": "Failed"}});
        if let Some(condition) = condition {
            let mut list = Value::list();
            update_condition(&mut list, condition, work.cx.now);
            patch.set_at(&["status", "conditions"], list);
        }
        match work
            .cx
            .patch(def, namespace, name, "status", PatchType::Strategic, patch)
        {
            Err(e) if e.is_not_found() => return Ok(()),
            Err(e) => return Err(e.into()),
            Ok(_) => {}
        }
    }
    let options = DeleteOptions {
        grace_period_seconds: Some(0),
        uid: Some(pod.uid().to_owned()),
        ..Default::default()
    };
    match work.cx.delete(def, namespace, name, &options) {
        Err(e) if !e.is_not_found() && !e.is_conflict() => Err(e.into()),
        _ => Ok(()),
    }
}

impl Reconciler for PodGarbageCollector {
    const NAME: &'static str = "pod-garbage-collector-controller";
    const SERVICE_ACCOUNT: &'static str = "pod-garbage-collector";
    const WATCHES: &'static [Kind] = &[Kind::Pods, Kind::Nodes];

    fn observe(&mut self, _kind: Kind, _delta: &Delta, _watching: &mut Watching<'_>) {}

    fn start(&mut self, watching: &mut Watching<'_>) {
        watching.add_after("gc", PERIOD);
    }

    fn reconcile(&mut self, _key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let found = self.find(work);
        // What fails is tried again in the next round.
        let _ = self
            .collect_terminated(&found.ended, work)
            .and_then(|()| self.collect_terminating(&found.terminating, work))
            .and_then(|()| self.collect_orphaned(&found.orphaned, work))
            .and_then(|()| self.collect_unscheduled(&found.terminating, work));
        Ok(Action::RequeueAfter(PERIOD))
    }
}
