//! The simulated container runtime: the CRI over data, with the time that things take.

use super::catalogue;
use super::container::{Phase, Process, SimContainer, Stepped};
use super::os::mounts::{self, Volumes};
use super::os::{Host, Os};
use super::program::program;
use super::server;
use crate::apimachinery::image_name::full_name;
use crate::apimachinery::{Rng, Text, Timestamp, Value};
use crate::collections::{SortedMap, SortedSet};
use crate::cri::{
    CallId, ContainerConfig, ContainerEvent, ContainerExit, ContainerStats, ContainerUse, CriError,
    CriRequest, CriResponse, ImageInfo, ImageUser, LogLine, Mount, NetworkProbe, ProbeAction,
    ProbeAnswer, RuntimeEvent, RuntimeService,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How many of the latest containers others are compared with.
const ASKED: usize = 8;

/// How a simulated runtime behaves.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Containers of any image run and never end by themselves, at once: what recordings of a control plane are made with.
    pub fake: bool,
    /// Scales all times that things take: 1 is realistic, 0 is at once.
    pub latency_scale: f64,
    /// Images that are on the node from the start.
    pub preloaded: Vec<String>,
    /// First three numbers of the node's pod addresses and its own: `10.244.1`.
    pub pod_prefix: String,
    /// The node's own address.
    pub node_ip: String,
}

#[derive(Clone)]
pub(super) struct Sandbox {
    labels: Value,
    volumes: Volumes,
    /// Namespace and name of the pod.
    pub(super) pod: String,
    pub(super) hostname: String,
    pub(super) ip: String,
    pub(super) host_network: bool,
    pub(super) stopped: bool,
    pub(super) host_ports: Vec<(u16, u16, String)>,
    resolv_conf: Text,
    host_aliases: String,
}

#[derive(Clone, Debug)]
struct Stop {
    call: CallId,
    container: String,
    kill_at: Timestamp,
}

pub(super) type Answer = Result<CriResponse, CriError>;

/// The simulated container runtime of one node.
#[derive(Clone)]
pub struct SimRuntime {
    config: SimConfig,
    rng: Rng,
    images: SortedMap<String, ImageInfo>,
    pub(super) sandboxes: SortedMap<Text, Sandbox>,
    /// Folders of the machine itself that pods have mounted.
    host: Volumes,
    pub(super) containers: SortedMap<Text, SimContainer>,
    pub(super) boots: SortedMap<Text, Timestamp>,
    pending: SortedMap<(Timestamp, u64), (CallId, CriRequest)>,
    sequence: u64,
    stops: Vec<Stop>,
    ready: VecDeque<(CallId, Answer)>,
    events: VecDeque<RuntimeEvent>,
    next_ip: u32,
    /// Addresses of sandboxes that are not stopped.
    taken: SortedSet<String>,
    pub(super) wakes: SortedSet<(Timestamp, String)>,
    /// Containers that may have sent something.
    pub(super) senders: SortedSet<String>,
    /// What the last sandbox has for `/etc/resolv.conf`.
    resolv_conf: Text,
    /// What containers were asked to be of late.
    asked: VecDeque<Arc<ContainerConfig>>,
    /// Open sessions and their containers.
    pub(super) sessions: SortedMap<u64, String>,
    pub(super) last_session: u64,
}

pub(super) fn failed(code: &'static str, message: impl Into<String>) -> CriError {
    CriError {
        code,
        message: message.into(),
    }
}

impl SimRuntime {
    /// A runtime with nothing running.
    pub fn new(config: SimConfig, rng: Rng) -> Self {
        let mut runtime = Self {
            rng,
            images: SortedMap::new(),
            sandboxes: SortedMap::new(),
            host: Volumes::new(),
            containers: SortedMap::new(),
            boots: SortedMap::new(),
            pending: SortedMap::new(),
            sequence: 0,
            stops: Vec::new(),
            ready: VecDeque::new(),
            events: VecDeque::new(),
            next_ip: 1,
            taken: SortedSet::new(),
            wakes: SortedSet::new(),
            senders: SortedSet::new(),
            resolv_conf: Text::EMPTY,
            asked: VecDeque::new(),
            sessions: SortedMap::new(),
            last_session: 0,
            config,
        };
        for name in runtime.config.preloaded.clone() {
            runtime.add_image(&name);
        }
        runtime
    }

