//! `cp`, `mv` and `rm`.

use super::super::process::{Cx, Start};
use super::super::system::{Errno, FileKind};
use super::attributes::{base, join};
use super::dirs::missing_operand;
use super::options::{self, Options};
use super::walk::tree;

/// Bytes that a copied file may have.
const MAX_FILE: usize = 16 << 20;

/// Sources, and where each of them goes.
fn targets(cx: &mut Cx, options: &Options) -> Result<Vec<(String, String)>, Start> {
    let hint = format!("\nTry '{} --help' for more information.", cx.name());
    let mut sources = options.operands.clone();
    let given = options.value('t').map(str::to_string);
    if sources.is_empty() {
        return Err(cx.fail(1, format!("missing file operand{hint}")));
    }
    let target = match given {
        Some(target) => target,
        None if sources.len() == 1 => {
            return Err(cx.fail(
                1,
                format!(
                    "missing destination file operand after '{}'{hint}",
                    sources[0]
                ),
            ));
        }
        None => sources.pop().unwrap_or_default(),
    };
    let into = cx.stat(&target, true);
    let into_dir = into.as_ref().is_ok_and(|m| m.is_dir()) && !options.has('T');
    if !into_dir && (sources.len() > 1 || options.has('t')) {
        let error = into.err().unwrap_or(Errno::NotDir);
        let message = match cx.busybox() {
            true => format!("target '{target}' is not a directory"),
            false => format!("target '{target}': {error}"),
        };
        return Err(cx.fail(1, message));
    }
    let pairs = sources.into_iter().map(|source| {
        let to = if into_dir {
            join(&target, base(&source))
        } else {
            target.clone()
        };
        (source, to)
    });
    Ok(pairs.collect())
}

/// Whether two paths are one file.
fn same(cx: &mut Cx, a: &str, b: &str) -> bool {
    let (a, b) = (cx.path(a), cx.path(b));
    let fs = cx.sys.fs();
    matches!((fs.canonical(&a), fs.canonical(&b)), (Ok(a), Ok(b)) if a == b)
}

/// How to copy.
#[derive(Clone, Copy, Default)]
struct How {
    recursive: bool,
    preserve: bool,
    keep_links: bool,
    verbose: bool,
    no_clobber: bool,
}

