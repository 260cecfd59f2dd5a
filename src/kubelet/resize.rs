//! Resizes pods in place: sets aside what they ask for, once the node has it, and gives it to their containers
//! (pkg/kubelet/allocation, `doPodResizeAction` of pkg/kubelet/kuberuntime).

pub mod plan;
pub mod state;
#[cfg(test)]
mod tests;
mod words;

use super::worker::{Op, PodWorker, WorkType, changing};
use super::{Caller, Kubelet};
use crate::api::core::qos::get_pod_qos;
use crate::api::core::resources::{Basis, ResourceList, add, pod_requests, requests_by};
use crate::apimachinery::Timestamp;
use crate::apimachinery::quantity::Quantity;
use crate::client::Cx;
use crate::collections::Arrange;
use crate::cri::{ContainerResources, CriError, CriRequest, RuntimeService};
use plan::Step;
use state::{Amounts, Told, with_resource};
use std::time::Duration;
use words::summary;

/// How often pods whose resize was deferred are looked at though nothing happened.
const RETRY: Duration = Duration::from_secs(180);
/// How long after a failure containers are resized again.
const PAUSE: Duration = Duration::from_secs(10);

/// Pods whose resize the node has not taken on.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Their UIDs, those first that come first.
    pods: Vec<String>,
    /// Whether something happened that may help.
    due: bool,
    retry_at: Timestamp,
}

impl Pending {
    /// Notes that a pod has left room.
    pub fn room_was_made(&mut self) {
        self.due = !self.pods.is_empty();
    }

    /// When they are looked at next.
    pub fn next_look(&self) -> Option<Timestamp> {
        match self.pods.is_empty() {
            true => None,
            false if self.due => Some(Timestamp::default()),
            false => Some(self.retry_at),
        }
    }
}

/// Whether a pod takes room on the node.
fn is_active(w: &PodWorker) -> bool {
    w.rejected.is_none() && matches!(w.work, WorkType::Sync | WorkType::Terminating)
}

impl<R: RuntimeService> Kubelet<R> {
    /// Looks at what a pod asks for anew, and whether it has it by now.
    pub(crate) fn settle_resize(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        let Some(resize) = &mut w.resize else {
            return;
        };
        if std::mem::take(&mut resize.asked) {
            if resize.allocated.are_of(&w.pod) {
                resize.pending = None;
                w.stale = true;
            } else {
                if !self.resizes.pods.iter().any(|p| p == uid) {
                    self.resizes.pods.push(uid.to_owned());
                }
                self.sort_pending();
                self.retry_resizes(cx);
            }
        }
        self.note_progress(cx, uid);
    }

    /// Looks at pods whose resize was deferred, where it is time to.
    pub(crate) fn retry_due_resizes(&mut self, cx: &mut Cx<'_>) {
        if self.resizes.next_look().is_some_and(|at| at <= cx.now) {
            self.retry_resizes(cx);
        }
    }

    fn retry_resizes(&mut self, cx: &mut Cx<'_>) {
        self.resizes.due = false;
        self.resizes.retry_at = cx.now + RETRY;
        for uid in std::mem::take(&mut self.resizes.pods) {
            if self.allocate(cx, &uid) {
                self.resizes.pods.push(uid.clone());
            }
            self.dirty.insert(uid);
        }
    }

    /// Those first that ask for no more than they have; then by priority, by class of service, by how long they wait.
    fn sort_pending(&mut self) {
        let workers = &self.workers;
        self.resizes.pods.retain(|uid| workers.contains_key(uid));
        let key = |uid: &String| {
            let w = &workers[uid];
            let (now, before) = (pod_requests(&w.pod), pod_requests(&w.allocated()));
            let of = |list: &ResourceList, name: &str| list.get(name).copied().unwrap_or_default();
            let grows = ["cpu", "memory"]
                .iter()
                .any(|name| of(&now, name) > of(&before, name));
            let pending = w.resize.as_ref().and_then(|r| r.pending.as_ref());
            let since = pending.map_or((true, Timestamp::default()), |t| (false, t.since));
            let priority = w.pod.spec().priority().unwrap_or(0);
            (grows, -priority, get_pod_qos(&w.pod) != "Guaranteed", since)
        };
        self.resizes.pods.arrange_by_key(key);
    }

