//! Admission webhooks in the core: which are asked what, and what their answers do. The calls themselves are made here.

mod patches;

use kubarium::apimachinery::http::{Body, Cause, ReaderId, Request, ResourceRequest, UserInfo};
use kubarium::apimachinery::schema;
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{
    Answered, ApiServer, ApiServerConfig, Awaits, Replay, WebhookCall, awaits_webhooks,
};
use kubarium::tree;
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_secs(1_795_222_061);
const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

type Said = Result<Value, String>;

/// What the webhooks of a test say: a response, without its `uid`.
type Says = fn(&WebhookCall, usize) -> Value;

struct Server {
    api: ApiServer,
    now: Timestamp,
    says: Says,
    asked: Vec<WebhookCall>,
    warnings: Vec<String>,
}

fn allows(_: &WebhookCall, _: usize) -> Value {
    tree!({"allowed": true})
}

impl Server {
    fn new(says: Says) -> Self {
        Self::made(says, true)
    }

    fn made(says: Says, webhooks: bool) -> Self {
        let config = ApiServerConfig {
            webhooks,
            ..ApiServerConfig::default()
        };
        let mut api = ApiServer::new(config, Rng::new(7));
        api.bootstrap(NOW)
            .expect("a fresh server takes its own objects");
        let mut s = Server {
            api,
            now: NOW,
            says,
            asked: Vec::new(),
            warnings: Vec::new(),
        };
        let account = tree!({"metadata": {"name": "default"}});
        s.ok(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts",
            account,
        );
        s
    }

    fn answer(&mut self, call: WebhookCall) -> Answered {
        let result: Said = match (self.says)(&call, self.asked.len()) {
            Value::Str(why) => Err(why.to_string()),
            mut response => {
                response.set("uid", "u");
                Ok(tree!({
                    "kind": "AdmissionReview", "apiVersion": call.review.api_version(), "response": response,
                }))
            }
        };
        self.asked.push(call.clone());
        Answered {
            call,
            uid: "u".to_owned(),
            result,
        }
    }

    fn call(&mut self, method: &str, uri: &str, body: Value) -> (u16, Value) {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let mut replay = Replay::default();
        loop {
            let body = match &body {
                Value::Null => Body::Empty,
                body => Body::Tree(body.clone()),
            };
            let mut request: Request = http::Request::builder()
                .method(method)
                .uri(uri)
                .header("content-type", kind)
                .body(body)
                .expect("a request");
            let admin = UserInfo::new("admin", &["system:masters", "system:authenticated"]);
            request.extensions_mut().insert(admin);
            request.extensions_mut().insert(replay);
            let mut response = self.api.handle(request, self.now);
            // Answers take their time.
            self.now = self.now + Duration::from_secs(1);
            if let Some(awaits) = response.extensions_mut().remove::<Awaits>() {
                let calls = awaits.calls.clone();
                let answers: Vec<Answered> = calls.into_iter().map(|c| self.answer(c)).collect();
                replay = awaits.answered(answers);
                continue;
            }
            let told = response.headers().get_all("warning").iter();
            self.warnings = told
                .map(|v| v.to_str().unwrap_or_default().to_owned())
                .collect();
            let code = response.status().as_u16();
            return match response.into_body() {
                Body::Tree(v) => (code, v),
                _ => (code, Value::Null),
            };
        }
    }

    /// A creation by a part of the cluster: the object, or whether it is to come again; and the calls that are to be made.
    fn ask(
        &mut self,
        user: &str,
        (group, resource): (&str, &str),
        object: Value,
    ) -> (Result<Value, bool>, Vec<(u64, WebhookCall)>) {
        let user = Arc::new(UserInfo::new(user, &["system:masters"]));
        let request = ResourceRequest {
            verb: "create",
            resource: schema::resource(group, "v1", resource).expect("built in"),
            namespace: "default".into(),
            name: "".into(),
            subresource: "",
            query: Vec::new(),
            content_type: "",
            body: Body::Tree(object),
            user: &user,
            agent: "test",
            reader: ReaderId(1),
            latency: Duration::ZERO,
            cause: Cause(0),
        };
        self.now = self.now + Duration::from_millis(20);
        let made = match self.api.ask(request, self.now) {
            Ok(Body::Tree(object)) => Ok(object),
            Ok(other) => panic!("{other:?}"),
            Err(status) => Err(awaits_webhooks(&status)),
        };
        (made, self.api.take_webhook_calls())
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

    /// Stores a configuration with one webhook, whose fields are these beside the usual ones.
    fn hook(&mut self, place: &str, name: &str, fields: Value) {
        let mut hook = tree!({
            "name": format!("{name}.example.test"), "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {"url": "https://hook.test/x"},
            "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}],
        });
        for (field, value) in fields.fields() {
            hook.set(field, value.clone());
        }
        let configuration = tree!({"metadata": {"name": name}, "webhooks": [hook]});
        self.ok("POST", place, configuration);
    }
}

fn map(name: &str) -> Value {
    tree!({"metadata": {"name": name}})
}

fn pod(name: &str) -> Value {
    tree!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}})
}

