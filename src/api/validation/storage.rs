//! Volumes, claims and storage classes (`pkg/apis/core/validation`, `pkg/apis/storage/validation`).

use super::common::{
    dns_label, dns_subdomain, immutable, inclusive_range, invalid_each, optional_supported,
    path_no_backsteps, qualified_name, quantity, required, supported,
};
use super::meta::{
    annotations, label_selector, labels, name_is_dns_label, name_is_dns_subdomain, object_meta,
    object_meta_update,
};
use super::pod::resources::resource_value;
use super::pod::scheduling::node_selector;
use super::{diff, pod::containers::internal};
use crate::apimachinery::{ErrorList, FieldError, Path, Quantity, Value, wire};

pub mod attach;
pub mod class;
mod sources;

pub use sources::{csi_driver_name, volume_source};

const ACCESS_MODES: &[&str] = &[
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
const CLAIM_SPEC: &str = "io.k8s.api.core.v1.PersistentVolumeClaimSpec";
const VOLUME_SPEC: &str = "io.k8s.api.core.v1.PersistentVolumeSpec";
const SPEC: Path<'static> = Path::new("spec");

fn access_modes(e: &mut ErrorList, path: &Path, v: &Value, detail: &str) {
    let path = path.child("accessModes");
    if v.is_empty() {
        e.push(FieldError::required(&path, detail));
    }
    let has = |f: &dyn Fn(&str) -> bool| v.items().iter().any(|m| f(m.str()));
    for m in v.items() {
        supported(e, &path, m, ACCESS_MODES);
    }
    let other = |m: &str| m != "ReadWriteOncePod" && ACCESS_MODES.contains(&m);
    if has(&|m| m == "ReadWriteOncePod") && has(&other) {
        let text = "may not use ReadWriteOncePod with other access modes";
        e.push(FieldError::forbidden(&path, text));
    }
}

/// The spec of a claim.
pub fn claim_spec(e: &mut ErrorList, path: &Path, spec: &Value) {
    let modes = spec.get("accessModes");
    if modes.is_empty() {
        let text = "at least 1 access mode is required";
        e.push(FieldError::required(&path.child("accessModes"), text));
    }
    label_selector(e, &path.child("selector"), spec.get("selector"));
    if !modes.is_empty() {
        access_modes(e, path, modes, "");
    }
    let storage = spec.at(&["resources", "requests", "storage"]);
    let resources = path.child("resources");
    let at = resources.key("storage");
    if storage.is_null() {
        e.push(FieldError::required(&at, ""));
    } else {
        let q = quantity(storage);
        match q.sign() {
            1 => resource_value(e, &at, "storage", &q),
            _ => e.push(FieldError::invalid(&at, &q, "must be greater than zero")),
        }
    }
    class_name(e, path, spec, "storageClassName");
    optional_supported(
        e,
        &path.child("volumeMode"),
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
    data_source(e, &path.child("dataSource"), spec.get("dataSource"));
    data_source(e, &path.child("dataSourceRef"), spec.get("dataSourceRef"));
    sources_agree(e, path, spec);
    class_name(e, path, spec, "volumeAttributesClassName");
}

fn class_name(e: &mut ErrorList, path: &Path, spec: &Value, field: &str) {
    if !spec.get(field).is_empty() {
        dns_subdomain(e, &path.child(field), spec.get(field).str());
    }
}

fn data_source(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        return;
    }
    required(e, &path.child("name"), v.get("name"));
    required(e, &path.child("kind"), v.get("kind"));
    let (group, kind) = (v.get("apiGroup").str(), v.kind());
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        e.push(FieldError::invalid(path, kind, text));
    }
    if !group.is_empty() {
        dns_subdomain(e, &path.child("apiGroup"), group);
    }
    let namespace = v.get("namespace").str();
    if !namespace.is_empty() {
        invalid_each(
            e,
            &path.child("namespace"),
            namespace,
            name_is_dns_label(namespace, false),
        );
    }
}

fn sources_agree(e: &mut ErrorList, path: &Path, spec: &Value) {
    let (a, b) = (spec.get("dataSource"), spec.get("dataSourceRef"));
    if a.is_null() || b.is_null() {
        return;
    }
    let same = ["apiGroup", "kind", "name"]
        .iter()
        .all(|f| a.get(f) == b.get(f));
    let text = if !b.get("namespace").is_empty() {
        "may not be specified when dataSourceRef.namespace is specified"
    } else if !same {
        "must match dataSourceRef"
    } else {
        return;
    };
    e.push(FieldError::invalid(path, &Value::object(), text));
}

