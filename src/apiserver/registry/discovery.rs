//! Strategies of the group `discovery.k8s.io`.

use super::{Prepare, Strategy};
use crate::apimachinery::Value;

/// Endpoint slices: their labels count as well, and the topology of the version before is left out.
pub struct EndpointSlices;

impl Strategy for EndpointSlices {
    fn has_generation(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, slice: &mut Value, _cx: &mut Prepare<'_>) {
        drop_topology(slice);
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if new.get("endpoints") != old.get("endpoints") {
            drop_topology(new);
        }
        if new.meta().get("labels") != old.meta().get("labels") {
            new.meta_mut().set("generation", old.generation() + 1);
        }
    }
}

fn drop_topology(slice: &mut Value) {
    let has = |e: &Value| !e.get("deprecatedTopology").is_null();
    if slice.get("endpoints").items().iter().any(has) {
        for endpoint in slice.entry("endpoints").items_mut() {
            endpoint.remove("deprecatedTopology");
        }
    }
}
