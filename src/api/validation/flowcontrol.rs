//! Flow schemas and priority levels (`pkg/apis/flowcontrol/validation`). That the mandatory ones keep their fixed spec is not checked.

use super::common::{bad_str, dns_subdomain, invalid_each, required, strings, supported};
use super::meta::{name_is_dns_label, name_is_dns_subdomain, object_meta};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const SPEC: Path<'static> = Path::new("spec");
const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "proxy",
    "update",
    "watch",
];
/// The kinds of subjects, with the field that describes each.
const SUBJECTS: &[(&str, &str)] = &[
    ("Group", "group"),
    ("ServiceAccount", "serviceAccount"),
    ("User", "user"),
];

/// A FlowSchema.
pub fn flow_schema(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    let precedence = spec.get("matchingPrecedence").as_i64().unwrap_or(0);
    let text = match precedence {
        n if n <= 0 => "must be a positive value",
        n if n > 10_000 => "must not be greater than 10000",
        1 if v.name() != "exempt" => "only the schema named 'exempt' may have matchingPrecedence 1",
        _ => "",
    };
    if !text.is_empty() {
        let path = SPEC.child("matchingPrecedence");
        e.push(FieldError::invalid(&path, precedence, text));
    }
    let method = spec.get("distinguisherMethod");
    let known = ["ByNamespace", "ByUser"];
    if !method.is_null() && !known.contains(&method.get("type").str()) {
        let bad = format!("{{\"Type\":{}}}", method.get("type").to_json());
        let path = SPEC.child("distinguisherMethod.type");
        e.push(FieldError::not_supported(&path, Bad::raw(bad), &known));
    }
    let level = spec.at(&["priorityLevelConfiguration", "name"]).str();
    let path = SPEC.child("priorityLevelConfiguration.name");
    match level {
        "" => e.push(FieldError::required(
            &path,
            "must reference a priority level",
        )),
        name => dns_subdomain(e, &path, name),
    }
    for (i, rule) in spec.get("rules").items().iter().enumerate() {
        policy_rules(e, &SPEC.item("rules", i), rule);
    }
    conditions(e, v);
}

fn policy_rules(e: &mut ErrorList, at: &Path, rule: &Value) {
    let subjects = rule.get("subjects");
    for (i, s) in subjects.items().iter().enumerate() {
        subject(e, &at.item("subjects", i), s);
    }
    if subjects.is_empty() {
        let text = "subjects must contain at least one value";
        e.push(FieldError::required(&at.child("subjects"), text));
    }
    let (resources, others) = (rule.get("resourceRules"), rule.get("nonResourceRules"));
    if resources.is_empty() && others.is_empty() {
        let text = "at least one of resourceRules and nonResourceRules has to be non-empty";
        e.push(FieldError::required(at, text));
    }
    for (i, r) in resources.items().iter().enumerate() {
        resource_rule(e, &at.item("resourceRules", i), r);
    }
    for (i, r) in others.items().iter().enumerate() {
        let at = at.item("nonResourceRules", i);
        verbs(e, &at, r);
        let urls = r.get("nonResourceURLs");
        let path = at.child("nonResourceURLs");
        if one_or_any(e, &path, urls, "non-resource URLs", || {
            "nonResourceURLs must contain at least one value".to_owned()
        }) {
            for (j, url) in strings(urls).enumerate() {
                url_path(e, &path.index(j), url);
            }
        }
    }
}

/// A list that is not empty, and holds nothing beside a `*`. Whether its members are to be looked at.
fn one_or_any(
    e: &mut ErrorList,
    path: &Path,
    v: &Value,
    what: &str,
    missing: impl Fn() -> String,
) -> bool {
    let any = strings(v).any(|s| s == "*");
    if v.is_empty() {
        e.push(FieldError::required(path, missing()));
    } else if any && v.items().len() > 1 {
        let text = format!("if '*' is present, must not specify other {what}");
        e.push(FieldError::invalid(path, v, text));
    }
    !v.is_empty() && !any
}

fn verbs(e: &mut ErrorList, at: &Path, rule: &Value) {
    let (path, list) = (at.child("verbs"), rule.get("verbs"));
    if one_or_any(e, &path, list, "verbs", || {
        "verbs must contain at least one value".to_owned()
    }) && !strings(list).all(|v| VERBS.contains(&v))
    {
        e.push(FieldError::not_supported(&path, list, VERBS));
    }
}

