//! HTTP answers of somebody else that the API server hands on (models `k8s.io/apimachinery/pkg/util/proxy` and Go's `ReverseProxy`).

use super::{Body, Response};
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    TRANSFER_ENCODING, UPGRADE,
};

/// Headers that say something about one connection and go no further.
const HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// The longest head of an answer (Go's `MaxResponseHeaderBytes`, roughly).
const LONGEST_HEAD: usize = 1 << 20;

/// Why an answer that leads elsewhere is not handed on.
pub const REDIRECTED: &str =
    "the backend attempted to redirect this request, which is not permitted";

/// The stream of an answer brings the HTTP response of somebody else, head and body; travels in the extensions. A stream that ends
/// with an error before that head says why nobody answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relayed {
    /// The path of the API under which all paths of the server are.
    pub prefix: String,
    /// The server's address and port.
    pub server: String,
    /// The host that the client asked.
    pub host: String,
    /// Whether it is told in plain text, and not in a Status, why nobody answered.
    pub plain: bool,
}

/// The head of a response, and how many bytes it took.
pub type Head = (http::response::Parts, usize);

impl Relayed {
    /// Reads the head at the beginning of what came so far, without headers about the connection (but for `Transfer-Encoding`, and the
    /// protocol that it changes to) and with `Location` as the client has to follow it. None where more has to come.
    ///
    /// # Errors
    /// Where this is no HTTP response, in the words of Go's client.
    pub fn head(&self, bytes: &[u8]) -> Result<Option<Head>, String> {
        let malformed = |what: &str, line: &[u8]| {
            let line = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
            format!("net/http: HTTP/1.x transport connection broken: malformed {what} {line:?}")
        };
        if !b"HTTP/1.".starts_with(&bytes[..bytes.len().min(7)]) {
            let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
            return Err(malformed("HTTP response", line.trim_ascii_end()));
        }
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
            return match bytes.len() > LONGEST_HEAD {
                true => Err(format!(
                    "net/http: server response headers exceeded {LONGEST_HEAD} bytes; aborted"
                )),
                false => Ok(None),
            };
        };
        let mut lines = bytes[..end]
            .split(|b| *b == b'\n')
            .map(<[u8]>::trim_ascii_end);
        let first = lines.next().unwrap_or_default();
        let code = first.split(|b| *b == b' ').nth(1);
        let code = code.and_then(|c| http::StatusCode::from_bytes(c).ok());
        let mut response = Response::default();
        *response.status_mut() = code.ok_or_else(|| malformed("HTTP status code", first))?;
        let changes = response.status() == http::StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        for line in lines {
            let colon = line.iter().position(|b| *b == b':');
            let (name, value) =
                line.split_at(colon.ok_or_else(|| malformed("MIME header line:", line))?);
            let name = HeaderName::from_bytes(name);
            let value = HeaderValue::from_bytes(value[1..].trim_ascii());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        let chunked = headers.get(TRANSFER_ENCODING).cloned();
        let protocol = headers.get(UPGRADE).filter(|_| changes).cloned();
        remove_hop_headers(headers);
        if let Some(chunked) = chunked {
            headers.insert(TRANSFER_ENCODING, chunked);
        }
        if let Some(protocol) = protocol {
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, protocol);
        }
        if !self.plain
            && let Some(to) = headers.get(LOCATION).and_then(|v| v.to_str().ok())
            && let Ok(to) = HeaderValue::from_str(&self.rewrite(to))
        {
            headers.insert(LOCATION, to);
        }
        Ok(Some((response.into_parts().0, end + 4)))
    }

    /// Whether an answer leads the client elsewhere though it must not: servers of other APIs could have it sent anywhere with what
    /// the client proves itself by (`RejectForwardingRedirects`).
    pub fn redirects(&self, head: &http::response::Parts) -> bool {
        self.plain && head.status.is_redirection() && head.headers.contains_key(LOCATION)
    }

    /// What the client is told in place of such an answer: 502 with this body, [`REDIRECTED`] where it is to be read.
    pub fn refuse_redirect<T>(body: T) -> http::Response<T> {
        let mut response = http::Response::new(body);
        *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    }

    /// Reads a response of which all has come.
    ///
    /// # Errors
    /// As [`Relayed::head`], and where it ends too early.
    pub fn whole(&self, bytes: &[u8]) -> Result<Response, String> {
        if bytes.is_empty() {
            return Err("EOF".to_owned());
        }
        let (mut parts, length) = self.head(bytes)?.ok_or("unexpected EOF")?;
        if self.redirects(&parts) {
            return Ok(Self::refuse_redirect(Body::Bytes(REDIRECTED.into())));
        }
        let mut body = bytes[length..].to_vec();
        if parts.headers.remove(TRANSFER_ENCODING).is_some() {
            parts.headers.remove(CONTENT_LENGTH);
            body = unchunked(&body).ok_or("unexpected EOF")?;
        }
        Ok(Response::from_parts(parts, Body::Bytes(body)))
    }

    /// An URL of the server's as the client reaches it: one that stays on the server gets the prefix, any other is left as it is
    /// (`rewriteURL`).
    pub fn rewrite(&self, url: &str) -> String {
        let scheme = url.find(':').filter(|at| {
            let scheme = &url[..*at];
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        let after = scheme.map_or(url, |at| &url[at + 1..]);
        let (host, rest) = match after.strip_prefix("//") {
            None => ("", after),
            Some(after) => after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len())),
        };
        let elsewhere = !host.is_empty() && host != self.server && host != self.host;
        if elsewhere || !rest.starts_with('/') {
            return url.to_owned();
        }
        let (path, more) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        // A client that was named as the host keeps it.
        let before = match host == self.host && !host.is_empty() {
            true => &url[..url.len() - rest.len()],
            false => "",
        };
        match path.starts_with(&self.prefix) {
            true => format!("{before}{path}{more}"),
            false => format!("{before}{}{}{more}", self.prefix, clean(path)),
        }
    }
}

