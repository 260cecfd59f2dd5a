//! Paths that are no resources: discovery, version, health (`endpoints/discovery`, `server/routes`).

use super::aggregation::listing::Listing;
use super::call::{Answer, respond};
use super::health;
use super::query::Query;
use super::request_info::RequestInfo;
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Response};
use crate::apimachinery::schema::{RESOURCES, ResourceDef, SubresourceDef, VERSION};
use crate::apimachinery::status::Status;
use crate::collections::Arrange;
use crate::tree;
use http::header::{CONTENT_TYPE, HeaderValue};

/// Answers a path that names no resource.
pub fn handle(info: &RequestInfo, query: &Query, accept: &str, listing: &Listing<'_>) -> Response {
    if info.is_resource || info.verb != "get" {
        return page_not_found();
    }
    let aggregated = accept
        .split(',')
        .next()
        .is_some_and(|c| c.contains("as=APIGroupDiscoveryList"));
    let parts: Vec<&str> = info.path.split('/').filter(|p| !p.is_empty()).collect();
    let found = match parts.as_slice() {
        [endpoint @ ("healthz" | "livez" | "readyz"), checks @ ..] => {
            return match health::answer(endpoint, checks, query) {
                Some(report) => text(&report),
                None => Status::no_such_resource().into_response(),
            };
        }
        ["version"] => Value::from_json(VERSION.as_bytes()).ok(),
        ["api"] if aggregated => return aggregate(aggregated_groups(true, listing)),
        ["apis"] if aggregated => return aggregate(aggregated_groups(false, listing)),
        ["api"] => Some(tree!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "172.18.0.2:6443"}],
        })),
        ["apis"] => Some(group_list(listing)),
        ["apis", name] => group(name, listing),
        ["api", version] => resource_list("", version, listing),
        ["apis", name, version] => resource_list(name, version, listing),
        [] => Some(root(listing)),
        _ => None,
    };
    match found {
        Some(value) => respond(Ok(Answer::Object(200, value)), &[], "application/json"),
        None => page_not_found(),
    }
}

/// What upstream's server says where nothing is served: no Status, but words for people.
fn page_not_found() -> Response {
    let mut response = text("404 page not found\n");
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response
}

fn text(body: &str) -> Response {
    let mut response = Response::new(Body::Bytes(body.as_bytes().to_vec()));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

fn root(listing: &Listing<'_>) -> Value {
    let mut paths: Vec<String> = ["/api", "/api/v1", "/apis", "/apis/"]
        .map(str::to_owned)
        .to_vec();
    for (name, versions) in listing.groups().iter().filter(|(n, _)| !n.is_empty()) {
        paths.push(format!("/apis/{name}"));
        paths.extend(versions.iter().map(|v| format!("/apis/{name}/{v}")));
    }
    paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
    paths.arrange();
    tree!({"paths": paths})
}

/// The versions of a group: as APIServices order them, or, where there is none of it, what is served here.
fn versions_of(name: &str, listing: &Listing<'_>) -> Option<Vec<String>> {
    let mut all = listing.groups().into_iter().chain(listing.groups_here());
    all.find(|(n, _)| *n == name).map(|(_, v)| v)
}

fn group_entry(name: &str, versions: &[String]) -> serde_json::Value {
    let entry = |v: &str| serde_json::json!({"groupVersion": format!("{name}/{v}"), "version": v});
    let all: Vec<serde_json::Value> = versions.iter().map(|v| entry(v)).collect();
    let preferred = all.first().cloned().unwrap_or_default();
    serde_json::json!({"name": name, "versions": all, "preferredVersion": preferred})
}

fn group_list(listing: &Listing<'_>) -> Value {
    let groups: Vec<serde_json::Value> = listing
        .groups_by_service()
        .iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, versions)| group_entry(name, versions))
        .collect();
    tree!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn group(name: &str, listing: &Listing<'_>) -> Option<Value> {
    let versions = versions_of(name, listing)?;
    let mut value = Value::from(group_entry(name, &versions));
    value.set("kind", "APIGroup");
    value.set("apiVersion", "v1");
    Some(value)
}

fn resources_of<'a>(
    group: &'a str,
    version: &'a str,
    listing: &'a Listing<'a>,
) -> impl Iterator<Item = &'static ResourceDef> + use<'a> {
    RESOURCES
        .iter()
        .chain(listing.customs.discovered().map(|r| r.def))
        .filter(move |r| r.group == group && r.version == version)
}

fn resource_list(group: &str, version: &str, listing: &Listing<'_>) -> Option<Value> {
    versions_of(group, listing)?
        .iter()
        .find(|v| *v == version)?;
    let mut rows = Vec::new();
    for r in resources_of(group, version, listing) {
        rows.push(resource_row(r));
        rows.extend(r.subresources.iter().map(|s| subresource_row(r, s)));
    }
    rows.arrange_by(|a, b| a.get("name").str().cmp(b.get("name").str()));
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    let mut list = tree!({"kind": "APIResourceList", "groupVersion": group_version});
    if !group.is_empty() {
        list.set("apiVersion", "v1");
    }
    list.set("resources", rows);
    Some(list)
}

