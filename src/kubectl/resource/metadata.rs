//! What client-go decodes of an object before it knows its kind (`metadataValidatingDecoder`): its metadata.

use crate::apimachinery::Value;

/// Fields of `ObjectMeta` and the Go types they are read as.
const FIELDS: [(&str, &str); 11] = [
    ("annotations", "map[string]string"),
    ("deletionGracePeriodSeconds", "int64"),
    ("finalizers", "[]string"),
    ("generateName", "string"),
    ("generation", "int64"),
    ("labels", "map[string]string"),
    ("name", "string"),
    ("namespace", "string"),
    ("resourceVersion", "string"),
    ("selfLink", "string"),
    ("uid", "types.UID"),
];

/// What Go's JSON decoder says of metadata that does not fit, if it does not.
pub fn error(object: &Value) -> Option<String> {
    let metadata = object.get("metadata");
    let fails = |value: &Value, field: &str, wanted: &str| {
        Some(format!(
            "json: cannot unmarshal {} into Go struct field {field} of type {wanted}",
            word(value)
        ))
    };
    if !matches!(metadata, Value::Null | Value::Map(_)) {
        return fails(metadata, "metadataOnlyObject.metadata", "v1.ObjectMeta");
    }
    for (key, value) in metadata.fields() {
        let Some((_, wanted)) = FIELDS.iter().find(|(name, _)| *name == key) else {
            continue;
        };
        let parts: Vec<&Value> = match (*wanted, value) {
            (_, Value::Null) => continue,
            ("string" | "types.UID", Value::Str(_)) | ("int64", Value::Int(_)) => continue,
            ("map[string]string", Value::Map(_)) => value.fields().map(|(_, v)| v).collect(),
            ("[]string", Value::List(_)) => value.items().iter().collect(),
            _ => return fails(value, &format!("ObjectMeta.metadata.{key}"), wanted),
        };
        let wrong = parts
            .into_iter()
            .find(|v| !matches!(v, Value::Null | Value::Str(_)));
        if let Some(part) = wrong {
            return fails(part, &format!("ObjectMeta.metadata.{key}"), "string");
        }
    }
    None
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn metadata_is_read_as_go_reads_it() {
        let wrong = |metadata: Value| {
            let mut object = tree!({});
            object.set("metadata", metadata);
            error(&object).unwrap_or_default()
        };
        assert_eq!(wrong(tree!({"name": "a", "labels": {"v": "1"}})), "");
        for (metadata, words) in [
            (
                tree!({"labels": {"v": 1}}),
                "number into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            (
                tree!({"annotations": {"a": true}}),
                "bool into Go struct field ObjectMeta.metadata.annotations of type string",
            ),
            (
                tree!({"labels": ["a"]}),
                "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
            ),
            (
                tree!({"name": 5}),
                "number into Go struct field ObjectMeta.metadata.name of type string",
            ),
            (
                tree!("x"),
                "string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            ),
        ] {
            assert_eq!(wrong(metadata), format!("json: cannot unmarshal {words}"));
        }
    }
}
