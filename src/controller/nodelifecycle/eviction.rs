//! `NoExecute` taints on nodes that are not ready, at a rate that depends on how much of a zone is down.

use super::super::runner::{Action, Error, Outcome, Work};
use super::super::stores::Kind;
use super::taints::{NOT_READY, UNREACHABLE, swap, taint};
use super::{NodeLifecycleController, ready_status};
use crate::apimachinery::{Timestamp, Value};
use crate::collections::SortedMap;
use std::time::Duration;

const EVICTION_QPS: f64 = 0.1;
const SECONDARY_EVICTION_QPS: f64 = 0.01;
const LARGE_CLUSTER: usize = 50;
const UNHEALTHY_ZONE: f64 = 0.55;

/// How much of a zone is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Normal,
    Partial,
    Full,
}

#[derive(Clone, Debug, Default)]
struct Zone {
    state: State,
    /// Nodes to taint in the order they were found, and nodes already tainted (with `true`).
    nodes: Vec<(String, bool)>,
    /// When the next node may be tainted.
    next: Timestamp,
}

/// The zones and the nodes in them.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    zones: SortedMap<String, Zone>,
    ready: SortedMap<String, (String, bool)>,
}

fn zone_of(node: &Value) -> String {
    let label = |key: &str| node.label(key).unwrap_or_default();
    format!(
        "{}:{}",
        label("topology.kubernetes.io/region"),
        label("topology.kubernetes.io/zone")
    )
}

impl Zones {
    /// Notes a node's readiness.
    pub fn note(&mut self, node: &Value, ready: &str) {
        let zone = zone_of(node);
        self.zones.entry(zone.clone()).or_default();
        self.ready
            .insert(node.name().to_owned(), (zone, ready == "True"));
    }

    /// Forgets a node.
    pub fn forget(&mut self, node: &str) {
        self.ready.remove(node);
        for zone in self.zones.values_mut() {
            zone.nodes.retain(|(n, _)| n != node);
        }
        let ready = &self.ready;
        self.zones
            .retain(|name, _| ready.values().any(|(z, _)| z == name));
    }

    /// Whether a node waits for its taint.
    pub fn has_work(&self) -> bool {
        self.zones
            .values()
            .any(|z| z.nodes.iter().any(|(_, done)| !done))
    }

    fn mark(&mut self, node: &Value) {
        let zone = self.zones.entry(zone_of(node)).or_default();
        if !zone.nodes.iter().any(|(n, _)| n == node.name()) {
            zone.nodes.push((node.name().to_owned(), false));
        }
    }

    fn unmark(&mut self, node: &Value) {
        if let Some(zone) = self.zones.get_mut(&zone_of(node)) {
            zone.nodes.retain(|(n, _)| n != node.name());
        }
    }

    fn state(&self, zone: &str) -> State {
        let of_zone = || self.ready.values().filter(|(z, _)| z == zone);
        let (total, down) = (
            of_zone().count(),
            of_zone().filter(|(_, ready)| !ready).count(),
        );
        if down > 0 && down == total {
            State::Full
        } else if down > 2 && down as f64 / total as f64 >= UNHEALTHY_ZONE {
            State::Partial
        } else {
            State::Normal
        }
    }

    fn all_full(&self) -> bool {
        !self.zones.is_empty() && self.zones.values().all(|z| z.state == State::Full)
    }

    /// Nodes per second that may be tainted in a zone.
    fn rate(&self, name: &str, zone: &Zone) -> f64 {
        let size = self.ready.values().filter(|(z, _)| z == name).count();
        match zone.state {
            _ if self.all_full() => 0.0,
            State::Partial if size > LARGE_CLUSTER => SECONDARY_EVICTION_QPS,
            State::Partial => 0.0,
            State::Normal | State::Full => EVICTION_QPS,
        }
    }
}

