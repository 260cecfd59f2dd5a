//! What pods of an operating system may and may not set.

use super::visit_containers;
use crate::api::validation::common::dns_subdomain;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// `windowsOptions` of a security context.
pub fn options(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(name) = v.get("gmsaCredentialSpecName").as_str() {
        dns_subdomain(e, &path.child("gmsaCredentialSpecName"), name);
    }
    if let Some(spec) = v.get("gmsaCredentialSpec").as_str() {
        let text = match spec.len() {
            0 => "gmsaCredentialSpec cannot be an empty string",
            n if n > 64 * 1024 => "gmsaCredentialSpec size must be under 64 KiB",
            _ => "",
        };
        if !text.is_empty() {
            e.push(FieldError::invalid(
                &path.child("gmsaCredentialSpec"),
                spec,
                text,
            ));
        }
    }
    if let Some(name) = v.get("runAsUserName").as_str() {
        for text in user_name(name) {
            e.push(FieldError::invalid(
                &path.child("runAsUserName"),
                name,
                text,
            ));
        }
    }
}

fn user_name(name: &str) -> Vec<&'static str> {
    if name.is_empty() {
        return vec!["runAsUserName cannot be an empty string"];
    }
    if name.chars().any(|c| c.is_ascii_control()) {
        return vec!["runAsUserName cannot contain control characters"];
    }
    let parts: Vec<&str> = name.split('\\').collect();
    let (domain, user) = match parts[..] {
        [user] => (None, user),
        [domain, user] => (Some(domain), user),
        _ => return vec!["runAsUserName cannot contain more than one backslash"],
    };
    let mut out = Vec::new();
    if domain.is_some_and(|d| d.len() >= 256) {
        out.push("runAsUserName's Domain length must be under 256 characters");
    }
    if domain.is_some_and(|d| !is_net_bios(d) && !is_dns(d)) {
        out.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    match user.len() {
        0 => out.push("runAsUserName's User cannot be empty"),
        n if n > 104 => {
            out.push("runAsUserName's User length must not be longer than 104 characters")
        }
        _ => {}
    }
    if !user.is_empty() && user.chars().all(|c| matches!(c, '.' | ' ')) {
        out.push("runAsUserName's User cannot contain only periods or spaces");
    }
    if user.contains([
        '"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']',
    ]) {
        out.push(
            "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
        );
    }
    out
}

fn is_net_bios(d: &str) -> bool {
    let bad = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    (1..=15).contains(&d.chars().count()) && !d.contains(bad) && !d.starts_with('.')
}

fn is_dns(d: &str) -> bool {
    d.split('.').all(|l| {
        let b = l.as_bytes();
        (1..=63).contains(&b.len())
            && b[0].is_ascii_alphanumeric()
            && b[b.len() - 1].is_ascii_alphanumeric()
            && b.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
    })
}

/// Pods with HostProcess containers have nothing else, and the host's network.
pub fn host_process(e: &mut ErrorList, path: &Path, spec: &Value) {
    let of = |v: &Value| {
        v.at(&["securityContext", "windowsOptions", "hostProcess"])
            .as_bool()
    };
    let pod = of(spec);
    let (mut all, mut host) = (0, 0);
    visit_containers(spec, path, |c, at| {
        all += 1;
        let own = of(c);
        if let (Some(p), Some(o)) = (pod, own)
            && p != o
        {
            let text =
                format!("pod hostProcess value must be identical if both are specified, was {p}");
            e.push(FieldError::invalid(
                &at.child("securityContext.windowsOptions.hostProcess"),
                o,
                text,
            ));
        }
        host += usize::from(own.or(pod) == Some(true));
    });
    if host == 0 {
        return;
    }
    if host != all {
        let text = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        e.push(FieldError::invalid(path, "", text));
    }
    if spec.get("hostNetwork").as_bool() != Some(true) {
        let text = "hostNetwork must be true if pod contains any hostProcess containers";
        e.push(FieldError::invalid(&path.child("hostNetwork"), false, text));
    }
}

/// A pod that says it runs on Linux.
pub fn linux_pod(e: &mut ErrorList, path: &Path, spec: &Value) {
    let text = "windows options cannot be set for a linux pod";
    let options = |v: &Value| !v.at(&["securityContext", "windowsOptions"]).is_null();
    if options(spec) {
        e.push(FieldError::forbidden(
            &path.child("securityContext.windowsOptions"),
            text,
        ));
    }
    visit_containers(spec, path, |c, at| {
        if options(c) {
            e.push(FieldError::forbidden(
                &at.child("securityContext.windowsOptions"),
                text,
            ));
        }
    });
}

/// What a pod on Windows may not set; fields before the colon stand in the security context.
const POD_FIELDS: &[(&str, bool)] = &[
    ("appArmorProfile", true),
    ("seLinuxOptions", true),
    ("hostUsers", false),
    ("hostPID", false),
    ("hostIPC", false),
    ("seccompProfile", true),
    ("fsGroup", true),
    ("fsGroupChangePolicy", true),
    ("sysctls", true),
    ("shareProcessNamespace", false),
    ("runAsUser", true),
    ("runAsGroup", true),
    ("supplementalGroups", true),
    ("supplementalGroupsPolicy", true),
    ("seLinuxChangePolicy", true),
];
const CONTAINER_FIELDS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Whether a field that pods have beside their security context is set: of some, false is the same as nothing.
fn is_set(field: &str, v: &Value) -> bool {
    match field {
        "hostPID" | "hostIPC" => !v.is_empty(),
        _ => !v.is_null(),
    }
}

/// A pod that says it runs on Windows.
pub fn windows_pod(e: &mut ErrorList, path: &Path, spec: &Value) {
    let text = "cannot be set for a windows pod";
    let context = spec.get("securityContext");
    for (field, in_context) in POD_FIELDS {
        let at = path.child("securityContext");
        if *in_context && !context.get(field).is_null() {
            e.push(FieldError::forbidden(&at.child(field), text));
        } else if !in_context && is_set(field, spec.get(field)) {
            e.push(FieldError::forbidden(&path.child(field), text));
        }
    }
    visit_containers(spec, path, |c, at| {
        let at = at.child("securityContext");
        for field in CONTAINER_FIELDS {
            if !c.at(&["securityContext", field]).is_null() {
                e.push(FieldError::forbidden(&at.child(field), text));
            }
        }
    });
}
