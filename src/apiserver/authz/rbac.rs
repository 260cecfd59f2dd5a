//! Roles and bindings (`plugin/pkg/auth/authorizer/rbac`, `pkg/registry/rbac/validation`). What they allow a user is worked
//! out once and kept until a role or binding changes.

use super::{Attributes, Decision};
use crate::api::core::rbac::Rule;
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::status::aggregate;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Text, Value};
use crate::apiserver::registry;
use crate::apiserver::storage::{Mvcc, Storage};
use crate::collections::SortedMap;

/// The API group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// What one binding gives.
#[derive(Clone, Debug)]
struct Grant {
    rules: Vec<Rule>,
    /// `RBAC: allowed by ClusterRoleBinding …`.
    reason: Text,
}

/// What bindings give in one scope, and the roles among them that are missing.
#[derive(Clone, Debug, Default)]
struct Scope {
    grants: Vec<Grant>,
    errors: Vec<String>,
}

/// What roles and bindings allow one user.
#[derive(Clone, Debug, Default)]
pub struct Access {
    cluster: Scope,
    namespaces: SortedMap<Text, Scope>,
}

impl Access {
    /// Works out what a user may do from all bindings.
    pub fn of(storage: &Mvcc, user: &UserInfo) -> Access {
        let mut access = Access::default();
        for binding in objects(storage, "clusterrolebindings") {
            if let Some(subject) = subject_of(binding, user, "") {
                access.cluster.grant(storage, binding, subject);
            }
        }
        for binding in objects(storage, "rolebindings") {
            let namespace = binding.namespace();
            if let Some(subject) = subject_of(binding, user, namespace) {
                let scope = access.namespaces.entry(namespace.into()).or_default();
                scope.grant(storage, binding, subject);
            }
        }
        access
    }

    fn scopes(&self, namespace: &str) -> impl Iterator<Item = &Scope> {
        let own = (!namespace.is_empty()).then(|| self.namespaces.get(namespace));
        std::iter::once(&self.cluster).chain(own.flatten())
    }

    /// Whether that is allowed, and by what.
    pub fn authorize(&self, a: &Attributes<'_>) -> Decision {
        let namespace = if a.is_resource { a.namespace } else { "" };
        for scope in self.scopes(namespace) {
            for grant in &scope.grants {
                if grant.rules.iter().any(|r| a.allowed_by(r)) {
                    return Decision::Allow(grant.reason.clone());
                }
            }
        }
        let mut errors = self.errors(namespace).peekable();
        Decision::NoOpinion(if errors.peek().is_none() {
            String::new()
        } else {
            format!("RBAC: {}", aggregate(errors.cloned()))
        })
    }

    /// All rules that hold in a namespace ("" for the cluster scope alone).
    pub fn rules(&self, namespace: &str) -> impl Iterator<Item = &Rule> {
        let grants = self.scopes(namespace).flat_map(|s| &s.grants);
        grants.flat_map(|g| &g.rules)
    }

    /// What was amiss with bindings there.
    pub fn errors(&self, namespace: &str) -> impl Iterator<Item = &String> {
        self.scopes(namespace).flat_map(|s| &s.errors)
    }
}

impl Scope {
    fn grant(&mut self, storage: &Mvcc, binding: &Value, subject: &Value) {
        let reference = binding.get("roleRef");
        match role_rules(storage, reference, binding.namespace()) {
            Ok(rules) => self.grants.push(Grant {
                rules,
                reason: reason(binding, reference, subject).into(),
            }),
            Err(missing) => self.errors.push(missing),
        }
    }
}

fn objects<'a>(storage: &'a Mvcc, resource: &str) -> impl Iterator<Item = &'a Value> {
    registry::lookup(GROUP, "v1", resource)
        .into_iter()
        .flat_map(|r| storage.list(r.table, "", "").map(|(_, v)| v))
}

/// The rules of the role that a binding in a namespace ("" for none) refers to.
///
/// # Errors
/// `clusterrole.rbac.authorization.k8s.io "x" not found`.
pub fn role_rules(storage: &Mvcc, reference: &Value, namespace: &str) -> Result<Vec<Rule>, String> {
    let resource = match reference.kind() {
        "ClusterRole" => "clusterroles",
        "Role" => "roles",
        kind => return Err(format!("unsupported role reference kind: {}", quote(kind))),
    };
    let name = reference.get("name").str();
    registry::lookup(GROUP, "v1", resource)
        .and_then(|r| storage.get(r.table, &r.key(namespace, name)))
        .map(Rule::of_role)
        .ok_or_else(|| {
            let singular = resource.trim_end_matches('s');
            format!("{singular}.{GROUP} {} not found", quote(name))
        })
}

/// The subject of a binding that a user is (`appliesTo`).
fn subject_of<'a>(binding: &'a Value, user: &UserInfo, namespace: &str) -> Option<&'a Value> {
    binding.get("subjects").items().iter().find(|subject| {
        let name = subject.get("name").str();
        match subject.kind() {
            "User" => user.name == name,
            "Group" => user.groups.iter().any(|g| g == name),
            "ServiceAccount" => {
                let namespace = match subject.get("namespace").str() {
                    "" => namespace,
                    own => own,
                };
                !namespace.is_empty()
                    && user
                        .name
                        .strip_prefix(SERVICE_ACCOUNT)
                        .and_then(|rest| rest.split_once(':'))
                        == Some((namespace, name))
            }
            _ => false,
        }
    })
}

fn reason(binding: &Value, reference: &Value, subject: &Value) -> String {
    let at = |name: &str, namespace: &str| quote(&format!("{name}/{namespace}"));
    let (kind, name) = match binding.namespace() {
        "" => ("ClusterRoleBinding", quote(binding.name())),
        namespace => ("RoleBinding", at(binding.name(), namespace)),
    };
    let whom = match subject.kind() {
        "ServiceAccount" => at(subject.get("name").str(), subject.get("namespace").str()),
        _ => quote(subject.get("name").str()),
    };
    format!(
        "RBAC: allowed by {kind} {name} of {} {} to {} {whom}",
        reference.kind(),
        quote(reference.get("name").str()),
        subject.kind(),
    )
}
