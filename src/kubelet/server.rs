//! What a kubelet's server answers to those who look at a node through `nodes/NAME/proxy` (`pkg/kubelet/server/server.go`): its health, its
//! pods, what they use, and how it is set up. Logs of containers are streams of their own.

use super::Kubelet;
use super::eviction::thresholds::Threshold;
use super::worker::{ContainerState, PodWorker};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::SortedMap;
use crate::cri::RuntimeService;
use crate::tree;
use http::Method;

/// The port of the server.
pub const PORT: u16 = 10_250;
const TEXT: &str = "text/plain; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const JSON: &str = "application/json";
/// What upstream's server has beside, and this one cannot tell truly.
const UNSUPPORTED: [&str; 11] = [
    "attach",
    "checkpoint",
    "debug",
    "exec",
    "flagz",
    "logs",
    "metrics/cadvisor",
    "metrics/probes",
    "portForward",
    "run",
    "statusz",
];

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The status code.
    pub code: u16,
    kind: &'static str,
    /// The body.
    pub body: String,
}

impl Served {
    fn new(code: u16, kind: &'static str, body: impl Into<String>) -> Self {
        Served {
            code,
            kind,
            body: body.into(),
        }
    }

    /// An answer in plain words.
    pub fn text(code: u16, body: impl Into<String>) -> Self {
        Self::new(code, TEXT, body)
    }

    /// The answer as an HTTP response.
    pub fn to_bytes(&self) -> Vec<u8> {
        let status = http::StatusCode::from_u16(self.code).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            self.kind,
            self.body.len()
        );
        [head.as_bytes(), self.body.as_bytes()].concat()
    }
}

/// CPU time in nanoseconds and memory in bytes.
pub type Use = (u64, u64);

impl<R: RuntimeService> Kubelet<R> {
    /// Answers a request for a path, without its query. `node` makes of what all containers use, and for how many nanoseconds the kubelet
    /// has run, what the whole node uses.
    pub fn serve(
        &self,
        method: &Method,
        path: &str,
        now: Timestamp,
        node: impl Fn(Use, u64) -> Use,
    ) -> Served {
        let json = |v: Value| Served::new(200, JSON, v.to_json());
        let path = path.trim_matches('/');
        match path {
            _ if UNSUPPORTED.iter().any(|u| {
                path.strip_prefix(u)
                    .is_some_and(|r| r.is_empty() || r.starts_with('/'))
            }) =>
            {
                let why = format!("/{path} is not supported by the kubelets of this cluster");
                let status = Status::failure(501, "NotImplemented", why);
                Served::new(501, JSON, status.value().to_json())
            }
            _ if !matches!(*method, Method::GET | Method::HEAD) => {
                Served::new(405, TEXT, "405: Method Not Allowed")
            }
            "healthz" | "healthz/ping" | "healthz/log" | "healthz/syncloop" => {
                Served::new(200, TEXT, "ok")
            }
            "pods" => json(self.all_pods()),
            "runningpods" => json(self.running_pods()),
            "configz" => json(tree!({"kubeletconfig": self.configuration()})),
            "stats/summary" | "stats" => json(self.summary(now, node)),
            "metrics/resource" => Served::new(200, METRICS, self.resource_metrics(now, node)),
            "metrics" => Served::new(200, METRICS, self.own_metrics()),
            _ => Served::new(404, TEXT, "404 page not found\n"),
        }
    }

