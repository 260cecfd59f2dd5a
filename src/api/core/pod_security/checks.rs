//! The single checks, in upstream's order: those of the baseline by name, then those that restrict.

use super::{Level, Standard, Violation};
use crate::apimachinery::Value;
use crate::apimachinery::strconv::quote;
use crate::collections::Arrange;

const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Kernel parameters that pods may set, and since which minor version.
const SYSCTLS: &[(&str, u64)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];
/// Volumes that restricted pods may have.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

struct Pod<'a> {
    annotations: &'a Value,
    spec: &'a Value,
}

impl<'a> Pod<'a> {
    fn containers(&self) -> impl Iterator<Item = &'a Value> {
        let spec = self.spec;
        ["initContainers", "containers", "ephemeralContainers"]
            .into_iter()
            .flat_map(move |list| spec.get(list).items())
    }
    fn security(&self) -> &'a Value {
        self.spec.get("securityContext")
    }
    /// The names of containers that are bad.
    fn bad(&self, is_bad: impl Fn(&Value) -> bool) -> Vec<&'a str> {
        self.containers()
            .filter(|c| is_bad(c))
            .map(|c| c.get("name").str())
            .collect()
    }
}

/// What of a pod the standard forbids.
pub(super) fn violations(standard: Standard, annotations: &Value, spec: &Value) -> Vec<Violation> {
    if standard.level == Level::Privileged {
        return Vec::new();
    }
    let since = |minor: u64| standard.minor.is_none_or(|m| m >= minor);
    let restricted = standard.level == Level::Restricted;
    let pod = Pod { annotations, spec };
    let relaxed = since(35) && spec.get("hostUsers").as_bool() == Some(false);
    let windows = since(25) && spec.at(&["os", "name"]) == &"windows";
    let mut out: Vec<Option<Violation>> = vec![app_armor(&pod)];
    if !(restricted && since(22)) {
        out.push(default_capabilities(&pod));
    }
    out.push(host_namespaces(&pod));
    if !restricted {
        out.push(host_path_volumes(&pod));
    }
    out.push(host_ports(&pod));
    if since(34) {
        out.push(probed_hosts(&pod));
    }
    out.push(privileged(&pod));
    if !(restricted && since(35) || relaxed) {
        out.push(proc_mount(&pod));
    }
    out.push(se_linux(&pod, since(31)));
    match (since(19), restricted) {
        (true, true) => {}
        (true, false) => out.push(seccomp(&pod, false)),
        (false, _) => out.push(seccomp_annotations(&pod)),
    }
    out.push(sysctls(&pod, standard.minor));
    out.push(host_process(&pod));
    if restricted {
        if since(8) && !windows {
            out.push(privilege_escalation(&pod));
        }
        if since(22) && !windows {
            out.push(capabilities(&pod));
        }
        if since(35) {
            out.push(proc_mount(&pod));
        }
        out.push(volumes(&pod));
        if !relaxed {
            out.push(run_as_non_root(&pod));
        }
        if since(23) && !relaxed {
            out.push(run_as_user(&pod));
        }
        if since(19) && !windows {
            out.push(seccomp(&pod, true));
        }
    }
    out.into_iter().flatten().collect()
}

fn violation(reason: impl Into<String>, detail: String) -> Option<Violation> {
    Some(Violation {
        reason: reason.into(),
        detail,
    })
}

fn plural<'a>(one: &'a str, many: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { many }
}

fn quoted<S: AsRef<str>>(items: &[S]) -> String {
    let all: Vec<String> = items
        .iter()
        .map(|i| format!("\"{}\"", i.as_ref()))
        .collect();
    all.join(", ")
}

/// `container "a"`, `containers "a", "b"`.
fn named(containers: &[&str]) -> String {
    let what = plural("container", "containers", containers.len());
    format!("{what} {}", quoted(containers))
}

/// Each once, sorted.
fn set(mut items: Vec<String>) -> Vec<String> {
    items.arrange();
    items.dedup();
    items
}

/// Who sets something: the pod, and containers.
fn setters(pod: bool, containers: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    if pod {
        out.push("pod".to_owned());
    }
    if !containers.is_empty() {
        out.push(named(containers));
    }
    out
}

fn context<'a>(container: &'a Value, path: &[&str]) -> &'a Value {
    container.get("securityContext").at(path)
}

fn is_profile(kind: &Value) -> bool {
    matches!(kind.str(), "RuntimeDefault" | "Localhost")
}

