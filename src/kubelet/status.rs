//! A pod's status as its kubelet reports it (`generateAPIPodStatus` of kubelet_pods.go).

use super::worker::{ContainerRecord, ContainerState, PodWorker, Terminated, WorkType, is_sidecar};
use crate::api::core::pod_util::container_should_restart;
use crate::api::core::qos::compute_pod_qos;
use crate::api::core::resources::{
    RESIZE_IN_PROGRESS, RESIZE_PENDING, pod_limits, pod_requests, to_value,
};
use crate::api::core_v1::Container;
use crate::apimachinery::{ObjectBuilder, Timestamp, Value};
use crate::collections::Arrange;
use crate::tree;

/// What of the node goes into a pod's status.
pub struct Host<'a> {
    /// The node's address.
    pub ip: &'a str,
    /// How container ids begin: `containerd`.
    pub runtime: &'a str,
    /// Whether containers are watched by probes, so that it is known which have started.
    pub probes: bool,
}

/// Where the statuses of containers stand in a pod's status.
pub const STATUSES: [&str; 3] = [
    "initContainerStatuses",
    "containerStatuses",
    "ephemeralContainerStatuses",
];

/// The whole status, with transition times kept where a condition did not change.
pub fn generate(w: &PodWorker, host: &Host<'_>, now: Timestamp) -> Value {
    let old = w.api_pod().get("status");
    let mut status = ObjectBuilder::with_room(18);
    status.put("qosClass", qos(w, old));
    status.put("startTime", w.start_time);
    let generation = w.api_pod().generation();
    if generation > 0 {
        status.put("observedGeneration", generation);
    }
    if let Some((reason, message)) = w.rejected.as_deref().or(w.evicted.as_deref()) {
        status.put_fixed("phase", "Failed");
        status.put("reason", reason);
        status.put("message", message);
    } else {
        status.put_fixed("phase", phase(w));
    }
    if w.rejected.is_none() {
        containers(&mut status, w, host);
        addresses(&mut status, w, host);
        resources(&mut status, w);
    }
    let conditions = conditions(w, &status, old, generation, now);
    status.put("conditions", conditions);
    for kept in ["nominatedNodeName", "resize"] {
        if !old.get(kept).is_null() {
            status.put(kept, old.get(kept));
        }
    }
    status.build()
}

fn qos(w: &PodWorker, old: &Value) -> Value {
    match old.get("qosClass") {
        Value::Null => compute_pod_qos(&w.pod).into(),
        known => known.clone(),
    }
}

fn addresses(status: &mut ObjectBuilder, w: &PodWorker, host: &Host<'_>) {
    status.put("hostIP", host.ip);
    status.put("hostIPs", list_of_ip(w, "hostIPs", host.ip));
    let ip = match &w.sandbox {
        Some(_) if w.pod.spec().host_network() == Some(true) => host.ip,
        Some((_, ip)) => ip,
        None => "",
    };
    let ip = if ip.is_empty() {
        w.api_pod().at(&["status", "podIP"]).str()
    } else {
        ip
    };
    if !ip.is_empty() && w.work != WorkType::Finished {
        status.put("podIP", ip);
        status.put("podIPs", list_of_ip(w, "podIPs", ip));
    }
}

/// A list of one address: the one that the API has, if that is it.
fn list_of_ip(w: &PodWorker, field: &str, ip: &str) -> Value {
    let known = w.api_pod().at(&["status", field]);
    match known.items() {
        [one] if one.get("ip") == ip => known.clone(),
        _ => tree!([{"ip": ip}]),
    }
}

fn resources(status: &mut ObjectBuilder, w: &PodWorker) {
    let has = w.actuated();
    let mut total = Value::object();
    for (kind, list) in [
        ("limits", pod_limits(&has)),
        ("requests", pod_requests(&has)),
    ] {
        if !list.is_empty() {
            total.set(kind, to_value(&list));
        }
    }
    let set_aside = match w.resize {
        None => total.get("requests").clone(),
        Some(_) => to_value(&pod_requests(&w.allocated())),
    };
    if !set_aside.is_empty() {
        status.put("allocatedResources", set_aside);
    }
    status.put("resources", total);
}

fn containers(status: &mut ObjectBuilder, w: &PodWorker, host: &Host<'_>) {
    let spec = w.pod.spec();
    for (field, mut sorted) in [
        (
            "initContainerStatuses",
            spec.init_containers().iter().collect::<Vec<&Container>>(),
        ),
        ("containerStatuses", spec.containers().iter().collect()),
        ("ephemeralContainerStatuses", w.ephemeral().collect()),
    ] {
        if field != "initContainerStatuses" {
            sorted.arrange_by(|a, b| a.name().cmp(b.name()));
        }
        if !sorted.is_empty() {
            status.put(
                field,
                sorted
                    .into_iter()
                    .map(|c| container_status(w, c, host))
                    .collect::<Vec<Value>>(),
            );
        }
    }
}