    /// Ends a container from outside, as a crash or an out-of-memory kill does. Whether it ran.
    pub fn crash(&mut self, container: &str, exit_code: i32, reason: &str, now: Timestamp) -> bool {
        let found = self.containers.get(container);
        let running = found.is_some_and(SimContainer::is_running);
        if running {
            self.exit(container, exit_code, reason, now);
        }
        running
    }

    /// How it behaves.
    pub fn config(&self) -> &SimConfig {
        &self.config
    }

    /// A container by id.
    pub fn container(&self, id: &str) -> Option<&SimContainer> {
        self.containers.get(id)
    }

    fn add_image(&mut self, name: &str) -> ImageInfo {
        if self.config.fake {
            let bare = name.rsplit('/').next().unwrap_or(name);
            let tagged = if bare.contains([':', '@']) {
                name.to_owned()
            } else {
                format!("{name}:latest")
            };
            return ImageInfo {
                id: tagged.clone(),
                name: tagged,
                others: Vec::new(),
                size: 0,
                pinned: false,
                user: ImageUser::Id(0),
            };
        }
        let full = full_name(name);
        let repository = full.split('@').next().unwrap_or(&full);
        let slash = repository.rfind('/').map_or(0, |i| i + 1);
        let bare = repository[slash..]
            .find(':')
            .map_or(repository, |c| &repository[..slash + c]);
        let info = ImageInfo {
            id: format!("{bare}@sha256:{}", catalogue::digest(&full)),
            name: full.clone(),
            others: Vec::new(),
            size: catalogue::lookup(name).size,
            pinned: false,
            user: catalogue::user(name),
        };
        self.images.insert(full, info.clone());
        info
    }

    fn jitter(&mut self, base: Duration) -> Duration {
        let scale = self.config.latency_scale * (0.75 + 0.5 * self.rng.unit());
        Duration::from_micros((base.as_micros() as f64 * scale) as u64)
    }

    fn time_for(&mut self, request: &CriRequest) -> Duration {
        let millis = match request {
            CriRequest::RunPodSandbox(_) => 180,
            CriRequest::StopPodSandbox { .. } => 60,
            CriRequest::RemovePodSandbox { .. } | CriRequest::RemoveContainer { .. } => 20,
            CriRequest::ImageStatus { .. } => 2,
            CriRequest::PullImage { image, .. } => {
                let time = match catalogue::refusal(image) {
                    Some(_) => Duration::from_millis(1200),
                    None if self.images.contains_key(&full_name(image)) => {
                        Duration::from_millis(450)
                    }
                    None => catalogue::pull_time(catalogue::lookup(image).size),
                };
                return self.jitter(time);
            }
            CriRequest::RemoveImage { .. } => 50,
            CriRequest::CreateContainer { .. } => 90,
            CriRequest::StartContainer { .. } => 120,
            CriRequest::UpdateContainerResources { .. } => 30,
            CriRequest::StopContainer { .. } => 40,
            CriRequest::ExecSync { .. } => 30,
            CriRequest::Probe(_) => 3,
        };
        self.jitter(Duration::from_millis(millis))
    }

    /// Carries out all that is due up to `now`, in order of time.
    fn run_due(&mut self, now: Timestamp) {
        loop {
            let request = self.pending.first_key_value().map(|((t, _), _)| *t);
            let kill = self.stops.iter().map(|s| s.kill_at).min();
            let wake = self.wakes.first().map(|(t, _)| *t);
            let Some(at) = [request, kill, wake]
                .into_iter()
                .flatten()
                .min()
                .filter(|t| *t <= now)
            else {
                return;
            };
            if wake == Some(at) {
                if let Some((at, container)) = self.wakes.pop_first() {
                    self.step_container(&container, at);
                }
            } else if request == Some(at) {
                if let Some(((at, _), (id, request))) = self.pending.pop_first()
                    && let Some(answer) = self.execute(at, id, request)
                {
                    self.ready.push_back((id, answer));
                }
            } else {
                self.kill_overdue(at);
            }
        }
    }

