//! The revisions of a daemon set's template (upstream's `update.go`, `constructHistory`).

use super::super::history::{self, REVISION_LABEL};
use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::NodePods;
use crate::apimachinery::hash::compute_hash;
use crate::apimachinery::{Selector, Value};

/// The revision of the present template, made where there is none, and the old ones.
pub fn construct(ds: &Value, work: &mut Work<'_, '_>) -> Result<(Value, Vec<Value>), Error> {
    let selector =
        Selector::from_label_selector(ds.at(&["spec", "selector"])).map_err(Error::other)?;
    let all = history::controlled(ds, Kind::DaemonSets, &selector, work)?;
    let (mut current, old): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|r| history::matches(ds, r));
    let number = old.iter().map(history::number).max().unwrap_or(0) + 1;
    let current = match current.pop() {
        None => snapshot(ds, number, work)?,
        Some(newest) => {
            for duplicate in current {
                history::delete(&duplicate, work)?;
            }
            if history::number(&newest) < number {
                history::renumber(&newest, number, work)?
            } else {
                newest
            }
        }
    };
    Ok((current, old))
}

fn snapshot(ds: &Value, number: i64, work: &mut Work<'_, '_>) -> Result<Value, Error> {
    let collisions = ds.at(&["status", "collisionCount"]).as_i64();
    let hash = compute_hash(
        ds.at(&["spec", "template"]),
        collisions.and_then(|n| i32::try_from(n).ok()),
    );
    let revision = history::new_revision(ds, Kind::DaemonSets, &hash, &hash, number);
    let (def, namespace) = (Kind::ControllerRevisions.def(), ds.namespace());
    let name = revision.name().to_owned();
    match work.cx.create(def, namespace, revision) {
        Ok(made) => Ok(made),
        Err(e) if e.is_already_exists() => {
            let there = work.cx.get(def, namespace, &name)?;
            if history::matches(ds, &there) && there.is_controlled_by(ds) {
                return Ok(there);
            }
            let mut ds = work.cx.get(Kind::DaemonSets.def(), namespace, ds.name())?;
            ds.set_at(&["status", "collisionCount"], collisions.unwrap_or(0) + 1);
            work.cx.update_status(Kind::DaemonSets.def(), ds)?;
            Err(e.into())
        }
        Err(e) => Err(e.into()),
    }
}

/// Deletes the oldest revisions beyond `revisionHistoryLimit` that no pod is of.
pub fn cleanup(
    ds: &Value,
    old: &[Value],
    pods: &NodePods,
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let limit = ds
        .at(&["spec", "revisionHistoryLimit"])
        .as_i64()
        .unwrap_or(10);
    let mut surplus = old
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(0));
    let mut old = old.to_vec();
    history::sort(&mut old);
    for revision in old {
        let hash = revision.label(REVISION_LABEL);
        let live = pods
            .values()
            .flatten()
            .any(|p| p.label(REVISION_LABEL) == hash);
        if surplus == 0 {
            break;
        }
        if !live {
            history::delete(&revision, work)?;
            surplus -= 1;
        }
    }
    Ok(())
}
