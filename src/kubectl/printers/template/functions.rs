//! The functions of templates.

use crate::apimachinery::Value;
use crate::apimachinery::strconv::{quote, sprint};
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use std::cmp::Ordering;

/// A value, or the lack of one (a key that is missing).
#[derive(Clone, Debug)]
pub enum Item {
    /// A value.
    Some(Value),
    /// A missing one.
    None,
}

impl Item {
    /// As it is written into the output.
    pub fn text(&self) -> String {
        match self {
            Item::None | Item::Some(Value::Null) => "<no value>".to_owned(),
            Item::Some(v) => text(v),
        }
    }
    /// Whether `if` takes it as true.
    pub fn is_true(&self) -> bool {
        match self {
            Item::None => false,
            Item::Some(v) => !v.is_empty(),
        }
    }
    fn value(&self) -> Value {
        match self {
            Item::Some(v) => v.clone(),
            Item::None => Value::Null,
        }
    }
}

const NAMES: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// Whether there is a function of that name.
pub fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// A value as Go's `%v` prints it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Str(s) => s.as_str().to_owned(),
        other => sprint(other),
    }
}

/// The Go type of a value that came out of JSON.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// Calls a function; the error is its own words.
pub fn call(name: &str, args: &[Item]) -> Result<Item, String> {
    let values: Vec<Value> = args.iter().map(Item::value).collect();
    let one = || match &values[..] {
        [one] => Ok(one),
        _ => Err(format!(
            "wrong number of args for {name}: want 1 got {}",
            values.len()
        )),
    };
    let joined = || -> String { values.iter().map(text).collect() };
    Ok(Item::Some(match name {
        "len" => len(one()?)?.into(),
        "not" => args.first().is_none_or(|a| !a.is_true()).into(),
        "index" => return index(&values),
        "slice" => slice(&values)?,
        "print" => print(&values).into(),
        "println" => {
            let words: Vec<String> = values.iter().map(text).collect();
            format!("{}\n", words.join(" ")).into()
        }
        "printf" => match values.split_first() {
            Some((Value::Str(format), rest)) => printf(format, rest).into(),
            _ => return Err("wrong type for value; expected string".to_owned()),
        },
        "eq" => {
            let [first, rest @ ..] = &values[..] else {
                return Err("missing argument for comparison".to_owned());
            };
            if rest.is_empty() {
                return Err("missing argument for comparison".to_owned());
            }
            let mut same = false;
            for other in rest {
                same |= equal(first, other)?;
            }
            same.into()
        }
        "ne" => (!equal(two(&values)?.0, two(&values)?.1)?).into(),
        "lt" => (compare(two(&values)?)? == Ordering::Less).into(),
        "le" => (compare(two(&values)?)? != Ordering::Greater).into(),
        "gt" => (compare(two(&values)?)? == Ordering::Greater).into(),
        "ge" => (compare(two(&values)?)? != Ordering::Less).into(),
        "html" => html(&joined()).into(),
        "js" => joined()
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('"', "\\\"")
            .into(),
        "urlquery" => crate::kubectl::rest::escape(&joined())
            .replace("%20", "+")
            .into(),
        "base64decode" => {
            let bytes = STANDARD.decode(one()?.str()).map_err(|e| {
                let at = match e {
                    DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at,
                    DecodeError::InvalidLength(length) => length,
                    DecodeError::InvalidPadding => 0,
                };
                format!("base64 decode failed: illegal base64 data at input byte {at}")
            })?;
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        "exists" => {
            let mut found = values.first();
            for key in values.iter().skip(1) {
                found = found.and_then(|v| match v {
                    Value::Map(m) => m.get(key.str()),
                    Value::List(l) => key.as_i64().and_then(|i| l.get(usize::try_from(i).ok()?)),
                    _ => None,
                });
            }
            found.is_some_and(|v| !v.is_null()).into()
        }
        _ => return Err(format!("function \"{name}\" not defined")),
    }))
}

fn two(values: &[Value]) -> Result<(&Value, &Value), String> {
    match values {
        [a, b] => Ok((a, b)),
        _ => Err(format!("wrong number of args: want 2 got {}", values.len())),
    }
}

fn len(value: &Value) -> Result<usize, String> {
    match value {
        Value::Str(s) => Ok(s.len()),
        Value::List(l) => Ok(l.len()),
        Value::Map(m) => Ok(m.len()),
        Value::Null => Err("len of nil pointer".to_owned()),
        other => Err(format!("len of type {}", type_name(other))),
    }
}

fn index(values: &[Value]) -> Result<Item, String> {
    let Some((first, keys)) = values.split_first() else {
        return Err("wrong number of args for index: want at least 1 got 0".to_owned());
    };
    let mut at = first.clone();
    for key in keys {
        at = match (&at, key) {
            (Value::Map(m), Value::Str(k)) => match m.get(k) {
                Some(v) => v.clone(),
                None => return Ok(Item::None),
            },
            (Value::List(l), Value::Int(i)) => usize::try_from(*i)
                .ok()
                .and_then(|i| l.get(i))
                .cloned()
                .ok_or_else(|| format!("index out of range: {i}"))?,
            (Value::Null, _) => return Err("index of untyped nil".to_owned()),
            (Value::Map(_), k) => {
                return Err(format!("value has type {}; should be string", type_name(k)));
            }
            (Value::List(_), k) => {
                return Err(format!(
                    "cannot index slice/array with type {}",
                    type_name(k)
                ));
            }
            (other, _) => {
                return Err(format!("can't index item of type {}", type_name(other)));
            }
        };
    }
    Ok(Item::Some(at))
}

fn slice(values: &[Value]) -> Result<Value, String> {
    let Some((first, bounds)) = values.split_first() else {
        return Err("slice of untyped nil".to_owned());
    };
    let size = len(first)?;
    let bound = |i: usize, default: usize| match bounds.get(i) {
        None => Ok(default),
        Some(v) => v
            .as_i64()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n <= size)
            .ok_or_else(|| format!("index out of range: {}", text(v))),
    };
    let (from, to) = (bound(0, 0)?, bound(1, size)?);
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    match first {
        Value::Str(s) => s
            .get(from..to)
            .map(Value::from)
            .ok_or_else(|| "slice inside a character".to_owned()),
        Value::List(l) => Ok(Value::from(l[from..to].to_vec())),
        other => Err(format!("can't slice item of type {}", type_name(other))),
    }
}

