//! `pods/x/proxy`, `services/x/proxy` and `nodes/x/proxy`: HTTP requests that the API server hands on to what runs in pods, and to
//! kubelets (`ResourceLocation` of registry/core/pod, registry/core/service and registry/core/node; `UpgradeAwareHandler`).

use super::super::ApiServer;
use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::storage::Storage;
use super::super::streams::{NodeCall, NodeRequest, Relay};
use super::Resource;
use super::log::check_log_options;
use crate::apimachinery::Value;
use crate::apimachinery::http::relayed::{clean, remove_hop_headers};
use crate::apimachinery::http::{Body, Peer, Relayed};
use crate::apimachinery::status::Status;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, header};
use std::net::IpAddr;

/// Where a request goes.
pub struct Location {
    /// The address.
    pub ip: String,
    /// The port.
    pub port: u16,
    /// The node that the pod is on.
    pub node: String,
    /// Whether the node's kubelet listens there.
    pub kubelet: bool,
}

/// The port of kubelets that do not say.
const KUBELET: u16 = 10_250;

/// The address by which a node says that it is reached within the cluster.
pub fn internal_ip(node: &Value) -> Option<&str> {
    let mut addresses = node.at(&["status", "addresses"]).items().iter();
    let internal = addresses.find(|a| a.get("type") == &"InternalIP")?;
    Some(internal.get("address").str())
}

/// The port of a node's kubelet.
pub fn kubelet_port(node: &Value) -> u16 {
    let said = node.at(&["status", "daemonEndpoints", "kubeletEndpoint", "Port"]);
    let said = said.as_i64().and_then(|port| u16::try_from(port).ok());
    said.filter(|port| *port != 0).unwrap_or(KUBELET)
}

/// What a request names: scheme ("" for none), object and port ("" for none).
type Asked<'a> = (&'a str, &'a str, &'a str);

impl ApiServer {
    pub(super) fn relay(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        let resource = call.resource.def.resource;
        let sub = call.info.subresource.clone();
        let namespaced = call.resource.def.namespaced;
        let path = clean(behind(&call.info.path, namespaced));
        let mut options = super::log::connection(call);
        options.set("path", path.as_str());
        self.admit_part(
            call,
            &mut Attributes::new(Operation::Connect, &sub, &mut options, None),
        )?;
        let id = call.info.name.to_string();
        let kind = resource.trim_end_matches('s');
        let asked = split(&id)
            .ok_or_else(|| Status::bad_request(format!("invalid {kind} request {id:?}")))?;
        let to = match resource {
            "pods" => self.pod_location(call, asked)?,
            "nodes" => self.node_location(asked)?,
            _ => self.service_location(call, asked)?,
        };
        let sent = call
            .sent
            .take()
            .ok_or_else(|| refused("a part of the cluster cannot ask through a proxy"))?;
        let real = resource != "nodes" && self.is_real_node(&to.node);
        if sent.headers.contains_key(header::UPGRADE) && !real {
            return Err(refused(
                "upgrading a connection through a proxy is supported to real pods only",
            ));
        }
        let asks_kubelet = to.kubelet;
        if let Some(asked) = logs_of(&path).filter(|_| asks_kubelet && sent.method == Method::GET) {
            return self.container_log(call, &to, asked);
        }
        let asked_path = sent.uri.path();
        let relayed = Relayed {
            prefix: asked_path[..asked_path.len() - behind(asked_path, namespaced).len()]
                .to_owned(),
            server: format!("{}:{}", to.ip, to.port),
            host: host(&sent),
            plain: false,
        };
        let stream = self.streams.open(call.reader);
        if path.is_empty() && matches!(sent.method, Method::GET | Method::HEAD) {
            let query = query(&sent);
            // Written as it is: it has the prefix already.
            let moved = format!(
                "HTTP/1.1 301 Moved Permanently\r\nLocation: {asked_path}/{query}\r\nContent-Length: 0\r\n\r\n"
            );
            self.streams.push(stream, moved.into_bytes());
            self.streams.end(stream, Ok(()));
            return Ok(Answer::Relayed(stream, relayed));
        }
        let tls = asked.0 == "https" || asks_kubelet;
        let relay = message(*sent, &path, &relayed, &to, tls, body);
        self.streams.park(NodeRequest {
            stream,
            call: match asks_kubelet {
                true => NodeCall::Kubelet,
                false => NodeCall::Proxy,
            },
            node: to.node,
            namespace: call.info.namespace.to_string(),
            pod: asked.1.to_owned(),
            uid: String::new(),
            container: String::new(),
            query: Vec::new(),
            relay: Some(Box::new(relay)),
        });
        Ok(Answer::Relayed(stream, relayed))
    }

