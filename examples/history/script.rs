//! What a user does, drawn from a seed: workloads, changes, faults, questions.

use kubarium::apimachinery::{Rng, Value, schema};
use kubarium::cluster::Cluster;
use std::fmt;

/// How many steps a script has.
const STEPS: usize = 40;

/// One thing that a user does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Types a command.
    Run(String),
    /// Applies the editor's text.
    Apply(String),
    /// Presses Ctrl-C.
    Interrupt,
    /// Looks on for so many simulated milliseconds.
    Wait(u32),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Run(command) => write!(f, "$ {command}"),
            Step::Apply(text) => write!(f, "apply {}", text.replace('\n', "\\n")),
            Step::Interrupt => f.write_str("^C"),
            Step::Wait(ms) => write!(f, "@advance {ms}ms"),
        }
    }
}

/// A seed's script: each step is drawn when the one before is done, since it may concern what came of it.
pub struct Script {
    rng: Rng,
    left: usize,
}

impl Script {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed ^ 0x5eed),
            left: STEPS,
        }
    }

    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// The next step; none at the end.
    pub fn next(&mut self, cluster: &Cluster) -> Option<Step> {
        self.left = self.left.checked_sub(1)?;
        Some(match self.rng.below(16) {
            0..=3 => self.wait(),
            4..=6 => Step::Apply(self.manifest()),
            7 => Step::Run(self.change()),
            8 => Step::Run(self.pod_fault(cluster)),
            9 => Step::Run(self.node_fault(cluster)),
            10 => Step::Run(self.control_plane_fault()),
            11 => Step::Interrupt,
            12 => Step::Run(self.computation()),
            _ => Step::Run(self.question(cluster)),
        })
    }

    fn below(&mut self, n: usize) -> usize {
        self.rng.below(n)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.below(of.len())]
    }

    fn wait(&mut self) -> Step {
        let most = [100, 2_000, 20_000, 90_000][self.below(4)];
        Step::Wait(1 + self.below(most) as u32)
    }

    fn manifest(&mut self) -> String {
        let n = self.below(3);
        let replicas = self.below(6);
        match self.below(8) {
            0..=2 => self.workload(
                "apps/v1",
                "Deployment",
                &format!("web-{n}"),
                &format!("replicas: {replicas}"),
            ),
            3 => self.workload(
                "apps/v1",
                "StatefulSet",
                "db",
                &format!("serviceName: db, replicas: {}", replicas % 4),
            ),
            4 => self.workload("apps/v1", "DaemonSet", "agent", "minReadySeconds: 1"),
            5 => format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: job-{n}}}\nspec:\n  completions: {}\n  parallelism: 2\n  backoffLimit: 2\n  template:\n    spec:\n      restartPolicy: {}\n      containers: [{{name: c, image: busybox, command: [sh, -c, \"sleep {}; exit {}\"]}}]\n",
                1 + replicas,
                self.pick(&["Never", "OnFailure"]),
                self.below(9),
                self.below(2),
            ),
            6 => format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: web-{n}}}\nspec: {{selector: {{app: web-{n}}}, type: {}, ports: [{{port: 80}}]}}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web-{n}}}\nspec: {{maxUnavailable: {}%, selector: {{matchLabels: {{app: web-{n}}}}}}}\n",
                self.pick(&["ClusterIP", "NodePort", "LoadBalancer"]),
                10 * self.below(11),
            ),
            _ => format!(
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: tick}}\nspec:\n  schedule: '* * * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers: [{{name: c, image: busybox, command: [date]}}]\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web-{n}}}\nspec: {{maxReplicas: 5, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web-{n}}}}}\n"
            ),
        }
    }

    fn workload(&mut self, version: &str, kind: &str, name: &str, spec: &str) -> String {
        let container = match self.below(5) {
            0 => "{name: c, image: \"nginx:1.27\", readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}}".to_owned(),
            1 => format!("{{name: c, image: busybox, command: [sh, -c, \"sleep {}; exit 1\"]}}", self.below(20)),
            2 => "{name: c, image: \"nginx:1.161\"}".to_owned(),
            3 => format!("{{name: c, image: \"redis:7\", resources: {{requests: {{cpu: {}m, memory: 64Mi}}}}}}", 100 * (1 + self.below(30))),
            _ => "{name: c, image: \"httpd:2.4\", livenessProbe: {exec: {command: [sh, -c, \"test $(date +%M) != 03\"]}, periodSeconds: 5}}".to_owned(),
        };
        let init = match self.below(3) {
            0 => {
                "\n      initContainers: [{name: i, image: busybox, command: [sleep, \"1\"]}, {name: s, image: busybox, command: [sleep, 1h], restartPolicy: Always}]"
            }
            _ => "",
        };
        let grace = self.below(30);
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      terminationGracePeriodSeconds: {grace}{init}\n      containers: [{container}]\n",
            spec.replace(", ", "\n  "),
        )
    }

    fn change(&mut self) -> String {
        let n = self.below(3);
        let count = self.below(9);
        match self.below(9) {
            0..=2 => format!("kubectl scale deployment web-{n} --replicas={count}"),
            3 => format!("kubectl set image deployment/web-{n} c=nginx:1.2{count}"),
            4 => format!("kubectl rollout undo deployment/web-{n}"),
            5 => format!("kubectl rollout restart deployment/web-{n}"),
            6 => format!(
                "kubectl delete deployment web-{n} --wait=false --cascade={}",
                self.pick(&["background", "foreground", "orphan"])
            ),
            7 => format!("kubectl scale statefulset db --replicas={}", count % 4),
            _ => "kubectl delete pods --all --wait=false".to_owned(),
        }
    }

    fn pod_fault(&mut self, cluster: &Cluster) -> String {
        let def = schema::resource("", "v1", "pods").unwrap();
        let pods: Vec<&Value> = cluster
            .api()
            .peek_all(def)
            .filter(|p| p.namespace() == "default")
            .collect();
        if pods.is_empty() {
            return "kubectl get pods -A -o wide".to_owned();
        }
        let name = pods[self.rng.below(pods.len())].name();
        match self.below(4) {
            0 | 1 => format!("kubarium crash {name}"),
            2 => format!("kubectl delete pod {name} --wait=false"),
            _ => format!("kubectl delete pod {name} --grace-period=0 --force"),
        }
    }

    fn node_fault(&mut self, cluster: &Cluster) -> String {
        let nodes: Vec<&String> = cluster
            .machines()
            .keys()
            .filter(|n| n.as_str() != "control-plane")
            .collect();
        let node = nodes[self.rng.below(nodes.len())];
        match self.below(10) {
            0 | 1 => format!("kubarium node stop {node}"),
            2 | 3 => format!("kubarium node start {node}"),
            4 => format!("kubarium node cut {node}"),
            5 | 6 => format!("kubarium node mend {node}"),
            7 => format!("kubectl cordon {node}"),
            8 => format!("kubectl uncordon {node}"),
            _ if nodes.len() < 6 => "kubarium node add".to_owned(),
            _ => format!("kubectl drain {node} --ignore-daemonsets --force --timeout=5s"),
        }
    }

    fn control_plane_fault(&mut self) -> String {
        let part = self.pick(&[
            "kube-scheduler",
            "kube-controller-manager",
            "kube-apiserver",
            "etcd",
        ]);
        format!("kubarium crash {part}-control-plane -n kube-system")
    }

    /// Programs that compute with fractions and chance.
    fn computation(&mut self) -> String {
        let n = 1 + self.below(50);
        match self.below(4) {
            0 => format!(
                "awk 'BEGIN {{ for (i = 1; i < {n}; i++) printf \"%.17g %.17g %.17g %.17g\\n\", sin(i), exp(i / 7), log(i), i ^ 0.3 }}'"
            ),
            1 => format!("jq -n '[range(1; {n}) | sqrt, log, log10, pow(.; 0.3)]'"),
            2 => "echo $RANDOM; mktemp -u; awk 'BEGIN { srand(); print rand() }'".to_owned(),
            _ => "seq 1 40 | shuf -n 3; seq 1 9 | sort -R".to_owned(),
        }
    }

    fn question(&mut self, cluster: &Cluster) -> String {
        let kind = self.pick(&[
            "pods",
            "nodes",
            "deployments",
            "events",
            "services",
            "jobs",
            "pdb",
            "rs",
            "hpa",
        ]);
        match self.below(7) {
            0 => format!("kubectl get {kind} -A -o wide"),
            1 => format!("kubectl get {kind} -A -o yaml | tail -n 40"),
            2 => format!("kubectl describe {kind}"),
            3 => format!("kubectl get {kind} -w"),
            4 => "kubectl get events --sort-by=.metadata.creationTimestamp".to_owned(),
            5 => "kubectl get all -o json | jq '.items | length'".to_owned(),
            _ => match cluster.machines().keys().next() {
                Some(node) => format!("kubectl describe node {node}"),
                None => "kubectl version".to_owned(),
            },
        }
    }
}
