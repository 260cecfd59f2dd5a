//! What descriptions are written with: levels of indentation, aligned values, and the parts that many kinds share.

use crate::apimachinery::duration::age;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::tabwriter::TabWriter;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;

/// Longer annotations are cut.
const MAX_ANNOTATION: usize = 140;
/// Annotations that descriptions leave out.
const SKIPPED_ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Collects a description.
pub struct Writer {
    tab: TabWriter,
    /// Text with its tabs as they are, where nothing is to be aligned.
    raw: Option<String>,
    /// The time that ages are reckoned to.
    pub now: Timestamp,
}

impl Writer {
    /// An empty description.
    pub fn new(now: Timestamp) -> Self {
        Writer {
            tab: TabWriter::describe(),
            raw: None,
            now,
        }
    }
    /// An empty description that keeps tabs as they are.
    pub fn unaligned(now: Timestamp) -> Self {
        Writer {
            raw: Some(String::new()),
            ..Self::new(now)
        }
    }
    fn put(&mut self, text: &str) {
        match &mut self.raw {
            Some(raw) => raw.push_str(text),
            None => self.tab.write(text),
        }
    }
    /// Text at a level of indentation, two spaces each.
    pub fn write(&mut self, level: usize, text: impl AsRef<str>) {
        self.put(&"  ".repeat(level));
        self.put(text.as_ref());
    }
    /// A line at a level of indentation.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.write(level, text);
        self.put("\n");
    }
    /// A title and its value.
    pub fn field(&mut self, level: usize, title: &str, value: impl AsRef<str>) {
        self.line(level, format!("{title}:\t{}", value.as_ref()));
    }
    /// Ends the columns so far.
    pub fn flush(&mut self) {
        self.tab.flush();
    }
    /// The whole description.
    pub fn finish(self) -> String {
        match self.raw {
            Some(raw) => raw,
            None => self.tab.finish(),
        }
    }

    /// One value per line under a title; `<none>` where there is none.
    pub fn multiline(&mut self, title: &str, values: &[String]) {
        if values.is_empty() {
            self.field(0, title, "<none>");
        }
        for (i, value) in values.iter().enumerate() {
            if i == 0 {
                self.field(0, title, value);
            } else {
                self.line(0, format!("\t{value}"));
            }
        }
    }
    /// Labels under a title, one per line.
    pub fn labels(&mut self, title: &str, labels: &Value) {
        let pairs: Vec<String> = labels
            .fields()
            .map(|(k, v)| format!("{k}={}", v.str()))
            .collect();
        self.multiline(title, &pairs);
    }
    /// Annotations under a title; long ones are cut, lines of their own are indented.
    pub fn annotations(&mut self, title: &str, annotations: &Value) {
        let shown: Vec<(&str, &Value)> = annotations
            .fields()
            .filter(|(k, _)| *k != SKIPPED_ANNOTATION)
            .collect();
        if shown.is_empty() {
            return self.field(0, title, "<none>");
        }
        for (i, (key, value)) in shown.into_iter().enumerate() {
            let start = if i == 0 {
                format!("{title}:\t")
            } else {
                "\t".to_owned()
            };
            let value = value.str().strip_suffix('\n').unwrap_or(value.str());
            if value.len() + key.len() + 2 > MAX_ANNOTATION || value.contains('\n') {
                self.line(0, format!("{start}{key}:"));
                for part in value.split('\n') {
                    self.line(0, format!("\t  {}", shorten(part, MAX_ANNOTATION - 2)));
                }
            } else {
                self.line(0, format!("{start}{key}: {value}"));
            }
        }
    }
    /// Name, namespace, labels and annotations, as most descriptions begin.
    pub fn head(&mut self, object: &Value) {
        self.field(0, "Name", object.name());
        self.field(0, "Namespace", object.namespace());
        self.labels("Labels", object.meta().get("labels"));
        self.annotations("Annotations", object.meta().get("annotations"));
    }
    /// Name, labels and annotations of what stands in no namespace.
    pub fn cluster_head(&mut self, object: &Value) {
        self.field(0, "Name", object.name());
        self.labels("Labels", object.meta().get("labels"));
        self.annotations("Annotations", object.meta().get("annotations"));
    }
    /// `Type Status Reason` of conditions, as workloads show them.
    pub fn conditions(&mut self, conditions: &Value) {
        if conditions.items().is_empty() {
            return;
        }
        self.line(0, "Conditions:\n  Type\tStatus\tReason");
        self.line(1, "----\t------\t------");
        for c in conditions.items() {
            let get = |k: &str| c.get(k).str();
            self.line(
                1,
                format!("{} \t{}\t{}", get("type"), get("status"), get("reason")),
            );
        }
    }
    /// How long ago a time in a field was.
    pub fn age(&self, time: &Value) -> String {
        age(Timestamp::parse(time.str()), self.now)
    }

    /// The table of events, where events are shown at all.
    pub fn events(&mut self, events: Option<Vec<Value>>) {
        let Some(mut events) = events else { return };
        if events.is_empty() {
            return self.field(0, "Events", "<none>");
        }
        self.flush();
        events.arrange_by_key(|e| Timestamp::parse(e.get("lastTimestamp").str()));
        self.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
        self.line(1, "----\t------\t----\t----\t-------");
        for e in &events {
            let age = self.event_age(e);
            let source = match e.at(&["source", "component"]).str() {
                "" => e.get("reportingComponent").str(),
                s => s,
            };
            let mut message = e.get("message").str().trim().to_owned();
            let path = e.at(&["involvedObject", "fieldPath"]).str();
            if !path.is_empty() {
                message = format!("{path}: {message}");
            }
            let get = |k: &str| e.get(k).str();
            self.line(
                1,
                format!(
                    "{}\t{}\t{age}\t{source}\t{message}",
                    get("type"),
                    get("reason")
                ),
            );
        }
    }

    fn event_age(&self, e: &Value) -> String {
        let first = match e.get("eventTime") {
            Value::Null => self.age(e.get("firstTimestamp")),
            time => self.age(time),
        };
        let series = e.get("series");
        let count = e.get("count").as_i64().unwrap_or(0);
        if !series.is_null() {
            let seen = self.age(series.get("lastObservedTime"));
            let count = series.get("count").as_i64().unwrap_or(0);
            return format!("{seen} (x{count} over {first})");
        }
        if count > 1 {
            return format!(
                "{} (x{count} over {first})",
                self.age(e.get("lastTimestamp"))
            );
        }
        first
    }
}

