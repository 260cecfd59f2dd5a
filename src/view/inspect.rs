//! One object in full: what it is, why it is so, what belongs to it, and what happened to it.

mod facts;
mod why;

use super::activity::who;
use super::commands::{Action, actions};
use super::frame::{Key, Verb, key};
use super::protocol::ObjectRef;
use super::store::{EVENT, Kind, NODE, POD, SERVICE, fetch, selects};
use super::viewer::Viewer;
use crate::apimachinery::http::ApiClient;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use serde::{Deserialize, Serialize};
pub use why::Why;

/// One object in full.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    pub subject: ObjectRef,
    /// False once it has gone; the rest is then what was last known.
    pub exists: bool,
    /// The key of its item on the map, "" where it has none.
    pub key: Key,
    pub resource_version: String,
    /// The object as YAML, without managed fields.
    pub yaml: String,
    pub facts: Vec<Fact>,
    pub labels: Vec<(String, String)>,
    pub containers: Vec<ContainerFact>,
    pub conditions: Vec<Condition>,
    pub events: Vec<EventRow>,
    pub relations: Vec<Relation>,
    /// Why it is as it is, the weightiest reason first.
    pub why: Vec<Why>,
    /// The writes that led to it being there, and to its last change: the first cause first.
    pub chain: Vec<Step>,
    /// What can be done with it from the map.
    pub actions: Vec<Action>,
}

/// A line of the summary: which fact, and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub label: FactLabel,
    pub value: String,
    /// An object that the value names.
    pub link: Option<ObjectRef>,
}

/// Which fact a line of the summary tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FactLabel {
    Status,
    Created,
    Node,
    Ip,
    Qos,
    ServiceAccount,
    RestartPolicy,
    Replicas,
    Strategy,
    Selector,
    Image,
    Type,
    ClusterIp,
    Ports,
    Endpoints,
    Roles,
    Capacity,
    Requested,
    Pods,
    Taints,
    Version,
    Owner,
    Data,
    Finalizers,
    Deleting,
}

/// Which of a pod's lists a container is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Init,
    #[default]
    Main,
    Ephemeral,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContainerFact {
    pub name: String,
    pub image: String,
    pub role: Role,
    pub ready: bool,
    pub restarts: i64,
    /// `Running`, `Waiting: CrashLoopBackOff`, `Terminated: Error (1)`.
    pub state: String,
    /// How it ended last time, "" where it never did.
    pub last: String,
}

/// A condition of the object's status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub kind: String,
    pub status: String,
    pub reason: String,
    pub message: String,
    pub since_ms: i64,
}

/// An event about the object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    pub warning: bool,
    pub reason: String,
    pub message: String,
    pub from: String,
    pub count: i64,
    pub first_ms: i64,
    pub last_ms: i64,
}

/// Another object, and how it stands to this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    pub how: How,
    pub object: ObjectRef,
    /// Its key on the map, "" where it has none.
    pub key: Key,
    /// What its status says, "" where it says nothing.
    pub status: String,
    /// A pod that is ready.
    pub ready: bool,
}

/// How another object stands to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum How {
    /// It owns this one.
    Owner,
    /// This one owns it.
    Dependant,
    /// Its selector finds this one, or this one's finds it.
    Selects,
    SelectedBy,
    /// This one runs on it, or it on this one.
    RunsOn,
    Hosts,
    /// This one names it: a ConfigMap, a Secret, a volume claim, a ServiceAccount.
    Uses,
}

/// A write on the way to the present state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub who: String,
    pub verb: Verb,
    /// `status`, `binding`, … or "".
    pub subresource: String,
    pub object: ObjectRef,
    pub at_ms: i64,
    pub revision: u64,
}

impl Viewer {
    /// Looks at one object now.
    pub fn inspect_now(
        &self,
        subject: &ObjectRef,
        now: Timestamp,
        api: &mut dyn ApiClient,
    ) -> Inspection {
        let kind = Kind::find(&subject.api_version, &subject.kind);
        let at = match &*subject.namespace {
            "" => subject.name.clone(),
            ns => format!("{ns}/{}", subject.name),
        };
        let known = kind.and_then(|k| self.objects.get(k, &at)).cloned();
        let Some(object) = known.or_else(|| fetch(api, &subject.path()?)) else {
            return Inspection {
                subject: subject.clone(),
                events: self.events_of(subject),
                chain: self.chain(subject),
                ..Inspection::default()
            };
        };
        let kind = kind.map_or("", |k| k.kind);
        Inspection {
            subject: subject.clone(),
            exists: true,
            key: map_key(subject),
            resource_version: object.resource_version().to_owned(),
            yaml: facts::yaml(&object, subject),
            facts: facts::facts(self, kind, &object),
            labels: facts::labels(&object),
            containers: facts::containers(&object),
            conditions: facts::conditions(&object),
            events: self.events_of(subject),
            relations: self.relations(kind, &object),
            why: why::why(self, kind, &object, now),
            chain: self.chain(subject),
            actions: actions(subject, &object, self.machine(object.name())),
        }
    }

