//! Scenes of the view: frames made from objects in every state, without a cluster.

use super::frame::Frame;
use super::protocol::{ClockState, FromWorker, ObjectRef, decode, encode};
use super::trace::{Scheduled, Trace, Write};
use super::viewer::Viewer;
use crate::apimachinery::http::{
    ApiClient, Body, ReaderId, Request, ResourceRequest, Response, StreamId, WatchEvent, WatchId,
};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

/// Answers lists from what it holds; nothing ever changes.
#[derive(Default)]
pub struct Still(pub Vec<Value>);

impl ApiClient for Still {
    fn ask(&mut self, _: ResourceRequest<'_>) -> Result<Body, Value> {
        Err(tree!({"code": 405, "reason": "MethodNotAllowed", "message": "the view asks by path"}))
    }
    fn send(&mut self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let watch = request.uri().query().is_some_and(|q| q.contains("watch"));
        let plural = path.rsplit('/').next().unwrap_or_default();
        let items: Vec<Value> = self
            .0
            .iter()
            .filter(|o| o.kind().to_lowercase() + "s" == plural)
            .cloned()
            .collect();
        let body = match watch {
            true => Body::Watch(WatchId(1)),
            false => Body::Tree(tree!({"metadata": {"resourceVersion": "4711"}, "items": items})),
        };
        http::Response::new(body)
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

const BEGIN: &str = "2026-11-21T09:00:00Z";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T09:41:07Z").expect("a valid time")
}

fn node(name: &str, ready: &str) -> Value {
    let role = match name.starts_with("control") {
        true => tree!({"node-role.kubernetes.io/control-plane": ""}),
        false => tree!({}),
    };
    tree!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": name, "labels": role, "resourceVersion": "7", "creationTimestamp": BEGIN},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.11"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
            "conditions": [{"type": "Ready", "status": ready, "reason": "KubeletReady", "message": "kubelet is posting ready status"}]
        }
    })
}

fn pod(namespace: &str, name: &str, node: &str, owner: &str, status: Value) -> Value {
    let mut pod = tree!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": name, "resourceVersion": "9", "creationTimestamp": BEGIN, "labels": {"app": "web"}},
        "spec": {"nodeName": node, "containers": [{"name": "nginx", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}]},
        "status": status
    });
    if !owner.is_empty() {
        pod.set_at(
            &["metadata", "ownerReferences"],
            tree!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": owner, "controller": true}]),
        );
    }
    pod
}

fn ready() -> Value {
    tree!({"phase": "Running", "podIP": "10.244.1.7", "qosClass": "Burstable",
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": BEGIN},
            {"type": "Ready", "status": "True", "lastTransitionTime": BEGIN}
        ],
        "containerStatuses": [{"name": "nginx", "ready": true, "restartCount": 0, "image": "nginx:1.27", "state": {"running": {"startedAt": BEGIN}}}]})
}

