//! Descriptions of roles and their bindings, and of certificate signing requests.

use super::Subject;
use super::writer::{Writer, go_list, rfc1123};
use crate::apimachinery::duration::human;
use crate::apimachinery::labels::format_labels;
use crate::apimachinery::{Value, x509};
use crate::collections::Arrange;
use crate::kubectl::error::Error;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A `Role` or `ClusterRole`.
pub async fn role(s: &Subject<'_>, role: &Value) -> Result<String, Error> {
    let mut w = s.writer();
    w.cluster_head(role);
    w.line(0, "PolicyRule:");
    w.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    w.line(1, "---------\t-----------------\t--------------\t-----");
    for r in compact(role.get("rules").items()) {
        let resource = qualified(&r);
        let lists = [
            go_list(r.get("nonResourceURLs")),
            go_list(r.get("resourceNames")),
            go_list(r.get("verbs")),
        ];
        w.line(1, format!("{resource}\t{}", lists.join("\t")));
    }
    Ok(w.finish())
}

/// `deployments.apps/scale`
fn qualified(rule: &Value) -> String {
    let first = |key: &str| {
        rule.get(key)
            .items()
            .first()
            .map_or("", Value::str)
            .to_owned()
    };
    let (resource, group) = (first("resources"), first("apiGroups"));
    let (head, sub) = match resource.split_once('/') {
        Some((head, sub)) => (head, format!("/{sub}")),
        None => (resource.as_str(), String::new()),
    };
    if group.is_empty() || resource.is_empty() {
        resource
    } else {
        format!("{head}.{group}{sub}")
    }
}

/// Rules broken down to one resource each, their verbs put together again.
fn compact(rules: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for rule in rules {
        for verb in rule.get("verbs").items() {
            for url in rule.get("nonResourceURLs").items() {
                out.push(tree!({"nonResourceURLs": [url.str()], "verbs": [verb.str()]}));
            }
        }
        for group in rule.get("apiGroups").items() {
            for resource in rule.get("resources").items() {
                let names = rule.get("resourceNames").items();
                let names: Vec<Option<&Value>> = if names.is_empty() {
                    vec![None]
                } else {
                    names.iter().map(Some).collect()
                };
                for name in names {
                    let mut one =
                        tree!({"apiGroups": [group.str()], "resources": [resource.str()]});
                    if let Some(name) = name {
                        one.set("resourceNames", tree!([name.str()]));
                    }
                    merge_verbs(&mut out, one, rule.get("verbs").items());
                }
            }
        }
    }
    out.arrange_by_key(sort_text);
    out
}

fn merge_verbs(out: &mut Vec<Value>, mut one: Value, verbs: &[Value]) {
    let same = |r: &&mut Value| {
        ["apiGroups", "resources", "resourceNames"]
            .iter()
            .all(|k| r.get(k) == one.get(k))
    };
    if let Some(found) = out.iter_mut().find(same) {
        for verb in verbs {
            if !found.get("verbs").items().contains(verb) {
                found.entry("verbs").push(verb);
            }
        }
        return;
    }
    one.set("verbs", verbs.to_vec());
    out.push(one);
}

/// The text by which upstream sorts rules.
fn sort_text(rule: &Value) -> String {
    format!(
        "{},{},{},{},{}",
        go_list(rule.get("verbs")),
        go_list(rule.get("apiGroups")),
        go_list(rule.get("resources")),
        go_list(rule.get("resourceNames")),
        go_list(rule.get("nonResourceURLs"))
    )
}

/// A `RoleBinding` or `ClusterRoleBinding`.
pub async fn binding(s: &Subject<'_>, binding: &Value) -> Result<String, Error> {
    let mut w = s.writer();
    w.cluster_head(binding);
    w.line(0, "Role:");
    for (title, key) in [("Kind", "kind"), ("Name", "name")] {
        w.field(1, title, binding.at(&["roleRef", key]).str());
    }
    subjects(&mut w, binding);
    Ok(w.finish())
}

fn subjects(w: &mut Writer, binding: &Value) {
    w.line(0, "Subjects:");
    w.line(1, "Kind\tName\tNamespace");
    w.line(1, "----\t----\t---------");
    for s in binding.get("subjects").items() {
        let get = |k: &str| s.get(k).str();
        w.line(
            1,
            format!("{}\t{}\t{}", get("kind"), get("name"), get("namespace")),
        );
    }
}
/// A certificate signing request.
pub async fn signing_request(s: &Subject<'_>, csr: &Value) -> Result<String, Error> {
    let (spec, status) = (csr.get("spec"), csr.get("status"));
    let pem = STANDARD
        .decode(spec.get("request").str())
        .unwrap_or_default();
    let request = x509::Request::parse(&String::from_utf8_lossy(&pem))
        .map_err(|e| Error::msg(format!("Error parsing CSR: {e}")))?;
    let mut w = s.writer();
    w.field(0, "Name", csr.name());
    let meta = csr.meta();
    w.field(0, "Labels", format_labels(meta.get("labels")));
    w.field(0, "Annotations", format_labels(meta.get("annotations")));
    let made = rfc1123(meta.get("creationTimestamp"));
    w.field(0, "CreationTimestamp", made);
    w.field(0, "Requesting User", spec.get("username").str());
    if !spec.get("signerName").is_empty() {
        w.field(0, "Signer", spec.get("signerName").str());
    }
    if let Some(seconds) = spec.get("expirationSeconds").as_i64() {
        w.field(0, "Requested Duration", human(seconds));
    }
    w.field(0, "Status", signing_status(status));
    w.line(0, "Subject:");
    let last = |kind| request.part(kind).pop().unwrap_or_default();
    w.write(0, format!("\tCommon Name:\t{}\n", last(3)));
    w.write(0, format!("\tSerial Number:\t{}\n", last(5)));
    for (title, kind) in [
        ("Organization", 10),
        ("Organizational Unit", 11),
        ("Country", 6),
        ("Locality", 7),
        ("Province", 8),
        ("StreetAddress", 9),
        ("PostalCode", 17),
    ] {
        parts(&mut w, title, &request.part(kind));
    }
    let names = [
        ("DNS Names", &request.dns_names),
        ("Email Addresses", &request.email_addresses),
        ("URIs", &request.uris),
        ("IP Addresses", &request.ip_addresses),
    ];
    if names.iter().any(|(_, values)| !values.is_empty()) {
        w.line(0, "Subject Alternative Names:");
    }
    for (title, values) in names {
        parts(&mut w, title, values);
    }
    w.events(s.events(csr).await);
    Ok(w.finish())
}

fn parts(w: &mut Writer, title: &str, values: &[String]) {
    if !values.is_empty() {
        w.write(0, format!("\t{title}:\t{}\n", values.join("\n\t\t")));
    }
}

fn signing_status(status: &Value) -> String {
    let conditions = status.get("conditions").items();
    let is = |kind: &str| conditions.iter().any(|c| c.get("type") == kind);
    let mut out = match (is("Denied"), is("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    }
    .to_owned();
    if is("Failed") {
        out.push_str(",Failed");
    }
    if !status.get("certificate").is_empty() {
        out.push_str(",Issued");
    }
    out
}
