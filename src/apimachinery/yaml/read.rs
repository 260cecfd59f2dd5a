//! From events to the tree, within budgets.

use super::errors::{from_scan, plain};
use super::resolve::{Scalar, resolve};
use super::{MAX_BYTES, YamlError};
use crate::apimachinery::strconv::{format_float, quote};
use crate::apimachinery::text::Text;
use crate::apimachinery::value::Value;
use crate::collections::{SortedMap, SortedSet};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use std::borrow::Cow;

/// How deep a document may nest; deeper ones are refused, so that nothing can overflow the stack.
const MAX_DEPTH: usize = 120;

/// One document that was read.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// The line (from 0) of the whole text on which the document begins.
    pub line: usize,
    /// Where each key and item stands, in reading order; none for JSON.
    pub positions: Vec<Position>,
    /// Keys that were given twice; the last one counts.
    pub duplicates: Vec<Duplicate>,
}

/// Where a part of a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its path: `spec.containers[0].image`.
    pub path: String,
    /// The line in the whole text, from 1.
    pub line: usize,
    /// The column in characters, from 0.
    pub column: usize,
}

/// A key that was given twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// The line in the document, from 1.
    pub line: usize,
}

impl Document {
    /// The position of `path`, or of the nearest part around it.
    pub fn position(&self, path: &str) -> Option<&Position> {
        let mut p = path;
        loop {
            if let Some(found) = self.positions.iter().find(|x| x.path == p) {
                return Some(found);
            }
            p = &p[..p.rfind(['.', '['])?];
        }
    }
    /// Duplicate keys as strict decoding words them (`line 3: key "a" already set in map`).
    pub fn duplicate_errors(&self) -> Vec<String> {
        let word =
            |d: &Duplicate| format!("line {}: key {} already set in map", d.line, quote(&d.key));
        self.duplicates.iter().map(word).collect()
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    text: &'a str,
    first: usize,
    core: bool,
    anchors: SortedMap<usize, (Value, usize)>,
    open: Vec<usize>,
    /// Nodes decoded, and those of them that came through an alias.
    decoded: usize,
    aliased: usize,
    path: String,
    /// The line of flow content that the parser refused for its indentation.
    unindented: Option<usize>,
    doc: Document,
}

/// What a key resolved to.
enum Key {
    Merge,
    Name(Text),
}

type Read<T> = Result<T, YamlError>;

/// Reads a document. `core`: words like `yes` and `off` are text, as in YAML 1.2.
pub(super) fn read(text: &str, first: usize, core: bool) -> Read<Document> {
    if text.len() > MAX_BYTES {
        return Err(plain(
            first + 1,
            &format!("the text is larger than {MAX_BYTES} bytes"),
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(i) = text.find(is_forbidden) {
        let line = text[..i].matches('\n').count();
        return Err(plain(
            first + line + 1,
            "control characters are not allowed",
        ));
    }
    let mut padded = Cow::Borrowed(text);
    let mut pads = SortedSet::new();
    // YAML 1.2 wants flow content to be indented, go-yaml does not: such lines are moved to the right and read again.
    while pads.len() < MAX_PADS {
        match read_padded(&padded, text, first, core) {
            Err(Failure::Unindented(line)) if pads.insert(line) => {
                padded = Cow::Owned(pad(&padded, line));
            }
            Err(Failure::Unindented(_)) => break,
            Err(Failure::Error(e)) => return Err(e),
            Ok(mut doc) => {
                for p in &mut doc.positions {
                    if pads.contains(&(p.line - first)) {
                        p.column = p.column.saturating_sub(PAD);
                    }
                }
                return Ok(doc);
            }
        }
    }
    Err(plain(first + 1, "did not find expected key"))
}

/// How far, and how many, lines of unindented flow content are moved.
const PAD: usize = PADDING.len();
const PADDING: &str = match std::str::from_utf8(&[b' '; 240]) {
    Ok(s) => s,
    Err(_) => "",
};
const MAX_PADS: usize = 500;

enum Failure {
    /// Flow content on this line (from 1) is not indented.
    Unindented(usize),
    Error(YamlError),
}

impl From<YamlError> for Failure {
    fn from(e: YamlError) -> Self {
        Failure::Error(e)
    }
}

fn pad(text: &str, line: usize) -> String {
    let mut out = String::with_capacity(text.len() + PAD);
    for (i, l) in text.split_inclusive('\n').enumerate() {
        if i + 1 == line {
            out.push_str(PADDING);
        }
        out.push_str(l);
    }
    out
}

/// Booleans of YAML 1.1 that are text in YAML 1.2.
fn is_old_bool(text: &str) -> bool {
    matches!(resolve(text), Scalar::Bool(_))
        && !matches!(text.as_bytes()[0], b't' | b'T' | b'f' | b'F')
}

fn read_padded(text: &str, original: &str, first: usize, core: bool) -> Result<Document, Failure> {
    let mut r = Reader {
        parser: Parser::new_from_str(text),
        text,
        first,
        core,
        anchors: SortedMap::new(),
        open: Vec::new(),
        decoded: 0,
        aliased: 0,
        path: String::new(),
        unindented: None,
        doc: Document {
            line: first,
            ..Document::default()
        },
    };
    let result = r.document();
    match r.unindented {
        Some(line) if original.len() < MAX_BYTES => Err(Failure::Unindented(line)),
        _ => result.map(|()| r.doc).map_err(Failure::Error),
    }
}

/// Characters that libyaml's reader refuses.
fn is_forbidden(c: char) -> bool {
    let n = c as u32;
    !(matches!(n, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0x85 | 0xa0..=0xd7ff | 0xe000..=0xfffd | 0x10000..))
}

/// `!!str` for the core schema, `!foo` for others.
fn short(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<()> {
        loop {
            match self.next()?.0 {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(_) => {
                    let (event, mark) = self.next()?;
                    self.doc.value = self.node(event, mark, 0)?;
                    // What follows the document is not looked at, but a broken end is an error.
                    return self.next().map(|_| ());
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'a>, Marker)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(e)) => {
                let line = e.marker().line();
                self.unindented = match e.info() {
                    "invalid indentation" | "invalid indentation in flow construct" => Some(line),
                    "invalid indentation in quoted scalar" => self
                        .text
                        .lines()
                        .enumerate()
                        .skip(line)
                        .find(|(_, l)| !l.trim().is_empty() && !l.starts_with(PADDING))
                        .map(|(i, _)| i + 1),
                    _ => None,
                };
                Err(from_scan(&e, self.text, self.first))
            }
            None => Ok((Event::StreamEnd, Marker::default())),
        }
    }

    fn fail<T>(&self, mark: Marker, message: &str) -> Read<T> {
        Err(plain(self.first + mark.line(), message))
    }

    /// Counts nodes as go-yaml does against documents that grow through aliases.
    fn count(&mut self, mark: Marker, nodes: usize, through_alias: bool) -> Read<()> {
        self.decoded += nodes;
        if through_alias {
            self.aliased += nodes;
        }
        let allowed = match self.decoded {
            n if n <= 400_000 => 0.99,
            n if n >= 4_000_000 => 0.10,
            n => 0.99 - 0.89 * ((n - 400_000) as f64 / 3_600_000.0),
        };
        let ratio = self.aliased as f64 / self.decoded as f64;
        if self.aliased > 100 && self.decoded > 1000 && ratio > allowed || self.decoded > 4_000_000
        {
            return self.fail(mark, "document contains excessive aliasing");
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, mark: Marker, depth: usize) -> Read<Value> {
        if depth > MAX_DEPTH {
            return self.fail(mark, &format!("exceeded max depth of {MAX_DEPTH}"));
        }
        self.count(mark, 1, false)?;
        let before = self.decoded;
        let (id, value) = match event {
            Event::Alias(id) => {
                let Some((value, nodes)) = self.anchors.get(&id).cloned() else {
                    let name = self.alias_name(mark);
                    let what = if self.open.contains(&id) {
                        format!("anchor '{name}' value contains itself")
                    } else {
                        format!("unknown anchor '{name}' referenced")
                    };
                    return self.fail(mark, &what);
                };
                self.count(mark, nodes, true)?;
                return Ok(value);
            }
            Event::Scalar(text, style, id, tag) => (id, self.scalar(&text, style, tag, mark)?),
            Event::SequenceStart(id, _) => {
                self.open.push(id);
                (id, self.sequence(depth)?)
            }
            Event::MappingStart(id, _) => {
                self.open.push(id);
                (id, self.mapping(depth)?)
            }
            _ => (0, Value::Null),
        };
        if matches!(value, Value::List(_) | Value::Map(_)) {
            self.open.pop();
        }
        if id != 0 {
            self.anchors
                .insert(id, (value.clone(), self.decoded - before + 1));
        }
        Ok(value)
    }

    fn alias_name(&self, mark: Marker) -> String {
        let rest = self.text.chars().skip(mark.index() + 1);
        rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            .collect()
    }

    fn note(&mut self, mark: Marker) {
        self.doc.positions.push(Position {
            path: self.path.clone(),
            line: self.first + mark.line(),
            column: mark.col(),
        });
    }

    fn sequence(&mut self, depth: usize) -> Read<Value> {
        let mut items = Vec::new();
        loop {
            let (event, mark) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::List(items.into()));
            }
            let length = self.path.len();
            self.path.push_str(&format!("[{}]", items.len()));
            self.note(mark);
            items.push(self.node(event, mark, depth + 1)?);
            self.path.truncate(length);
        }
    }

    fn mapping(&mut self, depth: usize) -> Read<Value> {
        let mut entries: SortedMap<Text, Value> = SortedMap::new();
        let mut own: Vec<Text> = Vec::new();
        loop {
            let (event, mark) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Map(entries.into_iter().collect()));
            }
            let key = self.key(event, mark, depth)?;
            let (event, value_mark) = self.next()?;
            let Key::Name(name) = key else {
                let value = self.node(event, value_mark, depth + 1)?;
                self.merge(&mut entries, &value, value_mark)?;
                continue;
            };
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            self.note(mark);
            let value = self.node(event, value_mark, depth + 1)?;
            self.path.truncate(length);
            if own.contains(&name) {
                self.doc.duplicates.push(Duplicate {
                    key: name.as_str().to_owned(),
                    line: mark.line(),
                });
            } else if entries.len() < 5000 {
                own.push(name.clone());
            }
            entries.insert(name, value);
        }
    }

    fn merge(&self, entries: &mut SortedMap<Text, Value>, value: &Value, mark: Marker) -> Read<()> {
        let wrong = "map merge requires map or sequence of maps as the value";
        let maps: Vec<&Value> = match value {
            Value::Map(_) => vec![value],
            Value::List(l) => l.iter().rev().collect(),
            _ => return self.fail(mark, wrong),
        };
        for m in maps {
            let Some(m) = m.as_map() else {
                return self.fail(mark, wrong);
            };
            for (k, v) in m.entries() {
                entries.insert(k.clone(), v.clone());
            }
        }
        Ok(())
    }

    fn key(&mut self, event: Event<'a>, mark: Marker, depth: usize) -> Read<Key> {
        let scalar = match &event {
            Event::Scalar(text, ScalarStyle::Plain, _, None) => {
                Some((text.to_string(), resolve(text)))
            }
            _ => None,
        };
        let value = self.node(event, mark, depth + 1)?;
        if let Some((text, scalar)) = scalar {
            if text == "<<" {
                return Ok(Key::Merge);
            }
            if let Scalar::Uint(u) = scalar {
                return Err(YamlError {
                    line: Some(self.first + mark.line()),
                    message: format!("unsupported map key of type: uint64, key: {u:#x}"),
                });
            }
        }
        Ok(Key::Name(match value {
            Value::Str(s) => Text::key(&s),
            Value::Int(i) => i.to_string().into(),
            Value::Bool(b) => b.to_string().into(),
            Value::Float(f) => float_key(f).into(),
            Value::Null => {
                return Err(YamlError {
                    line: Some(self.first + mark.line()),
                    message: "unsupported map key of type: %!s(<nil>), key: <nil>".to_owned(),
                });
            }
            other => return self.fail(mark, &format!("invalid map key: {}", go_syntax(&other))),
        }))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<Cow<'a, Tag>>,
        mark: Marker,
    ) -> Read<Value> {
        let resolved = match (&tag, style) {
            (None, ScalarStyle::Plain) if self.core && is_old_bool(text) => Scalar::Str,
            (None, ScalarStyle::Plain) => resolve(text),
            (None, _) => Scalar::Str,
            (Some(tag), _) => {
                let want = short(tag);
                match want.as_str() {
                    "!!str" | "!!binary" | "!" => Scalar::Str,
                    "!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp" => {
                        let found = resolve(text);
                        match (&found, want.as_str()) {
                            (Scalar::Int(i), "!!float") => Scalar::Float(*i as f64),
                            _ if found.tag() == want => found,
                            _ => {
                                let message =
                                    format!("cannot decode {} `{text}` as a {want}", found.tag());
                                return self.fail(mark, &message);
                            }
                        }
                    }
                    _ => Scalar::Str,
                }
            }
        };
        if tag.is_some_and(|t| short(&t) == "!!binary") {
            return match decode_base64(text) {
                Some(bytes) => Ok(Value::Str(
                    String::from_utf8_lossy(&bytes).into_owned().into(),
                )),
                None => self.fail(mark, "!!binary value contains invalid base64 data"),
            };
        }
        if let Scalar::Float(f) = resolved
            && !f.is_finite()
        {
            return Err(YamlError {
                line: Some(self.first + mark.line()),
                message: format!("json: unsupported value: {}", format_float(f)),
            });
        }
        Ok(resolved.value(text))
    }
}

/// A float key, printed as Go's `FormatFloat(f, 'g', -1, 32)`.
fn float_key(f: f64) -> String {
    let f = f as f32;
    let (digits, exponent) = {
        let text = format!("{f:e}");
        let (d, e) = text.split_once('e').unwrap_or((&text, "0"));
        (d.to_owned(), e.parse::<i32>().unwrap_or(0))
    };
    if (-4..21).contains(&exponent) && f.fract() == 0.0 && exponent < 6
        || (-4..6).contains(&exponent)
    {
        f.to_string()
    } else if exponent < 0 {
        format!("{digits}e-{:02}", -exponent)
    } else {
        format!("{digits}e+{exponent:02}")
    }
}

/// A value as Go's `%#v` prints what go-yaml decodes.
fn go_syntax(v: &Value) -> String {
    match v {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Str(s) => quote(s),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => format_float(*f),
        Value::List(l) => {
            let items: Vec<String> = l.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(m) => {
            let items: Vec<String> = m
                .iter()
                .map(|(k, v)| format!("{}:{}", quote(k), go_syntax(v)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", items.join(", "))
        }
    }
}

fn decode_base64(s: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = s.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !clean.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::new();
    for (i, four) in clean.chunks(4).enumerate() {
        let last = (i + 1) * 4 == clean.len();
        let pad = four.iter().rev().take_while(|b| **b == b'=').count();
        if pad > 2 || (pad > 0 && !last) {
            return None;
        }
        let mut n = 0u32;
        for b in four {
            let digit = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => 0,
                _ => return None,
            };
            n = n << 6 | u32::from(digit);
        }
        out.extend_from_slice(&n.to_be_bytes()[1..4 - pad]);
    }
    Some(out)
}
