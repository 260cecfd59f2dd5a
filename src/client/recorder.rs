//! Records events as client-go's `tools/record` does: equal ones are counted, similar ones aggregated, floods cut.

use super::{Cx, PatchType};
use crate::apimachinery::{Timestamp, Value, schema};
use crate::tree;
use std::collections::BTreeMap;
use std::time::Duration;

const MAX_SIMILAR: usize = 10;
const SIMILAR_WINDOW: Duration = Duration::from_secs(600);
const SPAM_BURST: f64 = 25.0;
const SPAM_REFILL_PER_SECOND: f64 = 1.0 / 300.0;
const CACHE: usize = 4096;

#[derive(Clone, Debug)]
struct Seen {
    name: String,
    count: i64,
    first: Timestamp,
    last: Timestamp,
}

#[derive(Clone, Debug)]
struct Similar {
    messages: Vec<String>,
    last: Timestamp,
}

#[derive(Clone, Debug)]
struct Spam {
    tokens: f64,
    at: Timestamp,
}

/// Writes events in the name of one component.
#[derive(Clone, Debug)]
pub struct EventRecorder {
    component: &'static str,
    host: String,
    seen: BTreeMap<String, Seen>,
    similar: BTreeMap<String, Similar>,
    spam: BTreeMap<String, Spam>,
}

impl EventRecorder {
    /// A recorder for a component such as `kubelet`, on a host ("" for none).
    pub fn new(component: &'static str, host: &str) -> Self {
        Self {
            component,
            host: host.to_owned(),
            seen: BTreeMap::new(),
            similar: BTreeMap::new(),
            spam: BTreeMap::new(),
        }
    }

    /// Records an event about `object`, whose `apiVersion` and kind must be set. `kind` is `Normal` or `Warning`.
    pub fn event(
        &mut self,
        cx: &mut Cx<'_>,
        object: &Value,
        kind: &str,
        reason: &str,
        message: &str,
    ) {
        self.event_about(cx, object, "", kind, reason, message);
    }

    /// Records an event about a part of `object`, such as `spec.containers{web}`.
    pub fn event_about(
        &mut self,
        cx: &mut Cx<'_>,
        object: &Value,
        field_path: &str,
        kind: &str,
        reason: &str,
        message: &str,
    ) {
        let involved = involved(object, field_path);
        // Which state of the object it was does not tell one event from another (`getEventKey`).
        let mut key = involved.clone();
        key.remove("resourceVersion");
        let about = key.to_json();
        if !self.take_spam_token(&about, cx.now) {
            return;
        }
        let mut message = message.to_owned();
        let mut key = format!("{about}|{kind}|{reason}|{message}");
        let group = format!("{about}|{kind}|{reason}");
        if self.is_aggregated(&group, &message, cx.now) {
            key = group;
            message = format!("(combined from similar events): {message}");
        }
        if self.repeat(cx, &key, &involved, &message) {
            return;
        }
        self.first(cx, &key, involved, kind, reason, &message);
    }

    fn take_spam_token(&mut self, about: &str, now: Timestamp) -> bool {
        trim(&mut self.spam);
        let spam = self.spam.entry(about.to_owned()).or_insert(Spam {
            tokens: SPAM_BURST,
            at: now,
        });
        spam.tokens = (spam.tokens + now.since(spam.at).as_secs_f64() * SPAM_REFILL_PER_SECOND)
            .min(SPAM_BURST);
        spam.at = now;
        if spam.tokens < 1.0 {
            return false;
        }
        spam.tokens -= 1.0;
        true
    }

    fn is_aggregated(&mut self, group: &str, message: &str, now: Timestamp) -> bool {
        trim(&mut self.similar);
        let similar = self
            .similar
            .entry(group.to_owned())
            .or_insert_with(|| Similar {
                messages: Vec::new(),
                last: now,
            });
        if now.since(similar.last) > SIMILAR_WINDOW {
            similar.messages.clear();
        }
        similar.last = now;
        if !similar.messages.iter().any(|m| m == message) && similar.messages.len() < MAX_SIMILAR {
            similar.messages.push(message.to_owned());
        }
        similar.messages.len() >= MAX_SIMILAR
    }

    fn repeat(&mut self, cx: &mut Cx<'_>, key: &str, involved: &Value, message: &str) -> bool {
        let Some(seen) = self.seen.get_mut(key) else {
            return false;
        };
        seen.count += 1;
        seen.last = cx.now;
        let patch =
            tree!({"count": seen.count, "lastTimestamp": cx.now.to_rfc3339(), "message": message});
        let namespace = event_namespace(involved);
        let name = seen.name.clone();
        match cx.patch(events(), namespace, &name, "", PatchType::Strategic, patch) {
            Ok(_) => true,
            Err(e) if e.is_not_found() => {
                self.seen.remove(key);
                false
            }
            Err(_) => true,
        }
    }

    fn first(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        involved: Value,
        kind: &str,
        reason: &str,
        message: &str,
    ) {
        let namespace = event_namespace(&involved).to_owned();
        // Upstream names events after the nanosecond; draws keep names apart within one microsecond.
        let nanos = (cx.now.0 as u64).wrapping_mul(1000) + cx.rng.below(1000) as u64;
        let name = format!("{}.{:016x}", involved.get("name").str(), nanos);
        let now = cx.now.to_rfc3339();
        let mut source = tree!({"component": self.component});
        if !self.host.is_empty() {
            source.set("host", &self.host);
        }
        let mut event = tree!({
            "apiVersion": "v1", "kind": "Event",
            "reason": reason, "message": message, "type": kind, "count": 1,
            "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
            "reportingComponent": self.component, "reportingInstance": self.host,
        });
        event.set_at(&["metadata", "name"], &name);
        event.set_at(&["metadata", "namespace"], &namespace);
        event.set("source", source);
        event.set("involvedObject", involved);
        if cx.create(events(), &namespace, event).is_ok() {
            trim(&mut self.seen);
            self.seen.insert(
                key.to_owned(),
                Seen {
                    name,
                    count: 1,
                    first: cx.now,
                    last: cx.now,
                },
            );
        }
    }

    /// When the oldest event that is still counted was first recorded.
    pub fn counting_since(&self) -> Option<Timestamp> {
        self.seen.values().map(|s| s.first.min(s.last)).min()
    }
}

fn trim<V>(cache: &mut BTreeMap<String, V>) {
    while cache.len() >= CACHE {
        cache.pop_first();
    }
}

fn events() -> &'static schema::ResourceDef {
    schema::resource("", "v1", "events").expect("events are built in")
}

fn event_namespace(involved: &Value) -> &str {
    match involved.get("namespace").str() {
        "" => "default",
        ns => ns,
    }
}

fn involved(object: &Value, field_path: &str) -> Value {
    let mut out =
        tree!({"kind": object.kind(), "name": object.name(), "apiVersion": object.api_version()});
    for (key, value) in [
        ("namespace", object.namespace()),
        ("uid", object.uid()),
        ("resourceVersion", object.resource_version()),
        ("fieldPath", field_path),
    ] {
        if !value.is_empty() {
            out.set(key, value);
        }
    }
    out
}
