//! Admission webhooks and policies (`pkg/apis/admissionregistration/validation`).

use super::common::{
    bad_str, invalid_each, optional_supported, qualified_name, required, strings, supported,
};
use super::expressions::{self, Expressions};
use super::meta::{label_selector, name_is_dns_subdomain, object_meta_generic};
use crate::apimachinery::names::{
    is_dns1035_label, is_dns1123_subdomain, is_valid_path_segment_name, is_valid_port_num,
};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const SPEC: Path = Path::new("spec");
const FAILURE_POLICIES: &[&str] = &["Fail", "Ignore"];
const MATCH_POLICIES: &[&str] = &["Equivalent", "Exact"];
const NO_SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun", "Some", "Unknown"];
const REVIEW_VERSIONS: &[&str] = &["v1", "v1beta1"];

/// A ValidatingWebhookConfiguration or MutatingWebhookConfiguration; `old` is what it replaces, null for a new one.
pub fn webhook_configuration(e: &mut ErrorList, v: &Value, old: &Value) {
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let hooks = v.get("webhooks").items();
    let was = old.get("webhooks").items();
    let clean = was
        .iter()
        .all(|h| NO_SIDE_EFFECTS.contains(&h.get("sideEffects").str()));
    let recognized = was.iter().all(|h| {
        let versions = h.get("admissionReviewVersions");
        versions.is_empty() || strings(versions).any(|v| REVIEW_VERSIONS.contains(&v))
    });
    let unique = |hooks: &[Value]| {
        (0..hooks.len()).all(|i| {
            hooks[..i]
                .iter()
                .all(|o| o.get("name") != hooks[i].get("name"))
        })
    };
    let names_are_unique = unique(was);
    let side_effects = if clean { NO_SIDE_EFFECTS } else { SIDE_EFFECTS };
    let path = Path::new("webhooks");
    for (i, hook) in hooks.iter().enumerate() {
        let at = path.index(i);
        webhook(e, &at, hook, side_effects);
        let versions = hook.get("admissionReviewVersions");
        review_versions(
            e,
            &at.child("admissionReviewVersions"),
            versions,
            recognized,
        );
        let name = hook.get("name");
        if names_are_unique && !name.is_empty() && hooks[..i].iter().any(|o| o.get("name") == name)
        {
            e.push(FieldError::duplicate(&at.child("name"), bad_str(name)));
        }
    }
}

fn webhook(e: &mut ErrorList, at: &Path, hook: &Value, side_effects: &[&str]) {
    fully_qualified_name(e, &at.child("name"), hook.get("name").str());
    for (i, rule) in hook.get("rules").items().iter().enumerate() {
        rule_with_operations(e, &at.item("rules", i), rule);
    }
    optional_supported(
        e,
        &at.child("failurePolicy"),
        hook.get("failurePolicy"),
        FAILURE_POLICIES,
    );
    optional_supported(
        e,
        &at.child("matchPolicy"),
        hook.get("matchPolicy"),
        MATCH_POLICIES,
    );
    let effects = hook.get("sideEffects");
    if effects.is_null() {
        let text = format!("must specify one of {}", side_effects.join(", "));
        e.push(FieldError::required(&at.child("sideEffects"), text));
    } else {
        supported(e, &at.child("sideEffects"), effects, side_effects);
    }
    if let Some(n) = hook.get("timeoutSeconds").as_i64()
        && !(1..=30).contains(&n)
    {
        let text = "the timeout value must be between 1 and 30 seconds";
        e.push(FieldError::invalid(&at.child("timeoutSeconds"), n, text));
    }
    for field in ["namespaceSelector", "objectSelector"] {
        label_selector(e, &at.child(field), hook.get(field));
    }
    optional_supported(
        e,
        &at.child("reinvocationPolicy"),
        hook.get("reinvocationPolicy"),
        &["IfNeeded", "Never"],
    );
    client_config(e, &at.child("clientConfig"), hook.get("clientConfig"));
    match_conditions(
        e,
        &at.child("matchConditions"),
        hook.get("matchConditions"),
        false,
    );
}

