//! From client-side to server-side apply: what the one managed goes to the other (`csaupgrade`).

use super::{Options, helper};
use crate::apimachinery::http::Body;
use crate::apimachinery::managed_fields::{Element, Set};
use crate::apimachinery::{Text, Value};
use crate::kubectl::cmd::common::LAST_APPLIED;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::resource::Info;
use crate::tree;

/// The manager whose fields of client-side apply are taken over.
const KUBECTL: &str = "kubectl";
/// Who owns the annotation of client-side apply after the change.
const LAST_APPLIED_MANAGER: &str = "kubectl-last-applied";
/// How often the change is tried where others write meanwhile.
const MAX_TRIES: usize = 5;

/// Keeps the annotation of client-side apply in an object that was applied by the server, so that the next apply does not take
/// it away.
pub async fn keep_annotation(cx: &Cx, info: &mut Info, options: &Options) -> Result<(), Error> {
    let Some(text) = info.object.annotation(LAST_APPLIED) else {
        return Ok(());
    };
    if options.manager != KUBECTL || owners(&info.object, "Apply").next().is_some() {
        return Ok(());
    }
    let mut only = tree!({"metadata": {}});
    only.set("apiVersion", info.object.api_version());
    only.set("kind", info.object.kind());
    only.set_at(&["metadata", "name"], info.object.name());
    if !info.object.namespace().is_empty() {
        only.set_at(&["metadata", "namespace"], info.object.namespace());
    }
    only.set_at(&["metadata", "annotations", LAST_APPLIED], text);
    info.object = helper(cx, info, options)
        .field_manager(LAST_APPLIED_MANAGER)
        .patch(
            &info.name,
            "application/apply-patch+yaml",
            Body::Bytes(only.to_json().into_bytes()),
            None,
        )
        .await?;
    Ok(())
}

/// Gives the fields of client-side apply's managers to the one that applies now; says whether there were any.
pub async fn migrate(cx: &Cx, info: &mut Info, options: &Options) -> Result<bool, Error> {
    let names: Vec<String> = owners(&info.object, "Update")
        .map(|e| e.get("manager").str().to_owned())
        .collect();
    let mut failure = None;
    for _ in 0..MAX_TRIES {
        let before = info.object.meta().get("managedFields").clone();
        let after = upgraded(&before, &names, &options.manager);
        if after == before {
            return Ok(false);
        }
        let mut patch = tree!([
            {"op": "replace", "path": "/metadata/managedFields"},
            {"op": "replace", "path": "/metadata/resourceVersion"},
        ]);
        let operations = patch.items_mut();
        operations[0].set("value", after);
        operations[1].set("value", info.object.resource_version());
        let sent = helper(cx, info, options)
            .patch(
                &info.name,
                "application/json-patch+json",
                Body::Tree(patch),
                None,
            )
            .await;
        match sent {
            Ok(object) => {
                info.object = object;
                return Ok(true);
            }
            Err(e) if e.is_conflict() => failure = Some(e),
            Err(e) => return Err(e),
        }
        info.get(cx).await?;
    }
    failure.map_or(Ok(false), Err)
}

/// Entries of one operation that own the annotation of client-side apply.
fn owners<'a>(object: &'a Value, operation: &'a str) -> impl Iterator<Item = &'a Value> {
    let path = ["metadata", "annotations", LAST_APPLIED].map(|s| Element::Field(Text::key(s)));
    let entries = object.meta().get("managedFields").items().iter();
    entries.filter(move |e| {
        e.get("operation") == &operation
            && Set::from_value(e.get("fieldsV1")).is_ok_and(|s| s.has(&path))
    })
}

/// The list with what these managers updated given to the one that applies.
fn upgraded(list: &Value, names: &[String], applier: &str) -> Value {
    let mut entries = list.items().to_vec();
    for name in names {
        let is_old = |e: &Value| {
            e.get("manager") == &name.as_str()
                && e.get("operation") == &"Update"
                && e.get("subresource").str().is_empty()
        };
        let Some(old) = entries.iter().position(&is_old) else {
            continue;
        };
        let present = entries.iter().position(|e| {
            e.get("manager") == &applier
                && e.get("operation") == &"Apply"
                && e.get("subresource").str().is_empty()
        });
        match present {
            None => {
                entries[old].set("manager", applier);
                entries[old].set("operation", "Apply");
            }
            Some(at) if entries[at].api_version() == entries[old].api_version() => {
                let set = |e: &Value| Set::from_value(e.get("fieldsV1")).unwrap_or_default();
                let all = set(&entries[at]).union(&set(&entries[old]));
                entries[at].set("fieldsV1", all.to_value());
            }
            Some(_) => {}
        }
        entries.retain(|e| !is_old(e));
    }
    entries.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: Value) -> Value {
        let mut e = tree!({"apiVersion": "v1", "fieldsType": "FieldsV1"});
        e.set("manager", manager);
        e.set("operation", operation);
        e.set("fieldsV1", fields);
        e
    }

    #[test]
    fn fields_of_client_side_apply_go_to_the_applier() {
        let old = entry(
            "kubectl-client-side-apply",
            "Update",
            tree!({"f:data": {"f:a": {}}}),
        );
        let new = entry("kubectl", "Apply", tree!({"f:data": {"f:b": {}}}));
        let other = entry("x", "Update", tree!({"f:data": {"f:c": {}}}));
        let names = ["kubectl-client-side-apply".to_owned()];
        let list: Value = vec![new, old.clone(), other.clone()].into();
        let both = entry(
            "kubectl",
            "Apply",
            tree!({"f:data": {"f:a": {}, "f:b": {}}}),
        );
        let want: Value = vec![both, other].into();
        assert_eq!(upgraded(&list, &names, "kubectl"), want);
        let alone: Value = vec![old].into();
        let want: Value = vec![entry("kubectl", "Apply", tree!({"f:data": {"f:a": {}}}))].into();
        assert_eq!(upgraded(&alone, &names, "kubectl"), want);
        assert_eq!(upgraded(&want, &names, "kubectl"), want);
    }
}