/// How often a container was started again by what the API was told of it: all that is left after the machine was off while
/// the pod was on its way out.
fn told_restarts(w: &PodWorker, name: &str) -> i64 {
    let status = w.api_pod().get("status");
    let mut all = STATUSES.iter().flat_map(|list| status.get(list).items());
    let told = all.find(|s| s.get("name") == name);
    told.and_then(|s| s.get("restartCount").as_i64())
        .unwrap_or(0)
}

fn container_status(w: &PodWorker, c: &Container, host: &Host<'_>) -> Value {
    let waiting = if w.pod.spec().init_containers().is_empty() {
        "ContainerCreating"
    } else {
        "PodInitializing"
    };
    let fresh = ContainerRecord::new(waiting);
    let r = w.known(c.name()).unwrap_or(&fresh);
    let is_init = w
        .pod
        .spec()
        .init_containers()
        .iter()
        .any(|i| i.name() == c.name());
    let done = r.terminated().is_some_and(|t| t.exit_code == 0);
    let ready = if is_init && !is_sidecar(c) {
        done
    } else {
        // A container that is being ended stays ready as long as its probe says so.
        r.is_running() && r.started && r.probe_ready
    };
    let mut s = ObjectBuilder::with_room(13);
    // Before there is a container the image is only known as it was asked for.
    let (image, image_id) = match r.image.0.as_str() {
        known if !known.is_empty() && !r.id.is_empty() => {
            (Value::from(&r.image.0), Value::from(&r.image.1))
        }
        _ => (c.get("image").clone(), "".into()),
    };
    s.put("name", c.get("name"));
    let restarts = w.known(c.name()).map(|r| i64::from(r.restart_count));
    s.put(
        "restartCount",
        restarts.unwrap_or_else(|| told_restarts(w, c.name())),
    );
    // Probes look at no ephemeral container: such a one is never ready.
    let ephemeral = w.ephemeral().any(|e| e.name() == c.name());
    s.put("ready", ready && !ephemeral);
    s.put("image", image);
    s.put("imageID", image_id);
    if host.probes && !ephemeral {
        s.put("started", r.is_running() && r.started);
    }
    s.put("state", state(&r.state, host));
    s.put(
        "lastState",
        r.last.as_ref().map_or_else(
            Value::object,
            |t| tree!({"terminated": terminated(t, host)}),
        ),
    );
    if !r.id.is_empty() {
        s.put("containerID", format!("{}://{}", host.runtime, r.id));
    }
    match &w.resize {
        // Where there is no container yet, nothing is set aside for it alone.
        _ if r.id.is_empty() => {}
        Some(resize) if !ephemeral => {
            let set_aside = resize.allocated.container(c.name());
            let has = match r.is_running() {
                true => actual(set_aside, resize.actuated.container(c.name())),
                false => set_aside.clone(),
            };
            container_resources(&mut s, set_aside, &has);
        }
        _ => container_resources(&mut s, c.get("resources"), c.get("resources")),
    }
    if !c.volume_mounts().is_empty() {
        s.put(
            "volumeMounts",
            c.volume_mounts()
                .iter()
                .map(|m| mount_status(m))
                .collect::<Vec<Value>>(),
        );
    }
    s.build()
}

/// What is set aside for a running container, with the CPU and memory that it has.
fn actual(set_aside: &Value, has: &Value) -> Value {
    let mut out = set_aside.clone();
    for kind in ["limits", "requests"] {
        for name in ["cpu", "memory"] {
            let amount = has.at(&[kind, name]);
            if set_aside.has(kind) && !amount.is_null() {
                out.set_at(&[kind, name], amount);
            }
        }
    }
    out
}

fn container_resources(s: &mut ObjectBuilder, resources: &Value, has: &Value) {
    if !resources.get("requests").is_null() {
        s.put("allocatedResources", resources.get("requests"));
    }
    let mut actual = Value::object();
    for kind in ["limits", "requests"] {
        if !has.get(kind).is_null() {
            actual.set(kind, has.get(kind));
        }
    }
    s.put("resources", actual);
}

fn mount_status(m: &Value) -> Value {
    let (name, path) = (m.get("name"), m.get("mountPath"));
    if m.get("readOnly").as_bool() == Some(true) {
        return tree!({"mountPath": path, "name": name, "readOnly": true, "recursiveReadOnly": "Disabled"});
    }
    tree!({"mountPath": path, "name": name})
}