/// Where a webhook is reached: a URL or a service.
pub fn client_config(e: &mut ErrorList, at: &Path, v: &Value) {
    let (url, service) = (v.get("url"), v.get("service"));
    if url.is_null() == service.is_null() {
        let text = "exactly one of url or service is required";
        e.push(FieldError::required(at, text));
    } else if !url.is_null() {
        webhook_url(e, &at.child("url"), url.str());
    } else {
        webhook_service(e, &at.child("service"), service);
    }
}

fn webhook_url(e: &mut ErrorList, at: &Path, url: &str) {
    const FORM: &str = "; desired format: https://host[/path]";
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let is_scheme = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let (scheme, rest) = match url.split_once(':') {
        Some((s, rest)) if is_scheme(s) => (s.to_lowercase(), rest),
        Some(("", _)) => {
            let text = format!("url must be a valid URL: parse \"{url}\": missing protocol scheme");
            e.push(FieldError::required(at, text + FORM));
            return;
        }
        _ => (String::new(), url),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.strip_prefix("//").map_or("", |r| {
        r.split_once('/').map_or(r, |(authority, _)| authority)
    });
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut bad = |value: &str, text: String| e.push(FieldError::invalid(at, value, text));
    if scheme != "https" {
        let text = "'https' is the only allowed URL scheme";
        bad(&scheme, format!("{text}{FORM}"));
    }
    if host.is_empty() {
        bad("", format!("host must be specified{FORM}"));
    }
    let parts = [
        (user, "user information is"),
        (fragment, "fragments are"),
        (query, "query parameters are"),
    ];
    for (part, what) in parts {
        if !part.is_empty() {
            bad(part, format!("{what} not permitted in the URL"));
        }
    }
}

fn webhook_service(e: &mut ErrorList, at: &Path, v: &Value) {
    // Upstream's callers hand the two over in the wrong order (kubernetes#141353).
    required(e, &at.child("name"), v.get("namespace"));
    required(e, &at.child("namespace"), v.get("name"));
    let port = v.get("port").as_i64().unwrap_or(0);
    let problems = is_valid_port_num(port);
    if !problems.is_empty() {
        let text = format!("port is not valid: {}", problems.join(", "));
        e.push(FieldError::invalid(&at.child("port"), port, text));
    }
    let path = v.get("path").str();
    if path.is_empty() || path == "/" {
        return;
    }
    let at = at.child("path");
    if path == "//" {
        e.push(FieldError::invalid(
            &at,
            path,
            "segment[0] may not be empty",
        ));
        return;
    }
    if !path.starts_with('/') {
        e.push(FieldError::invalid(&at, path, "must start with a '/'"));
    }
    let inner: String = path.chars().skip(1).collect();
    let inner = inner.strip_suffix('/').unwrap_or(&inner);
    for (i, step) in inner.split('/').enumerate() {
        if step.is_empty() {
            let text = format!("segment[{i}] may not be empty");
            e.push(FieldError::invalid(&at, path, text));
            continue;
        }
        for problem in is_dns1123_subdomain(step) {
            let text = format!("segment[{i}]: {problem}");
            e.push(FieldError::invalid(&at, path, text));
        }
    }
}

/// A name of three parts or more.
pub fn fully_qualified_name(e: &mut ErrorList, at: &Path, name: &str) {
    let problems = is_dns1123_subdomain(name);
    if name.is_empty() {
        e.push(FieldError::required(at, ""));
    } else if !problems.is_empty() {
        e.push(FieldError::invalid(at, name, problems.join(",")));
    } else if name.split('.').count() < 3 {
        let text = "should be a domain with at least three segments separated by dots";
        e.push(FieldError::invalid(at, name, text));
    }
}

/// The versions of reviews that a webhook understands.
pub fn review_versions(e: &mut ErrorList, at: &Path, v: &Value, recognized: bool) {
    let all = REVIEW_VERSIONS.join(", ");
    if v.is_empty() {
        let text = format!("must specify one of {all}");
        e.push(FieldError::required(at, text));
        return;
    }
    versions_of_reviews(e, at, v, recognized, &all);
}

/// The versions themselves: each once, each a label, one of them known.
pub fn versions_of_reviews(e: &mut ErrorList, at: &Path, v: &Value, recognized: bool, known: &str) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, version) in strings(v).enumerate() {
        if seen.contains(&version) {
            e.push(FieldError::invalid(
                &at.index(i),
                version,
                "duplicate version",
            ));
            continue;
        }
        seen.push(version);
        invalid_each(e, &at.index(i), version, is_dns1035_label(version));
    }
    if recognized && !seen.iter().any(|v| REVIEW_VERSIONS.contains(v)) {
        let text = format!("must include at least one of {known}");
        e.push(FieldError::invalid(at, v, text));
    }
}

