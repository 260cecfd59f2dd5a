//! Makes the claims of pods' ephemeral volumes (upstream's `pkg/controller/volume/ephemeral`).

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::volumes::claims_of;
use crate::apimachinery::{Value, meta};
use crate::client::{Delta, EventRecorder};
use crate::tree;

/// The controller of ephemeral volumes.
#[derive(Clone)]
pub struct EphemeralController {
    recorder: EventRecorder,
}

impl Default for EphemeralController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("ephemeral_volume", ""),
        }
    }
}

fn is_owned(claim: &Value, pod: &Value) -> bool {
    claim
        .controller_of()
        .is_some_and(|r| r.get("uid").str() == pod.uid())
}

impl EphemeralController {
    fn ensure(
        &mut self,
        pod: &Value,
        (volume, name): (&str, String),
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let def = Kind::PersistentVolumeClaims.def();
        let known = work.stores[Kind::PersistentVolumeClaims].get_in(pod.namespace(), &name);
        if let Some(claim) = known {
            if is_owned(claim, pod) {
                return Ok(());
            }
            let text = format!(
                "PVC {} was not created for pod {} (pod is not owner)",
                claim.key(),
                pod.key()
            );
            self.recorder
                .event(work.cx, pod, "Warning", "FailedBinding", &text);
            return Err(Error::other(text));
        }
        let volumes = pod.at(&["spec", "volumes"]).items();
        let Some(found) = volumes.iter().find(|v| v.get("name").str() == volume) else {
            return Ok(());
        };
        let template = found.at(&["ephemeral", "volumeClaimTemplate"]);
        let mut claim = tree!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}});
        for field in ["labels", "annotations"] {
            let value = template.at(&["metadata", field]);
            if !value.is_empty() {
                claim.set_at(&["metadata", field], value);
            }
        }
        claim.set_at(
            &["metadata", "ownerReferences"],
            vec![meta::new_controller_ref(pod, "v1", "Pod")],
        );
        claim.set("spec", template.get("spec"));
        match work.cx.create(def, pod.namespace(), claim) {
            Err(e) if !e.is_already_exists() => {
                let text = format!("ephemeral volume controller failed to create PVC {name}: {e}");
                self.recorder
                    .event(work.cx, pod, "Warning", "FailedBinding", &text);
                Err(e.into())
            }
            _ => Ok(()),
        }
    }
}

impl Reconciler for EphemeralController {
    const NAME: &'static str = "ephemeral-volume-controller";
    const SERVICE_ACCOUNT: &'static str = "ephemeral-volume-controller";
    const WATCHES: &'static [Kind] = &[Kind::Pods, Kind::PersistentVolumeClaims];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        let gone = matches!(delta, Delta::Deleted(_));
        if kind == Kind::Pods && !gone && claims_of(object).iter().any(|(.., own)| *own) {
            watching.add(object.key());
        } else if kind == Kind::PersistentVolumeClaims && gone {
            let pod = object.controller_of().filter(|r| r.kind() == "Pod");
            if let Some(pod) = pod {
                let mut key = object.namespace().to_owned();
                key.push('/');
                key.push_str(pod.get("name").str());
                watching.add(key);
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let pod = work.stores[Kind::Pods].get(key).cloned();
        let Some(pod) = pod.filter(|p| !p.is_terminating()) else {
            return Ok(Action::AwaitChange);
        };
        for (volume, name, own) in claims_of(&pod) {
            if own {
                self.ensure(&pod, (volume, name), work)?;
            }
        }
        Ok(Action::AwaitChange)
    }
}
