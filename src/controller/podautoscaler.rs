//! Keeps the size of what a HorizontalPodAutoscaler targets within its bounds and says what it knows of its metrics (upstream's
//! `pkg/controller/podautoscaler`). No metrics server runs in this cluster, so that every metric is unavailable, in upstream's
//! words.

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Value, meta};
use crate::client::{ApiError, Delta, EventRecorder};
use crate::tree;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(15);

/// The horizontal pod autoscaler.
#[derive(Clone)]
pub struct HorizontalController {
    recorder: EventRecorder,
}

impl Default for HorizontalController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("horizontal-pod-autoscaler", ""),
        }
    }
}

fn target(reference: &Value) -> Option<&'static ResourceDef> {
    let (group, _) = meta::split_api_version(reference.api_version());
    schema::RESOURCES.iter().find(|r| {
        r.kind == reference.kind() && r.group == group && r.subresource("scale").is_some()
    })
}

/// What a metric is called in errors and conditions, and why it cannot be had.
fn unavailable(metric: &Value) -> (&'static str, String, String) {
    let kind = metric.get("type").str();
    let name = metric.at(&["resource", "name"]).str();
    let no_api = |api: &str, what: &str| {
        format!(
            "unable to fetch metrics from {api}: the server could not find the requested resource (get {what})"
        )
    };
    match kind {
        "Resource" | "ContainerResource" => {
            let name = if kind == "Resource" {
                name
            } else {
                metric.at(&["containerResource", "name"]).str()
            };
            let how = match metric.at(&["resource", "target", "type"]).str() {
                "Utilization" => "utilization",
                _ => "usage",
            };
            let why = no_api("resource metrics API", "pods.metrics.k8s.io");
            let text = format!(
                "failed to get {name} {how}: unable to get metrics for resource {name}: {why}"
            );
            let wrapped = format!("failed to get {name} resource metric value: {text}");
            ("FailedGetResourceMetric", text, wrapped)
        }
        _ => {
            let why = no_api("custom metrics API", "pods.custom.metrics.k8s.io");
            let text = format!("unable to get metric {name}: {why}");
            let reason = match kind {
                "Pods" => "FailedGetPodsMetric",
                "Object" => "FailedGetObjectMetric",
                _ => "FailedGetExternalMetric",
            };
            (reason, text.clone(), text)
        }
    }
}

