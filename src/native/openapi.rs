//! OpenAPI documents of what is served, made from the schema tables when they are first asked for: one per group and version
//! (`/openapi/v3/…`), and one of all (`/openapi/v2`). Clients read types, merge keys, kinds and which parameters a verb takes.

mod custom;
mod paths;
pub mod protobuf;
mod types;

use crate::apimachinery::schema::{GROUPS, VERSION};
use crate::apiserver::registry::Resource;
use crate::apiserver::registry::custom::Customs;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use types::Flavour;

pub use types::descriptions;

/// The path of a group and version under `/openapi/v3/`: `api/v1`, `apis/apps/v1`.
fn path_of(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("api/{version}")
    } else {
        format!("apis/{group}/{version}")
    }
}

fn group_versions() -> impl Iterator<Item = (&'static str, &'static str)> {
    GROUPS
        .iter()
        .flat_map(|(group, versions)| versions.iter().map(move |version| (*group, *version)))
}

/// What changes when a document does.
pub fn hash(path: &str, customs: &Customs) -> String {
    let build = option_env!("CARGO_PKG_VERSION").unwrap_or_default();
    let schemas: Vec<String> = custom_kinds(path, customs)
        .iter()
        .map(|r| {
            format!(
                "{:?}{}",
                r.def,
                Value::Object(custom::types(r, Flavour::V3))
            )
        })
        .collect();
    let hash = Sha256::digest(format!("{build} {VERSION} {path}{}", schemas.concat()));
    hash.iter().take(32).map(|b| format!("{b:02X}")).collect()
}

/// The custom kinds of a path.
fn custom_kinds(path: &str, customs: &Customs) -> Vec<&'static Resource> {
    let here = |r: &&Resource| path_of(r.def.group, r.def.version) == path;
    customs.defined().filter(here).collect()
}

/// The list of documents.
pub fn index(customs: &Customs) -> Vec<u8> {
    let entry = |path: String| {
        let url = format!("/openapi/v3/{path}?hash={}", hash(&path, customs));
        (path, json!({"serverRelativeURL": url}))
    };
    let defined = customs.defined().map(|r| (r.def.group, r.def.version));
    let paths: Map<String, Value> = group_versions()
        .chain(defined)
        .map(|(group, version)| entry(path_of(group, version)))
        .collect();
    json!({"paths": paths}).to_string().into_bytes()
}

fn info() -> Value {
    let version: Value = serde_json::from_str(VERSION).unwrap_or_default();
    json!({"title": "Kubernetes", "version": version["gitVersion"]})
}

/// The document of a group and version (`apis/apps/v1`); none where that is not served.
pub fn document(path: &str, customs: &Customs) -> Option<Vec<u8>> {
    let kinds = custom_kinds(path, customs);
    if kinds.is_empty() {
        return built_in(path);
    }
    let (mut all, mut schemas, mut roots) = (Map::new(), Map::new(), Vec::new());
    for kind in kinds {
        let (paths, types) = paths::of_custom(kind.def, Flavour::V3);
        all.extend(paths);
        roots.extend(types);
        schemas.extend(custom::types(kind, Flavour::V3));
    }
    schemas.extend(types::reachable(roots, Flavour::V3));
    Some(whole(all, schemas).to_string().into_bytes())
}

/// A document of version 3.
fn whole(paths: Map<String, Value>, schemas: Map<String, Value>) -> Value {
    json!({
        "openapi": "3.0.0", "info": info(), "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"BearerToken": {
                "type": "apiKey", "in": "header", "name": "authorization", "description": "Bearer Token authentication",
            }},
        },
    })
}

fn built_in(path: &str) -> Option<Vec<u8>> {
    static MADE: OnceLock<Mutex<BTreeMap<String, Vec<u8>>>> = OnceLock::new();
    let (group, version) = group_versions().find(|(g, v)| path_of(g, v) == path)?;
    let made = MADE.get_or_init(Mutex::default);
    if let Some(text) = made.lock().ok()?.get(path) {
        return Some(text.clone());
    }
    let (paths, roots) = paths::of(group, version, Flavour::V3);
    let document = whole(paths, types::reachable(roots, Flavour::V3));
    let text = document.to_string().into_bytes();
    made.lock().ok()?.insert(path.to_owned(), text.clone());
    Some(text)
}

