//! Which objects a list or watch selects: namespace, label selector and field selector.

use super::registry::Resource;
use crate::apimachinery::Value;
use crate::apimachinery::fields::FieldSelector;
use crate::apimachinery::labels;
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::status::Status;

/// A parsed selection.
#[derive(Clone, Default)]
pub struct Selection {
    /// Namespace, "" for all.
    pub namespace: String,
    labels: Option<labels::Selector>,
    fields: Vec<Term>,
}

#[derive(Clone)]
struct Term {
    field: String,
    negated: bool,
    value: String,
}

impl Selection {
    /// Reads the selectors for a resource.
    ///
    /// # Errors
    /// 400 for a selector that cannot be read, and for fields that cannot be selected by.
    pub fn parse(
        resource: &Resource,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<Selection, Status> {
        let labels = if labels.is_empty() {
            None
        } else {
            Some(labels::Selector::parse(labels).map_err(Status::bad_request)?)
        };
        let mut terms = Vec::new();
        if !fields.is_empty() {
            let parsed = FieldSelector::parse(fields).map_err(Status::bad_request)?;
            for r in &parsed.terms {
                terms.push(Term {
                    field: field_label(resource, &r.field)?,
                    negated: !r.equal,
                    value: r.value.clone(),
                });
            }
        }
        Ok(Selection {
            namespace: namespace.to_owned(),
            labels,
            fields: terms,
        })
    }

    /// Restricts the selection to one name.
    pub fn with_name(mut self, name: &str) -> Self {
        self.fields.push(Term {
            field: "metadata.name".into(),
            negated: false,
            value: name.into(),
        });
        self
    }

    /// Whether labels or fields select (a namespace alone does not count).
    pub fn has_selectors(&self) -> bool {
        self.labels.is_some() || !self.fields.is_empty()
    }

    /// The one value that a field must have, where the selector demands one.
    pub fn required_field(&self, field: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|t| t.field == field && !t.negated)
            .map(|t| t.value.as_str())
    }

    /// Whether a stored object is selected.
    pub fn matches(&self, object: &Value) -> bool {
        (self.namespace.is_empty() || object.namespace() == self.namespace)
            && self
                .labels
                .as_ref()
                .is_none_or(|l| l.matches_object(object))
            && self
                .fields
                .iter()
                .all(|t| field_is(object, &t.field, &t.value) != t.negated)
    }
}

fn field_is(object: &Value, field: &str, want: &str) -> bool {
    match field {
        "metadata.name" => object.name() == want,
        "metadata.namespace" => object.namespace() == want,
        // Events name their source in either of two places.
        "source" => {
            let source = object.at(&["source", "component"]).str();
            let source = if source.is_empty() {
                object.get("reportingComponent").str()
            } else {
                source
            };
            source == want
        }
        "status.successful" => {
            object
                .at(&["status", "succeeded"])
                .as_i64()
                .unwrap_or(0)
                .to_string()
                == want
        }
        _ => {
            let value = field.split('.').fold(object, |v, key| v.get(key));
            match value {
                Value::Str(s) => s.as_str() == want,
                Value::Int(i) => i.to_string() == want,
                Value::Bool(b) => (if *b { "true" } else { "false" }) == want,
                _ if matches!(field, "spec.unschedulable" | "spec.hostNetwork") => want == "false",
                _ if field == "status.replicas" => want == "0",
                _ => want.is_empty(),
            }
        }
    }
}

/// The fields that objects of a resource can be selected by, besides name and namespace.
fn selectable(def: &ResourceDef) -> &'static [&'static str] {
    match (def.group, def.resource) {
        ("", "pods") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "replicationcontrollers") => &["status.replicas"],
        ("", "namespaces") => &["status.phase"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        ("", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("events.k8s.io", "events") => &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", "certificatesigningrequests") => &["spec.signerName"],
        ("resource.k8s.io", "resourceslices") => &["spec.nodeName", "spec.driver"],
        _ => &[],
    }
}

/// The stored field behind a field label, or upstream's refusal.
fn field_label(resource: &Resource, label: &str) -> Result<String, Status> {
    let def = resource.def;
    let known = selectable(def);
    match label {
        "metadata.name" | "metadata.namespace" => return Ok(label.to_owned()),
        "name" if (def.group, def.resource) == ("", "namespaces") => {
            return Ok("metadata.name".into());
        }
        "spec.host" if (def.group, def.resource) == ("", "pods") => {
            return Ok("spec.nodeName".into());
        }
        _ => {}
    }
    if let Some(custom) = &resource.custom {
        return match custom.selects(label) {
            true => Ok(label.to_owned()),
            false => Err(Status::bad_request(format!(
                "field label not supported: {label}"
            ))),
        };
    }
    if known.contains(&label) {
        return Ok(match label.strip_prefix("regarding.") {
            Some(rest) => format!("involvedObject.{rest}"),
            None if label == "reportingController" => "reportingComponent".into(),
            None => label.to_owned(),
        });
    }
    Err(Status::bad_request(if known.is_empty() {
        format!(
            "{label:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        )
    } else if def.group == "batch" {
        format!("field label {label:?} not supported for Job")
    } else {
        format!("field label not supported: {label}")
    }))
}
