//! Requests of components, in process: bodies travel as trees.

use super::Cx;
use crate::apimachinery::http::{Body, ResourceRequest, WatchId};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Text, Value};
use crate::tree;
use std::fmt;

/// What the API server refused, as the `Status` it answered.
#[derive(Clone, PartialEq)]
pub struct ApiError(pub Value);

impl ApiError {
    /// HTTP status code.
    pub fn code(&self) -> i64 {
        self.0.get("code").as_i64().unwrap_or(500)
    }
    /// `NotFound`, `Conflict`, …
    pub fn reason(&self) -> &str {
        self.0.get("reason").str()
    }
    /// The message for people.
    pub fn message(&self) -> &str {
        self.0.get("message").str()
    }
    /// Whether the object was not there.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }
    /// Whether the object had been changed meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }
    /// Whether the object was there already.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }
    /// Whether a cause of that type is among the details (`apierrors.HasStatusCause`).
    pub fn has_cause(&self, cause: &str) -> bool {
        self.0
            .at(&["details", "causes"])
            .items()
            .iter()
            .any(|c| c.get("reason") == &cause)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code(), self.reason(), self.message())
    }
}

impl std::error::Error for ApiError {}

/// What a list or watch asks for.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// Label selector, "" for all.
    pub label_selector: String,
    /// Field selector, "" for all.
    pub field_selector: String,
    /// The revision to start from, "" for now.
    pub resource_version: String,
}

impl ListOptions {
    fn query(&self) -> Vec<(String, String)> {
        [
            ("labelSelector", &self.label_selector),
            ("fieldSelector", &self.field_selector),
            ("resourceVersion", &self.resource_version),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
    }
}

/// How a delete is to happen.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds of grace; the object's own where unset.
    pub grace_period_seconds: Option<i64>,
    /// `Background`, `Foreground`, `Orphan`; the resource's own where unset.
    pub propagation_policy: Option<&'static str>,
    /// The UID the object must have.
    pub uid: Option<String>,
    /// The revision the object must have.
    pub resource_version: Option<String>,
}

/// How a patch is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own.
    Strategic,
    /// Server-side apply.
    Apply,
}

impl PatchType {
    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            PatchType::Json => "application/json-patch+json",
            PatchType::Merge => "application/merge-patch+json",
            PatchType::Strategic => "application/strategic-merge-patch+json",
            PatchType::Apply => "application/apply-patch+yaml",
        }
    }
}

/// Percent-encodes a query value.
pub fn encode_query(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(b))
            }
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// What is asked of the server, without who asks.
struct Asked {
    verb: &'static str,
    resource: &'static ResourceDef,
    namespace: Text,
    name: Text,
    sub: &'static str,
    query: Vec<(String, String)>,
    content_type: &'static str,
    body: Body,
}

impl Asked {
    fn new(verb: &'static str, resource: &'static ResourceDef, namespace: impl Into<Text>) -> Self {
        Self {
            verb,
            resource,
            namespace: namespace.into(),
            name: Text::EMPTY,
            sub: "",
            query: Vec::new(),
            content_type: "",
            body: Body::Empty,
        }
    }
}

