//! Security contexts of pods and containers.

use super::containers::internal;
use super::windows;
use crate::api::validation::common::{local_descending_path, required, supported, user_id};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// The security context of a pod, with what the spec shares with the host.
pub fn pod_context(e: &mut ErrorList, path: &Path, spec: &Value) {
    let v = spec.get("securityContext");
    if v.is_null() {
        return;
    }
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        user_id(e, &path.child(field), v.get(field));
    }
    for (i, g) in v.get("supplementalGroups").items().iter().enumerate() {
        user_id(e, &path.item("supplementalGroups", i), g);
    }
    let set = |field: &str| spec.get(field).as_bool() == Some(true);
    if set("shareProcessNamespace") && set("hostPID") {
        e.push(FieldError::invalid(
            &path.child("shareProcessNamespace"),
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
        ));
    }
    sysctls(
        e,
        &path.child("sysctls"),
        v.get("sysctls"),
        set("hostNetwork"),
        set("hostIPC"),
    );
    for (field, values) in [("fsGroupChangePolicy", ["Always", "OnRootMismatch"])] {
        if !v.get(field).is_null() {
            supported(e, &path.child(field), v.get(field), &values);
        }
    }
    seccomp(e, &path.child("seccompProfile"), v.get("seccompProfile"));
    windows::options(e, &path.child("windowsOptions"), v.get("windowsOptions"));
    app_armor(e, &path.child("appArmorProfile"), v.get("appArmorProfile"));
    let policies: [(&str, &[&str]); 2] = [
        ("supplementalGroupsPolicy", &["Merge", "Strict"]),
        // `MountOption` needs the feature `SELinuxMount`, which is off.
        ("seLinuxChangePolicy", &["Recursive"]),
    ];
    for (field, values) in policies {
        if !v.get(field).is_null() {
            supported(e, &path.child(field), v.get(field), values);
        }
    }
}

