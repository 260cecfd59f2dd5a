//! One HTTP exchange: a request becomes the core's, and the core's answer bytes.

use super::authn::{Authenticator, Sender};
use super::clock::wall_time;
use super::driver::{Answer, Handle, Live, Piece};
use super::metrics;
use super::page::Page;
use super::protobuf;
use super::relayed;
use super::snapshot;
use super::upgrade::{self, Upgrade};
use crate::apimachinery::Timestamp;
use crate::apimachinery::http as api;
use crate::apimachinery::http::{ReaderId, UserInfo, WatchEvent, WatchType};
use crate::apimachinery::schema::GROUPS;
use crate::apimachinery::status::Status;
use crate::apimachinery::yaml::to_yaml;
use crate::apiserver::AsSent;
use crate::apiserver::query::Query;
use crate::apiserver::request_info::RequestInfo;
use crate::apiserver::wire;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
    HeaderValue, RETRY_AFTER, UPGRADE, VARY,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// The largest body that is read; the core says the same.
const MAX_BODY: usize = 3 << 20;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);
/// Answers from this size on are compressed for those who can read that (`defaultGzipThresholdBytes`).
const GZIP_FROM: usize = 128 * 1024;
/// The shortest life of a watch that does not say (`--min-request-timeout`); up to twice as long by chance.
const WATCH_TIME: u64 = 1800;

/// What every connection shares.
pub struct Context {
    /// The way to the cluster.
    pub cluster: Handle,
    /// Who sends what.
    pub authenticator: Authenticator,
    /// The web page, where the program has one.
    pub page: Option<Page>,
}

