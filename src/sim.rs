//! The simulated machine under a virtual kubelet: images, containers, their programs and their network.

pub mod catalogue;
pub mod container;
pub mod os;
pub mod runtime;
pub mod server;

pub use runtime::{SimConfig, SimRuntime};
