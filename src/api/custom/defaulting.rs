//! Defaults of custom resources, and nulls where none may stand (`schema/defaulting/algorithm.go`).

use super::{entry_schema, flag};
use crate::apimachinery::{Map, Value};

/// Fills in the defaults of a schema.
pub fn default(object: &mut Value, schema: &Value) {
    if let Some(new) = filled(object, schema) {
        *object = new;
    }
}

/// Takes out nulls that stand where a schema allows none and has no default to put in their place.
pub fn drop_nulls(object: &mut Value, schema: &Value) {
    if let Some(new) = without_nulls(object, schema) {
        *object = new;
    }
}

fn is_bad_null(v: &Value, schema: &Value) -> bool {
    v.is_null() && !flag(schema, "nullable")
}

/// A value with its defaults, none where it has them all.
fn filled(v: &Value, schema: &Value) -> Option<Value> {
    let of = |v: &Value, schema: &Value| {
        let default = schema.get("default");
        if is_bad_null(v, schema) && !default.is_null() {
            return Some(filled(default, schema).unwrap_or_else(|| default.clone()));
        }
        filled(v, schema)
    };
    match v {
        Value::Map(map) => {
            let mut out: Option<Map> = None;
            for (name, property) in schema.get("properties").fields() {
                let default = property.get("default");
                if !default.is_null() && !map.contains_key(name) {
                    let value = filled(default, property).unwrap_or_else(|| default.clone());
                    out.get_or_insert_with(|| map.clone()).insert(name, value);
                }
            }
            for (name, x) in map.iter() {
                if let Some(new) = entry_schema(schema, name).and_then(|s| of(x, s)) {
                    out.get_or_insert_with(|| map.clone()).insert(name, new);
                }
            }
            out.map(Value::Map)
        }
        Value::List(list) => {
            let mut out: Option<Vec<Value>> = None;
            for (i, x) in list.iter().enumerate() {
                if let Some(new) = of(x, schema.get("items")) {
                    out.get_or_insert_with(|| list.to_vec())[i] = new;
                }
            }
            out.map(Value::from)
        }
        _ => None,
    }
}

fn without_nulls(v: &Value, schema: &Value) -> Option<Value> {
    match v {
        Value::Map(map) => {
            let mut out: Option<Map> = None;
            for (name, x) in map.iter() {
                let Some(s) = entry_schema(schema, name).filter(|s| !s.is_null()) else {
                    continue;
                };
                if is_bad_null(x, s) && s.get("default").is_null() {
                    out.get_or_insert_with(|| map.clone()).remove(name);
                } else if let Some(new) = without_nulls(x, s) {
                    out.get_or_insert_with(|| map.clone()).insert(name, new);
                }
            }
            out.map(Value::Map)
        }
        Value::List(list) => {
            let mut out: Option<Vec<Value>> = None;
            for (i, x) in list.iter().enumerate() {
                if let Some(new) = without_nulls(x, schema.get("items")) {
                    out.get_or_insert_with(|| list.to_vec())[i] = new;
                }
            }
            out.map(Value::from)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn defaults_go_where_nothing_stands() {
        for (name, schema, object, wanted) in [
            (
                "a field",
                tree!({"properties": {"a": {"type": "integer", "default": 1}}}),
                tree!({}),
                tree!({"a": 1}),
            ),
            (
                "not below a field that is not there",
                tree!({"properties": {"s": {"type": "object", "properties": {"a": {"default": 1}}}}}),
                tree!({}),
                tree!({}),
            ),
            (
                "below a default",
                tree!({"properties": {"s": {"type": "object", "default": {}, "properties": {"a": {"default": 1}}}}}),
                tree!({}),
                tree!({"s": {"a": 1}}),
            ),
            (
                "lists and maps",
                tree!({"properties": {
                    "l": {"items": {"properties": {"a": {"default": 1}}}},
                    "m": {"additionalProperties": {"properties": {"a": {"default": "x"}}}}}}),
                tree!({"l": [{}, {"a": 2}], "m": {"k": {}}}),
                tree!({"l": [{"a": 1}, {"a": 2}], "m": {"k": {"a": "x"}}}),
            ),
            (
                "in place of a null",
                tree!({"properties": {"a": {"default": 1}, "b": {"default": 1, "nullable": true}, "c": {}, "d": {"nullable": true}}}),
                tree!({"a": null, "b": null, "c": null, "d": null}),
                tree!({"a": 1, "b": null, "d": null}),
            ),
        ] {
            let mut object = object;
            drop_nulls(&mut object, &schema);
            default(&mut object, &schema);
            assert_eq!(object, wanted, "{name}");
        }
    }
}
