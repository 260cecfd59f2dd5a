//! Services and endpoints (`pkg/apis/core/validation`, `pkg/apis/discovery/validation`).

use super::common::{
    dns_label, dns_subdomain, invalid_each, port_num, port_num_or_name, qualified_name,
    required_supported, strings, supported,
};
use super::meta::{
    labels, name_is_dns_label, name_is_dns_subdomain, object_meta, object_meta_update,
};
use super::net::{endpoint_ip, is_dual_stack, parse_ip_sloppy, valid_cidr, valid_ip};
use crate::api::defaults::externally_accessible;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

pub mod endpoints;

pub(super) const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
const SPEC: Path<'static> = Path::new("spec");

/// A service at its creation.
pub fn create(e: &mut ErrorList, service: &Value) {
    object_meta(e, service, true, name_is_dns_label);
    check(e, service, &Value::Null);
}

/// An update of a service.
pub fn update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let (is, was) = (new.get("spec"), old.get("spec"));
    if is.get("type").str() != "ExternalName" && was.get("type").str() != "ExternalName" {
        cluster_ips_change(e, is, was);
        ip_families_change(e, is, was);
    }
    if both_load_balancers(is, was) && is.get("loadBalancerClass") != was.get("loadBalancerClass") {
        let path = SPEC.child("loadBalancerClass");
        e.push(FieldError::invalid(
            &path,
            is.get("loadBalancerClass"),
            "may not change once set",
        ));
    }
    load_balancer_class(e, is);
    if needs_health_check(is)
        && needs_health_check(was)
        && is.get("healthCheckNodePort") != was.get("healthCheckNodePort")
    {
        e.push(FieldError::forbidden(
            &SPEC.child("healthCheckNodePort"),
            "field is immutable",
        ));
    }
    check(e, new, was);
}

fn both_load_balancers(a: &Value, b: &Value) -> bool {
    a.get("type").str() == "LoadBalancer" && b.get("type").str() == "LoadBalancer"
}

fn is_headless(spec: &Value) -> bool {
    let ips = spec.get("clusterIPs").items();
    ips.len() == 1 && ips[0].str() == "None"
}

fn needs_health_check(spec: &Value) -> bool {
    spec.get("type").str() == "LoadBalancer" && spec.get("externalTrafficPolicy").str() == "Local"
}

fn check(e: &mut ErrorList, service: &Value, old: &Value) {
    let (spec, headless) = (service.get("spec"), is_headless(service.get("spec")));
    let annotations = service.meta().get("annotations");
    topology_annotations(e, annotations);
    let (kind, ports) = (spec.get("type").str(), spec.get("ports").items());
    if ports.is_empty() && !headless && kind != "ExternalName" {
        e.push(FieldError::required(&SPEC.child("ports"), ""));
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let text = format!("may not be set to 'None' for {kind} services");
            e.push(FieldError::invalid(
                &SPEC.item("clusterIPs", 0),
                "None",
                text,
            ));
        }
        "ExternalName" => external_name(e, spec),
        _ => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for (i, p) in ports.iter().enumerate() {
        port(e, &SPEC.item("ports", i), p, ports.len() > 1, &mut names);
    }
    labels(e, &SPEC.child("selector"), spec.get("selector"));
    session_affinity(e, spec);
    cluster_ips(e, spec, old);
    let before: Vec<&str> = strings(old.get("externalIPs")).collect();
    for (i, ip) in strings(spec.get("externalIPs")).enumerate() {
        let (at, found) = (SPEC.item("externalIPs", i), e.len());
        valid_ip(e, &at, ip, &before);
        if e.len() == found {
            endpoint_ip(e, &at, ip);
        }
    }
    required_supported(
        e,
        &SPEC.child("type"),
        spec.get("type"),
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    port_conflicts(e, kind, ports);
    source_ranges(e, spec, annotations, old);
    load_balancer_fields(e, spec);
    traffic_policies(e, spec);
}

fn topology_annotations(e: &mut ErrorList, v: &Value) {
    let (mode, hints) = (
        "service.kubernetes.io/topology-mode",
        "service.kubernetes.io/topology-aware-hints",
    );
    if v.has(mode) && v.has(hints) && v.get(mode) != v.get(hints) {
        let path = Path::new("metadata.annotations");
        let text = format!("must match annotations[{hints}] when both are specified");
        e.push(FieldError::invalid(&path.key(mode), v.get(mode), text));
    }
}

fn external_name(e: &mut ErrorList, spec: &Value) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if !spec.get(field).is_empty() {
            let text = "may not be set for ExternalName services";
            e.push(FieldError::forbidden(&SPEC.child(field), text));
        }
    }
    let name = spec.get("externalName").str();
    let name = name.strip_suffix('.').unwrap_or(name);
    let path = SPEC.child("externalName");
    match name {
        "" => e.push(FieldError::required(&path, "")),
        n => dns_subdomain(e, &path, n),
    }
}

