//! Decides what a pod needs next (`computePodActions` of kuberuntime_manager.go). Pure: no calls, no writes.

use super::backoff::Backoff;
use super::pod_sync::image_key;
use super::resize::plan::{self, Next, Step};
use super::worker::{ContainerRecord, PodWorker, is_sidecar};
use crate::api::core::pod_util::container_should_restart;
use crate::api::core_v1::Container;
use crate::apimachinery::Timestamp;

/// What a pod needs next.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// A sandbox.
    CreateSandbox,
    /// The container of that name is to be started.
    StartContainer(String),
    /// The running container of that name is to be ended, for that reason.
    KillContainer(String, String),
    /// A running container is to be given other resources.
    Resize(Step),
    /// Nothing until then (a back-off ends), or until something happens.
    Wait(Option<Timestamp>),
    /// Every container has ended for good: the pod is over.
    Finish,
}

/// The next step for a pod that is to run.
pub fn next_action(w: &PodWorker, crash: &Backoff, pulls: &Backoff, now: Timestamp) -> Action {
    if is_over(w) {
        return Action::Finish;
    }
    if let Some((name, why)) = changed_container(w) {
        return Action::KillContainer(name, why);
    }
    let resize = plan::next(w, now);
    if let Some(Next::Restart(name)) = resize {
        let why = format!("Container {name} resize requires restart");
        return Action::KillContainer(name, why);
    }
    if w.sandbox.is_none() {
        return Action::CreateSandbox;
    }
    if let Some(Next::Update(step)) = resize {
        return Action::Resize(step);
    }
    let mut later = None;
    for c in w.ephemeral() {
        // They are never started again.
        if w.known(c.name()).is_some_and(|r| !r.id.is_empty()) {
            continue;
        }
        match pulls.until_since_update(&image_key(w.pod.uid(), c), now) {
            None => return Action::StartContainer(c.name().to_owned()),
            until => later = [later, until].into_iter().flatten().min(),
        }
    }
    let action = match init_action(w, crash, now) {
        Some(action) => action,
        None => main_action(w, crash, now),
    };
    match action {
        Action::Wait(until) => Action::Wait([until, later].into_iter().flatten().min()),
        other => other,
    }
}

fn is_over(w: &PodWorker) -> bool {
    let spec = w.pod.spec();
    let policy = spec.restart_policy();
    let stays_failed =
        |c: &Container, code: i32| code != 0 && !container_should_restart(c, policy, code);
    let failed_init = spec
        .init_containers()
        .iter()
        .any(|c| !is_sidecar(c) && ended(w, c).is_some_and(|r| stays_failed(c, exit_code(r))));
    if failed_init {
        return !w.any_running();
    }
    !spec.containers().is_empty()
        && spec
            .containers()
            .iter()
            .all(|c| ended(w, c).is_some_and(|r| !wants_restart(policy, c, r)))
}

fn ended<'a>(w: &'a PodWorker, c: &Container) -> Option<&'a ContainerRecord> {
    w.known(c.name())
        .filter(|r| last_exit(r).is_some() && !r.is_running())
}

fn last_exit(r: &ContainerRecord) -> Option<&super::worker::Terminated> {
    r.terminated().or(if r.is_running() {
        None
    } else {
        r.last.as_deref()
    })
}

fn exit_code(r: &ContainerRecord) -> i32 {
    last_exit(r).map_or(0, |t| t.exit_code)
}

fn wants_restart(policy: &str, c: &Container, r: &ContainerRecord) -> bool {
    r.restart_wanted || container_should_restart(c, policy, exit_code(r))
}

fn changed_container(w: &PodWorker) -> Option<(String, String)> {
    let spec = w.pod.spec();
    let all = spec
        .init_containers()
        .iter()
        .filter(|c| is_sidecar(c))
        .chain(spec.containers());
    all.filter_map(|c| w.containers.get(c.name()).map(|r| (c, r)))
        .find(|(c, r)| {
            r.is_running() && !r.stopping && !r.spec_image.is_empty() && r.spec_image != c.image()
        })
        .map(|(c, _)| {
            (
                c.name().to_owned(),
                format!(
                    "Container {} definition changed, will be restarted",
                    c.name()
                ),
            )
        })
}

/// The step for init containers; `None` once all are done (sidecars: started).
fn init_action(w: &PodWorker, crash: &Backoff, now: Timestamp) -> Option<Action> {
    let spec = w.pod.spec();
    // In another sandbox they run anew.
    let main_has_run = spec.containers().iter().any(|c| w.made_here(c.name()));
    for c in spec.init_containers() {
        let record = w.known(c.name());
        if is_sidecar(c) {
            match record {
                Some(r) if r.is_running() && r.started => continue,
                Some(r) if r.is_running() => {
                    return if main_has_run {
                        None
                    } else {
                        Some(Action::Wait(None))
                    };
                }
                other => return Some(start_or_wait(w, c.name(), other, crash, now)),
            }
        }
        if main_has_run {
            continue;
        }
        match record {
            Some(r) if r.is_running() => return Some(Action::Wait(None)),
            Some(r) if r.terminated().is_some_and(|t| t.exit_code == 0) => {
                if !w.made_here(c.name()) {
                    return Some(Action::StartContainer(c.name().to_owned()));
                }
            }
            Some(r)
                if last_exit(r).is_some()
                    && !container_should_restart(c, spec.restart_policy(), exit_code(r)) =>
            {
                return Some(Action::Wait(None));
            }
            other => return Some(start_or_wait(w, c.name(), other, crash, now)),
        }
    }
    None
}

fn main_action(w: &PodWorker, crash: &Backoff, now: Timestamp) -> Action {
    let policy = w.pod.spec().restart_policy();
    let mut wait: Option<Timestamp> = None;
    for c in w.pod.spec().containers() {
        let record = w.known(c.name());
        let action = match record {
            Some(r) if r.is_running() => continue,
            Some(r) if last_exit(r).is_some() && !wants_restart(policy, c, r) => continue,
            other => start_or_wait(w, c.name(), other, crash, now),
        };
        match action {
            Action::Wait(until) => wait = [wait, until].into_iter().flatten().min(),
            start => return start,
        }
    }
    Action::Wait(wait)
}

fn start_or_wait(
    w: &PodWorker,
    name: &str,
    record: Option<&ContainerRecord>,
    crash: &Backoff,
    now: Timestamp,
) -> Action {
    let Some(r) = record else {
        return Action::StartContainer(name.to_owned());
    };
    if let Some(t) = last_exit(r)
        && !r.restart_wanted
        && let Some(until) = crash.until(&backoff_key(w, name), t.finished_at, now)
    {
        return Action::Wait(Some(until));
    }
    Action::StartContainer(name.to_owned())
}

/// Under which key a container's back-off is counted.
pub fn backoff_key(w: &PodWorker, container: &str) -> String {
    format!("{}/{container}", w.pod.uid())
}