/// Metadata in a template of claims: labels and annotations, and nothing else.
pub fn template_metadata(e: &mut ErrorList, path: &Path, v: &Value) {
    annotations(e, &path.child("annotations"), v.get("annotations"));
    labels(e, &path.child("labels"), v.get("labels"));
    for field in META_FIELDS {
        if !v.get(field).is_empty() {
            e.push(FieldError::forbidden(&path.child(field), "cannot be set"));
        }
    }
}

/// The other fields of metadata, in the order of the Go type.
const META_FIELDS: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// What is wrong with a long name of an iSCSI volume.
pub const PORTAL_TOO_LONG: &str = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const MOUNT_OPTIONS: &str = "volume.beta.kubernetes.io/mount-options";

/// A claim at its creation.
pub fn claim(e: &mut ErrorList, pvc: &Value) {
    object_meta(e, pvc, true, name_is_dns_subdomain);
    claim_spec(e, &SPEC, pvc.get("spec"));
}

/// An update of a claim: only its size may grow, once it is bound.
pub fn claim_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    claim(e, new);
    let class = |v: &Value| v.annotation(STORAGE_CLASS).unwrap_or_default().to_owned();
    if class(new) != class(old) {
        let path = Path::new("metadata.annotations");
        let text = "field is immutable";
        e.push(FieldError::invalid(
            &path.child(STORAGE_CLASS),
            &class(new),
            text,
        ));
    }
    let (mut a, mut b) = (old.get("spec").clone(), new.get("spec").clone());
    if a.get("volumeName").is_empty() && !b.get("volumeName").is_empty() {
        a.set("volumeName", b.get("volumeName").clone());
    }
    if a.get("storageClassName").is_null() && !b.get("storageClassName").is_null() {
        b.remove("storageClassName");
    }
    let size = |v: &Value| v.at(&["resources", "requests", "storage"]).clone();
    if new.at(&["status", "phase"]).str() == "Bound" {
        if !size(&b).is_null() {
            b.set_at(&["resources", "requests", "storage"], size(&a));
        }
        let field = "volumeAttributesClassName";
        match a.get(field) {
            Value::Null => drop(b.remove(field)),
            v if b.has(field) => b.set(field, v),
            _ => {}
        }
    }
    if a != b {
        let show = |v: &Value| diff::indent(&wire::internal_json(v, CLAIM_SPEC));
        let text = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{}",
            diff::unified(&show(&a), &show(&b))
        );
        e.push(FieldError::forbidden(&SPEC, text));
    }
    let (was, is) = (
        quantity(&size(old.get("spec"))),
        quantity(&size(new.get("spec"))),
    );
    let provided = quantity(old.at(&["status", "capacity", "storage"]));
    if is < was && is <= provided {
        let text = "field can not be less than status.capacity";
        e.push(FieldError::forbidden(
            &SPEC.child("resources.requests.storage"),
            text,
        ));
    }
    let mode = |v: &Value| v.at(&["spec", "volumeMode"]).clone();
    immutable(e, &Path::new("volumeMode"), &mode(new), &mode(old));
    attributes_class_kept(e, new, old, true);
}

/// A class of attributes that is set may be changed, not taken away.
fn attributes_class_kept(e: &mut ErrorList, new: &Value, old: &Value, or_empty: bool) {
    let of = |v: &Value| v.at(&["spec", "volumeAttributesClassName"]).clone();
    let (is, was) = (of(new), of(old));
    if was.is_null() || is == was {
        return;
    }
    let to = match &is {
        Value::Null => "nil",
        v if v.is_empty() && or_empty => "an empty string",
        _ => return,
    };
    let text = format!("update from non-nil value to {to} is forbidden");
    e.push(FieldError::forbidden(
        &SPEC.child("volumeAttributesClassName"),
        text,
    ));
}

/// An update of a claim's status.
pub fn claim_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    if new.at(&["spec", "accessModes"]).is_empty() {
        e.push(FieldError::required(&Path::new("Spec.accessModes"), ""));
    }
    let path = Path::new("status.capacity");
    for (name, v) in new.at(&["status", "capacity"]).fields() {
        basic_resource(e, &path.key(name), &quantity(v));
    }
    let path = Path::new("status.allocatedResourceStatuses");
    for (name, v) in new.at(&["status", "allocatedResourceStatuses"]).fields() {
        claim_resource(e, &path, name);
        if !RESIZE_STATUSES.contains(&v.str()) {
            e.push(FieldError::not_supported(&path, name, &RESIZE_STATUSES));
        }
    }
    let path = Path::new("status.allocatedResources");
    for (name, v) in new.at(&["status", "allocatedResources"]).fields() {
        if claim_resource(e, &path, name) {
            let (at, before) = (path.key(name), e.len());
            basic_resource(e, &at, &quantity(v));
            if e.len() == before {
                resource_value(e, &at, "storage", &quantity(v));
            }
        }
    }
}

