//! Small kinds of the core group: Namespace, Node, ConfigMap, Secret, Event, Lease and their like.

use super::common::{immutable, invalid_each, nonnegative, qualified_name, quantity, required};
use super::meta::{
    kube_finalizer_name, name_is_dns_label, name_is_dns_subdomain, object_meta,
    object_meta_generic, object_meta_update, object_meta_update_generic,
};
use super::net::{is_dual_stack, valid_cidr};
use super::pod::resources::resource_value;
use super::pod::scheduling::taints;
use super::text::is_config_map_key;
use crate::api::strict::base64_decode;
use crate::apimachinery::json_error::syntax_error;
use crate::apimachinery::names::is_dns1123_subdomain;
use crate::apimachinery::{ErrorList, FieldError, Path, Timestamp, Value};

const OLDEST: &str = "OldestEmulationVersion";
const MAX_SECRET_SIZE: usize = 1024 * 1024;

/// A namespace at its creation.
pub fn namespace(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_label);
    let path = Path::new("spec.finalizers");
    for f in v.at(&["spec", "finalizers"]).items() {
        qualified_name(e, &path, f.str());
        kube_finalizer_name(e, &path, f.str());
    }
}

/// An update of a namespace's status: its phase follows from whether it is being deleted.
pub fn namespace_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let phase = new.at(&["status", "phase"]);
    let (wanted, text) = match new.is_terminating() {
        false => (
            "Active",
            "may only be 'Active' if `deletionTimestamp` is empty",
        ),
        true => (
            "Terminating",
            "may only be 'Terminating' if `deletionTimestamp` is not empty",
        ),
    };
    if phase.str() != wanted {
        e.push(FieldError::invalid(
            &Path::new("status.Phase"),
            phase.str(),
            text,
        ));
    }
}

/// An update of what still has to be done before a namespace goes.
pub fn namespace_finalize(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let spec = Path::new("spec");
    for (i, f) in new.at(&["spec", "finalizers"]).items().iter().enumerate() {
        let at = spec.item("finalizers", i);
        qualified_name(e, &at, f.str());
        kube_finalizer_name(e, &at, f.str());
    }
}

/// A node at its creation.
pub fn node(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    taints(e, &Path::new("metadata.taints"), v.at(&["spec", "taints"]));
    node_resources(e, v);
    let (path, cidrs) = (Path::new("spec.podCIDRs"), v.at(&["spec", "podCIDRs"]));
    for (i, c) in cidrs.items().iter().enumerate() {
        valid_cidr(e, &path.index(i), c.str(), &[]);
    }
    let all = cidrs.items();
    if all.len() > 1 && (all.len() > 2 || !is_dual_stack(all.iter().map(Value::str))) {
        let text = "may specify no more than one CIDR for each IP family";
        e.push(FieldError::invalid(&path, cidrs, text));
    }
    for (i, c) in all
        .iter()
        .enumerate()
        .filter(|(i, c)| all[..*i].contains(c))
    {
        e.push(FieldError::duplicate(&path.index(i), c));
    }
}

fn node_resources(e: &mut ErrorList, v: &Value) {
    for field in ["capacity", "allocatable"] {
        let status = Path::new("status");
        let path = status.child(field);
        for (name, q) in v.at(&["status", field]).fields() {
            resource_value(e, &path.child(name), name, &quantity(q));
        }
    }
}

