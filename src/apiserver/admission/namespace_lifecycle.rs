//! Keeps objects out of namespaces that are missing or terminating, and the basic namespaces where they are.

use super::{Attributes, Operation};
use crate::apimachinery::status::{Status, StatusCause};
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;

/// Namespaces that may not be deleted.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

impl ApiServer {
    pub(super) fn admit_namespace(&self, call: &Call, a: &Attributes<'_>) -> Result<(), Status> {
        if call.resource.is("", "namespaces") {
            let name = a.object.name();
            if a.operation == Operation::Delete && IMMORTAL.contains(&name) {
                return Err(call
                    .resource
                    .forbidden(name, "this namespace may not be deleted"));
            }
            return Ok(());
        }
        if !call.resource.def.namespaced || a.operation == Operation::Delete {
            return Ok(());
        }
        let name = a.object.namespace();
        let Some(namespaces) = registry::lookup("", "v1", "namespaces") else {
            return Ok(());
        };
        let Some(namespace) = self.storage.get(namespaces.table, name) else {
            return Err(namespaces.not_found(name));
        };
        if a.operation == Operation::Create && namespace.at(&["status", "phase"]) == &"Terminating"
        {
            let status = a.forbidden(
                call,
                format!("unable to create new content in namespace {name} because it is being terminated"),
            );
            let cause = StatusCause::new(
                "NamespaceTerminating",
                format!("namespace {name} is being terminated"),
                "metadata.namespace",
            );
            return Err(status.with_causes(&[cause]));
        }
        Ok(())
    }
}
