//! Cutting a text into documents as `k8s.io/apimachinery/pkg/util/yaml` does.

use super::read::Document;
use super::{MAX_BYTES, YamlError};
use crate::apimachinery::value::Value;

/// One document's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The text, every line ending in a newline.
    pub text: String,
    /// The line (from 0) on which it begins.
    pub line: usize,
    /// The byte at which it begins.
    pub offset: usize,
}

/// Whether a text is JSON rather than YAML: it begins with a brace (`GuessJSONStream`).
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Cuts at `---` lines. A separator with anything but a comment behind it is an error.
pub fn split_documents(text: &str) -> Vec<Result<Chunk, YamlError>> {
    let mut out = Vec::new();
    if text.len() > MAX_BYTES {
        return vec![Err(YamlError {
            line: None,
            message: format!("yaml: the text is larger than {MAX_BYTES} bytes"),
        })];
    }
    let mut current = Chunk {
        text: String::new(),
        line: 0,
        offset: 0,
    };
    let mut offset = 0;
    for (i, full) in text.split_inclusive('\n').enumerate() {
        let line = full.strip_suffix('\n').unwrap_or(full);
        let next = offset + full.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                out.push(Err(YamlError {
                    line: Some(i + 1),
                    message: format!("invalid Yaml document separator: {rest}"),
                }));
                return out;
            }
            if !current.text.is_empty() {
                out.push(Ok(std::mem::replace(
                    &mut current,
                    Chunk {
                        text: String::new(),
                        line: i + 1,
                        offset: next,
                    },
                )));
                offset = next;
                continue;
            }
        }
        if current.text.is_empty() {
            (current.line, current.offset) = (i, offset);
        }
        current.text.push_str(line);
        current.text.push('\n');
        offset = next;
    }
    if !current.text.is_empty() {
        out.push(Ok(current));
    }
    out
}

/// Reads a stream of JSON documents; after one of them, `---` and YAML may follow.
pub(super) fn json_stream(text: &str) -> (Vec<Document>, Option<YamlError>) {
    let mut out = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let line = text[..at].matches('\n').count();
        if at > 0 && rest.trim_start().starts_with("---") {
            let skip = rest.len() - rest.trim_start().len();
            let before = rest[..skip].matches('\n').count();
            let (docs, error) = super::parse_all(&rest[skip..]);
            out.extend(docs.into_iter().map(|d| Document {
                line: d.line + line + before,
                ..d
            }));
            return (out, error);
        }
        match stream.next() {
            None => return (out, None),
            Some(Ok(Value::Null)) => {}
            Some(Ok(value)) => out.push(Document {
                value,
                line,
                ..Document::default()
            }),
            Some(Err(e)) => {
                let line = Some(line.max(e.line()));
                let message = json_error(text, at, &e);
                return (out, Some(YamlError { line, message }));
            }
        }
        at = stream.byte_offset();
    }
}

/// The error of Go's decoder in place of serde's.
fn json_error(text: &str, from: usize, e: &serde_json::Error) -> String {
    if e.is_eof() {
        return "unexpected EOF".to_owned();
    }
    let at = text
        .split_inclusive('\n')
        .take(e.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>()
        + e.column().saturating_sub(1);
    let at = at.clamp(from, text.len());
    match text.get(at..).and_then(|r| r.chars().next()) {
        Some(c) => format!(
            "json: offset {}: invalid character {} {}",
            at + 1,
            quoted(c),
            looking_for(&text[..at], c)
        ),
        None => "unexpected EOF".to_owned(),
    }
}

fn quoted(c: char) -> String {
    match c {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => format!("'{}'", c.escape_debug()),
    }
}

/// What Go's scanner expected at this place, told from what stands before it.
fn looking_for(before: &str, c: char) -> &'static str {
    let open: Option<char> = {
        let mut stack = Vec::new();
        let (mut string, mut escaped) = (false, false);
        for b in before.chars() {
            match b {
                _ if escaped => escaped = false,
                '\\' if string => escaped = true,
                '"' => string = !string,
                '{' | '[' if !string => stack.push(b),
                '}' | ']' if !string => {
                    stack.pop();
                }
                _ => {}
            }
        }
        if string {
            return "in string literal";
        }
        stack.pop()
    };
    let last = before.trim_end().chars().last();
    match (last, open) {
        (Some('{'), _) | (Some(','), Some('{')) => "looking for beginning of object key string",
        (Some(':' | '[' | ',') | None, _) => "looking for beginning of value",
        (Some('"'), Some('{')) if c != ',' && !before_is_value(before) => "after object key",
        (_, Some('{')) => "after object key:value pair",
        (_, Some(_)) => "after array element",
        _ => "looking for beginning of value",
    }
}

/// Whether the string that ends here is a value: a colon stands before it.
fn before_is_value(before: &str) -> bool {
    let inner = before.trim_end().trim_end_matches('"');
    inner
        .rfind('"')
        .is_some_and(|i| inner[..i].trim_end().ends_with(':'))
}
