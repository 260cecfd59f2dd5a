//! One exchange from its sender to a server and back.

use super::super::Cluster;
use super::{Client, NETWORK, Outcome, entry};
use crate::network::{Backend, PortRule, Protocol, Verdict, dns};
use crate::shell::net::{Answer, Exchange};
use crate::sim::network::{Arrival, Reaction};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// One way within a node, and between nodes.
const NEAR: Duration = Duration::from_micros(60);
const FAR: Duration = Duration::from_micros(400);
/// How long a server takes at least.
const WORK: Duration = Duration::from_micros(800);
/// How long a host looks for a neighbour that does not answer (`EHOSTUNREACH`).
const NEIGHBOUR: Duration = Duration::from_millis(3_070);
/// How long the entry waits for a server (nginx' `proxy_connect_timeout` as ingress-nginx sets it).
const ENTRY_PATIENCE: Duration = Duration::from_secs(5);
/// How long the API server tries to connect to a pod (the dialer of its proxy transport).
const DIAL_PATIENCE: Duration = Duration::from_secs(30);

/// Something on its way.
#[derive(Clone, Debug)]
pub(in crate::cluster) enum Flight {
    /// To a server.
    There(Box<Packet>),
    /// Back to whoever waits.
    Back(Client, Answer),
    /// The API server's patience with somebody who says nothing is over.
    Unanswered(Client),
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(in crate::cluster) struct Packet {
    client: Client,
    /// The sender's node; none for the workstation.
    pub(super) node: Option<String>,
    /// The sender's address as the server sees it.
    pub(super) from: String,
    /// The sender's pod.
    pod: String,
    /// The service that it was sent to, "" for none.
    pub(super) service: String,
    pub(super) to: Ipv4Addr,
    pub(super) port: u16,
    pub(super) udp: bool,
    pub(super) data: Vec<u8>,
    /// It came in at the entry, which answers for a server that does not.
    pub(super) enters: bool,
}

impl Cluster {
    fn fly(&mut self, after: Duration, flight: Flight) {
        let scale = 0.75 + 0.5 * self.traffic.rng.unit();
        let after = Duration::from_micros((after.as_micros() as f64 * scale) as u64);
        self.traffic.next += 1;
        let at = self.now + after;
        self.traffic.flights.insert((at, self.traffic.next), flight);
        self.wake(NETWORK, at);
    }

    fn back(&mut self, after: Duration, client: Client, answer: Answer) {
        self.fly(after, Flight::Back(client, answer));
    }

    /// Lets everything arrive that is due.
    pub(in crate::cluster) fn turn_network(&mut self) {
        let flights = |cluster: &mut Self| {
            let (at, _) = cluster.traffic.flights.first_key_value()?.0;
            (*at <= cluster.now).then(|| cluster.traffic.flights.pop_first())?
        };
        while let Some((_, flight)) = flights(self) {
            match flight {
                Flight::There(packet) => self.arrive(*packet),
                Flight::Back(client, answer) => self.hand_over(client, answer),
                Flight::Unanswered(client) => self.handed_on(&client, None),
            }
        }
        let next = self.traffic.flights.keys().next().map(|(at, _)| *at);
        self.plan(NETWORK, next);
    }

    fn hand_over(&mut self, client: Client, answer: Answer) {
        match client {
            Client::Workstation(of, id) => self.traffic.to_workstations.push((of, id, answer)),
            Client::Forward(stream) => self.forwarded(stream, answer),
            Client::Proxy(..) => self.handed_on(&client, Some(answer)),
            Client::Container(node, container, id) => {
                let now = self.now;
                if let Some(machine) = self.machines.get_mut(&node) {
                    machine
                        .kubelet
                        .runtime_mut()
                        .answer(now, &container, id, answer);
                    self.wake_machine(&node);
                }
            }
        }
    }

