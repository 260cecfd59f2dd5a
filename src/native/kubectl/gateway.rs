//! `kubectl proxy`: hands what comes to a port of this machine on to the API server (models `k8s.io/kubectl/pkg/proxy`).

use super::target::Target;
use super::transport::dial;
use crate::apimachinery::http::relayed::{clean, remove_hop_headers};
use crate::apiserver::query::decode_segment;
use crate::kubectl::{Gateway, GatewayFilter, TransportError};
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use regex_lite::Regex;
use std::convert::Infallible;
use std::os::unix::fs::FileTypeExt;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::spawn_local;

type Answer = Response<Either<Incoming, Full<Bytes>>>;

/// What all connections share.
struct Shared {
    target: Target,
    prefix: String,
    append_server_path: bool,
    filter: Option<Filter>,
}

struct Filter {
    accept_paths: Vec<Regex>,
    reject_paths: Vec<Regex>,
    accept_hosts: Vec<Regex>,
    reject_methods: Vec<Regex>,
}

impl Filter {
    fn new(texts: &GatewayFilter) -> Result<Filter, String> {
        let all = |text: &str| -> Result<Vec<Regex>, String> {
            let parts = text.split(',').filter(|_| !text.is_empty());
            let made = parts.map(Regex::new).collect::<Result<_, _>>();
            made.map_err(|e| format!("Error compiling re: {e}"))
        };
        Ok(Filter {
            accept_paths: all(&texts.accept_paths)?,
            reject_paths: all(&texts.reject_paths)?,
            accept_hosts: all(&texts.accept_hosts)?,
            reject_methods: all(&texts.reject_methods)?,
        })
    }

    /// Whether a request passes. The server decodes a path and passes over its empty parts: what it would read is looked at as well.
    fn lets_through(&self, method: &str, path: &str, host: &str) -> bool {
        let read = decode_segment(path);
        self.accepts(method, &read, host) && self.accepts(method, &clean(&read), host)
    }

    fn accepts(&self, method: &str, path: &str, host: &str) -> bool {
        let any = |list: &[Regex], text: &str| list.iter().any(|r| r.is_match(text));
        !any(&self.reject_paths, path)
            && !any(&self.reject_methods, method)
            && any(&self.accept_paths, path)
            && any(&self.accept_hosts, host)
    }
}

/// Serves until the task is dropped; `ready` is told the address. It has to be used within a `LocalSet`.
///
/// # Errors
/// Where the address is taken or a regular expression is none.
pub async fn serve(target: Target, wanted: &Gateway, ready: &dyn Fn(&str)) -> Result<(), String> {
    let shared = Rc::new(Shared {
        target,
        prefix: wanted.prefix.clone(),
        append_server_path: wanted.append_server_path,
        filter: wanted.filter.as_ref().map(Filter::new).transpose()?,
    });
    if !wanted.unix_socket.is_empty() {
        let path = &wanted.unix_socket;
        let stale = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
        if stale {
            // Where it cannot be removed, listening says so.
            let _ = std::fs::remove_file(path);
        }
        let listener =
            UnixListener::bind(path).map_err(|e| format!("listen unix {path}: bind: {e}"))?;
        ready(path);
        loop {
            let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
            spawn_local(connection(stream, shared.clone()));
        }
    }
    let (address, port) = (wanted.address.as_str(), wanted.port);
    let listener = TcpListener::bind((address, port)).await.map_err(|e| {
        let why = match e.kind() {
            std::io::ErrorKind::AddrInUse => "address already in use".to_owned(),
            _ => e.to_string(),
        };
        format!("listen tcp {address}:{port}: bind: {why}")
    })?;
    let own = listener.local_addr().map_err(|e| e.to_string())?;
    ready(&own.to_string());
    loop {
        let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        spawn_local(connection(stream, shared.clone()));
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: Rc<Shared>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
    });
    let serving = Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that goes away is no failure of anybody's.
    let _ = serving.with_upgrades().await;
}

