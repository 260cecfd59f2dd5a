//! Autoscalers and disruption budgets.

use super::{Cells, Row, scalar_or};
use crate::apimachinery::Value;
use crate::apiserver::registry::Resource;

/// How many metrics a cell shows.
const SHOWN: usize = 2;

/// The row of an autoscaler in any version.
pub fn cells(resource: &Resource, row: &Row<'_>) -> Cells {
    let object = resource.to_storage(row.o.clone());
    let row = Row {
        o: &object,
        now: row.now,
    };
    let target = row.spec("scaleTargetRef");
    vec![
        row.name(),
        format!("{}/{}", target.kind(), target.get("name").str()).into(),
        metrics(
            row.spec("metrics").items(),
            row.status("currentMetrics").items(),
        )
        .into(),
        scalar_or(row.spec("minReplicas"), "<unset>").into(),
        row.spec_int("maxReplicas"),
        row.status_int("currentReplicas"),
        row.age(),
    ]
}

fn metrics(specs: &[Value], statuses: &[Value]) -> String {
    if specs.is_empty() {
        return "<none>".into();
    }
    let none = Value::Null;
    let list: Vec<String> = specs
        .iter()
        .enumerate()
        .map(|(i, spec)| metric(spec, statuses.get(i).unwrap_or(&none)))
        .collect();
    let shown = list[..list.len().min(SHOWN)].join(", ");
    if list.len() > SHOWN {
        format!("{shown} + {} more...", list.len() - SHOWN)
    } else {
        shown
    }
}

fn metric(spec: &Value, status: &Value) -> String {
    let kind = spec.get("type").str();
    let source = match kind {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return "<unknown type>".into(),
    };
    let (target, current) = (
        spec.at(&[source, "target"]),
        status.at(&[source, "current"]),
    );
    let average = target.get("averageValue");
    let value = |field: &str| scalar_or(current.get(field), "<unknown>");
    match kind {
        "Resource" | "ContainerResource" => {
            let name = spec.at(&[source, "name"]).str();
            if !average.is_null() {
                return format!(
                    "{name}: {}/{}",
                    value("averageValue"),
                    scalar_or(average, "")
                );
            }
            let percent = |v: &Value, otherwise: &str| {
                v.as_i64().map_or(otherwise.to_owned(), |n| format!("{n}%"))
            };
            format!(
                "{name}: {}/{}",
                percent(current.get("averageUtilization"), "<unknown>"),
                percent(target.get("averageUtilization"), "<auto>")
            )
        }
        "Pods" => format!("{}/{}", value("averageValue"), scalar_or(average, "")),
        _ if !average.is_null() => {
            format!("{}/{} (avg)", value("averageValue"), scalar_or(average, ""))
        }
        _ => format!("{}/{}", value("value"), scalar_or(target.get("value"), "")),
    }
}

/// A disruption budget.
pub fn disruption_budget(row: &Row<'_>) -> Cells {
    vec![
        row.name(),
        scalar_or(row.spec("minAvailable"), "N/A").into(),
        scalar_or(row.spec("maxUnavailable"), "N/A").into(),
        row.status_int("disruptionsAllowed"),
        row.age(),
    ]
}