fn rule_with_operations(e: &mut ErrorList, at: &Path, rule: &Value) {
    let operations = rule.get("operations");
    let path = at.child("operations");
    required(e, &path, operations);
    alone(e, &path, operations, "operations");
    for (i, operation) in operations.items().iter().enumerate() {
        let all = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
        supported(e, &path.index(i), operation, &all);
    }
    let groups = rule.get("apiGroups");
    required(e, &at.child("apiGroups"), groups);
    alone(e, &at.child("apiGroups"), groups, "API groups");
    let versions = rule.get("apiVersions");
    let path = at.child("apiVersions");
    required(e, &path, versions);
    alone(e, &path, versions, "API versions");
    for (i, version) in versions.items().iter().enumerate() {
        required(e, &path.index(i), version);
    }
    resources(e, &at.child("resources"), rule.get("resources"));
    optional_supported(
        e,
        &at.child("scope"),
        rule.get("scope"),
        &["*", "Cluster", "Namespaced"],
    );
}

/// `*` stands alone.
fn alone(e: &mut ErrorList, at: &Path, v: &Value, what: &str) {
    if v.items().len() > 1 && strings(v).any(|s| s == "*") {
        let text = format!("if '*' is present, must not specify other {what}");
        e.push(FieldError::invalid(at, v, text));
    }
}

fn resources(e: &mut ErrorList, at: &Path, v: &Value) {
    required(e, at, v);
    let (mut all_subresources, mut of_all_resources) = (Vec::new(), Vec::new());
    let mut plain = false;
    for (i, resource) in strings(v).enumerate() {
        if resource.is_empty() {
            e.push(FieldError::required(&at.index(i), ""));
            continue;
        }
        let Some((resource_name, sub)) = resource.split_once('/') else {
            plain = resource != "*";
            continue;
        };
        let mut taken = |by: String| {
            let text = format!("if '{by}' is present, must not specify {resource}");
            e.push(FieldError::invalid(&at.index(i), resource, text));
        };
        if all_subresources.contains(&resource_name) {
            taken(format!("{resource_name}/*"));
        }
        if of_all_resources.contains(&sub) {
            taken(format!("*/{sub}"));
        }
        if sub == "*" {
            all_subresources.push(resource_name);
        }
        if resource_name == "*" {
            of_all_resources.push(sub);
        }
    }
    if v.items().len() > 1 && strings(v).any(|r| r == "*/*") {
        let text = "if '*/*' is present, must not specify other resources";
        e.push(FieldError::invalid(at, v, text));
    }
    if plain && strings(v).any(|r| r == "*") {
        let text = "if '*' is present, must not specify other resources without subresources";
        e.push(FieldError::invalid(at, v, text));
    }
}

fn match_conditions(e: &mut ErrorList, at: &Path, v: &Value, params: bool) {
    let conditions = v.items();
    if conditions.len() > 64 {
        e.push(FieldError::too_many(at, conditions.len(), 64));
    }
    for (i, condition) in conditions.iter().enumerate() {
        let at = at.index(i);
        let expression = condition.get("expression").str().trim();
        match expression.is_empty() {
            true => e.push(FieldError::required(&at.child("expression"), "")),
            false => expressions::condition(e, &at.child("expression"), expression, params),
        }
        let name = condition.get("name");
        if required(e, &at.child("name"), name) {
            qualified_name(e, &at.child("name"), name.str());
            if conditions[..i].iter().any(|o| o.get("name") == name) {
                e.push(FieldError::duplicate(&at.child("name"), bad_str(name)));
            }
        }
    }
}

