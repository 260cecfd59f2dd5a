//! Gathers from the kubelets what their nodes and containers use, and hands it to the API server, which serves it as
//! `metrics.k8s.io` (metrics-server's scraper and storage).

use super::{Cluster, METRICS, Machine};
use crate::apimachinery::Timestamp;
use crate::apiserver::metrics::{ContainerUsage, NodeUsage, PodUsage, Usage};
use crate::collections::Arrange;
use crate::cri::RuntimeService;
use crate::kubelet::Kubelet;
use std::time::Duration;

/// How often (`--metric-resolution`).
pub const RESOLUTION: Duration = Duration::from_secs(15);
/// What a node itself uses (its kubelet, the container runtime, the system): billionths of a core, and bytes.
const SYSTEM: (u64, u64) = (34_000_000, 310 << 20);

impl Cluster {
    pub(super) fn gather_metrics(&mut self) {
        let now = self.now;
        let mut usage = Usage::default();
        let reachable = |m: &&mut Machine| m.kubelet.is_powered() && !m.cut;
        for (name, machine) in &mut self.machines {
            if let Some(machine) = Some(machine).filter(reachable) {
                let (cpu, memory) = gather(&mut machine.kubelet, now, &mut usage.pods);
                let (cpu, memory) = (cpu + SYSTEM.0, memory + SYSTEM.1);
                usage.nodes.push(NodeUsage {
                    name: name.as_str().into(),
                    time: now,
                    window: RESOLUTION,
                    cpu,
                    memory,
                });
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        self.remote.add_usage(&mut usage);
        usage
            .pods
            .arrange_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        self.api.set_usage(usage);
        self.wake(METRICS, now + RESOLUTION);
    }
}

/// What a whole node has used, whose containers have used so much (CPU time in nanoseconds, bytes), after so many nanoseconds.
pub fn of_node((cpu, memory): (u64, u64), up: u64) -> (u64, u64) {
    let system = u128::from(SYSTEM.0) * u128::from(up) / 1_000_000_000;
    let system = u64::try_from(system).unwrap_or(u64::MAX);
    (cpu.saturating_add(system), memory + SYSTEM.1)
}

/// Reads a kubelet's containers; what they use in all. A pod of which a container is too young to be read is left out.
pub fn gather<R: RuntimeService>(
    kubelet: &mut Kubelet<R>,
    now: Timestamp,
    pods: &mut Vec<PodUsage>,
) -> (u64, u64) {
    let running = kubelet.running_texts();
    let running: Vec<_> = running.map(|(names, id)| (names, id.to_owned())).collect();
    let (mut cpu, mut memory) = (0, 0);
    let first = pods.len();
    for ([namespace, pod, container], id) in running {
        // The containers of a pod follow each other.
        let same = |p: &PodUsage| p.name == pod && p.namespace == namespace;
        if !pods[first..].last().is_some_and(same) {
            pods.push(PodUsage {
                namespace,
                name: pod,
                time: now,
                window: Duration::ZERO,
                // Most have one.
                containers: Vec::with_capacity(1),
            });
        }
        let Some(entry) = pods.last_mut() else {
            continue;
        };
        let Some(stats) = kubelet.runtime_mut().container_stats(now, &id) else {
            entry.time = Timestamp::default();
            continue;
        };
        cpu += stats.usage_nano_cores;
        memory += stats.working_set_bytes;
        entry.window = entry.window.max(stats.window);
        entry.containers.push(ContainerUsage {
            name: container,
            cpu: stats.usage_nano_cores,
            memory: stats.working_set_bytes,
        });
    }
    pods.retain(|p| p.time == now);
    (cpu, memory)
}
