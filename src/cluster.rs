//! The whole cluster as one value: it owns every part, and only [`Cluster::advance_to`] moves time.
//!
//! The same seed and the same calls give the same history, byte for byte. `Clone` is a snapshot.

mod backend;
pub mod bootstrap;
pub mod config;
mod faults;
pub mod in_process;
mod logs;
pub mod machines;
pub mod metrics;
#[cfg(not(target_arch = "wasm32"))]
mod remote;
mod sessions;
mod setup;
pub mod traffic;

use crate::collections::{SortedMap, SortedSet};
pub use config::{ClusterConfig, Latencies, NodeConfig, RuntimeKind};
pub use in_process::InProcess;
use std::collections::{BTreeMap, BTreeSet};

use crate::apimachinery::http::{
    Cause, ReaderId, Request, Response, StreamId, UserInfo, WatchEvent, WatchId,
};
use crate::apimachinery::{Rng, Timestamp, Value};
use crate::apiserver::{ApiServer, ApiServerConfig, Components};
use crate::client::{Component, Cx, Identity, Turn};
use crate::controller::apiextensions::ApiExtensions;
use crate::controller::manager::{
    ControllerManager, ControllerManagerConfig, is_controller_enabled,
};
use crate::kubelet::Kubelet;
use crate::scheduler::{Scheduler, SchedulerConfig};
use crate::sim::SimRuntime;
use logs::LogFollow;
use sessions::Sessions;
use setup::SetUp;
use std::time::Duration;
use traffic::{NETWORK, PROXY, Traffic};

const CONTROLLER_MANAGER: ReaderId = ReaderId(1);
const SCHEDULER: ReaderId = ReaderId(2);
/// The controllers that run beside the API server.
const API_EXTENSIONS: ReaderId = ReaderId(5);
/// Who gathers what nodes use.
const METRICS: ReaderId = ReaderId(6);
/// Who keeps APIServices, beside the API server.
const AGGREGATOR: ReaderId = ReaderId(7);
/// Who keeps flow schemas and priority levels, beside the API server.
const FLOW_CONTROL: ReaderId = ReaderId(8);
const FIRST_NODE: u32 = 100;
/// Turns that may follow each other without time passing before the cluster is said to spin.
const MAX_TURNS_AT_ONE_TIME: u32 = 200_000;

/// One machine of the cluster.
#[derive(Clone)]
pub struct Machine {
    /// Its kubelet, with the runtime under it.
    pub kubelet: Kubelet<SimRuntime>,
    /// Whether it is cut off from the network.
    pub cut: bool,
    identity: Identity,
}

/// A whole cluster.
#[derive(Clone)]
pub struct Cluster {
    config: ClusterConfig,
    now: Timestamp,
    rng: Rng,
    api: ApiServer,
    controller_manager: ControllerManager,
    scheduler: Scheduler,
    api_extensions: ApiExtensions,
    identities: [Identity; 2],
    running: [bool; 3],
    machines: BTreeMap<String, Machine>,
    readers: SortedMap<ReaderId, String>,
    next_machine: u32,
    deadlines: SortedMap<ReaderId, Timestamp>,
    agenda: BTreeSet<(Timestamp, ReaderId)>,
    logs: SortedMap<StreamId, LogFollow>,
    sessions: Sessions,
    #[cfg(not(target_arch = "wasm32"))]
    remote: remote::Remote,
    traffic: Traffic,
    /// Readers outside the cluster that have something to read.
    woken_outside: SortedSet<ReaderId>,
    set_up: SetUp,
    turns_at_now: u32,
    /// Chance in the order of turns; `None` keeps it fixed.
    disorder: Option<Rng>,
}

/// The API server does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionRefused;

fn identity(
    user: &str,
    groups: &[&str],
    agent: &'static str,
    reader: ReaderId,
    config: &ClusterConfig,
) -> Identity {
    Identity {
        user: UserInfo::new(user, groups).into(),
        agent,
        reader,
        watch_latency: config.latencies.watch(),
    }
}

fn controller_manager(config: &ClusterConfig, api: &ApiServer, rng: &mut Rng) -> ControllerManager {
    let host = config
        .nodes
        .iter()
        .find(|n| n.control_plane)
        .map_or("control-plane", |n| n.name.as_str());
    let settings = ControllerManagerConfig {
        host: host.to_owned(),
        reader: CONTROLLER_MANAGER,
        watch_latency: config.latencies.watch(),
        controllers: config.controllers.clone(),
        root_ca: config.root_ca.clone(),
        node_monitor_grace_period: Duration::from_secs(config.node_monitor_grace_period.into()),
        certificate_signer: api.certificate_signer(),
        token_signer: api.token_signer(),
        node_folders: api.node_folders(),
        ..ControllerManagerConfig::default()
    };
    ControllerManager::new(settings, rng)
}

