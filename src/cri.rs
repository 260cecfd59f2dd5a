//! The container runtime seam, after CRI v1: what a kubelet asks of a runtime, and what comes back.
//!
//! A runtime never calls back: requests are submitted with an id, answers and events are polled.

use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::SortedMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Pairs an answer with its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What a kubelet asks of a runtime.
#[derive(Clone, Debug)]
pub enum CriRequest {
    /// Makes a pod's sandbox and gives it an address.
    RunPodSandbox(Box<PodSandboxConfig>),
    /// Stops a sandbox and all in it; gives its address back.
    StopPodSandbox {
        /// Which sandbox.
        sandbox: String,
    },
    /// Removes a sandbox and what it left.
    RemovePodSandbox {
        /// Which sandbox.
        sandbox: String,
    },
    /// Whether an image is there.
    ImageStatus {
        /// Its name.
        image: String,
    },
    /// Fetches an image.
    PullImage {
        /// Its name.
        image: String,
        /// Who asks for it; nobody by name where there is none.
        auth: Option<AuthConfig>,
    },
    /// Removes an image by its id.
    RemoveImage {
        /// Its id with digest.
        image: String,
    },
    /// Makes a container in a sandbox.
    CreateContainer {
        /// Which sandbox.
        sandbox: String,
        /// What it is to be.
        config: Box<ContainerConfig>,
    },
    /// Starts a container.
    StartContainer {
        /// Which container.
        container: String,
    },
    /// Gives a running container other resources.
    UpdateContainerResources {
        /// Which container.
        container: String,
        /// What it is to have.
        resources: ContainerResources,
    },
    /// Asks a container to end, and kills it after the timeout.
    StopContainer {
        /// Which container.
        container: String,
        /// How long it may take.
        timeout: Duration,
    },
    /// Removes a container and its logs.
    RemoveContainer {
        /// Which container.
        container: String,
    },
    /// Runs a command in a container and waits for its end.
    ExecSync {
        /// Which container.
        container: String,
        /// Program and arguments.
        command: Vec<String>,
        /// How long it may take.
        timeout: Duration,
    },
    /// Asks over the pod's network, as a kubelet does for probes.
    Probe(NetworkProbe),
}

/// What a container may take, each 0 where that is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerResources {
    /// Memory limit in bytes.
    pub memory_limit: i64,
    /// Memory request in bytes.
    pub memory_request: i64,
    /// CPU limit in thousandths of a core.
    pub cpu_limit_milli: i64,
    /// CPU request in thousandths of a core.
    pub cpu_request_milli: i64,
}

/// Who fetches an image, as a registry is told.
#[derive(Clone, PartialEq)]
pub struct AuthConfig {
    /// The name.
    pub username: String,
    /// What only that one knows.
    pub password: String,
}

impl fmt::Debug for AuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthConfig of {:?}", self.username)
    }
}

/// A probe over the network.
#[derive(Clone, Debug)]
pub struct NetworkProbe {
    /// The sandbox asked.
    pub sandbox: String,
    /// Host to connect to: the pod's address where the probe names none.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What to ask.
    pub action: ProbeAction,
    /// How long it may take.
    pub timeout: Duration,
}

/// What a network probe asks.
#[derive(Clone, Debug)]
pub enum ProbeAction {
    /// An HTTP GET.
    HttpGet {
        /// `HTTP` or `HTTPS`.
        scheme: String,
        /// Path and query.
        path: String,
        /// Headers.
        headers: Vec<(String, String)>,
    },
    /// A TCP connection.
    TcpSocket,
    /// The gRPC health service.
    Grpc {
        /// The service asked for.
        service: String,
    },
}

/// A pod's sandbox as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct PodSandboxConfig {
    /// The whole pod, for runtimes that make more of it than what follows.
    pub pod: Value,
    /// Pod name.
    pub name: String,
    /// Pod namespace.
    pub namespace: String,
    /// Pod UID.
    pub uid: String,
    /// How often a sandbox was made for the pod before.
    pub attempt: u32,
    /// Labels of the pod.
    pub labels: Value,
    /// Host name inside.
    pub hostname: String,
    /// Whether the pod shares the node's network.
    pub host_network: bool,
    /// Ports opened on the node: (host port, container port, protocol).
    pub host_ports: Vec<(u16, u16, String)>,
    /// The text of `/etc/resolv.conf`.
    pub resolv_conf: String,
    /// What `/etc/hosts` says besides the pod's own address.
    pub host_aliases: String,
    /// The handler of its RuntimeClass, "" for the runtime's own choice.
    pub runtime_handler: String,
    /// The PersistentVolumes behind its claims, by volume.
    pub bound: SortedMap<String, Value>,
}

