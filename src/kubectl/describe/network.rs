//! Descriptions of services, endpoints, ingresses and network policies.

use super::Subject;
use super::writer::{Writer, join, number, or_none, plain};
use crate::apimachinery::labels::{format_label_selector, format_labels};
use crate::apimachinery::{Timestamp, Value, intstr};
use crate::collections::Arrange;
use crate::kubectl::error::Error;

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// A `Service`.
pub async fn service(s: &Subject<'_>, service: &Value) -> Result<String, Error> {
    let selector = format!("{SERVICE_NAME}={}", service.name());
    let slices = s
        .list(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            service.namespace(),
            &selector,
        )
        .await
        .unwrap_or_default();
    let events = s.events(service).await;
    let spec = service.get("spec");
    let mut w = s.writer();
    w.head(service);
    w.field(0, "Selector", format_labels(spec.get("selector")));
    w.field(0, "Type", spec.get("type").str());
    optional(&mut w, "IP Family Policy", spec.get("ipFamilyPolicy"));
    w.field(
        0,
        "IP Families",
        or_none(&join(spec.get("ipFamilies"), ",")),
    );
    w.field(0, "IP", spec.get("clusterIP").str());
    w.field(0, "IPs", or_none(&join(spec.get("clusterIPs"), ",")));
    if !spec.get("externalIPs").items().is_empty() {
        w.field(0, "External IPs", join(spec.get("externalIPs"), ","));
    }
    optional(
        &mut w,
        "Desired LoadBalancer IP",
        spec.get("loadBalancerIP"),
    );
    optional(&mut w, "External Name", spec.get("externalName"));
    let ingress = service.at(&["status", "loadBalancer", "ingress"]).items();
    if !ingress.is_empty() {
        let one = |i: &Value| match (i.get("ip").str(), i.get("ipMode").str()) {
            ("", _) => i.get("hostname").str().to_owned(),
            (ip, "") => ip.to_owned(),
            (ip, mode) => format!("{ip} ({mode})"),
        };
        let all: Vec<String> = ingress.iter().map(one).collect();
        w.field(0, "LoadBalancer Ingress", all.join(", "));
    }
    for port in spec.get("ports").items() {
        service_port(&mut w, port, &slices);
    }
    w.field(0, "Session Affinity", spec.get("sessionAffinity").str());
    optional(
        &mut w,
        "External Traffic Policy",
        spec.get("externalTrafficPolicy"),
    );
    optional(
        &mut w,
        "Internal Traffic Policy",
        spec.get("internalTrafficPolicy"),
    );
    optional(
        &mut w,
        "HealthCheck NodePort",
        spec.get("healthCheckNodePort"),
    );
    if !spec.get("loadBalancerSourceRanges").items().is_empty() {
        w.field(
            0,
            "LoadBalancer Source Ranges",
            join(spec.get("loadBalancerSourceRanges"), ","),
        );
    }
    optional(
        &mut w,
        "Traffic Distribution",
        spec.get("trafficDistribution"),
    );
    w.events(events);
    Ok(w.finish())
}

fn optional(w: &mut Writer, title: &str, v: &Value) {
    if !v.is_empty() {
        w.field(0, title, plain(v));
    }
}

fn service_port(w: &mut Writer, port: &Value, slices: &[Value]) {
    let protocol = port.get("protocol").str();
    let name = match port.get("name").str() {
        "" => "<unset>",
        name => name,
    };
    w.field(
        0,
        "Port",
        format!("{name}\t{}/{protocol}", number(port.get("port"))),
    );
    w.field(
        0,
        "TargetPort",
        format!("{}/{protocol}", intstr::display(port.get("targetPort"))),
    );
    optional(w, "AppProtocol", port.get("appProtocol"));
    let node_port = number(port.get("nodePort"));
    if node_port != 0 {
        w.field(0, "NodePort", format!("{name}\t{node_port}/{protocol}"));
    }
    w.field(
        0,
        "Endpoints",
        ready_endpoints(slices, port.get("name").str()),
    );
}

