//! What a kubelet keeps of a pod that is resized: the resources that the node has set aside, those that its containers have, and
//! what it tells of that (pkg/kubelet/allocation/state, the resize conditions of pkg/kubelet/status).

use crate::api::core::resources::{RESIZE_IN_PROGRESS, RESIZE_PENDING, resource_list};
use crate::api::core_v1::{Container, Pod};
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::{Timestamp, Value};
use crate::kubelet::status::STATUSES;
use crate::kubelet::worker::{PodWorker, is_sidecar};
use crate::tree;

/// The lists of containers that have resources.
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// The resources of a pod and of each of its containers.
#[derive(Clone, Debug)]
pub struct Amounts {
    /// Those of the pod as a whole.
    pub pod: Value,
    containers: Vec<(String, Value)>,
}

impl Amounts {
    /// What a pod's spec asks for.
    pub fn of(pod: &Pod) -> Self {
        let spec = pod.get("spec");
        let all = CONTAINERS.iter().flat_map(|list| spec.get(list).items());
        let named = |c: &Value| (c.get("name").str().to_owned(), c.get("resources").clone());
        Self {
            pod: spec.get("resources").clone(),
            containers: all.map(named).collect(),
        }
    }

    /// Those of a container.
    pub fn container(&self, name: &str) -> &Value {
        let mut all = self.containers.iter();
        let found = all.find(|(n, _)| n == name).map(|(_, v)| v);
        found.unwrap_or(&Value::Null)
    }

    /// Notes those of a container.
    pub fn set(&mut self, name: &str, resources: Value) {
        match self.containers.iter_mut().find(|(n, _)| n == name) {
            Some((_, known)) => *known = resources,
            None => self.containers.push((name.to_owned(), resources)),
        }
    }

    /// A pod that asks for these (`UpdatePodFromAllocation`).
    pub fn put_into(&self, pod: &Pod) -> Pod {
        let mut out: Value = pod.clone().into();
        let spec = out.entry("spec");
        put(spec, &self.pod);
        for list in CONTAINERS {
            if spec.has(list) {
                for c in spec.entry(list).items_mut() {
                    let own = self.container(c.get("name").str()).clone();
                    put(c, &own);
                }
            }
        }
        Pod::from(out)
    }

    /// Whether a pod asks for these.
    pub fn are_of(&self, pod: &Pod) -> bool {
        let asked = Self::of(pod);
        let mut all = asked.containers.iter();
        same(&self.pod, &asked.pod) && all.all(|(name, r)| same(self.container(name), r))
    }
}

fn put(of: &mut Value, resources: &Value) {
    if resources.is_null() {
        of.remove("resources");
    } else {
        of.set("resources", resources.clone());
    }
}

/// Whether requests and limits are the same.
pub fn same(a: &Value, b: &Value) -> bool {
    let list = |of: &Value, kind: &str| resource_list(of.get(kind));
    ["limits", "requests"]
        .iter()
        .all(|kind| list(a, kind) == list(b, kind))
}

/// What can be resized of a container, 0 where it is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes.
    pub memory_limit: i64,
    /// Bytes.
    pub memory_request: i64,
    /// Thousandths of a core.
    pub cpu_limit: i64,
    /// Thousandths of a core.
    pub cpu_request: i64,
}

impl Sizes {
    /// From `resources`.
    pub fn of(resources: &Value) -> Self {
        let quantity = |kind: &str, name: &str| Quantity::of(resources.at(&[kind, name]));
        Self {
            memory_limit: quantity("limits", "memory").value(),
            memory_request: quantity("requests", "memory").value(),
            cpu_limit: quantity("limits", "cpu").milli_value(),
            cpu_request: quantity("requests", "cpu").milli_value(),
        }
    }
}

/// `have` with CPU or memory as in `want`.
pub fn with_resource(have: &Value, want: &Value, name: &str) -> Value {
    let mut out = match have {
        Value::Null => Value::object(),
        have => have.clone(),
    };
    for kind in ["limits", "requests"] {
        match want.at(&[kind, name]) {
            Value::Null => {
                out.remove_at(&[kind, name]);
            }
            amount => out.set_at(&[kind, name], amount),
        }
    }
    out
}

/// A condition that tells of a resize.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// `Deferred`, `Infeasible`, `Error` or nothing.
    pub reason: String,
    /// More words.
    pub message: String,
    /// The pod's generation that it is about.
    pub generation: i64,
    /// When it was found last.
    pub probed: Timestamp,
    /// Since when the reason holds.
    pub since: Timestamp,
}

impl Told {
    /// What is told now, after what was told before (`updatedPodResizeCondition`).
    pub fn now(
        before: Option<&Told>,
        reason: &str,
        message: &str,
        generation: i64,
        now: Timestamp,
    ) -> Self {
        let since = before
            .filter(|b| b.reason == reason)
            .map_or(now, |b| b.since);
        Self {
            reason: reason.to_owned(),
            message: message.to_owned(),
            generation,
            probed: now,
            since,
        }
    }

    fn condition(&self, kind: &str) -> Value {
        let mut c = tree!({"lastProbeTime": self.probed, "lastTransitionTime": self.since});
        for (key, text) in [("message", &self.message), ("reason", &self.reason)] {
            if !text.is_empty() {
                c.set(key, text);
            }
        }
        if self.generation > 0 {
            c.set("observedGeneration", self.generation);
        }
        c.set("status", "True");
        c.set("type", kind);
        c
    }

