//! Completion indexes of `Indexed` jobs (upstream's `indexed_job_utils.go`).

use super::backoff::finished_at;
use super::{Context, is_failed, phase, policies, replaces_only_failed};
use crate::apimachinery::Value;
use crate::collections::SortedSet;
use crate::tree;

/// Annotation and label: a pod's completion index.
pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Annotation: how often the index failed before, those failures that count.
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// Annotation: how often the index failed before, those failures that do not count.
const IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// How long a prefix of generated names can be.
const MAX_PREFIX: usize = 58;
const VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// Whether each pod of the job has an index.
pub fn is_indexed(job: &Value) -> bool {
    job.at(&["spec", "completionMode"]) == &"Indexed"
}

/// Whether each index has a back-off limit of its own.
pub fn has_own_limit(job: &Value) -> bool {
    !job.at(&["spec", "backoffLimitPerIndex"]).is_null()
}

fn completions(job: &Value) -> i64 {
    job.at(&["spec", "completions"]).as_i64().unwrap_or(0)
}

/// A pod's completion index.
pub fn of_pod(pod: &Value) -> Option<i64> {
    pod.annotation(INDEX)?.parse().ok().filter(|i| *i >= 0)
}

/// A pod's completion index, where the job has such.
pub fn valid(job: &Value, pod: &Value) -> Option<i64> {
    of_pod(pod).filter(|i| *i < completions(job))
}

fn counted(pod: &Value, annotation: &str) -> i64 {
    let n = pod.annotation(annotation).and_then(|n| n.parse().ok());
    n.filter(|n| (0..=i64::from(i32::MAX)).contains(n))
        .unwrap_or(0)
}

/// How often a pod's index failed before it and that counted.
pub fn failure_count(pod: &Value) -> i64 {
    counted(pod, FAILURES)
}

/// How often a pod's index failed before it, whether that counted or not.
pub fn all_failures(pod: &Value) -> i64 {
    counted(pod, FAILURES) + counted(pod, IGNORED)
}

/// Reads `1,3-5` up to the number of completions.
pub fn parse(s: &str, completions: i64) -> SortedSet<i64> {
    s.split(',')
        .filter_map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let last = to.parse::<i64>().ok()?.min(completions - 1);
            Some(from.parse::<i64>().ok()?..=last)
        })
        .flatten()
        .collect()
}

/// Writes `1,3-5`: a run of three or more is written as a range, one of two with a comma.
pub fn format(indexes: &SortedSet<i64>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = indexes.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if_eq(&(last + 1)) {
            last = next;
        }
        parts.push(match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        });
    }
    parts.join(",")
}

/// Which indexes succeeded and failed, with those that are in no status yet.
pub fn calculate(cx: &mut Context) {
    let n = completions(&cx.job);
    let mut succeeded = parse(cx.status.get("completedIndexes").str(), n);
    let own_limit = has_own_limit(&cx.job);
    let mut failed = parse(cx.status.get("failedIndexes").str(), n);
    for pod in cx.pods.iter().filter(|p| cx.is_tracked(p)) {
        let Some(index) = valid(&cx.job, pod) else {
            continue;
        };
        if phase(pod) == "Succeeded" {
            succeeded.insert(index);
        } else if own_limit && policies::fails_index(&cx.job, pod) {
            failed.insert(index);
        }
    }
    cx.succeeded = succeeded.len() as i64;
    cx.succeeded_indexes = succeeded;
    if own_limit {
        cx.failed_indexes = Some(failed);
        cx.delayed = delayed(cx);
    }
}

/// Per index that is to be tried again the failed pod that knows how often it failed.
fn delayed(cx: &Context) -> Vec<(i64, Value)> {
    let active: Vec<i64> = cx.active.iter().filter_map(of_pod).collect();
    let failed = cx.failed_indexes.as_ref();
    let mut found: Vec<(i64, Value)> = Vec::new();
    let pods = cx.pods.iter().filter(|p| cx.is_tracked(p));
    for pod in pods.filter(|p| is_failed(p, &cx.job)) {
        let Some(index) = valid(&cx.job, pod) else {
            continue;
        };
        let over = cx.succeeded_indexes.contains(&index)
            || failed.is_some_and(|f| f.contains(&index))
            || active.contains(&index);
        if over {
            continue;
        }
        match found.iter_mut().find(|(i, _)| *i == index) {
            Some((_, last)) => {
                let later = all_failures(last) <= all_failures(pod)
                    && finished_at(pod) >= finished_at(last);
                if later {
                    *last = pod.clone();
                }
            }
            None => found.push((index, pod.clone())),
        }
    }
    found
}

