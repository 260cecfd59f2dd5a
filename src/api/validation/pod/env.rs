//! Environment variables and where their values come from.

use super::visit_containers;
use crate::api::validation::common::{
    dns_label, invalid_each, path_no_backsteps, qualified_name, quantity, required,
};
use crate::api::validation::meta::name_is_dns_subdomain;
use crate::api::validation::text::{is_config_map_key, is_relaxed_env_var_name};
use crate::apimachinery::names::is_dns1123_subdomain;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const FIELD_PATHS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// What a downward API volume may show beside labels and annotations.
pub const VOLUME_FIELD_PATHS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// `env` of a container.
pub fn env(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, var) in v.items().iter().enumerate() {
        let at = path.index(i);
        let name = var.get("name").str();
        if required(e, &at.child("name"), var.get("name")) {
            invalid_each(e, &at.child("name"), name, is_relaxed_env_var_name(name));
        }
        value_from(e, &at.child("valueFrom"), var);
    }
}

fn value_from(e: &mut ErrorList, path: &Path, var: &Value) {
    let from = var.get("valueFrom");
    if from.is_null() {
        return;
    }
    let mut sources = 0;
    let mut source = |field: &str| {
        let v = from.get(field);
        sources += usize::from(!v.is_null());
        Some(v).filter(|v| !v.is_null())
    };
    if let Some(v) = source("fieldRef") {
        field_ref(e, &path.child("fieldRef"), v, FIELD_PATHS);
    }
    if let Some(v) = source("resourceFieldRef") {
        resource_field_ref(e, &path.child("resourceFieldRef"), v, false);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(v) = source(field) {
            key_ref(e, &path.child(field), v);
        }
    }
    if let Some(v) = source("fileKeyRef") {
        file_key_ref(e, &path.child("fileKeyRef"), v);
    }
    let text = if sources == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if !var.get("value").is_empty() {
        "may not be specified when `value` is not empty"
    } else if sources > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    e.push(FieldError::invalid(path, "", text));
}

fn key_ref(e: &mut ErrorList, path: &Path, v: &Value) {
    let (name, key) = (v.get("name").str(), v.get("key").str());
    invalid_each(e, &path.child("name"), name, is_dns1123_subdomain(name));
    if required(e, &path.child("key"), v.get("key")) {
        invalid_each(e, &path.child("key"), key, is_config_map_key(key));
    }
}

fn file_key_ref(e: &mut ErrorList, path: &Path, v: &Value) {
    let key = v.get("key").str();
    if required(e, &path.child("key"), v.get("key")) {
        invalid_each(e, &path.child("key"), key, is_relaxed_env_var_name(key));
    }
    if required(e, &path.child("volumeName"), v.get("volumeName")) {
        dns_label(e, &path.child("volumeName"), v.get("volumeName").str());
    }
    if required(e, &path.child("path"), v.get("path")) {
        path_no_backsteps(e, &path.child("path"), v.get("path").str());
    }
}

/// Volumes that `fileKeyRef` names must be there, as `emptyDir`.
pub fn file_key_volumes(e: &mut ErrorList, path: &Path, spec: &Value) {
    visit_containers(spec, path, |c, at| {
        for (i, var) in c.get("env").items().iter().enumerate() {
            let Some(name) = var.at(&["valueFrom", "fileKeyRef", "volumeName"]).as_str() else {
                continue;
            };
            let env = at.item("env", i);
            let from = env.child("valueFrom.fileKeyRef.volumeName");
            let volumes = spec.get("volumes").items();
            match volumes.iter().find(|v| v.get("name").str() == name) {
                None => e.push(FieldError::not_found(&from, name)),
                Some(v) if v.get("emptyDir").is_null() => e.push(FieldError::invalid(
                    &from,
                    name,
                    "referenced volume must be of type emptyDir",
                )),
                Some(_) => {}
            }
        }
    });
}