const RESIZE_STATUSES: [&str; 5] = [
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
];

/// Whether a claim may tell of a resource in its status: storage, or one with a domain of its own.
fn claim_resource(e: &mut ErrorList, path: &Path, name: &str) -> bool {
    let before = e.len();
    qualified_name(e, path, name);
    if e.len() == before && name != "storage" && !name.contains('/') {
        e.push(FieldError::not_supported(path, name, &["storage"]));
    }
    e.len() == before
}

fn basic_resource(e: &mut ErrorList, path: &Path, q: &Quantity) {
    if q.value() < 0 {
        e.push(FieldError::invalid(
            path,
            q.value(),
            "must be a valid resource quantity",
        ));
    }
}

/// A volume at its creation.
pub fn volume(e: &mut ErrorList, pv: &Value) {
    object_meta(e, pv, false, name_is_dns_subdomain);
    let spec = pv.get("spec");
    access_modes(e, &SPEC, spec.get("accessModes"), "");
    let capacity = spec.get("capacity");
    let path = SPEC.child("capacity");
    if capacity.is_empty() {
        e.push(FieldError::required(&path, ""));
    }
    if !capacity.has("storage") || capacity.fields().count() > 1 {
        e.push(FieldError::not_supported(&path, capacity, &["storage"]));
    }
    for (name, v) in capacity.fields() {
        let q = quantity(v);
        basic_resource(e, &path.key(name), &q);
        if q.sign() <= 0 {
            e.push(FieldError::invalid(
                &path.key(name),
                &q,
                "must be greater than zero",
            ));
        }
    }
    let policy = spec.get("persistentVolumeReclaimPolicy");
    if !policy.is_empty() {
        let path = SPEC.child("persistentVolumeReclaimPolicy");
        supported(e, &path, policy, &["Delete", "Recycle", "Retain"]);
    }
    let affinity = spec.get("nodeAffinity");
    if !affinity.is_null() {
        let path = SPEC.child("nodeAffinity.required");
        match affinity.get("required") {
            Value::Null => e.push(FieldError::required(
                &path,
                "must specify required node constraints",
            )),
            v => node_selector(e, &path, v),
        }
    }
    volume_sources(e, spec, pv.name());
    let root = spec
        .at(&["hostPath", "path"])
        .as_str()
        .is_some_and(|p| p.split('/').all(|s| s.is_empty() || s == "."));
    if root && policy.str() == "Recycle" {
        let text = "may not be 'recycle' for a hostPath mount of '/'";
        e.push(FieldError::forbidden(
            &SPEC.child("persistentVolumeReclaimPolicy"),
            text,
        ));
    }
    class_name(e, &SPEC, spec, "storageClassName");
    optional_supported(
        e,
        &SPEC.child("volumeMode"),
        spec.get("volumeMode"),
        &["Block", "Filesystem"],
    );
    if let Some(class) = spec.get("volumeAttributesClassName").as_str() {
        let path = SPEC.child("volumeAttributesClassName");
        match class {
            "" => e.push(FieldError::required(&path, "an empty string is disallowed")),
            c => dns_subdomain(e, &path, c),
        }
        if spec.get("csi").is_null() {
            let text = "has to be specified when using volumeAttributesClassName";
            e.push(FieldError::required(&SPEC.child("csi"), text));
        }
    }
    if pv.annotation(MOUNT_OPTIONS).is_some() && !MOUNTED.iter().any(|f| spec.has(f)) {
        let path = Path::new("metadata.annotations");
        let text = "may not specify mount options for this volume type";
        e.push(FieldError::forbidden(&path.child(MOUNT_OPTIONS), text));
    }
}

/// Sources that take options of mounts.
const MOUNTED: &[&str] = &[
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "nfs",
    "rbd",
    "quobyte",
    "iscsi",
    "cinder",
    "cephfs",
    "azureFile",
    "vsphereVolume",
    "azureDisk",
];

