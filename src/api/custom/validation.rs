//! Checks custom resources against their schemas (`apiserver/validation/validation.go` over `kube-openapi/pkg/validation/validate`),
//! in upstream's order and words. What an update leaves as it was is not an error (`CRDValidationRatcheting`).

use super::walk::Earlier;
use super::{formats, listtype, objectmeta, rules};
use crate::api::validation::meta;
use crate::apimachinery::field_errors::{Bad, ErrorType};
use crate::apimachinery::strconv::format_float;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// What is checked about an object of a custom kind.
pub struct Kind<'a> {
    /// Whether objects stand in a namespace.
    pub namespaced: bool,
    /// `openAPIV3Schema`, null where there is none.
    pub schema: &'a Value,
    /// The subresource `scale` as defined, null where there is none.
    pub scale: &'a Value,
}

/// A new object.
pub fn create(kind: &Kind<'_>, object: &Value) -> ErrorList {
    let mut e = ErrorList::new();
    meta::object_meta_generic(&mut e, object, kind.namespaced, meta::name_is_dns_subdomain);
    against(&mut e, object, None, kind.schema);
    scale(&mut e, kind.scale, object, true);
    let root = Path::new("");
    objectmeta::validate(&mut e, &root, object, kind.schema);
    listtype::validate(&mut e, &root, object, kind.schema);
    check_rules(&mut e, kind, object, None);
    e
}

/// The rules of a schema; they are not looked at where errors keep them from being.
fn check_rules(e: &mut ErrorList, kind: &Kind<'_>, object: &Value, old: Option<&Value>) {
    if !rules::has_rules(kind.schema) {
        return;
    }
    if blocks_rules(e) {
        let text = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
        e.push(FieldError::invalid(&Path::new(""), &Value::Null, text));
        return;
    }
    rules::validate(e, &Path::new(""), object, old, kind.schema);
}

/// A new state of an object, written through subresource `sub`.
pub fn update(kind: &Kind<'_>, sub: &str, new: &Value, old: &Value) -> ErrorList {
    let mut e = ErrorList::new();
    meta::object_meta_update_generic(&mut e, new, old);
    against(&mut e, new, Some(old), kind.schema);
    scale(&mut e, kind.scale, new, sub != "status");
    let root = Path::new("");
    objectmeta::validate(&mut e, &root, new, kind.schema);
    let mut before = ErrorList::new();
    listtype::validate(&mut before, &root, old, kind.schema);
    if before.is_empty() {
        listtype::validate(&mut e, &root, new, kind.schema);
    }
    check_rules(&mut e, kind, new, Some(old));
    e
}

/// A value against a schema; `old` is what stood there before.
pub fn against(e: &mut ErrorList, v: &Value, old: Option<&Value>, schema: &Value) {
    if schema.as_map().is_some() {
        let mut path = String::new();
        node(e, &mut path, v, old, schema);
    }
}

/// Whether errors keep rules from being looked at.
fn blocks_rules(e: &ErrorList) -> bool {
    let blocks = |k: ErrorType| {
        matches!(
            k,
            ErrorType::NotSupported
                | ErrorType::Required
                | ErrorType::TooLong
                | ErrorType::TooMany
                | ErrorType::TypeInvalid
        )
    };
    e.iter().any(|e| blocks(e.kind))
}

