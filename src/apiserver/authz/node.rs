//! The Node authorizer (`plugin/pkg/auth/authorizer/node`): a kubelet may read what the pods of its node need, and no more.
//! Upstream keeps a graph of who refers to whom; here the pods of the namespace in question are looked at.

use super::{Attributes, Decision, exact_match};
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Text, Value};
use crate::apiserver::bootstrap::policy;
use crate::apiserver::registry;
use crate::apiserver::storage::{Mvcc, Storage};
use std::collections::BTreeMap;

/// What the name of each kubelet begins with.
pub const NODE: &str = "system:node:";
const LEASES: &str = "kube-node-lease";
/// How many relations are remembered at most.
const MAX_RELATIONS: usize = 1 << 16;

/// What was found related to a node, each with the key of the pod that relates them: that one is asked first the next time.
#[derive(Clone, Default)]
pub struct Relations {
    known: BTreeMap<String, Text>,
    /// How many pods were looked at to find them.
    pub looked_at: u64,
}

/// Whether a user is a kubelet (`NodeIdentity`).
pub fn is_node(user: &UserInfo) -> bool {
    user.name.starts_with(NODE) && user.groups.iter().any(|g| g == "system:nodes")
}

fn no(reason: impl Into<String>) -> Decision {
    Decision::NoOpinion(reason.into())
}

fn allow() -> Decision {
    Decision::Allow(Text::EMPTY)
}

/// Whether a kubelet may do that; no opinion on everybody else.
pub fn authorize(
    storage: &Mvcc,
    user: &UserInfo,
    a: &Attributes<'_>,
    relations: &mut Relations,
) -> Decision {
    if !is_node(user) {
        return no("");
    }
    let node = &user.name[NODE.len()..];
    if node.is_empty() {
        return no(format!("unknown node for user {}", quote(&user.name)));
    }
    let mut at = Asked {
        storage,
        node,
        a,
        relations,
    };
    if a.is_resource {
        match (a.group, a.resource) {
            ("", "secrets" | "configmaps") => return at.read_namespaced(),
            ("", "persistentvolumeclaims") if a.subresource == "status" => {
                return at.update_status();
            }
            ("", "persistentvolumeclaims" | "persistentvolumes")
            | ("resource.k8s.io", "resourceclaims")
            | ("storage.k8s.io", "volumeattachments") => return at.get(),
            ("", "serviceaccounts") => return at.service_account(),
            ("coordination.k8s.io", "leases") => return at.lease(),
            ("storage.k8s.io", "csinodes") => return at.csi_node(),
            ("resource.k8s.io", "resourceslices") => return at.slice(),
            ("", "nodes") => return at.node(),
            ("", "pods") => return at.pod(),
            _ => {}
        }
    }
    if policy::node_rules().iter().any(|r| a.allowed_by(r)) {
        allow()
    } else {
        no("")
    }
}

struct Asked<'a> {
    storage: &'a Mvcc,
    node: &'a str,
    a: &'a Attributes<'a>,
    relations: &'a mut Relations,
}

impl<'a> Asked<'a> {
    fn read_namespaced(&mut self) -> Decision {
        if !matches!(self.a.verb, "get" | "list" | "watch") {
            return no("can only read resources of this type");
        }
        if !self.a.subresource.is_empty() {
            return no("cannot read subresource");
        }
        if self.a.namespace.is_empty() {
            return no("can only read namespaced object of this type");
        }
        self.related()
    }

    fn get(&mut self) -> Decision {
        if self.a.verb != "get" {
            return no("can only get individual resources of this type");
        }
        if !self.a.subresource.is_empty() {
            return no("cannot get subresource");
        }
        self.related()
    }

    fn update_status(&mut self) -> Decision {
        if !matches!(self.a.verb, "update" | "patch") {
            return no("can only get/update/patch this type");
        }
        self.related()
    }

    fn service_account(&mut self) -> Decision {
        if self.a.verb == "get" && self.a.subresource.is_empty() {
            return self.related();
        }
        if self.a.verb != "create" || self.a.name.is_empty() {
            return no("can only create tokens for individual service accounts");
        }
        if self.a.subresource != "token" {
            return no("can only create token subresource of serviceaccount");
        }
        self.related()
    }

