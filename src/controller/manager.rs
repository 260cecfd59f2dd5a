//! The controller manager itself: leader election, the shared informers, and all controllers in a fixed order.

use super::certificates::{
    CertificateApprovingController, CertificateCleanerController, CertificateSigningController,
};
use super::clusterroleaggregation::ClusterRoleAggregationController;
use super::cronjob::CronJobController;
use super::daemonset::DaemonSetController;
use super::deployment::DeploymentController;
use super::disruption::DisruptionController;
use super::endpoints::EndpointsController;
use super::endpointslice::EndpointSliceController;
use super::endpointslicemirroring::EndpointSliceMirroringController;
use super::ephemeral::EphemeralController;
use super::garbagecollector::GarbageCollector;
use super::ingress::IngressController;
use super::job::JobController;
use super::namespace::NamespaceController;
use super::nodeipam::{NodeIpamController, TtlController};
use super::nodelifecycle::NodeLifecycleController;
use super::persistentvolume::PersistentVolumeController;
use super::persistentvolume::expand::{ExpandController, LocalPathResizer};
use super::persistentvolume::local_path::LocalPathProvisioner;
use super::persistentvolume::protection::{
    AttributesClassProtection, ClaimProtection, VolumeProtection,
};
use super::podautoscaler::HorizontalController;
use super::podgc::PodGarbageCollector;
use super::replicaset::{ReplicaSetController, ReplicaSets, ReplicationControllers};
use super::resourcequota::ResourceQuotaController;
use super::runner::{Reconciler, Runner, cause_of, own_identity};
use super::service::ServiceController;
use super::serviceaccount::tokens::TokensController;
use super::serviceaccount::{RootCaPublisher, ServiceAccountController};
use super::servicecidrs::ServiceCidrController;
use super::statefulset::StatefulSetController;
use super::stores::{Kind, Stores};
use super::tainteviction::TaintEvictionController;
use super::tokencleaner::TokenCleaner;
use super::ttlafterfinished::TtlAfterFinishedController;
use super::validatingadmissionpolicystatus::PolicyStatusController;
use crate::api::certificates::CertificateSigner;
use crate::api::folders::NodeFolders;
use crate::api::tokens::TokenSigner;
use crate::apimachinery::http::ReaderId;
use crate::apimachinery::{Rng, Timestamp};
use crate::client::{Component, Cx, Delta, Identity, LeaderElector, Leadership, Turn};
use std::sync::Arc;
use std::time::Duration;

/// How many keys one turn reconciles at most.
const BUDGET: usize = 200;

/// What upstream's flags set.
#[derive(Clone, Debug)]
pub struct ControllerManagerConfig {
    /// `--controllers`: `*` is all that are on by default, `foo` switches one on, `-foo` one off.
    pub controllers: Vec<String>,
    /// The host it runs on, which its lease names.
    pub host: String,
    /// `--leader-elect`.
    pub leader_elect: bool,
    /// `--node-monitor-period`.
    pub node_monitor_period: Duration,
    /// `--node-monitor-grace-period`: how long a node may be silent.
    pub node_monitor_grace_period: Duration,
    /// `--cluster-cidr`, IPv4.
    pub cluster_cidr: String,
    /// Which part of it the first node gets.
    pub first_node_cidr: String,
    /// `--node-cidr-mask-size`.
    pub node_cidr_mask_size: u8,
    /// `--allocate-node-cidrs`.
    pub allocate_node_cidrs: bool,
    /// `--terminated-pod-gc-threshold`.
    pub terminated_pod_gc_threshold: usize,
    /// The certificate authority that every namespace is told of, as PEM.
    pub root_ca: String,
    /// What reads and signs certificate signing requests; without it nobody does.
    pub certificate_signer: Option<Arc<dyn CertificateSigner>>,
    /// What signs tokens that are kept in Secrets.
    pub token_signer: Option<Arc<dyn TokenSigner>>,
    /// What makes folders on nodes whose machines are not the cluster's; without it no volumes are made there.
    pub node_folders: Option<Arc<dyn NodeFolders>>,
    /// The reader that its watches wake.
    pub reader: ReaderId,
    /// How long watch events take to reach it.
    pub watch_latency: Duration,
}

impl Default for ControllerManagerConfig {
    fn default() -> Self {
        Self {
            controllers: vec!["*".to_owned()],
            host: "control-plane".to_owned(),
            leader_elect: true,
            node_monitor_period: Duration::from_secs(5),
            node_monitor_grace_period: Duration::from_secs(50),
            cluster_cidr: "10.224.0.0/11".to_owned(),
            first_node_cidr: "10.244.0.0/24".to_owned(),
            node_cidr_mask_size: 24,
            allocate_node_cidrs: true,
            terminated_pod_gc_threshold: 12500,
            root_ca: String::new(),
            certificate_signer: None,
            token_signer: None,
            node_folders: None,
            reader: ReaderId(0),
            watch_latency: Duration::ZERO,
        }
    }
}

