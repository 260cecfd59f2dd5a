//! What nodes on other machines use, read off their kubelets as metrics-server does (`pkg/scraper/client`).

use super::summary;
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::metrics::{ContainerUsage, NodeUsage, PodUsage, Usage};
use crate::cluster::metrics::RESOLUTION;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// When the kubelet of a node was read last, and the CPU time that the node had spent by then.
static BEFORE: Mutex<BTreeMap<String, (Timestamp, u64)>> = Mutex::new(BTreeMap::new());

/// Forgets a node.
pub fn forget(node: &str) {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    before.remove(node);
}

/// Reads the kubelet of a node; none where it does not answer.
pub async fn of_kubelet(name: &str, kubelet: (IpAddr, u16)) -> Option<Usage> {
    let read = tokio::time::timeout(RESOLUTION, summary(kubelet)).await;
    let found = match read {
        Ok(Ok(found)) => Some(found),
        Ok(Err(why)) => {
            tracing::debug!("what a node uses is not known: {why:#}");
            None
        }
        Err(_) => None,
    };
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(found) = found else {
        before.remove(name);
        return None;
    };
    let now = spent(found.get("node"));
    let earlier = now.and_then(|now| before.insert(name.to_owned(), now));
    Some(usage(name, &found, earlier))
}

fn number(of: &Value, path: &[&str]) -> Option<u64> {
    u64::try_from(of.at(path).as_i64()?).ok()
}

fn spent(of: &Value) -> Option<(Timestamp, u64)> {
    let time = Timestamp::parse(of.at(&["cpu", "time"]).str())?;
    Some((time, number(of, &["cpu", "usageCoreNanoSeconds"])?))
}

/// What a summary says of the node of that name, whatever the kubelet calls it. How much CPU the node uses follows from what it had spent `earlier`.
fn usage(name: &str, summary: &Value, earlier: Option<(Timestamp, u64)>) -> Usage {
    let mut usage = Usage::default();
    let node = summary.get("node");
    if let (Some((time, cpu)), Some((before, spent_before))) = (spent(node), earlier)
        && time > before
    {
        let window = time.since(before);
        let rate = cpu.saturating_sub(spent_before) as f64 / window.as_secs_f64();
        usage.nodes.push(NodeUsage {
            name: name.into(),
            time,
            window,
            cpu: rate as u64,
            memory: number(node, &["memory", "workingSetBytes"]).unwrap_or(0),
        });
    }
    for pod in summary.get("pods").items() {
        let Some((time, _)) = spent(pod) else {
            continue;
        };
        let containers = pod.get("containers").items().iter().map(|container| {
            // Too young to say anything: the pod is told of once all of them do.
            let cpu = number(container, &["cpu", "usageNanoCores"])?;
            Some(ContainerUsage {
                name: container.get("name").str().into(),
                cpu,
                memory: number(container, &["memory", "workingSetBytes"]).unwrap_or(0),
            })
        });
        if let Some(containers) = containers.collect() {
            usage.pods.push(PodUsage {
                namespace: pod.at(&["podRef", "namespace"]).str().into(),
                name: pod.at(&["podRef", "name"]).str().into(),
                time,
                window: Duration::from_secs(10),
                containers,
            });
        }
    }
    usage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn rates_follow_from_two_looks() {
        let summary = tree!({
            "node": {"nodeName": "another", "cpu": {"time": "2026-01-01T00:00:20Z", "usageCoreNanoSeconds": 3_000_000_000_i64},
                "memory": {"workingSetBytes": 7}},
            "pods": [{"podRef": {"name": "p", "namespace": "a"}, "cpu": {"time": "2026-01-01T00:00:20Z", "usageCoreNanoSeconds": 1},
                "containers": [{"name": "c", "cpu": {"usageNanoCores": 5}, "memory": {"workingSetBytes": 6}}]}],
        });
        let first = usage("b", &summary, None);
        assert!(first.nodes.is_empty());
        assert_eq!(first.pods[0].containers[0].cpu, 5);
        let before = Timestamp::parse("2026-01-01T00:00:10Z").expect("a time");
        let second = usage("b", &summary, Some((before, 1_000_000_000)));
        assert_eq!(
            (
                &*second.nodes[0].name,
                second.nodes[0].cpu,
                second.nodes[0].memory
            ),
            ("b", 200_000_000, 7)
        );
    }
}
