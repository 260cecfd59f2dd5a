//! Objects that name others: when names change, so do the fields that hold them.

use super::Result;
use super::fields::visit;
use super::resource::{Id, Resource};
use crate::apimachinery::Value;

/// Kinds with a pod's spec and where it stands.
const PODS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
];

/// What a field may name: kind, group, fields of a pod's spec, and other fields as `Kind path`.
struct Target {
    kind: &'static str,
    group: &'static str,
    version: &'static str,
    pod: &'static [&'static str],
    other: &'static [&'static str],
    /// Kinds with a pod's spec that upstream leaves out.
    not: &'static [&'static str],
}

const NONE: Target = Target {
    kind: "",
    group: "",
    version: "",
    pod: &[],
    other: &[],
    not: &["ReplicationController"],
};
const SCALED: &[&str] = &["HorizontalPodAutoscaler spec/scaleTargetRef/name"];
const NOT: &[&str] = &["PodTemplate", "ReplicaSet"];

const TARGETS: &[Target] = &[
    Target {
        kind: "Deployment",
        other: SCALED,
        ..NONE
    },
    Target {
        kind: "ReplicationController",
        other: SCALED,
        ..NONE
    },
    Target {
        kind: "ReplicaSet",
        other: SCALED,
        ..NONE
    },
    Target {
        kind: "StatefulSet",
        other: SCALED,
        ..NONE
    },
    Target {
        kind: "ConfigMap",
        version: "v1",
        pod: &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
        other: &[
            "Node spec/configSource/configMap",
            "Role rules/resourceNames",
            "ClusterRole rules/resourceNames",
            "Ingress metadata/annotations/nginx.ingress.kubernetes.io~1fastcgi-params-configmap",
        ],
        ..NONE
    },
    Target {
        kind: "Secret",
        version: "v1",
        pod: &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
        other: &[
            "Ingress spec/tls/secretName",
            "Ingress metadata/annotations/ingress.kubernetes.io~1auth-secret",
            "Ingress metadata/annotations/nginx.ingress.kubernetes.io~1auth-secret",
            "Ingress metadata/annotations/nginx.ingress.kubernetes.io~1auth-tls-secret",
            "ServiceAccount imagePullSecrets/name",
            "StorageClass parameters/secretName",
            "StorageClass parameters/adminSecretName",
            "StorageClass parameters/userSecretName",
            "StorageClass parameters/secretRef",
            "Role rules/resourceNames",
            "ClusterRole rules/resourceNames",
            "PersistentVolume spec/azureFile/secretName",
        ],
        ..NONE
    },
    Target {
        kind: "Service",
        version: "v1",
        other: &[
            "StatefulSet spec/serviceName",
            "Ingress spec/rules/http/paths/backend/serviceName",
            "Ingress spec/backend/serviceName",
            "Ingress spec/rules/http/paths/backend/service/name",
            "Ingress spec/defaultBackend/service/name",
            "APIService spec/service/name",
            "ValidatingWebhookConfiguration webhooks/clientConfig/service",
            "MutatingWebhookConfiguration webhooks/clientConfig/service",
        ],
        ..NONE
    },
    Target {
        kind: "Role",
        group: "rbac.authorization.k8s.io",
        other: &["RoleBinding roleRef/name"],
        ..NONE
    },
    Target {
        kind: "ClusterRole",
        group: "rbac.authorization.k8s.io",
        other: &[
            "RoleBinding roleRef/name",
            "ClusterRoleBinding roleRef/name",
        ],
        ..NONE
    },
    Target {
        kind: "ServiceAccount",
        version: "v1",
        pod: &["serviceAccountName"],
        other: &["RoleBinding subjects", "ClusterRoleBinding subjects"],
        not: NOT,
        ..NONE
    },
    Target {
        kind: "PersistentVolumeClaim",
        version: "v1",
        pod: &["volumes/persistentVolumeClaim/claimName"],
        not: NOT,
        ..NONE
    },
    Target {
        kind: "PersistentVolume",
        version: "v1",
        other: &[
            "PersistentVolumeClaim spec/volumeName",
            "ClusterRole rules/resourceNames",
        ],
        ..NONE
    },
    Target {
        kind: "StorageClass",
        version: "v1",
        group: "storage.k8s.io",
        other: &[
            "PersistentVolume spec/storageClassName",
            "PersistentVolumeClaim spec/storageClassName",
            "StatefulSet spec/volumeClaimTemplates/spec/storageClassName",
        ],
        ..NONE
    },
    Target {
        kind: "PriorityClass",
        version: "v1",
        group: "scheduling.k8s.io",
        pod: &["priorityClassName"],
        not: NOT,
        ..NONE
    },
    Target {
        kind: "ValidatingAdmissionPolicy",
        group: "admissionregistration.k8s.io",
        other: &["ValidatingAdmissionPolicyBinding spec/policyName"],
        ..NONE
    },
];

