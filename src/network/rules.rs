//! Service rules as kube-proxy makes them (`pkg/proxy`): which backends a packet to a service may go to.

use crate::api::core_v1::{Service, ServicePort};
use crate::apimachinery::Value;
use crate::collections::{Arrange, SortedMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Reads `TCP`, `UDP`, `SCTP`; "" is TCP.
    pub fn of(s: &str) -> Self {
        match s {
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => Protocol::Tcp,
        }
    }
}

/// One endpoint behind a service's port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backend {
    /// Its address.
    pub ip: IpAddr,
    /// Its port.
    pub port: u16,
    /// The node it is on, "" where unknown.
    pub node: String,
    /// Whether it takes new connections.
    pub ready: bool,
    /// Whether it still answers, though it may be terminating.
    pub serving: bool,
    /// Whether it is going.
    pub terminating: bool,
}

/// What is known of one port of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRule {
    /// `namespace/name` of the service.
    pub service: String,
    /// The port's name, "" where it has none.
    pub port_name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// The service's port.
    pub port: u16,
    /// Addresses at which it is reached under that port from within: cluster IPs.
    pub cluster_ips: Vec<IpAddr>,
    /// Addresses at which it is reached from outside: external and load balancer IPs.
    pub external_ips: Vec<IpAddr>,
    /// The port at which every node answers for it.
    pub node_port: Option<u16>,
    /// Whether traffic from within stays on its node (`internalTrafficPolicy: Local`).
    pub internal_local: bool,
    /// Whether traffic from outside stays on its node (`externalTrafficPolicy: Local`).
    pub external_local: bool,
    /// How long a client keeps to its backend (`sessionAffinity: ClientIP`).
    pub affinity: Option<Duration>,
    /// Sorted.
    pub backends: Vec<Backend>,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No service is at that address: the packet goes where it says.
    NotAService,
    /// To one of these.
    Forward(Vec<Backend>),
    /// The service has no endpoint: refused at once.
    Reject,
    /// The service has endpoints, but none on this node, where its traffic has to stay.
    Drop,
}

/// The rules of all services.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    by_service: SortedMap<String, Vec<Arc<PortRule>>>,
    by_address: SortedMap<(IpAddr, u16, Protocol), Arc<PortRule>>,
    by_node_port: SortedMap<(u16, Protocol), Arc<PortRule>>,
}

impl RuleSet {
    /// All rules in order of their services.
    pub fn iter(&self) -> impl Iterator<Item = &PortRule> {
        self.by_service.values().flatten().map(|r| &**r)
    }

    /// Whether a service's rules are not these.
    pub fn would_change(&self, service: &str, rules: &[PortRule]) -> bool {
        match self.by_service.get(service) {
            Some(before) => !before.iter().map(|r| &**r).eq(rules.iter()),
            None => !rules.is_empty(),
        }
    }

    /// Replaces the rules of a service; says whether anything changed.
    pub fn set(&mut self, service: &str, rules: Vec<PortRule>) -> bool {
        if !self.would_change(service, &rules) {
            return false;
        }
        let before = self.by_service.remove(service).unwrap_or_default();
        for old in &before {
            for key in old.addresses() {
                self.by_address.remove(&key);
            }
            if let Some(port) = old.node_port {
                self.by_node_port.remove(&(port, old.protocol));
            }
        }
        let rules: Vec<Arc<PortRule>> = rules.into_iter().map(Arc::new).collect();
        for rule in &rules {
            self.enter(rule);
        }
        if !rules.is_empty() {
            self.by_service.insert(service.to_owned(), rules);
        }
        // An external address can be several services' own: it is now that of the first that still has it.
        let freed: Vec<_> = before.iter().flat_map(|r| r.addresses()).collect();
        for key in freed {
            if !self.by_address.contains_key(&key)
                && let Some(other) = self
                    .by_service
                    .values()
                    .flatten()
                    .find(|r| r.addresses().any(|a| a == key))
            {
                self.by_address.insert(key, other.clone());
            }
        }
        true
    }

    fn enter(&mut self, rule: &Arc<PortRule>) {
        for key in rule.addresses() {
            self.by_address.insert(key, rule.clone());
        }
        if let Some(port) = rule.node_port {
            self.by_node_port
                .insert((port, rule.protocol), rule.clone());
        }
    }

    /// What becomes of a packet that a pod or process on `node` sends to an address.
    pub fn route(&self, ip: IpAddr, port: u16, protocol: Protocol, node: &str) -> Verdict {
        match self.by_address.get(&(ip, port, protocol)) {
            Some(rule) => {
                let local = rule.internal_local && rule.cluster_ips.contains(&ip);
                rule.verdict(local.then_some(node))
            }
            None => Verdict::NotAService,
        }
    }

    /// What becomes of a packet from outside that reaches `node` at a port of its own.
    pub fn route_node_port(&self, port: u16, protocol: Protocol, node: &str) -> Verdict {
        match self.by_node_port.get(&(port, protocol)) {
            Some(rule) => rule.verdict(rule.external_local.then_some(node)),
            None => Verdict::NotAService,
        }
    }

