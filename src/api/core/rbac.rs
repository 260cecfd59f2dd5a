//! Rules of roles: what they allow, and which of them cover others (`k8s.io/component-helpers/auth/rbac/validation`).

use crate::apimachinery::{Text, Value};

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Verbs.
    pub verbs: Vec<Text>,
    /// API groups.
    pub groups: Vec<Text>,
    /// Resources, with their subresources: `pods/log`, `*/scale`.
    pub resources: Vec<Text>,
    /// Names; none for all.
    pub names: Vec<Text>,
    /// Paths that are no resources: `/healthz`, `/api/*`.
    pub urls: Vec<Text>,
}

fn texts(list: &Value) -> Vec<Text> {
    let text = |v: &Value| match v {
        Value::Str(s) => Some(s.clone()),
        _ => None,
    };
    list.items().iter().filter_map(text).collect()
}

/// Whether a list holds a word, or `*`.
fn has(list: &[Text], word: &str) -> bool {
    list.iter().any(|t| t == "*" || t == word)
}

/// Whether a path that a rule names covers a path (`NonResourceURLMatches`).
fn covers_url(rule: &str, path: &str) -> bool {
    rule == "*"
        || rule == path
        || rule.ends_with('*') && path.starts_with(rule.trim_end_matches('*'))
}

impl Rule {
    /// Reads a `PolicyRule`.
    pub fn read(rule: &Value) -> Self {
        Rule {
            verbs: texts(rule.get("verbs")),
            groups: texts(rule.get("apiGroups")),
            resources: texts(rule.get("resources")),
            names: texts(rule.get("resourceNames")),
            urls: texts(rule.get("nonResourceURLs")),
        }
    }

    /// The rules of a role.
    pub fn of_role(role: &Value) -> Vec<Rule> {
        role.get("rules").items().iter().map(Rule::read).collect()
    }

    /// It as a `PolicyRule`; empty lists are left out.
    pub fn to_value(&self) -> Value {
        let mut rule = Value::object();
        for (field, list) in [
            ("verbs", &self.verbs),
            ("apiGroups", &self.groups),
            ("resources", &self.resources),
            ("resourceNames", &self.names),
            ("nonResourceURLs", &self.urls),
        ] {
            if !list.is_empty() {
                let words: Vec<Value> = list.iter().cloned().map(Value::Str).collect();
                rule.set(field, words);
            }
        }
        rule
    }

    /// The rules that allow everything.
    pub fn everything() -> [Rule; 2] {
        let all = || vec![Text::from_static("*")];
        [
            Rule {
                verbs: all(),
                groups: all(),
                resources: all(),
                ..Rule::default()
            },
            Rule {
                verbs: all(),
                urls: all(),
                ..Rule::default()
            },
        ]
    }

    /// Whether it allows a verb on a path.
    pub fn allows_path(&self, verb: &str, path: &str) -> bool {
        has(&self.verbs, verb) && self.urls.iter().any(|u| covers_url(u, path))
    }

    /// Whether it allows a verb on a resource, or on its subresource (`sub`), of that name ("" for all).
    pub fn allows(&self, verb: &str, group: &str, resource: &str, sub: &str, name: &str) -> bool {
        has(&self.verbs, verb)
            && has(&self.groups, group)
            && self.is_about(resource, sub)
            && (self.names.is_empty() || self.names.iter().any(|n| n == name))
    }

    /// Whether it is about that resource (`ResourceMatches`).
    fn is_about(&self, resource: &str, sub: &str) -> bool {
        self.resources.iter().any(|r| {
            if r == "*" {
                return true;
            }
            if sub.is_empty() {
                return r == resource;
            }
            r.strip_suffix(sub)
                .and_then(|r| r.strip_suffix('/'))
                .is_some_and(|r| r == "*" || r == resource)
        })
    }

