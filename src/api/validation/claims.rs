//! Resource claims, their templates, device classes and taint rules (`pkg/apis/resource/validation`). Selectors in CEL are not compiled.

use super::common::{
    dns_label, dns_subdomain, invalid_each, qualified_name, required, strings, supported,
};
use super::meta::{name_is_dns_subdomain, object_meta, object_meta_update};
use super::pod::resources::is_extended;
use super::storage::{csi_driver_name, template_metadata};
use super::text::is_c_identifier;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::is_valid_label_value;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const SPEC: Path<'static> = Path::new("spec");
const MAX_ITEMS: usize = 32;
const MAX_ALTERNATIVES: usize = 8;
const MAX_PARAMETERS: usize = 10 * 1024;
const MAX_EXPRESSION: usize = 10 * 1024;
const EFFECTS: &[&str] = &["NoExecute", "NoSchedule", "None"];

/// A ResourceClaim.
pub fn claim(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    devices(e, &SPEC.child("devices"), v.at(&["spec", "devices"]));
}

/// An update of a ResourceClaim: its spec stays.
pub fn claim_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta(e, new, true, name_is_dns_subdomain);
    object_meta_update(e, new, old);
    spec_stays(e, new, old, "ResourceClaimSpec");
}

/// A ResourceClaimTemplate.
pub fn template(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let spec = v.get("spec");
    template_metadata(e, &SPEC.child("metadata"), spec.meta());
    devices(
        e,
        &SPEC.child("spec.devices"),
        spec.at(&["spec", "devices"]),
    );
}

/// An update of a ResourceClaimTemplate: its spec stays.
pub fn template_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    spec_stays(e, new, old, "ResourceClaimTemplateSpec");
}

fn spec_stays(e: &mut ErrorList, new: &Value, old: &Value, kind: &str) {
    let spec = new.get("spec");
    if spec != old.get("spec") {
        let bad = wire::internal_json(spec, &format!("io.k8s.api.resource.v1.{kind}"));
        e.push(FieldError::invalid(
            &SPEC,
            Bad::raw(bad),
            "field is immutable",
        ));
    }
}

/// A DeviceClass.
pub fn class(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    selectors(e, &SPEC.child("selectors"), spec.get("selectors"));
    let (path, list) = (SPEC.child("config"), spec.get("config"));
    if few(e, &path, list, MAX_ITEMS) {
        for (i, c) in list.items().iter().enumerate() {
            opaque(e, &path.index(i), c);
        }
    }
    let name = spec.get("extendedResourceName");
    if !name.is_null() && !is_extended(name.str()) {
        let text = "must be a valid extended resource name";
        e.push(FieldError::invalid(
            &SPEC.child("extendedResourceName"),
            name,
            text,
        ));
    }
}

/// An update of a DeviceClass.
pub fn class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    class(e, new);
}

/// A DeviceTaintRule.
pub fn taint_rule(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let (path, filter) = (
        SPEC.child("deviceSelector"),
        v.at(&["spec", "deviceSelector"]),
    );
    if let Some(driver) = filter.get("driver").as_str() {
        csi_driver_name(e, &path.child("driver"), driver);
    }
    if let Some(pool) = filter.get("pool").as_str() {
        pool_name(e, &path.child("pool"), pool);
    }
    if let Some(device) = filter.get("device").as_str() {
        dns_label(e, &path.child("device"), device);
    }
    let (path, taint) = (SPEC.child("taint"), v.at(&["spec", "taint"]));
    qualified_name(e, &path.child("key"), taint.get("key").str());
    label_value(e, &path.child("value"), taint.get("value").str());
    if required(e, &path.child("effect"), taint.get("effect")) {
        supported(e, &path.child("effect"), taint.get("effect"), EFFECTS);
    }
}

/// An update of a DeviceTaintRule.
pub fn taint_rule_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    taint_rule(e, new);
}

fn label_value(e: &mut ErrorList, path: &Path, v: &str) {
    invalid_each(e, path, v, is_valid_label_value(v));
}

