//! Completion indexes of `Indexed` jobs (upstream's `indexed_job_utils.go`).

use super::{Context, is_active};
use crate::apimachinery::Value;
use crate::collections::SortedSet;

/// Annotation and label: a pod's completion index.
pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Whether each pod of the job has an index.
pub fn is_indexed(job: &Value) -> bool {
    job.at(&["spec", "completionMode"]) == &"Indexed"
}

/// A pod's completion index.
pub fn of_pod(pod: &Value) -> Option<i64> {
    pod.annotation(INDEX)?.parse().ok()
}

/// Reads `1,3-5`.
pub fn parse(s: &str) -> SortedSet<i64> {
    s.split(',')
        .filter_map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            Some(from.parse::<i64>().ok()?..=to.parse().ok()?)
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

/// The indexes that succeeded.
pub fn completed(status: &Value) -> SortedSet<i64> {
    parse(status.get("completedIndexes").str())
}

/// Takes the indexes of pods whose success is about to be counted into the status; an index counts once.
pub fn note(cx: &mut Context, uncounted: &Value) {
    if !is_indexed(&cx.job) {
        return;
    }
    let mut done = completed(&cx.status);
    let counted = uncounted.get("succeeded").items();
    let pods = cx
        .pods
        .iter()
        .filter(|p| counted.iter().any(|u| u == p.uid()));
    done.extend(pods.filter_map(of_pod));
    if !done.is_empty() {
        cx.status.set("completedIndexes", format(&done));
        cx.status.set("succeeded", done.len());
    }
}

/// The lowest indexes that neither succeeded nor have a pod.
pub fn missing(cx: &Context, n: usize) -> Vec<i64> {
    let completions = cx.job.at(&["spec", "completions"]).as_i64().unwrap_or(0);
    let mut taken = completed(&cx.status);
    taken.extend(cx.pods.iter().filter(|p| is_active(p)).filter_map(of_pod));
    (0..completions)
        .filter(|i| !taken.contains(i))
        .take(n)
        .collect()
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
            assert_eq!(parse(text), set);
        }
    }
}