    /// The rule for a port that nodes answer at.
    pub fn node_port_rule(&self, port: u16, protocol: Protocol) -> Option<&PortRule> {
        self.by_node_port.get(&(port, protocol)).map(|r| &**r)
    }

    /// The rule for an address, for a look at its affinity.
    pub fn rule(&self, ip: IpAddr, port: u16, protocol: Protocol) -> Option<&PortRule> {
        self.by_address.get(&(ip, port, protocol)).map(|r| &**r)
    }

    /// The rules of a service (`namespace/name`), one for each port.
    pub fn of_service(&self, service: &str) -> &[Arc<PortRule>] {
        self.by_service.get(service).map_or(&[], Vec::as_slice)
    }

    /// Whether any service has that address, whatever the port.
    pub fn has_address(&self, ip: IpAddr) -> bool {
        self.by_address
            .range((ip, 0, Protocol::Tcp)..=(ip, u16::MAX, Protocol::Sctp))
            .next()
            .is_some()
    }
}

impl PortRule {
    /// All addresses at which it is reached under its port.
    fn addresses(&self) -> impl Iterator<Item = (IpAddr, u16, Protocol)> + '_ {
        let ips = self.cluster_ips.iter().chain(&self.external_ips);
        ips.map(|ip| (*ip, self.port, self.protocol))
    }

    /// The backends that take new connections: ready ones, or, where there is none, those that still serve while they go.
    pub fn verdict(&self, only_on: Option<&str>) -> Verdict {
        let here = |b: &&Backend| only_on.is_none_or(|node| b.node == node);
        let usable = |b: &&Backend| b.ready || (b.serving && b.terminating);
        let ready: Vec<Backend> = self
            .backends
            .iter()
            .filter(here)
            .filter(|b| b.ready)
            .cloned()
            .collect();
        if !ready.is_empty() {
            return Verdict::Forward(ready);
        }
        let serving: Vec<Backend> = self
            .backends
            .iter()
            .filter(here)
            .filter(usable)
            .cloned()
            .collect();
        if !serving.is_empty() {
            return Verdict::Forward(serving);
        }
        if self.backends.iter().any(|b| usable(&b)) {
            Verdict::Drop
        } else {
            Verdict::Reject
        }
    }
}

/// The rules of a service whose EndpointSlices are given. None for headless services and `ExternalName`.
pub fn compile<'a>(
    service: &Value,
    slices: impl Iterator<Item = &'a Value> + Clone,
) -> Vec<PortRule> {
    let spec = Service::of(service).spec();
    let cluster_ips = addresses(spec.get("clusterIPs").items());
    if spec.type_() == "ExternalName" || cluster_ips.is_empty() {
        return Vec::new();
    }
    let ingress = service.at(&["status", "loadBalancer", "ingress"]).items();
    let ingress: Vec<Value> = ingress.iter().map(|i| i.get("ip").clone()).collect();
    let mut external_ips = addresses(spec.get("externalIPs").items());
    external_ips.extend(addresses(&ingress));
    spec.ports()
        .iter()
        .map(|port| PortRule {
            service: service.key(),
            port_name: port.name().to_owned(),
            protocol: Protocol::of(port.protocol()),
            port: port_number(port.port()),
            cluster_ips: cluster_ips.clone(),
            external_ips: external_ips.clone(),
            node_port: port
                .node_port()
                .map(|n| port_number(Some(n)))
                .filter(|n| *n > 0),
            internal_local: spec.internal_traffic_policy() == "Local",
            external_local: spec.external_traffic_policy() == "Local",
            affinity: affinity(service),
            backends: backends(port, slices.clone()),
        })
        .collect()
}

fn addresses(list: &[Value]) -> Vec<IpAddr> {
    list.iter().filter_map(|v| v.str().parse().ok()).collect()
}

fn port_number(n: Option<i64>) -> u16 {
    n.and_then(|n| u16::try_from(n).ok()).unwrap_or(0)
}

fn affinity(service: &Value) -> Option<Duration> {
    let spec = service.get("spec");
    let seconds = spec
        .at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"])
        .as_i64();
    (spec.get("sessionAffinity") == &"ClientIP")
        .then(|| Duration::from_secs(seconds.map_or(10800, i64::unsigned_abs)))
}

