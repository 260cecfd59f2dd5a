//! Static pods: manifests that the node runs by itself, each shown in the API by a mirror pod (pkg/kubelet/config, pkg/kubelet/pod).

use super::worker::{PodWorker, WorkType, changing};
use super::{Caller, Kubelet, pods};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value, schema};
use crate::client::{Cx, DeleteOptions};
use crate::collections::SortedSet;
use crate::cri::RuntimeService;
use crate::tree;
use md5::{Digest, Md5};
use std::time::Duration;

/// The annotation of what stands for a static pod: the UID that the pod has on its node.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
const HASH: &str = "kubernetes.io/config.hash";
const SEEN: &str = "kubernetes.io/config.seen";
const SOURCE: &str = "kubernetes.io/config.source";

/// A manifest as its node runs it (`applyDefaults` of pkg/kubelet/config/common.go). Its UID follows from what it says and the file
/// it stands in, so that another text is another pod.
pub fn static_pod(mut manifest: Value, node: &str, file: &str, now: Timestamp) -> Value {
    let mut hash = Md5::new();
    for part in [node, file, &manifest.to_json()] {
        hash.update(part);
        hash.update([0]);
    }
    let uid: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    if manifest.namespace().is_empty() {
        manifest.set_at(&["metadata", "namespace"], "default");
    }
    let name = format!("{}-{node}", manifest.name());
    manifest.set_at(&["metadata", "name"], name);
    manifest.set_at(&["metadata", "uid"], &uid);
    manifest.set_annotation(HASH, &uid);
    manifest.set_annotation(SEEN, &now.to_rfc3339_micros());
    manifest.set_annotation(SOURCE, "file");
    manifest.set_at(&["spec", "nodeName"], node);
    manifest
}

impl<R: RuntimeService> Kubelet<R> {
    /// The static pod that a mirror pod stands for. Anybody can set the annotation: it has to name a static pod of the same name.
    pub(crate) fn static_owner(&self, pod: &Value) -> Option<String> {
        let uid = pod.annotation(MIRROR)?;
        let w = self.workers.get(uid).filter(|w| w.is_static)?;
        let same = w.pod.name() == pod.name() && w.pod.namespace() == pod.namespace();
        same.then(|| uid.to_owned())
    }

    /// Begins the pods that the node is made with.
    pub(crate) fn start_static_pods(&mut self, cx: &mut Cx<'_>) {
        for manifest in std::mem::take(&mut self.config.static_pods) {
            // One draw for each, as ever: the same seed goes on giving the same history.
            cx.rng.uuid();
            let mut pod = static_pod(manifest, &self.config.node_name, "", cx.now);
            pod.set_at(&["spec", "enableServiceLinks"], false);
            self.begin_static(pod, cx.now);
        }
    }

    /// Begins a static pod; where it still ends, since its manifest was away for a moment, once nothing of it is left.
    pub(crate) fn begin_static(&mut self, pod: Value, now: Timestamp) {
        let uid = pod.uid().to_owned();
        let worker = self.workers.get(&uid);
        if worker.is_some_and(|w| w.removed) || self.is_leaving(&uid) {
            self.returning.insert(uid, pod);
            return;
        }
        if worker.is_some() {
            return;
        }
        let worker = PodWorker::new(Pod::from(pod), true, now);
        self.workers.insert(uid.clone(), worker);
        self.dirty.insert(uid);
    }

    fn is_leaving(&self, uid: &str) -> bool {
        let of = |c: &Caller| matches!(c, Caller::Leaving(u) if u == uid);
        self.calls.values().any(of)
    }

    /// Begins a static pod again of which nothing is left now, where its manifest is back.
    pub(crate) fn has_left(&mut self, uid: &str, now: Timestamp) {
        if let Some(pod) = self.returning.remove(uid) {
            self.begin_static(pod, now);
        }
    }

    /// Says which static pods there are to be ([`static_pod`]): those that are new begin, others that were there end.
    pub fn set_static_pods(&mut self, pods: Vec<Value>, now: Timestamp) {
        let wanted: SortedSet<String> = pods.iter().map(|p| p.uid().to_owned()).collect();
        self.returning.retain(|uid, _| wanted.contains(uid));
        for (uid, w) in &mut self.workers {
            if w.is_static && !w.removed && !wanted.contains(uid) {
                w.removed = true;
                w.stale = true;
                self.dirty.insert(uid.clone());
            }
        }
        for pod in pods {
            self.begin_static(pod, now);
        }
    }

