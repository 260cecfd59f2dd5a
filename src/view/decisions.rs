//! The scheduler's latest decisions, for the inspector: as many as have so many verdicts together.

use super::frame::Key;
use super::trace::Scheduled;
use std::collections::{BTreeMap, VecDeque};

/// How many verdicts are kept.
const VERDICTS: usize = 50_000;

/// What was decided about pods, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// Each with its place in the order.
    of: BTreeMap<Key, (u64, Scheduled)>,
    /// The pods in the order in which they were first decided about; some may have gone, or come again since.
    order: VecDeque<(u64, Key)>,
    next: u64,
    verdicts: usize,
}

impl Decisions {
    /// The latest decision about a pod, if it is still kept.
    pub fn get(&self, pod: &str) -> Option<&Scheduled> {
        self.of.get(pod).map(|(_, decision)| decision)
    }

    /// Keeps a decision in place of an earlier one about the pod; the oldest go where there are too many.
    pub fn insert(&mut self, pod: Key, decision: Scheduled) {
        self.verdicts += decision.verdicts.len();
        match self.of.get_mut(&pod) {
            Some((_, earlier)) => {
                self.verdicts -= earlier.verdicts.len();
                *earlier = decision;
            }
            None => {
                self.next += 1;
                self.order.push_back((self.next, pod.clone()));
                self.of.insert(pod, (self.next, decision));
            }
        }
        // Pods that have gone leave their keys behind until it is their turn.
        while self.verdicts > VERDICTS || self.order.len() > VERDICTS {
            let Some((place, oldest)) = self.order.pop_front() else {
                return;
            };
            if self.of.get(&oldest).is_some_and(|(at, _)| *at == place) {
                self.remove(&oldest);
            }
        }
    }

    /// Forgets a pod.
    pub fn remove(&mut self, pod: &str) {
        if let Some((_, gone)) = self.of.remove(pod) {
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
        // One that went and came again is as young as its second coming.
        all.remove("a");
        all.insert("a".into(), decision(1));
        for i in 0..30 {
            all.insert(format!("q{i}"), decision(50));
        }
        let kept = ["a", "p0", "p1", "p100", "q29"].map(|pod| all.get(pod).is_some());
        assert_eq!(kept, [true, false, false, true, true]);
    }
}
