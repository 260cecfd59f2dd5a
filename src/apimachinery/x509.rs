//! What kubectl reads of certificates, requests and keys without any cryptography: PEM, a little of DER, and the fields that it
//! shows or compares (models what `crypto/tls.X509KeyPair` checks and `x509.ParseCertificateRequest` gives).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A block of a PEM file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pem {
    /// `CERTIFICATE`, `RSA PRIVATE KEY`, …
    pub label: String,
    /// What it holds, in DER.
    pub bytes: Vec<u8>,
}

/// The PEM blocks of a file in their order; what is none is passed over, as Go passes it over.
pub fn pem(text: &str) -> impl Iterator<Item = Pem> {
    let mut rest = text;
    std::iter::from_fn(move || {
        // Every end line is looked at once, with the last beginning before it.
        while let Some((before, after)) = rest.split_once("\n-----END ") {
            rest = after;
            if let Some(found) = block(before, after) {
                return Some(found);
            }
        }
        None
    })
}

/// The block that an end line ends; the text is parted at the end line's label.
fn block(before: &str, after: &str) -> Option<Pem> {
    let at = before.rfind("-----BEGIN ")?;
    let (head, begin) = before.split_at(at);
    if !head.is_empty() && !head.ends_with('\n') {
        return None;
    }
    let begin = begin.strip_prefix("-----BEGIN ")?;
    let (line, body) = begin.split_once('\n').unwrap_or((begin, ""));
    let label = line.trim_end().strip_suffix("-----")?;
    let end = after.strip_prefix(label)?.strip_prefix("-----")?;
    if !end.lines().next().unwrap_or_default().trim().is_empty() {
        return None;
    }
    let lines = body.lines().skip_while(|l| l.contains(':'));
    let packed: String = lines.flat_map(str::split_whitespace).collect();
    Some(Pem {
        label: label.to_owned(),
        bytes: STANDARD.decode(packed).ok()?,
    })
}

/// The first block of a wanted label, or the labels that there are in its place.
fn first(text: &str, wanted: impl Fn(&str) -> bool) -> Result<Pem, Vec<String>> {
    let mut others = Vec::new();
    for block in pem(text) {
        if wanted(&block.label) {
            return Ok(block);
        }
        others.push(block.label);
    }
    Err(others)
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const BMP: u8 = 0x1e;

/// Takes the next value off: its tag and content. `None` where there is none or its length is wrong.
fn next<'a>(der: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 || rest.len() < count {
            return None;
        }
        length = rest[..count]
            .iter()
            .fold(0, |n, b| n << 8 | usize::from(*b));
        rest = &rest[count..];
    }
    if rest.len() < length {
        return None;
    }
    let (content, rest) = rest.split_at(length);
    *der = rest;
    Some((tag, content))
}

fn take<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    next(der).filter(|(t, _)| *t == tag).map(|(_, c)| c)
}

/// A whole value of that tag.
fn whole(mut der: &[u8], tag: u8) -> Option<&[u8]> {
    take(&mut der, tag).filter(|_| der.is_empty())
}

/// A public key as far as it can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    /// The modulus.
    Rsa(Vec<u8>),
    /// The point; `None` where a private key does not tell it.
    Ecdsa(Option<Vec<u8>>),
    /// The key; `None` likewise.
    Ed25519(Option<Vec<u8>>),
    Other,
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

fn subject_public_key(mut info: &[u8]) -> Option<Public> {
    let mut algorithm = take(&mut info, SEQUENCE)?;
    let oid = take(&mut algorithm, OID)?;
    let key = take(&mut info, BITS)?.get(1..)?;
    Some(match oid {
        o if o == RSA => Public::Rsa(take(&mut whole(key, SEQUENCE)?, INTEGER)?.to_vec()),
        o if o == EC => Public::Ecdsa(Some(key.to_vec())),
        o if o == ED25519 => Public::Ed25519(Some(key.to_vec())),
        _ => Public::Other,
    })
}

