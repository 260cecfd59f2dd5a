//! What kubeadm leaves on a new cluster: the control plane's static pods, CoreDNS and kube-proxy.

use crate::apimachinery::Value;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::client::Cx;
use crate::tree;

/// The control plane's components: name, image, port.
pub const COMPONENTS: [(&str, &str, u16); 4] = [
    ("etcd", "registry.k8s.io/etcd:3.6.6-0", 2379),
    (
        "kube-apiserver",
        "registry.k8s.io/kube-apiserver:v1.36.2",
        6443,
    ),
    (
        "kube-controller-manager",
        "registry.k8s.io/kube-controller-manager:v1.36.2",
        10257,
    ),
    (
        "kube-scheduler",
        "registry.k8s.io/kube-scheduler:v1.36.2",
        10259,
    ),
];

/// Images that a machine has from the start.
pub fn preloaded_images(control_plane: bool) -> Vec<String> {
    let mut images = vec![
        "registry.k8s.io/pause:3.10.1".to_owned(),
        "registry.k8s.io/kube-proxy:v1.36.2".into(),
        COREDNS.into(),
    ];
    if control_plane {
        images.extend(COMPONENTS.iter().map(|(_, image, _)| (*image).to_owned()));
    }
    images
}

const COREDNS: &str = "registry.k8s.io/coredns/coredns:v1.13.1";

/// The manifests in the control-plane node's own folder.
pub fn static_pods(node_ip: &str) -> Vec<Value> {
    COMPONENTS
        .iter()
        .map(|(name, image, port)| static_pod(name, image, *port, node_ip))
        .collect()
}

fn static_pod(name: &str, image: &str, port: u16, node_ip: &str) -> Value {
    let cpu = if name == "kube-apiserver" {
        "250m"
    } else if name == "kube-controller-manager" {
        "200m"
    } else {
        "100m"
    };
    tree!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "kube-system", "labels": {"component": name, "tier": "control-plane"}},
        "spec": {
            "priorityClassName": "system-node-critical", "priority": 2000001000, "hostNetwork": true,
            "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
            "containers": [{
                "name": name, "image": image, "imagePullPolicy": "IfNotPresent",
                "command": [name, format!("--bind-address={node_ip}")],
                "resources": {"requests": {"cpu": cpu}},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "livenessProbe": {
                    "httpGet": {"path": "/livez", "port": port, "scheme": if name == "etcd" { "HTTP" } else { "HTTPS" }, "host": node_ip},
                    "initialDelaySeconds": 10, "periodSeconds": 10, "timeoutSeconds": 15, "failureThreshold": 8, "successThreshold": 1
                }
            }]
        }
    })
}

fn def(group: &str, version: &str, resource: &str) -> &'static ResourceDef {
    schema::resource(group, version, resource).expect("a built-in resource")
}

/// What kubeadm allows: its administrators everything, bootstrapping nodes to see themselves, kube-proxy and CoreDNS their work.
const RBAC: &str = r#"[
{"kind":"ClusterRoleBinding","metadata":{"name":"kubeadm:cluster-admins"},"roleRef":{"kind":"ClusterRole","name":"cluster-admin"},
"subjects":[{"kind":"Group","name":"kubeadm:cluster-admins"}]},
{"kind":"ClusterRole","metadata":{"name":"kubeadm:get-nodes"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["nodes"]}]},
{"kind":"ClusterRoleBinding","metadata":{"name":"kubeadm:get-nodes"},"roleRef":{"kind":"ClusterRole","name":"kubeadm:get-nodes"},
"subjects":[{"kind":"Group","name":"system:bootstrappers:kubeadm:default-node-token"}]},
{"kind":"ClusterRoleBinding","metadata":{"name":"kubeadm:node-proxier"},"roleRef":{"kind":"ClusterRole","name":"system:node-proxier"},
"subjects":[{"kind":"ServiceAccount","name":"kube-proxy","namespace":"kube-system"}]},
{"kind":"ClusterRole","metadata":{"name":"system:aggregated-metrics-reader","labels":{
"rbac.authorization.k8s.io/aggregate-to-admin":"true","rbac.authorization.k8s.io/aggregate-to-edit":"true",
"rbac.authorization.k8s.io/aggregate-to-view":"true"}},"rules":[
{"verbs":["get","list","watch"],"apiGroups":["metrics.k8s.io"],"resources":["pods","nodes"]}]},
{"kind":"ClusterRole","metadata":{"name":"system:coredns"},"rules":[
{"verbs":["list","watch"],"apiGroups":[""],"resources":["endpoints","services","pods","namespaces"]},
{"verbs":["list","watch"],"apiGroups":["discovery.k8s.io"],"resources":["endpointslices"]}]},
{"kind":"ClusterRoleBinding","metadata":{"name":"system:coredns"},"roleRef":{"kind":"ClusterRole","name":"system:coredns"},
"subjects":[{"kind":"ServiceAccount","name":"coredns","namespace":"kube-system"}]},
{"kind":"ClusterRoleBinding","metadata":{"name":"local-path-provisioner"},"roleRef":{"kind":"ClusterRole","name":"system:persistent-volume-provisioner"},
"subjects":[{"kind":"ServiceAccount","name":"local-path-provisioner","namespace":"kube-system"}]},
{"kind":"ClusterRole","metadata":{"name":"ingress-nginx"},"rules":[
{"verbs":["get","list","watch"],"apiGroups":["networking.k8s.io"],"resources":["ingresses","ingressclasses"]},
{"verbs":["update"],"apiGroups":["networking.k8s.io"],"resources":["ingresses/status"]},
{"verbs":["create","patch"],"apiGroups":[""],"resources":["events"]}]},
{"kind":"ClusterRoleBinding","metadata":{"name":"ingress-nginx"},"roleRef":{"kind":"ClusterRole","name":"ingress-nginx"},
"subjects":[{"kind":"ServiceAccount","name":"ingress-nginx","namespace":"kube-system"}]}
]"#;

