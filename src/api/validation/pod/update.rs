//! What may change in a pod once it exists.

use super::{SPEC, annotations, metadata_and_spec, scheduling};
use crate::api::core::pod_util::container_should_restart;
use crate::api::core::qos::{compute_pod_qos, get_pod_qos};
use crate::api::core_v1::{Container, Pod};
use crate::api::validation::common::{
    immutable, inclusive_range, invalid_each, qualified_name, required,
};
use crate::api::validation::diff;
use crate::api::validation::meta::{name_is_dns_subdomain, object_meta_update};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const EPHEMERAL: &str = "io.k8s.api.core.v1.EphemeralContainer";
const POD_SPEC: &str = "io.k8s.api.core.v1.PodSpec";
const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// An update of a pod itself.
pub fn update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    metadata_and_spec(e, new);
    let meta = Path::new("metadata");
    let (new_spec, old_spec) = (new.get("spec"), old.get("spec"));
    annotations::updates(
        e,
        &meta.child("annotations"),
        new.meta().get("annotations"),
        old.meta().get("annotations"),
        new_spec,
    );
    for list in ["containers", "initContainers"] {
        if !images(e, &SPEC.child(list), new_spec.get(list), old_spec.get(list)) {
            return;
        }
    }
    if !deadline(
        e,
        new_spec.get("activeDeadlineSeconds"),
        old_spec.get("activeDeadlineSeconds"),
    ) {
        return;
    }
    only_added_tolerations(e, new_spec.get("tolerations"), old_spec.get("tolerations"));
    only_deleted_gates(
        e,
        new_spec.get("schedulingGates"),
        old_spec.get("schedulingGates"),
    );
    if new_spec != old_spec {
        the_rest(e, new_spec, old_spec);
    }
}

fn images(e: &mut ErrorList, path: &Path, new: &Value, old: &Value) -> bool {
    if new.items().len() != old.items().len() {
        e.push(FieldError::forbidden(
            path,
            "pod updates may not add or remove containers",
        ));
        return false;
    }
    for (i, c) in new.items().iter().enumerate() {
        let (at, image) = (path.index(i), c.get("image").str());
        required(e, &at.child("image"), c.get("image"));
        if image.trim() != image {
            let text = "must not have leading or trailing whitespace";
            e.push(FieldError::invalid(&at.child("image"), image, text));
        }
    }
    true
}

fn deadline(e: &mut ErrorList, new: &Value, old: &Value) -> bool {
    let path = SPEC.child("activeDeadlineSeconds");
    match (new.as_i64(), old.as_i64()) {
        (Some(n), _) if !(0..=i64::from(i32::MAX)).contains(&n) => {
            e.push(FieldError::invalid(
                &path,
                n,
                inclusive_range(0, i64::from(i32::MAX)),
            ));
            return false;
        }
        (Some(n), Some(o)) if o < n => {
            e.push(FieldError::invalid(
                &path,
                n,
                "must be less than or equal to previous value",
            ));
            return false;
        }
        (None, Some(_)) => e.push(FieldError::invalid(
            &path,
            &Value::Null,
            "must not update from a positive integer to nil value",
        )),
        _ => {}
    }
    true
}

fn only_added_tolerations(e: &mut ErrorList, new: &Value, old: &Value) {
    let path = SPEC.child("tolerations");
    let without_seconds = |t: &Value| {
        let mut t = t.clone();
        t.remove("tolerationSeconds");
        t
    };
    let kept = |o: &Value| {
        new.items()
            .iter()
            .any(|n| without_seconds(n) == without_seconds(o))
    };
    if !old.items().iter().all(kept) {
        let text = "existing toleration can not be modified except its tolerationSeconds";
        return e.push(FieldError::forbidden(&path, text));
    }
    scheduling::tolerations(e, &path, new);
}

fn only_deleted_gates(e: &mut ErrorList, new: &Value, old: &Value) {
    for (i, g) in new.items().iter().enumerate() {
        if !old.items().iter().any(|o| o.get("name") == g.get("name")) {
            e.push(FieldError::forbidden(
                &SPEC.item("schedulingGates", i).child("name"),
                format!(
                    "only deletion is allowed, but found new scheduling gate '{}'",
                    g.get("name").str()
                ),
            ));
        }
    }
}

