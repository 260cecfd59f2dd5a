//! Custom resources: defined, served, deleted.

#![allow(clippy::unwrap_used)]

use crate::cluster::send;
use kubarium::apimachinery::Value;
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::time::Duration;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const KITES: &str = "/apis/sky.test/v1/namespaces/default/kites";

fn version(name: &str, storage: bool) -> Value {
    tree!({
        "name": name, "served": true, "storage": storage,
        "subresources": {"status": {}, "scale": {
            "specReplicasPath": ".spec.tails", "statusReplicasPath": ".status.tails", "labelSelectorPath": ".status.selector"}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "colour": {"type": "string"},
                "tails": {"type": "integer", "maximum": 9, "default": 1},
                "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": {"type": "object", "required": ["name"], "properties": {
                        "name": {"type": "string"}, "size": {"type": "integer"}}}},
            }},
            "status": {"type": "object", "properties": {"tails": {"type": "integer"}, "selector": {"type": "string"}}},
        }}},
    })
}

fn definition(versions: Vec<Value>) -> Value {
    let mut definition = tree!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "kites.sky.test"},
        "spec": {"group": "sky.test", "scope": "Namespaced",
            "names": {"plural": "kites", "singular": "kite", "kind": "Kite", "shortNames": ["kt"]}},
    });
    definition.set_at(&["spec", "versions"], versions);
    definition
}

fn kite(name: &str) -> Value {
    tree!({"apiVersion": "sky.test/v1", "kind": "Kite", "metadata": {"name": name}, "spec": {"colour": "red"}})
}

fn wait(c: &mut Cluster, seconds: u64) {
    let until = c.now() + Duration::from_secs(seconds);
    c.advance_to(until);
}

fn ok(c: &mut Cluster, method: &str, path: &str, body: Value) -> Value {
    let body = Some(body).filter(|b| !b.is_null());
    let (code, value) = send(c, method, path, body);
    assert!(code < 300, "{method} {path}: {code} {value:?}");
    value
}

fn get(c: &mut Cluster, path: &str) -> Value {
    ok(c, "GET", path, Value::Null)
}

/// A cluster that serves kites.
fn cluster(versions: Vec<Value>) -> Cluster {
    let mut c = Cluster::boot(ClusterConfig::reference());
    ok(&mut c, "POST", DEFINITIONS, definition(versions));
    assert_eq!(send(&mut c, "GET", KITES, None).0, 404);
    wait(&mut c, 1);
    c
}

fn conditions(definition: &Value) -> Vec<String> {
    let one = |c: &Value| {
        let word = |f: &str| c.get(f).str().to_owned();
        format!("{}={} {}", word("type"), word("status"), word("reason"))
    };
    definition.at(&["status", "conditions"]).items().iter().map(one).collect()
}

#[test]
fn a_definition_goes_when_its_objects_are_gone() {
    let mut c = cluster(vec![version("v1", true)]);
    let path = format!("{DEFINITIONS}/kites.sky.test");
    assert_eq!(
        conditions(&get(&mut c, &path)),
        ["NamesAccepted=True NoConflicts", "Established=True InitialNamesAccepted"]
    );
    let mut held = kite("held");
    held.set_at(&["metadata", "finalizers"], tree!(["sky.test/hold"]));
    ok(&mut c, "POST", KITES, kite("free"));
    ok(&mut c, "POST", KITES, held);
    let gone = ok(&mut c, "DELETE", &path, Value::Null);
    assert_eq!(gone.kind(), "CustomResourceDefinition");
    assert_eq!(conditions(&gone)[2], "Terminating=True InstanceDeletionPending");
    wait(&mut c, 1);
    assert_eq!(conditions(&get(&mut c, &path))[2], "Terminating=True InstanceDeletionInProgress");
    let names = |list: Value| list.get("items").items().iter().map(|o| o.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(get(&mut c, KITES)), ["held"]);
    let (code, refused) = send(&mut c, "POST", KITES, Some(kite("late")));
    assert_eq!(
        (code, refused.get("message").str()),
        (405, "create not allowed while custom resource definition is terminating")
    );
    let mut last = get(&mut c, &format!("{KITES}/held"));
    last.meta_mut().set("finalizers", tree!([]));
    ok(&mut c, "PUT", &format!("{KITES}/held"), last);
    wait(&mut c, 6);
    assert_eq!(send(&mut c, "GET", &path, None).0, 404);
    assert_eq!(send(&mut c, "GET", KITES, None).0, 404);
}

#[test]
fn objects_go_with_their_owner_and_their_namespace() {
    let mut c = cluster(vec![version("v1", true)]);
    let owner = ok(&mut c, "POST", KITES, kite("owner"));
    let refers = |kind: &str, version: &str, owner: &Value| {
        tree!([{"apiVersion": version, "kind": kind, "name": owner.name(), "uid": owner.uid()}])
    };
    let maps = "/api/v1/namespaces/default/configmaps";
    let mut map = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tail"}});
    map.set_at(&["metadata", "ownerReferences"], refers("Kite", "sky.test/v1", &owner));
    let map = ok(&mut c, "POST", maps, map);
    for (name, policy) in [("small", "owned"), ("kept", "orphaned")] {
        let mut small = kite(name);
        let by = if policy == "owned" { ("ConfigMap", "v1", &map) } else { ("Kite", "sky.test/v1", &owner) };
        small.set_at(&["metadata", "ownerReferences"], refers(by.0, by.1, by.2));
        ok(&mut c, "POST", KITES, small);
    }
    wait(&mut c, 2);
    let orphan = tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan"});
    ok(&mut c, "DELETE", &format!("{maps}/tail"), tree!({"kind": "DeleteOptions", "apiVersion": "v1"}));
    wait(&mut c, 2);
    assert_eq!(send(&mut c, "GET", &format!("{KITES}/small"), None).0, 404);
    ok(&mut c, "DELETE", &format!("{KITES}/owner"), orphan);
    wait(&mut c, 2);
    assert_eq!(send(&mut c, "GET", &format!("{KITES}/owner"), None).0, 404);
    let kept = get(&mut c, &format!("{KITES}/kept"));
    assert!(kept.owner_references().is_empty());

    let namespace = tree!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "field"}});
    ok(&mut c, "POST", "/api/v1/namespaces", namespace);
    let there = "/apis/sky.test/v1/namespaces/field/kites";
    let mut held = kite("held");
    held.set_at(&["metadata", "finalizers"], tree!(["sky.test/hold"]));
    ok(&mut c, "POST", there, held);
    ok(&mut c, "POST", there, kite("free"));
    ok(&mut c, "DELETE", "/api/v1/namespaces/field", Value::Null);
    wait(&mut c, 8);
    let namespace = get(&mut c, "/api/v1/namespaces/field");
    let text = namespace.at(&["status", "conditions"]).to_json();
    assert!(text.contains("kites.sky.test has 1 resource instances"), "{text}");
    let release = tree!({"metadata": {"finalizers": null}});
    let mut held = get(&mut c, &format!("{there}/held"));
    held.meta_mut().remove("finalizers");
    let _ = release;
    ok(&mut c, "PUT", &format!("{there}/held"), held);
    wait(&mut c, 30);
    assert_eq!(send(&mut c, "GET", "/api/v1/namespaces/field", None).0, 404);
}
