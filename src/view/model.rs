//! The page's side of the view: applies frames, and hands out snapshots that share what did not change.

use super::frame::{
    ActivityLine, Component, Flow, Frame, Item, Key, Namespace, NodeCard, Placement, PodCell,
    PodState, Pulse, ServiceDoor, Workload, node_key,
};
use super::nodes::COMPONENTS;
use super::protocol::ClockState;
use crate::collections::{Arrange, SortedMap, SortedSet};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Deref;
use std::rc::Rc;

/// Activity lines kept.
const ACTIVITY: usize = 400;
/// Requests kept for drawing.
const FLOWS: usize = 36;

/// A value that is compared by identity: equal means the very same.
#[derive(Debug)]
pub struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Shares a value.
    pub fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}
impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A node and the pods on it, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct NodeView {
    pub card: NodeCard,
    pub pods: Vec<Shared<PodCell>>,
}

/// How many pods there are, and how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub nodes: usize,
    pub pods: usize,
    pub ready: usize,
    pub trouble: usize,
    /// Pods that are neither of the cluster itself nor done.
    pub own: usize,
    /// Pods on the fullest node.
    pub most: usize,
}

impl Totals {
    /// Counts a pod in, or out.
    fn count(&mut self, pod: &PodCell, by: fn(usize, usize) -> usize) {
        let add = |n: &mut usize, holds: bool| *n = by(*n, usize::from(holds));
        add(&mut self.pods, true);
        add(&mut self.ready, pod.state == PodState::Ready);
        add(&mut self.trouble, pod.state.is_trouble());
        add(&mut self.own, !pod.system);
    }
}

/// Everything the page shows, as of one frame. Cloning is cheap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub clock: ClockState,
    pub revision: u64,
    pub nodes: Shared<Vec<Shared<NodeView>>>,
    /// Pods without a node (or with one that is gone), the oldest first.
    pub waiting: Shared<Vec<Shared<PodCell>>>,
    pub services: Shared<Vec<Shared<ServiceDoor>>>,
    pub workloads: Shared<Vec<Shared<Workload>>>,
    pub components: Shared<Vec<Shared<Component>>>,
    pub namespaces: Shared<Vec<Namespace>>,
    /// The newest last.
    pub activity: Shared<Vec<Shared<ActivityLine>>>,
    pub pulses: Shared<SortedMap<String, u64>>,
    pub placement: Option<Shared<Placement>>,
    /// The latest requests, each with a number that counts up.
    pub flows: Shared<Vec<(u64, Flow)>>,
    pub totals: Totals,
}

type PodOrder = (i64, Key);

/// The page's copy of what the view sends.
#[derive(Clone, Debug, Default)]
pub struct Model {
    cards: SortedMap<String, NodeCard>,
    pods: BTreeMap<Key, Shared<PodCell>>,
    on: SortedMap<String, BTreeMap<PodOrder, Shared<PodCell>>>,
    services: SortedMap<Key, Shared<ServiceDoor>>,
    workloads: SortedMap<Key, Shared<Workload>>,
    components: SortedMap<String, Shared<Component>>,
    namespaces: SortedMap<String, Namespace>,
    activity: VecDeque<Shared<ActivityLine>>,
    views: SortedMap<String, Shared<NodeView>>,
    /// Nodes whose view is to be made anew; "" stands for the waiting pods.
    stale: SortedSet<String>,
    /// What is counted of pods, kept as they come and go.
    counted: Totals,
    last: Snapshot,
}

#[derive(Default)]
struct Touched {
    services: bool,
    workloads: bool,
    components: bool,
    namespaces: bool,
    nodes: bool,
}

impl Model {
    /// A model that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies a frame and gives what is to be shown now.
    pub fn apply(&mut self, frame: &Frame) -> Snapshot {
        let mut touched = Touched::default();
        for item in &frame.upserts {
            self.upsert(item, &mut touched);
        }
        for key in &frame.removes {
            self.remove(key, &mut touched);
        }
        self.last.clock = frame.clock;
        self.last.revision = frame.revision;
        self.refresh_nodes(&touched);
        if touched.services {
            self.last.services = Shared::new(self.services.values().cloned().collect());
        }
        if touched.workloads {
            self.last.workloads = Shared::new(self.workloads.values().cloned().collect());
        }
        if touched.components {
            let order = COMPONENTS.iter().filter_map(|c| self.components.get(*c));
            self.last.components = Shared::new(order.cloned().collect());
        }
        if touched.namespaces {
            self.last.namespaces = Shared::new(self.namespaces.values().cloned().collect());
        }
        self.tell(&frame.activity);
        self.pulse(&frame.pulses);
        self.flow(&frame.flows);
        if let Some(placement) = frame.placements.last() {
            self.last.placement = Some(Shared::new(placement.clone()));
        }
        self.last.clone()
    }

