//! The roles and bindings that every cluster has (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), from a table:
//!
//! * `+NAME` begins a ClusterRole, `+NAMESPACE/NAME` a Role; `:x` stands for `system:controller:x`, which is also bound to
//!   the service account `kube-system/x`. `>x` labels it for aggregation to `x`, `<x` aggregates what is so labelled.
//! * `VERBS GROUPS RESOURCES [NAMES]` is a rule, `VERBS / PATHS` one on paths. Verbs are letters (create, delete,
//!   deletecollection is x, get, list, patch, update, watch) or words; `-` is the core group, a final dot `.k8s.io`.
//!   `E` is the rule on events.
//! * `=[NAME] SUBJECTS` binds the role: `g:` a group, `u:` a user, `s:` a service account.

use crate::api::core::rbac::Rule;
use crate::apimachinery::Value;
use crate::apiserver::authz::rbac::GROUP;
use crate::tree;
use std::sync::LazyLock;

static TABLE: &str = include_str!("policy.txt");
const EVENTS: &str = "cpu -,events. events";
const CONTROLLER: &str = "system:controller:";

/// An object to make: resource, namespace, the object.
pub type Made = (&'static str, &'static str, Value);

/// All of them.
pub fn objects() -> Vec<Made> {
    TABLE.split('+').skip(1).flat_map(role).collect()
}

/// What every kubelet may do, whatever its pods are (`NodeRules`).
pub fn node_rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let found = objects()
            .into_iter()
            .find(|(_, _, o)| o.name() == "system:node");
        let role = found.map(|(_, _, role)| role).unwrap_or_default();
        Rule::of_role(&role)
    });
    &RULES
}

fn role(text: &'static str) -> Vec<Made> {
    let mut lines = text.lines();
    let mut head = lines.next().unwrap_or_default().split(' ');
    let (namespace, short) = {
        let name = head.next().unwrap_or_default();
        name.split_once('/').unwrap_or(("", name))
    };
    let (resource, kind) = match namespace {
        "" => ("clusterroles", "ClusterRole"),
        _ => ("roles", "Role"),
    };
    let controller = short.strip_prefix(':');
    let name = match controller {
        Some(name) => format!("{CONTROLLER}{name}"),
        None => short.to_owned(),
    };
    let mut role = tree!({"metadata": metadata(&name)});
    for word in head {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{}", &word[1..]);
        if word.starts_with('>') {
            role.set_at(&["metadata", "labels", &label], "true");
        } else {
            let selector = tree!({"matchLabels": {label: "true"}});
            role.set_at(&["aggregationRule", "clusterRoleSelectors"], vec![selector]);
        }
    }
    let mut rules = Vec::new();
    let mut bindings = Vec::new();
    for line in lines.filter(|l| !l.is_empty()) {
        match line.strip_prefix('=') {
            Some(subjects) => bindings.push(binding(namespace, kind, &name, subjects)),
            None => rules.push(rule(if line == "E" { EVENTS } else { line })),
        }
    }
    if let (Some(account), "") = (controller, namespace) {
        let subjects = format!(" s:kube-system/{account}");
        bindings.push(binding(namespace, kind, &name, &subjects));
    }
    if !rules.is_empty() {
        role.set("rules", rules);
    }
    bindings.insert(0, (resource, namespace, role));
    bindings
}

