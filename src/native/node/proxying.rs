//! kube-proxy, NetworkPolicies and the cluster's name server for the real node: the same watches as for simulated nodes, whose rules a
//! thread brings into the node's network namespace, and from which names are answered.

use super::LABEL;
use super::folders::Folders;
use super::names::{Names, Question};
use super::network;
use super::nft::{Applier, Table};
use super::overlay::{self, Peer};
use super::policing::Policing;
use super::runtime::Waker;
use super::services::{self, Place};
use crate::apimachinery::cidr::Cidr;
use crate::apimachinery::http::{ApiClient, Cause, ReaderId, UserInfo};
use crate::apimachinery::{Rng, Timestamp, Value, schema};
use crate::client::{Component, Cx, Identity, Informer};
use crate::network::{Proxy, RuleSet, dns};
use anyhow::{Context as _, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// The reader of its watches; no client's has this number.
pub const READER: ReaderId = ReaderId((1 << 20) - 2);
/// The reader of the watches of policies.
pub const POLICY_READER: ReaderId = ReaderId((1 << 20) - 3);
/// How long after a failure rules are tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// Turns at the start until everything has been taken in.
const FIRST_TURNS: usize = 4;

/// What the node's table is made of.
#[derive(Clone)]
struct Wanted {
    rules: Arc<RuleSet>,
    policies: Arc<Table>,
    others: Arc<Others>,
}

/// The other real nodes whose pods can be reached: their names, and how that is done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Others {
    names: BTreeSet<String>,
    peers: BTreeSet<Peer>,
    /// Why others are not reached, by name.
    refused: BTreeMap<String, String>,
}

/// The node's part in services and names, on the node's thread.
pub struct Proxying {
    proxy: Proxy,
    policing: Policing,
    nodes: Informer,
    identity: Identity,
    rng: Rng,
    place: Place,
    /// What the thread was told last.
    told: Wanted,
    thread: Sender<Wanted>,
    questions: mpsc::Receiver<Question>,
    /// Counts answers, so that another address comes first each time.
    answers: usize,
}

/// What is to be made of rules, and where.
struct Target {
    folders: Folders,
    place: Place,
    applier: Applier,
    /// Whose pods are led to for sure.
    led: BTreeSet<Peer>,
    /// Whether those are all, and what somebody led to before has been looked at.
    is_led: bool,
    /// The range of services' addresses.
    range: Option<Cidr>,
}

impl Proxying {
    /// Brings the present rules into the node's network, begins to answer names there, and follows both from now on. `wake` is called
    /// where it wants a turn.
    ///
    /// # Errors
    /// Where the rules cannot be applied, or an address is taken.
    pub fn start(
        folders: &Folders,
        place: Place,
        (now, seed): (Timestamp, u64),
        api: &mut dyn ApiClient,
        wake: Waker,
        tasks: &Handle,
    ) -> anyhow::Result<Self> {
        let _inside = tasks.enter();
        let sockets = network::listen_for_names(folders)?;
        let (names, questions) = Names::of_cluster(wake);
        for (names, (udp, tcp)) in [(names, sockets.names), (Names::outside(), sockets.outside)] {
            let udp = tokio::net::UdpSocket::from_std(udp)?;
            let tcp = tokio::net::TcpListener::from_std(tcp)?;
            tasks.spawn(names.serve(udp, tcp));
        }
        let (thread, received) = channel();
        let mut this = Self {
            proxy: Proxy::default(),
            policing: Policing::default(),
            nodes: Informer::new(schema::resource("", "v1", "nodes").context("built in")?),
            identity: Identity {
                user: UserInfo::new("system:kube-proxy", &["system:authenticated"]).into(),
                agent: "kube-proxy/v1.36.2",
                reader: READER,
                watch_latency: Duration::ZERO,
            },
            rng: Rng::new(seed ^ 0x7072_6f78),
            place: place.clone(),
            told: Wanted {
                rules: Arc::default(),
                policies: Arc::default(),
                others: Arc::default(),
            },
            thread,
            questions,
            answers: 0,
        };
        for _ in 0..FIRST_TURNS {
            this.turn(now, api);
        }
        if !this.proxy.has_synced() || !this.nodes.has_synced() {
            bail!("the API server does not tell of services and nodes");
        }
        let mut target = Target {
            applier: Applier::new(&network::namespace(folders)),
            range: place.services.first().and_then(|r| Cidr::parse(r)),
            folders: folders.clone(),
            led: BTreeSet::new(),
            is_led: false,
            place,
        };
        // What runs from before goes on with these.
        target
            .apply(&this.told)
            .context("services cannot be led to pods")?;
        // One peer that cannot be led to keeps nothing else from starting.
        let failed = target.lead(&this.told).err().map(|why| {
            tracing::error!("{why:#}");
            this.told.clone()
        });
        std::thread::Builder::new()
            .name("services".into())
            .spawn(move || target.follow(&received, failed))?;
        Ok(this)
    }

