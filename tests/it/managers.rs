//! Who manages which field, as clients see it: tracked beside the objects, shown to those who ask.

use kubarium::apimachinery::http::{Body, Request, WithoutManagers};
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{ApiServer, ApiServerConfig};
use kubarium::tree;
use std::time::Duration;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const WORKLOADS: &str = "/apis/apps/v1/namespaces/default/deployments";
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";

struct Server {
    api: ApiServer,
    now: Timestamp,
}

impl Server {
    fn new() -> Self {
        let now = Timestamp::from_secs(1_795_222_061);
        let mut api = ApiServer::new(ApiServerConfig::default(), Rng::new(7));
        api.bootstrap(now)
            .expect("a fresh server takes its own objects");
        Server { api, now }
    }
    fn send(
        &mut self,
        agent: &str,
        method: &str,
        uri: &str,
        body: Value,
        kind: &str,
    ) -> (u16, Body) {
        self.now = self.now + Duration::from_secs(1);
        let body = match body {
            Value::Null => Body::Empty,
            other => Body::Tree(other),
        };
        let mut request: Request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", kind)
            .header("user-agent", format!("{agent}/1 (test)"))
            .body(body)
            .expect("a request");
        if agent.starts_with("kube") {
            request.extensions_mut().insert(WithoutManagers);
        }
        let response = self.api.handle(request, self.now);
        (response.status().as_u16(), response.into_body())
    }
    fn ok(&mut self, agent: &str, method: &str, uri: &str, body: Value, kind: &str) -> Value {
        match self.send(agent, method, uri, body, kind) {
            (200 | 201, Body::Tree(v)) => v,
            other => panic!("{method} {uri}: {other:?}"),
        }
    }
    fn read(&mut self, uri: &str) -> Value {
        self.ok("reader", "GET", uri, Value::Null, "")
    }
}

/// `manager operation subresource` of each entry.
fn managers(object: &Value) -> Vec<String> {
    let entries = object.meta().get("managedFields").items().iter();
    let line = |e: &Value| {
        let text = |f: &str| e.get(f).str();
        format!(
            "{} {} {}",
            text("manager"),
            text("operation"),
            text("subresource")
        )
    };
    entries.map(|e| line(e).trim_end().to_owned()).collect()
}

fn fields(object: &Value, manager: &str) -> Value {
    let entries = object.meta().get("managedFields").items().iter();
    let mut mine = entries.filter(|e| e.get("manager") == &manager);
    mine.next()
        .map_or(Value::Null, |e| e.get("fieldsV1").clone())
}

fn deployment() -> Value {
    tree!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    })
}

/// Writes of several components; with `watched`, somebody reads after each.
fn churn(watched: bool) -> Value {
    let mut s = Server::new();
    let at = format!("{WORKLOADS}/d");
    let status = format!("{at}/status");
    s.ok(
        "kubectl",
        "POST",
        WORKLOADS,
        deployment(),
        "application/json",
    );
    for i in 1..30 {
        let (agent, uri, patch) = match i % 4 {
            0 => (
                "kube-b",
                &at,
                tree!({"metadata": {"annotations": {"x": null}}}),
            ),
            1 => (
                "kube-a",
                &status,
                tree!({"status": {"observedGeneration": 1}}),
            ),
            2 => (
                "kube-a",
                &status,
                tree!({"status": {"observedGeneration": 2}}),
            ),
            _ => (
                "kube-c",
                &at,
                tree!({"metadata": {"annotations": {"x": "y"}}}),
            ),
        };
        let mut patch: Value = patch;
        if i % 4 == 3 {
            patch.set_at(&["metadata", "annotations", "n"], i.to_string());
        }
        s.ok(agent, "PATCH", uri, patch, MERGE);
        if watched {
            s.read(&at);
        } else {
            s.now = s.now + Duration::from_secs(1);
        }
    }
    s.read(&at).meta().get("managedFields").clone()
}

#[test]
fn it_does_not_matter_when_somebody_looks() {
    let (often, once) = (churn(true), churn(false));
    assert_eq!(often, once);
    assert_eq!(often.items().len(), 3, "{often:?}");
}

#[test]
fn a_component_neither_sees_managers_nor_loses_them() {
    let mut s = Server::new();
    let at = format!("{WORKLOADS}/d");
    s.ok("me", "POST", WORKLOADS, deployment(), "application/json");
    let mut seen = s.ok("kube-x", "GET", &at, Value::Null, "");
    assert!(!seen.meta().has("managedFields"));
    seen.set_at(&["spec", "paused"], true);
    s.ok("kube-x", "PUT", &at, seen, "application/json");
    let shown = s.read(&at);
    assert_eq!(managers(&shown), ["me Update", "kube-x Update"]);
    assert_eq!(
        fields(&shown, "kube-x"),
        tree!({"f:spec": {"f:paused": {}}})
    );
    let spec = fields(&shown, "me").get("f:spec").clone();
    assert!(
        !spec.get("f:strategy").has("."),
        "a struct is always there: {spec:?}"
    );
    assert!(
        spec.at(&["f:strategy", "f:rollingUpdate"]).has("."),
        "a pointer is not: {spec:?}"
    );
}

