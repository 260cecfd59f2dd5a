//! Sizes what a HorizontalPodAutoscaler targets by what its metrics say (upstream's `pkg/controller/podautoscaler`).

pub mod behavior;
mod metrics;
pub mod replica_calculator;

use super::rest_mapper::resource_of;
use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::status::AWAITS_WEBHOOKS;
use crate::apimachinery::{Value, meta};
use crate::client::{ApiError, Delta, EventRecorder};
use crate::collections::SortedMap;
use crate::tree;
use behavior::{Bounds, History};
use metrics::{Failure, Proposal, Scope, propose};
use replica_calculator::Tolerances;
use std::time::Duration;

/// `--horizontal-pod-autoscaler-sync-period`.
const PERIOD: Duration = Duration::from_secs(15);
/// `--horizontal-pod-autoscaler-tolerance`.
const TOLERANCE: f64 = 0.1;

/// What is kept of one autoscaler between its turns.
#[derive(Clone, Default)]
struct Kept {
    history: History,
    /// Which pods its target selects, once that is known.
    selector: Option<Selector>,
}

/// The horizontal pod autoscaler.
#[derive(Clone)]
pub struct HorizontalController {
    recorder: EventRecorder,
    kept: SortedMap<String, Kept>,
}

impl Default for HorizontalController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("horizontal-pod-autoscaler", ""),
            kept: SortedMap::new(),
        }
    }
}

fn target(reference: &Value, work: &Work<'_, '_>) -> Option<&'static ResourceDef> {
    let customs = work.cx.api.custom_kinds();
    resource_of(reference.api_version(), reference.kind(), &customs)
        .filter(|r| r.subresource("scale").is_some())
}

/// One sync of an autoscaler: what is asked for, and the status that will tell of it.
struct Sync {
    hpa: Value,
    key: String,
    status: Value,
    /// `spec.replicas` of the target.
    current: i64,
}

impl Sync {
    fn set_condition(
        &mut self,
        kind: &str,
        value: &str,
        (reason, message): (&str, &str),
        now: &str,
    ) {
        let list = self.status.entry("conditions").items_mut();
        let mut condition = tree!({
            "type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": now,
        });
        match list.iter_mut().find(|c| c.get("type").str() == kind) {
            Some(old) => {
                if old.get("status") == &value {
                    condition.set("lastTransitionTime", old.get("lastTransitionTime"));
                }
                *old = condition;
            }
            None => list.push(condition),
        }
    }

    /// `setStatus`: the sizes, and what the metrics say where that was asked.
    fn set_sizes(&mut self, current: i64, desired: Option<i64>, metrics: Option<Vec<Value>>) {
        self.status.set("currentReplicas", current);
        let before = self.status.get("desiredReplicas").as_i64().unwrap_or(0);
        self.status
            .set("desiredReplicas", desired.unwrap_or(before));
        match metrics {
            Some(metrics) => self.status.set("currentMetrics", metrics),
            None => {
                self.status.remove("currentMetrics");
            }
        }
    }

    fn spec(&self, field: &str) -> &Value {
        self.hpa.at(&["spec", field])
    }

    fn tolerances(&self) -> Tolerances {
        let own = |direction: &str| match self.spec("behavior").at(&[direction, "tolerance"]) {
            Value::Null => TOLERANCE,
            amount => Quantity::of(amount).as_f64(),
        };
        Tolerances {
            scale_down: own("scaleDown"),
            scale_up: own("scaleUp"),
        }
    }
}

/// What all metrics together ask for (`computeReplicasForMetrics`).
struct Computed {
    /// Replicas and the metric that asks for them; none where nothing may be done.
    wanted: Option<(i64, String)>,
    statuses: Vec<Value>,
    error: Option<String>,
}

impl HorizontalController {
    fn event(
        &mut self,
        sync: &Sync,
        kind: &str,
        reason: &str,
        text: &str,
        work: &mut Work<'_, '_>,
    ) {
        self.recorder.event(work.cx, &sync.hpa, kind, reason, text);
    }

