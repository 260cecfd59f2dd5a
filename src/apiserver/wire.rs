//! Answers as bytes, for the edges.

use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, WatchEvent};
use crate::collections::Arrange;
use crate::tree;

/// An answer's body as bytes: JSON, with the items of lists as upstream writes them (without their type).
pub fn body_bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Bytes(bytes) => bytes,
        Body::Tree(value) => {
            let mut text = in_order(&list_on_wire(value));
            text.push('\n');
            text.into_bytes()
        }
        _ => Vec::new(),
    }
}

/// Fields that stand first, and last, in what upstream writes; in a `Status` all stand in an order of their own.
const FIRST: [&str; 3] = ["kind", "apiVersion", "metadata"];
const STATUS: [&str; 8] = [
    "kind",
    "apiVersion",
    "metadata",
    "status",
    "message",
    "reason",
    "details",
    "code",
];

/// JSON with an object's own fields in upstream's order where that is known.
fn in_order(value: &Value) -> String {
    let Some(fields) = value.as_map() else {
        return value.to_json();
    };
    let first: &[&str] = match value.kind() {
        "Status" => &STATUS,
        _ => &FIRST,
    };
    let place = |name: &str| {
        let last = if name == "status" { 101 } else { 100 };
        first.iter().position(|f| *f == name).unwrap_or(last)
    };
    let mut fields: Vec<_> = fields.entries().collect();
    fields.arrange_by_key(|(name, _)| place(name));
    let mut out = String::from("{");
    for (i, (name, value)) in fields.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(name.as_str()).to_json());
        out.push(':');
        out.push_str(&value.to_json());
    }
    out.push('}');
    out
}

/// A watch event as one line of JSON.
pub fn event_bytes(event: WatchEvent) -> Vec<u8> {
    let mut line = tree!({"type": event.kind.as_str()});
    line.set("object", event.object);
    let mut text = line.to_json();
    text.push('\n');
    text.into_bytes()
}

/// Typed lists leave kind and version of their items out.
pub fn list_on_wire(mut value: Value) -> Value {
    if value.kind().ends_with("List") && value.get("items").as_list().is_some() {
        let kind = value.kind().trim_end_matches("List").to_owned();
        for item in value.entry("items").items_mut() {
            if item.kind() == kind {
                item.remove("kind");
                item.remove("apiVersion");
            }
        }
    }
    value
}

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for URLs, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0u32, |g, b| g << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            let index = (group >> (18 - 6 * i)) & 63;
            out.push(char::from(URL_SAFE[index as usize]));
        }
    }
    out
}

/// The inverse of [`base64url`]; none for what it cannot have written.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0u32;
        for byte in chunk {
            let index = URL_SAFE.iter().position(|c| c == byte)?;
            group = group << 6 | u32::try_from(index).ok()?;
        }
        group <<= 6 * (4 - chunk.len());
        for i in 0..chunk.len() - 1 {
            out.push(u8::try_from((group >> (16 - 8 * i)) & 255).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_survives_the_round_trip() {
        for text in ["", "a", "ab", "abc", "{\"v\":1}", "\u{ff}\u{0}"] {
            let encoded = base64url(text.as_bytes());
            assert_eq!(from_base64url(&encoded).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(from_base64url("a b"), None);
    }

    #[test]
    fn items_of_lists_lose_their_type_on_the_wire() {
        let list = tree!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [{"kind": "Pod", "apiVersion": "v1"}]});
        let bytes = body_bytes(Body::Tree(list));
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{}]}\n"
        );
    }
}