fn app_armor(pod: &Pod<'_>) -> Option<Violation> {
    const TYPE: &[&str] = &["appArmorProfile", "type"];
    let is_bad = |kind: &Value| !kind.is_null() && !is_profile(kind);
    let own = pod.security().at(TYPE);
    let containers = pod.bad(|c| is_bad(context(c, TYPE)));
    let mut values: Vec<String> = pod
        .containers()
        .map(|c| context(c, TYPE))
        .chain([own])
        .filter(|kind| is_bad(kind))
        .map(|kind| kind.str().to_owned())
        .collect();
    values = set(values);
    let mut who = setters(is_bad(own), &containers);
    let allowed = |v: &str| v.is_empty() || v == "runtime/default" || v.starts_with("localhost/");
    let annotations: Vec<String> = pod
        .annotations
        .fields()
        .filter(|(key, value)| key.starts_with(APP_ARMOR) && !allowed(value.str()))
        .map(|(key, value)| format!("{key}={}", quote(value.str())))
        .collect();
    if !annotations.is_empty() {
        who.push(plural("annotation", "annotations", annotations.len()).to_owned());
        values.extend(set(annotations));
    }
    if who.is_empty() {
        return None;
    }
    let reason = plural(
        "forbidden AppArmor profile",
        "forbidden AppArmor profiles",
        values.len(),
    );
    let detail = format!(
        "{} must not set AppArmor profile type to {}",
        who.join(" and "),
        quoted(&values)
    );
    violation(reason, detail)
}

/// Capabilities that containers add and may not, and the containers that do.
fn added<'a>(pod: &Pod<'a>, allowed: &[&str]) -> (Vec<&'a str>, Vec<String>) {
    const ADD: &[&str] = &["capabilities", "add"];
    let is_bad = |c: &&Value| !allowed.contains(&c.str());
    let containers = pod.bad(|c| context(c, ADD).items().iter().any(|c| is_bad(&c)));
    let names = pod
        .containers()
        .flat_map(|c| context(c, ADD).items())
        .filter(is_bad)
        .map(|c| c.str().to_owned())
        .collect();
    (containers, set(names))
}

fn default_capabilities(pod: &Pod<'_>) -> Option<Violation> {
    let (containers, names) = added(pod, DEFAULT_CAPABILITIES);
    if containers.is_empty() {
        return None;
    }
    let detail = format!(
        "{} must not include {} in securityContext.capabilities.add",
        named(&containers),
        quoted(&names)
    );
    violation("non-default capabilities", detail)
}

fn host_namespaces(pod: &Pod<'_>) -> Option<Violation> {
    let used: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .iter()
        .filter(|field| pod.spec.get(field).as_bool() == Some(true))
        .map(|field| format!("{field}=true"))
        .collect();
    if used.is_empty() {
        return None;
    }
    violation("host namespaces", used.join(", "))
}

fn host_path_volumes(pod: &Pod<'_>) -> Option<Violation> {
    let names: Vec<&str> = pod
        .spec
        .get("volumes")
        .items()
        .iter()
        .filter(|v| !v.get("hostPath").is_null())
        .map(|v| v.get("name").str())
        .collect();
    if names.is_empty() {
        return None;
    }
    let what = plural("volume", "volumes", names.len());
    violation("hostPath volumes", format!("{what} {}", quoted(&names)))
}

fn host_ports(pod: &Pod<'_>) -> Option<Violation> {
    let number = |port: &Value| port.get("hostPort").as_i64().unwrap_or(0);
    let containers = pod.bad(|c| c.get("ports").items().iter().any(|p| number(p) != 0));
    if containers.is_empty() {
        return None;
    }
    let ports: Vec<String> = pod
        .containers()
        .flat_map(|c| c.get("ports").items())
        .map(number)
        .filter(|port| *port != 0)
        .map(|port| port.to_string())
        .collect();
    let ports = set(ports);
    let detail = format!(
        "{} {} {} {}",
        named(&containers),
        plural("uses", "use", containers.len()),
        plural("hostPort", "hostPorts", ports.len()),
        ports.join(", ")
    );
    violation("hostPort", detail)
}

