//! The feed of what just happened: writes and Kubernetes' events, told once, alike ones together.

use super::frame::{ActivityLine, Because, Pulse, Verb};
use super::protocol::ObjectRef;
use super::store::{
    Change, DEPLOYMENT, EVENT, POD, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET,
};
use super::trace::Write;
use super::traffic::Passed;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::SortedMap;
use std::collections::{BTreeMap, VecDeque};

/// Writes remembered, newest revisions.
const REMEMBERED: usize = 10_000;
/// Lines kept for the next frame.
const PENDING: usize = 200;
/// Lines looked back over for an alike one to join.
const LOOK_BACK: usize = 8;

/// Events that only repeat what a write already said.
const TOLD_BY_WRITES: [&str; 5] = [
    "SuccessfulCreate",
    "SuccessfulDelete",
    "ScalingReplicaSet",
    "ScalingReplicationController",
    "Scheduled",
];

/// What was written, by whom and why; and the lines and pulses that the next frame carries.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    writes: BTreeMap<u64, Write>,
    by_object: BTreeMap<(String, String, String), VecDeque<u64>>,
    scaled: SortedMap<u64, (i64, i64)>,
    lines: VecDeque<ActivityLine>,
    pulses: SortedMap<String, u32>,
    next_id: u64,
    traced: bool,
}

/// Who writes, as people call it: a component, `kubelet/NODE`, `kubectl`, or the user's name.
pub fn who(user: &str, agent: &str) -> String {
    if let Some(node) = user.strip_prefix("system:node:") {
        return format!("kubelet/{node}");
    }
    if let Some(account) = user.strip_prefix("system:serviceaccount:kube-system:") {
        return account.to_owned();
    }
    if let Some(name) = user.strip_prefix("system:") {
        return match agent.rsplit_once('/') {
            Some((_, part))
                if name == "kube-controller-manager" && part.contains("-controller") =>
            {
                part.to_owned()
            }
            _ => name.to_owned(),
        };
    }
    match agent.split(['/', ' ']).next() {
        Some(tool @ ("kubectl" | "kubarium")) => tool.to_owned(),
        _ => user.to_owned(),
    }
}

fn object_key(o: &ObjectRef) -> (String, String, String) {
    (o.kind.clone(), o.namespace.clone(), o.name.clone())
}

impl Activity {
    /// Takes in a write. Call it after the changes of the same turn were taken in.
    pub fn write(&mut self, write: Write) {
        self.traced = true;
        let who = who(&write.user, &write.agent);
        if write.object.kind == "Lease" || write.object.kind == "Event" {
            return;
        }
        *self.pulses.entry(who.clone()).or_default() += 1;
        if let Some(verb) = self.line_verb(&write) {
            let (reason, message) = match (verb, self.scaled.get(&write.revision)) {
                (Verb::Scaled, Some((from, to))) => (format!("{from} → {to}"), String::new()),
                _ => Default::default(),
            };
            self.push(ActivityLine {
                at_ms: write.at.0 / 1000,
                who,
                verb,
                object: write.object.clone(),
                reason,
                message,
                because: self.because(write.cause),
                ..ActivityLine::default()
            });
        }
        self.remember(write);
    }

    fn remember(&mut self, write: Write) {
        let of = self.by_object.entry(object_key(&write.object)).or_default();
        of.push_back(write.revision);
        if of.len() > 64 {
            // The first one, its creation, is worth keeping longest.
            of.remove(1);
        }
        self.writes.insert(write.revision, write);
        while self.writes.len() > REMEMBERED {
            let Some((revision, old)) = self.writes.pop_first() else {
                break;
            };
            self.scaled.remove(&revision);
            let key = object_key(&old.object);
            if let Some(of) = self.by_object.get_mut(&key) {
                of.retain(|r| *r != revision);
                if of.is_empty() {
                    self.by_object.remove(&key);
                }
            }
        }
    }

    /// What a write is called in the feed; none where it is not worth a line.
    fn line_verb(&self, write: &Write) -> Option<Verb> {
        let scaled = self.scaled.contains_key(&write.revision);
        match (&*write.verb, &*write.subresource) {
            ("create", "binding") => Some(Verb::Bound),
            ("create", "eviction") => Some(Verb::Evicted),
            ("create", "") => Some(Verb::Created),
            ("delete" | "deletecollection", "") => Some(Verb::Deleted),
            ("update" | "patch", "" | "scale") if scaled => Some(Verb::Scaled),
            ("update" | "patch", "") if write.object.kind != "Node" => Some(Verb::Updated),
            _ => None,
        }
    }

