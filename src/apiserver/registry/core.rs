//! Strategies of the core group, and the subresources that are special there.

use super::super::ApiServer;
use super::super::call::Call;
use super::strategies::begin_phase;
use super::{Prepare, Strategy, label_keys, meta};
use crate::api::core::qos::compute_pod_qos;
use crate::api::core_v1::Pod;
use crate::apimachinery::status::Status;
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
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value, _now: Timestamp) {
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
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value, now: Timestamp) {
        date_phase(new, old, now);
    }
}

/// Notes when a volume's phase changed (`persistentvolumeStatusStrategy.PrepareForUpdate`).
fn date_phase(new: &mut Value, old: &Value, now: Timestamp) {
    let (phase, since) = (["status", "phase"], ["status", "lastPhaseTransitionTime"]);
    if new.at(&phase) == old.at(&phase) {
        return;
    }
    if new.at(&since).is_null() || new.at(&since) == old.at(&since) {
        new.set_at(&since, now);
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
        arrange_sources(claim.entry("spec"), &Value::Null);
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        arrange_sources(new.entry("spec"), old.get("spec"));
    }
}

/// What a volume is filled from: sources in other namespaces are a feature that is off, the older field takes but claims and
/// snapshots, and source and reference say the same where only one of them was given (`pkg/api/persistentvolumeclaim`).
fn arrange_sources(spec: &mut Value, old: &Value) {
    let across = |spec: &Value| !spec.at(&["dataSourceRef", "namespace"]).is_empty();
    if across(spec) && old.get("dataSourceRef").is_null() {
        spec.remove("dataSourceRef");
    }
    let (source, reference) = (spec.get("dataSource"), spec.get("dataSourceRef"));
    match (source.is_null(), reference.is_null()) {
        (false, true) => {
            let is_used = !old.get("dataSource").is_null() || !old.get("dataSourceRef").is_null();
            let kind = (source.get("apiGroup").str(), source.kind());
            let is_known = matches!(
                kind,
                ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
            );
            if is_used || is_known {
                let source = source.clone();
                spec.set("dataSourceRef", source);
            } else {
                spec.remove("dataSource");
            }
        }
        (true, false) if !across(spec) => {
            let source = reference.clone();
            spec.set("dataSource", source);
        }
        _ => {}
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

    /// `pods/x/resize`: only the resources and resize policies of containers, and the resources of the pod as a whole, may change
    /// (`dropNonResizeUpdates`). Other containers than there are stay for the validation to refuse.
    pub(super) fn resize_pod(
        &mut self,
        call: &mut Call,
        old: &Value,
        new: Value,
    ) -> Result<Value, Status> {
        let mut next = old.clone();
        let list = |pod: &Value, field: &str| pod.at(&["spec", field]).clone();
        let lists = ["containers", "initContainers"];
        let count = |pod: &Value, field: &str| list(pod, field).items().len();
        if lists.iter().any(|f| count(&new, f) != count(old, f)) {
            next.set("spec", new.get("spec").clone());
        } else {
            meta::copy_field(next.entry("spec"), new.get("spec"), "resources");
            for field in lists {
                let (present, changed) = (list(old, field), list(&new, field));
                if !present.items().is_empty() {
                    next.set_at(&["spec", field], resized(&present, &changed));
                }
            }
        }
        let version = new.meta().get("resourceVersion").clone();
        meta::set_or_remove(next.meta_mut(), "resourceVersion", version);
        self.change_object(call, "resize", old, next)
    }
}

/// Containers as they are, with the resources and policies that are asked for; what is asked for where a name differs.
fn resized(present: &Value, changed: &Value) -> Value {
    let mut merged = present.clone();
    let changes = changed.items();
    for (c, asked) in merged.items_mut().iter_mut().zip(changes) {
        if c.get("name") != asked.get("name") {
            return changed.clone();
        }
        meta::copy_field(c, asked, "resources");
        meta::copy_field(c, asked, "resizePolicy");
    }
    merged
}