/// An update of a node or of its status.
pub fn node_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    node_resources(e, new);
    let addresses = new.at(&["status", "addresses"]).items();
    let path = Path::new("status");
    for (i, a) in addresses.iter().enumerate() {
        if addresses[..i].contains(a) {
            let bad = super::pod::containers::internal(a, "NodeAddress");
            e.push(FieldError::duplicate(&path.item("addresses", i), bad));
        }
    }
    let (was, is) = (
        old.at(&["spec", "podCIDRs"]).items(),
        new.at(&["spec", "podCIDRs"]).items(),
    );
    let spec = Path::new("spec");
    let text = "node updates may not change podCIDR except from \"\" to valid";
    if !was.is_empty() && was.len() != is.len() {
        e.push(FieldError::forbidden(&spec.child("podCIDRs"), text));
    } else {
        for _ in was.iter().zip(is).filter(|(a, b)| a != b) {
            e.push(FieldError::forbidden(&spec.child("podCIDRs"), text));
        }
    }
    let external = |v: &Value| v.at(&["spec", "externalID"]).str().to_owned();
    if !external(new).is_empty() && external(new) != external(old) {
        let text = "may not be updated";
        e.push(FieldError::forbidden(&spec.child("externalID"), text));
    }
    let (was, is) = (
        old.at(&["spec", "providerID"]),
        new.at(&["spec", "providerID"]),
    );
    if !was.is_empty() && was != is {
        let text = "node updates may not change providerID except from \"\" to valid";
        e.push(FieldError::forbidden(&spec.child("providerID"), text));
    }
    taints(
        e,
        &Path::new("metadata.taints"),
        new.at(&["spec", "taints"]),
    );
}

/// A ConfigMap.
pub fn config_map(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let mut size = 0;
    for field in ["data", "binaryData"] {
        let path = Path::new(field);
        for (key, value) in v.get(field).fields() {
            invalid_each(e, &path.key(key), key, is_config_map_key(key));
            if field == "data" && v.get("binaryData").has(key) {
                let text = "duplicate of key present in binaryData";
                e.push(FieldError::invalid(&path.key(key), key, text));
            }
            size += match field {
                "data" => value.str().len(),
                _ => value.str().len() / 4 * 3,
            };
        }
    }
    if size > MAX_SECRET_SIZE {
        e.push(FieldError::too_long(&Path::new("[]"), MAX_SECRET_SIZE));
    }
}

fn kept(e: &mut ErrorList, new: &Value, old: &Value, fields: &[&str]) {
    if old.get("immutable").as_bool() != Some(true) {
        return;
    }
    let text = "field is immutable when `immutable` is set";
    if new.get("immutable").as_bool() != Some(true) {
        e.push(FieldError::forbidden(&Path::new("immutable"), text));
    }
    for field in fields {
        if new.get(field) != old.get(field) {
            e.push(FieldError::forbidden(&Path::new(field), text));
        }
    }
}

/// An update of a ConfigMap.
pub fn config_map_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    kept(e, new, old, &["data", "binaryData"]);
    config_map(e, new);
}

/// A Secret.
pub fn secret(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    let (path, data) = (Path::new("data"), v.get("data"));
    let mut size = 0;
    for (key, value) in data.fields() {
        invalid_each(e, &path.key(key), key, is_config_map_key(key));
        size += value.str().len() / 4 * 3;
    }
    if size > MAX_SECRET_SIZE {
        e.push(FieldError::too_long(&path, MAX_SECRET_SIZE));
    }
    let mut need = |key: &str| {
        if !data.has(key) {
            e.push(FieldError::required(&path.key(key), ""));
        }
        data.has(key)
    };
    match v.get("type").str() {
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            if v.annotation(key).unwrap_or_default().is_empty() {
                let path = Path::new("metadata.annotations");
                e.push(FieldError::required(&path.key(key), ""));
            }
        }
        "kubernetes.io/dockercfg" => {
            if need(".dockercfg") {
                docker_config(e, &path.key(".dockercfg"), data.get(".dockercfg").str());
            }
        }
        "kubernetes.io/dockerconfigjson" => {
            if need(".dockerconfigjson") {
                docker_config(
                    e,
                    &path.key(".dockerconfigjson"),
                    data.get(".dockerconfigjson").str(),
                );
            }
        }
        "kubernetes.io/basic-auth" => {
            if !data.has("username") && !data.has("password") {
                need("username");
                need("password");
            }
        }
        "kubernetes.io/ssh-auth" => {
            if data.get("ssh-privatekey").is_empty() {
                e.push(FieldError::required(&path.key("ssh-privatekey"), ""));
            }
        }
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

fn docker_config(e: &mut ErrorList, path: &Path, encoded: &str) {
    let bytes = base64_decode(encoded).unwrap_or_default();
    let text = match serde_json::from_slice::<serde_json::Value>(&bytes) {
        Ok(serde_json::Value::Object(_) | serde_json::Value::Null) => return,
        Ok(other) => {
            let found = match other {
                serde_json::Value::Bool(_) => "bool",
                serde_json::Value::Number(_) => "number",
                serde_json::Value::String(_) => "string",
                _ => "array",
            };
            format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            )
        }
        Err(_) => syntax_error(&bytes).unwrap_or_default(),
    };
    e.push(FieldError::invalid(
        path,
        "<secret contents redacted>",
        text,
    ));
}

