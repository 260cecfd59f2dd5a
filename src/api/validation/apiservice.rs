//! Who serves a version of a group (`kube-aggregator/pkg/apis/apiregistration/validation`).

use super::common::{dns_subdomain, invalid_each, required, supported};
use super::meta::{name_is_path_segment, object_meta_generic, object_meta_update_generic};
use crate::api::strict::base64_decode;
use crate::apimachinery::names::is_dns1035_label;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const SPEC: Path<'static> = Path::new("spec");

/// An APIService.
pub fn api_service(e: &mut ErrorList, v: &Value) {
    let spec = v.get("spec");
    let (group, version) = (spec.get("group").str(), spec.get("version").str());
    let before = e.len();
    object_meta_generic(e, v, false, name_is_path_segment);
    let wanted = format!("{version}.{group}");
    let name = Path::new("metadata.name");
    if v.name() != wanted && e[before..].iter().all(|x| x.field != "metadata.name") {
        let text = format!("must be `spec.version+\".\"+spec.group`: \"{wanted}\"");
        e.insert(before, FieldError::invalid(&name, v.name(), text));
    }
    let path = SPEC.child("group");
    if group.is_empty() && version != "v1" {
        let text = "only v1 may have an empty group and it better be legacy kube";
        e.push(FieldError::required(&path, text));
    } else if !group.is_empty() {
        dns_subdomain(e, &path, group);
    }
    invalid_each(
        e,
        &SPEC.child("version"),
        version,
        is_dns1035_label(version),
    );
    for (field, max) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1_000)] {
        let n = spec.get(field).as_i64().unwrap_or(0);
        if !(1..=max).contains(&n) {
            let text = format!("must be positive and less than {max}");
            e.push(FieldError::invalid(&SPEC.child(field), n, text));
        }
    }
    backend(e, spec);
}

fn backend(e: &mut ErrorList, spec: &Value) {
    let (bundle, service) = (spec.get("caBundle"), spec.get("service"));
    let trusting = spec.get("insecureSkipTLSVerify").as_bool() == Some(true);
    let path = SPEC.child("insecureSkipTLSVerify");
    if service.is_null() {
        if !bundle.is_empty() {
            let size = base64_decode(bundle.str()).map_or(0, |b| b.len());
            e.push(FieldError::invalid(
                &SPEC.child("caBundle"),
                &format!("{size} bytes"),
                "local APIServices may not have a caBundle",
            ));
        }
        if trusting {
            let text = "local APIServices may not have insecureSkipTLSVerify";
            e.push(FieldError::invalid(&path, true, text));
        }
        return;
    }
    let at = SPEC.child("service");
    required(e, &at.child("namespace"), service.get("namespace"));
    required(e, &at.child("name"), service.get("name"));
    if trusting && !bundle.is_empty() {
        let text = "may not be true if caBundle is present";
        e.push(FieldError::invalid(&path, true, text));
    }
}

/// An update of an APIService.
pub fn api_service_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    api_service(e, new);
}

/// An update of an APIService's status.
pub fn api_service_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    let path = Path::new("status");
    for (i, c) in new.at(&["status", "conditions"]).items().iter().enumerate() {
        let at = path.item("conditions", i);
        let known = ["True", "False", "Unknown"];
        supported(e, &at.child("status"), c.get("status"), &known);
    }
}
