//! Object metadata, labels and selectors (`apimachinery/pkg/api/validation`, `pkg/apis/meta/v1/validation`).

use super::common::{immutable, invalid_each, nonnegative, qualified_name, required};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::{
    is_dns1035_label, is_dns1123_label, is_dns1123_subdomain, is_qualified_name,
    is_valid_label_value, is_valid_path_segment_name,
};
use crate::apimachinery::strconv::is_unprintable;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};
use crate::collections::Arrange;

/// A check of names; the flag says that it is a prefix, to which random characters will be added.
pub type NameFn = fn(&str, bool) -> Vec<String>;

const OWNER_REFERENCE: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference";
const TOTAL_ANNOTATION_SIZE: usize = 256 * 1024;
const METADATA: Path<'static> = Path::new("metadata");

/// A prefix may end in dashes.
fn mask_trailing_dash(name: &str, prefix: bool) -> String {
    if prefix && name.len() > 1 && name.ends_with('-') {
        let mut cut = name.len() - 2;
        while !name.is_char_boundary(cut) {
            cut -= 1;
        }
        return format!("{}a", &name[..cut]);
    }
    name.to_owned()
}

/// Names that are DNS subdomains: those of most kinds.
pub fn name_is_dns_subdomain(name: &str, prefix: bool) -> Vec<String> {
    is_dns1123_subdomain(&mask_trailing_dash(name, prefix))
}
/// Names that are DNS labels: namespaces.
pub fn name_is_dns_label(name: &str, prefix: bool) -> Vec<String> {
    is_dns1123_label(&mask_trailing_dash(name, prefix))
}
/// Names that are DNS labels of the older standard.
pub fn name_is_dns1035_label(name: &str, prefix: bool) -> Vec<String> {
    is_dns1035_label(&mask_trailing_dash(name, prefix))
}
/// Names that only need to be fit for a URL: roles, role bindings.
pub fn name_is_path_segment(name: &str, prefix: bool) -> Vec<String> {
    let mut messages = is_valid_path_segment_name(name);
    if prefix {
        messages.retain(|m| !m.starts_with("may not be"));
    }
    messages
}
/// Names without a check.
pub fn name_is_free(_: &str, _: bool) -> Vec<String> {
    Vec::new()
}

/// Metadata of an object at its creation; its name is already generated. `namespaced`: whether its kind stands in namespaces.
pub fn object_meta(e: &mut ErrorList, object: &Value, namespaced: bool, name_fn: NameFn) {
    object_meta_generic(e, object, namespaced, name_fn);
    kube_finalizers(e, object.meta().get("finalizers"));
}

/// The same as the generic registry checks it for every kind.
pub fn object_meta_generic(e: &mut ErrorList, object: &Value, namespaced: bool, name_fn: NameFn) {
    checked(e, object, &Value::Null, namespaced, name_fn);
}

/// What the generic registry checks of the metadata of every new state before it compares it with the old one.
pub fn object_meta_again(e: &mut ErrorList, new: &Value, old: &Value) {
    let namespaced = !old.namespace().is_empty();
    checked(e, new, old.meta(), namespaced, name_is_path_segment);
}

/// Checks metadata; what is the very same in `was` was looked at then.
fn checked(e: &mut ErrorList, object: &Value, was: &Value, namespaced: bool, name_fn: NameFn) {
    let meta = object.meta();
    let generate_name = meta.get("generateName").str();
    if !generate_name.is_empty() {
        invalid_each(
            e,
            &METADATA.child("generateName"),
            generate_name,
            name_fn(generate_name, true),
        );
    }
    let name = meta.get("name").str();
    if name.is_empty() {
        e.push(FieldError::required(
            &METADATA.child("name"),
            "name or generateName is required",
        ));
    } else {
        invalid_each(e, &METADATA.child("name"), name, name_fn(name, false));
    }
    let namespace = meta.get("namespace").str();
    let namespace_path = METADATA.child("namespace");
    match (namespaced, namespace.is_empty()) {
        (true, true) => e.push(FieldError::required(&namespace_path, "")),
        (true, false) => invalid_each(
            e,
            &namespace_path,
            namespace,
            name_is_dns_label(namespace, false),
        ),
        (false, false) => e.push(FieldError::forbidden(
            &namespace_path,
            "not allowed on this type",
        )),
        (false, true) => {}
    }
    nonnegative(e, &METADATA.child("generation"), meta.get("generation"));
    for (field, check) in COMMON {
        if was.is_null() || !meta.get(field).ptr_eq(was.get(field)) {
            check(e, &METADATA.child(field), meta.get(field));
        }
    }
    finalizers(e, &METADATA.child("finalizers"), meta.get("finalizers"));
    managed_fields(e, meta.get("managedFields"));
}

/// Checks a field that stands at a path.
type Check = fn(&mut ErrorList, &Path, &Value);

