//! Backslash escapes of `$'…'`, `echo -e` and `printf`, and quoting for re-input.

/// What an escape sequence stands for.
pub enum Escape {
    Bytes(Vec<u8>),
    /// `\c`: nothing more is printed.
    Stop,
    /// Not an escape: the backslash stays.
    None,
}

/// Reads the escape after a backslash at the start of `text`. Gives how many bytes of `text` it took.
/// `zero_octal` is `echo -e`'s and `%b`'s `\0nnn`; otherwise `\nnn`.
pub fn escape(text: &str, zero_octal: bool) -> (Escape, usize) {
    let Some(c) = text.chars().next() else {
        return (Escape::None, 0);
    };
    let one = |b: u8| (Escape::Bytes(vec![b]), 1);
    match c {
        'a' => one(7),
        'b' => one(8),
        'e' | 'E' => one(27),
        'f' => one(12),
        'n' => one(b'\n'),
        'r' => one(b'\r'),
        't' => one(b'\t'),
        'v' => one(11),
        '\\' => one(b'\\'),
        'c' => (Escape::Stop, 1),
        '0' if zero_octal => {
            let (n, len) = digits(&text[1..], 8, 3);
            (Escape::Bytes(vec![n as u8]), 1 + len)
        }
        '0'..='7' => {
            let (n, len) = digits(text, 8, 3);
            (Escape::Bytes(vec![n as u8]), len)
        }
        'x' => match digits(&text[1..], 16, 2) {
            (_, 0) => (Escape::None, 0),
            (n, len) => (Escape::Bytes(vec![n as u8]), 1 + len),
        },
        'u' | 'U' => match digits(&text[1..], 16, if c == 'u' { 4 } else { 8 }) {
            (_, 0) => (Escape::None, 0),
            (n, len) => {
                let c = char::from_u32(n).unwrap_or('\u{fffd}');
                (Escape::Bytes(c.to_string().into_bytes()), 1 + len)
            }
        },
        _ => (Escape::None, 0),
    }
}

fn digits(text: &str, radix: u32, max: usize) -> (u32, usize) {
    let mut n = 0u32;
    let mut len = 0;
    for c in text.chars().take(max) {
        match c.to_digit(radix) {
            Some(d) => n = n.wrapping_mul(radix).wrapping_add(d),
            None => break,
        }
        len += 1;
    }
    (n, len)
}

/// The bytes of a `$'…'` string's inside.
pub fn ansi_c(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        match rest.chars().next() {
            Some(c @ ('\'' | '"' | '?')) => {
                out.push(c as u8);
                rest = &rest[1..];
                continue;
            }
            Some('c') if rest.len() > 1 => {
                out.push(rest.as_bytes()[1].to_ascii_uppercase() ^ 64);
                rest = rest.get(2..).unwrap_or_default();
                continue;
            }
            _ => {}
        }
        match escape(rest, false) {
            (Escape::Bytes(bytes), len) => {
                out.extend(bytes);
                rest = &rest[len..];
            }
            _ => out.push(b'\\'),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// `echo -e`'s and `%b`'s reading of a text. The flag tells whether `\c` ended it.
pub fn echo_escapes(text: &str) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        match escape(rest, true) {
            (Escape::Bytes(bytes), len) => {
                out.extend(bytes);
                rest = &rest[len..];
            }
            (Escape::Stop, _) => return (out, true),
            (Escape::None, _) => out.push(b'\\'),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    (out, false)
}

/// The text in single quotes where it needs any: `it's` becomes `'it'\''s'`.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_string();
    }
    single_quote(text)
}

/// The text in single quotes.
pub fn single_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
