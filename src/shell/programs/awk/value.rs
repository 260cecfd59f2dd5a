//! Values of `awk`: numbers, texts, and texts that look like numbers.

use super::lexer::numeric_prefix;
use crate::collections::{Arrange, SortedMap};
use crate::shell::format::Spec;

#[derive(Clone, Debug, Default)]
pub enum Value {
    #[default]
    Unset,
    Number(f64),
    Text(String),
    /// Input that looks like a number.
    Numeric(String, f64),
}

impl Value {
    /// A piece of input.
    pub fn input(text: &str) -> Value {
        let trimmed = text.trim();
        let len = numeric_prefix(trimmed);
        match len > 0 && len == trimmed.len() {
            true => Value::Numeric(text.to_string(), trimmed.parse().unwrap_or(0.0)),
            false => Value::Text(text.to_string()),
        }
    }

    pub fn number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(n) | Value::Numeric(_, n) => *n,
            Value::Text(text) => to_number(text),
        }
    }

    /// As text; `format` (`CONVFMT`, `OFMT`) is for numbers that are not whole.
    pub fn text(&self, format: &str) -> String {
        match self {
            Value::Unset => String::new(),
            Value::Number(n) => number_text(*n, format),
            Value::Text(text) | Value::Numeric(text, _) => text.clone(),
        }
    }

    pub fn truth(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(n) | Value::Numeric(_, n) => *n != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    /// Whether comparisons take it as a number.
    pub fn is_number(&self) -> bool {
        !matches!(self, Value::Text(_))
    }
}

pub fn to_number(text: &str) -> f64 {
    let text = text.trim_start();
    text[..numeric_prefix(text)].parse().unwrap_or(0.0)
}

pub fn number_text(n: f64, format: &str) -> String {
    if n.is_nan() {
        return if n.is_sign_negative() { "-nan" } else { "nan" }.to_string();
    }
    if n.is_infinite() {
        return if n < 0.0 { "-inf" } else { "inf" }.to_string();
    }
    if n == n.trunc() && n.abs() < 1e16 {
        return format!("{}", n as i64);
    }
    printf(format, &[Value::Number(n)], format)
}

/// `sprintf`. What is missing among the arguments is empty.
pub fn printf(format: &str, args: &[Value], convert: &str) -> String {
    let mut out = String::new();
    let mut args = args.iter();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let Some((mut spec, len)) = crate::shell::format::parse_spec(rest) else {
            out.push('%');
            break;
        };
        let mut next = || args.next().cloned().unwrap_or_default();
        if spec.star_width {
            let n = next().number();
            spec.minus |= n < 0.0;
            spec.width = Some((n.abs() as usize).min(65_536));
        }
        if spec.star_precision {
            spec.precision = Some((next().number().max(0.0) as usize).min(65_536));
        }
        match one(&spec, next, convert) {
            Some(text) => out.push_str(&text),
            None => {
                out.push('%');
                out.push_str(&rest[..len]);
            }
        }
        rest = &rest[len..];
    }
    out + rest
}

fn one(spec: &Spec, mut next: impl FnMut() -> Value, convert: &str) -> Option<String> {
    Some(match spec.conversion {
        's' => spec.string(&next().text(convert)),
        'c' => {
            let value = next();
            let text = match value {
                Value::Number(n) | Value::Numeric(_, n) => char::from_u32(n as u32)
                    .map(String::from)
                    .unwrap_or_default(),
                other => other.text(convert).chars().take(1).collect(),
            };
            spec.string(&text)
        }
        'd' | 'i' | 'o' | 'u' | 'x' | 'X' => {
            let n = next().number();
            if n.is_nan() || n.is_infinite() {
                return Some(spec.pad(number_text(n, convert), false));
            }
            spec.integer(n as i64)
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => spec.float(next().number()),
        _ => return None,
    })
}

/// An array that remembers in which order its keys came.
#[derive(Clone, Debug, Default)]
pub struct Array {
    map: SortedMap<String, (u64, Value)>,
    next: u64,
}

impl Array {
    pub fn get(&mut self, key: &str) -> Value {
        if !self.map.contains_key(key) {
            self.set(key, Value::Unset);
        }
        self.map
            .get(key)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    }

    pub fn set(&mut self, key: &str, value: Value) {
        if let Some((_, old)) = self.map.get_mut(key) {
            *old = value;
            return;
        }
        self.map.insert(key.to_string(), (self.next, value));
        self.next += 1;
    }

    pub fn contains(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub fn remove(&mut self, key: &str) {
        self.map.remove(key);
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<(u64, &String)> = self.map.iter().map(|(k, (n, _))| (*n, k)).collect();
        keys.arrange();
        keys.into_iter().map(|(_, k)| k.clone()).collect()
    }
}