/// A field of the pod, for a variable or a file. `allowed`: paths without a subscript.
pub fn field_ref(e: &mut ErrorList, path: &Path, v: &Value, allowed: &[&str]) {
    let (version, field) = (v.get("apiVersion").str(), v.get("fieldPath").str());
    if !required(e, &path.child("apiVersion"), v.get("apiVersion"))
        || !required(e, &path.child("fieldPath"), v.get("fieldPath"))
    {
        return;
    }
    let convert = |text: String| {
        FieldError::invalid(
            &path.child("fieldPath"),
            field,
            format!("error converting fieldPath: {text}"),
        )
    };
    if version != "v1" {
        return e.push(convert(format!("unsupported pod version: {version}")));
    }
    if let Some((base, key)) = subscripted(field) {
        return match base {
            "metadata.annotations" => qualified_name(e, path, &key.to_lowercase()),
            "metadata.labels" => qualified_name(e, path, key),
            _ => e.push(convert(format!(
                "field label does not support subscript: {field}"
            ))),
        };
    }
    let known = FIELD_PATHS.contains(&field)
        || VOLUME_FIELD_PATHS.contains(&field)
        || matches!(
            field,
            "spec.restartPolicy" | "spec.schedulerName" | "status.phase" | "spec.host"
        );
    if !known {
        e.push(convert(format!("field label not supported: {field}")));
    } else if !allowed.contains(&field) {
        e.push(FieldError::not_supported(
            &path.child("fieldPath"),
            field,
            allowed,
        ));
    }
}

/// `metadata.labels['app']` → (`metadata.labels`, `app`).
fn subscripted(field: &str) -> Option<(&str, &str)> {
    let (base, key) = field.strip_suffix("']")?.split_once("['")?;
    (!base.is_empty()).then_some((base, key))
}

/// An amount of a container's resources, for a variable or a file.
pub fn resource_field_ref(e: &mut ErrorList, path: &Path, v: &Value, volume: bool) {
    let resource = v.get("resource").str();
    let huge =
        resource.starts_with("requests.hugepages-") || resource.starts_with("limits.hugepages-");
    if volume && v.get("containerName").is_empty() {
        e.push(FieldError::required(&path.child("containerName"), ""));
    } else if resource.is_empty() {
        e.push(FieldError::required(&path.child("resource"), ""));
    } else if !RESOURCES.contains(&resource) && !huge {
        e.push(FieldError::not_supported(
            &path.child("resource"),
            resource,
            RESOURCES,
        ));
    }
    divisor(e, &path.child("divisor"), resource, v.get("divisor"));
}

fn divisor(e: &mut ErrorList, path: &Path, resource: &str, v: &Value) {
    let divisor = quantity(v);
    if divisor.is_zero() {
        return;
    }
    let text = divisor.to_string();
    let bytes = matches!(text.strip_prefix('1'), Some(unit) if matches!(unit, "" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"));
    let what = match resource {
        "limits.cpu" | "requests.cpu" => {
            if !matches!(text.as_str(), "1" | "1m") {
                e.push(FieldError::invalid(
                    path,
                    resource,
                    "only divisor's values 1m and 1 are supported with the cpu resource",
                ));
            }
            return;
        }
        "limits.memory" | "requests.memory" => "memory",
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => "local ephemeral storage",
        r if r.contains(".hugepages-") => "hugepages",
        _ => return,
    };
    if !bytes {
        e.push(FieldError::invalid(
            path,
            resource,
            format!("only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {what} resource"),
        ));
    }
}

/// `envFrom` of a container.
pub fn env_from(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, from) in v.items().iter().enumerate() {
        let at = path.index(i);
        let prefix = from.get("prefix").str();
        if !prefix.is_empty() {
            invalid_each(
                e,
                &at.child("prefix"),
                prefix,
                is_relaxed_env_var_name(prefix),
            );
        }
        let mut sources = 0;
        for field in ["configMapRef", "secretRef"] {
            let source = from.get(field);
            if source.is_null() {
                continue;
            }
            sources += 1;
            let source_path = at.child(field);
            let (name, name_path) = (source.get("name"), source_path.child("name"));
            if required(e, &name_path, name) {
                invalid_each(
                    e,
                    &name_path,
                    name.str(),
                    name_is_dns_subdomain(name.str(), true),
                );
            }
        }
        match sources {
            0 => e.push(FieldError::invalid(
                path,
                "",
                "must specify one of: `configMapRef` or `secretRef`",
            )),
            1 => {}
            _ => e.push(FieldError::invalid(
                path,
                "",
                "may not have more than one field specified at a time",
            )),
        }
    }
}