#[test]
fn each_revision_shows_its_own_managers() {
    let mut s = Server::new();
    let uri = format!("{MAPS}?watch=true&resourceVersion={}", s.api.revision());
    let map = tree!({"metadata": {"name": "m"}, "data": {"a": "1"}});
    s.ok("one", "POST", MAPS, map, "application/json");
    let at = format!("{MAPS}/m");
    s.ok("two", "PATCH", &at, tree!({"data": {"a": "2"}}), MERGE);
    s.ok("three", "DELETE", &at, Value::Null, "");
    let (_, Body::Watch(id)) = s.send("reader", "GET", &uri, Value::Null, "") else {
        panic!("no watch")
    };
    let seen: Vec<Vec<String>> = std::iter::from_fn(|| s.api.poll_watch(id, s.now))
        .map(|e| managers(&e.object))
        .collect();
    let both = vec!["one Update".to_owned(), "two Update".to_owned()];
    assert_eq!(seen, [vec!["one Update".to_owned()], both.clone(), both]);
}

#[test]
fn managers_can_be_set_and_forgotten() {
    let mut s = Server::new();
    let map = tree!({"metadata": {"name": "m"}, "data": {"a": "1"}});
    s.ok("one", "POST", MAPS, map, "application/json");
    let at = format!("{MAPS}/m");
    let list = tree!([{"manager": "x", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}}}]);
    let mut patch = Value::object();
    patch.set_at(&["metadata", "managedFields"], list);
    let set = s.ok("two", "PATCH", &at, patch, MERGE);
    assert_eq!(managers(&set), ["x Apply"]);
    let reset = tree!({"metadata": {"managedFields": [{}]}});
    let gone = s.ok("two", "PATCH", &at, reset, MERGE);
    assert!(!gone.meta().has("managedFields"), "{gone:?}");
    let after = s.ok("two", "PATCH", &at, tree!({"data": {"a": "2"}}), MERGE);
    assert!(managers(&after).is_empty(), "nothing is tracked then");
    let config = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"b": "1"}});
    let applied = s.ok(
        "x",
        "PATCH",
        &format!("{at}?fieldManager=me"),
        config,
        APPLY,
    );
    assert_eq!(
        managers(&applied),
        ["me Apply", "before-first-apply Update"]
    );
}

#[test]
fn the_scale_moves_the_replicas_to_who_scales() {
    let mut s = Server::new();
    let at = format!("{WORKLOADS}/d");
    let mut config = deployment();
    config.set_at(&["spec", "replicas"], 2);
    s.ok(
        "x",
        "PATCH",
        &format!("{at}?fieldManager=me"),
        config.clone(),
        APPLY,
    );
    s.ok(
        "scaler",
        "PATCH",
        &format!("{at}/scale"),
        tree!({"spec": {"replicas": 5}}),
        MERGE,
    );
    let shown = s.read(&at);
    assert_eq!(managers(&shown), ["me Apply", "scaler Update scale"]);
    assert!(!fields(&shown, "me").get("f:spec").has("f:replicas"));
    let (code, body) = s.send(
        "x",
        "PATCH",
        &format!("{at}?fieldManager=me"),
        config,
        APPLY,
    );
    let Body::Tree(status) = body else {
        panic!("no Status")
    };
    assert_eq!(code, 409);
    let want = "Apply failed with 1 conflict: conflict with \"scaler\" with subresource \"scale\" using apps/v1: .spec.replicas";
    assert_eq!(status.get("message").str(), want);
}

#[test]
fn a_dry_run_shows_managers_and_keeps_none() {
    let mut s = Server::new();
    let at = format!("{MAPS}/m");
    let config = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "1"}});
    let uri = format!("{at}?fieldManager=me&dryRun=All");
    let shown = s.ok("x", "PATCH", &uri, config.clone(), APPLY);
    assert_eq!(managers(&shown), ["me Apply"]);
    assert_eq!(s.send("x", "GET", &at, Value::Null, "").0, 404);
    s.ok("x", "POST", MAPS, config, "application/json");
    let patch = tree!({"data": {"a": "2"}});
    let shown = s.ok("y", "PATCH", &format!("{at}?dryRun=All"), patch, MERGE);
    assert_eq!(managers(&shown), ["x Update", "y Update"]);
    assert_eq!(managers(&s.read(&at)), ["x Update"]);
}

#[test]
fn options_that_do_not_fit_the_patch_are_refused() {
    let mut s = Server::new();
    let at = format!("{MAPS}/m");
    let config = |version: &str| {
        let mut c = tree!({"kind": "ConfigMap", "metadata": {"name": "m"}});
        c.set("apiVersion", version);
        c
    };
    let cases = [
        (
            format!("{at}?force=true"),
            config("v1"),
            MERGE,
            "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch",
        ),
        (
            at.clone(),
            config("v1"),
            APPLY,
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ),
        (
            format!("{at}?fieldManager=a"),
            config("v2"),
            APPLY,
            "invalid object type: /v2, Kind=ConfigMap",
        ),
        (
            format!("{at}?fieldManager=a"),
            tree!([1]),
            APPLY,
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ];
    for (uri, body, kind, want) in cases {
        match s.send("x", "PATCH", &uri, body, kind) {
            (400..500, Body::Tree(status)) => assert_eq!(status.get("message").str(), want),
            other => panic!("{uri}: {other:?}"),
        }
    }
}
