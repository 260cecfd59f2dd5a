//! Ends containers and pods, each with its grace (`killPod`, `SyncTerminatingPod`, `SyncTerminatedPod`).

use super::prober::request;
use super::worker::{Op, WorkType, changing, is_sidecar};
use super::{Caller, Kubelet, pods};
use crate::api::core::pod_util::container_should_restart;
use crate::apimachinery::Timestamp;
use crate::client::{Cx, DeleteOptions};
use crate::cri::{CriError, CriRequest, CriResponse, RuntimeService};
use std::time::Duration;

impl<R: RuntimeService> Kubelet<R> {
    /// Goes on with the end of a pod.
    pub(crate) fn sync_terminating(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        match w.work {
            WorkType::Sync => {}
            WorkType::Terminating => self.end_containers(cx, uid),
            WorkType::Terminated => self.end_sandbox(cx, uid),
            WorkType::Finished => self.forget(cx, uid),
        }
    }

    fn end_containers(&mut self, cx: &mut Cx<'_>, uid: &str) {
        self.probes
            .retain(|(u, _, kind), _| u != uid || *kind == super::ProbeKind::Readiness);
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        // A container that is being made right now is ended as soon as it is there.
        if matches!(
            w.pending,
            Some((_, Op::Create(_) | Op::Start(_) | Op::Sandbox))
        ) {
            return;
        }
        w.pending = None;
        let grace = w
            .pod
            .meta()
            .get("deletionGracePeriodSeconds")
            .as_i64()
            .or(w.pod.spec().termination_grace_period_seconds())
            .unwrap_or(30);
        let asked = w
            .pod
            .deletion_timestamp()
            .unwrap_or(cx.now + seconds(grace));
        // A static pod has the time that it asks for, whoever takes its manifest away.
        let at_once = w.removed && !w.is_static;
        let kill_at = if at_once { cx.now } else { asked.max(cx.now) };
        w.kill_at = Some(w.kill_at.map_or(kill_at, |k| k.min(kill_at)));
        let main_running = w
            .pod
            .spec()
            .containers()
            .iter()
            .any(|c| w.containers.get(c.name()).is_some_and(|r| r.is_running()));
        let sidecars: Vec<&str> = w
            .pod
            .spec()
            .init_containers()
            .iter()
            .filter(|c| is_sidecar(c))
            .map(|c| c.name())
            .collect();
        let running: Vec<String> = w
            .containers
            .iter()
            .filter(|(name, r)| {
                r.is_running()
                    && !r.stopping
                    && !(main_running && sidecars.contains(&name.as_str()))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in running {
            self.kill_container(cx, uid, &name, &format!("Stopping container {name}"), None);
        }
        self.write_status(cx, uid);
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        if !w.any_running() && w.stops.is_empty() {
            w.work = WorkType::Terminated;
            self.resizes.room_was_made();
            self.write_status(cx, uid);
            self.end_sandbox(cx, uid);
        }
    }

    fn end_sandbox(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        if w.pending.is_some() {
            return;
        }
        match w.sandbox.clone() {
            Some((sandbox, _)) => {
                let id = self.submit(
                    cx.now,
                    Caller::Pod(uid.to_owned()),
                    CriRequest::StopPodSandbox { sandbox },
                );
                self.pending(uid, id, Op::StopSandbox);
            }
            None => {
                w.work = WorkType::Finished;
                self.forget(cx, uid);
            }
        }
    }

    /// The last step: the status is final, the API lets the pod go, nothing stays on the node.
    fn forget(&mut self, cx: &mut Cx<'_>, uid: &str) {
        self.write_status(cx, uid);
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        if w.pending.is_some() {
            return;
        }
        let over_but_kept = !w.removed && !w.pod.is_terminating();
        if over_but_kept {
            // A pod that is over keeps its place (and its logs) until somebody deletes it.
            return self.give_volumes_up(uid);
        }
        if !w.removed && w.pod.is_terminating() {
            let pod = w.api_pod().clone();
            let options = DeleteOptions {
                grace_period_seconds: Some(0),
                uid: Some(pod.uid().to_owned()),
                ..DeleteOptions::default()
            };
            match cx.delete(pods(), pod.namespace(), pod.name(), &options) {
                Ok(_) => {}
                Err(e) if e.is_not_found() || e.is_conflict() => {}
                Err(_) => {
                    let at = cx.now + Duration::from_secs(1);
                    return self.wake_at(uid, at);
                }
            }
        }
        if w.is_static
            && let Some(mirror) = w.mirror.clone()
            && !self.delete_mirror(cx, &mirror)
        {
            let at = cx.now + Duration::from_secs(1);
            return self.wake_at(uid, at);
        }
        if self.eviction.waits_for(uid) {
            self.give_volumes_up(uid);
        }
        let Some(w) = self.workers.remove(uid) else {
            return;
        };
        if w.is_static {
            self.name_is_free(w.pod.namespace(), w.pod.name());
        }
        self.resizes.room_was_made();
        let left = uid.to_owned();
        match w.sandbox {
            Some((sandbox, _)) => {
                let caller = match w.is_static {
                    true => Caller::Leaving(left),
                    false => Caller::Pod(left),
                };
                self.submit(cx.now, caller, CriRequest::RemovePodSandbox { sandbox });
            }
            None if w.is_static => self.has_left(uid, cx.now),
            None => {}
        }
        self.crash.forget(uid);
        self.pulls.forget(uid);
        self.probes.retain(|(u, _, _), _| u != uid);
        self.backoff_told.retain(|(u, _), _| u != uid);
    }

    /// Lets the volumes of a pod go whose sandbox is stopped.
    pub(crate) fn give_volumes_up(&mut self, uid: &str) {
        if let Some(w) = self.workers.get_mut(uid)
            && !std::mem::replace(&mut w.volumes_given_up, true)
        {
            self.runtime.remove_volumes(uid);
        }
    }

    /// Ends one running container: preStop hook first, then the signal; `grace` overrides the pod's.
    pub(crate) fn kill_container(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        why: &str,
        grace: Option<i64>,
    ) {
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        let terminating = w.work != WorkType::Sync;
        let own = w
            .pod
            .spec()
            .termination_grace_period_seconds()
            .unwrap_or(30);
        let until = match w.kill_at {
            Some(at) if terminating => at,
            _ => cx.now + seconds(grace.unwrap_or(own)),
        };
        let Some(c) = w.container(name).cloned() else {
            return;
        };
        let Some(sandbox) = w.sandbox.clone() else {
            return;
        };
        // Whatever code it ends with now.
        let restarts = [0, 1]
            .iter()
            .any(|code| container_should_restart(&c, w.pod.spec().restart_policy(), *code));
        let r = w.record(name);
        if !r.is_running() || r.stopping {
            return;
        }
        r.stopping = true;
        if !terminating && restarts {
            r.restart_wanted = true;
        }
        let container = r.id.clone();
        self.event(cx, uid, name, "Normal", "Killing", why);
        let hook = c.lifecycle().get("preStop").clone();
        if !hook.is_null() && until > cx.now {
            let sleep = hook.at(&["sleep", "seconds"]).as_i64();
            let call = match sleep {
                Some(s) => Ok(CriRequest::ExecSync {
                    container: container.clone(),
                    command: vec!["sleep".into(), s.to_string()],
                    timeout: until.since(cx.now),
                }),
                None => request(&hook, &c, &sandbox, &container, until.since(cx.now)),
            };
            if let Ok(call) = call {
                let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), call);
                if let Some(w) = self.workers.get_mut(uid) {
                    w.stops.insert(id, Op::PreStop(name.to_owned()));
                }
                return;
            }
        }
        self.stop_now(cx, uid, name, until);
    }

