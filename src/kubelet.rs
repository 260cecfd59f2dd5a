//! The kubelet: keeps the pods of one node as the API wants them (pkg/kubelet). Generic over its container runtime.

pub mod actions;
pub mod adopt;
pub mod backoff;
pub mod claims;
pub mod config;
pub mod dns;
pub mod env;
pub mod eviction;
pub mod image_gc;
pub mod images;
#[cfg(not(target_arch = "wasm32"))]
pub mod keyring;
mod mounts;
pub mod node_status;
pub mod pod_sync;
pub mod prober;
pub mod probing;
pub mod pulling;
mod recall;
pub mod refresh;
pub mod resize;
pub mod responses;
pub mod runtime_state;
pub mod sandbox;
pub mod security;
pub mod server;
pub mod static_pods;
pub mod status;
pub mod termination;
#[cfg(test)]
mod tests;
pub mod worker;

use crate::collections::{SortedMap, SortedSet};
pub use config::KubeletConfig;

use crate::api::core_v1::{Pod, Service};
use crate::apimachinery::http::Cause;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::words::Words;
use crate::apimachinery::{Text, Timestamp, Value};
use crate::client::{ApiError, Component, Cx, Delta, EventRecorder, Informer, Turn};
use crate::cri::{CallId, CriRequest, LogLine, RuntimeService};
use backoff::Backoff;
use node_status::NodeReporter;
use prober::{ProbeKind, ProbeWorker};
use runtime_state::RuntimeState;
use std::time::Duration;
use worker::{PodWorker, WorkType, changing};

/// How many names of images are kept for containers to share.
const WORDS: usize = 256;

/// Who waits for an answer of the runtime.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A step of a pod.
    Pod(String),
    /// A probe: pod, container, kind.
    Probe(String, String, ProbeKind),
    /// Whoever makes room on the disk.
    Images,
    /// The last step of a static pod, by its UID.
    Leaving(String),
}

/// The kubelet of one node.
#[derive(Clone)]
pub struct Kubelet<R> {
    pub(crate) config: KubeletConfig,
    pub(crate) runtime: R,
    pods: Informer,
    services: Informer,
    pub(crate) workers: SortedMap<String, PodWorker>,
    pub(crate) calls: SortedMap<CallId, Caller>,
    /// Static pods that begin once nothing is left of what ran of them before, by UID.
    pub(crate) returning: SortedMap<String, Value>,
    next_call: u64,
    pub(crate) recorder: EventRecorder,
    node: NodeReporter,
    /// What is wrong with the runtime.
    state: RuntimeState,
    pub(crate) dirty: SortedSet<String>,
    timers: SortedSet<(Timestamp, String)>,
    pub(crate) probes: SortedMap<(String, String, ProbeKind), ProbeWorker>,
    pub(crate) crash: Backoff,
    pub(crate) pulls: Backoff,
    pub(crate) fetched: pulling::Fetched,
    pub(crate) images: image_gc::ImageCollector,
    pub(crate) eviction: eviction::Eviction,
    pub(crate) resizes: resize::Pending,
    /// Names of images, which containers share.
    words: Words<WORDS>,
    pub(crate) backoff_told: SortedMap<(String, String), (Timestamp, String)>,
    statuses: u64,
    started_at: Option<Timestamp>,
    powered: bool,
    control_plane: bool,
}

pub(crate) fn pods() -> &'static ResourceDef {
    schema::resource("", "v1", "pods").expect("a built-in resource")
}

fn revision(object: &Value) -> u64 {
    object.resource_version().parse().unwrap_or(0)
}

impl<R: RuntimeService> Kubelet<R> {
    /// A kubelet over a runtime.
    pub fn new(config: KubeletConfig, runtime: R) -> Self {
        let services = schema::resource("", "v1", "services").expect("a built-in resource");
        Self {
            pods: Informer::new(pods())
                .with_field_selector(format!("spec.nodeName={}", config.node_name)),
            services: Informer::new(services),
            recorder: EventRecorder::new("kubelet", &config.node_name),
            node: NodeReporter::default(),
            state: RuntimeState::default(),
            workers: SortedMap::new(),
            calls: SortedMap::new(),
            returning: SortedMap::new(),
            next_call: 0,
            dirty: SortedSet::new(),
            timers: SortedSet::new(),
            probes: SortedMap::new(),
            crash: Backoff::new(Duration::from_secs(10), Duration::from_secs(300)),
            pulls: Backoff::new(Duration::from_secs(10), Duration::from_secs(300)),
            fetched: pulling::Fetched::default(),
            images: image_gc::ImageCollector::default(),
            eviction: eviction::Eviction::default(),
            resizes: resize::Pending::default(),
            words: Words::default(),
            backoff_told: SortedMap::new(),
            statuses: 0,
            started_at: None,
            powered: true,
            control_plane: !config.static_pods.is_empty(),
            config,
            runtime,
        }
    }

