//! Gives every namespace its ServiceAccount `default` and the ConfigMap `kube-root-ca.crt` (upstream's
//! `pkg/controller/serviceaccount` and `pkg/controller/certificates/rootcacertpublisher`).

pub mod tokens;

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::Value;
use crate::client::Delta;
use crate::tree;

const ROOT_CA: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "kubernetes.io/description";
const DESCRIPTION_TEXT: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
    endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
    distributions of Kubernetes clusters.";

/// The controller of default service accounts.
#[derive(Clone, Default)]
pub struct ServiceAccountController {}

/// The publisher of the cluster's certificate authority.
#[derive(Clone)]
pub struct RootCaPublisher {
    root_ca: String,
}

impl RootCaPublisher {
    /// A publisher of this certificate (PEM).
    pub fn new(root_ca: String) -> Self {
        Self { root_ca }
    }
}

fn active_namespace<'a>(key: &str, work: &'a Work<'_, '_>) -> Option<&'a Value> {
    work.stores[Kind::Namespaces]
        .get(key)
        .filter(|ns| ns.at(&["status", "phase"]) != &"Terminating" && !ns.is_terminating())
}

/// Queues the namespace itself, or that of an object called `name` whose deletion or change is to be undone.
fn observe(kind: Kind, delta: &Delta, name: &str, watching: &mut Watching<'_>) {
    let object = delta.object();
    if kind == Kind::Namespaces {
        if !matches!(delta, Delta::Deleted(_)) {
            watching.add(object.name());
        }
    } else if object.name() == name {
        watching.add(object.namespace());
    }
}

impl Reconciler for ServiceAccountController {
    const NAME: &'static str = "serviceaccount-controller";
    const SERVICE_ACCOUNT: &'static str = "service-account-controller";
    const WATCHES: &'static [Kind] = &[Kind::Namespaces, Kind::ServiceAccounts];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::Namespaces || matches!(delta, Delta::Deleted(_)) {
            observe(kind, delta, "default", watching);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let accounts = &work.stores[Kind::ServiceAccounts];
        if active_namespace(key, work).is_none() || accounts.get_in(key, "default").is_some() {
            return Ok(Action::AwaitChange);
        }
        let account = tree!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "name": "default", "namespace": key,
        }});
        match work.cx.create(Kind::ServiceAccounts.def(), key, account) {
            Err(e) if !e.is_already_exists() && !e.has_cause("NamespaceTerminating") => {
                Err(e.into())
            }
            _ => Ok(Action::AwaitChange),
        }
    }
}

impl Reconciler for RootCaPublisher {
    const NAME: &'static str = "root-ca-certificate-publisher-controller";
    const SERVICE_ACCOUNT: &'static str = "root-ca-cert-publisher";
    const WATCHES: &'static [Kind] = &[Kind::Namespaces, Kind::ConfigMaps];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if kind == Kind::Namespaces || !matches!(delta, Delta::Added(_)) {
            observe(kind, delta, ROOT_CA, watching);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        if active_namespace(key, work).is_none() {
            return Ok(Action::AwaitChange);
        }
        let current = work.stores[Kind::ConfigMaps].get_in(key, ROOT_CA);
        let data = tree!({"ca.crt": self.root_ca});
        let def = Kind::ConfigMaps.def();
        let result = match current {
            Some(map) if map.get("data") == &data && map.annotation(DESCRIPTION).is_some() => {
                return Ok(Action::AwaitChange);
            }
            Some(map) => {
                let mut map = map.clone();
                map.set("data", data);
                map.set_annotation(DESCRIPTION, DESCRIPTION_TEXT);
                work.cx.update(def, map)
            }
            None => {
                let mut map = tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                    "name": ROOT_CA, "namespace": key,
                }});
                map.set("data", data);
                map.set_annotation(DESCRIPTION, DESCRIPTION_TEXT);
                work.cx.create(def, key, map)
            }
        };
        match result {
            Err(e) if !e.is_already_exists() && !e.has_cause("NamespaceTerminating") => {
                Err(e.into())
            }
            _ => Ok(Action::AwaitChange),
        }
    }
}
