//! What stands behind the mounts of a real container: folders and files on this machine (`pkg/volume`).

use super::api;
use super::folders::{self, Folders};
use super::translate::spec_of;
use crate::apimachinery::Value;
use crate::apimachinery::quantity::Quantity;
use crate::cri::{ContainerConfig, Files, MountSource};
use rustix::fs::{Gid, Uid};
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// Where a container's last words are written, on this machine.
pub fn termination_log(folders: &Folders, uid: &str, container: &str, attempt: u32) -> PathBuf {
    let folder = folders.pod(uid).join("containers").join(container);
    folder.join(attempt.to_string())
}

/// Makes what a container mounts; the mounts.
///
/// # Errors
/// Why one cannot be made.
pub fn mounts(config: &ContainerConfig, folders: &Folders) -> Result<Vec<api::Mount>, String> {
    let pod = &config.pod;
    let container = spec_of(pod, &config.name);
    let mut mounts = Vec::new();
    for (number, mount) in config.mounts.iter().enumerate() {
        let spec = container.get("volumeMounts").items().iter();
        let mut spec = spec.filter(|m| m.get("mountPath").str() == mount.container_path);
        let Some(spec) = spec.next_back() else {
            continue;
        };
        let name = spec.name_of();
        let volumes = pod.at(&["spec", "volumes"]).items();
        let volume = volumes.iter().find(|v| v.name_of() == name);
        let volume = volume.ok_or_else(|| format!("no volume exists with name {name:?}"))?;
        let sub_path = &*mount.sub_path;
        let base = match &mount.source {
            MountSource::Files(files) if sub_path.is_empty() => {
                write_files(folders, pod, volume, files)?
            }
            MountSource::Files(files) => {
                let run = format!("{}-{}-{number}", config.name, config.attempt);
                write_part(folders, pod, volume, (sub_path, files), &run)?
            }
            MountSource::EmptyDir(_) => below(&empty_dir(folders, pod, volume)?, sub_path)?,
            MountSource::HostPath(path) => below(Path::new(path), sub_path)?,
        };
        mounts.push(api::Mount {
            container_path: mount.container_path.to_string(),
            host_path: base.to_string_lossy().into_owned(),
            readonly: mount.read_only || matches!(mount.source, MountSource::Files(_)),
            propagation: match spec.get("mountPropagation").str() {
                "HostToContainer" => 1,
                "Bidirectional" => 2,
                _ => 0,
            },
        });
    }
    own_files(config, folders, &mut mounts).map_err(|e| e.to_string())?;
    Ok(mounts)
}

/// `/etc/hosts` and the file for last words.
fn own_files(
    config: &ContainerConfig,
    folders: &Folders,
    mounts: &mut Vec<api::Mount>,
) -> std::io::Result<()> {
    let pod = &config.pod;
    let own = |path: &str, at: &str| api::Mount {
        container_path: at.to_owned(),
        host_path: path.to_owned(),
        ..api::Mount::default()
    };
    let hosts = folders.pod(pod.uid()).join("etc-hosts");
    if hosts.exists() && !mounts.iter().any(|m| m.container_path == "/etc/hosts") {
        mounts.push(own(&hosts.to_string_lossy(), "/etc/hosts"));
    }
    if !config.termination_message_path.is_empty() {
        let file = termination_log(folders, pod.uid(), &config.name, config.attempt);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        fs::write(&file, "")?;
        fs::set_permissions(&file, Permissions::from_mode(0o666))?;
        let path = file.to_string_lossy();
        mounts.push(own(&path, &config.termination_message_path));
    }
    Ok(())
}

/// Writes a pod's `/etc/hosts` (`ensureHostsFile`).
///
/// # Errors
/// Where that fails.
pub fn write_hosts(folders: &Folders, pod: &Value, ip: &str) -> std::io::Result<()> {
    let folder = folders.pod(pod.uid());
    fs::create_dir_all(&folder)?;
    let spec = pod.get("spec");
    let mut text = String::from("# Kubernetes-managed hosts file.\n");
    if spec.get("hostNetwork").as_bool() == Some(true) {
        text = String::from("# Kubernetes-managed hosts file (host network).\n");
        text.push_str(&fs::read_to_string("/etc/hosts").unwrap_or_default());
    } else {
        text.push_str(
            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n",
        );
        let host = match spec.get("hostname").str() {
            "" => pod.name(),
            name => name,
        };
        match spec.get("subdomain").str() {
            "" => text.push_str(&format!("{ip}\t{host}\n")),
            domain => text.push_str(&format!(
                "{ip}\t{host}.{domain}.{}.svc.cluster.local\t{host}\n",
                pod.namespace()
            )),
        }
    }
    text.push_str(&crate::kubelet::dns::host_aliases(pod));
    fs::write(folder.join("etc-hosts"), text)?;
    fs::set_permissions(folder.join("etc-hosts"), Permissions::from_mode(0o644))
}