fn certificate_key(der: &[u8]) -> Option<Public> {
    let mut certificate = whole(der, SEQUENCE)?;
    let mut signed = take(&mut certificate, SEQUENCE)?;
    take(&mut certificate, SEQUENCE)?;
    take(&mut certificate, BITS)?;
    if signed.first() == Some(&0xa0) {
        next(&mut signed)?;
    }
    take(&mut signed, INTEGER)?;
    for _ in ["signature", "issuer", "validity", "subject"] {
        take(&mut signed, SEQUENCE)?;
    }
    subject_public_key(take(&mut signed, SEQUENCE)?)
}

/// The public half of a private key in PKCS #1, PKCS #8 or SEC 1.
fn private_key(der: &[u8]) -> Option<Public> {
    pkcs1(der).or_else(|| pkcs8(der)).or_else(|| sec1(der))
}

fn pkcs1(der: &[u8]) -> Option<Public> {
    let mut key = whole(der, SEQUENCE)?;
    take(&mut key, INTEGER)?;
    let modulus = take(&mut key, INTEGER)?;
    // Exponents, primes and what is reckoned from them.
    for _ in 0..7 {
        take(&mut key, INTEGER)?;
    }
    Some(Public::Rsa(modulus.to_vec()))
}

fn pkcs8(der: &[u8]) -> Option<Public> {
    let mut key = whole(der, SEQUENCE)?;
    take(&mut key, INTEGER)?;
    let oid = take(&mut take(&mut key, SEQUENCE)?, OID)?;
    let inner = take(&mut key, OCTETS)?;
    match oid {
        o if o == RSA => pkcs1(inner),
        o if o == EC => sec1(inner),
        o if o == ED25519 => whole(inner, OCTETS).map(|_| Public::Ed25519(None)),
        _ => None,
    }
}

fn sec1(der: &[u8]) -> Option<Public> {
    let mut key = whole(der, SEQUENCE)?;
    take(&mut key, INTEGER)?;
    take(&mut key, OCTETS)?;
    let mut point = None;
    while let Some((tag, content)) = next(&mut key) {
        if tag == 0xa1 {
            let bits = whole(content, BITS).and_then(|b| b.get(1..));
            point = bits.map(<[u8]>::to_vec);
        }
    }
    Some(Public::Ecdsa(point))
}

/// Whether a certificate and a private key (PEM both) belong together. ECDSA keys that do not tell their point, and Ed25519
/// keys, are held to be right.
///
/// # Errors
/// What is wrong with them in the words of Go's `tls.X509KeyPair`.
pub fn key_pair(certificate: &str, key: &str) -> Result<(), String> {
    let leaf = first(certificate, |l| l == "CERTIFICATE").map_err(|others| match &others[..] {
        [] => "tls: failed to find any PEM data in certificate input".to_owned(),
        [only] if only.ends_with("PRIVATE KEY") => "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned(),
        _ => format!("tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]", others.join(" ")),
    })?;
    let is_key = |l: &str| l == "PRIVATE KEY" || l.ends_with(" PRIVATE KEY");
    let key = first(key, is_key).map_err(|others| match &others[..] {
        [] => "tls: failed to find any PEM data in key input".to_owned(),
        [only] if only == "CERTIFICATE" => "tls: found a certificate rather than a key in the PEM for the private key".to_owned(),
        _ => format!("tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]", others.join(" ")),
    })?;
    let public = certificate_key(&leaf.bytes).ok_or("x509: malformed certificate")?;
    let private = private_key(&key.bytes).ok_or("tls: failed to parse private key")?;
    let fits = match (&public, &private) {
        (Public::Rsa(a), Public::Rsa(b)) => a == b,
        (Public::Ecdsa(a), Public::Ecdsa(b)) | (Public::Ed25519(a), Public::Ed25519(b)) => {
            b.is_none() || a == b
        }
        (Public::Other, _) => return Err("tls: unknown public key algorithm".to_owned()),
        _ => return Err("tls: private key type does not match public key type".to_owned()),
    };
    if fits {
        Ok(())
    } else {
        Err("tls: private key does not match public key".to_owned())
    }
}

