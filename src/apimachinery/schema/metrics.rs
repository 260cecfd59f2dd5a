//! The resources of the metrics API (`k8s.io/metrics/pkg/apis/metrics`). They stand apart from the built-in ones: not every server
//! serves them.

use super::{ColumnDef, ResourceDef};

/// The API's group.
pub const GROUP: &str = "metrics.k8s.io";

/// What nodes use.
pub static NODES: ResourceDef = def("nodes", "NodeMetrics", false);
/// What pods use.
pub static PODS: ResourceDef = def("pods", "PodMetrics", true);

const fn column(name: &'static str, format: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        kind: "string",
        format,
        priority: 0,
    }
}

static COLUMNS: [ColumnDef; 4] = [
    column("Name", "name"),
    column("cpu", "quantity"),
    column("memory", "quantity"),
    column("Window", "duration"),
];

const fn def(resource: &'static str, kind: &'static str, namespaced: bool) -> ResourceDef {
    ResourceDef {
        group: GROUP,
        version: "v1beta1",
        resource,
        singular: "",
        kind,
        response_group: "",
        response_version: "",
        namespaced,
        short_names: &[],
        categories: &[],
        verbs: &["get", "list"],
        subresources: &[],
        type_id: None,
        columns: &COLUMNS,
    }
}
