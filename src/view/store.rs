//! What the view knows of the API: a list and a watch per kind, kept as the shared trees the server sends.

use super::amount::pod_requests;
use crate::apimachinery::http::{ApiClient, Body, Request, UserInfo, WatchId, WatchType};
use crate::apimachinery::{Value, meta::split_key};
use crate::collections::{Key, SortedMap};
use std::collections::{BTreeMap, BTreeSet};

/// A kind the view keeps in step with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// `deployments`.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

macro_rules! kinds {
    ($($name:ident = $api:literal $kind:literal $plural:literal $namespaced:literal;)*) => {
        $(
            #[doc = concat!("`", $kind, "`.")]
            pub const $name: Kind = Kind { api_version: $api, kind: $kind, plural: $plural, namespaced: $namespaced };
        )*
        /// All kinds the view keeps in step with.
        pub const KINDS: &[Kind] = &[$($name),*];
    };
}
kinds! {
    NAMESPACE = "v1" "Namespace" "namespaces" false;
    NODE = "v1" "Node" "nodes" false;
    POD = "v1" "Pod" "pods" true;
    SERVICE = "v1" "Service" "services" true;
    REPLICATION_CONTROLLER = "v1" "ReplicationController" "replicationcontrollers" true;
    EVENT = "v1" "Event" "events" true;
    CONFIG_MAP = "v1" "ConfigMap" "configmaps" true;
    ENDPOINT_SLICE = "discovery.k8s.io/v1" "EndpointSlice" "endpointslices" true;
    DEPLOYMENT = "apps/v1" "Deployment" "deployments" true;
    REPLICA_SET = "apps/v1" "ReplicaSet" "replicasets" true;
    STATEFUL_SET = "apps/v1" "StatefulSet" "statefulsets" true;
    DAEMON_SET = "apps/v1" "DaemonSet" "daemonsets" true;
    JOB = "batch/v1" "Job" "jobs" true;
    CRON_JOB = "batch/v1" "CronJob" "cronjobs" true;
}

impl Kind {
    /// The kind of this name, if the view keeps it.
    pub fn find(api_version: &str, kind: &str) -> Option<Kind> {
        let group = |v: &str| v.rsplit_once('/').map_or("", |(g, _)| g).to_owned();
        let mut found = KINDS.iter().filter(|k| k.kind == kind);
        found
            .find(|k| api_version.is_empty() || group(k.api_version) == group(api_version))
            .copied()
    }

    fn path(self) -> String {
        match self.api_version {
            "v1" => format!("/api/v1/{}", self.plural),
            v => format!("/apis/{v}/{}", self.plural),
        }
    }
}

/// A change to one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its kind.
    pub kind: Kind,
    /// `namespace/name`, or the name alone.
    pub key: String,
    /// What it was.
    pub old: Option<Value>,
    /// What it is; none once it has gone.
    pub new: Option<Value>,
}

#[derive(Clone, Debug, Default)]
struct Reflector {
    watch: Option<WatchId>,
    objects: BTreeMap<String, Value>,
}

/// Every object of the kinds in [`KINDS`].
#[derive(Clone, Debug, Default)]
pub struct Objects {
    reflectors: SortedMap<Kind, Reflector>,
    /// Keys of pods by the node they are on.
    pods_on: SortedMap<String, BTreeSet<Key>>,
    /// What the pods on a node that have not ended ask for together: milli-CPU and bytes.
    requested: SortedMap<String, (i64, i64)>,
    /// Keys of dependants by their owner's UID and their kind.
    dependants: SortedMap<String, SortedMap<Kind, BTreeSet<Key>>>,
    revision: u64,
}

/// Who the view is to the API server.
pub const USER: &str = "kubarium-view";

fn get(path_and_query: &str) -> Request {
    let mut request = http::Request::get(path_and_query)
        .header(http::header::USER_AGENT, USER)
        .header(http::header::ACCEPT, "application/json")
        .body(Body::Empty)
        .expect("a path made of resource names is a valid URI");
    request.extensions_mut().insert(UserInfo::new(
        USER,
        &["system:masters", "system:authenticated"],
    ));
    request
        .extensions_mut()
        .insert(crate::apimachinery::http::WithoutManagers);
    request
}

