//! Requests that are handed on to servers elsewhere (`kube-aggregator/pkg/apiserver/handler_proxy.go`).

use super::{ApiServer, Remote, Service};
use crate::api::strict::base64_decode;
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, Relayed, Response, UserInfo};
use crate::apimachinery::status::Status;
use crate::apiserver::call::{Answer, respond};
use crate::apiserver::query::decode_segment;
use crate::apiserver::registry;
use crate::apiserver::registry::proxy::{self, Location};
use crate::apiserver::storage::Storage;
use crate::apiserver::streams::{NodeCall, NodeRequest, Proof};
use http::header::{self, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

/// Where a server is, and whom it has to prove to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Address and port to connect to.
    pub address: (String, u16),
    /// The host of URLs: the service's address and port.
    pub host: String,
    /// Whom it has to prove to be.
    pub proof: Proof,
}

impl Remote {
    pub(super) fn of(v: &Value) -> Self {
        let spec = v.get("spec");
        let mut conditions = v.at(&["status", "conditions"]).items().iter();
        let ca = spec.get("caBundle").str();
        Remote {
            reference: spec.get("service").clone(),
            ca: base64_decode(ca).unwrap_or_default(),
            insecure: spec.get("insecureSkipTLSVerify").as_bool() == Some(true),
            available: conditions
                .any(|c| c.get("type") == &"Available" && c.get("status") == &"True"),
        }
    }

    pub(super) fn server_name(&self) -> String {
        let part = |field: &str| self.reference.get(field).str().to_owned();
        format!("{}.{}.svc", part("name"), part("namespace"))
    }

    pub(super) fn port(&self) -> i64 {
        self.reference.get("port").as_i64().unwrap_or(443)
    }
}

/// A body as it was sent, with its media type, beside the same as a tree: who hands the request on needs the one, who serves it the
/// other; travels in the extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsSent(pub HeaderValue, pub Vec<u8>);

/// Whether a path may be handed on. Another server has to read of it what this one has read, which is what the user may do: no
/// segments that become others where they are decoded or cleaned, and of OpenAPI only the document of the version.
fn check(path: &str) -> Result<(), Status> {
    let strange = |segment: &str| {
        let segment = decode_segment(segment);
        segment.contains('/') || matches!(segment.as_str(), "." | "..")
    };
    if path.split('/').any(strange) {
        let why =
            "a path that is handed on has no segments \".\" and \"..\", and none with a slash";
        return Err(Status::bad_request(why));
    }
    let document = path.strip_prefix("/openapi/v3/");
    let whole = document.is_none_or(|d| match d.strip_prefix("apis/") {
        Some(version) => version.split('/').count() == 2,
        None => d == "api/v1",
    });
    match whole && !path.contains("//") {
        true => Ok(()),
        false => Err(Status::no_such_resource()),
    }
}

/// A text for people, as Go's `http.Error` answers.
pub fn plain(code: http::StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::Bytes(format!("{text}\n").into_bytes()));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, kind);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

impl ApiServer {
    /// Who serves a path, where that is another server.
    pub(in crate::apiserver) fn served_elsewhere(&mut self, path: &str) -> Option<Service> {
        let path = path.strip_prefix("/openapi/v3").unwrap_or(path);
        let core = path == "/api" || path.starts_with("/api/");
        let mut parts = path.strip_prefix("/apis/").unwrap_or_default().split('/');
        let (group, version) = match core {
            true => ("", "v1"),
            false => (parts.next()?, parts.next()?),
        };
        if version.is_empty() || (!core && group.is_empty()) {
            return None;
        }
        let services = self.api_services();
        let found = services
            .iter()
            .find(|s| s.remote.is_some() && s.group == group && s.version == version);
        found.cloned()
    }

