//! A root file system with volumes mounted into it. Volumes that containers share are lent by the sandbox for a step.

use crate::collections::{Arrange, SortedMap};
use crate::shell::memfs::MemFs;
use crate::shell::system::{Errno, FileSystem, Metadata, Micros, WriteAt};

/// Volumes of a sandbox by name.
pub type Volumes = SortedMap<String, MemFs>;

/// How the names of volumes begin that are folders of the machine.
pub const HOST: &str = "host:";

/// Takes the machine's folders out of a sandbox's volumes.
pub fn take_host(volumes: &mut Volumes) -> Volumes {
    let mut host = volumes.split_off(HOST);
    // The character after the colon: what begins so comes after all folders of the machine.
    volumes.append(&mut host.split_off("host;"));
    host
}

#[derive(Clone)]
enum Source {
    Own(MemFs),
    Shared(String),
}

#[derive(Clone)]
struct Mount {
    path: String,
    /// Where in its source it begins, "" for its root.
    inside: String,
    source: Source,
    read_only: bool,
}

impl Mount {
    /// Its own place in its source.
    fn root(&self) -> &str {
        match self.inside.as_str() {
            "" => "/",
            inside => inside,
        }
    }
}

/// A root file system with volumes mounted into it.
#[derive(Clone)]
pub struct Mounts {
    root: MemFs,
    read_only: bool,
    mounts: Vec<Mount>,
    /// Lent for the time of a step.
    pub shared: Volumes,
}

impl Mounts {
    /// A root without mounts.
    pub fn new(root: MemFs) -> Self {
        Self {
            root,
            read_only: false,
            mounts: Vec::new(),
            shared: Volumes::new(),
        }
    }

    /// Whether the root can be written.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Mounts files of the container's own.
    pub fn mount_own(&mut self, path: &str, fs: MemFs, read_only: bool, now: Micros) {
        self.add(path, (Source::Own(fs), ""), read_only, now);
    }

    /// Mounts a volume that the sandbox keeps, or the part of it that begins at `sub_path`.
    pub fn mount_shared(
        &mut self,
        path: &str,
        (volume, sub_path): (&str, &str),
        read_only: bool,
        now: Micros,
    ) {
        let source = Source::Shared(volume.to_owned());
        self.add(path, (source, sub_path), read_only, now);
    }

    /// Makes the volumes, and the parts of them, that nothing was written to yet: they are empty, not missing.
    pub fn make_missing(&mut self, now: Micros) {
        for mount in &self.mounts {
            let Source::Shared(name) = &mount.source else {
                continue;
            };
            if !self.shared.contains_key(name) {
                self.shared.insert(name.clone(), MemFs::default());
            }
            if let Some(volume) = self.shared.get_mut(name)
                && !mount.inside.is_empty()
                && volume.stat(&mount.inside, true).is_err()
            {
                // What cannot be made is not there, as programs in the container are then told.
                let _ = volume.mkdir_all(&mount.inside, now);
            }
        }
    }

    fn add(
        &mut self,
        path: &str,
        (source, sub_path): (Source, &str),
        read_only: bool,
        now: Micros,
    ) {
        let inside = crate::shell::io::normalize(&format!("/{sub_path}"));
        let path = path.trim_end_matches('/').to_owned();
        // The mount point itself: where it cannot be made, the mount is not seen in its folder but works all the same.
        let _ = self.root.mkdir_all(&path, now);
        self.mounts.push(Mount {
            path,
            inside: if inside == "/" { String::new() } else { inside },
            source,
            read_only,
        });
        self.mounts
            .arrange_by_key(|m| std::cmp::Reverse(m.path.len()));
    }

    /// Where a path leads: the mount's index (none for the root) and the path inside.
    fn route(&self, path: &str) -> (Option<usize>, String) {
        let path = crate::shell::io::normalize(path);
        for (i, m) in self.mounts.iter().enumerate() {
            if let Some(rest) = path.strip_prefix(&m.path)
                && (rest.is_empty() || rest.starts_with('/'))
            {
                let inner = match m.inside.len() + rest.len() {
                    0 => "/".to_owned(),
                    _ => format!("{}{rest}", m.inside),
                };
                return (Some(i), inner);
            }
        }
        (None, path)
    }