pub fn cp(cx: &mut Cx) -> Start {
    let long = [
        ("recursive", 'r'),
        ("archive", 'a'),
        ("preserve", 'p'),
        ("verbose", 'v'),
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
        ("no-dereference", 'd'),
        ("dereference", 'L'),
    ];
    let options = match options::parse(cx, "rRapvfnit:TdPLu", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let has = |c| options.has(c);
    let how = How {
        recursive: has('r') || has('R') || has('a'),
        preserve: has('p') || has('a'),
        keep_links: (has('r') || has('R') || has('a') || has('d') || has('P')) && !has('L'),
        verbose: has('v'),
        no_clobber: has('n'),
    };
    let pairs = match targets(cx, &options) {
        Ok(pairs) => pairs,
        Err(end) => return end,
    };
    let mut failed = 0;
    for (from, to) in pairs {
        if let Err(message) = copy(cx, &from, &to, how) {
            failed = 1;
            cx.complain(message);
        }
    }
    Start::Done(failed)
}

fn copy(cx: &mut Cx, from: &str, to: &str, how: How) -> Result<(), String> {
    let busybox = cx.busybox();
    let meta = cx
        .stat(from, !how.keep_links)
        .map_err(|error| match busybox {
            true => format!("can't stat '{from}': {error}"),
            false => format!("cannot stat '{from}': {error}"),
        })?;
    if meta.is_dir() && !how.recursive {
        return Err(match busybox {
            true => format!("omitting directory '{from}'"),
            false => format!("-r not specified; omitting directory '{from}'"),
        });
    }
    if same(cx, from, to) && !meta.is_dir() {
        return Err(format!("'{from}' and '{to}' are the same file"));
    }
    if !meta.is_dir() {
        return one(cx, from, to, how);
    }
    let (source, parent) = (cx.path(from), cx.path(to));
    let inside = format!("{}/", source.trim_end_matches('/'));
    if format!("{}/", parent.trim_end_matches('/')).starts_with(&inside) {
        return Err(format!(
            "cannot copy a directory, '{from}', into itself, '{to}'"
        ));
    }
    let mut problems = Vec::new();
    for place in tree(cx, from) {
        let target = format!("{to}{}", &place[from.len().min(place.len())..]);
        if let Err(problem) = one(cx, &place, &target, how) {
            problems.push(problem);
            if place == from {
                break;
            }
        }
    }
    match problems.pop() {
        None => Ok(()),
        Some(last) => {
            problems.into_iter().for_each(|p| cx.complain(p));
            Err(last)
        }
    }
}

/// Copies one file, link, or directory without what is in it.
fn one(cx: &mut Cx, from: &str, to: &str, how: How) -> Result<(), String> {
    let now = cx.sys.now();
    let meta = cx
        .stat(from, !how.keep_links)
        .map_err(|e| format!("cannot stat '{from}': {e}"))?;
    let (source, target) = (cx.path(from), cx.path(to));
    let there = cx.stat(to, true);
    if how.no_clobber && there.is_ok() && !meta.is_dir() {
        return Ok(());
    }
    match (&there, meta.is_dir()) {
        (Ok(old), false) if old.is_dir() => {
            return Err(format!(
                "cannot overwrite directory '{to}' with non-directory"
            ));
        }
        (Ok(old), true) if !old.is_dir() => {
            return Err(format!(
                "cannot overwrite non-directory '{to}' with directory '{from}'"
            ));
        }
        _ => {}
    }
    let (busybox, mode) = (cx.busybox(), meta.mode & !cx.proc.umask);
    let fs = cx.sys.fs();
    match meta.kind {
        FileKind::Dir => {
            if there.is_err() {
                fs.mkdir(&target, mode, now)
                    .map_err(|e| format!("cannot create directory '{to}': {e}"))?;
            }
        }
        FileKind::Symlink => {
            let link = fs.read_link(&source).map_err(|e| e.to_string())?;
            if fs.stat(&target, false).is_ok() {
                let _ = fs.remove_file(&target, now);
            }
            fs.symlink(&link, &target, now)
                .map_err(|e| format!("cannot create symbolic link '{to}': {e}"))?;
        }
        _ => {
            let data = match cx.open_fd(from, super::super::io::Open::READ) {
                Ok(fd) => {
                    cx.close_fd(fd);
                    match cx.sys.fs().read_all(&source, MAX_FILE) {
                        Err(Errno::NotFound) => Ok(Vec::new()),
                        other => other,
                    }
                }
                Err(error) => Err(error),
            };
            let data = data.map_err(|e| match busybox {
                true => format!("can't open '{from}': {e}"),
                false => format!("cannot open '{from}' for reading: {e}"),
            })?;
            let fs = cx.sys.fs();
            let new = there.is_err();
            fs.write_all(&target, &data, now)
                .map_err(|e| match busybox {
                    true => format!("can't create '{to}': {e}"),
                    false => format!("cannot create regular file '{to}': {e}"),
                })?;
            if new || how.preserve {
                let _ = fs.chmod(&target, if how.preserve { meta.mode } else { mode });
            }
        }
    }
    if how.preserve && meta.kind != FileKind::Symlink {
        let fs = cx.sys.fs();
        let _ = fs.set_mtime(&target, meta.mtime);
        let _ = fs.chown(&target, meta.uid, meta.gid);
    }
    if how.verbose {
        cx.out(format!("'{from}' -> '{to}'\n"));
    }
    Ok(())
}

pub fn mv(cx: &mut Cx) -> Start {
    let long = [
        ("verbose", 'v'),
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
    ];
    let options = match options::parse(cx, "fvnit:Tu", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let pairs = match targets(cx, &options) {
        Ok(pairs) => pairs,
        Err(end) => return end,
    };
    let mut failed = 0;
    for (from, to) in pairs {
        if options.has('n') && cx.stat(&to, false).is_ok() {
            continue;
        }
        match rename(cx, &from, &to) {
            Ok(()) if options.has('v') => cx.out(format!("renamed '{from}' -> '{to}'\n")),
            Ok(()) => {}
            Err(message) => {
                failed = 1;
                cx.complain(message);
            }
        }
    }
    Start::Done(failed)
}

fn rename(cx: &mut Cx, from: &str, to: &str) -> Result<(), String> {
    let busybox = cx.busybox();
    let meta = cx.stat(from, false).map_err(|error| match busybox {
        true => format!("can't rename '{from}': {error}"),
        false => format!("cannot stat '{from}': {error}"),
    })?;
    if meta.kind != FileKind::Symlink && same(cx, from, to) {
        return Err(format!("'{from}' and '{to}' are the same file"));
    }
    if let Ok(old) = cx.stat(to, true)
        && old.is_dir() != meta.is_dir()
        && meta.kind != FileKind::Symlink
    {
        return Err(match meta.is_dir() {
            true => format!("cannot overwrite non-directory '{to}' with directory '{from}'"),
            false => format!("cannot overwrite directory '{to}' with non-directory"),
        });
    }
    let (source, target, now) = (cx.path(from), cx.path(to), cx.sys.now());
    match cx.sys.fs().rename(&source, &target, now) {
        Ok(()) => Ok(()),
        Err(Errno::Invalid) => Err(format!(
            "cannot move '{from}' to a subdirectory of itself, '{to}'"
        )),
        Err(Errno::CrossDevice) => {
            let how = How {
                recursive: true,
                preserve: true,
                keep_links: true,
                ..How::default()
            };
            copy(cx, from, to, how)?;
            remove_tree(cx, from, false);
            Ok(())
        }
        Err(error) if busybox => Err(format!("can't rename '{from}': {error}")),
        Err(error) => Err(format!("cannot move '{from}' to '{to}': {error}")),
    }
}

pub fn rm(cx: &mut Cx) -> Start {
    let long = [
        ("recursive", 'r'),
        ("force", 'f'),
        ("verbose", 'v'),
        ("dir", 'd'),
        ("no-preserve-root", 'Z'),
    ];
    let options = match options::parse(cx, "rRfvdiI", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let (force, verbose) = (options.has('f'), options.has('v'));
    if options.operands.is_empty() {
        return match force {
            true => Start::Done(0),
            false => missing_operand(cx),
        };
    }
    let recursive = options.has('r') || options.has('R');
    let mut failed = false;
    for name in &options.operands {
        let last = base(name);
        if recursive && (last == "." || last == "..") {
            cx.complain(format!(
                "refusing to remove '.' or '..' directory: skipping '{name}'"
            ));
            failed = true;
            continue;
        }
        if recursive && cx.path(name) == "/" && !options.has('Z') {
            cx.complain("it is dangerous to operate recursively on '/'");
            cx.complain("use --no-preserve-root to override this failsafe");
            failed = true;
            continue;
        }
        failed |= match cx.stat(name, false) {
            Err(Errno::NotFound | Errno::NotDir) if force => false,
            Err(error) => {
                cannot_remove(cx, name, error);
                true
            }
            Ok(meta) if meta.is_dir() && options.has('d') && !recursive => {
                let (path, now) = (cx.path(name), cx.sys.now());
                let removed = cx.sys.fs().remove_dir(&path, now);
                removed
                    .inspect_err(|e| cannot_remove(cx, name, *e))
                    .is_err()
            }
            Ok(meta) if meta.is_dir() && !recursive => {
                if cx.busybox() {
                    cx.complain(format!("'{name}' is a directory"));
                } else {
                    cannot_remove(cx, name, Errno::IsDir);
                }
                true
            }
            Ok(_) => remove_tree(cx, name, verbose),
        };
    }
    Start::Done(i32::from(failed))
}

fn cannot_remove(cx: &mut Cx, name: &str, error: Errno) {
    if cx.busybox() {
        cx.complain(format!("can't remove '{name}': {error}"));
    } else {
        cx.complain(format!("cannot remove '{name}': {error}"));
    }
}

/// Removes all of a tree, deepest first. True if something stayed.
fn remove_tree(cx: &mut Cx, name: &str, verbose: bool) -> bool {
    let mut failed = false;
    for place in tree(cx, name).into_iter().rev() {
        let dir = cx.stat(&place, false).is_ok_and(|m| m.is_dir());
        let (path, now) = (cx.path(&place), cx.sys.now());
        let path = path.trim_end_matches('/');
        let removed = match dir {
            true => cx.sys.fs().remove_dir(path, now),
            false => cx.sys.fs().remove_file(path, now),
        };
        match removed {
            Err(Errno::NotEmpty) if failed => {}
            Err(error) => {
                failed = true;
                cannot_remove(cx, &place, error);
            }
            Ok(()) if verbose => {
                let what = if dir { "removed directory" } else { "removed" };
                cx.out(format!("{what} '{place}'\n"));
            }
            Ok(()) => {}
        }
    }
    failed
}