    /// The runtime under it.
    pub fn runtime(&self) -> &R {
        &self.runtime
    }

    /// The runtime under it, for change (faults, commands from outside).
    pub fn runtime_mut(&mut self) -> &mut R {
        &mut self.runtime
    }

    /// How often it worked out the status of a pod: a measure of its work that needs no clock.
    pub fn statuses(&self) -> u64 {
        self.statuses
    }

    /// What it was told.
    pub fn config(&self) -> &KubeletConfig {
        &self.config
    }

    /// Stops it as when the machine loses power; containers stop too, which is the runtime's part.
    pub fn power_off(&mut self, cx: &mut Cx<'_>) {
        self.powered = false;
        self.pods.stop(cx);
        self.services.stop(cx);
    }

    /// Starts it again, knowing nothing: pods are read from the API, their containers start anew.
    pub fn power_on(&mut self, runtime: R, static_pods: Vec<Value>) {
        let restarts: SortedMap<String, PodWorker> = std::mem::take(&mut self.workers);
        *self = Self {
            workers: SortedMap::new(),
            ..Self::new(self.config.clone(), runtime)
        };
        self.control_plane = !static_pods.is_empty();
        self.config.static_pods = static_pods;
        for (uid, old) in restarts {
            if old.is_static || old.work != WorkType::Sync {
                continue;
            }
            let w_restarts = old.pod.spec().restart_policy() != "Never";
            let mut w = PodWorker::new(old.pod, false, old.start_time);
            w.sandbox_attempts = old.sandbox_attempts;
            w.resize = old.resize.map(|mut r| {
                r.asked = true;
                r
            });
            for (name, r) in old.containers {
                let fresh = w.record(&name);
                fresh.restart_count = r.restart_count;
                if let worker::ContainerState::Running(since) = r.state {
                    fresh.state = worker::ContainerState::Terminated(worker::Terminated {
                        id: r.id.clone(),
                        exit_code: 255,
                        reason: "Unknown".into(),
                        message: String::new(),
                        started_at: since,
                        finished_at: since,
                    });
                    // Its pod is over where containers are never started again.
                    fresh.restart_wanted = w_restarts;
                    fresh.id = r.id;
                } else if r.terminated().is_some() {
                    *fresh = *r;
                }
            }
            self.workers.insert(uid, w);
        }
    }

    /// Whether it runs the control plane.
    pub fn is_control_plane(&self) -> bool {
        self.control_plane
    }

    /// Whether it is switched on.
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    /// What a container of a pod wrote, and whether more can come: by namespace, pod and container name; `previous` asks for the run before.
    pub fn container_logs(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        from: usize,
    ) -> Result<(Vec<LogLine>, bool), String> {
        let (id, more) = self.log_source(namespace, pod, container, previous)?;
        Ok((self.runtime.log_lines(id, from), more))
    }