    /// Sets aside what a pod asks for, if the node has it (`handlePodResourcesResize`); whether it is to be looked at again.
    fn allocate(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid) else {
            return false;
        };
        let fits = self.fits(w);
        let now = cx.now;
        let Some(w) = changing(&mut self.workers, uid) else {
            return false;
        };
        let pod = w.pod.clone();
        let generation = pod.generation();
        let Some(resize) = w.resize.as_mut().filter(|_| w.work == WorkType::Sync) else {
            return false;
        };
        if resize.allocated.are_of(&pod) {
            resize.pending = None;
            return false;
        }
        match fits {
            Ok(()) => {
                resize.allocated = Amounts::of(&pod);
                resize.pending = None;
                resize.retry_at = None;
                resize.in_progress = Some(Told::now(None, "", "", generation, now));
                let say = summary("started", &pod, generation, "");
                self.event(cx, uid, "", "Normal", "ResizeStarted", &say);
                false
            }
            Err((reason, message)) => {
                let before = resize.pending.take();
                let new = before
                    .as_ref()
                    .is_none_or(|b| b.reason != "Deferred" || b.generation != generation);
                let told = Told::now(before.as_ref(), "Deferred", &message, generation, now);
                resize.pending = Some(told);
                if new {
                    let say = summary(&reason, &pod, generation, &message);
                    self.event(cx, uid, "", "Warning", "ResizeDeferred", &say);
                }
                true
            }
        }
    }

    /// Whether the node has what a pod asks for beside what is set aside for others; else reason and message.
    fn fits(&self, w: &PodWorker) -> Result<(), (String, String)> {
        if let Some(why) = self.pressure_refuses(w) {
            return Err(("Evicted".to_owned(), why));
        }
        let mut used = ResourceList::new();
        let others = self.workers.values();
        for o in others.filter(|o| is_active(o) && o.pod.uid() != w.pod.uid()) {
            add(&mut used, &requests_by(&o.allocated(), Basis::Whole));
        }
        let asked = pod_requests(&w.pod);
        for name in ["cpu", "memory", "ephemeral-storage"] {
            let amount = |q: &Quantity| match name {
                "cpu" => q.milli_value(),
                _ => q.value(),
            };
            let of = |list: &ResourceList| list.get(name).map_or(0, amount);
            let lists = [&self.config.allocatable, &self.config.capacity];
            let mut all = lists.into_iter().flatten();
            let Some((_, capacity)) = all.find(|(n, _)| n == name) else {
                continue;
            };
            let capacity = Quantity::parse(capacity).map_or(0, |q| amount(&q));
            let (asked, used) = (of(&asked), of(&used));
            if asked > 0 && asked > capacity - used {
                let message = format!(
                    "Node didn't have enough resource: {name}, requested: {asked}, used: {used}, capacity: {capacity}"
                );
                return Err((format!("OutOf{name}"), message));
            }
        }
        Ok(())
    }

    /// Tells that a resize goes on, or is done.
    fn note_progress(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let now = cx.now;
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        let Some(mut resize) = w.resize.take() else {
            return;
        };
        if w.is_resized(&resize) {
            let generation = w.pod.generation();
            resize
                .in_progress
                .get_or_insert_with(|| Told::now(None, "", "", generation, now));
            w.resize = Some(resize);
            return;
        }
        // The pod as a whole has no limits of its own on the node.
        resize.actuated.pod = resize.allocated.pod.clone();
        let done = resize.in_progress.take();
        let pod = w.allocated();
        // Nothing is left to be remembered of a pod that has what it asks for.
        let settled = resize.pending.is_none() && resize.allocated.are_of(&w.pod);
        if done.is_some() {
            w.stale = true;
            // It may count for less once its status says what it has.
            self.resizes.room_was_made();
        }
        let pod = match settled {
            true => pod,
            false => {
                let pod = resize.allocated.put_into(&pod);
                w.resize = Some(resize);
                pod
            }
        };
        if let Some(told) = done {
            let say = summary("completed", &pod, told.generation, "");
            self.event(cx, uid, "", "Normal", "ResizeCompleted", &say);
        }
    }

    /// Begins to give a container other resources; whether that is under way.
    pub(crate) fn begin_update(&mut self, cx: &mut Cx<'_>, uid: &str, step: Step) -> bool {
        let Some(w) = self.workers.get(uid) else {
            return false;
        };
        let Some(r) = w.known(&step.container) else {
            return false;
        };
        let container = r.id.clone();
        if step.resource == "memory"
            && let Some(why) = plan::memory_in_use(w, |id| self.runtime.memory_usage(id))
        {
            self.resize_failed(cx, uid, &why);
            return false;
        }
        let request = CriRequest::UpdateContainerResources {
            container,
            resources: ContainerResources {
                memory_limit: step.sizes.memory_limit,
                memory_request: step.sizes.memory_request,
                cpu_limit_milli: step.sizes.cpu_limit,
                cpu_request_milli: step.sizes.cpu_request,
            },
        };
        let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), request);
        self.pending(uid, id, Op::Resize(Box::new(step)));
        true
    }

    /// Takes in whether a container got what it was to have.
    pub(crate) fn update_answered(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        step: &Step,
        error: Option<CriError>,
    ) {
        if let Some(error) = error {
            return self.resize_failed(cx, uid, &error.to_string());
        }
        let resize = changing(&mut self.workers, uid).and_then(|w| w.resize.as_mut());
        if let Some(resize) = resize {
            let has = resize.actuated.container(&step.container);
            let has = with_resource(has, &step.wanted, step.resource);
            resize.actuated.set(&step.container, has);
            resize.retry_at = None;
        }
    }

    fn resize_failed(&mut self, cx: &mut Cx<'_>, uid: &str, why: &str) {
        let now = cx.now;
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        let pod = w.allocated();
        let Some(resize) = &mut w.resize else {
            return;
        };
        let before = resize.in_progress.take();
        let generation = before.as_ref().map_or(pod.generation(), |b| b.generation);
        let new = before
            .as_ref()
            .is_none_or(|b| b.reason != "Error" || b.message != why);
        let told = Told::now(before.as_ref(), "Error", why, generation, now);
        resize.in_progress = Some(told);
        resize.retry_at = Some(now + PAUSE);
        self.wake_at(uid, now + PAUSE);
        if new {
            if let Some(w) = self.workers.get_mut(uid) {
                w.stale = true;
            }
            let say = summary("error", &pod, generation, why);
            self.event(cx, uid, "", "Warning", "ResizeError", &say);
            self.write_status(cx, uid);
        }
    }
}