/// Up to three ready addresses behind a port of this name.
fn ready_endpoints(slices: &[Value], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut list = Vec::new();
    for slice in slices {
        let ports: Vec<Option<i64>> = match slice.get("ports").items() {
            [] => vec![None],
            all => all
                .iter()
                .filter(|p| p.get("name").str() == port_name)
                .map(|p| Some(number(p.get("port"))))
                .collect(),
        };
        for port in ports {
            for e in slice.get("endpoints").items() {
                if e.at(&["conditions", "ready"]).as_bool() == Some(false) {
                    continue;
                }
                let address = e.get("addresses").items().first().map_or("", Value::str);
                list.push(match port {
                    None => address.to_owned(),
                    Some(p) if address.contains(':') => format!("[{address}]:{p}"),
                    Some(p) => format!("{address}:{p}"),
                });
            }
        }
    }
    let more = list.len().saturating_sub(3);
    list.truncate(3);
    let text = list.join(",");
    if more > 0 {
        format!("{text} + {more} more...")
    } else {
        text
    }
}

/// An `Endpoints`.
pub async fn endpoints(s: &Subject<'_>, ep: &Value) -> Result<String, Error> {
    let events = s.events(ep).await;
    let mut w = s.writer();
    w.head(ep);
    w.line(0, "Subsets:");
    for subset in ep.get("subsets").items() {
        let addresses = |key: &str| {
            let all: Vec<&str> = subset
                .get(key)
                .items()
                .iter()
                .map(|a| a.get("ip").str())
                .collect();
            or_none(&all.join(",")).to_owned()
        };
        w.field(1, "Addresses", addresses("addresses"));
        w.field(1, "NotReadyAddresses", addresses("notReadyAddresses"));
        let ports = subset.get("ports").items();
        if !ports.is_empty() {
            w.line(1, "Ports:");
            w.line(2, "Name\tPort\tProtocol");
            w.line(2, "----\t----\t--------");
        }
        for p in ports {
            let name = match p.get("name").str() {
                "" => "<unset>",
                name => name,
            };
            w.line(
                2,
                format!(
                    "{name}\t{}\t{}",
                    number(p.get("port")),
                    p.get("protocol").str()
                ),
            );
        }
        w.line(0, "");
    }
    w.events(events);
    Ok(w.finish())
}

/// An `EndpointSlice`.
pub async fn endpoint_slice(s: &Subject<'_>, slice: &Value) -> Result<String, Error> {
    let events = s.events(slice).await;
    let mut w = s.writer();
    w.head(slice);
    w.field(0, "AddressType", slice.get("addressType").str());
    let unset = |v: &Value| {
        if v.is_null() {
            "<unset>".to_owned()
        } else {
            plain(v)
        }
    };
    let ports = slice.get("ports").items();
    if ports.is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.line(0, "Ports:");
        w.line(1, "Name\tPort\tProtocol");
        w.line(1, "----\t----\t--------");
    }
    for p in ports {
        let name = if p.get("name").is_empty() {
            "<unset>"
        } else {
            p.get("name").str()
        };
        w.line(
            1,
            format!(
                "{name}\t{}\t{}",
                unset(p.get("port")),
                p.get("protocol").str()
            ),
        );
    }
    let endpoints = slice.get("endpoints").items();
    w.line(
        0,
        if endpoints.is_empty() {
            "Endpoints: <none>"
        } else {
            "Endpoints:"
        },
    );
    for e in endpoints {
        w.field(1, "- Addresses", or_none(&join(e.get("addresses"), ", ")));
        w.line(2, "Conditions:");
        w.field(3, "Ready", unset(e.at(&["conditions", "ready"])));
        w.field(2, "Hostname", unset(e.get("hostname")));
        let target = e.get("targetRef");
        if !target.is_null() {
            w.field(
                2,
                "TargetRef",
                format!("{}/{}", target.get("kind").str(), target.get("name").str()),
            );
        }
        w.field(2, "NodeName", unset(e.get("nodeName")));
        w.field(2, "Zone", unset(e.get("zone")));
    }
    w.events(events);
    Ok(w.finish())
}

