//! Services as rules of nftables (`pkg/proxy/nftables`): the rule set by which simulated nodes route, as the chains and maps that
//! make the kernel do the same in the real node's network namespace.

use super::nft::{Chain, Set, Table};
use crate::network::{Backend, PortRule, Protocol, RuleSet, Verdict};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What a packet is marked with whose sender is to be hidden behind the node.
const MASQUERADE: &str = "0x4000";
/// The longest part of a chain's name that says whose it is.
const READABLE: usize = 100;

/// The node's network.
#[derive(Clone, Debug)]
pub struct Place {
    /// The node's name.
    pub node: String,
    /// Addresses at which it answers for node ports.
    pub node_ips: Vec<String>,
    /// The range of its pods.
    pub pods: String,
    /// Ranges that belong to services: what goes there and is no service's goes nowhere.
    pub services: Vec<String>,
    /// Where the node answers by itself for a service that has nobody else.
    pub own: (IpAddr, u16),
    /// The interface towards this machine, and the machine's address there: nobody else's packets reach the node itself.
    pub outside: (&'static str, &'static str),
    /// The interface towards other machines, where there may be some.
    pub overlay: Option<&'static str>,
}

/// A protocol as nftables call it.
pub fn protocol(p: Protocol) -> &'static str {
    match p {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

/// The table for these rules, and for the part of it that `policies` are. `others` are the other real nodes: endpoints elsewhere are left
/// out, since simulated pods have no real addresses.
pub fn table(rules: &RuleSet, policies: Table, place: &Place, others: &BTreeSet<String>) -> Table {
    let mut table = policies;
    frame(&mut table, place);
    for rule in rules.iter() {
        let mut rule = rule.clone();
        let real = |b: &Backend| {
            let node = b.node.as_str();
            b.ip.is_ipv4() && (node.is_empty() || node == place.node || others.contains(node))
        };
        rule.backends.retain(real);
        rule.cluster_ips.retain(IpAddr::is_ipv4);
        rule.external_ips.retain(IpAddr::is_ipv4);
        if rule.port > 0 {
            Port::new(&rule, place).write(&mut table);
        }
    }
    table
}

/// What is there without any service.
fn frame(table: &mut Table, place: &Place) {
    let mut set = |name: &str, kind, declaration: &str| {
        let set = Set {
            kind,
            declaration: declaration.into(),
            ..Set::default()
        };
        table.sets.insert(name.into(), set);
    };
    let by_address = "type ipv4_addr . inet_proto . inet_service : verdict;";
    let by_port = "type inet_proto . inet_service : verdict;";
    set("service-ips", "map", by_address);
    set("service-nodeports", "map", by_port);
    set("no-endpoint-services", "map", by_address);
    set("no-endpoint-nodeports", "map", by_port);
    set("cluster-ips", "set", "type ipv4_addr;");
    set("nodeport-ips", "set", "type ipv4_addr;");
    for ip in &place.node_ips {
        table.enter("nodeport-ips", ip.clone(), String::new());
    }
    let mut chain = |name: &str, hook, rules: &[&str]| {
        let rules = rules.iter().map(|r| (*r).to_owned()).collect();
        table.chains.insert(name.into(), Chain { hook, rules });
    };
    let nat = |hook| match hook {
        "prerouting" => "type nat hook prerouting priority -100;",
        "output" => "type nat hook output priority -100;",
        _ => "type nat hook postrouting priority 100;",
    };
    chain("nat-prerouting", nat("prerouting"), &["jump services"]);
    chain("nat-output", nat("output"), &["jump services"]);
    let marked = format!("meta mark & {MASQUERADE} == 0 return");
    let clear = format!("meta mark set meta mark ^ {MASQUERADE}");
    // Every machine has the same addresses for its pair: other ones would answer themselves.
    let between = place.overlay.map(|device| {
        let own = place.outside.1;
        format!("oifname {device:?} ip saddr {own}/30 masquerade")
    });
    let hide = [marked.as_str(), &clear, "masquerade fully-random"];
    let hide: Vec<&str> = between.as_deref().into_iter().chain(hide).collect();
    chain("nat-postrouting", nat("postrouting"), &hide);
    let mark = format!("meta mark set meta mark | {MASQUERADE}");
    chain("mark-for-masquerade", "", &[&mark]);
    chain(
        "services",
        "",
        &[
            "ip daddr . meta l4proto . th dport vmap @service-ips",
            "ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports",
        ],
    );
    let stranger = format!(
        "ct state new iifname {:?} ip saddr != {} drop",
        place.outside.0, place.outside.1
    );
    let unanswered = "ct state new jump no-endpoints";
    let unknown = "ct state new jump no-service";
    chain(
        "filter-input",
        "type filter hook input priority 0;",
        &[&stranger, unanswered, "jump egress"],
    );
    chain(
        "filter-forward",
        "type filter hook forward priority 0;",
        &[unanswered, unknown, "jump egress", "jump ingress"],
    );
    chain(
        "filter-output",
        "type filter hook output priority 0;",
        &[unanswered, unknown],
    );
    chain(
        "no-endpoints",
        "",
        &[
            "ip daddr . meta l4proto . th dport vmap @no-endpoint-services",
            "ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports",
        ],
    );
    let ours = format!("ip daddr {{ {} }} drop", place.services.join(", "));
    // What has another port than the service's is refused, what is nobody's vanishes, as upstream has it.
    let no_service = [
        "fib daddr type local return",
        "ip daddr @cluster-ips reject",
        &ours,
    ];
    chain("no-service", "", &no_service);
    chain("refuse", "", &["reject"]);
}

/// One port of a service while its rules are written.
struct Port<'a> {
    rule: &'a PortRule,
    place: &'a Place,
    /// Ends the names of its chains.
    name: String,
}

