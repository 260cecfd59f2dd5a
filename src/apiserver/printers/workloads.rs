//! Workloads: replica sets, deployments, daemon sets, stateful sets, jobs.

use super::{Cells, Row, containers_and_images, human, int, text_or};
use crate::apimachinery::labels::{Selector, format_label_selector, format_labels};
use crate::apimachinery::meta::split_api_version;
use crate::apimachinery::{Timestamp, Value};

fn template_spec<'a>(row: &Row<'a>) -> &'a Value {
    row.spec("template").get("spec")
}

fn sized(row: &Row<'_>, selector: String) -> Cells {
    let [containers, images] = containers_and_images(template_spec(row));
    vec![
        row.name(),
        row.spec_int("replicas"),
        row.status_int("replicas"),
        row.status_int("readyReplicas"),
        row.age(),
        containers,
        images,
        selector.into(),
    ]
}

/// A replication controller.
pub fn replication_controller(row: &Row<'_>) -> Cells {
    sized(row, format_labels(row.spec("selector")))
}

/// A replica set.
pub fn replica_set(row: &Row<'_>) -> Cells {
    sized(row, format_label_selector(row.spec("selector")))
}

/// A pod template.
pub fn pod_template(row: &Row<'_>) -> Cells {
    let template = row.o.get("template");
    let [containers, images] = containers_and_images(template.get("spec"));
    let labels = format_labels(template.meta().get("labels"));
    vec![row.name(), containers, images, labels.into()]
}

fn fraction(part: &Value, whole: &Value) -> Value {
    let number = |v: &Value| v.as_i64().unwrap_or(0);
    format!("{}/{}", number(part), number(whole)).into()
}

/// A deployment.
pub fn deployment(row: &Row<'_>) -> Cells {
    let [containers, images] = containers_and_images(template_spec(row));
    let selector = Selector::from_label_selector(row.spec("selector"));
    vec![
        row.name(),
        fraction(row.status("readyReplicas"), row.spec("replicas")),
        row.status_int("updatedReplicas"),
        row.status_int("availableReplicas"),
        row.age(),
        containers,
        images,
        selector.map_or("<error>".into(), |s| s.to_string()).into(),
    ]
}

/// A daemon set.
pub fn daemon_set(row: &Row<'_>) -> Cells {
    let spec = template_spec(row);
    let [containers, images] = containers_and_images(spec);
    vec![
        row.name(),
        row.status_int("desiredNumberScheduled"),
        row.status_int("currentNumberScheduled"),
        row.status_int("numberReady"),
        row.status_int("updatedNumberScheduled"),
        row.status_int("numberAvailable"),
        format_labels(spec.get("nodeSelector")).into(),
        row.age(),
        containers,
        images,
        format_label_selector(row.spec("selector")).into(),
    ]
}

/// A stateful set.
pub fn stateful_set(row: &Row<'_>) -> Cells {
    let [containers, images] = containers_and_images(template_spec(row));
    vec![
        row.name(),
        fraction(row.status("readyReplicas"), row.spec("replicas")),
        row.age(),
        containers,
        images,
    ]
}

/// A controller revision.
pub fn controller_revision(row: &Row<'_>) -> Cells {
    let controller = row.o.controller_of().map(|c| {
        let (group, _) = split_api_version(c.api_version());
        let kind = c.kind().to_lowercase();
        let name = c.get("name").str();
        if group.is_empty() {
            format!("{kind}/{name}")
        } else {
            format!("{kind}.{group}/{name}")
        }
    });
    vec![
        row.name(),
        controller.unwrap_or_else(|| "<none>".into()).into(),
        int(row.o.get("revision")),
        row.age(),
    ]
}

/// A job.
pub fn job(row: &Row<'_>) -> Cells {
    let succeeded = row.status("succeeded").as_i64().unwrap_or(0);
    let parallelism = row.spec("parallelism").as_i64().unwrap_or(0);
    let completions = match row.spec("completions").as_i64() {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    };
    let [containers, images] = containers_and_images(template_spec(row));
    vec![
        row.name(),
        job_status(row).into(),
        completions.into(),
        job_duration(row).into(),
        row.age(),
        containers,
        images,
        format_label_selector(row.spec("selector")).into(),
    ]
}

fn job_status(row: &Row<'_>) -> &'static str {
    let is = |kind: &str| {
        let conditions = row.status("conditions").items();
        conditions
            .iter()
            .any(|c| c.get("type") == &kind && c.get("status") == &"True")
    };
    if is("Complete") {
        return "Complete";
    }
    if is("Failed") {
        return "Failed";
    }
    if row.o.is_terminating() {
        return "Terminating";
    }
    ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
        .into_iter()
        .find(|k| is(k))
        .unwrap_or("Running")
}

fn job_duration(row: &Row<'_>) -> String {
    let Some(start) = Timestamp::parse(row.status("startTime").str()) else {
        return String::new();
    };
    let end = Timestamp::parse(row.status("completionTime").str()).unwrap_or(row.now);
    human((end.0 - start.0).div_euclid(1_000_000))
}

/// A cron job.
pub fn cron_job(row: &Row<'_>) -> Cells {
    let job = row.spec("jobTemplate").get("spec");
    let [containers, images] = containers_and_images(job.at(&["template", "spec"]));
    let last = row.status("lastScheduleTime");
    let suspend = match row.spec("suspend").as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    vec![
        row.name(),
        row.spec("schedule").clone(),
        text_or(row.spec("timeZone"), "<none>"),
        suspend.into(),
        row.status("active").items().len().into(),
        if last.is_null() {
            "<none>".into()
        } else {
            row.since(last)
        },
        row.age(),
        containers,
        images,
        format_label_selector(job.get("selector")).into(),
    ]
}
