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
use std::collections::BTreeSet;
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

/// The other real nodes: their names, and how their pods are reached.
#[derive(Default, PartialEq, Eq)]
struct Others {
    names: BTreeSet<String>,
    peers: BTreeSet<Peer>,
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
    /// Whose pods are led to.
    led: BTreeSet<Peer>,
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
            place,
        };
        // What runs from before goes on with these.
        target
            .apply(&this.told)
            .context("services cannot be led to pods")?;
        std::thread::Builder::new()
            .name("services".into())
            .spawn(move || target.follow(&received))?;
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
            let found = Others::of(self.nodes.iter(), &self.place.node);
            if *others != found {
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
    /// Those of `nodes` that are real, but for `own`.
    fn of<'a>(nodes: impl Iterator<Item = &'a Value>, own: &str) -> Self {
        let mut others = Self::default();
        for node in nodes.filter(|n| n.name() != own && n.label(LABEL.0).is_some()) {
            others.names.insert(node.name().to_owned());
            others.peers.extend(overlay::peer(node));
        }
        others
    }
}

impl Target {
    /// Applies rules as they come until there are no more to come.
    fn follow(&mut self, received: &Receiver<Wanted>) {
        let mut failed: Option<Wanted> = None;
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
            if let Err(why) = self.apply(&newest) {
                tracing::error!("services of real pods are not up to date: {why:#}");
                failed = Some(newest);
            }
        }
    }

    fn apply(&mut self, wanted: &Wanted) -> anyhow::Result<()> {
        let rules = &wanted.rules;
        let policies = (*wanted.policies).clone();
        let others = &wanted.others;
        if self.place.overlay.is_some() && self.led != others.peers {
            let led = overlay::lead(&self.folders, &self.place.pods, &self.led, &others.peers);
            led.context("the way to pods of other machines")?;
            self.led.clone_from(&others.peers);
        }
        let table = services::table(rules, policies, &self.place, &others.names);
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
