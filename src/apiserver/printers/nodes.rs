//! Nodes.

use super::{Cells, Row, text_or};
use crate::apimachinery::Value;
use crate::collections::Arrange;

/// The row of a node (`printNode`).
pub fn cells(row: &Row<'_>) -> Cells {
    let info = row.status("nodeInfo");
    vec![
        row.name(),
        status(row.o).into(),
        roles(row.o).into(),
        row.age(),
        info.get("kubeletVersion").str().into(),
        address(row.o, "InternalIP"),
        address(row.o, "ExternalIP"),
        text_or(info.get("osImage"), "<unknown>"),
        text_or(info.get("kernelVersion"), "<unknown>"),
        text_or(info.get("containerRuntimeVersion"), "<unknown>"),
    ]
}

fn status(node: &Value) -> String {
    let conditions = node.at(&["status", "conditions"]).items();
    let ready = conditions.iter().find(|c| c.get("type") == &"Ready");
    let mut text = match ready {
        Some(c) if c.get("status") == &"True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node.at(&["spec", "unschedulable"]).as_bool() == Some(true) {
        text += ",SchedulingDisabled";
    }
    text
}

fn roles(node: &Value) -> String {
    let mut roles: Vec<&str> = node
        .meta()
        .get("labels")
        .fields()
        .filter_map(|(k, v)| match k.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            _ if k == "kubernetes.io/role" && !v.str().is_empty() => Some(v.str()),
            _ => None,
        })
        .collect();
    roles.arrange();
    roles.dedup();
    if roles.is_empty() {
        "<none>".into()
    } else {
        roles.join(",")
    }
}

fn address(node: &Value, kind: &str) -> Value {
    let found = node
        .at(&["status", "addresses"])
        .items()
        .iter()
        .find(|a| a.get("type") == &kind);
    text_or(found.map_or(&Value::Null, |a| a.get("address")), "<none>")
}
