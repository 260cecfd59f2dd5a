//! Brings one pod a step nearer to what is wanted (`SyncPod` of kubelet.go and kuberuntime_manager.go).

use super::actions::{Action, backoff_key, next_action};
use super::claims::{claim_of, elsewhere, unprocessed, volume_behind};
use super::env::{Surroundings, container_config, volume_files};
use super::sandbox::runtime_handler;
use super::security::root_refused;
use super::worker::{Op, PodWorker, WorkType, changing, is_sidecar};
use super::{Caller, Kubelet};
use crate::api::core::pod_util::container_should_restart;
use crate::api::core_v1::Container;
use crate::apimachinery::Value;
use crate::apimachinery::image_name::is_valid_name;
use crate::client::Cx;
use crate::collections::SortedMap;
use crate::cri::{CriRequest, Files, ImageUser, PodSandboxConfig, RuntimeService};
use std::time::Duration;

impl<R: RuntimeService> Kubelet<R> {
    pub(crate) fn sync_pod(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get_mut(uid) else {
            return;
        };
        if w.work == WorkType::Sync && (w.pod.is_terminating() || w.removed || w.evicted.is_some())
        {
            w.work = WorkType::Terminating;
            w.stale = true;
        }
        if w.work != WorkType::Sync {
            return self.sync_terminating(cx, uid);
        }
        if self.waits_for_its_name(uid) {
            return;
        }
        self.ensure_mirror(cx, uid);
        if self.is_past_deadline(cx, uid) {
            return self.sync_terminating(cx, uid);
        }
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        if w.rejected.is_some() {
            return;
        }
        if !w.admitted {
            if !self.admit(cx, uid) {
                return self.write_status(cx, uid);
            }
            if let Some(w) = self.workers.get_mut(uid) {
                w.admitted = true;
            }
        }
        self.settle_resize(cx, uid);
        self.tell_pull_backoff(cx, uid);
        self.write_status(cx, uid);
        self.advance(cx, uid);
    }

