//! `serviceaccounts/token` and what reads such tokens: JSON web tokens that name the account, valid for their time and for as
//! long as the account exists, and the pod or secret that they are bound to.

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::storage::Storage;
use super::super::{ApiServer, decode, wire};
use crate::api::strict::base64_decode;
use crate::api::tokens::{self, legacy};
use crate::apimachinery::http::{Body, UserInfo};
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
        request.set_at(&["spec", "expirationSeconds"], seconds);
        if request.at(&["spec", "audiences"]).is_empty() {
            request.set_at(&["spec", "audiences"], vec![Value::from(AUDIENCE)]);
        }
        self.restrict_node(
            call,
            &Attributes::new(Operation::Create, "token", &mut request, None),
        )?;
        let bound = self.bound_object(&account, request.at(&["spec", "boundObjectRef"]))?;
        let audiences = request.at(&["spec", "audiences"]).clone();
        let token = self.sign(&account, audiences, bound, call.now, expires);
        for field in ["name", "namespace"] {
            request.set_at(&["metadata", field], account.meta().get(field));
        }
        request.set_at(&["metadata", "creationTimestamp"], call.now);
        request.set_at(&["status", "token"], token);
        request.set_at(&["status", "expirationTimestamp"], expires);
        Ok(Answer::Object(201, request))
    }

    /// The object that a token is bound to, as its claims name it; null where it is bound to none.
    ///
    /// # Errors
    /// 404 where there is no such object, 409 where another one has taken its name, 400 for kinds that tokens cannot be bound to.
    fn bound_object(&self, account: &Value, reference: &Value) -> Result<Value, Status> {
        if reference.is_empty() {
            return Ok(Value::Null);
        }
        let (claim, resource) = match (reference.api_version(), reference.kind()) {
            ("v1", "Pod") => ("pod", "pods"),
            ("v1", "Secret") => ("secret", "secrets"),
            (version, kind) => {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount to a type {version}, Kind={kind}"
                )));
            }
        };
        let name = reference.get("name").str();
        let object = self
            .object(resource, account.namespace(), name)
            .ok_or_else(|| Status::not_found("", resource, name))?;
        let asked = reference.get("uid").str();
        if !asked.is_empty() && asked != object.uid() {
            let why = format!(
                "the UID in the bound object reference ({asked}) does not match the UID in record. The object might have been deleted and then recreated"
            );
            return Err(Status::conflict("", resource, name, why));
        }
        let mut bound = Value::object();
        bound.set(claim, tree!({"name": name, "uid": object.uid()}));
        Ok(bound)
    }

    pub(in crate::apiserver) fn object(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&Value> {
        let resource = super::lookup("", "v1", resource)?;
        self.storage
            .get(resource.table, &resource.key(namespace, name))
    }

    fn sign(
        &mut self,
        account: &Value,
        audiences: Value,
        bound: Value,
        now: Timestamp,
        expires: Timestamp,
    ) -> String {
        let mut about = tree!({"namespace": account.namespace(),
            "serviceaccount": {"name": account.name(), "uid": account.uid()}});
        for (claim, object) in bound.fields() {
            about.set(claim, object.clone());
        }
        let claims = tree!({
            "aud": audiences, "exp": expires.secs(), "iat": now.secs(), "iss": AUDIENCE,
            "jti": self.rng.uuid(), "nbf": now.secs(), "kubernetes.io": about,
            "sub": format!("{PREFIX}{}:{}", account.namespace(), account.name()),
        });
        tokens::sign(self.config.token_signer.as_deref(), &claims, &mut self.rng)
    }

    /// The status of a `TokenReview`.
    pub(super) fn review_token(&self, token: &str, now: Timestamp) -> Value {
        match self.token_info(token, now) {
            Some(user) => {
                let extra: Vec<(String, Value)> = user
                    .extra
                    .into_iter()
                    .map(|(key, values)| {
                        (
                            key,
                            values
                                .into_iter()
                                .map(Value::from)
                                .collect::<Vec<_>>()
                                .into(),
                        )
                    })
                    .collect();
                let mut info = tree!({"username": user.name, "uid": user.uid});
                info.set(
                    "groups",
                    user.groups.into_iter().map(Value::from).collect::<Vec<_>>(),
                );
                for (key, values) in extra {
                    info.entry("extra").set(key.as_str(), values);
                }
                let mut status = tree!({"authenticated": true, "audiences": [AUDIENCE]});
                status.set("user", info);
                status
            }
            None => tree!({"authenticated": false, "error": "invalid bearer token"}),
        }
    }

    /// The name of the user that a token stands for, see [`ApiServer::token_info`].
    pub fn token_user(&self, token: &str, now: Timestamp) -> Option<String> {
        self.token_info(token, now).map(|user| user.name)
    }

    /// The user that a token stands for which a Secret holds: that still says the same, and its account is there (`legacyValidator`).
    fn legacy_user(&self, token: &str, claims: &Value) -> Option<(UserInfo, Value)> {
        let claim = |name: &str| claims.get(name).str();
        let namespace = claim(legacy::claim::NAMESPACE);
        let name = claim(legacy::claim::ACCOUNT);
        let user = claim("sub");
        if user.strip_prefix(PREFIX)?.split_once(':')? != (namespace, name) {
            return None;
        }
        let secret = self.object("secrets", namespace, claim(legacy::claim::SECRET))?;
        let kept = base64_decode(secret.at(&["data", "token"]).str()).ok()?;
        // How long a comparison takes would say how much of it is right; the signature was checked before.
        let valid = !secret.is_terminating()
            && kept == token.as_bytes()
            && secret
                .label(legacy::INVALID_SINCE)
                .unwrap_or_default()
                .is_empty();
        let account = self.object("serviceaccounts", namespace, name)?;
        let uid = claim(legacy::claim::UID);
        if !valid || uid.is_empty() || account.is_terminating() || account.uid() != uid {
            return None;
        }
        let all = format!("system:serviceaccounts:{namespace}");
        let groups = ["system:serviceaccounts", &all, "system:authenticated"];
        let mut info = UserInfo::new(user, &groups);
        info.uid = uid.to_owned();
        Some((info, secret.clone()))
    }

    /// The user that a token stands for, see [`ApiServer::token_info`]; notes the day at the Secret that holds it
    /// (`patchSecretWithLastUsedDate`).
    pub fn authenticate(&mut self, token: &str, now: Timestamp) -> Option<UserInfo> {
        let (user, secret) = self.holder(token, now)?;
        let day = now.to_rfc3339();
        let day = day.get(..10).unwrap_or_default();
        if let Some(secret) = secret.filter(|s| s.label(legacy::LAST_USED) != Some(day)) {
            let mut used = secret;
            used.set_at(&["metadata", "labels", legacy::LAST_USED], day);
            if let Some(resource) = crate::apimachinery::schema::resource("", "v1", "secrets") {
                // What cannot be written says nothing of who this is.
                self.time = now;
                let _ = self.write_own(resource, "update", "", used);
            }
        }
        Some(user)
    }

    /// The user that a token stands for: it is signed by this server and for it, its time has come and is not up, and what it
    /// names exists.
    pub fn token_info(&self, token: &str, now: Timestamp) -> Option<UserInfo> {
        self.holder(token, now).map(|(user, _)| user)
    }

    /// The user, and the Secret that holds the token, if one does.
    fn holder(&self, token: &str, now: Timestamp) -> Option<(UserInfo, Option<Value>)> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        if let Some(signer) = &self.config.token_signer {
            // Anybody may send this: no tree of ours comes of it before it is known whose it is.
            let header = wire::from_base64url(header)?;
            let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
            let signature = wire::from_base64url(signature)?;
            let ours = header["alg"] == *signer.algorithm()
                && signer.verify(signed.as_bytes(), &signature);
            if !ours {
                return None;
            }
        }
        let claims = Value::from_json(&wire::from_base64url(claims)?).ok()?;
        if claims.get("iss") == &legacy::ISSUER {
            let (user, secret) = self.legacy_user(token, &claims)?;
            return Some((user, Some(secret)));
        }
        let time = |claim: &str| claims.get(claim).as_i64();
        let audience = claims.get("aud").items().iter().any(|a| a == &AUDIENCE);
        if time("exp")? <= now.secs() || time("nbf")? > now.secs() || !audience {
            return None;
        }
        let user = claims.get("sub").str();
        let (namespace, name) = user.strip_prefix(PREFIX)?.split_once(':')?;
        let about = claims.get("kubernetes.io");
        let exists = |claim: &str, resource: &str, name: &str| {
            let uid = about.at(&[claim, "uid"]).str();
            let object = self.object(resource, namespace, name);
            object.is_some_and(|o| o.uid() == uid && o.meta().get("deletionTimestamp").is_null())
        };
        let bound = |claim: &str, resource: &str| {
            let of = about.get(claim);
            of.is_null() || exists(claim, resource, of.get("name").str())
        };
        let valid = exists("serviceaccount", "serviceaccounts", name)
            && bound("pod", "pods")
            && bound("secret", "secrets");
        if !valid {
            return None;
        }
        let all = format!("system:serviceaccounts:{namespace}");
        let groups = ["system:serviceaccounts", &all, "system:authenticated"];
        let mut info = UserInfo::new(user, &groups);
        info.uid = about.at(&["serviceaccount", "uid"]).str().to_owned();
        let mut add = |key: &str, value: String| {
            let key = format!("authentication.kubernetes.io/{key}");
            info.extra.push((key, vec![value]));
        };
        add("credential-id", format!("JTI={}", claims.get("jti").str()));
        let pod = about.get("pod");
        if !pod.is_null() {
            add("pod-name", pod.get("name").str().to_owned());
            add("pod-uid", pod.get("uid").str().to_owned());
        }
        Some((info, None))
    }
}
