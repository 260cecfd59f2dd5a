//! What discovery and the list of OpenAPI documents say of APIs that other servers serve, beside those of this one
//! (`kube-aggregator/pkg/apiserver/handler_apis.go`, `handler_discovery.go`).

use super::{Aggregation, GROUP, Service};
use crate::api::custom::compare_versions;
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Response};
use crate::apimachinery::schema::GROUPS;
use crate::apiserver::registry::custom::Customs;
use crate::collections::{Arrange, SortedMap};
use crate::tree;
use std::cmp::Reverse;
use std::sync::Arc;

/// All groups and versions that are to be listed.
pub struct Listing<'a> {
    /// The kinds that are served here beside the built-in ones.
    pub customs: &'a Customs,
    /// APIServices in their order; without any, everything that is served here is listed.
    services: Arc<Vec<Service>>,
    aggregation: Option<&'a Aggregation>,
}

/// A group and its versions, best first.
pub type Group = (String, Vec<String>);

impl<'a> Listing<'a> {
    /// What is served here, with what is known of other servers.
    pub fn new(
        customs: &'a Customs,
        services: Arc<Vec<Service>>,
        aggregation: &'a Aggregation,
    ) -> Self {
        Self {
            customs,
            services,
            aggregation: Some(aggregation),
        }
    }

    /// What is served here alone.
    #[cfg(test)]
    pub fn local(customs: &'a Customs) -> Self {
        Self {
            customs,
            services: Arc::default(),
            aggregation: None,
        }
    }

    /// All groups, in order.
    pub fn groups(&self) -> Vec<Group> {
        let here = self.groups_here();
        if self.services.is_empty() {
            return here;
        }
        let mut all: Vec<Group> = Vec::new();
        let own = here.iter().filter(|(name, _)| name == GROUP);
        all.extend(own.cloned());
        for service in self.services.iter() {
            add(&mut all, &service.group, &service.version);
        }
        // Those of the metrics API, and of definitions whose services are still to be made.
        for (group, versions) in here.iter().skip(GROUPS.len()) {
            for version in versions {
                add(&mut all, group, version);
            }
        }
        all
    }

    /// All groups as the list of groups has them: of equal priority by the names of their APIServices, and not by their own.
    pub fn groups_by_service(&self) -> Vec<Group> {
        let mut all = self.groups();
        if self.services.is_empty() {
            return all;
        }
        let mut best: SortedMap<&str, (Reverse<i64>, &str)> = SortedMap::new();
        for s in self.services.iter() {
            let own = (Reverse(s.group_priority), s.name.as_str());
            let known = best.entry(s.group.as_str()).or_insert(own);
            *known = own.min(*known);
        }
        // The group of APIServices has none and goes first, what has none yet last.
        all.arrange_by_key(|(name, _)| {
            let of_group = best.get(name.as_str()).copied();
            (name != GROUP, of_group.is_none(), of_group)
        });
        all
    }

    /// The built-in groups, then those that only custom resources have, by name.
    pub fn groups_here(&self) -> Vec<Group> {
        let texts = |v: &[&str]| v.iter().map(|v| (*v).to_owned()).collect();
        let mut all: Vec<Group> = GROUPS
            .iter()
            .map(|(n, v)| ((*n).to_owned(), texts(v)))
            .collect();
        for def in self.customs.discovered().map(|r| r.def) {
            add(&mut all, def.group, def.version);
        }
        for (_, versions) in all.iter_mut().skip(GROUPS.len()) {
            versions.arrange_by(|a, b| compare_versions(b, a));
        }
        all
    }

    /// The version as aggregated discovery tells of it, where another server serves it.
    pub fn elsewhere(&self, group: &str, version: &str) -> Option<Value> {
        let of_version = |s: &&Service| s.group == group && s.version == version;
        let service = self.services.iter().find(of_version)?;
        let remote = service.remote.as_ref()?;
        let seen = self.aggregation?.seen.get(&service.name);
        let told = seen.and_then(|s| s.sight.as_ref()?.discovery.as_ref());
        Some(match told.filter(|_| remote.available) {
            Some(told) => told.clone(),
            None => tree!({"version": version, "freshness": "Stale"}),
        })
    }

