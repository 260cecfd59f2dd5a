//! Endpoints and EndpointSlices.

use super::PROTOCOLS;
use crate::api::validation::common::{
    dns_label, dns_subdomain, immutable, invalid_each, port_num, qualified_name, required_supported,
};
use crate::api::validation::meta::{name_is_dns_subdomain, object_meta, object_meta_update};
use crate::api::validation::net::{endpoint_ip, valid_ip, valid_ip_strict};
use crate::apimachinery::names::{is_dns1123_label, is_valid_label_value};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// Endpoints.
pub fn endpoints(e: &mut ErrorList, v: &Value, old: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    if !old.is_null() && old.get("subsets") == v.get("subsets") {
        return;
    }
    for (i, s) in v.get("subsets").items().iter().enumerate() {
        let root = Path::new("subsets");
        let at = root.index(i);
        if s.get("addresses").is_empty() && s.get("notReadyAddresses").is_empty() {
            e.push(FieldError::required(
                &at,
                "must specify `addresses` or `notReadyAddresses`",
            ));
        }
        for list in ["addresses", "notReadyAddresses"] {
            for (j, a) in s.get(list).items().iter().enumerate() {
                address(e, &at.item(list, j), a);
            }
        }
        let ports = s.get("ports").items();
        for (j, p) in ports.iter().enumerate() {
            port(e, &at.item("ports", j), p, ports.len() > 1);
        }
    }
}

/// An update of endpoints.
pub fn endpoints_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    endpoints(e, new, old);
}

fn address(e: &mut ErrorList, at: &Path, a: &Value) {
    let (ip, host) = (a.get("ip").str(), a.get("hostname").str());
    valid_ip(e, &at.child("ip"), ip, &[]);
    if !host.is_empty() {
        dns_label(e, &at.child("hostname"), host);
    }
    if let Some(node) = a.get("nodeName").as_str() {
        dns_subdomain(e, &at.child("nodeName"), node);
    }
    endpoint_ip(e, &at.child("ip"), ip);
}

fn port(e: &mut ErrorList, at: &Path, p: &Value, need_name: bool) {
    let name = p.get("name").str();
    if !name.is_empty() {
        dns_label(e, &at.child("name"), name);
    } else if need_name {
        e.push(FieldError::required(&at.child("name"), ""));
    }
    port_num(e, &at.child("port"), p.get("port").as_i64().unwrap_or(0));
    required_supported(e, &at.child("protocol"), p.get("protocol"), PROTOCOLS);
    if let Some(protocol) = p.get("appProtocol").as_str() {
        qualified_name(e, &at.child("appProtocol"), protocol);
    }
}

/// An EndpointSlice (`pkg/apis/discovery/validation`).
pub fn slice(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let kind = v.get("addressType");
    required_supported(
        e,
        &Path::new("addressType"),
        kind,
        &["FQDN", "IPv4", "IPv6"],
    );
    slice_ports(e, v);
    let list = v.get("endpoints").items();
    let path = Path::new("endpoints");
    if list.len() > 1000 {
        return e.push(FieldError::too_many(&path, list.len(), 1000));
    }
    for (i, endpoint) in list.iter().enumerate() {
        slice_endpoint(e, &path.index(i), endpoint, kind.str());
    }
}

fn slice_endpoint(e: &mut ErrorList, at: &Path, v: &Value, kind: &str) {
    let addresses = v.get("addresses").items();
    let path = at.child("addresses");
    if addresses.is_empty() {
        e.push(FieldError::required(
            &path,
            "must contain at least 1 address",
        ));
    } else if addresses.len() > 100 {
        e.push(FieldError::too_many(&path, addresses.len(), 100));
    }
    for (i, a) in addresses.iter().enumerate() {
        let (at, a) = (path.index(i), a.str());
        match kind {
            "IPv4" | "IPv6" => {
                let before = e.len();
                match kind {
                    "IPv4" => valid_ip(e, &at, a, &[]),
                    _ => valid_ip_strict(e, &at, a),
                }
                if e.len() > before {
                    continue;
                }
                // Upstream names the list here, not the address.
                if a.contains(':') != (kind == "IPv6") {
                    let text = format!("must be an {kind} address");
                    e.push(FieldError::invalid(&path, a, text));
                }
                endpoint_ip(e, &at, a);
            }
            "FQDN" => fully_qualified(e, &at, a),
            _ => {}
        }
    }
    if let Some(node) = v.get("nodeName").as_str() {
        dns_subdomain(e, &at.child("nodeName"), node);
    }
    let topology = v.get("deprecatedTopology");
    if topology.fields().count() > 16 {
        e.push(FieldError::too_many(
            &at.child("deprecatedTopology"),
            topology.fields().count(),
            16,
        ));
    }
    if let Some(host) = v.get("hostname").as_str() {
        invalid_each(e, &at.child("hostname"), host, is_dns1123_label(host));
    }
    hints(e, &at.child("hints"), v.get("hints"));
}

fn hints(e: &mut ErrorList, path: &Path, v: &Value) {
    for (list, what) in [("forZones", "zone"), ("forNodes", "node")] {
        let entries = v.get(list).items();
        if entries.len() > 8 {
            e.push(FieldError::too_many(&path.child(list), entries.len(), 8));
            continue;
        }
        for (i, h) in entries.iter().enumerate() {
            let (at, name) = (path.item(list, i), h.get("name").str());
            if entries[..i].iter().any(|o| o.get("name").str() == name) {
                e.push(FieldError::duplicate(&at.child("name"), name));
            }
            if what == "zone" {
                invalid_each(e, &at.child("name"), name, is_valid_label_value(name));
            } else {
                dns_subdomain(e, &at.child("name"), name);
            }
        }
    }
}

fn fully_qualified(e: &mut ErrorList, at: &Path, name: &str) {
    let name = name.strip_suffix('.').unwrap_or(name);
    let messages = crate::apimachinery::names::is_dns1123_subdomain(name);
    if name.is_empty() {
        e.push(FieldError::required(at, ""));
    } else if !messages.is_empty() {
        e.push(FieldError::invalid(at, name, messages.join(",")));
    } else if !name.contains('.') {
        let text = "should be a domain with at least two segments separated by dots";
        e.push(FieldError::invalid(at, name, text));
    }
}

fn slice_ports(e: &mut ErrorList, v: &Value) {
    let (path, list) = (Path::new("ports"), v.get("ports").items());
    if list.len() > 20000 {
        return e.push(FieldError::too_many(&path, list.len(), 20000));
    }
    for (i, p) in list.iter().enumerate() {
        let (at, name) = (path.index(i), p.get("name").str());
        if !name.is_empty() {
            dns_label(e, &at.child("name"), name);
        }
        if list[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        match p.get("protocol") {
            Value::Null => e.push(FieldError::required(&at.child("protocol"), "")),
            protocol => super::supported(e, &at.child("protocol"), protocol, PROTOCOLS),
        }
        if let Some(n) = p.get("port").as_i64() {
            port_num(e, &at.child("port"), n);
        }
        if let Some(protocol) = p.get("appProtocol").as_str() {
            qualified_name(e, &at.child("appProtocol"), protocol);
        }
    }
}

/// An update of an EndpointSlice: its address type stays.
pub fn slice_update(e: &mut ErrorList, new: &Value, old: &Value) {
    slice(e, new);
    immutable(
        e,
        &Path::new("addressType"),
        new.get("addressType"),
        old.get("addressType"),
    );
}
