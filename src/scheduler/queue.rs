//! Pods that wait for a node: ready ones, those in back-off, and those for which no node was found
//! (pkg/scheduler/backend/queue).

use super::framework::ClusterEvent;
use super::node_info::PodInfo;
use crate::apimachinery::{Text, Timestamp};
use crate::collections::{Key, SortedSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(10);
const MAX_UNSCHEDULABLE: Duration = Duration::from_secs(300);

/// A waiting pod.
#[derive(Clone, Debug)]
pub struct QueuedPodInfo {
    /// The pod.
    pub pod: Arc<PodInfo>,
    /// When it came into the queue last.
    pub timestamp: Timestamp,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// How often a node was sought.
    pub attempts: u32,
    /// The plugins that refused it last.
    pub unschedulable_plugins: SortedSet<&'static str>,
    /// When its back-off ends.
    pub backoff_until: Timestamp,
    /// Why it may not even be tried (its gates).
    pub gated: Option<Text>,
}

/// Order in the active queue: high priority first, then who waits longest, then UID.
type ActiveKey = (std::cmp::Reverse<i64>, Timestamp, Text);

/// Pods that wait for a node.
#[derive(Clone, Debug, Default)]
pub struct SchedulingQueue {
    pods: BTreeMap<Key, QueuedPodInfo>,
    active: BTreeSet<ActiveKey>,
    backoff: BTreeSet<(Timestamp, Text)>,
    unschedulable: BTreeMap<Text, Timestamp>,
    /// Pods that were promised room on a node.
    nominated: SortedSet<Text>,
}

impl SchedulingQueue {
    /// The waiting pods that were promised room on a node.
    pub fn nominated(&self) -> impl Iterator<Item = &Arc<PodInfo>> {
        self.nominated
            .iter()
            .filter_map(|uid| self.pods.get(uid.as_bytes()))
            .map(|p| &p.pod)
    }

    fn note_nomination(&mut self, pod: &PodInfo) {
        let uid = pod.pod.uid();
        if pod.pod.status().nominated_node_name().is_empty() {
            self.nominated.remove(uid);
        } else {
            self.nominated.insert(uid.into());
        }
    }

    fn active_key(info: &QueuedPodInfo) -> ActiveKey {
        (
            std::cmp::Reverse(info.pod.priority),
            info.timestamp,
            info.pod.pod.uid().into(),
        )
    }

    /// Takes in a new pod, or a changed one.
    pub fn add(&mut self, pod: Arc<PodInfo>, gated: Option<Text>, now: Timestamp) {
        self.note_nomination(&pod);
        let uid = Text::from(pod.pod.uid());
        let known = self.remove(&uid);
        let fresh = QueuedPodInfo {
            pod: pod.clone(),
            timestamp: now,
            first_seen: now,
            attempts: 0,
            unschedulable_plugins: SortedSet::new(),
            backoff_until: now,
            gated: None,
        };
        let info = QueuedPodInfo {
            pod,
            gated,
            ..known.unwrap_or(fresh)
        };
        if info.gated.is_some() {
            self.unschedulable.insert(uid.clone(), now);
        } else {
            self.active.insert(Self::active_key(&info));
        }
        self.pods.insert(Key::from(uid.as_str()), info);
    }

    /// Takes in a change of a pod that leaves it where it waits.
    pub fn update(&mut self, pod: Arc<PodInfo>) {
        self.note_nomination(&pod);
        if let Some(info) = self.pods.get_mut(pod.pod.uid().as_bytes()) {
            info.pod = pod;
        }
    }

    /// Takes a pod out.
    pub fn remove(&mut self, uid: &str) -> Option<QueuedPodInfo> {
        let info = self.pods.remove(uid.as_bytes())?;
        self.active.remove(&Self::active_key(&info));
        self.backoff.remove(&(info.backoff_until, uid.into()));
        self.unschedulable.remove(uid);
        self.nominated.remove(uid);
        Some(info)
    }

    /// A waiting pod.
    pub fn get(&self, uid: &str) -> Option<&QueuedPodInfo> {
        self.pods.get(uid.as_bytes())
    }

    /// All waiting pods by UID.
    pub fn iter(&self) -> impl Iterator<Item = &QueuedPodInfo> {
        self.pods.values()
    }

    /// The next pod to be tried: from the active queue, or, where that is empty, the one whose back-off ends first.
    pub fn pop(&mut self, now: Timestamp) -> Option<QueuedPodInfo> {
        self.flush(now);
        let uid = match self.active.pop_first() {
            Some((_, _, uid)) => uid,
            None => self.backoff.pop_first()?.1,
        };
        let mut info = self.pods.remove(uid.as_bytes())?;
        info.attempts += 1;
        Some(info)
    }

    /// Whether a pod could be tried now.
    pub fn is_ready(&self) -> bool {
        !self.active.is_empty() || !self.backoff.is_empty()
    }

    /// Puts a pod back for which no node was found.
    pub fn add_unschedulable(&mut self, mut info: QueuedPodInfo, now: Timestamp) {
        let uid = Text::from(info.pod.pod.uid());
        let delay = INITIAL_BACKOFF * 2u32.saturating_pow(info.attempts.saturating_sub(1).min(10));
        info.timestamp = now;
        info.backoff_until = now + delay.min(MAX_BACKOFF);
        self.unschedulable.insert(uid.clone(), now);
        self.pods.insert(Key::from(uid.as_str()), info);
    }

    /// Puts a pod back that is to be tried again as soon as its back-off ends (an error, not a refusal).
    pub fn add_backoff(&mut self, info: QueuedPodInfo, now: Timestamp) {
        let uid = Text::from(info.pod.pod.uid());
        self.add_unschedulable(info, now);
        self.activate(&uid);
    }

    fn activate(&mut self, uid: &str) {
        self.unschedulable.remove(uid);
        if let Some(info) = self.pods.get(uid.as_bytes()) {
            self.backoff.insert((info.backoff_until, uid.into()));
        }
    }

    /// Moves the pods that `may_help` says an event may have made schedulable; it is asked with the names of the plugins that refused them.
    pub fn move_on_event(
        &mut self,
        event: ClusterEvent,
        may_help: impl Fn(&'static str, ClusterEvent) -> bool,
    ) {
        let hopeful: Vec<Text> = self
            .unschedulable
            .keys()
            .filter(|uid| {
                self.pods.get(uid.as_bytes()).is_some_and(|p| {
                    p.gated.is_none() && p.unschedulable_plugins.iter().any(|n| may_help(n, event))
                })
            })
            .cloned()
            .collect();
        for uid in hopeful {
            self.activate(&uid);
        }
    }

    /// Moves what has waited long enough.
    fn flush(&mut self, now: Timestamp) {
        while self.backoff.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, uid)) = self.backoff.pop_first()
        {
            if let Some(info) = self.pods.get(uid.as_bytes()) {
                self.active.insert(Self::active_key(info));
            }
        }
        let old: Vec<Text> = self
            .unschedulable
            .iter()
            .filter(|(uid, since)| {
                now.since(**since) >= MAX_UNSCHEDULABLE
                    && self
                        .pods
                        .get(uid.as_bytes())
                        .is_some_and(|p| p.gated.is_none())
            })
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in old {
            self.activate(&uid);
        }
    }

    /// When something will move by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let gated = |uid: &Text| {
            self.pods
                .get(uid.as_bytes())
                .is_some_and(|p| p.gated.is_some())
        };
        let left = self
            .unschedulable
            .iter()
            .filter(|(uid, _)| !gated(uid))
            .map(|(_, since)| *since + MAX_UNSCHEDULABLE)
            .min();
        if self.is_ready() {
            Some(Timestamp::default())
        } else {
            left
        }
    }
}