    /// Adds the documents of other servers to the list of OpenAPI documents.
    pub fn with_documents(&self, response: Response) -> Response {
        let documents: Vec<(String, &String)> = self
            .services
            .iter()
            .filter(|s| s.remote.as_ref().is_some_and(|r| r.available))
            .filter_map(|s| {
                let seen = self.aggregation?.seen.get(&s.name)?;
                let url = seen.sight.as_ref()?.openapi.as_ref()?;
                Some((format!("apis/{}/{}", s.group, s.version), url))
            })
            .collect();
        if documents.is_empty() {
            return response;
        }
        response.map(|body| {
            let Body::Bytes(bytes) = &body else {
                return body;
            };
            let Ok(mut index) = Value::from_json(bytes) else {
                return body;
            };
            for (path, url) in documents {
                let url = tree!({"serverRelativeURL": url});
                index.set_at(&["paths", path.as_str()], url);
            }
            Body::Bytes(index.to_json().into_bytes())
        })
    }
}

fn add(all: &mut Vec<Group>, group: &str, version: &str) {
    match all.iter_mut().find(|(name, _)| name == group) {
        Some((_, versions)) if versions.iter().any(|v| v == version) => {}
        Some((_, versions)) => versions.push(version.to_owned()),
        None => all.push((group.to_owned(), vec![version.to_owned()])),
    }
}

/// What aggregated discovery says of a version: of a document of a whole server (`APIGroupDiscoveryList`), or of an older one's list of
/// resources (`APIResourceList`).
pub fn version_of(document: &Value, group: &str, version: &str) -> Option<Value> {
    match document.kind() {
        "APIGroupDiscoveryList" => {
            let mut groups = document.get("items").items().iter();
            let group = groups.find(|g| g.meta().get("name") == &group)?;
            let mut versions = group.get("versions").items().iter();
            let found = versions.find(|v| v.get("version") == &version)?;
            let resources = found.get("resources").items().iter();
            // Whatever it says of itself: it has just been asked.
            Some(tree!({
                "version": version, "freshness": "Current",
                "resources": resources.map(known).collect::<Vec<_>>(),
            }))
        }
        "APIResourceList" => Some(tree!({
            "version": version, "freshness": "Current", "resources": resources_of(document),
        })),
        _ => None,
    }
}

/// What is known of a resource's or subresource's fields: what else a server says is kept nowhere.
fn known(told: &Value) -> Value {
    let mut kept = Value::object();
    for field in ["resource", "subresource", "scope", "singularResource"] {
        if let Some(text) = told.get(field).as_str() {
            kept.set(field, text);
        }
    }
    if !told.get("responseKind").is_null() {
        kept.set("responseKind", kind_of(told.get("responseKind")));
    }
    for field in ["verbs", "shortNames", "categories"] {
        let texts = told.get(field).items().iter();
        let texts: Vec<Value> = texts.filter_map(Value::as_str).map(Value::from).collect();
        if !texts.is_empty() {
            kept.set(field, texts);
        }
    }
    let kinds = told.get("acceptedTypes").items().iter();
    let kinds: Vec<Value> = kinds.map(kind_of).collect();
    if !kinds.is_empty() {
        kept.set("acceptedTypes", kinds);
    }
    let parts = told.get("subresources").items().iter();
    // They have none of their own.
    let parts: Vec<Value> = parts
        .filter(|_| told.get("subresource").is_null())
        .map(known)
        .collect();
    if !parts.is_empty() {
        kept.set("subresources", parts);
    }
    kept
}

