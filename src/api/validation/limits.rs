//! Limit ranges and resource quotas (`pkg/apis/core/validation`).

use super::common::quantity;
use super::meta::{name_is_dns_subdomain, object_meta, object_meta_update};
use super::pod::resources::{
    container_resource_name, is_overcommit_allowed, resource_name, resource_value,
};
use crate::apimachinery::names::is_qualified_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Quantity, Value};
use crate::collections::SortedSet;

const COMPUTE: &[&str] = &[
    "cpu",
    "memory",
    "limits.cpu",
    "limits.memory",
    "requests.cpu",
    "requests.memory",
];
const QUOTA: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];

/// A limit range.
pub fn limit_range(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let limits = v.at(&["spec", "limits"]).items();
    let spec = Path::new("spec");
    for (i, limit) in limits.iter().enumerate() {
        let at = spec.item("limits", i);
        let kind = limit.get("type").str();
        type_name(e, &at.child("type"), kind);
        if limits[..i].iter().any(|o| o.get("type").str() == kind) {
            e.push(FieldError::duplicate(&at.child("type"), kind));
        }
        names(e, &at, limit, kind);
        compare(e, &at, limit, kind);
    }
}

fn type_name(e: &mut ErrorList, path: &Path, kind: &str) {
    let messages = is_qualified_name(kind);
    if messages.is_empty()
        && !kind.contains('/')
        && !matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim")
    {
        let text = "must be a standard limit type or fully qualified";
        e.push(FieldError::invalid(path, kind, text));
    }
    super::common::invalid_each(e, path, kind, messages);
}

fn names(e: &mut ErrorList, at: &Path, limit: &Value, kind: &str) {
    let each = |e: &mut ErrorList, field: &str| {
        let path = at.child(field);
        for (name, _) in limit.get(field).fields() {
            match kind {
                "Pod" | "Container" => container_resource_name(e, &path.key(name), name),
                _ => drop(resource_name(e, &path.key(name), name)),
            }
        }
    };
    each(e, "max");
    each(e, "min");
    for field in ["default", "defaultRequest"] {
        if kind == "Pod" {
            if !limit.get(field).is_empty() {
                let text = "may not be specified when `type` is 'Pod'";
                e.push(FieldError::forbidden(&at.child(field), text));
            }
        } else {
            each(e, field);
        }
    }
    let storage = |f: &str| limit.get(f).has("storage");
    if kind == "PersistentVolumeClaim" && !storage("min") && !storage("max") {
        let text = "either minimum or maximum storage value is required, but neither was provided";
        e.push(FieldError::required(&at.child("limits"), text));
    }
    each(e, "maxLimitRequestRatio");
}

fn compare(e: &mut ErrorList, at: &Path, limit: &Value, kind: &str) {
    let of = |field: &str, k: &str| {
        let skipped = kind == "Pod" && field.starts_with("default");
        Some(limit.get(field).get(k))
            .filter(|v| !v.is_null() && !skipped)
            .map(quantity)
    };
    let fields = [
        "max",
        "min",
        "default",
        "defaultRequest",
        "maxLimitRequestRatio",
    ];
    let keys: SortedSet<&str> = fields
        .iter()
        .flat_map(|f| limit.get(f).fields())
        .map(|(k, _)| k)
        .collect();
    for k in keys {
        let (min, max) = (of("min", k), of("max", k));
        let (default, request) = (of("default", k), of("defaultRequest", k));
        let mut over = |field: &str,
                        bad: &Quantity,
                        a: Option<Quantity>,
                        what: &str,
                        b: Option<Quantity>,
                        than: &str| {
            if let (Some(a), Some(b)) = (a, b)
                && a > b
            {
                let path = at.child(field);
                let text = format!("{what} value {a} is greater than {than} value {b}");
                e.push(FieldError::invalid(&path.key(k), bad, text));
            }
        };
        let or = |q: Option<Quantity>| q.unwrap_or_default();
        over("min", &or(min), min, "min", max, "max");
        over(
            "defaultRequest",
            &or(request),
            min,
            "min",
            request,
            "default request",
        );
        over(
            "defaultRequest",
            &or(request),
            request,
            "default request",
            max,
            "max",
        );
        over(
            "defaultRequest",
            &or(request),
            request,
            "default request",
            default,
            "default limit",
        );
        over("default", &or(min), min, "min", default, "default");
        over("default", &or(max), default, "default", max, "max");
        if let Some(r) = of("maxLimitRequestRatio", k) {
            ratio(e, at, k, r, min, max);
        }
        if let (Some(d), Some(r)) = (default, request)
            && !is_overcommit_allowed(k)
            && d != r
        {
            let path = at.child("defaultRequest");
            let text = format!("default value {d} must equal to defaultRequest value {r} in {k}");
            e.push(FieldError::invalid(&path.key(k), &r, text));
        }
    }
}

fn ratio(
    e: &mut ErrorList,
    at: &Path,
    k: &str,
    r: Quantity,
    min: Option<Quantity>,
    max: Option<Quantity>,
) {
    let path = at.child("maxLimitRequestRatio");
    if r.milli_value() < 1000 {
        let text = format!("ratio {r} is less than 1");
        e.push(FieldError::invalid(&path.key(k), &r, text));
    }
    if let (Some(min), Some(max)) = (min, max) {
        let limit = max.as_f64() / min.as_f64();
        if r.as_f64() > limit {
            let text = format!("ratio {r} is greater than max/min = {limit:.6}");
            e.push(FieldError::invalid(&path.key(k), &r, text));
        }
    }
}

