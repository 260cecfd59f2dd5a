//! Where a webhook is (`util/webhook/client.go`, `util/proxy/proxy.go`).

use super::Webhook;
use super::replay::WebhookCall;
use crate::api::strict::base64_decode;
use crate::apimachinery::Value;
use crate::apiserver::ApiServer;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use std::net::IpAddr;
use std::time::Duration;

/// The time limit of a webhook that names none.
const TIMEOUT: i64 = 10;
/// The label of EndpointSlices that names their service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// An endpoint of a service.
struct Endpoint {
    /// Address and port.
    address: String,
    /// Whether it is a pod whose network is simulated: nothing in there speaks TLS.
    simulated: bool,
}

impl ApiServer {
    /// The call of a webhook with a review.
    ///
    /// # Errors
    /// Why it cannot be called, in the words that follow `failed to call webhook: `.
    pub(super) fn call_of(&self, webhook: &Webhook, review: Value) -> Result<WebhookCall, String> {
        let config = webhook.v.get("clientConfig");
        let seconds = webhook.v.get("timeoutSeconds").as_i64().unwrap_or(TIMEOUT);
        let service = config.get("service");
        let base = match service.is_null() {
            true => config.get("url").str().to_owned(),
            false => {
                let path = service.get("path").str();
                let slash = if path.starts_with('/') { "" } else { "/" };
                format!("https://{}{slash}{path}", host_of(service))
            }
        };
        let url = with_timeout(&base, seconds);
        let failed = |why: String| format!("Post {url:?}: {why}");
        let address = match service.is_null() {
            false => Some(self.endpoint_of(service).map_err(failed)?),
            true if self.config.webhooks => None,
            true => return Err(failed(nowhere(&base))),
        };
        let ca = base64_decode(config.get("caBundle").str()).unwrap_or_default();
        Ok(WebhookCall {
            webhook: webhook.id.as_str().into(),
            url,
            address,
            ca,
            ignores_failures: webhook.ignores_failures(),
            timeout: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
            review,
        })
    }

    /// Address and port of an endpoint of a service that can be called.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::apiserver) fn endpoint_of(&self, reference: &Value) -> Result<String, String> {
        let name = reference.get("name").str();
        let namespace = reference.get("namespace").str();
        let port = port_of(reference);
        let service = self.service(namespace, name);
        let service = service.ok_or_else(|| format!("service {name:?} not found"))?;
        let ports = service.at(&["spec", "ports"]).items();
        let port = ports.iter().find(|p| p.get("port").as_i64() == Some(port));
        let port = port.ok_or_else(|| {
            format!(
                "no service port {} found for service {name:?}",
                port_of(reference)
            )
        })?;
        let kind = service.at(&["spec", "type"]).str();
        if !matches!(kind, "ClusterIP" | "LoadBalancer" | "NodePort") {
            return Err(format!("unsupported service type {kind:?}"));
        }
        let all = self.endpoints_of(namespace, name, port.get("name").str());
        match all.iter().find(|e| self.config.webhooks && !e.simulated) {
            Some(real) => Ok(real.address.clone()),
            None => Err(match all.first() {
                None => format!("no endpoints available for service {name:?}"),
                Some(e) if e.simulated => {
                    format!("dial tcp {}: connect: connection refused", e.address)
                }
                Some(e) => format!("dial tcp {}: connect: no route to host", e.address),
            }),
        }
    }

    /// The ready endpoints of a service at a port of that name, of all its EndpointSlices.
    fn endpoints_of(&self, namespace: &str, name: &str, port: &str) -> Vec<Endpoint> {
        let mut all = Vec::new();
        let Some(slices) = registry::lookup("discovery.k8s.io", "v1", "endpointslices") else {
            return all;
        };
        let prefix = slices.prefix(namespace);
        for (_, slice) in self.storage.list(slices.table, &prefix, "") {
            let of_service = slice.meta().get("labels").get(SERVICE_NAME) == &name;
            let mut ports = slice.get("ports").items().iter();
            let number = ports.find(|p| p.get("name").str() == port);
            // Whom a name leads to, nobody here has looked at.
            let named = slice.get("addressType") == "FQDN";
            let Some(number) = number.filter(|_| of_service && !named) else {
                continue;
            };
            let number = number.get("port").as_i64().unwrap_or_default();
            for endpoint in slice.get("endpoints").items() {
                if endpoint.at(&["conditions", "ready"]).as_bool() == Some(false) {
                    continue;
                }
                let of_pod = endpoint.at(&["targetRef", "kind"]) == "Pod";
                let node = endpoint.get("nodeName").str();
                let simulated = of_pod && !self.webhooks.real_nodes.contains(node);
                for ip in endpoint.get("addresses").items() {
                    let ip = ip.str();
                    let brackets = if ip.contains(':') {
                        ("[", "]")
                    } else {
                        ("", "")
                    };
                    all.push(Endpoint {
                        address: format!("{}{ip}{}:{number}", brackets.0, brackets.1),
                        simulated,
                    });
                }
            }
        }
        all
    }

    fn service(&self, namespace: &str, name: &str) -> Option<&Value> {
        let services = registry::lookup("", "v1", "services")?;
        self.storage
            .get(services.table, &services.key(namespace, name))
    }
}

fn port_of(service: &Value) -> i64 {
    match service.get("port").as_i64() {
        None | Some(0) => 443,
        Some(port) => port,
    }
}

/// `name.namespace.svc:443`.
fn host_of(service: &Value) -> String {
    format!(
        "{}.{}.svc:{}",
        service.get("name").str(),
        service.get("namespace").str(),
        port_of(service)
    )
}

/// A URL with the time limit as its parameter, as the client of Go writes it.
fn with_timeout(url: &str, seconds: i64) -> String {
    let after = url.find("://").map_or(0, |at| at + 3);
    let slash = if url[after..].contains('/') { "" } else { "/" };
    format!("{url}{slash}?timeout={seconds}s")
}

/// Why a URL leads nowhere where nothing lies beyond the nodes' network.
fn nowhere(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && !port.ends_with(']') => (host, port),
        _ => (authority, "443"),
    };
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => {
            format!("dial tcp {host}:{port}: connect: connection refused")
        }
        Ok(_) => format!("dial tcp {host}:{port}: connect: no route to host"),
        Err(_) => format!("dial tcp: lookup {host}: no such host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_stands_behind_the_path() {
        let cases = [
            ("https://a.test", "https://a.test/?timeout=3s"),
            ("https://a.test:8443/x", "https://a.test:8443/x?timeout=3s"),
            ("https://a.test/", "https://a.test/?timeout=3s"),
        ];
        for (given, wanted) in cases {
            assert_eq!(with_timeout(given, 3), wanted);
        }
    }

    #[test]
    fn nothing_lies_beyond() {
        let cases = [
            ("https://a.test/x", "dial tcp: lookup a.test: no such host"),
            (
                "https://a.test:99/x",
                "dial tcp: lookup a.test: no such host",
            ),
            (
                "https://10.1.2.3/x",
                "dial tcp 10.1.2.3:443: connect: no route to host",
            ),
            (
                "https://[fd00::1]:8443",
                "dial tcp [fd00::1]:8443: connect: no route to host",
            ),
            (
                "https://127.0.0.1:9/",
                "dial tcp 127.0.0.1:9: connect: connection refused",
            ),
        ];
        for (url, wanted) in cases {
            assert_eq!(nowhere(url), wanted);
        }
    }
}
