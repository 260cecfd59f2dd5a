//! Takes out what a schema does not know (`schema/pruning/algorithm.go`).

use super::{META_FIELDS, entry_schema, flag};
use crate::apimachinery::Value;
use crate::apimachinery::value::NULL;

/// Prunes an object of a custom kind; adds the paths of what went to `pruned` (`spec.wings`, `spec.list[0].x`).
pub fn prune(object: &mut Value, schema: &Value, pruned: &mut Vec<String>) {
    let mut walk = Walk {
        path: String::new(),
        pruned,
    };
    if let Some(new) = walk.value(object, schema, true) {
        *object = new;
    }
}

struct Walk<'a> {
    path: String,
    pruned: &'a mut Vec<String>,
}

impl Walk<'_> {
    /// The pruned value, none where nothing went.
    fn value(&mut self, v: &Value, schema: &Value, resource: bool) -> Option<Value> {
        let keeps = flag(schema, "x-kubernetes-preserve-unknown-fields");
        match v {
            Value::Map(map) => {
                let mut out = None;
                for (key, x) in map.iter() {
                    if resource && META_FIELDS.contains(&key) {
                        continue;
                    }
                    let at = self.path.len();
                    if at > 0 {
                        self.path.push('.');
                    }
                    self.path.push_str(key);
                    match entry_schema(schema, key) {
                        Some(s) => {
                            let embedded = flag(s, "x-kubernetes-embedded-resource");
                            if let Some(new) = self.value(x, s, embedded) {
                                out.get_or_insert_with(|| map.clone()).insert(key, new);
                            }
                        }
                        None if keeps => {}
                        None => {
                            self.pruned.push(self.path.clone());
                            out.get_or_insert_with(|| map.clone()).remove(key);
                        }
                    }
                    self.path.truncate(at);
                }
                out.map(Value::Map)
            }
            Value::List(list) => {
                let items = schema.get("items");
                let items = if items.as_map().is_some() {
                    items
                } else {
                    &NULL
                };
                if keeps && items.is_null() {
                    return None;
                }
                let embedded = flag(items, "x-kubernetes-embedded-resource");
                let mut out: Option<Vec<Value>> = None;
                for (i, x) in list.iter().enumerate() {
                    let at = self.path.len();
                    self.path.push_str(&format!("[{i}]"));
                    if let Some(new) = self.value(x, items, embedded) {
                        out.get_or_insert_with(|| list.to_vec())[i] = new;
                    }
                    self.path.truncate(at);
                }
                out.map(Value::from)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn what_the_schema_does_not_know_goes() {
        let int = || tree!({"type": "integer"});
        for (name, schema, object, wanted, gone) in [
            (
                "fields",
                tree!({"type": "object", "properties": {"a": int()}}),
                tree!({"kind": "K", "metadata": {"x": 1}, "a": 1, "b": 2}),
                tree!({"kind": "K", "metadata": {"x": 1}, "a": 1}),
                &["b"][..],
            ),
            (
                "lists",
                tree!({"properties": {"l": {"type": "array", "items": {"type": "object", "properties": {"a": int()}}}}}),
                tree!({"l": [{"a": 1}, {"b": {"c": 1}}]}),
                tree!({"l": [{"a": 1}, {}]}),
                &["l[1].b"],
            ),
            (
                "maps",
                tree!({"properties": {"m": {"additionalProperties": {"properties": {"a": int()}}}}}),
                tree!({"m": {"x": {"a": 1, "b": 1}}}),
                tree!({"m": {"x": {"a": 1}}}),
                &["m.x.b"],
            ),
            (
                "a map of anything keeps entries, not what is in them",
                tree!({"properties": {"m": {"additionalProperties": true}}}),
                tree!({"m": {"x": {"a": 1}, "y": 2}}),
                tree!({"m": {"x": {}, "y": 2}}),
                &["m.x.a"],
            ),
            (
                "kept, but known fields inside are pruned",
                tree!({"properties": {"p": {"x-kubernetes-preserve-unknown-fields": true, "properties": {
                    "known": {"type": "object", "properties": {"a": int()}}}}}}),
                tree!({"p": {"any": {"b": 1}, "known": {"a": 1, "b": 1}}}),
                tree!({"p": {"any": {"b": 1}, "known": {"a": 1}}}),
                &["p.known.b"],
            ),
            (
                "an embedded object keeps its type and metadata",
                tree!({"properties": {"e": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": int()}}}}),
                tree!({"e": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": 1, "status": 2}}),
                tree!({"e": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": 1}}),
                &["e.status"],
            ),
        ] {
            let (mut object, mut pruned) = (object, Vec::new());
            prune(&mut object, &schema, &mut pruned);
            assert_eq!(
                (object, pruned),
                (wanted, gone.iter().map(|s| (*s).to_owned()).collect()),
                "{name}"
            );
        }
    }
}
