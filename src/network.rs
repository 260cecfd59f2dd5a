//! Addresses of pods and services, and the rules by which packets to services find their pods.
//!
//! [`proxy::Proxy`] watches Services and EndpointSlices and compiles them into a [`rules::RuleSet`], by which the simulated
//! cluster carries what pods send (`cluster/traffic.rs`); [`dns`] answers from the same watches what names stand for.

pub mod address;
pub mod dns;
pub mod ingress;
pub mod policy;
pub mod proxy;
pub mod rules;

pub use address::AddressPool;
pub use proxy::Proxy;
pub use rules::{Backend, PortRule, Protocol, RuleSet, Verdict};