/// Hosts that a container's probes and hooks name.
fn hosts(container: &Value) -> Vec<String> {
    const HANDLERS: &[&[&str]] = &[
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    HANDLERS
        .iter()
        .map(|path| container.at(path))
        .flat_map(|handler| ["httpGet", "tcpSocket"].map(|kind| handler.get(kind).get("host")))
        .map(|host| host.str().to_owned())
        .filter(|host| !host.is_empty())
        .collect()
}

fn probed_hosts(pod: &Pod<'_>) -> Option<Violation> {
    let mut containers = pod.bad(|c| !hosts(c).is_empty());
    if containers.is_empty() {
        return None;
    }
    containers.arrange();
    containers.dedup();
    let named_hosts = set(pod.containers().flat_map(hosts).collect());
    let what = plural(
        "probe or lifecycle host",
        "probe or lifecycle hosts",
        named_hosts.len(),
    );
    let detail = format!(
        "{} {} {what} {}",
        named(&containers),
        plural("uses", "use", containers.len()),
        quoted(&named_hosts)
    );
    violation("probe or lifecycle host", detail)
}

fn privileged(pod: &Pod<'_>) -> Option<Violation> {
    let containers = pod.bad(|c| context(c, &["privileged"]).as_bool() == Some(true));
    if containers.is_empty() {
        return None;
    }
    let detail = format!(
        "{} must not set securityContext.privileged=true",
        named(&containers)
    );
    violation("privileged", detail)
}

fn proc_mount(pod: &Pod<'_>) -> Option<Violation> {
    let is_bad = |kind: &Value| !kind.is_null() && kind != "Default";
    let containers = pod.bad(|c| is_bad(context(c, &["procMount"])));
    if containers.is_empty() {
        return None;
    }
    let kinds: Vec<String> = pod
        .containers()
        .map(|c| context(c, &["procMount"]))
        .filter(|kind| is_bad(kind))
        .map(|kind| kind.str().to_owned())
        .collect();
    let detail = format!(
        "{} must not set securityContext.procMount to {}",
        named(&containers),
        quoted(&set(kinds))
    );
    violation("procMount", detail)
}

fn se_linux(pod: &Pod<'_>, engine: bool) -> Option<Violation> {
    let allowed = |kind: &str| match kind {
        "" | "container_t" | "container_init_t" | "container_kvm_t" => true,
        "container_engine_t" => engine,
        _ => false,
    };
    let is_bad = |o: &Value| {
        !allowed(o.get("type").str()) || !o.get("user").is_empty() || !o.get("role").is_empty()
    };
    let own = pod.security().get("seLinuxOptions");
    let containers = pod.bad(|c| is_bad(context(c, &["seLinuxOptions"])));
    let who = setters(is_bad(own), &containers);
    if who.is_empty() {
        return None;
    }
    let all: Vec<&Value> = pod
        .containers()
        .map(|c| context(c, &["seLinuxOptions"]))
        .chain([own])
        .collect();
    let kinds: Vec<String> = all
        .iter()
        .map(|o| o.get("type").str())
        .filter(|kind| !allowed(kind))
        .map(str::to_owned)
        .collect();
    let kinds = set(kinds);
    let mut what = Vec::new();
    if !kinds.is_empty() {
        what.push(format!(
            "{} {}",
            plural("type", "types", kinds.len()),
            quoted(&kinds)
        ));
    }
    for field in ["user", "role"] {
        if all.iter().any(|o| !o.get(field).is_empty()) {
            what.push(format!("{field} may not be set"));
        }
    }
    let detail = format!(
        "{} set forbidden securityContext.seLinuxOptions: {}",
        who.join(" and "),
        what.join("; ")
    );
    violation("seLinuxOptions", detail)
}

fn seccomp_annotations(pod: &Pod<'_>) -> Option<Violation> {
    let allowed =
        |v: &str| matches!(v, "runtime/default" | "docker/default") || v.starts_with("localhost/");
    let keys = pod
        .containers()
        .map(|c| format!("{SECCOMP_CONTAINER}{}", c.get("name").str()))
        .chain([SECCOMP_POD.to_owned()]);
    let bad: Vec<String> = keys
        .filter_map(|key| {
            let value = pod.annotations.get(&key).as_str()?;
            (!allowed(value)).then(|| format!("{key}={}", quote(value)))
        })
        .collect();
    let bad = set(bad);
    if bad.is_empty() {
        return None;
    }
    let what = plural("annotation", "annotations", bad.len());
    violation(
        "seccompProfile",
        format!("forbidden {what} {}", bad.join(", ")),
    )
}

/// Profiles that turn seccomp off; with `required` also those that are missing.
fn seccomp(pod: &Pod<'_>, required: bool) -> Option<Violation> {
    let profile = |c: &Value| context(c, &["seccompProfile"]).clone();
    let is_bad = |profile: &Value| !profile.is_null() && !is_profile(profile.get("type"));
    let own = pod.security().get("seccompProfile");
    let containers = pod.bad(|c| is_bad(&profile(c)));
    let who = setters(is_bad(own), &containers);
    if !who.is_empty() {
        let kinds: Vec<String> = pod
            .containers()
            .map(profile)
            .chain([own.clone()])
            .filter(|p| is_bad(p))
            .map(|p| p.get("type").str().to_owned())
            .collect();
        let detail = format!(
            "{} must not set securityContext.seccompProfile.type to {}",
            who.join(" and "),
            quoted(&set(kinds))
        );
        return violation("seccompProfile", detail);
    }
    let without = pod.bad(|c| own.is_null() && profile(c).is_null());
    if !required || without.is_empty() {
        return None;
    }
    let detail = format!(
        "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
        named(&without)
    );
    violation("seccompProfile", detail)
}

fn sysctls(pod: &Pod<'_>, minor: Option<u64>) -> Option<Violation> {
    let allowed = |name: &str| {
        SYSCTLS
            .iter()
            .any(|(n, since)| *n == name && minor.is_none_or(|m| m >= *since))
    };
    let names: Vec<&str> = pod
        .security()
        .get("sysctls")
        .items()
        .iter()
        .map(|s| s.get("name").str())
        .filter(|name| !allowed(name))
        .collect();
    if names.is_empty() {
        return None;
    }
    violation("forbidden sysctls", names.join(", "))
}

fn host_process(pod: &Pod<'_>) -> Option<Violation> {
    const PATH: &[&str] = &["windowsOptions", "hostProcess"];
    let own = pod.security().at(PATH).as_bool() == Some(true);
    let containers = pod.bad(|c| context(c, PATH).as_bool() == Some(true));
    let who = setters(own, &containers);
    if who.is_empty() {
        return None;
    }
    let detail = format!(
        "{} must not set securityContext.windowsOptions.hostProcess=true",
        who.join(" and ")
    );
    violation("hostProcess", detail)
}

fn privilege_escalation(pod: &Pod<'_>) -> Option<Violation> {
    let containers =
        pod.bad(|c| context(c, &["allowPrivilegeEscalation"]).as_bool() != Some(false));
    if containers.is_empty() {
        return None;
    }
    let detail = format!(
        "{} must set securityContext.allowPrivilegeEscalation=false",
        named(&containers)
    );
    violation("allowPrivilegeEscalation != false", detail)
}

fn capabilities(pod: &Pod<'_>) -> Option<Violation> {
    let drops_all = |c: &Value| {
        let dropped = context(c, &["capabilities", "drop"]);
        dropped.items().iter().any(|c| c == "ALL")
    };
    let keeping = pod.bad(|c| !drops_all(c));
    let (adding, names) = added(pod, &["NET_BIND_SERVICE"]);
    let mut details = Vec::new();
    if !keeping.is_empty() {
        details.push(format!(
            "{} must set securityContext.capabilities.drop=[\"ALL\"]",
            named(&keeping)
        ));
    }
    if !adding.is_empty() {
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            named(&adding),
            quoted(&names)
        ));
    }
    if details.is_empty() {
        return None;
    }
    violation("unrestricted capabilities", details.join("; "))
}

