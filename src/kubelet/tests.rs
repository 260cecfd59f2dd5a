//! Tables of what a kubelet makes of a pod's containers: the next step, the phase, the conditions, the back-off.

use super::actions::{Action, backoff_key, next_action};
use super::adopt::FoundPod;
use super::backoff::Backoff;
use super::eviction::thresholds;
use super::static_pods::{MIRROR, static_pod};
use super::status::{Host, generate, phase};
use super::worker::{ContainerState, PodWorker, Terminated, WorkType};
use super::{Caller, Kubelet, KubeletConfig};
use crate::api::core_v1::Pod;
use crate::apimachinery::Rng;
use crate::apimachinery::http::{
    ApiClient, Body, Cause, ReaderId, Request, ResourceRequest, Response, StreamId, UserInfo,
    WatchEvent, WatchId,
};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{Cx, Identity};
use crate::cri::{
    Amount, CallId, ContainerStats, ContainerUse, CriError, CriRequest, CriResponse, ImageInfo,
    LogLine, MachineUsage, RuntimeEvent, RuntimeService,
};
use crate::tree;
use std::time::Duration;

const NOW: Timestamp = Timestamp(2_000_000_000);

/// A worker with a sandbox, for a pod of `policy` whose containers stand as `states` says, each `name=state`: `i…` are init
/// containers, `s…` sidecars, `e…` ephemeral containers; `ca…` are always restarted, `cn…` never, `cr…` after an exit with 1 only. States: `none`, `run` (ready), `start` (not started), `unready`, `exit0`, `exit1`, `again`
/// (ended badly before, now waiting).
fn worker(policy: &str, states: &str) -> PodWorker {
    let list = |which: &dyn Fn(char) -> bool| {
        let named = states.split(' ').filter(|s| s.starts_with(which));
        let json = named.map(|s| {
            let name = s.split('=').next().unwrap_or_default();
            let policy = match name.get(..2) {
                _ if name.starts_with('s') => r#", "restartPolicy": "Always""#,
                Some("ca") => r#", "restartPolicy": "Always""#,
                Some("cn") => r#", "restartPolicy": "Never""#,
                Some("cr") => {
                    r#", "restartPolicy": "Never", "restartPolicyRules": [
                        {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]"#
                }
                _ => "",
            };
            format!(r#"{{"name": "{name}", "image": "x"{policy}}}"#)
        });
        json.collect::<Vec<_>>().join(", ")
    };
    let json = format!(
        r#"{{"metadata": {{"name": "p", "namespace": "d", "uid": "u"}},
            "spec": {{"restartPolicy": "{policy}", "initContainers": [{}], "containers": [{}],
                "ephemeralContainers": [{}]}}}}"#,
        list(&|c| !"ce".contains(c)),
        list(&|c| c == 'c'),
        list(&|c| c == 'e'),
    );
    let pod = Value::from_json(json.as_bytes()).expect("the table is JSON");
    let mut w = PodWorker::new(Pod::from(pod), false, NOW);
    w.sandbox = Some(("sandbox".into(), "10.0.0.1".into()));
    for (name, state) in states.split(' ').filter_map(|s| s.split_once('=')) {
        stand(&mut w, name, state);
    }
    w
}

fn stand(w: &mut PodWorker, name: &str, state: &str) {
    if state == "none" {
        return;
    }
    let ended = |exit_code| Terminated {
        exit_code,
        finished_at: NOW,
        ..Terminated::default()
    };
    let r = w.record(name);
    r.id = format!("id-{name}");
    match state {
        "run" | "start" | "unready" => {
            r.state = ContainerState::Running(NOW);
            r.started = state != "start";
            r.probe_ready = state == "run";
        }
        "exit0" => r.state = ContainerState::Terminated(ended(0)),
        "exit1" => r.state = ContainerState::Terminated(ended(1)),
        "again" => {
            r.state = ContainerState::Terminated(ended(1));
            r.wait("CrashLoopBackOff", "");
        }
        other => panic!("no state {other}"),
    }
}

