//! Empties namespaces that are being deleted (upstream's `pkg/controller/namespace`).

mod conditions;

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::Value;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::status::AWAITS_WEBHOOKS;
use crate::client::{ApiError, Delta, ListOptions};
use conditions::Findings;
use std::sync::LazyLock;
use std::time::Duration;

/// How long a deletion waits, so that other servers may learn of it.
const GRACE_PERIOD: Duration = Duration::from_secs(5);
const FINALIZER: &str = "kubernetes";

/// The namespace controller.
#[derive(Clone, Default)]
pub struct NamespaceController {}

/// Every namespaced resource whose objects can be deleted and listed, one version of each.
static CONTENT: LazyLock<Vec<&'static ResourceDef>> = LazyLock::new(|| {
    let mut all: Vec<&'static ResourceDef> = Vec::new();
    for r in schema::RESOURCES {
        let usable = r.namespaced && r.verbs.contains(&"delete") && r.verbs.contains(&"list");
        if usable
            && !all
                .iter()
                .any(|o| (o.group, o.resource) == (r.group, r.resource))
        {
            all.push(r);
        }
    }
    all
});

impl NamespaceController {
    fn sync(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let def = Kind::Namespaces.def();
        let namespace = match work.cx.get(def, "", key) {
            Ok(namespace) if namespace.is_terminating() => namespace,
            Ok(_) => return Ok(Action::AwaitChange),
            Err(e) if e.is_not_found() => return Ok(Action::AwaitChange),
            Err(e) => return Err(e.into()),
        };
        let namespace = begin(namespace, work)?;
        if finalizers(&namespace).is_empty() {
            return Ok(Action::AwaitChange);
        }
        let mut found = delete_all_content(key, work)?;
        // What webhooks are still asked about is no failure to tell of.
        if let Some(e) = found
            .error
            .take_if(|e| e.to_string().contains(AWAITS_WEBHOOKS))
        {
            return Err(e.into());
        }
        let namespace = conditions::update(namespace, &found, work)?;
        if let Some(e) = found.error {
            return Err(e.into());
        }
        if !found.remaining.is_empty() {
            return Ok(Action::RequeueAfter(Duration::from_secs(
                found.estimate / 2 + 1,
            )));
        }
        finalize(namespace, work)?;
        Ok(Action::AwaitChange)
    }
}

/// Marks the namespace as terminating.
fn begin(mut namespace: Value, work: &mut Work<'_, '_>) -> Result<Value, Error> {
    if namespace.at(&["status", "phase"]) == &"Terminating" {
        return Ok(namespace);
    }
    namespace.set_at(&["status", "phase"], "Terminating");
    Ok(work.cx.update_status(Kind::Namespaces.def(), namespace)?)
}

fn finalizers(namespace: &Value) -> &[Value] {
    namespace.at(&["spec", "finalizers"]).items()
}

fn finalize(mut namespace: Value, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let left: Vec<Value> = finalizers(&namespace)
        .iter()
        .filter(|f| *f != &FINALIZER)
        .cloned()
        .collect();
    namespace.set_at(&["spec", "finalizers"], left);
    match work
        .cx
        .update_sub(Kind::Namespaces.def(), "finalize", namespace)
    {
        Err(e) if !e.is_not_found() => Err(e.into()),
        _ => Ok(()),
    }
}

/// Asks for the deletion of everything in a namespace, pods before all else, and finds what is left.
fn delete_all_content(namespace: &str, work: &mut Work<'_, '_>) -> Result<Findings, Error> {
    let mut found = Findings::default();
    delete_content_of(Kind::Pods.def(), namespace, work, &mut found);
    if !found.remaining.is_empty() || found.error.is_some() {
        return Ok(found);
    }
    for def in CONTENT.iter().filter(|d| d.resource != "pods") {
        delete_content_of(def, namespace, work, &mut found);
    }
    let mut done: Vec<&ResourceDef> = Vec::new();
    for def in work.cx.api.custom_kinds() {
        let same = |d: &&ResourceDef| (d.group, d.resource) == (def.group, def.resource);
        if def.namespaced && !done.iter().any(same) {
            delete_content_of(def, namespace, work, &mut found);
            done.push(def);
        }
    }
    Ok(found)
}

fn delete_content_of(
    def: &'static ResourceDef,
    namespace: &str,
    work: &mut Work<'_, '_>,
    found: &mut Findings,
) {
    match content(def, namespace, work) {
        Ok(items) if items.is_empty() => return,
        Ok(_) => {}
        Err(e) => return found.failed(e),
    }
    if def.verbs.contains(&"deletecollection") {
        if let Err(e) = work.cx.delete_collection(def, namespace, "Background")
            && !matches!(e.reason(), "MethodNotAllowed" | "NotFound")
        {
            return found.failed(e);
        }
    } else {
        for item in content(def, namespace, work).unwrap_or_default() {
            let options = crate::client::DeleteOptions {
                propagation_policy: Some("Background"),
                ..Default::default()
            };
            match work.cx.delete(def, namespace, item.name(), &options) {
                Err(e) if !e.is_not_found() => return found.failed(e),
                _ => {}
            }
        }
    }
    match content(def, namespace, work) {
        Ok(items) => found.note(def, &items, work.cx.now),
        Err(e) => found.failed(e),
    }
}

fn content(
    def: &'static ResourceDef,
    namespace: &str,
    work: &mut Work<'_, '_>,
) -> Result<Vec<Value>, ApiError> {
    match work.cx.list(def, namespace, &ListOptions::default()) {
        Ok(list) => Ok(list.get("items").items().to_vec()),
        Err(e) if matches!(e.reason(), "MethodNotAllowed" | "NotFound") => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

impl Reconciler for NamespaceController {
    const NAME: &'static str = "namespace-controller";
    const SERVICE_ACCOUNT: &'static str = "namespace-controller";
    const WATCHES: &'static [Kind] = &[Kind::Namespaces];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let namespace = delta.object();
        if !matches!(delta, Delta::Deleted(_)) && namespace.is_terminating() {
            watching.add_after(namespace.name(), GRACE_PERIOD);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        self.sync(key, work)
    }
}