/// A ValidatingAdmissionPolicy.
pub fn policy(e: &mut ErrorList, v: &Value) {
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    failure_policy_and_match(e, spec, false);
    let mut known = Expressions::new(!spec.get("paramKind").is_null(), false);
    variables(e, spec.get("variables"), &mut known);
    let (validations, annotations) = (spec.get("validations"), spec.get("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let text = "validations or auditAnnotations must contain at least one item";
        for field in ["validations", "auditAnnotations"] {
            e.push(FieldError::required(&SPEC.child(field), text));
        }
    }
    for (i, validation) in validations.items().iter().enumerate() {
        policy_validation(e, &SPEC.item("validations", i), validation, &known);
    }
    let path = SPEC.child("auditAnnotations");
    if annotations.items().len() > 20 {
        let text = "must not have more than 20 auditAnnotations";
        e.push(FieldError::invalid(&path, annotations, text));
    }
    for (i, annotation) in annotations.items().iter().enumerate() {
        let at = path.index(i);
        audit_annotation(e, &at, annotation, v.name(), &known);
        let key = annotation.get("key");
        if annotations.items()[..i].iter().any(|o| o.get("key") == key) {
            e.push(FieldError::duplicate(&at.child("key"), bad_str(key)));
        }
    }
}

/// A MutatingAdmissionPolicy.
pub fn mutating_policy(e: &mut ErrorList, v: &Value) {
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    failure_policy_and_match(e, spec, true);
    let mut known = Expressions::new(!spec.get("paramKind").is_null(), true);
    variables(e, spec.get("variables"), &mut known);
    expressions::mutations(e, &SPEC.child("mutations"), spec.get("mutations"), &known);
    let (path, policy) = (
        SPEC.child("reinvocationPolicy"),
        spec.get("reinvocationPolicy"),
    );
    if required(e, &path, policy) {
        supported(e, &path, policy, &["IfNeeded", "Never"]);
    }
}

fn failure_policy_and_match(e: &mut ErrorList, spec: &Value, mutating: bool) {
    let failure = spec.get("failurePolicy");
    let path = SPEC.child("failurePolicy");
    match failure.is_null() {
        true => e.push(FieldError::required(&path, "")),
        false => supported(e, &path, failure, FAILURE_POLICIES),
    }
    if !spec.get("paramKind").is_null() {
        param_kind(e, &SPEC.child("paramKind"), spec.get("paramKind"));
    }
    let constraints = spec.get("matchConstraints");
    let path = SPEC.child("matchConstraints");
    if constraints.is_null() {
        e.push(FieldError::required(&path, ""));
    } else {
        match_resources(e, &path, constraints);
        required(
            e,
            &path.child("resourceRules"),
            constraints.get("resourceRules"),
        );
        if mutating {
            mutating_operations(e, &path, constraints);
        }
    }
    match_conditions(
        e,
        &SPEC.child("matchConditions"),
        spec.get("matchConditions"),
        true,
    );
}

fn variables(e: &mut ErrorList, v: &Value, known: &mut Expressions) {
    for (i, variable) in v.items().iter().enumerate() {
        let at = SPEC.item("variables", i);
        let name = variable.get("name").str();
        if name.trim().is_empty() {
            e.push(FieldError::required(
                &at.child("name"),
                "name is not specified",
            ));
        } else if !is_cel_identifier(name) {
            let text = "name is not a valid CEL identifier";
            e.push(FieldError::invalid(&at.child("name"), name, text));
        }
        let expression = variable.get("expression").str();
        if expression.trim().is_empty() {
            let text = "expression is not specified";
            e.push(FieldError::required(&at.child("expression"), text));
        } else {
            known.variable(e, &at.child("expression"), name, expression);
        }
    }
}

const CEL_RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

fn is_cel_identifier(name: &str) -> bool {
    let word = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(word)
        && !CEL_RESERVED.contains(&name)
}

fn policy_validation(e: &mut ErrorList, at: &Path, v: &Value, known: &Expressions) {
    let own = v.get("expression").str();
    if !own.trim().is_empty() {
        known.check(e, &at.child("expression"), own, &["bool"], true);
    } else {
        let text = "expression is not specified";
        e.push(FieldError::required(&at.child("expression"), text));
    }
    let expression = v.get("messageExpression").str();
    if !expression.is_empty() && expression.trim().is_empty() {
        let text = "must be non-empty if specified";
        e.push(FieldError::invalid(
            &at.child("messageExpression"),
            expression,
            text,
        ));
    } else if !expression.is_empty() {
        let path = at.child("messageExpression");
        known.check(e, &path, expression, &["string"], false);
    }
    let message = v.get("message").str();
    if !message.is_empty() && message.trim().is_empty() {
        let text = "message must be non-empty if specified";
        e.push(FieldError::invalid(&at.child("message"), message, text));
    } else if message.trim().contains(['\n', '\r']) {
        let text = "message must not contain line breaks";
        e.push(FieldError::invalid(&at.child("message"), message, text));
    }
    optional_supported(
        e,
        &at.child("reason"),
        v.get("reason"),
        &["Forbidden", "Invalid", "RequestEntityTooLarge"],
    );
}

fn audit_annotation(e: &mut ErrorList, at: &Path, v: &Value, policy: &str, known: &Expressions) {
    let key = v.get("key").str();
    if policy.is_empty() {
        let text = "requires metadata.name be non-empty";
        e.push(FieldError::invalid(&at.child("key"), key, text));
    } else {
        qualified_name(e, &at.child("key"), &format!("{policy}/{key}"));
    }
    let expression = v.get("valueExpression").str().trim();
    if expression.is_empty() {
        let text = "valueExpression is not specified";
        e.push(FieldError::required(&at.child("valueExpression"), text));
    } else if expression.len() > 5 * 1024 {
        let text = "must not exceed 5120 bytes in length";
        e.push(FieldError::required(&at.child("valueExpression"), text));
    } else {
        let path = at.child("valueExpression");
        known.check(e, &path, expression, &["string", "null_type"], true);
    }
}

fn param_kind(e: &mut ErrorList, at: &Path, v: &Value) {
    let (path, whole) = (at.child("apiVersion"), v.get("apiVersion").str());
    let mut bad = |value: &str, text: String| e.push(FieldError::invalid(&path, value, text));
    let parts: Vec<&str> = whole.split('/').collect();
    match parts[..] {
        _ if whole.is_empty() => e.push(FieldError::required(&path, "")),
        [version] | [_, version] => {
            let group = if parts.len() == 2 { parts[0] } else { "" };
            let problems = is_dns1123_subdomain(group);
            if !group.is_empty() && !problems.is_empty() {
                bad(group, problems.join(","));
            }
            let problems = is_dns1035_label(version);
            if version.is_empty() {
                bad(whole, "version must be specified".to_owned());
            } else if !problems.is_empty() {
                bad(version, problems.join(","));
            }
        }
        _ => bad(whole, format!("unexpected GroupVersion string: {whole}")),
    }
    let kind = v.get("kind").str();
    let problems = is_dns1035_label(&kind.to_lowercase());
    if kind.is_empty() {
        e.push(FieldError::required(&at.child("kind"), ""));
    } else if !problems.is_empty() {
        let text = "may have mixed case, but should otherwise match: ";
        e.push(FieldError::invalid(
            &at.child("kind"),
            kind,
            format!("{text}{}", problems.join(",")),
        ));
    }
}

fn match_resources(e: &mut ErrorList, at: &Path, v: &Value) {
    let policy = v.get("matchPolicy");
    match policy.is_null() {
        true => e.push(FieldError::required(&at.child("matchPolicy"), "")),
        false => supported(e, &at.child("matchPolicy"), policy, MATCH_POLICIES),
    }
    for field in ["namespaceSelector", "objectSelector"] {
        match v.get(field).is_null() {
            true => e.push(FieldError::required(&at.child(field), "")),
            false => label_selector(e, &at.child(field), v.get(field)),
        }
    }
    for field in ["resourceRules", "excludeResourceRules"] {
        for (i, rule) in v.get(field).items().iter().enumerate() {
            named_rule(e, &at.item(field, i), rule);
        }
    }
}

fn named_rule(e: &mut ErrorList, at: &Path, rule: &Value) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, name) in strings(rule.get("resourceNames")).enumerate() {
        let at = at.item("resourceNames", i);
        invalid_each(e, &at, name, is_valid_path_segment_name(name));
        match seen.contains(&name) {
            true => e.push(FieldError::duplicate(&at, name)),
            false => seen.push(name),
        }
    }
    rule_with_operations(e, at, rule);
}

