//! Why an object is as it is, or why it is not yet as it should be: told from its status, its surroundings and the trace.

use super::facts::selector;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::view::frame::{Key, Machine, NodeHealth, PodState, Verdict, pod_key};
use crate::view::nodes;
use crate::view::pods::{condition, pod_cell};
use crate::view::store::{REPLICA_SET, SERVICE};
use crate::view::viewer::Viewer;
use serde::{Deserialize, Serialize};

/// One reason. The page has words for each in every language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Why {
    /// Nothing is wrong.
    Fine,
    /// A pod waits for its turn with the scheduler.
    WaitsForScheduler,
    /// The scheduler itself does not run.
    SchedulerDown,
    /// The controllers do not run.
    ControllersDown,
    /// No node fits a pod; Kubernetes' message.
    NoNodeFits(String),
    /// What the scheduler found on each node the last time it tried.
    Verdicts(Vec<Verdict>),
    /// The scheduler chose this node; what it found on each, the best first.
    Placed(String, Vec<Verdict>),
    /// A node was chosen; its kubelet has yet to begin.
    WaitsForKubelet(String),
    Pulling(Vec<String>),
    Creating,
    InitRuns,
    /// It is about to be tried again.
    CrashLoop {
        container: String,
        code: i64,
        reason: String,
        restarts: i64,
        until_ms: Option<i64>,
    },
    ImageTrouble {
        image: String,
        message: String,
    },
    ConfigTrouble(String),
    /// It runs, but its readiness probe (or another container) says no.
    NotReady(String),
    Ended {
        container: String,
        code: i64,
        reason: String,
    },
    Evicted(String),
    Terminating {
        until_ms: Option<i64>,
        finalizers: Vec<String>,
    },
    NodeSilent(String),
    /// Services that send it traffic (or would, once it is ready).
    Serves(Vec<String>),
    /// Its owner would replace it: kind and name.
    Kept(String, String),
    /// A workload has what it wants.
    Settled(i64),
    Paused,
    ScaledToZero,
    /// The controller has not seen the newest spec yet.
    NotObserved,
    /// A rollout goes on: new, ready, wanted.
    Rollout(i64, i64, i64),
    Trouble(String),
    /// It waits for this pod: key and status.
    WaitsForPod(Key, String),
    NoSelector,
    NoPodMatches(String),
    /// Pods match, but none is ready: how many.
    NoneReady(u32),
    Ready(u32),
    NodeOff,
    NodeCut,
    NodeTrouble {
        reason: String,
        message: String,
    },
    Cordoned,
    Pressure(String),
}

/// Reasons, the weightiest first.
pub fn why(viewer: &Viewer, kind: &str, object: &Value, _now: Timestamp) -> Vec<Why> {
    let mut found = match kind {
        "Pod" => pod(viewer, object),
        "Node" => node(viewer, object),
        "Service" => service(viewer, object),
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet" => {
            workload(viewer, kind, object)
        }
        _ => Vec::new(),
    };
    if kind != "Pod" && object.is_terminating() {
        found.insert(0, terminating(object));
    }
    found
}

fn terminating(object: &Value) -> Why {
    Why::Terminating {
        until_ms: object.deletion_timestamp().map(|t| t.0 / 1000),
        finalizers: object.finalizers().map(str::to_owned).collect(),
    }
}

