//! Network policies, ingresses and ingress classes (`pkg/apis/networking/validation`).

use super::batch::domain_prefixed_path;
use super::common::{
    dns_subdomain, immutable, invalid_each, port_num, port_num_or_name, required, strings,
    supported,
};
use super::meta::{
    label_selector, name_is_dns_label, name_is_dns_subdomain, object_meta, object_meta_update,
};
use super::net::{
    is_dual_stack, masked, parse_cidr_sloppy, parse_ip_sloppy, valid_cidr, valid_cidr_strict,
    valid_ip, valid_ip_strict,
};
use super::text::is_wildcard_dns1123_subdomain;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::{
    is_dns1123_subdomain, is_valid_path_segment_name, is_valid_port_name,
};
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const SPEC: Path<'static> = Path::new("spec");

/// A NetworkPolicy.
pub fn network_policy(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    policy_spec(e, v.get("spec"), &[]);
}

/// An update of a NetworkPolicy: networks that stood there before are let through.
pub fn network_policy_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let mut before: Vec<&str> = Vec::new();
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in old.at(&["spec", rules]).items() {
            for peer in rule.get(peers).items() {
                before.push(peer.at(&["ipBlock", "cidr"]).str());
                before.extend(
                    peer.at(&["ipBlock", "except"])
                        .items()
                        .iter()
                        .map(Value::str),
                );
            }
        }
    }
    policy_spec(e, new.get("spec"), &before);
}

fn policy_spec(e: &mut ErrorList, spec: &Value, before: &[&str]) {
    label_selector(e, &SPEC.child("podSelector"), spec.get("podSelector"));
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for (i, rule) in spec.get(rules).items().iter().enumerate() {
            let at = SPEC.item(rules, i);
            for (j, p) in rule.get("ports").items().iter().enumerate() {
                policy_port(e, &at.item("ports", j), p);
            }
            for (j, p) in rule.get(peers).items().iter().enumerate() {
                policy_peer(e, &at.item(peers, j), p, before);
            }
        }
    }
    let types = spec.get("policyTypes");
    if types.items().len() > 2 {
        let text = "may not specify more than two policyTypes";
        return e.push(FieldError::invalid(&SPEC.child("policyTypes"), types, text));
    }
    for (i, t) in types.items().iter().enumerate() {
        supported(e, &SPEC.item("policyTypes", i), t, &["Ingress", "Egress"]);
    }
}

fn policy_port(e: &mut ErrorList, at: &Path, p: &Value) {
    if !p.get("protocol").is_null() {
        supported(
            e,
            &at.child("protocol"),
            p.get("protocol"),
            &["TCP", "UDP", "SCTP"],
        );
    }
    let (port, end) = (p.get("port"), p.get("endPort").as_i64());
    let end_path = at.child("endPort");
    match (port, end) {
        (Value::Null, Some(end)) => {
            let text = "may not be specified when `port` is not specified";
            e.push(FieldError::invalid(&end_path, end, text));
        }
        (Value::Null, None) => {}
        (Value::Int(n), end) => {
            port_num(e, &at.child("port"), *n);
            if let Some(end) = end {
                if end < *n {
                    let text = "must be greater than or equal to `port`";
                    e.push(FieldError::invalid(&end_path, *n, text));
                }
                port_num(e, &end_path, end);
            }
        }
        (name, end) => {
            if let Some(end) = end {
                let text = "may not be specified when `port` is non-numeric";
                e.push(FieldError::invalid(&end_path, end, text));
            }
            port_num_or_name(e, &at.child("port"), name);
        }
    }
}

fn policy_peer(e: &mut ErrorList, at: &Path, p: &Value, before: &[&str]) {
    let mut peers = 0;
    for field in ["podSelector", "namespaceSelector"] {
        if !p.get(field).is_null() {
            peers += 1;
            label_selector(e, &at.child(field), p.get(field));
        }
    }
    let block = p.get("ipBlock");
    if !block.is_null() {
        peers += 1;
        ip_block(e, &at.child("ipBlock"), block, before);
    }
    if peers == 0 {
        e.push(FieldError::required(at, "must specify a peer"));
    } else if peers > 1 && !block.is_null() {
        e.push(FieldError::forbidden(
            at,
            "may not specify both ipBlock and another peer",
        ));
    }
}