impl Cx<'_> {
    fn ask(&mut self, what: Asked) -> Result<Body, ApiError> {
        let request = ResourceRequest {
            verb: what.verb,
            resource: what.resource,
            namespace: what.namespace,
            name: what.name,
            subresource: what.sub,
            query: what.query,
            content_type: what.content_type,
            body: what.body,
            user: &self.identity.user,
            agent: self.identity.agent,
            reader: self.identity.reader,
            latency: self.identity.watch_latency,
            cause: self.cause,
        };
        self.api.ask(request).map_err(ApiError)
    }

    fn ask_object(&mut self, what: Asked) -> Result<Value, ApiError> {
        match self.ask(what)? {
            Body::Tree(object) => Ok(object),
            _ => Ok(Value::Null),
        }
    }

    /// Reads an object.
    pub fn get(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        name: &str,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            name: name.into(),
            ..Asked::new("get", r, namespace)
        })
    }

    /// Reads a subresource of an object.
    pub fn get_sub(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        name: &str,
        sub: &'static str,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            name: name.into(),
            sub,
            ..Asked::new("get", r, namespace)
        })
    }

    /// Lists objects; the answer is the list object.
    pub fn list(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        options: &ListOptions,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            query: options.query(),
            ..Asked::new("list", r, namespace)
        })
    }

    /// Opens a watch.
    pub fn watch(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        options: &ListOptions,
    ) -> Result<WatchId, ApiError> {
        let mut query = options.query();
        query.push(("watch".into(), "true".into()));
        query.push(("allowWatchBookmarks".into(), "true".into()));
        let what = Asked {
            query,
            ..Asked::new("watch", r, namespace)
        };
        match self.ask(what)? {
            Body::Watch(id) => Ok(id),
            _ => Err(ApiError(
                tree!({"code": 500, "message": "the server did not answer the watch"}),
            )),
        }
    }

    /// Makes an object.
    pub fn create(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            body: Body::Tree(object.into()),
            ..Asked::new("create", r, namespace)
        })
    }

    /// Posts to a subresource: `pods/x/binding`, `pods/x/eviction`.
    pub fn create_sub(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        name: &str,
        sub: &'static str,
        object: Value,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            name: name.into(),
            sub,
            body: Body::Tree(object),
            ..Asked::new("create", r, namespace)
        })
    }

    /// Replaces an object, found by its own metadata.
    pub fn update(
        &mut self,
        r: &'static ResourceDef,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        self.update_sub(r, "", object)
    }

    /// Replaces an object's status.
    pub fn update_status(
        &mut self,
        r: &'static ResourceDef,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        self.update_sub(r, "status", object)
    }

    /// Replaces through a subresource ("" for the object itself).
    pub fn update_sub(
        &mut self,
        r: &'static ResourceDef,
        sub: &'static str,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        let object: Value = object.into();
        let text = |key| match object.meta().get(key) {
            Value::Str(text) => text.clone(),
            _ => Text::EMPTY,
        };
        let (namespace, name) = (text("namespace"), text("name"));
        self.ask_object(Asked {
            name,
            sub,
            body: Body::Tree(object),
            ..Asked::new("update", r, namespace)
        })
    }

    /// Patches an object, or a subresource of it ("" for the object itself).
    pub fn patch(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        name: &str,
        sub: &'static str,
        kind: PatchType,
        patch: Value,
    ) -> Result<Value, ApiError> {
        self.ask_object(Asked {
            name: name.into(),
            sub,
            content_type: kind.content_type(),
            body: Body::Tree(patch),
            ..Asked::new("patch", r, namespace)
        })
    }

    /// Deletes all objects of a resource in a namespace, in the background unless `policy` says otherwise.
    pub fn delete_collection(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        policy: &str,
    ) -> Result<Value, ApiError> {
        let body =
            tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
        self.ask_object(Asked {
            body: Body::Tree(body),
            ..Asked::new("deletecollection", r, namespace)
        })
    }

    /// Deletes an object.
    pub fn delete(
        &mut self,
        r: &'static ResourceDef,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Value, ApiError> {
        let mut body = tree!({"kind": "DeleteOptions", "apiVersion": "v1"});
        if let Some(seconds) = options.grace_period_seconds {
            body.set("gracePeriodSeconds", seconds);
        }
        if let Some(policy) = options.propagation_policy {
            body.set("propagationPolicy", policy);
        }
        if let Some(uid) = &options.uid {
            body.set_at(&["preconditions", "uid"], uid);
        }
        if let Some(rv) = &options.resource_version {
            body.set_at(&["preconditions", "resourceVersion"], rv);
        }
        self.ask_object(Asked {
            name: name.into(),
            body: Body::Tree(body),
            ..Asked::new("delete", r, namespace)
        })
    }
}
