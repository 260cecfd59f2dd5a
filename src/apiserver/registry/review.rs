//! Kinds that are answered and not stored: access and token reviews, component statuses, and the shorthand `bindings`.

use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::{ApiServer, decode, negotiate};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::status::Status;
use crate::tree;

impl ApiServer {
    /// Answers creations that store nothing; none for ordinary resources.
    pub(super) fn create_special(
        &mut self,
        call: &mut Call,
        body: &Body,
    ) -> Option<Result<Answer, Status>> {
        match (call.resource.def.group, call.resource.def.resource) {
            ("authorization.k8s.io" | "authentication.k8s.io", _) => {
                Some(self.review(call, body.clone()))
            }
            ("", "bindings") => Some(self.bind_pod(call, body.clone())),
            _ => None,
        }
    }

    fn review(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        let mut object = decode::object(call, body)?;
        decode::place(call.resource, &call.info.namespace, &mut object)?;
        let status = match call.resource.def.resource {
            "selfsubjectreviews" => tree!({"userInfo": user_info(call)}),
            "selfsubjectrulesreviews" => tree!({
                "incomplete": false,
                "nonResourceRules": [{"nonResourceURLs": ["*"], "verbs": ["*"]}],
                "resourceRules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
            }),
            "tokenreviews" => self.review_token(object.at(&["spec", "token"]).str()),
            _ => tree!({"allowed": true}),
        };
        object.set("status", status);
        if object.meta().is_null() {
            object.set("metadata", Value::object());
        }
        Ok(Answer::Object(201, negotiate::one(call, object)?))
    }
}

fn user_info(call: &Call) -> serde_json::Value {
    serde_json::json!({"username": call.user.name, "groups": call.user.groups})
}

/// The three components that upstream still lists.
const COMPONENTS: [(&str, &str); 3] = [
    ("controller-manager", "ok"),
    ("etcd-0", "ok"),
    ("scheduler", "ok"),
];

fn component((name, message): (&str, &str)) -> Value {
    tree!({
        "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name},
        "conditions": [{"type": "Healthy", "status": "True", "message": message}],
    })
}

/// `componentstatuses` as a list.
pub(super) fn component_statuses(call: &Call) -> Result<Answer, Status> {
    let items = COMPONENTS.into_iter().map(component).collect();
    Ok(Answer::Object(
        200,
        negotiate::list(call, items, Value::object())?,
    ))
}

/// One of `componentstatuses`.
pub(super) fn component_status(call: &Call) -> Result<Answer, Status> {
    let found = COMPONENTS.into_iter().find(|(n, _)| *n == call.info.name);
    let found = found.ok_or_else(|| call.resource.not_found(&call.info.name))?;
    Ok(Answer::Object(200, negotiate::one(call, component(found))?))
}