/// What is checked of new and of changed objects.
const COMMON: [(&str, Check); 3] = [
    ("labels", labels),
    ("annotations", annotations),
    ("ownerReferences", owner_references),
];

/// Metadata of an object that takes the place of `old`, as the core group checks it.
pub fn object_meta_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    kube_finalizers(e, new.meta().get("finalizers"));
}

/// The same as the generic registry checks it for every kind.
pub fn object_meta_update_generic(e: &mut ErrorList, new: &Value, old: &Value) {
    let (new, old) = (new.meta(), old.meta());
    if !old.get("deletionTimestamp").is_null() {
        no_new_finalizers(e, new.get("finalizers"), old.get("finalizers"));
    }
    if new.get("resourceVersion").is_empty() {
        e.push(FieldError::invalid(
            &METADATA.child("resourceVersion"),
            "",
            "must be specified for an update",
        ));
    }
    let generation = |v: &Value| v.get("generation").as_i64().unwrap_or(0);
    if generation(new) < generation(old) {
        e.push(FieldError::invalid(
            &METADATA.child("generation"),
            generation(new),
            "must not be decremented",
        ));
    }
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        immutable(e, &METADATA.child(field), new.get(field), old.get(field));
    }
    // What is the very same as before was looked at then, but for objects that were restored as they had been stored: those
    // are looked at once these parts change.
    for (field, check) in COMMON {
        if !new.get(field).ptr_eq(old.get(field)) {
            check(e, &METADATA.child(field), new.get(field));
        }
    }
    managed_fields(e, new.get("managedFields"));
}

fn no_new_finalizers(e: &mut ErrorList, new: &Value, old: &Value) {
    let mut extra: Vec<&str> = new
        .items()
        .iter()
        .filter(|f| !old.items().contains(f))
        .map(Value::str)
        .collect();
    extra.arrange();
    extra.dedup();
    if !extra.is_empty() {
        let list: Vec<String> = extra.iter().map(|f| format!("{f:?}")).collect();
        e.push(FieldError::forbidden(
            &METADATA.child("finalizers"),
            format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                list.join(", ")
            ),
        ));
    }
}

/// Labels: keys and values.
pub fn labels(e: &mut ErrorList, path: &Path, v: &Value) {
    for (key, value) in v.fields() {
        qualified_name(e, path, key);
        invalid_each(e, path, value.str(), is_valid_label_value(value.str()));
    }
}

/// Annotations: keys, and their size together.
pub fn annotations(e: &mut ErrorList, path: &Path, v: &Value) {
    let mut size = 0;
    for (key, value) in v.fields() {
        let lower = match key.is_ascii() {
            true => key.to_ascii_lowercase(),
            false => key.to_lowercase(),
        };
        invalid_each(e, path, key, is_qualified_name(&lower));
        size += key.len() + value.str().len();
    }
    if size > TOTAL_ANNOTATION_SIZE {
        e.push(FieldError::too_long(path, TOTAL_ANNOTATION_SIZE));
    }
}

fn owner_references(e: &mut ErrorList, path: &Path, v: &Value) {
    let mut controller = String::new();
    for r in v.items() {
        owner_reference(e, path, r);
        if r.get("controller").as_bool() != Some(true) {
            continue;
        }
        let this = format!("{}/{}", r.kind(), r.get("name").str());
        if controller.is_empty() {
            controller = this;
        } else {
            e.push(FieldError::invalid(
                path,
                Bad::raw(wire::external_json_list(v, OWNER_REFERENCE)),
                format!("Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {this}"),
            ));
        }
    }
}

fn owner_reference(e: &mut ErrorList, path: &Path, r: &Value) {
    let api_version = r.api_version();
    let version = match api_version.split_once('/') {
        Some((_, v)) if !v.contains('/') => v,
        Some(_) => "",
        None => api_version,
    };
    if version.is_empty() {
        e.push(FieldError::invalid(
            &path.child("apiVersion"),
            api_version,
            "version must not be empty",
        ));
    }
    for field in ["kind", "name", "uid"] {
        if r.get(field).is_empty() {
            e.push(FieldError::invalid(
                &path.child(field),
                "",
                "must not be empty",
            ));
        }
    }
    if api_version == "v1" && r.kind() == "Event" {
        let bad = Bad::raw(wire::external_json(r, OWNER_REFERENCE));
        e.push(FieldError::invalid(
            path,
            bad,
            "/v1, Kind=Event is disallowed from being an owner",
        ));
    }
}

fn finalizers(e: &mut ErrorList, path: &Path, v: &Value) {
    for f in v.items() {
        qualified_name(e, path, f.str());
    }
    let has = |name: &str| v.items().iter().any(|f| f.str() == name);
    if has("orphan") && has("foregroundDeletion") {
        e.push(FieldError::invalid(
            path,
            v,
            "finalizer orphan and foregroundDeletion cannot be both set",
        ));
    }
}

