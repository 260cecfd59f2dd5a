//! Authorization: every request is asked about before it is served (`apiserver/pkg/authorization`, `endpoints/filters`).

pub mod escalation;
mod impersonation;
pub(super) mod node;
pub mod rbac;

use super::config::Authorization;
use super::query::Query;
use super::request_info::RequestInfo;
use super::storage::Mvcc;
use crate::api::core::rbac::Rule;
use crate::apimachinery::Text;
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::status::Status;
use crate::apimachinery::strconv::quote;
use crate::collections::SortedMap;
use rbac::Access;
use std::sync::Arc;

/// The group whose members may do everything (`user.SystemPrivilegedGroup`).
pub const MASTERS: &str = "system:masters";
/// How many users' rules are kept at most.
const MAX_USERS: usize = 1024;

/// What somebody wants to do (`authorizer.Attributes`, without the user).
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes<'a> {
    /// Whether it is about a resource and not about a path.
    pub is_resource: bool,
    /// `get`, `list` …
    pub verb: &'a str,
    /// API group.
    pub group: &'a str,
    /// Plural name of the resource.
    pub resource: &'a str,
    /// Subresource, or "".
    pub subresource: &'a str,
    /// Namespace, or "" for the cluster scope.
    pub namespace: &'a str,
    /// Name, or "" for all.
    pub name: &'a str,
    /// Path, where it is not about a resource.
    pub path: &'a str,
    /// The field selector of a list or watch.
    pub field_selector: &'a str,
}

impl<'a> Attributes<'a> {
    /// What a request wants to do. Reading a collection by `metadata.name` counts as reading that object.
    pub fn of_request(info: &'a RequestInfo, query: &'a Query) -> Self {
        let collection = matches!(info.verb, "list" | "watch" | "deletecollection");
        let field_selector = if collection {
            query.get("fieldSelector")
        } else {
            ""
        };
        let named = info
            .name
            .is_empty()
            .then(|| exact_match(field_selector, "metadata.name"));
        Attributes {
            is_resource: info.is_resource,
            // Whoever opens such a stream acts on the pod, whatever the method (1.35 and later).
            verb: match info.subresource.as_str() {
                "exec" | "attach" | "portforward"
                    if info.verb == "get" && info.resource == "pods" && info.group.is_empty() =>
                {
                    "create"
                }
                _ => info.verb,
            },
            group: &info.group,
            resource: &info.resource,
            subresource: &info.subresource,
            namespace: match info.resource.as_str() {
                "namespaces" if info.group.is_empty() => &info.name,
                _ => &info.namespace,
            },
            name: named.flatten().unwrap_or(&info.name),
            path: &info.path,
            field_selector,
        }
    }

    /// Whether a rule allows it.
    fn allowed_by(&self, rule: &Rule) -> bool {
        if self.is_resource {
            rule.allows(
                self.verb,
                self.group,
                self.resource,
                self.subresource,
                self.name,
            )
        } else {
            rule.allows_path(self.verb, self.path)
        }
    }

    /// `User "jane" cannot list resource "pods" in API group "" in the namespace "default"`.
    fn forbidden_message(&self, user: &str) -> String {
        let user = quote(user);
        if !self.is_resource {
            return format!("User {user} cannot {} path {}", self.verb, quote(self.path));
        }
        let mut resource = self.resource.to_owned();
        if !self.subresource.is_empty() {
            resource = format!("{resource}/{}", self.subresource);
        }
        let scope = match self.namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {}", quote(namespace)),
        };
        format!(
            "User {user} cannot {} resource {} in API group {} {scope}",
            self.verb,
            quote(&resource),
            quote(self.group),
        )
    }

    /// The refusal, as upstream words it (`responsewriters.ForbiddenStatusError`).
    pub fn forbidden(&self, user: &UserInfo, reason: &str) -> Status {
        let mut message = self
            .forbidden_message(&user.name)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        if !reason.is_empty() {
            message = format!("{message}: {reason}");
        }
        if self.is_resource {
            Status::forbidden(self.group, self.resource, self.name, message)
        } else {
            Status::forbidden("", "", "", message)
        }
    }
}

/// The value that a field selector asks one field to have.
fn exact_match<'a>(selector: &'a str, field: &str) -> Option<&'a str> {
    selector.split(',').find_map(|term| {
        let value = term.strip_prefix(field)?.strip_prefix('=')?;
        Some(value.strip_prefix('=').unwrap_or(value))
    })
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, with the reason ("" for none).
    Allow(Text),
    /// Nobody allowed it, with what was said on the way.
    NoOpinion(String),
}