    fn because(&self, cause: Option<u64>) -> Option<Because> {
        let write = self.writes.get(&cause?)?;
        Some(Because {
            who: who(&write.user, &write.agent),
            verb: self.any_verb(write),
            object: write.object.clone(),
        })
    }

    fn any_verb(&self, write: &Write) -> Verb {
        self.line_verb(write).unwrap_or(Verb::Updated)
    }

    /// Takes in a change of an object.
    pub fn change(&mut self, change: &Change, now: Timestamp) {
        match (change.kind, &change.old, &change.new) {
            (EVENT, old, Some(new)) => self.event(old.as_ref(), new, now),
            (POD, Some(old), Some(new)) => self.readiness(old, new, now),
            (
                DEPLOYMENT | REPLICA_SET | REPLICATION_CONTROLLER | STATEFUL_SET,
                Some(old),
                Some(new),
            ) => {
                let replicas = |o: &Value| o.at(&["spec", "replicas"]).as_i64().unwrap_or(1);
                let (from, to) = (replicas(old), replicas(new));
                if let (true, Ok(revision)) = (from != to, new.resource_version().parse()) {
                    self.scaled.insert(revision, (from, to));
                }
            }
            _ => {}
        }
    }

    fn event(&mut self, old: Option<&Value>, event: &Value, now: Timestamp) {
        let reason = event.get("reason").str();
        if old.is_some_and(|o| o.get("count") == event.get("count"))
            || (self.traced && TOLD_BY_WRITES.contains(&reason))
        {
            return;
        }
        let involved = event.get("involvedObject");
        let source = event.at(&["source", "component"]).str();
        let source = match source {
            "" => event.get("reportingComponent").str(),
            s => s,
        };
        let host = event.at(&["source", "host"]).str();
        let who = match (source, host) {
            ("kubelet", host) if !host.is_empty() => format!("kubelet/{host}"),
            ("default-scheduler", _) => "kube-scheduler".to_owned(),
            (s, _) => s.to_owned(),
        };
        self.push(ActivityLine {
            at_ms: now.0 / 1000,
            who,
            verb: Verb::Said,
            object: ObjectRef {
                api_version: involved.api_version().to_owned(),
                kind: involved.kind().to_owned(),
                namespace: involved.get("namespace").str().to_owned(),
                name: involved.get("name").str().to_owned(),
            },
            reason: reason.to_owned(),
            message: event.get("message").str().to_owned(),
            warning: event.get("type") == "Warning",
            ..ActivityLine::default()
        });
    }

    fn readiness(&mut self, old: &Value, new: &Value, now: Timestamp) {
        let ready = |o: &Value| super::pods::is_true(o, "Ready");
        let verb = match (ready(old), ready(new)) {
            (false, true) => Verb::Ready,
            (true, false) if !new.is_terminating() => Verb::Unready,
            _ => return,
        };
        self.push(ActivityLine {
            at_ms: now.0 / 1000,
            who: format!("kubelet/{}", new.at(&["spec", "nodeName"]).str()),
            verb,
            object: ObjectRef::of(new, "v1", "Pod"),
            warning: verb == Verb::Unready,
            ..ActivityLine::default()
        });
    }

    /// Tells of a request that a NetworkPolicy let vanish; others are not told here.
    pub fn kept_out(&mut self, passed: &Passed) {
        let first = passed.by.split(", ").next().unwrap_or_default();
        let Some((namespace, name)) = first.split_once('/') else {
            return;
        };
        let end = |name: &str| match name {
            "" => "outside".to_owned(),
            pod => ["pod ", pod].concat(),
        };
        self.push(ActivityLine {
            at_ms: passed.at.0 / 1000,
            who: "network".to_owned(),
            verb: Verb::Said,
            object: ObjectRef::new("networking.k8s.io/v1", "NetworkPolicy", namespace, name),
            reason: "Dropped".to_owned(),
            message: [&end(&passed.from), " → ", &end(&passed.to)].concat(),
            warning: true,
            ..ActivityLine::default()
        });
    }