fn kube_finalizers(e: &mut ErrorList, v: &Value) {
    for (i, f) in v.items().iter().enumerate() {
        kube_finalizer_name(e, &METADATA.item("finalizers", i), f.str());
    }
}

/// A finalizer without a domain must be one that Kubernetes knows.
pub fn kube_finalizer_name(e: &mut ErrorList, path: &Path, name: &str) {
    if !name.contains('/') && !matches!(name, "kubernetes" | "orphan" | "foregroundDeletion") {
        e.push(FieldError::invalid(
            path,
            name,
            "name is neither a standard finalizer name nor is it fully qualified",
        ));
    }
}

/// The managers of an object's fields.
pub fn managed_fields(e: &mut ErrorList, v: &Value) {
    for (i, entry) in v.items().iter().enumerate() {
        let path = METADATA.item("managedFields", i);
        match entry.get("operation").str() {
            "Apply" | "Update" => {}
            other => e.push(FieldError::invalid(
                &path.child("operation"),
                other,
                "must be `Apply` or `Update`",
            )),
        }
        let fields_type = entry.get("fieldsType").str();
        if !matches!(fields_type, "" | "FieldsV1") {
            e.push(FieldError::invalid(
                &path.child("fieldsType"),
                fields_type,
                "must be `FieldsV1`",
            ));
        }
        field_manager(e, &path.child("manager"), entry.get("manager").str());
        if entry.get("subresource").str().len() > 256 {
            e.push(FieldError::too_long(&path.child("subresource"), 256));
        }
    }
}

/// The name of a field manager.
pub fn field_manager(e: &mut ErrorList, path: &Path, v: &str) {
    if v.len() > 128 {
        e.push(FieldError::too_long(path, 128));
    }
    for (i, c) in v.char_indices() {
        if is_unprintable(c) {
            let code = c as u32;
            e.push(FieldError::invalid(
                path,
                v,
                format!("invalid character U+{code:04X} (at position {i})"),
            ));
        }
    }
}

/// A label selector.
pub fn label_selector(e: &mut ErrorList, path: &Path, v: &Value) {
    labels(e, &path.child("matchLabels"), v.get("matchLabels"));
    for (i, r) in v.get("matchExpressions").items().iter().enumerate() {
        selector_requirement(e, &path.item("matchExpressions", i), r);
    }
}

fn selector_requirement(e: &mut ErrorList, path: &Path, r: &Value) {
    let values = r.get("values");
    match r.get("operator").str() {
        "In" | "NotIn" if values.is_empty() => e.push(FieldError::required(
            &path.child("values"),
            "must be specified when `operator` is 'In' or 'NotIn'",
        )),
        "Exists" | "DoesNotExist" if !values.is_empty() => e.push(FieldError::forbidden(
            &path.child("values"),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => e.push(FieldError::invalid(
            &path.child("operator"),
            other,
            "not a valid selector operator",
        )),
    }
    qualified_name(e, &path.child("key"), r.get("key").str());
    let values_path = path.child("values");
    for (i, v) in values.items().iter().enumerate() {
        invalid_each(
            e,
            &values_path.index(i),
            v.str(),
            is_valid_label_value(v.str()),
        );
    }
}

/// A condition of the shape that all newer kinds share (`metav1.Condition`).
pub fn conditions(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, c) in v.items().iter().enumerate() {
        let at = path.index(i);
        let kind = c.get("type").str();
        if v.items()[..i].iter().any(|o| o.get("type").str() == kind) {
            e.push(FieldError::duplicate(&at.child("type"), kind));
        }
        match kind.is_empty() {
            true => e.push(FieldError::required(&at.child("type"), "is required")),
            false => qualified_name(e, &at.child("type"), kind),
        }
        super::common::required_supported(
            e,
            &at.child("status"),
            c.get("status"),
            &["False", "True", "Unknown"],
        );
        nonnegative(
            e,
            &at.child("observedGeneration"),
            c.get("observedGeneration"),
        );
        required(
            e,
            &at.child("lastTransitionTime"),
            c.get("lastTransitionTime"),
        );
        required(e, &at.child("reason"), c.get("reason"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn check(meta: Value) -> Vec<String> {
        let mut e = ErrorList::new();
        let mut object = Value::object();
        object.set("metadata", meta);
        object_meta(&mut e, &object, true, name_is_dns_subdomain);
        e.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn metadata_is_checked_in_upstreams_order() {
        assert!(check(tree!({"generateName": "a-", "name": "a-x", "namespace": "b"})).is_empty());
        let errors = check(tree!({"namespace": "b", "finalizers": ["x"], "ownerReferences": [{}]}));
        assert_eq!(
            errors[0],
            "metadata.name: Required value: name or generateName is required"
        );
        assert_eq!(
            errors[1],
            "metadata.ownerReferences.apiVersion: Invalid value: \"\": version must not be empty"
        );
        assert_eq!(
            errors[5],
            "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified"
        );
    }
}
