use super::*;
use crate::tree;

fn check(schema: Value, object: Value, wanted: &[&str]) {
    let mut e = ErrorList::new();
    against(&mut e, &object, None, &schema);
    let found: Vec<String> = e.iter().map(ToString::to_string).collect();
    assert_eq!(found, wanted, "{schema:?}\n{object:?}");
}

fn field(schema: Value, value: Value, wanted: &[&str]) {
    let schema = tree!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": schema}}}});
    check(schema, tree!({"spec": {"a": value}}), wanted);
}

#[test]
fn types_are_checked() {
    field(
        tree!({"type": "integer"}),
        "x".into(),
        &[r#"spec.a: Invalid value: "string": spec.a in body must be of type integer: "string""#],
    );
    field(
        tree!({"type": "string"}),
        tree!(null),
        &[r#"spec.a: Invalid value: "null": spec.a in body must be of type string: "null""#],
    );
    field(
        tree!({"x-kubernetes-int-or-string": true}),
        true.into(),
        &[
            r#"spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean""#,
        ],
    );
    for (schema, value) in [
        (tree!({"type": "number"}), tree!(1)),
        (tree!({"type": "integer"}), tree!(1.0)),
        (tree!({"type": "string", "nullable": true}), tree!(null)),
        (tree!({"x-kubernetes-int-or-string": true}), tree!("80%")),
        (tree!({"type": "string", "format": "int32"}), tree!("x")),
    ] {
        field(schema, value, &[]);
    }
}

#[test]
fn values_are_checked() {
    for (schema, value, wanted) in [
        (
            tree!({"type": "string", "enum": ["red", "blue"]}),
            tree!("green"),
            r#"spec.a: Unsupported value: "green": supported values: "red", "blue""#,
        ),
        (
            tree!({"type": "string", "maxLength": 2}),
            tree!("abc"),
            "spec.a: Too long: may not be more than 2 bytes",
        ),
        (
            tree!({"type": "string", "minLength": 2}),
            tree!("a"),
            r#"spec.a: Invalid value: "a": spec.a in body should be at least 2 chars long"#,
        ),
        (
            tree!({"type": "string", "pattern": "^[a-z]+$"}),
            tree!("A"),
            r#"spec.a: Invalid value: "A": spec.a in body should match '^[a-z]+$'"#,
        ),
        (
            tree!({"type": "string", "format": "ipv4"}),
            tree!("x"),
            r#"spec.a: Invalid value: "x": spec.a in body must be of type ipv4: "x""#,
        ),
        (
            tree!({"type": "integer", "maximum": 9}),
            tree!(12),
            "spec.a: Invalid value: 12: spec.a in body should be less than or equal to 9",
        ),
        (
            tree!({"type": "number", "minimum": 0.5, "exclusiveMinimum": true}),
            tree!(0.5),
            "spec.a: Invalid value: 0.5: spec.a in body should be greater than 0.5",
        ),
        (
            tree!({"type": "integer", "multipleOf": 5}),
            tree!(7),
            "spec.a: Invalid value: 7: spec.a in body should be a multiple of 5",
        ),
        (
            tree!({"type": "array", "items": {"type": "integer"}}),
            tree!([1, "x"]),
            r#"spec.a[1]: Invalid value: "string": spec.a[1] in body must be of type integer: "string""#,
        ),
        (
            tree!({"type": "array", "maxItems": 1}),
            tree!([1, 2]),
            "spec.a: Too many: 2: must have at most 1 item",
        ),
        (
            tree!({"type": "array", "minItems": 1}),
            tree!([]),
            "spec.a: Invalid value: 0: spec.a in body should have at least 1 items",
        ),
        (
            tree!({"type": "object", "additionalProperties": {"type": "string"}}),
            tree!({"k": 1}),
            r#"spec.a.k: Invalid value: "integer": spec.a.k in body must be of type string: "integer""#,
        ),
        (
            tree!({"type": "object", "required": ["b"]}),
            tree!({}),
            "spec.a.b: Required value",
        ),
        (
            tree!({"type": "object", "maxProperties": 1}),
            tree!({"a": 1, "b": 1}),
            "spec.a: Too many: 2: must have at most 1 item",
        ),
    ] {
        field(schema, value, &[wanted]);
    }
}

#[test]
fn alternatives_are_tried() {
    let one = tree!({"type": "object", "oneOf": [{"required": ["x"]}, {"required": ["y"]}]});
    field(one.clone(), tree!({"x": 1}), &[]);
    field(
        one.clone(),
        tree!({}),
        &[
            r#"<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found none valid"#,
            "spec.a.x: Required value",
        ],
    );
    field(
        one,
        tree!({"x": 1, "y": 1}),
        &[
            r#"<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
        ],
    );
    field(
        tree!({"type": "string", "not": {"enum": ["x"]}}),
        tree!("x"),
        &[r#"<nil>: Invalid value: "": "spec.a" must not validate the schema (not)"#],
    );
}

#[test]
fn the_root_has_no_name() {
    let schema =
        tree!({"type": "object", "required": ["spec"], "properties": {"spec": {"type": "object"}}});
    check(schema, tree!({}), &["spec: Required value"]);
}

#[test]
fn what_stays_as_it_was_is_no_error() {
    let schema = tree!({"type": "object", "properties": {
        "a": {"type": "integer", "maximum": 1},
        "l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 1}}}},
    }});
    let old = tree!({"a": 5, "b": 1, "l": [{"name": "x", "n": 5}]});
    let check = |new: Value| {
        let mut e = ErrorList::new();
        against(&mut e, &new, Some(&old), &schema);
        e.iter().map(|e| e.field.clone()).collect::<Vec<_>>()
    };
    assert!(check(tree!({"a": 5, "b": 2, "l": [{"name": "y"}, {"name": "x", "n": 5}]})).is_empty());
    assert_eq!(
        check(tree!({"a": 6, "l": [{"name": "x", "n": 6}]})),
        ["a", "l[0].n"]
    );
}

#[test]
fn scale_reads_numbers() {
    let scale = tree!({"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n", "labelSelectorPath": ".status.s"});
    let object = tree!({"metadata": {"name": "a", "namespace": "b"}, "spec": {"n": -1}, "status": {"n": "x", "s": 1}});
    let kind = Kind {
        namespaced: true,
        schema: &Value::Null,
        scale: &scale,
    };
    let found: Vec<String> = create(&kind, &object)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            ".spec.n: Invalid value: -1: should be a non-negative integer",
            ".status.n: Invalid value: 0: .status.n accessor error: x is of the type string, expected int64",
            r#".status.s: Invalid value: "": .status.s accessor error: 1 is of the type int64, expected string"#,
        ]
    );
}

#[test]
fn a_large_list_that_is_a_map_is_looked_up_by_its_keys() {
    let schema = tree!({"type": "object", "properties": {"l": {
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}}},
    }}});
    let object = |n: i64| {
        let items = (0..20_000).map(|i| tree!({"name": format!("item-{i}"), "n": n}));
        let mut o = tree!({"metadata": {"name": "a", "namespace": "default"}});
        o.set("l", items.collect::<Vec<Value>>());
        o
    };
    let kind = Kind {
        namespaced: true,
        schema: &schema,
        scale: &Value::Null,
    };
    // Comparing each with each would take minutes.
    assert!(create(&kind, &object(1)).is_empty());
    let (mut new, mut old) = (object(2), object(1));
    for o in [&mut new, &mut old] {
        o.meta_mut().set("uid", "1");
        o.meta_mut().set("resourceVersion", "1");
    }
    assert!(update(&kind, "", &new, &old).is_empty());
}
