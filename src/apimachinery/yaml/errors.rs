//! The scanner's errors in libyaml's words, which are the ones users of kubectl know.

use super::YamlError;
use saphyr_parser::ScanError;

/// Which mark libyaml reports: a scanner's error counts lines from one, a parser's from zero.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Scanner,
    Parser,
}

const EOF_SENSITIVE: &str = "found unexpected end of stream";

/// What a message of `saphyr-parser` reads as in libyaml.
fn translate(info: &str) -> (By, &'static str) {
    const TABLE: [(&str, By, &str); 38] = [
        (
            "flow sequence, expected",
            By::Parser,
            "did not find expected ',' or ']'",
        ),
        (
            "flow mapping, did not find",
            By::Parser,
            "did not find expected ',' or '}'",
        ),
        (
            "did not find expected key",
            By::Parser,
            "did not find expected key",
        ),
        (
            "did not find expected '-'",
            By::Parser,
            "did not find expected '-' indicator",
        ),
        (
            "expected node content",
            By::Parser,
            "did not find expected node content",
        ),
        (
            "misplaced bracket",
            By::Parser,
            "did not find expected node content",
        ),
        (
            "mapping values are not allowed",
            By::Scanner,
            "mapping values are not allowed in this context",
        ),
        (
            "illegal placement of ':'",
            By::Scanner,
            "mapping values are not allowed in this context",
        ),
        (
            "mapping keys are not allowed",
            By::Scanner,
            "mapping keys are not allowed in this context",
        ),
        (
            "block sequence entries are not",
            By::Scanner,
            "block sequence entries are not allowed in this context",
        ),
        (
            "simple key expect",
            By::Scanner,
            "could not find expected ':'",
        ),
        (
            "unexpected character",
            By::Scanner,
            "found character that cannot start any token",
        ),
        (
            "plain scalar cannot start with",
            By::Scanner,
            "found character that cannot start any token",
        ),
        (
            "block scalar content cannot start with a tab",
            By::Scanner,
            "found a tab character where an indentation space is expected",
        ),
        (
            "plain scalar, found a tab",
            By::Scanner,
            "found a tab character that violates indentation",
        ),
        (
            "tabs disallowed",
            By::Scanner,
            "found character that cannot start any token",
        ),
        (
            "tab cannot be used as indentation",
            By::Scanner,
            "found a tab character that violates indentation",
        ),
        ("found unexpected end of stream", By::Scanner, EOF_SENSITIVE),
        ("unexpected end of plain scalar", By::Scanner, EOF_SENSITIVE),
        (
            "found unexpected document indicator",
            By::Scanner,
            "found unexpected document indicator",
        ),
        (
            "unknown escape character",
            By::Scanner,
            "found unknown escape character",
        ),
        (
            "expected hexadecimal number",
            By::Scanner,
            "did not find expected hexdecimal number",
        ),
        (
            "invalid Unicode character escape",
            By::Scanner,
            "found invalid Unicode character escape code",
        ),
        (
            "expected alphabetic or numeric",
            By::Scanner,
            "did not find expected alphabetic or numeric character",
        ),
        (
            "expected comment or line break",
            By::Scanner,
            "did not find expected comment or line break",
        ),
        (
            "indentation indicator equal to 0",
            By::Scanner,
            "found an indentation indicator equal to 0",
        ),
        (
            "expected whitespace or line break",
            By::Scanner,
            "did not find expected whitespace or line break",
        ),
        (
            "did not find the expected '>'",
            By::Scanner,
            "did not find the expected '>'",
        ),
        (
            "did not find expected tag URI",
            By::Scanner,
            "did not find expected tag URI",
        ),
        (
            "did not find expected '!'",
            By::Scanner,
            "did not find expected '!'",
        ),
        (
            "the handle wasn't declared",
            By::Parser,
            "found undefined tag handle",
        ),
        (
            "found incompatible YAML document",
            By::Parser,
            "found incompatible YAML document",
        ),
        (
            "duplicate version directive",
            By::Parser,
            "found duplicate %YAML directive",
        ),
        (
            "<document start>",
            By::Parser,
            "did not find expected <document start>",
        ),
        (
            "invalid trailing content after double-quoted",
            By::Parser,
            "did not find expected key",
        ),
        (
            "wrongly indented line in block scalar",
            By::Parser,
            "did not find expected key",
        ),
        (
            "recursion limit exceeded",
            By::Parser,
            "exceeded max depth of 10000",
        ),
        (
            "invalid indentation",
            By::Parser,
            "did not find expected key",
        ),
    ];
    TABLE
        .iter()
        .find(|(part, _, _)| info.contains(part))
        .map_or(
            (By::Parser, "unknown problem parsing YAML content"),
            |(_, by, text)| (*by, *text),
        )
}

/// Words a scanner's error; `first` is the document's first line (from 0) in the whole text.
pub(super) fn from_scan(e: &ScanError, text: &str, first: usize) -> YamlError {
    let line = e.marker().line();
    let info = e.info();
    if info.contains("unprintable") {
        return plain(first + line, "control characters are not allowed");
    }
    if info.contains("unknown anchor") {
        let rest: String = text.chars().skip(e.marker().index() + 1).collect();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(rest.len());
        return plain(
            first + line,
            &format!("unknown anchor '{}' referenced", &rest[..end]),
        );
    }
    let (by, message) = translate(info);
    let (shown, message) = refine(text, line, by, message);
    let place = if shown == 0 {
        String::new()
    } else {
        format!("line {shown}: ")
    };
    YamlError {
        line: Some((first + line.max(1)).min(first + text.lines().count().max(1))),
        message: format!("yaml: {place}{message}"),
    }
}

/// Where the two parsers notice the same mistake at different places, the place libyaml names.
fn refine<'a>(text: &str, line: usize, by: By, message: &'a str) -> (usize, &'a str) {
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    match (by, message) {
        (_, EOF_SENSITIVE) => {
            let rest = text.lines().skip(line.saturating_sub(1));
            let before_separator = rest.take_while(|l| !l.starts_with("---")).count();
            (line + before_separator, message)
        }
        (By::Scanner, m) if m.contains("a tab character") && !source.starts_with('\t') => {
            (line + 1, message)
        }
        // libyaml counts from 0, and 0 is what it says no line for.
        (By::Scanner, _) if line == 1 => (0, message),
        (By::Scanner, _) => (line, message),
        (By::Parser, "did not find expected node content") if closes_too_much(source) => {
            (line.saturating_sub(1), "did not find expected key")
        }
        (By::Parser, _) => (line.saturating_sub(1), message),
    }
}

/// An error without a line in its text.
pub(super) fn plain(line: usize, message: &str) -> YamlError {
    YamlError {
        line: Some(line),
        message: format!("yaml: {message}"),
    }
}

/// Whether a line opens brackets, and closes more than it opens.
fn closes_too_much(line: &str) -> bool {
    let count = |set: [char; 2]| line.matches(set).count();
    let (open, close) = (count(['[', '{']), count([']', '}']));
    open > 0 && close > open
}