/// Answers a request that came on a connection with this client certificate (see [`Authenticator::sender`]).
///
/// # Errors
/// Never: what fails is answered with a `Status`.
pub async fn serve(
    request: Request<Incoming>,
    certificate: Arc<Option<Option<UserInfo>>>,
    context: Arc<Context>,
) -> Result<Response<OutBody>, Infallible> {
    let begin = Instant::now();
    let request = match &context.page {
        Some(page) => match page.answer(request, &context) {
            Ok(response) => return Ok(response),
            Err(request) => *request,
        },
        None => request,
    };
    if request.uri().path() == snapshot::PATH {
        return Ok(snapshot::answer(&request, &certificate, &context).await);
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let info = RequestInfo::new(request.method(), request.uri().path(), &query);
    let gzip = accepts_gzip(request.headers());
    let pretty = is_pretty(&query, request.headers());
    let timeout = query.int("timeoutSeconds").ok().flatten().unwrap_or(0);
    let bare = request.method() == Method::HEAD;
    let mut request = request;
    let changes = is_handed_on(&info) && request.headers().contains_key(UPGRADE);
    let on_upgrade = changes.then(|| hyper::upgrade::on(&mut request));
    let mut response = match forward(request, &info, &certificate, &context).await {
        Answer::Whole(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            return Ok(response.map(|_| OutBody::Whole(None)));
        }
        Answer::Whole(response) => whole(response, gzip, pretty),
        Answer::Live(head, live) => {
            if let Some(relayed) = head.extensions().get::<api::Relayed>() {
                let response =
                    relayed::answer(live, relayed, bare, &context.cluster, on_upgrade).await;
                let response = response.unwrap_or_else(|status| refusal(&status));
                let count = match relayed.plain {
                    true => metrics::count_elsewhere,
                    false => metrics::count,
                };
                count(&info, response.status().as_u16(), begin.elapsed());
                return Ok(response);
            }
            let watch = info.verb == "watch";
            let end = watch.then(|| watch_time(timeout, wall_time().since(Timestamp::default())));
            head.map(|_| OutBody::Live(Box::new(LiveBody::new(live, end, &context.cluster))))
        }
        Answer::Unauthorized => refusal(&Status::unauthorized("Unauthorized")),
        Answer::Refused => refusal(&Status::failure(
            503,
            "ServiceUnavailable",
            "the API server of this cluster is stopped",
        )),
    };
    if matches!(response.body(), OutBody::Live(_)) {
        // Logs are text, whatever was asked for.
        let text = info.verb != "watch";
        let kind = if text {
            "text/plain"
        } else {
            "application/json"
        };
        let kind = HeaderValue::from_static(kind);
        let headers = response.headers_mut();
        if text {
            headers.insert(CONTENT_TYPE, kind);
        } else {
            headers.entry(CONTENT_TYPE).or_insert(kind);
        }
    }
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache, private"));
    let elsewhere = response.extensions().get::<api::Relayed>().is_some();
    let count = match elsewhere {
        true => metrics::count_elsewhere,
        false => metrics::count,
    };
    count(&info, response.status().as_u16(), begin.elapsed());
    Ok(response)
}

/// Asks the cluster; what is wrong with the message itself is answered here.
async fn forward(
    request: Request<Incoming>,
    info: &RequestInfo,
    certificate: &Option<Option<UserInfo>>,
    context: &Context,
) -> Answer {
    let sender = context.authenticator.sender(certificate, request.headers());
    let (user, token) = match sender {
        Sender::User(user) => (Some(user), None),
        Sender::Token(token) => (None, Some(token)),
        Sender::Unauthorized => return Answer::Unauthorized,
    };
    if upgrade::is_wanted(info) {
        return Upgrade::new(request, info, user, token, &context.cluster)
            .answer()
            .await;
    }
    let (mut parts, body) = request.into_parts();
    if let Some(user) = user {
        parts.extensions.insert(user);
    }
    parts.headers.remove(AUTHORIZATION);
    let handed_on = is_handed_on(info);
    let proxied = info.subresource == "proxy";
    let bodiless = !handed_on && matches!(parts.method, Method::GET | Method::HEAD);
    let body = match read_body(bodiless, &parts.headers, body).await {
        Ok(body) => body,
        Err(status) => return Answer::Whole(status.into_response()),
    };
    let body = match handed_on {
        true if proxied => body,
        true => both_forms(&mut parts, body),
        false => match from_protobuf(&mut parts.headers, body) {
            Ok(body) => body,
            Err(status) => return Answer::Whole(status.into_response()),
        },
    };
    context
        .cluster
        .send(api::Request::from_parts(parts, body), token)
        .await
}

/// Whether a request may go to another server, so that its body is left as it is, whatever its method: behind a proxy, or of a group
/// and version that are not built in.
fn is_handed_on(info: &RequestInfo) -> bool {
    let version = info.version.as_str();
    let mut known = GROUPS.iter();
    let mut built_in = || known.any(|(g, all)| info.group == **g && all.contains(&version));
    info.subresource == "proxy" || info.is_resource && !built_in()
}

async fn read_body(
    bodiless: bool,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<api::Body, Status> {
    if bodiless {
        return Ok(api::Body::Empty);
    }
    let too_large = || Status::request_entity_too_large(format!("limit is {MAX_BODY}"));
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|n| n > MAX_BODY as u64) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY).collect());
    match read.await {
        Ok(Ok(collected)) => match collected.to_bytes() {
            bytes if bytes.is_empty() => Ok(api::Body::Empty),
            bytes => Ok(api::Body::Bytes(bytes.into())),
        },
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err(Status::bad_request(format!(
            "the body of the request could not be read: {error}"
        ))),
        Err(_) => Err(Status::failure(
            408,
            "Timeout",
            "the body of the request did not arrive in time",
        )),
    }
}

/// A body in protobuf form as a tree; any other one as it came.
fn from_protobuf(headers: &mut HeaderMap, body: api::Body) -> Result<api::Body, Status> {
    let api::Body::Bytes(bytes) = &body else {
        return Ok(body);
    };
    if headers
        .get(CONTENT_TYPE)
        .is_none_or(|v| v != protobuf::MEDIA_TYPE)
    {
        return Ok(body);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    protobuf::decode(bytes)
        .map(|tree| tree.map_or(api::Body::Empty, api::Body::Tree))
        .map_err(Status::bad_request)
}

/// A body in protobuf form as a tree, where it is one of this server's (`DeleteOptions` for a custom resource), beside the same as it
/// was sent, which other servers get; any other one as it came.
fn both_forms(parts: &mut http::request::Parts, body: api::Body) -> api::Body {
    let (api::Body::Bytes(bytes), Some(kind)) = (&body, parts.headers.get(CONTENT_TYPE)) else {
        return body;
    };
    if kind != protobuf::MEDIA_TYPE {
        return body;
    }
    let Ok(Some(tree)) = protobuf::decode(bytes) else {
        return body;
    };
    parts.extensions.insert(AsSent(kind.clone(), bytes.clone()));
    let json = HeaderValue::from_static("application/json");
    parts.headers.insert(CONTENT_TYPE, json);
    api::Body::Tree(tree)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.split(',')
                .any(|c| c.trim().split(';').next() == Some("gzip"))
        })
}

