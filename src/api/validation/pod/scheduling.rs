//! Affinity, tolerations, taints and topology spread.

use crate::api::validation::common::{
    dns_subdomain, invalid_each, positive, qualified_name, supported,
};
use crate::api::validation::meta::{label_selector, name_is_dns_label};
use crate::apimachinery::names::is_valid_label_value;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// Effects that a taint may have.
pub const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// A pod's affinity.
pub fn affinity(e: &mut ErrorList, path: &Path, v: &Value) {
    let node = v.get("nodeAffinity");
    if !node.is_null() {
        let path = path.child("nodeAffinity");
        if !node.get(REQUIRED).is_null() {
            node_selector(e, &path.child(REQUIRED), node.get(REQUIRED));
        }
        for (i, term) in node.get(PREFERRED).items().iter().enumerate() {
            let at = path.item(PREFERRED, i);
            weight(e, &at, term);
            node_selector_term(e, &at.child("preference"), term.get("preference"), false);
        }
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let path = path.child(field);
        for (i, term) in v.get(field).get(REQUIRED).items().iter().enumerate() {
            pod_affinity_term(e, &path.item(REQUIRED, i), term);
        }
        for (i, term) in v.get(field).get(PREFERRED).items().iter().enumerate() {
            let at = path.item(PREFERRED, i);
            weight(e, &at, term);
            pod_affinity_term(e, &at.child("podAffinityTerm"), term.get("podAffinityTerm"));
        }
    }
}

fn weight(e: &mut ErrorList, at: &Path, term: &Value) {
    let w = term.get("weight").as_i64().unwrap_or(0);
    if !(1..=100).contains(&w) {
        e.push(FieldError::invalid(
            &at.child("weight"),
            w,
            "must be in the range 1-100",
        ));
    }
}

/// A selector of nodes: at least one term.
pub fn node_selector(e: &mut ErrorList, path: &Path, v: &Value) {
    let terms = v.get("nodeSelectorTerms");
    if terms.is_empty() {
        let text = "must have at least one node selector term";
        return e.push(FieldError::required(&path.child("nodeSelectorTerms"), text));
    }
    for (i, t) in terms.items().iter().enumerate() {
        node_selector_term(e, &path.item("nodeSelectorTerms", i), t, true);
    }
}

fn node_selector_term(e: &mut ErrorList, path: &Path, term: &Value, check_values: bool) {
    for (i, r) in term.get("matchExpressions").items().iter().enumerate() {
        let at = path.item("matchExpressions", i);
        node_selector_requirement(e, &at, r, check_values);
    }
    for (i, r) in term.get("matchFields").items().iter().enumerate() {
        let at = path.item("matchFields", i);
        let (operator, values) = (r.get("operator").str(), r.get("values").items());
        match operator {
            "In" | "NotIn" if values.len() != 1 => e.push(FieldError::required(
                &at.child("values"),
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
            )),
            "In" | "NotIn" => {}
            other => e.push(FieldError::invalid(
                &at.child("operator"),
                other,
                "not a valid selector operator",
            )),
        }
        match r.get("key").str() {
            "metadata.name" => {
                for (j, v) in values.iter().enumerate() {
                    dns_subdomain(e, &at.item("values", j), v.str());
                }
            }
            other => e.push(FieldError::invalid(
                &at.child("key"),
                other,
                "not a valid field selector key",
            )),
        }
    }
}

fn node_selector_requirement(e: &mut ErrorList, at: &Path, r: &Value, check_values: bool) {
    let values = r.get("values").items();
    let path = at.child("values");
    match r.get("operator").str() {
        "In" | "NotIn" if values.is_empty() => e.push(FieldError::required(
            &path,
            "must be specified when `operator` is 'In' or 'NotIn'",
        )),
        "Exists" | "DoesNotExist" if !values.is_empty() => e.push(FieldError::forbidden(
            &path,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )),
        "Gt" | "Lt" if values.len() != 1 => e.push(FieldError::required(
            &path,
            "must be specified single value when `operator` is 'Lt' or 'Gt'",
        )),
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => e.push(FieldError::invalid(
            &at.child("operator"),
            other,
            "not a valid selector operator",
        )),
    }
    qualified_name(e, &at.child("key"), r.get("key").str());
    if check_values {
        for (i, v) in values.iter().enumerate() {
            invalid_each(e, &path.index(i), v.str(), is_valid_label_value(v.str()));
        }
    }
}

fn pod_affinity_term(e: &mut ErrorList, path: &Path, term: &Value) {
    for field in ["labelSelector", "namespaceSelector"] {
        label_selector(e, &path.child(field), term.get(field));
    }
    for n in term.get("namespaces").items() {
        invalid_each(
            e,
            &path.child("namespace"),
            n.str(),
            name_is_dns_label(n.str(), false),
        );
    }
    match_label_keys(e, path, term);
    let key = term.get("topologyKey").str();
    if key.is_empty() {
        e.push(FieldError::required(
            &path.child("topologyKey"),
            "can not be empty",
        ));
    }
    qualified_name(e, &path.child("topologyKey"), key);
}