impl ControllerManagerConfig {
    /// Whether a controller is to run.
    pub fn is_enabled(&self, name: &str) -> bool {
        is_controller_enabled(&self.controllers, name)
    }
}

/// Whether `--controllers` lets a controller run: named outright, or by `*` unless named with `-` (`IsControllerEnabled`).
pub fn is_controller_enabled(controllers: &[String], name: &str) -> bool {
    let mut star = false;
    for c in controllers {
        if c == name {
            return true;
        }
        if c.strip_prefix('-') == Some(name) {
            return false;
        }
        star |= c == "*";
    }
    star
}

macro_rules! controllers {
    ($($field:ident: $type:ty = $make:expr;)*) => {
        #[derive(Clone)]
        struct Controllers { $($field: Runner<$type>,)* }

        impl Controllers {
            fn new(config: &ControllerManagerConfig) -> Self {
                Self { $($field: {
                    let enabled = config.is_enabled(<$type as Reconciler>::NAME);
                    let make: fn(&ControllerManagerConfig) -> $type = $make;
                    Runner::new(make(config), enabled, config.reader, config.watch_latency)
                },)* }
            }
            fn watches(&self, kind: Kind) -> bool {
                $(self.$field.watches(kind))||*
            }
            fn observe(&mut self, kind: Kind, delta: &Delta, stores: &Stores, now: Timestamp) {
                let cause = cause_of(delta.object());
                $(self.$field.observe(kind, delta, stores, (now, cause));)*
            }
            fn work(&mut self, cx: &mut Cx<'_>, stores: &Stores, budget: &mut usize) {
                $(self.$field.work(cx, stores, budget);)*
            }
            fn is_busy(&self) -> bool {
                $(self.$field.is_busy())||*
            }
            fn next_deadline(&self) -> Option<Timestamp> {
                [$(self.$field.next_deadline()),*].into_iter().flatten().min()
            }
        }

        /// The names of all controllers, in the order in which they are turned.
        pub const CONTROLLERS: &[&str] = &[$(<$type as Reconciler>::NAME),*];
    };
}

controllers! {
    deployment: DeploymentController = |_| DeploymentController::default();
    replica_set: ReplicaSetController<ReplicaSets> = |_| ReplicaSetController::default();
    replication_controller: ReplicaSetController<ReplicationControllers> = |_| ReplicaSetController::default();
    daemon_set: DaemonSetController = |_| DaemonSetController::default();
    stateful_set: StatefulSetController = |_| StatefulSetController::default();
    job: JobController = |_| JobController::default();
    cron_job: CronJobController = |_| CronJobController::default();
    horizontal: HorizontalController = |_| HorizontalController::default();
    persistent_volume: PersistentVolumeController = |_| PersistentVolumeController::default();
    ephemeral: EphemeralController = |_| EphemeralController::default();
    local_path: LocalPathProvisioner = |config| LocalPathProvisioner::new(config.node_folders.clone());
    expand: ExpandController = |_| ExpandController::default();
    local_path_resizer: LocalPathResizer = |_| LocalPathResizer::default();
    claim_protection: ClaimProtection = |_| ClaimProtection::default();
    volume_protection: VolumeProtection = |_| VolumeProtection::default();
    attributes_protection: AttributesClassProtection = |_| AttributesClassProtection::default();
    ttl_after_finished: TtlAfterFinishedController = |_| TtlAfterFinishedController::default();
    endpoints: EndpointsController = |_| EndpointsController::default();
    endpoint_slice: EndpointSliceController = |_| EndpointSliceController::default();
    endpoint_slice_mirroring: EndpointSliceMirroringController = |_| EndpointSliceMirroringController::default();
    ingress: IngressController = |_| IngressController::default();
    service: ServiceController = |_| ServiceController::default();
    service_cidr: ServiceCidrController = |_| ServiceCidrController::default();
    resource_quota: ResourceQuotaController = |_| ResourceQuotaController::default();
    disruption: DisruptionController = |_| DisruptionController::default();
    service_account: ServiceAccountController = |_| ServiceAccountController::default();
    root_ca: RootCaPublisher = |config| RootCaPublisher::new(config.root_ca.clone());
    tokens: TokensController =
        |config| TokensController::new(config.root_ca.clone(), config.token_signer.clone());
    token_cleaner: TokenCleaner = |_| TokenCleaner::default();
    namespace: NamespaceController = |_| NamespaceController::default();
    garbage_collector: GarbageCollector = |_| GarbageCollector::default();
    node_ipam: NodeIpamController = |config| {
        let cidr = if config.allocate_node_cidrs { config.cluster_cidr.as_str() } else { "" };
        NodeIpamController::new(cidr, config.node_cidr_mask_size, &config.first_node_cidr)
    };
    node_lifecycle: NodeLifecycleController =
        |config| NodeLifecycleController::new(config.node_monitor_period, config.node_monitor_grace_period);
    taint_eviction: TaintEvictionController = |_| TaintEvictionController::default();
    pod_gc: PodGarbageCollector = |config| PodGarbageCollector::new(config.terminated_pod_gc_threshold);
    cluster_role_aggregation: ClusterRoleAggregationController = |_| ClusterRoleAggregationController::default();
    ttl: TtlController = |_| TtlController::default();
    certificate_approving: CertificateApprovingController =
        |config| CertificateApprovingController::new(config.certificate_signer.clone());
    certificate_signing: CertificateSigningController =
        |config| CertificateSigningController::new(config.certificate_signer.clone());
    certificate_cleaner: CertificateCleanerController = |_| CertificateCleanerController::default();
    policy_status: PolicyStatusController = |_| PolicyStatusController::default();
}

