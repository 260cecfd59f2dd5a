//! The sources that volumes of pods and persistent volumes have in common.

use super::{lun, secret_reference};
use crate::api::validation::common::{
    dns_label, invalid_each, local_descending_path, path_no_backsteps, required, supported,
};
use crate::apimachinery::names::is_dns1123_subdomain;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// One source of a volume, by its field.
pub fn volume_source(e: &mut ErrorList, path: &Path, field: &str, v: &Value) {
    let mut need = |fields: &[&str]| {
        for f in fields {
            required(e, &path.child(f), v.get(f));
        }
    };
    match field {
        "hostPath" => host_path(e, path, v),
        "gitRepo" => {
            need(&["repository"]);
            local_descending_path(e, &path.child("directory"), v.get("directory").str());
        }
        "gcePersistentDisk" => {
            need(&["pdName"]);
            partition(e, path, v);
        }
        "awsElasticBlockStore" => {
            need(&["volumeID"]);
            partition(e, path, v);
        }
        "nfs" => {
            need(&["server", "path"]);
            let p = v.get("path").str();
            if !p.starts_with('/') {
                e.push(FieldError::invalid(
                    &path.child("path"),
                    p,
                    "must be an absolute path",
                ));
            }
        }
        "iscsi" => iscsi(e, path, v),
        "glusterfs" => need(&["endpoints", "path"]),
        "flocker" => flocker(e, path, v),
        "rbd" => need(&["monitors", "image"]),
        "cinder" => {
            need(&["volumeID"]);
            secret_name(e, path, v);
        }
        "cephfs" => need(&["monitors"]),
        "quobyte" => quobyte(e, path, v),
        "fc" => fibre_channel(e, path, v),
        "flexVolume" => {
            need(&["driver"]);
            flex_options(e, path, v);
        }
        "azureFile" => need(&["secretName", "shareName"]),
        "vsphereVolume" => need(&["volumePath"]),
        "photonPersistentDisk" => need(&["pdID"]),
        "portworxVolume" => need(&["volumeID"]),
        "azureDisk" => azure_disk(e, path, v),
        "storageos" => {
            if required(e, &path.child("volumeName"), v.get("volumeName")) {
                dns_label(e, &path.child("volumeName"), v.get("volumeName").str());
            }
            let namespace = v.get("volumeNamespace").str();
            if !namespace.is_empty() {
                dns_label(e, &path.child("volumeNamespace"), namespace);
            }
            secret_name(e, path, v);
        }
        "scaleIO" => need(&["gateway", "system", "volumeName"]),
        _ => {}
    }
}

/// One source of a persistent volume, by its field; some say more of secrets and namespaces there than in a pod.
pub(super) fn persistent(e: &mut ErrorList, path: &Path, field: &str, v: &Value, name: &str) {
    if field == "iscsi" {
        return persistent_iscsi(e, path, v, name);
    }
    volume_source(e, path, field, v);
    match field {
        "cinder" | "storageos" if !v.get("secretRef").is_null() => {
            let namespace = v.at(&["secretRef", "namespace"]);
            required(e, &path.child("secretRef.namespace"), namespace);
        }
        "azureFile" if v.get("secretNamespace").as_str() == Some("") => {
            e.push(FieldError::required(&path.child("secretNamespace"), ""));
        }
        "glusterfs" => {
            let at = path.child("endpointsNamespace");
            match v.get("endpointsNamespace").as_str() {
                None => {}
                Some("") => {
                    let text = "if the endpointnamespace is set, it must be a valid namespace name";
                    e.push(FieldError::invalid(&at, "", text));
                }
                Some(n) => dns_label(e, &at, n),
            }
        }
        _ => {}
    }
}

/// What a pod says and what a volume says of iSCSI differ in words and in what is asked of the secret.
fn persistent_iscsi(e: &mut ErrorList, path: &Path, v: &Value, name: &str) {
    let before = e.len();
    iscsi(e, path, v);
    for found in &mut e[before..] {
        if found.detail.starts_with("must be valid format") {
            found.detail = "must be valid format".into();
        }
    }
    let portal = v.get("targetPortal").str();
    if !v.get("initiatorName").is_null() && name.len() + 1 + portal.len() > 64 {
        let at = before + usize::from(portal.is_empty());
        let text = super::PORTAL_TOO_LONG;
        let found = FieldError::invalid(&path.child("targetportal"), portal, text);
        e.insert(at, found);
    }
    secret_name(e, path, v);
}

