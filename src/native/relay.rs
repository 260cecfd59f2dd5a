//! Requests that the API server hands on to servers in real pods, and to those of other APIs.

use super::aggregator;
use super::driver::Piece;
use super::trusting::{trusting, trusting_as};
use super::verified::{Identity, connect, in_words, tls};
use crate::apimachinery::http::relayed::remove_hop_headers;
use crate::apiserver::query::Query;
use crate::apiserver::request_info::RequestInfo;
use crate::apiserver::{Proof, Relay};
use bytes::Bytes;
use http::header::UPGRADE;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// How long a connection may take to come about (the dialer of the API server's proxy transport).
const DIAL_TIME: Duration = Duration::from_secs(30);
/// How long the handshake may take (`TLSHandshakeTimeout`).
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a server of another API may take to begin its answer (`--request-timeout` of the API server).
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// What the client gets after that.
const LATE: &str = "HTTP/1.1 504 Gateway Timeout\r\nContent-Type: application/json\r\n\r\n\
    {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\
    \"message\":\"Timeout: request did not complete within the allotted timeout\",\
    \"reason\":\"Timeout\",\"details\":{},\"code\":504}\n";

/// Whether a request may take as long as it wants: through a proxy, watches, logs and connections (`BasicLongRunningRequestCheck`).
fn lasts(relay: &Relay) -> bool {
    let (path, query) = relay.path.split_once('?').unwrap_or((&relay.path, ""));
    let info = RequestInfo::new(&relay.method, path, &Query::parse(query));
    let parts = ["attach", "exec", "log", "portforward", "proxy"];
    relay.proof.is_none()
        || relay.headers.contains_key(UPGRADE)
        || info.verb == "watch"
        || parts.contains(&info.subresource.as_str())
}

/// Ends a task together with what waits for it.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a client sends once the server has changed the protocol, as it asked; each message is acknowledged when it is on its way.
pub type Input = mpsc::UnboundedReceiver<(Vec<u8>, oneshot::Sender<()>)>;

/// Asks a server and sends what it answers as it comes: the head as it is written in HTTP/1.1, then the body, without chunks. Where the
/// protocol changes, bytes go both ways from there on. Ends early where nobody reads that any more.
pub async fn relay(relay: Relay, pieces: mpsc::Sender<Piece>, input: Input) {
    relay_as(relay, None, pieces, input).await;
}

/// The same, which shows a server whose certificate is not looked at whom it speaks with.
pub async fn relay_as(
    relay: Relay,
    own: Option<&Identity>,
    pieces: mpsc::Sender<Piece>,
    input: Input,
) {
    let asked = async {
        if let Err(why) = ask(relay, own, &pieces, input).await {
            // Nobody is there to be told where this fails.
            let _ = pieces.send(Piece::Failed(why)).await;
        }
    };
    tokio::select! {
        () = asked => {}
        () = pieces.closed() => {}
    }
}

async fn ask(
    relay: Relay,
    own: Option<&Identity>,
    pieces: &mpsc::Sender<Piece>,
    input: Input,
) -> Result<(), String> {
    let host = match relay.ip.contains(':') {
        true => format!("[{}]", relay.ip),
        false => relay.ip.clone(),
    };
    let address = format!("{host}:{}", relay.port);
    let stream = tokio::time::timeout(
        DIAL_TIME,
        connect(&address, &relay.ip, relay.proof.is_some()),
    )
    .await;
    let stream = stream.map_err(|_| format!("dial tcp {address}: i/o timeout"))??;
    if !relay.tls {
        return exchange(stream, relay, pieces, input).await;
    }
    let (config, name) = match &relay.proof {
        Some(proof) => {
            let name = ServerName::try_from(proof.name.clone()).map_err(|e| e.to_string())?;
            (proving(proof)?, name)
        }
        None => {
            let ip: IpAddr = relay.ip.parse().map_err(|_| "the address is none")?;
            let config = match own {
                Some(own) => trusting_as(own).map_err(|e| e.to_string())?,
                None => trusting(),
            };
            (Arc::new(config), ServerName::IpAddress(ip.into()))
        }
    };
    let handshake = tokio_rustls::TlsConnector::from(config).connect(name, stream);
    let stream = tokio::time::timeout(HANDSHAKE_TIME, handshake).await;
    let stream = stream.map_err(|_| "net/http: TLS handshake timeout")?;
    let server = relay.proof.as_ref().map_or(relay.ip.as_str(), |p| &p.name);
    let stream = stream.map_err(|e| in_words(&e, server))?;
    exchange(stream, relay, pieces, input).await
}

