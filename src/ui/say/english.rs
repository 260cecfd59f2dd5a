//! Reasons in English.

use super::left;
use crate::view::inspect::Why;

pub fn why(why: &Why, now: i64) -> (String, String) {
    let (is, todo): (String, &str) = match why {
        Why::Fine => ("Everything is as it should be.".into(), ""),
        Why::WaitsForScheduler => ("It waits for its turn with the scheduler.".into(), ""),
        Why::SchedulerDown => (
            "The scheduler does not run, so no pod gets a node.".into(),
            "Start kube-scheduler again.",
        ),
        Why::ControllersDown => (
            "The controller manager does not run, so nothing acts on the change.".into(),
            "Start kube-controller-manager again.",
        ),
        Why::NoNodeFits(m) => (
            format!("The scheduler found no node for it: {m}"),
            "Free or add what is missing, or ask for less. It is tried again by itself.",
        ),
        Why::Verdicts(_) => ("What the scheduler found on each node:".into(), ""),
        Why::Placed(node, all) => (
            match super::rivals(node, all) {
                0 => format!("The scheduler chose {node}: no other node fits."),
                1 => format!("The scheduler chose {node}, which scored highest:"),
                n => format!("The scheduler drew {node} from the {n} nodes that scored highest:"),
            },
            "",
        ),
        Why::WaitsForKubelet(n) => (
            format!("It was assigned to {n}. The kubelet there has yet to begin."),
            "",
        ),
        Why::Pulling(images) => (format!("The kubelet pulls {}.", images.join(", ")), ""),
        Why::Creating => ("The kubelet creates its containers.".into(), ""),
        Why::InitRuns => (
            "Init containers run, one after the other. The others start when all have succeeded.".into(),
            "",
        ),
        Why::CrashLoop { container, code, reason, restarts, until_ms } => (
            format!(
                "Container {container} ended with {reason} (exit code {code}) and has been restarted {restarts} times. The next try is in {}.",
                left(*until_ms, now)
            ),
            "Read the log of its last run. The wait doubles with each failure, up to five minutes.",
        ),
        Why::ImageTrouble { image, message } => (
            format!("The image {image} cannot be pulled: {message}"),
            "Correct the image's name or tag. It is tried again by itself.",
        ),
        Why::ConfigTrouble(m) => (
            format!("The container cannot be made: {m}"),
            "Create what is missing, or correct its name.",
        ),
        Why::NotReady(m) if m.is_empty() => (
            "It runs, but does not count as ready yet, so services send it nothing.".into(),
            "",
        ),
        Why::NotReady(m) => (
            format!("It runs, but is not ready, so services send it nothing: {m}"),
            "Look at its readiness probe and its log.",
        ),
        Why::Ended { container, code, reason } => (
            format!("Container {container} ended with {reason} (exit code {code})."),
            "Read its log.",
        ),
        Why::Evicted(m) => (format!("It was evicted: {m}"), ""),
        Why::Terminating { until_ms, finalizers } if finalizers.is_empty() => (
            format!(
                "It was asked to end. Its containers have {} left before they are killed.",
                left(*until_ms, now)
            ),
            "",
        ),
        Why::Terminating { finalizers, .. } => (
            format!("It is being deleted and waits for: {}.", finalizers.join(", ")),
            "Whoever set a finalizer has to take it off.",
        ),
        Why::NodeSilent(n) => (
            format!("Node {n} does not answer, so nobody knows how the pod is. It is evicted after five minutes."),
            "Start the node, or delete it.",
        ),
        Why::Serves(names) => (format!("Services that send it traffic: {}.", names.join(", ")), ""),
        Why::Kept(kind, name) => (
            format!("{kind} {name} keeps it: it would be made again if it went."),
            "",
        ),
        Why::Settled(n) => (format!("All {n} pods are there, new and ready."), ""),
        Why::Paused => (
            "Its rollout is paused: changes to the template wait.".into(),
            "Resume it.",
        ),
        Why::ScaledToZero => ("It is scaled to zero and wants no pods.".into(), ""),
        Why::NotObserved => ("Its controller has not seen the last change yet.".into(), ""),
        Why::Rollout(new, ready, all) => (
            format!("{ready} of {all} pods are ready; {new} have the newest template."),
            "",
        ),
        Why::Trouble(m) => (m.clone(), ""),
        Why::WaitsForPod(_, status) => (format!("It waits for a pod that is {status}:"), ""),
        Why::NoSelector => (
            "It has no selector, so Kubernetes adds no endpoints.".into(),
            "Add a selector, or EndpointSlices of your own.",
        ),
        Why::NoPodMatches(s) => (
            format!("No pod in its namespace has the labels {s}."),
            "Compare the selector with the labels of the pods.",
        ),
        Why::NoneReady(n) => (
            format!("{n} pods match its selector, but none of them is ready."),
            "Look at why the pods are not ready.",
        ),
        Why::Ready(n) => (format!("It sends traffic to {n} ready endpoints."), ""),
        Why::NodeOff => ("The machine is powered off.".into(), "Power it on."),
        Why::NodeCut => (
            "The machine is cut off from the network. Its containers go on, but nobody hears of them.".into(),
            "Mend the network.",
        ),
        Why::NodeTrouble { reason, message } => (format!("{reason}: {message}"), ""),
        Why::Cordoned => (
            "It is cordoned: no new pods are scheduled here.".into(),
            "Uncordon it.",
        ),
        Why::Pressure(p) => (
            format!("It reports {p} and evicts pods to free what is short."),
            "",
        ),
    };
    (is, todo.to_owned())
}