/// What JSON schemas call the type of a value.
fn type_of(v: &Value) -> &'static str {
    match v {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// A value at `path`: `spec.list[0].name`, without a dot before it, or with one where the parent is the root's map.
fn node(e: &mut ErrorList, path: &mut String, v: &Value, old: Option<&Value>, schema: &Value) {
    if old == Some(v) {
        return;
    }
    if !v.is_null() {
        types(e, path, v, schema);
        alternatives(e, path, v, schema);
    } else if let Some(wanted) = type_name(schema)
        && !super::flag(schema, "nullable")
    {
        wrong_type(e, path, "null", wanted);
    }
    match v {
        Value::Str(s) => string(e, path, s, schema),
        Value::Int(_) | Value::Float(_) => number(e, path, v, schema),
        Value::List(list) => items(e, path, list, old, schema),
        _ => {}
    }
    let allowed = schema.get("enum").items();
    if !allowed.is_empty() && !allowed.iter().any(|a| same(a, v)) {
        let words: Vec<String> = allowed.iter().map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        e.push(FieldError::not_supported(
            &Path::new(shown(path)),
            v,
            &words,
        ));
    }
    if v.as_map().is_some() {
        entries(e, path, v, old, schema);
    }
}

fn word(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_json(), str::to_owned)
}

/// Whether two values are equal as numbers, or altogether.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            a.as_f64() == b.as_f64()
        }
        _ => a == b,
    }
}

fn shown(path: &str) -> &str {
    path.trim_start_matches('.')
}

fn invalid(e: &mut ErrorList, path: &str, bad: impl Into<Bad>, text: String) {
    e.push(FieldError::invalid(&Path::new(shown(path)), bad, text));
}

/// The type that a schema asks for, where it does.
fn type_name(schema: &Value) -> Option<&str> {
    if super::flag(schema, "x-kubernetes-int-or-string") {
        return Some("integer,string");
    }
    Some(schema.get("type").str()).filter(|t| !t.is_empty())
}

fn wrong_type(e: &mut ErrorList, path: &str, found: &str, wanted: &str) {
    let text = format!("{path} in body must be of type {wanted}: {found:?}");
    let mut error = FieldError::invalid(&Path::new(shown(path)), found, text);
    error.kind = ErrorType::TypeInvalid;
    e.push(error);
}

fn types(e: &mut ErrorList, path: &str, v: &Value, schema: &Value) {
    let found = type_of(v);
    if let Some(wanted) = type_name(schema) {
        let whole = matches!(v, Value::Float(f) if f.fract() == 0.0);
        let fits = wanted.split(',').any(|t| match (t, found) {
            ("integer", "number") => whole,
            ("number", "integer") => true,
            (t, found) => t == found,
        });
        // A string that has a format of its own is not asked for its type.
        let format = schema.get("format").str();
        let formatted = formats::is_known(format)
            && matches!(v, Value::Str(_) | Value::List(_))
            && !matches!(wanted, "integer" | "number");
        if !fits && !formatted {
            wrong_type(e, path, found, wanted);
        }
    }
}

fn string(e: &mut ErrorList, path: &str, s: &str, schema: &Value) {
    let limit = |field: &str| schema.get(field).as_i64();
    let length = s.chars().count() as i64;
    let pattern = schema.get("pattern").str();
    if let Some(max) = limit("maxLength").filter(|max| length > *max) {
        e.push(FieldError::too_long(&Path::new(shown(path)), max as usize));
    } else if let Some(min) = limit("minLength").filter(|min| length < *min) {
        let text = format!("{path} in body should be at least {min} chars long");
        invalid(e, path, s, text);
    } else if !pattern.is_empty() && !matches(pattern, s) {
        let text = format!("{path} in body should match '{pattern}'");
        invalid(e, path, s, text);
    }
    let format = schema.get("format").str();
    if !format.is_empty() && !formats::holds(format, s) {
        let text = format!("{path} in body must be of type {format}: {s:?}");
        let mut error = FieldError::invalid(&Path::new(shown(path)), s, text);
        error.kind = ErrorType::TypeInvalid;
        e.push(error);
    }
}

/// Whether a text has a match. Patterns that cannot be read let everything pass.
fn matches(pattern: &str, text: &str) -> bool {
    regex_lite::Regex::new(pattern).map_or(true, |r| r.is_match(text))
}

fn show(v: &Value, limit: f64) -> String {
    match v {
        Value::Int(_) => (limit as i64).to_string(),
        _ => format_float(limit),
    }
}

