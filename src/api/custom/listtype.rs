//! Lists whose items must differ: sets, and lists that are maps by keys (`schema/listtype/validation.go`).

use super::entry_schema;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// Checks every list of a value.
pub fn validate(e: &mut ErrorList, at: &Path, v: &Value, schema: &Value) {
    match v {
        Value::Map(map) => {
            let properties = schema.get("properties");
            for (name, x) in map.iter() {
                if let Some(s) = entry_schema(schema, name) {
                    let path = match properties.has(name) {
                        true => at.child(name),
                        false => at.key(name),
                    };
                    validate(e, &path, x, s);
                }
            }
        }
        Value::List(list) => {
            match schema.get("x-kubernetes-list-type").str() {
                "set" => duplicates(e, at, list),
                "map" => {
                    let keys = schema.get("x-kubernetes-list-map-keys").items();
                    let told: Vec<Value> = list.iter().map(|x| keys_of(x, keys)).collect();
                    duplicates(e, at, &told);
                }
                _ => {}
            }
            for (i, x) in list.iter().enumerate() {
                validate(e, &at.index(i), x, schema.get("items"));
            }
        }
        _ => {}
    }
}

/// The keys of an item, as far as it has them.
fn keys_of(item: &Value, keys: &[Value]) -> Value {
    let mut out = Value::object();
    for key in keys.iter().map(Value::str).filter(|k| item.has(k)) {
        out.set(key, item.get(key));
    }
    out
}

/// Every value that stood before is an error, once.
fn duplicates(e: &mut ErrorList, at: &Path, list: &[Value]) {
    let mut told: Vec<&Value> = Vec::new();
    for (i, x) in list.iter().enumerate() {
        if list[..i].contains(x) && !told.contains(&x) {
            e.push(FieldError::duplicate(&at.index(i), x));
            told.push(x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn items_differ() {
        let schema = tree!({"properties": {
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"properties": {"name": {}}}},
            "any": {"type": "array", "items": {}},
        }});
        let object = tree!({
            "any": [1, 1], "map": [{"name": "a", "x": 1}, {"name": "b"}, {"name": "a"}], "set": ["a", "b", "a", "a"],
        });
        let mut e = ErrorList::new();
        validate(&mut e, &Path::new(""), &object, &schema);
        let all: Vec<String> = e.iter().map(ToString::to_string).collect();
        assert_eq!(
            all,
            [
                r#"map[2]: Duplicate value: {"name":"a"}"#,
                r#"set[2]: Duplicate value: "a""#,
            ]
        );
    }
}
