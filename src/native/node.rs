//! A real node: this machine, whose containers a container runtime runs. Its kubelet is the very one of simulated machines, over the
//! CRI ([`runtime`], [`calls`]) instead of the simulation; the driver gives it its turns.

pub mod api;
pub mod calls;
pub mod containerd;
pub mod folders;
pub mod grpc;
pub mod image;
pub mod logs;
pub mod machine;
pub mod manifests;
pub mod mirrors;
pub mod mounting;
pub mod names;
pub mod network;
pub mod nft;
pub mod overlay;
pub mod policies;
pub mod policing;
pub mod prepare;
pub mod probe;
pub mod provisioning;
pub mod proxying;
pub mod resolver;
pub mod rotation;
pub mod runtime;
pub mod services;
pub mod settings;
pub mod sizes;
pub mod streams;
pub mod translate;
pub mod volumes;

use super::driver::Piece;
use super::relay;
use crate::apimachinery::http::{ApiClient, Cause, ReaderId, UserInfo};
use crate::apimachinery::{Rng, Timestamp, Value};
use crate::apiserver::metrics::{NodeUsage, Usage};
use crate::apiserver::{NodeCall, NodeRequest};
use crate::client::{Component, Cx, Identity, Turn};
use crate::cluster::metrics;
use crate::cri::Files;
use crate::kubelet::eviction::thresholds::{self, Signal};
use crate::kubelet::{Kubelet, KubeletConfig};
use anyhow::Context as _;
use calls::Calls;
use folders::Folders;
use machine::Machine;
use manifests::Manifests;
use prepare::Prepared;
use proxying::Proxying;
use runtime::{CriRuntime, Waker};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// The reader of the kubelet's watches; no client's has this number.
const READER: ReaderId = ReaderId((1 << 20) - 1);
/// The label by which workloads choose between real and simulated nodes.
pub const LABEL: (&str, &str) = (crate::cluster::machines::REAL, "containerd");
/// The label of nodes whose pods have addresses of a network that is not the cluster's: other machines have no way to them.
pub const FOREIGN_NETWORK: (&str, &str) = ("kubarium.dev/pod-network", "foreign");
/// How often files of volumes are brought up to date, and how often tokens are made anew, which live for an hour.
const REFRESH: Duration = Duration::from_secs(10);
const REFRESH_TOKENS: Duration = Duration::from_secs(40 * 60);
/// How often containers and sandboxes are looked through that nothing needs any more (`ContainerGCPeriod`).
const COLLECT: Duration = Duration::from_secs(60);
/// How much sooner where the disk runs out.
const SOONER: Duration = Duration::from_secs(50);
/// How often the folder of static pods is looked at.
const MANIFESTS: Duration = Duration::from_secs(1);
/// How many pods the node takes.
const MAX_PODS: usize = 110;

/// Messages of a client on a stream; each is taken once its sender is told.
pub use relay::Input;

/// The node, on the thread of the cluster, or of its agent.
pub struct Node {
    kubelet: Kubelet<CriRuntime>,
    /// Services and names, where the network is the cluster's own.
    proxying: Option<Proxying>,
    calls: Calls,
    identity: Identity,
    rng: Rng,
    woken: bool,
    rest_until: Timestamp,
    /// When files of volumes are looked at next, and those with tokens.
    refresh_at: [Timestamp; 2],
    /// When containers and sandboxes are looked through next that nothing needs any more.
    collect_at: Timestamp,
    /// When was looked last at what the machine uses, and its CPU time then.
    measured: (Timestamp, u64),
    folders: Folders,
    /// The manifests that the node runs by itself, and when they are looked at next.
    manifests: Option<Manifests>,
    manifests_at: Timestamp,
    tasks: Handle,
    /// What it and its pods use, as of the last look, until somebody takes it.
    usage: Option<Usage>,
}

/// What a node begins with.
pub struct Beginning<'a> {
    /// The machine's name in the cluster.
    pub machine: Machine,
    /// The port of the kubelet's server.
    pub port: u16,
    /// The time.
    pub now: Timestamp,
    /// What its chance begins with.
    pub seed: u64,
    /// The API server.
    pub api: &'a mut dyn ApiClient,
    /// The pods that the API has for it.
    pub pods: Vec<Value>,
    /// What is called where it wants a turn.
    pub wake: Waker,
    /// Who runs its tasks.
    pub tasks: Handle,
}

