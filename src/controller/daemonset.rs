//! Runs one pod per node (upstream's `pkg/controller/daemon`).

mod nodes;
mod revisions;
mod status;
mod update;

use super::expectations::Expectations;
use super::pod_control;
use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, orphans_of};
use crate::apimachinery::{Selector, Timestamp, Value};
use crate::client::{Delta, EventRecorder};
use crate::collections::{Arrange, SortedMap};
use crate::tree;
use std::time::Duration;

const BURST_REPLICAS: usize = 250;
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const MAX_BACK_OFF: Duration = Duration::from_secs(900);

/// The daemon set controller.
#[derive(Clone)]
pub struct DaemonSetController {
    expectations: Expectations,
    recorder: EventRecorder,
    /// How long failed pods of a set on a node wait before they are replaced, and since when.
    back_off: SortedMap<String, (Duration, Timestamp)>,
}

impl Default for DaemonSetController {
    fn default() -> Self {
        Self {
            expectations: Expectations::default(),
            recorder: EventRecorder::new("daemonset-controller", ""),
            back_off: SortedMap::new(),
        }
    }
}

/// Pods of a set by the node they are on or meant for, the oldest first.
type NodePods = SortedMap<String, Vec<Value>>;

impl DaemonSetController {
    fn pod_changed(&mut self, delta: &Delta, watching: &mut Watching<'_>) {
        let owner = |pod: &Value| {
            let owner =
                watching
                    .stores
                    .resolve(Kind::DaemonSets, pod.namespace(), pod.controller_of()?)?;
            Some(owner.key())
        };
        let (old, new) = match delta {
            Delta::Added(pod) | Delta::Deleted(pod) => (None, pod),
            Delta::Updated(old, new) => (Some(old), new),
        };
        let key = owner(new);
        match (delta, &key) {
            (Delta::Added(pod), Some(key)) if !pod.is_terminating() => {
                self.expectations.creation_observed(key)
            }
            (Delta::Updated(..), Some(_)) if !new.is_terminating() => {}
            (_, Some(key)) => self.expectations.deletion_observed(key, new.uid()),
            _ => {}
        }
        let was = old
            .filter(|old| old.controller_of() != new.controller_of())
            .and_then(owner);
        if let Some(was) = was {
            watching.add(was);
        }
        match key {
            Some(key) => {
                let min_ready = watching.stores[Kind::DaemonSets]
                    .get(&key)
                    .and_then(|ds| ds.at(&["spec", "minReadySeconds"]).as_i64())
                    .unwrap_or(0);
                if min_ready > 0 && old.is_some() {
                    let delay = Duration::from_secs(min_ready.unsigned_abs() + 1);
                    watching.add_after(key.clone(), delay);
                }
                watching.add(key);
            }
            None if new.controller_of().is_none() => {
                for ds in watching.stores[Kind::DaemonSets].in_namespace(new.namespace()) {
                    let selector = Selector::from_label_selector(ds.at(&["spec", "selector"]));
                    if selector.is_ok_and(|s| !s.is_everything() && s.matches_object(new)) {
                        watching.queue.add(ds.key(), watching.now, watching.cause);
                    }
                }
            }
            None => {}
        }
    }

    fn sync(&mut self, key: &str, ds: Value, work: &mut Work<'_, '_>) -> Outcome {
        if ds.at(&["spec", "selector"]).is_empty() {
            let text = "This daemon set is selecting all pods. A non-empty selector is required.";
            self.recorder
                .event(work.cx, &ds, "Warning", "SelectingAll", text);
            return Ok(Action::AwaitChange);
        }
        if ds.is_terminating() {
            return Ok(Action::AwaitChange);
        }
        work.looked_at(work.stores[Kind::Nodes].len());
        let (current, old) = revisions::construct(&ds, work)?;
        let hash = current
            .label(super::history::REVISION_LABEL)
            .unwrap_or_default()
            .to_owned();
        if !self.expectations.satisfied(key, work.cx.now) {
            return self.update_status(&ds, &hash, false, work);
        }
        let result = self.update_daemon_set(key, &ds, &hash, &old, work);
        let outcome = self.update_status(&ds, &hash, true, work)?;
        result.map(|()| outcome)
    }