fn set_condition(
    status: &mut Value,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
    now: &str,
) {
    let list = status.entry("conditions").items_mut();
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

impl HorizontalController {
    fn sync(&mut self, hpa: Value, work: &mut Work<'_, '_>) -> Outcome {
        let now = work.cx.now.to_rfc3339();
        let mut status = hpa.get("status").clone();
        status.map_mut();
        let reference = hpa.at(&["spec", "scaleTargetRef"]).clone();
        let scale = match target(&reference) {
            Some(def) => {
                let name = reference.get("name").str();
                work.cx.get_sub(def, hpa.namespace(), name, "scale")
            }
            None => Err(ApiError(tree!({"message": format!(
                "no matches for kind \"{}\" in group \"{}\"",
                reference.kind(),
                meta::split_api_version(reference.api_version()).0
            )}))),
        };
        match scale {
            Err(e) => {
                let text =
                    format!("the HPA controller was unable to get the target's current scale: {e}");
                self.recorder
                    .event(work.cx, &hpa, "Warning", "FailedGetScale", &e.to_string());
                set_condition(
                    &mut status,
                    "AbleToScale",
                    "False",
                    "FailedGetScale",
                    &text,
                    &now,
                );
            }
            Ok(scale) => self.judge(&hpa, scale, &mut status, work),
        }
        for field in ["currentReplicas", "desiredReplicas"] {
            if !status.has(field) {
                status.set(field, 0);
            }
        }
        if hpa.get("status") != &status {
            let mut hpa = hpa;
            hpa.set("status", status);
            work.cx
                .update_status(Kind::HorizontalPodAutoscalers.def(), hpa)?;
        }
        Ok(Action::RequeueAfter(PERIOD))
    }

    fn judge(&mut self, hpa: &Value, scale: Value, status: &mut Value, work: &mut Work<'_, '_>) {
        let now = work.cx.now.to_rfc3339();
        let current = scale.at(&["spec", "replicas"]).as_i64().unwrap_or(0);
        let min = hpa.at(&["spec", "minReplicas"]).as_i64().unwrap_or(1);
        let max = hpa.at(&["spec", "maxReplicas"]).as_i64().unwrap_or(min);
        status.set(
            "currentReplicas",
            scale.at(&["status", "replicas"]).as_i64().unwrap_or(0),
        );
        let text = "the HPA controller was able to get the target's current scale";
        set_condition(
            status,
            "AbleToScale",
            "True",
            "SucceededGetScale",
            text,
            &now,
        );
        let rescue = if current == 0 && min != 0 {
            let text = "scaling is disabled since the replica count of the target is zero";
            set_condition(
                status,
                "ScalingActive",
                "False",
                "ScalingDisabled",
                text,
                &now,
            );
            return;
        } else if current > max {
            Some((max, "Current number of replicas above Spec.MaxReplicas"))
        } else if current < min {
            Some((min, "Current number of replicas below Spec.MinReplicas"))
        } else {
            None
        };
        match rescue {
            Some((size, why)) => self.rescale(hpa, scale, size, why, status, work),
            None => self.say_metrics_fail(hpa, status, work),
        }
    }

    fn say_metrics_fail(&mut self, hpa: &Value, status: &mut Value, work: &mut Work<'_, '_>) {
        let now = work.cx.now.to_rfc3339();
        let metrics = hpa.at(&["spec", "metrics"]).items();
        let Some(first) = metrics.first() else {
            return;
        };
        for metric in metrics {
            let (reason, text, _) = unavailable(metric);
            self.recorder.event(work.cx, hpa, "Warning", reason, &text);
        }
        let (reason, text, wrapped) = unavailable(first);
        let n = metrics.len();
        let invalid =
            format!("invalid metrics ({n} invalid out of {n}), first error is: {wrapped}");
        self.recorder.event(
            work.cx,
            hpa,
            "Warning",
            "FailedComputeMetricsReplicas",
            &invalid,
        );
        let message = format!("the HPA was unable to compute the replica count: {text}");
        set_condition(status, "ScalingActive", "False", reason, &message, &now);
    }

    fn rescale(
        &mut self,
        hpa: &Value,
        mut scale: Value,
        size: i64,
        why: &str,
        status: &mut Value,
        work: &mut Work<'_, '_>,
    ) {
        let now = work.cx.now.to_rfc3339();
        scale.set_at(&["spec", "replicas"], size);
        let Some(def) = target(hpa.at(&["spec", "scaleTargetRef"])) else {
            return;
        };
        match work.cx.update_sub(def, "scale", scale) {
            Ok(_) => {
                let text =
                    format!("the HPA controller was able to update the target scale to {size}");
                set_condition(
                    status,
                    "AbleToScale",
                    "True",
                    "SucceededRescale",
                    &text,
                    &now,
                );
                let event = format!("New size: {size}; reason: {why}");
                self.recorder
                    .event(work.cx, hpa, "Normal", "SuccessfulRescale", &event);
                status.set("desiredReplicas", size);
                status.set("lastScaleTime", work.cx.now);
            }
            Err(e) => {
                let text = format!("the HPA controller was unable to update the target scale: {e}");
                set_condition(
                    status,
                    "AbleToScale",
                    "False",
                    "FailedUpdateScale",
                    &text,
                    &now,
                );
                let event = format!("New size: {size}; reason: {why}; error: {e}");
                self.recorder
                    .event(work.cx, hpa, "Warning", "FailedRescale", &event);
            }
        }
    }
}

impl Reconciler for HorizontalController {
    const NAME: &'static str = "horizontal-pod-autoscaler-controller";
    const SERVICE_ACCOUNT: &'static str = "horizontal-pod-autoscaler";
    const WATCHES: &'static [Kind] = &[Kind::HorizontalPodAutoscalers];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if !matches!(delta, Delta::Deleted(_)) {
            watching.add_after(delta.object().key(), PERIOD);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::HorizontalPodAutoscalers]
            .get(key)
            .cloned()
        {
            Some(hpa) => self.sync(hpa, work),
            None => Ok(Action::AwaitChange),
        }
    }
}
