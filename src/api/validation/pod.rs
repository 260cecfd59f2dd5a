//! Pods and pod templates (`pkg/apis/core/validation/validation.go`).

use super::common::{
    dns_label, dns_subdomain, inclusive_range, invalid_each, required_supported, supported,
};
use super::meta::{annotations, labels, name_is_dns_subdomain, object_meta};
use super::net;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

pub mod annotations;
pub mod containers;
pub mod env;
pub mod probes;
pub mod resources;
pub mod scheduling;
pub mod security;
pub mod update;
pub mod volumes;
pub mod warnings;
pub mod windows;

const SPEC: Path<'static> = Path::new("spec");

/// What the checks of a pod spec depend on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The pod spec.
    pub spec: &'a Value,
    /// The pod's metadata; `None` for templates.
    pub meta: Option<&'a Value>,
}

/// A pod at its creation.
pub fn create(e: &mut ErrorList, pod: &Value) {
    metadata_and_spec(e, pod);
    let spec = pod.get("spec");
    if !spec.get("ephemeralContainers").is_empty() {
        e.push(FieldError::forbidden(
            &SPEC.child("ephemeralContainers"),
            "cannot be set on create",
        ));
    }
    if !spec.get("nodeName").is_empty() && !spec.get("schedulingGates").is_empty() {
        e.push(FieldError::forbidden(
            &SPEC.child("nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        ));
    }
    annotations::seccomp_match(e, &SPEC, pod.meta(), spec);
    ips(e, pod, &Value::Null);
    annotations::app_armor_match(e, &SPEC, pod.meta(), spec);
}

pub(super) fn metadata_and_spec(e: &mut ErrorList, pod: &Value) {
    object_meta(e, pod, true, name_is_dns_subdomain);
    let spec = pod.get("spec");
    let path = Path::new("metadata");
    annotations::specific(
        e,
        &path.child("annotations"),
        pod.meta().get("annotations"),
        spec,
    );
    pod_spec(e, &SPEC, spec, Some(pod.meta()));
    if spec.get("serviceAccountName").is_empty() {
        token_sources(e, spec);
    }
    for list in ["containers", "initContainers"] {
        for (i, c) in spec.get(list).items().iter().enumerate() {
            containers::only_for_pod(e, &SPEC.item(list, i), c);
        }
    }
}

fn token_sources(e: &mut ErrorList, spec: &Value) {
    for (i, v) in spec.get("volumes").items().iter().enumerate() {
        for (j, s) in v.at(&["projected", "sources"]).items().iter().enumerate() {
            if !s.get("serviceAccountToken").is_null() {
                let volume = SPEC.item("volumes", i);
                let projected = volume.child("projected");
                let source = projected.item("sources", j);
                e.push(FieldError::forbidden(
                    &source.child("serviceAccountToken"),
                    "must not be specified when serviceAccountName is not set",
                ));
            }
        }
    }
}

/// A pod template.
pub fn template(e: &mut ErrorList, path: &Path, v: &Value) {
    let (meta, spec) = (v.meta(), v.get("spec"));
    labels(e, &path.child("labels"), meta.get("labels"));
    let annotations_path = path.child("annotations");
    annotations(e, &annotations_path, meta.get("annotations"));
    annotations::specific(e, &annotations_path, meta.get("annotations"), spec);
    let spec_path = path.child("spec");
    pod_spec(e, &spec_path, spec, None);
    annotations::seccomp_match(e, &spec_path, meta, spec);
    annotations::app_armor_match(e, &spec_path, meta, spec);
    if !spec.get("ephemeralContainers").is_empty() {
        e.push(FieldError::forbidden(
            &path.child("spec.ephemeralContainers"),
            "ephemeral containers not allowed in pod template",
        ));
    }
}

/// A pod spec. `meta`: the pod's metadata, none for templates.
pub fn pod_spec(e: &mut ErrorList, path: &Path, spec: &Value, meta: Option<&Value>) {
    let cx = Context { spec, meta };
    if spec.get("terminationGracePeriodSeconds").is_null() {
        e.push(FieldError::required(
            &path.child("terminationGracePeriodSeconds"),
            "",
        ));
    }
    let volumes = volumes::volumes(e, &path.child("volumes"), spec.get("volumes"), meta);
    let claims = resources::pod_claims(
        e,
        &path.child("resourceClaims"),
        spec.get("resourceClaims"),
        meta,
    );
    let known = containers::Known {
        volumes: &volumes,
        claims: &claims,
    };
    containers::containers(e, &path.child("containers"), cx, known);
    containers::init_containers(e, &path.child("initContainers"), cx, known);
    containers::ephemeral_containers(e, &path.child("ephemeralContainers"), cx, known);
    resources::pod_level(e, path, spec, &claims);
    host_network_ports(e, path, cx);
    required_supported(
        e,
        &path.child("restartPolicy"),
        spec.get("restartPolicy"),
        &["Always", "OnFailure", "Never"],
    );
    required_supported(
        e,
        &path.child("dnsPolicy"),
        spec.get("dnsPolicy"),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    );
    labels(e, &path.child("nodeSelector"), spec.get("nodeSelector"));
    security::pod_context(e, &path.child("securityContext"), spec);
    scheduling::affinity(e, &path.child("affinity"), spec.get("affinity"));
    dns_config(
        e,
        &path.child("dnsConfig"),
        spec.get("dnsConfig"),
        spec.get("dnsPolicy").str(),
    );
    gates(e, path, spec);
    scheduling::topology_spread(
        e,
        &path.child("topologySpreadConstraints"),
        spec.get("topologySpreadConstraints"),
    );
    windows::host_process(e, path, spec);
    security::host_users(e, path, spec);
    hostname_override(e, path, spec);
    names(e, path, spec);
    rest(e, path, spec);
}

fn host_network_ports(e: &mut ErrorList, path: &Path, cx: Context) {
    if cx.spec.get("hostNetwork").as_bool() != Some(true) {
        return;
    }
    for (i, c) in cx.spec.get("containers").items().iter().enumerate() {
        for (j, p) in c.get("ports").items().iter().enumerate() {
            let number = |f: &str| p.get(f).as_i64().unwrap_or(0);
            let (host, container) = (number("hostPort"), number("containerPort"));
            if (cx.meta.is_some() || host != 0) && host != container {
                let at = path.item("containers", i);
                e.push(FieldError::invalid(
                    &at.item("ports", j).child("hostPort"),
                    host,
                    "must match `containerPort` when `hostNetwork` is true",
                ));
            }
        }
    }
}

fn dns_config(e: &mut ErrorList, path: &Path, v: &Value, policy: &str) {
    let servers = v.get("nameservers");
    if policy == "None" {
        if v.is_null() {
            return e.push(FieldError::required(
                path,
                "must provide `dnsConfig` when `dnsPolicy` is None",
            ));
        }
        if servers.is_empty() {
            return e.push(FieldError::required(
                &path.child("nameservers"),
                "must provide at least one DNS nameserver when `dnsPolicy` is None",
            ));
        }
    }
    if servers.items().len() > 3 {
        e.push(FieldError::invalid(
            &path.child("nameservers"),
            servers,
            "must not have more than 3 nameservers",
        ));
    }
    for (i, s) in servers.items().iter().enumerate() {
        net::valid_ip(e, &path.item("nameservers", i), s.str(), &[]);
    }
    let searches = v.get("searches");
    let all: usize = searches.items().iter().map(|s| s.str().len() + 1).sum();
    if searches.items().len() > 32 {
        let text = "must not have more than 32 search paths";
        e.push(FieldError::invalid(&path.child("searches"), searches, text));
    }
    if all > 2049 {
        let text = "must not have more than 2048 characters (including spaces) in the search list";
        e.push(FieldError::invalid(&path.child("searches"), searches, text));
    }
    for (i, s) in searches.items().iter().enumerate() {
        if s.str() != "." {
            let s = s.str().strip_suffix('.').unwrap_or(s.str());
            invalid_each(
                e,
                &path.item("searches", i),
                s,
                super::text::is_dns1123_subdomain_with_underscore(s),
            );
        }
    }
    for (i, o) in v.get("options").items().iter().enumerate() {
        if o.get("name").is_empty() {
            e.push(FieldError::required(
                &path.item("options", i),
                "must not be empty",
            ));
        }
    }
}

fn gates(e: &mut ErrorList, path: &Path, spec: &Value) {
    for (i, g) in spec.get("readinessGates").items().iter().enumerate() {
        let at = path.item("readinessGates", i);
        super::common::qualified_name(e, &at.child("conditionType"), g.get("conditionType").str());
    }
    let gates = spec.get("schedulingGates").items();
    for (i, g) in gates.iter().enumerate() {
        let (at, name) = (path.item("schedulingGates", i), g.get("name").str());
        super::common::qualified_name(e, &at, name);
        if gates[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at, name));
        }
    }
}

fn hostname_override(e: &mut ErrorList, path: &Path, spec: &Value) {
    let Some(name) = spec.get("hostnameOverride").as_str() else {
        return;
    };
    let at = path.child("hostnameOverride");
    if spec.get("setHostnameAsFQDN").as_bool() == Some(true) {
        e.push(FieldError::forbidden(
            &at,
            "may not be specified when setHostnameAsFQDN is true",
        ));
    }
    if spec.get("hostNetwork").as_bool() == Some(true) {
        e.push(FieldError::forbidden(
            &at,
            "may not be specified when hostNetwork is true",
        ));
    }
    if name.len() > 64 {
        e.push(FieldError::too_long(&at, 64));
    }
    dns_subdomain(e, &at, name);
}

fn names(e: &mut ErrorList, path: &Path, spec: &Value) {
    for field in ["serviceAccountName", "nodeName"] {
        if !spec.get(field).is_empty() {
            dns_subdomain(e, &path.child(field), spec.get(field).str());
        }
    }
    if let Some(n) = spec.get("activeDeadlineSeconds").as_i64()
        && !(1..=i64::from(i32::MAX)).contains(&n)
    {
        let text = inclusive_range(1, i64::from(i32::MAX));
        e.push(FieldError::invalid(
            &path.child("activeDeadlineSeconds"),
            n,
            text,
        ));
    }
    for field in ["hostname", "subdomain"] {
        if !spec.get(field).is_empty() {
            dns_label(e, &path.child(field), spec.get(field).str());
        }
    }
}

fn rest(e: &mut ErrorList, path: &Path, spec: &Value) {
    scheduling::tolerations(e, &path.child("tolerations"), spec.get("tolerations"));
    for (i, alias) in spec.get("hostAliases").items().iter().enumerate() {
        let at = path.item("hostAliases", i);
        net::valid_ip(e, &at.child("ip"), alias.get("ip").str(), &[]);
        for (j, name) in alias.get("hostnames").items().iter().enumerate() {
            dns_subdomain(e, &at.item("hostnames", j), name.str());
        }
    }
    let class = spec.get("priorityClassName");
    if !class.is_empty() {
        dns_subdomain(e, &path.child("priorityClassName"), class.str());
    }
    if let Some(name) = spec.get("runtimeClassName").as_str() {
        dns_subdomain(e, &path.child("runtimeClassName"), name);
    }
    let preemption = spec.get("preemptionPolicy");
    if !preemption.is_null() {
        let at = path.child("preemptionPolicy");
        required_supported(e, &at, preemption, &["PreemptLowerPriority", "Never"]);
    }
    if !spec.get("overhead").is_null() {
        let mut limits = Value::object();
        limits.set("limits", spec.get("overhead"));
        resources::container(e, &path.child("overhead"), &limits, &[]);
    }
    if !spec.get("os").is_null() {
        operating_system(e, path, spec);
    }
    env::file_key_volumes(e, path, spec);
}

fn operating_system(e: &mut ErrorList, path: &Path, spec: &Value) {
    let name = spec.at(&["os", "name"]);
    match name.str() {
        "" => e.push(FieldError::required(&path.child("os.name"), "")),
        "linux" => windows::linux_pod(e, path, spec),
        "windows" => windows::windows_pod(e, path, spec),
        _ => supported(e, &path.child("os"), name, &["linux", "windows"]),
    }
}

/// All containers with their paths, in the order that upstream visits them: init, plain, ephemeral.
pub fn visit_containers<'a>(spec: &'a Value, path: &Path, mut f: impl FnMut(&'a Value, &Path)) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (i, c) in spec.get(list).items().iter().enumerate() {
            f(c, &path.item(list, i));
        }
    }
}

