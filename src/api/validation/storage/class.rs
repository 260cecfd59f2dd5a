//! Storage classes and CSI drivers (`pkg/apis/storage/validation`).

use super::allowed_topologies;
use crate::api::validation::common::{
    immutable, invalid_each, optional_supported, required, supported,
};
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

/// The name of what makes volumes.
pub fn provisioner(e: &mut ErrorList, path: &Path, v: &Value) {
    if required(e, path, v) {
        let name = v.str().to_lowercase();
        invalid_each(e, path, &name, is_qualified_name(&name));
    }
}

/// Parameters of a class: not too many, not too long, no empty key.
pub fn parameters(e: &mut ErrorList, path: &Path, v: &Value, allow_empty: bool) {
    let mut size = 0;
    if v.fields().count() > MAX_PARAMETERS {
        return e.push(FieldError::too_long(path, MAX_PARAMETERS));
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
    for field in [
        "parameters",
        "provisioner",
        "reclaimPolicy",
        "volumeBindingMode",
    ] {
        immutable(e, &Path::new(field), new.get(field), old.get(field));
    }
}

/// A CSI driver.
pub fn csi_driver(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    csi_driver_spec(e, v.get("spec"));
}

fn csi_driver_spec(e: &mut ErrorList, v: &Value) {
    let spec = Path::new("spec");
    // Upstream misspells the first.
    for (field, shown) in [
        ("attachRequired", "attachedRequired"),
        ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
    ] {
        if v.get(field).is_null() {
            e.push(FieldError::required(&spec.child(shown), ""));
        }
    }
    optional_supported(
        e,
        &spec.child("fsGroupPolicy"),
        v.get("fsGroupPolicy"),
        &["File", "None", "ReadWriteOnceWithFSType"],
    );
    let requests = v.get("tokenRequests").items();
    for (i, r) in requests.iter().enumerate() {
        let at = spec.item("tokenRequests", i);
        let audience = r.get("audience").str();
        if requests[..i]
            .iter()
            .any(|o| o.get("audience").str() == audience)
        {
            e.push(FieldError::duplicate(&at.child("audience"), audience));
        } else if let Some(n) = r.get("expirationSeconds").as_i64() {
            token_duration(e, &at.child("expirationSeconds"), n);
        }
    }
    for mode in v.get("volumeLifecycleModes").items() {
        supported(
            e,
            &spec.child("volumeLifecycleModes"),
            mode,
            &["Persistent", "Ephemeral"],
        );
    }
    let period = "nodeAllocatableUpdatePeriodSeconds";
    if let Some(n) = v.get(period).as_i64().filter(|n| *n < 10) {
        let text = "must be greater than or equal to 10 seconds";
        e.push(FieldError::invalid(&spec.child(period), n, text));
    }
    let secrets = "serviceAccountTokenInSecrets";
    if !v.get(secrets).is_null() && requests.is_empty() {
        let text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
        e.push(FieldError::invalid(
            &spec.child(secrets),
            v.get(secrets),
            text,
        ));
    }
}

/// How long a token is asked for, in seconds.
pub fn token_duration(e: &mut ErrorList, path: &Path, seconds: i64) {
    let text = match seconds {
        n if n < 600 => "may not specify a duration less than 10 minutes",
        n if n > 1 << 32 => "may not specify a duration larger than 2^32 seconds",
        _ => return,
    };
    e.push(FieldError::invalid(path, seconds, text));
}

/// An update of a CSI driver.
pub fn csi_driver_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    csi_driver_spec(e, new.get("spec"));
    for (field, shown) in [
        ("attachRequired", "spec.attachedRequired"),
        ("volumeLifecycleModes", "spec.volumeLifecycleModes"),
    ] {
        let of = |v: &Value| v.at(&["spec", field]).clone();
        immutable(e, &Path::new(shown), &of(new), &of(old));
    }
}
