//! Validation of every built-in kind, in upstream's words and order (`pkg/apis/*/validation`, `pkg/registry/*/strategy.go`).
//!
//! Objects come decoded and defaulted. Kinds of [`NOT_FULLY_VALIDATED`] get their metadata and the schema checked only.

use crate::apimachinery::{ErrorList, Value};

pub mod admission;
pub mod apiservice;
pub mod apps;
pub mod autoscaling;
pub mod batch;
pub mod certificates;
pub mod claims;
pub mod common;
pub mod core;
pub mod cron;
pub mod definitions;
pub mod diff;
pub mod expressions;
pub mod flowcontrol;
pub mod limits;
pub mod meta;
pub mod net;
pub mod networking;
pub mod pod;
pub mod rbac;
pub mod service;
pub mod storage;
pub mod text;

/// Kinds whose own rules are not checked yet beyond schema, defaults and metadata, as `group/Kind`.
pub const NOT_FULLY_VALIDATED: &[&str] = &[
    "certificates.k8s.io/ClusterTrustBundle",
    "certificates.k8s.io/PodCertificateRequest",
    "internal.apiserver.k8s.io/StorageVersion",
    "resource.k8s.io/ResourceSlice",
    "scheduling.k8s.io/PodGroup",
    "scheduling.k8s.io/Workload",
    "storagemigration.k8s.io/StorageVersionMigration",
];

const STORAGE: &str = "storage.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RESOURCE: &str = "resource.k8s.io";
const FLOW_CONTROL: &str = "flowcontrol.apiserver.k8s.io";
const EXTENSIONS: &str = "apiextensions.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// What is wrong with an object that is to be created, by the group and kind it is served as. Its name is generated and its
/// namespace set already.
pub fn validate_create(group: &str, kind: &str, object: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    let e = &mut errors;
    match (group, kind) {
        (ADMISSION, "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            admission::webhook_configuration(e, object, &Value::Null)
        }
        (ADMISSION, "ValidatingAdmissionPolicy") => admission::policy(e, object),
        (ADMISSION, "MutatingAdmissionPolicy") => admission::mutating_policy(e, object),
        (ADMISSION, "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            admission::policy_binding(e, object, kind.starts_with('V'));
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            certificates::signing_request(e, object);
        }
        (EXTENSIONS, _) => definitions::definition(e, object),
        ("", "Pod") => pod::create(e, object),
        ("", "PodTemplate") => {
            meta::object_meta(e, object, true, meta::name_is_dns_subdomain);
            pod::template(
                e,
                &crate::apimachinery::Path::new("template"),
                object.get("template"),
            );
        }
        ("", "Binding") => core::binding(e, object),
        ("", "Namespace") => core::namespace(e, object),
        ("", "Node") => core::node(e, object),
        ("", "ConfigMap") => core::config_map(e, object),
        ("", "Secret") => core::secret(e, object),
        ("", "ServiceAccount") => core::service_account(e, object),
        ("", "Event") => core::event(e, object, false),
        ("events.k8s.io", "Event") => core::event(e, object, true),
        ("", "Service") => service::create(e, object),
        ("", "Endpoints") => service::endpoints::endpoints(e, object, &Value::Null),
        ("discovery.k8s.io", "EndpointSlice") => service::endpoints::slice(e, object),
        ("", "ReplicationController") => apps::replication_controller(e, object),
        ("", "LimitRange") => limits::limit_range(e, object),
        ("", "ResourceQuota") => limits::quota(e, object),
        ("", "PersistentVolume") => storage::volume(e, object),
        ("", "PersistentVolumeClaim") => storage::claim(e, object),
        ("apps", "Deployment") => apps::deployment(e, object),
        ("apps", "ReplicaSet") => apps::replica_set(e, object),
        ("apps", "DaemonSet") => apps::daemon_set(e, object),
        ("apps", "StatefulSet") => apps::stateful_set(e, object),
        ("apps", "ControllerRevision") => apps::controller_revision(e, object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::autoscaler(e, object),
        ("autoscaling", "Scale") => autoscaling::scale(e, object),
        ("batch", "Job") => batch::job(e, object),
        ("batch", "CronJob") => batch::cron_job(e, object),
        ("coordination.k8s.io", "Lease") => core::lease(e, object),
        ("networking.k8s.io", "NetworkPolicy") => networking::network_policy(e, object),
        ("networking.k8s.io", "Ingress") => networking::ingress(e, object),
        ("networking.k8s.io", "IngressClass") => networking::ingress_class(e, object),
        ("node.k8s.io", "RuntimeClass") => core::runtime_class(e, object),
        ("policy", "PodDisruptionBudget") => autoscaling::disruption_budget(e, object),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            rbac::role(e, object, kind == "Role")
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(e, object, kind == "RoleBinding");
        }
        ("scheduling.k8s.io", "PriorityClass") => core::priority_class(e, object),
        ("storage.k8s.io", "StorageClass") => storage::class::storage_class(e, object),
        (STORAGE, "CSIDriver") => storage::class::csi_driver(e, object),
        (STORAGE, "CSINode") => storage::attach::csi_node(e, object),
        (STORAGE, "CSIStorageCapacity") => storage::attach::storage_capacity(e, object),
        (STORAGE, "VolumeAttachment") => storage::attach::volume_attachment(e, object),
        (STORAGE, "VolumeAttributesClass") => storage::attach::attributes_class(e, object),
        (NETWORKING, "IPAddress") => networking::ip_address(e, object),
        (NETWORKING, "ServiceCIDR") => networking::service_cidr(e, object),
        (FLOW_CONTROL, "FlowSchema") => flowcontrol::flow_schema(e, object),
        (FLOW_CONTROL, _) => flowcontrol::priority_level(e, object),
        (RESOURCE, "ResourceClaim") => claims::claim(e, object),
        (RESOURCE, "ResourceClaimTemplate") => claims::template(e, object),
        (RESOURCE, "DeviceClass") => claims::class(e, object),
        (RESOURCE, "DeviceTaintRule") => claims::taint_rule(e, object),
        ("coordination.k8s.io", "LeaseCandidate") => core::lease_candidate(e, object),
        ("apiregistration.k8s.io", _) => apiservice::api_service(e, object),
        (
            g,
            "SelfSubjectReview"
            | "TokenReview"
            | "SubjectAccessReview"
            | "SelfSubjectAccessReview"
            | "LocalSubjectAccessReview"
            | "SelfSubjectRulesReview",
        ) if g.starts_with("auth") => {}
        _ => metadata_only(e, group, kind, object),
    }
    errors
}