fn the_rest(e: &mut ErrorList, new: &Value, old: &Value) {
    let mut munged = new.clone();
    for list in ["containers", "initContainers"] {
        for i in 0..new.get(list).items().len() {
            let image = old.get(list).items()[i].get("image").clone();
            if munged.get(list).items()[i].get("image") != &image {
                munged.entry(list).items_mut()[i].set("image", image);
            }
        }
    }
    let mut keep = |field: &str| {
        if old.get(field).is_null() {
            munged.remove(field);
        } else {
            munged.set(field, old.get(field));
        }
    };
    keep("activeDeadlineSeconds");
    keep("schedulingGates");
    keep("tolerations");
    let grace = |v: &Value| v.get("terminationGracePeriodSeconds").as_i64();
    if grace(old).is_some_and(|g| g < 0) && grace(new) == Some(1) {
        keep("terminationGracePeriodSeconds");
    }
    if !old.get("schedulingGates").is_empty() {
        gated(e, &mut munged, old);
    }
    if munged != *old {
        let show = |v: &Value| diff::indent(&wire::internal_json(v, POD_SPEC));
        let difference = diff::unified(&show(old), &show(&munged));
        e.push(FieldError::forbidden(
            &SPEC,
            format!("pod updates may not change fields other than {UPDATABLE}\n{difference}"),
        ));
    }
}

/// While gates hold a pod back, what nodes it may run on may be narrowed.
fn gated(e: &mut ErrorList, munged: &mut Value, old: &Value) {
    let (was, is) = (
        old.get("nodeSelector").clone(),
        munged.get("nodeSelector").clone(),
    );
    if was != is {
        if was.fields().any(|(k, v)| is.get(k) != v) {
            e.push(FieldError::invalid(
                &SPEC.child("nodeSelector"),
                &is,
                "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
            ));
        }
        munged.remove("nodeSelector");
        if !was.is_null() {
            munged.set("nodeSelector", was);
        }
    }
    let was = old.at(&["affinity", "nodeAffinity"]).clone();
    let is = munged.at(&["affinity", "nodeAffinity"]).clone();
    if was == is {
        return;
    }
    node_affinity_mutation(e, &is, &was);
    let others = ["podAffinity", "podAntiAffinity"];
    let alone = others.iter().all(|f| munged.at(&["affinity", f]).is_null());
    if old.get("affinity").is_null() && alone {
        munged.remove("affinity");
    } else if was.is_null() {
        munged.remove_at(&["affinity", "nodeAffinity"]);
    } else {
        munged.set_at(&["affinity", "nodeAffinity"], was);
    }
}

fn node_affinity_mutation(e: &mut ErrorList, new: &Value, old: &Value) {
    let path = SPEC.child("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    let terms = |v: &Value| {
        v.at(&[
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ])
        .clone()
    };
    let (old, new) = (terms(old), terms(new));
    let show = |v: &Value| wire::internal_json(v, "io.k8s.api.core.v1.NodeSelectorTerm");
    if !old.is_empty() && old.items().len() != new.items().len() {
        let all: Vec<String> = new.items().iter().map(show).collect();
        let bad = if new.is_null() {
            "null".to_owned()
        } else {
            format!("[{}]", all.join(","))
        };
        return e.push(FieldError::invalid(
            &path.child("nodeSelectorTerms"),
            Bad::raw(bad),
            "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
        ));
    }
    for (i, (o, n)) in old.items().iter().zip(new.items()).enumerate() {
        let extends = |f: &str| n.get(f).items().starts_with(o.get(f).items());
        let was_empty = o.get("matchExpressions").is_empty() && o.get("matchFields").is_empty();
        let now_empty = n.get("matchExpressions").is_empty() && n.get("matchFields").is_empty();
        if (was_empty && !now_empty) || !extends("matchExpressions") || !extends("matchFields") {
            e.push(FieldError::invalid(
                &path.item("nodeSelectorTerms", i),
                Bad::raw(show(n)),
                "only additions are allowed (no mutations or deletions)",
            ));
        }
    }
}

/// An update of a pod's status.
pub fn status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    let meta = Path::new("metadata");
    annotations::updates(
        e,
        &meta.child("annotations"),
        new.meta().get("annotations"),
        old.meta().get("annotations"),
        new.get("spec"),
    );
    let path = Path::new("status");
    for (i, c) in new.at(&["status", "conditions"]).items().iter().enumerate() {
        let at = path.item("conditions", i);
        negative_generation(e, &at, c);
        let kind = c.get("type").str();
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            qualified_name(e, &at.child("Type"), kind);
        }
    }
    if new.at(&["spec", "nodeName"]) != old.at(&["spec", "nodeName"]) {
        let text = "may not be changed directly";
        e.push(FieldError::forbidden(&path.child("nodeName"), text));
    }
    let nominated = new.at(&["status", "nominatedNodeName"]);
    if nominated != old.at(&["status", "nominatedNodeName"]) && !nominated.is_empty() {
        let name = nominated.str();
        let at = path.child("nominatedNodeName");
        invalid_each(e, &at, name, name_is_dns_subdomain(name, false));
        if !old.at(&["spec", "nodeName"]).is_empty() {
            let text = "may not be set on pods that are already bound to a node";
            e.push(FieldError::forbidden(&at, text));
        }
    }
    negative_generation(e, &path, new.get("status"));
    immutable(
        e,
        &path.child("qosClass"),
        new.at(&["status", "qosClass"]),
        old.at(&["status", "qosClass"]),
    );
    state_transitions(e, new, old);
    super::ips(e, new, old);
}

