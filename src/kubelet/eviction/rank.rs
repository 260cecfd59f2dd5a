//! Which pod goes first where something runs out, and what is said of it (`rankMemoryPressure` …, `evictionMessage` of
//! pkg/kubelet/eviction/helpers.go).

use super::thresholds::Signal;
use crate::apimachinery::quantity::Quantity;
use crate::cri::Amount;
use std::cmp::Ordering;

/// What a container holds of what runs out.
#[derive(Clone, Debug)]
pub struct ContainerUse {
    /// Its name.
    pub name: String,
    /// How much it holds; none where that is not known.
    pub used: Option<i64>,
    /// How much it asked for.
    pub request: Quantity,
}

/// A pod that may have to go.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its UID.
    pub uid: String,
    /// Its priority.
    pub priority: i64,
    /// How much it holds in all.
    pub used: i64,
    /// How much it asked for in all.
    pub request: i64,
    /// Its containers that run.
    pub containers: Vec<ContainerUse>,
}

impl Candidate {
    fn exceeds(&self) -> bool {
        self.used > self.request
    }
}

/// Which of two goes first: one that holds more than it asked for, then one of lower priority, then one that holds more beyond what it
/// asked for. Nobody asks for processes.
pub fn order(signal: Signal, a: &Candidate, b: &Candidate) -> Ordering {
    let priority = a.priority.cmp(&b.priority);
    let beyond = |c: &Candidate| c.used.saturating_sub(c.request);
    let by_use = beyond(b).cmp(&beyond(a));
    match signal {
        Signal::Processes => priority.then(by_use),
        _ => b.exceeds().cmp(&a.exceeds()).then(priority).then(by_use),
    }
}

/// Why a pod goes.
pub fn message(signal: Signal, least: &Quantity, left: Amount, pod: &Candidate) -> String {
    let resource = signal.resource();
    let mut text = format!(
        "The node was low on resource: {resource}. Threshold quantity: {least}, available: {}. ",
        signal.quantity(left.available)
    );
    for c in &pod.containers {
        let Some(used) = c.used.filter(|used| *used > c.request.value()) else {
            continue;
        };
        text += &format!(
            "Container {} was using {}, request is {}, has larger consumption of {resource}. ",
            c.name,
            signal.quantity(used),
            c.request
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::quantity::Format;

    fn pod(uid: &str, priority: i64, used: i64, request: i64) -> Candidate {
        Candidate {
            uid: uid.to_owned(),
            priority,
            used,
            request,
            containers: Vec::new(),
        }
    }

    #[test]
    fn who_takes_more_than_was_asked_for_goes_first() {
        let mut pods = [
            pod("within", 0, 90, 100),
            pod("important", 1000, 500, 0),
            pod("little", 0, 20, 10),
            pod("much", 0, 200, 100),
            pod("lowest, within", -1, 50, 60),
        ];
        pods.sort_by(|a, b| order(Signal::Memory, a, b));
        let names: Vec<&str> = pods.iter().map(|p| p.uid.as_str()).collect();
        let wanted = ["much", "little", "important", "lowest, within", "within"];
        assert_eq!(names, wanted);
        pods.sort_by(|a, b| order(Signal::Processes, a, b));
        assert_eq!(pods[0].uid, "lowest, within");
    }

    #[test]
    fn it_is_told_why() {
        let mut pod = pod("u", 0, 30 << 20, 0);
        let zero = Quantity::parse("0").expect("a number");
        for (name, used, request) in [
            ("a", Some(30 << 20), zero),
            ("b", Some(10), Quantity::parse("1Ki").expect("a number")),
            ("c", None, zero),
        ] {
            let name = name.to_owned();
            pod.containers.push(ContainerUse {
                name,
                used,
                request,
            });
        }
        let least = Quantity::new(100 << 20, Format::BinarySI);
        let left = Amount {
            capacity: 1 << 30,
            available: 50 << 20,
        };
        assert_eq!(
            message(Signal::Memory, &least, left, &pod),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container a was using 30Mi, request is 0, has larger consumption of memory. "
        );
    }
}
