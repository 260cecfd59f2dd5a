//! Autoscalers, scale and disruption budgets (`pkg/apis/autoscaling/validation`, `pkg/apis/policy/validation`).

use super::apps::{not_more_than_100_percent, positive_int_or_percent};
use super::common::{dns_label, invalid_each, nonnegative, quantity, supported};
use super::meta::{
    conditions, label_selector, name_is_dns_subdomain, object_meta, object_meta_update,
};
use super::pod::resources::container_resource_name;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::is_valid_path_segment_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const SPEC: Path<'static> = Path::new("spec");

/// A scale.
pub fn scale(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    nonnegative(e, &SPEC.child("replicas"), v.at(&["spec", "replicas"]));
}

/// A HorizontalPodAutoscaler.
pub fn autoscaler(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    autoscaler_spec(e, v);
}

/// An update of a HorizontalPodAutoscaler.
pub fn autoscaler_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    autoscaler_spec(e, new);
}

fn autoscaler_spec(e: &mut ErrorList, v: &Value) {
    let spec = v.get("spec");
    let (min, max) = (
        spec.get("minReplicas").as_i64(),
        spec.get("maxReplicas").as_i64().unwrap_or(0),
    );
    if let Some(n) = min.filter(|n| *n < 1) {
        let text = "must be greater than or equal to 1";
        e.push(FieldError::invalid(&SPEC.child("minReplicas"), n, text));
    }
    let path = SPEC.child("maxReplicas");
    match max {
        0 => e.push(FieldError::required(
            &path,
            "must be set and greater than 0",
        )),
        n if n < 0 => e.push(FieldError::invalid(
            &path,
            n,
            "must be greater than or equal to 1",
        )),
        _ => {}
    }
    if min.is_some_and(|min| max < min) {
        let text = "must be greater than or equal to `minReplicas`";
        e.push(FieldError::invalid(&path, max, text));
    }
    let target = spec.get("scaleTargetRef");
    let core = matches!(target.kind(), "ReplicationController");
    object_reference(e, &SPEC.child("scaleTargetRef"), target, core);
    if let Some(n) = spec
        .get("targetCPUUtilizationPercentage")
        .as_i64()
        .filter(|n| *n < 1)
    {
        let path = Path::new("spec.metrics[0].resource.target.averageUtilization");
        e.push(FieldError::invalid(&path, n, "must be greater than 0"));
    }
    for (i, m) in spec.get("metrics").items().iter().enumerate() {
        metric(e, &SPEC.item("metrics", i), m);
    }
    if min == Some(0) {
        let outside = |m: &Value| matches!(m.get("type").str(), "Object" | "External");
        if !spec.get("metrics").items().iter().any(outside) {
            let text = "must specify at least one Object or External metric to support scaling to zero replicas";
            e.push(FieldError::forbidden(&SPEC.child("metrics"), text));
        }
    }
    for field in ["scaleUp", "scaleDown"] {
        let behavior = SPEC.child("behavior");
        scaling_rules(e, &behavior.child(field), spec.at(&["behavior", field]));
    }
}

/// A reference to another object; `core`: whether one of a group without a name will do.
fn object_reference(e: &mut ErrorList, path: &Path, v: &Value, core: bool) {
    for field in ["kind", "name"] {
        let text = v.get(field).str();
        match text {
            "" => e.push(FieldError::required(&path.child(field), "")),
            t => invalid_each(e, &path.child(field), t, is_valid_path_segment_name(t)),
        }
    }
    let version = v.api_version();
    let at = path.child("apiVersion");
    match version.matches('/').count() {
        0 if !core => {
            let text = "apiVersion must specify API group";
            e.push(FieldError::invalid(&at, version, text));
        }
        0 | 1 => {}
        _ => {
            let text = format!("unexpected GroupVersion string: {version}");
            e.push(FieldError::invalid(&at, version, text));
        }
    }
}

