//! What the cluster tells beyond its API, in the view's words: audited writes, the scheduler's
//! verdicts, the state of machines. Each is told once.

use crate::collections::SortedMap;
use crate::{
    apimachinery::schema,
    apiserver::AuditEvent,
    cluster::{
        Cluster,
        traffic::{Hop, Outcome as HopOutcome},
    },
    scheduler::trace::{Attempt, NodeVerdict, Outcome},
    view::{
        frame::{FlowEnd, Machine, Verdict},
        protocol::ObjectRef,
        trace::{Scheduled, Trace, Write},
        traffic::Passed,
        viewer::VERDICTS,
    },
};

/// How far each of them was told.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    revision: u64,
    attempts: u64,
    machines: SortedMap<String, Machine>,
}

impl Traces {
    /// What is new since the last call; `hops` is what travelled.
    pub fn take(&mut self, cluster: &Cluster, hops: &[Hop]) -> Vec<Trace> {
        let passed = hops.iter().cloned().map(passed);
        let mut found: Vec<Trace> = passed.map(Trace::Passed).collect();
        self.take_writes(cluster, &mut found);
        self.take_attempts(cluster, &mut found);
        self.take_machines(cluster, &mut found);
        found
    }

    fn take_writes(&mut self, cluster: &Cluster, found: &mut Vec<Trace>) {
        for event in cluster.api().audit().since(self.revision) {
            self.revision = self.revision.max(event.revision);
            found.extend(write(event).map(Trace::Write));
        }
    }

    fn take_attempts(&mut self, cluster: &Cluster, found: &mut Vec<Trace>) {
        let trace = cluster.scheduler().trace();
        if trace.recorded() < self.attempts {
            // Another scheduler has taken over, with a memory of its own.
            self.attempts = 0;
        }
        let fresh = usize::try_from(trace.recorded() - self.attempts).unwrap_or(usize::MAX);
        let kept = trace.attempts().count();
        let attempts = trace.attempts().skip(kept - fresh.min(kept));
        found.extend(attempts.map(|attempt| Trace::Scheduled(scheduled(attempt))));
        self.attempts = trace.recorded();
    }

    fn take_machines(&mut self, cluster: &Cluster, found: &mut Vec<Trace>) {
        for (node, machine) in cluster.machines() {
            let state = match (machine.kubelet.is_powered(), machine.cut) {
                (false, _) => Machine::Off,
                (true, true) => Machine::Cut,
                (true, false) => Machine::On,
            };
            // Most are as they were: nothing is made for them.
            if self.machines.get(node) == Some(&state) {
                continue;
            }
            let before = self.machines.insert(node.clone(), state);
            if before.unwrap_or_default() != state {
                let node = node.clone();
                found.push(Trace::Machine { node, state });
            }
        }
        if self.machines.len() != cluster.machines().len() {
            self.machines
                .retain(|node, _| cluster.machines().contains_key(node));
        }
    }
}

fn passed(hop: Hop) -> Passed {
    Passed {
        service: hop.service,
        from: hop.from,
        to: hop.to,
        at: hop.at,
        by: hop.by,
        end: match hop.outcome {
            HopOutcome::Answered => FlowEnd::Answered,
            HopOutcome::Refused => FlowEnd::Refused,
            HopOutcome::Lost => FlowEnd::Lost,
        },
    }
}

fn write(event: &AuditEvent) -> Option<Write> {
    let object = &event.object;
    let resource = schema::resource(object.group, object.version, object.resource)?;
    Some(Write {
        revision: event.revision,
        at: event.time,
        user: event.user.clone(),
        agent: event.user_agent.clone(),
        verb: event.verb.into(),
        subresource: object.subresource.clone(),
        object: ObjectRef::new(
            &resource.api_version(),
            resource.kind,
            object.namespace.as_str(),
            object.name.as_str(),
        ),
        cause: event.cause,
    })
}

fn scheduled(attempt: &Attempt) -> Scheduled {
    let (namespace, pod) = attempt.pod.split_once('/').unwrap_or(("", &attempt.pod));
    Scheduled {
        at: attempt.time,
        namespace: namespace.to_owned(),
        pod: pod.to_owned(),
        chosen: match &attempt.outcome {
            Outcome::Assigned(node) => Some(node.as_str().to_owned()),
            Outcome::Unschedulable(..) | Outcome::Failed(_) => None,
        },
        verdicts: attempt.nodes.iter().take(VERDICTS).map(verdict).collect(),
    }
}

fn verdict(found: &NodeVerdict) -> Verdict {
    let (refused_by, reasons) = match &found.refused {
        Some((plugin, reasons)) => (*plugin, reasons.as_slice()),
        None => ("", &[][..]),
    };
    let reasons: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
    Verdict {
        node: found.node.as_str().to_owned(),
        refused_by: refused_by.to_owned(),
        reason: reasons.join(", "),
        score: found.total,
    }
}