    /// When it wants its next turn.
    pub fn next_turn(&self) -> Option<Timestamp> {
        if !self.questions.is_empty() {
            return Some(Timestamp::default());
        }
        let next = [
            self.proxy.next_deadline(),
            self.policing.next_deadline(),
            self.nodes.next_deadline(),
        ];
        next.into_iter().flatten().min()
    }

    /// Takes in what has changed, and answers what was asked.
    pub fn turn(&mut self, now: Timestamp, api: &mut dyn ApiClient) {
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            api,
            identity: &self.identity,
            cause: Cause(0),
        };
        self.proxy.turn(&mut cx);
        let mut others = self.told.others.clone();
        if !self.nodes.poll(&mut cx).is_empty() {
            let found = Others::of(self.nodes.iter(), &self.place);
            if *others != found {
                found.tell(&others);
                others = Arc::new(found);
            }
        }
        self.policing.turn(&mut cx, &self.place);
        let wanted = Wanted {
            rules: self.proxy.rules().clone(),
            policies: self.policing.table().clone(),
            others,
        };
        let same = Arc::ptr_eq(&wanted.rules, &self.told.rules)
            && Arc::ptr_eq(&wanted.policies, &self.told.policies)
            && Arc::ptr_eq(&wanted.others, &self.told.others);
        if !same {
            self.told = wanted;
            // Nobody hears it before the thread has begun with the first, or after its end.
            let _ = self.thread.send(self.told.clone());
        }
        while let Ok((question, reply)) = self.questions.try_recv() {
            self.answers = self.answers.wrapping_add(1);
            let _ = reply.send(dns::answer(&self.proxy, &question, self.answers));
        }
    }
}

impl Others {
    /// Those of `nodes` that are real, but for the own one. A range belongs to the oldest Node that has it, after this one.
    fn of<'a>(nodes: impl Iterator<Item = &'a Value>, place: &Place) -> Self {
        let mut nodes: Vec<&Value> = nodes.filter(|n| n.name() != place.node).collect();
        let age =
            |node: &Value| Timestamp::parse(node.at(&["metadata", "creationTimestamp"]).str());
        nodes.sort_by_cached_key(|node| (age(node), node.name().to_owned()));
        let mut others = Self::default();
        let mut owners = BTreeMap::from([(place.pods.as_str(), place.node.as_str())]);
        for node in nodes {
            let name = node.name();
            let found = match node.label(LABEL.0) {
                Some(_) => overlay::peer(node),
                None => Ok(None),
            };
            let range = node.at(&["spec", "podCIDR"]).str();
            let found = match (found, owners.get(range)) {
                (Ok(Some(_)), Some(owner)) => {
                    Err(format!("its spec.podCIDR {range:?} is the node {owner}'s"))
                }
                (found, _) => found,
            };
            match found {
                Ok(Some(peer)) => {
                    others.names.insert(name.to_owned());
                    others.peers.insert(peer);
                }
                Ok(None) => {}
                Err(why) => {
                    others.refused.insert(name.to_owned(), why);
                    continue;
                }
            }
            owners.entry(range).or_insert(name);
        }
        others
    }

    /// Says who is not reached, where that was not so `before`.
    fn tell(&self, before: &Self) {
        for (name, why) in &self.refused {
            if before.refused.get(name) != Some(why) {
                tracing::warn!("pods of the node {name} are not reached from here: {why}");
            }
        }
    }
}

