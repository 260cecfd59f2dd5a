//! Storage classes and CSI drivers (`pkg/apis/storage/validation`).

use super::{allowed_topologies, csi_driver_name};
use crate::api::validation::common::{immutable, invalid_each, required, supported};
use crate::api::validation::meta::{name_is_dns_subdomain, object_meta, object_meta_update};
use crate::apimachinery::names::is_qualified_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const MAX_PARAMETERS: usize = 512;
const MAX_PARAMETER_BYTES: usize = 256 * 1024;

/// A storage class.
pub fn storage_class(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    provisioner(e, &Path::new("provisioner"), v.get("provisioner"));
    parameters(e, &Path::new("parameters"), v.get("parameters"), true);
    let policy = v.get("reclaimPolicy");
    if !policy.is_empty() {
        supported(
            e,
            &Path::new("reclaimPolicy"),
            policy,
            &["Delete", "Retain"],
        );
    }
    let mode = v.get("volumeBindingMode");
    let path = Path::new("volumeBindingMode");
    match mode.is_null() {
        true => e.push(FieldError::required(&path, "")),
        false => supported(e, &path, mode, &["Immediate", "WaitForFirstConsumer"]),
    }
    allowed_topologies(
        e,
        &Path::new("allowedTopologies"),
        v.get("allowedTopologies"),
    );
}

fn provisioner(e: &mut ErrorList, path: &Path, v: &Value) {
    if required(e, path, v) {
        invalid_each(e, path, v.str(), is_qualified_name(&v.str().to_lowercase()));
    }
}

/// Parameters of a class: not too many, not too long, no empty key.
pub fn parameters(e: &mut ErrorList, path: &Path, v: &Value, allow_empty: bool) {
    let mut size = 0;
    if v.fields().count() > MAX_PARAMETERS {
        let text = format!("exceeds max allowed parameters {MAX_PARAMETERS}");
        e.push(FieldError::invalid(
            path,
            "Provisioner Parameters exceeded max allowed",
            text,
        ));
        return;
    }
    for (k, value) in v.fields() {
        if k.is_empty() {
            let text = "field can not be empty.";
            e.push(FieldError::invalid(path, k, text));
        }
        size += k.len() + value.str().len();
    }
    if size > MAX_PARAMETER_BYTES {
        e.push(FieldError::too_long(path, MAX_PARAMETER_BYTES));
    }
    if !allow_empty && v.is_empty() {
        e.push(FieldError::required(
            path,
            "must contain at least one key/value pair",
        ));
    }
}

/// An update of a storage class: most of it is immutable.
pub fn storage_class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    if new.get("parameters") != old.get("parameters") {
        let text = "updates to parameters are forbidden.";
        e.push(FieldError::forbidden(&Path::new("parameters"), text));
    }
    for field in ["provisioner", "reclaimPolicy", "volumeBindingMode"] {
        immutable(e, &Path::new(field), new.get(field), old.get(field));
    }
}

/// A CSI driver.
pub fn csi_driver(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, |name, _| {
        let mut e = ErrorList::new();
        csi_driver_name(&mut e, &Path::new(""), name);
        e.into_iter().map(|x| x.detail).collect()
    });
    let spec = Path::new("spec");
    for field in ["attachRequired", "podInfoOnMount", "storageCapacity"] {
        required_bool(e, &spec.child(field), v.at(&["spec", field]));
    }
    supported(
        e,
        &spec.child("fsGroupPolicy"),
        v.at(&["spec", "fsGroupPolicy"]),
        &["File", "None", "ReadWriteOnceWithFSType"],
    );
    for mode in v.at(&["spec", "volumeLifecycleModes"]).items() {
        supported(
            e,
            &spec.child("volumeLifecycleModes"),
            mode,
            &["Ephemeral", "Persistent"],
        );
    }
}

fn required_bool(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        e.push(FieldError::required(path, ""));
    }
}
