//! The arithmetic and the annotations of a rollout (upstream's `deployment_util.go`).

use crate::apimachinery::{Value, intstr};
use crate::collections::Arrange;
use crate::tree;

/// Annotation: the revision a ReplicaSet or Deployment stands at.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Annotation: earlier revisions that a ReplicaSet stood at.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Annotation: how many replicas the Deployment asked for when it last sized the ReplicaSet.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// Annotation: how many replicas the Deployment might have had then.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// Label that tells the pods of one template from those of another.
pub const POD_TEMPLATE_HASH: &str = "pod-template-hash";

const REVISION_HISTORY_CHARS: usize = 2000;
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// A whole number of a `spec` or `status`, 0 where unset.
pub fn int(object: &Value, path: &[&str]) -> i64 {
    object.at(path).as_i64().unwrap_or(0)
}

/// `spec.replicas` as the server always fills it in.
pub fn replicas(object: &Value) -> i64 {
    object.at(&["spec", "replicas"]).as_i64().unwrap_or(1)
}

/// Sum of `spec.replicas`.
pub fn replica_count(sets: &[Value]) -> i64 {
    sets.iter().map(replicas).sum()
}

/// Sum of a number of the status.
pub fn status_count(sets: &[Value], field: &str) -> i64 {
    sets.iter().map(|rs| int(rs, &["status", field])).sum()
}

/// Whether the strategy is RollingUpdate.
pub fn is_rolling_update(d: &Value) -> bool {
    d.at(&["spec", "strategy", "type"]) == &"RollingUpdate"
}

/// Whether the Deployment is paused.
pub fn is_paused(d: &Value) -> bool {
    d.at(&["spec", "paused"]).as_bool() == Some(true)
}

/// The progress deadline in seconds, where there is one.
pub fn progress_deadline(d: &Value) -> Option<i64> {
    d.at(&["spec", "progressDeadlineSeconds"])
        .as_i64()
        .filter(|n| *n != i64::from(i32::MAX))
}

/// `maxSurge` and `maxUnavailable` as numbers; both 0 becomes one unavailable (`ResolveFenceposts`).
fn fenceposts(d: &Value) -> (i64, i64) {
    let rolling = d.at(&["spec", "strategy", "rollingUpdate"]);
    let scaled = |field: &str, up: bool| match rolling.get(field) {
        Value::Null => 0,
        v => intstr::scaled_value(v, replicas(d), up).unwrap_or(0),
    };
    match (scaled("maxSurge", true), scaled("maxUnavailable", false)) {
        (0, 0) => (0, 1),
        both => both,
    }
}

/// How many pods there may be above the wanted number.
pub fn max_surge(d: &Value) -> i64 {
    if is_rolling_update(d) {
        fenceposts(d).0
    } else {
        0
    }
}

/// How many pods may be missing.
pub fn max_unavailable(d: &Value) -> i64 {
    if is_rolling_update(d) && replicas(d) > 0 {
        fenceposts(d).1.min(replicas(d))
    } else {
        0
    }
}

/// How large the new ReplicaSet may be next (`NewRSNewReplicas`). `all` includes it where it exists; `new` is its size.
pub fn new_replicas(d: &Value, all: &[Value], new: i64) -> i64 {
    if !is_rolling_update(d) {
        return replicas(d);
    }
    let room = replicas(d) + max_surge(d) - replica_count(all);
    if room <= 0 {
        return new;
    }
    new + room.min(replicas(d) - new)
}

/// How much a ReplicaSet's share of a change in size is (`GetReplicaSetProportion`). `to_add` is the whole change,
/// `added` what other ReplicaSets took of it already.
pub fn proportion(rs: &Value, d: &Value, to_add: i64, added: i64) -> i64 {
    if replicas(rs) == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let (fraction, allowed) = (fraction(rs, d), to_add - added);
    if to_add > 0 {
        fraction.min(allowed)
    } else {
        fraction.max(allowed)
    }
}

