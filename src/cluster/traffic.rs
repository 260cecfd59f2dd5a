//! What travels between pods, nodes and the user's workstation: routed by the rules that kube-proxy left on the sender's
//! node, delivered to servers, answered; each way takes simulated time, and what a broken network swallows is never answered.

mod api;
mod entry;
mod exchange;
mod policy;
mod report;

use crate::collections::SortedMap;
pub use report::{Hop, Outcome};

use super::{Cluster, InProcess, RuntimeKind, identity, turn};
use crate::apimachinery::http::ReaderId;
use crate::apimachinery::{Rng, Timestamp};
use crate::client::Identity;
use crate::network::{Backend, Proxy, RuleSet};
use crate::shell::net::{Answer, Exchange};
use exchange::Flight;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// kube-proxy, one for all nodes: their rules are the same.
pub(super) const PROXY: ReaderId = ReaderId(3);
/// What travels.
pub(super) const NETWORK: ReaderId = ReaderId(4);
/// Makes the network's chance its own, so that traffic changes nothing else that is drawn.
const SEED: u64 = 0x006e_6574_776f_726b;

/// Who waits for an answer.
#[derive(Clone, Debug)]
pub(super) enum Client {
    /// A program of a container on a machine: its container and its own number.
    Container(String, String, u64),
    /// A user's workstation, and its own number.
    Workstation(u32, u64),
    /// A connection that is forwarded to a pod.
    Forward(crate::apimachinery::http::StreamId),
    /// A request that the API server handed on to an address and port, with TLS or without.
    Proxy(crate::apimachinery::http::StreamId, Ipv4Addr, u16, bool),
}

/// All that travels, and by which rules.
#[derive(Clone)]
pub(super) struct Traffic {
    enabled: bool,
    proxy: Proxy,
    identity: Identity,
    rng: Rng,
    /// The rules as they stand on each node.
    rules: SortedMap<String, Arc<RuleSet>>,
    flights: SortedMap<(Timestamp, u64), Flight>,
    next: u64,
    /// Which backend a client keeps to, and until when (`sessionAffinity: ClientIP`).
    affinity: SortedMap<(String, String), (Backend, Timestamp)>,
    to_workstations: Vec<(u32, u64, Answer)>,
    hops: VecDeque<Hop>,
}

impl Traffic {
    pub(super) fn new(config: &super::ClusterConfig) -> Self {
        Self {
            enabled: config.runtime == RuntimeKind::Simulated && config.add_ons,
            proxy: Proxy::default(),
            identity: identity(
                "system:serviceaccount:kube-system:kube-proxy",
                &[
                    "system:serviceaccounts",
                    "system:serviceaccounts:kube-system",
                    "system:authenticated",
                ],
                "kube-proxy/v1.36.2",
                PROXY,
                config,
            ),
            rng: Rng::new(config.seed ^ SEED),
            rules: SortedMap::new(),
            flights: SortedMap::new(),
            next: 0,
            affinity: SortedMap::new(),
            to_workstations: Vec::new(),
            hops: VecDeque::new(),
        }
    }
}

impl Cluster {
    /// Sends something from a user's workstation, which stands in the network of the nodes.
    pub fn send_from_workstation(&mut self, workstation: u32, exchange: Exchange) {
        let client = Client::Workstation(workstation, exchange.id);
        self.launch(client, None, "", exchange);
    }

    /// Answers for a workstation since the last call.
    pub fn take_workstation_answers(&mut self, workstation: u32) -> Vec<(u64, Answer)> {
        let (mine, others) = std::mem::take(&mut self.traffic.to_workstations)
            .into_iter()
            .partition(|(of, ..)| *of == workstation);
        self.traffic.to_workstations = others;
        let mine: Vec<(u32, u64, Answer)> = mine;
        mine.into_iter()
            .map(|(_, id, answer)| (id, answer))
            .collect()
    }

    /// What travelled since the last call, as far as it is kept.
    pub fn take_traffic(&mut self) -> Vec<Hop> {
        self.traffic.hops.drain(..).collect()
    }

    pub(super) fn start_traffic(&mut self) {
        if self.traffic.enabled {
            self.wake(PROXY, self.now);
        }
    }

    /// Gives kube-proxy its turn; nodes on which it runs take new rules on.
    pub(super) fn turn_proxy(&mut self) {
        if !self.traffic.enabled || !self.config.add_ons {
            return;
        }
        let reachable = self.running[0];
        let mut api = InProcess {
            server: &mut self.api,
            now: self.now,
            reachable,
        };
        let before = self.traffic.proxy.version();
        let next = turn(
            &mut self.traffic.proxy,
            &mut api,
            &mut self.rng,
            &self.traffic.identity,
            self.now,
        );
        self.plan(PROXY, next);
        if self.traffic.proxy.version() != before {
            for node in self.machines.keys().cloned().collect::<Vec<_>>() {
                self.sync_rules(&node);
            }
        }
    }

    /// The rules of a node: the newest where its kube-proxy runs and hears of them, otherwise those it had.
    fn sync_rules(&mut self, node: &str) -> Option<Arc<RuleSet>> {
        let machine = self.machines.get(node)?;
        if !machine.kubelet.is_powered() {
            self.traffic.rules.remove(node);
            return None;
        }
        let newest = self.traffic.proxy.rules();
        let own = self.traffic.rules.get(node);
        if own.is_some_and(|own| Arc::ptr_eq(own, newest)) {
            return own.cloned();
        }
        let runs = !machine.cut
            && machine
                .kubelet
                .running_containers()
                .any(|(ns, _, container, _)| ns == "kube-system" && container == "kube-proxy");
        if runs {
            self.traffic.rules.insert(node.to_owned(), newest.clone());
        }
        self.traffic.rules.get(node).cloned()
    }

    /// Takes what a machine's programs sent on its way.
    pub(super) fn collect_sent(&mut self, node: &str) {
        let Some(machine) = self.machines.get_mut(node) else {
            return;
        };
        let sent = machine.kubelet.runtime_mut().take_sent();
        for s in sent {
            let client = Client::Container(node.to_owned(), s.container, s.exchange.id);
            self.launch(client, Some(node), &s.ip, s.exchange);
        }
    }
}