    /// Hands a request on to the server of an APIService, in the name of the user.
    pub(in crate::apiserver) fn hand_on(
        &mut self,
        service: &Service,
        mut sent: Parts,
        body: Body,
        user: &UserInfo,
    ) -> Response {
        // Told apart from answers of this server, also where nobody is asked.
        let refusal = |mut response: Response| {
            let extensions = response.extensions_mut();
            extensions.insert(Relayed {
                plain: true,
                ..Relayed::default()
            });
            response
        };
        let unavailable = || {
            let code = http::StatusCode::SERVICE_UNAVAILABLE;
            refusal(plain(code, "service unavailable"))
        };
        if let Err(status) = check(sent.uri.path()) {
            return refusal(status.into_response());
        }
        let body = match sent.extensions.remove::<AsSent>() {
            None => body,
            Some(AsSent(kind, bytes)) => {
                sent.headers.insert(CONTENT_TYPE, kind);
                Body::Bytes(bytes)
            }
        };
        let Some(remote) = service.remote.as_ref().filter(|r| r.available) else {
            return unavailable();
        };
        let Ok(target) = self.target(remote) else {
            return unavailable();
        };
        let relayed = Relayed {
            prefix: String::new(),
            server: target.host.clone(),
            host: proxy::host(&sent),
            plain: true,
        };
        let reader = sent.extensions.get().copied();
        let path = sent.uri.path().to_owned();
        let to = Location {
            ip: target.address.0,
            port: target.address.1,
            node: String::new(),
            kubelet: false,
        };
        let mut relay = proxy::message(sent, &path, &relayed, &to, true, body);
        relay.proof = Some(target.proof);
        name_user(&mut relay.headers, user);
        if let Ok(host) = HeaderValue::from_str(&target.host) {
            relay.headers.insert(header::HOST, host);
        }
        let stream = self.streams.open(reader);
        self.streams.park(NodeRequest {
            stream,
            call: NodeCall::Elsewhere,
            node: String::new(),
            namespace: String::new(),
            pod: String::new(),
            uid: String::new(),
            container: String::new(),
            query: Vec::new(),
            relay: Some(Box::new(relay)),
        });
        respond(
            Ok(Answer::Relayed(stream, relayed)),
            &[],
            "application/json",
        )
    }

    /// Where the server of an APIService is.
    ///
    /// # Errors
    /// Why it cannot be reached.
    pub(super) fn target(&self, remote: &Remote) -> Result<Target, String> {
        let address = self.endpoint_of(&remote.reference)?;
        let (ip, port) = address.rsplit_once(':').unwrap_or((&address, ""));
        Ok(Target {
            address: (
                ip.trim_matches(['[', ']']).to_owned(),
                port.parse().map_err(|_| format!("invalid port {port:?}"))?,
            ),
            host: self.host_of(remote),
            proof: Proof {
                name: remote.server_name(),
                ca: remote.ca.clone(),
                insecure: remote.insecure,
            },
        })
    }

    /// The host of URLs: the service's address and port, by name where it has no address (`ResolveCluster`).
    pub(super) fn host_of(&self, remote: &Remote) -> String {
        let part = |field: &str| remote.reference.get(field).str();
        let service = registry::lookup("", "v1", "services").and_then(|r| {
            let key = r.key(part("namespace"), part("name"));
            self.storage.get(r.table, &key)
        });
        let ip = service.map_or("", |s| s.at(&["spec", "clusterIP"]).str());
        match ip {
            "" | "None" => format!("{}:{}", remote.server_name(), remote.port()),
            ip => format!("{ip}:{}", remote.port()),
        }
    }

    /// Whether the service of an APIService is there, with its port and ready endpoints; otherwise reason and message of the condition.
    pub(super) fn has_endpoints(&self, remote: &Remote) -> Result<(), (&'static str, String)> {
        let part = |field: &str| remote.reference.get(field).str();
        let (name, namespace, port) = (part("name"), part("namespace"), remote.port());
        let of = |what: &str| format!("service/{name} in {namespace:?} {what}");
        let (Some(services), Some(slices)) = (
            registry::lookup("", "v1", "services"),
            registry::lookup("discovery.k8s.io", "v1", "endpointslices"),
        ) else {
            return Ok(());
        };
        let Some(service) = self
            .storage
            .get(services.table, &services.key(namespace, name))
        else {
            return Err(("ServiceNotFound", of("is not present")));
        };
        if service.at(&["spec", "type"]) != &"ClusterIP" {
            return Ok(());
        }
        let mut ports = service.at(&["spec", "ports"]).items().iter();
        let Some(port) = ports.find(|p| p.get("port").as_i64() == Some(port)) else {
            let text = of(&format!("is not listening on port {port}"));
            return Err(("ServicePortError", text));
        };
        let port = port.get("name").str();
        let prefix = slices.prefix(namespace);
        let of_service: Vec<&Value> = self
            .storage
            .list(slices.table, &prefix, "")
            .map(|(_, v)| v)
            .filter(|v| v.meta().get("labels").get("kubernetes.io/service-name") == &name)
            .collect();
        if of_service.is_empty() {
            let text = format!("cannot find endpointslices for {}", of("").trim_end());
            return Err(("EndpointsNotFound", text));
        }
        let ready = |e: &Value| e.at(&["conditions", "ready"]).as_bool() != Some(false);
        let fits = |v: &&Value| {
            let mut ports = v.get("ports").items().iter();
            v.get("endpoints").items().iter().any(ready)
                && ports.any(|p| p.get("name").str() == port && !p.get("port").is_null())
        };
        match of_service.iter().any(fits) {
            true => Ok(()),
            false => Err((
                "MissingEndpoints",
                format!(
                    "endpointslices for {} have no addresses with port name {port:?}",
                    of("").trim_end()
                ),
            )),
        }
    }
}

