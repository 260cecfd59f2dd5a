//! Descriptions of persistent volumes, claims and storage classes.

use super::writer::{Writer, access_modes, bool_pointer, go_list, number, plain, rfc1123};
use super::{Subject, volumes};
use crate::apimachinery::labels::format_labels;
use crate::apimachinery::{Quantity, Value};
use crate::collections::Arrange;
use crate::kubectl::error::Error;

/// The class of a claim or volume: the old annotation, or the field.
fn class(object: &Value) -> &str {
    match object.annotation("volume.beta.kubernetes.io/storage-class") {
        Some(class) => class,
        None => object.at(&["spec", "storageClassName"]).str(),
    }
}

fn status(w: &Writer, object: &Value) -> String {
    match object.meta().get("deletionTimestamp") {
        Value::Null => object.at(&["status", "phase"]).str().to_owned(),
        time => format!("Terminating (lasts {})", w.age(time)),
    }
}

/// Where volumes of a class may be.
fn topologies(w: &mut Writer, terms: &Value) {
    if terms.is_null() {
        return;
    }
    let terms = terms.items();
    if terms.is_empty() {
        return w.field(0, "AllowedTopologies", "<none>");
    }
    w.line(0, "AllowedTopologies:\t");
    for (i, term) in terms.iter().enumerate() {
        let rules = term.get("matchLabelExpressions").items();
        if rules.is_empty() {
            w.field(1, &format!("Term {i}"), "<none>");
        }
        for (j, rule) in rules.iter().enumerate() {
            let values: Vec<&str> = rule.get("values").items().iter().map(Value::str).collect();
            let title = if j == 0 {
                format!("Term {i}:\t")
            } else {
                " \t".to_owned()
            };
            w.line(
                1,
                format!(
                    "{title}{} in [{}]",
                    rule.get("key").str(),
                    values.join(", ")
                ),
            );
        }
    }
}

/// A `PersistentVolume`.
pub async fn persistent_volume(s: &Subject<'_>, pv: &Value) -> Result<String, Error> {
    let events = s.events(pv).await;
    let spec = pv.get("spec");
    let mut w = s.writer();
    w.cluster_head(pv);
    w.field(0, "Finalizers", go_list(pv.meta().get("finalizers")));
    w.field(0, "StorageClass", class(pv));
    let text = status(&w, pv);
    w.field(0, "Status", text);
    let claim = spec.get("claimRef");
    let claim = if claim.is_null() {
        String::new()
    } else {
        format!(
            "{}/{}",
            claim.get("namespace").str(),
            claim.get("name").str()
        )
    };
    w.field(0, "Claim", claim);
    w.field(
        0,
        "Reclaim Policy",
        spec.get("persistentVolumeReclaimPolicy").str(),
    );
    w.field(0, "Access Modes", access_modes(spec.get("accessModes")));
    if !spec.get("volumeMode").is_null() {
        w.field(0, "VolumeMode", spec.get("volumeMode").str());
    }
    w.field(
        0,
        "Capacity",
        Quantity::of(spec.at(&["capacity", "storage"])).to_string(),
    );
    node_affinity(&mut w, spec.at(&["nodeAffinity", "required"]));
    w.field(0, "Message", pv.at(&["status", "message"]).str());
    w.line(0, "Source:");
    volumes::source(&mut w, spec);
    w.events(events);
    Ok(w.finish())
}

fn node_affinity(w: &mut Writer, required: &Value) {
    if required.is_null() {
        return w.field(0, "Node Affinity", "<none>");
    }
    w.line(0, "Node Affinity:\t");
    let terms = required.get("nodeSelectorTerms").items();
    if terms.is_empty() {
        return w.field(1, "Required Terms", "<none>");
    }
    w.line(1, "Required Terms:\t");
    for (i, term) in terms.iter().enumerate() {
        let rules = term.get("matchExpressions").items();
        if rules.is_empty() {
            w.line(2, format!("Term {i}:\t<none>"));
        }
        for (j, r) in rules.iter().enumerate() {
            let start = if j == 0 {
                format!("Term {i}:\t")
            } else {
                "\t".to_owned()
            };
            let mut text = format!(
                "{} {}",
                r.get("key").str(),
                r.get("operator").str().to_lowercase()
            );
            if !r.get("values").items().is_empty() {
                text.push_str(&format!(
                    " [{}]",
                    super::writer::join(r.get("values"), ", ")
                ));
            }
            w.line(2, format!("{start}{text}"));
        }
    }
}

/// The part of a claim that claim templates share; `full` for a claim of its own.
pub fn claim(w: &mut Writer, pvc: &Value, full: bool, level: usize) {
    let spec = pvc.get("spec");
    if full {
        w.field(level, "Name", pvc.name());
        w.field(level, "Namespace", pvc.namespace());
    }
    w.field(level, "StorageClass", class(pvc));
    if full {
        let text = status(w, pvc);
        w.field(level, "Status", text);
    }
    let volume = spec.get("volumeName").str();
    w.field(level, "Volume", volume);
    w.write(level, "");
    w.labels("Labels", pvc.meta().get("labels"));
    w.write(level, "");
    w.annotations("Annotations", pvc.meta().get("annotations"));
    if full {
        w.field(level, "Finalizers", go_list(pvc.meta().get("finalizers")));
    }
    let (mut capacity, mut modes) = (String::new(), String::new());
    if !volume.is_empty() {
        capacity = Quantity::of(pvc.at(&["status", "capacity", "storage"])).to_string();
        modes = access_modes(pvc.at(&["status", "accessModes"]));
    }
    w.field(level, "Capacity", capacity);
    w.field(level, "Access Modes", modes);
    if !spec.get("volumeMode").is_null() {
        w.field(level, "VolumeMode", spec.get("volumeMode").str());
    }
    let source = spec.get("dataSource");
    if !source.is_null() {
        w.line(level, "DataSource:");
        for (title, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if key != "apiGroup" || !source.get(key).is_null() {
                w.field(level + 1, title, source.get(key).str());
            }
        }
    }
}

