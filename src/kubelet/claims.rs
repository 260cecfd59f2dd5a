//! What stands behind the claims of a pod (`pkg/kubelet/volumemanager/populator`).

use super::env::core;
use super::worker::PodWorker;
use crate::api::core::volumes::{fits_node, mode_of};
use crate::apimachinery::Value;
use crate::client::{ApiError, Cx};
use crate::tree;

/// Keeps a claim while pods use it.
const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// The claim that a volume stands for, "" for none; one that is the pod's own is named after both.
pub fn claim_of(w: &PodWorker, volume: &Value) -> String {
    if volume.get("ephemeral").is_null() {
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]);
        return claim.str().to_owned();
    }
    let mut claim = w.api_pod().name().to_owned();
    claim.push('-');
    claim.push_str(volume.name_of());
    claim
}

/// The PersistentVolume behind a claim that a volume of a pod stands for.
///
/// # Errors
/// Why there is none that the pod can have, as upstream's kubelet says it.
pub(super) fn volume_behind(
    w: &PodWorker,
    volume: &Value,
    name: &str,
    cx: &mut Cx<'_>,
) -> Result<Value, String> {
    let namespace = w.pod.namespace();
    let failed = |why: String| format!("error processing PVC {namespace}/{name}: {why}");
    let claim = bound_claim(namespace, name, cx).map_err(failed)?;
    let controller = claim.controller_of().map(|owner| owner.get("uid").str());
    if volume.has("ephemeral") && controller != Some(w.api_pod().uid()) {
        let pod = w.api_pod().name();
        return Err(format!(
            "PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)"
        ));
    }
    let bound = bound_to(&claim, cx).map_err(failed)?;
    let mode = mode_of(&bound);
    for (list, wanted) in [("volumeMounts", "Filesystem"), ("volumeDevices", "Block")] {
        if mode != wanted && is_used(w, list, volume.name_of()) {
            return Err(format!(
                "volume {} has volumeMode {mode}, but is specified in {list}",
                volume.name_of()
            ));
        }
    }
    Ok(bound)
}

fn bound_claim(namespace: &str, name: &str, cx: &mut Cx<'_>) -> Result<Value, String> {
    let unread = |e: ApiError| format!("failed to fetch PVC from API server: {}", e.message());
    let claim = cx.get(core("persistentvolumeclaims"), namespace, name);
    let claim = claim.map_err(unread)?;
    let mut finalizers = claim.at(&["metadata", "finalizers"]).items().iter();
    let why = if claim.is_terminating() && !finalizers.any(|f| f == &PROTECTION) {
        "PVC is being deleted"
    } else if claim.at(&["status", "phase"]) != &"Bound" {
        "PVC is not bound"
    } else if claim.at(&["spec", "volumeName"]).is_empty() {
        "PVC has empty pvc.Spec.VolumeName"
    } else {
        return Ok(claim);
    };
    Err(why.to_owned())
}

fn bound_to(claim: &Value, cx: &mut Cx<'_>) -> Result<Value, String> {
    let name = claim.at(&["spec", "volumeName"]).str();
    let bound = cx.get(core("persistentvolumes"), "", name);
    let bound =
        bound.map_err(|e| format!("failed to fetch PV {name} from API server: {}", e.message()))?;
    let reference = bound.at(&["spec", "claimRef"]);
    if reference.is_null() {
        return Err(format!(
            "found PV object {name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim"
        ));
    }
    let uid = reference.get("uid").str();
    if uid != claim.uid() {
        return Err(format!(
            "found PV object {name} but its pv.Spec.ClaimRef.UID {uid} does not point to claim.UID {}",
            claim.uid()
        ));
    }
    Ok(bound)
}

/// Whether a container has a volume among those of a list.
fn is_used(w: &PodWorker, list: &str, volume: &str) -> bool {
    let kinds = ["initContainers", "containers", "ephemeralContainers"];
    let spec = w.pod.get("spec");
    let mut all = kinds.iter().flat_map(|kind| spec.get(kind).items());
    all.any(|c| c.get(list).items().iter().any(|m| m.get("name") == &volume))
}

/// Why a bound volume cannot be used on a node, where that is so.
pub(super) fn elsewhere(bound: &Value, node: &str, cx: &mut Cx<'_>) -> Option<String> {
    if bound.at(&["spec", "nodeAffinity", "required"]).is_null() {
        return None;
    }
    let found = cx.get(core("nodes"), "", node);
    // A kubelet whose node is gone knows no labels of it.
    let node = found.unwrap_or_else(|_| tree!({"metadata": {"name": node}}));
    (!fits_node(bound, &node)).then(|| {
        format!(
            "MountVolume.NodeAffinity check failed for volume \"{}\" : no matching NodeSelectorTerms",
            bound.name()
        )
    })
}

/// What is told of claims that stand in a pod's way: volumes, and why each.
pub(super) fn unprocessed(mut failed: Vec<(String, String)>) -> String {
    failed.sort();
    let (names, why): (Vec<String>, Vec<String>) = failed.into_iter().unzip();
    let names = names.join(" ");
    format!(
        "Unable to attach or mount volumes: unmounted volumes=[{names}], unattached volumes=[], failed to process volumes=[{names}]: {}",
        why.join("; ")
    )
}
