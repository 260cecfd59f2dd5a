//! What the cluster's names stand for (the `kubernetes` plugin of CoreDNS, after the DNS specification of Kubernetes).
//!
//! Questions and answers are text: `A web.default.svc.cluster.local` → a line with the code, then `name type value` per record.

use super::proxy::Proxy;
use crate::apimachinery::Value;

/// The cluster's domain.
const DOMAIN: &str = "cluster.local";

/// An answer under way.
struct Answer {
    known: bool,
    records: Vec<String>,
}

impl Answer {
    fn add(&mut self, name: &str, kind: &str, value: &str) {
        self.known = true;
        let line = [name, " ", kind, " ", value].concat();
        if !self.records.contains(&line) {
            self.records.push(line);
        }
    }
}

/// Answers a question from what is known of services and their endpoints. `turn` decides which address comes first.
/// Names of other domains are not known here, and nobody else is there to ask.
pub fn answer(proxy: &Proxy, question: &str, turn: usize) -> String {
    let (kind, name) = question.split_once(' ').unwrap_or(("A", question));
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let mut answer = Answer {
        known: false,
        records: Vec::new(),
    };
    if let Some(reversed) = name.strip_suffix(".in-addr.arpa") {
        reverse(proxy, reversed, &name, &mut answer);
    } else if name == DOMAIN {
        answer.known = true;
    } else if let Some(rest) = name.strip_suffix(DOMAIN).and_then(|r| r.strip_suffix('.')) {
        let labels: Vec<&str> = rest.split('.').collect();
        match labels.as_slice() {
            ["svc" | "pod"] => answer.known = true,
            [before @ .., namespace, "svc"] => {
                services(proxy, before, namespace, kind, &name, &mut answer);
            }
            [ip, namespace, "pod"] => pod(proxy, ip, namespace, kind, &name, &mut answer),
            _ => {}
        }
    }
    let mut text = if answer.known { "NOERROR" } else { "NXDOMAIN" }.to_owned();
    let n = answer.records.len();
    if n > 0 {
        answer.records.rotate_left(turn % n);
    }
    for record in &answer.records {
        text.push('\n');
        text.push_str(record);
    }
    text
}

/// Names below a namespace: `web`, `web-0.web`, `_http._tcp.web`.
fn services(
    proxy: &Proxy,
    before: &[&str],
    namespace: &str,
    kind: &str,
    name: &str,
    answer: &mut Answer,
) {
    let Some((service, before)) = before.split_last() else {
        answer.known = has_namespace(proxy, namespace);
        return;
    };
    let key = [namespace, "/", service].concat();
    let Some(object) = proxy.services().get(&key) else {
        return;
    };
    let spec = object.get("spec");
    if spec.get("type") == "ExternalName" {
        if before.is_empty() {
            external(proxy, spec.get("externalName").str(), kind, name, answer);
        }
        return;
    }
    let headless = spec.get("clusterIP") == "None";
    match before {
        [port, protocol] if port.starts_with('_') && protocol.starts_with('_') => {
            let named = Named {
                proxy,
                key: &key,
                object,
                name,
            };
            named.ports(&port[1..], &protocol[1..], kind, headless, answer);
        }
        [] if headless => {
            endpoints(proxy, &key, &mut |endpoint, _| {
                answer.known = true;
                if kind == "A" {
                    answer.add(name, "A", address(endpoint));
                }
            });
        }
        [] => {
            answer.known = true;
            for ip in spec.get("clusterIPs").items() {
                if kind == "A" {
                    answer.add(name, "A", ip.str());
                }
            }
        }
        [host] => {
            endpoints(proxy, &key, &mut |endpoint, _| {
                if own_name(endpoint) == **host {
                    answer.known = true;
                    if kind == "A" {
                        answer.add(name, "A", address(endpoint));
                    }
                }
            });
        }
        _ => {}
    }
}

fn has_namespace(proxy: &Proxy, namespace: &str) -> bool {
    proxy.services().iter().any(|s| s.namespace() == namespace)
}

