//! Lists whose items must differ: sets, and lists that are maps by keys (`schema/listtype/validation.go`).

use super::walk::{each_part, keys_of};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};
use crate::collections::SortedMap;

/// Checks every list of a value.
pub fn validate(e: &mut ErrorList, at: &Path, v: &Value, schema: &Value) {
    if let Value::List(list) = v {
        match schema.get("x-kubernetes-list-type").str() {
            "set" => duplicates(e, at, list),
            "map" => {
                let told: Vec<Value> = list.iter().map(|x| keys_of(x, schema)).collect();
                duplicates(e, at, &told);
            }
            _ => {}
        }
    }
    each_part(at, v, schema, &mut |path, _, x, s| validate(e, path, x, s));
}

/// Every value that stood before is an error, once.
fn duplicates(e: &mut ErrorList, at: &Path, list: &[Value]) {
    let mut seen: SortedMap<String, usize> = SortedMap::new();
    for (i, x) in list.iter().enumerate() {
        let times = seen.entry(x.to_json()).or_insert(0);
        *times += 1;
        if *times == 2 {
            e.push(FieldError::duplicate(&at.index(i), x));
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