impl Node {
    /// Starts the kubelet over a runtime that is ready: what runs of the cluster's pods from before is taken over, what belongs to
    /// none is removed.
    ///
    /// # Errors
    /// Where the runtime does not say what it has, or the node's network cannot be set up.
    pub fn start(prepared: &Prepared, with: Beginning<'_>) -> anyhow::Result<Self> {
        let Beginning {
            machine,
            port,
            now,
            seed,
            api,
            pods,
            wake,
            tasks,
        } = with;
        let proxying = match prepared.place(&machine.name) {
            Some(place) => Some(Proxying::start(
                &prepared.folders,
                place,
                (now, seed),
                api,
                wake.clone(),
                &tasks,
            )?),
            None => None,
        };
        let (runtime, calls) = CriRuntime::start(
            prepared.client.clone(),
            prepared.folders.clone(),
            prepared.node_ip.clone(),
            &prepared.version,
            &prepared.settings,
            wake,
        )?;
        let user = format!("system:node:{}", machine.name);
        let mut node = Self {
            identity: Identity {
                user: UserInfo::new(&user, &["system:nodes", "system:authenticated"]).into(),
                agent: "kubelet/v1.36.2 (linux/amd64)",
                reader: READER,
                watch_latency: Duration::ZERO,
            },
            rng: Rng::new(seed ^ 0x6e6f_6465),
            woken: true,
            rest_until: Timestamp::default(),
            refresh_at: [now + REFRESH, now + REFRESH_TOKENS],
            collect_at: now + COLLECT,
            measured: (now, machine::usage().0),
            folders: prepared.folders.clone(),
            kubelet: Kubelet::new(kubelet_config(&machine, prepared, port), runtime),
            manifests: None,
            manifests_at: now,
            proxying,
            calls,
            tasks,
            usage: None,
        };
        let path = prepared.settings.static_pods.as_deref();
        node.manifests = path.map(|path| Manifests::new(path, &machine.name));
        node.take_over(pods, now)?;
        Ok(node)
    }

    fn take_over(&mut self, pods: Vec<Value>, now: Timestamp) -> anyhow::Result<()> {
        let mut mine: BTreeMap<String, Value> =
            pods.into_iter().map(|p| (p.uid().to_owned(), p)).collect();
        let own = self.manifests.as_mut().and_then(|m| m.changed(now));
        for pod in own.iter().flatten() {
            // What was told of it stands in its mirror.
            let mirror =
                |p: &&Value| p.annotation("kubernetes.io/config.mirror") == Some(pod.uid());
            let mut pod = pod.clone();
            if let Some(mirror) = mine.values().find(mirror) {
                pod.set("status", mirror.get("status").clone());
            }
            mine.insert(pod.uid().to_owned(), pod);
        }
        let found = self
            .tasks
            .block_on(self.calls.adopt(&mine))
            .context("the container runtime does not say what it has")?;
        for (uid, pod) in &mine {
            let is_own = own.iter().flatten().any(|p| p.uid() == uid);
            match found.iter().find(|f| f.uid == *uid) {
                Some(found) => self.kubelet.adopt(pod, found, is_own),
                None if is_own => {}
                None => self.kubelet.recall(pod),
            }
        }
        self.kubelet.set_static_pods(own.unwrap_or_default(), now);
        Ok(())
    }

    /// Whether a reader of the API is this node.
    pub fn is(&self, reader: ReaderId) -> bool {
        [READER, proxying::READER, proxying::POLICY_READER].contains(&reader)
    }

    /// Says that something has come for it.
    pub fn wake(&mut self) {
        self.woken = true;
    }

    /// When it wants its next turn.
    pub fn next_turn(&self) -> Option<Timestamp> {
        if self.woken || self.kubelet.runtime().has_news() {
            return Some(Timestamp::default());
        }
        let next = self.kubelet.next_deadline();
        let next = next.map(|t| t.max(self.rest_until));
        let services = self.proxying.as_ref().and_then(Proxying::next_turn);
        let manifests = self.manifests.as_ref().map(|_| self.manifests_at);
        [next, services, manifests, Some(self.refresh_at[0])]
            .into_iter()
            .flatten()
            .min()
    }

