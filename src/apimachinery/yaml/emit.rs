//! Printing YAML as `sigs.k8s.io/yaml` does: libyaml's emitter with go-yaml v2's choice of styles.

use super::resolve::{Scalar, is_base60, resolve};
use crate::apimachinery::value::{Map, Value};
use std::cmp::Ordering;
use std::fmt::Write;

const INDENT: i32 = 2;
const WIDTH: usize = 80;

/// The document as YAML, ending in a newline.
pub fn to_yaml(v: &Value) -> String {
    let mut e = Emitter {
        out: String::new(),
        column: 0,
        whitespace: true,
        indention: true,
    };
    e.node(v, -1, false);
    if e.column > 0 {
        e.newline();
    }
    e.out
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a string allows (`yaml_emitter_analyze_scalar`).
struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

struct Emitter {
    out: String,
    column: usize,
    whitespace: bool,
    indention: bool,
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_end(c: Option<char>) -> bool {
    c.is_none_or(|c| c == ' ' || c == '\t' || c == '\0' || is_break(c))
}

fn is_printable(c: char) -> bool {
    let n = c as u32;
    matches!(n, 0x0a | 0x20..=0x7e | 0xa0..=0xd7ff | 0xe000..=0xfefe | 0xff00..=0xfffd)
}

fn has_indicators(s: &str) -> bool {
    if s.starts_with("---") || s.starts_with("...") {
        return true;
    }
    let mut before = true;
    let mut chars = s.chars().enumerate().peekable();
    while let Some((i, c)) = chars.next() {
        let followed = is_blank_or_end(chars.peek().map(|(_, c)| *c));
        let special = match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if i == 0 =>
            {
                true
            }
            '?' | '-' if i == 0 => followed,
            ':' => followed,
            '#' => before,
            _ => false,
        };
        if special {
            return true;
        }
        before = is_blank_or_end(Some(c));
    }
    false
}

fn analyze(s: &str) -> Analysis {
    let mut a = Analysis {
        multiline: s.contains(is_break),
        plain: !has_indicators(s),
        single: true,
        block: !s.is_empty(),
    };
    let (mut space_before, mut break_before) = (false, false);
    for c in s.chars() {
        if !is_printable(c) || (is_break(c) && space_before) {
            (a.plain, a.single, a.block) = (false, false, false);
        }
        if c == ' ' && break_before {
            (a.plain, a.single) = (false, false);
        }
        (space_before, break_before) = (c == ' ', is_break(c));
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
    if edge(s.chars().next()) || edge(s.chars().last()) || a.multiline {
        a.plain = false;
    }
    if s.ends_with(' ') {
        a.block = false;
    }
    a
}

fn style(s: &str, a: &Analysis, simple_key: bool) -> Style {
    let wanted = if s.contains('\n') {
        Style::Literal
    } else if resolve(s) == Scalar::Str && !is_base60(s) {
        Style::Plain
    } else {
        Style::Double
    };
    match wanted {
        _ if simple_key && a.multiline => Style::Double,
        Style::Plain if a.plain => Style::Plain,
        Style::Plain if a.single => Style::Single,
        Style::Literal if a.block && !simple_key => Style::Literal,
        _ => Style::Double,
    }
}

/// go-yaml's order of keys: numbers inside them by value, letters last.
pub(super) fn compare_keys(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let number = |s: &[char], from: usize, mut n: i64| {
        let mut i = from;
        while i < s.len() && s[i].is_ascii_digit() {
            n = n
                .wrapping_mul(10)
                .wrapping_add(i64::from(s[i] as u32 - '0' as u32));
            i += 1;
        }
        (n, i)
    };
    for i in 0..a.len().min(b.len()) {
        if a[i] == b[i] {
            continue;
        }
        let (al, bl) = (a[i].is_alphabetic(), b[i].is_alphabetic());
        if al && bl {
            return a[i].cmp(&b[i]);
        }
        if al || bl {
            return if bl {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        let mut start = 0;
        if a[i] == '0' || b[i] == '0' {
            let digits = a[..i].iter().rev().take_while(|c| c.is_ascii_digit());
            start = i64::from(digits.clone().any(|c| *c != '0'));
        }
        let ((an, ai), (bn, bi)) = (number(&a, i, start), number(&b, i, start));
        return an.cmp(&bn).then(ai.cmp(&bi)).then(a[i].cmp(&b[i]));
    }
    a.len().cmp(&b.len())
}

/// Sorts by [`compare_keys`], which is no total order (`0b` < `1` < `08` < `0b`): few keys by insertion as Go does, many by merging.
fn sort_keys<T: Copy>(entries: &mut [(&str, T)]) {
    let n = entries.len();
    if n <= 12 {
        for i in 1..n {
            let mut j = i;
            while j > 0 && compare_keys(entries[j].0, entries[j - 1].0).is_lt() {
                entries.swap(j, j - 1);
                j -= 1;
            }
        }
        return;
    }
    let (left, right) = entries.split_at_mut(n / 2);
    sort_keys(left);
    sort_keys(right);
    let mut merged = Vec::with_capacity(n);
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (l.peek(), r.peek()) {
        let next = if compare_keys(b.0, a.0).is_lt() {
            r.next()
        } else {
            l.next()
        };
        merged.extend(next.copied());
    }
    merged.extend(l.chain(r).copied());
    entries.copy_from_slice(&merged);
}

impl Emitter {
    fn newline(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.whitespace = true;
        self.indention = true;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn indent(&mut self, indent: i32) {
        let indent = usize::try_from(indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.newline();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, s: &str, need_space: bool, indention: bool) {
        if need_space && !self.whitespace {
            self.put(' ');
        }
        for c in s.chars() {
            self.put(c);
        }
        self.whitespace = false;
        self.indention = self.indention && indention;
    }

    fn node(&mut self, v: &Value, indent: i32, in_mapping: bool) {
        match v {
            Value::Map(m) if !m.is_empty() => self.mapping(m, indent),
            Value::List(l) if !l.is_empty() => {
                let inner = match indent {
                    ..0 => 0,
                    _ if in_mapping => indent,
                    _ => indent + INDENT,
                };
                for item in l.iter() {
                    self.indent(inner);
                    self.indicator("-", true, true);
                    self.node(item, inner, false);
                }
            }
            Value::Map(_) => self.indicator("{}", true, false),
            Value::List(_) => self.indicator("[]", true, false),
            Value::Null => self.indicator("null", true, false),
            Value::Bool(b) => self.indicator(if *b { "true" } else { "false" }, true, false),
            Value::Int(i) => self.indicator(&i.to_string(), true, false),
            Value::Float(f) => self.indicator(&float(*f), true, false),
            Value::Str(s) => self.string(s, indent, false),
        }
    }

    fn mapping(&mut self, m: &Map, indent: i32) {
        let inner = if indent < 0 { 0 } else { indent + INDENT };
        let mut entries: Vec<(&str, &Value)> = m.iter().collect();
        sort_keys(&mut entries);
        for (key, value) in entries {
            self.indent(inner);
            if key.len() <= 128 && !key.contains(is_break) {
                self.string(key, inner, true);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.string(key, inner, false);
                self.indent(inner);
                self.indicator(":", true, true);
            }
            self.node(value, inner, true);
        }
    }

    fn string(&mut self, s: &str, indent: i32, simple_key: bool) {
        let a = analyze(s);
        let indent = if indent < 0 { INDENT } else { indent + INDENT };
        match style(s, &a, simple_key) {
            Style::Plain => {
                if !self.whitespace {
                    self.put(' ');
                }
                self.folded(s, indent, !simple_key, false);
            }
            Style::Single => {
                self.indicator("'", true, false);
                self.folded(s, indent, !simple_key, true);
                self.indicator("'", false, false);
            }
            Style::Double => self.double(s, indent, !simple_key),
            Style::Literal => return self.literal(s, indent),
        }
        self.whitespace = false;
        self.indention = false;
    }

    /// Characters as they are, broken at single spaces beyond the width.
    fn folded(&mut self, s: &str, indent: i32, breaks: bool, quoted: bool) {
        let (mut space_before, mut break_before) = (false, false);
        let last = s.chars().count().saturating_sub(1);
        let mut chars = s.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' {
                let inner = !quoted || (i > 0 && i < last);
                let next_is_space = chars.peek().is_some_and(|(_, n)| *n == ' ');
                if breaks && !space_before && self.column > WIDTH && inner && !next_is_space {
                    self.indention = false;
                    self.indent(indent);
                } else {
                    self.put(c);
                }
            } else {
                if break_before {
                    self.column = 0;
                    self.indention = true;
                    self.indent(indent);
                }
                if quoted && c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
            }
            (space_before, break_before) = (c == ' ', is_break(c));
        }
    }

    fn double(&mut self, s: &str, indent: i32, breaks: bool) {
        self.indicator("\"", true, false);
        let mut space_before = false;
        let last = s.chars().count().saturating_sub(1);
        let mut chars = s.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
            } else if c == ' '
                && breaks
                && !space_before
                && self.column > WIDTH
                && i > 0
                && i < last
            {
                self.indention = false;
                self.indent(indent);
                if chars.peek().is_some_and(|(_, n)| *n == ' ') {
                    self.put('\\');
                }
            } else {
                self.put(c);
            }
            space_before = c == ' ';
        }
        self.indicator("\"", false, false);
    }

    fn escape(&mut self, c: char) {
        let mut text = String::from("\\");
        let n = c as u32;
        let _ = match c {
            '\0' => text.write_char('0'),
            '\x07' => text.write_char('a'),
            '\x08' => text.write_char('b'),
            '\t' => text.write_char('t'),
            '\n' => text.write_char('n'),
            '\x0b' => text.write_char('v'),
            '\x0c' => text.write_char('f'),
            '\r' => text.write_char('r'),
            '\x1b' => text.write_char('e'),
            '"' | '\\' => text.write_char(c),
            '\u{85}' => text.write_char('N'),
            '\u{2028}' => text.write_char('L'),
            '\u{2029}' => text.write_char('P'),
            _ if n <= 0xff => write!(text, "x{n:02X}"),
            _ if n <= 0xffff => write!(text, "u{n:04X}"),
            _ => write!(text, "U{n:08X}"),
        };
        for c in text.chars() {
            self.put(c);
        }
    }

    fn literal(&mut self, s: &str, indent: i32) {
        self.indicator("|", true, false);
        if s.starts_with(' ') || s.starts_with(is_break) {
            self.put(char::from(b'0' + INDENT as u8));
        }
        if !s.ends_with('\n') {
            self.put('-');
        } else if s == "\n" || s.ends_with("\n\n") {
            self.put('+');
        }
        self.newline();
        let mut at_start = true;
        for c in s.chars() {
            if c == '\n' {
                self.out.push('\n');
                self.column = 0;
                at_start = true;
                continue;
            }
            if at_start {
                while self.column < usize::try_from(indent).unwrap_or(0) {
                    self.put(' ');
                }
                at_start = false;
            }
            self.put(c);
        }
        self.whitespace = at_start;
        self.indention = at_start;
    }
}

/// A float as go-yaml prints it (`FormatFloat(f, 'g', -1, 64)`); whole ones came through JSON as integers.
fn float(f: f64) -> String {
    if f.fract() == 0.0 && f.abs() < 1e15 {
        return (f as i64).to_string();
    }
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..21 if exponent.parse::<i32>().unwrap_or(0) < 6 => f.to_string(),
        e if e < 0 => format!("{digits}e-{:02}", -e),
        e => format!("{digits}e+{e:02}"),
    }
}
