//! What a request is about, read from its method and path (`endpoints/request/requestinfo.go`).

use super::query::{Query, decode_segment};
use crate::apimachinery::Text;
use crate::apimachinery::http::ResourceRequest;
use http::Method;

/// What a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestInfo {
    /// Whether the path names a resource.
    pub is_resource: bool,
    /// The path without the query.
    pub path: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case.
    pub verb: &'static str,
    /// API group, "" for the core group.
    pub group: Text,
    /// API version.
    pub version: Text,
    /// Namespace, or "".
    pub namespace: Text,
    /// Plural name of the resource.
    pub resource: Text,
    /// Subresource, or "".
    pub subresource: Text,
    /// Name, or "".
    pub name: Text,
    /// What follows the subresource (paths behind a proxy).
    pub rest: Vec<String>,
}

impl RequestInfo {
    /// What a request is about that says so itself.
    pub fn of(request: &ResourceRequest<'_>) -> RequestInfo {
        let def = request.resource;
        RequestInfo {
            is_resource: true,
            verb: request.verb,
            group: Text::from_static(def.group),
            version: Text::from_static(def.version),
            namespace: if def.namespaced {
                request.namespace.clone()
            } else {
                Text::EMPTY
            },
            resource: Text::from_static(def.resource),
            subresource: Text::from_static(request.subresource),
            name: request.name.clone(),
            ..RequestInfo::default()
        }
    }

    /// Reads method, path and query.
    pub fn new(method: &Method, path: &str, query: &Query) -> RequestInfo {
        let segments: Vec<String> = path
            .split('/')
            .filter(|s| !s.is_empty())
            .map(decode_segment)
            .collect();
        let mut info = RequestInfo {
            path: path.to_owned(),
            verb: method_verb(method),
            ..RequestInfo::default()
        };
        let mut parts = segments.into_iter().peekable();
        match (parts.next().as_deref(), parts.len()) {
            (Some("api"), n) if n >= 2 => info.version = text(parts.next()),
            (Some("apis"), n) if n >= 3 => {
                info.group = text(parts.next());
                info.version = text(parts.next());
            }
            _ => return info,
        }
        info.is_resource = true;
        let mut watch_prefix = false;
        if parts.peek().is_some_and(|p| p == "watch") {
            parts.next();
            watch_prefix = true;
        }
        info.read_resource(parts.collect());
        info.verb = info.resource_verb(method, query, watch_prefix);
        info
    }

    fn read_resource(&mut self, mut parts: Vec<String>) {
        if parts.first().is_some_and(|p| p == "namespaces") && parts.len() > 1 {
            self.namespace = Text::from(&parts[1]);
            let own = parts.len() == 2 || matches!(parts[2].as_str(), "status" | "finalize");
            if !own {
                parts.drain(..2);
            }
        }
        let mut parts = parts.into_iter();
        self.resource = text(parts.next());
        self.name = text(parts.next());
        self.subresource = text(parts.next());
        self.rest = parts.collect();
        if self.resource == "namespaces" {
            self.namespace = Text::EMPTY;
        }
    }

    fn resource_verb(&self, method: &Method, query: &Query, watch_prefix: bool) -> &'static str {
        match *method {
            Method::GET | Method::HEAD if watch_prefix => "watch",
            Method::GET | Method::HEAD if !self.name.is_empty() => "get",
            Method::GET | Method::HEAD if query.flag("watch") => "watch",
            Method::GET | Method::HEAD => "list",
            Method::DELETE if self.name.is_empty() => "deletecollection",
            _ => method_verb(method),
        }
    }
}

fn text(segment: Option<String>) -> Text {
    segment.map_or(Text::EMPTY, Text::from)
}

fn method_verb(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        Method::OPTIONS => "options",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_upstream_reads_them() {
        let cases = [
            ("GET", "/api/v1/namespaces", "list |||namespaces||"),
            ("GET", "/api/v1/namespaces/a", "get |||namespaces|a|"),
            (
                "PUT",
                "/api/v1/namespaces/a/finalize",
                "update |||namespaces|a|finalize",
            ),
            ("GET", "/api/v1/namespaces/a/pods", "list ||a|pods||"),
            ("GET", "/api/v1/pods?watch=true", "watch |||pods||"),
            (
                "POST",
                "/api/v1/namespaces/a/pods/p/binding",
                "create ||a|pods|p|binding",
            ),
            (
                "DELETE",
                "/apis/apps/v1/namespaces/a/deployments",
                "deletecollection apps|a|deployments||",
            ),
            (
                "PATCH",
                "/apis/apps/v1/namespaces/a/deployments/d/scale",
                "patch apps|a|deployments|d|scale",
            ),
        ];
        for (method, uri, want) in cases {
            let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let i = RequestInfo::new(&method, path, &Query::parse(query));
            let group = if i.group.is_empty() {
                "|".to_owned()
            } else {
                i.group.to_string()
            };
            let got = format!(
                "{} {group}|{}|{}|{}|{}",
                i.verb, i.namespace, i.resource, i.name, i.subresource
            );
            assert_eq!(got, want, "{uri}");
            assert!(i.is_resource);
        }
        let i = RequestInfo::new(&Method::GET, "/apis/apps/v1", &Query::default());
        assert!(!i.is_resource);
    }
}