fn scheduler(config: &ClusterConfig) -> Scheduler {
    Scheduler::new(SchedulerConfig {
        cycle_time: Duration::from_millis(config.latencies.schedule_ms),
        ..SchedulerConfig::default()
    })
}

/// What the description of the cluster says of its API server.
fn set_up(server: &mut ApiServerConfig, config: &ClusterConfig) {
    server.authorization.clone_from(&config.authorization_mode);
    server.watch_latency = config.latencies.watch();
    server.metrics = config.metrics;
}

impl Cluster {
    /// A cluster whose machines have just been switched on. Nothing has run yet: see [`Cluster::boot`].
    pub fn new(config: ClusterConfig) -> Self {
        let server = Self::server(&config);
        Self::with_server(config, server)
    }

    /// An API server as a cluster of this description has it, reached at the machine that carries it.
    pub fn server(config: &ClusterConfig) -> ApiServerConfig {
        let mut server = ApiServerConfig::default();
        if let Some(ip) = config.carrier_address() {
            server.advertise_address.0 = ip;
        }
        server
    }

    /// The same with an API server that is set up otherwise; how long watch events take, and who may do what, is `config`'s.
    pub fn with_server(config: ClusterConfig, mut server: ApiServerConfig) -> Self {
        let mut rng = Rng::new(config.seed);
        set_up(&mut server, &config);
        let api = ApiServer::new(server, rng.fork());
        let add_ons = config.add_ons;
        Self::around(api, add_ons, config, rng)
    }

    /// A cluster that begins with the objects that an earlier one had at `revision`, as after all of its machines were switched
    /// off and on; with the keys of objects that could not be used. Its seed should be another one than the earlier one's.
    pub fn restored(
        config: ClusterConfig,
        mut server: ApiServerConfig,
        revision: u64,
        objects: Vec<(String, Value)>,
    ) -> (Self, Vec<String>) {
        let mut rng = Rng::new(config.seed);
        set_up(&mut server, &config);
        let mut api = ApiServer::new(server, rng.fork());
        let unknown = api.restore(revision, objects);
        // Add-ons and labels that were taken away since stay away.
        let mut cluster = Self::around(api, false, config, rng);
        cluster.forget_marks();
        let pods = crate::apimachinery::schema::resource("", "v1", "pods");
        for pod in cluster.api.peek_all(pods.expect("a built-in resource")) {
            let node = pod.at(&["spec", "nodeName"]).str();
            if let Some(machine) = cluster.machines.get_mut(node) {
                machine.kubelet.recall(pod);
            }
        }
        (cluster, unknown)
    }

    fn around(mut api: ApiServer, add_ons: bool, config: ClusterConfig, mut rng: Rng) -> Self {
        let now = config.start();
        // What was there before may stand in the way of one, as it does upstream; a new cluster refuses none.
        let bootstrap = api.bootstrap(now);
        assert!(!add_ons || bootstrap.is_ok(), "{bootstrap:?}");
        let mut cluster = Self {
            controller_manager: controller_manager(&config, &api, &mut rng),
            scheduler: scheduler(&config),
            api_extensions: ApiExtensions::new(API_EXTENSIONS, config.latencies.watch()),
            identities: [
                identity(
                    "system:kube-controller-manager",
                    &["system:authenticated"],
                    "kube-controller-manager",
                    CONTROLLER_MANAGER,
                    &config,
                ),
                identity(
                    "system:kube-scheduler",
                    &["system:authenticated"],
                    "kube-scheduler",
                    SCHEDULER,
                    &config,
                ),
            ],
            running: [!config.control_plane_pods; 3],
            machines: BTreeMap::new(),
            readers: SortedMap::new(),
            next_machine: 0,
            deadlines: SortedMap::new(),
            agenda: BTreeSet::new(),
            logs: SortedMap::new(),
            sessions: Sessions::default(),
            #[cfg(not(target_arch = "wasm32"))]
            remote: remote::Remote::default(),
            traffic: Traffic::new(&config),
            woken_outside: SortedSet::new(),
            set_up: match add_ons {
                true => SetUp::add_ons(now),
                false => SetUp::default(),
            },
            turns_at_now: 0,
            disorder: None,
            api,
            rng,
            now,
            config,
        };
        let nodes = cluster.config.nodes.clone();
        cluster.add_machines(&nodes);
        cluster.wake(CONTROLLER_MANAGER, now);
        cluster.wake(SCHEDULER, now);
        if cluster.config.metrics {
            cluster.wake(METRICS, now + metrics::RESOLUTION);
        }
        cluster.start_traffic();
        cluster.wake(API_EXTENSIONS, now);
        cluster.wake(AGGREGATOR, now);
        cluster.wake(FLOW_CONTROL, now);
        cluster.tell_components();
        cluster
    }

