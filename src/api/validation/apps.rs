//! Deployments, replica sets and their like (`pkg/apis/apps/validation`, `pkg/apis/core/validation`).

use super::common::{immutable, nonnegative, required_supported, supported};
use super::meta::{
    label_selector, name_is_dns_label, name_is_dns_subdomain, object_meta, object_meta_update,
};
use super::text::is_valid_percent;
use super::{common, pod, storage};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Selector, Value, wire};
use crate::collections::Arrange;
use crate::tree;

const SPEC: Path<'static> = Path::new("spec");
const SELECTOR_TYPE: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector";

/// A selector as a bad value.
pub fn bad_selector(v: &Value) -> Bad {
    Bad::raw(if v.is_null() {
        "null".into()
    } else {
        wire::external_json(v, SELECTOR_TYPE)
    })
}

/// A number that is not negative, or a percentage.
pub fn positive_int_or_percent(e: &mut ErrorList, path: &Path, v: &Value) {
    match v {
        Value::Str(s) => is_valid_percent(s)
            .into_iter()
            .for_each(|m| e.push(FieldError::invalid(path, v, m))),
        v => nonnegative(e, path, v),
    }
}

/// A percentage of at most a hundred.
pub fn not_more_than_100_percent(e: &mut ErrorList, path: &Path, v: &Value) {
    let percent = v
        .as_str()
        .and_then(|s| s.strip_suffix('%'))
        .and_then(|n| n.parse::<i64>().ok());
    if percent.is_some_and(|n| n > 100) {
        e.push(FieldError::invalid(
            path,
            v,
            "must not be greater than 100%",
        ));
    }
}

fn int_or_percent(v: &Value) -> i64 {
    match v.as_str() {
        Some(s) => s
            .strip_suffix('%')
            .and_then(|n| n.parse().ok())
            .unwrap_or(0),
        None => v.as_i64().unwrap_or(0),
    }
}

/// The selector and the template that it must match. `empty`: what is said about a selector that is empty.
fn selector_and_template(e: &mut ErrorList, spec: &Value, empty: &str, invalid: &str, kind: &str) {
    let selector = spec.get("selector");
    let path = SPEC.child("selector");
    if selector.is_null() {
        e.push(FieldError::required(&path, ""));
    } else {
        label_selector(e, &path, selector);
        if selector.get("matchLabels").is_empty() && selector.get("matchExpressions").is_empty() {
            e.push(FieldError::invalid(&path, bad_selector(selector), empty));
        }
    }
    match Selector::from_label_selector(selector) {
        Err(_) => e.push(FieldError::invalid(&path, bad_selector(selector), invalid)),
        Ok(s) => {
            let template = spec.get("template");
            matches_template(e, &s, template);
            pod::template(e, &SPEC.child("template"), template);
            always_restarted(e, template, kind);
        }
    }
}

fn matches_template(e: &mut ErrorList, selector: &Selector, template: &Value) {
    let labels = template.meta().get("labels");
    if !selector.is_everything() && !selector.matches(labels.as_map()) {
        let text = "`selector` does not match template `labels`";
        e.push(FieldError::invalid(
            &SPEC.child("template.metadata.labels"),
            labels,
            text,
        ));
    }
}

fn always_restarted(e: &mut ErrorList, template: &Value, kind: &str) {
    let spec = template.get("spec");
    let path = SPEC.child("template.spec");
    supported(
        e,
        &path.child("restartPolicy"),
        spec.get("restartPolicy"),
        &["Always"],
    );
    if !spec.get("activeDeadlineSeconds").is_null() {
        let text = format!("activeDeadlineSeconds in {kind} is not Supported");
        e.push(FieldError::forbidden(
            &path.child("activeDeadlineSeconds"),
            text,
        ));
    }
}

/// A Deployment.
pub fn deployment(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    deployment_spec(e, v.get("spec"));
}