fn sysctls(e: &mut ErrorList, path: &Path, v: &Value, host_network: bool, host_ipc: bool) {
    for (i, s) in v.items().iter().enumerate() {
        let at = path.index(i);
        let (at, name) = (at.child("name"), s.get("name").str());
        if name.is_empty() {
            e.push(FieldError::required(&at, ""));
        } else if !is_sysctl_name(name) {
            e.push(FieldError::invalid(
                &at,
                name,
                "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            ));
        } else if v.items()[..i].iter().any(|o| o.get("name").str() == name) {
            e.push(FieldError::duplicate(&at, name));
        }
        let dotted = name.replace('/', ".");
        let ipc = dotted.starts_with("kernel.shm")
            || dotted.starts_with("kernel.msg")
            || dotted == "kernel.sem"
            || dotted.starts_with("fs.mqueue.");
        if host_network && dotted.starts_with("net.") {
            e.push(FieldError::invalid(
                &at,
                name,
                "may not be specified when 'hostNetwork' is true",
            ));
        } else if host_ipc && ipc {
            e.push(FieldError::invalid(
                &at,
                name,
                "may not be specified when 'hostIPC' is true",
            ));
        }
    }
}

fn is_sysctl_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= 253
        && name.split(['.', '/']).all(|s| {
            let b = s.as_bytes();
            !b.is_empty()
                && fine(b[0])
                && fine(b[b.len() - 1])
                && b.iter().all(|&c| fine(c) || matches!(c, b'-' | b'_'))
        })
}

fn seccomp(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        return;
    }
    let kind = v.get("type");
    match kind.str() {
        "" => e.push(FieldError::required(
            &path.child("type"),
            "type is required when seccompProfile is set",
        )),
        _ => supported(
            e,
            &path.child("type"),
            kind,
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
    }
    let (local, at) = (v.get("localhostProfile"), path.child("localhostProfile"));
    match (kind.str() == "Localhost", local.as_str()) {
        (true, None) => e.push(FieldError::required(
            &at,
            "must be set when seccomp type is Localhost",
        )),
        (true, Some(file)) => local_descending_path(e, &at, file),
        (false, Some(_)) => e.push(FieldError::invalid(
            &at,
            internal(v, "SeccompProfile"),
            "can only be set when seccomp type is Localhost",
        )),
        (false, None) => {}
    }
}

fn app_armor(e: &mut ErrorList, path: &Path, v: &Value) {
    if v.is_null() {
        return;
    }
    let (kind, local, at) = (
        v.get("type"),
        v.get("localhostProfile"),
        path.child("localhostProfile"),
    );
    match kind.str() {
        "Localhost" => {
            let Some(file) = local.as_str() else {
                return e.push(FieldError::required(
                    &at,
                    "must be set when AppArmor type is Localhost",
                ));
            };
            if file.trim() != file {
                e.push(FieldError::invalid(
                    &at,
                    file,
                    "must not be padded with whitespace",
                ));
            } else if file.is_empty() {
                e.push(FieldError::required(
                    &at,
                    "must be set when AppArmor type is Localhost",
                ));
            }
            if file.len() > 4095 {
                e.push(FieldError::too_long(&at, 4095));
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if !local.is_null() {
                e.push(FieldError::invalid(
                    &at,
                    local,
                    "can only be set when AppArmor type is Localhost",
                ));
            }
        }
        "" => e.push(FieldError::required(
            &path.child("type"),
            "type is required when appArmorProfile is set",
        )),
        _ => supported(
            e,
            &path.child("type"),
            kind,
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
    }
}

/// The security context of a container.
pub fn container_context(e: &mut ErrorList, path: &Path, v: &Value, spec: &Value) {
    if v.is_null() {
        return;
    }
    for field in ["runAsUser", "runAsGroup"] {
        user_id(e, &path.child(field), v.get(field));
    }
    let proc_mount = v.get("procMount");
    if !proc_mount.is_null() {
        supported(
            e,
            &path.child("procMount"),
            proc_mount,
            &["Default", "Unmasked"],
        );
        if proc_mount.str() == "Unmasked" && spec.get("hostUsers").as_bool() != Some(false) {
            e.push(FieldError::invalid(
                &path.child("procMount"),
                proc_mount,
                "`hostUsers` must be false to use `Unmasked`",
            ));
        }
    }
    seccomp(e, &path.child("seccompProfile"), v.get("seccompProfile"));
    if v.get("allowPrivilegeEscalation").as_bool() == Some(false) {
        if v.get("privileged").as_bool() == Some(true) {
            e.push(FieldError::invalid(
                path,
                internal(v, "SecurityContext"),
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            ));
        }
        for c in v.at(&["capabilities", "add"]).items() {
            if c.str() == "CAP_SYS_ADMIN" {
                e.push(FieldError::invalid(
                    path,
                    internal(v, "SecurityContext"),
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
                ));
            }
        }
    }
    windows::options(e, &path.child("windowsOptions"), v.get("windowsOptions"));
    app_armor(e, &path.child("appArmorProfile"), v.get("appArmorProfile"));
}

/// What a pod in a user namespace of its own may not share with the host.
pub fn host_users(e: &mut ErrorList, path: &Path, spec: &Value) {
    if spec.get("hostUsers").as_bool() != Some(false) {
        return;
    }
    for (field, shown) in [
        ("hostNetwork", "hostNetwork"),
        ("hostPID", "HostPID"),
        ("hostIPC", "HostIPC"),
    ] {
        if spec.get(field).as_bool() == Some(true) {
            e.push(FieldError::forbidden(
                &path.child(shown),
                "when `hostUsers` is false",
            ));
        }
    }
    super::visit_containers(spec, path, |c, at| {
        if !c.get("volumeDevices").is_empty() {
            e.push(FieldError::forbidden(
                &at.child("volumeDevices"),
                "when `hostUsers` is false",
            ));
        }
    });
}

/// A secret that a volume needs: its name must be there.
pub fn secret_name(e: &mut ErrorList, path: &Path, v: &Value) {
    if !v.is_null() {
        required(e, &path.child("name"), v.get("name"));
    }
}
