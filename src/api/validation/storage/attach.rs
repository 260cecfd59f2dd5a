//! Volume attachments, what drivers say of nodes, capacities and classes of attributes (`pkg/apis/storage/validation`).

use super::class::{parameters, provisioner};
use super::csi_driver_name;
use crate::api::validation::apps::bad_selector;
use crate::api::validation::common::{
    dns_subdomain, inclusive_range, invalid_each, nonnegative, qualified_name, quantity, required,
    strings,
};
use crate::api::validation::meta::{
    label_selector, name_is_dns_subdomain, object_meta, object_meta_update,
};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Value, wire};

const SPEC: Path<'static> = Path::new("spec");
const MAX_METADATA: usize = 256 * 1024;

fn internal(v: &Value, kind: &str) -> Bad {
    Bad::raw(wire::internal_json(
        v,
        &format!("io.k8s.api.storage.v1.{kind}"),
    ))
}

/// A VolumeAttachment. What stands in an inline spec is not checked.
pub fn volume_attachment(e: &mut ErrorList, v: &Value) {
    common_attachment(e, v);
    if let Some(name) = v.at(&["spec", "source", "persistentVolumeName"]).as_str() {
        let path = SPEC.child("source.persistentVolumeName");
        dns_subdomain(e, &path, name);
    }
}

fn common_attachment(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let spec = v.get("spec");
    let attacher = spec.get("attacher");
    if required(e, &SPEC.child("attacher"), attacher) {
        csi_driver_name(e, &SPEC.child("attacher"), attacher.str());
    }
    let path = SPEC.child("source");
    let name = spec.at(&["source", "persistentVolumeName"]);
    let inline = spec.at(&["source", "inlineVolumeSpec"]);
    let text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (name.is_null(), inline.is_null()) {
        (true, true) => e.push(FieldError::required(&path, text)),
        (false, false) => e.push(FieldError::forbidden(&path, text)),
        (false, true) if name.is_empty() => {
            let text = "must specify non empty persistentVolumeName";
            e.push(FieldError::required(
                &path.child("persistentVolumeName"),
                text,
            ));
        }
        _ => {}
    }
    let node = spec.get("nodeName").str();
    invalid_each(
        e,
        &SPEC.child("nodeName"),
        node,
        name_is_dns_subdomain(node, false),
    );
    attachment_status(e, v.get("status"));
}

fn attachment_status(e: &mut ErrorList, status: &Value) {
    let path = Path::new("status");
    let metadata = status.get("attachmentMetadata").fields();
    let size: usize = metadata.map(|(k, v)| k.len() + v.str().len()).sum();
    if size > MAX_METADATA {
        e.push(FieldError::too_long(
            &path.child("attachmentMetadata"),
            MAX_METADATA,
        ));
    }
    for field in ["attachError", "detachError"] {
        let (at, error) = (path.child(field), status.get(field));
        if error.get("message").str().len() > 1024 {
            e.push(FieldError::too_long(&at.child("message"), MAX_METADATA));
        }
        if let Some(n) = error.get("errorCode").as_i64().filter(|n| *n < 0) {
            let text = inclusive_range(0, i64::from(i32::MAX));
            e.push(FieldError::invalid(&at.child("errorCode"), n, text));
        }
    }
}

/// An update of a VolumeAttachment: its spec stays.
pub fn volume_attachment_update(e: &mut ErrorList, new: &Value, old: &Value) {
    volume_attachment(e, new);
    let spec = new.get("spec");
    if spec != old.get("spec") {
        let bad = internal(spec, "VolumeAttachmentSpec");
        e.push(FieldError::invalid(&SPEC, bad, "field is immutable"));
    }
}

/// A CSINode.
pub fn csi_node(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    let drivers = v.at(&["spec", "drivers"]).items();
    for (i, d) in drivers.iter().enumerate() {
        let at = SPEC.item("drivers", i);
        let (name, id) = (d.get("name").str(), d.get("nodeID").str());
        if required(e, &at.child("name"), d.get("name")) {
            csi_driver_name(e, &at.child("name"), name);
        }
        if required(e, &at.child("nodeID"), d.get("nodeID")) && id.len() > 256 {
            let text = "must be 256 characters or less";
            e.push(FieldError::invalid(&at.child("nodeID"), id, text));
        }
        nonnegative(
            e,
            &at.child("allocatable.count"),
            d.at(&["allocatable", "count"]),
        );
        if drivers[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        let keys: Vec<&str> = strings(d.get("topologyKeys")).collect();
        for (j, key) in keys.iter().enumerate() {
            if key.is_empty() {
                e.push(FieldError::required(&at, ""));
            }
            if keys[..j].contains(key) {
                e.push(FieldError::duplicate(&at, *key));
            }
            qualified_name(e, &at, key);
        }
    }
}

/// An update of a CSINode: of a driver that was there, only how much it takes may change.
pub fn csi_node_update(e: &mut ErrorList, new: &Value, old: &Value) {
    csi_node(e, new);
    let rest = |d: &Value| {
        let mut d = d.clone();
        d.remove("allocatable");
        d
    };
    for was in old.at(&["spec", "drivers"]).items() {
        for is in new.at(&["spec", "drivers"]).items() {
            if was.get("name") == is.get("name") && rest(was) != rest(is) {
                let bad = internal(&rest(is), "CSINodeDriver");
                let path = SPEC.child("drivers");
                e.push(FieldError::invalid(&path, bad, "field is immutable"));
            }
        }
    }
}

/// A CSIStorageCapacity.
pub fn storage_capacity(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    label_selector(e, &Path::new("nodeTopology"), v.get("nodeTopology"));
    let class = v.get("storageClassName").str();
    let path = Path::new("storageClassName");
    invalid_each(e, &path, class, name_is_dns_subdomain(class, false));
    let capacity = quantity(v.get("capacity"));
    if capacity.sign() < 0 {
        let text = "must be greater than or equal to 0";
        e.push(FieldError::invalid(&Path::new("capacity"), &capacity, text));
    }
}

/// An update of a CSIStorageCapacity: what it is about stays.
pub fn storage_capacity_update(e: &mut ErrorList, new: &Value, old: &Value) {
    storage_capacity(e, new);
    object_meta_update(e, new, old);
    for field in ["nodeTopology", "storageClassName"] {
        let is = new.get(field);
        if is != old.get(field) {
            let bad = match field {
                "nodeTopology" => bad_selector(is),
                _ => is.str().into(),
            };
            let path = Path::new(field);
            e.push(FieldError::invalid(&path, bad, "field is immutable"));
        }
    }
}

/// A VolumeAttributesClass.
pub fn attributes_class(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_dns_subdomain);
    provisioner(e, &Path::new("driverName"), v.get("driverName"));
    parameters(e, &Path::new("parameters"), v.get("parameters"), false);
}

/// An update of a VolumeAttributesClass: driver and parameters stay.
pub fn attributes_class_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    for field in ["driverName", "parameters"] {
        if new.get(field) != old.get(field) {
            let text = format!("updates to {field} are forbidden.");
            e.push(FieldError::forbidden(&Path::new(field), text));
        }
    }
    attributes_class(e, new);
}