/// `kube-controller-manager`.
#[derive(Clone)]
pub struct ControllerManager {
    config: ControllerManagerConfig,
    identity: Identity,
    elector: Option<LeaderElector>,
    stores: Stores,
    controllers: Controllers,
    reconciled: u64,
}

impl ControllerManager {
    /// A controller manager that has just been started.
    pub fn new(config: ControllerManagerConfig, rng: &mut Rng) -> Self {
        let controllers = Controllers::new(&config);
        Self {
            identity: own_identity(config.reader, config.watch_latency),
            elector: config
                .leader_elect
                .then(|| LeaderElector::new("kube-controller-manager", &config.host, rng)),
            stores: Stores::new(|kind| controllers.watches(kind)),
            controllers,
            reconciled: 0,
            config,
        }
    }

    /// Ends its watches, as the end of its process would.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        self.stores.stop(cx);
    }

    /// The shared informers, for a look at what the controllers know.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// How many keys were reconciled since it was started: a measure of its work that needs no clock.
    pub fn reconciled(&self) -> u64 {
        self.reconciled
    }

    fn is_leading(&mut self, cx: &mut Cx<'_>) -> bool {
        let Some(elector) = &mut self.elector else {
            return true;
        };
        match elector.step(cx) {
            Leadership::Leading => true,
            Leadership::Waiting => false,
            Leadership::Lost => {
                // Upstream's process ends here and is started anew.
                self.stores.stop(cx);
                *self = Self::new(self.config.clone(), cx.rng);
                false
            }
        }
    }
}

impl Component for ControllerManager {
    fn name(&self) -> &str {
        "kube-controller-manager"
    }

    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn {
        let identity = self.identity.clone();
        let mut cx = Cx {
            now: cx.now,
            rng: cx.rng,
            api: cx.api,
            identity: &identity,
            cause: cx.cause,
        };
        if !self.is_leading(&mut cx) {
            return Turn::Idle;
        }
        for (kind, delta) in self.stores.poll(&mut cx) {
            self.controllers.observe(kind, &delta, &self.stores, cx.now);
        }
        let mut budget = BUDGET;
        self.controllers.work(&mut cx, &self.stores, &mut budget);
        self.reconciled += (BUDGET - budget) as u64;
        if self.controllers.is_busy() {
            Turn::Busy
        } else {
            Turn::Idle
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let elector = self.elector.as_ref().map(LeaderElector::next_deadline);
        if self.elector.as_ref().is_some_and(|e| !e.is_leader()) {
            return elector;
        }
        [
            elector,
            self.stores.next_deadline(),
            self.controllers.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controllers_flag_is_read_as_upstream_reads_it() {
        let config = |list: &[&str]| ControllerManagerConfig {
            controllers: list.iter().map(|s| (*s).to_owned()).collect(),
            ..Default::default()
        };
        for (list, name, wanted) in [
            (&["*"][..], "a", true),
            (&["*", "-a"], "a", false),
            (&["a"], "a", true),
            (&["a"], "b", false),
            (&[], "a", false),
        ] {
            assert_eq!(config(list).is_enabled(name), wanted, "{list:?} {name}");
        }
    }
}
