//! Volumes of a pod, and where its containers mount them.

use super::containers::pull_policy;
use super::env::{VOLUME_FIELD_PATHS, field_ref, resource_field_ref};
use crate::api::validation::apps::bad_selector;
use crate::api::validation::certificates::signer_name;
use crate::api::validation::common::{
    dns_label, file_mode, invalid_each, local_descending_path, local_non_reserved_path,
    path_no_backsteps, quantity, required, supported,
};
use crate::api::validation::meta::{label_selector, name_is_dns_subdomain};
use crate::api::validation::storage::{self, claim_spec, template_metadata};
use crate::apimachinery::names::is_dns1123_subdomain;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// The sources of a volume in the order upstream looks at them, with the name that the error about a second one bears.
const SOURCES: &[(&str, &str)] = &[
    ("emptyDir", "emptyDir"),
    ("hostPath", "hostPath"),
    ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downwardAPI", "downwarAPI"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("configMap", "configMap"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scaleIO", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
];

/// The volumes of a pod; gives those that are well formed.
pub fn volumes<'a>(
    e: &mut ErrorList,
    path: &Path,
    v: &'a Value,
    meta: Option<&Value>,
) -> Vec<&'a Value> {
    let pod_name = meta.map_or("", |m| m.get("name").str());
    let mut good: Vec<&Value> = Vec::new();
    for (i, volume) in v.items().iter().enumerate() {
        let at = path.index(i);
        let name = volume.get("name").str();
        let before = e.len();
        source(e, &at, volume, pod_name, meta.is_some());
        if required(e, &at.child("name"), volume.get("name")) {
            dns_label(e, &at.child("name"), name);
        }
        if good.iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at.child("name"), name));
        }
        if e.len() == before {
            good.push(volume);
        }
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]).str();
        let made = |o: &Value| {
            !o.get("ephemeral").is_null() && claim == format!("{pod_name}-{}", o.get("name").str())
        };
        if !pod_name.is_empty() && !claim.is_empty() && v.items().iter().any(made) {
            e.push(FieldError::invalid(
                &at.child("persistentVolumeClaim.claimName"),
                claim,
                "must not reference a PVC that gets created for an ephemeral volume",
            ));
        }
    }
    good
}

fn source(e: &mut ErrorList, at: &Path, volume: &Value, pod_name: &str, is_pod: bool) {
    let mut found = 0;
    for (field, shown) in SOURCES {
        let v = volume.get(field);
        if v.is_null() {
            continue;
        }
        found += 1;
        if found > 1 {
            e.push(FieldError::forbidden(
                &at.child(shown),
                "may not specify more than 1 volume type",
            ));
            continue;
        }
        let path = at.child(field);
        match *field {
            "emptyDir" => {
                if quantity(v.get("sizeLimit")).sign() < 0 {
                    let text = "SizeLimit field must be a valid resource quantity";
                    e.push(FieldError::forbidden(&path.child("sizeLimit"), text));
                }
            }
            "secret" | "configMap" => {
                let name = if *field == "secret" {
                    "secretName"
                } else {
                    "name"
                };
                required(e, &path.child(name), v.get(name));
                file_mode(e, &path.child("defaultMode"), v.get("defaultMode"));
                for (i, item) in v.get("items").items().iter().enumerate() {
                    key_to_path(e, &path.item("items", i), item);
                }
            }
            "persistentVolumeClaim" => {
                required(e, &path.child("claimName"), v.get("claimName"));
            }
            "downwardAPI" => {
                file_mode(e, &path.child("defaultMode"), v.get("defaultMode"));
                for item in v.get("items").items() {
                    downward_file(e, &path, item);
                }
            }
            "projected" => {
                file_mode(e, &path.child("defaultMode"), v.get("defaultMode"));
                projected(e, &path, v);
            }
            "csi" => inline_csi(e, &path, v),
            "ephemeral" => ephemeral(e, at, volume, pod_name),
            "image" => {
                if is_pod {
                    required(e, &path.child("reference"), v.get("reference"));
                }
                pull_policy(e, &path.child("pullPolicy"), v.get("pullPolicy"));
            }
            "gcePersistentDisk" => {
                storage::volume_source(e, &at.child("persistentDisk"), field, v);
            }
            "iscsi" => {
                storage::volume_source(e, &path, field, v);
                let portal = v.get("targetPortal").str();
                let name = volume.get("name").str();
                if !v.get("initiatorName").is_null() && name.len() + 1 + portal.len() > 64 {
                    let text = storage::PORTAL_TOO_LONG;
                    e.push(FieldError::invalid(&at.child("name"), name, text));
                }
            }
            other => storage::volume_source(e, &path, other, v),
        }
    }
    if found == 0 {
        e.push(FieldError::required(at, "must specify a volume type"));
    }
}

