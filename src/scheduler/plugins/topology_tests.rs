//! Tables of what PodTopologySpread and InterPodAffinity say of nodes n1 and n2 in zone a, n3 in zone b, n4 in none.

use super::DEFAULT_PLUGINS;
use crate::apimachinery::{Rng, Value};
use crate::scheduler::equivalence::Equivalence;
use crate::scheduler::framework::CycleState;
use crate::scheduler::listers::{Lister, Listers};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use crate::scheduler::schedule_one::{Found, Nominated, schedule_pod};
use std::sync::Arc;

/// A pod: labels and fields of its specification.
type Pod<'a> = (&'a str, &'a str);

fn pod(uid: &str, (labels, spec): Pod<'_>) -> Arc<PodInfo> {
    let json = format!(
        r#"{{"metadata": {{"name": "{uid}", "namespace": "d", "uid": "{uid}", "labels": {{{labels}}}}}, "spec": {{{spec}}}}}"#
    );
    let value = Value::from_json(json.as_bytes()).expect("the table is JSON");
    Arc::new(PodInfo::new(&value))
}

fn node(name: &str, zone: &str, pods: &[(&str, Pod<'_>)]) -> Arc<NodeInfo> {
    let zone = if zone.is_empty() {
        String::new()
    } else {
        format!(r#", "zone": "{zone}""#)
    };
    let json = format!(
        r#"{{"metadata": {{"name": "{name}", "labels": {{"kubernetes.io/hostname": "{name}"{zone}}}}},
            "status": {{"allocatable": {{"cpu": "2", "memory": "4Gi", "pods": "9"}}}}}}"#
    );
    let mut info = NodeInfo::new(&Value::from_json(json.as_bytes()).expect("JSON"));
    for (i, (_, p)) in pods.iter().filter(|(on, _)| *on == name).enumerate() {
        info.add_pod(pod(&format!("{name}-{i}"), *p));
    }
    Arc::new(info)
}

fn seek(incoming: Pod<'_>, pods: &[(&str, Pod<'_>)]) -> Found {
    seek_among(incoming, pods, None)
}

fn seek_among(incoming: Pod<'_>, pods: &[(&str, Pod<'_>)], listers: Option<&Listers>) -> Found {
    let zones = [("n1", "a"), ("n2", "a"), ("n3", "b"), ("n4", "")];
    let nodes: Vec<_> = zones.iter().map(|(n, z)| node(n, z, pods)).collect();
    let any = nodes.iter().any(|n| n.with_affinity > 0);
    let incoming = pod("incoming", incoming);
    let mut state = CycleState::new(&incoming, &nodes, any);
    state.listers = listers;
    schedule_pod(
        DEFAULT_PLUGINS,
        &state,
        &mut Equivalence::default(),
        &Nominated::new(),
        0,
        &mut Rng::new(1),
    )
}

/// Which nodes fit, and the last words of why the others do not.
fn says(incoming: Pod<'_>, pods: &[(&str, Pod<'_>)]) -> String {
    let found = seek(incoming, pods);
    let word = |n: &str| match found.refusals.get(n) {
        None => "fits".to_owned(),
        Some(r) => {
            let why = r.reasons[0].to_string();
            why.rsplit("match pod ").next().unwrap_or(&why).to_owned()
        }
    };
    ["n1", "n2", "n3", "n4"].map(word).join("|")
}

const A: &str = r#""app": "a""#;
const SELECTS: &str = r#""labelSelector": {"matchLabels": {"app": "a"}}"#;

