//! `metav1.Status`: the one shape of errors at the API, with upstream's words (`api/errors/errors.go`).

use super::http::{Body, Response};
use super::strconv::quote;
use super::value::Value;
use std::fmt;

/// One cause in a status' details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCause {
    /// Machine-readable reason: `FieldValueInvalid` …
    pub reason: String,
    /// What is wrong, without the field.
    pub message: String,
    /// Path of the field, or "".
    pub field: String,
}

impl StatusCause {
    /// A cause with all its parts.
    pub fn new(
        reason: impl Into<String>,
        message: impl Into<String>,
        field: impl Into<String>,
    ) -> Self {
        StatusCause {
            reason: reason.into(),
            message: message.into(),
            field: field.into(),
        }
    }
    /// `field: message`, as errors are joined into a message.
    pub fn text(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }
    fn value(&self) -> Value {
        let mut v = Value::object();
        set_some(&mut v, "reason", &self.reason);
        set_some(&mut v, "message", &self.message);
        set_some(&mut v, "field", &self.field);
        v
    }
}

fn set_some(v: &mut Value, key: &str, s: &str) {
    if !s.is_empty() {
        v.set(key, s);
    }
}

/// `pods`, `deployments.apps`: a resource or kind with its group, as messages name it.
pub fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}.{group}")
    }
}

/// What a part of the cluster is told whose request has to wait for admission webhooks: it sends it again.
pub const AWAITS_WEBHOOKS: &str = "waiting for the answers of admission webhooks";

/// Joins messages as Go's `errors.Aggregate` does: one stands alone, several in brackets, repeated ones once.
pub fn aggregate(messages: impl IntoIterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for m in messages {
        if !seen.contains(&m) {
            seen.push(m);
        }
    }
    match seen.len() {
        1 => seen.remove(0),
        _ => format!("[{}]", seen.join(", ")),
    }
}

/// A `Status` object: the answer of everything that failed, and of deletions that succeeded.
#[derive(Clone, PartialEq)]
pub struct Status(Value);

