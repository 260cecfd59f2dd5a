//! Records events as client-go's `tools/record` does: equal ones are counted, similar ones aggregated, floods cut.

use super::{Cx, PatchType};
use crate::apimachinery::status::AWAITS_WEBHOOKS;
use crate::apimachinery::words::Words;
use crate::apimachinery::{Text, Timestamp, Value, schema};
use crate::tree;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const MAX_SIMILAR: usize = 10;
const SIMILAR_WINDOW: Duration = Duration::from_secs(600);
const SPAM_BURST: f64 = 25.0;
const SPAM_REFILL_PER_SECOND: f64 = 1.0 / 300.0;
const CACHE: usize = 4096;
const WORDS: usize = 64;
const MESSAGES: usize = 8;

#[derive(Clone, Debug)]
struct Seen {
    /// The number in the event's name.
    number: u64,
    count: i64,
}

#[derive(Clone, Debug)]
struct Similar {
    message: u64,
    /// Other messages than the first; mostly there are none.
    others: Box<[u64]>,
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
    /// `source`, `reportingComponent` and `reportingInstance` of its events, which all share them.
    source: [Value; 3],
    /// Types and reasons that were used, which its events share too.
    words: Words<WORDS>,
    /// Messages of late: containers of one image are told of in the same words.
    messages: VecDeque<Text>,
    /// The number in the name of the last event.
    last_name: u64,
    /// The reference to what the last event was about: the next ones mostly share it.
    involved: Value,
    seen: BTreeMap<u64, Seen>,
    similar: BTreeMap<u64, Similar>,
    spam: BTreeMap<u64, Spam>,
}

