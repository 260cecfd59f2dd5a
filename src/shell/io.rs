//! Opening, reading and writing through a [`System`]: regular files go to its file system, the rest to its kernel.

use super::kernel::{Read, Target};
use super::system::{Errno, FileKind, FileSystem, Handle, Metadata, System, WriteAt};

/// How to open a path.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub truncate: bool,
}

impl Open {
    pub const READ: Open = Open {
        read: true,
        write: false,
        append: false,
        create: false,
        truncate: false,
    };
    pub const WRITE: Open = Open {
        read: false,
        write: true,
        append: false,
        create: true,
        truncate: true,
    };
    pub const APPEND: Open = Open {
        read: false,
        write: true,
        append: true,
        create: true,
        truncate: false,
    };
    pub const READ_WRITE: Open = Open {
        read: true,
        write: true,
        append: false,
        create: true,
        truncate: false,
    };
}

/// Device files that exist on every machine.
fn device(path: &str) -> Option<Target> {
    Some(match path {
        "/dev/null" => Target::Null,
        "/dev/zero" => Target::Zero,
        "/dev/full" => Target::Full,
        "/dev/random" | "/dev/urandom" => Target::Random,
        _ => return None,
    })
}

/// Opens an absolute path. Descriptor paths such as `/dev/stdin` are the caller's to resolve.
pub fn open(sys: &mut dyn System, path: &str, how: Open) -> Result<Handle, Errno> {
    if let Some(target) = device(path) {
        return Ok(sys.kernel().open(target));
    }
    let now = sys.now();
    let fs = sys.fs();
    match fs.stat(path, true) {
        Ok(meta) if meta.is_dir() && how.write => return Err(Errno::IsDir),
        Ok(meta) if !meta.is_dir() => {
            if how.truncate {
                fs.truncate(path, 0, now)?;
            } else if how.write {
                // An empty write asks whether writing is allowed at all.
                fs.write(path, WriteAt::End, &[], meta.mtime)?;
            } else {
                fs.read(path, 0, 0)?;
            }
        }
        Ok(_) => {}
        Err(Errno::NotFound) if how.create => fs.create(path, 0o644, now)?,
        Err(e) => return Err(e),
    }
    let target = Target::File {
        path: path.to_string(),
        offset: 0,
        read: how.read,
        write: how.write,
        append: how.append,
    };
    Ok(sys.kernel().open(target))
}

/// Reads at most `max` bytes; with `until`, no further than that byte, and what follows it stays unread.
pub fn read(
    sys: &mut dyn System,
    handle: Handle,
    max: usize,
    until: Option<u8>,
) -> Result<Read, Errno> {
    let kernel = sys.kernel();
    match kernel.target_mut(handle).ok_or(Errno::BadHandle)? {
        Target::File { read: false, .. } | Target::PipeWrite(_) => Err(Errno::BadHandle),
        Target::Output { stream, tty: true } | Target::Input { stream, .. } => {
            let stream = *stream;
            Ok(kernel.read_input(stream, max, until))
        }
        Target::Output { .. } => Err(Errno::BadHandle),
        Target::File { path, offset, .. } => {
            let (path, at) = (path.clone(), *offset);
            let mut data = match sys.fs().read(&path, at, max) {
                Ok(data) => data,
                // The file was removed while open.
                Err(Errno::NotFound) => Vec::new(),
                Err(e) => return Err(e),
            };
            cut_after(&mut data, until);
            if let Some(Target::File { offset, .. }) = sys.kernel().target_mut(handle) {
                *offset = at + data.len() as u64;
            }
            Ok(if data.is_empty() {
                Read::Eof
            } else {
                Read::Data(data)
            })
        }
        Target::PipeRead(id) => {
            let id = *id;
            Ok(kernel.read_pipe(id, max, until))
        }
        Target::Text { data, offset } => {
            let end = (*offset + max).min(data.len());
            let mut chunk = data[(*offset).min(end)..end].to_vec();
            cut_after(&mut chunk, until);
            *offset += chunk.len();
            Ok(if chunk.is_empty() {
                Read::Eof
            } else {
                Read::Data(chunk)
            })
        }
        Target::Null => Ok(Read::Eof),
        Target::Zero | Target::Full => Ok(Read::Data(vec![0; max.min(4096)])),
        Target::Random => Ok(Read::Data(
            (0..max.min(4096)).map(|_| kernel.random() as u8).collect(),
        )),
    }
}

fn cut_after(data: &mut Vec<u8>, until: Option<u8>) {
    if let Some(stop) = until
        && let Some(at) = data.iter().position(|b| *b == stop)
    {
        data.truncate(at + 1);
    }
}

/// How many bytes were taken: fewer than given (even none) means that the writer must wait.
pub fn write(sys: &mut dyn System, handle: Handle, data: &[u8]) -> Result<usize, Errno> {
    let now = sys.now();
    let kernel = sys.kernel();
    match kernel.target_mut(handle).ok_or(Errno::BadHandle)? {
        Target::File { write: false, .. } | Target::PipeRead(_) | Target::Text { .. } => {
            Err(Errno::BadHandle)
        }
        Target::File {
            path,
            offset,
            append,
            ..
        } => {
            let (path, at, append) = (path.clone(), *offset, *append);
            let place = if append {
                WriteAt::End
            } else {
                WriteAt::Offset(at)
            };
            match sys.fs().write(&path, place, data, now) {
                // Removed while open: the bytes go where nobody can see them.
                Ok(()) | Err(Errno::NotFound) => {}
                Err(e) => return Err(e),
            }
            if let Some(Target::File { offset, .. }) = sys.kernel().target_mut(handle) {
                *offset = at + data.len() as u64;
            }
            Ok(data.len())
        }
        Target::PipeWrite(id) => {
            let id = *id;
            kernel.write_pipe(id, data).ok_or(Errno::BrokenPipe)
        }
        Target::Output { stream, .. } => {
            let stream = *stream;
            Ok(kernel.write_output(stream, data))
        }
        Target::Input { stream, tty: true } => {
            let stream = *stream;
            Ok(kernel.write_output(stream, data))
        }
        Target::Input { .. } => Err(Errno::BadHandle),
        Target::Null | Target::Zero | Target::Random => Ok(data.len()),
        Target::Full => Err(Errno::NoSpace),
    }
}

/// `stat` that also knows the devices.
pub fn stat(sys: &mut dyn System, path: &str, follow: bool) -> Result<Metadata, Errno> {
    if device(path).is_some()
        || matches!(
            path,
            "/dev/stdin" | "/dev/stdout" | "/dev/stderr" | "/dev/tty"
        )
    {
        return Ok(Metadata {
            kind: FileKind::CharDevice,
            mode: 0o666,
            uid: 0,
            gid: 0,
            size: 0,
            mtime: 0,
        });
    }
    sys.fs().stat(path, follow)
}

/// `path` made absolute against `cwd`, with `.` and `//` removed; `..` is kept for the file system to resolve.
pub fn absolute(cwd: &str, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_string()
    } else {
        format!("{cwd}/{path}")
    };
    let mut out = String::with_capacity(whole.len());
    for part in whole.split('/').filter(|p| !p.is_empty() && *p != ".") {
        out.push('/');
        out.push_str(part);
    }
    if out.is_empty() || (path.len() > 1 && path.ends_with('/')) {
        out.push('/');
    }
    out
}

/// `path` with `..` taken out by name, as `cd` does.
pub fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether a file system answers for the path with a regular file, for `PATH` searches.
pub fn is_file(fs: &dyn FileSystem, path: &str) -> bool {
    fs.stat(path, true).is_ok_and(|m| m.is_file())
}
