//! Counts how many pods of a PodDisruptionBudget may be evicted now (upstream's `pkg/controller/disruption`).

use super::pod_control::has_labels;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::pod_util::is_pod_ready;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Selector, Timestamp, Value, intstr};
use crate::client::{Delta, EventRecorder};
use crate::collections::{Arrange, SortedMap, SortedSet};
use crate::tree;
use std::time::Duration;

/// How long an evicted pod may take until its deletion shows.
const DELETION_TIMEOUT: Duration = Duration::from_secs(120);

/// The disruption controller.
#[derive(Clone)]
pub struct DisruptionController {
    recorder: EventRecorder,
}

impl Default for DisruptionController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("controllermanager", ""),
        }
    }
}

/// How many pods there should be, how many of them healthy.
struct Expected {
    pods: i64,
    healthy: i64,
    unmanaged: Vec<String>,
}

fn selector(budget: &Value) -> Result<Selector, Error> {
    Selector::from_label_selector(budget.at(&["spec", "selector"])).map_err(Error::other)
}

impl DisruptionController {
    fn sync(&mut self, budget: &Value, work: &mut Work<'_, '_>) -> Outcome {
        let selector = selector(budget)?;
        let pods: Vec<Value> = work.stores[Kind::Pods]
            .in_namespace(budget.namespace())
            .filter(|p| selector.matches_object(p))
            .cloned()
            .collect();
        work.looked_at(pods.len());
        if pods.is_empty() {
            self.recorder.event(
                work.cx,
                budget,
                "Normal",
                "NoPods",
                "No matching pods found",
            );
        }
        let expected = match expected(budget, &pods, work) {
            Ok(expected) => expected,
            Err(e) => {
                let message = format!("Failed to calculate the number of expected pods: {e}");
                let reason = "CalculateExpectedPodCountFailed";
                self.recorder
                    .event(work.cx, budget, "Warning", reason, &message);
                return self.fail_safe(budget, e, work);
            }
        };
        if !expected.unmanaged.is_empty() {
            self.complain_of_unmanaged(budget, work);
        }
        let (disrupted, recheck) = self.disrupted_pods(budget, &pods, work);
        let now = work.cx.now;
        let is_healthy = |p: &&Value| {
            !p.is_terminating() && !disrupted.contains_key(p.name()) && is_pod_ready(Pod::of(p))
        };
        let healthy = pods.iter().filter(is_healthy).count() as i64;
        let mut allowed = (healthy - expected.healthy).max(0);
        if expected.pods <= 0 {
            allowed = 0;
        }
        let mut status = tree!({
            "disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": expected.healthy,
            "expectedPods": expected.pods, "observedGeneration": budget.generation(),
        });
        if !disrupted.is_empty() {
            let map = disrupted.into_iter().map(|(k, v)| (k.into(), v)).collect();
            status.set("disruptedPods", Value::Map(map));
        }
        let (value, reason) = if allowed > 0 {
            ("True", "SufficientPods")
        } else {
            ("False", "InsufficientPods")
        };
        status.set("conditions", conditions(budget, value, reason, "", now));
        store(budget, status, work)?;
        Ok(recheck.map_or(Action::AwaitChange, |at| {
            Action::RequeueAfter(at.since(now))
        }))
    }

    fn complain_of_unmanaged(&mut self, budget: &Value, work: &mut Work<'_, '_>) {
        let selector = go_string(budget.at(&["spec", "selector"]));
        let message = format!(
            "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
        );
        self.recorder
            .event(work.cx, budget, "Warning", "UnmanagedPods", &message);
    }

    /// Without knowing how many pods there should be, none may be evicted.
    fn fail_safe(&mut self, budget: &Value, error: Error, work: &mut Work<'_, '_>) -> Outcome {
        let mut status = budget.get("status").clone();
        status.set("disruptionsAllowed", 0);
        status.set("observedGeneration", budget.generation());
        for field in ["currentHealthy", "desiredHealthy", "expectedPods"] {
            if !status.has(field) {
                status.set(field, 0);
            }
        }
        let message = error.to_string();
        let list = conditions(budget, "False", "SyncFailed", &message, work.cx.now);
        status.set("conditions", list);
        store(budget, status, work)?;
        Err(error)
    }

    /// Pods whose eviction was granted and whose deletion has yet to show, and when to look again.
    fn disrupted_pods(
        &mut self,
        budget: &Value,
        pods: &[Value],
        work: &mut Work<'_, '_>,
    ) -> (SortedMap<String, Value>, Option<Timestamp>) {
        let mut out = SortedMap::new();
        let mut recheck: Option<Timestamp> = None;
        for pod in pods.iter().filter(|p| !p.is_terminating()) {
            let since = budget.at(&["status", "disruptedPods"]).get(pod.name());
            let Some(at) = Timestamp::parse(since.str()).map(|t| t + DELETION_TIMEOUT) else {
                continue;
            };
            if at < work.cx.now {
                let message = format!(
                    "Pod was expected by PDB {} to be deleted but it wasn't",
                    budget.key()
                );
                self.recorder
                    .event(work.cx, pod, "Warning", "NotDeleted", &message);
                continue;
            }
            recheck = Some(recheck.map_or(at, |r| r.min(at)));
            out.insert(pod.name().to_owned(), since.clone());
        }
        (out, recheck)
    }
}

