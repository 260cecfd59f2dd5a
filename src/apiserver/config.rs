//! How an API server is set up.

use super::registry::custom::Customs;
use crate::api::certificates::CertificateSigner;
use crate::api::folders::NodeFolders;
use crate::api::tokens::TokenSigner;
use crate::apimachinery::http::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// One of the authorizers that are asked in turn (`--authorization-mode`). Members of `system:masters` may do everything
/// under all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authorization {
    /// Everybody may do everything.
    AlwaysAllow,
    /// Nobody may do anything.
    AlwaysDeny,
    /// Kubelets may do what their node's pods need.
    Node,
    /// Roles and their bindings say who may do what.
    #[serde(rename = "RBAC")]
    Rbac,
}

/// Features that 1.36 has switched off and that can be switched on here (`--feature-gates`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureGate {
    /// `maxUnavailable` of a StatefulSet's rolling update.
    MaxUnavailableStatefulSet,
}

impl FeatureGate {
    /// The gate of a name, as upstream spells it.
    pub fn named(name: &str) -> Option<FeatureGate> {
        (name == "MaxUnavailableStatefulSet").then_some(FeatureGate::MaxUnavailableStatefulSet)
    }
}

/// The admission plugins, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// Keeps objects out of namespaces that are missing or terminating.
    NamespaceLifecycle,
    /// Applies defaults and bounds of limit ranges.
    LimitRanger,
    /// Gives pods their service account and its token volume.
    ServiceAccount,
    /// Holds kubelets to their own node and its pods.
    NodeRestriction,
    /// Taints new nodes as not ready.
    TaintNodesByCondition,
    /// Gives bound pods the topology labels of their node.
    PodTopologyLabels,
    /// Holds pods to the standards that their namespace names.
    PodSecurity,
    /// Turns priority classes into priorities.
    Priority,
    /// Tolerates unready nodes for five minutes.
    DefaultTolerationSeconds,
    /// Gives claims the default storage class.
    DefaultStorageClass,
    /// Keeps volumes and claims that are in use.
    StorageObjectInUseProtection,
    /// Lets claims grow where their class allows it.
    PersistentVolumeClaimResize,
    /// Asks whether the sender may approve for a signer.
    CertificateApproval,
    /// Asks whether the sender may sign for a signer.
    CertificateSigning,
    /// Keeps administrators' group out of requests.
    CertificateSubjectRestriction,
    /// Checks runtime classes and adds their overhead.
    RuntimeClass,
    /// Gives ingresses the default class.
    DefaultIngressClass,
    /// Lets bound pods ask for no more than their node has.
    PodResizeValidator,
    /// Lets policies change what is written.
    MutatingAdmissionPolicy,
    /// Lets policies refuse what is written.
    ValidatingAdmissionPolicy,
    /// Lets webhooks change what is written.
    MutatingAdmissionWebhook,
    /// Lets webhooks refuse what is written.
    ValidatingAdmissionWebhook,
    /// Charges quotas.
    ResourceQuota,
}

impl Plugin {
    /// The plugin of a name, as upstream spells it.
    pub fn named(name: &str) -> Option<Plugin> {
        Plugin::ALL.into_iter().find(|p| format!("{p:?}") == name)
    }

    /// All of them.
    pub const ALL: [Plugin; 23] = [
        Plugin::NamespaceLifecycle,
        Plugin::LimitRanger,
        Plugin::ServiceAccount,
        Plugin::NodeRestriction,
        Plugin::TaintNodesByCondition,
        Plugin::PodTopologyLabels,
        Plugin::PodSecurity,
        Plugin::Priority,
        Plugin::DefaultTolerationSeconds,
        Plugin::DefaultStorageClass,
        Plugin::StorageObjectInUseProtection,
        Plugin::PersistentVolumeClaimResize,
        Plugin::CertificateApproval,
        Plugin::CertificateSigning,
        Plugin::CertificateSubjectRestriction,
        Plugin::RuntimeClass,
        Plugin::DefaultIngressClass,
        Plugin::PodResizeValidator,
        Plugin::MutatingAdmissionPolicy,
        Plugin::MutatingAdmissionWebhook,
        Plugin::ValidatingAdmissionPolicy,
        Plugin::ValidatingAdmissionWebhook,
        Plugin::ResourceQuota,
    ];
}