fn port<'a>(e: &mut ErrorList, at: &Path, p: &'a Value, need_name: bool, names: &mut Vec<&'a str>) {
    let name = p.get("name").str();
    if name.is_empty() {
        if need_name {
            e.push(FieldError::required(&at.child("name"), ""));
        }
    } else {
        dns_label(e, &at.child("name"), name);
        if names.contains(&name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        } else {
            names.push(name);
        }
    }
    port_num(e, &at.child("port"), p.get("port").as_i64().unwrap_or(0));
    required_supported(e, &at.child("protocol"), p.get("protocol"), PROTOCOLS);
    port_num_or_name(e, &at.child("targetPort"), p.get("targetPort"));
    if let Some(protocol) = p.get("appProtocol").as_str() {
        qualified_name(e, &at.child("appProtocol"), protocol);
    }
}

fn session_affinity(e: &mut ErrorList, spec: &Value) {
    let affinity = spec.get("sessionAffinity");
    required_supported(
        e,
        &SPEC.child("sessionAffinity"),
        affinity,
        &["ClientIP", "None"],
    );
    let config = spec.get("sessionAffinityConfig");
    let path = SPEC.child("sessionAffinityConfig");
    match affinity.str() {
        "ClientIP" => {
            let text = "when session affinity type is ClientIP";
            let seconds = config.at(&["clientIP", "timeoutSeconds"]);
            if config.is_null() {
                e.push(FieldError::required(&path, text));
            } else if config.get("clientIP").is_null() {
                e.push(FieldError::required(&path.child("clientIP"), text));
            } else if seconds.is_null() {
                e.push(FieldError::required(
                    &path.child("clientIP.timeoutSeconds"),
                    text,
                ));
            } else if !(1..=86400).contains(&seconds.as_i64().unwrap_or(0)) {
                let text = "must be greater than 0 and less than 86400";
                e.push(FieldError::invalid(
                    &path.child("clientIP.timeoutSeconds"),
                    seconds,
                    text,
                ));
            }
        }
        "None" if !config.is_null() => {
            e.push(FieldError::forbidden(
                &path,
                "must not be set when session affinity is None",
            ));
        }
        _ => {}
    }
}

