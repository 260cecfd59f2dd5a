//! Removes what is left of containers and sandboxes that nothing needs any more (pkg/kubelet/kuberuntime/kuberuntime_gc.go).

use super::Calls;
use crate::cri::CriError;
use crate::native::clock::wall_time;
use crate::native::node::{api, translate};
use std::collections::{BTreeMap, BTreeSet};

/// How long a sandbox may stand before its pod is known, in seconds.
const SETTLING: i64 = 60;

impl Calls {
    /// Looks through all that the runtime has. `pods` are the sandboxes of the pods that are known, by UID; those of which it is
    /// being decided are not given away. Of the runs of a container that ended, the last is kept, but not of the pods `over`
    /// (`DeleteAllUnusedContainers`).
    ///
    /// # Errors
    /// What the runtime said; the rest is left for the next time.
    pub async fn collect(
        &self,
        pods: &BTreeMap<String, Option<String>>,
        over: &BTreeSet<String>,
    ) -> Result<(), CriError> {
        let mine = (translate::CLUSTER.to_owned(), self.folders.cluster.clone());
        let request = api::ListContainersRequest {
            filter: Some(api::ContainerFilter {
                label_selector: [mine].into(),
            }),
        };
        let list: api::ListContainersResponse = self.runtime("ListContainers", &request).await?;
        let mut containers = list.containers;
        // The youngest first.
        containers.sort_by_key(|c| std::cmp::Reverse(c.created_at));
        let mut seen = BTreeSet::new();
        let mut occupied = BTreeSet::new();
        for c in containers {
            let uid = c
                .labels
                .get(translate::POD_UID)
                .cloned()
                .unwrap_or_default();
            let name = c.metadata.unwrap_or_default().name;
            let spare = c.state == api::CONTAINER_EXITED
                && (!seen.insert((uid.clone(), name)) || over.contains(&uid));
            // Those of pods that are gone go with their sandboxes.
            if spare && pods.contains_key(&uid) {
                tracing::info!("removing the container {}, which ended", c.id);
                self.remove(&c.id).await?;
            } else {
                occupied.insert(c.pod_sandbox_id);
            }
        }
        for sandbox in self.sandboxes().await? {
            let metadata = sandbox.metadata.clone().unwrap_or_default();
            if wall_time().secs() - sandbox.created_at / 1_000_000_000 < SETTLING {
                continue;
            }
            match pods.get(&metadata.uid) {
                None => {
                    tracing::info!("removing the sandbox of {}, which is gone", metadata.name);
                    self.remove_sandbox(&sandbox.id).await?;
                    self.forget_uid(&metadata);
                }
                // One that another took the place of, once nothing is in it.
                Some(Some(present))
                    if *present != sandbox.id
                        && sandbox.state != api::SANDBOX_READY
                        && !occupied.contains(&sandbox.id) =>
                {
                    self.remove_replaced(&sandbox.id).await?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Removes a sandbox whose pod goes on in another one.
    async fn remove_replaced(&self, sandbox: &str) -> Result<(), CriError> {
        self.state().sandboxes.remove(sandbox);
        self.remove_sandbox(sandbox).await
    }
}
