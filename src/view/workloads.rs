//! What keeps pods: how many it wants, has, and how far it is.

use super::frame::Workload;
use super::nodes::is_system;
use super::pods::{condition, is_true, millis};
use super::store::{
    CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, Kind, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET,
};
use crate::apimachinery::Value;

/// The kinds that this file tells of.
pub const WORKLOADS: [Kind; 7] = [
    DEPLOYMENT,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    STATEFUL_SET,
    DAEMON_SET,
    JOB,
    CRON_JOB,
];

/// Makes the item of a workload.
pub fn workload(kind: Kind, object: &Value) -> Workload {
    let (spec, status) = (object.get("spec"), object.get("status"));
    let number = |v: &Value, k: &str| v.get(k).as_i64().unwrap_or(0);
    let mut w = Workload {
        api_version: kind.api_version.to_owned(),
        kind: kind.kind.to_owned(),
        namespace: object.namespace().to_owned(),
        name: object.name().to_owned(),
        owner: object
            .controller_of()
            .map(|r| (r.kind().to_owned(), r.get("name").str().to_owned())),
        desired: spec.get("replicas").as_i64().unwrap_or(1),
        current: number(status, "replicas"),
        updated: number(status, "updatedReplicas"),
        ready: number(status, "readyReplicas"),
        paused: spec.get("paused").as_bool() == Some(true)
            || spec.get("suspend").as_bool() == Some(true),
        message: trouble(object),
        created_ms: millis(object.creation_timestamp()),
        system: is_system(object.namespace()),
        ..Workload::default()
    };
    match kind {
        REPLICA_SET | REPLICATION_CONTROLLER => w.updated = w.current,
        DAEMON_SET => {
            w.desired = number(status, "desiredNumberScheduled");
            w.current = number(status, "currentNumberScheduled");
            w.updated = number(status, "updatedNumberScheduled");
            w.ready = number(status, "numberReady");
        }
        JOB => {
            w.desired = spec.get("completions").as_i64().unwrap_or(1);
            w.current = number(status, "active");
            w.ready = number(status, "succeeded");
            w.updated = w.ready;
            w.settled = is_true(object, "Complete") || is_true(object, "Failed");
            return w;
        }
        CRON_JOB => {
            w.desired = 0;
            w.current = status.get("active").items().len() as i64;
            w.settled = true;
            return w;
        }
        _ => {}
    }
    let seen = number(status, "observedGeneration") >= object.generation();
    w.settled = seen && w.ready == w.desired && w.updated == w.desired && w.current == w.desired;
    w
}

/// Kubernetes' own words where a workload is in trouble.
fn trouble(object: &Value) -> String {
    for kind in ["ReplicaFailure", "Failed"] {
        if let Some(c) = condition(object, kind)
            && c.get("status") == "True"
        {
            return c.get("message").str().to_owned();
        }
    }
    match condition(object, "Progressing") {
        Some(c) if c.get("status") == "False" => c.get("message").str().to_owned(),
        _ => String::new(),
    }
}
