//! How components speak to the API server: requests, watches kept as informers, work queues, event recording.
//!
//! Models client-go. Everything is synchronous: a component is turned by the driver, sends its requests and gets their
//! answers at once; only watch events take time to arrive.

pub mod informer;
pub mod leader_election;
pub mod recorder;
pub mod request;
pub mod workqueue;

pub use informer::{Delta, Informer};
pub use leader_election::{LeaderElector, Leadership};
pub use recorder::EventRecorder;
pub use request::{ApiError, DeleteOptions, ListOptions, PatchType};
pub use workqueue::WorkQueue;

use crate::apimachinery::http::{ApiClient, Cause, ReaderId, UserInfo};
use crate::apimachinery::{Rng, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Who a component is towards the API server.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its user, as authentication would have found it.
    pub user: Arc<UserInfo>,
    /// Its `User-Agent`, which also names it as field manager.
    pub agent: &'static str,
    /// The reader that its watches wake.
    pub reader: ReaderId,
    /// How long watch events take to reach it.
    pub watch_latency: Duration,
}

/// What a component is handed for one turn.
pub struct Cx<'a> {
    /// The time of this turn.
    pub now: Timestamp,
    /// Chance.
    pub rng: &'a mut Rng,
    /// The API server.
    pub api: &'a mut dyn ApiClient,
    /// Who asks.
    pub identity: &'a Identity,
    /// The write that this work answers to; travels with each request.
    pub cause: Cause,
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was left to do at this time.
    Idle,
    /// There is more to do at this very time: turn it again.
    Busy,
}

/// A part of the cluster that the driver turns: a controller, the scheduler, a kubelet.
pub trait Component {
    /// Its name: `kube-scheduler`.
    fn name(&self) -> &str;
    /// Takes in what arrived and does a bounded piece of work.
    fn turn(&mut self, cx: &mut Cx<'_>) -> Turn;
    /// When it wants to be turned next though nothing arrives.
    fn next_deadline(&self) -> Option<Timestamp>;
}
