//! Taints and tolerations (`k8s.io/component-helpers/scheduling/corev1`).

use crate::api::core_v1::{Taint, Toleration};

/// The effect that keeps new pods away.
pub const NO_SCHEDULE: &str = "NoSchedule";
/// The effect that only makes a node less liked.
pub const PREFER_NO_SCHEDULE: &str = "PreferNoSchedule";
/// The effect that also drives running pods out.
pub const NO_EXECUTE: &str = "NoExecute";

/// Whether `toleration` tolerates `taint`: an empty effect or key matches any, operator "" means `Equal`.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    if !toleration.effect().is_empty() && toleration.effect() != taint.effect() {
        return false;
    }
    if !toleration.key().is_empty() && toleration.key() != taint.key() {
        return false;
    }
    match toleration.operator() {
        "" | "Equal" => toleration.value() == taint.value(),
        "Exists" => true,
        "Lt" => numbers(toleration, taint).is_some_and(|(asked, set)| set < asked),
        "Gt" => numbers(toleration, taint).is_some_and(|(asked, set)| set > asked),
        _ => false,
    }
}

/// The two values as whole numbers, where both are.
fn numbers(toleration: &Toleration, taint: &Taint) -> Option<(i64, i64)> {
    Some((
        toleration.value().parse().ok()?,
        taint.value().parse().ok()?,
    ))
}

/// Whether any of `tolerations` tolerates `taint`.
pub fn tolerations_tolerate_taint(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|t| tolerates(t, taint))
}

/// The first of `taints` that passes `filter` and that no toleration tolerates (`FindMatchingUntoleratedTaint`).
pub fn find_matching_untolerated_taint<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
    filter: impl Fn(&Taint) -> bool,
) -> Option<&'a Taint> {
    taints
        .iter()
        .filter(|t| filter(t))
        .find(|t| !tolerations_tolerate_taint(tolerations, t))
}

/// The first untolerated taint that keeps a pod from being scheduled: effects `NoSchedule` and `NoExecute` count.
pub fn find_untolerated_scheduling_taint<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
) -> Option<&'a Taint> {
    find_matching_untolerated_taint(taints, tolerations, |t| {
        matches!(t.effect(), NO_SCHEDULE | NO_EXECUTE)
    })
}

/// A taint as messages print it: `key=value:Effect`, `key:Effect` or `key` (`Taint.ToString`).
pub fn taint_to_string(taint: &Taint) -> String {
    let (key, value, effect) = (taint.key(), taint.value(), taint.effect());
    match (value.is_empty(), effect.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{key}:{effect}"),
        (false, true) => format!("{key}={value}:"),
        (false, false) => format!("{key}={value}:{effect}"),
    }
}

/// Whether two taints are the same one: equal key and effect, whatever the value (`Taint.MatchTaint`).
pub fn match_taint(a: &Taint, b: &Taint) -> bool {
    a.key() == b.key() && a.effect() == b.effect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn tolerations_match_as_upstream_does() {
        let taint = Taint(tree!({"key": "k", "value": "v", "effect": "NoSchedule"}));
        for (toleration, wanted) in [
            (tree!({"operator": "Exists"}), true),
            (tree!({"key": "k", "value": "v"}), true),
            (tree!({"key": "k", "value": "w"}), false),
            (
                tree!({"key": "k", "operator": "Exists", "effect": "NoExecute"}),
                false,
            ),
            (tree!({"key": "x", "operator": "Exists"}), false),
        ] {
            assert_eq!(
                tolerates(&Toleration(toleration.clone()), &taint),
                wanted,
                "{toleration:?}"
            );
        }
        let taints = [taint];
        assert!(find_untolerated_scheduling_taint(&taints, &[]).is_some());
        assert_eq!(taint_to_string(&taints[0]), "k=v:NoSchedule");
    }
}
