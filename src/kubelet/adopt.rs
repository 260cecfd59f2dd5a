//! What a kubelet finds of its pods where it was started again and its runtime went on: sandboxes and containers as they stand.

use super::Kubelet;
use super::resize::state::Resize;
use super::status::STATUSES;
use super::worker::{ContainerState, PodWorker, Terminated, WorkType};
use crate::api::core_v1::Pod;
use crate::apimachinery::{Text, Timestamp, Value};
use crate::cri::{ContainerExit, RuntimeService};

/// A sandbox that a runtime has from before.
#[derive(Clone, Debug)]
pub struct FoundPod {
    /// The UID of its pod.
    pub uid: String,
    /// Its id.
    pub sandbox: String,
    /// Its address, "" on the node's network.
    pub ip: String,
    /// How often a sandbox was made for the pod before.
    pub attempt: u32,
    /// Its containers, the older ones of a name first.
    pub containers: Vec<FoundContainer>,
}

/// A container that a runtime has from before.
#[derive(Clone, Debug)]
pub struct FoundContainer {
    /// Its name in the pod.
    pub name: String,
    /// Its id.
    pub id: String,
    /// How often it was made before.
    pub attempt: u32,
    /// The image it runs, and its id.
    pub image: (String, String),
    /// When it started.
    pub started_at: Timestamp,
    /// How it ended; none while it runs.
    pub exit: Option<ContainerExit>,
}

impl<R: RuntimeService> Kubelet<R> {
    /// Takes over a pod of which the runtime still has a sandbox: what runs goes on, what has ended meanwhile has ended as it did.
    /// Whether a container is ready stands as it was told last, until its probe says otherwise. `is_static` says that the pod comes
    /// from a manifest of the node, which nothing in the pod can tell.
    pub fn adopt(&mut self, pod: &Value, found: &FoundPod, is_static: bool) {
        let status = pod.get("status");
        let start = Timestamp::parse(status.get("startTime").str()).unwrap_or_default();
        let mut w = PodWorker::new(Pod::from(pod.clone()), is_static, start);
        // It was taken on before; what runs is not refused any more.
        w.admitted = true;
        w.sandbox = Some((found.sandbox.clone(), found.ip.clone()));
        w.sandbox_attempts = found.attempt + 1;
        w.volumes_ready = true;
        w.resize = Resize::recall(&w.pod).map(Box::new);
        for f in &found.containers {
            let spec_image = match w.container(&f.name) {
                Some(c) => c.image().to_owned(),
                None => continue,
            };
            let made_in = w.sandbox_attempts;
            let r = w.record(&f.name);
            r.made_in = made_in;
            if let ContainerState::Terminated(before) = &r.state {
                r.last = Some(Box::new(before.clone()));
            }
            r.id.clone_from(&f.id);
            r.restart_count = f.attempt;
            r.image = (Text::from(&f.image.0), Text::from(&f.image.1));
            r.spec_image = spec_image.into();
            r.state = match &f.exit {
                None => ContainerState::Running(f.started_at),
                Some(exit) => ContainerState::Terminated(Terminated {
                    id: f.id.clone(),
                    exit_code: exit.exit_code,
                    reason: exit.reason.clone(),
                    message: exit.message.clone(),
                    started_at: f.started_at,
                    finished_at: exit.finished_at,
                }),
            };
        }
        if matches!(status.get("phase").str(), "Succeeded" | "Failed") {
            // It is over, and only keeps its place.
            w.work = WorkType::Finished;
            if !w.any_running() {
                w.volumes_given_up = true;
                self.runtime.remove_volumes(pod.uid());
            }
            w.written = status.clone();
            w.stale = false;
        }
        let uid = pod.uid().to_owned();
        let running: Vec<_> = w
            .containers
            .iter()
            .filter(|(_, r)| r.is_running())
            .filter_map(|(name, r)| match r.state {
                ContainerState::Running(since) => Some((w.container(name)?.clone(), since)),
                _ => None,
            })
            .collect();
        self.workers.insert(uid.clone(), w);
        for (c, since) in running {
            self.begin_probes(&uid, &c, since);
            let mut all = STATUSES.iter().flat_map(|list| status.get(list).items());
            let told = all.find(|s| s.get("name") == c.name());
            if let Some((told, w)) = told.zip(self.workers.get_mut(&uid)) {
                let r = w.record(c.name());
                r.started |= told.get("started").as_bool() == Some(true);
                r.probe_ready |= told.get("ready").as_bool() == Some(true);
            }
        }
    }
}
