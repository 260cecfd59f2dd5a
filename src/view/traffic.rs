//! Requests to services: counted exactly, and a few of each frame told one by one, for the map to draw.

use super::frame::{Flow, FlowEnd, Key, key, pod_key};
use crate::apimachinery::Timestamp;
use crate::collections::SortedMap;

/// The most flows that one frame carries: the map is to stay readable, and cheap, however much travels.
const FLOWS: usize = 12;

/// A request's way as the cluster tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// `namespace/name` of the service, "" for none.
    pub service: String,
    /// `namespace/name` of the pod that sent it, "" for somebody outside.
    pub from: String,
    /// `namespace/name` of the pod that it was taken to, "" for none.
    pub to: String,
    /// How it ended.
    pub end: FlowEnd,
    /// When that was clear.
    pub at: Timestamp,
    /// The NetworkPolicies, as `namespace/name`, that let it vanish; "" for none.
    pub by: String,
}

/// How many requests to a service were answered, refused and lost.
pub type Counts = (u64, u64, u64);

/// What was counted, and what the next frame tells.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    counts: SortedMap<String, Counts>,
    flows: Vec<Flow>,
}

impl Traffic {
    /// Takes a request in; what has no service is not drawn.
    pub fn take(&mut self, passed: &Passed) {
        if passed.service.is_empty() {
            return;
        }
        let counts = self.counts.entry(passed.service.clone()).or_default();
        match passed.end {
            FlowEnd::Answered => counts.0 += 1,
            FlowEnd::Refused => counts.1 += 1,
            FlowEnd::Lost => counts.2 += 1,
        }
        let flow = Flow {
            service: of(&passed.service, |ns, name| key("service", ns, name)),
            from: of(&passed.from, pod_key),
            to: of(&passed.to, pod_key),
            end: passed.end,
            count: 1,
        };
        let alike = |f: &&mut Flow| {
            f.service == flow.service && f.from == flow.from && f.to == flow.to && f.end == flow.end
        };
        if let Some(same) = self.flows.iter_mut().find(alike) {
            same.count += 1;
        } else if self.flows.len() < FLOWS {
            self.flows.push(flow);
        }
    }

    /// What was counted of a service (`namespace/name`).
    pub fn counts(&self, service: &str) -> Counts {
        self.counts.get(service).copied().unwrap_or_default()
    }

    /// Whether a frame would tell anything.
    pub fn has_news(&self) -> bool {
        !self.flows.is_empty()
    }

    /// What the frame tells.
    pub fn flows(&mut self) -> Vec<Flow> {
        std::mem::take(&mut self.flows)
    }
}

fn of(text: &str, make: impl Fn(&str, &str) -> Key) -> Key {
    text.split_once('/')
        .map_or(Key::new(), |(namespace, name)| make(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_a_few_are_told() {
        let mut traffic = Traffic::default();
        for i in 0..100 {
            let to = format!("default/web-{}", i % 50);
            traffic.take(&Passed {
                service: "default/web".into(),
                from: String::new(),
                to,
                end: if i < 90 {
                    FlowEnd::Answered
                } else {
                    FlowEnd::Lost
                },
                at: Timestamp::default(),
                by: String::new(),
            });
        }
        assert_eq!(traffic.counts("default/web"), (90, 0, 10));
        let flows = traffic.flows();
        assert_eq!(flows.len(), FLOWS);
        assert_eq!((flows[0].count, &*flows[0].to), (2, "pod/default/web-0"));
        assert_eq!(flows[0].service, "service/default/web");
        assert!(!traffic.has_news());
    }
}
