//! Flow schemas and priority levels that every cluster has (`apis/flowcontrol/bootstrap`), kept there
//! (`registry/flowcontrol/rest`), and the condition of each flow schema (`util/flowcontrol`). Requests do not queue here: nothing is
//! limited by them.

use super::ApiServer;
use super::registry::{self, Resource};
use super::storage::Storage;
use crate::apimachinery::status::Status;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

/// The API group.
pub const GROUP: &str = "flowcontrol.apiserver.k8s.io";
/// Their resource.
pub const SCHEMAS: &str = "flowschemas";
const LEVELS: &str = "prioritylevelconfigurations";
const AUTOUPDATE: &str = "apf.kubernetes.io/autoupdate-spec";
/// The names in which upstream's two parts write.
const PRODUCER: &str = "api-priority-and-fairness-config-producer-v1";
const CONSUMER: &str = "api-priority-and-fairness-config-consumer-v1";
/// How often what every cluster has is looked after.
const EVERY: Duration = Duration::from_secs(60);

/// Name, type, shares, per cent that may be lent, queues and hand size (none: what is too much is refused).
const LEVEL_TABLE: [(&str, i64, i64, Option<(i64, i64)>); 7] = [
    ("system", 30, 33, Some((64, 6))),
    ("node-high", 40, 25, Some((64, 6))),
    ("leader-election", 10, 0, Some((16, 4))),
    ("workload-high", 40, 50, Some((128, 6))),
    ("workload-low", 100, 90, Some((128, 6))),
    ("global-default", 20, 50, Some((128, 6))),
    ("catch-all", 5, 0, None),
];

/// What a flow schema is about.
#[derive(Clone, Copy)]
enum About {
    /// Everything.
    All,
    /// Health, for those who look after it.
    Probes,
    /// Leases by which leaders are elected.
    Election,
    /// What nodes say of themselves.
    Nodes,
}

/// Name, level, precedence, what tells flows apart, of whom (`g:` a group, `u:` a user, `s:` service accounts of a namespace), about what.
const SCHEMA_TABLE: [(&str, &str, i64, &str, &str, About); 11] = [
    (
        "system-nodes",
        "system",
        500,
        "ByUser",
        "g:system:nodes",
        About::All,
    ),
    (
        "system-node-high",
        "node-high",
        400,
        "ByUser",
        "g:system:nodes",
        About::Nodes,
    ),
    (
        "probes",
        "exempt",
        2,
        "",
        "g:system:unauthenticated g:system:authenticated",
        About::Probes,
    ),
    (
        "system-leader-election",
        "leader-election",
        100,
        "ByUser",
        "u:system:kube-controller-manager u:system:kube-scheduler s:kube-system",
        About::Election,
    ),
    (
        "kube-controller-manager",
        "workload-high",
        800,
        "ByNamespace",
        "u:system:kube-controller-manager",
        About::All,
    ),
    (
        "kube-scheduler",
        "workload-high",
        800,
        "ByNamespace",
        "u:system:kube-scheduler",
        About::All,
    ),
    (
        "kube-system-service-accounts",
        "workload-high",
        900,
        "ByNamespace",
        "s:kube-system",
        About::All,
    ),
    (
        "service-accounts",
        "workload-low",
        9_000,
        "ByUser",
        "g:system:serviceaccounts",
        About::All,
    ),
    (
        "global-default",
        "global-default",
        9_900,
        "ByUser",
        "g:system:unauthenticated g:system:authenticated",
        About::All,
    ),
    ("exempt", "exempt", 1, "", "g:system:masters", About::All),
    (
        "catch-all",
        "catch-all",
        10_000,
        "ByUser",
        "g:system:unauthenticated g:system:authenticated",
        About::All,
    ),
];

/// What is to be looked after, and when.
#[derive(Clone, Debug, Default)]
pub struct FlowControl {
    /// When the server started: the ticks count from there.
    began: Option<Timestamp>,
    /// Whether conditions may have to change.
    dirty: bool,
    /// When to look for what is missing or changed.
    due: Option<Timestamp>,
}