    /// Lets a container's processes run, with the volumes of its sandbox at hand.
    fn step_container(&mut self, id: &str, now: Timestamp) {
        let Some(c) = self.containers.get_mut(id) else {
            return;
        };
        let Some(sandbox) = self.sandboxes.get_mut(&c.sandbox) else {
            return;
        };
        let with_host = c.mounts_host();
        if let Some(os) = &mut c.os {
            os.fs.shared = std::mem::take(&mut sandbox.volumes);
            if with_host {
                os.fs.shared.append(&mut self.host);
            }
            os.set_now(now);
            os.make_missing();
        }
        let stepped = c.step(now);
        if let Some(os) = &mut c.os {
            sandbox.volumes = std::mem::take(&mut os.fs.shared);
            if with_host {
                self.host = mounts::take_host(&mut sandbox.volumes);
            }
            self.senders.insert(id.to_owned());
        }
        self.stepped(id, stepped, now);
    }

    fn stepped(&mut self, id: &str, stepped: Stepped, now: Timestamp) {
        for (call, result) in stepped.execs {
            let answer = match result {
                Some((output, exit_code)) => Ok(CriResponse::Exec { output, exit_code }),
                None => Err(failed(
                    "DeadlineExceeded",
                    "failed to exec in container: timeout exceeded: context deadline exceeded",
                )),
            };
            self.ready.push_back((call, answer));
        }
        if let Some(at) = stepped.wake {
            self.wakes.insert((at.max(now), id.to_owned()));
        }
        if let Some(code) = stepped.exit {
            let reason = if code == 0 { "Completed" } else { "Error" };
            self.exit(id, code, reason, now);
        }
    }

    /// The machine of a container, made when first needed.
    pub(super) fn ensure_os(&mut self, id: &str, now: Timestamp) {
        let seed = self.rng.u64();
        let Some(c) = self.containers.get_mut(id) else {
            return;
        };
        if c.os.is_none() {
            let host = match self.sandboxes.get(&c.sandbox) {
                None => Host::default(),
                Some(s) => Host {
                    name: &s.hostname,
                    ip: if s.host_network {
                        &self.config.node_ip
                    } else {
                        &s.ip
                    },
                    resolv_conf: &s.resolv_conf,
                    aliases: &s.host_aliases,
                },
            };
            let asked = (&*c.config, &*c.mounts);
            c.os = Some(Box::new(Os::new(asked, &host, seed, now)));
        }
    }

    fn kill_overdue(&mut self, at: Timestamp) {
        let overdue: Vec<String> = self
            .stops
            .iter()
            .filter(|s| s.kill_at <= at)
            .map(|s| s.container.clone())
            .collect();
        for container in overdue {
            self.exit(&container, 137, "Error", at);
        }
        self.stops.retain(|s| s.kill_at > at);
    }

