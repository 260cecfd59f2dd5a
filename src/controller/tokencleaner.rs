//! Takes bootstrap tokens away that have expired (`pkg/controller/bootstrap/tokencleaner.go`).

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::Timestamp;
use crate::client::{DeleteOptions, Delta};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const NAMESPACE: &str = "kube-system";
const SECRET_TYPE: &str = "bootstrap.kubernetes.io/token";

/// The cleaner of bootstrap tokens.
#[derive(Clone, Default)]
pub struct TokenCleaner {}

impl Reconciler for TokenCleaner {
    const NAME: &'static str = "token-cleaner-controller";
    const SERVICE_ACCOUNT: &'static str = "token-cleaner";
    const WATCHES: &'static [Kind] = &[Kind::Secrets];

    fn observe(&mut self, _: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let secret = delta.object();
        let ours = secret.namespace() == NAMESPACE && secret.get("type") == &SECRET_TYPE;
        if ours && !matches!(delta, Delta::Deleted(_)) {
            watching.add(secret.name());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(secret) = work.stores[Kind::Secrets].get_in(NAMESPACE, key) else {
            return Ok(Action::AwaitChange);
        };
        let expiration = secret.at(&["data", "expiration"]).str();
        if expiration.is_empty() {
            return Ok(Action::AwaitChange);
        }
        let text = String::from_utf8(STANDARD.decode(expiration).unwrap_or_default());
        // One that nobody can read counts as over.
        if let Some(end) = text.ok().and_then(|text| Timestamp::parse(&text))
            && end > work.cx.now
        {
            return Ok(Action::RequeueAfter(end.since(work.cx.now)));
        }
        let options = DeleteOptions {
            uid: Some(secret.uid().to_owned()),
            ..DeleteOptions::default()
        };
        match work
            .cx
            .delete(Kind::Secrets.def(), NAMESPACE, key, &options)
        {
            Err(e) if !e.is_conflict() && !e.is_not_found() => Err(e.into()),
            _ => Ok(Action::AwaitChange),
        }
    }
}
