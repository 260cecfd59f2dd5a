//! What can be done to machines: power, network, coming and going, crashes.

use super::{
    Cluster, FIRST_NODE, InProcess, Machine, NodeConfig, RuntimeKind, bootstrap, identity,
};
use crate::apimachinery::http::{Cause, ReaderId};
use crate::apimachinery::{Value, schema};
use crate::apiserver::is_restricted_label;
use crate::client::Cx;
use crate::kubelet::{Kubelet, KubeletConfig};
use crate::sim::{SimConfig, SimRuntime};
use crate::tree;
use std::collections::BTreeSet;
use std::time::Duration;

impl Cluster {
    /// Adds machines and switches them on, as many as there is room for, and says how many; nodes appear when their kubelets register them.
    pub(super) fn add_machines(&mut self, nodes: &[NodeConfig]) -> usize {
        let taken: BTreeSet<String> = self
            .real_nodes()
            .map(|node| node.at(&["spec", "podCIDR"]).str().to_owned())
            .collect();
        let mut added = 0;
        for node in nodes {
            let Some(number) = self.next_number(&taken) else {
                break;
            };
            self.add_numbered(node, number);
            added += 1;
        }
        added
    }

    /// The stored Nodes whose machines are not the cluster's.
    fn real_nodes(&self) -> impl Iterator<Item = &Value> {
        let nodes = schema::resource("", "v1", "nodes").expect("a built-in resource");
        let all = self.api.peek_all(nodes);
        all.filter(|node| node.label(REAL).is_some())
    }

    /// A number that no machine has, and whose addresses are not among `taken`: the next one, or, once all have had their turn, the
    /// lowest.
    fn next_number(&mut self, taken: &BTreeSet<String>) -> Option<u32> {
        let is_free = |number: &u32| !taken.contains(&pod_cidr(*number));
        let next = (self.next_machine..MOST as u32).find(is_free);
        self.next_machine = next.map_or(MOST as u32, |number| number + 1);
        next.or_else(|| {
            let given = |number: &u32| self.readers.contains_key(&ReaderId(FIRST_NODE + number));
            (0..MOST as u32).find(|number| is_free(number) && !given(number))
        })
    }

    fn add_numbered(&mut self, node: &NodeConfig, number: u32) {
        let reader = ReaderId(FIRST_NODE + number);
        let groups = ["system:nodes", "system:authenticated"];
        let identity = identity(
            &format!("system:node:{}", node.name),
            &groups,
            "kubelet/v1.36.2 (linux/amd64)",
            reader,
            &self.config,
        );
        let runtime = self.runtime(number, node.control_plane);
        let machine_id = self.rng.uuid().replace('-', "");
        let mut config = kubelet_config(self, node, number, machine_id);
        let (marks, own) = std::mem::take(&mut config.labels)
            .into_iter()
            .partition(|(label, _)| is_restricted_label(label));
        config.labels = own;
        let marks: Vec<(String, String)> = marks;
        self.mark_node(&node.name, &marks);
        self.machines.insert(
            node.name.clone(),
            Machine {
                kubelet: Kubelet::new(config, runtime),
                cut: false,
                identity,
            },
        );
        self.readers.insert(reader, node.name.clone());
        self.wake(reader, self.now);
    }

    fn runtime(&mut self, number: u32, control_plane: bool) -> SimRuntime {
        let fake = self.config.runtime == RuntimeKind::Fake;
        let config = SimConfig {
            fake,
            latency_scale: self.config.latencies.runtime_scale,
            preloaded: if fake {
                Vec::new()
            } else {
                bootstrap::preloaded_images(control_plane)
            },
            pod_prefix: pod_prefix(number),
            node_ip: node_ip(number),
        };
        SimRuntime::new(config, self.rng.fork())
    }

    /// Adds so many workers like the last machine, or fewer where there is no room; their names.
    pub fn add_workers(&mut self, count: usize) -> Vec<String> {
        let described = self.config.nodes.iter().map(|n| &n.name);
        let described = self.machines.keys().chain(described).cloned();
        // A machine that joined has its name, too.
        let joined = self.real_nodes().map(|node| node.name().to_owned());
        let taken: BTreeSet<String> = described.chain(joined).collect();
        let like = self
            .config
            .nodes
            .iter()
            .rev()
            .find(|c| !c.control_plane)
            .cloned()
            .unwrap_or_default();
        let names = (1..).map(|n| format!("worker-{n}"));
        let names = names.filter(|n| !taken.contains(n)).take(count);
        let nodes = names.map(|name| NodeConfig {
            name,
            control_plane: false,
            taints: Vec::new(),
            ..like.clone()
        });
        let mut nodes: Vec<NodeConfig> = nodes.collect();
        let added = self.add_machines(&nodes);
        nodes.truncate(added);
        let names = nodes.iter().map(|node| node.name.clone()).collect();
        self.config.nodes.extend(nodes);
        names
    }

