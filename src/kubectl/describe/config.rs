//! Descriptions of namespaces, their limits, configuration and accounts.

use super::Subject;
use super::writer::{Writer, plain, rfc1123};
use crate::apimachinery::{Quantity, Value};
use crate::collections::Arrange;
use crate::kubectl::error::Error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A `ConfigMap`.
pub async fn config_map(s: &Subject<'_>, cm: &Value) -> Result<String, Error> {
    let events = s.events(cm).await;
    let mut w = s.writer();
    w.head(cm);
    w.line(0, "\nData\n====");
    for (k, v) in cm.get("data").fields() {
        w.line(0, format!("{k}:\n----"));
        w.line(0, v.str());
        w.line(0, "");
    }
    w.line(0, "\nBinaryData\n====");
    for (k, v) in cm.get("binaryData").fields() {
        w.line(0, format!("{k}: {} bytes", decoded_length(v.str())));
    }
    w.line(0, "");
    w.events(events);
    Ok(w.finish())
}

/// How many bytes a base64 text stands for.
fn decoded_length(s: &str) -> usize {
    let digits = s
        .bytes()
        .filter(|b| !matches!(b, b'\n' | b'\r' | b'='))
        .count();
    digits * 3 / 4
}

/// A `Secret`.
pub async fn secret(s: &Subject<'_>, secret: &Value) -> Result<String, Error> {
    let mut w = s.writer();
    w.head(secret);
    let kind = secret.get("type").str();
    w.line(0, format!("\nType:\t{kind}"));
    w.line(0, "\nData\n====");
    for (k, v) in secret.get("data").fields() {
        if k == "token" && kind == "kubernetes.io/service-account-token" {
            let token = STANDARD.decode(v.str()).unwrap_or_default();
            w.field(0, k, String::from_utf8_lossy(&token));
        } else {
            w.field(0, k, format!("{} bytes", decoded_length(v.str())));
        }
    }
    Ok(w.finish())
}

/// A `ServiceAccount`.
pub async fn service_account(s: &Subject<'_>, sa: &Value) -> Result<String, Error> {
    let events = s.events(sa).await;
    let mut w = s.writer();
    w.head(sa);
    let secrets = sa.get("imagePullSecrets").items();
    if secrets.is_empty() {
        w.line(0, "Image pull secrets:\t<none>");
    }
    for (i, secret) in secrets.iter().enumerate() {
        let title = if i == 0 {
            "Image pull secrets:"
        } else {
            "                   "
        };
        w.line(0, format!("{title}\t{}", secret.get("name").str()));
    }
    w.events(events);
    Ok(w.finish())
}

/// A `Namespace`.
pub async fn namespace(s: &Subject<'_>, ns: &Value) -> Result<String, Error> {
    let mut quotas = s.list("v1", "ResourceQuota", ns.name(), "").await?;
    let limits = s.list("v1", "LimitRange", ns.name(), "").await?;
    let mut w = s.writer();
    w.cluster_head(ns);
    w.field(0, "Status", ns.at(&["status", "phase"]).str());
    let conditions = ns.at(&["status", "conditions"]).items();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
    }
    for c in conditions {
        let get = |k: &str| c.get(k).str();
        let time = rfc1123(c.get("lastTransitionTime"));
        w.line(
            1,
            format!(
                "{}\t{}\t{time}\t{}\t{}",
                get("type"),
                get("status"),
                get("reason"),
                get("message")
            ),
        );
    }
    w.line(0, "");
    quotas.arrange_by(|a, b| a.name().cmp(b.name()));
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
    } else {
        w.line(0, "Resource Quotas");
    }
    for q in &quotas {
        w.field(1, "Name", q.name());
        scopes(&mut w, q, 1, "* ");
        w.line(1, "Resource\tUsed\tHard");
        w.line(1, "--------\t---\t---");
        for (name, hard) in q.at(&["status", "hard"]).fields() {
            let used = Quantity::of(q.at(&["status", "used", name]));
            w.line(1, format!("{name}\t{used}\t{}", Quantity::of(hard)));
        }
    }
    w.line(0, "");
    if limits.is_empty() {
        w.line(0, "No LimitRange resource.");
    } else {
        w.line(0, "Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
        w.line(
            0,
            " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------",
        );
    }
    for range in &limits {
        limit_rows(&mut w, range, " ");
    }
    Ok(w.finish())
}

