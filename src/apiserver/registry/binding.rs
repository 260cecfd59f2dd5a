//! `pods/binding` and `bindings`: giving a pod its node (`registry/core/pod/storage`).

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::storage::Storage;
use super::super::{ApiServer, Write, decode};
use crate::apimachinery::http::Body;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

impl ApiServer {
    pub(super) fn bind_pod(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        let tree = decode::tree(&call.content_type, body)?;
        let mut binding = decode::object_as(call, tree, "v1", "Binding")?;
        let pods = super::lookup("", "v1", "pods").ok_or_else(Status::no_such_resource)?;
        if call.info.name.is_empty() {
            call.info.name = binding.name().into();
        } else if !binding.name().is_empty() && binding.name() != call.info.name {
            return Err(Status::bad_request(
                "name in URL does not match name in Binding object",
            ));
        }
        decode::place(pods, &call.info.namespace, &mut binding)?;
        let target = binding.get("target");
        check_target(&call.info.name, target)?;
        call.resource = pods;
        let key = pods.key(&call.info.namespace, &call.info.name);
        let old = self
            .storage
            .get(pods.table, &key)
            .cloned()
            .ok_or_else(|| pods.not_found(&call.info.name))?;
        self.admit_part(
            call,
            &mut Attributes::new(Operation::Create, "binding", &mut binding, None),
        )?;
        let mut pod = assign(call, &old, &binding)?;
        self.label_with_topology(&mut pod);
        if !call.dry_run {
            self.commit(call, pods, &key, Write::Update(pod))?;
        }
        let success = tree!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
        Ok(Answer::Object(201, success))
    }
}

fn check_target(name: &str, target: &Value) -> Result<(), Status> {
    let mut causes = Vec::new();
    let kind = target.get("kind").str();
    if !matches!(kind, "" | "Node") {
        causes.push(StatusCause::new(
            "FieldValueNotSupported",
            format!("Unsupported value: {kind:?}: supported values: \"Node\", \"<empty>\""),
            "target.kind",
        ));
    }
    if target.get("name").str().is_empty() {
        causes.push(StatusCause::new(
            "FieldValueRequired",
            "Required value",
            "target.name",
        ));
    }
    if causes.is_empty() {
        Ok(())
    } else {
        Err(Status::invalid("", "Binding", name, causes))
    }
}

/// The bound pod (`setPodNodeAndMetadata`).
fn assign(call: &Call, old: &Value, binding: &Value) -> Result<Value, Status> {
    let conflict = |why: String| Status::conflict("", "pods/binding", old.name(), why);
    let uid = binding.uid();
    if !uid.is_empty() && uid != old.uid() {
        return Err(conflict(format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            old.uid()
        )));
    }
    let name = old.name();
    if old.is_terminating() {
        return Err(conflict(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        )));
    }
    let bound = old.at(&["spec", "nodeName"]).str();
    if !bound.is_empty() {
        return Err(conflict(format!(
            "pod {name} is already assigned to node {bound:?}"
        )));
    }
    if !old.at(&["spec", "schedulingGates"]).is_empty() {
        return Err(conflict(format!(
            "pod {name} has non-empty .spec.schedulingGates"
        )));
    }
    let mut pod = old.clone();
    pod.set_at(&["spec", "nodeName"], binding.at(&["target", "name"]));
    for field in ["annotations", "labels"] {
        for (k, v) in binding.meta().get(field).fields() {
            pod.set_at(&["metadata", field, k], v);
        }
    }
    set_scheduled(&mut pod, call.now);
    Ok(pod)
}

/// Sets the condition `PodScheduled` to true.
fn set_scheduled(pod: &mut Value, now: Timestamp) {
    let conditions = pod.at_mut(&["status", "conditions"]);
    let mut condition = tree!({"type": "PodScheduled", "status": "True", "lastProbeTime": null});
    condition.set("lastTransitionTime", now);
    let items = conditions.items_mut();
    match items.iter_mut().find(|c| c.get("type") == &"PodScheduled") {
        Some(present) => {
            if present.get("status") == &"True" {
                let since = present.get("lastTransitionTime").clone();
                condition.set("lastTransitionTime", since);
            }
            *present = condition;
        }
        None => items.push(condition),
    }
}
