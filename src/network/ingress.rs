//! Where Ingresses send requests (`k8s.io/api/networking/v1`, with what ingress-nginx makes of it). Pure: decides from objects.

use crate::apimachinery::Value;

/// Sends requests on under another path.
const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";
/// Whether requests without TLS are sent to where there is TLS, if there is.
const REDIRECT: &str = "nginx.ingress.kubernetes.io/ssl-redirect";

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To a service, as `namespace/name`.
    Service {
        /// The service.
        service: String,
        /// Its port's number, or its name.
        port: Result<u16, String>,
        /// The path to ask for there, where it is another one.
        path: Option<String>,
    },
    /// The same over HTTPS.
    Redirect,
    /// Nowhere: no rule fits.
    NotFound,
}

/// How well a rule fits: whether its host is named, how long its path is, and whether it is exact.
type Rank = (u8, usize, bool);

/// The way of a request for a host (without its port) and a path (without its query).
pub fn way<'a>(
    ingresses: impl Iterator<Item = &'a Value>,
    host: &str,
    path: &str,
    tls: bool,
) -> Way {
    let mut best: Option<(Rank, &Value, &Value)> = None;
    for ingress in ingresses {
        let spec = ingress.get("spec");
        for rule in spec.get("rules").items() {
            let Some(named) = host_rank(rule.get("host").str(), host) else {
                continue;
            };
            for p in rule.at(&["http", "paths"]).items() {
                let (pattern, exact) = (p.get("path").str(), p.get("pathType") == "Exact");
                if !fits(pattern, exact, path) {
                    continue;
                }
                let rank = (named, pattern.trim_end_matches('/').len(), exact);
                if best.is_none_or(|(other, ..)| rank > other) {
                    best = Some((rank, ingress, p.get("backend")));
                }
            }
        }
        let default = spec.get("defaultBackend");
        if !default.is_null() && best.is_none() {
            best = Some(((0, 0, false), ingress, default));
        }
    }
    let Some((_, ingress, backend)) = best else {
        return Way::NotFound;
    };
    if !tls && has_tls(ingress, host) && ingress.annotation(REDIRECT) != Some("false") {
        return Way::Redirect;
    }
    let service = backend.get("service");
    let port = service.get("port");
    let number = port
        .get("number")
        .as_i64()
        .and_then(|n| u16::try_from(n).ok());
    Way::Service {
        service: [ingress.namespace(), "/", service.get("name").str()].concat(),
        port: number.ok_or_else(|| port.get("name").str().to_owned()),
        path: ingress.annotation(REWRITE).map(str::to_owned),
    }
}

/// 3 for the very host, 2 for a wildcard, 1 for a rule for all hosts; none where a rule is for another one.
fn host_rank(rule: &str, host: &str) -> Option<u8> {
    if rule.is_empty() {
        return Some(1);
    }
    if rule.eq_ignore_ascii_case(host) {
        return Some(3);
    }
    // A wildcard stands for one label.
    let (label, rest) = host.split_once('.')?;
    let suffix = rule.strip_prefix("*.")?;
    (!label.is_empty() && rest.eq_ignore_ascii_case(suffix)).then_some(2)
}

fn fits(pattern: &str, exact: bool, path: &str) -> bool {
    if exact {
        return pattern == path;
    }
    // Element by element: `/a` is a prefix of `/a/b` and not of `/ab`.
    let pattern = pattern.trim_end_matches('/');
    path.strip_prefix(pattern)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn has_tls(ingress: &Value, host: &str) -> bool {
    let hosts = |t: &Value| {
        let hosts = t.get("hosts").items();
        hosts.iter().any(|h| host_rank(h.str(), host) > Some(1))
    };
    ingress.at(&["spec", "tls"]).items().iter().any(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::yaml;

    const TEXT: &str = "
metadata: {namespace: shop, name: one}
spec:
  tls: [{hosts: [safe.example]}]
  rules:
  - host: shop.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}
      - {path: /api, pathType: Exact, backend: {service: {name: root, port: {number: 80}}}}
  - host: '*.shop.example'
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: any, port: {number: 80}}}}]}
  - host: safe.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: safe, port: {number: 80}}}}]}
  - http: {paths: [{path: /open, pathType: ImplementationSpecific, backend: {service: {name: open, port: {number: 80}}}}]}
---
metadata: {namespace: shop, name: two, annotations: {nginx.ingress.kubernetes.io/rewrite-target: /}}
spec:
  defaultBackend: {service: {name: rest, port: {number: 8080}}}
";

    #[test]
    fn requests_go_the_way_of_the_rule_that_fits_best() {
        let (documents, error) = yaml::parse_all(TEXT);
        assert!(error.is_none(), "{error:?}");
        let all: Vec<&Value> = documents.iter().map(|d| &d.value).collect();
        let say = |host: &str, path: &str, tls| match way(all.iter().copied(), host, path, tls) {
            Way::Service {
                service,
                port,
                path,
            } => {
                let port = port.map_or_else(|name| name, |n| n.to_string());
                format!("{service}:{port}{}", path.unwrap_or_default())
            }
            Way::Redirect => "redirect".to_owned(),
            Way::NotFound => "nothing".to_owned(),
        };
        for (host, path, expected) in [
            ("shop.example", "/", "shop/web:80"),
            ("SHOP.example", "/apis", "shop/web:80"),
            ("shop.example", "/api", "shop/root:80"),
            ("shop.example", "/api/", "shop/api:http"),
            ("shop.example", "/api/v1", "shop/api:http"),
            ("a.shop.example", "/", "shop/any:80"),
            ("a.b.shop.example", "/", "shop/rest:8080/"),
            ("other.example", "/open/door", "shop/open:80"),
            ("other.example", "/opened", "shop/rest:8080/"),
            ("safe.example", "/", "redirect"),
        ] {
            assert_eq!(say(host, path, false), expected, "{host}{path}");
        }
        assert_eq!(say("safe.example", "/", true), "shop/safe:80");
        let first = way(all[..1].iter().copied(), "x.example", "/", false);
        assert_eq!(first, Way::NotFound);
    }
}
