//! Fills Secrets of the type `kubernetes.io/service-account-token`, and takes them away with their accounts
//! (`pkg/controller/serviceaccount/tokens_controller.go`).

use crate::api::tokens::{self, TokenSigner, legacy};
use crate::apimachinery::Value;
use crate::client::{DeleteOptions, Delta};
use crate::controller::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use crate::controller::stores::Kind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// The controller of tokens in Secrets.
#[derive(Clone, Default)]
pub struct TokensController {
    root_ca: String,
    signer: Option<Arc<dyn TokenSigner>>,
}

impl TokensController {
    /// A controller that writes this certificate (PEM) beside the tokens, unless it is empty, and signs them so.
    pub fn new(root_ca: String, signer: Option<Arc<dyn TokenSigner>>) -> Self {
        Self { root_ca, signer }
    }

    fn is_filled(&self, secret: &Value) -> bool {
        let data = secret.get("data");
        let authority = data.get("ca.crt").str();
        (self.root_ca.is_empty() || authority == STANDARD.encode(&self.root_ca))
            && !data.get("namespace").str().is_empty()
            && !data.get("token").str().is_empty()
    }

    /// `generateTokenIfNeeded`.
    fn fill(&self, account: &Value, secret: &Value, work: &mut Work<'_, '_>) -> Outcome {
        if self.is_filled(secret) {
            return Ok(Action::AwaitChange);
        }
        let mut secret = secret.clone();
        let data = secret.entry("data");
        if !self.root_ca.is_empty() {
            data.set("ca.crt", STANDARD.encode(&self.root_ca));
        }
        if data.get("namespace").str().is_empty() {
            data.set("namespace", STANDARD.encode(account.namespace()));
        }
        if secret.at(&["data", "token"]).str().is_empty() {
            let claims = legacy::claims(account, &secret);
            let token = tokens::sign(self.signer.as_deref(), &claims, work.cx.rng);
            secret.set_at(&["data", "token"], STANDARD.encode(token));
        }
        secret.set_annotation(legacy::ACCOUNT_NAME, account.name());
        secret.set_annotation(legacy::ACCOUNT_UID, account.uid());
        let done = work.cx.update(Kind::Secrets.def(), secret);
        // Who changed or removed it meanwhile is heard of.
        match done {
            Err(e) if !e.is_conflict() && !e.is_not_found() => Err(e.into()),
            _ => Ok(Action::AwaitChange),
        }
    }
}

fn delete(secret: &Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let options = DeleteOptions {
        uid: Some(secret.uid().to_owned()),
        ..DeleteOptions::default()
    };
    let (namespace, name) = (secret.namespace(), secret.name());
    let gone = work
        .cx
        .delete(Kind::Secrets.def(), namespace, name, &options);
    match gone {
        Err(e) if !e.is_conflict() && !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}

/// The account that a Secret names; asked for anew where the copy has none.
fn account_of(secret: &Value, work: &mut Work<'_, '_>) -> Result<Option<Value>, Error> {
    let name = secret.annotation(legacy::ACCOUNT_NAME).unwrap_or_default();
    let uid = secret.annotation(legacy::ACCOUNT_UID).unwrap_or_default();
    let fits = |account: &Value| uid.is_empty() || account.uid() == uid;
    let kept = work.stores[Kind::ServiceAccounts].get_in(secret.namespace(), name);
    if let Some(account) = kept.filter(|a| fits(a)) {
        return Ok(Some(account.clone()));
    }
    let def = Kind::ServiceAccounts.def();
    match work.cx.get(def, secret.namespace(), name) {
        Ok(account) => Ok(Some(account).filter(fits)),
        Err(e) if e.is_not_found() => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Takes a Secret that is gone off its account's list (`removeSecretReference`).
fn forget(namespace: &str, secret: &str, account: &str, work: &mut Work<'_, '_>) -> Outcome {
    let Some(account) = work.stores[Kind::ServiceAccounts].get_in(namespace, account) else {
        return Ok(Action::AwaitChange);
    };
    let listed = |r: &Value| r.get("name") == &secret;
    if !account.get("secrets").items().iter().any(listed) {
        return Ok(Action::AwaitChange);
    }
    let mut account = account.clone();
    account.entry("secrets").items_mut().retain(|r| !listed(r));
    match work.cx.update(Kind::ServiceAccounts.def(), account) {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(Action::AwaitChange),
    }
}

impl Reconciler for TokensController {
    const NAME: &'static str = "serviceaccount-token-controller";
    // It makes the tokens of the others and so needs none itself.
    const SERVICE_ACCOUNT: &'static str = "";
    const WATCHES: &'static [Kind] = &[Kind::ServiceAccounts, Kind::Secrets];
    const MAX_RETRIES: u32 = 10;

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        let (namespace, name) = (object.namespace(), object.name());
        let deleted = matches!(delta, Delta::Deleted(_));
        if kind == Kind::Secrets && object.get("type") == &legacy::SECRET_TYPE {
            let account = object.annotation(legacy::ACCOUNT_NAME).unwrap_or_default();
            watching.add(match deleted {
                true => format!("gone/{namespace}/{name}/{account}"),
                false => format!("secret/{namespace}/{name}"),
            });
        }
        if kind == Kind::ServiceAccounts && deleted {
            watching.add(format!("account/{namespace}/{name}/{}", object.uid()));
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let mut parts = key.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let (about, namespace, name, other) = (next(), next(), next(), next());
        match about {
            "secret" => {
                let Some(secret) = work.stores[Kind::Secrets].get_in(namespace, name) else {
                    return Ok(Action::AwaitChange);
                };
                match account_of(secret, work)? {
                    Some(account) => return self.fill(&account, secret, work),
                    None => delete(secret, work)?,
                }
            }
            "gone" => return forget(namespace, name, other, work),
            _ => {
                let kept = work.stores[Kind::ServiceAccounts].get_in(namespace, name);
                if kept.is_some_and(|account| account.uid() == other) {
                    return Ok(Action::AwaitChange);
                }
                let of_account = |s: &&Value| {
                    s.get("type") == &legacy::SECRET_TYPE
                        && s.annotation(legacy::ACCOUNT_NAME) == Some(name)
                        && s.annotation(legacy::ACCOUNT_UID) == Some(other)
                };
                let stores = work.stores;
                for secret in stores[Kind::Secrets]
                    .in_namespace(namespace)
                    .filter(of_account)
                {
                    delete(secret, work)?;
                }
            }
        }
        Ok(Action::AwaitChange)
    }
}