fn deployment_spec(e: &mut ErrorList, spec: &Value) {
    nonnegative(e, &SPEC.child("replicas"), spec.get("replicas"));
    let text = "empty selector is invalid for deployment";
    selector_and_template(e, spec, text, "invalid label selector", "ReplicaSet");
    strategy(e, spec.get("strategy"));
    nonnegative(
        e,
        &SPEC.child("minReadySeconds"),
        spec.get("minReadySeconds"),
    );
    nonnegative(
        e,
        &SPEC.child("revisionHistoryLimit"),
        spec.get("revisionHistoryLimit"),
    );
    if let Some(deadline) = spec.get("progressDeadlineSeconds").as_i64() {
        let path = SPEC.child("progressDeadlineSeconds");
        nonnegative(e, &path, spec.get("progressDeadlineSeconds"));
        if deadline <= spec.get("minReadySeconds").as_i64().unwrap_or(0) {
            e.push(FieldError::invalid(
                &path,
                deadline,
                "must be greater than minReadySeconds",
            ));
        }
    }
}

fn strategy(e: &mut ErrorList, v: &Value) {
    let path = SPEC.child("strategy");
    let (kind, rolling) = (v.get("type"), v.get("rollingUpdate"));
    let at = path.child("rollingUpdate");
    match kind.str() {
        "Recreate" if !rolling.is_null() => e.push(FieldError::forbidden(
            &at,
            "may not be specified when strategy `type` is 'Recreate'",
        )),
        "Recreate" => {}
        "RollingUpdate" if rolling.is_null() => e.push(FieldError::required(
            &at,
            "this should be defaulted and never be nil",
        )),
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            positive_int_or_percent(e, &at.child("maxUnavailable"), unavailable);
            positive_int_or_percent(e, &at.child("maxSurge"), surge);
            if int_or_percent(unavailable) == 0 && int_or_percent(surge) == 0 {
                let text = "may not be 0 when `maxSurge` is 0";
                e.push(FieldError::invalid(
                    &at.child("maxUnavailable"),
                    unavailable,
                    text,
                ));
            }
            not_more_than_100_percent(e, &at.child("maxUnavailable"), unavailable);
        }
        _ => {
            let bad = wire::internal_json(v, "io.k8s.api.apps.v1.DeploymentStrategy");
            let known = ["Recreate", "RollingUpdate"];
            e.push(FieldError::not_supported(&path, Bad::raw(bad), &known));
        }
    }
}

/// An update of a Deployment: its selector stays.
pub fn deployment_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    deployment_spec(e, new.get("spec"));
    selector_stays(e, new, old);
}

fn selector_stays(e: &mut ErrorList, new: &Value, old: &Value) {
    let of = |v: &Value| v.at(&["spec", "selector"]).clone();
    if of(new) != of(old) {
        let bad = bad_selector(&of(new));
        e.push(FieldError::invalid(
            &SPEC.child("selector"),
            bad,
            "field is immutable",
        ));
    }
}

/// A ReplicaSet.
pub fn replica_set(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    replica_set_spec(e, v.get("spec"));
}

fn replica_set_spec(e: &mut ErrorList, spec: &Value) {
    nonnegative(e, &SPEC.child("replicas"), spec.get("replicas"));
    nonnegative(
        e,
        &SPEC.child("minReadySeconds"),
        spec.get("minReadySeconds"),
    );
    let text = "empty selector is invalid for deployment";
    selector_and_template(e, spec, text, "invalid label selector", "ReplicaSet");
}

/// An update of a ReplicaSet: its selector stays.
pub fn replica_set_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    replica_set_spec(e, new.get("spec"));
    selector_stays(e, new, old);
}

/// A ReplicationController.
pub fn replication_controller(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    replication_controller_spec(e, v.get("spec"));
}

fn replication_controller_spec(e: &mut ErrorList, spec: &Value) {
    let (selector, template) = (spec.get("selector"), spec.get("template"));
    nonnegative(
        e,
        &SPEC.child("minReadySeconds"),
        spec.get("minReadySeconds"),
    );
    if selector.is_empty() {
        e.push(FieldError::required(&SPEC.child("selector"), ""));
    }
    match spec.get("replicas") {
        Value::Null => e.push(FieldError::required(&SPEC.child("replicas"), "")),
        n => nonnegative(e, &SPEC.child("replicas"), n),
    }
    if template.is_null() {
        return e.push(FieldError::required(&SPEC.child("template"), ""));
    }
    matches_template(e, &Selector::from_set(selector), template);
    pod::template(e, &SPEC.child("template"), template);
    always_restarted(e, template, "ReplicationController");
}

