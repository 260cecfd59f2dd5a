//! What a kubelet finds of its pods after its machine was switched off and on, where all that is left of them is their status.

use super::Kubelet;
use super::resize::state::Resize;
use super::static_pods::MIRROR;
use super::status::STATUSES;
use super::worker::{ContainerState, PodWorker, Terminated};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value};
use crate::cri::RuntimeService;

impl<R: RuntimeService> Kubelet<R> {
    /// Takes over a pod that was bound to this node before. Containers that ran have ended for an unknown reason; those that had
    /// ended have ended as they did. Pods that are over, going, mirrors of static ones or had no container yet are left to what the API tells.
    pub fn recall(&mut self, pod: &Value) {
        let over = matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
        let is_mirror = pod.meta().get("annotations").has(MIRROR);
        if over || is_mirror || pod.is_terminating() {
            return;
        }
        let time = |v: &Value| Timestamp::parse(v.str());
        let status = pod.get("status");
        let start = time(status.get("startTime")).unwrap_or_default();
        let mut w = PodWorker::new(Pod::from(pod.clone()), false, start);
        let never = w.pod.spec().restart_policy() == "Never";
        let mut known = false;
        for list in STATUSES {
            for s in status.get(list).items() {
                let id = s.get("containerID").str();
                let id = id.rsplit("//").next().unwrap_or_default();
                let (running, ended) =
                    (s.at(&["state", "running"]), s.at(&["state", "terminated"]));
                if id.is_empty() || (running.is_null() && ended.is_null()) {
                    continue;
                }
                known = true;
                let began = time(running.get("startedAt")).or(time(ended.get("startedAt")));
                let began = began.unwrap_or(start);
                let r = w.record(s.get("name").str());
                r.id = id.to_owned();
                r.restart_count = s.get("restartCount").as_i64().unwrap_or(0) as u32;
                let mut how = Terminated {
                    id: id.to_owned(),
                    exit_code: 255,
                    reason: "Unknown".into(),
                    message: String::new(),
                    started_at: began,
                    finished_at: began,
                };
                if running.is_null() {
                    how.exit_code = ended.get("exitCode").as_i64().unwrap_or(0) as i32;
                    how.reason = ended.get("reason").str().to_owned();
                    how.message = ended.get("message").str().to_owned();
                    how.finished_at = time(ended.get("finishedAt")).unwrap_or(began);
                } else {
                    // Its pod is over where containers are never started again.
                    r.restart_wanted = !never && list != "ephemeralContainerStatuses";
                }
                r.image = (s.get("image").str().into(), s.get("imageID").str().into());
                r.state = ContainerState::Terminated(how);
            }
        }
        if known {
            w.sandbox_attempts = 1;
            w.resize = Resize::recall(&w.pod).map(Box::new);
            self.workers.insert(pod.uid().to_owned(), w);
        }
    }
}
