//! The API server as its clients see it.

use kubarium::apimachinery::http::{
    Body, ReaderId, Request, Response, WatchId, WatchLatency, WatchType,
};
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{ApiServer, ApiServerConfig};
use kubarium::tree;
use std::time::Duration;

struct Cluster {
    api: ApiServer,
    now: Timestamp,
}

impl Cluster {
    fn new() -> Self {
        let now = Timestamp::from_secs(1_795_222_061);
        let mut api = ApiServer::new(ApiServerConfig::default(), Rng::new(7));
        api.bootstrap(now)
            .expect("a fresh server takes its own objects");
        let mut c = Cluster { api, now };
        c.ok(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts",
            tree!({"metadata": {"name": "default"}}),
        );
        c
    }
    fn send(&mut self, method: &str, uri: &str, body: Body, content_type: &str) -> Response {
        let request: Request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", content_type)
            .extension(ReaderId(1))
            .extension(WatchLatency(Duration::from_millis(10)))
            .body(body)
            .expect("a request");
        self.api.handle(request, self.now)
    }
    fn call(&mut self, method: &str, uri: &str, body: Value) -> (u16, Value) {
        let content_type = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let body = if body.is_null() {
            Body::Empty
        } else {
            Body::Tree(body)
        };
        let response = self.send(method, uri, body, content_type);
        let code = response.status().as_u16();
        match response.into_body() {
            Body::Tree(v) => (code, v),
            _ => (code, Value::Null),
        }
    }
    fn ok(&mut self, method: &str, uri: &str, body: Value) -> Value {
        let (code, value) = self.call(method, uri, body);
        assert!(code < 300, "{method} {uri}: {code} {value:?}");
        value
    }
    fn refused(&mut self, method: &str, uri: &str, body: Value) -> (u16, String) {
        let (code, value) = self.call(method, uri, body);
        assert!(code >= 400, "{method} {uri} was not refused: {value:?}");
        (code, value.get("message").str().to_owned())
    }
    fn watch(&mut self, uri: &str) -> WatchId {
        match self.send("GET", uri, Body::Empty, "").into_body() {
            Body::Watch(id) => id,
            other => panic!("no watch: {other:?}"),
        }
    }
    fn events(&mut self, id: WatchId) -> Vec<(WatchType, String)> {
        std::iter::from_fn(|| self.api.poll_watch(id, self.now))
            .map(|e| (e.kind, e.object.name().to_owned()))
            .collect()
    }
}

