//! Custom resources: defined, served, deleted.

#![allow(clippy::unwrap_used)]

use crate::cluster::send;
use kubarium::apimachinery::Value;
use kubarium::apimachinery::http::{Body, Request, UserInfo, WatchType};
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
    definition
        .at(&["status", "conditions"])
        .items()
        .iter()
        .map(one)
        .collect()
}

#[test]
fn a_definition_goes_when_its_objects_are_gone() {
    let mut c = cluster(vec![version("v1", true)]);
    let path = format!("{DEFINITIONS}/kites.sky.test");
    assert_eq!(
        conditions(&get(&mut c, &path)),
        [
            "NamesAccepted=True NoConflicts",
            "Established=True InitialNamesAccepted"
        ]
    );
    let mut held = kite("held");
    held.set_at(&["metadata", "finalizers"], tree!(["sky.test/hold"]));
    ok(&mut c, "POST", KITES, kite("free"));
    ok(&mut c, "POST", KITES, held);
    let gone = ok(&mut c, "DELETE", &path, Value::Null);
    assert_eq!(gone.kind(), "CustomResourceDefinition");
    assert_eq!(
        conditions(&gone)[2],
        "Terminating=True InstanceDeletionPending"
    );
    wait(&mut c, 1);
    assert_eq!(
        conditions(&get(&mut c, &path))[2],
        "Terminating=True InstanceDeletionInProgress"
    );
    let names = |list: Value| {
        list.get("items")
            .items()
            .iter()
            .map(|o| o.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(get(&mut c, KITES)), ["held"]);
    let (code, refused) = send(&mut c, "POST", KITES, Some(kite("late")));
    assert_eq!(
        (code, refused.get("message").str()),
        (
            405,
            "create not allowed while custom resource definition is terminating"
        )
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
    let refers = |kind: &str, version: &str, owner: &Value| tree!([{"apiVersion": version, "kind": kind, "name": owner.name(), "uid": owner.uid()}]);
    let maps = "/api/v1/namespaces/default/configmaps";
    let mut map = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tail"}});
    map.set_at(
        &["metadata", "ownerReferences"],
        refers("Kite", "sky.test/v1", &owner),
    );
    let map = ok(&mut c, "POST", maps, map);
    for (name, policy) in [("small", "owned"), ("kept", "orphaned")] {
        let mut small = kite(name);
        let by = if policy == "owned" {
            ("ConfigMap", "v1", &map)
        } else {
            ("Kite", "sky.test/v1", &owner)
        };
        small.set_at(&["metadata", "ownerReferences"], refers(by.0, by.1, by.2));
        ok(&mut c, "POST", KITES, small);
    }
    wait(&mut c, 2);
    let orphan =
        tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan"});
    ok(
        &mut c,
        "DELETE",
        &format!("{maps}/tail"),
        tree!({"kind": "DeleteOptions", "apiVersion": "v1"}),
    );
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
    assert!(
        text.contains("kites.sky.test has 1 resource instances"),
        "{text}"
    );
    let mut held = get(&mut c, &format!("{there}/held"));
    held.meta_mut().remove("finalizers");
    ok(&mut c, "PUT", &format!("{there}/held"), held);
    wait(&mut c, 30);
    assert_eq!(send(&mut c, "GET", "/api/v1/namespaces/field", None).0, 404);
}

/// A request with a content type of its own.
fn patch(c: &mut Cluster, path: &str, kind: &str, body: Value) -> (u16, Value) {
    let mut r = Request::new(Body::Tree(body));
    *r.method_mut() = "PATCH".parse().unwrap();
    *r.uri_mut() = path.parse().unwrap();
    let kind = format!("application/{kind}");
    r.headers_mut()
        .insert("content-type", kind.parse().unwrap());
    r.extensions_mut()
        .insert(UserInfo::new("kubernetes-admin", &["system:masters"]));
    let answer = c.request(r).unwrap();
    let code = answer.status().as_u16();
    match answer.into_body() {
        Body::Tree(v) => (code, v),
        _ => (code, Value::Null),
    }
}

#[test]
fn one_object_is_served_in_several_versions() {
    let mut older = version("v1alpha1", false);
    older.set_at(
        &[
            "schema",
            "openAPIV3Schema",
            "properties",
            "spec",
            "properties",
            "old",
        ],
        tree!({"type": "string", "default": "yes"}),
    );
    let mut c = cluster(vec![older.clone(), version("v1", true)]);
    let made = ok(&mut c, "POST", KITES, kite("a"));
    assert_eq!(made.get("spec"), &tree!({"colour": "red", "tails": 1}));
    let there = "/apis/sky.test/v1alpha1/namespaces/default/kites";
    let old = get(&mut c, &format!("{there}/a"));
    assert_eq!(old.api_version(), "sky.test/v1alpha1");
    assert_eq!(
        old.get("spec"),
        &tree!({"colour": "red", "tails": 1, "old": "yes"})
    );
    let group = get(&mut c, "/apis/sky.test");
    assert_eq!(group.at(&["preferredVersion", "version"]), "v1");
    let names = |list: &Value| {
        let rows = list.get("resources").items();
        rows.iter()
            .map(|r| r.get("name").str().to_owned())
            .collect::<Vec<_>>()
    };
    let list = get(&mut c, "/apis/sky.test/v1alpha1");
    assert_eq!(names(&list), ["kites", "kites/scale", "kites/status"]);

    // Another version to store in: what is stored stays readable, and both are remembered.
    let path = format!("{DEFINITIONS}/kites.sky.test");
    let mut definition = get(&mut c, &path);
    older.set("storage", true);
    definition.set_at(&["spec", "versions"], vec![older, version("v1", false)]);
    let definition = ok(&mut c, "PUT", &path, definition);
    assert_eq!(
        definition.at(&["status", "storedVersions"]),
        &tree!(["v1", "v1alpha1"])
    );
    let mut object = get(&mut c, &format!("{KITES}/a"));
    assert_eq!(object.generation(), 1);
    object.meta_mut().set("labels", tree!({"a": "b"}));
    let object = ok(&mut c, "PUT", &format!("{KITES}/a"), object);
    assert_eq!(
        (object.api_version(), object.generation()),
        ("sky.test/v1", 1)
    );
    let mut definition = get(&mut c, &path);
    definition.set_at(&["spec", "versions"], vec![version("v1", true)]);
    let (code, refused) = send(&mut c, "PUT", &path, Some(definition));
    assert_eq!(code, 422);
    assert!(
        refused
            .get("message")
            .str()
            .contains("was previously a storage version"),
        "{refused:?}"
    );
}

#[test]
fn applying_merges_lists_by_their_keys() {
    let mut c = cluster(vec![version("v1", true)]);
    let apply = |c: &mut Cluster, who: &str, parts: Value| {
        let mut object = kite("a");
        object.set("spec", tree!({"parts": []}));
        object.set_at(&["spec", "parts"], parts);
        patch(
            c,
            &format!("{KITES}/a?fieldManager={who}"),
            "apply-patch+yaml",
            object,
        )
    };
    let (code, made) = apply(&mut c, "one", tree!([{"name": "x", "size": 1}]));
    assert_eq!((code, made.generation()), (201, 1));
    let (code, both) = apply(&mut c, "two", tree!([{"name": "y", "size": 2}]));
    assert_eq!(code, 200, "{both:?}");
    assert_eq!(
        both.at(&["spec", "parts"]),
        &tree!([{"name": "x", "size": 1}, {"name": "y", "size": 2}])
    );
    let (code, refused) = apply(&mut c, "two", tree!([{"name": "x", "size": 3}]));
    assert_eq!(code, 409);
    assert!(
        refused
            .get("message")
            .str()
            .contains(r#".spec.parts[name="x"].size"#),
        "{refused:?}"
    );
    let (_, less) = apply(&mut c, "one", tree!([]));
    assert_eq!(
        less.at(&["spec", "parts"]),
        &tree!([{"name": "y", "size": 2}])
    );
    let (code, wrong) = apply(&mut c, "one", tree!([{"name": "z", "wings": 3}]));
    assert_eq!(code, 500);
    assert!(
        wrong
            .get("message")
            .str()
            .ends_with(r#".spec.parts[name="z"].wings: field not declared in schema"#),
        "{wrong:?}"
    );
    let (code, refused) = patch(
        &mut c,
        &format!("{KITES}/a"),
        "strategic-merge-patch+json",
        tree!({}),
    );
    assert_eq!(code, 415);
    assert_eq!(
        refused.get("message").str(),
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    );
}

#[test]
fn the_scale_and_the_status_are_apart() {
    let mut c = cluster(vec![version("v1", true)]);
    let mut object = kite("a");
    object.set("status", tree!({"tails": 7}));
    let object = ok(&mut c, "POST", KITES, object);
    assert!(!object.has("status"));
    let status = tree!({"metadata": {"labels": {"a": "b"}}, "spec": {"tails": 5}, "status": {"tails": 3, "selector": "a=b"}});
    let (code, object) = patch(
        &mut c,
        &format!("{KITES}/a/status"),
        "merge-patch+json",
        status,
    );
    assert_eq!((code, object.generation()), (200, 1));
    assert!(!object.meta().has("labels"));
    assert_eq!(object.at(&["spec", "tails"]), &Value::Int(1));
    let scale = get(&mut c, &format!("{KITES}/a/scale"));
    assert_eq!(
        (scale.api_version(), scale.kind()),
        ("autoscaling/v1", "Scale")
    );
    assert_eq!(scale.get("spec"), &tree!({"replicas": 1}));
    assert_eq!(
        scale.get("status"),
        &tree!({"replicas": 3, "selector": "a=b"})
    );
    let more = tree!({"spec": {"replicas": 4}});
    let (code, scale) = patch(
        &mut c,
        &format!("{KITES}/a/scale"),
        "merge-patch+json",
        more,
    );
    assert_eq!(
        (code, scale.at(&["spec", "replicas"])),
        (200, &Value::Int(4))
    );
    let object = get(&mut c, &format!("{KITES}/a"));
    assert_eq!(
        (object.at(&["spec", "tails"]), object.generation()),
        (&Value::Int(4), 2)
    );
    let many = tree!({"spec": {"replicas": 40}});
    let (code, refused) = patch(
        &mut c,
        &format!("{KITES}/a/scale"),
        "merge-patch+json",
        many,
    );
    assert_eq!(code, 422);
    assert_eq!(
        refused.get("message").str(),
        r#"Kite.sky.test "a" is invalid: spec.tails: Invalid value: 40: spec.tails in body should be less than or equal to 9"#
    );
}

#[test]
fn watches_see_objects_as_their_version_has_them() {
    let mut c = cluster(vec![version("v1", true)]);
    let mut r = Request::new(Body::Empty);
    *r.uri_mut() = format!("{KITES}?watch=true").parse().unwrap();
    r.extensions_mut()
        .insert(UserInfo::new("kubernetes-admin", &["system:masters"]));
    let Body::Watch(id) = c.request(r).unwrap().into_body() else {
        panic!("a watch")
    };
    ok(&mut c, "POST", KITES, kite("a"));
    let (code, _) = patch(
        &mut c,
        &format!("{KITES}/a"),
        "merge-patch+json",
        tree!({"spec": {"tails": 2}}),
    );
    assert_eq!(code, 200);
    ok(&mut c, "DELETE", &format!("{KITES}/a"), Value::Null);
    wait(&mut c, 1);
    let seen: Vec<(WatchType, i64)> = std::iter::from_fn(|| c.poll_watch(id))
        .map(|e| (e.kind, e.object.at(&["spec", "tails"]).as_i64().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            (WatchType::Added, 1),
            (WatchType::Modified, 2),
            (WatchType::Deleted, 2)
        ]
    );
}

#[test]
fn a_snapshot_has_kinds_of_its_own() {
    let mut c = cluster(vec![version("v1", true)]);
    let mut other = c.clone();
    ok(&mut c, "POST", KITES, kite("a"));
    ok(
        &mut other,
        "DELETE",
        &format!("{DEFINITIONS}/kites.sky.test"),
        Value::Null,
    );
    wait(&mut other, 1);
    assert_eq!(send(&mut other, "GET", KITES, None).0, 404);
    assert_eq!(get(&mut c, KITES).get("items").items().len(), 1);
}

#[test]
fn a_name_in_use_is_not_taken() {
    let mut c = cluster(vec![version("v1", true)]);
    let mut second = definition(vec![version("v1", true)]);
    second.meta_mut().set("name", "boats.sky.test");
    let names =
        tree!({"plural": "boats", "singular": "boat", "kind": "Boat", "shortNames": ["kt"]});
    second.set_at(&["spec", "names"], names);
    ok(&mut c, "POST", DEFINITIONS, second);
    wait(&mut c, 1);
    let path = format!("{DEFINITIONS}/boats.sky.test");
    assert_eq!(
        conditions(&get(&mut c, &path)),
        [
            "NamesAccepted=False ShortNamesConflict",
            "Established=False NotAccepted"
        ]
    );
    let boats = "/apis/sky.test/v1/namespaces/default/boats";
    assert_eq!(send(&mut c, "GET", boats, None).0, 404);
    ok(
        &mut c,
        "DELETE",
        &format!("{DEFINITIONS}/kites.sky.test"),
        Value::Null,
    );
    wait(&mut c, 2);
    assert_eq!(
        conditions(&get(&mut c, &path)),
        [
            "NamesAccepted=True NoConflicts",
            "Established=True InitialNamesAccepted"
        ]
    );
    assert_eq!(send(&mut c, "GET", boats, None).0, 200);
}

#[test]
fn a_version_that_a_webhook_would_have_to_convert_is_refused() {
    let mut c = Cluster::boot(ClusterConfig::reference());
    let mut definition = definition(vec![version("v1", true), version("v2", false)]);
    let hook = tree!({"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://convert.test/"}}});
    definition.set_at(&["spec", "conversion"], hook);
    ok(&mut c, "POST", DEFINITIONS, definition);
    wait(&mut c, 1);
    ok(&mut c, "POST", KITES, kite("a"));
    let (code, refused) = send(
        &mut c,
        "GET",
        "/apis/sky.test/v2/namespaces/default/kites/a",
        None,
    );
    assert_eq!(code, 500);
    assert!(
        refused
            .get("message")
            .str()
            .ends_with("conversion webhooks are not supported"),
        "{refused:?}"
    );
}

#[test]
fn quotas_count_custom_resources() {
    let mut c = cluster(vec![version("v1", true)]);
    let quota = tree!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"count/kites.sky.test": "1"}}});
    ok(
        &mut c,
        "POST",
        "/api/v1/namespaces/default/resourcequotas",
        quota,
    );
    wait(&mut c, 2);
    ok(&mut c, "POST", KITES, kite("a"));
    let (code, refused) = send(&mut c, "POST", KITES, Some(kite("b")));
    assert_eq!(code, 403);
    assert!(
        refused.get("message").str().contains("exceeded quota: q"),
        "{refused:?}"
    );
}