/// Sends a GET and gives the answer's tree where it is a success.
pub fn fetch(api: &mut dyn ApiClient, path_and_query: &str) -> Option<Value> {
    let response = api.send(get(path_and_query));
    if !response.status().is_success() {
        return None;
    }
    match response.into_body() {
        Body::Tree(v) => Some(v),
        Body::Bytes(b) => Value::from_json(&b).ok(),
        _ => None,
    }
}

/// Sends a GET whose answer goes on, and gives its stream.
pub fn open_stream(api: &mut dyn ApiClient, path_and_query: &str) -> Result<Body, (u16, String)> {
    let response = api.send(get(path_and_query));
    let status = response.status();
    if status.is_success() {
        return Ok(response.into_body());
    }
    let message = match response.into_body() {
        Body::Tree(v) => v.get("message").str().to_owned(),
        Body::Bytes(b) => Value::from_json(&b)
            .map(|v| v.get("message").str().to_owned())
            .unwrap_or_default(),
        _ => String::new(),
    };
    Err((status.as_u16(), message))
}

impl Objects {
    /// Ends all watches.
    pub fn close(&mut self, api: &mut dyn ApiClient) {
        for reflector in self.reflectors.values_mut() {
            if let Some(watch) = reflector.watch.take() {
                api.close_watch(watch);
            }
        }
    }

    /// Takes in what the watches have brought, opening those that are not open; gives the changes in order.
    pub fn poll(&mut self, api: &mut dyn ApiClient) -> Vec<Change> {
        let mut changes = Vec::new();
        for kind in KINDS {
            self.poll_kind(*kind, api, &mut changes);
        }
        changes
    }

    fn poll_kind(&mut self, kind: Kind, api: &mut dyn ApiClient, changes: &mut Vec<Change>) {
        let open = self.reflectors.get(&kind).and_then(|r| r.watch);
        let Some(watch) = open.or_else(|| self.relist(kind, api, changes)) else {
            return;
        };
        while let Some(event) = api.poll_watch(watch) {
            match event.kind {
                WatchType::Added | WatchType::Modified => {
                    let key = event.object.key();
                    self.put(kind, key, Some(event.object), changes);
                }
                WatchType::Deleted => self.put(kind, event.object.key(), None, changes),
                WatchType::Bookmark => self.saw(&event.object),
                WatchType::Error => {
                    api.close_watch(watch);
                    if let Some(r) = self.reflectors.get_mut(&kind) {
                        r.watch = None;
                    }
                    return;
                }
            }
        }
    }

    /// Lists a kind anew and opens its watch from there; what the list lacks has gone.
    fn relist(
        &mut self,
        kind: Kind,
        api: &mut dyn ApiClient,
        changes: &mut Vec<Change>,
    ) -> Option<WatchId> {
        let list = fetch(api, &kind.path())?;
        let version = list.resource_version().to_owned();
        let mut gone: BTreeSet<String> = self
            .reflectors
            .get(&kind)
            .map(|r| r.objects.keys().cloned().collect())
            .unwrap_or_default();
        for item in list.get("items").items() {
            gone.remove(&item.key());
            self.put(kind, item.key(), Some(item.clone()), changes);
        }
        for key in gone {
            self.put(kind, key, None, changes);
        }
        let query = format!(
            "{}?watch=true&allowWatchBookmarks=true&resourceVersion={version}",
            kind.path()
        );
        let Body::Watch(id) = api.send(get(&query)).into_body() else {
            return None;
        };
        self.reflectors.entry(kind).or_default().watch = Some(id);
        Some(id)
    }

    fn saw(&mut self, object: &Value) {
        if let Ok(revision) = object.resource_version().parse() {
            self.revision = self.revision.max(revision);
        }
    }

    fn put(&mut self, kind: Kind, key: String, new: Option<Value>, changes: &mut Vec<Change>) {
        if let Some(new) = &new {
            self.saw(new);
        }
        let objects = &mut self.reflectors.entry(kind).or_default().objects;
        let old = match &new {
            Some(new) => objects.insert(key.clone(), new.clone()),
            None => objects.remove(&key),
        };
        if old.is_none() && new.is_none() {
            return;
        }
        if let (Some(a), Some(b)) = (&old, &new)
            && a.resource_version() == b.resource_version()
        {
            return;
        }
        if !old.as_ref().zip(new.as_ref()).is_some_and(indexed_alike) {
            self.index(kind, &key, old.as_ref(), false);
            self.index(kind, &key, new.as_ref(), true);
        }
        changes.push(Change {
            kind,
            key,
            old,
            new,
        });
    }