fn pool_name(e: &mut ErrorList, path: &Path, name: &str) {
    if name.is_empty() {
        return e.push(FieldError::required(path, ""));
    }
    if name.len() > 253 {
        e.push(FieldError::too_long(path, 253));
    }
    name.split('/')
        .for_each(|part| dns_subdomain(e, path, part));
}

/// Whether a list is no longer than it may be; of one that is, nothing else is said.
fn few(e: &mut ErrorList, path: &Path, v: &Value, max: usize) -> bool {
    let n = v.items().len();
    if n > max {
        e.push(FieldError::too_many(path, n, max));
    }
    n <= max
}

fn unique<'a>(e: &mut ErrorList, path: &Path, keys: impl Iterator<Item = &'a str>) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, key) in keys.enumerate() {
        match seen.contains(&key) {
            true => e.push(FieldError::duplicate(&path.index(i), key)),
            false => seen.push(key),
        }
    }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.items().iter().map(|r| r.get("name").str())
}

fn devices(e: &mut ErrorList, path: &Path, v: &Value) {
    let requests = v.get("requests");
    let at = path.child("requests");
    if few(e, &at, requests, MAX_ITEMS) {
        for (i, r) in requests.items().iter().enumerate() {
            request(e, &at.index(i), r);
        }
        unique(e, &at, names(requests));
    }
    let (at, list) = (path.child("constraints"), v.get("constraints"));
    if few(e, &at, list, MAX_ITEMS) {
        for (i, c) in list.items().iter().enumerate() {
            let at = at.index(i);
            references(e, &at.child("requests"), c.get("requests"), requests);
            let fields = ["matchAttribute", "distinctAttribute"];
            match fields.iter().find(|f| !c.get(f).is_null()) {
                Some(f) => attribute(e, &at.child(f), c.get(f).str()),
                None => e.push(FieldError::required(&at, "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set")),
            }
        }
    }
    let (at, list) = (path.child("config"), v.get("config"));
    if few(e, &at, list, MAX_ITEMS) {
        for (i, c) in list.items().iter().enumerate() {
            let at = at.index(i);
            references(e, &at.child("requests"), c.get("requests"), requests);
            opaque(e, &at, c);
        }
    }
}

fn request(e: &mut ErrorList, at: &Path, v: &Value) {
    dns_label(e, &at.child("name"), v.get("name").str());
    let (exactly, first) = (v.get("exactly"), v.get("firstAvailable"));
    match (exactly.is_null(), first.is_empty()) {
        (true, true) => e.push(FieldError::required(
            at,
            "exactly one of `exactly` or `firstAvailable` is required",
        )),
        (false, false) => e.push(FieldError::invalid(
            at,
            &Value::Null,
            "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
        )),
        (true, false) => {
            let path = at.child("firstAvailable");
            if few(e, &path, first, MAX_ALTERNATIVES) {
                for (i, r) in first.items().iter().enumerate() {
                    let at = path.index(i);
                    dns_label(e, &at.child("name"), r.get("name").str());
                    exact_request(e, &at, r);
                }
                unique(e, &path, names(first));
            }
        }
        (false, true) => exact_request(e, &at.child("exactly"), exactly),
    }
}

fn exact_request(e: &mut ErrorList, at: &Path, v: &Value) {
    let class = v.get("deviceClassName");
    if required(e, &at.child("deviceClassName"), class) {
        dns_subdomain(e, &at.child("deviceClassName"), class.str());
    }
    selectors(e, &at.child("selectors"), v.get("selectors"));
    let (mode, count) = (
        v.get("allocationMode"),
        v.get("count").as_i64().unwrap_or(0),
    );
    let path = at.child("count");
    match mode.str() {
        "All" if count != 0 => {
            let text = "must not be specified when allocationMode is 'All'";
            e.push(FieldError::invalid(&path, count, text));
        }
        "ExactCount" if count <= 0 => {
            e.push(FieldError::invalid(
                &path,
                count,
                "must be greater than zero",
            ));
        }
        _ => supported(e, &at.child("allocationMode"), mode, &["All", "ExactCount"]),
    }
    for (i, t) in v.get("tolerations").items().iter().enumerate() {
        toleration(e, &at.item("tolerations", i), t);
    }
}