fn backends<'a>(port: &ServicePort, slices: impl Iterator<Item = &'a Value>) -> Vec<Backend> {
    let mut out = Vec::new();
    for slice in slices {
        let number = slice.get("ports").items().iter().find(|p| {
            p.get("name").str() == port.name()
                && Protocol::of(p.get("protocol").str()) == Protocol::of(port.protocol())
        });
        let Some(number) = number.map(|p| port_number(p.get("port").as_i64())) else {
            continue;
        };
        for endpoint in slice.get("endpoints").items() {
            let condition = |name: &str| endpoint.at(&["conditions", name]).as_bool();
            let ready = condition("ready").unwrap_or(true);
            // Only the first address counts, as upstream's proxies have it.
            if let Some(ip) = addresses(endpoint.get("addresses").items()).first() {
                out.push(Backend {
                    ip: *ip,
                    port: number,
                    node: endpoint.get("nodeName").str().to_owned(),
                    ready,
                    serving: condition("serving").unwrap_or(ready),
                    terminating: condition("terminating").unwrap_or(false),
                });
            }
        }
    }
    out.arrange();
    out.dedup_by(|a, b| (a.ip, a.port) == (b.ip, b.port));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn ip(s: &str) -> IpAddr {
        s.parse().expect("an address")
    }

    fn service(extra: Value) -> Value {
        let mut s = tree!({"metadata": {"name": "web", "namespace": "n"}, "spec": {
            "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"], "type": "NodePort",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "nodePort": 30080}]}});
        for (k, v) in extra.fields() {
            s.set_at(&["spec", k], v);
        }
        s
    }

    fn slice(endpoints: &[(&str, &str, bool, bool)]) -> Value {
        let list: Vec<Value> = endpoints
            .iter()
            .map(|(ip, node, ready, terminating)| {
                tree!({"addresses": [ip], "nodeName": node, "conditions": {
                    "ready": ready, "serving": ready | terminating, "terminating": terminating}})
            })
            .collect();
        let mut s = tree!({"ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]});
        s.set("endpoints", list);
        s
    }

    #[test]
    fn an_address_of_several_services_is_left_to_the_others() {
        let mut rules = RuleSet::default();
        let slices = [slice(&[("10.0.0.1", "n1", true, false)])];
        let shared = tree!({"externalIPs": ["1.2.3.4"]});
        let one = compile(&service(shared.clone()), slices.iter());
        let mut other = shared;
        other.set("clusterIP", "10.96.0.10");
        other.set("clusterIPs", tree!(["10.96.0.10"]));
        let two = compile(&service(other), slices.iter());
        rules.set("n/one", one);
        rules.set("n/two", two);
        rules.set("n/two", Vec::new());
        let found = rules.route(ip("1.2.3.4"), 80, Protocol::Tcp, "n1");
        assert!(matches!(found, Verdict::Forward(_)), "{found:?}");
        rules.set("n/one", Vec::new());
        let found = rules.route(ip("1.2.3.4"), 80, Protocol::Tcp, "n1");
        assert_eq!(found, Verdict::NotAService);
    }

    fn route(extra: Value, endpoints: &[(&str, &str, bool, bool)]) -> (Verdict, Verdict) {
        let mut rules = RuleSet::default();
        let slices = [slice(endpoints)];
        rules.set("n/web", compile(&service(extra), slices.iter()));
        (
            rules.route(ip("10.96.0.9"), 80, Protocol::Tcp, "n1"),
            rules.route_node_port(30080, Protocol::Tcp, "n1"),
        )
    }

    fn to(v: &Verdict) -> Vec<String> {
        match v {
            Verdict::Forward(list) => list
                .iter()
                .map(|b| format!("{}:{}", b.ip, b.port))
                .collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn packets_go_to_backends_that_take_them() {
        let both = [
            ("10.0.1.1", "n1", true, false),
            ("10.0.2.1", "n2", true, false),
        ];
        let far = [("10.0.2.1", "n2", true, false)];
        let going = [
            ("10.0.1.1", "n1", false, true),
            ("10.0.2.1", "n2", false, false),
        ];
        let local = tree!({"internalTrafficPolicy": "Local", "externalTrafficPolicy": "Local"});
        let none = Value::object();
        for (extra, endpoints, wanted) in [
            (&none, &both[..], vec!["10.0.1.1:8080", "10.0.2.1:8080"]),
            (&none, &going[..], vec!["10.0.1.1:8080"]),
            (&none, &[][..], vec!["Reject"]),
            (&local, &both[..], vec!["10.0.1.1:8080"]),
            (&local, &far[..], vec!["Drop"]),
        ] {
            let (inside, outside) = route(extra.clone(), endpoints);
            assert_eq!(to(&inside), wanted);
            assert_eq!(to(&outside), wanted);
        }
    }

    #[test]
    fn a_service_that_goes_leaves_no_rule() {
        let mut rules = RuleSet::default();
        let slices = [slice(&[])];
        let compiled = compile(&service(Value::object()), slices.iter());
        assert!(rules.set("n/web", compiled.clone()));
        assert!(!rules.set("n/web", compiled));
        assert!(rules.has_address(ip("10.96.0.9")));
        assert!(rules.set("n/web", Vec::new()));
        assert_eq!(rules, RuleSet::default());
        assert_eq!(
            rules.route(ip("10.96.0.9"), 80, Protocol::Tcp, "n1"),
            Verdict::NotAService
        );
    }
}
