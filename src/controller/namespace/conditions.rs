//! What a namespace that is being deleted says about it (upstream's `status_condition_utils.go`).

use super::super::runner::{Error, Work};
use super::super::stores::Kind;
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Timestamp, Value};
use crate::client::ApiError;
use crate::collections::SortedMap;
use crate::tree;

/// What one pass over the content of a namespace found.
#[derive(Default)]
pub struct Findings {
    /// Objects that are still there, per `resource.group`.
    pub remaining: SortedMap<String, usize>,
    /// How many of them each finalizer holds.
    pub finalizers: SortedMap<String, usize>,
    /// How long the slowest of them may take to go, in seconds.
    pub estimate: u64,
    /// The first refusal of the server.
    pub error: Option<ApiError>,
}

impl Findings {
    /// The server refused.
    pub fn failed(&mut self, e: ApiError) {
        self.error.get_or_insert(e);
    }

    /// These objects of a resource are still there.
    pub fn note(&mut self, def: &ResourceDef, items: &[Value], now: Timestamp) {
        if items.is_empty() {
            return;
        }
        self.remaining
            .insert(format!("{}.{}", def.resource, def.group), items.len());
        let finalizers_before = self.finalizers.len();
        for finalizer in items.iter().flat_map(Value::finalizers) {
            *self.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
        let estimate = if def.resource == "pods" {
            items.iter().map(|p| grace(p, now)).max().unwrap_or(0)
        } else if self.finalizers.len() > finalizers_before {
            // A finalizer may take any time; upstream looks again after this.
            15
        } else {
            0
        };
        self.estimate = self.estimate.max(estimate);
    }

    fn content_message(&self) -> String {
        let list: Vec<String> = self
            .remaining
            .iter()
            .map(|(resource, n)| format!("{resource} has {n} resource instances"))
            .collect();
        format!("Some resources are remaining: {}", list.join(", "))
    }

    fn finalizers_message(&self) -> String {
        let list: Vec<String> = self
            .finalizers
            .iter()
            .map(|(finalizer, n)| format!("{finalizer} in {n} resource instances"))
            .collect();
        let what = "Some content in the namespace has finalizers remaining";
        format!("{what}: {}", list.join(", "))
    }

    /// Type, status, reason and message of each condition.
    fn conditions(&self) -> Vec<[String; 4]> {
        let row = |a: &str, b: &str, c: &str, d: &str| [a, b, c, d].map(str::to_owned);
        let mut rows = vec![
            row(
                "NamespaceDeletionDiscoveryFailure",
                "False",
                "ResourcesDiscovered",
                "All resources successfully discovered",
            ),
            row(
                "NamespaceDeletionGroupVersionParsingFailure",
                "False",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
        ];
        rows.push(match &self.error {
            Some(e) => row(
                "NamespaceDeletionContentFailure",
                "True",
                "ContentDeletionFailed",
                &format!("Failed to delete all resource types, 1 remaining: {e}"),
            ),
            None => row(
                "NamespaceDeletionContentFailure",
                "False",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        });
        rows.push(if self.remaining.is_empty() {
            let message = "All content successfully removed";
            row(
                "NamespaceContentRemaining",
                "False",
                "ContentRemoved",
                message,
            )
        } else {
            let message = self.content_message();
            row(
                "NamespaceContentRemaining",
                "True",
                "SomeResourcesRemain",
                &message,
            )
        });
        rows.push(if self.finalizers.is_empty() {
            let message = "All content-preserving finalizers finished";
            row(
                "NamespaceFinalizersRemaining",
                "False",
                "ContentHasNoFinalizers",
                message,
            )
        } else {
            let message = self.finalizers_message();
            row(
                "NamespaceFinalizersRemaining",
                "True",
                "SomeFinalizersRemain",
                &message,
            )
        });
        rows
    }
}

/// How long a pod may still take, in seconds.
fn grace(pod: &Value, now: Timestamp) -> u64 {
    if matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed") {
        return 0;
    }
    match pod.deletion_timestamp() {
        Some(at) => at.since(now).as_secs(),
        None => pod
            .at(&["spec", "terminationGracePeriodSeconds"])
            .as_i64()
            .map_or(0, i64::unsigned_abs),
    }
}

/// Writes the conditions where they differ.
pub fn update(
    mut namespace: Value,
    found: &Findings,
    work: &mut Work<'_, '_>,
) -> Result<Value, Error> {
    let mut conditions = namespace.at(&["status", "conditions"]).clone();
    let mut changed = false;
    for [kind, status, reason, message] in found.conditions() {
        let old = conditions
            .items()
            .iter()
            .position(|c| c.get("type").str() == kind);
        let new = tree!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": work.cx.now.to_rfc3339(),
        });
        let same = |old: &Value| {
            ["status", "reason", "message"]
                .iter()
                .all(|f| old.get(f) == new.get(f))
        };
        match old {
            Some(i) if same(&conditions.items()[i]) => continue,
            Some(i) => conditions.items_mut()[i] = new,
            None => conditions.push(new),
        }
        changed = true;
    }
    if !changed {
        return Ok(namespace);
    }
    namespace.set_at(&["status", "conditions"], conditions);
    Ok(work.cx.update_status(Kind::Namespaces.def(), namespace)?)
}
