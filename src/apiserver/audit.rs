//! The audit log: who made which write, and what they were reacting to.

use crate::apimachinery::{Text, Timestamp};
use std::collections::VecDeque;

/// The object that a write concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    /// API group, "" for the core group.
    pub group: &'static str,
    /// Version of the request.
    pub version: &'static str,
    /// Plural name of the resource.
    pub resource: &'static str,
    /// Subresource, or "".
    pub subresource: Text,
    /// Namespace, or "".
    pub namespace: Text,
    /// Name.
    pub name: Text,
    /// UID.
    pub uid: Text,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The revision it made.
    pub revision: u64,
    /// When.
    pub time: Timestamp,
    /// User name.
    pub user: Text,
    /// `User-Agent`.
    pub user_agent: Text,
    /// `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: &'static str,
    /// The object.
    pub object: ObjectRef,
    /// The revision of the write that the sender was reacting to, where it said so.
    pub cause: Option<u64>,
    /// What admission noted: keys and values.
    pub annotations: Vec<(String, String)>,
}

/// A bounded ring of the latest writes, in order of revision.
#[derive(Clone, Debug)]
pub struct AuditLog {
    events: VecDeque<AuditEvent>,
    capacity: usize,
}

impl AuditLog {
    /// An empty log that keeps `capacity` writes.
    pub fn new(capacity: usize) -> Self {
        AuditLog {
            events: VecDeque::new(),
            capacity,
        }
    }
    pub(super) fn push(&mut self, event: AuditEvent) {
        if self.events.len() == self.capacity {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
    /// All kept writes, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &AuditEvent> + ExactSizeIterator {
        self.events.iter()
    }
    /// The writes after `revision`, oldest first.
    pub fn since(&self, revision: u64) -> impl DoubleEndedIterator<Item = &AuditEvent> {
        let from = self.events.partition_point(|e| e.revision <= revision);
        self.events.range(from..)
    }
    /// The write that made `revision`.
    pub fn at(&self, revision: u64) -> Option<&AuditEvent> {
        let at = self
            .events
            .binary_search_by_key(&revision, |e| e.revision)
            .ok()?;
        self.events.get(at)
    }
    /// The writes to the object of that UID, oldest first.
    pub fn of_object<'a>(
        &'a self,
        uid: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a AuditEvent> {
        self.events.iter().filter(move |e| e.object.uid == *uid)
    }
    /// The writes that were made in reaction to `revision`, oldest first.
    pub fn effects(&self, revision: u64) -> impl Iterator<Item = &AuditEvent> {
        self.since(revision)
            .filter(move |e| e.cause == Some(revision))
    }
    /// The chain of causes that ends with `revision`: the first is what began it, the last the write itself.
    pub fn chain(&self, revision: u64) -> Vec<&AuditEvent> {
        let mut chain = Vec::new();
        let mut next = Some(revision);
        while let Some(event) = next.and_then(|r| self.at(r)) {
            next = event.cause.filter(|c| *c < event.revision);
            chain.push(event);
        }
        chain.reverse();
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(revision: u64, cause: Option<u64>) -> AuditEvent {
        AuditEvent {
            revision,
            time: Timestamp::default(),
            user: "u".into(),
            user_agent: "a".into(),
            verb: "create",
            object: ObjectRef {
                group: "",
                version: "v1",
                resource: "pods",
                subresource: "".into(),
                namespace: "ns".into(),
                name: "p".into(),
                uid: format!("uid-{revision}").into(),
            },
            cause,
            annotations: Vec::new(),
        }
    }

    #[test]
    fn chains_are_walked_both_ways_and_the_ring_is_bounded() {
        let mut log = AuditLog::new(4);
        for e in [
            write(2, None),
            write(3, Some(2)),
            write(5, Some(3)),
            write(7, Some(3)),
            write(9, Some(7)),
        ] {
            log.push(e);
        }
        let chain: Vec<u64> = log.chain(9).iter().map(|e| e.revision).collect();
        assert_eq!(chain, [3, 7, 9]);
        let effects: Vec<u64> = log.effects(3).map(|e| e.revision).collect();
        assert_eq!(effects, [5, 7]);
        assert!(log.at(2).is_none());
        assert_eq!(log.of_object("uid-5").count(), 1);
        assert_eq!(log.since(5).count(), 2);
    }
}