/// An update of a ReplicationController.
pub fn replication_controller_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    replication_controller_spec(e, new.get("spec"));
}

/// The counts in the status of a controller; `fields` in the order they are looked at.
pub fn replica_counts(e: &mut ErrorList, new: &Value, old: &Value, fields: &[&str]) {
    object_meta_update(e, new, old);
    let (path, status) = (Path::new("status"), new.get("status"));
    let count = |f: &str| status.get(f).as_i64().unwrap_or(0);
    for field in fields
        .iter()
        .chain(&["observedGeneration", "collisionCount"])
    {
        nonnegative(e, &path.child(field), status.get(field));
    }
    let text = "cannot be greater than status.replicas";
    for field in [
        "fullyLabeledReplicas",
        "updatedReplicas",
        "currentReplicas",
        "readyReplicas",
        "availableReplicas",
    ] {
        if fields.contains(&field) && count(field) > count("replicas") {
            e.push(FieldError::invalid(&path.child(field), count(field), text));
        }
    }
    if fields.contains(&"availableReplicas") && count("availableReplicas") > count("readyReplicas")
    {
        let text = "cannot be greater than readyReplicas";
        e.push(FieldError::invalid(
            &path.child("availableReplicas"),
            count("availableReplicas"),
            text,
        ));
    }
    collisions_stay(e, new, old);
}

/// Collisions are counted upwards.
fn collisions_stay(e: &mut ErrorList, new: &Value, old: &Value) {
    let path = Path::new("status");
    let collisions = |v: &Value| v.at(&["status", "collisionCount"]).as_i64();
    if collisions(old).is_some_and(|o| collisions(new).unwrap_or(-1) < o) {
        let bad = collisions(new).unwrap_or(0);
        e.push(FieldError::invalid(
            &path.child("collisionCount"),
            bad,
            "cannot be decremented",
        ));
    }
}

/// A DaemonSet.
pub fn daemon_set(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    daemon_set_spec(e, v.get("spec"));
}

fn daemon_set_spec(e: &mut ErrorList, spec: &Value) {
    let (selector, template) = (spec.get("selector"), spec.get("template"));
    let path = SPEC.child("selector");
    match selector.is_null() {
        true => e.push(FieldError::required(&path, "")),
        false => label_selector(e, &path, selector),
    }
    if let Ok(s) = Selector::from_label_selector(selector)
        && !s.matches(template.meta().get("labels").as_map())
    {
        let text = "`selector` does not match template `labels`";
        let bad = template.meta().get("labels");
        e.push(FieldError::invalid(
            &SPEC.child("template.metadata.labels"),
            bad,
            text,
        ));
    }
    if !selector.is_null()
        && selector.get("matchLabels").is_empty()
        && selector.get("matchExpressions").is_empty()
    {
        let text = "empty selector is invalid for daemonset";
        e.push(FieldError::invalid(&path, bad_selector(selector), text));
    }
    pod::template(e, &SPEC.child("template"), template);
    always_restarted(e, template, "DaemonSet");
    nonnegative(
        e,
        &SPEC.child("minReadySeconds"),
        spec.get("minReadySeconds"),
    );
    daemon_update_strategy(e, spec.get("updateStrategy"));
    nonnegative(
        e,
        &SPEC.child("revisionHistoryLimit"),
        spec.get("revisionHistoryLimit"),
    );
}