    fn execute(&mut self, now: Timestamp, call: CallId, request: CriRequest) -> Option<Answer> {
        Some(match request {
            CriRequest::RunPodSandbox(config) => {
                let ip = if config.host_network {
                    String::new()
                } else {
                    self.allocate_ip()
                };
                let id = if self.config.fake {
                    format!(
                        "{}_{}_{}_{}",
                        config.name, config.namespace, config.uid, config.attempt
                    )
                } else {
                    self.hex_id()
                };
                let resolv_conf = self.resolv_conf_like(&config.resolv_conf);
                self.sandboxes.insert(
                    Text::from(&id),
                    Sandbox {
                        labels: config.labels,
                        pod: [&config.namespace, "/", &config.name].concat(),
                        host_ports: config.host_ports,
                        resolv_conf,
                        host_aliases: config.host_aliases,
                        hostname: config.hostname,
                        ip: ip.clone(),
                        host_network: config.host_network,
                        stopped: false,
                        volumes: Volumes::new(),
                    },
                );
                Ok(CriResponse::PodSandbox { id, ip })
            }
            CriRequest::StopPodSandbox { sandbox } => {
                let inside: Vec<String> = self
                    .containers
                    .values()
                    .filter(|c| c.sandbox.as_str() == sandbox && c.is_running())
                    .map(|c| c.id.to_string())
                    .collect();
                for container in inside {
                    self.exit(&container, 137, "Error", now);
                }
                if let Some(s) = self.sandboxes.get_mut(sandbox.as_str())
                    && !std::mem::replace(&mut s.stopped, true)
                {
                    self.taken.remove(&s.ip);
                }
                Ok(CriResponse::Done)
            }
            CriRequest::RemovePodSandbox { sandbox } => {
                let boots = &mut self.boots;
                self.containers.retain(|id, c| {
                    let keep = c.sandbox.as_str() != sandbox;
                    if !keep {
                        boots.remove(id);
                    }
                    keep
                });
                if let Some(s) = self
                    .sandboxes
                    .remove(sandbox.as_str())
                    .filter(|s| !s.stopped)
                {
                    self.taken.remove(&s.ip);
                }
                Ok(CriResponse::Done)
            }
            CriRequest::ImageStatus { image } => Ok(CriResponse::Image(if self.config.fake {
                Some(self.add_image(&image))
            } else {
                self.images.get(&full_name(&image)).cloned()
            })),
            CriRequest::PullImage { image, .. } => {
                match catalogue::refusal(&image).filter(|_| !self.config.fake) {
                    Some((code, why)) => Err(failed(code, why)),
                    None => Ok(CriResponse::Image(Some(self.add_image(&image)))),
                }
            }
            CriRequest::RemoveImage { image } => {
                self.images.retain(|_, i| i.id != image);
                Ok(CriResponse::Done)
            }
            CriRequest::CreateContainer { sandbox, config } => self.create(sandbox, *config),
            CriRequest::StartContainer { container } => self.start(&container, now),
            CriRequest::UpdateContainerResources {
                container,
                resources,
            } => self.resize(&container, &resources),
            CriRequest::StopContainer { container, timeout } => {
                return self.stop(call, container, timeout, now);
            }
            CriRequest::RemoveContainer { container } => {
                self.containers.remove(container.as_str());
                self.boots.remove(container.as_str());
                Ok(CriResponse::Done)
            }
            CriRequest::ExecSync {
                container,
                command,
                timeout,
            } => return self.exec(call, &container, command, timeout, now),
            CriRequest::Probe(probe) => {
                let server = |c: &&mut SimContainer| {
                    c.sandbox.as_str() == probe.sandbox && c.listens(probe.port)
                };
                let found = self.containers.values_mut().find(server);
                if let Some(c) = found {
                    c.note_request(now);
                }
                Ok(CriResponse::Probe(self.probe(&probe)))
            }
        })
    }

    /// The text of `/etc/resolv.conf`, which pods of one namespace share.
    fn resolv_conf_like(&mut self, text: &str) -> Text {
        if self.resolv_conf != *text {
            self.resolv_conf = text.into();
        }
        self.resolv_conf.clone()
    }

    fn allocate_ip(&mut self) -> String {
        for _ in 0..254 {
            self.next_ip = self.next_ip % 254 + 1;
            let ip = format!("{}.{}", self.config.pod_prefix, self.next_ip);
            if self.next_ip > 1 && self.taken.insert(ip.clone()) {
                return ip;
            }
        }
        String::new()
    }

    pub(super) fn hex_id(&mut self) -> String {
        (0..4).map(|_| format!("{:016x}", self.rng.u64())).collect()
    }

