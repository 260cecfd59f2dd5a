//! Descriptions of the controllers of pods.

use super::Subject;
use super::containers::template;
use super::storage::claim_templates;
use super::writer::{
    Writer, bool_pointer, controlled_by, number, or_none, or_unset, plain, rfc1123, selector,
};
use crate::apimachinery::duration::human;
use crate::apimachinery::intstr;
use crate::apimachinery::labels::{Selector, format_label_selector, format_labels};
use crate::apimachinery::{Timestamp, Value};
use crate::kubectl::error::Error;
use crate::kubectl::history;

/// `2 Running / 0 Waiting / 0 Succeeded / 0 Failed` of the pods that the object controls.
async fn pods_status(s: &Subject<'_>, object: &Value, selector: &str) -> Result<String, Error> {
    let pods = s.list("v1", "Pod", object.namespace(), selector).await?;
    let count = |phase: &str| {
        let mine = |p: &&Value| p.is_controlled_by(object) && p.at(&["status", "phase"]) == phase;
        pods.iter().filter(mine).count()
    };
    Ok(format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    ))
}

fn spec_selector(object: &Value) -> Result<String, Error> {
    selector(object.at(&["spec", "selector"])).map_err(Error::msg)
}

/// A `Deployment`.
pub async fn deployment(s: &Subject<'_>, d: &Value) -> Result<String, Error> {
    let events = s.events(d).await;
    let sets = s
        .list("apps/v1", "ReplicaSet", d.namespace(), &spec_selector(d)?)
        .await;
    let (spec, status) = (d.get("spec"), d.get("status"));
    let mut w = s.writer();
    w.field(0, "Name", d.name());
    w.field(0, "Namespace", d.namespace());
    w.field(
        0,
        "CreationTimestamp",
        rfc1123(d.meta().get("creationTimestamp")),
    );
    w.labels("Labels", d.meta().get("labels"));
    w.annotations("Annotations", d.meta().get("annotations"));
    w.field(0, "Selector", spec_selector(d)?);
    let n = |key: &str| number(status.get(key));
    w.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(spec.get("replicas")),
            n("updatedReplicas"),
            n("replicas"),
            n("availableReplicas"),
            n("unavailableReplicas")
        ),
    );
    w.field(0, "StrategyType", spec.at(&["strategy", "type"]).str());
    w.field(
        0,
        "MinReadySeconds",
        number(spec.get("minReadySeconds")).to_string(),
    );
    let rolling = spec.at(&["strategy", "rollingUpdate"]);
    if !rolling.is_null() {
        let part = |key: &str| intstr::display(rolling.get(key));
        let text = format!(
            "{} max unavailable, {} max surge",
            part("maxUnavailable"),
            part("maxSurge")
        );
        w.field(0, "RollingUpdateStrategy", text);
    }
    template(&mut w, spec.get("template"));
    w.conditions(status.get("conditions"));
    if let Ok(sets) = sets {
        let (old, new) = history::split_replica_sets(d, &sets);
        let text = |list: &[Value]| {
            let one = |rs: &Value| {
                let count = |path: &[&str]| number(rs.at(path));
                format!(
                    "{} ({}/{} replicas created)",
                    rs.name(),
                    count(&["status", "replicas"]),
                    count(&["spec", "replicas"])
                )
            };
            let all: Vec<String> = list.iter().map(one).collect();
            or_none(&all.join(", ")).to_owned()
        };
        let new: Vec<Value> = new.into_iter().collect();
        if !old.is_empty() || !new.is_empty() {
            w.field(0, "OldReplicaSets", text(&old));
            w.field(0, "NewReplicaSet", text(&new));
        }
    }
    w.events(events);
    Ok(w.finish())
}