const SOURCES_OF_PROJECTION: &[&str] = &[
    "secret",
    "configMap",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
];

fn key_to_path(e: &mut ErrorList, at: &Path, v: &Value) {
    required(e, &at.child("key"), v.get("key"));
    required(e, &at.child("path"), v.get("path"));
    local_non_reserved_path(e, &at.child("path"), v.get("path").str());
    file_mode(e, &at.child("mode"), v.get("mode"));
}

fn downward_file(e: &mut ErrorList, path: &Path, v: &Value) {
    required(e, &path.child("path"), v.get("path"));
    local_non_reserved_path(e, &path.child("path"), v.get("path").str());
    let (field, resource) = (v.get("fieldRef"), v.get("resourceFieldRef"));
    if !field.is_null() {
        field_ref(e, &path.child("fieldRef"), field, VOLUME_FIELD_PATHS);
        if !resource.is_null() {
            let text = "fieldRef and resourceFieldRef can not be specified simultaneously";
            e.push(FieldError::invalid(path, "resource", text));
        }
    } else if !resource.is_null() {
        resource_field_ref(e, &path.child("resourceFieldRef"), resource, true);
    } else {
        e.push(FieldError::required(
            path,
            "one of fieldRef and resourceFieldRef is required",
        ));
    }
    file_mode(e, &path.child("mode"), v.get("mode"));
}

fn projected(e: &mut ErrorList, path: &Path, v: &Value) {
    let mut paths: Vec<&str> = Vec::new();
    for (i, s) in v.get("sources").items().iter().enumerate() {
        let at = path.item("sources", i);
        let found = SOURCES_OF_PROJECTION.iter().filter(|f| s.has(f)).count();
        for field in ["secret", "configMap"] {
            let source = s.get(field);
            if source.is_null() {
                continue;
            }
            let at = at.child(field);
            required(e, &at.child("name"), source.get("name"));
            for (j, item) in source.get("items").items().iter().enumerate() {
                key_to_path(e, &at.item("items", j), item);
                let name = source.get("name").str();
                taken(e, path, &mut paths, item.get("path").str(), name);
            }
        }
        for item in s.at(&["downwardAPI", "items"]).items() {
            downward_file(e, &at.child("downwardAPI"), item);
            let p = item.get("path").str();
            taken(e, path, &mut paths, p, p);
        }
        let source = s.get("serviceAccountToken");
        if !source.is_null() {
            token(e, path, &at.child("serviceAccountToken"), source);
        }
        let source = s.get("clusterTrustBundle");
        if !source.is_null() {
            trust_bundle(e, &at.child("clusterTrustBundle"), source);
            let p = source.get("path").str();
            taken(e, path, &mut paths, p, p);
        }
        let source = s.get("podCertificate");
        if !source.is_null() {
            pod_certificate(e, &at.child("podCertificate"), source);
        }
        if found > 1 {
            let text = "may not specify more than 1 volume type per source";
            e.push(FieldError::forbidden(&at, text));
        }
    }
}

/// Notes where a projected file comes to stand; `shown` is what an error about a second one there shows.
fn taken<'a>(e: &mut ErrorList, path: &Path, all: &mut Vec<&'a str>, p: &'a str, shown: &str) {
    if p.is_empty() {
        return;
    }
    match all.contains(&p) {
        true => e.push(FieldError::invalid(
            path,
            shown,
            "conflicting duplicate paths",
        )),
        false => all.push(p),
    }
}

fn token(e: &mut ErrorList, path: &Path, at: &Path, v: &Value) {
    let seconds = v.get("expirationSeconds").as_i64().unwrap_or(0);
    storage::class::token_duration(e, &at.child("expirationSeconds"), seconds);
    if required(e, &path.child("path"), v.get("path")) {
        local_non_reserved_path(e, &path.child("path"), v.get("path").str());
    }
}

