//! ControllerRevisions: the templates that a DaemonSet or StatefulSet had (upstream's `pkg/controller/history`).

use super::ref_manager::RefManager;
use super::runner::{Error, Work};
use super::stores::{Kind, orphans_of};
use crate::apimachinery::{Selector, Value, meta};
use crate::client::DeleteOptions;
use crate::collections::Arrange;
use crate::tree;

/// Label of pods and revisions: the revision's hash or name.
pub const REVISION_LABEL: &str = "controller-revision-hash";

/// What a revision keeps of an object: its pod template.
pub fn template_patch(owner: &Value) -> Value {
    let mut template = owner.at(&["spec", "template"]).clone();
    template.set("$patch", "replace");
    let mut patch = Value::object();
    patch.set_at(&["spec", "template"], template);
    patch
}

/// The revisions that belong to an owner, the oldest first.
pub fn controlled(
    owner: &Value,
    kind: Kind,
    selector: &Selector,
    work: &mut Work<'_, '_>,
) -> Result<Vec<Value>, Error> {
    let all = &work.stores[Kind::ControllerRevisions];
    let candidates = all
        .by_index("owner", owner.uid())
        .chain(all.by_index("owner", &orphans_of(owner.namespace())))
        .cloned()
        .collect();
    let mut revisions = RefManager::new(owner, kind, selector, Kind::ControllerRevisions).claim(
        work,
        candidates,
        |_| true,
    )?;
    sort(&mut revisions);
    Ok(revisions)
}

/// Sorts by revision, then age, then name.
pub fn sort(revisions: &mut [Value]) {
    let key = |r: &Value| {
        let created = r.meta().get("creationTimestamp").str().to_owned();
        (number(r), created, r.name().to_owned())
    };
    revisions.arrange_by_key(key);
}

/// `revision`.
pub fn number(revision: &Value) -> i64 {
    revision.get("revision").as_i64().unwrap_or(0)
}

/// A revision of the owner's present template.
pub fn new_revision(owner: &Value, kind: Kind, hash: &str, label: &str, revision: i64) -> Value {
    let def = kind.def();
    let mut out = tree!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": format!("{}-{hash}", owner.name()), "namespace": owner.namespace()},
        "revision": revision,
    });
    out.set("data", template_patch(owner));
    out.set_at(
        &["metadata", "labels"],
        owner.at(&["spec", "template", "metadata", "labels"]),
    );
    out.set_at(&["metadata", "labels", REVISION_LABEL], label);
    if !owner.at(&["metadata", "annotations"]).is_empty() {
        out.set_at(
            &["metadata", "annotations"],
            owner.at(&["metadata", "annotations"]),
        );
    }
    let reference = meta::new_controller_ref(owner, &def.api_version(), def.kind);
    out.set_at(&["metadata", "ownerReferences"], vec![reference]);
    out
}

/// Whether a revision is of the owner's present template.
pub fn matches(owner: &Value, revision: &Value) -> bool {
    let data = revision.get("data");
    data == &template_patch(owner)
}

/// Gives a revision a higher number.
pub fn renumber(revision: &Value, number: i64, work: &mut Work<'_, '_>) -> Result<Value, Error> {
    let mut revision = revision.clone();
    revision.set("revision", number);
    Ok(work.cx.update(Kind::ControllerRevisions.def(), revision)?)
}

/// Deletes a revision.
pub fn delete(revision: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let (def, options) = (Kind::ControllerRevisions.def(), DeleteOptions::default());
    match work
        .cx
        .delete(def, revision.namespace(), revision.name(), &options)
    {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}
