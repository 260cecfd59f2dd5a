//! JSON as `jq` sees it: objects keep the order of their keys, numbers are floating.

use crate::collections::Arrange;
use std::cmp::Ordering;
use std::sync::Arc;

/// How deep values may nest.
const MAX_DEPTH: usize = 256;

pub type Object = Vec<(Arc<str>, Json)>;

#[derive(Clone, Debug, Default)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<str>),
    Array(Arc<Vec<Json>>),
    Object(Arc<Object>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text.into())
    }
}

impl From<f64> for Json {
    fn from(n: f64) -> Json {
        Json::Number(n)
    }
}

impl From<bool> for Json {
    fn from(b: bool) -> Json {
        Json::Bool(b)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Json {
        Json::Array(Arc::new(items))
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Json {
        Json::Object(Arc::new(object))
    }
}

/// Puts a value at a key of an object.
pub fn put(object: &mut Object, key: &str, value: Json) {
    match object.iter_mut().find(|(k, _)| **k == *key) {
        Some((_, old)) => *old = value,
        None => object.push((key.into(), value)),
    }
}

impl Json {
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::Text(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Everything but `null` and `false`.
    pub fn truth(&self) -> bool {
        !matches!(self, Json::Null | Json::Bool(false))
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(object) => object.iter().find(|(k, _)| **k == *key).map(|(_, v)| v),
            _ => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Json::Null => 0,
            Json::Bool(false) => 1,
            Json::Bool(true) => 2,
            Json::Number(_) => 3,
            Json::Text(_) => 4,
            Json::Array(_) => 5,
            Json::Object(_) => 6,
        }
    }

    /// `jq`'s order of all values.
    pub fn order(&self, other: &Json) -> Ordering {
        match (self, other) {
            (Json::Number(a), Json::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Less),
            (Json::Text(a), Json::Text(b)) => a.cmp(b),
            (Json::Array(a), Json::Array(b)) => {
                let pairs = a.iter().zip(b.iter()).map(|(x, y)| x.order(y));
                pairs
                    .into_iter()
                    .find(|o| *o != Ordering::Equal)
                    .unwrap_or(a.len().cmp(&b.len()))
            }
            (Json::Object(a), Json::Object(b)) => {
                let (x, y) = (sorted(a), sorted(b));
                let keys = x.iter().map(|p| &p.0).cmp(y.iter().map(|p| &p.0));
                let values = x.iter().zip(&y).map(|(p, q)| p.1.order(&q.1));
                keys.then_with(|| {
                    values
                        .into_iter()
                        .find(|o| *o != Ordering::Equal)
                        .unwrap_or(Ordering::Equal)
                })
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    pub fn same(&self, other: &Json) -> bool {
        self.order(other) == Ordering::Equal
    }
}

/// Pairs sorted by key.
pub fn sorted(object: &Object) -> Vec<&(Arc<str>, Json)> {
    let mut pairs: Vec<_> = object.iter().collect();
    pairs.arrange_by(|a, b| a.0.cmp(&b.0));
    pairs
}

/// How to print.
#[derive(Clone, Debug)]
pub struct Style {
    /// Spaces (or a tab) for each level; `None` for one line.
    pub indent: Option<String>,
    pub sort: bool,
    pub color: bool,
    pub ascii: bool,
}

impl Style {
    pub const COMPACT: Style = Style {
        indent: None,
        sort: false,
        color: false,
        ascii: false,
    };
}

/// The value as text.
pub fn show(value: &Json, style: &Style) -> String {
    let mut out = String::new();
    write(value, style, 0, &mut out);
    out
}

fn write(value: &Json, style: &Style, depth: usize, out: &mut String) {
    let code = match value {
        _ if !style.color => "",
        Json::Null => "1;30",
        Json::Bool(_) | Json::Number(_) => "0;39",
        Json::Text(_) => "0;32",
        Json::Array(_) | Json::Object(_) => "1;39",
    };
    let begin = |out: &mut String| {
        if !code.is_empty() {
            out.push_str(&format!("\x1b[{code}m"));
        }
    };
    let end = |out: &mut String| {
        if !code.is_empty() {
            out.push_str("\x1b[0m");
        }
    };
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = &style.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    };
    begin(out);
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Json::Number(n) => out.push_str(&number(*n)),
        Json::Text(text) => quote(text, style.ascii, out),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    begin(out);
                    out.push(',');
                }
                line(out, depth + 1);
                end(out);
                write(item, style, depth + 1, out);
            }
            begin(out);
            if !items.is_empty() {
                line(out, depth);
            }
            begin(out);
            out.push(']');
        }
        Json::Object(object) => {
            out.push('{');
            let pairs = match style.sort {
                true => sorted(object),
                false => object.iter().collect(),
            };
            for (i, (key, item)) in pairs.into_iter().enumerate() {
                if i > 0 {
                    begin(out);
                    out.push(',');
                }
                line(out, depth + 1);
                end(out);
                if style.color {
                    out.push_str("\x1b[34;1m");
                }
                quote(key, style.ascii, out);
                end(out);
                begin(out);
                out.push(':');
                if style.indent.is_some() {
                    out.push(' ');
                }
                end(out);
                write(item, style, depth + 1, out);
            }
            begin(out);
            if !object.is_empty() {
                line(out, depth);
            }
            begin(out);
            out.push('}');
        }
    }
    end(out);
}

