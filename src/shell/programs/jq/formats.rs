//! `@csv`, `@base64` and the like.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::eval::{Stop, error, told};
use super::json::{Json, Style, number, show};

/// As `tostring` does.
pub fn text(value: &Json) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        other => show(other, &Style::COMPACT),
    }
}

/// A value in a format named `@…`.
pub fn apply(format: &str, value: &Json) -> Result<String, Stop> {
    Ok(match format {
        "@text" => text(value),
        "@json" => show(value, &Style::COMPACT),
        "@html" => escape_html(&text(value)),
        "@uri" => {
            let mut out = String::new();
            for byte in text(value).bytes() {
                match byte {
                    b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => {
                        out.push(char::from(b));
                    }
                    b => out.push_str(&format!("%{b:02X}")),
                }
            }
            out
        }
        "@csv" => row(value, "csv", ",")?,
        "@tsv" => row(value, "tsv", "\t")?,
        "@sh" => match value {
            Json::Array(items) => {
                let words: Result<Vec<String>, Stop> = items.iter().map(shell_word).collect();
                words?.join(" ")
            }
            other => shell_word(other)?,
        },
        "@base64" => STANDARD.encode(text(value)),
        "@base64d" => {
            let text = text(value);
            let clean = text.trim_end_matches('=');
            match base64::engine::general_purpose::STANDARD_NO_PAD.decode(clean) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(_) => {
                    return error(format!("{} is not valid base64 data", told(value)));
                }
            }
        }
        other => return error(format!("{} is not a valid format", &other[1..])),
    })
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

fn row(value: &Json, kind: &str, separator: &str) -> Result<String, Stop> {
    let Json::Array(items) = value else {
        return error(format!(
            "{} cannot be {kind}-formatted, only an array can be",
            told(value)
        ));
    };
    let mut cells = Vec::new();
    for item in items.iter() {
        cells.push(match item {
            Json::Null => String::new(),
            Json::Bool(b) => b.to_string(),
            Json::Number(n) => number(*n),
            Json::Text(text) if kind == "csv" => format!("\"{}\"", text.replace('"', "\"\"")),
            Json::Text(text) => text
                .replace('\\', "\\\\")
                .replace('\t', "\\t")
                .replace('\n', "\\n")
                .replace('\r', "\\r"),
            other => {
                return error(format!("{} is not valid in a csv row", told(other)));
            }
        });
    }
    Ok(cells.join(separator))
}

fn shell_word(value: &Json) -> Result<String, Stop> {
    match value {
        Json::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Json::Array(_) | Json::Object(_) => {
            error(format!("{} can not be escaped for shell", told(value)))
        }
        other => Ok(text(other)),
    }
}