/// The authorizers in their order, and the rules of the users that were asked about.
#[derive(Clone)]
pub struct Authorizer {
    modes: Vec<Authorization>,
    users: SortedMap<String, Vec<(Vec<String>, Arc<Access>)>>,
    relations: node::Relations,
}

impl Authorizer {
    /// Authorizers for these modes.
    pub fn new(modes: &[Authorization]) -> Self {
        Authorizer {
            modes: modes.to_vec(),
            users: SortedMap::new(),
            relations: node::Relations::default(),
        }
    }

    /// How many pods were looked at to find out what nodes may read.
    pub fn looked_at(&self) -> u64 {
        self.relations.looked_at
    }

    /// Forgets what was compiled: roles or bindings have changed.
    pub fn invalidate(&mut self) {
        self.users.clear();
    }

    /// Whether the user may do that.
    pub fn authorize(
        &mut self,
        storage: &Mvcc,
        user: &UserInfo,
        attributes: &Attributes<'_>,
    ) -> Decision {
        if user.groups.iter().any(|g| g == MASTERS) {
            return Decision::Allow(Text::EMPTY);
        }
        let mut reasons = String::new();
        for i in 0..self.modes.len() {
            let decision = match self.modes[i] {
                Authorization::AlwaysAllow => Decision::Allow(Text::EMPTY),
                Authorization::AlwaysDeny => {
                    Decision::NoOpinion("Everything is forbidden.".to_owned())
                }
                Authorization::Node => {
                    node::authorize(storage, user, attributes, &mut self.relations)
                }
                Authorization::Rbac => self.access(storage, user).authorize(attributes),
            };
            match decision {
                Decision::Allow(reason) => return Decision::Allow(reason),
                Decision::NoOpinion(reason) if reason.is_empty() => {}
                Decision::NoOpinion(reason) => {
                    if !reasons.is_empty() {
                        reasons.push('\n');
                    }
                    reasons.push_str(&reason);
                }
            }
        }
        Decision::NoOpinion(reasons)
    }

    /// What roles and bindings allow a user.
    pub fn access(&mut self, storage: &Mvcc, user: &UserInfo) -> Arc<Access> {
        let known = self.users.get(&user.name);
        let found = known.and_then(|all| all.iter().find(|(groups, _)| *groups == user.groups));
        if let Some((_, access)) = found {
            return access.clone();
        }
        if self.users.len() >= MAX_USERS || known.is_some_and(|all| all.len() >= MAX_USERS) {
            self.users.clear();
        }
        let access = Arc::new(Access::of(storage, user));
        let all = self.users.entry(user.name.clone()).or_default();
        all.push((user.groups.clone(), access.clone()));
        access
    }

    /// The rules that hold for a user in a namespace, and what kept the list from being complete (`RuleResolver`).
    pub fn rules_for(
        &mut self,
        storage: &Mvcc,
        user: &UserInfo,
        namespace: &str,
    ) -> (Vec<Rule>, Vec<String>) {
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for i in 0..self.modes.len() {
            match self.modes[i] {
                Authorization::AlwaysAllow => rules.extend(Rule::everything()),
                Authorization::AlwaysDeny => {}
                Authorization::Node => {
                    if node::is_node(user) {
                        let text = "node authorizer does not support user rule resolution";
                        errors.push(text.to_owned());
                    }
                }
                Authorization::Rbac => {
                    let access = self.access(storage, user);
                    rules.extend(access.rules(namespace).cloned());
                    errors.extend(access.errors(namespace).cloned());
                }
            }
        }
        (rules, errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    fn message(method: Method, uri: &str) -> String {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query = Query::parse(query);
        let info = RequestInfo::new(&method, path, &query);
        let attributes = Attributes::of_request(&info, &query);
        attributes
            .forbidden(&UserInfo::new("jane", &[]), "")
            .message()
            .to_owned()
    }

    #[test]
    fn refusals_are_worded_as_upstream_words_them() {
        let cases = [
            (
                Method::GET,
                "/api/v1/namespaces/default/pods",
                r#"pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default""#,
            ),
            (
                Method::GET,
                "/api/v1/nodes?fieldSelector=metadata.name=a",
                r#"nodes "a" is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope"#,
            ),
            (
                Method::GET,
                "/api/v1/namespaces/a",
                r#"namespaces "a" is forbidden: User "jane" cannot get resource "namespaces" in API group "" in the namespace "a""#,
            ),
            (
                Method::PATCH,
                "/apis/apps/v1/namespaces/a/deployments/web/scale",
                r#"deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments/scale" in API group "apps" in the namespace "a""#,
            ),
            (
                Method::GET,
                "/metrics",
                r#"forbidden: User "jane" cannot get path "/metrics""#,
            ),
        ];
        for (method, uri, want) in cases {
            assert_eq!(message(method, uri), want);
        }
    }
}