/// How many pods a budget counts with (`getExpectedPodCount`).
fn expected(budget: &Value, pods: &[Value], work: &mut Work<'_, '_>) -> Result<Expected, Error> {
    let spec = budget.get("spec");
    if let Value::Int(n) = spec.get("minAvailable") {
        return Ok(Expected {
            pods: pods.len() as i64,
            healthy: *n,
            unmanaged: Vec::new(),
        });
    }
    let (scale, unmanaged) = expected_scale(pods, work)?;
    let share = |v: &Value| intstr::scaled_value(v, scale, true).map_err(Error::other);
    let healthy = match (spec.get("maxUnavailable"), spec.get("minAvailable")) {
        (Value::Null, Value::Null) => 0,
        (Value::Null, min) => share(min)?,
        (max, _) => (scale - share(max)?).max(0),
    };
    Ok(Expected {
        pods: scale,
        healthy,
        unmanaged,
    })
}

/// The sum of the sizes of all controllers of the pods, and the pods that have none.
fn expected_scale(pods: &[Value], work: &mut Work<'_, '_>) -> Result<(i64, Vec<String>), Error> {
    let mut seen: SortedSet<String> = SortedSet::new();
    let (mut sum, mut unmanaged) = (0, Vec::new());
    for pod in pods {
        let Some(reference) = pod.controller_of() else {
            unmanaged.push(pod.name().to_owned());
            continue;
        };
        if !seen.insert(reference.get("uid").str().to_owned()) {
            continue;
        }
        let Some((uid, scale)) = controller_scale(pod.namespace(), reference, work) else {
            return Err(Error::other(format!(
                "found no controllers for pod \"{}\"",
                pod.name()
            )));
        };
        // Several ReplicaSets of one Deployment count once.
        if uid == reference.get("uid").str() || seen.insert(uid) {
            sum += scale;
        }
    }
    Ok((sum, unmanaged))
}

fn controller_scale(
    namespace: &str,
    reference: &Value,
    work: &Work<'_, '_>,
) -> Option<(String, i64)> {
    let kind = Kind::of_reference(reference)?;
    let found = work.stores.resolve(kind, namespace, reference)?;
    let size = |o: &Value| {
        let replicas = o.at(&["spec", "replicas"]).as_i64().unwrap_or(1);
        (o.uid().to_owned(), replicas)
    };
    match kind {
        Kind::ReplicaSets => {
            let owner = found
                .controller_of()
                .and_then(|r| work.stores.resolve(Kind::Deployments, namespace, r));
            Some(size(owner.unwrap_or(found)))
        }
        Kind::ReplicationControllers | Kind::StatefulSets => Some(size(found)),
        _ => None,
    }
}

fn conditions(budget: &Value, status: &str, reason: &str, message: &str, now: Timestamp) -> Value {
    let mut list = budget.at(&["status", "conditions"]).clone();
    let mut condition = tree!({
        "type": "DisruptionAllowed", "status": status, "reason": reason, "message": message,
        "observedGeneration": budget.generation(),
    });
    let old = list
        .items()
        .iter()
        .position(|c| c.get("type") == &"DisruptionAllowed");
    match old.map(|i| list.items()[i].clone()) {
        Some(old) if old.get("status") == &status => {
            condition.set("lastTransitionTime", old.get("lastTransitionTime"));
        }
        _ => condition.set("lastTransitionTime", now),
    }
    match old {
        Some(i) => list.items_mut()[i] = condition,
        None => list.push(condition),
    }
    list
}

fn store(budget: &Value, status: Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    if budget.get("status") == &status {
        return Ok(());
    }
    let mut budget = budget.clone();
    budget.set("status", status);
    work.cx
        .update_status(Kind::PodDisruptionBudgets.def(), budget)?;
    Ok(())
}

fn may_select(budget: &Value, pod: &Value) -> bool {
    let spec = budget.at(&["spec", "selector"]);
    // Cheap first: most pods are of another application.
    has_labels(pod.labels(), spec.get("matchLabels"))
        && Selector::from_label_selector(spec).is_ok_and(|s| s.matches_object(pod))
}

impl Reconciler for DisruptionController {
    const NAME: &'static str = "disruption-controller";
    const SERVICE_ACCOUNT: &'static str = "disruption-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::PodDisruptionBudgets,
        Kind::Pods,
        Kind::ReplicationControllers,
        Kind::ReplicaSets,
        Kind::Deployments,
        Kind::StatefulSets,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let stores = watching.stores;
        match kind {
            Kind::PodDisruptionBudgets => watching.add(delta.object().key()),
            Kind::Pods => {
                let old = match delta {
                    Delta::Updated(old, _) => Some(old),
                    _ => None,
                };
                let pod = delta.object();
                for budget in stores[Kind::PodDisruptionBudgets].in_namespace(pod.namespace()) {
                    if may_select(budget, pod) || old.is_some_and(|old| may_select(budget, old)) {
                        watching.add(budget.key());
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::PodDisruptionBudgets].get(key).cloned() {
            Some(budget) => self.sync(&budget, work),
            None => Ok(Action::AwaitChange),
        }
    }
}
/// A label selector as Go writes its protocol buffer type.
fn go_string(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".to_owned();
    }
    let mut labels: Vec<(&str, &str)> = selector
        .get("matchLabels")
        .fields()
        .map(|(key, value)| (key, value.str()))
        .collect();
    labels.arrange();
    let labels: String = labels.iter().map(|(k, v)| format!("{k}: {v},")).collect();
    let one = |r: &Value| {
        let values: Vec<&str> = r.get("values").items().iter().map(Value::str).collect();
        format!(
            "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
            r.get("key").str(),
            r.get("operator").str(),
            values.join(" ")
        )
    };
    let expressions: String = selector
        .get("matchExpressions")
        .items()
        .iter()
        .map(one)
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}
