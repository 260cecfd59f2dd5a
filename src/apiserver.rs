//! The API server: one synchronous entry for every request, over a versioned store.
//!
//! A request passes authentication (its extensions say who sends it), request info, authorization, admission, decoding with strict
//! checking and defaults, the strategy of its resource, validation, and the store; the committed change goes to the watches
//! that it concerns and to the audit log. Nothing here asks a clock or another part of the cluster: what has to be carried
//! elsewhere (logs of a kubelet) is parked for the driver.

mod admission;
mod aggregation;
pub mod allocators;
pub mod audit;
mod authz;
mod bootstrap;
mod call;
mod checks;
pub mod config;
mod decode;
mod discovery;
mod flowcontrol;
mod health;
pub mod metrics;
mod negotiate;
mod owners;
pub mod printers;
pub mod query;
pub mod records;
pub mod registry;
pub mod request_info;
mod selection;
mod service_addresses;
pub mod storage;
pub mod streams;
mod watch;
pub mod wire;

use crate::collections::{Arrange, SortedSet};
pub use admission::{ACCOUNT_ATTEMPTS, ACCOUNT_RETRY, awaits_account, is_restricted_label};
pub use admission::{Answered, Awaits, Replay, WebhookCall, awaits_webhooks};
pub use aggregation::listing::version_of;
pub use aggregation::{AsSent, Look, Sight, Target, name_user};
pub use audit::{AuditEvent, AuditLog, ObjectRef};
pub use config::{ApiServerConfig, Authorization, FeatureGate, FrontProxy, Plugin};
pub use registry::proxy::{internal_ip, is_global_unicast, kubelet_port};
pub use streams::{NodeCall, NodeRequest, Proof, Relay};

use crate::api::certificates::CertificateSigner;
use crate::api::folders::NodeFolders;
use crate::api::tokens::TokenSigner;
use crate::apimachinery::http::{
    Body, ReaderId, Request, ResourceRequest, Response, StreamId, Upgraded, UserInfo, WatchEvent,
    WatchId, WatchLatency, WithoutManagers,
};
use crate::apimachinery::schema::{ResourceDef, TypeId};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Map, Rng, Text, Timestamp, Value};
use admission::{POLICY_GROUP, Policies, Webhooks};
use aggregation::Aggregation;
use aggregation::listing::Listing;
use allocators::Allocators;
use authz::{Attributes, Authorizer, Decision};
use call::{Answer, Call};
use flowcontrol::FlowControl;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use query::Query;
use registry::Resource;
use registry::custom::{self, Customs};
use request_info::RequestInfo;
use std::collections::VecDeque;
use std::sync::Arc;
use storage::{Mvcc, Storage, Stored};
use streams::Streams;
use watch::Watches;

/// The API server as data.
#[derive(Clone)]
pub struct ApiServer {
    config: ApiServerConfig,
    rng: Rng,
    storage: Mvcc,
    watches: Watches,
    streams: Streams,
    audit: AuditLog,
    allocators: Allocators,
    authz: Authorizer,
    customs: Customs,
    policies: Policies,
    webhooks: Webhooks,
    aggregation: Aggregation,
    flow_control: FlowControl,
    /// When the last request arrived.
    time: Timestamp,
    components: Components,
    usage: Arc<metrics::Usage>,
    /// Names that recur in the audit log, kept once.
    names: SortedSet<Text>,
    /// Events that expire, in order of time: namespace, name and revision.
    expiring: VecDeque<(Timestamp, [Text; 2], u64)>,
    /// Specs that came clean of late.
    clean: VecDeque<(TypeId, Map, bool)>,
    requests: u64,
}

impl ApiServer {
    /// An API server with an empty store. [`ApiServer::bootstrap`] makes what upstream's server makes when it starts.
    pub fn new(config: ApiServerConfig, rng: Rng) -> Self {
        ApiServer {
            storage: Mvcc::new(registry::table_count()),
            watches: Watches::default(),
            streams: Streams::default(),
            audit: AuditLog::new(config.audit),
            allocators: Allocators::new(&config),
            authz: Authorizer::new(&config.authorization),
            customs: Customs::new(config.metrics),
            policies: Policies::default(),
            webhooks: Webhooks::default(),
            aggregation: Aggregation::new(&rng),
            flow_control: FlowControl::default(),
            time: Timestamp::default(),
            components: Components::default(),
            usage: Arc::default(),
            names: SortedSet::new(),
            expiring: VecDeque::new(),
            clean: VecDeque::new(),
            requests: 0,
            config,
            rng,
        }
    }

