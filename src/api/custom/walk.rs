//! How values and their schemas are walked side by side.

use super::entry_schema;
use crate::apimachinery::{Path, Value};
use crate::collections::SortedMap;

/// Calls `f` for each part of a value that a schema says something of: path, the field's name (none for an item), part and schema.
pub fn each_part(
    at: &Path,
    v: &Value,
    schema: &Value,
    f: &mut dyn FnMut(&Path, Option<&str>, &Value, &Value),
) {
    match v {
        Value::Map(map) => {
            let properties = schema.get("properties");
            for (name, x) in map.iter() {
                if let Some(s) = entry_schema(schema, name) {
                    let path = match properties.has(name) {
                        true => at.child(name),
                        false => at.key(name),
                    };
                    f(&path, Some(name), x, s);
                }
            }
        }
        Value::List(list) => {
            for (i, x) in list.iter().enumerate() {
                f(&at.index(i), None, x, schema.get("items"));
            }
        }
        _ => {}
    }
}

/// The keys of an item of a list that is a map, as far as it has them.
pub fn keys_of(item: &Value, schema: &Value) -> Value {
    let mut out = Value::object();
    for key in schema.get("x-kubernetes-list-map-keys").items() {
        let key = key.str();
        if item.has(key) {
            out.set(key, item.get(key));
        }
    }
    out
}

/// What stood where a value stands now; lists that are maps are looked up by their keys.
pub struct Earlier<'a> {
    old: Option<&'a Value>,
    schema: &'a Value,
    by_keys: SortedMap<String, &'a Value>,
}

impl<'a> Earlier<'a> {
    /// What `old` holds.
    pub fn new(old: Option<&'a Value>, schema: &'a Value) -> Self {
        let mut by_keys = SortedMap::new();
        if schema.get("x-kubernetes-list-type") == "map" {
            for item in old.map_or(&[][..], Value::items) {
                by_keys
                    .entry(keys_of(item, schema).to_json())
                    .or_insert(item);
            }
        }
        Earlier {
            old,
            schema,
            by_keys,
        }
    }

    /// What a part was: the field of that name, or the item with the same keys.
    pub fn of(&self, name: Option<&str>, part: &Value) -> Option<&'a Value> {
        match name {
            Some(name) => self.old?.as_map()?.get(name),
            None if self.by_keys.is_empty() => None,
            None => {
                let found = self.by_keys.get(&keys_of(part, self.schema).to_json());
                found.copied()
            }
        }
    }
}
