//! The whole cluster in process: it boots, runs workloads, heals.

#![allow(clippy::unwrap_used)]

use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apimachinery::{Value, schema};
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::time::Duration;

pub fn send(c: &mut Cluster, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut r = Request::new(body.map_or(Body::Empty, Body::Tree));
    *r.method_mut() = method.parse().unwrap();
    *r.uri_mut() = path.parse().unwrap();
    r.headers_mut()
        .insert("user-agent", "test/1".parse().unwrap());
    r.extensions_mut()
        .insert(UserInfo::new("kubernetes-admin", &["system:masters"]));
    let answer = c.request(r).unwrap();
    let code = answer.status().as_u16();
    match answer.into_body() {
        Body::Tree(v) => (code, v),
        Body::Bytes(b) => (code, Value::from_json(&b).unwrap_or_default()),
        _ => (code, Value::Null),
    }
}

fn pods(c: &Cluster) -> Vec<Value> {
    c.api()
        .peek_all(schema::resource("", "v1", "pods").unwrap())
        .cloned()
        .collect()
}

pub fn show(c: &Cluster) -> String {
    let mut out = String::new();
    for p in pods(c) {
        let statuses: Vec<String> = p
            .at(&["status", "containerStatuses"])
            .items()
            .iter()
            .map(|s| s.get("state").to_json())
            .collect();
        out += &format!(
            "{} {} {} {:?}\n",
            p.key(),
            p.at(&["status", "phase"]).str(),
            p.at(&["spec", "nodeName"]).str(),
            statuses
        );
    }
    for n in c
        .api()
        .peek_all(schema::resource("", "v1", "nodes").unwrap())
    {
        let ready = n
            .at(&["status", "conditions"])
            .items()
            .iter()
            .find(|c| c.get("type") == &"Ready")
            .cloned()
            .unwrap_or_default();
        out += &format!(
            "node {} ready={} taints={}\n",
            n.name(),
            ready.get("status").str(),
            n.at(&["spec", "taints"]).to_json()
        );
    }
    for e in c
        .api()
        .peek_all(schema::resource("", "v1", "events").unwrap())
    {
        out += &format!(
            "event {} {} {} x{}\n",
            e.at(&["involvedObject", "name"]).str(),
            e.get("reason").str(),
            e.get("message").str(),
            e.get("count").to_json()
        );
    }
    out
}

fn deployment(name: &str, replicas: i64) -> Value {
    tree!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}}})
}

fn ready(c: &Cluster, prefix: &str) -> usize {
    let ready = |p: &Value| {
        p.at(&["status", "conditions"])
            .items()
            .iter()
            .any(|c| c.get("type") == &"Ready" && c.get("status") == &"True")
    };
    pods(c)
        .iter()
        .filter(|p| p.name().starts_with(prefix) && ready(p) && !p.is_terminating())
        .count()
}

#[test]
fn a_cluster_boots_as_kubeadm_leaves_one() {
    let c = Cluster::boot(ClusterConfig::default());
    let all = show(&c);
    for name in [
        "etcd-control-plane",
        "kube-apiserver-control-plane",
        "kube-scheduler-control-plane",
        "kube-controller-manager-control-plane",
        "coredns-",
    ] {
        assert!(
            pods(&c)
                .iter()
                .any(|p| p.name().starts_with(name) && p.at(&["status", "phase"]) == &"Running"),
            "{name}\n{all}"
        );
    }
}

#[test]
fn a_deployment_comes_up_and_heals() {
    for config in [ClusterConfig::reference(), ClusterConfig::default()] {
        let mut c = Cluster::boot(config);
        let (code, answer) = send(
            &mut c,
            "POST",
            "/apis/apps/v1/namespaces/default/deployments",
            Some(deployment("web", 3)),
        );
        assert_eq!(code, 201, "{answer:?}");
        c.advance_to(c.now() + Duration::from_secs(30));
        assert_eq!(ready(&c, "web-"), 3, "{}", show(&c));
        let victim = pods(&c)
            .into_iter()
            .find(|p| p.name().starts_with("web-"))
            .unwrap();
        let (code, _) = send(
            &mut c,
            "DELETE",
            &format!("/api/v1/namespaces/default/pods/{}", victim.name()),
            None,
        );
        assert_eq!(code, 200);
        c.advance_to(c.now() + Duration::from_secs(40));
        assert_eq!(ready(&c, "web-"), 3, "{}", show(&c));
        assert!(
            pods(&c).iter().all(|p| p.uid() != victim.uid()),
            "{}",
            show(&c)
        );
    }
}

