//! What can be done with an object from the map, each as the command line it equals.

use super::frame::Machine;
use super::protocol::ObjectRef;
use crate::apimachinery::Value;
use serde::{Deserialize, Serialize};

/// Something to do with an object: what it is called, and its command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub verb: ActionVerb,
    pub command: String,
}

/// What an action does; the page has words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ActionVerb {
    Delete,
    Crash,
    Logs,
    Request,
    ScaleUp,
    ScaleDown,
    Restart,
    Undo,
    Pause,
    Resume,
    Cordon,
    Uncordon,
    Drain,
    StopNode,
    StartNode,
    CutNode,
    MendNode,
    RemoveNode,
    AddNode,
    Describe,
}

impl ActionVerb {
    /// Whether it takes something away: the page then shows it apart.
    pub fn is_destructive(self) -> bool {
        matches!(
            self,
            ActionVerb::Delete
                | ActionVerb::Crash
                | ActionVerb::StopNode
                | ActionVerb::CutNode
                | ActionVerb::RemoveNode
                | ActionVerb::Drain
        )
    }
}

/// The command that adds a node.
pub const ADD_NODE: &str = "kubarium node add";

/// The name that kubectl knows a kind by.
fn resource_of(object: &ObjectRef) -> String {
    let kind = object.kind.to_lowercase();
    match object.api_version.rsplit_once('/') {
        // The well-known ones are written as people write them.
        Some((group, _)) if !matches!(group, "apps" | "batch") => format!("{kind}.{group}"),
        _ => kind,
    }
}

/// `-n NAMESPACE` where the object is not in the default namespace.
fn namespace_flag(object: &ObjectRef) -> String {
    match &*object.namespace {
        "" | "default" => String::new(),
        ns => format!(" -n {ns}"),
    }
}

/// Everything that can be done with an object.
pub fn actions(subject: &ObjectRef, object: &Value, machine: Machine) -> Vec<Action> {
    use ActionVerb as V;
    let (resource, ns, name) = (
        resource_of(subject),
        namespace_flag(subject),
        &*subject.name,
    );
    let mut found: Vec<(V, String)> = Vec::new();
    match &*subject.kind {
        "Node" => return node_actions(name, object, machine),
        "Pod" => {
            found.push((V::Logs, format!("kubectl logs {name}{ns}")));
            let containers = object.at(&["spec", "containers"]).items();
            let several = containers.len() > 1;
            for c in containers.iter().take(4) {
                let container = c.get("name").str();
                let which = match several {
                    true => format!(" -c {container}"),
                    false => String::new(),
                };
                found.push((V::Crash, format!("kubarium crash {name}{which}{ns}")));
            }
        }
        "Service" => found.extend(request(name, &ns, object).map(|line| (V::Request, line))),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController" => {
            let replicas = object.at(&["spec", "replicas"]).as_i64().unwrap_or(1);
            let scale = |n: i64| format!("kubectl scale {resource} {name} --replicas={n}{ns}");
            found.push((V::ScaleUp, scale(replicas + 1)));
            if replicas > 0 {
                found.push((V::ScaleDown, scale(replicas - 1)));
            }
        }
        _ => {}
    }
    if matches!(&*subject.kind, "Deployment" | "StatefulSet" | "DaemonSet") {
        let rollout = |verb: &str| format!("kubectl rollout {verb} {resource} {name}{ns}");
        found.push((V::Restart, rollout("restart")));
        found.push((V::Undo, rollout("undo")));
        if subject.kind == "Deployment" {
            found.push(match object.at(&["spec", "paused"]).as_bool() {
                Some(true) => (V::Resume, rollout("resume")),
                _ => (V::Pause, rollout("pause")),
            });
        }
    }
    found.push((
        V::Describe,
        format!("kubectl describe {resource} {name}{ns}"),
    ));
    found.push((V::Delete, format!("kubectl delete {resource} {name}{ns}")));
    collect(found)
}