    fn one(&self, resource: &str, namespace: &str, name: &str) -> Result<&Value, Status> {
        let resource: &Resource =
            super::lookup("", "v1", resource).ok_or_else(Status::no_such_resource)?;
        let key = resource.key(namespace, name);
        let found = self.storage.get(resource.table, &key);
        found.ok_or_else(|| resource.not_found(name))
    }

    fn pod_location(&self, call: &Call, (scheme, name, port): Asked) -> Result<Location, Status> {
        let pod = self.one("pods", &call.info.namespace, name)?;
        let containers = pod.at(&["spec", "containers"]).items();
        let first = containers
            .iter()
            .find_map(|c| c.get("ports").items().first());
        let ip = pod.at(&["status", "podIP"]).str();
        if !ip.parse().is_ok_and(is_global_unicast) {
            return Err(Status::bad_request("address not allowed"));
        }
        let declared = first.and_then(|p| p.get("containerPort").as_i64());
        let port = match (port, declared, scheme) {
            ("", Some(declared), _) => declared.to_string(),
            ("", None, "https") => "443".to_owned(),
            ("", None, _) => "80".to_owned(),
            (given, ..) => given.to_owned(),
        };
        Ok(Location {
            ip: ip.to_owned(),
            port: number(&port).map_err(unreachable)?,
            node: pod.at(&["spec", "nodeName"]).str().to_owned(),
            kubelet: false,
        })
    }

    /// A node's kubelet, or whatever else listens there.
    fn node_location(&self, (_, name, port): Asked) -> Result<Location, Status> {
        let resource = super::lookup("", "v1", "nodes").ok_or_else(Status::no_such_resource)?;
        let node = self.storage.get(resource.table, name);
        let node = node.ok_or_else(|| resource.not_found(name))?;
        let ip = internal_ip(node).ok_or_else(|| {
            Status::internal_error("no preferred addresses found; known addresses: []")
        })?;
        // Before the port is looked at: whoever writes a Node would have this machine's own servers asked.
        if !ip.parse().is_ok_and(is_global_unicast) {
            return Err(Status::bad_request("address not allowed"));
        }
        let kubelet = kubelet_port(node);
        let port = match port {
            "" => kubelet,
            port => number(port).map_err(unreachable)?,
        };
        Ok(Location {
            ip: ip.to_owned(),
            kubelet: port == kubelet,
            port,
            node: name.to_owned(),
        })
    }

    /// A container's log, asked of its node.
    fn container_log(
        &mut self,
        call: &Call,
        to: &Location,
        [namespace, pod, container]: [&str; 3],
    ) -> Result<Answer, Status> {
        check_log_options(call).map_err(|wrong| match wrong.code() {
            422 => Status::failure(422, "Invalid", "Invalid request."),
            _ => Status::bad_request("Unable to decode query."),
        })?;
        let plain = |why: String| Status::failure(404, "NotFound", why);
        let found = self.one("pods", namespace, pod).ok();
        let on_node = |p: &&Value| p.at(&["spec", "nodeName"]) == to.node.as_str();
        let found = found.filter(on_node);
        let found = found.ok_or_else(|| plain(format!("pod \"{pod}\" does not exist")))?;
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let mut all = lists
            .iter()
            .flat_map(|l| found.at(&["spec", l]).items().iter());
        if !all.any(|c| c.get("name") == &container) {
            let why = format!("container {container:?} not found in pod {pod:?}");
            return Err(plain(why));
        }
        let uid = found.uid().to_owned();
        let stream = self.streams.open(call.reader);
        self.streams.park(NodeRequest {
            stream,
            call: NodeCall::Log,
            node: to.node.clone(),
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            uid,
            container: container.to_owned(),
            query: call.query.pairs().to_vec(),
            relay: None,
        });
        Ok(Answer::Stream(stream))
    }

