//! Addresses and networks as upstream checks them (`util/validation/ip.go`, `k8s.io/utils/net`).

use crate::apimachinery::{ErrorList, FieldError, Path};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an address as old Go versions did: leading zeros are decimal, `::ffff:1.2.3.4` is an IPv4 address.
pub fn parse_ip_sloppy(s: &str) -> Option<IpAddr> {
    if s.contains(':') {
        let v6 = match s.rsplit_once(':') {
            Some((head, tail)) if tail.contains('.') => {
                let v4 = parse_v4_sloppy(tail)?;
                format!("{head}:{v4}").parse::<Ipv6Addr>().ok()?
            }
            _ => s.parse::<Ipv6Addr>().ok()?,
        };
        return Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4));
    }
    parse_v4_sloppy(s).map(IpAddr::V4)
}

fn parse_v4_sloppy(s: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = s.split('.');
    for o in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *o = part
            .trim_start_matches('0')
            .parse::<u16>()
            .or_else(|_| {
                if part.bytes().all(|b| b == b'0') {
                    Ok(0)
                } else {
                    Err(())
                }
            })
            .ok()?
            .try_into()
            .ok()?;
    }
    parts.next().is_none().then_some(Ipv4Addr::from(octets))
}

/// Reads a network; its address and the length of its prefix.
pub fn parse_cidr_sloppy(s: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = s.split_once('/')?;
    if bits.is_empty() || !bits.bytes().all(|b| b.is_ascii_digit()) || bits.len() > 3 {
        return None;
    }
    let (ip, bits) = (parse_ip_sloppy(ip)?, bits.parse::<u8>().ok()?);
    let max = if s.contains(':') { 128 } else { 32 };
    (bits <= max).then_some((ip, bits))
}

/// The first address of a network.
pub fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(a) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(bits.min(32)))
                .unwrap_or(0);
            IpAddr::V4((u32::from(a) & mask).into())
        }
        IpAddr::V6(a) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(bits.min(128)))
                .unwrap_or(0);
            IpAddr::V6((u128::from(a) & mask).into())
        }
    }
}

fn mapped(s: &str) -> bool {
    s.parse::<Ipv6Addr>()
        .is_ok_and(|a| a.to_ipv4_mapped().is_some())
}