/// Resources with their subresources, from a list that has both (`ConvertGroupVersionIntoToDiscovery`).
fn resources_of(list: &Value) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    // Where each resource is: servers list thousands.
    let mut at: SortedMap<String, usize> = SortedMap::new();
    for row in list.get("resources").items() {
        let name = row.get("name").str();
        if let Some((resource, subresource)) = name.split_once('/') {
            let entry = tree!({
                "subresource": subresource, "responseKind": kind_of(row), "verbs": row.get("verbs").clone(),
            });
            let parent = at.get(resource).and_then(|at| all.get_mut(*at));
            match parent {
                Some(parent) => parent.entry("subresources").items_mut().push(entry),
                None => {
                    at.insert(resource.to_owned(), all.len());
                    all.push(tree!({
                        "resource": resource, "scope": scope_of(row), "subresources": vec![entry],
                    }));
                }
            }
            continue;
        }
        let mut entry = tree!({
            "resource": name, "responseKind": kind_of(row), "scope": scope_of(row),
            "singularResource": row.get("singularName").str(), "verbs": row.get("verbs").clone(),
        });
        for field in ["shortNames", "categories"] {
            if !row.get(field).is_empty() {
                entry.set(field, row.get(field).clone());
            }
        }
        at.entry(name.to_owned()).or_insert(all.len());
        all.push(entry);
    }
    all
}

fn kind_of(r: &Value) -> Value {
    let text = |field: &str| r.get(field).str();
    tree!({"group": text("group"), "version": text("version"), "kind": text("kind")})
}

fn scope_of(row: &Value) -> &'static str {
    match row.get("namespaced").as_bool() {
        Some(true) => "Namespaced",
        _ => "Cluster",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_older_servers_become_what_newer_ones_say() {
        let list = tree!({"kind": "APIResourceList", "groupVersion": "wardle.example.com/v1", "resources": [
            {"name": "flunders", "singularName": "flunder", "namespaced": true, "kind": "Flunder", "verbs": ["get", "list"], "shortNames": ["fl"]},
            {"name": "flunders/status", "singularName": "", "namespaced": true, "kind": "Flunder", "verbs": ["get"]},
        ]});
        let found = version_of(&list, "wardle.example.com", "v1").expect("a version");
        let resource = &found.get("resources").items()[0];
        assert_eq!(resource.get("resource"), "flunders");
        assert_eq!(resource.get("scope"), "Namespaced");
        assert_eq!(resource.get("shortNames").items().len(), 1);
        let sub = &resource.get("subresources").items()[0];
        assert_eq!(sub.get("subresource"), "status");
        assert_eq!(found.get("resources").items().len(), 1);
    }

    #[test]
    fn groups_of_equal_priority_come_by_their_services() {
        let service = |group: &str, version: &str| Service {
            name: format!("{version}.{group}"),
            group: group.to_owned(),
            version: version.to_owned(),
            group_priority: 1_000,
            version_priority: 100,
            remote: None,
        };
        let services = vec![service("a.test", "v2"), service("b.test", "v1")];
        let customs = Customs::new(false);
        let listing = Listing {
            customs: &customs,
            services: Arc::new(services),
            aggregation: None,
        };
        let names = |groups: Vec<Group>| -> Vec<String> {
            groups.into_iter().map(|(name, _)| name).take(3).collect()
        };
        assert_eq!(names(listing.groups()), [GROUP, "a.test", "b.test"]);
        let by_service = names(listing.groups_by_service());
        assert_eq!(by_service, [GROUP, "b.test", "a.test"]);
    }

    #[test]
    fn of_a_whole_servers_document_the_version_is_taken() {
        let document = tree!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "other.example.com"}, "versions": [{"version": "v1"}]},
            {"metadata": {"name": "wardle.example.com"}, "versions": [{"version": "v1", "freshness": "Stale", "resources": [
                {"resource": "flunders", "verbs": ["get", 1], "x": "y",
                    "subresources": [{"subresource": "status", "subresources": [{"subresource": "deep"}]}]}]}]},
        ]});
        let found = version_of(&document, "wardle.example.com", "v1").expect("a version");
        assert_eq!(
            found.to_json(),
            tree!({"version": "v1", "freshness": "Current", "resources": [
                {"resource": "flunders", "verbs": ["get"], "subresources": [{"subresource": "status"}]},
            ]})
            .to_json()
        );
        assert!(version_of(&document, "wardle.example.com", "v2").is_none());
    }
}
