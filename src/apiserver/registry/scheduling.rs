//! Strategies of the group `scheduling.k8s.io`.

use super::{Prepare, Strategy};
use crate::apimachinery::Value;

/// Priority classes: their generation is not counted.
pub struct PriorityClasses;

impl Strategy for PriorityClasses {
    fn prepare_for_create(&self, class: &mut Value, _cx: &mut Prepare<'_>) {
        class.meta_mut().set("generation", 1);
    }
}