fn scaling_rules(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        return;
    }
    if let Some(n) = v.get("stabilizationWindowSeconds").as_i64() {
        let at = path.child("stabilizationWindowSeconds");
        if n < 0 {
            e.push(FieldError::invalid(
                &at,
                n,
                "must be greater than or equal to zero",
            ));
        } else if n > 3600 {
            e.push(FieldError::invalid(
                &at,
                n,
                "must be less than or equal to 3600",
            ));
        }
    }
    if !v.get("selectPolicy").is_null() {
        supported(
            e,
            &path.child("selectPolicy"),
            v.get("selectPolicy"),
            &["Disabled", "Max", "Min"],
        );
    }
    if v.get("policies").is_empty() {
        let text = "must specify at least one Policy";
        e.push(FieldError::required(&path.child("policies"), text));
    }
    for (i, p) in v.get("policies").items().iter().enumerate() {
        let at = path.item("policies", i);
        supported(e, &at.child("type"), p.get("type"), &["Percent", "Pods"]);
        for field in ["value", "periodSeconds"] {
            let n = p.get(field).as_i64().unwrap_or(0);
            if n <= 0 {
                e.push(FieldError::invalid(
                    &at.child(field),
                    n,
                    "must be greater than zero",
                ));
            } else if field == "periodSeconds" && n > 1800 {
                e.push(FieldError::invalid(
                    &at.child(field),
                    n,
                    "must be less than or equal to 1800",
                ));
            }
        }
    }
    let tolerance = quantity(v.get("tolerance"));
    if tolerance.sign() < 0 {
        let text = "must be greater than or equal to 0";
        e.push(FieldError::invalid(
            &path.child("tolerance"),
            &tolerance,
            text,
        ));
    }
}

const SOURCES: &[(&str, &str)] = &[
    ("object", "Object"),
    ("external", "External"),
    ("pods", "Pods"),
    ("resource", "Resource"),
    ("containerResource", "ContainerResource"),
];
const SOURCE_TYPES: &[&str] = &[
    "ContainerResource",
    "External",
    "Object",
    "Pods",
    "Resource",
];

fn metric(e: &mut ErrorList, at: &Path, m: &Value) {
    let kind = m.get("type");
    if kind.is_empty() {
        e.push(FieldError::required(
            &at.child("type"),
            "must specify a metric source type",
        ));
    }
    supported(e, &at.child("type"), kind, SOURCE_TYPES);
    let present: Vec<&str> = SOURCES
        .iter()
        .map(|(f, _)| *f)
        .filter(|f| !m.get(f).is_null())
        .collect();
    if let Some(first) = present.first() {
        source(e, &at.child(first), first, m.get(first));
    }
    let expected = SOURCES
        .iter()
        .find(|(_, t)| *t == kind.str())
        .map(|(f, _)| *f);
    match expected {
        Some(f) if m.get(f).is_null() => {
            let text = "must populate information for the given metric source";
            e.push(FieldError::required(&at.child(f), text));
        }
        Some(_) => {}
        None => supported(e, &at.child("type"), kind, SOURCE_TYPES),
    }
    if present.len() != 1 {
        for f in present.iter().filter(|f| Some(**f) != expected) {
            let text = "must populate the given metric source only";
            e.push(FieldError::forbidden(&at.child(f), text));
        }
    }
}