/// The path without the prefix, which stays where it begins as the API's own do (`stripLeaveSlash`).
fn stripped(path: &str, prefix: &str) -> Option<String> {
    let rest = path.strip_prefix(prefix)?;
    Some(match prefix.starts_with("/api") {
        true => path.to_owned(),
        false => format!("/{rest}"),
    })
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Answer {
    let path = request.uri().path();
    let Some(inner) = stripped(path, &shared.prefix) else {
        if format!("{path}/") == shared.prefix {
            let mut moved = text(StatusCode::MOVED_PERMANENTLY, "");
            if let Ok(to) = HeaderValue::from_str(&shared.prefix) {
                moved.headers_mut().insert(LOCATION, to);
            }
            return moved;
        }
        return text(StatusCode::NOT_FOUND, "404 page not found\n");
    };
    let host = request.headers().get(HOST);
    let host = host.and_then(|h| h.to_str().ok()).unwrap_or_default();
    if let Some(filter) = &shared.filter
        && !filter.lets_through(request.method().as_str(), &inner, without_port(host))
    {
        return text(StatusCode::FORBIDDEN, "Forbidden\n");
    }
    match hand_on(request, &inner, shared).await {
        Ok(answer) => answer,
        Err(why) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{why}\n")),
    }
}

/// The host of a `Host` header (`extractHost`).
fn without_port(header: &str) -> &str {
    match header.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() => {
            match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
                Some(inner) => inner,
                None if host.contains(':') => header,
                None => host,
            }
        }
        _ => header,
    }
}

fn text(status: StatusCode, text: &str) -> Answer {
    let mut response = Response::new(Either::Right(Full::new(text.to_owned().into())));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}

async fn hand_on(
    mut request: Request<Incoming>,
    path: &str,
    shared: &Shared,
) -> Result<Answer, String> {
    let target = &shared.target;
    let upgrade = request.headers().contains_key(UPGRADE);
    let client = upgrade.then(|| hyper::upgrade::on(&mut request));
    let (mut parts, body) = request.into_parts();
    let prefix = match shared.append_server_path {
        true => target.prefix.as_str(),
        false => "",
    };
    let query = parts.uri.query().map_or(String::new(), |q| format!("?{q}"));
    parts.uri = format!("{prefix}{path}{query}")
        .parse::<Uri>()
        .map_err(|e| e.to_string())?;
    let header = |text: &str| HeaderValue::from_str(text).map_err(|e| e.to_string());
    let host = format!("{}:{}", target.host, target.port);
    parts.headers.insert(HOST, header(&host)?);
    if let Some(authorization) = &target.authorization {
        parts.headers.insert(AUTHORIZATION, header(authorization)?);
    }
    if !upgrade {
        remove_hop_headers(&mut parts.headers);
    }
    let body = body.collect().await.map_err(|e| e.to_string())?.to_bytes();
    let mut sender = dial(target).await.map_err(|e| match e {
        TransportError::Refused(host) => format!("dial tcp {host}: connect: connection refused"),
        TransportError::Other(why) => why,
    })?;
    let request = Request::from_parts(parts, Full::new(body));
    let sent = sender.send_request(request).await;
    let mut response = sent.map_err(|e| e.to_string())?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(client) = client
    {
        spawn_local(join(client, hyper::upgrade::on(&mut response)));
    }
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        remove_hop_headers(response.headers_mut());
    }
    Ok(response.map(Either::Left))
}

/// Carries bytes both ways once both sides speak another protocol.
async fn join(client: OnUpgrade, server: OnUpgrade) {
    if let (Ok(client), Ok(server)) = (client.await, server.await) {
        let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
        // Either side may end it at any time.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_let_through_as_upstream_does() {
        let filter = Filter::new(&GatewayFilter {
            accept_paths: "^.*".into(),
            reject_paths: "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach".into(),
            accept_hosts: r"^localhost$,^127\.0\.0\.1$,^\[::1\]$".into(),
            reject_methods: "^$".into(),
        });
        let filter = filter.expect("regular expressions");
        for (path, host, accepted) in [
            ("/api/v1/pods", "127.0.0.1:8001", true),
            ("/api/v1/pods", "localhost", true),
            ("/api/v1/pods", "example.org:8001", false),
            ("/api/v1/namespaces/a/pods/p/exec", "localhost", false),
            ("/api/v1/namespaces/a/pods/p/log", "localhost", true),
            ("/api/v1/namespaces/a/pods/p/%65xec", "localhost", false),
            ("//api//v1/namespaces/a/pods/p/exec", "localhost", false),
            ("/x/../api/v1/namespaces/a/pods/p/exec", "localhost", false),
        ] {
            let host = without_port(host);
            assert_eq!(
                filter.lets_through("GET", path, host),
                accepted,
                "{path} {host}"
            );
        }
        for (path, prefix, inner) in [
            ("/api/v1", "/", Some("/api/v1")),
            ("/custom/api", "/custom/", Some("/api")),
            ("/api/v1", "/api/", Some("/api/v1")),
            ("/apis", "/custom/", None),
        ] {
            assert_eq!(stripped(path, prefix).as_deref(), inner, "{path}");
        }
        assert!(
            Filter::new(&GatewayFilter {
                accept_paths: "(".into(),
                reject_paths: String::new(),
                accept_hosts: String::new(),
                reject_methods: String::new(),
            })
            .is_err()
        );
    }
}