fn state(s: &ContainerState, host: &Host<'_>) -> Value {
    match s {
        ContainerState::Waiting { reason, message } => {
            let mut v = tree!({"waiting": {"reason": reason}});
            if !message.is_empty() {
                v.set_at(&["waiting", "message"], message);
            }
            v
        }
        ContainerState::Running(since) => tree!({"running": {"startedAt": *since}}),
        ContainerState::Terminated(t) => {
            let mut v = Value::object();
            v.set("terminated", terminated(t, host));
            v
        }
    }
}

fn terminated(t: &Terminated, host: &Host<'_>) -> Value {
    let mut v =
        tree!({"exitCode": t.exit_code, "startedAt": t.started_at, "finishedAt": t.finished_at});
    if !t.id.is_empty() {
        v.set("containerID", format!("{}://{}", host.runtime, t.id));
    }
    for (key, text) in [("reason", &t.reason), ("message", &t.message)] {
        if !text.is_empty() {
            v.set(key, text);
        }
    }
    v
}

/// A pod's phase from its containers (`getPhase`).
pub fn phase(w: &PodWorker) -> &'static str {
    let spec = w.pod.spec();
    let policy = spec.restart_policy();
    let terminal = matches!(w.work, WorkType::Terminated | WorkType::Finished);
    for c in spec.init_containers().iter().filter(|c| !is_sidecar(c)) {
        let Some(r) = w.containers.get(c.name()) else {
            return if terminal { "Failed" } else { "Pending" };
        };
        match r.terminated() {
            Some(t) if t.exit_code == 0 => {}
            Some(t) if terminal || !container_should_restart(c, policy, t.exit_code) => {
                return "Failed";
            }
            _ => return if terminal { "Failed" } else { "Pending" },
        }
    }
    let (mut running, mut waiting, mut succeeded, mut failed) = (0, 0, 0, 0);
    let mut settled = 0;
    for c in spec.containers() {
        match w.containers.get(c.name()) {
            Some(r) if r.is_running() => running += 1,
            Some(r) => match r.terminated().or(r.last.as_deref()) {
                Some(t) if r.restart_wanted && !terminal && t.exit_code == 0 => running += 1,
                Some(t) => {
                    settled += i32::from(!container_should_restart(c, policy, t.exit_code));
                    match t.exit_code {
                        0 => succeeded += 1,
                        _ => failed += 1,
                    }
                }
                None => waiting += 1,
            },
            None => waiting += 1,
        }
    }
    match (running, waiting, succeeded, failed) {
        (_, w, ..) if w > 0 && !terminal => "Pending",
        (r, ..) if r > 0 => "Running",
        (0, _, _, f) if terminal => {
            if f > 0 || waiting > 0 {
                "Failed"
            } else {
                "Succeeded"
            }
        }
        _ if settled < succeeded + failed => "Running",
        (_, _, 0, 0) if policy == "Always" || policy.is_empty() => "Running",
        (_, _, _, 0) => "Succeeded",
        _ => "Failed",
    }
}

fn conditions(
    w: &PodWorker,
    status: &ObjectBuilder,
    old: &Value,
    generation: i64,
    now: Timestamp,
) -> Vec<Value> {
    let phase = status.get("phase").str();
    let spec = w.pod.spec();
    let unready: Vec<&str> = status
        .get("containerStatuses")
        .items()
        .iter()
        .filter(|s| s.get("ready").as_bool() != Some(true))
        .map(Value::name_of)
        .collect();
    let mut unready_all: Vec<&str> = Vec::new();
    for c in spec.init_containers().iter().filter(|c| is_sidecar(c)) {
        let s = status
            .get("initContainerStatuses")
            .items()
            .iter()
            .find(|s| s.get("name").str() == c.name());
        if s.is_none_or(|s| s.get("ready").as_bool() != Some(true)) {
            unready_all.push(c.name());
        }
    }
    unready_all.extend(unready);
    let incomplete: Vec<&str> = incomplete_init(w);
    let over = |ok: &str| {
        match phase {
            "Succeeded" => Some(("False", "PodCompleted", String::new())),
            "Failed" => Some(("False", "PodFailed", String::new())),
            _ => None,
        }
        .filter(|_| ok != "init")
    };
    let containers_ready = over("").unwrap_or_else(|| match unready_all.as_slice() {
        [] if w.rejected.is_none() => ("True", "", String::new()),
        names => (
            "False",
            "ContainersNotReady",
            format!("containers with unready status: [{}]", names.join(" ")),
        ),
    });
    let ready = if containers_ready.0 == "True" {
        readiness_gates(w).unwrap_or_else(|| containers_ready.clone())
    } else {
        containers_ready.clone()
    };
    let initialized = match incomplete.as_slice() {
        [] if phase == "Succeeded" => ("True", "PodCompleted", String::new()),
        [] => ("True", "", String::new()),
        names => (
            "False",
            "ContainersNotInitialized",
            format!("containers with incomplete status: [{}]", names.join(" ")),
        ),
    };
    let started = if w.sandbox.is_some() && !matches!(w.work, WorkType::Finished) {
        "True"
    } else {
        "False"
    };
    let scheduled = ("True", "", String::new());
    let mut out: Vec<Value> = Vec::new();
    if let Some((reason, why)) = w.evicted.as_deref()
        && reason == "Evicted"
        && why.starts_with("The node was low on resource")
    {
        let kind = "DisruptionTarget";
        let by = "TerminationByKubelet";
        out.push(condition(old, kind, "True", by, why, generation, now));
    }
    let mine = [
        ("PodReadyToStartContainers", (started, "", String::new())),
        ("Initialized", initialized),
        ("Ready", ready),
        ("ContainersReady", containers_ready),
        ("PodScheduled", scheduled),
    ];
    for other in old.get("conditions").items() {
        let there = out.iter().any(|c| c.get("type") == other.get("type"));
        let resize = matches!(other.get("type").str(), RESIZE_PENDING | RESIZE_IN_PROGRESS);
        if !there && !resize && !mine.iter().any(|(t, _)| other.get("type") == t) {
            out.push(other.clone());
        }
    }
    let terminal = matches!(w.work, WorkType::Terminated | WorkType::Finished);
    if let Some(resize) = w.resize.as_deref().filter(|_| !terminal) {
        out.extend(resize.conditions());
    }
    for (kind, (value, reason, message)) in mine {
        out.push(condition(
            old, kind, value, reason, &message, generation, now,
        ));
    }
    out
}

