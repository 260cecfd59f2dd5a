//! The status of a daemon set.

use super::super::runner::{Action, Outcome, Work};
use super::super::stores::Kind;
use super::{DaemonSetController, nodes, update};
use crate::api::core::pod_util::{is_pod_available, is_pod_ready};
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use std::time::Duration;

const STATUS_UPDATE_RETRIES: usize = 5;

impl DaemonSetController {
    pub(super) fn update_status(
        &mut self,
        ds: &Value,
        hash: &str,
        observed: bool,
        work: &mut Work<'_, '_>,
    ) -> Outcome {
        let by_node = self.node_pods(ds, work)?;
        let probe = nodes::Probe::new(ds);
        let min_ready = ds.at(&["spec", "minReadySeconds"]).as_i64().unwrap_or(0);
        let [
            mut desired,
            mut current,
            mut misscheduled,
            mut ready,
            mut updated,
            mut available,
        ] = [0i64; 6];
        for node in work.stores[Kind::Nodes].iter() {
            let pod = by_node.get(node.name()).and_then(|pods| pods.first());
            if !probe.judge(node).0 {
                misscheduled += i64::from(pod.is_some());
                continue;
            }
            desired += 1;
            let Some(pod) = pod else {
                continue;
            };
            current += 1;
            if is_pod_ready(Pod::of(pod)) {
                ready += 1;
                available += i64::from(is_pod_available(Pod::of(pod), min_ready, work.cx.now));
            }
            updated += i64::from(update::is_updated(ds, pod, hash));
        }
        let mut status = Value::object();
        for (field, n) in [
            ("currentNumberScheduled", current),
            ("desiredNumberScheduled", desired),
            ("numberMisscheduled", misscheduled),
            ("numberReady", ready),
        ] {
            status.set(field, n);
        }
        let generation = match observed {
            true => ds.generation(),
            false => ds
                .at(&["status", "observedGeneration"])
                .as_i64()
                .unwrap_or(0),
        };
        for (field, n) in [
            ("observedGeneration", generation),
            ("updatedNumberScheduled", updated),
            ("numberAvailable", available),
            ("numberUnavailable", desired - available),
        ] {
            if n != 0 {
                status.set(field, n);
            }
        }
        store(ds, status, work)?;
        if min_ready > 0 && ready != available {
            return Ok(Action::RequeueAfter(Duration::from_secs(
                min_ready.unsigned_abs(),
            )));
        }
        Ok(Action::AwaitChange)
    }
}

/// Writes a status where it differs; what this controller does not count stays as it is.
fn store(ds: &Value, status: Value, work: &mut Work<'_, '_>) -> Result<(), super::Error> {
    let mut target = ds.clone();
    let mut tries = 0;
    loop {
        let mut status = status.clone();
        for field in ["collisionCount", "conditions"] {
            let old = target.at(&["status", field]);
            if !old.is_null() {
                status.set(field, old);
            }
        }
        if target.get("status") == &status {
            return Ok(());
        }
        target.set("status", status);
        match work.cx.update_status(Kind::DaemonSets.def(), target) {
            Ok(_) => return Ok(()),
            Err(e) if tries == STATUS_UPDATE_RETRIES => return Err(e.into()),
            Err(_) => tries += 1,
        }
        target = work
            .cx
            .get(Kind::DaemonSets.def(), ds.namespace(), ds.name())?;
    }
}