impl Target {
    /// Applies rules as they come until there are no more to come; `failed` is tried again.
    fn follow(&mut self, received: &Receiver<Wanted>, mut failed: Option<Wanted>) {
        let mut told = Vec::new();
        loop {
            let next = match &failed {
                None => received.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => received.recv_timeout(AGAIN),
            };
            let next = match (next, failed.take()) {
                (Ok(next), _) => next,
                (Err(RecvTimeoutError::Timeout), Some(again)) => again,
                _ => return,
            };
            let newest = received.try_iter().last().unwrap_or(next);
            let done = [
                self.apply(&newest)
                    .context("services of real pods are not up to date"),
                self.lead(&newest),
            ];
            let why = done.into_iter().filter_map(Result::err);
            let why: Vec<String> = why.map(|why| format!("{why:#}")).collect();
            // What goes on to fail is not said anew each time.
            for why in why.iter().filter(|why| !told.contains(*why)) {
                tracing::error!("{why}");
            }
            failed = (!why.is_empty()).then_some(newest);
            told = why;
        }
    }

    /// Leads to the pods of other machines, and of no others.
    fn lead(&mut self, wanted: &Wanted) -> anyhow::Result<()> {
        let peers = &wanted.others.peers;
        if self.place.overlay.is_none() || self.is_led && self.led == *peers {
            return Ok(());
        }
        // What was done of it in vain is read back next time.
        let sure = std::mem::take(&mut self.led);
        self.is_led = false;
        overlay::lead(&self.folders, &self.place.pods, &sure, peers)
            .context("pods of other machines are not all reached")?;
        self.led.clone_from(peers);
        self.is_led = true;
        Ok(())
    }

    fn apply(&mut self, wanted: &Wanted) -> anyhow::Result<()> {
        let rules = &wanted.rules;
        let policies = (*wanted.policies).clone();
        let table = services::table(rules, policies, &self.place, &wanted.others.names);
        self.applier.apply(table)?;
        let balancers = Cidr::parse(network::BALANCERS);
        let led = |range: Option<Cidr>, ip: &IpAddr| match ip {
            IpAddr::V4(ip) => range.is_some_and(|r| r.contains(*ip)).then_some(*ip),
            IpAddr::V6(_) => None,
        };
        let addresses = rules.iter().flat_map(|rule| {
            let own = rule.cluster_ips.iter().filter_map(|ip| led(self.range, ip));
            // Other external addresses may be of use to this machine elsewhere.
            own.chain(rule.external_ips.iter().filter_map(|ip| led(balancers, ip)))
        });
        let mut addresses: BTreeSet<Ipv4Addr> = addresses.collect();
        addresses.insert(network::CLUSTER_DNS);
        network::lead(&self.folders, &addresses).context("routes to services")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_range_belongs_to_the_oldest_node_and_nobody_takes_ones_own() {
        let node = |name: &str, age: &str, range: &str, last: u8| {
            tree!({"metadata": {"name": name, "creationTimestamp": age, "labels": {"kubarium.dev/runtime": "containerd"}},
                "spec": {"podCIDR": range},
                "status": {"addresses": [{"type": "InternalIP", "address": format!("192.0.2.{last}")}]}})
        };
        let place = Place {
            node: "own".into(),
            node_ips: Vec::new(),
            pods: "10.243.0.0/24".into(),
            services: Vec::new(),
            own: ([10, 96, 0, 10].into(), 53),
            outside: (network::INNER, network::NODE_IP),
            overlay: Some(overlay::DEVICE),
        };
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        let mut simulated = node("worker-1", late, "10.244.0.0/24", 9);
        simulated.set_at(&["metadata", "labels"], tree!({}));
        let nodes = [
            node("own", late, "10.243.0.0/24", 1),
            node("a-robber", late, "10.244.1.0/24", 2),
            node("b", early, "10.244.1.0/24", 3),
            node("c-robber", early, "10.243.0.0/24", 4),
            node("d-robber", early, "192.0.2.0/24", 5),
            node("e", late, "10.244.2.0/24", 6),
            node("f-same-age", late, "10.244.2.0/24", 7),
            node("x-robber", late, "10.244.0.0/24", 8),
            simulated,
        ];
        let others = Others::of(nodes.iter(), &place);
        let names: Vec<&str> = others.names.iter().map(String::as_str).collect();
        assert_eq!(names, ["b", "e"]);
        let peers = others.peers.iter();
        let peers: Vec<_> = peers
            .map(|p| (p.pods.as_str(), p.machine.octets()[3]))
            .collect();
        assert_eq!(peers, [("10.244.1.0/24", 3), ("10.244.2.0/24", 6)]);
        let refused: Vec<_> = others.refused.keys().map(String::as_str).collect();
        let wanted = ["a-robber", "c-robber", "d-robber", "f-same-age", "x-robber"];
        assert_eq!(refused, wanted);
        assert!(others.refused["c-robber"].contains("the node own's"));
    }
}
