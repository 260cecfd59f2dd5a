//! Gives Ingresses of the class `nginx` the address of the sandbox's entry, as the controller of ingress-nginx does
//! (`internal/ingress/status`). The entry itself is part of the network (`cluster/traffic/entry.rs`); there is no pod of it.

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::ingress::{ADDRESS, CONTROLLER, class_of};
use crate::apimachinery::Value;
use crate::client::{Delta, EventRecorder};
use crate::tree;
use std::time::Duration;

/// How long the address takes to appear.
const PUBLISHING: Duration = Duration::from_secs(3);

/// The controller behind the class `nginx`.
#[derive(Clone)]
pub struct IngressController {
    recorder: EventRecorder,
}

impl Default for IngressController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("nginx-ingress-controller", ""),
        }
    }
}

fn addresses(ingress: &Value) -> &[Value] {
    ingress.at(&["status", "loadBalancer", "ingress"]).items()
}

impl IngressController {
    fn publish(&mut self, ingress: &Value, ours: bool, work: &mut Work<'_, '_>) -> Outcome {
        let mut known = ingress.clone();
        let status = match ours {
            true => tree!({"ingress": [{"ip": ADDRESS}]}),
            false => Value::object(),
        };
        known.set_at(&["status", "loadBalancer"], status);
        work.cx.update_status(Kind::Ingresses.def(), known)?;
        if ours {
            let text = "Scheduled for sync";
            self.recorder
                .event(work.cx, ingress, "Normal", "Sync", text);
        }
        Ok(Action::AwaitChange)
    }
}

impl Reconciler for IngressController {
    const NAME: &'static str = "ingress-nginx";
    const SERVICE_ACCOUNT: &'static str = "ingress-nginx";
    const WATCHES: &'static [Kind] = &[Kind::Ingresses, Kind::IngressClasses];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::Ingresses {
            let key = delta.object().key();
            match addresses(delta.object()).is_empty() {
                true => watching.add_after(key, PUBLISHING),
                false => watching.add(key),
            }
            return;
        }
        let all: Vec<String> = watching.stores[Kind::Ingresses]
            .iter()
            .map(Value::key)
            .collect();
        for key in all {
            watching.add_after(key, PUBLISHING);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(ingress) = work.stores[Kind::Ingresses].get(key).cloned() else {
            return Ok(Action::AwaitChange);
        };
        let class = work.stores[Kind::IngressClasses].get(class_of(&ingress));
        let ours = class.is_some_and(|c| c.at(&["spec", "controller"]) == CONTROLLER);
        let published = addresses(&ingress).iter().any(|a| a.get("ip") == ADDRESS);
        match ours == published {
            true => Ok(Action::AwaitChange),
            false => self.publish(&ingress, ours, work),
        }
    }
}