fn pod(viewer: &Viewer, pod: &Value) -> Vec<Why> {
    let key = pod.key();
    let cell = pod_cell(pod, viewer.around(&key, pod));
    let containers = super::facts::containers(pod);
    let images = || containers.iter().map(|c| c.image.clone()).collect();
    let mut found = vec![match cell.state {
        PodState::Pending if !running(viewer, "kube-scheduler") => Why::SchedulerDown,
        PodState::Pending => Why::WaitsForScheduler,
        PodState::Unschedulable => Why::NoNodeFits(cell.message.clone()),
        PodState::Assigned => Why::WaitsForKubelet(cell.node.clone()),
        PodState::Pulling => Why::Pulling(images()),
        PodState::Creating => Why::Creating,
        PodState::Init => Why::InitRuns,
        PodState::NotReady => {
            Why::NotReady(last_warning(viewer, pod).unwrap_or(cell.message.clone()))
        }
        PodState::Ready | PodState::Completed => Why::Fine,
        PodState::Failed if *pod.at(&["status", "reason"]) == "Evicted" => {
            Why::Evicted(cell.message.clone())
        }
        PodState::Failed => ended(pod),
        PodState::CrashLoop => crash_loop(pod, cell.until_ms),
        PodState::ImageTrouble => Why::ImageTrouble {
            image: waiting_image(pod),
            message: cell.message.clone(),
        },
        PodState::ConfigTrouble => Why::ConfigTrouble(cell.message.clone()),
        PodState::Terminating => terminating(pod),
        PodState::Unknown => Why::NodeSilent(cell.node.clone()),
    }];
    if let Some(s) = viewer.scheduled.get(&pod_key(pod.namespace(), pod.name())) {
        let mut verdicts = s.verdicts.clone();
        match &s.chosen {
            Some(node) if *node == cell.node => {
                verdicts.arrange_by_key(|v| (v.node != *node, !v.refused_by.is_empty(), -v.score));
                found.push(Why::Placed(node.clone(), verdicts));
            }
            None if cell.state == PodState::Unschedulable => found.push(Why::Verdicts(verdicts)),
            _ => {}
        }
    }
    if let Some((kind, name)) = cell.owner {
        found.push(Why::Kept(kind, name));
    }
    let services: Vec<String> = viewer
        .objects
        .in_namespace(SERVICE, pod.namespace())
        .filter(|(_, s)| crate::view::store::selects(s.at(&["spec", "selector"]), pod))
        .map(|(_, s)| s.name().to_owned())
        .collect();
    if !services.is_empty() {
        found.push(Why::Serves(services));
    }
    found
}

fn running(viewer: &Viewer, component: &str) -> bool {
    let c = nodes::component(component, &viewer.objects);
    c.running || c.pod.is_empty()
}

fn last_warning(viewer: &Viewer, pod: &Value) -> Option<String> {
    let events = viewer
        .objects
        .in_namespace(crate::view::store::EVENT, pod.namespace());
    events
        .filter(|(_, e)| {
            e.get("type") == "Warning" && e.at(&["involvedObject", "uid"]).str() == pod.uid()
        })
        .max_by_key(|(_, e)| e.get("lastTimestamp").str())
        .map(|(_, e)| e.get("message").str().to_owned())
}

fn ended(pod: &Value) -> Why {
    let of = |s: &Value| {
        let t = s.at(&["state", "terminated"]);
        let code = t.get("exitCode").as_i64().filter(|c| *c != 0)?;
        Some(Why::Ended {
            container: s.get("name").str().to_owned(),
            code,
            reason: t.get("reason").str().to_owned(),
        })
    };
    let status = pod.get("status");
    let inits = status.get("initContainerStatuses").items().iter();
    let mut all = inits.chain(status.get("containerStatuses").items());
    all.find_map(of)
        .unwrap_or_else(|| Why::Trouble(status.get("message").str().to_owned()))
}

fn crash_loop(pod: &Value, until_ms: Option<i64>) -> Why {
    let status = pod.get("status");
    let inits = status.get("initContainerStatuses").items().iter();
    let mut all = inits.chain(status.get("containerStatuses").items());
    let looping = all.find(|s| *s.at(&["state", "waiting", "reason"]) == "CrashLoopBackOff");
    let s = looping.unwrap_or(&crate::apimachinery::NULL);
    let last = s.at(&["lastState", "terminated"]);
    Why::CrashLoop {
        container: s.get("name").str().to_owned(),
        code: last.get("exitCode").as_i64().unwrap_or(0),
        reason: last.get("reason").str().to_owned(),
        restarts: s.get("restartCount").as_i64().unwrap_or(0),
        until_ms,
    }
}