    /// It as rules of one verb on one thing (`BreakdownRule`).
    fn break_down(&self) -> Vec<Rule> {
        let one = |t: &Text| vec![t.clone()];
        let mut all = Vec::new();
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let single = Rule {
                        verbs: one(verb),
                        groups: one(group),
                        resources: one(resource),
                        ..Rule::default()
                    };
                    if self.names.is_empty() {
                        all.push(single);
                        continue;
                    }
                    all.extend(self.names.iter().map(|name| Rule {
                        names: one(name),
                        ..single.clone()
                    }));
                }
            }
        }
        for url in &self.urls {
            all.extend(self.verbs.iter().map(|verb| Rule {
                verbs: one(verb),
                urls: one(url),
                ..Rule::default()
            }));
        }
        all
    }

    /// Whether it covers a rule (`ruleCovers`).
    fn covers(&self, rule: &Rule) -> bool {
        let all = |held: &[Text], list: &[Text]| list.iter().all(|w| has(held, w));
        let resource = |r: &Text| {
            let sub = r.split_once('/').map(|(_, sub)| format!("*/{sub}"));
            has(&self.resources, r) || sub.is_some_and(|s| self.resources.iter().any(|h| *h == *s))
        };
        let names = self.names.is_empty()
            || !rule.names.is_empty() && rule.names.iter().all(|n| self.names.contains(n));
        let url = |u: &Text| self.urls.iter().any(|h| covers_url(h, u));
        all(&self.verbs, &rule.verbs)
            && all(&self.groups, &rule.groups)
            && rule.resources.iter().all(resource)
            && rule.urls.iter().all(url)
            && names
    }
}

/// What of `wanted`, broken down to single grants, no held rule covers (`Covers`).
pub fn missing(held: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    wanted
        .iter()
        .flat_map(Rule::break_down)
        .filter(|rule| !held.iter().any(|h| h.covers(rule)))
        .collect()
}

/// Puts verbs on the same thing together (`CompactRules`).
pub fn compact(rules: Vec<Rule>) -> Vec<Rule> {
    let mut out: Vec<Rule> = Vec::new();
    for rule in rules {
        let same = |r: &&mut Rule| {
            r.urls.is_empty()
                && rule.urls.is_empty()
                && (&r.groups, &r.resources, &r.names)
                    == (&rule.groups, &rule.resources, &rule.names)
        };
        match out.iter_mut().find(same) {
            Some(known) => known.verbs.extend(rule.verbs),
            None => out.push(rule),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn rules_allow_what_upstreams_allow() {
        let rule = |v: Value| Rule::read(&v);
        let logs =
            rule(tree!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log", "nodes"]}));
        assert!(logs.allows("get", "", "pods", "log", "web"));
        assert!(!logs.allows("get", "", "pods", "", "web"));
        assert!(!logs.allows("get", "", "nodes", "proxy", ""));
        assert!(!logs.allows("list", "", "nodes", "", ""));
        let scale = rule(tree!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*/scale"]}));
        assert!(scale.allows("update", "apps", "deployments", "scale", "web"));
        assert!(!scale.allows("update", "apps", "deployments", "", "web"));
        let one = rule(tree!({
            "verbs": ["get", "update"], "apiGroups": ["apps"], "resources": ["*"],
            "resourceNames": ["web"],
        }));
        assert!(one.allows("update", "apps", "deployments", "status", "web"));
        assert!(!one.allows("get", "apps", "deployments", "", ""));
        assert!(!one.allows("get", "", "pods", "", "web"));
        let paths = rule(tree!({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/api/*"]}));
        assert!(paths.allows_path("get", "/api/v1") && paths.allows_path("get", "/healthz"));
        assert!(!paths.allows_path("get", "/api") && !paths.allows_path("post", "/healthz"));
    }

    #[test]
    fn what_is_not_held_is_found_by_thing() {
        let rules = |list: Value| list.items().iter().map(Rule::read).collect::<Vec<_>>();
        let held = rules(tree!([
            {"apiGroups": [""], "resources": ["pods", "*/scale"], "verbs": ["get", "list"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"], "verbs": ["*"]},
            {"nonResourceURLs": ["/logs/*"], "verbs": ["get"]},
        ]));
        let wanted = rules(tree!([
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "delete", "patch"]},
            {"apiGroups": [""], "resources": ["replicationcontrollers/scale"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web", "db"], "verbs": ["get"]},
            {"nonResourceURLs": ["/logs/a", "/metrics"], "verbs": ["get"]},
        ]));
        let found = compact(missing(&held, &wanted));
        let want = rules(tree!([
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete", "patch"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["db"], "verbs": ["get"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ]));
        assert_eq!(found, want);
    }
}