fn pod(name: &str, spec: Value) -> Value {
    let mut p = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}});
    p.set("spec", spec);
    p
}

fn status_of(c: &Cluster, name: &str) -> Value {
    pods(c)
        .into_iter()
        .find(|p| p.name() == name)
        .map(|p| p.get("status").clone())
        .unwrap_or_default()
}

#[test]
fn programs_run_end_and_are_started_again() {
    let mut c = Cluster::boot(ClusterConfig::default());
    let shell = |script: &str| tree!({"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", script]}]});
    let always = |script: &str| {
        let mut s = shell(script);
        s.set("restartPolicy", "Always");
        s
    };
    let mut probed = always("touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600");
    probed.entry("containers").items_mut()[0].set("livenessProbe", tree!({"exec": {"command": ["cat", "/tmp/healthy"]}, "initialDelaySeconds": 5, "periodSeconds": 5}));
    let bad = tree!({"containers": [{"name": "c", "image": "nginx:1.161"}]});
    let nocmd = tree!({"containers": [{"name": "c", "image": "busybox", "command": ["nosuch"]}]});
    for (name, spec) in [
        ("ok", shell("echo hello; exit 0")),
        ("bad", shell("echo oops >&2; exit 3")),
        ("loop", always("exit 1")),
        ("probed", probed),
        ("pull", bad),
        ("nocmd", nocmd),
    ] {
        let (code, answer) = send(
            &mut c,
            "POST",
            "/api/v1/namespaces/default/pods",
            Some(pod(name, spec)),
        );
        assert_eq!(code, 201, "{answer:?}");
    }
    c.advance_to(c.now() + Duration::from_secs(100));
    let all = show(&c);
    let terminated = |name: &str| {
        status_of(&c, name).get("containerStatuses").items()[0]
            .at(&["state", "terminated"])
            .clone()
    };
    assert_eq!(status_of(&c, "ok").get("phase").str(), "Succeeded", "{all}");
    assert_eq!(terminated("bad").get("exitCode").as_i64(), Some(3), "{all}");
    assert_eq!(status_of(&c, "bad").get("phase").str(), "Failed");
    let state = |name: &str| status_of(&c, name).get("containerStatuses").items()[0].clone();
    assert_eq!(
        state("loop").at(&["state", "waiting", "reason"]).str(),
        "CrashLoopBackOff",
        "{all}"
    );
    assert!(
        state("loop").get("restartCount").as_i64().unwrap() >= 3,
        "{all}"
    );
    assert!(
        state("probed").get("restartCount").as_i64().unwrap() >= 1,
        "{all}"
    );
    assert_eq!(
        state("pull").at(&["state", "waiting", "reason"]).str(),
        "ImagePullBackOff",
        "{all}"
    );
    assert_eq!(
        state("nocmd")
            .at(&["lastState", "terminated", "reason"])
            .str(),
        "StartError",
        "{all}"
    );
    let (_, log) = send(
        &mut c,
        "GET",
        "/api/v1/namespaces/default/pods/ok/log",
        None,
    );
    assert_eq!(log, Value::Null);
}

/// Everything that was written, by whom, when and why.
fn history(seed: u64) -> String {
    let mut c = Cluster::boot(ClusterConfig {
        seed,
        ..ClusterConfig::default()
    });
    send(
        &mut c,
        "POST",
        "/apis/apps/v1/namespaces/default/deployments",
        Some(deployment("web", 5)),
    );
    c.advance_to(c.now() + Duration::from_secs(20));
    c.stop_machine("worker-1");
    c.advance_to(c.now() + Duration::from_secs(90));
    let line = |e: &kubarium::apiserver::AuditEvent| format!("{e:?}\n");
    c.api().audit().events().map(line).collect::<String>() + &show(&c)
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 1..=4 {
        assert!(history(seed) == history(seed), "seed {seed}");
    }
    assert_ne!(history(1), history(2));
}