fn trust_bundle(e: &mut ErrorList, at: &Path, v: &Value) {
    match (v.get("name").as_str(), v.get("signerName").as_str()) {
        (Some(_), Some(_)) => e.push(FieldError::invalid(
            at,
            super::containers::internal(v, "ClusterTrustBundleProjection"),
            "only one of name and signerName may be used",
        )),
        (Some(name), None) => {
            if name.is_empty() {
                e.push(FieldError::required(
                    &at.child("name"),
                    "must be a valid object name",
                ));
            }
            for m in trust_bundle_name(name) {
                let text = format!("not a valid clustertrustbundlename: {m}");
                e.push(FieldError::invalid(&at.child("name"), name, text));
            }
            let selector = v.get("labelSelector");
            if !selector.is_null() {
                let text = "labelSelector must be unset if name is specified";
                let bad = bad_selector(selector);
                e.push(FieldError::invalid(&at.child("labelSelector"), bad, text));
            }
        }
        (None, Some(signer)) => {
            if signer.is_empty() {
                e.push(FieldError::required(
                    &at.child("signerName"),
                    "must be a valid signer name",
                ));
            }
            signer_name(e, &at.child("signerName"), signer);
            label_selector(e, &at.child("labelSelector"), v.get("labelSelector"));
        }
        (None, None) => e.push(FieldError::required(
            at,
            "either name or signerName must be specified",
        )),
    }
    required(e, &at.child("path"), v.get("path"));
    local_non_reserved_path(e, &at.child("path"), v.get("path").str());
}

/// A trust bundle of a signer bears the signer's name before the last colon.
fn trust_bundle_name(name: &str) -> Vec<String> {
    let (signer, own) = name.rsplit_once(':').unwrap_or(("", name));
    if signer.contains('/') {
        let (signer, prefix) = (signer.replace(':', "/"), signer.replace('/', ":"));
        return vec![format!(
            "ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}:"
        )];
    }
    name_is_dns_subdomain(own, false)
}

fn pod_certificate(e: &mut ErrorList, at: &Path, v: &Value) {
    signer_name(e, &at.child("signerName"), v.get("signerName").str());
    supported(
        e,
        &at.child("keyType"),
        v.get("keyType"),
        &[
            "RSA3072",
            "RSA4096",
            "ECDSAP256",
            "ECDSAP384",
            "ECDSAP521",
            "ED25519",
        ],
    );
    let mut found = 0;
    for field in ["credentialBundlePath", "keyPath", "certificateChainPath"] {
        let p = v.get(field).str();
        if !p.is_empty() {
            found += 1;
            local_non_reserved_path(e, &at.child(field), p);
        }
    }
    if found == 0 {
        e.push(FieldError::required(
            at,
            "specify at least one of credentialBundlePath, keyPath, and certificateChainPath",
        ));
    }
}

fn inline_csi(e: &mut ErrorList, path: &Path, v: &Value) {
    storage::csi_driver_name(e, &path.child("driver"), v.get("driver").str());
    let secret = v.get("nodePublishSecretRef");
    if secret.is_null() {
        return;
    }
    let name = secret.get("name").str();
    if required(
        e,
        &path.child("nodePublishSecretRef.name"),
        secret.get("name"),
    ) {
        invalid_each(e, &path.child("name"), name, is_dns1123_subdomain(name));
    }
}

fn ephemeral(e: &mut ErrorList, at: &Path, volume: &Value, pod_name: &str) {
    let template = volume.at(&["ephemeral", "volumeClaimTemplate"]);
    let path = at.child("ephemeral.volumeClaimTemplate");
    if template.is_null() {
        e.push(FieldError::required(&path, ""));
    } else {
        template_metadata(e, &path.child("metadata"), template.meta());
        claim_spec(e, &path.child("spec"), template.get("spec"));
    }
    let name = volume.get("name").str();
    if !pod_name.is_empty() && !name.is_empty() {
        let claim = format!("{pod_name}-{name}");
        for m in name_is_dns_subdomain(&claim, false) {
            let text = format!("PVC name {claim:?}: {m}");
            e.push(FieldError::invalid(&at.child("name"), name, text));
        }
    }
}