    /// Sends something on its way: the sender's node decides where to.
    pub(in crate::cluster) fn launch(
        &mut self,
        client: Client,
        node: Option<&str>,
        pod_ip: &str,
        exchange: Exchange,
    ) {
        let from = match (pod_ip, node.and_then(|n| self.machines.get(n))) {
            ("", Some(m)) => m.kubelet.config().node_ip.clone(),
            ("", None) => "192.168.65.1".to_owned(),
            (ip, _) => ip.to_owned(),
        };
        let pod = node
            .filter(|_| !pod_ip.is_empty())
            .and_then(|n| self.machines.get(n)?.kubelet.runtime().pod_at(pod_ip))
            .unwrap_or_default()
            .to_owned();
        let packet = Packet {
            client,
            node: node.map(str::to_owned),
            from,
            pod,
            service: String::new(),
            to: exchange.ip,
            port: exchange.port,
            udp: exchange.udp,
            data: exchange.data,
            enters: false,
        };
        if exchange.ip.is_loopback() {
            return match node {
                Some(_) => {
                    let to = pod_ip.parse().unwrap_or(exchange.ip);
                    self.fly(NEAR, Flight::There(Box::new(Packet { to, ..packet })));
                }
                None => self.back(NEAR, packet.client, Answer::Refused),
            };
        }
        self.route(packet);
    }

    /// Applies the rules of the sender's node, or of the node whose port it goes to.
    fn route(&mut self, mut packet: Packet) {
        let protocol = if packet.udp {
            Protocol::Udp
        } else {
            Protocol::Tcp
        };
        if self.is_for_entry(&packet) {
            return self.enter(packet);
        }
        let to = IpAddr::V4(packet.to);
        if let Some(node) = packet.node.clone()
            && let Some(rules) = self.sync_rules(&node)
        {
            if let Some(rule) = rules.rule(to, packet.port, protocol) {
                let verdict = rules.route(to, packet.port, protocol, &node);
                return self.forward(packet, rule, verdict);
            }
            if rules.has_address(to) {
                // iptables has no rule for that port of the service: the packet leaves for nowhere.
                return self.lose(&packet);
            }
        }
        if packet.node.is_none()
            && let Some((node, rule, verdict)) = self.balance(to, packet.port, protocol)
        {
            if !rule.external_local
                && let Some(machine) = self.machines.get(&node)
            {
                packet.from.clone_from(&machine.kubelet.config().node_ip);
            }
            packet.node = Some(node);
            return self.forward(packet, &rule, verdict);
        }
        let Some(target) = self.node_with_ip(packet.to) else {
            return self.send_to_pod(packet);
        };
        if !self.connected(packet.node.as_deref(), &target) {
            return self.lose(&packet);
        }
        if let Some(rules) = self.sync_rules(&target)
            && let Some(rule) = rules.node_port_rule(packet.port, protocol)
        {
            let verdict = rules.route_node_port(packet.port, protocol, &target);
            if !rule.external_local
                && let Some(machine) = self.machines.get(&target)
            {
                // The node masquerades what it sends on to another one.
                packet.from.clone_from(&machine.kubelet.config().node_ip);
            }
            packet.node = Some(target);
            return self.forward(packet, rule, verdict);
        }
        let own = self.machines.get(&target).map(|m| m.kubelet.runtime());
        if let Some((ip, port)) = own.and_then(|r| r.host_port(packet.port, packet.udp)) {
            packet.to = ip.parse().unwrap_or(packet.to);
            packet.port = port;
            return self.send_to_pod(packet);
        }
        let after = self.way(packet.node.as_deref(), &target);
        self.fly(after, Flight::There(Box::new(packet)));
    }

    /// A balancer of the cloud with that address: the node that it sends to, one that has somewhere to send on to if any has, and
    /// what happens there.
    fn balance(
        &mut self,
        to: IpAddr,
        port: u16,
        protocol: Protocol,
    ) -> Option<(String, PortRule, Verdict)> {
        let mut found = Vec::new();
        for node in self.machines.keys().cloned().collect::<Vec<_>>() {
            if !self.connected(None, &node) {
                continue;
            }
            let Some(rules) = self.sync_rules(&node) else {
                continue;
            };
            let rule = rules.rule(to, port, protocol);
            if let Some(rule) = rule.filter(|r| r.external_ips.contains(&to)) {
                let verdict = rules.route(to, port, protocol, &node);
                found.push((node, rule.clone(), verdict));
            }
        }
        let serves =
            |(_, _, verdict): &(String, PortRule, Verdict)| matches!(verdict, Verdict::Forward(_));
        if found.iter().any(serves) {
            found.retain(serves);
        }
        if found.is_empty() {
            return None;
        }
        let at = self.traffic.rng.below(found.len());
        Some(found.swap_remove(at))
    }

