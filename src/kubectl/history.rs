//! Revisions of deployments, daemon sets and stateful sets: finding, showing and going back (models
//! `k8s.io/kubectl/pkg/polymorphichelpers`).

use super::context::Cx;
use super::describe::containers::template;
use super::describe::writer::{Writer, or_none};
use super::discovery::Mapping;
use super::error::Error;
use super::rest::Call;
use crate::apimachinery::http::Body;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::patch::strategic_merge_patch;
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::tabwriter::TabWriter;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::tree;
use http::Method;

/// The annotation that holds a replica set's revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
const HASH: &str = "pod-template-hash";

/// One revision of an object.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number.
    pub number: i64,
    /// Why it came about, or "".
    pub cause: String,
    /// Its pod template, with the change cause among its annotations.
    pub template: Value,
    /// The replica set or controller revision that keeps it.
    pub object: Value,
}

/// The replica sets of a deployment in order of their creation: old ones, and the one with its present template.
pub fn split_replica_sets(deployment: &Value, sets: &[Value]) -> (Vec<Value>, Option<Value>) {
    let mut mine: Vec<Value> = sets
        .iter()
        .filter(|rs| rs.is_controlled_by(deployment))
        .cloned()
        .collect();
    mine.arrange_by(|a, b| {
        let time = |v: &Value| v.creation_timestamp().unwrap_or(Timestamp(0));
        time(a).cmp(&time(b)).then(a.name().cmp(b.name()))
    });
    let template = deployment.at(&["spec", "template"]);
    let new = mine
        .iter()
        .find(|rs| without_hash(rs.at(&["spec", "template"])) == *template)
        .cloned();
    if let Some(new) = &new {
        mine.retain(|rs| rs.uid() != new.uid());
    }
    (mine, new)
}

/// A template without the label that its replica set added.
pub fn without_hash(template: &Value) -> Value {
    let mut t = template.clone();
    t.remove_at(&["metadata", "labels", HASH]);
    if t.at(&["metadata", "labels"]).is_empty() {
        t.remove_at(&["metadata", "labels"]);
    }
    t
}

async fn list(cx: &Cx, api_version: &str, kind: &str, owner: &Value) -> Result<Vec<Value>, Error> {
    let selector =
        Selector::from_label_selector(owner.at(&["spec", "selector"])).map_err(Error::msg)?;
    let mapping = Mapping::built_in(api_version, kind);
    let call = Call::on(Method::GET, &mapping, owner.namespace(), "", "")
        .query("labelSelector", selector.to_string());
    let list = cx.rest.send(call).await?;
    let mine = list
        .get("items")
        .items()
        .iter()
        .filter(|o| o.is_controlled_by(owner));
    Ok(mine.cloned().collect())
}

/// All revisions of an object, in order of their numbers; `None` where its kind keeps none.
pub async fn revisions(cx: &Cx, object: &Value) -> Result<Option<Vec<Revision>>, Error> {
    let mut all = match object.kind() {
        "Deployment" => list(cx, "apps/v1", "ReplicaSet", object)
            .await?
            .into_iter()
            .filter_map(of_replica_set)
            .collect(),
        "DaemonSet" | "StatefulSet" => {
            let kept = list(cx, "apps/v1", "ControllerRevision", object).await?;
            kept.into_iter()
                .map(|r| of_controller_revision(object, r))
                .collect::<Result<Vec<_>, _>>()?
        }
        _ => return Ok(None),
    };
    all.arrange_by_key(|r| r.number);
    Ok(Some(all))
}

fn of_replica_set(rs: Value) -> Option<Revision> {
    let number = rs.annotation(REVISION)?.parse().ok()?;
    let cause = rs.annotation(CHANGE_CAUSE).unwrap_or_default().to_owned();
    let mut template = rs.at(&["spec", "template"]).clone();
    if !cause.is_empty() {
        template.set_at(&["metadata", "annotations", CHANGE_CAUSE], &cause);
    }
    Some(Revision {
        number,
        cause,
        template,
        object: rs,
    })
}

fn of_controller_revision(owner: &Value, revision: Value) -> Result<Revision, Error> {
    let mut blank = owner.clone();
    blank.entry("spec").remove("template");
    let type_id = kind_type("apps/v1", owner.kind()).unwrap_or_default();
    let whole = strategic_merge_patch(&blank, revision.get("data"), type_id)
        .map_err(|e| Error::msg(e.to_string()))?;
    Ok(Revision {
        number: revision.get("revision").as_i64().unwrap_or(0),
        cause: revision
            .annotation(CHANGE_CAUSE)
            .unwrap_or_default()
            .to_owned(),
        template: whole.at(&["spec", "template"]).clone(),
        object: revision,
    })
}

/// Kinds that upstream's visitor knows (`apps.GroupKindElement`), though there may be nothing for them.
const VISITED: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

fn none_for(object: &Value, retrieved: &str, part: &str) -> Error {
    let kind = quoted_kind(object);
    Error::msg(if VISITED.contains(&object.kind()) {
        format!("no {part} has been implemented for {kind}")
    } else {
        let (group, _) = crate::apimachinery::meta::split_api_version(object.api_version());
        format!(
            "error retrieving {retrieved} for {kind}, no visitor method exists for {{{group} {}}}",
            object.kind()
        )
    })
}

