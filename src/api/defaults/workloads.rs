//! Workloads and autoscalers (`pkg/apis/{apps,batch,autoscaling}/*/defaults.go`).

use super::{Defaulter, Edit};
use crate::apimachinery::Value;
use crate::tree;

pub(super) fn defaulter(name: &str) -> Option<Defaulter> {
    Some(match name {
        "api.apps.v1.DeploymentSpec" => deployment,
        "api.apps.v1.ReplicaSetSpec" => |e| e.default("replicas", 1),
        "api.apps.v1.DaemonSetSpec" => daemon_set,
        "api.apps.v1.StatefulSetSpec" => stateful_set,
        "api.batch.v1.Job" => job,
        "api.batch.v1.CronJobSpec" => cron_job,
        "api.batch.v1.PodFailurePolicyOnPodConditionsPattern" => {
            |e| e.default_empty("status", "True")
        }
        "api.autoscaling.v1.HorizontalPodAutoscaler" => |e| {
            e.default_at(&["spec", "minReplicas"], 1);
            let metrics = [
                "metadata",
                "annotations",
                "autoscaling.alpha.kubernetes.io/metrics",
            ];
            if e.at(&metrics).is_null() {
                e.default_at(&["spec", "targetCPUUtilizationPercentage"], 80);
            }
        },
        "api.autoscaling.v2.HorizontalPodAutoscalerSpec" => autoscaler,
        _ => return None,
    })
}

fn deployment(e: &mut Edit) {
    e.default("replicas", 1);
    if e.at(&["strategy", "type"]).is_empty() {
        e.set_at(&["strategy", "type"], "RollingUpdate");
    }
    if e.at(&["strategy", "type"]).str() == "RollingUpdate" {
        e.default_at(&["strategy", "rollingUpdate", "maxUnavailable"], "25%");
        e.default_at(&["strategy", "rollingUpdate", "maxSurge"], "25%");
    }
    e.default("revisionHistoryLimit", 10);
    e.default("progressDeadlineSeconds", 600);
}

fn daemon_set(e: &mut Edit) {
    if e.at(&["updateStrategy", "type"]).is_empty() {
        e.set_at(&["updateStrategy", "type"], "RollingUpdate");
    }
    if e.at(&["updateStrategy", "type"]).str() == "RollingUpdate" {
        e.default_at(&["updateStrategy", "rollingUpdate", "maxUnavailable"], 1);
        e.default_at(&["updateStrategy", "rollingUpdate", "maxSurge"], 0);
    }
    e.default("revisionHistoryLimit", 10);
}

fn stateful_set(e: &mut Edit) {
    e.default_empty("podManagementPolicy", "OrderedReady");
    if e.at(&["updateStrategy", "type"]).is_empty() {
        e.set_at(&["updateStrategy", "type"], "RollingUpdate");
        e.default_at(&["updateStrategy", "rollingUpdate"], tree!({}));
    }
    let rolling = e.at(&["updateStrategy", "rollingUpdate"]);
    if e.at(&["updateStrategy", "type"]).str() == "RollingUpdate" && !rolling.is_null() {
        e.default_at(&["updateStrategy", "rollingUpdate", "partition"], 0);
    }
    for field in ["whenDeleted", "whenScaled"] {
        if e.at(&["persistentVolumeClaimRetentionPolicy", field])
            .is_empty()
        {
            e.set_at(&["persistentVolumeClaimRetentionPolicy", field], "Retain");
        }
    }
    e.default("replicas", 1);
    e.default("revisionHistoryLimit", 10);
    let named = |c: &Value| c.kind() == "PersistentVolumeClaim" && c.api_version() == "v1";
    if !e.get("volumeClaimTemplates").items().iter().all(named) {
        for claim in e.to_mut().entry("volumeClaimTemplates").items_mut() {
            claim.set("kind", "PersistentVolumeClaim");
            claim.set("apiVersion", "v1");
        }
    }
}

fn job(e: &mut Edit) {
    let mut spec = Edit::of(e.get("spec"));
    if spec.get("completions").is_null() && spec.get("parallelism").is_null() {
        spec.set("completions", 1);
    }
    spec.default("parallelism", 1);
    let per_index = !spec.get("backoffLimitPerIndex").is_null();
    spec.default("backoffLimit", if per_index { i32::MAX } else { 6 });
    spec.default("completionMode", "NonIndexed");
    spec.default("suspend", false);
    let policy = match spec.get("podFailurePolicy").is_null() {
        true => "TerminatingOrFailed",
        false => "Failed",
    };
    spec.default("podReplacementPolicy", policy);
    spec.default("manualSelector", false);
    if let Some(new) = spec.done() {
        e.set("spec", new);
    }
    let labels = e.at(&["spec", "template", "metadata", "labels"]).clone();
    if !labels.is_empty() && e.at(&["metadata", "labels"]).is_empty() {
        e.set_at(&["metadata", "labels"], labels);
    }
}

fn cron_job(e: &mut Edit) {
    e.default_empty("concurrencyPolicy", "Allow");
    e.default("suspend", false);
    e.default("successfulJobsHistoryLimit", 3);
    e.default("failedJobsHistoryLimit", 1);
}

fn autoscaler(e: &mut Edit) {
    e.default("minReplicas", 1);
    e.default_empty(
        "metrics",
        tree!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]),
    );
    if !e.get("behavior").is_null() {
        let up = tree!({
            "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
            "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}],
        });
        let down = tree!({
            "selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
        });
        scaling_rules(e, "scaleUp", &up);
        scaling_rules(e, "scaleDown", &down);
    }
}

fn scaling_rules(e: &mut Edit, field: &str, defaults: &Value) {
    for (k, v) in defaults.fields() {
        e.default_at(&["behavior", field, k], v);
    }
}
