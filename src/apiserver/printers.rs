//! Tables: what each kind shows in a row (`pkg/printers/internalversion`).

mod autoscaling;
mod custom;
mod events;
mod networking;
mod nodes;
mod other;
mod pods;
mod rbac;
mod storage;
mod workloads;

pub use pods::status_word;

use super::flowcontrol;
use super::metrics;
use super::negotiate::{IncludeObject, partial_metadata};
use super::registry::Resource;
use crate::apimachinery::schema::ColumnDef;
use crate::apimachinery::{Timestamp, Value, duration};
use crate::collections::Arrange;
use crate::tree;

/// The cells of a row, in the order of the columns.
pub(in crate::apiserver) type Cells = Vec<Value>;

/// A Table of objects; without `columns` the column definitions are left out, as in all but the first event of a watch.
pub fn table(
    resource: &Resource,
    objects: &[Value],
    include: IncludeObject,
    columns: bool,
    now: Timestamp,
) -> Value {
    let mut table = tree!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}});
    let definitions: Vec<Value> = if columns {
        resource.def.columns.iter().map(definition).collect()
    } else {
        Vec::new()
    };
    table.set("columnDefinitions", definitions);
    let mut objects: Vec<&Value> = objects.iter().collect();
    if resource.is(flowcontrol::GROUP, flowcontrol::SCHEMAS) {
        // As they are asked (`FlowSchemaSequence`).
        let rank = |o: &Value| o.at(&["spec", "matchingPrecedence"]).as_i64();
        objects.arrange_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name().cmp(b.name())));
    }
    let rows: Vec<Value> = objects
        .into_iter()
        .map(|o| {
            let mut row = Value::object();
            row.set("cells", cells(resource, o, now));
            if resource.is("", "pods")
                && let Some(condition) = pods::row_condition(o)
            {
                row.set("conditions", vec![condition]);
            }
            match include {
                IncludeObject::None => {}
                IncludeObject::Metadata => row.set("object", partial_metadata(o)),
                IncludeObject::Object => row.set("object", o.clone()),
            }
            row
        })
        .collect();
    table.set("rows", rows);
    table
}

/// The Table of one `Scale` (`printScale`).
pub fn scale_table(scale: &Value, include: IncludeObject, now: Timestamp) -> Value {
    let row = Row { o: scale, now };
    let column = |name: &str, kind: &str, format: &str| tree!({"name": name, "type": kind, "format": format, "description": "", "priority": 0});
    let count = |at: &str| Value::from(scale.at(&[at, "replicas"]).as_i64().unwrap_or(0));
    let mut line = Value::object();
    line.set(
        "cells",
        vec![row.name(), count("spec"), count("status"), row.age()],
    );
    match include {
        IncludeObject::None => {}
        IncludeObject::Metadata => line.set("object", partial_metadata(scale)),
        IncludeObject::Object => line.set("object", scale.clone()),
    }
    let mut table = tree!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}});
    table.set(
        "columnDefinitions",
        vec![
            column("Name", "string", "name"),
            column("Desired", "integer", ""),
            column("Available", "integer", ""),
            column("Age", "string", ""),
        ],
    );
    table.set("rows", vec![line]);
    table
}

fn definition(column: &ColumnDef) -> Value {
    tree!({
        "name": column.name, "type": column.kind, "format": column.format,
        "description": "", "priority": column.priority,
    })
}