    /// Answers a request. `UserInfo`, `Cause`, `ReaderId` and `WatchLatency` are read from its extensions.
    ///
    /// Bodies come as bytes or as trees; answers are trees, or name a watch or stream. [`wire`] writes them as bytes.
    pub fn handle(&mut self, request: Request, now: Timestamp) -> Response {
        self.expire_events(now);
        self.time = now;
        let (mut parts, body) = request.into_parts();
        let replay = parts.extensions.remove::<Replay>();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let info = RequestInfo::new(&parts.method, parts.uri.path(), &query);
        let user = call::user_of(&mut parts);
        let user = match self.admit_user(user, &parts, &info, &query) {
            Ok(user) => user,
            Err(status) => return status.into_response(),
        };
        if let Some(service) = self.served_elsewhere(&info.path) {
            return self.hand_on(&service, parts, body, &user);
        }
        let header = |name| {
            parts
                .headers
                .get(name)
                .and_then(|v: &http::HeaderValue| v.to_str().ok())
                .unwrap_or_default()
        };
        let resource = if info.is_resource {
            self.resource(&info.group, &info.version, &info.resource)
        } else {
            None
        };
        // What is behind a proxy may have paths of any form.
        let own = info.path.split("/proxy/").next().unwrap_or_default();
        if own.contains("//") {
            return Status::no_such_resource().into_response();
        }
        let Some(resource) = resource else {
            let accept = header(ACCEPT);
            let more = self.config.routes.filter(|_| info.verb == "get");
            let services = self.api_services();
            let listing = Listing::new(&self.customs, services, &self.aggregation);
            return more
                .filter(|_| !info.is_resource)
                .and_then(|routes| routes(&info.path, accept, &self.customs))
                .map(|found| match info.path.trim_end_matches('/') {
                    "/openapi/v3" => listing.with_documents(found),
                    _ => found,
                })
                .unwrap_or_else(|| discovery::handle(&info, &query, accept, &listing));
        };
        let negotiated = match negotiate::negotiate(header(ACCEPT)) {
            Ok(n) => n,
            // What is handed on is not the server's to write.
            Err(_) if info.subresource == "proxy" => negotiate::Negotiated::default(),
            Err(status) => return status.into_response(),
        };
        let mut call = Call {
            now,
            query,
            resource,
            user: user.into(),
            agent: header(USER_AGENT).into(),
            cause: call::cause_of(&parts),
            reader: parts.extensions.get::<ReaderId>().copied(),
            latency: parts.extensions.get::<WatchLatency>().map(|l| l.0),
            content_type: header(CONTENT_TYPE)
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .into(),
            negotiated,
            plain: parts.extensions.get::<WithoutManagers>().is_some(),
            upgraded: parts.extensions.get::<Upgraded>().is_some(),
            sent: None,
            tracked: None,
            dry_run: false,
            warnings: Vec::new(),
            annotations: Vec::new(),
            known: Vec::new(),
            answers: Vec::new(),
            answered: 0,
            awaited: Vec::new(),
            passes_webhooks: false,
            delete_options: Value::object(),
            clean_spec: None,
            info,
        };
        call.sent = (call.info.subresource == "proxy").then(|| Box::new(parts));
        let (result, awaits) = self.serve_replayed(&mut call, body, replay);
        let mut response = call::respond(result, &call.warnings, negotiated.media_type);
        if let Some(awaits) = awaits {
            response.extensions_mut().insert(awaits);
        }
        response
    }

    /// Answers a request of a part of the same process: the object, list or watch, or the `Status` that refuses it.
    pub fn ask(&mut self, request: ResourceRequest<'_>, now: Timestamp) -> Result<Body, Value> {
        self.expire_events(now);
        self.time = now;
        let info = RequestInfo::of(&request);
        let query = Query::of(request.query);
        self.may(request.user, &info, &query)?;
        let def = request.resource;
        let resource = self
            .resource(def.group, def.version, def.resource)
            .ok_or_else(Status::no_such_resource)?;
        let mut call = Call {
            now,
            info,
            query,
            resource,
            user: request.user.clone(),
            agent: Text::from_static(request.agent),
            cause: Some(request.cause.0).filter(|c| *c > 0),
            reader: Some(request.reader),
            latency: Some(request.latency),
            content_type: Text::from_static(request.content_type),
            negotiated: negotiate::Negotiated::default(),
            plain: true,
            upgraded: false,
            sent: None,
            tracked: None,
            dry_run: false,
            warnings: Vec::new(),
            annotations: Vec::new(),
            known: Vec::new(),
            answers: Vec::new(),
            answered: 0,
            awaited: Vec::new(),
            passes_webhooks: self.passes_webhooks(request.user, def, request.subresource),
            delete_options: Value::object(),
            clean_spec: None,
        };
        let (result, _) = self.serve_replayed(&mut call, request.body, None);
        Ok(match result? {
            Answer::Object(_, value) => Body::Tree(value),
            Answer::Watch(id) => Body::Watch(id),
            Answer::Stream(id) | Answer::Relayed(id, _) => Body::Stream(id),
        })
    }