impl<'a> Port<'a> {
    fn new(rule: &'a PortRule, place: &'a Place) -> Self {
        let (service, port) = (&rule.service, &rule.port_name);
        let readable = format!("{service}/{}/{port}", protocol(rule.protocol));
        let digest = Sha256::digest(readable.as_bytes());
        let mut name = String::new();
        for byte in digest.iter().take(5) {
            let _ = write!(name, "{byte:02x}");
        }
        name.push('-');
        name.extend(readable.chars().take(READABLE));
        Self { rule, place, name }
    }

    fn write(&self, table: &mut Table) {
        let rule = self.rule;
        let anywhere = rule.verdict(None);
        let here = rule.verdict(Some(&self.place.node));
        let local = format!("local-{}", self.name);
        let cluster = format!("service-{}", self.name);
        let external = format!("external-{}", self.name);
        self.balance(table, &cluster, &anywhere);
        if rule.internal_local || rule.external_local {
            self.balance(table, &local, &here);
        }
        let from_outside = !rule.external_ips.is_empty() || rule.node_port.is_some();
        if from_outside {
            let mut rules = Vec::new();
            let pods = &self.place.pods;
            if rule.external_local {
                // Who is in the cluster reaches all endpoints, as if it had asked for the cluster's address.
                rules.push(format!("ip saddr {pods} goto {cluster}"));
                rules.push("fib saddr type local jump mark-for-masquerade".into());
                rules.push(format!("fib saddr type local goto {cluster}"));
                rules.push(format!("goto {local}"));
            } else {
                rules.push("jump mark-for-masquerade".into());
                rules.push(format!("goto {cluster}"));
            }
            let chain = Chain { hook: "", rules };
            table.chains.insert(external.clone(), chain);
        }
        let (inside, inside_verdict) = match rule.internal_local {
            true => (&local, &here),
            false => (&cluster, &anywhere),
        };
        let outside_verdict = if rule.external_local {
            &here
        } else {
            &anywhere
        };
        for ip in &rule.cluster_ips {
            table.enter("cluster-ips", ip.to_string(), String::new());
            if !self.is_answered_by_node(*ip, inside_verdict) {
                self.enter(table, *ip, inside, inside_verdict);
            }
        }
        for ip in &rule.external_ips {
            self.enter(table, *ip, &external, outside_verdict);
        }
        if let Some(port) = rule.node_port {
            let key = format!("{} . {port}", protocol(rule.protocol));
            let to = ["goto ", &external].concat();
            table.enter("service-nodeports", key.clone(), to);
            if let Some(end) = end(outside_verdict) {
                table.enter("no-endpoint-nodeports", key, end.into());
            }
        }
    }

    fn is_answered_by_node(&self, ip: IpAddr, verdict: &Verdict) -> bool {
        (ip, self.rule.port) == self.place.own && !matches!(verdict, Verdict::Forward(_))
    }