    /// The id of the container whose log is meant, and whether more can come to it.
    pub fn log_source(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<(&str, bool), String> {
        let w = self
            .workers
            .values()
            .find(|w| w.api_pod().name() == pod && w.pod.namespace() == namespace);
        let missing = || format!("container \"{container}\" in pod \"{pod}\" is not available");
        let w = w.ok_or_else(missing)?;
        let Some(r) = w.containers.get(container) else {
            return Err(format!(
                "container \"{container}\" in pod \"{pod}\" is waiting to start: {}",
                status::waiting_reason(w, container)
            ));
        };
        if previous {
            return match &r.last {
                Some(t) => Ok((&t.id, false)),
                None => Err(format!(
                    "previous terminated container \"{container}\" in pod \"{pod}\" not found"
                )),
            };
        }
        match (&r.state, r.last.as_ref()) {
            (worker::ContainerState::Waiting { .. }, Some(t)) => Ok((&t.id, false)),
            (worker::ContainerState::Waiting { reason, .. }, None) if reason.contains("Image") => {
                let say = if reason == "ErrImagePull" {
                    "image can't be pulled"
                } else {
                    "trying and failing to pull image"
                };
                Err(format!(
                    "container \"{container}\" in pod \"{pod}\" is waiting to start: {say}"
                ))
            }
            (worker::ContainerState::Waiting { reason, .. }, None) => Err(format!(
                "container \"{container}\" in pod \"{pod}\" is waiting to start: {reason}"
            )),
            _ => Ok((&r.id, r.is_running())),
        }
    }

    /// The sandbox of each pod that is known, by UID; none where the pod has none (yet).
    pub fn sandboxes(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let sandbox = |w: &PodWorker| w.sandbox.as_ref().map(|(id, _)| id.clone());
        self.workers
            .iter()
            .map(move |(uid, w)| (uid.clone(), sandbox(w)))
    }

    /// The UIDs of pods that are over, of which nothing runs any more.
    pub fn finished_pods(&self) -> impl Iterator<Item = String> {
        let over = |w: &PodWorker| w.work == WorkType::Finished && !w.any_running();
        let found = self.workers.iter().filter(move |(_, w)| over(w));
        found.map(|(uid, _)| uid.clone())
    }

    /// Whether the node has too little disk.
    pub fn is_short_of_disk(&self) -> bool {
        self.eviction.is_short_of_disk()
    }

    /// Containers that run on the node: (namespace, pod, container, runtime id).
    pub fn running_containers(&self) -> impl Iterator<Item = (&str, &str, &str, &str)> {
        self.workers.values().flat_map(|w| {
            w.containers
                .iter()
                .filter(|(_, r)| r.is_running())
                .map(|(name, r)| {
                    (
                        w.pod.namespace(),
                        w.api_pod().name(),
                        name.as_str(),
                        r.id.as_str(),
                    )
                })
        })
    }

    /// The same, with names that are shared with the pods.
    pub fn running_texts(&self) -> impl Iterator<Item = ([Text; 3], &str)> {
        let text = |v: &Value| match v {
            Value::Str(text) => text.clone(),
            _ => Text::EMPTY,
        };
        self.workers.values().flat_map(move |w| {
            let namespace = text(w.pod.meta().get("namespace"));
            let pod = text(w.api_pod().meta().get("name"));
            let running = w.containers.iter().filter(|(_, r)| r.is_running());
            running.map(move |(name, r)| {
                let own = w.container(name).map(|c| text(c.get("name")));
                let container = own.unwrap_or_else(|| name.as_str().into());
                ([namespace.clone(), pod.clone(), container], &*r.id)
            })
        })
    }

    pub(crate) fn submit(&mut self, now: Timestamp, caller: Caller, request: CriRequest) -> CallId {
        self.next_call += 1;
        let id = CallId(self.next_call);
        self.calls.insert(id, caller);
        self.runtime.submit(now, id, request);
        id
    }

    pub(crate) fn wake_at(&mut self, uid: &str, at: Timestamp) {
        self.timers.insert((at, uid.to_owned()));
    }

    /// A text that is kept once, if there are not too many.
    pub(crate) fn word(&mut self, word: &str) -> Text {
        self.words.get(word)
    }

    /// Records an event about a pod, or a container of it.
    pub(crate) fn event(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        container: &str,
        kind: &str,
        reason: &str,
        message: &str,
    ) {
        if !self.config.record_events {
            return;
        }
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        let mut about = w.api_pod().clone();
        if about.kind().is_empty() {
            about.set("apiVersion", "v1");
            about.set("kind", "Pod");
        }
        let mut init = w.pod.spec().init_containers().iter();
        let path = match init.any(|c| c.name() == container) {
            _ if container.is_empty() => String::new(),
            true => format!("spec.initContainers{{{container}}}"),
            false if w.ephemeral().any(|c| c.name() == container) => {
                format!("spec.ephemeralContainers{{{container}}}")
            }
            false => format!("spec.containers{{{container}}}"),
        };
        self.recorder
            .event_about(cx, &about, &path, kind, reason, message);
    }

    pub(crate) fn services_for(&self, namespace: &str) -> Vec<Service> {
        let kubernetes = self
            .services
            .get("default/kubernetes")
            .filter(|_| namespace != "default");
        self.services
            .in_namespace(namespace)
            .chain(kubernetes)
            .map(|s| Service::from(s.clone()))
            .collect()
    }

    fn take_deltas(&mut self, cx: &mut Cx<'_>) {
        for delta in self.pods.poll(cx) {
            let object = delta.object().clone();
            cx.cause = Cause(revision(&object));
            match delta {
                Delta::Deleted(pod) => self.pod_gone(&pod),
                Delta::Added(pod) | Delta::Updated(_, pod) => self.pod_wanted(cx, pod),
            }
        }
    }

    fn pod_wanted(&mut self, cx: &mut Cx<'_>, pod: Value) {
        let now = cx.now;
        if let Some(uid) = self.static_owner(&pod) {
            if let Some(w) = changing(&mut self.workers, &uid) {
                w.mirror = Some(pod);
                self.dirty.insert(uid);
            }
            return;
        }
        if pod.annotation(static_pods::MIRROR).is_some() {
            // Nothing here is what it stands for.
            self.delete_mirror(cx, &pod);
            return;
        }
        let uid = pod.uid().to_owned();
        let over = matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
        match self.workers.get_mut(&uid) {
            // What this kubelet wrote itself comes back later than its answer.
            Some(w) if revision(&pod) < revision(&w.pod) => {}
            Some(w) => {
                let before = std::mem::replace(&mut w.pod, Pod::from(pod));
                w.note_resize(&before);
                if asks_anew(&before, &w.pod) || w.pod.get("status") != &w.written {
                    w.stale = true;
                    self.dirty.insert(uid);
                }
            }
            None if over && !pod.is_terminating() => {}
            None => {
                let start = Timestamp::parse(pod.at(&["status", "startTime"]).str()).unwrap_or(now);
                self.workers
                    .insert(uid.clone(), PodWorker::new(Pod::from(pod), false, start));
                self.dirty.insert(uid);
            }
        }
    }

    fn pod_gone(&mut self, pod: &Value) {
        if let Some(uid) = self.static_owner(pod) {
            if let Some(w) = changing(&mut self.workers, &uid) {
                w.mirror = None;
                self.dirty.insert(uid);
            }
        } else if let Some(w) = changing(&mut self.workers, pod.uid()) {
            w.removed = true;
            self.dirty.insert(pod.uid().to_owned());
        }
    }

    fn due(&mut self, now: Timestamp) {
        while self.timers.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, uid)) = self.timers.pop_first()
        {
            self.dirty.insert(uid);
        }
    }

    fn sync_dirty(&mut self, cx: &mut Cx<'_>) {
        for uid in std::mem::take(&mut self.dirty) {
            if let Some(w) = self.workers.get(&uid) {
                cx.cause = Cause(revision(w.api_pod()));
            }
            self.sync_pod(cx, &uid);
        }
    }

    /// Writes the pod's status where it differs from what the API has.
    pub(crate) fn write_status(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let runtime = self.runtime.version().0;
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        if !w.stale || w.removed || (w.is_static && w.mirror.is_none()) {
            return;
        }
        self.statuses += 1;
        let status = status::generate(
            w,
            &status::Host {
                ip: &self.config.node_ip,
                runtime,
                probes: self.config.run_probes,
            },
            cx.now,
        );
        if &status == w.api_pod().get("status") {
            w.stale = false;
            return;
        }
        if let Err(e) = self.store_status(cx, uid, status)
            && !e.is_not_found()
        {
            let at = cx.now + Duration::from_secs(1);
            self.wake_at(uid, at);
        }
    }

    /// Reads the pod as it stands, since others write to it too, and puts the status into that (`syncPod` of the status
    /// manager, which patches). `status` is made anew where somebody did.
    fn store_status(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        mut status: Value,
    ) -> Result<(), ApiError> {
        let runtime = self.runtime.version().0;
        let Some(w) = self.workers.get_mut(uid) else {
            return Ok(());
        };
        let known = w.api_pod();
        let current = cx.get(pods(), known.namespace(), known.name())?;
        if current.uid() != known.uid() {
            return Ok(());
        }
        if !current.ptr_eq(known) {
            let host = status::Host {
                ip: &self.config.node_ip,
                runtime,
                probes: self.config.run_probes,
            };
            if adopt(w, current) {
                self.dirty.insert(uid.to_owned());
            }
            self.statuses += 1;
            status = status::generate(w, &host, cx.now);
        }
        let mut fresh = w.api_pod().clone();
        fresh.set("status", status);
        let stored = cx.update_status(pods(), fresh)?;
        w.stale = false;
        w.written = stored.get("status").clone();
        adopt(w, stored);
        Ok(())
    }
}

