//! One request on its way through the server, and the answer it gets.

use super::admission::{Answered, WebhookCall};
use super::checks;
use super::negotiate::Negotiated;
use super::owners::Tracked;
use super::query::Query;
use super::registry::Resource;
use super::request_info::RequestInfo;
use crate::apimachinery::http::{
    Body, Cause, ReaderId, Relayed, Response, StreamId, UserInfo, WatchId,
};
use crate::apimachinery::schema::TypeId;
use crate::apimachinery::status::Status;
use crate::apimachinery::{Map, Text, Timestamp, Value};
use http::header::{CONTENT_TYPE, HeaderValue, WARNING};
use http::request::Parts;
use std::sync::Arc;
use std::time::Duration;

/// A request for a resource.
pub struct Call {
    /// When it arrived.
    pub now: Timestamp,
    /// What it is about.
    pub info: RequestInfo,
    /// Its parameters.
    pub query: Query,
    /// The resource.
    pub resource: &'static Resource,
    /// The sender.
    pub user: Arc<UserInfo>,
    /// The sender's `User-Agent`.
    pub agent: Text,
    /// The revision that the sender reacts to.
    pub cause: Option<u64>,
    /// Whom a watch wakes.
    pub reader: Option<ReaderId>,
    /// How long a watch's events take.
    pub latency: Option<Duration>,
    /// The body's media type, "" where none was named.
    pub content_type: Text,
    /// The form of the answer.
    pub negotiated: Negotiated,
    /// Whether the sender has no use for `managedFields`.
    pub plain: bool,
    /// Whether the connection can become one that carries messages both ways.
    pub upgraded: bool,
    /// The message as it came, for what is handed on to somebody else.
    pub sent: Option<Box<Parts>>,
    /// What the call's write means to the managers of the object's fields.
    pub tracked: Option<Tracked>,
    /// Whether nothing is to be stored.
    pub dry_run: bool,
    /// Texts of `Warning` headers so far.
    pub warnings: Vec<String>,
    /// Annotations of the audit log so far: keys and values.
    pub annotations: Vec<(String, String)>,
    /// Parts of objects that are known to be in normal form.
    pub known: Vec<(TypeId, Map, bool)>,
    /// What webhooks have answered about it.
    pub answers: Vec<Answered>,
    /// Where among them the next one is looked for.
    pub answered: usize,
    /// Calls of webhooks that it awaits.
    pub awaited: Vec<WebhookCall>,
    /// Whether webhooks are not asked about it.
    pub passes_webhooks: bool,
    /// The `DeleteOptions` of a deletion.
    pub delete_options: Value,
    /// The spec that was sent, where decoding left it as it was.
    pub clean_spec: Option<Map>,
}

/// What a request is answered with.
pub enum Answer {
    /// An object, with the HTTP status.
    Object(u16, Value),
    /// A watch.
    Watch(WatchId),
    /// A stream of bytes.
    Stream(StreamId),
    /// A stream that brings somebody else's whole HTTP answer.
    Relayed(StreamId, Relayed),
}

impl Call {
    /// Adds the text of a `Warning` header, once.
    pub fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }
    /// Adds to an annotation of the audit log; values of one key are joined, each once.
    pub fn annotate(&mut self, key: &str, value: &str, separator: &str) {
        match self.annotations.iter_mut().find(|(k, _)| k == key) {
            None => self.annotations.push((key.to_owned(), value.to_owned())),
            Some((_, before)) if before.split(separator).any(|v| v == value) => {}
            Some((_, before)) => *before = format!("{before}{separator}{value}"),
        }
    }
    /// Takes note of what is stored: what of it a client sends back unchanged needs no second look.
    pub fn know(&mut self, stored: &Value) {
        let resource = self.resource;
        if resource.storage_version != *resource.api_version {
            return;
        }
        for (field, value) in stored.fields() {
            if let Value::Map(map) = value
                && let Some(id) =
                    checks::field_type(&resource.api_version, resource.def.kind, field)
            {
                self.known.push((id, map.clone(), true));
            }
        }
    }
    /// The verb as the audit log and admission know it.
    pub fn verb(&self) -> &'static str {
        self.info.verb
    }
}

/// Who sends a request: the extension that authentication put there; without it nobody is known.
pub fn user_of(parts: &mut Parts) -> UserInfo {
    let known = parts.extensions.remove::<UserInfo>();
    known.unwrap_or_else(|| UserInfo::new("system:anonymous", &["system:unauthenticated"]))
}

/// The write that the sender reacts to.
pub fn cause_of(parts: &Parts) -> Option<u64> {
    parts
        .extensions
        .get::<Cause>()
        .map(|c| c.0)
        .filter(|c| *c > 0)
}

/// Makes the answer's message.
pub fn respond(
    result: Result<Answer, Status>,
    warnings: &[String],
    media_type: &'static str,
) -> Response {
    let mut response = match result {
        Err(status) => status.into_response(),
        Ok(answer) => {
            let (code, body, relayed) = match answer {
                Answer::Object(code, value) => (code, Body::Tree(value), None),
                Answer::Watch(id) => (200, Body::Watch(id), None),
                Answer::Stream(id) => (200, Body::Stream(id), None),
                Answer::Relayed(id, relayed) => (200, Body::Stream(id), Some(relayed)),
            };
            let mut response = Response::new(body);
            if let Some(relayed) = relayed {
                response.extensions_mut().insert(relayed);
            }
            *response.status_mut() =
                http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::OK);
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    for text in warnings {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            headers.append(WARNING, value);
        }
    }
    response
}
