//! The default plugins, in the order of upstream's default profile, with their weights
//! (pkg/scheduler/apis/config/v1/default_plugins.go).

mod image_locality;
pub mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
mod node_resources_fit;
mod node_unschedulable;
pub mod node_volume_limits;
pub mod pod_topology_spread;
mod scheduling_gates;
mod taint_toleration;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod topology_tests;
pub mod volume_binding;
pub mod volume_restrictions;
mod volume_zone;

use super::framework::Plugin;

/// A plugin and the weight of its score (0: it takes no part in scoring).
pub type Weighted = (&'static dyn Plugin, i64);

/// The default profile.
pub static DEFAULT_PLUGINS: &[Weighted] = &[
    (&scheduling_gates::SchedulingGates, 0),
    (&node_unschedulable::NodeUnschedulable, 0),
    (&node_name::NodeName, 0),
    (&taint_toleration::TaintToleration, 3),
    (&node_affinity::NodeAffinity, 2),
    (&node_ports::NodePorts, 0),
    (&node_resources_fit::NodeResourcesFit, 1),
    (&volume_restrictions::VolumeRestrictions, 0),
    (&node_volume_limits::NodeVolumeLimits, 0),
    (&volume_binding::VolumeBinding, 0),
    (&volume_zone::VolumeZone, 0),
    (&pod_topology_spread::PodTopologySpread, 2),
    (&inter_pod_affinity::InterPodAffinity, 2),
    (
        &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
        1,
    ),
    (&image_locality::ImageLocality, 1),
];
