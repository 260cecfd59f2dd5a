//! `kubectl create role` and `kubectl create clusterrole`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::collections::SortedMap;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static ROLE: Command = Command {
    name: "role",
    args: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a role with single rule",
    flags: &[RULE_FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(role(cx))),
    ..Command::NEW
};

/// The command.
pub static CLUSTERROLE: Command = Command {
    name: "clusterrole",
    args: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a cluster role",
    flags: &[
        RULE_FLAGS,
        &[
            Flag::string(
                "aggregation-rule",
                "Labels of the cluster roles to gather: a=b,c=d.",
            ),
            Flag::strings("non-resource-url", "Paths that are no resources."),
        ],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(cluster_role(cx))),
    ..Command::NEW
};

const RULE_FLAGS: &[Flag] = &[
    Flag::strings("resource", "Resources that the rule is about."),
    Flag::array(
        "resource-name",
        "Names of the objects that the rule is about.",
    ),
    Flag::strings("verb", "What the rule allows."),
];

const STANDARD_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "proxy",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "*",
];

const PATH_VERBS: &[&str] = &[
    "get", "put", "post", "head", "options", "delete", "patch", "*",
];

/// Verbs that are about few resources (`specialVerbs`), some of which are not served: their group and name.
const SPECIAL_VERBS: &[(&str, &[(&str, &str)])] = &[
    (
        "use",
        &[
            ("policy", "podsecuritypolicies"),
            ("extensions", "podsecuritypolicies"),
        ],
    ),
    ("bind", ROLES),
    ("escalate", ROLES),
    (
        "impersonate",
        &[
            ("", "users"),
            ("", "serviceaccounts"),
            ("", "groups"),
            ("authentication.k8s.io", "userextras"),
        ],
    ),
];

const ROLES: &[(&str, &str)] = &[
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "clusterroles"),
];

/// Whether one of the verbs makes sense of a resource that need not be served; an error where one does not fit it.
fn special(verbs: &[String], group: &str, resource: &str) -> Result<bool, Error> {
    let mut found = false;
    for (verb, resources) in SPECIAL_VERBS {
        if !verbs.iter().any(|v| v == verb) {
            continue;
        }
        if !resources.contains(&(group, resource)) {
            return Err(Error::msg(format!(
                "can not perform '{verb}' on '{resource}' in group '{group}'"
            )));
        }
        found = true;
    }
    Ok(found)
}

struct Wanted {
    group: String,
    resource: String,
    subresource: String,
}

async fn role(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let verbs = verbs(cx);
    if verbs.is_empty() {
        return Err(Error::msg("at least one verb must be specified"));
    }
    warn_of_verbs(cx, &verbs);
    let wanted = resources(cx)?;
    if wanted.is_empty() {
        return Err(Error::msg("at least one resource must be specified"));
    }
    let rules = rules(cx, &verbs, &wanted).await?;
    let mut object = new_object("rbac.authorization.k8s.io/v1", "Role", name);
    object.set("rules", rules);
    submit(cx, object, "").await
}