    /// From a condition of the API.
    fn of(status: &Value, kind: &str) -> Option<Self> {
        let mut all = status.get("conditions").items().iter();
        let c = all.find(|c| c.get("type").str() == kind)?;
        let time = |key: &str| Timestamp::parse(c.get(key).str()).unwrap_or_default();
        Some(Self {
            reason: c.get("reason").str().to_owned(),
            message: c.get("message").str().to_owned(),
            generation: c.get("observedGeneration").as_i64().unwrap_or(0),
            probed: time("lastProbeTime"),
            since: time("lastTransitionTime"),
        })
    }
}

/// A pod that is resized, or was to be.
#[derive(Clone, Debug)]
pub struct Resize {
    /// What the node has set aside for it.
    pub allocated: Amounts,
    /// What its containers have.
    pub actuated: Amounts,
    /// Whether what it asks for has changed and was not looked at since.
    pub asked: bool,
    /// Why the node has not set aside what it asks for.
    pub pending: Option<Told>,
    /// That its containers do not have yet what is set aside.
    pub in_progress: Option<Told>,
    /// When its containers are resized again after that failed.
    pub retry_at: Option<Timestamp>,
}

impl Resize {
    /// For a pod that has what it asked for before.
    pub fn new(before: &Pod) -> Self {
        let amounts = Amounts::of(before);
        Self {
            actuated: amounts.clone(),
            allocated: amounts,
            asked: true,
            pending: None,
            in_progress: None,
            retry_at: None,
        }
    }

    /// What a status tells of a resize that a kubelet knew of before it was started anew; none where it tells of none.
    pub fn recall(pod: &Pod) -> Option<Self> {
        let status = pod.get("status");
        let mut resize = Self::new(pod);
        let mut differs = false;
        for s in STATUSES.iter().flat_map(|list| status.get(list).items()) {
            let (name, has) = (s.get("name").str(), s.get("resources"));
            let asked = resize.allocated.container(name).clone();
            if has.is_null() || asked.is_null() {
                continue;
            }
            let mut set_aside = has.clone();
            if s.has("allocatedResources") {
                set_aside.set("requests", s.get("allocatedResources").clone());
            }
            if same(has, &asked) && same(&set_aside, &asked) {
                continue;
            }
            differs = true;
            resize.allocated.set(name, set_aside);
            resize.actuated.set(name, has.clone());
        }
        resize.pending = Told::of(status, RESIZE_PENDING);
        resize.in_progress = Told::of(status, RESIZE_IN_PROGRESS);
        let told = resize.pending.is_some() || resize.in_progress.is_some();
        (differs || told).then_some(resize)
    }

    /// What it tells in the pod's status.
    pub fn conditions(&self) -> impl Iterator<Item = Value> {
        let told = [
            (RESIZE_PENDING, &self.pending),
            (RESIZE_IN_PROGRESS, &self.in_progress),
        ];
        told.into_iter()
            .filter_map(|(kind, told)| told.as_ref().map(|t| t.condition(kind)))
    }
}

impl PodWorker {
    /// The pod with the resources that the node has set aside for it.
    pub fn allocated(&self) -> Pod {
        match &self.resize {
            None => self.pod.clone(),
            Some(resize) => resize.allocated.put_into(&self.pod),
        }
    }

    /// The pod with the resources that it has.
    pub fn actuated(&self) -> Pod {
        match &self.resize {
            None => self.pod.clone(),
            Some(resize) => resize.actuated.put_into(&self.pod),
        }
    }

    /// A container with the resources that the node has set aside for it.
    pub fn allocated_container(&self, name: &str) -> Option<Container> {
        let mut c = self.container(name)?.clone();
        if let Some(resize) = &self.resize
            && !self.ephemeral().any(|e| e.name() == name)
        {
            put(&mut c, resize.allocated.container(name));
        }
        Some(c)
    }

    /// Takes in that the pod asks for something else than `before`, where that concerns resources.
    pub fn note_resize(&mut self, before: &Pod) {
        if self.is_static || Amounts::of(before).are_of(&self.pod) {
            return;
        }
        match &mut self.resize {
            Some(resize) => resize.asked = true,
            // What is not taken on yet is taken on as it is now.
            None if !self.admitted => {}
            None => self.resize = Some(Box::new(Resize::new(before))),
        }
    }

    /// Whether containers do not have what is set aside for them (`IsPodResizeInProgress`): those that run, or are started again
    /// for it.
    pub fn is_resized(&self, resize: &Resize) -> bool {
        let spec = self.pod.spec();
        let sidecars = spec.init_containers().iter().filter(|c| is_sidecar(c));
        let mut all = sidecars.chain(spec.containers());
        let differs = |name: &str| {
            let sizes = |a: &Amounts| Sizes::of(a.container(name));
            sizes(&resize.allocated) != sizes(&resize.actuated)
        };
        let of = |c: &Container| match self.known(c.name()) {
            Some(r) if r.is_running() => differs(c.name()),
            Some(r) => r.restart_wanted && resize.in_progress.is_some(),
            None => false,
        };
        all.any(of)
    }
}