    fn lease(&self) -> Decision {
        if !matches!(
            self.a.verb,
            "get" | "create" | "update" | "patch" | "delete"
        ) {
            return no("can only get, create, update, patch, or delete a node lease");
        }
        if self.a.namespace != LEASES {
            return no(format!(
                "can only access leases in the {} system namespace",
                quote(LEASES)
            ));
        }
        if self.a.verb != "create" && self.a.name != self.node {
            return no("can only access node lease with the same name as the requesting node");
        }
        allow()
    }

    fn csi_node(&self) -> Decision {
        if !matches!(
            self.a.verb,
            "get" | "create" | "update" | "patch" | "delete"
        ) {
            return no("can only get, create, update, patch, or delete a CSINode");
        }
        if !self.a.subresource.is_empty() {
            return no("cannot authorize CSINode subresources");
        }
        if self.a.verb != "create" && self.a.name != self.node {
            return no("can only access CSINode with the same name as the requesting node");
        }
        allow()
    }

    fn slice(&mut self) -> Decision {
        if !self.a.subresource.is_empty() {
            return no("cannot authorize ResourceSlice subresources");
        }
        match self.a.verb {
            "create" => allow(),
            "get" | "update" | "patch" | "delete" => self.related(),
            "list" | "watch" | "deletecollection" if self.selects("nodeName") => allow(),
            "list" | "watch" | "deletecollection" => no(
                "can only list/watch/deletecollection resourceslices with nodeName field selector",
            ),
            _ => no(
                "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
            ),
        }
    }

    fn node(&self) -> Decision {
        let node = self.node;
        match (self.a.subresource, self.a.verb) {
            ("", "create" | "update" | "patch") | ("status", "update" | "patch") => allow(),
            ("", "get" | "list" | "watch") => match self.a.name {
                name if name == node => allow(),
                "" => no(format!(
                    "node '{node}' cannot read all nodes, only its own Node object"
                )),
                name => no(format!(
                    "node '{node}' cannot read '{name}', only its own Node object"
                )),
            },
            _ => no(""),
        }
    }

    fn pod(&mut self) -> Decision {
        match (self.a.subresource, self.a.verb) {
            ("", "get") => self.get(),
            ("", "list" | "watch") if self.selects("spec.nodeName") => allow(),
            ("", "list" | "watch") if !self.a.name.is_empty() => self.related(),
            ("", "list" | "watch") => {
                no("can only list/watch pods with spec.nodeName field selector")
            }
            ("", "create" | "delete") | ("status", "update" | "patch") | ("eviction", "create") => {
                allow()
            }
            _ => no(""),
        }
    }

    fn selects(&self, field: &str) -> bool {
        exact_match(self.a.field_selector, field) == Some(self.node)
    }

    fn related(&mut self) -> Decision {
        let a = self.a;
        if a.name.is_empty() {
            return no("No Object name found");
        }
        let found = match (a.group, a.resource) {
            ("", "pods") => self
                .stored("", "pods")
                .is_some_and(|p| p.at(&["spec", "nodeName"]) == &self.node),
            ("", "persistentvolumes") => self.stored("", "persistentvolumes").is_some_and(|pv| {
                let claim = pv.at(&["spec", "claimRef"]);
                let (namespace, name) = (claim.get("namespace").str(), claim.get("name").str());
                self.any_pod(namespace, |p| uses_claim(p, name))
            }),
            ("", "persistentvolumeclaims") => self.any_pod(a.namespace, |p| uses_claim(p, a.name)),
            ("", "serviceaccounts") => self.any_pod(a.namespace, |p| {
                p.at(&["spec", "serviceAccountName"]) == &a.name
            }),
            ("", "secrets") => self.any_pod(a.namespace, |p| uses_secret(p, a.name)),
            ("", "configmaps") => self.any_pod(a.namespace, |p| uses_config_map(p, a.name)),
            ("resource.k8s.io", "resourceclaims") => {
                self.any_pod(a.namespace, |p| uses_resource_claim(p, a.name))
            }
            ("resource.k8s.io", "resourceslices") => self
                .stored(a.group, a.resource)
                .is_some_and(|s| s.at(&["spec", "nodeName"]) == &self.node),
            ("storage.k8s.io", "volumeattachments") => self
                .stored(a.group, a.resource)
                .is_some_and(|v| v.at(&["spec", "nodeName"]) == &self.node),
            _ => false,
        };
        if found {
            return allow();
        }
        no(format!(
            "no relationship found between node '{}' and this object",
            self.node
        ))
    }