    fn at(&self, mount: Option<usize>) -> Result<&MemFs, Errno> {
        match mount.map(|i| &self.mounts[i].source) {
            None => Ok(&self.root),
            Some(Source::Own(fs)) => Ok(fs),
            Some(Source::Shared(name)) => self.shared.get(name).ok_or(Errno::NotFound),
        }
    }

    fn at_mut(&mut self, mount: Option<usize>) -> Result<&mut MemFs, Errno> {
        let Some(i) = mount else {
            return if self.read_only {
                Err(Errno::ReadOnly)
            } else {
                Ok(&mut self.root)
            };
        };
        if self.mounts[i].read_only {
            return Err(Errno::ReadOnly);
        }
        match &mut self.mounts[i].source {
            Source::Own(fs) => Ok(fs),
            Source::Shared(name) => Ok(self.shared.entry(name.clone()).or_default()),
        }
    }
}

macro_rules! read {
    ($self:ident, $path:ident, $fs:ident, $p:ident => $call:expr) => {{
        let (mount, inner) = $self.route($path);
        let $fs = $self.at(mount)?;
        let $p = inner.as_str();
        $call
    }};
}

macro_rules! write {
    ($self:ident, $path:ident, $fs:ident, $p:ident => $call:expr) => {{
        let (mount, inner) = $self.route($path);
        let $fs = $self.at_mut(mount)?;
        let $p = inner.as_str();
        $call
    }};
}

impl FileSystem for Mounts {
    fn stat(&self, path: &str, follow: bool) -> Result<Metadata, Errno> {
        read!(self, path, fs, p => fs.stat(p, follow))
    }
    fn read(&self, path: &str, offset: u64, max: usize) -> Result<Vec<u8>, Errno> {
        read!(self, path, fs, p => fs.read(p, offset, max))
    }
    fn write(&mut self, path: &str, at: WriteAt, data: &[u8], now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.write(p, at, data, now))
    }
    fn create(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.create(p, mode, now))
    }
    fn truncate(&mut self, path: &str, len: u64, now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.truncate(p, len, now))
    }
    fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        read!(self, path, fs, p => fs.list(p))
    }
    fn mkdir(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.mkdir(p, mode, now))
    }
    fn remove_file(&mut self, path: &str, now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.remove_file(p, now))
    }
    fn remove_dir(&mut self, path: &str, now: Micros) -> Result<(), Errno> {
        let (mount, inner) = self.route(path);
        if mount.is_some_and(|i| inner == self.mounts[i].root()) {
            return Err(Errno::Busy);
        }
        self.at_mut(mount)?.remove_dir(&inner, now)
    }
    fn rename(&mut self, from: &str, to: &str, now: Micros) -> Result<(), Errno> {
        let ((a, from), (b, to)) = (self.route(from), self.route(to));
        if a == b {
            return self.at_mut(a)?.rename(&from, &to, now);
        }
        let data = self.at(a)?.read_all(&from, usize::MAX / 2)?;
        self.at_mut(b)?.write_all(&to, &data, now)?;
        self.at_mut(a)?.remove_file(&from, now)
    }
    fn symlink(&mut self, target: &str, path: &str, now: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.symlink(target, p, now))
    }
    fn read_link(&self, path: &str) -> Result<String, Errno> {
        read!(self, path, fs, p => fs.read_link(p))
    }
    fn chmod(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.chmod(p, mode))
    }
    fn chown(&mut self, path: &str, uid: u32, gid: u32) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.chown(p, uid, gid))
    }
    fn set_mtime(&mut self, path: &str, mtime: Micros) -> Result<(), Errno> {
        write!(self, path, fs, p => fs.set_mtime(p, mtime))
    }
    fn canonical(&self, path: &str) -> Result<String, Errno> {
        let (mount, inner) = self.route(path);
        let inner = self.at(mount)?.canonical(&inner)?;
        let Some(m) = mount.map(|i| &self.mounts[i]) else {
            return Ok(inner);
        };
        // A link may lead to another part of the volume, which is not in sight.
        let rest = inner.strip_prefix(&m.inside).ok_or(Errno::NotFound)?;
        Ok(format!("{}{}", m.path, rest.trim_end_matches('/')))
    }
}