fn incomplete_init(w: &PodWorker) -> Vec<&str> {
    let main_has_run = w
        .pod
        .spec()
        .containers()
        .iter()
        .any(|c| w.containers.get(c.name()).is_some_and(|r| !r.id.is_empty()));
    let complete = |c: &Container| match w.containers.get(c.name()) {
        Some(r) if is_sidecar(c) => r.started || main_has_run,
        Some(r) => r.terminated().is_some_and(|t| t.exit_code == 0),
        None => false,
    };
    w.pod
        .spec()
        .init_containers()
        .iter()
        .filter(|c| !complete(c))
        .map(|c| c.name())
        .collect()
}

fn readiness_gates(w: &PodWorker) -> Option<(&'static str, &'static str, String)> {
    let conditions = w.api_pod().at(&["status", "conditions"]).items();
    let mut problems = Vec::new();
    for gate in w.pod.spec().get("readinessGates").items() {
        let kind = gate.get("conditionType").str();
        match conditions.iter().find(|c| c.get("type").str() == kind) {
            None => problems.push(format!(
                "corresponding condition of pod readiness gate \"{kind}\" does not exist."
            )),
            Some(c) if c.get("status").str() != "True" => {
                problems.push(format!(
                    "the status of pod readiness gate \"{kind}\" is not \"True\", but {}",
                    c.get("status").str()
                ));
            }
            Some(_) => {}
        }
    }
    (!problems.is_empty()).then(|| ("False", "ReadinessGatesNotReady", problems.join(", ")))
}

fn condition(
    old: &Value,
    kind: &'static str,
    value: &'static str,
    reason: &'static str,
    message: &str,
    generation: i64,
    now: Timestamp,
) -> Value {
    let before = old
        .get("conditions")
        .items()
        .iter()
        .find(|c| c.get("type").str() == kind);
    let since = match before {
        Some(c) if c.get("status").str() == value => {
            let same = c.get("reason").str() == reason
                && c.get("message").str() == message
                && c.get("observedGeneration").as_i64().unwrap_or(0) == generation
                && c.has("lastProbeTime");
            if same {
                return c.clone();
            }
            c.get("lastTransitionTime").clone()
        }
        _ => now.into(),
    };
    let mut c = ObjectBuilder::with_room(7);
    c.put("lastProbeTime", Value::Null);
    c.put("lastTransitionTime", since);
    if !message.is_empty() {
        c.put("message", message);
    }
    if generation > 0 {
        c.put("observedGeneration", generation);
    }
    if !reason.is_empty() {
        c.put_fixed("reason", reason);
    }
    c.put_fixed("status", value);
    c.put_fixed("type", kind);
    c.build()
}

impl Value {
    /// The field `name` of a list's entry.
    pub fn name_of(&self) -> &str {
        self.get("name").str()
    }
}

/// Why a container waits, in the word of its status.
pub fn waiting_reason(w: &PodWorker, container: &str) -> String {
    match w.containers.get(container).map(|r| &r.state) {
        Some(ContainerState::Waiting { reason, .. }) => reason.clone(),
        _ if w.pod.spec().init_containers().is_empty() => "ContainerCreating".to_owned(),
        _ => "PodInitializing".to_owned(),
    }
}