/// How TLS is spoken with a server that has to prove who it is, and is shown who asks.
fn proving(proof: &Proof) -> Result<Arc<ClientConfig>, String> {
    let own = aggregator::identity();
    if !proof.insecure {
        return tls(&proof.ca, own);
    }
    let config = match own {
        Some(own) => trusting_as(own).map_err(|e| e.to_string())?,
        None => trusting(),
    };
    Ok(Arc::new(config))
}

async fn exchange<S>(
    stream: S,
    relay: Relay,
    pieces: &mpsc::Sender<Piece>,
    input: Input,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |e: hyper::Error| match e {
        e if e.is_incomplete_message() => "EOF".to_owned(),
        e if e.is_parse() => {
            format!("net/http: HTTP/1.x transport connection broken: malformed HTTP response ({e})")
        }
        e => e.to_string(),
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let connection = connection.with_upgrades();
    let _connection = Task(tokio::spawn(connection).abort_handle());
    let asks = relay.headers.contains_key(UPGRADE);
    let limit = (!lasts(&relay)).then_some(ANSWER_TIME);
    let mut request = Request::new(Full::new(Bytes::from(relay.body)));
    *request.method_mut() = relay.method;
    *request.uri_mut() = relay.path.parse().map_err(|_| "the path is none")?;
    *request.headers_mut() = relay.headers;
    let answer = sender.send_request(request);
    let answer = match limit {
        None => Ok(answer.await),
        Some(time) => tokio::time::timeout(time, answer).await,
    };
    let Ok(answer) = answer else {
        // Where this cannot be sent, the client has gone.
        let _ = pieces.send(Piece::Bytes(LATE.into())).await;
        return Ok(());
    };
    let mut response = answer.map_err(failed)?;
    let changes = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if changes && !asks {
        return Err("the server changes the protocol, which was not asked for".to_owned());
    }
    let protocol = response.headers().get(UPGRADE).filter(|_| changes).cloned();
    let length = response.headers().get("content-length").cloned();
    remove_hop_headers(response.headers_mut());
    if let Some(length) = length {
        response.headers_mut().insert("content-length", length);
    }
    if let Some(protocol) = protocol {
        response.headers_mut().insert(UPGRADE, protocol);
    }
    let mut head = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    if changes {
        if pieces.send(Piece::Bytes(head)).await.is_err() {
            return Ok(());
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(failed)?;
        return both_ways(TokioIo::new(upgraded), pieces, input)
            .await
            .map_err(|e| e.to_string());
    }
    let mut next = head;
    // Where this cannot be sent, the client has gone.
    while pieces.send(Piece::Bytes(next)).await.is_ok() {
        next = loop {
            match response.frame().await {
                None => return Ok(()),
                Some(Err(e)) => return Err(failed(e)),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        break data.into();
                    }
                }
            }
        };
    }
    Ok(())
}