/// A container as it is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerConfig {
    /// The whole pod, for runtimes that make more of it than what follows.
    pub pod: Value,
    /// Container name.
    pub name: String,
    /// How often the container was made before.
    pub attempt: u32,
    /// Image name.
    pub image: String,
    /// Replaces the image's entrypoint where not empty.
    pub command: Vec<String>,
    /// Replaces the image's arguments where not empty.
    pub args: Vec<String>,
    /// Working directory, "" for the image's.
    pub working_dir: String,
    /// Environment in order.
    pub envs: Vec<(String, String)>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Declared container ports.
    pub ports: Vec<u16>,
    /// Memory limit in bytes, 0 for none.
    pub memory_limit: i64,
    /// CPU limit in thousandths of a core, 0 for none.
    pub cpu_limit_milli: i64,
    /// Whether standard input is kept open, for somebody to attach to.
    pub stdin: bool,
    /// Whether it ends when the first who attached leaves.
    pub stdin_once: bool,
    /// Whether its streams are a terminal.
    pub tty: bool,
    /// Id of the container whose processes it is to see; empty for its own or its pod's.
    pub target: String,
    /// Whether the root file system is read-only.
    pub read_only_root: bool,
    /// Where the last words of the process are read from.
    pub termination_message_path: String,
}

/// One mount.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// Where it appears.
    pub container_path: Text,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// What stands behind it.
    pub source: MountSource,
    /// Which part of that, "" for all of it. Of files the source has that part only.
    pub sub_path: Text,
}

/// Files that containers share: path below the mount → content.
pub type Files = Arc<SortedMap<String, Vec<u8>>>;

/// What stands behind a mount.
#[derive(Clone, Debug, PartialEq)]
pub enum MountSource {
    /// Files given by the kubelet: path below the mount → content (ConfigMap, Secret, downward API, projected).
    Files(Files),
    /// A folder of the pod, shared by its containers, by volume name.
    EmptyDir(String),
    /// A folder of the node.
    HostPath(String),
}

/// What a runtime answers.
#[derive(Clone, Debug)]
pub enum CriResponse {
    /// Done, nothing to tell.
    Done,
    /// A sandbox stands.
    PodSandbox {
        /// Its id.
        id: String,
        /// Its address, "" on the node's network.
        ip: String,
    },
    /// An image is there (or is not).
    Image(Option<ImageInfo>),
    /// A container was made.
    Container {
        /// Its id.
        id: String,
    },
    /// A command ended.
    Exec {
        /// What it printed, both streams.
        output: String,
        /// Its exit code.
        exit_code: i32,
    },
    /// A probe was answered.
    Probe(Result<ProbeAnswer, String>),
}

/// What a network probe found.
#[derive(Clone, Debug)]
pub struct ProbeAnswer {
    /// HTTP status, or 0 where none was asked.
    pub status: u16,
    /// Body.
    pub body: String,
}

/// An image on the node.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageInfo {
    /// Its id with digest.
    pub id: String,
    /// The full name it is known by.
    pub name: String,
    /// What else it is known by.
    pub others: Vec<String>,
    /// Its size in bytes.
    pub size: i64,
    /// Whether the runtime itself needs it, so that it is never removed.
    pub pinned: bool,
    /// Whom it runs as.
    pub user: ImageUser,
}

/// Whom an image runs as where nothing else is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageUser {
    /// A number; 0 where the image names nobody.
    Id(i64),
    /// A name that only the image's own files know.
    Name(String),
}

/// The code of a runtime that sets volumes up, where one of a sandbox's cannot be.
pub const NOT_MOUNTED: &str = "FailedMount";

/// Why a runtime refused.
#[derive(Clone, Debug, PartialEq)]
pub struct CriError {
    /// gRPC code as upstream prints it: `NotFound`, `Unknown`, `DeadlineExceeded`.
    pub code: &'static str,
    /// What it says.
    pub message: String,
}

impl fmt::Display for CriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rpc error: code = {} desc = {}", self.code, self.message)
    }
}

impl std::error::Error for CriError {}

/// What happened without being asked.
#[derive(Clone, Debug)]
pub enum RuntimeEvent {
    /// A container ended.
    Container(ContainerEvent),
    /// The sandbox of that id is no more: its own process ended.
    SandboxDied(String),
}

/// What happened to a container.
#[derive(Clone, Debug)]
pub struct ContainerEvent {
    /// Which sandbox.
    pub sandbox: String,
    /// Which container.
    pub container: String,
    /// How it ended.
    pub exit: ContainerExit,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerExit {
    /// Exit code.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`.
    pub reason: String,
    /// What the process left in its termination message file.
    pub message: String,
    /// When.
    pub finished_at: Timestamp,
}

/// One line that a container wrote.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// When.
    pub time: Timestamp,
    /// Whether it went to standard error.
    pub stderr: bool,
    /// The text without its line end.
    pub text: String,
    /// Whether a line end followed.
    pub complete: bool,
}

