//! The cluster's add-ons, which only look like what they are: they stay off real machines.

use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::cluster::{Cluster, bootstrap};

/// What runs them.
pub const ADD_ONS: [&str; 2] = ["daemonsets/kube-proxy", "deployments/coredns"];

/// The patch that keeps a workload on simulated nodes.
pub fn only_simulated() -> Value {
    crate::tree!({"spec": {"template": {"spec": {"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": super::node::LABEL.0, "operator": "DoesNotExist"}
        ]}]}
    }}}}}})
}

/// Gives a cluster what its provisioner needs where that is missing: its rights and, `with_class`, the class of volumes of nodes as the
/// default.
pub fn provide(cluster: &mut Cluster, with_class: bool) {
    for object in bootstrap::local_path() {
        let path = match object.kind() {
            "StorageClass" if with_class => "/apis/storage.k8s.io/v1/storageclasses",
            "ClusterRole" => "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "ClusterRoleBinding" => "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            _ => continue,
        };
        let request = http::Request::post(path).body(Body::Tree(object));
        // It may be there.
        let _ = request.map(|request| cluster.request_as_admin(request));
    }
}

/// Keeps the add-ons on simulated nodes.
pub fn keep_simulated(cluster: &mut Cluster) {
    for path in ADD_ONS {
        let request =
            http::Request::patch(["/apis/apps/v1/namespaces/kube-system/", path].concat())
                .header(http::header::CONTENT_TYPE, "application/merge-patch+json")
                .body(Body::Tree(only_simulated()));
        // Where there is none, there is nothing to keep away.
        let _ = request.map(|request| cluster.request_as_admin(request));
    }
}
