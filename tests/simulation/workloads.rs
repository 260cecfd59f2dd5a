//! The manifests of a history. All of them can come up: what they need is there once the faults are over.

use crate::world::World;

const NAMESPACES: [&str; 2] = ["default", "team"];

/// One of the namespaces of a history.
pub fn namespace(world: &mut World) -> &'static str {
    NAMESPACES[world.chance(2)]
}

fn container(world: &mut World) -> String {
    let image = match world.chance(4) {
        0 => {
            r#""image": "nginx:1.27", "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 3}"#
        }
        1 => {
            r#""image": "redis:7", "livenessProbe": {"tcpSocket": {"port": 6379}, "periodSeconds": 5}"#
        }
        2 => {
            r#""image": "busybox:1.36", "command": ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"]"#
        }
        _ => r#""image": "registry.k8s.io/pause:3.10""#,
    };
    let requests = match world.chance(4) {
        0 => r#", "resources": {"requests": {"cpu": "1200m", "memory": "1Gi"}}"#,
        1 => r#", "resources": {"requests": {"cpu": "300m"}, "limits": {"memory": "256Mi"}}"#,
        _ => "",
    };
    format!("{{\"name\": \"c\", {image}{requests}}}")
}

fn pod_spec(world: &mut World) -> String {
    let init = match world.chance(4) {
        0 => {
            r#""initContainers": [{"name": "i", "image": "busybox:1.36", "command": ["sleep", "1"]}], "#
        }
        1 => {
            r#""initContainers": [{"name": "s", "image": "registry.k8s.io/pause:3.10", "restartPolicy": "Always"}], "#
        }
        _ => "",
    };
    let priority = match world.chance(4) {
        0 => r#""priorityClassName": "system-cluster-critical", "#,
        _ => "",
    };
    // An eviction after five minutes is too slow for a history.
    let tolerations = match world.chance(2) {
        0 => {
            r#""tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}, {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}], "#
        }
        _ => "",
    };
    let grace = world.chance(12);
    format!(
        "{{{init}{priority}{tolerations}\"terminationGracePeriodSeconds\": {grace}, \"containers\": [{}]}}",
        container(world)
    )
}

fn template(world: &mut World, app: &str) -> String {
    format!(
        "\"selector\": {{\"matchLabels\": {{\"app\": \"{app}\"}}}}, \"template\": {{\"metadata\": {{\"labels\": {{\"app\": \"{app}\"}}}}, \"spec\": {}}}",
        pod_spec(world)
    )
}

/// A new object: the path of its collection and its manifest.
pub fn any(world: &mut World) -> (String, String) {
    let ns = namespace(world);
    let n = world.chance(2);
    let replicas = world.chance(6);
    match world.chance(9) {
        0..=2 => {
            let name = format!("web-{n}");
            let strategy = match world.chance(3) {
                0 => r#""strategy": {"type": "Recreate"}, "#,
                1 => r#""strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}, "#,
                _ => "",
            };
            let spec = format!(
                "\"replicas\": {replicas}, {strategy}{}",
                template(world, &name)
            );
            object("/apis/apps/v1", ns, "deployments", &name, &spec)
        }
        3 => {
            let policy = ["OrderedReady", "Parallel"][world.chance(2)];
            let spec = format!(
                "\"replicas\": {}, \"serviceName\": \"db\", \"podManagementPolicy\": \"{policy}\", {}",
                replicas % 4,
                template(world, "db")
            );
            object("/apis/apps/v1", ns, "statefulsets", "db", &spec)
        }
        4 => {
            let spec = template(world, "agent");
            object("/apis/apps/v1", ns, "daemonsets", "agent", &spec)
        }
        5 => {
            let (completions, parallelism, seconds) =
                (1 + replicas, 1 + world.chance(3), world.chance(20));
            let (exit, policy) = (
                usize::from(world.chance(4) == 0),
                ["Never", "OnFailure"][world.chance(2)],
            );
            let spec = format!(
                "\"completions\": {completions}, \"parallelism\": {parallelism}, \"backoffLimit\": 2, \"template\": {{\"spec\": {{\"restartPolicy\": \"{policy}\", \"containers\": [{{\"name\": \"c\", \"image\": \"busybox:1.36\", \"command\": [\"sh\", \"-c\", \"sleep {seconds}; exit {exit}\"]}}]}}}}"
            );
            object("/apis/batch/v1", ns, "jobs", &format!("job-{n}"), &spec)
        }
        6 => {
            let spec =
                format!("\"selector\": {{\"app\": \"web-{n}\"}}, \"ports\": [{{\"port\": 80}}]");
            object("/api/v1", ns, "services", &format!("web-{n}"), &spec)
        }
        7 => {
            let bound = match world.chance(3) {
                0 => "\"maxUnavailable\": 1".to_owned(),
                1 => "\"maxUnavailable\": \"50%\"".to_owned(),
                _ => format!("\"minAvailable\": {replicas}"),
            };
            let spec =
                format!("{bound}, \"selector\": {{\"matchLabels\": {{\"app\": \"web-{n}\"}}}}");
            object(
                "/apis/policy/v1",
                ns,
                "poddisruptionbudgets",
                &format!("web-{n}"),
                &spec,
            )
        }
        _ => {
            let spec = pod_spec(world);
            object(
                "/api/v1",
                ns,
                "pods",
                &format!("bare-{n}"),
                &spec[1..spec.len() - 1],
            )
        }
    }
}

fn object(group: &str, ns: &str, resource: &str, name: &str, spec: &str) -> (String, String) {
    (
        format!("{group}/namespaces/{ns}/{resource}"),
        format!(
            "{{\"metadata\": {{\"name\": \"{name}\", \"labels\": {{\"app\": \"{name}\"}}}}, \"spec\": {{{spec}}}}}"
        ),
    )
}
