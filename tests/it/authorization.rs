//! Who may do what: RBAC, the Node authorizer, impersonation, reviews, and what `componentstatuses` say.

#![allow(clippy::unwrap_used)]

use crate::cluster::send;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubarium::apimachinery::Value;
use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apiserver::Authorization;
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::session::transcript::{Stage, parse};
use kubarium::tree;
use std::time::Duration;

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

fn send_as(
    c: &mut Cluster,
    user: Option<UserInfo>,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, String) {
    let mut r = Request::new(body.map_or(Body::Empty, Body::Tree));
    *r.method_mut() = method.parse().unwrap();
    *r.uri_mut() = path.parse().unwrap();
    if let Some(user) = user {
        r.extensions_mut().insert(user);
    }
    let answer = c.request(r).unwrap();
    let code = answer.status().as_u16();
    match answer.into_body() {
        Body::Tree(v) => (code, v.get("message").str().to_owned()),
        _ => (code, String::new()),
    }
}

fn jane() -> Option<UserInfo> {
    Some(UserInfo::new("jane", &["devs", "system:authenticated"]))
}

fn role(name: &str, verbs: Value) -> Value {
    let mut role = tree!({
        "metadata": {"name": name}, "rules": [{"apiGroups": [""], "resources": ["pods"]}],
    });
    role.entry("rules").items_mut()[0].set("verbs", verbs);
    role
}

fn binding(name: &str, kind: &str, role: &str) -> Value {
    tree!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}],
    })
}

fn admin(c: &mut Cluster, method: &str, path: &str, body: Option<Value>) -> Value {
    let (code, answer) = send(c, method, path, body);
    assert!(code < 300, "{method} {path}: {answer:?}");
    answer
}

#[test]
fn bindings_take_effect_at_once_and_end_at_once() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let pods = "/api/v1/namespaces/default/pods";
    let refused = r#"pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default""#;
    let list = |c: &mut Cluster| send_as(c, jane(), "GET", pods, None);
    assert_eq!(list(&mut c), (403, refused.to_owned()));
    let in_default = format!("{RBAC}/namespaces/default");
    let bindings = format!("{in_default}/rolebindings");
    admin(
        &mut c,
        "POST",
        &bindings,
        Some(binding("b", "Role", "reader")),
    );
    let missing = r#": RBAC: role.rbac.authorization.k8s.io "reader" not found"#;
    assert_eq!(list(&mut c), (403, format!("{refused}{missing}")));
    let roles = format!("{in_default}/roles");
    admin(
        &mut c,
        "POST",
        &roles,
        Some(role("reader", tree!(["list"]))),
    );
    assert_eq!(list(&mut c).0, 200);
    let other = send_as(
        &mut c,
        jane(),
        "GET",
        "/api/v1/namespaces/kube-system/pods",
        None,
    );
    assert_eq!(other.0, 403);
    admin(
        &mut c,
        "PUT",
        &format!("{roles}/reader"),
        Some(role("reader", tree!(["get"]))),
    );
    assert_eq!(list(&mut c).0, 403);
    assert_eq!(
        send_as(&mut c, jane(), "GET", &format!("{pods}/x"), None).0,
        404
    );
    admin(&mut c, "DELETE", &format!("{bindings}/b"), None);
    assert_eq!(
        send_as(&mut c, jane(), "GET", &format!("{pods}/x"), None).0,
        403
    );
}