    /// Gives it its turn, where it wants one; whether it did.
    pub fn turn(&mut self, now: Timestamp, api: &mut dyn ApiClient) -> bool {
        if self.next_turn().is_none_or(|at| at > now) {
            return false;
        }
        if let Some(proxying) = &mut self.proxying {
            proxying.turn(now, api);
        }
        if now >= self.manifests_at
            && let Some(manifests) = &mut self.manifests
        {
            self.manifests_at = now + MANIFESTS;
            if let Some(pods) = manifests.changed(now) {
                self.kubelet.set_static_pods(pods, now);
            }
        }
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            api,
            identity: &self.identity,
            cause: Cause(0),
        };
        self.woken = self.kubelet.turn(&mut cx) == Turn::Busy;
        if now >= self.refresh_at[0] {
            let tokens = now >= self.refresh_at[1];
            let files = self.kubelet.volume_files_now(&mut cx, tokens);
            self.refresh_at[0] = now + REFRESH;
            if tokens {
                self.refresh_at[1] = now + REFRESH_TOKENS;
            }
            self.update_files(&files);
        }
        let short = self.kubelet.is_short_of_disk();
        if now >= self.collect_at || short && now + SOONER >= self.collect_at {
            self.collect_at = now + COLLECT;
            self.collect_containers();
        }
        if now.since(self.measured.0) >= metrics::RESOLUTION {
            self.usage = Some(self.measure(now));
        }
        // What asks for the present again gets it a moment later.
        self.rest_until = now + Duration::from_millis(1);
        true
    }

    /// What it and its pods use, where that was looked at since it was last asked.
    pub fn take_usage(&mut self) -> Option<Usage> {
        self.usage.take()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.kubelet.config().node_name
    }

    fn collect_containers(&self) {
        let (calls, pods) = (self.calls.clone(), self.kubelet.sandboxes().collect());
        // Of pods that are over nothing but the status is kept where the disk runs out.
        let over = match self.kubelet.is_short_of_disk() {
            true => self.kubelet.finished_pods().collect(),
            false => BTreeSet::new(),
        };
        self.tasks.spawn(async move {
            if let Err(why) = calls.collect(&pods, &over).await {
                tracing::warn!("containers that ended are not removed: {why}");
            }
        });
    }

    /// What the machine and its pods use.
    fn measure(&mut self, now: Timestamp) -> Usage {
        let (cpu, memory) = machine::usage();
        let window = now.since(self.measured.0);
        let spent = cpu.saturating_sub(self.measured.1) as f64 / window.as_secs_f64();
        self.measured = (now, cpu);
        let mut usage = Usage::default();
        metrics::gather(&mut self.kubelet, now, &mut usage.pods);
        usage.nodes.push(NodeUsage {
            name: self.kubelet.config().node_name.as_str().into(),
            time: now,
            window,
            cpu: spent as u64,
            memory,
        });
        usage
    }

    fn update_files(&self, found: &[(Value, Value, Files)]) {
        for (pod, volume, files) in found {
            if let Err(error) = volumes::refresh(&self.folders, pod, volume, files) {
                tracing::warn!("files of {} cannot be updated: {error}", pod.name());
            }
        }
    }

    /// Begins to answer what a client asked of it: what is sent goes to `pieces`, what the client sends comes as `input`.
    ///
    /// # Errors
    /// Why it is not answered.
    pub fn answer(
        &self,
        request: &NodeRequest,
        pieces: mpsc::Sender<Piece>,
        input: Input,
    ) -> Result<(), String> {
        match request.call {
            NodeCall::Log => self.send_log(request.clone(), pieces),
            NodeCall::PortForward => self.forward(request, pieces, input),
            NodeCall::Proxy => {
                let asked = request.relay.clone().ok_or("nothing is to be handed on")?;
                self.tasks.spawn(relay::relay(*asked, pieces, input));
                Ok(())
            }
            NodeCall::Kubelet => {
                let asked = request.relay.as_ref().ok_or("nothing is to be handed on")?;
                let path = asked.path.split('?').next().unwrap_or_default();
                if let Some(name) = provisioning::asked(path) {
                    let (folders, method) = (self.folders.clone(), asked.method.clone());
                    let name = name.to_owned();
                    self.tasks.spawn_blocking(move || {
                        let served = provisioning::serve(&folders, &method, &name);
                        // Nobody is there to be told where this fails.
                        let _ = pieces.blocking_send(Piece::Bytes(served.to_bytes()));
                    });
                    return Ok(());
                }
                let now = super::clock::wall_time();
                let served = self
                    .kubelet
                    .serve(&asked.method, path, now, |_, _| machine::usage());
                let answered = pieces.try_send(Piece::Bytes(served.to_bytes()));
                answered.map_err(|e| e.to_string())
            }
            _ => self.run_command(request, pieces, input),
        }
    }

    fn running(&self, request: &NodeRequest) -> Option<String> {
        let mut all = self.kubelet.running_containers();
        let found = all.find(|(namespace, pod, container, _)| {
            *namespace == request.namespace
                && *pod == request.pod
                && (request.container.is_empty() || *container == request.container)
        });
        found.map(|(.., id)| id.to_owned())
    }

    fn run_command(
        &self,
        request: &NodeRequest,
        pieces: mpsc::Sender<Piece>,
        input: Input,
    ) -> Result<(), String> {
        let container = self.running(request).ok_or_else(|| match request.call {
            NodeCall::Attach => format!(
                "Internal error occurred: unable to upgrade connection: container {} not found in pod {}_{}",
                request.container, request.pod, request.namespace
            ),
            _ => format!(
                "unable to upgrade connection: container not found (\"{}\")",
                request.container
            ),
        })?;
        let tty = self.calls.known(&container).is_some_and(|k| k.tty);
        let (calls, request) = (self.calls.clone(), request.clone());
        self.tasks.spawn(async move {
            streams::remote_command(calls, request, container, tty, pieces, input).await;
        });
        Ok(())
    }

    fn forward(
        &self,
        request: &NodeRequest,
        pieces: mpsc::Sender<Piece>,
        mut input: Input,
    ) -> Result<(), String> {
        let container = self.running(request);
        let sandbox = container
            .and_then(|id| self.calls.known(&id))
            .ok_or_else(|| {
                format!(
                    "unable to upgrade connection: pod not found (\"{}_{}\")",
                    request.pod, request.namespace
                )
            })?;
        let calls = self.calls.clone();
        let port = request.param("ports").parse().ok();
        self.tasks.spawn(async move {
            match port {
                Some(port) => {
                    streams::port_forward(calls, sandbox.sandbox, port, pieces, input).await;
                }
                // The question whether it may be asked: each connection asks again, with its port.
                None => while input.recv().await.is_some() {},
            }
        });
        Ok(())
    }

    fn send_log(&self, request: NodeRequest, pieces: mpsc::Sender<Piece>) -> Result<(), String> {
        let (namespace, pod) = (&request.namespace, &request.pod);
        let previous = request.param("previous") == "true";
        let (id, runs) = self
            .kubelet
            .log_source(namespace, pod, &request.container, previous)?;
        let known = self.calls.known(id).ok_or_else(|| {
            format!(
                "failed to try resolving symlinks in path of container {id}: no such file or directory"
            )
        })?;
        let (calls, id) = (self.calls.clone(), id.to_owned());
        let goes_on = move || runs && calls.known(&id).is_some_and(|k| k.runs());
        self.tasks.spawn(async move {
            logs::send(&known.log, &request, pieces, goes_on).await;
        });
        Ok(())
    }
}