    /// Answers a request at the entry.
    pub(super) fn answer_at_entry(&mut self, packet: Packet, data: Vec<u8>) {
        let outcome = Outcome::Answered;
        self.report(&packet.service, &packet.pod, "", outcome);
        self.back(FAR + WORK, packet.client, Answer::Data(data));
    }

    pub(super) fn forward(&mut self, mut packet: Packet, rule: &PortRule, verdict: Verdict) {
        packet.service.clone_from(&rule.service);
        match verdict {
            Verdict::Forward(backends) => {
                let chosen = self.choose(rule, &packet.from, backends);
                let IpAddr::V4(ip) = chosen.ip else {
                    return self.lose(&packet);
                };
                (packet.to, packet.port) = (ip, chosen.port);
                self.send_to_pod(packet);
            }
            Verdict::Reject => {
                self.report(&packet.service, &packet.pod, "", Outcome::Refused);
                self.back(NEAR, packet.client, Answer::Refused);
            }
            Verdict::Drop | Verdict::NotAService => self.lose(&packet),
        }
    }

    /// One of the backends, by chance; the same one again where the service keeps clients to theirs.
    fn choose(&mut self, rule: &PortRule, from: &str, backends: Vec<Backend>) -> Backend {
        let key = (
            [&rule.service, ":", &rule.port_name].concat(),
            from.to_owned(),
        );
        if let Some(timeout) = rule.affinity
            && let Some((kept, until)) = self.traffic.affinity.get_mut(&key)
            && *until > self.now
            && backends
                .iter()
                .any(|b| b.ip == kept.ip && b.port == kept.port)
        {
            *until = self.now + timeout;
            return kept.clone();
        }
        let at = self.traffic.rng.below(backends.len());
        let chosen = backends[at].clone();
        if let Some(timeout) = rule.affinity {
            let now = self.now;
            self.traffic.affinity.retain(|_, (_, until)| *until > now);
            self.traffic
                .affinity
                .insert(key, (chosen.clone(), self.now + timeout));
        }
        chosen
    }

    fn send_to_pod(&mut self, packet: Packet) {
        let target = self
            .node_with_ip(packet.to)
            .or_else(|| self.node_of_pods(packet.to));
        let outside = packet.node.is_none();
        match target {
            // The workstation knows no way to pods.
            Some(_) if outside => self.lose(&packet),
            Some(target) if self.connected(packet.node.as_deref(), &target) => {
                let after = self.way(packet.node.as_deref(), &target);
                self.fly(after, Flight::There(Box::new(packet)));
            }
            _ => self.lose(&packet),
        }
    }

    /// Whether what one node sends reaches another (none: the workstation).
    pub(super) fn connected(&self, from: Option<&str>, to: &str) -> bool {
        let up = |name: &str| {
            let machine = self.machines.get(name);
            machine.is_some_and(|m| m.kubelet.is_powered() && !m.cut)
        };
        match from {
            Some(from) if from == to => true,
            Some(from) => up(from) && up(to),
            None => up(to),
        }
    }

    fn way(&self, from: Option<&str>, to: &str) -> Duration {
        if from == Some(to) { NEAR } else { FAR }
    }

    fn lose(&mut self, packet: &Packet) {
        self.drop_for(packet, String::new());
    }

