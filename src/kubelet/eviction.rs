//! Ends pods where memory, disk or processes run out, before the machine does worse (pkg/kubelet/eviction/eviction_manager.go).

pub mod local;
pub mod rank;
pub mod thresholds;

use super::Kubelet;
use super::worker::{PodWorker, WorkType, changing};
use crate::api::core::qos::compute_pod_qos;
use crate::api::core::resources::pod_requests;
use crate::api::core::taints::{NO_SCHEDULE, tolerations_tolerate_taint};
use crate::api::core_v1::Taint;
use crate::apimachinery::Timestamp;
use crate::apimachinery::quantity::Quantity;
use crate::client::Cx;
use crate::collections::{Arrange, SortedMap};
use crate::cri::{MachineUsage, RuntimeService};
use crate::tree;
use rank::{Candidate, ContainerUse};
use std::time::Duration;
use thresholds::{PRESSURES, Pressure, Signal, Threshold};

/// How often is looked (`evictionMonitoringPeriod`).
const PERIOD: Duration = Duration::from_secs(10);
/// How soon is looked again once unused images went.
const SOON: Duration = Duration::from_secs(1);
/// How long a pod may take to end.
const GRACE: Duration = Duration::from_secs(1);
/// How long is waited at most for the volumes of a pod that was ended.
const CLEANUP: Duration = Duration::from_secs(120);
/// From which priority on a pod is never ended.
const CRITICAL: i64 = 2_000_000_000;

/// What is known of what runs out.
#[derive(Clone, Debug, Default)]
pub struct Eviction {
    next_at: Timestamp,
    /// When there was too little last.
    seen: SortedMap<Pressure, Timestamp>,
    /// The states that the node is in.
    pub present: Vec<Pressure>,
    /// Whether unused images have been removed since the disk ran out.
    images_gone: bool,
    /// Pods that were ended for what they hold on disk, and until when it is waited for that.
    victims: Vec<(String, Timestamp)>,
}

impl Eviction {
    /// Whether what that pod holds on disk is waited for.
    pub(crate) fn waits_for(&self, uid: &str) -> bool {
        self.victims.iter().any(|(victim, _)| victim == uid)
    }

    /// Whether the node has too little disk.
    pub fn is_short_of_disk(&self) -> bool {
        self.present.contains(&Pressure::Disk)
    }
}

impl<R: RuntimeService> Kubelet<R> {
    /// When is looked next.
    pub(crate) fn next_eviction_look(&self) -> Option<Timestamp> {
        let at = self.eviction.next_at;
        (at > Timestamp::default()).then_some(at)
    }

    /// Looks at what is left, where that is due, and ends a pod where it is too little; whether the node's state has changed.
    pub(crate) fn watch_pressure(&mut self, cx: &mut Cx<'_>) -> bool {
        if cx.now < self.eviction.next_at {
            return false;
        }
        let Some(machine) = self.runtime.machine() else {
            return false;
        };
        self.eviction.next_at = cx.now + PERIOD;
        let met = |t: &&Threshold| t.is_met(&machine);
        let met: Vec<Threshold> = self
            .config
            .eviction_hard
            .iter()
            .filter(met)
            .cloned()
            .collect();
        let changed = self.note_pressure(cx, &met);
        self.forget_victims(cx.now);
        if self.hold_to_limits(cx) {
            return changed;
        }
        let of_disk = |t: &Threshold| t.signal.pressure() == Pressure::Disk;
        if !self.eviction.victims.is_empty() && met.iter().all(of_disk) {
            self.eviction.next_at = cx.now + SOON;
        }
        // What memory is wanted for comes first.
        let first = met.into_iter().min_by_key(|t| t.signal);
        match first {
            Some(threshold) => self.reclaim(cx, &threshold, &machine),
            None => self.eviction.images_gone = false,
        }
        changed
    }

    /// Ends pods that hold more of the disk than their own limits allow; whether there were any.
    fn hold_to_limits(&mut self, cx: &mut Cx<'_>) -> bool {
        let workers = self.workers.iter();
        let active = workers.filter(|(_, w)| is_active(w));
        let found: Vec<(String, String)> = active
            .filter(|(_, w)| !is_critical(w))
            .filter_map(|(uid, w)| {
                let disk = self.runtime.held_on_disk(uid);
                let layer = |name: &str| {
                    let id = w.known(name).map_or("", |r| r.id.as_str());
                    self.runtime.held_by_container(id).disk
                };
                Some((uid.clone(), local::exceeded(&w.pod, &disk, layer)?))
            })
            .collect();
        for (uid, why) in &found {
            self.evict(cx, uid, why.clone());
            self.eviction.victims.push((uid.clone(), cx.now + CLEANUP));
        }
        !found.is_empty()
    }

    /// Forgets the pods that were ended whose volumes have gone, as far as is known.
    fn forget_victims(&mut self, now: Timestamp) {
        let mut victims = std::mem::take(&mut self.eviction.victims);
        victims.retain(|(uid, until)| {
            let given_up = self.workers.get(uid).is_none_or(|w| w.volumes_given_up);
            now < *until && !(given_up && self.runtime.volumes_are_gone(uid))
        });
        self.eviction.victims = victims;
    }