fn negative_generation(e: &mut ErrorList, at: &Path, v: &Value) {
    if let Some(n) = v.get("observedGeneration").as_i64().filter(|n| *n < 0) {
        let text = "must be a non-negative integer";
        e.push(FieldError::invalid(
            &at.child("observedGeneration"),
            n,
            text,
        ));
    }
}

/// A container that ended for good may not come back.
fn state_transitions(e: &mut ErrorList, new: &Value, old: &Value) {
    let spec = old.get("spec");
    let restarts_all = ["initContainers", "containers"]
        .iter()
        .flat_map(|list| spec.get(list).items())
        .flat_map(|c| c.get("restartPolicyRules").items())
        .any(|rule| rule.get("action") == &"RestartAllContainers");
    for list in [
        "containerStatuses",
        "initContainerStatuses",
        "ephemeralContainerStatuses",
    ] {
        if restarts_all && list != "ephemeralContainerStatuses" {
            continue;
        }
        let path = Path::new("status");
        for (i, o) in old.at(&["status", list]).items().iter().enumerate() {
            let ended = o.at(&["state", "terminated"]);
            if ended.is_null() || may_restart(spec, list, o.get("name").str(), ended) {
                continue;
            }
            let back = |n: &Value| {
                n.get("name") == o.get("name") && n.at(&["state", "terminated"]).is_null()
            };
            if new.at(&["status", list]).items().iter().any(back) {
                let text = "may not be transitioned to non-terminated state";
                e.push(FieldError::forbidden(
                    &path.item(list, i).child("state"),
                    text,
                ));
            }
        }
    }
}

fn may_restart(spec: &Value, list: &str, name: &str, ended: &Value) -> bool {
    if list == "ephemeralContainerStatuses" {
        return false;
    }
    let containers = if list == "containerStatuses" {
        "containers"
    } else {
        "initContainers"
    };
    let container = spec
        .get(containers)
        .items()
        .iter()
        .find(|c| c.get("name").str() == name);
    container.is_some_and(|container| {
        let code = ended.get("exitCode").as_i64().unwrap_or(0);
        let code = i32::try_from(code).unwrap_or(i32::MAX);
        let policy = spec.get("restartPolicy").str();
        container_should_restart(Container::of(container), policy, code)
    })
}

/// What is said of a pod that a file on its node describes, alone.
fn is_static(e: &mut ErrorList, before: usize, old: &Value, text: &str) -> bool {
    let found = old.meta().get("annotations").has(annotations::MIRROR);
    if found {
        only(e, before, text);
    }
    found
}

/// Takes back what was found since `before`, and says one thing of the whole pod.
fn only(e: &mut ErrorList, before: usize, text: &str) {
    e.truncate(before);
    e.push(FieldError::forbidden(&Path::new("[]"), text));
}

/// An update through `ephemeralcontainers`: what is there stays, what is new must be well formed.
pub fn ephemeral_containers(e: &mut ErrorList, new: &Value, old: &Value) {
    let before = e.len();
    object_meta_update(e, new, old);
    metadata_and_spec(e, new);
    let text = "static pods do not support ephemeral containers";
    if is_static(e, before, old, text) {
        return;
    }
    let (is, was) = (
        new.at(&["spec", "ephemeralContainers"]),
        old.at(&["spec", "ephemeralContainers"]),
    );
    let path = SPEC.child("ephemeralContainers");
    let show = |v: &Value| diff::indent(&wire::internal_json(v, EPHEMERAL));
    for o in was.items() {
        let name = o.get("name").str();
        let (what, difference) = match is.items().iter().find(|n| n.get("name").str() == name) {
            None => ("removed", String::new()),
            Some(n) if n != o => ("changed", diff::unified(&show(o), &show(n))),
            Some(_) => continue,
        };
        let text =
            format!("existing ephemeral containers {name:?} may not be {what}\n{difference}");
        e.push(FieldError::forbidden(&path, text));
    }
}