/// A part of a volume, which may not lead out of it.
fn below(base: &Path, sub_path: &str) -> Result<PathBuf, String> {
    if sub_path.is_empty() {
        return Ok(base.to_owned());
    }
    if !is_inside(sub_path) {
        return Err(format!("subPath {sub_path:?} leads out of its volume"));
    }
    let path = base.join(sub_path);
    if !path.exists() {
        fs::create_dir_all(&path)
            .map_err(|e| format!("failed to create subPath directory: {e}"))?;
    }
    let real = |p: &Path| fs::canonicalize(p).map_err(|e| e.to_string());
    // What lies behind a link is what is mounted, so that a container cannot lead it elsewhere later.
    let (path, base) = (real(&path)?, real(base)?);
    if !path.starts_with(&base) {
        return Err(format!("subPath {sub_path:?} leads out of its volume"));
    }
    Ok(path)
}

/// The group that a pod's volumes are to belong to.
pub fn fs_group(pod: &Value) -> Option<u32> {
    let group = pod.at(&["spec", "securityContext", "fsGroup"]).as_i64();
    group.and_then(|g| u32::try_from(g).ok())
}

fn chown(path: &Path, group: u32) -> Result<(), String> {
    let none: Option<Uid> = None;
    rustix::fs::chown(path, none, Some(Gid::from_raw(group))).map_err(|e| e.to_string())
}

fn empty_dir(folders: &Folders, pod: &Value, volume: &Value) -> Result<PathBuf, String> {
    let folder = folders
        .pod(pod.uid())
        .join("volumes")
        .join(volume.name_of());
    if folder.exists() {
        return Ok(folder);
    }
    let failed = |e: std::io::Error| format!("cannot make an emptyDir: {e}");
    fs::create_dir_all(&folder).map_err(failed)?;
    let empty = volume.get("emptyDir");
    match empty.get("medium").str() {
        "" => {}
        "Memory" => {
            let size = Quantity::of(empty.get("sizeLimit")).value();
            let options = match size {
                0 => "mode=0777".to_owned(),
                size => format!("mode=0777,size={size}"),
            };
            tmpfs(&folder, &options)?;
        }
        medium => return Err(format!("unknown storage medium {medium:?}")),
    }
    let mut mode = 0o777;
    if let Some(group) = fs_group(pod) {
        chown(&folder, group)?;
        mode = 0o2777;
    }
    fs::set_permissions(&folder, Permissions::from_mode(mode)).map_err(failed)?;
    Ok(folder)
}

/// Mounts memory at a folder.
///
/// # Errors
/// Why that fails.
pub fn tmpfs(folder: &Path, options: &str) -> Result<(), String> {
    let options = std::ffi::CString::new(options).map_err(|e| e.to_string())?;
    let flags = rustix::mount::MountFlags::NOSUID | rustix::mount::MountFlags::NODEV;
    rustix::mount::mount("tmpfs", folder, "tmpfs", flags, Some(options.as_c_str()))
        .map_err(|e| format!("cannot mount a tmpfs at {}: {e}", folder.display()))
}

/// The mode of a file of a volume: its own, its source's or the volume's.
fn mode_of(volume: &Value, path: &str) -> u32 {
    let of = |source: &Value| {
        let item = source.get("items").items().iter();
        let item = item.filter(|i| i.get("path").str() == path);
        item.filter_map(|i| i.get("mode").as_i64()).next_back()
    };
    let kinds = ["configMap", "secret", "downwardAPI"];
    let sources = volume.at(&["projected", "sources"]).items();
    let own = sources
        .iter()
        .chain([volume])
        .flat_map(|s| kinds.iter().filter_map(|k| of(s.get(k))))
        .next_back();
    let whole = kinds
        .iter()
        .chain(&["projected"])
        .find_map(|k| volume.at(&[k, "defaultMode"]).as_i64());
    u32::try_from(own.or(whole).unwrap_or(0o644)).unwrap_or(0o644) & 0o777
}

/// Writes the files of a volume; where they are. All of them change at once (`pkg/volume/util/atomic_writer.go`): names lead
/// through one link to a folder that is written as a whole.
fn write_files(
    folders: &Folders,
    pod: &Value,
    volume: &Value,
    files: &Files,
) -> Result<PathBuf, String> {
    let base = folders.secrets().join(pod.uid()).join(volume.name_of());
    update_files(&base, volume, files, fs_group(pod)).map_err(unwritten)?;
    Ok(base)
}

/// Makes a part of a volume anew, which is not kept up to date: each container has its own, under the name `run`.
fn write_part(
    folders: &Folders,
    pod: &Value,
    volume: &Value,
    (sub_path, files): (&str, &Files),
    run: &str,
) -> Result<PathBuf, String> {
    let of_pod = folders.secrets().join(pod.uid());
    folders::private(&of_pod).map_err(|e| e.to_string())?;
    let base = of_pod.join(format!("{}.{run}", volume.name_of()));
    let _ = fs::remove_file(&base);
    let _ = fs::remove_dir_all(&base);
    let group = fs_group(pod);
    if let Some(content) = files.get("") {
        write(&base, content, mode_of(volume, sub_path), group).map_err(unwritten)?;
        return Ok(base);
    }
    let folder = |path: &Path| {
        fs::create_dir_all(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o755))
    };
    folder(&base).map_err(unwritten)?;
    for (path, content) in files.iter().filter(|(path, _)| is_inside(path)) {
        let file = base.join(path);
        let mode = mode_of(volume, &format!("{sub_path}/{path}"));
        let parent = file.parent().map_or(Ok(()), folder);
        let written = parent.and_then(|()| write(&file, content, mode, group));
        written.map_err(unwritten)?;
    }
    Ok(base)
}