/// What a container uses, since it was last asked about or, the first time, since its start (`ContainerStats` of CRI v1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerStats {
    /// CPU in billionths of a core, averaged over the window (`UsageNanoCores`).
    pub usage_nano_cores: u64,
    /// Over how long that is averaged.
    pub window: Duration,
    /// Memory in bytes (`WorkingSetBytes`).
    pub working_set_bytes: u64,
}

/// What a container has used since its start, as it was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerUse {
    /// When it was read.
    pub time: Timestamp,
    /// CPU time in nanoseconds (`UsageCoreNanoSeconds`).
    pub cpu_nanos: u64,
    /// CPU in billionths of a core, averaged since the reading before, where that is known.
    pub nano_cores: Option<u64>,
    /// Memory in bytes (`WorkingSetBytes`).
    pub working_set_bytes: u64,
}

/// How a runtime does.
#[derive(Clone, Debug)]
pub struct RuntimeHealth {
    /// How often it said that it does its work: more than never once it was asked.
    pub told: u64,
    /// How often it said which containers it has.
    pub listed: u64,
    /// What does not hold of what it said last.
    pub failing: Vec<RuntimeCondition>,
}

/// How much there is of something, and how much of that is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// All of it.
    pub capacity: i64,
    /// What is left.
    pub available: i64,
}

/// What a node has left (the node's part of the summary API).
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineUsage {
    /// Bytes of memory that are not in active use.
    pub memory: Amount,
    /// Bytes of the disk with logs and volumes.
    pub node_fs: Amount,
    /// Files that this disk can hold.
    pub node_inodes: Amount,
    /// Bytes of the disk with images.
    pub image_fs: Amount,
    /// Files that this disk can hold.
    pub image_inodes: Amount,
    /// Processes.
    pub processes: Amount,
}

/// What a container holds of its node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Bytes of memory in active use.
    pub memory: i64,
    /// Bytes that it wrote on its own file system.
    pub disk: i64,
}

/// Bytes that a pod holds on its node's disk.
#[derive(Clone, Debug, Default)]
pub struct HeldOnDisk {
    /// Logs, by container.
    pub logs: SortedMap<String, i64>,
    /// Volumes that go with the pod, by name.
    pub volumes: SortedMap<String, i64>,
}

/// What a runtime says of itself.
#[derive(Clone, Debug)]
pub struct RuntimeCondition {
    /// `RuntimeReady` or `NetworkReady`.
    pub kind: String,
    /// Why it does not hold, in a word.
    pub reason: String,
    /// Why it does not hold.
    pub message: String,
}

/// A container runtime.
pub trait RuntimeService {
    /// Its name and version: `containerd`, `2.1.0`.
    fn version(&self) -> (&'static str, &'static str);
    /// Takes a request in.
    fn submit(&mut self, now: Timestamp, id: CallId, request: CriRequest);
    /// The next answer that is ready.
    fn poll(&mut self, now: Timestamp) -> Option<(CallId, Result<CriResponse, CriError>)>;
    /// The next thing that happened unasked.
    fn poll_event(&mut self, now: Timestamp) -> Option<RuntimeEvent>;
    /// When something will be ready.
    fn next_deadline(&self) -> Option<Timestamp>;
    /// The log lines of a container from the `from`-th on.
    fn log_lines(&self, container: &str, from: usize) -> Vec<LogLine>;
    /// What a running container uses; none where that is not known (yet).
    fn container_stats(&mut self, now: Timestamp, container: &str) -> Option<ContainerStats>;
    /// What a container had used when it was read last; none where it was not read yet. Reads nothing itself.
    fn container_use(&self, container: &str) -> Option<ContainerUse>;
    /// Images on the node.
    fn images(&self) -> Vec<ImageInfo>;
    /// How it does; none for one that always answers.
    fn health(&self) -> Option<RuntimeHealth> {
        None
    }
    /// What the machine has left; none where it never runs out of anything, or is not known yet.
    fn machine(&self) -> Option<MachineUsage> {
        None
    }
    /// What a container holds by itself.
    fn held_by_container(&self, _container: &str) -> Held {
        Held::default()
    }
    /// Bytes of memory that a running container takes, caches among them; none where that is not known (yet).
    fn memory_usage(&self, _container: &str) -> Option<u64> {
        None
    }
    /// Begins to remove the volumes of a pod that is over, with what is in them; its logs stay. By its UID.
    fn remove_volumes(&mut self, _pod: &str) {}
    /// Whether the volumes of a pod have gone, where that was asked for, and what pods hold was measured since.
    fn volumes_are_gone(&self, _pod: &str) -> bool {
        true
    }
    /// Names and ids of the images of all containers that the runtime has, whoever made them.
    fn images_in_use(&self) -> Vec<String> {
        Vec::new()
    }
    /// What a pod holds on disk beside what its containers wrote on their own file systems, by its UID.
    fn held_on_disk(&self, _pod: &str) -> HeldOnDisk {
        HeldOnDisk::default()
    }
}
