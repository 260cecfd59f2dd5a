//! Volumes and claims in use are kept by a finalizer (`StorageObjectInUseProtection`), and claims grow only where their class
//! lets them (`PersistentVolumeClaimResize`).

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;

/// Adds the finalizer to new volumes, claims and classes of attributes.
pub fn protect(call: &Call, a: &mut Attributes<'_>) {
    let finalizer = if a.creates(call, "", "persistentvolumeclaims") {
        "kubernetes.io/pvc-protection"
    } else if a.creates(call, "", "persistentvolumes") {
        "kubernetes.io/pv-protection"
    } else if a.creates(call, "storage.k8s.io", "volumeattributesclasses") {
        "kubernetes.io/vac-protection"
    } else {
        return;
    };
    if !a.object.finalizers().any(|f| f == finalizer) {
        a.object.at_mut(&["metadata", "finalizers"]).push(finalizer);
    }
}

fn size(claim: &Value) -> Option<Quantity> {
    let asked = claim.at(&["spec", "resources", "requests", "storage"]);
    Quantity::parse(asked.str()).ok()
}

impl ApiServer {
    /// Refuses to let a claim grow that nobody can enlarge.
    pub(super) fn validate_resize(&self, call: &Call, a: &Attributes<'_>) -> Result<(), Status> {
        let (Operation::Update, "", Some(old)) = (a.operation, a.subresource, a.old) else {
            return Ok(());
        };
        let (before, after) = (size(old), size(a.object));
        if !call.resource.is("", "persistentvolumeclaims") || after <= before {
            return Ok(());
        }
        if old.at(&["status", "phase"]) != &"Bound" {
            return Err(a.forbidden(call, "Only bound persistent volume claims can be expanded"));
        }
        let class = a.object.at(&["spec", "storageClassName"]);
        let allowed = !class.str().is_empty()
            && class == old.at(&["spec", "storageClassName"])
            && self.class_allows_expansion(class.str());
        if allowed {
            return Ok(());
        }
        let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
        Err(a.forbidden(call, why))
    }

    fn class_allows_expansion(&self, name: &str) -> bool {
        let classes = registry::lookup("storage.k8s.io", "v1", "storageclasses");
        let class = classes.and_then(|r| self.storage.get(r.table, &r.key("", name)));
        class.is_some_and(|c| c.get("allowVolumeExpansion").as_bool() == Some(true))
    }
}
