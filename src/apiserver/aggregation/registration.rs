//! APIServices that nobody has to make: those of what this server serves itself
//! (`controlplane/apiserver/aggregator.go`, `controllers/autoregister`, `crdregistration`).

use super::{ApiServer, table};
use crate::apimachinery::Value;
use crate::apimachinery::schema::GROUPS;
use crate::apimachinery::status::Status;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::collections::SortedMap;
use crate::tree;

/// The label that says who keeps an APIService: `onstart` at the start, `true` always.
const MANAGED: &str = "kube-aggregator.kubernetes.io/automanaged";

/// Groups with their priorities; within a group `v1` has 15 where [`version_priority`] does not say otherwise.
const PRIORITIES: [(&str, i64); 20] = [
    ("", 18_000),
    ("apps", 17_800),
    ("events.k8s.io", 17_750),
    ("authentication.k8s.io", 17_700),
    ("authorization.k8s.io", 17_600),
    ("autoscaling", 17_500),
    ("batch", 17_400),
    ("certificates.k8s.io", 17_300),
    ("networking.k8s.io", 17_200),
    ("policy", 17_100),
    ("rbac.authorization.k8s.io", 17_000),
    ("storage.k8s.io", 16_800),
    ("admissionregistration.k8s.io", 16_700),
    ("apiextensions.k8s.io", 16_700),
    ("scheduling.k8s.io", 16_600),
    ("coordination.k8s.io", 16_500),
    ("node.k8s.io", 16_300),
    ("discovery.k8s.io", 16_200),
    ("resource.k8s.io", 16_200),
    ("flowcontrol.apiserver.k8s.io", 16_100),
];

fn version_priority(group: &str, version: &str) -> i64 {
    match (group, version) {
        ("", _) => 1,
        ("autoscaling", "v2") => 30,
        ("resource.k8s.io", _) => 20,
        ("flowcontrol.apiserver.k8s.io", _) => 21,
        _ => 15,
    }
}

fn api_service(group: &str, version: &str, managed: &str, priorities: (i64, i64)) -> Value {
    let mut spec = tree!({
        "version": version, "groupPriorityMinimum": priorities.0, "versionPriority": priorities.1,
    });
    if !group.is_empty() {
        spec.set("group", group);
    }
    let mut object = tree!({"metadata": {"name": format!("{version}.{group}")}});
    object.set_at(&["metadata", "labels", MANAGED], managed);
    object.set("spec", spec);
    object
}

/// Those of the built-in groups; the group of APIServices itself has none.
pub fn built_in() -> Vec<Value> {
    let mut all = Vec::new();
    for (group, versions) in GROUPS {
        let Some((_, priority)) = PRIORITIES.iter().find(|(g, _)| g == group) else {
            continue;
        };
        for version in *versions {
            let priorities = (*priority, version_priority(group, version));
            all.push(api_service(group, version, "onstart", priorities));
        }
    }
    all
}

impl ApiServer {
    /// Keeps the APIServices of custom resources as definitions are: made, held to what they should say, and taken away. Those that
    /// somebody else made stay as they are.
    ///
    /// # Errors
    /// What stands in the way of a write; the others are made all the same.
    pub(super) fn register_customs(&mut self) -> Result<(), Value> {
        let (Some(table), Some(definitions)) = (
            table(),
            registry::lookup(registry::custom::GROUP, "v1", registry::custom::DEFINITIONS),
        ) else {
            return Ok(());
        };
        let mut wanted: SortedMap<String, Value> = SortedMap::new();
        for (_, definition) in self.storage.list(definitions.table, "", "") {
            let group = definition.at(&["spec", "group"]).str();
            for version in definition.at(&["spec", "versions"]).items() {
                let name = version.get("name").str();
                let built_in = GROUPS
                    .iter()
                    .any(|(g, versions)| *g == group && versions.contains(&name));
                if version.get("served").as_bool() == Some(true) && !built_in {
                    let object = api_service(group, name, "true", (1_000, 100));
                    wanted.insert(object.name().to_owned(), object);
                }
            }
        }
        let mut done = Ok(());
        let kept = |v: &Value| v.meta().get("labels").get(MANAGED) == &"true";
        let present: Vec<Value> = self
            .storage
            .list(table, "", "")
            .map(|(_, v)| v.clone())
            .collect();
        for object in present {
            match wanted.remove(object.name()) {
                // Somebody else keeps it.
                _ if !kept(&object) => {}
                None => done = self.write("delete", "", object).and(done),
                Some(new) if new.get("spec") != object.get("spec") => {
                    let mut changed = object;
                    changed.set("spec", new.get("spec").clone());
                    done = self.write("update", "", changed).and(done);
                }
                Some(_) => {}
            }
        }
        for (_, object) in wanted.iter() {
            done = self.write("create", "", object.clone()).and(done);
        }
        done
    }

    /// Brings APIServices of built-in groups that were made at an earlier start to what they should say now.
    pub(in crate::apiserver) fn update_built_in(&mut self) -> Result<(), Status> {
        for wanted in built_in() {
            let Some(table) = table() else { break };
            let Some(present) = self.storage.get(table, wanted.name()) else {
                continue;
            };
            let managed = !present.meta().get("labels").get(MANAGED).is_empty();
            if managed && present.get("spec") != wanted.get("spec") {
                let mut changed = present.clone();
                changed.set("spec", wanted.get("spec").clone());
                let written = self.write("update", "", changed);
                written
                    .map_err(|v| Status::from_value(&v).unwrap_or_else(Status::no_such_resource))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::aggregation::GROUP;

    #[test]
    fn every_built_in_group_but_their_own_has_one() {
        let names: Vec<String> = built_in().iter().map(|v| v.name().to_owned()).collect();
        for (group, versions) in GROUPS.iter().filter(|(g, _)| *g != GROUP) {
            for version in *versions {
                assert!(names.contains(&format!("{version}.{group}")), "{group}");
            }
        }
        assert!(names.iter().all(|n| !n.ends_with(GROUP)));
    }
}
