//! What a kubelet knows of one pod: its sandbox, its containers, and what is under way.

use super::pulling::Pull;
use super::resize::plan::Step;
use super::resize::state::Resize;
use crate::api::core_v1::{Container, Pod};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::SortedMap;
use crate::cri::{CallId, Files};

/// Where a pod stands in its life on the node (pkg/kubelet/pod_workers.go).
#[derive(Clone, Debug, PartialEq)]
pub enum WorkType {
    /// It is set up and kept running.
    Sync,
    /// Its containers are being ended.
    Terminating,
    /// All containers ended; the sandbox is torn down.
    Terminated,
    /// Nothing is left on the node.
    Finished,
}

/// State of one container.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    /// Not running, and why.
    Waiting {
        /// `ContainerCreating`, `CrashLoopBackOff` …
        reason: String,
        /// More words.
        message: String,
    },
    /// Running since.
    Running(Timestamp),
    /// Ended.
    Terminated(Terminated),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Terminated {
    /// Container id.
    pub id: String,
    /// Exit code.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled` …
    pub reason: String,
    /// Termination message.
    pub message: String,
    /// Start.
    pub started_at: Timestamp,
    /// End.
    pub finished_at: Timestamp,
}

/// What a kubelet knows of one container.
#[derive(Clone, Debug)]
pub struct ContainerRecord {
    /// The runtime's id, "" before it was made.
    pub id: String,
    /// Its state.
    pub state: ContainerState,
    /// How it ended before.
    pub last: Option<Box<Terminated>>,
    /// How often it was started again.
    pub restart_count: u32,
    /// Whether it counts as started (startup probe passed).
    pub started: bool,
    /// Whether its readiness probe holds (or it has none).
    pub probe_ready: bool,
    /// The image it runs, and its id.
    pub image: (Text, Text),
    /// The image its spec named when it was made.
    pub spec_image: Text,
    /// Which of the pod's sandboxes it was made in, counted from one.
    pub made_in: u32,
    /// A stop was asked for, and why: the event's text was given then.
    pub stopping: bool,
    /// It is to be started again although it ended well (its definition changed, a probe failed).
    pub restart_wanted: bool,
    /// Whether back-off was told in an event since the last start.
    pub told_backoff: bool,
}

impl ContainerRecord {
    /// A container that is not there yet.
    pub fn new(reason: &str) -> Self {
        Self {
            id: String::new(),
            state: ContainerState::Waiting {
                reason: reason.to_owned(),
                message: String::new(),
            },
            last: None,
            restart_count: 0,
            started: false,
            probe_ready: false,
            image: (Text::EMPTY, Text::EMPTY),
            spec_image: Text::EMPTY,
            made_in: 0,
            stopping: false,
            restart_wanted: false,
            told_backoff: false,
        }
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, ContainerState::Running(_))
    }

    /// How it ended, if it did.
    pub fn terminated(&self) -> Option<&Terminated> {
        match &self.state {
            ContainerState::Terminated(t) => Some(t),
            _ => None,
        }
    }

    /// Sets it waiting.
    pub fn wait(&mut self, reason: &str, message: &str) {
        if let ContainerState::Terminated(t) = &self.state {
            self.last = Some(Box::new(t.clone()));
        }
        self.state = ContainerState::Waiting {
            reason: reason.to_owned(),
            message: message.to_owned(),
        };
    }
}

/// A step under way at the runtime.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The sandbox is being made.
    Sandbox,
    /// Whether the image is there.
    ImageStatus(String),
    /// An image is being fetched.
    Pull(Box<Pull>),
    /// The container is being made.
    Create(String),
    /// The container is being started.
    Start(String),
    /// The postStart hook runs.
    PostStart(String),
    /// The preStop hook runs; the container stops when it ends or the grace period does.
    PreStop(String),
    /// The container is being given other resources.
    Resize(Box<Step>),
    /// The container is being stopped.
    Stop(String),
    /// The sandbox is being stopped.
    StopSandbox,
    /// The sandbox is being removed.
    RemoveSandbox,
    /// A sandbox that is no more is being stopped, so that another one can take its place.
    GiveSandboxUp,
}

