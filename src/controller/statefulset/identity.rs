//! Names, labels and volumes of a stateful set's pods (upstream's `stateful_set_utils.go`).

use super::super::history::REVISION_LABEL;
use super::super::pod_control;
use super::super::stores::Kind;
use crate::apimachinery::{Value, meta};
use crate::tree;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// `web-3` → (`web`, 3).
pub fn parent_and_ordinal(name: &str) -> Option<(&str, i64)> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let digits = !ordinal.is_empty() && ordinal.bytes().all(|b| b.is_ascii_digit());
    let ordinal = digits.then(|| ordinal.parse::<i32>().ok()).flatten()?;
    Some((parent, i64::from(ordinal)))
}

/// The ordinal of a pod, -1 where its name has none.
pub fn ordinal(pod: &Value) -> i64 {
    parent_and_ordinal(pod.name()).map_or(-1, |(_, n)| n)
}

/// `spec.replicas`.
pub fn replicas(set: &Value) -> i64 {
    set.at(&["spec", "replicas"]).as_i64().unwrap_or(1)
}

/// `spec.minReadySeconds`.
pub fn min_ready(set: &Value) -> i64 {
    set.at(&["spec", "minReadySeconds"]).as_i64().unwrap_or(0)
}

/// The first ordinal.
pub fn start(set: &Value) -> i64 {
    set.at(&["spec", "ordinals", "start"]).as_i64().unwrap_or(0)
}

/// The revision that a pod is of.
pub fn revision_of(pod: &Value) -> &str {
    pod.label(REVISION_LABEL).unwrap_or_default()
}

/// Whether pods may be made and deleted all at once.
pub fn allows_burst(set: &Value) -> bool {
    set.at(&["spec", "podManagementPolicy"]) == &"Parallel"
}

/// The pod of an ordinal at a revision.
pub fn new_pod(set: &Value, ordinal: i64, revision: &str) -> Value {
    let mut pod =
        pod_control::pod_from_template(set.at(&["spec", "template"]), set, Kind::StatefulSets);
    let name = format!("{}-{ordinal}", set.name());
    pod.set_at(&["metadata", "name"], &name);
    update_identity(set, &mut pod);
    pod.set_at(&["spec", "hostname"], &name);
    let subdomain = set.at(&["spec", "serviceName"]);
    if !subdomain.is_empty() {
        pod.set_at(&["spec", "subdomain"], subdomain);
    }
    update_storage(set, &mut pod);
    pod.set_at(&["metadata", "labels", REVISION_LABEL], revision);
    pod
}

/// Whether a pod has the labels of its identity.
pub fn identity_matches(set: &Value, pod: &Value) -> bool {
    parent_and_ordinal(pod.name()).is_some_and(|(parent, ordinal)| {
        ordinal >= 0 && parent == set.name() && pod.label(POD_NAME) == Some(pod.name())
    })
}

/// Gives a pod the labels of its identity.
pub fn update_identity(set: &Value, pod: &mut Value) {
    let (name, ordinal) = (pod.name().to_owned(), ordinal(pod));
    pod.set_at(&["metadata", "namespace"], set.namespace());
    pod.set_at(&["metadata", "labels", POD_NAME], name);
    pod.set_at(&["metadata", "labels", POD_INDEX], ordinal.to_string());
}

/// The name of a pod's claim for a template.
pub fn claim_name(set: &Value, template: &Value, ordinal: i64) -> String {
    format!("{}-{}-{ordinal}", template.name(), set.name())
}

/// Whether a pod's volumes are those of its claims.
pub fn storage_matches(set: &Value, pod: &Value) -> bool {
    let volumes = pod.at(&["spec", "volumes"]).items();
    set.at(&["spec", "volumeClaimTemplates"])
        .items()
        .iter()
        .all(|template| {
            let wanted = claim_name(set, template, ordinal(pod));
            volumes.iter().any(|v| {
                v.get("name").str() == template.name()
                    && v.at(&["persistentVolumeClaim", "claimName"]) == &wanted.as_str()
            })
        })
}

/// Puts the volumes of the claims before the template's own, in place of those of the same name.
pub fn update_storage(set: &Value, pod: &mut Value) {
    let templates = set.at(&["spec", "volumeClaimTemplates"]).items();
    if templates.is_empty() {
        return;
    }
    let ordinal = ordinal(pod);
    let mut volumes: Vec<Value> = templates
        .iter()
        .map(|t| tree!({"name": t.name(), "persistentVolumeClaim": {"claimName": claim_name(set, t, ordinal)}}))
        .collect();
    let own = pod.at(&["spec", "volumes"]).items();
    let others = own
        .iter()
        .filter(|v| !templates.iter().any(|t| v.get("name").str() == t.name()));
    volumes.extend(others.cloned());
    pod.set_at(&["spec", "volumes"], volumes);
}

/// The claims of a pod as they are to be made.
pub fn claims(set: &Value, pod: &Value) -> Vec<Value> {
    let delete_with_set = set.at(&[
        "spec",
        "persistentVolumeClaimRetentionPolicy",
        "whenDeleted",
    ]) == &"Delete";
    set.at(&["spec", "volumeClaimTemplates"])
        .items()
        .iter()
        .map(|template| {
            let mut claim = tree!({"apiVersion": "v1", "kind": "PersistentVolumeClaim"});
            claim.set("metadata", template.get("metadata"));
            claim.set("spec", template.get("spec"));
            claim.set_at(
                &["metadata", "name"],
                claim_name(set, template, ordinal(pod)),
            );
            claim.set_at(&["metadata", "namespace"], set.namespace());
            for (key, value) in set.at(&["spec", "selector", "matchLabels"]).fields() {
                claim.set_at(&["metadata", "labels", key], value);
            }
            if delete_with_set {
                let reference = meta::new_controller_ref(set, "apps/v1", "StatefulSet");
                claim.set_at(&["metadata", "ownerReferences"], vec![reference]);
            }
            claim
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_knows_its_ordinal_and_its_claims() {
        for (name, wanted) in [
            ("web-3", Some(("web", 3))),
            ("a-b-10", Some(("a-b", 10))),
            ("web", None),
            ("web-", None),
            ("web-x1", None),
            ("web-99999999999", None),
        ] {
            assert_eq!(parent_and_ordinal(name), wanted, "{name}");
        }
        let set = tree!({
            "metadata": {"name": "web", "namespace": "n", "uid": "u"},
            "spec": {
                "serviceName": "svc", "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"volumes": [{"name": "data"}, {"name": "tmp"}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"x": 1}}],
            },
        });
        let pod = new_pod(&set, 2, "web-abc");
        assert!(identity_matches(&set, &pod) && storage_matches(&set, &pod));
        assert_eq!(pod.at(&["spec", "hostname"]), &"web-2");
        assert_eq!(
            pod.at(&["spec", "volumes"]).to_json(),
            r#"[{"name":"data","persistentVolumeClaim":{"claimName":"data-web-2"}},{"name":"tmp"}]"#
        );
        assert_eq!(claims(&set, &pod)[0].name(), "data-web-2");
    }
}
