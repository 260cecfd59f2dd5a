//! Probes over the network, from this machine (`pkg/probe/http`, `pkg/probe/tcp`).

use super::super::trusting::trusting;
use super::{api, grpc};
use crate::cri::{NetworkProbe, ProbeAction, ProbeAnswer};
use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// As much of an answer is looked at.
const LONGEST_BODY: usize = 10 << 10;

/// Asks, and gives the answer or why there is none. `node_ip` stands for pods on the node's network.
///
/// # Errors
/// What the event of a failed probe says.
pub async fn ask(probe: &NetworkProbe, node_ip: &str) -> Result<ProbeAnswer, String> {
    let host = match probe.host.as_str() {
        "" => node_ip,
        host => host,
    };
    let address = format!("{host}:{}", probe.port);
    match &probe.action {
        ProbeAction::TcpSocket => match tokio::time::timeout(probe.timeout, dial(&address)).await {
            Ok(connected) => connected.map(|_| ProbeAnswer {
                status: 0,
                body: String::new(),
            }),
            Err(_) => Err(format!("dial tcp {address}: i/o timeout")),
        },
        ProbeAction::HttpGet {
            scheme,
            path,
            headers,
        } => {
            let scheme = scheme.to_ascii_lowercase();
            let url = format!("{scheme}://{address}{path}");
            let get = get(&scheme, &address, path, headers);
            match tokio::time::timeout(probe.timeout, get).await {
                Ok(answer) => answer.map_err(|why| format!("Get \"{url}\": {why}")),
                Err(_) => Err(format!(
                    "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                )),
            }
        }
        ProbeAction::Grpc { service } => health(&address, service, probe.timeout).await,
    }
}

/// Asks the health service of gRPC (`pkg/probe/grpc`).
async fn health(address: &str, service: &str, time: Duration) -> Result<ProbeAnswer, String> {
    const SERVING: i32 = 1;
    let request = api::HealthCheckRequest {
        service: service.to_owned(),
    };
    let method = "/grpc.health.v1.Health/Check";
    let answer: Result<api::HealthCheckResponse, _> =
        grpc::Client::at(address).call(method, &request, time).await;
    match answer {
        Ok(answer) if answer.status == SERVING => Ok(ProbeAnswer {
            status: 0,
            body: String::new(),
        }),
        Ok(answer) => {
            let words = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
            let word = usize::try_from(answer.status)
                .ok()
                .and_then(|n| words.get(n));
            Err(format!(
                "service unhealthy (responded with \"{}\")",
                word.unwrap_or(&"UNKNOWN")
            ))
        }
        Err(e) if matches!(e.code, "Unavailable" | "DeadlineExceeded") => Err(format!(
            "timeout: failed to connect service \"{address}\" within {}s: context deadline exceeded",
            time.as_secs()
        )),
        Err(e) if e.code == "Unimplemented" => Err(format!(
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {}",
            e.message
        )),
        Err(e) => Err(format!("error: health rpc failed: {e}")),
    }
}

/// Connects to `address`, or says in Go's words why not.
pub(super) async fn dial(address: &str) -> Result<TcpStream, String> {
    TcpStream::connect(address).await.map_err(|e| {
        let why = match e.kind() {
            ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
            ErrorKind::HostUnreachable => "connect: no route to host".to_owned(),
            ErrorKind::NetworkUnreachable => "connect: network is unreachable".to_owned(),
            ErrorKind::TimedOut => "i/o timeout".to_owned(),
            _ => e.to_string(),
        };
        format!("dial tcp {address}: {why}")
    })
}

async fn get(
    scheme: &str,
    address: &str,
    path: &str,
    headers: &[(String, String)],
) -> Result<ProbeAnswer, String> {
    let own = |name: &str| headers.iter().any(|(k, _)| k.eq_ignore_ascii_case(name));
    let mut request = Request::get(if path.starts_with('/') { path } else { "/" });
    for (name, value) in headers {
        request = request.header(name, value);
    }
    for (name, value) in [
        ("host", address),
        ("user-agent", "kube-probe/1.36"),
        ("accept", "*/*"),
        ("connection", "close"),
    ] {
        if !own(name) {
            request = request.header(name, value);
        }
    }
    let request = request
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|e| e.to_string())?;
    let stream = dial(address).await?;
    if scheme != "https" {
        return exchange(stream, request).await;
    }
    let name = ServerName::IpAddress(std::net::Ipv4Addr::LOCALHOST.into());
    let tls = tokio_rustls::TlsConnector::from(Arc::new(trusting()));
    let stream = tls.connect(name, stream).await.map_err(|e| e.to_string())?;
    exchange(stream, request).await
}

async fn exchange<S>(
    stream: S,
    request: Request<Empty<bytes::Bytes>>,
) -> Result<ProbeAnswer, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |e: hyper::Error| {
        if e.is_incomplete_message() {
            "EOF".to_owned()
        } else {
            e.to_string()
        }
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let task = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    // What is too long or breaks off says nothing against the status.
    let body = Limited::new(response.into_body(), LONGEST_BODY)
        .collect()
        .await;
    let body = body.map(|b| b.to_bytes()).unwrap_or_default();
    task.abort();
    Ok(ProbeAnswer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn probe(port: u16, action: ProbeAction) -> NetworkProbe {
        NetworkProbe {
            sandbox: String::new(),
            host: String::new(),
            port,
            action,
            timeout: Duration::from_millis(500),
        }
    }

    fn get(path: &str) -> ProbeAction {
        ProbeAction::HttpGet {
            scheme: "HTTP".into(),
            path: path.into(),
            headers: vec![("X-Own".into(), "1".into())],
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn answers_and_their_absence_are_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = tokio::spawn(async move {
            loop {
                let Ok((mut stream, _)) = listener.accept().await else {
                    return;
                };
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                if text.contains("/silent") {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                }
                if text.contains("user-agent: kube-probe/1.36") && text.contains("x-own: 1") {
                    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
                    let _ = stream.write_all(answer).await;
                }
            }
        });
        let found = ask(&probe(port, get("/x")), "127.0.0.1").await;
        let found = found.expect("an answer");
        assert_eq!((found.status, found.body.as_str()), (404, "none"));
        let open = ask(&probe(port, ProbeAction::TcpSocket), "127.0.0.1").await;
        assert!(open.is_ok());
        let silent = ask(&probe(port, get("/silent")), "127.0.0.1").await;
        assert_eq!(
            silent.expect_err("nothing came"),
            format!(
                "Get \"http://127.0.0.1:{port}/silent\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )
        );
        server.abort();
        let _ = server.await;
        let refused = |e: Result<ProbeAnswer, String>| e.expect_err("nobody listens");
        assert_eq!(
            refused(ask(&probe(port, ProbeAction::TcpSocket), "127.0.0.1").await),
            format!("dial tcp 127.0.0.1:{port}: connect: connection refused")
        );
        let grpc = ProbeAction::Grpc {
            service: String::new(),
        };
        assert!(
            refused(ask(&probe(port, grpc), "127.0.0.1").await)
                .starts_with("timeout: failed to connect service")
        );
    }
}
