//! Go's ways of printing that messages depend on: `%q` and `%v`.

use super::value::Value;
use std::fmt::Write;

/// A string as Go's `%q` quotes it (`strconv.Quote`).
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if is_unprintable(c) => {
                let _ = match c as u32 {
                    n @ ..=0xffff => write!(out, "\\u{n:04x}"),
                    n => write!(out, "\\U{n:08x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that Go does not print as they are: controls, spaces other than ' ', invisible formatting.
pub fn is_unprintable(c: char) -> bool {
    let n = c as u32;
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(n, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff | 0xfff0..=0xfffb | 0xfffe | 0xffff | 0xe0000..)
}

/// A value as Go's `%v` prints an `interface{}` decoded from JSON: `map[a:1 b:[x y]]`.
pub fn sprint(v: &Value) -> String {
    let mut out = String::new();
    sprint_to(v, &mut out);
    out
}

fn sprint_to(v: &Value, out: &mut String) {
    match v {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Value::Float(f) => out.push_str(&format_float(*f)),
        Value::Str(s) => out.push_str(s),
        Value::List(l) => {
            out.push('[');
            for (i, v) in l.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                sprint_to(v, out);
            }
            out.push(']');
        }
        Value::Map(m) => {
            out.push_str("map[");
            for (i, (k, v)) in m.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                let _ = write!(out, "{k}:");
                sprint_to(v, out);
            }
            out.push(']');
        }
    }
}

/// A float as Go's `%v` prints it: the shortest digits, with an exponent below 1e-4 and from 1e21 on.
pub fn format_float(f: f64) -> String {
    if f.is_nan() {
        return "NaN".to_owned();
    }
    if f.is_infinite() {
        return if f > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let a = f.abs();
    if f == 0.0 || (1e-4..1e21).contains(&a) {
        return f.to_string();
    }
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.strip_prefix('-') {
        Some(e) => format!("{digits}e-{e:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

/// Compact JSON as Go's `json.Marshal` writes it: `<`, `>`, `&` and line separators are escaped.
pub fn go_json(v: &Value) -> String {
    escape_html(v.to_json())
}

/// JSON with Go's HTML escapes; such characters can only stand inside its strings.
pub fn escape_html(json: String) -> String {
    if !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_is_go_s() {
        assert_eq!(quote("a\"b\\\n\u{7}é\u{200b}"), r#""a\"b\\\n\aé\u200b""#);
        let v = crate::tree!({"b": ["x", 1, 1.5], "a": null});
        assert_eq!(sprint(&v), "map[a:<nil> b:[x 1 1.5]]");
        assert_eq!(format_float(1e21), "1e+21");
        assert_eq!(format_float(1e-7), "1e-07");
    }
}