#[test]
fn nobody_hands_out_what_they_do_not_hold() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let crbs = format!("{RBAC}/clusterrolebindings");
    let roles = format!("{RBAC}/clusterroles");
    let mut may = role("rbac-writer", tree!(["get", "list"]));
    may.entry("rules").push(tree!({
        "apiGroups": ["rbac.authorization.k8s.io"], "verbs": ["create", "update"],
        "resources": ["clusterroles", "clusterrolebindings"],
    }));
    admin(&mut c, "POST", &roles, Some(may));
    admin(
        &mut c,
        "POST",
        &crbs,
        Some(binding("w", "ClusterRole", "rbac-writer")),
    );
    let create =
        |c: &mut Cluster, path: &str, object| send_as(c, jane(), "POST", path, Some(object));
    assert_eq!(create(&mut c, &roles, role("ok", tree!(["list"]))).0, 201);
    let (code, text) = create(
        &mut c,
        &roles,
        role("more", tree!(["delete", "get", "patch"])),
    );
    assert_eq!(
        (code, text.as_str()),
        (
            403,
            "clusterroles.rbac.authorization.k8s.io \"more\" is forbidden: user \"jane\" (groups=[\"devs\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\" \"patch\"]}"
        )
    );
    let update = format!("{roles}/ok");
    let grown = Some(role("ok", tree!(["watch"])));
    assert_eq!(send_as(&mut c, jane(), "PUT", &update, grown).0, 403);
    let aggregated = tree!({"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}});
    assert_eq!(
        create(&mut c, &roles, aggregated).1,
        r#"clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use the aggregationRule"#
    );
    assert_eq!(
        create(&mut c, &crbs, binding("own", "ClusterRole", "ok")).0,
        201
    );
    let (code, text) = create(
        &mut c,
        &crbs,
        binding("top", "ClusterRole", "cluster-admin"),
    );
    assert_eq!(code, 403);
    assert!(text.ends_with("\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}"), "{text}");
    assert_eq!(
        create(&mut c, &crbs, binding("gone", "ClusterRole", "gone")),
        (
            404,
            r#"clusterroles.rbac.authorization.k8s.io "gone" not found"#.to_owned()
        )
    );
    let mut bind = role("binder", tree!(["get"]));
    bind.set("rules", tree!([
        {"apiGroups": ["rbac.authorization.k8s.io"], "verbs": ["bind"], "resources": ["clusterroles"], "resourceNames": ["cluster-admin"]},
        {"apiGroups": ["rbac.authorization.k8s.io"], "verbs": ["escalate"], "resources": ["clusterroles"]},
    ]));
    admin(&mut c, "POST", &roles, Some(bind));
    admin(
        &mut c,
        "POST",
        &crbs,
        Some(binding("x", "ClusterRole", "binder")),
    );
    assert_eq!(
        create(
            &mut c,
            &crbs,
            binding("top", "ClusterRole", "cluster-admin")
        )
        .0,
        201
    );
    assert_eq!(
        create(&mut c, &roles, role("more", tree!(["delete"]))).0,
        201
    );
}

fn pod_on(node: &str, secret: &str) -> Value {
    tree!({
        "metadata": {"name": format!("on-{node}")},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "nginx", "envFrom": [{"secretRef": {"name": secret}}]}]},
    })
}

#[test]
fn kubelets_read_what_their_pods_need() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let secrets = "/api/v1/namespaces/default/secrets";
    for name in ["a", "b"] {
        admin(
            &mut c,
            "POST",
            secrets,
            Some(tree!({"metadata": {"name": name}})),
        );
    }
    let pods = "/api/v1/namespaces/default/pods";
    admin(&mut c, "POST", pods, Some(pod_on("node-1", "a")));
    let node = || {
        Some(UserInfo::new(
            "system:node:node-1",
            &["system:nodes", "system:authenticated"],
        ))
    };
    let get = |c: &mut Cluster, path: &str| send_as(c, node(), "GET", path, None);
    assert_eq!(get(&mut c, &format!("{secrets}/a")).0, 200);
    let refused = r#"secrets "b" is forbidden: User "system:node:node-1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'node-1' and this object"#;
    assert_eq!(
        get(&mut c, &format!("{secrets}/b")),
        (403, refused.to_owned())
    );
    assert_eq!(get(&mut c, "/api/v1/nodes/node-1").0, 200);
    assert!(
        get(&mut c, "/api/v1/nodes/node-2")
            .1
            .ends_with("node 'node-1' cannot read 'node-2', only its own Node object")
    );
    assert_eq!(
        get(&mut c, "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1").0,
        200
    );
    assert!(
        get(&mut c, "/api/v1/pods")
            .1
            .ends_with("can only list/watch pods with spec.nodeName field selector")
    );
    assert_eq!(get(&mut c, "/apis/apps/v1/deployments").0, 403);
    assert_eq!(get(&mut c, "/api/v1/services").0, 200);
    assert_eq!(
        get(
            &mut c,
            "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-2"
        )
        .0,
        403
    );
}