/// A ValidatingAdmissionPolicyBinding, or a MutatingAdmissionPolicyBinding, which takes no actions.
pub fn policy_binding(e: &mut ErrorList, v: &Value, takes_actions: bool) {
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    let (path, name) = (SPEC.child("policyName"), spec.get("policyName"));
    if required(e, &path, name) {
        invalid_each(
            e,
            &path,
            name.str(),
            name_is_dns_subdomain(name.str(), false),
        );
    }
    if !spec.get("paramRef").is_null() {
        param_ref(e, &SPEC.child("paramRef"), spec.get("paramRef"));
    }
    if !spec.get("matchResources").is_null() {
        let path = SPEC.child("matchResources");
        match_resources(e, &path, spec.get("matchResources"));
        if !takes_actions {
            mutating_operations(e, &path, spec.get("matchResources"));
        }
    }
    if takes_actions {
        validation_actions(
            e,
            &SPEC.child("validationActions"),
            spec.get("validationActions"),
        );
    }
}

/// What is deleted cannot be changed.
fn mutating_operations(e: &mut ErrorList, path: &Path, constraints: &Value) {
    for rule in constraints.get("resourceRules").items() {
        for operation in rule.get("operations").items() {
            let all = ["*", "CONNECT", "CREATE", "UPDATE"];
            supported(e, &path.child("resourceRules.operations"), operation, &all);
        }
    }
}

