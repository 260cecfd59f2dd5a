//! TLS and HTTP: accepts connections and serves the requests that come on them.

use super::authn::AnyCertificate;
use super::exchange::{self, Context};
use super::pki::Pki;
use crate::apimachinery::http::Peer;
use anyhow::Context as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

/// How long a client may take for the handshake.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a connection may be silent between requests.
const IDLE_TIME: Duration = Duration::from_secs(180);
/// How long connections get to end when the program stops.
const GOODBYE_TIME: Duration = Duration::from_millis(500);
/// How often a silent HTTP/2 connection is asked whether it is still there (`http2ServerOptions`).
const PING_EVERY: Duration = Duration::from_secs(30);
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 22;

/// The authority's certificate in binary form.
///
/// # Errors
/// Where it is none.
pub fn ca_certificate(pki: &Pki) -> anyhow::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pki.ca.as_bytes()).context("the authority's certificate")
}

/// How TLS is spoken.
///
/// # Errors
/// Where keys and certificates do not fit each other.
pub fn tls(pki: &Pki) -> anyhow::Result<TlsAcceptor> {
    let server = CertificateDer::from_pem_slice(pki.server.certificate.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(pki.server.key.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(AnyCertificate::new(ca_certificate(pki)?)?))
        .with_single_cert(vec![server], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts connections until `stop` says so, then lets those that are open end for a moment.
pub async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    context: Arc<Context>,
    mut stop: watch::Receiver<bool>,
) {
    // Each connection holds one end of this until it is over.
    let (open, mut all_closed) = tokio::sync::mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (tls, context, stop) = (tls.clone(), context.clone(), stop.clone());
                let open = open.clone();
                tokio::spawn(async move {
                    if let Err(error) = connection(stream, tls, context, stop).await {
                        debug!("connection of {peer}: {error:#}");
                    }
                    drop(open);
                });
            }
            Err(error) => {
                // Too many open files, most likely: those that are open go on.
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(open);
    let _ = tokio::time::timeout(GOODBYE_TIME, all_closed.recv()).await;
}

async fn connection(
    mut stream: TcpStream,
    tls: TlsAcceptor,
    context: Arc<Context>,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    let peeked = tokio::time::timeout(HEAD_TIME, stream.peek(&mut first)).await??;
    if peeked == 1 && first[0] != TLS_HANDSHAKE {
        stream.write_all(PLAIN_HTTP).await?;
        return Ok(stream.shutdown().await?);
    }
    let stream = tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await??;
    let chain = stream.get_ref().1.peer_certificates();
    let certificate = chain.map(|chain| context.authenticator.certificate_user(chain));
    let certificate = Arc::new(certificate);
    let peer = stream.get_ref().0.peer_addr().ok().map(|a| Peer(a.ip()));
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        exchange::serve(request, certificate.clone(), context.clone())
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(250)
        .keep_alive_interval(PING_EVERY);
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        done = serving.as_mut() => return done.map_err(|e| anyhow::anyhow!(e)),
        _ = stop.changed() => serving.as_mut().graceful_shutdown(),
    }
    serving.await.map_err(|e| anyhow::anyhow!(e))
}

/// What whoever speaks plain HTTP to this port is told.
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
