//! What the scheduler keeps of nodes and of the pods on them, in the compact form its loops need
//! (pkg/scheduler/framework/types.go).

use super::pod_affinity::PodAffinity;
use crate::api::core::resources::{Basis, ResourceList, requests_by};
use crate::api::core_v1::{Node, Pod};
use crate::apimachinery::labels::Selector;
use crate::apimachinery::{Text, Value};
use crate::collections::{Key, SortedMap, SortedSet};
use std::sync::Arc;

/// What a container without a CPU request counts as in scores, in thousandths.
pub const DEFAULT_MILLI_CPU: i64 = 100;
/// What a container without a memory request counts as in scores, in bytes.
pub const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Thousandths of a core.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// Extended resources and huge pages.
    pub scalar: SortedMap<Text, i64>,
}

impl Resource {
    /// From a `ResourceList`.
    pub fn of(list: &ResourceList) -> Self {
        let mut r = Resource::default();
        for (name, q) in list {
            match name.as_str() {
                "cpu" => r.milli_cpu = q.milli_value(),
                "memory" => r.memory = q.value(),
                "ephemeral-storage" => r.ephemeral_storage = q.value(),
                "pods" => {}
                _ => {
                    r.scalar.insert(name.clone(), q.value());
                }
            }
        }
        r
    }

    fn add(&mut self, other: &Resource, sign: i64) {
        self.milli_cpu += sign * other.milli_cpu;
        self.memory += sign * other.memory;
        self.ephemeral_storage += sign * other.ephemeral_storage;
        for (name, n) in &other.scalar {
            *self.scalar.entry(name.clone()).or_insert(0) += sign * n;
        }
    }
}

/// A port taken on a node: address, protocol, number.
pub type HostPort = (String, String, i64);

/// What the scheduler keeps of a pod.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// The pod.
    pub pod: Pod,
    /// What it asks for.
    pub requests: Resource,
    /// CPU and memory with the defaults for those who ask for none, as scores count them.
    pub non_zero: (i64, i64),
    /// Ports it takes on its node.
    pub host_ports: Vec<HostPort>,
    /// Its priority.
    pub priority: i64,
    /// Its affinity to other pods, if any.
    pub affinity: Option<Box<PodAffinity>>,
}

impl PodInfo {
    /// Reads a pod.
    pub fn new(pod: &Value) -> Self {
        let pod = Pod::from(pod.clone());
        let requests = Resource::of(&requests_by(&pod, Basis::Whole));
        let non_zero = non_zero(&pod, &requests);
        let host_ports = host_ports(&pod);
        let priority = pod.spec().priority().unwrap_or(0);
        let affinity = PodAffinity::of(&pod).map(Box::new);
        Self {
            affinity,
            requests,
            non_zero,
            host_ports,
            priority,
            pod,
        }
    }
}

fn non_zero(pod: &Pod, requests: &Resource) -> (i64, i64) {
    let spec = pod.spec();
    let missing = |name: &str| {
        spec.containers()
            .iter()
            .filter(|c| c.resources().requests().get(name).is_none())
            .count() as i64
    };
    let own = |name: &str| {
        !pod.spec()
            .get("resources")
            .get("requests")
            .get(name)
            .is_null()
    };
    let cpu = if own("cpu") {
        0
    } else {
        missing("cpu") * DEFAULT_MILLI_CPU
    };
    let memory = if own("memory") {
        0
    } else {
        missing("memory") * DEFAULT_MEMORY
    };
    (requests.milli_cpu + cpu, requests.memory + memory)
}

fn host_ports(pod: &Pod) -> Vec<HostPort> {
    let spec = pod.spec();
    let sidecars = spec
        .init_containers()
        .iter()
        .filter(|c| c.restart_policy() == "Always");
    let all = spec
        .containers()
        .iter()
        .chain(sidecars)
        .flat_map(|c| c.ports());
    let or = |s: &str, d: &str| {
        if s.is_empty() {
            d.to_owned()
        } else {
            s.to_owned()
        }
    };
    all.filter_map(|p| {
        p.host_port()
            .filter(|n| *n > 0)
            .map(|n| (or(p.host_ip(), "0.0.0.0"), or(p.protocol(), "TCP"), n))
    })
    .collect()
}

