//! Whether the container runtime does its work, as far as the kubelet can tell (pkg/kubelet/runtime.go, `Healthy` of pleg/generic.go).

use crate::apimachinery::{Timestamp, duration};
use crate::cri::RuntimeHealth;
use std::time::Duration;

/// How long a runtime may be silent about itself (`maxWaitForContainerRuntime`).
const SILENCE: Duration = Duration::from_secs(30);
/// How long its containers may not have been listed (`genericPlegRelistThreshold`).
const UNLISTED: Duration = Duration::from_secs(180);

/// A count of something that goes on, and when it was seen to change last, by the kubelet's own clock.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    count: u64,
    at: Timestamp,
}

impl Seen {
    fn next(self, count: u64, now: Timestamp) -> Self {
        match count == self.count {
            true => self,
            false => Self { count, at: now },
        }
    }
}

/// What is wrong with a runtime.
#[derive(Clone, Debug, Default)]
pub struct RuntimeState {
    told: Seen,
    listed: Seen,
    down: bool,
    unlisted: bool,
    /// What it says of itself.
    unready: Option<String>,
    /// What it says of its network.
    pub network: Option<String>,
}

impl RuntimeState {
    /// What is wrong at the time `now`, with a runtime of which this was known before.
    pub fn next(&self, health: &RuntimeHealth, now: Timestamp) -> Self {
        let failing = |kind: &str, what: &str| {
            let condition = health.failing.iter().find(|c| c.kind == kind)?;
            Some(format!(
                "{what} not ready: {kind}=false reason:{} message:{}",
                condition.reason, condition.message
            ))
        };
        let told = self.told.next(health.told, now);
        let listed = self.listed.next(health.listed, now);
        Self {
            told,
            listed,
            down: now >= told.at + SILENCE,
            unlisted: now >= listed.at + UNLISTED,
            unready: failing("RuntimeReady", "container runtime"),
            network: failing("NetworkReady", "container runtime network"),
        }
    }

    /// Whether nothing can be done with it.
    pub fn is_broken(&self) -> bool {
        self.down || self.unlisted || self.unready.is_some()
    }

    /// Whether the same is wrong as in another one.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.down, self.unlisted) == (other.down, other.unlisted)
            && (&self.unready, &self.network) == (&other.unready, &other.network)
    }

    /// What is wrong, in the words of the node's condition `Ready`; nothing where all is well.
    pub fn message(&self, now: Timestamp) -> Option<String> {
        let mut all = Vec::new();
        if self.down {
            all.push("container runtime is down".to_owned());
        }
        if self.unlisted {
            all.push(format!(
                "PLEG is not healthy: pleg was last seen active {} ago; threshold is {}",
                duration::format(now.since(self.listed.at)),
                duration::format(UNLISTED)
            ));
        }
        all.extend(self.unready.iter().chain(&self.network).cloned());
        match all.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(format!("[{}]", several.join(", "))),
        }
    }

    /// When something more is wrong if nothing is heard.
    pub fn next_change(&self) -> Option<Timestamp> {
        let down = (!self.down).then_some(self.told.at + SILENCE);
        let unlisted = (!self.unlisted).then_some(self.listed.at + UNLISTED);
        [down, unlisted].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cri::RuntimeCondition;

    #[test]
    fn what_is_wrong_is_told() {
        let begin = Timestamp::from_secs(1_000);
        let mut health = RuntimeHealth {
            told: 1,
            listed: 1,
            failing: Vec::new(),
        };
        let first = RuntimeState::default().next(&health, begin);
        let after = |health: &RuntimeHealth, seconds| {
            let now = begin + Duration::from_secs(seconds);
            let state = first.next(health, now);
            (state.is_broken(), state.message(now).unwrap_or_default())
        };
        assert_eq!(after(&health, 29), (false, String::new()));
        let down = "container runtime is down";
        assert_eq!(after(&health, 30), (true, down.to_owned()));
        let pleg = "PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s";
        assert_eq!(after(&health, 185), (true, format!("[{down}, {pleg}]")));
        let state = first.next(&health, begin + Duration::from_secs(31));
        let next = state.next_change();
        assert_eq!(next, Some(begin + Duration::from_secs(180)));
        health.told = 2;
        assert_eq!(after(&health, 31), (false, String::new()));
        health.failing.push(RuntimeCondition {
            kind: "NetworkReady".into(),
            reason: "NetworkPluginNotReady".into(),
            message: "cni plugin not initialized".into(),
        });
        let network = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized";
        assert_eq!(after(&health, 1), (false, network.to_owned()));
    }
}
