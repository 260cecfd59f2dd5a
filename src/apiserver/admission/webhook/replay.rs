//! How a request gets to the answers of webhooks: it is sent again with them.

use super::AWAITS;
use crate::apimachinery::http::{Body, UserInfo};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::status::Status;
use crate::apimachinery::{Rng, Text, Timestamp, Value};
use crate::apiserver::ApiServer;
use crate::apiserver::call::{Answer, Call};
use std::sync::Arc;
use std::time::Duration;

/// How often a request is sent again at most: each time brings at least one answer.
pub const MAX_REPLAYS: usize = 64;
/// How long answers are kept for a part of the cluster that does not come back for them.
const KEPT: Duration = Duration::from_secs(120);

/// A call of a webhook that has to be made.
#[derive(Clone, Debug)]
pub struct WebhookCall {
    /// What tells the webhook from all others.
    pub webhook: Arc<str>,
    /// Where the review is posted to, with the time limit that the server is told.
    pub url: String,
    /// Address and port to connect to, where that is not the URL's host.
    pub address: Option<String>,
    /// Whom its certificate has to be signed by, in PEM; whom the machine trusts where it is empty.
    pub ca: Vec<u8>,
    /// Whether the request goes on where it cannot be asked (`failurePolicy: Ignore`).
    pub ignores_failures: bool,
    /// How long it may take.
    pub timeout: Duration,
    /// The AdmissionReview; `request.uid` is the caller's to set.
    pub review: Value,
}

impl WebhookCall {
    /// Whether it asks the same of the same webhook, wherever that is.
    pub fn is(&self, other: &WebhookCall) -> bool {
        self.webhook == other.webhook && self.review == other.review
    }
}

/// A call and what came of it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The call.
    pub call: WebhookCall,
    /// The `uid` that it was sent with.
    pub uid: String,
    /// The body of the answer, or why there is none, in the words that follow `failed to call webhook: `.
    pub result: Result<Value, String>,
}

/// What a request is sent again with; a default one says that its sender makes calls. Travels in the extensions.
#[derive(Clone, Default)]
pub struct Replay {
    /// Chance and time as they were when the request came first, so that it draws the same names again.
    began: Option<(Rng, Timestamp)>,
    answers: Vec<Answered>,
    /// How often it was sent again.
    times: usize,
}

impl Replay {
    /// Whether the request was sent again too often.
    pub fn is_endless(&self) -> bool {
        self.times >= MAX_REPLAYS
    }
}

/// Says of a request that it awaits calls; travels in the extensions of its answer.
#[derive(Clone)]
pub struct Awaits {
    /// The calls.
    pub calls: Vec<WebhookCall>,
    replay: Replay,
}

impl Awaits {
    /// What to send the request again with, once the calls were made.
    pub fn answered(mut self, answers: impl IntoIterator<Item = Answered>) -> Replay {
        self.replay.answers.extend(answers);
        self.replay.times += 1;
        self.replay
    }
}

/// Requests of parts of the cluster that await calls: they come again, and are known by what they ask for.
#[derive(Clone, Default)]
pub struct Deferred {
    waiting: Vec<Waiting>,
    /// Calls that nobody makes yet, and whose they are.
    calls: Vec<(u64, WebhookCall)>,
    next: u64,
}

#[derive(Clone)]
struct Waiting {
    id: u64,
    asked: Asked,
    replay: Replay,
    /// How many calls are still to be answered.
    open: usize,
    /// When something happened to it last.
    since: Timestamp,
}

/// What tells a request from others.
#[derive(Clone, PartialEq)]
pub struct Asked {
    user: String,
    verb: &'static str,
    place: [Text; 5],
    query: Vec<(String, String)>,
    body: Option<Value>,
    bytes: Vec<u8>,
}

impl Asked {
    /// Of a call with its body.
    fn new(call: &Call, body: &Body) -> Self {
        let info = &call.info;
        Asked {
            user: call.user.name.clone(),
            verb: info.verb,
            place: [
                Text::from(call.resource.def.resource),
                call.resource.api_version.clone(),
                info.namespace.clone(),
                info.name.clone(),
                info.subresource.clone(),
            ],
            query: call.query.pairs().to_vec(),
            body: match body {
                Body::Tree(tree) => Some(tree.clone()),
                _ => None,
            },
            bytes: match body {
                Body::Bytes(bytes) => bytes.clone(),
                _ => Vec::new(),
            },
        }
    }
}

