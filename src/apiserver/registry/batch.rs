//! Strategies of the group `batch`.

use super::{Prepare, Strategy};
use crate::apimachinery::{Map, Value};

/// Jobs (`registry/batch/job/strategy.go`).
pub struct Jobs;

impl Strategy for Jobs {
    fn has_generation(&self) -> bool {
        true
    }
    fn orphans_by_default(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, job: &mut Value, _cx: &mut Prepare<'_>) {
        if job.at(&["spec", "manualSelector"]).as_bool() == Some(true) {
            return;
        }
        let (uid, name) = (job.meta().get("uid").clone(), Value::from(job.name()));
        let template = ["spec", "template", "metadata", "labels"];
        // A job without labels of its own takes its template's, generated ones included, because it is defaulted from it.
        let shared =
            job.labels().is_none_or(Map::is_empty) || job.meta().get("labels") == job.at(&template);
        for prefix in ["batch.kubernetes.io/", ""] {
            for (key, value) in [("controller-uid", &uid), ("job-name", &name)] {
                let (labels, key) = (job.at_mut(&template), format!("{prefix}{key}"));
                // One that is there already is left for validation to refuse.
                if labels.get(&key).is_null() {
                    labels.set(&key, value);
                }
            }
        }
        if shared {
            let labels = job.at(&template).clone();
            job.meta_mut().set("labels", labels);
        }
        let path = [
            "spec",
            "selector",
            "matchLabels",
            "batch.kubernetes.io/controller-uid",
        ];
        if job.at(&path).is_null() {
            job.set_at(&path, uid);
        }
    }
}