impl NodeLifecycleController {
    /// Marks a node for its taint, swaps the taint where it has the other one, or sets it free.
    pub(super) fn process_taint_based_eviction(
        &mut self,
        node: &Value,
        observed: &str,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let (wanted, other) = match observed {
            "True" => return self.mark_reachable(node, work),
            "False" => (NOT_READY, UNREACHABLE),
            _ => (UNREACHABLE, NOT_READY),
        };
        if has_no_execute(node, other) {
            let remove = [taint(other, "NoExecute")];
            return swap(node, vec![taint(wanted, "NoExecute")], &remove, work);
        }
        self.zones.mark(node);
        Ok(())
    }

    fn mark_reachable(&mut self, node: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
        self.zones.unmark(node);
        if [NOT_READY, UNREACHABLE]
            .iter()
            .any(|key| has_no_execute(node, key))
        {
            let remove = [
                taint(NOT_READY, "NoExecute"),
                taint(UNREACHABLE, "NoExecute"),
            ];
            return swap(node, Vec::new(), &remove, work);
        }
        Ok(())
    }

    /// Taints the nodes whose turn it is.
    pub(super) fn no_execute_pass(&mut self, work: &mut Work<'_, '_>) -> Outcome {
        let now = work.cx.now;
        let mut due: Option<Timestamp> = None;
        let names: Vec<String> = self.zones.zones.keys().cloned().collect();
        for name in names {
            while let Some((at, node)) = self.next_in_zone(&name) {
                if at > now {
                    due = Some(due.map_or(at, |d| d.min(at)));
                    break;
                }
                self.taint_silent(&node, work)?;
                self.done_in_zone(&name, &node, now);
            }
        }
        Ok(due.map_or(Action::AwaitChange, |at| {
            Action::RequeueAfter(at.since(now))
        }))
    }

    /// The node of a zone that is to be tainted next, and when.
    fn next_in_zone(&self, name: &str) -> Option<(Timestamp, String)> {
        let zone = self.zones.zones.get(name)?;
        if self.zones.rate(name, zone) == 0.0 {
            return None;
        }
        let (node, _) = zone.nodes.iter().find(|(_, done)| !done)?;
        Some((zone.next, node.clone()))
    }

    fn done_in_zone(&mut self, name: &str, node: &str, now: Timestamp) {
        let Some(zone) = self.zones.zones.get(name) else {
            return;
        };
        let pause =
            Duration::from_secs_f64(1.0 / self.zones.rate(name, zone).max(SECONDARY_EVICTION_QPS));
        if let Some(zone) = self.zones.zones.get_mut(name) {
            zone.next = now + pause;
            for (n, done) in &mut zone.nodes {
                *done |= n == node;
            }
        }
    }

    fn taint_silent(&mut self, name: &str, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let node = match work.cx.get(Kind::Nodes.def(), "", name) {
            Ok(node) => node,
            Err(e) if e.is_not_found() => return Ok(()),
            Err(e) => return Err(e.into()),
        };
        let (wanted, other) = match ready_status(&node) {
            "False" => (NOT_READY, UNREACHABLE),
            "Unknown" => (UNREACHABLE, NOT_READY),
            _ => return Ok(()),
        };
        swap(
            &node,
            vec![taint(wanted, "NoExecute")],
            &[taint(other, "NoExecute")],
            work,
        )
    }

    /// Adapts to how much is down: where every zone is, the fault is likely this controller's own network, and no pod is evicted.
    pub(super) fn handle_disruption(
        &mut self,
        nodes: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let was_full = self.zones.all_full();
        let states: Vec<(String, State)> = self
            .zones
            .zones
            .keys()
            .map(|z| (z.clone(), self.zones.state(z)))
            .collect();
        for (name, state) in states {
            if let Some(zone) = self.zones.zones.get_mut(&name) {
                zone.state = state;
            }
        }
        match (was_full, self.zones.all_full()) {
            (false, true) => {
                for node in nodes {
                    self.mark_reachable(node, work)?;
                }
            }
            (true, false) => self.forgive(work.cx.now),
            _ => {}
        }
        Ok(())
    }
}

fn has_no_execute(node: &Value, key: &str) -> bool {
    node.at(&["spec", "taints"])
        .items()
        .iter()
        .any(|t| t.get("key") == &key && t.get("effect") == &"NoExecute")
}