fn metadata(name: &str) -> serde_json::Value {
    serde_json::json!({
        "name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    })
}

fn binding(namespace: &'static str, kind: &str, role: &str, line: &str) -> Made {
    let mut words = line.split(' ');
    let name = match words.next() {
        None | Some("") => role,
        Some(own) => own,
    };
    let mut binding = tree!({
        "metadata": metadata(name), "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
    });
    let subjects: Vec<Value> = words.map(subject).collect();
    if !subjects.is_empty() {
        binding.set("subjects", subjects);
    }
    let resource = match namespace {
        "" => "clusterrolebindings",
        _ => "rolebindings",
    };
    (resource, namespace, binding)
}

fn subject(word: &str) -> Value {
    let (kind, name) = word.split_at(2);
    match kind {
        "s:" => {
            let (namespace, name) = name.split_once('/').unwrap_or_default();
            tree!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
        }
        "u:" => tree!({"kind": "User", "apiGroup": GROUP, "name": name}),
        _ => tree!({"kind": "Group", "apiGroup": GROUP, "name": name}),
    }
}

fn list(text: &str) -> Vec<Value> {
    text.split(',').map(Value::from).collect()
}

fn verbs(text: &str) -> Vec<Value> {
    const LETTERS: [(char, &str); 9] = [
        ('*', "*"),
        ('c', "create"),
        ('d', "delete"),
        ('x', "deletecollection"),
        ('g', "get"),
        ('l', "list"),
        ('p', "patch"),
        ('u', "update"),
        ('w', "watch"),
    ];
    let letter = |c: char| LETTERS.iter().find(|(l, _)| *l == c).map(|(_, v)| *v);
    let mut all = Vec::new();
    for word in text.split(',') {
        match word.chars().map(letter).collect::<Option<Vec<&str>>>() {
            Some(verbs) => all.extend(verbs.into_iter().map(Value::from)),
            None => all.push(Value::from(word)),
        }
    }
    all
}

fn rule(line: &str) -> Value {
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let mut rule = Value::object();
    rule.set("verbs", verbs(next()));
    match next() {
        "/" => rule.set("nonResourceURLs", list(next())),
        groups => {
            let full = |g: &str| match (g, g.strip_suffix('.')) {
                ("-", _) => Value::from(""),
                (_, Some(short)) => Value::from(format!("{short}.k8s.io")),
                _ => Value::from(g),
            };
            rule.set("apiGroups", groups.split(',').map(full).collect::<Vec<_>>());
            rule.set("resources", list(next()));
            let names = next();
            if !names.is_empty() {
                rule.set("resourceNames", list(names));
            }
        }
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(resource: &str, name: &str) -> Value {
        objects()
            .into_iter()
            .find(|(r, _, o)| *r == resource && o.name() == name)
            .map(|(_, _, o)| o)
            .expect("in the table")
    }

    #[test]
    fn the_table_is_read() {
        let all = objects();
        let count = |resource: &str| all.iter().filter(|(r, ..)| *r == resource).count();
        assert_eq!(
            [
                "clusterroles",
                "clusterrolebindings",
                "roles",
                "rolebindings"
            ]
            .map(count),
            [69, 50, 7, 7]
        );
        let edit = find("clusterroles", "edit");
        assert_eq!(
            edit.at(&[
                "metadata",
                "labels",
                "rbac.authorization.k8s.io/aggregate-to-admin"
            ]),
            &"true"
        );
        assert!(
            !edit
                .at(&["aggregationRule", "clusterRoleSelectors"])
                .is_empty()
        );
        let role = find(
            "clusterroles",
            "system:controller:clusterrole-aggregation-controller",
        );
        let rule = &role.get("rules").items()[0];
        assert_eq!(
            rule.to_json(),
            r#"{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["escalate","get","list","patch","update","watch"]}"#
        );
        let binding = find("clusterrolebindings", "system:controller:job-controller");
        assert_eq!(
            binding.get("subjects").to_json(),
            r#"[{"kind":"ServiceAccount","name":"job-controller","namespace":"kube-system"}]"#
        );
        let reader = find(
            "rolebindings",
            "system::extension-apiserver-authentication-reader",
        );
        assert_eq!(
            reader.at(&["roleRef", "name"]),
            &"extension-apiserver-authentication-reader"
        );
        assert!(
            find("clusterrolebindings", "system:node")
                .get("subjects")
                .is_null()
        );
    }

    #[test]
    fn every_rule_is_complete() {
        for (_, _, object) in objects() {
            for rule in object.get("rules").items() {
                let what = object.name();
                assert!(!rule.get("verbs").is_empty(), "{what}: {rule:?}");
                let mut lists = rule.fields().flat_map(|(_, list)| list.items());
                assert!(lists.all(|v| v.as_str().is_some()), "{what}: {rule:?}");
            }
        }
    }
}
