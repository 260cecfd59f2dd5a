//! Volumes, claims, storage classes and their kin.

use super::{Cells, Row, joined, text_or};
use crate::apimachinery::Value;

/// Access modes as people write them: `RWO,ROX`.
fn access_modes(modes: &Value) -> String {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| modes.items().iter().any(|m| m == &mode);
    joined(short.iter().filter(|(m, _)| has(m)).map(|(_, s)| *s), ",")
}

fn phase(row: &Row<'_>) -> Value {
    if row.o.is_terminating() {
        "Terminating".into()
    } else {
        row.status("phase").str().into()
    }
}

/// The class, in the field or in the old annotation.
fn class(row: &Row<'_>) -> Value {
    match row.o.annotation("volume.beta.kubernetes.io/storage-class") {
        Some(name) => name.into(),
        None => row.spec("storageClassName").str().into(),
    }
}

/// A persistent volume.
pub fn volume(row: &Row<'_>) -> Cells {
    let claim = row.spec("claimRef");
    let claim = if claim.is_null() {
        String::new()
    } else {
        format!(
            "{}/{}",
            claim.get("namespace").str(),
            claim.get("name").str()
        )
    };
    vec![
        row.name(),
        row.spec("capacity").get("storage").str().into(),
        access_modes(row.spec("accessModes")).into(),
        row.spec("persistentVolumeReclaimPolicy").str().into(),
        phase(row),
        claim.into(),
        class(row),
        text_or(row.spec("volumeAttributesClassName"), "<unset>"),
        row.status("reason").str().into(),
        row.age(),
        text_or(row.spec("volumeMode"), "<unset>"),
    ]
}

/// A persistent volume claim.
pub fn claim(row: &Row<'_>) -> Cells {
    let volume = row.spec("volumeName").str();
    let (capacity, modes) = if volume.is_empty() {
        (Value::from(""), String::new())
    } else {
        (
            text_or(row.status("capacity").get("storage"), "0"),
            access_modes(row.status("accessModes")),
        )
    };
    vec![
        row.name(),
        phase(row),
        volume.into(),
        capacity,
        modes.into(),
        class(row),
        text_or(row.spec("volumeAttributesClassName"), "<unset>"),
        row.age(),
        text_or(row.spec("volumeMode"), "<unset>"),
    ]
}

fn flag(v: &Value) -> Value {
    v.as_bool().unwrap_or(false).into()
}

/// The kinds of `storage.k8s.io`.
pub fn cells(resource: &str, row: &Row<'_>) -> Cells {
    match resource {
        "storageclasses" => storage_class(row),
        "volumeattributesclasses" => {
            vec![row.name(), row.o.get("driverName").clone(), row.age()]
        }
        "csidrivers" => csi_driver(row),
        "csinodes" => vec![
            row.name(),
            row.spec("drivers").items().len().into(),
            row.age(),
        ],
        "volumeattachments" => vec![
            row.name(),
            row.spec("attacher").clone(),
            row.spec("source").get("persistentVolumeName").str().into(),
            row.spec("nodeName").clone(),
            flag(row.status("attached")),
            row.age(),
        ],
        _ => vec![row.name(), row.created()],
    }
}

fn storage_class(row: &Row<'_>) -> Cells {
    let default = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ]
    .iter()
    .any(|a| row.o.annotation(a) == Some("true"));
    let name = if default {
        format!("{} (default)", row.o.name()).into()
    } else {
        row.name()
    };
    vec![
        name,
        row.o.get("provisioner").clone(),
        text_or(row.o.get("reclaimPolicy"), "Delete"),
        text_or(row.o.get("volumeBindingMode"), "Immediate"),
        flag(row.o.get("allowVolumeExpansion")),
        row.age(),
    ]
}

fn csi_driver(row: &Row<'_>) -> Cells {
    let audiences: Vec<&str> = row
        .spec("tokenRequests")
        .items()
        .iter()
        .map(|t| t.get("audience").str())
        .collect();
    let tokens = if audiences.is_empty() {
        "<unset>".to_owned()
    } else {
        audiences.join(",")
    };
    let modes = joined(
        row.spec("volumeLifecycleModes")
            .items()
            .iter()
            .map(Value::str),
        ",",
    );
    vec![
        row.name(),
        row.spec("attachRequired").as_bool().unwrap_or(true).into(),
        flag(row.spec("podInfoOnMount")),
        flag(row.spec("storageCapacity")),
        tokens.into(),
        flag(row.spec("requiresRepublish")),
        if modes.is_empty() {
            "<none>".into()
        } else {
            modes.into()
        },
        row.age(),
    ]
}
