//! Admission policies in CEL: what they match, deny, warn of, note and change, in upstream's words.

use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{ApiServer, ApiServerConfig, Authorization};
use kubarium::tree;

const NOW: Timestamp = Timestamp::from_secs(1_795_222_061);
const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

struct Server {
    api: ApiServer,
    warnings: Vec<String>,
}

impl Server {
    fn new() -> Self {
        let config = ApiServerConfig {
            authorization: vec![Authorization::Rbac],
            ..ApiServerConfig::default()
        };
        let mut api = ApiServer::new(config, Rng::new(7));
        api.bootstrap(NOW)
            .expect("a fresh server takes its own objects");
        let mut s = Server {
            api,
            warnings: Vec::new(),
        };
        s.ok(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts",
            tree!({"metadata": {"name": "default"}}),
        );
        s
    }
    fn call(&mut self, method: &str, uri: &str, body: Value) -> (u16, Value) {
        let mut request: Request = http::Request::builder()
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
        let mut admin = UserInfo::new("admin", &["system:masters", "system:authenticated"]);
        admin
            .extra
            .push(("team".to_owned(), vec!["sky".to_owned()]));
        request.extensions_mut().insert(admin);
        let response = self.api.handle(request, NOW);
        let code = response.status().as_u16();
        let told = response.headers().get_all("warning").iter();
        self.warnings = told
            .map(|w| w.to_str().unwrap_or_default().to_owned())
            .collect();
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
    /// Makes a validating policy about ConfigMaps, and a binding of the same name.
    fn policy(&mut self, name: &str, spec: Value, binding: Value) {
        let mut spec = spec;
        if spec.get("matchConstraints").is_null() {
            spec.set(
                "matchConstraints",
                rules(&["configmaps"], &["CREATE", "UPDATE", "DELETE"]),
            );
        }
        let body = tree!({"metadata": {"name": name}, "spec": spec});
        self.ok(
            "POST",
            &format!("{GROUP}/validatingadmissionpolicies"),
            body,
        );
        self.bind("validating", name, binding);
    }
    fn mutation(&mut self, name: &str, spec: Value) {
        let mut spec = spec;
        if spec.get("matchConstraints").is_null() {
            spec.set(
                "matchConstraints",
                rules(&["configmaps", "deployments"], &["CREATE", "UPDATE"]),
            );
        }
        if spec.get("reinvocationPolicy").is_null() {
            spec.set("reinvocationPolicy", "Never");
        }
        let body = tree!({"metadata": {"name": name}, "spec": spec});
        self.ok("POST", &format!("{GROUP}/mutatingadmissionpolicies"), body);
        self.bind("mutating", name, tree!({}));
    }
    fn bind(&mut self, kind: &str, name: &str, spec: Value) {
        let mut spec = spec;
        spec.set("policyName", name);
        if spec.get("validationActions").is_null() && kind == "validating" {
            spec.set("validationActions", tree!(["Deny"]));
        }
        let body = tree!({"metadata": {"name": name}, "spec": spec});
        self.ok(
            "POST",
            &format!("{GROUP}/{kind}admissionpolicybindings"),
            body,
        );
    }
}

fn rules(resources: &[&str], operations: &[&str]) -> Value {
    tree!({"resourceRules": [{
        "apiGroups": ["", "apps"], "apiVersions": ["*"], "operations": operations.to_vec(), "resources": resources.to_vec(),
    }]})
}

fn map(name: &str, data: serde_json::Value) -> Value {
    tree!({"metadata": {"name": name}, "data": data})
}

fn none() -> serde_json::Value {
    serde_json::json!({})
}

#[test]
fn a_policy_denies_in_upstream_s_words() {
    let mut s = Server::new();
    s.policy(
        "p",
        tree!({
            "variables": [{"name": "size", "expression": "size(object.data)"}, {"name": "big", "expression": "variables.size > 2"}],
            "validations": [
                {"expression": "object == null || !variables.big", "messageExpression": "'has ' + string(variables.size)", "reason": "Forbidden"},
                {"expression": "object == null || object.metadata.name != 'bad'", "message": "bad name"},
                {"expression": "object == null || object.metadata.name != 'plain'"},
            ],
        }),
        tree!({}),
    );
    s.ok("POST", MAPS, map("fine", serde_json::json!({"a": "1"})));
    let (code, status) = s.call("POST", MAPS, map("bad", serde_json::json!({"a": "1"})));
    let text = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: bad name";
    assert_eq!(
        (code, status),
        (
            422,
            tree!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 422, "reason": "Invalid",
                "message": format!("configmaps \"bad\" is forbidden: {text}"),
                "details": {"name": "bad", "kind": "configmaps", "causes": [{"message": text}]},
            })
        )
    );
    assert_eq!(
        s.refused("POST", MAPS, map("x", serde_json::json!({"a": "", "b": "", "c": ""}))),
        (403, "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: has 3".to_owned())
    );
    assert_eq!(
        s.refused("POST", MAPS, map("plain", serde_json::json!({"a": ""})))
            .1,
        "configmaps \"plain\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: failed expression: object == null || object.metadata.name != 'plain'"
    );
    // Policies are not held to policies, and go when they are deleted.
    s.ok(
        "DELETE",
        &format!("{GROUP}/validatingadmissionpolicybindings/p"),
        Value::Null,
    );
    s.ok("POST", MAPS, map("bad", none()));
}