fn source(e: &mut ErrorList, path: &Path, kind: &str, v: &Value) {
    match kind {
        "resource" | "containerResource" => {
            let name = v.get("name").str();
            if name.is_empty() {
                e.push(FieldError::required(
                    &path.child("name"),
                    "must specify a resource name",
                ));
            } else if kind == "containerResource" {
                container_resource_name(e, &path.child("name"), name);
            }
            if kind == "containerResource" {
                match v.get("container").str() {
                    "" => e.push(FieldError::required(
                        &path.child("container"),
                        "must specify a container",
                    )),
                    c => dns_label(e, &path.child("container"), c),
                }
            }
        }
        _ => {
            if kind == "object" {
                let described = v.get("describedObject");
                object_reference(e, &path.child("describedObject"), described, true);
            }
            let name = v.at(&["metric", "name"]).str();
            let at = path.child("metric.name");
            match name {
                "" => e.push(FieldError::required(&at, "must specify a metric name")),
                n => invalid_each(e, &at, n, is_valid_path_segment_name(n)),
            }
        }
    }
    let target = v.get("target");
    let at = path.child("target");
    metric_target(e, &at, target);
    let set = |f: &str| !target.get(f).is_null();
    match kind {
        "object" | "external" => {
            if !set("value") && !set("averageValue") {
                let text = match kind {
                    "object" => "must set either a target value or averageValue",
                    _ => "must set either a target value for metric or a per-pod target",
                };
                e.push(FieldError::required(&at.child("averageValue"), text));
            }
            if kind == "external" && set("value") && set("averageValue") {
                let text = "may not set both a target value for metric and a per-pod target";
                e.push(FieldError::forbidden(&at.child("value"), text));
            }
        }
        "pods" => {
            if !set("averageValue") {
                let text = "must specify a positive target averageValue";
                e.push(FieldError::required(&at.child("averageValue"), text));
            }
        }
        _ => match (set("averageUtilization"), set("averageValue")) {
            (false, false) => e.push(FieldError::required(
                &at.child("averageUtilization"),
                "must set either a target raw value or a target utilization",
            )),
            (true, true) => e.push(FieldError::forbidden(
                &at.child("averageValue"),
                "may not set both a target raw value and a target utilization",
            )),
            _ => {}
        },
    }
}

fn metric_target(e: &mut ErrorList, path: &Path, v: &Value) {
    let kind = v.get("type").str();
    if kind.is_empty() {
        e.push(FieldError::required(
            &path.child("type"),
            "must specify a metric target type",
        ));
    }
    if !matches!(kind, "Utilization" | "Value" | "AverageValue") {
        let text = "must be either Utilization, Value, or AverageValue";
        e.push(FieldError::invalid(&path.child("type"), kind, text));
    }
    for field in ["value", "averageValue"] {
        if !v.get(field).is_null() && quantity(v.get(field)).sign() != 1 {
            e.push(FieldError::invalid(
                &path.child(field),
                v.get(field),
                "must be positive",
            ));
        }
    }
    if let Some(n) = v.get("averageUtilization").as_i64().filter(|n| *n < 1) {
        e.push(FieldError::invalid(
            &path.child("averageUtilization"),
            n,
            "must be greater than 0",
        ));
    }
}

/// An update of a HorizontalPodAutoscaler's status.
pub fn autoscaler_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    for field in ["currentReplicas", "desiredReplicas"] {
        let path = Path::new("status");
        nonnegative(e, &path.child(field), new.at(&["status", field]));
    }
}

/// A PodDisruptionBudget. Its name and metadata are checked by the registry alone.
pub fn disruption_budget(e: &mut ErrorList, v: &Value) {
    let spec = v.get("spec");
    let (min, max) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if !min.is_null() && !max.is_null() {
        let bad = wire::internal_json(spec, "io.k8s.api.policy.v1.PodDisruptionBudgetSpec");
        let text = "minAvailable and maxUnavailable cannot be both set";
        e.push(FieldError::invalid(&SPEC, Bad::raw(bad), text));
    }
    for (field, v) in [("minAvailable", min), ("maxUnavailable", max)] {
        if !v.is_null() {
            positive_int_or_percent(e, &SPEC.child(field), v);
            not_more_than_100_percent(e, &SPEC.child(field), v);
        }
    }
    label_selector(e, &SPEC.child("selector"), spec.get("selector"));
    let policy = spec.get("unhealthyPodEvictionPolicy");
    if !policy.is_null() {
        let path = SPEC.child("unhealthyPodEvictionPolicy");
        supported(e, &path, policy, &["AlwaysAllow", "IfHealthyBudget"]);
    }
}

/// An update of a PodDisruptionBudget's status.
pub fn disruption_budget_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let (path, status) = (Path::new("status"), new.get("status"));
    conditions(e, &path.child("conditions"), status.get("conditions"));
    for field in [
        "disruptionsAllowed",
        "currentHealthy",
        "desiredHealthy",
        "expectedPods",
    ] {
        nonnegative(e, &path.child(field), status.get(field));
    }
}