    /// Whether a static pod has to wait for another one of its name, which is on its way out.
    pub(crate) fn waits_for_its_name(&self, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid).filter(|w| w.is_static) else {
            return false;
        };
        let same =
            |o: &PodWorker| o.pod.name() == w.pod.name() && o.pod.namespace() == w.pod.namespace();
        let mut others = self.workers.iter().filter(|(other, _)| *other != uid);
        others.any(|(_, o)| o.is_static && o.removed && same(o))
    }

    /// Looks again at those that may have waited for a pod of that name.
    pub(crate) fn name_is_free(&mut self, namespace: &str, name: &str) {
        let waiting = self.workers.iter().filter(|(_, w)| {
            w.is_static && !w.removed && w.pod.namespace() == namespace && w.pod.name() == name
        });
        let waiting: Vec<String> = waiting.map(|(uid, _)| uid.clone()).collect();
        self.dirty.extend(waiting);
    }

    /// Makes the mirror pod of a static pod where the API has none; one of another text goes first, and one that somebody deletes.
    pub(crate) fn ensure_mirror(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        if !w.is_static || w.work != WorkType::Sync {
            return;
        }
        if let Some(mirror) = w.mirror.clone() {
            if !mirror.is_terminating() {
                return;
            }
            self.delete_mirror(cx, &mirror);
            if let Some(w) = changing(&mut self.workers, uid) {
                w.mirror = None;
            }
        }
        match self.make_mirror(cx, uid) {
            Some(pod) => {
                if let Some(w) = changing(&mut self.workers, uid) {
                    w.mirror = Some(pod);
                }
            }
            None => {
                let at = cx.now + Duration::from_secs(2);
                self.wake_at(uid, at);
            }
        }
    }

    fn make_mirror(&mut self, cx: &mut Cx<'_>, uid: &str) -> Option<Value> {
        let mut mirror: Value = self.workers.get(uid)?.pod.clone().into();
        mirror.meta_mut().remove("uid");
        mirror.remove("status");
        mirror.set_annotation(MIRROR, uid);
        let nodes = schema::resource("", "v1", "nodes").expect("a built-in resource");
        if let Ok(node) = cx.get(nodes, "", &self.config.node_name) {
            let owner = tree!({"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid(), "controller": true});
            mirror.set_at(&["metadata", "ownerReferences"], vec![owner]);
        }
        let namespace = mirror.namespace().to_owned();
        let found = match cx.create(pods(), &namespace, mirror.clone()) {
            Ok(pod) => return Some(pod),
            Err(e) if e.is_already_exists() => cx.get(pods(), &namespace, mirror.name()).ok()?,
            Err(e) => {
                self.mirror_refused(uid, &e.to_string());
                return None;
            }
        };
        match found.annotation(MIRROR) {
            Some(of) if of == uid => Some(found),
            Some(_) => {
                self.delete_mirror(cx, &found);
                cx.create(pods(), &namespace, mirror).ok()
            }
            // A pod of that name that is no mirror stands in the way.
            None => None,
        }
    }

    /// Tells in the log why the API takes no mirror of a static pod, once for each reason.
    fn mirror_refused(&mut self, uid: &str, why: &str) {
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        if *w.mirror_refused == *why {
            return;
        }
        w.mirror_refused = why.into();
        #[cfg(not(target_arch = "wasm32"))]
        tracing::warn!(
            "the static pod {} has no mirror in the API: {why}",
            w.pod.name()
        );
    }

    /// Lets the API forget a mirror pod; whether it did.
    pub(crate) fn delete_mirror(&mut self, cx: &mut Cx<'_>, mirror: &Value) -> bool {
        let options = DeleteOptions {
            grace_period_seconds: Some(0),
            uid: Some(mirror.uid().to_owned()),
            ..DeleteOptions::default()
        };
        match cx.delete(pods(), mirror.namespace(), mirror.name(), &options) {
            Ok(_) => true,
            Err(e) => e.is_not_found() || e.is_conflict(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_pods_are_known_by_their_text() {
        let manifest = |image: &str| tree!({"metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": image}]}});
        let now = Timestamp::from_secs(0);
        let pod = static_pod(manifest("a"), "node-1", "web.yaml", now);
        assert_eq!((pod.namespace(), pod.name()), ("default", "web-node-1"));
        assert_eq!(pod.annotation(HASH), Some(pod.uid()));
        assert_eq!(pod.annotation(SOURCE), Some("file"));
        assert_eq!(pod.uid().len(), 32);
        let later = Timestamp::from_secs(9);
        let uid = |image, node, file| {
            static_pod(manifest(image), node, file, later)
                .uid()
                .to_owned()
        };
        assert_eq!(uid("a", "node-1", "web.yaml"), pod.uid());
        for other in [
            uid("b", "node-1", "web.yaml"),
            uid("a", "node-2", "web.yaml"),
            uid("a", "node-1", "other.yaml"),
        ] {
            assert_ne!(other, pod.uid());
        }
    }
}