/// A `ReplicaSet` or a `ReplicationController`.
pub async fn replica_set(s: &Subject<'_>, rs: &Value) -> Result<String, Error> {
    let controller = rs.kind() == "ReplicationController";
    let chosen = rs.at(&["spec", "selector"]);
    let (shown, query) = if controller {
        (
            format_labels(chosen),
            Selector::from_set(chosen).to_string(),
        )
    } else {
        (format_label_selector(chosen), spec_selector(rs)?)
    };
    let pods = pods_status(s, rs, &query).await;
    let events = s.events(rs).await;
    let mut w = s.writer();
    w.field(0, "Name", rs.name());
    w.field(0, "Namespace", rs.namespace());
    w.field(0, "Selector", shown);
    w.labels("Labels", rs.meta().get("labels"));
    w.annotations("Annotations", rs.meta().get("annotations"));
    if let Some(owner) = controlled_by(rs).filter(|_| !controller) {
        w.field(0, "Controlled By", owner);
    }
    let (current, desired) = (
        number(rs.at(&["status", "replicas"])),
        number(rs.at(&["spec", "replicas"])),
    );
    w.field(
        0,
        "Replicas",
        format!("{current} current / {desired} desired"),
    );
    match pods {
        Ok(text) => w.field(0, "Pods Status", text),
        Err(e) if controller => return Err(e),
        Err(e) => w.field(
            0,
            "Pods Status",
            format!("error in fetching pods: {}", e.text()),
        ),
    }
    template(&mut w, rs.at(&["spec", "template"]));
    w.conditions(rs.at(&["status", "conditions"]));
    w.events(events);
    Ok(w.finish())
}

/// A `StatefulSet`.
pub async fn stateful_set(s: &Subject<'_>, set: &Value) -> Result<String, Error> {
    let query = spec_selector(set)?;
    let pods = pods_status(s, set, &query).await?;
    let events = s.events(set).await;
    let spec = set.get("spec");
    let mut w = s.writer();
    w.field(0, "Name", set.name());
    w.field(0, "Namespace", set.namespace());
    w.field(
        0,
        "CreationTimestamp",
        rfc1123(set.meta().get("creationTimestamp")),
    );
    w.field(0, "Selector", query);
    w.labels("Labels", set.meta().get("labels"));
    w.annotations("Annotations", set.meta().get("annotations"));
    let (desired, total) = (
        number(spec.get("replicas")),
        number(set.at(&["status", "replicas"])),
    );
    w.field(0, "Replicas", format!("{desired} desired | {total} total"));
    w.field(
        0,
        "Update Strategy",
        spec.at(&["updateStrategy", "type"]).str(),
    );
    let rolling = spec.at(&["updateStrategy", "rollingUpdate"]);
    if !rolling.get("partition").is_null() {
        w.field(1, "Partition", plain(rolling.get("partition")));
        if !rolling.get("maxUnavailable").is_null() {
            w.field(
                1,
                "MaxUnavailable",
                intstr::display(rolling.get("maxUnavailable")),
            );
        }
    }
    w.field(0, "Pods Status", pods);
    template(&mut w, spec.get("template"));
    claim_templates(&mut w, spec.get("volumeClaimTemplates"));
    w.events(events);
    Ok(w.finish())
}

/// A `DaemonSet`.
pub async fn daemon_set(s: &Subject<'_>, ds: &Value) -> Result<String, Error> {
    let query = spec_selector(ds)?;
    let pods = pods_status(s, ds, &query).await?;
    let events = s.events(ds).await;
    let mut w = s.writer();
    w.field(0, "Name", ds.name());
    w.field(0, "Namespace", ds.namespace());
    w.field(0, "Selector", query);
    w.field(
        0,
        "Node-Selector",
        format_labels(ds.at(&["spec", "template", "spec", "nodeSelector"])),
    );
    w.labels("Labels", ds.meta().get("labels"));
    w.annotations("Annotations", ds.meta().get("annotations"));
    for (title, key) in [
        (
            "Desired Number of Nodes Scheduled",
            "desiredNumberScheduled",
        ),
        (
            "Current Number of Nodes Scheduled",
            "currentNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            "updatedNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Available Pods",
            "numberAvailable",
        ),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        w.line(0, format!("{title}: {}", number(ds.at(&["status", key]))));
    }
    w.field(0, "Pods Status", pods);
    template(&mut w, ds.at(&["spec", "template"]));
    w.events(events);
    Ok(w.finish())
}