fn fraction(rs: &Value, d: &Value) -> i64 {
    if replicas(d) == 0 {
        return -replicas(rs);
    }
    let before = match int_annotation(rs, MAX_REPLICAS).unwrap_or(0) {
        0 => int(d, &["status", "replicas"]),
        n => n,
    };
    if before == 0 {
        return 0;
    }
    let size = (replicas(rs) * (replicas(d) + max_surge(d))) as f64 / before as f64;
    size.round() as i64 - replicas(rs)
}

/// A number in an annotation.
pub fn int_annotation(object: &Value, key: &str) -> Option<i64> {
    object.annotation(key)?.parse().ok()
}

/// Sets the annotations that record the Deployment's size on a ReplicaSet; says whether any changed.
pub fn set_replicas_annotations(rs: &mut Value, desired: i64, max: i64) -> bool {
    let mut changed = false;
    for (key, n) in [(DESIRED_REPLICAS, desired), (MAX_REPLICAS, max)] {
        let n = n.to_string();
        if rs.annotation(key) != Some(n.as_str()) {
            rs.set_annotation(key, &n);
            changed = true;
        }
    }
    changed
}

/// The revision of a ReplicaSet, 0 where it has none.
pub fn revision(object: &Value) -> i64 {
    int_annotation(object, REVISION).unwrap_or(0)
}

/// Brings a ReplicaSet's annotations up to those of its Deployment and to a revision (`SetNewReplicaSetAnnotations`).
pub fn set_new_replica_set_annotations(
    d: &Value,
    rs: &mut Value,
    new_revision: i64,
    exists: bool,
) -> bool {
    let mut changed = false;
    for (key, value) in d.at(&["metadata", "annotations"]).fields() {
        if !NOT_COPIED.contains(&key) && rs.annotation(key) != value.as_str() {
            rs.set_annotation(key, value.str());
            changed = true;
        }
    }
    let old = rs.annotation(REVISION).map(str::to_owned);
    let old_revision = match old.as_deref().unwrap_or("") {
        "" => 0,
        text => match text.parse::<i64>() {
            Ok(n) => n,
            Err(_) => return false,
        },
    };
    if old_revision < new_revision {
        rs.set_annotation(REVISION, &new_revision.to_string());
        changed = true;
        if let Some(old) = old {
            push_history(rs, &old);
        }
    }
    if !exists && set_replicas_annotations(rs, replicas(d), replicas(d) + max_surge(d)) {
        changed = true;
    }
    changed
}

/// Notes that a ReplicaSet stood at `old`, forgetting the oldest revisions where the list grows too long.
fn push_history(rs: &mut Value, old: &str) {
    let history = rs.annotation(REVISION_HISTORY).unwrap_or("").to_owned();
    if history.is_empty() {
        return rs.set_annotation(REVISION_HISTORY, old);
    }
    let mut revisions: Vec<&str> = history.split(',').collect();
    let mut length = history.len() + old.len() + 1;
    while length > REVISION_HISTORY_CHARS && !revisions.is_empty() {
        length -= revisions.remove(0).len() + 1;
    }
    if length <= REVISION_HISTORY_CHARS {
        revisions.push(old);
        rs.set_annotation(REVISION_HISTORY, &revisions.join(","));
    }
}

/// Whether two pod templates are the same but for the hash label.
pub fn equal_ignore_hash(a: &Value, b: &Value) -> bool {
    if a.get("spec") != b.get("spec") {
        return false;
    }
    let bare = |template: &Value| {
        let mut metadata = template.get("metadata").clone();
        metadata.remove_at(&["labels", POD_TEMPLATE_HASH]);
        metadata.map_mut().retain(|_, v| !v.is_empty());
        metadata
    };
    bare(a) == bare(b)
}

/// The condition of a type.
pub fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status
        .get("conditions")
        .items()
        .iter()
        .find(|c| c.get("type").str() == kind)
}

/// A condition as of now.
pub fn new_condition(kind: &str, status: &str, reason: &str, message: &str, now: &str) -> Value {
    tree!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastUpdateTime": now, "lastTransitionTime": now,
    })
}