#[test]
fn errors_follow_the_failure_policy() {
    let mut s = Server::new();
    let validations = || tree!([{"expression": "object == null || object.data.x == '1'"}]);
    s.policy("strict", tree!({"validations": validations()}), tree!({}));
    assert_eq!(
        s.refused("POST", MAPS, map("a", serde_json::json!({"y": "1"})))
            .1,
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'strict' with binding 'strict' denied request: expression 'object == null || object.data.x == '1'' resulted in error: no such key: x"
    );
    s.ok(
        "DELETE",
        &format!("{GROUP}/validatingadmissionpolicies/strict"),
        Value::Null,
    );
    s.policy(
        "lax",
        tree!({"failurePolicy": "Ignore", "validations": validations()}),
        tree!({}),
    );
    s.ok("POST", MAPS, map("a", serde_json::json!({"y": "1"})));
    // Costs are limited for each expression and for all together.
    s.policy(
        "dear",
        tree!({"validations": [{"expression": "object == null || ['a'].map(x, x + x + x + x).map(x, x + x + x + x).map(x, x + x + x + x + x + x + x + x).map(x, x + x + x + x + x + x + x + x).map(x, x + x + x + x + x + x + x + x).map(x, x + x + x + x + x + x + x + x).map(x, x + x + x + x + x + x + x + x).map(x, x + x + x + x + x + x + x + x).size() == 1"}]}),
        tree!({}),
    );
    let (_, said) = s.refused("POST", MAPS, map("b", none()));
    assert!(
        said.ends_with("resulted in error: operation cancelled: actual cost limit exceeded"),
        "{said}"
    );
}

#[test]
fn warnings_and_the_audit_log() {
    let mut s = Server::new();
    s.policy(
        "p",
        tree!({
            "validations": [{"expression": "object.metadata.name != 'a'", "message": "no a"}],
            "auditAnnotations": [{"key": "who", "valueExpression": "request.userInfo.username + ' of ' + request.userInfo.extra['team'][0]"}],
        }),
        tree!({"validationActions": ["Warn", "Audit"]}),
    );
    s.ok("POST", MAPS, map("a", none()));
    assert_eq!(
        s.warnings,
        ["299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p': no a\""]
    );
    let last = s.api.audit().events().next_back().expect("a write");
    assert_eq!(
        last.annotations,
        [
            ("p/who".to_owned(), "admin of sky".to_owned()),
            (
                "validation.policy.admission.k8s.io/validation_failure".to_owned(),
                r#"[{"message":"no a","policy":"p","binding":"p","expressionIndex":0,"validationActions":["Warn","Audit"]}]"#.to_owned()
            ),
        ]
        .iter()
        .map(|(k, v)| (k.clone(), Value::from_json(v.as_bytes()).map_or(v.clone(), |v| v.to_json())))
        .collect::<Vec<_>>()
    );
}