    /// Reads the target's scale.
    fn scale(&self, hpa: &Value, work: &mut Work<'_, '_>) -> Result<Value, ApiError> {
        let reference = hpa.at(&["spec", "scaleTargetRef"]);
        match target(reference, work) {
            Some(def) => {
                let name = reference.get("name").str();
                work.cx.get_sub(def, hpa.namespace(), name, "scale")
            }
            None => Err(ApiError(tree!({"message": format!(
                "no matches for kind \"{}\" in group \"{}\"",
                reference.kind(),
                meta::split_api_version(reference.api_version()).0
            )}))),
        }
    }

    fn sync(&mut self, key: &str, hpa: Value, work: &mut Work<'_, '_>) -> Outcome {
        let now = work.cx.now.to_rfc3339();
        let mut status = hpa.get("status").clone();
        status.map_mut();
        let scale = self.scale(&hpa, work);
        let mut sync = Sync {
            key: key.to_owned(),
            status,
            current: 0,
            hpa,
        };
        match scale {
            Err(e) => {
                let e = e.to_string();
                self.event(&sync, "Warning", "FailedGetScale", &e, work);
                let text =
                    format!("the HPA controller was unable to get the target's current scale: {e}");
                sync.set_condition("AbleToScale", "False", ("FailedGetScale", &text), &now);
                for field in ["currentReplicas", "desiredReplicas"] {
                    if !sync.status.has(field) {
                        sync.status.set(field, 0);
                    }
                }
            }
            Ok(scale) => {
                let text = "the HPA controller was able to get the target's current scale";
                sync.set_condition("AbleToScale", "True", ("SucceededGetScale", text), &now);
                sync.current = scale.at(&["spec", "replicas"]).as_i64().unwrap_or(0);
                let kept = self.kept.entry(sync.key.clone()).or_default();
                kept.history.begin(sync.current, work.cx.now);
                self.judge(&mut sync, scale, work);
            }
        }
        if sync.hpa.get("status") != &sync.status {
            let Sync {
                mut hpa, status, ..
            } = sync;
            hpa.set("status", status);
            work.cx
                .update_status(Kind::HorizontalPodAutoscalers.def(), hpa)?;
        }
        Ok(Action::RequeueAfter(PERIOD))
    }

    /// Decides on the size and brings it about (the second half of `reconcileAutoscaler`).
    fn judge(&mut self, sync: &mut Sync, scale: Value, work: &mut Work<'_, '_>) {
        let now = work.cx.now.to_rfc3339();
        let current = sync.current;
        let min = sync.spec("minReplicas").as_i64().unwrap_or(1);
        let max = sync.spec("maxReplicas").as_i64().unwrap_or(min);
        if current == 0 && min != 0 {
            let text = "scaling is disabled since the replica count of the target is zero";
            sync.set_condition("ScalingActive", "False", ("ScalingDisabled", text), &now);
            return sync.set_sizes(current, Some(current), None);
        }
        if current > max {
            let why = "Current number of replicas above Spec.MaxReplicas";
            return self.rescale(sync, scale, (max, why), None, work);
        }
        if current < min {
            let why = "Current number of replicas below Spec.MinReplicas";
            return self.rescale(sync, scale, (min, why), None, work);
        }
        let computed = self.compute(sync, &scale, work);
        let Some((wanted, metric)) = computed.wanted else {
            sync.set_sizes(current, None, Some(computed.statuses));
            let error = computed.error.unwrap_or_default();
            self.event(
                sync,
                "Warning",
                "FailedComputeMetricsReplicas",
                &error,
                work,
            );
            return;
        };
        let why = match wanted > current {
            true => format!("{metric} above target"),
            false => "All metrics below target".to_owned(),
        };
        let bounds = Bounds {
            current,
            min,
            max,
            now: work.cx.now,
        };
        let behavior = sync.spec("behavior").clone();
        let history = &mut self.kept.entry(sync.key.clone()).or_default().history;
        let n = history.normalize(&behavior, wanted, bounds);
        sync.set_condition("AbleToScale", "True", n.able, &now);
        let limited = if n.limited { "True" } else { "False" };
        sync.set_condition("ScalingLimited", limited, n.limit, &now);
        if n.replicas == current {
            return sync.set_sizes(current, Some(current), Some(computed.statuses));
        }
        self.rescale(
            sync,
            scale,
            (n.replicas, &why),
            Some(computed.statuses),
            work,
        );
    }