fn number(e: &mut ErrorList, path: &str, v: &Value, schema: &Value) {
    let n = v.as_f64().unwrap_or_default();
    let mut wrong = |text: &str, limit: f64| {
        let text = format!("{path} in body should be {text} {}", show(v, limit));
        invalid(e, path, v, text);
    };
    let limit = |field: &str| schema.get(field).as_f64();
    if let Some(factor) = limit("multipleOf")
        && factor > 0.0
        && (n / factor).fract() != 0.0
    {
        wrong("a multiple of", factor);
    }
    let strict = |field: &str| super::flag(schema, field);
    if let Some(max) = limit("maximum") {
        let exclusive = strict("exclusiveMaximum");
        if n > max || exclusive && n == max {
            wrong(
                ["less than or equal to", "less than"][usize::from(exclusive)],
                max,
            );
        }
    }
    if let Some(min) = limit("minimum") {
        let exclusive = strict("exclusiveMinimum");
        if n < min || exclusive && n == min {
            wrong(
                ["greater than or equal to", "greater than"][usize::from(exclusive)],
                min,
            );
        }
    }
}

fn items(
    e: &mut ErrorList,
    path: &mut String,
    list: &[Value],
    old: Option<&Value>,
    schema: &Value,
) {
    let of_items = schema.get("items");
    if of_items.as_map().is_some() {
        let earlier = Earlier::new(old, schema);
        for (i, x) in list.iter().enumerate() {
            let at = path.len();
            path.push_str(&format!("[{i}]"));
            node(e, path, x, earlier.of(None, x), of_items);
            path.truncate(at);
        }
    }
    let count = list.len() as i64;
    if let Some(min) = schema.get("minItems").as_i64().filter(|min| count < *min) {
        let text = format!("{path} in body should have at least {min} items");
        invalid(e, path, count, text);
    }
    if let Some(max) = schema.get("maxItems").as_i64().filter(|max| count > *max) {
        e.push(FieldError::too_many(
            &Path::new(shown(path)),
            list.len(),
            max as usize,
        ));
    }
    let twice = || (1..list.len()).any(|i| list[..i].contains(&list[i]));
    if super::flag(schema, "uniqueItems") && twice() {
        let text = format!("{path} in body shouldn't contain duplicates");
        invalid(e, path, "", text);
    }
}

fn entries(e: &mut ErrorList, path: &mut String, v: &Value, old: Option<&Value>, schema: &Value) {
    let count = v.fields().count() as i64;
    let limit = |field: &str| schema.get(field).as_i64();
    if let Some(min) = limit("minProperties").filter(|min| count < *min) {
        let text = format!("{path} in body should have at least {min} properties");
        return invalid(e, path, count, text);
    }
    if let Some(max) = limit("maxProperties").filter(|max| count > *max) {
        let at = Path::new(shown(path));
        e.push(FieldError::too_many(&at, count as usize, max as usize));
        return;
    }
    let properties = schema.get("properties");
    let additional = schema.get("additionalProperties");
    let nested = !path.is_empty();
    let mut each = |e: &mut ErrorList, name: &str, x: &Value, s: &Value, dot: bool| {
        let at = path.len();
        if dot {
            path.push('.');
        }
        path.push_str(name);
        let was = old.and_then(|o| o.as_map()?.get(name));
        node(e, path, x, was, s);
        path.truncate(at);
    };
    if additional.as_map().is_some() {
        for (name, x) in v.fields().filter(|(name, _)| !properties.has(name)) {
            each(e, name, x, additional, true);
        }
    }
    for (name, s) in properties.fields() {
        if let Some(x) = v.as_map().and_then(|m| m.get(name)) {
            each(e, name, x, s, nested);
        }
    }
    for name in schema.get("required").items().iter().map(Value::str) {
        if !v.has(name) {
            let at = format!("{path}.{name}");
            e.push(FieldError::required(&Path::new(shown(&at)), ""));
        }
    }
}