/// `volumeMounts` of a container.
pub fn mounts(e: &mut ErrorList, path: &Path, container: &Value, known: &[&Value]) {
    let mounts = container.get("volumeMounts").items();
    let devices = container.get("volumeDevices").items();
    for (i, m) in mounts.iter().enumerate() {
        let at = path.index(i);
        let (name, mount_path) = (m.get("name").str(), m.get("mountPath").str());
        required(e, &at.child("name"), m.get("name"));
        if !known.iter().any(|v| v.get("name").str() == name) {
            e.push(FieldError::not_found(&at.child("name"), name));
        }
        required(e, &at.child("mountPath"), m.get("mountPath"));
        if mounts[..i]
            .iter()
            .any(|o| o.get("mountPath").str() == mount_path)
        {
            e.push(FieldError::invalid(
                &at.child("mountPath"),
                mount_path,
                "must be unique",
            ));
        }
        if devices.iter().any(|d| d.get("name").str() == name) {
            let text = "must not already exist in volumeDevices";
            e.push(FieldError::invalid(&at.child("name"), name, text));
        }
        if devices
            .iter()
            .any(|d| d.get("devicePath").str() == mount_path)
        {
            let text = "must not already exist as a path in volumeDevices";
            e.push(FieldError::invalid(
                &at.child("mountPath"),
                mount_path,
                text,
            ));
        }
        let (sub, expr) = (m.get("subPath").str(), m.get("subPathExpr").str());
        if !sub.is_empty() {
            local_descending_path(e, &path.child("subPath"), sub);
        }
        if !expr.is_empty() {
            if !sub.is_empty() {
                let text = "subPathExpr and subPath are mutually exclusive";
                e.push(FieldError::invalid(&at.child("subPathExpr"), expr, text));
            }
            local_descending_path(e, &path.child("subPathExpr"), expr);
        }
        propagation(e, path, m, container);
    }
}

fn propagation(e: &mut ErrorList, path: &Path, m: &Value, container: &Value) {
    let propagation = m.get("mountPropagation");
    if !propagation.is_null() {
        let at = path.child("mountPropagation");
        supported(
            e,
            &at,
            propagation,
            &["Bidirectional", "HostToContainer", "None"],
        );
        let privileged = container.at(&["securityContext", "privileged"]).as_bool() == Some(true);
        if propagation.str() == "Bidirectional" && !privileged {
            let text = "Bidirectional mount propagation is available only to privileged containers";
            e.push(FieldError::forbidden(&at, text));
        }
    }
    let recursive = m.get("recursiveReadOnly");
    let at = path.child("recursiveReadOnly");
    match recursive.str() {
        _ if recursive.is_null() => {}
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if m.get("readOnly").as_bool() != Some(true) {
                e.push(FieldError::forbidden(
                    &at,
                    "may only be specified when readOnly is true",
                ));
            }
            if !matches!(propagation.str(), "" | "None") {
                let text = "may only be specified when mountPropagation is None or not specified";
                e.push(FieldError::forbidden(&at, text));
            }
        }
        _ => supported(e, &at, recursive, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `volumeDevices` of a container.
pub fn devices(e: &mut ErrorList, path: &Path, container: &Value, known: &[&Value]) {
    let devices = container.get("volumeDevices").items();
    let mounts = container.get("volumeMounts").items();
    for (i, d) in devices.iter().enumerate() {
        let at = path.index(i);
        let (name, device) = (d.get("name").str(), d.get("devicePath").str());
        let (name_path, device_path) = (at.child("name"), at.child("devicePath"));
        required(e, &name_path, d.get("name"));
        if !name.is_empty() && devices[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::invalid(&name_path, name, "must be unique"));
        }
        match known.iter().find(|v| v.get("name").str() == name) {
            Some(v) if v.get("persistentVolumeClaim").is_null() && v.get("ephemeral").is_null() => {
                let text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                e.push(FieldError::invalid(&name_path, name, text));
            }
            Some(_) => {}
            None => e.push(FieldError::not_found(&name_path, name)),
        }
        required(e, &device_path, d.get("devicePath"));
        if devices[..i]
            .iter()
            .any(|o| o.get("devicePath").str() == device)
        {
            e.push(FieldError::invalid(&device_path, device, "must be unique"));
        }
        let mut steps = ErrorList::new();
        path_no_backsteps(&mut steps, &device_path, device);
        if !steps.is_empty() {
            e.push(FieldError::invalid(
                &device_path,
                device,
                "can not contain backsteps ('..')",
            ));
        }
        if mounts.iter().any(|m| m.get("name").str() == name) {
            e.push(FieldError::invalid(
                &name_path,
                name,
                "must not already exist in volumeMounts",
            ));
        }
        if mounts.iter().any(|m| m.get("mountPath").str() == device) {
            let text = "must not already exist as a path in volumeMounts";
            e.push(FieldError::invalid(&device_path, device, text));
        }
    }
}
