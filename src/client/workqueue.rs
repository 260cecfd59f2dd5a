//! client-go's rate-limited work queue: an item is in the queue at most once, and never worked on twice at a time.

use crate::apimachinery::Timestamp;
use crate::collections::{SortedMap, SortedSet};
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

const BASE_DELAY: Duration = Duration::from_millis(5);
const MAX_DELAY: Duration = Duration::from_secs(1000);
const BUCKET_PER_SECOND: f64 = 10.0;
const BUCKET_BURST: f64 = 100.0;

/// A queue of keys with client-go's semantics.
#[derive(Clone, Debug)]
pub struct WorkQueue<K: Ord + Clone> {
    queue: VecDeque<K>,
    dirty: SortedSet<K>,
    processing: SortedSet<K>,
    waiting: BTreeSet<(Timestamp, K)>,
    ready_at: SortedMap<K, Timestamp>,
    failures: SortedMap<K, u32>,
    tokens: f64,
    filled_at: Timestamp,
}

impl<K: Ord + Clone> Default for WorkQueue<K> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            dirty: SortedSet::new(),
            processing: SortedSet::new(),
            waiting: BTreeSet::new(),
            ready_at: SortedMap::new(),
            failures: SortedMap::new(),
            tokens: BUCKET_BURST,
            filled_at: Timestamp::default(),
        }
    }
}

impl<K: Ord + Clone> WorkQueue<K> {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; one that is already queued stays where it is, one being worked on is queued again when done.
    pub fn add(&mut self, key: K) {
        if self.dirty.insert(key.clone()) && !self.processing.contains(&key) {
            self.queue.push_back(key);
        }
    }

    /// Adds a key at a later time; of several times the earliest holds.
    pub fn add_after(&mut self, key: K, now: Timestamp, delay: Duration) {
        if delay.is_zero() {
            return self.add(key);
        }
        let at = now + delay;
        match self.ready_at.get(&key) {
            Some(&earlier) if earlier <= at => return,
            Some(&later) => {
                self.waiting.remove(&(later, key.clone()));
            }
            None => {}
        }
        self.ready_at.insert(key.clone(), at);
        self.waiting.insert((at, key));
    }

    /// Adds a key after a delay that doubles with each failure (5 ms to 1000 s) and respects the overall bucket (10/s, burst 100).
    pub fn add_rate_limited(&mut self, key: K, now: Timestamp) {
        let failures = self.failures.entry(key.clone()).or_insert(0);
        let own = BASE_DELAY
            .checked_mul(1u32.checked_shl((*failures).min(30)).unwrap_or(u32::MAX))
            .unwrap_or(MAX_DELAY)
            .min(MAX_DELAY);
        *failures += 1;
        let delay = own.max(self.take_token(now));
        self.add_after(key, now, delay);
    }

    fn take_token(&mut self, now: Timestamp) -> Duration {
        let passed = now.since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * BUCKET_PER_SECOND).min(BUCKET_BURST);
        self.filled_at = now;
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_micros((-self.tokens / BUCKET_PER_SECOND * 1e6) as u64)
        }
    }

    /// Forgets a key's failures.
    pub fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// How often a key failed since it was last forgotten.
    pub fn num_requeues(&self, key: &K) -> u32 {
        self.failures.get(key).copied().unwrap_or(0)
    }

    /// Takes the next key to work on; [`WorkQueue::done`] must follow.
    pub fn get(&mut self, now: Timestamp) -> Option<K> {
        while self.waiting.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, key)) = self.waiting.pop_first()
        {
            self.ready_at.remove(&key);
            self.add(key);
        }
        let key = self.queue.pop_front()?;
        self.dirty.remove(&key);
        self.processing.insert(key.clone());
        Some(key)
    }

    /// Says that work on a key has ended.
    pub fn done(&mut self, key: &K) {
        self.processing.remove(key);
        if self.dirty.contains(key) {
            self.queue.push_back(key.clone());
        }
    }

    /// Whether keys are ready now.
    pub fn is_ready(&self) -> bool {
        !self.queue.is_empty()
    }

    /// When the next waiting key becomes ready.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(t, _)| *t)
    }

    /// How many keys are ready.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no key is ready.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_queued_once_and_again_only_when_done() {
        let now = Timestamp::from_secs(100);
        let mut q = WorkQueue::new();
        q.add("a");
        q.add("a");
        assert_eq!(q.get(now), Some("a"));
        q.add("a");
        assert_eq!(q.get(now), None);
        q.done(&"a");
        assert_eq!(q.get(now), Some("a"));
    }

    #[test]
    fn failures_double_the_delay() {
        let now = Timestamp::from_secs(100);
        let mut q = WorkQueue::new();
        for ms in [5, 10, 20, 40] {
            q.add_rate_limited("a", now);
            assert_eq!(q.next_deadline(), Some(now + Duration::from_millis(ms)));
            assert_eq!(q.get(now + Duration::from_millis(ms)), Some("a"));
            q.done(&"a");
        }
        q.forget(&"a");
        assert_eq!(q.num_requeues(&"a"), 0);
    }
}