fn pulls() -> Backoff {
    Backoff::new(Duration::from_secs(10), Duration::from_secs(300))
}

fn step(policy: &str, states: &str) -> String {
    let crash = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
    match next_action(&worker(policy, states), &crash, &pulls(), NOW) {
        Action::CreateSandbox => "sandbox".to_owned(),
        Action::StartContainer(name) => format!("start {name}"),
        Action::KillContainer(name, _) => format!("kill {name}"),
        Action::Resize(step) => format!("resize {}", step.container),
        Action::Wait(_) => "wait".to_owned(),
        Action::Finish => "finish".to_owned(),
    }
}

#[test]
fn the_next_step_follows_from_the_containers() {
    for (policy, states, wanted) in [
        ("Always", "c=none", "start c"),
        ("Always", "c=run c2=none", "start c2"),
        ("Always", "c=exit0", "start c"),
        ("Always", "c=exit1", "start c"),
        ("OnFailure", "c=exit1", "start c"),
        ("OnFailure", "c=exit0", "finish"),
        ("Never", "c=exit1", "finish"),
        ("Never", "c=exit0 c2=run", "wait"),
        ("Never", "c=exit0 c2=exit1", "finish"),
        ("OnFailure", "c=exit0 c2=exit1", "start c2"),
        // A container's own policy and rules come first.
        ("Never", "ca=exit0", "start ca"),
        ("Always", "cn=exit1", "finish"),
        ("Always", "cn=exit1 c=exit0", "start c"),
        ("Always", "cr=exit1", "start cr"),
        ("Never", "cr=exit0", "finish"),
        // Init containers, one after the other.
        ("Always", "i1=none i2=none c=none", "start i1"),
        ("Always", "i1=run i2=none c=none", "wait"),
        ("Always", "i1=exit0 i2=none c=none", "start i2"),
        ("Always", "i1=exit1 i2=none c=none", "start i1"),
        ("Never", "i1=exit1 i2=none c=none", "finish"),
        ("Always", "i1=exit0 i2=exit0 c=none", "start c"),
        // They are not run again for a container that ended.
        ("Always", "i1=exit0 c=exit1", "start c"),
        // A sidecar must have started, then goes on beside the others.
        ("Always", "s1=none c=none", "start s1"),
        ("Always", "s1=start c=none", "wait"),
        ("Always", "s1=run c=none", "start c"),
        ("Always", "s1=unready c=none", "start c"),
        ("Always", "s1=exit1 c=run", "start s1"),
        ("Never", "s1=exit1 c=run", "start s1"),
        ("Never", "s1=run c=exit0", "finish"),
        // An ephemeral container starts at any time, and once.
        ("Always", "c=run e1=run e2=none", "start e2"),
        ("Always", "i1=run c=none e=none", "start e"),
        ("Always", "c=run e=exit1", "wait"),
        ("Never", "c=exit0 e=run", "finish"),
    ] {
        assert_eq!(step(policy, states), wanted, "{policy} {states}");
    }
}

#[test]
fn a_container_that_failed_waits_for_its_back_off() {
    let mut crash = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
    let w = worker("Always", "c=exit1");
    crash.next(&backoff_key(&w, "c"), NOW);
    let until = NOW + Duration::from_secs(10);
    assert_eq!(
        next_action(&w, &crash, &pulls(), NOW),
        Action::Wait(Some(until))
    );
    assert_eq!(
        next_action(&w, &crash, &pulls(), until),
        Action::StartContainer("c".into())
    );
    let mut wanted = worker("Always", "c=exit1");
    wanted.record("c").restart_wanted = true;
    assert_eq!(
        next_action(&wanted, &crash, &pulls(), NOW),
        Action::StartContainer("c".into()),
        "a probe asked for it"
    );
}