    /// Takes a machine away for good; its Node object stays until somebody deletes it. False where there is no such machine.
    pub fn remove_machine(&mut self, name: &str) -> bool {
        self.stop_machine(name);
        let gone = self.machines.remove(name).is_some();
        self.readers.retain(|_, n| n != name);
        self.config.nodes.retain(|n| n.name != name);
        self.watch_control_plane();
        gone
    }

    /// Switches a machine off. False where there is no such machine, or it is off.
    pub fn stop_machine(&mut self, name: &str) -> bool {
        let now = self.now;
        let Some(machine) = self
            .machines
            .get_mut(name)
            .filter(|m| m.kubelet.is_powered())
        else {
            return false;
        };
        let mut api = InProcess {
            server: &mut self.api,
            now,
            reachable: true,
        };
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            api: &mut api,
            identity: &machine.identity,
            cause: Cause(0),
        };
        machine.kubelet.power_off(&mut cx);
        self.drop_sessions(name);
        self.watch_control_plane();
        true
    }

    /// Switches a machine on again. False where there is no such machine, or it is on.
    pub fn start_machine(&mut self, name: &str) -> bool {
        let Some((reader, number)) = self.reader_of(name) else {
            return false;
        };
        let control_plane = self
            .config
            .nodes
            .iter()
            .any(|n| n.name == name && n.control_plane);
        let fresh = self.runtime(number, control_plane);
        let node_ip = node_ip(number);
        let Some(machine) = self
            .machines
            .get_mut(name)
            .filter(|m| !m.kubelet.is_powered())
        else {
            return false;
        };
        let manifests = if control_plane && self.config.control_plane_pods {
            bootstrap::static_pods(&node_ip)
        } else {
            Vec::new()
        };
        machine.kubelet.power_on(fresh, manifests);
        self.wake(reader, self.now);
        true
    }

    /// Cuts a machine off the network, or mends that. False where there is no such machine.
    pub fn set_cut(&mut self, name: &str, cut: bool) -> bool {
        let Some((reader, _)) = self.reader_of(name) else {
            return false;
        };
        let Some(machine) = self.machines.get_mut(name) else {
            return false;
        };
        machine.cut = cut;
        self.wake(reader, self.now + Duration::from_millis(1));
        true
    }

    /// Ends a running container as a crash does. False where it does not run.
    pub fn crash_container(&mut self, namespace: &str, pod: &str, container: &str) -> bool {
        let now = self.now;
        let mut done = None;
        for (name, machine) in &mut self.machines {
            let id = machine
                .kubelet
                .running_containers()
                .find(|(ns, p, c, _)| {
                    *ns == namespace && *p == pod && (container.is_empty() || *c == container)
                })
                .map(|(.., id)| id.to_owned());
            if let Some(id) = id {
                machine.kubelet.runtime_mut().crash(&id, 137, "Error", now);
                done = Some(name.clone());
            }
        }
        let Some((reader, _)) = done.and_then(|name| self.reader_of(&name)) else {
            return false;
        };
        self.wake(reader, now);
        true
    }

    fn reader_of(&self, name: &str) -> Option<(ReaderId, u32)> {
        self.readers
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(r, _)| (*r, r.0 - FIRST_NODE))
    }
}

/// The label of nodes whose machines are not the cluster's.
pub const REAL: &str = "kubarium.dev/runtime";
/// How many machines a cluster has addresses for.
pub const MOST: usize = 7500;

/// The addresses of a machine's pods, in the order in which the controller hands them out: from 10.244 to 10.255, then from
/// 10.224 on.
fn pod_prefix(number: u32) -> String {
    let second = 224 + (20 + number / 256) % 32;
    format!("10.{second}.{}", number % 256)
}

fn pod_cidr(number: u32) -> String {
    format!("{}.0/24", pod_prefix(number))
}

pub(super) fn node_ip(number: u32) -> String {
    let block = (number + 10) / 250;
    // 192.168.80 is the cloud's.
    let third = 65 + block + u32::from(block >= 15);
    format!("192.168.{third}.{}", (number + 10) % 250)
}

fn kubelet_config(
    cluster: &Cluster,
    node: &NodeConfig,
    number: u32,
    machine_id: String,
) -> KubeletConfig {
    let simulated = cluster.config.runtime == RuntimeKind::Simulated;
    let ip = node_ip(number);
    let mut labels = node.labels.clone();
    if node.control_plane {
        labels.push((
            "node-role.kubernetes.io/control-plane".into(),
            String::new(),
        ));
    }
    KubeletConfig {
        node_name: node.name.clone(),
        labels,
        beta_labels: simulated,
        register_with_taints: node.taints.iter().filter_map(|t| taint(t)).collect(),
        capacity: capacity(node, simulated),
        allocatable: Vec::new(),
        pod_cidr: pod_cidr(number),
        static_pods: if node.control_plane && cluster.config.control_plane_pods {
            bootstrap::static_pods(&ip)
        } else {
            Vec::new()
        },
        record_events: simulated,
        run_probes: simulated,
        sub_paths: simulated,
        network_delay: Duration::from_millis(cluster.config.latencies.node_network_ms),
        machine_id,
        node_ip: ip,
        ..KubeletConfig::default()
    }
}

