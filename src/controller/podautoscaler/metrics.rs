//! Reads the metrics that an autoscaler names, and what they ask for (`metrics/client.go`, and `computeStatusFor…Metric` of
//! upstream's `horizontal.go`).

use super::super::runner::Work;
use super::replica_calculator::{Answer, PodMetric, Question, Target, Tolerances, replicas};
use crate::apimachinery::quantity::{Format, Quantity};
use crate::apimachinery::schema::metrics::PODS;
use crate::apimachinery::{Timestamp, Value, duration};
use crate::client::request::ListOptions;
use crate::collections::Arrange;
use crate::tree;
use std::time::Duration;

/// What one metric asks for.
pub struct Proposal {
    /// Replicas.
    pub replicas: i64,
    /// The metric as reasons name it.
    pub name: String,
    /// Its entry in `status.currentMetrics`.
    pub status: Value,
}

/// Why a metric asks for nothing.
pub struct Failure {
    /// The reason of the event and the condition.
    pub reason: &'static str,
    /// Their text.
    pub text: String,
    /// The text in the list of what went wrong.
    pub wrapped: String,
}

/// What an autoscaler's metrics are about.
pub struct Scope<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// The target's selector as text.
    pub selector: &'a str,
    /// The pods that it selects.
    pub pods: &'a [&'a Value],
    /// `spec.replicas` of the target.
    pub current: i64,
    /// How exactly targets are to be met.
    pub tolerances: Tolerances,
}

/// Works out what a metric of the spec asks for.
///
/// # Errors
/// What cannot be had, in upstream's words. There is no API of custom and external metrics in this cluster.
pub fn propose(
    metric: &Value,
    scope: &Scope<'_>,
    work: &mut Work<'_, '_>,
) -> Result<Proposal, Failure> {
    let kind = metric.get("type").str();
    let name = |source: &str| metric.at(&[source, "metric", "name"]).str().to_owned();
    let no_custom_api = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    match kind {
        "Resource" => resource(metric, "resource", scope, work),
        "ContainerResource" => resource(metric, "containerResource", scope, work),
        "Pods" => {
            let text = format!("unable to get metric {}: {no_custom_api}", name("pods"));
            let wrapped = format!("failed to get pods metric value: {text}");
            Err(Failure {
                reason: "FailedGetPodsMetric",
                text,
                wrapped,
            })
        }
        "Object" => {
            let of = metric.at(&["object", "describedObject"]);
            // Upstream's text has its parts in that order.
            let text = format!(
                "unable to get metric {}: {} on {} {}/{no_custom_api}",
                name("object"),
                of.kind(),
                scope.namespace,
                of.get("name").str(),
            );
            let wrapped = format!("failed to get object metric value: {text}");
            Err(Failure {
                reason: "FailedGetObjectMetric",
                text,
                wrapped,
            })
        }
        "External" => Err(external(metric.get("external"), scope)),
        _ => {
            let text = format!("unknown metric source type \"{kind}\"");
            Err(Failure {
                reason: "InvalidMetricSourceType",
                wrapped: text.clone(),
                text,
            })
        }
    }
}

fn external(source: &Value, scope: &Scope<'_>) -> Failure {
    let name = source.at(&["metric", "name"]).str();
    let selector = source.at(&["metric", "selector"]);
    let why = format!(
        "unable to get external metric {}/{name}/{}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)",
        scope.namespace,
        go_selector(selector),
    );
    let text = match source.at(&["target", "averageValue"]) {
        Value::Null => format!("failed to get external metric {name}: {why}"),
        _ => format!("failed to get {name} external metric: {why}"),
    };
    Failure {
        reason: "FailedGetExternalMetric",
        wrapped: format!("failed to get {name} external metric value: {text}"),
        text,
    }
}

/// A label selector as Go prints it.
fn go_selector(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".into();
    }
    let mut labels = String::new();
    for (key, value) in selector.get("matchLabels").fields() {
        labels.push_str(&format!("{key}: {},", value.str()));
    }
    let mut terms = String::new();
    for term in selector.get("matchExpressions").items() {
        let values: Vec<&str> = term.get("values").items().iter().map(Value::str).collect();
        terms.push_str(&format!(
            "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
            term.get("key").str(),
            term.get("operator").str(),
            values.join(" ")
        ));
    }
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{terms}}},}}"
    )
}

fn milli(n: i64) -> Value {
    Quantity::new_milli(n, Format::DecimalSI).into()
}