#[test]
fn components_may_do_their_own_work_only() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let ask = |c: &mut Cluster, user: &str, method: &str, path: &str| {
        let groups: &[&str] = match user.starts_with("system:serviceaccount") {
            true => &["system:serviceaccounts", "system:authenticated"],
            false => &["system:authenticated"],
        };
        send_as(c, Some(UserInfo::new(user, groups)), method, path, None).0
    };
    let scheduler = "system:kube-scheduler";
    assert_eq!(ask(&mut c, scheduler, "GET", "/api/v1/pods"), 200);
    assert_eq!(ask(&mut c, scheduler, "GET", "/api/v1/secrets"), 403);
    let controller = "system:serviceaccount:kube-system:deployment-controller";
    assert_eq!(
        ask(&mut c, controller, "GET", "/apis/apps/v1/replicasets"),
        200
    );
    assert_eq!(
        ask(&mut c, controller, "DELETE", "/api/v1/nodes/node-1"),
        403
    );
}

#[test]
fn paths_are_authorized_too() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let get = |c: &mut Cluster, user, path: &str| send_as(c, user, "GET", path, None);
    assert_eq!(get(&mut c, None, "/version").0, 200);
    assert_eq!(
        get(&mut c, None, "/apis"),
        (
            403,
            r#"forbidden: User "system:anonymous" cannot get path "/apis""#.to_owned()
        )
    );
    assert_eq!(get(&mut c, jane(), "/apis").0, 200);
    assert_eq!(get(&mut c, jane(), "/metrics").0, 403);
    assert_eq!(get(&mut c, jane(), "/apis/no.such.group/v1/things").0, 403);
}

#[test]
fn authorization_modes_are_asked_in_turn() {
    for (modes, code, text) in [
        (vec![Authorization::AlwaysAllow], 200, ""),
        (
            vec![Authorization::AlwaysDeny],
            403,
            r#"nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope: Everything is forbidden."#,
        ),
        (
            vec![Authorization::AlwaysDeny, Authorization::AlwaysAllow],
            200,
            "",
        ),
    ] {
        let mut c = Cluster::new(ClusterConfig {
            authorization_mode: modes,
            ..ClusterConfig::reference()
        });
        let answer = send_as(&mut c, jane(), "GET", "/api/v1/nodes", None);
        assert_eq!(answer, (code, text.to_owned()));
        assert_eq!(send(&mut c, "GET", "/api/v1/nodes", None).0, 200);
    }
}

#[test]
fn aggregated_roles_gather_what_is_labelled_for_them() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let rules = |c: &mut Cluster, name: &str| {
        let role = admin(c, "GET", &format!("{RBAC}/clusterroles/{name}"), None);
        role.get("rules").items().len()
    };
    let table = |name: &str| match name {
        "view" => 11,
        "edit" => 25,
        _ => 27,
    };
    for name in ["view", "edit", "admin"] {
        assert_eq!(rules(&mut c, name), table(name), "{name}");
    }
    let mut own = role("gizmos", tree!(["get"]));
    own.set_at(
        &[
            "metadata",
            "labels",
            "rbac.authorization.k8s.io/aggregate-to-view",
        ],
        "true",
    );
    own.set(
        "rules",
        tree!([{"apiGroups": ["example.org"], "resources": ["gizmos"], "verbs": ["get"]}]),
    );
    admin(&mut c, "POST", &format!("{RBAC}/clusterroles"), Some(own));
    c.advance_to(c.now() + Duration::from_secs(1));
    for name in ["view", "edit", "admin"] {
        assert_eq!(rules(&mut c, name), table(name) + 1, "{name}");
    }
    admin(
        &mut c,
        "DELETE",
        &format!("{RBAC}/clusterroles/gizmos"),
        None,
    );
    c.advance_to(c.now() + Duration::from_secs(1));
    assert_eq!(rules(&mut c, "admin"), table("admin"));
}

