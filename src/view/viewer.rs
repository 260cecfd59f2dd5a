//! The worker's side of the view: watches the API, is told traces, and gives frames of what changed.

use super::activity::Activity;
use super::decisions::Decisions;
use super::frame::{Frame, Item, Key, Machine, Placement, node_key, pod_key};
use super::inspect::Inspection;
use super::nodes::{self, COMPONENTS};
use super::pods::{Around, pod_cell};
use super::protocol::{ClockState, ObjectRef};
use super::services::{SERVICE_NAME, service_door};
use super::store::{
    Change, ENDPOINT_SLICE, EVENT, NAMESPACE, NODE, Objects, POD, SERVICE, key_parts,
};
use super::trace::Trace;
use super::traffic::Traffic;
use super::workloads::{WORKLOADS, workload};
use crate::apimachinery::http::ApiClient;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::{SortedMap, SortedSet};
use std::collections::{BTreeMap, BTreeSet};

/// The most items that one frame carries; the rest follows in the next ones.
pub const FRAME_ITEMS: usize = 600;
/// On how many nodes a decision of the scheduler is told.
pub const VERDICTS: usize = 50;
const PLACEMENTS: usize = 8;

/// What may have changed on the map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Component(usize),
    Namespace(String),
    Node(String),
    Workload(usize, String),
    Service(String),
    Pod(String),
}

/// The view of one cluster.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    pub(super) objects: Objects,
    pub(super) activity: Activity,
    pub(super) scheduled: Decisions,
    machines: SortedMap<String, Machine>,
    pulling: SortedSet<String>,
    dirty: BTreeSet<Dirty>,
    /// The sums of the items as they were sent last: which of them changed is all that is asked.
    sent: BTreeMap<Key, u64>,
    placements: Vec<Placement>,
    traffic: Traffic,
    subject: Option<ObjectRef>,
    inspected: Option<Inspection>,
    stale: bool,
}

/// Stands for an item as it is: FNV-1a of 64 bits over all that is sent of it; none where it cannot be sent.
fn sum(item: &Item) -> Option<u64> {
    let bytes = postcard::to_allocvec(item).ok()?;
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    });
    Some(sum)
}

impl Viewer {
    /// A view that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what the API and the cluster have told since the last turn. Cheap where nothing happened.
    pub fn turn(&mut self, now: Timestamp, api: &mut dyn ApiClient, traces: Vec<Trace>) {
        let changes = self.objects.poll(api);
        self.stale |= !changes.is_empty();
        for change in &changes {
            self.activity.change(change, now);
            self.mark(change);
        }
        for trace in traces {
            self.trace(trace);
        }
    }

    /// Ends its watches.
    pub fn close(&mut self, api: &mut dyn ApiClient) {
        self.objects.close(api);
    }

    fn trace(&mut self, trace: Trace) {
        match trace {
            Trace::Write(write) => self.activity.write(write),
            Trace::Passed(passed) => {
                self.traffic.take(&passed);
                self.activity.kept_out(&passed);
                if !passed.service.is_empty() {
                    self.dirty.insert(Dirty::Service(passed.service));
                }
            }
            Trace::Machine { node, state } => {
                self.machines.insert(node.clone(), state);
                self.dirty.insert(Dirty::Node(node));
                self.stale = true;
            }
            Trace::Scheduled(scheduled) => {
                let key = pod_key(&scheduled.namespace, &scheduled.pod);
                self.placements.push(Placement {
                    pod: key.clone(),
                    chosen: scheduled.chosen.clone().unwrap_or_default(),
                    verdicts: scheduled.verdicts.clone(),
                });
                if self.placements.len() > PLACEMENTS {
                    self.placements.remove(0);
                }
                self.scheduled.insert(key, scheduled);
                self.stale = true;
            }
        }
    }

    /// Notes which items a change touches.
    fn mark(&mut self, change: &Change) {
        let key = change.key.clone();
        let latest = change.new.as_ref().or(change.old.as_ref());
        match change.kind {
            POD => self.mark_pod(change),
            NODE => {
                let health = |o: &Option<Value>| o.as_ref().map(nodes::health);
                if health(&change.old) != health(&change.new) {
                    let on: Vec<String> = self.objects.pods_on(&key).map(Value::key).collect();
                    self.dirty.extend(on.into_iter().map(Dirty::Pod));
                }
                self.dirty.insert(Dirty::Node(key));
            }
            NAMESPACE => drop(self.dirty.insert(Dirty::Namespace(key))),
            SERVICE => drop(self.dirty.insert(Dirty::Service(key))),
            ENDPOINT_SLICE => {
                for slice in [&change.old, &change.new].into_iter().flatten() {
                    if let Some(name) = slice.label(SERVICE_NAME) {
                        let key = format!("{}/{name}", slice.namespace());
                        self.dirty.insert(Dirty::Service(key));
                    }
                }
            }
            EVENT => {
                if let (Some(_), Some(event)) = (&change.new, latest) {
                    self.mark_event(event);
                }
            }
            kind => {
                if let Some(i) = WORKLOADS.iter().position(|k| *k == kind) {
                    self.dirty.insert(Dirty::Workload(i, key));
                }
            }
        }
    }

    fn mark_pod(&mut self, change: &Change) {
        self.dirty.insert(Dirty::Pod(change.key.clone()));
        for pod in [&change.old, &change.new].into_iter().flatten() {
            let node = pod.at(&["spec", "nodeName"]).str();
            if !node.is_empty() {
                self.dirty.insert(Dirty::Node(node.to_owned()));
            }
            if let Some(component) = pod.label("component")
                && let Some(i) = COMPONENTS.iter().position(|c| *c == component)
            {
                self.dirty.insert(Dirty::Component(i));
            }
        }
        if change.new.is_none() {
            self.pulling.remove(&change.key);
            let (namespace, name) = key_parts(&change.key);
            self.scheduled.remove(&pod_key(namespace, name));
        }
    }

