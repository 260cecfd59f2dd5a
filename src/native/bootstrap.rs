//! Bootstrap tokens (`plugin/pkg/auth/authenticator/token/bootstrap`, `cluster-bootstrap`): by one a machine that joins says that it may, and
//! by its secret the control plane signs what it says of itself.

use crate::apimachinery::http::UserInfo;
use crate::apimachinery::{Timestamp, schema};
use crate::apiserver::ApiServer;
use crate::apiserver::wire::{base64url, from_base64url};
use anyhow::bail;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Where tokens are kept.
pub const NAMESPACE: &str = "kube-system";
/// The type of their Secrets.
pub const TYPE: &str = "bootstrap.kubernetes.io/token";
/// The group that kubeadm's tokens give.
pub const NODE_GROUP: &str = "system:bootstrappers:kubeadm:default-node-token";
const GROUP: &str = "system:bootstrappers";

/// A token: `ID.SECRET`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Its public part.
    pub id: String,
    /// Its other one.
    pub secret: String,
}

impl Token {
    /// Reads one; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        let plain = |part: &str, length: usize| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            part.len() == length && part.bytes().all(fits)
        };
        (plain(id, 6) && plain(secret, 16)).then(|| Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// The name of its Secret.
    pub fn secret_name(&self) -> String {
        format!("bootstrap-token-{}", self.id)
    }

    /// Signs a text, which is not repeated in what is given (`ComputeDetachedSignature`).
    pub fn sign(&self, text: &str) -> String {
        let header = base64url(format!(r#"{{"alg":"HS256","kid":"{}"}}"#, self.id).as_bytes());
        let signed = format!("{header}.{}", base64url(text.as_bytes()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hmac::sign(&key, signed.as_bytes());
        format!("{header}..{}", base64url(signature.as_ref()))
    }

    /// Whether a signature is of this text and by this token (`DetachedTokenIsValid`).
    pub fn has_signed(&self, text: &str, signature: &str) -> bool {
        let check = || {
            let (header, signature) = signature.split_once("..")?;
            let said: serde_json::Value = serde_json::from_slice(&from_base64url(header)?).ok()?;
            if said["alg"] != "HS256" || said["kid"] != self.id.as_str() {
                return None;
            }
            let signed = format!("{header}.{}", base64url(text.as_bytes()));
            let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
            hmac::verify(&key, signed.as_bytes(), &from_base64url(signature)?).ok()
        };
        check().is_some()
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id, self.secret)
    }
}

/// The user that a token stands for: its Secret is there, meant for this, and not out of date.
pub fn user_of(api: &ApiServer, token: &str, now: Timestamp) -> Option<UserInfo> {
    let token = Token::parse(token)?;
    let secrets = schema::resource("", "v1", "secrets")?;
    let secret = api.peek(secrets, NAMESPACE, &token.secret_name())?;
    if secret.get("type") != &TYPE || secret.is_terminating() {
        return None;
    }
    let data = |key: &str| -> String {
        let decoded = STANDARD.decode(secret.at(&["data", key]).str());
        String::from_utf8(decoded.unwrap_or_default()).unwrap_or_default()
    };
    // How long a comparison takes says nothing of digests.
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    if digest(&data("token-secret")) != digest(&token.secret) || data("token-id") != token.id {
        return None;
    }
    let expiration = data("expiration");
    if !expiration.is_empty() && Timestamp::parse(&expiration).is_none_or(|end| end <= now) {
        return None;
    }
    if data("usage-bootstrap-authentication") != "true" {
        return None;
    }
    let extra = data("auth-extra-groups");
    let extra: Vec<&str> = extra.split(',').filter(|g| !g.is_empty()).collect();
    if extra.iter().any(|group| !is_extra_group(group)) {
        return None;
    }
    let groups: Vec<&str> = [GROUP]
        .into_iter()
        .chain(extra)
        .chain(["system:authenticated"])
        .collect();
    Some(UserInfo::new(
        format!("system:bootstrap:{}", token.id),
        &groups,
    ))
}

/// Whether a token may give a group (`ValidateBootstrapGroupName`).
fn is_extra_group(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("system:bootstrappers:") else {
        return false;
    };
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    rest.len() <= 256
        && rest.bytes().all(|b| fits(b) || b == b':' || b == b'-')
        && rest.bytes().last().is_some_and(fits)
}

/// What pins an authority: the digest of its public key (`pubkeypin.Hash`).
///
/// # Errors
/// Where it is no certificate.
pub fn pin(certificate: &[u8]) -> anyhow::Result<String> {
    let Ok((_, read)) = X509Certificate::from_der(certificate) else {
        bail!("the certificate authority's certificate is none");
    };
    let digest = Sha256::digest(read.public_key().raw);
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    Ok(format!("sha256:{hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, ClusterConfig};
    use crate::tree;
    use http::Request;

    #[test]
    fn tokens_are_read_and_sign() {
        for wrong in [
            "",
            "abcdef",
            "abcdef.0123456789abcde",
            "ABCDEF.0123456789abcdef",
            "abcde.0123456789abcdef",
        ] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
        let token = Token::parse("abcdef.0123456789abcdef").expect("a token");
        let signature = token.sign("text");
        assert!(token.has_signed("text", &signature));
        assert!(!token.has_signed("texT", &signature));
        let other = Token::parse("abcdef.0123456789abcdee").expect("a token");
        assert!(!other.has_signed("text", &signature));
        assert!(!token.has_signed("text", "nothing"));
    }

    #[test]
    fn a_token_stands_for_a_machine_that_joins_until_it_expires() {
        let mut cluster = Cluster::new(ClusterConfig {
            nodes: Vec::new(),
            add_ons: false,
            control_plane_pods: false,
            ..ClusterConfig::default()
        });
        cluster.settle();
        let mut make = |id: &str, more: crate::apimachinery::Value| {
            let mut data = tree!({"token-id": id, "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
                "auth-extra-groups": NODE_GROUP});
            for (key, value) in more.fields() {
                data.set(key, value.clone());
            }
            let secret = tree!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("bootstrap-token-{id}")},
                "type": TYPE, "stringData": data});
            let request = Request::post("/api/v1/namespaces/kube-system/secrets")
                .body(crate::apimachinery::http::Body::Tree(secret));
            let answer = cluster.request_as_admin(request.expect("a request"));
            assert!(answer.is_ok_and(|a| a.status().is_success()), "{id}");
        };
        let expires =
            |seconds: i64| tree!({"expiration": Timestamp::from_secs(seconds).to_rfc3339()});
        make("aaaaaa", expires(2_000_000_000));
        make("bbbbbb", expires(1_000_000_000));
        make("cccccc", tree!({"usage-bootstrap-authentication": "false"}));
        make("dddddd", tree!({"auth-extra-groups": "system:masters"}));
        let now = cluster.now();
        let user = |token: &str| user_of(cluster.api(), token, now);
        let found = user("aaaaaa.0123456789abcdef").expect("a user");
        assert_eq!(found.name, "system:bootstrap:aaaaaa");
        assert!(found.groups.iter().any(|g| g == NODE_GROUP));
        for refused in [
            "aaaaaa.0123456789abcdee",
            "bbbbbb.0123456789abcdef",
            "cccccc.0123456789abcdef",
            "dddddd.0123456789abcdef",
            "eeeeee.0123456789abcdef",
        ] {
            assert_eq!(user(refused), None, "{refused}");
        }
    }
}
