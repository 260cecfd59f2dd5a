//! Sets up what a pod mounts of this machine before its sandbox is made: folders that are named by their paths, directly or behind a
//! claim (`pkg/volume/hostpath`, `pkg/volume/local`).

use super::volumes::fs_group;
use crate::apimachinery::Value;
use crate::collections::SortedMap;
use rustix::fs::{AtFlags, CWD, Gid, chownat};
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// The volumes whose files or folders are made later, when a container mounts them.
const LATER: [&str; 5] = [
    "emptyDir",
    "configMap",
    "secret",
    "downwardAPI",
    "projected",
];
/// What members of a group may do with files, and with folders besides.
const READ_WRITE: u32 = 0o660;
const FOLDER: u32 = 0o2110;

/// Makes sure that the folders are there that a pod mounts. `bound` has the PersistentVolumes behind claims, by volume; claims without one
/// were set up before.
///
/// # Errors
/// Why a volume cannot be mounted, in the words of upstream's kubelet.
pub fn set_up(pod: &Value, bound: &SortedMap<String, Value>) -> Result<(), String> {
    for volume in pod.at(&["spec", "volumes"]).items() {
        if LATER.iter().any(|kind| volume.has(kind)) {
            continue;
        }
        let is_claim = volume.has("persistentVolumeClaim") || volume.has("ephemeral");
        match bound.get(volume.name_of()) {
            Some(found) => set_up_bound(pod, volume, found)?,
            None if is_claim => {}
            None => one(volume, volume.name_of())?,
        }
    }
    Ok(())
}

fn failed(step: &str, name: &str, why: &str) -> String {
    format!("MountVolume.{step} for volume \"{name}\" : {why}")
}

fn set_up_bound(pod: &Value, volume: &Value, bound: &Value) -> Result<(), String> {
    let (spec, name) = (bound.get("spec"), bound.name());
    if !spec.get("mountOptions").is_empty() {
        let why = "mount options are not supported on a real node";
        return Err(failed("SetUp failed", name, why));
    }
    let path = Path::new(spec.at(&["local", "path"]).str());
    if path.as_os_str().is_empty() {
        return one(spec, name);
    }
    check_local(path).map_err(|why| failed("NewMounter initialization failed", name, &why))?;
    let is_read_only = volume.at(&["persistentVolumeClaim", "readOnly"]).as_bool() == Some(true);
    let Some(group) = fs_group(pod).filter(|_| !is_read_only) else {
        return Ok(());
    };
    let policy = pod.at(&["spec", "securityContext", "fsGroupChangePolicy"]);
    give(path, group, policy == &"OnRootMismatch")
        .map_err(|e| failed("SetUp failed", name, &e.to_string()))
}

/// A volume whose source is one of the fields of `source`.
fn one(source: &Value, name: &str) -> Result<(), String> {
    let host = source.get("hostPath");
    let why = if host.is_null() {
        let other = ["capacity", "claimRef", "nodeAffinity"];
        let mut all = source.fields().filter(|(_, v)| matches!(v, Value::Map(_)));
        let kind = all.find(|(key, _)| !other.contains(key));
        Err(format!(
            "volumes of the kind {} are not supported on a real node",
            kind.map_or("none", |(key, _)| key)
        ))
    } else {
        check_host_path(host.get("path").str(), host.get("type").str())
    };
    why.map_err(|why| failed("SetUp failed", name, &why))
}

/// A folder that is there.
fn check_local(path: &Path) -> Result<(), String> {
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => format!("path {path:?} does not exist"),
        _ => e.to_string(),
    })?;
    if meta.is_dir() {
        return Ok(());
    }
    Err(match meta.file_type().is_block_device() {
        true => "block devices are not supported on a real node",
        false => "only directory and block device are supported",
    }
    .to_owned())
}

/// Gives a folder, and all below it, to a group (`pkg/volume/volume_linux.go`); not where `unless` and the folder itself is the group's.
fn give(folder: &Path, group: u32, unless: bool) -> io::Result<()> {
    let folder = fs::canonicalize(folder)?;
    let meta = fs::metadata(&folder)?;
    let wanted = READ_WRITE | FOLDER;
    if unless && meta.gid() == group && meta.mode() & wanted == wanted {
        return Ok(());
    }
    let mut left = vec![(folder, meta)];
    let mut folders = Vec::new();
    while let Some((folder, meta)) = left.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let meta = path.symlink_metadata()?;
            match meta.is_dir() {
                true => left.push((path, meta)),
                false => give_one(&path, &meta, group)?,
            }
        }
        folders.push((folder, meta));
    }
    // The folder itself comes last, so that one that was not finished is begun anew.
    let mut folders = folders.iter().rev();
    folders.try_for_each(|(path, meta)| give_one(path, meta, group))
}

fn give_one(path: &Path, meta: &Metadata, group: u32) -> io::Result<()> {
    let group = Some(Gid::from_raw(group));
    chownat(CWD, path, None, group, AtFlags::SYMLINK_NOFOLLOW)?;
    if meta.is_symlink() {
        return Ok(());
    }
    let more = if meta.is_dir() {
        READ_WRITE | FOLDER
    } else {
        READ_WRITE
    };
    fs::set_permissions(path, Permissions::from_mode(meta.mode() & 0o7777 | more))
}

