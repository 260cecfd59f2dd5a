//! Strategies of the core group, and the subresources that are special there.

use super::super::ApiServer;
use super::super::call::Call;
use super::strategies::begin_phase;
use super::{Prepare, Strategy, label_keys, meta};
use crate::api::core::qos::compute_pod_qos;
use crate::api::core_v1::Pod;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

/// Pods (`registry/core/pod/strategy.go`).
pub struct Pods;

impl Strategy for Pods {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn has_generation(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, pod: &mut Value, cx: &mut Prepare<'_>) {
        let qos = compute_pod_qos(Pod::of(pod));
        let mut status = tree!({"phase": "Pending", "qosClass": qos});
        if !pod.at(&["spec", "schedulingGates"]).is_empty() {
            let mut condition = tree!({
                "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
                "lastProbeTime": null,
            });
            condition.set("lastTransitionTime", cx.now);
            status.set("conditions", vec![condition]);
        }
        pod.set("status", status);
        label_keys::apply(pod);
    }
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        let kept = old.meta().get("ownerReferences").clone();
        if *new.meta().get("ownerReferences") != kept {
            meta::set_or_remove(new.meta_mut(), "ownerReferences", kept);
        }
        if new.at(&["status", "qosClass"]).str().is_empty() {
            let qos = old.at(&["status", "qosClass"]).clone();
            meta::set_or_remove(new.entry("status"), "qosClass", qos);
        }
    }
}

/// Nodes: they may bring their status along.
pub struct Nodes;

impl Strategy for Nodes {}

/// Namespaces (`registry/core/namespace/strategy.go`).
pub struct Namespaces;

impl Strategy for Namespaces {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, namespace: &mut Value, cx: &mut Prepare<'_>) {
        begin_phase(namespace, "Active", cx);
        let name = namespace.meta().get("name").clone();
        namespace.set_at(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
        let finalizers = namespace.at_mut(&["spec", "finalizers"]).items_mut();
        if !finalizers.iter().any(|f| f == &"kubernetes") {
            finalizers.push("kubernetes".into());
        }
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        let kept = old.at(&["spec", "finalizers"]).clone();
        meta::set_or_remove(new.entry("spec"), "finalizers", kept);
        let name = new.meta().get("name").clone();
        new.set_at(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
}

/// Persistent volumes.
pub struct PersistentVolumes;

impl Strategy for PersistentVolumes {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, volume: &mut Value, cx: &mut Prepare<'_>) {
        begin_phase(volume, "Pending", cx);
        volume.set_at(&["status", "lastPhaseTransitionTime"], cx.now);
    }
}

/// Persistent volume claims.
pub struct PersistentVolumeClaims;

impl Strategy for PersistentVolumeClaims {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, claim: &mut Value, cx: &mut Prepare<'_>) {
        begin_phase(claim, "Pending", cx);
        let spec = claim.entry("spec");
        // Source and reference say the same where only one of them was given.
        if spec.get("dataSourceRef").is_null() && !spec.get("dataSource").is_null() {
            let source = spec.get("dataSource").clone();
            spec.set("dataSourceRef", source);
        } else if spec.get("dataSource").is_null()
            && !spec.get("dataSourceRef").is_null()
            && spec.at(&["dataSourceRef", "namespace"]).str().is_empty()
        {
            let kind = spec.at(&["dataSourceRef", "kind"]).str();
            if matches!(kind, "PersistentVolumeClaim" | "VolumeSnapshot") {
                let source = spec.get("dataSourceRef").clone();
                spec.set("dataSource", source);
            }
        }
    }
}

/// Replication controllers: their pods stay where a deletion does not say otherwise.
pub struct ReplicationControllers;

impl Strategy for ReplicationControllers {
    fn has_generation(&self) -> bool {
        true
    }
    fn orphans_by_default(&self) -> bool {
        true
    }
}

/// CSI drivers.
pub struct CsiDrivers;

impl Strategy for CsiDrivers {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn allow_unconditional_update(&self) -> bool {
        false
    }
}

/// Certificate signing requests: they say who asked.
pub struct SigningRequests;

