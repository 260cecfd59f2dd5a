use super::*;
use crate::apimachinery::{Text, Value};
use crate::tree;

fn set(v: Value) -> Set {
    Set::from_value(&v).expect("fieldsV1")
}

fn path(steps: &[&str]) -> Vec<Element> {
    steps
        .iter()
        .map(|s| Element::parse(s).expect("a path element"))
        .collect()
}

fn deployment() -> Ty {
    Ty::of_kind("apps/v1", "Deployment").expect("built in")
}

#[test]
fn sets_are_read_and_written() {
    let fields = tree!({
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}}}},
        "f:finalizers": {"v:\"x/y\"": {}},
    });
    let s = set(fields.clone());
    assert_eq!(s.to_value(), fields);
    assert!(s.has(&path(&["f:metadata", "f:labels"])));
    assert!(!s.has(&path(&["f:metadata"])));
    assert!(s.has(&path(&["f:finalizers", "v:\"x/y\""])));
    assert_eq!(
        set(tree!({"k:{ \"b\": 1, \"a\":\"x\" }": {}})).to_value(),
        tree!({"k:{\"a\":\"x\",\"b\":1}": {}})
    );
    for bad in ["x:a", "name", "k:{", "v:"] {
        let mut v = Value::object();
        v.set(bad, Value::object());
        assert!(Set::from_value(&v).is_err(), "{bad}");
    }
    let shown = show(&path(&[
        "f:spec",
        "f:c",
        "k:{\"name\":\"c\",\"p\":1}",
        "f:x",
        "v:\"a\"",
    ]));
    assert_eq!(shown, ".spec.c[name=\"c\",p=1].x[=\"a\"]");
}

#[test]
fn the_algebra_of_sets() {
    let a = set(tree!({"f:a": {".": {}, "f:b": {}}, "f:c": {}, "f:d": {"f:e": {}}}));
    let b = set(tree!({"f:a": {"f:b": {}}, "f:c": {"f:x": {}}, "f:d": {}}));
    let cases = [
        (
            "union",
            a.union(&b),
            tree!({"f:a": {".": {}, "f:b": {}}, "f:c": {".": {}, "f:x": {}}, "f:d": {".": {}, "f:e": {}}}),
        ),
        (
            "intersection",
            a.intersection(&b),
            tree!({"f:a": {"f:b": {}}}),
        ),
        (
            "difference",
            a.difference(&b),
            tree!({"f:a": {}, "f:c": {}, "f:d": {"f:e": {}}}),
        ),
        (
            "the other difference",
            b.difference(&a),
            tree!({"f:c": {"f:x": {}}, "f:d": {}}),
        ),
        ("without", a.without(&b), tree!({"f:a": {}, "f:c": {}})),
        ("only", a.only(&["a", "b"]), tree!({"f:a": {"f:b": {}}})),
        ("nothing", a.difference(&a), tree!({})),
    ];
    for (what, got, want) in cases {
        assert_eq!(got.to_value(), want, "{what}");
    }
    assert!(a.difference(&a).is_empty());
}

fn pods_of(image: &str, ports: Value) -> Value {
    let mut v = tree!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}},
    });
    let c = &mut v
        .at_mut(&["spec", "template", "spec", "containers"])
        .items_mut()[0];
    c.set("image", image);
    c.set("ports", ports);
    v
}

#[test]
fn the_fields_of_an_object() {
    let object = tree!({
        "metadata": {"labels": {"a": "b"}, "finalizers": ["x/y"], "annotations": {}},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"spec": {
                "containers": [{"name": "c", "args": ["x"], "ports": [{"containerPort": 80}]}],
                "tolerations": [{"key": "k"}],
            }},
        },
    });
    let mut got = Set::new();
    fields_of(deployment(), &object, &mut Vec::new(), &mut got);
    let want = tree!({
        "f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {"v:\"x/y\"": {}}, "f:annotations": {}},
        "f:spec": {
            "f:selector": {},
            "f:template": {"f:spec": {
                "f:containers": {"k:{\"name\":\"c\"}": {
                    ".": {}, "f:name": {}, "f:args": {},
                    "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
                }},
                "f:tolerations": {},
            }},
        },
    });
    assert_eq!(got.to_value(), want);
}