fn cluster_ips(e: &mut ErrorList, spec: &Value, old: &Value) {
    if spec.get("type").str() == "ExternalName" {
        return;
    }
    let (single, list) = (spec.get("clusterIP").str(), spec.get("clusterIPs"));
    let ips: Vec<&str> = strings(list).collect();
    let path = SPEC.child("clusterIPs");
    match (single.is_empty(), ips.first()) {
        (false, None) => e.push(FieldError::required(&path, "")),
        (false, Some(first)) if *first != single => {
            e.push(FieldError::invalid(
                &path,
                list,
                "first value must match `clusterIP`",
            ));
        }
        (true, Some(_)) => {
            let text = "must be empty when `clusterIP` is not specified";
            e.push(FieldError::invalid(&path, list, text));
        }
        _ => {}
    }
    let families: Vec<&str> = strings(spec.get("ipFamilies")).collect();
    for (i, f) in families.iter().enumerate() {
        let at = SPEC.item("ipFamilies", i);
        supported(e, &at, &Value::from(*f), &["IPv4", "IPv6"]);
        if families[..i].contains(f) {
            e.push(FieldError::duplicate(&at, *f));
        }
    }
    if !spec.get("ipFamilyPolicy").is_null() {
        supported(
            e,
            &SPEC.child("ipFamilyPolicy"),
            spec.get("ipFamilyPolicy"),
            &["PreferDualStack", "RequireDualStack", "SingleStack"],
        );
    }
    let before: Vec<&str> = strings(old.get("clusterIPs")).collect();
    let mut bad = false;
    for (i, ip) in ips.iter().enumerate() {
        if i == 0 && *ip == "None" {
            if ips.len() > 1 {
                bad = true;
                e.push(FieldError::invalid(
                    &path,
                    list,
                    "'None' must be the first and only value",
                ));
            }
            continue;
        }
        let found = e.len();
        valid_ip(e, &path.index(i), ip, &before);
        bad |= e.len() > found;
    }
    if ips.len() > 2 {
        e.push(FieldError::invalid(
            &path,
            list,
            "may only hold up to 2 values",
        ));
    }
    if bad {
        return;
    }
    if ips.len() > 1 && !is_dual_stack(ips.iter().copied()) {
        let text = "may specify no more than one IP for each IP family";
        e.push(FieldError::invalid(&path, list, text));
    }
    if !is_headless(spec) {
        for (i, (ip, family)) in ips.iter().zip(&families).enumerate() {
            let v6 = parse_ip_sloppy(ip).is_some_and(|a| a.is_ipv6());
            if (*family == "IPv4" && v6) || (*family == "IPv6" && !v6) {
                let text = format!("expected an {family} value as indicated by `ipFamilies[{i}]`");
                e.push(FieldError::invalid(&path.index(i), *ip, text));
            }
        }
    }
}

fn port_conflicts(e: &mut ErrorList, kind: &str, ports: &[Value]) {
    let number = |p: &Value, f: &str| p.get(f).as_i64().unwrap_or(0);
    for (i, p) in ports.iter().enumerate() {
        if kind == "ClusterIP" && number(p, "nodePort") != 0 {
            let text = "may not be used when `type` is 'ClusterIP'";
            e.push(FieldError::forbidden(
                &SPEC.item("ports", i).child("nodePort"),
                text,
            ));
        }
    }
    for (i, p) in ports.iter().enumerate() {
        let same = |o: &Value| {
            o.get("nodePort") == p.get("nodePort") && o.get("protocol") == p.get("protocol")
        };
        if number(p, "nodePort") != 0 && ports[..i].iter().any(same) {
            let at = SPEC.item("ports", i);
            e.push(FieldError::duplicate(
                &at.child("nodePort"),
                number(p, "nodePort"),
            ));
        }
    }
    for (i, p) in ports.iter().enumerate() {
        let same =
            |o: &Value| o.get("port") == p.get("port") && o.get("protocol") == p.get("protocol");
        if ports[..i].iter().any(same) {
            let bad = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                p.get("protocol").to_json(),
                number(p, "port")
            );
            e.push(FieldError::duplicate(&SPEC.item("ports", i), Bad::raw(bad)));
        }
    }
}

fn source_ranges(e: &mut ErrorList, spec: &Value, annotations: &Value, old: &Value) {
    let key = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let balancer = spec.get("type").str() == "LoadBalancer";
    let text = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.get("loadBalancerSourceRanges");
    let path = SPEC.child("LoadBalancerSourceRanges");
    if !ranges.is_empty() {
        if !balancer {
            e.push(FieldError::forbidden(&path, text));
        }
        let before: Vec<&str> = strings(old.get("loadBalancerSourceRanges"))
            .map(str::trim)
            .collect();
        for (i, range) in strings(ranges).enumerate() {
            valid_cidr(e, &path.index(i), range.trim(), &before);
        }
    } else if let Some(v) = annotations.get(key).as_str() {
        let path = Path::new("metadata.annotations");
        if !balancer {
            e.push(FieldError::forbidden(&path.key(key), text));
        }
        if !v.trim().is_empty() {
            v.split(',')
                .for_each(|c| valid_cidr(e, &path.key(key), c.trim(), &[]));
        }
    }
}

fn load_balancer_fields(e: &mut ErrorList, spec: &Value) {
    let balancer = spec.get("type").str() == "LoadBalancer";
    let allocate = spec.get("allocateLoadBalancerNodePorts");
    if !balancer && !allocate.is_null() {
        let text = "may only be used when `type` is 'LoadBalancer'";
        e.push(FieldError::forbidden(
            &SPEC.child("allocateLoadBalancerNodePorts"),
            text,
        ));
    }
    if balancer && allocate.is_null() {
        e.push(FieldError::required(
            &Path::new("allocateLoadBalancerNodePorts"),
            "",
        ));
    }
    load_balancer_class(e, spec);
}

