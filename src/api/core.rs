//! Helpers on the kinds of the core group that several components share.

pub mod node_affinity;
pub mod pod_security;
pub mod pod_util;
pub mod qos;
pub mod quota;
pub mod rbac;
pub mod resources;
pub mod taints;
pub mod volumes;
