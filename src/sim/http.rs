//! What the servers of known images answer to HTTP, and the line that they write about it.

use super::catalogue::{self, ServerKind};
use super::server;
use crate::apimachinery::Timestamp;
use crate::cri::{ContainerConfig, LogLine};

/// A server about to answer.
pub struct Server<'a> {
    /// Which one.
    pub kind: ServerKind,
    /// How its container was asked for.
    pub config: &'a ContainerConfig,
    /// Its host's name.
    pub hostname: &'a str,
    /// Its address.
    pub ip: &'a str,
    /// When it started.
    pub since: Timestamp,
    /// Its files.
    pub files: &'a dyn Fn(&str) -> Option<String>,
}

/// A request as it came over the network.
pub struct Request<'a> {
    /// When it came.
    pub now: Timestamp,
    /// From where.
    pub from: &'a str,
    /// What was sent.
    pub data: &'a [u8],
}

/// What a server sends back, and what it writes to its log.
pub struct Served {
    /// The bytes; none: it closes the connection.
    pub data: Vec<u8>,
    /// Its log lines.
    pub log: Vec<LogLine>,
}

struct Parsed<'a> {
    verb: &'a str,
    target: &'a str,
    agent: &'a str,
    head: &'a str,
    body: &'a str,
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut words = head.split("\r\n").next()?.split(' ');
    let (verb, target) = (words.next()?, words.next()?);
    words.next().filter(|v| v.starts_with("HTTP/"))?;
    Some(Parsed {
        verb,
        target,
        agent: header(head, "User-Agent").unwrap_or("-"),
        head,
        body,
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|l| {
        let (k, v) = l.split_once(": ")?;
        k.eq_ignore_ascii_case(name).then_some(v)
    })
}

/// A time as HTTP writes it.
pub fn http_date(t: Timestamp) -> String {
    t.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        _ => "Internal Server Error",
    }
}

/// Answers what came over a TCP connection.
pub fn serve(server: &Server<'_>, request: &Request<'_>) -> Served {
    let nothing = Served {
        data: Vec::new(),
        log: Vec::new(),
    };
    if request.data.is_empty() {
        return nothing;
    }
    let text = String::from_utf8_lossy(request.data);
    if text.starts_with("TLS") {
        // None of these servers speaks TLS; the client finds that its greeting was not understood.
        return Served {
            data: b"TLS plain".to_vec(),
            ..nothing
        };
    }
    if server.kind == ServerKind::Redis {
        return Served {
            data: redis(&text),
            ..nothing
        };
    }
    let parsed = match parse(&text) {
        Some(parsed) if speaks_http(server.kind) => parsed,
        _ => return nothing,
    };
    let (status, body, kind) = answer(server, request, &parsed);
    let mut out = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let date = http_date(request.now);
    match server.kind {
        ServerKind::Nginx => {
            let version = server::version(&server.config.image, "1.29.0");
            out.push_str(&format!("Server: nginx/{version}\r\nDate: {date}\r\n"));
        }
        ServerKind::Httpd => {
            let version = server::version(&server.config.image, "2.4.65");
            out.push_str(&format!(
                "Date: {date}\r\nServer: Apache/{version} (Unix)\r\n"
            ));
        }
        _ => out.push_str(&format!("Date: {date}\r\n")),
    }
    out.push_str(&format!(
        "Content-Type: {kind}\r\nContent-Length: {}\r\n",
        body.len()
    ));
    if matches!(server.kind, ServerKind::Nginx | ServerKind::Httpd) && status == 200 {
        let changed = http_date(server.since);
        let tag = format!("{:x}-{:x}", server.since.0 / 1_000_000, body.len());
        out.push_str(&format!(
            "Last-Modified: {changed}\r\nETag: \"{tag}\"\r\nAccept-Ranges: bytes\r\n"
        ));
    }
    let close = header(parsed.head, "Connection").is_some_and(|c| c.eq_ignore_ascii_case("close"));
    match (server.kind, close) {
        (_, true) => out.push_str("Connection: close\r\n"),
        (ServerKind::Nginx, false) => out.push_str("Connection: keep-alive\r\n"),
        _ => {}
    }
    out.push_str("\r\n");
    if parsed.verb != "HEAD" {
        out.push_str(&body);
    }
    Served {
        data: out.into_bytes(),
        log: access_line(server, request, &parsed, status, body.len()),
    }
}