fn load_balancer_class(e: &mut ErrorList, spec: &Value) {
    let path = SPEC.child("loadBalancerClass");
    if let Some(class) = spec.get("loadBalancerClass").as_str() {
        if spec.get("type").str() == "LoadBalancer" {
            qualified_name(e, &path, class);
        } else {
            e.push(FieldError::forbidden(
                &path,
                "may only be used when `type` is 'LoadBalancer'",
            ));
        }
    }
}

fn traffic_policies(e: &mut ErrorList, spec: &Value) {
    let external = spec.get("externalTrafficPolicy");
    let path = SPEC.child("externalTrafficPolicy");
    if externally_accessible(spec) {
        required_supported(e, &path, external, &["Cluster", "Local"]);
    } else if !external.is_empty() {
        let text = "may only be set for externally-accessible services";
        e.push(FieldError::invalid(&path, external, text));
    }
    let port = spec.get("healthCheckNodePort").as_i64().unwrap_or(0);
    let path = SPEC.child("healthCheckNodePort");
    if needs_health_check(spec) {
        match port {
            0 => e.push(FieldError::required(&path, "")),
            n => port_num(e, &path, n),
        }
    } else if port != 0 {
        let text =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        e.push(FieldError::invalid(&path, port, text));
    }
    let internal = spec.get("internalTrafficPolicy");
    let path = SPEC.child("internalTrafficPolicy");
    let kind = spec.get("type").str();
    if internal.is_null() {
        if matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
            e.push(FieldError::required(&path, ""));
        }
    } else {
        supported(e, &path, internal, &["Cluster", "Local"]);
    }
    if !spec.get("trafficDistribution").is_null() {
        supported(
            e,
            &SPEC.child("trafficDistribution"),
            spec.get("trafficDistribution"),
            &["PreferClose", "PreferSameZone", "PreferSameNode"],
        );
    }
}

fn cluster_ips_change(e: &mut ErrorList, is: &Value, was: &Value) {
    if is_headless(is) && is_headless(was) {
        return;
    }
    let (list, old) = (is.get("clusterIPs"), was.get("clusterIPs"));
    let (new_ips, old_ips) = (list.items(), old.items());
    let path = SPEC.child("clusterIPs");
    let bad = || {
        if list.is_null() {
            Bad::raw("null")
        } else {
            list.into()
        }
    };
    if new_ips.len() == old_ips.len() {
        for (i, (n, o)) in new_ips.iter().zip(old_ips).enumerate() {
            if n != o {
                e.push(FieldError::invalid(
                    &path.index(i),
                    bad(),
                    "may not change once set",
                ));
            }
        }
        return;
    }
    if new_ips.is_empty() {
        e.push(FieldError::invalid(
            &path.index(0),
            bad(),
            "primary clusterIP can not be unset",
        ));
    }
    if let (Some(n), Some(o)) = (new_ips.first(), old_ips.first())
        && n != o
    {
        e.push(FieldError::invalid(
            &path.index(0),
            bad(),
            "may not change once set",
        ));
    }
    releases_secondary(e, is, new_ips.len(), old_ips.len(), "clusterIP");
}

fn releases_secondary(e: &mut ErrorList, is: &Value, new: usize, old: usize, what: &str) {
    let policy = is.get("ipFamilyPolicy");
    if new == 1 && old > 1 && policy.str() != "SingleStack" {
        let text = format!("must be set to 'SingleStack' when releasing the secondary {what}");
        e.push(FieldError::invalid(
            &SPEC.child("ipFamilyPolicy"),
            policy,
            text,
        ));
    }
}

