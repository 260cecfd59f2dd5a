//! NetworkPolicies as rules of nftables: what keeps simulated connections out ([`crate::network::policy`]) keeps packets from and to
//! real pods out.

use super::nft::{Chain, Set, Table};
use super::services::{Place, protocol};
use crate::apimachinery::Value;
use crate::apimachinery::cidr::Cidr;
use crate::network::Protocol;
use crate::network::policy::{End, is_peer, isolating, named};
use crate::tree;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// What stands in the way of connections.
pub struct Facts<'a> {
    /// All NetworkPolicies.
    pub policies: Vec<&'a Value>,
    /// All pods.
    pub pods: Vec<&'a Value>,
    /// All namespaces, by name.
    pub namespaces: BTreeMap<&'a str, &'a Value>,
}

/// A direction, seen from the pod that policies isolate.
struct Direction {
    /// In `policyTypes`.
    name: &'static str,
    /// The lists of rules and of peers.
    rules: &'static str,
    peers: &'static str,
    /// How the pod's own address and the peer's are matched.
    own: &'static str,
    other: &'static str,
}

const INGRESS: Direction = Direction {
    name: "Ingress",
    rules: "ingress",
    peers: "from",
    own: "daddr",
    other: "saddr",
};
const EGRESS: Direction = Direction {
    name: "Egress",
    rules: "egress",
    peers: "to",
    own: "saddr",
    other: "daddr",
};

/// A pod with an address of its own.
#[derive(Clone, Copy)]
struct Addressed<'a> {
    pod: &'a Value,
    ip: Ipv4Addr,
}

/// The maps and chains for these policies, as a part of the node's table: packets pass `egress` when they leave a pod and
/// `ingress` when they come to one. Of those that may not pass none is answered.
pub fn table(facts: &Facts<'_>, place: &Place) -> Table {
    // The node's own name server stands for the cluster's, which policies name like this.
    let names = tree!({"metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"containers": [{"ports": [
            {"name": "dns", "protocol": "UDP", "containerPort": 53}, {"name": "dns-tcp", "protocol": "TCP", "containerPort": 53}]}]}});
    let mut all: Vec<Addressed<'_>> = facts.pods.iter().filter_map(|pod| addressed(pod)).collect();
    let here: Vec<Addressed<'_>> = all
        .iter()
        .filter(|a| a.pod.at(&["spec", "nodeName"]) == place.node.as_str())
        .copied()
        .collect();
    if let std::net::IpAddr::V4(ip) = place.own.0 {
        all.push(Addressed { pod: &names, ip });
    }
    let mut table = Table::default();
    for direction in [EGRESS, INGRESS] {
        let entry = direction.rules;
        let map = format!("{entry}-pods");
        let set = Set {
            kind: "map",
            declaration: "type ipv4_addr : verdict;".into(),
            ..Set::default()
        };
        table.sets.insert(map.clone(), set);
        let rules = vec![
            "ct state established,related return".to_owned(),
            format!("ip {} vmap @{map}", direction.own),
        ];
        table
            .chains
            .insert(entry.to_owned(), Chain { hook: "", rules });
        for own in &here {
            let found = isolating(&facts.policies, Some(own.pod), direction.name);
            if found.is_empty() {
                continue;
            }
            let mut rules = vec![format!("ip {} {} return", direction.other, own.ip)];
            if direction.name == INGRESS.name {
                // A node always reaches its own pods.
                rules.push(format!("ip saddr {} return", place.outside.1));
            }
            for policy in found {
                admitted(policy, &direction, own, &all, facts, &mut rules);
            }
            rules.push("drop".into());
            let name = format!("{entry}-{}", own.ip);
            table.enter(&map, own.ip.to_string(), format!("jump {name}"));
            table.chains.insert(name, Chain { hook: "", rules });
        }
    }
    table
}

