//! Runs one controller: takes what its informers saw, queues keys, reconciles them one by one.

use super::stores::{Kind, Stores};
use crate::apimachinery::http::{Cause, ReaderId, UserInfo};
use crate::apimachinery::status::AWAITS_WEBHOOKS;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{ApiError, Cx, Delta, Identity, WorkQueue};
use crate::collections::SortedMap;
use crate::tree;
use std::time::Duration;

/// How long to wait for webhooks before a key is tried again.
const WEBHOOK_RETRY: Duration = Duration::from_millis(20);

/// Why a reconcile did not reach its end; the key is tried again, later each time.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// An error of one's own.
    pub fn other(text: impl Into<String>) -> Self {
        Error::Other(text.into())
    }
}

/// When a key that was reconciled is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// When something changes.
    AwaitChange,
    /// After that long, whatever happens.
    RequeueAfter(Duration),
}

/// What a reconcile gives back.
pub type Outcome = Result<Action, Error>;

/// One controller: what it watches, what it queues, and what it does about a key.
pub trait Reconciler: Clone {
    /// Its name as in `--controllers`: `deployment-controller`.
    const NAME: &'static str;
    /// Its service account in `kube-system`; empty for one that works in the controller manager's own name.
    const SERVICE_ACCOUNT: &'static str;
    /// The shared informers that must have synced before it works; it observes their changes.
    const WATCHES: &'static [Kind];
    /// How often a key may fail in a row before it is dropped until its next event.
    const MAX_RETRIES: u32 = u32::MAX;
    /// Queues the keys that a change concerns.
    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>);
    /// Brings the world nearer to what the object of that key asks for.
    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome;
    /// Queues what is to be done without any event, once the informers have synced.
    fn start(&mut self, _watching: &mut Watching<'_>) {}
    /// Takes in what its own informers saw, beside the shared ones, at the beginning of each turn.
    fn poll(&mut self, _work: &mut Work<'_, '_>) {}
    /// When it wants to be polled next though nothing arrives.
    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}

/// A work queue that knows which write each key answers to.
#[derive(Clone, Default)]
pub struct Queue {
    queue: WorkQueue<String>,
    causes: SortedMap<String, Cause>,
    cooling: SortedMap<String, Timestamp>,
}

impl Queue {
    /// Adds a key for now, or for when its last, long work lets it.
    pub fn add(&mut self, key: impl Into<String>, now: Timestamp, cause: Cause) {
        let key = key.into();
        self.causes.entry(key.clone()).or_insert(cause);
        match self.cooling.get(&key) {
            Some(&until) if until > now => self.queue.add_after(key, now, until.since(now)),
            _ => self.queue.add(key),
        }
    }

    /// Adds a key for later.
    pub fn add_after(
        &mut self,
        key: impl Into<String>,
        now: Timestamp,
        delay: Duration,
        cause: Cause,
    ) {
        let key = key.into();
        self.causes.entry(key.clone()).or_insert(cause);
        self.queue.add_after(key, now, delay);
    }

    /// Adds a key for later, the later the more often it failed.
    pub fn add_rate_limited(&mut self, key: impl Into<String>, now: Timestamp, cause: Cause) {
        let key = key.into();
        self.causes.entry(key.clone()).or_insert(cause);
        self.queue.add_rate_limited(key, now);
    }

    fn finish(
        &mut self,
        key: &str,
        outcome: Outcome,
        took: Duration,
        (now, cause): (Timestamp, Cause),
        max_retries: u32,
    ) {
        if took.is_zero() {
            self.cooling.remove(key);
        } else {
            self.cooling.insert(key.to_owned(), now + took);
        }
        match outcome {
            Ok(action) => {
                self.queue.forget(&key.to_owned());
                if let Action::RequeueAfter(delay) = action {
                    self.add_after(key, now, delay, cause);
                }
            }
            // That is no failure.
            Err(why) if why.to_string().contains(AWAITS_WEBHOOKS) => {
                self.add_after(key, now, WEBHOOK_RETRY, cause);
            }
            Err(_) if self.queue.num_requeues(&key.to_owned()) < max_retries => {
                self.add_rate_limited(key, now, cause);
            }
            Err(_) => self.queue.forget(&key.to_owned()),
        }
        self.queue.done(&key.to_owned());
    }
}

/// Apart from the loop around it, so that controllers nobody needs yet are not part of the first download.
#[inline(never)]
fn reconcile<R: Reconciler>(controller: &mut R, key: &str, work: &mut Work<'_, '_>) -> Outcome {
    controller.reconcile(key, work)
}

/// See [`reconcile`].
#[inline(never)]
fn observe<R: Reconciler>(controller: &mut R, kind: Kind, delta: &Delta, to: &mut Watching<'_>) {
    controller.observe(kind, delta, to);
}

/// What a controller is handed to observe a change.
pub struct Watching<'a> {
    /// The shared informers, with the change taken in.
    pub stores: &'a Stores,
    /// The time.
    pub now: Timestamp,
    /// The write that was observed.
    pub cause: Cause,
    /// Where keys go.
    pub queue: &'a mut Queue,
}

impl Watching<'_> {
    /// Queues a key.
    pub fn add(&mut self, key: impl Into<String>) {
        self.queue.add(key, self.now, self.cause);
    }
    /// Queues a key for later.
    pub fn add_after(&mut self, key: impl Into<String>, delay: Duration) {
        self.queue.add_after(key, self.now, delay, self.cause);
    }
}

