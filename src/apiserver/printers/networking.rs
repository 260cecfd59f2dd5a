//! Services, endpoints, ingresses, network policies.

use super::{Cells, Row, joined, text_or, with_more};
use crate::apimachinery::Value;
use crate::apimachinery::labels::{format_label_selector, format_labels};
use crate::collections::Arrange;

/// How many addresses or ports a cell shows.
const SHOWN: usize = 3;

/// A service (`printService`).
pub fn service(row: &Row<'_>) -> Cells {
    let ip = row.spec("clusterIPs").items().first();
    vec![
        row.name(),
        row.spec("type").clone(),
        text_or(ip.unwrap_or(&Value::Null), "<none>"),
        external_ip(row).into(),
        ports(row.spec("ports")).into(),
        row.age(),
        format_labels(row.spec("selector")).into(),
    ]
}

fn load_balancer(object: &Value) -> String {
    let ingress = object.at(&["status", "loadBalancer", "ingress"]).items();
    let mut addresses: Vec<&str> = ingress
        .iter()
        .map(|i| match i.get("ip").str() {
            "" => i.get("hostname").str(),
            ip => ip,
        })
        .filter(|a| !a.is_empty())
        .collect();
    addresses.arrange();
    addresses.dedup();
    addresses.join(",")
}

fn external_ip(row: &Row<'_>) -> String {
    let own = joined(row.spec("externalIPs").items().iter().map(Value::str), ",");
    match row.spec("type").str() {
        "LoadBalancer" => match (load_balancer(row.o), own) {
            (a, b) if a.is_empty() && b.is_empty() => "<pending>".into(),
            (a, b) if b.is_empty() => a,
            (a, b) if a.is_empty() => b,
            (a, b) => format!("{a},{b}"),
        },
        "ExternalName" => row.spec("externalName").str().to_owned(),
        "ClusterIP" | "NodePort" if own.is_empty() => "<none>".into(),
        "ClusterIP" | "NodePort" => own,
        _ => "<unknown>".into(),
    }
}

fn ports(ports: &Value) -> String {
    let list: Vec<String> = ports
        .items()
        .iter()
        .map(|p| {
            let number = p.get("port").as_i64().unwrap_or(0);
            let protocol = p.get("protocol").str();
            match p.get("nodePort").as_i64().filter(|n| *n > 0) {
                Some(node) => format!("{number}:{node}/{protocol}"),
                None => format!("{number}/{protocol}"),
            }
        })
        .collect();
    if list.is_empty() {
        "<none>".into()
    } else {
        list.join(",")
    }
}

fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') {
        format!("[{ip}]:{port}")
    } else {
        format!("{ip}:{port}")
    }
}

/// Endpoints.
pub fn endpoints(row: &Row<'_>) -> Cells {
    let mut all = Vec::new();
    for subset in row.o.get("subsets").items() {
        let addresses = subset.get("addresses").items();
        let ports = subset.get("ports").items();
        if ports.is_empty() {
            all.extend(addresses.iter().map(|a| a.get("ip").str().to_owned()));
        }
        for port in ports {
            let number = port.get("port").as_i64().unwrap_or(0);
            all.extend(
                addresses
                    .iter()
                    .map(|a| host_port(a.get("ip").str(), number)),
            );
        }
    }
    let otherwise = if row.o.get("subsets").items().is_empty() {
        "<none>"
    } else {
        ""
    };
    let text = with_more(&all, all.len(), SHOWN, otherwise);
    vec![row.name(), text.into(), row.age()]
}

/// An endpoint slice.
pub fn endpoint_slice(row: &Row<'_>) -> Cells {
    let ports: Vec<String> = row
        .o
        .get("ports")
        .items()
        .iter()
        .map(|p| match (p.get("port").as_i64(), p.get("name").as_str()) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) => name.to_owned(),
            _ => "*".into(),
        })
        .collect();
    let addresses: Vec<String> = row
        .o
        .get("endpoints")
        .items()
        .iter()
        .flat_map(|e| e.get("addresses").items())
        .map(|a| a.str().to_owned())
        .collect();
    vec![
        row.name(),
        row.o.get("addressType").clone(),
        with_more(&ports, ports.len(), SHOWN, "<unset>").into(),
        with_more(&addresses, addresses.len(), SHOWN, "<unset>").into(),
        row.age(),
    ]
}

/// An ingress.
pub fn ingress(row: &Row<'_>) -> Cells {
    let hosts: Vec<String> = row
        .spec("rules")
        .items()
        .iter()
        .map(|r| r.get("host").str().to_owned())
        .filter(|h| !h.is_empty())
        .collect();
    let ports = if row.spec("tls").items().is_empty() {
        "80"
    } else {
        "80, 443"
    };
    let class = match row.spec("ingressClassName").str() {
        "" => "<none>",
        class => class,
    };
    vec![
        row.name(),
        class.into(),
        with_more(&hosts, hosts.len(), SHOWN, "*").into(),
        load_balancer(row.o).into(),
        ports.into(),
        row.age(),
    ]
}

/// An ingress class.
pub fn ingress_class(row: &Row<'_>) -> Cells {
    let p = row.spec("parameters");
    let parameters = if p.is_null() {
        "<none>".to_owned()
    } else {
        let group = p.get("apiGroup").str();
        let dot = if group.is_empty() { "" } else { "." };
        format!("{}{dot}{group}/{}", p.kind(), p.get("name").str())
    };
    let default = row
        .o
        .annotation("ingressclass.kubernetes.io/is-default-class")
        == Some("true");
    let name = if default {
        format!("{} (default)", row.o.name()).into()
    } else {
        row.name()
    };
    vec![
        name,
        row.spec("controller").clone(),
        parameters.into(),
        row.age(),
    ]
}

/// A network policy.
pub fn network_policy(row: &Row<'_>) -> Cells {
    let selector = format_label_selector(row.spec("podSelector"));
    vec![row.name(), selector.into(), row.age()]
}

/// A range of service addresses.
pub fn service_cidr(row: &Row<'_>) -> Cells {
    let cidrs = joined(row.spec("cidrs").items().iter().map(Value::str), ",");
    vec![row.name(), cidrs.into(), row.age()]
}

/// A service address.
pub fn ip_address(row: &Row<'_>) -> Cells {
    let parent = row.spec("parentRef");
    let text = if parent.is_null() {
        "<none>".to_owned()
    } else {
        let group = parent.get("group").str();
        let dot = if group.is_empty() { "" } else { "." };
        let name = parent.get("name").str();
        let place = match parent.get("namespace").str() {
            "" => name.to_owned(),
            ns => format!("{ns}/{name}"),
        };
        format!("{}{dot}{group}/{place}", parent.get("resource").str())
    };
    vec![row.name(), text.into()]
}