#[test]
fn an_image_that_cannot_be_had_holds_nothing_else_back() {
    let mut pulls = pulls();
    let w = worker("Always", "c=none e=none");
    let crash = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
    pulls.next("u/image/x", NOW);
    assert_eq!(
        next_action(&w, &crash, &pulls, NOW),
        Action::StartContainer("c".into())
    );
    let w = worker("Always", "c=run e=none");
    assert_eq!(
        next_action(&w, &crash, &pulls, NOW),
        Action::Wait(Some(NOW + Duration::from_secs(10)))
    );
}

#[test]
fn the_phase_follows_from_the_containers() {
    for (policy, states, wanted) in [
        ("Always", "c=none", "Pending"),
        ("Always", "c=run c2=none", "Pending"),
        ("Always", "c=run", "Running"),
        ("Always", "c=run c2=exit1", "Running"),
        ("Always", "c=exit0", "Running"),
        ("Always", "c=again", "Running"),
        ("Never", "ca=exit1", "Running"),
        ("Never", "cr=exit1", "Running"),
        ("Always", "cn=exit1", "Failed"),
        ("Always", "cn=exit0", "Succeeded"),
        ("OnFailure", "c=exit0", "Succeeded"),
        ("OnFailure", "c=exit1", "Running"),
        ("Never", "c=exit0 c2=exit0", "Succeeded"),
        ("Never", "c=exit0 c2=exit1", "Failed"),
        ("Never", "c=exit1 c2=run", "Running"),
        ("Always", "i1=none c=none", "Pending"),
        ("Always", "i1=run c=none", "Pending"),
        ("Always", "i1=exit1 c=none", "Pending"),
        ("Never", "i1=exit1 c=none", "Failed"),
        ("Always", "i1=exit0 c=run", "Running"),
        ("Never", "s1=run c=exit0", "Succeeded"),
        ("Never", "s1=run c=exit1", "Failed"),
    ] {
        assert_eq!(phase(&worker(policy, states)), wanted, "{policy} {states}");
    }
}

#[test]
fn a_pod_whose_containers_were_ended_is_over() {
    for (states, wanted) in [
        ("c=exit0", "Succeeded"),
        ("c=exit1", "Failed"),
        ("c=none", "Failed"),
        ("i1=none c=none", "Failed"),
    ] {
        let mut w = worker("Always", states);
        w.work = WorkType::Terminated;
        assert_eq!(phase(&w), wanted, "{states}");
    }
}

#[test]
fn conditions_say_what_is_missing() {
    let host = Host {
        ip: "192.0.2.1",
        runtime: "containerd",
        probes: true,
    };
    for (policy, states, initialized, ready) in [
        ("Always", "c=run", "True", "True"),
        (
            "Always",
            "c=run c2=unready",
            "True",
            "False ContainersNotReady containers with unready status: [c2]",
        ),
        (
            "Always",
            "c=start",
            "True",
            "False ContainersNotReady containers with unready status: [c]",
        ),
        (
            "Always",
            "i1=exit0 i2=run c=none",
            "False ContainersNotInitialized containers with incomplete status: [i2]",
            "False ContainersNotReady containers with unready status: [c]",
        ),
        (
            "Always",
            "s1=unready c=run",
            "True",
            "False ContainersNotReady containers with unready status: [s1]",
        ),
        (
            "Never",
            "c=exit0",
            "True PodCompleted",
            "False PodCompleted",
        ),
        ("Never", "c=exit1", "True", "False PodFailed"),
    ] {
        let status = generate(&worker(policy, states), &host, NOW);
        let told = |kind: &str| {
            let conditions = status.get("conditions").items();
            let c = conditions
                .iter()
                .find(|c| c.get("type") == &kind)
                .cloned()
                .unwrap_or_default();
            let words = ["status", "reason", "message"].map(|f| c.get(f).str().to_owned());
            words.join(" ").trim_end().to_owned()
        };
        assert_eq!(told("Initialized"), initialized, "{policy} {states}");
        assert_eq!(told("Ready"), ready, "{policy} {states}");
        assert_eq!(told("ContainersReady"), ready, "{policy} {states}");
        assert_eq!(
            told("PodReadyToStartContainers"),
            "True",
            "{policy} {states}"
        );
    }
}