/// Whether people read the answer (`isPrettyPrint`).
fn is_pretty(query: &Query, headers: &HeaderMap) -> bool {
    if query.has("pretty") {
        return query.flag("pretty");
    }
    let agent = headers.get(http::header::USER_AGENT);
    let agent = agent.and_then(|v| v.to_str().ok()).unwrap_or_default();
    ["curl", "Wget", "Mozilla/5.0"]
        .iter()
        .any(|a| agent.starts_with(a))
}

fn refusal(status: &Status) -> Response<OutBody> {
    whole(status.clone().into_response(), false, false)
}

/// An answer of one piece.
fn whole(response: api::Response, gzip: bool, pretty: bool) -> Response<OutBody> {
    let (mut parts, body) = response.into_parts();
    if let api::Body::Tree(status) = &body
        && let Some(seconds) = status.at(&["details", "retryAfterSeconds"]).as_i64()
    {
        parts.headers.insert(RETRY_AFTER, seconds.into());
    }
    let yaml = parts
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|v| v == "application/yaml");
    let mut bytes = match body {
        api::Body::Tree(value) if yaml => to_yaml(&wire::list_on_wire(value)).into_bytes(),
        api::Body::Tree(value) if pretty => {
            let mut text = wire::list_on_wire(value).to_json_pretty();
            text.push('\n');
            text.into_bytes()
        }
        other => wire::body_bytes(other),
    };
    parts
        .headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    if gzip && bytes.len() >= GZIP_FROM {
        let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
        // A vector takes everything.
        if encoder.write_all(&bytes).is_ok()
            && let Ok(compressed) = encoder.finish()
        {
            bytes = compressed;
            let gzip = HeaderValue::from_static("gzip");
            parts.headers.insert(CONTENT_ENCODING, gzip);
            parts
                .headers
                .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
    }
    Response::from_parts(parts, OutBody::Whole(Some(Bytes::from(bytes))))
}

/// How long a watch lives.
fn watch_time(asked: i64, begin: Duration) -> Duration {
    match u64::try_from(asked) {
        Ok(0) | Err(_) => {
            // Spread by when it began, so that watches that began together do not end together.
            let spread = u64::from(begin.subsec_micros()) % WATCH_TIME;
            Duration::from_secs(WATCH_TIME + spread)
        }
        Ok(seconds) => Duration::from_secs(seconds),
    }
}

/// A body that is sent.
pub enum OutBody {
    /// Of one piece.
    Whole(Option<Bytes>),
    /// A watch or a stream.
    Live(Box<LiveBody>),
}

/// A body that goes on until its end, its time or its reader's patience is over.
pub struct LiveBody {
    live: Live,
    end: Option<Pin<Box<Sleep>>>,
    cluster: Handle,
    over: bool,
    /// What is sent before all that comes.
    first: Option<Bytes>,
    /// Whether it is somebody else's: what breaks off is no text for people.
    relayed: bool,
    /// Events that wait until what they tell of is kept for good.
    waiting: Option<(Vec<WatchEvent>, Pin<Box<dyn Future<Output = bool> + Send>>)>,
}

impl LiveBody {
    /// One of a stream or watch that ends after `time`, if there is one.
    pub(super) fn new(live: Live, time: Option<Duration>, cluster: &Handle) -> Self {
        metrics::live(1);
        Self {
            live,
            end: time.map(|t| Box::pin(tokio::time::sleep(t))),
            cluster: cluster.clone(),
            over: false,
            first: None,
            relayed: false,
            waiting: None,
        }
    }

    /// Who reads.
    pub(super) fn reader(&self) -> ReaderId {
        self.live.reader
    }

    /// What comes next; none at the end.
    pub(super) async fn piece(&mut self) -> Option<Piece> {
        let piece = self.live.pieces.recv().await;
        if self.live.held_back.swap(false, Ordering::AcqRel) {
            self.cluster.resume(self.live.reader);
        }
        piece
    }