/// As Go's `fmt.Sprint`: blanks only between operands of which neither is a string.
fn print(values: &[Value]) -> String {
    let mut out = String::new();
    for (i, value) in values.iter().enumerate() {
        let is_string = |v: &Value| matches!(v, Value::Str(_));
        if i > 0 && !is_string(value) && !is_string(&values[i - 1]) {
            out.push(' ');
        }
        out.push_str(&text(value));
    }
    out
}

/// Go's `fmt.Sprintf` with the verbs that templates use: v s d q t f x T % with flags, width and precision.
fn printf(format: &str, args: &[Value]) -> String {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        while let Some(c) =
            chars.next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | '#' | ' '))
        {
            spec.push(c);
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        match args.next() {
            Some(value) => out.push_str(&pad(&formatted(verb, &spec, value), &spec)),
            None => out.push_str(&format!("%!{verb}(MISSING)")),
        }
    }
    let extra: Vec<String> = args
        .map(|v| format!("{}={}", type_name(v), text(v)))
        .collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

fn formatted(verb: char, spec: &str, value: &Value) -> String {
    let precision = spec
        .split_once('.')
        .and_then(|(_, p)| p.parse::<usize>().ok());
    match (verb, value) {
        ('v', v) => text(v),
        ('s', Value::Str(s)) => match precision {
            Some(n) => s.chars().take(n).collect(),
            None => s.as_str().to_owned(),
        },
        ('s', v @ (Value::List(_) | Value::Map(_))) => text(v),
        ('q', Value::Str(s)) => quote(s),
        ('d', Value::Int(i)) if spec.contains('+') && *i >= 0 => format!("+{i}"),
        ('d', Value::Int(i)) => i.to_string(),
        ('x', Value::Int(i)) => format!("{i:x}"),
        ('x', Value::Str(s)) => s.bytes().map(|b| format!("{b:02x}")).collect(),
        ('t', Value::Bool(b)) => b.to_string(),
        ('f', Value::Float(f)) => format!("{f:.*}", precision.unwrap_or(6)),
        ('g' | 'e', Value::Float(_)) => text(value),
        ('T', v) => type_name(v).to_owned(),
        (verb, Value::Null) => format!("%!{verb}(<nil>)"),
        (verb, v) => format!("%!{verb}({}={})", type_name(v), text(v)),
    }
}

fn pad(text: &str, spec: &str) -> String {
    let digits = spec.split('.').next().unwrap_or_default();
    let left = digits.contains('-');
    let digits = digits.trim_start_matches(['-', '+', '#', ' ']);
    let zero = digits.starts_with('0') && !left;
    let width: usize = digits.parse().unwrap_or(0).min(10_000);
    let missing = width.saturating_sub(text.chars().count());
    let fill = (if zero { "0" } else { " " }).repeat(missing);
    if left {
        format!("{text}{fill}")
    } else {
        format!("{fill}{text}")
    }
}

fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        (Value::Str(a), Value::Str(b)) => Ok(a == b),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => {
            Err("non-comparable type".to_owned())
        }
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

fn compare((a, b): (&Value, &Value)) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => Ok(a.total_cmp(b)),
        (Value::Str(a), Value::Str(b)) => Ok(a.cmp(b)),
        (
            Value::Int(_) | Value::Float(_) | Value::Str(_),
            Value::Int(_) | Value::Float(_) | Value::Str(_),
        ) => Err("incompatible types for comparison".to_owned()),
        _ => Err("invalid type for comparison".to_owned()),
    }
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}
