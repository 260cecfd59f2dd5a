//! Admission, allocation and the subresources that refuse, in upstream's words.

use kubarium::apimachinery::http::{Body, Request};
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{ApiServer, ApiServerConfig};
use kubarium::tree;

struct Server(ApiServer);

const NOW: Timestamp = Timestamp::from_secs(1_795_222_061);
const PODS: &str = "/api/v1/namespaces/default/pods";

impl Server {
    fn new() -> Self {
        let mut api = ApiServer::new(ApiServerConfig::default(), Rng::new(7));
        api.bootstrap(NOW)
            .expect("a fresh server takes its own objects");
        let mut s = Server(api);
        s.ok(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts",
            tree!({"metadata": {"name": "default"}}),
        );
        s
    }
    fn call(&mut self, method: &str, uri: &str, body: Value) -> (u16, Value) {
        let request: Request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header(
                "content-type",
                if method == "PATCH" {
                    "application/merge-patch+json"
                } else {
                    ""
                },
            )
            .body(Body::Tree(body))
            .expect("a request");
        let response = self.0.handle(request, NOW);
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
    fn message(&mut self, method: &str, uri: &str, body: Value) -> String {
        let (code, value) = self.call(method, uri, body);
        assert!(code >= 400, "{method} {uri} was not refused: {value:?}");
        value.get("message").str().to_owned()
    }
}

fn pod(name: &str, resources: serde_json::Value) -> Value {
    tree!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx", "resources": resources}]}})
}

#[test]
fn limit_ranges_default_and_bound() {
    let mut s = Server::new();
    s.ok("POST", "/api/v1/namespaces/default/limitranges", tree!({"metadata": {"name": "bounds"}, "spec": {"limits": [
        {"type": "Container", "min": {"cpu": "50m", "memory": "16Mi"}, "max": {"cpu": "500m", "memory": "256Mi"},
         "default": {"cpu": "200m", "memory": "128Mi"}, "defaultRequest": {"cpu": "100m", "memory": "64Mi"},
         "maxLimitRequestRatio": {"cpu": "4"}}]}}));
    let plain = s.ok("POST", PODS, pod("plain", serde_json::json!({})));
    assert_eq!(
        plain.annotation("kubernetes.io/limit-ranger"),
        Some(
            "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
        )
    );
    assert_eq!(plain.at(&["status", "qosClass"]), &"Burstable");
    let cases = [
        (
            serde_json::json!({"limits": {"cpu": "2", "memory": "512Mi"}}),
            "pods \"p\" is forbidden: [maximum cpu usage per Container is 500m, but limit is 2, maximum memory usage per Container is 256Mi, but limit is 512Mi]",
        ),
        (
            serde_json::json!({"requests": {"cpu": "10m"}}),
            "pods \"p\" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, cpu max limit to request ratio per Container is 4, but provided ratio is 20.000000]",
        ),
        (
            serde_json::json!({"requests": {"cpu": "60m"}, "limits": {"cpu": "400m"}}),
            "pods \"p\" is forbidden: cpu max limit to request ratio per Container is 4, but provided ratio is 6.666667",
        ),
    ];
    for (resources, want) in cases {
        assert_eq!(s.message("POST", PODS, pod("p", resources)), want);
    }
}

#[test]
fn quotas_are_charged_and_kept() {
    let mut s = Server::new();
    let quotas = "/api/v1/namespaces/default/resourcequotas";
    s.ok(
        "POST",
        quotas,
        tree!({"metadata": {"name": "small"}, "spec": {"hard": {"pods": "2"}}}),
    );
    s.ok(
        "PATCH",
        &format!("{quotas}/small/status"),
        tree!({"status": {
        "hard": {"pods": "2", "requests.cpu": "500m", "limits.memory": "256Mi"},
        "used": {"pods": "0", "requests.cpu": "0", "limits.memory": "0"}}}),
    );
    assert_eq!(
        s.message("POST", PODS, pod("a", serde_json::json!({}))),
        "pods \"a\" is forbidden: failed quota: small: must specify limits.memory for: c; requests.cpu for: c"
    );
    let sized = || serde_json::json!({"requests": {"cpu": "300m"}, "limits": {"memory": "100Mi"}});
    s.ok("POST", &format!("{PODS}?dryRun=All"), pod("a", sized()));
    s.ok("POST", PODS, pod("a", sized()));
    let used = s.ok("GET", &format!("{quotas}/small"), Value::Null);
    assert_eq!(used.at(&["status", "used", "requests.cpu"]), &"300m");
    assert_eq!(
        s.message("POST", PODS, pod("b", sized())),
        "pods \"b\" is forbidden: exceeded quota: small, requested: requests.cpu=300m, used: requests.cpu=300m, limited: requests.cpu=500m"
    );
}

#[test]
fn evictions_ask_the_budget() {
    let mut s = Server::new();
    let mut p = pod("a", serde_json::json!({}));
    p.set_at(&["metadata", "labels", "app"], "q");
    p.set_at(&["spec", "nodeName"], "n");
    s.ok("POST", PODS, p);
    s.ok("PATCH", &format!("{PODS}/a/status"), tree!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}));
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    s.ok("POST", budgets, tree!({"metadata": {"name": "q"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "q"}}}}));
    let eviction =
        || tree!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}});
    let uri = format!("{PODS}/a/eviction");
    s.ok(
        "PATCH",
        &format!("{budgets}/q/status"),
        tree!({"status": {"observedGeneration": 1, "desiredHealthy": 1, "currentHealthy": 1}}),
    );
    let (code, refused) = s.call("POST", &uri, eviction());
    assert_eq!(code, 429);
    assert_eq!(
        refused.get("message"),
        &"Cannot evict pod as it would violate the pod's disruption budget."
    );
    assert_eq!(
        refused.at(&["details", "causes"]).items()[0].get("message"),
        &"The disruption budget q needs 1 healthy pods and has 1 currently"
    );
    s.ok(
        "PATCH",
        &format!("{budgets}/q/status"),
        tree!({"status": {"disruptionsAllowed": 1}}),
    );
    s.ok("POST", &uri, eviction());
    let left = s.ok("GET", &format!("{budgets}/q"), Value::Null);
    assert_eq!(left.at(&["status", "disruptionsAllowed"]).as_i64(), Some(0));
    assert!(
        s.ok("GET", &format!("{PODS}/a"), Value::Null)
            .is_terminating()
    );
    assert_eq!(
        s.message(
            "POST",
            &format!("{PODS}/ghost/eviction"),
            tree!({"metadata": {"name": "ghost"}})
        ),
        "pods \"ghost\" not found"
    );
}

