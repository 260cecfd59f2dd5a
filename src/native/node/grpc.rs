//! Calls of gRPC, over a unix socket or TCP: one message there, one back.

use crate::cri::CriError;
use bytes::{Buf, Bytes};
use http::{HeaderMap, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Mutex;

/// How long the server may take to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const LONGEST: usize = 64 << 20;
/// The names of gRPC's codes as upstream prints them.
const CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

#[derive(Clone)]
enum Target {
    Socket(PathBuf),
    Address(String),
}

/// A client of one server, connected when it is first called, and again after a connection has ended.
#[derive(Clone)]
pub struct Client {
    target: Target,
    connection: Arc<Mutex<Option<SendRequest<Full<Bytes>>>>>,
}

impl Client {
    /// A client of the server that listens on `socket`.
    pub fn new(socket: &Path) -> Self {
        Self {
            target: Target::Socket(socket.to_owned()),
            connection: Arc::default(),
        }
    }

    /// A client of the server at an address with a port.
    pub fn at(address: &str) -> Self {
        Self {
            target: Target::Address(address.to_owned()),
            connection: Arc::default(),
        }
    }

    /// Calls a method (`/runtime.v1.RuntimeService/Version`); `time` is the longest that it may take.
    ///
    /// # Errors
    /// What the server answered, `Unavailable` where it cannot be reached, `DeadlineExceeded` where the time is over.
    pub async fn call<A: Message + Default>(
        &self,
        method: &str,
        request: &impl Message,
        time: Duration,
    ) -> Result<A, CriError> {
        match tokio::time::timeout(time, self.exchange(method, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(error("DeadlineExceeded", "context deadline exceeded")),
        }
    }

    async fn exchange<A: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
    ) -> Result<A, CriError> {
        let mut body = vec![0; 5];
        message
            .encode(&mut body)
            .map_err(|e| error("Internal", &e.to_string()))?;
        let length = u32::try_from(body.len() - 5).unwrap_or(u32::MAX);
        if let Some(place) = body.get_mut(1..5) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        let request = Request::post(format!("http://localhost{method}"))
            .header(CONTENT_TYPE, "application/grpc")
            .header("te", "trailers")
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| error("Internal", &e.to_string()))?;
        let mut connection = self.connection().await?;
        let broken = |e: &dyn std::fmt::Display| error("Unavailable", &e.to_string());
        let response = connection
            .send_request(request)
            .await
            .map_err(|e| broken(&e))?;
        let (head, body) = response.into_parts();
        let collected = http_body_util::Limited::new(body, LONGEST).collect().await;
        let collected = collected.map_err(|e| broken(&e))?;
        let trailers = collected.trailers().cloned().unwrap_or_default();
        let status = if trailers.contains_key("grpc-status") {
            &trailers
        } else {
            &head.headers
        };
        verdict(status)?;
        let mut bytes = collected.to_bytes();
        if bytes.len() < 5 {
            return Err(error("Internal", "the answer has no message"));
        }
        bytes.advance(5);
        A::decode(bytes).map_err(|e| error("Internal", &e.to_string()))
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, CriError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = kept.as_ref().filter(|c| !c.is_closed()) {
            return Ok(connection.clone());
        }
        let unavailable = |why: String| {
            let (kind, target) = match &self.target {
                Target::Socket(socket) => ("unix", socket.to_string_lossy().into_owned()),
                Target::Address(address) => ("tcp", address.clone()),
            };
            error(
                "Unavailable",
                &format!(
                    "connection error: desc = \"transport: Error while dialing: dial {kind} {target}: {why}\""
                ),
            )
        };
        let begin = async {
            let failed = |e: std::io::Error| unavailable(e.to_string());
            match &self.target {
                Target::Socket(path) => {
                    greet(UnixStream::connect(path).await.map_err(failed)?).await
                }
                Target::Address(at) => greet(TcpStream::connect(at).await.map_err(failed)?).await,
            }
            .map_err(|e| unavailable(e.to_string()))
        };
        let begun = tokio::time::timeout(CONNECT_TIME, begin).await;
        let sender = begun.map_err(|_| unavailable("i/o timeout".to_owned()))??;
        *kept = Some(sender.clone());
        Ok(sender)
    }
}

/// Begins to speak on a stream, which a task then carries.
async fn greet<S>(stream: S) -> hyper::Result<SendRequest<Full<Bytes>>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection for gRPC ended: {error}");
        }
    });
    Ok(sender)
}

fn verdict(status: &HeaderMap) -> Result<(), CriError> {
    let text = |name: &str| status.get(name).and_then(|v| v.to_str().ok());
    match text("grpc-status").and_then(|s| s.parse::<usize>().ok()) {
        Some(0) => Ok(()),
        Some(code) => Err(CriError {
            code: CODES.get(code).copied().unwrap_or("Unknown"),
            message: percent_decoded(text("grpc-message").unwrap_or_default()),
        }),
        None => Err(error("Unavailable", "the answer has no status")),
    }
}

/// A text in which bytes stand as `%2F`.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let byte = rest
            .strip_prefix('%')
            .and_then(|r| r.get(..2))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let taken = match byte {
            Some(byte) => {
                bytes.push(byte);
                3
            }
            None => {
                bytes.extend(first.to_string().as_bytes());
                first.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An error of that code.
pub fn error(code: &'static str, message: &str) -> CriError {
    CriError {
        code,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read() {
        let status = |code: &str, message: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status", code.parse().expect("a header"));
            headers.insert("grpc-message", message.parse().expect("a header"));
            verdict(&headers).map_err(|e| e.to_string())
        };
        assert_eq!(status("0", ""), Ok(()));
        assert_eq!(
            status("5", "failed: \"%E2%82%AC\" 100% not found"),
            Err("rpc error: code = NotFound desc = failed: \"€\" 100% not found".to_owned())
        );
        assert!(verdict(&HeaderMap::new()).is_err());
    }
}
