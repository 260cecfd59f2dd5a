//! What to warn about in pods and templates (`pkg/api/pod/warnings.go`).

use super::visit_containers;
use crate::api::validation::common::quantity;
use crate::api::validation::net::warnings_for_ip;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Path, Value};

/// Warnings about a pod.
pub fn pod(pod: &Value) -> Vec<String> {
    all(&Path::new(""), pod.meta(), pod.get("spec"))
}

/// Warnings about a template that stands at `path`.
pub fn template(path: &str, template: &Value) -> Vec<String> {
    all(&Path::new(path), template.meta(), template.get("spec"))
}

const OLD_LABELS: &[(&str, &str)] = &[
    (
        "beta.kubernetes.io/arch",
        "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
    ),
    (
        "beta.kubernetes.io/os",
        "deprecated since v1.14; use \"kubernetes.io/os\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
];
const OLD_ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];
const OLD_VOLUMES: &[(&str, &str, &str)] = &[
    (
        "photonPersistentDisk",
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    (
        "gitRepo",
        "gitRepo",
        "deprecated in v1.11, and disabled by default in v1.33+",
    ),
    (
        "scaleIO",
        "scaleIO",
        "deprecated in v1.16, non-functional in v1.22+",
    ),
    (
        "flocker",
        "flocker",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "storageos",
        "storageOS",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "quobyte",
        "quobyte",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "glusterfs",
        "glusterfs",
        "deprecated in v1.25, non-functional in v1.26+",
    ),
    (
        "cephfs",
        "cephfs",
        "deprecated in v1.28, non-functional in v1.31+",
    ),
    (
        "rbd",
        "rbd",
        "deprecated in v1.28, non-functional in v1.31+",
    ),
];

/// What to use instead of a node label that is out of use.
pub fn old_label(key: &str) -> Option<&'static str> {
    OLD_LABELS
        .iter()
        .find(|(k, _)| *k == key)
        .map(|(_, text)| *text)
}

