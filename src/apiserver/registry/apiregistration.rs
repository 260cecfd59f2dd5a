//! Strategies of the group `apiregistration.k8s.io`.

use super::{Prepare, Strategy};
use crate::apimachinery::Value;
use crate::tree;

/// APIServices: those that this server serves itself are available at once.
pub struct ApiServices;

impl Strategy for ApiServices {
    fn allow_unconditional_update(&self) -> bool {
        false
    }
    fn prepare_for_create(&self, service: &mut Value, cx: &mut Prepare<'_>) {
        if service.at(&["spec", "service"]).is_null() {
            let mut condition = tree!({
                "type": "Available", "status": "True", "reason": "Local",
                "message": "Local APIServices are always available",
            });
            condition.set("lastTransitionTime", cx.now);
            service.set_at(&["status", "conditions"], vec![condition]);
        }
    }
}
