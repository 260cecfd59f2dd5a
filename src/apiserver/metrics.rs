//! The metrics API, `metrics.k8s.io/v1beta1`: what nodes and pods use, as it was last told (metrics-server's `pkg/api`). Upstream
//! serves it by aggregation from a pod of metrics-server's; here this server does.

use super::call::{Answer, Call};
use super::query::ListOptions;
use super::registry::{self, Resource};
use super::selection::Selection;
use super::storage::Storage;
use super::{ApiServer, negotiate};
use crate::apimachinery::quantity::{Format, Quantity};
pub use crate::apimachinery::schema::metrics::GROUP;
use crate::apimachinery::schema::metrics::{NODES, PODS};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Text, Timestamp, Value, duration};
use crate::tree;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// What one node uses.
#[derive(Clone, Debug)]
pub struct NodeUsage {
    /// Its name.
    pub name: Text,
    /// When that was read.
    pub time: Timestamp,
    /// Over how long CPU is averaged.
    pub window: Duration,
    /// CPU in billionths of a core.
    pub cpu: u64,
    /// Memory in bytes.
    pub memory: u64,
}

/// What the containers of one pod use.
#[derive(Clone, Debug)]
pub struct PodUsage {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// When that was read.
    pub time: Timestamp,
    /// Over how long CPU is averaged.
    pub window: Duration,
    /// Its containers.
    pub containers: Vec<ContainerUsage>,
}

/// What one container uses.
#[derive(Clone, Debug)]
pub struct ContainerUsage {
    /// Its name.
    pub name: Text,
    /// CPU in billionths of a core.
    pub cpu: u64,
    /// Memory in bytes.
    pub memory: u64,
}

/// All that was read at one time.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Nodes, sorted by name.
    pub nodes: Vec<NodeUsage>,
    /// Pods, sorted by namespace and name.
    pub pods: Vec<PodUsage>,
}

/// The two resources.
pub static RESOURCES: LazyLock<[Resource; 2]> = LazyLock::new(|| {
    [&NODES, &PODS].map(|def| Resource {
        def,
        // Nothing of them is stored.
        table: 0,
        api_version: def.api_version().into(),
        list_kind: format!("{}List", def.kind).into(),
        storage_version: def.api_version().into(),
        strategy: registry::strategy(GROUP, def.resource),
        custom: None,
    })
});

/// CPU as metrics-server writes it.
fn cpu(nanos: u64) -> Value {
    let mut text = nanos.to_string();
    text.push('n');
    Quantity::parse(&text).unwrap_or(Quantity::ZERO).into()
}

fn memory(bytes: u64) -> Value {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    Quantity::new(bytes, Format::BinarySI).into()
}

fn usage(nanos: u64, bytes: u64) -> Value {
    tree!({"cpu": cpu(nanos), "memory": memory(bytes)})
}

/// An object about `of`, the pod or node.
fn object(call: &Call, of: &Value, time: Timestamp, window: Duration) -> Value {
    let mut object = tree!({
        "kind": call.resource.def.kind, "apiVersion": call.resource.api_version.clone(),
        "metadata": {"name": of.name(), "creationTimestamp": call.now.to_rfc3339()},
        "timestamp": time.to_rfc3339(), "window": duration::format(window),
    });
    for field in ["namespace", "labels"] {
        let value = of.meta().get(field);
        if !value.is_null() {
            object.set_at(&["metadata", field], value);
        }
    }
    object
}

impl Usage {
    fn node(&self, call: &Call, node: &Value) -> Option<Value> {
        let name = node.name();
        let at = self.nodes.binary_search_by(|n| n.name.as_str().cmp(name));
        let found = &self.nodes[at.ok()?];
        let mut object = object(call, node, found.time, found.window);
        object.set("usage", usage(found.cpu, found.memory));
        Some(object)
    }

    fn pod(&self, call: &Call, pod: &Value) -> Option<Value> {
        if pod.at(&["status", "phase"]) != &"Running" {
            return None;
        }
        let key = (pod.namespace(), pod.name());
        let at = self
            .pods
            .binary_search_by(|p| (p.namespace.as_str(), p.name.as_str()).cmp(&key));
        let found = &self.pods[at.ok()?];
        let mut object = object(call, pod, found.time, found.window);
        let containers: Vec<Value> = found
            .containers
            .iter()
            .map(|c| tree!({"name": c.name.clone(), "usage": usage(c.cpu, c.memory)}))
            .collect();
        object.set("containers", containers);
        Some(object)
    }

    fn of(&self, call: &Call, of: &Value) -> Option<Value> {
        if call.resource.def.namespaced {
            self.pod(call, of)
        } else {
            self.node(call, of)
        }
    }
}

/// The cells of a row: CPU and memory of all containers together.
pub(in crate::apiserver) fn cells(o: &Value) -> Vec<Value> {
    let sum = |resource: &str| -> Value {
        let own = o.at(&["usage", resource]);
        if !own.is_null() {
            return own.clone();
        }
        let mut sum: Option<Quantity> = None;
        for c in o.get("containers").items() {
            let more = Quantity::of(c.at(&["usage", resource]));
            match &mut sum {
                Some(sum) => sum.add(&more),
                None => sum = Some(more),
            }
        }
        sum.unwrap_or(Quantity::ZERO).into()
    };
    vec![
        o.meta().get("name").clone(),
        sum("cpu"),
        sum("memory"),
        o.get("window").clone(),
    ]
}

impl ApiServer {
    /// Tells what nodes and pods use, in place of what was told before.
    pub fn set_usage(&mut self, usage: Usage) {
        self.usage = Arc::new(usage);
    }

    /// Gets or lists what nodes or pods use: only those that are there and of which that is known.
    ///
    /// # Errors
    /// 404 in metrics-server's words, and what a list's selectors get wrong.
    pub(super) fn serve_metrics(&mut self, call: &Call) -> Result<Answer, Status> {
        let def = call.resource.def;
        let about =
            registry::lookup("", "v1", def.resource).ok_or_else(Status::no_such_resource)?;
        if call.verb() == "get" {
            let (namespace, name) = (&call.info.namespace, &call.info.name);
            let of = self
                .storage
                .get(about.table, &about.key(namespace, name))
                .ok_or_else(|| match def.namespaced {
                    true => about.not_found(name),
                    false => Status::not_found("", "node", name),
                })?;
            let found = self.usage.of(call, of).ok_or_else(|| {
                let kind = def.kind.to_lowercase();
                match def.namespaced {
                    true => Status::not_found(GROUP, &kind, &format!("{namespace}/{name}")),
                    false => Status::not_found(GROUP, &kind, name),
                }
            })?;
            return Ok(Answer::Object(200, negotiate::one(call, found)?));
        }
        let options = ListOptions::parse(&call.query, false)?;
        let selection = Selection::parse(
            call.resource,
            &call.info.namespace,
            &options.label_selector,
            &options.field_selector,
        )?;
        let prefix = about.prefix(&call.info.namespace);
        let items = self
            .storage
            .list(about.table, &prefix, "")
            .filter(|(_, of)| selection.matches(of))
            .filter_map(|(_, of)| self.usage.of(call, of))
            .collect();
        let list = negotiate::list(call, items, Value::object())?;
        Ok(Answer::Object(200, list))
    }
}
