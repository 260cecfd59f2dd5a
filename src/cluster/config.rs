//! What a cluster is made of: nodes, add-ons, the time things take, the seed.

use crate::apimachinery::Timestamp;
use crate::apiserver::Authorization;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Describes a cluster. Every field may be left out of a file; the default profile's value stands then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterConfig {
    /// Name, as shown and in kubeconfigs.
    pub name: String,
    /// The seed of all chance.
    pub seed: u64,
    /// Where the clock begins, in seconds since the Unix epoch.
    pub start_time: i64,
    /// The machines.
    pub nodes: Vec<NodeConfig>,
    /// Whether the control plane runs as static pods of the first control-plane node, so that it can be stopped.
    pub control_plane_pods: bool,
    /// Whether CoreDNS and kube-proxy are installed.
    pub add_ons: bool,
    /// How the machines behave.
    pub runtime: RuntimeKind,
    /// How long things take.
    pub latencies: Latencies,
    /// How the API server authorizes requests (`--authorization-mode`).
    pub authorization_mode: Vec<Authorization>,
    /// Which controllers run, as `--controllers` of `kube-controller-manager` says it.
    pub controllers: Vec<String>,
    /// Whether a scheduler runs.
    pub scheduler: bool,
    /// How long a node may be silent, in seconds (`--node-monitor-grace-period`).
    #[serde(skip_serializing_if = "is_default_grace")]
    pub node_monitor_grace_period: u32,
    /// Whether the metrics API (`metrics.k8s.io`) is served, in metrics-server's place.
    pub metrics: bool,
    /// The certificate authority of the API server as PEM, which every namespace is told of.
    pub root_ca: String,
}

/// How long a node may be silent where nothing else is said, in seconds.
const GRACE: u32 = 50;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_default_grace(seconds: &u32) -> bool {
    *seconds == GRACE
}

/// How simulated machines behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RuntimeKind {
    /// Images are pulled, programs run, probes are asked, kubelets write events.
    Simulated,
    /// Any image runs at once, is ready and never ends, but for the pods of Jobs, which end well at once; no probes,
    /// no kubelet events, no `subPath`. What the recordings were made with.
    Fake,
}

/// One machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NodeConfig {
    /// Name.
    pub name: String,
    /// Whether it carries the control plane.
    pub control_plane: bool,
    /// Labels beside those that every node has.
    pub labels: Vec<(String, String)>,
    /// Taints as kubectl writes them: `key=value:NoSchedule`.
    pub taints: Vec<String>,
    /// CPU as a quantity.
    pub cpu: String,
    /// Memory as a quantity.
    pub memory: String,
    /// How many pods it takes.
    pub pods: u32,
}

/// How long things take, each with some seeded jitter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Latencies {
    /// Scales what runtimes do (pulling, creating, starting, stopping): 1 is realistic, 0 at once.
    pub runtime_scale: f64,
    /// How long a watch event takes to reach its reader, in milliseconds.
    pub watch_ms: u64,
    /// How long the scheduler takes for one pod, in milliseconds.
    pub schedule_ms: u64,
    /// How long a node's network takes to come up, in milliseconds.
    pub node_network_ms: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            runtime_scale: 1.0,
            watch_ms: 8,
            schedule_ms: 15,
            node_network_ms: 1500,
        }
    }
}

impl Latencies {
    /// Nothing takes time.
    pub fn none() -> Self {
        Self {
            runtime_scale: 0.0,
            watch_ms: 0,
            schedule_ms: 0,
            node_network_ms: 0,
        }
    }

    pub(super) fn watch(&self) -> Duration {
        Duration::from_millis(self.watch_ms)
    }
}

impl Default for ClusterConfig {
    fn default() -> Self {
        let worker = |name: &str| NodeConfig {
            name: name.into(),
            cpu: "4".into(),
            memory: "8Gi".into(),
            pods: 110,
            ..NodeConfig::default()
        };
        let control_plane = NodeConfig {
            control_plane: true,
            taints: vec!["node-role.kubernetes.io/control-plane:NoSchedule".into()],
            ..worker("control-plane")
        };
        Self {
            name: "kubarium".into(),
            seed: 1,
            start_time: 1_788_220_800,
            nodes: vec![
                control_plane,
                worker("worker-1"),
                worker("worker-2"),
                worker("worker-3"),
            ],
            control_plane_pods: true,
            add_ons: true,
            runtime: RuntimeKind::Simulated,
            latencies: Latencies::default(),
            authorization_mode: vec![Authorization::Node, Authorization::Rbac],
            controllers: vec!["*".to_owned()],
            scheduler: true,
            node_monitor_grace_period: GRACE,
            metrics: true,
            root_ca: String::new(),
        }
    }
}

impl ClusterConfig {
    /// The names of the built-in profiles.
    pub const PROFILES: [&'static str; 2] = ["default", "reference"];

    /// A built-in profile by name, one of [`Self::PROFILES`].
    pub fn profile(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::default()),
            "reference" => Some(Self::reference()),
            _ => None,
        }
    }

    /// The address of the simulated machine that carries the API server, where there is one: requests to it arrive there.
    pub fn carrier_address(&self) -> Option<std::net::Ipv4Addr> {
        let simulated = self.runtime == RuntimeKind::Simulated;
        let carrier = self.nodes.iter().position(|n| n.control_plane);
        let number = carrier.filter(|_| simulated)?;
        super::machines::node_ip(number as u32).parse().ok()
    }

    /// The cluster that recordings of a real control plane expect: three bare nodes in three zones, nothing installed.
    pub fn reference() -> Self {
        let node = |i: u32| NodeConfig {
            name: format!("node-{i}"),
            labels: vec![("topology.kubernetes.io/zone".into(), format!("zone-{i}"))],
            cpu: "1".into(),
            memory: "3840Mi".into(),
            pods: 250,
            ..NodeConfig::default()
        };
        Self {
            name: "ref".into(),
            nodes: (1..=3).map(node).collect(),
            control_plane_pods: false,
            add_ons: false,
            // No cloud that balances services.
            controllers: vec!["*".to_owned(), "-service-lb-controller".to_owned()],
            metrics: false,
            runtime: RuntimeKind::Fake,
            latencies: Latencies {
                runtime_scale: 0.0,
                watch_ms: 1,
                schedule_ms: 1,
                node_network_ms: 0,
            },
            ..Self::default()
        }
    }

    /// A cluster of equal workers beside one control-plane node, for benchmarks and tests.
    pub fn with_workers(n: usize) -> Self {
        let mut config = Self::default();
        config.nodes.truncate(1);
        let worker = |i: usize| NodeConfig {
            name: format!("worker-{i}"),
            cpu: "32".into(),
            memory: "128Gi".into(),
            pods: 500,
            ..NodeConfig::default()
        };
        config.nodes.extend((1..=n).map(worker));
        config
    }

    pub(super) fn start(&self) -> Timestamp {
        Timestamp::from_secs(self.start_time)
    }
}
