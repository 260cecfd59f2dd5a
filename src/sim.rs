//! The simulated machine under a virtual kubelet: images, containers, their programs and their network.

pub mod catalogue;
pub mod container;
pub mod framing;
pub mod http;
pub mod network;
pub mod os;
pub mod program;
pub mod runtime;
pub mod server;
pub mod session;
mod starting;
pub mod usage;

pub use runtime::{SimConfig, SimRuntime};