fn unwritten(error: std::io::Error) -> String {
    format!("cannot write files of a volume: {error}")
}

/// Whether a path leads nowhere but down.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|c| matches!(c, Component::Normal(_)))
}

fn write(path: &Path, content: &[u8], mode: u32, group: Option<u32>) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    if let Some(group) = group {
        chown(path, group).map_err(std::io::Error::other)?;
    }
    let mode = if group.is_some() { mode | 0o440 } else { mode };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Brings the files of a volume up to date, where a container mounts it as a whole.
///
/// # Errors
/// Where that fails.
pub fn refresh(
    folders: &Folders,
    pod: &Value,
    volume: &Value,
    files: &Files,
) -> std::io::Result<()> {
    let base = folders.secrets().join(pod.uid()).join(volume.name_of());
    match base.join("..data").exists() {
        true => update_files(&base, volume, files, fs_group(pod)),
        false => Ok(()),
    }
}

/// Brings the files of a volume up to date.
///
/// # Errors
/// Where that fails.
pub fn update_files(
    base: &Path,
    volume: &Value,
    files: &Files,
    group: Option<u32>,
) -> std::io::Result<()> {
    let data = base.join("..data");
    let current = fs::read_link(&data).ok();
    let same = current.is_some()
        && files
            .iter()
            .all(|(path, content)| fs::read(data.join(path)).is_ok_and(|found| found == *content))
        && count_files(&data) == files.len();
    if same {
        return Ok(());
    }
    fs::create_dir_all(base)?;
    fs::set_permissions(base, Permissions::from_mode(0o755))?;
    let mut number = 1;
    let fresh = loop {
        let name = format!("..{number}");
        if !base.join(&name).exists() {
            break name;
        }
        number += 1;
    };
    let folder = base.join(&fresh);
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
    for (path, content) in files.iter() {
        if !is_inside(path) {
            continue;
        }
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        write(&file, content, mode_of(volume, path), group)?;
    }
    let link = base.join("..data_tmp");
    let _ = fs::remove_file(&link);
    symlink(&fresh, &link)?;
    fs::rename(&link, &data)?;
    let heads: Vec<&str> = files
        .keys()
        .filter_map(|path| path.split('/').next())
        .collect();
    for entry in fs::read_dir(base)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with("..") && !heads.contains(&name.as_ref()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    for head in heads {
        let at = base.join(head);
        if fs::symlink_metadata(&at).is_err() {
            symlink(Path::new("..data").join(head), &at)?;
        }
    }
    if let Some(old) = current {
        let _ = fs::remove_dir_all(base.join(old));
    }
    Ok(())
}

fn count_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|e| match e.path().is_dir() {
            true => count_files(&e.path()),
            false => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::SortedMap;
    use crate::tree;

    #[test]
    fn files_change_at_once() {
        let base = std::env::temp_dir().join(format!("kubarium-volumes-{}", std::process::id()));
        let files = |list: &[(&str, &str)]| {
            let list = list
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.as_bytes().to_vec()));
            Files::new(list.collect::<SortedMap<_, _>>())
        };
        let volume = tree!({"name": "v", "configMap": {"name": "c", "defaultMode": 0o600, "items": [{"key": "b", "path": "d/b", "mode": 0o640}]}});
        let read = |path: &str| fs::read_to_string(base.join(path)).ok();
        let first = files(&[("a", "1"), ("d/b", "2")]);
        update_files(&base, &volume, &first, None).expect("written");
        assert_eq!(
            (read("a"), read("d/b")),
            (Some("1".into()), Some("2".into()))
        );
        let mode = |path: &str| {
            let meta = fs::metadata(base.join(path)).expect("there");
            meta.permissions().mode() & 0o777
        };
        assert_eq!((mode("a"), mode("d/b")), (0o600, 0o640));
        let folder = fs::read_link(base.join("..data")).expect("a link");
        update_files(&base, &volume, &first, None).expect("nothing to do");
        assert_eq!(fs::read_link(base.join("..data")).ok(), Some(folder));
        update_files(&base, &volume, &files(&[("a", "3")]), None).expect("written");
        assert_eq!((read("a"), read("d/b")), (Some("3".into()), None));
        assert!(fs::symlink_metadata(base.join("d")).is_err());
        fs::remove_dir_all(&base).expect("removed");
    }

    #[test]
    fn parts_of_volumes_stay_inside() {
        let base = std::env::temp_dir();
        for path in ["../x", "a/../../b", "/etc"] {
            assert!(below(&base, path).is_err(), "{path}");
        }
    }
}
