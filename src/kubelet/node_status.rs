//! Registers the node and reports on it: status every few minutes or on change, a lease every ten seconds
//! (pkg/kubelet/kubelet_node_status.go, pkg/kubelet/nodestatus, component-helpers' node lease).

use super::config::KubeletConfig;
use super::eviction::thresholds::{PRESSURES, Pressure};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{Cx, PatchType};
use crate::collections::Arrange;
use crate::cri::ImageInfo;
use crate::tree;
use std::time::Duration;

const LEASE_SECONDS: u64 = 40;
/// What a node says whose network is not up yet.
pub const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

fn leases() -> &'static ResourceDef {
    schema::resource("coordination.k8s.io", "v1", "leases").expect("a built-in resource")
}

fn nodes() -> &'static ResourceDef {
    schema::resource("", "v1", "nodes").expect("a built-in resource")
}

/// What the kubelet tells of its node, and when it told it last.
#[derive(Clone, Debug, Default)]
pub struct NodeReporter {
    registered: bool,
    ready: bool,
    reported_at: Timestamp,
    reported: Value,
    lease_at: Timestamp,
    retry_at: Option<Timestamp>,
    /// Whether the API server did not answer when it was last told something: it may think otherwise of the node by now.
    lost: bool,
    boot_id: String,
    /// What the node has too little of.
    pub pressures: Vec<Pressure>,
}

impl NodeReporter {
    /// Whether the node stands in the API.
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// Whether the node was reported Ready.
    pub fn told_ready(&self) -> bool {
        self.ready
    }

    /// When there is something to report next.
    pub fn next_deadline(&self, config: &KubeletConfig) -> Timestamp {
        match self.retry_at {
            Some(t) => t,
            None if !self.registered => Timestamp::default(),
            None => (self.lease_at + config.lease_renew_interval)
                .min(self.reported_at + config.status_report_interval),
        }
    }

    /// Does what is due. `trouble` says why the node is not ready.
    pub fn turn(
        &mut self,
        cx: &mut Cx<'_>,
        config: &KubeletConfig,
        images: Vec<ImageInfo>,
        runtime: (&str, &str),
        trouble: Option<String>,
    ) {
        if self.retry_at.is_some_and(|t| cx.now < t) {
            return;
        }
        self.retry_at = None;
        if !self.registered && !self.register(cx, config, runtime) {
            self.retry_at = Some(cx.now + Duration::from_secs(1));
            return;
        }
        if cx.now.since(self.lease_at) >= config.lease_renew_interval
            || self.lease_at == Timestamp::default()
        {
            self.renew_lease(cx, config);
        }
        let ready = trouble.is_none();
        let status = self.status(config, &images, runtime, trouble.as_deref(), cx.now);
        let due = cx.now.since(self.reported_at) >= config.status_report_interval;
        if due || without_heartbeats(&status) != without_heartbeats(&self.reported) {
            self.report(cx, config, status, ready);
        }
    }

    fn register(&mut self, cx: &mut Cx<'_>, config: &KubeletConfig, runtime: (&str, &str)) -> bool {
        if self.boot_id.is_empty() {
            self.boot_id = cx.rng.uuid().to_string();
        }
        let mut node = initial_node(config);
        let status = self.status(config, &[], runtime, Some(NO_NETWORK), cx.now);
        node.set("status", status);
        let stored = match cx.create(nodes(), "", node) {
            Err(e) if e.is_already_exists() => cx.get(nodes(), "", &config.node_name),
            answer => answer,
        };
        self.registered = stored.is_ok_and(|node| make_csi_node(cx, &node));
        self.registered
    }