#[test]
fn what_a_policy_matches() {
    let mut s = Server::new();
    s.ok(
        "POST",
        "/api/v1/namespaces",
        tree!({"metadata": {"name": "blue", "labels": {"team": "blue"}}}),
    );
    let constraints = |extra: serde_json::Value| {
        let mut c = rules(&["configmaps"], &["CREATE"]);
        for (k, v) in Value::from_json(extra.to_string().as_bytes())
            .expect("JSON")
            .fields()
        {
            c.set(k, v.clone());
        }
        c
    };
    let deny = || tree!([{"expression": "false", "message": "no"}]);
    let only = serde_json::json!({
        "namespaceSelector": {"matchLabels": {"team": "blue"}}, "objectSelector": {"matchLabels": {"x": "y"}},
        "excludeResourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"], "resourceNames": ["spared"]}],
    });
    s.policy(
        "p",
        tree!({"matchConstraints": constraints(only), "validations": deny(),
               "matchConditions": [{"name": "other", "expression": "object.metadata.name != 'passed'"}]}),
        tree!({}),
    );
    let labelled = |name: &str| tree!({"metadata": {"name": name, "labels": {"x": "y"}}});
    let blue = "/api/v1/namespaces/blue/configmaps";
    s.ok("POST", MAPS, labelled("a"));
    s.ok("POST", blue, map("a", none()));
    s.ok("POST", blue, labelled("spared"));
    s.ok("POST", blue, labelled("passed"));
    assert_eq!(s.refused("POST", blue, labelled("b")).0, 422);
    // A version that stores the same objects is matched, unless exactly one is wanted.
    let scalers = |version: &str| {
        format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers")
    };
    let rule = |policy: &str| {
        tree!({"matchPolicy": policy, "resourceRules": [{"apiGroups": ["autoscaling"], "apiVersions": ["v2"], "operations": ["CREATE"],
            "resources": ["horizontalpodautoscalers"]}]})
    };
    let scaler = |name: &str| {
        tree!({"metadata": {"name": name}, "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50,
        "scaleTargetRef": {"kind": "Deployment", "name": "x", "apiVersion": "apps/v1"}}})
    };
    let about = tree!([{"expression": "has(object.spec.metrics) && request.kind.version == 'v2' && request.requestKind.version == 'v1' && false", "message": "seen"}]);
    s.policy(
        "exact",
        tree!({"matchConstraints": rule("Exact"), "validations": about.clone()}),
        tree!({}),
    );
    s.ok("POST", &scalers("v1"), scaler("a"));
    s.policy(
        "equivalent",
        tree!({"matchConstraints": rule("Equivalent"), "validations": about}),
        tree!({}),
    );
    let (_, said) = s.refused("POST", &scalers("v1"), scaler("b"));
    assert!(said.ends_with("denied request: seen"), "{said}");
}

