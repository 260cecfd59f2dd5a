//! Calls admission webhooks over HTTPS, as the API server's client does, and tells failures in its words.

use super::metrics;
use super::verified::{connect, in_words, tls};
use crate::apimachinery::{Value, json_error};
use crate::apiserver::{Answered, Awaits, Replay, WebhookCall};
use bytes::Bytes;
use futures_util::future::join_all;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ring::rand::SecureRandom;
use rustls::pki_types::ServerName;
use std::time::{Duration, Instant};
use tokio_rustls::TlsConnector;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 16 << 20;
/// How much of an answer that says nothing else is passed on, in bytes (`maxUnstructuredResponseTextBytes`).
const LONGEST_WORDS: usize = 2_048;
/// Calls that are made at once; more wait for their turn.
static AT_ONCE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(64);

/// Makes the calls that a request awaits, all at once: what to send it again with.
pub async fn make(awaits: Awaits) -> Replay {
    let calls: Vec<_> = awaits.calls.iter().cloned().map(call).collect();
    awaits.answered(join_all(calls).await)
}

/// Makes one call. It takes no longer than its time limit.
pub async fn call(call: WebhookCall) -> Answered {
    let _turn = AT_ONCE.acquire().await;
    let uid = new_uid();
    let mut review = call.review.clone();
    review.entry("request").set("uid", uid.as_str());
    let posting = post(&call, review.to_json());
    let began = Instant::now();
    let result = match tokio::time::timeout(call.timeout, posting).await {
        Ok(Err(Failure::Way(why))) => Err(format!("Post {:?}: {why}", call.url)),
        Ok(Err(Failure::Answer(why))) => Err(why),
        Ok(Ok(said)) => Ok(said),
        Err(_) => Err(format!("Post {:?}: context deadline exceeded", call.url)),
    };
    count(&call, &result, began.elapsed());
    Answered { call, uid, result }
}

/// Counts a call, whose id is `RESOURCE/CONFIGURATION/NAME/INDEX`.
fn count(call: &WebhookCall, result: &Result<Value, String>, took: Duration) {
    let mut parts = call.webhook.split('/');
    let kind = match parts.next() {
        Some("mutatingwebhookconfigurations") => "admit",
        _ => "validating",
    };
    let name = parts.nth(1).unwrap_or_default().to_owned();
    let operation = call.review.at(&["request", "operation"]).str().to_owned();
    let rejection = match result {
        Err(_) => (!call.ignores_failures).then_some(("calling_webhook_error", 0)),
        Ok(said) => {
            let response = said.get("response");
            let refused = response.get("allowed").as_bool() != Some(true);
            let code = response.at(&["status", "code"]).as_i64().unwrap_or(0);
            // Any number would be a series of its own.
            refused.then_some(("no_error", code.clamp(400, 600)))
        }
    };
    let refused = rejection.is_some();
    metrics::count_webhook((name, operation, kind, refused), took, rejection);
}

enum Failure {
    /// There was no answer.
    Way(String),
    /// There was one, but none that can be used.
    Answer(String),
}

/// A random UUID (version 4).
fn new_uid() -> String {
    let mut bytes = [0; 16];
    // Without a source of randomness there is no TLS either.
    let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = |part: &[u8]| -> String { part.iter().map(|b| format!("{b:02x}")).collect() };
    let parts = [
        &bytes[..4],
        &bytes[4..6],
        &bytes[6..8],
        &bytes[8..10],
        &bytes[10..],
    ];
    parts.map(hex).join("-")
}