fn waiting(reason: &str, message: &str) -> Value {
    tree!({"phase": "Pending", "containerStatuses": [{"name": "nginx", "ready": false, "restartCount": 4, "image": "nginx:1.27",
        "state": {"waiting": {"reason": reason, "message": message}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-21T09:40:50Z"}}}]})
}

/// Pods in every state.
fn states() -> Vec<Value> {
    let mut all = Vec::new();
    let web = "web-6d4b9c7f5d";
    let p = |n: &str, node: &str, s: Value| pod("default", n, node, web, s);
    for (i, node) in ["worker-1", "worker-1", "worker-2", "worker-3"]
        .iter()
        .enumerate()
    {
        all.push(p(&format!("{web}-x7k{i}p"), node, ready()));
    }
    all.push(p(
        &format!("{web}-new1a"),
        "worker-2",
        tree!({"phase": "Pending"}),
    ));
    all.push(p(
        &format!("{web}-new2b"),
        "worker-1",
        waiting("ContainerCreating", ""),
    ));
    all.push(p(
        &format!("{web}-pull9"),
        "worker-2",
        waiting("ContainerCreating", ""),
    ));
    all.push(p(&format!("{web}-half4"), "worker-3", tree!({"phase": "Running", "conditions": [{"type": "ContainersReady", "status": "False", "message": "containers with unready status: [nginx]"}]})));
    all.push(pod(
        "default",
        "crashing",
        "worker-1",
        "",
        waiting(
            "CrashLoopBackOff",
            "back-off 40s restarting failed container=nginx pod=crashing_default(1)",
        ),
    ));
    all.push(pod(
        "default",
        "wrong-image",
        "worker-2",
        "",
        waiting(
            "ImagePullBackOff",
            "Back-off pulling image \"registry.example.invalid/nothing:1.0\"",
        ),
    ));
    all.push(pod(
        "default",
        "no-config",
        "worker-2",
        "",
        waiting(
            "CreateContainerConfigError",
            "configmap \"settings\" not found",
        ),
    ));
    all.push(pod(
        "default",
        "pi-x2vbn",
        "worker-3",
        "",
        tree!({"phase": "Succeeded"}),
    ));
    all.push(pod("default", "failed", "worker-3", "", tree!({"phase": "Failed", "containerStatuses": [{"name": "nginx", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]})));
    let mut ending = p(&format!("{web}-end0z"), "worker-1", ready());
    ending.set_at(&["metadata", "deletionTimestamp"], "2026-11-21T09:41:29Z");
    all.push(ending);
    all.push(p(&format!("{web}-lost3"), "worker-4", ready()));
    let message = "0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 Insufficient cpu. preemption: 0/5 nodes are available: 1 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pods.";
    for i in 0..2 {
        all.push(pod("default", &format!("hungry-5c8d7-q{i}tz"), "", "", tree!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]})));
    }
    all.push(pod(
        "default",
        "just-now",
        "",
        "",
        tree!({"phase": "Pending"}),
    ));
    all
}

fn system(nodes: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    for c in super::nodes::COMPONENTS {
        let mut p = pod(
            "kube-system",
            &format!("{c}-control-plane"),
            "control-plane",
            "",
            ready(),
        );
        p.set_at(
            &["metadata", "labels"],
            tree!({"component": c, "tier": "control-plane"}),
        );
        all.push(p);
    }
    for n in nodes {
        all.push(pod(
            "kube-system",
            &format!("kube-proxy-{}", &n[n.len() - 5..]),
            n,
            "",
            ready(),
        ));
    }
    for i in 0..2 {
        all.push(pod(
            "kube-system",
            &format!("coredns-6f6b679f8f-2x7k{i}"),
            "control-plane",
            "",
            ready(),
        ));
    }
    all
}

fn workload(
    kind: &str,
    ns: &str,
    name: &str,
    owner: Option<&str>,
    spec: Value,
    status: Value,
) -> Value {
    let mut o = tree!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": ns, "uid": name, "generation": 1, "resourceVersion": "20", "creationTimestamp": BEGIN}, "spec": spec, "status": status});
    if let Some(owner) = owner {
        o.set_at(&["metadata", "ownerReferences"], tree!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": owner, "uid": owner, "controller": true}]));
    }
    o
}

fn service(ns: &str, name: &str, ip: &str, kind: &str) -> Value {
    tree!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": ns, "uid": name, "resourceVersion": "5", "creationTimestamp": BEGIN},
        "spec": {"type": kind, "clusterIP": ip, "selector": {"app": name}, "ports": [{"port": 80, "protocol": "TCP"}]}})
}

fn event(pod: &str, reason: &str, message: &str, warning: bool) -> Value {
    tree!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("{pod}.{reason}"), "namespace": "default", "resourceVersion": "33"},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": "default", "uid": pod}, "reason": reason, "message": message,
        "type": if warning { "Warning" } else { "Normal" }, "count": 3, "source": {"component": "kubelet", "host": "worker-1"},
        "firstTimestamp": BEGIN, "lastTimestamp": "2026-11-21T09:40:59Z"})
}

