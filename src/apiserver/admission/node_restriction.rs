//! `NodeRestriction`: a kubelet writes its own node, its lease, and pods that are on its node, and no more
//! (`plugin/pkg/admission/noderestriction`).

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apimachinery::strconv::quote;
use crate::apiserver::ApiServer;
use crate::apiserver::authz::node::{NODE, is_node};
use crate::apiserver::call::Call;
use crate::apiserver::config::Plugin;
use crate::collections::SortedSet;

const MIRROR: &str = "kubernetes.io/config.mirror";
const LEASES: &str = "kube-node-lease";
/// Labels of Kubernetes' own that kubelets may set (`kubeletapis.KubeletLabels`).
const LABELS: &[&str] = &[
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

impl ApiServer {
    /// Refuses what a kubelet may not write.
    pub(in crate::apiserver) fn restrict_node(
        &self,
        call: &Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        if !is_node(&call.user) || !self.config.admission.contains(&Plugin::NodeRestriction) {
            return Ok(());
        }
        let node = &call.user.name[NODE.len()..];
        let refused = |why: String| Err(a.forbidden(call, why));
        if node.is_empty() {
            let user = quote(&call.user.name);
            return refused(format!("could not determine node from user {user}"));
        }
        let own = match a.operation {
            Operation::Create => a.object.name(),
            _ => &call.info.name,
        };
        let lease = call.resource.is("coordination.k8s.io", "leases");
        if call.resource.is("", "pods") {
            match a.subresource {
                "" => self.restrict_pod(call, a, node),
                "status" => restrict_pod_status(call, a, node),
                "eviction" => match on_node(a.old, node) {
                    true => Ok(()),
                    false => refused(format!(
                        "node {node} can only evict pods with spec.nodeName set to itself"
                    )),
                },
                sub => refused(format!(
                    "unexpected pod subresource {}, only 'status' and 'eviction' are allowed",
                    quote(sub)
                )),
            }
        } else if call.resource.is("", "nodes") {
            restrict_node(call, a, node)
        } else if call.resource.is("", "persistentvolumeclaims") {
            restrict_claim(call, a, node)
        } else if call.resource.is("", "serviceaccounts") && a.subresource == "token" {
            self.restrict_token(call, a, node)
        } else if lease && a.object.namespace() != LEASES {
            refused(format!(
                "can only access leases in the {} system namespace",
                quote(LEASES)
            ))
        } else if own == node {
            Ok(())
        } else if lease {
            refused(
                "can only access node lease with the same name as the requesting node".to_owned(),
            )
        } else if call.resource.is("storage.k8s.io", "csinodes") {
            refused("can only access CSINode with the same name as the requesting node".to_owned())
        } else {
            Ok(())
        }
    }

    fn restrict_pod(&self, call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
        let me = quote(node);
        let why = match a.operation {
            Operation::Create => return self.restrict_mirror(call, a, node),
            Operation::Delete if on_node(a.old, node) => return Ok(()),
            Operation::Delete => {
                format!("node {me} can only delete pods with spec.nodeName set to itself")
            }
            _ => format!(
                "unexpected operation \"UPDATE\", node {me} can only create and delete mirror pods"
            ),
        };
        Err(a.forbidden(call, why))
    }

    /// Kubelets only create pods that mirror static ones, which refer to nothing.
    fn restrict_mirror(&self, call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
        let (pod, me) = (&*a.object, quote(node));
        let spec = pod.get("spec");
        let owners = pod.meta().get("ownerReferences").items();
        let owner = owners.first().unwrap_or(&Value::Null);
        let volume = |field: &str| {
            let volumes = spec.get("volumes").items();
            volumes.iter().any(|volume| !volume.get(field).is_null())
        };
        let why = if pod.annotation(MIRROR).is_none() {
            let mirror = quote(MIRROR);
            format!("pod does not have {mirror} annotation, node {me} can only create mirror pods")
        } else if spec.get("nodeName") != &node {
            format!("node {me} can only create pods with spec.nodeName set to itself")
        } else if owners.len() > 1 {
            format!("node {me} can only create pods with a single owner reference set to itself")
        } else if (owner.api_version(), owner.kind(), owner.name_of()) != ("v1", "Node", node) {
            format!("node {me} can only create pods with an owner reference set to itself")
        } else if owner.get("controller").as_bool() != Some(true) {
            format!(
                "node {me} can only create pods with a controller owner reference set to itself"
            )
        } else if owner.get("blockOwnerDeletion").as_bool() == Some(true) {
            format!("node {me} must not set blockOwnerDeletion on an owner reference")
        } else if let Some(why) = self.mismatch(owner, node)? {
            why
        } else if !spec.get("serviceAccountName").str().is_empty() {
            format!("node {me} can not create pods that reference a service account")
        } else if !spec.get("imagePullSecrets").is_empty()
            || volume("secret")
            || refers(spec, "secretRef", "secretKeyRef", "secret")
        {
            format!("node {me} can not create pods that reference secrets")
        } else if volume("configMap")
            || refers(spec, "configMapRef", "configMapKeyRef", "configMap")
        {
            format!("node {me} can not create pods that reference configmaps")
        } else if projected(spec, "clusterTrustBundle") {
            format!("node {me} can not create pods that reference clustertrustbundles")
        } else if volume("persistentVolumeClaim") {
            format!("node {me} can not create pods that reference persistentvolumeclaims")
        } else {
            return Ok(());
        };
        Err(a.forbidden(call, why))
    }

    /// Whether an owner is another node than the one of that name.
    fn mismatch(&self, owner: &Value, node: &str) -> Result<Option<String>, Status> {
        let found = self.object("nodes", "", node);
        let uid = found
            .ok_or_else(|| Status::not_found("", "nodes", node))?
            .uid();
        let asked = owner.get("uid").str();
        let why = format!("node {node} UID mismatch: expected {asked} got {uid}");
        Ok((asked != uid).then_some(why))
    }

    fn restrict_token(&self, call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
        let reference = a.object.at(&["spec", "boundObjectRef"]);
        let (name, uid) = (reference.get("name").str(), reference.get("uid").str());
        let why = if (reference.api_version(), reference.kind()) != ("v1", "Pod") || name.is_empty()
        {
            "node requested token not bound to a pod".to_owned()
        } else if uid.is_empty() {
            "node requested token with a pod binding without a uid".to_owned()
        } else {
            let pod = self.object("pods", &call.info.namespace, name);
            let pod = pod.ok_or_else(|| Status::not_found("", "pods", name))?;
            if pod.uid() != uid {
                format!(
                    "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
                )
            } else if !on_node(Some(pod), node) {
                "node requested token bound to a pod scheduled on a different node".to_owned()
            } else {
                return Ok(());
            }
        };
        Err(a.forbidden(call, why))
    }
}

fn on_node(pod: Option<&Value>, node: &str) -> bool {
    pod.is_some_and(|pod| pod.at(&["spec", "nodeName"]) == &node)
}

/// Whether any container's environment, or a projected volume, refers to such an object.
fn refers(spec: &Value, whole: &str, key: &str, source: &str) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let mut containers = lists.iter().flat_map(|list| spec.get(list).items());
    containers.any(|container| {
        let mut from = container.get("envFrom").items().iter();
        let mut env = container.get("env").items().iter();
        from.any(|it| !it.get(whole).is_null())
            || env.any(|it| !it.at(&["valueFrom", key]).is_null())
    }) || projected(spec, source)
}