fn validation_actions(e: &mut ErrorList, at: &Path, v: &Value) {
    for (i, action) in v.items().iter().enumerate() {
        supported(e, &at.index(i), action, &["Audit", "Deny", "Warn"]);
        if v.items()[..i].contains(action) {
            e.push(FieldError::duplicate(&at.index(i), bad_str(action)));
        }
    }
    let has = |name: &str| strings(v).any(|a| a == name);
    if has("Deny") && has("Warn") {
        let text = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
        e.push(FieldError::invalid(at, v, text));
    }
    if v.is_empty() {
        let text = "at least one validation action is required";
        e.push(FieldError::required(at, text));
    }
}

fn param_ref(e: &mut ErrorList, at: &Path, v: &Value) {
    let (name, selector) = (v.get("name").str(), v.get("selector"));
    let exclusive = "name and selector are mutually exclusive";
    if !name.is_empty() {
        invalid_each(e, &at.child("name"), name, is_valid_path_segment_name(name));
        if !selector.is_null() {
            e.push(FieldError::forbidden(&at.child("name"), exclusive));
        }
    }
    if !selector.is_null() {
        label_selector(e, &at.child("selector"), selector);
        if !name.is_empty() {
            e.push(FieldError::forbidden(&at.child("selector"), exclusive));
        }
    }
    if name.is_empty() && selector.is_null() {
        let text = "one of name or selector must be specified";
        e.push(FieldError::required(at, text));
    }
    let action = v.get("parameterNotFoundAction");
    let path = at.child("parameterNotFoundAction");
    if required(e, &path, action) {
        supported(e, &path, action, &["Deny", "Allow"]);
    }
}
