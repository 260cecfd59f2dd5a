//! Amounts of resources (`resource.Quantity`): exact decimals that remember in which style they were written.

use super::value::Value;
use std::cmp::Ordering;
use std::fmt;

/// The style a quantity is printed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Powers of 1024: `12Ki`.
    BinarySI,
    /// Powers of 1000: `12M`, `12m`.
    #[default]
    DecimalSI,
    /// Powers of ten: `12e6`.
    DecimalExponent,
}

/// Why a string is no quantity, in upstream's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It does not look like one.
    #[error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    /// The number in front is none.
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// The suffix is unknown.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// A quantity: `value` × 10^`scale`. Comparison is by amount; the style does not count.
#[derive(Clone, Copy, Default)]
pub struct Quantity {
    value: i128,
    scale: i32,
    format: Format,
}

/// The least amount that is kept: a billionth.
const NANO: i32 = -9;
/// Larger powers of ten than this fit no `i128`.
const MAX_POWER: u32 = 38;

const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The parts of a written quantity.
struct Parts<'a> {
    positive: bool,
    num: &'a str,
    denom: &'a str,
    suffix: &'a str,
}

impl Quantity {
    /// Nothing, in decimal style.
    pub const ZERO: Quantity = Quantity {
        value: 0,
        scale: 0,
        format: Format::DecimalSI,
    };

    /// `value` whole units (`resource.NewQuantity`).
    pub const fn new(value: i64, format: Format) -> Self {
        Quantity {
            value: value as i128,
            scale: 0,
            format,
        }
    }
    /// `value` thousandths (`resource.NewMilliQuantity`).
    pub const fn new_milli(value: i64, format: Format) -> Self {
        Quantity {
            value: value as i128,
            scale: -3,
            format,
        }
    }

    /// Reads a quantity (`resource.ParseQuantity`).
    pub fn parse(s: &str) -> Result<Quantity, QuantityError> {
        if s.is_empty() {
            return Err(QuantityError::Format);
        }
        let parts = split(s)?;
        let (base, exponent, format) = suffix(parts.suffix).ok_or(QuantityError::Suffix)?;
        let mut digits = parts.num.to_owned();
        digits.push_str(parts.denom);
        let mut cut = digits.len();
        // More digits than fit are beyond the cap or below a billionth anyway.
        let mut scale = if base == 10 { exponent } else { 0 };
        scale = scale.saturating_sub(parts.denom.len() as i32);
        let mut lost = false;
        if cut > 30 {
            let drop = (cut - 30).min(parts.denom.len());
            lost = digits[cut - drop..].bytes().any(|b| b != b'0');
            cut -= drop;
            scale += drop as i32;
        }
        let mut value: i128 = match digits[..cut].trim_start_matches('0') {
            "" => 0,
            d if d.len() > 37 => i128::MAX,
            d => d.parse().map_err(|_| QuantityError::Numeric)?,
        };
        if lost {
            value = value.saturating_add(1);
        }
        if base == 2 {
            value = value.saturating_mul(1i128 << exponent);
        }
        let mut q = Quantity {
            value,
            scale,
            format,
        };
        q.round_up_to_nano();
        q.cap(digits.len());
        if format == Format::BinarySI && q.value > 0 && q.cmp(&Quantity::new(1, format)).is_lt() {
            q.format = Format::DecimalSI;
        }
        if !parts.positive {
            q.value = -q.value;
        }
        Ok(q)
    }

    /// The quantity in a field: a string or a number. Anything that is none reads as zero.
    pub fn of(v: &Value) -> Quantity {
        Self::try_of(v).unwrap_or(Self::ZERO)
    }

    /// The quantity in a field: a string or a number.
    pub fn try_of(v: &Value) -> Result<Quantity, QuantityError> {
        match v {
            Value::Str(s) => Self::parse(s.trim()),
            Value::Int(i) => Ok(Self::new(*i, Format::DecimalSI)),
            Value::Float(f) => Self::parse(&f.to_string()),
            _ => Err(QuantityError::Format),
        }
    }

