//! An in-memory file system: a persistent tree, so that a clone costs one reference count and a write copies one path.

use crate::collections::SortedMap;
use std::sync::Arc;

use super::system::{Errno, FileKind, FileSystem, Metadata, Micros, WriteAt};

const MAX_LINKS: usize = 40;
const MAX_NAME: usize = 255;

#[derive(Clone, Debug)]
struct Attributes {
    mode: u32,
    uid: u32,
    gid: u32,
    mtime: Micros,
}

#[derive(Clone, Debug)]
struct File {
    attributes: Attributes,
    data: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Dir {
    attributes: Attributes,
    entries: SortedMap<String, Node>,
}

#[derive(Clone, Debug)]
enum Node {
    File(Arc<File>),
    Dir(Arc<Dir>),
    Link(Arc<str>, Micros),
}

/// Files in memory, with a bound on their total size.
#[derive(Clone, Debug)]
pub struct MemFs {
    root: Arc<Dir>,
    /// Bytes in all files.
    used: u64,
    limit: u64,
    max_file: u64,
}

impl Default for MemFs {
    fn default() -> Self {
        MemFs::new(64 << 20, 16 << 20)
    }
}

impl MemFs {
    /// An empty root directory. `limit` bounds all contents together, `max_file` one file, both in bytes.
    pub fn new(limit: u64, max_file: u64) -> MemFs {
        let attributes = Attributes {
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: 0,
        };
        MemFs {
            root: Arc::new(Dir {
                attributes,
                entries: SortedMap::new(),
            }),
            used: 0,
            limit,
            max_file,
        }
    }

