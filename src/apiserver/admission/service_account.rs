//! Gives pods their service account, its token volume and its pull secrets (`plugin/pkg/admission/serviceaccount`).

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Response};
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::tree;
use std::sync::LazyLock;

/// Where a container finds its credentials.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX: &str = "kube-api-access-";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// How often upstream's plugin looks for a namespace's account `default`, which a controller makes a moment after the namespace.
pub const ACCOUNT_ATTEMPTS: u32 = 10;
/// How long it waits in between.
pub const ACCOUNT_RETRY: std::time::Duration = std::time::Duration::from_millis(150);

/// Whether a request was refused because the account `default` is not there yet. The plugin waits for it; here nothing waits
/// within a request, so whoever carries requests asks again, [`ACCOUNT_ATTEMPTS`] times.
pub fn awaits_account(response: &Response) -> bool {
    let Body::Tree(status) = response.body() else {
        return false;
    };
    let message = status.get("message").str();
    response.status() == http::StatusCode::FORBIDDEN
        && message.contains("error looking up service account ")
        && message.ends_with("/default: serviceaccount \"default\" not found")
}

impl ApiServer {
    pub(super) fn admit_service_account(
        &mut self,
        call: &Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        if !call.resource.is("", "pods") || !a.subresource.is_empty() {
            return Ok(());
        }
        if a.operation != Operation::Create {
            return Ok(());
        }
        if a.object.annotation(MIRROR).is_some() {
            return check_mirror(call, a);
        }
        let spec = a.object.get("spec");
        let name = match spec.get("serviceAccountName").str() {
            "" => "default",
            name => name,
        }
        .to_owned();
        for field in ["serviceAccountName", "serviceAccount"] {
            a.object.set_at(&["spec", field], name.as_str());
        }
        let namespace = a.object.namespace().to_owned();
        let account = registry::lookup("", "v1", "serviceaccounts")
            .and_then(|r| self.storage.get(r.table, &r.key(&namespace, &name)))
            .cloned();
        let Some(account) = account else {
            return Err(a.forbidden(call, format!(
                "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
            )));
        };
        let automount = a
            .object
            .at(&["spec", "automountServiceAccountToken"])
            .as_bool()
            .or(account.get("automountServiceAccountToken").as_bool())
            .unwrap_or(true);
        if automount {
            self.mount_token(a.object);
        }
        if a.object.at(&["spec", "imagePullSecrets"]).is_empty() {
            let secrets = account.get("imagePullSecrets");
            if !secrets.is_empty() {
                a.object.set_at(&["spec", "imagePullSecrets"], secrets);
            }
        }
        Ok(())
    }

    fn mount_token(&mut self, pod: &mut Value) {
        let volumes = pod.at(&["spec", "volumes"]).items();
        let present = volumes
            .iter()
            .map(|v| v.get("name").str())
            .find(|n| n.starts_with(VOLUME_PREFIX))
            .map(str::to_owned);
        let name = match &present {
            Some(name) => name.clone(),
            None => loop {
                let name = format!("{VOLUME_PREFIX}{}", self.rng.suffix(5));
                if !volumes.iter().any(|v| v.get("name").str() == name) {
                    break name;
                }
            },
        };
        let mut mounted = false;
        for field in ["initContainers", "containers"] {
            if pod.at(&["spec", field]).items().is_empty() {
                continue;
            }
            for container in pod.at_mut(&["spec", field]).items_mut() {
                let taken = container
                    .get("volumeMounts")
                    .items()
                    .iter()
                    .any(|m| m.get("mountPath") == &MOUNT_PATH);
                if !taken {
                    container.entry("volumeMounts").push(tree!({
                        "name": name, "readOnly": true, "mountPath": MOUNT_PATH,
                    }));
                    mounted = true;
                }
            }
        }
        if mounted && present.is_none() {
            pod.at_mut(&["spec", "volumes"]).push(token_volume(&name));
        }
    }
}

fn token_volume(name: &str) -> Value {
    // All pods share it.
    static PROJECTED: LazyLock<Value> = LazyLock::new(|| {
        tree!({"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
        ]})
    });
    tree!({"name": name, "projected": *PROJECTED})
}

/// Mirror pods may not use what only the API server could hand out.
fn check_mirror(call: &Call, a: &Attributes<'_>) -> Result<(), Status> {
    let spec = a.object.get("spec");
    if !spec.get("serviceAccountName").str().is_empty() {
        return Err(a.forbidden(call, "a mirror pod may not reference service accounts"));
    }
    if spec.get("volumes").items().iter().any(|v| v.has("secret")) {
        return Err(a.forbidden(call, "a mirror pod may not reference secrets"));
    }
    Ok(())
}