impl FlowControl {
    /// Takes note of a write.
    pub fn follow(&mut self, resource: &Resource, now: Timestamp) {
        if resource.def.group != GROUP {
            return;
        }
        self.dirty = true;
        let began = self.began.unwrap_or(now);
        let ticks = now.since(began).as_secs() / EVERY.as_secs() + 1;
        self.due
            .get_or_insert(began + EVERY * u32::try_from(ticks).unwrap_or(1));
    }
}

fn metadata(name: &str) -> Value {
    let mut metadata = tree!({"name": name});
    metadata.set_at(&["annotations", AUTOUPDATE], "true");
    metadata
}

fn levels() -> Vec<Value> {
    let mut all = Vec::new();
    for (name, shares, lendable, queues) in LEVEL_TABLE {
        let mut response = tree!({"type": "Reject"});
        if let Some((queues, hand)) = queues {
            response = tree!({
                "type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": 50},
            });
        }
        let mut limited = tree!({"nominalConcurrencyShares": shares, "lendablePercent": lendable});
        limited.set("limitResponse", response);
        let mut level = tree!({"spec": {"type": "Limited"}});
        level.set("metadata", metadata(name));
        level.set_at(&["spec", "limited"], limited);
        all.push(level);
    }
    let mut exempt = tree!({
        "spec": {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}},
    });
    exempt.set("metadata", metadata("exempt"));
    all.push(exempt);
    all
}

fn subject(text: &str) -> Value {
    match text.split_once(':').unwrap_or_default() {
        ("g", name) => tree!({"kind": "Group", "group": {"name": name}}),
        ("u", name) => tree!({"kind": "User", "user": {"name": name}}),
        (_, namespace) => tree!({
            "kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": "*"},
        }),
    }
}

fn rule(about: About) -> Value {
    let resources = |verbs: &[&str], group: &str, resources: &[&str], cluster: bool| {
        let mut rule = tree!({
            "verbs": verbs, "apiGroups": [group], "resources": resources, "namespaces": ["*"],
        });
        if cluster {
            rule.set("clusterScope", true);
        }
        rule
    };
    let leases = |verbs: &[&str]| resources(verbs, "coordination.k8s.io", &["leases"], false);
    match about {
        About::All => {
            let all = resources(&["*"], "*", &["*"], true);
            tree!({"resourceRules": [all], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]})
        }
        About::Probes => tree!({"nonResourceRules": [
            {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]},
        ]}),
        About::Election => tree!({"resourceRules": [leases(&["get", "create", "update"])]}),
        About::Nodes => {
            let nodes = resources(&["*"], "", &["nodes", "nodes/status"], true);
            tree!({"resourceRules": [nodes, leases(&["*"])]})
        }
    }
}

fn schemas() -> Vec<Value> {
    let of = |(name, level, precedence, flows, who, about): (_, _, _, &str, &str, _)| {
        let subjects: Vec<Value> = who.split(' ').map(subject).collect();
        let mut rule = rule(about);
        rule.set("subjects", subjects);
        let mut schema = tree!({"spec": {
            "priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence, "rules": [rule],
        }});
        schema.set("metadata", metadata(name));
        if !flows.is_empty() {
            schema.set_at(&["spec", "distinguisherMethod", "type"], flows);
        }
        schema
    };
    SCHEMA_TABLE.into_iter().map(of).collect()
}

/// Whether a part of an object says all that another one does; what defaults add counts for nothing.
fn says(object: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Map(_) => wanted
            .fields()
            .all(|(key, value)| says(object.get(key), value)),
        Value::List(_) => {
            let (there, items) = (object.items(), wanted.items());
            there.len() == items.len() && there.iter().zip(items).all(|(o, w)| says(o, w))
        }
        _ => object == wanted,
    }
}

/// The condition of a flow schema, but for when it began (`checkHelpers`, `syncFlowSchemaStatus`).
fn dangling(level: &str, exists: bool) -> Value {
    let about =
        format!("This FlowSchema references the PriorityLevelConfiguration object named {level:?}");
    match exists {
        true => tree!({
            "type": "Dangling", "status": "False", "reason": "Found", "message": format!("{about} and it exists"),
        }),
        false => tree!({
            "type": "Dangling", "status": "True", "reason": "NotFound",
            "message": format!("{about} but there is no such object"),
        }),
    }
}

