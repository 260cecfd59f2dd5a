//! The order in which objects are printed: kinds that others need come first, unless the kustomization says otherwise.

use super::Result;
use super::resource::{Id, Resource};
use crate::apimachinery::Value;
use crate::collections::Arrange;

const FIRST: &str = "Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role \
    ClusterRole RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume \
    PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget";
const LAST: &str = "MutatingWebhookConfiguration ValidatingWebhookConfiguration";

/// Sorts objects as `sortOptions` says; null is upstream's fixed order of kinds.
pub fn sort(all: &mut [Resource], options: &Value) -> Result<()> {
    let legacy = options.get("legacySortOptions");
    match options.get("order").str() {
        "fifo" if legacy.is_null() => return Ok(()),
        "fifo" => {
            return Err("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'".to_owned());
        }
        "legacy" => {}
        "" if options.is_null() || !legacy.is_null() => {}
        _ => return Err("the field 'sortOptions.order' must be one of [fifo, legacy]".to_owned()),
    }
    let words = |key: &str, built_in: &'static str| -> Vec<String> {
        if legacy.is_null() {
            built_in.split_whitespace().map(str::to_owned).collect()
        } else {
            let items = legacy.get(key).items();
            items.iter().map(|v| v.str().to_owned()).collect()
        }
    };
    let (first, last) = (words("orderFirst", FIRST), words("orderLast", LAST));
    all.arrange_by_key(|r| {
        let id = r.id();
        let place = |list: &[String]| list.iter().position(|k| *k == id.kind);
        let rank = match (place(&last), place(&first)) {
            (Some(i), _) => 1 + i as i64,
            (None, Some(i)) => i as i64 - first.len() as i64,
            _ => 0,
        };
        (rank, key(&id))
    });
    Ok(())
}

fn key(id: &Id) -> (String, String) {
    let or = |s: &str, none: &str| {
        if s.is_empty() {
            none.to_owned()
        } else {
            s.to_owned()
        }
    };
    let (group, version) = (or(&id.group, "~G"), or(&id.version, "~V"));
    let (namespace, name) = (or(&id.namespace, "~X"), or(&id.name, "~N"));
    (
        format!("{group}_{version}_{}", id.kind),
        format!("{namespace}|{name}"),
    )
}