#[test]
fn parameters_are_found_by_name_and_by_label() {
    let mut s = Server::new();
    let spec = || {
        tree!({"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "matchConstraints": rules(&["secrets"], &["CREATE"]),
               "validations": [{"expression": "params == null || size(object.metadata.name) <= int(params.data.most)", "messageExpression": "'at most ' + params.data.most"}]})
    };
    let secret = |name: &str| tree!({"metadata": {"name": name}});
    const SECRETS: &str = "/api/v1/namespaces/default/secrets";
    s.policy(
        "named",
        spec(),
        tree!({"paramRef": {"name": "limits", "parameterNotFoundAction": "Deny"}}),
    );
    assert_eq!(
        s.refused("POST", SECRETS, secret("a")).1,
        "secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'named' with binding 'named' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    );
    s.ok(
        "POST",
        MAPS,
        map("limits", serde_json::json!({"most": "3"})),
    );
    s.ok("POST", SECRETS, secret("abc"));
    assert!(
        s.refused("POST", SECRETS, secret("abcd"))
            .1
            .ends_with("at most 3")
    );
    s.ok(
        "DELETE",
        &format!("{GROUP}/validatingadmissionpolicybindings/named"),
        Value::Null,
    );
    s.policy("selected", spec(), tree!({"paramRef": {"selector": {"matchLabels": {"x": "y"}}, "parameterNotFoundAction": "Allow"}}));
    s.ok("POST", SECRETS, secret("abcd"));
    s.ok(
        "POST",
        MAPS,
        tree!({"metadata": {"name": "other", "labels": {"x": "y"}}, "data": {"most": "1"}}),
    );
    assert!(
        s.refused("POST", SECRETS, secret("ab"))
            .1
            .ends_with("at most 1")
    );
    let mut unknown = spec();
    unknown.set(
        "paramKind",
        tree!({"apiVersion": "sea.test/v1", "kind": "Boat"}),
    );
    s.ok(
        "DELETE",
        &format!("{GROUP}/validatingadmissionpolicybindings/selected"),
        Value::Null,
    );
    s.policy("unknown", unknown, tree!({}));
    assert_eq!(
        s.refused("POST", SECRETS, secret("a")).1,
        "secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'unknown' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'sea.test/v1, Kind=Boat'"
    );
}

#[test]
fn policies_ask_the_authorizer_and_see_all_operations() {
    let mut s = Server::new();
    s.policy(
        "p",
        tree!({"validations": [
            {"expression": "authorizer.group('').resource('pods').namespace('default').check('get').allowed()", "message": "may not get"},
            {"expression": "!authorizer.serviceAccount('default', 'default').group('').resource('pods').check('get').allowed()", "message": "account"},
            {"expression": "authorizer.requestResource.check('anything').allowed() && authorizer.path('/x').check('get').allowed()", "message": "own"},
            {"expression": "request.operation != 'DELETE' || oldObject.metadata.name != 'kept' && object == null", "message": "kept"},
            {"expression": "namespaceObject.metadata.name == request.namespace", "message": "namespace"},
        ]}),
        tree!({}),
    );
    s.ok("POST", MAPS, map("kept", none()));
    s.ok("POST", MAPS, map("gone", none()));
    s.ok("DELETE", &format!("{MAPS}/gone"), Value::Null);
    assert!(
        s.refused("DELETE", &format!("{MAPS}/kept"), Value::Null)
            .1
            .ends_with("denied request: kept")
    );
    s.policy(
        "parts",
        tree!({"matchConstraints": rules(&["deployments/scale", "deployments/status", "pods/eviction", "pods/exec"], &["*"]),
               "validations": [
            {"expression": "request.subResource != 'scale' || object.spec.replicas < 5 && request.requestKind.kind == 'Scale'", "message": "scale"},
            {"expression": "request.subResource != 'status'", "message": "status"},
            {"expression": "request.subResource != 'eviction' || object.kind != 'Eviction'", "message": "eviction"},
            {"expression": "request.operation != 'CONNECT' || object.command != ['sh']", "message": "exec"},
        ]}),
        tree!({}),
    );
    let labels = || serde_json::json!({"app": "web"});
    let web = tree!({"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": labels()},
        "template": {"metadata": {"labels": labels()}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}});
    s.ok("POST", DEPLOYMENTS, web);
    let scale = format!("{DEPLOYMENTS}/web/scale");
    s.ok("PATCH", &scale, tree!({"spec": {"replicas": 4}}));
    assert_eq!(
        s.refused("PATCH", &scale, tree!({"spec": {"replicas": 5}}))
            .1,
        "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'parts' with binding 'parts' denied request: scale"
    );
    let status = format!("{DEPLOYMENTS}/web/status");
    assert!(
        s.refused("PATCH", &status, tree!({"status": {"replicas": 1}}))
            .1
            .ends_with(": status")
    );
    let pods = "/api/v1/namespaces/default/pods";
    s.ok("POST", pods, tree!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}));
    let eviction =
        tree!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}});
    assert!(
        s.refused("POST", &format!("{pods}/a/eviction"), eviction)
            .1
            .ends_with(": eviction")
    );
    assert!(
        s.refused("POST", &format!("{pods}/a/exec?command=sh"), Value::Null)
            .1
            .ends_with(": exec")
    );
}