fn ip_block(e: &mut ErrorList, path: &Path, v: &Value, before: &[&str]) {
    let cidr = v.get("cidr").str();
    if !required(e, &path.child("cidr"), v.get("cidr")) {
        return;
    }
    valid_cidr(e, &path.child("cidr"), cidr, before);
    let Some((ip, bits)) = parse_cidr_sloppy(cidr) else {
        return;
    };
    for (i, except) in v.get("except").items().iter().enumerate() {
        let at = path.item("except", i);
        valid_cidr(e, &at, except.str(), before);
        let Some((inner, inner_bits)) = parse_cidr_sloppy(except.str()) else {
            continue;
        };
        let contained = inner.is_ipv4() == ip.is_ipv4() && masked(inner, bits) == masked(ip, bits);
        if !contained || bits >= inner_bits {
            let text = "must be a strict subset of `cidr`";
            e.push(FieldError::invalid(&at, except, text));
        }
    }
}

/// An Ingress at its creation.
pub fn ingress(e: &mut ErrorList, v: &Value) {
    checked_ingress(e, v);
    let class = "kubernetes.io/ingress.class";
    if let (Some(a), Some(b)) = (
        v.annotation(class),
        v.at(&["spec", "ingressClassName"]).as_str(),
    ) && a != b
    {
        let path = Path::new("annotations");
        let text = "must match `ingressClassName` when both are specified";
        e.push(FieldError::invalid(&path.child(class), a, text));
    }
}

/// An update of an Ingress.
pub fn ingress_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    checked_ingress(e, new);
}

fn checked_ingress(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let spec = v.get("spec");
    let (rules, default) = (spec.get("rules"), spec.get("defaultBackend"));
    if rules.is_empty() && default.is_null() {
        let text = "either `defaultBackend` or `rules` must be specified";
        e.push(FieldError::invalid(&SPEC, rules, text));
    }
    if !default.is_null() {
        backend(e, &SPEC.child("defaultBackend"), default);
    }
    for (i, rule) in rules.items().iter().enumerate() {
        ingress_rule(e, &SPEC.item("rules", i), rule);
    }
    for (i, tls) in spec.get("tls").items().iter().enumerate() {
        let at = SPEC.item("tls", i);
        for (j, host) in tls.get("hosts").items().iter().enumerate() {
            host_name(e, &at.item("hosts", j), host.str());
        }
        if !tls.get("secretName").is_empty() {
            dns_subdomain(e, &at.child("secretName"), tls.get("secretName").str());
        }
    }
    if let Some(class) = spec.get("ingressClassName").as_str() {
        dns_subdomain(e, &SPEC.child("ingressClassName"), class);
    }
}

fn host_name(e: &mut ErrorList, path: &Path, host: &str) {
    let messages = match host.contains('*') {
        true => is_wildcard_dns1123_subdomain(host),
        false => is_dns1123_subdomain(host),
    };
    invalid_each(e, path, host, messages);
}

fn ingress_rule(e: &mut ErrorList, at: &Path, rule: &Value) {
    let host = rule.get("host").str();
    if !host.is_empty() {
        if parse_ip_sloppy(host).is_some() {
            let text = "must be a DNS name, not an IP address";
            e.push(FieldError::invalid(&at.child("host"), host, text));
        }
        host_name(e, &at.child("host"), host);
    }
    let http = rule.get("http");
    if http.is_null() {
        return;
    }
    let path = at.child("http");
    required(e, &path.child("paths"), http.get("paths"));
    for (i, p) in http.get("paths").items().iter().enumerate() {
        http_path(e, &path.item("paths", i), p);
    }
}

