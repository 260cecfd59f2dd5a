//! Completion indexes of `Indexed` jobs (upstream's `indexed_job_utils.go`).

use super::backoff::finished_at;
use super::{Context, is_failed, phase, policies, replaces_only_failed};
use crate::apimachinery::Value;
use crate::tree;
use std::fmt;

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

/// A set of completion indexes, kept as runs: first and last, in order, no two of them touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes(Vec<(i64, i64)>);

impl Indexes {
    /// Reads `1,3-5` up to the number of completions.
    pub fn parse(s: &str, completions: i64) -> Self {
        let mut out = Self::default();
        for part in s.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) {
                out.add(from, to.min(completions - 1));
            }
        }
        out
    }

    fn add(&mut self, first: i64, last: i64) {
        if last < first {
            return;
        }
        let start = self.0.partition_point(|r| r.1 < first.saturating_sub(1));
        let end = self.0.partition_point(|r| r.0 <= last.saturating_add(1));
        let run = match self.0.get(start..end).unwrap_or_default() {
            [] => (first, last),
            [one] => (first.min(one.0), last.max(one.1)),
            [a, .., b] => (first.min(a.0), last.max(b.1)),
        };
        self.0.splice(start..end.max(start), [run]);
    }

    /// Adds one.
    pub fn insert(&mut self, index: i64) {
        self.add(index, index);
    }
    /// Adds those of another set.
    pub fn add_all(&mut self, other: &Indexes) {
        for (first, last) in &other.0 {
            self.add(*first, *last);
        }
    }
    /// Whether it is among them.
    pub fn contains(&self, index: i64) -> bool {
        let at = self.0.partition_point(|r| r.1 < index);
        self.0.get(at).is_some_and(|r| r.0 <= index)
    }
    /// How many there are.
    pub fn len(&self) -> i64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// How many of them are in another set, too.
    pub fn common(&self, other: &Indexes) -> i64 {
        let with = |run: &(i64, i64)| {
            let shared = other.0.iter().map(|r| run.1.min(r.1) - run.0.max(r.0) + 1);
            shared.filter(|n| *n > 0).sum::<i64>()
        };
        self.0.iter().map(with).sum()
    }
    /// Those from 0 up to `below` that are not among them, lowest first.
    pub fn absent(&self, below: i64) -> impl Iterator<Item = i64> + '_ {
        let mut next = 0;
        let runs = self.0.iter().copied().chain([(below, below)]);
        runs.flat_map(move |(first, last)| {
            let gap = next..first.min(below);
            next = last + 1;
            gap
        })
    }
}

impl FromIterator<i64> for Indexes {
    fn from_iter<I: IntoIterator<Item = i64>>(indexes: I) -> Self {
        let mut out = Self::default();
        indexes.into_iter().for_each(|i| out.insert(i));
        out
    }
}

/// As `1,3-5`: a run of three or more is written as a range, one of two with a comma.
impl fmt::Display for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (first, last)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match last - first {
                0 => write!(f, "{first}")?,
                1 => write!(f, "{first},{last}")?,
                _ => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// Which indexes succeeded and failed, with those that are in no status yet.
pub fn calculate(cx: &mut Context) {
    let n = completions(&cx.job);
    let mut succeeded = Indexes::parse(cx.status.get("completedIndexes").str(), n);
    let own_limit = has_own_limit(&cx.job);
    let mut failed = Indexes::parse(cx.status.get("failedIndexes").str(), n);
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
    cx.succeeded = succeeded.len();
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
        let over = cx.succeeded_indexes.contains(index)
            || failed.is_some_and(|f| f.contains(index))
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
    for index in cx.active.iter().filter_map(of_pod) {
        taken.insert(index);
    }
    if replaces_only_failed(&cx.job) {
        let going = cx.pods.iter().filter(|p| p.is_terminating());
        for index in going.filter(|p| !super::is_over(p)).filter_map(of_pod) {
            taken.insert(index);
        }
    }
    if let Some(failed) = &cx.failed_indexes {
        taken.add_all(failed);
    }
    taken.absent(completions(&cx.job)).take(n).collect()
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
            let set: Indexes = list.iter().rev().copied().collect();
            assert_eq!(set.to_string(), text);
            assert_eq!(Indexes::parse(text, 10), set);
            let rest: Vec<i64> = (0..10).filter(|i| !list.contains(i)).collect();
            assert_eq!(set.absent(10).collect::<Vec<_>>(), rest);
            assert_eq!(set.len(), list.len() as i64);
        }
        assert_eq!(
            Indexes::parse("0-2,4,6-9", 7).to_string(),
            "0-2,4,6",
            "up to the completions"
        );
        let mut set = Indexes::parse("0-2,4,6-9", 10);
        assert_eq!(set.common(&Indexes::parse("2-7", 10)), 4);
        set.add_all(&Indexes::parse("3,5", 10));
        assert_eq!(set.to_string(), "0-9");
        let all = Indexes::parse("0-4000000000", i64::from(u32::MAX));
        assert_eq!(
            all.absent(4_000_000_003).collect::<Vec<_>>(),
            [4_000_000_001, 4_000_000_002]
        );
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
