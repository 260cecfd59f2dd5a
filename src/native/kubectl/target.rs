//! Which server a command line means, and with which credentials (`clientcmd`).

use super::super::trusting::Trusting;
use crate::apimachinery::Value;
use crate::kubectl::Io;
use crate::kubectl::config::KubeConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// A server and how to speak to it.
#[derive(Clone)]
pub struct Target {
    /// `https` or `http`.
    pub tls: Option<Arc<ClientConfig>>,
    /// The host's name or address, without brackets.
    pub host: String,
    /// Whom the certificate must name, where that is not the host.
    pub server_name: String,
    /// The port.
    pub port: u16,
    /// What stands before every path.
    pub prefix: String,
    /// `Authorization` header.
    pub authorization: Option<String>,
}

/// Finds the server by the values that `flag` has of `--kubeconfig`, `--context`, `--cluster`, `--user`, `--server`, `--token`.
///
/// # Errors
/// In words, where the kubeconfig names what is not there, or holds keys that are none.
pub fn find<'a>(
    io: &dyn Io,
    flag: &dyn Fn(&str) -> &'a str,
    insecure: bool,
) -> Result<Target, String> {
    let config = KubeConfig::load(io, flag("kubeconfig")).map_err(|e| e.text())?;
    let context = config.context(&config.context_name(flag("context")));
    let or = |name: &str, key: &str| match flag(name) {
        "" => context.get(key).str().to_owned(),
        given => given.to_owned(),
    };
    let (cluster, user) = (
        config.cluster(&or("cluster", "cluster")),
        config.user(&or("user", "user")),
    );
    let (mut cluster, mut user) = (cluster.clone(), user.clone());
    let named = |entry: &mut Value, name: &str| {
        if !flag(name).is_empty() {
            entry.remove(&format!("{name}-data"));
            entry.set(name, flag(name));
        }
    };
    named(&mut cluster, "certificate-authority");
    named(&mut user, "client-certificate");
    named(&mut user, "client-key");
    let (cluster, user) = (&cluster, &user);
    let server = match (flag("server"), cluster.get("server").str()) {
        ("", "") => "http://localhost:8080",
        ("", server) | (server, _) => server,
    };
    let uri: http::Uri = server
        .parse()
        .map_err(|e| format!("the server {server:?} is no URL: {e}"))?;
    let https = uri.scheme_str() != Some("http");
    let host = uri.host().unwrap_or("localhost");
    let host = host.trim_matches(['[', ']']).to_owned();
    let server_name = match cluster.get("tls-server-name").str() {
        "" => host.clone(),
        name => name.to_owned(),
    };
    Ok(Target {
        tls: https
            .then(|| tls(io, insecure, cluster, user))
            .transpose()?,
        server_name,
        host,
        port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }),
        prefix: uri.path().trim_end_matches('/').to_owned(),
        authorization: authorization(io, flag("token"), user)?,
    })
}

fn authorization(io: &dyn Io, token: &str, user: &Value) -> Result<Option<String>, String> {
    let token = match (token, user.get("token").str()) {
        ("", "") => match user.get("tokenFile").str() {
            "" => String::new(),
            path => {
                let bytes = io.read(path).map_err(|e| format!("open {path}: {e}"))?;
                String::from_utf8_lossy(&bytes).trim().to_owned()
            }
        },
        ("", token) | (token, _) => token.to_owned(),
    };
    if !token.is_empty() {
        return Ok(Some(format!("Bearer {token}")));
    }
    let (name, password) = (user.get("username").str(), user.get("password").str());
    let basic = || format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
    Ok((!name.is_empty()).then(basic))
}

/// What stands in the kubeconfig itself or in a file that it names.
///
/// # Errors
/// Where that cannot be read.
pub fn pem(io: &dyn Io, entry: &Value, key: &str) -> Result<Option<Vec<u8>>, String> {
    let data = entry.get(&format!("{key}-data")).str();
    if !data.is_empty() {
        let decoded = STANDARD.decode(data);
        return decoded.map(Some).map_err(|e| format!("{key}-data: {e}"));
    }
    match entry.get(key).str() {
        "" => Ok(None),
        path => io
            .read(path)
            .map(Some)
            .map_err(|e| format!("unable to read {key} {path}: {e}")),
    }
}

fn tls(
    io: &dyn Io,
    insecure: bool,
    cluster: &Value,
    user: &Value,
) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let words = |e: rustls::Error| e.to_string();
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(words)?;
    let insecure = insecure || cluster.get("insecure-skip-tls-verify").as_bool() == Some(true);
    let mut roots = RootCertStore::empty();
    if let Some(pem) = pem(io, cluster, "certificate-authority")? {
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|e| format!("certificate-authority: {e}"))?;
            roots.add(certificate).map_err(words)?;
        }
    }
    let builder = match (insecure, roots.is_empty()) {
        (true, _) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting(provider))),
        (false, true) => {
            return Err("the kubeconfig names no certificate-authority for this server".to_owned());
        }
        (false, false) => {
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_webpki_verifier(verifier.build().map_err(|e| e.to_string())?)
        }
    };
    let (certificate, key) = (
        pem(io, user, "client-certificate")?,
        pem(io, user, "client-key")?,
    );
    let config = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&certificate).collect();
            let chain = chain.map_err(|e| format!("client-certificate: {e}"))?;
            let key =
                PrivateKeyDer::from_pem_slice(&key).map_err(|e| format!("client-key: {e}"))?;
            builder.with_client_auth_cert(chain, key).map_err(words)?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}