    fn all_pods(&self) -> Value {
        let pods: Vec<Value> = self.workers.values().map(shown).collect();
        tree!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})
    }

    fn running_pods(&self) -> Value {
        let mut pods = Vec::new();
        for w in self.workers.values().filter(|w| w.any_running()) {
            let running = w.containers.iter().filter(|(_, r)| r.is_running());
            let containers: Vec<Value> = running
                .map(
                    |(name, r)| tree!({"name": name, "image": r.image.1.as_str(), "resources": {}}),
                )
                .collect();
            let meta = w.pod.0.meta();
            let mut pod = tree!({"metadata": {}, "status": {}});
            for field in ["name", "namespace", "uid"] {
                pod.set_at(&["metadata", field], meta.get(field));
            }
            pod.set_at(&["spec", "containers"], containers);
            pods.push(pod);
        }
        tree!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})
    }

    fn configuration(&self) -> Value {
        let c = &self.config;
        let seconds = |d: std::time::Duration| crate::apimachinery::duration::format(d);
        let max_pods = c.capacity.iter().find(|(k, _)| k == "pods");
        let max_pods = max_pods.and_then(|(_, v)| v.parse::<i64>().ok());
        let mut out = tree!({
            "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "port": i64::from(c.port),
            "clusterDomain": "cluster.local", "nodeStatusReportFrequency": seconds(c.status_report_interval),
            "imageGCHighThresholdPercent": i64::from(c.image_gc_high_percent),
            "imageGCLowThresholdPercent": i64::from(c.image_gc_low_percent),
            "imageMinimumGCAge": seconds(c.image_min_age),
            "evictionPressureTransitionPeriod": seconds(c.pressure_transition),
        });
        for (signal, amount) in c.eviction_hard.iter().map(Threshold::text) {
            out.set_at(&["evictionHard", signal], amount);
        }
        let lease = c.lease_renew_interval.as_secs().saturating_mul(4);
        out.set(
            "nodeLeaseDurationSeconds",
            i64::try_from(lease).unwrap_or(40),
        );
        if let Some(pods) = max_pods {
            out.set("maxPods", pods);
        }
        if !c.pod_cidr.is_empty() {
            out.set("podCIDR", c.pod_cidr.as_str());
        }
        if !c.register_with_taints.is_empty() {
            out.set("registerWithTaints", c.register_with_taints.clone());
        }
        out
    }

    /// Since when the kubelet runs, and for how many nanoseconds.
    fn uptime(&self, now: Timestamp) -> (Timestamp, u64) {
        let began = self.started_at.unwrap_or(now);
        let up = u64::try_from(now.since(began).as_nanos()).unwrap_or(u64::MAX);
        (began, up)
    }

    /// `/stats/summary`: of containers what was read of them last.
    fn summary(&self, now: Timestamp, node: impl Fn(Use, u64) -> Use) -> Value {
        let (mut all, mut pods) = ((0, 0), Vec::new());
        for w in self.workers.values().filter(|w| w.any_running()) {
            let (mut of_pod, mut containers) = ((0, 0), Vec::new());
            let mut latest = None;
            for (name, record) in w.containers.iter() {
                let ContainerState::Running(since) = record.state else {
                    continue;
                };
                let mut entry = tree!({"name": name});
                entry.set("startTime", since);
                if let Some(used) = self.runtime.container_use(&record.id) {
                    of_pod.0 += used.cpu_nanos;
                    of_pod.1 += used.working_set_bytes;
                    latest = latest.max(Some(used.time));
                    let cpu = (used.cpu_nanos, used.working_set_bytes);
                    set_use(&mut entry, used.time, cpu);
                    if let Some(rate) = used.nano_cores {
                        entry.set_at(&["cpu", "usageNanoCores"], number(rate));
                    }
                }
                containers.push(entry);
            }
            all.0 += of_pod.0;
            all.1 += of_pod.1;
            let meta = w.api_pod().meta();
            let mut pod = tree!({"podRef": {}});
            for field in ["name", "namespace", "uid"] {
                pod.set_at(&["podRef", field], meta.get(field));
            }
            pod.set("startTime", w.start_time);
            pod.set("containers", containers);
            if let Some(time) = latest {
                set_use(&mut pod, time, of_pod);
            }
            pods.push(pod);
        }
        let (began, up) = self.uptime(now);
        let mut of_node = tree!({"nodeName": self.config.node_name.as_str()});
        of_node.set("startTime", began);
        set_use(&mut of_node, now, node(all, up));
        let mut out = Value::object();
        out.set("node", of_node);
        out.set("pods", pods);
        out
    }

    /// `/metrics/resource` (`metrics/collectors/resource_metrics.go`).
    fn resource_metrics(&self, now: Timestamp, node: impl Fn(Use, u64) -> Use) -> String {
        let summary = self.summary(now, node);
        let mut families = Families::default();
        for pod in summary.get("pods").items() {
            let of = |field: &str| pod.at(&["podRef", field]).str().to_owned();
            let of_pod = format!("namespace={:?},pod={:?}", of("namespace"), of("name"));
            for container in pod.get("containers").items() {
                let labels = format!("container={:?},{of_pod}", container.get("name").str());
                families.usage("container", &labels, container);
                let since = Timestamp::parse(container.get("startTime").str());
                families.start(&labels, since.unwrap_or_default());
            }
            families.usage("pod", &of_pod, pod);
        }
        families.usage("node", "", summary.get("node"));
        families.text()
    }

    fn own_metrics(&self) -> String {
        let running = self.workers.values().filter(|w| w.any_running()).count();
        let (mut up, mut ended) = (0, 0);
        for r in self.workers.values().flat_map(|w| w.containers.values()) {
            up += usize::from(r.is_running());
            ended += usize::from(r.terminated().is_some());
        }
        let node = &self.config.node_name;
        format!(
            "# HELP kubelet_node_name [ALPHA] The node's name. The count is always 1.\n# TYPE kubelet_node_name gauge\n\
             kubelet_node_name{{node={node:?}}} 1\n\
             # HELP kubelet_running_containers [ALPHA] Number of containers currently running\n# TYPE kubelet_running_containers gauge\n\
             kubelet_running_containers{{container_state=\"exited\"}} {ended}\n\
             kubelet_running_containers{{container_state=\"running\"}} {up}\n\
             # HELP kubelet_running_pods [ALPHA] Number of pods that have a running pod sandbox\n# TYPE kubelet_running_pods gauge\n\
             kubelet_running_pods {running}\n"
        )
    }
}