    fn index(&mut self, kind: Kind, key: &str, object: Option<&Value>, there: bool) {
        let Some(object) = object else { return };
        if kind == POD {
            let node = object.at(&["spec", "nodeName"]).str();
            let set = self.pods_on.entry(node.to_owned()).or_default();
            if there {
                set.insert(Key::from(key));
            } else {
                set.remove(key.as_bytes());
            }
            if !matches!(
                object.at(&["status", "phase"]).str(),
                "Succeeded" | "Failed"
            ) {
                let (cpu, memory) = pod_requests(object);
                let sum = self.requested.entry(node.to_owned()).or_default();
                let sign = if there { 1 } else { -1 };
                *sum = (sum.0 + sign * cpu, sum.1 + sign * memory);
            }
        }
        for owner in object.owner_references() {
            let uid = owner.get("uid").str();
            let of = self.dependants.entry(uid.to_owned()).or_default();
            let set = of.entry(kind).or_default();
            if there {
                set.insert(Key::from(key));
            } else {
                set.remove(key.as_bytes());
                if set.is_empty() {
                    of.remove(&kind);
                }
                if of.is_empty() {
                    self.dependants.remove(uid);
                }
            }
        }
    }

    /// The newest revision seen.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// One object by `namespace/name`.
    pub fn get(&self, kind: Kind, key: &str) -> Option<&Value> {
        self.reflectors.get(&kind)?.objects.get(key)
    }

    /// All objects of a kind, by key.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, &Value)> {
        self.reflectors
            .get(&kind)
            .into_iter()
            .flat_map(|r| r.objects.iter().map(|(k, v)| (k.as_str(), v)))
    }

    /// The objects of a kind in one namespace.
    pub fn in_namespace<'a>(
        &'a self,
        kind: Kind,
        namespace: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let (from, prefix) = (format!("{namespace}/"), format!("{namespace}/"));
        self.reflectors
            .get(&kind)
            .into_iter()
            .flat_map(move |r| r.objects.range(from.clone()..))
            .take_while(move |(k, _)| k.starts_with(&prefix))
            .map(|(k, v)| (k.as_str(), v))
    }

    /// The pods on a node ("" for those that have none).
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &Value> {
        self.pods_on
            .get(node)
            .into_iter()
            .flatten()
            .filter_map(|key| self.get(POD, key.as_str()))
    }

    /// What the pods on a node that have not ended ask for together: milli-CPU and bytes.
    pub fn requested_on(&self, node: &str) -> (i64, i64) {
        self.requested.get(node).copied().unwrap_or_default()
    }

    /// What names this UID as its owner.
    pub fn dependants(&self, uid: &str) -> impl Iterator<Item = (Kind, &Value)> {
        self.dependants
            .get(uid)
            .into_iter()
            .flatten()
            .flat_map(|(kind, keys)| keys.iter().map(move |key| (*kind, key)))
            .filter_map(|(kind, key)| Some((kind, self.get(kind, key.as_str())?)))
    }

    /// The pods in a namespace that a `matchLabels`-like map selects; an empty map selects none.
    pub fn selected_pods<'a>(
        &'a self,
        namespace: &str,
        selector: &'a Value,
    ) -> impl Iterator<Item = &'a Value> {
        self.in_namespace(POD, namespace)
            .map(|(_, pod)| pod)
            .filter(move |pod| selects(selector, pod))
    }
}

/// Whether two states of an object stand at the same places of the indexes.
fn indexed_alike((old, new): (&Value, &Value)) -> bool {
    let over = |o: &Value| matches!(o.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
    old.get("spec") == new.get("spec")
        && over(old) == over(new)
        && old.owner_references() == new.owner_references()
}

/// Whether a map of labels selects an object; an empty one selects nothing.
pub fn selects(selector: &Value, object: &Value) -> bool {
    let mut any = false;
    for (k, v) in selector.fields() {
        any = true;
        if object.label(k) != Some(v.str()) {
            return false;
        }
    }
    any
}

/// Splits an object's key as the API server keys it.
pub fn key_parts(key: &str) -> (&str, &str) {
    split_key(key)
}
