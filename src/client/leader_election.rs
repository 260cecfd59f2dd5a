//! Leader election by a Lease, as client-go's `tools/leaderelection` does it.

use super::{Cx, EventRecorder};
use crate::api::coordination_v1::Lease;
use crate::apimachinery::{Rng, Timestamp, Value, schema};
use crate::tree;
use std::time::Duration;

const LEASE_DURATION: Duration = Duration::from_secs(15);
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
const RETRY_PERIOD: Duration = Duration::from_secs(2);
const JITTER_FACTOR: f64 = 1.2;

/// Where a candidate stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leadership {
    /// Somebody else holds the lease, or the server does not answer.
    Waiting,
    /// This candidate holds it.
    Leading,
    /// This candidate held it and could not renew it in time: what it knows is no longer to be acted on.
    Lost,
}

/// One candidate for a lease in `kube-system`.
#[derive(Clone, Debug)]
pub struct LeaderElector {
    name: &'static str,
    identity: String,
    lease: Option<Value>,
    observed: String,
    observed_at: Timestamp,
    leading: bool,
    renewed_at: Timestamp,
    next_try: Timestamp,
    recorder: EventRecorder,
}

impl LeaderElector {
    /// A candidate on `host` for the lease `name` (`kube-scheduler`), which also is the component its event names.
    pub fn new(name: &'static str, host: &str, rng: &mut Rng) -> Self {
        Self {
            name,
            identity: format!("{host}_{}", rng.uuid()),
            lease: None,
            observed: String::new(),
            observed_at: Timestamp::default(),
            leading: false,
            renewed_at: Timestamp::default(),
            next_try: Timestamp::default(),
            recorder: EventRecorder::new(name, ""),
        }
    }

    /// Whether this candidate holds the lease.
    pub fn is_leader(&self) -> bool {
        self.leading
    }

    /// When [`LeaderElector::step`] wants to be called next.
    pub fn next_deadline(&self) -> Timestamp {
        self.next_try
    }

    /// Acquires or renews the lease when it is time to.
    pub fn step(&mut self, cx: &mut Cx<'_>) -> Leadership {
        if cx.now < self.next_try {
            return self.standing();
        }
        let held = self.try_acquire_or_renew(cx);
        if held {
            self.renewed_at = cx.now;
            self.next_try = cx.now + RETRY_PERIOD;
            if !self.leading {
                self.leading = true;
                self.announce(cx);
            }
        } else if self.leading {
            self.next_try = cx.now + RETRY_PERIOD;
            if cx.now.since(self.renewed_at) > RENEW_DEADLINE {
                self.leading = false;
                return Leadership::Lost;
            }
        } else {
            let factor = 1.0 + cx.rng.unit() * JITTER_FACTOR;
            self.next_try = cx.now + RETRY_PERIOD.mul_f64(factor);
        }
        self.standing()
    }

    fn standing(&self) -> Leadership {
        if self.leading {
            Leadership::Leading
        } else {
            Leadership::Waiting
        }
    }

    fn announce(&mut self, cx: &mut Cx<'_>) {
        if let Some(lease) = &self.lease {
            let message = format!("{} became leader", self.identity);
            self.recorder
                .event(cx, lease, "Normal", "LeaderElection", &message);
        }
    }

    fn try_acquire_or_renew(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.leading && self.lease.is_some() && self.write(cx) {
            return true;
        }
        match cx.get(leases(), "kube-system", self.name) {
            Ok(lease) => self.observe(lease, cx.now),
            Err(e) if e.is_not_found() => return self.create(cx),
            Err(_) => return false,
        }
        let valid = cx.now < self.observed_at + LEASE_DURATION;
        let holder = self
            .lease
            .as_ref()
            .map(|l| Lease::of(l).spec().holder_identity());
        if valid && holder.is_some_and(|h| !h.is_empty() && h != self.identity) {
            return false;
        }
        self.write(cx)
    }

    fn observe(&mut self, lease: Value, now: Timestamp) {
        let record = lease.get("spec").to_json();
        if record != self.observed {
            self.observed = record;
            self.observed_at = now;
        }
        self.lease = Some(lease);
    }

    fn create(&mut self, cx: &mut Cx<'_>) -> bool {
        let now = cx.now.to_rfc3339_micros();
        let lease = tree!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": self.name, "namespace": "kube-system"},
            "spec": {
                "holderIdentity": self.identity, "leaseDurationSeconds": LEASE_DURATION.as_secs(),
                "acquireTime": now, "renewTime": now, "leaseTransitions": 0,
            },
        });
        match cx.create(leases(), "kube-system", lease) {
            Ok(lease) => {
                self.observe(lease, cx.now);
                true
            }
            Err(_) => false,
        }
    }

    fn write(&mut self, cx: &mut Cx<'_>) -> bool {
        let Some(mut lease) = self.lease.clone() else {
            return false;
        };
        let spec = Lease::of_mut(&mut lease).spec_mut();
        if spec.holder_identity() != self.identity {
            let transitions = spec.lease_transitions().unwrap_or(0) + 1;
            spec.set_holder_identity(self.identity.as_str())
                .set_lease_transitions(transitions)
                .set_acquire_time(cx.now);
        }
        spec.set_lease_duration_seconds(LEASE_DURATION.as_secs() as i64)
            .set_renew_time(cx.now);
        match cx.update(leases(), lease) {
            Ok(lease) => {
                self.observe(lease, cx.now);
                true
            }
            Err(_) => false,
        }
    }
}

fn leases() -> &'static schema::ResourceDef {
    schema::resource("coordination.k8s.io", "v1", "leases").expect("leases are built in")
}