fn toleration(e: &mut ErrorList, at: &Path, v: &Value) {
    if !v.get("key").is_empty() {
        qualified_name(e, &at.child("key"), v.get("key").str());
    }
    let value = v.get("value").str();
    match v.get("operator").str() {
        "Exists" if !value.is_empty() => e.push(FieldError::invalid(
            &at.child("value"),
            value,
            "must be empty for operator `Exists`",
        )),
        "Equal" => label_value(e, &at.child("value"), value),
        "" => e.push(FieldError::required(&at.child("operator"), "")),
        _ => supported(
            e,
            &at.child("operator"),
            v.get("operator"),
            &["Equal", "Exists"],
        ),
    }
    if !v.get("effect").is_empty() {
        supported(e, &at.child("effect"), v.get("effect"), EFFECTS);
    }
}

fn selectors(e: &mut ErrorList, path: &Path, v: &Value) {
    if !few(e, path, v, MAX_ITEMS) {
        return;
    }
    for (i, s) in v.items().iter().enumerate() {
        let at = path.index(i);
        if s.get("cel").is_null() {
            e.push(FieldError::required(&at.child("cel"), ""));
        } else if s.at(&["cel", "expression"]).str().len() > MAX_EXPRESSION {
            e.push(FieldError::too_long(
                &at.child("cel.expression"),
                MAX_EXPRESSION,
            ));
        }
    }
}

/// Names of requests, or of one of a request's alternatives behind a slash.
fn references(e: &mut ErrorList, path: &Path, v: &Value, requests: &Value) {
    if !few(e, path, v, MAX_ITEMS) {
        return;
    }
    let is_known = |name: &str| {
        let (first, second) = name
            .split_once('/')
            .map_or((name, None), |(a, b)| (a, Some(b)));
        requests.items().iter().any(|r| {
            r.get("name").str() == first
                && second.is_none_or(|s| names(r.get("firstAvailable")).any(|n| n == s))
        })
    };
    for (i, name) in strings(v).enumerate() {
        let at = path.index(i);
        let well_formed = name.split('/').count() <= 2;
        if well_formed {
            name.split('/').for_each(|part| dns_label(e, &at, part));
        }
        if !well_formed || !is_known(name) {
            let text = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
            e.push(FieldError::invalid(&at, name, text));
        }
    }
    unique(e, path, strings(v));
}

fn attribute(e: &mut ErrorList, path: &Path, name: &str) {
    let identifier = |e: &mut ErrorList, id: &str| {
        if id.len() > 32 {
            e.push(FieldError::too_long(path, 32));
        }
        invalid_each(e, path, id, is_c_identifier(id));
    };
    match name.split('/').collect::<Vec<_>>()[..] {
        [""] => e.push(FieldError::required(path, "name required")),
        [id] => identifier(e, id),
        [domain, id] => {
            match domain {
                "" => e.push(FieldError::required(path, "the domain must not be empty")),
                d => csi_driver_name(e, path, d),
            }
            match id {
                "" => e.push(FieldError::required(path, "the name must not be empty")),
                id => identifier(e, id),
            }
        }
        _ => {}
    }
    if !name.contains('/') {
        let text = "a fully qualified name must be a domain and a name separated by a slash";
        e.push(FieldError::invalid(path, name, text));
    }
}

fn opaque(e: &mut ErrorList, at: &Path, v: &Value) {
    let (path, v) = (at.child("opaque"), v.get("opaque"));
    if v.is_null() {
        return e.push(FieldError::required(&path, ""));
    }
    csi_driver_name(e, &path.child("driver"), v.get("driver").str());
    let (path, parameters) = (path.child("parameters"), v.get("parameters"));
    match parameters {
        Value::Null => e.push(FieldError::required(&path, "")),
        v if v.to_json().len() > MAX_PARAMETERS => {
            e.push(FieldError::too_long(&path, MAX_PARAMETERS));
        }
        Value::Map(_) => {}
        _ => {
            let text = "must be a valid JSON object";
            e.push(FieldError::invalid(&path, "<value omitted>", text));
        }
    }
}
