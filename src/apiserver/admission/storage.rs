//! Volumes and claims in use are kept by a finalizer (`StorageObjectInUseProtection`).

use super::Attributes;
use crate::apiserver::call::Call;

/// Adds the finalizer to new volumes and claims.
pub fn protect(call: &Call, a: &mut Attributes<'_>) {
    let finalizer = if a.creates(call, "", "persistentvolumeclaims") {
        "kubernetes.io/pvc-protection"
    } else if a.creates(call, "", "persistentvolumes") {
        "kubernetes.io/pv-protection"
    } else {
        return;
    };
    if !a.object.finalizers().any(|f| f == finalizer) {
        a.object.at_mut(&["metadata", "finalizers"]).push(finalizer);
    }
}