    /// What comes to an address goes to a chain, and where that leads nowhere it ends.
    fn enter(&self, table: &mut Table, ip: IpAddr, chain: &str, verdict: &Verdict) {
        let key = format!(
            "{ip} . {} . {}",
            protocol(self.rule.protocol),
            self.rule.port
        );
        table.enter("service-ips", key.clone(), ["goto ", chain].concat());
        if let Some(end) = end(verdict) {
            table.enter("no-endpoint-services", key, end.into());
        }
    }

    /// A chain that hands packets to endpoints by chance, or to the one that a client had before.
    fn balance(&self, table: &mut Table, name: &str, verdict: &Verdict) {
        let Verdict::Forward(backends) = verdict else {
            table.chains.insert(name.into(), Chain::default());
            return;
        };
        let mut rules = Vec::new();
        let pods = &self.place.pods;
        for ip in &self.rule.cluster_ips {
            // Those who are no pods would get answers from where they did not ask.
            rules.push(format!(
                "ip daddr {ip} ip saddr != {pods} jump mark-for-masquerade"
            ));
        }
        let chains: Vec<String> = backends.iter().map(|b| self.endpoint(table, b)).collect();
        if self.rule.affinity.is_some() {
            for chain in &chains {
                rules.push(format!("ip saddr @{} goto {chain}", self.memory(chain)));
            }
        }
        let n = chains.len();
        let choice: Vec<String> = (chains.iter().enumerate())
            .map(|(i, chain)| format!("{i} : goto {chain}"))
            .collect();
        let choice = choice.join(", ");
        rules.push(format!("numgen random mod {n} vmap {{ {choice} }}"));
        table.chains.insert(name.into(), Chain { hook: "", rules });
    }

    /// The name of the set of an endpoint's clients.
    fn memory(&self, chain: &str) -> String {
        let seconds = self.rule.affinity.unwrap_or_default().as_secs();
        let known = chain.trim_start_matches("endpoint-");
        format!("affinity-{seconds}-{known}")
    }

    /// Writes the chain that leads to an endpoint: its name.
    fn endpoint(&self, table: &mut Table, backend: &Backend) -> String {
        let (ip, port) = (backend.ip, backend.port);
        let name = format!("endpoint-{}/{ip}/{port}", self.name);
        // A pod that reaches itself would take its own address for a forgery.
        let mut rules = vec![format!("ip saddr {ip} jump mark-for-masquerade")];
        if let Some(time) = self.rule.affinity {
            let memory = self.memory(&name);
            rules.push(format!("update @{memory} {{ ip saddr }}"));
            let seconds = time.as_secs();
            let set = Set {
                kind: "set",
                declaration: format!("type ipv4_addr; flags dynamic,timeout; timeout {seconds}s;"),
                ..Set::default()
            };
            table.sets.insert(memory, set);
        }
        let p = protocol(self.rule.protocol);
        rules.push(format!("meta l4proto {p} dnat to {ip}:{port}"));
        table.chains.insert(name.clone(), Chain { hook: "", rules });
        name
    }
}

