//! KYAML (KEP-5295): YAML in flow style, strings quoted, a comma after every item.

use crate::apimachinery::Value;
use crate::apimachinery::strconv::quote;

/// An object as a document.
pub fn print(object: &Value) -> String {
    let mut out = String::from("---\n");
    write(object, 0, &mut out);
    out.push('\n');
    out
}

fn key(k: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let ambiguous = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~",
    ]
    .contains(&k.to_lowercase().as_str());
    if k.starts_with(|c: char| c.is_ascii_alphabetic()) && k.chars().all(plain) && !ambiguous {
        k.to_owned()
    } else {
        quote(k)
    }
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let pad = |n: usize| "  ".repeat(n);
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (k, v) in map.iter() {
                out.push_str(&format!("{}{}: ", pad(depth + 1), key(k)));
                write(v, depth + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&format!("{}}}", pad(depth)));
        }
        Value::List(list) if !list.is_empty() => {
            let nested = list
                .iter()
                .all(|v| matches!(v, Value::Map(_) | Value::List(_)) && !v.is_empty());
            if nested {
                out.push('[');
                for (i, v) in list.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    write(v, depth, out);
                }
                out.push(']');
                return;
            }
            out.push_str("[\n");
            for v in list.iter() {
                out.push_str(&pad(depth + 1));
                write(v, depth + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&format!("{}]", pad(depth)));
        }
        Value::Str(s) => out.push_str(&quote(s)),
        other => out.push_str(&other.to_json()),
    }
}
