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
        let (uid, name) = (
            job.meta().get("uid").clone(),
            job.meta().get("name").clone(),
        );
        let template = ["spec", "template", "metadata", "labels"];
        // A job without labels of its own takes its template's, generated ones included, because it is defaulted from it.
        let shared =
            job.labels().is_none_or(Map::is_empty) || job.meta().get("labels") == job.at(&template);
        for prefix in ["batch.kubernetes.io/", ""] {
            for (key, value) in [("controller-uid", &uid), ("job-name", &name)] {
                job.at_mut(&template).set(&format!("{prefix}{key}"), value);
            }
        }
        if shared {
            let labels = job.at(&template).clone();
            job.meta_mut().set("labels", labels);
        }
        job.set_at(
            &[
                "spec",
                "selector",
                "matchLabels",
                "batch.kubernetes.io/controller-uid",
            ],
            uid,
        );
    }
}
