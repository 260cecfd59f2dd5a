//! What a job's policies say of failed pods and of succeeded indexes (upstream's `pod_failure_policy.go` and
//! `success_policy.go`).

use super::indexes::{self, Indexes};
use super::phase;
use crate::apimachinery::Value;

/// What a failure policy says of a failed pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Why the whole job fails, where it does.
    pub fail_job: Option<String>,
    /// Whether the failure counts towards the back-off limits.
    pub counts: bool,
    /// Whether the pod's index fails, whatever its limit.
    pub fail_index: bool,
}

const COUNTS: Verdict = Verdict {
    fail_job: None,
    counts: true,
    fail_index: false,
};

/// What the first rule that matches says of a failed pod.
pub fn of_failure(policy: &Value, pod: &Value) -> Verdict {
    for (i, rule) in policy.get("rules").items().iter().enumerate() {
        let action = rule.get("action").str();
        let codes = rule.get("onExitCodes");
        let found = if codes.is_null() {
            matching_condition(pod, rule.get("onPodConditions")).map(|c| {
                let kind = c.get("type").str();
                format!("Pod {} has condition {kind}", pod.key())
            })
        } else {
            matching_container(pod, codes).map(|c| {
                let code = c.at(&["state", "terminated", "exitCode"]).as_i64();
                format!(
                    "Container {} for pod {} failed with exit code {}",
                    c.get("name").str(),
                    pod.key(),
                    code.unwrap_or(0)
                )
            })
        };
        let Some(what) = found else {
            continue;
        };
        return Verdict {
            fail_job: (action == "FailJob")
                .then(|| format!("{what} matching FailJob rule at index {i}")),
            counts: action != "Ignore",
            fail_index: action == "FailIndex",
        };
    }
    COUNTS
}

fn matching_condition<'a>(pod: &'a Value, patterns: &Value) -> Option<&'a Value> {
    pod.at(&["status", "conditions"]).items().iter().find(|c| {
        patterns
            .items()
            .iter()
            .any(|p| p.get("type") == c.get("type") && p.get("status") == c.get("status"))
    })
}

fn matching_container<'a>(pod: &'a Value, codes: &Value) -> Option<&'a Value> {
    let name = codes.get("containerName");
    let matches = |status: &&Value| {
        let code = status.at(&["state", "terminated", "exitCode"]);
        let listed = codes.get("values").items().contains(code);
        let wanted = codes.get("operator") == &"In";
        let named = name.is_null() || name == status.get("name");
        named && code.as_i64().is_some_and(|n| n != 0) && listed == wanted
    };
    let of = |field: &str| pod.at(&["status", field]).items().iter();
    of("containerStatuses")
        .find(matches)
        .or_else(|| of("initContainerStatuses").find(matches))
}

/// Whether a pod makes its index fail.
pub fn fails_index(job: &Value, pod: &Value) -> bool {
    if phase(pod) != "Failed" && !super::is_failed(pod, job) {
        return false;
    }
    let verdict = of_failure(job.at(&["spec", "podFailurePolicy"]), pod);
    let limit = job.at(&["spec", "backoffLimitPerIndex"]).as_i64();
    verdict.fail_index || verdict.counts && indexes::failure_count(pod) >= limit.unwrap_or(i64::MAX)
}

/// Which rule of a success policy the succeeded indexes meet, in words.
pub fn met_success(job: &Value, succeeded: &Indexes) -> Option<String> {
    if succeeded.is_empty() {
        return None;
    }
    let completions = job.at(&["spec", "completions"]).as_i64().unwrap_or(0);
    let rules = job.at(&["spec", "successPolicy", "rules"]).items();
    let met = |rule: &Value| {
        let count = rule.get("succeededCount").as_i64();
        match rule.get("succeededIndexes").as_str() {
            Some(wanted) => {
                let wanted = Indexes::parse(wanted, completions);
                let there = wanted.common(succeeded);
                let enough = count.is_some_and(|n| there >= n);
                !wanted.is_empty() && (enough || there == wanted.len())
            }
            None => count.is_some_and(|n| succeeded.len() >= n),
        }
    };
    let at = rules.iter().position(met)?;
    Some(format!("Matched rules at index {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn failed(container: &str, code: i64, condition: &str) -> Value {
        tree!({"metadata": {"namespace": "n", "name": "p"}, "status": {
            "phase": "Failed", "conditions": [{"type": condition, "status": "True"}],
            "containerStatuses": [{"name": container, "state": {"terminated": {"exitCode": code}}}],
        }})
    }

    #[test]
    fn the_first_rule_that_matches_says_what_a_failure_means() {
        let policy = tree!({"rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42]}},
            {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [3]}},
            {"action": "Count", "onExitCodes": {"operator": "NotIn", "values": [5]}},
            {"action": "FailJob", "onPodConditions": [{"type": "Odd", "status": "True"}]},
        ]});
        let fail_job = |text: &str| Verdict {
            fail_job: Some(text.to_owned()),
            ..COUNTS
        };
        for (pod, wanted) in [
            (
                failed("main", 42, "DisruptionTarget"),
                Verdict {
                    counts: false,
                    ..COUNTS
                },
            ),
            (
                failed("main", 42, "Odd"),
                fail_job(
                    "Container main for pod n/p failed with exit code 42 matching FailJob rule at index 1",
                ),
            ),
            (failed("other", 42, "Odd"), COUNTS),
            (
                failed("other", 3, "Odd"),
                Verdict {
                    fail_index: true,
                    ..COUNTS
                },
            ),
            (
                failed("other", 5, "Odd"),
                fail_job("Pod n/p has condition Odd matching FailJob rule at index 4"),
            ),
            (failed("other", 5, "Plain"), COUNTS),
        ] {
            assert_eq!(of_failure(&policy, &pod), wanted, "{pod:?}");
        }
    }

    #[test]
    fn a_success_policy_is_met_by_indexes_or_their_number() {
        let job = tree!({"spec": {"completions": 6, "successPolicy": {"rules": [
            {"succeededIndexes": "0,2-3"},
            {"succeededIndexes": "1-5", "succeededCount": 2},
            {"succeededCount": 4},
        ]}}});
        for (done, wanted) in [
            (&[][..], None),
            (&[0, 2], None),
            (&[0, 2, 3], Some("Matched rules at index 0")),
            (&[1, 5], Some("Matched rules at index 1")),
        ] {
            let done: Indexes = done.iter().copied().collect();
            assert_eq!(met_success(&job, &done).as_deref(), wanted, "{done:?}");
        }
    }
}