fn url_path(e: &mut ErrorList, path: &Path, url: &str) {
    let stars = url.matches('*').count();
    let text = if url.is_empty() {
        "must not be empty"
    } else if url == "/" {
        return;
    } else if !url.starts_with('/') {
        "must start with slash"
    } else if url.contains(' ') {
        "must not contain white-space"
    } else if url.contains("//") {
        "must not contain double slash"
    } else if stars > 1 || (stars == 1 && !url.ends_with("/*")) {
        "wildcard can only do suffix matching"
    } else {
        return;
    };
    e.push(FieldError::invalid(path, url, text));
}

fn resource_rule(e: &mut ErrorList, at: &Path, rule: &Value) {
    verbs(e, at, rule);
    for (field, one, many) in [
        ("apiGroups", "api group", "api groups"),
        ("resources", "resource", "resources"),
    ] {
        one_or_any(e, &at.child(field), rule.get(field), many, || {
            format!("resource rules must supply at least one {one}")
        });
    }
    let (path, list) = (at.child("namespaces"), rule.get("namespaces"));
    if list.is_empty() && rule.get("clusterScope").as_bool() == Some(true) {
        return;
    }
    if one_or_any(e, &path, list, "namespaces", || {
        "resource rules that are not cluster scoped must supply at least one namespace".to_owned()
    }) {
        for (i, n) in strings(list).enumerate() {
            for m in name_is_dns_label(n, false) {
                let text = format!("each member of this list must be '*' or a DNS-1123 label; {m}");
                e.push(FieldError::invalid(&path.index(i), n, text));
            }
        }
    }
}

fn subject(e: &mut ErrorList, at: &Path, v: &Value) {
    let Some((kind, own)) = SUBJECTS.iter().find(|(k, _)| *k == v.kind()) else {
        let kinds: Vec<&str> = SUBJECTS.iter().map(|(k, _)| *k).collect();
        return supported(e, &at.child("kind"), v.get("kind"), &kinds);
    };
    let (path, who) = (at.child(own), v.get(own));
    if who.is_null() {
        let text = format!("{own} is required when subject kind is '{kind}'");
        e.push(FieldError::required(&path, text));
    } else {
        let name = who.get("name").str();
        if required(e, &path.child("name"), who.get("name"))
            && *kind == "ServiceAccount"
            && name != "*"
        {
            dns_subdomain(e, &path.child("name"), name);
        }
        if *kind == "ServiceAccount" {
            let (at, namespace) = (path.child("namespace"), who.get("namespace").str());
            match namespace {
                "" => e.push(FieldError::required(
                    &at,
                    "must specify namespace for service account",
                )),
                n => invalid_each(e, &at, n, name_is_dns_label(n, false)),
            }
        }
    }
    for field in ["serviceAccount", "user", "group"] {
        if field != *own && !v.get(field).is_null() {
            let kind = SUBJECTS.iter().find(|(_, f)| *f == field);
            let kind = kind.map_or("", |(k, _)| *k);
            let text = format!("{field} is forbidden when subject kind is not '{kind}'");
            e.push(FieldError::forbidden(&at.child(field), text));
        }
    }
}

/// Conditions in the status of either kind: each type once.
pub fn conditions(e: &mut ErrorList, v: &Value) {
    let path = Path::new("status.conditions");
    let list = v.at(&["status", "conditions"]).items();
    for (i, c) in list.iter().enumerate() {
        let (at, kind) = (path.index(i), c.get("type"));
        if list[..i].iter().any(|o| o.get("type") == kind) {
            e.push(FieldError::duplicate(&at.child("type"), bad_str(kind)));
        }
        if kind.is_empty() {
            e.push(FieldError::required(&at.child("type"), "must not be empty"));
        }
    }
}

