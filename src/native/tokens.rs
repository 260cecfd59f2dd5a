//! The key that signs tokens of service accounts, and how others can check those signatures (`serviceaccount/openidmetadata`).

use crate::api::tokens::TokenSigner;
use crate::apiserver::wire::base64url;
use anyhow::anyhow;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// A key of the curve P-256.
#[derive(Debug)]
struct Key {
    pair: EcdsaKeyPair,
    id: String,
    random: SystemRandom,
}

static KEY: OnceLock<Arc<Key>> = OnceLock::new();

/// Makes a key, as PKCS #8.
///
/// # Errors
/// Where the system has no randomness.
pub fn make() -> anyhow::Result<Vec<u8>> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let made = made.map_err(|_| anyhow!("cannot make a key for tokens"))?;
    Ok(made.as_ref().to_vec())
}

/// The key of this process, which is the one that is given first.
///
/// # Errors
/// Where it is no key.
pub fn signer(pkcs8: &[u8]) -> anyhow::Result<Arc<dyn TokenSigner>> {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
        .map_err(|e| anyhow!("the key for tokens is not valid: {e}"))?;
    let id = base64url(&Sha256::digest(pair.public_key().as_ref()));
    Ok(KEY
        .get_or_init(|| Arc::new(Key { pair, id, random }))
        .clone())
}

impl TokenSigner for Key {
    fn algorithm(&self) -> &str {
        "ES256"
    }
    fn key_id(&self) -> &str {
        &self.id
    }
    fn sign(&self, text: &[u8]) -> Vec<u8> {
        // Without randomness there is no signature, and the token is refused.
        let signature = self.pair.sign(&self.random, text);
        signature.map(|s| s.as_ref().to_vec()).unwrap_or_default()
    }
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        key.verify(text, signature).is_ok()
    }
}

/// `/openid/v1/jwks`; none before there is a key.
pub fn key_set() -> Option<Vec<u8>> {
    let key = KEY.get()?;
    // An uncompressed point: a byte that says so, then x and y.
    let (x, y) = key
        .pair
        .public_key()
        .as_ref()
        .get(1..)?
        .split_at_checked(32)?;
    let set = json!({"keys": [{
        "use": "sig", "kty": "EC", "kid": key.id, "crv": "P-256", "alg": "ES256", "x": base64url(x), "y": base64url(y),
    }]});
    Some(set.to_string().into_bytes())
}

/// `/.well-known/openid-configuration`; none before there is a key.
pub fn issuer() -> Option<Vec<u8>> {
    let key = KEY.get()?;
    let about = json!({
        "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/openid/v1/jwks"), "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": [key.algorithm()],
    });
    Some(about.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_checked() {
        let key = signer(&make().expect("made")).expect("a key");
        let signature = key.sign(b"text");
        assert!(key.verify(b"text", &signature));
        assert!(!key.verify(b"texT", &signature));
        assert!(!key.verify(b"text", &signature[1..]));
        let set: serde_json::Value =
            serde_json::from_slice(&key_set().expect("there")).expect("JSON");
        assert_eq!(set["keys"][0]["kid"], key.key_id());
        assert_eq!(set["keys"][0]["x"].as_str().map(str::len), Some(43));
    }
}