    fn stored(&self, group: &str, resource: &str) -> Option<&'a Value> {
        let r = registry::preferred(group, resource)?;
        self.storage
            .get(r.table, &r.key(self.a.namespace, self.a.name))
    }

    /// Whether a pod of this node does something; mirror pods count for nothing, since kubelets make them.
    fn any_pod(&mut self, namespace: &str, does: impl Fn(&Value) -> bool) -> bool {
        let Some(pods) = registry::lookup("", "v1", "pods").filter(|_| !namespace.is_empty())
        else {
            return false;
        };
        let holds = |p: &Value| {
            p.at(&["spec", "nodeName"]) == &self.node
                && does(p)
                && p.annotation("kubernetes.io/config.mirror").is_none()
        };
        let asked = format!(
            "{}/{}/{}/{}",
            self.node, self.a.resource, namespace, self.a.name
        );
        let pod = self.relations.known.get(&asked);
        if pod.is_some_and(|key| self.storage.get(pods.table, key).is_some_and(holds)) {
            return true;
        }
        let prefix = pods.prefix(namespace);
        let mut all = self.storage.list(pods.table, &prefix, "");
        let mut looked_at = 0;
        let found = all.find(|(_, p)| {
            looked_at += 1;
            holds(p)
        });
        self.relations.looked_at += looked_at;
        let Some((key, _)) = found else {
            return false;
        };
        let known = &mut self.relations.known;
        if known.len() >= MAX_RELATIONS {
            known.clear();
        }
        known.insert(asked, key.as_str().into());
        true
    }
}

fn volumes(pod: &Value) -> &[Value] {
    pod.at(&["spec", "volumes"]).items()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|kind| pod.at(&["spec", kind]).items())
}

fn uses_claim(pod: &Value, name: &str) -> bool {
    volumes(pod).iter().any(|v| {
        v.at(&["persistentVolumeClaim", "claimName"]) == &name
            || v.has("ephemeral")
                && name
                    .strip_prefix(pod.name())
                    .and_then(|rest| rest.strip_prefix('-'))
                    == v.get("name").as_str()
    })
}

fn uses_resource_claim(pod: &Value, name: &str) -> bool {
    let claims = pod.at(&["spec", "resourceClaims"]).items().iter();
    let made = pod.at(&["status", "resourceClaimStatuses"]).items().iter();
    claims
        .chain(made)
        .any(|c| c.get("resourceClaimName") == &name)
}

fn uses_config_map(pod: &Value, name: &str) -> bool {
    let projected = |v: &Value| {
        let mut sources = v.at(&["projected", "sources"]).items().iter();
        sources.any(|s| s.at(&["configMap", "name"]) == &name)
    };
    volumes(pod)
        .iter()
        .any(|v| v.at(&["configMap", "name"]) == &name || projected(v))
        || in_environment(pod, ["configMapKeyRef", "configMapRef"], name)
}

fn uses_secret(pod: &Value, name: &str) -> bool {
    let projected = |v: &Value| {
        let mut sources = v.at(&["projected", "sources"]).items().iter();
        sources.any(|s| s.at(&["secret", "name"]) == &name)
    };
    let referred = |v: &Value| {
        v.fields()
            .any(|(_, source)| source.at(&["secretRef", "name"]) == &name)
            || v.at(&["csi", "nodePublishSecretRef", "name"]) == &name
            || v.at(&["azureFile", "secretName"]) == &name
    };
    volumes(pod)
        .iter()
        .any(|v| v.at(&["secret", "secretName"]) == &name || projected(v) || referred(v))
        || in_environment(pod, ["secretKeyRef", "secretRef"], name)
        || pod
            .at(&["spec", "imagePullSecrets"])
            .items()
            .iter()
            .any(|s| s.get("name") == &name)
}

/// Whether the environment of a container takes a value, or all values, from something of that name.
fn in_environment(pod: &Value, [key_ref, all_ref]: [&str; 2], name: &str) -> bool {
    containers(pod).any(|c| {
        let mut env = c.get("env").items().iter();
        env.any(|e| e.at(&["valueFrom", key_ref, "name"]) == &name)
            || c.get("envFrom")
                .items()
                .iter()
                .any(|e| e.at(&[all_ref, "name"]) == &name)
    })
}