/// An update through `resize`: only CPU and memory of containers and of the pod may change (`ValidatePodResize`).
pub fn resize(e: &mut ErrorList, new: &Value, old: &Value) {
    let before = e.len();
    object_meta_update(e, new, old);
    metadata_and_spec(e, new);
    if is_static(e, before, old, "static pods cannot be resized") {
        return;
    }
    if old.at(&["spec", "os", "name"]).str() == "windows" {
        return only(e, before, "windows pods cannot be resized");
    }
    if compute_pod_qos(Pod::of(new)) != get_pod_qos(Pod::of(old)) {
        let text = "Pod QOS Class may not change as a result of resizing";
        let class = new.at(&["status", "qosClass"]).str();
        e.push(FieldError::invalid(&SPEC, class, text));
    }
    let statuses = old.at(&["status", "containerStatuses"]).items();
    let running = statuses.iter().find(|s| s.get("state").has("running"));
    if running.is_some_and(|s| !s.has("resources")) {
        let text = "Pod running on node without support for resize";
        e.push(FieldError::forbidden(&SPEC, text));
    }
    pod_level(e, new.get("spec"), old.get("spec"));
    let pairs = |list: &'static str| {
        let (new, old) = (new.at(&["spec", list]), old.at(&["spec", list]));
        new.items().iter().zip(old.items()).enumerate()
    };
    let lists = ["containers", "initContainers"];
    let ordered = e.len();
    for list in lists {
        let count = |pod: &Value| pod.at(&["spec", list]).items().len();
        if count(new) != count(old) {
            let text = format!("{list} may not be added or removed on resize");
            e.push(FieldError::forbidden(&SPEC.child(list), text));
            continue;
        }
        for (i, (n, o)) in pairs(list) {
            if n.get("name") != o.get("name") {
                let text = format!("{list} may not be renamed or reordered on resize");
                e.push(FieldError::forbidden(
                    &SPEC.item(list, i).child("name"),
                    text,
                ));
            }
        }
    }
    if e.len() > ordered {
        return;
    }
    for list in ["initContainers", "containers"] {
        for (i, (n, o)) in pairs(list) {
            let at = SPEC.item(list, i);
            let path = at.child("resources");
            amounts_stay(e, &path, n.get("resources"), o.get("resources"), "resource");
        }
    }
    for (_, (n, o)) in pairs("containers") {
        if fixed_part(n, o) != *o {
            let text = "only cpu and memory resources are mutable";
            e.push(FieldError::forbidden(&SPEC, text));
        }
    }
    for (i, (n, o)) in pairs("initContainers") {
        let path = SPEC.item("initContainers", i);
        if fixed_part(n, o) != *o {
            let text = "only cpu and memory resources for init or sidecar containers are mutable";
            e.push(FieldError::forbidden(&path, text));
        }
        if n == o || n.get("restartPolicy") == "Always" {
            continue;
        }
        let policies = n.get("resizePolicy").items();
        for _ in policies
            .iter()
            .filter(|p| p.get("restartPolicy") == "RestartContainer")
        {
            let text = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
            e.push(FieldError::forbidden(&path, text));
        }
    }
}

/// The resources of a pod as a whole (`validatePodLevelResourcesResize`).
fn pod_level(e: &mut ErrorList, new: &Value, old: &Value) {
    let (is, was) = (new.get("resources"), old.get("resources"));
    let path = SPEC.child("resources");
    if is.is_null() {
        if !was.is_null() {
            let text = "pod-level resources cannot be removed";
            e.push(FieldError::forbidden(&path, text));
        }
        return;
    }
    amounts_stay(e, &path, is, was, "pod-level resource");
    let of = |resources: &Value| {
        let mut holder = Value::object();
        if !resources.is_null() {
            holder.set("resources", resources.clone());
        }
        holder
    };
    if fixed_part(&of(is), &of(was)) != of(was) {
        let text = "only cpu and memory resources are mutable at pod-level";
        e.push(FieldError::forbidden(&SPEC, text));
    }
}

/// Requests and limits that there are (`what` they are called) are not taken away.
fn amounts_stay(e: &mut ErrorList, path: &Path, new: &Value, old: &Value, what: &str) {
    for list in ["requests", "limits"] {
        let (is, was) = (new.get(list), old.get(list));
        if was.fields().any(|(name, _)| !is.has(name)) {
            let text = format!("{what} {list} cannot be removed");
            e.push(FieldError::forbidden(&path.child(list), text));
        }
    }
}

/// What is resized, with the CPU and memory that it had.
fn fixed_part(new: &Value, old: &Value) -> Value {
    let mut out = new.clone();
    out.remove_at(&["resources", "claims"]);
    for list in ["limits", "requests"] {
        let was = old.at(&["resources", list]);
        if was.is_null() {
            out.remove_at(&["resources", list]);
            continue;
        }
        for name in ["cpu", "memory"] {
            out.remove_at(&["resources", list, name]);
            if was.has(name) {
                out.set_at(&["resources", list, name], was.get(name));
            }
        }
    }
    if out.get("resources").is_empty() && !old.has("resources") {
        out.remove("resources");
    }
    out
}
