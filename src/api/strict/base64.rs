//! Standard base64 with Go's errors.

use crate::apimachinery::Value;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(ALPHABET[(n >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Decodes; line breaks are skipped. The error is Go's: `illegal base64 data at input byte 3`.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let illegal = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut have, mut i) = (0u32, 0u32, 0);
    while i < bytes.len() {
        let c = bytes[i];
        match c {
            b'\r' | b'\n' => {}
            b'=' => return padding(bytes, i, have, bits, out).map_err(illegal),
            c => {
                let digit = ALPHABET
                    .iter()
                    .position(|&a| a == c)
                    .ok_or_else(|| illegal(i))?;
                bits = bits << 6 | digit as u32;
                have += 1;
                if have == 4 {
                    out.extend(&bits.to_be_bytes()[1..]);
                    (bits, have) = (0, 0);
                }
            }
        }
        i += 1;
    }
    match have {
        0 => Ok(out),
        n => Err(illegal(bytes.len() - n as usize)),
    }
}

fn padding(
    bytes: &[u8],
    at: usize,
    have: u32,
    bits: u32,
    mut out: Vec<u8>,
) -> Result<Vec<u8>, usize> {
    let rest: Vec<usize> = (at + 1..bytes.len())
        .filter(|&j| !matches!(bytes[j], b'\r' | b'\n'))
        .collect();
    let trailing = match have {
        2 => match rest.first() {
            None => return Err(bytes.len()),
            Some(&j) if bytes[j] != b'=' => return Err(j),
            Some(_) => 1,
        },
        3 => 0,
        _ => return Err(at),
    };
    if let Some(&j) = rest.get(trailing) {
        return Err(j);
    }
    match have {
        2 => out.push((bits >> 4) as u8),
        _ => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
    }
    Ok(out)
}

/// The canonical form of a field that holds bytes, where it differs from the one given.
pub(super) fn canonical(text: &str) -> Result<Option<Value>, String> {
    let again = encode(&decode(text)?);
    Ok((again != text).then(|| Value::from(again)))
}
