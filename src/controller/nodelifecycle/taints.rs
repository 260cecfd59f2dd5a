//! Taints that follow from a node's conditions (`doNoScheduleTaintingPass`), and how taints are written.

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use crate::api::core::taints::match_taint;
use crate::api::core_v1::Taint;
use crate::apimachinery::Value;
use crate::client::PatchType;
use crate::tree;

/// Key of the taints of a node whose kubelet says that it is not ready.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// Key of the taints of a silent node.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Condition, status and the taint they lead to.
const BY_CONDITION: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    (
        "MemoryPressure",
        "True",
        "node.kubernetes.io/memory-pressure",
    ),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    (
        "NetworkUnavailable",
        "True",
        "node.kubernetes.io/network-unavailable",
    ),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// A taint.
pub fn taint(key: &str, effect: &str) -> Taint {
    Taint(tree!({"key": key, "effect": effect}))
}

/// Brings a node's `NoSchedule` taints in line with its conditions and with `spec.unschedulable`.
pub fn no_schedule_pass(node: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let mut wanted: Vec<&str> = Vec::new();
    for condition in node.at(&["status", "conditions"]).items() {
        let (kind, status) = (condition.get("type").str(), condition.get("status").str());
        let found = BY_CONDITION
            .iter()
            .find(|(k, s, _)| (*k, *s) == (kind, status));
        wanted.extend(found.map(|(_, _, taint)| taint));
    }
    if node.at(&["spec", "unschedulable"]).as_bool() == Some(true) {
        wanted.push(UNSCHEDULABLE);
    }
    let is_ours =
        |key: &str| key == UNSCHEDULABLE || BY_CONDITION.iter().any(|(_, _, t)| *t == key);
    let present: Vec<String> = node
        .at(&["spec", "taints"])
        .items()
        .iter()
        .map(Taint::of)
        .filter(|t| t.effect() == "NoSchedule" && is_ours(t.key()))
        .map(|t| t.key().to_owned())
        .collect();
    let add: Vec<Taint> = wanted
        .iter()
        .filter(|k| !present.iter().any(|p| p == *k))
        .map(|k| taint(k, "NoSchedule"))
        .collect();
    let remove: Vec<Taint> = present
        .iter()
        .filter(|p| !wanted.contains(&p.as_str()))
        .map(|k| taint(k, "NoSchedule"))
        .collect();
    swap(node, add, &remove, work)
}

/// Adds and takes away taints (`SwapNodeControllerTaint`).
pub fn swap(
    node: &Value,
    add: Vec<Taint>,
    remove: &[Taint],
    work: &mut Work<'_, '_>,
) -> Result<(), Error> {
    let old = node.at(&["spec", "taints"]).items();
    let is = |list: &[Taint], t: &Value| list.iter().any(|x| match_taint(x, Taint::of(t)));
    let mut taints: Vec<Value> = old.iter().filter(|t| !is(remove, t)).cloned().collect();
    let before = taints.len();
    for mut new in add {
        if !taints.iter().any(|t| match_taint(Taint::of(t), &new)) {
            new.set_time_added(work.cx.now);
            taints.push(new.0);
        }
    }
    if before == old.len() && taints.len() == before {
        return Ok(());
    }
    let mut patch = tree!({"metadata": {"resourceVersion": node.resource_version()}});
    patch.set_at(
        &["spec", "taints"],
        if taints.is_empty() {
            Value::Null
        } else {
            taints.into()
        },
    );
    match work.cx.patch(
        Kind::Nodes.def(),
        "",
        node.name(),
        "",
        PatchType::Strategic,
        patch,
    ) {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}