    fn service_location(
        &mut self,
        call: &Call,
        (_, name, port): Asked,
    ) -> Result<Location, Status> {
        let namespace = call.info.namespace.as_str();
        let unavailable = |why: String| Status::failure(503, "ServiceUnavailable", why);
        let mut wanted = port.to_owned();
        if let Ok(number) = port.parse::<i64>() {
            let service = self.one("services", namespace, name)?;
            let ports = service.at(&["spec", "ports"]).items();
            let found = ports
                .iter()
                .find(|p| p.get("port").as_i64() == Some(number));
            let found = found.ok_or_else(|| {
                unavailable(format!(
                    "no service port {number} found for service {name:?}"
                ))
            })?;
            wanted = found.get("name").str().to_owned();
        }
        let subsets = self
            .one("endpoints", namespace, name)?
            .get("subsets")
            .clone();
        if subsets.is_empty() {
            return Err(unavailable(format!(
                "no endpoints available for service {name:?}"
            )));
        }
        let mut found = Vec::new();
        for subset in subsets.items() {
            let mut ports = subset.get("ports").items().iter();
            let Some(port) = ports.find(|p| p.get("name").str() == wanted) else {
                continue;
            };
            let Some(port) = port
                .get("port")
                .as_i64()
                .and_then(|p| u16::try_from(p).ok())
            else {
                continue;
            };
            let addresses = subset.get("addresses").items().iter();
            found.extend(addresses.filter_map(|a| Some((a, port, self.node_of(namespace, a)?))));
        }
        if found.is_empty() {
            let id = &call.info.name;
            return Err(unavailable(format!(
                "no endpoints available for service \"{id}\""
            )));
        }
        let (address, port, node) = found.swap_remove(self.rng.below(found.len()));
        Ok(Location {
            ip: address.get("ip").str().to_owned(),
            port,
            node,
            kubelet: false,
        })
    }

    /// The node of the pod in the namespace whose address this is; none where it is no pod's: endpoints that somebody wrote by
    /// hand lead nowhere else (`isValidAddress`), and not from another machine than the pod's.
    fn node_of(&self, namespace: &str, address: &Value) -> Option<String> {
        let reference = address.get("targetRef");
        if reference.get("namespace").str() != namespace {
            return None;
        }
        let pod = self
            .one("pods", namespace, reference.get("name").str())
            .ok()?;
        let mut ips = pod.at(&["status", "podIPs"]).items().iter();
        let node = pod.at(&["spec", "nodeName"]).str();
        ips.any(|i| i.get("ip") == address.get("ip"))
            .then(|| node.to_owned())
    }
}

