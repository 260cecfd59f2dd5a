//! ImageLocality: prefers nodes that already have the pod's images, big ones above all.

use crate::apimachinery::image_name::full_name;
use crate::scheduler::framework::{CycleState, MAX_NODE_SCORE, Plugin};
use crate::scheduler::node_info::NodeInfo;

pub struct ImageLocality;

const MIN: i64 = 23 * 1024 * 1024;
const MAX_PER_CONTAINER: i64 = 1000 * 1024 * 1024;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn pre_score(&self, state: &CycleState<'_>) -> bool {
        !state.nodes.is_empty()
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let spec = state.pod.pod.spec();
        let containers = || spec.init_containers().iter().chain(spec.containers());
        let total = state.nodes.len() as i64;
        let mut sum = 0;
        for c in containers() {
            let name = full_name(c.image());
            if let Some(size) = node
                .images
                .get(&name)
                .or_else(|| node.images.get(c.image()))
            {
                let having = state
                    .nodes
                    .iter()
                    .filter(|n| n.images.contains_key(&name))
                    .count() as i64;
                sum += (*size as f64 * (having as f64 / total.max(1) as f64)) as i64;
            }
        }
        let max = MAX_PER_CONTAINER * containers().count() as i64;
        MAX_NODE_SCORE * (sum.clamp(MIN, max.max(MIN)) - MIN) / (max - MIN).max(1)
    }
}