#[test]
fn mutations_by_configuration_and_by_patch() {
    let mut s = Server::new();
    let apply = |expression: &str| tree!([{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}]);
    let patch = |expression: &str| tree!([{"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}]);
    s.mutation(
        "label",
        tree!({"variables": [{"name": "team", "expression": "'sky'"}],
            "mutations": apply("Object{metadata: Object.metadata{labels: {'team': variables.team}}}")}),
    );
    let made = s.ok(
        "POST",
        MAPS,
        tree!({"metadata": {"name": "a", "labels": {"x": "y"}}}),
    );
    assert_eq!(made.meta().get("labels"), &tree!({"team": "sky", "x": "y"}));
    s.mutation(
        "patch",
        tree!({"matchConditions": [{"name": "maps", "expression": "request.kind.kind == 'ConfigMap'"}], "mutations": patch(
            "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/env'), value: 'test'}, JSONPatch{op: 'remove', path: '/metadata/labels/x'}]"
        )}),
    );
    let made = s.ok(
        "POST",
        MAPS,
        tree!({"metadata": {"name": "b", "labels": {"x": "y"}}}),
    );
    assert_eq!(
        made.meta().get("labels"),
        &tree!({"example.com/env": "test", "team": "sky"})
    );
    assert_eq!(
        s.refused("POST", MAPS, map("c", none())),
        (403, "policy 'patch' with binding 'patch' denied request: JSONPath: remove operation does not apply: doc is missing key: /metadata/labels/x: Unable to remove nonexistent key: x: missing value".to_owned())
    );
    s.ok(
        "DELETE",
        &format!("{GROUP}/mutatingadmissionpolicies/patch"),
        Value::Null,
    );
    // Lists that are maps are merged by their keys; what is one whole may not be given.
    s.mutation(
        "sidecar",
        tree!({"matchConstraints": rules(&["deployments"], &["CREATE"]), "mutations": apply(
            "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'side', image: 'busybox'}]}}}}"
        )}),
    );
    let labels = || serde_json::json!({"app": "web"});
    let web = |name: &str| {
        tree!({"metadata": {"name": name}, "spec": {"selector": {"matchLabels": labels()},
        "template": {"metadata": {"labels": labels()}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}})
    };
    let made = s.ok("POST", DEPLOYMENTS, web("web"));
    let containers = made.at(&["spec", "template", "spec", "containers"]).items();
    let names: Vec<&str> = containers.iter().map(|c| c.get("name").str()).collect();
    assert_eq!(names, ["c", "side"]);
    // Defaults are filled in afterwards.
    assert_eq!(containers[1].get("imagePullPolicy"), &"Always");
    s.mutation(
        "whole",
        tree!({"matchConstraints": rules(&["deployments"], &["CREATE"]), "mutations": apply("Object{spec: Object.spec{selector: Object.spec.selector{}}}")}),
    );
    assert_eq!(
        s.refused("POST", DEPLOYMENTS, web("other")).1,
        "policy 'whole' with binding 'whole' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector"
    );
    s.ok(
        "DELETE",
        &format!("{GROUP}/mutatingadmissionpolicies/whole"),
        Value::Null,
    );
    for (name, expression, wanted) in [
        (
            "mismatch",
            "Object{spec: Object.wrong{}}",
            "type mismatch: unexpected type name \"Object.wrong\", expected \"Object.spec\", which matches field name path from root Object type",
        ),
        (
            "unknown",
            "Object{wings: 2}",
            "error applying patch: failed to convert patch object to typed object: .wings: field not declared in schema",
        ),
    ] {
        s.mutation(name, tree!({"matchConstraints": rules(&["deployments"], &["CREATE"]), "mutations": apply(expression)}));
        assert_eq!(
            s.refused("POST", DEPLOYMENTS, web("other")).1,
            format!("policy '{name}' with binding '{name}' denied request: {wanted}")
        );
        s.ok(
            "DELETE",
            &format!("{GROUP}/mutatingadmissionpolicies/{name}"),
            Value::Null,
        );
    }
}

#[test]
fn policies_that_want_to_are_asked_again() {
    let mut s = Server::new();
    let patch = |path: &str, value: &str| {
        format!("[JSONPatch{{op: 'add', path: '/data/{path}', value: {value}}}]")
    };
    let maps = || rules(&["configmaps"], &["CREATE"]);
    let count = patch("seen", "string(size(object.data))");
    for (name, policy) in [("again", "IfNeeded"), ("never", "Never")] {
        let own = count.replace("/seen", &format!("/{name}"));
        s.mutation(
            name,
            tree!({"matchConstraints": maps(), "reinvocationPolicy": policy, "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": own}}]}),
        );
    }
    s.mutation(
        "zlast",
        tree!({"matchConstraints": maps(), "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch("last", "'x'")}}]}),
    );
    let made = s.ok("POST", MAPS, map("a", serde_json::json!({"a": "1"})));
    assert_eq!(
        made.get("data"),
        &tree!({"a": "1", "again": "4", "last": "x", "never": "2"})
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_told_when_it_comes() {
    let mut s = Server::new();
    let mut told = |spec: Value| {
        let mut spec = spec;
        spec.set("matchConstraints", rules(&["configmaps"], &["CREATE"]));
        let body = tree!({"metadata": {"name": "p"}, "spec": spec});
        s.refused(
            "POST",
            &format!("{GROUP}/validatingadmissionpolicies"),
            body,
        )
        .1
    };
    let prefix = "ValidatingAdmissionPolicy.admissionregistration.k8s.io \"p\" is invalid: ";
    for (spec, wanted) in [
        (
            tree!({"validations": [{"expression": "object.spec.x"}]}),
            "spec.validations[0].expression: Invalid value: \"object.spec.x\": must evaluate to bool but got dyn",
        ),
        (
            tree!({"validations": [{"expression": "params.x == 1"}]}),
            "spec.validations[0].expression: Invalid value: \"params.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^",
        ),
        (
            tree!({"validations": [{"expression": "variables.b"}], "variables": [{"name": "a", "expression": "variables.b"}, {"name": "b", "expression": "true"}]}),
            "spec.variables[0].expression: Invalid value: \"variables.b\": compilation failed: ERROR: <input>:1:10: undefined field 'b'\n | variables.b\n | .........^",
        ),
        (
            tree!({"validations": [{"expression": "true", "messageExpression": "1"}]}),
            "spec.validations[0].messageExpression: Invalid value: \"1\": must evaluate to string but got int",
        ),
        (
            tree!({"auditAnnotations": [{"key": "a", "valueExpression": "1"}]}),
            "spec.auditAnnotations[0].valueExpression: Invalid value: \"1\": must evaluate to one of [string null_type] but got int",
        ),
        (
            tree!({"validations": [{"expression": "true"}], "matchConditions": [{"name": "a", "expression": "variables.x"}]}),
            "spec.matchConditions[0].expression: Invalid value: \"variables.x\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.x\n | ^",
        ),
    ] {
        assert_eq!(told(spec), format!("{prefix}{wanted}"));
    }
}

#[test]
fn what_is_wrong_with_a_mutation_is_told_when_it_comes() {
    let mut s = Server::new();
    let mut told = |operation: &str, mutations: Value| {
        let body = tree!({"metadata": {"name": "p"}, "spec": {
            "reinvocationPolicy": "Never", "matchConstraints": rules(&["configmaps"], &[operation]), "mutations": mutations}});
        let said = s
            .refused("POST", &format!("{GROUP}/mutatingadmissionpolicies"), body)
            .1;
        let prefix = "MutatingAdmissionPolicy.admissionregistration.k8s.io \"p\" is invalid: ";
        said.strip_prefix(prefix).map(str::to_owned)
    };
    let apply = |e: &str| tree!([{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": e}}]);
    for (operation, mutations, wanted) in [
        (
            "DELETE",
            apply("Object{}"),
            "spec.matchConstraints.resourceRules.operations: Unsupported value: \"DELETE\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"UPDATE\"",
        ),
        (
            "CREATE",
            tree!([]),
            "spec.mutations: Required value: mutations must contain at least one item",
        ),
        (
            "CREATE",
            apply("{'a': 1}"),
            "spec.mutations[0].applyConfiguration.expression: Invalid value: \"{'a': 1}\": must evaluate to Object but got map(string, int)",
        ),
        (
            "CREATE",
            tree!([{"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{operation: 'add'}]"}}]),
            "spec.mutations[0].jsonPatch.expression: Invalid value: \"[JSONPatch{operation: 'add'}]\": compilation failed: ERROR: <input>:1:21: undefined field 'operation'\n | [JSONPatch{operation: 'add'}]\n | ....................^",
        ),
        (
            "CREATE",
            tree!([{"patchType": "JSONPatch", "applyConfiguration": {"expression": "Object{}"}}]),
            "[spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch, spec.mutations[0].applyConfiguration: Invalid value: \"{applyConfiguration}\": must not be specified when patchType is JSONPatch]",
        ),
    ] {
        assert_eq!(told(operation, mutations).as_deref(), Some(wanted));
    }
}