/// `anyOf`, `oneOf`, `allOf` and `not`.
fn alternatives(e: &mut ErrorList, path: &mut String, v: &Value, schema: &Value) {
    let mut tried = |s: &Value| {
        let mut errors = ErrorList::new();
        node(&mut errors, path, v, None, s);
        errors
    };
    let best = |all: Vec<ErrorList>| all.into_iter().min_by_key(Vec::len).unwrap_or_default();
    let mut failures: Vec<(String, ErrorList)> = Vec::new();
    for (field, text) in [
        ("anyOf", "must validate at least one schema (anyOf)"),
        ("oneOf", "must validate one and only one schema (oneOf)."),
        ("allOf", "must validate all the schemas (allOf)"),
    ] {
        let all: Vec<ErrorList> = schema.get(field).items().iter().map(&mut tried).collect();
        let valid = all.iter().filter(|e| e.is_empty()).count();
        match field {
            _ if all.is_empty() => {}
            "anyOf" if valid == 0 => failures.push((text.to_owned(), best(all))),
            "oneOf" if valid == 0 => failures.push((format!("{text} Found none valid"), best(all))),
            "oneOf" if valid > 1 => {
                let text = format!("{text} Found {valid} valid alternatives");
                failures.push((text, ErrorList::new()));
            }
            "allOf" if valid < all.len() => {
                let end = if valid == 0 { ". None validated" } else { "" };
                let inner = all.into_iter().flatten().collect();
                failures.push((format!("{text}{end}"), inner));
            }
            _ => {}
        }
    }
    let not = schema.get("not");
    if !not.is_null() && tried(not).is_empty() {
        let text = "must not validate the schema (not)".to_owned();
        failures.push((text, ErrorList::new()));
    }
    for (text, inner) in failures {
        let text = format!("{:?} {text}", path.as_str());
        match text.contains("(allOf)") {
            true => {
                e.extend(inner);
                e.push(FieldError::invalid(&Path::new(""), "", text));
            }
            false => {
                e.push(FieldError::invalid(&Path::new(""), "", text));
                e.extend(inner);
            }
        }
    }
}

/// The numbers and the selector that `scale` reads.
fn scale(e: &mut ErrorList, scale: &Value, object: &Value, spec: bool) {
    if scale.is_null() {
        return;
    }
    for (field, checked) in [("specReplicasPath", spec), ("statusReplicasPath", true)] {
        let path = scale.get(field).str();
        let at = Path::new(path);
        match at_path(object, path) {
            _ if !checked => {}
            Value::Null => {}
            Value::Int(n) if *n < 0 => {
                e.push(FieldError::invalid(
                    &at,
                    *n,
                    "should be a non-negative integer",
                ));
            }
            Value::Int(n) if *n > i64::from(i32::MAX) => {
                let text = format!("should be less than or equal to {}", i32::MAX);
                e.push(FieldError::invalid(&at, *n, text));
            }
            Value::Int(_) => {}
            other => wrong_accessor(e, path, other, 0.into(), "int64"),
        }
    }
    let path = scale.get("labelSelectorPath").str();
    match at_path(object, path) {
        _ if path.is_empty() => {}
        Value::Null | Value::Str(_) => {}
        other => wrong_accessor(e, path, other, "".into(), "string"),
    }
}

fn wrong_accessor(e: &mut ErrorList, path: &str, found: &Value, zero: Bad, wanted: &str) {
    let found_type = match found {
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        _ => "map[string]interface {}",
    };
    let text = format!(
        "{path} accessor error: {} is of the type {found_type}, expected {wanted}",
        crate::apimachinery::strconv::sprint(found)
    );
    e.push(FieldError::invalid(&Path::new(path), zero, text));
}

/// What stands at a simple path such as `.spec.replicas`.
pub fn at_path<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').skip(1).fold(object, |v, step| v.get(step))
}

#[cfg(test)]
mod tests;
