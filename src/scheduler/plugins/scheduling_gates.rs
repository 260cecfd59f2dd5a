//! SchedulingGates: a pod waits outside the queue until its gates are gone.

use crate::apimachinery::Value;
use crate::scheduler::framework::{ClusterEvent, Code, Plugin, Refusal};

pub struct SchedulingGates;

impl Plugin for SchedulingGates {
    fn name(&self) -> &'static str {
        "SchedulingGates"
    }

    fn pre_enqueue(&self, pod: &Value) -> Result<(), Refusal> {
        let gates: Vec<&str> = pod
            .at(&["spec", "schedulingGates"])
            .items()
            .iter()
            .map(Value::name_of)
            .collect();
        if gates.is_empty() {
            return Ok(());
        }
        let why = format!("waiting for scheduling gates: [{}]", gates.join(" "));
        Err(Refusal::new(
            self.name(),
            Code::UnschedulableAndUnresolvable,
            why,
        ))
    }

    fn may_help(&self, event: ClusterEvent) -> bool {
        event == ClusterEvent::PodUpdate
    }
}