/// What `rollout history` prints after the object's name: the table, or one revision's template.
pub async fn view(cx: &Cx, object: &Value, revision: i64) -> Result<String, Error> {
    let Some(all) = revisions(cx, object).await? else {
        return Err(none_for(object, "history", "history viewer"));
    };
    if revision > 0 {
        let found = all.iter().find(|r| r.number == revision);
        let found = found.ok_or_else(|| Error::msg("unable to find the specified revision"))?;
        return Ok(template_text(cx, &found.template));
    }
    if all.is_empty() && object.kind() == "Deployment" {
        return Ok("No rollout history found.".to_owned());
    }
    let mut w = TabWriter::describe();
    w.write("REVISION\tCHANGE-CAUSE\n");
    for r in &all {
        w.write(&format!("{}\t{}\n", r.number, or_none(&r.cause)));
    }
    Ok(w.finish())
}

/// A pod template in words.
pub fn template_text(cx: &Cx, t: &Value) -> String {
    let mut w = Writer::unaligned(cx.io.now());
    template(&mut w, t);
    w.finish()
}

/// A kind with its group: `Deployment.apps`.
pub fn qualified_kind(object: &Value) -> String {
    let (group, _) = crate::apimachinery::meta::split_api_version(object.api_version());
    crate::apimachinery::status::qualified(group, object.kind())
}

/// Goes back to a revision (0: the one before); gives the words to print. With `dry_run` of the client, nothing is sent.
pub async fn undo(
    cx: &Cx,
    object: &Value,
    to: i64,
    client: bool,
    server: bool,
) -> Result<String, Error> {
    if object.kind() == "Deployment"
        && object.at(&["spec", "paused"]).as_bool() == Some(true)
        && !client
    {
        return Err(Error::msg(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if to < 0 {
        return Err(Error::msg(format!(
            "unable to find specified revision {to} in history"
        )));
    }
    let Some(all) = revisions(cx, object).await? else {
        return Err(none_for(object, "rollbacker", "rollbacker"));
    };
    if object.kind() == "Deployment" {
        deployment_undo(cx, object, &all, to, client, server).await
    } else {
        controller_undo(cx, object, &all, to, client, server).await
    }
}

/// `"Deployment.apps"`
pub fn quoted_kind(object: &Value) -> String {
    format!("\"{}\"", qualified_kind(object))
}

fn chosen(all: &[Revision], to: i64) -> Result<&Revision, Error> {
    if to > 0 {
        let found = all.iter().find(|r| r.number == to);
        return found.ok_or_else(|| {
            Error::msg(format!("unable to find specified revision {to} in history"))
        });
    }
    match all {
        [.., before, _] => Ok(before),
        _ => Err(Error::msg("no last revision to roll back to")),
    }
}

async fn deployment_undo(
    cx: &Cx,
    d: &Value,
    all: &[Revision],
    to: i64,
    client: bool,
    server: bool,
) -> Result<String, Error> {
    let target = match all {
        _ if to > 0 => chosen(all, to)?,
        [.., before, _] => before,
        _ => {
            return Err(Error::msg(format!(
                "no rollout history found for deployment {:?}",
                d.name()
            )));
        }
    };
    let rs = &target.object;
    if client {
        return Ok(template_text(cx, rs.at(&["spec", "template"])));
    }
    let wanted = without_hash(rs.at(&["spec", "template"]));
    if wanted == *d.at(&["spec", "template"]) {
        return Ok(format!(
            "skipped rollback (current template already matches revision {to})"
        ));
    }
    let keep_own = [
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.revision",
    ];
    let mut annotations = Value::object();
    for (k, v) in d
        .meta()
        .get("annotations")
        .fields()
        .filter(|(k, _)| keep_own.contains(k))
    {
        annotations.set(k, v);
    }
    for (k, v) in rs
        .meta()
        .get("annotations")
        .fields()
        .filter(|(k, _)| !keep_own.contains(k))
    {
        annotations.set(k, v);
    }
    let mut patch = tree!([{"op": "replace", "path": "/spec/template"}, {"op": "replace", "path": "/metadata/annotations"}]);
    patch.items_mut()[0].set("value", wanted);
    patch.items_mut()[1].set("value", annotations);
    send_patch(cx, d, "application/json-patch+json", patch, server).await?;
    Ok("rolled back".to_owned())
}

async fn controller_undo(
    cx: &Cx,
    object: &Value,
    all: &[Revision],
    to: i64,
    client: bool,
    server: bool,
) -> Result<String, Error> {
    let target = chosen(all, to)?;
    if client {
        return Ok(format!(
            "will roll back to {}",
            template_text(cx, &target.template)
        ));
    }
    if target.template == *object.at(&["spec", "template"]) {
        return Ok(format!(
            "skipped rollback (current template already matches revision {to})"
        ));
    }
    let patch = target.object.get("data").clone();
    send_patch(
        cx,
        object,
        "application/strategic-merge-patch+json",
        patch,
        server,
    )
    .await?;
    Ok("rolled back".to_owned())
}

async fn send_patch(
    cx: &Cx,
    object: &Value,
    content_type: &'static str,
    patch: Value,
    server: bool,
) -> Result<Value, Error> {
    let mapping = Mapping::built_in(object.api_version(), object.kind());
    let call = Call::on(
        Method::PATCH,
        &mapping,
        object.namespace(),
        object.name(),
        "",
    )
    .query("dryRun", if server { "All" } else { "" })
    .patch(content_type, Body::Tree(patch));
    cx.rest.send(call).await
}
