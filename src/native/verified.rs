//! TLS for clients that look at certificates as Go's do, and tell in Go's words what is wrong with them: callers of webhooks and of
//! servers of other APIs.

use crate::apiserver::is_global_unicast;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Where systems keep whom they trust.
const TRUSTED: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A certificate of our own, which servers know us by.
#[derive(Debug)]
pub struct Identity {
    /// The certificate.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

/// Connects to `address` (host and port), which stands for `host`. Where it is an `endpoint` that users wrote into the cluster, it has
/// to be one of another machine's: none of this one's own, which would lead behind its firewall.
///
/// # Errors
/// Why nobody is there, in the words of Go's dialer.
pub async fn connect(address: &str, host: &str, endpoint: bool) -> Result<TcpStream, String> {
    let found = tokio::net::lookup_host(address).await;
    let all: Vec<_> = found.map_or_else(|_| Vec::new(), Iterator::collect);
    let mut failed = format!("dial tcp: lookup {host}: no such host");
    for address in all {
        if endpoint && !is_global_unicast(address.ip()) {
            failed = format!("dial tcp {address}: address not allowed");
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(e) => failed = format!("dial tcp {address}: connect: {}", io_words(&e)),
        }
    }
    Err(failed)
}

fn io_words(e: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match e.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::HostUnreachable => "no route to host".to_owned(),
        ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        ErrorKind::TimedOut => "connection timed out".to_owned(),
        _ => e.to_string(),
    }
}

/// How TLS is spoken with a server whose certificate has to be signed by one of `ca`, or one that the system trusts where `ca` is empty;
/// it may be shown a certificate of our own. What was made is kept a while: whom the system trusts is a long list.
///
/// # Errors
/// Where nobody is trusted, in the words of Go's client.
pub fn tls(ca: &[u8], own: Option<&Identity>) -> Result<Arc<ClientConfig>, String> {
    let shown = own.and_then(|own| own.chain.first());
    let key = (ca.to_vec(), shown.map(|c| c.to_vec()));
    if let Ok(mut made) = MADE.lock() {
        made.retain(|m| m.at.elapsed() < KEPT);
        if let Some(known) = made.iter().find(|m| m.key == key) {
            return Ok(known.config.clone());
        }
    }
    let config = make(ca, own)?;
    if let Ok(mut made) = MADE.lock() {
        if made.len() >= MOST {
            made.remove(0);
        }
        let (at, config) = (Instant::now(), config.clone());
        made.push(Made { key, at, config });
    }
    Ok(config)
}

/// How long TLS that was set up for somebody is kept, and for how many at most.
const KEPT: Duration = Duration::from_secs(300);
const MOST: usize = 64;
static MADE: Mutex<Vec<Made>> = Mutex::new(Vec::new());

struct Made {
    /// Who is trusted, and the certificate that is shown.
    key: (Vec<u8>, Option<Vec<u8>>),
    at: Instant,
    config: Arc<ClientConfig>,
}

