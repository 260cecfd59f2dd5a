//! Defaults and bounds of limit ranges (`plugin/pkg/admission/limitranger`).

use super::{Attributes, Operation};
use crate::api::core::resources::{ResourceList, pod_limits, pod_requests, resource_list};
use crate::api::core_v1::Pod;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::status::{Status, aggregate};
use crate::apimachinery::{Map, Value};
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;

/// Names the defaults that were filled in.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

impl ApiServer {
    /// The limits of all limit ranges in a namespace.
    fn limits_in(&self, namespace: &str) -> Vec<Value> {
        let Some(ranges) = registry::lookup("", "v1", "limitranges") else {
            return Vec::new();
        };
        let prefix = ranges.prefix(namespace);
        self.storage
            .list(ranges.table, &prefix, "")
            .flat_map(|(_, r)| r.at(&["spec", "limits"]).items().iter().cloned())
            .collect()
    }

    pub(super) fn admit_limits(&self, call: &Call, a: &mut Attributes<'_>) -> Result<(), Status> {
        if !a.creates(call, "", "pods") {
            return Ok(());
        }
        let limits = self.limits_in(a.object.namespace());
        let mut notes = Vec::new();
        for limit in limits.iter().filter(|l| l.get("type") == &"Container") {
            for (field, title) in [
                ("containers", "container"),
                ("initContainers", "init container"),
            ] {
                if a.object.at(&["spec", field]).items().is_empty() {
                    continue;
                }
                for container in a.object.at_mut(&["spec", field]).items_mut() {
                    fill(container, limit, title, &mut notes);
                }
            }
        }
        if !notes.is_empty() {
            let text = format!("LimitRanger plugin set: {}", notes.join("; "));
            a.object.set_annotation(ANNOTATION, &text);
        }
        Ok(())
    }

    pub(super) fn validate_limits(&self, call: &Call, a: &Attributes<'_>) -> Result<(), Status> {
        if !a.subresource.is_empty() || a.operation == Operation::Delete {
            return Ok(());
        }
        let errors = if a.creates(call, "", "pods") {
            pod_errors(a.object, &self.limits_in(a.object.namespace()))
        } else if call.resource.is("", "persistentvolumeclaims") {
            claim_errors(a.object, &self.limits_in(a.object.namespace()))
        } else {
            return Ok(());
        };
        if errors.is_empty() {
            Ok(())
        } else {
            Err(a.forbidden(call, aggregate(errors)))
        }
    }
}

/// Fills in what a container leaves out.
fn fill(container: &mut Value, limit: &Value, title: &str, notes: &mut Vec<String>) {
    let name = container.get("name").str().to_owned();
    for (field, defaults, word) in [
        ("requests", "defaultRequest", "request"),
        ("limits", "default", "limit"),
    ] {
        let missing: Vec<(String, Value)> = limit
            .get(defaults)
            .fields()
            .filter(|(k, _)| !container.at(&["resources", field]).has(k))
            .map(|(k, v)| (k.to_owned(), v.clone()))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let names: Vec<&str> = missing.iter().map(|(k, _)| k.as_str()).collect();
        notes.push(format!("{} {word} for {title} {name}", names.join(", ")));
        for (k, v) in &missing {
            container.set_at(&["resources", field, k], v);
        }
    }
}

fn pod_errors(pod: &Value, limits: &[Value]) -> Vec<String> {
    let mut errors = Vec::new();
    for limit in limits {
        match limit.get("type").str() {
            "Container" => {
                let containers = pod.at(&["spec", "containers"]).items().iter();
                for c in containers.chain(pod.at(&["spec", "initContainers"]).items()) {
                    let used = Used {
                        requests: resource_list(c.at(&["resources", "requests"])),
                        limits: resource_list(c.at(&["resources", "limits"])),
                    };
                    used.check("Container", limit, &mut errors);
                }
            }
            "Pod" => {
                let used = Used {
                    requests: pod_requests(Pod::of(pod)),
                    limits: pod_limits(Pod::of(pod)),
                };
                used.check("Pod", limit, &mut errors);
            }
            _ => {}
        }
    }
    errors
}

fn claim_errors(claim: &Value, limits: &[Value]) -> Vec<String> {
    const KIND: &str = "PersistentVolumeClaim";
    let used = Used {
        requests: resource_list(claim.at(&["spec", "resources", "requests"])),
        limits: ResourceList::new(),
    };
    let mut errors = Vec::new();
    for limit in limits.iter().filter(|l| l.get("type") == &KIND) {
        for (name, min) in resource_list(limit.get("min")) {
            errors.extend(used.below(KIND, &name, &min));
        }
        for (name, max) in resource_list(limit.get("max")) {
            let about = format!("maximum {name} usage per {KIND} is {max}");
            match used.requests.get(name.as_str()) {
                None => errors.push(format!("{about}.  No request is specified")),
                Some(q) if *q > max => errors.push(format!("{about}, but request is {q}")),
                _ => {}
            }
        }
    }
    errors
}

struct Used {
    requests: ResourceList,
    limits: ResourceList,
}

impl Used {
    fn check(&self, kind: &str, limit: &Value, errors: &mut Vec<String>) {
        for (name, min) in resource_list(limit.get("min")) {
            errors.extend(self.below(kind, &name, &min));
        }
        for (name, max) in resource_list(limit.get("max")) {
            errors.extend(self.above(kind, &name, &max));
        }
        let ratios = limit.get("maxLimitRequestRatio");
        if ratios.as_map().is_some_and(|m: &Map| !m.is_empty()) {
            for (name, ratio) in resource_list(ratios) {
                errors.extend(self.beyond_ratio(kind, &name, &ratio));
            }
        }
    }

    fn below(&self, kind: &str, name: &str, min: &Quantity) -> Option<String> {
        let about = format!("minimum {name} usage per {kind} is {min}");
        match (self.requests.get(name), self.limits.get(name)) {
            (None, _) => Some(format!("{about}.  No request is specified")),
            (Some(q), _) if q < min => Some(format!("{about}, but request is {q}")),
            (_, Some(q)) if q < min => Some(format!("{about}, but limit is {q}")),
            _ => None,
        }
    }

    fn above(&self, kind: &str, name: &str, max: &Quantity) -> Option<String> {
        let about = format!("maximum {name} usage per {kind} is {max}");
        match (self.requests.get(name), self.limits.get(name)) {
            (_, None) => Some(format!("{about}.  No limit is specified")),
            (_, Some(q)) if q > max => Some(format!("{about}, but limit is {q}")),
            (Some(q), _) if q > max => Some(format!("{about}, but request is {q}")),
            _ => None,
        }
    }

    fn beyond_ratio(&self, kind: &str, name: &str, ratio: &Quantity) -> Option<String> {
        let about = format!("{name} max limit to request ratio per {kind} is {ratio}");
        let set = |q: Option<&Quantity>| q.filter(|q| !q.is_zero()).map(Quantity::as_f64);
        let Some(request) = set(self.requests.get(name)) else {
            return Some(format!(
                "{about}, but no request is specified or request is 0"
            ));
        };
        let Some(limit) = set(self.limits.get(name)) else {
            return Some(format!("{about}, but no limit is specified or limit is 0"));
        };
        let provided = limit / request;
        (provided > ratio.as_f64()).then(|| format!("{about}, but provided ratio is {provided:.6}"))
    }
}
