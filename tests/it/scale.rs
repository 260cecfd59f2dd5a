//! What a Deployment costs, counted and not timed, so that the figures are the same on every machine: ten times the pods on ten
//! times the nodes may cost ten times the work, and not a hundred times.

#![allow(clippy::unwrap_used)]

use super::cluster::send;
use kubarium::api::strict::{Mode, decode_beside};
use kubarium::apimachinery::http::{Cause, ReaderId, UserInfo};
use kubarium::apimachinery::{Rng, schema};
use kubarium::client::{Cx, EventRecorder, Identity};
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::time::Duration;

/// Work done between the creation of a Deployment and its readiness.
#[derive(Debug)]
struct Cost {
    writes: u64,
    reconciles: u64,
    /// Turns of any part of the cluster.
    steps: u64,
    /// Attempts of the scheduler.
    attempts: u64,
    /// Requests that the API server answered.
    requests: u64,
    /// Pods that the Node authorizer looked at.
    looked_at: u64,
    /// How often kubelets worked out the status of a pod.
    statuses: u64,
    /// Writes of the status of a pod.
    status_writes: u64,
}

fn ready(c: &Cluster) -> usize {
    c.api()
        .peek(
            schema::resource("apps", "v1", "deployments").unwrap(),
            "default",
            "web",
        )
        .and_then(|d| d.at(&["status", "readyReplicas"]).as_i64())
        .unwrap_or(0) as usize
}

fn cost(nodes: usize, pods: usize) -> Cost {
    let mut c = Cluster::boot(ClusterConfig::with_workers(nodes));
    let counters = |c: &Cluster| {
        (
            c.api().revision(),
            c.controller_manager().reconciled(),
            c.scheduler().trace().recorded(),
            c.api().requests(),
            c.machines()
                .values()
                .map(|m| m.kubelet.statuses())
                .sum::<u64>(),
            c.api().looked_at(),
        )
    };
    let before = counters(&c);
    let deployment = tree!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": pods, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}
    });
    let path = "/apis/apps/v1/namespaces/default/deployments";
    assert_eq!(send(&mut c, "POST", path, Some(deployment)).0, 201);
    let end = c.now() + Duration::from_secs(600);
    let mut steps = 0;
    while ready(&c) < pods {
        assert!(c.step(end), "{} of {pods} ready in the end", ready(&c));
        steps += 1;
    }
    let after = counters(&c);
    Cost {
        writes: after.0 - before.0,
        reconciles: after.1 - before.1,
        steps,
        attempts: after.2 - before.2,
        requests: after.3 - before.3,
        statuses: after.4 - before.4,
        looked_at: after.5 - before.5,
        status_writes: status_writes(&c, before.0),
    }
}

fn status_writes(c: &Cluster, since: u64) -> u64 {
    let writes = c.api().audit().since(since);
    let of_pods =
        writes.filter(|e| e.object.resource == "pods" && e.object.subresource == "status");
    of_pods.count() as u64
}

#[test]
fn ten_times_the_pods_cost_ten_times_the_work() {
    let (small, large) = (cost(1, 30), cost(10, 300));
    println!("{small:?} {large:?}");
    for (what, small, large) in [
        ("writes", small.writes, large.writes),
        ("reconciles", small.reconciles, large.reconciles),
        ("turns", small.steps, large.steps),
        ("requests", small.requests, large.requests),
    ] {
        assert!(
            large <= 11 * small,
            "{what}: {small} for 30 pods, {large} for 300"
        );
    }
    // Each pod is scheduled once, and written about a bounded number of times: itself when it is created, bound, and at each step of its start, and with events.
    assert_eq!((small.attempts, large.attempts), (30, 300));
    assert!(large.writes <= 11 * 300, "{large:?}");
    // A pod's status is told three times: when the pod is accepted, when its sandbox stands, when its container runs. It is worked out
    // no more often.
    assert!(large.status_writes <= 3 * 300, "{large:?}");
    assert!(large.statuses <= 3 * 300 + 10, "{large:?}");
    // What a node may read is searched for once per node and thing, and not for every pod.
    assert!(large.looked_at <= 10 * 300, "{large:?}");
    // Beside the writes there are four reads: of the certificates that every pod mounts, and of the pod before each status.
    assert!(large.requests <= 16 * 300, "{large:?}");
}

#[test]
fn what_is_known_to_be_clean_is_not_walked_again() {
    let pod = tree!({"spec": {"nodeName": "a", "unknown": 1}, "status": {"unknown": 1}});
    let spec = pod.get("spec").as_map().unwrap().clone();
    let id = schema::kind_type("v1", "Pod").unwrap();
    let spec_type = schema::type_named("io.k8s.api.core.v1.PodSpec").unwrap();
    let decode = |known: &[_]| decode_beside(pod.clone(), id, Mode::Warn, &[], known).unwrap();
    let (value, warnings) = decode(&[]);
    assert_eq!(
        warnings,
        [
            "unknown field \"spec.unknown\"",
            "unknown field \"status.unknown\""
        ]
    );
    assert!(!value.get("spec").has("unknown"));
    let (value, warnings) = decode(&[(spec_type, spec, true)]);
    assert_eq!(warnings, ["unknown field \"status.unknown\""]);
    assert!(value.get("spec").ptr_eq(pod.get("spec")));
}

#[test]
fn a_repeated_event_is_counted_and_others_keep_their_order() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let identity = Identity {
        user: UserInfo::new("test", &["system:masters"]).into(),
        agent: "test",
        reader: ReaderId(9),
        watch_latency: Duration::ZERO,
    };
    let mut recorder = EventRecorder::new("test", "");
    let (now, mut rng) = (c.now(), Rng::new(1));
    let mut api = c.connect();
    let mut cx = Cx {
        now,
        rng: &mut rng,
        api: &mut api,
        identity: &identity,
        cause: Cause(0),
    };
    for revision in ["7", "8", "9"] {
        let pod = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "p", "namespace": "default", "uid": "u", "resourceVersion": revision}});
        recorder.event(&mut cx, &pod, "Warning", "BackOff", "again");
    }
    let other = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {
        "name": "q", "namespace": "default", "uid": "v"}});
    for i in 0..9 {
        recorder.event(&mut cx, &other, "Normal", "Told", &i.to_string());
    }
    let (_, list) = send(
        &mut c,
        "GET",
        "/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=u",
        None,
    );
    let counts: Vec<i64> = list
        .get("items")
        .items()
        .iter()
        .map(|e| e.get("count").as_i64().unwrap())
        .collect();
    assert_eq!(counts, [3]);
    let (_, list) = send(
        &mut c,
        "GET",
        "/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=v",
        None,
    );
    let told: String = list
        .get("items")
        .items()
        .iter()
        .map(|e| e.get("message").str())
        .collect();
    assert_eq!(told, "012345678");
}