/// The lowest indexes that neither succeeded nor failed nor have a pod.
pub fn missing(cx: &Context, n: usize) -> Vec<i64> {
    let mut taken = cx.succeeded_indexes.clone();
    taken.extend(cx.active.iter().filter_map(of_pod));
    if replaces_only_failed(&cx.job) {
        let going = cx.pods.iter().filter(|p| p.is_terminating());
        taken.extend(going.filter(|p| !super::is_over(p)).filter_map(of_pod));
    }
    taken.extend(cx.failed_indexes.iter().flatten().copied());
    (0..completions(&cx.job))
        .filter(|i| !taken.contains(i))
        .take(n)
        .collect()
}

/// Parts running pods into those that are to go whatever happens (no index, one out of range, or one that another pod
/// has too) and the others.
pub fn surplus(job: &Value, pods: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let (mut going, mut staying): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    // Of several with one index the one that is furthest stays.
    let advance = |p: &Value| {
        let (running, assigned) = (
            phase(p) == "Running",
            !p.at(&["spec", "nodeName"]).is_empty(),
        );
        (
            assigned,
            running,
            super::ready_among(std::slice::from_ref(p)),
        )
    };
    for pod in pods {
        let Some(index) = valid(job, pod) else {
            going.push(pod.clone());
            continue;
        };
        match staying.iter_mut().find(|p| of_pod(p) == Some(index)) {
            Some(other) if advance(other) < advance(pod) => {
                going.push(std::mem::replace(other, pod.clone()));
            }
            Some(_) => going.push(pod.clone()),
            None => staying.push(pod.clone()),
        }
    }
    (going, staying)
}

/// Gives a pod its completion index: annotation, label, host name and environment.
pub fn put(pod: &mut Value, cx: &Context, index: i64) {
    let job = &cx.job;
    let text = index.to_string();
    pod.set_annotation(INDEX, &text);
    pod.set_at(&["metadata", "labels", INDEX], &text);
    let mut suffix = String::from("-");
    suffix.push_str(&text);
    let mut host = job.name().to_owned();
    host.push_str(&suffix);
    pod.set_at(&["spec", "hostname"], host);
    suffix.push('-');
    let mut prefix = job.name().to_owned();
    prefix.truncate(MAX_PREFIX - suffix.len());
    prefix.push_str(&suffix);
    pod.set_at(&["metadata", "generateName"], prefix);
    if has_own_limit(job) {
        let before = cx.delayed.iter().find(|(i, _)| *i == index);
        put_failures(pod, job, before.map(|(_, p)| p));
    }
    let path = format!("metadata.labels['{INDEX}']");
    let variable = tree!({"name": VARIABLE, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    for list in ["initContainers", "containers"] {
        if pod.at(&["spec", list]).is_null() {
            continue;
        }
        for container in pod.at_mut(&["spec", list]).items_mut() {
            let env = container.entry("env").items_mut();
            if !env.iter().any(|e| e.get("name") == &VARIABLE) {
                env.push(variable.clone());
            }
        }
    }
}

fn put_failures(pod: &mut Value, job: &Value, before: Option<&Value>) {
    let (mut failures, mut ignored) = (0, 0);
    if let Some(before) = before {
        (failures, ignored) = (counted(before, FAILURES), counted(before, IGNORED));
        if policies::of_failure(job.at(&["spec", "podFailurePolicy"]), before).counts {
            failures += 1;
        } else {
            ignored += 1;
        }
    }
    pod.set_annotation(FAILURES, &failures.to_string());
    if ignored > 0 {
        pod.set_annotation(IGNORED, &ignored.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        for (list, text) in [
            (&[][..], ""),
            (&[4], "4"),
            (&[1, 2], "1,2"),
            (&[0, 1, 2, 4, 6, 7, 8, 9], "0-2,4,6-9"),
        ] {
            let set: SortedSet<i64> = list.iter().copied().collect();
            assert_eq!(format(&set), text);
            assert_eq!(parse(text, 10), set);
        }
        assert_eq!(format(&parse("0-2,4,6-9", 7)), "0-2,4,6");
    }

    #[test]
    fn pods_without_an_index_of_their_own_are_surplus() {
        let pod = |name: &str, index: &str, phase: &str| {
            tree!({"metadata": {"name": name, "annotations": {INDEX: index}},
                "spec": {"nodeName": "n"}, "status": {"phase": phase}})
        };
        let job = tree!({"spec": {"completionMode": "Indexed", "completions": 2}});
        let pods = [
            pod("a", "0", "Pending"),
            pod("b", "0", "Running"),
            pod("c", "1", "Pending"),
            pod("d", "2", "Running"),
            pod("e", "x", "Running"),
        ];
        let (going, staying) = surplus(&job, &pods);
        let names = |l: &[Value]| l.iter().map(|p| p.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&going), ["a", "d", "e"]);
        assert_eq!(names(&staying), ["b", "c"]);
    }
}
