//! JSON as Go writes it: indented by four spaces, with `<`, `>` and `&` escaped.

use crate::apimachinery::Value;

/// An object with a line end; `typed`: fields in the order of upstream's structs.
pub fn print(object: &Value, typed: bool) -> String {
    let text = typed
        .then(|| super::go_order::to_json(object))
        .flatten()
        .unwrap_or_else(|| object.to_json_pretty());
    format!("{}\n", escape_html(&text))
}

/// Escapes what Go's `json.Marshal` escapes in strings. Outside of strings these characters never stand in JSON.
pub fn escape_html(json: &str) -> String {
    if !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}
