//! What the program counts, in Prometheus' text format: a few of upstream's metrics with upstream's names.

use crate::apimachinery::Text;
use crate::apimachinery::schema;
use crate::apiserver::request_info::RequestInfo;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Upper bounds of the classes of durations, in seconds.
const CLASSES: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    verb: String,
    group: String,
    version: String,
    resource: String,
    subresource: String,
}

#[derive(Clone, Default)]
struct Durations {
    classes: [u64; CLASSES.len()],
    count: u64,
    sum: f64,
}

/// A call of an admission webhook: name, operation, `admit` or `validating`, and whether it refused.
pub type Webhook = (String, String, &'static str, bool);

#[derive(Default)]
struct Counts {
    webhooks: BTreeMap<Webhook, Durations>,
    rejections: BTreeMap<(Webhook, &'static str, i64), u64>,
    requests: BTreeMap<(Labels, u16), u64>,
    durations: BTreeMap<Labels, Durations>,
}

static COUNTS: Mutex<Option<Counts>> = Mutex::new(None);
static LIVE: AtomicI64 = AtomicI64::new(0);
static START: Mutex<Option<(Instant, f64)>> = Mutex::new(None);

/// Notes when the process began.
pub fn start() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    if let Ok(mut start) = START.lock() {
        *start = Some((Instant::now(), since.unwrap_or_default().as_secs_f64()));
    }
}

/// Counts a request that was answered (a watch: begun).
pub fn count(info: &RequestInfo, code: u16, took: Duration) {
    // Names of unknown resources are anybody's invention and must not fill the memory. Whoever may not see them learns of none.
    let told = matches!(code, 401 | 403);
    let built_in = || {
        let resource = schema::resource(&info.group, &info.version, &info.resource);
        let parts = resource.map(|r| r.subresources.iter().map(|s| s.name));
        let mut all = parts.into_iter().flatten().chain([""]);
        resource.is_some() && all.any(|s| info.subresource == s)
    };
    let known = info.is_resource && code != 404 && (!told || built_in());
    let part = |text: &str| {
        if known {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let labels = Labels {
        verb: info.verb.to_uppercase(),
        group: part(&info.group),
        version: part(&info.version),
        resource: part(&info.resource),
        subresource: part(&info.subresource),
    };
    let Ok(mut counts) = COUNTS.lock() else {
        return;
    };
    let counts = counts.get_or_insert_default();
    *counts.requests.entry((labels.clone(), code)).or_default() += 1;
    counts.durations.entry(labels).or_default().add(took);
}

/// Counts a request that another server answered: what resources that has is not known here.
pub fn count_elsewhere(info: &RequestInfo, code: u16, took: Duration) {
    let unnamed = RequestInfo {
        resource: Text::EMPTY,
        subresource: Text::EMPTY,
        ..info.clone()
    };
    count(&unnamed, code, took);
}

/// Counts a call of an admission webhook; where it did not let the request go on, the kind of error (`no_error` for a refusal in good
/// order) and the code of the refusal.
pub fn count_webhook(webhook: Webhook, took: Duration, rejection: Option<(&'static str, i64)>) {
    let Ok(mut counts) = COUNTS.lock() else {
        return;
    };
    let counts = counts.get_or_insert_default();
    counts
        .webhooks
        .entry(webhook.clone())
        .or_default()
        .add(took);
    if let Some((kind, code)) = rejection {
        *counts.rejections.entry((webhook, kind, code)).or_default() += 1;
    }
}

impl Durations {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (class, bound) in self.classes.iter_mut().zip(CLASSES) {
            *class += u64::from(seconds <= bound);
        }
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        for (n, bound) in self.classes.iter().zip(CLASSES) {
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {n}");
        }
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(out, "{name}_sum{{{labels}}} {}", self.sum);
        let _ = writeln!(out, "{name}_count{{{labels}}} {}", self.count);
    }
}

/// Counts watches and streams that begin (1) and end (-1).
pub fn live(change: i64) {
    LIVE.fetch_add(change, Ordering::Relaxed);
}

/// All of it as text.
pub fn text() -> String {
    let mut out = String::new();
    let head = |out: &mut String, name: &str, kind: &str, help: &str| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    };
    let counts = COUNTS.lock();
    let counts = counts.as_ref().ok().and_then(|c| c.as_ref());
    let name = "apiserver_request_total";
    head(
        &mut out,
        name,
        "counter",
        "Requests answered, by verb, resource and HTTP status.",
    );
    for ((labels, code), n) in counts.iter().flat_map(|c| &c.requests) {
        let _ = writeln!(
            out,
            "{name}{{code=\"{code}\",{}}} {n}",
            write_labels(labels)
        );
    }
    let name = "apiserver_request_duration_seconds";
    head(
        &mut out,
        name,
        "histogram",
        "Time from a request's arrival to the head of its answer.",
    );
    for (labels, d) in counts.iter().flat_map(|c| &c.durations) {
        d.write(&mut out, name, &write_labels(labels));
    }
    let name = "apiserver_admission_webhook_admission_duration_seconds";
    head(
        &mut out,
        name,
        "histogram",
        "Time that admission webhooks took, by name, operation and type.",
    );
    for (webhook, d) in counts.iter().flat_map(|c| &c.webhooks) {
        let labels = format!("{},rejected=\"{}\"", write_webhook(webhook), webhook.3);
        d.write(&mut out, name, &labels);
    }
    let name = "apiserver_admission_webhook_rejection_count";
    head(
        &mut out,
        name,
        "counter",
        "Admission webhooks that did not let a request go on, by name, operation, type and kind of error.",
    );
    for ((webhook, kind, code), n) in counts.iter().flat_map(|c| &c.rejections) {
        let labels = write_webhook(webhook);
        let _ = writeln!(
            out,
            "{name}{{error_type={kind:?},rejection_code=\"{code}\",{labels}}} {n}"
        );
    }
    let name = "apiserver_longrunning_requests";
    head(
        &mut out,
        name,
        "gauge",
        "Watches and streams that are open.",
    );
    let _ = writeln!(out, "{name} {}", LIVE.load(Ordering::Relaxed));
    if let Some(bytes) = resident_bytes() {
        let name = "process_resident_memory_bytes";
        head(&mut out, name, "gauge", "Resident memory size in bytes.");
        let _ = writeln!(out, "{name} {bytes}");
    }
    if let Ok(Some((_, at))) = START.lock().map(|s| *s) {
        let name = "process_start_time_seconds";
        head(
            &mut out,
            name,
            "gauge",
            "Start time of the process since unix epoch in seconds.",
        );
        let _ = writeln!(out, "{name} {at}");
    }
    out
}

fn write_webhook((name, operation, kind, _): &Webhook) -> String {
    format!("name={name:?},operation={operation:?},type={kind:?}")
}

fn write_labels(l: &Labels) -> String {
    format!(
        "group={:?},resource={:?},subresource={:?},verb={:?},version={:?}",
        l.group, l.resource, l.subresource, l.verb, l.version
    )
}

/// Memory that is in use, where the system says so.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::query::Query;

    #[test]
    fn webhooks_are_counted() {
        let webhook = |rejected| {
            (
                "metrics.example.test".to_owned(),
                "CREATE".to_owned(),
                "validating",
                rejected,
            )
        };
        count_webhook(webhook(false), Duration::from_millis(2), None);
        count_webhook(
            webhook(true),
            Duration::from_millis(2),
            Some(("no_error", 403)),
        );
        let text = text();
        let labels = "name=\"metrics.example.test\",operation=\"CREATE\",type=\"validating\"";
        let duration = "apiserver_admission_webhook_admission_duration_seconds";
        let rejections = "apiserver_admission_webhook_rejection_count";
        for line in [
            format!("{duration}_count{{{labels},rejected=\"false\"}} 1"),
            format!("{duration}_bucket{{{labels},rejected=\"true\",le=\"0.001\"}} 0"),
            format!("{rejections}{{error_type=\"no_error\",rejection_code=\"403\",{labels}}} 1"),
        ] {
            assert!(text.contains(&line), "{line} in\n{text}");
        }
    }

    #[test]
    fn names_that_anybody_invents_are_no_series() {
        let path = "/apis/metrics-invented.test/v1/invented/x/part";
        let info = RequestInfo::new(&http::Method::GET, path, &Query::default());
        count(&info, 403, Duration::from_millis(2));
        let said = text();
        assert!(!said.contains("invented"), "{said}");
        count_elsewhere(&info, 200, Duration::from_millis(2));
        let said = text();
        let line = "apiserver_request_total{code=\"200\",group=\"metrics-invented.test\",resource=\"\",subresource=\"\",verb=\"GET\",version=\"v1\"} 1";
        assert!(said.contains(line), "{said}");
    }

    #[test]
    fn requests_are_counted() {
        start();
        let path = "/apis/apps/v1/namespaces/metrics-test/deployments";
        let info = RequestInfo::new(&http::Method::GET, path, &Query::default());
        for _ in 0..3 {
            count(&info, 200, Duration::from_millis(2));
        }
        let text = text();
        let labels =
            "group=\"apps\",resource=\"deployments\",subresource=\"\",verb=\"LIST\",version=\"v1\"";
        for line in [
            format!("apiserver_request_total{{code=\"200\",{labels}}} 3"),
            format!("apiserver_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 0"),
            format!("apiserver_request_duration_seconds_bucket{{{labels},le=\"0.0025\"}} 3"),
        ] {
            assert!(text.contains(&line), "{line} in\n{text}");
        }
    }
}
