//! The description of a `HorizontalPodAutoscaler`.

use super::Subject;
use super::writer::{Writer, number, plain, rfc1123};
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Quantity, Value};
use crate::kubectl::error::Error;

/// A `HorizontalPodAutoscaler` of `autoscaling/v2`.
pub async fn autoscaler(s: &Subject<'_>, hpa: &Value) -> Result<String, Error> {
    let events = s.events(hpa).await;
    let (spec, status) = (hpa.get("spec"), hpa.get("status"));
    let mut w = s.writer();
    w.head(hpa);
    w.field(
        0,
        "CreationTimestamp",
        rfc1123(hpa.meta().get("creationTimestamp")),
    );
    let target = spec.get("scaleTargetRef");
    w.field(
        0,
        "Reference",
        format!("{}/{}", target.get("kind").str(), target.get("name").str()),
    );
    w.field(0, "Metrics", "( current / target )");
    let current = status.get("currentMetrics").items();
    for (i, m) in spec.get("metrics").items().iter().enumerate() {
        metric(&mut w, m, current.get(i).unwrap_or(&Value::Null));
    }
    let min = spec.get("minReplicas");
    w.field(
        0,
        "Min replicas",
        if min.is_null() {
            "<unset>".to_owned()
        } else {
            plain(min)
        },
    );
    w.field(
        0,
        "Max replicas",
        number(spec.get("maxReplicas")).to_string(),
    );
    if !spec.get("behavior").is_null() {
        w.line(0, "Behavior:");
        direction(&mut w, "Scale Up", spec.at(&["behavior", "scaleUp"]));
        direction(&mut w, "Scale Down", spec.at(&["behavior", "scaleDown"]));
    }
    let (have, want) = (
        number(status.get("currentReplicas")),
        number(status.get("desiredReplicas")),
    );
    w.field(
        0,
        &format!("{} pods", target.get("kind").str()),
        format!("{have} current / {want} desired"),
    );
    let conditions = status.get("conditions").items();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tReason\tMessage");
        w.line(1, "----\t------\t------\t-------");
    }
    for c in conditions {
        let get = |k: &str| c.get(k).str();
        w.line(
            1,
            format!(
                "{}\t{}\t{}\t{}",
                get("type"),
                get("status"),
                get("reason"),
                get("message")
            ),
        );
    }
    w.events(events);
    Ok(w.finish())
}

/// A quantity, or `<unknown>`.
fn amount(v: &Value) -> String {
    match v {
        Value::Null => "<unknown>".to_owned(),
        v => Quantity::of(v).to_string(),
    }
}

fn metric(w: &mut Writer, m: &Value, current: &Value) {
    let kind = m.get("type").str();
    let key = match kind {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return w.line(1, format!("<unknown metric type {}>", quote(kind))),
    };
    let (source, now) = (m.get(key), current.at(&[key, "current"]));
    let target = source.get("target");
    let average = target.get("averageValue");
    let name = source.at(&["metric", "name"]).str();
    match kind {
        "External" if !average.is_null() => {
            let now = amount(now.get("averageValue"));
            w.field(
                1,
                &format!("{} (target average value)", quote(name)),
                format!("{now} / {}", amount(average)),
            );
        }
        "External" => {
            let now = amount(now.get("value"));
            w.field(
                1,
                &format!("{} (target value)", quote(name)),
                format!("{now} / {}", amount(target.get("value"))),
            );
        }
        "Pods" => {
            let now = amount(now.get("averageValue"));
            w.field(
                1,
                &format!("{} on pods", quote(name)),
                format!("{now} / {}", amount(average)),
            );
        }
        "Object" => {
            let on = source.get("describedObject");
            let title = format!(
                "\"{name}\" on {}/{}",
                on.get("kind").str(),
                on.get("name").str()
            );
            let (word, key) = if target.get("type") == "AverageValue" {
                ("(target average value)", "averageValue")
            } else {
                ("(target value)", "value")
            };
            w.field(
                1,
                &format!("{title} {word}"),
                format!("{} / {}", amount(now.get(key)), amount(target.get(key))),
            );
        }
        _ => {
            let mut title = format!("resource {} ", source.get("name").str());
            if kind == "ContainerResource" {
                title.push_str(&format!(
                    "of container \"{}\" ",
                    source.get("container").str()
                ));
            }
            title.push_str("on pods");
            if !average.is_null() {
                w.field(
                    1,
                    &title,
                    format!("{} / {}", amount(now.get("averageValue")), amount(average)),
                );
                return;
            }
            let percent = |v: &Value| v.as_i64().map(|n| format!("{n}%"));
            let have = percent(now.get("averageUtilization")).map_or("<unknown>".to_owned(), |p| {
                format!("{p} ({})", amount(now.get("averageValue")))
            });
            let want = percent(target.get("averageUtilization")).unwrap_or("<auto>".to_owned());
            w.field(
                1,
                &format!("{title}  (as a percentage of request)"),
                format!("{have} / {want}"),
            );
        }
    }
}

fn direction(w: &mut Writer, title: &str, rules: &Value) {
    if rules.is_null() {
        return;
    }
    w.line(1, format!("{title}:"));
    if !rules.get("stabilizationWindowSeconds").is_null() {
        let seconds = number(rules.get("stabilizationWindowSeconds"));
        w.line(2, format!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules.get("policies").items();
    if policies.is_empty() {
        return;
    }
    let select = match rules.get("selectPolicy").str() {
        "" => "Max",
        s => s,
    };
    w.line(2, format!("Select Policy: {select}"));
    w.line(2, "Policies:");
    for p in policies {
        let n = |k: &str| number(p.get(k));
        w.line(
            3,
            format!(
                "- Type: {}\tValue: {}\tPeriod: {} seconds",
                p.get("type").str(),
                n("value"),
                n("periodSeconds")
            ),
        );
    }
}
