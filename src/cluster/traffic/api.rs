//! The API server as programs in pods reach it: HTTPS, with a bearer token or as nobody.

use super::super::Cluster;
use crate::apimachinery::http::{Body, Relayed, Request, UserInfo};
use crate::apimachinery::schema;
use crate::apimachinery::status::Status;

impl Cluster {
    /// Answers a request that came over the network. Its first line says whether the client trusts the server's certificate;
    /// without it the client speaks no TLS.
    pub(super) fn ask_api(&mut self, data: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(data);
        let Some(text) = text.strip_prefix("TLS insecure\n") else {
            return if text.starts_with("TLS\n") {
                b"TLS unknown issuer".to_vec()
            } else {
                b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
                    .to_vec()
            };
        };
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut words = head.split(' ');
        let (verb, path) = (words.next().unwrap_or("GET"), words.next().unwrap_or("/"));
        let body = match body {
            "" => Body::Empty,
            text => Body::Bytes(text.as_bytes().to_vec()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = verb.parse().unwrap_or_default();
        *request.uri_mut() = path.parse().unwrap_or_default();
        let mut token = None;
        for line in head.lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            if name.eq_ignore_ascii_case("authorization") {
                token = value.strip_prefix("Bearer ").map(str::to_owned);
            } else if let (Ok(name), Ok(value)) = (
                http::HeaderName::from_bytes(name.as_bytes()),
                http::HeaderValue::from_str(value),
            ) && matches!(name.as_str(), "accept" | "content-type" | "user-agent")
            {
                // What curl says of itself asks for no certain form.
                if value != "*/*" {
                    request.headers_mut().insert(name, value);
                }
            }
        }
        let response = match token.map(|token| self.user_of(&token)) {
            Some(None) => Status::failure(401, "Unauthorized", "Unauthorized").into_response(),
            Some(Some(user)) => {
                request.extensions_mut().insert(user);
                self.api.handle(request, self.now)
            }
            None => self.api.handle(request, self.now),
        };
        let response = match response.extensions().get::<Relayed>().is_some() {
            false => response,
            true => {
                if let Body::Stream(id) = response.body() {
                    self.api.close_stream(*id);
                }
                let why = "what others answer is not carried over the simulated network";
                Status::failure(501, "NotImplemented", why).into_response()
            }
        };
        let status = response.status();
        let (kind, body) = match response.into_body() {
            Body::Tree(tree) => ("application/json", tree.to_json().into_bytes()),
            Body::Bytes(bytes) => ("text/plain; charset=utf-8", bytes),
            Body::Watch(id) => {
                // One request has one answer here: a watch would never end.
                self.api.close_watch(id);
                (
                    "text/plain; charset=utf-8",
                    b"watches are not carried over the simulated network\n".to_vec(),
                )
            }
            Body::Stream(id) => {
                self.api.close_stream(id);
                (
                    "text/plain; charset=utf-8",
                    b"streams are not carried over the simulated network\n".to_vec(),
                )
            }
            Body::Empty => ("application/json", Vec::new()),
        };
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            body.len()
        );
        [head.as_bytes(), &body].concat()
    }

    /// Whose token it is: one that this server has issued, or the stand-in that a simulated kubelet leaves in a pod's volume, which
    /// names the pod and its service account.
    fn user_of(&mut self, token: &str) -> Option<UserInfo> {
        if let Some(user) = self.api.authenticate(token, self.now) {
            return Some(user);
        }
        let (uid, account) = token.strip_prefix("simulated.")?.split_once('.')?;
        let pods = schema::resource("", "v1", "pods")?;
        let pod = self.api.peek_all(pods).find(|p| p.uid() == uid)?;
        if pod.at(&["spec", "serviceAccountName"]) != account {
            return None;
        }
        let namespace = pod.namespace();
        let name = ["system:serviceaccount:", namespace, ":", account].concat();
        let group = ["system:serviceaccounts:", namespace].concat();
        let groups = ["system:serviceaccounts", &*group, "system:authenticated"];
        Some(UserInfo::new(name, &groups))
    }
}
