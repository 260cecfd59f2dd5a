//! `matchLabelKeys` and `mismatchLabelKeys` of a new pod become part of the selectors beside them
//! (`applyMatchLabelKeysAndMismatchLabelKeys` of `registry/core/pod/strategy.go`).

use crate::apimachinery::Value;
use crate::tree;

/// Takes the keys of a pod's affinity terms and spread constraints into their selectors, with the pod's own values.
pub fn apply(pod: &mut Value) {
    let labels = pod.meta().get("labels").clone();
    if labels.is_empty() {
        return;
    }
    let has = |path: &[&str]| !pod.at(path).is_empty();
    let spread = ["spec", "topologySpreadConstraints"];
    let affinity = ["spec", "affinity"];
    let (spreads, attracts) = (has(&spread), has(&affinity));
    if spreads {
        let list = pod.at_mut(&spread).items_mut();
        list.iter_mut().for_each(|c| term(c, &labels));
    }
    if !attracts {
        return;
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (field, inner) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            (
                "preferredDuringSchedulingIgnoredDuringExecution",
                "podAffinityTerm",
            ),
        ] {
            let path = ["spec", "affinity", kind, field];
            if pod.at(&path).is_empty() {
                continue;
            }
            for t in pod.at_mut(&path).items_mut() {
                term(if inner.is_empty() { t } else { t.entry(inner) }, &labels);
            }
        }
    }
}

fn term(term: &mut Value, labels: &Value) {
    if term.get("labelSelector").is_null() {
        return;
    }
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in term.get(field).clone().items() {
            let value = labels.get(key.str());
            if !value.is_null() {
                let list = term.entry("labelSelector").entry("matchExpressions");
                list.push(tree!({"key": key, "operator": operator, "values": [value]}));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_requirements_with_the_pods_own_values() {
        let mut pod = tree!({
            "metadata": {"labels": {"app": "a", "hash": "1"}},
            "spec": {
                "topologySpreadConstraints": [{"labelSelector": {"matchLabels": {"app": "a"}}, "matchLabelKeys": ["hash", "none"]}],
                "affinity": {"podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {}, "mismatchLabelKeys": ["hash"]}, {"matchLabelKeys": ["app"]}],
                    "preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"labelSelector": {}, "matchLabelKeys": ["app"]}}],
                }},
            },
        });
        apply(&mut pod);
        let spec = pod.get("spec");
        let expressions = |v: &Value| v.at(&["labelSelector", "matchExpressions"]).to_json();
        let anti = spec.at(&["affinity", "podAntiAffinity"]);
        let required = anti
            .get("requiredDuringSchedulingIgnoredDuringExecution")
            .items();
        let preferred = anti
            .get("preferredDuringSchedulingIgnoredDuringExecution")
            .items();
        assert_eq!(
            [
                expressions(&spec.get("topologySpreadConstraints").items()[0]),
                expressions(&required[0]),
                expressions(&required[1]),
                expressions(preferred[0].get("podAffinityTerm")),
            ],
            [
                r#"[{"key":"hash","operator":"In","values":["1"]}]"#,
                r#"[{"key":"hash","operator":"NotIn","values":["1"]}]"#,
                "null",
                r#"[{"key":"app","operator":"In","values":["a"]}]"#,
            ]
        );
    }
}
