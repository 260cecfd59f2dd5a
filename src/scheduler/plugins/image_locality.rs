//! ImageLocality: prefers nodes that already have the pod's images, big ones above all.

use crate::api::core_v1::Container;
use crate::apimachinery::image_name::full_name;
use crate::scheduler::framework::{CycleState, MAX_NODE_SCORE, Plugin};
use crate::scheduler::node_info::NodeInfo;
use std::sync::Arc;

pub struct ImageLocality;

const MIN: i64 = 23 * 1024 * 1024;
const MAX_PER_CONTAINER: i64 = 1000 * 1024 * 1024;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn pre_score(&self, state: &CycleState<'_>, _feasible: &[Arc<NodeInfo>]) -> bool {
        !state.nodes.is_empty()
    }

    fn scores_alone(&self, _state: &CycleState<'_>) -> bool {
        true
    }

    fn score(&self, state: &CycleState<'_>, node: &NodeInfo) -> i64 {
        let spec = state.pod.pod.spec();
        let containers = || spec.init_containers().iter().chain(spec.containers());
        let total = state.nodes.len() as f64;
        let spread = state.image_spread.get_or_init(|| {
            let having = |c: &Container| {
                let full = full_name(c.image());
                let has = |n: &&Arc<NodeInfo>| size_of(n, &full, c.image()).is_some();
                let having = state.nodes.iter().filter(has).count();
                (full, having)
            };
            containers().map(having).collect()
        });
        let scaled = |(c, (full, having)): (&Container, &(String, usize))| {
            let size = size_of(node, full, c.image())?;
            Some((size as f64 * (*having as f64 / total)) as i64)
        };
        let sum: i64 = containers().zip(spread).filter_map(scaled).sum();
        let max = MAX_PER_CONTAINER * containers().count() as i64;
        MAX_NODE_SCORE * (sum.clamp(MIN, max.max(MIN)) - MIN) / (max - MIN).max(1)
    }
}

fn size_of(node: &NodeInfo, full: &str, image: &str) -> Option<i64> {
    node.images
        .get(full)
        .or_else(|| node.images.get(image))
        .copied()
}
