//! Times as Go's `time.Parse` reads them and words its errors.

use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Timestamp, Value};

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
const RFC3339_MICRO: &str = "2006-01-02T15:04:05.000000Z07:00";

/// The canonical form of a time, where it differs from the one given.
pub(super) fn canonical(v: &Value, micro: bool) -> Result<Option<Value>, String> {
    let text = match v {
        Value::Str(s) => s,
        v => {
            let found = super::found(v);
            return Err(format!(
                "json: cannot unmarshal {found} into Go value of type string"
            ));
        }
    };
    if !micro && is_plain(text.as_bytes()) {
        return Ok(None);
    }
    let layout = if micro { RFC3339_MICRO } else { RFC3339 };
    if let Some(error) = parse_error(text, layout) {
        return Err(error);
    }
    let Some(time) = Timestamp::parse(text) else {
        return Err(format!("parsing time {}: day out of range", quote(text)));
    };
    let again = if micro {
        time.to_rfc3339_micros()
    } else {
        time.to_rfc3339()
    };
    Ok((again != text.as_str()).then(|| Value::from(again)))
}

/// Whether a time is plainly in its canonical form, as those are that components write: `2006-01-02T15:04:05Z`, on a day that
/// every month has.
fn is_plain(text: &[u8]) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    let shaped = text.len() == form.len()
        && text.iter().zip(form).all(|(c, f)| match f {
            b'0' => c.is_ascii_digit(),
            f => c == f,
        });
    let within = |at: usize, min: u8, max: u8| {
        (min..=max).contains(&((text[at] - b'0') * 10 + text[at + 1] - b'0'))
    };
    shaped
        && within(5, 1, 12)
        && within(8, 1, 28)
        && within(11, 0, 23)
        && within(14, 0, 59)
        && within(17, 0, 59)
}

/// Why a text is no time of the layout, in Go's words; `None` where it is one.
pub fn parse_error(text: &str, layout: &str) -> Option<String> {
    let mut rest = text;
    let cannot = |rest: &str, element: &str| {
        Some(format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(layout),
            quote(rest),
            quote(element)
        ))
    };
    let range = |what: &str| Some(format!("parsing time {}: {what} out of range", quote(text)));
    for (element, digits, max, what) in [
        ("2006", 4, 9999, ""),
        ("-", 0, 0, ""),
        ("01", 2, 12, "month"),
        ("-", 0, 0, ""),
        ("02", 2, 31, "day"),
        ("T", 0, 0, ""),
        ("15", 2, 23, "hour"),
        (":", 0, 0, ""),
        ("04", 2, 59, "minute"),
        (":", 0, 0, ""),
        ("05", 2, 59, "second"),
    ] {
        if digits == 0 {
            match rest.strip_prefix(element) {
                Some(r) => rest = r,
                None => return cannot(rest, element),
            }
            continue;
        }
        let head = rest
            .get(..digits)
            .filter(|h| h.bytes().all(|b| b.is_ascii_digit()));
        let Some(n) = head.and_then(|h| h.parse::<u32>().ok()) else {
            return cannot(rest, element);
        };
        if n > max || (n == 0 && matches!(element, "01" | "02")) {
            return range(what);
        }
        rest = &rest[digits..];
    }
    if layout == RFC3339_MICRO {
        let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        if !rest.starts_with('.') || digits < 6 {
            return cannot(rest, ".000000");
        }
        rest = &rest[1 + digits..];
    } else if rest.starts_with('.') {
        let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            rest = &rest[1 + digits..];
        }
    }
    zone(rest, &cannot).or_else(|| {
        let after = match rest.strip_prefix('Z') {
            Some(after) => after,
            None => rest.get(6..)?,
        };
        (!after.is_empty())
            .then(|| format!("parsing time {}: extra text: {}", quote(text), quote(after)))
    })
}

fn zone(rest: &str, cannot: &dyn Fn(&str, &str) -> Option<String>) -> Option<String> {
    let b = rest.as_bytes();
    let good = b.first() == Some(&b'Z')
        || (b.len() >= 6
            && matches!(b[0], b'+' | b'-')
            && b[3] == b':'
            && [b[1], b[2], b[4], b[5]].iter().all(u8::is_ascii_digit));
    if good { None } else { cannot(rest, "Z07:00") }
}
