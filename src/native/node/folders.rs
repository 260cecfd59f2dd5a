//! Where a node of this machine keeps what it makes. All of it lies below two folders and one cgroup, so that it can be found and removed.

use crate::apimachinery::Value;
use anyhow::{Context as _, bail};
use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The folders of one cluster's node.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The cluster's name.
    pub cluster: String,
    /// What stays: images, logs, folders of pods.
    pub data: PathBuf,
    /// What ends with the machine: sockets, the network's namespace, files of secrets.
    pub state: PathBuf,
    /// Whether the runtime is the cluster's own: its pods get cgroups below one of the cluster's, and its network.
    pub own_runtime: bool,
}

impl Folders {
    /// Those of a cluster.
    pub fn new(cluster: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            data: Path::new("/var/lib/kubarium").join(cluster),
            state: Path::new("/run/kubarium").join(cluster),
            own_runtime: true,
        }
    }

    /// Makes those that are missing, for their owner only.
    ///
    /// # Errors
    /// Where the name is none for a folder, or one cannot be made.
    pub fn make(&self) -> anyhow::Result<()> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if self.cluster.len() > 40
            || !self.cluster.bytes().all(plain)
            || self.cluster.starts_with('.')
            || self.cluster.is_empty()
        {
            bail!(
                "the cluster's name {:?} cannot name the folders of a node: letters, digits and dashes do, 40 at most",
                self.cluster
            );
        }
        for folder in [
            self.data.clone(),
            self.state.clone(),
            self.pods(),
            self.data.join("logs"),
            self.volumes(),
            self.secrets(),
        ] {
            private(&folder)?;
        }
        Ok(())
    }

    /// Folders of pods, by UID.
    pub fn pods(&self) -> PathBuf {
        self.data.join("pods")
    }

    /// The folder of one pod.
    pub fn pod(&self, uid: &str) -> PathBuf {
        self.pods().join(uid)
    }

    /// Where volumes lie that were made for claims: they stay while pods come and go.
    pub fn volumes(&self) -> PathBuf {
        self.data.join("volumes")
    }

    /// Where files of ConfigMaps, Secrets and tokens lie: memory only.
    pub fn secrets(&self) -> PathBuf {
        self.state.join("files")
    }

    /// Where a pod's logs lie.
    pub fn logs(&self, pod: &Value) -> PathBuf {
        let name = [pod.namespace(), pod.name(), pod.uid()].join("_");
        self.data.join("logs").join(name)
    }

    /// The log of a container's run, from the pod's logs on.
    pub fn log_file(container: &str, attempt: u32) -> String {
        format!("{container}/{attempt}.log")
    }

    /// Removes the volumes of a pod that go with it; its logs and the last words of its containers stay.
    pub fn remove_volumes(&self, uid: &str) {
        remove(&self.pod(uid).join("volumes"));
        remove(&self.secrets().join(uid));
    }

    /// Removes what pods left that nobody knows any more.
    pub fn forget_others(&self, known: impl Fn(&str) -> bool) {
        for folder in [self.pods(), self.secrets(), self.data.join("logs")] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let uid = name.rsplit('_').next().unwrap_or_default();
                if !known(uid) {
                    remove(&entry.path());
                }
            }
        }
    }

    /// Where the credentials lie of a machine that has joined another one's cluster.
    pub fn credentials(&self) -> PathBuf {
        self.data.join("pki")
    }

    /// The cgroup of a pod, "" where the runtime chooses.
    pub fn cgroup(&self, uid: &str) -> String {
        if self.own_runtime {
            format!("/kubarium/{}/pod{uid}", self.cluster)
        } else {
            String::new()
        }
    }

    /// Where a containerd of one's own finds what stands in place of registries.
    pub fn registries(&self) -> PathBuf {
        self.data.join("registries")
    }

    /// Names of images that were loaded by hand, one a line: no registry may have them.
    pub fn loaded_images(&self) -> PathBuf {
        self.data.join("loaded-images")
    }

    /// The socket of a containerd of one's own.
    pub fn socket(&self) -> PathBuf {
        self.state.join("containerd.sock")
    }
}

/// So many files and folders are counted in one folder at most.
const MOST_FILES: usize = 5_000_000;