    /// In which style it is printed.
    pub fn format(&self) -> Format {
        self.format
    }
    /// The same amount in another style.
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.value == 0
    }
    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        self.value.signum() as i32
    }
    /// The amount in units of 10^`scale`, rounded away from zero (`ScaledValue`).
    pub fn scaled_value(&self, scale: i32) -> i64 {
        let v = rescale(self.value, self.scale, scale);
        i64::try_from(v).unwrap_or(if v < 0 { i64::MIN } else { i64::MAX })
    }
    /// The amount in whole units, rounded away from zero.
    pub fn value(&self) -> i64 {
        self.scaled_value(0)
    }
    /// The amount in thousandths, rounded away from zero.
    pub fn milli_value(&self) -> i64 {
        self.scaled_value(-3)
    }
    /// The amount as a floating point number.
    pub fn as_f64(&self) -> f64 {
        let mut f = self.value as f64;
        for _ in 0..self.scale.unsigned_abs().min(400) {
            f = if self.scale < 0 { f / 10.0 } else { f * 10.0 };
        }
        f
    }
    /// Adds `other`; a sum that began with zero takes over its style.
    pub fn add(&mut self, other: &Quantity) {
        if self.is_zero() {
            self.format = other.format;
        }
        let scale = self.scale.min(other.scale);
        self.value = rescale(self.value, self.scale, scale).saturating_add(rescale(
            other.value,
            other.scale,
            scale,
        ));
        self.scale = scale;
    }
    /// Takes `other` away; a difference that began with zero takes over its style.
    pub fn sub(&mut self, other: &Quantity) {
        self.add(&other.neg());
    }
    /// The amount with its sign turned.
    pub fn neg(&self) -> Quantity {
        Quantity {
            value: -self.value,
            ..*self
        }
    }
    /// Multiplies by a whole number.
    pub fn mul(&mut self, n: i64) {
        self.value = self.value.saturating_mul(i128::from(n));
    }

    fn round_up_to_nano(&mut self) {
        if self.scale < NANO {
            self.value = rescale(self.value, self.scale, NANO);
            self.scale = NANO;
        }
    }

    /// Amounts of more digits than an `int64` has are capped at its maximum, as upstream caps them.
    fn cap(&mut self, digits: usize) {
        if self.value == 0 {
            self.scale = 0;
        }
        let max = Quantity::new(i64::MAX, self.format);
        if (digits >= 18 || self.format == Format::BinarySI) && (*self).cmp(&max).is_gt() {
            *self = max;
        }
    }
}

/// `value` × 10^`from` in units of 10^`to`, rounded away from zero, capped at what an `i128` holds.
fn rescale(value: i128, from: i32, to: i32) -> i128 {
    if value == 0 || from == to {
        return value;
    }
    let power = from.abs_diff(to);
    let factor = (power <= MAX_POWER).then(|| 10i128.pow(power));
    if from > to {
        let cap = if value < 0 { i128::MIN + 1 } else { i128::MAX };
        factor.and_then(|f| value.checked_mul(f)).unwrap_or(cap)
    } else {
        let Some(f) = factor else {
            return value.signum();
        };
        let q = value / f;
        if value % f == 0 {
            q
        } else {
            q + value.signum()
        }
    }
}

fn split(s: &str) -> Result<Parts<'_>, QuantityError> {
    let (positive, rest) = match s.as_bytes()[0] {
        b'-' => (false, &s[1..]),
        b'+' => (true, &s[1..]),
        _ => (true, s),
    };
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest.trim_start_matches('0');
    let (num, mut rest) = rest.split_at(digits(rest));
    let mut denom = "";
    if let Some(after) = rest.strip_prefix('.') {
        (denom, rest) = after.split_at(digits(after));
    }
    let letters = rest
        .bytes()
        .take_while(|b| b"eEinumkKMGTP".contains(b))
        .count();
    let tail = &rest[letters..];
    let tail = tail.strip_prefix(['-', '+']).unwrap_or(tail);
    if digits(tail) != tail.len() {
        return Err(QuantityError::Format);
    }
    Ok(Parts {
        positive,
        num,
        denom,
        suffix: rest,
    })
}

/// Base, exponent and style of a suffix.
fn suffix(s: &str) -> Option<(u32, i32, Format)> {
    if let Some((_, e)) = DECIMAL.iter().find(|(n, _)| *n == s) {
        return Some((10, *e, Format::DecimalSI));
    }
    if let Some(i) = BINARY.iter().position(|n| *n == s) {
        return Some((2, i as i32 * 10, Format::BinarySI));
    }
    let exponent = s.strip_prefix(['e', 'E'])?;
    let parsed: i64 = exponent.parse().ok()?;
    Some((10, parsed as i32, Format::DecimalExponent))
}