#[test]
fn a_clone_goes_on_as_the_original_does() {
    let mut a = Cluster::boot(ClusterConfig::default());
    send(
        &mut a,
        "POST",
        "/apis/apps/v1/namespaces/default/deployments",
        Some(deployment("web", 5)),
    );
    a.advance_to(a.now() + Duration::from_millis(700));
    let mut b = a.clone();
    for c in [&mut a, &mut b] {
        c.advance_to(c.now() + Duration::from_secs(30));
    }
    assert_eq!(show(&a), show(&b));
}

#[test]
fn a_stopped_scheduler_places_nothing_until_it_runs_again() {
    let mut c = Cluster::boot(ClusterConfig::default());
    assert!(c.crash_container(
        "kube-system",
        "kube-scheduler-control-plane",
        "kube-scheduler"
    ));
    c.advance_to(c.now() + Duration::from_millis(20));
    assert!(!c.is_scheduler_up());
    c.advance_to(c.now() + Duration::from_secs(30));
    assert!(
        c.is_scheduler_up(),
        "the kubelet starts it again\n{}",
        show(&c)
    );
}

#[test]
fn pods_of_a_dead_node_are_made_anew_elsewhere() {
    let mut c = Cluster::boot(ClusterConfig::default());
    send(
        &mut c,
        "POST",
        "/apis/apps/v1/namespaces/default/deployments",
        Some(deployment("web", 6)),
    );
    c.advance_to(c.now() + Duration::from_secs(30));
    assert_eq!(ready(&c, "web-"), 6, "{}", show(&c));
    assert!(c.stop_machine("worker-1"));
    // The grace period of a silent node, then the five minutes that pods tolerate it.
    c.advance_to(c.now() + Duration::from_secs(60 + 300 + 60));
    let there = pods(&c)
        .iter()
        .filter(|p| {
            p.name().starts_with("web-")
                && p.at(&["spec", "nodeName"]) == &"worker-1"
                && !p.is_terminating()
        })
        .count();
    assert_eq!((ready(&c, "web-"), there), (6, 0), "{}", show(&c));
    assert!(c.start_machine("worker-1"));
    c.advance_to(c.now() + Duration::from_secs(60));
    assert!(pods(&c).iter().all(|p| !p.is_terminating()), "{}", show(&c));
}

#[test]
fn a_forwarded_request_may_come_in_pieces() {
    use kubarium::apimachinery::http::Upgraded;
    let mut c = Cluster::boot(ClusterConfig::default());
    let mut pod = tree!({"metadata": {"name": "p"}});
    pod.set(
        "spec",
        tree!({"containers": [{"name": "c", "image": "nginx:1.27"}]}),
    );
    let path = "/api/v1/namespaces/default/pods";
    assert_eq!(send(&mut c, "POST", path, Some(pod)).0, 201);
    c.advance_to(c.now() + Duration::from_secs(60));
    let mut r = Request::new(Body::Empty);
    *r.uri_mut() = format!("{path}/p/portforward?ports=80").parse().unwrap();
    r.extensions_mut()
        .insert(UserInfo::new("kubernetes-admin", &["system:masters"]));
    r.extensions_mut().insert(Upgraded);
    let Body::Stream(id) = c.request(r).unwrap().into_body() else {
        panic!("a stream");
    };
    c.advance_to(c.now() + Duration::from_secs(1));
    c.write_stream(
        id,
        b"\0POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 6\r\n\r\nabc",
    );
    c.advance_to(c.now() + Duration::from_secs(5));
    assert_eq!(c.poll_stream(id), Ok(None), "half a request has no answer");
    c.write_stream(id, b"\0def");
    c.advance_to(c.now() + Duration::from_secs(5));
    let answer = c.poll_stream(id).unwrap().unwrap();
    assert!(
        answer.starts_with(b"\0HTTP/1.1 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