/// The document of everything in the older form, as JSON.
pub fn swagger(customs: &Customs) -> Vec<u8> {
    swagger_document(customs).to_string().into_bytes()
}

/// The same in binary form.
pub fn swagger_protobuf(customs: &Customs) -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    if customs.defined().next().is_some() {
        return protobuf::document(&swagger_document(customs));
    }
    MADE.get_or_init(|| protobuf::document(&swagger_document(customs)))
        .clone()
}

fn swagger_document(customs: &Customs) -> Value {
    let mut all = Map::new();
    let mut types = Vec::new();
    for (group, version) in group_versions() {
        let (paths, roots) = paths::of(group, version, Flavour::V2);
        all.extend(paths);
        types.extend(roots);
    }
    let mut definitions = Map::new();
    for kind in customs.defined() {
        let (paths, roots) = paths::of_custom(kind.def, Flavour::V2);
        all.extend(paths);
        types.extend(roots);
        definitions.extend(custom::types(kind, Flavour::V2));
    }
    definitions.extend(types::reachable(types, Flavour::V2));
    json!({
        "swagger": "2.0", "info": info(), "paths": all, "definitions": definitions,
        "securityDefinitions": {"BearerToken": {
            "type": "apiKey", "in": "header", "name": "authorization", "description": "Bearer Token authentication",
        }},
        "security": [{"BearerToken": []}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Value {
        serde_json::from_slice(&built_in(path).expect("served")).expect("JSON")
    }

    #[test]
    fn kubectl_finds_what_it_looks_for() {
        let apps = read("apis/apps/v1");
        let item = &apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
        let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
        for verb in ["get", "put", "patch", "delete"] {
            assert_eq!(
                item[verb]["x-kubernetes-group-version-kind"], kind,
                "{verb}"
            );
        }
        let names: Vec<&str> = item["patch"]["parameters"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|p| p["name"].as_str())
            .collect();
        assert_eq!(
            names,
            ["dryRun", "fieldManager", "fieldValidation", "force"]
        );
        let types = &apps["components"]["schemas"];
        let deployment = &types["io.k8s.api.apps.v1.Deployment"];
        assert_eq!(deployment["x-kubernetes-group-version-kind"], json!([kind]));
        assert_eq!(
            deployment["properties"]["spec"]["allOf"][0]["$ref"],
            "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"
        );
        let containers = &types["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
        assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
        assert_eq!(containers["x-kubernetes-list-map-keys"], json!(["name"]));
        assert!(
            containers["description"]
                .as_str()
                .is_some_and(|d| d.starts_with("List of containers"))
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'a>(v: &'a Value, found: &mut Vec<&'a str>) {
            match v {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str));
                    map.values().for_each(|v| references(v, found));
                }
                Value::Array(list) => list.iter().for_each(|v| references(v, found)),
                _ => {}
            }
        }
        let index: Value = serde_json::from_slice(&index(&Customs::default())).expect("JSON");
        let paths = index["paths"].as_object().expect("a map");
        assert_eq!(paths.len(), group_versions().count());
        for path in paths.keys() {
            let document = read(path);
            let mut found = Vec::new();
            references(&document, &mut found);
            assert!(!found.is_empty(), "{path}");
            for reference in found {
                let name = reference.trim_start_matches("#/components/schemas/");
                assert!(
                    document["components"]["schemas"].get(name).is_some(),
                    "{path}: {name}"
                );
            }
        }
        let old: Value = serde_json::from_slice(&swagger(&Customs::default())).expect("JSON");
        let pods = &old["paths"]["/api/v1/namespaces/{namespace}/pods"]["post"];
        assert_eq!(pods["x-kubernetes-action"], "post");
        assert!(old["definitions"].get("io.k8s.api.core.v1.Pod").is_some());
    }
}
