//! What a runtime has of a cluster from before: taken over at the start, removed at the end.

use super::{Calls, exit_of, timestamp};
use crate::apimachinery::Value;
use crate::cri::CriError;
use crate::kubelet::adopt::{FoundContainer, FoundPod};
use crate::native::node::{api, translate};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long containers may take to end when the node goes.
const LAST_GRACE: Duration = Duration::from_secs(2);

impl Calls {
    /// The sandboxes of this cluster that the runtime has.
    ///
    /// # Errors
    /// What the runtime said.
    pub async fn sandboxes(&self) -> Result<Vec<api::PodSandbox>, CriError> {
        let mine = (translate::CLUSTER.to_owned(), self.folders.cluster.clone());
        let request = api::ListPodSandboxRequest {
            filter: Some(api::PodSandboxFilter {
                label_selector: [mine].into(),
            }),
        };
        let list: api::ListPodSandboxResponse = self.runtime("ListPodSandbox", &request).await?;
        Ok(list.items)
    }

    /// Takes over what the runtime has of `pods`, by UID, from before; what belongs to none of them is removed.
    ///
    /// # Errors
    /// What the runtime said.
    pub async fn adopt(&self, pods: &BTreeMap<String, Value>) -> Result<Vec<FoundPod>, CriError> {
        let containers: api::ListContainersResponse = self
            .runtime("ListContainers", &api::ListContainersRequest::default())
            .await?;
        let mut found = Vec::new();
        let mut sandboxes = self.sandboxes().await?;
        // Where a pod has more than one, the latest counts.
        sandboxes.sort_by_key(|s| std::cmp::Reverse(s.metadata.as_ref().map_or(0, |m| m.attempt)));
        for sandbox in sandboxes {
            let metadata = sandbox.metadata.unwrap_or_default();
            let known = found.iter().any(|f: &FoundPod| f.uid == metadata.uid);
            let pod = pods.get(&metadata.uid);
            let over =
                |p: &&Value| matches!(p.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
            // That of a pod that is over is stopped, and keeps its logs.
            let usable = |p: &&Value| sandbox.state == api::SANDBOX_READY || over(p);
            let Some(pod) = pod.filter(|p| usable(p) && !known) else {
                tracing::info!("removing the sandbox of {} ({})", metadata.name, sandbox.id);
                self.remove_sandbox(&sandbox.id).await?;
                if pod.is_none() {
                    self.forget_uid(&metadata);
                }
                continue;
            };
            let inside = containers
                .containers
                .iter()
                .filter(|c| c.pod_sandbox_id == sandbox.id);
            let mut list = Vec::new();
            for c in inside {
                list.extend(self.adopt_container(pod, c).await?);
            }
            list.sort_by_key(|c| c.attempt);
            self.state()
                .stands(&sandbox.id, metadata.attempt, pod.clone());
            if sandbox.state != api::SANDBOX_READY {
                self.stop_sandbox(&sandbox.id).await?;
            }
            found.push(FoundPod {
                uid: metadata.uid,
                ip: self.address(&sandbox.id).await?,
                sandbox: sandbox.id,
                attempt: metadata.attempt,
                containers: list,
            });
        }
        self.folders.forget_others(|uid| pods.contains_key(uid));
        Ok(found)
    }

    /// Stops and removes all sandboxes of the cluster, each container with a moment to end by itself.
    pub async fn remove_all(&self) {
        let containers: Result<api::ListContainersResponse, _> = self
            .runtime("ListContainers", &api::ListContainersRequest::default())
            .await;
        let containers = containers.unwrap_or_default().containers;
        let mut tasks = tokio::task::JoinSet::new();
        for sandbox in self.sandboxes().await.unwrap_or_default() {
            let of = |c: &&api::Container| {
                c.pod_sandbox_id == sandbox.id && c.state == api::CONTAINER_RUNNING
            };
            let running: Vec<String> = containers.iter().filter(of).map(|c| c.id.clone()).collect();
            let calls = self.clone();
            tasks.spawn(async move {
                let stops = running.iter().map(|id| calls.stop(id, LAST_GRACE));
                futures_util::future::join_all(stops).await;
                let removed = calls.remove_sandbox(&sandbox.id).await;
                calls.forget_uid(&sandbox.metadata.unwrap_or_default());
                removed
            });
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok(Err(error)) = done {
                tracing::warn!("a pod cannot be removed: {error}");
            }
        }
    }

    pub(super) fn forget_uid(&self, of: &api::PodSandboxMetadata) {
        let pod = crate::tree!({"metadata": {"name": &of.name, "namespace": &of.namespace, "uid": &of.uid}});
        self.remove_pod(&pod);
    }

    async fn adopt_container(
        &self,
        pod: &Value,
        c: &api::Container,
    ) -> Result<Option<FoundContainer>, CriError> {
        let metadata = c.metadata.clone().unwrap_or_default();
        let mut known = self.describe(&c.pod_sandbox_id, pod, &metadata.name, metadata.attempt);
        let status = self.container_status(&c.id).await?;
        if !matches!(status.state, api::CONTAINER_RUNNING | api::CONTAINER_EXITED) {
            // It was made and never started.
            self.remove(&c.id).await?;
            return Ok(None);
        }
        known.awaited = status.state == api::CONTAINER_RUNNING;
        let exit = (status.state == api::CONTAINER_EXITED).then(|| exit_of(&status, &known));
        self.state().containers.insert(c.id.clone(), known);
        Ok(Some(FoundContainer {
            name: metadata.name,
            id: c.id.clone(),
            attempt: metadata.attempt,
            image: (
                status.image.map(|i| i.image).unwrap_or_default(),
                status.image_ref,
            ),
            started_at: timestamp(status.started_at),
            exit,
        }))
    }
}
