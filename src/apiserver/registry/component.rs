//! `componentstatuses`: not stored, but asked of the components at each request (`registry/core/componentstatus`).

use super::super::call::{Answer, Call};
use super::super::{ApiServer, negotiate};
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::tree;

impl ApiServer {
    /// Name, whether it answers, and the port of its health endpoint. etcd answers wherever this server does.
    fn probed(&self) -> [(&'static str, bool, u16); 3] {
        let c = self.components;
        [
            ("controller-manager", c.controller_manager, 10257),
            ("etcd-0", true, 2379),
            ("scheduler", c.scheduler, 10259),
        ]
    }

    /// `componentstatuses` as a list.
    pub(super) fn component_statuses(&self, call: &Call) -> Result<Answer, Status> {
        let items = self.probed().into_iter().map(component).collect();
        Ok(Answer::Object(
            200,
            negotiate::list(call, items, Value::object())?,
        ))
    }

    /// One of `componentstatuses`.
    pub(super) fn component_status(&self, call: &Call) -> Result<Answer, Status> {
        let name = &call.info.name;
        let found = self.probed().into_iter().find(|(n, ..)| n == name);
        let found = found.ok_or_else(|| Status::unknown(format!("Component not found: {name}")))?;
        Ok(Answer::Object(200, negotiate::one(call, component(found))?))
    }
}

fn component((name, healthy, port): (&str, bool, u16)) -> Value {
    let (status, message) = if healthy {
        ("True", "ok".to_owned())
    } else {
        let refused = format!(
            "Get \"https://127.0.0.1:{port}/healthz\": dial tcp 127.0.0.1:{port}: connect: connection refused"
        );
        ("False", refused)
    };
    tree!({
        "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name},
        "conditions": [{"type": "Healthy", "status": status, "message": message}],
    })
}