impl fmt::Display for Quantity {
    /// The canonical form (`CanonicalizeBytes`): no fraction, the largest suffix that keeps the amount exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        if self.format == Format::BinarySI {
            let whole = rescale(self.value, self.scale, 0);
            if whole.abs() >= 1024 && rescale(whole, 0, self.scale.min(0)) == self.exact() {
                let (mut v, mut i) = (whole, 0);
                while v % 1024 == 0 && i + 1 < BINARY.len() {
                    v /= 1024;
                    i += 1;
                }
                return write!(f, "{v}{}", BINARY[i]);
            }
        }
        let (mut v, mut e) = (self.value, self.scale);
        while v % 10 == 0 {
            v /= 10;
            e += 1;
        }
        while e % 3 != 0 {
            v = v.saturating_mul(10);
            e -= 1;
        }
        match DECIMAL.iter().find(|(_, x)| *x == e) {
            Some((s, _)) if self.format != Format::DecimalExponent => write!(f, "{v}{s}"),
            _ if e == 0 => write!(f, "{v}"),
            _ => write!(f, "{v}e{e}"),
        }
    }
}

impl Quantity {
    /// The amount in units of 10^min(scale, 0).
    fn exact(&self) -> i128 {
        rescale(self.value, self.scale, self.scale.min(0))
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.min(other.scale);
        rescale(self.value, self.scale, scale).cmp(&rescale(other.value, other.scale, scale))
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Quantity {}

impl From<Quantity> for Value {
    fn from(q: Quantity) -> Value {
        Value::Str(q.to_string().into())
    }
}

impl From<&Quantity> for Value {
    fn from(q: &Quantity) -> Value {
        Value::from(*q)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quantities_print_in_canonical_form() {
        for (input, want) in [
            ("0", "0"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("0.1", "100m"),
            ("1024Mi", "1Gi"),
            ("1025Mi", "1025Mi"),
            ("1.5Gi", "1536Mi"),
            ("1.5Ki", "1536"),
            ("0.5Mi", "512Ki"),
            ("100Ki", "100Ki"),
            ("12e6", "12e6"),
            ("1e3", "1e3"),
            ("100000", "100k"),
            ("123456789", "123456789"),
            ("-1.50", "-1500m"),
            ("+3", "3"),
            ("1G", "1G"),
            (".5", "500m"),
            ("1.", "1"),
            ("0.0000000001", "1n"),
            ("1100m", "1100m"),
            ("500Ki", "500Ki"),
            ("0.9Ki", "921600m"),
            ("100E", "100E"),
            ("100Ei", "9223372036854775807"),
            ("9223372036854775808", "9223372036854775807"),
        ] {
            assert_eq!(Quantity::parse(input).unwrap().to_string(), want, "{input}");
        }
    }

    #[test]
    fn errors_are_upstream_s() {
        assert_eq!(Quantity::parse(""), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("abc"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1 Gi"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1.2.3"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1KiB"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1mm"), Err(QuantityError::Suffix));
        assert_eq!(Quantity::parse("1K"), Err(QuantityError::Suffix));
    }

    #[test]
    fn arithmetic_is_exact_and_values_round_up() {
        let mut q = Quantity::parse("100m").unwrap();
        q.add(&Quantity::parse("1").unwrap());
        assert_eq!(
            (q.to_string().as_str(), q.value(), q.milli_value()),
            ("1100m", 2, 1100)
        );
        let mut m = Quantity::ZERO;
        m.add(&Quantity::parse("64Mi").unwrap());
        m.sub(&Quantity::parse("32Mi").unwrap());
        assert_eq!(m.to_string(), "32Mi");
        assert!(Quantity::parse("1Gi").unwrap() > Quantity::parse("1G").unwrap());
        assert_eq!(
            Quantity::parse("1000m").unwrap(),
            Quantity::parse("1").unwrap()
        );
        assert!(Quantity::parse("1e40").unwrap() > Quantity::parse("1E").unwrap());
        assert_eq!(Quantity::parse("-0.1").unwrap().value(), -1);
    }
}