fn deployment() -> Value {
    tree!({"metadata": {"name": "web", "labels": {"team": "sky"}}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}},
    }})
}

fn rule(groups: &str, resources: &str, operations: &str, scope: &str) -> Value {
    tree!([{"apiGroups": [groups], "apiVersions": ["v1"], "resources": [resources], "operations": [operations], "scope": scope}])
}

#[test]
fn only_what_matches_is_asked_about() {
    let any = || rule("*", "*", "*", "*");
    // The webhook's fields, and whether it is asked about a deployment of team sky that is created in the namespace default.
    let cases = [
        (
            tree!({"rules": rule("apps", "deployments", "CREATE", "*")}),
            true,
        ),
        (
            tree!({"rules": rule("apps", "deployments", "UPDATE", "*")}),
            false,
        ),
        (
            tree!({"rules": rule("", "deployments", "CREATE", "*")}),
            false,
        ),
        (
            tree!({"rules": rule("apps", "deployments/*", "CREATE", "*")}),
            true,
        ),
        (
            tree!({"rules": rule("apps", "deployments/scale", "CREATE", "*")}),
            false,
        ),
        (tree!({"rules": rule("*", "*", "*", "Namespaced")}), true),
        (tree!({"rules": rule("*", "*", "*", "Cluster")}), false),
        (tree!({"rules": []}), false),
        (
            tree!({"rules": any(), "objectSelector": {"matchLabels": {"team": "sky"}}}),
            true,
        ),
        (
            tree!({"rules": any(), "objectSelector": {"matchLabels": {"team": "sea"}}}),
            false,
        ),
        (
            tree!({"rules": any(), "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}),
            true,
        ),
        (
            tree!({"rules": any(), "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}),
            false,
        ),
        (
            tree!({"rules": any(), "matchConditions": [{"name": "a", "expression": "request.userInfo.username == 'admin'"}]}),
            true,
        ),
        (
            tree!({"rules": any(), "matchConditions": [{"name": "a", "expression": "object.spec.replicas > 5"}]}),
            false,
        ),
    ];
    for (fields, wanted) in cases {
        let mut s = Server::new(allows);
        s.hook(VALIDATING, "a", fields.clone());
        s.ok("POST", DEPLOYMENTS, deployment());
        assert_eq!(s.asked.len(), usize::from(wanted), "{fields:?}");
    }
}

#[test]
fn equivalent_versions_match_unless_exact_ones_are_asked_for() {
    let rules = tree!([{"apiGroups": ["events.k8s.io"], "apiVersions": ["v1"], "resources": ["events"], "operations": ["*"]}]);
    let event = tree!({"metadata": {"name": "e"}, "involvedObject": {"namespace": "default"}});
    for (policy, times) in [("Equivalent", 1), ("Exact", 0)] {
        let mut s = Server::new(allows);
        s.hook(
            VALIDATING,
            "a",
            tree!({"rules": rules.clone(), "matchPolicy": policy}),
        );
        s.ok("POST", "/api/v1/namespaces/default/events", event.clone());
        assert_eq!(s.asked.len(), times, "{policy}");
        if let Some(call) = s.asked.first() {
            let request = call.review.get("request");
            assert_eq!(
                request.get("kind"),
                &tree!({"group": "events.k8s.io", "version": "v1", "kind": "Event"})
            );
            assert_eq!(request.get("requestKind").get("group"), &"");
            assert_eq!(request.get("object").api_version(), "events.k8s.io/v1");
        }
    }
}

#[test]
fn conditions_that_fail_refuse_or_are_passed_over() {
    let conditions = tree!([{"name": "a", "expression": "object.spec.missing.deep == 1"}]);
    for (policy, wanted) in [
        (
            "Fail",
            "configmaps \"m\" is forbidden: expression 'object.spec.missing.deep == 1' resulted in error: no such key: spec",
        ),
        ("Ignore", ""),
    ] {
        let mut s = Server::new(allows);
        let rules = rule("", "configmaps", "*", "*");
        s.hook(
            VALIDATING,
            "a",
            tree!({"rules": rules, "failurePolicy": policy, "matchConditions": conditions.clone()}),
        );
        let (_, answer) = s.call("POST", MAPS, map("m"));
        assert_eq!(answer.get("message").str(), wanted);
        assert!(s.asked.is_empty());
    }
}

#[test]
fn configurations_and_policies_are_asked_about_by_nobody() {
    let mut s = Server::new(allows);
    s.hook(VALIDATING, "a", tree!({}));
    s.hook(MUTATING, "b", tree!({}));
    let policy = tree!({"metadata": {"name": "p"}, "spec": {
        "matchConstraints": {"resourceRules": rule("", "pods", "CREATE", "*")}, "validations": [{"expression": "true"}],
    }});
    s.ok(
        "POST",
        &format!("{GROUP}/validatingadmissionpolicies"),
        policy,
    );
    s.ok("DELETE", &format!("{VALIDATING}/a"), Value::Null);
    assert!(s.asked.is_empty());
    s.ok("POST", MAPS, map("m"));
    assert_eq!(s.asked.len(), 1, "the mutating one is left");
}

#[test]
fn a_review_says_what_is_done() {
    let mut s = Server::new(allows);
    s.hook(VALIDATING, "a", tree!({"timeoutSeconds": 3}));
    s.ok("POST", &format!("{MAPS}?fieldManager=me"), map("m"));
    s.ok("PATCH", &format!("{MAPS}/m"), tree!({"data": {"a": "b"}}));
    s.ok(
        "PATCH",
        &format!("{MAPS}/m?dryRun=All"),
        tree!({"data": {"a": "c"}}),
    );
    let options =
        tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
    s.ok("DELETE", &format!("{MAPS}/m"), options);
    let calls = std::mem::take(&mut s.asked);
    assert_eq!(calls[0].url, "https://hook.test/x?timeout=3s");
    assert_eq!(calls[0].timeout.as_secs(), 3);
    let seen: Vec<&Value> = calls.iter().map(|c| c.review.get("request")).collect();
    let operations: Vec<&str> = seen.iter().map(|r| r.get("operation").str()).collect();
    assert_eq!(operations, ["CREATE", "UPDATE", "UPDATE", "DELETE"]);
    assert_eq!(calls[0].review.api_version(), "admission.k8s.io/v1");
    assert_eq!(seen[0].get("name"), &"m");
    assert_eq!(seen[0].get("namespace"), &"default");
    assert_eq!(
        seen[0].get("resource"),
        &tree!({"group": "", "version": "v1", "resource": "configmaps"})
    );
    assert_eq!(seen[0].at(&["userInfo", "username"]), &"admin");
    assert_eq!(
        seen[0].get("options"),
        &tree!({"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me"})
    );
    assert!(seen[0].has("oldObject") && seen[0].get("oldObject").is_null());
    assert!(
        !seen[0].get("object").uid().is_empty(),
        "it is asked about as it is stored"
    );
    assert_eq!(seen[1].at(&["object", "data", "a"]), &"b");
    assert!(seen[1].at(&["oldObject", "data"]).is_null());
    assert_eq!(seen[1].get("options").get("kind"), &"UpdateOptions");
    assert_eq!(
        (seen[1].get("dryRun"), seen[2].get("dryRun")),
        (&Value::Bool(false), &Value::Bool(true))
    );
    assert_eq!(seen[2].at(&["options", "dryRun"]), &tree!(["All"]));
    assert!(seen[3].get("object").is_null());
    assert_eq!(seen[3].get("oldObject").name(), "m");
    assert_eq!(seen[3].at(&["options", "propagationPolicy"]), &"Background");
}

#[test]
fn a_created_object_is_asked_about_as_it_is_stored_then() {
    let mut s = Server::new(allows);
    s.hook(
        VALIDATING,
        "a",
        tree!({"rules": rule("", "pods", "CREATE", "*")}),
    );
    s.hook(
        MUTATING,
        "b",
        tree!({"rules": rule("", "pods", "CREATE", "*")}),
    );
    let mut body = pod("");
    body.set("metadata", tree!({"generateName": "web-"}));
    let stored = s.ok("POST", PODS, body);
    assert_eq!(s.asked.len(), 2);
    assert_eq!(s.asked[0].review.get("request").get("name"), &Value::Null);
    let seen = s.asked[1].review.get("request");
    assert_eq!(seen.get("name").str(), stored.name());
    assert_eq!(seen.get("object").uid(), stored.uid());
    assert_eq!(
        seen.get("object").meta().get("creationTimestamp"),
        stored.meta().get("creationTimestamp")
    );
}

#[test]
fn denials_are_told_in_upstreams_words() {
    fn says(_: &WebhookCall, n: usize) -> Value {
        match n {
            0 => {
                tree!({"allowed": false, "status": {"code": 403, "reason": "Forbidden", "message": "no maps today"}})
            }
            1 => tree!({"allowed": false}),
            2 => {
                tree!({"allowed": false, "status": {"reason": "TooMany"}, "warnings": ["careful"]})
            }
            _ => tree!({"allowed": true, "warnings": ["careful"]}),
        }
    }
    let mut s = Server::new(says);
    s.hook(VALIDATING, "a", tree!({"failurePolicy": "Ignore"}));
    let denied = "admission webhook \"a.example.test\" denied the request";
    let (code, answer) = s.call("POST", MAPS, map("m"));
    assert_eq!((code, answer.get("reason").str()), (403, "Forbidden"));
    assert_eq!(
        answer.get("message").str(),
        format!("{denied}: no maps today")
    );
    let (code, answer) = s.call("POST", MAPS, map("m"));
    assert_eq!((code, answer.get("reason").str()), (400, ""));
    assert_eq!(
        answer.get("message").str(),
        format!("{denied} without explanation")
    );
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!("{denied}: TooMany")
    );
    s.ok("POST", MAPS, map("m"));
    assert_eq!(s.warnings, ["299 - \"careful\""]);
}

#[test]
fn failures_refuse_or_let_pass_as_the_policy_says() {
    fn says(_: &WebhookCall, n: usize) -> Value {
        match n {
            0 | 3 => "Post \"https://hook.test/x?timeout=10s\": context deadline exceeded".into(),
            1 => tree!({"allowed": true, "patch": "W10=", "patchType": "JSONPatch"}),
            _ => tree!({"allowed": true}),
        }
    }
    let mut s = Server::new(says);
    s.hook(VALIDATING, "a", tree!({}));
    let failed = "Internal error occurred: failed calling webhook \"a.example.test\": ";
    let (code, answer) = s.call("POST", MAPS, map("m"));
    assert_eq!((code, answer.get("reason").str()), (500, "InternalError"));
    assert_eq!(
        answer.get("message").str(),
        format!(
            "{failed}failed to call webhook: Post \"https://hook.test/x?timeout=10s\": context deadline exceeded"
        )
    );
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!(
            "{failed}received invalid webhook response: validating webhook may not return response.patch"
        )
    );
    s.ok("POST", MAPS, map("m"));
    s.ok("PATCH", &format!("{VALIDATING}/a"), tree!({"webhooks": [{
        "name": "a.example.test", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore",
        "clientConfig": {"url": "https://hook.test/x"}, "rules": rule("", "configmaps", "*", "*"),
    }]}));
    s.ok("POST", MAPS, map("n"));
    assert_eq!(s.asked.len(), 4);
}

#[test]
fn without_side_effects_webhooks_are_asked_in_dry_runs_too() {
    for effects in ["None", "NoneOnDryRun"] {
        let mut s = Server::new(allows);
        s.hook(VALIDATING, "a", tree!({"sideEffects": effects}));
        s.ok("POST", &format!("{MAPS}?dryRun=All"), map("m"));
        assert_eq!(s.asked.len(), 1);
    }
}

#[test]
fn mutating_webhooks_change_what_is_written_one_after_the_other() {
    fn says(call: &WebhookCall, _: usize) -> Value {
        let patch = match call
            .review
            .get("request")
            .at(&["object", "data", "first"])
            .is_null()
        {
            // [{"op":"add","path":"/data","value":{"first":"1"}}]
            true => "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEiLCJ2YWx1ZSI6eyJmaXJzdCI6IjEifX1d",
            // [{"op":"add","path":"/data/second","value":"2"}]
            false => "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEvc2Vjb25kIiwidmFsdWUiOiIyIn1d",
        };
        tree!({"allowed": true, "patch": patch, "patchType": "JSONPatch", "auditAnnotations": {"by": "hook"}})
    }
    let mut s = Server::new(says);
    let rules = rule("", "configmaps", "CREATE", "*");
    s.hook(MUTATING, "b", tree!({"rules": rules.clone()}));
    s.hook(
        MUTATING,
        "a",
        tree!({"rules": rules.clone(), "reinvocationPolicy": "IfNeeded"}),
    );
    let stored = s.ok("POST", MAPS, map("m"));
    assert_eq!(stored.get("data"), &tree!({"first": "1", "second": "2"}));
    let asked: Vec<&str> = s
        .asked
        .iter()
        .map(|c| c.webhook.split('/').nth(1).unwrap_or_default())
        .collect();
    assert_eq!(
        asked,
        ["a", "b", "a"],
        "in the order of names; the first once more, since the second changed something"
    );
    let told = s
        .api
        .audit()
        .events()
        .last()
        .map(|e| format!("{:?}", e.annotations));
    let told = told.unwrap_or_default();
    assert!(
        told.contains("mutation.webhook.admission.k8s.io/round_0_index_1"),
        "{told}"
    );
    assert!(told.contains("a.example.test/by"), "{told}");
}

#[test]
fn a_collection_is_asked_about_before_anything_goes() {
    fn says(call: &WebhookCall, _: usize) -> Value {
        let old = call
            .review
            .at(&["request", "oldObject", "metadata", "name"]);
        tree!({"allowed": old != &"m3"})
    }
    let mut s = Server::new(says);
    for n in 0..6 {
        s.ok("POST", MAPS, map(&format!("m{n}")));
    }
    s.hook(
        VALIDATING,
        "a",
        tree!({"rules": rule("", "configmaps", "DELETE", "*")}),
    );
    let text = s.message("DELETE", MAPS, Value::Null);
    assert_eq!(
        text,
        "admission webhook \"a.example.test\" denied the request without explanation"
    );
    assert_eq!(s.asked.len(), 6, "each once");
    let named = |c: &WebhookCall| !c.review.at(&["request", "name"]).is_empty();
    assert!(!s.asked.iter().any(named), "the request names none");
}

#[test]
fn subresources_and_connections_are_asked_about_as_what_they_are() {
    let mut s = Server::new(allows);
    s.ok("POST", DEPLOYMENTS, deployment());
    s.ok("POST", PODS, pod("p"));
    s.hook(VALIDATING, "a", tree!({}));
    s.ok(
        "PATCH",
        &format!("{DEPLOYMENTS}/web/scale"),
        tree!({"spec": {"replicas": 3}}),
    );
    let seen = s.asked.remove(0);
    let seen = seen.review.get("request");
    assert_eq!(
        (
            seen.get("subResource").str(),
            seen.get("kind").get("kind").str()
        ),
        ("scale", "Scale")
    );
    assert_eq!(seen.at(&["object", "spec", "replicas"]).as_i64(), Some(3));
    assert!(s.asked.is_empty(), "once is enough");
    s.call(
        "POST",
        &format!("{PODS}/p/exec?command=ls&container=c&stdout=true"),
        Value::Null,
    );
    let seen = s.asked.remove(0);
    let seen = seen.review.get("request");
    assert_eq!(
        (seen.get("operation").str(), seen.get("subResource").str()),
        ("CONNECT", "exec")
    );
    assert_eq!(seen.get("object").kind(), "PodExecOptions");
    assert_eq!(seen.at(&["object", "command"]), &tree!(["ls"]));
    let eviction =
        tree!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
    s.ok("POST", &format!("{PODS}/p/eviction"), eviction);
    let kinds: Vec<&str> = s
        .asked
        .iter()
        .map(|c| c.review.get("request").get("subResource").str())
        .collect();
    assert_eq!(
        kinds,
        ["eviction"],
        "the deletion that follows is not asked about"
    );
}

#[test]
fn services_are_looked_up() {
    let mut s = Server::new(allows);
    let service = tree!({"clientConfig": {"service": {"namespace": "default", "name": "foo", "path": "/v"}}, "rules": rule("", "configmaps", "*", "*")});
    s.hook(VALIDATING, "a", service);
    let failed = "Internal error occurred: failed calling webhook \"a.example.test\": failed to call webhook: Post \"https://foo.default.svc:443/v?timeout=10s\": ";
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!("{failed}service \"foo\" not found")
    );
    let spec = tree!({"metadata": {"name": "foo"}, "spec": {"ports": [{"port": 80}]}});
    s.ok("POST", "/api/v1/namespaces/default/services", spec);
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!("{failed}no service port 443 found for service \"foo\"")
    );
    let ports = tree!({"spec": {"ports": [{"port": 443, "targetPort": 8443}]}});
    s.ok("PATCH", "/api/v1/namespaces/default/services/foo", ports);
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!("{failed}no endpoints available for service \"foo\"")
    );
    let slice = |name: &str, ready: bool| {
        tree!({
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": "foo"}}, "addressType": "IPv4",
            "endpoints": [{
                "addresses": ["10.243.0.7"], "nodeName": "worker-1", "targetRef": {"kind": "Pod", "name": "p"},
                "conditions": {"ready": ready},
            }],
            "ports": [{"port": 8443}],
        })
    };
    let place = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    s.ok("POST", place, slice("going", false));
    let none = format!("{failed}no endpoints available for service \"foo\"");
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        none,
        "none that is ready"
    );
    s.ok("POST", place, slice("foo-1", true));
    let refused = "dial tcp 10.243.0.7:8443: connect: connection refused";
    assert_eq!(
        s.message("POST", MAPS, map("m")),
        format!("{failed}{refused}"),
        "a simulated pod speaks no TLS"
    );
    s.api.add_real_node("worker-1");
    s.ok("POST", MAPS, map("m"));
    assert_eq!(s.asked[0].address.as_deref(), Some("10.243.0.7:8443"));
}

