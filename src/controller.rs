//! The controller manager (upstream's `kube-controller-manager`): each controller watches through shared informers, queues
//! keys, and reconciles them in its own name.

pub mod deployment;
pub mod expectations;
pub mod manager;
pub mod pod_control;
pub mod ref_manager;
pub mod replicaset;
pub mod runner;
pub mod stores;

pub use manager::{ControllerManager, ControllerManagerConfig};