/// The addresses in a pod's status.
pub(super) fn ips(e: &mut ErrorList, pod: &Value, old: &Value) {
    let status = pod.get("status");
    for (list, text) in [("podIPs", "status.podIPs"), ("hostIPs", "status.hostIPs")] {
        let path = Path::new(text);
        let ips: Vec<&str> = status
            .get(list)
            .items()
            .iter()
            .map(|i| i.get("ip").str())
            .collect();
        let before = old.at(&["status", list]);
        let before: Vec<&str> = before.items().iter().map(|i| i.get("ip").str()).collect();
        if list == "hostIPs"
            && ips
                .first()
                .is_some_and(|ip| *ip != status.get("hostIP").str())
        {
            e.push(FieldError::invalid(
                &path.index(0).child("ip"),
                ips[0],
                "must be equal to `hostIP`",
            ));
        }
        for (i, ip) in ips.iter().enumerate() {
            net::valid_ip(e, &path.index(i), ip, &before);
        }
        if ips.len() > 1 && (ips.len() > 2 || !net::is_dual_stack(ips.iter().copied())) {
            let bad: Vec<String> = ips
                .iter()
                .map(|ip| format!("{{\"IP\":\"{ip}\"}}"))
                .collect();
            e.push(FieldError::invalid(
                &path,
                crate::apimachinery::field_errors::Bad::raw(format!("[{}]", bad.join(","))),
                "may specify no more than one IP for each IP family",
            ));
        }
    }
}
