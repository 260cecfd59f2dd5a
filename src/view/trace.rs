//! What the view is told besides the API: who wrote what and why, what the scheduler weighed, how the machines are.
//!
//! A cluster that runs elsewhere tells none of it, and the view does without.

use super::frame::{Machine, Verdict};
use super::protocol::ObjectRef;
use crate::apimachinery::{Text, Timestamp};

/// Something that the cluster tells beyond its API.
#[derive(Clone, Debug)]
pub enum Trace {
    /// A write that the API server carried out.
    Write(Write),
    /// A pod went through the scheduler once.
    Scheduled(Scheduled),
    /// A request travelled to a service.
    Passed(super::traffic::Passed),
    /// A machine was switched on or off, cut off or mended.
    Machine { node: String, state: Machine },
}

/// A write that the API server carried out.
#[derive(Clone, Debug)]
pub struct Write {
    /// The revision it made.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// The user name it came under, such as `system:kube-scheduler`.
    pub user: Text,
    /// The user agent, such as `kubectl/v1.36.2`; tells controllers of one process apart.
    pub agent: Text,
    /// `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: Text,
    /// `status`, `scale`, `binding`, `eviction`, … or "".
    pub subresource: Text,
    /// What was written.
    pub object: ObjectRef,
    /// The revision its writer reacted to.
    pub cause: Option<u64>,
}

/// A pod's way through the scheduler.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// When.
    pub at: Timestamp,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The node that won; none where no node fits.
    pub chosen: Option<String>,
    /// What was found on each node.
    pub verdicts: Vec<Verdict>,
}
