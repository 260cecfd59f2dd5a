//! `/healthz`, `/livez`, `/readyz` and their single checks (`server/healthz`). A server that answers at all is healthy: the
//! checks name what has been done by then.

use super::query::Query;
use std::fmt::Write;

/// What has to have happened before anything is answered, in order.
const CHECKS: &[&str] = &[
    "ping",
    "log",
    "etcd",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
];
/// What `/readyz` knows beside them.
const READY_CHECKS: &[&str] = &["informer-sync"];
const SHUTDOWN: &str = "shutdown";

fn checks(endpoint: &str) -> Vec<&'static str> {
    let mut checks = CHECKS.to_vec();
    if endpoint == "readyz" {
        checks.extend(READY_CHECKS);
        checks.push(SHUTDOWN);
    }
    checks
}

/// The report of an endpoint, or of the one check whose name follows it; none where there is no such check.
pub fn answer(endpoint: &str, rest: &[&str], query: &Query) -> Option<String> {
    let all = checks(endpoint);
    let one = rest.join("/");
    let wanted: Vec<&str> = match one.as_str() {
        "" => all,
        name => all.into_iter().filter(|c| *c == name).collect(),
    };
    if wanted.is_empty() {
        return None;
    }
    if !query.has("verbose") {
        return Some("ok".to_owned());
    }
    let excluded: Vec<&str> = query.all("exclude").collect();
    let mut out = String::new();
    for check in &wanted {
        let said = if excluded.contains(check) {
            "excluded: ok"
        } else {
            "ok"
        };
        let _ = writeln!(out, "[+]{check} {said}");
    }
    let unknown: Vec<String> = excluded
        .iter()
        .filter(|name| !wanted.contains(*name))
        .map(|name| format!("{name:?}"))
        .collect();
    if !unknown.is_empty() {
        let names = unknown.join(",");
        let _ = writeln!(
            out,
            "warn: some health checks cannot be excluded: no matches for {names}"
        );
    }
    let _ = writeln!(out, "{endpoint} check passed");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_listed_and_asked_for_by_name() {
        let ask = |endpoint: &str, rest: &[&str], query: &str| {
            answer(endpoint, rest, &Query::parse(query))
        };
        assert_eq!(ask("readyz", &[], "").as_deref(), Some("ok"));
        assert_eq!(ask("livez", &["ping"], "").as_deref(), Some("ok"));
        assert_eq!(ask("livez", &["nope"], ""), None);
        assert_eq!(ask("livez", &["shutdown"], ""), None);
        let report = ask("readyz", &[], "verbose&exclude=etcd&exclude=x").expect("a report");
        assert!(report.starts_with("[+]ping ok\n"), "{report}");
        assert!(report.contains("[+]etcd excluded: ok\n"), "{report}");
        assert!(
            report.contains("no matches for \"x\"\nreadyz check passed\n"),
            "{report}"
        );
    }
}