impl Status {
    /// A failure with a code, a reason ("" for none) and a message.
    pub fn failure(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let mut v = crate::tree!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code});
        set_some(&mut v, "message", &message.into());
        set_some(&mut v, "reason", reason);
        Status(v)
    }
    /// A success; give it details with [`Status::with_details`].
    pub fn success() -> Self {
        Status(
            crate::tree!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}),
        )
    }
    /// Reads a `Status` object, if it is one.
    pub fn from_value(v: &Value) -> Option<Self> {
        (v.kind() == "Status" && v.api_version() == "v1").then(|| Status(v.clone()))
    }

    /// Sets group, kind (or resource) and name of the details; empty ones are left out.
    pub fn with_details(mut self, group: &str, kind: &str, name: &str) -> Self {
        let d = self.details_mut();
        set_some(d, "name", name);
        set_some(d, "group", group);
        set_some(d, "kind", kind);
        self
    }
    /// Sets the details' UID.
    pub fn with_uid(mut self, uid: &str) -> Self {
        set_some(self.details_mut(), "uid", uid);
        self
    }
    /// Sets the code and the reason.
    pub fn with_reason(mut self, code: u16, reason: &str) -> Self {
        self.0.set("code", i64::from(code));
        self.0.set("reason", reason);
        self
    }
    /// Sets the message.
    pub fn with_message(mut self, message: &str) -> Self {
        self.0.set("message", message);
        self
    }
    /// Sets the details' causes.
    pub fn with_causes(mut self, causes: &[StatusCause]) -> Self {
        if !causes.is_empty() {
            let list: Vec<Value> = causes.iter().map(StatusCause::value).collect();
            self.details_mut().set("causes", list);
        }
        self
    }
    /// Sets after how many seconds to try again.
    pub fn with_retry_after(mut self, seconds: i64) -> Self {
        if seconds != 0 {
            self.details_mut().set("retryAfterSeconds", seconds);
        }
        self
    }
    fn details_mut(&mut self) -> &mut Value {
        let d = self.0.entry("details");
        if d.is_null() {
            *d = Value::object();
        }
        d
    }

    /// 404: `pods "x" not found`.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {} not found", qualified(group, resource), quote(name));
        Self::failure(404, "NotFound", message).with_details(group, resource, name)
    }
    /// 404 for a path or resource that is not served.
    pub fn no_such_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::failure(404, "NotFound", message).with_details("", "", "")
    }
    /// 409: `pods "x" already exists`.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!(
            "{} {} already exists",
            qualified(group, resource),
            quote(name)
        );
        Self::failure(409, "AlreadyExists", message).with_details(group, resource, name)
    }
    /// 409: no free name was found for a `generateName`.
    pub fn generate_name_conflict(group: &str, resource: &str, name: &str) -> Self {
        let message = format!(
            "{} {} already exists, the server was not able to generate a unique name for the object",
            qualified(group, resource),
            quote(name)
        );
        Self::failure(409, "AlreadyExists", message)
            .with_details(group, resource, name)
            .with_retry_after(1)
    }
    /// 409: `Operation cannot be fulfilled on pods "x": …`.
    pub fn conflict(group: &str, resource: &str, name: &str, err: impl fmt::Display) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {}: {err}",
            qualified(group, resource),
            quote(name)
        );
        Self::failure(409, "Conflict", message).with_details(group, resource, name)
    }
    /// 409 of optimistic concurrency: the object has been modified.
    pub fn modified(group: &str, resource: &str, name: &str) -> Self {
        Self::conflict(
            group,
            resource,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }
    /// 409 of server-side apply.
    pub fn apply_conflict(causes: &[StatusCause], message: impl Into<String>) -> Self {
        Self::failure(409, "Conflict", message).with_causes(causes)
    }
    /// 422: `Pod "x" is invalid: …`.
    pub fn invalid<C: Into<StatusCause>>(
        group: &str,
        kind: &str,
        name: &str,
        errors: impl IntoIterator<Item = C>,
    ) -> Self {
        let causes: Vec<StatusCause> = errors.into_iter().map(Into::into).collect();
        let mut message = format!("{} {} is invalid", qualified(group, kind), quote(name));
        if !causes.is_empty() {
            message.push_str(": ");
            message.push_str(&aggregate(causes.iter().map(StatusCause::text)));
        }
        Self::failure(422, "Invalid", message)
            .with_details(group, kind, name)
            .with_causes(&causes)
    }
    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::failure(400, "BadRequest", message)
    }
    /// 401; an empty message reads `not authorized`.
    pub fn unauthorized(message: &str) -> Self {
        let message = if message.is_empty() {
            "not authorized"
        } else {
            message
        };
        Self::failure(401, "Unauthorized", message)
    }
    /// 403: `pods "x" is forbidden: …`.
    pub fn forbidden(group: &str, resource: &str, name: &str, err: impl fmt::Display) -> Self {
        let message = match (resource, name) {
            ("", _) => format!("forbidden: {err}"),
            (_, "") => format!("{} is forbidden: {err}", qualified(group, resource)),
            _ => format!(
                "{} {} is forbidden: {err}",
                qualified(group, resource),
                quote(name)
            ),
        };
        Self::failure(403, "Forbidden", message).with_details(group, resource, name)
    }
    /// 405: `update is not supported on resources of kind "events"`.
    pub fn method_not_supported(group: &str, resource: &str, action: &str) -> Self {
        let message = format!(
            "{action} is not supported on resources of kind {}",
            quote(&qualified(group, resource))
        );
        Self::failure(405, "MethodNotAllowed", message).with_details(group, resource, "")
    }
    /// 406, with the media types that would do.
    pub fn not_acceptable(accepted: &[&str]) -> Self {
        let message = format!(
            "only the following media types are accepted: {}",
            accepted.join(", ")
        );
        Self::failure(406, "NotAcceptable", message)
    }
    /// 415, with the media types that would do.
    pub fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::failure(415, "UnsupportedMediaType", message)
    }
    /// 410 for what is gone for good.
    pub fn gone(message: impl Into<String>) -> Self {
        Self::failure(410, "Gone", message)
    }
    /// 410 for a resource version or continue token that is too old.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::failure(410, "Expired", message)
    }
    /// 413.
    pub fn request_entity_too_large(message: impl fmt::Display) -> Self {
        Self::failure(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: {message}"),
        )
    }
    /// 429, as a refused eviction answers.
    pub fn too_many_requests(message: impl Into<String>, retry_after: i64) -> Self {
        Self::failure(429, "TooManyRequests", message).with_retry_after(retry_after)
    }
    /// 500: `Internal error occurred: …`.
    pub fn internal_error(err: impl fmt::Display) -> Self {
        Self::failure(
            500,
            "InternalError",
            format!("Internal error occurred: {err}"),
        )
        .with_causes(&[StatusCause::new("", err.to_string(), "")])
    }
    /// 500 without a reason: an error that is no API error (`responsewriters.ErrorToAPIStatus`).
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::failure(500, "", message)
    }
    /// 503.
    pub fn service_unavailable(message: impl Into<String>) -> Self {
        Self::failure(503, "ServiceUnavailable", message)
    }
    /// 504: `Timeout: …`.
    pub fn timeout(message: impl fmt::Display, retry_after: i64) -> Self {
        Self::failure(504, "Timeout", format!("Timeout: {message}")).with_retry_after(retry_after)
    }
    /// 500: the operation could not be completed at this time.
    pub fn server_timeout(group: &str, resource: &str, operation: &str, retry_after: i64) -> Self {
        let message = format!(
            "The {operation} operation against {} could not be completed at this time, please try again.",
            qualified(group, resource)
        );
        Self::failure(500, "ServerTimeout", message)
            .with_details(group, resource, operation)
            .with_retry_after(retry_after)
    }

    /// The HTTP code; 200 where the object has none.
    pub fn code(&self) -> u16 {
        self.0
            .get("code")
            .as_i64()
            .and_then(|c| u16::try_from(c).ok())
            .unwrap_or(200)
    }
    /// The machine-readable reason, or "".
    pub fn reason(&self) -> &str {
        self.0.get("reason").str()
    }
    /// The message for people.
    pub fn message(&self) -> &str {
        self.0.get("message").str()
    }
    /// Whether it reports success.
    pub fn is_success(&self) -> bool {
        self.0.get("status").str() == "Success"
    }
    /// Whether the reason is `NotFound`.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }
    /// Whether the reason is `AlreadyExists`.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }
    /// Whether the reason is `Conflict`.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }
    /// The details: name, group, kind, uid, causes, retryAfterSeconds.
    pub fn details(&self) -> &Value {
        self.0.get("details")
    }
    /// The causes in the details.
    pub fn causes(&self) -> Vec<StatusCause> {
        let text = |c: &Value, k: &str| c.get(k).str().to_owned();
        let list = self.details().get("causes").items().iter();
        list.map(|c| StatusCause::new(text(c, "reason"), text(c, "message"), text(c, "field")))
            .collect()
    }
    /// Whether a cause has this reason (`HasStatusCause`).
    pub fn has_cause(&self, reason: &str) -> bool {
        self.causes().iter().any(|c| c.reason == reason)
    }
    /// The object.
    pub fn value(&self) -> &Value {
        &self.0
    }
    /// The answer to a request.
    pub fn into_response(self) -> Response {
        let mut r = Response::new(Body::Empty);
        *r.status_mut() = http::StatusCode::from_u16(self.code()).unwrap_or(http::StatusCode::OK);
        if let Some(secs) = self.details().get("retryAfterSeconds").as_i64() {
            r.headers_mut()
                .insert(http::header::RETRY_AFTER, http::HeaderValue::from(secs));
        }
        *r.body_mut() = Body::Tree(self.0);
        r
    }
}

impl From<Status> for Value {
    fn from(s: Status) -> Value {
        s.0
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Status {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_upstream_s() {
        let s = Status::not_found("apps", "deployments", "web");
        assert_eq!(
            s.value(),
            &crate::tree!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 404, "reason": "NotFound",
                "message": "deployments.apps \"web\" not found", "details": {"name": "web", "group": "apps", "kind": "deployments"}})
        );
        let cause = StatusCause::new("FieldValueRequired", "Required value", "spec.containers");
        let s = Status::invalid("", "Pod", "p", [cause.clone()]);
        assert_eq!(
            s.message(),
            "Pod \"p\" is invalid: spec.containers: Required value"
        );
        assert!(s.has_cause("FieldValueRequired"));
        let other = StatusCause::new("FieldValueInvalid", "bad", "spec.x");
        let s = Status::invalid("", "Pod", "p", [cause.clone(), other, cause]);
        assert_eq!(
            s.message(),
            "Pod \"p\" is invalid: [spec.containers: Required value, spec.x: bad]"
        );
        assert_eq!(
            Status::forbidden("", "pods", "", "no").message(),
            "pods is forbidden: no"
        );
        assert_eq!(Status::gone("x").into_response().status(), 410);
    }
}