    fn upsert(&mut self, item: &Item, touched: &mut Touched) {
        match item {
            Item::Node(card) => {
                touched.nodes |= !self.cards.contains_key(&card.name);
                self.stale.insert(card.name.clone());
                self.cards.insert(card.name.clone(), card.clone());
            }
            Item::Pod(cell) => {
                let key = item.key();
                self.remove_pod(&key);
                let cell = Shared::new(cell.clone());
                self.counted.count(&cell, usize::wrapping_add);
                self.stale.insert(cell.node.clone());
                let on = self.on.entry(cell.node.clone()).or_default();
                on.insert((cell.created_ms, key.clone()), cell.clone());
                self.pods.insert(key, cell);
            }
            Item::Service(door) => {
                touched.services = true;
                self.services.insert(item.key(), Shared::new(door.clone()));
            }
            Item::Workload(w) => {
                touched.workloads = true;
                self.workloads.insert(item.key(), Shared::new(w.clone()));
            }
            Item::Component(c) => {
                touched.components = true;
                self.components
                    .insert(c.name.clone(), Shared::new(c.clone()));
            }
            Item::Namespace(n) => {
                touched.namespaces = true;
                self.namespaces.insert(n.name.clone(), n.clone());
            }
        }
    }

    fn remove(&mut self, key: &Key, touched: &mut Touched) {
        if key.starts_with("pod/") {
            self.remove_pod(key);
        } else if let Some(name) = key.strip_prefix("node/") {
            touched.nodes |= self.cards.remove(name).is_some();
            self.views.remove(name);
        } else if let Some(name) = key.strip_prefix("namespace/") {
            touched.namespaces |= self.namespaces.remove(name).is_some();
        } else {
            touched.services |= self.services.remove(key).is_some();
            touched.workloads |= self.workloads.remove(key).is_some();
        }
    }

    fn remove_pod(&mut self, key: &Key) {
        let Some(cell) = self.pods.remove(key) else {
            return;
        };
        self.counted.count(&cell, usize::wrapping_sub);
        self.stale.insert(cell.node.clone());
        if let Some(on) = self.on.get_mut(&cell.node) {
            on.remove(&(cell.created_ms, key.clone()));
            if on.is_empty() {
                self.on.remove(&cell.node);
            }
        }
    }

    fn refresh_nodes(&mut self, touched: &Touched) {
        if self.stale.is_empty() && !touched.nodes {
            return;
        }
        let mut waiting = touched.nodes;
        for name in std::mem::take(&mut self.stale) {
            let Some(card) = self.cards.get(&name) else {
                waiting = true;
                continue;
            };
            let pods = self.on.get(&name);
            let pods = pods.map_or_else(Vec::new, |on| on.values().cloned().collect());
            let card = card.clone();
            self.views
                .insert(name, Shared::new(NodeView { card, pods }));
        }
        self.last.nodes = Shared::new(self.views.values().cloned().collect());
        if waiting {
            let homeless = |(node, _): &(&String, _)| !self.cards.contains_key(*node);
            let lost = self.on.iter().filter(homeless);
            let lost: Vec<_> = lost.collect();
            let mut pods: Vec<_> = lost.iter().flat_map(|(_, on)| on.iter()).collect();
            // Those of one node are in order already.
            if lost.len() > 1 {
                pods.arrange_by(|a, b| a.0.cmp(b.0));
            }
            let pods = pods.into_iter().map(|(_, p)| p.clone()).collect();
            self.last.waiting = Shared::new(pods);
        }
        self.last.totals = self.totals();
    }

    fn totals(&self) -> Totals {
        Totals {
            nodes: self.cards.len(),
            most: self.views.values().map(|v| v.pods.len()).max().unwrap_or(0),
            ..self.counted
        }
    }

    fn tell(&mut self, lines: &[ActivityLine]) {
        if lines.is_empty() {
            return;
        }
        self.activity.extend(lines.iter().cloned().map(Shared::new));
        while self.activity.len() > ACTIVITY {
            self.activity.pop_front();
        }
        self.last.activity = Shared::new(self.activity.iter().cloned().collect());
    }

