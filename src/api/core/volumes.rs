//! Which volume can serve a claim (`component-helpers/storage/volume`).

use super::node_affinity::matches_node_selector;
use crate::apimachinery::{Quantity, Selector, Value};

/// Annotation: the claim and its volume know of each other.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Annotation: the controller chose, not the user.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// Annotation: the node that the scheduler chose for the claim's first pod.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// Annotation: who made the volume, and is to delete it.
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// The provisioner of classes whose volumes people make by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// The `storage` of a list of resources.
pub fn storage(list: &Value) -> Quantity {
    Quantity::of(list.get("storage"))
}

/// The class of a claim or volume, "" for none; the old annotation counts before the field.
pub fn class_of(object: &Value) -> &str {
    object
        .annotation("volume.beta.kubernetes.io/storage-class")
        .unwrap_or_else(|| object.at(&["spec", "storageClassName"]).str())
}

/// Whether a volume is bound or pre-bound to a claim.
pub fn is_bound_to(volume: &Value, claim: &Value) -> bool {
    let reference = volume.at(&["spec", "claimRef"]);
    let uid = reference.get("uid").str();
    reference.get("name").str() == claim.name()
        && reference.get("namespace").str() == claim.namespace()
        && (uid.is_empty() || uid == claim.uid())
}

/// A claim's or volume's mode, `Filesystem` where none is given.
pub fn mode_of(object: &Value) -> &str {
    match object.at(&["spec", "volumeMode"]).str() {
        "" => "Filesystem",
        other => other,
    }
}

/// Whether a volume has all access modes that a claim asks for.
pub fn has_access_modes(volume: &Value, claim: &Value) -> bool {
    let modes = volume.at(&["spec", "accessModes"]).items();
    let mut wanted = claim.at(&["spec", "accessModes"]).items().iter();
    wanted.all(|m| modes.contains(m))
}

/// Whether a volume can be used on a node.
pub fn fits_node(volume: &Value, node: &Value) -> bool {
    let required = volume.at(&["spec", "nodeAffinity", "required"]);
    required.is_null() || matches_node_selector(required, node)
}

fn size(volume: &Value) -> Quantity {
    storage(volume.at(&["spec", "capacity"]))
}

/// Whether a free volume can serve a claim.
fn satisfies(volume: &Value, claim: &Value, selector: &Selector) -> bool {
    volume.at(&["spec", "claimRef"]).is_null()
        && volume.at(&["status", "phase"]) == &"Available"
        && class_of(volume) == class_of(claim)
        && selector.matches_object(volume)
        && has_access_modes(volume, claim)
}

/// The smallest volume that can serve a claim, one reserved for it before all others; with `node` only one that can be used
/// there (`FindMatchingVolume`).
pub fn find_matching_volume<'a>(
    claim: &Value,
    volumes: &mut dyn Iterator<Item = &'a Value>,
    node: Option<&Value>,
) -> Option<&'a Value> {
    let selector = match claim.at(&["spec", "selector"]) {
        Value::Null => Selector::everything(),
        selector => Selector::from_label_selector(selector).ok()?,
    };
    let wanted = storage(claim.at(&["spec", "resources", "requests"]));
    let mut best: Option<&Value> = None;
    for volume in volumes {
        let fits = !volume.is_terminating()
            && mode_of(volume) == mode_of(claim)
            && size(volume) >= wanted
            && node.is_none_or(|n| fits_node(volume, n));
        if !fits {
            continue;
        }
        if is_bound_to(volume, claim) {
            return Some(volume);
        }
        let better = best.is_none_or(|b| size(volume) < size(b));
        if better && satisfies(volume, claim, &selector) {
            best = Some(volume);
        }
    }
    best
}

/// The claims that a pod uses: volume, claim, and whether the claim is the pod's own (an ephemeral volume).
pub fn claims_of(pod: &Value) -> Vec<(&str, String, bool)> {
    let mut out = Vec::new();
    for volume in pod.at(&["spec", "volumes"]).items() {
        let name = volume.get("name").str();
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]).str();
        if !claim.is_empty() {
            out.push((name, claim.to_owned(), false));
        } else if !volume.get("ephemeral").is_null() {
            let mut claim = pod.name().to_owned();
            claim.push('-');
            claim.push_str(name);
            out.push((name, claim, true));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn volume(name: &str, size: &str, node: &str) -> Value {
        tree!({"metadata": {"name": name, "labels": {"kind": name}}, "spec": {
            "storageClassName": "c", "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}},
        }, "status": {"phase": "Available"}})
    }

    #[test]
    fn the_smallest_volume_that_fits_serves_a_claim() {
        let mut reserved = volume("reserved", "9Gi", "a");
        reserved.set_at(
            &["spec", "claimRef"],
            tree!({"namespace": "n", "name": "mine"}),
        );
        let volumes = [
            volume("big", "5Gi", "a"),
            volume("small", "1Gi", "a"),
            volume("middle", "2Gi", "b"),
            reserved,
        ];
        let claim = |name: &str, size: &str, spec: Value| {
            let mut claim = tree!({"metadata": {"namespace": "n", "name": name}, "spec": {
                "storageClassName": "c", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}});
            for (field, value) in spec.fields() {
                claim.entry("spec").set(field, value);
            }
            claim
        };
        let node = tree!({"metadata": {"name": "a", "labels": {"kubernetes.io/hostname": "a"}}});
        let none = Value::object;
        for (claim, on_node, wanted) in [
            (claim("x", "1Gi", none()), false, Some("small")),
            (claim("x", "2Gi", none()), false, Some("middle")),
            (claim("x", "2Gi", none()), true, Some("big")),
            (claim("x", "6Gi", none()), false, None),
            (claim("mine", "1Gi", none()), true, Some("reserved")),
            (
                claim(
                    "x",
                    "1Gi",
                    tree!({"selector": {"matchLabels": {"kind": "big"}}}),
                ),
                false,
                Some("big"),
            ),
            (
                claim("x", "1Gi", tree!({"accessModes": ["ReadWriteMany"]})),
                false,
                None,
            ),
            (
                claim("x", "1Gi", tree!({"volumeMode": "Block"})),
                false,
                None,
            ),
            (
                claim("x", "1Gi", tree!({"storageClassName": ""})),
                false,
                None,
            ),
        ] {
            let found = find_matching_volume(&claim, &mut volumes.iter(), on_node.then_some(&node));
            assert_eq!(found.map(Value::name), wanted, "{claim:?}");
        }
    }
}