fn daemon_update_strategy(e: &mut ErrorList, v: &Value) {
    let path = SPEC.child("updateStrategy");
    let rolling = v.get("rollingUpdate");
    match v.get("type").str() {
        "OnDelete" => {}
        "RollingUpdate" if rolling.is_null() => {
            e.push(FieldError::required(&path.child("rollingUpdate"), ""))
        }
        "RollingUpdate" => {
            let at = path.child("rollingUpdate");
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            for (field, v) in [("maxUnavailable", unavailable), ("maxSurge", surge)] {
                positive_int_or_percent(e, &at.child(field), v);
            }
            for (field, v) in [("maxUnavailable", unavailable), ("maxSurge", surge)] {
                not_more_than_100_percent(e, &at.child(field), v);
            }
            match (int_or_percent(unavailable) != 0, int_or_percent(surge) != 0) {
                (true, true) => e.push(FieldError::invalid(
                    &at.child("maxSurge"),
                    surge,
                    "may not be set when maxUnavailable is non-zero",
                )),
                (false, false) => e.push(FieldError::required(
                    &at.child("maxUnavailable"),
                    "cannot be 0 when maxSurge is 0",
                )),
                _ => {}
            }
        }
        _ => {
            let bad = wire::internal_json(v, "io.k8s.api.apps.v1.DaemonSetUpdateStrategy");
            let known = ["RollingUpdate", "OnDelete"];
            e.push(FieldError::not_supported(&path, Bad::raw(bad), &known));
        }
    }
}

/// An update of a DaemonSet: its selector stays.
pub fn daemon_set_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    daemon_set_spec(e, new.get("spec"));
    selector_stays(e, new, old);
}

/// The counts in the status of a DaemonSet.
pub fn daemon_set_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    for field in [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ] {
        let path = Path::new("status");
        nonnegative(e, &path.child(field), new.at(&["status", field]));
    }
}

/// A StatefulSet.
pub fn stateful_set(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_label);
    stateful_set_spec(e, v.get("spec"), true);
}

fn stateful_set_spec(e: &mut ErrorList, spec: &Value, creating: bool) {
    let policy = spec.get("podManagementPolicy");
    let path = SPEC.child("podManagementPolicy");
    match policy.str() {
        "" => e.push(FieldError::required(&path, "")),
        "OrderedReady" | "Parallel" => {}
        other => e.push(FieldError::invalid(
            &path,
            other,
            "must be 'OrderedReady' or 'Parallel'",
        )),
    }
    stateful_update_strategy(e, spec.get("updateStrategy"));
    let retention = spec.get("persistentVolumeClaimRetentionPolicy");
    if !retention.is_null() {
        let path = SPEC.child("persistentVolumeClaimRetentionPolicy");
        for field in ["whenDeleted", "whenScaled"] {
            required_supported(
                e,
                &path.child(field),
                retention.get(field),
                &["Retain", "Delete"],
            );
        }
    }
    if creating {
        for (i, claim) in spec.get("volumeClaimTemplates").items().iter().enumerate() {
            let at = SPEC.item("volumeClaimTemplates", i);
            storage::claim_spec(e, &at.child("spec"), claim.get("spec"));
        }
    }
    nonnegative(e, &SPEC.child("replicas"), spec.get("replicas"));
    nonnegative(
        e,
        &SPEC.child("minReadySeconds"),
        spec.get("minReadySeconds"),
    );
    nonnegative(
        e,
        &SPEC.child("ordinals.start"),
        spec.at(&["ordinals", "start"]),
    );
    if creating && !spec.get("serviceName").is_empty() {
        common::dns_label(e, &SPEC.child("serviceName"), spec.get("serviceName").str());
    }
    let selector = spec.get("selector");
    let path = SPEC.child("selector");
    if selector.is_null() {
        e.push(FieldError::required(&path, ""));
    } else {
        label_selector(e, &path, selector);
        if selector.get("matchLabels").is_empty() && selector.get("matchExpressions").is_empty() {
            let text = "empty selector is invalid for statefulset";
            e.push(FieldError::invalid(&path, bad_selector(selector), text));
        }
    }
    match Selector::from_label_selector(selector) {
        Err(_) => e.push(FieldError::invalid(&path, bad_selector(selector), "")),
        Ok(s) => stateful_template(e, &s, spec),
    }
    always_restarted(e, spec.get("template"), "StatefulSet");
}