    fn flow(&mut self, flows: &[Flow]) {
        if flows.is_empty() {
            return;
        }
        let mut all = (*self.last.flows).clone();
        let mut next = all.last().map_or(0, |(id, _)| *id);
        for flow in flows {
            next += 1;
            all.push((next, flow.clone()));
        }
        all.drain(..all.len().saturating_sub(FLOWS));
        self.last.flows = Shared::new(all);
    }

    fn pulse(&mut self, pulses: &[Pulse]) {
        if pulses.is_empty() {
            return;
        }
        let mut counts = (*self.last.pulses).clone();
        for pulse in pulses {
            *counts.entry(pulse.who.clone()).or_default() += u64::from(pulse.count);
        }
        self.last.pulses = Shared::new(counts);
    }

    /// The pod of a key.
    pub fn pod(&self, key: &str) -> Option<&Shared<PodCell>> {
        self.pods.get(key)
    }

    /// The keys of things with this name, for making names in the terminal clickable.
    pub fn named(&self, name: &str) -> Option<Key> {
        if self.cards.contains_key(name) {
            return Some(node_key(name));
        }
        // The default namespace first: that is where people work.
        let pod = super::frame::pod_key("default", name);
        if self.pods.contains_key(&pod) {
            return Some(pod);
        }
        let system = super::frame::pod_key("kube-system", name);
        self.pods.contains_key(&system).then_some(system)
    }
}

impl Snapshot {
    /// How far the map is zoomed out when it decides by itself.
    pub fn natural_zoom(&self) -> Zoom {
        match (self.totals.pods, self.totals.nodes, self.totals.most) {
            (_, nodes, _) if nodes > 250 => Zoom::Heat,
            (pods, _, most) if pods > 1500 || most > 130 => Zoom::Cells,
            (pods, nodes, most) if pods > 80 || most > 24 || nodes > 12 => Zoom::Glyphs,
            _ => Zoom::Names,
        }
    }

    /// The highest pulse count of those whose name begins so.
    pub fn pulses_of(&self, prefix: &str) -> u64 {
        let from = self.pulses.range(prefix.to_owned()..);
        from.take_while(|(k, _)| k.starts_with(prefix))
            .map(|(_, n)| n)
            .sum()
    }
}

/// How much of each pod the map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zoom {
    /// Nodes as squares.
    Heat,
    /// Pods as small squares.
    Cells,
    /// Pods as glyphs.
    Glyphs,
    /// Pods as glyphs with their names.
    #[default]
    Names,
}

impl Zoom {
    /// One step further in, or out.
    pub fn step(self, inwards: bool) -> Zoom {
        const ALL: [Zoom; 4] = [Zoom::Heat, Zoom::Cells, Zoom::Glyphs, Zoom::Names];
        let at = self as usize;
        let to = if inwards {
            at + 1
        } else {
            at.saturating_sub(1)
        };
        ALL[to.min(3)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, node: &str, state: PodState) -> Item {
        Item::Pod(PodCell {
            namespace: "default".into(),
            name: name.into(),
            node: node.into(),
            state,
            ..PodCell::default()
        })
    }

    #[test]
    fn frames_touch_only_what_they_name() {
        let mut model = Model::new();
        let node = |name: &str| {
            Item::Node(NodeCard {
                name: name.into(),
                ..NodeCard::default()
            })
        };
        let first = model.apply(&Frame {
            upserts: vec![
                node("a"),
                node("b"),
                pod("p", "", PodState::Pending),
                pod("q", "a", PodState::Ready),
            ],
            ..Frame::default()
        });
        assert_eq!((first.nodes.len(), first.waiting.len()), (2, 1));
        let second = model.apply(&Frame {
            upserts: vec![pod("p", "b", PodState::Ready)],
            ..Frame::default()
        });
        assert_eq!(first.nodes[0], second.nodes[0]);
        assert_ne!(first.nodes[1], second.nodes[1]);
        assert_eq!((second.waiting.len(), second.totals.ready), (0, 2));
        let third = model.apply(&Frame {
            removes: vec!["node/b".into(), "pod/default/q".into()],
            ..Frame::default()
        });
        assert_eq!((third.nodes.len(), third.waiting.len()), (1, 1));
        assert_eq!(third.nodes[0].pods.len(), 0);
        let totals = (third.totals.pods, third.totals.ready, third.totals.own);
        assert_eq!(totals, (1, 1, 1));
    }
}