/// Says in the headers whose request it is, in place of what the client said (`transport.SetAuthProxyHeaders`).
pub fn name_user(headers: &mut HeaderMap, user: &UserInfo) {
    let said: Vec<HeaderName> = headers
        .keys()
        .filter(|k| {
            let k = k.as_str();
            k.starts_with("x-remote-extra-")
                || matches!(k, "x-remote-user" | "x-remote-uid" | "x-remote-group")
        })
        .cloned()
        .collect();
    for name in said {
        headers.remove(name);
    }
    let mut add = |name: String, value: &str| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    };
    add("x-remote-user".to_owned(), &user.name);
    if !user.uid.is_empty() {
        add("x-remote-uid".to_owned(), &user.uid);
    }
    for group in &user.groups {
        add("x-remote-group".to_owned(), group);
    }
    for (key, values) in &user.extra {
        for value in values {
            add(format!("x-remote-extra-{}", escaped(key)), value);
        }
    }
}

/// A key as the name of a header carries it (`headerKeyEscape`).
fn escaped(key: &str) -> String {
    let mut out = String::new();
    for b in key.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(b)),
            _ if b"!#$&'*+-.^_`|~".contains(&b) => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::Arrange;

    #[test]
    fn another_server_reads_of_a_path_what_this_one_did() {
        let base = "/apis/wardle.example.com/v1";
        for (path, code) in [
            (base.to_owned(), 0),
            (format!("{base}/"), 0),
            (format!("{base}/namespaces/a/flunders/x:y%20z..."), 0),
            (format!("/openapi/v3{base}"), 0),
            ("/openapi/v3/api/v1".to_owned(), 0),
            (format!("/openapi/v3{base}/"), 404),
            (format!("/openapi/v3{base}/namespaces"), 404),
            ("/openapi/v3/api/v1/secrets".to_owned(), 404),
            (format!("{base}//flunders"), 404),
            (format!("{base}/a/../secrets"), 400),
            (format!("{base}/%2e%2E/v2"), 400),
            (format!("{base}/./x"), 400),
            (format!("{base}/namespaces/a%2Fsecrets"), 400),
            (format!("/openapi/v3{base}/%2e%2e/v2"), 400),
        ] {
            let said = check(&path).map_or_else(|s| s.code(), |()| 0);
            assert_eq!(said, code, "{path}");
        }
    }

    #[test]
    fn the_user_is_named_and_nobody_names_themselves() {
        let mut headers = HeaderMap::new();
        for name in ["x-remote-user", "x-remote-group", "x-remote-extra-scopes"] {
            headers.insert(name, HeaderValue::from_static("forged"));
        }
        let user = UserInfo {
            name: "jane".into(),
            uid: "42".into(),
            groups: vec!["dev".into(), "system:authenticated".into()],
            extra: vec![("example.org/team".into(), vec!["a".into(), "b".into()])],
        };
        name_user(&mut headers, &user);
        let mut said: Vec<String> = headers
            .iter()
            .map(|(k, v)| format!("{k}={}", v.to_str().unwrap_or_default()))
            .collect();
        said.arrange();
        assert_eq!(
            said,
            [
                "x-remote-extra-example.org%2fteam=a",
                "x-remote-extra-example.org%2fteam=b",
                "x-remote-group=dev",
                "x-remote-group=system:authenticated",
                "x-remote-uid=42",
                "x-remote-user=jane",
            ]
        );
    }
}