#[test]
fn priorities_come_from_classes() {
    let mut s = Server::new();
    let mut p = pod("p", serde_json::json!({}));
    p.set_at(&["spec", "priorityClassName"], "nope");
    assert_eq!(
        s.message("POST", PODS, p.clone()),
        "pods \"p\" is forbidden: no PriorityClass with name nope was found"
    );
    p.set_at(&["spec", "priorityClassName"], "system-node-critical");
    let made = s.ok("POST", PODS, p);
    assert_eq!(made.at(&["spec", "priority"]).as_i64(), Some(2_000_001_000));
}

#[test]
fn one_kind_is_served_in_all_its_versions() {
    let mut s = Server::new();
    s.ok(
        "POST",
        "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
        tree!({
        "metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}}),
    );
    let v2 = s.ok(
        "GET",
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h",
        Value::Null,
    );
    let target =
        v2.at(&["spec", "metrics"]).items()[0].at(&["resource", "target", "averageUtilization"]);
    assert_eq!(target.as_i64(), Some(70));
    s.ok("POST", "/apis/events.k8s.io/v1/namespaces/default/events", tree!({
        "metadata": {"name": "e"}, "regarding": {"kind": "Pod", "name": "p", "namespace": "default"}, "note": "hello",
        "eventTime": "2026-11-21T00:00:00.000000Z", "reportingController": "c", "reportingInstance": "i", "action": "a",
        "reason": "r", "type": "Normal"}));
    let core = s.ok("GET", "/api/v1/namespaces/default/events/e", Value::Null);
    assert_eq!(
        (
            core.api_version(),
            core.get("message").str(),
            core.get("reportingComponent").str()
        ),
        ("v1", "hello", "c")
    );
}

#[test]
fn tokens_name_their_account() {
    let mut s = Server::new();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let made = s.ok(
        "POST",
        &format!("{accounts}/default/token"),
        Value::object(),
    );
    let token = made.at(&["status", "token"]).str().to_owned();
    let user = "system:serviceaccount:default:default";
    assert_eq!(s.0.token_user(&token, NOW).as_deref(), Some(user));
    let late = NOW + std::time::Duration::from_secs(3600);
    assert_eq!(s.0.token_user(&token, late), None, "its time is up");
    s.ok("DELETE", &format!("{accounts}/default"), Value::Null);
    assert_eq!(s.0.token_user(&token, NOW), None);
    assert_eq!(s.0.token_user("a.b.c", NOW), None);
}

#[test]
fn logs_are_parked_for_the_driver() {
    let mut s = Server::new();
    let mut p = pod("a", serde_json::json!({}));
    p.set_at(&["spec", "nodeName"], "n");
    s.ok("POST", PODS, p);
    assert_eq!(
        s.message("GET", &format!("{PODS}/a/log?container=x"), Value::Null),
        "container x is not valid for pod a"
    );
    let request: Request = http::Request::builder()
        .uri(format!("{PODS}/a/log?tailLines=5"))
        .body(Body::Empty)
        .expect("a request");
    let Body::Stream(id) = *s.0.handle(request, NOW).body() else {
        panic!("a log is a stream")
    };
    let parked = s.0.take_node_requests();
    assert_eq!(
        (
            parked[0].node.as_str(),
            parked[0].container.as_str(),
            parked[0].param("tailLines")
        ),
        ("n", "c", "5")
    );
    s.0.push_stream(id, b"line\n".to_vec());
    s.0.end_stream(id, Ok(()));
    assert_eq!(s.0.poll_stream(id), Ok(Some(b"line\n".to_vec())));
    assert_eq!(s.0.poll_stream(id), Err(None));
}
