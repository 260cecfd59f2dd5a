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
        drop_foreign_sources(spec, &Value::Null);
        // Source and reference say the same where only one of them was given.
        if spec.get("dataSourceRef").is_null() && !spec.get("dataSource").is_null() {
            let source = spec.get("dataSource").clone();
            spec.set("dataSourceRef", source);
        } else if spec.get("dataSource").is_null()
            && !spec.get("dataSourceRef").is_null()
            && spec.at(&["dataSourceRef", "namespace"]).str().is_empty()
        {
            let source = spec.get("dataSourceRef").clone();
            spec.set("dataSource", source);
        }
    }
}

/// Sources in other namespaces are a feature that is off, and the older field takes but claims and snapshots
/// (`pkg/api/persistentvolumeclaim`).
fn drop_foreign_sources(spec: &mut Value, old: &Value) {
    let across = !spec.at(&["dataSourceRef", "namespace"]).is_empty();
    if across && old.get("dataSourceRef").is_null() {
        spec.remove("dataSourceRef");
    }
    if !old.get("dataSource").is_null() || !spec.get("dataSourceRef").is_null() {
        return;
    }
    let source = spec.get("dataSource");
    let kind = (source.get("apiGroup").str(), source.kind());
    if !matches!(
        kind,
        ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
    ) {
        spec.remove("dataSource");
    }
}

/// Service accounts: of the secrets that one may use, only the names are kept.
pub struct ServiceAccounts;

impl Strategy for ServiceAccounts {
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, account: &mut Value, _cx: &mut Prepare<'_>) {
        clean_secrets(account);
    }
    fn prepare_for_update(&self, new: &mut Value, _old: &Value) {
        clean_secrets(new);
    }
}

fn clean_secrets(account: &mut Value) {
    let is_clean = |s: &Value| s.fields().all(|(k, _)| k == "name");
    if account.get("secrets").items().iter().all(is_clean) {
        return;
    }
    for secret in account.entry("secrets").items_mut() {
        let name = secret.get("name").clone();
        *secret = Value::object();
        meta::set_or_remove(secret, "name", name);
    }
}

/// APIServices: those that this server serves itself are available at once.
pub struct ApiServices;

impl Strategy for ApiServices {
    fn allow_unconditional_update(&self) -> bool {
        false
    }
    fn prepare_for_create(&self, service: &mut Value, cx: &mut Prepare<'_>) {
        if service.at(&["spec", "service"]).is_null() {
            let mut condition = tree!({
                "type": "Available", "status": "True", "reason": "Local",
                "message": "Local APIServices are always available",
            });
            condition.set("lastTransitionTime", cx.now);
            service.set_at(&["status", "conditions"], vec![condition]);
        }
    }
}

/// Priority classes: their generation is not counted.
pub struct PriorityClasses;

impl Strategy for PriorityClasses {
    fn prepare_for_create(&self, class: &mut Value, _cx: &mut Prepare<'_>) {
        class.meta_mut().set("generation", 1);
    }
}

/// Endpoint slices: their labels count as well, and the topology of the version before is left out.
pub struct EndpointSlices;

impl Strategy for EndpointSlices {
    fn has_generation(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, slice: &mut Value, _cx: &mut Prepare<'_>) {
        drop_topology(slice);
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if new.get("endpoints") != old.get("endpoints") {
            drop_topology(new);
        }
        if new.meta().get("labels") != old.meta().get("labels") {
            new.meta_mut().set("generation", old.generation() + 1);
        }
    }
}

fn drop_topology(slice: &mut Value) {
    let has = |e: &Value| !e.get("deprecatedTopology").is_null();
    if slice.get("endpoints").items().iter().any(has) {
        for endpoint in slice.entry("endpoints").items_mut() {
            endpoint.remove("deprecatedTopology");
        }
    }
}

/// Limit ranges: one without a name gets one.
pub struct LimitRanges;

impl Strategy for LimitRanges {
    fn allow_create_on_update(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, range: &mut Value, cx: &mut Prepare<'_>) {
        if range.name().is_empty() {
            let name = cx.rng.uuid();
            range.meta_mut().set("name", name);
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
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if new.get("spec") != old.get("spec") {
            new.meta_mut().set("generation", old.generation() + 1);
        }
    }
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn allow_unconditional_update(&self) -> bool {
        false
    }
}

/// Certificate signing requests: they say who asked.
pub struct SigningRequests;

/// Notes when a volume's phase changed (`persistentvolumeStatusStrategy.PrepareForUpdate`).
pub(super) fn date_phase(new: &mut Value, old: &Value, now: Timestamp) {
    let (phase, since) = (["status", "phase"], ["status", "lastPhaseTransitionTime"]);
    if new.at(&phase) == old.at(&phase) {
        return;
    }
    if new.at(&since).is_null() || new.at(&since) == old.at(&since) {
        new.set_at(&since, now);
    }
}

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
        let spec = request.entry("spec");
        spec.remove("extra");
        for (key, values) in &cx.user.extra {
            let values: Vec<Value> = values.iter().map(Value::from).collect();
            spec.entry("extra").set(key, values);
        }
        match cx.user.uid.is_empty() {
            true => {
                spec.remove("uid");
            }
            false => spec.set("uid", cx.user.uid.as_str()),
        }
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