/// What a certificate signing request says of whom it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Parts of the subject, by the last number of their type below 2.5.4 (3: common name, 10: organization …).
    pub subject: Vec<(u8, String)>,
    /// Alternative names of hosts.
    pub dns_names: Vec<String>,
    /// Of mailboxes.
    pub email_addresses: Vec<String>,
    /// URIs.
    pub uris: Vec<String>,
    /// Addresses.
    pub ip_addresses: Vec<String>,
}

impl Request {
    /// Reads a request in PEM.
    ///
    /// # Errors
    /// Why it is none, as kubectl words it.
    pub fn parse(text: &str) -> Result<Request, String> {
        match pem(text).next() {
            Some(block) if block.label == "CERTIFICATE REQUEST" => Request::from_der(&block.bytes)
                .ok_or_else(|| "x509: malformed certificate request".to_owned()),
            _ => Err("PEM block type must be CERTIFICATE REQUEST".to_owned()),
        }
    }

    fn from_der(der: &[u8]) -> Option<Request> {
        let mut out = Request::default();
        let mut request = whole(der, SEQUENCE)?;
        let mut info = take(&mut request, SEQUENCE)?;
        // Of the signature, that it is there.
        take(&mut request, SEQUENCE)?;
        take(&mut request, BITS)?;
        take(&mut info, INTEGER)?;
        let mut names = take(&mut info, SEQUENCE)?;
        while !names.is_empty() {
            let mut set = take(&mut names, SET)?;
            while !set.is_empty() {
                let mut part = take(&mut set, SEQUENCE)?;
                if let [0x55, 4, kind] = take(&mut part, OID)? {
                    let (tag, value) = next(&mut part)?;
                    out.subject.push((*kind, text(tag, value)?));
                }
            }
        }
        take(&mut info, SEQUENCE)?;
        let mut attributes = take(&mut info, 0xa0).unwrap_or_default();
        while !attributes.is_empty() {
            let mut attribute = take(&mut attributes, SEQUENCE)?;
            let requested = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
            if take(&mut attribute, OID)? == requested {
                let mut extensions = take(&mut take(&mut attribute, SET)?, SEQUENCE)?;
                while !extensions.is_empty() {
                    out.extension(take(&mut extensions, SEQUENCE)?)?;
                }
            }
        }
        Some(out)
    }

    /// Takes up the alternative names.
    fn extension(&mut self, mut extension: &[u8]) -> Option<()> {
        if take(&mut extension, OID)? != [0x55, 0x1d, 0x11] {
            return Some(());
        }
        let mut value = next(&mut extension)?;
        if value.0 != OCTETS {
            value = next(&mut extension)?;
        }
        let mut names = whole(value.1, SEQUENCE)?;
        while let Some((tag, name)) = next(&mut names) {
            match tag & 0x1f {
                1 => self.email_addresses.push(utf8(name)),
                2 => self.dns_names.push(utf8(name)),
                6 => self.uris.push(utf8(name)),
                7 => self.ip_addresses.push(address(name)?),
                _ => {}
            }
        }
        Some(())
    }

    /// The subject's parts of a type; of common names and serial numbers, the last one counts (`pkix.Name.FillFromRDNSequence`).
    pub fn part(&self, kind: u8) -> Vec<String> {
        let all = self.subject.iter().filter(|(k, _)| *k == kind);
        all.map(|(_, v)| v.clone()).collect()
    }
}

/// A part of a name; none where it is a `BMPString` (UTF-16, the high byte first) with half a character at its end.
fn text(tag: u8, bytes: &[u8]) -> Option<String> {
    if tag != BMP {
        return Some(utf8(bytes));
    }
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|u| u16::from_be_bytes(*u)).collect();
    rest.is_empty().then(|| String::from_utf16_lossy(&units))
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(std::net::Ipv6Addr::from(sixteen).to_canonical().to_string())
}

#[cfg(test)]
mod tests;
