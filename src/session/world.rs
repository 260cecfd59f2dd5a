//! The cluster with everything that stands around it: the user's terminals, the view, the editor's
//! questions. Simulated time moves here and nowhere else.

use super::{logs::LogTail, manifest, traces::Traces};
use crate::{
    apimachinery::{
        Timestamp, Value,
        http::{Body, Request, UserInfo},
        schema::ResourceDef,
    },
    cluster::{Cluster, ClusterConfig},
    view::{
        protocol::{ApplyResult, ClockState, Diagnostic, FromWorker, MachineCommand, ToWorker},
        viewer::Viewer,
    },
};

/// Who the user is to the API server.
const USER: &str = "kubernetes-admin";
const AGENT: &str = "kubarium-page";

/// What a session lets run.
pub struct World {
    pub(super) cluster: Cluster,
    viewer: Viewer,
    traces: Traces,
    log: Option<LogTail>,
    outbox: Vec<FromWorker>,
}

impl World {
    /// Boots a cluster of a built-in profile; one that does not exist gives the default one.
    pub fn new(profile: Option<&str>, seed: u64) -> Self {
        let config = profile.and_then(ClusterConfig::profile).unwrap_or_default();
        let cluster = Cluster::boot(ClusterConfig { seed, ..config });
        Self {
            cluster,
            viewer: Viewer::new(),
            traces: Traces::default(),
            log: None,
            outbox: Vec::new(),
        }
    }

    /// Simulated time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.cluster.now().0.div_euclid(1_000)
    }

    /// When something is due next.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.cluster
            .next_deadline()
            .map(|at| at.0.saturating_add(999).div_euclid(1_000))
    }

    /// Lets happen what is due until `target_ms`; false when there was no time for all of it.
    pub fn advance_to(&mut self, target_ms: i64, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let target = Timestamp(target_ms.saturating_mul(1_000));
        while self.cluster.step(target) {
            if out_of_time() {
                return false;
            }
        }
        true
    }

    /// Goes on to the next thing that is due; false when there is none.
    pub fn step(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let next = self.next_deadline_ms();
        next.is_some_and(|next| self.advance_to(next, out_of_time))
    }

    /// Lets happen what needs no time to pass, and takes in what is new.
    pub fn settle(&mut self) {
        let now = self.cluster.now();
        while self.cluster.step(now) {}
        let traces = self.traces.take(&self.cluster);
        self.viewer.turn(now, &mut self.cluster.connect(), traces);
        if let Some(log) = self.log.as_mut() {
            self.outbox
                .extend(log.poll(&mut self.cluster.connect()).map(FromWorker::Log));
        }
    }

    /// Takes in what the user did.
    pub fn input(&mut self, message: ToWorker) {
        match message {
            ToWorker::Machine(command) => self.machine(&command),
            ToWorker::Apply { id, text, dry_run } => {
                let results = self.apply(&text, dry_run);
                self.outbox.push(FromWorker::Applied { id, results });
            }
            ToWorker::Inspect { subject } => self.viewer.inspect(subject),
            ToWorker::Logs { of } => {
                if let Some(old) = self.log.take() {
                    old.close(&mut self.cluster.connect());
                }
                self.log = of.map(LogTail::new);
            }
            _ => {}
        }
    }

    fn machine(&mut self, command: &MachineCommand) {
        match command {
            MachineCommand::StopNode { node } => self.cluster.stop_machine(node),
            MachineCommand::StartNode { node } => self.cluster.start_machine(node),
            MachineCommand::CutNode { node } => self.cluster.set_cut(node, true),
            MachineCommand::MendNode { node } => self.cluster.set_cut(node, false),
            MachineCommand::RemoveNode { node } => self.cluster.remove_machine(node),
            MachineCommand::AddNode => {
                self.cluster.add_worker();
                true
            }
            MachineCommand::CrashContainer {
                namespace,
                pod,
                container,
            } => self.cluster.crash_container(namespace, pod, container),
        };
    }

    fn apply(&mut self, _text: &str, _dry_run: bool) -> Vec<ApplyResult> {
        Vec::new()
    }

    /// What is wrong with the editor's text.
    pub fn check(&mut self, text: &str) -> Vec<Diagnostic> {
        let cluster = &mut self.cluster;
        manifest::check(text, &mut |resource, object| {
            dry_run(cluster, resource, object)
        })
    }

    /// Whether a frame would show anything new.
    pub fn has_news(&self) -> bool {
        self.viewer.has_news()
    }

    /// What changed since the last frame.
    pub fn frame(&mut self, clock: ClockState) -> Vec<FromWorker> {
        let frame = self.viewer.frame(clock);
        let now = self.cluster.now();
        let inspection = self.viewer.inspection(now, &mut self.cluster.connect());
        let inspection = inspection.map(|found| FromWorker::Inspection(Box::new(found)));
        [FromWorker::Frame(frame)]
            .into_iter()
            .chain(inspection)
            .collect()
    }

    /// What was said meanwhile.
    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }
}

/// Asks whether an object would be created; `Err` is the `Status`.
fn dry_run(cluster: &mut Cluster, resource: &ResourceDef, object: &Value) -> Result<(), Value> {
    let namespace = match object.namespace() {
        "" => "default",
        given => given,
    };
    let path = format!(
        "{}?dryRun=All&fieldValidation=Strict",
        resource.path(namespace)
    );
    let mut request = Request::new(Body::Tree(object.clone()));
    *request.method_mut() = http::Method::POST;
    // A namespace that is no part of a path is refused by the server as well.
    *request.uri_mut() = path.parse().unwrap_or_default();
    let agent = http::HeaderValue::from_static(AGENT);
    request
        .headers_mut()
        .insert(http::header::USER_AGENT, agent);
    request.extensions_mut().insert(UserInfo {
        name: USER.to_owned(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
    });
    let Ok(response) = cluster.request(request) else {
        // A server that is down says nothing about the text.
        return Ok(());
    };
    if response.status().is_success() {
        return Ok(());
    }
    match response.into_body() {
        Body::Tree(status) => Err(status),
        Body::Bytes(bytes) => Err(Value::from_json(&bytes).unwrap_or_default()),
        _ => Ok(()),
    }
}