    /// As whom a request is served: the sender or whom it impersonates, if that user may do what it asks for.
    fn admit_user(
        &mut self,
        sender: UserInfo,
        parts: &http::request::Parts,
        info: &RequestInfo,
        query: &Query,
    ) -> Result<UserInfo, Status> {
        let user = self.impersonate(sender, &parts.headers, parts.uri.path())?;
        self.may(&user, info, query)?;
        Ok(user)
    }

    fn may(&mut self, user: &UserInfo, info: &RequestInfo, query: &Query) -> Result<(), Status> {
        let attributes = Attributes::of_request(info, query);
        match self.authz.authorize(&self.storage, user, &attributes) {
            Decision::Allow(_) => Ok(()),
            Decision::NoOpinion(reason) => Err(attributes.forbidden(user, &reason)),
        }
    }

    /// Says which other components of the control plane answer at their health endpoints.
    pub fn set_components(&mut self, components: Components) {
        self.components = components;
    }

    fn serve(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        self.requests += 1;
        if matches!(&body, Body::Bytes(b) if b.len() > self.config.max_body) {
            return Err(Status::request_entity_too_large(format!(
                "limit is {}",
                self.config.max_body
            )));
        }
        let resource = call.resource;
        if !resource.def.namespaced && !call.info.namespace.is_empty() {
            return Err(Status::no_such_resource());
        }
        if let Some(custom) = &resource.custom {
            custom.check_conversion(resource)?;
        }
        if !call.info.subresource.is_empty() {
            return self.serve_subresource(call, body);
        }
        let verb = call.verb();
        let needs_namespace = matches!(verb, "get" | "create" | "update" | "patch" | "delete")
            && resource.def.namespaced;
        if needs_namespace && call.info.namespace.is_empty() {
            // There is no such path, except for the collection's own methods.
            return Err(if call.info.name.is_empty() {
                method_not_allowed()
            } else {
                Status::no_such_resource()
            });
        }
        if !resource.def.verbs.contains(&verb) {
            return Err(method_not_allowed());
        }
        if let Some(warning) = deprecation(resource.def) {
            call.warn(warning);
        }
        if let Some(custom) = &resource.custom
            && let Some(warning) = custom.deprecation(resource.def)
        {
            call.warn(warning);
        }
        if resource.def.group == metrics::GROUP {
            return self.serve_metrics(call);
        }
        match verb {
            "get" => self.get_object(call),
            "list" => self.list_objects(call),
            "watch" => self.open_watch(call),
            "create" if call.info.name.is_empty() => self.create_object(call, body),
            "update" if !call.info.name.is_empty() => self.update_object(call, body),
            "patch" if !call.info.name.is_empty() => self.patch_object(call, body),
            "delete" => self.delete_object(call, body),
            "deletecollection" => self.delete_collection(call, body),
            _ => Err(method_not_allowed()),
        }
    }

    /// The next event of a watch that has reached its reader by `now`.
    pub fn poll_watch(&mut self, id: WatchId, now: Timestamp) -> Option<WatchEvent> {
        self.watches.poll(id, now)
    }

    /// Tells a watch that asked for bookmarks up to which revision it has seen everything, once all else was read.
    pub fn bookmark_watch(&mut self, id: WatchId, now: Timestamp) {
        self.watches.bookmark(id, self.storage.revision(), now);
    }

    /// The watches of a reader that have something to read.
    pub fn news(&self, reader: ReaderId) -> &[WatchId] {
        self.watches.news(reader)
    }

    /// Ends a watch.
    pub fn close_watch(&mut self, id: WatchId) {
        self.watches.close(id);
    }

    /// Breaks the watches of the readers that `pick` names: what they have not read is dropped, and an error is all that
    /// they read any more.
    pub fn break_watches(&mut self, pick: &mut dyn FnMut(ReaderId) -> bool, now: Timestamp) {
        self.watches.break_off(pick, now);
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.watches.len()
    }

