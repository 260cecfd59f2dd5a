//! `kubectl rollout status`

use super::{check_revision, find};
use crate::apimachinery::Value;
use crate::apimachinery::http::WatchType;
use crate::kubectl::context::Cx;
use crate::kubectl::env::{Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::history::{REVISION, qualified_kind};
use crate::kubectl::resource::Info;
use crate::kubectl::rest::Call;
use http::Method;

pub(super) async fn run(cx: &Cx) -> Outcome {
    check_revision(cx)?;
    let found = find(cx).await?;
    let mut errors = found.errors;
    if found.infos.is_empty() && errors.is_empty() {
        let (namespace, _) = cx.namespace()?;
        cx.warn(format!("No resources found in {namespace} namespace."));
    }
    for info in &found.infos {
        if let Err(e) = follow(cx, info).await {
            errors.push(e);
        }
    }
    Error::all(errors)
}

async fn follow(cx: &Cx, info: &Info) -> Outcome {
    if !matches!(
        info.object.kind(),
        "Deployment" | "DaemonSet" | "StatefulSet"
    ) {
        return Err(Error::msg(format!(
            "no status viewer has been implemented for {}",
            qualified_kind(&info.object)
        )));
    }
    let timeout = cx.flags.duration("timeout");
    let watching = watch(cx, info);
    if timeout.is_zero() {
        return watching.await;
    }
    match race(watching, cx.io.sleep(timeout)).await {
        Raced::First(outcome) => outcome,
        Raced::Second(()) => Err(Error::msg("timed out waiting for the condition")),
    }
}

async fn watch(cx: &Cx, info: &Info) -> Outcome {
    let call = || {
        Call::on(Method::GET, &info.mapping, &info.namespace, "", "")
            .query("fieldSelector", format!("metadata.name={}", info.name))
    };
    loop {
        let list = cx.rest.send(call()).await?;
        for object in list.get("items").items() {
            if step(cx, object)? {
                return Ok(());
            }
        }
        let mut watch = cx
            .rest
            .watch(call().query("resourceVersion", list.resource_version()))
            .await?;
        while let Some(event) = watch.next().await {
            match event.kind {
                WatchType::Added | WatchType::Modified => {
                    if step(cx, &event.object)? {
                        return Ok(());
                    }
                }
                WatchType::Deleted => return Err(Error::msg("object has been deleted")),
                WatchType::Bookmark | WatchType::Error => {}
            }
        }
    }
}

/// Says how far the rollout is; whether there is nothing more to wait for.
fn step(cx: &Cx, object: &Value) -> Result<bool, Error> {
    let (text, done) = match object.kind() {
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        _ => deployment(object, cx.flags.int("revision")),
    }
    .map_err(Error::msg)?;
    cx.out(text);
    Ok(done || !cx.flags.bool("watch"))
}

type Said = Result<(String, bool), String>;

fn number(o: &Value, path: &[&str]) -> i64 {
    o.at(path).as_i64().unwrap_or(0)
}

/// What is said of a deployment, and whether its rollout is done.
pub(super) fn deployment(d: &Value, revision: i64) -> Said {
    let name = d.name();
    if revision > 0 {
        let running: i64 = d
            .annotation(REVISION)
            .and_then(|r| r.parse().ok())
            .unwrap_or(0);
        if running != revision {
            return Err(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            ));
        }
    }
    let status = |key: &str| number(d, &["status", key]);
    if d.generation() > status("observedGeneration") {
        return Ok((
            "Waiting for deployment spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let progressing = d
        .at(&["status", "conditions"])
        .items()
        .iter()
        .find(|c| c.get("type") == "Progressing");
    if progressing.is_some_and(|c| c.get("reason") == "ProgressDeadlineExceeded") {
        return Err(format!(
            "deployment \"{name}\" exceeded its progress deadline"
        ));
    }
    let wait = |text: String| {
        Ok((
            format!("Waiting for deployment \"{name}\" rollout to finish: {text}...\n"),
            false,
        ))
    };
    let (updated, wanted) = (status("updatedReplicas"), number(d, &["spec", "replicas"]));
    if updated < wanted {
        return wait(format!(
            "{updated} out of {wanted} new replicas have been updated"
        ));
    }
    if status("replicas") > updated {
        return wait(format!(
            "{} old replicas are pending termination",
            status("replicas") - updated
        ));
    }
    if status("availableReplicas") < updated {
        return wait(format!(
            "{} of {updated} updated replicas are available",
            status("availableReplicas")
        ));
    }
    Ok((
        format!("deployment \"{name}\" successfully rolled out\n"),
        true,
    ))
}

const ROLLING_ONLY: &str = "rollout status is only available for RollingUpdate strategy type";

fn daemon_set(ds: &Value) -> Said {
    let name = ds.name();
    if ds.at(&["spec", "updateStrategy", "type"]) != "RollingUpdate" {
        return Err(ROLLING_ONLY.to_owned());
    }
    let status = |key: &str| number(ds, &["status", key]);
    if ds.generation() > status("observedGeneration") {
        return Ok((
            "Waiting for daemon set spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let wait = |text: String| {
        Ok((
            format!("Waiting for daemon set \"{name}\" rollout to finish: {text}...\n"),
            false,
        ))
    };
    let (updated, wanted) = (
        status("updatedNumberScheduled"),
        status("desiredNumberScheduled"),
    );
    if updated < wanted {
        return wait(format!(
            "{updated} out of {wanted} new pods have been updated"
        ));
    }
    if status("numberAvailable") < wanted {
        return wait(format!(
            "{} of {wanted} updated pods are available",
            status("numberAvailable")
        ));
    }
    Ok((
        format!("daemon set \"{name}\" successfully rolled out\n"),
        true,
    ))
}

fn stateful_set(sts: &Value) -> Said {
    if sts.at(&["spec", "updateStrategy", "type"]) != "RollingUpdate" {
        return Err(ROLLING_ONLY.to_owned());
    }
    let status = |key: &str| number(sts, &["status", key]);
    let observed = status("observedGeneration");
    if observed == 0 || sts.generation() > observed {
        return Ok((
            "Waiting for statefulset spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let wanted = number(sts, &["spec", "replicas"]);
    if status("readyReplicas") < wanted {
        return Ok((
            format!(
                "Waiting for {} pods to be ready...\n",
                wanted - status("readyReplicas")
            ),
            false,
        ));
    }
    let updated = status("updatedReplicas");
    let rolling = sts.at(&["spec", "updateStrategy", "rollingUpdate"]);
    if !rolling.is_null() {
        let new = wanted - number(rolling, &["partition"]);
        if !rolling.get("partition").is_null() && updated < new {
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated...\n"
                ),
                false,
            ));
        }
        return Ok((
            format!("partitioned roll out complete: {updated} new pods have been updated...\n"),
            true,
        ));
    }
    let text = |key: &str| sts.at(&["status", key]).str();
    if text("updateRevision") != text("currentRevision") {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {}...\n",
                text("updateRevision")
            ),
            false,
        ));
    }
    Ok((
        format!(
            "statefulset rolling update complete {} pods at revision {}...\n",
            status("currentReplicas"),
            text("currentRevision")
        ),
        true,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_deployment_is_followed_through_its_rollout() {
        let mut d = tree!({"metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 3}, "status": {"observedGeneration": 1}});
        let said =
            |d: &Value| deployment(d, 0).map(|(text, done)| (text.trim_end().to_owned(), done));
        assert_eq!(
            said(&d),
            Ok((
                "Waiting for deployment spec update to be observed...".to_owned(),
                false
            ))
        );
        d.set(
            "status",
            tree!({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 3}),
        );
        let text = "Waiting for deployment \"web\" rollout to finish: 1 out of 3 new replicas have been updated...";
        assert_eq!(said(&d), Ok((text.to_owned(), false)));
        d.set("status", tree!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}));
        assert_eq!(
            said(&d),
            Ok((
                "deployment \"web\" successfully rolled out".to_owned(),
                true
            ))
        );
        d.set_at(
            &["status", "conditions"],
            tree!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]),
        );
        assert_eq!(
            said(&d),
            Err("deployment \"web\" exceeded its progress deadline".to_owned())
        );
    }
}