fn shorten(s: &str, max: usize) -> String {
    if s.len() <= max {
        return s.to_owned();
    }
    let mut end = max;
    while !s.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &s[..end])
}

/// A time as Go's RFC 1123 with a numeric zone.
pub fn rfc1123(time: &Value) -> String {
    match Timestamp::parse(time.str()) {
        Some(t) => t.utc().format("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        None => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
    }
}

/// The string, or `<none>`.
pub fn or_none(s: &str) -> &str {
    if s.is_empty() { "<none>" } else { s }
}

/// The string, or `<unset>`.
pub fn or_unset(v: &Value) -> String {
    match v {
        Value::Null => "<unset>".to_owned(),
        v => plain(v),
    }
}

/// A scalar as `%v` prints it.
pub fn plain(v: &Value) -> String {
    crate::apimachinery::strconv::sprint(v)
}

/// A number, zero where there is none.
pub fn number(v: &Value) -> i64 {
    v.as_i64().unwrap_or(0)
}

/// `True`, `False` or `<unset>`.
pub fn bool_pointer(v: &Value) -> &'static str {
    match v.as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// A list as Go prints it: `[a b]`.
pub fn go_list(v: &Value) -> String {
    let items: Vec<&str> = v.items().iter().map(Value::str).collect();
    format!("[{}]", items.join(" "))
}

/// Items joined.
pub fn join(v: &Value, separator: &str) -> String {
    let items: Vec<String> = v.items().iter().map(plain).collect();
    items.join(separator)
}

/// A label selector's text, nothing more (`Selector.String`).
pub fn selector(v: &Value) -> Result<String, String> {
    Selector::from_label_selector(v).map(|s| s.to_string())
}

/// `Kind/name` of the controller.
pub fn controlled_by(object: &Value) -> Option<String> {
    let owner = object.controller_of()?;
    Some(format!(
        "{}/{}",
        owner.get("kind").str(),
        owner.get("name").str()
    ))
}

/// Short names of access modes: `RWO,ROX`.
pub fn access_modes(v: &Value) -> String {
    const MODES: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let have = |mode: &str| v.items().iter().any(|m| m == &mode);
    let short: Vec<&str> = MODES
        .iter()
        .filter(|(m, _)| have(m))
        .map(|(_, s)| *s)
        .collect();
    short.join(",")
}
