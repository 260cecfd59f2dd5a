//! What users and misfortune do in a history.

use crate::workloads;
use crate::world::{World, is};
use kubarium::apimachinery::Value;
use std::time::Duration;

/// Parts of the control plane, each a container of its own.
const PARTS: [&str; 4] = [
    "kube-scheduler",
    "kube-controller-manager",
    "kube-apiserver",
    "etcd",
];

/// Does something by chance.
pub fn any(world: &mut World) {
    match world.chance(24) {
        0..=6 => create(world),
        7..=9 => change(world),
        10 => delete_workload(world),
        11 => delete_pod(world),
        12 | 13 => evict_pod(world),
        14 | 15 => crash_container(world),
        16 | 17 => crash_part(world),
        18..=20 => disturb_node(world),
        21 => break_watches(world),
        22 => jump(world),
        _ => mark_node(world),
    }
}

fn create(world: &mut World) {
    let (path, manifest) = workloads::any(world);
    let made = world.send("POST", &path, Some(&manifest));
    // Nothing that a history writes is refused for what it says.
    if let Some((code, status)) = made {
        assert!(
            matches!(code, 201 | 409 | 403 | 404),
            "{code}: {status:?}: {manifest}"
        );
    }
}

/// An object that can be scaled, and where it is.
fn scalable(world: &mut World) -> Option<(String, Value)> {
    let mut found = Vec::new();
    for resource in ["deployments", "statefulsets", "replicasets"] {
        for o in world.all("apps", "v1", resource) {
            if matches!(o.namespace(), "default" | "team")
                && (resource != "replicasets" || o.controller_of().is_none())
            {
                found.push((
                    format!(
                        "/apis/apps/v1/namespaces/{}/{resource}/{}",
                        o.namespace(),
                        o.name()
                    ),
                    o,
                ));
            }
        }
    }
    world.pick(&found)
}

fn change(world: &mut World) {
    let Some((path, _)) = scalable(world) else {
        return;
    };
    let patch = match world.chance(3) {
        0 => format!("{{\"spec\": {{\"replicas\": {}}}}}", world.chance(6)),
        1 if path.contains("/deployments/") => {
            format!("{{\"spec\": {{\"paused\": {}}}}}", world.chance(2) == 0)
        }
        _ if path.contains("/replicasets/") => "{\"spec\": {\"replicas\": 1}}".to_owned(),
        _ => format!(
            "{{\"spec\": {{\"template\": {{\"metadata\": {{\"annotations\": {{\"turn\": \"{}\"}}}}}}}}}}",
            world.chance(5)
        ),
    };
    world.send("PATCH", &path, Some(&patch));
}

fn delete_workload(world: &mut World) {
    let policy = ["Background", "Foreground", "Orphan"][world.chance(3)];
    let target = match world.chance(8) {
        0 => Some("/api/v1/namespaces/team".to_owned()),
        1 => world.all("batch", "v1", "jobs").first().map(|j| {
            format!(
                "/apis/batch/v1/namespaces/{}/jobs/{}",
                j.namespace(),
                j.name()
            )
        }),
        2 => Some("/apis/apps/v1/namespaces/default/daemonsets/agent".to_owned()),
        _ => scalable(world).map(|(path, _)| path),
    };
    if let Some(path) = target {
        world.send(
            "DELETE",
            &path,
            Some(&format!("{{\"propagationPolicy\": \"{policy}\"}}")),
        );
    }
}

fn users_pod(world: &mut World) -> Option<Value> {
    let pods: Vec<Value> = world
        .pods()
        .into_iter()
        .filter(|p| p.namespace() != "kube-system")
        .collect();
    world.pick(&pods)
}

fn path_of(pod: &Value) -> String {
    format!("/api/v1/namespaces/{}/pods/{}", pod.namespace(), pod.name())
}

fn delete_pod(world: &mut World) {
    let Some(pod) = users_pod(world) else { return };
    world.send("DELETE", &path_of(&pod), None);
}