fn speaks_http(kind: ServerKind) -> bool {
    !matches!(
        kind,
        ServerKind::Database | ServerKind::Pause | ServerKind::Redis | ServerKind::ControlPlane
    )
}

/// Status, body and media type.
fn answer(
    server: &Server<'_>,
    request: &Request<'_>,
    p: &Parsed<'_>,
) -> (u16, String, &'static str) {
    if server.kind == ServerKind::Echo {
        return (200, echo(server, request, p), "text/plain; charset=utf-8");
    }
    if matches!(server.kind, ServerKind::Nginx | ServerKind::Httpd)
        && !matches!(p.verb, "GET" | "HEAD")
    {
        return (405, page(server.kind, 405), "text/html");
    }
    let kind = match p.target.rsplit('.').next() {
        Some("txt") => "text/plain",
        Some("json") => "application/json",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        _ if server.kind == ServerKind::Generic => "text/plain",
        _ => "text/html",
    };
    match server::http_get(server.kind, p.target, server.hostname, server.files) {
        Some((404, _)) => (404, page(server.kind, 404), "text/html"),
        Some((status, body)) => (status, body, kind),
        None => (500, String::new(), "text/plain"),
    }
}

fn page(kind: ServerKind, status: u16) -> String {
    let title = format!("{status} {}", reason(status));
    if kind == ServerKind::Nginx {
        return format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
    }
    format!(
        "<html><head>\n<title>{title}</title>\n</head><body>\n<h1>{}</h1>\n</body></html>\n",
        reason(status)
    )
}

fn access_line(
    server: &Server<'_>,
    request: &Request<'_>,
    p: &Parsed<'_>,
    status: u16,
    size: usize,
) -> Vec<LogLine> {
    let time = request.now.utc().format("%d/%b/%Y:%H:%M:%S +0000");
    let size = if p.verb == "HEAD" { 0 } else { size };
    let (from, verb, target, agent) = (request.from, p.verb, p.target, p.agent);
    let text = match server.kind {
        ServerKind::Nginx => format!(
            "{from} - - [{time}] \"{verb} {target} HTTP/1.1\" {status} {size} \"-\" \"{agent}\" \"-\""
        ),
        ServerKind::Httpd => {
            format!("{from} - - [{time}] \"{verb} {target} HTTP/1.1\" {status} {size}")
        }
        _ => return Vec::new(),
    };
    vec![LogLine {
        time: request.now,
        stderr: false,
        text,
        complete: true,
    }]
}

