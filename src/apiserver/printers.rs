//! Tables: what each kind shows in a row (`pkg/printers/internalversion`).

use super::negotiate::{IncludeObject, partial_metadata};
use super::registry::Resource;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

/// A Table of objects; without `columns` the column definitions are left out, as in all but the first event of a watch.
pub fn table(
    resource: &Resource,
    objects: &[Value],
    include: IncludeObject,
    columns: bool,
    now: Timestamp,
) -> Value {
    let mut table = tree!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}});
    let definitions: Vec<Value> = if columns {
        resource.def.columns.iter().map(definition).collect()
    } else {
        Vec::new()
    };
    table.set("columnDefinitions", definitions);
    let rows: Vec<Value> = objects
        .iter()
        .map(|o| {
            let mut row = Value::object();
            row.set("cells", cells(resource, o, now));
            match include {
                IncludeObject::None => {}
                IncludeObject::Metadata => row.set("object", partial_metadata(o)),
                IncludeObject::Object => row.set("object", o.clone()),
            }
            row
        })
        .collect();
    table.set("rows", rows);
    table
}

fn definition(column: &crate::apimachinery::schema::ColumnDef) -> Value {
    tree!({
        "name": column.name, "type": column.kind, "format": column.format,
        "description": "", "priority": column.priority,
    })
}

fn cells(resource: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    let _ = now;
    resource
        .def
        .columns
        .iter()
        .map(|c| match c.name {
            "Name" => Value::from(object.name()),
            _ => Value::from(""),
        })
        .collect()
}
