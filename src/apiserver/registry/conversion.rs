//! Between the version an object is stored in and the version a request speaks.

use super::Resource;
use crate::apimachinery::{Map, Text, Value};
use crate::tree;

/// Core events and their counterparts in `events.k8s.io/v1`: fields that only change their name.
const EVENT_FIELDS: [(&str, &str); 8] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
];

/// A stored object as the resource's version shows it.
pub fn from_storage(resource: &Resource, mut object: Value) -> Value {
    if let Some(custom) = &resource.custom {
        if object.api_version() != resource.api_version.as_str() && custom.converts() {
            object.set("apiVersion", resource.api_version.clone());
        }
        custom.shaped(&mut object);
        return object;
    }
    if resource.storage_version == *resource.api_version {
        return object;
    }
    match (resource.def.group, resource.def.resource) {
        ("events.k8s.io", "events") => object = renamed(&object, |k| pair(k, false)),
        ("autoscaling", "horizontalpodautoscalers") => autoscaler_to_v1(&mut object),
        _ => {}
    }
    object.set("apiVersion", resource.api_version.clone());
    object
}

/// An object of the resource's version as it is stored.
pub fn to_storage(resource: &Resource, mut object: Value) -> Value {
    if resource.storage_version == *resource.api_version {
        return object;
    }
    match (resource.def.group, resource.def.resource) {
        ("events.k8s.io", "events") => object = renamed(&object, |k| pair(k, true)),
        ("autoscaling", "horizontalpodautoscalers") => autoscaler_to_v2(&mut object),
        _ => {}
    }
    object.set("apiVersion", resource.storage_version.clone());
    object
}

fn pair(key: &str, to_core: bool) -> &str {
    EVENT_FIELDS
        .iter()
        .find_map(|(core, new)| match to_core {
            true if *new == key => Some(*core),
            false if *core == key => Some(*new),
            _ => None,
        })
        .unwrap_or(key)
}

fn renamed(object: &Value, rename: impl Fn(&str) -> &str) -> Value {
    let map: Map = object
        .fields()
        .map(|(k, v)| (Text::key(rename(k)), v.clone()))
        .collect();
    Value::Map(map)
}

const TARGET: &str = "targetCPUUtilizationPercentage";
const CURRENT: &str = "currentCPUUtilizationPercentage";
const ANNOTATIONS: &str = "autoscaling.alpha.kubernetes.io/";

fn is_cpu_utilization(metric: &Value, target: &str) -> bool {
    metric.get("type") == &"Resource"
        && metric.at(&["resource", "name"]) == &"cpu"
        && !metric
            .at(&["resource", target, "averageUtilization"])
            .is_null()
}

/// What `autoscaling/v1` has no field for travels in annotations (`pkg/apis/autoscaling/v1/conversion.go`).
fn autoscaler_to_v1(object: &mut Value) {
    let take =
        |object: &mut Value, part: &str, list: &str, target: &str, field: &str, note: &str| {
            let metrics = object.at(&[part, list]).items().to_vec();
            let cpu = metrics.iter().position(|m| is_cpu_utilization(m, target));
            if let Some(i) = cpu {
                let value = metrics[i]
                    .at(&["resource", target, "averageUtilization"])
                    .clone();
                object.entry(part).set(field, value);
            }
            let others: Vec<Value> = metrics
                .into_iter()
                .enumerate()
                .filter(|(i, _)| Some(*i) != cpu)
                .map(|(_, m)| m)
                .collect();
            if !others.is_empty() {
                object.set_annotation(
                    &format!("{ANNOTATIONS}{note}"),
                    &Value::from(others).to_json(),
                );
            }
            object.entry(part).remove(list);
        };
    take(object, "spec", "metrics", "target", TARGET, "metrics");
    if object.has("status") {
        take(
            object,
            "status",
            "currentMetrics",
            "current",
            CURRENT,
            "current-metrics",
        );
        if let Some(conditions) = object.entry("status").remove("conditions")
            && !conditions.is_empty()
        {
            object.set_annotation(&format!("{ANNOTATIONS}conditions"), &conditions.to_json());
        }
        if !object.at(&["status"]).has("currentReplicas") {
            object.set_at(&["status", "currentReplicas"], 0);
        }
    }
    if let Some(behavior) = object.entry("spec").remove("behavior")
        && !behavior.is_empty()
    {
        object.set_annotation(&format!("{ANNOTATIONS}behavior"), &behavior.to_json());
    }
}

fn autoscaler_to_v2(object: &mut Value) {
    let mut restore = |note: &str| -> Option<Value> {
        let key = format!("{ANNOTATIONS}{note}");
        let text = object.meta_mut().entry("annotations").remove(&key)?;
        Value::from_json(text.str().as_bytes()).ok()
    };
    let noted: Vec<Option<Value>> = ["metrics", "current-metrics", "conditions", "behavior"]
        .into_iter()
        .map(&mut restore)
        .collect();
    if object.meta().get("annotations").is_empty() {
        object.meta_mut().remove("annotations");
    }
    let mut metrics: Vec<Value> = noted[0]
        .as_ref()
        .map(|v| v.items().to_vec())
        .unwrap_or_default();
    if let Some(target) = object.entry("spec").remove(TARGET) {
        metrics.insert(
            0,
            tree!({"type": "Resource", "resource": {"name": "cpu", "target": {
                "type": "Utilization", "averageUtilization": target.as_i64()}}}),
        );
    }
    if !metrics.is_empty() {
        object.set_at(&["spec", "metrics"], metrics);
    }
    if let Some(behavior) = &noted[3] {
        object.set_at(&["spec", "behavior"], behavior);
    }
    if object.has("status") {
        let mut current: Vec<Value> = noted[1]
            .as_ref()
            .map(|v| v.items().to_vec())
            .unwrap_or_default();
        if let Some(value) = object.entry("status").remove(CURRENT) {
            current.insert(
                0,
                tree!({"type": "Resource", "resource": {"name": "cpu", "current": {
                    "averageUtilization": value.as_i64()}}}),
            );
        }
        let current = if current.is_empty() {
            Value::Null
        } else {
            current.into()
        };
        object.set_at(&["status", "currentMetrics"], current);
        if let Some(conditions) = &noted[2] {
            object.set_at(&["status", "conditions"], conditions);
        }
    }
}