    pub(crate) fn pre_stop_answered(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        answer: Result<CriResponse, CriError>,
    ) {
        let failed = match answer {
            Ok(CriResponse::Exec { exit_code, .. }) if exit_code != 0 => {
                Some(format!("command exited with {exit_code}"))
            }
            Err(e) => Some(e.to_string()),
            _ => None,
        };
        if let Some(why) = failed {
            self.event(
                cx,
                uid,
                name,
                "Warning",
                "FailedPreStopHook",
                &format!("PreStopHook failed: {why}"),
            );
        }
        let until = self
            .workers
            .get(uid)
            .and_then(|w| w.kill_at)
            .unwrap_or(cx.now + Duration::from_secs(2));
        self.stop_now(cx, uid, name, until.max(cx.now + Duration::from_secs(2)));
    }

    fn stop_now(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, until: Timestamp) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        let Some(r) = w.containers.get(name) else {
            return;
        };
        let request = CriRequest::StopContainer {
            container: r.id.clone(),
            timeout: until.since(cx.now),
        };
        let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), request);
        if let Some(w) = self.workers.get_mut(uid) {
            w.stops.insert(id, Op::Stop(name.to_owned()));
        }
    }
}

fn seconds(s: i64) -> Duration {
    Duration::from_secs(s.max(0).unsigned_abs())
}
