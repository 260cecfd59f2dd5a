//! The network of one simulated machine's pods: what their programs send, and what their servers answer.

use super::catalogue::{self, Entry, ServerKind};
use super::container::{Process, SimContainer};
use super::http::{self, Request, Server};
use super::runtime::SimRuntime;
use crate::apimachinery::{Text, Timestamp};
use crate::shell::net::{Answer, Exchange};
use std::time::Duration;

/// What a program of a container sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which container.
    pub container: String,
    /// Its pod's address, "" where it shares the node's.
    pub ip: String,
    /// What was sent.
    pub exchange: Exchange,
}

/// What reached a machine for one of its pods.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// The address it was sent to; "" for the node's own.
    pub ip: &'a str,
    /// The port.
    pub port: u16,
    /// Whether it came over UDP.
    pub udp: bool,
    /// Who sent it.
    pub from: &'a str,
    /// What was sent.
    pub data: &'a [u8],
}

/// What a pod made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// No pod has that address.
    NoHost,
    /// Nothing listens at that port.
    Refused,
    /// What was sent back, and how long the server computed.
    Data(Vec<u8>, Duration),
    /// A question for the cluster's name server, which this pod is.
    Name(String),
    /// A request to the API server, which this pod is.
    Api,
}

impl SimRuntime {
    /// What programs sent since the last call.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        let mut all = Vec::new();
        for id in std::mem::take(&mut self.senders) {
            let Some(c) = self.containers.get_mut(id.as_str()) else {
                continue;
            };
            let Some(os) = &mut c.os else { continue };
            let ip = self.sandboxes.get(&c.sandbox).map_or("", |s| s.ip.as_str());
            all.extend(os.net.take_sent().into_iter().map(|exchange| Sent {
                container: id.clone(),
                ip: ip.to_owned(),
                exchange,
            }));
        }
        all
    }

    /// Brings an answer to a container's program.
    pub fn answer(&mut self, now: Timestamp, container: &str, id: u64, answer: Answer) {
        let os = self
            .containers
            .get_mut(container)
            .and_then(|c| c.os.as_mut());
        if os.is_some_and(|os| os.net.answer(id, answer)) {
            self.wakes.insert((now, container.to_owned()));
        }
    }

    /// The pod that has an address: namespace and name with a slash between.
    pub fn pod_at(&self, ip: &str) -> Option<&str> {
        let found = self.sandboxes.values().find(|s| !s.stopped && s.ip == ip);
        found.map(|s| s.pod.as_str())
    }

    /// The address of a pod's sandbox.
    pub fn sandbox_ip(&self, container: &str) -> Option<&str> {
        let c = self.containers.get(container)?;
        self.sandboxes.get(&c.sandbox).map(|s| s.ip.as_str())
    }

    /// Where a node's port leads that a pod asked for (`hostPort`): the pod's address and port.
    pub fn host_port(&self, port: u16, udp: bool) -> Option<(String, u16)> {
        let wanted = if udp { "UDP" } else { "TCP" };
        let open = self.sandboxes.values().filter(|s| !s.stopped);
        open.flat_map(|s| s.host_ports.iter().map(move |p| (s, p)))
            .find(|(_, (host, _, protocol))| *host == port && protocol == wanted)
            .map(|(s, (_, inner, _))| (s.ip.clone(), *inner))
    }

    /// Hands what was sent to the pod with that address; a server that writes about it does so.
    pub fn deliver(&mut self, now: Timestamp, arrival: &Arrival<'_>) -> Reaction {
        let here = self.sandboxes.iter().filter(|(_, s)| {
            !s.stopped && s.ip == arrival.ip && (!arrival.ip.is_empty() || s.host_network)
        });
        let here: Vec<&Text> = here.map(|(id, _)| id).collect();
        if here.is_empty() && !arrival.ip.is_empty() {
            return Reaction::NoHost;
        }
        if arrival.udp && arrival.port == 0 {
            // An echo request: the pod's own network answers.
            return Reaction::Data(Vec::new(), Duration::ZERO);
        }
        let listener = self
            .containers
            .values()
            .find(|c| here.contains(&&c.sandbox) && c.listens(arrival.port))
            .map(|c| c.id.clone());
        let Some(id) = listener else {
            return Reaction::Refused;
        };
        self.serve(now, &id, arrival)
    }

    fn serve(&mut self, now: Timestamp, id: &str, arrival: &Arrival<'_>) -> Reaction {
        let Some(c) = self.containers.get(id) else {
            return Reaction::Refused;
        };
        let kind = kind(c);
        if kind == ServerKind::CoreDns && arrival.port == 53 {
            return Reaction::Name(String::from_utf8_lossy(arrival.data).into_owned());
        }
        if arrival.udp {
            return Reaction::Refused;
        }
        if kind == ServerKind::ControlPlane && c.config.name == "kube-apiserver" {
            return Reaction::Api;
        }
        let sandbox = self.sandboxes.get(&c.sandbox);
        let server = Server {
            kind,
            config: &c.config,
            hostname: sandbox.map_or("", |s| s.hostname.as_str()),
            ip: arrival.ip,
            since: self.boots.get(id).copied().unwrap_or(now),
            files: &|file| self.read_file(c, file),
        };
        let request = Request {
            now,
            from: arrival.from,
            data: arrival.data,
        };
        let served = http::serve(&server, &request);
        let mut took = Duration::ZERO;
        if let Some(c) = self.containers.get_mut(id) {
            took = c.note_request(now);
            for line in served.log {
                c.tell_attached(1, [line.text.as_bytes(), b"\n"].concat());
                c.write_log(line);
            }
        }
        Reaction::Data(served.data, took)
    }
}

/// Which server a container runs.
pub fn kind(c: &SimContainer) -> ServerKind {
    match (&c.process, catalogue::lookup(&c.config.image).entry) {
        (Process::Server(kind), _) => *kind,
        (_, Entry::Server(kind)) => kind,
        _ => ServerKind::Generic,
    }
}