/// A number with as many digits as it needs, at most 17.
pub fn number(n: f64) -> String {
    if n.is_nan() {
        return "null".to_string();
    }
    let n = n.clamp(-f64::MAX, f64::MAX);
    if n == 0.0 {
        return if n.is_sign_negative() { "-0" } else { "0" }.to_string();
    }
    let text = format!("{:e}", n.abs());
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "");
    let point = power.parse::<i32>().unwrap_or(0) + 1;
    let sign = if n < 0.0 { "-" } else { "" };
    let len = digits.len() as i32;
    if point <= -4 || point > len + 15 {
        let power = point - 1;
        let fraction = match &digits[1..] {
            "" => String::new(),
            rest => format!(".{rest}"),
        };
        let direction = if power < 0 { '-' } else { '+' };
        return format!(
            "{sign}{}{fraction}e{direction}{:02}",
            &digits[..1],
            power.abs()
        );
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(-point as usize));
    }
    if point >= len {
        return format!("{sign}{digits}{}", "0".repeat((point - len) as usize));
    }
    let (whole, fraction) = digits.split_at(point as usize);
    format!("{sign}{whole}.{fraction}")
}

fn quote(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c if (c as u32) < 32 || c as u32 == 127 => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c if ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// More text may complete it.
    Unfinished,
    /// What is wrong, and at which byte.
    Wrong(String, usize),
}