    /// Whether the pod fits on the node by its own account (predicates of pkg/kubelet/lifecycle).
    fn admit(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid) else {
            return true;
        };
        if w.is_static {
            return true;
        }
        let selector = w.pod.spec().node_selector();
        let mismatch = selector.iter().any(|(k, v)| {
            let own = match k {
                "kubernetes.io/hostname" => Some(self.config.node_name.as_str()),
                "kubernetes.io/os" => Some("linux"),
                "kubernetes.io/arch" => Some(self.config.architecture),
                _ => return false,
            };
            own != Some(v)
        });
        let limit = self
            .config
            .capacity
            .iter()
            .find(|(k, _)| k == "pods")
            .and_then(|(_, v)| v.parse::<usize>().ok());
        let active = self
            .workers
            .values()
            .filter(|w| w.work == WorkType::Sync && w.rejected.is_none())
            .count();
        let refusal = if mismatch {
            Some(("NodeAffinity", "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector".to_owned()))
        } else if limit.is_some_and(|l| active > l) {
            let l = limit.unwrap_or(0);
            Some((
                "OutOfpods",
                format!(
                    "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: {l}, capacity: {l}"
                ),
            ))
        } else {
            let why = self.pressure_refuses(w);
            why.map(|why| ("Evicted", format!("Pod was rejected: {why}")))
        };
        let Some((reason, message)) = refusal else {
            return true;
        };
        self.event(
            cx,
            uid,
            "",
            "Warning",
            reason,
            message.trim_start_matches("Pod was rejected: "),
        );
        if let Some(w) = changing(&mut self.workers, uid) {
            w.rejected = Some(Box::new((reason.to_owned(), message)));
        }
        false
    }

    fn is_past_deadline(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid) else {
            return false;
        };
        let Some(seconds) = w.pod.spec().active_deadline_seconds() else {
            return false;
        };
        let at = w.start_time + Duration::from_secs(seconds.max(0).unsigned_abs());
        if cx.now < at {
            self.wake_at(uid, at);
            return false;
        }
        self.event(
            cx,
            uid,
            "",
            "Normal",
            "DeadlineExceeded",
            "Pod was active on the node longer than the specified deadline",
        );
        if let Some(w) = changing(&mut self.workers, uid) {
            w.evicted = Some(Box::new((
                "DeadlineExceeded".into(),
                "Pod was active on the node longer than the specified deadline".into(),
            )));
            w.work = WorkType::Terminating;
        }
        true
    }

    /// Does steps until one is under way at the runtime, or none is left.
    fn advance(&mut self, cx: &mut Cx<'_>, uid: &str) {
        for _ in 0..32 {
            let Some(w) = self.workers.get(uid) else {
                return;
            };
            if w.pending.is_some() || w.sandbox_lost && self.give_sandbox_up(cx, uid) {
                return;
            }
            let Some(w) = self.workers.get(uid) else {
                return;
            };
            match next_action(w, &self.crash, &self.pulls, cx.now) {
                Action::CreateSandbox => {
                    if !self.create_sandbox(cx, uid) {
                        return;
                    }
                }
                Action::StartContainer(name) => {
                    if !self.begin_container(cx, uid, &name) {
                        return;
                    }
                }
                Action::KillContainer(name, why) => {
                    if let Some(r) = self
                        .workers
                        .get_mut(uid)
                        .and_then(|w| w.containers.get_mut(&name))
                    {
                        r.restart_wanted = true;
                    }
                    self.kill_container(cx, uid, &name, &why, None);
                    return;
                }
                Action::Resize(step) => {
                    if self.begin_update(cx, uid, step) {
                        return;
                    }
                }
                Action::Wait(until) => {
                    self.tell_crash_backoff(cx, uid);
                    if let Some(at) = until {
                        self.wake_at(uid, at);
                    }
                    return;
                }
                Action::Finish => {
                    if let Some(w) = changing(&mut self.workers, uid) {
                        w.work = WorkType::Terminating;
                    }
                    return self.sync_terminating(cx, uid);
                }
            }
        }
    }

    fn create_sandbox(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        if !self.volumes_ready(cx, uid) {
            return false;
        }
        let Some(w) = self.workers.get_mut(uid) else {
            return false;
        };
        let mut config = sandbox_config(w);
        match runtime_handler(cx, w.pod.get("spec").get("runtimeClassName").str()) {
            Ok(handler) => config.runtime_handler = handler,
            Err(why) => {
                self.sandbox_failed(cx, uid, &why);
                return false;
            }
        }
        w.sandbox_attempts += 1;
        let id = self.submit(
            cx.now,
            Caller::Pod(uid.to_owned()),
            CriRequest::RunPodSandbox(Box::new(config)),
        );
        self.pending(uid, id, Op::Sandbox);
        true
    }

    pub(crate) fn pending(&mut self, uid: &str, id: crate::cri::CallId, op: Op) {
        if let Some(w) = self.workers.get_mut(uid) {
            w.pending = Some((id, op));
        }
    }

    /// Whether all that the pod's volumes bring is there; tells in an event what is missing and tries again later.
    fn volumes_ready(&mut self, cx: &mut Cx<'_>, uid: &str) -> bool {
        let Some(w) = self.workers.get(uid) else {
            return false;
        };
        if w.volumes_ready {
            return true;
        }
        let near = self.surroundings(w);
        let (mut files, mut bound) = (SortedMap::new(), SortedMap::new());
        let (mut unbound, mut missing) = (Vec::new(), None);
        for v in w.pod.spec().volumes() {
            let claim = claim_of(w, v);
            let problem = if claim.is_empty() {
                match volume_files(w, v, &near, cx) {
                    Ok(found) => {
                        files.insert(v.name().to_owned(), found.map(Files::new));
                        None
                    }
                    Err(why) => Some(format!(
                        "MountVolume.SetUp failed for volume \"{}\" : {why}",
                        v.name()
                    )),
                }
            } else {
                match volume_behind(w, v, &claim, cx) {
                    Ok(behind) => {
                        let problem = elsewhere(&behind, &near.node_name, cx);
                        bound.insert(v.name().to_owned(), behind);
                        problem
                    }
                    Err(why) => {
                        unbound.push((v.name().to_owned(), why));
                        None
                    }
                }
            };
            missing = missing.or(problem);
        }
        if !unbound.is_empty() {
            missing = Some(unprocessed(unbound));
        }
        if let Some(why) = missing {
            self.mount_failed(cx, uid, &why);
            return false;
        }
        if let Some(w) = self.workers.get_mut(uid) {
            w.volumes_ready = true;
            (w.files, w.bound) = (files, bound);
        }
        true
    }

    /// Tells why a volume is not there, and tries again later.
    pub(crate) fn mount_failed(&mut self, cx: &mut Cx<'_>, uid: &str, why: &str) {
        self.event(cx, uid, "", "Warning", "FailedMount", why);
        let mut key = uid.to_owned();
        key.push_str("/volumes");
        self.pulls.next(&key, cx.now);
        let wait = self.pulls.get(&key) / 10;
        let at = cx.now + wait.min(Duration::from_secs(122));
        self.wake_at(uid, at);
    }

    pub(crate) fn surroundings(&self, w: &PodWorker) -> Surroundings {
        Surroundings {
            node_name: self.config.node_name.clone(),
            node_ip: self.config.node_ip.clone(),
            services: self.services_for(w.pod.namespace()),
            sub_paths: self.config.sub_paths,
            #[cfg(not(target_arch = "wasm32"))]
            real_tokens: self.config.real_tokens,
            allocatable: [&self.config.allocatable[..], &self.config.capacity].concat(),
        }
    }

    /// Begins a container's start: is its image there?
    fn begin_container(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str) -> bool {
        let Some(c) = self
            .workers
            .get(uid)
            .and_then(|w| w.container(name))
            .cloned()
        else {
            return false;
        };
        if self.image_backoff(cx, uid, &c) {
            return false;
        }
        if !is_valid_name(c.image()) {
            let why = format!(
                "Failed to apply default image tag \"{0}\": couldn't parse image name \"{0}\": invalid reference format",
                c.image()
            );
            self.event(cx, uid, name, "Warning", "InspectFailed", &why);
            self.event(
                cx,
                uid,
                name,
                "Warning",
                "Failed",
                "Error: InvalidImageName",
            );
            self.set_waiting(uid, name, "InvalidImageName", &why);
            self.pulls.next(&image_key(uid, &c), cx.now);
            self.write_status(cx, uid);
            return false;
        }
        let id = self.submit(
            cx.now,
            Caller::Pod(uid.to_owned()),
            CriRequest::ImageStatus {
                image: c.image().to_owned(),
            },
        );
        self.pending(uid, id, Op::ImageStatus(name.to_owned()));
        true
    }

    fn image_backoff(&mut self, cx: &mut Cx<'_>, uid: &str, c: &Container) -> bool {
        let Some(until) = self.pulls.until_since_update(&image_key(uid, c), cx.now) else {
            return false;
        };
        self.wake_at(uid, until);
        true
    }

    pub(crate) fn set_waiting(&mut self, uid: &str, name: &str, reason: &str, message: &str) {
        if let Some(w) = changing(&mut self.workers, uid) {
            w.record(name).wait(reason, message);
        }
    }

    /// Makes the container now that its image is there.
    pub(crate) fn create_container(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        user: &ImageUser,
    ) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        let (Some(c), Some((sandbox, _))) = (w.allocated_container(name), w.sandbox.clone()) else {
            return;
        };
        let attempt = w.containers.get(name).map_or(0, |r| {
            if r.id.is_empty() {
                0
            } else {
                r.restart_count + 1
            }
        });
        let near = self.surroundings(w);
        let config = container_config(w, &c, attempt, &near, cx);
        let refused = root_refused(w, &c, user);
        match config.and_then(|config| refused.map_or(Ok(config), Err)) {
            Ok(config) => {
                if let Some(resize) = self.workers.get_mut(uid).and_then(|w| w.resize.as_mut()) {
                    let resources = resize.allocated.container(name).clone();
                    resize.actuated.set(name, resources);
                }
                let request = CriRequest::CreateContainer {
                    sandbox,
                    config: Box::new(config),
                };
                let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), request);
                self.pending(uid, id, Op::Create(name.to_owned()));
            }
            Err(why) => {
                self.event(cx, uid, name, "Warning", "Failed", &format!("Error: {why}"));
                self.set_waiting(uid, name, "CreateContainerConfigError", &why);
                self.write_status(cx, uid);
                let at = cx.now + Duration::from_secs(10);
                // It is tried again at an even pace, however often it failed.
                let key = image_key(uid, &c);
                self.pulls.forget(&key);
                self.pulls.next(&key, cx.now);
                self.wake_at(uid, at);
            }
        }
    }

    /// Tells of the containers that wait for their back-off to end.
    fn tell_crash_backoff(&mut self, cx: &mut Cx<'_>, uid: &str) {
        let Some(w) = self.workers.get(uid) else {
            return;
        };
        let waiting: Vec<(String, Duration)> = w
            .containers
            .iter()
            .filter(|(_, r)| !r.told_backoff && !r.is_running() && !r.restart_wanted)
            .filter_map(|(name, r)| {
                let since = r.terminated()?.finished_at;
                let key = backoff_key(w, name);
                self.crash
                    .until(&key, since, cx.now)
                    .map(|_| (name.clone(), self.crash.get(&key)))
            })
            .collect();
        for (name, delay) in waiting {
            let Some(w) = changing(&mut self.workers, uid) else {
                return;
            };
            let policy = w.pod.spec().restart_policy().to_owned();
            let exit = w.containers.get(&name).and_then(|r| r.terminated());
            let exit = exit.map(|t| t.exit_code);
            // An init container that has done its work is not started again, whatever it took.
            let done = exit == Some(0)
                && w.container(&name).is_some_and(|c| {
                    let init = w.pod.spec().init_containers();
                    !is_sidecar(c) && init.iter().any(|i| i.name() == name)
                });
            let stays = w
                .container(&name)
                .zip(exit)
                .map_or(policy == "Never", |(c, code)| {
                    !container_should_restart(c, &policy, code)
                });
            if done || stays {
                continue;
            }
            let who = format!(
                "{name} in pod {}_{}({})",
                w.api_pod().name(),
                w.pod.namespace(),
                w.pod.uid()
            );
            let message = format!(
                "back-off {} restarting failed container={name} pod={}_{}({})",
                go_duration(delay),
                w.api_pod().name(),
                w.pod.namespace(),
                w.pod.uid()
            );
            let r = w.record(&name);
            r.told_backoff = true;
            r.wait("CrashLoopBackOff", &message);
            self.event(
                cx,
                uid,
                &name,
                "Warning",
                "BackOff",
                &format!("Back-off restarting failed container {who}"),
            );
            self.write_status(cx, uid);
        }
    }
}

