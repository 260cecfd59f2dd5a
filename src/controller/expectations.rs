//! What a controller has asked for and not yet seen (upstream's `ControllerExpectations`, with the UIDs of deletions).

use crate::apimachinery::Timestamp;
use crate::collections::{SortedMap, SortedSet};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Clone, Debug)]
struct Expectation {
    creations: usize,
    deletions: SortedSet<String>,
    at: Timestamp,
}

/// Creations and deletions that the informers have yet to show, per key of the controlling object.
#[derive(Clone, Debug, Default)]
pub struct Expectations(SortedMap<String, Expectation>);

impl Expectations {
    /// Whether everything asked for was seen, or is five minutes late.
    pub fn satisfied(&self, key: &str, now: Timestamp) -> bool {
        self.0.get(key).is_none_or(|e| {
            (e.creations == 0 && e.deletions.is_empty()) || now.since(e.at) > TIMEOUT
        })
    }
    /// Expects `n` creations.
    pub fn expect_creations(&mut self, key: &str, n: usize, now: Timestamp) {
        let e = Expectation {
            creations: n,
            deletions: SortedSet::new(),
            at: now,
        };
        self.0.insert(key.to_owned(), e);
    }
    /// Expects these deletions, by whatever names them uniquely.
    pub fn expect_deletions(
        &mut self,
        key: &str,
        which: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) {
        let e = Expectation {
            creations: 0,
            deletions: which.into_iter().collect(),
            at: now,
        };
        self.0.insert(key.to_owned(), e);
    }
    /// Expects creations and deletions at once.
    pub fn expect(
        &mut self,
        key: &str,
        creations: usize,
        deletions: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) {
        let e = Expectation {
            creations,
            deletions: deletions.into_iter().collect(),
            at: now,
        };
        self.0.insert(key.to_owned(), e);
    }
    /// A creation was seen, or failed.
    pub fn creation_observed(&mut self, key: &str) {
        if let Some(e) = self.0.get_mut(key) {
            e.creations = e.creations.saturating_sub(1);
        }
    }
    /// A deletion was seen, or failed.
    pub fn deletion_observed(&mut self, key: &str, which: &str) {
        if let Some(e) = self.0.get_mut(key) {
            e.deletions.remove(which);
        }
    }
    /// Forgets a key.
    pub fn delete(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_hold_back_until_seen_or_late() {
        let now = Timestamp::from_secs(10);
        let mut e = Expectations::default();
        assert!(e.satisfied("a", now));
        e.expect_creations("a", 2, now);
        e.creation_observed("a");
        assert!(!e.satisfied("a", now));
        assert!(e.satisfied("a", now + Duration::from_secs(301)));
        e.creation_observed("a");
        assert!(e.satisfied("a", now));
        e.expect_deletions("a", ["u".to_owned()], now);
        e.deletion_observed("a", "v");
        assert!(!e.satisfied("a", now));
        e.deletion_observed("a", "u");
        assert!(e.satisfied("a", now));
    }
}