/// The sources of a persistent volume in the order upstream looks at them.
const VOLUME_SOURCES: &[(&str, &str)] = &[
    ("hostPath", "hostPath"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("nfs", "nfs"),
    ("rbd", "rbd"),
    ("quobyte", "quobyte"),
    ("cephfs", "cephFS"),
    ("iscsi", "iscsi"),
    ("cinder", "cinder"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("scaleIO", "scaleIO"),
    ("local", "local"),
    ("storageos", "storageos"),
    ("csi", "csi"),
];

fn volume_sources(e: &mut ErrorList, spec: &Value, name: &str) {
    let mut found = 0;
    for (field, shown) in VOLUME_SOURCES {
        let v = spec.get(field);
        if v.is_null() {
            continue;
        }
        found += 1;
        if found > 1 && *field != "flexVolume" {
            e.push(FieldError::forbidden(
                &SPEC.child(shown),
                "may not specify more than 1 volume type",
            ));
            continue;
        }
        let path = SPEC.child(field);
        match *field {
            "local" => {
                if required(e, &path.child("path"), v.get("path")) {
                    path_no_backsteps(e, &path.child("path"), v.get("path").str());
                }
                if spec.get("nodeAffinity").is_null() {
                    let text = "Local volume requires node affinity";
                    e.push(FieldError::required(&SPEC.child("nodeAffinity"), text));
                }
            }
            "csi" => sources::persistent_csi(e, &path, v),
            "gcePersistentDisk" => {
                volume_source(e, &SPEC.child("persistentDisk"), field, v);
            }
            other => sources::persistent(e, &path, other, v, name),
        }
    }
    if found == 0 {
        e.push(FieldError::required(&SPEC, "must specify a volume type"));
    }
}

/// An update of a volume: its source may not change.
pub fn volume_update(e: &mut ErrorList, new: &Value, old: &Value) {
    volume(e, new);
    let source = |v: &Value| {
        let mut out = Value::object();
        for (field, _) in VOLUME_SOURCES {
            if let Some(s) = Some(v.get("spec").get(field)).filter(|s| !s.is_null()) {
                out.set(field, s);
            }
        }
        out
    };
    let (was, mut is) = (source(old), source(new));
    let secret = ["csi", "controllerExpandSecretRef"];
    if !was.get("csi").is_null() && was.at(&secret).is_null() && !is.at(&secret).is_null() {
        is.remove_at(&secret);
    }
    if was != is {
        let show = |v: &Value| {
            let is_source = |field: &str| VOLUME_SOURCES.iter().any(|(f, _)| *f == field);
            let all = wire::internal_json_of_fields(v, VOLUME_SPEC, is_source);
            diff::indent(&all)
        };
        let text = format!(
            "spec.persistentvolumesource is immutable after creation\n{}",
            diff::unified(&show(&was), &show(&is))
        );
        e.push(FieldError::forbidden(
            &SPEC.child("persistentvolumesource"),
            text,
        ));
    }
    let at = |v: &Value, f: &str| v.get("spec").get(f).clone();
    immutable(
        e,
        &Path::new("volumeMode"),
        &at(new, "volumeMode"),
        &at(old, "volumeMode"),
    );
    let (was, is) = (at(old, "nodeAffinity"), at(new, "nodeAffinity"));
    if !was.is_null() && was != is {
        let text = "field is immutable, except for updating from beta label to GA";
        e.push(FieldError::invalid(
            &Path::new("nodeAffinity"),
            internal(&is, "VolumeNodeAffinity"),
            text,
        ));
    }
    attributes_class_kept(e, new, old, false);
}

/// Topology terms of a storage class.
pub fn allowed_topologies(e: &mut ErrorList, path: &Path, v: &Value) {
    for (i, term) in v.items().iter().enumerate() {
        let at = path.index(i);
        let expressions = term.get("matchLabelExpressions").items();
        for (j, x) in expressions.iter().enumerate() {
            let at = at.item("matchLabelExpressions", j);
            let values = x.get("values").items();
            if values.is_empty() {
                e.push(FieldError::required(&at.child("values"), ""));
            }
            for (k, value) in values.iter().enumerate() {
                if values[..k].contains(value) {
                    e.push(FieldError::duplicate(&at.item("values", k), value));
                }
            }
            super::common::qualified_name(e, &at.child("key"), x.get("key").str());
            if expressions[..j]
                .iter()
                .any(|o| o.get("key") == x.get("key"))
            {
                e.push(FieldError::duplicate(&at.child("key"), x.get("key")));
            }
        }
        if v.items()[..i].contains(term) {
            e.push(FieldError::duplicate(
                &at.child("matchLabelExpressions"),
                "",
            ));
        }
    }
}

pub(super) fn secret_reference(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        return;
    }
    if required(e, &path.child("name"), v.get("name")) {
        dns_subdomain(e, &path.child("name"), v.get("name").str());
    }
    if required(e, &path.child("namespace"), v.get("namespace")) {
        dns_label(e, &path.child("namespace"), v.get("namespace").str());
    }
}

pub(super) fn lun(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(n) = v.as_i64().filter(|n| !(0..=255).contains(n)) {
        e.push(FieldError::invalid(path, n, inclusive_range(0, 255)));
    }
}