impl ApiServer {
    /// Serves a call with what webhooks have said to it so far. The second is what it awaits, for a sender that makes calls
    /// (`carried`); for any other sender calls are kept until somebody takes them ([`ApiServer::take_webhook_calls`]).
    pub(in crate::apiserver) fn serve_replayed(
        &mut self,
        call: &mut Call,
        body: Body,
        carried: Option<Replay>,
    ) -> (Result<Answer, Status>, Option<Awaits>) {
        let concerned = self.config.webhooks && is_write(call) && self.has_webhooks();
        if !concerned || call.passes_webhooks {
            return (self.serve(call, body), None);
        }
        let (replay, asked) = match carried {
            Some(replay) => (replay, None),
            None => {
                let asked = Asked::new(call, &body);
                match self.webhooks.deferred.take(&asked, call.now) {
                    Ok(replay) => (replay, Some(asked)),
                    Err(still) => return (Err(still), None),
                }
            }
        };
        let mut replay = replay;
        // A generator of its own: what it draws each time that it is sent, no other request draws.
        let began = replay.began.take();
        let (rng, now) = began.unwrap_or_else(|| (self.rng.fork(), call.now));
        replay.began = Some((rng.clone(), now));
        let own = std::mem::replace(&mut self.rng, rng);
        call.now = now;
        call.answers = replay.answers.clone();
        let result = self.serve(call, body);
        self.rng = own;
        let calls = std::mem::take(&mut call.awaited);
        if calls.is_empty() || result.is_ok() {
            return (result, None);
        }
        if replay.is_endless() {
            let text = "admission webhooks were asked too often about one request";
            return (Err(Status::internal_error(text)), None);
        }
        match asked {
            None => (result, Some(Awaits { calls, replay })),
            Some(asked) => {
                self.webhooks.deferred.keep(asked, replay, calls, self.time);
                (result, None)
            }
        }
    }

    /// Calls that requests of the cluster's own parts await: each is to be made once, and answered by its number.
    pub fn take_webhook_calls(&mut self) -> Vec<(u64, WebhookCall)> {
        std::mem::take(&mut self.webhooks.deferred.calls)
    }

    /// Whether webhooks are not asked about a request of a part of the cluster. Where calls take real time, those that cannot wait
    /// for them, or that say something else each time they are sent, go past them.
    pub(in crate::apiserver) fn passes_webhooks(
        &self,
        user: &UserInfo,
        def: &ResourceDef,
        subresource: &str,
    ) -> bool {
        let user = user.name.as_str();
        let hurried = user == "system:kube-scheduler" || user.starts_with("system:node:");
        let ever_new = subresource == "status" || matches!(def.resource, "events" | "leases");
        self.config.webhooks && (hurried || ever_new)
    }

    /// What came of such a call.
    pub fn answer_webhook(&mut self, id: u64, answer: Answered) {
        let waiting = &mut self.webhooks.deferred.waiting;
        if let Some(waiting) = waiting.iter_mut().find(|w| w.id == id) {
            waiting.replay.answers.push(answer);
            waiting.since = self.time;
            waiting.open = waiting.open.saturating_sub(1);
            waiting.replay.times += usize::from(waiting.open == 0);
        }
    }
}

impl Deferred {
    /// What an equal request has got so far; an error where it is still being asked about.
    fn take(&mut self, asked: &Asked, now: Timestamp) -> Result<Replay, Status> {
        self.waiting
            .retain(|w| w.open > 0 || now.since(w.since) < KEPT);
        let Some(at) = self.waiting.iter().position(|w| w.asked == *asked) else {
            return Ok(Replay::default());
        };
        if self.waiting[at].open > 0 {
            return Err(super::awaits());
        }
        Ok(self.waiting.remove(at).replay)
    }

    fn keep(&mut self, asked: Asked, replay: Replay, calls: Vec<WebhookCall>, now: Timestamp) {
        self.next += 1;
        let id = self.next;
        self.waiting.push(Waiting {
            id,
            asked,
            replay,
            open: calls.len(),
            since: now,
        });
        self.calls.extend(calls.into_iter().map(|call| (id, call)));
    }
}

/// Whether admission is asked about a call at all.
fn is_write(call: &Call) -> bool {
    let connects = matches!(
        call.info.subresource.as_str(),
        "exec" | "attach" | "portforward" | "proxy"
    );
    connects || !matches!(call.verb(), "get" | "list" | "watch")
}

/// Whether a Status says that its request awaits calls, and is to be sent again.
pub fn awaits_webhooks(status: &Value) -> bool {
    let causes = status.at(&["details", "causes"]).items();
    causes.iter().any(|c| c.get("reason") == AWAITS)
}