#[test]
fn comparing_tells_added_from_changed() {
    let old = pods_of("a", tree!([{"containerPort": 80, "protocol": "TCP"}]));
    let new = pods_of("b", tree!([{"containerPort": 81, "protocol": "TCP"}]));
    let mut c = Comparison::default();
    compare(
        deployment(),
        Some(&old),
        Some(&new),
        &mut Vec::new(),
        &mut c,
    );
    let container = |below: Value| {
        let mut v = tree!({"f:spec": {"f:template": {"f:spec": {"f:containers": {}}}}});
        v.set_at(
            &[
                "f:spec",
                "f:template",
                "f:spec",
                "f:containers",
                "k:{\"name\":\"c\"}",
            ],
            below,
        );
        v
    };
    assert_eq!(c.modified.to_value(), container(tree!({"f:image": {}})));
    let port = tree!({".": {}, "f:containerPort": {}, "f:protocol": {}});
    let ports = |key: &str| {
        let mut v = Value::object();
        v.set_at(&["f:ports", key], port.clone());
        container(v)
    };
    assert_eq!(
        c.added.to_value(),
        ports("k:{\"containerPort\":81,\"protocol\":\"TCP\"}")
    );
    assert_eq!(
        c.removed.to_value(),
        ports("k:{\"containerPort\":80,\"protocol\":\"TCP\"}")
    );
}

#[test]
fn lists_are_merged_in_the_order_of_the_applied_one() {
    let finalizers = |names: Value| {
        let mut v = Value::object();
        v.set_at(&["metadata", "finalizers"], names);
        v
    };
    let cases = [
        (tree!(["a", "b"]), tree!(["c"]), tree!(["a", "b", "c"])),
        (
            tree!(["a", "b", "c"]),
            tree!(["c", "a"]),
            tree!(["b", "c", "a"]),
        ),
        (tree!(["x", "a"]), tree!(["a", "y"]), tree!(["x", "a", "y"])),
        (tree!([]), tree!(["a"]), tree!(["a"])),
        (tree!(["a"]), Value::Null, tree!(["a"])),
    ];
    for (live, applied, want) in cases {
        let got = merge(deployment(), &finalizers(live), &finalizers(applied));
        assert_eq!(got, finalizers(want));
    }
}

#[test]
fn a_configuration_that_does_not_fit_is_refused() {
    let cases = [
        (tree!({"spek": {}}), ".spek: field not declared in schema"),
        (
            tree!({"spec": {"replicas": "1"}}),
            ".spec.replicas: expected numeric (int or float), got string",
        ),
        (
            tree!({"spec": {"paused": 1}}),
            ".spec.paused: expected boolean, got &{1}",
        ),
        (
            tree!({"metadata": {"labels": ["a"]}}),
            ".metadata.labels: expected map, got &{[a]}",
        ),
        (
            tree!({"metadata": {"labels": {"a": 1}}}),
            ".metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (
            tree!({"metadata": {"finalizers": ["a", "a"]}}),
            ".metadata.finalizers: duplicate entries for key [=\"a\"]",
        ),
    ];
    for (object, want) in cases {
        let mut errors = Vec::new();
        validate(deployment(), &object, "", &mut errors);
        assert_eq!(errors, [want]);
    }
}

fn config_map(data: Value) -> Value {
    let mut v = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
    v.set("data", data);
    v
}

struct World {
    live: Value,
    managed: Managed,
    clock: u32,
}