fn addressed(pod: &Value) -> Option<Addressed<'_>> {
    let over = ["Succeeded", "Failed"].contains(&pod.at(&["status", "phase"]).str());
    if over || pod.at(&["spec", "hostNetwork"]).as_bool() == Some(true) {
        return None;
    }
    let ip = pod.at(&["status", "podIP"]).str().parse().ok()?;
    Some(Addressed { pod, ip })
}

/// Adds rules that let through what a policy admits.
fn admitted(
    policy: &Value,
    direction: &Direction,
    own: &Addressed<'_>,
    all: &[Addressed<'_>],
    facts: &Facts<'_>,
    out: &mut Vec<String>,
) {
    for rule in policy.at(&["spec", direction.rules]).items() {
        let (peers, ports) = (rule.get(direction.peers).items(), rule.get("ports").items());
        let other = direction.other;
        if peers.is_empty() {
            let to = (direction.name == INGRESS.name).then_some(own.pod);
            for port in of_ports(ports, to) {
                out.push(format!("{port} return"));
            }
            // By a name a port can only be found at a pod.
            if direction.name == EGRESS.name {
                for peer in all {
                    for port in named_only(ports, peer.pod) {
                        out.push(format!("ip {other} {} {port} return", peer.ip));
                    }
                }
            }
        }
        for peer in peers {
            let block = peer.get("ipBlock");
            if !block.is_null() {
                // Pods have no addresses of the other family, so that its ranges say nothing.
                let Some(range) = Cidr::parse(block.get("cidr").str()) else {
                    continue;
                };
                let except = block.get("except").items().iter();
                // One by one: ranges of one set may not overlap, but a policy's may.
                let except: String = except
                    .filter_map(|range| Cidr::parse(range.str()))
                    .map(|range| format!("ip {other} != {range} "))
                    .collect();
                let to = (direction.name == INGRESS.name).then_some(own.pod);
                for port in of_ports(ports, to) {
                    out.push(format!("ip {other} {range} {except}{port} return"));
                }
                continue;
            }
            for end in all {
                let found = End {
                    ip: end.ip,
                    pod: Some(end.pod),
                    namespace: facts.namespaces.get(end.pod.namespace()).copied(),
                };
                if !is_peer(peer, &found, policy.namespace()) {
                    continue;
                }
                let to = match direction.name {
                    "Ingress" => own.pod,
                    _ => end.pod,
                };
                for port in of_ports(ports, Some(to)) {
                    out.push(format!("ip {other} {} {port} return", end.ip));
                }
            }
        }
    }
}

/// How the ports of a rule are matched, where they lead to `to`; "" matches all.
fn of_ports(ports: &[Value], to: Option<&Value>) -> Vec<String> {
    if ports.is_empty() {
        return vec![String::new()];
    }
    let mut out = Vec::new();
    for port in ports {
        let p = Protocol::of(port.get("protocol").str());
        let number = port.get("port");
        match (number.as_i64(), to) {
            _ if number.is_null() => out.push(format!("meta l4proto {}", protocol(p))),
            (Some(first), _) => {
                let last = port.get("endPort").as_i64().unwrap_or(first);
                out.push(match last > first {
                    true => format!("{} dport {first}-{last}", protocol(p)),
                    false => format!("{} dport {first}", protocol(p)),
                });
            }
            (None, Some(to)) => out.extend(by_name(port, to)),
            (None, None) => {}
        }
    }
    out
}

/// The same of ports that are named.
fn named_only(ports: &[Value], to: &Value) -> Vec<String> {
    let by_name_only = ports.iter().filter(|p| p.get("port").as_str().is_some());
    by_name_only.flat_map(|port| by_name(port, to)).collect()
}

fn by_name(port: &Value, to: &Value) -> Vec<String> {
    let p = Protocol::of(port.get("protocol").str());
    named(to, port.get("port").str(), p)
        .map(|n| format!("{} dport {n}", protocol(p)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::yaml;

    fn read(text: &str) -> Value {
        let (documents, error) = yaml::parse_all(text);
        assert!(error.is_none(), "{text}: {error:?}");
        documents[0].value.clone()
    }

    /// The rules for a pod `web` (10.243.0.2) in `shop` beside `db` (10.243.0.3), and `x` (10.243.0.4) in `other`.
    fn rules(spec: &str, direction: &str) -> String {
        let pod = |namespace: &str, name: &str, ip: &str| {
            read(&format!(
                "metadata: {{namespace: {namespace}, name: {name}, labels: {{app: {name}}}}}\n\
                 spec: {{nodeName: real, containers: [{{ports: [{{name: http, containerPort: 80, protocol: TCP}}]}}]}}\n\
                 status: {{podIP: {ip}}}"
            ))
        };
        let space = |name: &str| {
            read(&format!(
                "metadata: {{name: {name}, labels: {{team: {name}}}}}"
            ))
        };
        let pods = [
            pod("shop", "web", "10.243.0.2"),
            pod("shop", "db", "10.243.0.3"),
            pod("other", "x", "10.243.0.4"),
        ];
        let spaces = ["shop", "other", "kube-system"].map(space);
        let policy = read(&format!(
            "metadata: {{namespace: shop, name: p}}\nspec: {spec}"
        ));
        let facts = Facts {
            policies: vec![&policy],
            pods: pods.iter().collect(),
            namespaces: spaces.iter().map(|s| (s.name(), s)).collect(),
        };
        let place = Place {
            node: "real".into(),
            node_ips: Vec::new(),
            pods: "10.243.0.0/24".into(),
            services: Vec::new(),
            own: (Ipv4Addr::new(10, 96, 0, 10).into(), 53),
            outside: ("eth0", "192.168.127.1"),
            overlay: None,
        };
        let table = table(&facts, &place);
        let chain = table.chains.get(&format!("{direction}-10.243.0.2"));
        chain.map_or(String::new(), |c| c.rules.join("; "))
    }

    #[test]
    fn what_policies_admit_passes_and_nothing_else() {
        let always = "ip saddr 10.243.0.2 return; ip saddr 192.168.127.1 return; ";
        for (spec, wanted) in [
            ("{podSelector: {matchLabels: {app: db}}}", ""),
            ("{podSelector: {}, policyTypes: [Egress]}", ""),
            ("{podSelector: {}}", "drop"),
            ("{podSelector: {}, ingress: [{}]}", " return; drop"),
            (
                "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]}]}",
                "ip saddr 10.243.0.3 tcp dport 80 return; drop",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}]}]}",
                "ip saddr 10.243.0.4  return; drop",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 1, endPort: 9, protocol: UDP}, {protocol: TCP}]}]}",
                "ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 udp dport 1-9 return; ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 meta l4proto tcp return; drop",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.9/8, except: [10.1.0.0/16, 10.1.2.0/24, '10.0.0.0/9; drop']}}, {ipBlock: {cidr: '2001:db8::/32'}}]}]}",
                "ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 ip saddr != 10.1.2.0/24  return; drop",
            ),
        ] {
            let wanted = match wanted {
                "" => String::new(),
                rules => [always, rules].concat(),
            };
            assert_eq!(rules(spec, "ingress"), wanted, "{spec}");
        }
        for (spec, wanted) in [
            (
                "{podSelector: {}, policyTypes: [Egress]}",
                "ip daddr 10.243.0.2 return; drop",
            ),
            (
                "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}, {port: http}]}]}",
                "ip daddr 10.243.0.2 return; udp dport 53 return; ip daddr 10.243.0.2 tcp dport 80 return; ip daddr 10.243.0.3 tcp dport 80 return; ip daddr 10.243.0.4 tcp dport 80 return; drop",
            ),
            (
                "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}]}",
                "ip daddr 10.243.0.2 return; ip daddr 10.96.0.10 udp dport 53 return; drop",
            ),
        ] {
            assert_eq!(rules(spec, "egress"), wanted, "{spec}");
        }
    }
}
