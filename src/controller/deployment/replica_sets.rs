//! Finds or makes the ReplicaSet of the present template and keeps revisions in step (upstream's `sync.go`).

use super::super::runner::Error;
use super::super::stores::Kind;
use super::util::{self, POD_TEMPLATE_HASH, REVISION};
use super::{Rollout, Sets};
use crate::apimachinery::hash::compute_hash;
use crate::apimachinery::{Value, meta};
use crate::client::ApiError;
use crate::tree;

impl Rollout<'_, '_, '_> {
    /// The new ReplicaSet (made first where `create`) and the old ones, with revisions brought up to date.
    pub(super) fn sets(&mut self, list: &[Value], create: bool) -> Result<Sets, Error> {
        let new = find_new(&self.d, list);
        let uid = new.as_ref().map(|rs| rs.uid().to_owned());
        let old: Vec<Value> = list
            .iter()
            .filter(|rs| uid.as_deref() != Some(rs.uid()))
            .cloned()
            .collect();
        let revision = old.iter().map(util::revision).max().unwrap_or(0) + 1;
        let new = match new {
            Some(rs) => Some(self.existing(rs, revision)?),
            None if create => Some(self.create(&old, revision)?),
            None => None,
        };
        Ok(Sets { new, old })
    }

    fn existing(&mut self, rs: Value, revision: i64) -> Result<Value, Error> {
        let mut copy = rs.clone();
        let annotated = util::set_new_replica_set_annotations(&self.d, &mut copy, revision, true);
        let min_ready = self.d.at(&["spec", "minReadySeconds"]).clone();
        if annotated
            || util::int(&rs, &["spec", "minReadySeconds"]) != min_ready.as_i64().unwrap_or(0)
        {
            if min_ready.is_null() {
                copy.remove_at(&["spec", "minReadySeconds"]);
            } else {
                copy.set_at(&["spec", "minReadySeconds"], min_ready);
            }
            return Ok(self.work.cx.update(Kind::ReplicaSets.def(), copy)?);
        }
        let mut changed = self.set_revision(rs.annotation(REVISION).unwrap_or(""));
        let status = self.d.get("status");
        if util::progress_deadline(&self.d).is_some()
            && util::condition(status, "Progressing").is_none()
        {
            let message = format!("Found new replica set \"{}\"", rs.name());
            self.set_progressing("True", "FoundNewReplicaSet", &message);
            changed = true;
        }
        if changed {
            self.update_status()?;
        }
        Ok(rs)
    }

    fn create(&mut self, old: &[Value], revision: i64) -> Result<Value, Error> {
        let mut rs = self.replica_set_of_template();
        let size = util::new_replicas(&self.d, old, 0);
        rs.set_at(&["spec", "replicas"], size);
        util::set_new_replica_set_annotations(&self.d, &mut rs, revision, false);
        let name = rs.name().to_owned();
        let namespace = self.d.namespace().to_owned();
        let mut existed = false;
        let created = match self
            .work
            .cx
            .create(Kind::ReplicaSets.def(), &namespace, rs.clone())
        {
            Ok(created) => created,
            Err(e) if e.is_already_exists() => {
                existed = true;
                self.collided(&namespace, &name, e)?
            }
            Err(e) if e.has_cause("NamespaceTerminating") => return Err(e.into()),
            Err(e) => return Err(self.creation_failed(&name, e)),
        };
        if !existed && size > 0 {
            self.record_scaling("up", &name, 0, size);
        }
        let mut changed = self.set_revision(&revision.to_string());
        if !existed && util::progress_deadline(&self.d).is_some() {
            let message = format!("Created new replica set \"{name}\"");
            self.set_progressing("True", "NewReplicaSetCreated", &message);
            changed = true;
        }
        if changed {
            self.update_status()?;
        }
        Ok(created)
    }

    fn replica_set_of_template(&self) -> Value {
        let template = self.d.at(&["spec", "template"]);
        let collisions = self.d.at(&["status", "collisionCount"]).as_i64();
        let collisions = collisions.and_then(|n| i32::try_from(n).ok());
        let hash = compute_hash(template, collisions);
        let mut template = template.clone();
        template.set_at(&["metadata", "labels", POD_TEMPLATE_HASH], &hash);
        let mut selector = self.d.at(&["spec", "selector"]).clone();
        selector.set_at(&["matchLabels", POD_TEMPLATE_HASH], &hash);
        let reference = meta::new_controller_ref(&self.d, "apps/v1", "Deployment");
        let mut rs = tree!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
            "name": format!("{}-{hash}", self.d.name()), "namespace": self.d.namespace(),
        }});
        rs.set_at(&["metadata", "ownerReferences"], vec![reference]);
        rs.set_at(
            &["metadata", "labels"],
            template.at(&["metadata", "labels"]),
        );
        let min_ready = self.d.at(&["spec", "minReadySeconds"]);
        if !min_ready.is_null() {
            rs.set_at(&["spec", "minReadySeconds"], min_ready);
        }
        rs.set_at(&["spec", "selector"], selector);
        rs.set_at(&["spec", "template"], template);
        rs
    }

    /// A ReplicaSet of that name was there: ours after all, or one whose hash collides, which the next try avoids.
    fn collided(&mut self, namespace: &str, name: &str, e: ApiError) -> Result<Value, Error> {
        let rs = self.work.cx.get(Kind::ReplicaSets.def(), namespace, name)?;
        let template = self.d.at(&["spec", "template"]);
        if rs.is_controlled_by(&self.d)
            && util::equal_ignore_hash(template, rs.at(&["spec", "template"]))
        {
            return Ok(rs);
        }
        let count = util::int(&self.d, &["status", "collisionCount"]) + 1;
        self.d.set_at(&["status", "collisionCount"], count);
        self.update_status()?;
        Err(e.into())
    }

    fn creation_failed(&mut self, name: &str, e: ApiError) -> Error {
        let message = format!("Failed to create new replica set \"{name}\": {e}");
        if util::progress_deadline(&self.d).is_some() {
            self.set_progressing("False", "ReplicaSetCreateError", &message);
            if let Err(e) = self.update_status() {
                return e;
            }
        }
        self.recorder.event(
            self.work.cx,
            &self.d,
            "Warning",
            "ReplicaSetCreateError",
            &message,
        );
        e.into()
    }

    fn set_revision(&mut self, revision: &str) -> bool {
        let changed = self.d.annotation(REVISION) != Some(revision);
        if changed {
            self.d.set_annotation(REVISION, revision);
        }
        changed
    }

    pub(super) fn set_progressing(&mut self, status: &str, reason: &str, message: &str) {
        let now = self.work.cx.now.to_rfc3339();
        let condition = util::new_condition("Progressing", status, reason, message, &now);
        util::set_condition(self.d.entry("status"), condition);
    }

    pub(super) fn record_scaling(&mut self, direction: &str, name: &str, from: i64, to: i64) {
        let message = format!("Scaled {direction} replica set {name} from {from} to {to}");
        self.recorder.event(
            self.work.cx,
            &self.d,
            "Normal",
            "ScalingReplicaSet",
            &message,
        );
    }

    /// Sizes a ReplicaSet and its annotations; gives back whether the size changed, and the ReplicaSet.
    pub(super) fn scale_replica_set(
        &mut self,
        rs: &Value,
        size: i64,
    ) -> Result<(bool, Value), Error> {
        let mut copy = rs.clone();
        let (desired, from) = (util::replicas(&self.d), util::replicas(rs));
        let max = desired + util::max_surge(&self.d);
        let annotated = util::set_replicas_annotations(&mut copy, desired, max);
        if from == size && !annotated {
            return Ok((false, copy));
        }
        copy.set_at(&["spec", "replicas"], size);
        let updated = self.work.cx.update(Kind::ReplicaSets.def(), copy)?;
        if from != size {
            let direction = if from < size { "up" } else { "down" };
            self.record_scaling(direction, rs.name(), from, size);
        }
        Ok((from != size, updated))
    }
}

/// The oldest ReplicaSet of the Deployment's present template.
fn find_new(d: &Value, list: &[Value]) -> Option<Value> {
    let template = d.at(&["spec", "template"]);
    list.iter()
        .filter(|rs| util::equal_ignore_hash(rs.at(&["spec", "template"]), template))
        .min_by(|a, b| util::creation_key(a).cmp(&util::creation_key(b)))
        .cloned()
}
