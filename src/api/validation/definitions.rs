//! Custom resource definitions (`apiextensions-apiserver/pkg/apis/apiextensions/validation`). Rules in CEL are not compiled, and
//! default values not checked against their schemas.

use super::admission::{client_config, versions_of_reviews};
use super::common::{bad_str, immutable, required, strings, supported};
use super::meta::{name_is_dns_subdomain, object_meta_generic, object_meta_update_generic};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::{is_dns1035_label, is_dns1123_subdomain};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

mod internal;
mod properties;
mod structural;

const SPEC: Path = Path::new("spec");
/// What the internal type keeps once for all versions where it is the same in every one.
const HOISTED: [&str; 4] = [
    "schema",
    "subresources",
    "additionalPrinterColumns",
    "selectableFields",
];

/// A CustomResourceDefinition.
pub fn definition(e: &mut ErrorList, v: &Value) {
    let spec = v.get("spec");
    object_meta_generic(e, v, false, name_is_dns_subdomain);
    let plural = spec.at(&["names", "plural"]).str();
    let expected = format!("{plural}.{}", spec.get("group").str());
    if !v.name().is_empty() && v.name() != expected {
        let text = "must be spec.names.plural+\".\"+spec.group";
        let found = FieldError::invalid(&Path::new("metadata.name"), v.name(), text);
        let at = e.iter().rposition(|x| x.field == found.field);
        e.insert(at.map_or(0, |i| i + 1), found);
    }
    spec_of(e, spec);
    status(e, v);
    api_approval(e, v, &Value::Null);
    if spec.get("preserveUnknownFields").as_bool() == Some(true) {
        let text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        e.push(FieldError::invalid(
            &SPEC.child("preserveUnknownFields"),
            true,
            text,
        ));
    }
}

/// An update of a CustomResourceDefinition.
pub fn definition_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    let (is, was) = (new.get("spec"), old.get("spec"));
    spec_of(e, is);
    let established =
        |c: &Value| c.get("type").str() == "Established" && c.get("status").str() == "True";
    let conditions = old.at(&["status", "conditions"]).items();
    let at = |v: &Value, field: &str| v.at(&["names", field]).clone();
    let names = SPEC.child("names");
    if conditions.iter().any(established) {
        immutable(e, &SPEC.child("scope"), is.get("scope"), was.get("scope"));
        immutable(e, &names.child("kind"), &at(is, "kind"), &at(was, "kind"));
    }
    immutable(e, &SPEC.child("group"), is.get("group"), was.get("group"));
    immutable(
        e,
        &names.child("plural"),
        &at(is, "plural"),
        &at(was, "plural"),
    );
    status(e, new);
    api_approval(e, new, old);
}

/// An update of a CustomResourceDefinition's status.
pub fn definition_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update_generic(e, new, old);
    names(
        e,
        &Path::new("status.acceptedNames"),
        new.at(&["status", "acceptedNames"]),
    );
}

fn spec_of(e: &mut ErrorList, spec: &Value) {
    let group = spec.get("group").str();
    let path = SPEC.child("group");
    let problems = is_dns1123_subdomain(group);
    if group.is_empty() {
        e.push(FieldError::required(&path, ""));
    } else if !problems.is_empty() {
        e.push(FieldError::invalid(&path, group, problems.join(",")));
    } else if !group.contains('.') {
        let text = "should be a domain with at least one dot";
        e.push(FieldError::invalid(&path, group, text));
    }
    let scope = spec.get("scope");
    if required(e, &SPEC.child("scope"), scope) {
        supported(e, &SPEC.child("scope"), scope, &["Cluster", "Namespaced"]);
    }
    let (versions, common) = hoist(spec.get("versions").items());
    if common.at(&["schema", "openAPIV3Schema"]).is_null() {
        for (i, version) in versions.iter().enumerate() {
            if version.at(&["schema", "openAPIV3Schema"]).is_null() {
                let at = SPEC.item("versions", i);
                e.push(FieldError::required(
                    &at.child("schema.openAPIV3Schema"),
                    "",
                ));
            }
        }
    }
    for (i, version) in versions.iter().enumerate() {
        let at = SPEC.item("versions", i);
        one_version(e, &at, version, common.get("subresources"));
    }
    version_list(e, &versions);
    let path = SPEC.child("names");
    for field in ["plural", "singular", "kind", "listKind"] {
        required(e, &path.child(field), spec.at(&["names", field]));
    }
    names(e, &path, spec.get("names"));
    let has_status = versions
        .iter()
        .chain([&common])
        .any(|v| !v.at(&["subresources", "status"]).is_null());
    properties::validation(
        e,
        &SPEC.child("validation"),
        common.get("schema"),
        has_status,
    );
    parts(e, &SPEC, &common);
    selectable(
        e,
        &SPEC.child("selectableFields"),
        common.get("selectableFields"),
        common.get("schema"),
    );
    conversion(e, spec);
}

