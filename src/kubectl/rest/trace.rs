//! What `-v` tells of requests: 6 each with its status, 7 its headers, 8 the beginnings of its body and of the
//! answer's, 9 more of them and 10 all (models client-go's `transport/round_trippers.go` and `rest/request.go`).

use crate::apimachinery::Timestamp;
use crate::apimachinery::http::{Body, Request, Response};
use crate::apimachinery::strconv::quote;
use crate::collections::Arrange;
use crate::kubectl::env::Io;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

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
                &format!(
                    "\"Request Body\" body={}",
                    self.body(request.body(), request.headers())
                ),
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
        self.outcome(io, told, &status, || headers(response.headers()));
        // What goes on is read by others.
        let whole = !matches!(response.body(), Body::Watch(_) | Body::Stream(_));
        if self.level >= 8 && whole {
            let body = self.body(response.body(), response.headers());
            line(
                io,
                "helper.go:105",
                &format!("\"Response Body\" body={body}"),
            );
        }
    }

    /// Tells that there was no answer.
    pub fn failure(&self, io: &dyn Io, told: &Told) {
        self.outcome(io, told, "status=\"\"", || "\"\"".to_owned());
    }

    fn outcome(&self, io: &dyn Io, told: &Told, status: &str, headers: impl Fn() -> String) {
        let took = io.now().since(told.sent).as_millis();
        let text = match self.level {
            6 => format!("{} {status} milliseconds={took}", told.words),
            7 => format!("{status} milliseconds={took}"),
            _ => format!("{status} headers={} milliseconds={took}", headers()),
        };
        line(io, "round_trippers.go:632", &format!("\"Response\" {text}"));
    }

    fn body(&self, body: &Body, headers: &HeaderMap) -> String {
        let text = match body {
            Body::Tree(v) => v.to_json() + line_end(headers),
            Body::Bytes(b) => String::from_utf8_lossy(b).into_owned(),
            _ => String::new(),
        };
        let most = match self.level {
            8 => 1024,
            9 => 10_240,
            _ => usize::MAX,
        };
        value(&cut(text, most))
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
                "cookie" | "set-cookie" | "proxy-authorization" => "<masked>",
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

/// What an object ends with on a wire: encoders of objects end their line, those of patches do not.
fn line_end(headers: &HeaderMap) -> &'static str {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    match kind.is_some_and(|kind| kind.ends_with("patch+json")) {
        true => "",
        false => "\n",
    }
}

/// At most so many bytes of a text, up to a whole character, and how many more there are.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = text.floor_char_boundary(most);
        let more = text.len() - end;
        text.truncate(end);
        text.push_str(&format!(" [truncated {more} chars]"));
    }
    text
}

/// A text as klog writes a value: quoted, or indented where it has several lines.
fn value(text: &str) -> String {
    if !text.contains('\n') {
        return quote(text);
    }
    let lines: String = text
        .split_terminator('\n')
        .map(|l| format!("\t{l}\n"))
        .collect();
    format!("<\n{lines} >")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;
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
        map.insert("set-cookie", HeaderValue::from_static("a=b"));
        assert!(headers(&map).contains("Set-Cookie: <masked>"));
    }

    #[test]
    fn bodies_are_told_as_klog_writes_them_and_up_to_a_length() {
        let tell = |level, body: Body, kind: &'static str| {
            let mut map = HeaderMap::new();
            map.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let server = String::new();
            Trace { level, server }.body(&body, &map)
        };
        let text = |s: String| Body::Bytes(s.into_bytes());
        let tree = || Body::Tree(tree!({"a": "b"}));
        let patch = "application/merge-patch+json";
        let json = "application/json";
        for (level, body, kind, want) in [
            (8, Body::Empty, json, "\"\"".to_owned()),
            (8, tree(), json, "<\n\t{\"a\":\"b\"}\n >".to_owned()),
            (8, tree(), patch, r#""{\"a\":\"b\"}""#.to_owned()),
            (
                8,
                text("a\n\nb".to_owned()),
                json,
                "<\n\ta\n\t\n\tb\n >".to_owned(),
            ),
            (
                8,
                text(format!("{}é\n", "x".repeat(1023))),
                json,
                format!("\"{} [truncated 3 chars]\"", "x".repeat(1023)),
            ),
            (
                9,
                text("x".repeat(10_241)),
                json,
                format!("\"{} [truncated 1 chars]\"", "x".repeat(10_240)),
            ),
            (
                10,
                text("x".repeat(20_000)),
                json,
                format!("\"{}\"", "x".repeat(20_000)),
            ),
        ] {
            assert_eq!(tell(level, body, kind), want);
        }
    }
}
