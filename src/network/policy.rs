//! NetworkPolicies: which connections between pods and the rest of the network they let through
//! (`k8s.io/api/networking/v1`). Pure: decides on one connection from objects.
//!
//! A pod that no policy selects for a direction is open in it; one that is selected takes, or opens, only what a rule of one of
//! those policies names. Answers need no rule of their own. Both ends see the connection after a service has been resolved.

use super::rules::Protocol;
use crate::apimachinery::Value;
use crate::apimachinery::cidr::Cidr;
use crate::apimachinery::labels::Selector;
use std::net::Ipv4Addr;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Its address.
    pub ip: Ipv4Addr,
    /// The pod with that address of its own; none for nodes, pods in a node's network, and the outside.
    pub pod: Option<&'a Value>,
    /// That pod's namespace.
    pub namespace: Option<&'a Value>,
}

/// A connection that somebody wants to open.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// Who opens it.
    pub from: End<'a>,
    /// Who is to take it.
    pub to: End<'a>,
    /// The port there.
    pub port: u16,
    /// The transport.
    pub protocol: Protocol,
    /// Whether it comes from the node on which `to` runs, which always reaches its pods.
    pub from_own_node: bool,
}

/// The policies, as `namespace/name`, that isolate the end at which a connection fails; none where it is let through.
pub fn refused_by(policies: &[&Value], c: &Connection<'_>) -> Option<Vec<String>> {
    let same = |a: &Value, b: &Value| a.uid() == b.uid();
    if matches!((c.from.pod, c.to.pod), (Some(from), Some(to)) if same(from, to)) {
        return None;
    }
    let egress = isolating(policies, c.from.pod, "Egress");
    if !egress.is_empty() && !egress.iter().any(|p| admits(p, "egress", "to", &c.to, c)) {
        return Some(names(&egress));
    }
    let ingress = isolating(policies, c.to.pod, "Ingress");
    if !ingress.is_empty()
        && !c.from_own_node
        && !ingress
            .iter()
            .any(|p| admits(p, "ingress", "from", &c.from, c))
    {
        return Some(names(&ingress));
    }
    None
}

fn names(policies: &[&Value]) -> Vec<String> {
    policies.iter().map(|p| p.key()).collect()
}

/// The policies that isolate a pod in a direction, `Ingress` or `Egress`.
pub fn isolating<'a>(
    policies: &[&'a Value],
    pod: Option<&Value>,
    direction: &str,
) -> Vec<&'a Value> {
    let Some(pod) = pod else { return Vec::new() };
    let isolates = |policy: &&&Value| {
        let spec = policy.get("spec");
        policy.namespace() == pod.namespace()
            && has_type(spec, direction)
            && selects(spec.get("podSelector"), pod)
    };
    policies.iter().filter(isolates).copied().collect()
}

/// Whether a policy is about a direction. Without `policyTypes` all are about ingress, and about egress where they have rules for it.
fn has_type(spec: &Value, direction: &str) -> bool {
    let types = spec.get("policyTypes").items();
    match types.is_empty() {
        true => direction == "Ingress" || !spec.get("egress").items().is_empty(),
        false => types.iter().any(|t| *t == direction),
    }
}

/// Whether a selector, which is there, selects an object. The API server has let no unreadable one through.
fn selects(selector: &Value, object: &Value) -> bool {
    Selector::from_label_selector(selector).is_ok_and(|s| s.matches_object(object))
}

fn admits(policy: &Value, rules: &str, peers: &str, peer: &End<'_>, c: &Connection<'_>) -> bool {
    policy.at(&["spec", rules]).items().iter().any(|rule| {
        let (peers, ports) = (rule.get(peers).items(), rule.get("ports").items());
        (peers.is_empty() || peers.iter().any(|p| is_peer(p, peer, policy.namespace())))
            && (ports.is_empty() || ports.iter().any(|p| is_port(p, c)))
    })
}

/// Whether an end is what a peer (`from` or `to`) of a policy of a namespace names.
pub fn is_peer(rule: &Value, end: &End<'_>, namespace: &str) -> bool {
    let block = rule.get("ipBlock");
    if !block.is_null() {
        let within = |range: &Value| Cidr::parse(range.str()).is_some_and(|r| r.contains(end.ip));
        return within(block.get("cidr")) && !block.get("except").items().iter().any(within);
    }
    let Some(pod) = end.pod else { return false };
    let (spaces, pods) = (rule.get("namespaceSelector"), rule.get("podSelector"));
    let there = match spaces.is_null() {
        true => pod.namespace() == namespace,
        false => end.namespace.is_some_and(|ns| selects(spaces, ns)),
    };
    there && (pods.is_null() || selects(pods, pod))
}

fn is_port(rule: &Value, c: &Connection<'_>) -> bool {
    if Protocol::of(rule.get("protocol").str()) != c.protocol {
        return false;
    }
    let port = rule.get("port");
    if port.is_null() {
        return true;
    }
    let last = rule.get("endPort").as_i64();
    match port.as_i64() {
        Some(first) => (first..=last.unwrap_or(first)).contains(&i64::from(c.port)),
        None => {
            (c.to.pod).is_some_and(|pod| named(pod, port.str(), c.protocol).any(|n| n == c.port))
        }
    }
}

