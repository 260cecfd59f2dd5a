//! `pods/eviction`: deleting a pod as far as disruption budgets allow (`registry/core/pod/storage/eviction.go`).

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::storage::Storage;
use super::super::{ApiServer, Write, decode};
use super::delete::DeleteOptions;
use crate::apimachinery::http::Body;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Timestamp, Value};
use crate::tree;

impl ApiServer {
    pub(super) fn evict_pod(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        let tree = decode::tree(&call.content_type, body)?;
        let mut eviction = decode::object_as(call, tree, "policy/v1", "Eviction")?;
        if eviction.name() != call.info.name {
            return Err(Status::bad_request(
                "name in URL does not match name in Eviction object",
            ));
        }
        let pods = super::lookup("", "v1", "pods").ok_or_else(Status::no_such_resource)?;
        call.resource = pods;
        let mut pod = self.stored(call)?.clone();
        let mut seen = Attributes::new(Operation::Create, "eviction", &mut eviction, Some(&pod));
        self.restrict_node(call, &seen)?;
        seen.old = None;
        self.admit_part(call, &mut seen)?;
        if !ignores_budgets(&pod) {
            self.charge_budget(call, &pod)?;
        }
        if !call.dry_run {
            let key = pods.key(pod.namespace(), pod.name());
            let marked = disruption_target(&pod, call.now);
            pod = self.commit(call, pods, &key, Write::Update(marked))?;
        }
        let asked = eviction.get("deleteOptions");
        let options = DeleteOptions {
            grace: asked.get("gracePeriodSeconds").as_i64(),
            dry_run: call.dry_run,
            ..DeleteOptions::default()
        };
        // Webhooks were asked about the eviction.
        call.passes_webhooks = true;
        self.delete_stored(call, &pod, &options)?;
        let success = tree!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
        Ok(Answer::Object(201, success))
    }

    /// Takes one disruption from the pod's budget.
    fn charge_budget(&mut self, call: &Call, pod: &Value) -> Result<(), Status> {
        let Some(budgets) = super::lookup("policy", "v1", "poddisruptionbudgets") else {
            return Ok(());
        };
        let prefix = budgets.prefix(pod.namespace());
        let matching: Vec<Value> = self
            .storage
            .list(budgets.table, &prefix, "")
            .filter(|(_, b)| {
                Selector::from_label_selector(b.at(&["spec", "selector"]))
                    .is_ok_and(|s| s.matches_object(pod))
            })
            .map(|(_, b)| b.clone())
            .collect();
        let budget = match matching.as_slice() {
            [] => return Ok(()),
            [budget] => budget,
            _ => {
                return Err(Status::unknown(
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                ));
            }
        };
        if !is_ready(pod) && unhealthy_may_go(budget) {
            return Ok(());
        }
        let mut new = budget.clone();
        let status = budget.get("status");
        let name = budget.name();
        let observed = status.get("observedGeneration").as_i64().unwrap_or(0);
        if observed < budget.generation() {
            let cause = StatusCause::new(
                "DisruptionBudget",
                format!("The disruption budget {name} is still being processed by the server."),
                "",
            );
            return Err(refusal(10, cause));
        }
        let allowed = status.get("disruptionsAllowed").as_i64().unwrap_or(0);
        if allowed < 0 {
            return Err(Status::forbidden(
                "policy",
                "poddisruptionbudget",
                name,
                "pdb disruptions allowed is negative",
            ));
        }
        if allowed == 0 {
            let (desired, healthy) = (
                status.get("desiredHealthy").as_i64().unwrap_or(0),
                status.get("currentHealthy").as_i64().unwrap_or(0),
            );
            let cause = StatusCause::new(
                "DisruptionBudget",
                format!(
                    "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
                ),
                "",
            );
            return Err(refusal(0, cause));
        }
        new.set_at(&["status", "disruptionsAllowed"], allowed - 1);
        if allowed == 1 {
            super::policy::set_disruption_condition(&mut new, call.now);
        }
        new.set_at(&["status", "disruptedPods", pod.name()], call.now);
        if !call.dry_run {
            let key = budgets.key(budget.namespace(), name);
            self.commit(call, budgets, &key, Write::Update(new))?;
        }
        Ok(())
    }
}

/// The pod with the condition that says why it is going to end.
fn disruption_target(pod: &Value, now: Timestamp) -> Value {
    let mut condition = tree!({
        "type": "DisruptionTarget", "status": "True", "lastProbeTime": null,
        "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
    });
    condition.set("lastTransitionTime", now);
    if pod.generation() > 0 {
        condition.set("observedGeneration", pod.generation());
    }
    let mut pod = pod.clone();
    let list = pod.at_mut(&["status", "conditions"]).items_mut();
    list.retain(|c| c.get("type") != &"DisruptionTarget");
    list.push(condition);
    pod
}

fn refusal(retry_after: i64, cause: StatusCause) -> Status {
    Status::too_many_requests(
        "Cannot evict pod as it would violate the pod's disruption budget.",
        retry_after,
    )
    .with_causes(&[cause])
}

/// Pods that are over, not begun or going need no budget (`canIgnorePDB`).
fn ignores_budgets(pod: &Value) -> bool {
    matches!(
        pod.at(&["status", "phase"]).str(),
        "Succeeded" | "Failed" | "Pending"
    ) || pod.is_terminating()
}

fn is_ready(pod: &Value) -> bool {
    pod.at(&["status", "conditions"])
        .items()
        .iter()
        .any(|c| c.get("type") == &"Ready" && c.get("status") == &"True")
}

/// Whether pods that are not ready may go (`unhealthyPodEvictionPolicy`).
fn unhealthy_may_go(budget: &Value) -> bool {
    if budget.at(&["spec", "unhealthyPodEvictionPolicy"]) == &"AlwaysAllow" {
        return true;
    }
    let status = budget.get("status");
    let number = |f: &str| status.get(f).as_i64().unwrap_or(0);
    number("currentHealthy") >= number("desiredHealthy") && number("desiredHealthy") > 0
}