#[test]
fn a_condition_keeps_its_time_while_it_does_not_change() {
    let host = Host {
        ip: "192.0.2.1",
        runtime: "containerd",
        probes: true,
    };
    let mut w = worker("Always", "c=unready");
    let first = generate(&w, &host, NOW);
    let mut pod = Value::from(w.pod.clone());
    pod.set("status", first);
    w.pod = Pod::from(pod);
    w.record("c").probe_ready = true;
    let second = generate(&w, &host, NOW + Duration::from_secs(60));
    let since = |kind: &str| {
        let conditions = second.get("conditions").items();
        let c = conditions
            .iter()
            .find(|c| c.get("type") == &kind)
            .cloned()
            .unwrap_or_default();
        Timestamp::parse(c.get("lastTransitionTime").str()).map(|t| t.since(NOW).as_secs())
    };
    assert_eq!((since("Ready"), since("Initialized")), (Some(60), Some(0)));
}

/// A runtime that takes everything in and answers nothing.
#[derive(Clone, Default)]
struct Silent {
    given_up: Vec<String>,
    machine: Option<MachineUsage>,
    /// Whether volumes that were given up have gone.
    gone: bool,
}

impl RuntimeService for Silent {
    fn version(&self) -> (&'static str, &'static str) {
        ("silent", "1")
    }
    fn submit(&mut self, _: Timestamp, _: CallId, _: CriRequest) {}
    fn poll(&mut self, _: Timestamp) -> Option<(CallId, Result<CriResponse, CriError>)> {
        None
    }
    fn poll_event(&mut self, _: Timestamp) -> Option<RuntimeEvent> {
        None
    }
    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
    fn log_lines(&self, _: &str, _: usize) -> Vec<LogLine> {
        Vec::new()
    }
    fn container_stats(&mut self, _: Timestamp, _: &str) -> Option<ContainerStats> {
        None
    }
    fn container_use(&self, _: &str) -> Option<ContainerUse> {
        None
    }
    fn images(&self) -> Vec<ImageInfo> {
        Vec::new()
    }
    fn machine(&self) -> Option<MachineUsage> {
        self.machine
    }
    fn volumes_are_gone(&self, _: &str) -> bool {
        self.gone
    }
    fn remove_volumes(&mut self, pod: &str) {
        self.given_up.push(pod.to_owned());
    }
}

/// An API that nobody serves.
struct Nobody;

impl ApiClient for Nobody {
    fn ask(&mut self, _: ResourceRequest<'_>) -> Result<Body, Value> {
        Err(Value::Null)
    }
    fn send(&mut self, _: Request) -> Response {
        Response::default()
    }
    fn news(&self, _: ReaderId) -> Vec<WatchId> {
        Vec::new()
    }
    fn poll_watch(&mut self, _: WatchId) -> Option<WatchEvent> {
        None
    }
    fn poll_stream(&mut self, _: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        Ok(None)
    }
    fn close_watch(&mut self, _: WatchId) {}
}

