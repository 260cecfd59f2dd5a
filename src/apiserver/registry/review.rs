//! Kinds that are answered and not stored: access and token reviews, and the shorthand `bindings`
//! (`registry/authorization`, `registry/authentication`).

use super::super::authz::{Attributes, Decision};
use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::{ApiServer, decode, negotiate};
use crate::apimachinery::http::{Body, UserInfo};
use crate::apimachinery::status::{Status, aggregate};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};
use crate::tree;

impl ApiServer {
    /// Answers creations that store nothing; none for ordinary resources.
    pub(super) fn create_special(
        &mut self,
        call: &mut Call,
        body: &Body,
    ) -> Option<Result<Answer, Status>> {
        match (call.resource.def.group, call.resource.def.resource) {
            ("authorization.k8s.io" | "authentication.k8s.io", _) => {
                Some(self.review(call, body.clone()))
            }
            ("", "bindings") => Some(self.bind_pod(call, body.clone())),
            _ => None,
        }
    }

    fn review(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "CreateOptions")?;
        let mut object = decode::object(call, body)?;
        decode::place(call.resource, &call.info.namespace, &mut object)?;
        let status = match call.resource.def.resource {
            "selfsubjectreviews" => tree!({"userInfo": user_info(&call.user)}),
            "selfsubjectrulesreviews" => self.review_rules(call, &object)?,
            "tokenreviews" => self.review_token(object.at(&["spec", "token"]).str(), call.now),
            _ => self.review_access(call, &object)?,
        };
        if call.resource.def.resource == "selfsubjectreviews" {
            object.set(
                "metadata",
                tree!({"creationTimestamp": call.now.to_rfc3339()}),
            );
        } else if object.meta().is_null() {
            object.set("metadata", Value::object());
        }
        object.set("status", status);
        Ok(Answer::Object(201, negotiate::one(call, object)?))
    }

    /// The status of a (Self, Local) SubjectAccessReview.
    fn review_access(&mut self, call: &Call, review: &Value) -> Result<Value, Status> {
        check_access_review(call, review)?;
        let spec = review.get("spec");
        let user = match call.resource.def.resource {
            "selfsubjectaccessreviews" => UserInfo::clone(&call.user),
            _ => user_of(spec),
        };
        let attributes = attributes_of(spec);
        Ok(
            match self.authz.authorize(&self.storage, &user, &attributes) {
                Decision::Allow(reason) => with_reason(true, &reason),
                Decision::NoOpinion(reason) => with_reason(false, &reason),
            },
        )
    }

    fn review_rules(&mut self, call: &Call, review: &Value) -> Result<Value, Status> {
        let namespace = review.at(&["spec", "namespace"]).str();
        if namespace.is_empty() {
            return Err(Status::bad_request("no namespace on request"));
        }
        let (rules, errors) = self.authz.rules_for(&self.storage, &call.user, namespace);
        let (mut resources, mut paths) = (Vec::new(), Vec::new());
        for rule in rules {
            let mut shown = rule.to_value();
            if !rule.urls.is_empty() {
                let mut path = tree!({});
                for field in ["verbs", "nonResourceURLs"] {
                    path.set(field, shown.get(field).clone());
                }
                paths.push(path);
            }
            if !rule.resources.is_empty() {
                shown.remove("nonResourceURLs");
                resources.push(shown);
            }
        }
        let mut status = tree!({"incomplete": !errors.is_empty()});
        status.set("resourceRules", resources);
        status.set("nonResourceRules", paths);
        if !errors.is_empty() {
            status.set("evaluationError", aggregate(errors));
        }
        Ok(status)
    }
}

fn with_reason(allowed: bool, reason: &str) -> Value {
    let mut status = tree!({"allowed": allowed});
    if !reason.is_empty() {
        status.set("reason", reason);
    }
    status
}

fn user_info(user: &UserInfo) -> serde_json::Value {
    let mut info = serde_json::json!({"username": user.name});
    if !user.uid.is_empty() {
        info["uid"] = user.uid.as_str().into();
    }
    if !user.groups.is_empty() {
        info["groups"] = user.groups.clone().into();
    }
    for (key, values) in &user.extra {
        info["extra"][key] = values.clone().into();
    }
    info
}

