//! A pod as the messages of the CRI ask for it (`kuberuntime_sandbox.go`, `kuberuntime_container_linux.go`).

use super::api::{self, CONTAINER, NODE, POD, TARGET};
use super::folders::Folders;
use super::resolver;
use crate::api::core::qos::compute_pod_qos;
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::apimachinery::quantity::Quantity;
use crate::cri::{ContainerConfig, ContainerResources};
use crate::kubelet::dns;
use std::collections::BTreeMap;

/// Labels by which sandboxes and containers are found again.
pub const POD_UID: &str = "io.kubernetes.pod.uid";
/// Which of the clusters on this machine a sandbox belongs to.
pub const CLUSTER: &str = "kubarium.dev/cluster";
const PERIOD: i64 = 100_000;
const MASKED: [&str; 8] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/scsi",
    "/sys/firmware",
];
const READ_ONLY: [&str; 5] = [
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
];

fn labels(pod: &Value, cluster: &str) -> BTreeMap<String, String> {
    [
        ("io.kubernetes.pod.name", pod.name()),
        ("io.kubernetes.pod.namespace", pod.namespace()),
        (POD_UID, pod.uid()),
        (CLUSTER, cluster),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .into()
}

fn texts(map: &Value) -> impl Iterator<Item = (String, String)> {
    map.fields()
        .map(|(k, v)| (k.to_owned(), v.str().to_owned()))
}

fn all_containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| pod.at(&["spec", list]).items())
}

fn is(v: &Value, path: &[&str]) -> bool {
    v.at(path).as_bool() == Some(true)
}

fn namespaces(pod: &Value) -> api::NamespaceOption {
    let spec = pod.get("spec");
    let or_node = |key: &str, other: i32| {
        if is(spec, &[key]) { NODE } else { other }
    };
    let shared = is(spec, &["shareProcessNamespace"]);
    api::NamespaceOption {
        network: or_node("hostNetwork", POD),
        pid: or_node("hostPID", if shared { POD } else { CONTAINER }),
        ipc: or_node("hostIPC", POD),
        target_id: String::new(),
    }
}

fn seccomp(profile: &Value) -> Option<api::SecurityProfile> {
    let (profile_type, localhost_ref) = match profile.get("type").str() {
        "RuntimeDefault" => (0, String::new()),
        "Localhost" => (
            2,
            format!(
                "/var/lib/kubelet/seccomp/{}",
                profile.get("localhostProfile").str()
            ),
        ),
        "Unconfined" => (1, String::new()),
        // Upstream's kubelet confines nothing by itself (`SeccompDefault` is off).
        _ => (1, String::new()),
    };
    Some(api::SecurityProfile {
        profile_type,
        localhost_ref,
    })
}

fn number(v: &Value) -> Option<api::Int64Value> {
    v.as_i64().map(|value| api::Int64Value { value })
}

/// A pod's sandbox; `attempt` counts those made before.
pub fn sandbox(pod: &Value, attempt: u32, folders: &Folders) -> api::PodSandboxConfig {
    let spec = pod.get("spec");
    let network = is(spec, &["hostNetwork"]);
    let hostname = match spec.get("hostname").str() {
        _ if network => "",
        "" => pod.name(),
        name => name,
    };
    let security = spec.get("securityContext");
    let sysctls = security.get("sysctls").items().iter();
    let privileged = all_containers(pod).any(|c| is(c, &["securityContext", "privileged"]));
    api::PodSandboxConfig {
        metadata: Some(api::PodSandboxMetadata {
            name: pod.name().to_owned(),
            uid: pod.uid().to_owned(),
            namespace: pod.namespace().to_owned(),
            attempt,
        }),
        hostname: hostname.chars().take(63).collect(),
        log_directory: folders.logs(pod).to_string_lossy().into_owned(),
        dns_config: Some(dns_config(&dns::resolv_conf(
            &Pod::from(pod.clone()),
            &resolver::of_pod(pod, folders),
        ))),
        port_mappings: port_mappings(pod),
        labels: labels(pod, &folders.cluster),
        annotations: texts(pod.meta().get("annotations")).collect(),
        linux: Some(api::LinuxPodSandboxConfig {
            cgroup_parent: folders.cgroup(pod.uid()),
            security_context: Some(api::LinuxSandboxSecurityContext {
                namespace_options: Some(namespaces(pod)),
                run_as_user: number(security.get("runAsUser")),
                run_as_group: number(security.get("runAsGroup"))
                    .filter(|_| security.has("runAsUser")),
                privileged,
                seccomp: Some(api::SecurityProfile::default()),
            }),
            sysctls: sysctls
                .map(|s| (s.name_of().to_owned(), s.get("value").str().to_owned()))
                .collect(),
        }),
    }
}

