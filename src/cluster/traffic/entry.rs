//! The entry of the sandbox: one address at which requests from outside come in by the rules of Ingresses, as ingress-nginx
//! takes them in behind a balancer of the cloud.

use super::super::Cluster;
use super::exchange::Packet;
use crate::api::ingress::ADDRESS;
use crate::apimachinery::{Value, schema};
use crate::network::ingress::{Way, way};
use crate::network::{PortRule, Verdict};
use std::sync::Arc;

const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// A page as nginx makes them.
pub(super) fn page(status: u16, reason: &str, more: &str) -> Vec<u8> {
    let body = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}

impl Cluster {
    /// Whether a packet goes to the entry, and somebody is there: an Ingress that has its address.
    pub(super) fn is_for_entry(&self, packet: &Packet) -> bool {
        packet.to.to_string() == ADDRESS
            && matches!(packet.port, HTTP | HTTPS)
            && !packet.udp
            && self.entered().next().is_some()
    }

    /// The Ingresses that are entered at the entry.
    fn entered(&self) -> impl Iterator<Item = &Value> {
        let def = schema::resource("networking.k8s.io", "v1", "ingresses");
        let all = def.into_iter().flat_map(|def| self.api.peek_all(def));
        all.filter(|ingress| {
            let addresses = ingress.at(&["status", "loadBalancer", "ingress"]).items();
            addresses.iter().any(|a| a.get("ip") == ADDRESS)
        })
    }

    /// Takes in a request: sends it on to an endpoint of the service that it is for, or answers it.
    pub(super) fn enter(&mut self, mut packet: Packet) {
        let text = String::from_utf8_lossy(&packet.data).into_owned();
        let tls = packet.port == HTTPS;
        let text = match (tls, text.strip_prefix("TLS insecure\n")) {
            (true, Some(rest)) => rest,
            // Its certificate is signed by nobody whom a client would know.
            (true, None) if text.starts_with("TLS\n") => {
                return self.answer_at_entry(packet, b"TLS unknown issuer".to_vec());
            }
            (true, None) => {
                let plain = page(400, "Bad Request", "");
                return self.answer_at_entry(packet, plain);
            }
            (false, _) => &text,
        };
        let Some(request) = Head::of(text) else {
            return self.answer_at_entry(packet, page(400, "Bad Request", ""));
        };
        let found = way(self.entered(), request.host, request.path, tls);
        let (service, port, path) = match found {
            Way::NotFound => return self.answer_at_entry(packet, page(404, "Not Found", "")),
            Way::Redirect => {
                let to = format!("Location: https://{}{}\r\n", request.host, request.target);
                return self.answer_at_entry(packet, page(308, "Permanent Redirect", &to));
            }
            Way::Service {
                service,
                port,
                path,
            } => (service, port, path),
        };
        let open = self.endpoints(&service, &port);
        packet.data = request
            .passed_on(path.as_deref(), &packet.from, tls)
            .into_bytes();
        packet.enters = true;
        match open {
            Some((node, rule, verdict @ Verdict::Forward(_))) => {
                if let Some(machine) = self.machines.get(&node) {
                    packet.from.clone_from(&machine.kubelet.config().node_ip);
                }
                packet.node = Some(node);
                self.forward(packet, &rule, verdict);
            }
            _ => {
                packet.service = service;
                self.answer_at_entry(packet, page(503, "Service Temporarily Unavailable", ""));
            }
        }
    }

    /// The rule of a service's port, and what becomes of packets by it on a node that can be reached.
    fn endpoints(
        &mut self,
        service: &str,
        port: &Result<u16, String>,
    ) -> Option<(String, Arc<PortRule>, Verdict)> {
        let nodes: Vec<String> = self.machines.keys().cloned().collect();
        nodes.into_iter().find_map(|node| {
            if !self.connected(None, &node) {
                return None;
            }
            let rules = self.sync_rules(&node)?;
            let rule = rules.of_service(service).iter().find(|rule| match port {
                Ok(number) => rule.port == *number,
                Err(name) => rule.port_name == *name,
            })?;
            Some((node, rule.clone(), rule.verdict(None)))
        })
    }
}

/// What the entry reads of a request.
struct Head<'a> {
    verb: &'a str,
    target: &'a str,
    path: &'a str,
    host: &'a str,
    /// All after the first line.
    rest: &'a str,
}

impl<'a> Head<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (line, rest) = text.split_once("\r\n")?;
        let mut words = line.split(' ');
        let (verb, target) = (words.next()?, words.next()?);
        let host = rest.split("\r\n").find_map(|header| {
            let (name, value) = header.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim())
        })?;
        Some(Self {
            verb,
            target,
            path: target.split('?').next().unwrap_or(target),
            host: host.split(':').next().unwrap_or(host),
            rest,
        })
    }

    /// The request as the service gets it.
    fn passed_on(&self, path: Option<&str>, from: &str, tls: bool) -> String {
        let (verb, host, rest) = (self.verb, self.host, self.rest);
        let query = self.target.strip_prefix(self.path).unwrap_or_default();
        let path = path.unwrap_or(self.path);
        let scheme = if tls { "https" } else { "http" };
        format!(
            "{verb} {path}{query} HTTP/1.1\r\nX-Real-IP: {from}\r\nX-Forwarded-For: {from}\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-Proto: {scheme}\r\n{rest}"
        )
    }
}
