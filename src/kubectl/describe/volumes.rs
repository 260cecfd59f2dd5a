//! Volumes and their sources in descriptions.

use super::writer::{Writer, bool_pointer, plain};
use crate::apimachinery::{Quantity, Value};

/// How one kind of source is shown: its field, its line of words, and the fields after it.
type Source = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// Sources that are shown field by field; a title that ends in `?` is a boolean that may be missing.
const SOURCES: &[Source] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "path"), ("HostPathType", "type")],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[
            ("PDName", "pdName"),
            ("FSType", "fsType"),
            ("Partition", "partition#"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[
            ("VolumeID", "volumeID"),
            ("FSType", "fsType"),
            ("Partition", "partition#"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "repository"), ("Revision", "revision")],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "secretName"), ("Optional", "optional?")],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "name"), ("Optional", "optional?")],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[
            ("Server", "server"),
            ("Path", "path"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "claimName"), ("ReadOnly", "readOnly?")],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path", "path")],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", "reference"), ("PullPolicy", "pullPolicy")],
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        &[
            ("TargetWWNs", "targetWWNs,"),
            ("LUN", "lun"),
            ("FSType", "fsType"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        &[
            ("SecretName", "secretName"),
            ("ShareName", "shareName"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName", "diskName"),
            ("DiskURI", "diskURI"),
            ("Kind", "kind"),
            ("FSType", "fsType"),
            ("CachingMode", "cachingMode"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        &[
            ("EndpointsName", "endpoints"),
            ("Path", "path"),
            ("ReadOnly", "readOnly?"),
        ],
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[
            ("VolumePath", "volumePath"),
            ("FSType", "fsType"),
            ("StoragePolicyName", "storagePolicyName"),
        ],
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        &[
            ("VolumeID", "volumeID"),
            ("FSType", "fsType"),
            ("ReadOnly", "readOnly?"),
            ("SecretRef", "secretRef"),
        ],
    ),
    (
        "portworxVolume",
        "PortworxVolume (a Portworx Volume resource)",
        &[("VolumeID", "volumeID")],
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[
            ("DatasetName", "datasetName"),
            ("DatasetUUID", "datasetUUID"),
        ],
    ),
];

/// Volumes of a pod or a pod template.
pub fn volumes(w: &mut Writer, list: &Value, space: &str) {
    if list.items().is_empty() {
        return w.line(0, format!("{space}Volumes:\t<none>"));
    }
    w.line(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for v in list.items() {
        w.line(1, format!("{indent}{}:", v.get("name").str()));
        source(w, v);
    }
}

/// The source of a volume or a persistent volume.
pub fn source(w: &mut Writer, v: &Value) {
    let has = |key: &str| !v.get(key).is_null();
    if has("emptyDir") {
        let size = Quantity::of(v.at(&["emptyDir", "sizeLimit"]));
        w.field(
            2,
            "Type",
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
        );
        w.field(2, "Medium", v.at(&["emptyDir", "medium"]).str());
        let limit = if size.is_zero() {
            "<unset>".to_owned()
        } else {
            size.to_string()
        };
        return w.field(2, "SizeLimit", limit);
    }
    if has("projected") {
        return projected(w, v.get("projected"));
    }
    if has("downwardAPI") {
        return downward_api(w, v.get("downwardAPI"));
    }
    if has("csi") {
        return csi(w, v.get("csi"));
    }
    if has("ephemeral") {
        w.field(2, "Type", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)");
        let template = v.at(&["ephemeral", "volumeClaimTemplate"]);
        if !template.is_null() {
            super::storage::claim(w, template, false, 2);
        }
        return;
    }
    match SOURCES.iter().find(|(key, _, _)| has(key)) {
        None => w.line(1, "<unknown>"),
        Some((key, words, fields)) => {
            w.field(2, "Type", words);
            for (title, field) in *fields {
                w.field(2, title, shown(v.get(key), field));
            }
        }
    }
}

fn shown(source: &Value, field: &str) -> String {
    if let Some(name) = field.strip_suffix('?') {
        return (source.get(name).as_bool() == Some(true)).to_string();
    }
    if let Some(name) = field.strip_suffix('#') {
        return source.get(name).as_i64().unwrap_or(0).to_string();
    }
    if let Some(name) = field.strip_suffix(',') {
        return super::writer::join(source.get(name), ", ");
    }
    match source.get(field) {
        Value::Null => String::new(),
        v => plain(v),
    }
}

fn projected(w: &mut Writer, v: &Value) {
    w.field(
        2,
        "Type",
        "Projected (a volume that contains injected data from multiple sources)",
    );
    for s in v.get("sources").items() {
        let optional = |v: &Value| (bool_pointer(v.get("optional")) == "True").to_string();
        let (secret, map, token) = (
            s.get("secret"),
            s.get("configMap"),
            s.get("serviceAccountToken"),
        );
        if !secret.is_null() {
            w.field(2, "SecretName", secret.get("name").str());
            w.field(2, "Optional", optional(secret));
        } else if !s.get("downwardAPI").is_null() {
            w.field(2, "DownwardAPI", "true");
        } else if !map.is_null() {
            w.field(2, "ConfigMapName", map.get("name").str());
            w.field(2, "Optional", optional(map));
        } else if !token.is_null() {
            w.field(
                2,
                "TokenExpirationSeconds",
                plain(token.get("expirationSeconds")),
            );
        }
    }
}

fn downward_api(w: &mut Writer, v: &Value) {
    w.field(
        2,
        "Type",
        "DownwardAPI (a volume populated by information about the pod)",
    );
    w.line(2, "Items:");
    for item in v.get("items").items() {
        let path = item.get("path").str();
        for from in [
            item.at(&["fieldRef", "fieldPath"]),
            item.at(&["resourceFieldRef", "resource"]),
        ] {
            if !from.is_null() {
                w.line(3, format!("{} -> {path}", from.str()));
            }
        }
    }
}

fn csi(w: &mut Writer, v: &Value) {
    w.field(
        2,
        "Type",
        "CSI (a Container Storage Interface (CSI) volume source)",
    );
    w.field(2, "Driver", v.get("driver").str());
    w.field(2, "FSType", v.get("fsType").str());
    if v.has("volumeHandle") {
        w.field(2, "VolumeHandle", v.get("volumeHandle").str());
    }
    w.field(2, "ReadOnly", shown(v, "readOnly?"));
    let attributes: Vec<String> = v
        .get("volumeAttributes")
        .fields()
        .map(|(k, v)| format!("{k}={}", v.str()))
        .collect();
    if attributes.is_empty() {
        w.field(2, "VolumeAttributes", "<none>");
    }
    for (i, line) in attributes.iter().enumerate() {
        let title = if i == 0 { "VolumeAttributes:" } else { "" };
        w.line(2, format!("{title}\t{line}"));
    }
}