/// What is known of an object that may be named.
struct Candidate {
    now: Id,
    before: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Updates all fields that name objects whose names changed.
pub fn fix(all: &mut [Resource]) -> Result<()> {
    let candidates: Vec<Candidate> = all
        .iter()
        .map(|r| Candidate {
            now: r.id(),
            before: r.previous_ids(),
            prefixes: r.prefixes.clone(),
            suffixes: r.suffixes.clone(),
        })
        .collect();
    for (i, r) in all.iter_mut().enumerate() {
        let kind = r.original_id().kind;
        let referrer = Referrer::new(r, &candidates, i);
        for target in TARGETS {
            let mut paths: Vec<String> = Vec::new();
            let pods = PODS
                .iter()
                .filter(|(k, _)| *k == kind && !target.not.contains(k));
            for (_, root) in pods {
                paths.extend(target.pod.iter().map(|p| format!("{root}/{p}")));
            }
            let others = target.other.iter().filter_map(|o| o.split_once(' '));
            paths.extend(
                others
                    .filter(|(k, _)| *k == kind)
                    .map(|(_, p)| p.to_owned()),
            );
            for path in paths {
                let words = |e: String| {
                    let id = &candidates[i].now;
                    format!(
                        "updating name reference in '{path}' field of '{id}': considering field '{path}' of object {id}: {e}"
                    )
                };
                visit(&mut r.object, &path, false, &mut |v| {
                    referrer.set(v, target, &path)
                })
                .map_err(words)?;
            }
        }
    }
    Ok(())
}

/// An object whose fields name others.
struct Referrer<'a> {
    me: &'a Candidate,
    /// Those that it may name.
    all: Vec<&'a Candidate>,
    role: Option<(String, String)>,
}

impl<'a> Referrer<'a> {
    fn new(r: &Resource, candidates: &'a [Candidate], i: usize) -> Self {
        let me = &candidates[i];
        let mut elsewhere: Vec<&str> = Vec::new();
        if me.now.kind == "RoleBinding" {
            let subjects = r.object.get("subjects").items().iter();
            let accounts = subjects.filter(|s| *s.get("kind") == "ServiceAccount");
            elsewhere.extend(accounts.filter_map(|s| s.get("namespace").as_str()));
        }
        let near = |c: &&Candidate| {
            me.now.cluster_scoped()
                || c.now.cluster_scoped()
                || c.now.effective_namespace() == me.now.effective_namespace()
                || elsewhere.contains(&c.now.namespace.as_str())
        };
        let role = r.object.get("roleRef");
        let role = role.has("apiGroup").then(|| {
            (
                role.get("apiGroup").str().to_owned(),
                role.get("kind").str().to_owned(),
            )
        });
        Referrer {
            me,
            all: candidates.iter().filter(near).collect(),
            role,
        }
    }

    fn set(&self, v: &mut Value, target: &Target, path: &str) -> Result<()> {
        match v {
            Value::Null => Ok(()),
            Value::List(list) => list
                .to_mut()
                .iter_mut()
                .try_for_each(|v| self.set(v, target, path)),
            Value::Map(_) => self.set_map(v, target, path),
            _ => {
                let Some(name) = v.as_str() else {
                    return Ok(());
                };
                if let Some(found) = self.find(name, &self.all, target, path, false)? {
                    *v = found.now.name.as_str().into();
                }
                Ok(())
            }
        }
    }

    fn set_map(&self, v: &mut Value, target: &Target, path: &str) -> Result<()> {
        let Some(name) = v.get("name").as_str() else {
            return Err("path config error; no 'name' field in node".to_owned());
        };
        let mut near = self.all.clone();
        if let Some(namespace) = v.get("namespace").as_str() {
            let was = |c: &Candidate| {
                let id = c.before.first().unwrap_or(&c.now);
                !id.cluster_scoped() && id.effective_namespace() == namespace
            };
            if near.iter().any(|c| was(c)) {
                near.retain(|c| was(c));
            } else {
                near.retain(|c| {
                    !c.now.cluster_scoped() && c.now.effective_namespace() == namespace
                });
            }
        }
        if let Some(found) = self.find(name, &near, target, path, true)? {
            v.set("name", found.now.name.as_str());
            if !found.now.namespace.is_empty() {
                v.set("namespace", found.now.namespace.as_str());
            }
        }
        Ok(())
    }

    /// The one object that was called so and fits.
    fn find(
        &self,
        name: &str,
        among: &[&'a Candidate],
        target: &Target,
        path: &str,
        with_namespace: bool,
    ) -> Result<Option<&'a Candidate>> {
        let kind_fits = |i: &Id| {
            i.kind == target.kind
                && (target.group.is_empty() || i.group == target.group)
                && (target.version.is_empty() || i.version == target.version)
        };
        let role = self
            .role
            .as_ref()
            .filter(|_| path.ends_with("roleRef/name"));
        let mut left: Vec<&Candidate> = among
            .iter()
            .copied()
            .filter(|c| {
                c.before.iter().any(|i| i.name == name)
                    && c.before.iter().any(kind_fits)
                    && role.is_none_or(|(group, kind)| {
                        let is = |i: &Id| i.group == *group && i.kind == *kind;
                        c.before.iter().any(is)
                    })
                    && (self.me.now.cluster_scoped()
                        || c.now.cluster_scoped()
                        || c.now.kind == "ServiceAccount"
                        || c.now.effective_namespace() == self.me.now.effective_namespace())
            })
            .collect();
        if left.len() == 1 {
            return Ok(left.pop());
        }
        left.retain(|c| self.same_affixes(c, true));
        if left.len() > 1 {
            left.retain(|c| self.same_affixes(c, false));
        }
        let Some(first) = left.first() else {
            return Ok(None);
        };
        let same = |c: &&Candidate| {
            c.now.name == first.now.name
                && (!with_namespace || c.now.namespace == first.now.namespace)
        };
        if left.iter().all(same) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = left.iter().map(|c| c.now.to_string()).collect();
        Err(format!(
            "found multiple possible referrals: {}",
            ids.join(", ")
        ))
    }

    fn same_affixes(&self, c: &Candidate, allow_empty: bool) -> bool {
        let same = |a: &[String], b: &[String]| {
            if a.is_empty() || b.is_empty() {
                return allow_empty || a.len() == b.len();
            }
            a.ends_with(b) || b.ends_with(a)
        };
        same(&c.prefixes, &self.me.prefixes) && same(&c.suffixes, &self.me.suffixes)
    }
}
