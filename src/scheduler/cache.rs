//! The scheduler's picture of the cluster: nodes with the pods bound or assumed there (pkg/scheduler/backend/cache).

use super::node_info::{NodeInfo, PodInfo};
use crate::apimachinery::{Text, Value};
use crate::collections::{Key, SortedMap};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Nodes with their pods. Each node is shared with snapshots until it changes.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    nodes: BTreeMap<Text, Arc<NodeInfo>>,
    /// Where each pod stands: UID → node.
    places: BTreeMap<Key, Text>,
    assumed: BTreeSet<Key>,
    /// Pods on nodes that are not known (yet).
    strays: BTreeMap<Text, SortedMap<Key, Arc<PodInfo>>>,
    /// How many pods have affinity to pods.
    with_affinity: usize,
    /// How often anything changed, and how often a node by more than its pods.
    changes: u64,
    node_changes: u64,
}

impl Cache {
    /// Takes in a new or changed node.
    pub fn set_node(&mut self, node: &Value) {
        let name = Text::from(node.name());
        self.node_changes += 1;
        match self.node_mut(&name) {
            Some(info) => info.set_node(node),
            None => {
                let mut info = NodeInfo::new(node);
                for pod in self.strays.remove(&name).unwrap_or_default().into_values() {
                    info.add_pod(pod);
                }
                info.generation = self.changes;
                self.nodes.insert(name, Arc::new(info));
            }
        }
    }

    /// Forgets a node; its pods are kept aside.
    pub fn remove_node(&mut self, name: &str) {
        self.node_changes += 1;
        if let Some(info) = self.nodes.remove(name) {
            self.strays.insert(info.name.clone(), info.pods.clone());
        }
    }

    /// Puts a pod where it was bound; an assumed one is confirmed.
    pub fn set_pod(&mut self, pod: &Value) {
        let uid = Key::from(pod.uid());
        self.assumed.remove(&uid);
        self.place(
            uid,
            pod.at(&["spec", "nodeName"]).str(),
            Arc::new(PodInfo::new(pod)),
        );
    }

    /// Puts a pod on the node it was decided for, before the API server confirms it.
    pub fn assume(&mut self, pod: Arc<PodInfo>, node: &str) {
        let uid = Key::from(pod.pod.uid());
        self.assumed.insert(uid.clone());
        self.place(uid, node, pod);
    }

    /// Takes an assumption back.
    pub fn forget(&mut self, uid: &str) {
        if self.assumed.remove(uid.as_bytes()) {
            self.remove_pod(uid);
        }
    }

    /// Whether a pod was decided for and not confirmed yet.
    pub fn is_assumed(&self, uid: &str) -> bool {
        self.assumed.contains(uid.as_bytes())
    }

    fn place(&mut self, uid: Key, node: &str, pod: Arc<PodInfo>) {
        self.remove_pod(uid.as_str());
        self.with_affinity += usize::from(pod.affinity.is_some());
        let known = self.nodes.get_key_value(node);
        let node = known.map_or_else(|| Text::from(node), |(name, _)| name.clone());
        match self.node_mut(&node) {
            Some(info) => info.add_pod(pod),
            None => {
                self.strays
                    .entry(node.clone())
                    .or_default()
                    .insert(uid.clone(), pod);
            }
        }
        self.places.insert(uid, node);
    }

    /// Takes a pod off its node. Whether it stood on one.
    pub fn remove_pod(&mut self, uid: &str) -> bool {
        let Some(node) = self.places.remove(uid.as_bytes()) else {
            return false;
        };
        let mut gone = None;
        if let Some(strays) = self.strays.get_mut(&node) {
            gone = strays.remove(uid.as_bytes());
        }
        if let Some(info) = self.node_mut(&node) {
            gone = info.remove_pod(uid).or(gone);
        }
        self.with_affinity -= usize::from(gone.is_some_and(|p| p.affinity.is_some()));
        true
    }

    /// A node for change, which gets a new generation.
    fn node_mut(&mut self, name: &str) -> Option<&mut NodeInfo> {
        self.changes += 1;
        let info = Arc::make_mut(self.nodes.get_mut(name)?);
        info.generation = self.changes;
        Some(info)
    }

    /// How often nodes came, went, or changed by more than their pods.
    pub fn node_changes(&self) -> u64 {
        self.node_changes
    }

    /// Whether any pod on a node has affinity to pods: where none has, nobody need look for them.
    pub fn any_affinity(&self) -> bool {
        self.with_affinity > 0
    }

    /// All nodes as they stand now, in order of their names. A node that changes while a snapshot is held is copied first.
    pub fn snapshot(&self) -> Vec<Arc<NodeInfo>> {
        self.nodes.values().cloned().collect()
    }
}