fn dns_config(resolv_conf: &str) -> api::DnsConfig {
    let mut dns = api::DnsConfig::default();
    for line in resolv_conf.lines() {
        let mut words = line.split(' ').map(str::to_owned);
        match words.next().as_deref() {
            Some("nameserver") => dns.servers.extend(words),
            Some("search") => dns.searches.extend(words),
            Some("options") => dns.options.extend(words),
            _ => {}
        }
    }
    dns
}

fn port_mappings(pod: &Value) -> Vec<api::PortMapping> {
    let port = |v: &Value| i32::try_from(v.as_i64().unwrap_or(0)).unwrap_or(0);
    all_containers(pod)
        .flat_map(|c| c.get("ports").items())
        .filter(|p| port(p.get("hostPort")) > 0 && !is(pod, &["spec", "hostNetwork"]))
        .map(|p| api::PortMapping {
            protocol: match p.get("protocol").str() {
                "UDP" => 1,
                "SCTP" => 2,
                _ => 0,
            },
            container_port: port(p.get("containerPort")),
            host_port: port(p.get("hostPort")),
            host_ip: p.get("hostIP").str().to_owned(),
        })
        .collect()
}

/// The container of that name as the pod describes it.
pub fn spec_of<'a>(pod: &'a Value, name: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    all_containers(pod)
        .find(|c| c.name_of() == name)
        .unwrap_or(NONE)
}

/// What a container's security context says, or else its pod's.
pub fn effective<'a>(pod: &'a Value, container: &'a Value, key: &str) -> &'a Value {
    let own = container.at(&["securityContext", key]);
    if own.is_null() {
        pod.at(&["spec", "securityContext", key])
    } else {
        own
    }
}

/// A container with what is mounted.
pub fn container(
    config: &ContainerConfig,
    mounts: Vec<api::Mount>,
    folders: &Folders,
) -> api::ContainerConfig {
    let pod = &config.pod;
    let spec = spec_of(pod, &config.name);
    let mut labels = labels(pod, &folders.cluster);
    labels.insert(
        "io.kubernetes.container.name".to_owned(),
        config.name.clone(),
    );
    let envs = config.envs.iter().map(|(key, value)| api::KeyValue {
        key: key.clone(),
        value: value.clone(),
    });
    api::ContainerConfig {
        metadata: Some(api::ContainerMetadata {
            name: config.name.clone(),
            attempt: config.attempt,
        }),
        image: Some(api::ImageSpec {
            image: config.image.clone(),
        }),
        command: config.command.clone(),
        args: config.args.clone(),
        working_dir: config.working_dir.clone(),
        envs: envs.collect(),
        mounts,
        labels,
        annotations: BTreeMap::new(),
        log_path: Folders::log_file(&config.name, config.attempt),
        stdin: config.stdin,
        stdin_once: config.stdin_once,
        tty: config.tty,
        linux: Some(api::LinuxContainerConfig {
            resources: Some(resources(pod, spec)),
            security_context: Some(security_context(pod, spec, &config.target)),
        }),
    }
}