#[test]
fn no_other_pod_goes_for_disk_before_the_first_has_gone() {
    let full = Amount {
        capacity: 1000,
        available: 1,
    };
    let config = KubeletConfig {
        record_events: false,
        collects_images: false,
        eviction_hard: thresholds::defaults(),
        ..KubeletConfig::default()
    };
    let runtime = Silent {
        machine: Some(MachineUsage {
            node_fs: full,
            ..MachineUsage::default()
        }),
        ..Silent::default()
    };
    let mut kubelet = Kubelet::new(config, runtime);
    for uid in ["a", "b", "c"] {
        let pod = tree!({"metadata": {"name": uid, "uid": uid}, "spec": {"containers": []}});
        let w = PodWorker::new(Pod::from(pod), uid == "c", NOW);
        kubelet.workers.insert(uid.to_owned(), w);
    }
    let identity = Identity {
        user: UserInfo::new("kubelet", &[]).into(),
        agent: "kubelet",
        reader: ReaderId(0),
        watch_latency: Duration::ZERO,
    };
    let ended = |kubelet: &mut Kubelet<Silent>, seconds| {
        let mut cx = Cx {
            now: NOW + Duration::from_secs(seconds),
            rng: &mut Rng::new(1),
            api: &mut Nobody,
            identity: &identity,
            cause: Cause(0),
        };
        kubelet.watch_pressure(&mut cx);
        let all = kubelet.workers.iter();
        let found = all.filter(|(_, w)| w.evicted.is_some());
        found.map(|(uid, _)| uid.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ended(&mut kubelet, 0), ["a"]);
    assert_eq!(ended(&mut kubelet, 10), ["a"], "it is still there");
    kubelet.give_volumes_up("a");
    assert_eq!(ended(&mut kubelet, 20), ["a"], "nothing was measured since");
    kubelet.runtime.gone = true;
    assert_eq!(ended(&mut kubelet, 30), ["a", "b"]);
    kubelet.give_volumes_up("b");
    assert_eq!(ended(&mut kubelet, 60), ["a", "b"], "static pods stay");
}

#[test]
fn a_static_pod_that_is_put_back_while_it_ends_begins_again() {
    let mut kubelet = Kubelet::new(KubeletConfig::default(), Silent::default());
    let manifest = tree!({"metadata": {"name": "web"}, "spec": {"containers": []}});
    let pod = static_pod(manifest, "node", "web.yaml", NOW);
    let uid = pod.uid().to_owned();
    kubelet.set_static_pods(vec![pod.clone()], NOW);
    kubelet.set_static_pods(Vec::new(), NOW);
    kubelet.set_static_pods(vec![pod.clone()], NOW);
    assert!(kubelet.workers[&uid].removed, "it ends first");
    // Its last step is under way.
    kubelet.workers.remove(&uid);
    kubelet
        .calls
        .insert(CallId(1), Caller::Leaving(uid.clone()));
    kubelet.set_static_pods(vec![pod], NOW);
    assert!(!kubelet.workers.contains_key(&uid));
    kubelet.calls.clear();
    kubelet.has_left(&uid, NOW);
    assert!(!kubelet.workers[&uid].removed);
    kubelet.set_static_pods(Vec::new(), NOW);
    kubelet.has_left(&uid, NOW);
    assert!(kubelet.workers[&uid].removed, "it is not wanted any more");
}

#[test]
fn annotations_make_no_pod_static() {
    let mut kubelet = Kubelet::new(KubeletConfig::default(), Silent::default());
    let mut pod = tree!({"metadata": {"name": "p", "namespace": "d", "uid": "u"}, "spec": {"containers": []}});
    pod.set_annotation("kubernetes.io/config.source", "file");
    let found = FoundPod {
        uid: "u".into(),
        sandbox: "s".into(),
        ip: String::new(),
        attempt: 0,
        containers: Vec::new(),
    };
    kubelet.adopt(&pod, &found, false);
    let w = &kubelet.workers["u"];
    assert!(!w.is_static && w.admitted, "what runs is not refused later");
    let mirror = |name: &str| {
        let mut mirror = tree!({"metadata": {"name": name, "namespace": "d", "uid": "m"}});
        mirror.set_annotation(MIRROR, "u");
        mirror
    };
    assert_eq!(kubelet.static_owner(&mirror("p")), None);
    kubelet.workers.get_mut("u").expect("there").is_static = true;
    assert_eq!(kubelet.static_owner(&mirror("p")), Some("u".to_owned()));
    assert_eq!(kubelet.static_owner(&mirror("other")), None);

    // Of a pod that is over the volumes go.
    pod.set_at(&["status", "phase"], "Failed");
    assert!(kubelet.runtime.given_up.is_empty());
    kubelet.adopt(&pod, &found, false);
    assert_eq!(kubelet.runtime.given_up, ["u"]);
    kubelet.give_volumes_up("u");
    assert_eq!(kubelet.runtime.given_up.len(), 1, "once");
}