impl ApiServer {
    /// Makes what every cluster has and holds it to what it should say, unless somebody took its annotation away.
    ///
    /// # Errors
    /// What is refused of it.
    pub(super) fn ensure_flow_control(&mut self, now: Timestamp) -> Result<(), Status> {
        self.flow_control.began.get_or_insert(now);
        self.flow_control.due = None;
        self.time = now;
        let own = self.swap_rng();
        let mut all = Ok(());
        for (resource, objects) in [(LEVELS, levels()), (SCHEMAS, schemas())] {
            let Some(resource) = registry::lookup(GROUP, "v1", resource) else {
                continue;
            };
            for object in objects {
                let present = self.storage.get(resource.table, object.name());
                let mandatory = ["exempt", "catch-all"].contains(&object.name());
                let done = match present {
                    None => self.write_as(PRODUCER, resource.def, "create", "", object),
                    Some(v) if !mandatory && v.annotation(AUTOUPDATE) != Some("true") => Ok(()),
                    Some(v) if says(v.get("spec"), object.get("spec")) => Ok(()),
                    Some(v) => {
                        let mut changed = v.clone();
                        changed.set("spec", object.get("spec").clone());
                        self.write_as(PRODUCER, resource.def, "update", "", changed)
                    }
                };
                all =
                    all.and(done.map_err(|v| {
                        Status::from_value(&v).unwrap_or_else(Status::no_such_resource)
                    }));
            }
        }
        self.swap_rng_back(own);
        self.flow_control.due = None;
        all
    }

    /// Whether [`ApiServer::tend_flow_control`] has something to do at once.
    pub fn neglects_flow_control(&self) -> bool {
        self.flow_control.dirty
    }

    /// Tells of each flow schema whether its level exists, and, once in a minute, makes what is missing. When to come again.
    pub fn tend_flow_control(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.flow_control.due.is_some_and(|due| due <= now) {
            // What is refused is tried again with the next change.
            let _ = self.ensure_flow_control(now);
        }
        self.time = now;
        let (Some(schemas), Some(levels)) = (
            registry::lookup(GROUP, "v1", SCHEMAS),
            registry::lookup(GROUP, "v1", LEVELS),
        ) else {
            return None;
        };
        let own = self.swap_rng();
        let all: Vec<Value> = self
            .storage
            .list(schemas.table, "", "")
            .map(|(_, v)| v.clone())
            .collect();
        for mut schema in all {
            let level = schema.at(&["spec", "priorityLevelConfiguration", "name"]);
            let exists = self.storage.get(levels.table, level.str()).is_some();
            let mut condition = dangling(level.str(), exists);
            let conditions = schema.at(&["status", "conditions"]).items();
            let old = conditions.iter().find(|c| c.get("type") == &"Dangling");
            if old.is_some_and(|old| says(old, &condition)) {
                continue;
            }
            condition.set("lastTransitionTime", now);
            schema.set_at(&["status", "conditions"], vec![condition]);
            // Upstream applies it; that would have to be loaded at the start.
            let _ = self.write_as(CONSUMER, schemas.def, "update", "status", schema);
        }
        self.swap_rng_back(own);
        self.flow_control.dirty = false;
        self.flow_control.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_defaults_add_is_no_difference() {
        let wanted = tree!({"a": {"b": 1}, "c": ["x"]});
        assert!(says(&tree!({"a": {"b": 1, "d": 2}, "c": ["x"]}), &wanted));
        assert!(!says(&tree!({"a": {"b": 2}, "c": ["x"]}), &wanted));
        assert!(!says(&tree!({"a": {"b": 1}, "c": ["x", "y"]}), &wanted));
        assert!(!says(&Value::Null, &wanted));
    }

    #[test]
    fn ticks_count_from_the_start() {
        let at = Timestamp::from_secs;
        let resource = registry::lookup(GROUP, "v1", SCHEMAS).expect("there");
        let mut flow = FlowControl {
            began: Some(at(100)),
            ..FlowControl::default()
        };
        flow.follow(resource, at(230));
        assert_eq!(flow.due, Some(at(280)));
        flow.follow(resource, at(279));
        assert_eq!(flow.due, Some(at(280)));
    }
}