fn stateful_template(e: &mut ErrorList, selector: &Selector, spec: &Value) {
    let template = spec.get("template");
    matches_template(e, selector, template);
    let path = SPEC.child("template");
    let mut with_claims = template.clone();
    let claims = spec.get("volumeClaimTemplates").items();
    if !claims.is_empty() {
        // Each pod has the claims' volumes first, in place of those of the same names.
        let mut names: Vec<&str> = claims.iter().map(Value::name).collect();
        names.arrange();
        names.dedup();
        let own = template.at(&["spec", "volumes"]).items().iter();
        let own = own.filter(|v| !names.contains(&v.get("name").str()));
        let volumes: Vec<Value> = names
            .iter()
            .map(|name| tree!({"name": *name, "persistentVolumeClaim": {"claimName": *name}}))
            .chain(own.cloned())
            .collect();
        with_claims.set_at(&["spec", "volumes"], volumes);
    }
    for field in ["hostname", "subdomain"] {
        with_claims.remove_at(&["spec", field]);
    }
    pod::template(e, &path, &with_claims);
}

fn stateful_update_strategy(e: &mut ErrorList, v: &Value) {
    let path = SPEC.child("updateStrategy");
    let rolling = v.get("rollingUpdate");
    let at = path.child("rollingUpdate");
    let show =
        |v: &Value, t: &str| Bad::raw(wire::internal_json(v, &format!("io.k8s.api.apps.v1.{t}")));
    match v.get("type").str() {
        "" => e.push(FieldError::required(&path, "")),
        "OnDelete" if !rolling.is_null() => e.push(FieldError::invalid(
            &at,
            show(rolling, "RollingUpdateStatefulSetStrategy"),
            "only allowed for updateStrategy 'RollingUpdate'",
        )),
        "OnDelete" => {}
        "RollingUpdate" => {
            nonnegative(e, &at.child("partition"), rolling.get("partition"));
            let unavailable = rolling.get("maxUnavailable");
            if !unavailable.is_null() {
                let path = at.child("maxUnavailable");
                positive_int_or_percent(e, &path, unavailable);
                if int_or_percent(unavailable) == 0 {
                    e.push(FieldError::invalid(&path, unavailable, "cannot be 0"));
                }
                not_more_than_100_percent(e, &path, unavailable);
            }
        }
        _ => e.push(FieldError::invalid(
            &path,
            show(v, "StatefulSetUpdateStrategy"),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

const STATEFUL_UPDATABLE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// The counts in the status of a StatefulSet.
pub fn stateful_set_status(e: &mut ErrorList, new: &Value, old: &Value) {
    let fields = [
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
    ];
    let (path, status) = (Path::new("status"), new.get("status"));
    let count = |f: &str| status.get(f).as_i64().unwrap_or(0);
    let also = ["observedGeneration", "collisionCount"];
    for field in ["replicas"].iter().chain(&fields).chain(&also) {
        nonnegative(e, &path.child(field), status.get(field));
    }
    for field in fields.iter().filter(|f| count(f) > count("replicas")) {
        let text = "cannot be greater than status.replicas";
        e.push(FieldError::invalid(&path.child(field), count(field), text));
    }
    let available = count("availableReplicas");
    if available > count("readyReplicas") {
        let text = "cannot be greater than status.readyReplicas";
        let at = path.child("availableReplicas");
        e.push(FieldError::invalid(&at, available, text));
    }
    object_meta_update(e, new, old);
    collisions_stay(e, new, old);
}

/// An update of a StatefulSet: most of it stays.
pub fn stateful_set_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    stateful_set_spec(e, new.get("spec"), false);
    let rest = |v: &Value| {
        let mut spec = v.get("spec").clone();
        STATEFUL_UPDATABLE.iter().for_each(|f| drop(spec.remove(f)));
        for claim in spec
            .get("volumeClaimTemplates")
            .clone()
            .items()
            .iter()
            .enumerate()
        {
            spec.entry("volumeClaimTemplates").items_mut()[claim.0].remove("status");
        }
        spec
    };
    if rest(new) != rest(old) {
        let text = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        e.push(FieldError::forbidden(&SPEC, text));
    }
}

/// A ControllerRevision.
pub fn controller_revision(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    if v.get("data").is_null() {
        e.push(FieldError::required(
            &Path::new("data"),
            "data is mandatory",
        ));
    }
    nonnegative(e, &Path::new("revision"), v.get("revision"));
}

/// An update of a ControllerRevision: its data stays.
pub fn controller_revision_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    controller_revision(e, new);
    immutable(e, &Path::new("data"), new.get("data"), old.get("data"));
}
