//! Custom resources: the columns that their definition adds (`registry/customresource/tableconvertor`).

use super::{Cells, Row};
use crate::apimachinery::Value;
use crate::apimachinery::jsonpath::{JsonPath, text};

/// The name and the cells of `columns`; the age where there are none.
pub fn cells(columns: &[Value], row: &Row<'_>) -> Cells {
    let mut out = vec![row.name()];
    if columns.is_empty() {
        out.push(row.age());
    }
    out.extend(columns.iter().map(|c| cell(c, row)));
    out
}

fn cell(column: &Value, row: &Row<'_>) -> Value {
    let template = format!("{{{}}}", column.get("jsonPath").str());
    let Ok(path) = JsonPath::parse(&template) else {
        return Value::Null;
    };
    let results = path.allow_missing_keys(true).find_results(row.o);
    let Some(value) = results
        .ok()
        .and_then(|r| r.into_iter().next()?.into_iter().next())
    else {
        return Value::Null;
    };
    match (column.get("type").str(), &value) {
        ("string", v) => text(v).into(),
        ("integer", Value::Int(_)) | ("number", Value::Float(_)) | ("boolean", Value::Bool(_)) => {
            value
        }
        ("integer", Value::Float(f)) => Value::Int(*f as i64),
        ("number", Value::Int(i)) => Value::Float(*i as f64),
        ("date", Value::Str(_)) => match row.since(&value).str() {
            "<unknown>" => "<invalid>".into(),
            age => age.into(),
        },
        _ => Value::Null,
    }
}
