//! Containers of a pod: plain, init and ephemeral ones.

use super::{Context, env, probes, resources, security, volumes};
use crate::api::validation::common::{
    dns_label, invalid_each, port_num, required, required_supported, supported,
};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::is_valid_port_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// What a pod's containers may refer to.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Volumes that are well formed, by name.
    pub volumes: &'a [&'a Value],
    /// Names of resource claims.
    pub claims: &'a [&'a str],
}

/// The containers proper.
pub fn containers(e: &mut ErrorList, path: &Path, cx: Context, known: Known) {
    let list = cx.spec.get("containers").items();
    if list.is_empty() {
        return e.push(FieldError::required(path, ""));
    }
    for (i, c) in list.iter().enumerate() {
        let at = path.index(i);
        common(e, &at, c, cx, known);
        let name = c.get("name").str();
        if list[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        probes::lifecycle(e, &at.child("lifecycle"), c.get("lifecycle"), cx);
        probes::probes(e, &at, c, cx);
        restart_policy(e, &at, c);
    }
    host_port_conflicts(e, path, list, 0);
}

/// Init containers, sidecars among them.
pub fn init_containers(e: &mut ErrorList, path: &Path, cx: Context, known: Known) {
    let list = cx.spec.get("initContainers").items();
    let others = cx.spec.get("containers").items();
    for (i, c) in list.iter().enumerate() {
        let at = path.index(i);
        common(e, &at, c, cx, known);
        let sidecar = c.get("restartPolicy").str() == "Always";
        restart_policy(e, &at, c);
        let name = c.get("name").str();
        if others
            .iter()
            .chain(&list[..i])
            .any(|o| o.get("name").str() == name && !name.is_empty())
        {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        host_port_conflicts(e, path, std::slice::from_ref(c), 0);
        if sidecar {
            probes::lifecycle(e, &at.child("lifecycle"), c.get("lifecycle"), cx);
            probes::probes(e, &at, c, cx);
            continue;
        }
        for field in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            if !c.get(field).is_null() {
                e.push(FieldError::forbidden(
                    &at.child(field),
                    "may not be set for init containers without restartPolicy=Always",
                ));
            }
        }
        for (j, p) in c.get("resizePolicy").items().iter().enumerate() {
            let policy = p.get("restartPolicy");
            if policy == "RestartContainer" {
                e.push(FieldError::invalid(
                    &at.item("resizePolicy", j).child("restartPolicy"),
                    policy,
                    "must not be set to 'RestartContainer' for non-sidecar initContainers",
                ));
            }
        }
    }
}

/// Fields that an ephemeral container may not have, in the order of the Go type.
const NOT_EPHEMERAL: &[&str] = &[
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

/// Ephemeral containers.
pub fn ephemeral_containers(e: &mut ErrorList, path: &Path, cx: Context, known: Known) {
    let list = cx.spec.get("ephemeralContainers").items();
    let named = |list: &str, name: &str| {
        cx.spec
            .get(list)
            .items()
            .iter()
            .any(|c| c.get("name").str() == name)
    };
    let text = "cannot be set for an Ephemeral Container";
    for (i, c) in list.iter().enumerate() {
        let at = path.index(i);
        common(e, &at, c, cx, known);
        only_for_pod(e, &at, c);
        let name = c.get("name").str();
        let other = |n: &str| named("containers", n) || named("initContainers", n);
        if other(name) || list[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        let target = c.get("targetContainerName").str();
        if !target.is_empty() && !other(target) {
            e.push(FieldError::not_found(
                &at.child("targetContainerName"),
                target,
            ));
        }
        for field in NOT_EPHEMERAL {
            if !c.get(field).is_empty() {
                e.push(FieldError::forbidden(&at.child(field), text));
            }
        }
        for (j, m) in c.get("volumeMounts").items().iter().enumerate() {
            for field in ["subPath", "subPathExpr"] {
                if !m.get(field).is_empty() {
                    e.push(FieldError::forbidden(
                        &at.item("volumeMounts", j).child(field),
                        text,
                    ));
                }
            }
        }
    }
}

fn common(e: &mut ErrorList, at: &Path, c: &Value, cx: Context, known: Known) {
    if required(e, &at.child("name"), c.get("name")) {
        dns_label(e, &at.child("name"), c.get("name").str());
    }
    required(e, &at.child("image"), c.get("image"));
    required_supported(
        e,
        &at.child("terminationMessagePolicy"),
        c.get("terminationMessagePolicy"),
        &["File", "FallbackToLogsOnError"],
    );
    ports(e, &at.child("ports"), c.get("ports"));
    env::env(e, &at.child("env"), c.get("env"));
    env::env_from(e, &at.child("envFrom"), c.get("envFrom"));
    volumes::mounts(e, &at.child("volumeMounts"), c, known.volumes);
    volumes::devices(e, &at.child("volumeDevices"), c, known.volumes);
    pull_policy(e, &at.child("imagePullPolicy"), c.get("imagePullPolicy"));
    resources::container(e, &at.child("resources"), c.get("resources"), known.claims);
    resize_policy(e, &at.child("resizePolicy"), c.get("resizePolicy"), cx.spec);
    security::container_context(
        e,
        &at.child("securityContext"),
        c.get("securityContext"),
        cx.spec,
    );
}

/// What holds for containers of pods, not of templates.
pub fn only_for_pod(e: &mut ErrorList, at: &Path, c: &Value) {
    let image = c.get("image").str();
    if image.trim() != image {
        e.push(FieldError::invalid(
            &at.child("image"),
            image,
            "must not have leading or trailing whitespace",
        ));
    }
}

/// A pull policy.
pub fn pull_policy(e: &mut ErrorList, path: &Path, v: &Value) {
    required_supported(e, path, v, &["Always", "IfNotPresent", "Never"]);
}

fn ports(e: &mut ErrorList, path: &Path, v: &Value) {
    let mut names: Vec<&str> = Vec::new();
    for (i, p) in v.items().iter().enumerate() {
        let at = path.index(i);
        let name = p.get("name").str();
        if !name.is_empty() {
            let messages = is_valid_port_name(name);
            if !messages.is_empty() {
                invalid_each(e, &at.child("name"), name, messages);
            } else if names.contains(&name) {
                e.push(FieldError::duplicate(&at.child("name"), name));
            } else {
                names.push(name);
            }
        }
        if required(e, &at.child("containerPort"), p.get("containerPort")) {
            port_num(
                e,
                &at.child("containerPort"),
                p.get("containerPort").as_i64().unwrap_or(0),
            );
        }
        let host = p.get("hostPort").as_i64().unwrap_or(0);
        if host != 0 {
            port_num(e, &at.child("hostPort"), host);
        }
        required_supported(e, &at.child("protocol"), p.get("protocol"), PROTOCOLS);
    }
}

fn host_port_conflicts(e: &mut ErrorList, path: &Path, list: &[Value], first: usize) {
    let mut seen: Vec<String> = Vec::new();
    for (i, c) in list.iter().enumerate() {
        for (j, p) in c.get("ports").items().iter().enumerate() {
            let port = p.get("hostPort").as_i64().unwrap_or(0);
            if port == 0 {
                continue;
            }
            let key = format!(
                "{}/{}/{port}",
                p.get("protocol").str(),
                p.get("hostIP").str()
            );
            if seen.contains(&key) {
                let at = path.index(first + i);
                e.push(FieldError::duplicate(
                    &at.item("ports", j).child("hostPort"),
                    &key,
                ));
            } else {
                seen.push(key);
            }
        }
    }
}

fn resize_policy(e: &mut ErrorList, path: &Path, v: &Value, spec: &Value) {
    for (i, p) in v.items().iter().enumerate() {
        let (name, policy) = (p.get("resourceName"), p.get("restartPolicy"));
        if v.items()[..i].iter().any(|o| o.get("resourceName") == name) {
            e.push(FieldError::duplicate(&path.index(i), name));
        }
        required_supported(e, path, name, &["cpu", "memory"]);
        required_supported(e, path, policy, &["NotRequired", "RestartContainer"]);
        if spec.get("restartPolicy").str() == "Never" && policy.str() != "NotRequired" {
            e.push(FieldError::invalid(
                path,
                policy,
                "must be 'NotRequired' when pod `restartPolicy` is 'Never'",
            ));
        }
    }
}

fn restart_policy(e: &mut ErrorList, at: &Path, c: &Value) {
    let (policy, rules) = (c.get("restartPolicy"), c.get("restartPolicyRules"));
    let path = at.child("restartPolicy");
    if policy.is_null() {
        if rules.is_empty() {
            return;
        }
        e.push(FieldError::required(
            &path,
            "must specify restartPolicy when restart rules are used",
        ));
    } else {
        supported(e, &path, policy, &["Always", "Never", "OnFailure"]);
    }
    if rules.items().len() > 20 {
        e.push(FieldError::too_many(
            &at.child("restartPolicyRules"),
            rules.items().len(),
            20,
        ));
    }
    for (i, rule) in rules.items().iter().enumerate() {
        let at = at.item("restartPolicyRules", i);
        supported(
            e,
            &at.child("action"),
            rule.get("action"),
            &["Restart", "RestartAllContainers"],
        );
        let codes = rule.get("exitCodes");
        if codes.is_null() {
            e.push(FieldError::required(
                &at.child("exitCodes"),
                "must be specified",
            ));
            continue;
        }
        let at = at.child("exitCodes");
        supported(
            e,
            &at.child("operator"),
            codes.get("operator"),
            &["In", "NotIn"],
        );
        if codes.get("values").items().len() > 255 {
            e.push(FieldError::too_many(
                &at.child("values"),
                codes.get("values").items().len(),
                255,
            ));
        }
    }
}

/// A structure as the internal type of its kind prints, for a bad value.
pub fn internal(v: &Value, type_name: &str) -> Bad {
    let name = format!("io.k8s.api.core.v1.{type_name}");
    Bad::raw(if v.is_null() {
        "null".into()
    } else {
        wire::internal_json(v, &name)
    })
}