async fn post(call: &WebhookCall, body: String) -> Result<Value, Failure> {
    let way = |why: String| Failure::Way(why);
    let uri: Uri = call
        .url
        .parse()
        .map_err(|e| way(format!("parse {:?}: {e}", call.url)))?;
    let host = uri.host().unwrap_or_default().to_owned();
    let plain = host.trim_matches(['[', ']']).to_owned();
    let config = tls(&call.ca, None).map_err(way)?;
    let address = match &call.address {
        Some(address) => address.clone(),
        None => format!("{host}:{}", uri.port_u16().unwrap_or(443)),
    };
    let endpoint = call.address.is_some();
    let stream = connect(&address, &plain, endpoint).await.map_err(way)?;
    let name = ServerName::try_from(plain.clone()).map_err(|e| way(e.to_string()))?;
    let stream = TlsConnector::from(config).connect(name, stream).await;
    let stream = stream.map_err(|e| way(in_words(&e, &plain)))?;
    let lost = |e: hyper::Error| match e.is_incomplete_message() || e.is_canceled() {
        true => way("EOF".to_owned()),
        false => way(e.to_string()),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    let serving = tokio::spawn(connection);
    let authority = uri.authority().map_or("", |a| a.as_str());
    let target = uri.path_and_query().map_or("/", |p| p.as_str());
    let request = Request::builder()
        .method(Method::POST)
        .uri(target)
        .header(HOST, authority)
        .header(ACCEPT, "application/json, */*")
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "kube-apiserver-admission")
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| way(e.to_string()))?;
    let answer = sender.send_request(request).await.map_err(lost)?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, LONGEST).collect().await;
    serving.abort();
    let body = body.map_err(|e| Failure::Answer(e.to_string()))?.to_bytes();
    let kind = head.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    said(head.status, kind.unwrap_or_default(), &body).map_err(Failure::Answer)
}

/// Reads an answer.
fn said(status: StatusCode, kind: &str, body: &[u8]) -> Result<Value, String> {
    let read = Value::from_json(body);
    if !status.is_success() {
        return Err(match read {
            Ok(v) if v.kind() == "Status" && !v.get("message").is_empty() => {
                v.get("message").str().to_owned()
            }
            _ => refused(status, &String::from_utf8_lossy(body)),
        });
    }
    if body.is_empty() {
        let code = status.as_u16();
        return Err(format!(
            "0-length response with status code: {code} and content type: {kind}"
        ));
    }
    match read {
        Ok(v @ Value::Map(_)) => Ok(v),
        Ok(_) => Err("couldn't get version/kind; json parse error: json: cannot unmarshal the answer into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }".to_owned()),
        Err(why) => {
            let why = json_error::syntax_error(body).unwrap_or_else(|| why.to_string());
            Err(format!("couldn't get version/kind; json parse error: {why}"))
        }
    }
}

/// What an answer without a Status is taken for (`NewGenericServerResponse`).
fn refused(status: StatusCode, body: &str) -> String {
    let body = body
        .get(..body.floor_char_boundary(LONGEST_WORDS))
        .unwrap_or_default();
    let text = match status.as_u16() {
        400 => "the server rejected our request for an unknown reason",
        401 => "the server has asked for the client to provide credentials",
        403 => body.trim(),
        404 => "the server could not find the requested resource",
        405 => "the server does not allow this method on the requested resource",
        409 => "the server reported a conflict",
        415 => "the body of the request was in an unknown format",
        422 => "the server rejected our request due to an error in our request",
        429 => "the server has received too many requests and has asked us to try again later",
        503 => "the server is currently unable to handle the request",
        504 => {
            "the server was unable to return a response in the time allotted, but may still be processing the request"
        }
        code if code >= 500 => {
            return format!(
                "an error on the server ({:?}) has prevented the request from succeeding",
                body.trim()
            );
        }
        code => {
            return format!(
                "the server responded with the status code {code} but did not return more information"
            );
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_none_are_told_in_the_clients_words() {
        let ok = StatusCode::OK;
        let cases: [(StatusCode, &str, &str); 6] = [
            (
                ok,
                "",
                "0-length response with status code: 200 and content type: text/plain",
            ),
            (
                ok,
                "<html>",
                "couldn't get version/kind; json parse error: invalid character '<' looking for beginning of value",
            ),
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "boom\n",
                "an error on the server (\"boom\") has prevented the request from succeeding",
            ),
            (
                StatusCode::NOT_FOUND,
                "404",
                "the server could not find the requested resource",
            ),
            (
                StatusCode::FORBIDDEN,
                r#"{"kind":"Status","apiVersion":"v1","message":"go away"}"#,
                "go away",
            ),
            (
                StatusCode::FOUND,
                "",
                "the server responded with the status code 302 but did not return more information",
            ),
        ];
        for (status, body, wanted) in cases {
            assert_eq!(
                said(status, "text/plain", body.as_bytes()),
                Err(wanted.to_owned())
            );
        }
    }

    #[test]
    fn uids_are_random_uuids() {
        let (a, b) = (new_uid(), new_uid());
        assert_ne!(a, b);
        assert_eq!((a.len(), &a[14..15]), (36, "4"));
    }
}
