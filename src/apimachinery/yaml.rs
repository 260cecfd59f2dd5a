//! YAML as kubectl reads and prints it: go-yaml's resolver on the events of `saphyr-parser`, and go-yaml's emitter.

mod emit;
mod errors;
mod read;
mod resolve;
mod split;

pub use emit::to_yaml;
pub use read::{Document, Duplicate, Position};
pub use split::{Chunk, is_json, split_documents};

use super::value::Value;
use std::fmt;

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// The line (from 1) in the text that was given, where it is known; for marking it in an editor.
    pub line: Option<usize>,
    /// Upstream's text, such as `yaml: line 3: did not find expected key`. Its line counts from the document's start, as upstream's does.
    pub message: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

/// The largest text that is read, in bytes: what the API server takes as a request.
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Reads one YAML document; an empty one is null. Text after a `---` or `...` line is not looked at.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    read::read(text, 0, false).map(|d| d.value)
}

/// Reads one document with the positions of its parts. `line` is where it begins in a larger text (0 for the first line).
pub fn parse_document(text: &str, line: usize) -> Result<Document, YamlError> {
    read::read(text, line, false)
}

/// Reads all documents of a text (YAML or a stream of JSON), up to the first error; empty ones are left out.
///
/// Errors are worded as kubectl's decoder words them: `error converting YAML to JSON: yaml: line 2: …`.
pub fn parse_all(text: &str) -> (Vec<Document>, Option<YamlError>) {
    read_all(text, false)
}

/// As [`parse_all`], for kustomize's reader: words like `yes` and `off` are text, as in YAML 1.2.
pub fn parse_all_core(text: &str) -> (Vec<Document>, Option<YamlError>) {
    read_all(text, true)
}

fn read_all(text: &str, core: bool) -> (Vec<Document>, Option<YamlError>) {
    let mut out = Vec::new();
    if !core && is_json(text) {
        return split::json_stream(text);
    }
    for chunk in split_documents(text) {
        let doc = chunk.and_then(|c| {
            read::read(&c.text, c.line, core).map_err(|e| YamlError {
                message: format!("error converting YAML to JSON: {}", e.message),
                ..e
            })
        });
        match doc {
            Ok(d) if d.value.is_null() => {}
            Ok(d) => out.push(d),
            Err(e) => return (out, Some(e)),
        }
    }
    (out, None)
}

#[cfg(test)]
mod tests;