fn projected(spec: &Value, source: &str) -> bool {
    let volumes = spec.get("volumes").items().iter();
    let mut sources = volumes.flat_map(|volume| volume.at(&["projected", "sources"]).items());
    sources.any(|it| !it.get(source).is_null())
}

fn restrict_pod_status(call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
    let me = quote(node);
    let old = a.old.unwrap_or(&Value::Null);
    let claims = |pod: &Value| pod.at(&["status", "resourceClaimStatuses"]).clone();
    let why = if !on_node(a.old, node) {
        format!("node {me} can only update pod status for pods with spec.nodeName set to itself")
    } else if a.object.meta().get("labels") != old.meta().get("labels") {
        format!("node {me} cannot update labels through pod status")
    } else if claims(a.object) != claims(old) {
        format!("node {me} cannot update resource claim statues")
    } else {
        return Ok(());
    };
    Err(a.forbidden(call, why))
}

fn restrict_claim(call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
    if a.subresource != "status" {
        return Err(a.forbidden(call, "may only update PVC status"));
    }
    let besides = |claim: &Value| {
        let mut claim = claim.clone();
        for field in ["resourceVersion", "managedFields"] {
            claim.meta_mut().remove(field);
        }
        for field in [
            "capacity",
            "conditions",
            "allocatedResourceStatuses",
            "allocatedResources",
        ] {
            claim.at_mut(&["status"]).remove(field);
        }
        claim
    };
    if a.old.map(besides) == Some(besides(a.object)) {
        return Ok(());
    }
    let why = format!(
        "node {} is not allowed to update fields other than status.capacity and status.conditions",
        quote(node)
    );
    Err(a.forbidden(call, why))
}

