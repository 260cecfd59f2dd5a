//! The web page, served beside the API, and the line over which it reaches this cluster instead of one of its own.

mod bridged;
pub mod desks;
mod site;
mod socket;

use super::authn::Sender;
use super::exchange::{Context, OutBody};
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::status::Status;
use crate::apiserver::wire;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{
    ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    LOCATION, REFERRER_POLICY, SEC_WEBSOCKET_PROTOCOL, UPGRADE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use ring::hmac;
pub use site::Site;
use std::sync::atomic::AtomicU32;

/// Where the page is.
const ROOT: &str = "/ui/";
/// Where its line to the cluster is.
const SESSION: &str = "session";
/// Whoever may do everything may use the page, which does.
const GROUP: &str = "system:masters";
/// How browsers send a token with a WebSocket (`pkg/kubelet/cri/streaming` and `authentication/request/websocket`).
const BEARER_PROTOCOL: &str = "base64url.bearer.authorization.k8s.io.";

/// The page and who is at it.
pub struct Page {
    site: Site,
    next_desk: AtomicU32,
}

/// The token of the page's visitors. The same for all the life of a cluster, so that a page that is open outlives a restart.
pub fn token(key: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"kubarium page"))
}

/// Whom it makes of whoever has it.
pub fn administrator() -> UserInfo {
    UserInfo::new("kubernetes-admin", &[GROUP, "system:authenticated"])
}

/// The page's address for somebody with this token.
pub fn address(server: &str, token: &str) -> String {
    format!("{server}{ROOT}#token={token}")
}

impl Page {
    /// A page at which nobody is.
    pub fn new(site: Site) -> Self {
        Self {
            site,
            next_desk: AtomicU32::new(1),
        }
    }

    /// Answers what is asked of it; gives the request back where it is for the API.
    ///
    /// # Errors
    /// Where the request is not for the page.
    pub fn answer(
        &self,
        request: Request<Incoming>,
        context: &Context,
    ) -> Result<Response<OutBody>, Box<Request<Incoming>>> {
        let path = request.uri().path();
        if path == ROOT.trim_end_matches('/') {
            return Ok(redirect());
        }
        let Some(name) = path.strip_prefix(ROOT) else {
            return Err(Box::new(request));
        };
        if name == SESSION {
            return Ok(match self.admit(&request, context) {
                Ok(()) => self.open(request, context),
                Err(status) => refusal(&status),
            });
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return Ok(response);
        }
        let encodings = request.headers().get(ACCEPT_ENCODING);
        let encodings = encodings.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let found = self.site.file(name, encodings);
        let mut response = found.unwrap_or_else(|| text(StatusCode::NOT_FOUND, "Not Found\n"));
        guard(response.headers_mut());
        Ok(response)
    }

    /// Whether whoever asks may use the page.
    fn admit(&self, request: &Request<Incoming>, context: &Context) -> Result<(), Status> {
        let mut headers = HeaderMap::new();
        if let Some(token) = bearer(request.headers()) {
            headers.insert(AUTHORIZATION, token);
        }
        // A certificate that a browser sends by itself would let any page in it in.
        match context.authenticator.sender(&None, &headers) {
            Sender::User(user) if user.groups.iter().any(|g| g == GROUP) => Ok(()),
            Sender::User(user) if user.name != "system:anonymous" => Err(Status::failure(
                403,
                "Forbidden",
                "the page acts as the cluster's administrator: it needs a token of the group system:masters",
            )),
            _ => Err(Status::unauthorized("Unauthorized")),
        }
    }

    fn open(&self, request: Request<Incoming>, context: &Context) -> Response<OutBody> {
        if !request.headers().contains_key(UPGRADE) {
            return text(StatusCode::OK, "ok\n");
        }
        socket::open(request, &context.cluster, &self.next_desk)
            .unwrap_or_else(|status| refusal(&status))
    }
}

/// The credential of a request: a header, or one of the protocols that a browser offers.
fn bearer(headers: &HeaderMap) -> Option<HeaderValue> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        return Some(value.clone());
    }
    let code = offered(headers).find_map(|p| p.strip_prefix(BEARER_PROTOCOL))?;
    let token = String::from_utf8(URL_SAFE_NO_PAD.decode(code).ok()?).ok()?;
    HeaderValue::try_from(format!("Bearer {token}")).ok()
}

/// The protocols that a client offers.
fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let values = values.filter_map(|v| v.to_str().ok());
    values.flat_map(|v| v.split(',')).map(str::trim)
}

/// What keeps other pages from using this one.
fn guard(headers: &mut HeaderMap) {
    let headers_of_all = [
        (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers_of_all {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn redirect() -> Response<OutBody> {
    let mut response = text(StatusCode::MOVED_PERMANENTLY, "");
    let place = HeaderValue::from_static(ROOT);
    response.headers_mut().insert(LOCATION, place);
    response
}

fn refusal(status: &Status) -> Response<OutBody> {
    let (mut parts, body) = status.clone().into_response().into_parts();
    let json = HeaderValue::from_static("application/json");
    parts.headers.insert(CONTENT_TYPE, json);
    Response::from_parts(parts, OutBody::Whole(Some(wire::body_bytes(body).into())))
}

fn text(status: StatusCode, text: &'static str) -> Response<OutBody> {
    let mut response = Response::new(OutBody::Whole(Some(text.into())));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, plain);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_sends_its_token_as_a_protocol() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        let code = URL_SAFE_NO_PAD.encode("s3cret");
        let protocols = format!("v1.session.kubarium.dev, {BEARER_PROTOCOL}{code}");
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocols.parse().expect("a header"));
        assert_eq!(bearer(&headers).expect("there"), "Bearer s3cret");
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
        assert_eq!(bearer(&headers).expect("there"), "Bearer other");
    }

    #[test]
    fn a_cluster_has_one_token() {
        assert_eq!(token(b"key"), token(b"key"));
        assert_ne!(token(b"key"), token(b"another"));
        assert!(token(b"key").len() > 40);
    }
}