/// Namespace, pod and container whose log a path of a kubelet's names.
fn logs_of(path: &str) -> Option<[&str; 3]> {
    let mut parts = path.strip_prefix("/containerLogs/")?.split('/');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

/// What this cluster does not do.
fn refused(why: &str) -> Status {
    Status::failure(501, "NotImplemented", why)
}

/// 503, as upstream's proxy says that nobody answered.
fn unreachable(why: String) -> Status {
    let why = format!("error trying to reach service: {why}");
    Status::failure(503, "ServiceUnavailable", why)
}

/// Go's `IP.IsGlobalUnicast`, by which upstream says where its proxy leads (`IsProxyableHostname`); names lead nowhere here.
pub fn is_global_unicast(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let apart = match ip {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(apart || ip.is_unspecified() || ip.is_loopback() || ip.is_multicast())
}

/// A port by number or as the system knows it by name, or why there is none (Go's `LookupPort`).
fn number(port: &str) -> Result<u16, String> {
    match (port, port.parse::<i64>()) {
        (_, Ok(number)) => u16::try_from(number)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| format!("dial tcp: address {port}: invalid port")),
        ("http", _) => Ok(80),
        ("https", _) => Ok(443),
        _ => Err(format!("dial tcp: lookup tcp/{port}: unknown port")),
    }
}

/// Scheme, name and port of `name`, `name:port` or `scheme:name:port` (`SplitSchemeNamePort`).
fn split(id: &str) -> Option<Asked<'_>> {
    let parts: Vec<&str> = id.split(':').collect();
    let (scheme, name, port) = match parts[..] {
        [name] => ("", name, ""),
        [name, port] => ("", name, port),
        [scheme, name, port] => (scheme, name, port),
        _ => return None,
    };
    let known = matches!(scheme, "" | "http" | "https");
    (known && !name.is_empty()).then_some((scheme, name, port))
}

/// What of a path follows `…/NAME/proxy`, with its slash.
fn behind(path: &str, namespaced: bool) -> &str {
    // api, v1, namespaces, NAMESPACE, RESOURCE, NAME, proxy
    let segments = if namespaced { 7 } else { 5 };
    let mut rest = path;
    for _ in 0..segments {
        rest = rest.trim_start_matches('/');
        rest = &rest[rest.find('/').unwrap_or(rest.len())..];
    }
    rest
}

fn query(sent: &Parts) -> String {
    sent.uri.query().map_or(String::new(), |q| format!("?{q}"))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    let value = headers.get(name).and_then(|v| v.to_str().ok());
    value.unwrap_or_default()
}

/// The host that a request names, which HTTP/2 has in the URI.
pub fn host(sent: &Parts) -> String {
    match text(&sent.headers, &HOST) {
        "" => sent.uri.authority().map_or("", |a| a.as_str()).to_owned(),
        host => host.to_owned(),
    }
}

