//! IP addresses, blocks of them, and URLs (`library/ip.go`, `library/cidr.go`, `library/urls.go`).

use super::Val;
use super::eval::{Outcome, no_overload};
use crate::apimachinery::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The address as it was given.
    pub address: IpAddr,
    /// How many bits all addresses share.
    pub bits: u8,
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

/// Reads an IP address; one of version 6 that stands for one of version 4 is none, nor one with a zone.
///
/// # Errors
/// Why it is none.
pub fn ip(text: &str) -> Result<IpAddr, String> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            Err(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
        }
        Ok(found) => Ok(found),
        Err(_) => Err(format!(
            "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): unable to parse IP"
        )),
    }
}

/// Reads a block.
///
/// # Errors
/// Why it is none.
pub fn block(text: &str) -> Result<Block, String> {
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let address = ip(address).ok()?;
        let plain =
            bits == "0" || !bits.starts_with('0') && bits.bytes().all(|b| b.is_ascii_digit());
        let bits: u8 = bits.parse().ok().filter(|_| plain)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Block { address, bits })
    });
    parsed.ok_or_else(|| format!("network address parse error during conversion from string: netip.ParsePrefix({text:?}): no '/'"))
}

impl Block {
    /// The bits of an address that count; the host's bits are none.
    fn masked(self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(a) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(a) & mask))
            }
            IpAddr::V6(a) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(a) & mask))
            }
        }
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && self.masked(address) == self.masked(self.address)
    }
}

/// A function of an address.
pub fn of_ip(a: IpAddr, name: &str) -> Outcome {
    let v4 = match a {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    };
    let first = match a {
        IpAddr::V4(_) => 0,
        IpAddr::V6(v6) => v6.segments()[0],
    };
    let local_unicast = v4.map_or(first & 0xffc0 == 0xfe80, |v4| v4.is_link_local());
    let local_multicast = match v4 {
        Some(v4) => v4.octets()[..3] == [224, 0, 0],
        None => first & 0xff0f == 0xff02,
    };
    let broadcast = v4.is_some_and(|v4| v4.is_broadcast());
    Ok(match name {
        "family" => Val::from(if v4.is_some() { 4_i64 } else { 6 }),
        "isUnspecified" => a.is_unspecified().into(),
        "isLoopback" => a.is_loopback().into(),
        "isLinkLocalUnicast" => local_unicast.into(),
        "isLinkLocalMulticast" => local_multicast.into(),
        "isGlobalUnicast" => {
            let others = a.is_unspecified() || a.is_loopback() || a.is_multicast();
            (!others && !local_unicast && !broadcast).into()
        }
        _ => return no_overload(),
    })
}

/// A function of a block.
pub fn of_block(b: Block, name: &str, args: &[Val]) -> Outcome {
    Ok(match (name, args) {
        ("containsIP", [Val::Ip(a)]) => b.contains(*a).into(),
        ("containsIP", [v]) => b.contains(ip(v.str().unwrap_or_default())?).into(),
        ("containsCIDR", [Val::Cidr(c)]) => (b.contains(c.address) && c.bits >= b.bits).into(),
        ("containsCIDR", [v]) => {
            let c = block(v.str().unwrap_or_default())?;
            (b.contains(c.address) && c.bits >= b.bits).into()
        }
        ("ip", []) => Val::Ip(b.address),
        ("masked", []) => Val::Cidr(Block {
            address: b.masked(b.address),
            bits: b.bits,
        }),
        ("prefixLength", []) => Val::from(i64::from(b.bits)),
        _ => return no_overload(),
    })
}

/// Reads an absolute URL or path (`url.ParseRequestURI`).
///
/// # Errors
/// Why it is none.
pub fn url(text: &str) -> Result<Url, String> {
    let bad = |why: &str| {
        Err(format!(
            "URL parse error during conversion from string: parse {text:?}: {why}"
        ))
    };
    if text.is_empty() {
        return bad("empty url");
    }
    if text.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return bad("net/url: invalid control character in URL");
    }
    let scheme_end = text.find(':').filter(|i| {
        text[..*i].starts_with(|c: char| c.is_ascii_alphabetic())
            && text[..*i]
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let (scheme, rest) = match scheme_end {
        Some(i) => (&text[..i], &text[i + 1..]),
        None => ("", text),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !rest.starts_with('/') {
        return bad("invalid URI for request");
    }
    let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
        Some(authority) => {
            let end = authority.find('/').unwrap_or(authority.len());
            let (host, path) = authority.split_at(end);
            (host.rsplit('@').next().unwrap_or_default(), path)
        }
        None => ("", rest),
    };
    if host.contains(' ') {
        return bad("invalid character \" \" in host name");
    }
    let port = host
        .rsplit_once(':')
        .map(|(_, p)| p)
        .filter(|p| !p.ends_with(']'));
    if port.is_some_and(|p| !p.bytes().all(|b| b.is_ascii_digit())) {
        let port = port.unwrap_or_default();
        return bad(&format!("invalid port {:?} after host", format!(":{port}")));
    }
    Ok(Url {
        scheme: scheme.to_ascii_lowercase(),
        host: host.to_owned(),
        path: escaped(path),
        query: query.to_owned(),
    })
}

/// A path with what may not stand in one in hexadecimal.
fn escaped(path: &str) -> String {
    let mut out = String::new();
    for b in path.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(b)),
            _ if b"-_.~$&+,/:;=@%!'()*[]".contains(&b) => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        match (first, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(b)) => {
                out.push(b);
                rest = &tail[2..];
            }
            (b'+', _) => {
                out.push(b' ');
                rest = tail;
            }
            (b, _) => {
                out.push(*b);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A function of a URL.
pub fn of_url(u: &Arc<Url>, name: &str) -> Outcome {
    let port = u.host.rsplit_once(':').filter(|(_, p)| !p.ends_with(']'));
    Ok(match name {
        "getScheme" => u.scheme.as_str().into(),
        "getHost" => u.host.as_str().into(),
        "getHostname" => {
            let host = port.map_or(u.host.as_str(), |(h, _)| h);
            host.trim_start_matches('[').trim_end_matches(']').into()
        }
        "getPort" => port.map_or("", |(_, p)| p).into(),
        "getEscapedPath" => u.path.as_str().into(),
        "getQuery" => {
            let mut out = Value::object();
            for pair in u.query.split('&').filter(|p| !p.is_empty()) {
                let (k, v) = pair.split_once('=').unwrap_or((pair, ""));
                out.entry(&decoded(k)).push(decoded(v));
            }
            out.into()
        }
        _ => return no_overload(),
    })
}