/// A `PersistentVolumeClaim`.
pub async fn persistent_volume_claim(s: &Subject<'_>, pvc: &Value) -> Result<String, Error> {
    let pods = s.list("v1", "Pod", pvc.namespace(), "").await?;
    let uses = |pod: &Value| {
        let volumes = pod.at(&["spec", "volumes"]).items();
        volumes
            .iter()
            .any(|v| v.at(&["persistentVolumeClaim", "claimName"]) == pvc.name())
            || pvc
                .owner_references()
                .iter()
                .any(|o| o.get("kind") == "Pod" && o.get("uid") == pod.uid())
    };
    let mut users: Vec<String> = pods
        .iter()
        .filter(|p| uses(p))
        .map(|p| p.name().to_owned())
        .collect();
    users.arrange();
    let events = s.events(pvc).await;
    let mut w = s.writer();
    claim(&mut w, pvc, true, 0);
    w.multiline("Used By", &users);
    let conditions = pvc.at(&["status", "conditions"]).items();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(
            1,
            "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage",
        );
        w.line(
            1,
            "----\t------\t-----------------\t------------------\t------\t-------",
        );
        for c in conditions {
            let get = |k: &str| c.get(k).str();
            let (probe, transition) = (
                rfc1123(c.get("lastProbeTime")),
                rfc1123(c.get("lastTransitionTime")),
            );
            w.line(
                1,
                format!(
                    "{} \t{} \t{probe} \t{transition} \t{} \t{}",
                    get("type"),
                    get("status"),
                    get("reason"),
                    get("message")
                ),
            );
        }
    }
    w.events(events);
    Ok(w.finish())
}

/// Claim templates of a stateful set.
pub fn claim_templates(w: &mut Writer, list: &Value) {
    if list.items().is_empty() {
        return w.field(0, "Volume Claims", "<none>");
    }
    w.line(0, "Volume Claims:");
    for pvc in list.items() {
        w.field(1, "Name", pvc.name());
        w.field(1, "StorageClass", class(pvc));
        for (title, key) in [("Labels", "labels"), ("Annotations", "annotations")] {
            if pvc.meta().get(key).is_empty() {
                w.field(1, title, "<none>");
            }
            for (i, (k, v)) in pvc.meta().get(key).fields().enumerate() {
                let title = if i == 0 {
                    format!("{title}:")
                } else {
                    String::new()
                };
                w.line(1, format!("{title}\t{k}={}", v.str()));
            }
        }
        let capacity = match pvc.at(&["spec", "resources", "requests", "storage"]) {
            Value::Null => "<default>".to_owned(),
            q => Quantity::of(q).to_string(),
        };
        w.field(1, "Capacity", capacity);
        w.field(1, "Access Modes", go_list(pvc.at(&["spec", "accessModes"])));
    }
}

/// A `StorageClass`.
pub async fn storage_class(s: &Subject<'_>, sc: &Value) -> Result<String, Error> {
    let events = s.events(sc).await;
    let mut w = s.writer();
    let default = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ]
    .iter()
    .any(|a| sc.annotation(a) == Some("true"));
    w.field(0, "Name", sc.name());
    w.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    w.field(
        0,
        "Annotations",
        format_labels(sc.meta().get("annotations")),
    );
    w.field(0, "Provisioner", sc.get("provisioner").str());
    w.field(0, "Parameters", format_labels(sc.get("parameters")));
    w.field(
        0,
        "AllowVolumeExpansion",
        bool_pointer(sc.get("allowVolumeExpansion")),
    );
    let options = sc.get("mountOptions").items();
    if options.is_empty() {
        w.field(0, "MountOptions", "<none>");
    } else {
        w.line(0, "MountOptions:");
        for o in options {
            w.line(1, o.str());
        }
    }
    for (title, key) in [
        ("ReclaimPolicy", "reclaimPolicy"),
        ("VolumeBindingMode", "volumeBindingMode"),
    ] {
        if !sc.get(key).is_null() {
            w.field(0, title, sc.get(key).str());
        }
    }
    topologies(&mut w, sc.get("allowedTopologies"));
    w.events(events);
    Ok(w.finish())
}

/// A `CSINode`.
pub async fn csi_node(s: &Subject<'_>, node: &Value) -> Result<String, Error> {
    let events = s.events(node).await;
    let mut w = s.writer();
    w.cluster_head(node);
    w.field(
        0,
        "CreationTimestamp",
        rfc1123(node.meta().get("creationTimestamp")),
    );
    w.line(0, "Spec:");
    let drivers = node.at(&["spec", "drivers"]);
    if !drivers.is_null() {
        w.line(1, "Drivers:");
    }
    for d in drivers.items() {
        w.line(2, format!("{}:", d.get("name").str()));
        w.field(3, "Node ID", d.get("nodeID").str());
        if !d.at(&["allocatable", "count"]).is_null() {
            w.line(3, "Allocatables:");
            w.field(
                4,
                "Count",
                number(d.at(&["allocatable", "count"])).to_string(),
            );
        }
        if !d.get("topologyKeys").is_null() {
            w.field(3, "Topology Keys", plain(d.get("topologyKeys")));
        }
    }
    w.events(events);
    Ok(w.finish())
}
