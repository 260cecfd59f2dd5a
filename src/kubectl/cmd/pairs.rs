//! What `label` and `annotate` share: arguments of the form `key=value` and `key-`, and writing the change.

use super::common::{DryRun, record};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::resource::{Builder, Found, Helper, Info, files};
use crate::tree;

/// What is to change.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Keys and their new values.
    pub set: Vec<(String, String)>,
    /// Keys that go.
    pub remove: Vec<String>,
}

/// Parts arguments into resources and pairs; pairs stand last.
pub fn split<'a>(args: &'a [String], what: &str) -> Result<(&'a [String], &'a [String]), Error> {
    let is_pair =
        |s: &String| s.find('=').is_some_and(|at| at > 0) || s.len() > 1 && s.ends_with('-');
    let at = args.iter().position(is_pair).unwrap_or(args.len());
    let (resources, pairs) = args.split_at(at);
    if let Some(late) = pairs.iter().find(|p| !is_pair(p)) {
        return Err(Error::msg(format!(
            "all resources must be specified before {what} changes: {late}"
        )));
    }
    Ok((resources, pairs))
}

/// Refuses what neither command can do.
pub fn check(cx: &Cx, resources: &[String], pairs: &[String], what: &str) -> Result<(), Error> {
    if cx.flags.bool("all") && !cx.flags.str("selector").is_empty() {
        return Err(Error::msg(
            "cannot set --all and --selector at the same time",
        ));
    }
    if cx.flags.bool("all") && !cx.flags.str("field-selector").is_empty() {
        return Err(Error::msg(
            "cannot set --all and --field-selector at the same time",
        ));
    }
    if cx.flags.bool("local") {
        if !resources.is_empty() {
            return Err(Error::msg(
                "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
            ));
        }
        if files::none_given(cx) {
            return Err(Error::msg(
                "one or more files must be specified as -f pod.yaml or --filename=pod.json when --local=true is set",
            ));
        }
    } else if resources.is_empty() && files::none_given(cx) {
        return Err(Error::msg(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if pairs.is_empty() && !cx.flags.bool("list") {
        return Err(Error::msg(format!(
            "at least one {what} update is required"
        )));
    }
    Ok(())
}

/// Finds the objects to change.
pub async fn find(cx: &Cx, resources: &[String]) -> Result<Found, Error> {
    let local = cx.flags.bool("local");
    let mut builder = Builder::new(cx)?
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .filenames(cx)
        .local(local)
        .continue_on_error()
        .flatten();
    if !local {
        builder = builder
            .label_selector(cx.flags.str("selector"))
            .field_selector(cx.flags.str("field-selector"))
            .select_all(cx.flags.bool("all"))
            .args(resources, false)
            .latest();
    }
    let found = builder.find(cx).await?;
    if !cx.flags.str("resource-version").is_empty() && found.infos.len() > 1 {
        return Err(Error::msg(
            "--resource-version may only be used with a single resource",
        ));
    }
    Ok(found)
}

/// Changes labels or annotations (`field`) of a tree.
pub fn apply(cx: &Cx, object: &mut Value, field: &str, changes: &Changes) {
    let map = object.entry("metadata").entry(field).map_mut();
    for (key, value) in &changes.set {
        map.insert(key.as_str(), value.as_str());
    }
    for key in &changes.remove {
        map.remove(key);
    }
    if !cx.flags.str("resource-version").is_empty() {
        object.set_at(
            &["metadata", "resourceVersion"],
            cx.flags.str("resource-version"),
        );
    }
}

/// Writes a change of one object as a merge patch; gives what the server made of it.
pub async fn write(cx: &Cx, info: &Info, field: &str, changes: &Changes) -> Result<Value, Error> {
    let mut changed = info.object.clone();
    record(cx, &mut changed);
    let mut patch = tree!({});
    for (key, value) in &changes.set {
        if info.object.meta().get(field).get(key) != value.as_str() {
            patch.set_at(&["metadata", field, key], value.as_str());
        }
    }
    for key in &changes.remove {
        if info.object.meta().get(field).has(key) {
            patch.set_at(&["metadata", field, key], Value::Null);
        }
    }
    if let Some(cause) = super::common::change_cause(cx) {
        patch.set_at(
            &["metadata", "annotations", super::common::CHANGE_CAUSE],
            cause,
        );
    }
    if !cx.flags.str("resource-version").is_empty() {
        patch.set_at(
            &["metadata", "resourceVersion"],
            cx.flags.str("resource-version"),
        );
    }
    Helper::of(cx, info)
        .dry_run(DryRun::of(cx)?.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .patch(
            &info.name,
            "application/merge-patch+json",
            Body::Tree(patch),
            None,
        )
        .await
}

/// Lists labels or annotations of an object.
pub fn list(cx: &Cx, info: &Info, field: &str, several: bool) {
    let indent = if several {
        cx.line(format!(
            "Listing {field} for {}.{}/{}:",
            info.mapping.kind, info.mapping.group, info.name
        ));
        " "
    } else {
        ""
    };
    for (key, value) in info.object.meta().get(field).fields() {
        cx.line(format!("{indent}{key}={}", value.str()));
    }
}
