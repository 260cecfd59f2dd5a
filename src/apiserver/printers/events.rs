//! Events.

use super::{Cells, since};
use crate::apimachinery::{Timestamp, Value};

/// The row of a core event (`printEvent`).
pub fn cells(event: &Value, now: Timestamp) -> Cells {
    let first = match event.get("firstTimestamp") {
        v if v.is_null() => since(event.get("eventTime"), now),
        v => since(v, now),
    };
    let series = event.get("series");
    let (last, count) = if !series.is_null() {
        (
            since(series.get("lastObservedTime"), now),
            series.get("count").as_i64().unwrap_or(0),
        )
    } else {
        let last = match event.get("lastTimestamp") {
            v if v.is_null() => first.clone(),
            v => since(v, now),
        };
        // Single events of the new API carry no count.
        let count = event.get("count").as_i64().filter(|n| *n != 0);
        (last, count.unwrap_or(1))
    };
    let object = event.get("involvedObject");
    let kind = object.kind().to_lowercase();
    let target = match object.get("name").str() {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    vec![
        last.into(),
        event.get("type").str().into(),
        event.get("reason").str().into(),
        target.into(),
        object.get("fieldPath").str().into(),
        source(event).into(),
        event.get("message").str().trim().into(),
        first.into(),
        count.into(),
        event.name().into(),
    ]
}

fn source(event: &Value) -> String {
    let first = |a: &'_ str, b: &'_ str| {
        if a.is_empty() {
            b.to_owned()
        } else {
            a.to_owned()
        }
    };
    let from = event.get("source");
    let component = first(
        from.get("component").str(),
        event.get("reportingComponent").str(),
    );
    let instance = first(from.get("host").str(), event.get("reportingInstance").str());
    if instance.is_empty() {
        component
    } else {
        format!("{component}, {instance}")
    }
}