/// What a kubelet knows of one pod.
#[derive(Clone, Debug)]
pub struct PodWorker {
    /// The pod as it is wanted.
    pub pod: Pod,
    /// The pod in the API that stands for a static pod.
    pub mirror: Option<Value>,
    /// Why the API took none, as it was told last.
    pub mirror_refused: Box<str>,
    /// Whether it comes from the node's own manifests.
    pub is_static: bool,
    /// Where it stands.
    pub work: WorkType,
    /// Sandbox id and address.
    pub sandbox: Option<(String, String)>,
    /// How many sandboxes were made.
    pub sandbox_attempts: u32,
    /// Whether that sandbox is no more, and another one is to take its place.
    pub sandbox_lost: bool,
    /// Containers by name, init containers too; boxed, since a map makes room for many at once.
    pub containers: SortedMap<String, Box<ContainerRecord>>,
    /// The step of set-up under way: there is at most one.
    pub pending: Option<(CallId, Op)>,
    /// Stops under way.
    pub stops: SortedMap<CallId, Op>,
    /// Since when the kubelet knows the pod.
    pub start_time: Timestamp,
    /// Whether the node has taken it on.
    pub admitted: bool,
    /// Why the node refused it: reason and message.
    pub rejected: Option<Box<(String, String)>>,
    /// When it is to be looked at again.
    pub retry_at: Option<Timestamp>,
    /// When the grace period of its termination ends.
    pub kill_at: Option<Timestamp>,
    /// Whether the pod has gone from the API.
    pub removed: bool,
    /// Whether all volumes are there, once they were.
    pub volumes_ready: bool,
    /// Whether its volumes were given up, since it is over.
    pub volumes_given_up: bool,
    /// The files of its volumes as they were set up, by volume, until a container has started: later ones read them anew.
    pub files: SortedMap<String, Option<Files>>,
    /// The PersistentVolumes behind its claims, by volume, for as long.
    pub bound: SortedMap<String, Value>,
    /// The status as last written.
    pub written: Value,
    /// Whether something that its status may show has changed since the status was last written.
    pub stale: bool,
    /// Terminal phase decided (`Failed` by eviction or deadline): phase, reason, message.
    pub evicted: Option<Box<(String, String)>>,
    /// Its resize, from when other resources are asked for until it has them.
    pub resize: Option<Box<Resize>>,
}

impl PodWorker {
    /// A worker for a pod that has just come to the node.
    pub fn new(pod: Pod, is_static: bool, now: Timestamp) -> Self {
        Self {
            pod,
            mirror: None,
            mirror_refused: Box::default(),
            is_static,
            work: WorkType::Sync,
            sandbox: None,
            sandbox_attempts: 0,
            sandbox_lost: false,
            containers: SortedMap::new(),
            pending: None,
            stops: SortedMap::new(),
            start_time: now,
            admitted: false,
            rejected: None,
            retry_at: None,
            kill_at: None,
            removed: false,
            volumes_ready: false,
            volumes_given_up: false,
            files: SortedMap::new(),
            bound: SortedMap::new(),
            written: Value::Null,
            stale: true,
            evicted: None,
            resize: None,
        }
    }

    /// The record of a container, made where missing.
    pub fn record(&mut self, name: &str) -> &mut ContainerRecord {
        let initial = if self.pod.spec().init_containers().is_empty() {
            "ContainerCreating"
        } else {
            "PodInitializing"
        };
        self.containers
            .entry(name.to_owned())
            .or_insert_with(|| ContainerRecord::new(initial).into())
    }

    /// The record of a container, where there is one.
    pub fn known(&self, name: &str) -> Option<&ContainerRecord> {
        self.containers.get(name).map(|r| &**r)
    }

    /// A container of the spec by name, init and ephemeral containers included.
    pub fn container(&self, name: &str) -> Option<&Container> {
        let spec = self.pod.spec();
        spec.init_containers()
            .iter()
            .chain(spec.containers())
            .chain(self.ephemeral())
            .find(|c| c.name() == name)
    }

    /// The ephemeral containers of the spec, which have what containers have.
    pub fn ephemeral(&self) -> impl Iterator<Item = &Container> {
        let list = self.pod.spec().get("ephemeralContainers").items();
        list.iter().map(Container::of)
    }

    /// Whether a container was made in the pod's present sandbox.
    pub fn made_here(&self, name: &str) -> bool {
        let here = |r: &ContainerRecord| !r.id.is_empty() && r.made_in == self.sandbox_attempts;
        self.known(name).is_some_and(here)
    }

    /// Whether any container runs.
    pub fn any_running(&self) -> bool {
        self.containers.values().any(|r| r.is_running())
    }

    /// The pod that stands in the API.
    pub fn api_pod(&self) -> &Value {
        self.mirror.as_ref().unwrap_or(&self.pod)
    }
}

/// A worker for a change that its status may show. Steps that show nothing by themselves (a pull began, a container was made and
/// is not started yet) look it up quietly: what they noted is written with the next change, as upstream's kubelet does it.
pub fn changing<'a>(
    workers: &'a mut SortedMap<String, PodWorker>,
    uid: &str,
) -> Option<&'a mut PodWorker> {
    let w = workers.get_mut(uid)?;
    w.stale = true;
    Some(w)
}

/// Whether an init container is a sidecar: it goes on beside the others.
pub fn is_sidecar(c: &Container) -> bool {
    c.restart_policy() == "Always"
}