/// Reads a path that names no resource and of which the core knows nothing: path, `Accept` header, and the custom kinds that are
/// served; none where it does not know it either.
pub type Routes = fn(&str, &str, &Customs) -> Option<Response>;

/// Whose certificates servers of other APIs are to trust, in PEM.
#[derive(Clone, Debug)]
pub struct FrontProxy {
    /// Who signs this server's own (`--requestheader-client-ca-file`).
    pub ca: String,
    /// Who signs those of users (`--client-ca-file`).
    pub client_ca: String,
}

/// How an API server is set up.
#[derive(Clone, Debug)]
pub struct ApiServerConfig {
    /// First address and prefix length of the range of cluster IPs (`--service-cluster-ip-range`).
    pub service_cidr: (std::net::Ipv4Addr, u8),
    /// First and last node port (`--service-node-port-range`).
    pub node_ports: (u16, u16),
    /// Where the server itself is reached; the endpoints of the service `kubernetes`.
    pub advertise_address: (std::net::Ipv4Addr, u16),
    /// How long watch events take where the watch does not say.
    pub watch_latency: Duration,
    /// Admission plugins.
    pub admission: Vec<Plugin>,
    /// Features that are switched on beside those of 1.36.
    pub feature_gates: Vec<FeatureGate>,
    /// Who is asked whether a request may be served (`--authorization-mode`).
    pub authorization: Vec<Authorization>,
    /// How many writes the history keeps at most.
    pub history: usize,
    /// How long the history keeps writes (`--etcd-compaction-interval`).
    pub history_age: Duration,
    /// How long events are kept (`--event-ttl`).
    pub event_ttl: Duration,
    /// How many writes the audit log keeps.
    pub audit: usize,
    /// The largest body that is read, in bytes.
    pub max_body: usize,
    /// What signs the tokens of service accounts.
    pub token_signer: Option<Arc<dyn TokenSigner>>,
    /// What signs certificates, for the controllers: the API server itself does not.
    pub certificate_signer: Option<Arc<dyn CertificateSigner>>,
    /// What makes folders on nodes whose machines are not the cluster's, for the controllers.
    pub node_folders: Option<Arc<dyn NodeFolders>>,
    /// Whether `metrics.k8s.io` is served, from what [`super::ApiServer::set_usage`] was told.
    pub metrics: bool,
    /// Whether whoever carries requests calls webhooks ([`super::Awaits`] travels in the extensions of answers) and servers of other
    /// APIs. Nothing beyond the cluster can be reached otherwise.
    pub webhooks: bool,
    /// How servers of other APIs know this one; none where it cannot call them.
    pub front_proxy: Option<FrontProxy>,
    /// Paths beside those of the core, such as `/metrics`.
    pub routes: Option<Routes>,
}

impl Default for ApiServerConfig {
    fn default() -> Self {
        ApiServerConfig {
            service_cidr: (std::net::Ipv4Addr::new(10, 96, 0, 0), 12),
            node_ports: (30000, 32767),
            advertise_address: (std::net::Ipv4Addr::new(172, 18, 0, 2), 6443),
            watch_latency: Duration::from_millis(2),
            admission: Plugin::ALL.to_vec(),
            feature_gates: Vec::new(),
            authorization: vec![Authorization::AlwaysAllow],
            history: 5_000,
            history_age: Duration::from_secs(600),
            event_ttl: Duration::from_secs(3600),
            audit: 10_000,
            max_body: 3 << 20,
            token_signer: None,
            certificate_signer: None,
            node_folders: None,
            metrics: false,
            webhooks: false,
            front_proxy: None,
            routes: None,
        }
    }
}