/// The user whom a review asks about.
fn user_of(spec: &Value) -> UserInfo {
    let words = |list: &Value| list.items().iter().map(|v| v.str().to_owned()).collect();
    UserInfo {
        name: spec.get("user").str().to_owned(),
        uid: spec.get("uid").str().to_owned(),
        groups: words(spec.get("groups")),
        extra: spec
            .get("extra")
            .fields()
            .map(|(k, v)| (k.to_owned(), words(v)))
            .collect(),
    }
}

fn attributes_of(spec: &Value) -> Attributes<'_> {
    let path = spec.get("nonResourceAttributes");
    if !path.is_null() {
        return Attributes {
            verb: path.get("verb").str(),
            path: path.get("path").str(),
            ..Attributes::default()
        };
    }
    let resource = spec.get("resourceAttributes");
    let field = |name| resource.get(name).str();
    Attributes {
        is_resource: true,
        verb: field("verb"),
        group: field("group"),
        resource: field("resource"),
        subresource: field("subresource"),
        namespace: field("namespace"),
        name: field("name"),
        path: "",
        field_selector: resource.at(&["fieldSelector", "rawSelector"]).str(),
    }
}

/// Checks a review (`pkg/apis/authorization/validation`).
fn check_access_review(call: &Call, review: &Value) -> Result<(), Status> {
    let spec = review.get("spec");
    let at = Path::new("spec");
    let (resource, path) = (
        spec.get("resourceAttributes"),
        spec.get("nonResourceAttributes"),
    );
    let mut errors = ErrorList::default();
    match (resource.is_null(), path.is_null()) {
        (false, false) => {
            let text = "cannot be specified in combination with resourceAttributes";
            errors.push(FieldError::invalid(
                &at.child("nonResourceAttributes"),
                path,
                text,
            ));
        }
        (true, true) => {
            let text =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            errors.push(FieldError::invalid(
                &at.child("resourceAttributes"),
                resource,
                text,
            ));
        }
        _ => {}
    }
    let kind = call.resource.def.resource;
    let nobody = spec.get("user").is_empty() && spec.get("groups").is_empty();
    if kind != "selfsubjectaccessreviews" && nobody {
        let text = "at least one of user or group must be specified";
        errors.push(FieldError::invalid(
            &at.child("user"),
            spec.get("user").str(),
            text,
        ));
    }
    check_metadata(kind, review.meta(), &mut errors);
    if kind == "localsubjectaccessreviews" {
        check_local(&call.info.namespace, spec, &mut errors);
    }
    if errors.is_empty() {
        return Ok(());
    }
    // Upstream's internal objects have lost their kind here.
    Err(Status::invalid(call.resource.def.group, "", "", errors))
}

fn check_metadata(kind: &str, meta: &Value, errors: &mut ErrorList) {
    let named = |(field, value): (&str, &Value)| match field {
        "managedFields" => false,
        "namespace" if kind == "localsubjectaccessreviews" => false,
        _ => !value.is_empty(),
    };
    if meta.fields().any(named) {
        let text = match kind {
            "localsubjectaccessreviews" => "must be empty except for namespace",
            _ => "must be empty",
        };
        errors.push(FieldError::invalid(&Path::new("metadata"), meta, text));
    }
}

fn check_local(namespace: &str, spec: &Value, errors: &mut ErrorList) {
    let at = Path::new("spec");
    let (resource, path) = (
        spec.get("resourceAttributes"),
        spec.get("nonResourceAttributes"),
    );
    let named = resource.get("namespace");
    if !resource.is_null() && named.str() != namespace {
        let at = at.child("resourceAttributes.namespace");
        let text = "must match metadata.namespace";
        errors.push(FieldError::invalid(&at, named.str(), text));
    }
    if !path.is_null() {
        let text = "disallowed on this kind of request";
        errors.push(FieldError::invalid(
            &at.child("nonResourceAttributes"),
            path,
            text,
        ));
    }
}