#[test]
fn where_nobody_makes_calls_a_webhook_cannot_be_reached() {
    for (policy, wanted) in [
        (
            "Fail",
            "Internal error occurred: failed calling webhook \"a.example.test\": failed to call webhook: Post \"https://hook.test/x?timeout=10s\": dial tcp: lookup hook.test: no such host",
        ),
        ("Ignore", ""),
    ] {
        let mut s = Server::made(allows, false);
        s.hook(
            VALIDATING,
            "a",
            tree!({"failurePolicy": policy, "rules": rule("", "configmaps", "*", "*")}),
        );
        let (_, answer) = s.call("POST", MAPS, map("m"));
        assert_eq!(answer.get("message").str(), wanted);
        assert!(s.asked.is_empty());
    }
}

#[test]
fn parts_of_the_cluster_come_back_for_answers() {
    let mut s = Server::new(allows);
    s.hook(VALIDATING, "a", tree!({"rules": rule("*", "*", "*", "*")}));
    let mut ask = |user: &str, resource, object| s.ask(user, resource, object);
    let controller = "system:serviceaccount:kube-system:replicaset-controller";
    let pods = ("", "pods");
    let mut body = pod("");
    body.set("metadata", tree!({"generateName": "web-"}));
    let (made, mut calls) = ask(controller, pods, body.clone());
    assert_eq!((made, calls.len()), (Err(true), 1));
    let (id, call) = calls.remove(0);
    let (made, calls) = ask(controller, pods, body.clone());
    assert_eq!((made, calls.len()), (Err(true), 0), "the call is made once");
    let other = ask(controller, pods, pod("other"));
    assert_eq!(
        (other.0, other.1.len()),
        (Err(true), 1),
        "another request asks for itself"
    );
    // Those that cannot wait go past.
    for (user, resource) in [
        ("system:kube-scheduler", ("", "configmaps")),
        ("system:node:worker-1", ("", "configmaps")),
        (controller, ("coordination.k8s.io", "leases")),
    ] {
        let name = user.replace(':', "-");
        let (made, calls) = ask(
            user,
            resource,
            tree!({"metadata": {"name": name}, "spec": {}}),
        );
        assert!(
            made.is_ok() && calls.is_empty(),
            "{user} {resource:?}: {made:?}"
        );
    }
    let name = call.review.get("request").get("name").str().to_owned();
    let said = tree!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": {"uid": "u", "allowed": true}});
    let answer = Answered {
        call,
        uid: "u".to_owned(),
        result: Ok(said),
    };
    s.api.answer_webhook(id, answer);
    let (made, _) = s.ask(controller, pods, body.clone());
    assert_eq!(
        made.map(|o| o.name().to_owned()),
        Ok(name),
        "as the webhook saw it"
    );
    let (made, calls) = s.ask(controller, pods, body);
    assert_eq!(
        (made, calls.len()),
        (Err(true), 1),
        "the next of the same template is asked about again"
    );
}