/// A PriorityLevelConfiguration.
pub fn priority_level(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    let kind = spec.get("type");
    if (v.name() == "exempt") != (kind.str() == "Exempt") {
        let text = "type must be 'Exempt' if and only if name is 'exempt'";
        e.push(FieldError::invalid(
            &SPEC.child("type"),
            bad_str(kind),
            text,
        ));
    }
    let (limited, exempt) = (spec.get("limited"), spec.get("exempt"));
    match kind.str() {
        "Exempt" => {
            if !limited.is_null() {
                let text = "must be nil if the type is not Limited";
                e.push(FieldError::forbidden(&SPEC.child("limited"), text));
            }
            shares(e, &SPEC.child("exempt"), exempt);
            percent(e, &SPEC.child("exempt"), exempt);
        }
        "Limited" => {
            if !exempt.is_null() {
                let text = "must be nil if the type is Limited";
                e.push(FieldError::forbidden(&SPEC.child("exempt"), text));
            }
            let path = SPEC.child("limited");
            if limited.is_null() {
                let text = "must not be empty when type is Limited";
                e.push(FieldError::required(&path, text));
            } else {
                limits(e, &path, limited);
            }
        }
        _ => supported(e, &SPEC.child("type"), kind, &["Exempt", "Limited"]),
    }
    conditions(e, v);
}

fn below(e: &mut ErrorList, path: &Path, v: &Value, least: i64, text: &str) {
    if let Some(n) = v.as_i64().filter(|n| *n < least) {
        e.push(FieldError::invalid(path, n, text));
    }
}

fn shares(e: &mut ErrorList, path: &Path, v: &Value) {
    let field = "nominalConcurrencyShares";
    let text = "must be a non-negative integer";
    below(e, &path.child(field), v.get(field), 0, text);
}

fn percent(e: &mut ErrorList, path: &Path, v: &Value) {
    let lent = v.get("lendablePercent").as_i64();
    if let Some(n) = lent.filter(|n| !(0..=100).contains(n)) {
        let text = "must be between 0 and 100, inclusive";
        e.push(FieldError::invalid(&path.child("lendablePercent"), n, text));
    }
}

fn limits(e: &mut ErrorList, path: &Path, v: &Value) {
    shares(e, path, v);
    let response = v.get("limitResponse");
    let (at, queuing) = (path.child("limitResponse"), response.get("queuing"));
    match response.get("type").str() {
        "Reject" => {
            if !queuing.is_null() {
                let text = "must be nil if limited.limitResponse.type is not Limited";
                e.push(FieldError::forbidden(&at.child("queuing"), text));
            }
        }
        "Queue" => {
            if queuing.is_null() {
                let text = "must not be empty if limited.limitResponse.type is Limited";
                e.push(FieldError::required(&at.child("queuing"), text));
            } else {
                queues(e, &at.child("queuing"), queuing);
            }
        }
        _ => supported(
            e,
            &at.child("type"),
            response.get("type"),
            &["Queue", "Reject"],
        ),
    }
    percent(e, path, v);
    let text = "if specified, must be a non-negative integer";
    let field = "borrowingLimitPercent";
    below(e, &path.child(field), v.get(field), 0, text);
}

/// How many queues there may be.
const MAX_QUEUES: i64 = 10_000_000;
/// How many bits of a hash choose the queues of a flow.
const MAX_HASH_BITS: i64 = 60;

fn queues(e: &mut ErrorList, path: &Path, v: &Value) {
    let number = |field: &str| v.get(field).as_i64().unwrap_or(0);
    let (queues, hand) = (number("queues"), number("handSize"));
    let mut bad = |field: &str, text: String| {
        e.push(FieldError::invalid(&path.child(field), number(field), text));
    };
    let positive = || "must be positive".to_owned();
    if number("queueLengthLimit") <= 0 {
        bad("queueLengthLimit", positive());
    }
    if queues <= 0 {
        bad("queues", positive());
    } else if queues > MAX_QUEUES {
        bad("queues", format!("must not be greater than {MAX_QUEUES}"));
    }
    if hand <= 0 {
        bad("handSize", positive());
    } else if hand > queues {
        let text = format!("should not be greater than queues ({queues})");
        bad("handSize", text);
    } else if libm::ceil(libm::log2(queues as f64) * hand as f64) as i64 > MAX_HASH_BITS {
        bad(
            "handSize",
            format!(
                "required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {MAX_HASH_BITS}"
            ),
        );
    }
}