/// An update of a Secret.
pub fn secret_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    immutable(e, &Path::new("type"), new.get("type"), old.get("type"));
    kept(e, new, old, &["data"]);
    secret(e, new);
}

/// A Lease (`pkg/apis/coordination/validation`).
pub fn lease(e: &mut ErrorList, v: &Value) {
    object_meta_generic(e, v, true, name_is_dns_subdomain);
    lease_spec(e, v.get("spec"));
}

fn lease_spec(e: &mut ErrorList, spec: &Value) {
    let path = Path::new("spec");
    if let Some(n) = spec
        .get("leaseDurationSeconds")
        .as_i64()
        .filter(|n| *n <= 0)
    {
        e.push(FieldError::invalid(
            &path.child("leaseDurationSeconds"),
            n,
            "must be greater than 0",
        ));
    }
    nonnegative(
        e,
        &path.child("leaseTransitions"),
        spec.get("leaseTransitions"),
    );
    let (strategy, preferred) = (spec.get("strategy"), spec.get("preferredHolder"));
    if let Some(strategy) = strategy.as_str() {
        lease_strategy(e, &path.child("strategy"), strategy);
    }
    if !preferred.is_empty() && strategy.is_empty() {
        let text = "may only be specified if `strategy` is defined";
        e.push(FieldError::forbidden(&path.child("preferredHolder"), text));
    }
}

/// A strategy that holders of leases are chosen by: one that Kubernetes knows, or a qualified name.
fn lease_strategy(e: &mut ErrorList, path: &Path, v: &str) {
    let path = path.child("strategy");
    if v.contains('/') {
        qualified_name(e, &path, v);
    } else if v != OLDEST {
        e.push(FieldError::not_supported(&path, v, &[OLDEST]));
    }
}

/// A LeaseCandidate.
pub fn lease_candidate(e: &mut ErrorList, v: &Value) {
    object_meta_generic(e, v, true, |name, _| is_config_map_key(name));
    let (path, spec) = (Path::new("spec"), v.get("spec"));
    required(e, &path.child("leaseName"), spec.get("leaseName"));
    let mut version = |field: &str| {
        let text = spec.get(field).str();
        let parsed = semantic_version(text);
        if !text.is_empty() && parsed.is_none() {
            let why = "must be a valid semantic version";
            e.push(FieldError::invalid(&path.child(field), text, why));
        }
        parsed
    };
    let (emulated, binary) = (version("emulationVersion"), version("binaryVersion"));
    if let (Some(a), Some(b)) = (emulated, binary)
        && b < a
    {
        let text = "must be greater than or equal to `emulationVersion`";
        let bad = spec.get("binaryVersion");
        e.push(FieldError::invalid(&path.child("binaryVersion"), bad, text));
    }
    let strategy = spec.get("strategy").str();
    for (field, found) in [("binaryVersion", binary), ("emulationVersion", emulated)] {
        if strategy == OLDEST && found.unwrap_or_default() == [0; 3] {
            let text = "must be specified when `strategy` is 'OldestEmulationVersion'";
            e.push(FieldError::required(&path.child(field), text));
        }
    }
    lease_strategy(e, &path.child("strategy"), strategy);
}