/// Takes away what concerns only the connection that a message came on (Go's `removeHopByHopHeaders`).
pub fn remove_hop_headers(headers: &mut HeaderMap) {
    let named = headers.get_all("connection").iter();
    let named = named
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    let named: Vec<String> = named.map(|n| n.trim().to_ascii_lowercase()).collect();
    for name in named.iter().map(String::as_str).chain(HOP) {
        headers.remove(name);
    }
}

/// A path without `.`, `..` and empty segments; a slash at its end stays (`JoinPreservingTrailingSlash`). "" for an empty one.
pub fn clean(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut out: String = kept.iter().flat_map(|s| ["/", s]).collect();
    if path.ends_with('/') {
        out.push('/');
    }
    out
}

/// The bytes of a body that came in chunks; none where it breaks off.
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let line = body.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&body[..line]).ok()?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(out);
        }
        let begin = line + 2;
        let end = begin.checked_add(size)?;
        out.extend_from_slice(body.get(begin..end)?);
        body = body.get(end..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relayed() -> Relayed {
        Relayed {
            prefix: "/api/v1/namespaces/a/services/web/proxy".into(),
            server: "10.244.1.2:80".into(),
            host: "localhost:8001".into(),
            plain: false,
        }
    }

    #[test]
    fn urls_of_the_server_lead_through_the_proxy() {
        let p = "/api/v1/namespaces/a/services/web/proxy";
        for (url, want) in [
            ("/login", format!("{p}/login")),
            ("/", format!("{p}/")),
            ("/a//b/?q=/x#y", format!("{p}/a/b/?q=/x#y")),
            ("http://10.244.1.2:80/in/", format!("{p}/in/")),
            ("//10.244.1.2:80/in", format!("{p}/in")),
            (
                "http://localhost:8001/in",
                format!("http://localhost:8001{p}/in"),
            ),
            ("https://example.org/in", "https://example.org/in".into()),
            ("http://10.244.1.2:81/in", "http://10.244.1.2:81/in".into()),
            ("next", "next".into()),
            ("../up", "../up".into()),
            ("mailto:a@b", "mailto:a@b".into()),
            ("?page=2", "?page=2".into()),
        ] {
            assert_eq!(relayed().rewrite(url), want, "{url}");
        }
        let own = format!("{p}/there");
        assert_eq!(relayed().rewrite(&own), own);
    }

    #[test]
    fn responses_lose_what_concerns_the_connection_alone() {
        let bytes = b"HTTP/1.1 302 Found\r\nLocation: /in\r\nConnection: close, X-Own\r\nX-Own: 1\r\nKeep-Alive: 5\r\nX-Kept: a:b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        let response = relayed().whole(bytes).expect("a response");
        assert_eq!(response.status(), 302);
        let header = |n: &str| response.headers().get(n).and_then(|v| v.to_str().ok());
        let to = "/api/v1/namespaces/a/services/web/proxy/in";
        assert_eq!(header("location"), Some(to));
        assert_eq!(header("x-kept"), Some("a:b"));
        for gone in ["connection", "x-own", "keep-alive", "transfer-encoding"] {
            assert_eq!(header(gone), None, "{gone}");
        }
        assert!(matches!(response.body(), Body::Bytes(b) if b == b"abcde"));
    }

    #[test]
    fn servers_of_other_apis_lead_nobody_elsewhere() {
        let api = Relayed {
            plain: true,
            ..Relayed::default()
        };
        let bytes = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://elsewhere.test/\r\nSet-Cookie: a=b\r\n\r\nabc";
        let response = api.whole(bytes).expect("a response");
        assert_eq!(response.status(), 502);
        assert!(!response.headers().contains_key("location"));
        assert!(!response.headers().contains_key("set-cookie"));
        assert!(matches!(response.body(), Body::Bytes(b) if b == REDIRECTED.as_bytes()));
        // Not every one of these codes leads elsewhere, nor does a place that was made.
        let head = |bytes: &[u8]| {
            let response = api.whole(bytes).expect("a response");
            let to = response.headers().get(LOCATION).cloned();
            (response.status().as_u16(), to)
        };
        assert_eq!(head(b"HTTP/1.1 304 Not Modified\r\n\r\n"), (304, None));
        let to = HeaderValue::from_static("//h/a//b");
        let made = b"HTTP/1.1 201 Created\r\nLocation: //h/a//b\r\n\r\n";
        assert_eq!(head(made), (201, Some(to)));
    }

    #[test]
    fn what_is_no_response_is_told_in_the_words_of_gos_client() {
        let broken = "net/http: HTTP/1.x transport connection broken: malformed";
        for (bytes, why) in [
            (&b""[..], "EOF".to_owned()),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n", "unexpected EOF".to_owned()),
            (
                b"-ERR unknown\r\n",
                format!("{broken} HTTP response \"-ERR unknown\""),
            ),
            (
                b"HTTP/1.1 many\r\n\r\n",
                format!("{broken} HTTP status code \"HTTP/1.1 many\""),
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
                "unexpected EOF".to_owned(),
            ),
        ] {
            assert_eq!(relayed().whole(bytes).map(|_| ()), Err(why));
        }
        assert_eq!(relayed().head(b"HTT").map(|h| h.is_some()), Ok(false));
    }

    #[test]
    fn paths_are_cleaned_and_keep_their_last_slash() {
        for (path, want) in [
            ("", ""),
            ("/", "/"),
            ("//", "/"),
            ("/a/../b", "/b"),
            ("/../../a/./", "/a/"),
            ("/a%2Fb", "/a%2Fb"),
        ] {
            assert_eq!(clean(path), want, "{path}");
        }
    }
}
