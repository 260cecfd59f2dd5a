//! Whether a node still speaks (`tryUpdateNodeHealth`).

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use super::{NodeLifecycleController, ready_status};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

const STARTUP_GRACE_PERIOD: Duration = Duration::from_secs(60);
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// When a node was last heard of.
#[derive(Clone, Debug)]
pub struct NodeHealth {
    pub(super) probed_at: Timestamp,
    heartbeat: String,
    renewed: String,
}

impl NodeLifecycleController {
    /// Looks for signs of life and makes a silent node's conditions Unknown. Gives back the status of its `Ready` condition
    /// as it was found and as it is now.
    pub(super) fn update_health(
        &mut self,
        node: &Value,
        work: &mut Work<'_, '_>,
    ) -> Result<(String, String), Error> {
        let now = work.cx.now;
        let conditions = node.at(&["status", "conditions"]).items();
        let ready = conditions.iter().find(|c| c.get("type") == &"Ready");
        let heartbeat = ready
            .map_or("", |c| c.get("lastHeartbeatTime").str())
            .to_owned();
        let (grace, first) = match ready {
            Some(_) => (self.grace_period, now),
            None => (
                STARTUP_GRACE_PERIOD,
                node.creation_timestamp().unwrap_or(now),
            ),
        };
        let health = self
            .health
            .entry(node.name().to_owned())
            .or_insert_with(|| NodeHealth {
                probed_at: first,
                heartbeat: heartbeat.clone(),
                renewed: String::new(),
            });
        if health.heartbeat != heartbeat {
            health.heartbeat = heartbeat;
            health.probed_at = now;
        }
        let lease = work.stores[Kind::Leases].get_in(LEASE_NAMESPACE, node.name());
        let renewed = lease.map_or("", |l| l.at(&["spec", "renewTime"]).str());
        if renewed > health.renewed.as_str() {
            health.renewed = renewed.to_owned();
            health.probed_at = now;
        }
        let observed = match ready_status(node) {
            "" => "Unknown",
            status => status,
        }
        .to_owned();
        if now <= health.probed_at + grace {
            return Ok((observed.clone(), observed));
        }
        let silent = silence(node, now);
        if silent.get("status") != node.get("status") {
            work.cx.update_status(Kind::Nodes.def(), silent)?;
        }
        Ok((observed, "Unknown".to_owned()))
    }

    /// Counts every node as just heard of.
    pub(super) fn forgive(&mut self, now: Timestamp) {
        for health in self.health.values_mut() {
            health.probed_at = now;
        }
    }
}

/// The node with the conditions that its kubelet keeps all Unknown.
fn silence(node: &Value, now: Timestamp) -> Value {
    let mut node = node.clone();
    let created = node.meta().get("creationTimestamp").clone();
    let conditions = node.at_mut(&["status", "conditions"]).items_mut();
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        match conditions.iter_mut().find(|c| c.get("type").str() == kind) {
            None => {
                let mut condition = tree!({
                    "type": kind, "status": "Unknown", "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.",
                    "lastTransitionTime": now.to_rfc3339(),
                });
                condition.set("lastHeartbeatTime", &created);
                conditions.push(condition);
            }
            Some(c) if c.get("status") != &"Unknown" => {
                c.set("status", "Unknown");
                c.set("reason", "NodeStatusUnknown");
                c.set("message", "Kubelet stopped posting node status.");
                c.set("lastTransitionTime", now);
            }
            Some(_) => {}
        }
    }
    node
}