/// A pod as the kubelet knows it, with the status that it wrote last.
fn shown(w: &PodWorker) -> Value {
    let mut pod = w.pod.0.clone();
    if !w.written.is_null() {
        pod.set("status", w.written.clone());
    }
    for field in ["kind", "apiVersion"] {
        pod.remove(field);
    }
    pod
}

fn number(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

fn set_use(of: &mut Value, time: Timestamp, (cpu, memory): Use) {
    of.set_at(&["cpu", "time"], time);
    of.set_at(&["cpu", "usageCoreNanoSeconds"], number(cpu));
    of.set_at(&["memory", "time"], time);
    of.set_at(&["memory", "workingSetBytes"], number(memory));
}

/// Metrics by name, each with its lines.
#[derive(Default)]
struct Families(SortedMap<String, (&'static str, String, String)>);

impl Families {
    fn add(&mut self, name: String, kind: &'static str, help: String, line: String) {
        let family = self.0.entry(name);
        let family = family.or_insert_with(|| (kind, help, String::new()));
        family.2.push_str(&line);
    }

    fn usage(&mut self, of: &str, labels: &str, v: &Value) {
        let braces = match labels {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        let at = |kind: &str| {
            let time = Timestamp::parse(v.at(&[kind, "time"]).str()).unwrap_or_default();
            time.0 / 1_000
        };
        if let Some(nanos) = v.at(&["cpu", "usageCoreNanoSeconds"]).as_i64() {
            let name = format!("{of}_cpu_usage_seconds_total");
            let help = format!("[STABLE] Cumulative cpu time consumed by the {of} in core-seconds");
            let line = format!("{name}{braces} {} {}\n", nanos as f64 / 1e9, at("cpu"));
            self.add(name, "counter", help, line);
        }
        if let Some(bytes) = v.at(&["memory", "workingSetBytes"]).as_i64() {
            let name = format!("{of}_memory_working_set_bytes");
            let help = format!("[STABLE] Current working set of the {of} in bytes");
            let line = format!("{name}{braces} {bytes} {}\n", at("memory"));
            self.add(name, "gauge", help, line);
        }
    }

    fn start(&mut self, labels: &str, since: Timestamp) {
        let name = "container_start_time_seconds".to_owned();
        let help = "[STABLE] Start time of the container since unix epoch in seconds".to_owned();
        let line = format!("{name}{{{labels}}} {}\n", since.0 as f64 / 1e6);
        self.add(name, "gauge", help, line);
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, (kind, help, lines)) in self.0.iter() {
            out.push_str(&format!(
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{lines}"
            ));
        }
        out.push_str(
            "# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise\n\
             # TYPE resource_scrape_error gauge\nresource_scrape_error 0\n",
        );
        out
    }
}
