//! The cluster's add-ons, which only look like what they are: they stay off real machines.

use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::cluster::Cluster;

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

/// Gives a cluster without add-ons what its provisioner needs: its rights and, where it `is_new`, the class of volumes of nodes as the
/// default.
pub fn provide(cluster: &mut Cluster, is_new: bool) {
    if cluster.config().add_ons {
        return;
    }
    let class = crate::tree!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "rancher.io/local-path", "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
    });
    let rights = crate::tree!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "local-path-provisioner"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:persistent-volume-provisioner"},
        "subjects": [{"kind": "ServiceAccount", "name": "local-path-provisioner", "namespace": "kube-system"}],
    });
    let mut make = |path: &str, object: &Value| {
        let request = http::Request::post(path).body(Body::Tree(object.clone()));
        // It may be there.
        let _ = request.map(|request| cluster.request_as_admin(request));
    };
    let binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    make(binding, &rights);
    if is_new {
        make("/apis/storage.k8s.io/v1/storageclasses", &class);
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