fn resource_row(r: &ResourceDef) -> Value {
    let mut row = tree!({
        "name": r.resource, "singularName": r.singular, "namespaced": r.namespaced,
        "kind": r.kind, "verbs": r.verbs,
    });
    for (field, list) in [("shortNames", r.short_names), ("categories", r.categories)] {
        if !list.is_empty() {
            row.set(
                field,
                list.iter().map(|s| Value::from(*s)).collect::<Vec<_>>(),
            );
        }
    }
    row
}

fn subresource_row(r: &ResourceDef, s: &SubresourceDef) -> Value {
    let mut row = tree!({
        "name": format!("{}/{}", r.resource, s.name), "singularName": "",
        "namespaced": r.namespaced, "kind": s.kind, "verbs": s.verbs,
    });
    if (s.group, s.version) != (r.group, r.version) && !s.version.is_empty() {
        row.set("group", s.group);
        row.set("version", s.version);
    }
    row
}

fn aggregate(items: Vec<Value>) -> Response {
    let mut list = tree!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
    });
    list.set("items", items);
    respond(
        Ok(Answer::Object(200, list)),
        &[],
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    )
}

fn aggregated_groups(core: bool, listing: &Listing<'_>) -> Vec<Value> {
    let all = listing.groups();
    let wanted = all.iter().filter(|(name, _)| name.is_empty() == core);
    wanted
        .map(|(name, versions)| {
            let mut item = tree!({"metadata": {}});
            if !core {
                item.set_at(&["metadata", "name"], name.as_str());
            }
            let versions: Vec<Value> = versions
                .iter()
                .map(|version| {
                    if let Some(told) = listing.elsewhere(name, version) {
                        return told;
                    }
                    let mut v = tree!({"version": version, "freshness": "Current"});
                    let resources: Vec<Value> = resources_of(name, version, listing)
                        .map(aggregated_resource)
                        .collect();
                    v.set("resources", resources);
                    v
                })
                .collect();
            item.set("versions", versions);
            item
        })
        .collect()
}

fn aggregated_resource(r: &'static ResourceDef) -> Value {
    let mut row = tree!({
        "resource": r.resource, "singularResource": r.singular, "verbs": r.verbs,
        "scope": if r.namespaced { "Namespaced" } else { "Cluster" },
        "responseKind": {"group": r.response_group, "version": r.response_version, "kind": r.kind},
    });
    for (field, list) in [("shortNames", r.short_names), ("categories", r.categories)] {
        if !list.is_empty() {
            row.set(
                field,
                list.iter().map(|s| Value::from(*s)).collect::<Vec<_>>(),
            );
        }
    }
    if !r.subresources.is_empty() {
        let subresources: Vec<Value> = r
            .subresources
            .iter()
            .map(|s| {
                tree!({
                    "subresource": s.name, "verbs": s.verbs,
                    "responseKind": {"group": s.group, "version": s.version, "kind": s.kind},
                })
            })
            .collect();
        row.set("subresources", subresources);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::registry::custom::Customs;
    use http::Method;

    fn get(path: &str, accept: &str) -> Value {
        let info = RequestInfo::new(&Method::GET, path, &Query::default());
        match handle(
            &info,
            &Query::default(),
            accept,
            &Listing::local(&Customs::default()),
        )
        .into_body()
        {
            Body::Tree(v) => v,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Leaves out what the recording leaves out, and the hashes of storage versions, which are not modelled.
    fn without(v: &Value, fields: &[&str]) -> Value {
        match v {
            Value::Map(m) => Value::Map(
                m.entries()
                    .filter(|(k, _)| !fields.contains(&k.as_str()))
                    .map(|(k, v)| (k.clone(), without(v, fields)))
                    .collect(),
            ),
            Value::List(l) => l
                .iter()
                .map(|v| without(v, fields))
                .collect::<Vec<_>>()
                .into(),
            other => other.clone(),
        }
    }

    #[test]
    fn discovery_is_what_the_real_server_answers() {
        let left_out = [
            "storageVersionHash",
            "freshness",
            "serverAddressByClientCIDRs",
        ];
        let recorded = Value::from_json(include_bytes!("../api/data/discovery.json"))
            .expect("the recording is JSON");
        let check = |want: &Value, path: &str, accept: &str| {
            let (want, got) = (
                without(want, &left_out),
                without(&get(path, accept), &left_out),
            );
            assert!(want == got, "{path}\nwant {want:?}\ngot  {got:?}");
        };
        let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        for path in ["/api", "/apis"] {
            check(recorded.get(path), path, aggregated);
            check(
                recorded.get(&format!("legacy {path}")),
                path,
                "application/json",
            );
        }
        check(recorded.get("/version"), "/version", "");
        for (path, want) in recorded.get("legacy resource lists").fields() {
            check(want, path, "");
        }
    }
}
