//! The way to servers that serve APIs behind this one: the certificate by which they know it, and looks at whether they answer and what
//! they serve (`kube-aggregator/pkg/controllers/status/remote`, `pkg/apiserver/handler_discovery.go`).

use super::driver::Piece;
use super::verified::Identity;
use super::{pki, relay};
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Relayed, UserInfo};
use crate::apiserver::{FrontProxy, Look, Relay, Sight, Target, name_user, version_of};
use http::header::{ACCEPT, HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a server may take to answer.
const TIME: Duration = Duration::from_secs(5);
/// The longest document that is read, in bytes.
const LONGEST: usize = 3 << 20;
const JSON: &str = "application/json";
/// What servers of today say of all that they serve.
const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

static IDENTITY: OnceLock<Identity> = OnceLock::new();

/// Makes the certificate of this process; whom servers have to trust for it, beside `client_ca`, which signs users' certificates.
///
/// # Errors
/// Where the system has no randomness.
pub fn set_up(client_ca: &str) -> anyhow::Result<FrontProxy> {
    let (ca, pair) = pki::front_proxy()?;
    let identity = Identity {
        chain: vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes())?],
        key: PrivateKeyDer::from_pem_slice(pair.key.as_bytes())?,
    };
    // A second cluster of the process, as tests have them, would publish another authority.
    if IDENTITY.set(identity).is_err() {
        anyhow::bail!("this process has a certificate for servers of other APIs already");
    }
    Ok(FrontProxy {
        ca,
        client_ca: client_ca.to_owned(),
    })
}

/// The certificate of this process.
pub fn identity() -> Option<&'static Identity> {
    IDENTITY.get()
}

/// Looks at a server. It takes no longer than a few times [`TIME`].
pub async fn look(look: &Look) -> Sight {
    let path = match look.group.as_str() {
        "" => format!("/api/{}", look.version),
        group => format!("/apis/{group}/{}", look.version),
    };
    let url = look.target.url(&path);
    let failed =
        |why: String| Sight::of_failure(format!("failing or missing response from {url}: {why}"));
    // Whether it answers is asked without a look at its certificate, as upstream asks.
    let mut trusting = look.target.clone();
    trusting.proof.insecure = true;
    match get(&trusting, &path, JSON).await {
        Err(why) => return failed(format!("Get {url:?}: {why}")),
        Ok((code, _)) if !code.is_success() => {
            let code = code.as_u16();
            return failed(format!("bad status from {url}: {code}"));
        }
        Ok(_) => {}
    }
    let discovered = document(&look.target, "/apis", AGGREGATED).await;
    let of_version = |d: &Value| version_of(d, &look.group, &look.version);
    let mut discovery = discovered.as_ref().and_then(of_version);
    if discovery.is_none() {
        let listed = document(&look.target, &path, JSON).await;
        discovery = listed.as_ref().and_then(of_version);
    }
    let index = document(&look.target, "/openapi/v3", JSON).await;
    let openapi = index.and_then(|index| {
        let entry = index.at(&["paths", path.trim_start_matches('/')]);
        let url = entry.get("serverRelativeURL").str().to_owned();
        (!url.is_empty()).then_some(url)
    });
    Sight {
        failed: None,
        discovery,
        openapi,
    }
}

async fn document(target: &Target, path: &str, accept: &'static str) -> Option<Value> {
    let (code, body) = get(target, path, accept).await.ok()?;
    Value::from_json(&body)
        .ok()
        .filter(|_| code == StatusCode::OK)
}

/// Asks in the aggregator's own name.
async fn get(
    target: &Target,
    path: &str,
    accept: &'static str,
) -> Result<(StatusCode, Vec<u8>), String> {
    let mut headers = HeaderMap::new();
    let host = HeaderValue::from_str(&target.host).map_err(|e| e.to_string())?;
    headers.insert(HOST, host);
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    headers.insert(USER_AGENT, HeaderValue::from_static("kube-aggregator"));
    let user = UserInfo::new("system:kube-aggregator", &["system:masters"]);
    name_user(&mut headers, &user);
    let request = Relay {
        ip: target.address.0.clone(),
        port: target.address.1,
        tls: true,
        proof: Some(target.proof.clone()),
        method: Method::GET,
        path: path.to_owned(),
        headers,
        body: Vec::new(),
    };
    let (sender, pieces) = mpsc::channel(8);
    let (_, read) = tokio::join!(
        relay::relay(request, sender, mpsc::unbounded_channel().1),
        tokio::time::timeout(TIME, whole(pieces))
    );
    let late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    let bytes = read.map_err(|_| late.to_owned())??;
    let (head, body) = Relayed::default().whole(&bytes)?.into_parts();
    Ok((
        head.status,
        match body {
            Body::Bytes(bytes) => bytes,
            _ => Vec::new(),
        },
    ))
}

/// All that comes, to its end.
async fn whole(mut pieces: mpsc::Receiver<Piece>) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Bytes(bytes) => all.extend(bytes),
            Piece::Failed(why) => return Err(why),
            Piece::Events(..) => {}
        }
        if all.len() > LONGEST {
            return Err(format!("the answer is longer than {LONGEST} bytes"));
        }
    }
    Ok(all)
}