/// Carries bytes both ways until one side ends.
async fn both_ways(
    stream: impl AsyncRead + AsyncWrite,
    pieces: &mpsc::Sender<Piece>,
    mut input: Input,
) -> std::io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let from_server = async {
        let mut bytes = vec![0; 16 << 10];
        loop {
            let read = reader.read(&mut bytes).await?;
            let piece = Piece::Bytes(bytes[..read].to_vec());
            if read == 0 || pieces.send(piece).await.is_err() {
                return Ok(());
            }
        }
    };
    let to_server = async {
        while let Some((message, taken)) = input.recv().await {
            writer.write_all(&message).await?;
            writer.flush().await?;
            // Nobody waits for that where the client has gone.
            let _ = taken.send(());
        }
        writer.shutdown().await
    };
    // Each goes on though the other one waits: a server may read nothing before it is rid of what it says.
    tokio::select! {
        done = from_server => done,
        done = to_server => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// What comes when a server says this (nothing: there is none), and what the server read.
    fn ask(says: Option<&'static str>, tls: bool) -> (String, Option<String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = std::thread::spawn(move || {
            let says = says.map(str::as_bytes)?;
            let (mut stream, _) = listener.accept().ok()?;
            let mut read = vec![0; 4096];
            let length = stream.read(&mut read).ok()?;
            stream.write_all(says).ok()?;
            read.truncate(length);
            Some(String::from_utf8_lossy(&read).into_owned())
        });
        // Without anything to say it is gone by now.
        if says.is_none() {
            while !server.is_finished() {
                std::thread::yield_now();
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert("host", "cluster:6443".parse().expect("a value"));
        headers.insert("cookie", "a=b".parse().expect("a value"));
        let asked = Relay {
            ip: "127.0.0.1".into(),
            port,
            tls,
            proof: None,
            method: Method::GET,
            path: "/in?x=1".into(),
            headers,
            body: Vec::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (said, failed) = runtime.block_on(async {
            let (sender, mut pieces) = mpsc::channel(1);
            tokio::spawn(relay(asked, sender, mpsc::unbounded_channel().1));
            let (mut said, mut failed) = (Vec::new(), None);
            while let Some(piece) = pieces.recv().await {
                match piece {
                    Piece::Bytes(bytes) => said.extend(bytes),
                    Piece::Failed(why) => failed = Some(why.replace(&port.to_string(), "PORT")),
                    Piece::Events(..) => {}
                }
            }
            (said, failed)
        });
        let read = server.join().expect("no panic").unwrap_or_default();
        (String::from_utf8_lossy(&said).into_owned(), failed, read)
    }

    #[test]
    fn a_server_that_reads_nothing_is_read_all_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (ours, mut theirs) = tokio::io::duplex(4);
            let (pieces, mut said) = mpsc::channel(1);
            let (input, taken) = mpsc::unbounded_channel();
            let (acknowledge, _taken) = oneshot::channel();
            input
                .send((b"more than it takes".to_vec(), acknowledge))
                .expect("a reader");
            let server = async {
                // By now what it is told waits.
                tokio::time::sleep(Duration::from_millis(20)).await;
                theirs.write_all(b"abc").await.expect("a reader");
                said.recv().await
            };
            tokio::select! {
                _ = both_ways(ours, &pieces, taken) => panic!("it ended"),
                piece = tokio::time::timeout(Duration::from_secs(10), server) => {
                    assert!(matches!(piece, Ok(Some(Piece::Bytes(b))) if b == b"abc"));
                }
            }
        });
    }

    #[test]
    fn only_requests_that_end_by_themselves_have_a_time() {
        let asked = |path: &str, proven: bool| Relay {
            ip: String::new(),
            port: 0,
            tls: true,
            proof: proven.then(|| Proof {
                name: String::new(),
                ca: Vec::new(),
                insecure: false,
            }),
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        let base = "/apis/wardle.example.com/v1/namespaces/a/flunders";
        assert!(!lasts(&asked(base, true)));
        assert!(!lasts(&asked(&format!("{base}/x?watch=0"), true)));
        assert!(lasts(&asked(&format!("{base}?watch=1"), true)));
        assert!(lasts(&asked(&format!("{base}/x/log?a=b"), true)));
        assert!(lasts(&asked("/in", false)));
    }

    #[test]
    fn a_servers_answer_comes_without_what_concerns_its_connection() {
        let says = "HTTP/1.1 201 Created\r\nX-Own: 1\r\nConnection: close, X-Own\r\nETag: \"e\"\r\n\
                    Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let (said, failed, read) = ask(Some(says), false);
        assert_eq!(
            said, "HTTP/1.1 201 Created\r\netag: \"e\"\r\n\r\nabcde",
            "{failed:?}"
        );
        let asked = "GET /in?x=1 HTTP/1.1\r\nhost: cluster:6443\r\ncookie: a=b\r\n\r\n";
        assert_eq!(read, asked);
    }

    #[test]
    fn why_nobody_answers_is_told() {
        let (said, failed, _) = ask(None, false);
        let why = "dial tcp 127.0.0.1:PORT: connect: connection refused";
        assert_eq!((said.as_str(), failed.as_deref()), ("", Some(why)));
        let (_, failed, _) = ask(Some("HTTP/1.1 400 Bad Request\r\n\r\n"), true);
        let why = "http: server gave HTTP response to HTTPS client";
        assert_eq!(failed.as_deref(), Some(why));
        let (_, failed, _) = ask(Some(""), false);
        assert_eq!(failed.as_deref(), Some("EOF"));
        let (_, failed, _) = ask(Some("-ERR\r\n"), false);
        assert!(failed.is_some_and(|why| why.contains("malformed HTTP response")));
    }

    #[test]
    fn an_answer_that_breaks_off_is_not_taken_for_whole() {
        let says = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
        let (said, failed, _) = ask(Some(says), false);
        assert!(said.ends_with("\r\n\r\nabc"), "{said}");
        assert!(failed.is_some(), "{said}");
    }
}
