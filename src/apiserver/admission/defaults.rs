//! Small plugins that fill something in: tolerations of unready nodes, runtime classes, ingress classes.

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::collections::Arrange;
use crate::tree;
use std::sync::LazyLock;

/// How long pods stay on a node that is not ready or not reachable, in seconds.
const TOLERATION_SECONDS: i64 = 300;

/// `DefaultTolerationSeconds`.
pub fn tolerate_unready(call: &Call, a: &mut Attributes<'_>) {
    if !call.resource.is("", "pods")
        || !a.subresource.is_empty()
        || a.operation == Operation::Delete
    {
        return;
    }
    // All pods share them.
    static TOLERATIONS: LazyLock<[Value; 2]> = LazyLock::new(|| {
        ["not-ready", "unreachable"].map(|taint| {
            tree!({
                "key": format!("node.kubernetes.io/{taint}"), "operator": "Exists",
                "effect": "NoExecute", "tolerationSeconds": TOLERATION_SECONDS,
            })
        })
    });
    for toleration in TOLERATIONS.iter() {
        let key = toleration.get("key").str();
        let tolerated = a
            .object
            .at(&["spec", "tolerations"])
            .items()
            .iter()
            .any(|t| {
                matches!(t.get("key").str(), k if k == key || k.is_empty())
                    && matches!(t.get("effect").str(), "NoExecute" | "")
            });
        if !tolerated {
            a.object.at_mut(&["spec", "tolerations"]).push(toleration);
        }
    }
}

/// The newest object that carries an annotation saying "true"; of equally old ones the first by name.
fn marked_default<'a>(
    all: impl Iterator<Item = &'a Value>,
    annotations: &[&str],
) -> Option<&'a Value> {
    let mut found: Vec<&Value> = all
        .filter(|c| annotations.iter().any(|a| c.annotation(a) == Some("true")))
        .collect();
    found.arrange_by(|x, y| {
        let created = |v: &Value| v.creation_timestamp();
        created(y)
            .cmp(&created(x))
            .then_with(|| x.name().cmp(y.name()))
    });
    found.first().copied()
}

impl ApiServer {
    /// `DefaultStorageClass`.
    pub(super) fn admit_storage_class(&self, call: &Call, a: &mut Attributes<'_>) {
        if !a.creates(call, "", "persistentvolumeclaims")
            || !a.object.at(&["spec", "storageClassName"]).is_null()
            || a.object
                .annotation("volume.beta.kubernetes.io/storage-class")
                .is_some()
        {
            return;
        }
        let Some(classes) = registry::lookup("storage.k8s.io", "v1", "storageclasses") else {
            return;
        };
        let all = self.storage.list(classes.table, "", "").map(|(_, c)| c);
        let names = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        if let Some(class) = marked_default(all, &names) {
            a.object.set_at(&["spec", "storageClassName"], class.name());
        }
    }

    /// `DefaultIngressClass`.
    pub(super) fn admit_ingress_class(
        &self,
        call: &Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        if !a.creates(call, "networking.k8s.io", "ingresses")
            || !a.object.at(&["spec", "ingressClassName"]).is_null()
            || a.object.annotation("kubernetes.io/ingress.class").is_some()
        {
            return Ok(());
        }
        let Some(classes) = registry::lookup("networking.k8s.io", "v1", "ingressclasses") else {
            return Ok(());
        };
        let all = self.storage.list(classes.table, "", "").map(|(_, c)| c);
        if let Some(class) = marked_default(all, &["ingressclass.kubernetes.io/is-default-class"]) {
            a.object.set_at(&["spec", "ingressClassName"], class.name());
        }
        Ok(())
    }

    /// `RuntimeClass`: the class must exist; its overhead and scheduling become the pod's.
    pub(super) fn admit_runtime_class(
        &self,
        call: &Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        if !a.creates(call, "", "pods") {
            return Ok(());
        }
        let name = a.object.at(&["spec", "runtimeClassName"]).str().to_owned();
        if name.is_empty() {
            return Ok(());
        }
        let class = registry::lookup("node.k8s.io", "v1", "runtimeclasses")
            .and_then(|r| self.storage.get(r.table, &name))
            .cloned();
        let Some(class) = class else {
            return Err(a.forbidden(
                call,
                format!("pod rejected: RuntimeClass {name:?} not found"),
            ));
        };
        let overhead = class.at(&["overhead", "podFixed"]);
        if !overhead.is_empty() {
            let given = a.object.at(&["spec", "overhead"]);
            if !given.is_empty() && given != overhead {
                return Err(a.forbidden(
                    call,
                    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
                ));
            }
            a.object.set_at(&["spec", "overhead"], overhead);
        }
        let scheduling = class.get("scheduling");
        for (key, value) in scheduling.get("nodeSelector").fields() {
            let present = a.object.at(&["spec", "nodeSelector", key]);
            if !present.is_null() && present != value {
                return Err(a.forbidden(call, format!(
                    "pod rejected: conflict: runtimeClass.scheduling.nodeSelector[{key}] = {}; pod.spec.nodeSelector[{key}] = {}",
                    value.str(),
                    present.str()
                )));
            }
            a.object.set_at(&["spec", "nodeSelector", key], value);
        }
        for toleration in scheduling.get("tolerations").items() {
            if !a
                .object
                .at(&["spec", "tolerations"])
                .items()
                .contains(toleration)
            {
                a.object.at_mut(&["spec", "tolerations"]).push(toleration);
            }
        }
        Ok(())
    }
}