fn waiting_image(pod: &Value) -> String {
    let status = pod.get("status");
    let inits = status.get("initContainerStatuses").items().iter();
    let mut all = inits.chain(status.get("containerStatuses").items());
    all.find(|s| {
        s.at(&["state", "waiting", "reason"])
            .str()
            .contains("Image")
    })
    .map_or(String::new(), |s| s.get("image").str().to_owned())
}

fn node(viewer: &Viewer, node: &Value) -> Vec<Why> {
    let mut found = Vec::new();
    match viewer.machine(node.name()) {
        Machine::Off => found.push(Why::NodeOff),
        Machine::Cut => found.push(Why::NodeCut),
        Machine::On => {}
    }
    if nodes::health(node) != NodeHealth::Ready {
        let c = condition(node, "Ready").unwrap_or(&crate::apimachinery::NULL);
        found.push(Why::NodeTrouble {
            reason: c.get("reason").str().to_owned(),
            message: c.get("message").str().to_owned(),
        });
    }
    if node.at(&["spec", "unschedulable"]).as_bool() == Some(true) {
        found.push(Why::Cordoned);
    }
    for pressure in ["MemoryPressure", "DiskPressure", "PIDPressure"] {
        if crate::view::pods::is_true(node, pressure) {
            found.push(Why::Pressure(pressure.to_owned()));
        }
    }
    if found.is_empty() {
        found.push(Why::Fine);
    }
    found
}

fn service(viewer: &Viewer, service: &Value) -> Vec<Why> {
    let labels = service.at(&["spec", "selector"]);
    let door = crate::view::services::service_door(service, &viewer.objects, Default::default());
    if door.kind == "ExternalName" {
        return vec![Why::Fine];
    }
    vec![if door.counts.0 > 0 {
        Why::Ready(door.counts.0)
    } else if labels.is_empty() {
        Why::NoSelector
    } else {
        let matching = viewer.objects.selected_pods(service.namespace(), labels);
        match matching.count() as u32 {
            0 => Why::NoPodMatches(selector(labels)),
            n => Why::NoneReady(n),
        }
    }]
}

fn workload(viewer: &Viewer, kind: &str, object: &Value) -> Vec<Why> {
    let Some(k) = crate::view::store::Kind::find("", kind) else {
        return Vec::new();
    };
    let w = crate::view::workloads::workload(k, object);
    let mut found = Vec::new();
    if !w.message.is_empty() {
        found.push(Why::Trouble(w.message.clone()));
    }
    if w.paused {
        found.push(Why::Paused);
    }
    let seen = object.at(&["status", "observedGeneration"]).as_i64();
    if seen.unwrap_or(0) < object.generation() {
        found.push(match running(viewer, "kube-controller-manager") {
            true => Why::NotObserved,
            false => Why::ControllersDown,
        });
    } else if w.settled && w.desired == 0 {
        found.push(Why::ScaledToZero);
    } else if w.settled {
        found.push(Why::Settled(w.ready));
    } else {
        found.push(Why::Rollout(w.updated, w.ready, w.desired));
        found.extend(unready_pods(viewer, object));
    }
    if let Some((kind, name)) = w.owner {
        found.push(Why::Kept(kind, name));
    }
    found
}

/// The pods under a workload that are not ready, the first five.
fn unready_pods(viewer: &Viewer, object: &Value) -> Vec<Why> {
    let mut found = Vec::new();
    let mut owners = vec![object.uid().to_owned()];
    let sets = viewer.objects.dependants(object.uid());
    owners.extend(
        sets.filter(|(k, _)| *k == REPLICA_SET)
            .map(|(_, o)| o.uid().to_owned()),
    );
    for uid in owners {
        for (kind, pod) in viewer.objects.dependants(&uid) {
            if kind.kind != "Pod" || found.len() >= 5 {
                continue;
            }
            let cell = pod_cell(pod, viewer.around(&pod.key(), pod));
            if cell.state != PodState::Ready {
                found.push(Why::WaitsForPod(
                    pod_key(&cell.namespace, &cell.name),
                    cell.status,
                ));
            }
        }
    }
    found
}