    /// What a container is asked to be, apart from what only this one is: one that is asked for like another shares it.
    fn shared(&mut self, mut config: ContainerConfig) -> (Arc<ContainerConfig>, Vec<Mount>) {
        config.pod = Value::Null;
        let mounts = std::mem::take(&mut config.mounts);
        if let Some(known) = self.asked.iter().find(|known| ***known == config) {
            return (known.clone(), mounts);
        }
        let config = Arc::new(config);
        if self.asked.len() == ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(config.clone());
        (config, mounts)
    }

    fn create(&mut self, sandbox: String, config: ContainerConfig) -> Answer {
        let Some(within) = self.sandboxes.get_key_value(sandbox.as_str()) else {
            return Err(failed(
                "NotFound",
                format!("failed to find sandbox id \"{sandbox}\": not found"),
            ));
        };
        let is_task = within.1.labels.has("batch.kubernetes.io/job-name");
        let within = within.0.clone();
        let (process, ports) = if self.config.fake && is_task {
            (Process::FakeTask, config.ports.clone())
        } else if self.config.fake {
            (Process::Fake, config.ports.clone())
        } else {
            program(&config)
        };
        let id = if self.config.fake {
            format!("{sandbox}_{}_{}", config.name, config.attempt)
        } else {
            self.hex_id()
        };
        let (asked, own) = (self.shared(config), Text::from(&id));
        self.containers.insert(
            own.clone(),
            SimContainer::new(own, within, asked, ports, process),
        );
        Ok(CriResponse::Container { id })
    }

    fn stop(
        &mut self,
        call: CallId,
        container: String,
        timeout: Duration,
        now: Timestamp,
    ) -> Option<Answer> {
        let Some(c) = self
            .containers
            .get_mut(container.as_str())
            .filter(|c| c.is_running())
        else {
            return Some(Ok(CriResponse::Done));
        };
        if let Process::Running(_) = &c.process {
            c.terminate();
            self.stops.push(Stop {
                call,
                container: container.clone(),
                kill_at: now + timeout,
            });
            self.step_container(&container, now);
            return None;
        }
        let reason = if self.config.fake { "" } else { "Completed" };
        self.exit(&container, 0, reason, now);
        Some(Ok(CriResponse::Done))
    }

    fn exit(&mut self, container: &str, exit_code: i32, reason: &str, now: Timestamp) {
        let Some(c) = self.containers.get_mut(container) else {
            return;
        };
        let exit = ContainerExit {
            exit_code,
            reason: reason.to_owned(),
            message: c
                .os
                .as_ref()
                .and_then(|os| os.read_text(&c.config.termination_message_path))
                .unwrap_or_default()
                .chars()
                .take(4096)
                .collect(),
            finished_at: now,
        };
        c.phase = Phase::Exited(exit.clone());
        c.end_sessions();
        self.events
            .push_back(RuntimeEvent::Container(ContainerEvent {
                sandbox: c.sandbox.to_string(),
                container: container.to_owned(),
                exit,
            }));
        let stops = std::mem::take(&mut self.stops);
        for s in stops {
            if s.container == container {
                self.ready.push_back((s.call, Ok(CriResponse::Done)));
            } else {
                self.stops.push(s);
            }
        }
    }

    fn exec(
        &mut self,
        call: CallId,
        container: &str,
        command: Vec<String>,
        timeout: Duration,
        now: Timestamp,
    ) -> Option<Answer> {
        let Some(c) = self.containers.get(container).filter(|c| c.is_running()) else {
            let why = format!(
                "failed to exec in container: failed to load task: no running task found: task {container} not found"
            );
            return Some(Err(failed("NotFound", why)));
        };
        if matches!(c.process, Process::Fake | Process::FakeTask) {
            return Some(Ok(CriResponse::Exec {
                output: String::new(),
                exit_code: 0,
            }));
        }
        self.ensure_os(container, now);
        let name = command.first().cloned().unwrap_or_default();
        let begun = self
            .containers
            .get_mut(container)
            .is_some_and(|c| c.begin_exec(call, command, now + timeout));
        if begun {
            self.step_container(container, now);
            return None;
        }
        let why = format!(
            "failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": executable file not found in $PATH: unknown"
        );
        Some(Err(failed("Unknown", why)))
    }

