//! Small checks that many kinds share.

use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::{
    is_dns1123_label, is_dns1123_subdomain, is_qualified_name, is_valid_port_name,
    is_valid_port_num,
};
use crate::apimachinery::{ErrorList, FieldError, Path, Quantity, Value};

/// Adds one `Invalid value` per message.
pub fn invalid_each(e: &mut ErrorList, path: &Path, bad: &str, messages: Vec<String>) {
    for m in messages {
        e.push(FieldError::invalid(path, bad, m));
    }
}

/// A DNS label.
pub fn dns_label(e: &mut ErrorList, path: &Path, v: &str) {
    invalid_each(e, path, v, is_dns1123_label(v));
}

/// A DNS subdomain.
pub fn dns_subdomain(e: &mut ErrorList, path: &Path, v: &str) {
    invalid_each(e, path, v, is_dns1123_subdomain(v));
}

/// A qualified name (the key of a label).
pub fn qualified_name(e: &mut ErrorList, path: &Path, v: &str) {
    invalid_each(e, path, v, is_qualified_name(v));
}

/// A string field that must not be empty. Whether it is there.
pub fn required(e: &mut ErrorList, path: &Path, v: &Value) -> bool {
    if v.is_empty() {
        e.push(FieldError::required(path, ""));
    }
    !v.is_empty()
}

/// A number field that must not be negative; missing counts as 0.
pub fn nonnegative(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(n) = v.as_i64().filter(|n| *n < 0) {
        e.push(
            FieldError::invalid(path, n, "must be greater than or equal to 0")
                .with_origin("minimum"),
        );
    }
}

/// A number field that must be positive; missing counts as 0.
pub fn positive(e: &mut ErrorList, path: &Path, v: &Value) {
    let n = v.as_i64().unwrap_or(0);
    if n <= 0 {
        e.push(FieldError::invalid(path, n, "must be greater than zero").with_origin("minimum"));
    }
}

/// A string of a closed set, listed in the order given; "" is not in it.
pub fn supported(e: &mut ErrorList, path: &Path, v: &Value, values: &[&str]) {
    if !values.contains(&v.str()) {
        e.push(FieldError::not_supported(path, bad_str(v), values));
    }
}

/// The same where the field must also be there.
pub fn required_supported(e: &mut ErrorList, path: &Path, v: &Value, values: &[&str]) {
    if required(e, path, v) {
        supported(e, path, v, values);
    }
}

/// The same where the field may be missing.
pub fn optional_supported(e: &mut ErrorList, path: &Path, v: &Value, values: &[&str]) {
    if !v.is_null() {
        supported(e, path, v, values);
    }
}

/// A string as a bad value: missing prints as "".
pub fn bad_str(v: &Value) -> Bad {
    v.str().into()
}

/// A port number, or the name of a port.
pub fn port_num_or_name(e: &mut ErrorList, path: &Path, v: &Value) {
    match v {
        Value::Str(s) => invalid_each(e, path, s, is_valid_port_name(s)),
        v => port_num(e, path, v.as_i64().unwrap_or(0)),
    }
}

/// A port number.
pub fn port_num(e: &mut ErrorList, path: &Path, n: i64) {
    for m in is_valid_port_num(n) {
        e.push(FieldError::invalid(path, n, m));
    }
}

/// A user or group ID.
pub fn user_id(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(n) = v
        .as_i64()
        .filter(|n| !(0..=i64::from(i32::MAX)).contains(n))
    {
        e.push(FieldError::invalid(
            path,
            n,
            inclusive_range(0, i64::from(i32::MAX)),
        ));
    }
}

/// `must be between 1 and 5, inclusive`.
pub fn inclusive_range(lo: i64, hi: i64) -> String {
    format!("must be between {lo} and {hi}, inclusive")
}

/// A file mode: 0 to 0777.
pub fn file_mode(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(n) = v.as_i64().filter(|n| !(0..=0o777).contains(n)) {
        e.push(FieldError::invalid(
            path,
            n,
            "must be a number between 0 and 0777 (octal), both inclusive",
        ));
    }
}

/// A path without `..` in it.
pub fn path_no_backsteps(e: &mut ErrorList, path: &Path, v: &str) {
    if v.split('/').any(|part| part == "..") {
        e.push(FieldError::invalid(path, v, "must not contain '..'"));
    }
}

/// A relative path without `..` in it.
pub fn local_descending_path(e: &mut ErrorList, path: &Path, v: &str) {
    if v.starts_with('/') {
        e.push(FieldError::invalid(path, v, "must be a relative path"));
    }
    path_no_backsteps(e, path, v);
}

/// A relative path that does not begin with `..` either.
pub fn local_non_reserved_path(e: &mut ErrorList, path: &Path, v: &str) {
    local_descending_path(e, path, v);
    if v.starts_with("..") && !v.starts_with("../") {
        e.push(FieldError::invalid(path, v, "must not start with '..'"));
    }
}

/// A field that may not change.
pub fn immutable(e: &mut ErrorList, path: &Path, new: &Value, old: &Value) {
    if new != old {
        e.push(FieldError::invalid(path, new, "field is immutable").with_origin("immutable"));
    }
}

/// The quantity in a field.
pub fn quantity(v: &Value) -> Quantity {
    Quantity::of(v)
}

/// Strings of a list.
pub fn strings(v: &Value) -> impl Iterator<Item = &str> {
    v.items().iter().map(Value::str)
}
