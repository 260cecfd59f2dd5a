//! Tables of what the default plugins say of a pod on a node.

use super::DEFAULT_PLUGINS;
use crate::apimachinery::Value;
use crate::scheduler::framework::{Code, CycleState, Facts, Plugin};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::sync::Arc;

fn plugin(name: &str) -> &'static dyn Plugin {
    let found = DEFAULT_PLUGINS.iter().find(|(p, _)| p.name() == name);
    found.expect("a default plugin").0
}

fn object(json: &str) -> Value {
    Value::from_json(json.as_bytes()).expect("the table is JSON")
}

fn pod(spec: &str) -> Arc<PodInfo> {
    let uid = spec.len();
    Arc::new(PodInfo::new(&object(&format!(
        r#"{{"metadata": {{"name": "p", "namespace": "d", "uid": "u{uid}"}}, "spec": {spec}}}"#
    ))))
}

/// A node of 2 CPUs, 4 GiB and 3 pods.
fn node(name: &str, rest: &str, pods: &[&str]) -> Arc<NodeInfo> {
    let mut n = NodeInfo::new(&object(&format!(
        r#"{{"metadata": {{"name": "{name}", "labels": {{"zone": "a", "cores": "4"}}}},
            "status": {{"allocatable": {{"cpu": "2", "memory": "4Gi", "pods": "3", "example.com/gpu": "1"}},
                        "images": [{{"names": ["docker.io/library/nginx:1.27"], "sizeBytes": 524288000}}]}}{rest}}}"#
    )));
    for p in pods {
        n.add_pod(pod(p));
    }
    Arc::new(n)
}

fn asks(cpu: &str, memory: &str) -> String {
    format!(
        r#"{{"containers": [{{"name": "c", "image": "x", "resources": {{"requests": {{"cpu": "{cpu}", "memory": "{memory}"}}}}}}]}}"#
    )
}

/// What a filter says, as text: "" for yes, "!" before what taking pods away would not help.
fn says(name: &str, spec: &str, on: &NodeInfo) -> String {
    match plugin(name).filter(&Facts::default(), &pod(spec), on) {
        Ok(()) => String::new(),
        Err(r) => {
            assert_eq!(r.plugin, name);
            let never = if r.code == Code::UnschedulableAndUnresolvable {
                "!"
            } else {
                ""
            };
            never.to_owned()
                + &r.reasons
                    .iter()
                    .map(|t| t.as_str())
                    .collect::<Vec<_>>()
                    .join("; ")
        }
    }
}