/// A pod of one's own that asks the service once and goes; none where the service has no TCP port.
fn request(name: &str, ns: &str, service: &Value) -> Option<String> {
    let ports = service.at(&["spec", "ports"]).items();
    let tcp = |p: &&Value| matches!(p.get("protocol").str(), "" | "TCP");
    let (scheme, port) = match ports.iter().find(tcp)?.get("port").as_i64()? {
        80 => ("http", String::new()),
        443 => ("https", String::new()),
        port => ("http", format!(":{port}")),
    };
    Some(format!(
        "kubectl run ask-{name}{ns} -q --rm -i --restart=Never --image=curlimages/curl -- -sS -m 5 {scheme}://{name}{port}"
    ))
}

fn node_actions(name: &str, node: &Value, machine: Machine) -> Vec<Action> {
    use ActionVerb as V;
    let kubarium = |verb: &str| format!("kubarium node {verb} {name}");
    let mut found = vec![match node.at(&["spec", "unschedulable"]).as_bool() {
        Some(true) => (V::Uncordon, format!("kubectl uncordon {name}")),
        _ => (V::Cordon, format!("kubectl cordon {name}")),
    }];
    found.push((
        V::Drain,
        format!("kubectl drain {name} --ignore-daemonsets --delete-emptydir-data --force"),
    ));
    match machine {
        Machine::On => {
            found.push((V::StopNode, kubarium("stop")));
            found.push((V::CutNode, kubarium("cut")));
        }
        Machine::Off => found.push((V::StartNode, kubarium("start"))),
        Machine::Cut => {
            found.push((V::MendNode, kubarium("mend")));
            found.push((V::StopNode, kubarium("stop")));
        }
    }
    found.push((V::Describe, format!("kubectl describe node {name}")));
    found.push((V::RemoveNode, kubarium("remove")));
    collect(found)
}

fn collect(found: Vec<(ActionVerb, String)>) -> Vec<Action> {
    let make = |(verb, command)| Action { verb, command };
    found.into_iter().map(make).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn actions_are_commands_one_could_type() {
        let subject = ObjectRef::new("apps/v1", "Deployment", "shop", "web");
        let object = tree!({"spec": {"replicas": 3}});
        let lines: Vec<_> = actions(&subject, &object, Machine::On)
            .into_iter()
            .map(|a| a.command)
            .collect();
        assert_eq!(
            lines,
            [
                "kubectl scale deployment web --replicas=4 -n shop",
                "kubectl scale deployment web --replicas=2 -n shop",
                "kubectl rollout restart deployment web -n shop",
                "kubectl rollout undo deployment web -n shop",
                "kubectl rollout pause deployment web -n shop",
                "kubectl describe deployment web -n shop",
                "kubectl delete deployment web -n shop",
            ]
        );
    }

    #[test]
    fn a_service_can_be_asked() {
        let subject = ObjectRef::new("v1", "Service", "shop", "web");
        let lines = |object: Value| -> Vec<String> {
            let found = actions(&subject, &object, Machine::On);
            let asked = found.into_iter().filter(|a| a.verb == ActionVerb::Request);
            asked.map(|a| a.command).collect()
        };
        assert_eq!(
            lines(tree!({"spec": {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 8080}]}})),
            [
                "kubectl run ask-web -n shop -q --rm -i --restart=Never --image=curlimages/curl -- -sS -m 5 http://web:8080"
            ]
        );
        assert!(lines(tree!({"spec": {"type": "ExternalName"}})).is_empty());
    }

    #[test]
    fn a_node_that_is_off_can_be_started() {
        let subject = ObjectRef::new("v1", "Node", "", "worker-1");
        let found = actions(&subject, &tree!({}), Machine::Off);
        assert!(
            found
                .iter()
                .any(|a| a.command == "kubarium node start worker-1")
        );
        assert!(!found.iter().any(|a| a.verb == ActionVerb::CutNode));
    }
}
