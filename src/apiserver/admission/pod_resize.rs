//! What is asked for of a node that never has it is refused at once (`PodResizeValidator`).

use super::{Attributes, Operation};
use crate::api::core::resources::pod_requests;
use crate::api::core_v1::Pod;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;

impl ApiServer {
    /// Holds a bound pod that is resized to what its node can give to pods.
    pub(super) fn validate_pod_resize(
        &self,
        call: &Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        let (Operation::Update, "resize", Some(old)) = (a.operation, a.subresource, a.old) else {
            return Ok(());
        };
        let name = a.object.at(&["spec", "nodeName"]).str();
        let is_pod = call.resource.is("", "pods");
        if !is_pod || name.is_empty() || old.get("spec") == a.object.get("spec") {
            return Ok(());
        }
        let nodes = registry::lookup("", "v1", "nodes");
        let node = nodes.and_then(|r| self.storage.get(r.table, name));
        let Some(node) = node else {
            return Err(a.forbidden(call, format!("node {name:?} not found")));
        };
        let refused = |why: String, cause: &str| {
            Err(a
                .forbidden(call, why)
                .with_causes(&[StatusCause::new(cause, "", "")]))
        };
        let os = node.label("kubernetes.io/os").unwrap_or("linux");
        if os != "linux" {
            let why =
                format!("pod resize is only supported on linux nodes, node {name:?} is {os:?}");
            return refused(why, "UnsupportedPlatform");
        }
        let asked = pod_requests(Pod::of(a.object));
        let mut short = Vec::new();
        for resource in ["cpu", "memory"] {
            let has = Quantity::of(node.at(&["status", "allocatable", resource]));
            let asked = asked.get(resource).copied().unwrap_or_default();
            if asked > has {
                let number = |q: &Quantity| match resource {
                    "cpu" => q.milli_value(),
                    _ => q.value(),
                };
                let (asked, has) = (number(&asked), number(&has));
                short.push(format!(
                    "{resource}, requested: {asked}, allocatable: {has}"
                ));
            }
        }
        if short.is_empty() {
            return Ok(());
        }
        let why = short.join("; ");
        let why = format!("node didn't have enough allocatable resources: {why}");
        refused(why, "NodeCapacity")
    }
}