#[test]
fn a_pod_fits_where_enough_is_free() {
    let one = asks("500m", "1Gi");
    let on = node("n", "", &[&one]);
    let full = node("n", "", &["{}", "{ }", "{  }"]);
    for (spec, at, wanted) in [
        (asks("1500m", "3Gi"), &on, ""),
        (asks("1501m", "1Gi"), &on, "Insufficient cpu"),
        (asks("1501m", "3073Mi"), &on, "Insufficient cpu; Insufficient memory"),
        (asks("2001m", "1Gi"), &on, "!Insufficient cpu"),
        ("{}".to_owned(), &full, "Too many pods"),
        (asks("3", "1Gi"), &full, "!Too many pods; Insufficient cpu"),
        (r#"{"containers": [{"resources": {"requests": {"example.com/gpu": "2"}}}]}"#.to_owned(), &on, "!Insufficient example.com/gpu"),
        // Init containers run one by one: the largest counts, not their sum.
        (r#"{"initContainers": [{"resources": {"requests": {"cpu": "1500m"}}}, {"resources": {"requests": {"cpu": "1500m"}}}],
             "containers": [{"resources": {"requests": {"cpu": "1"}}}]}"#.to_owned(), &on, ""),
        // A sidecar goes on beside them.
        (r#"{"initContainers": [{"restartPolicy": "Always", "resources": {"requests": {"cpu": "600m"}}}],
             "containers": [{"resources": {"requests": {"cpu": "1"}}}]}"#.to_owned(), &on, "Insufficient cpu"),
    ] {
        assert_eq!(says("NodeResourcesFit", &spec, at), wanted, "{spec}");
    }
}

#[test]
fn taints_keep_pods_off_that_do_not_tolerate_them() {
    let why = "!node(s) had untolerated taint(s)";
    for (taint, toleration, wanted) in [
        (
            r#"{"key": "k", "value": "v", "effect": "NoSchedule"}"#,
            "",
            why,
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "NoExecute"}"#,
            "",
            why,
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "PreferNoSchedule"}"#,
            "",
            "",
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "NoSchedule"}"#,
            r#"{"key": "k", "operator": "Equal", "value": "v"}"#,
            "",
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "NoSchedule"}"#,
            r#"{"key": "k", "value": "w"}"#,
            why,
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "NoSchedule"}"#,
            r#"{"key": "k", "operator": "Exists", "effect": "NoExecute"}"#,
            why,
        ),
        (
            r#"{"key": "k", "value": "v", "effect": "NoExecute"}"#,
            r#"{"operator": "Exists"}"#,
            "",
        ),
    ] {
        let on = node("n", &format!(r#", "spec": {{"taints": [{taint}]}}"#), &[]);
        let spec = format!(r#"{{"tolerations": [{toleration}]}}"#);
        assert_eq!(
            says("TaintToleration", &spec, &on),
            wanted,
            "{taint} {toleration}"
        );
    }
}

#[test]
fn a_port_of_a_node_is_taken_once() {
    let with = |ip: &str, protocol: &str, port: u16| {
        format!(
            r#"{{"containers": [{{"ports": [{{"hostIP": "{ip}", "protocol": "{protocol}", "hostPort": {port}, "containerPort": 1}}]}}]}}"#
        )
    };
    let taken = with("127.0.0.1", "TCP", 80);
    let on = node("n", "", &[&taken]);
    let why = "node(s) didn't have free ports for the requested pod ports";
    for (spec, wanted) in [
        (with("127.0.0.1", "TCP", 80), why),
        (with("", "TCP", 80), why),
        (with("", "", 80), why),
        (with("127.0.0.2", "TCP", 80), ""),
        (with("127.0.0.1", "UDP", 80), ""),
        (with("127.0.0.1", "TCP", 81), ""),
    ] {
        assert_eq!(says("NodePorts", &spec, &on), wanted, "{spec}");
    }
}

#[test]
fn affinity_and_selectors_choose_nodes() {
    let on = node("n", "", &[]);
    let why = "!node(s) didn't match Pod's node affinity/selector";
    let term = |inner: &str| {
        format!(
            r#"{{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [{inner}]}}}}}}}}"#
        )
    };
    let labels = |key: &str, operator: &str, values: &str| {
        term(&format!(
            r#"{{"matchExpressions": [{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}]}}"#
        ))
    };
    for (spec, wanted) in [
        (r#"{"nodeSelector": {"zone": "a"}}"#.to_owned(), ""),
        (
            r#"{"nodeSelector": {"zone": "a", "disk": "ssd"}}"#.to_owned(),
            why,
        ),
        (labels("zone", "In", r#""b", "a""#), ""),
        (labels("zone", "NotIn", r#""a""#), why),
        (labels("disk", "NotIn", r#""ssd""#), ""),
        (labels("disk", "Exists", ""), why),
        (labels("disk", "DoesNotExist", ""), ""),
        (labels("cores", "Gt", r#""3""#), ""),
        (labels("cores", "Gt", r#""4""#), why),
        (labels("zone", "Lt", r#""4""#), why),
        // Terms are alternatives; an empty one matches nothing.
        (term("{}"), why),
        (
            term(
                r#"{}, {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}"#,
            ),
            "",
        ),
    ] {
        assert_eq!(says("NodeAffinity", &spec, &on), wanted, "{spec}");
    }
}

#[test]
fn names_cordons_and_gates_are_heeded() {
    let cordoned = node("n", r#", "spec": {"unschedulable": true}"#, &[]);
    let tolerant =
        r#"{"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]}"#;
    assert_eq!(
        says("NodeUnschedulable", "{}", &cordoned),
        "!node(s) were unschedulable"
    );
    assert_eq!(says("NodeUnschedulable", tolerant, &cordoned), "");
    assert_eq!(
        says("NodeName", r#"{"nodeName": "m"}"#, &cordoned),
        "!node(s) didn't match the requested node name"
    );
    assert_eq!(says("NodeName", r#"{"nodeName": "n"}"#, &cordoned), "");
    let gated = object(r#"{"spec": {"schedulingGates": [{"name": "a"}, {"name": "b"}]}}"#);
    let refusal = plugin("SchedulingGates")
        .pre_enqueue(&gated)
        .expect_err("it is gated");
    assert_eq!(
        refusal.reasons[0].as_str(),
        "waiting for scheduling gates: [a b]"
    );
    assert!(
        plugin("SchedulingGates")
            .pre_enqueue(&object(r#"{"spec": {}}"#))
            .is_ok()
    );
}

#[test]
fn scores_prefer_what_upstream_prefers() {
    let idle = node("idle", "", &[]);
    let half = node("half", "", &[&asks("1", "2Gi")]);
    let lopsided = node("lopsided", "", &[&asks("1", "0")]);
    let soft = node(
        "soft",
        r#", "spec": {"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}"#,
        &[],
    );
    let nodes = [idle.clone(), half.clone(), lopsided.clone(), soft.clone()];
    let score = |name: &str, spec: &str, on: &NodeInfo| {
        let pod = pod(spec);
        let state = CycleState::new(&pod, &nodes, false);
        let p = plugin(name);
        p.pre_score(&state, &nodes).then(|| p.score(&state, on))
    };
    let nothing = r#"{"containers": [{"name": "c", "image": "x"}]}"#;
    // A container without requests counts as 100m and 200Mi.
    assert_eq!(score("NodeResourcesFit", nothing, &idle), Some(95));
    assert_eq!(
        score("NodeResourcesFit", nothing, &half),
        Some((45 + 45) / 2)
    );
    assert_eq!(
        score("NodeResourcesFit", &asks("1", "2Gi"), &idle),
        Some(50)
    );
    assert_eq!(
        score("NodeResourcesBalancedAllocation", nothing, &idle),
        None
    );
    assert_eq!(
        score("NodeResourcesBalancedAllocation", &asks("1", "2Gi"), &idle),
        Some(100)
    );
    assert_eq!(
        score(
            "NodeResourcesBalancedAllocation",
            &asks("1", "2Gi"),
            &lopsided
        ),
        Some(75)
    );
    assert_eq!(score("TaintToleration", nothing, &soft), Some(1));
    assert_eq!(
        score(
            "TaintToleration",
            r#"{"tolerations": [{"operator": "Exists"}]}"#,
            &soft
        ),
        Some(0)
    );
    // 500 MiB that every node has, of at most 1000 MiB, above 23.
    let nginx = r#"{"containers": [{"name": "c", "image": "nginx:1.27"}]}"#;
    assert_eq!(
        score("ImageLocality", nginx, &idle),
        Some(100 * (500 - 23) / (1000 - 23))
    );
    assert_eq!(score("ImageLocality", nothing, &idle), Some(0));
    let likes = r#"{"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 7, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}},
        {"weight": 5, "preference": {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}}]}}}"#;
    assert_eq!(score("NodeAffinity", likes, &idle), Some(7));
    assert_eq!(score("NodeAffinity", nothing, &idle), None);
}

#[test]
fn scores_are_brought_to_a_hundred() {
    for (name, raw, wanted) in [
        ("TaintToleration", [0, 1, 2], [100, 50, 0]),
        ("TaintToleration", [0, 0, 0], [100, 100, 100]),
        ("NodeAffinity", [0, 5, 20], [0, 25, 100]),
        ("NodeAffinity", [0, 0, 0], [0, 0, 0]),
    ] {
        let mut scores = raw;
        let pod = pod("{}");
        let state = CycleState::new(&pod, &[], false);
        plugin(name).normalize(&state, &[], &mut scores);
        assert_eq!(scores, wanted, "{name} {raw:?}");
    }
}
