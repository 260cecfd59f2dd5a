//! Descriptions of ranges of service addresses and of single addresses.

use super::Subject;
use super::writer::rfc1123;
use crate::apimachinery::Value;
use crate::kubectl::error::Error;

/// A `ServiceCIDR`.
pub async fn service_cidr(s: &Subject<'_>, cidr: &Value) -> Result<String, Error> {
    let events = s.events(cidr).await;
    let mut w = s.writer();
    w.cluster_head(cidr);
    let ranges = cidr.at(&["spec", "cidrs"]).items();
    let ranges: Vec<&str> = ranges.iter().map(Value::str).collect();
    w.field(0, "CIDRs", ranges.join(", "));
    let conditions = cidr.at(&["status", "conditions"]).items();
    if !conditions.is_empty() {
        w.line(0, "Status:\nConditions:");
        w.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
        for c in conditions {
            let text = |field: &str| c.get(field).str().to_owned();
            let cells = [
                text("type"),
                text("status"),
                rfc1123(c.get("lastTransitionTime")),
                text("reason"),
                text("message"),
            ];
            w.line(1, cells.join("\t"));
        }
    }
    w.events(events);
    Ok(w.finish())
}

/// An `IPAddress`.
pub async fn ip_address(s: &Subject<'_>, address: &Value) -> Result<String, Error> {
    let events = s.events(address).await;
    let mut w = s.writer();
    w.cluster_head(address);
    let parent = address.at(&["spec", "parentRef"]);
    if !parent.is_null() {
        w.line(0, "Parent Reference:");
        for (title, field) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            w.field(1, title, parent.get(field).str());
        }
    }
    w.events(events);
    Ok(w.finish())
}
