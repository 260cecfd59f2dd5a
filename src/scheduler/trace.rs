//! Why each pod was placed where it was: every plugin's verdict and score per node, kept for the last attempts.

use crate::apimachinery::{Text, Timestamp};
use std::collections::VecDeque;

/// How many attempts are kept.
const KEPT: usize = 256;
/// How many verdicts on nodes they may have together: in large clusters fewer attempts are kept.
const VERDICTS: usize = 25_600;

/// What one plugin gave the nodes that fit, each at its place among them.
#[derive(Clone, Debug)]
pub struct PluginScores {
    /// The plugin.
    pub plugin: &'static str,
    /// What its scores are multiplied by.
    pub weight: i64,
    /// As the plugin computed them.
    pub raw: Vec<i64>,
    /// Brought to 0..=100.
    pub normalized: Vec<i64>,
}

/// What came of one node.
#[derive(Clone, Debug)]
pub struct NodeVerdict {
    /// The node.
    pub node: Text,
    /// Who refused it and why.
    pub refused: Option<(&'static str, Vec<Text>)>,
    /// Its place among those that fit; 0 where it was refused.
    pub place: usize,
    /// The sum of its weighted scores.
    pub total: i64,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A node was chosen.
    Assigned(Text),
    /// None was found: the message; the node on which others were asked to leave, if any.
    Unschedulable(String, Option<Text>),
    /// The API server refused the binding.
    Failed(String),
}

/// One attempt to place a pod.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When.
    pub time: Timestamp,
    /// `namespace/name` of the pod.
    pub pod: String,
    /// Its UID.
    pub uid: Text,
    /// Which try it was.
    pub number: u32,
    /// Per node, in order of names. Nodes that were not looked at (sampling) are left out.
    pub nodes: Vec<NodeVerdict>,
    /// What each plugin that took part in scoring gave the nodes that fit.
    pub scores: Vec<PluginScores>,
    /// What came of it.
    pub outcome: Outcome,
}

/// The last attempts.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    attempts: VecDeque<Attempt>,
    verdicts: usize,
    recorded: u64,
}

impl Trace {
    /// Keeps an attempt; the oldest goes where there are too many.
    pub fn record(&mut self, attempt: Attempt) {
        self.verdicts += attempt.nodes.len();
        self.attempts.push_back(attempt);
        while self.attempts.len() > KEPT || self.verdicts > VERDICTS && self.attempts.len() > 1 {
            let oldest = self.attempts.pop_front();
            self.verdicts -= oldest.map_or(0, |a| a.nodes.len());
        }
        self.recorded += 1;
    }

    /// The attempts that are kept, oldest first.
    pub fn attempts(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.attempts.iter()
    }

    /// The last attempt for a pod.
    pub fn last_for(&self, uid: &str) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|a| a.uid.as_str() == uid)
    }

    /// How many attempts were recorded since the start, the forgotten ones too.
    pub fn recorded(&self) -> u64 {
        self.recorded
    }
}