    /// Bytes in all files.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Bytes that all files may have together.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    fn node(&self, parts: &[String]) -> Result<NodeRef<'_>, Errno> {
        let mut dir = &self.root;
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            match dir.entries.get(part) {
                None => return Err(Errno::NotFound),
                Some(Node::Dir(d)) => dir = d,
                Some(Node::File(f)) if last => return Ok(NodeRef::File(f)),
                Some(Node::Link(t, at)) if last => return Ok(NodeRef::Link(t, *at)),
                Some(_) => return Err(Errno::NotDir),
            }
        }
        Ok(NodeRef::Dir(dir))
    }

    /// Path components with links resolved. The last component need not exist.
    fn resolve(&self, path: &str, follow: bool) -> Result<Vec<String>, Errno> {
        let mut todo: Vec<String> = split(path).rev().map(String::from).collect();
        let mut done: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part.len() > MAX_NAME {
                return Err(Errno::NameTooLong);
            }
            if part == ".." {
                done.pop();
                continue;
            }
            done.push(part);
            match self.node(&done) {
                Ok(NodeRef::Link(target, _)) if follow || !todo.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::Loop);
                    }
                    done.pop();
                    if target.starts_with('/') {
                        done.clear();
                    }
                    todo.extend(split(target).rev().map(String::from));
                }
                Ok(NodeRef::File(_)) if !todo.is_empty() => return Err(Errno::NotDir),
                Err(e) if !todo.is_empty() => return Err(e),
                _ => {}
            }
        }
        if path.len() > 1 && path.ends_with('/') && matches!(self.node(&done), Ok(NodeRef::File(_)))
        {
            return Err(Errno::NotDir);
        }
        Ok(done)
    }

    fn dir_mut(&mut self, parts: &[String]) -> Result<&mut Dir, Errno> {
        let mut dir = Arc::make_mut(&mut self.root);
        for part in parts {
            dir = match dir.entries.get_mut(part) {
                Some(Node::Dir(d)) => Arc::make_mut(d),
                Some(_) => return Err(Errno::NotDir),
                None => return Err(Errno::NotFound),
            };
        }
        Ok(dir)
    }

    fn file_mut(&mut self, path: &str) -> Result<&mut File, Errno> {
        let parts = self.resolve(path, true)?;
        let (name, dir) = parts.split_last().ok_or(Errno::IsDir)?;
        match self.dir_mut(dir)?.entries.get_mut(name) {
            Some(Node::File(f)) => Ok(Arc::make_mut(f)),
            Some(Node::Dir(_)) => Err(Errno::IsDir),
            Some(Node::Link(..)) => Err(Errno::Loop),
            None => Err(Errno::NotFound),
        }
    }

    /// Puts a new node at a free name.
    fn insert(&mut self, parts: &[String], node: Node, now: Micros) -> Result<(), Errno> {
        let (name, dir) = parts.split_last().ok_or(Errno::Exists)?;
        // Look before touching, so that a refused call copies nothing.
        match self.node(dir)? {
            NodeRef::Dir(d) if d.entries.contains_key(name) => return Err(Errno::Exists),
            NodeRef::Dir(_) => {}
            _ => return Err(Errno::NotDir),
        }
        let dir = self.dir_mut(dir)?;
        dir.attributes.mtime = now;
        dir.entries.insert(name.clone(), node);
        Ok(())
    }

    fn take(&mut self, parts: &[String], now: Micros) -> Result<Node, Errno> {
        let (name, dir) = parts.split_last().ok_or(Errno::Busy)?;
        let dir = self.dir_mut(dir)?;
        dir.attributes.mtime = now;
        dir.entries.remove(name).ok_or(Errno::NotFound)
    }

    fn attributes_mut(&mut self, path: &str) -> Result<Option<&mut Attributes>, Errno> {
        let parts = self.resolve(path, true)?;
        let Some((name, dir)) = parts.split_last() else {
            return Ok(Some(&mut Arc::make_mut(&mut self.root).attributes));
        };
        match self.dir_mut(dir)?.entries.get_mut(name) {
            Some(Node::File(f)) => Ok(Some(&mut Arc::make_mut(f).attributes)),
            Some(Node::Dir(d)) => Ok(Some(&mut Arc::make_mut(d).attributes)),
            Some(Node::Link(..)) => Ok(None),
            None => Err(Errno::NotFound),
        }
    }

    /// Checks that `len` more bytes fit and counts them.
    fn grow(&mut self, old: u64, new: u64) -> Result<(), Errno> {
        if new > self.max_file {
            return Err(Errno::TooBig);
        }
        let used = self.used.saturating_sub(old).saturating_add(new);
        if new > old && used > self.limit {
            return Err(Errno::NoSpace);
        }
        self.used = used;
        Ok(())
    }
}