/// The request as it is sent to a server.
pub fn message(
    sent: Parts,
    path: &str,
    relayed: &Relayed,
    to: &Location,
    tls: bool,
    body: Body,
) -> Relay {
    let query = query(&sent);
    let mut headers = sent.headers;
    let protocol = headers.get(header::UPGRADE).cloned();
    remove_hop_headers(&mut headers);
    if let Some(protocol) = protocol {
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
    headers.remove(AUTHORIZATION);
    headers.remove(CONTENT_LENGTH);
    let impersonating: Vec<_> = headers
        .keys()
        .filter(|k| k.as_str().starts_with("impersonate-"))
        .cloned()
        .collect();
    for name in impersonating {
        headers.remove(name);
    }
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("x-forwarded-uri", &format!("{}{path}", relayed.prefix));
    let host = match relayed.host.as_str() {
        "" => &relayed.server,
        host => host,
    };
    set("host", host);
    let body = match body {
        Body::Bytes(bytes) => bytes,
        Body::Tree(tree) => {
            set(CONTENT_TYPE.as_str(), "application/json");
            tree.to_json().into_bytes()
        }
        _ => Vec::new(),
    };
    if !body.is_empty() || matches!(sent.method, Method::POST | Method::PUT | Method::PATCH) {
        set("content-length", &body.len().to_string());
    }
    if let Some(Peer(from)) = sent.extensions.get::<Peer>() {
        let from = match from {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(*from, IpAddr::V4),
            IpAddr::V4(_) => *from,
        };
        let before = text(
            &headers,
            &header::HeaderName::from_static("x-forwarded-for"),
        );
        let all = match before {
            "" => from.to_string(),
            before => format!("{before}, {from}"),
        };
        if let Ok(all) = HeaderValue::from_str(&all) {
            headers.insert("x-forwarded-for", all);
        }
    }
    let path = if path.is_empty() { "/" } else { path };
    Relay {
        ip: to.ip.clone(),
        port: to.port,
        tls,
        proof: None,
        method: sent.method,
        path: format!("{path}{query}"),
        headers,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ports_and_paths_behind_a_proxy_are_read_as_upstream_reads_them() {
        for (id, parts) in [
            ("web", Some(("", "web", ""))),
            ("web:80", Some(("", "web", "80"))),
            ("https:web:", Some(("https", "web", ""))),
            ("ftp:web:21", None),
            (":80", None),
            ("a:b:c:d", None),
        ] {
            assert_eq!(split(id), parts, "{id}");
        }
        for (path, rest) in [
            ("/api/v1/namespaces/a/pods/p/proxy", ""),
            ("/api/v1/namespaces/a/pods/p:80/proxy/", "/"),
            (
                "/api/v1/namespaces/pods/services/proxy/proxy/x/proxy",
                "/x/proxy",
            ),
            ("/api/v1/namespaces/a/pods/p/proxy//x", "//x"),
        ] {
            assert_eq!(behind(path, true), rest, "{path}");
        }
        assert_eq!(behind("/api/v1/nodes/n/proxy/healthz", false), "/healthz");
        assert_eq!(number("8080"), Ok(8080));
        assert_eq!(number("http"), Ok(80));
        let why = "dial tcp: lookup tcp/web: unknown port";
        assert_eq!(number("web"), Err(why.to_owned()));
        let why = "dial tcp: address 70000: invalid port";
        assert_eq!(number("70000"), Err(why.to_owned()));
    }

    #[test]
    fn proxies_lead_to_no_address_that_every_machine_has() {
        for (ip, allowed) in [
            ("10.244.1.2", true),
            ("fd00::1", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("0.0.0.0", false),
            ("::", false),
            ("169.254.169.254", false),
            ("fe80::1", false),
            ("224.0.0.1", false),
            ("ff02::1", false),
            ("255.255.255.255", false),
            ("localhost", false),
        ] {
            assert_eq!(ip.parse().is_ok_and(is_global_unicast), allowed, "{ip}");
        }
    }

    #[test]
    fn what_is_for_the_api_server_alone_is_not_handed_on() {
        let sent = http::Request::builder()
            .method("POST")
            .uri("/api/v1/namespaces/a/pods/p/proxy/in?x=1&y=a%20b")
            .header("host", "127.0.0.1:6443")
            .header("authorization", "Bearer secret")
            .header("impersonate-user", "jane")
            .header("connection", "keep-alive, x-own")
            .header("x-own", "1")
            .header("cookie", "a=b")
            .header("x-forwarded-for", "10.0.0.1")
            .extension(Peer(IpAddr::from([127, 0, 0, 1])))
            .body(());
        let (sent, ()) = sent.expect("a request").into_parts();
        let relayed = Relayed {
            prefix: "/api/v1/namespaces/a/pods/p/proxy".into(),
            host: "127.0.0.1:6443".into(),
            ..Relayed::default()
        };
        let to = Location {
            ip: "10.244.1.2".into(),
            port: 80,
            node: String::new(),
            kubelet: false,
        };
        let relay = message(
            sent,
            "/in",
            &relayed,
            &to,
            false,
            Body::Bytes(b"body".to_vec()),
        );
        assert_eq!(
            String::from_utf8_lossy(&relay.to_bytes()),
            "POST /in?x=1&y=a%20b HTTP/1.1\r\nhost: 127.0.0.1:6443\r\n\
             x-forwarded-for: 10.0.0.1, 127.0.0.1\r\ncookie: a=b\r\nx-forwarded-uri: /api/v1/namespaces/a/pods/p/proxy/in\r\n\
             content-length: 4\r\n\r\nbody"
        );
    }
}
