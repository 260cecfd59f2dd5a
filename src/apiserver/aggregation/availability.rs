//! Whether an APIService is available, as its condition says (`kube-aggregator/pkg/controllers/status`).

use super::{ApiServer, GROUP, Look, Remote, Seen, Sight, Target};
use crate::apimachinery::http::{Body, Cause, ReaderId, ResourceRequest, UserInfo};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::tree;
use std::sync::Arc;
use std::time::Duration;

/// How often a server that answers is looked at again.
const EVERY: Duration = Duration::from_secs(30);
/// After how long one is looked at again that did not answer, at first; twice as long each time.
const AGAIN: Duration = Duration::from_millis(5);
/// How long a write waits that was refused.
const REFUSED: Duration = Duration::from_secs(1);
/// Nobody watches in this name.
const NOBODY: ReaderId = ReaderId(0);

/// A condition: status, reason and message.
type Condition = (&'static str, &'static str, String);

impl ApiServer {
    /// Whether [`ApiServer::tend_api_services`] has something to do at once.
    pub fn neglects_api_services(&self) -> bool {
        self.aggregation.dirty
    }

    /// Makes APIServices of custom resources and tells of each whether it is available. When to come again.
    pub fn tend_api_services(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.aggregation.dirty = false;
        self.time = now;
        let own = self.swap_rng();
        let mut done = match std::mem::take(&mut self.aggregation.unregistered) {
            true => self.register_customs(),
            false => Ok(()),
        };
        let mut next: Option<Timestamp> = None;
        let services = self.api_services();
        let known = |name: &String| {
            services
                .iter()
                .any(|s| s.remote.is_some() && s.name == *name)
        };
        self.aggregation.seen.retain(|name, _| known(name));
        for service in services.iter() {
            let condition = match &service.remote {
                None => (
                    "True",
                    "Local",
                    "Local APIServices are always available".to_owned(),
                ),
                Some(remote) => {
                    let found = self.judge(
                        &service.name,
                        (&service.group, &service.version),
                        remote,
                        now,
                    );
                    let seen = self.aggregation.seen.get(&service.name);
                    let again = seen.filter(|s| !s.pending && s.next > now).map(|s| s.next);
                    next = [next, again].into_iter().flatten().min();
                    match found {
                        Some(condition) => condition,
                        None => continue,
                    }
                }
            };
            done = self.set_available(&service.name, condition, now).and(done);
        }
        self.swap_rng_back(own);
        // What it wrote itself needs no second look, but for what could not be written.
        self.aggregation.dirty = false;
        self.aggregation.unregistered = done.is_err();
        match done {
            Ok(()) => next,
            Err(_) => Some(next.map_or(now + REFUSED, |n| n.min(now + REFUSED))),
        }
    }

    /// The condition of an APIService whose server is elsewhere; none where that is being found out.
    fn judge(
        &mut self,
        name: &str,
        version: (&str, &str),
        remote: &Remote,
        now: Timestamp,
    ) -> Option<Condition> {
        self.aggregation.seen.entry(name.to_owned()).or_default();
        if let Err((reason, message)) = self.has_endpoints(remote) {
            // Looked at anew once it has some.
            self.aggregation
                .seen
                .insert(name.to_owned(), Seen::default());
            return Some(("False", reason, message));
        }
        let target = self.target(remote);
        let target = match target {
            Ok(target) => target,
            Err(why) => {
                // Nothing changes that by itself: what it depends on is followed.
                self.aggregation
                    .seen
                    .insert(name.to_owned(), Seen::default());
                let (group, version) = version;
                let url = format!("https://{}/apis/{group}/{version}", self.host_of(remote));
                let message = format!("failing or missing response from {url}: Get {url:?}: {why}");
                return Some(("False", "FailedDiscoveryCheck", message));
            }
        };
        let seen = self.aggregation.seen.get_mut(name)?;
        if seen.at.as_ref() != Some(&target) {
            // What was seen of it before holds until it was looked at anew.
            *seen = Seen {
                at: Some(target.clone()),
                sight: seen.sight.take(),
                ..Seen::default()
            };
        }
        if !seen.pending && seen.next <= now {
            seen.pending = true;
            self.aggregation.looks.push(Look {
                name: name.to_owned(),
                group: version.0.to_owned(),
                version: version.1.to_owned(),
                target,
            });
        }
        let sight = self.aggregation.seen.get(name)?.sight.as_ref()?;
        Some(match &sight.failed {
            None => ("True", "Passed", "all checks passed".to_owned()),
            Some(why) => ("False", "FailedDiscoveryCheck", why.clone()),
        })
    }

