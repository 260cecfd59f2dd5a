//! Charges quotas (`apiserver/pkg/admission/plugin/resourcequota`).

use crate::api::core::quota as usage;

use super::{Attributes, Operation};
use crate::api::core::resources::{ResourceList, add, resource_list, to_value};
use crate::apimachinery::Value;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::status::Status;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::apiserver::{ApiServer, Write};

impl ApiServer {
    pub(super) fn charge_quotas(&mut self, call: &Call, a: &Attributes<'_>) -> Result<(), Status> {
        let resizes = call.resource.is("", "pods") && a.subresource == "resize";
        if !call.resource.def.namespaced
            || !a.subresource.is_empty() && !resizes
            || a.operation == Operation::Delete
        {
            return Ok(());
        }
        let Some(quotas) = registry::lookup("", "v1", "resourcequotas") else {
            return Ok(());
        };
        let prefix = quotas.prefix(a.object.namespace());
        let mine: Vec<Value> = self
            .storage
            .list(quotas.table, &prefix, "")
            .map(|(_, q)| q.clone())
            .collect();
        if mine.is_empty() {
            return Ok(());
        }
        let Some(delta) = usage::delta(call.resource.def, resizes, a.object, a.old) else {
            return Ok(());
        };
        let mut changed = Vec::new();
        for quota in &mine {
            changed.extend(charge(call, a, quota, &delta)?);
        }
        if call.dry_run {
            return Ok(());
        }
        for quota in changed {
            let key = quotas.key(quota.namespace(), quota.name());
            self.commit(call, quotas, &key, Write::Update(quota))?;
        }
        Ok(())
    }
}

/// The quota with the new usage; none where it is not concerned.
fn charge(
    call: &Call,
    a: &Attributes<'_>,
    quota: &Value,
    delta: &ResourceList,
) -> Result<Option<Value>, Status> {
    if !usage::in_scope(call.resource.def, quota, a.object) {
        return Ok(None);
    }
    let hard = resource_list(quota.at(&["status", "hard"]));
    let mut used = resource_list(quota.at(&["status", "used"]));
    let name = quota.name();
    if call.resource.is("", "pods") {
        let missing = usage::missing(a.object, &hard);
        if !missing.is_empty() {
            let why = format!("failed quota: {name}: must specify {}", missing.join("; "));
            return Err(a.forbidden(call, why));
        }
    }
    let requested: ResourceList = delta
        .iter()
        .filter(|(k, q)| hard.contains_key(k.as_str()) && !q.is_zero())
        .map(|(k, q)| (k.clone(), *q))
        .collect();
    if requested.is_empty() {
        return Ok(None);
    }
    let unknown: Vec<&str> = requested
        .keys()
        .map(|k| k.as_str())
        .filter(|k| !used.contains_key(*k))
        .collect();
    if !unknown.is_empty() {
        let why = format!(
            "status unknown for quota: {name}, resources: {}",
            unknown.join(",")
        );
        return Err(a.forbidden(call, why));
    }
    let before = used.clone();
    add(&mut used, &requested);
    let exceeded: Vec<&str> = requested
        .iter()
        .filter(|(k, q)| q.sign() > 0 && used.get(k.as_str()) > hard.get(k.as_str()))
        .map(|(k, _)| k.as_str())
        .collect();
    if !exceeded.is_empty() {
        return Err(a.forbidden(
            call,
            format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                print(&requested, &exceeded),
                print(&before, &exceeded),
                print(&hard, &exceeded)
            ),
        ));
    }
    let mut quota = quota.clone();
    quota.set_at(&["status", "used"], to_value(&used));
    Ok(Some(quota))
}

fn print(list: &ResourceList, names: &[&str]) -> String {
    let zero = Quantity::default();
    let parts: Vec<String> = names
        .iter()
        .map(|n| format!("{n}={}", list.get(*n).unwrap_or(&zero)))
        .collect();
    parts.join(",")
}