    fn update_daemon_set(
        &mut self,
        key: &str,
        ds: &Value,
        hash: &str,
        old: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        self.manage(key, ds, hash, work)?;
        if self.expectations.satisfied(key, work.cx.now)
            && ds.at(&["spec", "updateStrategy", "type"]) == &"RollingUpdate"
        {
            self.rolling_update(key, ds, hash, work)?;
        }
        let live = self.node_pods(ds, work)?;
        revisions::cleanup(ds, old, &live, work)
    }

    /// Pods that belong to the set, by node.
    fn node_pods(&self, ds: &Value, work: &mut Work<'_, '_>) -> Result<NodePods, Error> {
        let selector =
            Selector::from_label_selector(ds.at(&["spec", "selector"])).map_err(Error::other)?;
        let pods = &work.stores[Kind::Pods];
        let candidates = pods
            .by_index("owner", ds.uid())
            .chain(pods.by_index("owner", &orphans_of(ds.namespace())))
            .cloned()
            .collect();
        let claimed = RefManager::new(ds, Kind::DaemonSets, &selector, Kind::Pods).claim(
            work,
            candidates,
            |_| true,
        )?;
        let mut by_node = NodePods::new();
        for pod in claimed {
            if let Some(node) = nodes::target_node(&pod) {
                by_node.entry(node).or_default().push(pod);
            }
        }
        for pods in by_node.values_mut() {
            pods.arrange_by_key(|p| {
                (
                    p.meta().get("creationTimestamp").str().to_owned(),
                    p.name().to_owned(),
                )
            });
        }
        Ok(by_node)
    }

    /// Finds the nodes that lack a pod and the pods that should not be there, and sets both right.
    fn manage(
        &mut self,
        key: &str,
        ds: &Value,
        hash: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let by_node = self.node_pods(ds, work)?;
        let (mut needing, mut surplus) = (Vec::new(), Vec::new());
        let all: Vec<Value> = work.stores[Kind::Nodes].iter().cloned().collect();
        let probe = nodes::Probe::new(ds);
        for node in &all {
            let pods = by_node.get(node.name()).map_or(&[][..], Vec::as_slice);
            self.judge_node(
                ds,
                hash,
                node,
                pods,
                &probe,
                work,
                &mut needing,
                &mut surplus,
            );
        }
        for (node, pods) in &by_node {
            if work.stores[Kind::Nodes].get(node).is_none() {
                let unscheduled = pods
                    .iter()
                    .filter(|p| p.at(&["spec", "nodeName"]).is_empty());
                surplus.extend(unscheduled.cloned());
            }
        }
        self.sync_nodes(key, ds, surplus, needing, hash, work)
    }

    #[allow(clippy::too_many_arguments)]
    fn judge_node(
        &mut self,
        ds: &Value,
        hash: &str,
        node: &Value,
        pods: &[Value],
        probe: &nodes::Probe,
        work: &mut Work<'_, '_>,
        needing: &mut Vec<String>,
        surplus: &mut Vec<Value>,
    ) {
        let (should_run, should_continue) = probe.judge(node);
        if should_run && pods.is_empty() {
            return needing.push(node.name().to_owned());
        }
        if !should_continue {
            return surplus.extend(pods.iter().filter(|p| !p.is_terminating()).cloned());
        }
        let mut running = Vec::new();
        for pod in pods.iter().filter(|p| !p.is_terminating()) {
            match pod.at(&["status", "phase"]).str() {
                "Failed" => {
                    if let Some(wait) = self.in_back_off(ds, node.name(), work.cx.now) {
                        work.add_after(ds.key(), wait);
                        continue;
                    }
                    let text = format!(
                        "Found failed daemon pod {} on node {}, will try to kill it",
                        pod.key(),
                        node.name()
                    );
                    self.recorder
                        .event(work.cx, ds, "Warning", "FailedDaemonPod", &text);
                    surplus.push(pod.clone());
                }
                "Succeeded" => {
                    let text = format!(
                        "Found succeeded daemon pod {} on node {}, will try to delete it",
                        pod.key(),
                        node.name()
                    );
                    self.recorder
                        .event(work.cx, ds, "Normal", "SucceededDaemonPod", &text);
                    surplus.push(pod.clone());
                }
                _ => running.push(pod.clone()),
            }
        }
        surplus.extend(update::surplus_of(ds, hash, running, work.cx.now));
    }