/// Takes in a pod as the API has it; whether something is asked for that was not before, of which the watch tells nothing new
/// any more.
fn adopt(w: &mut PodWorker, current: Value) -> bool {
    if w.is_static {
        w.mirror = Some(current);
        return false;
    }
    let before = std::mem::replace(&mut w.pod, Pod::from(current));
    w.note_resize(&before);
    asks_anew(&before, &w.pod)
}

/// Whether a pod asks for something else than before.
fn asks_anew(before: &Pod, now: &Pod) -> bool {
    let grace = |p: &Pod| p.meta().get("deletionGracePeriodSeconds").clone();
    before.generation() != now.generation()
        || before.is_terminating() != now.is_terminating()
        || grace(before) != grace(now)
        || before.spec() != now.spec()
}

impl<R: RuntimeService + Clone> Component for Kubelet<R> {
    fn name(&self) -> &str {
        "kubelet"
    }

    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn {
        if !self.powered {
            return Turn::Idle;
        }
        let started = *self.started_at.get_or_insert(cx.now);
        let pressed = self.watch_pressure(cx);
        self.report_node(cx, started, pressed);
        self.start_static_pods(cx);
        if self.node.is_registered() {
            self.services.poll(cx);
            self.take_deltas(cx);
        }
        self.due(cx.now);
        self.collect_images(cx);
        for _ in 0..64 {
            let heard = self.take_answers(cx);
            self.run_probes(cx);
            self.retry_due_resizes(cx);
            // Nothing is begun with a runtime that does not answer.
            let busy = !self.dirty.is_empty() && !self.state.is_broken();
            if busy {
                self.sync_dirty(cx);
            }
            if !heard && !busy {
                return Turn::Idle;
            }
        }
        Turn::Busy
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        if !self.powered {
            return None;
        }
        let probe = self
            .probes
            .values()
            .filter(|p| !p.in_flight)
            .map(|p| p.next_at)
            .min();
        let timer = self.timers.first().map(|(t, _)| *t);
        let network = self
            .started_at
            .map(|t| t + self.config.network_delay)
            .filter(|_| !self.node_ready() && self.state.network.is_none())
            .filter(|_| !self.state.is_broken());
        let health = self.runtime.health();
        let health = health.and_then(|_| self.state.next_change());
        let informers = [self.pods.next_deadline(), self.services.next_deadline()]
            .into_iter()
            .flatten()
            .min();
        [
            probe,
            timer,
            network,
            informers,
            health,
            self.next_image_look(),
            self.next_eviction_look(),
            self.resizes.next_look(),
            self.runtime.next_deadline(),
            Some(self.node.next_deadline(&self.config)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl<R: RuntimeService> Kubelet<R> {
    fn report_node(&mut self, cx: &mut Cx<'_>, started: Timestamp, pressed: bool) {
        let mut trouble = None;
        let mut changed = false;
        if let Some(health) = self.runtime.health() {
            let state = self.state.next(&health, cx.now);
            trouble = state.message(cx.now);
            changed = !state.is_like(&self.state);
            self.state = state;
        }
        let told = self.node.told_ready() || trouble.is_some();
        if told && !changed && !pressed && cx.now < self.node.next_deadline(&self.config) {
            return;
        }
        if cx.now < started + self.config.network_delay {
            trouble.get_or_insert_with(|| node_status::NO_NETWORK.to_owned());
        }
        let (version, images) = (self.runtime.version(), self.runtime.images());
        let ready = self.node.told_ready();
        self.node.pressures.clone_from(&self.eviction.present);
        self.node.turn(cx, &self.config, images, version, trouble);
        if changed && ready != self.node.told_ready() {
            self.tell_ready(cx);
        }
    }

    /// Tells in an event that the node has become ready, or is so no more.
    fn tell_ready(&mut self, cx: &mut Cx<'_>) {
        let reason = match self.node.told_ready() {
            true => "NodeReady",
            false => "NodeNotReady",
        };
        let say = format!("Node {} status is now: {reason}", self.config.node_name);
        self.node_event(cx, "Normal", reason, &say);
    }

    /// Records an event about the node itself.
    pub(crate) fn node_event(&mut self, cx: &mut Cx<'_>, kind: &str, reason: &str, message: &str) {
        if !self.config.record_events {
            return;
        }
        let name = &self.config.node_name;
        let node = crate::tree!({"kind": "Node", "metadata": {"name": name, "uid": name}});
        self.recorder.event(cx, &node, kind, reason, message);
    }

    fn node_ready(&self) -> bool {
        self.node.told_ready()
    }
}