/// Gives new conditions their times, as upstream's `populateConditionTimestamps` does.
pub(super) fn date_conditions(new: &mut Value, old: &Value, now: Timestamp) {
    let Some(mut conditions) = new.at(&["status", "conditions"]).as_list().cloned() else {
        return;
    };
    for condition in conditions.to_mut() {
        if condition.get("lastUpdateTime").is_null() {
            condition.set("lastUpdateTime", now);
        }
        if !condition.get("lastTransitionTime").is_null() {
            continue;
        }
        let before = old.at(&["status", "conditions"]).items().iter().find(|c| {
            c.get("type") == condition.get("type")
                && c.get("status") == condition.get("status")
                && !c.get("lastTransitionTime").is_null()
        });
        match before {
            Some(before) => condition.set("lastTransitionTime", before.get("lastTransitionTime")),
            None => condition.set("lastTransitionTime", now),
        }
    }
    new.set_at(&["status", "conditions"], conditions);
}

impl Strategy for SigningRequests {
    fn prepare_for_create(&self, request: &mut Value, cx: &mut Prepare<'_>) {
        request.set_at(&["spec", "username"], cx.user.name.as_str());
        let groups: Vec<Value> = cx.user.groups.iter().map(Value::from).collect();
        request.set_at(&["spec", "groups"], groups);
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        meta::copy_field(new, old, "spec");
    }
}

impl ApiServer {
    /// `namespaces/x/finalize`: only `spec.finalizers` may change; the last one gone ends the namespace.
    pub(super) fn finalize_namespace(
        &mut self,
        call: &mut Call,
        old: &Value,
        new: Value,
    ) -> Result<Value, Status> {
        let version = new.resource_version();
        if !version.is_empty() && version != old.resource_version() {
            return Err(Status::modified("", "namespaces", old.name()));
        }
        let mut next = old.clone();
        let finalizers = new.at(&["spec", "finalizers"]).clone();
        let finalizers = if finalizers.is_empty() {
            Value::Null
        } else {
            finalizers
        };
        meta::set_or_remove(next.entry("spec"), "finalizers", finalizers);
        self.store_change(call, next, old)
    }

    /// `pods/x/ephemeralcontainers`: only `spec.ephemeralContainers` may change.
    pub(super) fn change_ephemeral_containers(
        &mut self,
        call: &mut Call,
        old: &Value,
        new: Value,
    ) -> Result<Value, Status> {
        let mut next = old.clone();
        let containers = new.at(&["spec", "ephemeralContainers"]).clone();
        meta::set_or_remove(next.entry("spec"), "ephemeralContainers", containers);
        let meta_version = new.meta().get("resourceVersion").clone();
        meta::set_or_remove(next.meta_mut(), "resourceVersion", meta_version);
        self.change_object(call, "ephemeralcontainers", old, next)
    }

    /// `pods/x/resize`: only the resources and resize policies of containers may change.
    pub(super) fn resize_pod(
        &mut self,
        call: &mut Call,
        old: &Value,
        new: Value,
    ) -> Result<Value, Status> {
        let mut next = old.clone();
        for field in ["containers", "initContainers"] {
            let changed = new.at(&["spec", field]).items();
            let present = old.at(&["spec", field]).items();
            if changed.len() != present.len() {
                let cause = StatusCause::new(
                    "FieldValueForbidden",
                    "Forbidden: containers may not be added or removed on resize",
                    format!("spec.{field}"),
                );
                return Err(Status::invalid("", "Pod", old.name(), [cause]));
            }
            if present.is_empty() {
                continue;
            }
            let merged: Vec<Value> = present
                .iter()
                .zip(changed)
                .map(|(p, c)| {
                    let mut merged = p.clone();
                    meta::copy_field(&mut merged, c, "resources");
                    meta::copy_field(&mut merged, c, "resizePolicy");
                    merged
                })
                .collect();
            next.set_at(&["spec", field], merged);
        }
        let version = new.meta().get("resourceVersion").clone();
        meta::set_or_remove(next.meta_mut(), "resourceVersion", version);
        self.change_object(call, "resize", old, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_signing_requests_have_times() {
        let old = tree!({"status": {"conditions": [
            {"type": "Approved", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
        let mut new = tree!({"status": {"conditions": [
            {"type": "Approved", "status": "True"},
            {"type": "Failed", "status": "True", "lastUpdateTime": "2026-02-02T00:00:00Z"}]}});
        date_conditions(&mut new, &old, Timestamp(0));
        let times: Vec<(&str, &str)> = new
            .at(&["status", "conditions"])
            .items()
            .iter()
            .map(|c| {
                (
                    c.get("lastUpdateTime").str(),
                    c.get("lastTransitionTime").str(),
                )
            })
            .collect();
        assert_eq!(
            times,
            [
                ("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                ("2026-02-02T00:00:00Z", "1970-01-01T00:00:00Z"),
            ]
        );
    }
}