    /// A cluster that has come to rest after its start: nodes Ready, add-ons running.
    pub fn boot(config: ClusterConfig) -> Self {
        let mut cluster = Self::new(config);
        cluster.settle();
        cluster
    }

    /// Lets time pass until nodes are Ready and add-ons run, for two minutes at most.
    pub fn settle(&mut self) {
        let limit = self.now + Duration::from_secs(120);
        let mut step = self.now;
        while step < limit && !self.is_settled() {
            step = step + Duration::from_millis(250);
            self.advance_to(step);
        }
    }

    /// Lets time pass until the control plane answers, for a minute at most.
    pub fn wait_for_api(&mut self) {
        let limit = self.now + Duration::from_secs(60);
        while self.now < limit && !self.is_api_up() {
            self.advance_to(self.now + Duration::from_millis(100));
        }
    }

    fn runs_controller(&self, name: &str) -> bool {
        self.running[1] && is_controller_enabled(&self.config.controllers, name)
    }

    /// Whether every node is Ready and every pod that is wanted runs.
    fn is_settled(&self) -> bool {
        let def =
            |r| crate::apimachinery::schema::resource("", "v1", r).expect("a built-in resource");
        let condition = |o: &crate::apimachinery::Value, kind: &str| {
            o.at(&["status", "conditions"])
                .items()
                .iter()
                .any(|c| c.get("type") == &kind && c.get("status") == &"True")
        };
        let nodes: Vec<_> = self.api.peek_all(def("nodes")).collect();
        let tended = self.runs_controller("node-lifecycle-controller");
        let calm = |n: &crate::apimachinery::Value| {
            !tended
                || !n
                    .at(&["spec", "taints"])
                    .items()
                    .iter()
                    .any(|t| t.get("key").str() == "node.kubernetes.io/not-ready")
        };
        nodes.len() == self.machines.len()
            && nodes.iter().all(|n| condition(n, "Ready") && calm(n))
            && self.set_up.at.is_none()
            && (!self.runs_controller("serviceaccount-controller")
                || self
                    .api
                    .peek_all(def("serviceaccounts"))
                    .any(|s| s.namespace() == "default"))
            && (!self.config.add_ons
                || self.api.peek_all(def("pods")).count() > self.config.nodes.len())
            && self
                .api
                .peek_all(def("pods"))
                .all(|p| condition(p, "Ready"))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How it is made.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// The user that a service account's token stands for, and a note of its use.
    pub fn authenticate(&mut self, token: &str) -> Option<UserInfo> {
        self.api.authenticate(token, self.now)
    }

    /// The API server, for looking at.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The scheduler, for looking at.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The controller manager, for looking at.
    pub fn controller_manager(&self) -> &ControllerManager {
        &self.controller_manager
    }

    /// The machines by name.
    pub fn machines(&self) -> &BTreeMap<String, Machine> {
        &self.machines
    }

    /// A request from outside, now.
    pub fn request(&mut self, request: Request) -> Result<Response, ConnectionRefused> {
        if !self.is_api_up() {
            return Err(ConnectionRefused);
        }
        let response = self.api.handle(request, self.now);
        self.collect();
        Ok(response)
    }

    /// A connection from outside (the page's view).
    pub fn connect(&mut self) -> InProcess<'_> {
        let reachable = self.is_api_up();
        InProcess {
            server: &mut self.api,
            now: self.now,
            reachable,
        }
    }

    /// The next event of a watch from outside.
    pub fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent> {
        self.api.poll_watch(id, self.now)
    }