async fn backend(s: &Subject<'_>, namespace: &str, backend: &Value) -> String {
    let (service, resource) = (backend.get("service"), backend.get("resource"));
    if !service.is_null() {
        let (name, port) = (service.get("name").str(), service.get("port"));
        let shown = match number(port.get("number")) {
            0 => port.get("name").str().to_owned(),
            n => n.to_string(),
        };
        let text = format!("{name}:{shown}");
        let selector = format!("{SERVICE_NAME}={name}");
        let found = async {
            let slices = s
                .list("discovery.k8s.io/v1", "EndpointSlice", namespace, &selector)
                .await?;
            let service = s.get("v1", "Service", namespace, name).await?;
            Ok::<_, Error>((slices, service))
        };
        return match found.await {
            Err(e) => format!("{text} (<error: {}>)", e.text()),
            Ok((slices, service)) => {
                let ports = service.at(&["spec", "ports"]).items();
                let same = |p: &&Value| {
                    let (n, m) = (number(port.get("number")), port.get("name").str());
                    n != 0 && n == number(p.get("port"))
                        || !m.is_empty() && m == p.get("name").str()
                };
                let port_name = ports.iter().rfind(same).map_or("", |p| p.get("name").str());
                format!("{text} ({})", ready_endpoints(&slices, port_name))
            }
        };
    }
    if !resource.is_null() {
        let group = or_none(resource.get("apiGroup").str());
        return format!(
            "APIGroup: {group}, Kind: {}, Name: {}",
            resource.get("kind").str(),
            resource.get("name").str()
        );
    }
    String::new()
}

/// An `Ingress`.
pub async fn ingress(s: &Subject<'_>, ing: &Value) -> Result<String, Error> {
    let events = s.events(ing).await;
    let (spec, ns) = (ing.get("spec"), ing.namespace());
    let mut w = s.writer();
    w.field(0, "Name", ing.name());
    w.labels("Labels", ing.meta().get("labels"));
    w.field(0, "Namespace", ns);
    let mut addresses: Vec<&str> = ing
        .at(&["status", "loadBalancer", "ingress"])
        .items()
        .iter()
        .map(|i| {
            if i.get("ip").is_empty() {
                i.get("hostname").str()
            } else {
                i.get("ip").str()
            }
        })
        .filter(|a| !a.is_empty())
        .collect();
    addresses.arrange();
    addresses.dedup();
    w.field(0, "Address", addresses.join(","));
    w.field(
        0,
        "Ingress Class",
        or_none(spec.get("ingressClassName").str()),
    );
    let default = match spec.get("defaultBackend") {
        Value::Null => "<default>".to_owned(),
        b => backend(s, ns, b).await,
    };
    w.field(0, "Default backend", &default);
    if !spec.get("tls").items().is_empty() {
        w.line(0, "TLS:");
    }
    for t in spec.get("tls").items() {
        let hosts = join(t.get("hosts"), ",");
        match t.get("secretName").str() {
            "" => w.line(1, format!("SNI routes {hosts}")),
            secret => w.line(1, format!("{secret} terminates {hosts}")),
        }
    }
    w.line(0, "Rules:\n  Host\tPath\tBackends");
    w.line(1, "----\t----\t--------");
    let rules: Vec<&Value> = spec
        .get("rules")
        .items()
        .iter()
        .filter(|r| !r.get("http").is_null())
        .collect();
    for rule in &rules {
        let host = if rule.get("host").is_empty() {
            "*"
        } else {
            rule.get("host").str()
        };
        w.line(1, format!("{host}\t"));
        for path in rule.at(&["http", "paths"]).items() {
            let to = backend(s, ns, path.get("backend")).await;
            w.line(2, format!("\t{} \t{to}", path.get("path").str()));
        }
    }
    if rules.is_empty() {
        w.line(1, format!("*\t*\t{default}"));
    }
    w.annotations("Annotations", ing.meta().get("annotations"));
    w.events(events);
    Ok(w.finish())
}

