//! `printf`'s conversions, for the shell's and for awk's.

use super::escape::{Escape, echo_escapes, escape, quote};

/// A conversion such as `%-5.2f`.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    pub minus: bool,
    pub plus: bool,
    pub space: bool,
    pub zero: bool,
    pub alternate: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    /// Width or precision come from the arguments.
    pub star_width: bool,
    pub star_precision: bool,
    pub conversion: char,
}

/// Fields are at most this wide: a bound on output.
const MAX_WIDTH: usize = 65_536;

/// Reads a conversion after a `%`; how many bytes it took. `None` at the text's end.
pub fn parse_spec(text: &str) -> Option<(Spec, usize)> {
    let mut spec = Spec::default();
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.peek().copied() {
        match c {
            '-' => spec.minus = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            '0' => spec.zero = true,
            '#' => spec.alternate = true,
            '\'' => {}
            _ => break,
        }
        chars.next();
    }
    (spec.width, spec.star_width) = number(&mut chars);
    if matches!(chars.peek(), Some((_, '.'))) {
        chars.next();
        let (precision, star) = number(&mut chars);
        spec.precision = Some(precision.unwrap_or(0));
        spec.star_precision = star;
    }
    while matches!(
        chars.peek(),
        Some((_, 'l' | 'h' | 'L' | 'q' | 'z' | 'j' | 't'))
    ) && {
        let next = text[chars.peek().map_or(0, |p| p.0)..].chars().nth(1);
        next.is_some_and(|c| c.is_ascii_alphabetic())
    } {
        chars.next();
    }
    let (at, conversion) = chars.next()?;
    spec.conversion = conversion;
    Some((spec, at + conversion.len_utf8()))
}

/// Digits or a star.
fn number(chars: &mut std::iter::Peekable<std::str::CharIndices>) -> (Option<usize>, bool) {
    let (mut n, mut star) = (None, false);
    while let Some((_, c)) = chars.peek().copied() {
        match c.to_digit(10) {
            Some(d) => n = Some((n.unwrap_or(0) * 10 + d as usize).min(MAX_WIDTH)),
            None if c == '*' => star = true,
            None => break,
        }
        chars.next();
    }
    (n, star)
}

impl Spec {
    /// Fills up to the width.
    pub fn pad(&self, text: String, numeric: bool) -> String {
        let width = self.width.unwrap_or(0);
        let len = text.chars().count();
        if len >= width {
            return text;
        }
        let fill = width - len;
        if self.minus {
            return text + &" ".repeat(fill);
        }
        if self.zero && numeric {
            let sign = text.len() - text.trim_start_matches(['+', '-', ' ']).len();
            return format!("{}{}{}", &text[..sign], "0".repeat(fill), &text[sign..]);
        }
        " ".repeat(fill) + &text
    }