fn http_path(e: &mut ErrorList, at: &Path, v: &Value) {
    let (kind, text) = (v.get("pathType"), v.get("path").str());
    let path = at.child("path");
    if kind.is_null() {
        return e.push(FieldError::required(
            &at.child("pathType"),
            "pathType must be specified",
        ));
    }
    let absolute = text.starts_with('/');
    match kind.str() {
        "Exact" | "Prefix" => {
            if !absolute {
                e.push(FieldError::invalid(&path, text, "must be an absolute path"));
            }
            for bad in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(bad) {
                    e.push(FieldError::invalid(
                        &path,
                        text,
                        format!("must not contain '{bad}'"),
                    ));
                }
            }
            for bad in ["/..", "/."] {
                if text.ends_with(bad) {
                    e.push(FieldError::invalid(
                        &path,
                        text,
                        format!("cannot end with '{bad}'"),
                    ));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !absolute {
                e.push(FieldError::invalid(&path, text, "must be an absolute path"));
            }
        }
        _ => supported(
            e,
            &at.child("pathType"),
            kind,
            &["Exact", "ImplementationSpecific", "Prefix"],
        ),
    }
    backend(e, &at.child("backend"), v.get("backend"));
}

fn backend(e: &mut ErrorList, path: &Path, v: &Value) {
    let (resource, service) = (v.get("resource"), v.get("service"));
    match (resource.is_null(), service.is_null()) {
        (false, false) => {
            let text = "cannot set both resource and service backends";
            return e.push(FieldError::invalid(path, "", text));
        }
        (true, true) => {
            let text = "resource or service backend is required";
            return e.push(FieldError::invalid(path, "", text));
        }
        (false, true) => return reference(e, &path.child("resource"), resource, false),
        (true, false) => {}
    }
    let name = service.get("name").str();
    let name_path = path.child("service.name");
    if required(e, &name_path, service.get("name")) {
        invalid_each(e, &name_path, name, name_is_dns_label(name, false));
    }
    let (port_name, number) = (
        service.at(&["port", "name"]).str(),
        service.at(&["port", "number"]).as_i64().unwrap_or(0),
    );
    match (port_name.is_empty(), number) {
        (false, n) if n != 0 => {
            let text = "cannot set both port name & port number";
            e.push(FieldError::invalid(path, "", text));
        }
        (false, _) => invalid_each(
            e,
            &path.child("service.port.name"),
            port_name,
            is_valid_port_name(port_name),
        ),
        (true, 0) => e.push(FieldError::required(
            path,
            "port name or number is required",
        )),
        (true, n) => port_num(e, &path.child("service.port.number"), n),
    }
}

/// A reference to another object; `bare` where what is required is not said in words.
fn reference(e: &mut ErrorList, path: &Path, v: &Value, bare: bool) {
    if let Some(group) = v.get("apiGroup").as_str() {
        dns_subdomain(e, &path.child("apiGroup"), group);
    }
    for field in ["kind", "name"] {
        let text = v.get(field).str();
        let at = path.child(field);
        match text {
            "" if bare => e.push(FieldError::required(&at, "")),
            "" => e.push(FieldError::required(&at, format!("{field} is required"))),
            text => invalid_each(e, &at, text, is_valid_path_segment_name(text)),
        }
    }
}

/// An update of an Ingress' status.
pub fn ingress_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let path = Path::new("status.loadBalancer");
    for (i, entry) in new
        .at(&["status", "loadBalancer", "ingress"])
        .items()
        .iter()
        .enumerate()
    {
        let at = path.item("ingress", i);
        let (ip, host) = (entry.get("ip").str(), entry.get("hostname").str());
        if !ip.is_empty() {
            valid_ip(e, &at.child("ip"), ip, &[]);
        }
        if !host.is_empty() {
            dns_subdomain(e, &at.child("hostname"), host);
            if parse_ip_sloppy(host).is_some() {
                let text = "must be a DNS name, not an IP address";
                e.push(FieldError::invalid(&at.child("hostname"), host, text));
            }
        }
    }
}

/// An IngressClass.
pub fn ingress_class(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    let controller = spec.get("controller").str();
    let path = SPEC.child("controller");
    if controller.len() > 250 {
        e.push(FieldError::too_long(&path, 250));
    }
    domain_prefixed_path(e, &path, controller);
    let parameters = spec.get("parameters");
    if parameters.is_null() {
        return;
    }
    let path = SPEC.child("parameters");
    reference(e, &path, parameters, true);
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    match scope.str() {
        _ if scope.is_null() => e.push(FieldError::required(&path.child("scope"), "")),
        "Namespace" => match namespace.as_str() {
            None => {
                let text = "`parameters.scope` is set to 'Namespace'";
                e.push(FieldError::required(&path.child("namespace"), text));
            }
            Some(n) => invalid_each(e, &path.child("namespace"), n, name_is_dns_label(n, false)),
        },
        "Cluster" if !namespace.is_null() => {
            let text = "`parameters.scope` is set to 'Cluster'";
            e.push(FieldError::forbidden(&path.child("namespace"), text));
        }
        "Cluster" => {}
        _ => supported(e, &path.child("scope"), scope, &["Cluster", "Namespace"]),
    }
}