fn restrict_node(call: &Call, a: &Attributes<'_>, node: &str) -> Result<(), Status> {
    let me = quote(node);
    let name = match a.operation {
        Operation::Create => a.object.name(),
        _ => &call.info.name,
    };
    let source = |node: &Value| node.at(&["spec", "configSource"]).clone();
    let old = a.old.unwrap_or(&Value::Null);
    let forbidden = forbidden_labels(a.object, old).join(", ");
    let why = match a.operation {
        _ if name != node => {
            format!("node {me} is not allowed to modify node {}", quote(name))
        }
        Operation::Create if !source(a.object).is_null() => {
            format!("node {me} is not allowed to create pods with a non-nil configSource")
        }
        Operation::Create if !forbidden.is_empty() => {
            format!("node {me} is not allowed to set the following labels: {forbidden}")
        }
        Operation::Update if !source(a.object).is_null() && source(a.object) != source(old) => {
            format!("node {me} is not allowed to update configSource to a new non-nil configSource")
        }
        Operation::Update
            if a.object.at(&["spec", "taints"]).items() != old.at(&["spec", "taints"]).items() =>
        {
            format!("node {me} is not allowed to modify taints")
        }
        Operation::Update if !forbidden.is_empty() => {
            format!("is not allowed to modify labels: {forbidden}")
        }
        _ => return Ok(()),
    };
    Err(a.forbidden(call, why))
}

/// The labels that differ and that no kubelet may set, sorted.
fn forbidden_labels(new: &Value, old: &Value) -> Vec<String> {
    let labels = |node: &Value| node.meta().get("labels").clone();
    let (new, old) = (labels(new), labels(old));
    let keys: SortedSet<String> = [&new, &old]
        .into_iter()
        .flat_map(|all| all.fields().map(|(key, _)| key.to_string()))
        .collect();
    let differs = |key: &String| new.get(key) != old.get(key);
    let keys = keys
        .iter()
        .filter(|key| differs(key) && is_restricted_label(key));
    keys.cloned().collect()
}

/// Whether a label is none that a kubelet may set on its node.
pub fn is_restricted_label(label: &str) -> bool {
    let domain = label.split_once('/').map_or("", |(domain, _)| domain);
    let below = |of: &str| {
        let rest = domain.strip_suffix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let may =
        LABELS.contains(&label) || below("kubelet.kubernetes.io") || below("node.kubernetes.io");
    below("node-restriction.kubernetes.io") || ((below("kubernetes.io") || below("k8s.io")) && !may)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn labels_that_steer_workloads_are_not_the_kubelets() {
        for (label, forbidden) in [
            ("app", false),
            ("example.com/zone", false),
            ("kubernetes.io/hostname", false),
            ("topology.kubernetes.io/zone", false),
            ("node.kubernetes.io/anything", false),
            ("special.kubelet.kubernetes.io/x", false),
            ("node-role.kubernetes.io/control-plane", true),
            ("node-restriction.kubernetes.io/team", true),
            ("my.node-restriction.kubernetes.io/team", true),
            ("scheduling.k8s.io/x", true),
            ("notkubernetes.io/x", false),
        ] {
            assert_eq!(is_restricted_label(label), forbidden, "{label}");
        }
        let node = |labels: Value| {
            let mut node = tree!({"metadata": {}});
            node.meta_mut().set("labels", labels);
            node
        };
        let old =
            node(tree!({"a": "1", "node-restriction.kubernetes.io/x": "1", "k8s.io/same": ""}));
        let new = node(tree!({"a": "2", "node-role.kubernetes.io/y": "", "k8s.io/same": ""}));
        let expected = [
            "node-restriction.kubernetes.io/x",
            "node-role.kubernetes.io/y",
        ];
        assert_eq!(forbidden_labels(&new, &old), expected);
    }
}