fn busy() -> Vec<Value> {
    let names = [
        "control-plane",
        "worker-1",
        "worker-2",
        "worker-3",
        "worker-4",
    ];
    let mut all: Vec<Value> = names
        .iter()
        .map(|n| node(n, if *n == "worker-4" { "Unknown" } else { "True" }))
        .collect();
    all[3].set_at(&["spec", "unschedulable"], true);
    for ns in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        all.push(
            tree!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns, "uid": ns}}),
        );
    }
    all.extend(system(&names));
    all.extend(states());
    all.push(workload(
        "Deployment",
        "default",
        "web",
        None,
        tree!({"replicas": 8}),
        tree!({"replicas": 10, "updatedReplicas": 4, "readyReplicas": 5, "observedGeneration": 1}),
    ));
    all.push(workload(
        "ReplicaSet",
        "default",
        "web-6d4b9c7f5d",
        Some("web"),
        tree!({"replicas": 6}),
        tree!({"replicas": 6, "readyReplicas": 4, "observedGeneration": 1}),
    ));
    all.push(workload(
        "ReplicaSet",
        "default",
        "web-59f8dbbb6c",
        Some("web"),
        tree!({"replicas": 4}),
        tree!({"replicas": 4, "readyReplicas": 1, "observedGeneration": 1}),
    ));
    all.push(workload(
        "Deployment",
        "default",
        "hungry",
        None,
        tree!({"replicas": 2}),
        tree!({"replicas": 2, "updatedReplicas": 2, "observedGeneration": 1}),
    ));
    all.push(workload(
        "StatefulSet",
        "default",
        "redis",
        None,
        tree!({"replicas": 3}),
        tree!({"replicas": 3, "readyReplicas": 3, "updatedReplicas": 3, "observedGeneration": 1}),
    ));
    all.push(workload(
        "Deployment",
        "kube-system",
        "coredns",
        None,
        tree!({"replicas": 2}),
        tree!({"replicas": 2, "readyReplicas": 2, "updatedReplicas": 2, "observedGeneration": 1}),
    ));
    all.push(workload("DaemonSet", "kube-system", "kube-proxy", None, tree!({}), tree!({"desiredNumberScheduled": 5, "currentNumberScheduled": 5, "numberReady": 5, "updatedNumberScheduled": 5, "observedGeneration": 1})));
    all.push(service("default", "kubernetes", "10.96.0.1", "ClusterIP"));
    all.push(service("default", "web", "10.96.147.20", "NodePort"));
    all.push(service("default", "redis", "10.96.12.3", "ClusterIP"));
    all.push(service(
        "kube-system",
        "kube-dns",
        "10.96.0.10",
        "ClusterIP",
    ));
    let target = |n: &str, ready: bool| tree!({"addresses": ["10.244.1.7"], "conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "namespace": "default", "name": n}});
    let slice: Vec<Value> = (0..4)
        .map(|i| target(&format!("web-6d4b9c7f5d-x7k{i}p"), true))
        .chain([target("web-6d4b9c7f5d-half4", false)])
        .collect();
    all.push(tree!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}}, "endpoints": slice}));
    all.push(event(
        "crashing",
        "BackOff",
        "Back-off restarting failed container nginx in pod crashing_default(1)",
        true,
    ));
    all.push(event("crashing", "Pulled", "Successfully pulled image \"busybox:1.36\" in 1.2s (1.2s including waiting). Image size: 2156518 bytes.", false));
    all.push(event(
        "web-6d4b9c7f5d-pull9",
        "Pulling",
        "Pulling image \"nginx:1.27\"",
        false,
    ));
    all
}

/// A cluster of so many nodes with so many pods each.
fn large(nodes: usize, each: usize) -> Vec<Value> {
    let mut all = Vec::new();
    for n in 0..nodes {
        let name = format!("worker-{n:03}");
        all.push(node(&name, "True"));
        for i in 0..each {
            let status = match (n * each + i) % 97 {
                0 => waiting(
                    "CrashLoopBackOff",
                    "back-off 40s restarting failed container",
                ),
                1..=8 => waiting("ContainerCreating", ""),
                _ => ready(),
            };
            all.push(pod(
                "default",
                &format!("big-7f9-{n:03}x{i:03}"),
                &name,
                "big-7f9",
                status,
            ));
        }
    }
    all.extend(system(&["control-plane"]));
    all.push(workload("Deployment", "default", "big", None, tree!({"replicas": nodes * each}), tree!({"replicas": nodes * each, "readyReplicas": nodes * each - 40, "observedGeneration": 1})));
    all
}

