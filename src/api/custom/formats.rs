//! The formats of strings that schemas may ask for (`apiserver/validation/formats.go`, `kube-openapi/pkg/validation/strfmt`).

use crate::api::strict::base64_decode;
use crate::apimachinery::names::{is_dns1123_label, is_dns1123_subdomain};
use crate::apimachinery::{Timestamp, duration};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Formats that are patterns.
const PATTERNS: &[(&str, &str)] = &[
    ("bsonobjectid", "^[0-9a-fA-F]{24}$"),
    ("hexcolor", "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
    (
        "hostname",
        r"^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.?$",
    ),
    ("mac", "^([0-9a-fA-F]{2}[:-]){5}([0-9a-fA-F]{2})$"),
    (
        "rgbcolor",
        r"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$",
    ),
    ("ssn", r"^\d{3}[- ]?\d{2}[- ]?\d{4}$"),
    (
        "uuid",
        "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$",
    ),
    (
        "uuid3",
        "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$",
    ),
    (
        "uuid4",
        "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$",
    ),
    (
        "uuid5",
        "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$",
    ),
];

/// Formats that are more than a pattern.
const OTHERS: &[&str] = &[
    "byte",
    "cidr",
    "creditcard",
    "date",
    "datetime",
    "duration",
    "email",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8slongname",
    "k8sshortname",
    "password",
    "uri",
];

fn plain(format: &str) -> String {
    format.replace('-', "")
}

/// Whether strings are checked against a format; all others are let pass.
pub fn is_known(format: &str) -> bool {
    let format = plain(format);
    OTHERS.contains(&format.as_str()) || PATTERNS.iter().any(|(name, _)| *name == format)
}

/// Whether a string has a format; true for formats that are not known.
pub fn holds(format: &str, text: &str) -> bool {
    let format = plain(format);
    if let Some((_, pattern)) = PATTERNS.iter().find(|(name, _)| *name == format) {
        let long = format == "hostname" && text.len() > 255;
        return !long && regex_lite::Regex::new(pattern).is_ok_and(|r| r.is_match(text));
    }
    match format.as_str() {
        "byte" => base64_decode(text).is_ok(),
        "cidr" => cidr(text),
        "date" => Timestamp::parse(&format!("{text}T00:00:00Z")).is_some(),
        "datetime" => Timestamp::parse(text).is_some(),
        "duration" => duration::parse(text).is_ok(),
        "email" => email(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "creditcard" => luhn(&digits(text)),
        "isbn10" => isbn10(&digits(text)),
        "isbn13" => isbn13(&digits(text)),
        "isbn" => isbn10(&digits(text)) || isbn13(&digits(text)),
        "k8slongname" => is_dns1123_subdomain(text).is_empty(),
        "k8sshortname" => is_dns1123_label(text).is_empty(),
        "uri" => uri(text),
        _ => true,
    }
}

fn cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let bits = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let whole = length.bytes().all(|b| b.is_ascii_digit());
    whole && length.parse::<u8>().is_ok_and(|l| l <= bits)
}

/// An address without or with a name before it.
fn email(text: &str) -> bool {
    let address = match text.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let fine = |part: &str| {
        let bad = |c: char| c.is_whitespace() || c.is_control() || "()<>[]:;@\\,\"".contains(c);
        !part.contains(bad) && part.split('.').all(|atom| !atom.is_empty())
    };
    fine(local) && fine(domain)
}

/// A path from the root, or a whole address.
fn uri(text: &str) -> bool {
    if text.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
        return false;
    }
    if text.starts_with('/') {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    named && !rest.is_empty()
}

/// The digits of a number in groups; `X` is ten. None where anything else stands in it.
fn digits(text: &str) -> Option<Vec<u32>> {
    let value = |c: char| match c {
        'x' | 'X' => Some(10),
        c => c.to_digit(10),
    };
    text.chars()
        .filter(|c| !"- ".contains(*c))
        .map(value)
        .collect()
}

fn luhn(digits: &Option<Vec<u32>>) -> bool {
    let Some(d) = digits.as_ref().filter(|d| (13..=19).contains(&d.len())) else {
        return false;
    };
    let doubled = |(i, d): (usize, &u32)| match i % 2 {
        0 => *d,
        _ => d * 2 / 10 + d * 2 % 10,
    };
    !d.contains(&10) && d.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

fn isbn10(digits: &Option<Vec<u32>>) -> bool {
    let Some(d) = digits.as_ref().filter(|d| d.len() == 10) else {
        return false;
    };
    let sum: u32 = d.iter().zip(1..).map(|(d, weight)| d * weight).sum();
    !d[..9].contains(&10) && sum.is_multiple_of(11)
}

fn isbn13(digits: &Option<Vec<u32>>) -> bool {
    let Some(d) = digits.as_ref().filter(|d| d.len() == 13) else {
        return false;
    };
    let weighted = |(i, d): (usize, &u32)| d * if i % 2 == 0 { 1 } else { 3 };
    !d.contains(&10) && d.iter().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_formats_they_should() {
        for (format, good, bad) in [
            ("date-time", "2026-01-02T03:04:05Z", "2026-01-02"),
            ("date", "2026-01-02", "2026-13-02"),
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("ipv6", "fe80::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("uri", "https://a.b/c", "a.b/c"),
            ("email", "a.b@c.d", "a@b@"),
            ("hostname", "a-b.c", "-a..b"),
            ("uuid", "a1b2c3d4-0000-0000-0000-000000000000", "a1b2"),
            ("byte", "aGk=", "a"),
            ("duration", "1h30m", "soon"),
            ("mac", "00:11:22:33:44:55", "00:11"),
            ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("isbn10", "0-306-40615-2", "0-306-40615-3"),
            ("isbn13", "978-0-306-40615-7", "978-0-306-40615-8"),
            ("k8s-short-name", "abc", "A.b"),
            ("k8s-long-name", "a.b", "A.b"),
        ] {
            assert!(is_known(format), "{format}");
            assert!(holds(format, good), "{format} {good}");
            assert!(!holds(format, bad), "{format} {bad}");
        }
        assert!(holds("int32", "anything") && !is_known("int32"));
    }
}
