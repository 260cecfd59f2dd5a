//! Annotations of pods that mean something.

use super::visit_containers;
use crate::api::validation::common::local_descending_path;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// What a pod bears that a file on its node describes.
pub const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Annotations of a pod or a template.
pub fn specific(e: &mut ErrorList, path: &Path, v: &Value, spec: &Value) {
    if v.is_empty() {
        return;
    }
    if let Some(mirror) = v.get(MIRROR).as_str()
        && spec.get("nodeName").is_empty()
    {
        e.push(FieldError::invalid(
            &path.key(MIRROR),
            mirror,
            "must set spec.nodeName if mirror pod annotation is set",
        ));
    }
    if let Some(cost) = v.get(DELETION_COST).as_str()
        && !is_deletion_cost(cost)
    {
        e.push(FieldError::invalid(
            &path.key(DELETION_COST),
            cost,
            "must be a 32bit integer",
        ));
    }
    if let Some(profile) = v.get(SECCOMP_POD).as_str() {
        seccomp_profile(e, &path.child(SECCOMP_POD), profile);
    }
    for (k, profile) in v.fields().filter(|(k, _)| k.starts_with(SECCOMP_CONTAINER)) {
        seccomp_profile(e, &path.child(k), profile.str());
    }
    for (k, profile) in v.fields() {
        let Some(container) = k.strip_prefix(APP_ARMOR) else {
            continue;
        };
        let mut found = false;
        visit_containers(spec, path, |c, _| found |= c.get("name").str() == container);
        if !found {
            e.push(FieldError::invalid(
                &path.key(k),
                container,
                "container not found",
            ));
        }
        let profile = profile.str();
        if !matches!(profile, "" | "runtime/default" | "unconfined")
            && !profile.starts_with("localhost/")
        {
            let text = format!("invalid AppArmor profile name: {profile:?}");
            e.push(FieldError::invalid(&path.key(k), profile, text));
        }
    }
}

fn is_deletion_cost(v: &str) -> bool {
    let canonical = v == "0" || !v.trim_start_matches('-').starts_with('0');
    canonical && !v.starts_with('+') && v.parse::<i32>().is_ok()
}

fn seccomp_profile(e: &mut ErrorList, path: &Path, v: &str) {
    match v {
        "runtime/default" | "docker/default" | "unconfined" => {}
        v => match v.strip_prefix("localhost/") {
            Some(rest) => local_descending_path(e, path, rest),
            None => e.push(FieldError::invalid(
                path,
                v,
                "must be a valid seccomp profile",
            )),
        },
    }
}

/// Where both an annotation and a field say which seccomp profile is used, they must agree.
pub fn seccomp_match(e: &mut ErrorList, path: &Path, meta: &Value, spec: &Value) {
    let annotations = meta.get("annotations");
    if annotations.is_empty() {
        return;
    }
    let context = path.child("securityContext");
    seccomp_pair(
        e,
        &context.child("seccompProfile"),
        annotations.get(SECCOMP_POD),
        spec.at(&["securityContext", "seccompProfile"]),
    );
    visit_containers(spec, path, |c, at| {
        let key = format!("{SECCOMP_CONTAINER}{}", c.get("name").str());
        let context = at.child("securityContext");
        seccomp_pair(
            e,
            &context.child("seccompProfile"),
            annotations.get(&key),
            c.at(&["securityContext", "seccompProfile"]),
        );
    });
}

fn seccomp_pair(e: &mut ErrorList, path: &Path, annotation: &Value, profile: &Value) {
    let Some(v) = annotation.as_str().filter(|_| !profile.is_null()) else {
        return;
    };
    let wrong_type = match profile.get("type").str() {
        "Unconfined" => v != "unconfined",
        "RuntimeDefault" => v != "runtime/default" && v != "docker/default",
        "Localhost" => match v.strip_prefix("localhost/") {
            None => true,
            Some(file) => {
                if profile.get("localhostProfile").as_str() != Some(file) {
                    e.push(FieldError::forbidden(
                        &path.child("localhostProfile"),
                        "seccomp profile in annotation and field must match",
                    ));
                }
                false
            }
        },
        _ => false,
    };
    if wrong_type {
        e.push(FieldError::forbidden(
            &path.child("type"),
            "seccomp type in annotation and field must match",
        ));
    }
}

/// The same for AppArmor.
pub fn app_armor_match(e: &mut ErrorList, path: &Path, meta: &Value, spec: &Value) {
    let annotations = meta.get("annotations");
    if annotations.is_empty() || spec.at(&["os", "name"]).str() == "windows" {
        return;
    }
    visit_containers(spec, path, |c, at| {
        let own = c.at(&["securityContext", "appArmorProfile"]);
        let profile = if own.is_null() {
            spec.at(&["securityContext", "appArmorProfile"])
        } else {
            own
        };
        let key = format!("{APP_ARMOR}{}", c.get("name").str());
        let Some(v) = annotations
            .get(&key)
            .as_str()
            .filter(|_| !profile.is_null())
        else {
            return;
        };
        let context = at.child("securityContext");
        let at = context.child("appArmorProfile");
        let (field, what) = match profile.get("type").str() {
            "Unconfined" if v != "unconfined" => ("type", "type"),
            "RuntimeDefault" if v != "runtime/default" => ("type", "type"),
            "Localhost" if !v.starts_with("localhost/") => ("type", "type"),
            "Localhost"
                if v.strip_prefix("localhost/") != profile.get("localhostProfile").as_str() =>
            {
                ("localhostProfile", "profile")
            }
            _ => return,
        };
        e.push(FieldError::forbidden(
            &at.child(field),
            format!("apparmor {what} in annotation and field must match"),
        ));
    });
}

/// Annotations that may not be changed on a pod that exists.
pub fn updates(e: &mut ErrorList, path: &Path, new: &Value, old: &Value, spec: &Value) {
    for (k, was) in old.fields() {
        if new.get(k) == was {
            continue;
        }
        if k.starts_with(APP_ARMOR) {
            e.push(FieldError::forbidden(
                &path.key(k),
                "may not remove or update AppArmor annotations",
            ));
        }
        if k == MIRROR {
            e.push(FieldError::forbidden(
                &path.key(k),
                "may not remove or update mirror pod annotation",
            ));
        }
    }
    for (k, _) in new.fields().filter(|(k, _)| !old.has(k)) {
        if k.starts_with(APP_ARMOR) {
            e.push(FieldError::forbidden(
                &path.key(k),
                "may not add AppArmor annotations",
            ));
        }
        if k == MIRROR {
            e.push(FieldError::forbidden(
                &path.key(k),
                "may not add mirror pod annotation",
            ));
        }
    }
    specific(e, path, new, spec);
}
