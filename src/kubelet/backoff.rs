//! Exponential back-off per key (client-go's `flowcontrol.Backoff`).

use crate::apimachinery::Timestamp;
use crate::collections::SortedMap;
use std::time::Duration;

#[derive(Clone, Debug)]
struct Entry {
    backoff: Duration,
    updated: Timestamp,
}

/// Delays that double with each failure and are forgotten after a quiet time of twice the longest one.
#[derive(Clone, Debug)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    entries: SortedMap<String, Entry>,
}

impl Backoff {
    /// Delays from `initial` to `max`.
    pub fn new(initial: Duration, max: Duration) -> Self {
        Self {
            initial,
            max,
            entries: SortedMap::new(),
        }
    }

    /// Notes a failure at `now`: the next delay is set.
    pub fn next(&mut self, key: &str, now: Timestamp) {
        let (initial, max) = (self.initial, self.max);
        match self.entries.get_mut(key) {
            Some(e) if now.since(e.updated) <= max * 2 => {
                e.backoff = (e.backoff * 2).min(max);
                e.updated = now;
            }
            _ => {
                self.entries.insert(
                    key.to_owned(),
                    Entry {
                        backoff: initial,
                        updated: now,
                    },
                );
            }
        }
    }

    /// The present delay.
    pub fn get(&self, key: &str) -> Duration {
        self.entries.get(key).map_or(Duration::ZERO, |e| e.backoff)
    }

    /// Until when `key` must wait for what failed at `since`; `None` where it need not (any more).
    pub fn until(&self, key: &str, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let e = self.entries.get(key)?;
        if now.since(e.updated) > self.max * 2 {
            return None;
        }
        let until = since + e.backoff;
        (now < until).then_some(until)
    }

    /// Until when `key` must wait, counted from its last failure.
    pub fn until_since_update(&self, key: &str, now: Timestamp) -> Option<Timestamp> {
        let since = self.entries.get(key)?.updated;
        self.until(key, since, now)
    }

    /// Forgets the keys that begin with `prefix`.
    pub fn forget(&mut self, prefix: &str) {
        self.entries.retain(|k, _| !k.starts_with(prefix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_are_forgotten() {
        let mut b = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
        let mut now = Timestamp::from_secs(1000);
        let mut delays = Vec::new();
        for _ in 0..7 {
            b.next("a", now);
            delays.push(b.get("a").as_secs());
            assert_eq!(b.until("a", now, now), Some(now + b.get("a")));
            now = now + b.get("a");
            assert_eq!(b.until_since_update("a", now), None);
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        b.next("a", now + Duration::from_secs(601));
        assert_eq!(b.get("a").as_secs(), 10);
    }
}
