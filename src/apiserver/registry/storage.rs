//! Strategies of the group `storage.k8s.io`.

use super::Strategy;
use crate::apimachinery::Value;

/// CSI drivers.
pub struct CsiDrivers;

impl Strategy for CsiDrivers {
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if new.get("spec") != old.get("spec") {
            new.meta_mut().set("generation", old.generation() + 1);
        }
    }
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn allow_unconditional_update(&self) -> bool {
        false
    }
}
