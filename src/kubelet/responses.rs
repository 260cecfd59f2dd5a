//! What the runtime answers, and what containers do by themselves.

use super::actions::backoff_key;
use super::images;
use super::pod_sync::image_key;
use super::worker::{ContainerState, Op, Terminated, changing};
use super::{Caller, Kubelet};
use crate::apimachinery::Timestamp;
use crate::client::Cx;
use crate::cri::{
    ContainerEvent, ContainerExit, CriError, CriRequest, CriResponse, ImageInfo, NOT_MOUNTED,
    RuntimeEvent, RuntimeService,
};
use std::time::Duration;

type Answer = Result<CriResponse, CriError>;

impl<R: RuntimeService> Kubelet<R> {
    /// Takes in all answers and events that are ready; whether there were any.
    pub(crate) fn take_answers(&mut self, cx: &mut Cx<'_>) -> bool {
        let mut heard = false;
        while let Some((id, answer)) = self.runtime.poll(cx.now) {
            heard = true;
            match self.calls.remove(&id) {
                Some(Caller::Probe(uid, container, kind)) => {
                    self.probe_answered(cx, &uid, &container, kind, answer)
                }
                Some(Caller::Pod(uid)) => {
                    let Some(w) = self.workers.get_mut(&uid) else {
                        continue;
                    };
                    let op = match w.stops.remove(&id) {
                        Some(op) => Some(op),
                        None if w.pending.as_ref().is_some_and(|(p, _)| *p == id) => {
                            w.pending.take().map(|(_, op)| op)
                        }
                        None => None,
                    };
                    if let Some(op) = op {
                        self.op_answered(cx, &uid, op, answer);
                    }
                    self.dirty.insert(uid);
                }
                Some(Caller::Leaving(uid)) => self.has_left(&uid, cx.now),
                Some(Caller::Images) => self.image_removed(cx, answer.map(|_| ())),
                None => {}
            }
        }
        while let Some(event) = self.runtime.poll_event(cx.now) {
            heard = true;
            match event {
                RuntimeEvent::Container(event) => self.container_ended(cx, &event),
                RuntimeEvent::SandboxDied(sandbox) => self.sandbox_died(cx, &sandbox),
            }
        }
        heard
    }

    fn op_answered(&mut self, cx: &mut Cx<'_>, uid: &str, op: Op, answer: Answer) {
        match op {
            Op::Sandbox => self.sandbox_answered(cx, uid, answer),
            Op::ImageStatus(name) => self.image_status_answered(cx, uid, &name, answer),
            Op::Pull(pull) => {
                let answer = answer.map(|a| match a {
                    CriResponse::Image(info) => info,
                    _ => None,
                });
                self.pull_answered(cx, uid, *pull, answer);
            }
            Op::Create(name) => self.create_answered(cx, uid, &name, answer),
            Op::Start(name) => self.start_answered(cx, uid, &name, answer),
            Op::PostStart(name) => self.post_start_answered(cx, uid, &name, answer),
            Op::PreStop(name) => self.pre_stop_answered(cx, uid, &name, answer),
            Op::Resize(step) => self.update_answered(cx, uid, &step, answer.err()),
            Op::Stop(_) => {}
            Op::GiveSandboxUp => self.sandbox_given_up(uid),
            Op::StopSandbox | Op::RemoveSandbox => self.sandbox_gone(uid, &op),
        }
    }

    fn sandbox_answered(&mut self, cx: &mut Cx<'_>, uid: &str, answer: Answer) {
        match answer {
            Ok(CriResponse::PodSandbox { id, ip }) => {
                if let Some(w) = changing(&mut self.workers, uid) {
                    w.sandbox = Some((id, ip));
                }
            }
            Ok(_) => {}
            Err(e) if e.code == NOT_MOUNTED => {
                // No sandbox was tried.
                if let Some(w) = self.workers.get_mut(uid) {
                    w.sandbox_attempts -= 1;
                    w.volumes_ready = false;
                }
                self.mount_failed(cx, uid, &e.message);
            }
            Err(e) => {
                self.sandbox_failed(cx, uid, &e.to_string());
            }
        }
    }

    pub(crate) fn policy_of(&self, uid: &str, name: &str) -> (String, String) {
        let c = self.workers.get(uid).and_then(|w| w.container(name));
        c.map_or_else(Default::default, |c| {
            (c.image().to_owned(), c.image_pull_policy().to_owned())
        })
    }