fn scopes(w: &mut Writer, quota: &Value, level: usize, bullet: &str) {
    let mut scopes: Vec<&str> = quota
        .at(&["spec", "scopes"])
        .items()
        .iter()
        .map(Value::str)
        .collect();
    if scopes.is_empty() {
        return;
    }
    scopes.arrange();
    w.field(level, "Scopes", scopes.join(", "));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        w.line(level, format!("{bullet}{help}"));
    }
}

fn limit_rows(w: &mut Writer, range: &Value, prefix: &str) {
    for item in range.at(&["spec", "limits"]).items() {
        let columns = [
            "min",
            "max",
            "defaultRequest",
            "default",
            "maxLimitRequestRatio",
        ];
        let mut names: Vec<&str> = columns
            .iter()
            .flat_map(|c| item.get(c).fields().map(|(k, _)| k))
            .collect();
        names.arrange();
        names.dedup();
        for name in names {
            let value = |column: &&str| match item.get(column).get(name) {
                Value::Null => "-".to_owned(),
                v => Quantity::of(v).to_string(),
            };
            let values: Vec<String> = columns.iter().map(value).collect();
            w.line(
                0,
                format!(
                    "{prefix}{}\t{name}\t{}",
                    item.get("type").str(),
                    values.join("\t")
                ),
            );
        }
    }
}

/// A `LimitRange`.
pub async fn limit_range(s: &Subject<'_>, range: &Value) -> Result<String, Error> {
    let mut w = s.writer();
    w.field(0, "Name", range.name());
    w.field(0, "Namespace", range.namespace());
    w.line(
        0,
        "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
    );
    w.line(
        0,
        "----\t--------\t---\t---\t---------------\t-------------\t-----------------------",
    );
    limit_rows(&mut w, range, "");
    Ok(w.finish())
}

/// A `ResourceQuota`.
pub async fn resource_quota(s: &Subject<'_>, quota: &Value) -> Result<String, Error> {
    let mut w = s.writer();
    w.field(0, "Name", quota.name());
    w.field(0, "Namespace", quota.namespace());
    scopes(&mut w, quota, 0, " * ");
    w.line(0, "Resource\tUsed\tHard");
    w.line(0, "--------\t----\t----");
    for (name, hard) in quota.at(&["status", "hard"]).fields() {
        let hard = Quantity::of(hard);
        let mut used = Quantity::of(quota.at(&["status", "used", name]));
        if hard.format() != used.format() {
            used = Quantity::new(used.value(), hard.format());
        }
        w.line(0, format!("{name}\t{used}\t{hard}"));
    }
    Ok(w.finish())
}

/// A `PriorityClass`.
pub async fn priority_class(s: &Subject<'_>, pc: &Value) -> Result<String, Error> {
    let events = s.events(pc).await;
    let mut w = s.writer();
    w.field(0, "Name", pc.name());
    w.field(
        0,
        "Value",
        super::writer::number(pc.get("value")).to_string(),
    );
    w.field(
        0,
        "GlobalDefault",
        (pc.get("globalDefault").as_bool() == Some(true)).to_string(),
    );
    w.field(0, "PreemptionPolicy", pc.get("preemptionPolicy").str());
    w.field(0, "Description", pc.get("description").str());
    let annotations = crate::apimachinery::labels::format_labels(pc.meta().get("annotations"));
    w.field(0, "Annotations", annotations);
    w.events(events);
    Ok(w.finish())
}

/// A `PodDisruptionBudget`.
pub async fn pod_disruption_budget(s: &Subject<'_>, pdb: &Value) -> Result<String, Error> {
    let events = s.events(pdb).await;
    let (spec, status) = (pdb.get("spec"), pdb.get("status"));
    let mut w = s.writer();
    w.field(0, "Name", pdb.name());
    w.field(0, "Namespace", pdb.namespace());
    if !spec.get("minAvailable").is_null() {
        w.field(0, "Min available", plain(spec.get("minAvailable")));
    } else if !spec.get("maxUnavailable").is_null() {
        w.field(0, "Max unavailable", plain(spec.get("maxUnavailable")));
    }
    let selector = match spec.get("selector") {
        Value::Null => "<unset>".to_owned(),
        v => crate::apimachinery::labels::format_label_selector(v),
    };
    w.field(0, "Selector", selector);
    w.line(0, "Status:");
    for (title, key) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        w.field(2, title, super::writer::number(status.get(key)).to_string());
    }
    w.events(events);
    Ok(w.finish())
}