    fn events_of(&self, subject: &ObjectRef) -> Vec<EventRow> {
        let namespace = match &*subject.namespace {
            "" => "default",
            ns => ns,
        };
        let about = |e: &Value| {
            let i = e.get("involvedObject");
            i.kind() == subject.kind && i.get("name") == &*subject.name
        };
        let mut rows: Vec<EventRow> = self
            .objects
            .in_namespace(EVENT, namespace)
            .filter(|(_, e)| about(e))
            .map(|(_, e)| facts::event_row(e))
            .collect();
        rows.arrange_by_key(|r| (r.last_ms, r.first_ms));
        rows
    }

    fn chain(&self, subject: &ObjectRef) -> Vec<Step> {
        let writes: Vec<_> = self.activity.of(subject).collect();
        let mut steps: BTreeSteps = BTreeSteps::new();
        let created = writes.iter().find(|w| &*w.verb == "create");
        for write in created.into_iter().chain(writes.last()) {
            for (w, verb) in self.activity.chain(write) {
                steps.insert(
                    w.revision,
                    Step {
                        who: who(&w.user, &w.agent),
                        verb,
                        subresource: w.subresource.to_string(),
                        object: w.object.clone(),
                        at_ms: w.at.0 / 1000,
                        revision: w.revision,
                    },
                );
            }
        }
        let mut told: Vec<Step> = Vec::new();
        for step in steps.into_values() {
            // Of reports that follow each other the last one tells all.
            let repeats = |last: &Step| {
                step.subresource == "status"
                    && last.subresource == "status"
                    && last.who == step.who
                    && last.object == step.object
            };
            if told.last().is_some_and(repeats) {
                told.pop();
            }
            told.push(step);
        }
        told
    }

    fn relations(&self, kind: &str, object: &Value) -> Vec<Relation> {
        let mut found = Vec::new();
        for owner in object.owner_references() {
            let of = ObjectRef {
                api_version: owner.api_version().to_owned(),
                kind: owner.kind().to_owned(),
                namespace: match owner.kind() {
                    "Node" => String::new(),
                    _ => object.namespace().to_owned(),
                },
                name: owner.get("name").str().to_owned(),
            };
            found.push(self.relation(How::Owner, of));
        }
        for (k, o) in self.objects.dependants(object.uid()) {
            found.push(self.relation(How::Dependant, ObjectRef::of(o, k.api_version, k.kind)));
            if kind == "Deployment" {
                let pods = self.objects.dependants(o.uid());
                let pods = pods.map(|(k, p)| ObjectRef::of(p, k.api_version, k.kind));
                found.extend(pods.map(|p| self.relation(How::Dependant, p)));
            }
        }
        match kind {
            "Pod" => self.pod_relations(object, &mut found),
            "Service" => {
                let selector = object.at(&["spec", "selector"]);
                let pods = self.objects.selected_pods(object.namespace(), selector);
                found.extend(
                    pods.map(|p| self.relation(How::Selects, ObjectRef::of(p, "v1", "Pod"))),
                );
            }
            "Node" => {
                let pods = self.objects.pods_on(object.name());
                found
                    .extend(pods.map(|p| self.relation(How::Hosts, ObjectRef::of(p, "v1", "Pod"))));
            }
            _ => {}
        }
        found.truncate(500);
        found
    }

    fn pod_relations(&self, pod: &Value, found: &mut Vec<Relation>) {
        let node = pod.at(&["spec", "nodeName"]).str();
        if let Some(node) = self.objects.get(NODE, node) {
            found.push(self.relation(How::RunsOn, ObjectRef::of(node, "v1", "Node")));
        }
        for (_, service) in self.objects.in_namespace(SERVICE, pod.namespace()) {
            if selects(service.at(&["spec", "selector"]), pod) {
                found.push(self.relation(How::SelectedBy, ObjectRef::of(service, "v1", "Service")));
            }
        }
        for used in facts::uses(pod) {
            found.push(self.relation(How::Uses, used));
        }
    }

    fn relation(&self, how: How, object: ObjectRef) -> Relation {
        let pod = (object.kind == "Pod")
            .then(|| format!("{}/{}", object.namespace, object.name))
            .and_then(|key| self.objects.get(POD, &key));
        Relation {
            how,
            key: map_key(&object),
            status: pod.map_or_else(String::new, super::pods::status_column),
            ready: pod.is_some_and(|p| super::pods::is_true(p, "Ready") && !p.is_terminating()),
            object,
        }
    }
}

type BTreeSteps = crate::collections::SortedMap<u64, Step>;

/// The key of an object's item on the map, "" where the map has no such items.
pub fn map_key(object: &ObjectRef) -> Key {
    match &*object.kind {
        "Pod" => key("pod", &object.namespace, &object.name),
        "Node" => key("node", "", &object.name),
        "Service" => key("service", &object.namespace, &object.name),
        kind if super::workloads::WORKLOADS.iter().any(|k| k.kind == kind) => {
            key(kind, &object.namespace, &object.name)
        }
        _ => String::new(),
    }
}
