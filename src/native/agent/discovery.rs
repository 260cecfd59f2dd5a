//! How a machine that joins learns whom to trust (`cmd/kubeadm/app/discovery/token`): it asks without looking at certificates, takes what
//! is signed with its token, and goes on only where the authority in it is the one that it was told of.

use super::connection::{Asked, Connection, Failure, Server};
use crate::apimachinery::Value;
use crate::native::bootstrap::{Token, pin};
use crate::native::trusting::trusting;
use anyhow::{Context as _, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Where the control plane says what it is.
pub const CLUSTER_INFO: &str = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const AGENT: &str = "kubarium-node-join";

/// How TLS is spoken with a server that an authority (as PEM) has signed; `own` is shown to it: certificate and key as PEM.
///
/// # Errors
/// Where one of them is none.
pub fn trusting_authority(ca: &str, own: Option<&str>) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate.context("the certificate authority")?)?;
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_verifier(verifier);
    Ok(match own {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let chain = CertificateDer::pem_slice_iter(pem.as_bytes());
            let chain: Vec<_> = chain.collect::<Result<_, _>>()?;
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())?;
            builder.with_client_auth_cert(chain, key)?
        }
    })
}

/// Finds the certificate authority of the cluster at `server`, as PEM. One of `pins` has to fit it.
///
/// # Errors
/// Where nobody answers, or nothing can be trusted of what is said.
pub async fn discover(server: &Server, token: &Token, pins: &[String]) -> anyhow::Result<String> {
    let at = server.authority();
    let blind = Connection::new(server.clone(), trusting(), None);
    let info = read_info(&blind).await?;
    let kubeconfig = info.at(&["data", "kubeconfig"]).str();
    let key = format!("jws-kubeconfig-{}", token.id);
    let signature = info.at(&["data", &key]).str();
    if signature.is_empty() {
        bail!(
            "could not find a JWS signature in the cluster-info ConfigMap for token ID {:?}: the token is not one of the cluster at {at} \
             (`kubarium token create` makes one there)",
            token.id
        );
    }
    if !token.has_signed(kubeconfig, signature) {
        bail!(
            "failed to verify JWS signature of received cluster info object, can't trust this API Server: the token's secret is not the \
             one that {at} knows"
        );
    }
    let ca = authority_in(kubeconfig).context("the cluster-info ConfigMap")?;
    let certificate = CertificateDer::from_pem_slice(ca.as_bytes())
        .context("the certificate authority in the cluster-info ConfigMap")?;
    let found = pin(&certificate)?;
    if !pins.iter().any(|pin| pin.eq_ignore_ascii_case(&found)) {
        bail!(
            "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys {found:?} are pinned \
             (--discovery-token-ca-cert-hash)"
        );
    }
    // Once more, by whom that authority vouches for.
    let sure = Connection::new(server.clone(), trusting_authority(&ca, None)?, None);
    let again = read_info(&sure).await?;
    if again.at(&["data", "kubeconfig"]).str() != kubeconfig {
        bail!(
            "the cluster-info ConfigMap differs when it is asked for safely: {at} is not to be trusted"
        );
    }
    Ok(ca)
}

async fn read_info(connection: &Connection) -> anyhow::Result<Value> {
    let at = connection.server.authority();
    match connection.ask(&Asked::get(CLUSTER_INFO, AGENT)).await {
        Ok(info) => Ok(info),
        Err(Failure::Unreachable(why)) => {
            bail!("the API server at {at} cannot be reached: {why}")
        }
        Err(Failure::Refused(error)) => bail!(
            "the cluster at {at} does not say whom to trust ({error}): `kubarium token create` there lets it do so, unless it runs with \
             --anonymous-auth=false"
        ),
    }
}

/// The authority that a kubeconfig names, as PEM.
fn authority_in(kubeconfig: &str) -> anyhow::Result<String> {
    let read: serde_yaml::Value = serde_yaml::from_str(kubeconfig)?;
    let data = &read["clusters"][0]["cluster"]["certificate-authority-data"];
    let data = data.as_str().context("it names no authority")?;
    Ok(String::from_utf8(STANDARD.decode(data)?)?)
}

/// Whether a text is a pin of an authority, as `--discovery-token-ca-cert-hash` takes it.
///
/// # Errors
/// What is wrong with it.
pub fn check_pin(text: &str) -> Result<String, String> {
    let hex = text.strip_prefix("sha256:");
    let fits = |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    match hex {
        Some(hex) if fits(hex) => Ok(text.to_ascii_lowercase()),
        _ => Err(format!(
            "invalid hash {text:?}, expected \"sha256:\" and 64 hexadecimal digits"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_digests() {
        let fine = format!("sha256:{}", "0A".repeat(32));
        assert_eq!(check_pin(&fine), Ok(fine.to_ascii_lowercase()));
        for wrong in ["", "sha256:", "md5:00", "sha256:zz"] {
            assert!(check_pin(wrong).is_err(), "{wrong}");
        }
    }
}