async fn cluster_role(cx: &Cx) -> Outcome {
    let mut object = new_object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        name_argument(cx)?,
    );
    let (verbs, wanted) = (verbs(cx), resources(cx)?);
    let urls = cx.flags.strings("non-resource-url");
    let aggregation = cx.flags.str("aggregation-rule");
    if !aggregation.is_empty() {
        if !urls.is_empty() || !verbs.is_empty() || !wanted.is_empty() {
            return Err(Error::msg(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        let mut labels = Value::object();
        for pair in aggregation.split(',') {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Error::msg(format!(
                    "invalid argument \"{aggregation}\" for \"--aggregation-rule\" flag: malformed pair, expect string=string\nSee '{}' for usage.",
                    cx.found.path() + " --help"
                ))
            })?;
            labels.set(key, value);
        }
        object.set("rules", Value::Null);
        let mut selector = Value::object();
        selector.set("matchLabels", labels);
        object.set_at(&["aggregationRule", "clusterRoleSelectors"], vec![selector]);
        return submit(cx, object, "").await;
    }
    if verbs.is_empty() {
        return Err(Error::msg("at least one verb must be specified"));
    }
    if wanted.is_empty() && urls.is_empty() {
        return Err(Error::msg(
            "one of resource or nonResourceURL must be specified",
        ));
    }
    warn_of_verbs(cx, &verbs);
    for verb in &verbs {
        if !urls.is_empty() && !PATH_VERBS.contains(&verb.as_str()) {
            return Err(Error::msg(format!(
                "invalid verb: '{verb}' for nonResourceURL"
            )));
        }
    }
    for url in &urls {
        let star = url.find('*');
        if url == "*" || url.starts_with('/') && star.is_none_or(|at| at + 1 == url.len()) {
            continue;
        }
        return Err(Error::msg(if url.starts_with('/') {
            "nonResourceURL only supports wildcard matches when '*' is at the end"
        } else {
            "nonResourceURL should start with /"
        }));
    }
    let mut rules = rules(cx, &verbs, &wanted).await?;
    if !urls.is_empty() {
        rules.push(tree!({"verbs": verbs, "nonResourceURLs": urls}));
    }
    object.set("rules", rules);
    submit(cx, object, "").await
}

fn verbs(cx: &Cx) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for verb in cx.flags.strings("verb") {
        if verb == "*" {
            return vec![verb];
        }
        if !out.contains(&verb) {
            out.push(verb);
        }
    }
    out
}

fn warn_of_verbs(cx: &Cx, verbs: &[String]) {
    for verb in verbs {
        if !STANDARD_VERBS.contains(&verb.as_str()) {
            cx.warn(format!("Warning: '{verb}' is not a standard resource verb"));
        }
    }
}

/// `deployments.apps/scale`: a resource with its group, and a subresource.
fn resources(cx: &Cx) -> Result<Vec<Wanted>, Error> {
    let mut out = Vec::new();
    for text in cx.flags.strings("resource") {
        let (name, sub) = text.split_once('/').unwrap_or((&text, ""));
        if name.is_empty() && !sub.is_empty() {
            return Err(Error::msg(
                "resource must be specified if apiGroup/subresource specified",
            ));
        }
        if text == "*" {
            return Ok(vec![Wanted {
                group: String::new(),
                resource: text.clone(),
                subresource: String::new(),
            }]);
        }
        let (resource, group) = name.split_once('.').unwrap_or((name, ""));
        out.push(Wanted {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: sub.to_owned(),
        });
    }
    Ok(out)
}

async fn rules(cx: &Cx, verbs: &[String], wanted: &[Wanted]) -> Result<Vec<Value>, Error> {
    let mut groups: SortedMap<String, Vec<String>> = SortedMap::new();
    for w in wanted {
        let word = if w.group.is_empty() {
            w.resource.clone()
        } else {
            format!("{}.{}", w.resource, w.group)
        };
        let served = match w.resource.as_str() {
            "*" => None,
            _ => cx.find_resource(&word).await?,
        };
        let (group, resource) = served
            .as_ref()
            .map_or((&w.group, &w.resource), |m| (&m.group, &m.resource));
        let is_special = w.resource != "*" && special(verbs, group, resource)?;
        if served.is_none() && !is_special && w.resource != "*" {
            return Err(if w.group.is_empty() {
                Error::NoResourceMatch(w.resource.clone())
            } else {
                Error::Plain(format!(
                    "the server doesn't have a resource type \"{}\" in group \"{}\"",
                    w.resource, w.group
                ))
            });
        }
        let (group, mut resource) = (group.clone(), resource.clone());
        if !w.subresource.is_empty() {
            resource = format!("{resource}/{}", w.subresource);
        }
        let list = groups.entry(group).or_default();
        if !list.contains(&resource) {
            list.push(resource);
        }
    }
    let names = cx.flags.strings("resource-name");
    Ok(groups
        .iter()
        .map(|(group, resources)| {
            let mut rule = tree!({"verbs": verbs, "apiGroups": [group], "resources": resources});
            if !names.is_empty() {
                rule.set("resourceNames", tree!(names));
            }
            rule
        })
        .collect())
}
