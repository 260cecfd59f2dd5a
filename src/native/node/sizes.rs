//! What pods hold on the disk of the node: their logs and the volumes that go with them.

use super::folders::{self, Folders};
use crate::cri::HeldOnDisk;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// All pods that have something there, by UID. It looks at every file, which takes a while.
pub fn measure(folders: &Folders) -> BTreeMap<String, HeldOnDisk> {
    let mut found: BTreeMap<String, HeldOnDisk> = BTreeMap::new();
    for (pod, path) in below(&folders.data.join("logs")) {
        let uid = pod.rsplit('_').next().unwrap_or_default().to_owned();
        let held = found.entry(uid).or_default();
        for (container, path) in below(&path) {
            held.logs.insert(container, folders::size(&path));
        }
    }
    for (uid, path) in below(&folders.pods()) {
        let held = found.entry(uid).or_default();
        for (volume, path) in below(&path.join("volumes")) {
            held.volumes.insert(volume, folders::size(&path));
        }
    }
    found
}

/// The folders in a folder, with their names; those in which something else is mounted are not on its disk.
fn below(folder: &Path) -> Vec<(String, PathBuf)> {
    use std::os::unix::fs::MetadataExt;
    let Ok(device) = folder.symlink_metadata().map(|m| m.dev()) else {
        return Vec::new();
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|e| e.metadata().is_ok_and(|m| m.is_dir() && m.dev() == device))
        .map(|e| (e.file_name().to_string_lossy().into_owned(), e.path()))
        .collect()
}