/// What the images say that are made to show who answers.
fn echo(server: &Server<'_>, request: &Request<'_>, p: &Parsed<'_>) -> String {
    let host = server.hostname;
    let repository = catalogue::lookup(&server.config.image).repository;
    let bare = repository.rsplit('/').next().unwrap_or_default();
    match bare {
        "http-echo" => {
            let words = server.config.command.iter().chain(&server.config.args);
            let mut text = words.filter_map(|w| w.trim_start_matches('-').strip_prefix("text="));
            text.next_back().unwrap_or("hello-world").to_owned() + "\n"
        }
        "whoami" => format!(
            "Hostname: {host}\nIP: 127.0.0.1\nIP: {}\nRemoteAddr: {}\n{}\n\n",
            server.ip,
            request.from,
            p.head.replace("\r\n", "\n")
        ),
        "echo-server" => format!(
            "Request served by {host}\n\n{}\n\n{}",
            p.head.replace("\r\n", "\n"),
            p.body
        ),
        "kubia" => format!("You've hit {host}\n"),
        "hello-app" => {
            let tag = server.config.image.rsplit(':').next().unwrap_or("1.0");
            let version = if tag.starts_with('2') {
                "2.0.0"
            } else {
                "1.0.0"
            };
            format!("Hello, world!\nVersion: {version}\nHostname: {host}\n")
        }
        "kubernetes-bootcamp" => {
            let v = server.config.image.rsplit(":v").next().unwrap_or("1");
            let v = if v.len() == 1 { v } else { "1" };
            format!("Hello Kubernetes bootcamp! | Running on: {host} | v={v}\n")
        }
        "node-hello" => "Hello Kubernetes!".to_owned(),
        "agnhost" => match p.target.split('?').next().unwrap_or_default() {
            "/hostname" | "/hostName" => host.to_owned(),
            "/clientip" => request.from.to_owned(),
            "/echo" => {
                let query = p.target.split_once("msg=").map_or("", |(_, q)| q);
                query
                    .split('&')
                    .next()
                    .unwrap_or_default()
                    .replace('+', " ")
            }
            _ if server.config.args.iter().any(|a| a == "serve-hostname") => host.to_owned(),
            _ => format!(
                "NOW: {}",
                request.now.utc().format("%Y-%m-%d %H:%M:%S%.6f +0000 UTC")
            ),
        },
        _ => format!(
            "Hostname: {host}\n\nRequest Information:\n\tclient_address={}\n\tmethod={}\n\treal path={}\n",
            request.from, p.verb, p.target
        ),
    }
}

/// The inline commands that need no store.
fn redis(text: &str) -> Vec<u8> {
    let mut out = String::new();
    for line in text.lines() {
        match line.trim().to_ascii_uppercase().as_str() {
            "PING" => out.push_str("+PONG\r\n"),
            "QUIT" => out.push_str("+OK\r\n"),
            "" => {}
            // As Redis does with a web browser: it hangs up.
            _ if line.contains("HTTP/1") => return Vec::new(),
            _ => out.push_str("-ERR unknown command on this simulated server\r\n"),
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(image: &str, kind: ServerKind, data: &str) -> (String, usize) {
        let config = ContainerConfig {
            image: image.to_owned(),
            args: vec!["-text=hi".to_owned()],
            ..ContainerConfig::default()
        };
        let server = Server {
            kind,
            config: &config,
            hostname: "web-1",
            ip: "10.244.1.2",
            since: Timestamp(0),
            files: &|_| None,
        };
        let served = serve(
            &server,
            &Request {
                now: Timestamp(0),
                from: "10.244.2.2",
                data: data.as_bytes(),
            },
        );
        (
            String::from_utf8_lossy(&served.data).into_owned(),
            served.log.len(),
        )
    }

    #[test]
    fn servers_answer_as_their_images_do() {
        const GET: &str = "GET /x HTTP/1.1\r\nHost: web\r\n\r\n";
        for (image, kind, data, starts, holds, lines) in [
            (
                "nginx:1.27",
                ServerKind::Nginx,
                GET,
                "HTTP/1.1 404",
                "Server: nginx/1.27.0\r\n",
                1,
            ),
            (
                "httpd",
                ServerKind::Httpd,
                "GET / HTTP/1.1\r\n\r\n",
                "HTTP/1.1 200",
                "It works!",
                1,
            ),
            (
                "hashicorp/http-echo",
                ServerKind::Echo,
                GET,
                "HTTP/1.1 200",
                "\r\n\r\nhi\n",
                0,
            ),
            (
                "traefik/whoami",
                ServerKind::Echo,
                GET,
                "HTTP/1.1 200",
                "Hostname: web-1\n",
                0,
            ),
            ("redis", ServerKind::Redis, "PING\r\n", "+PONG", "", 0),
            ("redis", ServerKind::Redis, GET, "", "", 0),
            ("postgres", ServerKind::Database, GET, "", "", 0),
            ("nginx", ServerKind::Nginx, "", "", "", 0),
        ] {
            let (text, logged) = ask(image, kind, data);
            assert!(
                text.starts_with(starts) && text.contains(holds),
                "{image}: {text}"
            );
            assert_eq!(text.is_empty(), starts.is_empty(), "{image}");
            assert_eq!(logged, lines, "{image}");
        }
    }
}