fn ip_families_change(e: &mut ErrorList, is: &Value, was: &Value) {
    if is_headless(is) || is_headless(was) {
        return;
    }
    let (list, old) = (is.get("ipFamilies"), was.get("ipFamilies"));
    let (new_families, old_families) = (list.items(), old.items());
    let at = SPEC.item("ipFamilies", 0);
    if new_families.len() == old_families.len() {
        for (n, o) in new_families.iter().zip(old_families) {
            if n != o {
                e.push(FieldError::invalid(&at, list, "may not change once set"));
            }
        }
        return;
    }
    if new_families.len() < old_families.len() && is.get("clusterIPs").is_empty() {
        e.push(FieldError::invalid(
            &at,
            list,
            "primary ipFamily can not be unset",
        ));
    }
    if let (Some(n), Some(o)) = (new_families.first(), old_families.first())
        && n != o
    {
        e.push(FieldError::invalid(
            &at,
            is.get("clusterIPs"),
            "may not change once set",
        ));
    }
    releases_secondary(e, is, new_families.len(), old_families.len(), "ipFamily");
}

/// An update of a service's status.
pub fn status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let path = Path::new("status.loadBalancer");
    let ingress = new.at(&["status", "loadBalancer", "ingress"]);
    if new.at(&["spec", "type"]).str() != "LoadBalancer" && !ingress.is_empty() {
        let text = "may only be used when `spec.type` is 'LoadBalancer'";
        return e.push(FieldError::forbidden(&path.child("ingress"), text));
    }
    for (i, entry) in ingress.items().iter().enumerate() {
        let at = path.item("ingress", i);
        let (ip, mode, host) = (
            entry.get("ip").str(),
            entry.get("ipMode"),
            entry.get("hostname").str(),
        );
        if !ip.is_empty() {
            valid_ip(e, &at.child("ip"), ip, &[]);
        }
        let at_mode = at.child("ipMode");
        if mode.is_null() {
            if !ip.is_empty() {
                e.push(FieldError::required(
                    &at_mode,
                    "must be specified when `ip` is set",
                ));
            }
        } else if ip.is_empty() {
            e.push(FieldError::forbidden(
                &at_mode,
                "may not be specified when `ip` is not set",
            ));
        } else {
            supported(e, &at_mode, mode, &["Proxy", "VIP"]);
        }
        if !host.is_empty() {
            invalid_each(
                e,
                &at.child("hostname"),
                host,
                name_is_dns_subdomain(host, false),
            );
            if parse_ip_sloppy(host).is_some() {
                let text = "must be a DNS name, not an IP address";
                e.push(FieldError::invalid(&at.child("hostname"), host, text));
            }
        }
    }
}

/// What to warn about in a service.
pub fn warnings(service: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let annotations = service.meta().get("annotations");
    if annotations.has("service.kubernetes.io/topology-aware-hints") {
        out.push("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead".to_owned());
    }
    let spec = service.get("spec");
    let is_external = spec.get("type").str() == "ExternalName";
    if is_headless(spec) {
        let ignored = [
            ("loadBalancerIP", "loadBalancerIP"),
            ("externalIPs", "externalIPs"),
            ("sessionAffinity", "SessionAffinity"),
        ];
        for (field, shown) in ignored {
            let value = spec.get(field);
            if !value.is_empty() && value != &"None" {
                out.push(format!("spec.{shown} is ignored for headless services"));
            }
        }
    } else {
        for (i, ip) in strings(spec.get("clusterIPs")).enumerate() {
            out.extend(super::net::warnings_for_ip(&SPEC.item("clusterIPs", i), ip));
        }
    }
    for (i, ip) in strings(spec.get("externalIPs")).enumerate() {
        out.extend(super::net::warnings_for_ip(
            &SPEC.item("externalIPs", i),
            ip,
        ));
    }
    let headless = spec.get("clusterIP") == "None";
    if !spec.get("externalIPs").items().is_empty() && !headless && !is_external {
        out.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
                .to_owned(),
        );
    }
    let balancer = spec.get("loadBalancerIP").str();
    if !balancer.is_empty() {
        out.extend(super::net::warnings_for_ip(
            &SPEC.child("loadBalancerIP"),
            balancer,
        ));
    }
    for (i, range) in strings(spec.get("loadBalancerSourceRanges")).enumerate() {
        let path = SPEC.item("loadBalancerSourceRanges", i);
        out.extend(super::net::warnings_for_cidr(&path, range.trim()));
    }
    if is_external && !spec.get("externalIPs").is_empty() {
        out.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !is_external && !spec.get("externalName").is_empty() {
        out.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    out
}