fn host_path(e: &mut ErrorList, path: &Path, v: &Value) {
    if !required(e, &path.child("path"), v.get("path")) {
        return;
    }
    path_no_backsteps(e, &path.child("path"), v.get("path").str());
    if !v.get("type").is_null() {
        supported(
            e,
            &path.child("type"),
            v.get("type"),
            &[
                "",
                "BlockDevice",
                "CharDevice",
                "Directory",
                "DirectoryOrCreate",
                "File",
                "FileOrCreate",
                "Socket",
            ],
        );
    }
}

fn partition(e: &mut ErrorList, path: &Path, v: &Value) {
    if let Some(n) = v
        .get("partition")
        .as_i64()
        .filter(|n| !(0..=255).contains(n))
    {
        let text = "must be between 1 and 255, inclusive";
        e.push(FieldError::invalid(&path.child("partition"), n, text));
    }
}

fn secret_name(e: &mut ErrorList, path: &Path, v: &Value) {
    if !v.get("secretRef").is_null() {
        required(
            e,
            &path.child("secretRef.name"),
            v.at(&["secretRef", "name"]),
        );
    }
}

fn iscsi(e: &mut ErrorList, path: &Path, v: &Value) {
    required(e, &path.child("targetPortal"), v.get("targetPortal"));
    let iqn = v.get("iqn").str();
    let known = |s: &str| ["iqn", "eui", "naa"].iter().any(|p| s.starts_with(p));
    if required(e, &path.child("iqn"), v.get("iqn")) {
        if !known(iqn) {
            let text = "must be valid format starting with iqn, eui, or naa";
            e.push(FieldError::invalid(&path.child("iqn"), iqn, text));
        } else if !is_initiator(iqn) {
            e.push(FieldError::invalid(
                &path.child("iqn"),
                iqn,
                "must be valid format",
            ));
        }
    }
    lun(e, &path.child("lun"), v.get("lun"));
    let chap = |f: &str| v.get(f).as_bool() == Some(true);
    if (chap("chapAuthDiscovery") || chap("chapAuthSession")) && v.get("secretRef").is_null() {
        e.push(FieldError::required(&path.child("secretRef"), ""));
    }
    if let Some(name) = v.get("initiatorName").as_str()
        && !(known(name) && is_initiator(name))
    {
        let text = if known(name) {
            "must be valid format"
        } else {
            "must be valid format starting with iqn, eui, or naa"
        };
        e.push(FieldError::invalid(
            &path.child("initiatorname"),
            name,
            text,
        ));
    }
}

fn is_initiator(s: &str) -> bool {
    let bytes = s.as_bytes();
    let word =
        |rest: &[u8], n: usize| rest.len() == n && rest.iter().all(u8::is_ascii_alphanumeric);
    if s.starts_with("eui") {
        return bytes.len() > 4 && word(&bytes[4..], 16);
    }
    if s.starts_with("naa") {
        return bytes.len() > 4 && word(&bytes[4..], 32);
    }
    let Some((date, name)) = s.strip_prefix("iqn.").and_then(|r| r.split_once('.')) else {
        return false;
    };
    let d = date.as_bytes();
    let dated = d.len() == 7
        && d[4] == b'-'
        && d.iter()
            .enumerate()
            .all(|(i, c)| i == 4 || c.is_ascii_digit());
    dated
        && name.contains(':')
        && !name.ends_with(':')
        && !name.contains([',', ';', '*', '&', '$', '|', ' '])
}