fn make(ca: &[u8], own: Option<&Identity>) -> Result<Arc<ClientConfig>, String> {
    let system = || TRUSTED.iter().find_map(|file| std::fs::read(file).ok());
    let (pem, bundled) = match ca.iter().all(u8::is_ascii_whitespace) {
        true => (system().unwrap_or_default(), false),
        false => (ca.to_vec(), true),
    };
    let mut roots = RootCertStore::empty();
    let mut given = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
        if roots.add(certificate.clone()).is_ok() && bundled {
            given.push(certificate);
        }
    }
    if bundled && given.is_empty() {
        return Err(
            "unable to load root certificates: unable to parse bytes as PEM block".to_owned(),
        );
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let words = |e: &dyn std::fmt::Display| e.to_string();
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| words(&e))?;
    if roots.is_empty() {
        return Err(
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
                .to_owned(),
        );
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = Verifier {
        inner: verifier.build().map_err(|e| words(&e))?,
        given,
    };
    let config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match own {
        None => config.with_no_client_auth(),
        Some(own) => config
            .with_client_auth_cert(own.chain.clone(), own.key.clone_key())
            .map_err(|e| words(&e))?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Every connection looks at the certificate anew.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Verifies as usual, but lets a server show a certificate of the bundle itself, as Go does: self-signed ones are common here.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if !self.given.contains(shown) {
            return self
                .inner
                .verify_server_cert(shown, others, name, ocsp, now);
        }
        let parsed = ParsedCertificate::try_from(shown)?;
        rustls::client::verify_server_name(&parsed, name)?;
        let expired = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        let (_, read) = x509_parser::parse_x509_certificate(shown).map_err(|_| expired())?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let times = read.validity();
        match times.not_before.timestamp() <= now && now <= times.not_after.timestamp() {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(expired()),
        }
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signed)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Why a handshake with `host` failed, as Go says it.
pub fn in_words(e: &std::io::Error, host: &str) -> String {
    let Some(tls) = e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) else {
        return match e.kind() {
            std::io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
            _ => io_words(e),
        };
    };
    let x509 = match tls {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "certificate signed by unknown authority".to_owned()
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "certificate has expired or is not yet valid".to_owned()
            }
            CertificateError::NotValidForNameContext { presented, .. } => not_for(host, presented),
            CertificateError::NotValidForName => not_for(host, &[]),
            other => other.to_string(),
        },
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            return "http: server gave HTTP response to HTTPS client".to_owned();
        }
        other => return format!("tls: {other}"),
    };
    format!("tls: failed to verify certificate: x509: {x509}")
}

/// Why a certificate with these names, as rustls writes them, is none for a host.
fn not_for(host: &str, presented: &[String]) -> String {
    let is_ip = host.parse::<std::net::IpAddr>().is_ok();
    let kind = if is_ip { "IpAddress(" } else { "DnsName(" };
    let own = |name: &String| {
        let name = name.strip_prefix(kind)?.trim_end_matches(')');
        Some(name.trim_matches('"').to_owned())
    };
    let names: Vec<String> = presented.iter().filter_map(own).collect();
    match (names.is_empty(), is_ip) {
        (false, _) => format!("certificate is valid for {}, not {host}", names.join(", ")),
        (true, true) => {
            format!("cannot validate certificate for {host} because it doesn't contain any IP SANs")
        }
        (true, false) => {
            format!("certificate is not valid for any names, but wanted to match {host}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_none_of_the_machines_own() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
            let own = listener.expect("a port");
            let address = own.local_addr().expect("an address");
            let text = address.to_string();
            assert!(connect(&text, "localhost", false).await.is_ok());
            let refused = connect(&text, "a.b.svc", true).await;
            let why = format!("dial tcp {address}: address not allowed");
            assert_eq!(refused.map(|_| ()), Err(why));
        });
    }

    #[test]
    fn who_is_trusted_is_worked_out_once() {
        let pair = rcgen::generate_simple_self_signed(["a.test".to_owned()]);
        let pem = pair.expect("a certificate").cert.pem();
        let first = tls(pem.as_bytes(), None).expect("a bundle");
        let second = tls(pem.as_bytes(), None).expect("a bundle");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(tls(b"none", None).is_err());
    }

    #[test]
    fn names_of_another_host_are_told() {
        let both = [
            "DnsName(\"a.test\")",
            "DnsName(\"b.test\")",
            "IpAddress(10.0.0.1)",
        ]
        .map(String::from);
        let cases: [(&str, &[String], &str); 4] = [
            (
                "c.test",
                &both,
                "certificate is valid for a.test, b.test, not c.test",
            ),
            (
                "10.0.0.2",
                &both,
                "certificate is valid for 10.0.0.1, not 10.0.0.2",
            ),
            (
                "c.test",
                &both[2..],
                "certificate is not valid for any names, but wanted to match c.test",
            ),
            (
                "10.0.0.2",
                &both[..1],
                "cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs",
            ),
        ];
        for (host, presented, wanted) in cases {
            assert_eq!(not_for(host, presented), wanted);
        }
    }
}
