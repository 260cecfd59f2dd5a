//! Rolls a Deployment's template out through ReplicaSets (upstream's `pkg/controller/deployment`).

mod history;
mod progress;
mod recreate;
mod replica_sets;
mod rolling;
mod scaling;
pub mod util;

use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, Stores, orphans_of};
use crate::apimachinery::{Selector, Value};
use crate::client::{Delta, EventRecorder};

/// The deployment controller.
#[derive(Clone)]
pub struct DeploymentController {
    recorder: EventRecorder,
}

impl Default for DeploymentController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("deployment-controller", ""),
        }
    }
}

/// One sync of one Deployment.
struct Rollout<'r, 'a, 'b> {
    /// The Deployment as of the last read or write.
    d: Value,
    work: &'r mut Work<'a, 'b>,
    recorder: &'r mut EventRecorder,
}

/// The ReplicaSet of the present template, where there is one, and all others.
#[derive(Clone)]
struct Sets {
    new: Option<Value>,
    old: Vec<Value>,
}

impl Sets {
    fn all(&self) -> Vec<Value> {
        self.old.iter().chain(&self.new).cloned().collect()
    }
}

impl DeploymentController {
    fn replica_set_added(&self, rs: &Value, watching: &mut Watching<'_>) {
        if rs.controller_of().is_some() {
            queue_owner(rs, watching);
        } else if !rs.is_terminating() {
            queue_matching(rs, watching);
        }
    }

    fn replica_set_updated(&self, old: &Value, new: &Value, watching: &mut Watching<'_>) {
        let owner_changed = old.controller_of() != new.controller_of();
        if owner_changed {
            queue_owner(old, watching);
        }
        if new.controller_of().is_some() {
            queue_owner(new, watching);
        } else if owner_changed || old.meta().get("labels") != new.meta().get("labels") {
            queue_matching(new, watching);
        }
    }

    /// A Recreate rollout waits for the last old pod to go.
    fn pod_deleted(&self, pod: &Value, watching: &mut Watching<'_>) {
        let stores = watching.stores;
        let Some(d) = deployment_of_pod(pod, stores) else {
            return;
        };
        if d.at(&["spec", "strategy", "type"]) != &"Recreate" {
            return;
        }
        let pods_left = stores[Kind::ReplicaSets]
            .by_index("owner", d.uid())
            .any(|rs| {
                stores[Kind::Pods]
                    .by_index("owner", rs.uid())
                    .next()
                    .is_some()
            });
        if !pods_left {
            watching.add(d.key());
        }
    }

    fn sync(&mut self, d: Value, work: &mut Work<'_, '_>) -> Outcome {
        let mut rollout = Rollout {
            d,
            work,
            recorder: &mut self.recorder,
        };
        if rollout.d.at(&["spec", "selector"]).is_empty() {
            return rollout.selects_everything();
        }
        let list = rollout.claim_replica_sets()?;
        if rollout.d.is_terminating() {
            return rollout.sync_status_only(&list);
        }
        rollout.check_paused_conditions()?;
        if util::is_paused(&rollout.d) || rollout.is_scaling_event(&list)? {
            return rollout.sync(&list);
        }
        if util::is_rolling_update(&rollout.d) {
            rollout.rolling_update(&list)
        } else {
            rollout.recreate(&list)
        }
    }
}

fn queue_owner(rs: &Value, watching: &mut Watching<'_>) {
    let owner = rs.controller_of().and_then(|r| {
        watching
            .stores
            .resolve(Kind::Deployments, rs.namespace(), r)
    });
    if let Some(d) = owner {
        watching.add(d.key());
    }
}

fn queue_matching(rs: &Value, watching: &mut Watching<'_>) {
    if rs.labels().is_none_or(|l| l.is_empty()) {
        return;
    }
    let stores = watching.stores;
    for d in stores[Kind::Deployments].in_namespace(rs.namespace()) {
        let selector = Selector::from_label_selector(d.at(&["spec", "selector"]));
        if selector.is_ok_and(|s| !s.is_everything() && s.matches_object(rs)) {
            watching.add(d.key());
        }
    }
}

fn deployment_of_pod<'a>(pod: &Value, stores: &'a Stores) -> Option<&'a Value> {
    let rs = stores.resolve(Kind::ReplicaSets, pod.namespace(), pod.controller_of()?)?;
    stores.resolve(Kind::Deployments, rs.namespace(), rs.controller_of()?)
}

impl Rollout<'_, '_, '_> {
    fn selects_everything(&mut self) -> Outcome {
        self.recorder.event(
            self.work.cx,
            &self.d,
            "Warning",
            "SelectingAll",
            "This deployment is selecting all pods. A non-empty selector is required.",
        );
        let observed = self
            .d
            .at(&["status", "observedGeneration"])
            .as_i64()
            .unwrap_or(0);
        if observed < self.d.generation() {
            let generation = self.d.generation();
            self.d.set_at(&["status", "observedGeneration"], generation);
            self.update_status()?;
        }
        Ok(Action::AwaitChange)
    }

    fn claim_replica_sets(&mut self) -> Result<Vec<Value>, Error> {
        let selector = Selector::from_label_selector(self.d.at(&["spec", "selector"]))
            .map_err(Error::other)?;
        let sets = &self.work.stores[Kind::ReplicaSets];
        let candidates = sets
            .by_index("owner", self.d.uid())
            .chain(sets.by_index("owner", &orphans_of(self.d.namespace())))
            .cloned()
            .collect();
        RefManager::new(&self.d, Kind::Deployments, &selector, Kind::ReplicaSets).claim(
            self.work,
            candidates,
            |_| true,
        )
    }

    /// Writes the Deployment's status (and its annotations, which its status strategy lets through).
    fn update_status(&mut self) -> Result<(), Error> {
        self.d = self
            .work
            .cx
            .update_status(Kind::Deployments.def(), self.d.clone())?;
        Ok(())
    }
}

impl Reconciler for DeploymentController {
    const NAME: &'static str = "deployment-controller";
    const SERVICE_ACCOUNT: &'static str = "deployment-controller";
    const WATCHES: &'static [Kind] = &[Kind::Deployments, Kind::ReplicaSets, Kind::Pods];
    const MAX_RETRIES: u32 = 15;

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        match (kind, delta) {
            (Kind::Deployments, _) => watching.add(delta.object().key()),
            (Kind::ReplicaSets, Delta::Added(rs)) => self.replica_set_added(rs, watching),
            (Kind::ReplicaSets, Delta::Updated(old, new)) => {
                self.replica_set_updated(old, new, watching)
            }
            (Kind::ReplicaSets, Delta::Deleted(rs)) => queue_owner(rs, watching),
            (Kind::Pods, Delta::Deleted(pod)) => self.pod_deleted(pod, watching),
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::Deployments].get(key).cloned() {
            Some(d) => self.sync(d, work),
            None => Ok(Action::AwaitChange),
        }
    }
}
