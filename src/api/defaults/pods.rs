//! Pods and pod templates (`pkg/apis/core/v1/defaults.go`, `conversion.go`).

use super::{Defaulter, Edit};
use crate::api::core::resources::{
    is_supported_pod_level_resource, pod_requests_without_overhead, to_value,
};
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::tree;

pub(super) fn defaulter(name: &str) -> Option<Defaulter> {
    Some(match name.strip_prefix("api.core.v1.")? {
        "Pod" => pod,
        "PodSpec" => pod_spec,
        "Container" | "EphemeralContainer" => container,
        "Volume" => volume,
        "Probe" => probe,
        "HTTPGetAction" => http_get,
        "SecretVolumeSource"
        | "ConfigMapVolumeSource"
        | "DownwardAPIVolumeSource"
        | "ProjectedVolumeSource" => |e| e.default("defaultMode", 420),
        "ServiceAccountTokenProjection" => |e| e.default("expirationSeconds", 3600),
        "ObjectFieldSelector" => |e| e.default_empty("apiVersion", "v1"),
        "HostPathVolumeSource" => |e| e.default("type", ""),
        _ => return None,
    })
}

/// Only pods themselves, not templates.
fn pod(e: &mut Edit) {
    for list in ["containers", "initContainers"] {
        for i in 0..e.at(&["spec", list]).items().len() {
            requests_from_limits(e, list, i);
        }
    }
    pod_level_requests(e);
    e.default_at(&["spec", "enableServiceLinks"], true);
    if e.at(&["spec", "hostNetwork"]).as_bool() == Some(true) {
        for list in ["containers", "initContainers"] {
            host_ports(e, list);
        }
    }
}

fn requests_from_limits(e: &mut Edit, list: &str, i: usize) {
    let resources = e.at(&["spec", list]).items()[i].get("resources");
    let missing: Vec<(String, Value)> = resources
        .get("limits")
        .fields()
        .filter(|(k, _)| !resources.get("requests").has(k))
        .map(|(k, v)| (k.to_owned(), v.clone()))
        .collect();
    if missing.is_empty() {
        return;
    }
    let container = &mut e.to_mut().at_mut(&["spec", list]).items_mut()[i];
    for (k, v) in missing {
        container.set_at(&["resources", "requests", &k], v);
    }
}

fn pod_level_requests(e: &mut Edit) {
    if e.at(&["spec", "resources", "limits"]).is_empty() {
        return;
    }
    let mut without = e.value().clone();
    without.remove_at(&["spec", "resources"]);
    let aggregated = to_value(&pod_requests_without_overhead(&Pod(without)));
    let limits = e.at(&["spec", "resources", "limits"]).clone();
    let overcommits = |k: &str| !k.starts_with("hugepages-");
    let from_containers = aggregated.fields().filter(|(k, _)| overcommits(k));
    for (k, v) in from_containers.chain(limits.fields()) {
        if is_supported_pod_level_resource(k) {
            e.default_at(&["spec", "resources", "requests", k], v);
        }
    }
}

fn host_ports(e: &mut Edit, list: &str) {
    let unset = |p: &Value| p.get("hostPort").is_empty() && !p.get("containerPort").is_empty();
    let wanting = |c: &Value| c.get("ports").items().iter().any(unset);
    if !e.at(&["spec", list]).items().iter().any(wanting) {
        return;
    }
    for c in e.to_mut().at_mut(&["spec", list]).items_mut() {
        for p in if wanting(c) {
            c.entry("ports").items_mut()
        } else {
            continue;
        } {
            if unset(p) {
                let port = p.get("containerPort").clone();
                p.set("hostPort", port);
            }
        }
    }
}

fn pod_spec(e: &mut Edit) {
    e.default_empty("dnsPolicy", "ClusterFirst");
    e.default_empty("restartPolicy", "Always");
    e.default("securityContext", Value::object());
    e.default("terminationGracePeriodSeconds", 30);
    e.default_empty("schedulerName", "default-scheduler");
    // Conversion keeps the deprecated name of the field equal to the new one.
    let (new, old) = (
        e.get("serviceAccountName").clone(),
        e.get("serviceAccount").clone(),
    );
    match (new.is_empty(), old.is_empty()) {
        (true, false) => e.set("serviceAccountName", old),
        (false, _) if new != old => e.set("serviceAccount", new),
        _ => {}
    }
}

fn container(e: &mut Edit) {
    if e.get("imagePullPolicy").is_empty() {
        let policy = image_pull_policy(e.get("image").str());
        e.set("imagePullPolicy", policy);
    }
    e.default_empty("terminationMessagePath", "/dev/termination-log");
    e.default_empty("terminationMessagePolicy", "File");
}

/// The pull policy that an image gets: `Always` for the tag `latest`, written or implied, else `IfNotPresent`.
pub fn image_pull_policy(image: &str) -> &'static str {
    let (name, digest) = match image.split_once('@') {
        Some((name, _)) => (name, true),
        None => (image, false),
    };
    let slash = name.rfind('/').map_or(0, |i| i + 1);
    let (repository, tag) = match name[slash..].rfind(':') {
        Some(i) => (&name[..slash + i], Some(&name[slash + i + 1..])),
        None => (name, None),
    };
    let path = match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => repository,
    };
    let library = "docker.io/library/".len() * usize::from(!repository.contains('/'));
    let is_digest = repository.len() == 64 && repository.bytes().all(|b| b.is_ascii_hexdigit());
    let valid =
        !is_digest && library + repository.len() <= 255 && path.split('/').all(is_path_component);
    match tag {
        Some("latest") if valid => "Always",
        None if valid && !digest => "Always",
        _ => "IfNotPresent",
    }
}

fn is_path_component(s: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let b = s.as_bytes();
    !b.is_empty()
        && fine(b[0])
        && fine(b[b.len() - 1])
        && b.iter()
            .all(|&c| fine(c) || matches!(c, b'.' | b'_' | b'-'))
}

fn volume(e: &mut Edit) {
    let bare = e.value().fields().all(|(k, v)| k == "name" || v.is_null());
    if bare {
        e.set("emptyDir", tree!({}));
    }
    let image = e.get("image");
    if !image.is_null() && image.get("pullPolicy").is_empty() {
        let policy = image_pull_policy(image.get("reference").str());
        e.set_at(&["image", "pullPolicy"], policy);
    }
}

fn probe(e: &mut Edit) {
    for (field, default) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        e.default_empty(field, default);
    }
}

fn http_get(e: &mut Edit) {
    e.default_empty("path", "/");
    e.default_empty("scheme", "HTTP");
}

#[cfg(test)]
mod tests {
    use super::image_pull_policy;

    #[test]
    fn the_tag_latest_is_always_pulled() {
        for (image, wanted) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("host:5000/a/b", "Always"),
            ("host:5000/a/b:v1", "IfNotPresent"),
            ("nginx@sha256:0123", "IfNotPresent"),
            ("", "IfNotPresent"),
            ("Bad Image", "IfNotPresent"),
        ] {
            assert_eq!(image_pull_policy(image), wanted, "{image}");
        }
    }
}