    /// The selector of the target's pods, if no other autoscaler sizes them too (`validateAndParseSelector`).
    fn selector(
        &mut self,
        sync: &mut Sync,
        scale: &Value,
        work: &mut Work<'_, '_>,
    ) -> Result<Selector, String> {
        let now = work.cx.now.to_rfc3339();
        let text = scale.at(&["status", "selector"]).str();
        if text.is_empty() {
            let why = "selector is required";
            self.event(sync, "Warning", "SelectorRequired", why, work);
            let missing = "the HPA target's scale is missing a selector";
            sync.set_condition("ScalingActive", "False", ("InvalidSelector", missing), &now);
            return Err(why.into());
        }
        let (reason, why) = match Selector::parse(text) {
            Ok(selector) => {
                let kept = self.kept.entry(sync.key.clone()).or_default();
                kept.selector = Some(selector.clone());
                let others = self.controlling(sync.hpa.namespace(), &selector, work);
                if others.len() < 2 {
                    return Ok(selector);
                }
                let others = others.join(" ");
                (
                    "AmbiguousSelector",
                    format!("pods by selector {text} are controlled by multiple HPAs: [{others}]"),
                )
            }
            Err(e) => (
                "InvalidSelector",
                format!(
                    "couldn't convert selector into a corresponding internal selector object: {e}"
                ),
            ),
        };
        self.event(sync, "Warning", reason, &why, work);
        sync.set_condition("ScalingActive", "False", (reason, &why), &now);
        Err(why)
    }

    /// The autoscalers whose targets select any of the pods that a selector selects.
    fn controlling(
        &self,
        namespace: &str,
        selector: &Selector,
        work: &Work<'_, '_>,
    ) -> Vec<String> {
        let prefix = format!("{namespace}/");
        let here = self.kept.iter().filter(|(key, _)| key.starts_with(&prefix));
        let selectors: Vec<(&String, &Selector)> = here
            .filter_map(|(key, kept)| Some((key, kept.selector.as_ref()?)))
            .collect();
        if selectors.len() < 2 {
            return Vec::new();
        }
        let pods: Vec<&Value> = work.stores[Kind::Pods]
            .in_namespace(namespace)
            .filter(|p| selector.matches_object(p))
            .collect();
        let any = |s: &Selector| pods.iter().any(|p| s.matches_object(p));
        let found = selectors.into_iter().filter(|(_, s)| any(s));
        found.map(|(key, _)| key.clone()).collect()
    }

