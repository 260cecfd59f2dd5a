//! Strategies of the group `apps`.

use super::{Prepare, Strategy, meta};
use crate::apimachinery::{Timestamp, Value};

/// Deployments (`registry/apps/deployment/strategy.go`).
pub struct Deployments;

impl Strategy for Deployments {
    fn has_generation(&self) -> bool {
        true
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        // Annotations travel with rollouts, so they count as a change of the spec.
        let annotations = |v: &Value| v.meta().get("annotations").clone();
        if annotations(new) != annotations(old) && new.get("spec") == old.get("spec") {
            new.meta_mut().set("generation", old.generation() + 1);
        }
    }
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value, _now: Timestamp) {
        let labels = old.meta().get("labels").clone();
        meta::set_or_remove(new.meta_mut(), "labels", labels);
    }
}

/// Daemon sets: an annotation counts the generations of the template.
pub struct DaemonSets;

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

impl Strategy for DaemonSets {
    fn has_generation(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, set: &mut Value, _cx: &mut Prepare<'_>) {
        set.set_annotation(TEMPLATE_GENERATION, "1");
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        let mut count: i64 = old
            .annotation(TEMPLATE_GENERATION)
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        if new.at(&["spec", "template"]) != old.at(&["spec", "template"]) {
            count += 1;
        }
        new.set_annotation(TEMPLATE_GENERATION, &count.to_string());
    }
}