    /// A state lasts for some time after there was too little last.
    fn note_pressure(&mut self, cx: &mut Cx<'_>, met: &[Threshold]) -> bool {
        for threshold in met {
            self.eviction
                .seen
                .insert(threshold.signal.pressure(), cx.now);
        }
        let lasts = self.config.pressure_transition;
        self.eviction
            .seen
            .retain(|_, at| cx.now.since(*at) < lasts || *at == cx.now);
        let mut changed = false;
        for pressure in PRESSURES {
            let present = self.eviction.seen.contains_key(&pressure);
            if present == self.eviction.present.contains(&pressure) {
                continue;
            }
            changed = true;
            match present {
                true => self.eviction.present.push(pressure),
                false => self.eviction.present.retain(|p| *p != pressure),
            }
            let reason = pressure.event(present);
            let say = format!("Node {} status is now: {reason}", self.config.node_name);
            self.node_event(cx, "Normal", &reason, &say);
        }
        changed
    }

    fn reclaim(&mut self, cx: &mut Cx<'_>, threshold: &Threshold, machine: &MachineUsage) {
        let signal = threshold.signal;
        // What they held is not known to have gone yet.
        if signal.pressure() == Pressure::Disk && !self.eviction.victims.is_empty() {
            return;
        }
        let say = format!("Attempting to reclaim {}", signal.resource());
        self.node_event(cx, "Warning", "EvictionThresholdMet", &say);
        if signal.pressure() == Pressure::Disk {
            if self.images.is_busy() {
                self.eviction.next_at = cx.now + SOON;
                return;
            }
            // What nothing uses goes before what runs.
            if self.config.collects_images
                && !std::mem::replace(&mut self.eviction.images_gone, true)
            {
                self.eviction.next_at = cx.now + SOON;
                return self.free_images(cx, i64::MAX);
            }
            self.eviction.images_gone = false;
        }
        let mut pods = self.candidates(signal);
        pods.arrange_by(|a, b| rank::order(signal, a, b));
        let Some(pod) = pods.first() else {
            return;
        };
        let left = signal.amount(machine);
        let least = threshold.quantity(left.capacity);
        let message = rank::message(signal, &least, left, pod);
        self.evict(cx, &pod.uid, message);
        if signal.pressure() == Pressure::Disk {
            let victim = (pod.uid.clone(), cx.now + CLEANUP);
            self.eviction.victims.push(victim);
        }
    }

    /// The pods that may be ended, with what they hold.
    fn candidates(&self, signal: Signal) -> Vec<Candidate> {
        let workers = self.workers.iter();
        workers
            .filter(|(_, w)| is_active(w) && !is_critical(w))
            .map(|(uid, w)| self.candidate(uid, w, signal))
            .collect()
    }

    fn candidate(&self, uid: &str, w: &PodWorker, signal: Signal) -> Candidate {
        let resource = signal.resource();
        let mut used = match signal.pressure() {
            Pressure::Disk => {
                let disk = self.runtime.held_on_disk(uid);
                disk.logs.values().chain(disk.volumes.values()).sum()
            }
            _ => 0,
        };
        let mut containers = Vec::new();
        for (name, r) in w.containers.iter().filter(|(_, r)| r.is_running()) {
            let held = self.runtime.held_by_container(&r.id);
            let own = match signal.pressure() {
                Pressure::Memory => held.memory,
                Pressure::Disk => held.disk,
                Pressure::Pid => 0,
            };
            used += own;
            let spec = w.container(name);
            let request = spec.map(|c| Quantity::of(c.at(&["resources", "requests", resource])));
            containers.push(ContainerUse {
                name: name.clone(),
                used: matches!(resource, "memory" | "ephemeral-storage").then_some(own),
                request: request.unwrap_or_default(),
            });
        }
        let request = pod_requests(&w.pod);
        Candidate {
            uid: uid.to_owned(),
            priority: w.pod.spec().get("priority").as_i64().unwrap_or(0),
            used,
            request: request.get(resource).map_or(0, Quantity::value),
            containers,
        }
    }

    fn evict(&mut self, cx: &mut Cx<'_>, uid: &str, message: String) {
        self.event(cx, uid, "", "Warning", "Evicted", &message);
        if let Some(w) = changing(&mut self.workers, uid) {
            w.evicted = Some(Box::new(("Evicted".to_owned(), message)));
            w.kill_at = Some(cx.now + GRACE);
        }
        self.dirty.insert(uid.to_owned());
    }

    /// Why the node takes no such pod in the state that it is in.
    pub(crate) fn pressure_refuses(&self, w: &PodWorker) -> Option<String> {
        let present = &self.eviction.present;
        if present.is_empty() || is_critical(w) {
            return None;
        }
        if present == &[Pressure::Memory] {
            let taint = tree!({"key": "node.kubernetes.io/memory-pressure", "effect": NO_SCHEDULE});
            let tolerated =
                tolerations_tolerate_taint(w.pod.spec().tolerations(), &Taint::from(taint));
            if compute_pod_qos(&w.pod) != "BestEffort" || tolerated {
                return None;
            }
        }
        let all: Vec<&str> = present.iter().map(|p| p.condition()).collect();
        Some(format!("The node had condition: [{}]. ", all.join(" ")))
    }
}

/// Whether a pod is never ended for what it holds (`IsCriticalPod`).
fn is_critical(w: &PodWorker) -> bool {
    w.is_static || w.pod.spec().get("priority").as_i64().unwrap_or(0) >= CRITICAL
}

/// Whether a pod holds its place and is not about to lose it.
fn is_active(w: &PodWorker) -> bool {
    w.work == WorkType::Sync && w.rejected.is_none() && w.evicted.is_none()
}