    fn compute(&mut self, sync: &mut Sync, scale: &Value, work: &mut Work<'_, '_>) -> Computed {
        let now = work.cx.now.to_rfc3339();
        let mut computed = Computed {
            wanted: None,
            statuses: Vec::new(),
            error: None,
        };
        let selector = match self.selector(sync, scale, work) {
            Ok(selector) => selector,
            Err(e) => {
                computed.error = Some(e);
                return computed;
            }
        };
        let namespace = sync.hpa.namespace().to_owned();
        let stores = work.stores;
        let pods: Vec<&Value> = stores[Kind::Pods]
            .in_namespace(&namespace)
            .filter(|p| selector.matches_object(p))
            .collect();
        let scope = Scope {
            namespace: &namespace,
            selector: scale.at(&["status", "selector"]).str(),
            pods: &pods,
            current: sync.current,
            tolerances: sync.tolerances(),
        };
        let metrics = sync.spec("metrics").items().to_vec();
        let (mut best, mut failures): (Option<(i64, String)>, Vec<Failure>) = (None, Vec::new());
        for metric in &metrics {
            match propose(metric, &scope, work) {
                Ok(Proposal {
                    replicas,
                    name,
                    status,
                }) => {
                    computed.statuses.push(status);
                    if best.as_ref().is_none_or(|(n, _)| *n == 0 || replicas > *n) {
                        best = Some((replicas, name));
                    }
                }
                Err(failure) => {
                    self.event(sync, "Warning", failure.reason, &failure.text, work);
                    computed.statuses.push(tree!({"type": ""}));
                    failures.push(failure);
                }
            }
        }
        if let Some(first) = failures.first() {
            computed.error = Some(format!(
                "invalid metrics ({} invalid out of {}), first error is: {}",
                failures.len(),
                metrics.len(),
                first.wrapped
            ));
            // With a metric missing nothing is scaled down.
            if best.as_ref().is_none_or(|(n, _)| *n < sync.current) {
                let text = format!(
                    "the HPA was unable to compute the replica count: {}",
                    first.text
                );
                sync.set_condition("ScalingActive", "False", (first.reason, &text), &now);
                return computed;
            }
        }
        if let Some((_, metric)) = &best {
            let text =
                format!("the HPA was able to successfully calculate a replica count from {metric}");
            sync.set_condition("ScalingActive", "True", ("ValidMetricFound", &text), &now);
        }
        computed.wanted = best;
        computed
    }

    fn rescale(
        &mut self,
        sync: &mut Sync,
        mut scale: Value,
        (size, why): (i64, &str),
        metrics: Option<Vec<Value>>,
        work: &mut Work<'_, '_>,
    ) {
        let now = work.cx.now.to_rfc3339();
        scale.set_at(&["spec", "replicas"], size);
        let Some(def) = target(sync.spec("scaleTargetRef"), work) else {
            return;
        };
        match work.cx.update_sub(def, "scale", scale) {
            Ok(_) => {
                let text =
                    format!("the HPA controller was able to update the target scale to {size}");
                sync.set_condition("AbleToScale", "True", ("SucceededRescale", &text), &now);
                let event = format!("New size: {size}; reason: {why}");
                self.event(sync, "Normal", "SuccessfulRescale", &event, work);
                let behavior = sync.spec("behavior").clone();
                let kept = self.kept.entry(sync.key.clone()).or_default();
                kept.history
                    .scaled(&behavior, sync.current, size, work.cx.now);
                sync.set_sizes(sync.current, Some(size), metrics);
                sync.status.set("lastScaleTime", work.cx.now);
            }
            // That is no failure: the next turn finds the answers.
            Err(e) if e.to_string().contains(AWAITS_WEBHOOKS) => {
                sync.set_sizes(sync.current, None, metrics);
            }
            Err(e) => {
                let text = format!("the HPA controller was unable to update the target scale: {e}");
                sync.set_condition("AbleToScale", "False", ("FailedUpdateScale", &text), &now);
                let event = format!("New size: {size}; reason: {why}; error: {e}");
                self.event(sync, "Warning", "FailedRescale", &event, work);
                sync.set_sizes(sync.current, None, metrics);
            }
        }
    }
}

impl Reconciler for HorizontalController {
    const NAME: &'static str = "horizontal-pod-autoscaler-controller";
    const SERVICE_ACCOUNT: &'static str = "horizontal-pod-autoscaler";
    const WATCHES: &'static [Kind] = &[Kind::HorizontalPodAutoscalers, Kind::Pods];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::HorizontalPodAutoscalers && !matches!(delta, Delta::Deleted(_)) {
            watching.add_after(delta.object().key(), PERIOD);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::HorizontalPodAutoscalers]
            .get(key)
            .cloned()
        {
            Some(hpa) => self.sync(key, hpa, work),
            None => {
                self.kept.remove(key);
                Ok(Action::AwaitChange)
            }
        }
    }
}