/// The three numbers of a version; what follows them is let through.
fn semantic_version(v: &str) -> Option<[u64; 3]> {
    let core = v.split(['-', '+']).next()?;
    let numbers: Vec<u64> = core
        .split('.')
        .map(|n| n.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// An update of a LeaseCandidate: the lease it stands for stays.
pub fn lease_candidate_update(e: &mut ErrorList, new: &Value, old: &Value) {
    lease_candidate(e, new);
    object_meta_update_generic(e, new, old);
    let of = |v: &Value| v.at(&["spec", "leaseName"]).clone();
    immutable(e, &Path::new("spec.leaseName"), &of(new), &of(old));
}

/// An update of a Lease.
pub fn lease_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    lease_spec(e, new.get("spec"));
}

/// An Event by the version it was sent in. `new_style`: `events.k8s.io/v1`.
pub fn event(e: &mut ErrorList, v: &Value, new_style: bool) {
    legacy_event(e, v, new_style);
    if !new_style {
        return;
    }
    object_meta(e, v, true, name_is_dns_subdomain);
    event_series(e, v.get("series"));
    if v.get("eventTime").is_empty() {
        e.push(FieldError::required(&Path::new("eventTime"), ""));
    }
    let kind = v.get("type").str();
    if !matches!(kind, "Normal" | "Warning") {
        let text = format!("has invalid value: {kind}");
        e.push(FieldError::invalid(&Path::new("type"), "", text));
    }
    for field in ["firstTimestamp", "lastTimestamp", "count"] {
        if !v.get(field).is_empty() {
            e.push(FieldError::invalid(
                &Path::new(field),
                "",
                "needs to be unset",
            ));
        }
    }
    let source = v.get("source");
    if !source.get("component").is_empty() || !source.get("host").is_empty() {
        e.push(FieldError::invalid(
            &Path::new("source"),
            "",
            "needs to be unset",
        ));
    }
}

fn event_series(e: &mut ErrorList, v: &Value) {
    if v.is_null() {
        return;
    }
    if v.get("count").as_i64().unwrap_or(0) < 2 {
        e.push(FieldError::invalid(
            &Path::new("series.count"),
            "",
            "should be at least 2",
        ));
    }
    if v.get("lastObservedTime").is_empty() {
        e.push(FieldError::required(
            &Path::new("series.lastObservedTime"),
            "",
        ));
    }
}

fn legacy_event(e: &mut ErrorList, v: &Value, new_style: bool) {
    let object_namespace = v.at(&["involvedObject", "namespace"]).str();
    let namespace = v.namespace();
    let (path, text) = (
        Path::new("involvedObject.namespace"),
        "does not match event.namespace",
    );
    let timed = Timestamp::parse(v.get("eventTime").str()).is_some();
    let fits = match (timed, object_namespace.is_empty()) {
        (false, true) => matches!(namespace, "" | "default"),
        (false, false) => namespace == object_namespace,
        (true, true) => matches!(namespace, "default" | "kube-system"),
        (true, false) => true,
    };
    if !fits {
        e.push(FieldError::invalid(&path, object_namespace, text));
    }
    if timed {
        let controller = v.get("reportingComponent");
        let shown = match new_style {
            true => "reportingController",
            false => "reportingComponent",
        };
        required(e, &Path::new(shown), controller);
        qualified_name(e, &Path::new(shown), controller.str());
        for (field, max) in [("reportingInstance", 128), ("action", 128), ("reason", 128)] {
            required(e, &Path::new(field), v.get(field));
            long(e, field, v.get(field).str(), max);
        }
        long(e, "message", v.get("message").str(), 1024);
    }
    invalid_each(
        e,
        &Path::new("namespace"),
        namespace,
        is_dns1123_subdomain(namespace),
    );
}

fn long(e: &mut ErrorList, field: &str, v: &str, max: usize) {
    if v.len() > max {
        let text = format!("can have at most {max} characters");
        e.push(FieldError::invalid(&Path::new(field), "", text));
    }
}

/// An update of an Event.
pub fn event_update(e: &mut ErrorList, new: &Value, old: &Value, new_style: bool) {
    legacy_event(e, new, new_style);
    if !new_style {
        return;
    }
    object_meta_update(e, new, old);
    if new.get("series") != old.get("series") {
        event_series(e, new.get("series"));
    }
    for field in [
        "involvedObject",
        "reason",
        "message",
        "source",
        "firstTimestamp",
        "lastTimestamp",
        "count",
        "type",
        "eventTime",
        "action",
        "related",
    ] {
        immutable(e, &Path::new(field), new.get(field), old.get(field));
    }
    for (field, shown) in [
        ("reportingComponent", "reportingController"),
        ("reportingInstance", "reportingInstance"),
    ] {
        immutable(e, &Path::new(shown), new.get(field), old.get(field));
    }
}

/// A binding of a pod to a node.
pub fn binding(e: &mut ErrorList, v: &Value) {
    let target = v.get("target");
    if !matches!(target.kind(), "" | "Node") {
        let supported = ["Node", "<empty>"];
        e.push(FieldError::not_supported(
            &Path::new("target.kind"),
            target.kind(),
            &supported,
        ));
    }
    required(e, &Path::new("target.name"), target.get("name"));
}

/// A service account.
pub fn service_account(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
}

/// A priority class (`pkg/apis/scheduling/validation`).
pub fn priority_class(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let (name, value) = (v.name(), v.get("value").as_i64().unwrap_or(0));
    let system = match name {
        "system-node-critical" => Some(2_000_001_000),
        "system-cluster-critical" => Some(2_000_000_000),
        _ => None,
    };
    let path = Path::new("metadata.name");
    if name.starts_with("system-") {
        let why = match system {
            None => format!("{name} is not a known system priority class"),
            Some(n) if n != value => format!("value of {name} PriorityClass must be {n}"),
            Some(_) if v.get("globalDefault").as_bool() == Some(true) => {
                format!("globalDefault of {name} PriorityClass must be false")
            }
            Some(_) => String::new(),
        };
        if !why.is_empty() {
            let text = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {why}"
            );
            e.push(FieldError::forbidden(&path, text));
        }
    } else if value > 1_000_000_000 {
        let text = "maximum allowed value of a user defined priority is 1000000000";
        e.push(FieldError::forbidden(&Path::new("value"), text));
    }
    let policy = v.get("preemptionPolicy");
    if !policy.is_null() {
        let path = Path::new("preemptionPolicy");
        super::common::required_supported(e, &path, policy, &["PreemptLowerPriority", "Never"]);
    }
}