    fn renew_lease(&mut self, cx: &mut Cx<'_>, config: &KubeletConfig) {
        let patch = tree!({"spec": {"renewTime": cx.now.to_rfc3339_micros()}});
        match cx.patch(
            leases(),
            "kube-node-lease",
            &config.node_name,
            "",
            PatchType::Merge,
            patch,
        ) {
            Ok(_) => {
                self.lease_at = cx.now;
                if std::mem::take(&mut self.lost) {
                    self.reported = Value::Null;
                }
            }
            Err(e) if e.is_not_found() => {
                let mut lease = tree!({
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": {"name": config.node_name, "namespace": "kube-node-lease"},
                    "spec": {"holderIdentity": config.node_name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": cx.now.to_rfc3339_micros()},
                });
                if let Ok(node) = cx.get(nodes(), "", &config.node_name) {
                    lease.set_at(&["metadata", "ownerReferences"], tree!([{"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()}]));
                }
                if cx.create(leases(), "kube-node-lease", lease).is_ok() {
                    self.lease_at = cx.now;
                } else {
                    self.retry_at = Some(cx.now + Duration::from_secs(1));
                }
            }
            Err(_) => {
                self.lost = true;
                self.retry_at = Some(cx.now + Duration::from_secs(7));
            }
        }
    }

    fn report(&mut self, cx: &mut Cx<'_>, config: &KubeletConfig, mut status: Value, ready: bool) {
        let Ok(node) = cx.get(nodes(), "", &config.node_name) else {
            // Deleted by somebody: the kubelet registers again.
            self.registered = false;
            self.retry_at = Some(cx.now + Duration::from_secs(1));
            return;
        };
        keep_transitions(&mut status, node.get("status"));
        let mut fresh = node.clone();
        for (key, value) in status.fields() {
            fresh.set_at(&["status", key], value);
        }
        if cx.update_status(nodes(), fresh).is_ok() {
            self.reported_at = cx.now;
            self.reported = status;
            self.ready = ready;
        } else {
            self.retry_at = Some(cx.now + Duration::from_secs(1));
        }
    }

    fn status(
        &self,
        config: &KubeletConfig,
        images: &[ImageInfo],
        runtime: (&str, &str),
        trouble: Option<&str>,
        now: Timestamp,
    ) -> Value {
        let mut capacity = Value::object();
        for (k, v) in &config.capacity {
            capacity.set(k, v);
        }
        let mut status = tree!({
            "addresses": [{"type": "InternalIP", "address": config.node_ip}, {"type": "Hostname", "address": config.node_name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": i64::from(config.port)}},
        });
        status.set("capacity", capacity.clone());
        for (k, v) in &config.allocatable {
            capacity.set(k, v);
        }
        status.set("allocatable", capacity);
        status.set("conditions", conditions(trouble, &self.pressures, now));
        status.set("nodeInfo", tree!({
            "machineID": config.machine_id, "systemUUID": config.machine_id, "bootID": self.boot_id,
            "kernelVersion": config.kernel_version, "osImage": config.os_image,
            "containerRuntimeVersion": format!("{}://{}", runtime.0, runtime.1),
            "kubeletVersion": config.kubelet_version, "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": config.architecture,
        }));
        let mut sorted: Vec<&ImageInfo> = images.iter().collect();
        sorted.arrange_by(|a, b| b.size.cmp(&a.size).then(a.name.cmp(&b.name)));
        let listed: Vec<Value> = sorted
            .into_iter()
            .take(50)
            .map(|i| tree!({"names": [i.id, i.name], "sizeBytes": i.size}))
            .collect();
        if !listed.is_empty() {
            status.set("images", listed);
        }
        status
    }
}

/// What stood for volumes before their drivers did, and is their drivers' now (`csi-translation-lib`).
const MIGRATED: &str = "kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,\
kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume";

/// Makes sure that the node's CSINode is there, without drivers as yet (`pkg/volume/csi/nodeinfomanager`); whether it is.
fn make_csi_node(cx: &mut Cx<'_>, node: &Value) -> bool {
    let csi_node = tree!({
        "apiVersion": "storage.k8s.io/v1", "kind": "CSINode",
        "metadata": {
            "name": node.name(), "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": MIGRATED},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()}],
        },
        "spec": {"drivers": Value::Null},
    });
    let def = schema::resource("storage.k8s.io", "v1", "csinodes").expect("a built-in resource");
    match cx.create(def, "", csi_node) {
        Ok(_) => true,
        Err(e) => e.is_already_exists(),
    }
}

/// A node as its kubelet registers it (`initialNode`), without its status.
pub fn initial_node(config: &KubeletConfig) -> Value {
    let mut node = tree!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": config.node_name}, "spec": {}});
    node.set_at(
        &[
            "metadata",
            "annotations",
            "volumes.kubernetes.io/controller-managed-attach-detach",
        ],
        "true",
    );
    for (k, v) in &config.labels {
        node.set_at(&["metadata", "labels", k], v);
    }
    for (key, value) in [
        ("kubernetes.io/hostname", config.node_name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", config.architecture),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", config.architecture),
    ] {
        if !key.starts_with("beta") || config.beta_labels {
            node.set_at(&["metadata", "labels", key], value);
        }
    }
    if !config.register_with_taints.is_empty() {
        node.set_at(&["spec", "taints"], config.register_with_taints.clone());
    }
    if !config.pod_cidr.is_empty() {
        node.set_at(&["spec", "podCIDR"], &config.pod_cidr);
        node.set_at(&["spec", "podCIDRs"], tree!([config.pod_cidr]));
    }
    node
}

fn conditions(trouble: Option<&str>, pressures: &[Pressure], now: Timestamp) -> Value {
    let row = |kind: &str, value: &str, reason: &str, message: &str| tree!({"type": kind, "status": value, "reason": reason, "message": message, "lastHeartbeatTime": now, "lastTransitionTime": now});
    let last = match trouble {
        None => row(
            "Ready",
            "True",
            "KubeletReady",
            "kubelet is posting ready status",
        ),
        Some(why) => row("Ready", "False", "KubeletNotReady", why),
    };
    let mut rows: Vec<Value> = Vec::with_capacity(4);
    for pressure in PRESSURES {
        let present = pressures.contains(&pressure);
        let (reason, message) = pressure.words(present);
        let value = if present { "True" } else { "False" };
        rows.push(row(pressure.condition(), value, reason, message));
    }
    rows.push(last);
    Value::from(rows)
}

fn keep_transitions(status: &mut Value, old: &Value) {
    let before = old.get("conditions").items().to_vec();
    for c in status.entry("conditions").items_mut() {
        if let Some(o) = before
            .iter()
            .find(|o| o.get("type") == c.get("type") && o.get("status") == c.get("status"))
        {
            c.set("lastTransitionTime", o.get("lastTransitionTime"));
        }
    }
    for o in before {
        let mine = status
            .get("conditions")
            .items()
            .iter()
            .any(|c| c.get("type") == o.get("type"));
        if !mine {
            status.entry("conditions").push(o);
        }
    }
}

fn without_heartbeats(status: &Value) -> Value {
    let mut s = status.clone();
    if !s.is_null() {
        for c in s.entry("conditions").items_mut() {
            c.remove("lastHeartbeatTime");
            c.remove("lastTransitionTime");
        }
    }
    s
}