    /// What signs certificates, for the controllers.
    pub fn certificate_signer(&self) -> Option<Arc<dyn CertificateSigner>> {
        self.config.certificate_signer.clone()
    }

    /// What signs tokens, for the controllers.
    pub fn token_signer(&self) -> Option<Arc<dyn TokenSigner>> {
        self.config.token_signer.clone()
    }

    /// What makes folders on nodes whose machines are not the cluster's, for the controllers.
    pub fn node_folders(&self) -> Option<Arc<dyn NodeFolders>> {
        self.config.node_folders.clone()
    }

    /// The next bytes of a stream; `Ok(None)` where there are none now, `Err` at its end.
    pub fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        self.streams.poll(id)
    }

    /// Ends a stream from the reader's side.
    pub fn close_stream(&mut self, id: StreamId) {
        self.streams.close(id);
    }

    /// Readers whose watches or streams have something to read since they were last told, each once.
    pub fn take_woken(&mut self, now: Timestamp) -> Vec<ReaderId> {
        let mut woken = self.watches.take_woken(now);
        woken.extend(self.streams.take_woken());
        woken.arrange();
        woken.dedup();
        woken
    }

    /// When the next watch event becomes deliverable that its reader was not told of.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.watches.next_wakeup()
    }

    /// Requests that have to be carried to kubelets.
    pub fn take_node_requests(&mut self) -> Vec<NodeRequest> {
        self.streams.take_requests()
    }

    /// Whether somebody still reads a stream.
    pub fn has_stream(&self, id: StreamId) -> bool {
        self.streams.is_open(id)
    }

    /// How many pieces of a stream its reader has still to take.
    pub fn unread_of_stream(&self, id: StreamId) -> usize {
        self.streams.unread(id)
    }

    /// Bytes that a kubelet sends on a stream.
    pub fn push_stream(&mut self, id: StreamId, bytes: Vec<u8>) {
        self.streams.push(id, bytes);
    }

    /// The end of a stream; the error's text is shown to the reader.
    pub fn end_stream(&mut self, id: StreamId, result: Result<(), String>) {
        self.streams.end(id, result);
    }

    /// Who made which write.
    pub fn audit(&self) -> &AuditLog {
        &self.audit
    }

    /// How many requests about resources it served: a measure of its work that needs no clock.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How many pods the Node authorizer looked at.
    pub fn looked_at(&self) -> u64 {
        self.authz.looked_at()
    }

    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.storage.revision()
    }

    /// Forgets history up to a revision; watches and lists from there on answer 410.
    pub fn compact(&mut self, revision: u64) {
        self.storage.compact(revision);
    }

    /// A stored object, for the driver's own views.
    pub fn peek(&self, def: &ResourceDef, namespace: &str, name: &str) -> Option<&Value> {
        let r = self.resource(def.group, def.version, def.resource)?;
        self.storage.get(r.table, &r.key(namespace, name))
    }

    /// All stored objects of a resource, for the driver's own views.
    pub fn peek_all<'a>(&'a self, def: &ResourceDef) -> Box<dyn Iterator<Item = &'a Value> + 'a> {
        match self.resource(def.group, def.version, def.resource) {
            Some(r) => Box::new(self.storage.list(r.table, "", "").map(|(_, v)| v)),
            None => Box::new(std::iter::empty()),
        }
    }

    fn intern(&mut self, name: &str) -> Text {
        if let Some(text) = self.names.get(name) {
            return text.clone();
        }
        let text = Text::from(name);
        if self.names.len() < 4096 {
            self.names.insert(text.clone());
        }
        text
    }

    /// The same of a text, which may be shared by all already.
    fn intern_text(&mut self, text: &Text) -> Text {
        match text {
            Text::Static(_) => text.clone(),
            Text::Shared(name) => self.intern(name),
        }
    }

    /// Commits a write: store, watches, audit log.
    fn commit(
        &mut self,
        call: &Call,
        resource: &Resource,
        key: &str,
        write: Write,
    ) -> Result<Value, Status> {
        let now = self.time;
        let stored = |object: Value| {
            let old = self.storage.get(resource.table, key);
            let old = old.unwrap_or(&Value::Null);
            let owners = self.owners_after(call, resource, key, old, &object);
            Stored { object, owners }
        };
        let change = match write {
            Write::Create(object) => {
                let object = stored(object);
                self.storage.create(resource.table, key, object, now)
            }
            Write::Update(object) => {
                let object = stored(object);
                self.storage.update(resource.table, key, object, now)
            }
            Write::Delete(last) => self.storage.delete(resource.table, key, last, now),
        };
        let change = match change {
            Ok(change) => change,
            Err(storage::StorageError::Exists) => {
                let name = key.rsplit('/').next().unwrap_or_default();
                let (group, plural) = (resource.def.group, resource.def.resource);
                return Err(Status::already_exists(group, plural, name));
            }
            Err(_) => return Err(resource.not_found(key.rsplit('/').next().unwrap_or_default())),
        };
        self.watches.publish(change);
        if resource.def.group == authz::rbac::GROUP {
            self.authz.invalidate();
        }
        if resource.def.group == POLICY_GROUP {
            self.policies.invalidate();
            self.webhooks.invalidate();
        }
        let object = change
            .object
            .as_ref()
            .or(change.last.as_ref())
            .cloned()
            .unwrap_or_default();
        let (revision, goes) = (change.revision, change.object.is_none());
        self.aggregation.follow(resource);
        self.flow_control.follow(resource, now);
        if resource.def.resource == "events" && change.object.is_some() {
            let end = now + self.config.event_ttl;
            let name = ["namespace", "name"].map(|f| text_of(object.meta().get(f)));
            // It grows by a part of itself: there are several of a pod.
            let kept = self.expiring.len();
            if kept == self.expiring.capacity() {
                self.expiring.reserve_exact(64 + kept / 8);
            }
            self.expiring.push_back((end, name, revision));
        }
        self.follow_addresses(resource, &object, goes);
        if resource.is(custom::GROUP, custom::DEFINITIONS) {
            let definition = if goes { &Value::Null } else { &object };
            self.follow_definition(object.name(), definition);
        }
        self.record(call, resource, &object, revision);
        if revision % 64 == 0 {
            self.storage
                .bound_history(self.config.history, self.config.history_age, now);
        }
        Ok(object)
    }

    /// Takes out events whose time is up; one that was written again since lives on from then.
    fn expire_events(&mut self, now: Timestamp) {
        while self.expiring.front().is_some_and(|(end, ..)| *end <= now) {
            let (Some((_, [namespace, name], revision)), Some(events)) = (
                self.expiring.pop_front(),
                registry::lookup("", "v1", "events"),
            ) else {
                return;
            };
            let key = events.key(&namespace, &name);
            let latest = self
                .storage
                .get(events.table, &key)
                .is_some_and(|e| e.resource_version() == revision.to_string());
            if latest && let Ok(change) = self.storage.delete(events.table, &key, None, now) {
                self.watches.publish(change);
            }
        }
    }

    fn record(&mut self, call: &Call, resource: &Resource, object: &Value, revision: u64) {
        let text = text_of;
        let meta = object.meta();
        let own = resource.table == call.resource.table;
        let object = ObjectRef {
            group: resource.def.group,
            version: resource.def.version,
            resource: resource.def.resource,
            subresource: if own {
                self.intern_text(&call.info.subresource)
            } else {
                Text::EMPTY
            },
            namespace: text(meta.get("namespace")),
            name: text(meta.get("name")),
            uid: text(meta.get("uid")),
        };
        let event = AuditEvent {
            revision,
            time: self.time,
            user: self.intern(&call.user.name),
            user_agent: self.intern_text(&call.agent),
            verb: if own { call.verb() } else { "update" },
            object,
            cause: call.cause,
            annotations: call.annotations.clone(),
        };
        self.audit.push(event);
    }
}

/// Which other components of the control plane answer at their health endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// `https://127.0.0.1:10257/healthz`.
    pub controller_manager: bool,
    /// `https://127.0.0.1:10259/healthz`.
    pub scheduler: bool,
}

/// The text that a value is, shared with it.
fn text_of(v: &Value) -> Text {
    match v {
        Value::Str(s) => s.clone(),
        _ => Text::EMPTY,
    }
}

/// What a write does to the store.
enum Write {
    Create(Value),
    Update(Value),
    /// With the last state where the deletion changed it.
    Delete(Option<Value>),
}

/// The warning that every request for a deprecated kind gets.
fn deprecation(def: &ResourceDef) -> Option<&'static str> {
    match (def.group, def.resource) {
        ("", "endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        ("", "componentstatuses") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

fn method_not_allowed() -> Status {
    Status::failure(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    )
}