    /// Sends the rest of somebody else's answer, of which these bytes were read already.
    pub(super) fn begin_with(&mut self, first: Vec<u8>) {
        self.first = Some(first.into()).filter(|f: &Bytes| !f.is_empty());
        self.relayed = true;
    }

    /// Sends events once they may be seen.
    fn poll_waiting(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<Bytes>> {
        let Some((events, kept)) = &mut self.waiting else {
            return Poll::Pending;
        };
        let Poll::Ready(kept) = kept.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        let mut lines = Vec::new();
        for event in std::mem::take(events) {
            self.over |= event.kind == WatchType::Error;
            lines.extend(wire::event_bytes(event));
        }
        self.waiting = None;
        if !kept {
            self.over = true;
            return Poll::Ready(None);
        }
        Poll::Ready(Some(lines.into()))
    }

    fn poll_bytes(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<std::io::Result<Bytes>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if let Some(end) = &mut self.end
            && end.as_mut().poll(cx).is_ready()
        {
            self.over = true;
            return Poll::Ready(None);
        }
        if self.waiting.is_some() {
            return self.poll_waiting(cx).map(|bytes| bytes.map(Ok));
        }
        let Poll::Ready(piece) = self.live.pieces.poll_recv(cx) else {
            return Poll::Pending;
        };
        if self.live.held_back.swap(false, Ordering::AcqRel) {
            self.cluster.resume(self.live.reader);
        }
        Poll::Ready(match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes.into())),
            Some(Piece::Events(events, revision)) => {
                let kept = self.cluster.kept().clone();
                let kept = Box::pin(async move { kept.reached(revision).await });
                self.waiting = Some((events, kept));
                return self.poll_waiting(cx).map(|bytes| bytes.map(Ok));
            }
            Some(Piece::Failed(why)) => {
                self.over = true;
                Some(match self.relayed {
                    true => Err(std::io::Error::other(why)),
                    false => Ok(format!("{why}\n").into()),
                })
            }
            None => {
                self.over = true;
                None
            }
        })
    }
}

impl Drop for LiveBody {
    fn drop(&mut self) {
        metrics::live(-1);
        self.cluster.close(self.live.reader);
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            OutBody::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            OutBody::Live(live) => live
                .poll_bytes(cx)
                .map(|bytes| bytes.map(|b| b.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, OutBody::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            OutBody::Whole(Some(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            OutBody::Whole(None) => SizeHint::with_exact(0),
            OutBody::Live(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_go_to_another_server_is_read_and_kept_as_it_was_sent() {
        // DeleteOptions of v1 with a grace period of five seconds.
        let mut sent = b"k8s\0\x0a\x13\x0a\x02v1\x12\x0dDeleteOptions\x12\x02\x08\x05".to_vec();
        let path = "/apis/wardle.example.com/v1/namespaces/a/flunders/x";
        let info = RequestInfo::new(&Method::DELETE, path, &Query::default());
        assert!(is_handed_on(&info));
        let ask = |body: &[u8]| {
            let request = Request::delete(path)
                .header(CONTENT_TYPE, protobuf::MEDIA_TYPE)
                .body(());
            let (mut parts, ()) = request.expect("a request").into_parts();
            let body = both_forms(&mut parts, api::Body::Bytes(body.to_vec()));
            (parts, body)
        };
        let (parts, body) = ask(&sent);
        assert!(
            matches!(body, api::Body::Tree(t) if t.get("gracePeriodSeconds").as_i64() == Some(5))
        );
        assert_eq!(parts.headers[CONTENT_TYPE], "application/json");
        let kept = parts.extensions.get::<AsSent>().expect("what was sent");
        assert_eq!(
            (&kept.0, &kept.1),
            (&HeaderValue::from_static(protobuf::MEDIA_TYPE), &sent)
        );
        // What only the other server knows.
        sent[9] = b'9';
        let (parts, body) = ask(&sent);
        assert!(matches!(body, api::Body::Bytes(b) if b == sent));
        assert_eq!(parts.headers[CONTENT_TYPE], protobuf::MEDIA_TYPE);
        assert!(parts.extensions.get::<AsSent>().is_none());
    }
}