fn pod(name: &str) -> Value {
    tree!({"metadata": {"name": name, "labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}})
}

const PODS: &str = "/api/v1/namespaces/default/pods";

#[test]
fn an_object_lives_from_creation_to_deletion() {
    let mut c = Cluster::new();
    let made = c.ok("POST", PODS, pod("a"));
    assert_eq!(made.generation(), 1);
    assert_eq!(made.at(&["status", "phase"]), &"Pending");
    assert_eq!(made.at(&["spec", "tolerations"]).items().len(), 2);
    assert_eq!(
        c.refused("POST", PODS, pod("a")),
        (409, "pods \"a\" already exists".into())
    );
    let mut changed = made.clone();
    changed.set_at(&["metadata", "labels", "x"], "y");
    let updated = c.ok("PUT", "/api/v1/namespaces/default/pods/a", changed.clone());
    assert_ne!(updated.resource_version(), made.resource_version());
    assert_eq!(updated.generation(), 1);
    let (code, message) = c.refused("PUT", "/api/v1/namespaces/default/pods/a", made);
    assert_eq!(code, 409);
    assert_eq!(
        message,
        "Operation cannot be fulfilled on pods \"a\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let same = c.ok("PUT", "/api/v1/namespaces/default/pods/a", updated.clone());
    assert_eq!(same.resource_version(), updated.resource_version());
    let gone = c.ok("DELETE", "/api/v1/namespaces/default/pods/a", Value::Null);
    assert_eq!(gone.kind(), "Pod");
    assert_eq!(
        c.refused("GET", "/api/v1/namespaces/default/pods/a", Value::Null),
        (404, "pods \"a\" not found".into())
    );
    let (code, message) = c.refused("POST", "/api/v1/namespaces/ghost/pods", pod("a"));
    assert_eq!(
        (code, message.as_str()),
        (404, "namespaces \"ghost\" not found")
    );
}

#[test]
fn bound_pods_end_gracefully() {
    let mut c = Cluster::new();
    c.ok(
        "POST",
        "/api/v1/nodes",
        tree!({"metadata": {"name": "n", "labels": {"topology.kubernetes.io/zone": "z"}}}),
    );
    c.ok("POST", PODS, pod("a"));
    c.ok(
        "POST",
        "/api/v1/namespaces/default/pods/a/binding",
        tree!({"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}}),
    );
    let bound = c.ok("GET", "/api/v1/namespaces/default/pods/a", Value::Null);
    assert_eq!(bound.label("topology.kubernetes.io/zone"), Some("z"));
    assert_eq!(
        bound.at(&["status", "conditions"]).items()[0].get("type"),
        &"PodScheduled"
    );
    let going = c.ok("DELETE", "/api/v1/namespaces/default/pods/a", Value::Null);
    assert_eq!(
        going.meta().get("deletionGracePeriodSeconds").as_i64(),
        Some(30)
    );
    c.ok(
        "DELETE",
        "/api/v1/namespaces/default/pods/a?gracePeriodSeconds=0",
        Value::Null,
    );
    assert_eq!(
        c.call("GET", "/api/v1/namespaces/default/pods/a", Value::Null)
            .0,
        404
    );
}

#[test]
fn watches_deliver_after_their_latency_and_wake_their_reader() {
    let mut c = Cluster::new();
    let all = c.watch("/api/v1/pods?watch=true&labelSelector=app%3Da");
    let by_node = c.watch("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn");
    c.ok("POST", PODS, pod("a"));
    c.ok("POST", PODS, pod("b"));
    assert!(c.events(all).is_empty());
    assert_eq!(c.api.next_wakeup(), Some(c.now + Duration::from_millis(10)));
    c.now = c.now + Duration::from_millis(10);
    assert_eq!(c.api.take_woken(c.now), [ReaderId(1)]);
    assert_eq!(c.events(all), [(WatchType::Added, "a".into())]);
    assert!(c.events(by_node).is_empty());
    c.ok(
        "POST",
        "/api/v1/namespaces/default/pods/b/binding",
        tree!({"target": {"name": "n"}}),
    );
    c.ok(
        "PATCH",
        "/api/v1/namespaces/default/pods/a",
        tree!({"metadata": {"labels": {"app": "z"}}}),
    );
    c.now = c.now + Duration::from_millis(10);
    assert_eq!(c.events(all), [(WatchType::Deleted, "a".into())]);
    assert_eq!(c.events(by_node), [(WatchType::Added, "b".into())]);
    assert_eq!(c.api.next_wakeup(), None);
    c.api.close_watch(all);
    assert_eq!(c.api.open_watches(), 1);
}

#[test]
fn finalizers_and_policies_keep_objects() {
    let mut c = Cluster::new();
    let maps = "/api/v1/namespaces/default/configmaps";
    c.ok(
        "POST",
        maps,
        tree!({"metadata": {"name": "m", "finalizers": ["a.test/x"]}}),
    );
    let going = c.ok("DELETE", &format!("{maps}/m"), Value::Null);
    assert!(going.is_terminating());
    c.ok(
        "PATCH",
        &format!("{maps}/m"),
        tree!({"metadata": {"finalizers": null}}),
    );
    assert_eq!(c.call("GET", &format!("{maps}/m"), Value::Null).0, 404);
    c.ok("POST", maps, tree!({"metadata": {"name": "m"}}));
    let going = c.ok(
        "DELETE",
        &format!("{maps}/m"),
        tree!({"propagationPolicy": "Foreground"}),
    );
    assert_eq!(
        going.finalizers().collect::<Vec<_>>(),
        ["foregroundDeletion"]
    );
    let (code, message) = c.refused("DELETE", "/api/v1/namespaces/default", Value::Null);
    assert_eq!(
        (code, message.as_str()),
        (
            403,
            "namespaces \"default\" is forbidden: this namespace may not be deleted"
        )
    );
    c.ok(
        "POST",
        "/api/v1/namespaces",
        tree!({"metadata": {"name": "gone"}}),
    );
    c.ok("DELETE", "/api/v1/namespaces/gone", Value::Null);
    let (code, _) = c.refused(
        "POST",
        "/api/v1/namespaces/gone/configmaps",
        tree!({"metadata": {"name": "m"}}),
    );
    assert_eq!(code, 403);
    let mut ns = c.ok("GET", "/api/v1/namespaces/gone", Value::Null);
    assert_eq!(ns.at(&["status", "phase"]), &"Terminating");
    ns.set("spec", Value::object());
    c.ok("PUT", "/api/v1/namespaces/gone/finalize", ns);
    assert_eq!(c.call("GET", "/api/v1/namespaces/gone", Value::Null).0, 404);
}

#[test]
fn scale_status_and_audit() {
    let mut c = Cluster::new();
    let rs = "/apis/apps/v1/namespaces/default/replicasets";
    let made = c.ok("POST", rs, tree!({"metadata": {"name": "r"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "r"}},
        "template": {"metadata": {"labels": {"app": "r"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}}}));
    let scale = c.ok("GET", &format!("{rs}/r/scale"), Value::Null);
    assert_eq!(scale.at(&["status", "selector"]), &"app=r");
    c.ok(
        "PATCH",
        &format!("{rs}/r/scale"),
        tree!({"spec": {"replicas": 5}}),
    );
    let scaled = c.ok("GET", &format!("{rs}/r"), Value::Null);
    assert_eq!(
        (
            scaled.at(&["spec", "replicas"]).as_i64(),
            scaled.generation()
        ),
        (Some(5), 2)
    );
    let mut status = scaled.clone();
    status.set_at(&["status", "replicas"], 5);
    status.set_at(&["spec", "replicas"], 9);
    let after = c.ok("PUT", &format!("{rs}/r/status"), status);
    assert_eq!(
        (
            after.at(&["spec", "replicas"]).as_i64(),
            after.at(&["status", "replicas"]).as_i64()
        ),
        (Some(5), Some(5))
    );
    let verbs: Vec<&str> = c
        .api
        .audit()
        .of_object(made.uid())
        .map(|e| e.verb)
        .collect();
    assert_eq!(verbs, ["create", "patch", "update"]);
}

#[test]
fn events_expire() {
    let mut c = Cluster::new();
    let events = "/api/v1/namespaces/default/events";
    let event = |name: &str| tree!({"metadata": {"name": name}, "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"}, "reason": "r", "type": "Normal"});
    c.ok("POST", events, event("a"));
    c.ok("POST", events, event("b"));
    c.now = c.now + Duration::from_secs(3000);
    c.ok("PATCH", &format!("{events}/b"), tree!({"count": 2}));
    c.now = c.now + Duration::from_secs(700);
    assert_eq!(c.call("GET", &format!("{events}/a"), Value::Null).0, 404);
    c.ok("GET", &format!("{events}/b"), Value::Null);
}

#[test]
fn dry_runs_store_nothing() {
    let mut c = Cluster::new();
    let before = c.api.revision();
    let services = "/api/v1/namespaces/default/services";
    let body =
        tree!({"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}});
    let dry = c.ok("POST", &format!("{services}?dryRun=All"), body.clone());
    assert!(!dry.at(&["spec", "clusterIP"]).str().is_empty());
    assert_eq!(c.api.revision(), before);
    let made = c.ok("POST", services, body);
    let port = made.at(&["spec", "ports"]).items()[0]
        .get("nodePort")
        .as_i64();
    let (_, message) = c.refused("POST", services, tree!({"metadata": {"name": "t"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]}}));
    assert!(
        message.ends_with("provided port is already allocated"),
        "{message}"
    );
    let plain = c.ok(
        "PATCH",
        &format!("{services}/s"),
        tree!({"spec": {"type": "ClusterIP"}}),
    );
    assert!(
        plain.at(&["spec", "ports"]).items()[0]
            .get("nodePort")
            .is_null()
    );
    c.ok("DELETE", &format!("{services}/s"), Value::Null);
    c.ok("DELETE", &format!("{services}/kubernetes"), Value::Null);
}

/// `cargo test --release --test it apiserver::cost -- --ignored --nocapture` prints what requests cost.
#[test]
#[ignore = "prints times; run it in release mode"]
fn cost() {
    let mut c = Cluster::new();
    for i in 0..100 {
        c.watch(&format!(
            "/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn{i}"
        ));
    }
    let informers: Vec<WatchId> = (0..8).map(|_| c.watch("/api/v1/pods?watch=true")).collect();
    let timed = |c: &mut Cluster, title: &str, f: &mut dyn FnMut(&mut Cluster, usize)| {
        let start = cpu_nanos();
        for i in 0..2000 {
            f(c, i);
        }
        eprintln!("{title}: {:.1} µs", (cpu_nanos() - start) / 2000.0 / 1e3);
    };
    timed(&mut c, "create", &mut |c, i| {
        c.ok("POST", PODS, pod(&format!("p{i}")));
    });
    timed(&mut c, "bind", &mut |c, i| {
        let target = tree!({"target": {"name": format!("n{}", i % 100)}});
        c.ok("POST", &format!("{PODS}/p{i}/binding"), target);
    });
    let running = tree!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-21T00:00:00Z"}],
        "containerStatuses": [{"name": "c", "image": "nginx", "imageID": "x", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-21T00:00:00Z"}}}]});
    timed(&mut c, "get", &mut |c, i| {
        c.ok("GET", &format!("{PODS}/p{i}"), Value::Null);
    });
    timed(&mut c, "get and put status", &mut |c, i| {
        let mut p = c.ok("GET", &format!("{PODS}/p{i}"), Value::Null);
        p.set("status", running.clone());
        c.ok("PUT", &format!("{PODS}/p{i}/status"), p);
    });
    timed(&mut c, "patch status", &mut |c, i| {
        c.ok(
            "PATCH",
            &format!("{PODS}/p{i}/status"),
            tree!({"status": {"podIP": "10.0.0.1"}}),
        );
    });
    timed(&mut c, "delete", &mut |c, i| {
        c.ok(
            "DELETE",
            &format!("{PODS}/p{i}?gracePeriodSeconds=0"),
            Value::Null,
        );
    });
    c.now = c.now + Duration::from_secs(1);
    let start = cpu_nanos();
    let n: usize = informers.iter().map(|id| c.events(*id).len()).sum();
    let each = (cpu_nanos() - start) / n as f64 / 1e3;
    eprintln!("{n} events: {each:.2} µs each");
}

/// CPU time of this thread so far.
fn cpu_nanos() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0)
}