fn cells(resource: &Resource, o: &Value, now: Timestamp) -> Cells {
    let row = Row { o, now };
    if let Some(custom) = &resource.custom {
        return custom::cells(custom.columns(), &row);
    }
    match (resource.def.group, resource.def.resource) {
        ("", "pods") => pods::cells(&row),
        ("", "nodes") => nodes::cells(&row),
        ("", "services") => networking::service(&row),
        ("", "endpoints") => networking::endpoints(&row),
        ("discovery.k8s.io", "endpointslices") => networking::endpoint_slice(&row),
        ("networking.k8s.io", "ingresses") => networking::ingress(&row),
        ("networking.k8s.io", "ingressclasses") => networking::ingress_class(&row),
        ("networking.k8s.io", "networkpolicies") => networking::network_policy(&row),
        ("networking.k8s.io", "servicecidrs") => networking::service_cidr(&row),
        ("networking.k8s.io", "ipaddresses") => networking::ip_address(&row),
        ("", "replicationcontrollers") => workloads::replication_controller(&row),
        ("", "podtemplates") => workloads::pod_template(&row),
        ("apps", "replicasets") => workloads::replica_set(&row),
        ("apps", "deployments") => workloads::deployment(&row),
        ("apps", "daemonsets") => workloads::daemon_set(&row),
        ("apps", "statefulsets") => workloads::stateful_set(&row),
        ("apps", "controllerrevisions") => workloads::controller_revision(&row),
        ("batch", "jobs") => workloads::job(&row),
        ("batch", "cronjobs") => workloads::cron_job(&row),
        ("autoscaling", _) => autoscaling::cells(resource, &row),
        (metrics::GROUP, _) => metrics::cells(o),
        ("policy", "poddisruptionbudgets") => autoscaling::disruption_budget(&row),
        ("" | "events.k8s.io", "events") => events::cells(&resource.to_storage(o.clone()), now),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            rbac::binding(&row)
        }
        ("", "persistentvolumes") => storage::volume(&row),
        ("", "persistentvolumeclaims") => storage::claim(&row),
        ("storage.k8s.io", name) => storage::cells(name, &row),
        _ => other::cells(resource, &row),
    }
}

/// One object to be shown, and when.
pub(in crate::apiserver) struct Row<'a> {
    pub(in crate::apiserver) o: &'a Value,
    pub(in crate::apiserver) now: Timestamp,
}

impl<'a> Row<'a> {
    fn name(&self) -> Value {
        self.o.meta().get("name").clone()
    }
    fn age(&self) -> Value {
        self.since(self.o.meta().get("creationTimestamp"))
    }
    fn created(&self) -> Value {
        self.o.meta().get("creationTimestamp").clone()
    }
    /// How long ago a time was, `<unknown>` where it is none.
    fn since(&self, time: &Value) -> Value {
        since(time, self.now).into()
    }
    fn spec(&self, field: &str) -> &'a Value {
        self.o.get("spec").get(field)
    }
    fn status(&self, field: &str) -> &'a Value {
        self.o.get("status").get(field)
    }
    fn spec_int(&self, field: &str) -> Value {
        int(self.spec(field))
    }
    fn status_int(&self, field: &str) -> Value {
        int(self.status(field))
    }
}

/// How long ago a time was, as people say it: `5m20s`; `<unknown>` where it is none.
pub fn since(time: &Value, now: Timestamp) -> String {
    match Timestamp::parse(time.str()) {
        Some(t) => human((now.0 - t.0).div_euclid(1_000_000)),
        None => "<unknown>".into(),
    }
}

/// A duration in seconds as people say it (`duration.HumanDuration`).
pub fn human(seconds: i64) -> String {
    duration::human(seconds)
}

fn int(v: &Value) -> Value {
    v.as_i64().unwrap_or(0).into()
}

fn text_or(v: &Value, otherwise: &str) -> Value {
    match v.str() {
        "" => otherwise.into(),
        text => text.into(),
    }
}

/// A string or number as text; `otherwise` where there is none.
fn scalar_or(v: &Value, otherwise: &str) -> String {
    match v {
        Value::Str(s) => s.as_str().to_owned(),
        Value::Int(i) => i.to_string(),
        _ => otherwise.to_owned(),
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// Names and images of a pod template's containers.
fn containers_and_images(pod_spec: &Value) -> [Value; 2] {
    let containers = pod_spec.get("containers").items();
    ["name", "image"].map(|f| joined(containers.iter().map(|c| c.get(f).str()), ",").into())
}

/// `a,b,c + 2 more...`, `otherwise` where there is nothing.
fn with_more(list: &[String], count: usize, max: usize, otherwise: &str) -> String {
    let shown = list[..list.len().min(max)].join(",");
    if count > max {
        format!("{shown} + {} more...", count - max)
    } else if shown.is_empty() {
        otherwise.to_owned()
    } else {
        shown
    }
}