fn all(path: &Path, meta: &Value, spec: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let at = path.child("spec");
    scheduling(&mut out, &at, spec);
    for (key, text) in OLD_ANNOTATIONS {
        if meta.get("annotations").has(key) {
            out.push(format!(
                "{}: {text}",
                path.child("metadata.annotations").key(key)
            ));
        }
    }
    for (i, v) in spec.get("volumes").items().iter().enumerate() {
        for (field, shown, text) in OLD_VOLUMES {
            if !v.get(field).is_null() {
                out.push(format!("{}: {text}", at.item("volumes", i).child(shown)));
            }
        }
    }
    duplicates(&mut out, &at, spec, "hostAliases", "ip");
    duplicates(&mut out, &at, spec, "imagePullSecrets", "name");
    for (i, s) in spec.get("imagePullSecrets").items().iter().enumerate() {
        if s.get("name").is_empty() {
            let field = at.item("imagePullSecrets", i);
            out.push(format!("{}: invalid empty name \"\"", field.child("name")));
        }
    }
    fractional(&mut out, &at.child("overhead"), spec.get("overhead"));
    visit_containers(spec, &at, |c, at| {
        for list in ["limits", "requests"] {
            fractional(
                &mut out,
                &at.child("resources").child(list),
                c.at(&["resources", list]),
            );
        }
        hidden_variables(&mut out, at, c);
    });
    ports(&mut out, &at, spec);
    if spec
        .get("terminationGracePeriodSeconds")
        .as_i64()
        .is_some_and(|n| n < 0)
    {
        let field = at.child("terminationGracePeriodSeconds");
        out.push(format!(
            "{field}: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    null_selectors(&mut out, &at, spec);
    for (i, s) in spec
        .at(&["dnsConfig", "nameservers"])
        .items()
        .iter()
        .enumerate()
    {
        let config = at.child("dnsConfig");
        out.extend(warnings_for_ip(&config.item("nameservers", i), s.str()));
    }
    for (i, a) in spec.get("hostAliases").items().iter().enumerate() {
        let alias = at.item("hostAliases", i);
        out.extend(warnings_for_ip(&alias.child("ip"), a.get("ip").str()));
    }
    out
}

fn scheduling(out: &mut Vec<String>, at: &Path, spec: &Value) {
    for (key, _) in spec.get("nodeSelector").fields() {
        if let Some(text) = old_label(key) {
            out.push(format!("{}: {text}", at.child("nodeSelector").key(key)));
        }
    }
    let affinity = spec.at(&["affinity", "nodeAffinity"]);
    let path = at.child("affinity.nodeAffinity");
    let required = path.child("requiredDuringSchedulingIgnoredDuringExecution");
    let terms = affinity.at(&[
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ]);
    for (i, term) in terms.items().iter().enumerate() {
        node_term(out, &required.item("nodeSelectorTerms", i), term);
    }
    let field = "preferredDuringSchedulingIgnoredDuringExecution";
    for (i, term) in affinity.get(field).items().iter().enumerate() {
        let at = path.item(field, i);
        if term.get("weight").as_i64() != Some(0) {
            node_term(out, &at.child("preference"), term.get("preference"));
        }
    }
    for (i, c) in spec
        .get("topologySpreadConstraints")
        .items()
        .iter()
        .enumerate()
    {
        let at = at.item("topologySpreadConstraints", i);
        let key = c.get("topologyKey").str();
        if let Some(text) = old_label(key) {
            out.push(format!("{}: {key} is {text}", at.child("topologyKey")));
        }
        if c.get("labelSelector").is_null() {
            out.push(format!(
                "{}: a null labelSelector results in matching no pod",
                at.child("labelSelector")
            ));
        }
    }
}

/// Old node labels in a term of a node selector.
pub fn node_term(out: &mut Vec<String>, at: &Path, term: &Value) {
    for (i, r) in term.get("matchExpressions").items().iter().enumerate() {
        let key = r.get("key").str();
        if let Some(text) = old_label(key) {
            out.push(format!(
                "{}: {key} is {text}",
                at.item("matchExpressions", i).child("key")
            ));
        }
    }
}

fn duplicates(out: &mut Vec<String>, at: &Path, spec: &Value, list: &str, field: &str) {
    let items = spec.get(list).items();
    for (i, item) in items.iter().enumerate() {
        if items[..i].iter().any(|o| o.get(field) == item.get(field)) {
            let shown = quote(item.get(field).str());
            out.push(format!(
                "{}: duplicate {field} {shown}",
                at.item(list, i).child(field)
            ));
        }
    }
}

fn fractional(out: &mut Vec<String>, path: &Path, amounts: &Value) {
    for name in ["memory", "ephemeral-storage"] {
        if let Some(v) = amounts.get(name).as_str()
            && quantity(amounts.get(name)).milli_value() % 1000 != 0
        {
            out.push(format!(
                "{}: fractional byte value {} is invalid, must be an integer",
                path.key(name),
                quote(v)
            ));
        }
    }
}

fn hidden_variables(out: &mut Vec<String>, at: &Path, c: &Value) {
    let vars = c.get("env").items();
    for (i, var) in vars.iter().enumerate() {
        let name = var.get("name").str();
        if !vars[..i].iter().any(|o| o.get("name").str() == name) {
            continue;
        }
        let (value, reference) = (var.get("value").str(), format!("$({name})"));
        if !var.get("valueFrom").is_null() || value == reference || !value.contains(&reference) {
            out.push(format!(
                "{}: hides previous definition of {}, which may be dropped when using apply",
                at.item("env", i),
                quote(name)
            ));
        }
    }
}

struct Port<'a> {
    path: String,
    v: &'a Value,
}

fn ports(out: &mut Vec<String>, at: &Path, spec: &Value) {
    let mut all: Vec<Port> = Vec::new();
    visit_containers(spec, at, |c, at| {
        for (i, v) in c.get("ports").items().iter().enumerate() {
            all.push(Port {
                path: at.item("ports", i).to_string(),
                v,
            });
        }
    });
    let host = |p: &Port| p.v.get("hostPort").as_i64().unwrap_or(0);
    let ip = |p: &Port| p.v.get("hostIP").str().to_owned();
    for (i, p) in all.iter().enumerate() {
        if !ip(p).is_empty() && host(p) == 0 {
            out.push(format!(
                "{}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{}}}",
                p.path,
                p.v.get("name").str(),
                p.v.get("containerPort").as_i64().unwrap_or(0),
                p.v.get("protocol").str(),
                ip(p)
            ));
        }
        let same = |o: &&Port| {
            ["containerPort", "protocol"]
                .iter()
                .all(|f| o.v.get(f) == p.v.get(f))
        };
        for o in all[..i].iter().filter(same) {
            let what = if ip(o) == ip(p) && host(o) == host(p) {
                "duplicate port definition"
            } else if host(o) == 0 || host(p) == 0 {
                "overlapping port definition"
            } else if host(o) == host(p) && ip(o).is_empty() != ip(p).is_empty() {
                "dangerously ambiguous port definition"
            } else {
                continue;
            };
            out.push(format!("{}: {what} with {}", p.path, o.path));
        }
    }
    for (i, p) in all.iter().enumerate() {
        let name = p.v.get("name").str();
        let first = all[..i]
            .iter()
            .find(|o| !name.is_empty() && o.v.get("name").str() == name);
        if let Some(o) = first {
            out.push(format!(
                "{}: duplicate port name {} with {o}, services and probes that select ports by name will use {o}",
                p.path,
                quote(name),
                o = o.path
            ));
        }
    }
}

fn null_selectors(out: &mut Vec<String>, at: &Path, spec: &Value) {
    let text = "a null labelSelector results in matching no pod";
    for kind in ["podAffinity", "podAntiAffinity"] {
        let affinity = at.child("affinity");
        let path = affinity.child(kind);
        let field = "requiredDuringSchedulingIgnoredDuringExecution";
        for (i, t) in spec
            .at(&["affinity", kind, field])
            .items()
            .iter()
            .enumerate()
        {
            if t.get("labelSelector").is_null() {
                out.push(format!(
                    "{}: {text}",
                    path.item(field, i).child("labelSelector")
                ));
            }
        }
        let field = "preferredDuringSchedulingIgnoredDuringExecution";
        for (i, t) in spec
            .at(&["affinity", kind, field])
            .items()
            .iter()
            .enumerate()
        {
            if t.at(&["podAffinityTerm", "labelSelector"]).is_null() {
                let item = path.item(field, i);
                out.push(format!(
                    "{}: {text}",
                    item.child("podAffinityTerm.labelSelector")
                ));
            }
        }
    }
}