fn flocker(e: &mut ErrorList, path: &Path, v: &Value) {
    let (name, id) = (v.get("datasetName").str(), v.get("datasetUUID").str());
    match (name.is_empty(), id.is_empty()) {
        (true, true) => e.push(FieldError::required(
            path,
            "one of datasetName and datasetUUID is required",
        )),
        (false, false) => {
            let text = "datasetName and datasetUUID can not be specified simultaneously";
            e.push(FieldError::invalid(path, "resource", text));
        }
        _ => {}
    }
    if name.contains('/') {
        e.push(FieldError::invalid(
            &path.child("datasetName"),
            name,
            "must not contain '/'",
        ));
    }
}

fn quobyte(e: &mut ErrorList, path: &Path, v: &Value) {
    let text = "must be a host:port pair or multiple pairs separated by commas";
    let registry = v.get("registry").str();
    if registry.is_empty() {
        e.push(FieldError::required(&path.child("registry"), text));
    } else if v.get("tenant").str().len() >= 65 {
        let text = "must be a UUID and may not exceed a length of 64 characters";
        e.push(FieldError::required(&path.child("tenant"), text));
    } else {
        for _ in registry.split(',').filter(|p| !p.contains(':')) {
            e.push(FieldError::invalid(&path.child("registry"), registry, text));
        }
    }
    required(e, &path.child("volume"), v.get("volume"));
}

fn fibre_channel(e: &mut ErrorList, path: &Path, v: &Value) {
    let (names, ids) = (v.get("targetWWNs"), v.get("wwids"));
    let at = path.child("targetWWNs");
    match (names.is_empty(), ids.is_empty()) {
        (true, true) => e.push(FieldError::required(
            &at,
            "must specify either targetWWNs or wwids, but not both",
        )),
        (false, false) => {
            let text = "targetWWNs and wwids can not be specified simultaneously";
            e.push(FieldError::invalid(&at, names, text));
        }
        _ => {}
    }
    if !names.is_empty() {
        match v.get("lun") {
            Value::Null => e.push(FieldError::required(
                &path.child("lun"),
                "lun is required if targetWWNs is specified",
            )),
            n => lun(e, &path.child("lun"), n),
        }
    }
}

fn flex_options(e: &mut ErrorList, path: &Path, v: &Value) {
    let options = path.child("options");
    for (k, _) in v.get("options").fields() {
        let domain = format!(".{}", k.split('/').next().unwrap_or(k).to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            let text = "kubernetes.io and k8s.io namespaces are reserved";
            e.push(FieldError::invalid(&options.key(k), k, text));
        }
    }
}

fn azure_disk(e: &mut ErrorList, path: &Path, v: &Value) {
    required(e, &path.child("diskName"), v.get("diskName"));
    required(e, &path.child("diskURI"), v.get("diskURI"));
    let (mode, kind, uri) = (v.get("cachingMode"), v.get("kind"), v.get("diskURI"));
    if !mode.is_null() {
        supported(
            e,
            &path.child("cachingMode"),
            mode,
            &["None", "ReadOnly", "ReadWrite"],
        );
    }
    if kind.is_null() {
        return;
    }
    supported(
        e,
        &path.child("kind"),
        kind,
        &["Dedicated", "Managed", "Shared"],
    );
    let (prefix, form) = match kind.str() {
        "Managed" => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        ),
        _ => (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ),
    };
    if !uri.str().starts_with(prefix) {
        e.push(FieldError::not_supported(
            &path.child("diskURI"),
            uri,
            &[form],
        ));
    }
}

/// The name of a CSI driver.
pub fn csi_driver_name(e: &mut ErrorList, path: &Path, name: &str) {
    if name.is_empty() {
        return e.push(FieldError::required(path, ""));
    }
    if name.len() > 63 {
        e.push(FieldError::too_long(path, 63));
    }
    invalid_each(e, path, name, is_dns1123_subdomain(&name.to_lowercase()));
}

pub(super) fn persistent_csi(e: &mut ErrorList, path: &Path, v: &Value) {
    if required(e, &path.child("driver"), v.get("driver")) {
        csi_driver_name(e, &path.child("driver"), v.get("driver").str());
    }
    required(e, &path.child("volumeHandle"), v.get("volumeHandle"));
    for secret in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        secret_reference(e, &path.child(secret), v.get(secret));
    }
}