/// Evicts a pod; a budget that allows nothing must not let a healthy one go.
fn evict_pod(world: &mut World) {
    let Some(pod) = users_pod(world) else { return };
    let budgets: Vec<Value> = world
        .all("policy", "v1", "poddisruptionbudgets")
        .into_iter()
        .filter(|b| {
            b.namespace() == pod.namespace()
                && pod.label("app") == b.at(&["spec", "selector", "matchLabels", "app"]).as_str()
        })
        .collect();
    let body = format!(
        "{{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {{\"name\": \"{}\", \"namespace\": \"{}\"}}}}",
        pod.name(),
        pod.namespace()
    );
    let answer = world.send("POST", &format!("{}/eviction", path_of(&pod)), Some(&body));
    let healthy = is(&pod, "Ready") && !pod.is_terminating();
    for budget in budgets.iter().filter(|_| healthy) {
        let allowed = budget
            .at(&["status", "disruptionsAllowed"])
            .as_i64()
            .unwrap_or(0);
        let evicted = answer.as_ref().is_some_and(|(code, _)| *code == 201);
        assert!(
            !evicted || allowed > 0,
            "evicted {} though {} allows none",
            pod.key(),
            budget.key()
        );
    }
}

fn crash_container(world: &mut World) {
    let running: Vec<(String, String, String)> = world
        .cluster
        .machines()
        .values()
        .flat_map(|m| m.kubelet.running_containers())
        .filter(|(ns, ..)| *ns != "kube-system")
        .map(|(ns, pod, c, _)| (ns.to_owned(), pod.to_owned(), c.to_owned()))
        .collect();
    if let Some((ns, pod, c)) = world.pick(&running) {
        world.tell(|| format!("crash {ns}/{pod} {c}"));
        world.cluster.crash_container(&ns, &pod, &c);
    }
}

fn crash_part(world: &mut World) {
    let part = PARTS[world.chance(PARTS.len())];
    world.tell(|| format!("crash {part}"));
    world
        .cluster
        .crash_container("kube-system", &format!("{part}-control-plane"), part);
}

fn worker(world: &mut World) -> String {
    format!("worker-{}", 1 + world.chance(3))
}

fn disturb_node(world: &mut World) {
    let node = worker(world);
    match world.chance(5) {
        0 | 1 => {
            world.tell(|| format!("stop {node}"));
            world.cluster.stop_machine(&node);
        }
        2 => {
            world.tell(|| format!("start {node}"));
            world.cluster.start_machine(&node);
        }
        3 => {
            world.tell(|| format!("cut {node}"));
            world.cluster.set_cut(&node, true);
        }
        _ => {
            world.tell(|| format!("mend {node}"));
            world.cluster.set_cut(&node, false);
        }
    }
}

fn mark_node(world: &mut World) {
    let path = format!("/api/v1/nodes/{}", worker(world));
    let patch = format!(
        "{{\"spec\": {{\"unschedulable\": {}}}}}",
        world.chance(2) == 0
    );
    world.send("PATCH", &path, Some(&patch));
}

fn break_watches(world: &mut World) {
    world.tell(|| "break watches".to_owned());
    let mut rng = world.rng.fork();
    world.cluster.break_watches(|_| rng.below(2) == 0);
}

fn jump(world: &mut World) {
    let most = [2, 60, 1_000][world.chance(3)];
    let seconds = 1 + world.chance(most) as u64;
    world.tell(|| format!("jump {seconds}s"));
    world
        .cluster
        .jump_to(world.cluster.now() + Duration::from_secs(seconds));
}

/// Ends all faults.
pub fn heal(world: &mut World) {
    world.tell(|| "heal".to_owned());
    for name in world.cluster.machines().keys().cloned().collect::<Vec<_>>() {
        world.cluster.start_machine(&name);
        world.cluster.set_cut(&name, false);
    }
}
