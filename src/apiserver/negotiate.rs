//! Which form of an answer a client accepts (`handlers/negotiation`).

use super::call::Call;
use crate::apimachinery::status::Status;
use crate::apimachinery::{Text, Value};
use crate::tree;

/// Which part of each object a Table's rows carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncludeObject {
    /// None.
    None,
    /// Its metadata: what is sent where nothing was asked for.
    Metadata,
    /// The whole object.
    Object,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The objects themselves.
    #[default]
    Object,
    /// A `Table`.
    Table,
    /// `PartialObjectMetadata` or its list.
    Metadata,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Form of objects.
    pub form: Form,
    /// Media type for the edge that writes bytes.
    pub media_type: &'static str,
}

/// Media types that can be answered.
const ACCEPTED: [&str; 2] = ["application/json", "application/yaml"];

impl Default for Negotiated {
    fn default() -> Self {
        Negotiated {
            form: Form::Object,
            media_type: ACCEPTED[0],
        }
    }
}

/// Reads an `Accept` header; the first clause that can be met wins.
///
/// # Errors
/// 406 where none can.
pub fn negotiate(accept: &str) -> Result<Negotiated, Status> {
    if accept.trim().is_empty() {
        return Ok(Negotiated::default());
    }
    accept
        .split(',')
        .find_map(clause)
        .ok_or_else(|| Status::not_acceptable(&ACCEPTED))
}

fn clause(text: &str) -> Option<Negotiated> {
    let mut parts = text.split(';').map(str::trim);
    let media_type = match parts.next()? {
        "application/json" | "*/*" | "application/*" => ACCEPTED[0],
        "application/yaml" => ACCEPTED[1],
        _ => return None,
    };
    let (mut kind, mut group, mut version) = ("", "", "");
    for (key, value) in parts.filter_map(|p| p.split_once('=')) {
        match key {
            "as" => kind = value,
            "g" => group = value,
            "v" => version = value,
            _ => {}
        }
    }
    let form = match (kind, group, version) {
        ("", ..) | ("APIGroupDiscoveryList", ..) => Form::Object,
        ("Table", "meta.k8s.io", "v1") => Form::Table,
        ("PartialObjectMetadata" | "PartialObjectMetadataList", "meta.k8s.io", "v1") => {
            Form::Metadata
        }
        _ => return None,
    };
    Some(Negotiated { form, media_type })
}

/// Reads the parameter `includeObject`.
///
/// # Errors
/// 400 for anything but `None`, `Metadata` and `Object`.
pub fn include_object(value: &str) -> Result<IncludeObject, Status> {
    match value {
        "" | "Metadata" => Ok(IncludeObject::Metadata),
        "None" => Ok(IncludeObject::None),
        "Object" => Ok(IncludeObject::Object),
        other => Err(Status::bad_request(format!(
            "unrecognized includeObject value: {other:?}"
        ))),
    }
}

/// An object reduced to its metadata.
pub fn partial_metadata(object: &Value) -> Value {
    tree_of([
        ("apiVersion", Value::from("meta.k8s.io/v1")),
        ("kind", Value::from("PartialObjectMetadata")),
        ("metadata", object.meta().clone()),
    ])
}

fn tree_of<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    Value::Map(
        fields
            .into_iter()
            .map(|(k, v)| (Text::Static(k), v))
            .collect(),
    )
}

/// Brings one object into the form asked for.
pub fn one(call: &Call, object: Value) -> Result<Value, Status> {
    match call.negotiated.form {
        Form::Object => Ok(object),
        Form::Metadata => Ok(partial_metadata(&object)),
        Form::Table => {
            let include = include_object(call.query.get("includeObject"))?;
            let version = object.meta().get("resourceVersion").clone();
            let mut table = if call.info.subresource == "scale" {
                super::printers::scale_table(&object, include, call.now)
            } else {
                super::printers::table(call.resource, &[object], include, true, call.now)
            };
            table.set_at(&["metadata", "resourceVersion"], version);
            Ok(table)
        }
    }
}

/// Brings a list into the form asked for; `meta` is the list's metadata.
pub fn list(call: &Call, items: Vec<Value>, meta: Value) -> Result<Value, Status> {
    match call.negotiated.form {
        Form::Object => Ok(tree_of([
            ("apiVersion", call.resource.api_version.clone().into()),
            ("items", Value::from(items)),
            ("kind", call.resource.list_kind.clone().into()),
            ("metadata", meta),
        ])),
        Form::Metadata => Ok(
            tree!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList"}),
        )
        .map(|mut list: Value| {
            list.set("metadata", meta);
            list.set(
                "items",
                items.iter().map(partial_metadata).collect::<Vec<_>>(),
            );
            list
        }),
        Form::Table => {
            let include = include_object(call.query.get("includeObject"))?;
            let mut table = super::printers::table(call.resource, &items, include, true, call.now);
            table.set("metadata", meta);
            Ok(table)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_clause_that_can_be_met_wins() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(negotiate(table).expect("fine").form, Form::Table);
        let old = "application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json";
        assert_eq!(negotiate(old).expect("fine").form, Form::Object);
        let yaml = negotiate("application/vnd.kubernetes.protobuf,application/yaml");
        assert_eq!(yaml.expect("fine").media_type, "application/yaml");
        assert_eq!(negotiate("text/html").expect_err("no").code(), 406);
    }
}
