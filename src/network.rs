//! Addresses of pods and services, and the rules by which packets to services find their pods.
//!
//! [`proxy::Proxy`] watches Services and EndpointSlices and compiles them into a [`rules::RuleSet`], which a
//! [`Dataplane`] carries out: the simulated fabric, or nftables.

pub mod address;
pub mod proxy;
pub mod rules;

pub use address::AddressPool;
pub use proxy::Proxy;
pub use rules::{Backend, PortRule, Protocol, RuleSet, Verdict};

/// What carries rules out on a node.
pub trait Dataplane {
    /// Takes on these rules in place of those before.
    fn apply(&mut self, rules: &RuleSet);
}
