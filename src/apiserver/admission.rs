//! Admission: what plugins change and refuse between decoding and storage (`plugin/pkg/admission`).

mod certificates;
mod defaults;
mod limit_ranger;
mod namespace_lifecycle;
mod node_restriction;
mod nodes;
mod pod_resize;
mod pod_security;
mod policy;
mod priority;
mod resource_quota;
mod service_account;
mod webhook;

pub use node_restriction::is_restricted_label;
pub use service_account::{ACCOUNT_ATTEMPTS, ACCOUNT_RETRY, awaits_account};
mod storage;

pub use policy::{GROUP as POLICY_GROUP, Policies};
pub(super) use webhook::awaits;
pub use webhook::{Answered, Awaits, Replay, WebhookCall, Webhooks, awaits_webhooks};

use super::ApiServer;
use super::call::Call;
use super::config::Plugin;
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;

/// What is being done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
    /// Somebody connects to it.
    Connect,
}

/// What a plugin sees of a request (`admission.Attributes`).
pub struct Attributes<'a> {
    /// What is being done.
    pub operation: Operation,
    /// Through which subresource, "" for the object itself.
    pub subresource: &'a str,
    /// The object as it is to be stored.
    pub object: &'a mut Value,
    /// The object as it is stored now.
    pub old: Option<&'a Value>,
}

impl<'a> Attributes<'a> {
    /// All of it.
    pub fn new(
        operation: Operation,
        subresource: &'a str,
        object: &'a mut Value,
        old: Option<&'a Value>,
    ) -> Self {
        Attributes {
            operation,
            subresource,
            object,
            old,
        }
    }
    /// 403 in the object's name (`admission.NewForbidden`).
    pub fn forbidden(&self, call: &Call, why: impl std::fmt::Display) -> Status {
        let meta = self.object.meta();
        let of_object = match (meta.get("name").str(), meta.get("generateName").str()) {
            ("", "") => "Unknown",
            ("", prefix) => prefix,
            (name, _) => name,
        };
        let name = match call.info.name.as_str() {
            "" => of_object,
            name => name,
        };
        call.resource.forbidden(name, why)
    }
    fn creates(&self, call: &Call, group: &str, resource: &str) -> bool {
        self.operation == Operation::Create
            && self.subresource.is_empty()
            && call.resource.is(group, resource)
    }
}

impl ApiServer {
    /// The mutating phase.
    pub(super) fn admit(&mut self, call: &mut Call, a: &mut Attributes<'_>) -> Result<(), Status> {
        let mut round = policy::Round::default();
        self.admit_once(call, a, &mut round, false)?;
        match round.changed {
            // What policies and webhooks changed, all plugins see once more.
            true => self.admit_once(call, a, &mut round, true),
            false => Ok(()),
        }
    }

    fn admit_once(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
        round: &mut policy::Round,
        again: bool,
    ) -> Result<(), Status> {
        for i in 0..self.config.admission.len() {
            match self.config.admission[i] {
                Plugin::NamespaceLifecycle => self.admit_namespace(call, a)?,
                Plugin::LimitRanger => self.admit_limits(call, a)?,
                Plugin::ServiceAccount => self.admit_service_account(call, a)?,
                Plugin::NodeRestriction => self.restrict_node(call, a)?,
                Plugin::TaintNodesByCondition => nodes::taint_new_node(call, a),
                Plugin::PodTopologyLabels => self.admit_topology(call, a),
                Plugin::Priority => self.admit_priority(call, a)?,
                Plugin::DefaultTolerationSeconds => defaults::tolerate_unready(call, a),
                Plugin::DefaultStorageClass => self.admit_storage_class(call, a),
                Plugin::StorageObjectInUseProtection => storage::protect(call, a),
                Plugin::RuntimeClass => self.admit_runtime_class(call, a)?,
                Plugin::DefaultIngressClass => self.admit_ingress_class(call, a)?,
                Plugin::MutatingAdmissionPolicy if again => self.mutate_again(call, a, round)?,
                Plugin::MutatingAdmissionPolicy => self.mutate_round(call, a, round)?,
                Plugin::MutatingAdmissionWebhook => {
                    self.mutate_by_webhooks(call, a, round, again)?;
                }
                Plugin::CertificateSubjectRestriction => self.check_signing(call, a)?,
                // Their subresources ask.
                Plugin::PodSecurity
                | Plugin::CertificateApproval
                | Plugin::CertificateSigning
                | Plugin::PersistentVolumeClaimResize
                | Plugin::PodResizeValidator
                | Plugin::ValidatingAdmissionPolicy
                | Plugin::ValidatingAdmissionWebhook
                | Plugin::ResourceQuota => {}
            }
        }
        Ok(())
    }

    /// The validating phase.
    pub(super) fn validate_admission(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        for i in 0..self.config.admission.len() {
            match self.config.admission[i] {
                Plugin::LimitRanger => self.validate_limits(call, a)?,
                Plugin::PodSecurity => self.check_pod_security(call, a)?,
                Plugin::Priority => self.validate_priority_class(call, a)?,
                Plugin::PersistentVolumeClaimResize => self.validate_resize(call, a)?,
                Plugin::PodResizeValidator => self.validate_pod_resize(call, a)?,
                // A Scale was shown to policies and webhooks as what it is.
                Plugin::ValidatingAdmissionPolicy | Plugin::ValidatingAdmissionWebhook
                    if a.subresource == "scale" => {}
                Plugin::ValidatingAdmissionPolicy => self.validate_by_policies(call, a)?,
                Plugin::ValidatingAdmissionWebhook => self.validate_by_webhooks(call, a)?,
                Plugin::ResourceQuota => self.charge_quotas(call, a)?,
                _ => {}
            }
        }
        Ok(())
    }
}