/// A resource quota.
pub fn quota(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    quota_spec(e, v.get("spec"));
    quota_amounts(e, v.get("status"), "status", &["hard", "used"]);
}

fn quota_amounts(e: &mut ErrorList, v: &Value, root: &str, lists: &[&str]) {
    for list in lists {
        let root = Path::new(root);
        let path = root.child(list);
        for (name, q) in v.get(list).fields() {
            let at = path.key(name);
            resource_name(e, &at, name);
            let standard = QUOTA.contains(&name)
                || name.starts_with("hugepages-")
                || name.starts_with("requests.hugepages-");
            if !name.contains('/') && !standard {
                e.push(FieldError::invalid(
                    &at,
                    name,
                    "must be a standard resource for quota",
                ));
            }
            resource_value(e, &at, name, &quantity(q));
        }
    }
}

fn scope_fits(scope: &str, resource: &str) -> bool {
    match scope {
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => resource == "pods" || COMPUTE.contains(&resource),
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => {
            matches!(resource, "persistentvolumeclaims" | "requests.storage")
        }
        _ => true,
    }
}

fn is_scope(scope: &str) -> bool {
    matches!(
        scope,
        "Terminating"
            | "NotTerminating"
            | "BestEffort"
            | "NotBestEffort"
            | "PriorityClass"
            | "CrossNamespacePodAffinity"
            | "VolumeAttributesClass"
    )
}

fn quota_spec(e: &mut ErrorList, spec: &Value) {
    quota_amounts(e, spec, "spec", &["hard"]);
    let path = Path::new("spec");
    let hard: Vec<&str> = spec
        .get("hard")
        .fields()
        .map(|(k, _)| k)
        .filter(|k| QUOTA.contains(k))
        .collect();
    let scopes = spec.get("scopes");
    let at = path.child("scopes");
    for s in scopes.items() {
        if !is_scope(s.str()) {
            e.push(FieldError::invalid(&at, scopes, "unsupported scope"));
        }
        for _ in hard.iter().filter(|r| !scope_fits(s.str(), r)) {
            e.push(FieldError::invalid(
                &at,
                scopes,
                "unsupported scope applied to resource",
            ));
        }
    }
    conflicts(
        e,
        &at,
        scopes,
        scopes.items().iter().map(Value::str).collect(),
    );
    let selector = spec.get("scopeSelector");
    if selector.is_null() {
        return;
    }
    let at = path.child("scopeSelector.matchExpressions");
    let expressions = selector.get("matchExpressions").items();
    for r in expressions {
        scope_requirement(e, &at, r, selector, &hard);
    }
    let names = expressions
        .iter()
        .map(|r| r.get("scopeName").str())
        .collect();
    conflicts(e, &at, scopes, names);
}

fn conflicts(e: &mut ErrorList, path: &Path, scopes: &Value, names: Vec<&str>) {
    for (a, b) in [
        ("BestEffort", "NotBestEffort"),
        ("NotTerminating", "Terminating"),
    ] {
        if names.contains(&a) && names.contains(&b) {
            e.push(FieldError::invalid(path, scopes, "conflicting scopes"));
        }
    }
}

fn scope_requirement(e: &mut ErrorList, path: &Path, r: &Value, selector: &Value, hard: &[&str]) {
    let (scope, operator, values) = (
        r.get("scopeName").str(),
        r.get("operator").str(),
        r.get("values"),
    );
    if !is_scope(scope) {
        e.push(FieldError::invalid(
            &path.child("scopeName"),
            scope,
            "unsupported scope",
        ));
    }
    for _ in hard.iter().filter(|k| !scope_fits(scope, k)) {
        let bad = super::pod::containers::internal(selector, "ScopeSelector");
        e.push(FieldError::invalid(
            path,
            bad,
            "unsupported scope applied to resource",
        ));
    }
    let exists_only =
        !matches!(scope, "PriorityClass" | "VolumeAttributesClass") && is_scope(scope);
    if exists_only && operator != "Exists" {
        let text = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
        e.push(FieldError::invalid(&path.child("operator"), operator, text));
    }
    match operator {
        "In" | "NotIn" if values.is_empty() => e.push(FieldError::required(
            &path.child("values"),
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        )),
        "Exists" | "DoesNotExist" if !values.is_empty() => e.push(FieldError::invalid(
            &path.child("values"),
            values,
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        )),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => e.push(FieldError::invalid(
            &path.child("operator"),
            other,
            "not a valid selector operator",
        )),
    }
}

/// An update of a resource quota: its scopes stay.
pub fn quota_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    quota_spec(e, new.get("spec"));
    let scopes = |v: &Value| -> SortedSet<String> {
        v.at(&["spec", "scopes"])
            .items()
            .iter()
            .map(|s| s.str().to_owned())
            .collect()
    };
    if scopes(new) != scopes(old) {
        let bad = new.at(&["spec", "scopes"]);
        e.push(FieldError::invalid(
            &Path::new("spec.scopes"),
            bad,
            "field is immutable",
        ));
    }
}

/// An update of a resource quota's status.
pub fn quota_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    quota_amounts(e, new.get("status"), "status", &["hard", "used"]);
}
