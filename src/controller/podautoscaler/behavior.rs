//! How fast and how far the number of replicas may change: stabilisation windows, policies, bounds (`normalizeDesiredReplicas` and
//! `normalizeDesiredReplicasWithBehaviors` of upstream's `horizontal.go`).

use crate::apimachinery::{Timestamp, Value};
use std::time::Duration;

/// `--horizontal-pod-autoscaler-downscale-stabilization`.
const DOWNSCALE_STABILIZATION: i64 = 300;

/// What is remembered of one autoscaler.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What was recommended, before stabilisation, and when.
    recommendations: Vec<(Timestamp, i64)>,
    /// By how many replicas it scaled up, and when; kept only where there are policies.
    up: Vec<(Timestamp, i64)>,
    /// The same downwards.
    down: Vec<(Timestamp, i64)>,
}

/// Bounds and present of one autoscaler.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// `spec.replicas` of the target.
    pub current: i64,
    /// `minReplicas`.
    pub min: i64,
    /// `maxReplicas`.
    pub max: i64,
    /// The time.
    pub now: Timestamp,
}

/// A reason and a message for a condition.
pub type Why = (&'static str, &'static str);

/// What became of a recommendation.
pub struct Normalized {
    /// The number of replicas.
    pub replicas: i64,
    /// Why it can scale (`AbleToScale`).
    pub able: Why,
    /// Whether a bound or rate holds it (`ScalingLimited`).
    pub limited: bool,
    /// Which one.
    pub limit: Why,
}

const READY: Why = ("ReadyForNewScale", "recommended size matches current size");
const WITHIN: Why = (
    "DesiredWithinRange",
    "the desired count is within the acceptable range",
);
const TOO_MANY: Why = (
    "TooManyReplicas",
    "the desired replica count is more than the maximum replica count",
);
const TOO_FEW: Why = (
    "TooFewReplicas",
    "the desired replica count is less than the minimum replica count",
);
const UP_LIMIT: Why = (
    "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate",
);
const DOWN_LIMIT: Why = (
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
);
const UP_STABILIZED: Why = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const DOWN_STABILIZED: Why = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);

fn seconds(n: i64) -> Duration {
    Duration::from_secs(n.max(0).unsigned_abs())
}

impl History {
    /// The present size counts as recommended when an autoscaler is first seen (`recordInitialRecommendation`).
    pub fn begin(&mut self, current: i64, now: Timestamp) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
    }

    /// Notes that it scaled (`storeScaleEvent`); without behaviour nobody asks for that.
    pub fn scaled(&mut self, behavior: &Value, from: i64, to: i64, now: Timestamp) {
        if behavior.is_null() {
            return;
        }
        let (list, field) = match to > from {
            true => (&mut self.up, "scaleUp"),
            false => (&mut self.down, "scaleDown"),
        };
        let periods = behavior.at(&[field, "policies"]).items().iter();
        let longest = periods
            .filter_map(|p| p.get("periodSeconds").as_i64())
            .max();
        let oldest = now - seconds(longest.unwrap_or(0));
        list.retain(|(at, _)| *at >= oldest);
        list.push((now, (to - from).abs()));
    }

    /// Brings what the metrics ask for within bounds.
    pub fn normalize(&mut self, behavior: &Value, desired: i64, b: Bounds) -> Normalized {
        let (stabilized, why) = self.stabilize(behavior, desired, b);
        let (replicas, limit) = match behavior.is_null() {
            true => by_rules(stabilized, b),
            false => self.by_rate(behavior, stabilized, b),
        };
        Normalized {
            replicas,
            able: if stabilized == desired { READY } else { why },
            limited: replicas != stabilized,
            limit,
        }
    }

    /// The lowest recommendation of late before scaling up, the highest before scaling down.
    fn stabilize(&mut self, behavior: &Value, desired: i64, b: Bounds) -> (i64, Why) {
        let window = |field: &str, otherwise: i64| {
            let n = behavior.at(&[field, "stabilizationWindowSeconds"]).as_i64();
            seconds(n.unwrap_or(otherwise))
        };
        let up_from = b.now - window("scaleUp", 0);
        let down_from = b.now - window("scaleDown", DOWNSCALE_STABILIZATION);
        let (mut up, mut down) = (desired, desired);
        for (at, recommended) in &self.recommendations {
            if *at > up_from {
                up = up.min(*recommended);
            }
            if *at > down_from || behavior.is_null() && *at == down_from {
                down = down.max(*recommended);
            }
        }
        let oldest = up_from.min(down_from);
        self.recommendations.retain(|(at, _)| *at >= oldest);
        self.recommendations.push((b.now, desired));
        if behavior.is_null() {
            return (down, DOWN_STABILIZED);
        }
        let why = match desired >= b.current {
            true => UP_STABILIZED,
            false => DOWN_STABILIZED,
        };
        (b.current.max(up).min(down), why)
    }

    fn by_rate(&self, behavior: &Value, desired: i64, b: Bounds) -> (i64, Why) {
        if desired > b.current {
            let limit = self.rate(behavior.get("scaleUp"), true, b).max(b.current);
            let (most, why) = match b.max > limit {
                true => (limit, UP_LIMIT),
                false => (b.max, TOO_MANY),
            };
            if desired > most {
                return (most, why);
            }
        } else if desired < b.current {
            let limit = self
                .rate(behavior.get("scaleDown"), false, b)
                .min(b.current);
            let (least, why) = match b.min < limit {
                true => (limit, DOWN_LIMIT),
                false => (b.min, TOO_FEW),
            };
            if desired < least {
                return (least, why);
            }
        }
        (desired, WITHIN)
    }

    /// How far the policies of one direction let it go (`calculateScaleUpLimitWithScalingRules` and its sibling).
    fn rate(&self, rules: &Value, up: bool, b: Bounds) -> i64 {
        let select = rules.get("selectPolicy").str();
        if select == "Disabled" {
            return b.current;
        }
        let mut chosen: Option<i64> = None;
        for policy in rules.get("policies").items() {
            let n = |field: &str| policy.get(field).as_i64().unwrap_or(0);
            let since = b.now - seconds(n("periodSeconds"));
            let change = |list: &[(Timestamp, i64)]| -> i64 {
                let late = list.iter().filter(|(at, _)| *at > since);
                late.map(|(_, n)| n).sum()
            };
            let start = b.current - change(&self.up) + change(&self.down);
            let (value, sign) = (n("value"), if up { 1 } else { -1 });
            let proposed = match policy.get("type").str() {
                "Pods" => start + sign * value,
                _ => {
                    let whole = start as f64 * (1.0 + sign as f64 * value as f64 / 100.0);
                    if up {
                        whole.ceil() as i64
                    } else {
                        whole as i64
                    }
                }
            };
            // The policy that changes most is the highest upwards, and the lowest downwards.
            let higher = up == (select != "Min");
            chosen = Some(match chosen {
                None => proposed,
                Some(c) if higher => c.max(proposed),
                Some(c) => c.min(proposed),
            });
        }
        chosen.unwrap_or(b.current)
    }
}