/// The versions without what all of them share, and what they share.
fn hoist(versions: &[Value]) -> (Vec<Value>, Value) {
    let (mut rest, mut common) = (versions.to_vec(), Value::object());
    for field in HOISTED {
        let Some(first) = versions.first().map(|v| v.get(field)) else {
            continue;
        };
        if versions.iter().any(|v| v.get(field) != first) {
            continue;
        }
        if !first.is_null() {
            common.set(field, first);
        }
        for version in &mut rest {
            version.remove(field);
        }
    }
    (rest, common)
}

fn one_version(e: &mut ErrorList, at: &Path, version: &Value, shared: &Value) {
    let name = version.get("name").str();
    let problems = is_dns1035_label(name);
    if !problems.is_empty() {
        e.push(FieldError::invalid(
            &at.child("name"),
            name,
            problems.join(","),
        ));
    }
    let warning = version.get("deprecationWarning");
    let path = at.child("deprecationWarning");
    for problem in deprecation(version.get("deprecated").as_bool() == Some(true), warning) {
        e.push(FieldError::invalid(&path, warning, problem));
    }
    let own = version.get("subresources");
    let subresources = if own.is_null() { shared } else { own };
    properties::validation(
        e,
        &at.child("schema"),
        version.get("schema"),
        !subresources.get("status").is_null(),
    );
    parts(e, at, version);
    selectable(
        e,
        &at.child("selectableFields"),
        version.get("selectableFields"),
        version.get("schema"),
    );
}

fn deprecation(deprecated: bool, warning: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let Value::Str(text) = warning else {
        return out;
    };
    if !deprecated {
        return vec!["can only be set for deprecated versions".to_owned()];
    }
    if text.len() > 256 {
        out.push("must be <= 256 characters long".to_owned());
    }
    if text.is_empty() {
        out.push("must not be an empty string".to_owned());
    }
    if let Some((i, _)) = text.char_indices().find(|(_, c)| c.is_control()) {
        out.push(format!("must only contain printable UTF-8 characters; non-printable character found at index {i}"));
    }
    out
}

/// Subresources and columns, of a version or of all.
fn parts(e: &mut ErrorList, at: &Path, v: &Value) {
    let scale = v.at(&["subresources", "scale"]);
    if !scale.is_null() {
        let path = at.child("subresources.scale");
        for (field, under) in [
            ("specReplicasPath", "spec"),
            ("statusReplicasPath", "status"),
        ] {
            let value = scale.get(field);
            if required(e, &path.child(field), value) {
                path_under(e, &path.child(field), value.str(), &[under]);
            }
        }
        let selector = scale.get("labelSelectorPath").str();
        if !selector.is_empty() {
            let path = path.child("labelSelectorPath");
            path_under(e, &path, selector, &["spec", "status"]);
        }
    }
    for (i, c) in v.get("additionalPrinterColumns").items().iter().enumerate() {
        column(e, &at.item("additionalPrinterColumns", i), c);
    }
}

fn path_under(e: &mut ErrorList, at: &Path, path: &str, fields: &[&str]) {
    if !simple_json_path(e, at, path) {
        return;
    }
    let is_under = |field: &&str| path.starts_with(&format!(".{field}."));
    if !fields.iter().any(is_under) {
        let either = if fields.len() > 1 { "either " } else { "" };
        let all: Vec<String> = fields.iter().map(|f| format!(".{f}")).collect();
        let text = format!("should be a json path under {either}{}", all.join(" or "));
        e.push(FieldError::invalid(at, path, text));
    }
}

fn simple_json_path(e: &mut ErrorList, at: &Path, path: &str) -> bool {
    if !path.starts_with('.') {
        let text = "must be a simple json path starting with .";
        e.push(FieldError::invalid(at, path, text));
    }
    path.starts_with('.')
}

