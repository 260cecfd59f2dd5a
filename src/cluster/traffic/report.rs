//! What travelled, told to who looks on: the newest few, so that nobody pays for what nobody sees.

use super::super::Cluster;
use crate::apimachinery::Timestamp;

/// How many are kept for somebody who looks.
const KEPT: usize = 256;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A server answered.
    Answered,
    /// It was refused.
    Refused,
    /// It was lost: whoever sent it waits until their patience ends.
    Lost,
}

/// One request's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// When it was decided.
    pub at: Timestamp,
    /// `namespace/name` of the service it was sent to, "" for none.
    pub service: String,
    /// Who sent it: a pod's `namespace/name`, or "" for somebody outside.
    pub from: String,
    /// The pod it was taken to, "" for none.
    pub to: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The NetworkPolicies, as `namespace/name`, that let it vanish; "" for none.
    pub by: String,
}

impl Cluster {
    /// Notes a request's way.
    pub(super) fn report(&mut self, service: &str, from: &str, to: &str, outcome: Outcome) {
        if self.traffic.hops.len() >= KEPT {
            self.traffic.hops.pop_front();
        }
        self.traffic.hops.push_back(Hop {
            at: self.now,
            service: service.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            outcome,
            by: String::new(),
        });
    }
}