/// Kinds without rules here: their metadata, with the name rule that most kinds share.
fn metadata_only(e: &mut ErrorList, group: &str, kind: &str, object: &Value) {
    let name_fn: meta::NameFn = match kind {
        "StorageVersion" => meta::name_is_path_segment,
        "ClusterTrustBundle" => meta::name_is_free,
        _ => meta::name_is_dns_subdomain,
    };
    meta::object_meta(e, object, is_namespaced(group, kind), name_fn);
}

fn is_namespaced(group: &str, kind: &str) -> bool {
    crate::apimachinery::schema::RESOURCES
        .iter()
        .find(|r| r.kind == kind && r.group == group)
        .is_none_or(|r| r.namespaced)
}

/// What is wrong with an object that is to take the place of `old` through subresource `sub` ("" for the object itself).
pub fn validate_update(group: &str, kind: &str, sub: &str, new: &Value, old: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    // The generic registry looks at the metadata once itself, before the kind's own rules do.
    meta::object_meta_update_generic(&mut errors, new, old);
    match sub {
        "" | "scale" => whole(&mut errors, group, kind, new, old),
        "approval" => certificates::signing_request_update(&mut errors, new, old, sub),
        "status" => status(&mut errors, group, kind, new, old),
        "ephemeralcontainers" => pod::update::ephemeral_containers(&mut errors, new, old),
        "resize" => pod::update::resize(&mut errors, new, old),
        "finalize" => core::namespace_finalize(&mut errors, new, old),
        _ => {}
    }
    errors
}

