//! Type and metadata of custom resources and of the resources that are embedded in them (`schema/objectmeta`).

use super::{entry_schema, flag};
use crate::api::strict::{self, DecodeError, Mode};
use crate::api::validation::meta;
use crate::apimachinery::names::is_dns1035_label;
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const EMBEDDED: &str = "x-kubernetes-embedded-resource";

/// Brings the metadata of an object, and of what is embedded in it, into normal form; adds the paths of unknown fields to `unknown`.
///
/// # Errors
/// Metadata that is none, in Go's words.
pub fn coerce(
    object: &mut Value,
    schema: &Value,
    unknown: &mut Vec<String>,
) -> Result<(), DecodeError> {
    if let Some(new) = metadata(object, "", unknown)? {
        *object = new;
    }
    if let Some(new) = inner(object, schema, "", unknown)? {
        *object = new;
    }
    Ok(())
}

/// An object with its metadata in normal form, none where it is.
fn metadata(
    object: &Value,
    path: &str,
    unknown: &mut Vec<String>,
) -> Result<Option<Value>, DecodeError> {
    let given = object.get("metadata");
    if given.is_null() {
        return Ok(None);
    }
    // A kind that has nothing but metadata stands for all.
    let id = kind_type("v1", "Namespace").unwrap_or_default();
    let mut alone = Value::object();
    alone.set("metadata", given);
    let (decoded, warnings) = strict::decode(alone, id, Mode::Warn, &[])?;
    for text in warnings {
        let field = text.trim_start_matches("unknown field ").trim_matches('"');
        unknown.push(match path {
            "" => field.to_owned(),
            path => format!("{path}.{field}"),
        });
    }
    let decoded = decoded.get("metadata");
    Ok((decoded != given).then(|| {
        let mut new = object.clone();
        new.set("metadata", decoded);
        new
    }))
}

fn inner(
    v: &Value,
    schema: &Value,
    path: &str,
    unknown: &mut Vec<String>,
) -> Result<Option<Value>, DecodeError> {
    let mut out: Option<Value> = None;
    let mut each = |x: &Value, s: &Value, at: String| -> Result<Option<Value>, DecodeError> {
        let mut new = inner(x, s, &at, unknown)?;
        if flag(s, EMBEDDED) && x.as_map().is_some() {
            let changed = metadata(new.as_ref().unwrap_or(x), &at, unknown)?;
            new = changed.or(new);
        }
        Ok(new)
    };
    match v {
        Value::Map(map) => {
            for (name, x) in map.iter() {
                let Some(s) = entry_schema(schema, name).filter(|s| !s.is_null()) else {
                    continue;
                };
                let at = match path {
                    "" => name.to_owned(),
                    path => format!("{path}.{name}"),
                };
                if let Some(new) = each(x, s, at)? {
                    out.get_or_insert_with(|| v.clone()).set(name, new);
                }
            }
        }
        Value::List(list) if schema.get("items").as_map().is_some() => {
            for (i, x) in list.iter().enumerate() {
                if let Some(new) = each(x, schema.get("items"), format!("{path}[{i}]"))? {
                    out.get_or_insert_with(|| v.clone()).items_mut()[i] = new;
                }
            }
        }
        _ => {}
    }
    Ok(out)
}

/// Checks the types and metadata of embedded resources.
pub fn validate(e: &mut ErrorList, at: &Path, v: &Value, schema: &Value) {
    match v {
        Value::Map(map) => {
            if flag(schema, EMBEDDED) {
                embedded(e, at, v);
            }
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
        Value::List(list) if schema.get("items").as_map().is_some() => {
            for (i, x) in list.iter().enumerate() {
                validate(e, &at.index(i), x, schema.get("items"));
            }
        }
        _ => {}
    }
}

fn embedded(e: &mut ErrorList, at: &Path, v: &Value) {
    const EMPTY: &str = "must not be empty";
    for field in ["apiVersion", "kind"] {
        let path = at.child(field);
        match v.get(field) {
            Value::Null => e.push(FieldError::required(&path, EMPTY)),
            Value::Str(s) if s.is_empty() => e.push(FieldError::invalid(&path, "", EMPTY)),
            Value::Str(s) if field == "kind" => {
                let problems = is_dns1035_label(&s.to_lowercase());
                if !problems.is_empty() {
                    let text = format!(
                        "may have mixed case, but should otherwise match: {}",
                        problems.join(",")
                    );
                    e.push(FieldError::invalid(&path, s.as_str(), text));
                }
            }
            Value::Str(s) if s.matches('/').count() > 1 => {
                let text = format!("unexpected GroupVersion string: {s}");
                e.push(FieldError::invalid(&path, s.as_str(), text));
            }
            Value::Str(_) => {}
            other => e.push(FieldError::invalid(&path, other, "must be a string")),
        }
    }
    let given = v.meta();
    let path = at.child("metadata");
    meta::labels(e, &path.child("labels"), given.get("labels"));
    meta::annotations(e, &path.child("annotations"), given.get("annotations"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn schema() -> Value {
        tree!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "template": {"type": "object", "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true}}}}})
    }

    #[test]
    fn metadata_is_normal_wherever_it_stands() {
        let mut object = tree!({
            "metadata": {"name": "a", "wings": 2},
            "spec": {"template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b", "x": 1}}},
        });
        let mut unknown = Vec::new();
        coerce(&mut object, &schema(), &mut unknown).expect("it is metadata");
        assert_eq!(unknown, ["metadata.wings", "spec.template.metadata.x"]);
        assert!(!object.meta().has("wings"));
        let mut bad = tree!({"metadata": {"labels": {"a": 1}}});
        let error = coerce(&mut bad, &schema(), &mut unknown).expect_err("a number is no label");
        assert_eq!(
            error.to_string(),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"
        );
    }

    #[test]
    fn an_embedded_resource_has_a_type() {
        let mut e = ErrorList::new();
        let object =
            tree!({"spec": {"template": {"kind": "P_d", "metadata": {"labels": {"a": "b c"}}}}});
        validate(&mut e, &Path::new(""), &object, &schema());
        let fields: Vec<&str> = e.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "spec.template.apiVersion",
                "spec.template.kind",
                "spec.template.metadata.labels"
            ]
        );
    }
}