/// An address in one of the older fields. Those that stood there before are let through.
pub fn valid_ip(e: &mut ErrorList, path: &Path, v: &str, old: &[&str]) {
    if old.contains(&v) {
        return;
    }
    let mut bad = |m: &str| e.push(FieldError::invalid(path, v, m).with_origin("format=ip-sloppy"));
    if parse_ip_sloppy(v).is_none() {
        bad("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    } else if v.parse::<IpAddr>().is_err() {
        bad("must not have leading 0s");
    } else if mapped(v) {
        bad("must not be an IPv4-mapped IPv6 address");
    }
}

/// An address in a newer field: also in its canonical form.
pub fn valid_ip_strict(e: &mut ErrorList, path: &Path, v: &str) {
    let before = e.len();
    valid_ip(e, path, v, &[]);
    if let (true, Some(ip)) = (e.len() == before, parse_ip_sloppy(v))
        && ip.to_string() != v
    {
        e.push(FieldError::invalid(
            path,
            v,
            format!("must be in canonical form (\"{ip}\")"),
        ));
    }
}

/// A network in one of the older fields.
pub fn valid_cidr(e: &mut ErrorList, path: &Path, v: &str, old: &[&str]) {
    if old.contains(&v) {
        return;
    }
    let mut bad = |m: &str| e.push(FieldError::invalid(path, v, m));
    let Some((ip, bits)) = parse_cidr_sloppy(v) else {
        return bad("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    };
    let (address, length) = v.split_once('/').unwrap_or((v, ""));
    if address.parse::<IpAddr>().is_err() || (length.len() > 1 && length.starts_with('0')) {
        bad("must not have leading 0s in IP or prefix length");
    } else if mapped(address) {
        bad("must not have an IPv4-mapped IPv6 address");
    } else if masked(ip, bits) != ip {
        bad("must not have bits set beyond the prefix length");
    }
}

/// A network in a newer field: also in its canonical form.
pub fn valid_cidr_strict(e: &mut ErrorList, path: &Path, v: &str) {
    let before = e.len();
    valid_cidr(e, path, v, &[]);
    if let (true, Some((ip, bits))) = (e.len() == before, parse_cidr_sloppy(v))
        && format!("{ip}/{bits}") != v
    {
        let text = format!("must be in canonical form (\"{ip}/{bits}\")");
        e.push(FieldError::invalid(path, v, text));
    }
}

/// An address that may be an endpoint of a service.
pub fn endpoint_ip(e: &mut ErrorList, path: &Path, v: &str) {
    let Some(ip) = parse_ip_sloppy(v) else {
        e.push(
            FieldError::invalid(path, v, "must be a valid IP address")
                .with_origin("format=ip-sloppy"),
        );
        return;
    };
    let (local, multicast) = match ip {
        IpAddr::V4(a) => (a.is_link_local(), a.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(a) => (
            (a.segments()[0] & 0xffc0) == 0xfe80,
            (a.segments()[0] & 0xff0f) == 0xff02,
        ),
    };
    if ip.is_unspecified() {
        e.push(FieldError::invalid(
            path,
            v,
            format!("may not be unspecified ({v})"),
        ));
    }
    for (found, message) in [
        (
            ip.is_loopback(),
            "may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            local,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        ),
        (
            multicast,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ] {
        if found {
            e.push(FieldError::invalid(path, v, message));
        }
    }
}

/// Whether the addresses are of both families.
pub fn is_dual_stack<'a>(ips: impl Iterator<Item = &'a str>) -> bool {
    let (mut v4, mut v6) = (false, false);
    for ip in ips {
        match parse_ip_sloppy(ip.split('/').next().unwrap_or(ip)) {
            Some(IpAddr::V4(_)) => v4 = true,
            Some(IpAddr::V6(_)) => v6 = true,
            None => return false,
        }
    }
    v4 && v6
}

/// What to warn about in an address that was let through.
pub fn warnings_for_ip(path: &Path, v: &str) -> Option<String> {
    let ip = parse_ip_sloppy(v)?;
    match v.parse::<IpAddr>() {
        Ok(a) if mapped(v) || a.to_string().is_empty() => {}
        Ok(IpAddr::V6(a)) if a.to_string() != v => {
            return Some(format!(
                "{path}: IPv6 address \"{v}\" should be in RFC 5952 canonical format (\"{a}\")"
            ));
        }
        Ok(_) => return None,
        Err(_) => {}
    }
    Some(format!(
        "{path}: non-standard IP address \"{v}\" is invalid: use \"{ip}\""
    ))
}

/// What to warn about in a range of addresses that is written oddly.
pub fn warnings_for_cidr(path: &Path, v: &str) -> Vec<String> {
    let mut out = Vec::new();
    let Some((ip, bits)) = parse_cidr_sloppy(v) else {
        return out;
    };
    // A range of IPv4 addresses mapped into IPv6 counts the bits that it leaves.
    let bits = match ip {
        IpAddr::V4(_) if v.contains(':') => bits.saturating_sub(96),
        _ => bits,
    };
    let base = masked(ip, bits);
    let canonical = format!("{base}/{bits}");
    if ip != base {
        let all = if ip.is_ipv4() { 32 } else { 128 };
        out.push(format!(
            "{path}: CIDR value \"{v}\" is ambiguous in this context (should be \"{canonical}\" or \"{ip}/{all}\"?)"
        ));
    }
    let exact =
        |(a, b): (&str, &str)| a.parse::<IpAddr>().is_ok() && b == bits.to_string() && !mapped(a);
    if !v.split_once('/').is_some_and(exact) {
        out.push(format!(
            "{path}: non-standard CIDR value \"{v}\" is invalid: use \"{canonical}\""
        ));
    }
    if out.is_empty() && ip.is_ipv6() && canonical != v {
        out.push(format!(
            "{path}: IPv6 CIDR value \"{v}\" should be in RFC 5952 canonical format (\"{canonical}\")"
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_go_reads_them() {
        assert_eq!(
            parse_ip_sloppy("010.0.0.1"),
            Some(IpAddr::from([10, 0, 0, 1]))
        );
        assert_eq!(parse_ip_sloppy("1.2.3"), None);
        assert_eq!(parse_ip_sloppy("0.0.0.0"), Some(IpAddr::from([0, 0, 0, 0])));
        assert_eq!(parse_cidr_sloppy("10.0.0.0/33"), None);
        let path = Path::new("x");
        for (v, wanted) in [
            ("10.0.0.0/8", 0),
            ("10.0.0.1/8", 1),
            ("10.0.0.0", 1),
            ("2001:db8::/64", 0),
        ] {
            let mut e = ErrorList::new();
            valid_cidr(&mut e, &path, v, &[]);
            assert_eq!(e.len(), wanted, "{v}");
        }
    }
}
