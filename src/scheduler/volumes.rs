//! Binds the claims of a pod that has a node, before the pod itself is bound (VolumeBinding's PreBind).

use super::listers::Lister;
use super::plugins::volume_binding::is_fully_bound;
use super::{Binding, Scheduler, about};
use crate::api::core::volumes::{BOUND_BY_CONTROLLER, SELECTED_NODE};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::client::{ApiError, Cx};
use crate::tree;
use std::time::Duration;

/// `bindTimeoutSeconds`.
const TIMEOUT: Duration = Duration::from_secs(600);
/// How often it is looked whether the claims are bound, though nothing was heard.
const POLL: Duration = Duration::from_secs(1);

/// Has a volume's claim say that it is the volume's, so that the volume controller binds them.
fn reserve(cx: &mut Cx<'_>, claim: &Value, volume: &Value) -> Result<(), ApiError> {
    let mut volume = volume.clone();
    if volume.at(&["spec", "claimRef"]).is_null() {
        volume.set_annotation(BOUND_BY_CONTROLLER, "yes");
    }
    volume.set_at(
        &["spec", "claimRef"],
        tree!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace(),
            "name": claim.name(), "uid": claim.uid(), "resourceVersion": claim.resource_version(),
        }),
    );
    cx.update(super::listers::volumes(), volume).map(|_| ())
}

/// Has a claim say for which node its volume is to be provisioned.
fn select_node(cx: &mut Cx<'_>, claim: &Value, node: &str) -> Result<(), ApiError> {
    if claim.annotation(SELECTED_NODE) == Some(node) {
        return Ok(());
    }
    let mut claim = claim.clone();
    claim.set_annotation(SELECTED_NODE, node);
    cx.update(super::listers::claims(), claim).map(|_| ())
}

impl Scheduler {
    /// Takes the volumes chosen for pods on their way out of what others can choose from.
    pub(super) fn note_assumed(&mut self) {
        let all = self.bindings.iter().flat_map(|b| &b.volumes.bindings);
        self.listers.assumed = all.map(|(_, v)| Text::from(v.name())).collect();
    }

    /// Looks again at the bindings that wait for their claims.
    pub(super) fn hurry_bindings(&mut self, now: Timestamp) {
        for binding in self.bindings.iter_mut().filter(|b| b.deadline.is_some()) {
            binding.at = now;
        }
    }

    /// Whether the claims of a pod are bound; begins it, and puts the binding back where it has to wait or was in vain.
    pub(super) fn bind_volumes(&mut self, cx: &mut Cx<'_>, binding: &mut Binding) -> bool {
        if binding.volumes.is_empty() {
            return true;
        }
        let deadline = match binding.deadline {
            Some(deadline) => deadline,
            None => {
                if let Err(e) = begin(cx, binding) {
                    self.abandon(cx, binding, &e.to_string());
                    return false;
                }
                cx.now + TIMEOUT
            }
        };
        let claims = &self.listers[Lister::Claims];
        let is_bound = |claim: &Value| claims.get(&claim.key()).is_some_and(is_fully_bound);
        if binding.volumes.claims().all(is_bound) {
            return true;
        }
        if cx.now >= deadline {
            self.abandon(cx, binding, "context deadline exceeded");
            return false;
        }
        binding.deadline = Some(deadline);
        binding.at = cx.now + POLL;
        self.bindings.push(binding.clone());
        false
    }

    fn abandon(&mut self, cx: &mut Cx<'_>, binding: &Binding, why: &str) {
        let info = binding.info.clone();
        self.cache.forget(info.pod.pod.uid());
        let mut message =
            String::from("running PreBind plugin \"VolumeBinding\": binding volumes: ");
        message.push_str(why);
        let about = about(&info.pod.pod);
        self.recorder
            .event(cx, &about, "Warning", "FailedScheduling", &message);
        self.queue.add_backoff(info, cx.now);
        self.note_assumed();
    }
}

fn begin(cx: &mut Cx<'_>, binding: &Binding) -> Result<(), ApiError> {
    for (claim, volume) in &binding.volumes.bindings {
        reserve(cx, claim, volume)?;
    }
    for claim in &binding.volumes.provision {
        select_node(cx, claim, &binding.node)?;
    }
    Ok(())
}
