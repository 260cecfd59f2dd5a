//! The controllers of CustomResourceDefinitions, which run beside the API server and in its name (`apiextensions-apiserver`'s
//! `pkg/controller`): names are accepted, kinds established, and objects deleted with their definition.

mod approval;
mod finalizer;
mod naming;

use super::runner::{Action, Error, Outcome, cause_of};
use crate::api::custom::is_condition_true;
use crate::apimachinery::http::{Cause, ReaderId, UserInfo};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{Component, Cx, Identity, Informer, Turn, WorkQueue};
use crate::collections::SortedMap;
use crate::tree;
use std::time::Duration;

/// How many definitions one turn looks at, at most.
const BUDGET: usize = 50;

/// The controllers of definitions.
#[derive(Clone)]
pub struct ApiExtensions {
    identity: Identity,
    definitions: Informer,
    queue: WorkQueue<String>,
    causes: SortedMap<String, Cause>,
    /// Since when the objects of a definition are awaited to be gone.
    waiting: SortedMap<String, Timestamp>,
}

/// The resource of definitions.
pub fn definitions() -> &'static ResourceDef {
    schema::resource("apiextensions.k8s.io", "v1", "customresourcedefinitions")
        .expect("definitions are built in")
}

impl ApiExtensions {
    /// The controllers of an API server that has just been started; their watch wakes `reader`.
    pub fn new(reader: ReaderId, watch_latency: Duration) -> Self {
        Self {
            identity: Identity {
                user: UserInfo::new(
                    "system:apiserver",
                    &["system:masters", "system:authenticated"],
                )
                .into(),
                agent: "kube-apiserver",
                reader,
                watch_latency,
            },
            definitions: Informer::new(definitions()),
            queue: WorkQueue::new(),
            causes: SortedMap::new(),
            waiting: SortedMap::new(),
        }
    }

    fn observe(&mut self, cx: &mut Cx<'_>) {
        let news = cx.api.news(self.identity.reader);
        for delta in self.definitions.poll_news(cx, &news) {
            let object = delta.object();
            let cause = cause_of(object);
            // Names that one definition gave up may be another's now.
            let group = object.at(&["spec", "group"]).clone();
            let others = self
                .definitions
                .iter()
                .filter(|d| *d.at(&["spec", "group"]) == group);
            let waits = |d: &&Value| !is_condition_true(d, "NamesAccepted");
            let mut keys: Vec<String> = others.filter(waits).map(|d| d.name().to_owned()).collect();
            keys.push(object.name().to_owned());
            for key in keys {
                self.causes.entry(key.clone()).or_insert(cause);
                self.queue.add(key);
            }
        }
    }

    fn reconcile(&mut self, key: &str, cx: &mut Cx<'_>) -> Outcome {
        let Some(definition) = self.definitions.get(key).cloned() else {
            self.waiting.remove(key);
            return Ok(Action::AwaitChange);
        };
        if let Some(named) = naming::sync(&definition, &self.definitions, cx.now) {
            return update(named, cx);
        }
        if is_condition_true(&definition, "NamesAccepted")
            && !is_condition_true(&definition, "Established")
        {
            let text = "the initial names have been accepted";
            let condition = condition("Established", true, "InitialNamesAccepted", text);
            return update(with_condition(definition, condition, cx.now), cx);
        }
        if let Some(judged) = approval::sync(&definition, cx.now) {
            return update(judged, cx);
        }
        finalizer::sync(&definition, &mut self.waiting, cx)
    }
}

/// A condition without a time.
fn condition(kind: &str, status: bool, reason: &str, message: &str) -> Value {
    let status = if status { "True" } else { "False" };
    tree!({"type": kind, "status": status, "reason": reason, "message": message})
}

/// A definition with a condition; its time changes with its status (`SetCRDCondition`).
fn with_condition(mut definition: Value, mut new: Value, now: Timestamp) -> Value {
    let conditions = definition.at_mut(&["status", "conditions"]).items_mut();
    let kind = new.get("type").clone();
    match conditions.iter_mut().find(|c| *c.get("type") == kind) {
        Some(present) => {
            let same = present.get("status") == new.get("status");
            match present.get("lastTransitionTime") {
                since if same && !since.is_null() => new.set("lastTransitionTime", since.clone()),
                _ => new.set("lastTransitionTime", now),
            }
            *present = new;
        }
        None => {
            new.set("lastTransitionTime", now);
            conditions.push(new);
        }
    }
    definition
}

/// Writes a definition's status. What was changed or deleted meanwhile comes again by itself.
fn update(definition: Value, cx: &mut Cx<'_>) -> Outcome {
    match cx.update_status(definitions(), definition) {
        Err(e) if !e.is_not_found() && !e.is_conflict() => Err(Error::from(e)),
        _ => Ok(Action::AwaitChange),
    }
}

impl Component for ApiExtensions {
    fn name(&self) -> &str {
        "kube-apiserver"
    }

    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn {
        let identity = self.identity.clone();
        let mut cx = Cx {
            now: cx.now,
            rng: cx.rng,
            api: cx.api,
            identity: &identity,
            cause: cx.cause,
        };
        self.observe(&mut cx);
        for _ in 0..BUDGET {
            let Some(key) = self.queue.get(cx.now) else {
                return Turn::Idle;
            };
            cx.cause = self.causes.remove(&key).unwrap_or(Cause(0));
            match self.reconcile(&key, &mut cx) {
                Ok(Action::RequeueAfter(delay)) => {
                    self.queue.forget(&key);
                    self.queue.add_after(key.clone(), cx.now, delay);
                }
                Ok(Action::AwaitChange) => self.queue.forget(&key),
                Err(_) => self.queue.add_rate_limited(key.clone(), cx.now),
            }
            self.queue.done(&key);
        }
        Turn::Busy
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let times = [self.queue.next_deadline(), self.definitions.next_deadline()];
        times.into_iter().flatten().min()
    }
}
