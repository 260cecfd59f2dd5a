//! Counts what a namespace uses of its quotas (upstream's `pkg/controller/resourcequota`).

use super::apiextensions::definitions;
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::core::quota;
use crate::api::core::resources::{ResourceList, add, resource_list, to_value};
use crate::api::custom;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Quantity, Value};
use crate::client::{Cx, Delta, ListOptions};
use crate::collections::SortedMap;
use crate::tree;
use std::time::Duration;

/// `--resource-quota-sync-period`.
const RESYNC: Duration = Duration::from_secs(300);

/// The resource quota controller.
#[derive(Clone, Default)]
pub struct ResourceQuotaController {}

/// The resource whose objects a quota's entry counts; none where nothing of it can be counted.
fn counted_by(entry: &str, cx: &mut Cx<'_>) -> Option<&'static ResourceDef> {
    if let Some(name) = entry.strip_prefix("count/") {
        let (resource, group) = name.split_once('.').unwrap_or((name, ""));
        let built_in = schema::RESOURCES
            .iter()
            .find(|r| r.resource == resource && r.group == group && r.namespaced);
        return built_in.or_else(|| {
            let definition = cx.get(definitions(), "", name).ok()?;
            let kinds = custom::kinds_of(&definition);
            let serves = custom::is_condition_true(&definition, "Established");
            kinds.into_iter().find(|d| d.namespaced && serves)
        });
    }
    let core = |resource: &str| schema::resource("", "v1", resource);
    match entry {
        "configmaps" | "secrets" | "replicationcontrollers" | "resourcequotas" => core(entry),
        "services" | "services.nodeports" | "services.loadbalancers" => core("services"),
        "persistentvolumeclaims" | "requests.storage" => core("persistentvolumeclaims"),
        _ if entry.contains(".storageclass.storage.k8s.io/") => core("persistentvolumeclaims"),
        _ => core("pods"),
    }
}

fn objects(
    def: &'static ResourceDef,
    namespace: &str,
    work: &mut Work<'_, '_>,
) -> Result<Vec<Value>, Error> {
    let shared = [
        Kind::Pods,
        Kind::Services,
        Kind::ConfigMaps,
        Kind::PersistentVolumeClaims,
    ]
    .into_iter()
    .find(|k| std::ptr::eq(k.def(), def));
    if let Some(kind) = shared {
        return Ok(work.stores[kind].in_namespace(namespace).cloned().collect());
    }
    let list = work.cx.list(def, namespace, &ListOptions::default())?;
    Ok(list.get("items").items().to_vec())
}

fn used(
    quota: &Value,
    hard: &ResourceList,
    work: &mut Work<'_, '_>,
) -> Result<ResourceList, Error> {
    let mut by_def: SortedMap<(&str, &str), &'static ResourceDef> = SortedMap::new();
    for entry in hard.keys() {
        if let Some(def) = counted_by(entry, work.cx) {
            by_def.insert((def.group, def.resource), def);
        }
    }
    let mut sum = ResourceList::new();
    for def in by_def.into_values() {
        let all = objects(def, quota.namespace(), work)?;
        work.looked_at(all.len());
        for object in all.iter().filter(|o| quota::in_scope(def, quota, o)) {
            add(&mut sum, &quota::usage(def, object));
        }
    }
    Ok(hard
        .keys()
        .map(|name| {
            (
                name.clone(),
                sum.get(name).copied().unwrap_or_else(Quantity::default),
            )
        })
        .collect())
}

/// Whether containers of a pod have got other resources (`hasResourcesChanged`).
fn has_other_resources(old: &Value, new: &Value) -> bool {
    ["containerStatuses", "initContainerStatuses"]
        .iter()
        .any(|list| {
            let statuses = |pod: &Value| pod.at(&["status", list]).clone();
            let (was, is) = (statuses(old), statuses(new));
            let named = |s: &Value| is.items().iter().find(|n| n.get("name") == s.get("name"));
            let differs =
                |s: &Value| named(s).is_some_and(|n| n.get("resources") != s.get("resources"));
            !was.ptr_eq(&is) && was.items().iter().any(differs)
        })
}

impl Reconciler for ResourceQuotaController {
    const NAME: &'static str = "resourcequota-controller";
    const SERVICE_ACCOUNT: &'static str = "resourcequota-controller";
    const WATCHES: &'static [Kind] = &[
        Kind::ResourceQuotas,
        Kind::Pods,
        Kind::Services,
        Kind::ConfigMaps,
        Kind::PersistentVolumeClaims,
        Kind::ReplicationControllers,
        Kind::ReplicaSets,
        Kind::Deployments,
        Kind::StatefulSets,
        Kind::Jobs,
        Kind::CronJobs,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::ResourceQuotas {
            let unchanged = matches!(delta, Delta::Updated(old, new)
                if old.get("spec") == new.get("spec") && !new.at(&["status", "hard"]).is_null());
            if !unchanged {
                watching.add(object.key());
            }
            return;
        }
        // What is added is charged at admission; what goes, or ends, gives back.
        let gives_back = match delta {
            Delta::Deleted(_) => true,
            Delta::Updated(old, new) if kind == Kind::Pods => {
                let ended =
                    |p: &Value| matches!(p.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
                ended(new) && !ended(old) || has_other_resources(old, new)
            }
            Delta::Updated(old, new) if kind == Kind::Services => {
                old.at(&["spec", "type"]) != new.at(&["spec", "type"])
            }
            _ => false,
        };
        let stores = watching.stores;
        if gives_back {
            for quota in stores[Kind::ResourceQuotas].in_namespace(object.namespace()) {
                watching.add(quota.key());
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(quota) = work.stores[Kind::ResourceQuotas].get(key).cloned() else {
            return Ok(Action::AwaitChange);
        };
        let hard = resource_list(quota.at(&["spec", "hard"]));
        let used = used(&quota, &hard, work)?;
        let mut status = tree!({});
        status.set("hard", quota.at(&["spec", "hard"]));
        status.set("used", to_value(&used));
        let same = resource_list(quota.at(&["status", "hard"])) == hard
            && resource_list(quota.at(&["status", "used"])) == used;
        if !same {
            let mut quota = quota;
            quota.set("status", status);
            work.cx.update_status(Kind::ResourceQuotas.def(), quota)?;
        }
        Ok(Action::RequeueAfter(RESYNC))
    }
}