fn column(e: &mut ErrorList, at: &Path, v: &Value) {
    const TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
    const FORMATS: &[&str] = &[
        "byte",
        "date",
        "date-time",
        "double",
        "float",
        "int32",
        "int64",
        "password",
    ];
    required(e, &at.child("name"), v.get("name"));
    let one_of = |all: &[&str]| format!("must be one of {}", all.join(","));
    let (kind, format) = (v.get("type").str(), v.get("format").str());
    if kind.is_empty() {
        e.push(FieldError::required(&at.child("type"), one_of(TYPES)));
    } else if !TYPES.contains(&kind) {
        e.push(FieldError::invalid(&at.child("type"), kind, one_of(TYPES)));
    }
    if !format.is_empty() && !FORMATS.contains(&format) {
        e.push(FieldError::invalid(
            &at.child("format"),
            format,
            one_of(FORMATS),
        ));
    }
    let path = at.child("JSONPath");
    if required(e, &path, v.get("jsonPath")) {
        simple_json_path(e, &path, v.get("jsonPath").str());
    }
}

fn selectable(e: &mut ErrorList, at: &Path, v: &Value, schema: &Value) {
    if !v.is_empty() && schema.get("openAPIV3Schema").is_null() {
        let text = "may only be set when validations.schema is included";
        e.push(FieldError::invalid(at, "", text));
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for (i, field) in v.items().iter().enumerate() {
        let item = at.index(i);
        let path = item.child("jsonPath");
        if !required(e, &path, field.get("jsonPath")) {
            continue;
        }
        let text = field.get("jsonPath").str();
        let mut found = schema.get("openAPIV3Schema");
        for step in text.split('.').skip(1) {
            found = found.at(&["properties", step]);
        }
        if !text.starts_with('.') || found.is_null() {
            let problem = "is an invalid path: does not refer to a valid field";
            e.push(FieldError::invalid(&path, text, problem));
            continue;
        }
        if text.split('.').nth(1) == Some("metadata") {
            let problem = "must not point to fields in metadata";
            e.push(FieldError::invalid(&path, text, problem));
        }
        if !["string", "boolean", "integer"].contains(&found.get("type").str()) {
            let problem = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            e.push(FieldError::invalid(&path, text, problem));
        }
        match seen.contains(&text) {
            true => e.push(FieldError::duplicate(&path, text)),
            false => seen.push(text),
        }
    }
    if seen.len() > 8 {
        e.push(FieldError::too_many(at, seen.len(), 8));
    }
}

fn version_list(e: &mut ErrorList, versions: &[Value]) {
    let path = SPEC.child("versions");
    let name = |v: &Value| v.get("name").clone();
    let twice = |i: usize| versions[..i].iter().any(|o| name(o) == name(&versions[i]));
    let mut bad = |text: &str| {
        let shown = Bad::raw(match versions {
            [] => "null".to_owned(),
            versions => internal::versions(versions),
        });
        e.push(FieldError::invalid(&path, shown, text));
    };
    if (0..versions.len()).any(twice) {
        bad("must contain unique version names");
    }
    let stored = |v: &&Value| v.get("storage").as_bool() == Some(true);
    if versions.iter().filter(stored).count() != 1 {
        bad("must have exactly one version marked as storage version");
    }
}

fn names(e: &mut ErrorList, at: &Path, v: &Value) {
    let mut label = |path: &Path, value: &str, mixed: bool| {
        let problems = match mixed {
            true => is_dns1035_label(&value.to_lowercase()),
            false => is_dns1035_label(value),
        };
        if problems.is_empty() {
            return;
        }
        let start = if mixed {
            "may have mixed case, but should otherwise match: "
        } else {
            ""
        };
        let text = format!("{start}{}", problems.join(","));
        e.push(FieldError::invalid(path, value, text));
    };
    for field in ["plural", "singular", "kind", "listKind"] {
        let value = v.get(field).str();
        if !value.is_empty() {
            label(
                &at.child(field),
                value,
                field.to_lowercase().ends_with("kind"),
            );
        }
    }
    for (i, name) in strings(v.get("shortNames")).enumerate() {
        label(&at.item("shortNames", i), name, false);
    }
    let kind = v.get("kind");
    let same = !kind.is_empty() && kind == v.get("listKind");
    let before_categories = same.then(|| {
        let text = "kind and listKind may not be the same";
        FieldError::invalid(&at.child("listKind"), bad_str(kind), text)
    });
    let mut categories = ErrorList::new();
    for (i, name) in strings(v.get("categories")).enumerate() {
        let problems = is_dns1035_label(name);
        if !problems.is_empty() {
            let path = at.item("categories", i);
            categories.push(FieldError::invalid(&path, name, problems.join(",")));
        }
    }
    e.extend(before_categories);
    e.extend(categories);
}

fn conversion(e: &mut ErrorList, spec: &Value) {
    let v = spec.get("conversion");
    if v.is_null() {
        return;
    }
    let at = SPEC.child("conversion");
    let strategy = v.get("strategy");
    let path = at.child("strategy");
    if strategy.str() != "None" && spec.get("preserveUnknownFields").as_bool() == Some(true) {
        let text = "must be None if spec.preserveUnknownFields is true";
        e.push(FieldError::invalid(&path, bad_str(strategy), text));
    }
    if required(e, &path, strategy) {
        supported(e, &path, strategy, &["None", "Webhook"]);
    }
    let hook = v.get("webhook");
    let (config, versions) = (
        hook.get("clientConfig"),
        hook.get("conversionReviewVersions"),
    );
    let config_path = at.child("webhookClientConfig");
    let versions_path = at.child("conversionReviewVersions");
    if strategy.str() == "Webhook" {
        match config.is_null() {
            true => e.push(FieldError::required(
                &config_path,
                "required when strategy is set to Webhook",
            )),
            false => client_config(e, &config_path, config),
        }
        if required(e, &versions_path, versions) {
            versions_of_reviews(e, &versions_path, versions, true, "v1, v1beta1");
        }
        return;
    }
    let text = "should not be set when strategy is not set to Webhook";
    if !config.is_null() {
        e.push(FieldError::forbidden(&config_path, text));
    }
    if !versions.is_empty() {
        e.push(FieldError::forbidden(&versions_path, text));
    }
}

fn status(e: &mut ErrorList, v: &Value) {
    names(
        e,
        &Path::new("status.acceptedNames"),
        v.at(&["status", "acceptedNames"]),
    );
    let path = Path::new("status.storedVersions");
    let stored = v.at(&["status", "storedVersions"]);
    if stored.is_empty() {
        let text = "must have at least one stored version";
        e.push(FieldError::invalid(&path, stored, text));
        return;
    }
    let versions = v.at(&["spec", "versions"]).items();
    for version in versions {
        let name = version.get("name").str();
        if version.get("storage").as_bool() == Some(true) && !strings(stored).any(|s| s == name) {
            let text = format!("must have the storage version {name}");
            e.push(FieldError::invalid(&path, stored, text));
        }
    }
    for (i, name) in strings(stored).enumerate() {
        if !versions.iter().any(|v| v.get("name").str() == name) {
            let text = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            e.push(FieldError::invalid(&path.index(i), name, text));
        }
    }
}

const APPROVED: &str = "api-approved.kubernetes.io";

/// Groups of the project's own domains need a word of approval.
fn api_approval(e: &mut ErrorList, new: &Value, old: &Value) {
    let group = new.at(&["spec", "group"]).str();
    let protected = ["k8s.io", "kubernetes.io"];
    let is_in = |domain: &&str| group == *domain || group.ends_with(&format!(".{domain}"));
    let state = |v: &Value| {
        let annotation = v.meta().at(&["annotations", APPROVED]);
        match annotation {
            Value::Str(s) if s.is_empty() => "missing",
            Value::Str(s) if s.starts_with("unapproved") => "bypassed",
            Value::Str(s) if s.contains("://") => "approved",
            Value::Str(_) => "invalid",
            _ => "missing",
        }
    };
    let is = state(new);
    if !protected.iter().any(is_in) || (!old.is_null() && state(old) == is) {
        return;
    }
    let annotations = Path::new("metadata.annotations");
    let path = annotations.key(APPROVED);
    let given = new.meta().at(&["annotations", APPROVED]).str();
    let see = "see https://github.com/kubernetes/enhancements/pull/1111";
    match is {
        "missing" => {
            let text =
                format!("protected groups must have approval annotation \"{APPROVED}\", {see}");
            e.push(FieldError::required(&path, text));
        }
        "invalid" => {
            let text = format!(
                "protected groups must have approval annotation \"{APPROVED}\" with either a URL or a reason starting with \"unapproved\", {see}"
            );
            e.push(FieldError::invalid(&path, given, text));
        }
        _ => {}
    }
}