    /// Lets a packet vanish; `by` names the policies that forbid it, "" where something else swallows it.
    fn drop_for(&mut self, packet: &Packet, by: String) {
        let (service, pod) = (packet.service.clone(), packet.pod.clone());
        let to = self.node_of_pods(packet.to);
        let to = to.and_then(|n| {
            self.machines
                .get(&n)?
                .kubelet
                .runtime()
                .pod_at(&packet.to.to_string())
                .map(str::to_owned)
        });
        self.report(&service, &pod, &to.unwrap_or_default(), Outcome::Lost);
        if let Some(hop) = self.traffic.hops.back_mut() {
            hop.by = by;
        }
        if let Client::Forward(stream) = packet.client {
            self.forwarded(stream, Answer::NoRoute);
        } else if let Client::Proxy(..) = packet.client {
            self.fly(DIAL_PATIENCE, Flight::Unanswered(packet.client.clone()));
        } else if packet.enters {
            let page = entry::page(504, "Gateway Time-out", "");
            self.back(ENTRY_PATIENCE, packet.client.clone(), Answer::Data(page));
        }
    }

    fn node_with_ip(&self, ip: Ipv4Addr) -> Option<String> {
        let text = ip.to_string();
        let found = self
            .machines
            .iter()
            .find(|(_, m)| m.kubelet.config().node_ip == text);
        found.map(|(name, _)| name.clone())
    }

    pub(super) fn node_of_pods(&self, ip: Ipv4Addr) -> Option<String> {
        let text = ip.to_string();
        let prefix = text.rsplit_once('.').map_or("", |(p, _)| p);
        let of = |m: &super::super::Machine| m.kubelet.runtime().config().pod_prefix == prefix;
        let found = self.machines.iter().find(|(_, m)| of(m));
        found.map(|(name, _)| name.clone())
    }

    /// A request has come to the machine that it was sent to.
    fn arrive(&mut self, packet: Packet) {
        let own = self.node_with_ip(packet.to);
        let node_itself = own.is_some() || packet.to.is_loopback();
        let target = own
            .or_else(|| self.node_of_pods(packet.to))
            .or_else(|| packet.node.clone());
        let Some(target) = target.filter(|t| self.connected(packet.node.as_deref(), t)) else {
            return self.lose(&packet);
        };
        if let Some(by) = self.kept_out_by(&packet) {
            return self.drop_for(&packet, by);
        }
        let ip = if node_itself {
            String::new()
        } else {
            packet.to.to_string()
        };
        let (now, data) = (self.now, &packet.data);
        let Some(machine) = self
            .machines
            .get_mut(&target)
            .filter(|m| m.kubelet.is_powered())
        else {
            return self.lose(&packet);
        };
        let arrival = Arrival {
            ip: &ip,
            port: packet.port,
            udp: packet.udp,
            from: &packet.from,
            data,
        };
        let runtime = machine.kubelet.runtime_mut();
        let reaction = runtime.deliver(now, &arrival);
        let pod = runtime.pod_at(&ip).unwrap_or_default().to_owned();
        let back = self.way(packet.node.as_deref(), &target);
        self.wake_machine(&target);
        let (outcome, answer, after) = match reaction {
            Reaction::NoHost | Reaction::Refused if packet.enters => {
                let page = entry::page(502, "Bad Gateway", "");
                (Outcome::Refused, Answer::Data(page), back + WORK)
            }
            Reaction::NoHost => (Outcome::Lost, Answer::NoRoute, NEIGHBOUR),
            Reaction::Refused => (Outcome::Refused, Answer::Refused, back),
            Reaction::Data(data, took) => {
                let after = back + WORK.max(took);
                (Outcome::Answered, Answer::Data(data), after)
            }
            Reaction::Name(question) => {
                let turn = self.traffic.rng.below(1 << 16);
                let text = dns::answer(&self.traffic.proxy, &question, turn);
                (
                    Outcome::Answered,
                    Answer::Data(text.into_bytes()),
                    back + WORK,
                )
            }
            Reaction::Api => {
                let data = self.ask_api(&packet.data);
                (Outcome::Answered, Answer::Data(data), back + WORK)
            }
        };
        self.report(&packet.service, &packet.pod, &pod, outcome);
        self.back(after, packet.client, answer);
    }
}
