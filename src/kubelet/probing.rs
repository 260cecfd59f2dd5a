//! Runs probes and lifecycle hooks, and acts on their answers.

use super::prober::{ProbeKind, ProbeWorker, outcome, request};
use super::worker::{Op, changing};
use super::{Caller, Kubelet};
use crate::api::core_v1::Container;
use crate::apimachinery::{Timestamp, Value};
use crate::client::Cx;
use crate::cri::{CriError, CriResponse, RuntimeService};
use std::time::Duration;

const KINDS: [ProbeKind; 3] = [
    ProbeKind::Startup,
    ProbeKind::Liveness,
    ProbeKind::Readiness,
];

impl<R: RuntimeService> Kubelet<R> {
    /// Begins a container's probes; without them it counts as started and ready.
    pub(crate) fn begin_probes(&mut self, uid: &str, c: &Container, now: Timestamp) {
        let run = self.config.run_probes;
        let Some(w) = changing(&mut self.workers, uid) else {
            return;
        };
        let r = w.record(c.name());
        r.started = !(run && c.has_startup_probe());
        r.probe_ready = !(run && c.has_readiness_probe());
        if !run {
            return;
        }
        for kind in KINDS {
            if let Some(probe) = kind.of(c) {
                let key = (uid.to_owned(), c.name().to_owned(), kind);
                self.probes.insert(key, ProbeWorker::new(kind, probe, now));
            }
        }
    }

    /// Asks the questions that are due.
    pub(crate) fn run_probes(&mut self, cx: &mut Cx<'_>) {
        let due: Vec<(String, String, ProbeKind)> = self
            .probes
            .iter()
            .filter(|(_, p)| !p.in_flight && p.next_at <= cx.now)
            .map(|(k, _)| k.clone())
            .collect();
        for (uid, name, kind) in due {
            let Some(w) = self.workers.get(&uid) else {
                self.probes.remove(&(uid, name, kind));
                continue;
            };
            let (Some(c), Some(r), Some(sandbox)) = (
                w.container(&name).cloned(),
                w.containers.get(&name).cloned(),
                w.sandbox.clone(),
            ) else {
                continue;
            };
            let Some(probe) = kind.of(&c).cloned() else {
                continue;
            };
            let period =
                Duration::from_secs(probe.period_seconds().unwrap_or(10).max(1).unsigned_abs());
            let held = kind != ProbeKind::Startup && !r.started
                || kind == ProbeKind::Startup && r.started
                || r.stopping;
            if let Some(p) = self.probes.get_mut(&(uid.clone(), name.clone(), kind)) {
                p.next_at = cx.now
                    + if held {
                        Duration::from_secs(1).min(period)
                    } else {
                        period
                    };
                p.in_flight = !held;
            }
            if held {
                continue;
            }
            let timeout =
                Duration::from_secs(probe.timeout_seconds().unwrap_or(1).max(1).unsigned_abs());
            match request(&probe, &c, &sandbox, &r.id, timeout) {
                Ok(call) => {
                    self.submit(cx.now, Caller::Probe(uid, name, kind), call);
                }
                Err(why) => self.judge(cx, &uid, &name, kind, Err(why)),
            }
        }
    }

    /// Takes an answer to a probe in.
    pub(crate) fn probe_answered(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        kind: ProbeKind,
        answer: Result<CriResponse, CriError>,
    ) {
        let Some(c) = self
            .workers
            .get(uid)
            .and_then(|w| w.container(name))
            .cloned()
        else {
            return;
        };
        let Some(probe) = kind.of(&c) else { return };
        let timeout =
            Duration::from_secs(probe.timeout_seconds().unwrap_or(1).max(1).unsigned_abs());
        if let Err(e) = &answer
            && e.code != "DeadlineExceeded"
        {
            // Nobody knows what it would have said: it counts neither way.
            let say = format!(
                "{} probe errored and resulted in unknown state: {e}",
                kind.word()
            );
            let key = (uid.to_owned(), name.to_owned(), kind);
            if let Some(p) = self.probes.get_mut(&key) {
                p.in_flight = false;
                self.event(cx, uid, name, "Warning", "Unhealthy", &say);
            }
            return;
        }
        let verdict = outcome(probe, &answer, timeout);
        self.judge(cx, uid, name, kind, verdict);
    }

