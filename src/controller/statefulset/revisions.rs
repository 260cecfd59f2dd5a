//! The revisions of a stateful set's template.

use super::super::history::{self, number};
use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::identity;
use crate::apimachinery::Value;
use crate::apimachinery::hash::compute_hash;

const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The revision that pods are at, the one they are to be at, and how often a hash collided.
pub struct Revisions {
    /// What the set's pods are at until an update is complete.
    pub current: Value,
    /// The revision of the present template.
    pub update: Value,
    /// `status.collisionCount`.
    pub collisions: i64,
}

/// Finds or makes the revisions (`getStatefulSetRevisions`); `all` are sorted, the oldest first.
pub fn current_and_update(
    set: &Value,
    all: &[Value],
    work: &mut Work<'_, '_>,
) -> Result<Revisions, Error> {
    let mut collisions = set.at(&["status", "collisionCount"]).as_i64().unwrap_or(0);
    let next = all.last().map_or(0, number) + 1;
    let equal = all.iter().rev().find(|r| history::matches(set, r));
    let update = match equal {
        Some(r) if all.last().map(Value::name) == Some(r.name()) => r.clone(),
        Some(r) => history::renumber(r, next, work)?,
        None => create(set, next, &mut collisions, work)?,
    };
    let name = set.at(&["status", "currentRevision"]);
    let current = all.iter().find(|r| name == &r.name()).cloned();
    Ok(Revisions {
        current: current.unwrap_or_else(|| update.clone()),
        update,
        collisions,
    })
}

fn create(
    set: &Value,
    number: i64,
    collisions: &mut i64,
    work: &mut Work<'_, '_>,
) -> Result<Value, Error> {
    loop {
        let hash = compute_hash(
            set.at(&["spec", "template"]),
            i32::try_from(*collisions).ok(),
        );
        let mut revision = history::new_revision(set, Kind::StatefulSets, &hash, "", number);
        revision.remove_at(&["metadata", "labels", history::REVISION_LABEL]);
        revision.set_at(&["metadata", "labels", HASH_LABEL], &hash);
        let (def, namespace) = (Kind::ControllerRevisions.def(), set.namespace());
        let name = revision.name().to_owned();
        match work.cx.create(def, namespace, revision) {
            Ok(made) => return Ok(made),
            Err(e) if e.is_already_exists() => {
                let there = work.cx.get(def, namespace, &name)?;
                if history::matches(set, &there) {
                    return Ok(there);
                }
                *collisions += 1;
            }
            Err(e) => return Err(e.into()),
        }
    }
}

/// The set as it was at a revision (`ApplyRevision`).
pub fn apply(set: &Value, revision: &Value) -> Value {
    let mut template = revision.at(&["data", "spec", "template"]).clone();
    template.remove("$patch");
    let mut set = set.clone();
    set.set_at(&["spec", "template"], template);
    set
}

/// Deletes the oldest revisions beyond `revisionHistoryLimit` that neither the set nor a pod is at.
pub fn truncate(
    set: &Value,
    all: &[Value],
    pods: &[Value],
    revisions: &Revisions,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let live = |r: &&Value| {
        [revisions.current.name(), revisions.update.name()].contains(&r.name())
            || pods.iter().any(|p| identity::revision_of(p) == r.name())
    };
    let dead: Vec<&Value> = all.iter().filter(|r| !live(r)).collect();
    let limit = set
        .at(&["spec", "revisionHistoryLimit"])
        .as_i64()
        .unwrap_or(10);
    let surplus = dead
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(0));
    for revision in dead.into_iter().take(surplus) {
        history::delete(revision, work)?;
    }
    Ok(())
}
