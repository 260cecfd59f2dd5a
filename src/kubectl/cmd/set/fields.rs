//! `kubectl set image|resources|selector|serviceaccount`

use super::{Change, Work, check_local, check_selector, each_container, find, pod_spec};
use crate::apimachinery::labels::{Operator, Selector};
use crate::apimachinery::{Quantity, Value};
use crate::collections::Arrange;
use crate::kubectl::cmd::pairs;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::resource::files;

pub(super) async fn image(cx: &Cx) -> Outcome {
    let mut work = Work::new(
        cx,
        "image updated",
        "failed to patch image update to pod template:",
    )?;
    let (resources, words) = pairs::split(&cx.args, "image")?;
    let mut images: Vec<(&str, &str)> = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, image)) if !name.is_empty() => images.push((name, image)),
            _ => return Err(Error::msg(format!("invalid image format: {word}"))),
        }
    }
    images.arrange_by(|a, b| a.0.cmp(b.0));
    let infos = find(cx, resources).await?;
    let mut errors = Vec::new();
    errors.extend(check_selector(cx).err());
    if resources.is_empty() && files::none_given(cx) {
        errors.push(Error::msg(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if images.is_empty() {
        errors.push(Error::msg("at least one image update is required"));
    } else if images.len() > 1 && images.iter().any(|(name, _)| *name == "*") {
        errors.push(Error::msg("all containers are already specified by *, but saw more than one container_name=container_image pairs"));
    }
    errors.extend(check_local(cx, work.dry_run).err());
    Error::all(errors)?;
    for info in &infos {
        let mut changed = info.object.clone();
        let result = match pod_spec(&mut changed) {
            Err(e) => Err(e),
            Ok(spec) => {
                for (name, image) in &images {
                    if !each_container(spec, name, |c| c.set("image", *image)) {
                        work.errors.push(Error::msg(format!(
                            "error: unable to find container named \"{name}\""
                        )));
                    }
                }
                Ok((changed, Change::Done))
            }
        };
        work.one(info, result).await;
    }
    work.finish()
}

/// Reads `cpu=100m,memory=256Mi`.
fn resource_list(text: &str) -> Result<Vec<(String, Quantity)>, Error> {
    let mut out = Vec::new();
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let parts: Vec<&str> = part.split('=').collect();
        let [name, amount] = parts[..] else {
            return Err(Error::msg(format!(
                "Invalid argument syntax {part}, expected <resource>=<value>"
            )));
        };
        let amount = Quantity::parse(amount).map_err(|e| Error::msg(e.to_string()))?;
        out.push((name.to_owned(), amount));
    }
    Ok(out)
}

pub(super) async fn resources(cx: &Cx) -> Outcome {
    let mut work = Work::new(
        cx,
        "resource requirements updated",
        "failed to patch resources update to pod template",
    )?;
    let infos = find(cx, &cx.args).await?;
    check_local(cx, work.dry_run)?;
    check_selector(cx)?;
    let (limits, requests) = (cx.flags.str("limits"), cx.flags.str("requests"));
    if limits.is_empty() && requests.is_empty() {
        return Err(Error::msg(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let (limits, requests) = (resource_list(limits)?, resource_list(requests)?);
    let wanted = cx.flags.str("containers");
    for info in &infos {
        let mut changed = info.object.clone();
        let result = match pod_spec(&mut changed) {
            Err(e) => Err(e),
            Ok(spec) => {
                let found = each_container(spec, wanted, |c| {
                    for (key, list) in [("limits", &limits), ("requests", &requests)] {
                        for (name, amount) in list {
                            c.set_at(&["resources", key, name], amount);
                        }
                    }
                });
                if !found {
                    work.errors.push(Error::msg(format!(
                        "error: unable to find container named {wanted}"
                    )));
                }
                Ok((changed, if found { Change::Done } else { Change::Skipped }))
            }
        };
        work.one(info, result).await;
    }
    work.finish()
}

/// Reads `a=b,c=d` into labels, as `metav1.ParseToLabelSelector` does for what a service can have.
fn match_labels(text: &str) -> Result<Value, Error> {
    let selector = Selector::parse(text).map_err(|e| {
        Error::msg(format!(
            "couldn't parse the selector string \"{text}\": {e}"
        ))
    })?;
    let mut labels = Value::object();
    for r in selector.requirements() {
        match (r.operator, r.values.first()) {
            (Operator::Equals | Operator::DoubleEquals, Some(value)) => {
                labels.set(&r.key, value.as_str())
            }
            _ => {
                return Err(Error::msg(format!(
                    "match expression [{{{} {:?} [{}]}}] not supported on this object",
                    r.key,
                    r.operator,
                    r.values.join(" ")
                )));
            }
        }
    }
    Ok(labels)
}

pub(super) async fn selector(cx: &Cx) -> Outcome {
    let mut work = Work::new(cx, "selector updated", "")?;
    let Some((expression, resources)) = cx.args.split_last() else {
        return Err(Error::msg("one selector is required"));
    };
    // Upstream finds the resources first: what looks like a name was meant as one.
    let infos = find(cx, resources).await?;
    let labels = match_labels(expression)?;
    let version = cx.flags.str("resource-version");
    for info in &infos {
        let mut changed = info.object.clone();
        if changed.kind() != "Service" {
            work.errors.push(Error::msg(
                "setting a selector is only supported for Services",
            ));
            continue;
        }
        let mut info = info.clone();
        if !version.is_empty() {
            info.object.meta_mut().remove("resourceVersion");
            changed.set_at(&["metadata", "resourceVersion"], version);
        }
        changed.set_at(&["spec", "selector"], labels.clone());
        if info.object == changed {
            work.show(&changed)?;
            continue;
        }
        work.one(&info, Ok((changed, Change::Done))).await;
    }
    work.finish()
}

pub(super) async fn service_account(cx: &Cx) -> Outcome {
    let mut work = Work::new(
        cx,
        "serviceaccount updated",
        "failed to patch ServiceAccountName",
    )?;
    check_local(cx, work.dry_run)?;
    let Some((account, resources)) = cx.args.split_last() else {
        return Err(Error::msg("serviceaccount is required"));
    };
    let infos = find(cx, resources).await?;
    for info in &infos {
        let mut changed = info.object.clone();
        let result =
            pod_spec(&mut changed).map(|spec| spec.set("serviceAccountName", account.as_str()));
        if result.is_ok() && changed == info.object {
            work.show(&changed)?;
            continue;
        }
        work.one(info, result.map(|()| (changed, Change::Done)))
            .await;
    }
    work.finish()
}
