//! What holds at every moment, whatever breaks.

use crate::world::{def, is_over};
use kubarium::apimachinery::{Quantity, Value};
use kubarium::cluster::Cluster;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Always {
    /// Up to which revision the history was looked at.
    revision: u64,
    /// What was last seen of each pod by UID.
    pods: BTreeMap<String, Seen>,
}

#[derive(Clone, Default)]
struct Seen {
    node: String,
    over: bool,
    terminating: bool,
    restarts: i64,
    revision: u64,
}

impl Always {
    /// Looks at the cluster; the first thing that must not be.
    pub fn look(&mut self, cluster: &Cluster) -> Result<(), String> {
        if cluster.api().revision() == self.revision {
            return Ok(());
        }
        self.revisions_rise(cluster)?;
        let pods: Vec<&Value> = cluster.api().peek_all(def("", "v1", "pods")).collect();
        for pod in &pods {
            self.pod_only_goes_on(pod, cluster)?;
        }
        let alive: BTreeSet<&str> = pods.iter().map(|p| p.uid()).collect();
        self.pods.retain(|uid, _| alive.contains(uid.as_str()));
        nodes_hold_their_pods(cluster, &pods)?;
        no_identity_runs_twice(cluster)
    }

    fn revisions_rise(&mut self, cluster: &Cluster) -> Result<(), String> {
        let (mut last, mut time) = (self.revision, None);
        for event in cluster.api().audit().since(self.revision) {
            if event.revision <= last || time.is_some_and(|t| event.time < t) {
                return Err(format!(
                    "revision {} at {:?} comes after {last} at {time:?}",
                    event.revision, event.time
                ));
            }
            (last, time) = (event.revision, Some(event.time));
        }
        if cluster.api().revision() < last {
            return Err(format!(
                "revision {} is below {last}",
                cluster.api().revision()
            ));
        }
        self.revision = cluster.api().revision();
        Ok(())
    }

    /// A pod is bound once, to a node that there is; what is over stays over; what goes does not come back.
    fn pod_only_goes_on(&mut self, pod: &Value, cluster: &Cluster) -> Result<(), String> {
        let before = self.pods.get(pod.uid()).cloned().unwrap_or_default();
        let statuses = pod.at(&["status", "containerStatuses"]).items();
        let now = Seen {
            node: pod.at(&["spec", "nodeName"]).str().to_owned(),
            over: is_over(pod),
            terminating: pod.is_terminating(),
            restarts: statuses
                .iter()
                .filter_map(|s| s.get("restartCount").as_i64())
                .sum(),
            revision: pod.resource_version().parse().unwrap_or(0),
        };
        let key = pod.key();
        let complaint = if !before.node.is_empty() && before.node != now.node {
            format!("{key} moved from {} to {:?}", before.node, now.node)
        } else if !now.node.is_empty() && !cluster.machines().contains_key(&now.node) {
            format!("{key} is bound to {}, which there is not", now.node)
        } else if before.over && !now.over {
            format!(
                "{key} was over and is {}",
                pod.at(&["status", "phase"]).str()
            )
        } else if before.terminating && !now.terminating {
            format!("{key} was being deleted and is not any more")
        } else if now.restarts < before.restarts {
            format!(
                "{key} had {} restarts and has {}",
                before.restarts, now.restarts
            )
        } else if now.revision < before.revision {
            format!(
                "{key} went from revision {} to {}",
                before.revision, now.revision
            )
        } else {
            self.pods.insert(pod.uid().to_owned(), now);
            return Ok(());
        };
        Err(complaint)
    }
}

/// What a pod asks for, as the scheduler counts it: thousandths of a CPU and bytes.
pub fn requests(pod: &Value) -> (i64, i64) {
    let of = |c: &Value, name: &str, milli: bool| {
        let amount = c.at(&["resources", "requests", name]);
        match (amount.is_null(), milli) {
            (true, _) => 0,
            (_, true) => Quantity::of(amount).milli_value(),
            (_, false) => Quantity::of(amount).value(),
        }
    };
    let containers = pod.at(&["spec", "containers"]).items();
    (
        containers.iter().map(|c| of(c, "cpu", true)).sum(),
        containers.iter().map(|c| of(c, "memory", false)).sum(),
    )
}

/// What a node has for pods.
pub fn allocatable(node: &Value) -> (i64, i64, i64) {
    let of = |name: &str| Quantity::of(node.at(&["status", "allocatable", name]));
    (
        of("cpu").milli_value(),
        of("memory").value(),
        of("pods").value(),
    )
}

fn nodes_hold_their_pods(cluster: &Cluster, pods: &[&Value]) -> Result<(), String> {
    for node in cluster.api().peek_all(def("", "v1", "nodes")) {
        let (cpu, memory, count) = allocatable(node);
        let here = pods
            .iter()
            .filter(|p| p.at(&["spec", "nodeName"]) == &node.name() && !is_over(p));
        let used = here.fold((0, 0, 0), |sum, p| {
            let (cpu, memory) = requests(p);
            (sum.0 + cpu, sum.1 + memory, sum.2 + 1)
        });
        if used.0 > cpu || used.1 > memory || used.2 > count {
            return Err(format!(
                "{} has ({cpu}, {memory}, {count}) and is asked for {used:?}",
                node.name()
            ));
        }
    }
    Ok(())
}

/// No two machines run the same pod of a StatefulSet.
fn no_identity_runs_twice(cluster: &Cluster) -> Result<(), String> {
    let mut where_: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for (name, machine) in cluster
        .machines()
        .iter()
        .filter(|(_, m)| m.kubelet.is_powered())
    {
        for (ns, pod, ..) in machine.kubelet.running_containers() {
            if pod.starts_with("db-") {
                where_
                    .entry((ns.to_owned(), pod.to_owned()))
                    .or_default()
                    .insert(name);
            }
        }
    }
    match where_.iter().find(|(_, machines)| machines.len() > 1) {
        Some((pod, machines)) => Err(format!("{pod:?} runs on {machines:?} at once")),
        None => Ok(()),
    }
}
