//! `serviceaccounts/token` and what reads such tokens. Tokens are opaque: they name the account and are valid for as long as
//! it exists.

use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::storage::Storage;
use super::super::{ApiServer, decode, wire};
use crate::apimachinery::http::Body;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::time::Duration;

/// The shortest validity in seconds.
const SHORTEST: i64 = 600;
const PREFIX: &str = "system:serviceaccount:";
const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

impl ApiServer {
    pub(super) fn create_token(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        let account = self.stored(call)?.clone();
        let tree = decode::tree(&call.content_type, body)?;
        let mut request =
            decode::object_as(call, tree, "authentication.k8s.io/v1", "TokenRequest")?;
        let seconds = request
            .at(&["spec", "expirationSeconds"])
            .as_i64()
            .unwrap_or(3600);
        if seconds < SHORTEST {
            let cause = StatusCause::new(
                "FieldValueInvalid",
                format!(
                    "Invalid value: {seconds}: may not specify a duration less than 10 minutes"
                ),
                "spec.expirationSeconds",
            );
            let group = "authentication.k8s.io";
            return Err(Status::invalid(group, "TokenRequest", "", [cause]));
        }
        let expires = call.now + Duration::from_secs(u64::try_from(seconds).unwrap_or(3600));
        let token = self.sign(&account, call.now, expires);
        request.set_at(&["spec", "expirationSeconds"], seconds);
        if request.at(&["spec", "audiences"]).is_empty() {
            request.set_at(&["spec", "audiences"], vec![Value::from(AUDIENCE)]);
        }
        for field in ["name", "namespace"] {
            request.set_at(&["metadata", field], account.meta().get(field));
        }
        request.set_at(&["metadata", "creationTimestamp"], call.now);
        request.set_at(&["status", "token"], token);
        request.set_at(&["status", "expirationTimestamp"], expires);
        Ok(Answer::Object(201, request))
    }

    /// A token in the form of upstream's (header, claims, signature). The signature is random: what counts is whether the
    /// account that the claims name exists.
    fn sign(&mut self, account: &Value, now: Timestamp, expires: Timestamp) -> String {
        let header = tree!({"alg": "RS256", "kid": self.rng.suffix(43)});
        let claims = tree!({
            "aud": [AUDIENCE], "exp": expires.secs(), "iat": now.secs(), "iss": AUDIENCE,
            "jti": self.rng.uuid(), "nbf": now.secs(),
            "kubernetes.io": {"namespace": account.namespace(),
                "serviceaccount": {"name": account.name(), "uid": account.uid()}},
            "sub": format!("{PREFIX}{}:{}", account.namespace(), account.name()),
        });
        let signature: Vec<u8> = (0..32).flat_map(|_| self.rng.u64().to_le_bytes()).collect();
        let parts = [
            header.to_json().into_bytes(),
            claims.to_json().into_bytes(),
            signature,
        ];
        parts.map(|p| wire::base64url(&p)).join(".")
    }

    /// The status of a `TokenReview`.
    pub(super) fn review_token(&self, token: &str) -> Value {
        match self.token_user(token) {
            Some(user) => tree!({"authenticated": true, "user": {"username": user}}),
            None => tree!({"authenticated": false, "error": "invalid bearer token"}),
        }
    }

    /// The user that a token stands for, if its account still exists.
    pub fn token_user(&self, token: &str) -> Option<String> {
        let claims = token.split('.').nth(1)?;
        let claims = Value::from_json(&wire::from_base64url(claims)?).ok()?;
        let user = claims.get("sub").str();
        let (namespace, name) = user.strip_prefix(PREFIX)?.split_once(':')?;
        let accounts = super::lookup("", "v1", "serviceaccounts")?;
        let account = self
            .storage
            .get(accounts.table, &accounts.key(namespace, name))?;
        let uid = claims.at(&["kubernetes.io", "serviceaccount", "uid"]);
        (account.uid() == uid.str()).then(|| user.to_owned())
    }
}
