//! Requests of components, in process: bodies travel as trees.

use super::Cx;
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Request, Response, WatchId};
use crate::apimachinery::schema::ResourceDef;
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

fn object_path(r: &ResourceDef, namespace: &str, name: &str, sub: &str) -> String {
    let mut path = r.path(namespace);
    for part in [name, sub] {
        if !part.is_empty() {
            path.push('/');
            path.push_str(part);
        }
    }
    path
}

fn answer(response: Response) -> Result<Value, ApiError> {
    let ok = response.status().is_success();
    let body = match response.into_body() {
        Body::Tree(v) => v,
        Body::Bytes(b) => Value::from_json(&b).unwrap_or_default(),
        _ => Value::Null,
    };
    if ok { Ok(body) } else { Err(ApiError(body)) }
}

impl Cx<'_> {
    /// Sends one request as this component.
    pub fn send(
        &mut self,
        method: http::Method,
        path: &str,
        body: Body,
        content_type: Option<&str>,
    ) -> Response {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        // A path that is no URI can only come from a name the server would refuse anyway.
        *request.uri_mut() = path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(
            http::header::USER_AGENT,
            http::HeaderValue::from_static(self.identity.agent),
        );
        if let Some(value) = content_type.and_then(|c| http::HeaderValue::from_str(c).ok()) {
            headers.insert(http::header::CONTENT_TYPE, value);
        }
        let extensions = request.extensions_mut();
        extensions.insert(self.identity.user.clone());
        extensions.insert(self.identity.reader);
        extensions.insert(crate::apimachinery::http::WatchLatency(
            self.identity.watch_latency,
        ));
        extensions.insert(self.cause);
        extensions.insert(crate::apimachinery::http::WithoutManagers);
        self.api.send(request)
    }

    /// Reads an object.
    pub fn get(&mut self, r: &ResourceDef, namespace: &str, name: &str) -> Result<Value, ApiError> {
        answer(self.send(
            http::Method::GET,
            &object_path(r, namespace, name, ""),
            Body::Empty,
            None,
        ))
    }

    /// Lists objects; the answer is the list object.
    pub fn list(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        options: &ListOptions,
    ) -> Result<Value, ApiError> {
        answer(self.send(
            http::Method::GET,
            &(r.path(namespace) + &query(options, false)),
            Body::Empty,
            None,
        ))
    }

    /// Opens a watch.
    pub fn watch(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        options: &ListOptions,
    ) -> Result<WatchId, ApiError> {
        let response = self.send(
            http::Method::GET,
            &(r.path(namespace) + &query(options, true)),
            Body::Empty,
            None,
        );
        match response.body() {
            Body::Watch(id) => Ok(*id),
            _ => Err(answer(response).err().unwrap_or_else(|| {
                ApiError(tree!({"code": 500, "message": "the server did not answer the watch"}))
            })),
        }
    }

    /// Makes an object.
    pub fn create(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        answer(self.send(
            http::Method::POST,
            &r.path(namespace),
            Body::Tree(object.into()),
            None,
        ))
    }

    /// Posts to a subresource: `pods/x/binding`, `pods/x/eviction`.
    pub fn create_sub(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        name: &str,
        sub: &str,
        object: Value,
    ) -> Result<Value, ApiError> {
        answer(self.send(
            http::Method::POST,
            &object_path(r, namespace, name, sub),
            Body::Tree(object),
            None,
        ))
    }

    /// Replaces an object, found by its own metadata.
    pub fn update(&mut self, r: &ResourceDef, object: impl Into<Value>) -> Result<Value, ApiError> {
        self.update_sub(r, "", object)
    }

    /// Replaces an object's status.
    pub fn update_status(
        &mut self,
        r: &ResourceDef,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        self.update_sub(r, "status", object)
    }

    /// Replaces through a subresource ("" for the object itself).
    pub fn update_sub(
        &mut self,
        r: &ResourceDef,
        sub: &str,
        object: impl Into<Value>,
    ) -> Result<Value, ApiError> {
        let object = object.into();
        let path = object_path(r, object.namespace(), object.name(), sub);
        answer(self.send(http::Method::PUT, &path, Body::Tree(object), None))
    }

    /// Patches an object, or a subresource of it ("" for the object itself).
    pub fn patch(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        name: &str,
        sub: &str,
        kind: PatchType,
        patch: Value,
    ) -> Result<Value, ApiError> {
        let path = object_path(r, namespace, name, sub);
        answer(self.send(
            http::Method::PATCH,
            &path,
            Body::Tree(patch),
            Some(kind.content_type()),
        ))
    }

    /// Deletes all objects of a resource in a namespace, in the background unless `policy` says otherwise.
    pub fn delete_collection(
        &mut self,
        r: &ResourceDef,
        namespace: &str,
        policy: &str,
    ) -> Result<Value, ApiError> {
        let body =
            tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
        answer(self.send(
            http::Method::DELETE,
            &r.path(namespace),
            Body::Tree(body),
            None,
        ))
    }

    /// Deletes an object.
    pub fn delete(
        &mut self,
        r: &ResourceDef,
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
        answer(self.send(
            http::Method::DELETE,
            &object_path(r, namespace, name, ""),
            Body::Tree(body),
            None,
        ))
    }
}

fn query(options: &ListOptions, watch: bool) -> String {
    let mut parts = Vec::new();
    if watch {
        parts.push("watch=true&allowWatchBookmarks=true".to_owned());
    }
    for (key, value) in [
        ("labelSelector", &options.label_selector),
        ("fieldSelector", &options.field_selector),
        ("resourceVersion", &options.resource_version),
    ] {
        if !value.is_empty() {
            parts.push(format!("{key}={}", encode_query(value)));
        }
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("?{}", parts.join("&"))
    }
}
