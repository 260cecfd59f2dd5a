//! What changes on the page from one frame to the next: keyed items, never whole states.
//!
//! Times are milliseconds of simulated time since the Unix epoch. Anything that counts down carries the moment it
//! ends at, so that no item changes just because time passes.

use super::protocol::{ClockState, ObjectRef};
use serde::{Deserialize, Serialize};

/// Names an item: `pod/default/web-1`, `node/worker-1`, …
pub type Key = String;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Where the clock stands.
    pub clock: ClockState,
    /// The newest revision of the store (etcd's, or what stands for it).
    pub revision: u64,
    /// Items that are new or changed.
    pub upserts: Vec<Item>,
    /// Items that have gone.
    pub removes: Vec<Key>,
    /// What just happened, oldest first.
    pub activity: Vec<ActivityLine>,
    /// Who wrote to the API server since the frame before.
    pub pulses: Vec<Pulse>,
    /// The scheduler's latest decisions.
    pub placements: Vec<Placement>,
    /// Requests that travelled to services since the frame before; a sample where there are many.
    pub flows: Vec<Flow>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowEnd {
    #[default]
    Answered,
    Refused,
    /// Nobody answered; who sent it waits until their patience ends.
    Lost,
}

/// Requests that went the same way to the same end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The service's key.
    pub service: Key,
    /// The sender's key, "" for somebody outside.
    pub from: Key,
    /// The key of the pod that they were taken to, "" for none.
    pub to: Key,
    pub end: FlowEnd,
    pub count: u32,
}

/// A thing on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    Node(NodeCard),
    Pod(PodCell),
    Service(ServiceDoor),
    Workload(Workload),
    Component(Component),
    Namespace(Namespace),
}

impl Item {
    /// The key it is kept under.
    pub fn key(&self) -> Key {
        match self {
            Item::Node(n) => node_key(&n.name),
            Item::Pod(p) => pod_key(&p.namespace, &p.name),
            Item::Service(s) => key("service", &s.namespace, &s.name),
            Item::Workload(w) => key(&w.kind, &w.namespace, &w.name),
            Item::Component(c) => key("component", "", &c.name),
            Item::Namespace(n) => key("namespace", "", &n.name),
        }
    }
}

/// The key of a pod.
pub fn pod_key(namespace: &str, name: &str) -> Key {
    key("pod", namespace, name)
}

/// The key of a node.
pub fn node_key(name: &str) -> Key {
    key("node", "", name)
}

/// The key of anything: what it is (in lower case or as its kind), namespace ("" for none), name.
pub fn key(what: &str, namespace: &str, name: &str) -> Key {
    match namespace {
        "" => [what, "/", name].concat(),
        ns => [what, "/", ns, "/", name].concat(),
    }
}

/// What a pod is doing, as finely as the map tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PodState {
    /// Waits for the scheduler, or for its node to take notice.
    #[default]
    Pending,
    /// The scheduler found no node for it.
    Unschedulable,
    /// It has a node; sandbox and volumes are being made.
    Assigned,
    /// An image is being pulled.
    Pulling,
    /// Containers are being created and started.
    Creating,
    /// Init containers run.
    Init,
    /// It runs, but is not ready.
    NotReady,
    /// It runs and is ready.
    Ready,
    /// All its containers ended well.
    Completed,
    /// A container ended badly and nothing will restart it.
    Failed,
    /// A container ends again and again; the next try waits.
    CrashLoop,
    /// The image cannot be had.
    ImageTrouble,
    /// The container cannot be made: configuration or runtime.
    ConfigTrouble,
    /// It is being ended.
    Terminating,
    /// Its node does not answer.
    Unknown,
}

impl PodState {
    /// Every state, in the order a legend shows them.
    pub const ALL: [PodState; 15] = [
        PodState::Pending,
        PodState::Unschedulable,
        PodState::Assigned,
        PodState::Pulling,
        PodState::Creating,
        PodState::Init,
        PodState::NotReady,
        PodState::Ready,
        PodState::Completed,
        PodState::Failed,
        PodState::CrashLoop,
        PodState::ImageTrouble,
        PodState::ConfigTrouble,
        PodState::Terminating,
        PodState::Unknown,
    ];

    /// A word for class names and keys.
    pub fn slug(self) -> &'static str {
        match self {
            PodState::Pending => "pending",
            PodState::Unschedulable => "unschedulable",
            PodState::Assigned => "assigned",
            PodState::Pulling => "pulling",
            PodState::Creating => "creating",
            PodState::Init => "init",
            PodState::NotReady => "notready",
            PodState::Ready => "ready",
            PodState::Completed => "completed",
            PodState::Failed => "failed",
            PodState::CrashLoop => "crashloop",
            PodState::ImageTrouble => "image",
            PodState::ConfigTrouble => "config",
            PodState::Terminating => "terminating",
            PodState::Unknown => "unknown",
        }
    }

    /// Whether somebody has to do something about it.
    pub fn is_trouble(self) -> bool {
        matches!(
            self,
            PodState::Unschedulable
                | PodState::Failed
                | PodState::CrashLoop
                | PodState::ImageTrouble
                | PodState::ConfigTrouble
                | PodState::Unknown
        )
    }
}

