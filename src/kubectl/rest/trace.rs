//! What `-v` tells of requests: 6 each with its status, 7 its headers, 8 and above its body and the whole answer (models
//! client-go's `transport/round_trippers.go`).

use crate::apimachinery::Timestamp;
use crate::apimachinery::http::{Body, Request, Response};
use crate::collections::Arrange;
use crate::kubectl::env::Io;
use http::HeaderMap;

/// How much is told, and the server's address before every path.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The level of `-v`, 6 or more.
    pub level: i64,
    /// `https://127.0.0.1:6443`
    pub server: String,
}

/// What was told of a request, for what is told of its answer.
pub struct Told {
    words: String,
    sent: Timestamp,
}

impl Trace {
    /// Tells that a request is sent.
    pub fn request(&self, io: &dyn Io, request: &Request) -> Told {
        let url = format!("{}{}", self.server.trim_end_matches('/'), request.uri());
        let words = format!("verb=\"{}\" url=\"{url}\"", request.method());
        if self.level >= 8 {
            line(
                io,
                "helper.go:105",
                &format!("\"Request Body\" body={}", body(request.body())),
            );
        }
        if self.level >= 7 {
            let headers = headers(request.headers());
            line(
                io,
                "round_trippers.go:527",
                &format!("\"Request\" {words} headers={headers}"),
            );
        }
        Told {
            words,
            sent: io.now(),
        }
    }

    /// Tells what it was answered with.
    pub fn response(&self, io: &dyn Io, told: &Told, response: &Response) {
        let status = response.status();
        let status = format!(
            "status=\"{} {}\"",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default()
        );
        let took = io.now().since(told.sent).as_millis();
        let text = match self.level {
            6 => format!("{} {status} milliseconds={took}", told.words),
            7 => format!("{status} milliseconds={took}"),
            _ => format!(
                "{status} headers={} milliseconds={took}",
                headers(response.headers())
            ),
        };
        line(io, "round_trippers.go:632", &format!("\"Response\" {text}"));
        if self.level >= 8 {
            line(
                io,
                "helper.go:105",
                &format!("\"Response Body\" body={}", body(response.body())),
            );
        }
    }
}

/// Writes a line as klog does.
pub fn line(io: &dyn Io, place: &str, text: &str) {
    let stamp = io.now().to_klog();
    io.stderr(&format!("I{stamp} {:7} {place}] {text}\n", 1));
}

fn headers(map: &HeaderMap) -> String {
    let mut lines: Vec<String> = map
        .iter()
        .map(|(name, value)| {
            let value = match name.as_str() {
                "authorization" => "Bearer <masked>",
                _ => value.to_str().unwrap_or_default(),
            };
            format!("\t{}: {value}\n", canonical(name.as_str()))
        })
        .collect();
    lines.arrange();
    format!("<\n{} >", lines.concat())
}

/// `content-type` as `Content-Type`.
fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut first = true;
    for c in name.chars() {
        out.push(if first { c.to_ascii_uppercase() } else { c });
        first = c == '-';
    }
    out
}

fn body(body: &Body) -> String {
    let text = match body {
        Body::Tree(v) => v.to_json(),
        Body::Bytes(b) => String::from_utf8_lossy(b).trim_end().to_owned(),
        _ => String::new(),
    };
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    format!("<\n\t{}\n >", text.replace('\n', "\n\t"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn headers_are_told_sorted_and_without_secrets() {
        let mut map = HeaderMap::new();
        map.insert("user-agent", HeaderValue::from_static("kubectl"));
        map.insert("accept", HeaderValue::from_static("application/json"));
        map.insert("authorization", HeaderValue::from_static("Bearer abc"));
        assert_eq!(
            headers(&map),
            "<\n\tAccept: application/json\n\tAuthorization: Bearer <masked>\n\tUser-Agent: kubectl\n >"
        );
        assert_eq!(body(&Body::Empty), "\"\"");
        assert_eq!(body(&Body::Bytes(b"{}\n".to_vec())), "<\n\t{}\n >");
    }
}