fn security_context(pod: &Value, c: &Value, target: &str) -> api::LinuxContainerSecurityContext {
    let mut namespaces = namespaces(pod);
    if !target.is_empty() {
        namespaces.pid = TARGET;
        namespaces.target_id = target.to_owned();
    }
    let own = c.get("securityContext");
    let list = |key: &str| {
        let items = own.at(&["capabilities", key]).items().iter();
        items.map(|v| v.str().to_owned()).collect()
    };
    let user = number(effective(pod, c, "runAsUser"));
    let groups = pod.at(&["spec", "securityContext", "supplementalGroups"]);
    let fs_group = pod.at(&["spec", "securityContext", "fsGroup"]);
    let unmasked = own.get("procMount").str() == "Unmasked";
    let paths = |paths: &[&str]| match unmasked {
        true => Vec::new(),
        false => paths.iter().map(|p| (*p).to_owned()).collect(),
    };
    api::LinuxContainerSecurityContext {
        capabilities: Some(api::Capability {
            add_capabilities: list("add"),
            drop_capabilities: list("drop"),
        }),
        privileged: is(own, &["privileged"]),
        namespace_options: Some(namespaces),
        run_as_group: number(effective(pod, c, "runAsGroup")).filter(|_| user.is_some()),
        run_as_user: user,
        run_as_username: String::new(),
        readonly_rootfs: is(own, &["readOnlyRootFilesystem"]),
        supplemental_groups: groups
            .items()
            .iter()
            .chain([fs_group])
            .filter_map(Value::as_i64)
            .collect(),
        no_new_privs: own.get("allowPrivilegeEscalation").as_bool() == Some(false),
        masked_paths: paths(&MASKED),
        readonly_paths: paths(&READ_ONLY),
        seccomp: seccomp(effective(pod, c, "seccompProfile")),
    }
}

fn resources(pod: &Value, c: &Value) -> api::LinuxContainerResources {
    let quantity = |kind: &str, name: &str| Quantity::of(c.at(&["resources", kind, name]));
    let limit = quantity("limits", "cpu").milli_value();
    let request = match c.at(&["resources", "requests", "cpu"]) {
        Value::Null => limit,
        _ => quantity("requests", "cpu").milli_value(),
    };
    linux_resources(
        pod,
        &ContainerResources {
            memory_limit: quantity("limits", "memory").value(),
            memory_request: quantity("requests", "memory").value(),
            cpu_limit_milli: limit,
            cpu_request_milli: request,
        },
    )
}

/// What a container of a pod may take, for its cgroup.
pub fn linux_resources(pod: &Value, of: &ContainerResources) -> api::LinuxContainerResources {
    let (limit, request) = (of.cpu_limit_milli, of.cpu_request_milli);
    api::LinuxContainerResources {
        cpu_period: PERIOD,
        cpu_quota: if limit > 0 {
            (limit * PERIOD / 1000).max(1000)
        } else {
            0
        },
        cpu_shares: (request * 1024 / 1000).clamp(2, 262_144),
        memory_limit_in_bytes: of.memory_limit,
        oom_score_adj: oom_score(pod, of.memory_request),
    }
}

/// How soon a container is killed where memory runs out (`pkg/kubelet/qos/policy.go`).
fn oom_score(pod: &Value, memory_request: i64) -> i64 {
    match compute_pod_qos(&Pod::from(pod.clone())) {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ => {
            let capacity = super::machine::memory_bytes().max(1);
            (1000 - 1000 * memory_request / capacity).clamp(3, 999)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn pods_are_translated() {
        let pod = tree!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {
                "securityContext": {"runAsUser": 7, "fsGroup": 9, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": "c", "ports": [{"containerPort": 80, "hostPort": 8080}],
                    "resources": {"limits": {"cpu": "500m", "memory": "16Mi"}},
                    "securityContext": {"runAsUser": 8, "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": false}
                }]
            }
        });
        let folders = Folders::new("x");
        let s = sandbox(&pod, 1, &folders);
        assert_eq!(s.hostname, "p");
        assert_eq!(s.port_mappings.len(), 1);
        let dns = s.dns_config.expect("there");
        assert_eq!(dns.servers, ["10.96.0.10"]);
        assert_eq!(dns.options, ["ndots:5"]);
        let config = ContainerConfig {
            name: "c".into(),
            attempt: 2,
            pod,
            ..ContainerConfig::default()
        };
        let c = container(&config, Vec::new(), &folders);
        assert_eq!(c.log_path, "c/2.log");
        let linux = c.linux.expect("there");
        let resources = linux.resources.expect("there");
        assert_eq!(
            (resources.cpu_quota, resources.cpu_shares),
            (50_000, 512),
            "a request that is missing is the limit"
        );
        assert_eq!(resources.memory_limit_in_bytes, 16 << 20);
        let security = linux.security_context.expect("there");
        assert_eq!(security.run_as_user.expect("there").value, 8);
        assert_eq!(security.supplemental_groups, [9]);
        assert!(security.no_new_privs);
        assert_eq!(security.seccomp.expect("there").profile_type, 0);
        assert_eq!(security.namespace_options.expect("there").pid, CONTAINER);
    }
}