#[test]
fn fields_that_a_version_selects_by_can_be_selected() {
    let mut v1 = version("v1", true);
    v1.set("selectableFields", tree!([{"jsonPath": ".spec.colour"}]));
    let mut c = cluster(vec![v1]);
    ok(&mut c, "POST", KITES, kite("a"));
    let mut blue = kite("b");
    blue.set_at(&["spec", "colour"], "blue");
    ok(&mut c, "POST", KITES, blue);
    let list = get(&mut c, &format!("{KITES}?fieldSelector=spec.colour%3Dblue"));
    assert_eq!(list.get("items").items().len(), 1);
    let (code, refused) = send(
        &mut c,
        "GET",
        &format!("{KITES}?fieldSelector=spec.tails%3D1"),
        None,
    );
    assert_eq!(
        (code, refused.get("message").str()),
        (400, "field label not supported: spec.tails")
    );
}

#[test]
fn an_object_of_another_type_is_refused() {
    let mut c = cluster(vec![version("v1", true)]);
    let mut other = kite("a");
    other.set("kind", "Boat");
    let (code, refused) = send(&mut c, "POST", KITES, Some(other));
    assert_eq!(
        (code, refused.get("message").str()),
        (
            422,
            r#"Kite.sky.test "a" is invalid: kind: Invalid value: "Boat": must be Kite"#
        )
    );
    let mut other = kite("a");
    other.set("apiVersion", "sky.test/v2");
    let (code, refused) = send(&mut c, "POST", KITES, Some(other));
    assert_eq!(
        (code, refused.get("message").str()),
        (
            400,
            "the API version in the data (sky.test/v2) does not match the expected API version (sky.test/v1)"
        )
    );
}