/// How packets end that no chain has handed on.
fn end(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Reject => Some("goto refuse"),
        Verdict::Drop => Some("drop"),
        Verdict::Forward(_) | Verdict::NotAService => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Value;
    use crate::network::rules::compile;
    use crate::tree;

    fn place() -> Place {
        Place {
            node: "real".into(),
            node_ips: vec!["192.168.127.2".into()],
            pods: "10.243.0.0/24".into(),
            services: vec!["10.96.0.0/12".into()],
            own: (IpAddr::from([10, 96, 0, 10]), 53),
            outside: ("eth0", "192.168.127.1"),
            overlay: None,
        }
    }

    fn service(more: &Value) -> Value {
        let mut s = tree!({"metadata": {"name": "web", "namespace": "n"}, "spec": {
            "clusterIPs": ["10.96.0.9"], "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}});
        for (k, v) in more.fields() {
            s.set_at(&["spec", k], v);
        }
        s
    }

    fn made(more: &Value, endpoints: &[(&str, &str)]) -> Table {
        let list: Vec<Value> = endpoints
            .iter()
            .map(|(ip, node)| tree!({"addresses": [ip], "nodeName": node}))
            .collect();
        let mut slice = tree!({"ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]});
        slice.set("endpoints", list);
        let mut rules = RuleSet::default();
        rules.set("n/web", compile(&service(more), [slice].iter()));
        table(&rules, Table::default(), &place(), &BTreeSet::new())
    }

    fn chain<'a>(table: &'a Table, start: &str) -> &'a [String] {
        let found = table
            .chains
            .iter()
            .find(|(name, _)| name.starts_with(start));
        found.map_or(&[], |(_, chain)| &chain.rules)
    }

    fn of<'a>(table: &'a Table, set: &str) -> Vec<(&'a str, &'a str)> {
        let elements = table.sets[set].elements.iter();
        elements.map(|(k, v)| (k.as_str(), v.as_str())).collect()
    }

    #[test]
    fn packets_are_handed_to_real_endpoints_only() {
        let table = made(
            &Value::object(),
            &[
                ("10.243.0.3", "real"),
                ("10.244.1.3", "worker-1"),
                ("192.0.2.1", ""),
            ],
        );
        let rules = chain(&table, "service-");
        assert_eq!(rules.len(), 2, "{rules:?}");
        assert!(rules[0].starts_with("ip daddr 10.96.0.9 ip saddr != 10.243.0.0/24 jump"));
        assert!(rules[1].starts_with("numgen random mod 2 vmap { 0 : goto endpoint-"));
        let endpoint = &table
            .chains
            .iter()
            .find(|(n, _)| n.ends_with("/10.243.0.3/8080"));
        assert_eq!(
            endpoint.expect("there").1.rules,
            [
                "ip saddr 10.243.0.3 jump mark-for-masquerade",
                "meta l4proto tcp dnat to 10.243.0.3:8080"
            ]
        );
        assert_eq!(of(&table, "service-ips")[0].0, "10.96.0.9 . tcp . 80");
        assert!(of(&table, "no-endpoint-services").is_empty());

        let table = made(&Value::object(), &[("10.244.1.3", "worker-1")]);
        assert_eq!(
            of(&table, "no-endpoint-services"),
            [("10.96.0.9 . tcp . 80", "goto refuse")]
        );
    }

    #[test]
    fn what_comes_from_outside_keeps_to_the_policies() {
        let more = tree!({"type": "NodePort", "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Local",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "nodePort": 30080}], "externalIPs": ["192.0.2.9"]});
        let table = made(&more, &[("10.243.0.3", "real"), ("192.0.2.1", "")]);
        assert!(
            chain(&table, "local-")
                .last()
                .expect("one")
                .contains("mod 1 ")
        );
        assert!(
            chain(&table, "service-")
                .last()
                .expect("one")
                .contains("mod 2 ")
        );
        assert!(
            chain(&table, "external-")
                .last()
                .expect("one")
                .starts_with("goto local-")
        );
        let ips: Vec<&str> = of(&table, "service-ips").iter().map(|(k, _)| *k).collect();
        assert_eq!(ips, ["10.96.0.9 . tcp . 80", "192.0.2.9 . tcp . 80"]);
        assert_eq!(of(&table, "service-nodeports")[0].0, "tcp . 30080");

        let table = made(&more, &[("192.0.2.1", "")]);
        assert_eq!(
            of(&table, "no-endpoint-nodeports"),
            [("tcp . 30080", "drop")]
        );
    }

    #[test]
    fn clients_are_remembered_for_as_long_as_the_service_says() {
        let more = tree!({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}});
        let table = made(&more, &[("10.243.0.3", "real")]);
        let (name, set) = table
            .sets
            .iter()
            .find(|(name, _)| name.starts_with("affinity-60-"))
            .expect("a set");
        assert!(set.declaration.ends_with("timeout 60s;"));
        assert!(
            chain(&table, "service-")[1].starts_with(&format!("ip saddr @{name} goto endpoint-"))
        );
        assert_eq!(
            chain(&table, "endpoint-")[1],
            format!("update @{name} {{ ip saddr }}")
        );
    }

    #[test]
    fn the_node_answers_for_names_where_nobody_else_does() {
        let more = tree!({"clusterIPs": ["10.96.0.10"], "ports": [{"name": "http", "port": 53, "protocol": "UDP"}]});
        let table = made(&more, &[]);
        assert!(of(&table, "service-ips").is_empty());
        assert!(of(&table, "no-endpoint-services").is_empty());
    }
}
