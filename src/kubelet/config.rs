//! What a kubelet is told when it starts.

use super::eviction::thresholds::Threshold;
use crate::apimachinery::Value;
use std::time::Duration;

/// What a kubelet is told when it starts.
#[derive(Clone, Debug)]
pub struct KubeletConfig {
    /// The node's name.
    pub node_name: String,
    /// The node's address.
    pub node_ip: String,
    /// The port of its server.
    pub port: u16,
    /// Labels beside those that every node has.
    pub labels: Vec<(String, String)>,
    /// What its processor is, as Go names it.
    pub architecture: &'static str,
    /// Whether the old `beta.kubernetes.io` labels are set too.
    pub beta_labels: bool,
    /// Taints set at registration.
    pub register_with_taints: Vec<Value>,
    /// Capacity by resource name.
    pub capacity: Vec<(String, String)>,
    /// What of it pods may use, where that differs.
    pub allocatable: Vec<(String, String)>,
    /// Range of the node's pod addresses, "" where the controller manager hands them out.
    pub pod_cidr: String,
    /// Manifests that the node runs by itself.
    pub static_pods: Vec<Value>,
    /// Whether events are written.
    pub record_events: bool,
    /// Whether probes are run; where not, containers count as ready once they run.
    pub run_probes: bool,
    /// Whether a part of a volume can be mounted (`subPath`).
    pub sub_paths: bool,
    /// Whether tokens of accounts are asked of the API server; where not, texts that nobody takes for tokens stand for them.
    pub real_tokens: bool,
    /// Whether images come from registries that ask for credentials.
    pub real_registries: bool,
    /// Whether images that nothing uses are removed at all: not where they may be those of others.
    pub collects_images: bool,
    /// From how full a disk with images on some of them are removed, in percent; 100 for never.
    pub image_gc_high_percent: u8,
    /// How full it is afterwards.
    pub image_gc_low_percent: u8,
    /// How long an image has to be there before it may be removed.
    pub image_min_age: Duration,
    /// What the node must have left before pods are ended.
    pub eviction_hard: Vec<Threshold>,
    /// How long the node counts as short of something after it was last.
    pub pressure_transition: Duration,
    /// How often the lease is renewed.
    pub lease_renew_interval: Duration,
    /// How often an unchanged status is reported.
    pub status_report_interval: Duration,
    /// How long after its start the node's network is up.
    pub network_delay: Duration,
    /// `v1.36.2`.
    pub kubelet_version: String,
    /// Told in the node's status.
    pub machine_id: String,
    /// Told in the node's status.
    pub kernel_version: String,
    /// Told in the node's status.
    pub os_image: String,
}

impl Default for KubeletConfig {
    fn default() -> Self {
        Self {
            node_name: "node".into(),
            node_ip: "192.168.65.2".into(),
            port: super::server::PORT,
            labels: Vec::new(),
            architecture: "amd64",
            beta_labels: true,
            register_with_taints: Vec::new(),
            capacity: Vec::new(),
            allocatable: Vec::new(),
            pod_cidr: String::new(),
            static_pods: Vec::new(),
            record_events: true,
            run_probes: true,
            sub_paths: true,
            real_tokens: false,
            real_registries: false,
            collects_images: true,
            image_gc_high_percent: 85,
            image_gc_low_percent: 80,
            image_min_age: Duration::from_secs(120),
            eviction_hard: Vec::new(),
            pressure_transition: Duration::from_secs(300),
            lease_renew_interval: Duration::from_secs(10),
            status_report_interval: Duration::from_secs(300),
            network_delay: Duration::from_secs(2),
            kubelet_version: "v1.36.2".into(),
            machine_id: String::new(),
            kernel_version: "6.12.0-kubarium".into(),
            os_image: "Kubarium simulated machine".into(),
        }
    }
}