/// What a controller is handed to reconcile a key.
pub struct Work<'a, 'b> {
    /// The API server, time and chance, in the controller's own name.
    pub cx: &'a mut Cx<'b>,
    /// The shared informers.
    pub stores: &'a Stores,
    /// Where further keys go.
    pub queue: &'a mut Queue,
    /// How long the work on this key takes; further changes to it are taken together until then.
    pub took: Duration,
}

impl Work<'_, '_> {
    /// Queues a key.
    pub fn add(&mut self, key: impl Into<String>) {
        self.queue.add(key, self.cx.now, self.cx.cause);
    }
    /// Queues a key for later.
    pub fn add_after(&mut self, key: impl Into<String>, delay: Duration) {
        self.queue.add_after(key, self.cx.now, delay, self.cx.cause);
    }
    /// Says that looking at `n` objects was part of the work (60 µs each), so that the cost of following many changes
    /// to one large set stays in proportion to their number.
    pub fn looked_at(&mut self, n: usize) {
        self.took += Duration::from_micros(60) * u32::try_from(n).unwrap_or(u32::MAX);
    }
}

/// One controller with its queue and its name towards the API server.
#[derive(Clone)]
pub struct Runner<R: Reconciler> {
    /// The controller.
    pub controller: R,
    identity: Identity,
    queue: Queue,
    enabled: bool,
    started: bool,
}

impl<R: Reconciler> Runner<R> {
    /// A runner whose watches wake `reader`.
    pub fn new(controller: R, enabled: bool, reader: ReaderId, watch_latency: Duration) -> Self {
        Self {
            controller,
            identity: match R::SERVICE_ACCOUNT {
                "" => own_identity(reader, watch_latency),
                name => service_account_identity(name, reader, watch_latency),
            },
            queue: Queue::default(),
            enabled,
            started: false,
        }
    }

    /// Whether it observes that resource.
    pub fn watches(&self, kind: Kind) -> bool {
        self.enabled && R::WATCHES.contains(&kind)
    }

    /// Observes a change, of which [`cause_of`] is known.
    pub fn observe(
        &mut self,
        kind: Kind,
        delta: &Delta,
        stores: &Stores,
        (now, cause): (Timestamp, Cause),
    ) {
        if !self.watches(kind) {
            return;
        }
        let mut watching = Watching {
            stores,
            now,
            cause,
            queue: &mut self.queue,
        };
        observe(&mut self.controller, kind, delta, &mut watching);
    }

    /// Reconciles at most `budget` keys and takes them off it.
    pub fn work(&mut self, cx: &mut Cx<'_>, stores: &Stores, budget: &mut usize) {
        if !self.enabled || !stores.have_synced(R::WATCHES) {
            return;
        }
        if !self.started {
            self.started = true;
            if !R::SERVICE_ACCOUNT.is_empty() {
                ensure_account(cx, R::SERVICE_ACCOUNT);
            }
            self.controller.start(&mut Watching {
                stores,
                now: cx.now,
                cause: cx.cause,
                queue: &mut self.queue,
            });
        }
        let no_cause = cx.cause;
        let mut cx = Cx {
            now: cx.now,
            rng: cx.rng,
            api: cx.api,
            identity: &self.identity,
            cause: no_cause,
        };
        self.controller.poll(&mut Work {
            cx: &mut cx,
            stores,
            queue: &mut self.queue,
            took: Duration::ZERO,
        });
        while *budget > 0 {
            let Some(key) = self.queue.queue.get(cx.now) else {
                break;
            };
            *budget -= 1;
            cx.cause = self.queue.causes.remove(&key).unwrap_or(no_cause);
            let mut work = Work {
                cx: &mut cx,
                stores,
                queue: &mut self.queue,
                took: Duration::ZERO,
            };
            let outcome = reconcile(&mut self.controller, &key, &mut work);
            let took = work.took;
            self.queue
                .finish(&key, outcome, took, (cx.now, cx.cause), R::MAX_RETRIES);
        }
    }

    /// Whether keys are ready now.
    pub fn is_busy(&self) -> bool {
        self.enabled && self.started && self.queue.queue.is_ready()
    }

    /// When it wants to be turned next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if !self.enabled {
            return None;
        }
        [
            self.queue.queue.next_deadline(),
            self.controller.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// The write that led to this state of an object.
pub fn cause_of(object: &Value) -> Cause {
    Cause(object.resource_version().parse().unwrap_or(0))
}

/// Makes the service account in whose name a controller works, as the controller manager does where each has its own
/// (`--use-service-account-credentials`).
fn ensure_account(cx: &mut Cx<'_>, name: &str) {
    let account = tree!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": "kube-system"},
    });
    // It may be there already: two controllers can share one, and it outlives the process.
    let _ = cx.create(Kind::ServiceAccounts.def(), "kube-system", account);
}

/// The controller manager itself towards the API server.
pub fn own_identity(reader: ReaderId, watch_latency: Duration) -> Identity {
    Identity {
        user: UserInfo::new("system:kube-controller-manager", &["system:authenticated"]).into(),
        agent: "kube-controller-manager",
        reader,
        watch_latency,
    }
}

/// A controller towards the API server.
pub fn service_account_identity(name: &str, reader: ReaderId, watch_latency: Duration) -> Identity {
    Identity {
        user: UserInfo::new(
            format!("system:serviceaccount:kube-system:{name}"),
            &[
                "system:serviceaccounts",
                "system:serviceaccounts:kube-system",
                "system:authenticated",
            ],
        )
        .into(),
        agent: "kube-controller-manager",
        reader,
        watch_latency,
    }
}