fn volumes(pod: &Pod<'_>) -> Option<Violation> {
    let all = pod.spec.get("volumes").items();
    let bad: Vec<&Value> = all
        .iter()
        .filter(|v| VOLUMES.iter().all(|kind| v.get(kind).is_null()))
        .collect();
    if bad.is_empty() {
        return None;
    }
    let names: Vec<&str> = bad.iter().map(|v| v.get("name").str()).collect();
    let kind = |v: &&Value| {
        let mut fields = v.fields().map(|(key, _)| key).filter(|key| *key != "name");
        fields.next().unwrap_or("unknown").to_owned()
    };
    let kinds = set(bad.iter().map(kind).collect());
    let detail = format!(
        "{} {} {} {} {}",
        plural("volume", "volumes", names.len()),
        quoted(&names),
        plural("uses", "use", names.len()),
        plural(
            "restricted volume type",
            "restricted volume types",
            kinds.len()
        ),
        quoted(&kinds)
    );
    violation("restricted volume types", detail)
}

fn run_as_non_root(pod: &Pod<'_>) -> Option<Violation> {
    const REASON: &str = "runAsNonRoot != true";
    let own = pod.security().get("runAsNonRoot").as_bool();
    let of = |c: &Value| context(c, &["runAsNonRoot"]).as_bool();
    let who = setters(own == Some(false), &pod.bad(|c| of(c) == Some(false)));
    if !who.is_empty() {
        let detail = format!(
            "{} must not set securityContext.runAsNonRoot=false",
            who.join(" and ")
        );
        return violation(REASON, detail);
    }
    let without = pod.bad(|c| own != Some(true) && of(c).is_none());
    if without.is_empty() {
        return None;
    }
    let detail = format!(
        "pod or {} must set securityContext.runAsNonRoot=true",
        named(&without)
    );
    violation(REASON, detail)
}

fn run_as_user(pod: &Pod<'_>) -> Option<Violation> {
    let own = pod.security().get("runAsUser").as_i64() == Some(0);
    let containers = pod.bad(|c| context(c, &["runAsUser"]).as_i64() == Some(0));
    let who = setters(own, &containers);
    if who.is_empty() {
        return None;
    }
    violation(
        "runAsUser=0",
        format!("{} must not set runAsUser=0", who.join(" and ")),
    )
}
