//! The recorded corpus of scheduling decisions, replayed on a cluster that is nothing but an API server and a scheduler. Fails
//! when fewer cases agree than before. `CORPUS_VERBOSE=1` prints what differs.

#![allow(clippy::unwrap_used)]

use super::cluster::send;
use kubarium::apimachinery::Value;
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::time::Duration;

const PODS: &str = "/api/v1/namespaces/c-sched/pods";

fn pod(name: &str, p: &Value) -> Value {
    let mut container = tree!({"name": "c", "image": "x", "resources": {}});
    if !p.get("requests").is_null() {
        container.set_at(&["resources", "requests"], p.get("requests").clone());
    }
    if let Some(port) = p.get("hostPort").as_i64() {
        let ports = vec![tree!({"containerPort": 80, "hostPort": port})];
        container.set("ports", ports);
    }
    let mut spec = tree!({"terminationGracePeriodSeconds": 0, "containers": vec![container]});
    for field in [
        "nodeSelector",
        "affinity",
        "tolerations",
        "topologySpreadConstraints",
        "priorityClassName",
        "nodeName",
    ] {
        if !p.get(field).is_null() {
            spec.set(field, p.get(field).clone());
        }
    }
    let mut pod =
        tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
    if !p.get("labels").is_null() {
        pod.set_at(&["metadata", "labels"], p.get("labels").clone());
    }
    pod
}

fn node(n: &Value) -> Value {
    let room = n.get("allocatable").clone();
    let mut node = tree!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": n.name_of(), "labels": n.get("labels").clone()}, "spec": {},
        "status": {"capacity": room.clone(), "allocatable": room,
                   "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]}});
    for field in ["taints", "unschedulable"] {
        if !n.get(field).is_null() {
            node.set_at(&["spec", field], n.get(field).clone());
        }
    }
    node
}

fn made(c: &mut Cluster, path: &str, object: Value) {
    let (code, answer) = send(c, "POST", path, Some(object));
    assert_eq!(code, 201, "{path}: {}", answer.to_json());
}

/// A cluster with the case's nodes and pods.
fn cluster(input: &Value) -> Cluster {
    let mut c = Cluster::new(ClusterConfig {
        nodes: Vec::new(),
        controllers: vec!["-*".to_owned()],
        control_plane_pods: false,
        add_ons: false,
        ..ClusterConfig::default()
    });
    let namespace =
        tree!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "c-sched"}});
    made(&mut c, "/api/v1/namespaces", namespace);
    let account =
        tree!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    made(
        &mut c,
        "/api/v1/namespaces/c-sched/serviceaccounts",
        account,
    );
    for (name, value) in [("low", 10i64), ("mid", 100), ("high", 1000), ("never", 500)] {
        let mut class = tree!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": format!("cs-{name}")}, "value": value});
        if name == "never" {
            class.set("preemptionPolicy", "Never");
        }
        made(&mut c, "/apis/scheduling.k8s.io/v1/priorityclasses", class);
    }
    for n in input.get("nodes").items() {
        made(&mut c, "/api/v1/nodes", node(n));
        // Admission taints new nodes; the recording's had been made ready.
        let taints = n.get("taints").clone();
        let path = format!("/api/v1/nodes/{}", n.name_of());
        let (_, mut stored) = send(&mut c, "GET", &path, None);
        stored.set_at(&["spec", "taints"], taints);
        assert_eq!(send(&mut c, "PUT", &path, Some(stored)).0, 200);
    }
    c.advance_to(c.now() + Duration::from_millis(250));
    for p in input.get("pods").items() {
        made(&mut c, PODS, pod(p.name_of(), p));
    }
    c.advance_to(c.now() + Duration::from_millis(150));
    c
}

fn decision(input: &Value) -> Value {
    let mut c = cluster(input);
    made(&mut c, PODS, pod("incoming", input.get("incoming")));
    let mut answer = tree!({"none": true});
    for _ in 0..80 {
        c.advance_to(c.now() + Duration::from_millis(100));
        let (_, got) = send(&mut c, "GET", &format!("{PODS}/incoming"), None);
        let node = got.at(&["spec", "nodeName"]);
        if !node.is_null() {
            answer = tree!({"node": node.clone()});
            break;
        }
        let nominated = !got.at(&["status", "nominatedNodeName"]).is_null();
        let said = got.at(&["status", "conditions"]).items().iter();
        let said = said.clone().find(|c| c.get("type") == &"PodScheduled");
        if let (Some(said), false) = (said, nominated) {
            answer = tree!({"message": said.get("message").clone(), "reason": said.get("reason").clone()});
            break;
        }
    }
    let gone =
        |c: &mut Cluster, name: &str| send(c, "GET", &format!("{PODS}/{name}"), None).0 == 404;
    let names = input.get("pods").items().iter().map(Value::name_of);
    let mut preempted: Vec<String> = names
        .filter(|n| gone(&mut c, n))
        .map(str::to_owned)
        .collect();
    preempted.sort();
    if !preempted.is_empty() {
        let preempted: Vec<Value> = preempted.into_iter().map(Value::from).collect();
        answer.set("preempted", preempted);
    }
    answer
}

#[test]
fn decisions_agree_with_the_recording() {
    let path = format!("{}/tests/corpus/scheduler.json", env!("CARGO_MANIFEST_DIR"));
    let corpus = Value::from_json(&std::fs::read(path).unwrap()).unwrap();
    let (mut agree, mut total) = (0, 0);
    for case in corpus.get("cases").items() {
        let got = decision(case.get("input"));
        total += 1;
        if &got == case.get("expected") {
            agree += 1;
        } else if std::env::var("CORPUS_VERBOSE").is_ok() {
            let (name, want) = (case.name_of(), case.get("expected").to_json());
            eprintln!("{name}\n   want {want}\n   got  {}", got.to_json());
        }
    }
    eprintln!("scheduler: {agree} of {total} cases agree");
    assert!(agree >= 84, "only {agree} of {total} agree");
}
