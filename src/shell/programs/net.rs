//! Programs of the network: what they share is names (`/etc/hosts`, the resolver) and URLs.

pub mod curl;
pub mod nc;
pub mod nslookup;
pub mod resolve;
pub mod wget;

use std::net::Ipv4Addr;

/// Names of the programs here, for machines that do not have all of them.
pub const NAMES: [&str; 5] = ["curl", "nc", "nslookup", "ping", "wget"];

/// How long the kernel tries to connect (`tcp_syn_retries` = 6): microseconds.
pub const CONNECT_PATIENCE: u64 = 127_000_000;

/// A URL's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Name or address.
    pub host: String,
    /// The port, the scheme's own where none is given.
    pub port: u16,
    /// Whether the port was given.
    pub given_port: bool,
    /// Path and query, with the leading slash.
    pub path: String,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`. `Err` is the scheme that is not known, or "" for nonsense.
    pub fn parse(text: &str) -> Result<Url, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(scheme),
        };
        let cut = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        let path = path.split('#').next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| String::new())?)),
            None => (authority, None),
        };
        if host.is_empty() {
            return Err(String::new());
        }
        Ok(Url {
            scheme,
            host: host.to_owned(),
            port: port.unwrap_or(default),
            given_port: port.is_some_and(|p| p != default),
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                ["/", path].concat()
            },
        })
    }

    /// As the `Host` header names it.
    pub fn authority(&self) -> String {
        if self.given_port {
            format!("{}:{}", self.host, self.port)
        } else {
            self.host.clone()
        }
    }
}

/// An answer of a web server.
#[derive(Clone, Debug, Default)]
pub struct HttpAnswer {
    /// `HTTP/1.1 200 OK`
    pub status_line: String,
    /// 200
    pub status: u16,
    /// As they came.
    pub headers: Vec<(String, String)>,
    /// What follows.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// Reads what a server sent; `None` where it is no HTTP.
    pub fn parse(data: &[u8]) -> Option<HttpAnswer> {
        let end = data.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&data[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status_line = lines.next()?.to_owned();
        let status = status_line
            .strip_prefix("HTTP/")?
            .split(' ')
            .nth(1)?
            .parse()
            .ok()?;
        let headers = lines
            .filter_map(|l| l.split_once(": "))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        Some(HttpAnswer {
            status_line,
            status,
            headers,
            body: data[end + 4..].to_vec(),
        })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// An address, where the text is one.
pub fn address(text: &str) -> Option<Ipv4Addr> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_people_type_them() {
        let of = |text: &str| {
            Url::parse(text).map(|u| (u.host.clone(), u.port, u.path.clone(), u.authority()))
        };
        let parts =
            |h: &str, p, path: &str, a: &str| Ok((h.to_owned(), p, path.to_owned(), a.to_owned()));
        assert_eq!(of("web"), parts("web", 80, "/", "web"));
        assert_eq!(
            of("http://web:8080/a?b=c#d"),
            parts("web", 8080, "/a?b=c", "web:8080")
        );
        assert_eq!(of("https://u:p@web?x"), parts("web", 443, "/?x", "web"));
        assert_eq!(of("ftp://web"), Err("ftp".to_owned()));
        assert_eq!(of("http://web:x/"), Err(String::new()));
    }
}
