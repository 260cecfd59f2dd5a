//! NetworkPolicies as the nodes enforce them: before a connection is taken to where it goes.

use super::super::Cluster;
use super::exchange::Packet;
use crate::apimachinery::{Value, schema};
use crate::network::Protocol;
use crate::network::policy::{Connection, End, refused_by};
use std::net::Ipv4Addr;

impl Cluster {
    /// The policies that keep a packet from where it goes, separated by commas; none where it may pass.
    pub(super) fn kept_out_by(&self, packet: &Packet) -> Option<String> {
        let policies = schema::resource("networking.k8s.io", "v1", "networkpolicies")?;
        let policies: Vec<&Value> = self.api.peek_all(policies).collect();
        if policies.is_empty() || packet.to.is_loopback() {
            return None;
        }
        let from = packet.from.parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
        let target = self.node_of_pods(packet.to);
        let own_node = target.and_then(|name| self.machines.get(&name));
        let connection = Connection {
            from: self.end(from),
            to: self.end(packet.to),
            port: packet.port,
            protocol: match packet.udp {
                true => Protocol::Udp,
                false => Protocol::Tcp,
            },
            from_own_node: own_node.is_some_and(|m| m.kubelet.config().node_ip == packet.from),
        };
        refused_by(&policies, &connection).map(|names| names.join(", "))
    }

    fn end(&self, ip: Ipv4Addr) -> End<'_> {
        let pod = self.pod_with_ip(ip).and_then(|(namespace, name)| {
            let pods = schema::resource("", "v1", "pods")?;
            self.api.peek(pods, namespace, name)
        });
        let namespace = pod.and_then(|pod| {
            let namespaces = schema::resource("", "v1", "namespaces")?;
            self.api.peek(namespaces, "", pod.namespace())
        });
        End { ip, pod, namespace }
    }

    /// Namespace and name of the pod with an address of its own.
    fn pod_with_ip(&self, ip: Ipv4Addr) -> Option<(&str, &str)> {
        let node = self.node_of_pods(ip)?;
        let runtime = self.machines.get(&node)?.kubelet.runtime();
        runtime.pod_at(&ip.to_string())?.split_once('/')
    }
}