/// What a machine has; one that only pretends has no disk.
fn capacity(node: &NodeConfig, simulated: bool) -> Vec<(String, String)> {
    let disk = if simulated { "61202244Ki" } else { "0" };
    let mut capacity = vec![
        ("cpu".to_owned(), node.cpu.clone()),
        ("ephemeral-storage".to_owned(), disk.to_owned()),
        ("memory".to_owned(), node.memory.clone()),
        ("pods".to_owned(), node.pods.to_string()),
    ];
    if simulated {
        capacity.insert(2, ("hugepages-2Mi".to_owned(), "0".to_owned()));
    }
    capacity
}

/// Reads `key=value:Effect` or `key:Effect`.
fn taint(s: &str) -> Option<Value> {
    let (left, effect) = s.rsplit_once(':')?;
    let (key, value) = left.split_once('=').unwrap_or((left, ""));
    let mut taint = tree!({"key": key, "effect": effect});
    if !value.is_empty() {
        taint.set("value", value);
    }
    Some(taint)
}

#[cfg(test)]
mod tests {
    use super::super::ClusterConfig;
    use super::*;
    use crate::apimachinery::http::Body;
    use crate::controller::manager::ControllerManagerConfig;
    use crate::controller::nodeipam::cidr_set::CidrSet;
    use crate::controller::nodeipam::{CLUSTER_CIDR, NODE_MASK_SIZE, RESERVED};
    use std::net::Ipv4Addr;

    #[test]
    fn every_machine_has_addresses_of_its_own_and_the_range_that_its_node_is_given() {
        let config = ControllerManagerConfig::default();
        let mut ranges = CidrSet::new(&config.cluster_cidr, config.node_cidr_mask_size);
        let ranges = ranges.as_mut().expect("a range");
        ranges.begin_with(&config.first_node_cidr);
        let mut own = BTreeSet::new();
        for number in 0..MOST as u32 {
            let range = pod_cidr(number);
            assert_eq!(ranges.allocate().as_ref(), Some(&range));
            let ip: Ipv4Addr = node_ip(number).parse().expect("an address");
            assert!(own.insert(ip));
            // The cloud's, the network of real pods, and the pair that leads there.
            assert_ne!(ip.octets()[2], 80);
            assert!(ip.octets()[2] < 127);
            assert_ne!(range, RESERVED, "{number}");
        }
        assert_eq!(pod_prefix(0), "10.244.0");
        let said = (config.cluster_cidr.as_str(), config.node_cidr_mask_size);
        assert_eq!(said, (CLUSTER_CIDR, NODE_MASK_SIZE));
    }

    fn join(cluster: &mut Cluster, name: &str, range: &str) {
        let node = tree!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {REAL: "containerd"}}, "spec": {"podCIDR": range, "podCIDRs": [range]}});
        let request = http::Request::post("/api/v1/nodes");
        let made = cluster.request_as_admin(request.body(Body::Tree(node)).expect("a request"));
        assert_eq!(made.expect("an answer").status(), 201);
    }

    #[test]
    fn machines_leave_names_and_ranges_to_nodes_that_joined() {
        let mut cluster = Cluster::new(ClusterConfig {
            control_plane_pods: false,
            ..ClusterConfig::default()
        });
        let before = cluster.machines().len() as u32;
        join(&mut cluster, "worker-4", &pod_cidr(before));
        join(&mut cluster, "far", &pod_cidr(before + 2));
        assert_eq!(cluster.add_workers(2), ["worker-5", "worker-6"]);
        let numbers =
            ["worker-5", "worker-6"].map(|name| cluster.reader_of(name).expect("there").1);
        assert_eq!(numbers, [before + 1, before + 3]);
    }

    #[test]
    fn numbers_come_again_once_all_have_had_their_turn_and_end() {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.next_machine = MOST as u32 - 1;
        assert_eq!(cluster.add_workers(1).len(), 1);
        let last = cluster.reader_of("worker-4").expect("there").1;
        assert_eq!(last, MOST as u32 - 1);
        cluster.remove_machine("worker-2");
        cluster.add_workers(2);
        let numbers =
            ["worker-2", "worker-5"].map(|name| cluster.reader_of(name).expect("there").1);
        assert_eq!(numbers, [2, 4]);
        let room = MOST - cluster.machines().len();
        assert_eq!(cluster.add_workers(room + 5).len(), room);
        assert_eq!(cluster.machines().len(), MOST);
        assert!(cluster.add_workers(1).is_empty());
        assert_eq!(cluster.config().nodes.len(), MOST);
    }
}