    /// The next bytes of a stream from outside.
    pub fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        self.api.poll_stream(id)
    }

    /// Sends a bookmark on a watch from outside that has read everything.
    pub fn bookmark_watch(&mut self, id: WatchId) {
        self.api.bookmark_watch(id, self.now);
    }

    /// Ends a watch from outside.
    pub fn close_watch(&mut self, id: WatchId) {
        self.api.close_watch(id);
    }

    /// Ends a stream from outside.
    pub fn close_stream(&mut self, id: StreamId) {
        self.api.close_stream(id);
        for node in self.machines.keys().cloned().collect::<Vec<_>>() {
            self.push_sessions(&node);
        }
    }

    /// Readers outside the cluster that have something to read since the last call.
    pub fn take_woken(&mut self) -> SortedSet<ReaderId> {
        std::mem::take(&mut self.woken_outside)
    }

    /// Whether the API server runs (and etcd under it).
    pub fn is_api_up(&self) -> bool {
        self.running[0]
    }

    /// Whether the controller manager runs.
    pub fn is_controller_manager_up(&self) -> bool {
        self.running[1]
    }

    /// Whether the scheduler runs.
    pub fn is_scheduler_up(&self) -> bool {
        self.running[2]
    }

    /// When something will happen next; `None` where nothing ever will.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let own = self.agenda.first().map(|(t, _)| *t);
        [own, self.api.next_wakeup(), self.set_up.at]
            .into_iter()
            .flatten()
            .min()
            .map(|t| t.max(self.now))
    }

    /// Moves time to `target` and lets everything happen that is due until then.
    pub fn advance_to(&mut self, target: Timestamp) {
        while self.step(target) {}
    }

    /// Does the next thing that is due by `target`: moves time there and gives one part its turn. False once nothing is left and the
    /// time is `target`.
    pub fn step(&mut self, target: Timestamp) -> bool {
        self.collect();
        let Some(at) = self.next_deadline().filter(|t| *t <= target) else {
            self.now = self.now.max(target);
            return false;
        };
        if at > self.now {
            self.now = at;
            self.turns_at_now = 0;
            self.collect();
        }
        self.turns_at_now += 1;
        if self.turns_at_now > MAX_TURNS_AT_ONE_TIME {
            // A part that never comes to rest must not stop the clock for all.
            self.now = self.now + Duration::from_millis(1);
            self.turns_at_now = 0;
        }
        self.set_up();
        if let Some(reader) = self.take_due() {
            self.turn(reader);
        }
        true
    }

    /// Notes whom arrived events wake, and carries requests to kubelets.
    fn collect(&mut self) {
        for reader in self.api.take_woken(self.now) {
            if matches!(
                reader,
                CONTROLLER_MANAGER | SCHEDULER | API_EXTENSIONS | PROXY
            ) || self.readers.contains_key(&reader)
            {
                self.wake(reader, self.now);
            } else {
                self.woken_outside.insert(reader);
            }
        }
        if self.running[0] && self.api.neglects_api_services() {
            self.wake(AGGREGATOR, self.now);
        }
        if self.running[0] && self.api.neglects_flow_control() {
            self.wake(FLOW_CONTROL, self.now);
        }
        self.carry_node_requests();
    }

    fn wake(&mut self, reader: ReaderId, at: Timestamp) {
        match self.deadlines.get(&reader) {
            Some(earlier) if *earlier <= at => return,
            Some(later) => {
                self.agenda.remove(&(*later, reader));
            }
            None => {}
        }
        self.deadlines.insert(reader, at);
        self.agenda.insert((at, reader));
    }

    fn turn(&mut self, reader: ReaderId) {
        match reader {
            CONTROLLER_MANAGER if self.running[1] => {
                let reachable = self.running[0];
                let mut api = InProcess {
                    server: &mut self.api,
                    now: self.now,
                    reachable,
                };
                let next = turn(
                    &mut self.controller_manager,
                    &mut api,
                    &mut self.rng,
                    &self.identities[0],
                    self.now,
                );
                self.plan(reader, next);
            }
            METRICS => self.gather_metrics(),
            // Takes no part.
            CONTROLLER_MANAGER if self.config.controllers == ["-*"] => {}
            SCHEDULER if !self.config.scheduler => {}
            SCHEDULER if self.running[2] => {
                let reachable = self.running[0];
                let mut api = InProcess {
                    server: &mut self.api,
                    now: self.now,
                    reachable,
                };
                let next = turn(
                    &mut self.scheduler,
                    &mut api,
                    &mut self.rng,
                    &self.identities[1],
                    self.now,
                );
                self.plan(reader, next);
            }
            AGGREGATOR if self.running[0] => {
                let next = self.api.tend_api_services(self.now);
                self.plan(reader, next);
            }
            FLOW_CONTROL if self.running[0] => {
                let next = self.api.tend_flow_control(self.now);
                self.plan(reader, next);
            }
            PROXY => self.turn_proxy(),
            NETWORK => self.turn_network(),
            API_EXTENSIONS if self.running[0] => {
                let mut api = InProcess {
                    server: &mut self.api,
                    now: self.now,
                    reachable: true,
                };
                let next = turn(
                    &mut self.api_extensions,
                    &mut api,
                    &mut self.rng,
                    &self.identities[0],
                    self.now,
                );
                self.plan(reader, next);
            }
            _ => self.turn_machine(reader),
        }
    }

    fn turn_machine(&mut self, reader: ReaderId) {
        let Some(name) = self.readers.get(&reader).cloned() else {
            return;
        };
        let Some(machine) = self.machines.get_mut(&name) else {
            return;
        };
        let reachable = self.running[0] && !machine.cut;
        let mut api = InProcess {
            server: &mut self.api,
            now: self.now,
            reachable,
        };
        let next = turn(
            &mut machine.kubelet,
            &mut api,
            &mut self.rng,
            &machine.identity,
            self.now,
        );
        let control_plane = machine.kubelet.is_control_plane();
        self.plan(reader, next);
        self.collect_sent(&name);
        self.push_sessions(&name);
        self.push_logs();
        if control_plane {
            self.watch_control_plane();
        }
    }

    fn plan(&mut self, reader: ReaderId, next: Option<Timestamp>) {
        if let Some(at) = next {
            // A part that asks for the present once more gets it after the others.
            self.wake(reader, at.max(self.now));
        }
    }

    /// Sees which control plane containers run, and stops or starts their work.
    fn watch_control_plane(&mut self) {
        if !self.config.control_plane_pods {
            return;
        }
        let mut found: SortedSet<String> = SortedSet::new();
        for machine in self
            .machines
            .values()
            .filter(|m| m.kubelet.is_powered() && m.kubelet.is_control_plane())
        {
            found.extend(
                machine
                    .kubelet
                    .running_containers()
                    .filter(|(ns, ..)| *ns == "kube-system")
                    .map(|(_, _, c, _)| c.to_owned()),
            );
        }
        let up = |name: &str| found.contains(name);
        let now_running = [
            up("kube-apiserver") && up("etcd"),
            up("kube-controller-manager"),
            up("kube-scheduler"),
        ];
        let before = std::mem::replace(&mut self.running, now_running);
        self.tell_components();
        if before[0] && !now_running[0] {
            // Its connections end with it.
            self.break_watches(|_| true);
            for node in self.machines.keys().cloned().collect::<Vec<_>>() {
                self.drop_sessions(&node);
            }
        }
        if before[1] && !now_running[1] {
            let mut api = InProcess {
                server: &mut self.api,
                now: self.now,
                reachable: true,
            };
            let mut cx = Cx {
                now: self.now,
                rng: &mut self.rng,
                api: &mut api,
                identity: &self.identities[0],
                cause: Cause(0),
            };
            self.controller_manager.stop(&mut cx);
            self.controller_manager = controller_manager(&self.config, &self.api, &mut self.rng);
        }
        if before[2] && !now_running[2] {
            let mut api = InProcess {
                server: &mut self.api,
                now: self.now,
                reachable: true,
            };
            let mut cx = Cx {
                now: self.now,
                rng: &mut self.rng,
                api: &mut api,
                identity: &self.identities[1],
                cause: Cause(0),
            };
            self.scheduler.stop(&mut cx);
            self.scheduler = scheduler(&self.config);
        }
        for (i, reader) in [(1, CONTROLLER_MANAGER), (2, SCHEDULER)] {
            if now_running[i] && (!before[i] || !before[0]) {
                self.wake(reader, self.now);
            }
        }
        if now_running[0] && !before[0] {
            self.start_traffic();
            self.wake(API_EXTENSIONS, self.now);
            self.wake(AGGREGATOR, self.now);
            self.wake(FLOW_CONTROL, self.now);
            for reader in self.readers.keys().copied().collect::<Vec<_>>() {
                self.wake(reader, self.now);
            }
        }
    }

    /// Tells the API server which other components would answer its probes.
    fn tell_components(&mut self) {
        let [_, controller_manager, scheduler] = self.running;
        self.api.set_components(Components {
            controller_manager,
            scheduler,
        });
    }
}

/// Gives a part its turn; when it wants the next one.
fn turn(
    part: &mut impl Component,
    api: &mut InProcess<'_>,
    rng: &mut Rng,
    identity: &Identity,
    now: Timestamp,
) -> Option<Timestamp> {
    let mut cx = Cx {
        now,
        rng,
        api,
        identity,
        cause: Cause(0),
    };
    match part.turn(&mut cx) {
        Turn::Busy => Some(now),
        Turn::Idle => part.next_deadline().map(|t| {
            if t <= now {
                now + Duration::from_micros(1)
            } else {
                t
            }
        }),
    }
}