    fn judge(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        kind: ProbeKind,
        answer: Result<(), String>,
    ) {
        let Some(c) = self
            .workers
            .get(uid)
            .and_then(|w| w.container(name))
            .cloned()
        else {
            return;
        };
        let Some(probe) = kind.of(&c) else { return };
        let Some(worker) = self
            .probes
            .get_mut(&(uid.to_owned(), name.to_owned(), kind))
        else {
            return;
        };
        let verdict = worker.take(probe, answer, cx.now);
        let restarts = self
            .workers
            .get(uid)
            .is_some_and(|w| w.pod.spec().restart_policy() != "Never");
        if let Some(why) = &verdict.failure {
            self.event(
                cx,
                uid,
                name,
                "Warning",
                "Unhealthy",
                &format!("{} probe failed: {why}", kind.word()),
            );
        }
        let Some(ok) = verdict.settled else { return };
        match (kind, ok) {
            (ProbeKind::Startup, true) => {
                self.set_flags(uid, name, Some(true), None);
                self.probes.remove(&(uid.to_owned(), name.to_owned(), kind));
                for other in [ProbeKind::Liveness, ProbeKind::Readiness] {
                    if let Some(p) = self
                        .probes
                        .get_mut(&(uid.to_owned(), name.to_owned(), other))
                    {
                        p.next_at = p.next_at.min(cx.now);
                    }
                }
            }
            (ProbeKind::Readiness, ok) => self.set_flags(uid, name, None, Some(ok)),
            (ProbeKind::Liveness, true) => {}
            (ProbeKind::Startup | ProbeKind::Liveness, false) => {
                let mut why = format!(
                    "Container {name} failed {} probe",
                    kind.word().to_ascii_lowercase()
                );
                if restarts {
                    why += ", will be restarted";
                }
                self.probes.retain(|(u, n, _), _| !(u == uid && n == name));
                self.kill_container(
                    cx,
                    uid,
                    name,
                    &why,
                    probe.termination_grace_period_seconds(),
                );
            }
        }
        self.dirty.insert(uid.to_owned());
    }

    fn set_flags(&mut self, uid: &str, name: &str, started: Option<bool>, ready: Option<bool>) {
        if let Some(w) = changing(&mut self.workers, uid) {
            let r = w.record(name);
            r.started = started.unwrap_or(r.started);
            r.probe_ready = ready.unwrap_or(r.probe_ready);
        }
    }

    /// Runs a container's postStart hook; the container counts as started when it ends well.
    pub(crate) fn run_post_start(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        c: &Container,
        hook: &Value,
    ) {
        let Some((id, sandbox)) = self
            .workers
            .get(uid)
            .and_then(|w| Some((w.containers.get(c.name())?.id.clone(), w.sandbox.clone()?)))
        else {
            return;
        };
        match request(hook, c, &sandbox, &id, Duration::from_secs(3600)) {
            Ok(call) => {
                let id = self.submit(cx.now, Caller::Pod(uid.to_owned()), call);
                self.pending(uid, id, Op::PostStart(c.name().to_owned()));
            }
            Err(_) => self.begin_probes(uid, c, cx.now),
        }
    }

    pub(crate) fn post_start_answered(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        answer: Result<CriResponse, CriError>,
    ) {
        let Some(c) = self
            .workers
            .get(uid)
            .and_then(|w| w.container(name))
            .cloned()
        else {
            return;
        };
        let hook = c.lifecycle().get("postStart");
        match outcome(hook, &answer, Duration::from_secs(3600)) {
            Ok(()) => self.begin_probes(uid, &c, cx.now),
            Err(why) => {
                self.event(
                    cx,
                    uid,
                    name,
                    "Warning",
                    "FailedPostStartHook",
                    &format!("PostStartHook failed: {why}"),
                );
                self.kill_container(cx, uid, name, "FailedPostStartHook", None);
            }
        }
    }
}
