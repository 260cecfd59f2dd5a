//! What kubeadm leaves on a new cluster: the control plane's static pods, CoreDNS and kube-proxy.

use crate::apimachinery::Value;
use crate::apimachinery::meta::split_api_version;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::client::Cx;

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
    let cpu = match name {
        "kube-apiserver" => "250m",
        "kube-controller-manager" => "200m",
        _ => "100m",
    };
    let scheme = if name == "etcd" { "HTTP" } else { "HTTPS" };
    let text = include_str!("bootstrap/static-pod.json")
        .replace("$NAME", name)
        .replace("$IMAGE", image)
        .replace("$PORT", &port.to_string())
        .replace("$CPU", cpu)
        .replace("$SCHEME", scheme)
        .replace("$IP", node_ip);
    Value::from_json(text.as_bytes()).expect("the text is JSON")
}

/// CoreDNS, kube-proxy, the classes that the sandbox has, and what kubeadm allows: its administrators everything, bootstrapping nodes
/// to see themselves, the add-ons their work. As text, which is smaller than code that makes it.
const ADD_ONS: &str = include_str!("bootstrap/add-ons.json");

/// The class `standard` and the rights of its provisioner and resizer.
pub fn local_path() -> Vec<Value> {
    let objects = Value::from_json(ADD_ONS.as_bytes()).expect("the text is JSON");
    let own = |o: &&Value| o.name().starts_with("local-path") || o.kind() == "StorageClass";
    objects.items().iter().filter(own).cloned().collect()
}

/// Installs the add-ons; true once all of them stand.
pub fn install_add_ons(cx: &mut Cx<'_>) -> bool {
    let objects = Value::from_json(ADD_ONS.as_bytes()).expect("the text is JSON");
    objects.items().iter().all(|object| {
        let (group, version) = split_api_version(object.api_version());
        let of_kind = |d: &&ResourceDef| {
            (d.group, d.version, d.kind) == (group, version, object.kind())
                && !d.resource.contains('/')
        };
        let def = schema::RESOURCES.iter().find(of_kind);
        let def = def.expect("a built-in kind");
        match cx.create(def, "kube-system", object.clone()) {
            Ok(_) => true,
            Err(e) => e.is_already_exists(),
        }
    })
}