    /// A file as a container's own processes would read it.
    pub(super) fn read_file(&self, c: &SimContainer, path: &str) -> Option<String> {
        let mut os = c.os.clone()?;
        os.fs.shared = self.sandboxes.get(&c.sandbox)?.volumes.clone();
        if c.mounts_host() {
            os.fs.shared.append(&mut self.host.clone());
        }
        os.read_text(path)
    }

    fn probe(&self, probe: &NetworkProbe) -> Result<ProbeAnswer, String> {
        let listening = self
            .containers
            .values()
            .find(|c| c.sandbox.as_str() == probe.sandbox && c.listens(probe.port));
        let refused = format!(
            "dial tcp {}:{}: connect: connection refused",
            probe.host, probe.port
        );
        match (&probe.action, listening) {
            (ProbeAction::HttpGet { scheme, path, .. }, found) => {
                let url = format!(
                    "{}://{}:{}{path}",
                    scheme.to_lowercase(),
                    probe.host,
                    probe.port
                );
                let Some(c) = found else {
                    return Err(format!("Get \"{url}\": {refused}"));
                };
                let hostname = self
                    .sandboxes
                    .get(&c.sandbox)
                    .map_or("", |s| s.hostname.as_str());
                let kind = super::network::kind(c);
                match server::http_get(kind, path, hostname, &|file| self.read_file(c, file)) {
                    Some((status, body)) => Ok(ProbeAnswer { status, body }),
                    None => Err(format!("Get \"{url}\": EOF")),
                }
            }
            (_, Some(_)) => Ok(ProbeAnswer {
                status: 0,
                body: String::new(),
            }),
            (ProbeAction::Grpc { .. }, None) => Err(format!(
                "timeout: failed to connect service \"{}:{}\" within 1s: context deadline exceeded",
                probe.host, probe.port
            )),
            (_, None) => Err(refused),
        }
    }
}

impl RuntimeService for SimRuntime {
    fn version(&self) -> (&'static str, &'static str) {
        if self.config.fake {
            ("fakeRuntime", "0.1.0")
        } else {
            ("containerd", "2.1.4")
        }
    }

    fn submit(&mut self, now: Timestamp, id: CallId, request: CriRequest) {
        let at = now + self.time_for(&request);
        self.sequence += 1;
        self.pending.insert((at, self.sequence), (id, request));
    }

    fn poll(&mut self, now: Timestamp) -> Option<(CallId, Answer)> {
        self.run_due(now);
        self.ready.pop_front()
    }

    fn poll_event(&mut self, now: Timestamp) -> Option<RuntimeEvent> {
        self.run_due(now);
        self.events.pop_front()
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        if !self.ready.is_empty() || !self.events.is_empty() {
            return Some(Timestamp::default());
        }
        let pending = self.pending.keys().next().map(|(t, _)| *t);
        let kill = self.stops.iter().map(|s| s.kill_at).min();
        let wake = self.wakes.first().map(|(t, _)| *t);
        [pending, kill, wake].into_iter().flatten().min()
    }

    fn log_lines(&self, container: &str, from: usize) -> Vec<LogLine> {
        self.containers.get(container).map_or_else(Vec::new, |c| {
            c.log(self.boots.get(container).copied(), from)
        })
    }

    fn container_stats(&mut self, now: Timestamp, container: &str) -> Option<ContainerStats> {
        self.containers.get_mut(container)?.stats(now)
    }

    fn container_use(&self, container: &str) -> Option<ContainerUse> {
        self.containers.get(container)?.used()
    }

    fn memory_usage(&self, container: &str) -> Option<u64> {
        self.containers.get(container)?.memory()
    }

    fn images(&self) -> Vec<ImageInfo> {
        self.images.values().cloned().collect()
    }
}

impl SimRuntime {
    /// Whether a sandbox shares its node's network.
    pub fn is_host_network(&self, sandbox: &str) -> bool {
        self.sandboxes.get(sandbox).is_some_and(|s| s.host_network)
    }
}