/// `Resource` and `ContainerResource` (`computeStatusForResourceMetricGeneric`).
fn resource(
    metric: &Value,
    field: &'static str,
    scope: &Scope<'_>,
    work: &mut Work<'_, '_>,
) -> Result<Proposal, Failure> {
    let source = metric.get(field);
    let (name, container) = (source.get("name").str(), source.get("container").str());
    let (reason, what) = match field {
        "resource" => ("FailedGetResourceMetric", "resource"),
        _ => ("FailedGetContainerResourceMetric", "container"),
    };
    let failure = |text: String| Failure {
        reason,
        wrapped: format!("failed to get {name} {what} metric value: {text}"),
        text,
    };
    let target = source.get("target");
    let (target, measure) = match (target.get("averageValue"), target.get("averageUtilization")) {
        (Value::Null, Value::Null) => {
            let text = "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set";
            return Err(failure(text.into()));
        }
        (Value::Null, percent) => (
            Target::Utilization(percent.as_i64().unwrap_or(1)),
            "utilization",
        ),
        (value, _) => (Target::Value(Quantity::of(value).milli_value()), "usage"),
    };
    let question = Question {
        current: scope.current,
        resource: name,
        container,
        target,
        tolerances: scope.tolerances,
        pods: scope.pods,
        now: work.cx.now,
    };
    let answer = read(name, container, scope, work)
        .map_err(|e| format!("unable to get metrics for resource {name}: {e}"))
        .and_then(|metrics| replicas(&question, metrics))
        .map_err(|e| failure(format!("failed to get {name} {measure}: {e}")))?;
    Ok(proposal(metric, field, target, answer))
}

fn proposal(metric: &Value, field: &'static str, target: Target, answer: Answer) -> Proposal {
    let source = metric.get(field);
    let resource = source.get("name").str();
    let mut current = tree!({"averageValue": milli(answer.average)});
    let name = match (target, field) {
        (Target::Value(_), _) => format!("{resource} resource"),
        (_, "resource") => format!("{resource} resource utilization (percentage of request)"),
        _ => format!("{resource} container resource utilization (percentage of request)"),
    };
    if let Target::Utilization(_) = target {
        current.set("averageUtilization", answer.utilization);
    }
    let mut status = tree!({"type": metric.get("type").clone()});
    status.set_at(&[field, "name"], resource);
    if source.has("container") {
        status.set_at(&[field, "container"], source.get("container"));
    }
    status.set_at(&[field, "current"], current);
    Proposal {
        replicas: answer.replicas,
        name,
        status,
    }
}

/// What the selected pods use of a resource, sorted by pod (`GetResourceMetric`).
fn read(
    resource: &str,
    container: &str,
    scope: &Scope<'_>,
    work: &mut Work<'_, '_>,
) -> Result<Vec<PodMetric>, String> {
    let options = ListOptions {
        label_selector: scope.selector.to_owned(),
        ..ListOptions::default()
    };
    let list = work
        .cx
        .list(&PODS, scope.namespace, &options)
        .map_err(|e| {
            // The client adds what was asked for where nothing at all is served.
            let asked = match e.is_not_found() {
                true => " (get pods.metrics.k8s.io)",
                false => "",
            };
            format!("unable to fetch metrics from resource metrics API: {e}{asked}")
        })?;
    let items = list.get("items").items();
    if items.is_empty() {
        return Err("no metrics returned from resource metrics API".into());
    }
    work.looked_at(items.len());
    let mut all = Vec::new();
    for item in items {
        let containers = item.get("containers").items();
        let wanted = |c: &&Value| container.is_empty() || c.get("name") == &container;
        if !containers.iter().any(|c| wanted(&c)) && !container.is_empty() {
            return Err(format!(
                "failed to get container metrics: container {container} not present in metrics for pod {}/{}",
                item.namespace(),
                item.name()
            ));
        }
        let used = containers.iter().filter(wanted);
        let used: Option<i64> = used
            .map(|c| match c.at(&["usage", resource]) {
                Value::Null => None,
                amount => Some(Quantity::of(amount).milli_value()),
            })
            .sum();
        if let Some(value) = used.filter(|_| !containers.is_empty()) {
            let window = duration::parse(item.get("window").str());
            all.push(PodMetric {
                pod: item.name().to_owned(),
                value,
                time: Timestamp::parse(item.get("timestamp").str()).unwrap_or_default(),
                window: window.unwrap_or(Duration::ZERO),
            });
        }
    }
    all.arrange_by(|a, b| a.pod.cmp(&b.pod));
    Ok(all)
}