pub struct Reader<'a> {
    text: &'a [u8],
    pub pos: usize,
    /// No more text will come: a number may end at the end.
    pub last: bool,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a [u8], last: bool) -> Reader<'a> {
        Reader { text, pos: 0, last }
    }

    /// The next value; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Json>, Trouble> {
        self.blanks();
        match self.peek() {
            None => Ok(None),
            Some(_) => self.value(0).map(Some),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
        if self.pos == 0 && self.text.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.pos = 3;
            self.blanks();
        }
    }

    fn wrong<T>(&self, message: &str) -> Result<T, Trouble> {
        Err(Trouble::Wrong(message.to_string(), self.pos))
    }

    fn value(&mut self, depth: usize) -> Result<Json, Trouble> {
        if depth > MAX_DEPTH {
            return self.wrong("Exceeds depth limit for parsing");
        }
        match self.peek().ok_or(Trouble::Unfinished)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(Json::from),
            b']' => {
                self.pos += 1;
                self.wrong("Unmatched ']'")
            }
            b'}' => {
                self.pos += 1;
                self.wrong("Unmatched '}'")
            }
            b',' => {
                self.pos += 1;
                self.wrong("Expected value before ','")
            }
            b':' => {
                self.pos += 1;
                self.wrong("':' not as part of an object")
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, Trouble> {
        let rest = &self.text[self.pos..];
        let len = rest
            .iter()
            .position(|b| b" \t\r\n[]{},:\"".contains(b))
            .unwrap_or(rest.len());
        if len == rest.len() && !self.last {
            return Err(Trouble::Unfinished);
        }
        let word = std::str::from_utf8(&rest[..len]).unwrap_or("");
        self.pos += len;
        Ok(match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "nan" => Json::Number(f64::NAN),
            word => match word.parse::<f64>() {
                Ok(n) if word.bytes().all(|b| b"0123456789+-.eE".contains(&b)) => Json::Number(n),
                _ => {
                    // The mistake is seen at the byte that ends the word.
                    self.pos += usize::from(self.pos < self.text.len());
                    return self.wrong("Invalid numeric literal");
                }
            },
        })
    }

    fn array(&mut self, depth: usize) -> Result<Json, Trouble> {
        self.pos += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.pos += 1;
            return Ok(items.into());
        }
        loop {
            self.blanks();
            if self.peek() == Some(b']') {
                self.pos += 1;
                return self.wrong("Expected another array element");
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek().ok_or(Trouble::Unfinished)? {
                b',' => self.pos += 1,
                b']' => {
                    self.pos += 1;
                    return Ok(items.into());
                }
                _ => return self.separator(),
            }
        }
    }

    /// Two values without anything between them.
    fn separator(&mut self) -> Result<Json, Trouble> {
        if !matches!(self.peek(), Some(b'"' | b'{' | b'[')) {
            self.word()?;
        }
        self.pos += 1;
        self.wrong("Expected separator between values")
    }

    fn object(&mut self, depth: usize) -> Result<Json, Trouble> {
        self.pos += 1;
        let mut object = Object::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.pos += 1;
            return Ok(object.into());
        }
        loop {
            self.blanks();
            let key = match self.peek().ok_or(Trouble::Unfinished)? {
                b'"' => self.string()?,
                b'}' => {
                    self.pos += 1;
                    return self.wrong("Objects must consist of key:value pairs");
                }
                b'{' | b'[' | b',' | b':' | b']' => {
                    self.pos += 1;
                    return self.wrong("Object keys must be strings");
                }
                _ => {
                    self.word()?;
                    self.pos += 1;
                    return self.wrong("Object keys must be strings");
                }
            };
            self.blanks();
            match self.peek().ok_or(Trouble::Unfinished)? {
                b':' => self.pos += 1,
                b',' | b'}' => {
                    self.pos += 1;
                    return self.wrong("Objects must consist of key:value pairs");
                }
                _ => return self.separator(),
            }
            self.blanks();
            let value = self.value(depth + 1)?;
            put(&mut object, &key, value);
            self.blanks();
            match self.peek().ok_or(Trouble::Unfinished)? {
                b',' => self.pos += 1,
                b'}' => {
                    self.pos += 1;
                    return Ok(object.into());
                }
                _ => return self.separator(),
            }
        }
    }

    fn string(&mut self) -> Result<String, Trouble> {
        let start = self.pos;
        let mut end = start + 1;
        loop {
            match self.text.get(end).ok_or(Trouble::Unfinished)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let inner = String::from_utf8_lossy(&self.text[start + 1..end]).into_owned();
        self.pos = end + 1;
        match unescape(&inner) {
            Some(text) => Ok(text),
            None => self.wrong("Invalid escape"),
        }
    }
}

/// A string's inside with its escapes read.
pub fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut pending: Option<u32> = None;
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend(pending.take().map(|_| '\u{fffd}'));
            out.push(c);
            continue;
        }
        let escaped = match chars.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\x08',
            'f' => '\x0c',
            c @ ('"' | '\\' | '/') => c,
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                let unit = u32::from_str_radix(&digits, 16).ok()?;
                match (pending.take(), unit) {
                    (Some(high), 0xdc00..=0xdfff) => {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                        out.extend(char::from_u32(code));
                    }
                    (before, 0xd800..=0xdbff) => {
                        out.extend(before.map(|_| '\u{fffd}'));
                        pending = Some(unit);
                    }
                    (before, unit) => {
                        out.extend(before.map(|_| '\u{fffd}'));
                        out.push(char::from_u32(unit).unwrap_or('\u{fffd}'));
                    }
                }
                continue;
            }
            _ => return None,
        };
        out.extend(pending.take().map(|_| '\u{fffd}'));
        out.push(escaped);
    }
    out.extend(pending.map(|_| '\u{fffd}'));
    Some(out)
}