/// An `IngressClass`.
pub async fn ingress_class(s: &Subject<'_>, ic: &Value) -> Result<String, Error> {
    let events = s.events(ic).await;
    let mut w = s.writer();
    w.cluster_head(ic);
    w.field(0, "Controller", ic.at(&["spec", "controller"]).str());
    let parameters = ic.at(&["spec", "parameters"]);
    if !parameters.is_null() {
        w.line(0, "Parameters:");
        for (title, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if key != "apiGroup" || !parameters.get(key).is_null() {
                w.field(1, title, parameters.get(key).str());
            }
        }
    }
    w.events(events);
    Ok(w.finish())
}

/// A `NetworkPolicy`.
pub async fn network_policy(s: &Subject<'_>, np: &Value) -> Result<String, Error> {
    let spec = np.get("spec");
    let mut w = s.writer();
    w.field(0, "Name", np.name());
    w.field(0, "Namespace", np.namespace());
    let created = Timestamp::parse(np.meta().get("creationTimestamp").str()).unwrap_or_default();
    w.field(
        0,
        "Created on",
        created
            .utc()
            .format("%Y-%m-%d %H:%M:%S +0000 UTC")
            .to_string(),
    );
    w.labels("Labels", np.meta().get("labels"));
    w.annotations("Annotations", np.meta().get("annotations"));
    w.line(0, "Spec:");
    let pods = spec.get("podSelector");
    let chosen = if pods.get("matchLabels").is_empty() && pods.get("matchExpressions").is_empty() {
        "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
    } else {
        format_label_selector(pods)
    };
    w.line(1, format!("PodSelector:     {chosen}"));
    let types = spec.get("policyTypes").items();
    for (kind, word, peers, key) in [
        ("Ingress", "ingress", "From", "from"),
        ("Egress", "egress", "To", "to"),
    ] {
        if types.iter().any(|t| t == kind) {
            w.line(1, format!("Allowing {word} traffic:"));
            rules(&mut w, spec.get(word).items(), word, peers, key);
        } else {
            w.line(1, format!("Not affecting {word} traffic"));
        }
    }
    w.line(
        1,
        format!(
            "Policy Types: {}",
            or_none(&join(spec.get("policyTypes"), ", "))
        ),
    );
    Ok(w.finish())
}

fn rules(w: &mut Writer, rules: &[Value], word: &str, peers: &str, key: &str) {
    if rules.is_empty() {
        w.line(
            2,
            format!("<none> (Selected pods are isolated for {word} connectivity)"),
        );
    }
    for (i, rule) in rules.iter().enumerate() {
        if rule.get("ports").items().is_empty() {
            w.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for p in rule.get("ports").items() {
            let protocol = if p.get("protocol").is_empty() {
                "TCP"
            } else {
                p.get("protocol").str()
            };
            let port = if p.get("port").is_null() {
                "<nil>".to_owned()
            } else {
                intstr::display(p.get("port"))
            };
            match p.get("endPort").as_i64() {
                None => w.line(2, format!("To Port: {port}/{protocol}")),
                Some(end) => w.line(2, format!("To Port Range: {port}-{end}/{protocol}")),
            }
        }
        if rule.get(key).items().is_empty() {
            let side = if key == "from" {
                "source"
            } else {
                "destination"
            };
            w.line(
                2,
                format!("{peers}: <any> (traffic not restricted by {side})"),
            );
        }
        for peer in rule.get(key).items() {
            w.line(2, format!("{peers}:"));
            for (title, key) in [
                ("NamespaceSelector", "namespaceSelector"),
                ("PodSelector", "podSelector"),
            ] {
                if !peer.get(key).is_null() {
                    w.line(
                        3,
                        format!("{title}: {}", format_label_selector(peer.get(key))),
                    );
                }
            }
            let block = peer.get("ipBlock");
            if !block.is_null() {
                w.line(3, "IPBlock:");
                w.line(4, format!("CIDR: {}", block.get("cidr").str()));
                w.line(4, format!("Except: {}", join(block.get("except"), ", ")));
            }
        }
        if i + 1 < rules.len() {
            w.line(2, "----------");
        }
    }
}