/// A pod on the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodCell {
    pub namespace: String,
    pub name: String,
    /// "" while it has none.
    pub node: String,
    pub state: PodState,
    /// What `kubectl get pods` says in STATUS.
    pub status: String,
    /// Kubernetes' own message on why it is so, "" for none.
    pub message: String,
    /// When it was created.
    pub created_ms: i64,
    /// When the wait ends: the next try of a crashing container, the end of the grace period.
    pub until_ms: Option<i64>,
    /// Containers that are ready, and all.
    pub ready: (u32, u32),
    pub restarts: u32,
    /// Kind and name of the controller.
    pub owner: Option<(String, String)>,
    /// Requests: milli-CPU and bytes.
    pub requests: (i64, i64),
    pub ip: String,
    /// Of the cluster itself: kube-system and its like.
    pub system: bool,
}

/// Whether a node can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeHealth {
    Ready,
    NotReady,
    /// Its kubelet has not reported for a while, or never did.
    #[default]
    Unknown,
}

/// A node on the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeCard {
    pub name: String,
    pub health: NodeHealth,
    /// `spec.unschedulable`.
    pub cordoned: bool,
    /// `control-plane`, or what else its role labels say.
    pub roles: Vec<String>,
    /// `key=value:Effect`, without those that the node controller keeps for conditions.
    pub taints: Vec<String>,
    /// Conditions that press: `MemoryPressure`, `DiskPressure`, `PIDPressure`.
    pub pressures: Vec<String>,
    /// Allocatable: milli-CPU, bytes, pods.
    pub allocatable: (i64, i64, i64),
    /// The sum of requests of the pods on it: milli-CPU and bytes.
    pub requested: (i64, i64),
    /// The machine, where it is known: powered, reachable.
    pub machine: Machine,
    pub ip: String,
    pub version: String,
    pub created_ms: i64,
}

/// What is known of the machine behind a node (only where machines are simulated).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Machine {
    #[default]
    On,
    /// Powered off.
    Off,
    /// Powered, but cut off from the network.
    Cut,
}

/// A service on the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceDoor {
    pub namespace: String,
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub kind: String,
    /// The cluster IP, `None`, or the external name.
    pub address: String,
    /// `80:30080/TCP`, as kubectl prints them.
    pub ports: Vec<String>,
    /// Keys of ready pods behind it, the first 200.
    pub ready: Vec<Key>,
    /// Keys of pods behind it that are not ready, the first 200.
    pub waiting: Vec<Key>,
    /// How many there are of each.
    pub counts: (u32, u32),
    pub has_selector: bool,
    /// Requests so far: answered, refused, lost.
    pub requests: (u64, u64, u64),
}

/// Something that keeps pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, …
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Kind and name of its controller.
    pub owner: Option<(String, String)>,
    pub desired: i64,
    /// Pods that are there.
    pub current: i64,
    /// Pods of the newest template.
    pub updated: i64,
    pub ready: i64,
    pub paused: bool,
    /// It is done, or its pods are all ready and new.
    pub settled: bool,
    /// Kubernetes' message where it is in trouble.
    pub message: String,
    pub created_ms: i64,
    pub system: bool,
}

/// A part of the control plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// `kube-apiserver`, `etcd`, `kube-scheduler`, `kube-controller-manager`.
    pub name: String,
    /// Whether a pod of it is ready.
    pub running: bool,
    /// Key of its pod, "" where it has none.
    pub pod: Key,
    /// What its pod's status says.
    pub status: String,
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Namespace {
    pub name: String,
    pub terminating: bool,
}

/// Somebody's writes within one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// A component's name, `kubelet/NODE`, or a user's name.
    pub who: String,
    pub count: u32,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verb {
    Created,
    #[default]
    Updated,
    Scaled,
    Deleted,
    Bound,
    Evicted,
    /// A pod became ready, or ceased to be.
    Ready,
    Unready,
    /// A Kubernetes event was recorded: reason and message speak.
    Said,
}

/// A line of the activity feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActivityLine {
    /// Counts up.
    pub id: u64,
    pub at_ms: i64,
    /// Who: a component, `kubelet/NODE`, or a user.
    pub who: String,
    pub verb: Verb,
    pub object: ObjectRef,
    /// How many alike things were done at once; `object` is the last of them.
    pub count: u32,
    /// For [`Verb::Said`]: the event's reason. For [`Verb::Bound`]: the node. For [`Verb::Scaled`]: `2 → 5`.
    pub reason: String,
    /// For [`Verb::Said`]: the event's message.
    pub message: String,
    pub warning: bool,
    /// The write that led to this one.
    pub because: Option<Because>,
}

/// The write that led to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Because {
    pub who: String,
    pub verb: Verb,
    pub object: ObjectRef,
}

/// A decision of the scheduler, for the map to show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The pod's key.
    pub pod: Key,
    /// The node that won, "" where none fits.
    pub chosen: String,
    /// What was found on each node looked at (the first 50).
    pub verdicts: Vec<Verdict>,
}

/// What the scheduler found on one node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub node: String,
    /// The plugin that refused the node, "" where it fits.
    pub refused_by: String,
    /// Why, in the plugin's words.
    pub reason: String,
    /// The weighted score of a node that fits.
    pub score: i64,
}