#[test]
fn component_statuses_tell_what_answers() {
    let mut c = Cluster::boot(ClusterConfig::default());
    let path = "/api/v1/componentstatuses";
    let state = |c: &mut Cluster| {
        let list = admin(c, "GET", path, None);
        let row = |o: &Value| {
            let condition = &o.get("conditions").items()[0];
            format!(
                "{} {} {}",
                o.name(),
                condition.get("status").str(),
                condition.get("message").str()
            )
        };
        list.get("items")
            .items()
            .iter()
            .map(row)
            .collect::<Vec<_>>()
    };
    let healthy = [
        "controller-manager True ok",
        "etcd-0 True ok",
        "scheduler True ok",
    ];
    assert_eq!(state(&mut c), healthy);
    assert!(c.crash_container(
        "kube-system",
        "kube-scheduler-control-plane",
        "kube-scheduler"
    ));
    c.advance_to(c.now() + Duration::from_millis(20));
    assert_eq!(
        state(&mut c)[2],
        r#"scheduler False Get "https://127.0.0.1:10259/healthz": dial tcp 127.0.0.1:10259: connect: connection refused"#
    );
    assert_eq!(state(&mut c)[..2], healthy[..2]);
    c.advance_to(c.now() + Duration::from_secs(30));
    assert_eq!(state(&mut c), healthy);
    let (code, answer) = send(&mut c, "GET", &format!("{path}/nothing"), None);
    assert_eq!(
        (code, answer.get("message").str()),
        (500, "Component not found: nothing")
    );
}

/// Commands and what a real kubectl prints for them against a real cluster.
fn check(name: &str, text: &str) {
    let mut stage = Stage::new(&ClusterConfig::reference(), name);
    for step in parse(text) {
        let here = stage.play(&step, Duration::from_secs(60));
        if step.kind == '$' {
            assert_eq!(here.output, step.output, "$ {}", step.text);
        }
    }
}

#[test]
fn kubectl_asks_and_acts_as_others() {
    check(
        "authz",
        r#"$ kubectl get pods --as=jane --as-group=devs -n default
Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"
[exit 1]
$ kubectl auth whoami --as=jane --as-group=devs
ATTRIBUTE   VALUE
Username    jane
Groups      [devs system:authenticated]
$ kubectl auth whoami --as=system:serviceaccount:default:bot
ATTRIBUTE   VALUE
Username    system:serviceaccount:default:bot
Groups      [system:serviceaccounts system:serviceaccounts:default system:authenticated]
! kubectl create clusterrole reader --verb=get,list --resource=pods
! kubectl create clusterrolebinding all-read --clusterrole=reader --group=devs
$ kubectl auth can-i list pods -A --as=jane --as-group=devs
yes
$ kubectl create -o jsonpath='{.status.allowed}{" "}{.status.reason}{"\n"}' -f - <<E
> apiVersion: authorization.k8s.io/v1
> kind: SubjectAccessReview
> spec:
>   user: jane
>   groups: [devs]
>   resourceAttributes: {verb: list, resource: pods}
> E
true RBAC: allowed by ClusterRoleBinding "all-read" of ClusterRole "reader" to Group "devs"
$ kubectl auth can-i create pods --as=jane --as-group=devs -q
[exit 1]
"#,
    );
}