enum NodeRef<'a> {
    File(&'a File),
    Dir(&'a Dir),
    Link(&'a str, Micros),
}

fn split(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|p| !p.is_empty() && *p != ".")
}

impl FileSystem for MemFs {
    fn stat(&self, path: &str, follow: bool) -> Result<Metadata, Errno> {
        let parts = self.resolve(path, follow)?;
        let (kind, size, a) = match self.node(&parts)? {
            NodeRef::File(f) => (FileKind::File, f.data.len() as u64, &f.attributes),
            NodeRef::Dir(d) => (FileKind::Dir, 4096, &d.attributes),
            NodeRef::Link(target, mtime) => {
                let size = target.len() as u64;
                return Ok(Metadata {
                    kind: FileKind::Symlink,
                    mode: 0o777,
                    uid: 0,
                    gid: 0,
                    size,
                    mtime,
                });
            }
        };
        Ok(Metadata {
            kind,
            mode: a.mode,
            uid: a.uid,
            gid: a.gid,
            size,
            mtime: a.mtime,
        })
    }

    fn read(&self, path: &str, offset: u64, max: usize) -> Result<Vec<u8>, Errno> {
        match self.node(&self.resolve(path, true)?)? {
            NodeRef::File(f) => {
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(f.data.len());
                let end = start.saturating_add(max).min(f.data.len());
                Ok(f.data[start..end].to_vec())
            }
            NodeRef::Dir(_) => Err(Errno::IsDir),
            NodeRef::Link(..) => Err(Errno::Loop),
        }
    }

    fn write(&mut self, path: &str, at: WriteAt, data: &[u8], now: Micros) -> Result<(), Errno> {
        let old = match self.node(&self.resolve(path, true)?)? {
            NodeRef::File(f) => f.data.len() as u64,
            NodeRef::Dir(_) => return Err(Errno::IsDir),
            NodeRef::Link(..) => return Err(Errno::Loop),
        };
        let offset = match at {
            WriteAt::Offset(o) => o,
            WriteAt::End => old,
        };
        let end = offset.saturating_add(data.len() as u64).max(old);
        self.grow(old, end)?;
        let file = self.file_mut(path)?;
        file.attributes.mtime = now;
        let (start, end) = (offset as usize, offset as usize + data.len());
        if file.data.len() < end {
            file.data.resize(end, 0);
        }
        file.data[start..end].copy_from_slice(data);
        Ok(())
    }

    fn create(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno> {
        let parts = self.resolve(path, true)?;
        if path.ends_with('/') {
            return Err(Errno::IsDir);
        }
        let attributes = Attributes {
            mode,
            uid: 0,
            gid: 0,
            mtime: now,
        };
        self.insert(
            &parts,
            Node::File(Arc::new(File {
                attributes,
                data: Vec::new(),
            })),
            now,
        )
    }

    fn truncate(&mut self, path: &str, len: u64, now: Micros) -> Result<(), Errno> {
        let old = match self.node(&self.resolve(path, true)?)? {
            NodeRef::File(f) => f.data.len() as u64,
            NodeRef::Dir(_) => return Err(Errno::IsDir),
            NodeRef::Link(..) => return Err(Errno::Loop),
        };
        self.grow(old, len)?;
        let file = self.file_mut(path)?;
        file.attributes.mtime = now;
        file.data.resize(len as usize, 0);
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        match self.node(&self.resolve(path, true)?)? {
            NodeRef::Dir(d) => Ok(d.entries.keys().cloned().collect()),
            _ => Err(Errno::NotDir),
        }
    }

    fn mkdir(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno> {
        let parts = self.resolve(path, false)?;
        let attributes = Attributes {
            mode,
            uid: 0,
            gid: 0,
            mtime: now,
        };
        self.insert(
            &parts,
            Node::Dir(Arc::new(Dir {
                attributes,
                entries: SortedMap::new(),
            })),
            now,
        )
    }

    fn remove_file(&mut self, path: &str, now: Micros) -> Result<(), Errno> {
        let parts = self.resolve(path, false)?;
        let size = match self.node(&parts)? {
            NodeRef::Dir(_) => return Err(Errno::IsDir),
            NodeRef::File(f) => f.data.len() as u64,
            NodeRef::Link(..) => 0,
        };
        self.take(&parts, now)?;
        self.used = self.used.saturating_sub(size);
        Ok(())
    }

    fn remove_dir(&mut self, path: &str, now: Micros) -> Result<(), Errno> {
        let parts = self.resolve(path, false)?;
        match self.node(&parts)? {
            NodeRef::Dir(d) if !d.entries.is_empty() => Err(Errno::NotEmpty),
            NodeRef::Dir(_) => self.take(&parts, now).map(|_| ()),
            _ => Err(Errno::NotDir),
        }
    }

    fn rename(&mut self, from: &str, to: &str, now: Micros) -> Result<(), Errno> {
        let (from, to) = (self.resolve(from, false)?, self.resolve(to, false)?);
        let moving_dir = matches!(self.node(&from)?, NodeRef::Dir(_));
        if from == to {
            return Ok(());
        }
        if to.starts_with(&from) || from.is_empty() {
            return Err(Errno::Invalid);
        }
        let replaced = match self.node(&to) {
            Ok(NodeRef::Dir(d)) if !moving_dir || !d.entries.is_empty() => {
                return Err(if moving_dir {
                    Errno::NotEmpty
                } else {
                    Errno::IsDir
                });
            }
            Ok(NodeRef::File(_) | NodeRef::Link(..)) if moving_dir => return Err(Errno::NotDir),
            Ok(NodeRef::File(f)) => Some(f.data.len() as u64),
            Ok(_) => Some(0),
            Err(Errno::NotFound) => None,
            Err(e) => return Err(e),
        };
        let parent = to.split_last().map(|(_, d)| d).unwrap_or(&[]);
        if !matches!(self.node(parent)?, NodeRef::Dir(_)) {
            return Err(Errno::NotDir);
        }
        if let Some(size) = replaced {
            self.take(&to, now)?;
            self.used = self.used.saturating_sub(size);
        }
        let node = self.take(&from, now)?;
        self.insert(&to, node, now)
    }

    fn symlink(&mut self, target: &str, path: &str, now: Micros) -> Result<(), Errno> {
        let parts = self.resolve(path, false)?;
        self.insert(&parts, Node::Link(target.into(), now), now)
    }

    fn read_link(&self, path: &str) -> Result<String, Errno> {
        match self.node(&self.resolve(path, false)?)? {
            NodeRef::Link(target, _) => Ok(target.to_string()),
            _ => Err(Errno::Invalid),
        }
    }

    fn chmod(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        if let Some(a) = self.attributes_mut(path)? {
            a.mode = mode & 0o7777;
        }
        Ok(())
    }

    fn chown(&mut self, path: &str, uid: u32, gid: u32) -> Result<(), Errno> {
        if let Some(a) = self.attributes_mut(path)? {
            (a.uid, a.gid) = (uid, gid);
        }
        Ok(())
    }

    fn set_mtime(&mut self, path: &str, mtime: Micros) -> Result<(), Errno> {
        if let Some(a) = self.attributes_mut(path)? {
            a.mtime = mtime;
        }
        Ok(())
    }

    fn canonical(&self, path: &str) -> Result<String, Errno> {
        let parts = self.resolve(path, true)?;
        self.node(&parts)?;
        Ok(format!("/{}", parts.join("/")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_clone_is_a_snapshot() {
        let mut fs = MemFs::default();
        fs.mkdir_all("/a/b", 1).unwrap();
        fs.write_all("/a/b/f", b"one", 2).unwrap();
        let before = fs.clone();
        fs.write("/a/b/f", WriteAt::End, b" two", 3).unwrap();
        assert_eq!(before.read_all("/a/b/f", 99).unwrap(), b"one");
        assert_eq!(fs.read_all("/a/b/f", 99).unwrap(), b"one two");
        assert_eq!(fs.used(), 7);
    }

    #[test]
    fn links_limits_and_renames() {
        let mut fs = MemFs::new(10, 8);
        fs.mkdir("/d", 0o755, 0).unwrap();
        fs.symlink("../d", "/d/self", 0).unwrap();
        fs.symlink("loop", "/loop", 0).unwrap();
        fs.write_all("/d/self/self/f", b"12345678", 0).unwrap();
        assert_eq!(fs.canonical("/d/self/../d/f").unwrap(), "/d/f");
        assert_eq!(fs.stat("/loop", true), Err(Errno::Loop));
        assert_eq!(fs.write_all("/g", b"123", 0), Err(Errno::NoSpace));
        assert_eq!(fs.write("/d/f", WriteAt::End, b"9", 0), Err(Errno::TooBig));
        assert_eq!(fs.rename("/d", "/d/e", 0), Err(Errno::Invalid));
        assert_eq!(fs.remove_dir("/d", 0), Err(Errno::NotEmpty));
        fs.rename("/d/f", "/g", 0).unwrap();
        assert_eq!(
            (fs.used(), fs.list("/").unwrap()),
            (8, vec!["d".into(), "g".into(), "loop".into()])
        );
        assert_eq!(fs.stat("/g/x", true), Err(Errno::NotDir));
    }
}