impl World {
    fn write(
        &mut self,
        manager: &str,
        f: impl FnOnce(&Writer<'_>, &mut World) -> Result<(), String>,
    ) -> Result<(), String> {
        self.clock += 1;
        let writer = Writer {
            manager,
            version: "v1",
            kind: "ConfigMap",
            subresource: "",
            time: &format!("2026-01-01T00:00:{:02}Z", self.clock),
            filter: &Filter::Except(Set::new()),
            types: &|version| Ty::of_kind(version, "ConfigMap"),
            convert: &|_, _| None,
        };
        f(&writer, self)
    }
    fn update(&mut self, manager: &str, data: Value) {
        let new = config_map(data);
        let done = self.write(manager, |w, world| {
            let change = Change {
                live: &world.live,
                new: &new,
            };
            update(w, &change, &mut world.managed);
            Ok(())
        });
        done.expect("updates do not fail");
        self.live = new;
    }
    fn apply(&mut self, manager: &str, data: Value, force: bool) -> Result<(), String> {
        self.write(manager, |w, world| {
            let mut managed = world.managed.clone();
            match apply(w, &world.live, &config_map(data), &mut managed, force) {
                Ok(merged) => {
                    if let Some(merged) = merged {
                        world.live = merged;
                    }
                    world.managed = managed;
                    Ok(())
                }
                Err(ApplyError::Conflicts(c)) => Err(ApplyError::conflict_message(&c)),
                Err(ApplyError::Typed(why)) => Err(why),
            }
        })
    }
    fn owners(&self) -> Vec<String> {
        let list = self.managed.encode();
        let entries = list.items().iter().map(|e| {
            let fields = e.get("fieldsV1").get("f:data");
            let keys: Vec<&str> = fields.fields().map(|(k, _)| k).collect();
            format!(
                "{} {} {}",
                e.get("manager").str(),
                e.get("operation").str(),
                keys.join(",")
            )
            .trim_end()
            .to_owned()
        });
        entries.collect()
    }
}

fn world() -> World {
    World {
        live: Value::Null,
        managed: Managed::default(),
        clock: 0,
    }
}

#[test]
fn who_applies_owns_and_removes_what_it_leaves_out() {
    let mut w = world();
    w.apply("a", tree!({"x": "1", "y": "1"}), false)
        .expect("new");
    w.apply("b", tree!({"y": "1", "z": "1"}), false)
        .expect("the same value is shared");
    assert_eq!(w.owners(), ["a Apply f:x,f:y", "b Apply f:y,f:z"]);
    w.apply("a", tree!({}), false).expect("leaving out");
    assert_eq!(w.live.get("data"), &tree!({"y": "1", "z": "1"}));
    // An empty map is itself a field.
    assert_eq!(w.owners(), ["b Apply f:y,f:z", "a Apply"]);
    let refused = w.apply("a", tree!({"y": "2", "z": "2"}), false);
    assert_eq!(
        refused.expect_err("not its own"),
        "Apply failed with 2 conflicts: conflicts with \"b\":\n- .data.y\n- .data.z"
    );
    w.apply("a", tree!({"y": "2"}), true).expect("forced");
    assert_eq!(w.owners(), ["b Apply f:z", "a Apply f:y"]);
}

#[test]
fn updates_take_what_they_change() {
    let mut w = world();
    w.update("a", tree!({"x": "1", "y": "1"}));
    assert_eq!(w.owners(), ["a Update .,f:x,f:y"]);
    w.update("b", tree!({"x": "2"}));
    assert_eq!(w.owners(), ["a Update", "b Update f:x"]);
    let refused = w.apply("c", tree!({"x": "3"}), false).expect_err("b's");
    assert_eq!(
        refused,
        "Apply failed with 1 conflict: conflict with \"b\" using v1: .data.x"
    );
    w.apply("c", tree!({"x": "2"}), false)
        .expect("the same value");
    w.apply("c", tree!({}), false).expect("b still owns it");
    assert_eq!(w.live.get("data"), &tree!({"x": "2"}));
}

#[test]
fn what_was_there_before_the_first_apply_is_kept() {
    let mut w = world();
    w.live = config_map(tree!({"x": "1"}));
    let refused = w
        .apply("a", tree!({"x": "2"}), false)
        .expect_err("there before");
    assert!(
        refused.contains("\"before-first-apply\" using v1: .data.x"),
        "{refused}"
    );
    w.apply("a", tree!({"y": "1"}), false)
        .expect("another field");
    assert_eq!(
        w.owners(),
        ["a Apply f:y", "before-first-apply Update .,f:x"]
    );
}

#[test]
fn the_oldest_updates_are_put_together() {
    let mut w = world();
    for i in 0..14 {
        let mut data = w.live.get("data").clone();
        data.set(&format!("k{i:02}"), "v");
        w.update(&format!("m{i:02}"), data);
    }
    assert_eq!(w.managed.0.len(), 10);
    let owners = w.owners();
    assert_eq!(
        owners[0],
        "ancient-changes Update .,f:k00,f:k01,f:k02,f:k03,f:k04"
    );
    assert_eq!(owners[9], "m13 Update f:k13");
}

#[test]
fn scaling_moves_the_replicas_alone() {
    let manager = |name: &str, applied, subresource: &str, fields| Manager {
        name: Text::from(name),
        applied,
        version: Text::from("apps/v1"),
        subresource: Text::from(subresource),
        time: None,
        fields: set(fields),
    };
    let mut parent = Managed::default();
    parent.put(manager(
        "a",
        true,
        "",
        tree!({"f:spec": {"f:replicas": {}, "f:paused": {}}}),
    ));
    let scale = to_scale(&parent, &["spec", "replicas"], "autoscaling/v1");
    assert_eq!(scale.0.len(), 1);
    assert_eq!(
        from_scale(&parent, &scale, &["spec", "replicas"], "apps/v1"),
        parent
    );
    let mut taken = Managed::default();
    taken.put(manager(
        "hpa",
        false,
        "scale",
        tree!({"f:spec": {"f:replicas": {}}}),
    ));
    let after = from_scale(&parent, &taken, &["spec", "replicas"], "apps/v1");
    assert_eq!(after.0.len(), 2);
    assert_eq!(after.0[0].fields, set(tree!({"f:spec": {"f:paused": {}}})));
    assert_eq!(after.0[1].version.as_str(), "apps/v1");
}

#[test]
fn managers_are_forgotten_where_asked() {
    for (list, reset) in [
        (tree!([]), true),
        (tree!([{}]), true),
        (tree!([{"manager": "x"}]), false),
        (Value::Null, false),
    ] {
        assert_eq!(is_reset(&list), reset);
    }
}