/// A `Job`.
pub async fn job(s: &Subject<'_>, job: &Value) -> Result<String, Error> {
    let events = s.events(job).await;
    let (spec, status) = (job.get("spec"), job.get("status"));
    let mut w = s.writer();
    w.field(0, "Name", job.name());
    w.field(0, "Namespace", job.namespace());
    let text =
        selector(spec.get("selector")).unwrap_or_else(|e| format!("Failed to get selector: {e}"));
    w.field(0, "Selector", text);
    w.labels("Labels", job.meta().get("labels"));
    w.annotations("Annotations", job.meta().get("annotations"));
    if let Some(owner) = controlled_by(job) {
        w.field(0, "Controlled By", owner);
    }
    let optional = |w: &mut Writer, title: &str, key: &str| {
        if !spec.get(key).is_null() {
            w.field(0, title, plain(spec.get(key)));
        }
    };
    optional(&mut w, "Parallelism", "parallelism");
    w.field(0, "Completions", or_unset(spec.get("completions")));
    optional(&mut w, "Completion Mode", "completionMode");
    optional(&mut w, "Suspend", "suspend");
    optional(&mut w, "Backoff Limit", "backoffLimit");
    optional(
        &mut w,
        "TTL Seconds After Finished",
        "ttlSecondsAfterFinished",
    );
    let (start, end) = (status.get("startTime"), status.get("completionTime"));
    if !start.is_null() {
        w.field(0, "Start Time", rfc1123(start));
    }
    if !end.is_null() {
        w.field(0, "Completed At", rfc1123(end));
    }
    if let (Some(a), Some(b)) = (Timestamp::parse(start.str()), Timestamp::parse(end.str())) {
        w.field(0, "Duration", human(b.secs() - a.secs()));
    }
    if !spec.get("activeDeadlineSeconds").is_null() {
        w.field(
            0,
            "Active Deadline Seconds",
            format!("{}s", plain(spec.get("activeDeadlineSeconds"))),
        );
    }
    let n = |key: &str| number(status.get(key));
    let ready = match status.get("ready").as_i64() {
        Some(ready) => format!(" ({ready} Ready)"),
        None => String::new(),
    };
    let text = format!(
        "{} Active{ready} / {} Succeeded / {} Failed",
        n("active"),
        n("succeeded"),
        n("failed")
    );
    w.field(0, "Pods Statuses", text);
    if spec.get("completionMode") == "Indexed" {
        w.field(
            0,
            "Completed Indexes",
            cap_indexes(status.get("completedIndexes").str()),
        );
    }
    template(&mut w, spec.get("template"));
    w.events(events);
    Ok(w.finish())
}

/// The list of indexes, cut at a comma beyond 50 characters.
fn cap_indexes(indexes: &str) -> String {
    if indexes.is_empty() {
        return "<none>".to_owned();
    }
    match indexes.get(50..).and_then(|rest| rest.find(',')) {
        Some(i) => format!("{},...", &indexes[..50 + i]),
        None => indexes.to_owned(),
    }
}

/// A `CronJob`.
pub async fn cron_job(s: &Subject<'_>, cj: &Value) -> Result<String, Error> {
    let events = s.events(cj).await;
    let spec = cj.get("spec");
    let job = spec.at(&["jobTemplate", "spec"]);
    let mut w = s.writer();
    w.head(cj);
    w.field(0, "Schedule", spec.get("schedule").str());
    w.field(0, "Concurrency Policy", spec.get("concurrencyPolicy").str());
    w.field(0, "Suspend", bool_pointer(spec.get("suspend")));
    w.field(0, "Time Zone", or_unset(spec.get("timeZone")));
    w.field(
        0,
        "Successful Job History Limit",
        or_unset(spec.get("successfulJobsHistoryLimit")),
    );
    w.field(
        0,
        "Failed Job History Limit",
        or_unset(spec.get("failedJobsHistoryLimit")),
    );
    let seconds = |v: &Value| {
        if v.is_null() {
            "<unset>".to_owned()
        } else {
            format!("{}s", plain(v))
        }
    };
    w.field(
        0,
        "Starting Deadline Seconds",
        seconds(spec.get("startingDeadlineSeconds")),
    );
    let text = match job.get("selector") {
        Value::Null => "<unset>".to_owned(),
        v => selector(v).unwrap_or_else(|e| format!("Failed to get selector: {e}")),
    };
    w.field(0, "Selector", text);
    w.field(0, "Parallelism", or_unset(job.get("parallelism")));
    w.field(0, "Completions", or_unset(job.get("completions")));
    if !job.get("activeDeadlineSeconds").is_null() {
        w.field(
            0,
            "Active Deadline Seconds",
            seconds(job.get("activeDeadlineSeconds")),
        );
    }
    template(&mut w, job.get("template"));
    let last = match cj.at(&["status", "lastScheduleTime"]) {
        Value::Null => "<unset>".to_owned(),
        time => rfc1123(time),
    };
    w.field(0, "Last Schedule Time", last);
    let active: Vec<&str> = cj
        .at(&["status", "active"])
        .items()
        .iter()
        .map(|j| j.get("name").str())
        .collect();
    w.field(0, "Active Jobs", or_none(&active.join(", ")));
    w.events(events);
    Ok(w.finish())
}