impl EventRecorder {
    /// A recorder for a component such as `kubelet`, on a host ("" for none).
    pub fn new(component: &'static str, host: &str) -> Self {
        let mut source = tree!({"component": component});
        if !host.is_empty() {
            source.set("host", host);
        }
        let component = Value::Str(Text::from_static(component));
        Self {
            source: [source, component, host.into()],
            words: Words::default(),
            messages: VecDeque::new(),
            last_name: 0,
            involved: Value::Null,
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
        // It is tried again at once.
        if message.contains(AWAITS_WEBHOOKS) {
            return;
        }
        let mut involved = involved(object, field_path);
        if involved == self.involved {
            involved = self.involved.clone();
        } else {
            self.involved = involved.clone();
        }
        let about = hash([
            object.kind(),
            object.namespace(),
            object.name(),
            object.uid(),
            object.api_version(),
        ]);
        if !self.take_spam_token(about, cx.now) {
            return;
        }
        let mut message = message.to_owned();
        let group = about ^ hash([kind, reason]);
        let mut key = group ^ hash([field_path, &message]).rotate_left(1);
        if self.is_aggregated(group, &message, cx.now) {
            key = group;
            message = format!("(combined from similar events): {message}");
        }
        if self.repeat(cx, key, &involved, &message) {
            return;
        }
        self.first(cx, key, involved, kind, reason, &message);
    }

    fn take_spam_token(&mut self, about: u64, now: Timestamp) -> bool {
        trim(&mut self.spam);
        let spam = self.spam.entry(about).or_insert(Spam {
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

    fn is_aggregated(&mut self, group: u64, message: &str, now: Timestamp) -> bool {
        trim(&mut self.similar);
        let message = hash([message]);
        let similar = self.similar.entry(group).or_insert_with(|| Similar {
            message,
            others: Box::default(),
            last: now,
        });
        if now.since(similar.last) > SIMILAR_WINDOW {
            similar.message = message;
            similar.others = Box::default();
        }
        similar.last = now;
        let known = similar.message == message || similar.others.contains(&message);
        if !known && 1 + similar.others.len() < MAX_SIMILAR {
            let others = similar.others.iter().copied();
            similar.others = others.chain([message]).collect();
        }
        1 + similar.others.len() >= MAX_SIMILAR
    }

    fn repeat(&mut self, cx: &mut Cx<'_>, key: u64, involved: &Value, message: &str) -> bool {
        let Some(seen) = self.seen.get_mut(&key) else {
            return false;
        };
        seen.count += 1;
        let patch = tree!({"count": seen.count, "lastTimestamp": cx.now, "message": message});
        let namespace = event_namespace(involved);
        let name = event_name(involved, seen.number);
        match cx.patch(events(), namespace, &name, "", PatchType::Strategic, patch) {
            Ok(_) => true,
            Err(e) if e.is_not_found() => {
                self.seen.remove(&key);
                false
            }
            Err(_) => true,
        }
    }

    fn first(
        &mut self,
        cx: &mut Cx<'_>,
        key: u64,
        involved: Value,
        kind: &str,
        reason: &str,
        message: &str,
    ) {
        let namespace = Text::from(event_namespace(&involved));
        // Upstream names events after the nanosecond; draws keep names apart within one microsecond.
        let nanos = (cx.now.0 as u64).wrapping_mul(1000) + cx.rng.below(1000) as u64;
        // Lists are in the order of names: what is told later at one moment comes later.
        let nanos = nanos.max(self.last_name + 1);
        self.last_name = nanos;
        let name = event_name(&involved, nanos);
        let now = cx.now.to_text();
        let (kind, reason) = (self.words.get(kind), self.words.get(reason));
        let message = self.message(message);
        let [source, component, host] = &self.source;
        let event = tree!({
            "apiVersion": "v1", "count": 1, "eventTime": null, "firstTimestamp": now,
            "involvedObject": involved, "kind": "Event", "lastTimestamp": now, "message": message,
            "metadata": {"name": name, "namespace": namespace}, "reason": reason,
            "reportingComponent": component, "reportingInstance": host, "source": source, "type": kind,
        });
        if cx.create(events(), &namespace, event).is_ok() {
            trim(&mut self.seen);
            let (number, count) = (nanos, 1);
            self.seen.insert(key, Seen { number, count });
        }
    }

    fn message(&mut self, message: &str) -> Text {
        if let Some(known) = self.messages.iter().find(|m| **m == message) {
            return known.clone();
        }
        let new = Text::from(message);
        if self.messages.len() == MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(new.clone());
        new
    }
}

/// Stands for some strings in the caches, which would otherwise keep kilobytes for every pod (FNV-1a of 64 bits). As upstream's
/// keys, it leaves the object's revision out: what happens again is the same event though the object changed meanwhile.
fn hash<const N: usize>(parts: [&str; N]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for b in part.bytes().chain([0]) {
            h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    h
}

fn trim<V>(cache: &mut BTreeMap<u64, V>) {
    while cache.len() >= CACHE {
        cache.pop_first();
    }
}

fn events() -> &'static schema::ResourceDef {
    schema::resource("", "v1", "events").expect("events are built in")
}

fn event_name(involved: &Value, number: u64) -> String {
    [involved.get("name").str(), ".", &format!("{number:016x}")].concat()
}

fn event_namespace(involved: &Value) -> &str {
    match involved.get("namespace").str() {
        "" => "default",
        ns => ns,
    }
}

/// The reference to an object, which shares the object's texts.
fn involved(object: &Value, field_path: &str) -> Value {
    let meta = object.meta();
    let path = Value::from(field_path);
    let fields = [
        ("apiVersion", object.get("apiVersion")),
        ("fieldPath", &path),
        ("kind", object.get("kind")),
        ("name", meta.get("name")),
        ("namespace", meta.get("namespace")),
        ("resourceVersion", meta.get("resourceVersion")),
        ("uid", meta.get("uid")),
    ];
    let given = fields.into_iter().filter(|(_, v)| !v.is_empty());
    let entries = given.map(|(k, v)| (Text::from_static(k), v.clone()));
    Value::Map(entries.collect())
}