/// An update of a priority class.
pub fn priority_class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    for field in ["value", "preemptionPolicy"] {
        if new.get(field) != old.get(field) {
            let text = match field {
                "value" => {
                    FieldError::forbidden(&Path::new(field), "may not be changed in an update.")
                }
                _ => FieldError::invalid(&Path::new(field), new.get(field), "field is immutable"),
            };
            e.push(text);
        }
    }
}

/// A runtime class (`pkg/apis/node/validation`).
pub fn runtime_class(e: &mut ErrorList, v: &Value) {
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let path = Path::new("handler");
    if required(e, &path, v.get("handler")) {
        let handler = v.get("handler").str();
        invalid_each(e, &path, handler, name_is_dns_label(handler, false));
    }
    let overhead = v.at(&["overhead", "podFixed"]);
    if !overhead.is_null() {
        let mut limits = Value::object();
        limits.set("limits", overhead);
        super::pod::resources::container(e, &Path::new("overhead"), &limits, &[]);
    }
    let scheduling = v.get("scheduling");
    if !scheduling.is_null() {
        let path = Path::new("scheduling");
        super::meta::labels(
            e,
            &path.child("nodeSelector"),
            scheduling.get("nodeSelector"),
        );
        let (path, list) = (path.child("tolerations"), scheduling.get("tolerations"));
        super::pod::scheduling::tolerations(e, &path, list);
        let keys = ["key", "operator", "value", "effect"];
        for (i, t) in list.items().iter().enumerate() {
            let same = |o: &Value| keys.iter().all(|k| o.get(k) == t.get(k));
            if list.items()[..i].iter().any(same) {
                let bad = super::pod::containers::internal(t, "Toleration");
                e.push(FieldError::duplicate(&path.index(i), bad));
            }
        }
    }
}

/// An update of a runtime class.
pub fn runtime_class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    immutable(
        e,
        &Path::new("handler"),
        new.get("handler"),
        old.get("handler"),
    );
}
