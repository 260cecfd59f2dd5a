//! What a plain scalar means (go-yaml v2 `resolve.go`).

use crate::apimachinery::value::Value;

/// What a scalar turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64`.
    Uint(u64),
    Float(f64),
    /// A time, which is kept as its text.
    Timestamp,
    Str,
}

impl Scalar {
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Timestamp => "!!timestamp",
            Scalar::Str => "!!str",
        }
    }
    pub(super) fn value(&self, text: &str) -> Value {
        match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(b) => Value::Bool(*b),
            Scalar::Int(i) => Value::Int(*i),
            Scalar::Uint(u) => Value::Float(*u as f64),
            Scalar::Float(f) => Value::Float(*f),
            Scalar::Timestamp | Scalar::Str => Value::Str(text.into()),
        }
    }
}

/// Reads a plain scalar.
pub(super) fn resolve(s: &str) -> Scalar {
    let Some(first) = s.bytes().next() else {
        return Scalar::Null;
    };
    match s {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match first {
        b'.' => float(s).map_or(Scalar::Str, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => number(s),
        _ => Scalar::Str,
    }
}

fn number(s: &str) -> Scalar {
    if is_timestamp(s) {
        return Scalar::Timestamp;
    }
    let plain = s.replace('_', "");
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, plain.as_str()),
    };
    if let Some(n) = integer(digits) {
        let signed = if negative { -n } else { n };
        if let Ok(i) = i64::try_from(signed) {
            return Scalar::Int(i);
        }
        if let Ok(u) = u64::try_from(signed)
            && !plain.starts_with('+')
        {
            return Scalar::Uint(u);
        }
    }
    float(&plain).map_or(Scalar::Str, Scalar::Float)
}

/// An unsigned integer with Go's prefixes, capped where it exceeds 64 bits.
fn integer(s: &str) -> Option<i128> {
    let (radix, digits) = match s.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &s[2..]),
        [b'0', b'o' | b'O', ..] => (8, &s[2..]),
        [b'0', b'b' | b'B', ..] => (2, &s[2..]),
        [b'0', _, ..] => (8, &s[1..]),
        _ => (10, s),
    };
    if digits.is_empty() || !digits.bytes().all(|b| char::from(b).is_digit(radix)) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok()
}

/// A float in YAML's style: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, unless it is out of range.
fn float(s: &str) -> Option<f64> {
    let t = s.strip_prefix(['-', '+']).unwrap_or(s);
    let (mantissa, exponent) = match t.find(['e', 'E']) {
        Some(i) => (&t[..i], Some(&t[i + 1..])),
        None => (t, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let ok = match mantissa.split_once('.') {
        Some(("", frac)) => digits(frac),
        Some((int, frac)) => digits(int) && (frac.is_empty() || digits(frac)),
        None => digits(mantissa),
    } && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    let f: f64 = ok.then(|| s.parse().ok()).flatten()?;
    f.is_finite().then_some(f)
}

/// `2001-1-2`, with or without a time of day.
fn is_timestamp(s: &str) -> bool {
    let (date, time) = match s.find(['T', 't', ' ']) {
        Some(i) => (&s[..i], Some((&s[i..=i], &s[i + 1..]))),
        None => (s, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |s: &str, max: u32| {
        (1..=2).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_digit())
            && s.parse().is_ok_and(|n: u32| n <= max)
    };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    if !number(month, 12) || !number(day, 31) || month.parse() == Ok(0) || day.parse() == Ok(0) {
        return false;
    }
    let Some((separator, time)) = time else {
        return true;
    };
    let clock = if separator == " " {
        time
    } else if let Some(t) = time.strip_suffix('Z') {
        t
    } else {
        match time.rfind(['+', '-']) {
            Some(i) if time.len() - i == 6 && time.as_bytes()[i + 3] == b':' => &time[..i],
            _ => return false,
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    fraction.bytes().all(|b| b.is_ascii_digit())
        && matches!(parts[..], [h, m, s] if number(h, 23) && number(m, 59) && number(s, 59))
}

/// `1:30`, which older YAML reads in base sixty; it is printed in quotes.
pub(super) fn is_base60(s: &str) -> bool {
    let t = s.strip_prefix(['-', '+']).unwrap_or(s);
    let (whole, fraction) = t.split_once('.').unwrap_or((t, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    rest.peek().is_some()
        && first.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && rest.all(|p| {
            (1..=2).contains(&p.len())
                && p.bytes().all(|b| b.is_ascii_digit())
                && (p.len() == 1 || p.as_bytes()[0] <= b'5')
        })
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}