/// `10s`, `1m20s`, `5m0s`: a duration of whole seconds as Go writes it.
pub(crate) fn go_duration(d: Duration) -> String {
    let s = d.as_secs();
    if s < 60 {
        format!("{s}s")
    } else {
        format!("{}m{}s", s / 60, s % 60)
    }
}

pub(crate) fn image_key(uid: &str, c: &Container) -> String {
    format!("{uid}/image/{}", c.image())
}

fn sandbox_config(w: &PodWorker) -> PodSandboxConfig {
    let spec = w.pod.spec();
    let name = w.api_pod().name();
    let host_network = spec.host_network() == Some(true);
    let hostname = match spec.hostname() {
        // Such a pod has no host name of its own.
        _ if host_network && !spec.node_name().is_empty() => spec.node_name(),
        "" => name,
        own => own,
    };
    let ports = spec
        .containers()
        .iter()
        .flat_map(|c| c.ports())
        .filter_map(|p| {
            let host = u16::try_from(p.host_port()?).ok().filter(|h| *h > 0)?;
            Some((
                host,
                u16::try_from(p.container_port()?).ok()?,
                p.protocol().to_owned(),
            ))
        });
    PodSandboxConfig {
        pod: Value::clone(&w.pod),
        name: name.to_owned(),
        namespace: w.pod.namespace().to_owned(),
        uid: w.pod.uid().to_owned(),
        attempt: w.sandbox_attempts,
        labels: w.api_pod().meta().get("labels").clone(),
        hostname: hostname.to_owned(),
        host_network,
        host_ports: ports.collect(),
        resolv_conf: super::dns::resolv_conf(&w.pod, &super::dns::Resolver::default()),
        host_aliases: super::dns::host_aliases(w.api_pod()),
        runtime_handler: String::new(),
        bound: w.bound.clone(),
    }
}
