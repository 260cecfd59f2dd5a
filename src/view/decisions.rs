//! The scheduler's latest decisions, for the inspector: as many as have so many verdicts together.

use super::frame::Key;
use super::trace::Scheduled;
use std::collections::{BTreeMap, VecDeque};

/// How many verdicts are kept.
const VERDICTS: usize = 50_000;

/// What was decided about pods, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    of: BTreeMap<Key, Scheduled>,
    /// The pods in the order in which they were first decided about; some may have gone.
    order: VecDeque<Key>,
    verdicts: usize,
}

impl Decisions {
    /// The latest decision about a pod, if it is still kept.
    pub fn get(&self, pod: &str) -> Option<&Scheduled> {
        self.of.get(pod)
    }

    /// Keeps a decision in place of an earlier one about the pod; the oldest go where there are too many.
    pub fn insert(&mut self, pod: Key, decision: Scheduled) {
        self.verdicts += decision.verdicts.len();
        match self.of.insert(pod.clone(), decision) {
            Some(earlier) => self.verdicts -= earlier.verdicts.len(),
            None => self.order.push_back(pod),
        }
        // Pods that have gone leave their keys behind until it is their turn.
        while self.verdicts > VERDICTS || self.order.len() > VERDICTS {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            self.remove(&oldest);
        }
    }

    /// Forgets a pod.
    pub fn remove(&mut self, pod: &str) {
        if let Some(gone) = self.of.remove(pod) {
            self.verdicts -= gone.verdicts.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Timestamp;
    use crate::view::frame::Verdict;

    #[test]
    fn the_oldest_decisions_go_where_there_are_too_many() {
        let mut all = Decisions::default();
        let decision = |verdicts| Scheduled {
            at: Timestamp::default(),
            namespace: String::new(),
            pod: String::new(),
            chosen: None,
            verdicts: vec![Verdict::default(); verdicts],
        };
        all.insert("a".into(), decision(1));
        for i in 0..1000 {
            all.insert(format!("p{i}"), decision(49));
            all.insert("b".into(), decision(1));
        }
        all.remove("p999");
        let kept = ["a", "b", "p0", "p998", "p999"].map(|pod| all.get(pod).is_some());
        assert_eq!(kept, [true, true, true, true, false]);
        assert_eq!(all.verdicts, 2 + 999 * 49);
        for i in 0..30 {
            all.insert(format!("q{i}"), decision(50));
        }
        let kept = ["a", "p0", "p1", "p100", "q29"].map(|pod| all.get(pod).is_some());
        assert_eq!(kept, [false, false, false, true, true]);
    }
}