    pub fn string(&self, text: &str) -> String {
        let cut: String = match self.precision {
            Some(n) => text.chars().take(n).collect(),
            None => text.to_string(),
        };
        self.pad(cut, false)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    /// `d i o u x X c`-style conversion of an integer.
    pub fn integer(&self, n: i64) -> String {
        let (sign, digits) = match self.conversion {
            'o' => (
                "",
                format!("{}{n:o}", if self.alternate && n != 0 { "0" } else { "" }),
            ),
            'x' => ("", format!("{n:x}")),
            'X' => ("", format!("{n:X}")),
            'u' => ("", (n as u64).to_string()),
            _ => (self.sign(n < 0), n.unsigned_abs().to_string()),
        };
        let mut digits = digits;
        if let Some(precision) = self.precision
            && digits.len() < precision
        {
            digits = "0".repeat(precision - digits.len()) + &digits;
        }
        if self.alternate && n != 0 && matches!(self.conversion, 'x' | 'X') {
            digits = format!("0{}{digits}", self.conversion);
        }
        self.pad(format!("{sign}{digits}"), self.precision.is_none())
    }

    /// `e E f F g G` conversion.
    pub fn float(&self, value: f64) -> String {
        let sign = self.sign(value.is_sign_negative() && !value.is_nan());
        let upper = self.conversion.is_ascii_uppercase();
        let body = if value.is_nan() {
            "nan".to_string()
        } else if value.is_infinite() {
            "inf".to_string()
        } else {
            let precision = self.precision.unwrap_or(6).min(340);
            match self.conversion {
                'e' | 'E' => exponent(value.abs(), precision),
                'g' | 'G' => general(value.abs(), precision.max(1), self.alternate),
                _ => format!("{:.precision$}", value.abs()),
            }
        };
        let body = if upper { body.to_uppercase() } else { body };
        self.pad(format!("{sign}{body}"), value.is_finite())
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match power.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', power),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// `%g` of a value that is not negative.
pub fn general(value: f64, precision: usize, keep_zeros: bool) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let scientific = exponent(value, precision - 1);
    let power: i32 = scientific
        .split_once('e')
        .and_then(|(_, p)| p.parse().ok())
        .unwrap_or(0);
    let trim = |text: &str| {
        if keep_zeros || !text.contains('.') {
            return text.to_string();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if power < -4 || power >= precision as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(mantissa));
    }
    let decimals = (precision as i32 - 1 - power).max(0) as usize;
    trim(&format!("{value:.decimals$}"))
}

/// What `printf` prints, its complaints, and its exit code.
#[derive(Debug, Default)]
pub struct Printed {
    pub out: Vec<u8>,
    pub complaints: Vec<String>,
}

/// `printf FORMAT ARGUMENT…`: the format is used again while arguments are left.
pub fn printf(format: &str, args: &[String]) -> Printed {
    let mut printed = Printed::default();
    let mut args = args.iter();
    loop {
        let before = args.len();
        if !round(format, &mut args, &mut printed) {
            return printed;
        }
        if args.len() == 0 || args.len() == before || printed.out.len() > 16 << 20 {
            return printed;
        }
    }
}

/// One use of the format; false if a `\c` ended everything.
fn round(format: &str, args: &mut std::slice::Iter<String>, printed: &mut Printed) -> bool {
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        printed.out.extend_from_slice(&rest.as_bytes()[..at]);
        let special = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        if special == b'\\' {
            match escape(rest, false) {
                (Escape::Bytes(bytes), len) => {
                    printed.out.extend(bytes);
                    rest = &rest[len..];
                }
                (Escape::Stop, _) => return false,
                (Escape::None, _) if rest.starts_with(['"', '\'', '?']) => {
                    printed.out.push(rest.as_bytes()[0]);
                    rest = &rest[1..];
                }
                (Escape::None, _) => printed.out.push(b'\\'),
            }
            continue;
        }
        if let Some(after) = rest.strip_prefix('%') {
            printed.out.push(b'%');
            rest = after;
            continue;
        }
        let Some((mut spec, len)) = parse_spec(rest) else {
            printed
                .complaints
                .push(format!("`%{rest}': missing format character"));
            return false;
        };
        let written = &rest[..len];
        rest = &rest[len..];
        if spec.star_width {
            let n = integer(
                args.next().map_or("0", String::as_str),
                &mut printed.complaints,
            );
            spec.minus |= n < 0;
            spec.width = Some((n.unsigned_abs() as usize).min(MAX_WIDTH));
        }
        if spec.star_precision {
            let n = integer(
                args.next().map_or("0", String::as_str),
                &mut printed.complaints,
            );
            spec.precision = usize::try_from(n).ok().map(|n| n.min(MAX_WIDTH));
        }
        if !convert(&spec, written, args, printed) {
            return false;
        }
    }
    printed.out.extend_from_slice(rest.as_bytes());
    true
}

fn convert(
    spec: &Spec,
    written: &str,
    args: &mut std::slice::Iter<String>,
    printed: &mut Printed,
) -> bool {
    let arg = |args: &mut std::slice::Iter<String>| {
        args.next()
            .map(String::as_str)
            .unwrap_or_default()
            .to_string()
    };
    let text = match spec.conversion {
        's' => spec.string(&arg(args)),
        'c' => spec.string(&arg(args).chars().take(1).collect::<String>()),
        'q' => spec.string(&match arg(args) {
            text if text.is_empty() => "''".to_string(),
            text => quote(&text),
        }),
        'b' => {
            let (bytes, stop) = echo_escapes(&arg(args));
            if spec.width.is_none() && spec.precision.is_none() {
                printed.out.extend(bytes);
            } else {
                printed
                    .out
                    .extend(spec.string(&String::from_utf8_lossy(&bytes)).bytes());
            }
            return !stop;
        }
        'd' | 'i' | 'o' | 'u' | 'x' | 'X' => {
            spec.integer(integer(&arg(args), &mut printed.complaints))
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let text = arg(args);
            let value = match text.trim().parse::<f64>() {
                Ok(value) => value,
                Err(_) if text.is_empty() => 0.0,
                Err(_) => integer(&text, &mut printed.complaints) as f64,
            };
            spec.float(value)
        }
        other => {
            printed
                .complaints
                .push(format!("`{other}': invalid format character"));
            let _ = written;
            return false;
        }
    };
    printed.out.extend(text.bytes());
    true
}

/// A number as `printf` reads it: decimal, octal, hexadecimal, or a quote and a character.
fn integer(text: &str, complaints: &mut Vec<String>) -> i64 {
    let trimmed = text.trim_start();
    if let Some(c) = trimmed.strip_prefix(['\'', '"']) {
        return c.chars().next().map_or(0, |c| c as i64);
    }
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (radix, digits) = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        None => (10, digits),
    };
    let len = digits
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(digits.len());
    let value =
        i64::from_str_radix(&digits[..len], radix).unwrap_or(if len > 0 { i64::MAX } else { 0 });
    if len < digits.len() || (len == 0 && radix == 10 && !text.is_empty()) {
        complaints.push(format!("{text}: invalid number"));
    }
    if negative {
        value.wrapping_neg()
    } else {
        value
    }
}