/// How many bytes the files in a folder take on its own disk; what is mounted there from elsewhere does not count, and a file that has
/// several names counts once. Beyond five million files nothing is counted any more.
pub fn size(folder: &Path) -> i64 {
    let Ok(device) = folder.symlink_metadata().map(|m| m.dev()) else {
        return 0;
    };
    let mut total = 0_i64;
    let mut files = 0;
    let mut linked = HashSet::new();
    let mut left = vec![folder.to_owned()];
    // Each folder is closed before the next one is opened, so that depth costs no file handles.
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            files += 1;
            if files > MOST_FILES {
                return total;
            }
            let Ok(file) = entry.metadata() else {
                continue;
            };
            if file.dev() != device {
                continue;
            }
            if file.is_dir() {
                left.push(entry.path());
            } else if file.nlink() > 1 && !linked.insert(file.ino()) {
                continue;
            }
            let bytes = i64::try_from(file.blocks()).unwrap_or(0);
            total = total.saturating_add(bytes.saturating_mul(512));
        }
    }
    total
}

/// Makes a folder that only its owner may look into, with those above it.
///
/// # Errors
/// Where that fails.
pub fn private(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}

/// Removes the cgroups of a pod, or of all pods where `uid` is empty; those in which something runs stay.
pub fn remove_cgroups(folders: &Folders, uid: &str) {
    let below = match uid {
        "" => format!("kubarium/{}", folders.cluster),
        uid => format!("kubarium/{}/pod{uid}", folders.cluster),
    };
    let mut roots = vec![PathBuf::from("/sys/fs/cgroup")];
    if let Ok(controllers) = fs::read_dir("/sys/fs/cgroup") {
        // With version 1 there is a tree for each controller.
        roots.extend(
            controllers
                .flatten()
                .map(|c| c.path())
                .filter(|p| p.is_dir()),
        );
    }
    for root in roots {
        remove_tree(&root.join(&below));
        if uid.is_empty() {
            // Goes where no other cluster has one below it.
            let _ = fs::remove_dir(root.join("kubarium"));
        }
    }
}

fn remove_tree(cgroup: &Path) {
    for child in fs::read_dir(cgroup).into_iter().flatten().flatten() {
        if child.path().is_dir() {
            remove_tree(&child.path());
        }
    }
    let _ = fs::remove_dir(cgroup);
}

/// Unmounts what is mounted at or below a folder, the innermost first.
pub fn unmount_below(folder: &Path) {
    for point in mounted_below(folder).into_iter().rev() {
        let lazily = rustix::mount::UnmountFlags::DETACH;
        if let Err(error) = rustix::mount::unmount(&point, lazily) {
            tracing::warn!("cannot unmount {point}: {error}");
        }
    }
}

/// Where something is mounted at or below a folder, the outermost first.
fn mounted_below(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // Blanks and the like stand as octal numbers there.
    let points = text.lines().filter_map(|l| l.split(' ').nth(4)).map(|p| {
        let plain = p.replace("\\040", " ").replace("\\011", "\t");
        plain.replace("\\012", "\n").replace("\\134", "\\")
    });
    points
        .filter(|p| Path::new(p).starts_with(folder))
        .collect()
}

/// Removes a folder and all below it, with what is mounted there unmounted first. Where something stays mounted the folder stays,
/// too: below it might be files of this machine (`hostPath`).
pub fn remove(folder: &Path) {
    unmount_below(folder);
    if let Some(point) = mounted_below(folder).first() {
        return tracing::warn!("{} stays: {point} is mounted", folder.display());
    }
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!("cannot remove {}: {error}", folder.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_several_names_count_once() {
        let folder = std::env::temp_dir().join(format!("kubarium-size-{}", std::process::id()));
        let deep = folder.join("a/b");
        fs::create_dir_all(&deep).expect("made");
        let empty = size(&folder);
        fs::write(deep.join("f"), vec![1; 64 << 10]).expect("written");
        fs::File::open(deep.join("f"))
            .and_then(|f| f.sync_all())
            .expect("written");
        let one = size(&folder);
        assert!(one - empty >= 64 << 10, "{empty} {one}");
        fs::hard_link(deep.join("f"), folder.join("g")).expect("linked");
        assert_eq!(size(&folder), one);
        fs::remove_dir_all(folder).expect("removed");
    }
}