/// An update of an IngressClass: its controller stays.
pub fn ingress_class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let of = |v: &Value| Value::from(v.at(&["spec", "controller"]).str());
    immutable(e, &SPEC.child("controller"), &of(new), &of(old));
    ingress_class(e, new);
}

/// An IPAddress: its name is the address.
pub fn ip_address(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, |name, _| {
        let mut e = ErrorList::new();
        valid_ip_strict(&mut e, &SPEC, name);
        e.into_iter().map(|x| x.detail).collect()
    });
    let (path, parent) = (SPEC.child("parentRef"), v.at(&["spec", "parentRef"]));
    if parent.is_null() {
        return e.push(FieldError::required(&path, ""));
    }
    let group = parent.get("group").str();
    if !group.is_empty() {
        dns_subdomain(e, &path.child("group"), group);
    }
    for field in ["resource", "name", "namespace"] {
        let (at, text) = (path.child(field), parent.get(field).str());
        if field == "namespace" && text.is_empty() {
            continue;
        }
        if required(e, &at, parent.get(field)) {
            invalid_each(e, &at, text, is_valid_path_segment_name(text));
        }
    }
}

/// An update of an IPAddress: who has it stays.
pub fn ip_address_update(e: &mut ErrorList, new: &Value, old: &Value) {
    ip_address(e, new);
    object_meta_update(e, new, old);
    let parent = new.at(&["spec", "parentRef"]);
    if parent != old.at(&["spec", "parentRef"]) {
        let bad = match parent.is_null() {
            true => "null".into(),
            false => wire::internal_json(parent, "io.k8s.api.networking.v1.ParentReference"),
        };
        let path = SPEC.child("parentRef");
        e.push(FieldError::invalid(
            &path,
            Bad::raw(bad),
            "field is immutable",
        ));
    }
}

/// A ServiceCIDR.
pub fn service_cidr(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    service_ranges(e, v.get("spec"));
}

fn service_ranges(e: &mut ErrorList, spec: &Value) {
    let path = SPEC.child("cidrs");
    let cidrs: Vec<&str> = strings(spec.get("cidrs")).collect();
    if cidrs.is_empty() {
        let text = "at least one CIDR required";
        return e.push(FieldError::required(&path, text));
    }
    if cidrs.len() > 2 {
        let bad = wire::internal_json(spec, "io.k8s.api.networking.v1.ServiceCIDRSpec");
        let text = "may only hold up to 2 values";
        return e.push(FieldError::invalid(&path, Bad::raw(bad), text));
    }
    let before = e.len();
    for (i, cidr) in cidrs.iter().enumerate() {
        valid_cidr_strict(e, &path.index(i), cidr);
    }
    if cidrs.len() == 2 && e.len() == before && !is_dual_stack(cidrs.iter().copied()) {
        let text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        e.push(FieldError::invalid(&path, spec.get("cidrs"), text));
    }
}

/// An update of a ServiceCIDR: a second range may be added, nothing else changes.
pub fn service_cidr_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let path = SPEC.child("cidrs");
    let (is, was) = (
        new.at(&["spec", "cidrs"]).items(),
        old.at(&["spec", "cidrs"]).items(),
    );
    if is.len() == was.len() {
        for (i, (n, _)) in is.iter().zip(was).enumerate().filter(|(_, (n, o))| n != o) {
            e.push(FieldError::invalid(&path.index(i), n, "field is immutable"));
        }
    } else if (was.len(), is.len()) == (1, 2) {
        if is[0] != was[0] {
            e.push(FieldError::invalid(
                &path.index(0),
                &is[0],
                "field is immutable",
            ));
        }
        service_ranges(e, new.get("spec"));
    } else {
        let bad = new.at(&["spec", "cidrs"]);
        e.push(FieldError::invalid(&path, bad, "field is immutable"));
    }
}