    fn image_status_answered(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, answer: Answer) {
        let (image, policy) = self.policy_of(uid, name);
        let present = match answer {
            Ok(CriResponse::Image(found)) => found,
            _ => None,
        };
        let secrets = self.pull_secrets(cx, uid);
        let usable = |info: &ImageInfo| self.may_use(&secrets, &image, info);
        let useless = present.as_ref().is_some_and(|info| !usable(info));
        let there = present.is_some() && !useless;
        if images::should_pull(&policy, there) {
            return self.pull(cx, uid, name, image, &secrets);
        }
        match present.filter(|_| there) {
            Some(info) => {
                let say = format!(
                    "Container image \"{image}\" already present on machine and can be accessed by the pod"
                );
                self.event(cx, uid, name, "Normal", "Pulled", &say);
                self.image_there(cx, uid, name, info);
            }
            None => {
                let why = if useless {
                    format!(
                        "Container image \"{image}\" is present with pull policy of Never but does not have the proper credentials to access the image"
                    )
                } else {
                    format!("Container image \"{image}\" is not present with pull policy of Never")
                };
                self.event(cx, uid, name, "Warning", "ErrImageNeverPull", &why);
                self.event(
                    cx,
                    uid,
                    name,
                    "Warning",
                    "Failed",
                    "Error: ErrImageNeverPull",
                );
                self.image_failed(cx, uid, name, "ErrImageNeverPull", &why);
            }
        }
    }

    /// Notes that the image cannot be had: first the failure is shown, then the back-off.
    pub(crate) fn image_failed(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        reason: &str,
        why: &str,
    ) {
        self.set_waiting(uid, name, reason, why);
        self.write_status(cx, uid);
        let Some(c) = self
            .workers
            .get(uid)
            .and_then(|w| w.container(name))
            .cloned()
        else {
            return;
        };
        self.pulls.next(&image_key(uid, &c), cx.now);
        if reason == "ErrImagePull" {
            let say = format!("Back-off pulling image \"{}\"", c.image());
            let at = cx.now + Duration::from_millis(1500);
            if let Some(w) = self.workers.get_mut(uid) {
                w.retry_at = Some(at);
            }
            self.backoff_told.insert(
                (uid.to_owned(), name.to_owned()),
                (at, format!("{say}: {reason}: {why}")),
            );
            self.wake_at(uid, at);
        }
    }

    /// Shows `ImagePullBackOff` once the failure itself was seen for a moment.
    pub(crate) fn tell_pull_backoff(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let due: Vec<(String, String)> = self
            .backoff_told
            .iter()
            .filter(|((u, _), (at, _))| u == uid && *at <= cx.now)
            .map(|((_, name), (_, message))| (name.clone(), message.clone()))
            .collect();
        for (name, message) in due {
            self.backoff_told.remove(&(uid.to_owned(), name.clone()));
            let still = self.workers.get(uid).and_then(|w| w.containers.get(&name)).is_some_and(
                |r| matches!(&r.state, ContainerState::Waiting { reason, .. } if reason == "ErrImagePull"),
            );
            if still {
                self.set_waiting(uid, &name, "ImagePullBackOff", &message);
                let said = message
                    .split(": ErrImagePull")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                self.event(cx, uid, &name, "Normal", "BackOff", &said);
                self.event(
                    cx,
                    uid,
                    &name,
                    "Warning",
                    "Failed",
                    "Error: ImagePullBackOff",
                );
                self.write_status(cx, uid);
            }
        }
    }

    pub(crate) fn image_there(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, info: ImageInfo) {
        let image = (self.word(&info.name), self.word(&info.id));
        if let Some(w) = self.workers.get_mut(uid) {
            w.record(name).image = image;
        }
        self.create_container(cx, uid, name, &info.user);
    }