/// What a host path must be, or is made to be (`pkg/volume/hostpath`).
fn check_host_path(path: &str, kind: &str) -> Result<(), String> {
    let place = Path::new(path);
    let made = |result: io::Result<()>| result.map_err(|e| format!("hostPath {path}: {e}"));
    match kind {
        "DirectoryOrCreate" if !place.exists() => made(fs::create_dir_all(place))?,
        "FileOrCreate" if !place.exists() => made(fs::write(place, ""))?,
        _ => {}
    }
    let meta = fs::metadata(place);
    let fits = match (kind, &meta) {
        ("", _) => true,
        (_, Err(_)) => false,
        ("Directory" | "DirectoryOrCreate", Ok(m)) => m.is_dir(),
        ("File" | "FileOrCreate", Ok(m)) => m.is_file(),
        ("Socket", Ok(m)) => m.file_type().is_socket(),
        ("CharDevice", Ok(m)) => m.file_type().is_char_device(),
        ("BlockDevice", Ok(m)) => m.file_type().is_block_device(),
        _ => false,
    };
    let word = match kind {
        "Directory" | "DirectoryOrCreate" => "a directory",
        "Socket" => "a socket file",
        "CharDevice" => "a character device",
        "BlockDevice" => "a block device",
        _ => "a file",
    };
    if fits {
        Ok(())
    } else {
        Err(format!("hostPath type check failed: {path} is not {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn volumes_are_set_up_or_it_is_said_why_not() {
        let base = std::env::temp_dir().join(format!("kubarium-mounting-{}", std::process::id()));
        fs::create_dir_all(base.join("there/in")).expect("made");
        fs::write(base.join("file"), "").expect("written");
        let at = |name: &str| base.join(name).to_string_lossy().into_owned();
        let pod = |volume: Value| tree!({"spec": {"volumes": [volume]}});
        let claimed = |spec: Value| {
            let pod = pod(tree!({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}));
            let bound = tree!({"metadata": {"name": "pv"}, "spec": spec});
            set_up(&pod, &SortedMap::from([("v".to_owned(), bound)]))
        };
        let local = |name: &str| claimed(tree!({"local": {"path": at(name)}}));
        assert_eq!(local("there"), Ok(()));
        let why = "MountVolume.NewMounter initialization failed for volume \"pv\" : ";
        let none = format!("{why}path {:?} does not exist", at("none"));
        assert_eq!(local("none"), Err(none));
        let file = format!("{why}only directory and block device are supported");
        assert_eq!(local("file"), Err(file));
        let host =
            |name: &str, kind: &str| claimed(tree!({"hostPath": {"path": at(name), "type": kind}}));
        assert_eq!(host("none", ""), Ok(()));
        assert_eq!(host("made", "DirectoryOrCreate"), Ok(()));
        assert!(base.join("made").is_dir());
        let why = "MountVolume.SetUp failed for volume \"pv\" : ";
        let kind = format!(
            "{why}hostPath type check failed: {} is not a file",
            at("there")
        );
        assert_eq!(host("there", "File"), Err(kind));
        let nfs = "volumes of the kind nfs are not supported on a real node";
        let spec = tree!({"capacity": {"storage": "1Gi"}, "claimRef": {}, "nfs": {"server": "s", "path": "/"}});
        assert_eq!(claimed(spec), Err(format!("{why}{nfs}")));
        let own = pod(tree!({"name": "own", "nfs": {"server": "s", "path": "/"}}));
        let own = set_up(&own, &SortedMap::new());
        assert_eq!(
            own,
            Err(format!(
                "MountVolume.SetUp failed for volume \"own\" : {nfs}"
            ))
        );
        fs::remove_dir_all(base).expect("removed");
    }

    #[test]
    fn folders_are_given_to_a_group() {
        let base = std::env::temp_dir().join(format!("kubarium-group-{}", std::process::id()));
        fs::create_dir_all(base.join("in/deep")).expect("made");
        fs::write(base.join("in/file"), "").expect("written");
        std::os::unix::fs::symlink("/etc/hostname", base.join("link")).expect("linked");
        let own = rustix::process::getegid().as_raw();
        let mode =
            |name: &str| fs::symlink_metadata(base.join(name)).expect("there").mode() & 0o7777;
        let set = |name: &str, mode| {
            fs::set_permissions(base.join(name), Permissions::from_mode(mode)).expect("set");
        };
        for (name, mode) in [("", 0o700), ("in/deep", 0o711), ("in/file", 0o604)] {
            set(name, mode);
        }
        let outside = fs::metadata("/etc/hostname").map(|m| m.mode()).ok();
        give(&base, own, false).expect("given");
        assert_eq!(
            (mode(""), mode("in/deep"), mode("in/file")),
            (0o2770, 0o2771, 0o664)
        );
        assert_eq!(
            fs::metadata("/etc/hostname").map(|m| m.mode()).ok(),
            outside
        );
        set("in/file", 0o600);
        give(&base, own, true).expect("not needed");
        assert_eq!(mode("in/file"), 0o600);
        give(&base, own, false).expect("given");
        assert_eq!(mode("in/file"), 0o660);
        fs::remove_dir_all(base).expect("removed");
    }
}