fn whole(e: &mut ErrorList, group: &str, kind: &str, new: &Value, old: &Value) {
    match (group, kind) {
        (ADMISSION, "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            admission::webhook_configuration(e, new, old)
        }
        (ADMISSION, "ValidatingAdmissionPolicy") => admission::policy(e, new),
        (ADMISSION, "MutatingAdmissionPolicy") => admission::mutating_policy(e, new),
        (ADMISSION, "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            admission::policy_binding(e, new, kind.starts_with('V'));
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            certificates::signing_request_update(e, new, old, "");
        }
        (EXTENSIONS, _) => definitions::definition_update(e, new, old),
        ("", "Pod") => pod::update::update(e, new, old),
        ("", "PodTemplate") => {
            meta::object_meta_update(e, new, old);
            pod::template(
                e,
                &crate::apimachinery::Path::new("template"),
                new.get("template"),
            );
        }
        ("", "Namespace") => meta::object_meta_update(e, new, old),
        ("", "Node") => {
            core::node(e, new);
            core::node_update(e, new, old);
        }
        ("", "ConfigMap") => core::config_map_update(e, new, old),
        ("", "Secret") => core::secret_update(e, new, old),
        ("", "ServiceAccount") => {
            meta::object_meta_update(e, new, old);
            core::service_account(e, new);
        }
        ("", "Event") => core::event_update(e, new, old, false),
        ("events.k8s.io", "Event") => core::event_update(e, new, old, true),
        ("", "Service") => service::update(e, new, old),
        ("", "Endpoints") => service::endpoints::endpoints_update(e, new, old),
        ("discovery.k8s.io", "EndpointSlice") => service::endpoints::slice_update(e, new, old),
        ("", "ReplicationController") => {
            apps::replication_controller(e, new);
            apps::replication_controller_update(e, new, old);
        }
        ("", "LimitRange") => limits::limit_range(e, new),
        ("", "ResourceQuota") => limits::quota_update(e, new, old),
        ("", "PersistentVolume") => {
            storage::volume(e, new);
            storage::volume_update(e, new, old);
        }
        ("", "PersistentVolumeClaim") => {
            storage::claim(e, new);
            storage::claim_update(e, new, old);
        }
        ("apps", "Deployment") => apps::deployment_update(e, new, old),
        ("apps", "ReplicaSet") => {
            apps::replica_set(e, new);
            apps::replica_set_update(e, new, old);
        }
        ("apps", "DaemonSet") => {
            apps::daemon_set(e, new);
            apps::daemon_set_update(e, new, old);
        }
        ("apps", "StatefulSet") => apps::stateful_set_update(e, new, old),
        ("apps", "ControllerRevision") => apps::controller_revision_update(e, new, old),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::autoscaler_update(e, new, old),
        ("batch", "Job") => batch::job_update(e, new, old),
        ("batch", "CronJob") => batch::cron_job_update(e, new, old),
        ("coordination.k8s.io", "Lease") => core::lease_update(e, new, old),
        ("networking.k8s.io", "NetworkPolicy") => networking::network_policy_update(e, new, old),
        ("networking.k8s.io", "Ingress") => networking::ingress_update(e, new, old),
        ("networking.k8s.io", "IngressClass") => networking::ingress_class_update(e, new, old),
        ("node.k8s.io", "RuntimeClass") => {
            core::runtime_class(e, new);
            core::runtime_class_update(e, new, old);
        }
        ("policy", "PodDisruptionBudget") => autoscaling::disruption_budget(e, new),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            rbac::role(e, new, kind == "Role");
            rbac::role_update(e, new, old, kind == "Role");
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(e, new, kind == "RoleBinding");
            rbac::binding_update(e, new, old, kind == "RoleBinding");
        }
        ("scheduling.k8s.io", "PriorityClass") => core::priority_class_update(e, new, old),
        ("storage.k8s.io", "StorageClass") => {
            storage::class::storage_class(e, new);
            storage::class::storage_class_update(e, new, old);
        }
        (STORAGE, "CSIDriver") => storage::class::csi_driver_update(e, new, old),
        (STORAGE, "CSINode") => storage::attach::csi_node_update(e, new, old),
        (STORAGE, "CSIStorageCapacity") => {
            storage::attach::storage_capacity_update(e, new, old);
        }
        (STORAGE, "VolumeAttachment") => storage::attach::volume_attachment_update(e, new, old),
        (STORAGE, "VolumeAttributesClass") => {
            storage::attach::attributes_class_update(e, new, old);
        }
        (NETWORKING, "IPAddress") => networking::ip_address_update(e, new, old),
        (NETWORKING, "ServiceCIDR") => networking::service_cidr_update(e, new, old),
        (FLOW_CONTROL, "FlowSchema") => flowcontrol::flow_schema(e, new),
        (FLOW_CONTROL, _) => flowcontrol::priority_level(e, new),
        (RESOURCE, "ResourceClaim") => claims::claim_update(e, new, old),
        (RESOURCE, "ResourceClaimTemplate") => claims::template_update(e, new, old),
        (RESOURCE, "DeviceClass") => claims::class_update(e, new, old),
        (RESOURCE, "DeviceTaintRule") => claims::taint_rule_update(e, new, old),
        ("coordination.k8s.io", "LeaseCandidate") => core::lease_candidate_update(e, new, old),
        ("apiregistration.k8s.io", _) => apiservice::api_service_update(e, new, old),
        _ => {}
    }
}