/// Puts a condition last, unless its status and reason are those it had (`SetDeploymentCondition`).
pub fn set_condition(status: &mut Value, mut new: Value) {
    if let Some(old) = condition(status, new.get("type").str())
        && old.get("status") == new.get("status")
    {
        if old.get("reason") == new.get("reason") {
            return;
        }
        let since = old.get("lastTransitionTime").clone();
        new.set("lastTransitionTime", since);
    }
    remove_condition(status, new.get("type").str());
    status.entry("conditions").push(new);
}

/// Takes a condition out.
pub fn remove_condition(status: &mut Value, kind: &str) {
    if condition(status, kind).is_some() {
        status
            .entry("conditions")
            .items_mut()
            .retain(|c| c.get("type").str() != kind);
    }
}

/// Sorts by age, the oldest first.
pub fn sort_by_creation(sets: &mut [Value]) {
    sets.arrange_by(|a, b| creation_key(a).cmp(&creation_key(b)));
}

/// What ReplicaSets are sorted by age with.
pub fn creation_key(rs: &Value) -> (&str, &str) {
    (rs.meta().get("creationTimestamp").str(), rs.name())
}

/// Those that ask for pods.
pub fn active(sets: &[Value]) -> Vec<Value> {
    sets.iter().filter(|rs| replicas(rs) > 0).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(replicas: i64, surge: Value, unavailable: Value) -> Value {
        let mut d = tree!({"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate"}}});
        d.set_at(&["spec", "strategy", "rollingUpdate", "maxSurge"], surge);
        d.set_at(
            &["spec", "strategy", "rollingUpdate", "maxUnavailable"],
            unavailable,
        );
        d
    }

    #[test]
    fn surge_rounds_up_and_unavailable_down() {
        for (replicas, surge, unavailable, wanted) in [
            (10, Value::from("25%"), Value::from("25%"), (3, 2)),
            (2, Value::from("25%"), Value::from("25%"), (1, 0)),
            (1, Value::from(0), Value::from("25%"), (0, 1)),
            (4, Value::from(0), Value::from(9), (0, 4)),
            (0, Value::from("25%"), Value::from("25%"), (0, 0)),
        ] {
            let d = deployment(replicas, surge, unavailable);
            assert_eq!((max_surge(&d), max_unavailable(&d)), wanted, "{replicas}");
        }
    }

    #[test]
    fn a_new_replica_set_grows_into_the_room_there_is() {
        let d = deployment(10, Value::from(2), Value::from(0));
        for (old, new, wanted) in [(10, 0, 2), (8, 2, 4), (12, 0, 0), (0, 9, 10), (0, 0, 10)] {
            let all = [
                tree!({"spec": {"replicas": old}}),
                tree!({"spec": {"replicas": new}}),
            ];
            assert_eq!(new_replicas(&d, &all, new), wanted, "{old} {new}");
        }
    }

    #[test]
    fn a_replica_sets_share_follows_its_size() {
        let d = deployment(20, Value::from(0), Value::from(1));
        let rs = tree!({
            "metadata": {"annotations": {"deployment.kubernetes.io/max-replicas": "10"}},
            "spec": {"replicas": 5},
        });
        assert_eq!(proportion(&rs, &d, 10, 0), 5);
        assert_eq!(proportion(&rs, &d, 10, 8), 2);
        assert_eq!(proportion(&rs, &d, 10, 10), 0);
    }

    #[test]
    fn going_back_to_a_revision_keeps_its_history() {
        let d = deployment(1, Value::from(1), Value::from(0));
        let mut rs =
            tree!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}});
        assert!(set_new_replica_set_annotations(&d, &mut rs, 4, true));
        assert_eq!(
            (rs.annotation(REVISION), rs.annotation(REVISION_HISTORY)),
            (Some("4"), Some("2"))
        );
        assert!(set_new_replica_set_annotations(&d, &mut rs, 6, true));
        assert_eq!(rs.annotation(REVISION_HISTORY), Some("2,4"));
        assert!(!set_new_replica_set_annotations(&d, &mut rs, 6, true));
    }
}