    /// Adds a line, or joins it to an alike one that waits for the same frame.
    fn push(&mut self, mut line: ActivityLine) {
        let alike = |l: &&mut ActivityLine| {
            l.verb == line.verb
                && l.object.kind == line.object.kind
                && l.object.namespace == line.object.namespace
                && l.reason == line.reason
                && kind_of(&l.who) == kind_of(&line.who)
                && l.because == line.because
        };
        if let Some(found) = self.lines.iter_mut().rev().take(LOOK_BACK).find(alike) {
            if found.object != line.object || line.verb != Verb::Updated {
                found.count += 1;
            }
            if found.who != line.who {
                found.who = kind_of(&found.who).to_owned();
            }
            found.object = line.object;
            found.message = line.message;
            found.at_ms = line.at_ms;
            return;
        }
        self.next_id += 1;
        line.id = self.next_id;
        line.count = 1;
        self.lines.push_back(line);
        while self.lines.len() > PENDING {
            self.lines.pop_front();
        }
    }

    /// Takes out what waits for the next frame.
    pub fn take(&mut self) -> (Vec<ActivityLine>, Vec<Pulse>) {
        let pulses = std::mem::take(&mut self.pulses);
        let pulses = pulses.into_iter().map(|(who, count)| Pulse { who, count });
        (std::mem::take(&mut self.lines).into(), pulses.collect())
    }

    /// The write that made this revision.
    pub fn at(&self, revision: u64) -> Option<&Write> {
        self.writes.get(&revision)
    }

    /// The writes of one object, oldest first.
    pub fn of(&self, object: &ObjectRef) -> impl DoubleEndedIterator<Item = &Write> {
        self.by_object
            .get(&object_key(object))
            .into_iter()
            .flatten()
            .filter_map(|r| self.writes.get(r))
    }

    /// The chain of writes that led to this one, the first cause first. A write never names a later one as its cause.
    pub fn chain<'a>(&'a self, write: &'a Write) -> Vec<(&'a Write, Verb)> {
        let mut chain = vec![(write, self.any_verb(write))];
        let mut revision = write.revision;
        let mut next = write.cause;
        while let Some(cause) = next.and_then(|r| self.writes.get(&r)) {
            if cause.revision >= revision || chain.len() >= 24 {
                break;
            }
            revision = cause.revision;
            chain.push((cause, self.any_verb(cause)));
            next = cause.cause;
        }
        chain.reverse();
        chain
    }
}

/// `kubelet/worker-1` → `kubelet`.
fn kind_of(who: &str) -> &str {
    who.split('/').next().unwrap_or(who)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(revision: u64, user: &str, verb: &str, kind: &str, name: &str, cause: u64) -> Write {
        Write {
            revision,
            at: Timestamp::from_secs(1),
            user: user.into(),
            agent: "kubectl/v1.36.2".into(),
            verb: verb.into(),
            subresource: "".into(),
            object: ObjectRef {
                api_version: "v1".into(),
                kind: kind.into(),
                namespace: "default".into(),
                name: name.into(),
            },
            cause: (cause > 0).then_some(cause),
        }
    }

    #[test]
    fn alike_writes_become_one_line_and_causes_a_chain() {
        let mut a = Activity::default();
        let controller = "system:serviceaccount:kube-system:replicaset-controller";
        a.write(write(
            1,
            "kubernetes-admin",
            "create",
            "ReplicaSet",
            "web",
            0,
        ));
        a.write(write(2, controller, "create", "Pod", "web-1", 1));
        a.write(write(3, controller, "create", "Pod", "web-2", 1));
        let last = a.at(3).expect("just written");
        let chain: Vec<_> = a.chain(last).iter().map(|(w, _)| w.revision).collect();
        assert_eq!(chain, [1, 3]);
        let (lines, pulses) = a.take();
        let told: Vec<_> = lines.iter().map(|l| (&*l.who, l.verb, l.count)).collect();
        assert_eq!(
            told,
            [
                ("kubectl", Verb::Created, 1),
                ("replicaset-controller", Verb::Created, 2)
            ]
        );
        assert_eq!(
            lines[1].because.as_ref().map(|b| &*b.object.name),
            Some("web")
        );
        assert_eq!(pulses.len(), 2);
    }

    #[test]
    fn writers_are_called_as_people_call_them() {
        for (user, agent, expected) in [
            ("system:node:w1", "kubelet/v1.36.2", "kubelet/w1"),
            (
                "system:kube-scheduler",
                "kube-scheduler/v1",
                "kube-scheduler",
            ),
            ("kubernetes-admin", "kubectl/v1.36.2 (linux)", "kubectl"),
            ("alice", "curl/8", "alice"),
        ] {
            assert_eq!(who(user, agent), expected);
        }
    }
}