fn match_label_keys(e: &mut ErrorList, path: &Path, term: &Value) {
    let selector = term.get("labelSelector");
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let keys = term.get(field).items();
        if !keys.is_empty() && selector.is_null() {
            e.push(FieldError::forbidden(
                &path.child(field),
                "must not be specified when labelSelector is not set",
            ));
            continue;
        }
        for (i, k) in keys.iter().enumerate() {
            qualified_name(e, &path.item(field, i), k.str());
        }
    }
    let keys = term.get("matchLabelKeys").items();
    let mut seen: Vec<&str> = selector
        .get("matchLabels")
        .fields()
        .map(|(k, _)| k)
        .collect();
    for r in selector.get("matchExpressions").items() {
        let key = r.get("key").str();
        if let Some(i) = keys.iter().rposition(|k| k.str() == key)
            && seen.contains(&key)
        {
            let text = "exists in both matchLabelKeys and labelSelector";
            e.push(FieldError::invalid(&path.index(i), key, text));
        }
        seen.push(key);
    }
    for (i, k) in keys.iter().enumerate() {
        if term.get("mismatchLabelKeys").items().contains(k) {
            let text = "exists in both matchLabelKeys and mismatchLabelKeys";
            e.push(FieldError::invalid(
                &path.item("matchLabelKeys", i),
                k,
                text,
            ));
        }
    }
}

/// Tolerations of a pod.
pub fn tolerations(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, t) in v.items().iter().enumerate() {
        let at = path.index(i);
        let field = |name: &str| t.get(name).str().to_owned();
        let (key, operator, effect, value) = (
            field("key"),
            field("operator"),
            field("effect"),
            field("value"),
        );
        if !key.is_empty() {
            qualified_name(e, &at.child("key"), &key);
        } else if operator != "Exists" {
            e.push(FieldError::invalid(
                &at.child("operator"),
                &operator,
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            ));
        }
        if !t.get("tolerationSeconds").is_null() && effect != "NoExecute" {
            e.push(FieldError::invalid(
                &at.child("effect"),
                &effect,
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            ));
        }
        let operator_path = at.child("operator");
        match operator.as_str() {
            "Equal" | "" => {
                let messages = is_valid_label_value(&value);
                if !messages.is_empty() {
                    e.push(FieldError::invalid(
                        &operator_path,
                        &value,
                        messages.join(";"),
                    ));
                }
            }
            "Exists" if !value.is_empty() => e.push(FieldError::invalid(
                &operator_path,
                &value,
                "value must be empty when `operator` is 'Exists'",
            )),
            "Exists" => {}
            other => e.push(FieldError::not_supported(
                &operator_path,
                other,
                &["Equal", "Exists"],
            )),
        }
        if !effect.is_empty() {
            supported(e, &at.child("effect"), t.get("effect"), EFFECTS);
        }
    }
}

/// Taints of a node.
pub fn taints(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, t) in v.items().iter().enumerate() {
        let at = path.index(i);
        qualified_name(e, &at.child("key"), t.get("key").str());
        let messages = is_valid_label_value(t.get("value").str());
        if !messages.is_empty() {
            e.push(FieldError::invalid(
                &at.child("value"),
                t.get("value"),
                messages.join(";"),
            ));
        }
        match t.get("effect").str() {
            "" => e.push(FieldError::required(&at.child("effect"), "")),
            _ => supported(e, &at.child("effect"), t.get("effect"), EFFECTS),
        }
        let same = |o: &Value| o.get("key") == t.get("key") && o.get("effect") == t.get("effect");
        if v.items()[..i].iter().any(same) {
            let mut error = FieldError::duplicate(&at, super::containers::internal(t, "Taint"));
            error.detail = "taints must be unique by key and effect pair".into();
            e.push(error);
        }
    }
}

/// Topology spread constraints of a pod.
pub fn topology_spread(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, c) in v.items().iter().enumerate() {
        let at = path.index(i);
        positive(e, &at.child("maxSkew"), c.get("maxSkew"));
        let (key, action) = (c.get("topologyKey").str(), c.get("whenUnsatisfiable").str());
        if key.is_empty() {
            e.push(FieldError::required(
                &at.child("topologyKey"),
                "can not be empty",
            ));
        }
        supported(
            e,
            &at.child("whenUnsatisfiable"),
            c.get("whenUnsatisfiable"),
            &["DoNotSchedule", "ScheduleAnyway"],
        );
        let repeated = |o: &Value| {
            o.get("topologyKey").str() == key && o.get("whenUnsatisfiable").str() == action
        };
        if v.items()[i + 1..].iter().any(repeated) {
            let pair = format!("{{{key}, {action}}}");
            let field = at.child("{topologyKey, whenUnsatisfiable}");
            e.push(FieldError::duplicate(&field, &pair));
        }
        if let Some(n) = c.get("minDomains").as_i64() {
            positive(e, &at.child("minDomains"), c.get("minDomains"));
            if action != "DoNotSchedule" {
                let text = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                );
                e.push(FieldError::invalid(&at.child("minDomains"), n, text));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if !c.get(field).is_null() {
                supported(e, &at.child(field), c.get(field), &["Honor", "Ignore"]);
            }
        }
        match_label_keys(e, &at, c);
        label_selector(e, &at.child("labelSelector"), c.get("labelSelector"));
    }
}