fn traces() -> Vec<Trace> {
    let object = |kind: &str, name: &str| ObjectRef::new("apps/v1", kind, "default", name);
    let write =
        |revision: u64, user: &str, agent: &str, verb: &str, object: ObjectRef, cause: u64| {
            Trace::Write(Write {
                revision,
                at: now(),
                user: user.into(),
                agent: agent.into(),
                verb: verb.into(),
                subresource: "".into(),
                object,
                cause: (cause > 0).then_some(cause),
            })
        };
    let controller = |c: &str| format!("system:serviceaccount:kube-system:{c}");
    let mut all = vec![
        write(
            1,
            "kubernetes-admin",
            "kubectl/v1.36.2",
            "create",
            object("Deployment", "web"),
            0,
        ),
        write(
            2,
            &controller("deployment-controller"),
            "",
            "create",
            object("ReplicaSet", "web-6d4b9c7f5d"),
            1,
        ),
    ];
    for i in 0..4 {
        let pod = ObjectRef::new("v1", "Pod", "default", &format!("web-6d4b9c7f5d-x7k{i}p"));
        all.push(write(
            3 + i,
            &controller("replicaset-controller"),
            "",
            "create",
            pod,
            2,
        ));
    }
    let verdict = |node: &str, by: &str, reason: &str, score: i64| super::frame::Verdict {
        node: node.into(),
        refused_by: by.into(),
        reason: reason.into(),
        score,
    };
    all.push(Trace::Scheduled(Scheduled {
        at: now(),
        namespace: "default".into(),
        pod: "hungry-5c8d7-q0tz".into(),
        chosen: None,
        verdicts: vec![
            verdict(
                "control-plane",
                "TaintToleration",
                "node(s) had untolerated taint(s)",
                0,
            ),
            verdict("worker-1", "NodeResourcesFit", "Insufficient cpu", 0),
            verdict("worker-2", "NodeResourcesFit", "Insufficient cpu", 0),
        ],
    }));
    all
}

/// The frames and inspections of a scene, as the worker would send them.
fn scene(objects: Vec<Value>, traces: Vec<Trace>, inspect: &[ObjectRef]) -> Vec<FromWorker> {
    let mut api = Still(objects);
    let mut viewer = Viewer::new();
    viewer.turn(now(), &mut api, traces);
    viewer.resend();
    let clock = ClockState {
        now_ms: now().0 / 1000,
        paused: false,
        speed: 1.0,
        behind: false,
    };
    let mut messages = Vec::new();
    loop {
        let frame = viewer.frame(clock);
        let done = frame.upserts.is_empty() && frame.removes.is_empty();
        messages.push(FromWorker::Frame(frame));
        if done {
            break;
        }
    }
    for subject in inspect {
        let seen = viewer.inspect_now(subject, now(), &mut api);
        messages.push(FromWorker::Inspection(Box::new(seen)));
    }
    messages
}

#[test]
fn scenes_show_pods_in_every_state() {
    let subjects = [
        ObjectRef::new("v1", "Pod", "default", "crashing"),
        ObjectRef::new("v1", "Pod", "default", "hungry-5c8d7-q0tz"),
        ObjectRef::new("v1", "Pod", "default", "web-6d4b9c7f5d-x7k0p"),
        ObjectRef::new("apps/v1", "Deployment", "default", "web"),
        ObjectRef::new("v1", "Service", "default", "web"),
        ObjectRef::new("v1", "Node", "", "worker-1"),
    ];
    let busy = scene(busy(), traces(), &subjects);
    let mut states = crate::collections::SortedSet::new();
    for message in &busy {
        if let FromWorker::Frame(Frame { upserts, .. }) = message {
            states.extend(upserts.iter().filter_map(|i| match i {
                super::frame::Item::Pod(p) => Some(p.state),
                _ => None,
            }));
        }
    }
    // All but the one whose init containers run.
    assert_eq!(states.len(), 14, "{states:?}");
    for scene in [
        busy,
        scene(large(10, 100), Vec::new(), &[]),
        scene(large(300, 10), Vec::new(), &[]),
    ] {
        let read = decode(&encode(&scene)).expect("what was written");
        assert!(read == scene, "a scene survives the crossing");
    }
}