fn status(e: &mut ErrorList, group: &str, kind: &str, new: &Value, old: &Value) {
    match (group, kind) {
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            certificates::signing_request_update(e, new, old, "status");
        }
        (EXTENSIONS, _) => definitions::definition_status(e, new, old),
        ("", "Pod") => pod::update::status(e, new, old),
        ("", "Namespace") => core::namespace_status(e, new, old),
        ("", "Node") => core::node_update(e, new, old),
        ("", "Service") => service::status(e, new, old),
        ("", "ReplicationController") => apps::replica_counts(
            e,
            new,
            old,
            &[
                "replicas",
                "fullyLabeledReplicas",
                "readyReplicas",
                "availableReplicas",
            ],
        ),
        ("", "ResourceQuota") => limits::quota_status(e, new, old),
        ("", "PersistentVolumeClaim") => storage::claim_status(e, new, old),
        ("apps", "Deployment") => apps::replica_counts(
            e,
            new,
            old,
            &[
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
            ],
        ),
        ("apps", "ReplicaSet") => apps::replica_counts(
            e,
            new,
            old,
            &[
                "replicas",
                "fullyLabeledReplicas",
                "readyReplicas",
                "availableReplicas",
            ],
        ),
        ("apps", "StatefulSet") => apps::replica_counts(
            e,
            new,
            old,
            &[
                "replicas",
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
            ],
        ),
        ("apps", "DaemonSet") => apps::daemon_set_status(e, new, old),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::autoscaler_status(e, new, old),
        ("batch", "Job") => batch::job_status(e, new, old),
        ("networking.k8s.io", "Ingress") => networking::ingress_status(e, new, old),
        ("policy", "PodDisruptionBudget") => autoscaling::disruption_budget_status(e, new, old),
        (FLOW_CONTROL, _) => flowcontrol::conditions(e, new),
        ("apiregistration.k8s.io", _) => apiservice::api_service_status(e, new, old),
        _ => {}
    }
}

/// What to warn about in an object that is created, or updated from `old`: one text per `Warning:` header.
pub fn warnings(object: &Value, old: Option<&Value>) -> Vec<String> {
    let group = crate::apimachinery::meta::split_api_version(object.api_version()).0;
    let template = match (group, object.kind()) {
        ("", "Pod") if old.is_none() => return pod::warnings::pod(object),
        ("", "Service") => return service::warnings(object),
        ("discovery.k8s.io", "EndpointSlice") if object.get("addressType") == "FQDN" => {
            return vec!["spec.addressType: FQDN endpoints are deprecated".to_owned()];
        }
        ("", "PodTemplate") => "template",
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job") => "spec.template",
        ("batch", "CronJob") => "spec.jobTemplate.spec.template",
        _ => return Vec::new(),
    };
    let steps: Vec<&str> = template.split('.').collect();
    // What is odd about a template is told whenever anything else of the specification changes, too.
    let part = steps[0];
    if old.is_some_and(|old| old.get(part) == object.get(part)) {
        return Vec::new();
    }
    pod::warnings::template(template, object.at(&steps))
}