    fn create_answered(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, answer: Answer) {
        match answer {
            Ok(CriResponse::Container { id }) => {
                self.event(cx, uid, name, "Normal", "Created", "Container created");
                let image = self.policy_of(uid, name).0;
                let image = self.word(&image);
                if let Some(w) = self.workers.get_mut(uid) {
                    let made_in = w.sandbox_attempts;
                    let r = w.record(name);
                    r.made_in = made_in;
                    if let ContainerState::Terminated(t) = &r.state {
                        r.last = Some(Box::new(t.clone()));
                    }
                    if !r.id.is_empty() {
                        r.restart_count += 1;
                    }
                    r.id.clone_from(&id);
                    r.spec_image = image;
                }
                let call = self.submit(
                    cx.now,
                    Caller::Pod(uid.to_owned()),
                    CriRequest::StartContainer { container: id },
                );
                self.pending(uid, call, Op::Start(name.to_owned()));
            }
            Ok(_) => {}
            Err(e) => {
                self.event(
                    cx,
                    uid,
                    name,
                    "Warning",
                    "Failed",
                    &format!("Error: {}", e.message),
                );
                self.set_waiting(uid, name, "CreateContainerError", &e.message);
                self.write_status(cx, uid);
                let Some(c) = self
                    .workers
                    .get(uid)
                    .and_then(|w| w.container(name))
                    .cloned()
                else {
                    return;
                };
                self.pulls.next(&image_key(uid, &c), cx.now);
            }
        }
    }

    fn start_answered(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, answer: Answer) {
        let now = cx.now;
        match answer {
            Ok(_) => {
                self.event(cx, uid, name, "Normal", "Started", "Container started");
                let Some(w) = changing(&mut self.workers, uid) else {
                    return;
                };
                w.files.clear();
                w.bound.clear();
                let c = w.container(name).cloned();
                let r = w.record(name);
                r.state = ContainerState::Running(now);
                r.restart_wanted = false;
                r.stopping = false;
                r.told_backoff = false;
                r.started = false;
                r.probe_ready = false;
                let key = backoff_key(w, name);
                if w.containers.get(name).is_some_and(|r| r.restart_count > 0) {
                    self.crash.next(&key, now);
                }
                if let Some(c) = c {
                    let hook = c.lifecycle().get("postStart").clone();
                    if hook.is_null() {
                        self.begin_probes(uid, &c, now);
                    } else {
                        self.run_post_start(cx, uid, &c, &hook);
                    }
                }
                self.write_status(cx, uid);
            }
            Err(e) => {
                self.event(
                    cx,
                    uid,
                    name,
                    "Warning",
                    "Failed",
                    &format!("Error: {}", e.message),
                );
                let Some(w) = changing(&mut self.workers, uid) else {
                    return;
                };
                let r = w.record(name);
                let message = e.message.clone();
                r.state = ContainerState::Terminated(Terminated {
                    id: r.id.clone(),
                    exit_code: 128,
                    reason: "StartError".into(),
                    message,
                    started_at: Timestamp::default(),
                    finished_at: now,
                });
                let again = r.restart_count > 0;
                let key = backoff_key(w, name);
                if again {
                    self.crash.next(&key, now);
                }
                self.write_status(cx, uid);
            }
        }
    }

    /// Takes in that a container ended.
    fn container_ended(&mut self, cx: &mut Cx<'_>, event: &ContainerEvent) {
        let found = self.workers.iter().find_map(|(uid, w)| {
            let name = w
                .containers
                .iter()
                .find(|(_, r)| r.id == event.container && r.is_running())
                .map(|(n, _)| n.clone())?;
            Some((uid.clone(), name))
        });
        let Some((uid, name)) = found else { return };
        self.note_exit(cx, &uid, &name, &event.exit);
        self.dirty.insert(uid);
    }

    /// Notes how a running container ended.
    pub(crate) fn note_exit(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        exit: &ContainerExit,
    ) {
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        let r = w.record(name);
        let ContainerState::Running(started_at) = r.state else {
            return;
        };
        r.state = ContainerState::Terminated(Terminated {
            id: r.id.clone(),
            exit_code: exit.exit_code,
            reason: exit.reason.clone(),
            message: exit.message.clone(),
            started_at,
            finished_at: exit.finished_at,
        });
        r.started = false;
        r.probe_ready = false;
        self.probes.retain(|(u, c, _), _| !(u == uid && c == name));
        self.write_status(cx, uid);
    }

    fn sandbox_gone(&mut self, uid: &str, op: &Op) {
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        if *op == Op::StopSandbox {
            w.work = super::worker::WorkType::Finished;
        }
    }
}
