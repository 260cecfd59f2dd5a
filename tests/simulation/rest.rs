//! What the cluster comes to once nothing breaks any more.

use crate::always::{allocatable, requests};
use crate::world::{World, def, is, is_over};
use kubarium::apimachinery::{Selector, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Simulated minutes that healing may take: back-offs last up to five, tolerations too, one after the other.
const PATIENCE_MINUTES: usize = 30;
/// How long the cluster is watched at rest, in milliseconds.
const REST: u64 = 60_000;

/// Waits until all is as it was asked for; what still is not when patience ends.
pub fn settle(world: &mut World) -> Result<(), String> {
    let mut complaint = String::new();
    for _ in 0..PATIENCE_MINUTES * 2 {
        world.pass(30_000)?;
        make_schedulable(world);
        match all_is_well(world) {
            Ok(()) => {
                world.tell(|| "at rest".to_owned());
                return stays_at_rest(world);
            }
            Err(why) => {
                world.tell(|| why.clone());
                complaint = why;
            }
        }
    }
    Err(format!("after {PATIENCE_MINUTES} minutes: {complaint}"))
}

/// Lifts cordons and pauses, which are wishes and no faults.
fn make_schedulable(world: &mut World) {
    for node in world.all("", "v1", "nodes") {
        if node.at(&["spec", "unschedulable"]).as_bool() == Some(true) {
            world.send(
                "PATCH",
                &format!("/api/v1/nodes/{}", node.name()),
                Some("{\"spec\": {\"unschedulable\": null}}"),
            );
        }
    }
    for d in world.all("apps", "v1", "deployments") {
        if d.at(&["spec", "paused"]).as_bool() == Some(true) {
            let path = format!(
                "/apis/apps/v1/namespaces/{}/deployments/{}",
                d.namespace(),
                d.name()
            );
            world.send("PATCH", &path, Some("{\"spec\": {\"paused\": false}}"));
        }
    }
}

fn all_is_well(world: &World) -> Result<(), String> {
    let pods = world.pods();
    nodes_are_ready(world)?;
    nothing_is_going(world, &pods)?;
    nothing_is_orphaned(world)?;
    pods_run_where_they_are_bound(world, &pods)?;
    who_waits_has_no_room(world, &pods)?;
    for d in world.all("apps", "v1", "deployments") {
        deployment_is_done(world, &d, &pods)?;
    }
    for s in world.all("apps", "v1", "statefulsets") {
        stateful_set_is_done(&s, &pods)?;
    }
    for d in world.all("apps", "v1", "daemonsets") {
        daemon_set_is_done(&d, &pods)?;
    }
    for r in world.all("apps", "v1", "replicasets") {
        let have = count(&pods, &r, |p| !is_over(p));
        expect(&r, "pods", have, number(&r, &["spec", "replicas"]))?;
        expect(
            &r,
            "status.replicas",
            number(&r, &["status", "replicas"]),
            have,
        )?;
    }
    for j in world.all("batch", "v1", "jobs") {
        job_is_done(&j, &pods)?;
    }
    for s in world.all("", "v1", "services") {
        endpoints_are_the_ready_pods(world, &s, &pods)?;
    }
    for b in world.all("policy", "v1", "poddisruptionbudgets") {
        let selector = Selector::from_label_selector(b.at(&["spec", "selector"]))
            .map_err(|e| format!("{e:?}"))?;
        let healthy = pods.iter().filter(|p| {
            p.namespace() == b.namespace() && selector.matches_object(p) && is(p, "Ready")
        });
        expect(
            &b,
            "currentHealthy",
            number(&b, &["status", "currentHealthy"]),
            healthy.count() as i64,
        )?;
    }
    Ok(())
}

fn number(o: &Value, path: &[&str]) -> i64 {
    o.at(path).as_i64().unwrap_or(0)
}

fn expect(o: &Value, what: &str, is: i64, wanted: i64) -> Result<(), String> {
    if is == wanted {
        Ok(())
    } else {
        Err(format!("{}: {what} is {is}, not {wanted}", o.key()))
    }
}

/// How many of an owner's pods there are.
fn count(pods: &[Value], owner: &Value, which: impl Fn(&Value) -> bool) -> i64 {
    pods.iter()
        .filter(|p| p.is_controlled_by(owner) && which(p))
        .count() as i64
}

fn waits(pod: &Value) -> bool {
    pod.at(&["spec", "nodeName"]).str().is_empty()
}

fn nodes_are_ready(world: &World) -> Result<(), String> {
    for (name, up) in [
        ("kube-apiserver", world.cluster.is_api_up()),
        (
            "kube-controller-manager",
            world.cluster.is_controller_manager_up(),
        ),
        ("kube-scheduler", world.cluster.is_scheduler_up()),
    ] {
        if !up {
            return Err(format!("{name} does not run"));
        }
    }
    let nodes = world.all("", "v1", "nodes");
    for node in &nodes {
        let taint = node
            .at(&["spec", "taints"])
            .items()
            .iter()
            .find(|t| t.get("key").str().starts_with("node.kubernetes.io/"));
        if !is(node, "Ready") || taint.is_some() {
            return Err(format!("{} is not ready: {taint:?}", node.name()));
        }
    }
    if nodes.len() == world.cluster.machines().len() {
        Ok(())
    } else {
        Err(format!("{} nodes", nodes.len()))
    }
}

fn nothing_is_going(world: &World, pods: &[Value]) -> Result<(), String> {
    if let Some(pod) = pods.iter().find(|p| p.is_terminating()) {
        return Err(format!("{} is still being deleted", pod.key()));
    }
    for (group, resource) in [
        ("", "namespaces"),
        ("apps", "deployments"),
        ("apps", "replicasets"),
        ("apps", "statefulsets"),
        ("apps", "daemonsets"),
        ("batch", "jobs"),
    ] {
        if let Some(o) = world
            .all(group, "v1", resource)
            .iter()
            .find(|o| o.is_terminating())
        {
            return Err(format!("{resource} {} is still being deleted", o.key()));
        }
    }
    let namespaces: BTreeSet<String> = world
        .all("", "v1", "namespaces")
        .iter()
        .map(|n| n.name().to_owned())
        .collect();
    match pods.iter().find(|p| !namespaces.contains(p.namespace())) {
        Some(pod) => Err(format!("{} is in a namespace that is gone", pod.key())),
        None => Ok(()),
    }
}

fn nothing_is_orphaned(world: &World) -> Result<(), String> {
    let owned = [
        ("", "pods"),
        ("apps", "replicasets"),
        ("apps", "controllerrevisions"),
        ("discovery.k8s.io", "endpointslices"),
    ];
    let owners = [
        ("", "nodes"),
        ("", "services"),
        ("apps", "replicasets"),
        ("apps", "deployments"),
        ("apps", "statefulsets"),
        ("apps", "daemonsets"),
        ("batch", "jobs"),
    ];
    let alive: BTreeSet<String> = owners
        .iter()
        .flat_map(|(g, r)| world.all(g, "v1", r))
        .map(|o| o.uid().to_owned())
        .collect();
    for (group, resource) in owned {
        for o in world.all(group, "v1", resource) {
            let owner = o
                .owner_references()
                .iter()
                .find(|r| !alive.contains(r.get("uid").str()));
            if let Some(owner) = owner {
                return Err(format!(
                    "{resource} {} outlives its owner {} {}",
                    o.key(),
                    owner.kind(),
                    owner.get("name").str()
                ));
            }
        }
    }
    Ok(())
}

/// Every bound pod runs on its node and is ready; nothing else runs anywhere.
fn pods_run_where_they_are_bound(world: &World, pods: &[Value]) -> Result<(), String> {
    let mut running: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (name, machine) in world.cluster.machines() {
        for (ns, pod, ..) in machine.kubelet.running_containers() {
            running.insert((ns, pod), name);
        }
    }
    for pod in pods.iter().filter(|p| !waits(p) && !is_over(p)) {
        if running.get(&(pod.namespace(), pod.name())).copied()
            != pod.at(&["spec", "nodeName"]).as_str()
        {
            return Err(format!(
                "{} does not run on {}",
                pod.key(),
                pod.at(&["spec", "nodeName"]).str()
            ));
        }
        if !is(pod, "Ready") {
            return Err(format!(
                "{} is not ready: {}",
                pod.key(),
                pod.at(&["status", "containerStatuses"]).to_json()
            ));
        }
    }
    for ((ns, name), node) in running {
        if !pods
            .iter()
            .any(|p| p.namespace() == ns && p.name() == name && !is_over(p))
        {
            return Err(format!(
                "{ns}/{name} runs on {node} though there is no such pod"
            ));
        }
    }
    Ok(())
}

/// A pod waits only while no node has room for it.
fn who_waits_has_no_room(world: &World, pods: &[Value]) -> Result<(), String> {
    for pod in pods.iter().filter(|p| waits(p) && !is_over(p)) {
        let (cpu, memory) = requests(pod);
        for node in world.all("", "v1", "nodes") {
            if node
                .at(&["spec", "taints"])
                .items()
                .iter()
                .any(|t| t.get("effect") == &"NoSchedule")
            {
                continue;
            }
            let mut free = allocatable(&node);
            for other in pods
                .iter()
                .filter(|p| p.at(&["spec", "nodeName"]) == &node.name() && !is_over(p))
            {
                let (cpu, memory) = requests(other);
                free = (free.0 - cpu, free.1 - memory, free.2 - 1);
            }
            if pod
                .at(&["metadata", "ownerReferences"])
                .items()
                .iter()
                .any(|o| o.kind() == "DaemonSet")
            {
                continue;
            }
            if cpu <= free.0 && memory <= free.1 && free.2 > 0 {
                return Err(format!(
                    "{} waits though {} has {free:?} free",
                    pod.key(),
                    node.name()
                ));
            }
        }
    }
    Ok(())
}

fn deployment_is_done(world: &World, d: &Value, pods: &[Value]) -> Result<(), String> {
    let wanted = number(d, &["spec", "replicas"]);
    let sets: Vec<Value> = world
        .all("apps", "v1", "replicasets")
        .into_iter()
        .filter(|r| r.is_controlled_by(d))
        .collect();
    let active: Vec<&Value> = sets
        .iter()
        .filter(|r| number(r, &["spec", "replicas"]) > 0)
        .collect();
    let waiting = pods
        .iter()
        .any(|p| waits(p) && sets.iter().any(|r| p.is_controlled_by(r)));
    expect(
        d,
        "observedGeneration",
        number(d, &["status", "observedGeneration"]),
        d.generation(),
    )?;
    if waiting {
        // Without room a rollout stops where it is.
        return Ok(());
    }
    expect(
        d,
        "status.replicas",
        number(d, &["status", "replicas"]),
        wanted,
    )?;
    expect(
        d,
        "updatedReplicas",
        number(d, &["status", "updatedReplicas"]),
        wanted,
    )?;
    expect(
        d,
        "readyReplicas",
        number(d, &["status", "readyReplicas"]),
        wanted,
    )?;
    expect(
        d,
        "availableReplicas",
        number(d, &["status", "availableReplicas"]),
        wanted,
    )?;
    expect(
        d,
        "ReplicaSets with pods",
        active.len() as i64,
        i64::from(wanted > 0),
    )?;
    let have = active.iter().map(|r| count(pods, r, |p| !is_over(p))).sum();
    expect(d, "pods", have, wanted)
}

fn stateful_set_is_done(s: &Value, pods: &[Value]) -> Result<(), String> {
    let wanted = number(s, &["spec", "replicas"]);
    let names: BTreeSet<&str> = pods
        .iter()
        .filter(|p| p.is_controlled_by(s))
        .map(|p| p.name())
        .collect();
    if pods.iter().any(|p| waits(p) && p.is_controlled_by(s)) {
        return Ok(());
    }
    let ordinals: BTreeSet<String> = (0..wanted).map(|i| format!("{}-{i}", s.name())).collect();
    if !names
        .iter()
        .copied()
        .eq(ordinals.iter().map(String::as_str))
    {
        return Err(format!("{} has {names:?}, not {ordinals:?}", s.key()));
    }
    let update = s.at(&["status", "updateRevision"]).str();
    if let Some(old) = pods
        .iter()
        .find(|p| p.is_controlled_by(s) && p.label("controller-revision-hash") != Some(update))
    {
        return Err(format!("{} is not of revision {update}", old.key()));
    }
    expect(
        s,
        "readyReplicas",
        number(s, &["status", "readyReplicas"]),
        wanted,
    )
}

fn daemon_set_is_done(d: &Value, pods: &[Value]) -> Result<(), String> {
    let mut nodes: Vec<&str> = pods
        .iter()
        .filter(|p| p.is_controlled_by(d) && !is_over(p) && !waits(p))
        .map(|p| p.at(&["spec", "nodeName"]).str())
        .collect();
    nodes.sort_unstable();
    let all = nodes.len();
    nodes.dedup();
    expect(
        d,
        "pods on nodes of their own",
        nodes.len() as i64,
        all as i64,
    )?;
    if pods.iter().any(|p| waits(p) && p.is_controlled_by(d)) {
        return Ok(());
    }
    let wanted = number(d, &["status", "desiredNumberScheduled"]);
    expect(d, "pods", all as i64, wanted)?;
    expect(
        d,
        "desired",
        wanted,
        if d.namespace() == "kube-system" { 4 } else { 3 },
    )?;
    expect(
        d,
        "numberReady",
        number(d, &["status", "numberReady"]),
        wanted,
    )
}

fn job_is_done(j: &Value, pods: &[Value]) -> Result<(), String> {
    if pods.iter().any(|p| waits(p) && p.is_controlled_by(j)) {
        return Ok(());
    }
    let (complete, failed) = (is(j, "Complete"), is(j, "Failed"));
    if complete == failed {
        return Err(format!(
            "{} is neither complete nor failed, or both: {}",
            j.key(),
            j.get("status").to_json()
        ));
    }
    expect(j, "active", number(j, &["status", "active"]), 0)?;
    expect(j, "active pods", count(pods, j, |p| !is_over(p)), 0)?;
    if complete {
        expect(
            j,
            "succeeded",
            number(j, &["status", "succeeded"]),
            number(j, &["spec", "completions"]),
        )?;
    }
    match j.at(&["status", "uncountedTerminatedPods"]) {
        u if !u.get("succeeded").items().is_empty() || !u.get("failed").items().is_empty() => {
            Err(format!("{} has uncounted pods", j.key()))
        }
        _ => Ok(()),
    }
}

fn endpoints_are_the_ready_pods(world: &World, s: &Value, pods: &[Value]) -> Result<(), String> {
    let selector = s.at(&["spec", "selector"]);
    if selector.is_empty() {
        return Ok(());
    }
    let chosen = |p: &Value| selector.fields().all(|(k, v)| p.label(k) == v.as_str());
    let ready: BTreeSet<String> = pods
        .iter()
        .filter(|p| {
            p.namespace() == s.namespace() && chosen(p) && is(p, "Ready") && !p.is_terminating()
        })
        .map(|p| p.at(&["status", "podIP"]).str().to_owned())
        .collect();
    let sliced: BTreeSet<String> = world
        .all("discovery.k8s.io", "v1", "endpointslices")
        .iter()
        .filter(|e| {
            e.namespace() == s.namespace()
                && e.label("kubernetes.io/service-name") == Some(s.name())
        })
        .flat_map(|e| e.get("endpoints").items().to_vec())
        .filter(|e| e.at(&["conditions", "ready"]).as_bool() == Some(true))
        .flat_map(|e| e.get("addresses").items().to_vec())
        .map(|a| a.str().to_owned())
        .collect();
    let endpoints: BTreeSet<String> = world
        .cluster
        .api()
        .peek(def("", "v1", "endpoints"), s.namespace(), s.name())
        .map(|e| e.get("subsets").items().to_vec())
        .unwrap_or_default()
        .iter()
        .flat_map(|subset| subset.get("addresses").items().to_vec())
        .map(|a| a.get("ip").str().to_owned())
        .collect();
    if sliced != ready || endpoints != ready {
        return Err(format!(
            "{} has the ready pods {ready:?}, slices list {sliced:?}, Endpoints {endpoints:?}",
            s.key()
        ));
    }
    Ok(())
}

/// At rest only heartbeats are written.
fn stays_at_rest(world: &mut World) -> Result<(), String> {
    world.pass(REST)?;
    let from = world.cluster.api().revision();
    world.pass(REST)?;
    all_is_well(world)?;
    let stray = world.cluster.api().audit().since(from).find(|e| {
        let heartbeat = e.object.resource == "leases"
            || e.object.resource == "nodes" && e.object.subresource == "status";
        !heartbeat && e.object.resource != "events"
    });
    match stray {
        Some(e) => Err(format!(
            "at rest {} does {} {} {}/{}",
            e.user, e.verb, e.object.resource, e.object.namespace, e.object.name
        )),
        None => Ok(()),
    }
}