#[test]
fn kubectl_reconciles_roles_and_bindings() {
    let file = r#"cat > rbac.yaml <<E
> apiVersion: rbac.authorization.k8s.io/v1
> kind: Role
> metadata: {name: r, namespace: fresh}
> rules:
> - {apiGroups: [""], resources: [pods], verbs: [get, list]}
> ---
> apiVersion: rbac.authorization.k8s.io/v1
> kind: RoleBinding
> metadata: {name: b, namespace: fresh}
> roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
> subjects:
> - {kind: User, apiGroup: rbac.authorization.k8s.io, name: jane}
> E"#;
    let text = format!(
        r#"! {file}
$ kubectl auth reconcile -f rbac.yaml
role.rbac.authorization.k8s.io/r reconciled
	reconciliation required create
	missing rules added:
		{{Verbs:[get list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}}
rolebinding.rbac.authorization.k8s.io/b reconciled
	reconciliation required create
	missing subjects added:
		{{Kind:User APIGroup:rbac.authorization.k8s.io Name:jane Namespace:}}
$ kubectl auth reconcile -f rbac.yaml
role.rbac.authorization.k8s.io/r reconciled
rolebinding.rbac.authorization.k8s.io/b reconciled
! sed -i 's/get, list/get, watch/' rbac.yaml
$ kubectl auth reconcile -f rbac.yaml
role.rbac.authorization.k8s.io/r reconciled
	reconciliation required update
	missing rules added:
		{{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}}
rolebinding.rbac.authorization.k8s.io/b reconciled
$ kubectl auth can-i list pods -n fresh --as=jane
yes
$ kubectl auth reconcile -f rbac.yaml --remove-extra-permissions
role.rbac.authorization.k8s.io/r reconciled
	reconciliation required update
	extra rules removed:
		{{Verbs:[list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}}
rolebinding.rbac.authorization.k8s.io/b reconciled
$ kubectl auth can-i list pods -n fresh --as=jane
no
[exit 1]
"#
    );
    check("reconcile", &text);
}

#[test]
fn impersonation_needs_its_verb() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let act = |c: &mut Cluster, headers: &[(&'static str, &str)]| {
        let mut r = Request::new(Body::Empty);
        *r.uri_mut() = "/version".parse().unwrap();
        for (name, value) in headers {
            r.headers_mut().append(*name, value.parse().unwrap());
        }
        r.extensions_mut().insert(jane().unwrap());
        let answer = c.request(r).unwrap();
        let code = answer.status().as_u16();
        match answer.into_body() {
            Body::Tree(v) => (code, v.get("message").str().to_owned()),
            _ => (code, String::new()),
        }
    };
    let bob = [("impersonate-user", "bob")];
    assert_eq!(
        act(&mut c, &bob),
        (403, r#"users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope"#.to_owned())
    );
    let mut may = role("actor", tree!(["get"]));
    may.set("rules", tree!([{"apiGroups": [""], "resources": ["users"], "resourceNames": ["bob"], "verbs": ["impersonate"]}]));
    admin(&mut c, "POST", &format!("{RBAC}/clusterroles"), Some(may));
    admin(
        &mut c,
        "POST",
        &format!("{RBAC}/clusterrolebindings"),
        Some(binding("actor", "ClusterRole", "actor")),
    );
    assert_eq!(act(&mut c, &bob).0, 200);
    let masters = [bob[0], ("impersonate-group", "system:masters")];
    assert!(
        act(&mut c, &masters)
            .1
            .starts_with(r#"groups "system:masters" is forbidden"#)
    );
    assert_eq!(act(&mut c, &[("impersonate-group", "devs")]).0, 500);
}

#[test]
fn a_secret_s_token_is_good_while_secret_and_account_are_there() {
    let mut c = Cluster::new(ClusterConfig::default());
    c.settle();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let secrets = "/api/v1/namespaces/default/secrets";
    let make = |c: &mut Cluster| {
        let account = tree!({"metadata": {"name": "bob"}});
        admin(c, "POST", accounts, Some(account));
        let mut secret =
            tree!({"metadata": {"name": "bobs"}, "type": "kubernetes.io/service-account-token"});
        let name = "kubernetes.io/service-account.name";
        secret.set_at(&["metadata", "annotations", name], "bob");
        admin(c, "POST", secrets, Some(secret));
        let soon = c.now() + Duration::from_secs(1);
        c.advance_to(soon);
        let secret = admin(c, "GET", "/api/v1/namespaces/default/secrets/bobs", None);
        let token = STANDARD.decode(secret.at(&["data", "token"]).str());
        String::from_utf8(token.unwrap()).unwrap()
    };
    let token = make(&mut c);
    let user = c.authenticate(&token).unwrap();
    assert_eq!(user.name, "system:serviceaccount:default:bob");
    assert!(
        user.groups
            .iter()
            .any(|g| g == "system:serviceaccounts:default")
    );
    let path = "/api/v1/namespaces/default/secrets/bobs";
    let mut secret = admin(&mut c, "GET", path, None);
    let used = secret.label("kubernetes.io/legacy-token-last-used");
    assert_eq!(used.map(str::len), Some("2026-01-01".len()));

    // One that says the same and is not the one that is kept.
    let (claims, _) = token.rsplit_once('.').unwrap();
    assert_eq!(c.authenticate(&format!("{claims}.AAAA")), None);
    let label = "kubernetes.io/legacy-token-invalid-since";
    secret.set_at(&["metadata", "labels", label], "2026-01-01");
    admin(&mut c, "PUT", path, Some(secret));
    assert_eq!(c.authenticate(&token), None, "marked as invalid");
    admin(&mut c, "DELETE", path, None);
    assert_eq!(c.authenticate(&token), None, "without its secret");

    admin(&mut c, "DELETE", &format!("{accounts}/bob"), None);
    let token = make(&mut c);
    assert!(c.authenticate(&token).is_some());
    admin(&mut c, "DELETE", &format!("{accounts}/bob"), None);
    assert_eq!(c.authenticate(&token), None, "without its account");
    let soon = c.now() + Duration::from_secs(1);
    c.advance_to(soon);
    assert_eq!(send(&mut c, "GET", path, None).0, 404);
}

#[test]
fn streams_into_pods_need_the_verb_create_by_any_method() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let spec = tree!({"nodeName": "node-1", "containers": [{"name": "c", "image": "nginx:1.27"}]});
    let mut pod = tree!({"metadata": {"name": "p"}});
    pod.set("spec", spec);
    admin(&mut c, "POST", "/api/v1/namespaces/default/pods", Some(pod));
    let roles = format!("{RBAC}/namespaces/default/roles");
    let bind = binding("streams", "Role", "streams");
    let mut allowed = role("streams", tree!(["get"]));
    allowed.entry("rules").items_mut()[0].set("resources", tree!(["pods/exec"]));
    admin(&mut c, "POST", &roles, Some(allowed.clone()));
    let bindings = format!("{RBAC}/namespaces/default/rolebindings");
    admin(&mut c, "POST", &bindings, Some(bind));
    let exec = "/api/v1/namespaces/default/pods/p/exec?command=ls&stdout=true";
    let (code, message) = send_as(&mut c, jane(), "GET", exec, None);
    assert_eq!(code, 403);
    assert!(
        message.contains(r#"User "jane" cannot create resource "pods/exec""#),
        "{message}"
    );
    allowed.entry("rules").items_mut()[0].set("verbs", tree!(["create"]));
    admin(&mut c, "PUT", &format!("{roles}/streams"), Some(allowed));
    assert_ne!(send_as(&mut c, jane(), "GET", exec, None).0, 403);
}

#[test]
fn paths_that_are_none_are_not_found() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    for path in [
        "/api//v1",
        "/api/v1//namespaces",
        "/api/v1/pods/p",
        "/apis/apps/v1/deployments/d",
    ] {
        assert_eq!(send(&mut c, "GET", path, None).0, 404, "{path}");
    }
    assert_eq!(send(&mut c, "POST", "/api/v1/pods", None).0, 405);
}