    /// How long a failed pod on a node has still to wait; none where it may be replaced now, which doubles the next wait.
    fn in_back_off(&mut self, ds: &Value, node: &str, now: Timestamp) -> Option<Duration> {
        let key = format!("{}/{}/{node}", ds.uid(), ds.generation());
        let entry = self.back_off.get(&key).copied();
        if let Some((wait, since)) = entry
            && since + wait > now
        {
            return Some((since + wait).since(now));
        }
        let wait = match entry {
            Some((wait, since)) if now.since(since) < wait * 2 => (wait * 2).min(MAX_BACK_OFF),
            _ => FIRST_BACK_OFF,
        };
        self.back_off.insert(key, (wait, now));
        None
    }

    /// Deletes and creates pods, at most 250 of each.
    fn sync_nodes(
        &mut self,
        key: &str,
        ds: &Value,
        mut surplus: Vec<Value>,
        mut needing: Vec<String>,
        hash: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        needing.truncate(BURST_REPLICAS);
        surplus.truncate(BURST_REPLICAS);
        let uids = surplus.iter().map(|p| p.uid().to_owned());
        self.expectations
            .expect(key, needing.len(), uids, work.cx.now);
        let template = nodes::template(ds, hash);
        let pod = pod_control::pod_from_template(&template, ds, Kind::DaemonSets);
        let recorder = &mut self.recorder;
        let (made, error) = pod_control::slow_start_batch(needing.len(), |i| {
            let mut pod = pod.clone();
            nodes::pin(&mut pod, &needing[i]);
            match pod_control::create_pod(work, recorder, ds, pod) {
                Err(e) if e.has_cause("NamespaceTerminating") => Ok(()),
                other => other.map(|_| ()),
            }
        });
        for _ in made..needing.len() {
            self.expectations.creation_observed(key);
        }
        let mut error = error.map(Error::from);
        for pod in &surplus {
            let (namespace, name) = (pod.namespace(), pod.name());
            if let Err(e) = pod_control::delete_pod(work, &mut self.recorder, ds, namespace, name) {
                self.expectations.deletion_observed(key, pod.uid());
                if !e.is_not_found() {
                    error = error.or(Some(e.into()));
                }
            }
        }
        error.map_or(Ok(()), Err)
    }
}

impl Reconciler for DaemonSetController {
    const NAME: &'static str = "daemonset-controller";
    const SERVICE_ACCOUNT: &'static str = "daemon-set-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::DaemonSets,
        Kind::Pods,
        Kind::Nodes,
        Kind::ControllerRevisions,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        match kind {
            Kind::DaemonSets => {
                if matches!(delta, Delta::Deleted(_)) {
                    self.expectations.delete(&object.key());
                }
                watching.add(object.key());
            }
            Kind::Pods => self.pod_changed(delta, watching),
            Kind::Nodes => {
                let unchanged = matches!(delta, Delta::Updated(old, new)
                    if old.get("spec") == new.get("spec")
                        && old.meta().get("labels") == new.meta().get("labels"));
                if !unchanged {
                    let keys: Vec<String> = watching.stores[Kind::DaemonSets]
                        .iter()
                        .map(Value::key)
                        .collect();
                    keys.into_iter().for_each(|key| watching.add(key));
                }
            }
            _ => {
                if let Some(owner) = object.controller_of()
                    && let Some(ds) =
                        watching
                            .stores
                            .resolve(Kind::DaemonSets, object.namespace(), owner)
                {
                    watching.add(ds.key());
                }
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::DaemonSets].get(key).cloned() {
            Some(ds) => self.sync(key, ds, work),
            None => {
                self.expectations.delete(key);
                Ok(Action::AwaitChange)
            }
        }
    }
}

/// The annotation that counts the generations of the template.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn match_fields(node: &str) -> Value {
    tree!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}])
}