fn kubelet_config(machine: &Machine, prepared: &Prepared, port: u16) -> KubeletConfig {
    let text = |s: &str| s.to_owned();
    let disk = machine::disk_bytes(&prepared.folders.data);
    let memory = machine::memory_bytes();
    let disk_size = i64::try_from(disk).unwrap_or(i64::MAX);
    let foreign = prepared.pod_cidr.is_empty().then_some(FOREIGN_NETWORK);
    let labels = [LABEL].into_iter().chain(foreign);
    let kept = &prepared.settings.eviction_hard;
    let allocatable = [
        (Signal::Memory, memory),
        (Signal::NodeFs, disk_size / 1024 * 1024),
    ]
    .into_iter()
    .filter_map(|(signal, all)| thresholds::allocatable(kept, signal, all));
    KubeletConfig {
        node_name: machine.name.clone(),
        node_ip: prepared.node_ip.clone(),
        port,
        labels: labels
            .map(|(key, value)| (text(key), text(value)))
            .collect(),
        architecture: image::architecture(),
        capacity: vec![
            (text("cpu"), machine.cpus.to_string()),
            (text("ephemeral-storage"), format!("{}Ki", disk / 1024)),
            (text("memory"), format!("{}Ki", memory / 1024)),
            (text("pods"), MAX_PODS.to_string()),
        ],
        allocatable: allocatable.collect(),
        pod_cidr: prepared.pod_cidr.clone(),
        real_tokens: true,
        real_registries: true,
        collects_images: prepared.folders.own_runtime || prepared.settings.image_gc_asked,
        image_gc_high_percent: prepared.settings.image_gc_percent.0,
        image_gc_low_percent: prepared.settings.image_gc_percent.1,
        image_min_age: prepared.settings.image_min_age,
        eviction_hard: prepared.settings.eviction_hard.clone(),
        pressure_transition: prepared.settings.pressure_transition,
        network_delay: Duration::ZERO,
        machine_id: machine.machine_id.clone(),
        kernel_version: machine.kernel.clone(),
        os_image: machine.os_image.clone(),
        ..KubeletConfig::default()
    }
}
