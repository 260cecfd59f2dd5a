//! Tokens of service accounts as text. Signing takes cryptography, and the core has none: whoever runs it lends it.

use crate::apimachinery::{Rng, Value};
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Signs tokens and tells its own signatures from others (`--service-account-signing-key-file`).
pub trait TokenSigner: std::fmt::Debug + Send + Sync {
    /// The name of the algorithm in a token's header: `ES256`.
    fn algorithm(&self) -> &str;
    /// The name of the key in a token's header.
    fn key_id(&self) -> &str;
    /// The signature of a text.
    fn sign(&self, text: &[u8]) -> Vec<u8>;
    /// Whether a signature is this signer's, of this text.
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool;
}

/// A token in the form of upstream's: header, claims, signature. Without a signer the signature is random, and nobody can tell such a
/// token from a forged one: a server that others reach has one.
pub fn sign(signer: Option<&dyn TokenSigner>, claims: &Value, rng: &mut Rng) -> String {
    let header = match signer {
        Some(signer) => tree!({"alg": signer.algorithm(), "kid": signer.key_id()}),
        None => tree!({"alg": "RS256", "kid": rng.suffix(43)}),
    };
    let text = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_json());
    let signed = format!("{}.{}", text(&header), text(claims));
    let signature = match signer {
        Some(signer) => signer.sign(signed.as_bytes()),
        None => (0..32).flat_map(|_| rng.u64().to_le_bytes()).collect(),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Tokens that are kept in Secrets and do not expire (`pkg/serviceaccount/legacy.go`).
pub mod legacy {
    use crate::apimachinery::Value;
    use crate::tree;

    /// The type of their Secrets.
    pub const SECRET_TYPE: &str = "kubernetes.io/service-account-token";
    /// The annotation that names the account.
    pub const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";
    /// The annotation with the account's UID.
    pub const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";
    /// Who issues them, as their claims say.
    pub const ISSUER: &str = "kubernetes/serviceaccount";
    /// The label with the day on which one was used last.
    pub const LAST_USED: &str = "kubernetes.io/legacy-token-last-used";
    /// The label of those that count no more.
    pub const INVALID_SINCE: &str = "kubernetes.io/legacy-token-invalid-since";

    /// The names of the claims.
    pub mod claim {
        /// The account's namespace.
        pub const NAMESPACE: &str = "kubernetes.io/serviceaccount/namespace";
        /// The Secret.
        pub const SECRET: &str = "kubernetes.io/serviceaccount/secret.name";
        /// The account.
        pub const ACCOUNT: &str = "kubernetes.io/serviceaccount/service-account.name";
        /// The account's UID.
        pub const UID: &str = "kubernetes.io/serviceaccount/service-account.uid";
    }

    /// What the token of a Secret says (`LegacyClaims`).
    pub fn claims(account: &Value, secret: &Value) -> Value {
        let (namespace, name) = (account.namespace(), account.name());
        let mut claims = tree!({"iss": ISSUER});
        claims.set(claim::NAMESPACE, namespace);
        claims.set(claim::SECRET, secret.name());
        claims.set(claim::ACCOUNT, name);
        claims.set(claim::UID, account.uid());
        claims.set("sub", format!("system:serviceaccount:{namespace}:{name}"));
        claims
    }
}