    fn mark_event(&mut self, event: &Value) {
        let involved = event.get("involvedObject");
        if involved.kind() != "Pod" {
            return;
        }
        let key = format!(
            "{}/{}",
            involved.get("namespace").str(),
            involved.get("name").str()
        );
        let changed = match event.get("reason").str() {
            "Pulling" => self.pulling.insert(key.clone()),
            "Pulled" | "Failed" | "BackOff" | "Created" | "Killing" => self.pulling.remove(&key),
            _ => false,
        };
        if changed {
            self.dirty.insert(Dirty::Pod(key));
        }
    }

    /// Whether a frame would carry anything but the clock.
    pub fn has_news(&self) -> bool {
        !self.dirty.is_empty()
            || !self.placements.is_empty()
            || self.traffic.has_news()
            || self.stale
    }

    /// Everything that changed since the frame before, at most [`FRAME_ITEMS`] items of it.
    pub fn frame(&mut self, clock: ClockState) -> Frame {
        let mut frame = Frame {
            clock,
            revision: self.objects.revision(),
            placements: std::mem::take(&mut self.placements),
            flows: self.traffic.flows(),
            ..Frame::default()
        };
        (frame.activity, frame.pulses) = self.activity.take();
        while frame.upserts.len() + frame.removes.len() < FRAME_ITEMS {
            let Some(dirty) = self.dirty.pop_first() else {
                break;
            };
            let (key, item) = self.item(&dirty);
            match item {
                Some(item) => {
                    let sum = sum(&item);
                    let before = self.sent.insert(key, sum.unwrap_or_default());
                    if sum.is_none() || before != sum {
                        frame.upserts.push(item);
                    }
                }
                None => {
                    if self.sent.remove(&key).is_some() {
                        frame.removes.push(key);
                    }
                }
            }
        }
        frame
    }

    /// Sends everything again with the next frames: for a page that has just been opened.
    pub fn resend(&mut self) {
        self.sent.clear();
        for i in 0..COMPONENTS.len() {
            self.dirty.insert(Dirty::Component(i));
        }
        let keys = |kind| self.objects.all(kind).map(|(k, _)| k.to_owned());
        self.dirty.extend(keys(NAMESPACE).map(Dirty::Namespace));
        self.dirty.extend(keys(NODE).map(Dirty::Node));
        self.dirty.extend(keys(SERVICE).map(Dirty::Service));
        self.dirty.extend(keys(POD).map(Dirty::Pod));
        for (i, kind) in WORKLOADS.iter().enumerate() {
            self.dirty
                .extend(keys(*kind).map(|k| Dirty::Workload(i, k)));
        }
        self.inspected = None;
        self.stale = true;
    }

    fn item(&self, dirty: &Dirty) -> (Key, Option<Item>) {
        match dirty {
            Dirty::Component(i) => {
                let item = Item::Component(nodes::component(COMPONENTS[*i], &self.objects));
                (item.key(), Some(item))
            }
            Dirty::Namespace(name) => (
                super::frame::key("namespace", "", name),
                self.objects
                    .get(NAMESPACE, name)
                    .map(|o| Item::Namespace(nodes::namespace(o))),
            ),
            Dirty::Node(name) => (
                node_key(name),
                self.objects
                    .get(NODE, name)
                    .map(|o| Item::Node(nodes::node_card(o, &self.objects, self.machine(name)))),
            ),
            Dirty::Workload(i, key) => {
                let kind = WORKLOADS[*i];
                let (namespace, name) = key_parts(key);
                let object = self.objects.get(kind, key);
                (
                    super::frame::key(kind.kind, namespace, name),
                    object.map(|o| Item::Workload(workload(kind, o))),
                )
            }
            Dirty::Service(key) => {
                let (namespace, name) = key_parts(key);
                let object = self.objects.get(SERVICE, key);
                (
                    super::frame::key("service", namespace, name),
                    object.map(|o| {
                        let requests = self.traffic.counts(key);
                        Item::Service(service_door(o, &self.objects, requests))
                    }),
                )
            }
            Dirty::Pod(key) => {
                let (namespace, name) = key_parts(key);
                let object = self.objects.get(POD, key);
                (
                    pod_key(namespace, name),
                    object.map(|o| Item::Pod(pod_cell(o, self.around(key, o)))),
                )
            }
        }
    }

    /// How the machine behind a node is.
    pub fn machine(&self, node: &str) -> Machine {
        self.machines.get(node).copied().unwrap_or_default()
    }

    pub(super) fn around(&self, key: &str, pod: &Value) -> Around {
        let node = self.objects.get(NODE, pod.at(&["spec", "nodeName"]).str());
        Around {
            pulling: self.pulling.contains(key),
            node_lost: node.is_some_and(|n| nodes::health(n) == super::frame::NodeHealth::Unknown),
        }
    }

    /// Opens the inspector on an object, or closes it.
    pub fn inspect(&mut self, subject: Option<ObjectRef>) {
        self.subject = subject;
        self.inspected = None;
        self.stale = true;
    }

    /// The inspected object anew, where anything about it changed since the last call.
    pub fn inspection(&mut self, now: Timestamp, api: &mut dyn ApiClient) -> Option<Inspection> {
        if !std::mem::take(&mut self.stale) {
            return None;
        }
        let subject = self.subject.clone()?;
        let inspection = self.inspect_now(&subject, now, api);
        if self.inspected.as_ref() == Some(&inspection) {
            return None;
        }
        self.inspected = Some(inspection.clone());
        Some(inspection)
    }

    /// The objects that the view knows.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }
}
