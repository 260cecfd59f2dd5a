//! A pod whose sandbox is no more begins anew in another one (`computePodActions` with `PodSandboxChanged`, `killPodWithSyncResult`).

use super::worker::{Op, WorkType, changing};
use super::{Caller, Kubelet};
use crate::apimachinery::schema;
use crate::client::Cx;
use crate::cri::{CriRequest, RuntimeService};
use std::time::Duration;

/// How long until a sandbox that could not be made is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// The handler that a RuntimeClass names, "" for no class (`LookupRuntimeHandler`).
///
/// # Errors
/// Why it is not known.
pub(super) fn runtime_handler(cx: &mut Cx<'_>, class: &str) -> Result<String, String> {
    if class.is_empty() {
        return Ok(String::new());
    }
    let classes = schema::resource("node.k8s.io", "v1", "runtimeclasses");
    let classes = classes.expect("a built-in resource");
    match cx.get(classes, "", class) {
        Ok(found) => Ok(found.get("handler").str().to_owned()),
        // As a lister says it.
        Err(e) if e.is_not_found() => {
            Err(format!("runtimeclass.node.k8s.io \"{class}\" not found"))
        }
        Err(e) => Err(format!(
            "failed to lookup RuntimeClass {class}: {}",
            e.message()
        )),
    }
}

impl<R: RuntimeService> Kubelet<R> {
    /// Tells why a pod has no sandbox, and tries again later.
    pub(crate) fn sandbox_failed(&mut self, cx: &mut Cx<'_>, uid: &str, why: &str) {
        let message = format!("Failed to create pod sandbox: {why}");
        self.event(cx, uid, "", "Warning", "FailedCreatePodSandBox", &message);
        self.wake_at(uid, cx.now + RETRY);
    }

    /// Takes in that a sandbox is no more.
    pub(crate) fn sandbox_died(&mut self, cx: &mut Cx<'_>, sandbox: &str) {
        let of = |s: &Option<(String, String)>| s.as_ref().is_some_and(|(id, _)| id == sandbox);
        let mut all = self.workers.iter();
        let found = all.find(|(_, w)| of(&w.sandbox) && w.work == WorkType::Sync);
        let Some(uid) = found.map(|(uid, _)| uid.clone()) else {
            return;
        };
        let say = "Pod sandbox changed, it will be killed and re-created.";
        self.event(cx, &uid, "", "Normal", "SandboxChanged", say);
        if let Some(w) = changing(&mut self.workers, &uid) {
            w.sandbox_lost = true;
        }
        self.dirty.insert(uid);
    }

    /// Ends what still runs in a sandbox that is no more, then gives the sandbox up; whether there is something to wait for.
    pub(crate) fn give_sandbox_up(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid).filter(|w| w.sandbox_lost) else {
            return false;
        };
        let running: Vec<String> = w
            .containers
            .iter()
            .filter(|(_, r)| r.is_running() && !r.stopping)
            .map(|(name, _)| name.clone())
            .collect();
        for name in running {
            self.kill_container(cx, uid, &name, &format!("Stopping container {name}"), None);
        }
        let Some(w) = self.workers.get_mut(uid) else {
            return true;
        };
        if w.any_running() || !w.stops.is_empty() {
            return true;
        }
        let Some((sandbox, _)) = w.sandbox.clone() else {
            w.sandbox_lost = false;
            return false;
        };
        let request = CriRequest::StopPodSandbox { sandbox };
        let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), request);
        self.pending(uid, id, Op::GiveSandboxUp);
        true
    }

    /// Notes that the old sandbox is stopped; the next one gets an address of its own.
    pub(crate) fn sandbox_given_up(&mut self, uid: &str) {
        if let Some(w) = changing(&mut self.workers, uid) {
            w.sandbox = None;
            w.sandbox_lost = false;
        }
        // What could not be made in the old one is no reason to wait.
        self.pulls.forget(uid);
    }
}