/// Installs CoreDNS and kube-proxy; true once all of it stands.
pub fn install_add_ons(cx: &mut Cx<'_>) -> bool {
    let objects = [
        (def("", "v1", "serviceaccounts"), service_account("coredns")),
        (
            def("", "v1", "serviceaccounts"),
            service_account("kube-proxy"),
        ),
        (
            def("storage.k8s.io", "v1", "storageclasses"),
            standard_class(),
        ),
        (
            def("networking.k8s.io", "v1", "ingressclasses"),
            nginx_class(),
        ),
        (def("", "v1", "configmaps"), corefile()),
        (def("", "v1", "services"), dns_service()),
        (def("apps", "v1", "deployments"), coredns()),
        (def("apps", "v1", "daemonsets"), kube_proxy()),
    ];
    let rbac = Value::from_json(RBAC.as_bytes()).expect("the text is JSON");
    let rules = rbac.items().iter().map(|object| {
        let resource = match object.kind() {
            "ClusterRole" => "clusterroles",
            _ => "clusterrolebindings",
        };
        let mut object = object.clone();
        object.set("apiVersion", "rbac.authorization.k8s.io/v1");
        (def("rbac.authorization.k8s.io", "v1", resource), object)
    });
    objects.into_iter().chain(rules).all(|(def, object)| {
        match cx.create(def, "kube-system", object) {
            Ok(_) => true,
            Err(e) => e.is_already_exists(),
        }
    })
}

fn service_account(name: &str) -> Value {
    tree!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}})
}

/// The class that claims get which name none: folders of the node that their first pod comes to.
fn standard_class() -> Value {
    tree!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "rancher.io/local-path", "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"
    })
}

/// The class of Ingresses that name none, and of those that tutorials write.
fn nginx_class() -> Value {
    tree!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
        "metadata": {"name": "nginx", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
        "spec": {"controller": crate::api::ingress::CONTROLLER}
    })
}

fn corefile() -> Value {
    let text = ".:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    forward . /etc/resolv.conf\n    cache 30 {\n       disable success cluster.local\n       disable denial cluster.local\n    }\n    loop\n    reload\n    loadbalance\n}\n";
    tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": "kube-system"}, "data": {"Corefile": text}})
}

fn dns_service() -> Value {
    tree!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "kube-dns", "namespace": "kube-system",
            "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
        },
        "spec": {
            "clusterIP": "10.96.0.10", "selector": {"k8s-app": "kube-dns"},
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153}
            ]
        }
    })
}

fn coredns() -> Value {
    tree!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": {"k8s-app": "kube-dns"}},
                "spec": {
                    "priorityClassName": "system-cluster-critical", "serviceAccountName": "coredns", "dnsPolicy": "Default",
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "tolerations": [
                        {"key": "CriticalAddonsOnly", "operator": "Exists"},
                        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
                    ],
                    "containers": [{
                        "name": "coredns", "image": COREDNS, "imagePullPolicy": "IfNotPresent", "args": ["-conf", "/etc/coredns/Corefile"],
                        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
                        "ports": [
                            {"containerPort": 53, "name": "dns", "protocol": "UDP"}, {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
                            {"containerPort": 9153, "name": "metrics", "protocol": "TCP"}
                        ],
                        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "initialDelaySeconds": 60, "timeoutSeconds": 5, "failureThreshold": 5},
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
                        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": true}]
                    }],
                    "volumes": [{"name": "config-volume", "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}}]
                }
            }
        }
    })
}

fn kube_proxy() -> Value {
    tree!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "kube-proxy", "namespace": "kube-system", "labels": {"k8s-app": "kube-proxy"}},
        "spec": {
            "selector": {"matchLabels": {"k8s-app": "kube-proxy"}},
            "template": {
                "metadata": {"labels": {"k8s-app": "kube-proxy"}},
                "spec": {
                    "priorityClassName": "system-node-critical", "hostNetwork": true, "serviceAccountName": "kube-proxy",
                    "nodeSelector": {"kubernetes.io/os": "linux"}, "tolerations": [{"operator": "Exists"}],
                    "containers": [{
                        "name": "kube-proxy", "image": "registry.k8s.io/kube-proxy:v1.36.2", "imagePullPolicy": "IfNotPresent",
                        "command": ["/usr/local/bin/kube-proxy", "--hostname-override=$(NODE_NAME)"],
                        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                        "securityContext": {"privileged": true}
                    }]
                }
            }
        }
    })
}