    /// Servers that are to be looked at, each once; what came of it is told to [`ApiServer::sighted`].
    pub fn take_looks(&mut self) -> Vec<Look> {
        std::mem::take(&mut self.aggregation.looks)
    }

    /// Takes note of what came of a look.
    pub fn sighted(&mut self, look: &Look, sight: Sight, now: Timestamp) {
        let Some(seen) = self.aggregation.seen.get_mut(&look.name) else {
            return;
        };
        // It may be somewhere else by now.
        if seen.at.as_ref() != Some(&look.target) {
            return;
        }
        seen.pending = false;
        seen.failures = match sight.failed {
            None => 0,
            Some(_) => seen.failures + 1,
        };
        let wait = match seen.failures {
            0 => EVERY,
            n => AGAIN.saturating_mul(1 << (n - 1).min(16)).min(EVERY),
        };
        seen.next = now + wait;
        seen.sight = Some(sight);
        self.aggregation.dirty = true;
    }

    /// Writes the condition, where it says something else than before (`SetAPIServiceCondition`).
    fn set_available(
        &mut self,
        name: &str,
        (status, reason, message): Condition,
        now: Timestamp,
    ) -> Result<(), Value> {
        let present = super::table().and_then(|t| {
            use crate::apiserver::storage::Storage;
            self.storage.get(t, name)
        });
        let Some(present) = present else {
            return Ok(());
        };
        let mut all = present.at(&["status", "conditions"]).items().iter();
        let as_before = all
            .find(|c| c.get("type") == &"Available")
            .is_some_and(|c| {
                let text = |field: &str| c.get(field).str();
                (text("status"), text("reason"), text("message")) == (status, reason, &message)
            });
        if as_before {
            return Ok(());
        }
        let mut object = present.clone();
        let mut condition = tree!({"type": "Available", "status": status, "reason": reason});
        condition.set("message", message);
        let conditions = object.at_mut(&["status", "conditions"]).items_mut();
        let old = conditions
            .iter_mut()
            .find(|c| c.get("type") == &"Available");
        let since = match &old {
            Some(old) if old.get("status") == &status => old.get("lastTransitionTime").clone(),
            _ => Value::from(now),
        };
        condition.set("lastTransitionTime", since);
        match old {
            Some(old) => *old = condition,
            None => conditions.push(condition),
        }
        self.write("update", "status", object)
    }

    /// Writes an APIService in the name of the server.
    pub(super) fn write(
        &mut self,
        verb: &'static str,
        subresource: &'static str,
        object: Value,
    ) -> Result<(), Value> {
        match schema::resource(GROUP, "v1", "apiservices") {
            Some(resource) => self.write_own(resource, verb, subresource, object),
            None => Ok(()),
        }
    }

    /// Writes an object in the name of the server.
    pub(in crate::apiserver) fn write_own(
        &mut self,
        resource: &'static ResourceDef,
        verb: &'static str,
        subresource: &'static str,
        object: Value,
    ) -> Result<(), Value> {
        self.write_as("kube-apiserver", resource, verb, subresource, object)
    }

    /// The same, with this user agent, by which managers of fields are called.
    pub(in crate::apiserver) fn write_as(
        &mut self,
        agent: &'static str,
        resource: &'static ResourceDef,
        verb: &'static str,
        subresource: &'static str,
        object: Value,
    ) -> Result<(), Value> {
        self.write_caused(agent, resource, verb, subresource, object, Cause(0))
    }

    /// The same, as an answer to a write.
    pub(in crate::apiserver) fn write_caused(
        &mut self,
        agent: &'static str,
        resource: &'static ResourceDef,
        verb: &'static str,
        subresource: &'static str,
        object: Value,
        cause: Cause,
    ) -> Result<(), Value> {
        let user: Arc<UserInfo> = UserInfo::new(
            "system:apiserver",
            &["system:masters", "system:authenticated"],
        )
        .into();
        let name = match verb {
            "create" => Text::EMPTY,
            _ => object.name().into(),
        };
        let request = ResourceRequest {
            verb,
            resource,
            namespace: object.namespace().into(),
            name,
            subresource,
            query: Vec::new(),
            content_type: "",
            body: match verb {
                "delete" => Body::Empty,
                _ => Body::Tree(object),
            },
            user: &user,
            agent,
            reader: NOBODY,
            latency: Duration::ZERO,
            cause,
        };
        self.ask(request, self.time).map(|_| ())
    }
}

impl Target {
    /// The URL of a path there.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host)
    }
}

/// What a look is to find out, and the words for what it did not.
impl Sight {
    /// What stands in the way of an answer.
    pub fn of_failure(why: String) -> Self {
        Sight {
            failed: Some(why),
            ..Sight::default()
        }
    }
}
