//! Folders and files of a kustomization, and which of them it may read.

use super::Result;
use crate::kubectl::env::{FileError, FileKind, Io};

/// Reads what stands in or below the folder of one kustomization.
pub struct Loader<'a> {
    /// The workstation.
    pub io: &'a dyn Io,
    /// The folder, absolute.
    pub root: String,
    above: Vec<String>,
    anywhere: bool,
}

impl<'a> Loader<'a> {
    /// A loader at the folder that the user names.
    pub fn new(io: &'a dyn Io, dir: &str, anywhere: bool) -> Result<Self> {
        if is_remote(dir) {
            return Err(remote(dir));
        }
        Ok(Loader {
            io,
            root: folder(io, dir).map_err(|e| format!("must build at directory: {e}"))?,
            above: Vec::new(),
            anywhere,
        })
    }

    /// A loader at a folder that a kustomization names.
    pub fn inner(&self, path: &str) -> Result<Loader<'a>> {
        if path.is_empty() {
            return Err("new root cannot be empty".to_owned());
        }
        if is_remote(path) {
            return Err(remote(path));
        }
        if path.starts_with('/') {
            return Err(format!("new root '{path}' cannot be absolute"));
        }
        let root = folder(self.io, &clean(&format!("{}/{path}", self.root)))
            .map_err(|e| format!("must build at directory: {e}"))?;
        let mut above = self.above.clone();
        above.push(self.root.clone());
        if let Some(visited) = above.iter().rev().find(|v| is_under(v, &root)) {
            return Err(format!(
                "cycle detected: candidate root '{root}' contains visited root '{visited}'"
            ));
        }
        Ok(Loader {
            io: self.io,
            root,
            above,
            anywhere: self.anywhere,
        })
    }

    /// The bytes of a file.
    pub fn load(&self, path: &str) -> Result<Vec<u8>> {
        if path.starts_with("http://") || path.starts_with("https://") {
            return Err(remote(path));
        }
        let full = if path.starts_with('/') {
            clean(path)
        } else {
            clean(&format!("{}/{path}", self.root))
        };
        if !self.anywhere {
            let kind = kind(self.io, &full, &full)?;
            if kind == FileKind::Directory {
                return Err(format!("'{full}' must resolve to a file"));
            }
            let dir = full.rsplit_once('/').map_or("", |(d, _)| d);
            if !is_under(dir, &self.root) {
                return Err(format!(
                    "security; file '{full}' is not in or below '{}'",
                    self.root
                ));
            }
        }
        self.io.read(&full).map_err(|e| match e {
            FileError::IsADirectory => format!("read {full}: {e}"),
            e => format!("open {full}: {e}"),
        })
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<String> {
        self.load(path)
            .map(|b| String::from_utf8_lossy(&b).into_owned())
    }
}

fn is_under(dir: &str, root: &str) -> bool {
    root == "/"
        || dir
            .strip_prefix(root)
            .is_some_and(|r| r.is_empty() || r.starts_with('/'))
}

/// Whether a path means a repository or a page of the network.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("github.com/")
        || path.contains(".git/")
}

fn remote(path: &str) -> String {
    format!(
        "unable to read '{path}': kustomizations and files from the network are not supported in this kubectl; save them first"
    )
}

/// A path without `.`, `..` and doubled slashes.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn absolute(io: &dyn Io, path: &str) -> String {
    if path.starts_with('/') {
        return clean(path);
    }
    clean(&format!("{}/{path}", io.env("PWD").unwrap_or_default()))
}

/// What stands at a path; `shown` is the path as the message names it.
fn kind(io: &dyn Io, full: &str, shown: &str) -> Result<FileKind> {
    if let Ok(kind) = io.stat(full) {
        return Ok(kind);
    }
    let ends = full.match_indices('/').map(|(i, _)| i).skip(1);
    for end in ends.chain([full.len()]) {
        if let Err(e) = io.stat(&full[..end]) {
            return Err(format!(
                "evalsymlink failure on '{shown}' : lstat {}: {e}",
                &full[..end]
            ));
        }
    }
    Err(format!("evalsymlink failure on '{shown}'"))
}

fn folder(io: &dyn Io, path: &str) -> Result<String> {
    if path.is_empty() {
        return Err("directory path cannot be empty".to_owned());
    }
    let full = absolute(io, path);
    match kind(io, &full, path).map_err(|e| format!("not a valid directory: {e}"))? {
        FileKind::Directory => Ok(full),
        FileKind::File => Err(format!("'{path}': file is not directory")),
    }
}
