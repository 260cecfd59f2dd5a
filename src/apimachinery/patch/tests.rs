#![allow(clippy::unwrap_used)]

use super::*;
use crate::apimachinery::schema::{TypeId, kind_type};
use crate::apimachinery::value::Value;
use crate::tree;

fn deployment() -> TypeId {
    kind_type("apps/v1", "Deployment").unwrap()
}

fn spec(pod_spec: Value) -> Value {
    let mut v = Value::object();
    v.set_at(&["spec", "template", "spec"], pod_spec);
    v
}

#[test]
fn json_patches_apply_or_are_rejected() {
    let doc = tree!({"data": {"a": "1", "x/y": "2"}, "l": ["a", "b"]});
    for (patch, want) in [
        (
            tree!([{"op": "replace", "path": "/data/a", "value": "2"}]),
            Ok(r#"{"data":{"a":"2","x/y":"2"},"l":["a","b"]}"#),
        ),
        (
            tree!([{"op": "remove", "path": "/data/x~1y"}, {"op": "add", "path": "/l/-", "value": "c"}]),
            Ok(r#"{"data":{"a":"1"},"l":["a","b","c"]}"#),
        ),
        (
            tree!([{"op": "add", "path": "/l/0", "value": "z"}, {"op": "move", "from": "/data/a", "path": "/b"}]),
            Ok(r#"{"b":"1","data":{"x/y":"2"},"l":["z","a","b"]}"#),
        ),
        (
            tree!([{"op": "copy", "from": "/data", "path": "/e"}, {"op": "test", "path": "/e/a", "value": "1"}, {"op": "remove", "path": "/e"}, {"op": "remove", "path": "/l"}]),
            Ok(r#"{"data":{"a":"1","x/y":"2"}}"#),
        ),
        (
            tree!([{"op": "test", "path": "/data/a", "value": "no"}]),
            Err("testing value /data/a failed: test failed"),
        ),
        (
            tree!([{"op": "add", "path": "/no/a", "value": 1}]),
            Err("add operation does not apply: doc is missing path: \"/no/a\": missing value"),
        ),
        (
            tree!([{"op": "fly", "path": "/data/a"}]),
            Err("unexpected kind: fly: unknown operation"),
        ),
    ] {
        let got = json_patch(&doc, &patch)
            .map(|v| v.to_json())
            .map_err(|e| e.to_string());
        assert_eq!(
            got,
            want.map(str::to_owned).map_err(str::to_owned),
            "{patch:?}"
        );
    }
    assert_eq!(
        json_patch(&doc, &tree!([{"op": "remove", "path": "/q"}]))
            .unwrap_err()
            .status()
            .code(),
        422
    );
    assert_eq!(
        json_patch(&doc, &tree!({})).unwrap_err().status().code(),
        400
    );
}

#[test]
fn merge_patches_apply() {
    let doc = tree!({"a": {"b": 1, "c": 2}, "d": [1]});
    let patch = tree!({"a": {"b": null, "e": {"f": null}}, "d": [2]});
    assert_eq!(
        merge_patch(&doc, &patch).unwrap().to_json(),
        r#"{"a":{"c":2,"e":{}},"d":[2]}"#
    );
    assert_eq!(
        merge_patch(&doc, &tree!([1])).unwrap_err().to_string(),
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
}

#[test]
fn strategic_patches_merge_by_the_schema() {
    let two = tree!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]});
    for (original, patch, want) in [
        (
            two.clone(),
            tree!({"containers": [{"name": "c", "image": "z"}]}),
            tree!({"containers": [{"name": "c", "image": "z"}, {"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}),
        ),
        (
            two.clone(),
            tree!({"containers": [{"name": "a", "$patch": "delete"}]}),
            tree!({"containers": [{"name": "b", "image": "y"}]}),
        ),
        (
            two.clone(),
            tree!({"containers": [{"$patch": "replace"}, {"name": "c", "image": "z"}]}),
            tree!({"containers": [{"name": "c", "image": "z"}]}),
        ),
        (
            two.clone(),
            tree!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": "x2"}]}),
            tree!({"containers": [{"name": "b", "image": "y"}, {"name": "a", "image": "x2"}]}),
        ),
        (
            two.clone(),
            tree!({"containers": [{"name": "b", "image": null, "command": ["q"]}]}),
            tree!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "command": ["q"]}]}),
        ),
        (
            tree!({"nodeSelector": {"a": "1", "b": "2"}}),
            tree!({"nodeSelector": {"$patch": "replace", "c": "3"}}),
            tree!({"nodeSelector": {"c": "3"}}),
        ),
        (
            tree!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            tree!({"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]}),
            tree!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
        ),
    ] {
        let got =
            strategic_merge_patch(&spec(original), &spec(patch.clone()), deployment()).unwrap();
        assert_eq!(got, spec(want), "{patch:?}");
    }
    let meta = tree!({"metadata": {"finalizers": ["a", "b"]}});
    let patch =
        tree!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}});
    let got = strategic_merge_patch(&meta, &patch, deployment()).unwrap();
    assert_eq!(got.to_json(), r#"{"metadata":{"finalizers":["c","b"]}}"#);
    let error = strategic_merge_patch(
        &spec(two),
        &spec(tree!({"containers": [{"image": "x"}]})),
        deployment(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "map: map[image:x] does not contain declared merge key: name"
    );
    assert_eq!(error.status().code(), 500);
}

#[test]
fn patches_made_lead_from_one_state_to_the_other() {
    let a = spec(
        tree!({"containers": [{"name": "a", "image": "x", "env": [{"name": "E", "value": "1"}]}, {"name": "b", "image": "y"}], "hostNetwork": true}),
    );
    let b =
        spec(tree!({"containers": [{"name": "c", "image": "z"}, {"name": "a", "image": "x2"}]}));
    let patch = create_two_way_merge_patch(&a, &b, deployment()).unwrap();
    assert_eq!(strategic_merge_patch(&a, &patch, deployment()).unwrap(), b);
    let patch = create_two_way_json_merge_patch(&a, &b);
    assert_eq!(merge_patch(&a, &patch).unwrap(), b);
    assert!(
        create_two_way_merge_patch(&a, &a.clone(), deployment())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn three_ways_keep_what_others_set() {
    let last = spec(
        tree!({"containers": [{"name": "a", "image": "x", "command": ["q"]}], "nodeSelector": {"k": "v"}}),
    );
    let live = spec(
        tree!({"containers": [{"name": "a", "image": "x", "command": ["q"], "imagePullPolicy": "Always"}, {"name": "side", "image": "s"}], "nodeSelector": {"k": "v", "own": "1"}, "schedulerName": "d"}),
    );
    let new = spec(tree!({"containers": [{"name": "a", "image": "x2"}]}));
    let patch = create_three_way_merge_patch(&last, &new, &live, deployment(), true).unwrap();
    let got = strategic_merge_patch(&live, &patch, deployment()).unwrap();
    let want = spec(
        tree!({"containers": [{"name": "a", "image": "x2", "imagePullPolicy": "Always"}, {"name": "side", "image": "s"}], "schedulerName": "d"}),
    );
    assert_eq!(got, want);
    let patch = create_three_way_json_merge_patch(
        &tree!({"a": "1", "b": "2"}),
        &tree!({"a": "9", "d": {"e": "1"}}),
        &tree!({"a": "1", "b": "2", "c": "3"}),
    );
    assert_eq!(patch.to_json(), r#"{"a":"9","b":null,"d":{"e":"1"}}"#);
    let same = create_three_way_merge_patch(&last, &last, &last, deployment(), true).unwrap();
    assert!(same.is_empty());
}
