//! Whether the container runtime does its work, as far as the kubelet can tell (pkg/kubelet/runtime.go, `Healthy` of pleg/generic.go).

use crate::apimachinery::{Timestamp, duration};
use crate::cri::RuntimeHealth;
use std::time::Duration;

/// How long a runtime may be silent about itself (`maxWaitForContainerRuntime`).
const SILENCE: Duration = Duration::from_secs(30);
/// How long its containers may not have been listed (`genericPlegRelistThreshold`).
const UNLISTED: Duration = Duration::from_secs(180);

/// What is wrong with a runtime.
#[derive(Clone, Debug, Default)]
pub struct RuntimeState {
    down: bool,
    unlisted: bool,
    /// What it says of itself.
    unready: Option<String>,
    /// What it says of its network.
    pub network: Option<String>,
}

impl RuntimeState {
    /// What is wrong at the time `now`.
    pub fn of(health: &RuntimeHealth, now: Timestamp) -> Self {
        let failing = |kind: &str, what: &str| {
            let condition = health.failing.iter().find(|c| c.kind == kind)?;
            Some(format!(
                "{what} not ready: {kind}=false reason:{} message:{}",
                condition.reason, condition.message
            ))
        };
        Self {
            down: now >= health.told_at + SILENCE,
            unlisted: now >= health.listed_at + UNLISTED,
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
    pub fn message(&self, health: &RuntimeHealth, now: Timestamp) -> Option<String> {
        let mut all = Vec::new();
        if self.down {
            all.push("container runtime is down".to_owned());
        }
        if self.unlisted {
            all.push(format!(
                "PLEG is not healthy: pleg was last seen active {} ago; threshold is {}",
                duration::format(now.since(health.listed_at)),
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
    pub fn next_change(&self, health: &RuntimeHealth) -> Option<Timestamp> {
        let down = (!self.down).then_some(health.told_at + SILENCE);
        let unlisted = (!self.unlisted).then_some(health.listed_at + UNLISTED);
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
            told_at: begin,
            listed_at: begin,
            failing: Vec::new(),
        };
        let after = |health: &RuntimeHealth, seconds| {
            let now = begin + Duration::from_secs(seconds);
            let state = RuntimeState::of(health, now);
            (
                state.is_broken(),
                state.message(health, now).unwrap_or_default(),
            )
        };
        assert_eq!(after(&health, 29), (false, String::new()));
        let down = "container runtime is down";
        assert_eq!(after(&health, 30), (true, down.to_owned()));
        let pleg = "PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s";
        assert_eq!(after(&health, 185), (true, format!("[{down}, {pleg}]")));
        let state = RuntimeState::of(&health, begin + Duration::from_secs(31));
        let next = state.next_change(&health);
        assert_eq!(next, Some(begin + Duration::from_secs(180)));
        health.failing.push(RuntimeCondition {
            kind: "NetworkReady".into(),
            reason: "NetworkPluginNotReady".into(),
            message: "cni plugin not initialized".into(),
        });
        let network = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized";
        assert_eq!(after(&health, 1), (false, network.to_owned()));
    }
}