fn spread(rest: &str) -> String {
    format!(r#""topologySpreadConstraints": [{{{SELECTS}, {rest}}}]"#)
}

fn near(kind: &str, key: &str) -> String {
    format!(
        r#""affinity": {{"{kind}": {{"requiredDuringSchedulingIgnoredDuringExecution": [{{{SELECTS}, "topologyKey": "{key}"}}]}}}}"#
    )
}

#[test]
fn hard_constraints_bound_the_skew() {
    let zones = r#""maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule""#;
    let missing = "topology spread constraints (missing required label)";
    let skewed = "topology spread constraints";
    let one: &[(&str, Pod<'_>)] = &[("n1", (A, ""))];
    let two: &[(&str, Pod<'_>)] = &[("n1", (A, "")), ("n3", (A, ""))];
    for (labels, spec, pods, wanted) in [
        (
            A,
            spread(zones),
            &[][..],
            format!("fits|fits|fits|{missing}"),
        ),
        (
            A,
            spread(zones),
            one,
            format!("{skewed}|{skewed}|fits|{missing}"),
        ),
        // A pod that is not selected itself adds nothing to the skew.
        ("", spread(zones), one, format!("fits|fits|fits|{missing}")),
        (A, spread(zones), two, format!("fits|fits|fits|{missing}")),
        // Too few zones: the least counts as nothing.
        (
            A,
            spread(&format!(r#"{zones}, "minDomains": 3"#)),
            two,
            format!("{skewed}|{skewed}|{skewed}|{missing}"),
        ),
        // Nodes the pod may not be on do not count, unless told so.
        (
            A,
            format!(r#"{}, "nodeSelector": {{"zone": "a"}}"#, spread(zones)),
            one,
            "fits|fits|Pod's|Pod's".to_owned(),
        ),
        (
            A,
            format!(
                r#"{}, "nodeSelector": {{"zone": "a"}}"#,
                spread(&format!(r#"{zones}, "nodeAffinityPolicy": "Ignore""#))
            ),
            one,
            format!("{skewed}|{skewed}|Pod's|Pod's"),
        ),
        (
            r#""app": "a", "v": "2""#,
            spread(&format!(r#"{zones}, "matchLabelKeys": ["v"]"#)),
            one,
            format!("fits|fits|fits|{missing}"),
        ),
    ] {
        let said = says((labels, &spec), pods)
            .replace("node(s) didn't match Pod's node affinity/selector", "Pod's");
        assert_eq!(said, wanted, "{labels} {spec}");
    }
}

#[test]
fn affinity_between_pods_decides() {
    let (rules, anti) = ("affinity rules", "anti-affinity rules");
    let existing = "node(s) didn't satisfy existing pods anti-affinity rules";
    let there: &[(&str, Pod<'_>)] = &[("n1", (A, ""))];
    let averse = near("podAntiAffinity", "zone");
    let repelling: &[(&str, Pod<'_>)] = &[("n3", ("", &averse))];
    let (zone, host) = (
        near("podAffinity", "zone"),
        near("podAntiAffinity", "kubernetes.io/hostname"),
    );
    for (labels, spec, pods, wanted) in [
        ("", "", there, "fits|fits|fits|fits".to_owned()),
        ("", &*zone, there, format!("fits|fits|{rules}|{rules}")),
        // The first of a group goes anywhere that has the label; a stranger nowhere.
        (A, &*zone, &[][..], format!("fits|fits|fits|{rules}")),
        (
            "",
            &*zone,
            &[][..],
            format!("{rules}|{rules}|{rules}|{rules}"),
        ),
        ("", &*host, there, format!("{anti}|fits|fits|fits")),
        ("", &*averse, there, format!("{anti}|{anti}|fits|fits")),
        (A, "", repelling, format!("fits|fits|{existing}|fits")),
        ("", "", repelling, "fits|fits|fits|fits".to_owned()),
    ] {
        assert_eq!(says((labels, spec), pods), wanted, "{labels} {spec}");
    }
}

#[test]
fn preferences_are_scored() {
    let score = |plugin: &str, incoming: Pod<'_>, pods: &[(&str, Pod<'_>)]| {
        let found = seek(incoming, pods);
        let of = |v: &crate::scheduler::trace::NodeVerdict| {
            let own = found.scores.iter().find(|s| s.plugin == plugin);
            own.map_or(-1, |s| s.normalized[v.place])
        };
        found.verdicts.iter().map(of).collect::<Vec<_>>()
    };
    let soft =
        spread(r#""maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway""#);
    let there: &[(&str, Pod<'_>)] = &[("n1", (A, ""))];
    assert_eq!(
        score("PodTopologySpread", (A, &soft), there),
        [0, 0, 100, 0]
    );
    assert_eq!(score("PodTopologySpread", (A, ""), there), [-1, -1, -1, -1]);
    let likes = |kind: &str| {
        format!(
            r#""affinity": {{"{kind}": {{"preferredDuringSchedulingIgnoredDuringExecution": [{{"weight": 5, "podAffinityTerm": {{{SELECTS}, "topologyKey": "zone"}}}}]}}}}"#
        )
    };
    assert_eq!(
        score("InterPodAffinity", ("", &likes("podAffinity")), there),
        [100, 100, 0, 0]
    );
    assert_eq!(
        score("InterPodAffinity", ("", &likes("podAntiAffinity")), there),
        [0, 0, 100, 100]
    );
    // A pod that requires the incoming one near draws it with weight 1.
    let zone = near("podAffinity", "zone");
    assert_eq!(
        score("InterPodAffinity", (A, ""), &[("n3", ("", &zone))]),
        [0, 0, 100, 0]
    );
}

#[test]
fn pods_of_a_service_or_controller_spread_by_themselves() {
    let object = |kind: &str, selector: &str| {
        let json = format!(
            r#"{{"kind": "{kind}", "metadata": {{"name": "x", "namespace": "d"}}, "spec": {{"selector": {selector}}}}}"#
        );
        Value::from_json(json.as_bytes()).expect("JSON")
    };
    let pods = [
        ("n1", (A, "")),
        ("n1", (A, "")),
        ("n2", (r#""app": "b""#, "")),
    ];
    let scores = |incoming: Pod<'_>, listers: &Listers| {
        let found = seek_among(incoming, &pods, Some(listers));
        let of = |name: &str| {
            let verdict = found.verdicts.iter().find(|v| v.node.as_str() == name)?;
            let mut scores = found.scores.iter();
            scores
                .find(|s| s.plugin == "PodTopologySpread")
                .map(|s| s.normalized[verdict.place])
        };
        ["n1", "n2", "n3"].map(of)
    };
    let mut services = Listers::default();
    services.put(Lister::Services, object("Service", r#"{"app": "a"}"#));
    assert_eq!(scores((A, ""), &services), [Some(33), Some(100), Some(100)]);
    assert_eq!(scores((r#""app": "c""#, ""), &services), [None, None, None]);
    let own =
        spread(r#""maxSkew": 9, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule""#);
    assert_eq!(scores((A, &own), &services), [None, None, None]);
    // A replica set counts for the pods it owns only.
    let mut sets = Listers::default();
    sets.put(
        Lister::ReplicaSets,
        object("ReplicaSet", r#"{"matchLabels": {"app": "a"}}"#),
    );
    assert_eq!(scores((A, ""), &sets), [None, None, None]);
}