/// Without behaviour: to the double or four at once at most (`convertDesiredReplicasWithRules`).
fn by_rules(desired: i64, b: Bounds) -> (i64, Why) {
    let rate = (b.current * 2).max(4);
    let (most, why) = match b.max > rate {
        true => (rate, UP_LIMIT),
        false => (b.max, TOO_MANY),
    };
    if desired < b.min {
        (b.min, TOO_FEW)
    } else if desired > most {
        (most, why)
    } else {
        (desired, WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn at(seconds: i64, current: i64) -> Bounds {
        Bounds {
            current,
            min: 1,
            max: 100,
            now: Timestamp::from_secs(100_000 + seconds),
        }
    }

    #[test]
    fn without_behaviour_it_doubles_at_most_and_shrinks_after_five_minutes() {
        let mut h = History::default();
        h.begin(10, at(0, 10).now);
        let n = h.normalize(&Value::Null, 50, at(0, 10));
        assert_eq!(
            (n.replicas, n.limit.0, n.limited),
            (20, "ScaleUpLimit", true)
        );
        let n = h.normalize(&Value::Null, 2, at(15, 20));
        assert_eq!((n.replicas, n.able.0), (40, "ScaleDownStabilized"));
        let n = h.normalize(&Value::Null, 2, at(315, 20));
        assert_eq!((n.replicas, n.able.0, n.limit.0), (2, READY.0, WITHIN.0));
        let n = h.normalize(&Value::Null, 0, at(700, 2));
        assert_eq!((n.replicas, n.limit.0), (1, "TooFewReplicas"));
        let n = h.normalize(&Value::Null, 300, at(1100, 90));
        assert_eq!((n.replicas, n.limit.0), (100, "TooManyReplicas"));
    }

    #[test]
    fn policies_bound_what_changes_in_their_period() {
        let behavior = |select: &str| {
            tree!({
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": select, "policies": [
                    {"type": "Pods", "value": 4, "periodSeconds": 60}, {"type": "Percent", "value": 50, "periodSeconds": 60}]},
                "scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": select, "policies": [
                    {"type": "Pods", "value": 3, "periodSeconds": 60}, {"type": "Percent", "value": 50, "periodSeconds": 60}]},
            })
        };
        for (select, up, down) in [("Max", 15, 5), ("Min", 14, 7), ("Disabled", 10, 10)] {
            let mut h = History::default();
            let b = behavior(select);
            assert_eq!(h.normalize(&b, 80, at(0, 10)).replicas, up, "{select} up");
            let mut h = History::default();
            assert_eq!(
                h.normalize(&b, 1, at(0, 10)).replicas,
                down,
                "{select} down"
            );
        }
        // What was added within the period counts.
        let (mut h, b) = (History::default(), behavior("Min"));
        h.scaled(&b, 10, 14, at(0, 0).now);
        let n = h.normalize(&b, 80, at(15, 14));
        assert_eq!((n.replicas, n.limit.0), (14, "ScaleUpLimit"));
        assert_eq!(h.normalize(&b, 80, at(61, 14)).replicas, 18);
    }

    #[test]
    fn windows_hold_both_directions_back() {
        let b = tree!({
            "scaleUp": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": [{"type": "Percent", "value": 900, "periodSeconds": 15}]},
            "scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]},
        });
        let mut h = History::default();
        h.begin(5, at(0, 5).now);
        let n = h.normalize(&b, 9, at(15, 5));
        assert_eq!((n.replicas, n.able.0), (5, "ScaleUpStabilized"));
        let n = h.normalize(&b, 3, at(30, 5));
        assert_eq!((n.replicas, n.able.0), (5, "ScaleDownStabilized"));
        assert_eq!(h.normalize(&b, 9, at(300, 5)).replicas, 9);
    }
}