/// What another name stands for, as far as the cluster knows it.
fn external(proxy: &Proxy, target: &str, kind: &str, name: &str, answer: &mut Answer) {
    answer.add(name, "CNAME", target);
    // A name that leads back to itself is not followed.
    if target.ends_with(DOMAIN) && target != name && kind == "A" {
        let parts: Vec<&str> = target.split('.').collect();
        if let [service, namespace, "svc", ..] = parts.as_slice() {
            let key = [namespace, "/", service].concat();
            let found = proxy.services().get(&key);
            let ips = found.map_or(&[][..], |s| s.at(&["spec", "clusterIPs"]).items());
            for ip in ips.iter().filter(|ip| *ip != "None") {
                answer.add(target, "A", ip.str());
            }
        }
    }
}

struct Named<'a> {
    proxy: &'a Proxy,
    key: &'a str,
    object: &'a Value,
    name: &'a str,
}

impl Named<'_> {
    /// SRV records of a named port.
    fn ports(&self, port: &str, protocol: &str, kind: &str, headless: bool, answer: &mut Answer) {
        let matches = |p: &Value| {
            p.get("name") == port && p.get("protocol").str().eq_ignore_ascii_case(protocol)
        };
        let (namespace, service) = self.key.split_once('/').unwrap_or_default();
        let host = [service, ".", namespace, ".svc.", DOMAIN].concat();
        if headless {
            endpoints(self.proxy, self.key, &mut |endpoint, ports| {
                for p in ports.iter().filter(|p| matches(p)) {
                    answer.known = true;
                    if kind == "SRV" {
                        let target = [&own_name(endpoint), ".", &host].concat();
                        self.srv(p, &target, answer);
                    }
                }
            });
            return;
        }
        for p in self.object.at(&["spec", "ports"]).items() {
            if matches(p) {
                answer.known = true;
                if kind == "SRV" {
                    self.srv(p, &host, answer);
                }
            }
        }
    }

    fn srv(&self, port: &Value, host: &str, answer: &mut Answer) {
        let number = port.get("port").as_i64().unwrap_or(0).to_string();
        answer.add(
            self.name,
            "SRV",
            &["0 100 ", &number, " ", host, "."].concat(),
        );
    }
}

/// `10-244-1-2.default.pod.cluster.local`: the address that the name says (`pods insecure`).
fn pod(proxy: &Proxy, ip: &str, namespace: &str, kind: &str, name: &str, answer: &mut Answer) {
    let ip = ip.replace('-', ".");
    if ip.parse::<std::net::Ipv4Addr>().is_ok() && has_namespace(proxy, namespace) {
        answer.known = true;
        if kind == "A" {
            answer.add(name, "A", &ip);
        }
    }
}

fn reverse(proxy: &Proxy, reversed: &str, name: &str, answer: &mut Answer) {
    let parts: Vec<&str> = reversed.rsplit('.').collect();
    let ip = parts.join(".");
    let of_service = |s: &&Value| s.at(&["spec", "clusterIP"]) == ip.as_str();
    if let Some(s) = proxy.services().iter().find(of_service) {
        let host = [s.name(), ".", s.namespace(), ".svc.", DOMAIN].concat();
        return answer.add(name, "PTR", &host);
    }
    for slice in proxy.slices().iter() {
        let service = slice
            .label("kubernetes.io/service-name")
            .unwrap_or_default();
        for endpoint in slice.get("endpoints").items() {
            if address(endpoint) == ip {
                let host = own_name(endpoint);
                let host = [&host, ".", service, ".", slice.namespace(), ".svc.", DOMAIN].concat();
                answer.add(name, "PTR", &host);
            }
        }
    }
}

/// Goes through the ready endpoints of a service.
fn endpoints(proxy: &Proxy, key: &str, each: &mut dyn FnMut(&Value, &[Value])) {
    for slice in proxy.slices_of(key) {
        for endpoint in slice.get("endpoints").items() {
            if endpoint.at(&["conditions", "ready"]).as_bool() != Some(false) {
                each(endpoint, slice.get("ports").items());
            }
        }
    }
}

fn address(endpoint: &Value) -> &str {
    endpoint
        .get("addresses")
        .items()
        .first()
        .map_or("", Value::str)
}

/// The name of an endpoint below its service: its host name, or its address with dashes.
fn own_name(endpoint: &Value) -> String {
    match endpoint.get("hostname").str() {
        "" => address(endpoint).replace('.', "-"),
        name => name.to_owned(),
    }
}
