//! Paths that the native program serves beside the core's: OpenAPI documents and metrics. The core asks here after it has
//! authorized the request.

use super::{metrics, openapi, tokens};
use crate::apimachinery::http::{Body, Response};
use crate::apimachinery::status::Status;
use crate::apiserver::registry::custom::Customs;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, ETAG, VARY};

/// Answers a path; none where it is not served here.
pub fn answer(path: &str, accept: &str, customs: &Customs) -> Option<Response> {
    let path = path.trim_end_matches('/');
    match path {
        "/metrics" => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            Some(bytes(metrics::text().into_bytes(), kind))
        }
        "/openapi/v3" => Some(document(accept, openapi::index(customs), "")),
        "/openapi/v2" if accept.contains(openapi::protobuf::MEDIA_TYPE) => Some(bytes(
            openapi::swagger_protobuf(customs),
            openapi::protobuf::CONTENT_TYPE,
        )),
        "/openapi/v2" => Some(document(accept, openapi::swagger(customs), "")),
        "/openid/v1/jwks" => Some(bytes(tokens::key_set()?, "application/jwk-set+json")),
        "/.well-known/openid-configuration" => Some(bytes(tokens::issuer()?, "application/json")),
        _ => {
            let version = path.strip_prefix("/openapi/v3/")?;
            let text = openapi::document(version, customs)?;
            Some(document(accept, text, &openapi::hash(version, customs)))
        }
    }
}

fn bytes(bytes: Vec<u8>, kind: &'static str) -> Response {
    let mut response = Response::new(Body::Bytes(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A document for those who read JSON; of those of version 3 there is no other form.
fn document(accept: &str, text: Vec<u8>, tag: &str) -> Response {
    let json = |clause: &str| {
        let media_type = clause.split(';').next().unwrap_or_default().trim();
        matches!(
            media_type,
            "" | "application/json" | "*/*" | "application/*"
        )
    };
    if !accept.split(',').any(json) {
        return Status::not_acceptable(&["application/json"]).into_response();
    }
    let mut response = bytes(text, "application/json");
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if let Ok(tag) = HeaderValue::from_str(&format!("{tag:?}"))
        && tag != "\"\""
    {
        headers.insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_json_and_nothing_else() {
        let status = |path: &str, accept: &str| {
            answer(path, accept, &Customs::default()).map(|r| r.status().as_u16())
        };
        let protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
        assert_eq!(status("/openapi/v3", protobuf), Some(406));
        assert_eq!(status("/openapi/v3", &format!("{protobuf},*/*")), Some(200));
        assert_eq!(
            status("/openapi/v3/apis/apps/v1", "application/json"),
            Some(200)
        );
        assert_eq!(status("/openapi/v3/apis/nope/v1", ""), None);
        let v2 = openapi::protobuf::MEDIA_TYPE;
        let found = answer("/openapi/v2", v2, &Customs::default()).expect("served");
        assert_eq!(
            found.headers()[CONTENT_TYPE],
            openapi::protobuf::CONTENT_TYPE
        );
        assert_eq!(status("/metrics", "text/plain"), Some(200));
        assert_eq!(status("/metrics/x", ""), None);
    }
}
