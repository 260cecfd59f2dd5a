//! Runs pods with an identity and storage of their own, in order (upstream's `pkg/controller/statefulset`).

mod control;
mod identity;
mod pods;
mod revisions;
mod status;

use super::ref_manager::RefManager;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, orphans_of};
use crate::apimachinery::{Selector, Value};
use crate::client::{Delta, EventRecorder};
use std::time::Duration;

/// The stateful set controller.
#[derive(Clone)]
pub struct StatefulSetController {
    recorder: EventRecorder,
}

impl Default for StatefulSetController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("statefulset-controller", ""),
        }
    }
}

impl StatefulSetController {
    fn sync(&mut self, set: Value, work: &mut Work<'_, '_>) -> Outcome {
        let selector =
            Selector::from_label_selector(set.at(&["spec", "selector"])).map_err(Error::other)?;
        let pods = claim_pods(&set, &selector, work)?;
        work.looked_at(pods.len());
        let all = super::history::controlled(&set, Kind::StatefulSets, &selector, work)?;
        let revisions = revisions::current_and_update(&set, &all, work)?;
        let (mut status, result) =
            control::update(&set, &revisions, &pods, &mut self.recorder, work);
        status::complete_rolling_update(&set, &mut status);
        let available = status.available;
        status::store(&set, status, work)?;
        result?;
        revisions::truncate(&set, &all, &pods, &revisions, work)?;
        let min_ready = identity::min_ready(&set);
        if min_ready > 0 && available != identity::replicas(&set) {
            return Ok(Action::RequeueAfter(Duration::from_secs(
                min_ready.unsigned_abs(),
            )));
        }
        Ok(Action::AwaitChange)
    }
}

fn claim_pods(
    set: &Value,
    selector: &Selector,
    work: &mut Work<'_, '_>,
) -> Result<Vec<Value>, Error> {
    let pods = &work.stores[Kind::Pods];
    let candidates = pods
        .by_index("owner", set.uid())
        .chain(pods.by_index("owner", &orphans_of(set.namespace())))
        .cloned()
        .collect();
    let is_member = |pod: &Value| {
        identity::parent_and_ordinal(pod.name()).is_some_and(|(p, _)| p == set.name())
    };
    RefManager::new(set, Kind::StatefulSets, selector, Kind::Pods)
        .claim(work, candidates, is_member)
}

impl Reconciler for StatefulSetController {
    const NAME: &'static str = "statefulset-controller";
    const SERVICE_ACCOUNT: &'static str = "statefulset-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::StatefulSets,
        Kind::Pods,
        Kind::PersistentVolumeClaims,
        Kind::ControllerRevisions,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        match kind {
            Kind::StatefulSets => return watching.add(object.key()),
            Kind::Pods | Kind::ControllerRevisions => {}
            _ => return,
        }
        let stores = watching.stores;
        let resolve =
            |o: &Value| stores.resolve(Kind::StatefulSets, o.namespace(), o.controller_of()?);
        if let Delta::Updated(old, new) = delta
            && old.controller_of() != new.controller_of()
            && let Some(set) = resolve(old)
        {
            watching.add(set.key());
        }
        if let Some(set) = resolve(object) {
            return watching.add(set.key());
        }
        if kind == Kind::Pods
            && object.controller_of().is_none()
            && !matches!(delta, Delta::Deleted(_))
        {
            for set in stores[Kind::StatefulSets].in_namespace(object.namespace()) {
                let selector = Selector::from_label_selector(set.at(&["spec", "selector"]));
                if selector.is_ok_and(|s| !s.is_everything() && s.matches_object(object)) {
                    watching.add(set.key());
                }
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::StatefulSets].get(key).cloned() {
            Some(set) => self.sync(set, work),
            None => Ok(Action::AwaitChange),
        }
    }
}