/// The ports that a pod calls so.
pub fn named<'a>(
    pod: &'a Value,
    name: &'a str,
    protocol: Protocol,
) -> impl Iterator<Item = u16> + 'a {
    let spec = pod.get("spec");
    let containers = spec.get("containers").items().iter();
    let ports = containers
        .chain(spec.get("initContainers").items())
        .flat_map(|container| container.get("ports").items());
    let wanted = ports.filter(move |p| {
        p.get("name") == name && Protocol::of(p.get("protocol").str()) == protocol
    });
    wanted.filter_map(|p| u16::try_from(p.get("containerPort").as_i64()?).ok())
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

    fn policy(spec: &str) -> Value {
        read(&format!(
            "metadata: {{namespace: shop, name: p}}\nspec: {spec}"
        ))
    }

    fn pod(namespace: &str, name: &str, app: &str) -> Value {
        read(&format!(
            "metadata: {{namespace: {namespace}, name: {name}, uid: {namespace}-{name}, labels: {{app: {app}}}}}\n\
             spec: {{containers: [{{ports: [{{name: http, containerPort: 80, protocol: TCP}}]}}]}}"
        ))
    }

    fn space(name: &str) -> Value {
        read(&format!(
            "metadata: {{name: {name}, labels: {{team: {name}}}}}"
        ))
    }

    /// Whether each of some connections to `shop/web` (10.244.1.5) is let through.
    fn verdicts(spec: &str) -> String {
        let (shop, other) = (space("shop"), space("other"));
        let (web, db) = (pod("shop", "web", "web"), pod("shop", "db", "db"));
        let stranger = pod("other", "x", "db");
        let policy = policy(spec);
        let end = |ip: &str, pod, namespace| End {
            ip: ip.parse().expect("an address"),
            pod,
            namespace,
        };
        let to = end("10.244.1.5", Some(&web), Some(&shop));
        let senders = [
            end("10.244.2.7", Some(&db), Some(&shop)),
            end("10.244.2.8", Some(&stranger), Some(&other)),
            end("192.168.65.1", None, None),
            end("10.244.1.5", Some(&web), Some(&shop)),
        ];
        let wanted = senders.iter().flat_map(|from| [(*from, 80), (*from, 8080)]);
        let pass = |(from, port)| {
            let connection = Connection {
                from,
                to,
                port,
                protocol: Protocol::Tcp,
                from_own_node: false,
            };
            match refused_by(&[&policy], &connection) {
                None => '+',
                Some(names) => {
                    assert_eq!(names, ["shop/p"]);
                    '-'
                }
            }
        };
        wanted.map(pass).collect()
    }

    #[test]
    fn connections_are_let_through_as_policies_say() {
        // From shop/db, other/x, outside and the pod itself, to port 80 and 8080 each.
        for (spec, expected) in [
            ("{podSelector: {}, policyTypes: [Ingress]}", "------++"),
            ("{podSelector: {}}", "------++"),
            ("{podSelector: {matchLabels: {app: db}}}", "++++++++"),
            ("{podSelector: {}, ingress: [{}]}", "++++++++"),
            ("{podSelector: {}, policyTypes: [Egress]}", "--++++++"),
            (
                "{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}",
                "++++++++",
            ),
            (
                "{podSelector: {matchLabels: {app: db}}, egress: [{ports: [{port: 80}]}]}",
                "+-++++++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
                "++----++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}",
                "++++--++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}]}]}",
                "--++--++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}, podSelector: {matchLabels: {app: web}}}]}]}",
                "------++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}, {podSelector: {matchLabels: {app: db}}}]}]}",
                "++++--++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.0/16}}]}]}",
                "----++++",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.2.8/32]}}]}]}",
                "++--++++",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{port: http}]}]}",
                "+-+-+-++",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 9000}]}]}",
                "-+-+-+++",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{port: 80, protocol: UDP}]}]}",
                "------++",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}]}",
                "++++++++",
            ),
        ] {
            assert_eq!(verdicts(spec), expected, "{spec}");
        }
    }

    #[test]
    fn a_node_reaches_its_own_pods() {
        let (web, shop) = (pod("shop", "web", "web"), space("shop"));
        let policy = policy("{podSelector: {}}");
        let ip = Ipv4Addr::new(10, 0, 0, 2);
        let mut connection = Connection {
            from: End {
                ip,
                pod: None,
                namespace: None,
            },
            to: End {
                ip,
                pod: Some(&web),
                namespace: Some(&shop),
            },
            port: 80,
            protocol: Protocol::Tcp,
            from_own_node: true,
        };
        assert_eq!(refused_by(&[&policy], &connection), None);
        connection.from_own_node = false;
        assert!(refused_by(&[&policy], &connection).is_some());
    }
}