/// What the scheduler keeps of a node.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Node,
    /// Its name.
    pub name: Text,
    /// Grows with each change in the scheduler's cache; no two states of any nodes there have the same.
    pub generation: u64,
    /// The pods on it by UID, those assumed there too.
    pub pods: SortedMap<Key, Arc<PodInfo>>,
    /// What they ask for together.
    pub requested: Resource,
    /// CPU and memory as scores count them.
    pub non_zero: (i64, i64),
    /// What pods may use.
    pub allocatable: Resource,
    /// How many pods it takes.
    pub allowed_pods: i64,
    /// Ports taken.
    pub used_ports: SortedSet<HostPort>,
    /// Images on it: name and size.
    pub images: SortedMap<String, i64>,
    /// How many of its pods have affinity to pods.
    pub with_affinity: usize,
    /// Its pods by what selectors look at, without those that are being deleted.
    alike: Vec<Alike>,
}

/// Pods of one namespace with the same labels.
#[derive(Clone, Debug)]
struct Alike {
    namespace: Text,
    labels: Value,
    pods: i64,
}

impl NodeInfo {
    /// Reads a node; no pod is on it yet.
    pub fn new(node: &Value) -> Self {
        let mut info = Self {
            name: node.name().into(),
            generation: 0,
            node: Node::default(),
            pods: SortedMap::new(),
            requested: Resource::default(),
            non_zero: (0, 0),
            allocatable: Resource::default(),
            allowed_pods: 0,
            used_ports: SortedSet::new(),
            images: SortedMap::new(),
            with_affinity: 0,
            alike: Vec::new(),
        };
        info.set_node(node);
        info
    }

    /// Takes in a changed node.
    pub fn set_node(&mut self, node: &Value) {
        let list = crate::api::core::resources::resource_list(node.at(&["status", "allocatable"]));
        self.allocatable = Resource::of(&list);
        self.allowed_pods = list.get("pods").map_or(0, |q| q.value());
        self.images = node
            .at(&["status", "images"])
            .items()
            .iter()
            .flat_map(|i| {
                i.get("names")
                    .items()
                    .iter()
                    .map(|n| (n.str().to_owned(), i.get("sizeBytes").as_i64().unwrap_or(0)))
            })
            .collect();
        self.node = Node::from(node.clone());
    }

    /// Puts a pod on it.
    pub fn add_pod(&mut self, pod: Arc<PodInfo>) {
        self.remove_pod(pod.pod.uid());
        self.requested.add(&pod.requests, 1);
        self.non_zero = (
            self.non_zero.0 + pod.non_zero.0,
            self.non_zero.1 + pod.non_zero.1,
        );
        self.used_ports.extend(pod.host_ports.iter().cloned());
        self.with_affinity += usize::from(pod.affinity.is_some());
        self.count_alike(&pod, 1);
        self.pods.insert(pod.pod.uid().into(), pod);
    }

    fn count_alike(&mut self, pod: &PodInfo, by: i64) {
        if pod.pod.is_terminating() {
            return;
        }
        let (namespace, labels) = (pod.pod.namespace(), pod.pod.meta().get("labels"));
        let same = |a: &Alike| &*a.namespace == namespace && a.labels == *labels;
        match self.alike.iter().position(same) {
            Some(i) => {
                self.alike[i].pods += by;
                if self.alike[i].pods == 0 {
                    self.alike.swap_remove(i);
                }
            }
            None => self.alike.push(Alike {
                namespace: namespace.into(),
                labels: labels.clone(),
                pods: by,
            }),
        }
    }

    /// How many pods of a namespace a selector selects, without those that are being deleted.
    pub fn count_selected(&self, namespace: &str, selector: &Selector) -> i64 {
        let alike = self.alike.iter();
        alike
            .filter(|a| &*a.namespace == namespace && selector.matches(a.labels.as_map()))
            .map(|a| a.pods)
            .sum()
    }

    /// Takes a pod off it.
    pub fn remove_pod(&mut self, uid: &str) -> Option<Arc<PodInfo>> {
        let pod = self.pods.remove(uid.as_bytes())?;
        self.requested.add(&pod.requests, -1);
        self.non_zero = (
            self.non_zero.0 - pod.non_zero.0,
            self.non_zero.1 - pod.non_zero.1,
        );
        self.with_affinity -= usize::from(pod.affinity.is_some());
        self.count_alike(&pod, -1);
        for port in &pod.host_ports {
            self.used_ports.remove(port);
        }
        Some(pod)
    }
}
