//! Static pods: manifests that the node runs by itself, each shown in the API by a mirror pod (pkg/kubelet/config, pkg/kubelet/pod).

use super::worker::{PodWorker, WorkType, changing};
use super::{Kubelet, pods};
use crate::api::core_v1::Pod;
use crate::apimachinery::Value;
use crate::client::Cx;
use crate::cri::RuntimeService;
use crate::tree;
use std::time::Duration;

/// The annotation of what stands for a static pod.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
const HASH: &str = "kubernetes.io/config.hash";

impl<R: RuntimeService> Kubelet<R> {
    /// The static pod that a mirror pod stands for.
    pub(crate) fn static_owner(&self, pod: &Value) -> Option<String> {
        pod.annotation(MIRROR)
            .filter(|uid| self.workers.contains_key(*uid))
            .map(str::to_owned)
    }

    /// Begins the node's own pods, and makes the mirror pods that are missing.
    pub(crate) fn start_static_pods(&mut self, cx: &mut Cx<'_>) {
        for mut manifest in std::mem::take(&mut self.config.static_pods) {
            let uid = cx.rng.uuid().replace('-', "");
            let name = format!("{}-{}", manifest.name(), self.config.node_name);
            manifest.set_at(&["metadata", "name"], name);
            manifest.set_at(&["metadata", "uid"], &uid);
            manifest.set_annotation(HASH, &uid);
            manifest.set_annotation("kubernetes.io/config.seen", &cx.now.to_rfc3339_micros());
            manifest.set_annotation("kubernetes.io/config.source", "file");
            manifest.set_at(&["spec", "nodeName"], &self.config.node_name);
            manifest.set_at(&["spec", "enableServiceLinks"], false);
            let worker = PodWorker::new(Pod::from(manifest), true, cx.now);
            self.workers.insert(uid.clone(), worker);
            self.dirty.insert(uid);
        }
    }

    /// Makes the mirror pod of a static pod where the API has none.
    pub(crate) fn ensure_mirror(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        if !w.is_static || w.mirror.is_some() || w.work != WorkType::Sync {
            return;
        }
        let mut mirror: Value = w.pod.clone().into();
        mirror.meta_mut().remove("uid");
        mirror.set_annotation(MIRROR, uid);
        if let Ok(node) = cx.get(
            crate::apimachinery::schema::resource("", "v1", "nodes").expect("a built-in resource"),
            "",
            &self.config.node_name,
        ) {
            let owner = tree!({"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid(), "controller": true});
            mirror.set_at(&["metadata", "ownerReferences"], vec![owner]);
        }
        let namespace = mirror.namespace().to_owned();
        let made = cx.create(pods(), &namespace, mirror.clone());
        let found = match made {
            Ok(pod) => Some(pod),
            Err(e) if e.is_already_exists() => cx
                .get(pods(), &namespace, mirror.name())
                .ok()
                .filter(|p| p.annotation(MIRROR) == Some(uid)),
            Err(_) => None,
        };
        match (found, changing(&mut self.workers, uid)) {
            (Some(pod), Some(w)) => w.mirror = Some(pod),
            _ => {
                let at = cx.now + Duration::from_secs(2);
                self.wake_at(uid, at);
            }
        }
    }
}
