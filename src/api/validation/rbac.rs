//! Roles and bindings (`pkg/apis/rbac/validation`).

use super::apps::bad_selector;
use super::common::{invalid_each, required, supported};
use super::meta::{
    label_selector, name_is_dns_subdomain, name_is_path_segment, object_meta, object_meta_update,
};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::is_valid_path_segment_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Selector, Value, wire};

const GROUP: &str = "rbac.authorization.k8s.io";

/// A Role or a ClusterRole.
pub fn role(e: &mut ErrorList, v: &Value, namespaced: bool) {
    object_meta(e, v, namespaced, name_is_path_segment);
    let rules = Path::new("rules");
    for (i, rule) in v.get("rules").items().iter().enumerate() {
        policy_rule(e, &rules.index(i), rule, namespaced);
    }
    let aggregation = v.get("aggregationRule");
    if namespaced || aggregation.is_null() {
        return;
    }
    let path = Path::new("aggregationRule.clusterRoleSelectors");
    let selectors = aggregation.get("clusterRoleSelectors");
    if selectors.is_empty() {
        let text = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        e.push(FieldError::required(&path, text));
    }
    for (i, s) in selectors.items().iter().enumerate() {
        label_selector(e, &path.index(i), s);
        if Selector::from_label_selector(s).is_err() {
            e.push(FieldError::invalid(
                &path.index(i),
                bad_selector(s),
                "invalid label selector.",
            ));
        }
    }
}

/// One rule of a role.
pub fn policy_rule(e: &mut ErrorList, at: &Path, rule: &Value, namespaced: bool) {
    if rule.get("verbs").is_empty() {
        let text = "verbs must contain at least one value";
        e.push(FieldError::required(&at.child("verbs"), text));
    }
    let urls = rule.get("nonResourceURLs");
    if !urls.is_empty() {
        let path = at.child("nonResourceURLs");
        if namespaced {
            let text = "namespaced rules cannot apply to non-resource URLs";
            e.push(FieldError::invalid(&path, urls, text));
        }
        let others = ["apiGroups", "resources", "resourceNames"];
        if others.iter().any(|f| !rule.get(f).is_empty()) {
            let text = "rules cannot apply to both regular resources and non-resource URLs";
            e.push(FieldError::invalid(&path, urls, text));
        }
        return;
    }
    for (field, what) in [("apiGroups", "api group"), ("resources", "resource")] {
        if rule.get(field).is_empty() {
            let text = format!("resource rules must supply at least one {what}");
            e.push(FieldError::required(&at.child(field), text));
        }
    }
}

/// A RoleBinding or a ClusterRoleBinding.
pub fn binding(e: &mut ErrorList, v: &Value, namespaced: bool) {
    object_meta(e, v, namespaced, name_is_path_segment);
    let (path, reference) = (Path::new("roleRef"), v.get("roleRef"));
    supported(
        e,
        &path.child("apiGroup"),
        reference.get("apiGroup"),
        &[GROUP],
    );
    let kinds: &[&str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    supported(e, &path.child("kind"), reference.get("kind"), kinds);
    let name = reference.get("name").str();
    if required(e, &path.child("name"), reference.get("name")) {
        invalid_each(
            e,
            &path.child("name"),
            name,
            is_valid_path_segment_name(name),
        );
    }
    let subjects = Path::new("subjects");
    for (i, s) in v.get("subjects").items().iter().enumerate() {
        subject(e, &subjects.index(i), s, namespaced);
    }
}

fn subject(e: &mut ErrorList, at: &Path, v: &Value, namespaced: bool) {
    let name = v.get("name").str();
    required(e, &at.child("name"), v.get("name"));
    match v.kind() {
        "ServiceAccount" => {
            if !name.is_empty() {
                invalid_each(
                    e,
                    &at.child("name"),
                    name,
                    name_is_dns_subdomain(name, false),
                );
            }
            if !v.get("apiGroup").is_empty() {
                supported(e, &at.child("apiGroup"), v.get("apiGroup"), &[""]);
            }
            if !namespaced {
                required(e, &at.child("namespace"), v.get("namespace"));
            }
        }
        "User" | "Group" => supported(e, &at.child("apiGroup"), v.get("apiGroup"), &[GROUP]),
        _ => supported(
            e,
            &at.child("kind"),
            v.get("kind"),
            &["ServiceAccount", "User", "Group"],
        ),
    }
}

/// An update of a Role or a ClusterRole.
pub fn role_update(e: &mut ErrorList, new: &Value, old: &Value, namespaced: bool) {
    role(e, new, namespaced);
    object_meta_update(e, new, old);
}

/// An update of a binding: the role that it names stays.
pub fn binding_update(e: &mut ErrorList, new: &Value, old: &Value, namespaced: bool) {
    binding(e, new, namespaced);
    object_meta_update(e, new, old);
    let reference = new.get("roleRef");
    if reference != old.get("roleRef") {
        let bad = Bad::raw(wire::internal_json(reference, "io.k8s.api.rbac.v1.RoleRef"));
        e.push(FieldError::invalid(
            &Path::new("roleRef"),
            bad,
            "cannot change roleRef",
        ));
    }
}
